"""Draws the summary workbook: the parent's form with totals as live formulas over one row a unit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from consolidator.authoring import draw, seal
from consolidator.content import SUMMARY, Content
from consolidator.form import Figure, LevelForm
from consolidator.layout import COVER, Appendix, Cell, column_letters, layout_of, quoted
from consolidator.merging import weight_ref
from consolidator.outcome import FileOutcome, Outcome
from consolidator.pen import ANSWER_LINE, Pen, Value, height_of, pieces, set_widths
from consolidator.submission import Submission
from consolidator.wording import LABELS

TITLE_ROW, LINK_ROW, HINT_ROW, LABEL_ROW, MEASURE_ROW, REF_ROW, TOTAL_ROW, COUNT_ROW, OWN_ROW, FIRST_UNIT_ROW = range(
    10
)
CODE_COL, NAME_COL, FILE_COL, HASH_COL, FIRST_COL = range(5)


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


def summary_workbook(outcome: Outcome, summary: Submission, cover: dict[str, Value], path: Path) -> bytes:
    """The bytes of the summary that will lie at `path` (links to the units' files are relative to it)."""
    view = summary.view
    matrices = {matrix.appendix.sheet: matrix for matrix in _matrices(view, len(summary.lines))}
    pen = Pen()
    totals = {ref: text for matrix in matrices.values() for ref, text in _total_formulas(matrix, summary)}
    draw(pen, view, Content(summary, cover, SUMMARY, totals, notice_of(outcome)))
    for matrix in matrices.values():
        _matrix_sheet(pen, matrix, outcome, summary, path)
    _contributions(pen, outcome)
    _sources(pen, outcome, path)
    digests = ";".join(f"{line.unit}:{line.source.sha256}" for line in summary.lines)
    seal(pen, view, SUMMARY, digests[:32_000])
    return pen.finish()


def notice_of(outcome: Outcome) -> str:
    """The sentence on the cover that says a summary is provisional and why; "" when it is not."""
    if not outcome.provisional:
        return ""
    reasons = []
    errors = sum(file.errors for file in outcome.merged)
    if errors:
        units = sum(bool(file.errors) for file in outcome.merged)
        reasons.append(f"{errors} lỗi chưa sửa ở {units} đơn vị")
    if outcome.missing:
        reasons.append(f"còn thiếu {len(outcome.missing)}/{len(outcome.expected)} đơn vị")
    if outcome.left_out:
        reasons.append(f"{len(outcome.left_out)} đơn vị có lỗi không được đưa vào")
    return f"TẠM TÍNH: {'; '.join(reasons)}. Xem báo cáo kiểm tra kèm theo."


def _matrices(view: LevelForm, units: int) -> Iterator[Matrix]:
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


def _total_formulas(matrix: Matrix, summary: Submission) -> Iterator[tuple[str, str]]:
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


def _matrix_sheet(pen: Pen, matrix: Matrix, outcome: Outcome, summary: Submission, path: Path) -> None:
    sheet = pen.sheet(matrix.sheet, "548235")
    set_widths(sheet, (13, 42, 9, 9, *(15 for _ in matrix.columns)))
    sheet.set_column(HASH_COL, HASH_COL, 9, None, {"hidden": True})
    write = pen.write
    write(Cell(matrix.sheet, TITLE_ROW, 0), f"SỐ LIỆU TỪNG ĐƠN VỊ: {matrix.appendix.title}", pen.style("title"))
    pen.link(
        Cell(matrix.sheet, LINK_ROW, 0),
        f"#{quoted(matrix.appendix.sheet)}!A1",
        f"← {matrix.appendix.sheet}",
        pen.style("subtitle"),
    )
    hint = "Số của chính mình nhập vào dòng màu vàng. Dòng của đơn vị không sửa ở đây: sai thì trả lại đơn vị."
    write(Cell(matrix.sheet, HINT_ROW, 0), hint, pen.style("subtitle"))
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
        (OWN_ROW, f"Của chính {outcome.parent.name}"),
    ):
        for col in range(FIRST_COL):
            write(Cell(matrix.sheet, row, col), label if col == NAME_COL else "", pen.style("total"))
    _unit_heads(pen, matrix, outcome, summary, path)
    for column in matrix.columns:
        _matrix_column(pen, matrix, column, summary)
    pen.name(f"units.{matrix.appendix.sheet}", Cell(matrix.sheet, FIRST_UNIT_ROW, CODE_COL))
    sheet.set_row(LABEL_ROW, 78)
    sheet.set_row(MEASURE_ROW, 32)
    sheet.set_row(REF_ROW, 12, None, {"hidden": True})
    pen.landscape(sheet, FIRST_UNIT_ROW, LABEL_ROW)
    sheet.repeat_columns(CODE_COL, NAME_COL)
    sheet.fit_page = False
    sheet.set_print_scale(60)
    sheet.freeze_panes(FIRST_UNIT_ROW, FIRST_COL)
    pen.protect(sheet)


