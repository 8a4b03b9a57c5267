"""What a batch comes to: every file with its fate, who is missing, and the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from consolidator.finding import Finding, errors_in
from consolidator.form import Form
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit

if TYPE_CHECKING:
    from consolidator.comparing import Change
    from consolidator.deciding import Question
    from consolidator.ledger import Ledger

Status = Literal["accepted", "rejected", "ignored"]
WAITING = frozenset({"duplicate-undecided", "name-differs"})
"""Codes of what keeps a file out until a person decides."""


@dataclass
class FileOutcome:
    """One file found: its fate, whose it is, what was found in it, and what it says if it was accepted.

    `file` is the path as shown to people (relative to the batch's folder); `path` where it really lies.
    """

    file: str
    path: str
    status: Status
    unit: str = ""
    form: str = ""
    findings: list[Finding] = field(default_factory=list)
    submission: Submission | None = None

    @property
    def errors(self) -> int:
        """How many error findings the file has."""
        return errors_in(self.findings)

    @property
    def waits(self) -> bool:
        """Whether a person must decide before the file can count."""
        return self.status != "accepted" and any(finding.code in WAITING for finding in self.findings)


class Verdict(StrEnum):
    """What a parent answers a unit; the values are documented in the README."""

    READY = "ready"
    RETURNED = "returned"
    REJECTED = "rejected"
    WAITING = "waiting"
    MISSING = "missing"


@dataclass(frozen=True)
class Return:
    """The answer to a unit.

    Attributes:
        file: what it sent, as shown to people; "" if nothing.
        findings: all that was found in it, errors first, as in the report.
        points: those of them that the unit is asked about.
        letter, copy: names of the files written, "" where there is nothing to say.
    """

    unit: Unit
    verdict: Verdict
    file: str = ""
    findings: tuple[Finding, ...] = ()
    points: tuple[Finding, ...] = ()
    letter: str = ""
    copy: str = ""


@dataclass
class Outcome:
    """A whole batch. `expected` are the units that should report; `left_out` those a strict run did not merge.

    `changes` are those of the summary since the last run, `replaced` what later versions of files changed,
    `questions` what waits for a person and `decisions_file` the workbook to answer in, `ledger` the proof that
    nothing was lost, `returns` what each unit is answered
    and `returns_folder` where the letters are, "" if none were asked for; `data` is where a large audit wrote what it
    read, "" for any other batch.
    """

    form: Form
    roster: Roster
    parent: Unit
    files: list[FileOutcome]
    expected: tuple[Unit, ...]
    missing: tuple[Unit, ...] = ()
    left_out: tuple[Unit, ...] = ()
    summary: Submission | None = None
    summary_findings: list[Finding] = field(default_factory=list)
    summary_file: str = ""
    report_file: str = ""
    changes: list[Change] = field(default_factory=list)
    replaced: list[Change] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    ledger: Ledger | None = None
    decisions_file: str = ""
    returns: list[Return] = field(default_factory=list)
    returns_folder: str = ""
    data: str = ""

    def count(self, status: Status) -> int:
        """How many files met a fate."""
        return sum(f.status == status for f in self.files)

    @property
    def merged(self) -> list[FileOutcome]:
        """Files whose figures are in the summary, the parent's own file excepted, in the order of the files."""
        left = {unit.code for unit in self.left_out} | {self.parent.code}
        return [f for f in self.files if f.status == "accepted" and f.unit not in left]

    @property
    def counted(self) -> list[FileOutcome]:
        """Files whose figures are in the summary, the parent's own file among them."""
        left = {unit.code for unit in self.left_out} - {self.parent.code}
        return [f for f in self.files if f.status == "accepted" and f.unit not in left]

    @property
    def waiting(self) -> tuple[Unit, ...]:
        """Units that sent something, of which nothing counts before a person has decided."""
        counts = {f.unit for f in self.files if f.status == "accepted"}
        waits = {f.unit for f in self.files if f.waits} - counts
        return tuple(unit for unit in self.expected if unit.code in waits)

    @property
    def silent(self) -> tuple[Unit, ...]:
        """Units that still owe a report: missing, and not waiting for a decision of ours."""
        waiting = {unit.code for unit in self.waiting}
        return tuple(unit for unit in self.missing if unit.code not in waiting)

    @property
    def file_errors(self) -> int:
        """Errors found in files: what units have to correct."""
        return sum(f.errors for f in self.files)

    @property
    def summary_errors(self) -> int:
        """Errors found in the summary. A unit's error may show again here, so the two are never added up."""
        return errors_in(self.summary_findings)

    @property
    def errors(self) -> int:
        """Errors found anywhere: for "none at all" only; as a number `file_errors` and `summary_errors`, apart."""
        return self.file_errors + self.summary_errors

    @property
    def provisional(self) -> bool:
        """Whether the summary rests on figures with errors, misses units or waits for a decision."""
        lacking = self.missing or self.left_out or self.waiting
        return bool(lacking) or any(f.errors for f in self.counted)
