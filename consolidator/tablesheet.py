"""Draws the sheets of tables: rows a unit adds one by one, checked line by line, with those of the units below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from consolidator.appendixsheet import sheet_heading, validate_date
from consolidator.content import Content, whose_words
from consolidator.element import Column, Table
from consolidator.finding import Severity
from consolidator.formula import TABLE, Address, figure_formula, to_formula
from consolidator.layout import Cell, Layout, TablePlan, Value, column_letters
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.submission import TableRow, derived_node, with_derived
from consolidator.tabling import own_rows, sentence, table_values

TAB_COLOUR = "833C0B"
UNITS_BELOW = "Của các đơn vị trực thuộc"
_NUMBERS = {
    "number": "decimal",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "text": "text",
    "choice": "text",
}


def draw_table(pen: Pen, plan: Layout, one: TablePlan, content: Content) -> None:
    """Draws one table: its own rows to fill in and, in a summary, the units' rows below them."""
    submission, table = content.submission, one.table
    mine = own_rows(submission, table)
    others = [row for row in submission.tables.get(table.id, ()) if row.unit != submission.unit]
    one = replace(one, rows=max(one.rows, len(mine) + (5 if others else 0)))
    sheet = pen.sheet(one.sheet, TAB_COLOUR)
    set_widths(sheet, (2, 22 if others else 5, *(column.width for column in table.columns), 34, 34))
    sheet.set_column(one.UNIT_COL, one.UNIT_COL, 2, None, {"hidden": True})
    sheet_heading(pen, one.sheet, f"{table.path}. {table.title}", one.NAME_COL, table.hint, whose_words(content.cover))
    heads = ["", "Đơn vị" if others else "TT", *(column.label for column in table.columns), "Lỗi", "Cảnh báo"]
    for col, word in enumerate(heads):
        pen.write(Cell(one.sheet, one.HEADER_ROW, col), word, pen.style("head"))
    sheet.set_row(one.HEADER_ROW, 36)
    values = table_values(_only(plan, one), submission)
    for row in range(one.rows):
        given = mine[row].values if row < len(mine) else {}
        pen.write(Cell(one.sheet, one.FIRST_ROW + row, one.NAME_COL), float(row + 1), pen.style("centre"))
        for column in table.columns:
            _cell(pen, one, row, column, given.get(column.id), values, content.is_open(table.dept))
        for severity in (Severity.ERROR, Severity.WARNING):
            cell = one.problem(row, severity)
            present = values[cell]
            pen.formula(cell, _problem_formula(plan, one, row, severity), str(present or ""), pen.style("problem"))
        sheet.set_row(one.FIRST_ROW + row, _height(table, given))
    _units_below(pen, one, with_derived(table, submission, others))
    _total_line(pen, one, mine, others)
    _names(pen, one)
    pen.landscape(sheet, one.FIRST_ROW, one.HEADER_ROW)
    pen.protect(sheet)


def _only(plan: Layout, one: TablePlan) -> Layout:
    """A layout that knows of one table only, with the number of rows it really gets."""
    alone = object.__new__(Layout)
    alone.__dict__.update(plan.__dict__)
    alone.tables = (one,)
    return alone


def _cell(
    pen: Pen,
    one: TablePlan,
    row: int,
    column: Column,
    value: float | str | None,
    values: Mapping[Cell, Value],
    is_open: bool,
) -> None:
    cell, number = one.cell(row, column.id), _NUMBERS[column.type]
    sheet = pen.book.get_worksheet_by_name(one.sheet)
    if column.derived:
        text = figure_formula(derived_node(one.table, column.id), _address(one, row))
        present = values[cell]
        pen.formula(cell, text, present if isinstance(present, float | str) else "", pen.style("derived", number))
        return
    style = ("answer" if column.is_text else "input") if is_open else "closed"
    pen.write(cell, value, pen.style(style, number))
    if column.choices:
        sheet.data_validation(
            cell.row,
            cell.col,
            cell.row,
            cell.col,
            {
                "validate": "list",
                "source": list(column.choices),
                "error_title": "Chọn trong danh sách",
                "error_message": "Ô này chỉ nhận một giá trị trong danh sách.",
            },
        )
    elif column.type == "date":
        validate_date(sheet, cell, column.label)


