"""The page of a summary for whoever looks first: targets and how far they are reached, now beside earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from consolidator.appendixsheet import mark_drawn, sheet_heading
from consolidator.booknames import KEY
from consolidator.charting import Box, Run, Series, draw_columns
from consolidator.content import Content, whose_words
from consolidator.element import Figure
from consolidator.formula import PREVIOUS
from consolidator.keyfigures import Attained, Compared, attained, compared
from consolidator.layout import Cell
from consolidator.palette import FINE
from consolidator.paper import height_of, shortened
from consolidator.pen import Pen, set_widths
from consolidator.submission import ELAPSED, Submission, elapsed
from consolidator.wording import lowered

WIDTHS = (5.0, 50.0, 12.0, 13.0, 13.0, 11.0, 9.0, 13.0, 11.0)
LABEL_COL, UNIT_COL, FIRST_COL = 1, 2, 3
WHOLE = 100.0
"""Per cent: a target reached, a figure as it was."""
_CHART = (996, 300)
_HINT = "Tự tính từ các trang khác của sổ, không gõ vào đây. Chỉ nêu chỉ tiêu đã có số; xem đủ ở các trang PL."
_AHEAD = ("Dự kiến cuối kỳ", "% dự kiến")
"""Columns that look ahead, where the form has terms or asks for an estimate."""
_BEFORE = ("Kỳ trước", "% so kỳ trước")
"""Columns of the last period, where the summary knows it."""
_LABEL = 80
"""Characters of an indicator's name that fit its two lines."""
Formula = tuple[str, float | None]
"""A formula and what it is worth now."""


@dataclass(frozen=True)
class Row:
    """A row of a table of results: the figure's name and unit, then a formula a column; None leaves a column blank.

    `about` follows the name.
    """

    figure: Figure
    cells: Sequence[Formula | None]
    about: str = ""


