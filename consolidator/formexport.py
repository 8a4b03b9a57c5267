"""A form as a workbook that an expert edits: a row for each thing, drop-downs, notes on every heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from consolidator.element import Indicator
from consolidator.formnormal import canonical
from consolidator.formschema import (
    CHOICES,
    COLUMNS,
    COMMENT,
    COMMENT_COL,
    FILES,
    FORM,
    FORM_HEADS,
    HEAD_ROW,
    HINT_COL,
    INDICATORS,
    KEY_COL,
    LABEL_COL,
    LISTS,
    NARRATIVES,
    NO,
    NOTES,
    ROWS,
    RULES,
    SECTIONS,
    TABLES,
    TITLE_ROW,
    VALUE_COL,
    YES,
    Field,
    Plan,
)
from consolidator.layout import Cell, Value
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.rulebook import documents, load, shelf, source_texts
from consolidator.tomltext import Block, Book, pairs, read
from consolidator.unit import LEVELS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

CAPACITY = 1.15
"""Characters of a text that fit one of a column's width."""
SPARE = 60
"""Rows left free below what there is, drawn and checked like the others."""
Row = Mapping[str, Any]
Lists = Mapping[str, Mapping[str, str]]


def export(form_id: str) -> bytes:
    """The workbook of a form, from the text under `rules/`. Raises RulebookError for a form that does not load."""
    load(form_id)
    texts = source_texts(form_id, FILES)
    books = {file: canonical(file, read(texts[file])) if file in texts else Book() for file in FILES}
    pen, lists = Pen(), known_lists()
    help_sheet(pen)
    places = list_places(lists)
    _form_sheet(pen, books, places)
    for plan, rows in rows_of(books).items():
        _plan_sheet(pen, plan, rows, places)
    _lists_sheet(pen, lists)
    pen.open_at(FORM.sheet)
    return pen.finish()


def known_lists() -> dict[str, Mapping[str, str]]:
    """Every list that something is chosen from: what it means, by what stands in the cell."""
    catalogue, library = shelf()
    worded = {name: {words: code for code, words in one.items()} for name, one in CHOICES.items()}
    return {
        **worded,
        "levels": {level: catalogue.levels[level].name for level in LEVELS},
        "departments": dict(catalogue.departments),
        "sheets": dict(catalogue.sheets),
        "measures": {code: one.label for code, one in catalogue.measures.items()},
        "indicators": {code: one.label for code, one in library.items()},
        "flags": {YES: "", NO: ""},
    }


def rows_of(books: Mapping[str, Book]) -> dict[Plan, list[Row]]:
    """The rows of every sheet, by the keys of its columns."""
    _, library = shelf()
    tables = books[TABLES.file].blocks.get(TABLES.block, [])
    inner = [
        (name, {"table": block.values["id"], COMMENT: one.comment}, one.values)
        for block in tables
        for name, one in block.inner
    ]
    return {
        INDICATORS: [row for block in books[FORM.file].blocks.get("sheet", []) for row in _sheet_rows(block, library)],
        NARRATIVES: [_row(one) for one in books[NARRATIVES.file].blocks.get(NARRATIVES.block, [])],
        RULES: [_row(one) for one in books[RULES.file].blocks.get(RULES.block, [])],
        TABLES: [_row(one) for one in tables],
        COLUMNS: [{**head, **values} for name, head, values in inner if name == COLUMNS.block],
        ROWS: [{**head, "values": values} for name, head, values in inner if name == ROWS.block],
    }


def shown(field: Field, value: Any) -> Value:
    """A value as it stands in its cell."""
    match field.kind, value:
        case _, None | "":
            return None
        case "codes", list():
            return ", ".join(value)
        case "lines", list():
            return "\n".join(value)
        case "flag", bool():
            return YES if value else NO
        case "pairs", dict():
            return "\n".join(pairs(value))
        case "examples", list():
            return "\n".join(", ".join(pairs(one)) for one in value)
        case "choice", str():
            return CHOICES.get(field.choices, {}).get(value, value)
    return value if isinstance(value, str | int | float | date) else str(value)


def _row(block: Block) -> Row:
    return {**block.values, COMMENT: block.comment}


