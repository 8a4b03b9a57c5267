"""Consolidating beside Excel: what is asked, that it runs alone, tells, stops and dies without leaving anything."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from consolidator import auditing, consolidation, fitting, folderjob, formcache
from consolidator import deskwords as words
from consolidator.booknames import META
from consolidator.consolidation import CannotRun, Order, Progress
from consolidator.desk import Desk, Obstacle
from consolidator.folderjob import JOB, LOCK, STOP, Job, last_report, memory, prepare, remember, running, start, stop
from consolidator.form import Form
from consolidator.grid import Grid
from consolidator.outcome import Outcome
from consolidator.ownfolder import MEMORY
from consolidator.unit import Roster
from tests.district import ROSTER, A, B, C, entry, put, put_roster

ROOT = Path(__file__).parent.parent
PATIENCE = 60
WORKER = """
import os, sys, time
from pathlib import Path
from consolidator.folderjob import work
here, pause = Path(sys.argv[1]), sys.argv[2]
def say(text):
    with open(here / "said", "a", encoding="utf-8") as told:
        print(text, file=told)
    if text.startswith(pause):
        (here / "pid").write_text(str(os.getpid()))
        while not (here / "go").exists():
            time.sleep(0.02)
work(say)
"""
"""A worker that needs no Excel; it waits at one of its sentences until it is told to go on."""


class Clerk(Desk):
    """A desk whose clerk answers from a script; before him an open workbook of a unit, or none."""

    def __init__(self, *answers: str | None, unit: str = "") -> None:
        book = SimpleNamespace(sheets=[SimpleNamespace(name=META)]) if unit else None
        super().__init__(SimpleNamespace(hwnd=77), book)
        self.answers, self.unit = list(answers), unit
        self.asked: list[tuple[str, str]] = []

    def grid(self) -> Grid:
        return Grid({META: [[self.unit]]}, {"meta.unit": (META, 0, 0)})

    def ask(self, text: str, title: str, default: str = "") -> str | None:
        self.asked.append((text, default))
        return self.answers.pop(0)

    def ask_folder(self, title: str, start: str = "") -> str | None:
        self.asked.append((title, start))
        return self.answers.pop(0)


@pytest.fixture(autouse=True)
def own(profile: Path) -> Path:
    return profile


@pytest.fixture
def inbox(form: Form, tmp_path: Path) -> Path:
    """Reports of two of a district's three unions, and the list of units beside the folder."""
    folder = tmp_path / "Báo cáo quý III"
    for unit in (A, B):
        put(folder, form, entry(unit, {"tvpl_luot": 5}))
    put_roster(tmp_path / "units.xlsx")
    return folder


@pytest.fixture
def job(inbox: Path) -> Job:
    prepared = prepare(Clerk(str(inbox), "D"))
    assert prepared is not None
    return prepared


def begun(job: Job) -> None:
    """Starts the work with a process that does nothing, so that the test does it."""
    start(job, [sys.executable, "-c", ""])


def done(job: Job, say: Callable[[str], None] = lambda text: None) -> Job | None:
    begun(job)
    return folderjob.work(say)


def refused(action: Callable[[], Any]) -> Obstacle:
    with pytest.raises(Obstacle) as found:
        action()
    assert words.OBSTACLES[found.value.key].format(**found.value.facts)
    return found.value


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "the worker does nothing"
        time.sleep(0.02)


def everything(folder: Path) -> dict[str, bytes]:
    """Files of a folder, but for the locks of a run; a half-written file would be among them."""
    files = (
        path
        for path in folder.iterdir()
        if path.is_file() and not (path.name[:2] == ".~" and path.suffix in (".lock", ".holder"))
    )
    return {path.name: path.read_bytes() for path in files}


def kept(own: Path) -> set[str]:
    """What lies in the program's folder, but for the cache of forms."""
    return {path.name for path in own.iterdir()} - {formcache.FOLDER}


# what is asked


def test_a_folder_and_a_unit_make_a_job(inbox: Path, tmp_path: Path) -> None:
    clerk = Clerk(str(inbox), " D ")
    assert prepare(clerk) == Job(
        str(inbox),
        str(tmp_path / "units.xlsx"),
        "D",
        str(inbox / "Tổng hợp D.xlsx"),
        str(inbox / "Báo cáo kiểm tra D.xlsx"),
        77,
    )
    (_, folder), (question, default) = clerk.asked
    assert (folder, default) == ("", "D")
    assert all(code in question for code in ("D", "E", "P"))


