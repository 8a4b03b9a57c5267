"""Parts of a parent's figures, made apart and put together in any order: what merging comes to when nobody holds all.

Every way of merging is associative here, to the last digit: sums are exact until the end, means are kept as what they
are made of, and of words that count alone it is enough to know whether there are two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from consolidator.exactly import exact, rounded
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.merging import Parts, Totals, add_up
from consolidator.submission import NO_SOURCE, Line, Submission, empty_values
from consolidator.verdict import Numbers
from consolidator.wording import tell

_ENOUGH = 1_000
"""Means without a weight that are told one by one; of more than that only so many."""


@dataclass
class Partial:
    """What some lines come to, by Ref.

    Attributes:
        given: how many lines have the figure.
        sums: exact sums (`exactly`); for weighted means of value times weight, with `weights` for the weights.
        ends: the lowest or highest value.
        words: values of a figure whose last word counts; two are as good as many.
        dates: the oldest date by attribute; `qualifiers` the first unit's word by attribute, with that unit.
        on_time: how many lines kept the deadline, `undated` of how many nobody knows.
        counts: units, figures, narratives and rows of tables, for the ledger.
    """

    given: Counter[str] = field(default_factory=Counter)
    sums: dict[str, int] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    words: dict[str, set[float]] = field(default_factory=dict)
    dates: dict[str, float] = field(default_factory=dict)
    qualifiers: dict[str, tuple[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    on_time: int = 0
    undated: int = 0
    counts: Counter[str] = field(default_factory=Counter)


def partial_of(view: LevelForm, lines: Sequence[Line]) -> Partial:
    """What lines come to, in a parent's view."""
    found = Partial(counts=Counter(units=len(lines)))
    if not lines:
        return found
    alone = add_up(Parts(view, empty_values(view), {}, lines))
    found.findings = [one for one in alone.findings if one.code == "weight-missing"]
    found.given = Counter({ref: count for ref, count in alone.reported.items() if count})
    children = np.array([line.values for line in lines])
    found.counts["figures"] = int(np.count_nonzero(~np.isnan(children[:, _entered(view)])))
    for ref in found.given:
        figure, position = view.by_ref[ref], view.position[ref]
        column = children[:, position]
        given = column[~np.isnan(column)]
        match figure.merges:
            case "sum":
                found.sums[ref] = exact(given)
            case "weighted_mean":
                weights = np.array([line.weights.get(ref, np.nan) for line in lines])
                both = ~np.isnan(column) & ~np.isnan(weights)
                found.sums[ref], found.weights[ref] = exact(column[both] * weights[both]), exact(weights[both])
            case "min" | "max":
                found.ends[ref] = float(alone.values[position])
            case "last":
                found.words[ref] = set(np.unique(given)[:2].tolist())
    _note_attributes(found, view, lines)
    return found


def combined(parts: Iterable[Partial], view: LevelForm) -> Partial:
    """What parts come to together, in whatever order they are given."""
    found = Partial()
    for part in parts:
        found.given += part.given
        found.counts += part.counts
        found.on_time, found.undated = found.on_time + part.on_time, found.undated + part.undated
        for mine, theirs in ((found.sums, part.sums), (found.weights, part.weights)):
            for ref, total in theirs.items():
                mine[ref] = mine.get(ref, 0) + total
        for ref, end in part.ends.items():
            pick = min if view.by_ref[ref].merges == "min" else max
            found.ends[ref] = pick(end, found.ends.get(ref, end))
        for ref, words in part.words.items():
            found.words[ref] = set(sorted(found.words.get(ref, set()) | words)[:2])
        for name, day in part.dates.items():
            found.dates[name] = min(day, found.dates.get(name, day))
        for name, said in part.qualifiers.items():
            found.qualifiers[name] = min(said, found.qualifiers.get(name, said))
        found.findings = sorted([*found.findings, *part.findings], key=lambda one: (one.unit, one.place.ref))[:_ENOUGH]
    return found


def totals_of(view: LevelForm, own: Numbers, own_weights: Mapping[str, float], part: Partial) -> Totals:
    """Totals of a parent: its own figures and what its children come to, as `merging.add_up` of the lines."""
    values, weights, findings = empty_values(view), dict[str, float](), list(part.findings)
    mine = partial_of(view, [Line("", "", NO_SOURCE, own, own_weights)])
    both = combined([part, mine], view)
    for figure in view.figures:
        ref, position = figure.ref, view.position[figure.ref]
        match figure.merges:
            case "sum" if ref in both.sums:
                values[position] = rounded(both.sums[ref])
            case "min" | "max" if ref in both.ends:
                values[position] = both.ends[ref]
            case "weighted_mean":
                weight = rounded(both.weights.get(ref, 0))
                values[position] = rounded(both.sums[ref]) / weight if weight else np.nan
                weights[ref] = weight
                findings += [one.at("", "") for one in mine.findings if one.place.ref == ref]
            case "last":
                words = part.words.get(ref, set())
                said = words if np.isnan(own[position]) else {float(own[position])}
                values[position] = next(iter(said)) if len(said) == 1 else np.nan
                if len(said) > 1:
                    findings.append(tell("last-undecided", Place(ref=ref), label=figure.indicator.label))
            case "none":
                values[position] = own[position]
    return Totals(values, weights, {figure.ref: part.given[figure.ref] for figure in view.figures}, findings)


def attributes_of(own: Submission, part: Partial) -> dict[str, float | str]:
    """Attributes of a summary, as `merging.merge` makes them of its children's."""
    found: dict[str, float | str] = {name: word for name, (_, word) in part.qualifiers.items()} | part.dates
    for name, value in own.attributes.items():
        day = part.dates.get(name)
        found[name] = min(value, day) if isinstance(value, float) and day is not None else value
    return found


def _note_attributes(found: Partial, view: LevelForm, lines: Sequence[Line]) -> None:
    indicators = view.form.indicators
    for line in lines:
        for name, value in line.attributes.items():
            code, _, key = name.partition(".")
            if indicators[code].agg == "none":
                continue
            if key == "as_of" and isinstance(value, float):
                found.dates[name] = min(value, found.dates.get(name, value))
            elif key == "qualifier":
                said = (line.unit, str(value))
                found.qualifiers[name] = min(said, found.qualifiers.get(name, said))


def _entered(view: LevelForm) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([figure.derived is None for figure in view.figures])
