"""The shared strings of a workbook, told apart by their numbers: cells name them, and most name none that was typed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_NAMED = re.compile(rb' t="s"><v[^>]*>([0-9]+)<')
_END = b"</si>"


def named_in(rows: bytes) -> set[int]:
    """Numbers of the strings that cells of proved rows name."""
    return set(map(int, set(_NAMED.findall(rows))))


def told_apart(strings: bytes, numbers: Collection[int]) -> dict[int, bytes]:
    """Some of the strings, by number; without those that are not there, or not plainly told apart."""
    listed = _listed(strings)
    return {one: listed[one] for one in numbers if one < len(listed)}


def only_those(strings: bytes, numbers: Collection[int]) -> bytes:
    """The strings with all others left empty, none behind the last of these: a reader takes its time for each."""
    listed = _listed(strings)
    if max(numbers, default=-1) >= len(listed) - 1:
        return strings
    kept = [b"<si><t/>"] * (max(numbers, default=-1) + 1)
    for number in numbers:
        kept[number] = listed[number]
    return _END.join([*kept, b""])


@lru_cache(2)
def _listed(strings: bytes) -> list[bytes]:
    """The strings one by one, and what follows the last; none where they are not plainly told apart."""
    return [] if b"<si/>" in strings else strings.split(_END)
