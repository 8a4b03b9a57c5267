"""What a node makes of a batch of a large audit: files read and checked, written down as Parquet, and light heads.

Only heads travel: a submission without its figures and texts. A later task makes what the files come to from the
fragments of a few batches, once it is known which of them count.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from consolidator import dataset
from consolidator.account import Account, account_of, together
from consolidator.checking import is_on_time, with_answers
from consolidator.deciding import Decisions, accepted
from consolidator.engine import Reader, Task
from consolidator.finding import Finding, Severity
from consolidator.form import Form, LevelForm
from consolidator.isolation import unpacked
from consolidator.outcome import FileOutcome
from consolidator.parcel import with_view
from consolidator.recounting import entered_in
from consolidator.rulebook import load
from consolidator.stores import Where
from consolidator.submission import Line, Source, Submission
from consolidator.verdict import Numbers
from consolidator.wording import message_of

FIGURES, NARRATIVES, ROWS, FINDINGS = "figures", "narratives", "rows", "findings"
"""Folders of the dataset; figures have one a form and level in theirs, for each has columns of its own."""
WHOSE = ("file", "sha256", "unit", "unit_name")
_ABOUT = ("on_time", "weights", "attributes")
_ON_TIME = {True: "yes", False: "no", None: ""}
_NO_NUMBERS: Numbers = np.empty(0)


@dataclass
class Head(FileOutcome):
    """A file of a large audit: its submission lacks figures and texts, its findings are the errors.

    Attributes:
        fragment: the name of the Parquet files its content is in, `figures_in` the folder of those with its figures.
        figures, narratives, rows: how many it holds. `told` is how many findings it came with.
    """

    fragment: str = ""
    figures_in: str = ""
    figures: int = 0
    narratives: int = 0
    rows: int = 0
    told: int = 0


@dataclass(frozen=True)
class Audit:
    """Called with a batch, at a node: reads, checks and writes it down; gives the heads, in the order of the batch."""

    data: Where
    parent: str
    reader: Reader
    decisions: Decisions = field(default_factory=Decisions)

    def __call__(self, batch: Sequence[Task]) -> list[FileOutcome]:
        outcomes = [with_view(one) for one in unpacked(self.reader(batch))]
        taken = [(one, one.submission) for one in outcomes if one.status == "accepted" and one.submission is not None]
        submissions = [submission for _, submission in taken]
        found = with_answers(submissions, [one.findings for one, _ in taken])
        for (file, _), findings in zip(taken, found, strict=True):
            file.findings = accepted(findings, self.decisions)
        name = hashlib.sha256(f"{batch[0][1]}\0{batch[-1][1]}".encode("utf-8", "replace")).hexdigest()[:16]
        by_view = groupby(sorted(submissions, key=_folder_of), _folder_of)
        for folder, group in by_view:
            _write_figures(self.data / FIGURES / folder, name, list(group))
        _write_texts(self.data, name, submissions)
        write_findings(self.data, name, [(one, one.findings) for one, _ in taken])
        return [self._head(one, name) if one.submission is not None else one for one in outcomes]

    def _head(self, file: FileOutcome, name: str) -> Head:
        whole = file.submission
        assert whole is not None
        errors = [one for one in file.findings if one.severity is Severity.ERROR]
        figures, rows = len(entered_in(whole)), sum(map(len, whole.tables.values()))
        light = whole if file.unit == self.parent else _light(whole)
        counts = (name, _folder_of(whole), figures, len(whole.narratives), rows, len(errors))
        return Head(file.file, file.path, file.status, file.unit, file.form, errors, light, *counts)


def _light(whole: Submission) -> Submission:
    """What says whose a submission is and which version, and which units stand in it."""
    lines = [replace(line, values=_NO_NUMBERS, weights={}, attributes={}, narratives={}) for line in whole.lines]
    nothing: Mapping[str, str] = {}
    return replace(
        whole, values=_NO_NUMBERS, own=_NO_NUMBERS, texts=nothing, attributes={}, weights={}, reported={},
        narratives=nothing, tables={}, previous={}, cells={}, lines=lines,
    )  # fmt: skip


def _folder_of(submission: Submission) -> str:
    return f"{submission.view.form.id}-{submission.view.level}"


def _write_figures(folder: Where, name: str, submissions: Sequence[Submission]) -> None:
    columns: dict[str, Sequence[str] | Numbers] = _whose(submissions)
    columns["on_time"] = [_ON_TIME[is_on_time(one)] for one in submissions]
    columns["weights"] = [json.dumps(dict(one.weights)) for one in submissions]
    columns["attributes"] = [json.dumps(dict(one.attributes), ensure_ascii=False) for one in submissions]
    values = np.array([one.values for one in submissions]).T
    columns |= {ref: values[at].copy() for ref, at in submissions[0].view.position.items()}
    dataset.write(folder / f"{name}{dataset.SUFFIX}", columns)


def _whose(submissions: Sequence[Submission]) -> dict[str, Sequence[str] | Numbers]:
    return {
        "file": [one.source.file for one in submissions],
        "sha256": [one.source.sha256 for one in submissions],
        "unit": [one.unit for one in submissions],
        "unit_name": [one.unit_name for one in submissions],
    }


def _write_texts(data: Where, name: str, submissions: Sequence[Submission]) -> None:
    texts = [(one, key, text) for one in submissions for key, text in one.narratives.items()]
    if texts:
        columns = _whose([one for one, _, _ in texts]) | {
            "narrative": [key for _, key, _ in texts],
            "text": [text for _, _, text in texts],
        }
        dataset.write(data / NARRATIVES / f"{name}{dataset.SUFFIX}", columns)
    rows = [(one, table, row) for one in submissions for table, given in one.tables.items() for row in given]
    if rows:
        columns = _whose([one for one, _, _ in rows]) | {
            "table": [table for _, table, _ in rows],
            "row_unit": [row.unit for _, _, row in rows],
            "cells": [json.dumps(dict(row.values), ensure_ascii=False) for _, _, row in rows],
        }
        dataset.write(data / ROWS / f"{name}{dataset.SUFFIX}", columns)


def write_findings(data: Where, name: str, told: Sequence[tuple[FileOutcome, Sequence[Finding]]]) -> None:
    """Writes findings down, each with its file and its sentence; no file where there is none."""
    found = [(file, one) for file, findings in told for one in findings]
    if not found:
        return
    forms: dict[str, Form | None] = {"": None}
    for file, _ in found:
        forms.setdefault(file.form, load(file.form) if file.form else None)
    columns = {
        "file": [file.file for file, _ in found],
        "unit": [file.unit for file, _ in found],
        "code": [one.code for _, one in found],
        "severity": [one.severity.value for _, one in found],
        "sheet": [one.place.sheet for _, one in found],
        "cell": [one.place.cell for _, one in found],
        "ref": [one.place.ref for _, one in found],
        "message": [message_of(one, forms[file.form]) for file, one in found],
        "accepted": [one.accepted for _, one in found],
    }
    dataset.write(data / FINDINGS / f"{name}{dataset.SUFFIX}", columns)


@dataclass(frozen=True)
class Fragment:
    """A fragment's name and folder of figures, which of its files count, and what else lies under its name."""

    name: str
    figures_in: str
    files: frozenset[str]
    has_narratives: bool
    has_rows: bool


