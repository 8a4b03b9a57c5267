"""Draws the appendix sheets: the rows and columns of figures that a clerk fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from xlsxwriter.worksheet import Worksheet

from consolidator import layout as at
from consolidator.booknames import COVER, PAGE_MARKS
from consolidator.content import WHOSE_FORMULA, Content, whose_words
from consolidator.element import ATTRIBUTES, QUALIFIERS, Figure
from consolidator.expression import is_live
from consolidator.finding import Severity
from consolidator.form import LevelForm
from consolidator.formula import figure_formula
from consolidator.layout import Appendix, Cell, Layout, Row, Value
from consolidator.lettering import APPENDIX_HEADS, column_heads, row_label, span_words
from consolidator.paper import height_of, shortened
from consolidator.pen import Pen, set_widths
from consolidator.wording import BROKEN, LABELS
from consolidator.workedout import worked_out

DATES: Mapping[str, object] = {
    "validate": "date",
    "criteria": "between",
    "minimum": date(2000, 1, 1),
    "maximum": date(2100, 1, 1),
    "error_title": "Chưa đúng ngày",
    "error_message": "Gõ ngày dạng ngày/tháng/năm, ví dụ 30/09/2023.",
}
"""Lets a cell take only days."""
TAB_COLOUR = "1F4E79"
HINT_ROW = Appendix.HINT_ROW
_MESSAGES = {
    "money": {"input_title": "Tiền", "input_message": "Ghi bằng đồng: 31 triệu đồng là 31000000."},
    "percent": {"input_title": "Tỷ lệ %", "input_message": "Ghi 90,6 cho 90,6 %; không gõ dấu %."},
}
"""What a cell says while it is selected, where people err most."""


def draw_appendix(pen: Pen, plan: Layout, appendix: Appendix, content: Content, values: Mapping[Cell, Value]) -> None:
    """Draws one appendix: rows of indicators, columns of measures and attributes, marks on what is broken."""
    view, name = plan.view, appendix.sheet
    sheet = pen.sheet(name, TAB_COLOUR)
    widths = (2, 5, 46, 13, *(_width(view, appendix, measure) for measure in appendix.measures), 11, 10, 20)
    set_widths(sheet, widths)
    sheet.set_column(0, 0, 2, None, {"hidden": True})
    title, places = f"{name}. {appendix.title}", (Appendix.NUMBER_COL, len(widths) - 1)
    sheet_heading(pen, name, title, places, widths, _hint(appendix, content), whose_words(content.cover))
    if content.totals:
        cell = Cell(name, at.LINK_ROW, Appendix.FIRST_COL)
        pen.link(cell, f"#{at.quoted('SL ' + name)}!A1", "Số liệu từng đơn vị →", pen.style("subtitle"))
    heads, options = (*APPENDIX_HEADS, *column_heads(view, appendix).values()), len(ATTRIBUTES)
    for col, word in enumerate(heads):
        style = "head" if col < len(heads) - options else "subhead"
        pen.write(Cell(name, Appendix.HEADER_ROW, col), word, pen.style(style))
    sheet.set_row(Appendix.HEADER_ROW, 36)
    for row in appendix.rows:
        indicator = row.indicator
        text = row_label(row)
        pen.write(Cell(name, row.row, Appendix.CODE_COL), indicator.code, pen.style("cell"))
        if way := content.ways.get(indicator.code):
            pen.link(Cell(name, row.row, Appendix.NUMBER_COL), way, row.number, pen.style("way"))
        else:
            pen.write(Cell(name, row.row, Appendix.NUMBER_COL), row.number, pen.style("centre"))
        pen.write(Cell(name, row.row, Appendix.LABEL_COL), text, pen.style("cell", indent=row.depth * 2))
        pen.write(Cell(name, row.row, Appendix.UNIT_COL), indicator.unit, pen.style("centre"))
        sheet.set_row(row.row, max(20.0, height_of(text, 46 - 4 * row.depth), height_of(indicator.unit, 13)))
        for measure in appendix.measures:
            _figure(
                pen, plan, appendix.cell(row, measure), view.by_ref.get(f"{indicator.code}.{measure}"), content, values
            )
        _attributes(pen, appendix, row, content)
    pen.landscape(sheet, Appendix.FIRST_ROW, Appendix.HEADER_ROW)
    sheet.freeze_panes(Appendix.FIRST_ROW, Appendix.FIRST_COL)
    sheet.print_area(0, 0, appendix.rows[-1].row, len(widths) - 1)
    pen.protect(sheet)


def _width(view: LevelForm, appendix: Appendix, measure: str) -> float:
    """Width of a column: sums of money need room for twelve digits, percentages hardly any."""
    found = [view.by_ref.get(f"{row.indicator.code}.{measure}") for row in appendix.rows]
    kinds = {"percent" if one.unit == "%" else one.indicator.type for one in found if one}
    return 15 if "money" in kinds else 10 if kinds == {"percent"} else 12


def _hint(appendix: Appendix, content: Content) -> str:
    if not content.totals:
        return (
            "Gõ số vào ô màu vàng; ô xám tự tính; ô gạch xám không dùng. Chưa có số liệu thì để trống, "
            "không phát sinh thì ghi 0. Ba cột cuối chỉ ghi khi cần."
        )
    hint = (
        f"Ô xanh là tổng, tự cộng từ trang “SL {appendix.sheet}” (bấm số ở cột TT để tới). Số của chính cấp mình "
        "gõ vào dòng màu vàng của trang đó, không gõ ở đây. Ô xám tự tính."
    )
    return hint + " Chỉ phần việc của ban mình được mở để nhập." * bool(content.department)


def _figure(
    pen: Pen, plan: Layout, cell: Cell, figure: Figure | None, content: Content, values: Mapping[Cell, Value]
) -> None:
    sheet = pen.book.get_worksheet_by_name(cell.sheet)
    if figure is None:
        pen.write(cell, None, pen.style("none"))
        return
    number = "percent" if figure.unit == "%" else figure.indicator.type
    value, formula = content.submission.value(figure.ref), _formulas(plan.view).get(figure.ref)
    if formula is not None:
        cached = values[cell]
        present = cached if isinstance(cached, float | str) else ""
        pen.formula(cell, formula, present, pen.style("derived", number))
    elif figure.derived is not None:
        pen.write(cell, value, pen.style("derived", number))
    elif figure.ref in content.totals:
        pen.formula(cell, content.totals[figure.ref], "" if value is None else value, pen.style("total", number))
    else:
        is_open = content.is_open(figure.indicator.dept)
        typed = content.submission.texts.get(figure.ref, value)
        pen.write(cell, typed, pen.style("input" if is_open else "closed", number))
        _validate(sheet, cell, figure, plan.view.level)
    _mark(pen, plan, cell, figure)


@worked_out
def _formulas(view: LevelForm) -> dict[str, str]:
    """The formulas of derived figures that a workbook by itself can compute."""
    derived = ((figure.ref, figure.derived) for figure in view.derived)
    return {ref: figure_formula(node) for ref, node in derived if node is not None and is_live(node)}


def _attributes(pen: Pen, appendix: Appendix, row: Row, content: Content) -> None:
    sheet = pen.book.get_worksheet_by_name(appendix.sheet)
    code, given = row.indicator.code, content.submission.attributes
    style = "option" if content.is_open(row.indicator.dept) else "closed"
    styles = {"as_of": pen.style(style, "date"), "qualifier": pen.style(style), "note": pen.style(style, "text")}
    for key, style in styles.items():
        cell, name = appendix.cell(row, key), f"{code}.{key}"
        if name in content.totals:
            present = given.get(name, "")
            pen.formula(cell, content.totals[name], present, pen.style("total", "date" if key == "as_of" else ""))
        else:
            pen.write(cell, given.get(name), style)
    as_of, qualifier = appendix.cell(row, "as_of"), appendix.cell(row, "qualifier")
    if f"{code}.as_of" not in content.totals:
        validate_date(sheet, as_of, LABELS["as_of"])
    sheet.data_validation(
        qualifier.row,
        qualifier.col,
        qualifier.row,
        qualifier.col,
        {
            "validate": "list",
            "source": list(QUALIFIERS),
            "input_title": LABELS["qualifier"],
            "input_message": "Để trống nếu số chính xác. Chọn “trên” nếu chỉ biết số tối thiểu.",
        },
    )


def sheet_heading(
    pen: Pen, sheet: str, title: str, cols: tuple[int, int], widths: Sequence[float], hint: str, whose: str
) -> None:
    """Title, way back to the cover, whose page it is and a hint, at the top of a sheet over columns `cols`."""
    (first, last), drawn = cols, pen.book.get_worksheet_by_name(sheet)
    across = int(sum(widths[first : last + 1]))
    pen.title(Cell(sheet, 0, first), last, shortened(title, int(across * 0.7) - len(pen.stamp)))
    drawn.set_row(0, 26)
    pen.link(Cell(sheet, at.LINK_ROW, first), f"#{at.quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    pen.formula(Cell(sheet, at.LINK_ROW, first + 1), WHOSE_FORMULA, whose, pen.style("subtitle"))
    drawn.merge_range(HINT_ROW, first, HINT_ROW, last, hint, pen.style("hint"))
    drawn.set_row(HINT_ROW, height_of(hint, int(across * 1.1)))


def mark_drawn(pen: Pen, name: str, mark: int) -> None:
    """Writes into the hidden column `mark` of a page that only shows what was drawn on it: any more is a stray."""
    for row, cols in pen.filled(name).items():
        pen.write(Cell(name, row, mark), span_words(cols, mark), pen.style("faint"))
    pen.name(PAGE_MARKS[name], Cell(name, 0, mark))
    pen.book.get_worksheet_by_name(name).set_column(mark, mark, 2, None, {"hidden": True})


def _validate(sheet: Worksheet, cell: Cell, figure: Figure, level: str) -> None:
    """What Excel itself refuses while typing; pasted values are caught by the rules."""
    indicator = figure.indicator
    box = (cell.row, cell.col, cell.row, cell.col)
    if indicator.type == "date":
        validate_date(sheet, cell, indicator.label)
    elif indicator.agg == "count" and level == "CDCS":
        sheet.data_validation(
            *box,
            {
                "validate": "list",
                "source": ["0", "1"],
                "input_title": "Có hay không",
                "input_message": "Có ghi 1, không ghi 0.",
                "error_title": "Chỉ 0 hoặc 1",
                "error_message": "Ở công đoàn cơ sở, chỉ tiêu này chỉ nhận 1 (có) hoặc 0 (không).",
            },
        )
    else:
        whole = indicator.type == "int" and figure.unit != "%"
        kind = "số nguyên" if whole else "số"
        sheet.data_validation(
            *box,
            {
                "validate": "integer" if whole else "decimal",
                "criteria": ">=",
                "value": 0,
                "error_title": "Chỉ gõ số",
                "error_message": f"Ô này nhận {kind} không âm, đơn vị tính: {figure.unit}. Không gõ chữ.",
                **_MESSAGES.get("percent" if figure.unit == "%" else indicator.type, {}),
            },
        )


def validate_date(sheet: Worksheet, cell: Cell, label: str) -> None:
    """Lets a cell take only days."""
    rule = {**DATES, "input_title": shortened(label, 32), "input_message": "Gõ ngày dạng 30/09/2023."}
    sheet.data_validation(cell.row, cell.col, cell.row, cell.col, rule)


def _mark(pen: Pen, plan: Layout, cell: Cell, figure: Figure) -> None:
    """Colours a figure's cell while a rule that touches it is broken, or while a text stands in it."""
    sheet = pen.book.get_worksheet_by_name(cell.sheet)
    if figure.indicator.type == "decimal" and figure.unit != "%":
        pen.whole(sheet, cell, cell)
    for severity, style in ((Severity.ERROR, "wrong"), (Severity.WARNING, "doubt")):
        states = [
            plan.state(index).absolute
            for index in plan.checks_of(figure)
            if plan.live_checks[index].rule.severity is severity
        ]
        tests = [f'{state}="{BROKEN}"' for state in states]
        if severity is Severity.ERROR and figure.derived is None:
            tests.append(f"AND(ISTEXT({cell.a1}),LEN({cell.a1})>0)")
        if tests:
            sheet.conditional_format(
                cell.row,
                cell.col,
                cell.row,
                cell.col,
                {"type": "formula", "criteria": f"=OR({','.join(tests)})", "format": pen.mark(style)},
            )
