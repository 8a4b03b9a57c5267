"""Cells for `unoengine`: values, formulas and looks the way xlwings has them from Excel."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any

from xlwings import base_classes
from xlwings.utils import col_name, hex_to_rgb, int_to_rgb

from tests.unofile import quoted
from tests.unooffice import ComError

if TYPE_CHECKING:
    from tests.unoengine import Sheet

Rect = tuple[int, int, int, int]
"""Row and column of the first cell, counted from 1, and how many rows and columns."""

EPOCH = dt.datetime(1899, 12, 30)
MAX_TEXT, MAX_WIDTH, MAX_HEIGHT = 32_767, 255, 409.5
NO_FILL, BOLD = -1, 150.0
_PIECE = re.compile(
    r"\"(?:[^\"]|\"\")*\"|\$?('(?:[^']|'')+'|[^\W\d][\w ]*)\.(?=\$?[A-Z]{1,3}\$?\d)|;|TRUE\(\)|FALSE\(\)"
)


class Failed(str):
    """What a cell with an error holds: "#DIV/0!" and the like."""


def excel_formula(text: str, sheets: frozenset[str]) -> str:
    """A formula in LibreOffice's own writing as Excel writes it: commas, `Sheet!A1`, TRUE."""

    def change(found: re.Match[str]) -> str:
        piece = found[0]
        if piece == ";":
            return ","
        if piece in ("TRUE()", "FALSE()"):
            return piece[:-2]
        name = (found[1] or "").strip("'").replace("''", "'")
        return f"{quoted(name)}!" if name in sheets else piece

    return _PIECE.sub(change, text.removeprefix("{").removesuffix("}") if text.startswith("{=") else text)


def office_formula(text: str, sheets: frozenset[str]) -> str:
    """The way back, for formulas that are written."""

    def change(found: re.Match[str]) -> str:
        if found[0] == ",":
            return ";"
        name = (found[1] or "").strip("'").replace("''", "'")
        return "$'" + name.replace("'", "''") + "'." if name in sheets else found[0]

    return re.sub(r"\"(?:[^\"]|\"\")*\"|('(?:[^']|'')+'|[^\W\d]\w*)!|,", change, text)


def from_office(value: Any) -> Any:
    """A value as unodesk sends it: floats, texts, truths, dates, errors, None."""
    if isinstance(value, dict):
        if "e" in value:
            return Failed(value["e"])
        try:
            return EPOCH + dt.timedelta(seconds=round(value["d"] * 86_400, 3))
        except OverflowError:  # no such day; Excel then gives the number
            return value["d"]
    return None if value == "" else value


def to_office(value: Any, sheets: frozenset[str]) -> Any:
    """A value as unodesk takes it."""
    if isinstance(value, dt.datetime):
        return {"d": (value - EPOCH) / dt.timedelta(days=1)}
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise ComError(f"a text of {len(value)} characters does not fit into a cell")
        return office_formula(value, sheets) if value.startswith("=") else value
    return value


