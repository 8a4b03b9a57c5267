"""The reconciliation of a batch: what came in and where it went; what does not balance stops the run.

It starts from the files again (`recounting`), so that a mistake of `merging` cannot hide in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from consolidator.finding import by_weight
from consolidator.form import LevelForm
from consolidator.outcome import WAITING, FileOutcome, Outcome
from consolidator.recounting import FigureLine, entered_in, figure_lines, figures_in, how_many_entered
from consolidator.submission import Submission, TableRow, units_of
from consolidator.verdict import Numbers

REPLACED = frozenset({"duplicate-same", "duplicate-older", "duplicate-decided"})
"""Codes of what sets a file aside because another one of its unit counts."""
_NAMED = 10
"""How many of the things that do not balance an error names."""


class Unbalanced(Exception):
    """A batch whose figures do not add up: a mistake of ours, never of the files."""


class Fate(StrEnum):
    """What became of a file; every file has one."""

    MERGED = "merged"
    OWN = "own"
    REPLACED = "replaced"
    WAITING = "waiting"
    REJECTED = "rejected"
    LEFT_OUT = "left_out"
    PASSED_OVER = "passed_over"


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file found: whose, its fate, how many figures, narratives and rows of tables it holds.

    `reason` is the code of the finding that kept it out, "" for what is in the summary.
    """

    file: str
    unit: str
    fate: Fate
    figures: int
    narratives: int
    rows: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Units that should report: expected = arrived + waiting + missing. What a strict run left out has arrived."""

    expected: int
    arrived: int
    waiting: int
    missing: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How many of something the merged files hold, and how many of them stand in the summary."""

    incoming: int
    outgoing: int


@dataclass(frozen=True)
class Ledger:
    """A batch reconciled. `losses` says by name what is on one side only; empty where all is well."""

    found: int
    files: tuple[FileLine, ...]
    units: UnitCount
    figures: Flow
    narratives: Flow
    rows: Flow
    totals: tuple[FigureLine, ...]
    losses: tuple[str, ...]

    def count(self, fate: Fate) -> int:
        """How many files met a fate."""
        return sum(line.fate is fate for line in self.files)


def ledger_of(outcome: Outcome) -> Ledger:
    """The reconciliation of a batch, from its files and its summary."""
    files = tuple(_file_line(outcome, file) for file in outcome.files)
    counted = [line for line in files if line.fate is Fate.MERGED]
    merged = {file.unit: file.submission for file in outcome.merged if file.submission is not None}
    summary = outcome.summary
    found, lines, below = 0, summary.lines if summary else (), 0
    if summary is not None:
        below = sum(unit != summary.unit for rows in summary.tables.values() for unit in units_of(rows))
        entered = np.array([figure.derived is None for figure in summary.view.figures])
        found = sum(int((line.values == line.values)[entered].sum()) for line in lines)
    return Ledger(
        len(outcome.files),
        files,
        unit_count(outcome),
        Flow(sum(line.figures for line in counted), found),
        Flow(sum(line.narratives for line in counted), sum(len(line.narratives) for line in lines)),
        Flow(sum(line.rows for line in counted), below),
        tuple(figure_lines(summary, list(merged.values()))) if summary else (),
        tuple(_losses(outcome, merged)),
    )


