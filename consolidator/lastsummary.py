"""The units' part of a summary as it was written, kept for the next run, which then need not read it all again.

It is believed only where the workbook's bytes are still those that were written: whoever types anything into it has it
read whole. The parent's own part is read from the workbook even then.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from itertools import islice

from consolidator.comparing import Part, parts_of
from consolidator.folded import FoldedTexts
from consolidator.grid import Grid, Range, Unreadable, names_in, read_grid, sheet_parts
from consolidator.layout import META, PAGE_MARKS
from consolidator.migration import BELOW
from consolidator.packaging import Package, packed
from consolidator.preflight import preflight
from consolidator.reading import read_submission
from consolidator.readings import Readings
from consolidator.submission import NO_SOURCE, Submission

_SHEETS = "xl/worksheets/"
PIECE = 500
"""Units that are kept together."""
_OF_UNITS = ("units.", "lines.", BELOW)
"""How the names of cells begin from which on a sheet of a summary holds what its units sent."""


def packed_units(summary: Submission) -> Iterator[tuple[str, bytes]]:
    """What a summary holds of each unit, packed: the same of a unit is packed into the same bytes."""
    return ((unit, pickle.dumps(_bare(part), protocol=5)) for unit, part in parts_of(summary))


def digests_of(units: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """By what it is known whether a summary says the same of a unit as another."""
    return {unit: _digest(part) for unit, part in units}


def keep_units(readings: Readings, content: bytes, summary: Submission) -> None:
    """Keeps what a summary holds of its units, with the workbook that was written of it.

    They go piece by piece, for all together are as large as the workbook; the last to go says how many they are.
    """
    whose, count, rest = hashlib.sha256(content).digest(), 0, packed_units(summary)
    while piece := dict(islice(rest, PIECE)):
        count += 1
        readings.keep(_key(whose, count), pickle.dumps(piece, protocol=5))
    readings.keep(_key(whose, 0), pickle.dumps(count))


def summary_as_written(readings: Readings, content: bytes) -> tuple[Submission, Mapping[str, bytes]] | None:
    """The parent's own part of a summary, and what it holds of its units, packed; None for bytes that are not known."""
    units = _kept_units(readings, hashlib.sha256(content).digest())
    if units is None:
        return None
    try:
        own, _ = read_submission(_own_cells(content))
    except Unreadable:
        return None
    return own, units


def _kept_units(readings: Readings, whose: bytes) -> Mapping[str, bytes] | None:
    """All units; None where a piece is missing."""
    units, kept = dict[str, bytes](), readings.reading_of(_key(whose, 0))
    for number in range(1, 1 + pickle.loads(kept)) if kept is not None else ():
        piece = readings.reading_of(_key(whose, number))
        if piece is None:
            return None
        units |= pickle.loads(piece)
    return units if kept is not None else None


def with_others(own: Submission, before: Mapping[str, bytes], now: Mapping[str, bytes]) -> tuple[Submission, Set[str]]:
    """The summary as it was written, without units of which today's says the same (`digests_of`), and who these are."""
    same = {unit for unit, packed_part in before.items() if now.get(unit) == _digest(packed_part)}
    parts: list[Part] = [pickle.loads(before[unit]) for unit in before if unit not in same]
    tables = {key: list(rows) for key, rows in own.tables.items()}
    for part in parts:
        for key, rows in part.rows.items():
            tables.setdefault(key, []).extend(rows)
    return replace(own, lines=[part.line for part in parts if part.line is not None], tables=tables), same


def _digest(part: bytes) -> bytes:
    return hashlib.blake2b(part, digest_size=16).digest()


def _bare(part: Part) -> Part:
    """Without what is not compared and may change by itself: the way to a file."""
    line = part.line
    bare = line and replace(line, narratives=FoldedTexts(line.narratives), link="", source=NO_SOURCE)
    return Part(bare, dict(part.rows))


def _key(whose: bytes, number: int) -> str:
    """Another than that under which a file's own reading is kept."""
    return hashlib.sha256(b"units of %b %d" % (whose, number)).hexdigest()


def _own_cells(content: bytes) -> Grid:
    """The sheets on which the parent itself speaks, without the rows in which its units stand. Raises Unreadable."""
    package, begins, wanted = Package(content), dict[str, int](), set[str]()
    for name, place in names_in(preflight(content, wanted=(META,)).names):
        sheet, row = (place.sheet, place.row) if isinstance(place, Range) else place[:2] if place else ("", 0)
        if name.startswith(_OF_UNITS):
            begins[sheet] = min(row, begins.get(sheet, row))
        elif name not in PAGE_MARKS.values():
            wanted.add(sheet)
    parts = {name: b"" if name.startswith(_SHEETS) else package.read(name) for name in package.names}
    for sheet, part in sheet_parts(parts).items():
        if sheet in wanted:
            parts[part] = _cut(package.read(part), begins[sheet]) if sheet in begins else package.read(part)
    return read_grid(packed(parts), wanted=wanted)


def _cut(sheet: bytes, row: int) -> bytes:
    """A sheet's XML without its rows from one (0-based) on."""
    begin, end = sheet.find(b'<row r="%d"' % (row + 1)), sheet.rfind(b"</sheetData>")
    return sheet if begin < 0 else sheet[:begin] + sheet[end:]
