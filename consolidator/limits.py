"""What a process that reads strangers' files may take: memory, computing, time. What goes beyond ends with its process.

An ordinary report needs a tenth of it. The summary of a parent of thousands of units needs more, so the larger a file
is the more it may take.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

SECONDS, WAIT = 10, 60
"""Of computing, and of passing, that a worker may spend on one file before it counts as crashed.

A real report needs a tenth of a second; on a busy machine, or over a slow network, that passes slowly.
"""
MEMORY = 512 * 2**20
"""Bytes of address space a worker may take besides what it begins with; a real report needs a tenth of it."""
FOR_A_BYTE, FOR_A_MIB = 16, (1, 6)
"""More of it for each byte of a file, and more seconds (of computing, of passing) for each MiB: the summary of 3,000
units, 22 MiB, takes 600 MiB and, on a slow machine, 15 s of computing."""
ALL = 2 * 2**30
"""Bytes of address space with what it begins with, where a system does not say how much that is."""
P = ParamSpec("P")
T = TypeVar("T")


def within_limits(size: int, function: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Calls a reader of files of so many bytes; one that never ends is ended with its process: nothing catches that."""
    allow(size)
    try:
        return function(*args, **more)
    finally:
        faulthandler.cancel_dump_traceback_later()
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def allow(size: int) -> None:
    """What may be taken from now on, for files of so many bytes.

    The alarm counts computing, which Windows cannot; the watch beside it counts time and needs no lock of Python's.
    """
    limit_memory(size)
    computing, passing = (seconds * (size >> 20) for seconds in FOR_A_MIB)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, SECONDS + computing)
    faulthandler.dump_traceback_later(WAIT + passing, exit=True, file=_nowhere())


def limit_memory(size: int = 0) -> None:
    """Limits the memory of this process, once it has begun to be limited (`begin_to_limit`); Windows has no such limit.

    What a large file gave back to the C library counts as taken: the next one is left half of what it may take.
    """
    if _begun:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = max(_begun[0] + MEMORY, _taken() + MEMORY // 2) + FOR_A_BYTE * size
        resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


_begun: list[int] = []
"""Bytes of address space that this process had when it began to be limited."""


def begin_to_limit() -> None:
    """From now on the memory of this process is limited."""
    try:
        import resource  # noqa: F401
    except ImportError:
        return
    _begun[:] = [_taken()]
    limit_memory()


def _taken() -> int:
    """Bytes of address space this process takes now: libraries reserve far more than they use."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return ALL - MEMORY


@cache
def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)
