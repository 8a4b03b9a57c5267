"""The engine of many computers: Dask carries batches to nodes, and each node reads them as one computer does.

A node is a Dask worker. It reads in a process of its own with the limits of `isolation`, so that a deadly file costs
one file and no node; a node that dies all the same is replaced by Dask, which gives its batches to others.
Files travel as paths, so that every node must reach them under the same name.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, TypeVar

from consolidator import __version__
from consolidator.engine import Reader, Task
from consolidator.isolation import Processes, begin, read_batch
from consolidator.outcome import FileOutcome
from consolidator.parcel import Parcel

if TYPE_CHECKING:
    from distributed import Client

BATCH = 50
"""Files of a task: some seconds of work, against which the few milliseconds that Dask takes for a task are nothing."""
PATIENCE = 30
"""Seconds to wait for the scheduler, and for the first node."""
QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.system-monitor.interval": "5s"}
"""Nobody watches a cluster of one run: a node that looks at itself a hundred times a second has less time to work."""
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
_LOST = "Mất liên lạc với máy điều phối Dask; chưa ghi tệp nào. Chạy lại khi cụm máy đã ổn định."


class NoCluster(Exception):
    """A cluster that cannot be used; the message is for the person who asked (Vietnamese)."""


class Dask:
    """The engine of the nodes that a client knows."""

    def __init__(self, client: Client, batch: int = BATCH) -> None:
        self.client, self._batch = client, batch

    @property
    def readings(self) -> None:
        return None

    @property
    def hands(self) -> int:
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def reader(self) -> Reader:
        return read_at_node

    def answers(
        self, function: Callable[[Sequence[I]], T], batches: Sequence[Sequence[I]]
    ) -> Iterator[tuple[Sequence[I], T]]:
        from distributed import CancelledError, KilledWorker, as_completed

        count = len(batches)
        futures = self.client.map(_at_node, batches, [function] * count, [__version__] * count, pure=False)
        whose = dict(zip((future.key for future in futures), batches, strict=True))
        finished = as_completed(futures, loop=self.client.loop)
        del futures  # what is finished and taken is kept nowhere
        for future in finished:
            try:
                answer = future.result()
            except KilledWorker:
                continue
            except CancelledError as error:
                raise NoCluster(_LOST) from error
            yield whose[future.key], answer


class _Kept(Processes):
    """The process of a node's thread: kept from batch to batch, for it takes a second to begin, and renewed after a
    death. It begins afresh and not as a copy, for a node has threads at work that a copy would leave half-done."""

    def __init__(self) -> None:
        super().__init__()
        self._pool: ProcessPoolExecutor | None = None

    @property
    def hands(self) -> int:
        return 1

    def answers(
        self, function: Callable[[Sequence[I]], T], batches: Sequence[Sequence[I]]
    ) -> Iterator[tuple[Sequence[I], T]]:
        answered = 0
        for one in super().answers(function, batches):
            answered += 1
            yield one
        if answered < len(batches) and self._pool is not None:
            self._pool.shutdown(wait=False)
            self._pool = None

    @contextmanager
    def pool(self, batches: int) -> Iterator[ProcessPoolExecutor]:
        if self._pool is None:
            multiprocessing.current_process().daemon = False  # as which Dask's nanny begins it, and may have no child
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=begin)
            Finalize(self._pool, self._pool.shutdown, exitpriority=100)  # before its queues, or a node waits for ever
        yield self._pool


class _Kitchen(threading.local):
    """What every thread of a node has for itself."""

    def __init__(self) -> None:
        self.engine = _Kept()


_OWN = _Kitchen()


def read_at_node(batch: Sequence[Task]) -> Sequence[FileOutcome | Parcel]:
    """What the files of a batch say, read in this node's own process; parcels travel on as they are."""
    return read_batch(batch, _OWN.engine)


def _at_node(batch: Sequence[I], function: Callable[[Sequence[I]], T], version: str) -> T:
    """Runs at a node. Raises NoCluster where that has another version of the program: its figures might differ."""
    if version != __version__:
        raise NoCluster(
            f"Các máy trong cụm phải cài cùng phiên bản chương trình: máy này {version}, có máy {__version__}."
        )
    return function(batch)


@contextmanager
def dask_engine(address: str = "", workers: int = 0) -> Iterator[Dask]:
    """The engine of the cluster at an address; without one, of a cluster on this computer while it is needed.

    Raises NoCluster where Dask is not installed, nobody answers or no node is there.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise NoCluster("Máy này chưa cài Dask: chạy pip install consolidator[dask], hoặc bỏ --engine dask.") from error
    if address:
        try:
            client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise NoCluster(f"Không có máy điều phối Dask nào trả lời ở “{address}”.") from error
        with client:
            _wait(client, address)
            yield Dask(client)
        return
    count = workers or multiprocessing.cpu_count()
    with (
        dask.config.set(QUIET),
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield Dask(client)


def _wait(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise NoCluster(f"Cụm Dask ở “{address}” chưa có máy tính toán nào.") from error
