"""Reads what a summary carries besides its form: one line a unit, the units' narratives, remarks and table rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from consolidator import layout as at
from consolidator.booknames import CARRIED, REMARKS_START, SOURCES_START, TEXTS_START
from consolidator.element import Figure
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Grid
from consolidator.migration import BELOW, OWN, WEIGHT
from consolidator.submission import Line, Source, TableRow, empty_values
from consolidator.verdict import Numbers

Place = tuple[str, int, int]
ReadNumber = Callable[[Figure, Place], float]


def lines_of(grid: Grid, view: LevelForm, number: ReadNumber) -> tuple[list[Line], list[str]]:
    """The lines of a summary in the order of its sheets, and the sheets that have lost theirs.

    `number` reads a figure's cell and says what is odd about it.
    """
    values, weights, names, missing = _figures(grid, view, number)
    sources = {str(row[0]): row for row in _rows(grid, SOURCES_START, 8)}
    narratives, remarks = _narratives(grid), _remarks(grid)
    lines = []
    for unit, numbers in values.items():
        row = sources.get(unit, [None] * 8)
        meta = {key: value for key, value in zip(CARRIED, row[3:6], strict=True) if isinstance(value, float | str)}
        source = Source(_text(row[2]), names[unit][1])
        line = Line(
            unit,
            names[unit][0],
            source,
            numbers,
            weights[unit],
            meta,
            remarks.get(unit, {}),
            narratives.get(unit, {}),
            _text(row[7]),
        )
        lines.append(line)
    return lines, missing


def table_rows_below(grid: Grid, table: str, columns: list[str]) -> Iterator[TableRow]:
    """Rows of the units below in a table's sheet, each cell below the unit's own of the same column."""
    places = {column: grid.ranges.get(f"{TABLE}{table}.{column}") for column in columns}
    offsets = {column: place.col for column, place in places.items() if place is not None}
    start = grid.names.get(BELOW + table, ("", 0, 0))
    for row in _rows(grid, BELOW + table, max([1, *(col - start[2] for col in offsets.values())]) + 1):
        cells = {column: row[col - start[2]] for column, col in offsets.items()}
        values = {c: v for c, v in cells.items() if isinstance(v, float | str) and v != ""}
        yield TableRow(
            _text(row[0]), _text(row[1]), {c: float(v) if isinstance(v, float) else v for c, v in values.items()}
        )


def _figures(
    grid: Grid, view: LevelForm, number: ReadNumber
) -> tuple[dict[str, Numbers], dict[str, dict[str, float]], dict[str, tuple[str, str]], list[str]]:
    """Values, weights, (name, hash) by unit from all matrix sheets, and the sheets without a beginning."""
    values: dict[str, Numbers] = {}
    weights: dict[str, dict[str, float]] = {}
    names: dict[str, tuple[str, str]] = {}
    missing = []
    starts = {place[0]: place for name, place in grid.names.items() if name.startswith("units.")}
    for appendix in at.layout_of(view).appendices:
        if f"units.{appendix.sheet}" not in grid.names and _figure_sheets(grid, appendix) - starts.keys():
            missing.append(appendix.sheet)
    for sheet, row, col in starts.values():
        columns = _columns(grid, view, sheet)
        figures = [(view.position[ref], col, view.by_ref[ref]) for ref, (col, _) in columns.items()]
        weighed = [(ref, col) for ref, (_, col) in columns.items() if col is not None]
        while (code := grid.at(sheet, row, col)) not in (None, ""):
            unit = _text(code)
            names[unit] = (_text(grid.at(sheet, row, col + 1)), _text(grid.at(sheet, row, col + 3)))
            numbers, weight = values.setdefault(unit, empty_values(view)), weights.setdefault(unit, {})
            for position, value_col, figure in figures:
                numbers[position] = number(figure, (sheet, row, value_col))
            for ref, weight_col in weighed:
                if isinstance(found := grid.at(sheet, row, weight_col), float):
                    weight[ref] = float(found)
            row += 1
    return values, weights, names, missing


def _figure_sheets(grid: Grid, appendix: at.Appendix) -> set[str]:
    """Matrix sheets with the figures of an appendix: one, unless an older form had its rows elsewhere."""
    names = (f"{OWN}{row.indicator.code}.{measure}" for row in appendix.rows for measure in appendix.measures)
    return {grid.names[name][0] for name in names if name in grid.names}


def _columns(grid: Grid, view: LevelForm, sheet: str) -> dict[str, tuple[int, int | None]]:
    """Columns of each merged figure on a matrix sheet (value, weight)."""
    found: dict[str, tuple[int, int | None]] = {}
    for ref in view.by_ref:
        place, weight = grid.names.get(OWN + ref), grid.names.get(WEIGHT + ref)
        if place is not None and place[0] == sheet:
            found[ref] = (place[2], weight[2] if weight else None)
    return found


def _narratives(grid: Grid) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for _, _, text, narrative, unit in _rows(grid, TEXTS_START, 5, stop=False):
        if narrative and unit:
            texts = found.setdefault(_text(unit), {})
            texts[_text(narrative)] = texts.get(_text(narrative), "") + str(text or "")
    return found


def _remarks(grid: Grid) -> dict[str, dict[str, float | str]]:
    found: dict[str, dict[str, float | str]] = {}
    for unit, _, _, code, as_of, qualifier, note in _rows(grid, REMARKS_START, 7):
        for key, value in (("as_of", as_of), ("qualifier", qualifier), ("note", note)):
            if isinstance(value, float | str) and value != "":
                kept = float(value) if isinstance(value, float) else value
                found.setdefault(_text(unit), {})[f"{_text(code)}.{key}"] = kept
    return found


def _rows(grid: Grid, name: str, width: int, *, stop: bool = True) -> Iterator[list[CellValue]]:
    """Rows from a named cell on: until the first without a value there, or (`stop=False`) to the sheet's end."""
    start = grid.names.get(name)
    if start is None:
        return
    sheet, row, col = start
    while row < len(grid.rows.get(sheet, [])):
        cells = [grid.at(sheet, row, col + offset) for offset in range(width)]
        if stop and cells[0] in (None, ""):
            return
        yield cells
        row += 1


def _text(value: CellValue) -> str:
    """Codes and names as texts; a code that a spreadsheet made a number loses its ".0"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
