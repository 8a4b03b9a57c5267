"""Finds cells again whose names are lost or broken, and refuses cells whose name and row say different things.

A name that is there and agrees with its row is never touched. A lost one is put back only where the hidden code, the
label or the key of its row and the heading of its column leave one cell; a contradiction is for a person to settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consolidator import layout as at
from consolidator.bearings import Bearing, Place, bearing_of, is_drawn, named_cells
from consolidator.booknames import META, META_KEYS, PART, SUMMARY
from consolidator.finding import Finding
from consolidator.finding import Place as Spot
from consolidator.form import LevelForm
from consolidator.formula import MORE, PREVIOUS, TABLE
from consolidator.grid import Grid, Range
from consolidator.layout import Cell, layout_of
from consolidator.lettering import table_heads
from consolidator.paper import shortened
from consolidator.shifting import order_told, shifts
from consolidator.signposts import Marks, Words, are_as_drawn, marks_of
from consolidator.wording import LABELS, tell

NAMED = 3
"""How many of the cells found again are called by their names."""


@dataclass(frozen=True)
class Anchoring:
    """A grid whose names can be relied on, what is to be told, and the names that were taken out of it.

    `whole` has those too: what stands in their cells is no stray, it has been told already.
    """

    grid: Grid
    whole: Grid
    findings: list[Finding] = field(default_factory=list)
    refused: frozenset[str] = frozenset()


def anchored_meta(grid: Grid) -> Grid:
    """The grid with lost names of the hidden sheet put back, so that its form and level can be known at all.

    Nothing is told of it: `anchored` finds them again, and tells.
    """
    if grid.names.keys() >= set(META_KEYS):
        return grid
    places: dict[str, list[Place]] = {}
    for row, line in enumerate(grid.rows.get(META, [])):
        if line and line[0] in META_KEYS and line[0] not in grid.names:
            places.setdefault(str(line[0]), []).append((META, row, 1))
    found = {key: spots[0] for key, spots in places.items() if len(spots) == 1}
    return replace(grid, names={**grid.names, **found}) if found else grid


def anchored(grid: Grid, view: LevelForm) -> Anchoring:
    """The grid with every name that can be relied on; next to free where all stands as drawn."""
    if is_drawn(grid, view) and all(_stands(grid, one) for one in layout_of(view).tables) and are_as_drawn(grid, view):
        return Anchoring(grid, grid, list(order_told(grid, view, {})))
    search = _Search(grid, view)
    for sheet, cells in named_cells(view).items():
        if sheet in marks_of(view):
            search.look(sheet, cells)
    for one in layout_of(view).tables:
        search.look_for_table(one)
    whole = replace(grid, names={**grid.names, **search.found}, ranges={**grid.ranges, **search.runs})
    names = {name: place for name, place in whole.names.items() if name not in search.refused}
    ranges = {name: run for name, run in whole.ranges.items() if name not in search.refused}
    is_summary = whole.named("meta.document") in (SUMMARY, PART)
    findings = [*shifts(whole, view, is_summary), *search.findings]
    return Anchoring(replace(whole, names=names, ranges=ranges), whole, findings, frozenset(search.refused))


class _Search:
    """Looks through the sheets of a workbook in which something does not stand as drawn."""

    def __init__(self, grid: Grid, view: LevelForm) -> None:
        self.grid, self.view = grid, view
        self.found: dict[str, Place] = {}
        self.runs: dict[str, Range] = {}
        self.refused: set[str] = set()
        self.findings: list[Finding] = []
        self._taken = set(grid.names.values())

    def look(self, sheet: str, cells: Mapping[str, Cell]) -> None:
        """Proves the names of a sheet and finds those that are lost."""
        marks, stands = marks_of(self.view)[sheet], bearing_of(self.grid, self.view, sheet)
        stands = stands if _has_names(self.grid, cells) else self._sheet_by_marks(sheet, marks, stands)
        if not stands.sheet:
            return
        words = Words(self.grid, stands, marks, min((cell.col for cell in cells.values()), default=1))
        against: dict[tuple[str, int], list[str]] = {}
        for name, cell in cells.items():
            place = self.grid.names.get(name)
            if place is not None:
                if word := words.contradiction(cell, place):
                    line = cell.col if word in words.heads else -cell.row
                    against.setdefault((word, line), []).append(name)
            elif (spot := words.place_of(cell)) and spot not in self._taken:
                self.found[name] = spot
                self._taken.add(spot)
        for (word, _), names in against.items():
            self._refuse(word, names)
        self._tell_found(stands.sheet, [name for name in cells if name in self.found])

    def _sheet_by_marks(self, sheet: str, marks: Marks, stands: Bearing) -> Bearing:
        """A sheet without any name: the only one in the workbook that bears at least half of its words."""
        wanted = set(marks.rows.values())
        known = {name for name in named_cells(self.view) if name != sheet}
        fitting = []
        for name, rows in self.grid.rows.items():
            words = {value for row in rows for value in row if isinstance(value, str)} if name not in known else set()
            if 2 * len(wanted & words) >= len(wanted):
                fitting.append(name)
        return replace(stands, sheet=fitting[0] if len(fitting) == 1 else "")

    def _refuse(self, word: str, names: list[str]) -> None:
        """Cells whose name and whose row or column say different things are not taken."""
        self.refused |= set(names)
        sheet, row, col = self.grid.names[names[0]]
        said = self.view.form.indicators[word].label if word in self.view.form.indicators else word
        facts = {"label": label_of(self.view, names[0]), "found": shortened(said, 80), "count": str(len(names))}
        spot = Spot(sheet=sheet, cell=Cell(sheet, row, col).a1, ref=names[0])
        self.findings.append(tell("anchor-conflict", spot, **facts))

    def _tell_found(self, sheet: str, names: list[str]) -> None:
        if names:
            place = self.found.get(names[0]) or _start(self.runs[names[0]])
            labels = list(dict.fromkeys(label_of(self.view, name) for name in names))
            shown = "; ".join(shortened(label, 60) for label in labels[:NAMED]) + "…" * (len(labels) > NAMED)
            spot = Spot(sheet=sheet, cell=Cell(*place).a1)
            self.findings.append(tell("re-anchored", spot, sheet=sheet, count=str(len(names)), labels=shown))

    def look_for_table(self, one: at.TablePlan) -> None:
        """Proves the runs of a table's columns and finds those that are lost by the row of headings."""
        names = {TABLE + one.table.id: one.table.key}
        names |= {f"{TABLE}{one.table.id}.{column.id}": column.id for column in one.table.columns}
        runs = {name: self.grid.ranges[name] for name in names if name in self.grid.ranges}
        extents = {(run.sheet, run.row, run.last_row) for run in runs.values()}
        if len(extents) > 1:
            self.refused |= runs.keys()
            sheet, row, col = min(_start(run) for run in runs.values())
            spot = Spot(sheet=sheet, cell=Cell(sheet, row, col).a1)
            self.findings.append(tell("table-torn", spot, label=one.table.title))
        elif len(runs) < len(names):
            sheet, heads = self._headings(one, next(iter(extents))[0] if extents else "")
            (extent,) = extents or {self._extent(one, sheet, heads)}
            for name, column in names.items():
                if name not in runs and column in heads and extent[2] >= extent[1]:
                    self.runs[name] = Range(sheet, extent[1], heads[column][1], extent[2])
            self._tell_found(sheet, list(self.runs.keys() & names.keys()))

    def _headings(self, one: at.TablePlan, sheet: str) -> tuple[str, dict[str, tuple[int, int]]]:
        """The sheet and the row in which all headings of a table stand, each once; their cells by column id."""
        heads, found = table_heads(one.table), []
        known = {name for name in named_cells(self.view) if name != one.sheet}
        for name in [sheet] if sheet else [name for name in self.grid.rows if name not in known]:
            for row, line in enumerate(self.grid.rows.get(name, [])):
                if all(line.count(head) == 1 for head in heads.values()):
                    found.append((name, {column: (row, line.index(head)) for column, head in heads.items()}))
        return found[0] if len(found) == 1 else ("", {})

    def _extent(self, one: at.TablePlan, sheet: str, heads: Mapping[str, tuple[int, int]]) -> tuple[str, int, int]:
        """Sheet, first and last row of a table without names: the rows below the headings, down to its last number."""
        if not heads:
            return sheet, 0, -1
        (head, left) = min(heads.values())
        numbers = [self.grid.at(sheet, row, left - 1) for row in range(head + 1, len(self.grid.rows[sheet]))]
        wanted = [float(number) for number in range(1, one.rows + 1)]
        if [number for number in numbers if number is not None][: one.rows] != wanted:
            return sheet, 0, -1
        return sheet, head + 1, head + 1 + numbers.index(float(one.rows))


