"""Draws the sheets behind a summary's totals: the parent's own row and one row a unit, a column a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from consolidator.booknames import COVER
from consolidator.columns import column_letters
from consolidator.content import Content
from consolidator.element import Figure
from consolidator.form import LevelForm
from consolidator.layout import Appendix, Cell, MatrixCol, MatrixRow, layout_of, quoted
from consolidator.lettering import OPEN_FILE
from consolidator.linking import with_place
from consolidator.merging import weight_ref
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Figures, Strip
from consolidator.submission import Line, Submission
from consolidator.verdict import Numbers

TITLE_ROW, LINK_ROW, HINT_ROW, LABEL_ROW, MEASURE_ROW = list(MatrixRow)[:5]
REF_ROW, TOTAL_ROW, COUNT_ROW, OWN_ROW, FIRST_UNIT_ROW = list(MatrixRow)[5:]
CODE_COL, NAME_COL, FILE_COL, HASH_COL, FIRST_COL = MatrixCol
WIDTH, PRINT_SCALE, PAGE_COLUMNS = 13.5, 65, 11
"""Characters of a column of figures; how much smaller it is printed, so that so many columns fit a page."""
_AT_ONCE = 100
"""Units whose figures are put side by side at once."""


@dataclass(frozen=True)
class Column:
    """A column of a matrix sheet: a figure's values, or the weights of a weighted mean."""

    figure: Figure
    is_weight: bool
    col: int


@dataclass(frozen=True)
class Matrix:
    """The sheet behind an appendix: the parent's own row and one row a unit, a column a figure."""

    sheet: str
    appendix: Appendix
    columns: tuple[Column, ...]
    units: int

    def cell(self, row: int, column: Column) -> Cell:
        """A cell of a column."""
        return Cell(self.sheet, row, column.col)

    def run(self, column: Column) -> str:
        """Own row and unit rows of a column, as a range."""
        return self._range(column, OWN_ROW)

    def unit_run(self, column: Column) -> str:
        """Unit rows of a column, as a range."""
        return self._range(column, FIRST_UNIT_ROW)

    def _range(self, column: Column, first: int) -> str:
        letters, last = column_letters(column.col), FIRST_UNIT_ROW + max(self.units, 1)
        return f"{quoted(self.sheet)}!${letters}${first + 1}:${letters}${last}"


def matrices(view: LevelForm, units: int) -> Iterator[Matrix]:
    for appendix in layout_of(view).appendices:
        columns: list[Column] = []
        for row in appendix.rows:
            for measure in appendix.measures:
                figure = view.by_ref.get(f"{row.indicator.code}.{measure}")
                if figure is not None:
                    columns.append(Column(figure, False, FIRST_COL + len(columns)))
                    if figure.merges == "weighted_mean":
                        columns.append(Column(figure, True, FIRST_COL + len(columns)))
        yield Matrix(f"SL {appendix.sheet}", appendix, tuple(columns), units)


def total_formulas(matrix: Matrix, summary: Submission) -> Iterator[tuple[str, str]]:
    """The formula of each merged figure, over its column."""
    weights = {column.figure.ref: column for column in matrix.columns if column.is_weight}
    for column in matrix.columns:
        figure, run = column.figure, matrix.run(column)
        own = matrix.cell(OWN_ROW, column).absolute
        if column.is_weight or figure.merges == "derived":
            continue
        if figure.merges in ("sum", "min", "max"):
            yield figure.ref, f'=IF(COUNT({run})=0,"",{figure.merges.upper()}({run}))'
        elif figure.merges == "weighted_mean":
            weight = matrix.run(weights[figure.ref])
            yield figure.ref, f'=IFERROR(SUMPRODUCT({run},{weight})/{_weight_formula(run, weight)},"")'
        elif figure.merges == "last":
            yield figure.ref, f"=IF(ISNUMBER({own}),{own},{_latest(matrix, column, summary)})"
        else:
            yield figure.ref, f'=IF(ISNUMBER({own}),{own},"")'
    for row in matrix.appendix.rows:
        for key in ("as_of", "qualifier"):
            yield f"{row.indicator.code}.{key}", _constant(summary.attributes.get(f"{row.indicator.code}.{key}"))


