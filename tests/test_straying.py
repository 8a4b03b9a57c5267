"""What a unit typed outside its cells is told where it stands; a workbook as we write it has nothing of the kind."""

from __future__ import annotations

import io
import random
import re
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook

from consolidator.booknames import CHECKS, COVER, HELP
from consolidator.columns import column_number
from consolidator.content import cover_of
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.grid import Grid, read_grid
from consolidator.layout import Cell, MatrixRow, layout_of
from consolidator.lettering import printed
from consolidator.merging import merge
from consolidator.pouring import workbook
from consolidator.reading import read_submission
from consolidator.rulebook import form_ids, load
from consolidator.submission import Source, Submission
from consolidator.summarising import summary_workbook
from tests import regime_samples as sample
from tests.conftest import Convert
from tests.extent import some
from tests.regime_samples import DISTRICTS, PROVINCE, UNIONS
from tests.tampering import part_changed, put, put_text, resaved, sheet_part, with_rows_inserted

TOLD = {
    "stray", "stray-sheet", "label-changed", "re-anchored", "anchor-conflict", "table-torn", "sheet-renamed",
    "sheets-reordered", "rows-inserted", "rows-deleted", "rows-moved", "columns-inserted", "columns-deleted",
    "columns-moved", "cell-missing",
}  # fmt: skip
LEVELS = [(form_id, level) for form_id in form_ids() for level in load(form_id).levels]
REPORTERS = {"CDCS": UNIONS, "CTTT": DISTRICTS, "TINH": (PROVINCE,)}
PARENTS = [(form_id, level) for form_id, level in LEVELS if load(form_id).levels.index(level)]  # type: ignore[arg-type]
FORM = load("quy3_2023_004")
VIEW = FORM.at("CTTT")
PLAN = layout_of(VIEW)


@cache
def filled(form_id: str, level: str) -> bytes:
    """A workbook with every cell a unit can fill."""
    unit = REPORTERS[level][0]
    return sample.poured(sample.fill(load(form_id).at(level), unit), unit)  # type: ignore[arg-type]


@cache
def summed(form_id: str, level: str) -> bytes:
    """A summary over the units of the level below, with an own part."""
    form = load(form_id)
    below = form.levels[form.levels.index(level) - 1]  # type: ignore[arg-type]
    children = [sample.fill(form.at(below), unit) for unit in REPORTERS[below]]
    parent = REPORTERS[level][0]
    children = [replace(one, source=Source(f"{one.unit}.xlsx", "0f" * 32)) for one in children]
    own = sample.fill(form.at(level), parent, children=children)  # type: ignore[arg-type]
    merged, _ = merge(own, children)
    return summary_workbook(merged, cover_of(parent, form, merged.meta), "TẠM TÍNH: còn thiếu 1/4 đơn vị.")


SENT = filled("quy3_2023_004", "CTTT")


def read(content: bytes) -> tuple[Submission, list[Finding]]:
    return read_submission(read_grid(content))


def told(content: bytes) -> list[tuple[str, str, str, str]]:
    """(code, sheet, cell, count) of what this module is about."""
    findings = [f for f in read(content)[1] if f.code in TOLD]
    return [(f.code, f.place.sheet, f.place.cell, f.facts.get("count", "")) for f in findings]


@pytest.mark.parametrize(("form_id", "level"), some(LEVELS, 6))
def test_a_workbook_as_we_write_it_has_no_stray(form_id: str, level: str) -> None:
    view, unit = load(form_id).at(level), REPORTERS[level][0]  # type: ignore[arg-type]
    assert told(workbook(view, {})) == []
    assert told(workbook(view, cover_of(unit, view.form))) == []
    assert told(filled(form_id, level)) == []
    assert told(resaved(filled(form_id, level), lambda book: None)) == []


@pytest.mark.parametrize(("form_id", "level"), some(PARENTS, 3))
def test_a_summary_as_we_write_it_has_no_stray(form_id: str, level: str) -> None:
    assert told(summed(form_id, level)) == []
    assert told(resaved(summed(form_id, level), lambda book: None)) == []


def test_workbooks_saved_by_libreoffice_have_no_stray(libreoffice: Convert, tmp_path: Path) -> None:
    made = {f"{form_id}-{level}": filled(form_id, level) for form_id, level in some(LEVELS, 2)}
    made |= {f"{form_id}-{level}-sum": summed(form_id, level) for form_id, level in some(PARENTS, 1)}
    for name, content in made.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    libreoffice(sorted(tmp_path.glob("*.xlsx")), "xlsx", tmp_path / "out")
    assert {name: told((tmp_path / "out" / f"{name}.xlsx").read_bytes()) for name in made} == {
        name: [] for name in made
    }


