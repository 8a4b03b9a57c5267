"""What is odd about reports beside others and beside earlier ones: nothing is wrong for certain, all is worth a look.

`NOTICES` is the registry: a function a notice, which looks at the reports of one level and form and says what it finds.
Every number they go by stands in `rules/shared/notices.toml`.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consolidator.finding import Finding
from consolidator.folded import lengths
from consolidator.form import LevelForm
from consolidator.likeness import Names, copies, equal_rows, handed_down, other_than_zero, sentences_of
from consolidator.outliers import Look, Past, Thresholds, jump, past_outlier, peer_outlier
from consolidator.rulebook import thresholds
from consolidator.submission import Submission
from consolidator.unit import LEVELS, Roster
from consolidator.wording import number_words
from consolidator.workedout import worked_out

Notice = Callable[[Look], Iterator[tuple[int, Finding]]]
"""Yields column and finding, what stands out most first."""


def same_figures(look: Look) -> Iterator[tuple[int, Finding]]:
    """Reports of two or more units with the same figures throughout."""
    for group in equal_rows(look.values.T, look.limits.same.figures):
        count = str(other_than_zero(look.values[:, group[0]]).sum())
        for column in group:
            others = look.others(group, column)
            yield column, look.told("same-figures", "", column, others=others, count=count, values=others)


def same_as_last(look: Look) -> Iterator[tuple[int, Finding]]:
    """A report whose figures are all those of the period before, flows among them: these never repeat by chance."""
    is_same = (look.values == look.last) | (np.isnan(look.values) & np.isnan(look.last))
    is_flow = np.array([[one.indicator.kind == "flow"] for one in look.figures])
    given = other_than_zero(look.values)
    flows, count = (given & is_flow).sum(axis=0), given.sum(axis=0)
    for column in np.flatnonzero(is_same.all(axis=0) & (flows >= look.limits.same.figures)):
        facts = {"count": str(count[column]), "flows": str(flows[column])}
        yield int(column), look.told("same-as-last", "", int(column), **facts)


def same_narrative(look: Look) -> Iterator[tuple[int, Finding]]:
    """An answer that another unit gave too, but for names and figures; what most units write was handed down."""
    limits, memo = look.limits.text, dict[str, str]()
    # Letters only become fewer, so a text that is too short now need not be read.
    long = [
        {key for key, count in lengths(one.narratives).items() if count >= limits.least} for one in look.submissions
    ]
    if not any(long):
        return
    names = Names([one.name for one in look.roster.units.values()] + [one.unit_name for one in look.submissions])
    for narrative in look.view.answers:
        texts = [
            sentences_of(one.narratives[narrative.id], names, memo) if narrative.id in those else ()
            for one, those in zip(look.submissions, long, strict=True)
        ]
        common = handed_down(texts, limits.handed_down, limits.handed_down_least)
        own = [tuple(sentence for sentence in text if sentence not in common) for text in texts]
        for column, copy in copies(own, limits.least, limits.sentence, limits.share, limits.compared).items():
            facts = {"label": narrative.heading, "others": look.others(copy.where, column)}
            share = number_words(np.floor(copy.share * 100), 0)
            yield column, look.told("same-narrative", narrative.ref, column, share=share, **facts)


NOTICES: tuple[Notice, ...] = (past_outlier, jump, peer_outlier, same_figures, same_as_last, same_narrative)
"""Of several that concern one indicator the first speaks: a unit's own past knows it best, peers least."""


def notice(submissions: Sequence[Submission], roster: Roster, past: Past | None = None) -> list[list[Finding]]:
    """What is odd about the reports of a batch, one list a report, in the order given; levels may be mixed.

    `past` are earlier periods; last period's figures each report has by itself (`Submission.previous`).
    """
    found: list[list[Finding]] = [[] for _ in submissions]
    by_view: dict[LevelForm, list[int]] = defaultdict(list)
    for index in sorted(range(len(submissions)), key=lambda i: (submissions[i].unit, submissions[i].source.file)):
        by_view[submissions[index].view].append(index)
    for view, indexes in by_view.items():
        look = Look([submissions[i] for i in indexes], roster, past or {}, _limits(view))
        spoken: set[tuple[int, str]] = set()
        with np.errstate(all="ignore"):  # figures near the end of all numbers are odd, and NumPy need not say so
            noticed = [told for one in NOTICES for told in one(look)]
        for column, finding in noticed:
            ref = finding.place.ref
            about = (column, (ref if ref.startswith("n.") else ref.partition(".")[0]) or finding.code)
            if about not in spoken:
                spoken.add(about)
                found[indexes[column]].append(finding)
    return found


def _limits(view: LevelForm) -> Thresholds:
    """What the notices go by."""
    found: Thresholds = pickle.loads(_kept_limits(view))
    return found


@worked_out
def _kept_limits(view: LevelForm) -> bytes:
    """The same as it is kept with a form, whose key has the text of all rules: packed, for few need it."""
    return pickle.dumps(thresholds(Thresholds), protocol=5)


@dataclass(frozen=True, slots=True)
class Rate:
    """How complete and how punctual a level is.

    Attributes:
        expected: units of the level that stand under the parent.
        arrived: those whose report is there, itself or inside the summary of the unit above them.
        judged: those of them of which it is known whether they kept the deadline, and `on_time` those that did.
    """

    level: str
    expected: int
    arrived: int
    judged: int
    on_time: int

    @property
    def complete(self) -> float | None:
        """Share of units that reported; None where none had to."""
        return self.arrived / self.expected if self.expected else None

    @property
    def punctual(self) -> float | None:
        """Share of the reports known to be on time; None where of none it is known."""
        return self.on_time / self.judged if self.judged else None


def arrivals(children: Sequence[Submission]) -> set[str]:
    """Codes of units whose reports are there: the children's, and those inside the children's summaries."""
    return {child.unit for child in children} | {line.unit for child in children for line in child.lines}


def rates(
    roster: Roster, parent: str, arrived: Collection[str], punctual: Mapping[str, bool | None] | None = None
) -> list[Rate]:
    """Completeness and timeliness under a parent by level, from the base upward.

    Levels of its children count, and deeper ones of which any report is known. A unit outside the roster counts
    nowhere; `punctual` says of a unit whether its report kept the deadline (`checking.is_on_time`).
    """
    direct = {unit.code for unit in roster.children(parent)}
    below = [unit for unit in roster.below(parent) if unit.code != parent]
    deeper = {unit.level for unit in below if unit.code not in direct and unit.code in arrived}
    found = []
    for level in LEVELS:
        codes = [unit.code for unit in below if unit.level == level and (unit.code in direct or level in deeper)]
        if codes:
            there = [code for code in codes if code in arrived]
            known = [on_time for code in there if (on_time := (punctual or {}).get(code)) is not None]
            found.append(Rate(level, len(codes), len(there), len(known), sum(known)))
    return found
