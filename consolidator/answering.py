"""What the button "Giải trình" does: asks why a flagged figure is right and writes the answer into the workbook."""

from __future__ import annotations

from consolidator import deskwords as words
from consolidator.desk import Desk, Obstacle, as_text
from consolidator.explaining import EXPLANATIONS, line_for
from consolidator.finding import Finding, Severity
from consolidator.formula import TABLE
from consolidator.grid import Grid, Range
from consolidator.layout import RESULTS
from consolidator.marking import Examined, address, chosen_cell, examine
from consolidator.wording import message_of

SHOWN_MESSAGE = 600
"""Characters of a finding's message in the question; Excel's box takes about a thousand."""


def explain(desk: Desk) -> str:
    """Asks the clerk about the warning on the chosen cell and stores the answer. Raises Obstacle."""
    sheet, cell = chosen_cell(desk)
    examined = examine(desk)
    finding = _flagged(examined, sheet, cell)
    grid = desk.grid()
    columns = _columns(grid)
    message = message_of(finding, examined.submission.view.form)
    row, before = _row_for(grid, columns, finding)
    answer = desk.ask(words.EXPLAIN_ASK.format(message=message[:SHOWN_MESSAGE]), words.TITLE, before)
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


def _row_for(grid: Grid, columns: dict[str, Range], finding: Finding) -> tuple[int, str]:
    """(row, what is written there): the row that already explains the finding, or else the first empty one."""
    wanted = line_for(finding, "")
    key = columns["code"]
    empty = None
    for row in range(key.row, key.last_row + 1):
        cells = {name: str(grid.at(run.sheet, row, run.col) or "") for name, run in columns.items()}
        if all(cells[name] == wanted[name] for name in ("code", "place", "ref")):
            return row, cells["text"]
        if empty is None and not any(cells.values()):
            empty = row
    if empty is None:
        raise Obstacle("table-full")
    return empty, ""
