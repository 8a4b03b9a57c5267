"""Looks at files that were read side by side; with files named one by one, that is all of `check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from consolidator.checking import with_answers
from consolidator.finding import Finding
from consolidator.inbox import list_paths
from consolidator.isolation import read_all
from consolidator.outcome import FileOutcome
from consolidator.progress import Progress, counter, silent
from consolidator.submission import Submission

Noticing = Callable[[Sequence[Submission]], list[list[Finding]]]
"""What looks odd in submissions beside each other: one list for each of them."""


def check_files(paths: Sequence[Path], progress: Progress = silent) -> list[FileOutcome]:
    """Reads and checks files, and those in folders, on their own, without a batch around them."""
    tasks, passed_over = list_paths(paths)
    files = read_all(tasks, counter("Đọc tệp", len(tasks), progress))
    check_together(files, progress)
    return [*files, *passed_over]


def check_together(
    files: Sequence[FileOutcome],
    progress: Progress,
    noticing: Noticing = lambda submissions: [[] for _ in submissions],
) -> None:
    """Adds to the files that were taken what looks odd beside the others, and to findings what units say to them."""
    taken = [file for file in files if file.status == "accepted" and file.submission is not None]
    progress("Kiểm tra số liệu", 0, len(taken))
    submissions = [file.submission for file in taken if file.submission is not None]
    found = [[*file.findings, *odd] for file, odd in zip(taken, noticing(submissions), strict=True)]
    for file, findings in zip(taken, with_answers(submissions, found), strict=True):
        file.findings = findings
    progress("Kiểm tra số liệu", len(taken), len(taken))
