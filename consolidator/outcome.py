"""What a batch comes to: every file with its fate, who is missing, and the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from consolidator.finding import Finding, errors_in
from consolidator.form import Form
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit

Status = Literal["accepted", "rejected", "ignored"]


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


@dataclass
class Outcome:
    """A whole batch. `expected` are the units that should report; `left_out` those a strict run did not merge."""

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
        merged = self.merged
        return [f for f in self.files if f in merged or (f.status == "accepted" and f.unit == self.parent.code)]

    @property
    def errors(self) -> int:
        """Error findings of files and summary together."""
        return sum(f.errors for f in self.files) + errors_in(self.summary_findings)

    @property
    def provisional(self) -> bool:
        """Whether the summary rests on figures with errors or misses units."""
        return bool(self.missing) or bool(self.left_out) or any(f.errors for f in self.counted)
