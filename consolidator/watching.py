"""Consolidates a folder again whenever something in it changed, once what arrives is whole and nothing more comes.

What the system reports of a folder is only an alarm, which network shares are free to lose: what counts is what a
look at the folder finds. A run reads the whole folder, so it waits for files that are still being copied, up to a
limit; after that it runs all the same, and the report names them as unreadable.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import FrameType
from unicodedata import normalize

from consolidator.besides import written_beside
from consolidator.console import roster_and_findings
from consolidator.consolidation import CannotRun, Order, run
from consolidator.finding import errors_in
from consolidator.holding import Held
from consolidator.inbox import SYSTEM_FILES
from consolidator.naming import STORE
from consolidator.outcome import Outcome
from consolidator.recursing import run_tree
from consolidator.wording import refusal_words

Stamp = tuple[int, int | str]
"""Size of a file, and when it was written (nanoseconds) or what is in it (hash)."""
Snapshot = Mapping[Path, Stamp]
Ran = Sequence[tuple[Order, Outcome | None]]
"""What a run came to: one folder, or all of a tree, None where one could not be run."""

_STEP = 0.5
"""Seconds after which the watch looks up, whatever happens."""
_UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".tmp")
"""Endings that browsers and copying programs give to files they have not finished."""
_STALLED = 5
"""How many times the rest of a whole file such a one must lie still to count as given up."""
_LEFT_BY_US = ("mới ", "bản cũ ")
"""What follows the name of an output, after a bracket, in the names of workbooks we put beside it."""


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds.

    Attributes:
        settle: how long nothing must have changed before a run.
        limit: how long a run waits for what is not whole, or for a stream of files to end.
        again: after what time a run that was hindered is tried again.
        look: how often the folder is looked at where the system reports nothing.
    """

    settle: float = 2.0
    limit: float = 60.0
    again: float = 30.0
    look: float = 10.0


@dataclass(frozen=True)
class Look:
    """What a look at the folder came to: whether something waits, whether to run now.

    `late` are files that are still not whole where the run has waited for them as long as it may.
    """

    pending: bool = False
    ready: bool = False
    late: tuple[Path, ...] = ()


class Settled:
    """Says when all that changed since the last run is whole and at rest. Knows no clock and lists no folder."""

    def __init__(self, pace: Pace, is_whole: Callable[[Path], bool]) -> None:
        self._pace, self._is_whole = pace, is_whole
        self._done: Snapshot | None = None
        self._late: frozenset[Path] = frozenset()
        self._seen: dict[Path, tuple[Stamp | None, float]] = {}
        self._whole: dict[Path, Stamp] = {}
        self._since: float | None = None

    def look(self, now: Snapshot, at: float) -> Look:
        """What is to be done about a snapshot taken `at` a time (seconds). Before the first run all is new."""
        changed = self._changed(now)
        self._seen = {path: self._seen.get(path, (now.get(path), at)) for path in changed}
        for path, (stamp, _) in list(self._seen.items()):
            if stamp != now.get(path):
                self._seen[path] = (now.get(path), at)
        if self._done is not None and all(map(_is_unfinished, changed)):
            self._since = None
            return Look()
        self._since = at if self._since is None else self._since
        waited = at - self._since
        waiting = [path for path in sorted(changed) if self._waits(path, now, at)]
        if waited >= self._pace.limit:
            return Look(True, True, tuple(path for path in waiting if path in now and not self._is_whole(path)))
        return Look(True, not waiting and waited >= self._pace.settle)

    def ran(self, done: Snapshot, late: Collection[Path] = ()) -> None:
        """A run has taken in a snapshot; `late` were not whole, and count as changed once they are."""
        self._done, self._late = done, frozenset(late)
        self._seen, self._since = {}, None

    def had(self) -> Snapshot:
        """What the last run took in."""
        return self._done or {}

    def _changed(self, now: Snapshot) -> set[Path]:
        done = self.had()
        changed = {path for path in now.keys() | done.keys() if now.get(path) != done.get(path)}
        return changed | {path for path in self._late if path in now and self._is_whole(path)}

    def _waits(self, path: Path, now: Snapshot, at: float) -> bool:
        """Whether a changed file is to be waited for. One that still changes is not opened, a whole one once."""
        rested = at - self._seen[path][1]
        if _is_unfinished(path):  # never whole under this name; perhaps nobody goes on with it
            return path in now and rested < _STALLED * self._pace.settle
        if rested < self._pace.settle:
            return True
        if path not in now or self._whole.get(path) == now[path]:
            return False
        if self._is_whole(path):
            self._whole[path] = now[path]
            return False
        return True


