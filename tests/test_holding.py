"""One run at a time: the second waits or is told who is at work; what a killed one leaves stands in nobody's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.holding import Held, Holder, held, holder
from consolidator.saving import HOLDER, LOCK, hidden
from tests.district import A, entry, order, put

HOLD = """
import sys, time
from pathlib import Path
from consolidator.holding import held
from consolidator.isolation import workers
with held(Path(sys.argv[1]), 0), workers(2) as pool:
    list(pool.map(abs, range(9)))
    print("held", flush=True)
    sys.stdin.readline()
    time.sleep(float(sys.argv[2]))
"""
"""Another run: holds an output, with workers that it has forked, until a line comes in and some time has passed."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "Tổng hợp LC-01.xlsx"


@contextmanager
def another(path: Path, seconds: float = 0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(path), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None and other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


def test_a_run_holds_its_output_and_lets_it_go(path: Path) -> None:
    with held(path, 0):
        assert holder(path).user != Holder.user and holder(path).computer not in ("", "?")
        assert hidden(path, HOLDER).exists()
    assert sorted(one.name for one in path.parent.iterdir()) in ([], [hidden(path, LOCK).name])
    with held(path, 0):
        pass


def test_what_is_held_can_be_held_again_within(path: Path) -> None:
    with held(path, 0):
        with held(path, 0):
            pass
        assert hidden(path, HOLDER).exists()
        with another(path.with_name("khác.xlsx")):
            pass
    assert not hidden(path, HOLDER).exists()


def test_a_second_run_is_told_who_holds_it(path: Path) -> None:
    told = []
    with another(path), pytest.raises(Held) as refused, held(path, 0.6, lambda *what: told.append(what)):
        raise AssertionError("two runs at once")
    assert holder(path).user in str(refused.value) and path.name in str(refused.value)
    assert len(told) == 1 and told[0][1:] == (0, 0)


def test_a_second_run_waits_until_the_first_is_done(path: Path) -> None:
    told = []

    def progress(what: str, done: int, total: int) -> None:
        told.append((what, total))
        if len(told) == 1:
            assert other.stdin is not None
            other.stdin.write("go\n")
            other.stdin.flush()

    with another(path) as other, held(path, 30, progress):
        assert told and told[0][1] == 30
        assert json.loads(hidden(path, HOLDER).read_text("utf-8"))["computer"] == holder(path).computer


def test_what_a_killed_run_leaves_clears_itself(path: Path) -> None:
    """Its workers live on for a moment with what they have inherited; the lock is not among it."""
    with another(path) as other:
        left = holder(path)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    assert hidden(path, HOLDER).exists() and left != Holder()
    with held(path, 0):
        pass
    assert not hidden(path, HOLDER).exists()


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b'{"user": 1}', b"\xff"])
def test_a_holder_that_says_nothing_is_somebody(said: bytes, path: Path) -> None:
    path.parent.mkdir()
    hidden(path, HOLDER).write_bytes(said)
    assert holder(path) == Holder()


def test_an_exception_lets_go(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(path, 0):
        raise ZeroDivisionError
    with another(path):
        pass


def test_a_run_waits_for_its_turn_and_its_lock_is_no_report(form: Form, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    put(inbox, form, entry(A, {"dv_tong": 5}))
    job = order(tmp_path, summary_path=inbox / "summary.xlsx", report_path=inbox / "report.xlsx", patience=0.0)
    for _ in range(2):
        outcome = run(job)
    assert [file.file for file in outcome.files] == ["D-1.xlsx", "decisions.xlsx", "report.xlsx", "summary.xlsx"]
    before = job.summary_path.read_bytes()
    with another(job.summary_path), pytest.raises(Held):
        run(job)
    assert job.summary_path.read_bytes() == before
