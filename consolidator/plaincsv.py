"""Figures as CSV that a spreadsheet opens as what they are: no text in it is ever run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from consolidator.saving import save

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
Rows = Iterable[Sequence[object]]


def save_csv(path: Path, rows: Rows) -> None:
    """Writes rows, headings first. Raises OSError."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(map(_line, rows))
    save(path, stream.getvalue().encode("utf-8-sig"))  # so that Excel sees UTF-8


def print_tabbed(stream: TextIO, rows: Rows) -> None:
    """Prints rows with tabs between the cells, for pasting into a sheet and for other programs."""
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(map(_line, rows))


def _line(cells: Sequence[object]) -> list[object]:
    return [_harmless(cell) for cell in cells]


def _harmless(value: object) -> object:
    """Whole numbers without ".0"; blanks empty; a text that a spreadsheet would run is quoted."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return "" if value is None else value
