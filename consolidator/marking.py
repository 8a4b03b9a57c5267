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
from consolidator.checking import all_findings
from consolidator.desk import Desk, Obstacle, dress, link_formula, read_block, rgb, write_block
from consolidator.finding import NOWHERE, Finding, Severity
from consolidator.grid import Grid, Unreadable
from consolidator.layout import RESULTS, column_letters
from consolidator.palette import DOUBT, FINE, WRONG
from consolidator.reading import read_submission
from consolidator.submission import Submission
from consolidator.wording import SEVERITY_WORDS, message_of, sentence_of, tell

COLOURS = {Severity.ERROR: WRONG, Severity.WARNING: DOUBT, Severity.INFO: FINE}
MAX_MARKED = 300
"""Cells that are coloured and noted: past these a clerk works from the list, and each costs calls to Excel."""
NOTE_LENGTH = 900
FIRST_ROW = 6
_WIDTHS = (10, 12, 8, 56, 48, 30, 12)
_LEVEL, _SHEET, _CELL, _WHAT, _FIX, _SAID, _CODE, _REF, _SEEN, _AT, _COLOUR, _NOTE, _MARKED = range(13)
"""Columns of the sheet of results; those from `_REF` on are hidden: they are for coming back."""


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
    (findings,) = all_findings([submission], [found])
    return Examined(submission, findings)


def show(desk: Desk, examined: Examined, when: datetime) -> str:
    """Lists the findings, marks their cells, goes to the first; the sentence for the status bar."""
    desk.prove_sheets_can_be_added()
    with desk.still():
        clear(desk)
        kept, locked = _mark(desk, examined)
        _list(desk, examined, kept, when)
    places, shown = (finding.place for finding in examined.findings), desk.shown_sheets()
    first = next((place for place in places if place.cell and place.sheet in shown), None)
    if first is not None:
        desk.go(first.sheet, first.cell)
    return _verdict(desk, examined, len(kept), locked)


def clear(desk: Desk) -> bool:
    """Takes every mark away again and gives the cells back what they had; whether there was anything to clear."""
    sheet = desk.sheet(RESULTS)
    if sheet is None:
        return False
    marks: dict[str, list[list[Any]]] = {}
    for row in read_block(sheet, FIRST_ROW, _MARKED + 1):
        if row[_MARKED] and row[_SHEET]:
            marks.setdefault(str(row[_SHEET]), []).append(row)
    for name, rows in marks.items():
        target = desk.sheet(name)
        if target is None:
            continue
        with desk.opened(target):
            for row in rows:
                _restore(target.range(str(row[_AT])), str(row[_COLOUR] or ""), str(row[_NOTE] or ""))
    desk.drop_sheet(RESULTS)
    return True


def step(desk: Desk, forward: bool) -> str:
    """Goes to the next or the previous finding with a cell, round and round; what it says. Raises Obstacle."""
    sheet = desk.sheet(RESULTS)
    if sheet is None:
        raise Obstacle("not-checked")
    shown = desk.shown_sheets()
    rows = [row for row in read_block(sheet, FIRST_ROW, _MARKED + 1) if row[_AT] and row[_SHEET] in shown]
    if not rows:
        return words.RESULT_HINTS["clean"]
    here = [(str(row[_SHEET]), str(row[_AT])) for row in rows]
    stops = list(dict.fromkeys(here))
    name, row_at, col_at = desk.place()
    current = (name, address(row_at, col_at))
    if current in stops:
        index = (stops.index(current) + (1 if forward else -1)) % len(stops)
    else:
        index = 0 if forward else len(stops) - 1
    desk.go(*stops[index])
    told = rows[here.index(stops[index])]
    return f"{index + 1}/{len(stops)} – {told[_LEVEL]} {told[_CODE]}: {told[_WHAT]} {told[_FIX] or ''}".strip()


def chosen_cell(desk: Desk) -> tuple[str, str]:
    """(sheet, cell) that a clerk means: where he stands, or what the line of results he stands on is about."""
    name, row, col = desk.place()
    if name == RESULTS:
        sheet = desk.sheet(RESULTS)
        lines = read_block(sheet, FIRST_ROW, _MARKED + 1)
        index = row + 1 - FIRST_ROW
        if 0 <= index < len(lines) and lines[index][_AT]:
            return str(lines[index][_SHEET]), str(lines[index][_AT])
    return name, address(row, col)


def address(row: int, col: int) -> str:
    """Address of a cell within its sheet by 0-based row and column."""
    return column_letters(col) + str(row + 1)


