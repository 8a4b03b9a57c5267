"""The report of a batch, on one page: what was found where, who is missing, what changed, what balances, what to do."""

from __future__ import annotations

from pathlib import Path

from consolidator.booknames import META, REPORT
from consolidator.layout import Cell
from consolidator.outcome import Outcome
from consolidator.pen import Pen
from consolidator.reportcharts import draw_behind
from consolidator.reportdigest import Digest
from consolidator.reportledger import draw_ledger
from consolidator.reportoverview import draw_overview
from consolidator.reportpages import draw_page
from consolidator.reportprint import draw_printed
from consolidator.reporttables import pages


def report_workbook(outcome: Outcome, report_path: Path) -> bytes:
    """The report of a batch as a workbook; its links hold for a report that lies at `report_path`."""
    digest, pen = Digest(outcome, report_path.parent), Pen()
    pen.style("link").set_text_wrap()  # File names are long, and the palette's link stands on one line.
    draw_overview(pen, digest)
    for page in pages(digest):
        draw_page(pen, page)
    draw_ledger(pen, digest)
    if outcome.expected:
        draw_printed(pen, digest)
    draw_behind(pen, digest)
    seal_report(pen)
    return pen.finish()


def seal_report(pen: Pen) -> None:
    """Says in a hidden cell what the workbook is, so that nobody takes it for a report of a unit."""
    cell = Cell(META, 0, 0)
    pen.sheet(META, hidden=True)
    pen.write(cell, REPORT, pen.style("cell"))
    pen.name("meta.document", cell)
