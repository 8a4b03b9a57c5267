"""Reads `units.xlsx`, the list of units that staff keep: an ordinary sheet with a heading row."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from consolidator.columns import column_letters
from consolidator.finding import Finding, Place
from consolidator.grid import CellValue, Grid, Unreadable, key_of, read_grid
from consolidator.unit import LEVELS, Roster, Unit
from consolidator.wording import tell

COLUMNS = {
    "code": ("Mã đơn vị", "mã", "mã đv"),
    "name": ("Tên đơn vị", "đơn vị", "tên"),
    "level": ("Cấp", "cấp báo cáo"),
    "parent": ("Mã đơn vị cấp trên", "mã cấp trên", "cấp trên"),
    "sector": ("Khối", "loại hình", "khối (hcsn/sxkd/…)"),
    "email": ("Thư điện tử", "email", "e-mail", "hộp thư", "địa chỉ thư điện tử"),
}
"""Columns by field: the official heading first, then others that staff use."""

_EMAIL = re.compile(r"[\w.+'-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
"""One plain address: more (several, names, line breaks) would be a way into the head of a letter."""
_REQUIRED = ("code", "name", "level", "parent")
_TOP = 20
"""Rows in which the heading of a list of units is looked for; titles stand above it."""
_LEVEL_WORDS = {
    "CDCS": ("cđcs", "công đoàn cơ sở", "cơ sở", "cấp cơ sở", "nghiệp đoàn"),
    "CTTT": (
        "cấp trên trực tiếp",
        "cấp trên trực tiếp cơ sở",
        "công đoàn cấp trên trực tiếp cơ sở",
        "cấp trên cơ sở",
        "huyện",
        "cấp huyện",
        "lđlđ huyện",
        "ngành",
        "công đoàn ngành",
        "cttt",
    ),
    "TINH": ("tỉnh", "lđlđ tỉnh", "liên đoàn lao động tỉnh", "cấp tỉnh"),
    "TLD": ("tlđ", "tổng liên đoàn", "trung ương"),
}


class Heading(NamedTuple):
    """The heading row of a list of units: sheet, row (0-based), columns by field."""

    sheet: str
    row: int
    columns: dict[str, int]


class _Say(Protocol):
    def __call__(self, code: str, row: int, field: str, unit: str = "", **facts: str) -> None: ...


def read_roster(path: Path) -> tuple[Roster, list[Finding]]:
    """The roster in a workbook and what is wrong with it; a row that cannot be understood is left out and named."""
    try:
        grid = read_grid(path.read_bytes())
    except Unreadable as error:
        return Roster(), [tell(error.code, Place(file=str(path)), **error.facts)]
    heading = heading_of(grid)
    if heading is None:
        return Roster(), [tell("roster-header", Place(file=str(path)), column=COLUMNS["code"][0])]
    return _roster(Place(file=str(path), sheet=heading.sheet), grid, heading.row, heading.columns)


def heading_of(grid: Grid) -> Heading | None:
    """Where a list of units begins; None in a workbook that holds none."""
    for sheet, rows in grid.rows.items():
        for number, row in enumerate(rows):
            columns = _columns(row)
            if {"code", "name"} <= columns.keys():
                return Heading(sheet, number, columns)
    return None


def is_list(grid: Grid) -> bool:
    """Whether a workbook is a list of units for certain: near the top of a sheet stand all the headings it needs."""
    heading = heading_of(grid)
    return heading is not None and heading.row < _TOP and heading.columns.keys() >= set(_REQUIRED)


def _columns(row: list[CellValue]) -> dict[str, int]:
    found: dict[str, int] = {}
    for col, value in enumerate(row):
        for field, words in COLUMNS.items():
            if isinstance(value, str) and key_of(value) in map(key_of, words):
                found.setdefault(field, col)
    return found


def _roster(place: Place, grid: Grid, header: int, columns: dict[str, int]) -> tuple[Roster, list[Finding]]:
    findings = [tell("roster-header", place, column=COLUMNS[f][0]) for f in _REQUIRED if f not in columns]
    rows: dict[str, tuple[Unit, int]] = {}
    names: dict[str, str] = {}

    def say(code: str, row: int, field: str, unit: str = "", **facts: str) -> None:
        cell = f"{column_letters(columns.get(field, 0))}{row}"
        findings.append(tell(code, Place(place.file, place.sheet, cell), unit, row=str(row), **facts))

    for number, row in enumerate(grid.rows[place.sheet][header + 1 :], header + 2):
        fields = {f: _text(row[col]) if col < len(row) else "" for f, col in columns.items()}
        if not any(fields.values()):
            continue
        missing = [COLUMNS[f][0] for f in ("code", "name", "level") if not fields.get(f)]
        level = _level(fields.get("level", ""))
        if missing:
            say("roster-blank", number, "code", column=", ".join(missing))
        elif not level:
            say("roster-level", number, "level", typed=fields["level"])
        elif fields["code"] in rows:
            say("roster-duplicate", number, "code", unit=fields["code"], other=str(rows[fields["code"]][1]))
        else:
            unit = Unit(fields["code"], fields["name"], level, *(fields.get(f, "") for f in ("parent", "sector")))
            if (email := fields.get("email", "")) and not _EMAIL.fullmatch(email):
                say("roster-email", number, "email", unit=unit.code, typed=email)
            else:
                unit = replace(unit, email=email)
            same = names.setdefault(key_of(unit.name) + "|" + unit.parent, unit.code)
            if same != unit.code:
                say("roster-name-twice", number, "name", name=unit.name, other=same)
            rows[unit.code] = (unit, number)
    for unit, number in rows.values():
        _check_parent(unit, number, rows, say)
    return Roster.of(unit for unit, _ in rows.values()), findings


def _check_parent(unit: Unit, number: int, rows: dict[str, tuple[Unit, int]], say: _Say) -> None:
    if not unit.parent:
        return
    if unit.parent not in rows:
        say("roster-orphan", number, "parent", unit=unit.code, parent=unit.parent)
        return
    trail, at = [unit.code], unit
    while at.parent in rows and at.parent not in trail:
        at = rows[at.parent][0]
        trail.append(at.code)
    if at.parent == unit.code:
        say("roster-loop", number, "parent", unit=unit.code, loop=" → ".join([*trail, unit.code]))
    elif LEVELS.index(rows[unit.parent][0].level) <= LEVELS.index(unit.level):
        say("roster-upside-down", number, "parent", unit=unit.code, parent=unit.parent)


def _level(typed: str) -> str:
    if typed.upper() in LEVELS:
        return typed.upper()
    key = key_of(typed)
    return next((level for level, words in _LEVEL_WORDS.items() if key in words), "")


def _text(value: CellValue) -> str:
    """A code stays as typed; Excel's 12.0 for a code typed 12 loses its ".0"."""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value).strip()
