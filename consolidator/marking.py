"""What the button "Kiểm tra" does to an open workbook: findings on a sheet, marks on cells, and all of it undone.

What stood in a marked cell before, colour and note, is kept on the sheet of results, so that it comes back even
when the workbook was saved, closed and opened in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consolidator import deskwords as words
from consolidator.booknames import RESULTS
from consolidator.checking import all_findings, alone
from consolidator.desk import Desk, Obstacle, dress, link_formula, read_block, rgb, write_block
from consolidator.finding import NOWHERE, Finding, Severity
from consolidator.grid import Grid, Unreadable
from consolidator.layout import address
from consolidator.reading import read_submission
from consolidator.resultsheet import (
    AT,
    CELL,
    CODE,
    COLOUR,
    COLOURS,
    FIRST_ROW,
    FIX,
    LEVEL,
    MARKED,
    NOTE,
    SAID,
    SHEET,
    WHAT,
    WIDTHS,
    At,
    by_cell,
    lines_of,
    looks_beside,
    note_of,
)
from consolidator.submission import Submission
from consolidator.wording import message_of, tell

MAX_MARKED = 300
"""Cells that are coloured and noted: past these a clerk works from the list, and each costs calls to Excel."""
Look = tuple[str, str]
"""Colour and note of a cell, "" where there is none."""


@dataclass(frozen=True)
class Examined:
    """An open workbook as the engine sees it."""

    submission: Submission
    findings: list[Finding]

    def counts(self) -> dict[str, int]:
        """How many errors, warnings and remarks."""
        found = Counter(finding.severity for finding in self.findings)
        return {"errors": found[Severity.ERROR], "warnings": found[Severity.WARNING], "infos": found[Severity.INFO]}


def examine(desk: Desk) -> Examined:
    """Reads and checks an open workbook just as the batch does its file. Raises Obstacle for one that is not ours."""
    return understood(desk.grid())


def understood(grid: Grid) -> Examined:
    """What the engine makes of a grid, from open cells or from a file. Raises Obstacle for one that is not ours."""
    try:
        submission, found = read_submission(grid)
    except Unreadable as error:
        raise Obstacle("unreadable", text=message_of(tell(error.code, NOWHERE, **error.facts))) from error
    (findings,) = all_findings([submission], [[*found, *alone(submission)]])
    return Examined(submission, findings)


def show(desk: Desk, examined: Examined, when: datetime) -> str:
    """Lists the findings, marks their cells, goes to the first; the sentence for the status bar."""
    desk.prove_sheets_can_be_added()
    with desk.still():
        clear(desk)
        sheet = _list(desk, examined, when)
        marked, locked = _mark(desk, examined, sheet)
        _dress(sheet, examined.findings)
    places, shown = (finding.place for finding in examined.findings), desk.shown_sheets()
    first = next((place for place in places if place.cell and place.sheet in shown), None)
    if first is not None:
        desk.go(first.sheet, first.cell)
    return _verdict(desk, examined, marked, locked)


def clear(desk: Desk) -> bool:
    """Takes every mark away again and gives the cells back what they had; whether there was anything to clear."""
    sheet = desk.sheet(RESULTS)
    if sheet is None:
        return False
    marks: dict[str, list[list[Any]]] = {}
    for row in read_block(sheet, FIRST_ROW, MARKED + 1):
        if row[MARKED] and row[SHEET]:
            marks.setdefault(str(row[SHEET]), []).append(row)
    for name, rows in marks.items():
        target = desk.sheet(name)
        if target is None:
            continue
        with desk.opened(target):
            for row in rows:
                _restore(target.range(str(row[AT])), str(row[COLOUR] or ""), str(row[NOTE] or ""))
    desk.drop_sheet(RESULTS)
    return True


def step(desk: Desk, forward: bool) -> str:
    """Goes to the next or the previous finding with a cell, round and round; what it says. Raises Obstacle."""
    sheet = desk.sheet(RESULTS)
    if sheet is None:
        raise Obstacle("not-checked")
    shown = desk.shown_sheets()
    rows = [row for row in read_block(sheet, FIRST_ROW, MARKED + 1) if row[AT] and row[SHEET] in shown]
    if not rows:
        return words.RESULT_HINTS["clean"]
    here = [(str(row[SHEET]), str(row[AT])) for row in rows]
    stops = list(dict.fromkeys(here))
    name, row_at, col_at = desk.place()
    current = (name, address(row_at, col_at))
    if current in stops:
        index = (stops.index(current) + (1 if forward else -1)) % len(stops)
    else:
        index = 0 if forward else len(stops) - 1
    desk.go(*stops[index])
    told = rows[here.index(stops[index])]
    return f"{index + 1}/{len(stops)} – {told[LEVEL]} {told[CODE]}: {told[WHAT]} {told[FIX] or ''}".strip()


def chosen_cell(desk: Desk) -> tuple[str, str]:
    """(sheet, cell) that a clerk means: where he stands, or what the line of results he stands on is about."""
    name, row, col = desk.place()
    if name == RESULTS:
        sheet = desk.sheet(RESULTS)
        lines = read_block(sheet, FIRST_ROW, MARKED + 1)
        index = row + 1 - FIRST_ROW
        if 0 <= index < len(lines) and lines[index][AT]:
            return str(lines[index][SHEET]), str(lines[index][AT])
    return name, address(row, col)


def _mark(desk: Desk, examined: Examined, results: Any) -> tuple[int, list[str]]:
    """Colours and notes the cells of findings, the gravest first.

    Returns how many, and the sheets that a password keeps shut. What cells look like is kept on the sheet of results
    before they are touched: whatever fails then, Excel itself included, no mark is without the way back.
    """
    form = examined.submission.view.form
    chosen = dict(list(by_cell(examined.findings).items())[:MAX_MARKED])
    kept: dict[At, Look] = {}
    locked: list[str] = []
    for name in dict.fromkeys(sheet for sheet, _ in chosen):
        target = desk.sheet(name)
        if target is None:
            continue
        try:
            with desk.opened(target):
                cells = {place: target.range(place[1]) for place in chosen if place[0] == name}
                kept |= {place: _look(cell) for place, cell in cells.items()}
                write_block(results, FIRST_ROW, looks_beside(examined.findings, kept), COLOUR + 1)
                for place, cell in cells.items():
                    _put_mark(cell, chosen[place][0].severity, note_of(chosen[place], form, kept[place][1]))
        except Obstacle:
            locked.append(name)
    return len(kept), locked


def _look(cell: Any) -> Look:
    colour, note = cell.color, cell.note
    return "" if colour is None else ",".join(str(int(part)) for part in colour), note.text if note else ""


def _put_mark(cell: Any, severity: Severity, note: str) -> None:
    cell.color = rgb(COLOURS[severity])
    if standing := cell.note:
        standing.delete()
    cell.add_note(note)


def _restore(cell: Any, colour: str, note: str) -> None:
    ours = {rgb(mark) for mark in COLOURS.values()}
    if cell.color in ours:  # a colour that somebody chose since then is not ours to take away
        cell.color = tuple(int(part) for part in colour.split(",")) if colour else None
    standing = cell.note
    if (standing.text if standing else "") == note:  # where marking failed before this cell was reached
        return
    if standing:
        standing.delete()
    if note:
        cell.add_note(note)


def _list(desk: Desk, examined: Examined, when: datetime) -> Any:
    """Writes the findings on a fresh sheet of results; the sheet."""
    form, submission = examined.submission.view.form, examined.submission
    lines = list(lines_of(examined.findings, form))
    sheet = desk.fresh_sheet(RESULTS)
    whose = f"{submission.unit_name} – {form.period.label} – {form.name}"
    verdict = f"{words.RESULT.format(**examined.counts())} (lúc {when:%H:%M %d/%m/%Y})"
    write_block(sheet, 1, [[words.RESULTS_TITLE], [whose], [verdict], [words.RESULTS_BACK]])
    write_block(sheet, FIRST_ROW - 1, [[*words.RESULT_HEADS, *[""] * (MARKED - CODE)]])
    write_block(sheet, FIRST_ROW, lines)
    links = [[link_formula(line[SHEET], line[CELL])] for line in lines]
    if links:
        area = sheet.range((FIRST_ROW, CELL + 1), (FIRST_ROW + len(links) - 1, CELL + 1))
        area.value = links
    return sheet


def _dress(sheet: Any, findings: Sequence[Finding]) -> None:
    """Colours the list: one call for each run of a severity."""
    dress(sheet, WIDTHS, MARKED + 1, FIRST_ROW - 1, FIRST_ROW + len(findings))
    sheet.range((3, 1)).font.bold = True
    if not findings:
        return
    sheet.range((FIRST_ROW, WHAT + 1), (FIRST_ROW + len(findings) - 1, SAID + 1)).wrap_text = True
    row = FIRST_ROW
    for severity in Severity:
        count = sum(finding.severity is severity for finding in findings)
        if count:
            sheet.range((row, 1), (row + count - 1, 1)).color = rgb(COLOURS[severity])
        row += count


def _verdict(desk: Desk, examined: Examined, marked: int, locked: Sequence[str]) -> str:
    counts = examined.counts()
    hint = "errors" if counts["errors"] else "warnings" if counts["warnings"] else "clean"
    parts = [words.RESULT.format(**counts) + ".", words.RESULT_HINTS[hint]]
    if len(by_cell(examined.findings)) > MAX_MARKED:
        parts.append(words.NOT_MARKED.format(marked=marked, results=RESULTS))
    if locked:
        parts.append(words.LOCKED.format(sheets=", ".join(locked), results=RESULTS))
    if desk.book.api.ReadOnly:
        parts.append(words.READ_ONLY)
    return " ".join(parts)
