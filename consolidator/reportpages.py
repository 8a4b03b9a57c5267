"""Sheets of a report: their names, and how a table with links, filter and print set-up is put on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

from consolidator.layout import Cell, Value
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Strip, Style
from consolidator.wording import TOO_LARGE

OVERVIEW, QUESTIONS, UNITS, FINDINGS = "Tổng quan", "Cần quyết định", "Đơn vị", "Phát hiện"
BY_RULE, FILES, MISSING, CHANGES = "Theo quy tắc", "Tệp", "Còn thiếu", "Thay đổi"
STRAY, LEDGER, BEHIND, PRINTED = "Ngoài ô nhập", "Đối soát", "Số liệu biểu đồ", "Bản in"
"""Names of the sheets, in their order."""
HEADER_ROW, FIRST_ROW = 3, 4
MAX_ROWS, MAX_LINKS = 1_048_576, 20_000
"""Rows of a sheet; rows with links, of which a row has up to three and Excel takes 65 530 on a sheet."""
LONGEST = 1_000
"""Characters shown in one cell; the rest stands in the file itself."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A text that leads somewhere; plain text where there is no target."""

    text: str
    target: str = ""


Row = Sequence[Value | Jump]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its width in characters."""

    head: str
    width: float


def columns(text: str) -> tuple[Column, ...]:
    """Columns written as `heading width|heading width`."""
    parts = (part.rsplit(" ", 1) for part in text.split("|"))
    return tuple(Column(head, float(width)) for head, width in parts)


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet with one table under a title and a hint; `colours` are the words that are marked, and how.

    `folded` are rows (0-based) that are folded away under the nearest row above that is not.
    """

    name: str
    hint: Value | Jump
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    colours: Mapping[str, str]
    folded: frozenset[int] = frozenset()


def draw_page(pen: Pen, page: Page) -> None:
    """Draws a sheet with its table: to be filtered on the screen, and printed one page across."""
    sheet = pen.sheet(page.name, "1F4E79")
    widths = [column.width for column in page.columns]
    set_widths(sheet, widths)
    put_heading(pen, page.name, page.hint)
    draw_table(pen, page, HEADER_ROW)
    pen.landscape(sheet, FIRST_ROW, HEADER_ROW)


def put_heading(pen: Pen, name: str, hint: Value | Jump) -> None:
    """Title, way back and hint of a sheet."""
    put(pen, Cell(name, 0, 0), name.upper(), "title")
    pen.link(Cell(name, 1, 0), Cell(OVERVIEW, 0, 0).link, f"← {OVERVIEW}", pen.style("subtitle"))
    if isinstance(hint, Jump) and hint.target:
        pen.link(Cell(name, 2, 0), hint.target, hint.text, pen.style("subtitle"))
    else:
        put(pen, Cell(name, 2, 0), hint, "subtitle")


def draw_table(pen: Pen, page: Page, header: int) -> None:
    """Draws a page's table with its headings in row `header`, filter and marks."""
    first, widths = header + 1, [column.width for column in page.columns]
    assert first + len(page.rows) <= MAX_ROWS, f"{page.name}: {len(page.rows)} rows"
    sheet = pen.book.get_worksheet_by_name(page.name)
    if page.folded:
        sheet.outline_settings(True, False, True, False)  # the button stands beside the row above, not below
    for col, column in enumerate(page.columns):
        put(pen, Cell(page.name, header, col), column.head, "head")
    sheet.set_row(header, 48 if any(column.width < 10 for column in page.columns) else 34)
    for row, values in enumerate(page.rows[:MAX_LINKS], first):
        for col, value in enumerate(values):
            if isinstance(value, Jump) and value.target:
                pen.way(Cell(page.name, row, col), value.target)
    styles = Styles(pen)
    strips = (
        styles.strip(values, widths, row in page.folded, row + 1 in page.folded, row < MAX_LINKS)
        for row, values in enumerate(page.rows)
    )
    pen.rows(Cell(page.name, first, 0), len(widths) - 1, len(page.rows), strips, folds=int(bool(page.folded)))
    last = (first + max(len(page.rows), 1) - 1, len(widths) - 1)
    sheet.autofilter(header, 0, *last)
    for word, mark in page.colours.items():
        criteria = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(mark)}
        sheet.conditional_format(first, 0, *last, criteria)


class Styles:
    """Looks of a table's cells by what stands in them, made before its rows are."""

    def __init__(self, pen: Pen) -> None:
        self._text, self._link = pen.style("cell"), pen.style("link")
        self._numbers = {number: pen.style("centre", number) for number in ("date", "int", "decimal")}
        self._blank = pen.style("centre")

    def strip(
        self,
        values: Row,
        widths: Sequence[float],
        is_folded: bool = False,
        is_next_folded: bool = False,
        is_linked: bool = True,
    ) -> Strip:
        """A row as tall as its texts; where it is linked its jumps look so."""
        cells = [self.cell(value, is_linked) for value in values]
        height = 20.0
        for (text, _), width in zip(cells, widths, strict=True):
            if isinstance(text, str) and (len(text) > width or "\n" in text):
                height = max(height, height_of(text, int(width)))
        return Strip(cells, height, is_folded, is_next_folded and not is_folded)

    def cell(self, value: Value | Jump, is_linked: bool = True) -> tuple[Value, Style]:
        """What is written of a value, and how it looks."""
        if value is None or isinstance(value, str):
            return shown(value), self._text
        if isinstance(value, Jump):
            return shown(value), self._link if is_linked and value.target else self._text
        if isinstance(value, float) and not isfinite(value):
            return TOO_LARGE, self._blank
        return value, self._numbers[_number_format(value)]


def shown(value: Value | Jump) -> str:
    """A value's text as shown, for row heights: dates and numbers are short."""
    text = value if isinstance(value, str) else value.text if isinstance(value, Jump) else ""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def put(pen: Pen, cell: Cell, value: Value | Jump, style: str) -> None:
    """A value in a cell: links that lead, days as days, whole numbers without a lonely decimal comma."""
    if isinstance(value, Jump) and value.target:
        pen.link(cell, value.target, shown(value))
    elif isinstance(value, str | Jump):
        pen.write(cell, shown(value), pen.style(style))
    elif isinstance(value, float) and not isfinite(value):
        pen.write(cell, TOO_LARGE, pen.style(style))
    else:
        pen.write(cell, value, pen.style(style, _number_format(value)))


def _number_format(value: float | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return "date"
    return "int" if value == int(value) else "decimal"
