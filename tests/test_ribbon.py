"""Clicks from end to end: the built add-in in LibreOffice, a callback of its ribbon, VBA, Python, xlwings, live cells.

Only `Runner` is a double, for the real one starts programs of Windows; tests/test_runner.py is about that one.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xlwings as xw

from consolidator.addinfile import PROJECT, build, module_sources, ribbon
from consolidator.booknames import FIXES, RESULTS
from consolidator.deskwords import BUTTONS, FIX_DONE
from tests import ribbonclick
from tests.unoapi import Said

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "workbooks" / "samples" / "LC-01-001.xlsx"
PATIENCE = 120
WRONG = "31 triệu"
"""A text that is certainly a number: taken and told, and something to tidy."""
NO_FIGURE = "nhiều"
"""A text that is none: an error."""

RUNNER = """Attribute VB_Name = "Runner"
Option Explicit

Public Sub RunPython(ByVal PythonCommand As String)
    ' Waits without holding LibreOffice still, or the process could not reach its cells.
    Dim Turn As Long
    Open "{folder}/command" For Output As #1
    Print #1, PythonCommand
    Close #1
    Shell "{folder}/click.sh", 0
    Do While Dir("{folder}/done") = "" And Turn < {turns}
        Wait 50
        Turn = Turn + 1
    Loop
