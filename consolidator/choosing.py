"""Which of a unit's files counts: by declared version and date, else by what a person decided; no unit counts twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from consolidator.deciding import DROP, TAKE, Answer, Decisions, Kind, Question, digest_of
from consolidator.finding import Finding, Place
from consolidator.grid import key_of
from consolidator.outcome import FileOutcome, Status
from consolidator.unit import Unit
from consolidator.wording import FINAL, tell

Versions = Mapping[str, FileOutcome]
"""Files of one unit by SHA-256, each content once."""
SOMEBODY = "người tổng hợp"


class Replaced(NamedTuple):
    """A file that counts and an older version that it replaces."""

    newer: FileOutcome
    older: FileOutcome


@dataclass
class Sorting:
    """What sorting a folder brought up: what is asked, open or decided, and which file replaced which."""

    questions: list[Question] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)


def choose(same: Sequence[FileOutcome], unit: Unit, decisions: Decisions) -> Sorting:
    """Decides the fate of all files of a unit; neither their names nor their order matter.

    A name on a cover that is not the unit's makes all files of the code a question, for they may be of two units.
    Else the version declared last counts: final before draft, then the date of signing; several such are a question.
    """
    versions = _without_copies(same)
    answers = {digest: answer for digest, file in versions.items() if (answer := decisions.on_file(file))}
    dropped = {digest: versions[digest] for digest, answer in answers.items() if answer.choice == DROP}
    left = {digest: file for digest, file in versions.items() if digest not in dropped}
    kind, contested = _contest(left, unit)
    first_kind, first = _contest(versions, unit)
    asked = {**dropped, **contested, **first}
    best = _best(left, contested, answers)
    for digest, file in dropped.items():
        _decide(file, answers[digest])
        if not left:  # nothing of the unit counts: that replaces no file
            file.status = "rejected"
            file.findings.append(_told("decision-none", file, count=str(len(dropped))))
    if best in asked and best in answers:
        left[best].findings.append(_told("file-chosen", left[best], **_grounds(answers[best])))
    for digest, file in contested.items():
        if not best:
            _wait(file, kind, contested, unit)
        elif digest != best:
            _decide(file, answers[best])
    older = [file for digest, file in left.items() if digest != best and digest not in contested]
    newer = left.get(best or min(contested, default=""))
    for file in older:
        _end(file, "ignored", "duplicate-older", other=newer.file if newer else "")
    return Sorting(
        [Question(unit.code, kind or first_kind or Kind.DROPPED, _latest_first(asked))] if asked else [],
        [Replaced(left[best], file) for file in older] if best else [],
    )


def count_once(files: Sequence[FileOutcome]) -> None:
    """A unit that stands in a summary below is not counted again: not by its own file, nor by a second summary.

    Its own file is turned away. Of two summaries neither can be, so both are told to be wrong.
    """
    holders: dict[str, list[FileOutcome]] = {}
    counting = sorted((file for file in files if file.status == "accepted"), key=digest_of)
    for file in counting:
        for line in file.submission.lines if file.submission else ():
            holders.setdefault(line.unit, []).append(file)
    for file in counting:
        for holder in holders.get(file.unit, ()):
            if holder is not file:
                _end(file, "rejected", "counted-below", **_holder(holder))
    for unit, held in holders.items():
        twice = [file for file in held if file.status == "accepted"]
        for file, other in zip(twice, twice[1:] + twice[:1], strict=True):
            if file is not other:
                file.findings.append(_told("counted-twice", file, twice=unit, **_holder(other)))


def _holder(file: FileOutcome) -> dict[str, str]:
    return {"holder": file.submission.unit_name if file.submission else file.unit, "other": file.file}


def _without_copies(same: Sequence[FileOutcome]) -> dict[str, FileOutcome]:
    """Each content once; which of two copies counts makes no difference but for the name that is shown."""
    versions: dict[str, FileOutcome] = {}
    for file in sorted(same, key=lambda file: file.file):
        kept = versions.setdefault(digest_of(file), file)
        if kept is not file:
            _end(file, "ignored", "duplicate-same", other=kept.file)
    return versions


def _contest(versions: Versions, unit: Unit) -> tuple[Kind | None, Versions]:
    """(why, which) files a person must choose between; (None, none) where the rule is enough."""
    if any(_is_named_otherwise(file, unit) for file in versions.values()):
        return Kind.NAMES, versions
    latest = max(map(_rank, versions.values()), default=None)
    ties = {digest: file for digest, file in versions.items() if _rank(file) == latest}
    return (Kind.ORDER, ties) if len(ties) > 1 else (None, {})


def _best(left: Versions, contested: Versions, answers: Mapping[str, Answer]) -> str:
    """The file that counts; "" where a person must still choose, or where no file is left."""
    if not contested:
        return max(left, key=lambda digest: _rank(left[digest]), default="")
    taken = [one for one in contested if one in answers and answers[one].choice == TAKE]
    holding = [one for one in taken if answers[one].holds_against(contested)]
    return holding[0] if len(holding) == 1 else ""


def _latest_first(versions: Versions) -> tuple[FileOutcome, ...]:
    """In an order that has nothing to do with their names."""
    return tuple(versions[digest] for digest in sorted(versions, key=lambda one: (_rank(versions[one]), one))[::-1])


def _rank(file: FileOutcome) -> tuple[bool, float]:
    meta = file.submission.meta if file.submission else {}
    signed = meta.get("meta.report_date", 0.0)
    return meta.get("meta.version") == FINAL, signed if isinstance(signed, float) else 0.0


def _is_named_otherwise(file: FileOutcome, unit: Unit) -> bool:
    """Whether the cover gives another name than the roster; a cover without a name says nothing."""
    name = file.submission.unit_name if file.submission else ""
    return bool(name.strip()) and name != unit.name and key_of(name) != key_of(unit.name)


def _wait(file: FileOutcome, kind: Kind | None, contested: Versions, unit: Unit) -> None:
    if kind is Kind.NAMES:
        names = {one.submission.unit_name.strip() for one in contested.values() if one.submission}
        found = ", ".join(f"“{name}”" for name in sorted(names) if name)
        _end(file, "rejected", "name-differs", wanted=unit.name, found=found)
    else:
        other = next(one for one in _latest_first(contested) if one is not file)
        _end(file, "rejected", "duplicate-undecided", other=other.file)


def _decide(file: FileOutcome, answer: Answer) -> None:
    _end(file, "ignored", "duplicate-decided", **_grounds(answer))


def _grounds(answer: Answer) -> dict[str, str]:
    return {"who": answer.by or SOMEBODY, "reason": answer.reason.rstrip(".")}


def _end(file: FileOutcome, status: Status, code: str, **facts: str) -> None:
    """A file's fate, if it does not count, and why; nothing else is said of it."""
    file.status, file.findings = status, [_told(code, file, **facts)]


def _told(code: str, file: FileOutcome, **facts: str) -> Finding:
    return tell(code, Place(file=file.file), file.unit, **facts)
