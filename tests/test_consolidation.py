"""The whole path on real folders: every file has one fate, every figure is in the summary, nobody's work is lost."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from consolidator import isolation, ordering
from consolidator.booknames import COVER
from consolidator.cli import main
from consolidator.consolidation import CannotRun, Order, run
from consolidator.examining import check_files
from consolidator.form import Form
from consolidator.opening import Opened, open_file, read_file
from consolidator.outcome import FileOutcome, Outcome
from consolidator.parcel import Parcel
from consolidator.sample import Entry, sample_entries, sample_roster
from consolidator.submission import Submission
from consolidator.summarising import notice_of
from consolidator.unit import Roster, Unit
from tests.district import DISTRICT, STRANGER, A, B, C, entry, order, put, put_roster, retype

OTHER = date(2023, 9, 1)
NARRATIVE = "workers_income_base_wage"


def fates(outcome: Outcome) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Each file with its status and what is said of the file as a whole."""
    about_files = ("file-", "ignored-", "duplicate-", "foreign-", "unknown-", "not-ours", "left-out")
    return {
        file.file: (file.status, tuple(f.code for f in file.findings if f.code.startswith(about_files)))
        for file in outcome.files
    }


def summary_of(job: Order) -> Submission:
    """The summary workbook, read back from the disk."""
    found = read_file(job.summary_path, "summary.xlsx")
    assert found.submission is not None
    return found.submission


def said(outcome: Outcome, code: str) -> list[tuple[str, str]]:
    return [(f.place.ref, f.facts["typed"]) for f in outcome.summary_findings if f.code == code]


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


