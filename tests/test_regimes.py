"""Every regime and level: filled reports go up two levels, and come out as plain sums say they must."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from consolidator.booknames import TEXTS
from consolidator.checking import check, is_on_time
from consolidator.consolidation import Order, run
from consolidator.element import PERCENT_MEASURES, Figure
from consolidator.examining import check_files
from consolidator.facts import Batch, with_derived
from consolidator.finding import Severity
from consolidator.form import Form, LevelForm
from consolidator.grid import read_grid
from consolidator.layout import TEXTS_FIRST_ROW
from consolidator.opening import read_file
from consolidator.outcome import FileOutcome, Outcome
from consolidator.pouring import workbook
from consolidator.reading import read_submission
from consolidator.rulebook import form_ids, load
from consolidator.submission import Submission, TableRow
from consolidator.unit import Unit
from consolidator.verdict import serial
from consolidator.wording import FINAL
from tests import regime_samples as sample
from tests.district import put_roster
from tests.regime_samples import DISTRICTS, PROVINCE, ROSTER, UNIONS
from tests.tampering import put_text

FORMS = form_ids()
LEVELS = [(form_id, level) for form_id in FORMS for level in load(form_id).levels]
REPORTERS = {"CDCS": UNIONS, "CTTT": DISTRICTS, "TINH": (PROVINCE,)}


@dataclass(frozen=True)
class Played:
    """One batch: what was put in (a child that is itself a summary as it came out below), and what came out.

    `leaves` are all reports underneath, each as one unit typed it, the parents' own parts among them.
    """

    form: Form
    own: Submission
    children: Mapping[str, Submission]
    leaves: Sequence[Submission]
    outcome: Outcome

    @property
    def summary(self) -> Submission:
        assert self.outcome.summary is not None
        return self.outcome.summary

    @property
    def again(self) -> Submission:
        """The written summary, read."""
        found = read_file(Path(self.outcome.summary_file), "summary").submission
        assert found is not None
        return found


def take(folder: Path, form: Form, parent: Unit) -> Outcome:
    """Consolidates a folder in which the reports already lie; outputs go beside it."""
    return run(
        Order(
            folder=folder,
            roster=ROSTER,
            roster_path=put_roster(folder.parent / "units.xlsx", ROSTER),
            parent=parent.code,
            summary_path=folder.parent / f"{parent.code}.xlsx",
            report_path=folder.parent / f"{parent.code}-report.xlsx",
            form=form.id,
            period=form.period.id,
        )
    )


def above(form: Form) -> Form:
    """The regime into which a parent merges a regime's reports."""
    return next((load(other) for other in FORMS if form.id in load(other).accepts), form)


def play(form_id: str, tmp: Path) -> Iterator[Played]:
    """The batches of a regime from its lowest level up: a district's unions, then the province's districts."""
    form, upper, below = load(form_id), load(form_id), None
    if form.levels[0] == "CDCS":
        upper = above(form)
        below = _batch(
            upper, DISTRICTS[0], {u: sample.fill(form.at("CDCS"), u) for u in UNIONS}, tmp / "district" / "in"
        )
        yield below
    if "TINH" in upper.levels:
        yield _batch(
            upper, PROVINCE, {u: sample.fill(upper.at("CTTT"), u) for u in DISTRICTS}, tmp / "province" / "in", below
        )
    if upper is not form:  # its own summaries too
        yield _batch(form, DISTRICTS[0], {u: sample.fill(form.at("CDCS"), u) for u in UNIONS}, tmp / "same" / "in")


def _batch(
    form: Form, parent: Unit, given: dict[Unit, Submission], folder: Path, below: Played | None = None
) -> Played:
    folder.mkdir(parents=True)
    if below is not None:
        (folder / "tổng hợp.xlsx").write_bytes(Path(below.outcome.summary_file).read_bytes())
        given = {**given, ROSTER.units[below.own.unit]: below.summary}
    for unit, made in given.items():
        if not made.is_summary:
            sample.put(folder, made, unit)
    own = sample.fill(form.at(parent.level), parent, children=list(given.values()))
    sample.put(folder, own, parent, "của mình.xlsx")
    leaves = [own, *(made for made in given.values() if not made.is_summary), *(below.leaves if below else ())]
    children = {unit.code: made for unit, made in given.items()}
    return Played(form, own, children, leaves, take(folder, form, parent))


