"""Notices: what was planted is found, what is clean stays quiet; how often it is not is measured and bounded."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator.element import Figure
from consolidator.finding import Finding, Severity
from consolidator.form import Form, LevelForm
from consolidator.likeness import Names, copies, equal_rows, handed_down, sentences_of
from consolidator.merging import merge
from consolidator.noticing import NOTICES, Rate, arrivals, notice, rates
from consolidator.outliers import Size, Thresholds, _is_judged, _is_sum
from consolidator.rulebook import RulebookError, load, rules_folder, thresholds
from consolidator.sample import sample_entries, sample_roster
from consolidator.sentences import SENTENCES
from consolidator.submission import Source, Submission
from consolidator.unit import Roster, Unit
from consolidator.wording import message_of
from tests.district import submission

MEMBERS, WORKERS, WOMEN = "dv_tong.actual", "cnvcld_tong.actual", "cnvcld_nu.actual"
SIZED = {MEMBERS: 0.9, WORKERS: 1.0, WOMEN: 0.5, "ld_co_viec_lam.actual": 0.98, "pm_dv_cap_nhat.actual": 0.8}


@dataclass
class Office:
    """A batch, and how the same units reported before; `view` is that of all."""

    submissions: list[Submission]
    roster: Roster
    past: Mapping[str, list[dict[str, float]]]

    def notice(self, with_past: bool = False) -> list[list[Finding]]:
        return notice(self.submissions, self.roster, self.past if with_past else {})

    @property
    def figures(self) -> int:
        """Figures other than 0 and blank that are compared."""
        view = self.submissions[0].view
        judged = [number for number, figure in enumerate(view.figures) if _is_judged(figure)]
        return sum(int(np.count_nonzero(np.nan_to_num(one.values[judged]))) for one in self.submissions)


def office(view: LevelForm, units: int, seed: int, periods: int = 5) -> Office:
    """A clean batch: log-normal sizes, each figure with a rate and a spread of its own, some sparse, some by size.

    Stocks move by 5 % from period to period, flows by up to half as much again or a third less (one sigma).
    """
    random = np.random.default_rng(seed)
    size = np.exp(random.normal(np.log(60), 0.8, units))
    values = np.full((periods + 1, units, len(view.figures)), np.nan)
    for column, figure in enumerate(view.figures):
        if _is_judged(figure):
            values[:, :, column] = _drawn(random, figure.ref, figure, size, periods + 1)
    sectors = random.choice(["HCSN", "SXKD"], units, p=[0.7, 0.3])
    names = [
        Unit(f"P-{n:05d}", f"CĐCS Đơn vị số {n} Tân Phong", view.level, "P", str(s)) for n, s in enumerate(sectors)
    ]
    made = [_report(view, unit, values[-1, n], values[-2, n]) for n, unit in enumerate(names)]
    past = {unit.code: [_given(view, row) for row in values[:-1, n]] for n, unit in enumerate(names)}
    return Office(made, Roster.of(names), past)


def _drawn(random: np.random.Generator, ref: str, figure: Figure, size: np.ndarray, periods: int) -> np.ndarray:
    """One figure of all units over all periods (shape: periods × units)."""
    indicator, units = figure.indicator, len(size)
    is_sum, money = _is_sum(figure), indicator.type == "money"
    if indicator.type == "percent":
        return np.clip(np.round(random.normal(85, 8, (periods, units))), 1, 100)
    spread = 0.1 if ref in SIZED or not is_sum else random.uniform(0.15, 0.7)
    move = random.uniform(0.1, 0.5) if indicator.kind == "flow" and is_sum else 0.05
    rate = SIZED.get(ref) or np.exp(random.normal(np.log(1e5 if money else 0.05), 1.3))
    by_size = size if ref in SIZED or random.random() < 0.8 else np.full(units, 60.0)
    middle = np.log(rate) + np.log(by_size) if is_sum else np.full(units, np.log(6_000_000))
    found = np.exp(middle + random.normal(0, spread, units) + random.normal(0, move, (periods, units)))
    gives = random.random(units) < (1 if ref in SIZED else random.choice([1, 0.9, 0.5, 0.15]))
    return np.where(gives, np.round(found, -4 if money and is_sum else 0), random.choice([0, np.nan]))


def _given(view: LevelForm, row: np.ndarray) -> dict[str, float]:
    return {figure.ref: float(value) for figure, value in zip(view.figures, row, strict=True) if value == value}


def _report(view: LevelForm, unit: Unit, now: np.ndarray, before: np.ndarray) -> Submission:
    cells = {figure.ref: (figure.indicator.sheet, f"F{row}") for row, figure in enumerate(view.figures, 7)}
    cells |= {one.ref: ("Thuyết minh", f"C{row}") for row, one in enumerate(view.answers, 3)}
    source = Source(f"{unit.code}.xlsx", unit.code)
    made = Submission(view, unit.code, unit.name, "P", view.form.period.id, now.copy(), now.copy(), source=source)
    made.cells, made.previous, made.narratives = cells, _given(view, before), {}
    return made


def codes(found: Sequence[Finding]) -> set[tuple[str, str]]:
    """Codes and Refs."""
    return {(finding.code, finding.place.ref) for finding in found}


def put(one: Submission, ref: str, value: float) -> None:
    one.values[one.view.position[ref]] = value


@pytest.fixture(scope="module")
def union(form: Form) -> LevelForm:
    return form.at("CDCS")


# ---------- Planted


def test_a_figure_unlike_its_peers_is_found_at_its_cell(union: LevelForm) -> None:
    batch = office(union, 40, 1)
    one = batch.submissions[7]
    one.previous = {}
    put(one, MEMBERS, size := one.value(WORKERS) * 100)  # type: ignore[operator]
    found = batch.notice()[7]
    assert codes(found) == {("peer-outlier", MEMBERS)}
    assert (found[0].unit, found[0].place.file, found[0].place.cell) == (
        one.unit,
        f"{one.unit}.xlsx",
        one.place(MEMBERS)[1],
    )
    assert found[0].facts["value"] == f"{size:,.0f}".replace(",", ".") and found[0].facts["way"] == "lớn hơn"
    assert found[0].severity == Severity.WARNING


@pytest.mark.filterwarnings("error::RuntimeWarning")  # of which staff would see English words
def test_figures_at_the_end_of_all_numbers_are_told_by_their_size(union: LevelForm) -> None:
    batch = office(union, 40, 1)
    for one, value in zip(batch.submissions, (1e308, 1.7e308, 1e-308, 1e300) * 10, strict=True):
        put(one, MEMBERS, value)
    told = [message_of(one, union.form) for some in batch.notice() for one in some if one.place.ref == MEMBERS]
    assert told and max(map(len, told)) < 400 and not any("inf" in text or "nan" in text for text in told)


EXTREMES = (0.0, 1.0, -1.0, 5e-324, 1e-300, 1e-9, 0.1, 7.0, 1e9, 1e15, 1e16, 1e100, 1e300, 1.7e308, -1.7e308, np.nan)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("seed", range(12))
def test_whatever_units_send_now_or_sent_stops_nothing(union: LevelForm, seed: int) -> None:
    batch, random = office(union, 3 + 8 * (seed % 3), seed), np.random.default_rng(seed)
    for one in batch.submissions:
        spoilt = random.random(len(one.values)) < 0.5
        one.values[spoilt] = random.choice(EXTREMES, int(spoilt.sum()))
        rows = [one.previous, *batch.past[one.unit]] if seed % 2 else [one.previous]
        for row in rows:
            row.update((ref, float(random.choice(EXTREMES))) for ref in [*row][:: 1 + seed % 4])
    told = [message_of(one, union.form) for some in batch.notice(True) for one in some]
    assert not any(" inf" in text or " nan" in text or len(text) > 700 for text in told)


def test_a_mean_is_compared_as_it_is_and_an_amount_at_its_size(union: LevelForm) -> None:
    batch = office(union, 40, 2)
    small, big = (pick([(s.value(WORKERS), n) for n, s in enumerate(batch.submissions)])[1] for pick in (min, max))
    for one in batch.submissions:
        one.previous = {}
        put(one, "dp_thu.actual", 165_000 * one.value(MEMBERS))  # type: ignore[operator]
        put(one, "thu_nhap_bq_hcsn.actual", 6_300_000)
    put(batch.submissions[big], "thu_nhap_bq_hcsn.actual", 63)  # typed in hundred thousands
    assert not {ref for _, ref in codes(batch.notice()[small])} & {"dp_thu.actual"}
    assert ("peer-outlier", "thu_nhap_bq_hcsn.actual") in codes(batch.notice()[big])
    put(batch.submissions[small], "dp_thu.actual", batch.submissions[big].value("dp_thu.actual"))  # type: ignore[arg-type]
    assert ("peer-outlier", "dp_thu.actual") in codes(batch.notice()[small])


def test_one_mistyped_size_does_not_make_the_rest_odd(union: LevelForm) -> None:
    batch = office(union, 60, 3)
    batch.submissions[4].previous = {}
    put(batch.submissions[4], WORKERS, batch.submissions[4].value(WORKERS) * 1000)  # type: ignore[operator]
    assert codes(batch.notice()[4]) == {("peer-outlier", WORKERS)}


def test_small_counts_and_blanks_are_no_outliers(union: LevelForm) -> None:
    batch = office(union, 40, 4)
    for number, one in enumerate(batch.submissions):
        put(one, "kt_dl_cung_cap.actual", [0.0, 1.0, 1.0, np.nan][number % 4])
    put(batch.submissions[0], "kt_dl_cung_cap.actual", 12)
    assert not any(ref == "kt_dl_cung_cap.actual" for found in batch.notice() for _, ref in codes(found))


def test_a_sector_is_compared_with_itself_if_it_is_big_enough(union: LevelForm) -> None:
    batch = office(union, 60, 5)
    firm = [batch.roster.units[one.unit].sector == "SXKD" for one in batch.submissions]
    for one, is_firm in zip(batch.submissions, firm, strict=True):
        one.previous = {}
        put(one, "thu_nhap_bq_sxkd.actual", 60_000_000 if is_firm else 6_000_000)
    batch.submissions[firm.index(True)].values[union.position["thu_nhap_bq_sxkd.actual"]] = 6_000_000
    odd = [
        column
        for column, found in enumerate(batch.notice())
        if ("peer-outlier", "thu_nhap_bq_sxkd.actual") in codes(found)
    ]
    assert odd == [firm.index(True)]


def test_the_own_past_speaks_before_the_last_period_and_the_peers(union: LevelForm) -> None:
    batch = office(union, 40, 6)
    one = batch.submissions[3]
    put(one, MEMBERS, one.value(MEMBERS) * 10)  # type: ignore[operator]
    assert codes(batch.notice(with_past=True)[3]) == {("past-outlier", MEMBERS)}
    assert codes(batch.notice()[3]) == {("jump", MEMBERS)}
    few = replace(batch, past={unit: figures[-3:] for unit, figures in batch.past.items()})
    assert codes(few.notice(with_past=True)[3]) == {("jump", MEMBERS)}, "three periods are too few"


@pytest.mark.parametrize(("factor", "is_unit"), [(10, True), (100, True), (1000, True), (0.001, True), (27, False)])
def test_a_jump_by_a_power_of_ten_looks_like_a_wrong_unit_of_measure(form: Form, factor: float, is_unit: bool) -> None:
    unit = Unit("D-1", "CĐCS Trường", "CDCS", "D")
    one = submission(form, unit, {"dp_thu": 4_000_000 * factor})
    one.previous = {"dp_thu.actual": 4_000_000.0}
    ((found,),) = notice([one], Roster.of([unit]))
    assert (found.code, found.place.ref, found.facts["usual"]) == ("jump", "dp_thu.actual", "4.000.000")
    assert ("sai đơn vị tính" in message_of(found)) == is_unit


def test_what_all_peers_did_is_no_jump(union: LevelForm) -> None:
    batch = office(union, 30, 7)
    for one in batch.submissions:  # gifts before Tết
        one.previous["tham_hoi_tien.actual"] = 1_000_000
        put(one, "tham_hoi_tien.actual", 20_000_000)
    assert not any(("jump", "tham_hoi_tien.actual") in codes(found) for found in batch.notice())
    put(batch.submissions[5], "tham_hoi_tien.actual", 2_000_000_000)
    assert ("jump", "tham_hoi_tien.actual") in codes(batch.notice()[5])


def test_where_a_rule_has_spoken_of_last_period_there_is_no_second_word(form: Form) -> None:
    unit = Unit("D-1", "CĐCS Trường", "CDCS", "D")
    fallen, risen = (submission(form, unit, {"pm_dv_cap_nhat": value}) for value in (10, 10_000))
    fallen.previous = risen.previous = {"pm_dv_cap_nhat.actual": 500.0}
    roster = Roster.of([unit])
    assert notice([fallen], roster) == [[]], "TL012: cumulative figures never fall"
    assert codes(notice([risen], roster)[0]) == {("jump", "pm_dv_cap_nhat.actual")}


def test_equal_reports_name_each_other(union: LevelForm) -> None:
    batch = office(union, 30, 8)
    for number in (4, 9):
        batch.submissions[number].values = batch.submissions[2].values.copy()
        batch.submissions[number].previous = {}
    found = {n: [f for f in one if f.code == "same-figures"] for n, one in enumerate(batch.notice())}
    assert [n for n, one in found.items() if one] == [2, 4, 9]
    assert "P-00002" in found[4][0].facts["others"] and "P-00009" in found[4][0].facts["others"]
    assert "P-00004" not in found[4][0].facts["others"] and found[4][0].place.file == "P-00004.xlsx"


def test_a_report_equal_to_the_one_before_is_found_and_one_new_figure_makes_it_another(union: LevelForm) -> None:
    batch = office(union, 12, 9)
    for number in (1, 2):
        batch.submissions[number].previous = _given(union, batch.submissions[number].values)
    put(batch.submissions[2], MEMBERS, 61)
    assert [n for n, found in enumerate(batch.notice()) if "same-as-last" in {f.code for f in found}] == [1]


WRITTEN = (
    "Công đoàn {name} đã tuyên truyền Nghị quyết Đại hội XIII Công đoàn tỉnh đến {n} đoàn viên và người lao động. "
    "Ban Chấp hành phối hợp với nhà trường tổ chức hội nghị cán bộ viên chức đúng quy định với {n} lượt người dự. "
    "Nhân dịp ngày thành lập Công đoàn Việt Nam, đơn vị đã thăm hỏi, tặng quà {n} đoàn viên có hoàn cảnh khó khăn. "
)
OWN = (
    "Riêng tháng tám, tổ công đoàn khối {n} đã dựng lại hàng rào và sửa mái bếp ăn cho học sinh bán trú sau mưa lũ. "
    "Đoàn viên nữ góp ngày công dọn bùn ở điểm trường lẻ, nhận đỡ đầu hai em mồ côi đến hết cấp học. "
    "Quỹ tương trợ của tổ cho ba gia đình vay mua giống ngô lai, đến vụ thu hoạch mới phải trả, không tính lãi. "
)


def _texts(batch: Office, texts: Mapping[int, str]) -> str:
    """Lets some units write in the first answer; its id."""
    answer = batch.submissions[0].view.answers[0]
    for number, text in texts.items():
        one = batch.submissions[number]
        one.narratives = {answer.id: text.format(name=one.unit_name.removeprefix("CĐCS "), n=number * 7 + 3)}
    return answer.ref


def test_copied_narratives_are_found_but_for_names_and_figures(union: LevelForm) -> None:
    batch = office(union, 20, 10)
    short = "Tình hình ổn định."
    ref = _texts(batch, dict.fromkeys(range(20), short) | {2: WRITTEN, 7: WRITTEN, 11: WRITTEN + " Hết.", 15: OWN})
    found = [(n, f) for n, one in enumerate(batch.notice()) for f in one if f.code == "same-narrative"]
    assert [n for n, _ in found] == [2, 7, 11]
    assert all(f.place.ref == ref and f.place.cell == "C3" and f.severity == Severity.INFO for _, f in found)
    assert found[0][1].facts["share"] == "100" and "P-00007" in found[0][1].facts["others"]


def test_what_most_units_write_was_handed_down(union: LevelForm) -> None:
    batch = office(union, 20, 11)
    _texts(batch, dict.fromkeys(range(12), WRITTEN))
    assert not any(f.code == "same-narrative" for one in batch.notice() for f in one)


def test_copies_by_shared_sentences() -> None:
    memo: dict[str, str] = {}
    names = Names(["CĐCS Trường Mầm non Tân Phong"])
    copied = WRITTEN.format(name="Trường Mầm non Tân Phong", n="1.234")
    texts = [sentences_of(text, names, memo) for text in (copied, copied + OWN.format(n=1), OWN.format(n=2), "")]
    assert "mầm non" not in " ".join(texts[0]) and not any(c.isdigit() for c in "".join(texts[0]))
    found = copies(texts, 200, 60, 0.8, 50)
    assert found[0].where == (1,) and found[0].share == 1
    assert found[2].where == (1,), "the second has the third's sentences too"
    assert 1 not in found, "what it took from either is not four fifths of it"
    assert handed_down(texts, 0.5, 3) == set()


def test_equal_rows_keep_blank_and_zero_apart() -> None:
    rows = np.array([[1, 2, 0.0], [1, 2, np.nan], [1, 2, -0.0], [1, 2, 3], [1, 2, -np.nan], [0, 0, 0], [0, 0, 0]])
    assert equal_rows(rows, 2) == [[0, 2], [1, 4]]
    assert equal_rows(rows, 3) == []


# ---------- Clean


@pytest.mark.parametrize("units", [44, 120])
def test_the_sample_province_is_quiet_at_three_levels(form: Form, units: int) -> None:
    roster = sample_roster(units)
    made: dict[str, Submission] = {}
    for entry in sample_entries(form, roster):
        made[entry.unit.code] = one = submission(form, entry.unit, entry.figures)
        one.narratives = entry.narratives
    districts = []
    for district in roster.children("LC"):
        unions = [made[unit.code] for unit in roster.children(district.code)]
        assert notice(unions, roster) == [[]] * len(unions)
        districts.append(merge(made[district.code], unions)[0])
    assert notice(districts, roster) == [[]] * len(districts)
    assert notice([merge(made["LC"], districts)[0]], roster) == [[]]
    unions = [one for one in made.values() if one.view.level == "CDCS"]
    assert notice(unions, roster) == [[]] * len(unions)


CLEAN = [("quy3_2023_004", "CDCS"), ("gnk_backan_002", "CDCS"), ("gnk_tinh_000", "CTTT")]


@pytest.mark.parametrize(("form_id", "level"), CLEAN)
@pytest.mark.parametrize("units", [11, 60, 400])
def test_clean_batches_are_quiet(form_id: str, level: str, units: int) -> None:
    """Fewer than one finding in 2,000 figures, with and without a past; printed with `pytest -s`."""
    view, found, figures = load(form_id).at(level), Counter[str](), 0
    for seed in range(3 if units < 400 else 1):
        batch = office(view, units, 100 + seed)
        figures += 2 * batch.figures
        for with_past in (False, True):
            found.update(f.code for one in batch.notice(with_past) for f in one)
    print(f"\n{form_id} {level} {units} units: {1000 * found.total() / figures:.3f} in 1000 figures {dict(found)}")
    assert found.total() < figures / 2000 + 1
    assert not found.keys() & {"same-figures", "same-as-last"}


def swapped(value: float) -> float | None:
    """The first two digits have changed places; None where that does not matter much."""
    digits = f"{value:.0f}"
    other = float(digits[1] + digits[0] + digits[2:])
    return other if len(digits) > 2 and digits[1] != "0" and max(other / value, value / other) >= 2 else None


Mistake = Callable[[float], float | None]
MISTAKES: Mapping[str, tuple[Mistake, float, float, float]] = {
    "x10": (lambda value: value * 10, 0.50, 0.65, 0.65),
    "x100": (lambda value: value * 100, 0.70, 0.90, 0.90),
    "x1000": (lambda value: value * 1000, 0.85, 0.95, 0.95),
    "/1000": (lambda value: value / 1000, 0.80, 0.90, 0.90),
    "swapped": (swapped, 0.0, 0.2, 0.2),
}
"""What a clerk does to a figure, and which share must be found: by peers alone, by last period, by five periods."""


@pytest.mark.parametrize("kind", MISTAKES)
def test_most_planted_mistakes_are_found(union: LevelForm, kind: str) -> None:
    """Shares are printed with `pytest -s`."""
    err, *bounds = MISTAKES[kind]
    planted, found = 0, [0, 0, 0]
    for seed in range(4):
        batch = office(union, 100, 200 + seed)
        wrong = _mistaken(batch, err, np.random.default_rng(seed))
        planted += len(wrong)
        for with_past in (1, 2):
            found[with_past] += len(wrong & _told(batch, with_past == 2))
        for one in batch.submissions:
            one.previous = {}
        found[0] += len(wrong & _told(batch))
    print(f"\n{kind}: by peers, last period, five periods: {found} of {planted}")
    assert all(count >= bound * planted for count, bound in zip(found, bounds, strict=True))


@pytest.mark.parametrize("with_past", [False, True])
def test_swapped_digits_of_members_are_found(union: LevelForm, with_past: bool) -> None:
    """Flows vary by more than two digits that changed places; members do not."""
    batch, wrong = office(union, 120, 300), set()
    for one in batch.submissions[::3]:
        new = swapped(one.value(MEMBERS) or 0)
        if new is not None:
            put(one, MEMBERS, new)
            wrong.add((one.unit, MEMBERS))
    assert len(wrong) > 2 and wrong <= _told(batch, with_past)


def _told(batch: Office, with_past: bool = False) -> set[tuple[str, str]]:
    return {(f.unit, f.place.ref) for one in batch.notice(with_past) for f in one}


def _mistaken(batch: Office, err: Mistake, random: np.random.Generator) -> set[tuple[str, str]]:
    """Puts a mistake into one figure of every sixth report that is big enough to be mistaken so; unit and Ref."""
    least, planted = {"money": 3000.0}, set()
    for one in batch.submissions[::6]:
        new = {
            figure.ref: err(value)
            for figure in one.view.figures
            if _is_judged(figure) and figure.measure == "actual"
            if (value := one.value(figure.ref) or 0) >= least.get(figure.indicator.type, 30)
        }
        usable = [ref for ref, value in new.items() if value is not None]
        if usable:
            ref = str(random.choice(usable))
            put(one, ref, float(np.round(new[ref] or 0, 2)))
            planted.add((one.unit, ref))
    return planted


# ---------- The whole


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(14)))
def test_the_order_of_reports_does_not_matter(order: list[int]) -> None:
    batch = _messy()
    straight = batch.notice(with_past=True)
    shuffled = replace(batch, submissions=[batch.submissions[n] for n in order]).notice(with_past=True)
    assert shuffled == [straight[n] for n in order]
    assert {f.code for one in straight for f in one} >= {"past-outlier", "same-figures", "same-narrative"}


def _messy() -> Office:
    batch = office(load("quy3_2023_004").at("CDCS"), 14, 12)
    put(batch.submissions[2], MEMBERS, 90_000)
    batch.submissions[5].values = batch.submissions[6].values.copy()
    _texts(batch, {3: WRITTEN, 8: WRITTEN, 9: OWN})
    return batch


def test_levels_may_be_mixed_and_nothing_is_no_batch(form: Form) -> None:
    units = [Unit("D", "LĐLĐ huyện", "CTTT", "P"), Unit("P-1", "CĐCS Văn phòng", "CDCS", "P")]
    made = [submission(form, unit, {"dv_tong": 20}) for unit in units]
    assert notice(made, Roster.of(units)) == [[], []]
    assert notice([], Roster()) == []


def test_eight_hundred_units_take_less_than_a_second() -> None:
    batch = office(load("gnk_backan_002").at("CDCS"), 800, 13, periods=1)
    batch.notice()
    start = time.process_time()
    batch.notice()
    assert time.process_time() - start < 1


def test_thresholds_name_what_there_is(form: Form) -> None:
    limits = thresholds(Thresholds)
    library = tomllib.loads((rules_folder() / "shared" / "indicators.toml").read_text("utf-8"))["indicators"]
    assert set(limits.size.indicators) <= library.keys()
    assert {line["type"] for line in library.values()} <= limits.amount.least_difference.keys()
    assert set(limits.amount.over_time) <= form.catalogue.measures.keys()
    assert all(one.__name__.replace("_", "-") in SENTENCES for one in NOTICES)


def test_a_threshold_nobody_knows_is_our_mistake() -> None:
    with pytest.raises(RulebookError, match=r"notices\.toml"):
        thresholds(Size)


# ---------- Rates


def test_rates_by_level_with_what_summaries_bring(form: Form) -> None:
    top = Unit("P", "LĐLĐ tỉnh", "TINH")
    districts = [Unit(f"D{n}", f"LĐLĐ huyện {n}", "CTTT", "P") for n in (1, 2)]
    unions = [Unit(f"D{n}-{m}", f"CĐCS {n}{m}", "CDCS", f"D{n}") for n in (1, 2) for m in (1, 2, 3)]
    direct = Unit("P-9", "CĐCS Văn phòng", "CDCS", "P")
    roster = Roster.of([top, *districts, *unions, direct])
    summary, _ = merge(
        submission(form, districts[0], {}), [submission(form, one, {"dv_tong": 9}) for one in unions[:2]]
    )
    arrived = arrivals([summary, submission(form, direct, {})])
    assert arrived == {"D1", "D1-1", "D1-2", "P-9"}
    base, middle = rates(roster, "P", arrived, {"D1": True, "P-9": False, "D1-1": None})
    assert base == Rate("CDCS", expected=7, arrived=3, judged=1, on_time=0)
    assert middle == Rate("CTTT", expected=2, arrived=1, judged=1, on_time=1)
    assert (base.complete, base.punctual, middle.punctual) == (3 / 7, 0, 1)


def test_levels_of_which_nothing_is_known_are_not_counted_and_a_loop_is_walked_once() -> None:
    roster = Roster.of(
        [Unit("P", "Tỉnh", "TINH", "D"), Unit("D", "Huyện", "CTTT", "P"), Unit("C", "Cơ sở", "CDCS", "D")]
    )
    (only,) = rates(roster, "P", {"stranger"})
    assert only == Rate("CTTT", 1, 0, 0, 0)
    assert (only.complete, only.punctual) == (0, None)
    assert rates(roster, "C", set()) == []
