"""Tables of variable length: computed columns, rules row by row, consolidation, and rows kept from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consolidator.checking import check
from consolidator.columns import column_letters
from consolidator.consolidation import Order, run
from consolidator.content import Content, blank_submission, cover_of
from consolidator.element import Table
from consolidator.facts import Batch, with_derived
from consolidator.finding import Finding, Severity
from consolidator.form import LevelForm
from consolidator.grid import Grid, read_grid
from consolidator.layout import Layout, TablePlan, layout_of
from consolidator.merging import merge
from consolidator.opening import read_file
from consolidator.outcome import Outcome
from consolidator.pen import Pen
from consolidator.reading import read_submission
from consolidator.rulebook import load
from consolidator.submission import Submission, TableRow
from consolidator.tablesheet import draw_table
from consolidator.tabling import broken_rows, table_values
from consolidator.unit import Unit
from consolidator.verdict import serial
from tests import regime_samples as sample
from tests.district import put_roster
from tests.regime_samples import DISTRICTS, PROVINCE, ROSTER, UNIONS
from tests.tampering import put_text

Values = Mapping[str, float | str]
REVIEW, YEAR = load("gnk_backan_002"), load("nam_2020_003")


def table_of(view: LevelForm, name: str) -> Table:
    return next(table for table in view.tables if table.id == name)


def with_rows(
    view: LevelForm, name: str, *rows: Values, unit: Unit = UNIONS[0], as_of: date | None = None
) -> Submission:
    """A report of a unit with nothing but some rows in one table."""
    made = blank_submission(view, unit.code, unit.name)
    made.parent = unit.parent
    made.tables = {name: [TableRow(unit.code, unit.name, dict(row)) for row in rows]}
    if as_of is not None:
        made.meta = {**made.meta, "meta.as_of": serial(as_of)}
        start, end = made.meta["meta.term_start"], made.meta["meta.term_end"]
        assert isinstance(start, float) and isinstance(end, float)
        made.meta["meta.elapsed"] = (serial(as_of) - start) / (end - start)
    return made


def computed(made: Submission, name: str) -> list[dict[str, float | str]]:
    """Derived columns of a report's rows."""
    table = table_of(made.view, name)
    derived = [column.id for column in table.derived]
    return [
        {column: row.values[column] for column in derived if column in row.values}
        for row in with_derived(table, made, made.tables[name])
    ]


def read_back(made: Submission, unit: Unit = UNIONS[0]) -> tuple[Submission, list[Finding]]:
    return read_submission(read_grid(sample.poured(made, unit)))


@pytest.mark.parametrize(("row", "wanted"), [
    ({"target": 200.0, "actual": 318.0}, {"pct": 159.0, "level": "vượt"}),
    ({"target": 200.0, "actual": 200.0}, {"pct": 100.0, "level": "đạt"}),
    ({"target": 300.0, "actual": 100.0}, {"pct": 33.3, "level": "chưa đạt"}),
    ({"target": 0.0, "actual": 5.0}, {"level": "vượt"}),
    ({"target": 10.0, "actual": 4.0, "direction": "giảm"}, {"pct": 40.0, "level": "vượt"}),
    ({"target": 10.0, "actual": 10.0, "direction": "giảm"}, {"pct": 100.0, "level": "đạt"}),
    ({"target": 10.0, "actual": 11.0, "direction": "giảm"}, {"pct": 110.0, "level": "chưa đạt"}),
    ({"target": 10.0, "actual": 11.0, "direction": "tăng"}, {"pct": 110.0, "level": "vượt"}),
    ({"target": 10.0}, {}),
    ({"actual": 10.0}, {}),
    ({"target": 10.0, "actual": "nhiều"}, {}),
    ({}, {}),
])  # fmt: skip
@pytest.mark.parametrize(("form", "name"), [
    (REVIEW, "chi_tieu"), (load("gnk_cdcs_001"), "chi_tieu"), (load("gnk_huyen_001"), "chi_tieu"),
    (load("gnk_tinh_000"), "chi_tieu"), (YEAR, "cam_ket"),
], ids=lambda value: getattr(value, "id", value))  # fmt: skip
def test_percentage_and_level_of_attainment(form: object, name: str, row: Values, wanted: Values) -> None:
    made = with_rows(form.at("CTTT"), name, {"name": "x", **row})  # type: ignore[attr-defined]
    (found,) = computed(made, name)
    found.pop("outlook_computed", None)
    assert found == wanted


