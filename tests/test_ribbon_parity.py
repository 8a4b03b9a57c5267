"""One check, two doors: what the ribbon finds in an open workbook is what `consolidator check` finds in its file.

Texts that are certainly figures are taken by both, and told by both (`read-as`). What stands beneath the cells of a
file (`beneath.CODES`: formulas, hidden rows, merged cells …) is told of files alone.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
import xlwings as xw

from consolidator.beneath import CODES
from consolidator.desk import Desk
from consolidator.examining import check_files
from consolidator.finding import Finding
from consolidator.form import LevelForm
from consolidator.grid import read_grid
from consolidator.layout import layout_of
from consolidator.marking import examine
from consolidator.rulebook import load
from tests.extent import some

WORKBOOKS = Path(__file__).parent.parent / "workbooks"
BLANK = sorted((WORKBOOKS / "blank").glob("*.xlsx"))
FILLED = sorted((WORKBOOKS / "samples").glob("LC*.xlsx"))
MISTAKES = (-5, 1e12, 0.5, 7, 0, "31 triệu", "'1.234", "không", datetime(2023, 11, 11), "=1/0", "=NA()", "=2+3", True)
"""What clerks leave in cells, by hand or by copying."""


def told(findings: Iterable[Finding]) -> list[tuple[object, ...]]:
    """Findings without the name of the file, which only one of the doors knows."""
    found = ((f.code, f.severity, f.place.sheet, f.place.cell, f.place.ref, sorted(f.facts.items())) for f in findings)
    return sorted(found, key=repr)


def both(book: xw.Book, path: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the ribbon finds in an open workbook, and what the command finds in a file."""
    (file,) = check_files([path])
    seen = [finding for finding in file.findings if finding.code not in CODES]
    return told(examine(Desk(book.app, book)).findings), told(seen)


@pytest.mark.parametrize("path", some([*BLANK, *FILLED], 4), ids=lambda path: path.stem)
def test_a_workbook_as_it_was_sent(live_excel: xw.App, tmp_path: Path, path: Path) -> None:
    ribbon, command = both(live_excel.books.open(shutil.copy(path, tmp_path)), path)
    assert ribbon == command


@pytest.mark.parametrize("path", some([*BLANK, *FILLED], 5), ids=lambda path: path.stem)
def test_a_workbook_full_of_mistakes(live_excel: xw.App, tmp_path: Path, path: Path) -> None:
    book = live_excel.books.open(shutil.copy(path, tmp_path))
    spoil(book, view_of(path), random.Random(path.stem))
    book.api.SaveCopyAs(str(tmp_path / "bản.xlsx"))
    ribbon, command = both(book, tmp_path / "bản.xlsx")
    assert ribbon == command
    codes = {finding[0] for finding in ribbon}
    assert len(codes) > 5 and "read-as" in codes, codes


def view_of(path: Path) -> LevelForm:
    rows = read_grid(path.read_bytes()).rows["_meta"]
    meta = {row[0]: row[1] for row in rows if len(row) > 1}
    return load(str(meta["meta.form"])).at(str(meta["meta.level"]))


def spoil(book: xw.Book, view: LevelForm, chance: random.Random) -> None:
    """Types each mistake into a few figures."""
    names = layout_of(view).names
    places = [names[figure.ref] for figure in view.figures if figure.derived is None and figure.ref in names]
    for place, mistake in zip(chance.sample(places, min(len(places), 3 * len(MISTAKES))), MISTAKES * 3, strict=False):
        book.sheets[place.sheet].range((place.row + 1, place.col + 1)).value = mistake
