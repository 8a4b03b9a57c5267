"""What one unit sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from consolidator.element import CARRIED_OVER, Table
from consolidator.folded import FoldedRows
from consolidator.form import LevelForm
from consolidator.layout import drawn_cells
from consolidator.verdict import Numbers

ELAPSED = "meta.elapsed"
ELAPSED_FORMULA = (
    '=IFERROR(IF(COUNT(meta.as_of,meta.term_start,meta.term_end)<3,"",'
    '(meta.as_of-meta.term_start)/(meta.term_end-meta.term_start)),"")'
)
"""Share of the congress term that has passed at the date of the figures."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file a submission came from: its path as shown to people and the hash of its bytes."""

    file: str = ""
    sha256: str = ""


NO_SOURCE = Source()


@dataclass(frozen=True)
class TableRow:
    """A row of a table: whose it is, and its cells by column id (numbers and day serials as float)."""

    unit: str
    unit_name: str
    values: Mapping[str, float | str]


@dataclass(frozen=True)
class Line:
    """A child inside a summary: who, from which file, its figures (shape: figures of the view), what it wrote.

    `link` leads from the summary's workbook to the file.
    """

    unit: str
    name: str
    source: Source
    values: Numbers
    weights: Mapping[str, float]
    meta: Mapping[str, float | str] = field(default_factory=dict)
    attributes: Mapping[str, float | str] = field(default_factory=dict)
    narratives: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


@dataclass
class Submission:
    """Figures, attributes and narratives of one unit.

    Attributes:
        values: one number a figure of `view`, in its order; NaN is blank. Derived figures are computed by us.
        own: the unit's own part of each figure; equal to `values` unless the submission is a summary.
        texts: what stood in a figure's cell instead of a number, by Ref.
        attributes: `code.as_of` (serial), `code.qualifier`, `code.note`, where given.
        weights: for weighted means, how much weight stands behind the mean, by Ref.
        reported: for summaries, how many direct children gave each figure, by Ref.
        narratives: texts by narrative id.
        tables: rows by table id: the unit's own, and in a summary those of the units below after them.
        previous: last period's figures by Ref, where the workbook carries them.
        meta: facts by name (`meta.as_of` and so on); dates are serials.
        lines: in a summary, one a child.
        cells: (sheet, address) by name, as found in the file; where all that the form draws stands as `drawn`, only
            the others.
    """

    view: LevelForm
    unit: str
    unit_name: str
    parent: str
    period: str
    values: Numbers
    own: Numbers
    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, float | str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    reported: Mapping[str, int] = field(default_factory=dict)
    narratives: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)
    previous: Mapping[str, float] = field(default_factory=dict)
    meta: Mapping[str, float | str] = field(default_factory=dict)
    cells: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    drawn: bool = False
    lines: Sequence[Line] = ()
    is_summary: bool = False
    source: Source = NO_SOURCE

    def __getstate__(self) -> dict[str, Any]:
        """What travels between processes: everything but the form, which each process loads itself."""
        return {key: value for key, value in self.__dict__.items() if key != "view"}

    def value(self, ref: str) -> float | None:
        """A figure, None where it is blank."""
        number = self.values[self.view.position[ref]]
        return None if np.isnan(number) else float(number)

    @property
    def is_empty(self) -> bool:
        """Whether it has no figure at all, but for those that an earlier report settled."""
        given = ~np.isnan(self.values)
        return not any(given[place] for place, one in enumerate(self.view.figures) if one.measure not in CARRIED_OVER)

    def own_value(self, ref: str) -> float | None:
        """The unit's own part of a figure, None where it is blank."""
        number = self.own[self.view.position[ref]]
        return None if np.isnan(number) else float(number)

    def place(self, name: str) -> tuple[str, str]:
        """(sheet, cell) of a name in its file; empty texts where the file lacks it."""
        place = self.cells.get(name)
        if place is None and self.drawn:
            place = drawn_cells(self.view).get(name)
        return place or ("", "")


def empty_values(view: LevelForm) -> Numbers:
    """A row of blanks, one a figure of the view."""
    return np.full(len(view.figures), np.nan)


def own_rows(submission: Submission, table: Table) -> list[TableRow]:
    """The unit's own rows, without those of the units below."""
    rows, unit = submission.tables.get(table.id, ()), submission.unit
    return rows.of(unit) if isinstance(rows, FoldedRows) else [row for row in rows if row.unit == unit]


def units_of(rows: Sequence[TableRow]) -> Sequence[str]:
    """Whose each row is."""
    return rows.units if isinstance(rows, FoldedRows) else [row.unit for row in rows]


def elapsed(meta: Mapping[str, float | str]) -> float | str:
    """What `ELAPSED_FORMULA` comes to; "" where a date is missing."""
    as_of, start, end = (meta.get(f"meta.{key}") for key in ("as_of", "term_start", "term_end"))
    if not (isinstance(as_of, float) and isinstance(start, float) and isinstance(end, float)) or end == start:
        return ""
    return (as_of - start) / (end - start)
