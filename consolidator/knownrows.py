"""Rows that stand byte for byte as in a file that was read before: they are neither proved nor read again.

Most rows of a report are as its form draws them, whoever fills it in: headings, prompts, rows left blank. A sheet is
cut into its rows and compared with the same sheet of the last file that was read whole; only rows that differ go
through the grammar and the reader beneath. What a cell says hangs on its row's bytes, on the shared strings it names,
on the styles and on the year days are counted from, and on nothing else: all of these are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, count
from operator import ne

from consolidator.sharedstrings import named_in, told_apart
from consolidator.xmlscan import Rows, area_of, plain_sheet, proved_rows, proved_some, row_numbers

Line = list[float | str | bool | None]
"""What stands in the cells of a row, from the first column on."""
MAX_KEPT, MAX_SHEET = 2**21, 2**18
"""Bytes of rows kept in mind, of all sheets and of one: a form has a tenth of the first, a large summary more."""
_END = b"</row>"


@dataclass(frozen=True, slots=True)
class Setting:
    """What else than its row says what a cell says: shared strings, styles, whether days are counted from 1904."""

    strings: bytes
    styles: bytes
    is_1904: bool


@dataclass(frozen=True)
class Known:
    """The rows of a sheet that were proved and read, in their setting, and what stands in them."""

    rows: bytes
    setting: Setting
    lines: Sequence[Line]

    @cached_property
    def pieces(self) -> list[bytes]:
        """The rows one by one; empty ones stand before the next that is not, what follows the last one at the end."""
        return self.rows.split(_END)

    @cached_property
    def numbers(self) -> list[list[int]]:
        """Numbers of the rows in each piece."""
        return list(map(row_numbers, self.pieces))

    @cached_property
    def is_slim(self) -> bool:
        """Whether no cell stands far to the right."""
        proved = proved_some(self.rows)
        return proved is not None and proved[1]

    @cached_property
    def named(self) -> list[set[int]]:
        """Numbers of the shared strings that each piece names."""
        return list(map(named_in, self.pieces))

    @cached_property
    def _shown(self) -> Mapping[int, bytes | None]:
        """What these strings are; None for one that is not plainly told apart from the others."""
        numbers = set[int]().union(*self.named)
        return {**dict.fromkeys(numbers), **told_apart(self.setting.strings, numbers)}

    def changed(self, strings: bytes) -> Set[int]:
        """Numbers under which other shared strings may say something else than where these rows were read."""
        if strings == self.setting.strings:
            return frozenset()
        here = told_apart(strings, self._shown)
        return {number for number, text in self._shown.items() if text is None or here.get(number) != text}


@dataclass(frozen=True, slots=True)
class Fresh:
    """Rows of a sheet that stand otherwise in a `known` one, and their numbers; none that the other lacks."""

    known: Known
    content: bytes
    numbers: list[int]

    def among_known(self, lines: Sequence[Line]) -> list[Line]:
        """All lines of the sheet; given are those down to the last fresh row that has a value, blank but for these."""
        found = list(self.known.lines)
        width = len(found[0]) if found else 0
        found += [[None] * width for _ in range(len(found), len(lines))]
        for number in self.numbers:
            line = lines[number - 1] if number <= len(lines) else []
            if number <= len(found):
                found[number - 1] = [*line, *[None] * (width - len(line))]
        return found


_known: dict[str, Known] = {}


def known_rows(sheet: str, setting: Setting) -> Known | None:
    """The rows known of a sheet of this name, if they would say the same in a file of this setting, but for strings."""
    known = _known.get(sheet)
    if known is None or known.setting.styles != setting.styles or known.setting.is_1904 is not setting.is_1904:
        return None
    return known


def keep_in_mind(sheet: str, rows: bytes, setting: Setting, lines: Sequence[Line]) -> None:
    """Remembers the rows of a sheet that was read whole, instead of those of its name before; nobody may change the
    lines any more."""
    if len(rows) > MAX_SHEET:
        return
    if sum(len(one.rows) for one in _known.values()) + len(rows) > MAX_KEPT:
        _known.clear()
    _known[sheet] = Known(rows, setting, lines)


def proved_but_known(part: bytes, sheet: str, setting: Setting) -> tuple[Rows, Fresh | None]:
    """The cells of a sheet's part, as `proved_rows` finds them, and those of its rows that are not known.

    None for these where all have to be read. Raises Unreadable where programs could differ on what the part says.
    """
    known = known_rows(sheet, setting)
    plain = plain_sheet(part) if known is not None else None
    if known is None or plain is None:
        return proved_rows(part, sheet), None
    head, rows, tail, merges = plain
    fresh = _apart(known, rows, setting.strings)
    proved = proved_some(fresh.content) if fresh is not None else None
    if fresh is None or proved is None or proved[0] != fresh.numbers:
        return proved_rows(part, sheet), None
    last = next((numbers[-1] for numbers in reversed(known.numbers) if numbers), 0)
    area = area_of(rows, last, known.is_slim and proved[1])
    return Rows(rows, area, merges, head, tail), fresh


def _apart(known: Known, rows: bytes, strings: bytes) -> Fresh | None:
    """The rows that are not as they are known; None where all are, or where rows were put in or taken out.

    No row holds the end of another: what is between two ends is one row, with empty ones before it, and if all that
    differ fit the grammar one after the other, so does each.
    """
    first = rows.find(_END) + len(_END)
    if len(rows) > MAX_SHEET or rows[:first] != known.rows[:first]:  # another program's: not worth comparing
        return None
    pieces = rows.split(_END)
    if len(pieces) != len(known.pieces) or pieces[-1] != known.pieces[-1]:
        return None
    differ: Iterable[bool] = map(ne, pieces, known.pieces)
    if changed := known.changed(strings):
        differ = (one or not named.isdisjoint(changed) for one, named in zip(differ, known.named, strict=True))
    others = list(compress(count(), differ))
    content = b"".join([pieces[at] + _END for at in others])
    return Fresh(known, content, [number for at in others for number in known.numbers[at]])
