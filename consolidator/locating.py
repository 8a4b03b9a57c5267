"""Finds the file behind a line of a summary, wherever it lies now: by its link, by its name, by its hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from consolidator.archives import inside
from consolidator.grid import MAX_FILE, Unreadable, nfc
from consolidator.linking import path_of
from consolidator.opening import snapshot
from consolidator.submission import Line

MAX_ENTRIES, MAX_HASHED, MIN_SIZE = 20_000, 3_000, 1_000
"""Names looked at below a folder, files hashed there, bytes of the smallest workbook: a search that always ends."""
_SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Found:
    """A file for a line, None where there is none; `is_same` tells whether its hash is the one of the line."""

    path: Path | None
    is_same: bool


class Shelves:
    """The folders below a summary, looked through once; every file hashed at most once."""

    def __init__(self, folder: Path) -> None:
        self._top = folder
        self._below: dict[Path, list[Path]] = {}
        self._digests: dict[Path, str] = {}
        self._hashed = 0

    def find(self, line: Line, folder: Path) -> Found:
        """The file of a line of a summary that lies in `folder`.

        The file that was merged, wherever it is, goes before one that only bears its name: a unit's newer version
        may stand where the merged one stood.
        """
        linked = path_of(line.link, folder)
        near = [linked, *(one for one, _ in inside(linked))] if linked is not None and linked.is_file() else []
        for look in (lambda: near, lambda: self._named(line, folder), lambda: self._likely(line, folder)):
            for path in look():
                if self._digest(path) == line.source.sha256:
                    return Found(path, True)
        near += self._named(line, folder)
        return Found(near[0] if near else None, False)

    def _named(self, line: Line, folder: Path) -> list[Path]:
        """Workbooks that bear the name of the line's file."""
        name = nfc(line.source.file).replace("\\", "/").rpartition("/")[2]
        return [path for path in self._workbooks(folder) if nfc(path.name) == name]

    def _likely(self, line: Line, folder: Path) -> Iterator[Path]:
        """Workbooks that may be the file under another name, those with the unit's code in theirs first."""
        for path in sorted(self._workbooks(folder), key=lambda path: line.unit not in path.name):
            if path not in self._digests:
                if self._hashed >= MAX_HASHED:
                    continue
                self._hashed += 1
            yield path

    def _workbooks(self, folder: Path) -> list[Path]:
        """Workbooks in and below the folder of a summary and that of the topmost, in the order of names."""
        for start in (folder, self._top):
            if start not in self._below:
                self._below[start] = sorted(_walk(start))
        return list(dict.fromkeys([*self._below[folder], *self._below[self._top]]))

    def _digest(self, path: Path) -> str:
        """Hash of a file; "" for one that cannot be read."""
        if path not in self._digests:
            try:
                self._digests[path] = hashlib.sha256(snapshot(path)).hexdigest()
            except Unreadable:
                self._digests[path] = ""
        return self._digests[path]


def _walk(start: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, names in os.walk(start):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if name.lower().endswith(_SUFFIXES) and not name.startswith(("~$", ".")) and _is_plausible(path):
                yield path
        seen += len(names) + len(folders)
        if seen > MAX_ENTRIES:
            return


def _is_plausible(path: Path) -> bool:
    """Whether a file may be a workbook, by its size; one that vanished meanwhile is none."""
    try:
        return not path.is_symlink() and MIN_SIZE <= path.stat().st_size <= MAX_FILE
    except OSError:
        return False
