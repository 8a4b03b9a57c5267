"""What is usual among many figures, by measures that a few wrong ones cannot move. Knows no form and no unit.

Figures that count or measure spread by factors rather than by differences, so all is on a log scale. Median and MAD:
B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers, 1993.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from consolidator.element import Frozen
from consolidator.verdict import Numbers

Truths = np.ndarray[Any, np.dtype[np.bool_]]
Columns = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True, kw_only=True)
class ByKind(Frozen):
    """A threshold for what varies by itself (flows) and for what hardly does (stocks, means, percentages)."""

    varying: float
    steady: float

    def of(self, is_steady: Truths) -> Numbers:
        """The threshold of each row."""
        return np.where(is_steady, self.steady, self.varying)


@dataclass(frozen=True, kw_only=True)
class Limits(Frozen):
    """How far from the median of `least` or more is odd: z * (1 + few / n) spreads, and `factor` times.

    `always` times is odd however much the figures vary.
    """

    least: int
    z: float
    few: float
    spread: ByKind
    factor: ByKind
    always: float


@dataclass(frozen=True)
class Usual:
    """What is usual in each row on a log scale (shape: rows × 1): median, 1.4826 * MAD, how many there are."""

    centre: Numbers
    spread: Numbers
    count: Columns


def log(values: Numbers) -> Numbers:
    """Natural logarithms; NaN for blank, zero and less."""
    return np.log(values, out=np.full(values.shape, np.nan), where=values > 0)


def usual_in(rows: Numbers) -> Usual:
    """Median and spread along the last axis, which is kept with length 1; what is NaN is left out."""
    centre, count = _median(rows)
    spread, _ = _median(np.abs(rows - centre))
    return Usual(centre, 1.4826 * spread, count)


def _median(rows: Numbers) -> tuple[Numbers, Columns]:
    """Medians along the last axis and how many there are; faster than `nanmedian`, and silent where there is none."""
    if not rows.shape[-1]:
        return np.full((*rows.shape[:-1], 1), np.nan), np.zeros((*rows.shape[:-1], 1), dtype=np.intp)
    ordered = np.sort(rows, axis=-1)  # NaN comes last
    count = (~np.isnan(rows)).sum(axis=-1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(at, 0), -1) for at in ((count - 1) // 2, count // 2))
    return np.where(count > 0, (low + high) / 2, np.nan), count


def either(chosen: Truths, one: Usual, other: Usual) -> Usual:
    """Row by row the one or the other."""
    return Usual(
        np.where(chosen, one.centre, other.centre),
        np.where(chosen, one.spread, other.spread),
        np.where(chosen, one.count, other.count),
    )


def beyond(usual: Usual, limits: Limits, is_steady: Truths, grain: Numbers) -> Numbers:
    """How far from the median, on the log scale, is odd. No spread is taken for smaller than `grain`."""
    spreads = np.maximum(np.maximum(usual.spread, limits.spread.of(is_steady)), grain)
    far = limits.z * (1 + limits.few / np.maximum(usual.count, 1)) * spreads
    return np.clip(far, np.log(limits.factor.of(is_steady)), np.log(limits.always))
