"""The cells of one workbook, one by one, as a form wants them; what is odd about a cell is said at its place."""

from __future__ import annotations

import numpy as np

from consolidator.element import Figure, Table
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Day, Grid, Range
from consolidator.layout import address
from consolidator.migration import Migration
from consolidator.verdict import day_of
from consolidator.wording import LABELS, day_words, tell

_OWN_DATE_RANGE = (20_000, 80_000)
"""Serial numbers taken for days: 1954 to 2119."""


class Cells:
    """A workbook's cells and what was found in them so far.

    `migration` is what the grid went through if its template is older; `refused` are names that stand somewhere
    doubtful and were told already. `texts` are those that stand in figures' cells, by Ref; `cells` where names are.
    """

    def __init__(
        self, grid: Grid, view: LevelForm, migration: Migration | None = None, refused: frozenset[str] = frozenset()
    ) -> None:
        self.grid, self.view, self.migration, self.refused = grid, view, migration, refused
        self.findings: list[Finding] = []
        self.texts: dict[str, str] = {}
        self.cells = {name: (sheet, address(row, col)) for name, (sheet, row, col) in grid.names.items()}

    def number(self, figure: Figure, place: tuple[str, int, int]) -> float:
        """The number in a figure's cell; what is no number (or, where one is wanted, no day) is said."""
        value, is_date = self.grid.at(*place), figure.indicator.type == "date"
        if isinstance(value, float) and (_is_day(value) if is_date else not isinstance(value, Day)):
            return float(value)
        text, code = as_seen(value), "figure-not-a-date" if is_date else "not-a-number"
        if place in self.grid.errors:
            text, code = self.grid.errors[place], "error-value"
        if text:
            if place == self.grid.names.get(figure.ref):
                self.texts[figure.ref] = text
            self.say_at(code, place, figure.ref, label=self.view.label_of(figure), typed=text[:80])
        return np.nan

    def loose(self, name: str, label: str) -> CellValue:
        """The value of a named cell that holds no figure; an error in it is said, white space is a blank."""
        place, value = self.grid.names.get(name), self.grid.named(name)
        if place is not None and place in self.grid.errors:
            self.say("error-value", name, label=label, typed=self.grid.errors[place])
        return None if isinstance(value, str) and not value.strip() else value

    def day(self, name: str, value: CellValue) -> float | None:
        """A date's serial; a text or an impossible number is said and passed over."""
        if value is None:
            return None
        if isinstance(value, float) and _is_day(value):
            return float(int(value))
        self.say("not-a-date", name, label=LABELS.get(name) or LABELS["as_of"], typed=as_seen(value)[:80])
        return None

    def choice(self, name: str, typed: str, label: str) -> None:
        """Says that a cell holds none of the words it may."""
        self.say("unknown-choice", name, label=label, typed=typed[:80])

    def table_row(self, table: Table, run: Range, row: int) -> dict[str, float | str]:
        """What is filled in of a row (0-based, of the sheet), by column id; what is no number is kept as its text."""
        found: dict[str, float | str] = {}
        for column in table.columns:
            place = self.grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if place is None or column.derived:
                continue
            at_cell = (run.sheet, row, place.col)
            value = self.grid.at(*at_cell)
            label = f"{table.title}, {column.label}"
            if isinstance(value, float) and not column.is_text:
                found[column.id] = float(value)
            elif text := as_seen(value):
                if not column.is_text:
                    code = "not-a-date" if column.type == "date" else "not-a-number"
                    self.say_at(code, at_cell, f"{TABLE}{table.id}", label=label, typed=text[:80])
                elif column.choices and text not in column.choices:
                    self.say_at("unknown-choice", at_cell, f"{TABLE}{table.id}", label=label, typed=text[:80])
                found[column.id] = text
        return found

    def is_asked(self, key: str) -> bool:
        """Whether the cover has a fact: that of an older template may not."""
        return self.migration is None or key in self.grid.names

    def lacks(self, name: str) -> bool:
        """Whether a cell is missing, without a word so far, that the workbook's template should have had."""
        is_new = self.migration is not None and self.migration.adds(name)
        return name not in self.grid.names and name not in self.refused and not is_new

    def say(self, code: str, name: str, **facts: str) -> None:
        """Notes a finding at the cell of a name, or at none where the workbook lacks it."""
        sheet, cell = self.cells.get(name, ("", ""))
        self.findings.append(tell(code, Place(sheet=sheet, cell=cell, ref=name), **facts))

    def say_at(self, code: str, place: tuple[str, int, int], ref: str, **facts: str) -> None:
        """Notes a finding at a place (sheet, row, column)."""
        sheet, row, col = place
        self.findings.append(tell(code, Place(sheet=sheet, cell=address(row, col), ref=ref), **facts))


def _is_day(value: float) -> bool:
    low, high = _OWN_DATE_RANGE
    return low < value < high


def as_seen(value: CellValue) -> str:
    """A cell's value as its user sees it, whole numbers (codes among them) without ".0"; "" for a blank."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case Day() if 1 <= value < 100_000:
            return day_words(day_of(value))
        case Day():
            hours, minutes = divmod(round(value * 24 * 60), 60)
            return f"{hours}:{minutes:02d}"
        case float():
            return f"{value:.15g}"
    return value.strip()
