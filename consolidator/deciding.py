"""What staff decide: which of a unit's files counts, which warnings are accepted and why; read from their workbook.

An answer belongs to what it was given for, the content of a file or a warning with its figures, never to a file's
name or a row. Drawing the workbook is `decisionsheet`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from consolidator.booknames import DECISIONS
from consolidator.finding import Finding, Place, Severity
from consolidator.grid import CellValue, Day, Grid, Range, Unreadable, key_of, read_grid
from consolidator.layout import address
from consolidator.outcome import FileOutcome
from consolidator.sentences import KINDS
from consolidator.verdict import day_of
from consolidator.wording import day_words, sentence_of, tell

TAKE, DROP, ACCEPT = "Lấy tệp này", "Bỏ tệp này", "x"
MOST_PLACES = 20
"""How many workbooks are looked for beside one that cannot be used."""


class Part(StrEnum):
    """The tables of the workbook: files that wait, warnings, and answers to what is asked no longer."""

    FILES = "files"
    WARNINGS = "warnings"
    GONE = "gone"


CHOICES: Mapping[str, tuple[str, ...]] = {Part.FILES: (TAKE, DROP), Part.WARNINGS: (ACCEPT,)}
TYPED = ("choice", "reason", "who", "when")
"""Columns that staff fill in."""
KEPT = ("key", "part", "over", "unit", "unit_name", "about", *TYPED)
"""Columns that are read back; `key`, `part` and `over` are hidden."""


class Kind(StrEnum):
    """Why a file waits for a person, in the words of the sheet."""

    ORDER = "Các tệp không xếp được thứ tự"
    NAMES = "Một mã, tên khác nhau"
    DROPPED = "Tệp đã quyết định bỏ"


@dataclass(frozen=True)
class Question:
    """Files of one unit about which a person decides or has decided; the latest first, never by name."""

    unit: str
    kind: Kind
    files: tuple[FileOutcome, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One row that somebody typed into. `over` are the digests of the files that stood in the question then."""

    part: str
    key: str
    over: str = ""
    unit: str = ""
    unit_name: str = ""
    about: str = ""
    choice: str = ""
    reason: str = ""
    who: str = ""
    when: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether there is anything to keep."""
        return any((self.choice, self.reason, self.who, self.when))

    @property
    def settles(self) -> bool:
        """Whether it decides something: a choice that exists, and a reason for it."""
        return self.choice in CHOICES[self.part] and bool(self.reason)

    def holds_against(self, digests: Iterable[str]) -> bool:
        """Whether it still decides among these files: one taken before another came says nothing about that one."""
        return self.choice != TAKE or set(digests) <= set(self.over.split())

    @property
    def by(self) -> str:
        """Who decided and when, as far as it was typed."""
        return ", ".join(filter(None, (self.who, self.when)))


@dataclass(frozen=True)
class Decisions:
    """Everything staff typed, by part and key. `is_ours` is False if the workbook must not be written over."""

    answers: Mapping[tuple[str, str], Answer] = field(default_factory=dict)
    is_ours: bool = True

    def on_file(self, file: FileOutcome) -> Answer | None:
        """What was decided on a file's content for its unit."""
        return self._settled(Part.FILES, file_key(file))

    def on_warning(self, finding: Finding) -> Answer | None:
        """Why a warning, with just these figures, was accepted."""
        return self._settled(Part.WARNINGS, warning_key(finding)) if self.answers else None

    def _settled(self, part: Part, key: str) -> Answer | None:
        answer = self.answers.get((part, key))
        return answer if answer is not None and answer.settles else None


NO_DECISIONS = Decisions()
NOTHING_TYPED: tuple[Decisions, list[Finding]] = (NO_DECISIONS, [])
"""What a workbook says into which nobody has typed."""
_UNUSABLE = Decisions(is_ours=False)
Reader = Callable[[Path], tuple[Decisions, list[Finding]] | None]


def digest_of(file: FileOutcome) -> str:
    """SHA-256 of a file's bytes; "" if it could not be read."""
    return file.submission.source.sha256 if file.submission else ""


def file_key(file: FileOutcome) -> str:
    """What an answer about a file hangs on: its unit and its bytes."""
    return f"{file.unit} {digest_of(file)}"