@pytest.mark.parametrize(("row", "wanted"), [
    ({"target": 200.0, "actual": 100.0}, "đạt"),
    ({"target": 200.0, "actual": 99.0}, "không đạt"),
    ({"target": 10.0, "actual": 5.0, "direction": "giảm"}, "đạt"),
    ({"target": 10.0, "actual": 6.0, "direction": "giảm"}, "không đạt"),
    ({"target": 90.0, "actual": 89.0, "unit": "%"}, "không đạt"),
    ({"target": 90.0, "actual": 90.6, "unit": "%"}, "đạt"),
    ({"target": 5.0, "actual": 4.0, "unit": "%", "direction": "giảm"}, "đạt"),
    ({"target": 10.0}, None),
    ({"actual": 10.0}, None),
])  # fmt: skip
@pytest.mark.parametrize("form_id", ["gnk_backan_002", "gnk_cdcs_001", "gnk_huyen_001", "gnk_tinh_000"])
def test_outlook_at_todays_pace(form_id: str, row: Values, wanted: str | None) -> None:
    """Half of the term has passed: what is done counts twice, unless it is a share."""
    made = with_rows(load(form_id).at("CTTT"), "chi_tieu", {"name": "x", **row})
    made.meta["meta.elapsed"] = 0.5
    assert computed(made, "chi_tieu")[0].get("outlook_computed") == wanted


def test_without_the_date_of_the_figures_there_is_no_pace() -> None:
    rows = ({"name": "x", "target": 2.0, "actual": 1.0}, {"name": "y", "target": 2.0, "actual": 2.0, "unit": "%"})
    found = computed(with_rows(REVIEW.at("CTTT"), "chi_tieu", *rows), "chi_tieu")
    assert "outlook_computed" not in found[0]
    assert found[0]["pct"] == 50.0


@pytest.mark.parametrize(("row", "wanted"), [
    ({"target": 100.0, "actual": 80.0, "estimate": 100.0}, "đạt"),
    ({"target": 100.0, "actual": 80.0, "estimate": 99.0}, "không đạt"),
    ({"target": 100.0, "actual": 80.0, "estimate": 99.0, "direction": "giảm"}, "đạt"),
    ({"target": 100.0, "actual": 80.0}, None),
])  # fmt: skip
def test_outlook_of_the_year_is_the_estimate_against_the_commitment(row: Values, wanted: str | None) -> None:
    made = with_rows(YEAR.at("CTTT"), "cam_ket", {"name": "x", **row})
    assert computed(made, "cam_ket")[0].get("outlook_computed") == wanted


def test_the_pace_is_that_of_the_units_own_term() -> None:
    """The same row on the same day: the grassroots term began a year earlier, so its pace is slower."""
    day, row = date(2020, 12, 31), {"name": "x", "target": 100.0, "actual": 58.0}
    base = with_rows(REVIEW.at("CDCS"), "chi_tieu", row, as_of=day)
    district = with_rows(REVIEW.at("CTTT"), "chi_tieu", row, unit=DISTRICTS[0], as_of=day)
    assert computed(base, "chi_tieu")[0]["outlook_computed"] == "không đạt"
    assert computed(district, "chi_tieu")[0]["outlook_computed"] == "đạt"
    summary, _ = merge(district, [base])
    kept = [row.values.get("outlook_computed") for row in summary.tables["chi_tieu"] if row.unit == base.unit]
    assert kept == ["không đạt"]


def test_what_a_row_breaks_is_placed_at_the_row() -> None:
    good = {"name": "a", "unit": "người", "target": 1.0, "actual": 1.0, "outlook": "đạt"}
    bad = {key: value for key, value in good.items() if key != "outlook"} | {"name": "b"}
    moved = {**good, "name": "c", "adjustment": "giảm còn 80%"}
    made, _ = read_back(with_rows(REVIEW.at("CDCS"), "chi_tieu", good, bad, good, moved))
    told = [f for f in check([made])[0] if f.place.ref == "t.chi_tieu"]
    plan = next(one for one in layout_of(made.view).tables if one.table.id == "chi_tieu")
    first = plan.FIRST_ROW + 1
    letter = column_letters(plan.col("name"))
    assert [(f.code, f.severity, f.place.sheet, f.place.cell, f.facts["values"]) for f in told] == [
        ("CP005", Severity.ERROR, plan.sheet, f"{letter}{first + 1}", "b"),
        ("CP006", Severity.WARNING, plan.sheet, f"{letter}{first + 3}", "c"),
    ]


