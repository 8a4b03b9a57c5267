"""Draws the sheets of tables: rows a unit adds one by one, checked line by line, with those of the units below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from consolidator.appendixsheet import DATES, sheet_heading
from consolidator.columns import column_letters
from consolidator.content import Content, whose_words
from consolidator.element import Column, Table
from consolidator.finding import Severity
from consolidator.formula import TABLE, Address, figure_formula, to_formula
from consolidator.layout import Cell, Layout, TablePlan, Value
from consolidator.lettering import TOTAL_LINE, UNITS_BELOW, problem_head, table_heads
from consolidator.paper import PAGE, fitted, height_of, shortened
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Strip
from consolidator.submission import TableRow, own_rows
from consolidator.tabling import RowsBelow, sentence, table_values

TAB_COLOUR = "833C0B"
NARROWEST = 9.5
"""Characters that a column's heading needs at least."""
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
    others = RowsBelow(submission, table.id)
    one = replace(one, rows=max(one.rows, len(mine) + (5 if others else 0)))
    sheet, last = pen.sheet(one.sheet, TAB_COLOUR), one.FIRST_COL + len(table.columns) - 1
    widths = (2, 22 if others else 6, *widths_of(table))
    set_widths(sheet, widths)
    sheet.set_column(last + 1, last + 2, 34)
    sheet.set_column(one.UNIT_COL, one.UNIT_COL, 2, None, {"hidden": True})
    title, places = ". ".join(filter(None, (table.path, table.title))), (one.NAME_COL, last)
    sheet_heading(pen, one.sheet, title, places, widths, _hint(table, bool(others)), whose_words(content.cover))
    _heads(pen, one, "Đơn vị" if others else "TT")
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
        sheet.set_row(one.FIRST_ROW + row, row_height(table, given))
    for column in table.columns:
        _guard(pen, one, column)
    _units_below(pen, one, others)
    end = _total_line(pen, one, mine, others)
    _names(pen, one)
    pen.landscape(sheet, one.FIRST_ROW, one.HEADER_ROW)
    is_named = table.columns[0].id == table.key
    sheet.freeze_panes(one.FIRST_ROW, one.FIRST_COL + is_named)
    sheet.print_area(0, 0, end, last)
    pen.protect(sheet)


def widths_of(table: Table) -> tuple[float, ...]:
    """Widths of a table's columns: those of the form as far as a page has room."""
    return fitted([max(NARROWEST, column.width) for column in table.columns], PAGE - 6)


def row_height(table: Table, values: Mapping[str, float | str]) -> float:
    """Height of a row for the texts in it."""
    return _tallest(values, [(one.id, int(width)) for one, width in zip(table.columns, widths_of(table), strict=True)])


def _tallest(values: Mapping[str, float | str], widths: Sequence[tuple[str, int]]) -> float:
    texts = [(text, width) for column, width in widths if isinstance(text := values.get(column), str)]
    return max([27.0, *(height_of(text, width) for text, width in texts if len(text) > width or "\n" in text)])


def _hint(table: Table, has_others: bool) -> str:
    parts = [
        table.hint.rstrip(". ") + ".",
        "Cột có dấu * phải điền." * any(column.required for column in table.columns),
        "Ô xám tự tính." * bool(table.derived),
        "Dòng vàng là của chính cấp mình; dòng của các đơn vị ở bên dưới." * has_others,
        "Lỗi và cảnh báo của từng dòng hiện ở hai cột ngoài cùng bên phải.",
    ]
    return " ".join(part for part in parts if part)


def _heads(pen: Pen, one: TablePlan, first: str) -> None:
    """Headings; those beside the printed table, where a row's faults are told, are paler."""
    labels = list(table_heads(one.table).values())
    for col, word in enumerate(("", first, *labels)):
        pen.write(Cell(one.sheet, one.HEADER_ROW, col), word, pen.style("head"))
    for severity, style in ((Severity.ERROR, "wrong"), (Severity.WARNING, "doubt")):
        top, end = one.problem(0, severity), one.problem(one.rows - 1, severity)
        pen.write(top._replace(row=one.HEADER_ROW), problem_head(severity), pen.style("subhead"))
        rule = {"type": "formula", "criteria": f"=LEN({top.a1})>0", "format": pen.mark(style)}
        pen.book.get_worksheet_by_name(one.sheet).conditional_format(top.row, top.col, end.row, end.col, rule)
    widths = [max(int(width) - 1, 4) for width in widths_of(one.table)]
    heights = (height_of(word, width) for word, width in zip(labels, widths, strict=True))
    pen.book.get_worksheet_by_name(one.sheet).set_row(one.HEADER_ROW, max(36.0, *heights))


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
    if column.derived:
        text = figure_formula(one.table.derivations[column.id], _address(one, row))
        present = values[cell]
        pen.formula(cell, text, present if isinstance(present, float | str) else "", pen.style("derived", number))
        return
    style = ("answer" if column.is_text else "input") if is_open else "closed"
    pen.write(cell, value, pen.style(style, number))


