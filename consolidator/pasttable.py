"""A figure over periods, as lines of a table and as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from consolidator.history import COLUMNS, Point
from consolidator.historyrows import OWN, TOTAL, UNIT
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words

Column = tuple[date, str, str]
"""A column of the table: a period by its last day, its id and the form."""
Key = TypeVar("Key", str, tuple[int, str, str])
_NO_FIGURE = "–"


def table(points: Sequence[Point]) -> Iterator[str]:
    """Lines of a table: for each parent its units, its own part and the total; a column a period, then the change.

    The change is that from the last period but one to the last.
    """
    columns = sorted({_column(point) for point in points})
    newest = points[-1]  # an indicator's label may have changed over the years
    yield f"{newest.label} ({newest.ref}), {newest.measured_in}"
    for parent, of_parent in sorted(_grouped((point.parent, point) for point in points).items()):
        yield ""
        yield f"{of_parent[-1].parent_name} ({parent})"
        yield from _rows(of_parent, columns)


def _rows(points: Sequence[Point], columns: Sequence[Column]) -> Iterator[str]:
    """The table of one parent, columns in line."""
    rank = {UNIT: 0, OWN: 1, TOTAL: 2}
    rows = [["Đơn vị", *_headings(columns), *(["Thay đổi"] if len(columns) > 1 else [])]]
    for (_, unit, part), of_row in sorted(_grouped(((rank[p.part], p.unit, p.part), p) for p in points).items()):
        given = {_column(point): point for point in of_row}
        name = {OWN: "Phần của cấp mình", TOTAL: "Tổng"}.get(part, f"{unit} {of_row[-1].unit_name}")
        shown = [_figure(given[column]) if column in given else _NO_FIGURE for column in columns]
        rows.append([name, *shown, *([_change(given, columns)] if len(columns) > 1 else [])])
    widths = [max(len(row[col]) for row in rows) for col in range(len(rows[0]))]
    for name, *cells in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"{name.ljust(widths[0])}  {numbers}".rstrip()


def _headings(columns: Sequence[Column]) -> list[str]:
    """A period's id; with the form's where two forms have the same period."""
    periods = [period for _, period, _ in columns]
    return [period if periods.count(period) == 1 else f"{period} {form}" for _, period, form in columns]


def _change(given: Mapping[Column, Point], columns: Sequence[Column]) -> str:
    before, after = given.get(columns[-2]), given.get(columns[-1])
    if before is None or after is None or after.is_date:
        return _NO_FIGURE
    change = after.value - before.value
    share = f" ({_signed(number_words(change / abs(before.value) * 100, 1), change)}%)" if before.value else ""
    return _signed(number_words(change), change) + share


def _signed(text: str, number: float) -> str:
    return f"+{text}" if number > 0 else text


def _figure(point: Point) -> str:
    if point.is_date:
        try:
            return day_words(day_of(point.value))
        except (OverflowError, ValueError):  # a number that is no day
            pass
    return number_words(point.value)


def _column(point: Point) -> Column:
    return point.period_end, point.period, point.form


def _grouped(pairs: Iterable[tuple[Key, Point]]) -> dict[Key, list[Point]]:
    """Points by a key, in the order in which they come."""
    found: dict[Key, list[Point]] = {}
    for key, point in pairs:
        found.setdefault(key, []).append(point)
    return found


def record(point: Point) -> dict[str, object]:
    """A point as in the documented JSON and CSV: days as `2023-09-30`."""
    return {name: getattr(point, name) for name in COLUMNS} | {"period_end": point.period_end.isoformat()}
