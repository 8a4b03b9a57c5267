"""Sums of units' figures that are exact until the end, so that they come out the same in any order and grouping.

A `Partial` is what some units come to: `plus` joins two of them, `merging` rounds the last one, once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from consolidator.element import Figure
from consolidator.form import LevelForm
from consolidator.submission import Line
from consolidator.verdict import Numbers
from consolidator.workedout import worked_out

Exact = int | Fraction | float
"""A sum without any rounding; a float only where infinity is among what was added."""
_WHOLE = 2.0**53
"""Below this, floats that are whole numbers add up exactly."""


class Lacking(NamedTuple):
    """A mean without the weight it needs to be merged: whose (the parent's own has no unit), and in which file."""

    position: int
    unit: str
    file: str
    value: float


@dataclass(frozen=True)
class Partial:
    """What some units come to; it holds no form, so that it can travel between processes.

    Attributes:
        given: how many of them gave each figure (shape: figures of the view).
        low, high: the least and the greatest of each figure, NaN where none was given (shape: figures).
        sums: one each figure that adds up, in the order of the view; so are `products` (means times their weights)
            and `weights` of means.
        lacking: what could not be weighed.
    """

    given: npt.NDArray[np.int64]
    low: Numbers
    high: Numbers
    sums: tuple[Exact, ...]
    products: tuple[Exact, ...]
    weights: tuple[Exact, ...]
    lacking: tuple[Lacking, ...]


class Ways(NamedTuple):
    """Places in a view of the figures that add up, and of the means."""

    sums: list[int]
    means: list[int]


@worked_out
def ways(view: LevelForm) -> Ways:
    """Which figures of a view merge how."""
    places = list(enumerate(view.figures))
    means = [at for at, figure in places if figure.merges == "weighted_mean"]
    return Ways([at for at, figure in places if figure.merges == "sum"], means)


def partial(view: LevelForm, lines: Sequence[Line]) -> Partial:
    """What some children come to, none included."""
    size = len(view.figures)
    values = np.array([line.values for line in lines], dtype=float).reshape(len(lines), size)
    missing = np.isnan(values)
    low = np.where(missing, np.inf, values).min(axis=0, initial=np.inf)
    high = np.where(missing, -np.inf, values).max(axis=0, initial=-np.inf)
    given = (~missing).sum(axis=0)
    plan = ways(view)
    products, weights, lacking = list[Exact](), list[Exact](), list[Lacking]()
    for at in plan.means:
        product, weight, unweighed = _weighed(view.figures[at], at, lines)
        products.append(product)
        weights.append(weight)
        lacking += unweighed
    none = given == 0
    return Partial(
        given,
        np.where(none, np.nan, low),
        np.where(none, np.nan, high),
        tuple(exact_sums(values[:, plan.sums])),
        tuple(products),
        tuple(weights),
        tuple(lacking),
    )


def plus(one: Partial, other: Partial) -> Partial:
    """Both together; in whatever order and grouping partials are joined, the result says the same."""
    return Partial(
        one.given + other.given,
        np.fmin(one.low, other.low),
        np.fmax(one.high, other.high),
        tuple(map(_plus, one.sums, other.sums)),
        tuple(map(_plus, one.products, other.products)),
        tuple(map(_plus, one.weights, other.weights)),
        tuple(sorted((*one.lacking, *other.lacking))),
    )


def exact_sums(columns: Numbers) -> list[Exact]:
    """The exact sum of each column (shape: rows × columns), NaN passed over; 0 of none."""
    filled = np.where(np.isnan(columns), 0.0, columns)
    with np.errstate(over="ignore", invalid="ignore"):
        is_whole = (filled == np.floor(filled)).all(axis=0) & (np.abs(filled).sum(axis=0) < _WHOLE)
        sums: list[Exact] = list(np.where(is_whole, filled.sum(axis=0), 0.0).astype(np.int64).tolist())
    for at in np.flatnonzero(~is_whole).tolist():
        sums[at] = exact_sum(filled[:, at].tolist())
    return sums


def exact_sum(numbers: Iterable[float]) -> Exact:
    """The exact sum of numbers, none of them NaN."""
    given = list(numbers)
    if not all(map(math.isfinite, given)):
        return sum(number for number in given if not math.isfinite(number))
    return _sum_of_ratios([number.as_integer_ratio() for number in given])


def rounded(total: Exact) -> float:
    """The float nearest to a sum; infinite where no float is as large."""
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def quotient(total: Exact, weight: Exact) -> float:
    """The float nearest to a mean, from what values times weights and weights come to; NaN without any weight."""
    if weight == 0:
        return math.nan
    if isinstance(total, float) or isinstance(weight, float):
        return rounded(total) / rounded(weight)
    return rounded(Fraction(total) / Fraction(weight))


def _sum_of_ratios(ratios: Sequence[tuple[int, int]]) -> int | Fraction:
    """The sum of fractions whose denominators are powers of two, as those of all floats are."""
    below = max((denominator for _, denominator in ratios), default=1)
    total = sum(numerator * (below // denominator) for numerator, denominator in ratios)
    return total if below == 1 else Fraction(total, below)


def _plus(one: Exact, other: Exact) -> Exact:
    if isinstance(one, float) or isinstance(other, float):
        return sum(part for part in (one, other) if isinstance(part, float))
    return one + other


def _weighed(figure: Figure, at: int, lines: Sequence[Line]) -> tuple[Exact, Exact, list[Lacking]]:
    """Of a mean: values times weights, and weights, of the lines that have both; and those that lack the weight."""
    pairs, lacking = list[tuple[float, float]](), list[Lacking]()
    for line in lines:
        value, weight = float(line.values[at]), line.weights.get(figure.ref)
        if math.isnan(value):
            continue
        if weight is None or math.isnan(weight):
            lacking.append(Lacking(at, line.unit, line.source.file, value))
        else:
            pairs.append((value, weight))
    if not all(math.isfinite(value) and math.isfinite(weight) for value, weight in pairs):
        infinite = [value * weight for value, weight in pairs if not math.isfinite(value * weight)]
        return sum(infinite), exact_sum(weight for _, weight in pairs), lacking
    ratios = [(value.as_integer_ratio(), weight.as_integer_ratio()) for value, weight in pairs]
    product = _sum_of_ratios([(a * c, b * d) for (a, b), (c, d) in ratios])
    return product, _sum_of_ratios([weight for _, weight in ratios]), lacking


def joined(view: LevelForm, parts: Iterable[Partial]) -> Partial:
    """All of them together; of none, what no unit comes to."""
    return reduce(plus, parts, partial(view, ()))
