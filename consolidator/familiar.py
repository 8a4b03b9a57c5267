"""Sheets that say word for word what they said in a file that was read cell by cell: they need not be read again.

The checks of a form are most of its workbook, and computed: nobody types there. A sheet is compared whole, but for what
its formulas came to; one that differs in a letter (a word typed beside, a formula changed) is read like any other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import compress, count
from operator import ne

from consolidator.sharedstrings import told_apart
from consolidator.xmlscan import NUMBER

_VALUE, _FORMULA, _KINDS = re.compile(b"</f><v"), b"><f", (b' t="str"', b' t="b"', b' t="n"')
_IS_TEXT, _IS_ERROR = b' t="str"><f', b' t="e"'
_NUMBERS = re.compile(rb"(?:%b)?(?:\n(?:%b)?)*" % (NUMBER, NUMBER))
_TEXT = re.compile(rb' t="s"><v>([0-9]{1,7})</v>')
_MOST = 8
"""Sheets kept in mind: those of the forms and programs that send workbooks to one place."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet's XML, cut before the values of its formulas, and the shared strings."""

    pieces: list[bytes]
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

        It is asked of every file: pieces are told apart as whole lists, and only those that differ are looked at.
        """
        pieces = look.pieces
        if len(pieces) != len(self.ends) or pieces[0] != self.ends[0]:
            return False
        others = list(compress(count(), map(ne, pieces, self.look.pieces)))
        last = len(pieces) - 1  # what follows the last value has no formula whose value could be of another kind
        changed: dict[int, bool] = {}
        for at in others:
            _, end = _cut(pieces[at])
            if end != self.ends[at]:
                if at == last or _of_any_kind(end) != _of_any_kind(self.ends[at]):
                    return False
                changed[at] = _IS_TEXT in end
        values: tuple[list[bytes], list[bytes]] = [], []
        for at in {*others, *(at + 1 for at in changed)}:
            value, _ = _cut(pieces[at])
            values[changed.get(at - 1, self.are_texts[at - 1])].append(value)
        return self._says(look.strings) and _are_plain(*values)

    def _says(self, strings: bytes) -> bool:
        return self.look.strings == strings or self.texts == told_apart(strings, self.texts)


_known: deque[_Known] = deque(maxlen=_MOST)


def look_at(part: bytes, strings: bytes) -> Look:
    """A sheet as it can be compared."""
    return Look(_VALUE.split(part), strings)


def known_as(look: Look) -> Hashable:
    """What was kept in mind with a sheet of the same words; None for one that was not met before."""
    return next((known.of for known in _known if known.is_like(look)), None)


def keep_in_mind(look: Look, of: Hashable) -> None:
    """Remembers a sheet that was read cell by cell and about which there was nothing to tell; not if a formula came to
    an error."""
    first, *others = look.pieces
    ends = [first, *(_cut(one)[1] for one in others)]
    numbers = {int(number) for end in ends for number in _TEXT.findall(end)}
    texts = told_apart(look.strings, numbers)
    if texts.keys() == numbers and known_as(look) is None and not any(_IS_ERROR in end for end in ends):
        are_texts = [_IS_TEXT in end for end in ends]
        _known.append(_Known(look, ends, are_texts, texts, of))


def _cut(piece: bytes) -> tuple[bytes, bytes]:
    """The value that a piece begins with and what follows it; all of it, where it begins with none."""
    at = piece.find(b"<") if piece.startswith(b">") else -1
    return (b"", piece) if at < 0 else (piece[1:at], piece[at:])


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
