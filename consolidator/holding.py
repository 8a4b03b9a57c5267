"""One run at a time on an output in a shared folder: a lock of the operating system, and beside it who holds it.

The lock goes with the process that holds it, however that ends. What is said of the holder may outlive a killed
process; it is only believed while the lock is held, and the next holder writes over it.
"""

from __future__ import annotations

import getpass
import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from consolidator.saving import HOLDER, LOCK, hidden, save

PATIENCE = 10.0
"""Seconds a second run waits for the first."""
_STEP = 0.5
_FOR_ALL = 0o666
"""Whoever may write into the shared folder may hold what is in it."""


class Held(Exception):
    """Another run is at work on the same output; the message is for the person who asked (Vietnamese)."""


@dataclass(frozen=True)
class Holder:
    """Who holds an output: user, computer and since when, in words."""

    user: str = "người khác"
    computer: str = "?"
    since: str = "?"


@contextmanager
def held(
    path: Path,
    patience: float = PATIENCE,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Iterator[None]:
    """Holds an output for one run; within a run again at no cost.

    Waits up to `patience` seconds for who holds it, then raises Held with their name. Raises OSError where the
    output's folder takes no files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(hidden(path, LOCK), mode=_FOR_ALL, is_singleton=True)
    again = lock.is_locked
    _take(lock, path, patience, progress)
    said = hidden(path, HOLDER)
    try:
        if not again:
            with suppress(OSError):  # somebody reads the name just now: they are told less, nothing else is lost
                save(said, json.dumps(asdict(_me()), ensure_ascii=False).encode(), path)
        yield
    finally:
        if not again:
            with suppress(OSError):
                said.unlink()
        lock.release()


def holder(path: Path) -> Holder:
    """Who holds an output, as far as it is said."""
    try:
        found = json.loads(hidden(path, HOLDER).read_text("utf-8"))
        return Holder(str(found["user"]), str(found["computer"]), str(found["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()


def _take(lock: FileLock, path: Path, patience: float, progress: Callable[[str, int, int], None]) -> None:
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        try:
            lock.acquire(timeout=max(0.0, min(_STEP, patience - waited)))
            return
        except Timeout:
            waited = time.monotonic() - began
            who = holder(path)
            if waited >= patience:
                raise Held(_sentence(path, who, patience)) from None
            progress(f"Chờ {who.user} (máy {who.computer}) tổng hợp xong", int(waited), int(patience))


def _sentence(path: Path, who: Holder, patience: float) -> str:
    return (
        f"“{path.name}” đang được {who.user} tổng hợp trên máy {who.computer} từ {who.since}; đã chờ "
        f"{patience:g} giây. Đợi bên đó xong rồi chạy lại; chưa ghi tệp nào."
    )


def _me() -> Holder:
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # an account without a name
        user = Holder.user
    return Holder(user, platform.node(), datetime.now().strftime("%Hh%M ngày %d/%m/%Y"))
