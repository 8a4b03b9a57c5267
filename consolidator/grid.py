"""Cells of a workbook, from a file: one interface over whatever reader lies beneath. Text is NFC from here on."""

from __future__ import annotations

import html
import io
import math
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from consolidator.verdict import serial

MAX_FILE = 30 * 2**20
MAX_PARTS, MAX_UNPACKED, MAX_RATIO = 1_000, 250 * 2**20, 250
"""A workbook larger than this is not a report; limits from HOSTILE.md."""

_NAME = re.compile(r"<(?:\w+:)?definedName\b([^>]*)>([^<]*)</(?:\w+:)?definedName>")
_NAME_ATTRIBUTE = re.compile(r'\bname="([^"]*)"')
_ADDRESS = re.compile(
    r"^(?:'((?:[^']|'')+)'|([^'!]+))!\$([A-Z]{1,3})\$([1-9]\d{0,6})(?::\$[A-Z]{1,3}\$([1-9]\d{0,6}))?$"
)
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*?\bt="e"[^>]*?>'
    rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<"
)
_KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "tệp Office đời cũ (.doc, .xls) hoặc tệp có mật khẩu"),
    (b"%PDF", "tệp PDF"),
    (b"{\\rtf", "tệp RTF"),
    (b"<", "trang web hoặc XML"),
    (b"Rar!", "tệp nén RAR"),
    (b"7z\xbc\xaf", "tệp nén 7-Zip"),
)

CellValue = float | str | bool | None


class Day(float):
    """A number that Excel shows as a date or a time: a figure typed 11/11 or 8:10 has become one."""


class Unreadable(Exception):
    """A file that is no readable workbook. `code` is a finding's code, `facts` fill its sentence."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Range:
    """A run of cells in one column or more: sheet and first and last row and column (0-based, both included)."""

    sheet: str
    row: int
    col: int
    last_row: int


@dataclass
class Grid:
    """The cells of a workbook: rows by sheet name, addresses by defined name, error cells by sheet and address.

    Numbers are floats, dates and times are `Day`s (Excel serials), texts are NFC, blanks are None.
    """

    rows: Mapping[str, list[list[CellValue]]]
    names: Mapping[str, tuple[str, int, int]]
    errors: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def at(self, sheet: str, row: int, col: int) -> CellValue:
        """A cell's value; None outside the used area."""
        rows = self.rows.get(sheet, [])
        if row < len(rows) and col < len(rows[row]):
            return rows[row][col]
        return None

    def named(self, name: str) -> CellValue:
        """The value of a named cell; None if there is no such name."""
        place = self.names.get(name)
        return self.at(*place) if place else None


def read_grid(content: bytes) -> Grid:
    """The grid of an .xlsx given as bytes. Raises Unreadable, whatever the bytes are."""
    parts = _opened(content)
    try:
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows: dict[str, list[list[CellValue]]] = {}
        for name in book.sheet_names:
            table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows[nfc(name)] = [[plain(value) for value in row] for row in table]
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # calamine's panic derives from BaseException; the file is at fault either way
        raise Unreadable("file-unreadable", reason=_reason(error)) from None
    names, ranges = _defined_names(parts)
    return Grid(rows, names, _error_cells(parts, list(rows)), ranges)


def nfc(text: str) -> str:
    """Composed Unicode; free for texts that are composed already."""
    return text if text.isascii() or unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def key_of(text: str) -> str:
    """A text as a key for comparison: NFC, one space, small letters, Vietnamese tone marks in one spelling."""
    folded = " ".join(nfc(text).split()).casefold()
    for old, new in (
        ("oà", "òa"),
        ("oá", "óa"),
        ("oả", "ỏa"),
        ("oã", "õa"),
        ("oạ", "ọa"),
        ("oè", "òe"),
        ("oé", "óe"),
        ("oẻ", "ỏe"),
        ("oẽ", "õe"),
        ("oẹ", "ọe"),
        ("uỳ", "ùy"),
        ("uý", "úy"),
        ("uỷ", "ủy"),
        ("uỹ", "ũy"),
        ("uỵ", "ụy"),
    ):
        folded = re.sub(rf"(?<!q){old}\b", new, folded)
    return folded


