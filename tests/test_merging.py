"""Figures of children and parent become the parent's: by hand, then as properties over random trees of units."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator import merging
from consolidator.form import Form
from consolidator.merging import merge
from consolidator.rulebook import load
from consolidator.submission import Submission, TableRow
from consolidator.unit import Unit
from tests.district import DISTRICT, PROVINCE, A, B, C, submission

FORM = load("quy3_2023_004")


def merged(form: Form, own: Mapping[str, float], *children: Mapping[str, float]) -> Submission:
    """A district's summary over unions A, B and C."""
    given = [submission(form, unit, figures) for unit, figures in zip((A, B, C), children, strict=False)]
    return merge(submission(form, DISTRICT, own), given)[0]


def codes(form: Form, own: Mapping[str, float], *children: Mapping[str, float]) -> list[tuple[str, str, str]]:
    given = [submission(form, unit, figures) for unit, figures in zip((A, B, C), children, strict=False)]
    return [(f.code, f.unit, f.place.ref) for f in merge(submission(form, DISTRICT, own), given)[1]]


@pytest.mark.parametrize(
    ("own", "children", "total", "reported"),
    [
        (None, (10, 20, 30), 60, 3),
        (None, (10, None, 30), 40, 2),
        (5, (10, None, 30), 45, 2),
        (5, (None, None, None), 5, 0),
        (None, (0, None, None), 0, 1),
        (None, (None, None, None), None, 0),
    ],
)
def test_a_sum_passes_over_blanks_and_says_how_many_reported(
    own: float | None, children: tuple[float | None, ...], total: float | None, reported: int, form: Form
) -> None:
    given = [{} if value is None else {"tvpl_luot": value} for value in children]
    summary = merged(form, {} if own is None else {"tvpl_luot": own}, *given)
    assert summary.value("tvpl_luot.actual") == total
    assert summary.reported["tvpl_luot.actual"] == reported


def test_a_count_is_added_up(form: Form) -> None:
    assert form.indicators["qth_cdcs"].agg == "count"
    assert merged(form, {}, {"qth_cdcs": 1}, {"qth_cdcs": 0}, {"qth_cdcs": 1}).value("qth_cdcs.actual") == 2


def test_a_rate_is_computed_from_summed_parts_never_averaged(form: Form) -> None:
    """1 of 1 (100 %) and 9 of 99 (9.1 %) are 10 of 100: 10 %, not 54.5 %."""
    small = {"pm_dv_cap_nhat": 1, "dv_tong": 1}
    large = {"pm_dv_cap_nhat": 9, "dv_tong": 99}
    assert submission(form, A, small).value("pm_dv_ty_le.actual") == 100
    assert merged(form, {}, small, large).value("pm_dv_ty_le.actual") == 10


@pytest.mark.parametrize("parts", [{"pm_dv_cap_nhat": 0, "dv_tong": 0}, {"pm_dv_cap_nhat": 3}, {"dv_tong": 3}, {}])
def test_a_rate_without_denominator_or_numerator_is_blank(parts: dict[str, float], form: Form) -> None:
    assert merged(form, {}, parts, parts).value("pm_dv_ty_le.actual") is None


def test_attainment_is_computed_from_summed_parts_and_may_exceed_a_hundred(form: Form) -> None:
    summary = merged(form, {}, *({"sk_cap_nhat": n, "sk_cap_nhat.target": 10} for n in (20, 13)))
    assert summary.value("sk_cap_nhat.pct_target") == 165