def _unit_heads(pen: Pen, matrix: Matrix, outcome: Outcome, summary: Submission, path: Path) -> None:
    paths = {file.unit: file.path for file in outcome.merged}
    for offset, line in enumerate(summary.lines):
        row = FIRST_UNIT_ROW + offset
        pen.write(Cell(matrix.sheet, row, CODE_COL), line.unit, pen.style("cell"))
        pen.write(Cell(matrix.sheet, row, NAME_COL), line.name, pen.style("cell"))
        pen.write(Cell(matrix.sheet, row, HASH_COL), line.source.sha256, pen.style("cell"))
        target = link_to(paths.get(line.unit, ""), path)
        if target:
            pen.link(Cell(matrix.sheet, row, FILE_COL), target, "Mở tệp")
        else:
            pen.write(Cell(matrix.sheet, row, FILE_COL), "", pen.style("cell"))


def _matrix_column(pen: Pen, matrix: Matrix, column: Column, summary: Submission) -> None:
    figure, ref = column.figure, column.figure.ref
    number = "percent" if figure.unit == "%" else figure.indicator.type
    position = summary.view.position[ref]
    label = (
        f"Quyền số của: {figure.indicator.label}" if column.is_weight else f"{figure.indicator.label} ({figure.unit})"
    )
    pen.write(matrix.cell(LABEL_ROW, column), label, pen.style("head"))
    pen.write(
        matrix.cell(MEASURE_ROW, column), summary.view.form.catalogue.measures[figure.measure].label, pen.style("head")
    )
    pen.write(matrix.cell(REF_ROW, column), ref, pen.style("cell"))
    style, plain = pen.style("total", "int" if column.is_weight else number), pen.style("cell", number)
    reported = 0
    for offset, line in enumerate(summary.lines):
        value = line.weights.get(ref) if column.is_weight else _present(line.values[position])
        reported += value is not None
        pen.write(matrix.cell(FIRST_UNIT_ROW + offset, column), value, plain)
    pen.formula(
        matrix.cell(COUNT_ROW, column), f"=COUNT({matrix.unit_run(column)})", float(reported), pen.style("total", "int")
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
        pen.write(own, summary.own_value(ref), pen.style("input", number))
        pen.name(f"own.{ref}", own)


def _present(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _contributions(pen: Pen, outcome: Outcome) -> None:
    """Narratives of the units under their headings, in the order of the outline, each with the unit's name."""
    sheet = pen.sheet("Thuyết minh ĐV", "7F6000")
    set_widths(sheet, (11, 34, 104))
    pen.write(Cell("Thuyết minh ĐV", 0, 0), "THUYẾT MINH CỦA CÁC ĐƠN VỊ", pen.style("title"))
    pen.link(Cell("Thuyết minh ĐV", 1, 0), f"#{quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    row = 3
    for narrative in outcome.form.narratives:
        texts = [
            (file, file.submission.narratives[narrative.id])
            for file in outcome.merged
            if file.submission is not None and narrative.id in file.submission.narratives
        ]
        if narrative.kind == "heading" or texts:
            pen.write(Cell("Thuyết minh ĐV", row, 0), narrative.path, pen.style("section"))
            sheet.merge_range(row, 1, row, 2, narrative.heading, pen.style("section"))
            sheet.set_row(row, max(22.0, height_of(narrative.heading, 130)))
            row += 1
        for file, text in texts:
            name = file.submission.unit_name if file.submission else ""
            for part in pieces(text, ANSWER_LINE):
                pen.write(Cell("Thuyết minh ĐV", row, 0), "", pen.style("top"))
                pen.write(Cell("Thuyết minh ĐV", row, 1), name, pen.style("top"))
                pen.write(Cell("Thuyết minh ĐV", row, 2), part, pen.style("top"))
                sheet.set_row(row, max(20.0, height_of(part, ANSWER_LINE)))
                name, row = f"{file.unit} (tiếp)", row + 1
    pen.landscape(sheet, 3, 0)
    pen.protect(sheet)


def _sources(pen: Pen, outcome: Outcome, path: Path) -> None:
    """Where everything came from: one line a unit, then what units said about single rows."""
    name = "Nguồn"
    sheet = pen.sheet(name, "548235")
    set_widths(sheet, (13, 44, 34, 13, 14, 14, 66))
    pen.write(Cell(name, 0, 0), "NGUỒN SỐ LIỆU", pen.style("title"))
    heads = (
        "Mã đơn vị",
        "Đơn vị",
        "Tệp",
        "Phiên bản",
        LABELS["meta.as_of"],
        LABELS["meta.report_date"],
        "SHA-256 của tệp",
    )
    row = _head(pen, name, 2, heads)
    for file in outcome.merged:
        submission = file.submission
        assert submission is not None
        facts = (
            file.unit,
            submission.unit_name,
            "",
            str(submission.meta.get("meta.version", "")),
            submission.meta.get("meta.as_of"),
            submission.meta.get("meta.report_date"),
            submission.source.sha256,
        )
        for col, value in enumerate(facts):
            pen.write(Cell(name, row, col), value, pen.style("cell", "date" if isinstance(value, float) else ""))
        target = link_to(file.path, path)
        if target:
            pen.link(Cell(name, row, 2), target, file.file)
        row += 1
    pen.write(
        Cell(name, row + 1, 0), "Ngày chốt, mức chính xác và ghi chú của đơn vị theo từng dòng", pen.style("title")
    )
    row = _head(
        pen, name, row + 2, ("Mã đơn vị", "Đơn vị", "Nội dung", "", "", LABELS["as_of"], "Mức chính xác; ghi chú")
    )
    for file in outcome.merged:
        row = _remarks(pen, name, row, file)
    pen.landscape(sheet, 3, 2)
    pen.protect(sheet)


def _remarks(pen: Pen, sheet: str, row: int, file: FileOutcome) -> int:
    submission = file.submission
    assert submission is not None
    for indicator in submission.view.indicators:
        given = [submission.attributes.get(f"{indicator.code}.{key}") for key in ("as_of", "qualifier", "note")]
        if any(value is not None for value in given):
            words = "; ".join(value for value in given[1:] if isinstance(value, str))
            for col, value in enumerate(
                (file.unit, submission.unit_name, indicator.label, indicator.code, "", given[0], words)
            ):
                pen.write(Cell(sheet, row, col), value, pen.style("cell", "date" if isinstance(value, float) else ""))
            row += 1
    return row


def _head(pen: Pen, sheet: str, row: int, words: tuple[str, ...]) -> int:
    for col, word in enumerate(words):
        pen.write(Cell(sheet, row, col), word, pen.style("head"))
    return row + 1


def link_to(file: str, path: Path) -> str:
    """An external link from the workbook at `path` to a file, relative where possible; "" if none can be made."""
    if not file or "#" in file or not file.isprintable():
        return ""
    try:
        target = os.path.relpath(file, path.parent)
    except ValueError:  # another drive on Windows
        target = file
    return "external:" + target.replace("\\", "/")
