"""What comes to stand beside an output that is open in Excel: nothing typed is lost.

A workbook that is open is never written over. The new one stands beside it, with the time in its name; the next run
reads what was typed into either, and once it has written the workbook itself it puts the others aside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unicodedata import normalize

from consolidator.saving import save, save_new, staged

NEW, TAKEN = " (mới {when}{again})", " (đã gộp{again})"
_WHEN = "%Hh%M %d-%m-%Y"
_NEW = re.compile(r" \(mới (\d\dh\d\d \d\d-\d\d-\d{4})(?:, (\d+))?\)")

Stamp = tuple[int, int] | None
"""When a file was last written (nanoseconds) and how long it is; None where there is none."""


@dataclass(frozen=True)
class Standing:
    """An output and what stands beside it, as they stood when a run began.

    Attributes:
        besides: workbooks that earlier runs wrote beside it, in the order of the times in their names.
        typed: of both, those a person may have typed into, in the order in which they were saved.
    """

    path: Path
    besides: tuple[Path, ...]
    typed: tuple[Path, ...]
    stamps: Mapping[Path, Stamp]

    @contextmanager
    def staged(self, content: bytes) -> Iterator[Callable[[], Path]]:
        """The output whole on the disk; what is yielded puts it into its place, or beside it where that is open or was
        changed meanwhile, and returns where. Raises OSError.

        What stood beside it is put aside once the output itself has what was typed there.
        """
        with staged(self.path, content) as place:
            yield lambda: self._placed(place, content)

    def _placed(self, place: Callable[[], None], content: bytes) -> Path:
        if _stamp(self.path) != self.stamps[self.path] or open_in_excel(self.path) is not None:
            return _written_beside_now(self.path, content)
        try:
            place()
        except PermissionError:  # Windows lets nobody replace what a program holds open
            return _written_beside_now(self.path, content)
        for beside in self.besides:
            with suppress(OSError):  # the output is written; the next run takes in the same once more
                if open_in_excel(beside) is None and _stamp(beside) == self.stamps[beside]:
                    _put_aside(beside)
        return self.path


def standing(path: Path) -> Standing:
    """How an output stands now; ask before it is read."""
    stamps = {one: _stamp(one) for one in (path, *written_beside(path))}
    besides = tuple(one for one in stamps if one != path)
    typed = [one for one, stamp in stamps.items() if stamp and (one == path or is_touched(one))]
    return Standing(path, besides, tuple(sorted(typed, key=lambda one: stamps[one] or ())), stamps)


def save_beside(path: Path, content: bytes) -> Path:
    """Writes a file; where it is open or refuses, a new one beside it, never over something. Returns which.

    Raises OSError where the folder takes neither.
    """
    if open_in_excel(path) is None:
        try:
            save(path, content)
        except PermissionError:  # Windows lets nobody replace what a program holds open
            return _written_beside_now(path, content)
        return path
    return _written_beside_now(path, content)


def written_beside(path: Path) -> list[Path]:
    """Workbooks that were written beside an output, in the order of the times in their names; not those put aside."""
    if not path.parent.is_dir():
        return []
    found = {one: key for one in path.parent.iterdir() if (key := _time_of(one, path)) is not None}
    return sorted(found, key=lambda one: found[one])


def is_touched(beside: Path) -> bool:
    """Whether a workbook written beside an output was saved by a person since, or copied about."""
    match = _NEW.search(_plain(beside.stem))
    return match is None or beside.stat().st_mtime != datetime.strptime(match[1], _WHEN).timestamp()


def open_in_excel(path: Path) -> str | None:
    """Who has a workbook open, "" where that is not said; None where nobody has."""
    for lock, owner in (
        (path.with_name(f"~${path.name}"), _excel_owner),
        (path.with_name(f".~lock.{path.name}#"), _office_owner),
    ):
        try:
            with lock.open("rb") as stream:
                content = stream.read(1_000)
        except FileNotFoundError:
            continue
        except OSError:  # Excel lets nobody look into it on some shares
            content = b""
        return None if _is_left_over(path) else owner(content)
    return None


def _is_left_over(path: Path) -> bool:
    """Whether a lock says more than is true: on Windows a program holds what it has open, and a crashed one does not.

    Elsewhere there is nothing to ask, so the lock is believed.
    """
    if os.name != "nt":
        return False
    try:
        with path.open("r+b"):
            return True
    except OSError:
        return False


def _excel_owner(content: bytes) -> str:
    """The name in `~$name.xlsx`: its length and 54 bytes of ANSI, then its length and UTF-16."""
    length = int.from_bytes(content[55:57], "little")
    wide = content[57 : 57 + 2 * length].decode("utf-16-le", "replace")
    return _name(wide) or _name(content[1 : 1 + content[0]].decode("cp1252", "replace") if content else "")


def _office_owner(content: bytes) -> str:
    """The name in `.~lock.name#`: the person as LibreOffice knows them, else as the computer does."""
    fields = content.decode("utf-8", "replace").split(",")
    return next(filter(None, map(_name, fields[:2])), "")


def _name(text: str) -> str:
    return normalize("NFC", "".join(char for char in text if char.isprintable()).strip())


def _written_beside_now(path: Path, content: bytes) -> Path:
    when = datetime.now().replace(second=0, microsecond=0)
    for beside in _free_names(path, NEW.replace("{when}", when.strftime(_WHEN))):
        if save_new(beside, content, path):
            os.utime(beside, (when.timestamp(), when.timestamp()))  # so that a later change of it shows: `is_touched`
            return beside
    raise AssertionError("names never run out")


def _put_aside(beside: Path) -> None:
    """Renames a workbook that was taken in. Raises OSError."""
    for free in _free_names(beside, TAKEN):
        if not free.exists():
            beside.rename(free)
            return


def _free_names(path: Path, ending: str) -> Iterator[Path]:
    """The path with an ending before its suffix, then with the ending numbered 2, 3 …"""
    number = 1
    while True:
        again = f", {number}" if number > 1 else ""
        yield path.with_name(f"{path.stem}{ending.format(again=again)}{path.suffix}")
        number += 1


def _time_of(one: Path, path: Path) -> tuple[datetime, int] | None:
    """When a file was written beside an output, by its name; None for every other file."""
    name, stem = _plain(one.stem), _plain(path.stem)
    match = _NEW.fullmatch(name, len(stem)) if name.startswith(stem) else None
    if match is None or one.suffix.casefold() != path.suffix.casefold():
        return None
    try:
        return datetime.strptime(match[1], _WHEN), int(match[2] or 1)
    except ValueError:  # somebody's own "99h99"
        return None


def _plain(text: str) -> str:
    return normalize("NFC", text)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
