"""What the button "Tổng hợp thư mục" does: asks what to consolidate, and has it done beside Excel, not inside.

The work runs in a process of its own, so that Excel stays free and the clerk can stop it. It holds a lock of the
operating system while it runs, which goes with the process, however that ends.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from consolidator import deskwords as words
from consolidator.booknames import META
from consolidator.console import roster_and_findings
from consolidator.desk import Desk, Obstacle
from consolidator.finding import errors_in
from consolidator.grid import key_of
from consolidator.naming import RETURNS, outputs_in
from consolidator.ownfolder import MEMORY, own_folder
from consolidator.saving import save, sweep
from consolidator.unit import Roster
from consolidator.wording import message_of, refusal_words

JOB, LOCK, STOP = "job.json", "job.lock", "job.stop"
"""Files in the user's own folder: what is being done, that it is being done, that it shall stop."""
_GRACE = 1.0
"""Seconds to wait for the lock: a click that only asks whether something runs holds it for a moment."""
ROSTER_NAMES = ("units", "danh sach don vi", "danh sách đơn vị")
"""What the name of a list of units contains; reports too have units in their names."""


@dataclass(frozen=True)
class Job:
    """A folder to consolidate: paths as texts, `window` the Excel window to tell."""

    folder: str
    roster: str
    parent: str
    summary: str
    report: str
    window: int


class Stopped(Exception):
    """The clerk wants no more of it."""


def prepare(desk: Desk) -> Job | None:
    """Asks which folder and for whom; None if the clerk cancels. Raises Obstacle."""
    if (folder := running()) is not None:
        raise Obstacle("running", folder=folder)
    known = memory()
    chosen = desk.ask_folder(words.CONSOLIDATE_FOLDER, str(known.get("folder", "")))
    if chosen is None:
        return None
    path = _roster_path(Path(chosen))
    roster = _roster(path)
    parents = sorted({unit.parent for unit in roster.units.values()} & set(roster.units))
    if not parents:
        raise Obstacle("no-parents", file=path.name)
    likely = (_unit_of(desk), str(known.get("parent", "")), parents[0])
    default = next(code for code in likely if code in parents)
    question = words.CONSOLIDATE_ASK.format(codes=_some(parents))
    parent = desk.ask(question, words.TITLE, default)
    if parent is None:
        return None
    parent = parent.strip()
    if parent not in parents:
        raise Obstacle("unknown-parent", code=parent, codes=_some(parents))
    summary, report = outputs_in(Path(chosen), parent)
    return Job(chosen, str(path), parent, str(summary), str(report), int(desk.app.hwnd))


def start(job: Job, command: list[str]) -> str:
    """Starts the work in a process of its own and returns at once; what it says."""
    _own(STOP).unlink(missing_ok=True)
    _keep(JOB, asdict(job))
    remember(folder=job.folder, parent=job.parent)
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, **_on_its_own())
    return words.STARTED.format(folder=job.folder)


def stop() -> str:
    """Tells the work to stop at its next step. Raises Obstacle where nothing runs."""
    if running() is None:
        raise Obstacle("not-running")
    save(_own(STOP), b"")
    return words.STOPPING


def running() -> str | None:
    """The folder being consolidated now, None where nothing runs."""
    if not _own(LOCK).exists():
        return None
    try:
        with FileLock(_own(LOCK), timeout=0):
            return None
    except Timeout:
        return str(_kept(JOB).get("folder", ""))


def work(say: Callable[[str], None]) -> Job | None:
    """Does the job that was started and remembers its report; None if it was stopped or another one is at work.

    Raises CannotRun where the folder cannot be consolidated.
    """
    from consolidator.auditing import run_or_audit
    from consolidator.consolidation import Order
    from consolidator.isolation import Processes
    from consolidator.ordering import WRITING
    from consolidator.readings import Readings

    own_folder().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(_own(LOCK), timeout=_GRACE):
            for name in (JOB, MEMORY, STOP):
                sweep(_own(name))
            job, writes = Job(**_kept(JOB)), False

            def progress(what: str, done: int, total: int) -> None:
                nonlocal writes
                if not writes and _own(STOP).exists():
                    raise Stopped
                writes = writes or what == WRITING
                say(words.PROGRESS.format(what=what, done=done, total=total))

            paths = (Path(path) for path in (job.roster, job.summary, job.report))
            roster_path, summary, report = paths
            units, returns = _roster(roster_path), summary.parent / RETURNS
            order = Order(Path(job.folder), units, roster_path, job.parent, summary, report, returns_path=returns)
            order = replace(order, engine=Processes(Readings()))
            try:
                outcome = run_or_audit(order, progress)
            except Stopped:
                say(words.STOPPED)
                return None
            except OSError as error:
                file = str(error.filename2 or error.filename or job.folder)
                reason = "; ".join([refusal_words(error), *getattr(error, "__notes__", ())])
                raise Obstacle("cannot-write", file=file, reason=reason) from error
            job = replace(job, summary=outcome.summary_file, report=outcome.report_file)  # beside what is open
            remember(report=job.report, summary=job.summary)
            counts = {"accepted": outcome.count("accepted"), "rejected": outcome.count("rejected")}
            told = words.FINISHED.format(**counts, missing=len(outcome.missing), errors=outcome.file_errors)
            say(told + words.APART.format(data=outcome.data) * bool(outcome.data))
            return job
    except Timeout:
        return None


def last_report() -> Path:
    """The report of the last folder consolidated. Raises Obstacle where there is none."""
    report = str(memory().get("report", ""))
    if not report:
        raise Obstacle("no-report")
    if not Path(report).is_file():
        raise Obstacle("report-gone", file=report)
    return Path(report)


def memory() -> dict[str, Any]:
    """What the add-in remembers between clicks; nothing where it was lost."""
    return _kept(MEMORY)


def remember(**facts: str) -> None:
    """Keeps facts for the next click."""
    _keep(MEMORY, memory() | facts)


def _on_its_own() -> dict[str, Any]:
    """How a process is started that what ends Excel does not end, and that shows no window.

    On Windows it gets a console without a window. Without any (DETACHED_PROCESS, and never both) each process that
    it starts to read files would open a console of its own, in a window, where Python is not the silent pythonw.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _own(name: str) -> Path:
    return own_folder() / name


def _keep(name: str, facts: Mapping[str, Any]) -> None:
    save(_own(name), json.dumps(facts, ensure_ascii=False, indent=1).encode())


def _kept(name: str) -> dict[str, Any]:
    try:
        found = json.loads(_own(name).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _roster_path(folder: Path) -> Path:
    """The list of units: in the folder, or beside it."""
    for place in (folder, folder.parent):
        for path in sorted(place.glob("*.xlsx")):
            if not path.name.startswith("~$") and any(word in _plain_name(path) for word in ROSTER_NAMES):
                return path
    raise Obstacle("no-roster", folder=str(folder))


def _plain_name(path: Path) -> str:
    """A file's name with blanks between its words."""
    return key_of(path.stem.replace("-", " ").replace("_", " "))


def _roster(path: Path) -> Roster:
    roster, findings = roster_and_findings(path)
    if errors_in(findings):
        raise Obstacle("bad-roster", file=path.name, text=message_of(findings[0]))
    return roster


def _unit_of(desk: Desk) -> str:
    """The unit that the open workbook declares, "" if it declares none."""
    if desk.book is None or desk.sheet(META) is None:
        return ""
    return str(desk.grid().named("meta.unit") or "")


def _some(codes: list[str]) -> str:
    """The first codes of a list that may be long."""
    return ", ".join(codes[:20]) + (", …" if len(codes) > 20 else "")