def prove(ledger: Ledger) -> None:
    """Nothing disappears and nothing comes from nowhere. Raises Unbalanced, naming what does not balance."""
    wrong, fates, units = list(ledger.losses), sum(map(ledger.count, Fate)), ledger.units
    if not ledger.found == len(ledger.files) == fates:
        wrong.append(f"{ledger.found} files found, {fates} with a fate")
    if units.expected != units.arrived + units.waiting + units.missing:
        wrong.append(f"{units}")
    for what, flow in (("figures", ledger.figures), ("narratives", ledger.narratives), ("rows", ledger.rows)):
        if flow.incoming != flow.outgoing:
            wrong.append(f"{what}: {flow.incoming} in, {flow.outgoing} out")
    for line in ledger.totals:
        if not line.balances:
            wrong.append(f"{line.ref} ({line.merges}): {line.due} due, {line.outgoing} in the summary")
    if wrong:
        more = [f"… and {len(wrong) - _NAMED} more"] if len(wrong) > _NAMED else []
        raise Unbalanced("\n".join([*wrong[:_NAMED], *more]))


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger as in the documented JSON of `run`; figures that are blank everywhere are left out."""
    flows = {"figures": ledger.figures, "narratives": ledger.narratives, "rows": ledger.rows}
    return {
        "found": ledger.found,
        **{fate.value: ledger.count(fate) for fate in Fate},
        "units": asdict(ledger.units),
        **{what: {"in": flow.incoming, "out": flow.outgoing} for what, flow in flows.items()},
        "files": [asdict(line) for line in ledger.files],
        "totals": [_total_json(line) for line in ledger.totals if not line.is_blank],
    }


def _total_json(line: FigureLine) -> dict[str, Any]:
    """JSON has no infinity: what no float can hold is null there, as a blank is."""
    amounts = {"units": line.units, "own": line.own, "due": line.due, "summary": line.outgoing}
    finite = {key: value if value is not None and isfinite(value) else None for key, value in amounts.items()}
    return {"ref": line.ref, "merges": line.merges, "given": line.given, **finite}


def fate_of(outcome: Outcome, file: FileOutcome) -> Fate:
    """What became of a file."""
    if file.status == "accepted":
        if file.unit == outcome.parent.code:
            return Fate.OWN
        return Fate.LEFT_OUT if file.unit in {unit.code for unit in outcome.left_out} else Fate.MERGED
    if file.waits:
        return Fate.WAITING
    if file.status == "rejected":
        return Fate.REJECTED
    return Fate.REPLACED if any(finding.code in REPLACED for finding in file.findings) else Fate.PASSED_OVER


def _file_line(outcome: Outcome, file: FileOutcome) -> FileLine:
    held, fate = file.submission, fate_of(outcome, file)
    reason = reason_of(file, fate)
    if held is None:
        return FileLine(file.file, file.unit, fate, 0, 0, 0, reason)
    rows = sum(len(rows) for rows in held.tables.values())
    return FileLine(file.file, file.unit, fate, how_many_entered(held), len(held.narratives), rows, reason)


def reason_of(file: FileOutcome, fate: Fate) -> str:
    """The code of the finding that kept a file out; "" for what is in the summary."""
    if fate in (Fate.MERGED, Fate.OWN):
        return ""
    deciding = WAITING | REPLACED | {"left-out"}
    first = min(file.findings, key=lambda one: (one.code not in deciding, by_weight(one)), default=None)
    return first.code if first else ""


def unit_count(outcome: Outcome) -> UnitCount:
    """Counted from the files, not from `missing`: what the batch says of its units is compared with this."""
    accepted = {file.unit for file in outcome.files if file.status == "accepted"}
    arrived, waiting = sum(unit.code in accepted for unit in outcome.expected), set(outcome.waiting)
    missing = len(set(outcome.missing) - waiting)
    return UnitCount(len(outcome.expected), arrived, len(waiting), missing)


def _losses(outcome: Outcome, merged: Mapping[str, Submission]) -> Iterator[str]:
    """What is on one side only, or counted twice."""
    accepted = Counter(file.unit for file in outcome.files if file.status == "accepted")
    yield from (f"{unit}: {count} files count" for unit, count in accepted.items() if count > 1)
    known = {outcome.parent.code} | {unit.code for unit in outcome.expected}
    yield from (f"{unit}: merged, but not expected here" for unit in accepted if unit not in known)
    if outcome.summary is not None:
        yield from _line_losses(merged, outcome.summary)
        yield from _row_losses(merged, outcome.summary)
        yield from _own_losses(outcome, outcome.summary)


def _line_losses(merged: Mapping[str, Submission], summary: Submission) -> Iterator[str]:
    """Every figure and text that was read stands in the line of its unit, and nothing else does."""
    lines = Counter(line.unit for line in summary.lines)
    yield from (f"{unit}: {lines[unit]} lines" for unit in sorted({*lines, *merged}) if lines[unit] != (unit in merged))
    given = np.zeros(len(summary.view.figures), dtype=int)
    for line in summary.lines:
        child = merged.get(line.unit)
        if child is None:
            continue
        if line.source != child.source:
            yield f"{line.unit}: the line is of {line.source.file}, the file read is {child.source.file}"
        read = _as_read(child, summary.view)
        given += read == read
        if not np.array_equal(read, line.values, equal_nan=True) or _is_beyond(child, summary.view):
            values = line.values.tolist()
            kept = {ref: values[at] for ref, at in summary.view.position.items() if values[at] == values[at]}
            yield from (f"{line.unit}: {what} is not as read" for what in _differing(figures_in(child), kept))
        yield from (f"{line.unit}: n.{what} is not as read" for what in _differing(child.narratives, line.narratives))
        yield from (f"{line.unit}: {what} is not as read" for what in _differing(child.attributes, line.attributes))
    for ref, count in summary.reported.items():
        if count != given[summary.view.position[ref]]:
            yield f"{ref}: given by {given[summary.view.position[ref]]} units, {count} in the summary"


def _as_read(child: Submission, view: LevelForm) -> Numbers:
    """A child's figures where they belong in the summary's view, blank where it has none."""
    places = _places(child.view, view)
    return np.where(places < 0, np.nan, child.values[places])


@lru_cache(maxsize=64)
def _places(of: LevelForm, view: LevelForm) -> npt.NDArray[np.intp]:
    """Where each figure of a view stands in another, -1 where it does not."""
    return np.array([of.position.get(figure.ref, -1) for figure in view.figures], dtype=np.intp)


def _is_beyond(child: Submission, view: LevelForm) -> bool:
    """Whether a child has a figure that the summary has no place for."""
    strange = _strange(child.view, view)
    return bool(strange) and not np.isnan(child.values[strange]).all()


@lru_cache(maxsize=64)
def _strange(of: LevelForm, view: LevelForm) -> list[int]:
    """Where in a view the figures stand that another has no place for."""
    return [at for ref, at in of.position.items() if ref not in view.position]


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Names that two mappings do not share with the same value."""
    if one == other:
        return []
    return sorted(name for name in {*one, *other} if name not in one or name not in other or one[name] != other[name])


