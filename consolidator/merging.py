"""Makes a parent's figures from its children's and its own, by each indicator's way of merging.

A blank stays a blank: all blank gives blank, some blank gives the sum of the rest with "n of N" recorded.
Percentages are never merged; they are computed again from the merged parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from consolidator.adding import Lacking, Partial, partial, plus, quotient, rounded, ways
from consolidator.booknames import CARRIED
from consolidator.element import Figure, Table
from consolidator.facts import Batch, all_with_derived
from consolidator.finding import Finding, Place
from consolidator.folded import FoldedRows
from consolidator.form import LevelForm
from consolidator.submission import NO_SOURCE, Line, Submission, TableRow, empty_values
from consolidator.verdict import Numbers
from consolidator.wording import number_words, tell
from consolidator.workedout import worked_out

_TOGETHER = 500
"""Children whose rows are unfolded at once."""


@dataclass(frozen=True)
class Parts:
    """What a total is made of: the parent's own figures and one line a child, all in the order of `view`.

    `weights` of a line or of `own_weights` say how much stands behind each weighted mean, by Ref.
    """

    view: LevelForm
    own: Numbers
    own_weights: Mapping[str, float]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Totals:
    """Merged figures, the weight behind each weighted mean, and how many children gave each figure."""

    values: Numbers
    weights: Mapping[str, float]
    reported: Mapping[str, int]
    findings: list[Finding]


def weight_ref(figure: Figure) -> str:
    """The figure that weighs a weighted mean: the weight indicator under the same measure."""
    return f"{figure.indicator.weight}.{figure.measure}"


def weights_of(submission: Submission, values: Numbers) -> dict[str, float]:
    """How much weight a unit's own means carry: its weight figures, where both are given."""
    found: dict[str, float] = {}
    view = submission.view
    for figure in view.figures:
        if figure.merges == "weighted_mean" and not np.isnan(values[view.position[figure.ref]]):
            at = view.position.get(weight_ref(figure))
            if at is not None and not np.isnan(values[at]):
                found[figure.ref] = float(values[at])
    return found


def line_of(child: Submission, view: LevelForm) -> Line:
    """A child's figures in the order of the parent's view; what the child's level lacks is blank."""
    values = empty_values(view)
    here, there = _shared(view, child.view)
    values[here] = child.values[there]
    kept = {key: child.meta[key] for key in CARRIED if key in child.meta}
    return Line(
        child.unit, child.unit_name, child.source, values, child.weights, kept, child.attributes, child.narratives
    )


@lru_cache(maxsize=64)
def _shared(view: LevelForm, other: LevelForm) -> tuple[list[int], list[int]]:
    """Where the figures stand that two views share, in each of them."""
    both = [(at, other.position[ref]) for ref, at in view.position.items() if ref in other.position]
    return [at for at, _ in both], [at for _, at in both]


def add_up(parts: Parts) -> Totals:
    """Totals of a parent; the order of its children cannot matter."""
    return totals(parts.view, parts.own, parts.own_weights, partial(parts.view, parts.lines))


def totals(view: LevelForm, own: Numbers, own_weights: Mapping[str, float], below: Partial) -> Totals:
    """What a parent's own figures (in the order of its view) and its children make together.

    Every sum and mean is rounded once, here.
    """
    mine = partial(view, [Line("", "", NO_SOURCE, own, own_weights)])
    whole, plan, values = plus(mine, below), ways(view), empty_values(view)
    values[plan.sums] = [rounded(one) for one in whole.sums]
    values[whole.given == 0] = np.nan
    values[plan.means] = [quotient(*one) for one in zip(whole.products, whole.weights, strict=True)]
    findings = {at: list[Finding]() for at in range(len(view.figures))}
    for position, figure in enumerate(view.figures):
        match figure.merges:
            case "min" | "max":
                values[position] = (whole.low if figure.merges == "min" else whole.high)[position]
            case "last":
                values[position], undecided = _last(own[position], below.low[position], below.high[position])
                if undecided:
                    findings[position].append(
                        tell("last-undecided", Place(ref=figure.ref), label=figure.indicator.label)
                    )
            case "none":
                values[position] = own[position]
    for one in whole.lacking:
        findings[one.position].append(_unweighted(view.figures[one.position], one))
    weights = {view.figures[at].ref: rounded(one) for at, one in zip(plan.means, whole.weights, strict=True)}
    reported = dict(zip(view.position, below.given.tolist(), strict=True))
    return Totals(values, weights, reported, [one for found in findings.values() for one in found])


