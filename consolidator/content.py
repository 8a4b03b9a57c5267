"""What goes into a workbook besides its form: what a person typed, and what its formulas are worth now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consolidator.booknames import SEALED_ON, SUBMISSION, UNSEALED, cover_inputs
from consolidator.checksheet import checksheet_values
from consolidator.facts import Batch
from consolidator.form import Form, LevelForm
from consolidator.formula import MORE, PREVIOUS
from consolidator.layout import Cell, Layout, Value
from consolidator.paper import two_cells
from consolidator.submission import ELAPSED, Submission, elapsed, empty_values
from consolidator.tabling import fixed_rows, table_entries, table_values
from consolidator.unit import Unit
from consolidator.verdict import serial
from consolidator.wording import DRAFT

WHOSE_FORMULA = '=meta.unit_name&" – "&meta.period_label'
"""Says on every sheet whose it is, so that a printed page is never anybody's."""


@dataclass(frozen=True)
class Content:
    """What goes into a workbook besides the form: cover facts, figures, and formulas where figures are totals.

    `totals` maps a Ref (or attribute) to the formula that makes it; such cells are locked. `ways` maps an
    indicator to the place behind its totals (`#...`).
    """

    submission: Submission
    cover: Mapping[str, Value]
    document: str = SUBMISSION
    totals: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    department: str = ""
    digests: str = ""
    lines_digest: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)

    def is_open(self, dept: str) -> bool:
        """Whether what belongs to a department may be typed into: in a department's part only its own."""
        return not self.department or self.department == dept


def blank_submission(view: LevelForm, unit: str = "", unit_name: str = "") -> Submission:
    """A submission of a unit with nothing in it but the rows that the form itself writes."""
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
    values, tables = empty_values(view), fixed_rows(view, unit, unit_name)
    submission = Submission(view, unit, unit_name, "", period.id, values, values.copy(), tables=tables, meta=meta)
    Batch([submission]).derive()
    return submission


def cover_of(unit: Unit, form: Form, typed: Mapping[str, float | str] | None = None) -> dict[str, Value]:
    """Facts of a unit's cover; `typed` are those that a person filled in."""
    cover: dict[str, Value] = {
        "meta.unit": unit.code,
        "meta.unit_name": unit.name,
        "meta.level_name": form.catalogue.levels[unit.level].name,
        "meta.parent": unit.parent,
        "meta.period_label": form.period.label,
        "meta.version": DRAFT,
        SEALED_ON: UNSEALED,
    }
    keys = cover_inputs(form)
    term = next((term for level, term in form.terms.items() if level == unit.level), None)
    given = {"meta.baseline_date": term.start if term else None, "meta.estimate_to": form.period.end}
    cover |= {key: day for key, day in given.items() if key in keys}
    return cover | {key: (typed or {})[key] for key in keys if key in (typed or {})}


def cached_values(plan: Layout, submission: Submission) -> dict[Cell, Value]:
    """Present values of all formulas of the form: derived figures and the check sheet."""
    found: dict[Cell, Value] = {}
    for figure in plan.view.derived:
        number = submission.value(figure.ref)
        found[plan.names[figure.ref]] = "" if number is None else number
    found[plan.names[ELAPSED]] = elapsed(submission.meta)
    return {**found, **table_values(plan, submission), **checksheet_values(plan, submission)}


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
        found[plan.names[f"n.{key}"]], found[plan.names[f"n.{key}{MORE}"]] = two_cells(text)
    found |= table_entries(plan, submission)
    found |= {plan.names[PREVIOUS + ref]: number for ref, number in submission.previous.items()}
    return found | {plan.names[key]: value for key, value in cover.items()}
