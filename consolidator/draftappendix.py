"""Tables behind a written report: attainment of targets, comparisons, every figure by sheet, lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consolidator.draftwords import BEFORE, CELL, SINCE, THAN, Fill, fill
from consolidator.element import PERCENT_MEASURES, Column, Indicator, Table
from consolidator.explaining import EXPLANATIONS
from consolidator.rulebook import documents
from consolidator.submission import Submission, TableRow
from consolidator.tabling import has_key
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words

Cell = str | Fill


@dataclass(frozen=True, slots=True)
class Appendix:
    """A table with its title. A row of one cell is a heading across the table.

    Attributes:
        path: the place in the outline that it belongs to, "" for none.
        widths: of the columns, in millimetres as far as the page allows; amounts of money fit theirs unbroken.
        numeric: columns whose cells stand on the right.
    """

    name: str
    title: str
    path: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    numeric: frozenset[int]
    rows: tuple[tuple[Cell, ...], ...]


def appendices(summary: Submission) -> list[Appendix]:
    """Every appendix that has something to show, numbered in their order."""
    words = documents()["draft"]
    found = [_attained(summary), _compared(summary), _figures(summary)]
    found += [_list(summary, table) for table in summary.view.tables if table.id != EXPLANATIONS]
    kept = [one for one in found if one.rows]
    return [
        Appendix(words["appendix"].format(number=number), one.title, one.path, *_body(one))
        for number, one in enumerate(kept, 1)
    ]


def _body(
    one: Appendix,
) -> tuple[tuple[str, ...], tuple[float, ...], frozenset[int], tuple[tuple[Cell, ...], ...]]:
    return one.heads, one.widths, one.numeric, one.rows


def _attained(summary: Submission) -> Appendix:
    """Indicators that have a target: target, result, share."""
    measures = [m for m in ("target", "actual", "ytd", "pct_target", "estimate", "pct_estimate") if _has(summary, m)]
    rows = [row for row in summary.view.indicators if _value(summary, row, "target") is not None]
    rows = [row for row in rows if any(_value(summary, row, m) is not None for m in measures[1:])]
    title = documents()["draft"]["attained"]
    return _table(summary, title, rows, measures)


def _compared(summary: Submission) -> Appendix:
    """Indicators that an earlier time is known of: then, now, the change."""
    heads, rows = ["TT", "Nội dung", "Đơn vị tính", "Trước đây", "Kỳ này", "Thay đổi"], []
    for row in summary.view.indicators:
        now = f"{row.code}.actual"
        if _value(summary, row, "actual") is None:
            continue
        label = summary.view.form.catalogue.measures
        for measure in ("baseline", "prev_term"):
            if _value(summary, row, measure) is not None:
                before = fill(summary, f"{row.code}.{measure}{CELL}")
                name = f"{row.label} (so với {label[measure].label.lower()})"
                rows.append((name, row.unit, before, fill(summary, now + CELL), fill(summary, f"{now}{THAN}{measure}")))
        if now in summary.previous:
            name = f"{row.label} (so với kỳ trước)"
            changed = (fill(summary, now + BEFORE), fill(summary, now + CELL), fill(summary, now + SINCE))
            rows.append((name, row.unit, *changed))
    numbered = tuple((str(number), *row) for number, row in enumerate(rows, 1))
    title = documents()["draft"]["compared"]
    return Appendix("", title, "", tuple(heads), (8, 70, 30, 28, 28, 38), frozenset((3, 4, 5)), numbered)


def _figures(summary: Submission) -> Appendix:
    """Every figure of the summary, sheet by sheet."""
    view = summary.view
    known = {one.code: one for one in view.indicators}
    groups = [
        (view.form.catalogue.sheets[sheet.code], [known[code] for code in sheet.indicators if code in known])
        for sheet in view.form.sheets
    ]
    measures = [measure for measure in view.form.measures if _has(summary, measure)]
    one = _table(summary, documents()["draft"]["figures"], [], measures)
    rows = [row for title, group in groups if group for row in ((title,), *_rows(summary, group, measures))]
    return Appendix("", one.title, "", one.heads, one.widths, one.numeric, tuple(rows))


def _table(summary: Submission, title: str, rows: Sequence[Indicator], measures: Sequence[str]) -> Appendix:
    labels = summary.view.form.catalogue.measures
    heads = ("TT", "Nội dung", "Đơn vị tính", *(labels[measure].label for measure in measures))
    widths = (8.0, 60.0, 30.0, *(15.0 if measure in PERCENT_MEASURES else 28.0 for measure in measures))
    numeric = frozenset(range(3, len(heads)))
    return Appendix("", title, "", heads, widths, numeric, tuple(_rows(summary, rows, measures)))


def _rows(summary: Submission, rows: Sequence[Indicator], measures: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    for number, row in enumerate(rows, 1):
        refs = [f"{row.code}.{measure}" for measure in measures]
        cells = [fill(summary, ref + CELL) if ref in summary.view.by_ref else "–" for ref in refs]
        yield (str(number), row.label, row.unit, *cells)


def _has(summary: Submission, measure: str) -> bool:
    return any(figure.measure == measure for figure in summary.view.figures)


def _value(summary: Submission, row: Indicator, measure: str) -> float | None:
    ref = f"{row.code}.{measure}"
    return summary.value(ref) if ref in summary.view.by_ref else None


def _list(summary: Submission, table: Table) -> Appendix:
    """The rows of a list, with whose each is."""
    given = [row for row in summary.tables.get(table.id, ()) if has_key(table, row.values)]
    heads = ("TT", "Đơn vị", *(column.label for column in table.columns))
    widths = (8.0, 24.0, *(max(14.0, column.width) for column in table.columns))
    numeric = frozenset(place for place, column in enumerate(table.columns, 2) if not column.is_text)
    rows = tuple(
        (str(number), row.unit_name, *(_said(column, row) for column in table.columns))
        for number, row in enumerate(given, 1)
    )
    return Appendix("", table.title.upper(), table.path, heads, widths, numeric, rows)


def _said(column: Column, row: TableRow) -> str:
    value = row.values.get(column.id, "")
    if isinstance(value, str):
        return value
    try:
        return day_words(day_of(value)) if column.type == "date" else number_words(value)
    except (OverflowError, ValueError):  # a number that is no day
        return number_words(value)
