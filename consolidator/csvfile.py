"""Lists for spreadsheets as CSV: numbers as numbers, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from consolidator.saving import made_whole, sweep
from consolidator.visible import visible

if TYPE_CHECKING:
    from _csv import Writer

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet takes for a formula; of full width where Excel writes Chinese or Japanese."""
_ENCODED = "utf-8-sig", "replace"


def csv_content(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file, with the mark by which Excel knows UTF-8."""
    stream = io.StringIO(newline="")
    _write(csv.writer(stream), columns, rows)
    return stream.getvalue().encode(*_ENCODED)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same into a file while the rows come, whole or not at all. Raises OSError."""
    encoding, errors = _ENCODED
    sweep(path)
    with made_whole(path) as place, place.open("w", encoding=encoding, errors=errors, newline="") as stream:
        _write(csv.writer(stream), columns, rows)


def write_tabs(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same for a terminal, between tabs."""
    _write(csv.writer(stream, delimiter="\t", lineterminator="\n"), columns, rows)


def _write(writer: Writer, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer.writerow(columns)
    writer.writerows([harmless(value) for value in row] for row in rows)


def harmless(value: object) -> object:
    """Whole numbers without ".0"; blanks empty; a text that a spreadsheet would run with an apostrophe in front."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        shown = visible(value)
        return f"'{shown}" if value.startswith(FORMULAS) or shown.startswith(FORMULAS) else shown
    return "" if value is None else value
