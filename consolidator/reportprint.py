"""The sheet of a report that is made for paper: a line a unit, what it has to do, and room to sign."""

from __future__ import annotations

from collections.abc import Iterator

from consolidator.layout import Cell
from consolidator.paper import height_of, shortened
from consolidator.pen import Pen, set_widths
from consolidator.reportdigest import ERROR, LACKING, WARNING, Digest, common_sentence, grouped, tally
from consolidator.reportoverview import verdict_words
from consolidator.reportpages import PRINTED, Row, Styles, columns, put
from consolidator.reporttables import COLOURS
from consolidator.unit import Unit
from consolidator.wording import SEVERITY_WORDS

POINTS, POINT_LENGTH = 3, 160
"""Things to correct that are named of a unit, and characters of each; the rest is counted."""
_COLUMNS = columns("TT 6|Đơn vị 44|Tình trạng 18|Số lỗi 9|Số cảnh báo 10|Trả lời 16|Điều đơn vị cần xem lại 86")
_HEADER, _FIRST = 5, 6
_TO_PRINT = (ERROR, WARNING)


def draw_printed(pen: Pen, digest: Digest) -> None:
    """Draws the sheet: A4 landscape, one page across, headings on every page."""
    sheet, last = pen.sheet(PRINTED, "548235"), len(_COLUMNS) - 1
    widths = [column.width for column in _COLUMNS]
    set_widths(sheet, widths)
    outcome = digest.outcome
    title = f"TÌNH HÌNH NỘP VÀ KIỂM TRA BÁO CÁO – {outcome.form.period.label}"
    heading = ((outcome.parent.name, "strong"), (title, "title"), (outcome.form.name, "subtitle"))
    for row, (text, style) in enumerate(heading):
        pen.write(Cell(PRINTED, row, 0), text, pen.style(style))
    verdict = verdict_words(digest)
    pen.merge(Cell(PRINTED, 3, 0), last, verdict, pen.style("section"))
    sheet.set_row(3, height_of(verdict, int(sum(widths))))
    for col, column in enumerate(_COLUMNS):
        put(pen, Cell(PRINTED, _HEADER, col), column.head, "head")
    sheet.set_row(_HEADER, 34)
    row, styles = _FIRST + len(outcome.expected), Styles(pen)
    strips = (styles.strip(_unit_row(digest, *one), widths) for one in enumerate(outcome.expected, 1))
    pen.rows(Cell(PRINTED, _FIRST, 0), last, len(outcome.expected), strips)
    for word, mark in COLOURS.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(mark)}
        sheet.conditional_format(_FIRST, 2, max(row - 1, _FIRST), 2, rule)
    for col, who in ((1, "Người lập"), (last, "Người duyệt")):
        pen.write(Cell(PRINTED, row + 1, col), f"{who} (ký, ghi rõ họ tên)", pen.style("banner"))
    sheet.set_row(row + 1, 90)
    pen.landscape(sheet, _FIRST, _HEADER)
    sheet.print_area(0, 0, row + 1, last)


def _unit_row(digest: Digest, number: int, unit: Unit) -> Row:
    counts = tally(digest.by_unit.get(unit.code, []))
    stands = (digest.unit_words(unit.code), digest.status(unit), float(counts[ERROR]), float(counts[WARNING]))
    return float(number), *stands, digest.answer(unit).text, _points(digest, unit)


def _points(digest: Digest, unit: Unit) -> str:
    """What is wrong in a unit's report, the gravest first, each kind once."""
    kinds = list(_kinds(digest, unit))
    lines = [f"• {text}" for text in kinds[:POINTS]]
    if len(kinds) > POINTS:
        lines.append(f"• … và {len(kinds) - POINTS} điều khác.")
    if not lines and digest.status(unit) == LACKING:
        return "Chưa nhận được báo cáo."
    return "\n".join(lines)


def _kinds(digest: Digest, unit: Unit) -> Iterator[str]:
    open_ones = [one for one in digest.by_unit.get(unit.code, []) if not one.accepted]
    for found in grouped(open_ones, lambda one: one.code).values():
        if SEVERITY_WORDS[found[0].severity] in _TO_PRINT:
            often = f" ({len(found)} chỗ)" if len(found) > 1 else ""
            yield shortened(common_sentence(digest, found), POINT_LENGTH) + often
