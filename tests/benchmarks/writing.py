"""What writing costs: `python -m tests.benchmarks.writing [FORM] [--units 200 1000] [--rounds 5]`.

Summaries of so many units of a form, filled as `tests.benchmarks.manyfiles` fills them, written in three ways, in
interleaved rounds and a process of its own each: by XlsxWriter alone, the same values into the same cells of the same
sheets with one format (no heights, links, names, formulas, charts); as it is; and into the store of history. Printed
are medians of CPU, ratios to the bare library, the growth of memory and the size of what was written.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from consolidator.content import blank_submission, cover_of
from consolidator.history import keep
from consolidator.memory import seldom_look_for_garbage
from consolidator.merging import merge
from consolidator.rulebook import load
from consolidator.submission import Source, Submission
from consolidator.summarising import summary_workbook
from consolidator.unit import LEVELS, Unit
from consolidator.verdict import serial
from tests.benchmarks.manyfiles import FORMS, KINDS
from tests.regime_samples import fill

Sheets = Mapping[str, Sequence[Sequence[object]]]


def summary_of(form_id: str, count: int) -> Submission:
    """The summary of a parent of so many units."""
    form = load(form_id)
    level = form.levels[0]
    above = LEVELS[LEVELS.index(level) + 1]
    units = [Unit(f"B-{number:06}", f"Công đoàn thứ {number}", level, "B") for number in range(count)]
    children = [
        replace(_report(form_id, unit), source=Source(f"{unit.code}.xlsx", f"{number:064x}"))
        for number, unit in enumerate(units)
    ]
    summary, _ = merge(blank_submission(form.at(above), "B", "Đơn vị nhận"), children)
    summary.lines = [replace(line, link=f"external:./reports/{line.source.file}") for line in summary.lines]
    return summary


def _report(form_id: str, unit: Unit) -> Submission:
    """A report of one of the kinds, with words of its own."""
    chance = random.Random(unit.code)
    made = _kind(form_id, chance.randrange(KINDS))
    words = {key: f"{unit.name}: {text} Làm {chance.randrange(9_999)} việc." for key, text in made.narratives.items()}
    rows = {name: [replace(row, unit=unit.code, unit_name=unit.name) for row in of] for name, of in made.tables.items()}
    return replace(made, unit=unit.code, unit_name=unit.name, narratives=words, tables=rows)


@cache
def _kind(form_id: str, kind: int) -> Submission:
    view = load(form_id).at(load(form_id).levels[0])
    return fill(view, Unit("B-1", "Đơn vị", view.level, "B"), kind)


def as_run(summary: Submission) -> bytes:
    """As it is, in a process set up as every process of ours is."""
    seldom_look_for_garbage()
    return written(summary)


def written(summary: Submission) -> bytes:
    """As it is."""
    parent = Unit("B", "Đơn vị nhận", summary.view.level, "")
    return summary_workbook(summary, cover_of(parent, summary.view.form))


def stored(summary: Submission) -> bytes:
    """Into the store of history."""
    with tempfile.TemporaryDirectory() as folder:
        return keep(summary, Path(folder)).read_bytes()


def sheets_of(content: bytes) -> Sheets:
    """Values of a workbook by sheet and row, days as their numbers."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {
        name: [
            [_plain(value) for value in row]
            for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
        for name in book.sheet_names
    }  # fmt: skip


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        value = value.date()
    return serial(value) if isinstance(value, date) else str(value) if isinstance(value, timedelta) else value


def bare(sheets: Sheets) -> bytes:
    """The same values by XlsxWriter alone."""
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    look = book.add_format({"border": 1})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, values in enumerate(rows):
            for col, value in enumerate(values):
                if isinstance(value, str) and value:
                    sheet.write_string(row, col, value, look)
                elif isinstance(value, float | int):
                    sheet.write_number(row, col, value, look)
    book.close()
    return target.getvalue()


_JOBS: dict[str, Callable[[], bytes]] = {}


def _once(way: str) -> tuple[float, int, int]:
    """(seconds of CPU, bytes of memory it grew by, bytes it made)."""
    before, begun = _now_taken(), time.process_time()
    made = len(_JOBS[way]())
    spent = time.process_time() - begun
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before, made


def _now_taken() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("form", nargs="?", default=FORMS[0])
    parser.add_argument("--units", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{'units':>6} {'way':20} {'CPU s':>7} {'ratio':>6} {'MiB':>6} {'written MB':>10}")
    for count in options.units:
        summary = summary_of(options.form, count)
        sheets = sheets_of(written(summary))
        cells = sum(value not in ("", None) for rows in sheets.values() for row in rows for value in row)
        _JOBS.update({
            "XlsxWriter alone": lambda sheets=sheets: bare(sheets),
            "summary": lambda summary=summary: as_run(summary),
            "history": lambda summary=summary: stored(summary),
        })  # fmt: skip
        found: dict[str, list[tuple[float, int, int]]] = {way: [] for way in _JOBS}
        for _ in range(options.rounds):
            for way in _JOBS:
                with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
                    found[way].append(pool.apply(_once, (way,)))
        base = statistics.median(spent for spent, _, _ in found["XlsxWriter alone"])
        for way, rounds in found.items():
            spent, grown, made = (statistics.median(one) for one in zip(*rounds, strict=True))
            print(f"{count:6} {way:20} {spent:7.2f} {spent / base:6.2f} {grown / 2**20:6.0f} {made / 1e6:10.2f}")
        print(f"{'':6} {cells} cells that are not blank")


if __name__ == "__main__":
    main()
