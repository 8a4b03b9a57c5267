"""What a unit did to its workbook that the values of cells do not show: told, sheet by sheet, of files only.

Formulas where input belongs (their value is taken), formulas that no program has computed or whose value is not what
they come to, sheets, rows and columns that are hidden, merged cells, protection taken away, days counted from 1904.
Next to free where there is nothing of it: every look begins by searching for a word
in the bytes that `preflight` proved.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consolidator import layout as at
from consolidator.anchoring import label_of
from consolidator.booknames import PART, SUMMARY, cover_inputs
from consolidator.cellarithmetic import is_worth, worth_of
from consolidator.element import ATTRIBUTES
from consolidator.expression import META_KINDS
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import MORE, TABLE
from consolidator.grid import Day, Grid, Range, nfc
from consolidator.lately import kept_lately
from consolidator.migration import OWN
from consolidator.paper import shortened
from consolidator.preflight import Checked, Sheet
from consolidator.sheetmarks import Formula, Spot, formula_at, formulas, hidden_columns, hidden_rows
from consolidator.textfigures import is_day
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words, tell
from consolidator.workedout import worked_out

CODES = frozenset(
    {
        "formula-in-input",
        "formula-external",
        "formula-uncalculated",
        "formula-differs",
        "sheets-hidden",
        "cells-hidden",
        "cells-merged",
        "protection-removed",
        "text-decomposed",
        "days-from-1904",
        "day-of-1904",
    }
)
"""What only a file shows: the button in Excel, whose clerk sees his workbook as it is, says none of it."""
SHOWN = 6
"""How many cells, ranges or sheets of one finding are called by their names."""
LONGEST, SHARED = 80, "(công thức chép xuống)"
"""Characters shown of a formula; what is shown of one whose text stands in the cell it was filled down from."""
_ELSEWHERE = re.compile(r"\[[^\]]+\][^!]*!")
_MARKS = re.compile(rb"\xcc[\x80-\xa3]")
"""Marks that stand behind their letter, in UTF-8."""
_FROM_1904 = 1462


@dataclass(frozen=True, slots=True)
class Input:
    """A cell into which a unit types: its name, and whether words belong there rather than figures."""

    name: str
    is_words: bool


Inputs = Mapping[Spot, Input]


def told_beneath(grid: Grid, file: Checked, view: LevelForm) -> list[Finding]:
    """What is to be told of a file besides what its cells, the grid, say."""
    by_sheet = _inputs(grid.names, grid.ranges, view, grid.named("meta.document") in (SUMMARY, PART))
    sheets = {name: sheet for sheet in file.sheets if (name := nfc(sheet.name)) in by_sheet}
    found = [*_of_book(file, sheets)]
    if file.setting.is_1904:
        found += [tell("days-from-1904"), *_serials_of_1904(grid, view, by_sheet)]
    for name, sheet in sheets.items():
        look = _Look(name, sheet, by_sheet[name], grid, view)
        found += [*look.formulas(), *look.hidden(), *look.merged()]
    return found


@kept_lately
def _inputs(
    names: Mapping[str, tuple[str, int, int]], ranges: Mapping[str, Range], view: LevelForm, is_summary: bool
) -> dict[str, dict[Spot, Input]]:
    """Cells of a workbook into which its unit types, wherever they stand now, by sheet."""
    found: dict[str, dict[Spot, Input]] = {}
    for name, one in _typed_into(view, is_summary).items():
        place = names.get(name)
        if place is not None:
            found.setdefault(place[0], {})[place[1:]] = one
    for table in view.tables:
        for column in table.columns:
            run = ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and not column.derived:
                one = Input(f"{TABLE}{table.id}.{column.id}", column.is_text)
                found.setdefault(run.sheet, {}).update(
                    ((row, run.col), one) for row in range(run.row, run.last_row + 1)
                )
    return found


@kept_lately
def _by_address(inputs: Inputs) -> dict[bytes, Spot]:
    return {at.address(*spot).encode(): spot for spot in inputs}


@kept_lately
def _figures_of(inputs: Inputs) -> list[Spot]:
    return sorted(spot for spot, one in inputs.items() if not one.is_words)


def _between(spots: list[Spot], top: int, low: int) -> list[Spot]:
    return spots[bisect_left(spots, (top, 0)) : bisect_left(spots, (low + 1, 0))]


@worked_out
def _typed_into(view: LevelForm, is_summary: bool) -> Mapping[str, Input]:
    """Names of single cells into which a unit of a level types."""
    prefix = OWN if is_summary else ""
    figures = [(prefix + figure.ref, False) for figure in view.figures if figure.derived is None]
    words = [(name, True) for one in view.answers for name in (one.ref, one.ref + MORE)]
    kept = ("note",) if is_summary else ATTRIBUTES  # the others of a summary compute themselves
    words += [(f"{one.code}.{key}", key == "note") for one in view.indicators for key in kept]
    words += [(key, True) for key in cover_inputs(view.form)]
    return {name: Input(name, is_words) for name, is_words in (*figures, *words)}


def _of_book(file: Checked, sheets: Mapping[str, Sheet]) -> Iterator[Finding]:
    """What holds for the workbook as a whole."""
    if hidden := [name for name, sheet in sheets.items() if sheet.is_hidden]:
        yield tell("sheets-hidden", Place(sheet=hidden[0]), sheets=_listed(hidden))
    if bare := [name for name, sheet in sheets.items() if b"<sheetProtection" not in sheet.tail]:
        yield tell("protection-removed", Place(sheet=bare[0]), sheets=_listed(bare))
    if any(map(_is_decomposed, (file.strings, *(sheet.rows for sheet in sheets.values())))):
        yield tell("text-decomposed")


def _is_decomposed(part: bytes) -> bool:
    return (
        b"\xcc" in part
        and bool(_MARKS.search(part))
        and not unicodedata.is_normalized("NFC", part.decode(errors="replace"))
    )


def _serials_of_1904(grid: Grid, view: LevelForm, by_sheet: Mapping[str, Inputs]) -> Iterator[Finding]:
    """Days that stand as bare numbers: whether they were counted from 1900 or from 1904, nobody can tell."""
    days = {ref for ref, figure in view.by_ref.items() if figure.indicator.type == "date"}
    days |= {f"{indicator.code}.as_of" for indicator in view.indicators}
    days |= {key for key in cover_inputs(view.form) if META_KINDS.get(key) == "number"}
    for sheet, inputs in by_sheet.items():
        for spot, one in inputs.items():
            value = grid.at(sheet, *spot) if one.name.removeprefix(OWN) in days else None
            if isinstance(value, float) and not isinstance(value, Day) and is_day(value):
                first, second = day_words(day_of(value)), day_words(day_of(value + _FROM_1904))
                yield _at(view, one, sheet, spot, "day-of-1904", first=first, second=second)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look beneath the cells of one sheet."""

    name: str
    sheet: Sheet
    inputs: Inputs
    grid: Grid
    view: LevelForm

    def formulas(self) -> Iterator[Finding]:
        """Formulas where input belongs."""
        plain = []
        spots = _by_address(self.inputs)
        for address, begin in formulas(self.sheet, spots):
            formula, spot = formula_at(self.sheet.rows, begin), spots[address.encode()]
            if formula is None or formula.is_error:  # an error is told as one
                continue
            one = self.inputs[spot]
            odd = self._odd(formula)
            if odd is None:
                plain.append(address)
                continue
            code, facts = odd
            shown = shortened(f"={formula.text}", LONGEST) if formula.text else SHARED
            yield _at(self.view, one, self.name, spot, code, formula=shown, **facts)
        if plain:
            yield self._told("formula-in-input", plain)

    def _odd(self, formula: Formula) -> tuple[str, dict[str, str]] | None:
        """What is to be told of a formula beyond that it is one: code and facts."""
        if formula.cached is None:
            return "formula-uncalculated", {}
        cached = shortened(_as_number(formula.cached), 40)
        if _ELSEWHERE.search(formula.text):
            return "formula-external", {"value": cached}
        worth = None if self._is_covered() else worth_of(formula.text, self.grid, self.name)
        if worth is None or is_worth(formula.cached, worth):
            return None
        return "formula-differs", {"cached": cached, "worth": number_words(worth, 6)}

    def _is_covered(self) -> bool:
        """Whether figures under merged cells were passed over, which Excel's formulas still add."""
        return any(one.code == "hidden-by-merge" and one.sheet == self.name for one in self.grid.remarks)

    def hidden(self) -> Iterator[Finding]:
        """Rows and columns that are hidden, by hand or by a filter, and hold something that counts."""
        rows = hidden_rows(self.sheet.rows)
        runs = hidden_columns(self.sheet.head)
        used = {col for _, col in self.inputs} if runs else set()
        columns = {col for col in used if any(first <= col <= last for first, last in runs)}
        if not rows and not columns:
            return
        unseen = [spot for spot in sorted(self.inputs) if spot[0] in rows or spot[1] in columns]
        if filled := [at.address(*spot) for spot in unseen if self.grid.at(self.name, *spot) is not None]:
            yield self._told("cells-hidden", filled)

    def merged(self) -> Iterator[Finding]:
        """Merged ranges over cells for figures: only their first cell shows, and keeps, what was typed."""
        figures = _figures_of(self.inputs) if self.sheet.merges else []
        touched = [
            f"{at.address(top, left)}:{at.address(low, right)}"
            for top, left, low, right in self.sheet.merges
            if any(left <= col <= right for _, col in _between(figures, top, low))
        ]
        if touched:
            yield self._told("cells-merged", touched)

    def _told(self, code: str, cells: list[str]) -> Finding:
        """A finding about some cells of the sheet, at the first of them."""
        place = Place(sheet=self.name, cell=cells[0].partition(":")[0])
        return tell(code, place, sheet=self.name, count=str(len(cells)), cells=_listed(cells))


def _at(view: LevelForm, one: Input, sheet: str, spot: Spot, code: str, **facts: str) -> Finding:
    ref = one.name.removeprefix(OWN)
    place = Place(sheet=sheet, cell=at.address(*spot), ref=ref)
    return tell(code, place, label=label_of(view, ref), **facts)


def _as_number(cached: str) -> str:
    """A cached value as people write it."""
    try:
        return number_words(float(cached), 6)
    except ValueError:
        return cached


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:SHOWN]) + ", …" * (len(found) > SHOWN)
