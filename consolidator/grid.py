"""Cells of a workbook, from a file: one interface over whatever reader lies beneath. Text is NFC from here on."""

from __future__ import annotations

import html
import io
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consolidator.columns import column_letters, column_number
from consolidator.packaging import MAX_FILE as MAX_FILE
from consolidator.packaging import Unreadable as Unreadable
from consolidator.packaging import broken
from consolidator.paper import MAX_TEXT
from consolidator.verdict import serial

if TYPE_CHECKING:
    from consolidator.preflight import Checked, Remark, Sheet

_NAME = re.compile(r'<definedName((?:\s+[\w:.-]+="[^"]*")*+)\s*>([^<]*)<')
_NAME_ATTRIBUTE = re.compile(r'\sname="([^"]*)"')
_ADDRESS = re.compile(
    r"^(?:'((?:[^']|'')+)'|([^'!]+))!\$([A-Z]{1,3})\$([1-9]\d{0,6})(?::\$[A-Z]{1,3}\$([1-9]\d{0,6}))?$"
)
_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*? t="e"[^<>]*>(?:<f\b[^<>]*(?:(?<=/)>|>[^<]*</f>))?<v[^<>]*>([^<]*)<'
)
MAX_MERGED = 6_000_000
"""Cells under merged ranges that are looked at."""
_SHORT, _MOST_MET = 80, 20_000
"""Characters of texts that other files may well have too, and how many of them are kept in mind."""

CellValue = float | str | bool | None


class Day(float):
    """A number that Excel shows as a date or a time: a figure typed 11/11 or 8:10 has become one."""


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

    Numbers are floats, dates and times are `Day`s (Excel serials), texts are NFC, blanks are None. `remarks` is what
    a file carries besides; what a merged range hides is blank and remarked. `file` is the file itself, None for cells
    of an open workbook.
    """

    rows: Mapping[str, list[list[CellValue]]]
    names: Mapping[str, tuple[str, int, int]]
    errors: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    file: Checked | None = None

    def at(self, sheet: str, row: int, col: int) -> CellValue:
        """A cell's value; None outside the used area."""
        rows = self.rows.get(sheet, [])
        if row < len(rows) and col < len(rows[row]):
            return rows[row][col]
        return None

    def many(self, places: Iterable[tuple[str, int, int] | None]) -> Iterator[CellValue]:
        """The values of many cells, one after the other; None where there is no place to look at."""
        for place in places:
            if place is None:
                yield None
                continue
            try:
                yield self.rows[place[0]][place[1]][place[2]]
            except LookupError:
                yield None

    def named(self, name: str) -> CellValue:
        """The value of a named cell; None if there is no such name."""
        place = self.names.get(name)
        return self.at(*place) if place else None