def is_whole(path: Path) -> bool:
    """Whether a file looks as if all of it had arrived.

    An .xlsx ends with the directory of its archive, so half of one has none; room that was reserved for a file is
    full of zeros; on Windows a file being written can often not be opened.
    """
    if _is_unfinished(path):
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            return zipfile.is_zipfile(stream) if start[:2] == b"PK" else bool(start.strip(b"\0"))
    except OSError:
        return False


def consolidated(order: Order) -> Ran:
    """Runs one folder."""
    return [(order, run(order))]


def consolidated_tree(order: Order) -> Ran:
    """Runs a tree of folders."""
    return [(level.order, level.outcome) for level in run_tree(order).levels]


def watch(
    order: Order,
    pace: Pace = Pace(),
    stop: Event | None = None,
    tell: Callable[[str], None] = print,
    runs: Callable[[Order], Ran] = consolidated,
    *,
    recursive: bool = False,
    polls: bool = False,
) -> int:
    """Consolidates now, and again after each change, until `stop` is set or Ctrl-C; returns how many runs were made.

    `tell` hears Vietnamese sentences, `runs` does the work. With `polls` the library looks by itself, as network
    shares may need it. What one run cannot do is told, and watching goes on.
    """
    stop = stop or Event()
    watching = _Watch(order, pace, tell, runs, recursive)
    tell(f"Đang theo dõi thư mục “{order.folder}”. Bấm Ctrl+C để dừng.")
    with _stopped_by_ctrl_c(stop), suppress(KeyboardInterrupt):
        for woken in _wakes(watching.folders, stop, recursive, polls):
            watching.look(time.monotonic(), woken)
    tell(f"Đã dừng theo dõi sau {watching.count} lần tổng hợp; không có tệp nào ghi dở dang.")
    return watching.count


