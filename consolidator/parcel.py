"""What a file says, packed: for the way from the process that read it, and to be kept for the next run."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from consolidator.folded import Folded, FoldedTexts
from consolidator.outcome import FileOutcome
from consolidator.rulebook import load
from consolidator.submission import Submission

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file (as shown to people, and where it really lies) and what it says, packed."""

    file: str
    path: str
    content: bytes

    def opened(self) -> FileOutcome:
        """What the file says; what was read under another name, from the same bytes, is told of this one."""
        outcome: FileOutcome = pickle.loads(self.content)
        _share_words(outcome.submission)
        if (outcome.file, outcome.path) == (self.file, self.path):
            return outcome
        submission = outcome.submission
        if submission is not None:
            submission.source = replace(submission.source, file=self.file)
        renamed = [
            replace(one, place=replace(one.place, file=self.file)) if one.place.file == outcome.file else one
            for one in outcome.findings
        ]
        return replace(outcome, file=self.file, path=self.path, findings=renamed)


def _share_words(submission: Submission | None) -> None:
    """What all submissions have in common is one object for all of them, for thousands are held at once."""
    if submission is not None:
        submission.meta = {sys.intern(key): value for key, value in submission.meta.items()}
        submission.cells = _places(tuple(submission.cells.items()))
        if np.array_equal(submission.values, submission.own, equal_nan=True):
            submission.own = submission.values


@lru_cache(maxsize=64)
def _places(cells: tuple[tuple[str, Place], ...]) -> Mapping[str, Place]:
    return dict(cells)


def packed(outcome: FileOutcome) -> Parcel:
    """A file's outcome as a parcel; its texts and rows are folded, for few look into them."""
    if outcome.submission is not None:
        outcome.submission.narratives = FoldedTexts(outcome.submission.narratives)
        outcome.submission.tables = Folded(outcome.submission.tables)
    return Parcel(outcome.file, outcome.path, pickle.dumps(outcome, protocol=5))


def with_view(outcome: FileOutcome) -> FileOutcome:
    """Gives a submission back the form it belongs to, which does not travel between processes."""
    if outcome.submission is not None:
        give_view(outcome.submission, outcome.form)
    return outcome


def give_view(submission: Submission, form: str) -> None:
    """The same for a submission of a form, by its id."""
    if not hasattr(submission, "view"):
        submission.view = load(form).at(str(submission.meta["meta.level"]))
