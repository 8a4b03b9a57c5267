"""Rows that are spliced in say what XlsxWriter would have written cell by cell: to openpyxl, calamine and our reader.

That LibreOffice opens such a workbook and computes the same is proved with every summary in `test_summarising`.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell as Read
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from consolidator import splicing
from consolidator.booknames import BESIDE, COVER
from consolidator.checksheet import checksheet_values, draw_checksheet
from consolidator.layout import Cell, layout_of
from consolidator.opening import read_file
from consolidator.pen import Pen
from consolidator.rowtext import Figures, Formula, Strip
from consolidator.rulebook import load
from consolidator.wording import BROKEN
from tests.test_checking import random_submission
from tests.test_keypages import summed, written

S = "Trang"
TEXTS = (
    "đơn vị", "=1+1", "<b>&amp;\"'</b>", "_x0041_ __x000A_", " đầu và cuối ", "hai\ndòng\r\nba\tcột", "chuông \a",
    "\u202elật ngược", "8/10", "012", "x" * 32_767, "_x", "1e5", "TRUE", "ﬁ \U0001f600 a\u0301", "]]>", "a\x00b\ufffe",
)  # fmt: skip
NUMBERS = (
    0.0,
    -0.5,
    1e15,
    1e14 + 0.5,
    33.333333333333336,
    0.1 + 0.2,
    -7.0,
    1e-9,
    123456789.123,
    1e300,
    4_067_150_000.0,
)


def plainly(
    pen: Pen, top: Cell, last: int, count: int, strips: Iterable[Strip], figures: Figures | None = None, folds: int = 0
) -> None:
    """`Pen.rows` as it would be without splicing."""
    values = np.vstack([*figures.values]) if figures else np.empty((count, 0))
    for row, (strip, numbers) in enumerate(zip(strips, values.tolist(), strict=True), top.row):
        cells = list(strip.cells)
        if top.sheet == BESIDE:
            cells.pop()  # what is drawn in the row: told of rows written cell by cell when all are there
        for col, cell in enumerate(cells, top.col):
            if cell is not None and isinstance(cell[0], Formula):
                pen.formula(Cell(top.sheet, row, col), cell[0].text, cell[0].worth, cell[1])
            elif cell is not None:
                pen.write(Cell(top.sheet, row, col), cell[0], cell[1])
        for col, number in enumerate(numbers, last + 1 - len(numbers)):
            assert figures is not None
            style = figures.styles[col - last - 1]
            pen.write(Cell(top.sheet, row, col), None if np.isnan(number) else number, style)
        fold: dict[str, object] = {"level": 1, "hidden": True} if strip.is_folded else {"collapsed": strip.folds}
        pen.book.get_worksheet_by_name(top.sheet).set_row(row, strip.height, None, fold)


def drawn(pen: Pen) -> bytes:
    """A workbook with rows of all kinds between others."""
    pen.sheet(S, "1F4E79")
    cell, day, number = pen.style("cell"), pen.style("centre", "date"), pen.style("centre", "decimal")
    pen.write(Cell(S, 1, 1), "Đầu trang", pen.style("title"))
    texts = [
        Strip(((text, cell), None, (text[:9], pen.style("top"))), 19.0 + 15 * row) for row, text in enumerate(TEXTS)
    ]
    pen.rows(Cell(S, 3, 1), 3, len(texts), texts)
    pen.write(Cell(S, 30, 4), "Giữa hai đoạn", cell)
    more: list[Strip] = [Strip(((one, number), (date(2023, 9, 30), day), ("", cell), (None, cell))) for one in NUMBERS]
    more += [
        Strip([(Formula('=IF(A1<"a",1,2)&"é"', "2é"), cell), (Formula("=1/3", 1 / 3), number)], folds=True),
        Strip([(Formula('=""', ""), cell)], 40.0, is_folded=True),
    ]
    pen.rows(Cell(S, 31, 0), 3, len(more), iter(more), folds=1)
    values = np.array([[*NUMBERS], [np.nan, *NUMBERS[1:]], [np.nan] * len(NUMBERS)])
    styles = [pen.style("cell", "decimal")] * len(NUMBERS)
    heads = (Strip([(name, cell)]) for name in ("một", "hai", "ba"))
    pen.rows(Cell(S, 60, 2), 2 + len(NUMBERS), 3, heads, Figures(styles, [values[:1], values[1:]]))
    pen.rows(Cell(S, 70, 0), 2, 0, [])
    pen.write(Cell(S, 80, 0), "Cuối trang", cell)
    return pen.finish()


@pytest.fixture(scope="module")
def two() -> tuple[bytes, bytes]:
    """The same workbook, spliced and written cell by cell."""
    spliced = drawn(Pen())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pen, "rows", plainly)
        return spliced, drawn(Pen())


def seen_by_openpyxl(content: bytes, *, values: bool) -> dict[str, object]:
    """Of every cell what it holds and how it looks, of every row its height and whether it is folded."""
    found: dict[str, object] = {}
    for sheet in load_workbook(io.BytesIO(content), data_only=values):
        cells: Iterable[Read] = (cell for row in sheet.iter_rows() for cell in row)
        for cell in cells:
            link = (cell.hyperlink.target, cell.hyperlink.location) if cell.hyperlink else None
            looks = (
                cell.number_format,
                cell.font.b,
                cell.font.u,
                cell.fill.fgColor.rgb,
                cell.alignment.vertical,
                cell.border.left.style,
            )
            value = cell.value.replace("_x005F_", "_") if isinstance(cell.value, str) else cell.value
            # openpyxl, unlike Excel and calamine, takes that escape off in shared strings only
            found[f"{sheet.title}!{cell.coordinate}"] = (
                value,
                cell.data_type,
                link,
                looks,
                cell.protection.locked,
            )
        for row, one in sheet.row_dimensions.items():
            found[f"{sheet.title}!{row}"] = (one.height, one.hidden, one.outlineLevel, one.collapsed)
        found[sheet.title] = (sheet.dimensions, sheet.print_area, str(sheet.merged_cells))
    return found


def seen_by_calamine(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_every_kind_of_cell_is_as_xlsxwriter_writes_it(two: tuple[bytes, bytes]) -> None:
    spliced, plain = two
    assert b"inlineStr" in zipfile.ZipFile(io.BytesIO(spliced)).read("xl/worksheets/sheet1.xml")
    assert b"inlineStr" not in zipfile.ZipFile(io.BytesIO(plain)).read("xl/worksheets/sheet1.xml")
    assert seen_by_calamine(spliced) == seen_by_calamine(plain)
    for values in (False, True):
        one, other = (seen_by_openpyxl(content, values=values) for content in two)
        assert one == other
    assert len(seen_by_calamine(spliced)[S]) == 81


def test_a_summary_is_as_xlsxwriter_writes_it(tmp_path: Path) -> None:
    """All its sheets; and what our reader makes of the two is the same."""
    summary, found = summed("quy3_2023_004", previous=True), []
    for way in ("spliced", "plain"):
        with pytest.MonkeyPatch.context() as patch:
            if way == "plain":
                patch.setattr(Pen, "rows", plainly)
            content = written(summary)
        (tmp_path / "s.xlsx").write_bytes(content)
        outcome = read_file(tmp_path / "s.xlsx", "s.xlsx")
        assert outcome.submission is not None and outcome.findings == []
        lines = [
            (one.unit, one.values.tolist(), one.narratives, one.attributes, one.link)
            for one in outcome.submission.lines
        ]
        read = (repr(lines), outcome.submission.tables, outcome.submission.values.tobytes())
        found.append((read, seen_by_calamine(content), seen_by_openpyxl(content, values=False)))
    assert len(summary.lines) == 3 and found[0] == found[1]


def test_the_rules_of_a_summary_are_as_those_of_other_workbooks() -> None:
    """Spliced, with their formulas, states and ways, or cell by cell."""
    own = random_submission(load("quy3_2023_004"), "CTTT", 7)
    plan, found = layout_of(own.view), []
    for is_spliced in (False, True):
        pen = Pen()
        pen.sheet(COVER)
        draw_checksheet(pen, plan, checksheet_values(plan, own), is_spliced=is_spliced)
        content = pen.finish()
        seen = [seen_by_openpyxl(content, values=values) for values in (False, True)]
        found.append((seen, seen_by_calamine(content)))
        assert BROKEN in {value[0] for value in seen[1].values() if isinstance(value, tuple)}
    assert found[0] == found[1]


def test_nothing_of_a_finished_workbook_is_kept() -> None:
    """It and its sheets hold each other: what they held would stay until somebody looks for garbage."""
    pen = Pen()
    sheet = pen.sheet(S)
    values, style = np.ones((3, 1)), pen.style("cell")
    pen.write(Cell(S, 0, 0), "đầu", style)
    pen.way(Cell(S, 3, 0), "external:./một.xlsx")
    pen.rows(Cell(S, 3, 0), 0, 3, [Strip([])] * 3, Figures([style], [values]))
    before = sys.getrefcount(values)
    assert len(pen.finish()) > 1_000
    assert not (sheet.blocks or sheet.table or sheet.external_hyper_links)
    assert sys.getrefcount(values) == before - 1


@pytest.mark.parametrize("name", ["dv_tong.actual", "n.bai", "table.x.y", "whole", "_a.b"])
def test_names_are_defined_as_xlsxwriter_does(name: str) -> None:
    pen, plain = Pen(), Workbook(io.BytesIO())
    assert pen.book.define_name(name, f"={S}!$A$1") == plain.define_name(name, f"={S}!$A$1") == 0
    assert pen.book.defined_names == plain.defined_names == [[name, -1, f"{S}!$A$1", False]]


def test_a_name_that_excel_refuses_is_refused() -> None:
    pen = Pen()
    for name in ("A1", "r1c1", "1.a", "a b.c", "x" * 300 + ".y"):
        with pytest.warns(UserWarning):
            assert pen.book.define_name(name, f"={S}!$A$1") == -1
    assert pen.book.defined_names == []


def test_links_lead_where_xlsxwriters_do_and_end_where_excel_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = (
        "external:../hộp%20thư/a&b.xlsx#'PL 01'!B2",
        "external:./một.xlsx",
        "#'Trang'!A1",
        "external:C:/x/y.xlsx",
    )
    links = []
    for way in ("spliced", "plain"):
        pen = Pen()
        pen.sheet(S)
        if way == "plain":
            for row, target in enumerate(targets):
                pen.link(Cell(S, row, 0), target, "mở")
        else:
            pen.rows(Cell(S, 0, 0), 0, len(targets), [Strip([("mở", pen.style("link"))])] * len(targets))
            for row, target in enumerate(targets):
                pen.way(Cell(S, row, 0), target)
        sheet = load_workbook(io.BytesIO(pen.finish()))[S]
        links.append(
            [(c.value, c.hyperlink.target, c.hyperlink.location, c.font.color.rgb) for (c,) in sheet.iter_rows()]
        )
    assert links[0] == links[1] and len(links[0]) == 4
    monkeypatch.setattr(splicing, "MAX_LINKS", 2)
    pen = Pen()
    pen.sheet(S)
    for row, target in enumerate(targets):
        pen.way(Cell(S, row, 0), target)
    assert zipfile.ZipFile(io.BytesIO(pen.finish())).read("xl/worksheets/sheet1.xml").count(b"<hyperlink ") == 2


def test_what_cannot_be_written_is_loud() -> None:
    pen = Pen(marks={Cell(S, 5, 0): ("wrong", "sai")})
    pen.sheet(S)
    with pytest.raises(AssertionError, match="marks among rows"):
        pen.rows(Cell(S, 3, 0), 0, 9, [])

    def finished(count: int, strips: Iterable[Strip], figures: Figures | None = None) -> None:
        pen.rows(Cell(S, 0, 0), 1, count, strips, figures)
        pen.finish()

    for number in (np.inf, -np.inf):
        pen = Pen()
        pen.sheet(S)
        with pytest.raises(AssertionError, match="beyond all"):
            finished(1, [Strip([])], Figures([pen.style("cell")], [np.array([[number]])]))
    pen = Pen()
    pen.sheet(S)
    with pytest.raises(ValueError, match="zip"):
        finished(2, [Strip([])])
    pen = Pen()
    pen.sheet(S)
    with pytest.raises(AssertionError, match="a style made while"):
        finished(1, (Strip([("x", pen.style("banner"))]) for _ in range(1)))
    pen = Pen()
    pen.sheet(S)
    with pytest.raises(AssertionError, match="characters"):
        finished(1, [Strip([("x" * 32_768, pen.style("cell"))])])


def test_rows_are_asked_for_one_by_one_when_the_workbook_is_finished() -> None:
    pen, asked = Pen(), []
    pen.sheet(S)
    style = pen.style("cell")

    def strips() -> Iterable[Strip]:
        for number in range(1_000):
            asked.append(number)
            yield Strip([(f"dòng {number}", style)])

    pen.rows(Cell(S, 0, 0), 0, 1_000, strips())
    assert asked == []
    assert len(seen_by_calamine(pen.finish())[S]) == 1_000 == len(asked)


def test_single_cells_are_written_as_xlsxwriter_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, whatever stands in them."""

    def drawn() -> bytes:
        pen = Pen()
        sheet, style = pen.sheet(S), pen.style("cell")
        for row, text in enumerate(TEXTS):
            pen.write(Cell(S, row, 0), text, style)
            pen.formula(Cell(S, row, 1), '=IF(A1<"&",A1&"<>","")', text, style)
        for row, number in enumerate(NUMBERS):
            pen.write(Cell(S, row, 2), number, pen.style("cell", "int"))
            pen.formula(Cell(S, row, 3), "=1+1", number, style)
        pen.write(Cell(S, 0, 4), date(2023, 9, 28), pen.style("cell", "date"))
        pen.write(Cell(S, 1, 4), None, style)
        pen.formula(Cell(S, 2, 4), '=""', "", style)
        for row, worth in enumerate(("#N/A", "#REF!", "#1", True, False), 3):
            pen.formula(Cell(S, row, 4), "=A1", worth, style)
        sheet.write_boolean(8, 4, True, style)
        sheet.write_string(9, 4, "trơn")
        sheet.write_array_formula(10, 4, 10, 4, "{=SUM(C1:C2)}", style, 3)
        pen.prompt(Cell(S, 11, 4), "Mở đầu", "rồi nữa", "và sau", style)
        return pen.finish()

    ours = drawn()
    with monkeypatch.context() as plain:
        plain.delattr(splicing.Sheet, "_write_cell")
        assert drawn() == ours
    assert b"#N/A" in zipfile.ZipFile(io.BytesIO(ours)).read("xl/worksheets/sheet1.xml")