def test_a_mean_is_weighed_by_heads(form: Form) -> None:
    """(10 x 6.0 m + 30 x 8.0 m) / 40 = 7.5 m; the plain mean would be 7.0 m."""
    one = {"cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}
    other = {"cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 8_000_000}
    summary = merged(form, {}, one, other)
    assert summary.value("thu_nhap_bq_hcsn.actual") == 7_500_000
    assert summary.weights["thu_nhap_bq_hcsn.actual"] == 40
    assert codes(form, {}, one, other) == []


def test_the_parents_own_heads_weigh_too(form: Form) -> None:
    one = {"cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 8_000_000}
    own = {"cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}
    assert merged(form, own, one).value("thu_nhap_bq_hcsn.actual") == 7_500_000


def test_heads_without_a_mean_do_not_weigh(form: Form) -> None:
    summary = merged(form, {}, {"cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}, {"cnvcld_hcsn": 30})
    assert summary.value("thu_nhap_bq_hcsn.actual") == 6_000_000
    assert summary.weights["thu_nhap_bq_hcsn.actual"] == 10


def test_a_mean_without_heads_does_not_count_and_is_said(form: Form) -> None:
    one = {"cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}
    other = {"thu_nhap_bq_hcsn": 8_000_000}
    assert merged(form, {}, one, other).value("thu_nhap_bq_hcsn.actual") == 6_000_000
    assert codes(form, {}, one, other) == [("weight-missing", "D-2", "thu_nhap_bq_hcsn.actual")]
    assert merged(form, {}, other).value("thu_nhap_bq_hcsn.actual") is None
    assert codes(form, other) == [("weight-missing", "", "thu_nhap_bq_hcsn.actual")]


def test_a_mean_over_no_heads_is_blank(form: Form) -> None:
    assert merged(form, {}, {"cnvcld_hcsn": 0, "thu_nhap_bq_hcsn": 6e6}).value("thu_nhap_bq_hcsn.actual") is None


def test_the_lowest_of_what_was_given(form: Form) -> None:
    ref = "bac_gia_tri_min.actual"
    assert merged(form, {}, {ref: 20_000}, {}, {ref: 18_000}).value(ref) == 18_000
    assert merged(form, {ref: 17_000}, {ref: 20_000}).value(ref) == 17_000
    assert merged(form, {}, {}, {}).value(ref) is None


def of_provinces(form: Form, own: Mapping[str, float], *children: Mapping[str, float]) -> tuple[Submission, list[str]]:
    """A summary over units that fill in the province's form: only that has a highest and a latest figure."""
    units = [Unit(f"P-{n}", f"Đơn vị {n}", "TINH") for n in range(len(children))]
    given = [submission(form, unit, figures) for unit, figures in zip(units, children, strict=True)]
    summary, findings = merge(submission(form, PROVINCE, own), given)
    return summary, [finding.code for finding in findings]


def test_the_highest_of_what_was_given(form: Form) -> None:
    summary, _ = of_provinces(form, {}, {"vay_tn_tang_max": 4}, {}, {"vay_tn_tang_max": 5})
    assert summary.value("vay_tn_tang_max.actual") == 5


@pytest.mark.parametrize(
    ("own", "children", "taken", "said"),
    [
        (7, (5, 6), 7, []),
        (None, (5, None, 5), 5, []),
        (None, (5, 6), None, ["last-undecided"]),
        (None, (None, None), None, []),
    ],
)
def test_the_latest_is_the_parents_word_or_what_all_agree_on(
    own: float | None, children: tuple[float | None, ...], taken: float | None, said: list[str], form: Form
) -> None:
    given = [{} if value is None else {"dh_vk_lan_du_thao": value} for value in children]
    summary, found = of_provinces(form, {} if own is None else {"dh_vk_lan_du_thao": own}, *given)
    assert (summary.value("dh_vk_lan_du_thao.actual"), found) == (taken, said)


def test_what_is_not_merged_is_the_parents_own(form: Form) -> None:
    summary, _ = of_provinces(form, {"ct_tong": 10}, {"ct_tong": 4}, {"ct_tong": 3})
    assert summary.value("ct_tong.actual") == 10
    assert of_provinces(form, {}, {"ct_tong": 4})[0].value("ct_tong.actual") is None
    assert [line.values[summary.view.position["ct_tong.actual"]] for line in summary.lines] == [4, 3]


def test_rows_of_tables_stand_unit_by_unit_however_many_are_unfolded_at_once(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, children = submission(form, DISTRICT, {}), [submission(form, unit, {}) for unit in (B, A, C)]
    table = own.view.tables[0]
    for one in (own, *children):
        one.tables = {table.id: [TableRow(one.unit, one.unit_name, {table.key: f"{n}"}) for n in range(2)]}
    wanted = [(unit.code, f"{n}") for unit in (DISTRICT, A, B, C) for n in range(2)]
    for at_once in (500, 2):
        monkeypatch.setattr(merging, "_TOGETHER", at_once)
        summary, _ = merge(own, children)
        assert [(row.unit, row.values[table.key]) for row in summary.tables[table.id]] == wanted
        assert list(summary.tables) == [table.id]


def test_own_and_children_are_kept_apart(form: Form) -> None:
    own = submission(form, DISTRICT, {"kt_dl_tong": 5})
    summary, _ = merge(own, [submission(form, A, {"kt_dl_tong": 2}), submission(form, B, {"kt_dl_tong": 4})])
    at = summary.view.position["kt_dl_tong.actual"]
    assert (summary.value("kt_dl_tong.actual"), summary.own_value("kt_dl_tong.actual")) == (11, 5)
    assert [(line.unit, line.values[at]) for line in summary.lines] == [("D-1", 2), ("D-2", 4)]
    assert (own.value("kt_dl_tong.actual"), own.is_summary, summary.is_summary) == (5, False, True)


def test_the_oldest_date_and_the_first_doubt_of_a_row_stay(form: Form) -> None:
    children = [submission(form, A, {"dv_tong": 1}), submission(form, B, {"dv_tong": 1})]
    children[0].attributes = {"dv_tong.as_of": 45_100.0, "dv_tong.qualifier": "trên", "dv_tong.note": "của A"}
    children[1].attributes = {"dv_tong.as_of": 45_000.0, "dv_tong.qualifier": "khoảng"}
    for order in (children, children[::-1]):
        summary, _ = merge(submission(form, DISTRICT, {}), order)
        assert summary.attributes == {"dv_tong.as_of": 45_000.0, "dv_tong.qualifier": "trên"}


def test_a_row_that_is_not_merged_takes_no_date_from_children(form: Form) -> None:
    child = submission(form, Unit("P-1", "Đơn vị", "TINH"), {"ct_tong": 4})
    child.attributes = {"ct_tong.as_of": 45_000.0, "ct_tong.qualifier": "trên"}
    own = submission(form, PROVINCE, {"ct_tong": 10})
    own.attributes = {"ct_tong.as_of": 45_100.0, "ct_tong.note": "của tỉnh"}
    assert merge(own, [child])[0].attributes == {"ct_tong.as_of": 45_100.0, "ct_tong.note": "của tỉnh"}


REFS = (
    "tvpl_luot.actual",
    "tvpl_luot.ytd",
    "dv_tong.actual",
    "pm_dv_cap_nhat.actual",
    "sk_cap_nhat.target",
    "sk_cap_nhat.actual",
    "cnvcld_hcsn.actual",
    "thu_nhap_bq_hcsn.actual",
    "bac_so_nld.actual",
    "bac_gia_tri_bq.actual",
    "bac_gia_tri_min.actual",
    "tc_nop_cap_tren.actual",
)
KNOWN = [ref for ref in REFS if ref in FORM.at("CDCS").position]
FIGURES = st.dictionaries(st.sampled_from(KNOWN), st.integers(0, 10**10).map(float))
TREES = st.lists(st.tuples(FIGURES, st.lists(FIGURES, max_size=4)), min_size=1, max_size=4)
"""Districts: the own figures of each, and those of its unions."""

Tree = list[tuple[dict[str, float], list[dict[str, float]]]]


def parts_of(tree: Tree) -> list[tuple[Submission, list[Submission]]]:
    """Each district's own submission and those of its unions."""
    found = []
    for number, (own, unions) in enumerate(tree):
        district = Unit(f"D{number}", f"Huyện {number}", "CTTT", "P")
        units = [Unit(f"D{number}-{n}", f"Cơ sở {n}", "CDCS", district.code) for n in range(len(unions))]
        below = [submission(FORM, unit, figures) for unit, figures in zip(units, unions, strict=True)]
        found.append((submission(FORM, district, own), below))
    return found


@settings(max_examples=60, deadline=None)
@given(TREES, FIGURES)
def test_level_by_level_equals_flat(tree: Tree, own: dict[str, float]) -> None:
    parts = parts_of(tree)
    province = submission(FORM, PROVINCE, own)
    by_level, _ = merge(province, [merge(district, below)[0] for district, below in parts])
    flat, _ = merge(province, [one for district, below in parts for one in (district, *below)])
    view = province.view
    for figure in view.figures:
        high, low = by_level.value(figure.ref), flat.value(figure.ref)
        if figure.merges == "weighted_mean" and high is not None and low is not None:
            assert high == pytest.approx(low, rel=1e-9)
            assert by_level.weights[figure.ref] == flat.weights[figure.ref]
        else:
            assert (figure.ref, high) == (figure.ref, low)


@settings(max_examples=40, deadline=None)
@given(TREES, FIGURES, st.randoms(use_true_random=False))
def test_order_of_children_does_not_matter(tree: Tree, own: dict[str, float], chance: random.Random) -> None:
    children = [one for _, below in parts_of(tree) for one in below]
    shuffled = chance.sample(children, len(children))
    one, said = merge(submission(FORM, DISTRICT, own), children)
    other, said_too = merge(submission(FORM, DISTRICT, own), shuffled)
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert (one.weights, one.reported, said) == (other.weights, other.reported, said_too)
    assert [line.unit for line in one.lines] == [line.unit for line in other.lines]


@settings(max_examples=40, deadline=None)
@given(TREES, FIGURES)
def test_a_merge_neither_loses_nor_invents(tree: Tree, own: dict[str, float]) -> None:
    children = [one for _, below in parts_of(tree) for one in below]
    summary, _ = merge(submission(FORM, DISTRICT, own), children)
    assert {line.unit for line in summary.lines} == {child.unit for child in children}
    for figure in summary.view.figures:
        at = summary.view.position[figure.ref]
        column = [line.values[at] for line in summary.lines if not np.isnan(line.values[at])]
        assert summary.reported[figure.ref] == len(column)
        if figure.merges == "sum":
            parts = [*column, *([] if summary.own_value(figure.ref) is None else [summary.own_value(figure.ref)])]
            assert summary.value(figure.ref) == (sum(parts) if parts else None)
        if figure.ref in FORM.at("CDCS").position:
            given = sorted(v for child in children if (v := child.value(figure.ref)) is not None)
            assert sorted(column) == given


def test_a_text_in_the_own_file_is_no_text_in_the_summary(form: Form) -> None:
    """The summary's cell is a total, a blank one here, as Excel shows it."""
    own = submission(form, DISTRICT, {})
    own.texts = {"tvpl_luot.actual": "ba"}
    summary, _ = merge(own, [])
    assert summary.texts == {} and summary.value("tvpl_luot.actual") is None
