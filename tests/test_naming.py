"""Texts of people become names that every disk takes and that stay where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.naming import clean, outputs_in


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
    ],
)
def test_a_text_becomes_a_name(text: str, name: str) -> None:
    assert clean(text) == name


@given(st.text(max_size=300))
def test_a_name_stays_in_its_folder_and_is_short_enough(text: str) -> None:
    folder = Path("/a/b")
    for path in outputs_in(folder, text):
        assert path.parent == folder
        assert len(path.name.encode()) <= 210
        assert path.name == path.name.strip(" .")
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("letter", ["a", "ế", "🙂"])
def test_a_long_name_leaves_room_for_what_is_added_while_it_is_written(letter: str) -> None:
    assert all(190 <= len(path.name.encode()) <= 210 for path in outputs_in(Path(), letter * 300))
