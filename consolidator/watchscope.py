"""Which files of a folder matter to who watches it, and how they stand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from unicodedata import normalize

from consolidator.besides import written_beside
from consolidator.inbox import SYSTEM_FILES
from consolidator.naming import STORE, data_beside
from consolidator.ordering import Order
from consolidator.outcome import Outcome
from consolidator.settling import Snapshot, Stamp

_LEFT_BY_US = ("mới ", "bản cũ ")
"""What follows the name of an output, after a bracket, in the names of workbooks we put beside it."""


class Scope:
    """Which files matter: reports in the folders of some orders, and what people change of the outputs.

    A summary and a decisions workbook are known by their content: who writes the same again changed nothing.
    """

    def __init__(self, order: Order, recursive: bool) -> None:
        self._folder, self._roster = order.local_folder.resolve(), _here(order.roster_path)
        ours = {STORE, *([order.returns_path.name] if order.returns_path else [])}
        self._closed: set[str] | None = ours if recursive else None
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
        if self._closed is not None:
            self._closed |= {data_beside(path).name for path in self._summaries}
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
