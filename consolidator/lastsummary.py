"""The units' part of a summary as it was written, kept for the next run, which then need not read it all again.

It is believed only where the workbook's bytes are still those that were written: whoever types anything into it has it
read whole. The parent's own part is read from the workbook even then.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from consolidator.folded import FoldedTexts
from consolidator.grid import Range, Unreadable, names_in, read_grid, sheet_parts
from consolidator.layout import META, ONLY_SHOW
from consolidator.migration import BELOW
from consolidator.packaging import Package, packed
from consolidator.preflight import preflight
from consolidator.reading import read_submission
from consolidator.readings import Readings
from consolidator.submission import Line, Submission, TableRow

T = TypeVar("T")
Piece = tuple[str, Sequence[Line] | Sequence[TableRow]]
PIECE = 500
"""Lines, or rows of a table, that are kept together."""
_OF_UNITS = ("units.", "lines.", BELOW)
"""How the names of cells begin from which on a sheet of a summary holds what its units sent."""


def keep_units(readings: Readings, content: bytes, summary: Submission) -> None:
    """Keeps the lines of a summary and its units' rows, with the workbook that was written of it.

    They go piece by piece, for all together are as large as the workbook; the last to go says how many they are.
    """
    whose, count = hashlib.sha256(content).digest(), 0
    for count, piece in enumerate(_pieces(summary), 1):
        readings.keep(_key(whose, count), pickle.dumps(piece, protocol=5))
    readings.keep(_key(whose, 0), pickle.dumps(count))


def summary_as_written(readings: Readings, content: bytes) -> Submission | None:
    """The summary that a workbook holds, its totals excepted; None where its bytes are none that were kept."""
    units = _units_of(readings, hashlib.sha256(content).digest())
    if units is None:
        return None
    try:
        submission, _ = read_submission(read_grid(_without_units(content), ONLY_SHOW))
    except Unreadable:
        return None
    lines, below = units
    tables = {id_: [*submission.tables.get(id_, ()), *below.get(id_, ())] for id_ in {**below, **submission.tables}}
    return replace(submission, lines=lines, tables={id_: rows for id_, rows in tables.items() if rows})


def _pieces(summary: Submission) -> Iterator[Piece]:
    """Some lines, then some rows of a table at a time, each under the table's id ("" for lines)."""
    for lines in _some(summary.lines):
        yield "", [replace(line, narratives=FoldedTexts(line.narratives)) for line in lines]
    for id_, rows in summary.tables.items():
        yield from ((id_, some) for some in _some(row for row in rows if row.unit != summary.unit))


def _some(things: Iterable[T]) -> Iterator[Sequence[T]]:
    rest = iter(things)
    return iter(lambda: list(islice(rest, PIECE)), [])


def _units_of(readings: Readings, whose: bytes) -> tuple[list[Line], dict[str, list[TableRow]]] | None:
    """(lines, rows of tables); None where a piece is missing."""
    lines, rows = list[Line](), dict[str, list[TableRow]]()
    kept = readings.reading_of(_key(whose, 0))
    if kept is None:
        return None
    for number in range(1, 1 + pickle.loads(kept)):
        piece = readings.reading_of(_key(whose, number))
        if piece is None:
            return None
        id_, some = pickle.loads(piece)
        (rows.setdefault(id_, []) if id_ else lines).extend(some)
    return lines, rows


def _key(whose: bytes, number: int) -> str:
    """Another than that under which a file's own reading is kept."""
    return hashlib.sha256(b"units of %b %d" % (whose, number)).hexdigest()


def _without_units(content: bytes) -> bytes:
    """The workbook without the rows in which its units stand."""
    package = Package(content)
    parts = {name: package.read(name) for name in package.names}
    part_of = sheet_parts(parts)
    for name, place in names_in(preflight(content, wanted=(META,)).names):
        if name.startswith(_OF_UNITS) and place is not None:
            sheet, row = (place.sheet, place.row) if isinstance(place, Range) else place[:2]
            parts[part_of[sheet]] = _cut(parts[part_of[sheet]], row)
    return packed(parts)


def _cut(sheet: bytes, row: int) -> bytes:
    """A sheet's XML without its rows from one (0-based) on."""
    begin, end = sheet.find(b'<row r="%d"' % (row + 1)), sheet.rfind(b"</sheetData>")
    return sheet if begin < 0 else sheet[:begin] + sheet[end:]
