"""Runs that are killed at any moment: every output old or new, never half; the next run comes to the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from consolidator.cli import main
from consolidator.naming import is_store
from consolidator.reading import read_file
from consolidator.rulebook import load
from consolidator.saving import is_ours
from tests.district import DISTRICT, A, B, entry, put, put_roster, retype

KILLS = 8
"""At random moments; and once at each step of writing."""

STEPS = """
import os, signal, sys
from consolidator import besides, cli
step, left = sys.argv.pop(1), int(sys.argv.pop(1))
plain, write = getattr(os, step), besides.Standing.write

def deadly(*arguments, **more):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(*arguments, **more)

def armed(*arguments):
    setattr(os, step, deadly)
    return write(*arguments)

besides.Standing.write = armed
sys.exit(cli.main(sys.argv[1:]))
"""
"""A run that is killed when, writing its outputs, it calls the operating system for a step the nth time."""


@dataclass
class Batch:
    """A folder with an earlier summary in which the parent has typed, and what an undisturbed run makes of it."""

    arguments: list[str]
    outputs: tuple[Path, Path]
    old: tuple[bytes, bytes]
    new: tuple[bytes, bytes] = (b"", b"")

    def set_back(self) -> None:
        for path, content in zip(self.outputs, self.old, strict=True):
            path.write_bytes(content)

    def content(self) -> tuple[bytes, bytes]:
        summary, report = self.outputs
        return summary.read_bytes(), report.read_bytes()


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    folder, form = tmp_path_factory.mktemp("đợt"), load("quy3_2023_004")
    put(folder / "inbox", form, entry(A, {"dv_tong": 5, "tvpl_luot": 3}))
    put(folder / "inbox", form, entry(DISTRICT, {"dv_tong": 1}))
    roster = put_roster(folder / "units.xlsx")
    outputs = folder / "inbox" / "Tổng hợp D.xlsx", folder / "inbox" / "Báo cáo kiểm tra D.xlsx"
    arguments = ["run", str(folder / "inbox"), "--units", str(roster), "--parent", "D"]
    arguments += ["--out", str(outputs[0]), "--report", str(outputs[1])]
    main(arguments)
    retype(outputs[0], {"own.tvpl_luot.actual": 1000})
    put(folder / "inbox", form, entry(B, {"dv_tong": 7}))
    found = Batch(arguments, outputs, (outputs[0].read_bytes(), outputs[1].read_bytes()))
    main(arguments)
    found.new = found.content()
    assert found.old[0] != found.new[0] and found.old[1] != found.new[1]
    return found


def begun(command: list[str]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, *command], stdout=nothing, stderr=nothing, cwd=Path(__file__).parents[1])


def assert_calm(batch: Batch) -> bool:
    """Nothing is half; the next run comes to what an undisturbed one does. Whether anything was written before."""
    summary, report = batch.content()
    assert summary in (batch.old[0], batch.new[0]) and report in (batch.old[1], batch.new[1])
    names = {path.name for path in batch.outputs[0].parent.iterdir() if not (is_ours(path.name) or is_store(path))}
    assert names == {"D-1.xlsx", "D-2.xlsx", "D.xlsx", "decisions.xlsx", *(path.name for path in batch.outputs)}
    main(batch.arguments)
    assert batch.content()[0] == batch.new[0]
    left = [path.name for path in batch.outputs[0].parent.glob(".~*") if not path.name.endswith(".lock")]
    assert left == []
    found = read_file(batch.outputs[0], "summary.xlsx").submission
    assert found is not None
    assert (found.value("tvpl_luot.actual"), found.own_value("tvpl_luot.actual")) == (1003, 1000)
    assert (found.value("dv_tong.actual"), found.own_value("dv_tong.actual")) == (13, 1)
    return (summary, report) != batch.old


def test_killed_at_any_moment(batch: Batch) -> None:
    """Moments from the first to the last of a run, spread at random but the same every time."""
    batch.set_back()
    began = time.monotonic()
    begun(["-m", "consolidator", *batch.arguments]).wait(300)
    assert batch.content() == batch.new
    whole = time.monotonic() - began
    chance = random.Random(5)
    for kill in range(KILLS):
        batch.set_back()
        run = begun(["-m", "consolidator", *batch.arguments])
        time.sleep(whole * (kill + chance.random()) / KILLS)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert_calm(batch)


@pytest.mark.parametrize(
    ("step", "time", "written"),
    [
        ("fsync", 1, False),
        ("replace", 1, False),
        ("fsync", 2, True),
        ("fsync", 3, True),
        ("fsync", 4, True),
        ("fsync", 5, True),
    ],
)
def test_killed_at_each_step_of_writing(step: str, time: int, written: bool, batch: Batch) -> None:
    """Before the summary is in its place and after, before the report is and after: each time what there was first."""
    batch.set_back()
    run = begun(["-c", STEPS, step, str(time), *batch.arguments])
    assert run.wait(300) == -signal.SIGKILL
    assert assert_calm(batch) == written
