"""The larger a file is, the more may be taken to read it: a parent of thousands of units reads its summary again."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from consolidator import isolation, limits, preflight
from consolidator.finding import NOWHERE
from consolidator.grid import read_grid
from consolidator.isolation import workers
from consolidator.limits import within_limits
from consolidator.opening import Opened, open_file
from consolidator.outcome import FileOutcome
from consolidator.parcel import Parcel
from consolidator.wording import tell
from tests.benchmarks.writing import summary_of, written

UNITS, MIB = 300, 2**20
limited = pytest.mark.skipif(
    sys.platform != "linux",
    reason="limits of a worker are those of Linux, and patched ones are inherited by fork",
)


@pytest.fixture(scope="module")
def large() -> bytes:
    """The summary of some hundred units."""
    return written(summary_of("nam_2020_003", UNITS))


READ = """
import sys
from pathlib import Path
from consolidator import limits
from consolidator.isolation import read_all

limits.MEMORY, limits.FOR_A_BYTE = int(sys.argv[1]) * 2**20, int(sys.argv[2])
for outcome in read_all([(Path(path), "sổ.xlsx") for path in sys.argv[3:]]):
    print(outcome.status, len(outcome.submission.lines) if outcome.submission else 0)
"""
"""For a process of its own: a worker may use what its parent has given back."""


def read_apart(mebibytes: int, for_a_byte: int, *paths: Path) -> list[str]:
    """What is told of files by workers that may take so much."""
    command = [sys.executable, "-c", READ, str(mebibytes), str(for_a_byte), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout.splitlines()


@limited
@pytest.mark.parametrize(("for_a_byte", "told"), [(0, "rejected 0"), (256, f"accepted {UNITS}")])
def test_a_large_summary_may_take_more_memory(for_a_byte: int, told: str, large: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sổ.xlsx"
    path.write_bytes(large)
    assert read_apart(64, for_a_byte, path) == [told]  # 30 are asked for before the size of a file is known


@limited
def test_a_province_of_large_districts_rejects_none_of_them(large: bytes, tmp_path: Path) -> None:
    """A worker cannot hold all: one takes a hundred MiB, and the C library may reserve as much again."""
    paths = [tmp_path / f"{number}.xlsx" for number in range(8)]
    for path in paths:
        path.write_bytes(large)
    assert read_apart(320, 0, *paths) == [f"accepted {UNITS}"] * 8


def burn(seconds: float) -> float:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


@limited
@pytest.mark.parametrize("which", ["computing", "passing"])
def test_a_large_file_may_take_more_time(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task, name = (burn, "SECONDS") if which == "computing" else (time.sleep, "WAIT")
    monkeypatch.setattr(limits, name, 1)
    with workers(1) as pool:
        assert pool.submit(within_limits, 9 * MIB, task, 3.0).exception() is None
        with pytest.raises(BrokenProcessPool):
            pool.submit(within_limits, MIB // 2, task, 30.0).result()


@limited
def test_what_a_large_file_gave_back_does_not_starve_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that the C library holds on to counts as taken."""
    monkeypatch.setattr(limits, "MEMORY", 64 * MIB)
    with workers(1) as pool:
        kept = pool.submit(hold, 300 * MIB)
        assert kept.result() == 300 * MIB
        assert pool.submit(within_limits, 0, bytes, 8 * MIB).exception() is None
        assert isinstance(pool.submit(within_limits, 0, bytes, 128 * MIB).exception(), MemoryError)


_held: list[bytes] = []


def hold(size: int) -> int:
    limits.limit_memory(size)
    _held.append(bytes(size))
    return size


def test_files_held_one_at_a_time_say_the_same(large: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker holds many reports open at once, but few large summaries."""
    paths = [tmp_path / f"{number}.xlsx" for number in range(3)]
    for path in paths:
        path.write_bytes(large)
    tasks = [(path, path.name) for path in paths]
    opened = list[int]()
    told = isolation._told_together
    monkeypatch.setattr(isolation, "_told_together", lambda some, how: opened.append(len(some)) or told(some, how))
    together = [one.opened() for one in isolation._read_batch(tasks)]
    monkeypatch.setattr(isolation, "IN_HAND", 1)
    apart = [one.opened() for one in isolation._read_batch(tasks)]
    assert opened == [3, 1, 1, 1, 0]
    for one, other in zip(together, apart, strict=True):
        assert one.submission is not None and other.submission is not None
        assert (one.file, one.status, one.findings) == (other.file, other.status, other.findings)
        assert one.submission.values.tobytes() == other.submission.values.tobytes()
        for line, same in zip(one.submission.lines, other.submission.lines, strict=True):
            assert np.array_equal(line.values, same.values, equal_nan=True) and line.narratives == same.narratives


def test_the_reader_beneath_is_given_a_large_workbook_in_pieces(large: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_grid(large)
    assert whole.file is not None and len(list(whole.file.packages())) == 1
    monkeypatch.setattr(preflight, "_TOGETHER", 2 * MIB)
    pieces = read_grid(large)
    assert pieces.file is not None and 2 < len(list(pieces.file.packages())) < len(pieces.rows)
    assert list(pieces.rows.items()) == list(whole.rows.items())
    assert (pieces.names, pieces.errors, pieces.remarks) == (whole.names, whole.errors, whole.remarks)


def test_a_file_is_not_blamed_for_the_memory_of_those_held_with_it(
    large: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory ends while others are held, they are let go of and the file is opened again."""
    paths = [tmp_path / f"{name}.xlsx" for name in "abcd"]
    for path in paths:
        path.write_bytes(large)
    tried: list[str] = []

    def narrow(path: Path, shown: str, *more: Any) -> FileOutcome | Opened | Parcel:
        tried.append(path.stem)
        if tried in (["a", "b"], ["a", "b", "b", "c", "d"]):
            raise MemoryError
        if path.stem == "c":
            return FileOutcome(shown, str(path), "rejected", findings=[tell("file-unreadable", NOWHERE, reason="?")])
        return open_file(path, shown, *more)

    monkeypatch.setattr(isolation, "open_file", narrow)
    found = [one.opened() for one in isolation._read_batch([(path, path.name) for path in paths])]
    assert tried == ["a", "b", "b", "c", "d", "d"]
    assert [(one.file, one.status) for one in found] == [
        ("a.xlsx", "accepted"),
        ("b.xlsx", "accepted"),
        ("c.xlsx", "rejected"),
        ("d.xlsx", "accepted"),
    ]


def test_a_file_that_takes_all_memory_by_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(path: Path, *_: object) -> FileOutcome:
        raise MemoryError

    monkeypatch.setattr(isolation, "open_file", endless)
    (found,) = isolation._read_batch([(tmp_path / "a.xlsx", "a.xlsx")])
    assert [finding.code for finding in found.opened().findings] == ["file-crashed"]