@pytest.mark.parametrize(("form_id", "level"), LEVELS)
def test_what_is_printed_is_what_is_drawn(form_id: str, level: str) -> None:
    """Every word we say stands in the blank workbook at its place, so that nothing there is taken for a unit's."""
    view = load(form_id).at(level)  # type: ignore[arg-type]
    grid = read_grid(workbook(view, {}))
    for sheet, words in printed(view, False).items():
        for (row, col), word in words.items():
            if word and not str(grid.at(sheet, row, col)).startswith(word):
                raise AssertionError((sheet, row, col, word, grid.at(sheet, row, col)))


APPENDIX = PLAN.appendices[2]
LAST_ROW, LAST_COL = APPENDIX.rows[-1].row, APPENDIX.FIRST_COL + len(APPENDIX.columns) - 1


def typed(cells: dict[tuple[str, int, int], object]) -> bytes:
    """The sent workbook with values typed into cells, as another program does it."""

    def change(book: Workbook) -> None:
        for (sheet, row, col), value in cells.items():
            if sheet not in book.sheetnames:
                book.create_sheet(sheet)
            book[sheet].cell(row + 1, col + 1, value)

    return resaved(SENT, change)


def hatched() -> Cell:
    """A cell of an appendix that holds no figure."""
    for appendix in PLAN.appendices:
        for row in appendix.rows:
            for measure in appendix.measures:
                if f"{row.indicator.code}.{measure}" not in VIEW.by_ref:
                    return appendix.cell(row, measure)
    raise AssertionError("the form has none")


def test_notes_beside_and_below_an_appendix_are_told_block_by_block() -> None:
    name = APPENDIX.sheet
    beside, below = (name, LAST_ROW, LAST_COL + 2), (name, LAST_ROW + 3, 2)
    content = typed(
        {beside: "ghi thêm", below: "Bảng riêng", (name, LAST_ROW + 4, 2): 12, (name, LAST_ROW + 4, 3): 7.5}
    )
    assert told(content) == [
        ("stray", name, Cell(*beside).a1, "1"),
        ("stray", name, Cell(*below).a1, "3"),
    ]
    shown = [f.facts["shown"] for f in read(content)[1] if f.code == "stray"]
    assert shown == ["“ghi thêm”", "“Bảng riêng”; 12; 7,5"]


def test_a_value_in_a_hatched_cell_is_told() -> None:
    cell = hatched()
    assert told(typed({(cell.sheet, cell.row, cell.col): 5})) == [("stray", cell.sheet, cell.a1, "1")]


def test_a_row_inserted_with_values_is_told_and_no_figure_moves() -> None:
    above = APPENDIX.rows[3].row
    content = with_rows_inserted(SENT, APPENDIX.sheet, above + 1, 1)
    row = f'<row r="{above + 1}"><c r="E{above + 1}"><v>77</v></c></row>'
    marker = f'<row r="{above + 2}"'
    part = sheet_part(SENT, APPENDIX.sheet)
    content = part_changed(content, part, lambda text: text.replace(marker, row + marker, 1))
    first = Cell(APPENDIX.sheet, APPENDIX.rows[0].row, APPENDIX.FIRST_COL).a1
    assert told(content) == [
        ("rows-inserted", APPENDIX.sheet, first, "1"),
        ("stray", APPENDIX.sheet, f"E{above + 1}", "1"),
    ]
    assert figures(content) == figures(SENT)


def test_headings_pushed_down_are_still_ours() -> None:
    """Rows without names, between the title and the first figure: where they stand is seen from both sides."""
    content = with_rows_inserted(SENT, APPENDIX.sheet, APPENDIX.TITLE_ROW + 2, 1)
    assert [code for code, *_ in told(content)] == ["rows-inserted"]


def test_words_over_labels_headings_and_units_are_told_as_such() -> None:
    name, row = APPENDIX.sheet, APPENDIX.rows[2].row
    cells = [
        (name, row, APPENDIX.LABEL_COL),
        (name, row + 4, APPENDIX.UNIT_COL),
        (name, APPENDIX.HEADER_ROW, APPENDIX.FIRST_COL),
    ]
    content = SENT
    for cell in cells:
        content = put_text(content, cell, "Khác")
    assert sorted(told(content)) == sorted(("label-changed", name, Cell(*cell).a1, "1") for cell in cells)
    assert figures(content) == figures(SENT)


