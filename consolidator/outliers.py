"""Reports side by side, and which of their figures stand out: beside peers, and beside the unit's own past.

Thresholds are those of `rules/shared/notices.toml`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np

from consolidator.element import CARRIED_OVER, Figure, Frozen
from consolidator.expression import words
from consolidator.facts import Batch
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.submission import Submission
from consolidator.unit import Roster
from consolidator.usual import ByKind, Columns, Limits, Truths, Usual, beyond, either, log, usual_in
from consolidator.verdict import Numbers, Verdict, judge
from consolidator.wording import number_words, tell

Past = Mapping[str, Sequence[Mapping[str, float]]]
"""Figures by Ref of earlier periods, oldest first, by unit."""
SHOWN_UNITS = 3
"""Units named in a finding; of the others it says how many they are."""


@dataclass(frozen=True, kw_only=True)
class JumpLimits(Limits):
    """`alone` is how many times a figure must change where too few peers say what change is usual."""

    alone: ByKind


@dataclass(frozen=True, kw_only=True)
class Amount(Frozen):
    """Which figures are compared over time, and which differences count."""

    over_time: tuple[str, ...]
    least_difference: Mapping[str, float]
    power_of_ten: float
    grain: float


@dataclass(frozen=True, kw_only=True)
class Size(Frozen):
    """Figures that say how big a unit is."""

    indicators: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Same(Frozen):
    """How many figures must be equal."""

    figures: int


@dataclass(frozen=True, kw_only=True)
class Text(Frozen):
    """When a text is a copy."""

    least: int
    sentence: int
    share: float
    handed_down: float
    handed_down_least: int
    compared: int


@dataclass(frozen=True, kw_only=True)
class Thresholds(Frozen):
    """`rules/shared/notices.toml`."""

    amount: Amount
    size: Size
    peers: Limits
    past: Limits
    jump: JumpLimits
    same: Same
    text: Text


class Look:
    """Reports of one level and form side by side, in the order of their units.

    Matrices have the shape figures × reports. `logs` are natural logarithms; blank, zero and less are NaN there.
    """

    def __init__(self, submissions: Sequence[Submission], roster: Roster, past: Past, limits: Thresholds) -> None:
        self.submissions, self.roster, self.past, self.limits = submissions, roster, past, limits
        self.view: LevelForm = submissions[0].view
        figures = self.view.figures
        typed = [number for number, figure in enumerate(figures) if _is_judged(figure)]
        self.figures = [figures[number] for number in typed]
        self.refs = [figure.ref for figure in self.figures]
        self.values: Numbers = np.array([s.values[typed] for s in submissions]).reshape(-1, len(typed)).T.copy()
        self.logs = log(self.values)
        floors = limits.amount.least_difference
        self.floors: Numbers = np.array([[floors[f.indicator.type] if _is_sum(f) else 0.0] for f in self.figures])
        self.is_sum = np.array([[_is_sum(figure)] for figure in self.figures])
        self.is_steady = np.array([[f.indicator.kind == "stock" or not _is_sum(f)] for f in self.figures])
        self.is_count = np.array([[figure.indicator.type == "int"] for figure in self.figures])

    @cached_property
    def last(self) -> Numbers:
        """Last period's figures."""
        return np.array([_row(s.previous, self.refs) for s in self.submissions]).T.copy()

    @cached_property
    def earlier(self) -> Numbers:
        """Figures of earlier periods (shape: figures × reports × periods)."""
        pasts = [self.past.get(one.unit, ()) for one in self.submissions]
        found = np.full((*self.values.shape, max(map(len, pasts))), np.nan)
        for column, past in enumerate(pasts):
            for period, figures in enumerate(past):
                found[:, column, period] = _row(figures, self.refs)
        return found

    @cached_property
    def over_time(self) -> Truths:
        """Which rows are compared over time (shape: figures, 1)."""
        return np.array([[figure.measure in self.limits.amount.over_time] for figure in self.figures])

    @cached_property
    def groups(self) -> list[Columns]:
        """Columns of each sector."""
        sectors: dict[str, list[int]] = defaultdict(list)
        for column, one in enumerate(self.submissions):
            unit = self.roster.units.get(one.unit)
            sectors[unit.sector if unit else ""].append(column)
        return [np.array(columns) for _, columns in sorted(sectors.items())]

    def peers(self, columns: Columns, least: int) -> Columns:
        """Columns that a sector is compared with: itself if it is big enough, else the whole level."""
        return columns if len(columns) >= least else np.arange(len(self.submissions))

    @cached_property
    def size(self) -> Numbers:
        """Log of each unit's size among its peers, 0 in the middle (shape: reports); NaN where it is not known."""
        measured = [f"{code}.actual" for code in self.limits.size.indicators]
        rows = self.logs[[row for row, ref in enumerate(self.refs) if ref in measured]]
        return usual_in((rows - usual_in(rows).centre).T).centre[:, 0]

    def grain(self, away: Numbers) -> Numbers:
        """Spread that counts have by being whole numbers, where these ones are `away` from what is expected."""
        expected = np.exp(self.logs - away)
        return np.where(self.is_count, self.limits.amount.grain / np.sqrt(expected), 0.0)

    def finding(self, code: str, row: int, column: int, **facts: str) -> Finding:
        """A finding about a figure of a report, with its value."""
        figure, value = self.figures[row], number_words(float(self.values[row, column]))
        label = self.view.label_of(figure)
        return self.told(code, figure.ref, column, label=label, value=value, values=f"{label}: {value}", **facts)

    def told(self, code: str, name: str, column: int, **facts: str) -> Finding:
        """A finding at a named cell of a report, or about the whole of it."""
        one = self.submissions[column]
        sheet, cell = one.place(name) if name else ("", "")
        return tell(code, Place(one.source.file, sheet, cell, name), one.unit, **facts)

    def others(self, columns: Sequence[int], but: int) -> str:
        """Units by name and code, without one of them: the first few, and how many more there are."""
        first = [self.submissions[one] for one in columns[: SHOWN_UNITS + 1] if one != but][:SHOWN_UNITS]
        shown = [f"{one.unit_name} ({one.unit})" for one in first]
        more = len(columns) - (but in columns) - len(shown)
        return ", ".join(shown) + (f" và {more} đơn vị khác" if more > 0 else "")


