"""The cells of one workbook, one by one, as a form wants them; what is odd about a cell is said at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from consolidator.bearings import is_drawn
from consolidator.element import Column, Figure, Table
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Day, Grid, Range
from consolidator.lately import kept_lately
from consolidator.layout import address, drawn_cells
from consolidator.migration import Migration
from consolidator.textfigures import Meaning, Wanted, day_meant, figure_meant, is_day, may_be_share
from consolidator.typedtexts import OldTexts
from consolidator.verdict import day_of
from consolidator.wording import LABELS, day_words, number_words, tell
from consolidator.workedout import worked_out

SHOWN_TYPED = 80
"""Characters shown of what was typed where it is no figure; what may be one is never longer than it can show."""


class Cells:
    """A workbook's cells and what was found in them so far.

    `migration` is what the grid went through if its template is older; `refused` are names that stand somewhere
    doubtful and were told already. `texts` are those that stand in figures' cells and could not be taken for a
    number, by Ref; `taken` are the figures whose texts could; `cells` where names are, but for those that stand as
    `drawn`; `old_texts` the words that were not composed Unicode.
    """

    def __init__(
        self, grid: Grid, view: LevelForm, migration: Migration | None = None, refused: frozenset[str] = frozenset()
    ) -> None:
        self.grid, self.view, self.migration, self.refused = grid, view, migration, refused
        self.findings: list[Finding] = []
        self.texts: dict[str, str] = {}
        self.taken: set[str] = set()
        self.old_texts = OldTexts(_in_old_fonts(grid))
        self.drawn = is_drawn(grid, view)
        self.cells = dict(_other_cells(grid.names, view, self.drawn))

    def number(self, figure: Figure, place: tuple[str, int, int]) -> float:
        """The number in a figure's cell: typed as one, or as a text that is certain. All else is said."""
        value = self.grid.at(*place)
        if value is None and not self.grid.errors:  # most cells of most reports
            return np.nan
        is_date = figure.indicator.type == "date"
        if isinstance(value, float) and (is_day(value) if is_date else not isinstance(value, Day)):
            if figure.unit == "%" and may_be_share(value):
                self._say_share(figure, place, value)
            return float(value)
        text, meant = as_seen(value), Meaning(None, "error-value")
        if place in self.grid.errors:
            text = self.grid.errors[place]
        elif text and is_date:
            meant = day_meant(value, ("figure-date-unclear", "figure-not-a-date"))
        elif text:
            meant = figure_meant(value, wanted(figure, self.grid, self.view))
        if text:
            self._say_meant(meant, place, figure.ref, self.view.label_of(figure), text)
            if meant.value is not None:
                self.taken.add(figure.ref)
            elif place == self.grid.names.get(figure.ref):
                self.texts[figure.ref] = text
        return np.nan if meant.value is None else meant.value

    def _say_share(self, figure: Figure, place: tuple[str, int, int], value: float) -> None:
        if figure.derived is None:  # what computes itself is in per cent
            first, second = number_words(value, 6), number_words(value * 100, 6)
            label = self.view.label_of(figure)
            self.say_at("percent-or-share", place, figure.ref, label=label, first=first, second=second)

    def _say_meant(self, meant: Meaning, place: tuple[str, int, int], ref: str, label: str, text: str) -> None:
        shown = text if meant.value is not None else text[:SHOWN_TYPED]
        self.say_at(meant.code, place, ref, label=label, typed=shown, **meant.facts)

    def loose(self, name: str, label: str) -> CellValue:
        """The value of a named cell that holds no figure: white space is a blank, old letters are composed.

        An error in it is said.
        """
        place, value = self.grid.names.get(name), self.grid.named(name)
        if place is not None and place in self.grid.errors:
            self.say("error-value", name, label=label, typed=self.grid.errors[place])
        if not isinstance(value, str) or place is None:
            return value
        return self.old_texts.composed(value, place, label) if value.strip() else None

    def day(self, name: str, value: CellValue) -> float | None:
        """A date's serial, typed as one or as a text that is certain; all else is said and passed over."""
        if value is None:
            return None
        if isinstance(value, float) and is_day(value):
            return float(int(value))
        meant = day_meant(value, ("date-unclear", "not-a-date"))
        label = LABELS.get(name) or LABELS["as_of"]
        self.say(meant.code, name, label=label, typed=as_seen(value)[:SHOWN_TYPED], **meant.facts)
        return meant.value

    def choice(self, name: str, typed: str, label: str) -> None:
        """Says that a cell holds none of the words it may."""
        self.say("unknown-choice", name, label=label, typed=typed[:SHOWN_TYPED])

    def table_rows(self, table: Table, run: Range) -> Iterator[tuple[int, dict[str, float | str]]]:
        """Rows (0-based, of the sheet) that are filled in, by column id; what is no number is kept as its text."""
        places = [(column, self.grid.ranges.get(f"{TABLE}{table.id}.{column.id}")) for column in table.columns]
        columns = [(column, place.col) for column, place in places if place is not None and not column.derived]
        lines = self.grid.rows.get(run.sheet, [])
        for row in range(run.row, run.last_row + 1):
            line = lines[row] if row < len(lines) else []
            if line.count(None) < len(line) and (values := self._table_row(table, columns, (run.sheet, row), line)):
                yield row, values

    def _table_row(
        self, table: Table, columns: Sequence[tuple[Column, int]], at_row: tuple[str, int], line: Sequence[CellValue]
    ) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for column, col in columns:
            value = line[col] if col < len(line) else None
            if value is None:
                continue
            if isinstance(value, float) and not column.is_text:
                found[column.id] = float(value)
            elif text := as_seen(value):
                label, at_cell = f"{table.title}, {column.label}", (*at_row, col)
                if column.is_text:
                    found[column.id] = self._words(table, column, at_cell, label, text)
                    continue
                meant = self._meant_in_row(table, column, at_cell)
                self._say_meant(meant, at_cell, f"{TABLE}{table.id}", label, text)
                found[column.id] = text if meant.value is None else meant.value
        return found

    def _words(self, table: Table, column: Column, place: tuple[str, int, int], label: str, text: str) -> str:
        """A table's cell that holds words; one that is none of its column's choices is said."""
        text = self.old_texts.composed(text, place, label)
        if column.choices and text not in column.choices:
            self.say_at("unknown-choice", place, f"{TABLE}{table.id}", label=label, typed=text[:SHOWN_TYPED])
        return text

    def _meant_in_row(self, table: Table, column: Column, place: tuple[str, int, int]) -> Meaning:
        """What a table's cell means that wants a number or a day and holds none."""
        value = self.grid.at(*place)
        if column.type == "date":
            return day_meant(value, ("date-unclear", "not-a-date"))
        return figure_meant(value, wanted_in_row(table, column, self.grid, place))

    def is_asked(self, key: str) -> bool:
        """Whether the cover has a fact: that of an older template may not."""
        return self.migration is None or key in self.grid.names

    def lacks(self, name: str) -> bool:
        """Whether a cell is missing, without a word so far, that the workbook's template should have had."""
        is_new = self.migration is not None and self.migration.adds(name)
        return name not in self.grid.names and name not in self.refused and not is_new

    def say(self, code: str, name: str, **facts: str) -> None:
        """Notes a finding at the cell of a name, or at none where the workbook lacks it."""
        sheet, row, col = self.grid.names.get(name, ("", -1, -1))
        cell = address(row, col) if sheet else ""
        self.findings.append(tell(code, Place(sheet=sheet, cell=cell, ref=name), **facts))

    def say_at(self, code: str, place: tuple[str, int, int], ref: str, **facts: str) -> None:
        """Notes a finding at a place (sheet, row, column)."""
        sheet, row, col = place
        self.findings.append(tell(code, Place(sheet=sheet, cell=address(row, col), ref=ref), **facts))


