"""Rules over many submissions: the same as one by one, at the right place, and silent where undecided."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from consolidator import checking
from consolidator.checking import check, is_on_time, needs_a_batch, surroundings
from consolidator.content import blank_submission
from consolidator.facts import Batch
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.layout import layout_of
from consolidator.merging import merge
from consolidator.opening import read_file
from consolidator.rulebook import load
from consolidator.submission import Submission
from consolidator.unit import Unit
from consolidator.verdict import serial
from consolidator.wording import DRAFT, FINAL
from tests.district import DISTRICT, PROVINCE, ROSTER, A, B, entry, put, submission


def random_submission(form: Form, level: str, seed: int) -> Submission:
    """Half of the figures filled with small numbers, so that many rules break."""
    chance = random.Random(seed)
    refs = [figure.ref for figure in form.at(level).figures if figure.derived is None]
    figures = {ref: float(chance.randint(0, 20)) for ref in refs if chance.random() < 0.5}
    made = submission(form, Unit(f"{level}-{seed}", f"Đơn vị {seed}", level), figures)
    made.narratives = {n.id: chance.choice(["", "Đã tổ chức 12 cuộc."]) for n in form.at(level).answers}
    return made


def test_many_at_once_find_the_same_as_one_by_one(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [random_submission(form, form.levels[seed % 3], seed) for seed in range(12)]
    monkeypatch.setattr(checking, "_TOGETHER", 3)  # of each level four: some at a time
    together = check(many)
    assert together == [check([one])[0] for one in many]
    assert min(len(findings) for findings in together) > 5
    assert [{finding.unit for finding in findings} for findings in together] == [{one.unit} for one in many]


def found_in(path: Path, code: str) -> list[Finding]:
    outcome = read_file(path, path.name)
    assert outcome.submission is not None
    return [finding for finding in check([outcome.submission])[0] if finding.code == code]


def test_a_finding_points_to_the_cell_in_the_file(form: Form, tmp_path: Path) -> None:
    """130 is not 30 + 99."""
    path = put(tmp_path, form, entry(A, {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99}))
    (finding,) = found_in(path, "SP001")
    cell = layout_of(form.at("CDCS")).names["tvpl_luot.actual"]
    place = finding.place
    assert (place.file, place.sheet, place.cell, place.ref) == ("D-1.xlsx", cell.sheet, cell.a1, "tvpl_luot.actual")
    assert (finding.unit, finding.severity, place.sheet) == ("D-1", "error", "PL03")


@pytest.mark.parametrize("measure", ["actual", "ytd", "target"])
def test_a_rule_about_every_measure_names_the_one_that_is_broken(measure: str, form: Form, tmp_path: Path) -> None:
    figures = {f"{code}.{measure}": n for code, n in (("tvpl_luot", 3), ("tvpl_truc_tiep", 1), ("tvpl_gian_tiep", 1))}
    (finding,) = found_in(put(tmp_path, form, entry(A, figures)), "SP001")
    assert finding.place.ref == f"tvpl_luot.{measure}"


@pytest.mark.parametrize("figures", [{"tvpl_luot": 130, "tvpl_truc_tiep": 30}, {"tvpl_luot": 130}, {}])
def test_undecided_says_nothing(figures: dict[str, float], form: Form) -> None:
    assert [f for f in check([submission(form, A, figures)])[0] if f.code == "SP001"] == []


def batch_codes(form: Form, figures: dict[str, float], reported: int, expected: int) -> set[str]:
    """Codes of broken rules that only a batch can know, for the summary of district D."""
    summary, _ = merge(submission(form, DISTRICT, figures), [submission(form, unit, {}) for unit in (A, B)])
    around = surroundings(summary, ROSTER, [submission(form, A, {})] * reported, expected)
    codes = {one.rule.code for one in summary.view.checks if needs_a_batch(one)}
    return {finding.code for finding in check([summary], [around])[0]} & codes


def test_the_number_of_unions_is_held_against_the_roster(form: Form) -> None:
    assert batch_codes(form, {"cdcs_tong": 3}, 3, 3) == set()
    assert batch_codes(form, {"cdcs_tong": 2}, 3, 3) == {"HR006"}


def test_a_unit_that_did_not_report_is_noticed(form: Form) -> None:
    assert batch_codes(form, {}, 2, 3) == {"HR005"}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [({}, set()), ({"tvpl_luot.ytd": 11.0}, {"TL013"}), ({"dh_cdcs_da_tc.actual": 4.0}, {"TL012"})],
)
def test_figures_are_held_against_the_period_before(form: Form, changed: dict[str, float], codes: set[str]) -> None:
    """The year so far is last period's plus the quarter's; a cumulative figure never falls."""
    sent = submission(form, DISTRICT, {"tvpl_luot": 5.0, "tvpl_luot.ytd": 15.0, "dh_cdcs_da_tc": 3.0})
    sent.previous = {"tvpl_luot.ytd": 10.0, "dh_cdcs_da_tc.actual": 3.0} | changed
    assert {finding.code for finding in check([sent])[0]} & {"TL012", "TL013"} == codes


def test_without_a_period_before_nothing_is_held_against_it(form: Form) -> None:
    sent = submission(form, DISTRICT, {"tvpl_luot": 5.0, "tvpl_luot.ytd": 15.0, "dh_cdcs_da_tc": 3.0})
    assert {"TL012", "TL013"} <= {one.rule.code for one in sent.view.checks}
    assert {finding.code for finding in check([sent])[0]} & {"TL012", "TL013"} == set()


def test_a_report_without_a_figure_is_an_error(form: Form) -> None:
    """A remark, a text where a number belongs, or a baseline carried over make no report."""
    empty = submission(form, A, {})
    empty.narratives = {form.at("CDCS").answers[0].id: "Đã xong."}
    empty.texts = {"dv_tong.actual": "ba"}
    assert ("no-figures", "error") in {(f.code, f.severity) for f in check([empty])[0]}
    assert "no-figures" not in {f.code for f in check([submission(form, A, {"dv_tong": 0})])[0]}


def test_a_baseline_carried_over_is_no_report() -> None:
    form = load("gnk_tinh_000")
    assert "no-figures" in {f.code for f in check([submission(form, PROVINCE, {"dv_tong.baseline": 5})])[0]}
    assert "no-figures" not in {f.code for f in check([submission(form, PROVINCE, {"dv_tong.actual": 5})])[0]}


def test_a_summary_of_nobody_is_no_error_of_this_kind(form: Form) -> None:
    summary, _ = merge(submission(form, DISTRICT, {}), [])
    assert "no-figures" not in {finding.code for finding in check([summary])[0]}


def test_without_a_batch_its_words_are_undecided(form: Form) -> None:
    summary, _ = merge(submission(form, DISTRICT, {"cdcs_tong": 2}), [])
    codes = {one.rule.code for one in summary.view.checks if needs_a_batch(one)}
    assert {"HR005", "HR006"} <= codes
    assert {finding.code for finding in check([summary])[0]} & codes == set()


def test_on_time_is_what_the_forms_own_deadline_rule_says() -> None:
    view = load("nam_2020_003").at("CTTT")

    def sent(day: date | None, version: str = DRAFT) -> bool | None:
        one = blank_submission(view, "D", "LĐLĐ huyện")
        one.meta = {**one.meta, "meta.version": version} | ({"meta.submitted_on": serial(day)} if day else {})
        return is_on_time(one)

    assert sent(date(2020, 11, 24)) is True
    assert sent(date(2020, 11, 25)) is False
    assert sent(date(2020, 12, 10), FINAL) is True
    assert sent(None) is None
    assert is_on_time(blank_submission(load("quy3_2023_004").at("CTTT"))) is None


def test_what_children_come_to_is_known_of_sums_only(form: Form) -> None:
    children = [submission(form, A, {"dv_tong": 3, "bac_gia_tri_min": 5}), submission(form, B, {"dv_tong": 4})]
    summary, _ = merge(submission(form, DISTRICT, {"dv_tong": 1}), children)
    answers = surroundings(summary, ROSTER, children, 3).answers
    assert answers["CHILDREN(dv_tong.actual)"] == 7
    assert "CHILDREN(bac_gia_tri_min.actual)" not in answers
    assert (answers["REPORTED()"], answers["EXPECTED()"], answers['ROSTER("cdcs")']) == (2, 3, 3)


def test_facts_that_few_have_are_found_with_whose_they_are(form: Form) -> None:
    one, two, three = (submission(form, unit, {"dv_tong": 1}, "CDCS") for unit in (A, B, A))
    two.attributes, three.attributes = {"dv_tong.as_of": 0.0, "dv_tong.note": "hai"}, {"dv_tong.note": ""}
    two.narratives, three.narratives = {"bai": ""}, {"bai": "ba"}
    batch = Batch([one, two, three])
    assert [number == number for number in batch.numbers("dv_tong.as_of").tolist()] == [False, True, False]
    assert batch.numbers("dv_tong.as_of")[1] == 0 and batch.texts("dv_tong.as_of").tolist() == ["", "", ""]
    assert batch.texts("dv_tong.note").tolist() == ["", "hai", ""] and batch.texts("n.bai").tolist() == ["", "", "ba"]
    blank = {
        name: batch.blanks(name).tolist() for name in ("dv_tong.as_of", "dv_tong.note", "n.bai", "kt_dl_tong.note")
    }
    assert blank == {
        "dv_tong.as_of": [True, False, True],  # a zero is none
        "dv_tong.note": [True, False, True],
        "n.bai": [True, True, False],
        "kt_dl_tong.note": [True] * 3,
    }