@contextmanager
def _stopped_by_ctrl_c(stop: Event) -> Iterator[None]:
    """Has Ctrl-C also set `stop`: Python loses the exception where it falls into a callback, as while it forks."""
    if threading.current_thread() is not threading.main_thread():  # only that one hears signals
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        stop.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass
class _Watch:
    """A watch at work: what it knows between two looks."""

    order: Order
    pace: Pace
    tell: Callable[[str], None]
    runs: Callable[[Order], Ran]
    recursive: bool
    count: int = 0
    is_gone: bool = False
    is_pending: bool = False
    next_look: float = 0.0
    retry: float | None = None
    told: str = ""

    def __post_init__(self) -> None:
        self.settled = Settled(self.pace, is_whole)
        self.scope = _Scope(self.order, self.recursive)
        self.roster_stamp = self.scope.stamp(self.order.roster_path)

    def folders(self) -> list[Path]:
        """Where something may happen that matters."""
        order = self.order
        if self.recursive:  # who knows what else lies below the others
            return [order.folder]
        others = [path.parent for path in (order.summary_path, order.decisions_place, order.roster_path)]
        return list(dict.fromkeys([order.folder, *others]))

    def look(self, at: float, woken: bool) -> None:
        """Looks at the folder where there is reason to, and runs where all is ready."""
        if not (woken or self._is_due(at) or self.is_pending or at >= self.next_look):
            return
        self.next_look = at + self.pace.look
        try:
            now = self.scope.snapshot()
        except OSError:
            self._gone()
            return
        if self.is_gone:
            self.is_gone, self.retry = False, at  # a run may have met the folder half gone
            self.tell(f"Thư mục “{self.order.folder}” đã có lại; tiếp tục theo dõi.")
        found = self.settled.look(now, at)
        self.is_pending = found.pending
        if found.ready or (self._is_due(at) and not found.pending):
            if self._is_emptied(now):
                self.is_pending = False
            else:
                self._run(now, found.late)

    def _is_due(self, at: float) -> bool:
        return self.retry is not None and at >= self.retry

    def _gone(self) -> None:
        self.is_pending = False
        if not self.is_gone:
            self.is_gone = True
            self.tell(f"Không thấy thư mục “{self.order.folder}” (mất kết nối?). Chờ thư mục trở lại.")

    def _is_emptied(self, now: Snapshot) -> bool:
        """Whether all reports went at once: rather a share that is not quite there than a wish for an empty summary."""
        emptied = bool(self.scope.reports(self.settled.had())) and not self.scope.reports(now)
        if emptied:
            self._tell_once("Mọi báo cáo trong thư mục đã biến mất; giữ nguyên sổ tổng hợp và chờ.")
        return emptied

    def _run(self, now: Snapshot, late: tuple[Path, ...]) -> None:
        """One run over what the snapshot shows, and how things stand afterwards."""
        if late:
            names = ", ".join(path.name for path in late[:10]) + (", …" if len(late) > 10 else "")
            self.tell(f"Sau {self.pace.limit:g} giây vẫn chưa trọn: {names}. Tổng hợp phần còn lại.")
        self._read_roster()
        self.retry = None
        try:
            ran = self.runs(self.order)
        except (CannotRun, Held, OSError) as error:
            self._hindered(error)
            self.settled.ran(self.scope.after(now, self.scope.outputs()), late)
            return
        self.told, self.count = "", self.count + 1
        written = self.scope.take([order for order, _ in ran], [outcome for _, outcome in ran if outcome])
        self.settled.ran(self.scope.after(now, written), late)

    def _hindered(self, error: CannotRun | Held | OSError) -> None:
        """Tells why a run could not be made. What only hinders is tried again; what the files say waits for others."""
        if isinstance(error, CannotRun) and self.order.folder.is_dir():
            self._tell_once(f"Chưa tổng hợp được: {error}")
            return
        self.retry = time.monotonic() + self.pace.again
        why = f"“{error.filename or ''}”: {refusal_words(error)}." if isinstance(error, OSError) else str(error)
        self._tell_once(f"Chưa tổng hợp được: {why} Sẽ thử lại sau {self.pace.again:g} giây.")

    def _tell_once(self, text: str) -> None:
        if text != self.told:
            self.told = text
            self.tell(text)

    def _read_roster(self) -> None:
        """Takes a list of units that was saved since; one with mistakes is told, and the one before still counts."""
        path = self.order.roster_path
        stamp = self.scope.stamp(path)
        if stamp is None or stamp == self.roster_stamp:
            return
        self.roster_stamp = stamp
        roster, findings = roster_and_findings(path)
        if errors_in(findings):
            self.tell(f"Danh sách đơn vị “{path.name}” vừa lưu có lỗi; vẫn dùng danh sách trước đó.")
        else:
            self.order = replace(self.order, roster=roster)


