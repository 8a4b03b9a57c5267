"""What a unit did to its workbook that the values of cells do not show: told, sheet by sheet.

Formulas where input belongs (their value is taken), formulas that no program has computed, sheets, rows and columns
that are hidden, merged cells, protection taken away, days counted from 1904, words in fonts of before Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consolidator import layout as at
from consolidator.anchoring import label_of
from consolidator.element import ATTRIBUTES
from consolidator.expression import LanguageError, is_same, refs
from consolidator.finding import Finding, Place
from consolidator.formula import MORE, TABLE
from consolidator.grammar import parse
from consolidator.grid import Day, Grid
from consolidator.migration import OWN
from consolidator.oldfonts import suspect
from consolidator.paper import shortened
from consolidator.rawbook import STRINGS, Formula, RawBook
from consolidator.submission import Batch, Submission
from consolidator.textfigures import is_day
from consolidator.verdict import compute, day_of
from consolidator.wording import day_words, number_words, tell

SHOWN = 6
"""How many cells, rows or sheets of one finding are called by their names."""
_EXTERNAL = re.compile(r"\[[^\]]+\][^!]*!")
_ARITHMETIC = re.compile(r"[0-9.+*/() -]{3,80}")
_MARK = re.compile(rb"\xcc[\x80-\xa3]")
_FROM_1904 = 1462
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Input:
    """A cell into which a unit types: its name, where it stands, whether words belong there rather than figures."""

    name: str
    sheet: str
    spot: Spot
    is_words: bool

    @property
    def a1(self) -> str:
        """Its address within the sheet."""
        return at.address(*self.spot)


def told_beneath(content: bytes, grid: Grid, submission: Submission) -> list[Finding]:
    """What is to be told of a file besides what its cells say; `content` are the bytes `grid` was read from."""
    book, sheets = RawBook(content), dict[str, dict[str, Input]]()
    for one in _inputs(grid, submission):
        sheets.setdefault(one.sheet, {})[one.a1] = one
    found = [*_of_book(book, grid, submission, sheets)]
    for sheet, inputs in sheets.items():
        found += _formulas(book, sheet, inputs, submission)
        found += _hidden(book, sheet, inputs, grid)
        found += _merged(book, sheet, inputs)
        found += _fonts(book, sheet, inputs, grid)
    return found


def _inputs(grid: Grid, submission: Submission) -> Iterator[Input]:
    """Cells of a workbook into which its unit types, wherever they stand now."""
    view, prefix = submission.view, OWN if submission.is_summary else ""
    figures = [(prefix + figure.ref, False) for figure in view.figures if figure.derived is None]
    words = [(name, True) for one in view.answers for name in (one.ref, one.ref + MORE)]
    kept = ("note",) if submission.is_summary else ATTRIBUTES  # the others of a summary compute themselves
    words += [(f"{one.code}.{key}", key == "note") for one in view.indicators for key in kept]
    words += [(key, True) for key in at.cover_inputs(view.form)]
    for name, is_words in (*figures, *words):
        place = grid.names.get(name)
        if place is not None:
            yield Input(name, place[0], place[1:], is_words)
    for table in view.tables:
        for column in table.columns:
            run = grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and not column.derived:
                for row in range(run.row, run.last_row + 1):
                    yield Input(f"{TABLE}{table.id}.{column.id}", run.sheet, (row, run.col), column.is_text)


def _of_book(
    book: RawBook, grid: Grid, submission: Submission, sheets: Mapping[str, Mapping[str, Input]]
) -> Iterator[Finding]:
    """What holds for the workbook as a whole."""
    if hidden := [sheet for sheet in sheets if sheet in book.hidden_sheets()]:
        yield tell("sheets-hidden", Place(sheet=hidden[0]), sheets=_listed(hidden))
    if bare := [sheet for sheet in sheets if not book.is_protected(sheet)]:
        yield tell("protection-removed", Place(sheet=bare[0]), sheets=_listed(bare))
    if _MARK.search(strings := book.part(STRINGS)) and not unicodedata.is_normalized(
        "NFC", strings.decode(errors="replace")
    ):
        yield tell("text-decomposed")
    if book.is_1904:
        yield tell("days-from-1904")
        yield from _serials_of_1904(grid, submission, sheets)


def _serials_of_1904(
    grid: Grid, submission: Submission, sheets: Mapping[str, Mapping[str, Input]]
) -> Iterator[Finding]:
    """Days that stand as bare numbers: whether they were counted from 1900 or from 1904, nobody can tell."""
    view = submission.view
    days = {ref for ref, figure in view.by_ref.items() if figure.indicator.type == "date"}
    days |= {f"{indicator.code}.as_of" for indicator in view.indicators}
    days |= {key for key in at.cover_inputs(view.form) if isinstance(submission.meta.get(key), float)}
    for inputs in sheets.values():
        for one in inputs.values():
            value = grid.at(one.sheet, *one.spot)
            is_bare = isinstance(value, float) and not isinstance(value, Day) and is_day(value)
            if is_bare and one.name.removeprefix(OWN) in days:
                assert isinstance(value, float)
                first, second = day_words(day_of(value)), day_words(day_of(value + _FROM_1904))
                yield _at(one, "day-of-1904", submission, first=first, second=second)


def _formulas(book: RawBook, sheet: str, inputs: Mapping[str, Input], submission: Submission) -> Iterator[Finding]:
    """Formulas where input belongs."""
    plain = []
    for address, formula in book.formulas(sheet):
        one = inputs.get(address)
        if one is None or formula.is_error:  # an error is told as one
            continue
        shown = shortened(f"={formula.text}" if formula.text else "(công thức dùng chung)", 80)
        worth = _worth(formula, submission)
        if formula.cached is None:
            yield _at(one, "formula-uncalculated", submission, formula=shown)
        elif _EXTERNAL.search(formula.text):
            yield _at(one, "formula-external", submission, formula=shown, value=shortened(formula.cached, 40))
        elif worth is not None and not _is_cached(formula.cached, worth):
            facts = {"formula": shown, "cached": shortened(formula.cached, 40), "worth": number_words(worth, 6)}
            yield _at(one, "formula-differs", submission, **facts)
        else:
            plain.append(address)
    if plain:
        place = Place(sheet=sheet, cell=plain[0])
        yield tell("formula-in-input", place, sheet=sheet, count=str(len(plain)), cells=_listed(plain))


def _worth(formula: Formula, submission: Submission) -> float | None:
    """What a formula of mere figures comes to, by the one engine that reads formulas; None for any other."""
    if not _ARITHMETIC.fullmatch(formula.text):
        return None
    try:
        node = parse(formula.text)
        worth = float(compute(node, Batch([submission]))[0]) if not refs(node) else float("nan")
    except (LanguageError, ArithmeticError):
        return None
    return None if worth != worth else worth


def _is_cached(cached: str, worth: float) -> bool:
    try:
        return is_same(float(cached), worth)
    except ValueError:
        return False


def _hidden(book: RawBook, sheet: str, inputs: Mapping[str, Input], grid: Grid) -> Iterator[Finding]:
    """Rows and columns that are hidden, by hand or by a filter, and hold something that counts."""
    rows, columns = book.hidden_rows(sheet), book.hidden_columns(sheet)
    if not rows and not columns:
        return
    filled = [one for one in inputs.values() if grid.at(sheet, *one.spot) is not None]
    unseen = [
        one for one in filled if one.spot[0] in rows or any(first <= one.spot[1] <= last for first, last in columns)
    ]
    if unseen:
        cells = [one.a1 for one in sorted(unseen, key=lambda one: one.spot)]
        place = Place(sheet=sheet, cell=cells[0])
        yield tell("cells-hidden", place, sheet=sheet, count=str(len(cells)), cells=_listed(cells))


def _merged(book: RawBook, sheet: str, inputs: Mapping[str, Input]) -> Iterator[Finding]:
    """Merged ranges over cells for figures: only their first cell shows, and keeps, what was typed."""
    figures = [one.spot for one in inputs.values() if not one.is_words]
    touched = [
        f"{at.address(merged.row, merged.col)}:{at.address(merged.last_row, merged.last_col)}"
        for merged in book.merged(sheet)
        if any(merged.covers(*spot) for spot in figures)
    ]
    if touched:
        place = Place(sheet=sheet, cell=touched[0].partition(":")[0])
        yield tell("cells-merged", place, sheet=sheet, count=str(len(touched)), cells=_listed(touched))


def _fonts(book: RawBook, sheet: str, inputs: Mapping[str, Input], grid: Grid) -> Iterator[Finding]:
    """Words in a font of before Unicode that their letters alone did not give away."""
    old = book.old_fonts()
    if not old:
        return
    found: dict[str, str] = {}
    for address, font in book.fonts(sheet):
        one = inputs.get(address)
        value = grid.at(sheet, *one.spot) if one is not None and font in old else None
        if isinstance(value, str) and suspect(value) is None and suspect(value, font) is not None:
            found[address] = font
    if found:
        first = next(iter(found))
        facts = {"count": str(len(found)), "cells": _listed(found), "font": found[first]}
        yield tell("text-old-font", Place(sheet=sheet, cell=first), sheet=sheet, **facts)


def _at(one: Input, code: str, submission: Submission, **facts: str) -> Finding:
    ref = one.name.removeprefix(OWN)
    place = Place(sheet=one.sheet, cell=one.a1, ref=ref)
    return tell(code, place, label=label_of(submission.view, ref), **facts)


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:SHOWN]) + ", …" * (len(found) > SHOWN)
