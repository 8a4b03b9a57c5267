"""The tree of a figure: each unit's part of it, with its file and cell, down to who typed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consolidator.finding import Place


class State(StrEnum):
    """What became of a unit's file since it was merged."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Said:
    """What a unit says to a figure besides the number."""

    as_of: date | None
    qualifier: str
    note: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Origin:
    """One unit's part of a figure.

    Attributes:
        value: what was merged by the level above; of the topmost unit, what its summary comes to.
        now: what the unit's file comes to now; None where that is a blank or the file was not read.
        own: the unit's own part of it; None where that is a blank or the file was not read.
        weight, own_weight: how much stands behind a weighted mean.
        merges: how a figure comes from own part and children, in words.
        place: the file as seen from the topmost summary's folder, and sheet and cell where it was read; `own_place`
            is where a summary has the own part.
        sent_as: name of the file that was merged; `sha256`: its hash.
        state: what became of that file; None for the topmost.
        problems: sentences about what does not add up or was altered.
        typed: what stands in its cell where that is a text that was read as the figure; "" for a plain number.
    """

    unit: str
    name: str
    value: float | None
    now: float | None
    own: float | None
    weight: float | None
    own_weight: float | None
    merges: str
    place: Place
    own_place: Place
    sent_as: str
    sha256: str
    state: State | None
    said: Said
    problems: tuple[str, ...] = ()
    children: tuple[Origin, ...] = ()
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure with its tree; a derived one with its formula in words and its operands, each traced one level."""

    ref: str
    label: str
    measured_in: str
    is_date: bool
    period: str
    formula: str
    tree: Origin
    operands: tuple[Trace, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything in it adds up and nothing was altered; files that are not there are no fault."""
        return not _problems(self.tree) and all(operand.is_whole for operand in self.operands)


def _problems(one: Origin) -> bool:
    return bool(one.problems) or any(_problems(child) for child in one.children)
