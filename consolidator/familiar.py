"""Sheets that say word for word what they said in a file that was read cell by cell: they need not be read again.

The checks of a form are most of its workbook, and computed: nobody types there. A sheet is compared whole, but for what
its formulas came to; one that differs in a letter (a word typed beside, a formula changed) is read like any other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

_KINDS = (b' t="str"><f', b' t="b"><f', b' t="n"><f')
_EMPTY = (b"</f><v></v>", b"</f><v/>", b"</f><v />")
_TEXT = re.compile(rb' t="s"><v>([0-9]{1,7})</v>')
_MOST = 8
"""Sheets kept in mind: those of the forms and programs that send workbooks to one place."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet's XML without what its formulas came to, and the shared strings as `<si>` elements."""

    shape: bytes
    strings: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    shape: bytes
    words: dict[int, bytes]
    of: Hashable


_known: deque[_Known] = deque(maxlen=_MOST)


def look_at(part: bytes, strings: tuple[bytes, ...]) -> Look | None:
    """A sheet as it can be compared; None for one that cannot, or in which a formula came to an error."""
    if b' t="e"' in part:
        return None
    for kind in _KINDS:
        part = part.replace(kind, b"><f")
    for empty in _EMPTY:
        part = part.replace(empty, b"</f>")
    first, *others = part.split(b"</f><v>")
    left = [other[other.find(b"<") :] for other in others]
    if not all(one.startswith(b"</v>") for one in left):
        return None
    return Look(b"</f>".join([first, *(one[4:] for one in left)]), strings)


def strings_of(part: bytes) -> tuple[bytes, ...]:
    """The shared strings by number; none where they are not plainly told apart."""
    return () if b"<si/>" in part else tuple(part.split(b"</si>"))


def known_as(look: Look | None) -> Hashable:
    """What was kept in mind with a sheet of the same words; None for one that was not met before."""
    if look is not None:
        for known in _known:
            if known.shape == look.shape and _are_there(known.words, look.strings):
                return known.of
    return None


def keep_in_mind(look: Look, of: Hashable) -> None:
    """Remembers a sheet that was read cell by cell and about which there was nothing to tell."""
    numbers = set(map(int, _TEXT.findall(look.shape)))
    if known_as(look) is None and (not numbers or max(numbers) < len(look.strings)):
        _known.append(_Known(look.shape, {number: look.strings[number] for number in numbers}, of))


def _are_there(words: dict[int, bytes], strings: tuple[bytes, ...]) -> bool:
    return all(number < len(strings) and strings[number] == word for number, word in words.items())
