"""How the sheets of a form stand in a workbook now: under which name, with which rows and columns, seen from names.

Names travel with their cells, so that a row inserted, a column deleted or a sheet renamed shows in them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import Grid
from consolidator.lately import kept_lately
from consolidator.layout import Cell, layout_of
from consolidator.workedout import worked_out

Place = tuple[str, int, int]
"""Sheet, 0-based row and column."""


class Axis:
    """Rows (or columns) of a sheet: where those that carry names were drawn, and where they stand now."""

    def __init__(self, stands: Mapping[int, int]) -> None:
        self.stands = stands
        """Row as drawn -> row now."""
        self.is_moved = any(drawn != now for drawn, now in stands.items())
        self._marks = sorted((now, drawn) for drawn, now in stands.items())
        self._now = [now for now, _ in self._marks]

    def drawn(self, now: int) -> range:
        """Rows as drawn that a row may be: one where it carries names or nothing has moved, else a few or none."""
        index = bisect_right(self._now, now)
        before, drawn_before = self._marks[index - 1] if index else (-1, -1)
        if index and before == now:
            return range(drawn_before, drawn_before + 1)
        one = drawn_before + now - before
        if index == len(self._marks):
            return range(one, one + 1)
        after, drawn_after = self._marks[index]
        other = drawn_after - (after - now)
        return range(max(min(one, other), drawn_before + 1), min(max(one, other), drawn_after - 1) + 1)

    def changes(self, last: int) -> tuple[int, int, int]:
        """How many were inserted, deleted and moved elsewhere, up to the last one drawn."""
        inserted = deleted = moved = 0
        before, drawn_before = -1, -1
        for drawn, now in sorted(self.stands.items()):
            if now <= before:
                moved += 1
                continue
            shift = (now - before) - (drawn - drawn_before)
            inserted, deleted = inserted + max(shift, 0), deleted + max(-shift, 0)
            before, drawn_before = now, drawn
        if moved:  # where rows changed places, gaps say nothing about what was put in or taken out
            inserted = deleted = 0
        return inserted, deleted + (last - drawn_before if self.stands else 0), moved


@dataclass(frozen=True)
class Bearing:
    """Where a sheet of the form stands: its name now ("" if it is gone), its rows and its columns."""

    sheet: str
    rows: Axis
    cols: Axis


@worked_out
def named_cells(view: LevelForm) -> Mapping[str, Mapping[str, Cell]]:
    """Names of a form by the sheet they are drawn on; of a table's columns the first cells, under their names."""
    plan = layout_of(view)
    found: dict[str, dict[str, Cell]] = {}
    for name, cell in plan.names.items():
        found.setdefault(cell.sheet, {})[name] = cell
    for one in plan.tables:
        found[one.sheet] = {f"{TABLE}{one.table.id}.{c.id}": one.cell(0, c.id) for c in one.table.columns}
    return found


@worked_out
def drawn_places(view: LevelForm) -> Mapping[str, Place]:
    """Where each name of a single cell is drawn."""
    return {name: (cell.sheet, cell.row, cell.col) for name, cell in layout_of(view).names.items()}


def is_drawn(grid: Grid, view: LevelForm) -> bool:
    """Whether every name of a single cell stands where the form draws it: so it is in most workbooks."""
    return _are_drawn(grid.names, view)


@kept_lately
def _are_drawn(names: Mapping[str, Place], view: LevelForm) -> bool:
    return drawn_places(view).items() <= names.items()


def bearings(grid: Grid, view: LevelForm) -> dict[str, Bearing]:
    """How each sheet that carries names stands now, by its name in the form."""
    if is_drawn(grid, view):
        known = _as_drawn(view)
        return {s: drawn if places else bearing_of(grid, view, s) for s, (places, drawn) in known.items()}
    return {sheet: bearing_of(grid, view, sheet) for sheet in named_cells(view)}


def bearing_of(grid: Grid, view: LevelForm, sheet: str) -> Bearing:
    """How one sheet stands now, quickly told where it stands as drawn."""
    places, drawn = _as_drawn(view)[sheet]
    if places and places.items() <= grid.names.items():
        return drawn
    return bearing(grid, sheet, named_cells(view)[sheet])


@worked_out
def _as_drawn(view: LevelForm) -> Mapping[str, tuple[Mapping[str, Place], Bearing]]:
    """Of each sheet but those of tables its names' places, and how it stands with its names there."""
    found = {}
    for sheet, cells in named_cells(view).items():
        places = {name: (cell.sheet, cell.row, cell.col) for name, cell in cells.items() if not name.startswith(TABLE)}
        rows, cols = {row for _, row, _ in places.values()}, {col for _, _, col in places.values()}
        unmoved = (Axis({one: one for one in sorted(ones)}) for ones in (rows, cols))
        found[sheet] = places, Bearing(sheet, *unmoved)
    return found


def bearing(grid: Grid, sheet: str, cells: Mapping[str, Cell]) -> Bearing:
    """How one sheet stands: what most names of it, of each of its rows and of each of its columns say."""
    placed = list(_placed(grid, cells))
    if not placed:
        return Bearing(sheet if sheet in grid.rows else "", Axis({}), Axis({}))
    ((now, _),) = Counter(place[0] for _, place in placed).most_common(1)
    rows: dict[int, Counter[int]] = {}
    cols: dict[int, Counter[int]] = {}
    for cell, (where, row, col) in placed:
        if where == now:
            rows.setdefault(cell.row, Counter())[row] += 1
            cols.setdefault(cell.col, Counter())[col] += 1
    return Bearing(now, Axis(_most(rows)), Axis(_most(cols)))


def _placed(grid: Grid, cells: Mapping[str, Cell]) -> Iterator[tuple[Cell, Place]]:
    for name, cell in cells.items():
        if name in grid.names:
            yield cell, grid.names[name]
        elif name in grid.ranges:
            run = grid.ranges[name]
            yield cell, (run.sheet, run.row, run.col)


def _most(votes: Mapping[int, Counter[int]]) -> dict[int, int]:
    """What most say of each; a place that two would take stays with the first."""
    found: dict[int, int] = {}
    taken: set[int] = set()
    for drawn, counted in votes.items():
        now = counted.most_common(1)[0][0]
        if now not in taken:
            taken.add(now)
            found[drawn] = now
    return found
