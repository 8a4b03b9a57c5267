"""What changed since the last run, and what a later file of a unit says otherwise than an earlier one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consolidator.comparing import ARRIVED_LABEL, WITHDRAWN_LABEL, Change, Why, changes, differences, own_record
from consolidator.form import Form
from consolidator.merging import merge
from consolidator.submission import Source, Submission, TableRow
from tests.district import DISTRICT, A, B, submission
from tests.older import ANSWERS, NEW

Short = tuple[str, str, float | str | None, float | str | None, str]


def short(found: list[Change]) -> list[Short]:
    return [(one.unit, one.ref, one.old, one.new, one.why.value) for one in found]


def summary(*children: Submission, own: Submission | None = None, form: Form = NEW) -> Submission:
    found, _ = merge(own or submission(form, DISTRICT, {}), children)
    found.meta = {**found.meta, "meta.digests": own_record(found), "meta.fingerprint": found.view.fingerprint}
    return found


def child(figures: dict[str, float], unit=A, **more: object) -> Submission:  # type: ignore[no-untyped-def]
    return replace(submission(NEW, unit, figures), **more)


def task(unit: str, **values: float | str) -> TableRow:
    return TableRow(unit, unit, values)


def test_the_first_run_changes_nothing_and_an_equal_one_neither() -> None:
    after = summary(child({"dv_tong": 5}, narratives={"x": "a"}))
    assert changes(None, after) == [] and changes(after, summary(child({"dv_tong": 5}, narratives={"x": "a"}))) == []


def test_a_corrected_figure_is_told_with_old_and_new() -> None:
    found = changes(summary(child({"dv_tong": 5, "tvpl_luot": 1})), summary(child({"dv_tong": 0, "tvpl_luot": 1})))
    assert short(found) == [("D-1", "dv_tong.actual", 5.0, 0.0, "corrected")]
    assert (found[0].unit_name, found[0].label) == (A.name, NEW.indicators["dv_tong"].label)


@pytest.mark.parametrize(("old", "new"), [({}, {"dv_tong": 0}), ({"dv_tong": 0}, {})])
def test_a_blank_is_no_zero(old: dict[str, float], new: dict[str, float]) -> None:
    (found,) = changes(summary(child(old)), summary(child(new)))
    assert (found.old, found.new) == (old.get("dv_tong"), new.get("dv_tong"))


@pytest.mark.parametrize(("by", "count"), [(0.0005, 0), (0.002, 1)])
def test_what_lies_within_the_tolerance_is_no_change(by: float, count: int) -> None:
    assert len(changes(summary(child({"dv_tong": 5})), summary(child({"dv_tong": 5 + by})))) == count


def test_what_computes_itself_is_no_change_of_its_own() -> None:
    old = child({"dv_tong.target": 10, "dv_tong": 5})
    new = child({"dv_tong.target": 10, "dv_tong": 6})
    assert [one.ref for one in changes(summary(old), summary(new))] == ["dv_tong.actual"]


def test_units_that_came_and_went_are_told_first_and_with_all_they_said() -> None:
    gone = child({"dv_tong": 5}, attributes={"dv_tong.note": "rà soát"})
    come = child({"tvpl_luot": 2}, B, tables={"viec": [task("D-2", ten="Một", so=1.0)]})
    found = changes(summary(gone), summary(come))
    assert short(found) == [
        ("D-1", "", None, None, "withdrawn"),
        ("D-1", "meta.version", "Dự thảo", None, "withdrawn"),
        ("D-1", "dv_tong.actual", 5.0, None, "withdrawn"),
        ("D-1", "dv_tong.note", "rà soát", None, "withdrawn"),
        ("D-2", "", None, None, "arrived"),
        ("D-2", "meta.version", None, "Dự thảo", "arrived"),
        ("D-2", "tvpl_luot.actual", None, 2.0, "arrived"),
        ("D-2", "t.viec", None, "Một; 1", "arrived"),
    ]
    assert (found[0].label, found[0].unit_name) == (WITHDRAWN_LABEL, A.name)
    assert (found[4].label, found[4].unit_name) == (ARRIVED_LABEL, B.name)


def test_order_is_by_unit_and_then_as_in_the_form_whatever_the_order_of_files() -> None:
    old = [child({"kt_dl_tong": 1, "dv_tong": 1}, B), child({"dv_tong.target": 1})]
    new = [child({"kt_dl_tong": 2, "dv_tong": 2}, B), child({"dv_tong.target": 2})]
    found = changes(summary(*old), summary(*reversed(new)))
    positions = [NEW.at("CTTT").position[one.ref] for one in found if one.unit == "D-2"]
    assert [one.unit for one in found] == ["D-1", "D-2", "D-2"] and positions == sorted(positions)
    assert found == changes(summary(*reversed(old)), summary(*new))


def test_days_versions_remarks_and_texts_are_compared() -> None:
    answer, other = NEW.at("CTTT").answers[0], NEW.at("CTTT").answers[1]
    old = child(
        {},
        meta={"meta.version": "Dự thảo", "meta.as_of": 45_000.0},
        attributes={"dv_tong.as_of": 45_000.0, "dv_tong.qualifier": "trên"},
        narratives={answer.id: "Một  hai\nba", other.id: "a" * 100 + "cũ"},
    )
    new = child(
        {},
        meta={"meta.version": "Chính thức", "meta.as_of": 45_000.0},
        attributes={"dv_tong.as_of": 45_001.0, "dv_tong.qualifier": "khoảng"},
        narratives={answer.id: "Một hai ba", other.id: "a" * 100 + "mới"},
    )
    found = changes(summary(old), summary(new))
    assert short(found)[:3] == [
        ("D-1", "meta.version", "Dự thảo", "Chính thức", "corrected"),
        ("D-1", "dv_tong.as_of", "15/03/2023", "16/03/2023", "corrected"),
        ("D-1", "dv_tong.qualifier", "trên", "khoảng", "corrected"),
    ]
    (text,) = found[3:]
    assert text.ref == other.ref and str(text.old).endswith("acũ") and str(text.new).endswith("amới")
    assert len(str(text.old)) <= 61


def test_rows_are_compared_by_their_key() -> None:
    old = [task("D-1", ten="Một", so=1.0), task("D-1", ten="Hai", so=0.0), task("D-1", ten="Hai", so=0.0)]
    new = [task("D-1", ten="Hai", so=0.0), task("D-1", ten="Một", so=2.0), task("D-1", ten="Ba")]
    found = changes(summary(child({}, tables={"viec": old})), summary(child({}, tables={"viec": new})))
    assert [(one.label, one.old, one.new) for one in found] == [
        ("Việc làm: Một", "Một; 1", "Một; 2"),
        ("Việc làm: Hai", "Hai; 0", None),
        ("Việc làm: Ba", None, "Ba"),
    ]


def test_rows_of_units_further_below_are_told_under_their_own_names() -> None:
    below = [task("X-1", ten="Một")]
    found = changes(summary(child({"dv_tong": 1})), summary(child({"dv_tong": 1}, tables={"viec": below})))
    assert short(found) == [("X-1", "t.viec", None, "Một", "arrived")]


def test_own_figures_typed_since_are_told_from_the_record() -> None:
    """The summary of the last run as it stands now has the new figure in it already."""
    before = summary(child({"dv_tong": 1}), own=submission(NEW, DISTRICT, {"tvpl_luot": 2, "dv_tong": 4}))
    typed = replace(before, own=before.own.copy())
    typed.own[before.view.position["tvpl_luot.actual"]] = 3.0
    typed.own[before.view.position["dv_tong.actual"]] = float("nan")
    after = summary(child({"dv_tong": 1}), own=submission(NEW, DISTRICT, {"tvpl_luot": 3}))
    assert sorted(short(changes(typed, after))) == [
        ("D", "dv_tong.actual", 4.0, None, "own"),
        ("D", "tvpl_luot.actual", 2.0, 3.0, "own"),
    ]


def test_a_parent_without_own_figures_has_a_record_too() -> None:
    after = summary(own=submission(NEW, DISTRICT, {"tvpl_luot": 3}))
    typed = replace(summary(), own=after.own)
    assert short(changes(typed, after)) == [("D", "tvpl_luot.actual", None, 3.0, "own")]


@pytest.mark.parametrize("fact", ["meta.digests", "meta.fingerprint"])
def test_without_a_record_of_this_form_only_what_came_in_counts(fact: str) -> None:
    after = summary(own=submission(NEW, DISTRICT, {"tvpl_luot": 3}))
    before = summary(own=submission(NEW, DISTRICT, {"tvpl_luot": 2}))
    before.meta = {**before.meta, fact: ""}
    assert short(changes(replace(before, own=after.own), after)) == []
    assert short(changes(before, after)) == [("D", "tvpl_luot.actual", 2.0, 3.0, "own")]


def test_a_later_file_is_compared_with_the_one_it_replaces() -> None:
    meta = {"meta.version": "Dự thảo", "meta.report_date": 45_000.0}
    older = child(
        {"dv_tong": 5, "tvpl_luot": 1}, meta=meta, source=Source("a.xlsx", "1"), texts={"kt_dl_tong.actual": "ba"}
    )
    newer = child({"dv_tong": 6, "tvpl_luot": 1, "kt_dl_tong": 3}, meta={**meta, "meta.version": "Chính thức"})
    found = differences(older, newer)
    assert {one.why for one in found} == {Why.REPLACED}
    assert sorted((one.ref, one.old, one.new) for one in found) == [
        ("dv_tong.actual", 5.0, 6.0),
        ("kt_dl_tong.actual", "ba", 3.0),
        ("meta.version", "Dự thảo", "Chính thức"),
    ]
    assert differences(newer, newer) == []


def test_names_the_parent_s_level_does_not_have_are_compared_all_the_same() -> None:
    found = changes(
        summary(child({}, narratives={"chi_co_so": "a"})), summary(child({}, narratives={"chi_co_so": "b"}))
    )
    assert [(one.ref, one.label, one.old) for one in found] == [("n.chi_co_so", "n.chi_co_so", "a")]


@pytest.mark.parametrize(
    ("said", "refs"),
    [
        ({"attributes": {"dv_tong.note": "rà soát"}}, ["dv_tong.note"]),
        ({"meta": {"meta.version": "Chính thức"}}, ["meta.version"]),
        ({"narratives": {ANSWERS[0].id: "Một."}}, [ANSWERS[0].ref]),
        ({"tables": {"viec": [task("D-1", ten="Một")]}}, ["t.viec"]),
        ({"tables": {"viec": [task("D-1-1", ten="Một", so=2.0)]}}, ["t.viec"]),
    ],
)
def test_what_alone_is_otherwise_is_told(said: dict[str, object], refs: list[str]) -> None:
    common = {"meta": {}, "tables": {"viec": [task("D-1-1", ten="Một", so=1.0)]}}
    before, after = (summary(child({"dv_tong": 5}, **{**common, **more})) for more in ({}, said))
    found = changes(before, after)
    assert [*dict.fromkeys(one.ref for one in found)] == refs and found
    assert changes(after, after) == changes(before, before) == []


def test_the_same_numbers_of_another_form_are_not_the_same() -> None:
    """An indicator with another code in the very place of one: the columns of numbers alone would not tell."""
    code, other = "tvpl_luot", "cu_luot"
    known = {**NEW.indicators, other: replace(NEW.indicators[code], code=other)}
    sheets = tuple(
        replace(one, indicators=tuple(other if it == code else it for it in one.indicators)) for one in NEW.sheets
    )
    form = NEW.varied(indicators=known, sheets=sheets, version="1")
    before = summary(submission(form, A, {other: 3}), form=form)
    after = summary(child({code: 3}))
    assert before.lines[0].values.tolist().count(3.0) == after.lines[0].values.tolist().count(3.0) == 1
    assert sorted(short(changes(before, after)), key=repr) == [
        ("D-1", f"{other}.actual", 3.0, None, "corrected"),
        ("D-1", f"{code}.actual", None, 3.0, "corrected"),
    ]
