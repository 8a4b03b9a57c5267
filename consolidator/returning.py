"""Back to the units: for each a verdict, a copy of its report with what was found marked in it, and a letter.

A copy is drawn afresh from the form and the unit's entries. Saving the unit's own file again would drop what the
library does not know, and would hand back whatever else was in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from consolidator.content import cover_of
from consolidator.finding import Finding, Severity, by_weight
from consolidator.letters import letter_text, mail
from consolidator.markedcopy import marked_copy
from consolidator.naming import distinct
from consolidator.outcome import FileOutcome, Outcome, Return, Verdict
from consolidator.progress import Progress
from consolidator.saving import save, sweep
from consolidator.unit import Unit
from consolidator.wording import SEVERITY_WORDS, day_words, message_of

LISTED = ".returns.json"
"""What the last run wrote into the folder: names and hashes, so that only what nobody touched is taken away."""


def returns_of(outcome: Outcome) -> list[Return]:
    """The verdict on each unit that should report, in the order of the roster."""
    sent: dict[str, list[FileOutcome]] = {}
    for file in outcome.files:
        if file.status != "ignored":
            sent.setdefault(file.unit, []).append(file)
    return [_return(unit, sent.get(unit.code, [])) for unit in outcome.expected]


def write_returns(outcome: Outcome, folder: Path, progress: Progress = lambda what, done, total: None) -> list[Return]:
    """Writes letters and marked copies for whoever has something to answer. Raises OSError.

    What an earlier run wrote there and nobody changed goes; anything else in the folder stays.
    """
    sweep(folder / LISTED)
    returns, made = returns_of(outcome), dict[str, bytes]()
    stems = distinct([_stem(one) for one in returns])
    for done, one in enumerate(returns):
        progress("Lập thư trả lời đơn vị", done, len(returns))
        for name, content in _files(outcome, one, stems[_stem(one)]).items():
            made[name] = content
            is_copy = name.endswith(".xlsx")
            returns[done] = replace(returns[done], copy=name) if is_copy else replace(returns[done], letter=name)
    if made or folder.is_dir():
        _put(folder, made)
    progress("Lập thư trả lời đơn vị", len(returns), len(returns))
    return returns


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


def _files(outcome: Outcome, one: Return, stem: str) -> dict[str, bytes]:
    """Names and contents of what goes to a unit; none where there is nothing to ask."""
    if one.verdict is Verdict.READY and not one.points:
        return {}
    attached, form = None, outcome.form
    if one.verdict in (Verdict.READY, Verdict.RETURNED):
        (file,) = (file for file in outcome.files if file.unit == one.unit.code and file.status == "accepted")
        assert file.submission is not None
        form = file.submission.view.form
        cover = cover_of(one.unit, form, file.submission.meta)
        attached = f"{stem}.xlsx", marked_copy(file.submission, cover, one.findings, form)
    facts = _facts(outcome, one)
    points = [f"[{SEVERITY_WORDS[point.severity]}] {_where(point)}{message_of(point, form)}" for point in one.points]
    letter = mail(one.unit.email, *letter_text(one.verdict, points, facts), attached)
    return {f"{stem}.eml": letter} | dict([attached] if attached else [])


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


def _where(finding: Finding) -> str:
    place = finding.place
    return f"{place.sheet}!{place.cell}: " if place.cell else ""


def _put(folder: Path, made: Mapping[str, bytes]) -> None:
    """Writes the answers and takes away what an earlier run wrote, this one does not, and nobody has touched since.

    What is about to be written is listed first: a run that ends half-way leaves nothing that the next one takes for
    somebody's own.
    """
    before = dict(_listed(folder))
    written = {name: sha256(content).hexdigest() for name, content in made.items()}
    _list(folder, {name: f"{before.get(name, '')} {written.get(name, '')}".strip() for name in {**before, **written}})
    for name, content in made.items():
        save(folder / name, content, folder / LISTED)
    for name, digests in before.items():
        path, is_stale = folder / name, name not in written and Path(name).name == name
        if is_stale and path.is_file() and sha256(path.read_bytes()).hexdigest() in digests.split():
            path.unlink()
    _list(folder, written)


def _list(folder: Path, written: Mapping[str, str]) -> None:
    save(folder / LISTED, json.dumps(written, ensure_ascii=False, indent=1).encode())


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    """Names and hashes, more than one of a file that a run which ended half-way may not have written.

    Raises OSError where the list cannot be read just now: what is in it would be taken for somebody's own.
    """
    with suppress(FileNotFoundError, ValueError):
        listed = json.loads((folder / LISTED).read_text("utf-8"))
        if isinstance(listed, dict):
            yield from ((name, digests) for name, digests in listed.items() if isinstance(digests, str))
