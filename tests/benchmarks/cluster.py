"""What a cluster costs against one computer, on the same files: `python -m tests.benchmarks.cluster`.

Every measurement is a process of its own, so that its processor time is that of all its descendants and its memory
starts afresh; ways are measured in turn, round by round, and medians shown. What a cluster costs to begin is measured
apart, with no files. A last table gives the cluster as many batches as the national audit has, with nothing to read in
them: what a task costs and what the scheduler holds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from consolidator import isolation
from consolidator.cluster import dask_engine
from consolidator.engine import Engine, Task
from consolidator.inbox import list_folder
from consolidator.isolation import HERE, read_all
from tests.benchmarks.manyfiles import many

NATIONAL = 120_000
"""Workbooks of the national audit."""


def measured(way: str, workers: int, batch: int, tasks: Sequence[Task]) -> dict[str, float]:
    """Reads the tasks one way; seconds of the reading alone and mebibytes of this process."""
    isolation.cores = lambda: workers
    if way == "local":
        isolation.BATCH = batch
        return _timed(HERE, tasks)
    with dask_engine(workers=workers) as engine:
        engine._batch = batch
        return _timed(engine, tasks)


def _timed(engine: Engine, tasks: Sequence[Task]) -> dict[str, float]:
    began = time.perf_counter()
    outcomes = read_all(tasks, engine=engine)
    wall = time.perf_counter() - began
    assert all(one.status == "accepted" for one in outcomes)
    return {"wall": wall, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def nothing(batch: Sequence[Task]) -> int:
    """What a task costs that does no work."""
    return len(batch)


def empty_tasks(batches: int, size: int) -> dict[str, float]:
    """As many tasks as a run has, with nothing to do; the scheduler is in this process, with its memory."""
    name = "s3://kho-bao-cao/2024/tinh-{:02}/bao-cao-nam-2024-cdcs-{:06}.xlsx"
    work = [
        [(Path(name.format(number % 63, number)), name.format(number % 63, number)) for number in range(size)]
        for _ in range(batches)
    ]
    with dask_engine(workers=2) as engine:
        sum(answer for _, answer in engine.answers(nothing, work[:20]))
        before, began = _resident(), time.perf_counter()
        assert sum(answer for _, answer in engine.answers(nothing, work)) == batches * size
        return {"wall": time.perf_counter() - began, "memory": _resident() - before}


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def apart(*arguments: str) -> dict[str, float]:
    """A measurement in a process of its own, with the processor time of it and all its descendants."""
    command = [sys.executable, "-m", "tests.benchmarks.cluster", "--one", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return {**json.loads(said), "cpu": used.ru_utime + used.ru_stime}


def compared(form: str, count: int, rounds: int, batches: Sequence[int]) -> None:
    """Prints the table of one folder."""
    usual = str(isolation.BATCH)
    ways = [("local", str(workers), usual) for workers in (1, 2)]
    ways += [("dask", str(workers), str(batch)) for workers in (1, 2) for batch in batches]
    found: dict[tuple[str, str, str], list[dict[str, float]]] = {way: [] for way in ways}
    begins = {way: apart(*way, form, "0")["cpu"] for way in ways}
    for _ in range(rounds):
        for way in ways:
            found[way].append(apart(*way, form, str(count)))
    print(f"{count} workbooks of {form}, medians of {rounds} rounds; CPU without what it takes to begin")
    print("engine workers batch   wall s   CPU s   CPU against local   begins CPU s   memory MiB")
    for way, runs in found.items():
        cpu = statistics.median(run["cpu"] for run in runs) - begins[way]
        beside = "local", way[1], usual
        local = statistics.median(run["cpu"] for run in found[beside]) - begins[beside]
        wall, memory = (statistics.median(run[what] for run in runs) for what in ("wall", "memory"))
        print(
            f"{way[0]:6} {way[1]:>7} {way[2]:>5} {wall:8.1f} {cpu:7.1f} {cpu / local:19.2f} "
            f"{begins[way]:14.1f} {memory:12.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", default="nam_2020_003")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one and options.one[0] == "empty":
        print(json.dumps(empty_tasks(int(options.one[1]), int(options.one[2]))))
    elif options.one:
        way, workers, batch, form, count = options.one
        tasks = list_folder(many(form, int(count)).folder)[0] if int(count) else []
        print(json.dumps(measured(way, int(workers), int(batch), tasks)))
    else:
        many(options.form, options.count)
        compared(options.form, options.count, options.rounds, options.batches)
        print(f"\n{NATIONAL} files with nothing to read in them")
        print("batch  tasks   CPU ms a task   wall ms a task   MiB more in the scheduler")
        begins = apart("empty", "1", "1", "", "")["cpu"]
        for size in (20, 50, 100, 200):
            count = NATIONAL // size
            one = apart("empty", str(count), str(size), "", "")
            cpu, wall = ((one[what] - less) * 1000 / count for what, less in (("cpu", begins), ("wall", 0.0)))
            print(f"{size:5} {count:6} {cpu:15.2f} {wall:16.2f} {one['memory']:27.0f}", flush=True)


if __name__ == "__main__":
    main()
