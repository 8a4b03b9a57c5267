"""Which figures of a summary its pages of results show: chosen by a rule over the form, the same for every form.

Shown is what is given: by the indicators' tier, then in the order of the form. No list of names anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from consolidator.element import Figure, Narrative
from consolidator.expression import refs
from consolidator.form import LevelForm
from consolidator.layout import layout_of
from consolidator.submission import Submission

MOST = 10
"""Figures of a chart."""
MOST_RATES = 10
"""Rates of the units side by side."""
_SUMS, _OF_RATES = ("sum", "count"), ("actual", "pct_target")


@dataclass(frozen=True)
class Attained:
    """A target, what was done of it, the share in per cent, and the share foreseen (`estimate`), as Refs; "" for none.

    `baseline` is the figure at the start of the term, of stocks only: what grows from there.
    """

    figure: Figure
    done: str
    target: str
    share: str
    estimate: str
    baseline: str

    @property
    def is_flow(self) -> bool:
        """Whether it adds up over time, so that twice the time gives twice as much."""
        return self.figure.indicator.kind == "flow"


@dataclass(frozen=True)
class Compared:
    """A figure, and its like at the start of the term or in the term before ("" where the form asks for none)."""

    figure: Figure
    base: str


_One = TypeVar("_One", Attained, Compared)


def attained(summary: Submission) -> list[Attained]:
    """Figures with a target that was given, in the order of the form."""
    view = summary.view
    found = []
    for figure in view.figures:
        if figure.measure == "pct_target" and figure.derived is not None:
            code = figure.indicator.code
            done, target = (one.name for one in refs(figure.derived))
            stock = figure.indicator.kind != "flow"
            more = (_known(view, f"{code}.pct_estimate"), _known(view, f"{code}.baseline") if stock else "")
            if summary.value(target) is not None:
                found.append(Attained(figure, done, target, figure.ref, *more))
    return _foremost(found)


def compared(summary: Submission) -> list[Compared]:
    """Figures that have something to be compared with: the start of the term, the term before, the last period."""
    view, found = summary.view, []
    for figure in view.figures:
        if figure.measure == "actual" and figure.derived is None and figure.indicator.agg in _SUMS:
            earlier = "prev_term" if figure.indicator.kind == "flow" else "baseline"
            base = _known(view, f"{figure.indicator.code}.{earlier}")
            base = base or _known(view, f"{figure.indicator.code}.baseline")
            known = (bool(base) and summary.value(base) is not None) or figure.ref in summary.previous
            if known and summary.value(figure.ref) is not None:
                found.append(Compared(figure, base))
    return _foremost(found)


def rates(summary: Submission) -> list[Figure]:
    """Rates by which units can be put side by side whatever their size: those that most units have come first."""
    view = summary.view
    columns = np.array([line.values for line in summary.lines]).reshape(len(summary.lines), -1)
    given = (~np.isnan(columns)).sum(axis=0)
    found = [
        figure
        for figure, count in zip(view.figures, given, strict=False)
        if count and figure.measure in _OF_RATES and figure.unit == "%" and figure.derived is not None
    ]
    found.sort(key=lambda figure: (-given[view.position[figure.ref]], figure.indicator.tier))
    return found[:MOST_RATES]


def parts_asked(view: LevelForm) -> dict[str, list[Narrative]]:
    """Answers by the sheet they stand on, without sheets that are only read."""
    asked = {
        one.sheet: [narrative for narrative, _ in one.rows if narrative.kind == "answer"]
        for one in layout_of(view).narrative_sheets
    }
    return {sheet: answers for sheet, answers in asked.items() if answers}


def _foremost(found: list[_One]) -> list[_One]:
    """Those of the first tiers, in their order."""
    chosen = sorted(range(len(found)), key=lambda place: found[place].figure.indicator.tier)[:MOST]
    return [found[place] for place in sorted(chosen)]


def _known(view: LevelForm, ref: str) -> str:
    return ref if ref in view.by_ref else ""
