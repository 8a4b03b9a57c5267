"""The VBA project, read back by oletools and by pyOpenVBA, neither of which had a hand in writing it."""

from __future__ import annotations

from io import BytesIO

import olefile  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.vbaproject import CHUNK, Module, compressed, vba_project
from tests.macro_readers import both_decompress, by_oletools, project_of

DOCUMENT = Module("ThisWorkbook", "document", 'Attribute VB_Name = "ThisWorkbook"\nAttribute VB_Base = "0{00020819}"\n')
LONG = Module(
    "Long", "standard", 'Attribute VB_Name = "Long"\n' + "".join(f"' line {n} of many\n" for n in range(2000))
)
SHORT = Module("Short", "standard", 'Attribute VB_Name = "Short"\r\nSub A()\r\nEnd Sub')
MODULES = [DOCUMENT, LONG, SHORT]

LIMITS = [
    *range(20),
    *(CHUNK + n for n in range(-3, 4)),
    *(2 * CHUNK + n for n in range(-3, 4)),
    *(2**bits + n for bits in range(4, 12) for n in (-1, 0, 1, 2)),
]
"""Lengths where a chunk ends or where a copy token divides its bits another way."""


def same(data: bytes) -> bool:
    return both_decompress(compressed(data)) == data


@pytest.mark.parametrize("size", LIMITS)
@pytest.mark.parametrize("pattern", [b"a", b"ab", b"abc", b"Dim Row As Long\r\n", bytes(range(32, 127))])
def test_repetitive_text_around_every_limit(size: int, pattern: bytes) -> None:
    assert same((pattern * (size // len(pattern) + 1))[:size])


@given(st.lists(st.text(st.characters(min_codepoint=9, max_codepoint=126)), max_size=60), st.integers(0, 40))
def test_texts_come_back(words: list[str], times: int) -> None:
    """Words at random, often repeated: both literals and copies, some longer than a chunk."""
    assert same(" ".join(words * times).encode("ascii")[: 4 * CHUNK])


@given(st.integers(0, 2 * CHUNK + 2), st.randoms(use_true_random=False))
def test_noise_comes_back_or_is_refused(size: int, chance: object) -> None:
    """What cannot be compressed is stored, but for a tail: the format would add zeros to it, so it is refused."""
    data = bytes(chance.randrange(33, 127) for _ in range(size))  # type: ignore[attr-defined]
    tail = size % CHUNK
    try:
        assert same(data)
    except ValueError:
        assert CHUNK * 8 // 9 < tail < CHUNK
        return
    assert tail + (tail + 7) // 8 <= CHUNK or tail > CHUNK * 7 // 9


def test_long_runs_become_short() -> None:
    """Copies are made, and made as long as a token can say; mere literals would pass every test above."""
    assert len(compressed(b"a" * CHUNK)) < 16
    assert len(compressed(LONG.content())) < len(LONG.content()) / 3


def test_oletools_reads_the_sources() -> None:
    found = by_oletools("vbaProject.bin", vba_project("Sample", MODULES))
    assert found == {module.name: module.content() for module in MODULES}


def test_the_second_reader_agrees() -> None:
    project = project_of(vba_project("Sample", MODULES))
    assert project.module_names() == [module.name for module in MODULES]
    assert {m.name: m.source.encode() for m in project.modules} == {m.name: m.content() for m in MODULES}
    assert [m.kind.name for m in project.modules] == ["other", "standard", "standard"]


def test_both_readers_see_the_libraries_the_ribbon_needs() -> None:
    references = project_of(vba_project("Sample", MODULES)).references
    assert [(reference.name, reference.guid) for reference in references] == [
        ("stdole", "{00020430-0000-0000-C000-000000000046}"),
        ("Office", "{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}"),
    ]


def test_there_is_no_compiled_code() -> None:
    with olefile.OleFileIO(BytesIO(vba_project("Sample", MODULES))) as file:
        assert file.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("CC61FFFF000000")
        assert {"/".join(path) for path in file.listdir()} == {
            "PROJECT", "PROJECTwm", "VBA/_VBA_PROJECT", "VBA/dir", "VBA/Long", "VBA/Short", "VBA/ThisWorkbook",
        }  # fmt: skip


def unveiled(text: str) -> tuple[int, bytes]:
    """Project key and data of a value in PROJECT, by the decoding of [MS-OVBA] 2.4.3.3."""
    raw = bytes.fromhex(text)
    seed, version, key = raw[0], raw[0] ^ raw[1], raw[0] ^ raw[2]
    assert version == 2
    plain, out = key, b""
    for number in range(3, len(raw)):
        plain = raw[number] ^ ((raw[number - 2] + plain) & 0xFF)
        out += bytes([plain])
    out = out[(seed & 6) // 2 :]
    assert int.from_bytes(out[:4], "little") == len(out) - 4
    return key, out[4:]


EXCEL = {
    "ID": "{BDFF0F99-EFC5-4DB0-830D-4C8BFEE87599}",
    "CMG": "DDDF94F5ACD6B0D6B0D6B0D6B0",
    "DPB": "BAB8F3DCD1DDD1DDD1",
    "GC": "9795DE03663D423E423EBD",
}
"""As Excel itself wrote them, into the blank add-in that pyOpenVBA carries along."""


def of_ours() -> dict[str, str]:
    with olefile.OleFileIO(BytesIO(vba_project("Sample", MODULES))) as file:
        lines = file.openstream("PROJECT").read().decode("ascii").splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


@pytest.mark.parametrize("values", [EXCEL, of_ours()], ids=["excel", "ours"])
def test_the_project_is_open_without_a_password(values: dict[str, str]) -> None:
    key = sum(values["ID"].encode()) & 0xFF
    assert unveiled(values["CMG"]) == (key, bytes(4))
    assert unveiled(values["DPB"]) == (key, bytes(1))
    assert unveiled(values["GC"]) == (key, b"\xff")


def test_line_endings_of_the_checkout_do_not_matter() -> None:
    for ending in ("\n", "\r\n", "\r"):
        assert Module("Long", "standard", ending.join(LONG.source.splitlines())).content() == LONG.content()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("A", 'Attribute VB_Name = "B"\n'),
        ("A", "Sub A()\nEnd Sub\n"),
        ("A", ""),
        ("A", 'Attribute VB_Name = "A"\n\' tiếng Việt\n'),
        ("Đ", 'Attribute VB_Name = "Đ"\n'),
        ("a b", 'Attribute VB_Name = "a b"\n'),
    ],
)
def test_sources_that_are_not_what_they_say_are_refused(name: str, source: str) -> None:
    with pytest.raises(ValueError, match="VBA of"):
        Module(name, "standard", source)
