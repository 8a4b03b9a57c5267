"""What stands in a workbook of ours besides the form itself: rows of tables, and the sheets behind a summary's totals.

Each function tells for a sheet whether what stands in a cell was drawn by us or will be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cache, lru_cache

from consolidator import layout as at
from consolidator.bearings import Axis, Place
from consolidator.booknames import PAGE_MARKS, REMARKS_START, SOURCES_START, TEXTS_START
from consolidator.expression import refs
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Grid
from consolidator.layout import Appendix, MatrixCol, MatrixRow, TablePlan, layout_of
from consolidator.lettering import OPEN_FILE, TOTAL_LINE, UNITS_BELOW, in_spans
from consolidator.rulebook import load

IsOurs = Callable[[int, int, CellValue], bool]
"""Of a row, a column and what stands there."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands on a sheet behind a summary's totals: a test of its cells.

    In the `cols` of `rows` anything passes the test, so that nobody need ask.
    """

    is_ours: IsOurs
    rows: range = range(0)
    cols: Set[int] = frozenset()


def table_rest(grid: Grid, one: TablePlan, cols: Axis) -> IsOurs:
    """In and below the rows of a table: their numbers, their faults, the units' rows, the sums."""
    run, start = grid.ranges.get(TABLE + one.table.id), grid.names.get(f"tl.{one.table.id}")
    if run is None:
        return lambda row, col, value: False
    last = one.col(one.table.columns[-1].id)
    summed = {one.col(column.id) for column in one.table.columns if column.total}
    below = _filled_rows(grid, start) if start else range(run.last_row + 1, run.last_row + 1)
    sums = below.stop + 1

    @cache
    def drawn(col: int) -> range:
        return cols.drawn(col)

    def is_ours(row: int, col: int, value: CellValue) -> bool:
        places = drawn(col)
        if run.row <= row <= run.last_row:
            is_number = one.NAME_COL in places and isinstance(value, float) and 1 <= value <= run.last_row - run.row + 1
            return is_number or any(last < place <= last + 2 for place in places)
        if start and row == start[1] - 1:
            return value == UNITS_BELOW
        if row in below:
            return col <= run.col + last and not isinstance(value, bool) and any(place <= last for place in places)
        return bool(summed) and row == sums and (value == TOTAL_LINE or any(place in summed for place in places))

    return is_ours


def summary_rest(grid: Grid, view: LevelForm) -> Mapping[str, Rest]:
    """By sheet: what stands behind the totals of a summary, and where it came from."""
    found: dict[str, Rest] = {}
    for name in PAGE_MARKS.values():
        if marks := grid.names.get(name):
            found[marks[0]] = Rest(_page(grid, marks))
    units: set[str] = set()
    for appendix in layout_of(view).appendices:
        if start := grid.names.get(f"units.{appendix.sheet}"):
            found[start[0]] = _matrix(grid, view, appendix, start)
            units |= {_text(grid.at(start[0], row, start[2])) for row in _filled_rows(grid, start)}
    if start := grid.names.get(TEXTS_START):
        found[start[0]] = Rest(_texts(grid, view, start))
    start, remarks = grid.names.get(SOURCES_START), grid.names.get(REMARKS_START)
    if start and remarks:
        found[start[0]] = Rest(_sources(grid, view, start, remarks, units))
    return found


def _page(grid: Grid, marks: Place) -> IsOurs:
    """A page that only shows, and says itself what we drew on it."""
    sheet, _, mark = marks
    return lambda row, col, value: in_spans(grid.at(sheet, row, mark), mark - col)


