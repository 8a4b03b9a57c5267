"""Texts of people become names that every disk takes and that stay where they belong."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.naming import clean, distinct, outputs_in
from consolidator.saving import save


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LC-01", "LC-01"),
        ("CĐCS Trường “Họa Mi”", "CĐCS Trường “Họa Mi”"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("CON", "_CON"),
        ("nul.xlsx", "_nul.xlsx"),
        ("COM1", "_COM1"),
        ("Công", "Công"),
        ("tên. ", "tên"),
        ("\u202excod.exe", "_xcod.exe"),
        ("a\nb\x00c", "a_b_c"),
        ("", "_"),
        ("CON .xlsx", "_CON .xlsx"),
        ("lpt¹.a.b", "_lpt¹.a.b"),
        ("conin$", "_conin$"),
        ("console", "console"),
        ("~$a.xlsx", "_$a.xlsx"),
        (".ẩn", "ẩn"),
        ("a\ud800b", "a_b"),
    ],
)
def test_a_text_becomes_a_name(text: str, name: str) -> None:
    assert clean(text) == name


DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"
}
AWKWARD = st.text(max_size=300) | st.text(st.sampled_from('a. /\\:*?"<>|~$\u202e\x00\nệ🙂'), max_size=300)
AWKWARD |= st.builds("{}{}{}".format, st.sampled_from(sorted(DEVICES)), st.sampled_from(["", ".", " ", " .x"]), AWKWARD)


def is_safe(name: str) -> bool:
    """Whether Windows and Linux both take it for one plain file, in the folder it is put into."""
    device = name.partition(".")[0].rstrip(" ").casefold()
    return (
        not set(name) & set('\\/:*?"<>|')
        and not any(category(char)[0] == "C" for char in name)
        and name == name.strip(" .")
        and name not in ("", ".", "..")
        and device not in DEVICES
        and len(name.encode()) <= 255
        and not name.startswith("~")
    )


@given(AWKWARD)
def test_a_name_stays_in_its_folder_and_is_short_enough(text: str) -> None:
    folder = Path("/a/b")
    for path in outputs_in(folder, text):
        assert path.parent == folder
        assert len(path.name.encode()) <= 210
        assert is_safe(path.name)
    assert is_safe(clean(text)) and is_safe(f"{clean(text)}.xlsx")
    assert clean(clean(text)) == clean(text)


@given(st.lists(AWKWARD, unique=True, max_size=6))
def test_names_of_different_texts_never_meet(texts: list[str]) -> None:
    """Not even on a disk that ignores case and spelling."""
    names = distinct(texts)
    assert len({normalize("NFC", name).casefold() for name in names.values()}) == len(texts)
    assert all(map(is_safe, names.values())) and all(len(name.encode()) <= 200 for name in names.values())


def test_only_names_that_meet_bear_a_digest() -> None:
    names = distinct(["A/1", "a:1", "B"])
    assert names["B"] == "B" and names["A/1"][:4] == "A_1 " and names["a:1"][:4] == "a_1 "


def test_what_is_written_under_such_a_name_is_there(tmp_path: Path) -> None:
    texts = [
        "CON",
        "nul.xlsx",
        "a" * 400,
        "ệ" * 400,
        "🙂" * 99,
        "../../x",
        "a\u202eb",
        ". .",
        "A",
        "a",
        "Ệ",
        "E\u0323\u0302",
    ]
    for text, name in distinct(texts).items():
        save(tmp_path / f"{name}.xlsx", text.encode())
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {text.encode() for text in texts}


@pytest.mark.parametrize("letter", ["a", "ế", "🙂"])
def test_a_long_name_leaves_room_for_what_is_added_while_it_is_written(letter: str) -> None:
    assert all(190 <= len(path.name.encode()) <= 210 for path in outputs_in(Path(), letter * 300))
