"""Where a first run spends its time: `python -m tests.benchmarks.stages [--form FORM] [--count N]`.

The run of one folder in one process, with every stage's time told apart: files opened and read, what the rules find,
narratives read against figures, packing, reports beside each other, merging with the summary's own rules, the ledger,
writing. Printed are seconds, milliseconds a file and shares of reading. It is time on the wall, on a quiet machine:
while a limit to computing is set (`limits`), the clock of a process's computing moves in leaps of 4 ms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from consolidator import checking, consolidation, helping, isolation
from consolidator.console import roster_at
from consolidator.memory import hold_on_to_memory, seldom_look_for_garbage
from consolidator.ordering import Order
from tests.benchmarks.manyfiles import FORMS, many
from tests.tiny import Inline

STAGES: tuple[tuple[str, ModuleType, str], ...] = (
    ("files opened and read", isolation, "open_file"),
    ("what computes itself", isolation, "finished"),
    ("packed for the way", isolation, "packed"),
    ("rules", checking, "check"),
    ("narratives against figures", checking, "alone"),
    ("reports beside each other", consolidation, "check_together"),
    ("merged, the summary's rules", consolidation, "_merged"),
    ("ledger", consolidation, "ledger_of"),
    ("written", consolidation, "write_outputs"),
)
READING = 3
"""So many of them are reading; the next four are checking and merging, of which the second is narratives."""


def timed(function: Callable[..., Any], spent: dict[str, float], stage: str) -> Callable[..., Any]:
    """The same function, which adds the time it takes to its stage; within itself it counts once."""

    def counted(*args: Any, **more: Any) -> Any:
        began, before = time.perf_counter(), sum(spent.values())
        try:
            return function(*args, **more)
        finally:
            spent[stage] += time.perf_counter() - began - (sum(spent.values()) - before)

    return counted


def main(form: str, count: int) -> None:
    batch, spent = many(form, count), {stage: 0.0 for stage, _, _ in STAGES}
    isolation.ProcessPoolExecutor = Inline  # type: ignore[assignment,misc]
    helping.cores = lambda: 1
    seldom_look_for_garbage()
    hold_on_to_memory()
    for stage, module, name in STAGES:
        setattr(module, name, timed(getattr(module, name), spent, stage))
    roster = roster_at(batch.units)
    assert roster is not None
    with tempfile.TemporaryDirectory() as folder:
        summary, report = Path(folder, "s.xlsx"), Path(folder, "r.xlsx")
        began = time.perf_counter()
        consolidation.run(Order(batch.folder, roster, batch.units, batch.parent.code, summary, report))
        whole = time.perf_counter() - began
    found = list(spent.items())
    reading = sum(seconds for _, seconds in found[:READING])
    checking_all = sum(seconds for _, seconds in found[READING : READING + 4])
    rows = [*found, ("all else", whole - sum(spent.values())), ("the run", whole)]
    rows += [("reading", reading), ("checking and merging", checking_all)]
    rows += [("the same without narratives", checking_all - found[READING + 1][1])]
    print(f"{form}: {count} workbooks, one process")
    print(f"{'':30}{'s':>8}{'ms a file':>11}{'of reading':>12}")
    for stage, seconds in rows:
        print(f"{stage:30}{seconds:8.2f}{seconds / count * 1000:11.2f}{seconds / reading:12.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    main(options.form, options.count)
