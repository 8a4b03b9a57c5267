"""The ledger balances whatever lies in a folder, and every way of losing or inventing something is caught."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator import merging
from consolidator.adding import plus, rounded
from consolidator.consolidation import run
from consolidator.finding import Place
from consolidator.form import Form
from consolidator.ledger import Fate, Ledger, Unbalanced, fate_of, ledger_json, ledger_of, prove
from consolidator.outcome import FileOutcome, Outcome, Status
from consolidator.recounting import FigureLine
from consolidator.rulebook import load
from consolidator.sample import sample_entries, sample_roster
from consolidator.submission import Source, Submission, TableRow
from consolidator.unit import Roster, Unit
from consolidator.wording import tell
from tests.district import DISTRICT, ROSTER, STRANGER, A, B, C, entry, order, put, submission

FORM = load("quy3_2023_004")
RATE = {"pm_dv_cap_nhat": 9, "dv_tong": 99}
HEADS = {"cnvcld_hcsn": 10.0, "thu_nhap_bq_hcsn": 6e6}


def accepted(one: Submission, name: str = "") -> FileOutcome:
    file = name or f"{one.unit}.xlsx"
    one.source = Source(file, f"{one.unit}{file}")
    return FileOutcome(file, f"/in/{file}", "accepted", one.unit, one.view.form.id, [], one)


def kept_out(status: Status, code: str, one: Submission, **facts: str) -> FileOutcome:
    file = accepted(one, f"{code}.xlsx")
    finding = tell(code, Place(file=file.file), one.unit, **facts)
    return replace(file, status=status, findings=[finding])


def batch(files: list[FileOutcome], own: Submission | None = None, roster: Roster = ROSTER) -> Outcome:
    """A batch of the district, merged from what was accepted, as `consolidation` does it."""
    expected = roster.children(DISTRICT.code)
    outcome = Outcome(FORM, roster, DISTRICT, files, expected)
    arrived = {file.unit for file in files if file.status == "accepted"}
    outcome.missing = tuple(unit for unit in expected if unit.code not in arrived)
    children = [file.submission for file in outcome.merged if file.submission is not None]
    outcome.summary, _ = merging.merge(own or submission(FORM, DISTRICT, {"kt_dl_tong": 5}), children)
    return outcome


def small() -> Outcome:
    """Two unions with sums, means, a text and rows of a table; the district's own figures."""
    one = submission(FORM, A, {**HEADS, "tvpl_luot": 130, "bac_gia_tri_min.actual": 18_500, "kt_dl_tong": 2})
    one.narratives, one.attributes = {"workers_income_base_wage": "Một."}, {"tvpl_luot.as_of": 45_100.0}
    one.tables = {"explanations": [TableRow(A.code, A.name, {"code": "SP001", "text": "đúng"})] * 2}
    two = submission(
        FORM, B, {"cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 8e6, "tvpl_luot": 7, "tvpl_luot.target": 10, **RATE}
    )
    return batch([accepted(one), accepted(two)])


def total(ledger: Ledger, ref: str) -> FigureLine:
    return next(line for line in ledger.totals if line.ref == ref)


def test_a_sum_by_hand() -> None:
    ledger = ledger_of(small())
    prove(ledger)
    line = total(ledger, "tvpl_luot.actual")
    assert (line.given, line.units, line.own, line.due, line.outgoing) == (2, 137, None, 137, 137)
    line = total(ledger, "kt_dl_tong.actual")
    assert (line.given, line.units, line.own, line.due, line.outgoing) == (1, 2, 5, 7, 7)
    assert (ledger.figures.incoming, ledger.narratives.outgoing, ledger.rows.outgoing) == (11, 1, 2)


def test_a_mean_the_lowest_and_what_is_computed_again_by_hand() -> None:
    ledger = ledger_of(small())
    mean = total(ledger, "thu_nhap_bq_hcsn.actual")
    assert (mean.merges, mean.given, mean.due, mean.outgoing) == ("weighted_mean", 2, 7.5e6, 7.5e6)
    lowest = total(ledger, "bac_gia_tri_min.actual")
    assert (lowest.merges, lowest.given, lowest.due, lowest.outgoing) == ("min", 1, 18_500, 18_500)
    assert {line.merges for line in ledger.totals} >= {"sum", "min", "weighted_mean", "derived"}


def test_blank_everywhere_is_blank_and_left_out_of_the_json() -> None:
    ledger = ledger_of(batch([]))
    prove(ledger)
    line = total(ledger, "tvpl_luot.actual")
    assert line.is_blank and (line.due, line.outgoing, line.difference) == (None, None, 0)
    assert [one["ref"] for one in ledger_json(ledger)["totals"]] == ["kt_dl_tong.actual"]


def test_every_fate_and_the_two_equations() -> None:
    one = submission(FORM, A, {"dv_tong": 3})
    left = accepted(submission(FORM, C, {"dv_tong": 4}))
    left.findings = [tell("not-a-number", label="x", typed="y"), tell("left-out", unit=C.code, count="1")]
    waits = [
        kept_out("rejected", "duplicate-undecided", submission(FORM, B, {"dv_tong": n}), other="x") for n in (1, 2)
    ]
    other = kept_out("rejected", "name-differs", submission(FORM, A, {"dv_tong": 9}), wanted="x", found="y")
    good = accepted(one)
    good.findings = [tell("cover-blank", label="x")]
    files = [
        good,
        accepted(submission(FORM, DISTRICT, {"kt_dl_tong": 5})),
        kept_out("ignored", "duplicate-older", submission(FORM, A, {"dv_tong": 2}), other="x"),
        *waits,
        other,
        kept_out("rejected", "foreign-unit", submission(FORM, STRANGER, {}), name="x", parent="y", here="z"),
        left,
        FileOutcome("~$x", "/in/~$x", "ignored", findings=[tell("ignored-lock")]),
    ]
    outcome = batch(files)
    outcome.left_out = (C,)
    outcome.summary, _ = merging.merge(submission(FORM, DISTRICT, {"kt_dl_tong": 5}), [one])
    ledger = ledger_of(outcome)
    prove(ledger)
    assert [(line.fate.value, line.figures, line.reason) for line in ledger.files] == [
        ("merged", 1, ""),
        ("own", 1, ""),
        ("replaced", 1, "duplicate-older"),
        ("waiting", 1, "duplicate-undecided"),
        ("waiting", 1, "duplicate-undecided"),
        ("waiting", 1, "name-differs"),
        ("rejected", 0, "foreign-unit"),
        ("left_out", 1, "left-out"),
        ("passed_over", 0, "ignored-lock"),
    ]
    units = ledger.units
    assert (units.expected, units.arrived, units.waiting, units.missing) == (3, 2, 1, 0)
    assert (ledger.found, *map(ledger.count, Fate)) == (9, 1, 1, 1, 3, 1, 1, 1)


def test_the_json_says_the_same_and_can_be_written() -> None:
    found = json.loads(json.dumps(ledger_json(ledger_of(small())), allow_nan=False))
    assert (found["found"], found["merged"], found["figures"]) == (2, 2, {"in": 11, "out": 11})
    assert found["units"] == {"expected": 3, "arrived": 2, "waiting": 0, "missing": 1}
    assert {fate.value for fate in Fate} <= set(found)
    (line,) = [one for one in found["totals"] if one["ref"] == "tvpl_luot.target"]
    assert line == {
        "ref": "tvpl_luot.target", "merges": "sum", "given": 1, "units": 10, "own": None, "due": 10, "summary": 10
    }  # fmt: skip


def move(ref: str, by: float) -> Callable[[Outcome], None]:
    def spoil(outcome: Outcome) -> None:
        assert outcome.summary is not None
        outcome.summary.values[outcome.summary.view.position[ref]] += by

    return spoil


def blank(ref: str) -> Callable[[Outcome], None]:
    return move(ref, math.nan)


def lose_a_line(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines = outcome.summary.lines[1:]


def double_a_line(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines = [*outcome.summary.lines, outcome.summary.lines[0]]


def change_a_line(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines[0].values[outcome.summary.view.position["tvpl_luot.actual"]] += 1
    outcome.summary.lines[1].values[outcome.summary.view.position["tvpl_luot.actual"]] -= 1


def blank_a_line(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines[0].values[outcome.summary.view.position["tvpl_luot.actual"]] = math.nan


def swap_sources(outcome: Outcome) -> None:
    assert outcome.summary is not None
    first, second = outcome.summary.lines
    outcome.summary.lines = [replace(first, source=second.source), replace(second, source=first.source)]


def swap_units(outcome: Outcome) -> None:
    assert outcome.summary is not None
    first, second = outcome.summary.lines
    outcome.summary.lines = [replace(first, unit=second.unit), replace(second, unit=first.unit)]


def lose_a_text(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines = [replace(line, narratives={}) for line in outcome.summary.lines]


def change_a_text(outcome: Outcome) -> None:
    assert outcome.summary is not None
    changed = {"workers_income_base_wage": "Khác."}
    first, *others = outcome.summary.lines
    outcome.summary.lines = [replace(first, narratives=changed), *others]


def lose_a_date(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.lines = [replace(line, attributes={}) for line in outcome.summary.lines]


def change_rows(change: Callable[[list[TableRow]], list[TableRow]]) -> Callable[[Outcome], None]:
    def spoil(outcome: Outcome) -> None:
        assert outcome.summary is not None
        outcome.summary.tables = {"explanations": change(list(outcome.summary.tables["explanations"]))}

    return spoil


def double_a_file(outcome: Outcome) -> None:
    outcome.files.append(accepted(submission(FORM, A, {"tvpl_luot": 130}), "again.xlsx"))


def accept_a_stranger(outcome: Outcome) -> None:
    one = submission(FORM, STRANGER, {"tvpl_luot": 1})
    outcome.files.append(accepted(one))
    outcome.summary, _ = merging.merge(
        submission(FORM, DISTRICT, {}), [file.submission for file in outcome.files if file.submission is not None]
    )


def forget_a_missing_unit(outcome: Outcome) -> None:
    outcome.missing = ()


def miscount(outcome: Outcome) -> None:
    assert outcome.summary is not None
    outcome.summary.reported = {**outcome.summary.reported, "tvpl_luot.actual": 1}


def forget_the_own_file(outcome: Outcome) -> None:
    outcome.files.append(accepted(submission(FORM, DISTRICT, {"ct_tong": 4})))


SABOTAGE = {
    "a total too high": move("tvpl_luot.actual", 1),
    "a total a little too high": move("tvpl_luot.actual", 1e-6),
    "a total blanked": blank("tvpl_luot.actual"),
    "a mean moved": move("thu_nhap_bq_hcsn.actual", -1),
    "a lowest moved": move("bac_gia_tri_min.actual", 1),
    "a rate moved": move("pm_dv_ty_le.actual", 0.1),
    "a line lost": lose_a_line,
    "a line doubled": double_a_line,
    "a figure moved from one unit to another": change_a_line,
    "a figure of a line lost": blank_a_line,
    "lines of other files": swap_sources,
    "lines of other units": swap_units,
    "a text lost": lose_a_text,
    "a text changed": change_a_text,
    "a date of a row lost": lose_a_date,
    "a row lost": change_rows(lambda rows: rows[1:]),
    "a row doubled": change_rows(lambda rows: [*rows, rows[0]]),
    "a row changed": change_rows(lambda rows: [replace(rows[0], values={"code": "SP001"}), *rows[1:]]),
    "a row given to another unit": change_rows(lambda rows: [replace(rows[0], unit=B.code), *rows[1:]]),
    "two files of a unit": double_a_file,
    "a unit that does not belong here": accept_a_stranger,
    "a missing unit forgotten": forget_a_missing_unit,
    "a unit counted once too few": miscount,
    "the parent's own file forgotten": forget_the_own_file,
}


@pytest.mark.parametrize("spoil", SABOTAGE.values(), ids=SABOTAGE.keys())
def test_every_sabotage_is_caught(spoil: Callable[[Outcome], None]) -> None:
    outcome = small()
    prove(ledger_of(outcome))
    spoil(outcome)
    with pytest.raises(Unbalanced):
        prove(ledger_of(outcome))


def test_the_error_names_what_does_not_balance_and_where() -> None:
    outcome = small()
    change_a_line(outcome)
    move("kt_dl_tong.actual", 1)(outcome)
    with pytest.raises(
        Unbalanced, match=r"(?s)D-1: tvpl_luot.actual.*D-2: tvpl_luot.actual.*kt_dl_tong.actual \(sum\)"
    ):
        prove(ledger_of(outcome))


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (double_a_file, "D-1: 2 files count"),
        (accept_a_stranger, "E-1: merged, but not expected here"),
        (lose_a_line, "D-1: 0 lines"),
        (SABOTAGE["a row lost"], "D-1: a row of explanations is lost: .*SP001"),
        (SABOTAGE["a row doubled"], "D-1: a row of explanations nobody sent: .*SP001"),
        (forget_the_own_file, "D.xlsx: ct_tong.actual is not among the parent's own figures"),
    ],
)
def test_the_error_says_what_is_lost(spoil: Callable[[Outcome], None], named: str) -> None:
    outcome = small()
    spoil(outcome)
    with pytest.raises(Unbalanced, match=named):
        prove(ledger_of(outcome))


def test_a_file_without_a_line_in_the_ledger_is_caught() -> None:
    ledger = ledger_of(small())
    with pytest.raises(Unbalanced, match="2 files found"):
        prove(replace(ledger, files=ledger.files[1:]))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("rounded", lambda total: rounded(total) + 1),
        ("plus", lambda own, below: replace(plus(own, below), low=plus(own, below).high)),
        ("plus", lambda own, below: below),
    ],
    ids=["a sum", "the least", "without the own part"],
)
def test_a_mistake_in_merging_stops_the_run(
    name: str, wrong: object, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding as `merging` sees it goes wrong; what is proved does not use it."""
    put(tmp_path / "inbox", form, entry(A, {"tvpl_luot": 130, "bac_gia_tri_min": 18_500}))
    put(tmp_path / "inbox", form, entry(B, {"tvpl_luot": 7, "bac_gia_tri_min": 20_000}))
    put(tmp_path / "inbox", form, entry(DISTRICT, {"tvpl_luot": 5}))
    job = order(tmp_path)
    outcome = run(job)
    prove(ledger_of(outcome))
    assert outcome.summary is not None
    monkeypatch.setattr(merging, name, wrong)
    children = [file.submission for file in outcome.merged if file.submission is not None]
    own = next(file.submission for file in outcome.files if file.unit == DISTRICT.code)
    assert own is not None
    outcome.summary, _ = merging.merge(own, children)
    with pytest.raises(Unbalanced):
        prove(ledger_of(outcome))


def test_a_salted_folder_balances_and_the_ledger_names_every_entry(form: Form, tmp_path: Path) -> None:
    roster, inbox = sample_roster(44), tmp_path / "inbox"
    units = {one.unit.code: one for one in sample_entries(form, roster)}
    for code in ("LC-01", "LC-01-001", "LC-01-002", "LC-02-001"):
        put(inbox, form, units[code])
    put(inbox, form, replace(units["LC-01-002"], report_date=date(2023, 8, 1)), "BC (1) (copy).xlsx")
    for name, value in (("x.xlsx", 1.0), ("y.xlsx", 2.0)):
        put(inbox, form, replace(units["LC-01-003"], figures={"dv_tong.actual": value}), name)
    (inbox / "LC-01-004.xlsx").write_bytes((inbox / "LC-01-001.xlsx").read_bytes()[:9_000])
    (inbox / "~$LC-01-001.xlsx").write_bytes(b"\x05Admin")
    outcome = run(order(tmp_path, "LC-01", roster))
    ledger = ledger_of(outcome)
    prove(ledger)
    assert {line.file: line.fate.value for line in ledger.files} == {
        "BC (1) (copy).xlsx": "replaced", "LC-01-001.xlsx": "merged", "LC-01-002.xlsx": "merged",
        "LC-01-004.xlsx": "rejected", "LC-01.xlsx": "own", "LC-02-001.xlsx": "rejected",
        "x.xlsx": "waiting", "y.xlsx": "waiting", "~$LC-01-001.xlsx": "passed_over",
    }  # fmt: skip
    units_counted = ledger.units
    assert (units_counted.arrived, units_counted.waiting, units_counted.missing) == (2, 1, 1)
    assert ledger.figures.incoming == sum(len(units[code].figures) for code in ("LC-01-001", "LC-01-002"))


@pytest.mark.filterwarnings("error::RuntimeWarning")  # of which staff would see English words
def test_numbers_too_large_for_any_float_stop_nothing(form: Form, tmp_path: Path) -> None:
    for unit in (A, B):
        put(tmp_path / "inbox", form, entry(unit, {"tvpl_luot": 1e308}))
    ledger = ledger_of(run(order(tmp_path)))
    prove(ledger)
    assert total(ledger, "tvpl_luot.actual").due == math.inf
    assert "tvpl_luot.actual" in json.dumps(ledger_json(ledger), allow_nan=False)


HUGE = st.sampled_from([None, 0.0, 1.0, 3.0, 0.1, 0.2, -0.3, 7.5, 1e12, 4_067_150_000.0, -1e15, 1e15, 1e308, 1e-300])
REFS = (
    "tvpl_luot.actual",
    "tvpl_luot.target",
    "dv_tong.actual",
    "cnvcld_hcsn.actual",
    "thu_nhap_bq_hcsn.actual",
    "bac_gia_tri_min.actual",
    "bac_so_nld.actual",
    "kt_dl_tong.actual",
)
FIGURES = st.fixed_dictionaries({}, optional=dict.fromkeys(REFS, HUGE))


@settings(max_examples=150, deadline=None)
@given(st.lists(FIGURES, min_size=0, max_size=3), FIGURES, st.integers(0, 2**32))
def test_whatever_units_type_balances(
    units: list[dict[str, float | None]], own: dict[str, float | None], seed: int
) -> None:
    """User data never raises: blanks, negative weights, numbers that cancel out or overflow."""
    files = [accepted(sent(unit, figures)) for unit, figures in zip((A, B, C), units, strict=False)]
    random.Random(seed).shuffle(files)
    prove(ledger_of(batch(files, sent(DISTRICT, own))))


def sent(unit: Unit, figures: dict[str, float | None]) -> Submission:
    return submission(FORM, unit, {ref: value for ref, value in figures.items() if value is not None})


def test_fates_do_not_depend_on_the_order_of_files() -> None:
    outcome = small()
    turned = replace(outcome, files=outcome.files[::-1])
    assert {fate_of(outcome, file) for file in outcome.files} == {Fate.MERGED}
    assert ledger_of(outcome).totals == ledger_of(turned).totals
