"""What goes into a workbook besides its form: what a person typed, and what its formulas are worth now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consolidator.checksheet import checksheet_values
from consolidator.form import LevelForm
from consolidator.formula import MORE, PREVIOUS
from consolidator.layout import Cell, Layout, Value
from consolidator.pen import ANSWER_LINE, pieces
from consolidator.submission import Batch, Submission, empty_values
from consolidator.tabling import table_entries, table_values
from consolidator.verdict import serial
from consolidator.wording import DRAFT

SUBMISSION, SUMMARY = "submission", "summary"
ELAPSED = "meta.elapsed"
ELAPSED_FORMULA = (
    '=IFERROR(IF(COUNT(meta.as_of,meta.term_start,meta.term_end)<3,"",'
    '(meta.as_of-meta.term_start)/(meta.term_end-meta.term_start)),"")'
)
"""Share of the congress term that has passed at the date of the figures."""
WHOSE_FORMULA = '=meta.unit_name&" – "&meta.period_label'
"""Says on every sheet whose it is, so that a printed page is never anybody's."""


@dataclass(frozen=True)
class Content:
    """What goes into a workbook besides the form: cover facts, figures, and formulas where figures are totals.

    `totals` maps a Ref (or attribute) to the formula that makes it; such cells are locked.
    """

    submission: Submission
    cover: Mapping[str, Value]
    document: str = SUBMISSION
    totals: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


def blank_submission(view: LevelForm) -> Submission:
    """A submission with nothing in it."""
    period = view.form.period
    meta: dict[str, float | str] = {
        "meta.level": view.level,
        "meta.version": DRAFT,
        "meta.period_start": serial(period.start),
        "meta.period_end": serial(period.end),
    }
    term = view.form.terms.get(view.level)
    if term:
        meta |= {"meta.term_start": serial(term.start), "meta.term_end": serial(term.end)}
    deadline = view.form.deadlines.get(view.level)
    if deadline:
        meta["meta.deadline"] = serial(deadline)
    submission = Submission(view, "", "", "", period.id, empty_values(view), empty_values(view), meta=meta)
    Batch([submission]).derive()
    return submission


def cached_values(plan: Layout, submission: Submission) -> dict[Cell, Value]:
    """Present values of all formulas of the form: derived figures and the check sheet."""
    found: dict[Cell, Value] = {}
    for figure in plan.view.derived:
        number = submission.value(figure.ref)
        found[plan.names[figure.ref]] = "" if number is None else number
    found[plan.names[ELAPSED]] = elapsed(submission.meta)
    return {**found, **table_values(plan, submission), **checksheet_values(plan, submission)}


def elapsed(meta: Mapping[str, float | str]) -> float | str:
    """What `ELAPSED_FORMULA` comes to; "" where a date is missing."""
    as_of, start, end = (meta.get(f"meta.{key}") for key in ("as_of", "term_start", "term_end"))
    if not (isinstance(as_of, float) and isinstance(start, float) and isinstance(end, float)) or end == start:
        return ""
    return (as_of - start) / (end - start)


def whose_words(cover: Mapping[str, Value]) -> str:
    """What `WHOSE_FORMULA` comes to."""
    return f"{cover.get('meta.unit_name') or ''} – {cover.get('meta.period_label') or ''}"


def entered_values(plan: Layout, submission: Submission, cover: Mapping[str, Value]) -> dict[Cell, Value]:
    """What a person types: input figures, attributes, narratives, cover."""
    found: dict[Cell, Value] = {}
    for figure in plan.view.figures:
        if figure.derived is None:
            found[plan.names[figure.ref]] = submission.texts.get(figure.ref, submission.value(figure.ref))
    for name, value in submission.attributes.items():
        found[plan.names[name]] = value
    for key, text in submission.narratives.items():
        first, *rest = pieces(text, ANSWER_LINE)
        found[plan.names[f"n.{key}"]] = first
        found[plan.names[f"n.{key}{MORE}"]] = "\n".join(rest)
    found |= table_entries(plan, submission)
    found |= {plan.names[PREVIOUS + ref]: number for ref, number in submission.previous.items()}
    return found | {plan.names[key]: value for key, value in cover.items()}
