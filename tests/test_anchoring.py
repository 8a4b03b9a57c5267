"""Names that are lost are found again by codes and headings; names that contradict their rows are not believed."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from consolidator.anchoring import anchored, anchored_meta, label_of
from consolidator.booknames import COVER, META, META_KEYS
from consolidator.element import ATTRIBUTES
from consolidator.finding import Finding, Severity
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Grid, Range, Unreadable, read_grid
from consolidator.layout import Appendix, Cell, layout_of
from consolidator.lettering import column_heads
from consolidator.reading import read_submission
from consolidator.rulebook import form_ids, load
from consolidator.submission import Submission
from consolidator.unit import Unit
from tests.tampering import entered, poured, resaved, with_rows_inserted, without_name
from tests.test_straying import LEVELS, essence, filled
from tests.unooffice import Office, speaker

FORM = load("quy3_2023_004")
VIEW = FORM.at("CTTT")
PLAN = layout_of(VIEW)
UNIT = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
INPUTS = [figure.ref for figure in VIEW.figures if figure.derived is None and figure.indicator.type != "date"]
FIGURES = {ref: 1_000.0 + place for place, ref in enumerate(INPUTS)}
"""Every figure another number: one read under another's name would show."""
NARRATIVES = {one.id: f"Bài {place}." for place, one in enumerate(VIEW.answers)}
NOTES: dict[str, float | str] = {f"{one.code}.note": f"ghi chú {one.code}" for one in VIEW.indicators[::3]}
SENT = poured(entered(VIEW, FIGURES, NOTES, NARRATIVES), UNIT)
APPENDIX = PLAN.appendices[2]
ROW, OTHER = APPENDIX.rows[2], APPENDIX.rows[5]
REF = f"{ROW.indicator.code}.actual"


def read(content: bytes) -> tuple[Submission, list[Finding]]:
    return read_submission(read_grid(content))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def changed(grid: Grid, cells: dict[tuple[str, int, int], CellValue]) -> Grid:
    rows = {name: [list(line) for line in lines] for name, lines in grid.rows.items()}
    for (sheet, row, col), value in cells.items():
        rows[sheet] += [[] for _ in range(row + 1 - len(rows[sheet]))]
        rows[sheet][row] += [None] * (col + 1 - len(rows[sheet][row]))
        rows[sheet][row][col] = value
    return replace(grid, rows=rows)


def without(grid: Grid, lost: Callable[[str], bool]) -> Grid:
    """The grid after names were lost."""
    names = {name: place for name, place in grid.names.items() if not lost(name)}
    return replace(grid, names=names, ranges={name: run for name, run in grid.ranges.items() if not lost(name)})


GRID = read_grid(SENT)
WHOLE = read_submission(GRID)[0]
RESAVED = read(resaved(SENT, lambda book: None))[0]
"""Saved by a program that keeps no values of formulas."""

# ---------- names that are right


def test_an_untouched_workbook_is_handed_on_as_it_is() -> None:
    assert anchored_meta(GRID) is GRID
    found = anchored(GRID, VIEW)
    assert found.grid is GRID and found.whole is GRID and found.findings == [] and not found.refused


def test_names_that_are_right_are_not_touched_where_another_is_lost() -> None:
    found = anchored(without(GRID, lambda name: name == REF), VIEW)
    assert found.grid.names == GRID.names and found.grid.ranges == GRID.ranges


# ---------- names that are lost


@pytest.mark.parametrize(("form_id", "level"), LEVELS)
def test_all_names_of_a_workbook_are_found_again(form_id: str, level: str) -> None:
    grid = read_grid(filled(form_id, level))
    submission, findings = read_submission(Grid(grid.rows, {}, grid.errors))
    assert essence(submission) == essence(read_submission(grid)[0])
    again = [finding for finding in findings if finding.code == "re-anchored"]
    plan = layout_of(submission.view)
    figures, answers = {one.sheet for one in plan.appendices}, {one.sheet for one in plan.narrative_sheets}
    told = [finding.place.sheet for finding in again]
    assert len(told) == len(set(told)) and figures | {COVER, META, *(one.sheet for one in plan.tables)} <= {*told}
    assert {*told} - figures - {COVER, META, *(one.sheet for one in plan.tables)} <= answers
    assert {finding.severity for finding in again} == {Severity.WARNING}
    assert set(codes(findings)) <= {"re-anchored", *codes(read_submission(grid)[1])}


def test_names_dropped_by_another_program_are_found_again() -> None:
    submission, findings = read(resaved(SENT, lambda book: book.defined_names.clear()))
    assert essence(submission) == essence(RESAVED) and set(codes(findings)) == {"re-anchored"}


