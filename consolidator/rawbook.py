"""What a workbook's XML says of cells besides their values: formulas, what is hidden, merged, protected, fonts.

Read only where somebody asks, by searching the parts' bytes: values never come from here. A part written in an odd
way says nothing, it never raises.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from consolidator.grid import column_number, nfc, sheet_parts
from consolidator.packaging import Package, Unreadable

MAX_FOUND = 5_000
"""Merged ranges, rows or columns looked at on one sheet: no report has more."""
WORKBOOK, RELATIONS, STYLES, STRINGS = (
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
)

_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\b[^>/]*(?:/>|>([^<]*))|(<(?:\w+:)?is\b))?"
)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3}[1-9][0-9]{0,6})"')
_STYLE = re.compile(rb'\bs="([0-9]{1,6})"')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COL = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})([1-9][0-9]{0,6}):([A-Z]{1,3})([1-9][0-9]{0,6})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_FONT = re.compile(rb"<(?:\w+:)?font(?:/>|\b[^>]*>(.*?)</(?:\w+:)?font>)", re.DOTALL)
_FONT_NAME = re.compile(rb'<(?:\w+:)?name\b[^>]*\bval="([^"]*)"')
_XF_FONT = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a cell: its text ("" where it shares that of another), what it came to when last computed.

    `cached` is "" for an empty text and None where no program has computed it yet.
    """

    text: str
    cached: str | None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range, 0-based, both ends included."""

    row: int
    col: int
    last_row: int
    last_col: int

    def covers(self, row: int, col: int) -> bool:
        """Whether a cell is part of it."""
        return self.row <= row <= self.last_row and self.col <= col <= self.last_col


class RawBook:
    """The parts of a workbook; `read_grid` must have found its bytes to be sound. Raises Unreadable otherwise."""

    def __init__(self, content: bytes) -> None:
        self._package = Package(content)
        self._parts: dict[str, bytes] = {}

    def part(self, name: str) -> bytes:
        """A part's bytes as UTF-8; empty where it is missing or broken."""
        if name not in self._parts:
            try:
                data = self._package.read(name)
            except (KeyError, Unreadable):
                data = b""
            if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                data = data.decode("utf-16", "replace").encode("utf-8", "replace")
            self._parts[name] = data
        return self._parts[name]

    @cached_property
    def _part_of(self) -> dict[str, str]:
        return sheet_parts({name: self.part(name) for name in (WORKBOOK, RELATIONS)})

    def sheet(self, name: str) -> bytes:
        """The bytes of a sheet."""
        return self.part(self._part_of.get(name, ""))

    @property
    def is_1904(self) -> bool:
        """Whether days are counted from 1904, as Excel for Macintosh did."""
        return _1904.search(self.part(WORKBOOK)) is not None

    def hidden_sheets(self) -> set[str]:
        """Sheets that are not shown."""
        found = set()
        for tag in _SHEET.findall(self.part(WORKBOOK).decode("utf-8", "replace")):
            name = re.search(r'\bname="([^"]*)"', tag)
            if name and re.search(r'\bstate="(?:veryH|h)idden"', tag):
                found.add(nfc(html.unescape(name[1])))
        return found

    def is_protected(self, sheet: str) -> bool:
        """Whether a sheet is protected."""
        return b"sheetProtection" in self.sheet(sheet)

    def formulas(self, sheet: str) -> Iterator[tuple[str, Formula]]:
        """Formulas of a sheet by address."""
        for attributes, text, value, inline in _FORMULA.findall(self.sheet(sheet)):
            if address := _REFERENCE.search(attributes):
                cached: str | None = html.unescape(value.decode("utf-8", "replace"))
                if not cached and not inline and b't="str"' not in attributes:
                    cached = None
                formula = html.unescape(text.decode("utf-8", "replace"))
                yield address[1].decode(), Formula(formula, cached, b't="e"' in attributes)

    def hidden_rows(self, sheet: str) -> set[int]:
        """Rows (0-based) that are hidden, by hand or by a filter."""
        tags = _ROW.findall(self.sheet(sheet))
        numbers = (re.search(rb'\br="([0-9]{1,7})"', tag) for tag in tags if _HIDDEN.search(tag))
        return {int(number[1]) - 1 for number in numbers if number}

    def hidden_columns(self, sheet: str) -> list[tuple[int, int]]:
        """Runs of columns (0-based, both ends included) that are hidden."""
        found = []
        for tag in _COL.findall(self.sheet(sheet))[:MAX_FOUND]:
            first, last = re.search(rb'\bmin="([0-9]{1,5})"', tag), re.search(rb'\bmax="([0-9]{1,5})"', tag)
            if first and last and _HIDDEN.search(tag):
                found.append((int(first[1]) - 1, int(last[1]) - 1))
        return found

    def merged(self, sheet: str) -> list[Merged]:
        """Merged ranges of a sheet."""
        return [
            Merged(int(top) - 1, column_number(left.decode()), int(end) - 1, column_number(right.decode()))
            for left, top, right, end in _MERGE.findall(self.sheet(sheet))[:MAX_FOUND]
        ]

    @cached_property
    def _fonts(self) -> list[str]:
        """The name of the font of each cell style."""
        styles = self.part(STYLES)
        names = [_FONT_NAME.search(font) for font in _FONT.findall(_section(styles, b"fonts"))]
        fonts = [html.unescape(name[1].decode("utf-8", "replace")) if name else "" for name in names]
        numbers = (re.search(rb'\bfontId="([0-9]{1,6})"', xf) for xf in _XF_FONT.findall(_section(styles, b"cellXfs")))
        wanted = (int(number[1]) if number else 0 for number in numbers)
        return [fonts[number] if number < len(fonts) else "" for number in wanted]

    def old_fonts(self) -> set[str]:
        """Names of fonts of before Unicode that the workbook's cells use."""
        return {font for font in self._fonts if font.casefold().startswith((".vn", "vni-", "vni "))}

    def fonts(self, sheet: str) -> Iterator[tuple[str, str]]:
        """The font of each cell of a sheet that has a style of its own."""
        for tag in _CELL.findall(self.sheet(sheet)):
            address, style = _REFERENCE.search(tag), _STYLE.search(tag)
            if address and style and int(style[1]) < len(self._fonts):
                yield address[1].decode(), self._fonts[int(style[1])]


def _section(styles: bytes, name: bytes) -> bytes:
    found = re.search(rb"<(?:\w+:)?" + name + rb"\b[^>]*>(.*?)</(?:\w+:)?" + name + rb">", styles, re.DOTALL)
    return found[1] if found else b""
