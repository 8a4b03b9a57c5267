"""The sample province through three real levels comes to the figures Lai Châu published (seed 004), line by line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from consolidator.demonstration import demonstrate
from consolidator.form import Form
from consolidator.listing import figures_of
from consolidator.opening import read_file
from consolidator.outcome import Outcome
from consolidator.submission import Submission
from consolidator.verdict import serial

DATA = Path(__file__).parent / "data"
QUALIFIERS = {
    "exact": None,
    "gt": "trên",
    "gte": "từ … trở lên",
    "range_min": "mức thấp",
    "range_max": "mức cao",
    "planned": "dự kiến",
}
"""How the inventory calls what stands in the workbooks in words."""

OWN_AND_CHILDREN = {
    "gy_vb_so.actual": (12, 12, 0),
    "cdcs_tong.actual": (778, None, 778),
    "cdcttt_tong.actual": (11, 11, None),
    "tvpl_luot.actual": (130, 26, 104),
    "kt_dl_tong.actual": (626, 1, 625),
    "kt_tc_tong.actual": (624, 2, 622),
    "gs_tong.actual": (34, 6, 28),
    "pm_cdcs_cap_nhat.actual": (766, None, 766),
    "sk_cap_nhat.actual": (3_666, None, 3_666),
    "qth_tien.actual": (4_067_150_000, None, 4_067_150_000),
    "ct_tong.actual": (10, 10, None),
}
"""Figures with what is the province's own and what its districts make."""

PARTS = {
    "kt_dl_tong": (626, {"kt_dl_cung_cap": 621, "kt_dl_cap_duoi": 5}),
    "kt_tc_tong": (624, {"kt_tc_cung_cap": 616, "kt_tc_cap_duoi": 8}),
    "gs_tong": (34, {"gs_to_chuc": 26, "gs_ca_nhan": 8}),
    "tvpl_luot": (130, {"tvpl_truc_tiep": 30, "tvpl_gian_tiep": 100}),
}
"""Totals of the report and the parts they add up from."""


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


VALUES, DERIVED = rows("laichau_values.csv"), rows("laichau_derived.csv")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return demonstrate(tmp_path_factory.mktemp("demo11"), 11)


@pytest.fixture(scope="module")
def province(demo: Outcome) -> Submission:
    """The province's summary, read back from the disk."""
    return read(demo)


def read(outcome: Outcome) -> Submission:
    found = read_file(Path(outcome.summary_file), "tong-hop.xlsx")
    assert found.submission is not None
    assert [f.code for f in found.findings if f.code.endswith("-differs")] == []
    return found.submission


def number(text: str) -> float:
    return serial(date.fromisoformat(text)) if text.count("-") == 2 else float(text)


def ref_of(row: Mapping[str, str]) -> str:
    return f"{row['indicator_code']}.{row['measure']}"


def test_every_published_figure_is_one_of_the_form(form: Form) -> None:
    assert [ref_of(row) for row in (*VALUES, *DERIVED) if ref_of(row) not in form.at("TINH").position] == []
    assert (len(VALUES), len(DERIVED)) == (63, 6)


@pytest.mark.parametrize("row", VALUES, ids=ref_of)
def test_a_published_figure_comes_out(row: dict[str, str], province: Submission) -> None:
    assert province.value(ref_of(row)) == number(row["value"])


# A target and a rate share a row, and so its date: the date of the target of kt_kh_ty_le stands in its note.
@pytest.mark.parametrize("row", [row for row in VALUES if ref_of(row) != "kt_kh_ty_le.target"], ids=ref_of)
def test_a_published_date_and_doubt_come_out(row: dict[str, str], province: Submission) -> None:
    code = row["indicator_code"]
    as_of = number(row["as_of"]) if row["as_of"] else None
    assert province.attributes.get(f"{code}.as_of") == as_of
    assert province.attributes.get(f"{code}.qualifier") == QUALIFIERS[row["qualifier"]]


def test_the_date_of_a_plan_stands_in_its_note(province: Submission) -> None:
    assert "31/12/2023" in str(province.attributes["kt_kh_ty_le.note"])


@pytest.mark.parametrize("row", DERIVED, ids=ref_of)
def test_a_figure_worked_out_from_the_text_comes_out(row: dict[str, str], province: Submission) -> None:
    """Rates are shown with one decimal; a figure that the text only bounds lies within its bounds."""
    low, _, high = row["value"].partition("..")
    found = province.value(ref_of(row))
    assert found is not None
    if high:
        assert float(low) <= found <= float(high)
    else:
        assert found == round(float(low), 1)


@pytest.mark.parametrize("ref", OWN_AND_CHILDREN)
def test_own_and_children_are_kept_apart(ref: str, province: Submission) -> None:
    (record,) = (one for one in figures_of(province) if one["ref"] == ref)
    assert (record["value"], record["own"], record["children"]) == OWN_AND_CHILDREN[ref]


@pytest.mark.parametrize("code", PARTS)
def test_totals_are_the_sums_of_their_parts(code: str, province: Submission) -> None:
    total, parts = PARTS[code]
    assert province.value(f"{code}.actual") == total == sum(parts.values())
    assert {part: province.value(f"{part}.actual") for part in parts} == parts


def test_rates_of_the_report(province: Submission) -> None:
    shares = {"pm_dv_ty_le.actual": 90.6, "sk_cap_nhat.pct_target": 159, "dh_cdcs_ty_le.actual": 100}
    assert {ref: province.value(ref) for ref in shares} == shares


def test_every_level_is_clean_and_complete(demo: Outcome) -> None:
    """In the province's folder lie eleven summaries, its own file, and the folder of the districts' reports."""
    assert (demo.errors, demo.missing, demo.left_out) == (0, (), ())
    assert (demo.count("accepted"), demo.count("rejected"), demo.count("ignored")) == (12, 0, 1)


def test_more_unions_make_the_same_province(province: Submission, tmp_path: Path) -> None:
    larger = read(demonstrate(tmp_path, 24))
    parameter = "bac_gia_tri_min"  # the lowest meal of the unions there are
    for figure in province.view.figures:
        if figure.indicator.code != parameter:
            small, large = province.value(figure.ref), larger.value(figure.ref)
            assert (figure.ref, large) == (figure.ref, pytest.approx(small, rel=1e-9) if small is not None else None)