def _mark(desk: Desk, examined: Examined) -> tuple[dict[tuple[str, str], tuple[str, str]], list[str]]:
    """Colours and notes the cells of findings, the gravest first.

    Returns what each had before (colour, note), and the sheets that a password keeps shut.
    """
    form = examined.submission.view.form
    by_cell: dict[tuple[str, str], list[Finding]] = {}
    for finding in examined.findings:
        if finding.place.cell:
            by_cell.setdefault((finding.place.sheet, finding.place.cell), []).append(finding)
    chosen = dict(list(by_cell.items())[:MAX_MARKED])
    kept: dict[tuple[str, str], tuple[str, str]] = {}
    locked: list[str] = []
    for name in dict.fromkeys(sheet for sheet, _ in chosen):
        target = desk.sheet(name)
        if target is None:
            continue
        try:
            with desk.opened(target):
                for (sheet, cell), findings in chosen.items():
                    if sheet == name:
                        told = [f"{SEVERITY_WORDS[f.severity]} {f.code}: {message_of(f, form)}" for f in findings]
                        kept[sheet, cell] = _put_mark(target.range(cell), findings[0].severity, "\n".join(told))
        except Obstacle:
            locked.append(name)
    return kept, locked


def _put_mark(cell: Any, severity: Severity, text: str) -> tuple[str, str]:
    colour, note = cell.color, cell.note
    before = ("" if colour is None else ",".join(str(int(part)) for part in colour), note.text if note else "")
    cell.color = rgb(COLOURS[severity])
    if note:
        note.delete()
    told = text if not before[1] else f"{text}\n——\n{before[1]}"
    cell.add_note(told[:NOTE_LENGTH])
    return before


def _restore(cell: Any, colour: str, note: str) -> None:
    ours = {rgb(mark) for mark in COLOURS.values()}
    if cell.color in ours:  # a colour that somebody chose since then is not ours to take away
        cell.color = tuple(int(part) for part in colour.split(",")) if colour else None
    if cell.note:
        cell.note.delete()
    if note:
        cell.add_note(note)


def _list(desk: Desk, examined: Examined, kept: dict[tuple[str, str], tuple[str, str]], when: datetime) -> None:
    form, submission = examined.submission.view.form, examined.submission
    lines: list[list[object]] = []
    listed: set[tuple[str, str]] = set()
    for finding in examined.findings:
        place, (what, fix) = finding.place, sentence_of(finding, form)
        key = (place.sheet, place.cell)
        colour, note, marked = (*kept[key], "x") if key in kept and key not in listed else ("", "", "")
        listed.add(key)
        severity = SEVERITY_WORDS[finding.severity]
        shown = [severity, place.sheet, place.cell, what, fix, finding.explanation, finding.code]
        seen = finding.facts.get("values", "")
        lines.append([*shown, place.ref, seen, place.cell, colour, note, marked])
    sheet = desk.fresh_sheet(RESULTS)
    whose = f"{submission.unit_name} – {form.period.label} – {form.name}"
    verdict = f"{words.RESULT.format(**examined.counts())} (lúc {when:%H:%M %d/%m/%Y})"
    write_block(sheet, 1, [[words.RESULTS_TITLE], [whose], [verdict], [words.RESULTS_BACK]])
    write_block(sheet, FIRST_ROW - 1, [[*words.RESULT_HEADS, *[""] * (_MARKED - _CODE)]])
    write_block(sheet, FIRST_ROW, lines)
    links = [[link_formula(str(line[_SHEET]), str(line[_CELL]))] for line in lines]
    if links:
        area = sheet.range((FIRST_ROW, _CELL + 1), (FIRST_ROW + len(links) - 1, _CELL + 1))
        area.value = links
    _dress(sheet, examined.findings)


def _dress(sheet: Any, findings: Sequence[Finding]) -> None:
    """Colours the list: one call for each run of a severity."""
    dress(sheet, _WIDTHS, _MARKED + 1, FIRST_ROW - 1, FIRST_ROW + len(findings))
    sheet.range((3, 1)).font.bold = True
    if not findings:
        return
    sheet.range((FIRST_ROW, _WHAT + 1), (FIRST_ROW + len(findings) - 1, _SAID + 1)).wrap_text = True
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
    if len({(f.place.sheet, f.place.cell) for f in examined.findings if f.place.cell}) > MAX_MARKED:
        parts.append(words.NOT_MARKED.format(marked=marked, results=RESULTS))
    if locked:
        parts.append(words.LOCKED.format(sheets=", ".join(locked), results=RESULTS))
    if desk.book.api.ReadOnly:
        parts.append(words.READ_ONLY)
    return " ".join(parts)