@pytest.fixture
def salted(form: Form, tmp_path: Path) -> Order:
    """Good files of the sample's first district, and what lies about in such folders."""
    roster = sample_roster(44)
    put_roster(tmp_path / "units.xlsx", roster)
    inbox, units = tmp_path / "inbox", {}
    for one in sample_entries(form, roster):
        units[one.unit.code] = one
    for code in ("LC-01", "LC-01-001", "LC-01-002"):
        put(inbox, form, units[code])
    older = replace(units["LC-01-002"], report_date=date(2023, 8, 1), figures={"dv_tong.actual": 1.0})
    put(inbox, form, older, "BC (1) (copy).xlsx")
    (inbox / "LC-01-003.xlsx").write_bytes((inbox / "LC-01-001.xlsx").read_bytes()[:9_000])
    put(inbox, form, units["LC-02-001"])
    (inbox / "ghi chú.txt").write_text("đã gọi điện", "utf-8")
    (inbox / "~$LC-01-001.xlsx").write_bytes(b"\x05Admin")
    (inbox / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (inbox / "cũ").mkdir()
    return order(tmp_path, "LC-01", roster, roster_path=tmp_path / "units.xlsx")


def test_every_file_of_a_salted_folder_has_one_fate(salted: Order) -> None:
    outcome = run(salted)
    assert fates(outcome) == {
        "BC (1) (copy).xlsx": ("ignored", ("duplicate-older",)),
        "LC-01-001.xlsx": ("accepted", ()),
        "LC-01-002.xlsx": ("accepted", ()),
        "LC-01-003.xlsx": ("rejected", ("file-unreadable",)),
        "LC-01.xlsx": ("accepted", ()),
        "LC-02-001.xlsx": ("rejected", ("foreign-unit",)),
        "Thumbs.db": ("ignored", ("ignored-system",)),
        "cũ": ("ignored", ("ignored-folder",)),
        "ghi chú.txt": ("rejected", ("file-kind",)),
        "~$LC-01-001.xlsx": ("ignored", ("ignored-lock",)),
    }
    assert [unit.code for unit in outcome.missing] == ["LC-01-003", "LC-01-004"]
    assert sum(map(outcome.count, ("accepted", "rejected", "ignored"))) == len(list(salted.folder.iterdir()))


def test_the_summary_of_a_salted_folder_is_that_of_its_good_files(salted: Order, form: Form) -> None:
    run(salted)
    good = {one.unit.code: one for one in sample_entries(form, salted.roster)}
    assert_adds_up(summary_of(salted), [good[c] for c in ("LC-01-001", "LC-01-002")], good["LC-01"])


def assert_adds_up(summary: Submission, children: list[Entry], own: Entry | None) -> None:
    """Every figure of the entries is in the matrix or in the own row, and the sums are theirs."""
    view, owned = summary.view, own.figures if own else {}
    lines = {line.unit: line for line in summary.lines}
    assert sorted(lines) == sorted(one.unit.code for one in children)
    for one in children:
        for ref, value in one.figures.items():
            assert (one.unit.code, ref, lines[one.unit.code].values[view.position[ref]]) == (one.unit.code, ref, value)
    for figure in view.figures:
        if figure.derived is None:
            assert (figure.ref, summary.own_value(figure.ref)) == (figure.ref, owned.get(figure.ref))
        if figure.merges == "sum":
            given = [part[figure.ref] for part in (*(c.figures for c in children), owned) if figure.ref in part]
            assert (figure.ref, summary.value(figure.ref)) == (figure.ref, sum(given) if given else None)


def test_the_users_files_stay_as_they_are(salted: Order) -> None:
    before, units = digests(salted.folder), salted.roster_path.read_bytes()
    run(salted)
    run(salted)
    assert (digests(salted.folder), salted.roster_path.read_bytes()) == (before, units)


@pytest.mark.parametrize("seed", range(4))
def test_no_batch_loses_anything(seed: int, form: Form, tmp_path: Path) -> None:
    """Random units with random figures; some files damaged, foreign, sent twice, or something else altogether."""
    chance = random.Random(seed)
    refs = [figure.ref for figure in form.at("CDCS").figures if figure.derived is None]
    units = [Unit(f"D-{n}", f"Cơ sở {n}", "CDCS", "D") for n in range(chance.randint(3, 7))]
    roster = Roster.of([Unit("P", "Tỉnh", "TINH"), DISTRICT, *units, Unit("E", "Huyện bên", "CTTT", "P"), STRANGER])
    inbox, good, expected = tmp_path / "inbox", [], {}
    for unit in (*units, STRANGER):
        figures = {ref: float(chance.randint(0, 10**6)) for ref in refs if chance.random() < 0.6}
        one = entry(unit, figures, {NARRATIVE: f"Tình hình {unit.code}"})
        path = put(inbox, form, one)
        fate = chance.choice(["good", "good", "cut", "twice", "again", "draft"]) if unit in units else "foreign"
        expected[path.name] = "rejected" if fate in ("cut", "twice", "foreign") else "accepted"
        if fate in ("good", "again", "draft"):
            good.append(one)
        if fate == "cut":
            path.write_bytes(path.read_bytes()[: chance.randint(0, 20_000)])
        elif fate == "again":
            shutil.copy(path, inbox / f"{unit.code} (1).xlsx")
            expected |= {path.name: "either", f"{unit.code} (1).xlsx": "either"}
        elif fate in ("twice", "draft"):
            signed = one.report_date if fate == "twice" else OTHER
            other = replace(one, figures={"dv_tong.actual": 7.5e8}, report_date=signed)
            second = put(inbox, form, other, f"z{path.name}")
            expected[second.name] = "rejected" if fate == "twice" else "ignored"
    (inbox / "ảnh.jpg").write_bytes(chance.randbytes(500))
    expected["ảnh.jpg"] = "rejected"
    job = order(tmp_path, "D", roster)
    outcome = run(job)
    assert sorted(file.file for file in outcome.files) == sorted(path.name for path in inbox.iterdir())
    either = [file for file in outcome.files if expected[file.file] == "either"]
    assert sorted(f.status for f in either) == ["accepted"] * (len(either) // 2) + ["ignored"] * (len(either) // 2)
    rest = {file.file: file.status for file in outcome.files if file not in either}
    assert rest == {name: fate for name, fate in expected.items() if fate != "either"}
    assert all(file.findings for file in outcome.files if file.status != "accepted")
    assert_adds_up(summary_of(job), good, None)


def test_order_of_files_does_not_matter(form: Form, tmp_path: Path) -> None:
    found = []
    for names in (("1", "2", "3"), ("3", "1", "2")):
        folder = tmp_path / "".join(names)
        for unit, name in zip((A, B, C), names, strict=True):
            put(folder / "inbox", form, entry(unit, {"dv_tong": 10 + int(unit.code[-1])}), f"{name}.xlsx")
        job = order(folder)
        run(job)
        found.append(summary_of(job))
    assert np.array_equal(found[0].values, found[1].values, equal_nan=True)
    assert [line.unit for line in found[0].lines] == [line.unit for line in found[1].lines] == ["D-1", "D-2", "D-3"]


BAD = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99}
"""A total that is not the sum of its parts."""


@pytest.fixture
def clean(form: Form, tmp_path: Path) -> Order:
    """The sample's first district, in which no rule is broken: two unions and the own part."""
    roster = sample_roster(22)
    for one in sample_entries(form, roster):
        if one.unit.code.startswith("LC-01"):
            put(tmp_path / "inbox", form, one)
    return order(tmp_path, "LC-01", roster)


@pytest.fixture
def faulty(clean: Order, form: Form) -> Order:
    """The same with one error: 5 consultations are not 1 + 1."""
    bad = {f"tvpl_{part}.actual": value for part, value in (("luot", 5.0), ("truc_tiep", 1.0), ("gian_tiep", 1.0))}
    for one in sample_entries(form, clean.roster):
        if one.unit.code == "LC-01-001":
            ytd = {ref.replace(".actual", ".ytd"): value for ref, value in bad.items()}
            put(clean.folder, form, replace(one, figures={**one.figures, **bad, **ytd}))
    return clean


def errors_of(outcome: Outcome) -> dict[str, list[str]]:
    return {f.unit: refs for f in outcome.files if (refs := [g.place.ref for g in f.findings if g.severity == "error"])}


def test_a_unit_with_errors_is_merged_and_the_cover_says_so(faulty: Order) -> None:
    outcome = run(faulty)
    assert errors_of(outcome) == {"LC-01-001": ["tvpl_luot.actual", "tvpl_luot.ytd"]}
    assert outcome.provisional
    assert [line.unit for line in summary_of(faulty).lines] == ["LC-01-001", "LC-01-002"]
    notice = notice_in(faulty)
    assert [int(number) for number in re.findall(r"\d+", notice)] == [2, 1]  # errors, units with errors


def test_missing_units_are_counted_on_the_cover(faulty: Order) -> None:
    (faulty.folder / "LC-01-002.xlsx").unlink()
    assert run(faulty).provisional
    assert [int(number) for number in re.findall(r"\d+", notice_in(faulty))] == [2, 1, 1, 2]  # ..., missing of expected


def notice_in(job: Order) -> str:
    """Whatever the first sheet says about being provisional."""
    sheet = load_workbook(job.summary_path)[COVER]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    return next((text for text in texts if "TẠM TÍNH" in text), "")


def test_strict_leaves_units_with_errors_out_and_lists_them(faulty: Order) -> None:
    job = replace(faulty, strict=True)
    outcome = run(job)
    assert [unit.code for unit in outcome.left_out] == ["LC-01-001"]
    assert fates(outcome)["LC-01-001.xlsx"] == ("accepted", ("left-out",))
    assert [line.unit for line in summary_of(job).lines] == ["LC-01-002"]
    assert (outcome.missing, outcome.provisional) == ((), True)
    assert re.findall(r"\d+", notice_in(job)) == ["1"]


def test_a_complete_batch_without_errors_is_not_provisional(clean: Order) -> None:
    outcome = run(clean)
    assert (errors_of(outcome), outcome.errors, outcome.provisional, notice_in(clean)) == ({}, 0, False, "")


def test_what_the_parent_types_into_its_summary_survives_the_next_run(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"kt_dl_tong": 2}))
    job = order(tmp_path)
    run(job)
    words = "Huyện đã chỉ đạo."
    retype(job.summary_path, {"own.kt_dl_tong.actual": 5, f"n.{NARRATIVE}": words, "dv_tong.note": "rà soát"})
    put(tmp_path / "inbox", form, entry(B, {"kt_dl_tong": 4}))
    for _ in range(2):
        assert said(run(job), "own-conflict") == []
        summary = summary_of(job)
        assert (summary.value("kt_dl_tong.actual"), summary.own_value("kt_dl_tong.actual")) == (11, 5)
        assert summary.narratives == {NARRATIVE: words}
        assert summary.attributes["dv_tong.note"] == "rà soát"


