"""The only place that knows addresses: where every name of a form stands in the workbooks we write.

Readers never rely on it: they find names in the file itself, so rows may be inserted and sheets reordered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from consolidator.booknames import CHECKS, COVER, HELP, META, META_KEYS, cover_inputs, cover_keys
from consolidator.columns import column_letters
from consolidator.element import ATTRIBUTES, Figure, Indicator, Narrative, Table
from consolidator.expression import is_live
from consolidator.finding import Severity
from consolidator.form import LevelForm
from consolidator.formula import MORE, PREVIOUS
from consolidator.workedout import worked_out

WAYS_ROW = 6
"""Row of a summary's cover that leads to its pages that only show (`booknames.PAGE_MARKS`)."""
TEXTS_FIRST_ROW = 3
PROBLEM_LINES = 25
"""How many broken checks the live list on the check sheet shows."""

Value = float | str | date | None
"""What a cell may hold."""


class Cell(NamedTuple):
    """A cell by sheet name and 0-based row and column."""

    sheet: str
    row: int
    col: int

    @property
    def a1(self) -> str:
        """Address within the sheet, e.g. `E12`."""
        return address(self.row, self.col)

    @property
    def absolute(self) -> str:
        """Address for formulas and names, e.g. `'PL01'!$E$12`."""
        return f"{quoted(self.sheet)}!${column_letters(self.col)}${self.row + 1}"

    @property
    def link(self) -> str:
        """Target of a hyperlink within the workbook."""
        return f"#{quoted(self.sheet)}!{self.a1}"


@dataclass(frozen=True)
class Row:
    """A row of an appendix: an indicator, its number and how deep it stands below another row."""

    indicator: Indicator
    number: str
    depth: int
    row: int


@dataclass(frozen=True)
class Appendix:
    """An appendix sheet: rows and columns. Column A holds the code (hidden)."""

    sheet: str
    title: str
    measures: tuple[str, ...]
    rows: tuple[Row, ...]

    TITLE_ROW, HINT_ROW, HEADER_ROW, FIRST_ROW = 0, 2, 4, 5
    CODE_COL, NUMBER_COL, LABEL_COL, UNIT_COL, FIRST_COL = 0, 1, 2, 3, 4

    @property
    def columns(self) -> tuple[str, ...]:
        """Measures, then attributes, from `FIRST_COL` on."""
        return self.measures + ATTRIBUTES

    def cell(self, row: Row, column: str) -> Cell:
        """Where an indicator's measure or attribute stands."""
        return Cell(self.sheet, row.row, self.FIRST_COL + self.columns.index(column))


@dataclass(frozen=True)
class NarrativeSheet:
    """A sheet of the outline: one part (I, II, ...). Each answer has a second row for what is too long."""

    sheet: str
    title: str
    rows: tuple[tuple[Narrative, int], ...]

    TITLE_ROW, HINT_ROW, FIRST_ROW = 0, 2, 4
    PATH_COL, PROMPT_COL, ANSWER_COL = 0, 1, 2


@dataclass(frozen=True)
class TablePlan:
    """A table's sheet. Column A holds the unit's code (hidden), B a number or the unit's name."""

    sheet: str
    table: Table
    rows: int

    TITLE_ROW, LINK_ROW, HINT_ROW, HEADER_ROW, FIRST_ROW = 0, 1, 2, 4, 5
    UNIT_COL, NAME_COL, FIRST_COL = 0, 1, 2

    def cell(self, row: int, column: str) -> Cell:
        """A cell of a row (0-based within the table) by column id."""
        return Cell(self.sheet, self.FIRST_ROW + row, self.col(column))

    def col(self, column: str) -> int:
        """Column of the sheet by column id."""
        return self.FIRST_COL + [one.id for one in self.table.columns].index(column)

    def problem(self, row: int, severity: Severity) -> Cell:
        """Where the errors, or the warnings, of a row are told."""
        col = self.FIRST_COL + len(self.table.columns) + (severity is not Severity.ERROR)
        return Cell(self.sheet, self.FIRST_ROW + row, col)

    def run(self, col: int) -> str:
        """All rows of a column as an absolute range."""
        letters = column_letters(col)
        return f"{quoted(self.sheet)}!${letters}${self.FIRST_ROW + 1}:${letters}${self.FIRST_ROW + self.rows}"