def test_a_number_over_a_label_is_a_stray() -> None:
    cell = (APPENDIX.sheet, APPENDIX.rows[2].row, APPENDIX.LABEL_COL)
    assert told(put(SENT, cell, "<v>12</v>")) == [("stray", cell[0], Cell(*cell).a1, "1")]


def test_words_beside_an_answer_a_table_and_the_cover_are_told() -> None:
    answers, table = PLAN.narrative_sheets[1], PLAN.tables[0]
    row = next(row for one, row in answers.rows if one.kind == "answer")
    beyond = table.FIRST_COL + len(table.table.columns) + 2
    cells = [
        (COVER, 9, 4),
        (answers.sheet, row, answers.ANSWER_COL + 1),
        (table.sheet, table.FIRST_ROW, beyond),
        (table.sheet, table.FIRST_ROW, table.UNIT_COL),
        (table.sheet, table.FIRST_ROW + table.rows + 4, table.FIRST_COL),
    ]
    assert sorted(told(typed(dict.fromkeys(cells, "thêm")))) == sorted(("stray", c[0], Cell(*c).a1, "1") for c in cells)


def test_a_sheet_of_a_unit_s_own_is_told_once_with_its_first_words() -> None:
    content = typed({("Ghi riêng", 3, 1): "Danh sách", ("Ghi riêng", 4, 1): 4_500_000.0, ("Trống", 0, 0): None})
    (finding,) = [f for f in read(content)[1] if f.code in TOLD]
    assert (finding.code, finding.place.sheet, finding.place.cell) == ("stray-sheet", "Ghi riêng", "B4")
    assert (finding.facts["count"], finding.facts["shown"]) == ("2", "“Danh sách”; 4.500.000")


def test_very_many_blocks_are_told_as_a_dozen() -> None:
    cells = {(APPENDIX.sheet, LAST_ROW + 2 * n, LAST_COL + 3): "x" for n in range(1, 40)}
    found = told(typed(cells))  # type: ignore[arg-type]
    assert len(found) == 12 and sum(int(count) for *_, count in found) == 39


def test_a_very_full_sheet_is_one_block() -> None:
    grid = read_grid(SENT)
    rows = {**grid.rows, "Đầy": [[1.0] * 100 for _ in range(300)]}
    rows[APPENDIX.sheet] = [*rows[APPENDIX.sheet], [], [], *([[2.0] * 100] * 300)]
    _, findings = read_submission(Grid(rows, grid.names, grid.errors, grid.ranges))
    assert [(f.code, f.facts["count"]) for f in findings if f.code in TOLD] == [
        ("stray", "30000"),
        ("stray-sheet", "30000"),
    ]


def test_our_own_sheets_in_an_open_workbook_are_known_and_those_left_out_not_missed() -> None:
    grid = read_grid(typed({("Kết quả kiểm tra", 0, 0): "x", ("Chuẩn hóa", 0, 0): "x"}))
    rows = {name: lines for name, lines in grid.rows.items() if name not in (HELP, CHECKS)}
    _, findings = read_submission(Grid(rows, grid.names, grid.errors, grid.ranges))
    assert [f.code for f in findings if f.code in TOLD] == []


def test_an_error_outside_the_input_cells_is_told() -> None:
    cell = hatched()
    assert told(put(SENT, (cell.sheet, cell.row, cell.col), "<v>#REF!</v>", "e")) == [
        ("stray", cell.sheet, cell.a1, "1")
    ]


# ---------- nothing is dropped without a word


def figures(content: bytes) -> dict[str, float]:
    submission = read(content)[0]
    return {ref: value for ref in submission.view.by_ref if (value := submission.value(ref)) is not None}


def essence(submission: Submission) -> tuple[object, ...]:
    """Everything that was read."""
    lines = [
        (line.unit, line.name, line.source, line.values.tobytes(), line.weights, line.meta) for line in submission.lines
    ]
    more = [(line.attributes, line.narratives, line.link) for line in submission.lines]
    arrays = submission.values.tobytes(), submission.own.tobytes()
    said = submission.texts, submission.attributes, submission.narratives, submission.tables, submission.previous
    return *arrays, *said, submission.meta, submission.unit, submission.unit_name, submission.parent, lines, more


FORMULA = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*>\s*<f')


