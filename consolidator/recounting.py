"""Counts again what a summary must say, from the files themselves and by the simplest routine there is.

It is the other half of double entry: plain Python over plain floats, and nothing of `merging` is imported or
believed, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from consolidator.element import Figure
from consolidator.expression import NOISE, is_live
from consolidator.submission import Batch, Submission

Given = tuple[float, float | None]
"""A figure that was given, and the weight behind it (None: unknown, or its merging needs none)."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure of the summary: what went in, what must come out, what does. None is a blank.

    Attributes:
        merges: how children's figures make the parent's ("sum", …, "derived").
        given: how many children gave it.
        units: what the children come to by that way of merging; None for "none" and "derived", which take none.
        own: the parent's own figure.
        due: what the summary must say, by our own count.
        outgoing: what it says.
        slack: how far apart the two may be; infinite where rounding alone decides (weights that cancel out).
    """

    ref: str
    merges: str
    given: int
    units: float | None
    own: float | None
    due: float | None
    outgoing: float | None
    slack: float = 0.0

    @property
    def difference(self) -> float:
        """What the summary says too much; infinite where just one of the two is blank."""
        if self.due is None or self.outgoing is None:
            return 0.0 if self.due is self.outgoing else math.inf
        return 0.0 if self.due == self.outgoing else self.outgoing - self.due

    @property
    def balances(self) -> bool:
        """Whether what came out is what went in."""
        return self.slack == math.inf or abs(self.difference) <= self.slack

    @property
    def is_blank(self) -> bool:
        """Whether nobody gave the figure and the summary has none."""
        return not self.given and self.own is None and self.due is None and self.outgoing is None


def figures_in(submission: Submission) -> dict[str, float]:
    """Every figure a submission has, derived ones among them, by Ref."""
    values = submission.values.tolist()
    return {ref: values[at] for ref, at in submission.view.position.items() if not math.isnan(values[at])}


def entered_in(submission: Submission) -> dict[str, float]:
    """The same without what computes itself."""
    known = submission.view.by_ref
    return {ref: value for ref, value in figures_in(submission).items() if known[ref].derived is None}


def figure_lines(summary: Submission, children: Sequence[Submission]) -> Iterator[FigureLine]:
    """One line a figure of the summary; without those that only a batch can compute (`ROSTER`, `REPORTED` …)."""
    given = [(figures_in(child), _weights(child)) for child in children]
    again = replace(summary, values=summary.values.copy())
    Batch([again]).derive()
    for figure in summary.view.figures:
        ref, outgoing, own = figure.ref, summary.value(figure.ref), summary.own_value(figure.ref)
        parts = [(values[ref], weights.get(ref)) for values, weights in given if ref in values]
        if figure.derived is not None:
            if is_live(figure.derived):
                yield FigureLine(ref, "derived", len(parts), None, None, again.value(ref), outgoing)
            continue
        mine = [] if own is None else [(own, _own_weight(summary, figure))]
        units, _ = _merged(figure.merges, [], parts)
        due, slack = _merged(figure.merges, mine, parts)
        yield FigureLine(ref, figure.merges, len(parts), units, own, due, outgoing, slack)


def _merged(way: str, mine: Sequence[Given], parts: Sequence[Given]) -> tuple[float | None, float]:
    """What own and children's figures come to (None: nothing), and how exactly that is known."""
    numbers = [value for value, _ in (*mine, *parts)]
    largest = max(map(abs, numbers), default=0.0)
    match way:
        case "sum":
            return _sum(numbers) if numbers else None, NOISE * largest * max(len(numbers), 1)
        case "min" | "max":
            return (min(numbers) if way == "min" else max(numbers)) if numbers else None, 0.0
        case "weighted_mean":
            return _mean([*mine, *parts], largest)
        case "last":
            agreed = {value for value, _ in parts}
            return mine[0][0] if mine else agreed.pop() if len(agreed) == 1 else None, 0.0
        case "none":
            return mine[0][0] if mine else None, 0.0
    raise AssertionError(way)


def _mean(parts: Sequence[Given], largest: float) -> tuple[float | None, float]:
    weighed = [(value, weight) for value, weight in parts if weight is not None]
    total, bulk = _sum([weight for _, weight in weighed]), _sum([abs(weight) for _, weight in weighed])
    if abs(total) <= NOISE * bulk:  # nothing weighs, or weights cancel out: then nobody can say
        return None, math.inf if bulk else 0.0
    slack, mean = NOISE * largest * bulk / abs(total), _sum([value * weight for value, weight in weighed]) / total
    if not math.isfinite(mean) and all(map(math.isfinite, (largest, total))):  # too large on the way alone
        exact = sum(Fraction(value) * Fraction(weight) for value, weight in weighed)
        mean = float(exact / sum(Fraction(weight) for _, weight in weighed))
    return mean, slack


def _sum(numbers: Sequence[float]) -> float:
    """An exact sum; beyond all bounds where a unit typed numbers that no float can add."""
    try:
        return math.fsum(numbers)
    except ValueError:  # infinities of both signs
        return math.nan
    except OverflowError:  # on the way or in the end
        total = sum(map(Fraction, numbers))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def _weights(child: Submission) -> Mapping[str, float]:
    """What stands behind each mean of a child: a summary says so itself, a unit by the figure that weighs it."""
    if child.is_summary:
        return child.weights
    found = {figure.ref: _own_weight(child, figure) for figure in child.view.figures}
    return {ref: weight for ref, weight in found.items() if weight is not None}


def _own_weight(submission: Submission, figure: Figure) -> float | None:
    if figure.merges != "weighted_mean":
        return None
    name = f"{figure.indicator.weight}.{figure.measure}"
    return submission.own_value(name) if name in submission.view.position else None
