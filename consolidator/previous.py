"""An earlier report as the beginning of the next one: last period's figures, baselines, the previous term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from consolidator.element import CARRIED_OVER
from consolidator.form import LevelForm
from consolidator.inbox import list_folder
from consolidator.isolation import read_all
from consolidator.submission import Submission
from consolidator.verdict import serial


@dataclass(frozen=True)
class Earlier:
    """What a unit reported for an earlier period: figures by Ref, and the period's last day (serial)."""

    unit: str
    figures: Mapping[str, float]
    period_end: float


def earlier_reports(path: Path) -> dict[str, Earlier]:
    """Earlier reports by unit code: from a folder of workbooks, or from a summary (its own and its units')."""
    tasks = list_folder(path)[0] if path.is_dir() else [(path, path.name)]
    found: dict[str, Earlier] = {}
    for file in read_all(tasks):
        if file.submission is not None:
            for earlier in _reports_in(file.submission):
                found.setdefault(earlier.unit, earlier)
    return found


def carried_over(view: LevelForm, earlier: Earlier) -> dict[str, float]:
    """Figures of a new workbook that an earlier report settles: `baseline` and `prev_term`.

    A report of the term before gives its results to both; one of the same term hands on what it had there.
    """
    term = view.form.terms.get(view.level)
    before_term = term is not None and earlier.period_end < serial(term.start)
    found: dict[str, float] = {}
    for figure in view.figures:
        if figure.derived is None and figure.measure in CARRIED_OVER:
            source = f"{figure.indicator.code}.{'actual' if before_term else figure.measure}"
            if source in earlier.figures:
                found[figure.ref] = earlier.figures[source]
    return found


def last_figures(view: LevelForm, earlier: Earlier) -> dict[str, float]:
    """Last period's figures that the rules compare with (`PREV`)."""
    return {ref: earlier.figures[ref] for ref in view.by_ref if ref in earlier.figures}


def _reports_in(submission: Submission) -> Iterator[Earlier]:
    end = submission.meta.get("meta.period_end")
    day = end if isinstance(end, float) else serial(submission.view.form.period.end)
    refs = list(submission.view.by_ref)
    yield Earlier(submission.unit, _given(refs, submission.values), day)
    for line in submission.lines:
        yield Earlier(line.unit, _given(refs, line.values), day)


def _given(refs: list[str], values: object) -> dict[str, float]:
    return {ref: float(value) for ref, value in zip(refs, values, strict=True) if value == value}  # type: ignore[call-overload]
