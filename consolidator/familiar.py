"""Sheets that say word for word what they said in a file that was read cell by cell: they need not be read again.

The checks of a form are most of its workbook, and computed: nobody types there. A sheet is compared whole, but for what
its formulas came to; one that differs in a letter (a word typed beside, a formula changed) is read like any other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

_FORMULA, _KINDS = b"><f", (b' t="str"', b' t="b"', b' t="n"')
_TEXT = re.compile(rb' t="s"><v>([0-9]{1,7})</v>')
_MOST = 8
"""Sheets kept in mind: those of the forms and programs that send workbooks to one place."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet's XML, cut where its formulas' values were, and the shared strings as `<si>` elements."""

    pieces: list[bytes]
    strings: list[bytes]


@dataclass(frozen=True, slots=True)
class _Known:
    look: Look
    texts: frozenset[int]
    of: Hashable

    def is_like(self, look: Look) -> bool:
        """Whether a sheet says the same, but for what its formulas came to."""
        ours, theirs = self.look.pieces, look.pieces
        if len(ours) != len(theirs) or not self._says(look.strings):
            return False
        return all(a == b or _of_any_kind(a) == _of_any_kind(b) for a, b in zip(ours, theirs, strict=True))

    def _says(self, strings: list[bytes]) -> bool:
        ours = self.look.strings
        return ours == strings or (
            max(self.texts, default=-1) < len(strings) and all(ours[one] == strings[one] for one in self.texts)
        )


_known: deque[_Known] = deque(maxlen=_MOST)


def look_at(part: bytes, strings: list[bytes]) -> Look | None:
    """A sheet as it can be compared; None for one that cannot, or in which a formula came to an error."""
    if b' t="e"' in part:
        return None
    first, *others = part.split(b"</f><v")
    if not all(one.startswith((b">", b"/>", b" />")) for one in others):
        return None
    return Look([first, *(one[one.find(b"<") :].removeprefix(b"</v>") for one in others)], strings)


def strings_of(part: bytes) -> list[bytes]:
    """The shared strings by number; none where they are not plainly told apart."""
    return [] if b"<si/>" in part else part.split(b"</si>")


def known_as(look: Look | None) -> Hashable:
    """What was kept in mind with a sheet of the same words; None for one that was not met before."""
    return None if look is None else next((known.of for known in _known if known.is_like(look)), None)


def keep_in_mind(look: Look, of: Hashable) -> None:
    """Remembers a sheet that was read cell by cell and about which there was nothing to tell."""
    texts = frozenset(int(number) for piece in look.pieces for number in _TEXT.findall(piece))
    if known_as(look) is None and max(texts, default=-1) < len(look.strings):
        _known.append(_Known(look, texts, of))


def _of_any_kind(piece: bytes) -> bytes:
    """A piece without the kind of value that the formula at its end came to."""
    cell, formula, text = piece.rpartition(_FORMULA)
    for kind in _KINDS:
        cell = cell.removesuffix(kind)
    return cell + formula + text
