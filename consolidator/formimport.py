"""A workbook that an expert edited as the text of a form; every mistake with sheet, cell and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consolidator.formcells import CannotRead, read_cell
from consolidator.formexport import LIBRARY_KEYS, known_lists, shown
from consolidator.formfound import Mistake, Read
from consolidator.formschema import (
    COLUMNS,
    COMMENT,
    COMMENT_COL,
    FORM,
    FORM_HEADS,
    INDICATORS,
    KEY_COL,
    NARRATIVES,
    NOTES,
    ROWS,
    RULES,
    SECTIONS,
    TABLES,
    VALUE_COL,
    Field,
    Plan,
)
from consolidator.grid import Grid, key_of
from consolidator.layout import address
from consolidator.rulebook import shelf
from consolidator.tomltext import Block

_TOP = 12
"""Rows in which the headings of a sheet are looked for."""


def read_form(grid: Grid) -> Read:
    """The form in a workbook. Nothing is raised for what an expert typed."""
    reader = _Reader(grid)
    reader.form()
    reader.indicators()
    reader.blocks(NARRATIVES)
    reader.blocks(RULES)
    reader.tables()
    return reader.done


@dataclass(frozen=True)
class _Row:
    """A row of a sheet: its number (0-based), columns and values by key; values that cannot be read are left out."""

    number: int
    columns: Mapping[str, int]
    values: dict[str, Any]

    def cell(self, key: str) -> str:
        return address(self.number, self.columns.get(key, 0))


class _Reader:
    def __init__(self, grid: Grid) -> None:
        self.grid, self.done = grid, Read()
        self.lists = {name: set(items) for name, items in known_lists().items()}
        self.lists["indicators"] |= set(self._typed_codes(INDICATORS, "code"))

    def say(self, sheet: str, cell: str, text: str) -> None:
        self.done.mistakes.append(Mistake(sheet, cell, text))

    def form(self) -> None:
        """The sheet with a row for each key."""
        name, book = FORM.sheet, self.done.books[FORM.file]
        top = self._head(name, FORM_HEADS[: VALUE_COL + 1])
        if top is None:
            return
        rows = {str(row[KEY_COL]).strip(): number for number, row in enumerate(self.grid.rows[name]) if row}
        for one in FORM.fields:
            number = rows.get(one.key)
            if number is None:
                if one.required:
                    self.say(name, "", f"Thiếu dòng “{one.key}” ({one.label}). Thêm lại dòng này vào cột “Khóa”.")
                continue
            value = self._value(name, number, VALUE_COL, one)
            self.done.places[FORM.file, one.key, ""] = (name, address(number, VALUE_COL))
            _set(book.head, one.key, value)
            if comment := self._comment(name, number):
                book.comments[one.key] = comment
        for key, _ in NOTES:
            if key in rows and (comment := self._comment(name, rows[key])):
                file, _, end = key.partition(" ")
                if not end:
                    book.comments[key] = comment
                elif end == "^":
                    self.done.books[file].comment = comment
                else:
                    self.done.books[file].tail = comment
        self.done.form_id = str(book.head.get("id", ""))

    def indicators(self) -> None:
        """The appendices: rows in their order; indicators that the library lacks are added to it."""
        _, library = shelf()
        blocks: dict[str, Block] = {}
        seen: set[str] = set()
        for row in self.rows(INDICATORS):
            sheet, code = row.values.get("sheet"), row.values.get("code")
            if not sheet or not code:
                continue
            if code in seen:
                self.say(INDICATORS.sheet, row.cell("code"), f"Mã “{code}” đứng hai lần. Xóa một dòng.")
            seen.add(code)
            block = blocks.setdefault(sheet, Block({"code": sheet, "indicators": []}))
            block.values["indicators"].append(code)
            block.comment = "\n".join(filter(None, (block.comment, row.values.get(COMMENT, ""))))
            self._remember(INDICATORS, code, row)
            given = {key: row.values[key] for key in LIBRARY_KEYS if row.values.get(key) not in (None, "")}
            if code in library:
                self._compare(row, code, given)
            else:
                self._add(row, code, given)
        self.done.books[FORM.file].blocks["sheet"] = list(blocks.values())
        if not blocks:
            self.say(INDICATORS.sheet, "", "Biểu mẫu chưa có chỉ tiêu nào.")

    def blocks(self, plan: Plan) -> None:
        """A sheet whose rows are the blocks of a file."""
        paths: set[str] = set()
        for row in self.rows(plan):
            if row.values.get("kind") == "answer" and not row.values.get("prompt"):
                self.say(plan.sheet, row.cell("prompt"), "Mục phải viết cần có gợi ý viết.")
            path = row.values.get("path")
            if path in paths:
                self.say(plan.sheet, row.cell("path"), f"Vị trí “{path}” đứng hai lần. Mỗi mục một vị trí.")
            paths |= {path} if path else set()
            self.done.books[plan.file].blocks.setdefault(plan.block, []).append(self.block(plan, row))

    def tables(self) -> None:
        """Tables with their columns and rows."""
        found: dict[str, Block] = {}
        keys: list[tuple[str, str, str]] = []
        for row in self.rows(TABLES):
            found[str(row.values.get("id", ""))] = self.block(TABLES, row)
            keys.append((str(row.values.get("id", "")), str(row.values.get("key", "")), row.cell("key")))
        for plan in (COLUMNS, ROWS):
            for row in self.rows(plan):
                table = row.values.pop("table", "")
                if table not in found:
                    if table:
                        self.say(plan.sheet, row.cell("table"), f"Không có bảng “{table}” ở trang “{TABLES.sheet}”.")
                    continue
                block = self.block(plan, row, f"{table}.")
                if plan is ROWS:
                    block.values = dict(block.values.get("values", {}))
                found[table].inner.append((plan.block, block))
        for table, key, cell in keys:
            if key and key not in [one.values.get("id") for name, one in found[table].inner if name == COLUMNS.block]:
                self.say(TABLES.sheet, cell, f"Bảng “{table}” không có cột “{key}” ở trang “{COLUMNS.sheet}”.")
        if found:
            self.done.books[TABLES.file].blocks[TABLES.block] = list(found.values())

    def block(self, plan: Plan, row: _Row, head: str = "") -> Block:
        """A row as a block of its file."""
        values = {key: value for key, value in row.values.items() if key != COMMENT}
        self._remember(plan, head + str(values.get(plan.key, "")), row)
        return Block(values, row.values.get(COMMENT, ""))

    def rows(self, plan: Plan) -> Iterator[_Row]:
        """The filled rows of a sheet; what is wrong in their cells is said, and keys that stand twice."""
        columns = self._columns(plan)
        if columns is None:
            return
        top, by_key = columns
        seen: set[str] = set()
        for number in range(top + 1, len(self.grid.rows[plan.sheet])):
            cells = [self.grid.at(plan.sheet, number, col) for col in by_key.values()]
            if all(value is None or str(value).strip() == "" for value in cells):
                continue
            values: dict[str, Any] = {}
            for one in (one for one in plan.fields if one.key in by_key):
                value = self._value(plan.sheet, number, by_key[one.key], one)
                if value is not None:
                    values[one.key] = value
            row = _Row(number, by_key, values)
            key = str(values.get(plan.key, ""))
            if plan in (NARRATIVES, RULES, TABLES) and key in seen:
                self.say(plan.sheet, row.cell(plan.key), f"Mã “{key}” đứng hai lần. Mỗi mã chỉ một dòng.")
                continue
            seen.add(key)
            yield row

    def _columns(self, plan: Plan) -> tuple[int, dict[str, int]] | None:
        """The row of the headings and the columns by key; what is missing is said."""
        needed = [one.label for one in plan.fields if one.required]
        top = self._head(plan.sheet, needed, is_needed=plan is INDICATORS)
        if top is None:
            return None
        heads = [_head_key(value) for value in self.grid.rows[plan.sheet][top]]
        return top, {one.key: heads.index(_head_key(one.label)) for one in plan.fields if _head_key(one.label) in heads}

    def _head(self, sheet: str, needed: Sequence[str], is_needed: bool = True) -> int | None:
        """The row of a sheet's headings; None, and why said, where it is not to be found."""
        rows = self.grid.rows.get(sheet)
        if rows is None:
            if is_needed:
                self.say(sheet, "", f"Thiếu trang “{sheet}”. Xuất lại biểu mẫu để lấy trang này.")
            return None
        wanted = set(map(_head_key, needed))
        best = max(range(min(_TOP, len(rows))), key=lambda at: len(wanted & set(map(_head_key, rows[at]))), default=0)
        missing = [one for one in needed if not rows or _head_key(one) not in map(_head_key, rows[best])]
        if missing:
            names = ", ".join(f"“{one}”" for one in missing)
            self.say(sheet, address(best, 0), f"Dòng tiêu đề thiếu cột {names}. Đặt lại tên cột như khi xuất ra.")
            return None
        return best

    def _value(self, sheet: str, number: int, col: int, one: Field) -> Any:
        """A cell's value by its column's kind; None where it is blank or wrong, which is said."""
        raw, cell = self.grid.at(sheet, number, col), address(number, col)
        if (sheet, number, col) in self.grid.errors:
            self.say(sheet, cell, f"Ô “{one.label}” là lỗi công thức của Excel. Gõ lại giá trị.")
            return None
        try:
            value = read_cell(one, raw, self.lists)
        except CannotRead as error:
            self.say(sheet, cell, f"{one.label}: {error}")
            return None
        if value is None and one.required:
            self.say(sheet, cell, f"“{one.label}” còn trống mà bắt buộc phải có.")
        return value

    def _comment(self, sheet: str, number: int) -> str:
        return str(self._value(sheet, number, COMMENT_COL, RULES.field(COMMENT)) or "")

    def _remember(self, plan: Plan, key: str, row: _Row) -> None:
        """Where a block and its values stand, for what is found wrong later."""
        for name in ("", *row.columns):
            self.done.places[plan.file, key, name] = (plan.sheet, row.cell(name or plan.key))

    def _compare(self, row: _Row, code: str, given: Mapping[str, Any]) -> None:
        """An indicator of the library stays what it is for all forms."""
        known = shelf()[1][code]
        for key, value in given.items():
            wanted = str(getattr(known, key))
            if value != wanted:
                one = INDICATORS.field(key)
                self.say(
                    INDICATORS.sheet,
                    row.cell(key),
                    f"{one.label}: “{code}” là chỉ tiêu chung của mọi biểu mẫu, trong thư viện ghi "
                    f"“{shown(one, wanted)}”. Xóa ô này, hoặc dùng mã mới cho chỉ tiêu khác.",
                )

    def _add(self, row: _Row, code: str, given: dict[str, Any]) -> None:
        needed = ("label", "unit", "type", "agg", "kind", "level", "dept", "source")
        for key in needed:
            if key not in given:
                label = INDICATORS.field(key).label
                self.say(INDICATORS.sheet, row.cell(key), f"“{code}” là chỉ tiêu mới: phải điền “{label}”.")
        self.done.added[code] = given | {"sheet": row.values["sheet"]}

    def _typed_codes(self, plan: Plan, key: str) -> Iterator[str]:
        """What is typed in a column, before anything is judged."""
        rows = self.grid.rows.get(plan.sheet, [])
        for top, row in enumerate(rows[:_TOP]):
            heads = [_head_key(value) for value in row]
            if _head_key(plan.field(key).label) in heads:
                col = heads.index(_head_key(plan.field(key).label))
                yield from (str(one[col]).strip() for one in rows[top + 1 :] if col < len(one) and one[col] is not None)
                return


def _head_key(value: object) -> str:
    return key_of(str(value).rstrip(" *")) if value is not None else ""


def _set(head: dict[str, Any], key: str, value: Any) -> None:
    """Puts a value into the head of `form.toml`, into its section where it has one."""
    if value is None:
        return
    *sections, last = [key] if key in SECTIONS else key.split(".")
    for section in sections:
        head = head.setdefault(section, {})
    head[last] = value