def test_a_lost_name_is_told_with_its_cell_and_label() -> None:
    submission, (finding,) = read(without_name(SENT, REF))
    assert submission.value(REF) == FIGURES[REF]
    assert (finding.code, finding.place.sheet, finding.place.cell) == ("re-anchored", "PL03", PLAN.names[REF].a1)
    assert (finding.facts["count"], finding.facts["labels"]) == ("1", ROW.indicator.label)


@pytest.mark.parametrize("lost", ["meta.unit", "meta.report_date", "meta.period", "n.", "prev.", TABLE])
def test_other_cells_are_found_by_label_key_path_and_heading(lost: str) -> None:
    submission, findings = read_submission(without(GRID, lambda name: name.startswith(lost)))
    assert essence(submission) == essence(WHOLE) and set(codes(findings)) == {"re-anchored"}


def test_a_renamed_sheet_without_names_is_found_by_its_codes() -> None:
    rows = {("Phụ lục ba" if name == APPENDIX.sheet else name): lines for name, lines in GRID.rows.items()}
    lost = without(replace(GRID, rows=rows), lambda name: PLAN.names.get(name, Cell("", 0, 0)).sheet == APPENDIX.sheet)
    submission, findings = read_submission(lost)
    assert essence(submission) == essence(WHOLE)
    assert sorted(codes(findings)) == ["re-anchored", "sheet-renamed"]
    assert {finding.place.sheet for finding in findings} == {"Phụ lục ba"}


def test_of_two_sheets_with_the_same_codes_none_is_certain() -> None:
    """A copy of a sheet: the names stay with the first; once they are lost nobody can say which one counts."""
    rows = {**GRID.rows, "PL03 (2)": GRID.rows["PL03"]}
    copied = replace(GRID, rows=rows)
    submission, findings = read_submission(copied)
    assert essence(submission) == essence(WHOLE) and codes(findings) == ["stray-sheet"]
    lost = without(copied, lambda name: PLAN.names.get(name, Cell("", 0, 0)).sheet == "PL03")
    submission, findings = read_submission(lost)
    missing = {finding.place.ref for finding in findings if finding.code == "cell-missing"}
    assert missing >= {ref for ref in FIGURES if PLAN.names[ref].sheet == "PL03"}
    assert submission.value(REF) is None and "re-anchored" not in codes(findings)


def test_a_code_that_stands_twice_or_nowhere_is_not_certain() -> None:
    lost = without(GRID, lambda name: name.startswith(f"{ROW.indicator.code}."))
    for code in (OTHER.indicator.code, "mã lạ"):
        spot = (APPENDIX.sheet, ROW.row, APPENDIX.CODE_COL)
        submission, findings = read_submission(changed(lost, {spot: code}))
        assert ("cell-missing", REF) in [(f.code, f.place.ref) for f in findings]
        assert submission.value(REF) is None
    twice = changed(lost, {(APPENDIX.sheet, APPENDIX.rows[-1].row + 2, APPENDIX.CODE_COL): ROW.indicator.code})
    assert ("cell-missing", REF) in [(f.code, f.place.ref) for f in read_submission(twice)[1]]


def test_a_heading_that_is_gone_or_stands_twice_is_not_certain() -> None:
    lost = without(GRID, lambda name: name == REF)
    col = PLAN.names[REF].col
    for text in ("Số liệu", column_heads(VIEW, APPENDIX)["note"]):
        grid = changed(lost, {(APPENDIX.sheet, APPENDIX.HEADER_ROW, col): text})
        findings = read_submission(grid)[1]
        assert ("cell-missing", REF) in [(f.code, f.place.ref) for f in findings] and "re-anchored" not in codes(
            findings
        )


def test_a_cell_that_another_name_holds_is_not_given_away() -> None:
    """Cells were moved so that another's named cell stands in this row and column."""
    other = f"{OTHER.indicator.code}.actual"
    names = {**GRID.names, other: GRID.names[REF]}
    del names[REF]
    submission, findings = read_submission(replace(GRID, names=names))
    assert submission.value(REF) is None and submission.value(other) is None
    told = sorted(f.code for f in findings if not f.code.endswith("-differs"))
    assert told == ["anchor-conflict", "cell-missing", "stray"]


def test_a_deleted_row_is_missing() -> None:
    names = {
        name: (place[0], place[1] - (place[0] == "PL03" and place[1] > ROW.row), place[2])
        for name, place in GRID.names.items()
        if not name.startswith(f"{ROW.indicator.code}.")
    }
    rows = {**GRID.rows, "PL03": [line for row, line in enumerate(GRID.rows["PL03"]) if row != ROW.row]}
    submission, findings = read_submission(Grid(rows, names, GRID.errors, GRID.ranges))
    told = [(f.code, f.place.ref) for f in findings]
    assert ("cell-missing", REF) in told and ("rows-deleted", "") in told
    assert all(
        submission.value(ref) == value for ref, value in FIGURES.items() if not ref.startswith(ROW.indicator.code + ".")
    )


