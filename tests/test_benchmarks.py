"""Benchmarks still run and print their tables; what they print is for who measures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what a process takes is asked of Unix")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        (
            "speed --count 2 --rounds 1 --usual 1",
            ["usual script, openpyxl", "bare calamine", "ours,", "again:"],
        ),
        ("speed --count 2 --rounds 1 --usual 0 --wrong 3 --only again", ["ours again, 1 % changed"]),
        ("curve 1 2", ["workbooks", "1  ", "2  "]),
        ("stages --count 2", ["rules", "narratives against figures", "checking and merging"]),
        ("writing --units 2 --rounds 1", ["2 XlsxWriter alone", "2 summary"]),
    ],
)
def test_a_benchmark_prints_its_table(line: str, rows: list[str], tmp_path: Path) -> None:
    name, *more = line.split()
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *more],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = [one.strip() for one in done.stdout.splitlines()]
    assert [row for row in rows if not any(one.startswith(row) for one in told)] == []
