"""The normal form of a regime's files: keys in the order of the sheets, nothing blank, one spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consolidator.formschema import COLUMNS, COMMENT, FORM, INDICATORS, PLANS, ROWS, SECTIONS, Field, Plan
from consolidator.tomltext import Block, Book, read, write
from consolidator.unit import LEVELS


def normalised(file: str, text: str) -> str:
    """The one spelling of a file of a form: keys in the order of the sheets, nothing blank, one style.

    Comments stay. Raises tomllib.TOMLDecodeError.
    """
    return write(canonical(file, read(text)))


def canonical(file: str, book: Book) -> Book:
    """A file's content in the order of the sheets, without what is blank."""
    made = Book(book.comment, book.tail, comments=book.comments)
    if file == FORM.file:
        made.head = _head(book.head)
    for plan in PLANS:
        if plan.file == file and plan.block in book.blocks:
            made.blocks[plan.block] = [_canonical(plan, block) for block in book.blocks[plan.block]]
    return made


def _head(head: Mapping[str, Any]) -> dict[str, Any]:
    order = [one.key for one in FORM.fields if "." not in one.key and one.key not in SECTIONS]
    made = {one: _clean(FORM.field(one), head[one]) for one in order if head.get(one) not in (None, "", [])}
    for name in SECTIONS:
        values = head.get(name, {})
        keys = list(LEVELS) if name in ("terms", "deadlines") else ["id", "label", "start", "end"]
        ordered = {key: values[key] for key in (keys if name != "derived_override" else values) if key in values}
        if ordered:
            made[name] = {key: _ends(value) for key, value in ordered.items()}
    return made


def _canonical(plan: Plan, block: Block) -> Block:
    values = {one.key: block.values[one.key] for one in _keys(plan) if one.key in block.values}
    kept = {key: _clean(plan.field(key), value) for key, value in values.items()} if plan is not INDICATORS else values
    inner = [
        (below.block, _canonical(below, one) if below is COLUMNS else Block(one.values, one.comment))
        for below in (COLUMNS, ROWS)
        for name, one in block.inner
        if name == below.block
    ]
    return Block({key: value for key, value in kept.items() if value not in ("", [], {})}, block.comment, inner)


def _keys(plan: Plan) -> tuple[Field, ...]:
    """Keys of a block: those of its sheet, but for the column that says where it belongs."""
    if plan is INDICATORS:
        return (Field("code", ""), Field("indicators", ""))
    return tuple(one for one in plan.fields if one.key not in (COMMENT, "table"))


def _clean(field: Field, value: Any) -> Any:
    """A value as a cell would give it back."""
    if field.kind in ("whole", "number") and isinstance(value, float) and value.is_integer():
        return int(value)
    if field.kind == "lines":
        return [" ".join(str(one).split("\n")).strip() for one in value]
    return _strip(value)


def _ends(value: Any) -> Any:
    """The two days of a term in their order; anything else as it is."""
    return {key: value[key] for key in ("start", "end") if key in value} if isinstance(value, dict) else _strip(value)


def _strip(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return [_strip(one) for one in value] if isinstance(value, list) else value