# ---------- names that contradict


def swapped(first: int, second: int, cols: range) -> Grid:
    """Two rows of the appendix that changed places in some columns, the names staying: a sort."""
    lines = GRID.rows[APPENDIX.sheet]
    cells: dict[tuple[str, int, int], CellValue] = {}
    for col in cols:
        one, other = (
            lines[first][col] if col < len(lines[first]) else None,
            lines[second][col] if col < len(lines[second]) else None,
        )
        cells[APPENDIX.sheet, first, col], cells[APPENDIX.sheet, second, col] = other, one
    return changed(GRID, cells)


WIDTH = APPENDIX.FIRST_COL + len(APPENDIX.columns)


@pytest.mark.parametrize("first", [Appendix.CODE_COL, Appendix.NUMBER_COL], ids=["with codes", "codes hidden from it"])
def test_sorted_rows_are_refused(first: int) -> None:
    """What stands in the cells of one row now says in code or label that it is another's."""
    submission, findings = read_submission(swapped(ROW.row, OTHER.row, range(first, WIDTH)))
    refused = [f for f in findings if f.code == "anchor-conflict"]
    assert {f.place.cell.lstrip("ABCDEFGH") for f in refused} == {str(ROW.row + 1), str(OTHER.row + 1)}
    for row in (ROW, OTHER):
        assert all(
            submission.value(f"{row.indicator.code}.{m}") is None
            for m in APPENDIX.measures
            if f"{row.indicator.code}.{m}" in FIGURES
        )
    assert "cell-missing" not in codes(findings)
    assert {f.severity for f in refused} == {Severity.ERROR}


def test_swapped_headings_are_refused() -> None:
    col = PLAN.names[REF].col
    heads = {APPENDIX.FIRST_COL + place: word for place, word in enumerate(column_heads(VIEW, APPENDIX).values())}
    other = next(c for c in heads if c != col and c < WIDTH - len(ATTRIBUTES))
    spots = {
        (APPENDIX.sheet, APPENDIX.HEADER_ROW, col): heads[other],
        (APPENDIX.sheet, APPENDIX.HEADER_ROW, other): heads[col],
    }
    submission, findings = read_submission(changed(GRID, {**spots}))
    assert codes(findings).count("anchor-conflict") == 2
    assert submission.value(REF) is None


def test_cells_pushed_down_beside_their_codes_are_refused() -> None:
    """Figures of a column went one row down with their names, codes and labels stayed."""
    col, lines = PLAN.names[REF].col, GRID.rows[APPENDIX.sheet]
    pushed = {
        name: (place[0], place[1] + (place[0] == APPENDIX.sheet and place[2] == col and place[1] >= ROW.row), place[2])
        for name, place in GRID.names.items()
    }
    rows = range(ROW.row, APPENDIX.rows[-1].row + 1)
    cells = {(APPENDIX.sheet, row + 1, col): lines[row][col] for row in rows} | {(APPENDIX.sheet, ROW.row, col): None}
    grid = changed(replace(GRID, rows={**GRID.rows, APPENDIX.sheet: [*lines, [None] * WIDTH]}, names=pushed), {**cells})
    submission, findings = read_submission(grid)
    for row in APPENDIX.rows:
        ref = f"{row.indicator.code}.actual"
        if ref in FIGURES:
            assert submission.value(ref) == (None if row.row >= ROW.row else FIGURES[ref])
    assert "anchor-conflict" in codes(findings)


def test_a_code_typed_over_leaves_the_name_in_force() -> None:
    spot = (APPENDIX.sheet, ROW.row, APPENDIX.CODE_COL)
    submission, findings = read_submission(changed(GRID, {spot: "mã lạ"}))
    assert essence(submission) == essence(WHOLE) and codes(findings) == ["label-changed"]
    assert codes(read_submission(changed(GRID, {spot: None}))[1]) == []


def test_columns_of_a_table_that_no_longer_stand_side_by_side_are_refused() -> None:
    one = PLAN.tables[0]
    name = f"{TABLE}{one.table.id}.{one.table.columns[-1].id}"
    run = GRID.ranges[name]
    longer = Range(run.sheet, run.row, run.col, run.last_row + 1)
    submission, findings = read_submission(replace(GRID, ranges={**GRID.ranges, name: longer}))
    assert codes(findings)[0] == "table-torn" and "cell-missing" not in codes(findings)
    assert one.table.id not in submission.tables


# ---------- the hidden sheet


def test_hidden_facts_are_found_by_their_keys_before_the_form_is_known() -> None:
    lost = without(GRID, lambda name: name in META_KEYS)
    assert {key: place for key, place in anchored_meta(lost).names.items() if key in META_KEYS} == {
        key: GRID.names[key] for key in META_KEYS if key in GRID.names
    }
    submission, findings = read_submission(lost)
    assert essence(submission) == essence(WHOLE) and codes(findings) == ["re-anchored"]
    assert findings[0].place.sheet == META


