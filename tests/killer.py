"""Plays runs and kills them: `python -m tests.killer FOLDER KILLS SEED` (tests/test_killing.py starts it).

A process that has loaded everything forks for every run, so that a thousand cost minutes. Every other kill comes at a
random moment of the run; the others around a rename: the run tells when it is about to move a file, and is killed up to
two milliseconds later. After each kill every output must be the old or the new one, and the next run must come to what
a run that nobody disturbed comes to. Before that, two runs at once. Prints a line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from consolidator.cli import main
from tests.tiny import Batch, small_world

AFTER = 0.002
"""Seconds after a run has said that it moves a file."""


def forked(batch: Batch, tell: int = -1) -> int:
    """Begins a run in a process of its own; with a pipe it writes a byte to it before each rename. Its number."""
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if tell >= 0:
        plain = os.replace

        def telling(*arguments: object, **more: object) -> None:
            os.write(tell, b".")
            plain(*arguments, **more)  # type: ignore[arg-type]

        os.replace = telling  # type: ignore[assignment]
    code = 99
    try:
        code = main(batch.arguments)
    finally:
        os._exit(code)


def run(batch: Batch) -> int:
    """An undisturbed run; its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(forked(batch), 0)[1])


def kill_at(batch: Batch, seconds: float) -> bool:
    """Kills a run some time after it began; whether it was still at work."""
    child = forked(batch)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kill_around(batch: Batch, rename: int, seconds: float) -> bool:
    """Kills a run some time after it has begun its nth rename; whether it was still at work."""
    told, tell = os.pipe()
    child = forked(batch, tell)
    os.close(tell)
    while rename and os.read(told, 1):
        rename -= 1
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.close(told)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def wrong_after(batch: Batch, again: dict[str, bytes]) -> tuple[str, list[str]]:
    """(how far the run had come, what is not as it must be), now and after the next run."""
    wrong = [] if batch.inputs_are_whole() else ["inputs"]
    found = batch.read(batch.out)
    for name, content in found.items():
        if not Path(name).name.startswith(".~") and not name.endswith(".returns.json"):
            wrong += [] if content in (batch.old.get(name), batch.new.get(name)) else [name]
    name = batch.summary.name
    came = "old" if found.get(name) == batch.old[name] else "new"
    if came == "old" and found[batch.report.name] != batch.old[batch.report.name]:
        came = "between"
    if run(batch) != 1:
        wrong.append("the next run")
    if batch.read(batch.out) != (again if came == "new" else batch.new):
        wrong.append(f"after the next run ({came})")
    return came, wrong


def play(home: Path, kills: int, seed: int) -> dict[str, object]:
    """Plays the kills. What came of them: how far runs had come, how many had ended before, what is wrong."""
    chance, came, late, wrong = random.Random(seed), Counter[str](), 0, list[str]()
    with small_world(home / "nhỏ"):
        (home / "đợt").mkdir()
        batch = Batch(home / "đợt")
        batch.set_back()
        run(batch)
        run(batch)
        again = batch.read(batch.out)
        batch.set_back()
        both = [forked(batch), forked(batch)]  # the second waits for the first and changes nothing more
        codes = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in both]
        wrong += [] if codes == [1, 1] and batch.read(batch.out) == again else [f"two at once: {codes}"]
        batch.set_back()
        told, tell = os.pipe()
        began = time.monotonic()
        os.waitpid(forked(batch, tell), 0)
        whole = time.monotonic() - began
        renames = len(os.read(told, 1000))
        assert batch.read(batch.out) == batch.new
        for kill in range(kills):
            batch.set_back()
            if kill % 2:
                rename = chance.choice([renames, renames - 1, chance.randint(1, renames)])  # summary, report, any
                killed = kill_around(batch, rename, chance.random() * AFTER)
            else:
                killed = kill_at(batch, chance.random() * whole)
            late += not killed
            how, what = wrong_after(batch, again)
            came[how] += 1
            wrong += [f"kill {kill}: {one}" for one in what]
    return {"kills": kills, "renames": renames, "came": dict(came), "late": late, "wrong": wrong}


if __name__ == "__main__":
    stdout = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    answer = json.dumps(play(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    os.write(stdout, answer.encode() + b"\n")