def test_a_row_below_empty_rows_keeps_its_place() -> None:
    """Rows are counted as they stand in the sheet: gaps are nothing, and places are those of the sheet."""
    view = REVIEW.at("CDCS")
    plan = next(one for one in layout_of(view).tables if one.table.id == "chi_tieu")
    content = sample.poured(blank_submission(view, UNIONS[0].code, UNIONS[0].name), UNIONS[0])
    cell = plan.cell(6, "name")
    made, _ = read_submission(read_grid(put_text(content, (cell.sheet, cell.row, cell.col), "Kết nạp")))
    assert [row.values for row in made.tables["chi_tieu"]] == [{"name": "Kết nạp"}]
    (told,) = [f for f in check([made])[0] if f.code == "CP005"]
    assert (told.place.sheet, told.place.cell) == (cell.sheet, cell.a1)


def test_rows_without_their_key_are_read_but_not_judged() -> None:
    view = REVIEW.at("CDCS")
    made, _ = read_back(with_rows(view, "chi_tieu", {"target": 5.0}, {"name": "x", "target": 5.0}))
    assert [index for index, _ in broken_rows(made, table_of(view, "chi_tieu"))] == [1]
    assert len(made.tables["chi_tieu"]) == 2


def test_free_text_where_a_choice_is_wanted_is_told() -> None:
    row: Values = {"name": "x", "source": "nghị quyết đại hội", "outlook": "chắc là đạt", "direction": "tăng"}
    made, findings = read_back(with_rows(REVIEW.at("CDCS"), "chi_tieu", row))
    (told,) = [f for f in findings if f.place.ref == "t.chi_tieu"]
    assert (told.code, told.facts["typed"]) == ("unknown-choice", "chắc là đạt")
    assert made.tables["chi_tieu"][0].values["outlook"] == "chắc là đạt"


def test_text_where_a_number_is_wanted_is_told_and_kept() -> None:
    made, findings = read_back(
        with_rows(REVIEW.at("CDCS"), "chi_tieu", {"name": "x", "target": "31 triệu", "actual": 5.0})
    )
    assert [(f.code, f.facts["typed"]) for f in findings if f.place.ref == "t.chi_tieu"] == [
        ("figure-doubtful", "31 triệu")
    ]
    assert made.tables["chi_tieu"][0].values == {"name": "x", "target": "31 triệu", "actual": 5.0}


@pytest.mark.parametrize(("form_id", "level", "name", "count"), [
    ("gnk_backan_002", "CTTT", "chuong_trinh", 5), ("gnk_tinh_000", "CTTT", "chuong_trinh", 5),
    ("gnk_cdcs_001", "CDCS", "chuong_trinh", 6), ("gnk_huyen_001", "CTTT", "chuong_trinh", 2),
])  # fmt: skip
def test_rows_that_the_form_writes_are_there_from_the_start(form_id: str, level: str, name: str, count: int) -> None:
    view = load(form_id).at(level)
    made, _ = read_back(blank_submission(view, UNIONS[0].code, UNIONS[0].name))
    assert [dict(row.values) for row in made.tables[name]] == [
        {key: float(value) if isinstance(value, int) else value for key, value in row.items()}
        for row in table_of(view, name).fixed
    ]
    assert len(made.tables[name]) == count


def test_rows_that_the_form_writes_count_only_with_their_key() -> None:
    """Seed 000 leaves its five programmes nameless: they are no rows until the province names them (NR013)."""
    view = load("gnk_tinh_000").at("CTTT")
    made, _ = read_back(blank_submission(view, DISTRICTS[0].code, DISTRICTS[0].name), DISTRICTS[0])
    assert "NR013" in [f.code for f in check([made])[0]]
    named = [
        replace(row, values={**row.values, "name": f"Chương trình {n}"})
        for n, row in enumerate(made.tables["chuong_trinh"])
    ]
    assert "NR013" not in [f.code for f in check([replace(made, tables={"chuong_trinh": named})])[0]]