def merge(own: Submission, children: Sequence[Submission]) -> tuple[Submission, list[Finding]]:
    """The parent's summary: its own submission with children added. `own` itself is left as it is."""
    view, children = own.view, sorted(children, key=lambda child: child.unit)
    lines = [line_of(child, view) for child in children]
    totals = add_up(Parts(view, own.values, weights_of(own, own.values), lines))
    summary = replace(
        own,
        values=totals.values,
        own=own.values.copy(),
        texts={},
        weights=totals.weights,
        reported=totals.reported,
        attributes={**_merged_attributes(own, children), **_own_notes(own)},
        lines=lines,
        tables=merged_tables(own, children),
        is_summary=True,
    )
    Batch([summary]).derive()
    return summary, totals.findings


def merged_tables(own: Submission, children: Sequence[Submission]) -> dict[str, Sequence[TableRow]]:
    """Rows of each table one after the other: the parent's own, then each child's with the child's name on them.

    What a child's rows compute is computed with the child's own dates: its term is not its parent's.
    """
    tables = own.view.tables
    found = {table.id: FoldedRows(own.tables.get(table.id, ())) for table in tables}
    for begin in range(0, len(children) if tables else 0, _TOGETHER):
        some = [(child, dict(child.tables)) for child in children[begin : begin + _TOGETHER]]
        for table in tables:
            found[table.id].add(_given(table, some))
    return {name: rows for name, rows in found.items() if rows}


def _given(table: Table, children: Sequence[tuple[Submission, Mapping[str, Sequence[TableRow]]]]) -> list[TableRow]:
    """The rows of a table that children gave, who come with their tables."""
    given = [(row, child) for child, tables in children for row in tables.get(table.id, ())]
    theirs = [one for one in given if one[0].unit == one[1].unit]
    again = iter(all_with_derived(table, [row for row, _ in theirs], [child for _, child in theirs]))
    return [next(again) if row.unit == child.unit else row for row, child in given]


def _unweighted(figure: Figure, one: Lacking) -> Finding:
    """A mean without its weight cannot be merged: never a plain mean, always said."""
    facts = {"label": figure.indicator.label, "typed": number_words(one.value), "weight": weight_ref(figure)}
    return tell("weight-missing", Place(file=one.file, ref=figure.ref), one.unit, **facts)


def _last(own: float, low: float, high: float) -> tuple[float, bool]:
    """The parent's own word counts; else what the children agree on; else nobody knows."""
    if not np.isnan(own):
        return own, False
    return (low, False) if low == high else (float("nan"), low < high)


def _merged_attributes(own: Submission, children: Sequence[Submission]) -> dict[str, float | str]:
    """Of each row: the oldest date any part has, and that it is not exact if any part is not.

    A row that is not merged has only the parent's own.
    """
    found: dict[str, float | str] = {name: value for name, value in own.attributes.items() if _is_merged(name, value)}
    merged = _merged_codes(own.view)
    for child in children:
        for name, value in child.attributes.items():
            if isinstance(value, float):
                before = found.get(name)
                if name.endswith(".as_of") and name.partition(".")[0] in merged:
                    found[name] = min(value, before) if isinstance(before, float) else value
            elif name not in found and name.endswith(".qualifier") and name.partition(".")[0] in merged:
                found[name] = value
    return found


def _is_merged(name: str, value: float | str) -> bool:
    return name.endswith(".qualifier") or (name.endswith(".as_of") and isinstance(value, float))


@worked_out
def _merged_codes(view: LevelForm) -> Set[str]:
    return frozenset(code for code, indicator in view.form.indicators.items() if indicator.agg != "none")


def _own_notes(own: Submission) -> dict[str, float | str]:
    return {name: value for name, value in own.attributes.items() if name.endswith(".note")}