def test_where_summary_and_own_file_differ_the_summary_stays_and_both_are_told(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(DISTRICT, {"kt_dl_tong": 5, "gy_vb_so": 1}, {NARRATIVE: "Một."}))
    job = order(tmp_path)
    assert said(run(job), "own-conflict") == []
    retype(job.summary_path, {"own.kt_dl_tong.actual": 6, f"n.{NARRATIVE}": "Hai."})
    outcome = run(job)
    assert [ref for ref, _ in said(outcome, "own-conflict")] == ["kt_dl_tong.actual", f"n.{NARRATIVE}"]
    assert said(outcome, "own-conflict")[0] == ("kt_dl_tong.actual", "5")
    summary = summary_of(job)
    assert (summary.own_value("kt_dl_tong.actual"), summary.own_value("gy_vb_so.actual")) == (6, 1)
    assert summary.narratives[NARRATIVE] == "Hai."


def test_a_text_typed_for_an_own_figure_is_told_before_it_is_gone(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"kt_dl_tong": 2}))
    job = order(tmp_path)
    run(job)
    retype(job.summary_path, {"own.kt_dl_tong.actual": "vài cuộc"})
    assert said(run(job), "not-a-number") == [("kt_dl_tong.actual", "vài cuộc")]
    assert summary_of(job).own_value("kt_dl_tong.actual") is None


