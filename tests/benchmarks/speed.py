"""A whole run beside what others do with the same files: `python -m tests.benchmarks.speed [--count N]`.

Every way is a process of its own; rounds are interleaved, so that a busy moment of the machine hits all of them.
Printed are medians of CPU (with that of child processes), wall clock and peak memory, and ratios. The usual script on
openpyxl takes seconds a file; it is run over `--usual` of the files and its seconds are counted up to all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

from tests.benchmarks.manyfiles import FORMS, Many, many

NOT_REPORT = ("Hướng dẫn", "Kiểm tra", "_meta")
"""Sheets that an analyst would not gather."""


def usual(batch: Many, out: Path, engine: str, count: int) -> dict[str, float]:
    """What an ordinary analyst writes: each sheet of each file with pandas, put one below the other, and out again."""
    import pandas as pd

    files = batch.files[:count]
    names = [name for name in pd.ExcelFile(files[0], engine="calamine").sheet_names if name not in NOT_REPORT]
    frames: dict[str, list[pd.DataFrame]] = {str(name): [] for name in names}
    for path in files:
        for name, found in frames.items():
            frame = pd.read_excel(path, sheet_name=name, header=None, engine=engine)  # type: ignore[call-overload]
            frame.insert(0, "file", path.name)
            found.append(frame)
    with pd.ExcelWriter(out / "usual.xlsx") as writer:
        for name, found in frames.items():
            pd.concat(found).to_excel(writer, sheet_name=name, index=False)
    return {"scale": len(batch.files) / count}


def bare(batch: Many, out: Path) -> dict[str, float]:
    """Nothing but python-calamine over all sheets of all files."""
    from python_calamine import CalamineWorkbook

    for path in batch.files:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
    return {}


def ours(batch: Many, out: Path, *more: str) -> dict[str, float]:
    """`consolidator run`, with the CPU that writing takes told apart."""
    from consolidator import consolidation
    from consolidator.cli import main

    write, spent = consolidation.write_outputs, {"writing": 0.0}

    def timed(*args: object) -> None:
        since = _cpu()
        write(*args)  # type: ignore[arg-type]
        spent["writing"] += _cpu() - since

    consolidation.write_outputs = timed  # type: ignore[assignment]
    since = _cpu()
    options = ["--units", str(batch.units), "--parent", batch.parent.code, "--quiet", *more]
    main(["run", str(batch.folder), *options, "--out", str(out / "s.xlsx"), "--report", str(out / "r.xlsx")])
    spent["but writing"] = _cpu() - since - spent["writing"]
    return spent


BARE, OURS, AGAIN = "bare calamine", "ours", "ours again, 1 % changed"
WAYS: dict[str, Callable[[Many, Path], dict[str, float]]] = {
    BARE: bare,
    "usual script, calamine": lambda batch, out: usual(batch, out, "calamine", len(batch.files)),
    OURS: lambda batch, out: ours(batch, out, "--fresh"),
    "ours, one core": lambda batch, out: ours(batch, out, "--fresh"),
    AGAIN: ours,
}


def child(way: str, form: str, count: int, wrong: int, usual_count: int, out: Path) -> None:
    """One way, in a process of its own; prints what it took as JSON."""
    batch = many(form, count, wrong)
    if way == "ours, one core":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began, wall = _cpu(), time.perf_counter()
    is_slow = way == "usual script, openpyxl"
    took = usual(batch, out, "openpyxl", usual_count) if is_slow else WAYS[way](batch, out)
    scale = took.pop("scale", 1.0)
    took |= {"cpu": (_cpu() - began) * scale, "wall": (time.perf_counter() - wall) * scale}
    took["mib"] = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    took["worker mib"] = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps(took))


def took(way: str, batch: Many, usual_count: int, out: Path, environment: dict[str, str]) -> dict[str, float]:
    """What one way takes, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.speed", "child", way, batch.form]
    command += map(str, (len(batch.files), batch.wrong, usual_count, out))
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _cpu() -> float:
    """Seconds of this process and of the child processes that have ended."""
    return sum(one.ru_utime + one.ru_stime for one in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def main(form: str, count: int, wrong: int, rounds: int, usual_count: int, only: str) -> None:
    batch, found = many(form, count, wrong), dict[str, list[dict[str, float]]]()
    out = Path(tempfile.mkdtemp())
    environment = {**os.environ, "XDG_DATA_HOME": str(out / "own")}

    def measured(way: str) -> None:
        for old in out.glob("*.xlsx"):
            if way != AGAIN:
                old.unlink()
        found.setdefault(way, []).append(took(way, batch, usual_count, out, environment))

    try:
        if usual_count:
            measured("usual script, openpyxl")
        for number in range(rounds):
            for way in (way for way in WAYS if only in way or way in (BARE, OURS)):
                if way == AGAIN:
                    _remember(batch, out, environment)
                    with _changed(batch, number):
                        measured(way)
                else:
                    measured(way)
        _print(batch, rounds, found)
    finally:
        shutil.rmtree(out)


def _remember(batch: Many, out: Path, environment: dict[str, str]) -> None:
    """A run that keeps its readings, for the next one to find."""
    command = [sys.executable, "-m", "consolidator", "run", str(batch.folder), "--units", str(batch.units), "--quiet"]
    command += ["--parent", batch.parent.code, "--out", str(out / "s.xlsx"), "--report", str(out / "r.xlsx")]
    subprocess.run(command, check=False, env=environment)


class _changed:
    """While within, one file in a hundred is another: its unit did other things."""

    def __init__(self, batch: Many, seed: int) -> None:
        self._files = random.Random(seed).sample(batch.files, max(1, len(batch.files) // 100))
        self._batch = batch

    def __enter__(self) -> None:
        from tests.benchmarks.manyfiles import corrected

        self._before = {path: path.read_bytes() for path in self._files}
        for path in self._files:
            path.write_bytes(corrected(self._batch, path.stem))

    def __exit__(self, *_: object) -> None:
        for path, content in self._before.items():
            path.write_bytes(content)


def _print(batch: Many, rounds: int, found: dict[str, list[dict[str, float]]]) -> None:
    count, wrong = len(batch.files), f" with {batch.wrong} wrong figures each" * bool(batch.wrong)
    print(f"{batch.form}: {count} workbooks{wrong}, medians of {rounds} rounds (openpyxl: one); {os.cpu_count()} cores")
    print(f"{'':26}{'CPU s':>9}{'wall s':>9}{'MiB':>7}{'worker':>8}{'CPU':>8}{'wall':>8}  against ours")
    medians = {
        way: {key: statistics.median(one[key] for one in rows) for key in rows[0]} for way, rows in found.items()
    }
    ours = medians[OURS]
    for way, one in medians.items():
        ratios = f"{one['cpu'] / ours['cpu']:8.2f}{one['wall'] / ours['wall']:8.2f}"
        print(f"{way:26}{one['cpu']:9.2f}{one['wall']:9.2f}{one['mib']:7.0f}{one['worker mib']:8.0f}{ratios}")
    calamine = medians[BARE]["cpu"]
    print(
        f"ours but writing: {ours['but writing']:.2f} s CPU, {ours['but writing'] / calamine:.2f} times bare calamine"
    )
    print(f"writing: {ours['writing']:.2f} s CPU")
    if AGAIN in medians:
        faster = {key: ours[key] / medians[AGAIN][key] for key in ("wall", "cpu", "but writing")}
        print(
            f"again: {faster['wall']:.1f} times faster by the clock, {faster['cpu']:.1f} in CPU, "
            f"{faster['but writing']:.1f} all but writing"
        )
    print(f"a file: {ours['but writing'] / count * 1000:.1f} ms and {ours['writing'] / count * 1000:.1f} ms to write")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]), Path(sys.argv[7]))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--form", choices=FORMS, default=FORMS[0])
        parser.add_argument("--count", type=int, default=200)
        parser.add_argument("--wrong", type=int, default=0, help="figures of each report that are wrong")
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument(
            "--usual", type=int, default=10, help="files of the usual script on openpyxl; 0: leave it out"
        )
        parser.add_argument("--only", default="", help="ways whose names have this word; bare calamine and ours always")
        options = parser.parse_args()
        main(options.form, options.count, options.wrong, options.rounds, options.usual, options.only)
