"""Shared strings told apart, and those left out that no cell names."""

from __future__ import annotations

from consolidator.sharedstrings import named_in, only_those, told_apart

STRINGS = b"<si><t>a</t></si><si><t/></si><si><r><t>c</t></r></si>"


def test_strings_are_known_by_their_numbers() -> None:
    assert named_in(b'<c r="A1" t="s"><v>2</v></c><c r="A2"><v>7</v></c><c r="A3" s="1" t="s"><v>2</v></c>') == {2}
    assert told_apart(STRINGS, {0, 2}) == {0: b"<si><t>a</t>", 2: b"<si><r><t>c</t></r>"}
    assert told_apart(STRINGS, {0, 4}) == {0: b"<si><t>a</t>"} and told_apart(b"<si/>" + STRINGS, {0}) == {}
    assert told_apart(b"", set()) == {}


def test_only_those_that_are_named_are_left() -> None:
    assert only_those(STRINGS, {0}) == b"<si><t>a</t></si>"
    assert only_those(STRINGS, {2}) == b"<si><t/></si><si><t/></si><si><r><t>c</t></r></si>"
    assert only_those(STRINGS, set()) == b""
    assert only_those(STRINGS, {0, 3}) == STRINGS  # the reader beneath says what is wrong
    assert only_those(b"<si/>" + STRINGS, {0}) == b"<si/>" + STRINGS