def test_a_text_typed_for_an_own_figure_that_is_certain_is_a_figure_in_the_next_summary(
    form: Form, tmp_path: Path
) -> None:
    put(tmp_path / "inbox", form, entry(A, {"kt_dl_tong": 2}))
    job = order(tmp_path)
    run(job)
    retype(job.summary_path, {"own.kt_dl_tong.actual": "năm cuộc"})
    assert said(run(job), "read-as") == [("kt_dl_tong.actual", "năm cuộc")]
    assert said(run(job), "read-as") == []
    summary = summary_of(job)
    assert (summary.value("kt_dl_tong.actual"), summary.own_value("kt_dl_tong.actual")) == (7, 5)


def test_nothing_but_the_roster_and_the_form_gives_an_empty_summary(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    job = order(tmp_path)
    outcome = run(job)
    assert (len(outcome.missing), summary_of(job).lines, outcome.provisional) == (3, [], True)
    with pytest.raises(CannotRun):
        run(replace(job, form=""))


@pytest.mark.parametrize("kind", ["workbook", "text", "a unit's workbook", "another unit's summary"])
def test_a_foreign_file_at_out_is_refused_and_untouched(kind: str, form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    units = put_roster(tmp_path / "units.xlsx")
    out = tmp_path / "out.xlsx"
    if kind == "workbook":
        put_roster(out)
    elif kind == "text":
        out.write_text("ghi chú", "utf-8")
    elif kind == "a unit's workbook":
        put(tmp_path, form, entry(DISTRICT, {"dv_tong": 5}), "out.xlsx")
    else:
        run(order(tmp_path, "E", summary_path=out))
    assert refused(tmp_path, units, out, tmp_path / "report.xlsx", untouched=out)
    assert not (tmp_path / "report.xlsx").exists()


@pytest.mark.parametrize("kind", ["the roster", "a unit's workbook", "the summary", "text"])
def test_a_foreign_file_at_report_is_refused_and_untouched(kind: str, form: Form, tmp_path: Path) -> None:
    sent = put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    units = put_roster(tmp_path / "units.xlsx")
    text = tmp_path / "a.txt"
    text.write_text("ghi chú", "utf-8")
    out = tmp_path / "out.xlsx"
    report = {"the roster": units, "a unit's workbook": sent, "the summary": out, "text": text}[kind]
    assert refused(tmp_path, units, out, report, untouched=units if kind == "the summary" else report)
    assert not out.exists()


def refused(tmp: Path, units: Path, out: Path, report: Path, untouched: Path) -> bool:
    before = untouched.read_bytes()
    options = ["--units", units, "--parent", "D", "--out", out, "--report", report]
    code = main(["run", str(tmp / "inbox"), *map(str, options)])
    return code == 2 and untouched.read_bytes() == before


def test_a_report_of_an_earlier_run_is_replaced(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path)
    run(job)
    first = job.report_path.read_bytes()
    put(tmp_path / "inbox", form, entry(B, BAD))
    run(job)
    assert job.report_path.read_bytes() != first


def test_outputs_in_the_folder_are_passed_over(form: Form, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    put(inbox, form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path, summary_path=inbox / "summary.xlsx", report_path=inbox / "report.xlsx")
    run(job)
    outcome = run(job)
    assert {f.file: f.status for f in outcome.files} == {
        "D-1.xlsx": "accepted", "decisions.xlsx": "ignored", "report.xlsx": "ignored", "summary.xlsx": "ignored"
    }  # fmt: skip
    assert summary_of(job).value("dv_tong.actual") == 5


@pytest.mark.skipif(sys.platform != "linux", reason="workers inherit a patched reader by fork")
@pytest.mark.parametrize("deadly", ["summary.xlsx", "report.xlsx"])
def test_an_earlier_output_that_kills_its_reader_ends_nothing(
    deadly: str, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(path: Path, shown: str, *more: Any) -> FileOutcome | Opened | Parcel:
        if shown == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return open_file(path, shown, *more)

    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path)
    run(job)
    monkeypatch.setattr(isolation, "open_file", dying)
    monkeypatch.setattr(ordering, "document_of", _killed if deadly == "report.xlsx" else ordering.document_of)
    with pytest.raises(CannotRun, match=deadly):
        run(job)


def test_what_lies_in_the_place_of_the_summary_is_left_there_and_told_why(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path)
    job.summary_path.parent.mkdir(parents=True, exist_ok=True)
    job.summary_path.write_text("ghi chú", "utf-8")
    with pytest.raises(
        CannotRun, match=r"không dùng được làm sổ tổng hợp của .+\. Tệp này là tệp văn bản.+ --out khác"
    ):
        run(job)
    assert job.summary_path.read_text("utf-8") == "ghi chú"


def _killed(path: Path) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def test_our_reports_and_the_roster_are_known_under_any_name(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path)
    run(job)
    shutil.copy(job.report_path, tmp_path / "inbox" / "BC (1).xlsx")
    put_roster(tmp_path / "inbox" / "danh sach.xlsx")
    put_roster(tmp_path / "inbox" / "units.xlsx")
    found = fates(run(replace(job, roster_path=tmp_path / "inbox" / "units.xlsx")))
    assert found == {
        "BC (1).xlsx": ("ignored", ("ignored-output",)),
        "D-1.xlsx": ("accepted", ()),
        "danh sach.xlsx": ("ignored", ("ignored-list",)),
        "units.xlsx": ("ignored", ("ignored-list",)),
    }


def test_errors_in_the_parent_s_own_file_make_the_summary_provisional(form: Form, tmp_path: Path) -> None:
    roster = sample_roster(11)
    paths = {
        one.unit.code: put(tmp_path / "inbox", form, one)
        for one in sample_entries(form, roster)
        if one.unit.code.startswith("LC-01")
    }
    job = order(tmp_path, "LC-01", roster)
    clean = run(job)
    assert (clean.missing, clean.errors, clean.provisional, notice_of(clean)) == ((), 0, False, "")
    job.summary_path.unlink()
    retype(paths["LC-01"], {"tvpl_luot.actual": 999})
    outcome = run(job)
    (own,) = [file for file in outcome.files if file.unit == "LC-01"]
    assert outcome.provisional and own.errors > 0 and own in outcome.counted and own not in outcome.merged
    assert notice_of(outcome).startswith(f"TẠM TÍNH: {own.errors} lỗi chưa sửa ở 1 đơn vị")
    verdict = load_workbook(job.report_path)["Tổng quan"]["B6"].value
    assert verdict.startswith("SỐ TỔNG HỢP LÀ SỐ TẠM TÍNH vì 1 báo cáo đã cộng vào còn lỗi số liệu.")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_name_that_looks_like_a_formula_stays_a_text(sign: str, form: Form, tmp_path: Path) -> None:
    name = f"{sign}1+cmd|' /C calc'!A0"
    unit = replace(A, name=name)
    put(tmp_path / "inbox", form, entry(unit, BAD, {NARRATIVE: name}))
    job = order(tmp_path, roster=Roster.of([Unit("P", "Tỉnh", "TINH"), replace(DISTRICT, name=name), unit]))
    run(job)
    for path in (job.summary_path, job.report_path):
        cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
        formulas = [cell.value for cell in cells if cell.data_type == "f"]
        assert [cell for cell in cells if cell.value == name or name in str(cell.value)]
        assert [text for text in formulas if "cmd" in str(text)] == []


def test_a_parent_whose_level_the_form_lacks_cannot_run(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    top = Unit("T", "Tổng Liên đoàn", "TLD")
    with pytest.raises(CannotRun):
        run(order(tmp_path, "T", Roster.of([top])))


@pytest.mark.parametrize("which", ["", "quy3_2023_004"])
def test_a_period_that_the_form_has_not_is_refused(which: str, form: Form, tmp_path: Path) -> None:
    """Else one slip of the finger would have every report rejected, and a summary of nothing drawn."""
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path)
    run(job)
    before = job.summary_path.read_bytes()
    with pytest.raises(CannotRun, match="là của kỳ 2023-Q3, không phải 2023-Q9"):
        run(replace(job, form=which, period="2023-Q9"))
    assert job.summary_path.read_bytes() == before


def test_a_folder_is_checked_without_what_is_no_report(form: Form, tmp_path: Path) -> None:
    path = put(tmp_path, form, entry(A, BAD))
    (tmp_path / "~$D-1.xlsx").write_bytes(b"\x05Admin")
    files = check_files([tmp_path, path])
    assert {file.file: file.status for file in files} == {
        str(path): "accepted", str(tmp_path / "~$D-1.xlsx"): "ignored"
    }  # fmt: skip
    assert [f.code for f in files[0].findings].count("SP001") == 1
