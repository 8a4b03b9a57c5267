"""How long one click on "Kiểm tra" takes: `python -m tests.benchmarks.addin_click [ROUNDS]`.

The largest form, filled, open in LibreOffice in Excel's place. Each round starts a fresh Python as the ribbon does and
times its steps; what LibreOffice and the test engine take is told apart, since Excel takes its own time. Three ways in
interleaved rounds: as it is, without the cache of forms, and with pandas as xlwings would load it. Prints medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORM, LEVEL = "nam_2020_003", "TINH"
STEPS = ("start of Python", "imports: xlwings, door", "imports: engine", "form", "reading", "rules", "the rest of ours")
WAYS = ("as it is", "no cache", "with pandas")


def child(pipe: str, began: float, way: str) -> None:
    """One click, in a process of its own; prints seconds by step as JSON."""
    started = time.time()
    if way == "with pandas":
        import pandas  # noqa: F401
    import consolidator.addin as addin

    door = time.time()
    from tests.unoengine import excel_over
    from tests.unooffice import Office

    office = Office(Path(tempfile.mkdtemp()), pipe)
    talk, inner = [0.0], {"form": 0.0, "reading": 0.0, "rules": 0.0}
    call = office.call

    def timed_call(*args: object, **more: object) -> object:
        since = time.time()
        try:
            return call(*args, **more)  # type: ignore[arg-type]
        finally:
            talk[0] += time.time() - since

    office.call = timed_call  # type: ignore[method-assign]
    with excel_over(office) as app:
        app.books.active.set_mock_caller()
        ready = time.time()
        import consolidator.desk as desk
        import consolidator.marking as marking
        import consolidator.rulebook as rulebook

        engine = time.time()
        if way == "no cache":
            rulebook.kept_form = lambda form_id, rules: None  # type: ignore[assignment]
            rulebook.keep_form = lambda form, rules: None  # type: ignore[assignment]
        for module, name, step in (
            (desk, "load", "form"),
            (marking, "read_submission", "reading"),
            (marking, "all_findings", "rules"),
        ):
            setattr(module, name, _timed(getattr(module, name), inner, step))
        talk[0] = 0.0
        addin.check()
        done = time.time()
        assert "lỗi" in str(app.status_bar), app.status_bar
    office.end()
    rest = done - engine - talk[0] - sum(inner.values())
    seconds = (started - began, door - started, engine - ready, inner["form"], inner["reading"], inner["rules"], rest)
    print(json.dumps([*seconds, talk[0]]))


def _timed(function: object, inner: dict[str, float], step: str) -> object:
    def run(*args: object, **more: object) -> object:
        since = time.time()
        try:
            return function(*args, **more)  # type: ignore[operator]
        finally:
            inner[step] += time.time() - since

    return run


def main(rounds: int) -> None:
    from consolidator.content import cover_of
    from consolidator.pouring import workbook
    from consolidator.rulebook import load
    from tests.regime_samples import PROVINCE, fill
    from tests.unoengine import excel_over
    from tests.unooffice import Office

    folder = Path(tempfile.mkdtemp())
    os.environ["XDG_DATA_HOME"] = str(folder / "own")
    view = load(FORM).at(LEVEL)
    filled = fill(view, PROVINCE)
    path = folder / "report.xlsx"
    path.write_bytes(workbook(view, cover_of(PROVINCE, view.form, filled.meta), filled))
    office, found = Office(folder / "office"), {way: [] for way in WAYS}
    try:
        with excel_over(office) as app:
            app.books.open(str(path))
            for number in range(rounds + 1):
                for way in WAYS:
                    seconds = _click(office.pipe, way)
                    if number:  # the first round warms the disk
                        found[way].append(seconds)
    finally:
        office.end()
    print(f"{FORM} {LEVEL}: {len(view.figures)} figures, {len(view.checks)} checks; median of {rounds}, seconds")
    print(f"{'':26}" + "".join(f"{way:>14}" for way in WAYS))
    medians = {way: [statistics.median(column) for column in zip(*rows, strict=True)] for way, rows in found.items()}
    for index, step in enumerate((*STEPS, "LibreOffice (not ours)")):
        print(f"{step:26}" + "".join(f"{medians[way][index]:14.3f}" for way in WAYS))
    ours = {way: statistics.median(sum(row[:-1]) for row in rows) for way, rows in found.items()}
    print(f"{'the Python part':26}" + "".join(f"{ours[way]:14.3f}" for way in WAYS))
    print(f"{'as a ratio':26}" + "".join(f"{ours[way] / ours[WAYS[0]]:14.2f}" for way in WAYS))


def _click(pipe: str, way: str) -> list[float]:
    command = [sys.executable, "-B", "-m", "tests.benchmarks.addin_click", "child", pipe, repr(time.time()), way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [float(number) for number in json.loads(done.stdout.splitlines()[-1])]


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], float(sys.argv[3]), sys.argv[4])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 7)