End Sub
"""


class Ribbon:
    """The ribbon of the add-in over one open workbook."""

    def __init__(self, excel: xw.App, folder: Path) -> None:
        self.excel, self.folder = excel, folder
        (folder / ribbonclick.PIPE).write_text(excel.impl.office.pipe, "ascii")
        script, (python, here, log, done) = (
            folder / "click.sh",
            map(
                shlex.quote,
                (sys.executable, str(folder), str(folder / ribbonclick.LOG), str(folder / ribbonclick.DONE)),
            ),
        )
        own = shlex.quote(str(folder / "profile"))
        script.write_text(
            f"#!/bin/sh\ncd {shlex.quote(str(ROOT))}\nunset LOCALAPPDATA\nexport XDG_DATA_HOME={own} PYTHONUTF8=1\n"
            f"{python} -B -m tests.ribbonclick {here} >{log} 2>&1\ntouch {done}\n"
        )
        script.chmod(0o700)
        runner = RUNNER.format(folder=folder, turns=PATIENCE * 20)
        (folder / "congdoan.xlam").write_bytes(build({"Runner": runner}))
        self.modules = excel.impl.office.call("open_addin", url=(folder / "congdoan.xlam").as_uri())

    def click(self, button: str, *answers: Any) -> list[Said]:
        """Presses a button, called by its function, and gives answers to its questions; what was shown."""
        for name in (ribbonclick.SAID, ribbonclick.DONE, ribbonclick.COMMAND):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / ribbonclick.ANSWERS).write_text(json.dumps(answers), "utf-8")
        self.excel.impl.office.call("run_macro", macro=f"{PROJECT}.Callbacks.{callbacks()[button]}")
        log = self.folder / ribbonclick.LOG
        assert (self.folder / ribbonclick.SAID).exists(), log.read_text("utf-8") if log.exists() else "nothing ran"
        return [Said(*said) for said in json.loads((self.folder / ribbonclick.SAID).read_text("utf-8"))]


@pytest.fixture
def panel(live_excel: xw.App, tmp_path: Path) -> Iterator[Ribbon]:
    """The ribbon, and in front a report of the sample in which two figures are texts."""
    book = live_excel.books.open(shutil.copy(SAMPLE, tmp_path / "báo cáo.xlsx"))
    cell_in(book, "PL01", "E7").value = WRONG
    cell_in(book, "PL01", "E8").value = NO_FIGURE
    yield Ribbon(live_excel, tmp_path)
    live_excel.impl.office.call("close_addin")


def cell_in(book: xw.Book, sheet: str, cell: str) -> xw.Range:
    return book.sheets[sheet].range(cell)


def callbacks() -> dict[str, str]:
    """Every callback of the ribbon by the function that it runs."""
    line = r"Sub (\w+)\(.*\n\s*RunPython \"import consolidator\.addin; consolidator\.addin\.(\w+)\(\)\""
    subs = dict(re.findall(line, module_sources()["Callbacks"]))
    named = [found for one in ElementTree.fromstring(ribbon()).iter() if (found := one.get("onAction"))]
    return {subs[sub]: sub for sub in named}


def looks_of(book: xw.Book) -> dict[tuple[str, str], tuple[object, object, object]]:
    """Colour, note and contents of the cells that the test looks after."""
    cells = [(sheet, f"{col}{row}") for sheet in ("PL01", "Bìa") for col in "CE" for row in range(7, 14)]
    found = ((place, cell_in(book, *place)) for place in cells)
    return {place: (cell.color, cell.note.text if cell.note else None, cell.formula) for place, cell in found}


def test_every_button_has_a_callback() -> None:
    assert callbacks().keys() == BUTTONS.keys()


@pytest.mark.parametrize("button", BUTTONS)
def test_every_callback_reaches_its_function(panel: Ribbon, button: str) -> None:
    said = panel.click(button, *[None] * 3)
    assert said, "each button says something, be it that there is nothing to say any more"
    log = (panel.folder / "profile" / "congdoan" / "congdoan.log").read_text("utf-8")
    assert "Traceback" not in log
    assert f" {button} done" in log or f" {button} refused" in log


def test_check_marks_and_clear_gives_back(panel: Ribbon) -> None:
    book = panel.excel.books.active
    before, names = looks_of(book), [sheet.name for sheet in book.sheets]
    panel.click("check")
    assert RESULTS in [sheet.name for sheet in book.sheets]
    wrong = cell_in(book, "PL01", "E8")
    assert wrong.color != before["PL01", "E8"][0]
    assert "not-a-number" in wrong.note.text and "read-as" in cell_in(book, "PL01", "E7").note.text
    assert (panel.excel.selection.sheet.name, panel.excel.selection.address) == ("PL01", "$E$8")
    assert book.sheets["PL01"].api.ProtectContents
    panel.click("next_error")
    there = (panel.excel.selection.sheet.name, panel.excel.selection.address)
    assert there != ("PL01", "$E$8")
    panel.click("previous_error")
    assert (panel.excel.selection.sheet.name, panel.excel.selection.address) == ("PL01", "$E$8")
    panel.click("clear_marks")
    assert (looks_of(book), [sheet.name for sheet in book.sheets]) == (before, names)


def test_an_explanation_is_stored(panel: Ribbon) -> None:
    book = panel.excel.books.active
    panel.click("check")
    listed = book.sheets[RESULTS].used_range.value
    row = next(number for number, line in enumerate(listed, start=1) if line[6] == "TL010")
    book.sheets[RESULTS].activate()
    book.sheets[RESULTS].range((row, 1)).select()
    said = panel.click("explain", "Số liệu chốt sớm")
    assert "input" in [one.how for one in said], said
    stored = [cell for line in book.sheets["Giải trình"].used_range.value for cell in line]
    assert "Số liệu chốt sớm" in stored


def test_fixes_are_applied_and_taken_back(panel: Ribbon) -> None:
    book = panel.excel.books.active
    wrong = cell_in(book, "PL01", "E7")
    panel.click("normalise")
    assert wrong.value == WRONG
    panel.click("apply_fixes")
    assert wrong.value == 31_000_000
    states = [cell for row in book.sheets[FIXES].used_range.value for cell in row]
    assert FIX_DONE in states
    panel.click("undo_fixes")
    assert wrong.value == WRONG


def test_submit_refuses_errors_and_then_saves(panel: Ribbon) -> None:
    book, out = panel.excel.books.active, panel.folder / "nơi nộp"
    out.mkdir()
    stored = Path(book.fullname).read_bytes()
    panel.click("submit", str(out))
    assert not list(out.iterdir())
    cell_in(book, "PL01", "E8").clear_contents()
    said = panel.click("submit", str(out))
    (copy,) = out.iterdir()
    assert copy.suffix == ".xlsx"
    assert any(str(copy) in str(one.text) for one in said)
    assert Path(book.fullname).read_bytes() == stored
    assert panel.excel.books.active == book
