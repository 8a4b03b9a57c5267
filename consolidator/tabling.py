"""Rows of tables: computes their derived columns, puts the rules to every filled row, and says where it all stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from consolidator.element import Check, Table
from consolidator.facts import Rows, all_with_derived, with_derived
from consolidator.finding import Severity
from consolidator.form import LevelForm
from consolidator.layout import Cell, Layout, Value
from consolidator.submission import Submission, TableRow, own_rows, units_of
from consolidator.verdict import Verdict, judge
from consolidator.visible import visible
from consolidator.wording import number_words


def broken_rows(submission: Submission, table: Table) -> Iterator[tuple[int, Check]]:
    """(index among the unit's own rows, check) for every rule that a row with a key breaks, row by row."""
    return ((row, check) for _, row, check in all_broken_rows([submission], table))


def all_broken_rows(submissions: Sequence[Submission], table: Table) -> Iterator[tuple[int, int, Check]]:
    """The same of many submissions of one view, each with its place among them."""
    rows, places, whose = list[TableRow](), list[tuple[int, int]](), list[Submission]()
    for place, submission in enumerate(submissions):
        for index, row in enumerate(own_rows(submission, table)):
            if has_key(table, row.values):
                rows.append(row)
                places.append((place, index))
                whose.append(submission)
    if not rows:
        return
    facts, checks = Rows(all_with_derived(table, rows, whose), whose), submissions[0].view.row_checks[table.id]
    verdicts = [(check, judge(check.node, facts, check.rule.tolerated) == Verdict.BROKEN) for check in checks]
    broken = np.array([column for _, column in verdicts]).reshape(len(verdicts), len(rows))
    for at, number in zip(*np.nonzero(broken.T), strict=True):
        yield *places[at], verdicts[number][0]


def rows_with_problems(plan: Layout, submission: Submission) -> dict[Severity, int]:
    """How many rows of tables have errors, and how many have warnings or information."""
    found: dict[Severity, set[tuple[str, int]]] = {Severity.ERROR: set(), Severity.WARNING: set()}
    for one in plan.tables:
        for row, check in broken_rows(submission, one.table):
            is_error = check.rule.severity is Severity.ERROR
            found[Severity.ERROR if is_error else Severity.WARNING].add((one.table.id, row))
    return {severity: len(rows) for severity, rows in found.items()}


class RowsBelow(Collection[TableRow]):
    """Rows of a summary's table that units below wrote, taken anew each time they are walked over."""

    def __init__(self, submission: Submission, table: str) -> None:
        self._rows, self._unit = submission.tables.get(table, ()), submission.unit
        self._size = sum(unit != self._unit for unit in units_of(self._rows))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[TableRow]:
        return (row for row in self._rows if row.unit != self._unit)

    def __contains__(self, row: object) -> bool:
        return any(one == row for one in self)


def fixed_rows(view: LevelForm, unit: str, unit_name: str) -> dict[str, list[TableRow]]:
    """The rows that the form itself writes into its tables, by table id."""
    return {
        table.id: [TableRow(unit, unit_name, dict(fixed)) for fixed in table.fixed]
        for table in view.tables
        if table.fixed
    }


def has_key(table: Table, values: Mapping[str, float | str]) -> bool:
    """Whether a row counts: its key column is filled."""
    return bool(str(values.get(table.key, "")).strip())


def row_words(table: Table, row: TableRow) -> str:
    """What a row says, column by column, without what computes itself: two rows with the same words are the same.

    As we show it, for a row may have been through a workbook of ours.
    """
    cells = (row.values.get(column.id) for column in table.columns if not column.derived)
    words = (number_words(cell, 6) if isinstance(cell, float) else (cell or "").strip() for cell in cells)
    return visible("; ".join(filter(None, words)))


def table_values(plan: Layout, submission: Submission) -> dict[Cell, Value]:
    """Present values of what computes itself: derived columns and what is wrong with each row."""
    found: dict[Cell, Value] = {}
    for one in plan.tables:
        rows = with_derived(one.table, submission, own_rows(submission, one.table))
        problems: dict[Cell, str] = {}
        for row, check in broken_rows(submission, one.table):
            cell = one.problem(row, check.rule.severity)
            problems[cell] = problems.get(cell, "") + sentence(check.rule.message, check.facts)
        for row in range(one.rows):
            for column in one.table.derived:
                found[one.cell(row, column.id)] = rows[row].values.get(column.id, "") if row < len(rows) else ""
            for severity in (Severity.ERROR, Severity.WARNING):
                cell = one.problem(row, severity)
                found[cell] = problems.get(cell, "")
    return found


def table_entries(plan: Layout, submission: Submission) -> dict[Cell, Value]:
    """What a person types into the tables."""
    found: dict[Cell, Value] = {}
    for one in plan.tables:
        rows = own_rows(submission, one.table)
        assert len(rows) <= one.rows, f"{one.table.id}: {len(rows)} rows, the sheet has {one.rows}"
        for number, row in enumerate(rows):
            for column in one.table.columns:
                if not column.derived:
                    found[one.cell(number, column.id)] = row.values.get(column.id)
    return found


def sentence(message: str, facts: Mapping[str, str]) -> str:
    """A rule's message as it stands beside a row."""
    return message.format(**facts) + " "
