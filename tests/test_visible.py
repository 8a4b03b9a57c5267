"""What nobody would see in a text is seen; everything else stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

import consolidator
from consolidator.visible import escaped, visible

TEXTS = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from("a\u202e\u2066\u200b\x07\r\n\t\x7f\ufeff")
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Đã tổ chức 12 cuộc – “xong” 90,6%", "Đã tổ chức 12 cuộc – “xong” 90,6%"),
        ("bao-cao\u202excod.xlsx", "bao-cao\ufffdxcod.xlsx"),
        ("\u2066a\u2069\u200e\u200fb\u061c", "\ufffda\ufffd\ufffd\ufffdb\ufffd"),
        ("1\u200b2\u2060\ufeff\u00ad", "1\ufffd2\ufffd\ufffd\ufffd"),
        ("\x00\x07\x1b[2J\x7f\x85", "␀␇␛[2J␡\ufffd"),
        ("một\r\nhai\rba\tbốn", "một\nhai\nba\tbốn"),
        ("\ud800\ufffe\uffff\U0001ffff", "\ufffd" * 4),
        ("e\u0302\u0301 \u00a0\u2009 \uf0b7 👍", "e\u0302\u0301 \u00a0\u2009 \uf0b7 👍"),
    ],
)
def test_what_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(TEXTS)
def test_nothing_hides_afterwards_and_once_is_enough(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown and len(shown) <= len(text)
    assert not {category(char) for char in shown if char not in "\n\t"} & {"Cc", "Cf", "Cs"}
    assert "\r" in text or all(a == b or category(a)[0] == "C" for a, b in zip(text, shown, strict=True))


@given(TEXTS)
def test_json_says_the_same_without_hiding_anything(text: str) -> None:
    told = escaped(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(told) == {"a": text}
    assert visible(told) == told


def test_only_the_console_prints_what_people_typed() -> None:
    """All else that is printed is JSON, which escapes, or a page of our own words."""
    package = Path(consolidator.__file__).parent
    lines = [
        (path.stem, line.strip()) for path in package.glob("*.py") for line in path.read_text("utf-8").splitlines()
    ]
    found = [
        (name, line) for name, line in lines if line.startswith("print(") and name not in ("console", "diagnosing")
    ]
    assert [one for one in found if not one[1].startswith(("print(as_json(", "print(form_page("))] == []
    assert len(found) > 3
