"""Whether a batch fits into workbooks: Excel ends at 1,048,576 rows, and we read no file beyond some size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from consolidator.columns import column_number
from consolidator.folded import lengths
from consolidator.ordering import CannotRun
from consolidator.outcome import Outcome
from consolidator.packaging import MAX_FILE, Package, Unreadable
from consolidator.submission import Line
from consolidator.xmlscan import MAX_AREA, SLIM_COLS, SMALL

MAX_ROWS = 1_048_576
_HEADINGS = 2_000
"""Rows that headings, own rows and blank rows to fill in may take; no sheet has as many."""
_SHEETS, _CELL = "xl/worksheets/sheet", 16
"""Where a workbook has its sheets, and bytes that a cell of ours takes at the least; blank ones are written too."""
_DIMENSION, _HEAD = re.compile(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)"/>'), 1_000
"""What a sheet of ours says of its area, and bytes within which it stands."""
_PIECE = 2_000
"""Characters of a text that one row holds at the least."""


class TooLarge(CannotRun):
    """A batch that does not fit: it goes the way of an audit (`auditing.run_or_audit`), and nobody is shown this."""


def prove_fits(outcome: Outcome) -> None:
    """Raises TooLarge where some sheet of the summary or the report would have more rows than Excel has."""
    rows = max(_rows(outcome), default=0)
    if rows + _HEADINGS > MAX_ROWS:
        raise TooLarge(f"{rows} rows on one sheet")


def prove_is_read_back(summary: bytes) -> None:
    """Raises TooLarge for a workbook that we would not read again: not for the next run, nor at the level above."""
    try:
        if len(summary) <= MAX_FILE and _area(Package(summary)) <= MAX_AREA:
            return
    except Unreadable:
        pass
    raise TooLarge(f"a summary of {len(summary)} bytes is not read again")


def _area(package: Package) -> int:
    """Cells of the areas of its sheets, as they are counted when it is read, or some more."""
    if sum(info.file_size for info in package.infos) < _CELL * MAX_AREA:
        return 0
    sheets = (package.start_of(name, _HEAD) for name in package.names if name.startswith(_SHEETS))
    ends = [found for sheet in sheets if (found := _DIMENSION.search(sheet)) is not None]
    sizes = [(column_number(end[1].decode()) + 1, int(end[2])) for end in ends]
    return sum(max(SLIM_COLS, cols) * rows if rows < SMALL else cols * rows for cols, rows in sizes)


def _rows(outcome: Outcome) -> Iterator[int]:
    """How many rows the large sheets need."""
    summary = outcome.summary
    yield len(outcome.files)
    yield 2 * sum(len(file.findings) for file in outcome.files)  # findings of one kind stand under a row of their own
    if summary is not None:
        yield sum(1 + length // _PIECE for line in summary.lines for length in lengths(line.narratives).values())
        yield len(summary.lines) + sum(map(_remarks, summary.lines))
        yield from map(len, summary.tables.values())


def _remarks(line: Line) -> int:
    return len({name.partition(".")[0] for name in line.attributes})
