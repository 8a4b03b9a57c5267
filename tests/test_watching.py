"""Watching a folder: what is whole, when to run, what never triggers a run; with false clocks and with real files."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from consolidator import auditing
from consolidator.consolidation import CannotRun, Order
from consolidator.form import Form
from consolidator.holding import Held
from consolidator.outcome import Outcome
from consolidator.settling import Pace, Settled, Stamp, is_whole
from consolidator.unit import Roster, Unit
from consolidator.watching import Ran, consolidated, consolidated_tree, watch
from tests.district import DISTRICT, PROVINCE, ROSTER, A, B, entry, order, put, put_roster, retype

ROOT = Path(__file__).parent.parent
PACE = Pace(settle=2, limit=60, again=30, look=10)
QUICK = Pace(settle=0.4, limit=20, again=0.5, look=0.5)
PATIENCE = 25.0
X, Y = Path("x.xlsx"), Path("y.xlsx")
WHOLE: Stamp = (9, 9)


@dataclass
class Clock:
    """A folder and a clock made of numbers: what a look at a time comes to."""

    halves: set[Path] = field(default_factory=set)
    asked: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settled = Settled(PACE, self._is_whole)

    def _is_whole(self, path: Path) -> bool:
        self.asked.append(path)
        return path not in self.halves

    def look(self, at: float, now: Mapping[Path, Stamp]) -> tuple[bool, bool, list[str]]:
        found = self.settled.look(now, at)
        return found.pending, found.ready, [path.name for path in found.late]


QUIET, WAIT, RUN = (False, False, []), (True, False, []), (True, True, [])  # type: ignore[var-annotated]


def after_a_run(now: Mapping[Path, Stamp] | None = None, halves: set[Path] | None = None) -> Clock:
    clock = Clock(halves or set())
    clock.settled.ran(now or {})
    return clock


def test_at_first_all_is_new_even_an_empty_folder() -> None:
    clock = Clock()
    assert [clock.look(at, {}) for at in (0, 1.9, 2)] == [WAIT, WAIT, RUN]
    clock.settled.ran({})
    assert clock.look(3, {}) == QUIET


def test_a_file_must_lie_still_and_each_change_begins_anew() -> None:
    clock = after_a_run()
    looks = [clock.look(0, {X: (1, 1)}), clock.look(1.5, {X: (2, 1)}), clock.look(3, {X: (2, 2)})]
    assert looks == [WAIT, WAIT, WAIT] and clock.asked == []
    assert [clock.look(at, {X: (2, 2)}) for at in (4.9, 5)] == [WAIT, RUN]
    clock.settled.ran({X: (2, 2)})
    assert clock.look(6, {X: (2, 2)}) == QUIET
    assert clock.look(7, {X: (2, 3)}) == WAIT


def test_a_burst_is_one_run() -> None:
    clock = after_a_run()
    now: dict[Path, Stamp] = {}
    for number in range(200):
        now[Path(f"{number}.xlsx")] = WHOLE
        assert clock.look(number * 0.1, now) == WAIT
    assert clock.look(21.8, now) == WAIT and clock.look(22, now) == RUN
    assert len(clock.asked) == 200, "a whole file is opened once"


def test_a_stream_that_never_ends_runs_all_the_same() -> None:
    clock = after_a_run()
    now: dict[Path, Stamp] = {}
    ready = []
    for second in range(130):
        now[Path(f"{second}.xlsx")] = WHOLE
        if clock.look(second, now)[1]:
            ready.append(second)
            clock.settled.ran(dict(now))
    assert ready == [60, 121]


def test_half_a_file_is_waited_for_then_named_then_taken_once_it_is_whole() -> None:
    clock = after_a_run(halves={X})
    now: dict[Path, Stamp] = {X: WHOLE, Y: WHOLE}
    assert [clock.look(at, now) for at in (0, 3, 59)] == [WAIT, WAIT, WAIT]
    assert clock.look(60, now) == (True, True, ["x.xlsx"])
    clock.settled.ran(now, [X])
    assert clock.look(61, now) == QUIET
    clock.halves.clear()
    assert [clock.look(at, now) for at in (62, 64)] == [WAIT, RUN], "room was reserved for it: size and time stay"


def test_a_half_that_becomes_whole_in_time() -> None:
    clock = after_a_run(halves={X})
    assert [clock.look(at, {X: WHOLE}) for at in (0, 10)] == [WAIT, WAIT]
    clock.halves.clear()
    assert [clock.look(at, {X: (10, 10)}) for at in (20, 22)] == [WAIT, RUN]


def test_a_file_that_goes_is_a_change_one_that_came_and_went_is_none() -> None:
    clock = after_a_run({X: WHOLE})
    assert [clock.look(at, {}) for at in (0, 2)] == [WAIT, RUN]
    clock = after_a_run({X: WHOLE})
    assert clock.look(0, {X: WHOLE, Y: WHOLE}) == WAIT and clock.look(1, {X: WHOLE}) == QUIET


def test_a_download_delays_a_run_but_makes_none_and_one_that_stalls_is_not_waited_for() -> None:
    part = Path("z.xlsx.crdownload")
    clock = after_a_run()
    assert [clock.look(at, {part: (at, at)}) for at in range(100)] == [QUIET] * 100
    assert [clock.look(100 + at, {X: WHOLE, part: (at, at)}) for at in range(10)] == [WAIT] * 10
    stalled: dict[Path, Stamp] = {X: WHOLE, part: (9, 9)}
    assert [clock.look(at, stalled) for at in (112, 118, 119)] == [WAIT, WAIT, RUN]
    clock = after_a_run({part: WHOLE})
    assert [clock.look(at, {Y: WHOLE}) for at in (0, 2)] == [WAIT, RUN], "renamed"


@pytest.fixture(scope="module")
def workbook() -> bytes:
    """Any workbook, as small as one can be."""
    stream = io.BytesIO()
    Workbook().save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("a.xlsx", lambda content: content, True),
        ("a.xlsx", lambda content: content[: len(content) // 2], False),
        ("a.xlsx", lambda content: content[:-1], False),
        ("a.xlsx", lambda content: content[:2000] + bytes(len(content) - 2000), False),
        ("a.xlsx", lambda content: bytes(len(content)), False),
        ("a.xlsx", lambda content: b"", False),
        ("a.doc", lambda content: b"", False),
        ("a.xls", lambda content: b"\xd0\xcf\x11\xe0 and more", True),
        ("ghi chú.txt", lambda content: b"x", True),
        ("a.xlsx.crdownload", lambda content: content, False),
        ("a.PART", lambda content: content, False),
        ("a.tmp", lambda content: content, False),
    ],
)
def test_what_is_whole(
    name: str, change: Callable[[bytes], bytes], expected: bool, workbook: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(change(workbook))
    assert is_whole(tmp_path / name) is expected
    assert not is_whole(tmp_path / "không có.xlsx")


@dataclass
class Office:
    """A watch at work in a thread: what it told, and what came of its runs."""

    order: Order
    told: list[str] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    tries: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def runs(self, work: Callable[[Order], Ran]) -> Callable[[Order], Ran]:
        def counted(given: Order) -> Ran:
            self.tries += 1
            found = work(given)
            self.ran.append(found)
            return found

        return counted

    @property
    def outcomes(self) -> list[Outcome]:
        """Outcomes of the top."""
        return [outcome for ran in self.ran if (outcome := ran[-1][1]) is not None]

    def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until something is so. Fails where it takes too long."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, (self.tries, self.told)
            time.sleep(0.02)

    def runs_no_more(self, seconds: float = 1.0) -> None:
        """Fails where it runs once more without a reason."""
        before = self.tries
        time.sleep(seconds)
        assert self.tries == before, self.told


@contextmanager
def watched(
    given: Order, work: Callable[[Order], Ran] = consolidated, pace: Pace = QUICK, **more: bool
) -> Iterator[Office]:
    """A watch that works while the test does something to its folder."""
    office = Office(given)
    thread = threading.Thread(
        target=watch, args=(given, pace, office.stop, office.told.append, office.runs(work)), kwargs=more
    )
    thread.start()
    try:
        yield office
    finally:
        office.stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive() and office.told[-1].startswith("Đã dừng theo dõi")


def nothing(given: Order) -> Ran:
    """A run that does nothing."""
    return [(given, None)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def order_in(tmp: Path, inbox: Path, roster: Roster = ROSTER) -> Order:
    """An order whose outputs lie among the reports."""
    return order(tmp, roster=roster, summary_path=inbox / "tong-hop.xlsx", report_path=inbox / "bao-cao.xlsx")


def test_a_burst_of_200_files_some_half_copied_with_outputs_among_them(
    form: Form, workbook: bytes, inbox: Path, tmp_path: Path
) -> None:
    units = [Unit(f"D-{n}", f"CĐCS {n}", "CDCS", "D") for n in range(20)]
    for unit in units:
        put(tmp_path / "sent", form, entry(unit, {"tvpl_luot": 1}))
    sent = {path.name: path.read_bytes() for path in (tmp_path / "sent").iterdir()}
    sent |= {f"khác {n}.xlsx": workbook for n in range(180)}
    halves = sorted(sent)[::20]
    with watched(order_in(tmp_path, inbox, Roster.of([PROVINCE, DISTRICT, *units]))) as office:
        office.until(lambda: office.tries == 1)
        for name, content in sent.items():
            (inbox / name).write_bytes(content[: len(content) // 2] if name in halves else content)
            time.sleep(0.005)
        time.sleep(1.5)
        for name in halves:
            with (inbox / name).open("ab") as stream:
                stream.write(sent[name][len(sent[name]) // 2 :])
        office.until(lambda: len(office.ran) > 1 and office.outcomes[-1].count("accepted") == 20)
        office.runs_no_more()
    last = office.outcomes[-1]
    assert last.summary is not None and last.summary.value("tvpl_luot.actual") == 20
    assert len([file for file in last.files if file.file in sent]) == 200 and not last.missing
    assert office.tries == 2, "one run over nothing, one over all"
    codes = {finding.code for outcome in office.outcomes for file in outcome.files for finding in file.findings}
    assert "file-unreadable" not in codes


def test_what_people_change_of_the_outputs_is_taken_what_we_write_is_not(
    form: Form, inbox: Path, tmp_path: Path
) -> None:
    put(inbox, form, entry(A, {"tvpl_luot": 130}))
    given = order_in(tmp_path, inbox)
    with watched(given) as office:

        def ran(times: int, total: float) -> None:
            office.until(lambda: len(office.ran) == times)
            summary = office.outcomes[-1].summary
            assert summary is not None and summary.value("tvpl_luot.actual") == total

        ran(1, 130)
        office.runs_no_more()
        retype(given.summary_path, {"own.tvpl_luot.actual": 5})
        ran(2, 135)
        load_workbook(given.decisions_place).save(given.decisions_place)
        ran(3, 135)
        os.utime(given.summary_path)
        given.report_path.touch()
        (inbox / "~$D-1.xlsx").write_bytes(b"lock")
        (inbox / ".~D-1.abc.tmp").write_bytes(b"x")
        (inbox / "lich-su").mkdir(exist_ok=True)
        (inbox / "lich-su" / "x.parquet").write_bytes(b"x")
        (inbox / "tong-hop (bản cũ 12345678).xlsx").write_bytes(given.summary_path.read_bytes())
        office.runs_no_more()
        open_in_excel = inbox / f"~${given.summary_path.name}"
        open_in_excel.write_bytes(b"\x03Lan" + bytes(161))
        put(inbox, form, entry(B, {"tvpl_luot": 7}))
        ran(4, 142)
        beside = Path(office.outcomes[-1].summary_file)
        assert beside.name.startswith("tong-hop (mới ")
        open_in_excel.unlink()
        retype(beside, {"own.tvpl_luot.actual": 6})
        ran(5, 143)
        assert office.outcomes[-1].summary_file == str(given.summary_path) and not beside.exists()
        office.runs_no_more()


def test_a_file_that_is_never_whole_is_named_and_taken_when_it_is(workbook: bytes, inbox: Path, tmp_path: Path) -> None:
    path = inbox / "D-1.xlsx"
    path.write_bytes(workbook[:2000])
    with watched(order_in(tmp_path, inbox), nothing, replace(QUICK, limit=1)) as office:
        office.until(lambda: len(office.ran) == 1)
        assert [told for told in office.told if "D-1.xlsx" in told and "chưa trọn" in told]
        office.runs_no_more()
        path.write_bytes(workbook)
        office.until(lambda: len(office.ran) == 2)
    assert len([told for told in office.told if "chưa trọn" in told]) == 1


def test_what_one_run_cannot_do_is_told_once_and_tried_again(inbox: Path, tmp_path: Path) -> None:
    (inbox / "a.txt").write_text("x", "utf-8")
    errors = [Held("đang có người"), Held("đang có người"), PermissionError(13, "no", "tong-hop.xlsx")]

    def work(given: Order) -> Ran:
        if errors:
            raise errors.pop(0)
        return nothing(given)

    with watched(order_in(tmp_path, inbox), work) as office:
        office.until(lambda: len(office.ran) == 1)
        office.runs_no_more(1)
    assert office.tries == 4
    assert [told.startswith("Chưa tổng hợp được") for told in office.told] == [False, True, True, False]
    assert "không có quyền" in office.told[2] and office.told[-1] == (
        "Đã dừng theo dõi sau 1 lần tổng hợp; không có tệp nào ghi dở dang."
    )


def test_what_the_files_make_impossible_waits_for_other_files(inbox: Path, tmp_path: Path) -> None:
    def work(given: Order) -> Ran:
        if not list(inbox.iterdir()):
            raise CannotRun("không có báo cáo")
        return nothing(given)

    with watched(order_in(tmp_path, inbox), work) as office:
        office.until(lambda: office.tries == 1)
        office.runs_no_more(1)
        (inbox / "a.txt").write_text("x", "utf-8")
        office.until(lambda: len(office.ran) == 1)


def test_a_share_that_reports_nothing_is_polled(inbox: Path, tmp_path: Path) -> None:
    with watched(order_in(tmp_path, inbox), nothing, pace=replace(QUICK, look=60), polls=True) as office:
        office.until(lambda: len(office.ran) == 1)
        (inbox / "a.txt").write_text("x", "utf-8")
        office.until(lambda: len(office.ran) == 2)


def test_a_folder_that_goes_and_comes_back(inbox: Path, tmp_path: Path) -> None:
    (inbox / "a.txt").write_text("x", "utf-8")
    with watched(order_in(tmp_path, inbox), nothing) as office:
        office.until(lambda: len(office.ran) == 1)
        inbox.rename(tmp_path / "away")
        office.until(lambda: "Không thấy thư mục" in office.told[-1])
        office.runs_no_more(1)
        inbox.mkdir()
        office.until(lambda: "đã biến mất" in office.told[-1])
        assert "đã có lại" in office.told[-2]
        office.runs_no_more(1)
        shutil.copy(tmp_path / "away" / "a.txt", inbox)
        office.until(lambda: len(office.ran) == 2)
        (inbox / "b.txt").write_text("x", "utf-8")
        office.until(lambda: len(office.ran) == 3)


def test_a_list_of_units_that_was_saved_counts_from_then_on(inbox: Path, tmp_path: Path) -> None:
    (inbox / "a.txt").write_text("x", "utf-8")
    path = put_roster(tmp_path / "units.xlsx")
    seen: list[int] = []

    def work(given: Order) -> Ran:
        seen.append(len(given.roster.units))
        return nothing(given)

    with watched(order_in(tmp_path, inbox), work) as office:
        office.until(lambda: len(seen) == 1)
        put_roster(path, Roster.of([*ROSTER.units.values(), Unit("D-4", "CĐCS Bốn", "CDCS", "D")]))
        office.until(lambda: len(seen) == 2)
        put_roster(path, Roster.of([Unit("D", "LĐLĐ huyện", "CTTT", "D")]))
        office.until(lambda: len(seen) == 3)
        assert "có lỗi" in office.told[-1]
    assert seen == [7, 8, 8]


def test_a_tree_of_folders_makes_no_loop(form: Form, inbox: Path, tmp_path: Path) -> None:
    put(inbox / "D", form, entry(A, {"tvpl_luot": 130}))
    given = order(tmp_path, parent="P", summary_path=inbox / "tinh.xlsx", report_path=inbox / "bao-cao.xlsx")
    with watched(given, consolidated_tree, recursive=True) as office:
        office.until(lambda: len(office.ran) == 1)
        office.runs_no_more()
    assert office.outcomes[-1].summary is not None
    assert office.outcomes[-1].summary.value("tvpl_luot.actual") == 130


@pytest.mark.parametrize("runs", [consolidated, consolidated_tree])
def test_data_of_too_many_units_make_no_loop(
    runs: Callable[[Order], Ran], form: Form, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "LARGE", 0)
    put(inbox / "D", form, entry(A, {"tvpl_luot": 130}))
    put(inbox, form, entry(PROVINCE, {"tvpl_luot": 7}))
    given = order(tmp_path, parent="P", summary_path=inbox / "tinh.xlsx", report_path=inbox / "bao-cao.xlsx")
    with watched(given, runs, recursive=runs is consolidated_tree) as office:
        office.until(lambda: len(office.ran) == 1)
        office.runs_no_more()
    assert (inbox / "tinh dữ liệu" / auditing.FILES).is_file()


def test_ctrl_c_ends_the_command_cleanly(form: Form, inbox: Path, tmp_path: Path) -> None:
    put(inbox, form, entry(A, {"tvpl_luot": 130}))
    put_roster(tmp_path / "units.xlsx")
    command = [sys.executable, "-m", "consolidator", "watch", "inbox", "--units", "units.xlsx", "--parent", "D"]
    command += ["--out", "inbox/tong-hop.xlsx", "--report", "bao-cao.xlsx", "--settle", "0.5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tmp_path / "profile")}
    child = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(4)]
    os.killpg(child.pid, signal.SIGINT)
    rest, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, errors
    assert "Đang theo dõi" in lines[0] and "1 tệp = 1 nhận" in lines[1]
    assert "Đã dừng theo dõi" in rest and errors == ""


def test_ctrl_c_counts_also_where_python_loses_its_exception(inbox: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def work(given: Order) -> Ran:
        with suppress(KeyboardInterrupt):  # as Python does in what it calls while it forks
            signal.raise_signal(signal.SIGINT)
        return nothing(given)

    before = signal.getsignal(signal.SIGINT)
    assert watch(order_in(tmp_path, inbox), QUICK, tell=told.append, runs=work) == 1
    assert told[-1].startswith("Đã dừng theo dõi sau 1 lần") and signal.getsignal(signal.SIGINT) is before
