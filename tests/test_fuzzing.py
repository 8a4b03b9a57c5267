"""Mutants: figures as text, rules, the pre-flight and whole files, 10,000 of them each time.

For as many with fresh seeds as one likes: `CONSOLIDATOR_FUZZ=100000 pytest -n 0 -s tests/test_fuzzing.py`; the seed is
printed, and `CONSOLIDATOR_SEED=…` takes it again.

Nothing crashes: a bad file is `Unreadable`, a bad rule a `LanguageError`, a text that is no figure no figure. Nothing
hangs: a hundred mutants have the computing time of one file, then the process ends. And no figure is taken that a
second reader reads otherwise: openpyxl for files, a handful of plain patterns for texts.
"""

from __future__ import annotations

import io
import math
import os
import random
import re
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from consolidator.expression import LanguageError, to_text
from consolidator.figures_in_text import figures_only
from consolidator.grammar import parse
from consolidator.grid import Day, Grid, Unreadable, nfc, plain, read_grid
from consolidator.limits import within_limits
from consolidator.narrativefigures import figures_of
from consolidator.preflight import preflight
from consolidator.rulebook import load
from consolidator.sentences import SENTENCES
from consolidator.textfigures import TAKEN, Wanted, day_meant, figure_meant
from tests.clumsy_cells import REFUSED
from tests.clumsy_cells import TAKEN as SURE
from tests.mutation import bytes_mutant, numbered, small_parts, text_mutant, workbook_mutant
from tests.spoiling import zipped

TOTAL = int(os.environ.get("CONSOLIDATOR_FUZZ", "10000"))
SEED = int(os.environ.get("CONSOLIDATOR_SEED", secrets.randbits(32) if "CONSOLIDATOR_FUZZ" in os.environ else 7))
SHARES = {"figures": 35, "rules": 15, "bytes": 30, "files": 20}
"""Per cent of all mutants."""
AT_ONCE = 100


def each(what: str, check: Callable[[random.Random], None]) -> int:
    """Checks a share of all mutants; the number of a failing one is in the message."""
    count = TOTAL * SHARES[what] // 100
    if "CONSOLIDATOR_FUZZ" in os.environ:
        print(f"{what}: {count}, CONSOLIDATOR_SEED={SEED}", flush=True)
    chances = list(numbered(SEED, count, what))

    def some(first: int) -> None:
        for number, chance in enumerate(chances[first : first + AT_ONCE], first):
            try:
                check(chance)
            except BaseException as error:
                error.add_note(f"mutant {number} of {what!r}, seed {SEED}")
                raise

    for first in range(0, count, AT_ONCE):
        within_limits(0, some, first)
    return count


# ---------- figures as text

TEXTS = [one[2] for one in (*SURE, *REFUSED)]
WANTED = (
    Wanted("lượt người", "int"),
    Wanted("đồng", "money"),
    Wanted("triệu đồng", "money"),
    Wanted("%", "percent"),
    Wanted("", "decimal", (12.0, 13.5)),
)
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], float]], ...] = (
    (re.compile(r"(?:0|[1-9][0-9]{0,14})"), float),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,4}"), lambda text: float(text.replace(".", ""))),
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){2,4}"), lambda text: float(text.replace(",", ""))),
    (re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3}){2,4}"), lambda text: float(text.replace(" ", ""))),
    (re.compile(r"(?:0|[1-9][0-9]{0,9}),[0-9]{1,2}"), lambda text: float(text.replace(",", "."))),
)


def digits(text: str) -> str:
    """The digits of a number without the zeros around them: they stay whatever sign stands between them."""
    return re.sub(r"[^0-9]", "", text).strip("0")


def check_figure(chance: random.Random) -> None:
    typed, wanted = text_mutant(chance, TEXTS), chance.choice(WANTED)
    meant = figure_meant(typed, wanted)
    assert meant.code in SENTENCES
    assert (meant.value is not None) == (meant.code == TAKEN), typed
    if meant.value is not None:
        assert math.isfinite(meant.value) and abs(meant.value) < 1e15, typed
        text = nfc(typed).strip()
        known = [read(text) for pattern, read in PATTERNS if pattern.fullmatch(text)]
        assert known in ([], [meant.value]), typed
        if re.fullmatch(r"[0-9., ]+", text):
            assert digits(text) == digits(format(Decimal(repr(meant.value)), "f")), typed
    day = day_meant(typed, ("date-unclear", "not-a-date"))
    assert (day.value is not None) == (day.code == TAKEN), typed
    figures_of(typed), figures_only(typed)


