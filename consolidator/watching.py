"""Consolidates a folder again whenever something in it changed, once what arrives is whole and nothing more comes.

What the system reports of a folder is only an alarm, which network shares are free to lose: what counts is what a
look at the folder finds. A run reads the whole folder, so it waits for files that are still being copied, up to a
limit; after that it runs all the same, and the report names them as unreadable.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import FrameType

from consolidator.auditing import run_or_audit
from consolidator.console import roster_and_findings
from consolidator.consolidation import CannotRun, Order
from consolidator.finding import errors_in
from consolidator.holding import Held
from consolidator.outcome import Outcome
from consolidator.recursing import run_tree
from consolidator.settling import USUAL, Pace, Settled, Snapshot, is_whole
from consolidator.watchscope import Scope
from consolidator.wording import refusal_words

Ran = Sequence[tuple[Order, Outcome | None]]
"""What a run came to: one folder, or all of a tree, None where one could not be run."""

_STEP = 0.5
"""Seconds after which the watch looks up, whatever happens."""


def consolidated(order: Order) -> Ran:
    """Runs one folder."""
    return [(order, run_or_audit(order))]


def consolidated_tree(order: Order) -> Ran:
    """Runs a tree of folders."""
    return [(level.order, level.outcome) for level in run_tree(order).levels]


def watch(
    order: Order,
    pace: Pace = USUAL,
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
        self.scope = Scope(self.order, self.recursive)
        self.roster_stamp = self.scope.stamp(self.order.roster_path)

    def folders(self) -> list[Path]:
        """Where something may happen that matters."""
        order = self.order
        if self.recursive:  # who knows what else lies below the others
            return [order.local_folder]
        others = [path.parent for path in (order.summary_path, order.decisions_place, order.roster_path)]
        return list(dict.fromkeys([order.local_folder, *others]))

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
        if isinstance(error, CannotRun) and self.order.local_folder.is_dir():
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
