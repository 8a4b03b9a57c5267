"""Does cost grow with the number of workbooks and no faster? `python -m tests.benchmarks.curve [COUNT ...]`.

One run each, in a process of its own; printed are CPU and wall, peak memory of the main process, and what each
workbook more than in the smallest batch adds to it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.manyfiles import FORMS, many
from tests.benchmarks.speed import OURS, took

COUNTS = (100, 300, 1_000, 3_000, 10_000)


def main(form: str, counts: Sequence[int]) -> None:
    print(f"{form}: one run each, {os.cpu_count()} cores")
    widths = {"workbooks": 10, "CPU s": 9, "wall s": 9, "ms a file": 11, "main MiB": 10, "KiB a file": 12}
    print("".join(f"{head:>{width}}" for head, width in {**widths, "worker MiB": 12}.items()))
    first: dict[str, float] = {}
    for count in counts:
        batch = many(form, count)
        out = Path(tempfile.mkdtemp())
        try:
            found = took(OURS, batch, 0, out, {**os.environ, "XDG_DATA_HOME": str(out / "own")})
        finally:
            shutil.rmtree(out)
        first = first or {**found, "count": count}
        more = (found["mib"] - first["mib"]) * 1024 / (count - first["count"]) if count > first["count"] else 0.0
        print(
            f"{count:10}{found['cpu']:9.1f}{found['wall']:9.1f}{found['cpu'] / count * 1000:11.1f}"
            f"{found['mib']:10.0f}{more:12.1f}{found['worker mib']:12.0f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS, metavar="COUNT", help="how many workbooks")
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    options = parser.parse_args()
    main(options.form, options.counts)
