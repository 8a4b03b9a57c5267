"""The pages of results of a summary: live on its cells, charted, one page; and still a report that can be read."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from consolidator.besidesheet import page_ends
from consolidator.booknames import BESIDE, COVER, KEY, META
from consolidator.content import cover_of
from consolidator.facts import Batch
from consolidator.grid import read_grid
from consolidator.keyfigures import MOST, attained, compared, rates
from consolidator.lettering import in_spans, span_words
from consolidator.merging import merge
from consolidator.reading import read_submission
from consolidator.rulebook import load
from consolidator.submission import Source, Submission, elapsed
from consolidator.summarising import summary_workbook
from tests import regime_samples as sample
from tests.chartparts import cells_at, charts_of, formulas_of, values_of
from tests.regime_samples import DISTRICTS, PROVINCE, UNIONS

UNITS = UNIONS[:3]


def summed(form_id: str, previous: bool = False) -> Submission:
    """A district's summary over its unions, or a province's over its districts, every cell filled in."""
    form = load(form_id)
    parent = DISTRICTS[0] if "CDCS" in form.levels else PROVINCE
    level, units = ("CDCS", UNITS) if "CDCS" in form.levels else ("CTTT", DISTRICTS)
    children = [replace(sample.fill(form.at(level), one), source=Source(f"{one.code}.xlsx")) for one in units]
    own = sample.fill(form.at(parent.level), parent, children=children)
    merged, _ = merge(own, children)
    if previous:
        merged.previous = {figure.ref: 50.0 for figure in merged.view.figures}
    return merged


def written(summary: Submission) -> bytes:
    return summary_workbook(summary, cover_of(DISTRICTS[0], summary.view.form, summary.meta))


@pytest.fixture(scope="module")
def term() -> SimpleNamespace:
    """A form with congress terms."""
    summary = summed("gnk_backan_002")
    return SimpleNamespace(summary=summary, data=written(summary))


@pytest.fixture(scope="module")
def quarter() -> SimpleNamespace:
    """A form without terms, but with a period before; of one unit nothing is known in PL08."""
    summary = summed("quy3_2023_004", previous=True)
    lines = [replace(line, values=line.values.copy()) for line in summary.lines]
    gone = [place for place, one in enumerate(summary.view.figures) if one.indicator.sheet == "PL08"]
    lines[1].values[gone] = np.nan
    lead = rates(summary)[0].ref
    for line, value in zip(lines, (40.0, 95.0, 70.0), strict=True):
        line.values[summary.view.position[lead]] = value
    summary.lines = lines
    return SimpleNamespace(summary=summary, data=written(summary), lead=lead)


def table(data: bytes, sheet: str, number: int) -> list[list[object]]:
    """The rows of the n-th table of a page, headings first, as they are shown."""
    rows = [list(row) for row in values_of(data)[sheet].iter_rows(values_only=True)]
    heads = [place for place, row in enumerate(rows) if row[0] == "TT"]
    found = [rows[heads[number]]]
    for row in rows[heads[number] + 1 :]:
        if row[1] is None:
            break
        found.append(row)
    return found


def formula_sheet(data: bytes, sheet: str) -> Worksheet:
    return formulas_of(data)[sheet]


def test_targets_are_those_given_and_their_shares_are_the_forms_own(term: SimpleNamespace) -> None:
    heads, *rows = table(term.data, KEY, 0)
    chosen = attained(term.summary)
    assert len(rows) == len(chosen) == MOST
    assert heads[3:9] == ["Chỉ tiêu giao", "Thực hiện", "% đạt", "Mốc 100 %", "Dự kiến cuối kỳ", "% dự kiến"]
    for row, one in zip(rows, chosen, strict=True):
        assert row[3:6] == [term.summary.value(ref) for ref in (one.target, one.done, one.share)]
        assert one.share.endswith(".pct_target")
    drawn = formula_sheet(term.data, KEY)
    first = next(row[0].row for row in drawn.iter_rows() if row[0].value == "TT") + 1
    share = chosen[0].share
    assert drawn.cell(first, 6).value == f'=IF(ISNUMBER({share}),{share},"")'


def test_the_chart_of_targets_is_live_on_the_table_with_the_target_as_a_line(term: SimpleNamespace) -> None:
    chart = charts_of(term.data)[KEY][0]
    assert chart.kinds == ("bar", "line") and chart.title == "Mức đạt chỉ tiêu (%)"
    names = [cells_at(term.data, name) for name, _, _ in chart.series]
    assert names == [["% đạt"], ["% dự kiến"], ["Mốc 100 %"]]
    rows = table(term.data, KEY, 0)[1:]
    for (_, labels, values), col in zip(chart.series, (5, 8, 6), strict=True):
        assert cells_at(term.data, labels) == [row[1] for row in rows]
        assert cells_at(term.data, values) == [row[col] for row in rows]


def test_without_an_estimate_the_outlook_goes_on_at_the_pace_of_the_term() -> None:
    summary = summed("gnk_huyen_001")
    passed = elapsed(summary.meta)
    assert isinstance(passed, float) and 0 < passed < 1
    for row, one in zip(table(written(summary), KEY, 0)[1:], attained(summary), strict=True):
        done, target = summary.value(one.done), summary.value(one.target)
        start = summary.value(one.baseline) if one.baseline else 0.0
        assert done is not None and target is not None and start is not None
        assert math.isclose(float(str(row[8])), (start + (done - start) / passed) / target * 100)


def test_where_a_form_looks_not_ahead_no_column_does(quarter: SimpleNamespace) -> None:
    assert table(quarter.data, KEY, 0)[0][6:9] == ["Mốc 100 %", None, None]


def test_beside_the_last_period_and_the_start_of_the_term(term: SimpleNamespace, quarter: SimpleNamespace) -> None:
    _, *rows = table(quarter.data, KEY, 1)
    chosen = compared(quarter.summary)
    assert [row[3] for row in rows] == [quarter.summary.value(one.figure.ref) for one in chosen]
    assert all(row[7] == 50 and math.isclose(row[8], row[3] * 2) for row in rows)  # type: ignore[operator, arg-type]
    _, *rows = table(term.data, KEY, 1)
    for row, one in zip(rows, compared(term.summary), strict=True):
        assert one.base and row[4] == term.summary.value(one.base)
        assert math.isclose(row[5], row[3] / row[4] * 100)  # type: ignore[operator, arg-type]


def test_a_figure_is_said_to_be_compared_with_what_it_is_compared_with() -> None:
    """A flow of the district's mid-term report stands beside the term before, a stock beside the start of this one."""
    summary = summed("gnk_huyen_001")
    labels = {one: summary.view.form.catalogue.measures[one].label.lower() for one in ("baseline", "prev_term")}
    chosen = compared(summary)
    bases = [one.base.partition(".")[2] for one in chosen]
    assert set(bases) == set(labels)
    head, *rows = table(written(summary), KEY, 1)
    assert head[5] == "% so cột bên trái"
    assert [str(row[1]).rpartition(" (so ")[2] for row in rows] == [f"{labels[base]})" for base in bases]
    assert [row[4] for row in rows] == [summary.value(one.base) for one in chosen]