@dataclass(frozen=True)
class Table:
    """A table of results; `charted` are columns (0-based, after the unit) of per cent and their looks.

    `line` is the column with the mark that the chart draws as a line.
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Row]
    charted: Mapping[int, str]
    line: int
    chart: str
    blank: str


def draw_key(pen: Pen, content: Content) -> None:
    """Draws the page; it prints on one sheet of A4."""
    summary, sheet = content.submission, pen.sheet(KEY, "C55A11")
    set_widths(sheet, WIDTHS)
    last = len(WIDTHS) - 1
    title = "KẾT QUẢ CHÍNH"
    sheet_heading(pen, KEY, title, (0, last), WIDTHS, _HINT, whose_words(content.cover))
    row = 4
    for table in (_targets(summary), _comparison(summary)):
        row = _draw(pen, table, row)
    mark_drawn(pen, KEY, last + 1)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.print_area(0, 0, row, last)
    pen.protect(sheet)


def _draw(pen: Pen, table: Table, row: int) -> int:
    """Draws a heading, a chart and the table under it; the row two below."""
    sheet, last = pen.book.get_worksheet_by_name(KEY), len(WIDTHS) - 1
    pen.merge(Cell(KEY, row, 0), last, table.title, pen.style("section"))
    sheet.set_row(row, 22)
    if not table.rows:
        pen.merge(Cell(KEY, row + 1, 0), last, table.blank, pen.style("hint"))
        sheet.set_row(row + 1, 34)
        return row + 3
    head, first = row + 2, row + 3
    sheet.set_row_pixels(row + 1, _CHART[1] + 8)
    end = first + len(table.rows) - 1
    _chart(pen, table, Box(Cell(KEY, row + 1, 0), *_CHART, 4, 4), head, end)
    for col, word in enumerate(("TT", "Nội dung", "Đơn vị tính", *table.heads)):
        pen.write(Cell(KEY, head, col), word, pen.style("head"))
    sheet.set_row(head, 48)
    for number, one in enumerate(table.rows):
        _row(pen, table, one, first + number, number + 1)
    for col in table.charted:
        bar = {"type": "data_bar", "bar_color": f"#{FINE}", "bar_solid": True, "min_type": "num", "min_value": 0}
        place = FIRST_COL + col
        sheet.conditional_format(first, place, end, place, {**bar, "max_type": "num", "max_value": 2 * WHOLE})
    return end + 2


def _row(pen: Pen, table: Table, one: Row, row: int, number: int) -> None:
    label = shortened(one.figure.indicator.label, _LABEL - len(one.about)) + one.about
    pen.write(Cell(KEY, row, 0), float(number), pen.style("centre", "int"))
    pen.write(Cell(KEY, row, LABEL_COL), label, pen.style("cell"))
    pen.write(Cell(KEY, row, UNIT_COL), one.figure.indicator.unit, pen.style("cell"))
    pen.book.get_worksheet_by_name(KEY).set_row(row, max(20.0, height_of(label, int(WIDTHS[LABEL_COL]))))
    for place, cell in enumerate(one.cells):
        is_share = place in table.charted or place == table.line
        style = pen.style("derived", "percent" if is_share else one.figure.indicator.type)
        where = Cell(KEY, row, FIRST_COL + place)
        if cell is None:
            pen.write(where, None, pen.style("none"))
        else:
            pen.formula(where, cell[0], "" if cell[1] is None else cell[1], style)


def _chart(pen: Pen, table: Table, box: Box, head: int, end: int) -> None:
    def series(place: int, look: str) -> Series:
        col = FIRST_COL + place
        return Series(Cell(KEY, head, col), Run(KEY, head + 1, end, col), look)

    bars = [
        series(place, look)
        for place, look in table.charted.items()
        if place == min(table.charted)  # a chart is of something, even if no share can be told
        or any((cell := one.cells[place]) is not None and cell[1] is not None for one in table.rows)
    ]
    labels = Run(KEY, head + 1, end, LABEL_COL)
    draw_columns(pen, box, table.chart, labels, bars, series(table.line, "line"))


def _targets(summary: Submission) -> Table:
    """Targets that were given, what was done of them, and where they will end at this pace."""
    share = elapsed(summary.meta)
    rows = [_target(summary, one, share if isinstance(share, float) else None) for one in attained(summary)]
    looks_ahead = any(row.cells[-1] is not None for row in rows)
    return Table(
        "1. Mức đạt chỉ tiêu",
        ("Chỉ tiêu giao", "Thực hiện", "% đạt", "Mốc 100 %", *(_AHEAD if looks_ahead else ())),
        rows if looks_ahead else [replace(row, cells=row.cells[: -len(_AHEAD)]) for row in rows],
        {2: "done", 5: "outlook"} if looks_ahead else {2: "done"},
        3,
        "Mức đạt chỉ tiêu (%)",
        "Chưa có chỉ tiêu giao nào trong sổ: điền cột “Chỉ tiêu giao” ở các trang PL, hoặc đợi báo cáo của đơn vị.",
    )


def _target(summary: Submission, one: Attained, passed: float | None) -> Row:
    figures = [_said(summary, ref) for ref in (one.target, one.done, one.share)]
    return Row(one.figure, [*figures, _mark(), *_outlook(summary, one, passed)])


def _outlook(summary: Submission, one: Attained, passed: float | None) -> tuple[Formula | None, Formula | None]:
    """What will be done at the end, and its share of the target.

    By the unit's own estimate where the form asks for one, otherwise at the pace of the term so far.
    """
    if one.estimate:
        return _said(summary, one.estimate.replace("pct_estimate", "estimate")), _said(summary, one.estimate)
    if not summary.view.form.terms or not (one.is_flow or one.baseline):
        return None, None
    done, target, start = (summary.value(ref) if ref else 0.0 for ref in (one.done, one.target, one.baseline))
    begun = one.baseline or "0"
    names = ",".join(filter(None, (one.done, one.target, one.baseline, ELAPSED)))
    count = names.count(",") + 1
    ahead = f"{begun}+({one.done}-{begun})/MIN(1,{ELAPSED})"
    worth = share = None
    if done is not None and target is not None and start is not None and passed is not None and passed > 0:
        worth = start + (done - start) / min(1.0, passed)
        share = worth / target * WHOLE if target else None
    guard = f"IF(COUNT({names})<{count},NA(),IF({ELAPSED}>0,{ahead},NA()))"
    return (f'=IFERROR({guard},"")', worth), (f'=IFERROR({guard}/{one.target}*{WHOLE:g},"")', share)


def _comparison(summary: Submission) -> Table:
    """Figures beside what they were."""
    measures = summary.view.form.catalogue.measures
    found = compared(summary)
    bases = sorted({one.base.partition(".")[2] for one in found if one.base})
    names = [measures[measure].label for measure in bases] or [measures["baseline"].label]
    is_mixed = len(names) > 1  # each row then says with which of them it is compared
    rows = [_beside_earlier(summary, one, is_mixed) for one in found]
    looks_back = bool(summary.previous)
    return Table(
        "2. So với đầu nhiệm kỳ và kỳ trước",
        ("Kỳ này", " / ".join(names), _than(names), "Mốc 100 %", *(_BEFORE if looks_back else ())),
        rows if looks_back else [replace(row, cells=row.cells[: -len(_BEFORE)]) for row in rows],
        {2: "done", 5: "outlook"} if looks_back else {2: "done"},
        3,
        "So với đầu nhiệm kỳ và kỳ trước (%)",
        "Chưa có số để so: sổ này không mang số đầu nhiệm kỳ hay số kỳ trước (tùy chọn --previous khi tổng hợp).",
    )


def _than(names: Sequence[str]) -> str:
    return f"% so {lowered(names[0])}" if len(names) == 1 else "% so cột bên trái"


def _beside_earlier(summary: Submission, one: Compared, is_mixed: bool) -> Row:
    now, base, last = one.figure.ref, one.base, PREVIOUS + one.figure.ref
    value, previous = summary.value(now), summary.previous.get(one.figure.ref)
    start = summary.value(base) if base else None
    before = (_said(summary, base), _ratio(now, value, base, start)) if base else (None, None)
    since = ((f'=IF(ISNUMBER({last}),{last},"")', previous), _ratio(now, value, last, previous))
    measure = summary.view.form.catalogue.measures[base.partition(".")[2]].label if base and is_mixed else ""
    about = f" (so {lowered(measure)})" if measure else ""
    return Row(one.figure, [_said(summary, now), *before, _mark(), *since], about)


def _said(summary: Submission, ref: str) -> Formula:
    return f'=IF(ISNUMBER({ref}),{ref},"")', summary.value(ref)


def _ratio(now: str, value: float | None, base: str, start: float | None) -> Formula:
    worth = value / start * WHOLE if value is not None and start else None
    return f'=IFERROR(IF(COUNT({now},{base})<2,"",{now}/{base}*{WHOLE:g}),"")', worth


def _mark() -> Formula:
    return f"={WHOLE:g}", WHOLE
