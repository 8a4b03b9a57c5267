"""What the button "Giải trình" does: asks why a flagged figure is right and writes the answer into the workbook."""

from __future__ import annotations

from dataclasses import replace

from consolidator import deskwords as words
from consolidator.booknames import RESULTS
from consolidator.desk import MAX_ASKED, Desk, Obstacle, as_text
from consolidator.explaining import EXPLANATIONS, explained, line_for
from consolidator.finding import Finding, Severity
from consolidator.formula import TABLE
from consolidator.grid import Grid, Range
from consolidator.layout import address
from consolidator.marking import Examined, chosen_cell, understood
from consolidator.paper import shortened
from consolidator.submission import Submission, TableRow
from consolidator.wording import message_of

_ROOM = MAX_ASKED - len(words.EXPLAIN_ASK.format(message=""))
"""Characters of a finding's message that fit into the question; the whole of it stands in the note on the cell."""


def explain(desk: Desk) -> str:
    """Asks the clerk about the warning on the chosen cell and stores the answer. Raises Obstacle."""
    sheet, cell = chosen_cell(desk)
    grid = desk.grid()
    examined = understood(grid)
    finding = _flagged(examined, sheet, cell)
    columns = _columns(grid)
    message = message_of(finding, examined.submission.view.form)
    row, before = _row_for(grid, columns, finding, examined.submission)
    if len(before) > MAX_ASKED:
        desk.go(columns["text"].sheet, address(row, columns["text"].col))
        return words.EXPLAIN_LONG.format(cell=f"{sheet}!{cell}")
    answer = desk.ask(words.EXPLAIN_ASK.format(message=shortened(message, _ROOM)), words.TITLE, before)
    if answer is None or not answer.strip():
        return words.EXPLAIN_KEPT
    line = {**line_for(finding, message), "text": answer.strip()}
    target = desk.sheet(columns["text"].sheet)
    assert target is not None
    for column, text in line.items():
        target.range(address(row, columns[column].col)).value = as_text(text)
    return words.EXPLAINED.format(cell=f"{sheet}!{cell}")


def _flagged(examined: Examined, sheet: str, cell: str) -> Finding:
    """The finding to explain: the first of the cell that is no error, one without an explanation before others."""
    here = [one for one in examined.findings if (one.place.sheet, one.place.cell) == (sheet, cell)]
    weak = [one for one in here if one.severity is not Severity.ERROR and not one.code.startswith("explanation-")]
    if not weak:
        if here and here[0].severity is Severity.ERROR:
            text = message_of(here[0], examined.submission.view.form)
            raise Obstacle("error-not-explained", cell=f"{sheet}!{cell}", text=text)
        raise Obstacle("no-finding-here", cell=f"{sheet}!{cell}", results=RESULTS)
    return next((one for one in weak if not one.explanation), weak[0])


def _columns(grid: Grid) -> dict[str, Range]:
    """Where each column of the table of explanations stands."""
    head = f"{TABLE}{EXPLANATIONS}."
    found = {name.removeprefix(head): run for name, run in grid.ranges.items() if name.startswith(head)}
    if not found:
        raise Obstacle("no-table")
    return found


def _row_for(grid: Grid, columns: dict[str, Range], finding: Finding, submission: Submission) -> tuple[int, str]:
    """(row, what is written there): the row that already explains the finding, or else the first empty one."""
    key = columns["code"]
    empty = None
    for row in range(key.row, key.last_row + 1):
        cells = {name: str(grid.at(run.sheet, row, run.col) or "") for name, run in columns.items()}
        if _speaks_of(cells, finding, submission):
            return row, cells["text"]
        if empty is None and not any(cells.values()):
            empty = row
    if empty is None:
        raise Obstacle("table-full")
    return empty, ""


def _speaks_of(cells: dict[str, str], finding: Finding, submission: Submission) -> bool:
    """Whether a row is about a finding, as the engine will see it, whatever it says and for whichever figures."""
    row = TableRow(submission.unit, submission.unit_name, {**cells, "text": finding.code, "seen": ""})
    (answered,) = explained([finding], replace(submission, tables={EXPLANATIONS: [row]}))
    return answered.explanation == finding.code