def test_a_summary_of_nobody_has_its_pages_and_no_chart() -> None:
    form = load("quy3_2023_004")
    empty = written(merge(sample.fill(form.at("CTTT"), DISTRICTS[0]), [])[0])
    blank = replace(summed("quy3_2023_004"), lines=(), previous={})
    blank.values = np.full_like(blank.values, np.nan)
    blank.own = blank.values.copy()
    data = written(blank)
    assert BESIDE not in charts_of(data) and KEY not in charts_of(data)
    assert KEY in charts_of(empty) and BESIDE not in charts_of(empty)
    said = [cell.value for row in formula_sheet(data, KEY).iter_rows() for cell in row if cell.value]
    assert any(str(text).startswith("Chưa có chỉ tiêu giao") for text in said)


def test_a_target_of_zero_breaks_no_chart() -> None:
    summary = summed("quy3_2023_004")
    for place, one in enumerate(summary.view.figures):
        if one.measure == "target":
            summary.values[place] = 0.0
    Batch([summary]).derive()
    assert {row[5] for row in table(written(summary), KEY, 0)[1:]} <= {None, ""}


def test_units_are_ranked_by_rate_and_the_list_sorts_itself(quarter: SimpleNamespace) -> None:
    heat, ranked = table(quarter.data, BESIDE, 0), table(quarter.data, BESIDE, 1)
    assert [row[2] for row in heat[1:]] == [40, 95, 70]
    assert [row[heat[0].index("Hạng theo cột đầu")] for row in heat[1:]] == [3, 1, 2]
    names = [line.name for line in quarter.summary.lines]
    assert [row[1:3] for row in ranked[1:]] == [[names[1], 95], [names[2], 70], [names[0], 40]]
    (chart,) = charts_of(quarter.data)[BESIDE]
    ((_, labels, values),) = chart.series
    assert (cells_at(quarter.data, labels), cells_at(quarter.data, values)) == (
        [names[n] for n in (1, 2, 0)],
        [95, 70, 40],
    )
    drawn = formula_sheet(quarter.data, BESIDE)
    assert str(drawn["C7"].value).startswith("=IF(ISNUMBER('SL PL")
    kinds = {rule.type for rules in drawn.conditional_formatting for rule in rules.rules}
    assert {"colorScale", "dataBar", "cellIs"} <= kinds


