"""What the parent itself contributes: its own file, and what it typed into the summary of an earlier run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from consolidator.checking import SHOWN_TEXT
from consolidator.content import blank_submission
from consolidator.finding import Finding, Place
from consolidator.form import Form
from consolidator.isolation import read_all
from consolidator.layout import cover_inputs
from consolidator.outcome import FileOutcome
from consolidator.submission import Submission
from consolidator.tabling import own_rows
from consolidator.unit import Unit
from consolidator.wording import number_words, tell

_NOT_TAKEN = frozenset({"not-a-number", "error-value", "figure-not-a-date", "not-a-date"})
"""What a parent typed into its summary that is no figure: told, since the next summary is without it."""


@dataclass(frozen=True)
class Before:
    """The summary of an earlier run and what was found in it."""

    submission: Submission
    findings: list[Finding]


def own_part(
    parent: Unit, form: Form, files: Iterable[FileOutcome], before: Before | None
) -> tuple[Submission, list[Finding]]:
    """The parent's own submission; over its own file in the folder, what it typed in the summary has the last word."""
    own = blank_submission(form.at(parent.level), parent.code, parent.name)
    own.parent = parent.parent
    own.meta = {**own.meta, "meta.unit_name": parent.name, "meta.unit": parent.code}
    for file in files:
        if file.status == "accepted" and file.unit == parent.code and file.submission is not None:
            own = replace(file.submission, lines=())
    if before is None:
        return own, []
    own, findings = overlaid(own, before.submission)
    return own, findings + [finding for finding in before.findings if finding.code in _NOT_TAKEN]


def summary_before(path: Path, parent: Unit, form: Form) -> Before | None:
    """The summary of an earlier run at a path; None if nothing is there.

    Raises ValueError if what is there is something else, which must not be written over.
    """
    if not path.exists():
        return None
    (file,) = read_all([(path, path.name)])
    before = file.submission
    if before is None or not before.is_summary or before.unit != parent.code or before.view.form is not form:
        raise ValueError(path)
    return Before(before, file.findings)


def overlaid(own: Submission, before: Submission) -> tuple[Submission, list[Finding]]:
    """What the parent typed into the summary stays; where its own file says otherwise both are told."""
    findings: list[Finding] = []

    def say(ref: str, label: str, kept: str, typed: str) -> None:
        findings.append(tell("own-conflict", Place(ref=ref), own.unit, label=label, kept=kept, typed=typed))

    values = own.values.copy()
    for position, figure in enumerate(own.view.figures):
        kept, given = before.own[position], values[position]
        if figure.derived is not None or np.isnan(kept):
            continue
        if not np.isnan(given) and given != kept:
            say(figure.ref, figure.indicator.label, number_words(kept), number_words(given))
        values[position] = kept
    for narrative in own.view.answers:
        text, other = before.narratives.get(narrative.id), own.narratives.get(narrative.id)
        if text and other and text.split() != other.split():
            say(narrative.ref, narrative.heading, f"{text[:SHOWN_TEXT]}…", f"{other[:SHOWN_TEXT]}…")
    tables = {**own.tables}
    for table in own.view.tables:
        if rows := own_rows(before, table):
            tables[table.id] = rows
    notes = {name: text for name, text in before.attributes.items() if name.endswith(".note")}
    typed = set(cover_inputs(own.view.form))
    cover = {key: before.meta[key] for key in typed if key in before.meta}
    return replace(
        own,
        values=values,
        narratives={**own.narratives, **before.narratives},
        tables=tables,
        previous={**before.previous, **own.previous},
        attributes={**own.attributes, **notes},
        meta={**own.meta, **cover},
    ), findings
