"""Fills a drawn workbook without drawing it again: values go straight into its XML, as in a mail merge.

Drawing a workbook takes a library a fifth of a second; a province issues eight hundred that differ in a few
cells. Formats, rules, names and protection stay byte for byte those of the drawn one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from consolidator.authoring import draw, seal
from consolidator.booknames import COVER
from consolidator.content import Content, blank_submission, cached_values, entered_values, whose_words
from consolidator.form import LevelForm
from consolidator.layout import LINK_ROW, Cell, Value, layout_of
from consolidator.paper import ANSWER_LINE, MAX_TEXT, height_of
from consolidator.pen import Pen
from consolidator.rowtext import xml_text
from consolidator.submission import Submission
from consolidator.tablesheet import widths_of
from consolidator.verdict import serial
from consolidator.zipping import Packed, Zip, packed_part

_CELL = re.compile(r'<c r="([A-Z]+\d+)"( s="\d+")?(?: t="\w+")?(?:/>|>(<f>.*?</f>)?(?:<v>[^<]*</v>)?</c>)', re.S)
_ROW = re.compile(r'<row r="(\d+)"([^>]*?) ht="([\d.]+)" customHeight="1"')


@cache
def _template(view: LevelForm) -> Mapping[str, bytes]:
    """Parts of the blank workbook of a level, by name, in the order they are zipped."""
    pen = Pen()
    content = Content(blank_submission(view), {})
    draw(pen, view, content)
    seal(pen, view, content)
    with zipfile.ZipFile(io.BytesIO(pen.finish())) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@cache
def _sheet_parts(view: LevelForm) -> dict[str, str]:
    """Part of each sheet; XlsxWriter numbers them in the order of the tabs."""
    names = layout_of(view).sheet_names
    return {name: f"xl/worksheets/sheet{index}.xml" for index, name in enumerate(names, 1)}


def workbook(view: LevelForm, cover: Mapping[str, Value], submission: Submission | None = None) -> bytes:
    """The workbook of a level with a cover filled in and, for samples and returns, what a unit entered."""
    plan = layout_of(view)
    values: dict[Cell, Value] = {}
    if submission is not None:
        values |= cached_values(plan, submission)
        values |= entered_values(plan, submission, cover)
    else:
        values |= {plan.names[key]: value for key, value in cover.items()}
    values[Cell(COVER, 3, 1)] = cover.get("meta.unit_name")
    values |= {Cell(t.sheet, LINK_ROW, t.FIRST_COL): whose_words(cover) for t in plan.tables}
    values |= {Cell(a.sheet, LINK_ROW, a.LABEL_COL): whose_words(cover) for a in plan.appendices}
    values |= {Cell(s.sheet, LINK_ROW, s.PROMPT_COL): whose_words(cover) for s in plan.narrative_sheets}
    by_sheet: dict[str, dict[str, Value]] = {}
    for cell, value in values.items():
        by_sheet.setdefault(cell.sheet, {})[cell.a1] = value
    parts, growing = dict(_template(view)), _growing(view)
    for sheet, part in _sheet_parts(view).items():
        if sheet not in by_sheet and sheet not in growing:
            continue
        text = parts[part].decode("utf-8")
        text = _fill(text, by_sheet.get(sheet, {}))
        if sheet in growing:
            text = _grow(text, growing[sheet], values)
        parts[part] = text.encode("utf-8")
    return _zipped(view, parts)


def _fill(text: str, values: Mapping[str, Value]) -> str:
    """A sheet's XML with the values of some cells replaced; a formula keeps its text and gets a new value."""
    missing = set(values)

    def replace(match: re.Match[str]) -> str:
        address, style, formula = match[1], match[2] or "", match[3] or ""
        if address not in values:
            return match[0]
        missing.discard(address)
        return _cell(address, style, formula, values[address])

    filled = _CELL.sub(replace, text)
    assert not missing, f"cells the drawn workbook does not have: {sorted(missing)[:5]}"
    return filled


def _cell(address: str, style: str, formula: str, value: Value) -> str:
    head = f'<c r="{address}"{style}'
    if isinstance(value, date):
        value = serial(value)
    if isinstance(value, str) and (value or formula):
        assert len(value) <= MAX_TEXT, f"{address}: {len(value)} characters"
        text = xml_text(value)
        if formula:
            return f'{head} t="str">{formula}<v>{text}</v></c>'
        return f'{head} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if value is None or value == "":
        return f"{head}>{formula}</c>" if formula else f"{head}/>"
    number = repr(int(value)) if float(value).is_integer() else repr(float(value))
    return f"{head}>{formula}<v>{number}</v></c>"


@cache
def _growing(view: LevelForm) -> dict[str, dict[int, list[tuple[Cell, int]]]]:
    """Cells of text by sheet and row (from 1), with the characters that fit a line of them."""
    plan, found = layout_of(view), dict[str, dict[int, list[tuple[Cell, int]]]]()
    for sheet in plan.narrative_sheets:
        rows = [row + more for one, row in sheet.rows if one.kind == "answer" for more in (0, 1)]
        found[sheet.sheet] = {row + 1: [(Cell(sheet.sheet, row, sheet.ANSWER_COL), ANSWER_LINE)] for row in rows}
    for table in plan.tables:
        widths = dict(zip((column.id for column in table.table.columns), widths_of(table.table), strict=True))
        found[table.sheet] = {
            table.FIRST_ROW + row + 1: [(table.cell(row, column), int(width)) for column, width in widths.items()]
            for row in range(table.rows)
        }
    return found


def _grow(text: str, rows: Mapping[int, Sequence[tuple[Cell, int]]], values: Mapping[Cell, Value]) -> str:
    """Rows of narratives and tables as tall as their texts, and free to grow while a clerk types."""

    def replace(match: re.Match[str]) -> str:
        row, attributes, height = int(match[1]), match[2], float(match[3])
        if row not in rows:
            return match[0]
        texts = ((values.get(cell), width) for cell, width in rows[row])
        needed = max((height_of(text, width) for text, width in texts if isinstance(text, str)), default=0.0)
        return f'<row r="{row}"{attributes} ht="{max(height, needed):g}"'

    return _ROW.sub(replace, text)


@cache
def _packed(view: LevelForm) -> Mapping[str, Packed]:
    """The parts of the blank workbook as they lie in a zip: most of a report, for most of it no unit changes."""
    return {name: packed_part(content) for name, content in _template(view).items()}


def _zipped(view: LevelForm, parts: Mapping[str, bytes]) -> bytes:
    """The parts as a workbook; the same parts always give the same bytes."""
    drawn, archive = _template(view), Zip(is_quick=False)
    for name, content in parts.items():
        if content is drawn[name]:
            archive.put(name, _packed(view)[name])
        else:
            archive.add(name, [content])
    return archive.closed()
