"""Gathers a folder: which file is whose, which is sent twice, which is foreign, which are missing."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from consolidator.archives import INSIDE, W, carrier, inside
from consolidator.choosing import Sorting, choose, count_once
from consolidator.deciding import NO_DECISIONS, Decisions
from consolidator.finding import Finding, Place
from consolidator.form import Form
from consolidator.naming import is_store
from consolidator.outcome import FileOutcome
from consolidator.saving import is_ours
from consolidator.stores import Remote, Where
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit
from consolidator.wording import tell

SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})


def list_folder(
    folder: W, outputs: Iterable[Path] = (), roster: Path | None = None
) -> tuple[list[tuple[W, str]], list[FileOutcome]]:
    """(files to read, things passed over by name). What we write and the roster are no reports.

    Every entry of the folder is in one of the two lists, in the order of names, but for our own locks, our store of
    figures and what is being written just now: nobody sent them.
    """
    known = {path.resolve(): "ignored-output" for path in outputs}
    if roster is not None:
        known[roster.resolve()] = "ignored-list"
    to_read: list[tuple[W, str]] = []
    ignored: list[FileOutcome] = []
    for path in _entries(folder):
        code, shown = _reason_to_ignore(path, known), _readable(path.name)
        if code:
            ignored.append(_passed_over(code, path, shown))
        else:
            inner, more = _unpacked(path, shown)
            to_read += inner or ([] if more else [(path, shown)])
            ignored += more
    return to_read, ignored


def list_paths(paths: Sequence[Path]) -> tuple[list[tuple[Path, str]], list[FileOutcome]]:
    """The same for files and folders that were named one by one; each file once, shown by its path."""
    tasks: dict[Path, str] = {}
    passed_over: list[FileOutcome] = []
    for path in paths:
        if path.is_dir():
            found, ignored = list_folder(path)
            tasks |= {one: str(path / shown) if carrier(one) != one else str(one) for one, shown in found}
            passed_over += (replace(one, file=str(path / one.file)) for one in ignored)
        else:
            found, ignored = _unpacked(path, str(path))
            tasks |= dict(found or ([] if ignored else [(path, str(path))]))
            passed_over += ignored
    return list(tasks.items()), passed_over


def _unpacked(path: W, shown: str) -> tuple[list[tuple[W, str]], list[FileOutcome]]:
    """The files in a .zip of reports, and what is passed over: the .zip itself first. Nothing for any other file."""
    found = inside(path)
    if not found:
        return [], []
    names = {one: f"{shown}{INSIDE}{name}" for one, name in found}
    codes = {one: _reason_by_name(name.replace("\\", "/").rpartition("/")[2]) for one, name in found}
    to_read = [(one, names[one]) for one, code in codes.items() if not code]
    ignored = [_passed_over("archive-unpacked", path, shown, count=str(len(to_read)))]
    ignored += [_passed_over(code, path, names[one]) for one, code in codes.items() if code]
    return to_read, ignored


def _passed_over(code: str, path: Where, shown: str, **facts: str) -> FileOutcome:
    return FileOutcome(shown, str(path), "ignored", findings=[tell(code, Place(file=shown), **facts)])


def sort_out(
    files: Sequence[FileOutcome],
    form: Form,
    period: str,
    parent: Unit,
    roster: Roster,
    decisions: Decisions = NO_DECISIONS,
) -> Sorting:
    """Decides the fate of every accepted file: foreign ones are rejected, of several versions one counts."""
    by_unit: dict[str, list[FileOutcome]] = {}
    for file in files:
        if file.status == "accepted" and file.submission is not None:
            finding = _foreign(file.submission, form, period, parent, roster)
            if finding:
                file.status = "ignored" if finding.code == "ignored-output" else "rejected"
                file.findings = [finding]
            else:
                by_unit.setdefault(file.unit, []).append(file)
    found = Sorting()
    for code in sorted(by_unit):
        of_unit = choose(by_unit[code], roster.units[code], decisions)
        found.questions += of_unit.questions
        found.replaced += of_unit.replaced
    count_once(files)
    found.replaced = [pair for pair in found.replaced if pair.newer.status == "accepted"]
    return found


def missing_units(files: Iterable[FileOutcome], expected: Iterable[Unit]) -> tuple[Unit, ...]:
    """Units that should report and of which no file was accepted."""
    arrived = {file.unit for file in files if file.status == "accepted"}
    return tuple(unit for unit in expected if unit.code not in arrived)


def _entries(folder: W) -> list[W]:
    """What others put into a folder, in the order of names."""
    if isinstance(folder, Remote):
        return [cast(W, one) for one in folder.listed() if not is_ours(one.name)]
    theirs = (one for one in folder.iterdir() if not (is_ours(one.name) or is_store(one)))
    return sorted((cast(W, one) for one in theirs), key=lambda path: path.name)


def _readable(name: str) -> str:
    """A file's name as people can be shown it: bytes that are no text (names from old archives) become "?"."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _reason_by_name(name: str) -> str:
    if name.startswith(("~$", ".~")):
        return "ignored-lock"
    return "ignored-system" if name.casefold() in SYSTEM_FILES or name.startswith("._") else ""


def _reason_to_ignore(path: Where, known: Mapping[Path, str]) -> str:
    code = _reason_by_name(path.name)
    if code:
        return code
    if isinstance(path, Remote):
        return "ignored-folder" if path.is_folder else ""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return known.get(path.resolve(), "ignored-folder")
    if not stat.S_ISREG(mode):
        return "ignored-special"
    return known.get(path.resolve(), "")


def _foreign(submission: Submission, form: Form, period: str, parent: Unit, roster: Roster) -> Finding | None:
    """Why a file does not belong in this batch; None if it does."""
    place = Place(file=submission.source.file)
    view, code = submission.view, submission.unit
    accepted = view.form.id in form.accepts
    if view.form is not form and not accepted:
        return tell("other-form", place, code, found=view.form.name, wanted=form.name)
    if submission.period != period and not accepted:
        return tell("other-period", place, code, found=submission.period, wanted=period)
    unit = roster.units.get(code)
    if unit is None:
        return tell("unknown-unit", place, code)
    if unit.level != view.level:
        return tell("wrong-level", place, code, found=_level(form, view.level), wanted=_level(form, unit.level))
    if submission.is_summary and code == parent.code:
        return tell("ignored-output", place, code)
    if unit.code != parent.code and unit.parent != parent.code:
        facts = {"name": unit.name, "parent": roster.parent_name(unit), "here": parent.name}
        return tell("foreign-unit", place, code, **facts)
    return None


def _level(form: Form, level: str) -> str:
    return form.catalogue.levels[level].name
