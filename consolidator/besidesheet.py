"""The page of a summary that puts the units side by side: their rates, who leads by rate, what they left blank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat

import numpy as np

from consolidator.appendixsheet import mark_drawn, sheet_heading
from consolidator.booknames import BESIDE, TEXTS
from consolidator.charting import Box, Run, Series, draw_bars
from consolidator.columns import column_letters
from consolidator.content import Content, whose_words
from consolidator.element import Figure
from consolidator.folded import lengths
from consolidator.keyfigures import MOST_RATES, parts_asked, rates
from consolidator.layout import Cell, MatrixCol, MatrixRow, quoted
from consolidator.lettering import span_words
from consolidator.matrixsheet import Column, Matrix, given_in, matrices
from consolidator.merging import weight_ref
from consolidator.palette import FINE, SCALE
from consolidator.paper import shortened
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Formula, Strip, Style, Written
from consolidator.submission import Line, Submission

NAME_WIDTH, WIDTH, LEAST_COLUMNS = 42.0, 9.5, 12
FIRST_COL = 2
MOST_BARS, BAR, LEAST_HEIGHT = 20, 27, 240
"""Units in the chart of ranks; pixels of a bar, and of the smallest chart."""
_HINT = "Tự tính từ các trang “SL …” và “Thuyết minh ĐV”, không gõ vào đây. So theo tỷ lệ, không theo quy mô."
_NO_UNITS = "Chưa có báo cáo của đơn vị nào trong sổ."
_NO_RATES = "Chưa đơn vị nào có tỷ lệ để so: cần số của các chỉ tiêu làm nên tỷ lệ."
_HEAD_CHARACTERS = 62
PAGE_WIDTH, PAGE_HEIGHT, LARGEST = 940, 500, 85
"""Of a landscape page: pixels across, points down; per cent at which it is printed at most."""
ROW_HEIGHT, HEAD_HEIGHT, TOP_HEIGHT = 15, 26, 150
"""Points of a row, and what the headings of a section, and all headings of the first one, need beyond their rows."""


def draw_beside(pen: Pen, content: Content) -> None:
    """Draws the page, one sheet of A4 across: a heat map of rates, ranks with their chart, a map of blanks."""
    summary, sheet = content.submission, pen.sheet(BESIDE, "C55A11")
    sheets = list(matrices(summary.view, len(summary.lines)))
    count = max(len(sheets) + len(parts_asked(summary.view)), MOST_RATES, LEAST_COLUMNS)
    widths = (5.0, NAME_WIDTH, *(WIDTH for _ in range(count)))
    set_widths(sheet, widths)
    last = len(widths) - 1
    sheet_heading(pen, BESIDE, "SO SÁNH CÁC ĐƠN VỊ", (0, last), widths, _HINT, whose_words(content.cover))
    row, tops = 4, [4]
    if summary.lines:
        columns = {column.figure.ref: (one, column) for one in sheets for column in one.columns if not column.is_weight}
        row, ranked = _rates(pen, summary, columns, row, last)
        tops += [*ranked, row]
    end = _blanks(pen, summary, sheets, row, last)
    mark_drawn(pen, BESIDE, last + 1)
    scale = min(LARGEST, int(PAGE_WIDTH * 100 / sum(7 * width + 5 for width in widths)))
    sheet.set_landscape()
    sheet.set_print_scale(scale)  # not fitted to a page: Excel would pass over the page breaks then
    if ends := page_ends(tops, end, PAGE_HEIGHT * 100 / scale):
        sheet.set_h_pagebreaks(ends)
    sheet.print_area(0, 0, end, last)
    pen.protect(sheet)


def _rates(
    pen: Pen, summary: Submission, columns: dict[str, tuple[Matrix, Column]], row: int, last: int
) -> tuple[int, list[int]]:
    """The heat map and the ranks by its first rate; the row below them, and that in which the ranks begin."""
    shown = rates(summary)
    _section(pen, "1. Tỷ lệ của từng đơn vị (xanh: cao, cam: thấp trong cột)", row, last)
    if not shown:
        return _remark(pen, _NO_RATES, row + 1, last), []
    lead = shown[0]
    _heads(pen, row + 1, [*(_label(summary, figure) for figure in shown), "Hạng theo cột đầu"])
    first, end = row + 2, row + 1 + len(summary.lines)
    ranks = _ranks([_of(summary, line, lead) for line in summary.lines])
    brush = _Brush(pen, last + 1)

    def strips() -> Iterator[Strip]:
        for place, line in enumerate(summary.lines):
            cells = brush.name(place + 1, line.name)
            for figure in shown:
                matrix, column = columns[figure.ref]
                there = matrix.cell(MatrixRow.FIRST_UNIT + place, column).absolute
                cells.append(brush.formula(f'=IF(ISNUMBER({there}),{there},"")', _of(summary, line, figure), "percent"))
            cells.append(brush.formula(_rank_formula(first + place, first, end), ranks[place], "int"))
            yield brush.strip(cells)

    brush.rows(first, len(summary.lines), strips())
    _heat(pen, first, end, range(FIRST_COL, FIRST_COL + len(shown)), 3)
    below = _ranking(pen, summary, lead, ranks, (first, end, FIRST_COL + len(shown)), last)
    return below, [end + 2]


def page_ends(tops: Sequence[int], end: int, page: float) -> list[int]:
    """Rows with which a new page begins, so that no section is torn that fits one; `page` is its height in points."""
    found: list[int] = []
    begun = 0
    for top, below in zip(tops, [*tops[1:], end + 1], strict=True):
        heads = 1 + sum(begun <= one < top for one in tops)
        needed = (below - begun) * ROW_HEIGHT + heads * HEAD_HEIGHT + (0 if begun else TOP_HEIGHT)
        if top > tops[0] and needed > page:
            found.append(top)
            begun = top
    return found


def _rank_formula(row: int, first: int, end: int) -> str:
    """The rank of a unit's first rate, the highest first; equals in their order."""
    letter = column_letters(FIRST_COL)
    cell, run = f"{letter}{row + 1}", f"{letter}${first + 1}:{letter}${end + 1}"
    return f'=IF(ISNUMBER({cell}),RANK({cell},{run})+COUNTIF({letter}${first + 1}:{cell},{cell})-1,"")'


