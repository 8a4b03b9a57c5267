"""Opens a file that somebody sent: what it says, or why nothing can be read in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from consolidator.archives import carrier, content_of
from consolidator.booknames import META, ONLY_SHOW, OURS
from consolidator.familiar import keep_in_mind
from consolidator.finding import NOWHERE, Finding, Place
from consolidator.grid import Grid, Unreadable, nfc, read_grid
from consolidator.layout import layout_of
from consolidator.outcome import FileOutcome, Status
from consolidator.parcel import Parcel
from consolidator.reading import Reading, begin, finish
from consolidator.readings import Readings
from consolidator.stores import Where
from consolidator.submission import Source, Submission
from consolidator.wording import refusal_words, tell


@dataclass(frozen=True)
class Opened:
    """A file (of so many bytes) in which a report was read, but for what is computed from its figures."""

    file: str
    path: str
    size: int
    reading: Reading
    remarks: list[Finding]

    def outcome(self, submission: Submission, findings: list[Finding]) -> FileOutcome:
        """The same once all is computed: its submission and all that was found in it."""
        found = [finding.at(self.file, submission.unit) for finding in (*findings, *self.remarks)]
        return FileOutcome(
            self.file, self.path, "accepted", submission.unit, submission.view.form.id, found, submission
        )


def read_file(path: Where, shown: str) -> FileOutcome:
    """What a file says. A file that is broken or not ours is rejected with a finding; nothing is raised for it."""
    opened = open_file(path, shown)
    assert not isinstance(opened, Parcel)
    return finished([opened])[0]


def open_file(
    path: Where, shown: str, kept: Readings | None = None, begins: Callable[[int], None] = lambda size: None
) -> FileOutcome | Opened | Parcel:
    """The first half of `read_file`: all that takes time, and all that may kill its process.

    What was `kept` of a file with the same bytes is taken instead. Before a file is looked into `begins` hears how many
    bytes it has.
    """
    place, remarks = str(carrier(path)), list[Finding]()
    try:
        content = snapshot(path)
        sha256 = hashlib.sha256(content).hexdigest()
        if kept is not None and (known := kept.reading_of(sha256)) is not None:
            return Parcel(shown, place, known)
        begins(len(content))
        grid = read_grid(content, ONLY_SHOW)
        remarks = [tell(one.code, Place(sheet=one.sheet, cell=one.cell), **one.facts) for one in grid.remarks]
        source = Source(shown, sha256)
        reading = begin(grid, source)
        if not _is_of(reading.submission, grid):
            grid = read_grid(content)
            reading = begin(grid, source)
    except Unreadable as error:
        status: Status = "ignored" if error.code.startswith("ignored-") else "rejected"
        more = remarks if status == "rejected" else []
        found = [finding.at(shown, "") for finding in (tell(error.code, NOWHERE, **error.facts), *more)]
        return FileOutcome(shown, place, status, findings=found)
    _keep_in_mind(reading.submission, grid, [*remarks, *reading.told])
    ours = {*layout_of(reading.submission.view).sheet_names, *OURS}
    remarks = [one for one in remarks if one.code != "hidden-sheet" or one.place.sheet not in ours]
    return Opened(shown, place, len(content), reading, remarks)


def finished(files: Sequence[FileOutcome | Opened]) -> list[FileOutcome]:
    """What files say, in the order given; what computes itself is computed for all of them at once."""
    done = iter(finish([file.reading for file in files if isinstance(file, Opened)]))
    return [file.outcome(*next(done)) if isinstance(file, Opened) else file for file in files]


def document_of(path: Path) -> str:
    """What a workbook of ours says that it is ("report", "summary" …); "" for any other file."""
    try:
        return str(read_grid(snapshot(path), wanted=(META,)).named("meta.document") or "")
    except Unreadable:
        return ""


def snapshot(path: Where) -> bytes:
    """The bytes of a regular file, or of one in an archive, read once. Raises Unreadable."""
    try:
        return content_of(path)
    except OSError as error:
        raise Unreadable("file-unreadable", reason=refusal_words(error)) from error


def _is_of(submission: Submission, grid: Grid) -> bool:
    """Whether the sheets that were not read, for they are familiar, are those of this very form and level."""
    sheets = grid.file.sheets if grid.file else ()
    return all(sheet.known_as in (None, _kind_of(submission)) for sheet in sheets)


def _keep_in_mind(submission: Submission, grid: Grid, told: Sequence[Finding]) -> None:
    """Sheets that only show, of which there is nothing to tell, need not be read again in the next file."""
    of_form, talked_of = submission.view.fingerprint, {finding.place.sheet for finding in told}
    if submission.meta.get("meta.fingerprint") != of_form:  # of another version, whose sheets were not looked at
        return
    for sheet in grid.file.sheets if grid.file else ():
        if sheet.look is not None and sheet.known_as is None and nfc(sheet.name) not in talked_of:
            keep_in_mind(sheet.look, _kind_of(submission))


def _kind_of(submission: Submission) -> tuple[str, bool]:
    return submission.view.fingerprint, submission.is_summary