def _rows_below(summary: Submission | None) -> Iterator[tuple[str, TableRow]]:
    tables = summary.tables.items() if summary else ()
    return ((table, row) for table, rows in tables for row in rows if summary and row.unit != summary.unit)


def _row_losses(merged: Mapping[str, Submission], summary: Submission) -> Iterator[str]:
    """Every row of a table that was read stands in the summary's table as often as it was read.

    Rows are known by digests, and their texts made again for those that differ: all of them would fill the memory.
    """
    computed = {table.id: {column.id for column in table.derived} for table in summary.view.form.tables}

    def said(kept: bool) -> Iterator[tuple[bytes, tuple[str, str, str]]]:
        read = ((name, row) for child in merged.values() for name, rows in child.tables.items() for row in rows)
        for name, row in _rows_below(summary) if kept else read:
            words = (name, row.unit, _said(row, computed.get(name, set())))
            yield blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest(), words

    counts = Counter(digest for digest, _ in said(False))
    for digest, _ in said(True):
        counts[digest] -= 1
    if any(counts.values()):
        for is_kept, sign, what in ((False, 1, "a row of {} is lost: {}"), (True, -1, "a row of {} nobody sent: {}")):
            wrong = dict.fromkeys(words for digest, words in said(is_kept) if counts[digest] * sign > 0)
            yield from (f"{unit}: {what.format(name, text)}" for name, unit, text in wrong)


def _said(row: TableRow, computed: set[str]) -> str:
    return repr(sorted((key, value) for key, value in row.values.items() if key not in computed))


def _own_losses(outcome: Outcome, summary: Submission) -> Iterator[str]:
    """What the parent's own file says is the parent's own figure, or it was told that another word counts."""
    told = {finding.place.ref for finding in outcome.summary_findings if finding.code == "own-conflict"}
    for file in outcome.files:
        if fate_of(outcome, file) is Fate.OWN and file.submission is not None:
            for ref, value in entered_in(file.submission).items():
                if summary.own_value(ref) != value and ref not in told:
                    yield f"{file.file}: {ref} is not among the parent's own figures"
