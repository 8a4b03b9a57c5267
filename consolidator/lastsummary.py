"""The units' part of a summary as it was written, known by the files it was made of: the next run need not read it.

It is believed only where the workbook's bytes are still those that were written: whoever types anything into it has it
read whole. The parent's own part is read from the workbook even then.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from consolidator.booknames import META, PAGE_MARKS
from consolidator.grid import Grid, Range, Unreadable, names_in, read_grid, sheet_parts
from consolidator.merging import line_of, merged_tables
from consolidator.migration import BELOW
from consolidator.packaging import Package, packed
from consolidator.parcel import Parcel, with_view
from consolidator.preflight import preflight
from consolidator.reading import read_submission
from consolidator.readings import Readings
from consolidator.submission import Submission, units_of

_SHEETS = "xl/worksheets/"
_OF_UNITS = ("units.", "lines.", BELOW)
"""How the names of cells begin from which on a sheet of a summary holds what its units sent."""


def keep_sources(readings: Readings, content: bytes, summary: Submission) -> None:
    """Keeps which file each unit's part of a summary came from, with the workbook that was written of it."""
    readings.keep(_key(content), pickle.dumps(_sources(summary)))


def summary_as_written(readings: Readings, content: bytes) -> tuple[Submission, Mapping[str, str]] | None:
    """The parent's own part of a summary, and the hash of each unit's file; None for bytes that are not known."""
    kept = readings.reading_of(_key(content))
    if kept is None:
        return None
    try:
        own, _ = read_submission(_own_cells(content))
    except Unreadable:
        return None
    return own, pickle.loads(kept)


def with_others(
    readings: Readings, own: Submission, sources: Mapping[str, str], now: Submission, children: Sequence[Submission]
) -> tuple[Submission, Set[str]] | None:
    """The summary as it was written, without units of which today's says the same for it has the same files, and who
    these are. `children` are what today's is made of.

    None where that cannot be told without reading it: what a file of then said is no longer kept, or rows of a unit
    below come from several.
    """
    today = _sources(now)
    changed = {unit for unit in sources.keys() | today.keys() if sources.get(unit) != today.get(unit)}
    olds = [_kept(readings, sources[unit]) for unit in sorted(changed & sources.keys())]
    then = [old for old in olds if old is not None]
    news = [child for child in children if child.unit in changed]
    others = changed | {row.unit for one in (*then, *news) for rows in one.tables.values() for row in rows}
    units = [unit for rows in now.tables.values() for unit in units_of(rows) if unit != now.unit]
    sent = sum(len(rows) for new in news for rows in new.tables.values())
    if len(then) < len(olds) or sum(unit in others for unit in units) != sent:
        return None
    before = replace(own, lines=[line_of(old, own.view) for old in then], tables=merged_tables(own, then))
    return before, {*today, *units} - others


def _sources(summary: Submission) -> dict[str, str]:
    return {line.unit: line.source.sha256 for line in summary.lines}


def _kept(readings: Readings, sha256: str) -> Submission | None:
    """What a file said."""
    kept = readings.reading_of(sha256)
    return with_view(Parcel("", "", kept).opened()).submission if kept is not None else None


def _key(content: bytes) -> str:
    """Another than that under which a file's own reading is kept."""
    return hashlib.sha256(b"sources of " + hashlib.sha256(content).digest()).hexdigest()


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