def _ranks(worth: Sequence[float | None]) -> list[float | None]:
    """What `_rank_formula` comes to."""
    order = sorted((-one, place) for place, one in enumerate(worth) if one is not None)
    found: list[float | None] = [None] * len(worth)
    for rank, (_, place) in enumerate(order, 1):
        found[place] = float(rank)
    return found


def _ranking(
    pen: Pen, summary: Submission, lead: Figure, ranks: Sequence[float | None], box: tuple[int, int, int], last: int
) -> int:
    """Units by their first rate, as a list that sorts itself and a chart beside it; the row below them."""
    first, end, rank_col = box
    row = end + 2
    _section(pen, "2. Xếp hạng theo tỷ lệ: " + _label(summary, lead), row, last)
    _heads(pen, row + 1, ["Tỷ lệ (%)"], 34)
    ordered = [place for rank, place in sorted((rank, place) for place, rank in enumerate(ranks) if rank is not None)]
    top, count, brush = row + 2, len(summary.lines), _Brush(pen, last + 1)
    names: list[str | None] = [summary.lines[place].name for place in ordered]
    worth = [_of(summary, summary.lines[place], lead) for place in ordered]

    def strips() -> Iterator[Strip]:
        for number, (name, rate) in enumerate(
            islice(chain(zip(names, worth, strict=True), repeat((None, None))), count)
        ):
            there = f"MATCH({number + 1},{_run(first, end, rank_col)},0)"
            cells = brush.name(number + 1, None)[:1]
            cells.append(brush.formula(f'=IFERROR(INDEX({_run(first, end, 1)},{there}),"")', name, "text"))
            cells.append(brush.formula(f'=IFERROR(INDEX({_run(first, end, FIRST_COL)},{there}),"")', rate, "percent"))
            yield brush.strip(cells)

    brush.rows(top, count, strips())
    bottom, bars = top + count - 1, min(MOST_BARS, len(ordered))
    sheet = pen.book.get_worksheet_by_name(BESIDE)
    bar = {"type": "data_bar", "bar_color": f"#{FINE}", "bar_solid": True, "min_type": "num", "min_value": 0}
    sheet.conditional_format(top, FIRST_COL, bottom, FIRST_COL, bar)
    height = max(LEAST_HEIGHT, 90 + BAR * bars)
    spot = Box(Cell(BESIDE, row + 1, FIRST_COL + 1), 70 * (last - FIRST_COL - 1), height, 12, 4)
    title = "Tỷ lệ cao đến thấp (%)" + f", {MOST_BARS} đơn vị đầu" * (len(ordered) > MOST_BARS)
    rates = Run(BESIDE, top, top + bars - 1, FIRST_COL, worth[:bars])
    values = Series(Cell(BESIDE, row + 1, FIRST_COL), rates, "done")
    draw_bars(pen, spot, title, Run(BESIDE, top, top + bars - 1, 1, names[:bars]), [values], "#,##0.0")
    return max(bottom + 2, row + 2 + height // 20)


def _blanks(pen: Pen, summary: Submission, sheets: Sequence[Matrix], row: int, last: int) -> int:
    """How much of each section each unit has filled in, blanks standing out; the last row."""
    _section(pen, "3. Trang nào còn trống: số ô đã có số (PL), số bài đã viết (TM)", row, last)
    if not summary.lines:
        return _remark(pen, _NO_UNITS, row + 1, last)
    parts = parts_asked(summary.view)
    _heads(pen, row + 1, [*(one.appendix.sheet for one in sheets), *parts], 22)
    first, brush = row + 2, _Brush(pen, last + 1)
    asked = [[one.id for one in answers] for answers in parts.values()]
    owned = [_own_texts_formula([one.ref for one in answers]) for answers in parts.values()]
    given = [[_own_given(one, summary), *given_in(one, summary)] for one in sheets]

    def strips() -> Iterator[Strip]:
        for place, line in enumerate((None, *summary.lines)):
            cells = brush.name(place, line.name if line else f"Của chính {summary.unit_name}")
            for matrix, counts in zip(sheets, given, strict=True):
                cells.append(brush.formula(_count_formula(matrix, MatrixRow.OWN + place), float(counts[place]), "gap"))
            told = {key for key, length in lengths((line or summary).narratives).items() if length}
            formulas = (_texts_formula(line.unit, ids) for ids in asked) if line else owned
            for formula, ids in zip(formulas, asked, strict=True):
                cells.append(brush.formula(formula, float(len(told.intersection(ids))), "gap"))
            yield brush.strip(cells)

    brush.rows(first, 1 + len(summary.lines), strips())
    end = first + len(summary.lines)
    columns = range(FIRST_COL, FIRST_COL + len(sheets) + len(parts))
    sheet = pen.book.get_worksheet_by_name(BESIDE)
    blank = {"type": "cell", "criteria": "==", "value": 0, "format": pen.mark("wrong"), "stop_if_true": True}
    sheet.conditional_format(first, columns.start, end, columns.stop - 1, blank)
    _heat(pen, first, end, columns, 2)
    return end


def _count_formula(matrix: Matrix, row: int) -> str:
    """How many figures stand in a row of a matrix sheet."""
    left, right = (column_letters(col) for col in (MatrixCol.FIRST, MatrixCol.FIRST + len(matrix.columns) - 1))
    return f"=COUNT({quoted(matrix.sheet)}!${left}${row + 1}:${right}${row + 1})"


def _own_given(matrix: Matrix, summary: Submission) -> float:
    """What `_count_formula` comes to in the parent's own row."""
    position, found = summary.view.position, 0
    for column in matrix.columns:
        if column.is_weight:
            weight = weight_ref(column.figure)
            found += weight in position and summary.own_value(weight) is not None
        else:
            found += column.figure.merges != "derived" and summary.own_value(column.figure.ref) is not None
    return float(found)


def _texts_formula(unit: str, ids: Sequence[str]) -> str:
    """How many of some answers a unit gave: they stand on the sheet of texts with their ids and the unit's code."""
    wanted = ",".join(f'"{one}"' for one in ids)
    code = unit.replace('"', '""')
    texts = quoted(TEXTS)
    return f'=SUMPRODUCT(--(COUNTIFS({texts}!$E:$E,"{code}",{texts}!$D:$D,{{{wanted}}})>0))'


def _own_texts_formula(names: Sequence[str]) -> str:
    return "=" + "+".join(f"(LEN({name})>0)" for name in names)


def _label(summary: Submission, figure: Figure) -> str:
    """What a rate is called, its measure first: labels may be cut at their ends."""
    measure = summary.view.form.catalogue.measures[figure.measure].label
    return figure.indicator.label if figure.measure == "actual" else f"{measure}: {figure.indicator.label}"


def _of(summary: Submission, line: Line, figure: Figure) -> float | None:
    number = line.values[summary.view.position[figure.ref]]
    return None if np.isnan(number) else float(number)


def _run(first: int, end: int, col: int) -> str:
    letters = column_letters(col)
    return f"${letters}${first + 1}:${letters}${end + 1}"


def _heat(pen: Pen, first: int, end: int, columns: range, colours: int) -> None:
    """Colours each column from its lowest to its highest."""
    low, middle, high = (f"#{SCALE[key]}" for key in ("low", "middle", "high"))
    rule = {"type": "2_color_scale", "min_color": middle, "max_color": high}
    if colours == 3:
        rule = {"type": "3_color_scale", "min_color": low, "mid_color": middle, "max_color": high}
    for col in columns:
        pen.book.get_worksheet_by_name(BESIDE).conditional_format(first, col, end, col, rule)


def _section(pen: Pen, text: str, row: int, last: int) -> None:
    pen.merge(Cell(BESIDE, row, 0), last, text, pen.style("section"))
    pen.book.get_worksheet_by_name(BESIDE).set_row(row, 22)


def _remark(pen: Pen, text: str, row: int, last: int) -> int:
    pen.merge(Cell(BESIDE, row, 0), last, text, pen.style("hint"))
    return row + 2


def _heads(pen: Pen, row: int, words: Sequence[str], height: float = 122) -> None:
    for col, word in enumerate(("TT", "Đơn vị", *words)):
        pen.write(Cell(BESIDE, row, col), shortened(word, _HEAD_CHARACTERS), pen.style("subhead"))
    pen.book.get_worksheet_by_name(BESIDE).set_row(row, height)


class _Brush:
    """Draws rows of units, with what is drawn of them in the hidden column `mark`: any more on the page is a stray."""

    def __init__(self, pen: Pen, mark: int) -> None:
        self._pen, self._mark = pen, mark
        self._text, self._faint = pen.style("cell"), pen.style("faint")
        self._numbers = {number: pen.style("centre", number) for number in ("int", "percent", "gap")}

    def name(self, number: int, name: str | None) -> list[tuple[Written, Style]]:
        """How a row begins."""
        return [(float(number) if number else None, self._numbers["int"]), (name, self._text)]

    def formula(self, text: str, worth: float | str | None, number: str) -> tuple[Written, Style]:
        """A formula's cell; `number` is how it is shown, "text" for a text."""
        return Formula(text, "" if worth is None else worth), self._numbers.get(number, self._text)

    def strip(self, cells: Sequence[tuple[Written, Style]]) -> Strip:
        """A row of such cells."""
        drawn = span_words([col for col, (value, _) in enumerate(cells) if value is not None], self._mark)
        return Strip([*cells, *repeat(None, self._mark - len(cells)), (drawn, self._faint)])

    def rows(self, first: int, count: int, strips: Iterable[Strip]) -> None:
        """Rows from one on."""
        self._pen.rows(Cell(BESIDE, first, 0), self._mark, count, strips)