class Layout:
    """Addresses of one form at one level."""

    def __init__(self, view: LevelForm) -> None:
        self.view = view
        self.appendices = tuple(_appendices(view))
        self.narrative_sheets = tuple(_narrative_sheets(view))
        self.tables = tuple(
            TablePlan(table.sheet or f"BẢNG {number}", table, table.rows) for number, table in enumerate(view.tables, 1)
        )
        self.cover_keys = cover_keys(view.form)
        self.cover_inputs = frozenset(cover_inputs(view.form))
        self.live_checks = tuple(check for check in view.checks if not check.table and is_live(check.node))
        self.names: dict[str, Cell] = dict(self._names())

    def _names(self) -> Iterator[tuple[str, Cell]]:
        for index, key in enumerate(self.cover_keys):
            yield key, Cell(COVER, 7 + index, 2)
        for index, key in enumerate(META_KEYS):
            yield key, Cell(META, index, 1)
        for index, ref in enumerate(self.view.by_ref, len(META_KEYS)):
            yield PREVIOUS + ref, Cell(META, index, 1)
        for appendix in self.appendices:
            for row in appendix.rows:
                for column in appendix.columns:
                    name = f"{row.indicator.code}.{column}"
                    if column in ATTRIBUTES or name in self.view.by_ref:
                        yield name, appendix.cell(row, column)
        for sheet in self.narrative_sheets:
            for narrative, line in sheet.rows:
                if narrative.kind == "answer":
                    yield narrative.ref, Cell(sheet.sheet, line, sheet.ANSWER_COL)
                    yield narrative.ref + MORE, Cell(sheet.sheet, line + 1, sheet.ANSWER_COL)

    def state_row(self, index: int) -> int:
        """Row of the check sheet for the live check of that index."""
        return FIRST_STATE_ROW + index

    def state(self, index: int) -> Cell:
        """Where the state of a live check is computed."""
        return Cell(CHECKS, self.state_row(index), STATE_COL)

    def checks_of(self, figure: Figure) -> list[int]:
        """Indexes of the live checks that touch a figure."""
        return self._touching.get(figure.ref, [])

    @property
    def _touching(self) -> dict[str, list[int]]:
        if not hasattr(self, "_touched"):
            self._touched: dict[str, list[int]] = {}
            for index, check in enumerate(self.live_checks):
                for ref in check.refs:
                    self._touched.setdefault(ref, []).append(index)
        return self._touched

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Sheets in the order of the tabs."""
        appendices = tuple(a.sheet for a in self.appendices)
        tables = tuple(table.sheet for table in self.tables)
        return (COVER, HELP, *appendices, *(s.sheet for s in self.narrative_sheets), *tables, CHECKS, META)


class MatrixRow(IntEnum):
    """Rows of the sheets behind a summary's totals; from the last one on, a row a unit."""

    TITLE, LINK, HINT, LABEL, MEASURE, REF, TOTAL, COUNT, OWN, FIRST_UNIT = range(10)


class MatrixCol(IntEnum):
    """Their columns; from the last one on, a column a figure."""

    CODE, NAME, FILE, HASH, FIRST = range(5)


LINK_ROW = 1
"""Row of every sheet with the way back to the cover and the unit's name."""
COUNT_ROWS = {"errors": 3, "texts": 4, "warnings": 5, "blanks": 6, "unwritten": 7}
VERDICT_ROW = 8
PROBLEM_HEADER_ROW = 10
FIRST_PROBLEM_ROW = PROBLEM_HEADER_ROW + 1
STATE_HEADER_ROW = FIRST_PROBLEM_ROW + PROBLEM_LINES + 2
FIRST_STATE_ROW = STATE_HEADER_ROW + 1
CODE_COL, SEVERITY_COL, STATE_COL, MESSAGE_COL, FIX_COL, LINK_COL, RANK_COL = range(7)


@worked_out
def previous_names(view: LevelForm) -> tuple[str, ...]:
    """Names of the cells that carry the figures of the last period."""
    return tuple(PREVIOUS + ref for ref in view.by_ref)


@worked_out
def drawn_cells(view: LevelForm) -> Mapping[str, tuple[str, str]]:
    """(sheet, address) of each name of a single cell, as drawn."""
    return {name: (cell.sheet, cell.a1) for name, cell in layout_of(view).names.items()}


@worked_out
def layout_of(view: LevelForm) -> Layout:
    """The layout of a form at a level, computed once."""
    return Layout(view)


def address(row: int, col: int) -> str:
    """Address within a sheet of a 0-based row and column: (11, 4) is `E12`."""
    return column_letters(col) + str(row + 1)


def quoted(sheet: str) -> str:
    """A sheet's name as formulas want it."""
    return "'" + sheet.replace("'", "''") + "'"


def _appendices(view: LevelForm) -> Iterator[Appendix]:
    shown = {indicator.code for indicator in view.indicators}
    for plan in view.form.sheets:
        indicators = [view.form.indicators[code] for code in plan.indicators if code in shown]
        if not indicators:
            continue
        measures = tuple(
            m
            for m in view.form.catalogue.measures
            if any(f"{indicator.code}.{m}" in view.by_ref for indicator in indicators)
        )
        title = view.form.catalogue.sheets[plan.code]
        yield Appendix(plan.code, title, measures, tuple(_rows(indicators)))


def _rows(indicators: list[Indicator]) -> Iterator[Row]:
    """Numbers rows 1, 2, 2.1 ...: a row stands below its parent if it follows it on the sheet."""
    counters: list[int] = []
    trail: list[str] = []
    for offset, indicator in enumerate(indicators):
        depth = trail.index(indicator.part_of) + 1 if indicator.part_of in trail else 0
        del trail[depth:]
        trail.append(indicator.code)
        del counters[depth + 1 :]
        if len(counters) <= depth:
            counters.append(0)
        counters[depth] += 1
        yield Row(indicator, ".".join(map(str, counters)), depth, Appendix.FIRST_ROW + offset)


def _narrative_sheets(view: LevelForm) -> Iterator[NarrativeSheet]:
    parts: dict[str, list[Narrative]] = {}
    for narrative in view.narratives:
        parts.setdefault(narrative.path.partition(".")[0], []).append(narrative)
    for part, narratives in parts.items():
        rows: list[tuple[Narrative, int]] = []
        row = NarrativeSheet.FIRST_ROW
        for narrative in narratives:
            rows.append((narrative, row))
            row += 2 if narrative.kind == "answer" else 1
        yield NarrativeSheet(f"TM {part}", narratives[0].heading, tuple(rows))
