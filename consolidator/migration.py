"""What a regime declares of its own past: how the names of an older template became those of today's.

A name is what a workbook calls a cell: `code.measure`, `n.narrative`, `t.table.column`. A declaration may speak of a
whole indicator (`code`) or table (`t.table`), and, where things came or went, of a measure of all indicators (`x.ytd`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from consolidator.element import Frozen
from consolidator.expression import NARRATIVE
from consolidator.formula import MORE, PREVIOUS, TABLE

OWN, WEIGHT, BELOW = "own.", "weight.", "tl."
"""What stands before a figure's name in a summary (the parent's own, the weight behind it), before a table's (rows of
the units below)."""
EACH = "x"
"""Stands for every indicator, as in a rule."""
_FIXED = ("meta.", "units.", "lines.")
"""Names that no declaration is about: the cover and where the parts of a summary begin."""


@dataclass(frozen=True, kw_only=True)
class Migration(Frozen):
    """How a workbook of an older version is read today.

    Attributes:
        from_version: the version of the older template.
        renamed: new name by old name.
        dropped: what is no longer asked, with the words to say to a unit that filled it in.
        added: what the older template did not ask: blank there, and no fault of the unit.
    """

    from_version: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    def new_name(self, name: str) -> str | None:
        """What a cell of that name is called today; None for what is dropped. The most exact declaration counts."""
        if name.startswith(_FIXED):
            return name
        if name.startswith(BELOW):
            table = self.new_name(TABLE + name.removeprefix(BELOW))
            return None if table is None else BELOW + table.removeprefix(TABLE)
        head, base = _parted(name)
        for spelling in _spellings(base):
            if spelling in self.renamed:
                return head + self.renamed[spelling] + base.removeprefix(spelling)
            if spelling in self.dropped:
                return None
        return name

    def exactness(self, name: str) -> int:
        """How exactly a renaming speaks of a name: 2 of itself, 1 of its row or table, 0 not at all."""
        spellings = _spellings(_parted(name)[1])
        return 2 if spellings[0] in self.renamed else int(any(one in self.renamed for one in spellings))

    def adds(self, name: str) -> bool:
        """Whether the older template could not have a cell of that (new) name."""
        return any(spelling in self.added for spelling in _spellings(_parted(name)[1]))

    def words_for(self, name: str) -> str:
        """What to say of a dropped name; "" where nothing is declared."""
        return next((self.dropped[one] for one in _spellings(_parted(name)[1]) if one in self.dropped), "")

    def mistakes(self, version: str, known: Collection[str]) -> Iterator[tuple[str, str]]:
        """(name, reason) of everything wrong; `known` are the names that the form of today has."""
        if self.from_version == version:
            yield self.from_version, "migrates from the form's own version"
        targets = list(self.renamed.values())
        for old, new in self.renamed.items():
            if old == new:
                yield old, "renamed onto itself"
            elif new not in known:
                yield old, f"renamed onto {new}, which the form lacks"
            elif _kind(old) != _kind(new):
                yield old, f"renamed onto {new}, which is another kind of thing"
            elif targets.count(new) > 1:
                yield new, "two names are renamed onto it"
            elif old in self.dropped:
                yield old, "renamed and dropped"
            elif _kind(old) == "column" and _table(new) != self.renamed.get(_table(old), _table(old)):
                yield old, f"renamed onto {new}, a column of another table"
        for gone in (*self.renamed, *self.dropped):
            if gone in known and gone not in (*targets, *self.added):
                yield gone, "is gone, but the form still has it: a renamed name fills it, or it is added"
        for name, words in self.dropped.items():
            if not words.strip():
                yield name, "dropped without words to say"
        for name in self.added:
            if name not in known:
                yield name, "added, but the form lacks it"
            elif name in targets:
                yield name, "added, and another name is renamed onto it"


def _parted(name: str) -> tuple[str, str]:
    """What stands before a name in a summary or in the hidden sheet, and the name the form knows."""
    for head in (OWN, WEIGHT, PREVIOUS):
        if name.startswith(head):
            return head, name.removeprefix(head)
    return "", name


def _spellings(name: str) -> tuple[str, ...]:
    """How a declaration may speak of a name, the most exact first."""
    head, _, tail = name.partition(".")
    if head == NARRATIVE:
        return (name, name.removesuffix(MORE))
    if name.startswith(TABLE):
        return (name, _table(name))
    return (name, head, f"{EACH}.{tail}") if tail else (name,)


def _table(name: str) -> str:
    return ".".join(name.split(".")[:2])


def _kind(name: str) -> str:
    head, *rest = name.split(".")
    if head == NARRATIVE:
        return "narrative"
    if name.startswith(TABLE):
        return "column" if len(rest) > 1 else "table"
    if head == EACH:
        return "measure"
    return "figure" if rest else "indicator"