def label_of(view: LevelForm, name: str) -> str:
    """What people call the cell of a name."""
    ref = name.removeprefix(PREVIOUS)
    if ref in view.by_ref:
        return view.label_of(view.by_ref[ref])
    if name.startswith(TABLE):
        return next(t.title for t in view.tables if t.id == name.removeprefix(TABLE).partition(".")[0])
    if answer := next((one for one in view.answers if one.ref == name.removesuffix(MORE)), None):
        return answer.heading
    code, _, key = name.partition(".")
    if code in view.form.indicators:
        return f"{LABELS[key]}: {view.form.indicators[code].label}"
    return LABELS.get(name, name)


def _has_names(grid: Grid, cells: Mapping[str, Cell]) -> bool:
    return any(name in grid.names for name in cells)


def _stands(grid: Grid, one: at.TablePlan) -> bool:
    """Whether the runs of all columns of a table are there and stand side by side."""
    names = [TABLE + one.table.id, *(f"{TABLE}{one.table.id}.{column.id}" for column in one.table.columns)]
    if not all(name in grid.ranges for name in names):
        return False
    return len({(grid.ranges[n].sheet, grid.ranges[n].row, grid.ranges[n].last_row) for n in names}) == 1


def _start(run: Range) -> Place:
    return run.sheet, run.row, run.col
