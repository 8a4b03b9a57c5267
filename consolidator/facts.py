"""Submissions and rows of tables side by side, as the facts that rules and derived figures are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from consolidator.element import Table
from consolidator.expression import is_live
from consolidator.figures_in_text import ask_text
from consolidator.sidebyside import Alike, steps
from consolidator.submission import Submission, TableRow, own_rows
from consolidator.verdict import Numbers, Texts, compute, compute_text


@dataclass(frozen=True)
class Surroundings:
    """What only a batch can know about a submission; a missing answer leaves a rule undecided.

    Keys are those of the language: `CHILDREN(ref)`, `ROSTER("cdcs")`, `REPORTED()`, `EXPECTED()`.
    """

    answers: Mapping[str, float] = field(default_factory=dict)


NOTHING_AROUND = Surroundings()


class Batch:
    """Submissions of one view side by side: the `Facts` of verdicts and derivations.

    What is asked of them is looked up once, so they must stay as they are.
    """

    def __init__(self, submissions: Sequence[Submission], around: Sequence[Surroundings] = ()) -> None:
        self.submissions = submissions
        self.around = around or [NOTHING_AROUND] * len(submissions)
        self.size = len(submissions)
        self.view = submissions[0].view
        self.matrix: Numbers = np.array([s.values for s in submissions]).T.copy()
        self._numbers: dict[str, Numbers] = {}
        self._texts: dict[str, Texts] = {}
        self._answers: dict[tuple[str, ...], Numbers] = {}

    def numbers(self, name: str) -> Numbers:
        position = self.view.position.get(name)
        if position is not None:
            row: Numbers = self.matrix[position]
            return row
        if name not in self._numbers:
            found = np.full(self.size, np.nan)
            for place, value in self._loose(name):
                if isinstance(value, float):
                    found[place] = value
            self._numbers[name] = found
        return self._numbers[name]

    def texts(self, name: str) -> Texts:
        if name not in self._texts:
            found = np.full(self.size, "", dtype=object)
            for place, value in self._loose(name):
                if isinstance(value, str):
                    found[place] = value
            self._texts[name] = found
        return self._texts[name]

    def blanks(self, name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        position = self.view.position.get(name)
        if position is None:
            found = np.ones(self.size, dtype=bool)
            found[[place for place, value in self._loose(name) if value != ""]] = False
            return found
        typed = np.array([name in s.texts for s in self.submissions])
        return np.asarray(np.isnan(self.matrix[position]) & ~typed)

    def answer(self, word: str, *about: str) -> Numbers:
        if (word, *about) not in self._answers:
            self._answers[word, *about] = self._answer(word, *about)
        return self._answers[word, *about]

    def _answer(self, word: str, *about: str) -> Numbers:
        match word:
            case "HASFIGURE" | "MENTIONS":
                cited, texts = self.view.form.spellings, self.texts(about[0])
                return np.array([ask_text(word, text, *about[1:], cited=cited) for text in texts])
            case "OWN":
                return np.array([s.own[self.view.position[about[0]]] for s in self.submissions])
            case "PREV":
                return np.array([s.previous.get(about[0], np.nan) for s in self.submissions])
            case "ROWS":
                return np.array([float(count_rows(s, *about)) for s in self.submissions])
        key = f"{word}({','.join(self._quoted(word, name) for name in about)})"
        return np.array([around.answers.get(key, np.nan) for around in self.around])

    @staticmethod
    def _quoted(word: str, name: str) -> str:
        return f'"{name}"' if word == "ROSTER" else name

    def derive(self) -> None:
        """Computes every derived figure again, in the matrix and in the submissions.

        What only a batch knows stays as it stands where there is no batch to ask.
        """
        for step in steps(self.view):
            if isinstance(step, Alike):
                self.matrix[step.places] = step.compute(self)
            elif step.derived is not None:
                position, worth = self.view.position[step.ref], compute(step.derived, self)
                if not is_live(step.derived):
                    worth = np.where(np.isnan(worth), self.matrix[position], worth)
                self.matrix[position] = worth
        for index, submission in enumerate(self.submissions):
            submission.values = self.matrix[:, index].copy()

    def _loose(self, name: str) -> Iterable[tuple[int, float | str]]:
        """Facts, attributes and narratives with whose they are: few and sparse, so they are not kept in the matrix."""
        if name.startswith("n."):
            one = name.removeprefix("n.")
            return ((at, s.narratives[one]) for at, s in enumerate(self.submissions) if one in s.narratives)
        if name.startswith("meta."):
            return ((at, s.meta[name]) for at, s in enumerate(self.submissions) if name in s.meta)
        return self._attributes.get(name, ())

    @cached_property
    def _attributes(self) -> Mapping[str, Sequence[tuple[int, float | str]]]:
        """Attributes by name, with whose they are."""
        found: dict[str, list[tuple[int, float | str]]] = {}
        for place, submission in enumerate(self.submissions):
            for name, value in submission.attributes.items():
                found.setdefault(name, []).append((place, value))
        return found


class Rows:
    """Rows of one table as facts, for its rules and derived columns; `whose` says of each which submission it is of."""

    def __init__(self, rows: Sequence[TableRow], whose: Sequence[Submission]) -> None:
        self.rows, self.whose = rows, whose
        self.size = len(rows)

    def numbers(self, name: str) -> Numbers:
        return np.array([_number(value) for value in self._values(name)])

    def texts(self, name: str) -> Texts:
        found = np.empty(self.size, dtype=object)
        found[:] = [value if isinstance(value, str) else "" for value in self._values(name)]
        return found

    def blanks(self, name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([value in (None, "") for value in self._values(name)], dtype=bool)

    def answer(self, word: str, *about: str) -> Numbers:
        return np.full(self.size, np.nan)

    def _values(self, name: str) -> list[float | str | None]:
        head, _, column = name.partition(".")
        if head == "meta":
            return [submission.meta.get(name) for submission in self.whose]
        return [row.values.get(column) for row in self.rows]


def count_rows(submission: Submission, place: str, wanted: str | None = None) -> int:
    """How many rows of a table a unit itself filled, or how many have exactly a text in a column (`table.column`)."""
    name, _, column = place.partition(".")
    table = next(table for table in submission.view.tables if table.id == name)
    rows = own_rows(submission, table)
    if wanted is None:
        return sum(bool(str(row.values.get(table.key, "")).strip()) for row in rows)
    if any(one.id == column for one in table.derived):
        rows = with_derived(table, submission, rows)
    return sum(row.values.get(column) == wanted for row in rows)


def with_derived(table: Table, submission: Submission, rows: Sequence[TableRow]) -> list[TableRow]:
    """The rows with every derived column computed again; what cannot be computed is left out."""
    return all_with_derived(table, rows, [submission] * len(rows))


def all_with_derived(table: Table, rows: Sequence[TableRow], whose: Sequence[Submission]) -> list[TableRow]:
    """The same for rows of many submissions at once, each computed with the dates of its own."""
    done = list(rows)
    for column in table.derived if rows else ():
        facts = Rows(done, whose)
        node = table.derivations[column.id]
        worth = compute_text(node, facts) if column.is_text else compute(node, facts)
        done = [
            replace(row, values=_with(row.values, column.id, value)) for row, value in zip(done, worth, strict=True)
        ]
    return done


def _with(values: Mapping[str, float | str], column: str, worth: float | str) -> dict[str, float | str]:
    kept = {key: value for key, value in values.items() if key != column}
    if isinstance(worth, str):
        return kept | ({column: worth} if worth else {})
    return kept if np.isnan(worth) else kept | {column: float(worth)}


def _number(value: float | str | None) -> float:
    return value if isinstance(value, float) else np.nan