class Range(base_classes.Range):
    """A rectangle of cells on one sheet. `api` is opaque: nothing of Excel's Range beyond xlwings is offered."""

    api = object()

    def __init__(self, sheet: Sheet, rect: Rect) -> None:
        self._sheet, self.rect = sheet, rect

    def _call(self, do: str, **what: Any) -> Any:
        return self._sheet.call(do, rect=self.rect, **what)

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def __len__(self) -> int:
        return self.rect[2] * self.rect[3]

    @property
    def row(self) -> int:
        return self.rect[0]

    @property
    def column(self) -> int:
        return self.rect[1]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rect[2], self.rect[3]

    def __call__(self, *args: int) -> Range:
        row, column = args if len(args) == 2 else (1 + (args[0] - 1) // self.rect[3], 1 + (args[0] - 1) % self.rect[3])
        return Range(self._sheet, (self.row + row - 1, self.column + column - 1, 1, 1))

    def get_address(self, row_absolute: bool, column_absolute: bool, external: bool) -> str:
        def cell(row: int, column: int) -> str:
            return f"{'$' * column_absolute}{col_name(column)}{'$' * row_absolute}{row}"

        row, column, rows, columns = self.rect
        address = cell(row, column)
        if len(self) > 1:
            address += ":" + cell(row + rows - 1, column + columns - 1)
        return f"'[{self._sheet.book.name}]{self._sheet.name}'!{address}" if external else address

    @property
    def address(self) -> str:
        return self.get_address(True, True, False)

    # contents

    @property
    def raw_value(self) -> Any:
        rows = [[from_office(value) for value in row] for row in self._call("read")]
        return rows[0][0] if len(self) == 1 else rows

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        self._sheet.guard(self.rect)
        rows = data if isinstance(data, (list, tuple)) else [[data] * self.rect[3]] * self.rect[2]
        rows = rows if isinstance(rows[0], (list, tuple)) else [rows]
        sheets = frozenset(self._sheet.book.sheet_names)
        self._call("write", rows=[[to_office(value, sheets) for value in row] for row in rows])

    @property
    def formula(self) -> Any:
        sheets = frozenset(self._sheet.book.sheet_names)
        texts, values = self._call("formulas"), self._call("read")

        def one(text: str, value: Any) -> str:
            if text.startswith(("=", "{=")) and text != value:
                return excel_formula(text, sheets).removeprefix("=") if text in _TRUTHS else excel_formula(text, sheets)
            # What is no formula is shown without the apostrophe that LibreOffice puts before doubtful texts.
            return value if isinstance(value, str) else text

        pairs = (zip(*row, strict=True) for row in zip(texts, values, strict=True))
        rows = tuple(tuple(one(*pair) for pair in row) for row in pairs)  # tuples, as COM gives them
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        self.raw_value = value

    def clear(self) -> None:
        self._sheet.guard(self.rect, "AllowFormattingCells")
        self._call("clear", contents_only=False)

    def clear_contents(self) -> None:
        self._sheet.guard(self.rect)
        self._call("clear", contents_only=True)

    def select(self) -> None:
        if self._sheet.book.sheets.active.name != self._sheet.name or not self._sheet.book.is_active:
            raise ComError("Select method of Range class failed")
        self._call("select")

    # looks

    def look(self, name: str, mixed: Any = None) -> Any:
        """A property of the cells; `mixed` where they disagree."""
        value, disagree = self._call("look", name=name)
        return mixed if disagree else value

    def set_look(self, name: str, value: Any) -> None:
        self._sheet.guard_format("AllowFormattingCells")
        self._call("set_look", name=name, value=value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        found = self.look("CellBackColor", 0)  # Excel too answers black for cells of several colours
        return None if found == NO_FILL else (found >> 16 & 255, found >> 8 & 255, found & 255)

    @color.setter
    def color(self, value: Any) -> None:
        self.set_look("CellBackColor", NO_FILL if value is None else _rgb(value))

    @property
    def number_format(self) -> str:
        return self.look("NumberFormat")

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.set_look("NumberFormat", value)

    @property
    def wrap_text(self) -> bool | None:
        return self.look("IsTextWrapped")

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self.set_look("IsTextWrapped", bool(value))

    @property
    def vertical_alignment(self) -> str | None:
        return {1: "top", 2: "center", 3: "bottom"}.get(self.look("VertJustify"))

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self.set_look("VertJustify", {"top": 1, "center": 2, "bottom": 3}[value])

    @property
    def font(self) -> Font:
        return Font(self)

    @property
    def column_width(self) -> float | None:
        sizes = self._call("sizes", which="Columns")
        return round(_characters(sizes[0] / 2540 * 96), 2) if len(sizes) == 1 else None

    @column_width.setter
    def column_width(self, value: float) -> None:
        self._resize("Columns", value, MAX_WIDTH, _pixels(value) / 96 * 2540)

    @property
    def row_height(self) -> float | None:
        sizes = self._call("sizes", which="Rows")
        return round(sizes[0] / 2540 * 72, 1) if len(sizes) == 1 else None

    @row_height.setter
    def row_height(self, value: float) -> None:
        self._resize("Rows", value, MAX_HEIGHT, value / 72 * 2540)

    def _resize(self, which: str, value: float, most: float, size: float) -> None:
        self._sheet.guard_format("AllowFormatting" + which)
        if not 0 <= value <= most:
            raise ComError("Unable to set the size of rows or columns")
        self._call("set_size", which=which, size=round(size))

    # notes and links

    @property
    def note(self) -> Note | None:
        return Note(self) if self._call("note") is not None else None

    def add_note(self, text: str) -> Note:
        self._sheet.guard_drawings()
        self._call("set_note", text=text)
        return Note(self)

    @property
    def hyperlink(self) -> str:
        found = self._call("link")
        if found is None:
            raise Exception("The cell doesn't seem to contain a hyperlink!")
        return re.sub(r"^file:[^#]*(?=#)", "", found)

    def add_hyperlink(self, address: str, text_to_display: str, screen_tip: str) -> None:
        self._sheet.guard(self.rect, "AllowInsertingHyperlinks")
        self._call("set_link", address=address, text=text_to_display)


def _pixels(characters: float) -> float:
    """Width on the screen: 7 a character and 5 of padding, for Calibri 11, the font of Excel's Normal style."""
    return characters * 7 + 5 if characters >= 1 else characters * 12


def _characters(pixels: float) -> float:
    return (pixels - 5) / 7 if pixels >= 12 else pixels / 12


_TRUTHS = ("=TRUE()", "=FALSE()")


def _rgb(value: Any) -> int:
    red, green, blue = (
        hex_to_rgb(value) if isinstance(value, str) else value if isinstance(value, tuple) else int_to_rgb(value)
    )
    return int(red << 16 | green << 8 | blue)


class Font(base_classes.Font):
    """The font of a range; None where its cells disagree."""

    api = object()

    def __init__(self, cells: Range) -> None:
        self.cells = cells

    @property
    def bold(self) -> bool | None:
        weight = self.cells.look("CharWeight")
        return None if weight is None else weight >= BOLD

    @bold.setter
    def bold(self, value: bool) -> None:
        self.cells.set_look("CharWeight", BOLD if value else 100.0)

    @property
    def italic(self) -> bool | None:
        slant = self.cells.look("CharPosture")
        return None if slant is None else slant != "NONE"

    @italic.setter
    def italic(self, value: bool) -> None:
        self.cells.set_look("CharPosture", "ITALIC" if value else "NONE")

    @property
    def size(self) -> float | None:
        return self.cells.look("CharHeight")

    @size.setter
    def size(self, value: float) -> None:
        self.cells.set_look("CharHeight", float(value))

    @property
    def name(self) -> str | None:
        return self.cells.look("CharFontName")

    @name.setter
    def name(self, value: str) -> None:
        self.cells.set_look("CharFontName", value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        found = self.cells.look("CharColor")
        if found is None:
            return None
        found = max(found, 0)  # -1 is "automatic", black to Excel
        return found >> 16 & 255, found >> 8 & 255, found & 255

    @color.setter
    def color(self, value: Any) -> None:
        self.cells.set_look("CharColor", _rgb(value))


class Note(base_classes.Note):
    """The note of one cell."""

    api = object()

    def __init__(self, cell: Range) -> None:
        self.cell = cell

    @property
    def text(self) -> str:
        return self.cell._call("note") or ""

    @text.setter
    def text(self, value: str) -> None:
        self.cell.sheet.guard_drawings()
        self.cell._call("set_note", text=value)

    def delete(self) -> None:
        self.cell.sheet.guard_drawings()
        self.cell._call("set_note", text=None)

    @property
    def location(self) -> Range:
        return self.cell


def clean(value: Any, dates: Any, empty: Any, numbers: Any, err_to_str: bool) -> Any:
    """A raw value as `Range.value` gives it, options heeded; the order is that of xlwings' Windows engine."""
    if value is None or value == "":
        return empty
    if isinstance(value, dt.datetime):
        parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return dates(**{part: getattr(value, part) for part in parts}, tzinfo=None)
    if isinstance(value, Failed):
        return str(value) if err_to_str else None
    return numbers(value) if numbers is not None and isinstance(value, float) else value


def prepare(value: Any) -> Any:
    """A value on its way into a cell: days become moments, None and NaN become blanks."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if value is None or (hasattr(value, "__float__") and not isinstance(value, str) and math.isnan(float(value))):
        return ""
    return value if isinstance(value, (str, bool)) else float(value)