def past_outlier(look: Look) -> Iterator[tuple[int, Finding]]:
    """A figure far from all that the unit itself reported in earlier periods."""
    limits = look.limits.past
    if look.earlier.shape[-1] < limits.least:
        return
    usual = usual_in(log(look.earlier))
    usual = Usual(usual.centre[..., 0], usual.spread[..., 0], usual.count[..., 0])
    away = look.logs - usual.centre
    bound = beyond(usual, limits, look.is_steady, look.grain(away))
    odd = (np.abs(away) > bound) & (usual.count >= limits.least) & look.over_time
    for row, column in _strongest(look, away, odd):
        facts = _compared(look, row, column, float(away[row, column]), is_close=True)
        yield column, look.finding("past-outlier", row, column, **facts)


def jump(look: Look) -> Iterator[tuple[int, Finding]]:
    """A figure many times that of last period, or a fraction of it, where peers did not change alike.

    Where earlier periods say how it varies, and where a rule with PREV has already spoken, this is silent.
    """
    limits, change = look.limits.jump, look.logs - log(look.last)
    steady, alone = look.is_steady, np.log(limits.alone.of(look.is_steady))
    odd, grain = np.zeros(change.shape, dtype=bool), look.grain(change)
    for columns in look.groups:
        usual = usual_in(change[:, look.peers(columns, limits.least)])
        enough = usual.count >= limits.least
        away = change[:, columns] - np.where(enough, usual.centre, 0.0)
        odd[:, columns] = np.abs(away) >= np.where(enough, beyond(usual, limits, steady, grain[:, columns]), alone)
    if look.earlier.shape[-1] >= look.limits.past.least:
        odd &= (look.earlier > 0).sum(axis=-1) < look.limits.past.least
    odd &= (np.abs(change) >= np.log(limits.factor.of(steady))) & look.over_time & ~_judged_by_rules(look)
    for row, column in _strongest(look, change, odd):
        facts = _compared(look, row, column, float(change[row, column]), is_close=True)
        facts["usual"] = number_words(float(look.last[row, column]))
        yield column, look.finding("jump", row, column, **facts)