def _sheet_rows(block: Block, library: Mapping[str, Indicator]) -> list[Row]:
    """An appendix's indicators with what the library says of them; the comment of the appendix on the first."""
    rows: list[Row] = []
    for place, code in enumerate(block.values["indicators"]):
        known = {key: str(getattr(library[code], key)) for key in LIBRARY_KEYS}
        comment = "" if place else block.comment
        rows.append({"sheet": block.values["code"], "code": code, COMMENT: comment} | known)
    return rows


LIBRARY_KEYS = tuple(one.key for one in INDICATORS.fields if one.key not in ("sheet", "code", COMMENT))
"""What the sheet of indicators shows out of the library."""


def help_sheet(pen: Pen) -> None:
    """How to edit and hand back, on the first sheet."""
    words = documents()["form"]
    sheet = pen.sheet("Hướng dẫn")
    set_widths(sheet, (4, 120))
    pen.write(Cell("Hướng dẫn", TITLE_ROW, 1), words["title"], pen.style("title"))
    pen.landscape(sheet, HEAD_ROW, TITLE_ROW)
    for row, line in enumerate(words["lines"], HEAD_ROW):
        sheet.set_row(row, height_of(line, 110))
        pen.write(Cell("Hướng dẫn", row, 0), str(row - HEAD_ROW + 1), pen.style("plain"))
        pen.write(Cell("Hướng dẫn", row, 1), line, pen.style("plain"))


def _form_sheet(pen: Pen, books: Mapping[str, Book], places: Mapping[str, str]) -> None:
    name, book = FORM.sheet, books[FORM.file]
    widths = (20, 34, 70, 46, 60)
    sheet = _begin(pen, name, FORM_HEADS, widths)
    for row, field in enumerate(FORM.fields, HEAD_ROW + 1):
        value, comment = _head_value(book.head, field.key), book.comments.get(field.key, "")
        _say(pen, Cell(name, row, KEY_COL), field.key, "derived")
        _say(pen, Cell(name, row, LABEL_COL), field.label + " *" * field.required, "cell")
        _put(pen, sheet, Cell(name, row, VALUE_COL), field, value, places, row)
        _say(pen, Cell(name, row, HINT_COL), field.hint, "closed")
        _say(pen, Cell(name, row, COMMENT_COL), comment, "answer")
        _fit(sheet, row, (field.key, field.label, shown(field, value), field.hint, comment), widths)
    for row, (key, label) in enumerate(NOTES, HEAD_ROW + 1 + len(FORM.fields)):
        _say(pen, Cell(name, row, KEY_COL), key, "derived")
        _say(pen, Cell(name, row, LABEL_COL), label, "cell")
        for col in (VALUE_COL, HINT_COL):
            _say(pen, Cell(name, row, col), "", "none")
        _say(pen, Cell(name, row, COMMENT_COL), _note(books, key), "answer")
        _fit(sheet, row, (key, label, "", "", _note(books, key)), widths)


def _note(books: Mapping[str, Book], key: str) -> str:
    file, _, end = key.partition(" ")
    if end:
        return books[file].comment if end == "^" else books[file].tail
    return books[FORM.file].comments.get(key, "")


def _head_value(head: Mapping[str, Any], key: str) -> Any:
    value: Any = head
    for part in [key] if key in SECTIONS else key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _plan_sheet(pen: Pen, plan: Plan, rows: Sequence[Row], places: Mapping[str, str]) -> None:
    heads = [field.label + " *" * field.required for field in plan.fields]
    sheet = _begin(pen, plan.sheet, heads, [field.width for field in plan.fields])
    last = HEAD_ROW + len(rows) + SPARE
    for col, field in enumerate(plan.fields):
        if field.hint:
            sheet.write_comment(HEAD_ROW, col, field.hint)
        for row, values in enumerate(rows, HEAD_ROW + 1):
            _put(pen, sheet, Cell(plan.sheet, row, col), field, values.get(field.key), {}, row)
        for row in range(HEAD_ROW + 1 + len(rows), last + 1):
            pen.write(Cell(plan.sheet, row, col), None, pen.style(*_style(field)))
        _restrict(sheet, Cell(plan.sheet, HEAD_ROW + 1, col), field, places, last)
    for row, values in enumerate(rows, HEAD_ROW + 1):
        texts = [shown(field, values.get(field.key)) for field in plan.fields]
        _fit(sheet, row, texts, [field.width for field in plan.fields])
    sheet.autofilter(HEAD_ROW, 0, last, len(plan.fields) - 1)


