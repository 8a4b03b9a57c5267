"""The report to look at: charts over true cells, errors folded, links both ways, pages."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from consolidator.palette import SERIES
from consolidator.reporting import report_workbook
from tests.chartparts import cells_at, charts_of, formulas_of
from tests.test_reporting import FIRST, HERE, PARENT, SECOND, accepted, batch, column, not_a_number, rows, targets


@pytest.fixture(scope="module")
def data() -> bytes:
    """A report on a batch in which one unit has the same error in five cells, and a warning that is accepted."""
    outcome = batch()
    outcome.files[1] = accepted(SECOND, "hai.xlsx", *(not_a_number(f"F{n}") for n in range(10, 15)))
    return report_workbook(outcome, HERE)


def test_charts_stand_on_the_first_sheet_and_point_at_the_cells_behind_them(data: bytes) -> None:
    charts = charts_of(data)
    assert list(charts) == ["Tổng quan"]
    arrived, steps, units, figures = charts["Tổng quan"]
    assert [cells_at(data, cells)[0] for _, _, cells in arrived.series] == [0, 0, 2, 2]
    assert cells_at(data, arrived.series[3][0]) == ["Chưa có số liệu"]
    assert cells_at(data, steps.series[0][2]) == [4, 2, 1, 1]
    assert cells_at(data, units.series[0][1])[0] == f"{SECOND.code} – {SECOND.name}"
    assert [cells_at(data, cells) for _, _, cells in units.series] == [[5, 1, 0], [0, 0, 1]]
    assert (cells_at(data, figures.series[0][2]), len(figures.series)) == ([5], 2)


def test_a_chart_shows_the_worst_and_the_sheet_behind_it_all() -> None:
    units = [replace(FIRST, code=f"LC-01-{n:03}", name=f"CĐCS số {n}") for n in range(1, 21)]
    files = [accepted(unit, f"{unit.code}.xlsx", *[not_a_number()] * n) for n, unit in enumerate(units, 1)]
    data = report_workbook(replace(batch(), files=files, expected=tuple(units), missing=()), HERE)
    shown = cells_at(data, charts_of(data)["Tổng quan"][2].series[0][2])
    assert shown == list(range(20, 5, -1))
    assert len(column(formulas_of(data), "Đơn vị")) == 20


def test_what_is_accepted_and_what_is_fine_is_not_charted() -> None:
    calm = replace(batch(), files=[accepted(FIRST, "a.xlsx", replace(not_a_number(), accepted="đã xem"))])
    assert column(load_workbook(BytesIO(report_workbook(calm, HERE))), "Đơn vị") == [("Không có lỗi, cảnh báo", 0, 0)]


def test_the_same_error_over_many_cells_is_one_line_that_opens_up(data: bytes) -> None:
    sheet = formulas_of(data)["Phát hiện"]
    found = rows(sheet)
    assert [row[4] for row in found][:6] == ["5 chỗ", "F10", "F11", "F12", "F13", "F14"]
    assert [row[11] for row in found] == [5, None, None, None, None, None, 1, 1, 1]
    assert sum(row[11] or 0 for row in found) == 8  # as many as there are findings
    kept = [sheet.row_dimensions[row] for row in range(5, 14)]
    assert [(one.outlineLevel, bool(one.hidden)) for one in kept] == [(0, False), *[(1, True)] * 5, *[(0, False)] * 3]
    assert kept[0].collapsed and not sheet.sheet_properties.outlinePr.summaryBelow


def test_open_and_accepted_findings_are_not_folded_into_one() -> None:
    outcome = batch()
    outcome.files[0].findings += [replace(one, accepted="đã xem") for one in outcome.files[0].findings]
    found = [row for row in rows(load_workbook(BytesIO(report_workbook(outcome, HERE)))["Phát hiện"]) if row[9]]
    assert [(row[4], row[11]) for row in found] == [("C13", 1)]


def test_links_lead_from_a_finding_to_its_unit_and_rule_and_back(data: bytes) -> None:
    book = formulas_of(data)
    findings, units, rules = (targets(book[name]) for name in ("Phát hiện", "Đơn vị", "Theo quy tắc"))
    assert findings["B5"][1] == "'Đơn vị'!A6" and book["Đơn vị"]["A6"].value == SECOND.code
    assert units["A6"][1] == "'Phát hiện'!A5" and units["A5"][1] == "'Phát hiện'!A12"
    assert book["Phát hiện"]["B12"].value.startswith(FIRST.code)
    back = str(findings["K11"][1]).removeprefix("'Theo quy tắc'!")
    assert book["Theo quy tắc"][back].value == book["Phát hiện"]["K11"].value == "file-unreadable"
    assert rules[back][1] == "'Phát hiện'!A11"
    assert "A8" not in units  # of a unit without findings there is nothing to show


def test_the_first_sheet_is_one_page_and_the_sheet_to_print_repeats_its_headings(data: bytes) -> None:
    book = formulas_of(data)
    first, paper = book["Tổng quan"], book["Bản in"]
    assert first.sheet_properties.pageSetUpPr.fitToPage and first.page_setup.orientation != "landscape"
    assert (first.page_setup.fitToWidth or 1, first.page_setup.fitToHeight or 1) == (1, 1)
    assert first.print_area.startswith("'Tổng quan'!$A$1:$J$")
    assert paper.print_title_rows == "$6:$6" and paper.page_setup.fitToHeight == 0
    assert paper.print_area == "'Bản in'!$A$1:$G$12"
    lines = [[cell.value for cell in row] for row in paper["A7:G10"]]
    assert [line[2:5] for line in lines] == [["Đã nhận", 0, 1], ["Đã nhận", 5, 0], ["Thiếu", 1, 0], ["Thiếu", 0, 0]]
    assert "(5 chỗ)" in lines[1][6] and lines[3][6] == "Chưa nhận được báo cáo." and paper["A1"].value == PARENT.name


def test_bars_side_by_side_differ_in_lightness_not_only_in_hue() -> None:
    def light(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for one, other in (("done", "doubt"), ("doubt", "unknown"), ("done", "outlook"), ("wrong", "doubt")):
        assert abs(light(SERIES[one]["color"]) - light(SERIES[other]["color"])) > 30
    assert SERIES["lacking"]["pattern"]