def empty_cells(grid: Grid, sheet: str) -> list[tuple[int, int]]:
    """Blank cells of the used area and around it."""
    lines = grid.rows[sheet]
    width = max((len(line) for line in lines), default=0)
    spots = [(row, col) for row in range(len(lines) + 3) for col in range(width + 3)]
    return [
        (row, col)
        for row, col in spots
        if grid.at(sheet, row, col) in (None, "") and (sheet, row, col) not in grid.errors
    ]


def with_value(grid: Grid, sheet: str, row: int, col: int, value: float | str | bool) -> Grid:
    lines = [list(line) for line in grid.rows[sheet]]
    lines += [[] for _ in range(row + 1 - len(lines))]
    lines[row] += [None] * (col + 1 - len(lines[row]))
    lines[row][col] = value
    return Grid({**grid.rows, sheet: lines}, grid.names, grid.errors, grid.ranges)


def formulas(content: bytes) -> dict[str, set[tuple[int, int]]]:
    """Cells that hold a formula: whatever it shows, they are not empty."""
    found: dict[str, set[tuple[int, int]]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for number, sheet in enumerate(read_grid(content).rows, 1):
            text = archive.read(f"xl/worksheets/sheet{number}.xml")
            cells = FORMULA.findall(text)
            found[sheet] = {(int(row) - 1, column_number(letters.decode())) for letters, row in cells}
    return found


def recomputed(grid: Grid, view: LevelForm, sheet: str) -> set[tuple[int, int]]:
    """Shares and the like in the rows of units: not typed, not read, but computed again from what is read."""
    start = grid.names.get(f"units.{sheet.removeprefix('SL ')}")
    heads = grid.rows[sheet][start[1] - MatrixRow.FIRST_UNIT + MatrixRow.REF] if start else []
    cols = [col for col, ref in enumerate(heads) if ref in view.by_ref and view.by_ref[str(ref)].derived is not None]
    return {(row, col) for row in range(len(grid.rows[sheet])) for col in cols}


ROUNDS = 12
VALUES: tuple[float | str | bool, ...] = (7_919.0, "một dòng ghi thêm", True)


@pytest.mark.parametrize("is_summary", [False, True], ids=["submission", "summary"])
@pytest.mark.parametrize(("form_id", "level"), PARENTS)
def test_a_value_in_any_empty_cell_is_read_or_told(form_id: str, level: str, is_summary: bool) -> None:
    chance = random.Random(f"{form_id} {level} {is_summary}")
    content = summed(form_id, level) if is_summary else filled(form_id, level)
    grid, computed = read_grid(content), formulas(content)
    submission, findings = read_submission(grid)
    before, said = essence(submission), {(f.code, f.place, str(f.facts)) for f in findings}
    if is_summary:
        computed = {sheet: spots | recomputed(grid, submission.view, sheet) for sheet, spots in computed.items()}
    spots = {sheet: sorted({*empty_cells(grid, sheet)} - computed[sheet]) for sheet in grid.rows}
    silent = []
    for _ in range(ROUNDS):
        put_in = {sheet: (*chance.choice(spots[sheet]), chance.choice(VALUES)) for sheet in grid.rows}
        changed = grid
        for sheet, (row, col, value) in put_in.items():
            changed = with_value(changed, sheet, row, col, value)
        named = sheets_named({(f.code, f.place, str(f.facts)) for f in read_submission(changed)[1]} - said)
        for sheet in put_in.keys() - named:
            row, col, value = put_in[sheet]
            if essence(read_submission(with_value(grid, sheet, row, col, value))[0]) == before:
                silent.append((sheet, Cell(sheet, row, col).a1, value))
    assert silent == []


def test_a_word_where_a_unit_s_rate_is_drawn_is_told() -> None:
    """Rates of units are computed again and not read, so anything but a number there would go without a word."""
    grid = read_grid(summed("quy3_2023_004", "CTTT"))
    sheet, col = next((sheet, min(spots)[1]) for sheet in grid.rows if (spots := recomputed(grid, VIEW, sheet)))
    row = grid.names[f"units.{sheet.removeprefix('SL ')}"][1]
    changed = with_value(grid, sheet, row, col, "khoảng 70 %")
    assert [f.place.cell for f in read_submission(changed)[1] if f.code == "stray"] == [Cell(sheet, row, col).a1]


def sheets_named(told: set[tuple[str, Place, str]]) -> set[str]:
    """Sheets that findings point at or speak of."""
    return {place.sheet for _, place, _ in told}