@pytest.mark.parametrize(
    ("unit", "known", "default"), [("P", "E", "P"), ("D-1", "E", "E"), ("", "", "D"), ("", "X", "D")]
)
def test_the_likely_unit_is_offered(inbox: Path, unit: str, known: str, default: str) -> None:
    """That of the open workbook, else the last one, else any that has units below it."""
    remember(parent=known, folder="/lần trước")
    clerk = Clerk(str(inbox), None, unit=unit)
    assert prepare(clerk) is None
    assert [given for _, given in clerk.asked] == ["/lần trước", default]


def test_cancelling_the_folder_asks_no_more() -> None:
    clerk = Clerk(None)
    assert prepare(clerk) is None
    assert len(clerk.asked) == 1


def test_a_unit_without_units_below(inbox: Path) -> None:
    found = refused(lambda: prepare(Clerk(str(inbox), "D-1")))
    assert (found.key, found.facts) == ("unknown-parent", {"code": "D-1", "codes": "D, E, P"})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("units.xlsx", True),
        ("Units 2023.xlsx", True),
        ("Danh sách đơn vị.xlsx", True),
        (unicodedata.normalize("NFD", "DANH SÁCH ĐƠN VỊ huyện.xlsx"), True),
        ("danh-sach_don-vi.xlsx", True),
        ("~$units.xlsx", False),
        ("Báo cáo đơn vị Một.xlsx", False),
        ("units.xls", False),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_where_the_list_of_units_is_looked_for(tmp_path: Path, name: str, found: bool, beside: bool) -> None:
    inbox = tmp_path / "thư mục"
    inbox.mkdir()
    path = put_roster((tmp_path if beside else inbox) / name)
    if found:
        prepared = prepare(Clerk(str(inbox), "D"))
        assert prepared is not None and prepared.roster == str(path)
    else:
        assert refused(lambda: prepare(Clerk(str(inbox)))).facts == {"folder": str(inbox)}


def test_the_list_in_the_folder_comes_before_the_one_beside_it(inbox: Path) -> None:
    nearer = put_roster(inbox / "units.xlsx", Roster.of([*ROSTER.units.values(), replace(C, code="D-4", name="Mới")]))
    prepared = prepare(Clerk(str(inbox), "D"))
    assert prepared is not None and prepared.roster == str(nearer)


def test_lists_of_units_that_cannot_be_used(inbox: Path) -> None:
    path = inbox / "units.xlsx"
    path.write_bytes(b"PK\x03\x04 hong")
    found = refused(lambda: prepare(Clerk(str(inbox))))
    assert (found.key, found.facts["file"]) == ("bad-roster", "units.xlsx") and "Không đọc được" in found.facts["text"]
    put_roster(path, Roster.of([replace(A, level="TINH"), replace(B, parent="D-1", level="TINH")]))
    found = refused(lambda: prepare(Clerk(str(inbox))))
    assert found.key == "bad-roster" and "Dòng 2" in found.facts["text"]
    put_roster(path, Roster.of([replace(A, parent="")]))
    assert refused(lambda: prepare(Clerk(str(inbox)))).key == "no-parents"


