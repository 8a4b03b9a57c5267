"""What a unit writes against what it enters: figures of its narratives beside the indicators they speak of.

Precision first: a figure that cannot be tied to one indicator (`meaning`) is left alone, and so is every figure that
agrees with some measure of a row it may mean. Of a summary only what the parent itself wrote is looked at, and its own
part is as good an answer as the total.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from consolidator.agreeing import agrees, is_slip, significant
from consolidator.countwords import ATTENDANCES, MONEY, PEOPLE, PERCENT
from consolidator.element import Figure, Narrative
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.labelwords import HEADING, JOINED, OF_TARGET, Row, kind_of, shelves, words_of
from consolidator.meaning import Link, links_of
from consolidator.narrativefigures import Said, bare_figures, in_words
from consolidator.submission import Submission
from consolidator.unit import LEVELS
from consolidator.wording import number_words, tell
from consolidator.workedout import worked_out

PLAIN_SLIP, SLIP, ALIKE, OTHERWISE = (0.25, 0.0), (0.45, 0.2), (0.6, 0.34), (0.85, 0.6)
"""Shares of a label's weight that must be there, in all and beside the figure: for three or more digits in another
order where the narrative has one row of that unit; for a slip of the finger; for numbers of one size; for any two."""
ONLY_ROW = 0.25
"""How much less will do where the narrative has a single row of that unit, and few other rows have it."""
ALONE = 0.15
"""How much less, for numbers of one size, where no other row comes near the best."""
NOT_RESULTS = ("target", "baseline", "prev_term")
"""Measures that say nothing of the period: a text that has the target right may have the result wrong."""
_DIGIT = re.compile("[0-9]")
_DUST = 1e-6
"""More than what rounding of shares can do."""
_COMMON = frozenset((MONEY, PERCENT, PEOPLE, ATTENDANCES, "CĐCS", "đơn vị", "doanh nghiệp", "cuộc", "ngày"))
"""Units that so many things are counted in that the unit tells nothing of the row."""


def narrative_findings(submission: Submission) -> list[Finding]:
    """What the unit's own narratives say otherwise than its figures: at most one finding a narrative and row.

    A parent's own part, not yet merged, says nothing: its narratives may well speak of the totals.
    """
    view, found = submission.view, list[Finding]()
    if not submission.is_summary and view.level != min(view.form.levels, key=LEVELS.index):
        return found
    for narrative in view.answers:
        text = submission.narratives.get(narrative.id, "")
        if asked := _asked(view, narrative, text):
            found += _differences(submission, narrative, text, asked)
    return found


def _differences(submission: Submission, narrative: Narrative, text: str, asked: Asked) -> Iterator[Finding]:
    cited = submission.view.form.spellings
    bare = bare_figures(text, cited)
    if not any(_is_doubtful(submission, one, asked) for one in bare):
        return
    said = in_words(text, bare, cited)
    links = list(links_of(submission, narrative, text, said, asked.keys()))
    sure = (link for link in links if link.reaches(*ALIKE))
    told = {link.key for link in sure if _agrees_with(submission, link.rows[:1], link.said, NOT_RESULTS)}
    for link in sorted(links, key=lambda one: -one.share):
        row = link.rows[0]
        if link.key in told or _agrees_with(submission, link.rows, link.said):
            continue  # where one figure of a text bears a row out, another of that row is a part or a repetition
        figure, value = _nearest(submission, row, link.said)
        if figure is not None and _sure(link, value):
            told.add(link.key)
            yield _finding(submission, narrative, link.said, figure, value)


@dataclass(frozen=True)
class _Askable:
    """A row that a narrative may contradict.

    Attributes:
        words: of its label, heaviest first, with the shares that are lost where a text lacks one: of the whole, and of
            what stands beside the figure. They are looked for within others too, for what stands beside a figure may
            begin within a word; those that `words_of` joins are written in several ways and not looked for.
        most: the shares that a text with all its words has.
        least: the shares that `_sure` asks for at least.
        units: what a figure may count that means it; "" for a figure without a unit we know.
        listed, only: as `Link` has them, at most.
    """

    row: Row
    words: tuple[tuple[str, float, float], ...]
    most: tuple[float, float]
    least: tuple[float, float]
    units: frozenset[str]
    listed: bool
    only: bool


Asked = dict[str, list[tuple[_Askable, float, float]]]
"""By code, rows that a text has enough words of, with the most of their labels that it can have."""


def _asked(view: LevelForm, narrative: Narrative, text: str) -> Asked:
    """Rows that a text may contradict; most narratives have none, and need not be read closer."""
    found: Asked = {}
    if not _DIGIT.search(text):
        return found
    small = text.lower()
    for word, some in _askable(view, narrative.indicators, narrative.heading if narrative.indicators else ""):
        if word in small:
            for one in some:
                if most := _most(one, small):
                    found.setdefault(one.row.indicator.code, []).append((one, *most))
    return found


def _most(one: _Askable, small: str) -> tuple[float, float] | None:
    """The most of a row's label that a text can have; None where that is too little in any case."""
    (share, near), (least, beside) = one.most, one.least
    for word, less, less_near in one.words:
        if word not in small:
            share, near = share - less, near - less_near
            if share < least or near < beside:
                return None
    return share, near


def _is_doubtful(submission: Submission, said: Said, asked: Asked) -> bool:
    """Whether a figure can contradict any of the rows, whatever stands around it."""
    if math.isnan(said.value):
        return False
    unit = said.unit if said.known else MONEY if said.step >= 1000 else ""
    for some in asked.values():
        for one, share, near in some:
            if unit in one.units and not _agrees_with(submission, (one.row,), said):
                figure, value = _nearest(submission, one.row, said)
                if figure is not None:
                    least = _wanted(said, value, one.listed, one.only and said.known, is_alone=True)
                    if share >= least[0] and near >= least[1]:
                        return True
    return False


