"""Opens a file that somebody sent: what it says, or why nothing can be read in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from consolidator.archives import carrier, content_of
from consolidator.familiar import keep_in_mind
from consolidator.finding import NOWHERE, Finding, Place
from consolidator.grid import Grid, Unreadable, nfc, read_grid
from consolidator.layout import ONLY_SHOW, OURS, layout_of
from consolidator.outcome import FileOutcome, Status
from consolidator.reading import read_submission
from consolidator.submission import Source, Submission
from consolidator.wording import refusal_words, tell


def read_file(path: Path, shown: str) -> FileOutcome:
    """What a file says. A file that is broken or not ours is rejected with a finding; nothing is raised for it."""
    place, remarks = str(carrier(path)), list[Finding]()
    try:
        content = snapshot(path)
        grid = read_grid(content, ONLY_SHOW)
        remarks = [tell(one.code, Place(sheet=one.sheet, cell=one.cell), **one.facts) for one in grid.remarks]
        source = Source(shown, hashlib.sha256(content).hexdigest())
        submission, findings = read_submission(grid, source)
        if not _is_of(submission, grid):
            submission, findings = read_submission(read_grid(content), source)
    except Unreadable as error:
        status: Status = "ignored" if error.code.startswith("ignored-") else "rejected"
        more = remarks if status == "rejected" else []
        found = [finding.at(shown, "") for finding in (tell(error.code, NOWHERE, **error.facts), *more)]
        return FileOutcome(shown, place, status, findings=found)
    _keep_in_mind(submission, grid, [*remarks, *findings])
    known = {*layout_of(submission.view).sheet_names, *OURS}
    findings += [one for one in remarks if one.code != "hidden-sheet" or one.place.sheet not in known]
    findings = [finding.at(shown, submission.unit) for finding in findings]
    form = submission.view.form.id
    return FileOutcome(shown, place, "accepted", submission.unit, form, findings, submission)


def snapshot(path: Path) -> bytes:
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
