"""The button "Giải trình": what a clerk answers stands in the workbook, is told by check and batch, and is updated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
import xlwings as xw

from consolidator import deskwords as words
from consolidator.answering import explain
from consolidator.booknames import RESULTS
from consolidator.desk import MAX_ASKED, Desk, Obstacle
from consolidator.examining import check_files
from consolidator.explaining import EXPLANATIONS
from consolidator.finding import Finding
from consolidator.form import Form, LevelForm
from consolidator.layout import TablePlan, layout_of
from consolidator.marking import FIRST_ROW, examine, read_block, show
from consolidator.unit import Unit
from tests.clerk import at, cell_of, open_desk
from tests.district import entry, put
from tests.tampering import without_name

pytestmark = pytest.mark.usefixtures("profile")

FIGURES = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99, "qth_nguoi": 9, "qth_tien": 9}
"""SP001, an error, on one row; BD069, a warning, on another."""
SAID = "Chỉ thăm hỏi, quà do nhà tài trợ tặng."


@pytest.fixture
def view(form: Form) -> LevelForm:
    return form.at("CDCS")


@pytest.fixture
def figures() -> Mapping[str, float]:
    return FIGURES


def warning(desk: Desk) -> Finding:
    (finding,) = [one for one in examine(desk).findings if one.code == "BD069"]
    return finding


def stand_on_it(desk: Desk) -> Finding:
    finding = warning(desk)
    desk.go(finding.place.sheet, finding.place.cell)
    return finding


def plan_of(view: LevelForm) -> TablePlan:
    return next(plan for plan in layout_of(view).tables if plan.table.id == EXPLANATIONS)


def rows(desk: Desk, view: LevelForm) -> list[dict[str, str]]:
    """What stands in the table of explanations, row by row, without its empty rows."""
    plan = plan_of(view)
    found = (
        {c.id: str(at(desk, plan.cell(row, c.id)).value or "") for c in plan.table.columns} for row in range(plan.rows)
    )
    return [row for row in found if any(row.values())]


def test_an_answer_is_stored_with_all_that_ties_it(desk: Desk, view: LevelForm) -> None:
    finding = stand_on_it(desk)
    desk.app.impl.answers.append(f"  {SAID} ")
    cell = f"{finding.place.sheet}!{finding.place.cell}"
    assert explain(desk) == words.EXPLAINED.format(cell=cell)
    (row,) = rows(desk, view)
    assert (row["code"], row["place"], row["text"]) == ("BD069", cell, SAID)
    assert (row["ref"], row["seen"]) == (finding.place.ref, finding.facts["values"])
    assert row["about"]
    asked = desk.app.impl.said[-1]
    assert asked.how == "input" and len(asked.text) <= MAX_ASKED
    assert asked.text.endswith(words.EXPLAIN_ASK.removeprefix("{message}"))


def test_it_is_told_from_then_on(desk: Desk, tmp_path: Path) -> None:
    stand_on_it(desk)
    desk.app.impl.answers.append(SAID)
    explain(desk)
    assert warning(desk).explanation == SAID
    show(desk, examine(desk), datetime(2026, 11, 21))
    listed = {row[6]: row[5] for row in read_block(desk.book.sheets[RESULTS], FIRST_ROW, 7)}
    assert listed["BD069"] == SAID
    desk.book.save()
    (file,) = check_files([tmp_path / "báo cáo.xlsx"])
    assert [one.explanation for one in file.findings if one.code == "BD069"] == [SAID]


def test_answering_again_changes_the_same_row(desk: Desk, view: LevelForm) -> None:
    stand_on_it(desk)
    desk.app.impl.answers += [SAID, "Lý do khác."]
    explain(desk)
    cell_of(desk, view, "qth_nguoi.actual").value = 12
    assert "explanation-outdated" in [one.code for one in examine(desk).findings]
    explain(desk)
    (row,) = rows(desk, view)
    assert row["text"] == "Lý do khác." and "12" in row["seen"]
    assert warning(desk).explanation == "Lý do khác."
    assert "explanation-outdated" not in [one.code for one in examine(desk).findings]


def test_a_row_typed_by_hand_is_the_row_that_changes(desk: Desk, view: LevelForm) -> None:
    """Without the add-in a clerk copies code and cell from the check sheet, in his own writing."""
    finding = stand_on_it(desk)
    place = f"'{finding.place.sheet}'!${finding.place.cell[0]}${finding.place.cell[1:]}"
    for column, text in (("code", "bd069"), ("place", place), ("text", "Gõ tay.")):
        at(desk, plan_of(view).cell(4, column)).value = text
    assert warning(desk).explanation == "Gõ tay."
    desk.app.impl.answers.append(SAID)
    explain(desk)
    assert [row["text"] for row in rows(desk, view)] == [SAID]
    assert warning(desk).explanation == SAID


def test_the_line_of_results_may_be_chosen_too(desk: Desk, view: LevelForm) -> None:
    show(desk, examine(desk), datetime(2026, 11, 21))
    codes = [row[6] for row in read_block(desk.book.sheets[RESULTS], FIRST_ROW, 7)]
    desk.go(RESULTS, f"D{FIRST_ROW + codes.index('BD069')}")
    desk.app.impl.answers.append(SAID)
    explain(desk)
    assert [(row["code"], row["text"]) for row in rows(desk, view)] == [("BD069", SAID)]


@pytest.mark.parametrize("answer", [None, "", "   "])
def test_without_an_answer_nothing_changes(desk: Desk, view: LevelForm, answer: str | None) -> None:
    stand_on_it(desk)
    desk.app.impl.answers.append(answer)
    assert explain(desk) == words.EXPLAIN_KEPT
    assert rows(desk, view) == []
    assert not desk.book.impl.modified


@pytest.mark.parametrize("answer", ["=1+1", "-5 người", "007", "1.234"])
def test_an_answer_stays_a_text(desk: Desk, view: LevelForm, answer: str) -> None:
    cell = at(desk, plan_of(view).cell(0, "text"))
    cell.sheet.api.Unprotect()
    cell.number_format = "General"  # as after pasting from elsewhere
    stand_on_it(desk)
    desk.app.impl.answers.append(answer)
    explain(desk)
    assert [row["text"] for row in rows(desk, view)] == [answer]
    assert warning(desk).explanation == answer


def test_errors_are_not_explained(desk: Desk, view: LevelForm) -> None:
    finding = next(one for one in examine(desk).findings if one.code == "SP001")
    desk.go(finding.place.sheet, finding.place.cell)
    with pytest.raises(Obstacle) as found:
        explain(desk)
    assert found.value.key == "error-not-explained"
    assert found.value.facts["cell"] == f"{finding.place.sheet}!{finding.place.cell}"
    assert words.OBSTACLES[found.value.key].format(**found.value.facts)
    assert rows(desk, view) == []


def test_a_cell_without_a_warning(desk: Desk) -> None:
    desk.go("Bìa", "A1")
    with pytest.raises(Obstacle) as found:
        explain(desk)
    assert (found.value.key, found.value.facts["cell"]) == ("no-finding-here", "Bìa!A1")
    assert words.OBSTACLES[found.value.key].format(**found.value.facts)


def test_a_full_table_is_said(desk: Desk, view: LevelForm) -> None:
    plan = plan_of(view)
    for row in range(plan.rows):
        at(desk, plan.cell(row, "about")).value = "đã dùng"
    stand_on_it(desk)
    with pytest.raises(Obstacle) as found:
        explain(desk)
    assert found.value.key == "table-full"
    at(desk, plan.cell(plan.rows - 1, "about")).value = None
    desk.app.impl.answers.append(SAID)
    explain(desk)
    assert at(desk, plan.cell(plan.rows - 1, "text")).value == SAID


def test_a_workbook_without_the_table(live_excel: xw.App, content: bytes, tmp_path: Path, view: LevelForm) -> None:
    for column in ("", *(f".{column.id}" for column in plan_of(view).table.columns)):
        content = without_name(content, f"t.{EXPLANATIONS}{column}")
    desk = open_desk(live_excel, content, tmp_path / "thiếu bảng.xlsx")
    stand_on_it(desk)
    with pytest.raises(Obstacle) as found:
        explain(desk)
    assert found.value.key == "no-table"


def test_what_is_too_long_for_the_box_is_changed_in_its_cell(desk: Desk, view: LevelForm) -> None:
    stand_on_it(desk)
    desk.app.impl.answers.append(SAID)
    explain(desk)
    text = at(desk, plan_of(view).cell(0, "text"))
    text.value = "dài " * 100
    stand_on_it(desk)
    assert "Giải trình" in explain(desk)
    assert desk.place() == ("Giải trình", text.row - 1, text.column - 1)
    assert text.value == "dài " * 100


def test_two_units_words_are_not_mixed(live_excel: xw.App, form: Form, tmp_path: Path) -> None:
    """An explanation belongs to the unit on the cover."""
    other = Unit("D-9", "CĐCS Khác", "CDCS", "D")
    desk = open_desk(live_excel, put(tmp_path, form, entry(other, FIGURES)).read_bytes(), tmp_path / "khác.xlsx")
    stand_on_it(desk)
    desk.app.impl.answers += [SAID, None]
    explain(desk)
    explain(desk)
    assert warning(desk).unit == "D-9"
    assert warning(desk).explanation == SAID
