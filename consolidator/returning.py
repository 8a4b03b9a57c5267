"""Back to the units: a verdict for each, and a folder of letters and marked copies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from consolidator.engine import Engine
from consolidator.finding import Finding, Severity, by_weight
from consolidator.isolation import HERE
from consolidator.naming import distinct
from consolidator.outcome import FileOutcome, Outcome, Return, Verdict
from consolidator.progress import Progress, counter, silent
from consolidator.replies import Made, Reply, made
from consolidator.saving import save, sweep
from consolidator.unit import Unit
from consolidator.wording import day_words

LISTED = ".returns.json"
"""What the last run wrote into the folder: names and hashes, so that only what nobody touched is taken away."""


def returns_of(outcome: Outcome) -> list[Return]:
    """The verdict on each unit that should report, in the order of the roster."""
    sent: dict[str, list[FileOutcome]] = {}
    for file in outcome.files:
        if file.status != "ignored":
            sent.setdefault(file.unit, []).append(file)
    return [_return(unit, sent.get(unit.code, [])) for unit in outcome.expected]


def write_returns(outcome: Outcome, folder: Path, engine: Engine = HERE, progress: Progress = silent) -> list[Return]:
    """Writes letters and marked copies for whoever has something to answer. Raises OSError.

    What an earlier run wrote there and nobody changed goes, or stays where this one would write the same, as far as
    the engine keeps readings; anything else in the folder stays.
    """
    sweep(folder / LISTED)
    returns = returns_of(outcome)
    replies = _replies(outcome, returns)
    answered = {reply.one.unit.code: reply for reply in replies}
    done = counter("Lập thư trả lời đơn vị", len(replies), progress)
    if replies or folder.is_dir():
        shelf = _Shelf(folder, engine.readings.version if engine.readings is not None else "")
        new = [reply for reply in replies if not shelf.has(reply)]
        done(len(replies) - len(new))
        for some in filter(None, made(new, outcome.form, engine)):
            shelf.put(some)
            done(len(some))
        shelf.tidy()
    return [
        replace(one, letter=reply.letter, copy=reply.copy) if (reply := answered.get(one.unit.code)) else one
        for one in returns
    ]


def is_returns(folder: Path) -> bool:
    """Whether a folder is one that we write answers into."""
    return (folder / LISTED).is_file()


def _return(unit: Unit, files: Sequence[FileOutcome]) -> Return:
    counts = next((file for file in files if file.status == "accepted"), None)
    if counts is None and not files:
        return Return(unit, Verdict.MISSING)
    found = sorted((one for file in ([counts] if counts else files) for one in file.findings), key=by_weight)
    shown = ", ".join(file.file for file in ([counts] if counts else files))
    if counts is None:
        verdict = Verdict.WAITING if any(file.waits for file in files) else Verdict.REJECTED
    else:
        verdict = Verdict.RETURNED if counts.errors else Verdict.READY
    asked = () if verdict is Verdict.WAITING else tuple(one for one in found if _is_asked(one))
    return Return(unit, verdict, shown, tuple(found), asked)


def _is_asked(finding: Finding) -> bool:
    """Errors always; warnings that nobody has answered: the unit by an explanation, the parent by accepting them."""
    if finding.severity is Severity.WARNING:
        return not finding.explanation and not finding.accepted
    return finding.severity is Severity.ERROR


def _stem(one: Return) -> str:
    return f"{one.unit.code} - {one.unit.name}"


def _replies(outcome: Outcome, returns: Sequence[Return]) -> list[Reply]:
    """What goes to units; nothing to one that has nothing to answer."""
    stems = distinct([_stem(one) for one in returns])
    accepted = {file.unit: file.submission for file in outcome.files if file.status == "accepted"}
    found = []
    for one in returns:
        if one.verdict is Verdict.READY and not one.points:
            continue
        submission = accepted[one.unit.code] if one.verdict in (Verdict.READY, Verdict.RETURNED) else None
        form = submission.view.form if submission is not None else outcome.form
        found.append(Reply(one, stems[_stem(one)], _facts(outcome, one), form.id, submission))
    return found


def _facts(outcome: Outcome, one: Return) -> Mapping[str, str]:
    form = outcome.form
    deadline = next((day for level, day in form.deadlines.items() if level == one.unit.level), None)
    counts = {severity: sum(point.severity is severity for point in one.points) for severity in Severity}
    return {
        "unit": one.unit.name,
        "parent": outcome.parent.name,
        "form": form.name,
        "period": form.period.label,
        "file": one.file,
        "errors": str(counts[Severity.ERROR]),
        "warnings": str(counts[Severity.WARNING]),
        "deadline": day_words(deadline) if deadline else "",
    }


class _Shelf:
    """The folder of answers, with the list of what runs wrote there.

    What is about to be written is listed first: a run that ends half-way leaves nothing that the next one takes for
    somebody's own. Beside the hash of a file stands the key of what it was made of, of `version` of the program; ""
    for one that is to believe nothing that was made before.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self._version = folder, version
        self._before = dict(_listed(folder))
        self._written = dict[str, str]()

    def has(self, reply: Reply) -> bool:
        """Whether all that goes to a unit lies here already, as it would be written, and nobody touched it."""
        if not self._version:
            return False
        key, found = reply.key(self._version), dict[str, str]()
        for name in reply.names:
            path = self._folder / name
            if f"={key}" not in self._before.get(name, "") or not path.is_file():
                return False
            found[name] = f"{sha256(path.read_bytes()).hexdigest()}={key}"
            if found[name] not in self._before[name].split():
                return False
        self._written |= found
        return True

    def put(self, some: Sequence[Made]) -> None:
        """Writes what goes to some units. Raises OSError."""
        for reply, files in some:
            key = reply.key(self._version)
            self._written |= {name: f"{sha256(content).hexdigest()}={key}" for name, content in files.items()}
        names = {**self._before, **self._written}
        self._list({one: f"{self._before.get(one, '')} {self._written.get(one, '')}".strip() for one in names})
        for _, files in some:
            for name, content in files.items():
                save(self._folder / name, content, self._folder / LISTED)

    def tidy(self) -> None:
        """Takes away what an earlier run wrote, this one did not, and nobody has touched since. Raises OSError."""
        for name, tokens in self._before.items():
            path, is_stale = self._folder / name, name not in self._written and Path(name).name == name
            digests = {token.partition("=")[0] for token in tokens.split()}
            if is_stale and path.is_file() and sha256(path.read_bytes()).hexdigest() in digests:
                path.unlink()
        self._list(self._written)

    def _list(self, written: Mapping[str, str]) -> None:
        save(self._folder / LISTED, json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True).encode())


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    """Names and hashes, more than one of a file that a run which ended half-way may not have written.

    Raises OSError where the list cannot be read just now: what is in it would be taken for somebody's own.
    """
    with suppress(FileNotFoundError, ValueError):
        listed = json.loads((folder / LISTED).read_text("utf-8"))
        if isinstance(listed, dict):
            yield from ((name, digests) for name, digests in listed.items() if isinstance(digests, str))
