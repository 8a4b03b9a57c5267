"""The sheet "Kiểm tra": what LibreOffice computes on it is what we say is on it, whatever a clerk types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator.booknames import CHECKS
from consolidator.checksheet import checksheet_formulas, checksheet_values
from consolidator.content import blank_submission, cover_of
from consolidator.facts import Batch
from consolidator.form import Form
from consolidator.layout import COUNT_ROWS, VERDICT_ROW, Cell, Layout, layout_of
from consolidator.opening import read_file
from consolidator.pouring import workbook
from consolidator.rulebook import form_ids, load
from tests.conftest import Convert
from tests.district import A, entry, put, retype

HEADLINE = {**COUNT_ROWS, "verdict": VERDICT_ROW}
EMPTY = "CHƯA NHẬP SỐ LIỆU NÀO, chưa nộp được."

LATE = date(2023, 10, 3)
TYPED: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "nobody filled it in": ({"dv_tong.actual": None}, {"texts": 0, "verdict": EMPTY}),
    "one text and nothing else": ({"dv_tong.actual": "chưa rõ"}, {"texts": 1, "verdict": EMPTY}),
    "a figure": ({}, {"texts": 0, "warnings": 0}),
    "texts among figures": ({"tvpl_luot.ytd": "20.841 hoặc hơn", "tvpl_luot.target": "5?"}, {"texts": 2}),
    "an error value": ({"tvpl_luot.ytd": "#N/A"}, {"texts": 1}),
    "spaces are blank": ({"tvpl_luot.ytd": "  "}, {"texts": 0}),
    "no dates on the cover": ({"meta.report_date": None, "meta.as_of": None}, {"warnings": 2}),
    "a date that is none": ({"meta.as_of": "cuối tháng"}, {"warnings": 1}),
}
"""What is typed over a workbook with one figure, and what the headline must say of it."""


def headline(path: Path) -> dict[str, object]:
    """Counts and verdict as they stand in a file."""
    sheet = load_workbook(path, data_only=True)[CHECKS]
    return {key: sheet.cell(row + 1, 4).value for key, row in HEADLINE.items()}


def said(plan: Layout, path: Path) -> dict[str, object]:
    """Counts and verdict that we give the same file."""
    submission = read_file(path, path.name).submission
    assert submission is not None
    values = checksheet_values(plan, submission)
    return {key: values[Cell(CHECKS, row, 3)] for key, row in HEADLINE.items()}


def test_the_headline_is_what_excel_computes(form: Form, libreoffice: Convert, tmp_path: Path) -> None:
    paths = {}
    for number, (case, (typed, _)) in enumerate(TYPED.items()):
        paths[case] = put(tmp_path / "typed", form, entry(A, {"dv_tong": 70}, signed=LATE), f"{number}.xlsx")
        retype(paths[case], typed)
    libreoffice(list(paths.values()), "xlsx", tmp_path / "computed")
    found = {case: headline(tmp_path / "computed" / path.name) for case, path in paths.items()}
    assert found == {case: said(layout_of(form.at("CDCS")), path) for case, path in paths.items()}
    for case, (_, expected) in TYPED.items():
        assert {key: found[case][key] for key in expected} == expected, case


def test_texts_stand_in_the_way_of_sending(form: Form) -> None:
    view = form.at("CDCS")
    submission = blank_submission(view, A.code, A.name)
    submission.values[view.position["dv_tong.actual"]] = 70
    Batch([submission]).derive()
    plan, verdict, errors = layout_of(view), Cell(CHECKS, VERDICT_ROW, 3), Cell(CHECKS, COUNT_ROWS["errors"], 3)
    before = checksheet_values(plan, submission)[errors]
    submission.texts = {"tvpl_luot.actual": "ba"}
    found = checksheet_values(plan, submission)
    assert found[errors] == before
    assert found[verdict] == f"CÒN {int(float(str(before))) + 1} LỖI, chưa nộp được."


@pytest.mark.parametrize("form_id", form_ids())
def test_a_blank_workbook_is_not_ready_at_any_level(form_id: str) -> None:
    """And every formula of the headline keeps within what a cell of Excel holds."""
    form = load(form_id)
    for level in form.levels:
        plan = layout_of(form.at(level))
        assert checksheet_values(plan, blank_submission(form.at(level)))[Cell(CHECKS, VERDICT_ROW, 3)] == EMPTY
        assert max(len(text) for text in checksheet_formulas(plan).values()) < 8_000


def test_every_input_of_a_figure_is_marked_while_a_text_stands_in_it(form: Form, tmp_path: Path) -> None:
    view, plan, path = form.at("CDCS"), layout_of(form.at("CDCS")), tmp_path / "a.xlsx"
    path.write_bytes(workbook(view, cover_of(A, form)))
    book = load_workbook(path)
    marked = {
        (sheet.title, str(area.sqref))
        for sheet in book
        for area in sheet.conditional_formatting
        for rule in area.rules
        if f"ISTEXT({area.sqref})" in str(rule.formula)
    }
    inputs = {figure.ref for figure in view.figures if figure.derived is None}
    assert marked == {(plan.names[ref].sheet, plan.names[ref].a1) for ref in inputs}
