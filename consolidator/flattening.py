"""Adds up the top of a tree straight from the base, to hold it against the summary that went through all levels.

The base: every report that was merged at some level, and every level's own part. All of them are merged once, and
what is derived is computed again. The two must be equal; where they are not, the mistake is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from consolidator.checking import surroundings
from consolidator.expression import NOISE, is_same
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.merging import Parts, add_up, line_of, weights_of
from consolidator.recursing import Level, TreeOutcome
from consolidator.submission import Line, Submission
from consolidator.verdict import Numbers


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of the top that comes out differently: by way of the levels, and straight from the base.

    None is a blank.
    """

    ref: str
    label: str
    by_levels: float | None
    from_base: float | None


@dataclass(frozen=True)
class Part:
    """A unit's own figures in the order of the top's view, and the units it is made of."""

    own: Line
    below: tuple[Part, ...] = ()

    def walk(self) -> Iterator[Line]:
        """Every own part in it, its own first."""
        yield self.own
        for part in self.below:
            yield from part.walk()


def flat_check(tree: TreeOutcome) -> list[Difference]:
    """Where the top's summary is not what the base comes to; nothing where all is well."""
    summary = tree.top.summary
    assert summary is not None
    flat = flat_summary(tree)
    differences = []
    for figure in summary.view.figures:
        pair = summary.value(figure.ref), flat.value(figure.ref)
        if not is_same(*pair):
            differences.append(Difference(figure.ref, figure.indicator.label, *pair))
    return differences


def flat_summary(tree: TreeOutcome) -> Submission:
    """The top's summary as it comes straight from the base; the top must hold its files, and be no audit."""
    outcome = tree.top
    summary = outcome.summary
    assert summary is not None
    view, top = summary.view, _of_level(tree.root, summary.view)
    lines = [line for part in top.below for line in part.walk()]
    totals = add_up(Parts(view, summary.own, weights_of(summary, summary.own), lines))
    for position, figure in enumerate(view.figures):
        if figure.merges == "last":  # the nearest word counts, which is a question about the tree
            totals.values[position] = _word_of(top, position)
    flat = replace(
        summary,
        values=_without_noise(totals.values, summary.values),
        weights=totals.weights,
        reported=totals.reported,
        lines=lines,
    )
    children = [file.submission for file in outcome.merged if file.submission is not None]
    Batch([flat], [surroundings(flat, outcome.roster, children, len(outcome.expected))]).derive()
    return flat


def _of_level(level: Level, view: LevelForm) -> Part:
    """What a level is made of: its own part, its files, and the levels below whose summaries it took in.

    Of a level that holds no files, for they are too many, its summary is as deep as it tells.
    """
    outcome = level.outcome
    assert outcome is not None and outcome.summary is not None
    if outcome.data:
        return _of_file(outcome.summary, view)
    ran = {Path(one.outcome.summary_file).resolve(): one for one in level.below if one.outcome is not None}
    below = []
    for file in outcome.merged:
        at, submission = ran.get(Path(file.path).resolve()), file.submission
        assert submission is not None
        below.append(_of_level(at, view) if at else _of_file(submission, view))
    return Part(_own_of(outcome.summary, view), tuple(below))


def _of_file(submission: Submission, view: LevelForm) -> Part:
    """What a file is made of: a unit's report of itself; a summary of its rows too, which is as deep as it tells."""
    if not submission.is_summary:
        return Part(line_of(submission, view))
    rows = (
        replace(submission, unit=row.unit, unit_name=row.name, values=row.values, weights=row.weights)
        for row in submission.lines
    )
    return Part(_own_of(submission, view), tuple(Part(line_of(row, view)) for row in rows))


def _own_of(summary: Submission, view: LevelForm) -> Line:
    return line_of(replace(summary, values=summary.own, weights=weights_of(summary, summary.own)), view)


def _word_of(part: Part, position: int) -> float:
    """A unit's own word; else the one that all below it agree on; else nobody's (NaN)."""
    own = float(part.own.values[position])
    if not np.isnan(own):
        return own
    given = {word for one in part.below if not np.isnan(word := _word_of(one, position))}
    return given.pop() if len(given) == 1 else float("nan")


def _without_noise(flat: Numbers, summed: Numbers) -> Numbers:
    """The flat figures, but the summed one where only the order of adding tells them apart.

    Else what is derived by rounding could come out on two sides of a half.
    """
    return np.where(np.isclose(flat, summed, rtol=NOISE, atol=NOISE), summed, flat)
