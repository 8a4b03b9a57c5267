"""Ctrl+C while DuckDB is at work is answered when that is done; each time in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import signal, threading
from consolidator import dataset, history
from consolidator.interrupting import ctrl_c_waits
signal.signal(signal.SIGINT, signal.default_int_handler)  # a build machine may have it ignored
press = lambda: signal.raise_signal(signal.SIGINT)
"""


def said(script: str) -> str:
    command = [sys.executable, "-c", BEGIN + script]
    return subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("block", ["ctrl_c_waits()", "history._connection()", "dataset._connection()"])
def test_ctrl_c_is_answered_when_the_block_is_done(block: str) -> None:
    script = f"""
try:
    with {block} as connection:
        press()
        print(connection.execute("SELECT 7").fetchall() if connection else "at work")
    print("not answered")
except KeyboardInterrupt:
    print("answered")
try:
    press()
except KeyboardInterrupt:
    print("as before")
"""
    assert said(script).split("\n")[1:] == ["answered", "as before", ""]


def test_without_ctrl_c_nothing_happens() -> None:
    assert said("with ctrl_c_waits(): print('at work')") == "at work\n"


def test_what_goes_wrong_in_the_block_is_told_too() -> None:
    script = """
try:
    with ctrl_c_waits():
        press()
        1 / 0
except KeyboardInterrupt as error:
    print(type(error.__context__).__name__)
"""
    assert said(script) == "ZeroDivisionError\n"


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    script = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
with ctrl_c_waits():
    press()
print(signal.getsignal(signal.SIGINT).name)
"""
    assert said(script) == "SIG_IGN\n"


def test_beside_the_main_thread_signals_are_not_touched() -> None:
    script = """
def work():
    with ctrl_c_waits():
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
one = threading.Thread(target=work)
one.start()
one.join()
"""
    assert said(script) == "True\n"
