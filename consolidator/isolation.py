"""Reads many files in worker processes, so that a file that kills its reader costs one file and not the batch."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from consolidator.finding import Place
from consolidator.outcome import FileOutcome
from consolidator.reading import read_file
from consolidator.rulebook import load
from consolidator.wording import tell

SECONDS = 30
"""Computing time a worker may spend on one file before it counts as crashed; a real workbook needs a tenth of one."""
Task = tuple[Path, str]
BATCH = 20
"""Files a worker takes at once: enough to hide the cost of handing over, few enough to keep all workers busy."""
MEMORY = 2 * 2**30
"""Bytes of address space a worker may take; a real workbook needs a hundredth of it."""


def read_all(tasks: Sequence[Task], done: Callable[[int], None] = lambda count: None) -> list[FileOutcome]:
    """What every file says, in the order given. `done` hears how many files were finished each time."""
    found: dict[str, FileOutcome] = {}
    batches = [
        tasks[start : start + _batch_size(len(tasks))] for start in range(0, len(tasks), _batch_size(len(tasks)))
    ]
    for batch, outcomes in _run(batches, os.cpu_count() or 1):
        if outcomes is None:  # something in this batch killed its worker: find out what, one file at a time
            outcomes = [_read_alone(task) for task in batch]
        for outcome in outcomes:
            found[outcome.path] = _with_view(outcome)
        done(len(batch))
    return [found[str(path)] for path, _ in tasks]


def _batch_size(files: int) -> int:
    return max(1, min(BATCH, -(-files // (os.cpu_count() or 1))))


def _run(batches: Sequence[Sequence[Task]], workers: int) -> Iterator[tuple[Sequence[Task], list[FileOutcome] | None]]:
    """Each batch with its outcomes, or with None if its worker died."""
    if not batches:
        return
    with ProcessPoolExecutor(min(workers, len(batches)), initializer=_limit_memory) as pool:
        waiting: dict[Future[list[FileOutcome]], Sequence[Task]] = {}
        broken: list[Sequence[Task]] = []
        for batch in batches:
            try:
                waiting[pool.submit(_read_batch, batch)] = batch
            except BrokenProcessPool:
                broken.append(batch)
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except BrokenProcessPool:
                broken.append(waiting[future])
    for batch in broken:
        yield batch, None


def _read_alone(task: Task) -> FileOutcome:
    path, shown = task
    for _, outcomes in _run([[task]], 1):
        if outcomes is not None:
            return outcomes[0]
    return FileOutcome(shown, str(path), "rejected", findings=[tell("file-crashed", Place(file=shown))])


def _read_batch(batch: Sequence[Task]) -> list[FileOutcome]:
    return [_read_in_time(path, shown) for path, shown in batch]


def _read_in_time(path: Path, shown: str) -> FileOutcome:
    """Reads a file; a reader that never ends is ended by the alarm, which nothing catches."""
    if not hasattr(signal, "setitimer"):  # Windows has no such alarm
        return read_file(path, shown)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return read_file(path, shown)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _with_view(outcome: FileOutcome) -> FileOutcome:
    """Gives a submission back the form it belongs to, which does not travel between processes."""
    if outcome.submission is not None and not hasattr(outcome.submission, "view"):
        outcome.submission.view = load(outcome.form).at(str(outcome.submission.meta["meta.level"]))
    return outcome


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
