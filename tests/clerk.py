"""For tests of the add-in: a workbook open before a clerk, its cells by name, what the batch says of its file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlwings as xw

from consolidator.beneath import CODES
from consolidator.desk import Desk
from consolidator.examining import check_files
from consolidator.finding import Finding
from consolidator.form import Form, LevelForm
from consolidator.layout import Cell, layout_of
from consolidator.wording import message_of

Told = tuple[str, str, str, str, str, str, str]


def open_desk(excel: xw.App, content: bytes, path: Path) -> Desk:
    """Writes a workbook to a file and opens it."""
    path.write_bytes(content)
    return Desk(excel, excel.books.open(path))


def cell_of(desk: Desk, view: LevelForm, name: str) -> xw.Range:
    """The cell of a name in a workbook that stands as it was drawn."""
    return at(desk, layout_of(view).names[name])


def at(desk: Desk, place: Cell) -> xw.Range:
    return desk.book.sheets[place.sheet].range((place.row + 1, place.col + 1))


def told(findings: Iterable[Finding], form: Form) -> list[Told]:
    """What a clerk is told, in order, without the name of the file."""
    return [
        (f.code, f.severity, f.place.sheet, f.place.cell, f.place.ref, message_of(f, form), f.explanation)
        for f in findings
    ]


def told_by_batch(path: Path, form: Form) -> list[Told]:
    """What the batch says of a file, but for what lies beneath its cells: an open workbook is not asked for that."""
    (file,) = check_files([path])
    assert file.submission is not None, file.findings
    return told([finding for finding in file.findings if finding.code not in CODES], form)


def sheet_names(desk: Desk) -> list[str]:
    return [sheet.name for sheet in desk.book.sheets]