def read_grid(content: bytes, only_show: Collection[str] = (), wanted: Collection[str] | None = None) -> Grid:
    """The grid of an .xlsx given as bytes. Raises Unreadable, whatever the bytes are.

    Sheets of the names `only_show` have no rows where they are `familiar`; but for those `wanted`, if any are named,
    none has.
    """
    from consolidator.preflight import Remark, preflight  # not above: the button in Excel reads no file

    try:
        checked = preflight(content, only_show, wanted)
    except MemoryError:
        raise broken("memory") from None
    try:
        from python_calamine import CalamineWorkbook

        read: dict[str, list[list[CellValue]]] = {}
        for package in checked.packages():
            book = CalamineWorkbook.from_filelike(io.BytesIO(package))
            for name in book.sheet_names:
                table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                read[name] = [[_met[value] if value in _met else _plain(value) for value in row] for row in table]
    except (Unreadable, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # calamine's panic derives from BaseException; the file is at fault either way
        raise broken("memory" if isinstance(error, MemoryError) else "xml") from None
    rows = {nfc(sheet.name): _lines(sheet, read, checked) for sheet in checked.sheets if sheet.known_as is None}
    names, ranges = _defined_names(checked.names, tuple(rows))
    errors: dict[tuple[str, int, int], str] = {}
    remarks = list(checked.remarks)
    for sheet in checked.sheets:
        if sheet.has_errors:
            errors |= _error_cells(sheet)
        remarks += _hidden_by_merge(sheet, rows.get(nfc(sheet.name), []))
        if sheet.is_hidden:
            remarks.append(Remark("hidden-sheet", nfc(sheet.name), facts={"sheet": nfc(sheet.name)}))
    return Grid(rows, names, errors, ranges, tuple(remarks), checked)


def _lines(sheet: Sheet, read: Mapping[str, list[list[CellValue]]], checked: Checked) -> list[list[CellValue]]:
    """What stands in a sheet's rows, of which some are read; what was read whole, and is harmless, is kept in mind."""
    from consolidator.knownrows import keep_in_mind

    lines = read.get(sheet.name, [])
    if sheet.fresh is not None:
        return sheet.fresh.among_known(lines)
    if all(remark.sheet != sheet.name for remark in checked.remarks):
        keep_in_mind(sheet.name, sheet.rows, checked.setting, lines)
    return list(lines)


def reader_version() -> str:
    """Changes with the reader beneath."""
    import python_calamine

    return f"{python_calamine.__file__} {Path(python_calamine.__file__).stat().st_mtime_ns}"


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


@lru_cache(8)
def _defined_names(
    listed: str, sheets: tuple[str, ...]
) -> tuple[Mapping[str, tuple[str, int, int]], Mapping[str, Range]]:
    """Names that belong to the whole workbook and lead to its sheets: of single cells, and of runs of cells.

    Workbooks of one form have the same, so they are read once and are the same objects. Raises Unreadable for one
    given twice: whichever was believed, a figure could be another one.
    """
    cells: dict[str, tuple[str, int, int]] = {}
    ranges: dict[str, Range] = {}
    taken: set[str] = set()
    for name, place in names_in(listed):
        if name.casefold() in taken:
            raise broken("names")
        taken.add(name.casefold())
        if isinstance(place, Range):
            if place.sheet in sheets:
                ranges[name] = place
        elif place is not None and place[0] in sheets:
            cells[name] = place
    return cells, ranges


def names_in(listed: str) -> Iterator[tuple[str, tuple[str, int, int] | Range | None]]:
    """Names that belong to a whole workbook, with what they refer to; `listed` is what is inside `<definedNames>`."""
    for attributes, target in _NAME.findall(listed):
        found = _NAME_ATTRIBUTE.search(attributes)
        if found is not None and "localSheetId" not in attributes:
            yield html.unescape(found[1]), named_place(html.unescape(target))


def named_place(target: str) -> tuple[str, int, int] | Range | None:
    """What a name refers to (`'PL01'!$E$6`): a cell, or a run of cells; None for anything else."""
    place = _ADDRESS.match(target)
    if place is None:
        return None
    sheet = nfc(place[1].replace("''", "'") if place[1] else place[2])
    row, col = int(place[4]) - 1, column_number(place[3])
    return Range(sheet, row, col, int(place[5]) - 1) if place[5] else (sheet, row, col)


def _error_cells(sheet: Sheet) -> dict[tuple[str, int, int], str]:
    """Cells that hold #REF! and its kin: the reader beneath shows them as blank, which they are not."""
    return {
        (nfc(sheet.name), int(row) - 1, column_number(letters.decode())): text.decode("utf-8", "replace")
        for letters, row, text in _ERROR_CELL.findall(sheet.rows)
    }


def _hidden_by_merge(sheet: Sheet, rows: list[list[CellValue]]) -> Iterator[Remark]:
    """Blanks what stands under a merged range besides its first cell, which alone Excel shows, and remarks it."""
    from consolidator.preflight import Remark

    looked = 0
    for top, left, low, right in sheet.merges:
        for row in range(top, min(low + 1, len(rows))):
            line, end = rows[row], min(right + 1, len(rows[row]))
            looked += max(0, end - left)
            if looked > MAX_MERGED:
                raise broken("bomb")
            covered = [c for c in range(left, end) if line[c] is not None and (row, c) != (top, left)]
            if covered:
                rows[row] = line.copy()  # other files may have the same line
            for col in covered:
                value, rows[row][col] = line[col], None
                cell = f"{column_letters(col)}{row + 1}"
                shown = f"{value:.15g}" if isinstance(value, float) else str(value)
                yield Remark("hidden-by-merge", nfc(sheet.name), cell, {"typed": shown[:80]})


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


_met: dict[object, CellValue] = {"": None}
"""Short texts that were met: workbooks of a form hold the same ones, and most of their cells are blank."""


def _plain(value: Any) -> CellValue:
    found = plain(value)
    if value.__class__ is str and len(value) <= _SHORT:
        if len(_met) >= _MOST_MET:
            _met.clear()
            _met[""] = None
        _met[value] = found
    return found


def plain(value: Any) -> CellValue:
    """A value as a library hands it over, as what it is in a cell: number, day, truth, text in NFC, or blank.

    Raises Unreadable for a text longer than Excel's cells hold: nobody typed it, and no summary could hold it.
    """
    if value.__class__ is float and math.isfinite(value):
        return value
    if value.__class__ is str:  # most of all cells, so asked before others
        if len(value) > MAX_TEXT:
            raise broken("long")
        return nfc(value) or None
    match value:
        case None:
            return None
        case bool():
            return value
        case int() | float() | Decimal():
            return float(value) if math.isfinite(value) else str(value)
        case datetime():
            return Day(serial(value.date()) + (value.hour * 3600 + value.minute * 60 + value.second) / 86400)
        case date():
            return Day(serial(value))
        case timedelta():
            return Day(value.total_seconds() / 86400)
        case time():
            return Day((value.hour * 3600 + value.minute * 60 + value.second) / 86400)
    return str(value)
