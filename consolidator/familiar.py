"""Sheets that say word for word what they said in a file that was read cell by cell: they need not be read again.

The checks of a form are most of its workbook, and computed: nobody types there. A sheet is compared whole, but for what
its formulas came to; one that differs in a letter (a word typed beside, a formula changed) is read like any other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from itertools import compress, count, repeat
from operator import not_

from consolidator.xmlscan import NUMBER

_VALUE, _FORMULA, _KINDS = b"</f><v", b"><f", (b' t="str"', b' t="b"', b' t="n"')
_IS_TEXT = b' t="str"><f'
_NUMBERS = re.compile(rb"(?:%b)?(?:\n(?:%b)?)*" % (NUMBER, NUMBER))
_TEXT = re.compile(rb' t="s"><v>([0-9]{1,7})</v>')
_MOST = 8
"""Sheets kept in mind: those of the forms and programs that send workbooks to one place."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet's XML, cut before the values of its formulas, and the workbook's shared strings."""

    pieces: list[bytes]
    strings: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    """A sheet met before: `ends` are its pieces from the end of each value on, `tags` the marks "<" in each.

    `are_texts` says of each piece whether the formula at its end came to a text.
    """

    ends: list[bytes]
    tags: list[int]
    are_texts: list[bool]
    strings: bytes
    texts: Mapping[int, bytes]
    of: Hashable

    def is_like(self, look: Look) -> bool:
        """Whether a sheet says the same, but for what its formulas came to; by whole lists, for it is asked often."""
        pieces = look.pieces
        if len(pieces) != len(self.ends) or pieces[0] != self.ends[0]:
            return False
        if list(map(bytes.count, pieces, repeat(b"<"))) != self.tags:
            return False
        others = list(compress(count(), map(not_, map(bytes.endswith, pieces, self.ends))))
        if not all(_of_any_kind(pieces[at]).endswith(_of_any_kind(self.ends[at])) for at in others):
            return False
        are_texts = self.are_texts.copy()
        for at in others:
            are_texts[at] = _IS_TEXT in pieces[at]
        return self._says(look.strings) and _are_plain(pieces, are_texts)

    def _says(self, strings: bytes) -> bool:
        return self.strings == strings or self.texts == _told_apart(strings, self.texts)


_known: deque[_Known] = deque(maxlen=_MOST)


def look_at(part: bytes, strings: bytes) -> Look | None:
    """A sheet as it can be compared; None for one in which a formula came to an error."""
    return None if b' t="e"' in part else Look(part.split(_VALUE), strings)


def known_as(look: Look | None) -> Hashable:
    """What was kept in mind with a sheet of the same words; None for one that was not met before."""
    return None if look is None else next((known.of for known in _known if known.is_like(look)), None)


def keep_in_mind(look: Look, of: Hashable) -> None:
    """Remembers a sheet that was read cell by cell and about which there was nothing to tell."""
    first, *others = look.pieces
    ends = [first, *(one[one.find(b"<") :] if one.startswith(b">") else one for one in others)]
    texts = _told_apart(look.strings, {int(number) for end in ends for number in _TEXT.findall(end)})
    if known_as(look) is None and texts is not None:
        tags, are_texts = [end.count(b"<") for end in ends], [_IS_TEXT in end for end in ends]
        _known.append(_Known(ends, tags, are_texts, look.strings, texts, of))


def _told_apart(strings: bytes, numbers: Collection[int]) -> dict[int, bytes] | None:
    """Some of the shared strings, by number; None where they are not plainly told apart, or not there."""
    listed = [] if b"<si/>" in strings else strings.split(b"</si>")
    return {one: listed[one] for one in numbers} if max(numbers, default=-1) < len(listed) else None


def _are_plain(pieces: list[bytes], are_texts: list[bool]) -> bool:
    """Whether all values are numbers and plain texts, each where it says that it is one: others are read closer."""
    values = [piece[1 : piece.find(b"<")] if piece.startswith(b">") else b"" for piece in pieces[1:]]
    text = b"\n".join(compress(values, are_texts))
    numbers = b"\n".join(compress(values, map(not_, are_texts)))
    return b"&" not in text and _is_utf8(text) and _NUMBERS.fullmatch(numbers) is not None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_any_kind(piece: bytes) -> bytes:
    """A piece without the kind of value that the formula at its end came to."""
    cell, formula, text = piece.rpartition(_FORMULA)
    for kind in _KINDS:
        cell = cell.removesuffix(kind)
    return cell + formula + text
