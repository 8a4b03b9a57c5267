"""Every regime and level: filled reports go up two levels, and come out as plain sums say they must."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from consolidator.consolidation import Order, run
from consolidator.finding import Severity
from consolidator.form import Form
from consolidator.outcome import Outcome
from consolidator.rulebook import form_ids, load
from consolidator.submission import Submission
from consolidator.unit import Unit
from tests import regime_samples as sample
from tests.district import put_roster
from tests.regime_samples import DISTRICTS, PROVINCE, ROSTER, UNIONS

FORMS = form_ids()


@dataclass(frozen=True)
class Played:
    """One batch: what was put in by unit (the parent's own part apart), and what came out."""

    own: Submission
    children: Mapping[str, Submission]
    outcome: Outcome


def take(folder: Path, form: Form, parent: Unit, own: Submission, children: Sequence[Submission], **more: object) -> Outcome:
    """Consolidates a folder in which the reports already lie."""
    order = Order(
        folder=folder,
        roster=ROSTER,
        roster_path=put_roster(folder.parent / "units.xlsx", ROSTER),
        parent=parent.code,
        summary_path=folder.parent / f"{parent.code}.xlsx",
        report_path=folder.parent / f"{parent.code}-report.xlsx",
        form=form.id,
        period=form.period.id,
        **more,  # type: ignore[arg-type]
    )
    return run(order)


def play(form_id: str, tmp: Path) -> Iterator[Played]:
    """The batches of a regime from its lowest level up: a district's unions, then the province's districts."""
    form = load(form_id)
    upper = form
    summary: Path | None = None
    if form.levels[0] == "CDCS":
        for upper in [load(other) for other in FORMS if form.id in load(other).accepts] or [form]:
            folder = tmp / "district"
            children = {unit.code: sample.fill(form.at("CDCS"), unit) for unit in UNIONS}
            own = sample.fill(upper.at("CTTT"), DISTRICTS[0], children=list(children.values()))
            for unit in UNIONS:
                sample.put(folder, children[unit.code], unit)
            sample.put(folder, own, DISTRICTS[0], "của huyện.xlsx")
            outcome = take(folder, upper, DISTRICTS[0], own, list(children.values()))
            yield Played(own, children, outcome)
            summary, below = tmp / f"{DISTRICTS[0].code}.xlsx", outcome.summary
    folder = tmp / "province"
    folder.mkdir(parents=True)
    children = {unit.code: sample.fill(upper.at("CTTT"), unit) for unit in DISTRICTS}
    if summary is not None:
        assert below is not None
        (folder / summary.name).write_bytes(summary.read_bytes())
        children[DISTRICTS[0].code] = below
    for unit in DISTRICTS:
        if summary is None or unit is not DISTRICTS[0]:
            sample.put(folder, children[unit.code], unit)
    own = sample.fill(upper.at("TINH"), PROVINCE, children=list(children.values()))
    sample.put(folder, own, PROVINCE, "của tỉnh.xlsx")
    outcome = take(folder, upper, PROVINCE, own, list(children.values()))
    yield Played(own, children, outcome)
