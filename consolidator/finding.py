"""What a check has to say: a code, a severity, a place and facts. No prose lives here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache


class Severity(StrEnum):
    """How much a finding weighs; the order of declaration is the order of sorting."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    rank: int
    """0 for errors, 1 for warnings, 2 for information."""

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding points: a file, and in it a sheet, a cell and the Ref it holds."""

    file: str = ""
    sheet: str = ""
    cell: str = ""
    ref: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell a person.

    Attributes:
        code: a rule's code (`SP001`) or a code of the catalogue in `wording` (`file-unreadable`).
        facts: what fills the holes of the sentence; values are already strings.
        unit: code of the unit the finding is about, "" if unknown.
        explanation: what the unit says to it; the finding stands all the same.
        accepted: why the parent accepts it, "" if it does not; an error is never accepted.
    """

    code: str
    severity: Severity
    place: Place = NOWHERE
    facts: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    explanation: str = ""
    accepted: str = ""

    def at(self, file: str, unit: str) -> Finding:
        """The same finding, placed in a file of a unit."""
        return replace(self, place=replace(self.place, file=file), unit=unit)


def by_weight(finding: Finding) -> tuple[int, str, str, tuple[int, str, int], str]:
    """Sort key: errors first, then file, sheet, cell and code, so that any order of files gives one list."""
    place = finding.place
    return (finding.severity.rank, place.file, place.sheet, _cell_key(place.cell), finding.code)


@lru_cache(2**14)
def _cell_key(cell: str) -> tuple[int, str, int]:
    """Column by column as Excel orders them (Z before AA), in each the rows by number (7 before 11)."""
    column = cell.rstrip("0123456789")
    row = cell[len(column) :]
    return len(column), column, int(row) if row else 0


def errors_in(findings: list[Finding]) -> int:
    """How many of the findings are errors."""
    return sum(f.severity is Severity.ERROR for f in findings)
