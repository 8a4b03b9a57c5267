"""Counts again what a summary must say, from the files themselves and by the simplest routine there is.

It is the other half of double entry: plain floats, one figure after the other, and nothing of `merging` is imported
or believed, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from consolidator.element import Figure
from consolidator.expression import NOISE, is_live
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.submission import Submission
from consolidator.verdict import Numbers
from consolidator.workedout import worked_out

_TINY = 1e-200
"""Products below this may have lost digits."""
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


def how_many_entered(submission: Submission) -> int:
    """How many `entered_in` names."""
    return int((~np.isnan(submission.values) & _entered(submission.view)).sum())


def figure_lines(summary: Submission, children: Sequence[Submission]) -> Iterator[FigureLine]:
    """One line a figure of the summary; without those that only a batch can compute (`ROSTER`, `REPORTED` …)."""
    groups = _side_by_side(children)
    again = replace(summary, values=summary.values.copy())
    Batch([again]).derive()
    for figure in summary.view.figures:
        ref, outgoing, own = figure.ref, summary.value(figure.ref), summary.own_value(figure.ref)
        parts = [value for some, matrix in groups for value in _column(some[0].view, matrix, ref)]
        if figure.derived is not None:
            if is_live(figure.derived):
                yield FigureLine(ref, "derived", len(parts), None, None, again.value(ref), outgoing)
            continue
        mine = [] if own is None else [own]
        if figure.merges == "weighted_mean":
            weighed = [pair for some, _ in groups for pair in _weighed(some, figure)]
            units, _ = _mean(weighed)
            due, slack = _mean([*((value, _own_weight(summary, figure)) for value in mine), *weighed])
        else:
            units, _ = _merged(figure.merges, [], parts)
            due, slack = _merged(figure.merges, mine, parts)
        yield FigureLine(ref, figure.merges, len(parts), units, own, due, outgoing, slack)


def _side_by_side(children: Sequence[Submission]) -> list[tuple[list[Submission], Numbers]]:
    """Submissions of each view with all their figures (shape: submissions × figures)."""
    by_view: dict[LevelForm, list[Submission]] = {}
    for child in children:
        by_view.setdefault(child.view, []).append(child)
    return [(some, np.array([one.values for one in some])) for some in by_view.values()]


def _column(view: LevelForm, matrix: Numbers, ref: str) -> list[float]:
    """What was given of a figure."""
    at = view.position.get(ref)
    if at is None:
        return []
    column = matrix[:, at]
    given: list[float] = column[~np.isnan(column)].tolist()
    return given


def _merged(way: str, mine: Sequence[float], parts: Sequence[float]) -> tuple[float | None, float]:
    """What own and children's figures come to (None: nothing), and how exactly that is known."""
    numbers = [*mine, *parts]
    match way:
        case "sum":
            return _sum(numbers) if numbers else None, NOISE * max(map(abs, numbers), default=0.0) * len(numbers)
        case "min" | "max":
            return (min(numbers) if way == "min" else max(numbers)) if numbers else None, 0.0
        case "last":
            agreed = set(parts)
            return mine[0] if mine else agreed.pop() if len(agreed) == 1 else None, 0.0
        case "none":
            return mine[0] if mine else None, 0.0
    raise AssertionError(way)


def _mean(parts: Sequence[Given]) -> tuple[float | None, float]:
    """The mean of figures by their weights (None: nothing), and how exactly it is known."""
    largest = max((abs(value) for value, _ in parts), default=0.0)
    weighed = [(value, weight) for value, weight in parts if weight is not None]
    total, bulk = _sum([weight for _, weight in weighed]), _sum([abs(weight) for _, weight in weighed])
    if abs(total) <= NOISE * bulk:  # nothing weighs, or weights cancel out: then nobody can say
        return None, math.inf if bulk else 0.0
    slack = NOISE * largest * bulk / abs(total)
    products = [value * weight for value, weight in weighed]
    is_plain = all(_TINY < abs(one) < math.inf for one in products) and abs(_sum(products)) < math.inf
    if is_plain or not (math.isfinite(largest) and math.isfinite(bulk)):
        return _sum(products) / total, slack
    exact = [(Fraction(value) * Fraction(weight), Fraction(weight)) for value, weight in weighed]
    return _nearest(sum((one for one, _ in exact), Fraction()) / sum((one for _, one in exact), Fraction())), slack


def _sum(numbers: Sequence[float]) -> float:
    """An exact sum; beyond all bounds where a unit typed numbers that no float can add."""
    try:
        return math.fsum(numbers)
    except ValueError:  # infinities of both signs
        return math.nan
    except OverflowError:  # on the way or in the end
        return _nearest(sum(map(Fraction, numbers), Fraction()))


def _nearest(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _weighed(children: Sequence[Submission], figure: Figure) -> list[Given]:
    """A mean as children of one view gave it, with what stands behind each: a summary says so itself, a unit by the
    figure that weighs it."""
    at, found = children[0].view.position.get(figure.ref), list[Given]()
    for child in children if at is not None else ():
        value = float(child.values[at])
        if not math.isnan(value):
            weight = child.weights.get(figure.ref) if child.is_summary else _own_weight(child, figure)
            found.append((value, weight))
    return found


@worked_out
def _entered(view: LevelForm) -> npt.NDArray[np.bool_]:
    """Which figures do not compute themselves."""
    return np.array([figure.derived is None for figure in view.figures], dtype=bool)


def _own_weight(submission: Submission, figure: Figure) -> float | None:
    name = f"{figure.indicator.weight}.{figure.measure}"
    return submission.own_value(name) if name in submission.view.position else None
