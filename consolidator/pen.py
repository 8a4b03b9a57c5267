"""Writes workbooks: one palette, protected sheets, Excel's limits asserted, texts that stay texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from consolidator.layout import Cell, Value
from consolidator.palette import FONT, NUMBER_FORMATS
from consolidator.paper import MAX_TEXT, height_of
from consolidator.rowtext import Block, Figures, Strip, literal_text
from consolidator.splicing import MAX_LINKS, Book, Sheet, way_to
from consolidator.styles import STYLES
from consolidator.visible import visible

MAX_SHEET_NAME = 31
NOTE_WIDTH, NOTE_HEIGHT = 45, 56.0
"""Of a note two and a half times as wide as Excel makes them: characters across, and points from top to bottom."""
SCREEN = 172
"""Characters that fit across a small laptop's screen."""
BORN = datetime(2023, 1, 1)
"""Creation time written into every workbook, so that same inputs give the same bytes."""


class Pen:
    """A workbook being written. Every cell is written through it; nothing typed ever becomes a formula.

    A `stamp` ("TẠM TÍNH") stands on every sheet: before its title, in the colours of an alarm, and on every print.
    `marks` are cells that get the colour of a style ("wrong", "doubt", "fine") and a note, whatever is drawn there;
    `covered` says which colour each of them would have had ("" for none).
    """

    def __init__(self, stamp: str = "", marks: Mapping[Cell, tuple[str, str]] = MappingProxyType({})) -> None:
        self.stamp = stamp
        self._marks = marks
        self.covered: dict[Cell, str] = {}
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "use_future_functions": False,
        }
        self.book = Book(options)
        self.book.set_properties({"created": BORN, "title": "", "author": "consolidator"})
        self.book.set_calc_mode("auto")
        self.book.formats[0].set_font_name(FONT)
        self.book.formats[0].set_font_size(11)
        self._styles: dict[tuple[str, str, int, str], Format] = {}
        self._keys: dict[int, tuple[str, str, int]] = {}
        self._sheets: dict[str, Sheet] = {}

    def sheet(self, name: str, colour: str = "", *, hidden: bool = False) -> Worksheet:
        """A new sheet with A4 print set-up. Asserts Excel's limit on names."""
        assert len(name) <= MAX_SHEET_NAME and not set(name) & set("[]:*?/\\"), name
        sheet = self.book.add_worksheet(name, Sheet)
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        sheet.hide_gridlines(2)
        sheet.set_footer("&L&8&A&R&8Trang &P/&N")
        if self.stamp:
            sheet.set_header(f'&C&"{FONT},Bold"&12{self.stamp}')
        if colour:
            sheet.set_tab_color(f"#{colour}")
        if hidden:
            sheet.very_hidden()
        self._sheets[name] = sheet
        return sheet

    def style(self, name: str, number: str = "", indent: int = 0, colour: str = "") -> Format:
        """A format of the one palette, made once; `number` is a key of NUMBER_FORMATS, `colour` a style to mark it."""
        key = (name, number, indent, colour)
        if key not in self._styles:
            settings: dict[str, Any] = {"font_name": FONT, "font_size": 11, **STYLES[name]}
            if colour:
                settings |= {"bg_color": STYLES[colour]["bg_color"], "pattern": 1}
            for colour in ("bg_color", "fg_color", "font_color", "border_color"):
                if colour in settings:
                    settings[colour] = f"#{settings[colour]}"
            if number:
                settings["num_format"] = NUMBER_FORMATS[number]
            if indent:
                settings["indent"] = indent
            made = self._styles[key] = self.book.add_format(settings)
            self._keys[id(made)] = key[:3]
        return self._styles[key]

    def _marked(self, cell: Cell, style: Format) -> Format:
        """The style of a cell, with its note and in the colour of its mark where it has one."""
        if cell not in self._marks:
            return style
        colour, note = self._marks[cell]
        self.covered[cell] = str(STYLES[self._keys[id(style)][0]].get("bg_color", ""))
        note = visible(note)
        size = {"x_scale": 2.5, "y_scale": max(1.0, height_of(note, NOTE_WIDTH) / NOTE_HEIGHT)}
        self._sheets[cell.sheet].write_comment(cell.row, cell.col, note, {"font_name": FONT, "font_size": 10, **size})
        return self.style(*self._keys[id(style)], colour)

    def mark(self, name: str) -> Format:
        """A format for conditional marks: colours only, so that a cell keeps its own font and border."""
        key = (name, "mark", 0, "")
        if key not in self._styles:
            self._styles[key] = self.book.add_format(
                {k: f"#{v}" if isinstance(v, str) else v for k, v in STYLES[name].items()}
            )
        return self._styles[key]

    def whole(self, sheet: Worksheet, first: Cell, last: Cell) -> None:
        """Shows whole numbers of a run of decimals without a lonely decimal comma."""
        key = ("whole", "mark", 0, "")
        if key not in self._styles:
            self._styles[key] = self.book.add_format({"num_format": NUMBER_FORMATS["int"]})
        rule = {"type": "formula", "criteria": f"=INT({first.a1})={first.a1}", "format": self._styles[key]}
        sheet.conditional_format(first.row, first.col, last.row, last.col, rule)

    def write(self, cell: Cell, value: Value, style: Format) -> None:
        """A value as what it is: text stays text even when it begins with "=", and shows what hides in it."""
        sheet, style = self._sheets[cell.sheet], self._marked(cell, style)
        match value:
            case None | "":
                sheet.write_blank(cell.row, cell.col, None, style)
            case str():
                assert len(value) <= MAX_TEXT, f"{cell}: {len(value)} characters"
                sheet.write_string(cell.row, cell.col, visible(value), style)
            case date():
                sheet.write_datetime(cell.row, cell.col, datetime(value.year, value.month, value.day), style)
            case _:
                sheet.write_number(cell.row, cell.col, value, style)

    def title(self, cell: Cell, last: int, text: str, style: str = "title") -> None:
        """The title of a sheet, to column `last`; in a stamped workbook led by the stamp, on a coloured line.

        A "banner" is merged over its columns, so that it wraps.
        """
        sheet, shown = self._sheets[cell.sheet], f"{self.stamp} – {text}" if self.stamp else text
        name = f"stamped {style}" if self.stamp else style
        if style == "banner":
            self.merge(cell, last, shown, self.style(name))
            return
        self.write(cell, shown, self.style(name))
        if self.stamp:
            sheet.set_row(cell.row, 26)
            for col in range(cell.col + 1, last + 1):
                self.write(Cell(cell.sheet, cell.row, col), None, self.style(name))

    def merge(self, cell: Cell, last: int, text: str, style: Format) -> None:
        """A text over a cell and those to its right, to column `last`."""
        self._sheets[cell.sheet].merge_range(cell.row, cell.col, cell.row, last, visible(text), style)

    def prompt(self, cell: Cell, lead: str, rest: str, after: str, style: Format) -> None:
        """A text that begins with its heading in bold and may end with a faint remark."""
        parts: list[Any] = [self.style("strong"), lead]
        parts += [self.style("plain"), "\n" + rest] if rest else []
        parts += [self.style("faint"), "\n" + after] if after else []
        if len(parts) == 2:
            self.write(cell, lead, self.style("lead"))
        else:
            self._sheets[cell.sheet].write_rich_string(cell.row, cell.col, *parts, style)

    def formula(self, cell: Cell, text: str, value: float | str, style: Format) -> None:
        """A formula with the value it has now, so that readers without a calculator see the same."""
        assert len(text) <= 8_192, f"{cell}: formula of {len(text)} characters"
        shown = literal_text(value) if isinstance(value, str) else value
        self._sheets[cell.sheet].write_formula(cell.row, cell.col, text, self._marked(cell, style), shown)

    def rows(
        self, top: Cell, last: int, count: int, strips: Iterable[Strip], figures: Figures | None = None, folds: int = 0
    ) -> None:
        """Many rows from a cell down, to column `last`; they are taken one by one when the workbook is finished.

        `figures` stand in the last columns; `folds` says how deep rows are folded.
        """
        spoilt = [one for one in self._marks if one.sheet == top.sheet and top.row <= one.row < top.row + count]
        assert not spoilt, f"marks among rows that are not looked at: {spoilt[:3]}"
        sheet = self._sheets[top.sheet]
        sheet.outline_row_level = max(sheet.outline_row_level, folds)
        self.book.put(sheet, Block(top.row, count, top.col, last, strips, figures))

    def way(self, cell: Cell, target: str) -> None:
        """Where a cell of such rows leads, as for `link`; nowhere where the sheet has all links that Excel takes."""
        file, _, place = target.partition("#")
        self._sheets[cell.sheet].add_way(cell.a1, way_to(file) if file else "", place)

    def link(self, cell: Cell, target: str, text: str, style: Format | None = None) -> None:
        """A link to a place in this workbook (`#...`) or to a file (`external:...`); only its text once Excel has
        all the links it takes on a sheet.
        """
        if self._sheets[cell.sheet].hlink_count >= MAX_LINKS:
            self.write(cell, text, style or self.style("link"))
            return
        url = target.replace("#", "internal:", 1) if target.startswith("#") else target
        self._sheets[cell.sheet].write_url(cell.row, cell.col, url, style or self.style("link"), visible(text))

    def name(self, name: str, cell: Cell) -> None:
        """A defined name for a cell."""
        self.book.define_name(name, "=" + cell.absolute)

    def protect(self, sheet: Worksheet) -> None:
        """Protection without a password: it guards against slips, not against people."""
        allowed = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}
        sheet.protect("", {**allowed, "select_locked_cells": True, "select_unlocked_cells": True})

    def filled(self, name: str) -> dict[int, list[int]]:
        """Columns that hold something, by row of a sheet."""
        rows: Mapping[int, Mapping[int, object]] = self._sheets[name].table
        found = {row: [c for c, cell in line.items() if type(cell).__name__ != "Blank"] for row, line in rows.items()}
        return {row: cols for row, cols in found.items() if cols}

    def landscape(self, sheet: Worksheet, first_data_row: int, header_row: int) -> None:
        """A wide table on A4: one page across, headings repeated and frozen."""
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(header_row)
        sheet.freeze_panes(first_data_row, 0)

    def open_at(self, name: str) -> None:
        """The sheet the workbook opens at; the only one selected, for what is typed goes into all that are."""
        for sheet in self.book.worksheets():
            sheet.selected = False
        self._sheets[name].activate()

    def finish(self) -> bytes:
        """The bytes of the workbook."""
        self.book.close()
        return self.book.content


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Column widths in characters, from column A on; zoomed so that they fit a clerk's screen, but legibly."""
    sheet.set_zoom(min(100, max(75, int(100 * SCREEN / sum(widths)))))
    for col, width in enumerate(widths):
        sheet.set_column(col, col, width)