def _begin(pen: Pen, name: str, heads: Sequence[str], widths: Sequence[float]) -> Worksheet:
    """A sheet with its title and frozen headings, printed one page across."""
    sheet = pen.sheet(name)
    set_widths(sheet, widths)
    pen.write(Cell(name, TITLE_ROW, 0), name, pen.style("title"))
    for col, head in enumerate(heads):
        pen.write(Cell(name, HEAD_ROW, col), head, pen.style("head"))
    sheet.set_row(HEAD_ROW, 33)
    pen.landscape(sheet, HEAD_ROW + 1, HEAD_ROW)
    sheet.freeze_panes(HEAD_ROW + 1, 2)
    return sheet


def _fit(sheet: Worksheet, row: int, texts: Sequence[Value], widths: Sequence[float]) -> None:
    """Makes a row as tall as the longest of its texts needs: Excel does not when it opens a file."""
    pairs_of = zip(texts, widths, strict=True)
    heights = [height_of(str(text), max(1, int(width * CAPACITY))) for text, width in pairs_of if text]
    sheet.set_row(row, max([18.0, *heights]))


def _say(pen: Pen, cell: Cell, text: str, style: str) -> None:
    pen.write(cell, text or None, pen.style(style))


def _style(field: Field) -> tuple[str, str]:
    """Numbers and days as such; all else as text, so that Excel makes no date of 1.10."""
    return ("input", "date") if field.kind == "day" else ("input", "") if field.kind in _NUMBERS else ("answer", "")


_NUMBERS = ("whole", "number")


def _put(
    pen: Pen, sheet: Worksheet, cell: Cell, field: Field, value: Any, places: Mapping[str, str], last: int
) -> None:
    pen.write(cell, shown(field, value), pen.style(*_style(field)))
    if places:
        _restrict(sheet, cell, field, places, last)


def _restrict(sheet: Worksheet, cell: Cell, field: Field, places: Mapping[str, str], last: int) -> None:
    """What Excel lets be typed from a cell down to a row."""
    rule: dict[str, Any] = {"error_title": field.label, "ignore_blank": True}
    name = "flags" if field.kind == "flag" else field.choices
    if field.kind in ("choice", "flag") or (field.kind == "code" and name):
        rule |= {"validate": "list", "source": places[name], "error_message": "Chọn trong danh sách."}
        rule |= {"error_type": "warning" if field.kind == "code" else "stop"}
    elif field.kind == "day":
        rule |= {"validate": "date", "criteria": ">", "value": date(1990, 1, 1), "error_message": "Gõ một ngày."}
    elif field.kind in _NUMBERS:
        rule |= {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "Gõ một số."}
    else:
        return
    assert sheet.data_validation(cell.row, cell.col, last, cell.col, rule) == 0, field.key


def list_places(lists: Lists) -> dict[str, str]:
    """Where each list stands on its sheet, as a formula."""
    found = {}
    for place, (name, items) in enumerate(lists.items()):
        first, last = (Cell(LISTS, row, 2 * place) for row in (HEAD_ROW + 1, HEAD_ROW + len(items)))
        found[name] = f"={first.absolute}:{last.absolute.partition('!')[2]}"
    return found


def _lists_sheet(pen: Pen, lists: Lists) -> None:
    words = documents()["form"]["lists"]
    heads = [text for name in lists for text in (words[name], "Nghĩa")]
    _begin(pen, LISTS, heads, [18, 30] * len(lists))
    for place, items in enumerate(lists.values()):
        for row, (code, meaning) in enumerate(items.items(), HEAD_ROW + 1):
            _say(pen, Cell(LISTS, row, 2 * place), code, "cell")
            _say(pen, Cell(LISTS, row, 2 * place + 1), meaning, "cell")
