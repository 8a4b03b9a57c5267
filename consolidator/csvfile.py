"""Lists for spreadsheets as CSV: numbers as numbers, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TextIO

from consolidator.visible import visible

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet takes for a formula; of full width where Excel writes Chinese or Japanese."""


def csv_content(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file, with the mark by which Excel knows UTF-8."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([columns, *([harmless(value) for value in row] for row in rows)])
    return stream.getvalue().encode("utf-8-sig", "replace")


def write_tabs(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same for a terminal, between tabs."""
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerows([columns, *([harmless(value) for value in row] for row in rows)])


def harmless(value: object) -> object:
    """Whole numbers without ".0"; blanks empty; a text that a spreadsheet would run with an apostrophe in front."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        shown = visible(value)
        return f"'{shown}" if value.startswith(FORMULAS) or shown.startswith(FORMULAS) else shown
    return "" if value is None else value
