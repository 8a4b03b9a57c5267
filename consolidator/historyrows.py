"""A summary as the rows of the store of history: columns of three tables, and of a fourth that ties them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from consolidator.facts import Batch
from consolidator.merging import weights_of
from consolidator.submission import NO_SOURCE, Line, Submission
from consolidator.verdict import Numbers, day_of

UNIT, OWN, TOTAL = "unit", "own", "total"
"""Parts: a child's line, what the parent adds itself, what both come to."""
_EXCEL_DIGITS = 15
"""Digits of a number that survive a workbook. Without this the last bit of a figure depends on the way it took."""

_TOGETHER = 1_000
"""Lines computed at once."""
Places = np.ndarray[Any, np.dtype[np.int32]]


def tables_of(summary: Submission) -> dict[str, dict[str, Any]]:
    """What the rows are joined from: a line about the summary, its parts, its figures, and the cells that are given."""
    view, form = summary.view, summary.view.form
    parts, numbers = list[tuple[str, Line]](), np.empty((len(summary.lines) + 2, len(view.figures)))
    for row, (part, line, values) in enumerate(_parts(summary)):
        parts.append((part, line))
        numbers[row] = values
    part_no, figure_no = (one.astype(np.int32) for one in np.nonzero(~np.isnan(numbers)))
    numbers, refs = numbers[part_no, figure_no], [figure.ref for figure in view.figures]
    head = {
        "form": form.id,
        "version": form.version,
        "kind": form.kind,
        "period": summary.period,
        "period_end": _period_end(summary).isoformat(),
        "parent": summary.unit,
        "parent_name": summary.unit_name,
    }
    return {
        "heads": {key: _texts([text]) for key, text in head.items()},
        "parts": {
            "part_no": np.arange(len(parts), dtype=np.int32),
            "part": _texts([part for part, _ in parts]),
            "unit": _texts([line.unit for _, line in parts]),
            "unit_name": _texts([line.name for _, line in parts]),
            "file": _texts([line.source.file for _, line in parts]),
            "sha256": _texts([line.source.sha256 for _, line in parts]),
        },
        "figures": {
            "figure_no": np.arange(len(refs), dtype=np.int32),
            "ref": _texts(refs),
            "indicator": _texts([figure.indicator.code for figure in view.figures]),
            "measure": _texts([figure.measure for figure in view.figures]),
            "label": _texts([view.label_of(figure) for figure in view.figures]),
            "measured_in": _texts([figure.unit for figure in view.figures]),
            "is_date": np.array([figure.indicator.type == "date" for figure in view.figures]),
        },
        "cells": {
            "part_no": part_no,
            "figure_no": figure_no,
            "value": _as_kept(numbers),
            "weight": _as_kept(_weights(summary, [line for _, line in parts], part_no, figure_no)),
        },
    }


def _weights(summary: Submission, lines: Sequence[Line], part_no: Places, figure_no: Places) -> Numbers:
    """The weight behind each cell, NaN for most: only means have one."""
    found, position = np.full(len(part_no), np.nan), summary.view.position
    for ref in {ref for line in lines for ref in line.weights} & position.keys():
        cells = np.flatnonzero(figure_no == position[ref])
        found[cells] = [lines[part].weights.get(ref, np.nan) for part in part_no[cells].tolist()]
    return found


def _parts(summary: Submission) -> Iterator[tuple[str, Line, Numbers]]:
    """(part, whose, figures): the total, the parent's own part, then each child in the order of codes.

    Only figures that people type have an own part: a percentage of the parent's own would be nobody's figure.
    """
    parent = Line(summary.unit, summary.unit_name, NO_SOURCE, summary.values, summary.weights)
    yield TOTAL, parent, summary.values
    typed = np.array([figure.derived is None for figure in summary.view.figures], dtype=bool)
    own_weights = weights_of(summary, summary.own)
    yield OWN, replace(parent, weights=own_weights), np.where(typed, summary.own, np.nan)
    lines = sorted(summary.lines, key=lambda line: line.unit)
    for line, values in zip(lines, _derived_again(summary, lines, typed), strict=True):
        yield UNIT, line, values


def _derived_again(
    summary: Submission, lines: Sequence[Line], typed: np.ndarray[Any, np.dtype[np.bool_]]
) -> Iterator[Numbers]:
    """Figures of lines, those that are derived computed from the others: a summary workbook only carries the others.

    What only the unit's own batch could compute is blank.
    """
    empty = replace(summary, texts={}, attributes={}, meta={}, narratives={})
    for begin in range(0, len(lines), _TOGETHER):
        some = lines[begin : begin + _TOGETHER]
        bare = [replace(empty, values=np.where(typed, line.values, np.nan)) for line in some]
        Batch(bare).derive()
        yield from (one.values for one in bare)


def _period_end(summary: Submission) -> date:
    """The period's last day: as its workbook says, else as its form does."""
    end = summary.meta.get("meta.period_end")
    if isinstance(end, float):
        try:
            return day_of(end)
        except (OverflowError, ValueError):  # a number that is no day
            pass
    return summary.view.form.period.end


def _texts(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Texts as DuckDB takes them; what is no Unicode (names of files from old archives) becomes "?"."""
    found = np.empty(len(texts), dtype=object)
    found[:] = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    return found


def _as_kept(numbers: Numbers) -> Numbers:
    """Numbers as a workbook keeps them."""
    with np.errstate(over="ignore"):  # what is too large for that is not short
        whole = numbers * 1e6
    is_short = np.rint(whole, out=whole) / 1e6 == numbers
    is_short &= np.abs(numbers) < 1e9  # such have 15 digits at most, and stay as they are
    others = np.flatnonzero(~(is_short | np.isnan(numbers)))
    kept = numbers.copy()
    kept[others] = [float(f"{number:.{_EXCEL_DIGITS}g}") for number in numbers[others].tolist()]
    return kept