def _address(one: TablePlan, row: int) -> Address:
    """Names of a row's columns as cells of that row; other names as they are."""

    def place(name: str) -> str:
        head, _, column = name.partition(".")
        return f"${column_letters(one.col(column))}{one.FIRST_ROW + row + 1}" if head in ("r", "rt") else name

    return place


def _problem_formula(plan: Layout, one: TablePlan, row: int, severity: Severity) -> str:
    """What the rules of the table say of a row: nothing while its key is blank."""
    parts = []
    for check in plan.view.checks:
        is_error = check.rule.severity is Severity.ERROR
        if check.table == one.table.id and is_error == (severity is Severity.ERROR):
            test = to_formula(check.node, check.rule.tolerated, _address(one, row))
            told = sentence(check.rule.message, check.facts).replace('"', '""')
            parts.append(f'IFERROR(IF({test},"","{told}"),"")')
    key = f"${column_letters(one.col(one.table.key))}{one.FIRST_ROW + row + 1}"
    return f'=IF(LEN(TRIM({key}))=0,"",{"&".join(parts) or chr(34) * 2})'


def _units_below(pen: Pen, one: TablePlan, rows: Sequence[TableRow]) -> None:
    if not rows:
        return
    sheet = pen.book.get_worksheet_by_name(one.sheet)
    top = one.FIRST_ROW + one.rows + 2
    last = one.FIRST_COL + len(one.table.columns) - 1
    sheet.merge_range(top - 1, one.NAME_COL, top - 1, last, UNITS_BELOW, pen.style("section"))
    for offset, row in enumerate(rows):
        pen.write(Cell(one.sheet, top + offset, one.UNIT_COL), row.unit, pen.style("cell"))
        pen.write(Cell(one.sheet, top + offset, one.NAME_COL), row.unit_name, pen.style("top"))
        for column in one.table.columns:
            cell = Cell(one.sheet, top + offset, one.col(column.id))
            pen.write(cell, row.values.get(column.id), pen.style("top", _NUMBERS[column.type]))
        sheet.set_row(top + offset, _height(one.table, row.values))
    pen.name(f"tl.{one.table.id}", Cell(one.sheet, top, one.UNIT_COL))


def _total_line(pen: Pen, one: TablePlan, mine: Sequence[TableRow], others: Sequence[TableRow]) -> None:
    """Sums of the columns that may be summed, over own and units' rows."""
    summed = [column for column in one.table.columns if column.total]
    if not summed:
        return
    row = one.FIRST_ROW + one.rows + (3 + len(others) if others else 1)
    pen.write(Cell(one.sheet, row, one.NAME_COL), "Cộng", pen.style("total"))
    for column in summed:
        letters = column_letters(one.col(column.id))
        run = f"{letters}{one.FIRST_ROW + 1}:{letters}{row}"
        given = [v for r in (*mine, *others) if isinstance(v := r.values.get(column.id), float)]
        text = f'=IF(COUNT({run})=0,"",SUM({run}))'
        style = pen.style("total", _NUMBERS[column.type])
        pen.formula(Cell(one.sheet, row, one.col(column.id)), text, float(sum(given)) if given else "", style)


def _names(pen: Pen, one: TablePlan) -> None:
    pen.book.define_name(TABLE + one.table.id, "=" + one.run(one.col(one.table.key)))
    for column in one.table.columns:
        pen.book.define_name(f"{TABLE}{one.table.id}.{column.id}", "=" + one.run(one.col(column.id)))


def _height(table: Table, values: Mapping[str, float | str]) -> float:
    texts = [(values.get(c.id), c.width) for c in table.columns]
    return max([30.0, *(height_of(text, int(width)) for text, width in texts if isinstance(text, str))])