def warning_key(finding: Finding) -> str:
    """What an acceptance hangs on: unit, rule, Ref and every fact, so that other figures are another warning."""
    facts = (f"{name}={value}" for name, value in sorted(finding.facts.items()))
    text = "\n".join((finding.unit, finding.code, finding.place.ref, *facts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def run_name(part: Part, column: str) -> str:
    """Defined name of a column of a table, its heading included."""
    return f"{DECISIONS}.{part}.{column}"


def accepted(findings: Iterable[Finding], decisions: Decisions) -> list[Finding]:
    """The findings, with the parent's reason on those it accepts. An error stays one, and that is said."""
    found: list[Finding] = []
    for finding in findings:
        answer = decisions.on_warning(finding)
        if answer is None:
            found.append(finding)
        elif finding.severity is Severity.ERROR:
            found += [finding, tell("acceptance-of-error", finding.place, finding.unit, rule=finding.code)]
        else:
            reason = f"{answer.reason} ({answer.by})" if answer.by else answer.reason
            found.append(replace(finding, accepted=reason))
    return found


def decisions_at(path: Path, read: Reader) -> tuple[Path, Decisions, list[Finding]]:
    """(where to write, what was decided, what to say): the workbook at `path`, or beside one that is not ours.

    `read` is `read_decisions` in a process of its own, None if the file killed that process.
    """
    findings: list[Finding] = []
    free = None
    for number in range(1, MOST_PLACES):
        place = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        if not place.exists():
            free = free or place
            continue
        crashed = (_UNUSABLE, [_unread(place, sentence_of(tell("file-crashed"))[0])])
        decisions, said = read(place) or crashed
        findings += said
        if decisions.is_ours:
            return place, decisions, findings + _beside(path, place)
    return (free or path), (NO_DECISIONS if free else _UNUSABLE), findings + _beside(path, free or path)


def read_decisions(path: Path) -> tuple[Decisions, list[Finding]]:
    """What staff decided in a workbook of ours, and what in it decides nothing; nothing is raised for its content.

    Raises OSError where the disk or another program does not let it be read just now: a run without what was decided
    would count other files.
    """
    try:
        if not path.is_file():
            raise Unreadable("file-kind", kind=KINDS["irregular"])
        grid = read_grid(path.read_bytes())
    except Unreadable as error:
        return _UNUSABLE, [_unread(path, sentence_of(tell(error.code, Place(), **error.facts))[0])]
    whole = all(run_name(part, column) in grid.ranges for part in Part for column in KEPT)
    if grid.named("meta.document") != DECISIONS or not whole:
        return _UNUSABLE, [_unread(path, "không phải sổ quyết định do chương trình lập ra, hoặc đã mất cột")]
    answers: dict[tuple[str, str], Answer] = {}
    findings: list[Finding] = []
    for part in (Part.GONE, Part.WARNINGS, Part.FILES):
        rows = list(_rows(grid, part))
        answers |= {(answer.part, answer.key): answer for _, answer in rows if answer.is_typed}
        findings += [] if part is Part.GONE else _unsettled(grid, part, rows, path.name)
    return Decisions(answers), findings


def _rows(grid: Grid, part: Part) -> Iterator[tuple[int, Answer]]:
    """Rows of a table that have a key, under its heading."""
    runs = {column: grid.ranges[run_name(part, column)] for column in KEPT}
    for row in range(runs["key"].row + 1, runs["key"].last_row + 1):
        cells = {column: _text(grid.at(run.sheet, row, run.col)) for column, run in runs.items()}
        cells["part"] = cells["part"] or part
        if cells["key"] and cells["part"] in CHOICES:
            if typed := cells["choice"]:  # most rows wait for one
                known = (choice for choice in CHOICES[cells["part"]] if key_of(choice) == key_of(typed))
                cells["choice"] = next(known, typed)
            yield row, Answer(**cells)


def _unsettled(grid: Grid, part: Part, rows: list[tuple[int, Answer]], file: str) -> list[Finding]:
    """What is typed and yet decides nothing, at its cell."""
    runs = {column: grid.ranges[run_name(part, column)] for column in TYPED}
    findings: list[Finding] = []
    by_unit: dict[str, list[tuple[int, Answer]]] = {}

    def say(code: str, row: int, column: str, unit: str, **facts: str) -> None:
        findings.append(tell(code, _place(file, runs[column], row), unit, **facts))

    for row, answer in rows:
        by_unit.setdefault(answer.unit, []).append((row, answer))
        if answer.choice and answer.choice not in CHOICES[part]:
            say("decision-unknown", row, "choice", answer.unit, typed=answer.choice[:80])
        elif answer.choice and not answer.reason:
            say("decision-no-reason", row, "reason", answer.unit, choice=answer.choice)
    for unit, same in by_unit.items() if part is Part.FILES else ():
        taken = [row for row, answer in same if answer.choice == TAKE]
        if len(taken) > 1:
            say("decision-both", taken[0], "choice", unit, count=str(len(taken)))
    return findings


def _place(file: str, run: Range, row: int) -> Place:
    return Place(file, run.sheet, address(row, run.col))


def _unread(path: Path, why: str) -> Finding:
    return tell("decisions-unread", Place(file=path.name), name=path.name, why=why.rstrip("."))


def _beside(path: Path, place: Path) -> list[Finding]:
    """Says where the workbook stands, if not where it should."""
    return [] if place == path else [tell("decisions-beside", Place(file=place.name), name=place.name)]


def _text(value: CellValue) -> str:
    """A cell as its writer sees it; the typed cells are text, but a paste may bring a number or a day along."""
    if isinstance(value, Day) and 1 <= value < 100_000:
        return day_words(day_of(value))
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value).strip()
