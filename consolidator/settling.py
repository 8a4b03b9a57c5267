"""When files that arrive are whole and at rest: knows no clock and lists no folder."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

Stamp = tuple[int, int | str]
"""Size of a file, and when it was written (nanoseconds) or what is in it (hash)."""
Snapshot = Mapping[Path, Stamp]
_UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".tmp")
"""Endings that browsers and copying programs give to files they have not finished."""
_STALLED = 5
"""How many times the rest of a whole file such a one must lie still to count as given up."""


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


USUAL = Pace()


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


def _is_unfinished(path: Path) -> bool:
    return path.suffix.casefold() in _UNFINISHED
