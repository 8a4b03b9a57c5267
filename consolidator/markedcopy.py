"""A report drawn afresh with what was found marked in it: coloured cells, notes, the sheet of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from consolidator import deskwords as words
from consolidator.authoring import draw, seal
from consolidator.booknames import LINES_DIGEST, RESULTS, SUMMARY
from consolidator.content import Content, whose_words
from consolidator.finding import Finding, Severity, by_weight
from consolidator.form import Form
from consolidator.formula import TABLE
from consolidator.layout import Cell, Layout, Value, layout_of, quoted
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.resultsheet import (
    AT,
    CELL,
    COLOUR,
    FIRST_ROW,
    FIX,
    LEVEL,
    MARKED,
    REF,
    SHEET,
    WHAT,
    WIDTHS,
    lines_of,
    looks_beside,
    note_of,
    rgb_words,
)
from consolidator.submission import Submission
from consolidator.summarising import digest_list, draw_summary
from consolidator.wording import PROVISIONAL

MARKS = {Severity.ERROR: "wrong", Severity.WARNING: "doubt", Severity.INFO: "fine"}


def marked_copy(submission: Submission, cover: Mapping[str, Value], findings: Sequence[Finding], form: Form) -> bytes:
    """The workbook of what a unit entered, with findings marked where they now stand; it opens at their list.

    `form` is that of the batch, whose rules speak. The order of the findings stays but for their severity. The copy is
    a report like any other: corrected and sent back, it is read.
    """
    plan, rows = layout_of(submission.view), _row_of_cell(submission)
    placed: list[Finding] = []
    by_cell: dict[Cell, list[Finding]] = {}
    for finding in sorted(findings, key=by_weight):
        cell = _cell_of(finding, plan, rows)
        sheet, address = (cell.sheet, cell.a1) if cell else (finding.place.sheet, "")
        placed.append(replace(finding, place=replace(finding.place, sheet=sheet, cell=address)))
        if cell:
            by_cell.setdefault(cell, []).append(placed[-1])
    marks = {cell: (MARKS[found[0].severity], note_of(found, form)) for cell, found in by_cell.items()}
    notice = str(submission.meta.get("meta.notice") or "")
    pen = Pen(PROVISIONAL if PROVISIONAL in notice else "", marks)
    content, children = Content(submission, cover), ""
    if submission.is_summary:
        digests, proof = (str(submission.meta.get(key) or "") for key in ("meta.digests", LINES_DIGEST))
        content = replace(content, document=SUMMARY, notice=notice, digests=digests, lines_digest=proof)
        content = draw_summary(pen, content)
        children = digest_list(submission)
    else:
        draw(pen, submission.view, content)
    _results(pen, placed, form, whose_words(cover))
    seal(pen, submission.view, content, children)
    pen.open_at(RESULTS)
    return pen.finish()


def _row_of_cell(submission: Submission) -> dict[tuple[str, str], tuple[str, int]]:
    """Which row of which table (its name, 0-based) stands at a cell of the unit's own file."""
    found = {}
    for name, place in submission.cells.items():
        table, mark, row = name.partition("#")
        if mark and table.startswith(TABLE):
            found[place] = table, int(row)
    return found


def _cell_of(finding: Finding, plan: Layout, rows: Mapping[tuple[str, str], tuple[str, int]]) -> Cell | None:
    """Where what a finding speaks of stands in the fresh copy; None where it has no cell there."""
    row = rows.get((finding.place.sheet, finding.place.cell))
    if row is None:
        return plan.names.get(finding.place.ref)
    table = next(one for one in plan.tables if TABLE + one.table.id == row[0])
    return table.cell(row[1], table.table.key)


def _results(pen: Pen, findings: Sequence[Finding], form: Form, whose: str) -> None:
    """The sheet of results, as the button "Kiểm tra" makes it, so that the other buttons work on the copy."""
    sheet, first = pen.sheet(RESULTS, "C55A11"), FIRST_ROW - 1
    set_widths(sheet, WIDTHS)
    sheet.set_column(REF, MARKED, 2, None, {"hidden": True})
    counts = {f"{one.name.lower()}s": sum(found.severity is one for found in findings) for one in Severity}
    pen.title(Cell(RESULTS, 0, 0), FIX, words.RESULTS_TITLE)
    for row, text in enumerate((whose, words.RESULT.format(**counts), words.RESULTS_BACK), 1):
        pen.write(Cell(RESULTS, row, 0), text, pen.style("subtitle"))
    for col, word in enumerate(words.RESULT_HEADS):
        pen.write(Cell(RESULTS, first - 1, col), word, pen.style("head"))
    looks = {(cell.sheet, cell.a1): (rgb_words(colour), "") for cell, colour in pen.covered.items()}
    beside = looks_beside(findings, looks)
    for row, (finding, line) in enumerate(zip(findings, lines_of(findings, form), strict=True), first):
        for col, text in enumerate(line):
            pen.write(Cell(RESULTS, row, col), text, pen.style("top"))
        pen.write(Cell(RESULTS, row, LEVEL), line[LEVEL], pen.style("top", colour=MARKS[finding.severity]))
        if line[AT]:
            pen.link(Cell(RESULTS, row, CELL), f"#{quoted(line[SHEET])}!{line[CELL]}", line[CELL])
        for col, text in enumerate(beside[row - first], COLOUR):
            pen.write(Cell(RESULTS, row, col), text, pen.style("top"))
        sheet.set_row(row, max(height_of(line[col], int(WIDTHS[col])) for col in (WHAT, FIX)))
    pen.landscape(sheet, first, first - 1)
    sheet.print_area(0, 0, first + max(len(findings), 1) - 1, REF - 1)
