"""Processes that work for this one: how they begin and end, and a second pair of hands for one piece of work.

The second pair is a copy of this process that works while this one goes on: only where a process can be split in two,
has a core to spare and no threads. Elsewhere, and wherever the copy dies or is not heard of, whoever asks for the
result does the work: nothing hangs on the copy but time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds after which a copy is given up: some library may have held a lock when the process was split."""


class Helper(Generic[T]):
    """A piece of work, begun at once in a copy of this process where there can be one; what it gives is pickled."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work, self._begun = work, _begun(work) if can_split() else None

    def result(self) -> T:
        """What came of it, to be asked for once. Raises what the work raises."""
        if self._begun is not None:
            answer, copy = self._begun
            with answer, suppress(EOFError, OSError):
                if answer.poll(PATIENCE):
                    found: T = answer.recv()
                    copy.join(PATIENCE)
                    return found
            copy.kill()
        return self._work()


def _begun(work: Callable[[], T]) -> tuple[Connection, BaseProcess] | None:
    """The copy, and where its answer comes; None where the system has no room for another process."""
    apart = multiprocessing.get_context("fork")
    answer, theirs = apart.Pipe(duplex=False)
    copy = apart.Process(target=_help, args=(work, theirs), daemon=True)
    with theirs:
        try:
            copy.start()
        except OSError:
            answer.close()
            return None
    return answer, copy


def _help(work: Callable[[], T], answer: Connection) -> None:
    """In the copy. Of what goes wrong nothing is said: it goes wrong once more for who asks."""
    end_with_parent()
    with suppress(Exception):
        answer.send(work())


def can_split() -> bool:
    """Whether a copy of this process could work beside it."""
    return _is_alone() and not multiprocessing.current_process().daemon and cores() > 1


def as_workers_begin() -> BaseContext:
    """How workers begin: as copies of this process where it can be copied, for they find loaded what they need.

    Python does so by itself on Linux up to 3.13; later ones begin them afresh, half a second a run.
    """
    return multiprocessing.get_context("fork" if _is_alone() else None)


def _is_alone() -> bool:
    """Whether this process can be copied: threads, and what they hold, would not be in the copy."""
    return sys.platform == "linux" and threading.active_count() == 1


def cores() -> int:
    """Cores that this process may use: fewer than the machine has, in a container."""
    may_use = getattr(os, "sched_getaffinity", None)
    return len(may_use(0)) if may_use else os.cpu_count() or 1


def end_with_parent() -> None:
    """In a process that works for another: it ends with that one, however that ends.

    Ctrl+C goes to every process of a terminal; the parent alone answers it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """Without this the workers of a killed run would wait for work for ever."""
    wait([sentinel])
    os._exit(1)
