"""What a unit writes against what it enters: figures of its narratives beside the indicators they speak of.

Precision first: a figure that cannot be tied to one indicator (`meaning`) is left alone, and so is every figure that
agrees with some measure of a row it may mean. Of a summary only what the parent itself wrote is looked at, and its own
part is as good an answer as the total.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from consolidator.countwords import ATTENDANCES, MONEY, PEOPLE, PERCENT
from consolidator.element import Figure, Narrative
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.meaning import Link, Row, kind_of, links_of
from consolidator.narrativefigures import Said, figures_of
from consolidator.submission import Submission
from consolidator.unit import LEVELS
from consolidator.wording import number_words, tell

PLAIN_SLIP, SLIP, ALIKE, OTHERWISE = (0.25, 0.0), (0.45, 0.2), (0.6, 0.34), (0.85, 0.6)
"""Shares of a label's weight that must be there, in all and beside the figure: for three or more digits in another
order where the narrative has one row of that unit; for a slip of the finger; for numbers of one size; for any two."""
ONLY_ROW = 0.25
"""How much less will do where the narrative has a single row of that unit, and few other rows have it."""
ALONE = 0.15
"""How much less, for numbers of one size, where no other row comes near the best."""
NOT_RESULTS = ("target", "baseline", "prev_term")
"""Measures that say nothing of the period: a text that has the target right may have the result wrong."""
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
        if text:
            found += _differences(submission, narrative, text)
    return found


def _differences(submission: Submission, narrative: Narrative, text: str) -> Iterator[Finding]:
    said = figures_of(text, submission.view.form.spellings)
    links = list(links_of(submission, narrative, text, said))
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


def _figures(view: LevelForm, row: Row, said: Said) -> list[Figure]:
    """A row's figures under all measures that count what the text counts: its amounts or its percentages."""
    refs = (f"{row.indicator.code}.{measure}" for measure in view.form.measures)
    found = [view.by_ref[ref] for ref in refs if ref in view.by_ref]
    return [figure for figure in found if (kind_of(figure.unit) == PERCENT) == (said.unit == PERCENT)]


def _agrees_with(submission: Submission, rows: Sequence[Row], said: Said, but: Sequence[str] = ()) -> bool:
    """Whether a figure is what any of the rows has, but for some measures: in all, as the unit's own part, or in the
    last period."""
    figures = [figure for row in rows for figure in _figures(submission.view, row, said)]
    refs = [figure.ref for figure in figures if figure.measure not in but]
    values = [value for ref in refs for value in (submission.value(ref), submission.own_value(ref))]
    values += [submission.previous.get(ref) for ref in refs]
    return any(value is not None and agrees(said, value) for value in values)


def _nearest(submission: Submission, row: Row, said: Said) -> tuple[Figure | None, float]:
    """The figure of a row that a text comes closest to, a slip before others; (None, NaN) where the row is blank."""
    given = ((figure, submission.value(figure.ref)) for figure in _figures(submission.view, row, said))
    values = [(figure, value) for figure, value in given if value is not None]
    return min(
        values, key=lambda one: (not is_slip(said.value, one[1]), abs(one[1] - said.value)), default=(None, math.nan)
    )


def agrees(said: Said, value: float) -> bool:
    """Whether a figure of a text can be this value, rounded as the text itself rounds it."""
    readings = [said.value, *([] if said.other is None else [said.other])]
    return any(_agrees(said, reading, value) for reading in readings)


def _agrees(said: Said, reading: float, value: float) -> bool:
    rounding = _rounding(said, reading, value) + 1e-9 * abs(reading)
    place = _leading(reading)
    match said.qualifier:
        case "range":
            return reading - rounding <= value <= (said.high or reading) + rounding
        case "over":
            return reading - rounding <= value <= reading + place
        case "under":
            return reading - place <= value <= reading + rounding
        case "about":
            return abs(value - reading) <= max(0.1 * abs(reading), place / 2)
    return abs(value - reading) <= rounding


def _rounding(said: Said, reading: float, value: float) -> float:
    """How far a value may be away from what is written: half of the last place, a mean's from the last digit that is
    no zero, and up to 2 % where two zeros at least say that the number is round."""
    if said.step != 1 or said.unit == PERCENT:
        return said.step / 2
    digits = f"{abs(reading):.0f}"
    zeros = len(digits) - len(digits.rstrip("0"))
    half = 10.0**zeros / 2
    if value != round(value):
        return half
    return min(half, abs(reading) / 50) if zeros > 1 else 0.0


def _leading(number: float) -> float:
    """The worth of a number's first digit: 1000 for 3000."""
    return 10.0 ** math.floor(math.log10(abs(number))) if number else 1.0


def _sure(link: Link, value: float) -> bool:
    """Whether to speak: the more two numbers look like a slip of each other, the less of the label must be there."""
    said = link.said.value
    if not link.listed:
        return link.reaches(*OTHERWISE)
    slip, alike = is_slip(said, value), min(said, value) > 0 and 0.5 <= said / value <= 2
    if link.only and len(_significant(said)) > 2 and sorted(_significant(said)) == sorted(_significant(value)):
        return link.reaches(*PLAIN_SLIP)
    share, near = SLIP if slip else ALIKE if alike else OTHERWISE
    less = 0.0
    if (slip or alike) and link.only and link.said.unit not in _COMMON:
        less = ONLY_ROW
    elif alike and not slip and len(link.rows) == 1:
        less = ALONE
    return link.reaches(share - less, near - less)


def _significant(number: float) -> str:
    """The digits of a number without zeros at its end."""
    return f"{abs(number):.10g}".replace(".", "").rstrip("0")


def is_slip(said: float, value: float) -> bool:
    """Whether one number may be a typist's slip of the other.

    The same digits in another order, one digit wrong, missing or too many (of three at least), or zeros left out.
    """
    one, two = f"{abs(said):.10g}", f"{abs(value):.10g}"
    if "0" in (one, two):
        return False
    if sorted(_significant(said)) == sorted(_significant(value)):
        return True
    short, long = sorted((one, two), key=len)
    if len(short) == len(long):
        return len(long) > 2 and sum(a != b for a, b in zip(one, two, strict=True)) == 1
    return len(long) == len(short) + 1 > 2 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
