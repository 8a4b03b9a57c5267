"""Sheets that say word for word what they said in a file that was read cell by cell: they need not be read again.

The checks of a form are most of its workbook, and computed: nobody types there. A sheet is compared whole, but for what
its formulas came to; one that differs in a letter (a word typed beside, a formula changed) is read like any other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from itertools import compress, count
from operator import ne

from consolidator.xmlscan import NUMBER

_VALUE, _FORMULA, _KINDS = b"</f><v", b"><f", (b' t="str"', b' t="b"', b' t="n"')
_IS_TEXT = b' t="str"><f'
_NUMBERS = re.compile(rb"(?:%b)?(?:\n(?:%b)?)*" % (NUMBER, NUMBER))
_TEXT = re.compile(rb' t="s"><v>([0-9]{1,7})</v>')
_MOST = 8
"""Sheets kept in mind: those of the forms and programs that send workbooks to one place."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet's XML, cut before the values of its formulas, how many marks "<" it has, and the shared strings."""

    pieces: list[bytes]
    tags: int
    strings: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    """A sheet met before: `ends` are its pieces from the end of each value on.

    `are_texts` says of each piece whether the formula at its end came to a text.
    """

    look: Look
    ends: list[bytes]
    are_texts: list[bool]
    texts: Mapping[int, bytes]
    of: Hashable

    def is_like(self, look: Look) -> bool:
        """Whether a sheet says the same, but for what its formulas came to.

        It is asked of every file: pieces are told apart as whole lists, and only those that differ are looked at. None
        can have fewer marks "<" than it ends in, so that where the sheets have as many, no value has any.
        """
        pieces = look.pieces
        if len(pieces) != len(self.ends) or pieces[0] != self.ends[0] or look.tags != self.look.tags:
            return False
        others = list(compress(count(), map(ne, pieces, self.look.pieces)))
        last = len(pieces) - 1  # what follows the last value has no formula whose value could be of another kind
        changed: dict[int, bool] = {}
        for at in others:
            if not _ends_in(pieces[at], self.ends[at]):
                if at == last or not _ends_in(_of_any_kind(pieces[at]), _of_any_kind(self.ends[at])):
                    return False
                changed[at] = _IS_TEXT in pieces[at]
        values: tuple[list[bytes], list[bytes]] = [], []
        for at in {*others, *(at + 1 for at in changed)}:
            values[changed.get(at - 1, self.are_texts[at - 1])].append(_value(pieces[at]))
        return self._says(look.strings) and _are_plain(*values)

    def _says(self, strings: bytes) -> bool:
        return self.look.strings == strings or self.texts == _told_apart(strings, self.texts)


_known: deque[_Known] = deque(maxlen=_MOST)


def look_at(part: bytes, strings: bytes) -> Look | None:
    """A sheet as it can be compared; None for one in which a formula came to an error."""
    return None if b' t="e"' in part else Look(part.split(_VALUE), part.count(b"<"), strings)


def known_as(look: Look | None) -> Hashable:
    """What was kept in mind with a sheet of the same words; None for one that was not met before."""
    return None if look is None else next((known.of for known in _known if known.is_like(look)), None)


def keep_in_mind(look: Look, of: Hashable) -> None:
    """Remembers a sheet that was read cell by cell and about which there was nothing to tell."""
    first, *others = look.pieces
    ends = [first, *(one[one.find(b"<") :] if one.startswith(b">") else one for one in others)]
    texts = _told_apart(look.strings, {int(number) for end in ends for number in _TEXT.findall(end)})
    if known_as(look) is None and texts is not None:
        are_texts = [_IS_TEXT in end for end in ends]
        _known.append(_Known(look, ends, are_texts, texts, of))


def _told_apart(strings: bytes, numbers: Collection[int]) -> dict[int, bytes] | None:
    """Some of the shared strings, by number; None where they are not plainly told apart, or not there."""
    listed = [] if b"<si/>" in strings else strings.split(b"</si>")
    return {one: listed[one] for one in numbers} if max(numbers, default=-1) < len(listed) else None


def _ends_in(piece: bytes, end: bytes) -> bool:
    """Whether a piece is a value and such an end; without a value, where the end is a piece that has none."""
    return piece.startswith(b">") and piece.endswith(end) if end.startswith(b"<") else piece == end


def _value(piece: bytes) -> bytes:
    """The value that a piece begins with, b"" for none."""
    return piece[1 : piece.find(b"<")] if piece.startswith(b">") else b""


def _are_plain(numbers: list[bytes], texts: list[bytes]) -> bool:
    """Whether all values are numbers and plain texts, each where it says that it is one: others are read closer."""
    text = b"\n".join(texts)
    return b"&" not in text and _is_utf8(text) and _NUMBERS.fullmatch(b"\n".join(numbers)) is not None


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