def ways(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Each indicator of an appendix and the place behind its totals: the first of its columns."""
    for group in _groups(matrix):
        yield group[0].figure.indicator.code, matrix.cell(TOTAL_ROW, group[0]).link


def _weight_formula(values: str, weights: str) -> str:
    """The weight behind a mean; weights stand in an array of their own, where Excel takes a text for no number."""
    return f"SUMPRODUCT(--ISNUMBER({values}),{weights})"


def _constant(value: float | str | None) -> str:
    """An attribute is merged by us, not by Excel, so that its cell is locked like a total."""
    if value is None:
        return '=""'
    return f"={value:g}" if isinstance(value, float) else '="' + value.replace('"', '""') + '"'


def _latest(matrix: Matrix, column: Column, summary: Submission) -> str:
    """The cell of the child whose word was taken, or a blank."""
    position, taken = summary.view.position[column.figure.ref], summary.value(column.figure.ref)
    for offset, line in enumerate(summary.lines):
        if taken is not None and line.values[position] == taken:
            return matrix.cell(FIRST_UNIT_ROW + offset, column).absolute
    return '""'


def draw_matrix(pen: Pen, matrix: Matrix, content: Content) -> None:
    """Draws one matrix sheet: the totals, the parent's own row, the units' rows."""
    summary = content.submission
    sheet = pen.sheet(matrix.sheet, "548235")
    set_widths(sheet, (12, 40, 9, 9, *(WIDTH for _ in matrix.columns)))
    sheet.set_zoom(85)
    sheet.set_column(HASH_COL, HASH_COL, 9, None, {"hidden": True})
    write, name = pen.write, matrix.appendix.sheet
    title = f"{matrix.sheet}. SỐ LIỆU TỪNG ĐƠN VỊ: {matrix.appendix.title}"
    pen.title(Cell(matrix.sheet, TITLE_ROW, CODE_COL), NAME_COL, title, "banner")
    sheet.set_row(TITLE_ROW, 24 * (1 + len(pen.stamp + title) // 36))
    pen.link(Cell(matrix.sheet, LINK_ROW, CODE_COL), f"#{quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    pen.link(Cell(matrix.sheet, LINK_ROW, NAME_COL), f"#{quoted(name)}!A1", f"← {name}", pen.style("subtitle"))
    hint = "Gõ số của chính mình vào dòng màu vàng. Dòng của đơn vị không sửa ở đây: sai thì trả lại đơn vị."
    sheet.merge_range(HINT_ROW, CODE_COL, HINT_ROW, NAME_COL, hint, pen.style("hint"))
    sheet.set_row(HINT_ROW, 30)
    for row, words in (
        (LABEL_ROW, ("Mã đơn vị", "Đơn vị", "Tệp", "SHA-256")),
        (MEASURE_ROW, ("",) * 4),
        (REF_ROW, ("",) * 4),
    ):
        for col, word in enumerate(words):
            write(Cell(matrix.sheet, row, col), word, pen.style("head"))
    for row, label in (
        (TOTAL_ROW, "Tổng hợp"),
        (COUNT_ROW, f"Số đơn vị có số liệu / {len(summary.lines)}"),
        (OWN_ROW, f"Của chính {summary.unit_name}"),
    ):
        for col in range(FIRST_COL):
            write(Cell(matrix.sheet, row, col), label if col == NAME_COL else "", pen.style("total"))
    _indicator_heads(pen, matrix)
    counts = np.zeros(len(matrix.columns))
    for some in figures_of(matrix, summary):
        counts += np.count_nonzero(~np.isnan(some), axis=0)
    for column, count in zip(matrix.columns, counts.tolist(), strict=True):
        _matrix_column(pen, matrix, column, content, count)
    _units(pen, matrix, summary)
    pen.name(f"units.{matrix.appendix.sheet}", Cell(matrix.sheet, FIRST_UNIT_ROW, CODE_COL))
    sheet.set_row(REF_ROW, 12, None, {"hidden": True})
    pen.landscape(sheet, FIRST_UNIT_ROW, LABEL_ROW)
    sheet.repeat_rows(LABEL_ROW, COUNT_ROW)
    sheet.repeat_columns(CODE_COL, NAME_COL)
    sheet.fit_page = False
    sheet.set_print_scale(PRINT_SCALE)
    sheet.set_v_pagebreaks(_page_ends(matrix))
    sheet.freeze_panes(FIRST_UNIT_ROW, FIRST_COL)
    pen.protect(sheet)


def _groups(matrix: Matrix) -> list[list[Column]]:
    """Columns that stand under one heading: those of one indicator."""
    return [list(group) for _, group in groupby(matrix.columns, lambda column: column.figure.indicator.code)]


def _page_ends(matrix: Matrix) -> list[int]:
    """Where printed pages end: never within an indicator, as long as a page can hold all its columns."""
    ends: list[int] = []
    start, room = int(FIRST_COL), PAGE_COLUMNS - 1
    for group in _groups(matrix):
        if group[-1].col - start >= room and group[0].col > start:
            ends.append(group[0].col)
            start, room = group[0].col, PAGE_COLUMNS
    return ends


def _indicator_heads(pen: Pen, matrix: Matrix) -> None:
    """One heading over all columns of an indicator, the measures below."""
    sheet, tallest = pen.book.get_worksheet_by_name(matrix.sheet), 40.0
    for group in _groups(matrix):
        indicator = group[0].figure.indicator
        label, (first, last) = f"{indicator.label} ({indicator.unit})", (group[0].col, group[-1].col)
        if first == last:
            pen.write(Cell(matrix.sheet, LABEL_ROW, first), label, pen.style("head"))
        else:
            sheet.merge_range(LABEL_ROW, first, LABEL_ROW, last, label, pen.style("head"))
        tallest = max(tallest, height_of(label, int(len(group) * WIDTH) - 2))
    sheet.set_row(LABEL_ROW, tallest)
    sheet.set_row(MEASURE_ROW, 50)


def figures_of(matrix: Matrix, summary: Submission) -> Iterator[Numbers]:
    """What the units gave: a row a unit, some at a time, a column a column of the sheet; NaN is a blank."""
    places = np.array([summary.view.position[column.figure.ref] for column in matrix.columns], dtype=int)
    weighed = [(place, column.figure.ref) for place, column in enumerate(matrix.columns) if column.is_weight]
    for begin in range(0, len(summary.lines), _AT_ONCE):
        lines = summary.lines[begin : begin + _AT_ONCE]
        found = np.array([line.values.take(places) for line in lines]).reshape(len(lines), len(places))
        for place, ref in weighed:
            found[:, place] = [line.weights.get(ref, np.nan) for line in lines]
        yield found


def given_in(matrix: Matrix, summary: Submission) -> list[int]:
    """How many cells of the sheet each unit filled, weights among them."""
    counts = (np.count_nonzero(~np.isnan(some), axis=1) for some in figures_of(matrix, summary))
    return [count for some in counts for count in some.tolist()]


def _units(pen: Pen, matrix: Matrix, summary: Submission) -> None:
    """A row a unit: whose it is, the way to its file, its figures."""
    plain, link, first = pen.style("cell"), pen.style("link"), Cell(matrix.sheet, FIRST_UNIT_ROW, CODE_COL)
    places = [summary.view.position[column.figure.ref] for column in matrix.columns if not column.is_weight]
    values = np.array(places, dtype=int)
    for row, line in enumerate(summary.lines, FIRST_UNIT_ROW):
        if line.link:
            is_given = not np.isnan(line.values.take(values)).all()
            pen.way(Cell(matrix.sheet, row, FILE_COL), _way_to(matrix, line, is_given))

    def strips() -> Iterator[Strip]:
        for line in summary.lines:
            file = (OPEN_FILE, link) if line.link else ("", plain)
            yield Strip(((line.unit, plain), (line.name, plain), file, (line.source.sha256, plain)))

    styles = [pen.style("cell", _number(column)) for column in matrix.columns]
    last = FIRST_COL + len(styles) - 1
    pen.rows(first, last, len(summary.lines), strips(), Figures(styles, figures_of(matrix, summary)))


def _way_to(matrix: Matrix, line: Line, is_given: bool) -> str:
    """Link to the appendix in a child's file; only to the file where the child gave nothing for this appendix.

    Not every level and regime has every appendix, and a link to a sheet that is not there makes Excel complain.
    """
    return (with_place(line.link, matrix.appendix.sheet) if is_given else "") or line.link


def _number(column: Column) -> str:
    return "percent" if column.figure.unit == "%" else column.figure.indicator.type


def _matrix_column(pen: Pen, matrix: Matrix, column: Column, content: Content, reported: float) -> None:
    """Headings of a column, its total, how many units gave it, and the parent's own."""
    summary = content.submission
    figure, ref, number = column.figure, column.figure.ref, _number(column)
    measure = summary.view.form.catalogue.measures[figure.measure].label
    head = f"Quyền số: {measure}" if column.is_weight else measure
    pen.write(matrix.cell(MEASURE_ROW, column), head, pen.style("subhead"))
    pen.write(matrix.cell(REF_ROW, column), ref, pen.style("cell"))
    style = pen.style("total", "int" if column.is_weight else number)
    pen.formula(
        matrix.cell(COUNT_ROW, column), f"=COUNT({matrix.unit_run(column)})", reported, pen.style("total", "int")
    )
    total, own = matrix.cell(TOTAL_ROW, column), matrix.cell(OWN_ROW, column)
    if column.is_weight:
        values = matrix.run(next(c for c in matrix.columns if c.figure is figure and not c.is_weight))
        pen.formula(total, "=" + _weight_formula(values, matrix.run(column)), summary.weights.get(ref, 0.0), style)
        weight_cell = f"own.{weight_ref(figure)}"
        weight = summary.own_value(weight_ref(figure)) if weight_ref(figure) in summary.view.position else None
        pen.formula(
            own,
            f'=IF(ISNUMBER({weight_cell}),{weight_cell},"")',
            "" if weight is None else weight,
            pen.style("derived", number),
        )
        pen.name(f"weight.{ref}", total)
        return
    shown = summary.value(ref)
    pen.formula(total, f'=IF(ISNUMBER({ref}),{ref},"")', "" if shown is None else shown, style)
    if figure.merges == "derived":
        pen.write(own, None, pen.style("none"))
    else:
        style_name = "input" if content.is_open(figure.indicator.dept) else "closed"
        pen.write(own, summary.own_value(ref), pen.style(style_name, number))
        pen.name(f"own.{ref}", own)
