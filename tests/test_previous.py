"""Last period's report as the beginning of this one: PREV, baselines, the previous term."""

from __future__ import annotations

from pathlib import Path

from consolidator.consolidation import run
from consolidator.examining import check_files
from consolidator.form import Form
from consolidator.issuing import file_name, issue
from consolidator.opening import read_file
from consolidator.previous import Earlier, carried_over, earlier_reports, last_figures
from consolidator.rulebook import load
from consolidator.verdict import serial
from tests.district import DISTRICT, ROSTER, A, B, entry, order, put, retype


def earlier_quarter(form: Form, tmp: Path) -> Path:
    """A summary of district D in which union A helped 10 people and counted 40 consultations so far."""
    put(tmp / "inbox", form, entry(A, {"qth_nguoi": 10, "qth_tien": 5_000_000, "tvpl_luot.ytd": 40}))
    put(tmp / "inbox", form, entry(B, {"qth_nguoi": 1, "qth_tien": 400_000}))
    wanted = order(tmp)
    run(wanted)
    return wanted.summary_path


def codes(path: Path, only: str) -> list[tuple[str, str]]:
    (file,) = check_files([path])
    return [(f.code, f.place.ref) for f in file.findings if f.code.startswith(only)]


def test_a_summary_hands_on_the_figures_of_parent_and_units(form: Form, tmp_path: Path) -> None:
    found = earlier_reports(earlier_quarter(form, tmp_path))
    assert found["D"].figures["qth_nguoi.actual"] == 11
    assert found["D-1"].figures["tvpl_luot.ytd"] == 40
    assert found["D-2"].figures["qth_tien.actual"] == 400_000
    assert found["D-1"].period_end == serial(form.period.end)


def test_a_folder_of_reports_does_the_same(form: Form, tmp_path: Path) -> None:
    earlier_quarter(form, tmp_path)
    assert earlier_reports(tmp_path / "inbox")["D-1"].figures["qth_nguoi.actual"] == 10


def test_an_issued_workbook_carries_last_figures_and_its_rules_use_them(form: Form, tmp_path: Path) -> None:
    previous = earlier_reports(earlier_quarter(form, tmp_path))
    (path,) = issue(form, ROSTER, tmp_path / "out2", (A,), previous=previous)
    assert read_file(path, "").submission.previous["qth_nguoi.actual"] == 10  # type: ignore[union-attr]
    retype(path, {"qth_nguoi.actual": 9, "qth_tien.actual": 6_000_000})
    assert codes(path, "TL012") == [("TL012", "qth_nguoi.actual")]
    retype(path, {"qth_nguoi.actual": 12, "tvpl_luot.actual": 5, "tvpl_luot.ytd": 46})
    assert codes(path, "TL012") == []
    assert codes(path, "TL013") == [("TL013", "tvpl_luot.ytd")]
    retype(path, {"tvpl_luot.ytd": 45})
    assert codes(path, "TL013") == []


def test_a_workbook_begun_from_last_period_may_be_issued_again(form: Form, tmp_path: Path) -> None:
    previous = earlier_reports(earlier_quarter(form, tmp_path))
    for _ in range(2):
        issue(form, ROSTER, tmp_path / "out2", (A,), previous=previous)
    assert (tmp_path / "out2" / file_name(A, form)).exists()


def test_a_parents_summary_is_held_against_its_own_last_period(form: Form, tmp_path: Path) -> None:
    previous = earlier_reports(earlier_quarter(form, tmp_path))
    (tmp_path / "inbox" / "D-2.xlsx").unlink()
    outcome = run(order(tmp_path, previous=previous))
    assert ("TL012", "qth_nguoi.actual") in [(f.code, f.place.ref) for f in outcome.summary_findings]


def test_a_report_of_the_term_before_is_the_baseline() -> None:
    view = load("gnk_huyen_001").at("CTTT")
    before = Earlier("D", {"dv_nu.actual": 900.0, "dv_nu.baseline": 800.0}, serial(view.form.terms["CTTT"].start) - 1)
    assert carried_over(view, before) == {"dv_nu.baseline": 900.0, "dv_nu.prev_term": 900.0}


def test_a_report_of_the_same_term_hands_on_the_baseline_it_had() -> None:
    view = load("gnk_huyen_001").at("CTTT")
    figures = {"dv_nu.actual": 950.0, "dv_nu.baseline": 900.0, "dv_nu.prev_term": 700.0}
    same = Earlier("D", figures, serial(view.form.terms["CTTT"].start) + 400)
    assert carried_over(view, same) == {"dv_nu.baseline": 900.0, "dv_nu.prev_term": 700.0}
    assert last_figures(view, same)["dv_nu.actual"] == 950.0
    assert DISTRICT.level == view.level
