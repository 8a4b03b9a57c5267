"""A process that begins afresh keeps the memory that one file gave back for the next."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

import pytest

from consolidator.isolation import begin
from consolidator.memory import seldom_look_for_garbage

AFRESH: BaseContext = multiprocessing.get_context("spawn")
LARGE, PIECES, TIMES, PAGE = 1_000_000, 10, 50, 4096


def faults(times: int) -> int:
    """Pages that the system had to give while large pieces came and went."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        _ = [b"x" * LARGE for _ in range(PIECES)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def asked(initializer: Callable[[], None] | None) -> int:
    with ProcessPoolExecutor(1, AFRESH, initializer=initializer) as pool:
        return pool.submit(faults, TIMES).result()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do it their own way")
def test_a_worker_that_begins_afresh_asks_for_memory_once() -> None:
    pages = LARGE * PIECES // PAGE
    assert asked(begin) < 3 * pages < TIMES * pages / 2 < asked(None)


def test_garbage_is_looked_for_seldom() -> None:
    before = gc.get_threshold()
    try:
        seldom_look_for_garbage()
        assert gc.get_threshold() == (100_000, 50, 100)
    finally:
        gc.set_threshold(*before)
