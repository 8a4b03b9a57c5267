"""Workbooks for tests: poured full, then changed as clerks, phones and mail programs change them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from openpyxl import Workbook, load_workbook

from consolidator.columns import column_letters
from consolidator.content import blank_submission, cover_of
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.grid import read_grid
from consolidator.pouring import workbook
from consolidator.submission import Submission
from consolidator.unit import Unit
from consolidator.verdict import serial
from consolidator.wording import FINAL

SIGNED, AS_OF = date(2023, 9, 28), date(2023, 9, 25)


def entered(
    view: LevelForm,
    figures: Mapping[str, float] | None = None,
    attributes: Mapping[str, float | str] | None = None,
    narratives: Mapping[str, str] | None = None,
) -> Submission:
    """What a unit entered, derived figures computed."""
    submission = blank_submission(view)
    for ref, value in (figures or {}).items():
        submission.values[view.position[ref]] = value
    submission.attributes, submission.narratives = attributes or {}, narratives or {}
    Batch([submission]).derive()
    submission.own = submission.values.copy()
    return submission


def poured(submission: Submission, unit: Unit) -> bytes:
    """The workbook a unit sends, cover filled in and final."""
    signed = {"meta.as_of": serial(AS_OF), "meta.report_date": serial(SIGNED), "meta.version": FINAL}
    return workbook(submission.view, cover_of(unit, submission.view.form, signed), submission)


def part_changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one part's text changed."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED, True, 1) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()).encode() if name == part else data)
    return found.getvalue()


@lru_cache(maxsize=16)
def where(content: bytes) -> tuple[Mapping[str, tuple[str, int, int]], tuple[str, ...]]:
    """Where the names of a workbook stand, and its sheets in the order of their tabs."""
    grid = read_grid(content)
    return grid.names, tuple(grid.rows)


def sheet_part(content: bytes, sheet: str) -> str:
    """The part of a sheet; our workbooks number them in the order of the tabs."""
    return f"xl/worksheets/sheet{where(content)[1].index(sheet) + 1}.xml"


def put(content: bytes, name: str | tuple[str, int, int], inside: str, kind: str = "") -> bytes:
    """The workbook with the XML inside a cell replaced; the cell by its name or by sheet, row and column."""
    sheet, row, col = where(content)[0][name] if isinstance(name, str) else name
    address = f"{column_letters(col)}{row + 1}"
    cell = re.compile(rf'<c r="{address}"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)', re.S)
    typed = f' t="{kind}"' if kind else ""

    def change(text: str) -> str:
        changed, count = cell.subn(lambda match: f'<c r="{address}"{match[1] or ""}{typed}>{inside}</c>', text)
        assert count == 1, address
        return changed

    return part_changed(content, sheet_part(content, sheet), change)


def put_text(content: bytes, name: str | tuple[str, int, int], text: str) -> bytes:
    """The workbook with a text typed into a cell."""
    return put(content, name, f'<is><t xml:space="preserve">{text}</t></is>', "inlineStr")


def without_name(content: bytes, name: str) -> bytes:
    """The workbook after the row or column of a name was deleted: Excel leaves the name pointing nowhere."""
    pattern = re.compile(rf'(<definedName name="{re.escape(name)}">)[^<]*<')
    return part_changed(content, "xl/workbook.xml", lambda text: pattern.sub(r"\1#REF!<", text))


def with_rows_inserted(content: bytes, sheet: str, above: int, count: int) -> bytes:
    """The workbook after rows were inserted above a (1-based) row of a sheet: cells and names move down."""

    def moved(row: str) -> str:
        return str(int(row) + count * (int(row) >= above))

    def rows(text: str) -> str:
        text = re.sub(r'(<row r=")(\d+)', lambda m: m[1] + moved(m[2]), text)
        text = re.sub(r'(<c r="[A-Z]+)(\d+)', lambda m: m[1] + moved(m[2]), text)
        merge = r'(<mergeCell ref="[A-Z]+)(\d+)(:[A-Z]+)(\d+)'
        return re.sub(merge, lambda m: m[1] + moved(m[2]) + m[3] + moved(m[4]), text)

    def names(text: str) -> str:
        place = re.compile(rf"('?{re.escape(sheet)}'?!\$[A-Z]+\$)(\d+)(?=</definedName>)")
        return place.sub(lambda m: m[1] + moved(m[2]), text)

    changed = part_changed(content, sheet_part(content, sheet), rows)
    return part_changed(changed, "xl/workbook.xml", names)


def resaved(content: bytes, change: Callable[[Workbook], None]) -> bytes:
    """The workbook opened, changed and saved by another program (cached values of formulas are lost)."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()