def test_own_rows_are_counted_and_no_others() -> None:
    """`ROWS` asks how many commitments a parent has itself, not how many its units have."""
    view = YEAR.at("TINH")
    row: Values = {"name": "x", "to_whom": "cấp ủy", "unit": "người", "target": 5.0, "actual": 5.0}
    own = with_rows(view, "cam_ket", row, row, unit=PROVINCE)
    child = with_rows(YEAR.at("CTTT"), "cam_ket", row, row, row, unit=DISTRICTS[0])
    own.values[view.position["ck_tong.actual"]] = 2.0
    Batch([own]).derive()
    summary, _ = merge(own, [child])
    assert len(summary.tables["cam_ket"]) == 5
    batch = Batch([summary])
    assert batch.answer("ROWS", "cam_ket")[0] == 2
    assert batch.answer("ROWS", "cam_ket.to_whom", "cấp ủy")[0] == 2
    assert "CP007" not in [f.code for f in check([summary])[0]]


def test_a_computed_column_can_be_counted() -> None:
    """Targets met or passed are counted in the level that the row computes, in the engine as in the workbook."""
    view = load("gnk_huyen_001").at("CTTT")
    rows = [
        {"name": str(n), "unit": "người", "target": 10.0, "actual": actual}
        for n, actual in enumerate((9.0, 10.0, 12.0))
    ]
    made = with_rows(view, "chi_tieu", *rows, unit=DISTRICTS[0])
    for figure, wanted in ((2.0, False), (3.0, True)):
        made.values[view.position["ct_dat_vuot.actual"]] = figure
        assert ("BG001" in [f.code for f in check([made])[0]]) == wanted


def drawn(view: LevelForm, made: Submission, table: Table) -> tuple[TablePlan, Grid]:
    """One table's sheet as a parent sees it."""
    pen, plan = Pen(), layout_of(view)
    one = replace(next(plan for plan in plan.tables if plan.table.id == table.id), table=table)
    alone = object.__new__(Layout)
    alone.__dict__.update({**plan.__dict__, "tables": (one,)})
    draw_table(pen, alone, one, Content(made, cover_of(ROSTER.units[made.unit], view.form)))
    return one, read_grid(pen.finish())


def test_a_column_that_may_be_summed_has_a_total_over_own_and_units_rows() -> None:
    view = YEAR.at("CTTT")
    table = table_of(view, "cam_ket")
    columns = tuple(replace(c, total=c.id == "target") for c in table.columns)
    table = replace(table, columns=columns)
    own = with_rows(view, "cam_ket", {"name": "a", "target": 5.0}, {"name": "b"}, unit=DISTRICTS[0])
    theirs = [TableRow("U", "CĐCS", {"name": "c", "target": 7.0, "actual": 1.0})]
    one, grid = drawn(view, replace(own, tables={"cam_ket": [*own.tables["cam_ket"], *theirs]}), table)
    rows = grid.rows[one.sheet]
    (line,) = [row for row in rows if "Cộng" in row]
    assert line[one.col("target")] == 12.0
    assert line[one.col("actual")] in (None, "")
    without = drawn(view, own, table_of(view, "cam_ket"))[1]
    assert not [row for row in without.rows[one.sheet] if "Cộng" in row]


def test_a_workbook_shows_what_its_formulas_come_to() -> None:
    view = REVIEW.at("CDCS")
    made = with_rows(view, "chi_tieu", {"name": "x", "target": 4.0, "actual": 1.0}, as_of=date(2020, 12, 31))
    values = table_values(layout_of(view), made)
    plan = next(one for one in layout_of(view).tables if one.table.id == "chi_tieu")
    assert values[plan.cell(0, "pct")] == 25.0
    assert values[plan.cell(0, "level")] == "chưa đạt"
    assert values[plan.cell(1, "pct")] == ""
    assert "triển vọng" in str(values[plan.problem(0, Severity.ERROR)])
    assert values[plan.problem(1, Severity.ERROR)] == ""


def consolidate(tmp: Path, parent: Unit) -> Outcome:
    folder = tmp / parent.code
    order = Order(folder, ROSTER, put_roster(tmp / "units.xlsx", ROSTER), parent.code, tmp / f"{parent.code}.xlsx",
                  tmp / f"{parent.code}-report.xlsx", form=REVIEW.id, period=REVIEW.period.id)  # fmt: skip
    return run(order)