@pytest.fixture(scope="module", params=FORMS)
def batches(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    return list(play(request.param, tmp_path_factory.mktemp(request.param)))


def plain(made: Submission, ref: str) -> float | None:
    """A figure of a report; None where it is blank or the level does not have it."""
    return made.value(ref) if ref in made.view.position else None


def close(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= 1e-9 * max(1.0, abs(wanted))


def half_up(number: float) -> float:
    """To one decimal, the way people round."""
    return int(number * 10 + 0.5 + 1e-9) / 10


def test_everything_is_accepted_and_nothing_is_wrong(batches: list[Played]) -> None:
    for batch in batches:
        outcome = batch.outcome
        assert [file.status for file in outcome.files] == ["accepted"] * (len(batch.children) + 1)
        assert len(outcome.summary.lines if outcome.summary else ()) == len(batch.children)
        told = [*outcome.summary_findings, *(finding for file in outcome.files for finding in file.findings)]
        assert [(f.code, f.place.ref) for f in told if f.severity is Severity.ERROR] == []
        assert not outcome.provisional and not outcome.missing


def test_totals_are_plain_sums_over_all_reports(batches: list[Played]) -> None:
    """Sums over what every unit typed, at any depth: nothing is lost or counted twice on the way up."""
    for batch in batches:
        summed = [figure for figure in batch.summary.view.figures if figure.merges == "sum"]
        some = blank = 0
        for figure in summed:
            given = [value for leaf in batch.leaves if (value := plain(leaf, figure.ref)) is not None]
            wanted = float(sum(given)) if given else None
            assert close(batch.summary.value(figure.ref), wanted), figure.ref
            some += wanted is not None
            blank += 0 < sum(plain(leaf, figure.ref) is None for leaf in batch.children.values()) < len(batch.children)
        assert some > 100 and blank > 0


def test_own_and_children_are_kept_apart(batches: list[Played]) -> None:
    for batch in batches:
        summary, own = batch.summary, batch.own
        for figure in summary.view.figures:
            if figure.derived is None:
                assert summary.own_value(figure.ref) == own.value(figure.ref)
                for line in summary.lines:
                    at = summary.view.position[figure.ref]
                    assert close(None if line.values[at] != line.values[at] else line.values[at],
                                 plain(batch.children[line.unit], figure.ref))  # fmt: skip


def test_what_is_not_added_is_not_added(batches: list[Played]) -> None:
    for batch in batches:
        for figure in batch.summary.view.figures:
            leaves = [value for leaf in batch.leaves if (value := plain(leaf, figure.ref)) is not None]
            match figure.merges:
                case "none":
                    wanted = batch.own.value(figure.ref)
                case "min" | "max":
                    wanted = (min if figure.merges == "min" else max)(leaves) if leaves else None
                case _:
                    continue
            assert close(batch.summary.value(figure.ref), wanted), figure.ref


def test_means_are_weighted_over_all_reports(batches: list[Played]) -> None:
    for batch in batches:
        for figure in batch.summary.view.figures:
            if figure.merges != "weighted_mean":
                continue
            weight = f"{figure.indicator.weight}.{figure.measure}"
            pairs = [(plain(leaf, figure.ref), plain(leaf, weight)) for leaf in batch.leaves]
            both = [(value, heads) for value, heads in pairs if value is not None and heads is not None]
            heads = sum(head for _, head in both)
            wanted = sum(value * head for value, head in both) / heads if heads else None
            assert close(batch.summary.value(figure.ref), wanted), figure.ref


def test_rates_are_computed_again_from_sums(batches: list[Played]) -> None:
    """Shares from summed parts: neither added nor averaged; blank over a blank or zero whole."""
    for batch in batches:
        summary, checked = batch.summary, 0
        for figure in summary.view.derived:
            parts = quotient(summary.view, figure)
            if parts is None:
                continue
            over, under = (plain(summary, ref) for ref in parts)
            wanted = None if over is None or not under else half_up(over / under * 100)
            found = summary.value(figure.ref)
            assert close(found, wanted), figure.ref
            checked += found is not None
        assert checked > 20


def quotient(view: LevelForm, figure: Figure) -> tuple[str, str] | None:
    """(what, per what) of a share, from the text of the library; None for other derived figures."""
    one = figure.indicator
    if figure.measure in PERCENT_MEASURES:
        what, per = PERCENT_MEASURES[figure.measure]
        what = "ytd" if what == "actual" and f"{one.code}.ytd" in view.by_ref else what
        return f"{one.code}.{what}", f"{one.code}.{per}"
    match = re.fullmatch(r"ROUND\(([\w.]+)/([\w.]+)\*100,1\)", one.derived)
    if match is None:
        return None
    over, under = (name if "." in name else f"{name}.{figure.measure}" for name in match.groups())
    return over, under


def test_rows_of_tables_stand_one_after_the_other_with_the_units_names(batches: list[Played]) -> None:
    for batch in batches:
        for found in (batch.summary, batch.again):
            for table in found.view.tables:
                rows = found.tables[table.id]
                assert [(row.unit, row.unit_name) for row in rows] == [
                    (row.unit, row.unit_name) for row in expected_rows(batch, table.id)
                ]
                for row, wanted in zip(rows, expected_rows(batch, table.id), strict=True):
                    computed = {column.id for column in table.derived} if row.unit == found.unit else set()
                    kept = {key: value for key, value in row.values.items() if key not in computed}
                    assert kept == {key: value for key, value in wanted.values.items() if key not in computed}


def expected_rows(batch: Played, table: str) -> list[TableRow]:
    """The parent's own rows, then every child's in the order of codes; a child's rows as the child computes them."""
    rows = list(batch.own.tables[table])
    for code in sorted(batch.children):
        child = batch.children[code]
        for one in child.view.tables:
            if one.id == table:
                mine = [row for row in child.tables[table] if row.unit == child.unit]
                rows += with_derived(one, child, mine)
                rows += [row for row in child.tables[table] if row.unit != child.unit]
    return rows


def test_rows_of_grandchildren_arrive_at_the_top(batches: list[Played]) -> None:
    for batch in batches:
        below = {leaf.unit for leaf in batch.leaves if any(t.id == "han_che" for t in leaf.view.tables)}
        if below and batch.own.unit == PROVINCE.code:
            assert {row.unit for row in batch.again.tables["han_che"]} == below


def test_narratives_stand_under_their_headings_with_the_units_names(batches: list[Played]) -> None:
    for batch in batches:
        again = batch.again
        for line in again.lines:
            child = batch.children[line.unit]
            assert {key: one_line(text) for key, text in line.narratives.items()} == {
                key: one_line(text) for key, text in child.narratives.items()
            }
        outlines = [batch.form, *map(load, batch.form.accepts)]
        headings: dict[str, set[str]] = {}
        for one in (n for form in outlines for n in form.narratives if n.kind == "answer"):
            headings.setdefault(one.id, set()).add(one.path)
        heading, texts = "", 0
        for row in read_grid(Path(batch.outcome.summary_file).read_bytes()).rows[TEXTS][TEXTS_FIRST_ROW:]:
            path, shown, _, narrative, unit = (*row, None, None, None)[:5]
            heading = str(path) if path else heading
            if narrative:
                assert heading in headings[str(narrative)]
                assert str(shown) == ROSTER.units[str(unit)].name
                texts += 1
        assert texts == sum(len(child.narratives) for child in batch.children.values())


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_written_summary_reads_as_it_was(batches: list[Played]) -> None:
    for batch in batches:
        again = batch.again
        for figure in batch.summary.view.figures:
            assert close(again.value(figure.ref), batch.summary.value(figure.ref)), figure.ref
            if figure.derived is None:
                assert close(again.own_value(figure.ref), batch.summary.own_value(figure.ref)), figure.ref
        assert again.narratives == batch.own.narratives


def test_a_parent_knows_how_many_should_report_and_did(batches: list[Played]) -> None:
    """`bc_don_vi_*` are filled where the batch is, and are still there when the summary is read a level up."""
    for batch in batches:
        for found in (batch.summary, batch.again):
            if "bc_don_vi_phai_nop.actual" in found.view.by_ref:
                assert found.value("bc_don_vi_phai_nop.actual") == len(batch.children)
                assert found.value("bc_don_vi_da_nop.actual") == len(batch.children)
            if "bc_don_vi_dung_han.actual" in found.view.by_ref and found.view.form.deadlines:
                assert all(is_on_time(child) for child in batch.children.values())
                assert found.value("bc_don_vi_dung_han.actual") == len(batch.children)
                assert found.value("bc_ty_le_dung_han.actual") == 100
        for line in batch.summary.lines:
            at = batch.summary.view.position.get("bc_don_vi_phai_nop.actual")
            if at is not None and batch.children[line.unit].is_summary:
                assert line.values[at] == 3


def test_no_two_levels_of_any_regimes_look_alike() -> None:
    prints = [load(form_id).at(level).fingerprint for form_id, level in LEVELS]
    assert len(set(prints)) == len(LEVELS) == 14


@pytest.mark.parametrize(("form_id", "level"), LEVELS)
def test_a_filled_workbook_says_what_was_filled_in(form_id: str, level: str) -> None:
    unit = REPORTERS[level][0]
    made = sample.fill(load(form_id).at(level), unit)
    found, findings = read_submission(read_grid(sample.poured(made, unit)))
    assert findings == []
    for figure in made.view.figures:
        assert close(found.value(figure.ref), made.value(figure.ref)), figure.ref
    assert found.narratives == made.narratives
    assert {key: value for key, value in made.meta.items() if key != "meta.elapsed"}.items() <= found.meta.items()
    own = {table.id: [dict(row.values) for row in found.tables[table.id]] for table in made.view.tables}
    assert own == {table.id: [dict(row.values) for row in made.tables[table.id]] for table in made.view.tables}
    assert [f for f in check([found])[0] if f.severity is Severity.ERROR] == []


def test_two_fillings_are_the_same() -> None:
    view = load("gnk_backan_002").at("CDCS")
    assert sample.poured(sample.fill(view, UNIONS[0]), UNIONS[0]) == sample.poured(
        sample.fill(view, UNIONS[0]), UNIONS[0]
    )


@cache
def filled(form_id: str, level: str, place: int = 0) -> Submission:
    return sample.fill(load(form_id).at(level), REPORTERS[level][place])


def one_file(outcome: Outcome, name: str) -> FileOutcome:
    return next(file for file in outcome.files if file.file == name)


def codes(file: FileOutcome) -> list[str]:
    return [finding.code for finding in file.findings]


def test_a_quarterly_file_in_the_annual_folder_is_another_form(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for form_id, place in (("nam_2020_003", 0), ("quy3_2023_004", 1), ("gnk_backan_002", 2)):
        unit = DISTRICTS[place]
        sample.put(folder, filled(form_id, "CTTT", place), unit, f"{form_id}.xlsx")
    outcome = take(folder, load("nam_2020_003"), PROVINCE)
    assert one_file(outcome, "nam_2020_003.xlsx").status == "accepted"
    for form_id in ("quy3_2023_004", "gnk_backan_002"):
        file = one_file(outcome, f"{form_id}.xlsx")
        assert (file.status, codes(file)) == ("rejected", ["other-form"])
        assert file.findings[0].facts["found"] == load(form_id).name
        assert file.findings[0].facts["wanted"] == load("nam_2020_003").name
    assert [unit.code for unit in outcome.missing] == ["P-2", "P-3"]


def test_an_older_period_is_another_period(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    sample.put(folder, filled("nam_2020_003", "CTTT"), DISTRICTS[0], "2020.xlsx")
    older = put_text(sample.poured(filled("nam_2020_003", "CTTT", 1), DISTRICTS[1]), "meta.period", "2019")
    (folder / "2019.xlsx").write_bytes(older)
    outcome = take(folder, load("nam_2020_003"), PROVINCE)
    file = one_file(outcome, "2019.xlsx")
    assert (file.status, codes(file)) == ("rejected", ["other-period"])
    assert (file.findings[0].facts["found"], file.findings[0].facts["wanted"]) == ("2019", "2020")


LATE = [("gnk_cdcs_001", "CDCS", "DL001"), ("gnk_backan_002", "CDCS", "DL002"), ("gnk_backan_002", "CTTT", "DL002"),
        ("nam_2020_003", "CTTT", "DL003")]  # fmt: skip


@pytest.mark.parametrize(("form_id", "level", "rule"), LATE)
def test_late_is_flagged_and_accepted_and_the_last_day_is_in_time(
    form_id: str, level: str, rule: str, tmp_path: Path
) -> None:
    deadline = load(form_id).deadlines[level]  # type: ignore[index]
    unit, made = REPORTERS[level][0], filled(form_id, level)
    for day, told in ((-1, False), (0, True), (7, True)):
        path = sample.put(tmp_path, made, unit, f"{day}.xlsx", submitted_on=serial(deadline) + day)
        (file,) = check_files([path])
        assert file.status == "accepted"
        assert (rule in codes(file)) == told
        assert file.errors == 0


def test_every_deadline_has_its_rule() -> None:
    for form_id in FORMS:
        for level in load(form_id).deadlines:
            assert any((form_id, level) == (f, at) for f, at, _ in LATE), (form_id, level)


def test_the_final_version_replaces_the_draft(tmp_path: Path) -> None:
    """Draft before the 25th, final after the executive committee's approval: one counts, both are named."""
    folder, unit = tmp_path / "in", DISTRICTS[0]
    draft = filled("nam_2020_003", "CTTT")
    later = {"version": FINAL, "submitted_on": serial(date(2020, 12, 12)), "report_date": serial(date(2020, 12, 11))}
    final = replace(draft, values=draft.values.copy())
    at = draft.view.position["dv_tong.actual"]
    final.values[at] += 1
    sample.put(folder, draft, unit, "a.xlsx", report_date=serial(date(2020, 12, 30)))
    sample.put(folder, final, unit, "b.xlsx", approved_on=serial(date(2020, 12, 10)), **later)
    outcome = take(folder, load("nam_2020_003"), PROVINCE)
    assert (one_file(outcome, "a.xlsx").status, codes(one_file(outcome, "a.xlsx"))) == ("ignored", ["duplicate-older"])
    assert one_file(outcome, "b.xlsx").status == "accepted"
    assert "DL003" not in codes(one_file(outcome, "b.xlsx"))
    assert outcome.summary is not None
    assert [line.values[outcome.summary.view.position["dv_tong.actual"]] for line in outcome.summary.lines] == [
        final.values[at]
    ]


def test_a_final_version_needs_the_day_of_its_approval(tmp_path: Path) -> None:
    made, final = filled("nam_2020_003", "CTTT"), {"version": FINAL, "submitted_on": serial(date(2020, 12, 12))}
    without = sample.put(tmp_path, made, DISTRICTS[0], "a.xlsx", **final)
    approved = sample.put(tmp_path, made, DISTRICTS[0], "b.xlsx", approved_on=serial(date(2020, 12, 10)), **final)
    first, second = check_files([without, approved])
    assert "DL005" in codes(first) and first.errors == 1
    assert "DL005" not in codes(second) and second.errors == 0


def test_a_final_version_before_the_figures_are_closed_is_doubted(tmp_path: Path) -> None:
    made = filled("nam_2020_003", "CTTT")
    early = {"version": FINAL, "submitted_on": serial(date(2020, 11, 24)), "approved_on": serial(date(2020, 11, 23))}
    (file,) = check_files([sample.put(tmp_path, made, DISTRICTS[0], "a.xlsx", **early)])
    assert "DL004" in codes(file)


def test_the_shift_meal_minimum_of_2022_binds_no_report_before_it() -> None:
    """18,000 đ holds from 18/01/2022: the form of 2023 has it, those of 2020 ask for meals without any minimum."""
    for form_id in FORMS:
        form = load(form_id)
        shown = {one.code for level in form.levels for one in form.at(level).indicators}
        rules = {one.rule.code for level in form.levels for one in form.at(level).checks}
        is_after = form.period.start >= date(2022, 1, 18)
        assert ("bac_nguong" in shown) == ("TH004" in rules) == is_after
        assert not rules & {"TH001", "TH002"} or is_after
    made = filled("quy3_2023_004", "TINH")
    assert broken(changed(made, {"bac_nguong.target": 15_000.0}), "TH004") == ["bac_nguong.target"]


def changed(
    made: Submission, figures: Mapping[str, float | None], notes: Mapping[str, str] | None = None
) -> Submission:
    """A report with some figures typed otherwise."""
    other = replace(made, values=made.values.copy(), attributes={**made.attributes, **(notes or {})})
    for ref, value in figures.items():
        other.values[made.view.position[ref]] = float("nan") if value is None else value
    Batch([other]).derive()
    return other


def broken(made: Submission, rule: str) -> list[str]:
    return [finding.place.ref for finding in check([made])[0] if finding.code == rule]


MID_TERM = [(form_id, level) for form_id, level in LEVELS if load(form_id).kind == "mid_term_review"]


@pytest.mark.parametrize(("form_id", "level"), MID_TERM)
def test_a_figure_without_its_baseline_needs_a_reason(form_id: str, level: str) -> None:
    made = filled(form_id, level)
    new = (
        changed(made, {"dv_nu.baseline": None})
        if "dv_nu.baseline" in made.view.by_ref
        else changed(made, {"dv_tong.baseline": None})
    )
    code = "dv_nu" if "dv_nu.baseline" in made.view.by_ref else "dv_tong"
    assert broken(made, "CP001") == []
    assert [ref.partition(".")[0] for ref in broken(new, "CP001")] == [code]
    assert broken(changed(new, {}, {f"{code}.note": "Đơn vị thành lập năm 2019"}), "CP001") == []


@pytest.mark.parametrize(("form_id", "level"), MID_TERM)
def test_the_baseline_is_the_first_day_of_the_units_own_term(form_id: str, level: str) -> None:
    made = filled(form_id, level)
    first = date(2017, 1, 1) if level == "CDCS" else date(2018, 1, 1)
    assert made.meta["meta.baseline_date"] == made.meta["meta.term_start"] == serial(first)
    other = replace(made, meta={**made.meta, "meta.baseline_date": serial(date(2019, 1, 1))})
    assert broken(made, "CP009") == [] and len(broken(other, "CP009")) == 1


@pytest.mark.parametrize("form_id", [f for f in FORMS if "prev_term" in load(f).measures])
def test_a_figure_without_the_term_before_is_a_warning(form_id: str) -> None:
    level = load(form_id).levels[0]
    made = filled(form_id, level)
    assert broken(made, "CP002") == []
    assert [r.partition(".")[0] for r in broken(changed(made, {"dv_tong.prev_term": None}), "CP002")] == ["dv_tong"]


@pytest.mark.parametrize("form_id", ["quy3_2023_004", "nam_2020_003"])
def test_a_cumulative_figure_never_falls_below_last_periods(form_id: str) -> None:
    made = filled(form_id, "CTTT")
    now = made.value("pm_dv_cap_nhat.actual")
    assert now is not None
    for before, told in ((now - 1, []), (now, []), (now + 1, ["pm_dv_cap_nhat.actual"])):
        found = read_back(replace(made, previous={"pm_dv_cap_nhat.actual": before}))
        assert found.previous == {"pm_dv_cap_nhat.actual": before}
        assert broken(found, "TL012") == told
    reason = {"pm_dv_cap_nhat.note": "Rà soát, loại số liệu trùng"}
    assert (
        broken(changed(read_back(replace(made, previous={"pm_dv_cap_nhat.actual": now + 1})), {}, reason), "TL012")
        == []
    )


def test_year_to_date_is_last_periods_and_this_one() -> None:
    made = filled("quy3_2023_004", "CDCS")
    actual, ytd = made.value("tvpl_luot.actual"), made.value("tvpl_luot.ytd")
    assert actual is not None and ytd is not None
    for before, told in ((ytd - actual, []), (ytd - actual + 1, ["tvpl_luot.ytd"])):
        found = read_back(replace(made, previous={"tvpl_luot.ytd": before}))
        assert broken(found, "TL013") == told
    assert broken(made, "TL013") == []


def read_back(made: Submission) -> Submission:
    """What the workbook of a report says, read."""
    return read_submission(read_grid(sample.poured(made, ROSTER.units[made.unit])))[0]


def test_estimates_cover_what_is_done_but_members_may_fall() -> None:
    """actual <= estimate holds for what grows within the year, never for a stock."""
    made = filled("nam_2020_003", "CTTT")
    fewer = changed(
        made, {"dv_nu.estimate": 1.0} if "dv_nu.estimate" in made.view.by_ref else {"bhxh_nguoi.estimate": 1.0}
    )
    assert broken(fewer, "TL001") == []
    less = changed(made, {"th_cuoc.estimate": 0.0})
    assert [ref.partition(".")[0] for ref in broken(less, "TL001")] == ["th_cuoc"]


def test_workbooks_of_every_level_are_written_empty(tmp_path: Path) -> None:
    """A blank workbook is accepted by its reader and finds itself unfinished."""
    for form_id, level in LEVELS:
        view = load(form_id).at(level)
        path = tmp_path / f"{form_id}-{level}.xlsx"
        path.write_bytes(workbook(view, {"meta.unit": "P-1", "meta.unit_name": "x"}))
        (file,) = check_files([path])
        assert file.status == "accepted" and file.submission is not None and file.submission.view is view
        assert "NR001" in codes(file)