@worked_out
def _askable(view: LevelForm, codes: tuple[str, ...], heading: str) -> list[tuple[str, list[_Askable]]]:
    """Rows that a narrative may be found to contradict, some under two units: its own, where it has any.

    They stand under the word that each cannot do without, "" if there is none.
    """
    headed = words_of(heading)
    found: dict[str, list[_Askable]] = {}
    for unit, shelf in shelves(view).items():
        own = [row for row in shelf.rows if row.indicator.code in codes]
        for row in own or (() if codes else shelf.rows):
            one = _askable_row(row, unit, headed if own else frozenset(), len(own))
            if one.most[0] >= one.least[0]:
                word, less, _ = one.words[0] if one.words else ("", 0.0, 0.0)
                found.setdefault(word if one.most[0] - less < one.least[0] else "", []).append(one)
    return list(found.items())


def _askable_row(row: Row, unit: str, headed: Set[str], own: int) -> _Askable:
    """A row of a narrative that has `own` rows of a unit, 0 if it asks for none at all."""
    kept = {word: HEADING for word, _ in row.weights if word in headed}
    sought = [(word, weight / row.total) for word, weight in row.weights if word not in JOINED]
    lost = [(word, weight * (1 - kept.get(word, 0.0)), weight) for word, weight in sought]
    most = sum(weight for _, weight in row.weights) / row.total + _DUST
    units = {PERCENT} if unit == OF_TARGET else {unit} if unit in (MONEY, PERCENT) else {unit, ""}
    words = tuple(sorted(lost, key=lambda one: -one[1]))
    return _Askable(row, words, (most, most), _least(unit, own), frozenset(units), own > 0, own == 1)


def _least(unit: str, own: int) -> tuple[float, float]:
    """The least of what `_wanted` asks for where a narrative has so many rows of a unit."""
    if own == 0:
        return OTHERWISE
    if own > 1:
        return SLIP[0], ALIKE[1] - ALONE
    return PLAIN_SLIP if unit in (*_COMMON, OF_TARGET) else (SLIP[0] - ONLY_ROW, SLIP[1] - ONLY_ROW)


def _finding(submission: Submission, narrative: Narrative, said: Said, figure: Figure, value: float) -> Finding:
    sheet, cell = submission.place(narrative.ref)
    there = submission.place(figure.ref)
    return tell(
        "narrative-differs",
        Place(submission.source.file, sheet, cell, narrative.ref),
        submission.unit,
        label=narrative.heading,
        quote=said.quote,
        said=_words_of(said),
        figure=submission.view.label_of(figure),
        where="!".join(there) if there[1] else figure.ref,
        value=number_words(value),
    )


def _words_of(said: Said) -> str:
    """A figure of a text as findings show it, e.g. `4.000.000–5.000.000 đồng`."""
    ends = number_words(said.value) + (f"–{number_words(said.high)}" if said.high is not None else "")
    return f"{ends} {said.unit}".strip()


@lru_cache(maxsize=8192)
def _figures(view: LevelForm, row: Row, percent: bool) -> tuple[tuple[Figure, int], ...]:
    """A row's figures, with their places, under all measures that count what the text counts: its amounts or its
    percentages."""
    refs = (f"{row.indicator.code}.{measure}" for measure in view.form.measures)
    found = [view.by_ref[ref] for ref in refs if ref in view.by_ref]
    return tuple((one, view.position[one.ref]) for one in found if (kind_of(one.unit) == PERCENT) == percent)


def _agrees_with(submission: Submission, rows: Sequence[Row], said: Said, but: Sequence[str] = ()) -> bool:
    """Whether a figure is what any of the rows has, but for some measures: in all, as the unit's own part, or in the
    last period."""
    values, own = submission.values, submission.own
    for row in rows:
        for figure, at in _figures(submission.view, row, said.unit == PERCENT):
            if figure.measure not in but:
                value, mine, last = float(values[at]), float(own[at]), submission.previous.get(figure.ref)
                if agrees(said, value) or (mine != value and agrees(said, mine)):
                    return True
                if last is not None and agrees(said, last):
                    return True
    return False


def _nearest(submission: Submission, row: Row, said: Said) -> tuple[Figure | None, float]:
    """The figure of a row that a text comes closest to, a slip before others; (None, NaN) where the row is blank."""
    given = (
        (figure, float(submission.values[at])) for figure, at in _figures(submission.view, row, said.unit == PERCENT)
    )
    values = [(figure, value) for figure, value in given if not math.isnan(value)]
    return min(
        values, key=lambda one: (not is_slip(said.value, one[1]), abs(one[1] - said.value)), default=(None, math.nan)
    )


def _sure(link: Link, value: float) -> bool:
    """Whether to speak."""
    return link.reaches(*_wanted(link.said, value, link.listed, link.only, len(link.rows) == 1))


def _wanted(said: Said, value: float, listed: bool, only: bool, is_alone: bool) -> tuple[float, float]:
    """The more two numbers look like a slip of each other, the less of the label must be there: in all, and beside."""
    if not listed:
        return OTHERWISE
    slip, alike = is_slip(said.value, value), min(said.value, value) > 0 and 0.5 <= said.value / value <= 2
    digits = significant(said.value)
    if only and len(digits) > 2 and sorted(digits) == sorted(significant(value)):
        return PLAIN_SLIP
    share, near = SLIP if slip else ALIKE if alike else OTHERWISE
    less = 0.0
    if (slip or alike) and only and said.unit not in _COMMON:
        less = ONLY_ROW
    elif alike and not slip and is_alone:
        less = ALONE
    return share - less, near - less