def test_a_key_that_stands_twice_is_not_believed() -> None:
    lost = without(GRID, lambda name: name == "meta.form")
    rows = {**GRID.rows, META: [*GRID.rows[META], ["meta.form", "khác"]]}
    with pytest.raises(Unreadable) as caught:
        read_submission(replace(lost, rows=rows))
    assert caught.value.code == "not-ours"


# ---------- rearranged sheets


def test_renamed_and_reordered_sheets_are_told() -> None:
    def change(book: Workbook) -> None:
        book["PL03"].title = "Phụ lục 3"
        for defined in book.defined_names.values():
            defined.attr_text = re.sub(r"^'?PL03'?!", "'Phụ lục 3'!", defined.attr_text)
        book.move_sheet("Phụ lục 3", -2)

    submission, findings = read(resaved(SENT, change))
    assert essence(submission) == essence(RESAVED)
    assert [(f.code, f.facts.get("old"), f.facts.get("new")) for f in findings] == [
        ("sheets-reordered", None, None),
        ("sheet-renamed", "PL03", "Phụ lục 3"),
    ]


def test_inserted_rows_are_counted() -> None:
    content = with_rows_inserted(with_rows_inserted(SENT, "PL03", ROW.row + 1, 2), "PL03", OTHER.row + 3, 1)
    submission, findings = read(content)
    assert [(f.code, f.facts["count"]) for f in findings] == [("rows-inserted", "3")]
    assert essence(submission) == essence(WHOLE)


@pytest.mark.parametrize("form_id", form_ids())
def test_every_name_has_words_for_people(form_id: str) -> None:
    for level in load(form_id).levels:
        view = load(form_id).at(level)
        for name in layout_of(view).names:
            assert label_of(view, name)


# ---------- LibreOffice inserts, deletes, sorts, moves and copies at random: no figure under another's name


def rearranged(office: Office, content: bytes, steps: list[list[object]], folder: Path) -> bytes:
    source, target = folder / "before.xlsx", folder / "after.xlsx"
    source.write_bytes(content)
    script = Path(__file__).with_name("unorearrange.py")
    command = [speaker(), str(script), office.pipe, str(source), str(target), json.dumps(steps)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return target.read_bytes()


def random_steps(chance: random.Random) -> list[list[object]]:
    """What clerks do to sheets of figures, some of it twice."""
    steps: list[list[object]] = []
    for _ in range(chance.randint(2, 6)):
        one = chance.choice(PLAN.appendices)
        rows, width = len(one.rows), one.FIRST_COL + len(one.columns)
        row, col = chance.randrange(one.FIRST_ROW, one.FIRST_ROW + rows), chance.randrange(width)
        end = min(row + chance.randint(1, 6), one.FIRST_ROW + rows)
        steps.append(
            chance.choice(
                [
                    ["rows", one.sheet, chance.randrange(one.HEADER_ROW, one.FIRST_ROW + rows), chance.randint(1, 3)],
                    ["rows", one.sheet, row, -chance.randint(1, 2)],
                    ["cols", one.sheet, col, 1],
                    ["cols", one.sheet, col, -1],
                    ["put", one.sheet, row, col, row, col, chance.choice(("down", "right"))],
                    ["cut", one.sheet, row, col, row, col, chance.choice(("up", "left"))],
                    ["put", one.sheet, row, one.FIRST_COL, row, width - 1, "down"],
                    ["cut", one.sheet, row, one.FIRST_COL, row, width - 1, "up"],
                    ["sort", one.sheet, row, 0, end, width - 1, one.LABEL_COL],
                    ["sort", one.sheet, row, 1, end, width - 1, one.LABEL_COL - 1],
                    ["copy", one.sheet, row, 0, row, width - 1, end, 0],
                    ["move", one.sheet, chance.randrange(4)],
                ]
            )
        )
    return steps


@pytest.mark.parametrize("seed", range(24))
def test_no_figure_is_ever_read_under_another_name(seed: int, live_office: Office, tmp_path: Path) -> None:
    steps = random_steps(random.Random(seed))
    content = rearranged(live_office, SENT, steps, tmp_path)
    grid = read_grid(content)
    submission, findings = read_submission(grid)
    told = {f.place.ref for f in findings if f.code in ("cell-missing", "not-a-number", "error-value")}
    refused = anchored(grid, VIEW).refused
    wrong = {}
    for ref, value in FIGURES.items():
        found = submission.values[VIEW.position[ref]]
        is_told = np.isnan(found) and (ref in told or ref in refused)
        if found != value and not is_told:
            wrong[ref] = (value, found)
    assert wrong == {}, steps
    if refused:
        assert "anchor-conflict" in codes(findings)