def _opened(content: bytes) -> dict[str, bytes]:
    """The parts we look at ourselves, after a check that the zip is safe to open."""
    kind = next((name for magic, name in _KINDS if content.startswith(magic)), "tệp không rõ loại")
    if kind != "zip":
        raise Unreadable("file-kind", kind="tệp rỗng" if not content else kind)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            total = sum(info.file_size for info in infos)
            if len(infos) > MAX_PARTS or total > MAX_UNPACKED or total > MAX_RATIO * len(content):
                raise Unreadable("file-unreadable", reason="tệp nén bất thường")
            if any(info.flag_bits & 1 for info in infos):
                raise Unreadable("file-kind", kind="tệp có mật khẩu")
            names = {info.filename for info in infos}
            if "word/document.xml" in names:
                raise Unreadable("file-kind", kind="văn bản Word (.docx)")
            if "xl/workbook.xml" not in names:
                raise Unreadable("file-kind", kind="tệp nén, không phải sổ Excel")
            wanted = [n for n in names if n.startswith("xl/worksheets/sheet") or n in _STRUCTURE]
            return {name: archive.read(name) for name in wanted}
    except Unreadable:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise Unreadable("file-unreadable", reason=_reason(error)) from error


_STRUCTURE = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")


def _defined_names(parts: Mapping[str, bytes]) -> tuple[dict[str, tuple[str, int, int]], dict[str, Range]]:
    """Names that belong to the whole workbook: of single cells, and of runs of cells."""
    text = parts["xl/workbook.xml"].decode("utf-8", "replace")
    cells: dict[str, tuple[str, int, int]] = {}
    ranges: dict[str, Range] = {}
    for attributes, target in _NAME.findall(text):
        name = _NAME_ATTRIBUTE.search(attributes)
        place = named_place(html.unescape(target))
        if name and place and "localSheetId" not in attributes:
            if isinstance(place, Range):
                ranges[html.unescape(name[1])] = place
            else:
                cells[html.unescape(name[1])] = place
    return cells, ranges


def named_place(target: str) -> tuple[str, int, int] | Range | None:
    """What a name refers to (`'PL01'!$E$6`): a cell, or a run of cells; None for anything else."""
    place = _ADDRESS.match(target)
    if place is None:
        return None
    sheet = nfc(place[1].replace("''", "'") if place[1] else place[2])
    row, col = int(place[4]) - 1, column_number(place[3])
    return Range(sheet, row, col, int(place[5]) - 1) if place[5] else (sheet, row, col)


def _error_cells(parts: Mapping[str, bytes], sheets: list[str]) -> dict[tuple[str, int, int], str]:
    """Cells that hold #REF! and its kin: the reader beneath shows them as blank, which they are not."""
    found: dict[tuple[str, int, int], str] = {}
    if not any(b't="e"' in part for name, part in parts.items() if name.startswith("xl/worksheets/")):
        return found
    part_of = sheet_parts(parts)
    for sheet in sheets:
        for address, text in _ERROR_CELL.findall(parts.get(part_of.get(sheet, ""), b"")):
            match = re.match(r"([A-Z]+)(\d+)", address.decode())
            if match:
                found[sheet, int(match[2]) - 1, column_number(match[1])] = text.decode("utf-8", "replace")
    return found


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Part of a workbook's package that holds each sheet, by the sheet's name."""
    relations = parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    target_of = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", relations):
        fields = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        target = fields.get("Target", "").lstrip("/")
        target_of[fields.get("Id", "")] = target if target.startswith("xl/") else "xl/" + target
    found = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", parts["xl/workbook.xml"].decode("utf-8", "replace")):
        name, relation = re.search(r'\bname="([^"]*)"', tag), re.search(r'\b\w+:id="([^"]*)"', tag)
        if name and relation:
            found[nfc(html.unescape(name[1]))] = target_of.get(relation[1], "")
    return found


def column_number(letters: str) -> int:
    """0-based column of its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def plain(value: Any) -> CellValue:
    """A value as a library hands it over, as what it is in a cell: number, day, truth, text in NFC, or blank."""
    match value:
        case "" | None:
            return None
        case bool():
            return value
        case int() | float() | Decimal():
            return float(value) if math.isfinite(value) else str(value)
        case str():
            return nfc(value)
        case datetime():
            return Day(serial(value.date()) + (value.hour * 3600 + value.minute * 60 + value.second) / 86400)
        case date():
            return Day(serial(value))
        case timedelta():
            return Day(value.total_seconds() / 86400)
        case time():
            return Day((value.hour * 3600 + value.minute * 60 + value.second) / 86400)
    return str(value)


def _reason(error: BaseException) -> str:
    """Why a workbook could not be opened, in words a clerk can read; what libraries say of it is English."""
    if isinstance(error, MemoryError):
        return "tệp đòi quá nhiều bộ nhớ"
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | OSError) or "zip" in str(error).casefold():
        return "tệp nén bên trong bị hỏng hoặc chưa tải về hết"
    return "nội dung bên trong tệp bị hỏng"
