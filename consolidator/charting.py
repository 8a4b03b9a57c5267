"""Native charts over cells of the workbook: one look for all of them, live on the figures they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consolidator.layout import Cell
from consolidator.palette import FONT, INK, LINE, SERIES
from consolidator.pen import Pen

_WORDS = {"name": FONT, "size": 9, "color": f"#{INK}"}
_GRID = {"visible": True, "line": {"color": f"#{LINE}", "width": 0.5, "dash_type": "dash"}}
LONGEST_LABEL = 42
"""Characters of a bar's label that leave room for the bar."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of cells down a column; `shown` is what stands there, where the cells are not written one by one."""

    sheet: str
    first: int
    last: int
    col: int
    shown: Sequence[float | str | None] = ()

    @property
    def address(self) -> list[str | int]:
        """As XlsxWriter takes it."""
        return [self.sheet, self.first, self.col, self.last, self.col]


@dataclass(frozen=True, slots=True)
class Series:
    """Values of a chart: the cell that names them and their look, a key of `palette.SERIES`."""

    head: Cell
    values: Run
    look: str


@dataclass(frozen=True, slots=True)
class Box:
    """Where a chart stands: its corner, an offset from it, and its size; all but the corner in pixels."""

    corner: Cell
    width: int
    height: int
    left: int = 0
    top: int = 0


def draw_bars(pen: Pen, box: Box, title: str, labels: Run, series: Sequence[Series], number: str = "#,##0;;") -> None:
    """Bars lying one under the other, the first at the top; several series are stacked. `number` is how they count."""
    chart = pen.book.add_chart({"type": "bar", "subtype": "stacked"})
    gap = 45 + 35 * max(0, 6 - (labels.last - labels.first))  # a bar that stands alone is no wall
    for one in series:
        chart.add_series(_of(one, labels, number) | {"gap": gap, "overlap": 100})
    plain = {"num_font": _WORDS, "line": {"color": f"#{LINE}"}, "major_tick_mark": "none"}
    chart.set_y_axis(
        {**plain, "reverse": True, "crossing": "max"}
    )  # reversed, and the scale at the bottom all the same
    chart.set_x_axis({**plain, "num_format": "#,##0", "min": 0, "major_gridlines": _GRID})
    _place(pen, box, chart, title, is_told=len(series) > 1)


def draw_columns(pen: Pen, box: Box, title: str, labels: Run, series: Sequence[Series], line: Series) -> None:
    """Columns side by side, in per cent, with a line across them that is to be reached."""
    chart = pen.book.add_chart({"type": "column"})
    for one in series:
        chart.add_series(_of(one, labels, "#,##0.#;;", outside=True) | {"gap": 60})
    mark = pen.book.add_chart({"type": "line"})
    plain = {"color": f"#{SERIES[line.look]['color']}", "width": 2.25, "dash_type": "dash"}
    mark.add_series({"name": _name(line), "categories": labels.address, "values": line.values.address, "line": plain})
    chart.combine(mark)
    chart.set_x_axis({"num_font": {**_WORDS, "rotation": 0}, "line": {"color": f"#{LINE}"}, "major_tick_mark": "none"})
    chart.set_y_axis({"num_format": "0", "min": 0, "num_font": _WORDS, "major_gridlines": _GRID})
    _place(pen, box, chart, title, is_told=True)


def _of(series: Series, labels: Run, number: str, *, outside: bool = False) -> dict[str, Any]:
    look = SERIES[series.look]
    colour = f"#{look['color']}"
    if pattern := look.get("pattern"):
        fill: dict[str, Any] = {
            "pattern": {"pattern": pattern, "fg_color": colour, "bg_color": f"#{look['ground']}"},
        }
    else:
        fill = {"fill": {"color": colour}}
    ink = INK if outside else look["ink"]
    shown: dict[str, Any] = {"value": True, "num_format": number, "font": {**_WORDS, "color": f"#{ink}"}}
    if outside:
        shown["position"] = "outside_end"
    given: dict[str, Any] = {"name": _name(series), "categories": labels.address, "values": series.values.address}
    if series.values.shown:
        given |= {"categories_data": list(labels.shown), "values_data": list(series.values.shown)}
    return given | fill | {"border": {"color": f"#{INK}", "width": 0.5}, "data_labels": shown}


def _name(series: Series) -> list[str | int]:
    return [series.head.sheet, series.head.row, series.head.col]


def _place(pen: Pen, box: Box, chart: Any, title: str, *, is_told: bool) -> None:
    chart.set_title({"name": title, "overlay": False, "name_font": {**_WORDS, "size": 12, "bold": True}})
    chart.set_legend({"position": "bottom", "font": _WORDS} if is_told else {"none": True})
    chart.set_chartarea({"border": {"color": f"#{LINE}"}})
    chart.set_size({"width": box.width, "height": box.height})
    chart.show_na_as_empty_cell()
    cell, where = box.corner, {"x_offset": box.left, "y_offset": box.top, "object_position": 2, "description": title}
    pen.book.get_worksheet_by_name(cell.sheet).insert_chart(cell.row, cell.col, chart, where)