def _guard(pen: Pen, one: TablePlan, column: Column) -> None:
    """What a column takes and what its cells say while selected; pasted values are caught by the rules."""
    sheet = pen.book.get_worksheet_by_name(one.sheet)
    top, end = one.cell(0, column.id), one.cell(one.rows - 1, column.id)
    box = (top.row, top.col, end.row, end.col)
    told = {"input_title": shortened(column.label, 32), "input_message": shortened(column.note, 250)}
    rule: dict[str, object] = {**told} if column.note else {}
    if column.derived or column.type == "text":
        rule |= {"validate": "any"} if rule else {}
    elif column.type == "choice":
        rule |= {"validate": "list", "source": list(column.choices), "error_title": "Chọn trong danh sách"}
        rule["error_message"] = "Ô này chỉ nhận một giá trị trong danh sách (bấm mũi tên bên phải ô)."
    elif column.type == "date":
        rule |= DATES
    else:
        rule |= {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
        rule |= {"error_title": "Chỉ gõ số", "error_message": "Ô này chỉ nhận số, không kèm chữ hay đơn vị tính."}
        pen.whole(sheet, top, end)
    if rule:
        assert sheet.data_validation(*box, rule) == 0, f"{one.table.id}.{column.id}"


def _address(one: TablePlan, row: int) -> Address:
    """Names of a row's columns as cells of that row; other names as they are."""

    def place(name: str) -> str:
        head, _, column = name.partition(".")
        return f"${column_letters(one.col(column))}{one.FIRST_ROW + row + 1}" if head in ("r", "rt") else name

    return place


def _problem_formula(plan: Layout, one: TablePlan, row: int, severity: Severity) -> str:
    """What the rules of the table say of a row: nothing while its key is blank."""
    parts = []
    for check in plan.view.row_checks[one.table.id]:
        if (check.rule.severity is Severity.ERROR) == (severity is Severity.ERROR):
            test = to_formula(check.node, check.rule.tolerated, _address(one, row))
            told = sentence(check.rule.message, check.facts).replace('"', '""')
            parts.append(f'IFERROR(IF({test},"","{told}"),"")')
    key = f"${column_letters(one.col(one.table.key))}{one.FIRST_ROW + row + 1}"
    return f'=IF(LEN(TRIM({key}))=0,"",{"&".join(parts) or chr(34) * 2})'


def _units_below(pen: Pen, one: TablePlan, rows: RowsBelow) -> None:
    if not rows:
        return
    sheet = pen.book.get_worksheet_by_name(one.sheet)
    top = one.FIRST_ROW + one.rows + 2
    last = one.FIRST_COL + len(one.table.columns) - 1
    sheet.merge_range(top - 1, one.NAME_COL, top - 1, last, UNITS_BELOW, pen.style("section"))
    cell, text = pen.style("cell"), pen.style("top")
    styles = [(column.id, pen.style("top", _NUMBERS[column.type])) for column in one.table.columns]
    widths = [(column.id, int(width)) for column, width in zip(one.table.columns, widths_of(one.table), strict=True)]

    def strips() -> Iterator[Strip]:
        for row in rows:
            given = ((row.values.get(column), style) for column, style in styles)
            yield Strip(((row.unit, cell), (row.unit_name, text), *given), _tallest(row.values, widths))

    pen.rows(Cell(one.sheet, top, one.UNIT_COL), last, len(rows), strips())
    pen.name(f"tl.{one.table.id}", Cell(one.sheet, top, one.UNIT_COL))


def _total_line(pen: Pen, one: TablePlan, mine: Sequence[TableRow], others: RowsBelow) -> int:
    """Sums of the columns that may be summed, over own and units' rows; the table's last row."""
    summed = [column for column in one.table.columns if column.total]
    last = one.FIRST_ROW + one.rows + (1 + len(others) if others else -1)
    if not summed:
        return last
    row = last + 2
    pen.write(Cell(one.sheet, row, one.NAME_COL), TOTAL_LINE, pen.style("total"))
    given: dict[str, list[float]] = {column.id: [] for column in summed}
    for id_, found in ((id_, r.values.get(id_)) for r in chain(mine, others) for id_ in given):
        if isinstance(found, float):
            given[id_].append(found)
    for column in summed:
        letters = column_letters(one.col(column.id))
        run = f"{letters}{one.FIRST_ROW + 1}:{letters}{row}"
        text = f'=IF(COUNT({run})=0,"",SUM({run}))'
        style = pen.style("total", _NUMBERS[column.type])
        pen.formula(
            Cell(one.sheet, row, one.col(column.id)),
            text,
            float(sum(given[column.id])) if given[column.id] else "",
            style,
        )
    return row


def _names(pen: Pen, one: TablePlan) -> None:
    pen.book.define_name(TABLE + one.table.id, "=" + one.run(one.col(one.table.key)))
    for column in one.table.columns:
        pen.book.define_name(f"{TABLE}{one.table.id}.{column.id}", "=" + one.run(one.col(column.id)))