def test_a_list_that_kills_its_reader(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consolidator.isolation.apart", lambda function, path: None)
    facts = refused(lambda: prepare(Clerk(str(inbox)))).facts
    assert facts["file"] == "units.xlsx" and facts["text"].startswith("Tệp hỏng nặng")


# what is done


def test_the_folder_is_consolidated_and_told(job: Job, inbox: Path, own: Path) -> None:
    said: list[str] = []
    assert done(job, said.append) == job
    assert said[0] == words.PROGRESS.format(what="Đọc tệp", done=0, total=2)
    assert words.PROGRESS.format(what="Kiểm tra số liệu", done=2, total=2) in said
    assert said[-1].startswith("Tổng hợp xong: 2 báo cáo đã nhận, 0 bị loại, thiếu 1 đơn vị")
    assert {"Tổng hợp D.xlsx", "Báo cáo kiểm tra D.xlsx", "D-1.xlsx", "D-2.xlsx"} <= set(everything(inbox))
    assert not [name for name in everything(inbox) if name.startswith(".") or name.endswith(".tmp")]
    assert last_report() == inbox / "Báo cáo kiểm tra D.xlsx"
    assert memory() == {"folder": str(inbox), "parent": "D", "report": job.report, "summary": job.summary}
    assert running() is None
    again: list[str] = []
    assert done(job, again.append) == job
    assert again[0] == said[0] and again[-1] == said[-1]


def test_a_folder_of_too_many_units_is_totals_and_data_beside(job: Job, inbox: Path, own: Path) -> None:
    """No clerk can ask for that with a command, nor be told to."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auditing, "LARGE", 1)
        done(job, said.append)
    data = inbox / "Tổng hợp D dữ liệu"
    assert said[-1].startswith("Tổng hợp xong: 2 báo cáo đã nhận") and f"ở “{data}”" in said[-1]
    assert (data / auditing.FILES).is_file()


@pytest.mark.parametrize("when", ["Đọc tệp: 0/", "Đọc tệp: 2/", "Kiểm tra số liệu: 0/", "Kiểm tra số liệu: 2/"])
def test_stopping_leaves_everything_as_it_was(job: Job, inbox: Path, own: Path, when: str) -> None:
    before = everything(inbox)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith(when):
            assert stop() == words.STOPPING

    assert done(job, say) is None
    assert said[-1] == words.STOPPED
    assert everything(inbox) == before
    assert "report" not in memory() and refused(last_report).key == "no-report"
    assert kept(own) == {JOB, LOCK, STOP, MEMORY}
    assert done(job) == job, "an old wish to stop does not stop the next one"


def test_what_is_too_large_for_a_summary_can_be_stopped_still(
    job: Job, inbox: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it does not fit is known only once it is drawn; nothing is written then, and all files are read again."""
    monkeypatch.setattr(fitting, "MAX_FILE", 1_000)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("Cộng số liệu: 0/"):
            stop()

    assert done(job, say) is None
    assert said[-1] == words.STOPPED
    assert not Path(job.summary).exists() and not Path(job.report).exists()


def test_stopping_a_second_time_keeps_the_first_results(job: Job, inbox: Path) -> None:
    done(job)
    before = everything(inbox)
    assert done(job, lambda text: stop() and None) is None
    assert everything(inbox) == before
    assert last_report() == Path(job.report)


def test_it_is_too_late_to_stop_once_files_are_written(job: Job, inbox: Path) -> None:
    """Whoever is told that nothing was written can rely on it."""
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("Ghi sổ"):
            stop()

    assert done(job, say) == job
    assert words.STOPPED not in said and Path(job.summary).is_file() and Path(job.report).is_file()


def test_what_is_written_beside_an_open_workbook_is_what_counts(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that is open is not written over; the report that is opened is the new one."""
    consolidate = consolidation.run

    def beside(order: Order, progress: Progress) -> Outcome:
        outcome = consolidate(order, progress)
        outcome.report_file = str(Path(job.roster))
        return outcome

    monkeypatch.setattr(auditing, "run", beside)
    found = done(job)
    assert found is not None and (found.report, found.summary) == (job.roster, job.summary)
    assert last_report() == Path(job.roster)


def test_a_folder_without_reports_cannot_be_consolidated(job: Job, inbox: Path) -> None:
    for path in inbox.glob("D-*.xlsx"):
        path.unlink()
    with pytest.raises(CannotRun, match="không có báo cáo"):
        done(job)
    assert everything(inbox) == {} and running() is None


def test_a_file_that_is_open_elsewhere_is_named(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(order: Order, progress: Progress) -> None:
        raise PermissionError(13, "in use", ".~tạm", None, str(order.summary_path))

    monkeypatch.setattr(auditing, "run", refuse)
    found = refused(lambda: done(job))
    assert (found.key, found.facts["file"]) == ("cannot-write", job.summary)
    assert running() is None


def test_a_list_that_breaks_between_click_and_work(job: Job) -> None:
    Path(job.roster).write_bytes(b"")
    assert refused(lambda: done(job)).key == "bad-roster"


def test_two_do_not_work_at_once(job: Job, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folderjob, "_GRACE", 0.05)
    begun(job)
    said: list[str] = []
    with FileLock(own / LOCK):
        assert running() == job.folder
        assert folderjob.work(said.append) is None
    assert said == [] and not Path(job.summary).exists()
    assert running() is None


def test_a_click_that_only_asks_does_not_end_the_work(job: Job, own: Path) -> None:
    begun(job)
    held = threading.Event()

    def ask() -> None:
        with FileLock(own / LOCK):
            held.set()
            time.sleep(0.2)

    asking = threading.Thread(target=ask)
    asking.start()
    assert held.wait(PATIENCE)
    assert folderjob.work(lambda text: None) == job
    asking.join()


def test_nothing_runs_and_nothing_was_made_at_first(own: Path) -> None:
    assert running() is None and not own.exists()
    assert refused(stop).key == "not-running"
    assert refused(last_report).key == "no-report"
    assert memory() == {} and not own.exists()


@pytest.mark.parametrize("lost", [b"", b"{", b"[1, 2]", b'"x"', b"\xff\xfe", b'{"report": 5, "folder": null}'])
def test_a_lost_or_spoilt_memory_is_no_matter(inbox: Path, own: Path, lost: bytes) -> None:
    own.mkdir(parents=True)
    (own / MEMORY).write_bytes(lost)
    found = refused(last_report)
    assert found.key in ("no-report", "report-gone")
    prepared = prepare(Clerk(str(inbox), "D"))
    assert prepared is not None
    remember(report=prepared.report)
    assert refused(last_report).facts == {"file": prepared.report}
    Path(prepared.report).write_bytes(b"")
    assert last_report() == Path(prepared.report)


# in a process of its own


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], list[str]]:
    """The command of a worker that waits at a sentence."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return lambda pause: [sys.executable, "-c", WORKER, str(tmp_path), pause]


def told(tmp_path: Path) -> list[str]:
    return (tmp_path / "said").read_text("utf-8").splitlines()


def paused(tmp_path: Path) -> int:
    """Waits until the worker waits; its process."""
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    return int((tmp_path / "pid").read_text())


def test_work_goes_on_by_itself_and_is_stopped(
    job: Job, inbox: Path, own: Path, tmp_path: Path, worker: Callable[[str], list[str]]
) -> None:
    before = everything(inbox)
    assert start(job, worker("Kiểm tra số liệu: 0/")) == words.STARTED.format(folder=job.folder)
    process = paused(tmp_path)
    assert os.getsid(process) != os.getsid(0), "what ends Excel does not end the work"
    assert running() == str(inbox)
    assert refused(lambda: prepare(Clerk())).facts == {"folder": str(inbox)}
    assert stop() == words.STOPPING
    (tmp_path / "go").touch()
    wait_for(lambda: running() is None)
    assert told(tmp_path)[-1] == words.STOPPED
    assert everything(inbox) == before
    assert kept(own) == {JOB, LOCK, STOP, MEMORY}


def test_on_windows_it_has_a_console_without_a_window_and_a_group_of_its_own(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not DETACHED_PROCESS: what reads files for it would each open a console in a window."""
    flags = {"CREATE_NO_WINDOW": 0x08000000, "CREATE_NEW_PROCESS_GROUP": 0x200}
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(folderjob.sys, "platform", "win32")
    for name, flag in flags.items():
        monkeypatch.setattr(folderjob.subprocess, name, flag, raising=False)
    monkeypatch.setattr(folderjob.subprocess, "Popen", lambda command, **how: started.append(how))
    start(job, [])
    (how,) = started
    assert how["creationflags"] == 0x08000200 and "start_new_session" not in how


def test_work_in_a_process_writes_what_work_here_does(
    job: Job, inbox: Path, tmp_path: Path, worker: Callable[[str], list[str]]
) -> None:
    start(job, worker("Ghi sổ tổng hợp và báo cáo kiểm tra: 0/"))
    paused(tmp_path)
    (tmp_path / "go").touch()
    wait_for(lambda: running() is None)
    assert told(tmp_path)[-1].startswith("Tổng hợp xong: 2 báo cáo đã nhận")
    assert last_report().read_bytes()[:2] == b"PK"
    assert Path(job.summary).is_file()


def test_a_killed_worker_leaves_no_lock(
    job: Job, inbox: Path, tmp_path: Path, worker: Callable[[str], list[str]]
) -> None:
    before = everything(inbox)
    start(job, worker("Kiểm tra số liệu: 0/"))
    os.kill(paused(tmp_path), signal.SIGKILL)
    wait_for(lambda: running() is None)
    assert everything(inbox) == before
    assert refused(stop).key == "not-running"
    again = prepare(Clerk(str(inbox), "D"))
    assert again is not None and asdict(again) == asdict(job)
    assert done(again) == again


def test_a_worker_that_never_starts_is_not_running(job: Job) -> None:
    begun(job)
    assert refused(stop).key == "not-running"
