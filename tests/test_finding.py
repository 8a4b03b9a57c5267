"""The order in which findings are told."""

from __future__ import annotations

from consolidator.finding import Finding, Place, Severity, by_weight


def found(cell: str = "", sheet: str = "", severity: Severity = Severity.ERROR) -> Finding:
    return Finding("T1", severity, Place("a.xlsx", sheet, cell))


def test_cells_come_column_by_column_and_by_number() -> None:
    cells = ["", "C7", "C11", "E2", "Z1", "AA1"]
    assert [one.place.cell for one in sorted(map(found, reversed(cells)), key=by_weight)] == cells


def test_errors_come_first_then_sheets() -> None:
    ordered = [found("B2", "PL01"), found("A1", "PL02"), found("A1", "PL01", Severity.WARNING)]
    shuffled = [ordered[2], ordered[1], ordered[0]]
    assert sorted(shuffled, key=by_weight) == ordered


def test_ranks_are_in_the_order_of_their_names() -> None:
    assert [(one.value, one.rank) for one in Severity] == [("error", 0), ("warning", 1), ("info", 2)]