@dataclass(frozen=True)
class Adding:
    """Called with a few fragments, at a node: what their files that count come to in the view of the parent."""

    data: Where
    form: str
    level: str

    def __call__(self, fragments: Sequence[Fragment]) -> Account:
        view = load(self.form).at(self.level)
        return together(view, [self._one(view, fragment) for fragment in fragments])

    def _one(self, view: LevelForm, fragment: Fragment) -> Account:
        found = dataset.read(self._place(f"{FIGURES}/{fragment.figures_in}", fragment))
        keep = [at for at, file in enumerate(found["file"]) if file in fragment.files]
        refs = [ref for ref in view.position if ref in found]
        values = np.full((len(keep), len(view.figures)), np.nan)
        for ref in refs:
            values[:, view.position[ref]] = found[ref][keep]
        part = account_of(view, [_line(found, at, row) for at, row in zip(keep, values, strict=True)])
        kept = Counter(str(found["on_time"][at]) for at in keep)
        part.counts |= Counter(on_time=kept["yes"], undated=kept[""])
        for what, is_there in ((NARRATIVES, fragment.has_narratives), (ROWS, fragment.has_rows)):
            if is_there:
                files = dataset.read(self._place(what, fragment), ("file",))["file"]
                part.counts[what] = sum(file in fragment.files for file in files)
        return part

    def _place(self, folder: str, fragment: Fragment) -> Where:
        return self.data / folder / f"{fragment.name}{dataset.SUFFIX}"


def _line(found: Mapping[str, np.ndarray[tuple[int], np.dtype[np.object_]]], at: int, values: Numbers) -> Line:
    file, sha256, unit, name = (str(found[key][at]) for key in WHOSE)
    weights, attributes = json.loads(found["weights"][at]), json.loads(found["attributes"][at])
    return Line(unit, name, Source(file, sha256), values, weights, attributes=attributes)