def test_the_map_shows_what_a_unit_left_blank(quarter: SimpleNamespace) -> None:
    heads, own, *rows = table(quarter.data, BESIDE, 2)
    place = heads.index("PL08")
    assert [row[place] for row in rows].index(0) == 1 and rows[0][place] and rows[2][place]
    drawn = formula_sheet(quarter.data, BESIDE)
    last = drawn.max_row
    assert str(drawn.cell(last, place + 1).value).startswith("=COUNT('SL PL08'!$E$12:")
    assert drawn.cell(last, place + 1).number_format == '0;-0;"trống"'
    texts = heads.index(next(str(one) for one in heads if str(one).startswith("TM")))
    asked = quarter.summary.lines[0].narratives
    assert sum(float(str(n)) for n in rows[0][texts:] if n is not None and not str(n).count("-")) == len(asked)
    assert own[1] == f"Của chính {quarter.summary.unit_name}"


def test_one_page_each_with_ways_from_the_cover_and_back(quarter: SimpleNamespace) -> None:
    book = formulas_of(quarter.data)
    assert book.sheetnames[:4] == [COVER, "Hướng dẫn", KEY, BESIDE] and book.sheetnames[-1] == META
    key, beside = book[KEY], book[BESIDE]
    assert key.sheet_properties.pageSetUpPr.fitToPage
    for sheet in (key, beside):
        assert sheet.protection.sheet
        assert sheet["A2"].hyperlink.location == "'Bìa'!A1"
    assert key.page_setup.fitToHeight != 0
    across = sum(7 * (one.width - 0.71) + 5 for one in beside.column_dimensions.values() if not one.hidden)
    assert beside.page_setup.orientation == "landscape" and across * beside.page_setup.scale / 100 < 1_036
    assert key.print_area.startswith(f"'{KEY}'!$A$1:$I$")
    assert [book[COVER].cell(7, col).hyperlink.location for col in (2, 3)] == [f"'{KEY}'!A1", f"'{BESIDE}'!A1"]


def test_read_back_it_is_the_same_report_without_a_word_about_its_pages(term: SimpleNamespace) -> None:
    read, findings = read_submission(read_grid(term.data))
    assert np.array_equal(read.values, term.summary.values, equal_nan=True)
    assert [line.unit for line in read.lines] == [line.unit for line in term.summary.lines]
    assert not [one for one in findings if one.place.sheet in (KEY, BESIDE)]


def test_no_section_is_torn_over_two_pages_that_fits_one() -> None:
    assert page_ends([4, 10, 20], 25, 900) == []
    assert page_ends([4, 20, 40], 60, 700) == [20]
    assert page_ends([4, 90, 170], 250, 700) == [90, 170]


def test_spans_name_the_columns_they_were_made_of() -> None:
    chance = random.Random(8)
    for _ in range(50):
        cols = set(chance.sample(range(20), chance.randint(1, 12)))
        text = span_words(cols, 20)
        assert {col for col in range(21) if in_spans(text, 20 - col)} == {*cols, 20}
    assert not in_spans("ghi thêm", 0) and not in_spans(None, 0) and not in_spans(7.0, 0)