def peer_outlier(look: Look) -> Iterator[tuple[int, Finding]]:
    """A figure far from that of units of the same level and sector; amounts are compared at the same size.

    What does not go with size (one inspection a year, a mean) shows by spreading less as it is.
    """
    limits = look.limits.peers
    away = np.full(look.values.shape, np.nan)
    odd = np.zeros(look.values.shape, dtype=bool)
    by_size = np.where(look.is_sum, look.logs - look.size, np.nan)
    for columns in look.groups:
        peers = look.peers(columns, limits.least)
        plain, sized = usual_in(look.logs[:, peers]), usual_in(by_size[:, peers])
        goes_by_size = (sized.count >= limits.least) & (sized.spread < plain.spread)
        usual = either(goes_by_size, sized, plain)
        away[:, columns] = np.where(goes_by_size, by_size[:, columns], look.logs[:, columns]) - usual.centre
        bound = beyond(usual, limits, look.is_steady, look.grain(away)[:, columns])
        odd[:, columns] = (np.abs(away[:, columns]) > bound) & (usual.count >= limits.least)
    for row, column in _strongest(look, away, odd):
        yield column, look.finding("peer-outlier", row, column, **_compared(look, row, column, away[row, column]))


def _is_judged(figure: Figure) -> bool:
    """Whether a unit types it and it tells of the period: not computed, settled earlier or set by the State."""
    indicator = figure.indicator
    computed = figure.derived is not None or indicator.agg == "formula"
    return not computed and figure.measure not in CARRIED_OVER and indicator.kind != "ref" and indicator.type != "date"


def _is_sum(figure: Figure) -> bool:
    """Whether it counts something, so that a bigger unit has more of it."""
    return figure.indicator.type != "percent" and figure.indicator.agg in ("sum", "count", "none", "last")


def _row(figures: Mapping[str, float], refs: Sequence[str]) -> Numbers:
    return np.fromiter(map(figures.get, refs, repeat(np.nan)), dtype=float, count=len(refs))


def _strongest(look: Look, away: Numbers, odd: Truths) -> list[tuple[int, int]]:
    """(row, column) of what is odd by a difference that counts, the farthest first."""
    expected = look.values / np.exp(np.where(odd, away, 0.0))
    rows, columns = np.nonzero(odd & (np.abs(look.values - expected) >= look.floors))
    order = np.lexsort((rows, columns, -np.abs(away[rows, columns])))
    return [(int(rows[at]), int(columns[at])) for at in order]


def _compared(look: Look, row: int, column: int, away: float, is_close: bool = False) -> dict[str, str]:
    """What a figure was compared with, roughly: so an answer to the finding outlives the arrival of another report."""
    times, expected = float(np.exp(abs(away))), float(look.values[row, column] / np.exp(away))
    ten = float(np.power(10.0, round(abs(away) / np.log(10))))
    is_power = is_close and ten > 1 and abs(times / ten - 1) <= look.limits.amount.power_of_ten
    return {
        "usual": number_words(_rough(expected)),
        "way": "lớn hơn" if away > 0 else "nhỏ hơn",
        "times": number_words(_rough(times)),
        "hint": f" (chênh đúng khoảng {number_words(ten)} lần, có thể sai đơn vị tính)" if is_power else "",
    }


def _rough(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.1e}")


def _judged_by_rules(look: Look) -> Truths:
    """Where a rule that looks at last period is broken: it has said so already (shape: figures × reports)."""
    found = np.zeros(look.values.shape, dtype=bool)
    batch, rows = Batch(look.submissions), {ref: row for row, ref in enumerate(look.refs)}
    for one in look.view.checks:
        if not one.table and one.about in rows and "PREV" in words(one.node):
            found[rows[one.about]] |= judge(one.node, batch, one.rule.tolerated) == Verdict.BROKEN
    return found
