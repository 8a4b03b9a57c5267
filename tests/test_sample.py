"""The demo province sums up to the published figures of Lai Châu, level by level, and keeps every rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

import pytest

from consolidator import rulebook
from consolidator.element import QUALIFIERS
from consolidator.expression import TOLERANCE
from consolidator.facts import Batch
from consolidator.form import Form
from consolidator.sample import Entry, sample_entries, sample_roster
from consolidator.submission import Submission, empty_values
from consolidator.unit import Roster
from consolidator.verdict import Verdict, judge, serial

FORM = "quy3_2023_004"
SOME = (11, 60, 778)

PUBLISHED = {
    "thu_nhap_bq_hcsn.actual": 6_300_000,
    "thu_nhap_bq_sxkd.actual": 6_400_000,
    "luong_co_so.actual": 1_800_000,
    "ct_dat_vuot.actual": 8,
    "ct_tong.actual": 10,
    "ct_dang_th.actual": 2,
    "cdcs_tong.actual": 778,
    "dh_cdcs_da_tc.actual": 778,
    "cdcttt_tong.actual": 11,
    "dh_cttt_da_tc.actual": 11,
    "dh_vk_lan_du_thao.actual": 5,
    "dh_vk_tu_y_kien.actual": 2,
    "dh_vk_tu_khai_quat.actual": 1,
    "dh_vk_tu_duyet.actual": 1,
    "dh_vk_tld_y_kien.actual": 2,
    "gy_vb_so.actual": 12,
    "bac_nguong.target": 18_000,
    "tvpl_luot.actual": 130,
    "tvpl_truc_tiep.actual": 30,
    "tvpl_gian_tiep.actual": 100,
    "ctxh_phong_hoc.actual": 2,
    "ctxh_gian.actual": 4,
    "ctxh_dien_tich.actual": 130,
    "ctxh_tien.actual": 650_000_000,
    "tri_an_tien.actual": 20_000_000,
    "tham_hoi_suat.actual": 10,
    "tham_hoi_tien.actual": 31_000_000,
    "kt_hoc_sinh.actual": 217,
    "kt_giao_vien.actual": 1,
    "kt_hoc_sinh_tien.actual": 67_820_000,
    "vay_da_moi.actual": 2,
    "vay_ho_moi.actual": 2,
    "vay_da_hd.actual": 17,
    "vay_tn_tang_min.actual": 4_000_000,
    "vay_tn_tang_max.actual": 5_000_000,
    "tt_luot.actual": 30_000,
    "tin_bai.actual": 50,
    "td_don_vi_phat_dong.actual": 790,
    "sk_cap_nhat.actual": 3_666,
    "sk_cap_nhat.target": 2_306,
    "qth_nguoi.actual": 338,
    "qth_tien.actual": 4_067_150_000,
    "pm_cdcs_cap_nhat.actual": 766,
    "pm_dv_cap_nhat.actual": 20_841,
    "dv_tong.actual": 23_003,
    "nc_tt_cdcs.actual": 739,
    "nc_tt_luot.actual": 3_000,
    "kt_tc_cttt_dong_cap.actual": 11,
    "kt_tc_cttt_dong_cap.ytd": 11,
    "kt_tc_cttt_dong_cap.target": 11,
    "kt_dl_tong.actual": 626,
    "kt_dl_cung_cap.actual": 621,
    "kt_dl_cap_duoi.actual": 5,
    "kt_tc_tong.actual": 624,
    "kt_tc_cung_cap.actual": 616,
    "kt_tc_cap_duoi.actual": 8,
    "gs_tong.actual": 34,
    "gs_to_chuc.actual": 26,
    "gs_ca_nhan.actual": 8,
    "kt_kh_ty_le.target": 100,
    "dh_tinh_ngay_bd.target": serial(date(2023, 10, 12)),
    "dh_tinh_ngay_kt.target": serial(date(2023, 10, 13)),
}

PUBLISHED_DERIVED = {
    "cap_cd_tong.actual": 790,
    "dh_cdcs_ty_le.actual": 100,
    "dh_cttt_ty_le.actual": 100,
    "pm_dv_ty_le.actual": 90.6,
    "pm_cdcs_ty_le.actual": 98.5,
    "td_phat_dong_ty_le.actual": 100,
    "nc_tt_cdcs_ty_le.actual": 95.0,
    "sk_cap_nhat.pct_target": 159.0,
    "kt_tc_cttt_dong_cap.pct_target": 100,
    "kt_tc_cttt_ty_le.actual": 100,
    "ct_dat_ty_le.actual": 80,
}

PARTITIONS = (
    ("cnvcld_tong", "cnvcld_hcsn", "cnvcld_sxkd"),
    ("tvpl_luot", "tvpl_truc_tiep", "tvpl_gian_tiep"),
    ("kt_dl_tong", "kt_dl_cung_cap", "kt_dl_cap_duoi"),
    ("kt_tc_tong", "kt_tc_cung_cap", "kt_tc_cap_duoi"),
    ("gs_tong", "gs_to_chuc", "gs_ca_nhan"),
    ("dthu_tong", "dthu_khieu_nai", "dthu_to_cao"),
    ("ct_tong", "ct_dat_vuot", "ct_dang_th"),
)

WARNINGS_LEFT = {
    ("TINH", "TL009:ct_tong.actual"),
    ("TINH", "TL009:ct_dat_vuot.actual"),
    ("TINH", "TL009:ct_dang_th.actual"),
    ("TINH", "NR004:n.finance_rules_collection_budget"),
}
"""What the province's published text itself deserves: figures of 31/5, and no figure on finance."""


