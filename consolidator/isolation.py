"""Reads many files in worker processes, so that a file that kills its reader costs one file and not the batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import TypeVar

from consolidator.archives import carrier
from consolidator.checking import all_alone
from consolidator.engine import Engine, Reader, Task
from consolidator.finding import Place
from consolidator.formcache import keep_what_was_worked_out
from consolidator.helping import as_workers_begin, cores, end_with_parent
from consolidator.limits import allow, begin_to_limit, within_limits
from consolidator.memory import hold_on_to_memory, seldom_look_for_garbage
from consolidator.opening import Opened, finished, open_file
from consolidator.outcome import FileOutcome
from consolidator.parcel import Parcel, packed, with_view
from consolidator.readings import Readings
from consolidator.sentences import REASONS
from consolidator.stores import Where
from consolidator.wording import tell

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
BATCH, FEW = 50, 5
"""Files a worker takes at once, at most and towards the end: to put the rules to fifty takes little longer than to
put them to one, and with the last ones all workers are to end together."""
IN_HAND = 16 * 2**20
"""Bytes of files that a worker holds open at once: of reports more than a batch has, of large summaries one."""
_NEEDED = ("consolidator.beneath", "consolidator.preflight", "python_calamine")
"""Not loaded above: the button in Excel waits for this module and reads no file."""


class Processes:
    """The engine of one computer: a pool of processes with limits, which a death breaks and the next batches renew.

    With `readings`, files that were read before are known by their bytes.
    """

    def __init__(self, readings: Readings | None = None) -> None:
        self._readings = readings

    @property
    def readings(self) -> Readings | None:
        return self._readings

    @property
    def hands(self) -> int:
        return cores()

    @property
    def batch(self) -> int:
        return BATCH

    @property
    def reader(self) -> Reader:
        return partial(_read_batch, readings=self.readings)

    def answers(
        self, function: Callable[[Sequence[I]], T], batches: Sequence[Sequence[I]]
    ) -> Iterator[tuple[Sequence[I], T]]:
        with self.pool(len(batches)) as pool:
            waiting: dict[Future[T], Sequence[I]] = {}
            with suppress(BrokenProcessPool):
                for batch in batches:
                    waiting[pool.submit(function, batch)] = batch
            for future in as_completed(waiting):
                with suppress(BrokenProcessPool):
                    yield waiting.pop(future), future.result()

    @contextmanager
    def pool(self, batches: int) -> Iterator[ProcessPoolExecutor]:
        """The processes for so many batches; what they need to read a file they find loaded, where they are forked."""
        for name in _NEEDED:
            import_module(name)
        with workers(min(self.hands, batches)) as pool:
            yield pool


HERE = Processes()


def in_batches(tasks: Sequence[Task], engine: Engine) -> list[Sequence[Task]]:
    """The tasks as an engine takes them, towards the end in smaller batches: no hands are to stay idle."""
    batches: list[Sequence[Task]] = []
    few, left = min(FEW, -(-len(tasks) // engine.hands)), tasks
    while left:
        size = min(engine.batch, max(few, -(-len(left) // (2 * engine.hands))))
        batches.append(left[:size])
        left = left[size:]
    return batches


def read_all(
    tasks: Sequence[Task],
    done: Callable[[int], None] = lambda count: None,
    engine: Engine = HERE,
    reader: Reader | None = None,
) -> list[FileOutcome]:
    """What every file says, in the order given. `done` hears how many files were finished each time.

    `reader` is what says it, by default the engine's own.
    """
    found: dict[tuple[str, str], FileOutcome] = {}
    for batch, outcomes in _read(in_batches(tasks, engine), engine, reader or engine.reader):
        for outcome in unpacked(outcomes):
            found[outcome.path, outcome.file] = with_view(outcome)
        done(len(batch))
    return [found[str(carrier(path)), shown] for path, shown in tasks]


def apart(function: Callable[[Path], T], path: Path) -> T | None:
    """What a function says of a file, called in a process of its own; None if the file killed that process."""
    size = 0
    with suppress(OSError):  # the function says what is to be said of it
        size = path.stat().st_size
    with workers(1) as pool:
        try:
            return pool.submit(within_limits, size, function, path).result()
        except (BrokenProcessPool, MemoryError):
            return None


def read_batch(batch: Sequence[Task], engine: Engine) -> Sequence[FileOutcome | Parcel]:
    """What the files of one batch say, in its order, packed as it travels."""
    return next(outcomes for _, outcomes in _read([batch], engine, engine.reader))


def _read(
    batches: Sequence[Sequence[Task]], engine: Engine, reader: Reader
) -> Iterator[tuple[Sequence[Task], Sequence[FileOutcome | Parcel]]]:
    """Each batch with its outcomes.

    A worker's death breaks its pool and leaves batches unread. The first of them, one a worker, were at work at
    that time (batches begin in their order), so one of these is to blame: they are read apart. The others go on
    in a fresh pool.
    """
    unread = list(batches)
    while unread:
        read: list[Sequence[Task]] = []
        for batch, outcomes in engine.answers(reader, unread):
            read.append(batch)
            yield batch, outcomes
        left = [batch for batch in unread if batch not in read]
        suspects, unread = left[: engine.hands], left[engine.hands :]
        yield from ((batch, _read_apart(batch, engine, reader)) for batch in suspects)


def _read_apart(batch: Sequence[Task], engine: Engine, reader: Reader) -> Sequence[FileOutcome | Parcel]:
    """Outcomes of a batch that may hold a deadly file: in a pool of its own; if that breaks too, half by half."""
    for _, outcomes in engine.answers(reader, [batch]):
        return outcomes
    if len(batch) > 1:
        half = len(batch) // 2
        return [*_read_apart(batch[:half], engine, reader), *_read_apart(batch[half:], engine, reader)]
    ((path, shown),) = batch
    return [_crashed(path, shown)]


def unpacked(answers: Sequence[FileOutcome | Parcel]) -> list[FileOutcome]:
    """What files say, taken out of parcels; submissions lack their views."""
    return [one.opened() if isinstance(one, Parcel) else one for one in answers]


def _crashed(path: Where, shown: str) -> FileOutcome:
    return FileOutcome(shown, str(carrier(path)), "rejected", findings=[tell("file-crashed", Place(file=shown))])


def _read_batch(batch: Sequence[Task], readings: Readings | None = None) -> list[Parcel]:
    told = [one for files, size in _handfuls(batch, readings) for one in _told(files, readings, size)]
    keep_what_was_worked_out()
    return told


def _handfuls(
    batch: Sequence[Task], readings: Readings | None
) -> Iterator[tuple[list[FileOutcome | Opened | Parcel], int]]:
    """Files opened, as many as may be held at once, with their bytes; they are let go when the next are asked for."""
    held, size = list[FileOutcome | Opened | Parcel](), 0
    for path, shown in batch:
        one = _opened(path, shown, readings, size)
        if size and _lacked_memory(one):  # those that are held may be to blame
            yield held, size
            held.clear()
            size = 0
            one = _opened(path, shown, readings, size)
        held.append(one)
        size += one.size if isinstance(one, Opened) else 0
        if size > IN_HAND:
            yield held, size
            held.clear()
            size = 0
    yield held, size


def _opened(path: Where, shown: str, readings: Readings | None, held: int) -> FileOutcome | Opened | Parcel:
    """A file opened while others of so many bytes are held."""
    try:
        return within_limits(held, open_file, path, shown, readings, lambda size: allow(held + size))
    except MemoryError:
        return _crashed(path, shown)


def _lacked_memory(one: FileOutcome | Opened | Parcel) -> bool:
    found = one.findings if isinstance(one, FileOutcome) else []
    return any(f.code == "file-crashed" or f.facts.get("reason") == REASONS["memory"] for f in found)


def _told(opened: Sequence[FileOutcome | Opened | Parcel], readings: Readings | None, size: int) -> list[Parcel]:
    try:
        return within_limits(size, _told_together, opened, readings)
    except MemoryError:  # nobody knows for which of them: as after any death, they are read apart
        os._exit(1)


def _told_together(opened: Sequence[FileOutcome | Opened | Parcel], readings: Readings | None) -> list[Parcel]:
    """Files with all that can be said of each before the others are read; what was read only now is kept."""
    known = {place: one for place, one in enumerate(opened) if isinstance(one, Parcel)}
    outcomes = finished([one for one in opened if not isinstance(one, Parcel)])
    read = [(one, one.submission) for one in outcomes if one.submission is not None]
    for (outcome, _), found in zip(read, all_alone([submission for _, submission in read]), strict=True):
        outcome.findings += found
    parcels = map(_parcel, outcomes, repeat(readings))
    return [known.get(place) or next(parcels) for place in range(len(opened))]


def _parcel(outcome: FileOutcome, readings: Readings | None) -> Parcel:
    parcel = packed(outcome)
    if readings is not None and outcome.submission is not None:
        readings.keep(outcome.submission.source.sha256, parcel.content)
    return parcel


def workers(count: int) -> ProcessPoolExecutor:
    """So many processes for strangers' files."""
    return ProcessPoolExecutor(count, as_workers_begin(), initializer=begin)


def begin() -> None:
    """How a worker begins: with a limit to its memory, and so that it ends with its parent."""
    seldom_look_for_garbage()
    hold_on_to_memory()
    begin_to_limit()
    end_with_parent()