def names_in(submission: Submission | None, name: str = "han_che") -> list[tuple[str, float | str]]:
    assert submission is not None
    return [(row.unit_name, row.values["limitation"]) for row in submission.tables[name]]


def limits(view: LevelForm, unit: Unit, *texts: str) -> Submission:
    return with_rows(view, "han_che", *({"limitation": text} for text in texts), unit=unit, as_of=date(2020, 12, 20))


def test_rows_go_up_with_names_and_a_second_run_keeps_what_the_parent_wrote(tmp_path: Path) -> None:
    base, middle = REVIEW.at("CDCS"), REVIEW.at("CTTT")
    many = [f"hạn chế {n}" for n in range(8)]
    for unit in UNIONS:
        sample.put(tmp_path / "P-1", limits(base, unit, *(f"{unit.code} {text}" for text in many)), unit)
    first = consolidate(tmp_path, DISTRICTS[0])
    assert names_in(first.summary) == [(u.name, f"{u.code} {text}") for u in UNIONS for text in many]

    typed = read_file(tmp_path / "P-1.xlsx", "summary").submission
    assert typed is not None
    plan = next(one for one in layout_of(middle).tables if one.table.id == "han_che")
    content = (tmp_path / "P-1.xlsx").read_bytes()
    for row, text in enumerate(("của huyện 1", "của huyện 2")):
        cell = plan.cell(row, "limitation")
        content = put_text(content, (cell.sheet, cell.row, cell.col), text)
    (tmp_path / "P-1.xlsx").write_bytes(content)
    (tmp_path / "P-1" / f"{UNIONS[2].code}.xlsx").unlink()
    second = consolidate(tmp_path, DISTRICTS[0])
    mine = [(DISTRICTS[0].name, "của huyện 1"), (DISTRICTS[0].name, "của huyện 2")]
    theirs = [(u.name, f"{u.code} {text}") for u in UNIONS[:2] for text in many]
    assert names_in(second.summary) == mine + theirs
    again = read_file(tmp_path / "P-1.xlsx", "summary").submission
    assert names_in(again) == mine + theirs

    (tmp_path / "P").mkdir()
    (tmp_path / "P" / "huyện.xlsx").write_bytes((tmp_path / "P-1.xlsx").read_bytes())
    sample.put(tmp_path / "P", limits(middle, DISTRICTS[1], "của huyện kia"), DISTRICTS[1])
    top = consolidate(tmp_path, PROVINCE)
    assert names_in(top.summary) == [*mine, *theirs, (DISTRICTS[1].name, "của huyện kia")]
    assert names_in(read_file(tmp_path / "P.xlsx", "summary").submission) == names_in(top.summary)


def test_a_parents_sheet_has_room_for_more_own_rows_than_the_blank_one(tmp_path: Path) -> None:
    """A parent that has filled every row offered gets some more in its summary, and none is lost."""
    view = REVIEW.at("CTTT")
    full = limits(view, DISTRICTS[0], *(f"dòng {n}" for n in range(table_of(view, "han_che").rows)))
    sample.put(tmp_path / "P-1", full, DISTRICTS[0])
    sample.put(tmp_path / "P-1", limits(REVIEW.at("CDCS"), UNIONS[0], "của cơ sở"), UNIONS[0])
    consolidate(tmp_path, DISTRICTS[0])
    rows = table_of(view, "han_che").rows
    grid = read_grid((tmp_path / "P-1.xlsx").read_bytes())
    run_of = grid.ranges["t.han_che"]
    assert run_of.last_row - run_of.row + 1 == rows + 5
    plan = next(one for one in layout_of(view).tables if one.table.id == "han_che")
    cell = plan.cell(rows + 2, "limitation")
    path = tmp_path / "P-1.xlsx"
    path.write_bytes(put_text(path.read_bytes(), (cell.sheet, cell.row, cell.col), "dòng thêm"))
    again = consolidate(tmp_path, DISTRICTS[0]).summary
    wanted = [(DISTRICTS[0].name, f"dòng {n}") for n in range(rows)] + [(DISTRICTS[0].name, "dòng thêm")]
    assert names_in(again) == [*wanted, (UNIONS[0].name, "của cơ sở")]
    assert names_in(read_file(path, "summary").submission) == names_in(again)
