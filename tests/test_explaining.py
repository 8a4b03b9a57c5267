"""Explanations: they travel with the submission, upward to whoever sees the finding, and only for their figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consolidator.checking import all_findings
from consolidator.consolidation import run
from consolidator.content import cover_of
from consolidator.examining import check_files
from consolidator.explaining import EXPLANATIONS, line_for
from consolidator.finding import Finding, Place, Severity
from consolidator.form import Form
from consolidator.opening import read_file
from consolidator.pouring import workbook
from consolidator.submission import Submission, TableRow
from tests.district import PROVINCE, A, entry, order, put, put_roster, submission

FIGURES = {"qth_nguoi": 9, "qth_tien": 0}
"""People visited without any money: BD063, a warning."""
SAID = "Chỉ thăm hỏi động viên, quà do nhà tài trợ tặng trực tiếp."


def explained(one: Submission, text: str = SAID, **changed: str) -> Submission:
    """The submission with a row of explanation for its BD063."""
    (finding,) = [f for f in all_findings([one], [[]])[0] if f.code == "BD063"]
    values: dict[str, float | str] = {**line_for(finding, "…"), "text": text, **changed}
    return replace(one, tables={EXPLANATIONS: [TableRow(one.unit, one.unit_name, values)]})


def found(one: Submission) -> list[Finding]:
    return [f for f in all_findings([one], [[]])[0] if f.code in ("BD063", "explanation-outdated")]


def test_a_warning_shows_what_the_unit_says(form: Form) -> None:
    (finding,) = found(explained(submission(form, A, FIGURES)))
    assert (finding.severity, finding.explanation) == (Severity.WARNING, SAID)


def test_an_explanation_of_other_figures_no_longer_holds(form: Form) -> None:
    one = explained(submission(form, A, FIGURES))
    later = replace(submission(form, A, {**FIGURES, "qth_nguoi": 12}), tables=one.tables)
    (outdated,), (warning,) = (
        [f for f in found(later) if f.code == code] for code in ("explanation-outdated", "BD063")
    )
    assert warning.explanation == ""
    assert "9" in outdated.facts["seen"] and "12" in outdated.facts["values"]


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"code": "bd063"}, True),
        ({"code": "BD064"}, False),
        ({"ref": "qth_tien.actual"}, False),
        ({"seen": ""}, True),
        ({"text": "  "}, False),
    ],
)
def test_what_ties_a_row_to_a_finding(form: Form, changed: dict[str, str], holds: bool) -> None:
    (finding,) = [f for f in found(explained(submission(form, A, FIGURES), **changed)) if f.code == "BD063"]
    assert bool(finding.explanation) == holds


def test_a_row_typed_by_hand_is_found_by_its_cell(form: Form, tmp_path: Path) -> None:
    """Without the add-in a clerk copies code and cell from the check sheet."""
    path = put(tmp_path, form, entry(A, FIGURES))
    plain = read_file(path, path.name).submission
    assert plain is not None
    sheet, cell = plain.place("qth_nguoi.actual")
    values: dict[str, float | str] = {"code": "BD063", "place": f"{sheet}!${cell[0]}${cell[1:]}", "text": SAID}
    typed = replace(plain, tables={EXPLANATIONS: [TableRow(A.code, A.name, values)]})
    (finding,) = found(typed)
    assert finding.explanation == SAID


def test_rows_of_a_table_are_told_apart_by_their_cell() -> None:
    here, there = (
        Finding("CP006", Severity.WARNING, Place("f", "BẢNG 1", cell, "t.chi_tieu")) for cell in ("B6", "B7")
    )
    assert line_for(here, "") != line_for(there, "")


def test_explanations_travel_up_two_levels(form: Form, tmp_path: Path) -> None:
    """Grassroots -> district's report and summary -> province's summary, each time with the unit's name."""
    inbox = tmp_path / "inbox"
    put_roster(tmp_path / "units.xlsx")
    path = put(inbox, form, entry(A, FIGURES))
    read = read_file(path, path.name).submission
    assert read is not None
    said = explained(read)
    path.write_bytes(workbook(said.view, cover_of(A, form, said.meta), said))
    (file,) = [f for f in check_files([path]) if f.submission]
    assert [f.explanation for f in file.findings if f.code == "BD063"] == [SAID]

    district = run(order(tmp_path))
    assert district.summary is not None
    assert [(row.unit, row.values["text"]) for row in district.summary.tables[EXPLANATIONS]] == [(A.code, SAID)]
    (echo,) = [f for f in district.summary_findings if f.code == "BD063"]
    assert echo.explanation == f"{A.name}: {SAID}"

    above = tmp_path / "above"
    above.mkdir()
    (above / "D.xlsx").write_bytes(Path(district.summary_file).read_bytes())
    province = run(replace(order(tmp_path, PROVINCE.code), folder=above, summary_path=tmp_path / "out" / "p.xlsx"))
    assert province.summary is not None
    rows = province.summary.tables[EXPLANATIONS]
    assert [(row.unit, row.unit_name, row.values["text"]) for row in rows] == [(A.code, A.name, SAID)]


def test_the_sheet_stands_in_every_form_of_every_level(form: Form) -> None:
    for level in form.levels:
        assert EXPLANATIONS in [table.id for table in form.at(level).tables]