@cache
def _form() -> Form:
    return rulebook.load(FORM)


@cache
def _sample(units: int) -> tuple[Roster, tuple[Entry, ...]]:
    roster = sample_roster(units)
    return roster, tuple(sample_entries(_form(), roster))


def _merged(form: Form, level: str, parts: Iterable[Mapping[str, float]], own: Mapping[str, float]) -> dict[str, float]:
    """Children and own part added up by hand."""
    parts = [*parts, own]
    merged: dict[str, float] = {}
    for figure in form.at(level).figures:
        ref = figure.ref
        values = [part[ref] for part in parts if ref in part]
        if figure.merges in ("none", "last"):
            values = [own[ref]] if ref in own else []
        if not values or figure.derived is not None:
            continue
        if figure.merges == "weighted_mean":
            weight = f"{figure.indicator.weight}.{figure.measure}"
            weighed = [(part[ref], part[weight]) for part in parts if ref in part]
            merged[ref] = sum(mean * heads for mean, heads in weighed) / sum(heads for _, heads in weighed)
        else:
            merged[ref] = {"min": min, "max": max}.get(figure.merges, sum)(values)
    return merged


def _totals(units: int) -> dict[str, dict[str, float]]:
    """Figures of every district and of the province, children included, by code of the unit."""
    roster, entries = _sample(units)
    own = {entry.unit.code: entry.figures for entry in entries}
    found: dict[str, dict[str, float]] = {}
    for district in roster.children("LC"):
        unions = [own[union.code] for union in roster.children(district.code)]
        found[district.code] = _merged(_form(), "CTTT", unions, own[district.code])
    found["LC"] = _merged(_form(), "TINH", list(found.values()), own["LC"])
    return found


def _submission(entry: Entry, figures: Mapping[str, float]) -> Submission:
    view = _form().at(entry.unit.level)
    values = empty_values(view)
    for ref, value in figures.items():
        values[view.position[ref]] = value
    period = _form().period
    meta: dict[str, float | str] = {
        "meta.as_of": serial(entry.as_of),
        "meta.report_date": serial(entry.report_date),
        "meta.period_start": serial(period.start),
        "meta.period_end": serial(period.end),
        "meta.level": entry.unit.level,
        "meta.version": "Chính thức",
        "meta.unit_name": entry.unit.name,
    }
    unit = entry.unit
    return Submission(
        view, unit.code, unit.name, unit.parent, period.id, values, values.copy(),
        attributes=entry.attributes, narratives=entry.narratives, meta=meta,
    )  # fmt: skip


def _broken(submissions: list[Submission]) -> Iterable[tuple[str, str, str]]:
    """(severity, unit, check) of everything broken in submissions of one level."""
    batch = Batch(submissions)
    batch.derive()
    for check in (one for one in batch.view.checks if not one.table):
        tolerance = TOLERANCE if check.rule.tolerance is None else check.rule.tolerance
        verdicts = judge(check.node, batch, tolerance)
        for submission, verdict in zip(submissions, verdicts, strict=True):
            if verdict == Verdict.BROKEN:
                yield str(check.rule.severity.value), submission.unit, check.id


@pytest.mark.parametrize("units", SOME)
def test_roster_has_a_province_eleven_districts_and_so_many_unions(units: int) -> None:
    roster = sample_roster(units)
    assert Counter(unit.level for unit in roster.units.values()) == {"TINH": 1, "CTTT": 11, "CDCS": units}
    assert all(roster.children(district.code) for district in roster.children("LC"))
    assert len({unit.name for unit in roster.units.values()}) == len(roster.units)
    assert {unit.sector for unit in roster.units.values() if unit.level == "CDCS"} <= {"HCSN", "SXKD"}


