"""Who reports, at which level, to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

LEVELS = ("CDCS", "CTTT", "TINH", "TLD")
"""Levels from the base upward; names stand in `rules/shared/catalogue.toml`."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One reporting unit. `parent` is the code of the unit it reports to, "" at the top; `email` "" if unknown."""

    code: str
    name: str
    level: str
    parent: str = ""
    sector: str = ""
    email: str = ""


@dataclass(frozen=True)
class Roster:
    """The units of a province (or of any subtree), keyed by code, in the order of the sheet."""

    units: Mapping[str, Unit] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Iterable[Unit]) -> Roster:
        """A roster of units whose codes are already known to be unique."""
        return cls({unit.code: unit for unit in units})

    @cached_property
    def _children(self) -> Mapping[str, tuple[Unit, ...]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.units.values():
            found.setdefault(unit.parent, []).append(unit)
        return {parent: tuple(units) for parent, units in found.items()}

    def children(self, code: str) -> tuple[Unit, ...]:
        """The units that report straight to `code`."""
        return self._children.get(code, ())

    def below(self, code: str) -> tuple[Unit, ...]:
        """Every unit under `code`, at any depth, parents before their children; a loop is walked once."""
        found: dict[str, Unit] = {}
        queue = list(self.children(code))
        while queue:
            unit = queue.pop(0)
            if unit.code not in found:
                found[unit.code] = unit
                queue.extend(self.children(unit.code))
        return tuple(found.values())

    def count(self, code: str, what: str) -> int:
        """How many units stand under `code`: `what` is "children" or a level in small letters."""
        if what == "children":
            return len(self.children(code))
        return sum(unit.level == what.upper() for unit in self.below(code))

    def parent_name(self, unit: Unit) -> str:
        """Name of the unit it reports to; its code if the roster does not list it."""
        parent = self.units.get(unit.parent)
        return parent.name if parent else unit.parent
