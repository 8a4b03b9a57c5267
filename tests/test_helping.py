"""A copy of a process that does a piece of work beside it: each time in a process of its own, without threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from consolidator.helping import cores

ROOT = Path(__file__).parents[1]
BEGIN = """
import os, signal, sys, threading, time
from consolidator import helping
from consolidator.helping import Helper
helping.cores = lambda: 2
ME = os.getpid()
def elsewhere(what, here=lambda: 7):
    return what() if os.getpid() != ME else here()
def print_result(work):
    print(Helper(work).result())
"""
splits = pytest.mark.skipif(sys.platform != "linux", reason="Chỉ Linux chia đôi được tiến trình.")


def said(script: str) -> str:
    """What a script prints, which has a helper; nothing may be told as an error."""
    play = subprocess.run([sys.executable, "-c", BEGIN + script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (play.returncode, play.stderr) == (0, "")
    return play.stdout.strip()


@splits
def test_a_helper_works_beside() -> None:
    assert said("print_result(lambda: os.getpid() != ME)") == "True"
    # It begins at once, and once it has answered it is gone: what it took counts as taken by who had it.
    script = """
import pathlib, resource, tempfile
begun = pathlib.Path(tempfile.mkdtemp(), "begun")
one = Helper(begun.touch)
while not begun.exists():
    time.sleep(0.01)
print(one.result(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0)
"""
    assert said(script) == "None True"


@pytest.mark.parametrize(
    "what",
    [
        "lambda: os.kill(os.getpid(), signal.SIGKILL)",
        "lambda: os._exit(0)",
        "lambda: 1 / 0",
        "lambda: (lambda: 'nothing that can be pickled')",
    ],
)
def test_whatever_becomes_of_a_helper_the_work_is_done(what: str) -> None:
    assert said(f"print_result(lambda: elsewhere({what}))") == "7"


def test_a_helper_that_is_not_heard_of_is_given_up() -> None:
    script = """
helping.PATIENCE = 0.2
one = Helper(lambda: elsewhere(lambda: time.sleep(500)))
print(one.result())
if one._begun:
    one._begun[1].join()
"""
    assert said(script) == "7"


def test_what_goes_wrong_is_raised_where_it_is_asked_for() -> None:
    script = """
one = Helper(lambda: {}["không có"])
try:
    one.result()
except KeyError as error:
    print(error)
"""
    assert said(script) == "'không có'"


@pytest.mark.parametrize(
    "before",
    [
        "helping.cores = lambda: 1",
        "threading.Thread(target=time.sleep, args=(3,), daemon=True).start()",
        "def fork(): raise BlockingIOError(11, 'Resource temporarily unavailable')\nos.fork = fork",
    ],
)
def test_without_a_core_to_spare_beside_threads_and_without_room_nothing_is_split(before: str) -> None:
    assert said(f"{before}\nprint_result(lambda: os.getpid() == ME)") == "True"


@splits
def test_a_helper_ends_with_who_asked_however_that_ends() -> None:
    script = "print(Helper(lambda: time.sleep(50))._begun[1].pid, flush=True); time.sleep(50)"
    with subprocess.Popen([sys.executable, "-c", BEGIN + script], cwd=ROOT, stdout=subprocess.PIPE) as play:
        assert play.stdout is not None
        helper = int(play.stdout.readline())
        play.kill()
        play.wait()
    for _ in range(100):
        with suppress(ProcessLookupError):
            state = Path(f"/proc/{helper}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.1)
                continue
        return
    os.kill(helper, signal.SIGKILL)
    pytest.fail("the helper went on")


@pytest.mark.parametrize(
    ("before", "method"),
    [("pass", "fork"), ("threading.Thread(target=time.sleep, args=(3,), daemon=True).start()", "forkserver")],
)
@splits
def test_workers_are_copies_whatever_python_does_unasked_but_for_threads(before: str, method: str) -> None:
    script = "import multiprocessing\nmultiprocessing.set_start_method('forkserver')\n"
    assert said(f"{script}{before}\nprint(helping.as_workers_begin().get_start_method())") == method


def test_cores_are_those_that_may_be_used() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