def _matrix(grid: Grid, view: LevelForm, appendix: Appendix, start: Place) -> Rest:
    sheet, first, left = start
    figures = [f"{row.indicator.code}.{measure}" for row in appendix.rows for measure in appendix.measures]
    figures = [ref for ref in figures if ref in view.by_ref]
    own = {place[2]: ref for ref in figures if (place := grid.names.get(f"own.{ref}"))}
    weights = {place[2] for ref in figures if (place := grid.names.get(f"weight.{ref}"))}
    own_rows = Counter(grid.names[f"own.{ref}"][1] for ref in own.values())
    anchors: dict[int, int] = {MatrixRow.FIRST_UNIT: first}
    if own_rows:
        anchors[MatrixRow.OWN] = own_rows.most_common(1)[0][0]
    rows, units = Axis(anchors), _filled_rows(grid, start)
    heading = [row for row in range(first) if MatrixRow.REF in rows.drawn(row)]
    derived: dict[int, list[str]] = {}
    for col, ref in enumerate(_line(grid, sheet, heading[0]) if heading else ()):
        node = view.by_ref[ref].derived if isinstance(ref, str) and ref in figures else None
        if node is not None:
            derived[col] = [one.name for one in refs(node)]
    column_of = {ref: col for col, ref in own.items()}
    made_of = {col: [column_of[ref] for ref in made if ref in column_of] for col, made in derived.items()}
    lines = grid.rows.get(sheet, [])
    labels = {f"{row.indicator.label} ({row.indicator.unit})" for row in appendix.rows}
    fixed = {(MatrixRow.TITLE, 0), (MatrixRow.LINK, 0), (MatrixRow.LINK, 1), (MatrixRow.HINT, 0)}
    fixed |= {(MatrixRow.LABEL, col) for col in range(MatrixCol.FIRST)}
    fixed |= {(row, MatrixCol.NAME) for row in (MatrixRow.TOTAL, MatrixRow.COUNT, MatrixRow.OWN)}

    def is_ours(row: int, col: int, value: CellValue) -> bool:
        if row in units:
            if col in made_of:  # not read but computed again; drawn where all it is made of is there
                line = lines[row]
                return isinstance(value, float) and all(
                    one < len(line) and isinstance(line[one], float) for one in made_of[col]
                )
            if left <= col < left + MatrixCol.FIRST:
                return col - left != MatrixCol.FILE or value == OPEN_FILE
            return col in own or (col in weights and isinstance(value, float))
        places = rows.drawn(row)
        if any((place, col - left) in fixed for place in places) or (value in labels and MatrixRow.LABEL in places):
            return True
        if col not in own and col not in weights and col not in made_of:
            return False
        drawn = {MatrixRow.MEASURE, MatrixRow.REF, MatrixRow.TOTAL, MatrixRow.COUNT}
        return any(place in drawn or (place == MatrixRow.OWN and col in weights) for place in places)

    always = {left + col for col in (MatrixCol.CODE, MatrixCol.NAME, MatrixCol.HASH)} | own.keys()
    return Rest(is_ours, units, always - {left + MatrixCol.FILE, *made_of})


def _texts(grid: Grid, view: LevelForm, start: Place) -> IsOurs:
    sheet, first, left = start
    outlines = (view.form, *map(load, view.form.accepts))
    words = {word for outline in outlines for one in outline.narratives for word in (one.path, one.heading)}
    above = {(0, 0), (at.LINK_ROW, 0), (at.LINK_ROW, 1)}
    rows = Axis({at.TEXTS_FIRST_ROW: first})

    @lru_cache(1)
    def is_of_a_unit(row: int) -> bool:
        return all(grid.at(sheet, row, left + offset) for offset in (3, 4))

    def is_ours(row: int, col: int, value: CellValue) -> bool:
        if row < first:
            return any((place, col - left) in above for place in rows.drawn(row))
        return 1 <= col - left <= 4 if is_of_a_unit(row) else value in words and col - left in (0, 1)

    return is_ours


def _sources(grid: Grid, view: LevelForm, start: Place, remarks: Place, units: set[str]) -> IsOurs:
    sheet, first, left = start
    rows, more = _filled_rows(grid, start), _filled_rows(grid, remarks)
    top = Axis({3: first})

    def is_ours(row: int, col: int, value: CellValue) -> bool:
        col -= left
        if row in rows:
            return _text(grid.at(sheet, row, left)) in units and 0 <= col <= 7 and not isinstance(value, bool)
        if row in more:
            said = [grid.at(sheet, row, left + place) for place in (0, 3)]
            is_known = _text(said[0]) in units and said[1] in view.form.indicators
            return is_known and 0 <= col <= 6 and not isinstance(value, bool)
        if row in (first - 1, remarks[1] - 1):
            return 0 <= col <= 6
        return col == 0 and (row == remarks[1] - 2 or any(place in (0, at.LINK_ROW) for place in top.drawn(row)))

    return is_ours


def _filled_rows(grid: Grid, start: Place) -> range:
    """Rows from a cell down to the first blank below it."""
    sheet, row, col = start
    while grid.at(sheet, row, col) not in (None, ""):
        row += 1
    return range(start[1], row)


def _line(grid: Grid, sheet: str, row: int) -> list[CellValue]:
    rows = grid.rows.get(sheet, [])
    return rows[row] if row < len(rows) else []


def _text(value: CellValue) -> str:
    """A unit's code; one that a spreadsheet made a number loses its ".0"."""
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