@pytest.mark.parametrize("units", [0, 10, 779])
def test_roster_outside_its_bounds_is_refused(units: int) -> None:
    with pytest.raises(ValueError, match="11 to 778"):
        sample_roster(units)


@pytest.mark.parametrize("units", SOME)
def test_published_figures_come_out_whatever_the_number_of_unions(units: int) -> None:
    province = _totals(units)["LC"]
    assert {ref: province.get(ref) for ref in PUBLISHED} == PUBLISHED


def test_all_other_sums_do_not_depend_on_the_number_of_unions() -> None:
    small, large = _totals(11)["LC"], _totals(778)["LC"]
    assert small.keys() == large.keys()
    assert {ref for ref in small if small[ref] != large[ref]} <= {"bac_gia_tri_min.actual"}


@pytest.mark.parametrize("units", SOME)
def test_derived_figures_come_out_as_published(units: int) -> None:
    _, entries = _sample(units)
    batch = Batch([_submission(entries[-1], _totals(units)["LC"])])
    batch.derive()
    assert {ref: batch.submissions[0].value(ref) for ref in PUBLISHED_DERIVED} == PUBLISHED_DERIVED


@pytest.mark.parametrize("units", SOME)
def test_partitions_hold_in_every_unit_and_every_sum(units: int) -> None:
    _, entries = _sample(units)
    for figures in [*(entry.figures for entry in entries), *_totals(units).values()]:
        for total, *parts in PARTITIONS:
            for measure in ("actual", "ytd"):
                values = [figures.get(f"{part}.{measure}") for part in parts]
                if f"{total}.{measure}" in figures or any(value is not None for value in values):
                    assert None not in values, (total, measure)
                    assert figures[f"{total}.{measure}"] == sum(value or 0 for value in values)


@pytest.mark.parametrize("units", SOME)
def test_entries_hold_inputs_of_their_level_only(units: int) -> None:
    roster, entries = _sample(units)
    assert [entry.unit.code for entry in entries[-1:]] == ["LC"]
    assert {entry.unit for entry in entries} == set(roster.units.values())
    for entry in entries:
        view = _form().at(entry.unit.level)
        inputs = {figure.ref for figure in view.figures if figure.derived is None}
        assert entry.figures.keys() <= inputs
        assert entry.narratives.keys() <= {answer.id for answer in view.answers}
        assert entry.attributes.keys() <= view.names
        assert all(value == int(value) >= 0 for value in entry.figures.values())
    qualifiers = {value for name, value in entries[-1].attributes.items() if name.endswith(".qualifier")}
    assert qualifiers <= set(QUALIFIERS)


@pytest.mark.parametrize("units", SOME)
def test_only_units_of_a_sector_report_its_mean_income(units: int) -> None:
    _, entries = _sample(units)
    for sector in ("hcsn", "sxkd"):
        means = set()
        for entry in entries:
            heads = entry.figures.get(f"cnvcld_{sector}.actual")
            mean = entry.figures.get(f"thu_nhap_bq_{sector}.actual")
            assert (mean is not None) == bool(heads)
            if mean is not None:
                assert 4_500_000 <= mean <= 8_500_000
                means.add(mean)
        assert len(means) > min(units, 100) // 8


@pytest.mark.parametrize("units", SOME)
def test_mutual_aid_is_plausible_per_head(units: int) -> None:
    _, entries = _sample(units)
    for entry in entries:
        people, money = (entry.figures.get(f"qth_{what}.actual") for what in ("nguoi", "tien"))
        assert (people is None) == (money is None)
        if people is not None and money is not None:
            assert 100_000 <= money / people <= 100_000_000


@pytest.mark.parametrize("units", SOME)
def test_every_rule_holds_in_every_entry(units: int) -> None:
    _, entries = _sample(units)
    broken: list[tuple[str, str, str]] = []
    for level in _form().levels:
        broken += _broken([_submission(entry, entry.figures) for entry in entries if entry.unit.level == level])
    assert [found for found in broken if found[0] == "error"] == []
    levels = {entry.unit.code: entry.unit.level for entry in entries}
    assert {(levels[unit], check) for severity, unit, check in broken if severity == "warning"} == WARNINGS_LEFT


@pytest.mark.parametrize("units", SOME)
def test_every_rule_holds_in_the_sums(units: int) -> None:
    _, entries = _sample(units)
    totals = _totals(units)
    for level in ("CTTT", "TINH"):
        summaries = [_submission(entry, totals[entry.unit.code]) for entry in entries if entry.unit.level == level]
        assert [found for found in _broken(summaries) if found[0] == "error"] == []


def test_same_input_same_output() -> None:
    _, entries = _sample(60)
    assert tuple(sample_entries(_form(), sample_roster(60))) == entries
