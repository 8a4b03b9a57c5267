"""Tells how the sheets of a form were rearranged: renamed, reordered, rows and columns put in, taken out or moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consolidator.bearings import Bearing, bearings, named_cells
from consolidator.booknames import META
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import Grid
from consolidator.layout import Cell, TablePlan, layout_of
from consolidator.wording import tell


def order_told(grid: Grid, view: LevelForm, names: Mapping[str, str]) -> Iterator[Finding]:
    """Says once that tabs stand in another order; `names` are those of renamed sheets by the form's."""
    there = {sheet: place for place, sheet in enumerate(grid.rows)}
    drawn = [there[now] for sheet in layout_of(view).sheet_names if (now := names.get(sheet, sheet)) in there]
    if drawn != sorted(drawn):
        yield tell("sheets-reordered")


def shifts(grid: Grid, view: LevelForm, is_summary: bool) -> Iterator[Finding]:
    """What happened to each sheet with names, seen from where they stand now."""
    stand = bearings(grid, view)
    yield from order_told(grid, view, {sheet: here.sheet for sheet, here in stand.items() if here.sheet})
    tables = {one.sheet: one for one in layout_of(view).tables}
    for sheet, here in stand.items():
        if sheet == META or not here.sheet or not here.rows.stands:
            continue
        if here.sheet != sheet:
            yield tell("sheet-renamed", Place(sheet=here.sheet), old=sheet, new=here.sheet)
        yield from _of_sheet(grid, view, sheet, here, None if is_summary else tables.get(sheet))


def _of_sheet(grid: Grid, view: LevelForm, sheet: str, here: Bearing, table: TablePlan | None) -> Iterator[Finding]:
    cells = named_cells(view)[sheet].values()
    rows = here.rows.changes(max(cell.row for cell in cells))
    cols = here.cols.changes(max(cell.col for cell in cells))
    if table is not None and (run := grid.ranges.get(TABLE + table.table.id)):
        longer = run.last_row - run.row + 1 - table.rows
        rows = rows[0] + max(longer, 0), rows[1] + max(-longer, 0), rows[2]
    codes = (f"{axis}-{done}" for axis in ("rows", "columns") for done in ("inserted", "deleted", "moved"))
    counts = dict(zip(codes, (*rows, *cols), strict=True))
    top = Cell(here.sheet, min(here.rows.stands.values()), min(here.cols.stands.values())).a1
    for code, count in counts.items():
        if count:
            yield tell(code, Place(sheet=here.sheet, cell=top), sheet=here.sheet, count=str(count))