class _Scope:
    """Which files matter: reports in the folders of some orders, and what people change of the outputs.

    A summary and a decisions workbook are known by their content: who writes the same again changed nothing.
    """

    def __init__(self, order: Order, recursive: bool) -> None:
        self._folder, self._roster = order.folder.resolve(), _here(order.roster_path)
        ours = {STORE, *([order.returns_path.name] if order.returns_path else [])}
        self._closed = ours if recursive else None
        self._decided: set[Path] = set()
        self._contents: dict[Path, tuple[Stamp, Stamp]] = {}
        self._take([order])

    def take(self, orders: Sequence[Order], outcomes: Sequence[Outcome]) -> set[Path]:
        """Takes over the folders that a run found in its tree; returns the files it wrote that people may change."""
        self._take(orders)
        decided = {_here(Path(one.decisions_file)) for one in outcomes if one.decisions_file}
        self._decided |= decided
        return decided | {_here(Path(one.summary_file)) for one in outcomes}

    def snapshot(self) -> Snapshot:
        """How all that matters stands. Raises OSError where the folder is gone."""
        outputs = self.outputs()
        found: dict[Path, Stamp | None] = {
            path: stamp for path, stamp in _files_in(self._folder, self._closed) if self._matters(path)
        }
        found[self._roster] = self.stamp(self._roster)
        found |= {path: self._content(path) for path in outputs}
        return {path: stamp for path, stamp in found.items() if stamp is not None}

    def outputs(self) -> set[Path]:
        """What we write and people change: summaries, those written beside them, decisions."""
        beside = [path for summary in self._summaries for path in written_beside(summary)]
        return self._decided | self._decisions | set(self._summaries) | set(beside)

    def reports(self, snapshot: Snapshot) -> set[Path]:
        """Those files of a snapshot that are somebody's report."""
        return snapshot.keys() - self.outputs() - {self._roster}

    def after(self, before: Snapshot, written: Collection[Path]) -> Snapshot:
        """What a run has taken in: the snapshot before it, but what it wrote itself as it stands now.

        So what a person saved meanwhile stays new.
        """
        outputs = self.outputs()
        done = {path: stamp for path, stamp in before.items() if path in outputs or self._matters(path)}
        for path in written:
            if (stamp := self._content(path)) is not None:
                done[path] = stamp
        return done

    def stamp(self, path: Path) -> Stamp | None:
        """Size and time of a file, None where there is none."""
        try:
            return _stamp(path.stat())
        except OSError:
            return None

    def _content(self, path: Path) -> Stamp | None:
        """Size and hash of a file; as last known where nobody may read it just now."""
        stamp = self.stamp(path)
        if stamp is None:
            return None
        known = self._contents.get(path)
        if known is None or known[0] != stamp:
            try:
                known = stamp, (stamp[0], hashlib.sha256(path.read_bytes()).hexdigest())
            except OSError:
                known = known or (stamp, stamp)
            self._contents[path] = known
        return known[1]

    def _matters(self, path: Path) -> bool:
        """Whether a file that is no summary is more than a report of ours or a copy that we put beside an output."""
        if path in self._reports:
            return False
        name, beside = normalize("NFC", path.stem), self._beside.get(path.parent)
        return beside is None or not name.startswith(beside)

    def _take(self, orders: Sequence[Order]) -> None:
        """Keeps where the outputs of orders are, so that a look at a share asks for no path twice."""
        self._summaries = [_here(order.summary_path) for order in orders]
        self._decisions = {_here(order.decisions_place) for order in orders}
        self._reports = {_here(order.report_path) for order in orders}
        self._beside: dict[Path, tuple[str, ...]] = {}
        for path in (*self._summaries, *self._reports):
            names = tuple(f"{normalize('NFC', path.stem)} ({word}" for word in _LEFT_BY_US)
            self._beside[path.parent] = self._beside.get(path.parent, ()) + names


def _files_in(folder: Path, closed: Collection[str] | None) -> Iterator[tuple[Path, Stamp]]:
    """Files that may be somebody's report. Raises OSError where the folder itself is gone.

    `closed` are names of folders that are not looked into; None for all of them.

    Windows tells size and time along with the names, a little late for a file that is just being written: that it is
    whole is seen from its end.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(("~$", ".~")) or entry.name.casefold() in SYSTEM_FILES:
                continue
            with suppress(FileNotFoundError):  # gone since its name was read
                if entry.is_file(follow_symlinks=False):
                    yield folder / entry.name, _stamp(entry.stat(follow_symlinks=False))
                elif closed is not None and entry.is_dir(follow_symlinks=False) and entry.name not in closed:
                    yield from _files_in(folder / entry.name, closed)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns


def _here(path: Path) -> Path:
    """A path that compares with others; what it names may be gone, or a link, which is another file than its target."""
    return path.parent.resolve() / path.name


def _is_unfinished(path: Path) -> bool:
    return path.suffix.casefold() in _UNFINISHED


def _wakes(folders: Callable[[], Sequence[Path]], stop: Event, recursive: bool, polls: bool) -> Iterator[bool]:
    """Wakes the watch, a few times a second: True where something happened in a folder, also in one that came back."""
    import watchfiles

    while not stop.is_set():
        there = _present(folders())
        yield True
        if not there:
            stop.wait(_STEP)
            continue
        changes = watchfiles.watch(
            *there,
            watch_filter=None,
            debounce=200,
            rust_timeout=int(_STEP * 1000),
            yield_on_timeout=True,
            stop_event=stop,
            force_polling=polls or None,
            poll_delay_ms=1000,
            recursive=recursive,
            ignore_permission_denied=True,
        )
        try:
            with closing(changes):
                for change in changes:
                    yield bool(change)
                    if _present(folders()) != there:
                        break
        except (OSError, RuntimeError):  # a folder went just now; too much is being watched
            stop.wait(_STEP)


def _present(folders: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Folders that are there, each with what tells it from a later one of the same name."""
    found = {}
    for folder in folders:
        try:
            status = folder.stat()
        except OSError:
            continue
        if folder.is_dir():
            found[folder] = (status.st_dev, status.st_ino)
    return found