@worked_out
def are_plain(view: LevelForm) -> list[bool]:
    """Of each figure, whether `Cells.number` takes any number in its cell without a question: no day, no share."""
    return [figure.indicator.type != "date" and figure.unit != "%" for figure in view.figures]


@kept_lately
def _other_cells(names: Mapping[str, tuple[str, int, int]], view: LevelForm, drawn: bool) -> dict[str, tuple[str, str]]:
    """(sheet, address) of names but for those that stand as drawn."""
    known = drawn_cells(view) if drawn else {}
    return {name: (sheet, address(row, col)) for name, (sheet, row, col) in names.items() if name not in known}


def _in_old_fonts(grid: Grid) -> dict[tuple[str, int, int], str]:
    """Cells in fonts of before Unicode: only a file shows them, so the button in Excel loads nothing for it."""
    if grid.file is None:
        return {}
    from consolidator.sheetmarks import in_old_fonts

    return in_old_fonts(grid.file)


def wanted(figure: Figure, grid: Grid, view: LevelForm) -> Wanted:
    """What belongs in a figure's cell; like it are its indicator's others and, of percentages, its sheet's."""
    indicator = figure.indicator
    names = {f"{indicator.code}.{measure}" for measure in view.form.measures}
    if figure.unit != "%":
        return Wanted(figure.unit, indicator.type, _numbers(grid, names - {figure.ref}))
    column = (one for one in view.figures if one.unit == "%" and one.measure == figure.measure)
    names |= {one.ref for one in column if one.indicator.sheet == indicator.sheet}
    return Wanted("%", "percent", _numbers(grid, names - {figure.ref}))


def wanted_in_row(table: Table, column: Column, grid: Grid, place: tuple[str, int, int]) -> Wanted:
    """What belongs in a table's cell that wants a number.

    Its unit stands in the column `unit` of its row, if anywhere. Where it does not, "31 triệu" may be counted in
    millions already and is not dared.
    """
    if column.type != "number":
        return Wanted("%" if column.type == "percent" else "đồng", column.type)
    at_unit = grid.ranges.get(f"{TABLE}{table.id}.unit")
    unit = as_seen(grid.at(place[0], place[1], at_unit.col)) if at_unit else ""
    return Wanted(unit, "percent" if unit == "%" else "decimal", scale_unknown=not unit)


def _numbers(grid: Grid, names: set[str]) -> tuple[float, ...]:
    """Numbers that stand as such under some names."""
    values = (grid.named(name) for name in sorted(names))
    return tuple(float(value) for value in values if isinstance(value, float) and not isinstance(value, Day))


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