def test_mutants_of_figures_as_text() -> None:
    assert each("figures", check_figure) == TOTAL * 35 // 100


# ---------- rules

RULES = [one.check for one in load("quy3_2023_004").rules if one.check]


def check_rule(chance: random.Random) -> None:
    text = text_mutant(chance, RULES, '()+-*/<>=",.0123456789abcxABCX_ \n\t“”đ')
    if chance.random() < 0.02:
        text = chance.choice(("(", "-", "NOT(", "1+")) * chance.randint(100, 2_000) + text
    try:
        node = parse(text)
    except LanguageError:
        return
    assert parse(to_text(node)) == node, text


def test_mutants_of_rules() -> None:
    assert each("rules", check_rule)
    parse.cache_clear()  # type: ignore[attr-defined]


# ---------- bytes

ZIPS = (zipped(small_parts()), zipped(small_parts(), 8))


def check_bytes(chance: random.Random) -> None:
    content = bytes_mutant(chance, chance.choice(ZIPS)) if chance.random() < 0.3 else workbook_mutant(chance)
    try:
        preflight(content)
    except Unreadable as error:
        assert error.code in SENTENCES


def test_mutants_before_the_pre_flight() -> None:
    assert each("bytes", check_bytes)


# ---------- files

Figures = Mapping[tuple[str, int, int], float]


def second_reading(content: bytes) -> Figures | None:
    """The numbers that openpyxl reads, NaN for those it has no word for; None where it can make nothing of a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book: Any = load_workbook(io.BytesIO(content), data_only=True)
            return dict(_numbers(book))
        except Exception:  # it refuses a whole workbook for one bad style; then there is no second opinion
            return None


def _numbers(book: Any) -> Iterator[tuple[tuple[str, int, int], float]]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                value: Any = cell.value
                if isinstance(value, date | time | timedelta):
                    value = to_excel(value)
                value = plain(value) if value is not None else None
                if cell.value == "#VALUE!":  # its word for a number that is no day, in a cell for days
                    value = math.nan
                if isinstance(value, float):
                    yield (nfc(sheet.title), cell.row - 1, cell.column - 1), float(value)


def figures_of_grid(grid: Grid) -> Figures:
    """Every number; of those shown as days only what can be one (for Excel February 1900 had 29 days)."""
    return {
        (name, row, col): value
        for name, rows in grid.rows.items()
        for row, values in enumerate(rows)
        for col, value in enumerate(values)
        if isinstance(value, float) and (not isinstance(value, Day) or value > 60)
    }


READ = {"accepted": 0, "compared": 0}


def check_file(chance: random.Random) -> None:
    content = workbook_mutant(chance)
    try:
        grid = read_grid(content)
    except Unreadable as error:
        assert error.code in SENTENCES
        return
    READ["accepted"] += 1
    second = second_reading(content)
    if second is None:
        return
    READ["compared"] += 1
    ours = figures_of_grid(grid)
    taken = {place: value for place, value in ours.items() if place not in second or not _same(value, second[place])}
    assert taken == {}, second
    lost = {place for place in second if place not in ours and grid.at(*place) is None and place not in grid.errors}
    assert lost == set()


def _same(one: float, other: float) -> bool:
    second = 1 / 86400 if isinstance(one, Day) else 0.0
    return math.isnan(other) or math.isclose(one, other, rel_tol=1e-12, abs_tol=second)


def test_mutants_of_whole_files() -> None:
    count = each("files", check_file)
    assert READ["accepted"] > count // 10 and READ["compared"] > count // 20, READ


def test_the_small_workbook_is_read_alike_by_both() -> None:
    content = zipped(small_parts())
    second = second_reading(content)
    assert second is not None and len(second) == 10
    assert figures_of_grid(read_grid(content)) == pytest.approx(second)
