"""What a form is made of: indicators, narratives, tables, rules; frozen once loaded."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from consolidator.expression import ROW, ROW_TEXT, TOLERANCE, Node, refs, rename
from consolidator.finding import Severity
from consolidator.grammar import parse

Level = Literal["CDCS", "CTTT", "TINH", "TLD"]

PERCENT_MEASURES = {
    "pct_target": ("actual", "target"),
    "pct_estimate": ("estimate", "target"),
    "pct_baseline": ("actual", "baseline"),
}
"""Measures that are always computed: (what, per what), times 100."""

CARRIED_OVER = ("baseline", "prev_term")
"""Measures that an earlier report can settle: found in a workbook that nobody has filled in yet."""

ATTRIBUTES = ("as_of", "qualifier", "note")
"""What else a row says about its indicator: the date of the figure, how exact it is, a remark."""

QUALIFIERS = ("trên", "từ … trở lên", "khoảng", "dự kiến", "mức thấp", "mức cao")
"""Words for a figure that is not exact, as they stand in the cell; blank means exact."""


class Frozen:
    """Base of everything read from `rules/`, which are frozen data classes: unknown keys are mistakes.

    `validating` proves them; to work with a form that was proved before, Pydantic need not be loaded.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid", "arbitrary_types_allowed": True}


@dataclass(frozen=True, kw_only=True)
class LevelName(Frozen):
    """How a level is called."""

    name: str
    short: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class MeasureName(Frozen):
    """Heading of a measure's column."""

    label: str


@dataclass(frozen=True, kw_only=True)
class Catalogue(Frozen):
    """Names shared by all forms (`rules/shared/catalogue.toml`)."""

    levels: Mapping[str, LevelName]
    departments: Mapping[str, str]
    sheets: Mapping[str, str]
    measures: Mapping[str, MeasureName]


@dataclass(frozen=True, kw_only=True)
class Indicator(Frozen):
    """A row of an appendix. `level` is the lowest level that reports it; units of measure stand in `unit`."""

    code: str
    label: str
    unit: str
    type: Literal["int", "decimal", "money", "percent", "date"]
    agg: Literal["sum", "count", "ratio", "formula", "weighted_mean", "min", "max", "last", "none"]
    kind: Literal["flow", "stock", "cum", "derived", "ref"]
    level: Level
    dept: str
    sheet: str
    source: str
    tier: int = 1
    part_of: str = ""
    partition: str = ""
    weight: str = ""
    derived: str = ""
    own: bool = True
    measures: tuple[str, ...] = ()
    direction: Literal["up", "down", "none"] = "up"
    only_if: str = ""
    note: str = ""

    @property
    def is_amount(self) -> bool:
        """Whether it counts something, so that shares of a target make sense."""
        return self.type in ("int", "decimal", "money") and self.kind != "ref"


@dataclass(frozen=True, kw_only=True)
class Narrative(Frozen):
    """A place of the outline: a heading, or a prompt that the unit answers in words.

    Attributes:
        asks: the separate questions of a compound prompt.
        figures: whether figures are demanded, by this line itself or by a line above it; `clause` says where.
        standing: a heading that shows even if nothing below it is answered (an instruction of the outline).
        only_if: a condition (`Form.flags`) without which it is not asked.
    """

    path: str
    id: str
    kind: Literal["heading", "answer"]
    heading: str
    prompt: str = ""
    dept: str = ""
    levels: tuple[Level, ...] = ("CDCS", "CTTT", "TINH")
    asks: tuple[str, ...] = ()
    figures: Literal["", "explicit", "inherited"] = ""
    clause: str = ""
    required: bool = True
    standing: bool = False
    only_if: str = ""
    note: str = ""
    indicators: tuple[str, ...] = ()
    source: str = ""

    @property
    def ref(self) -> str:
        """Its name in expressions and in workbooks."""
        return f"n.{self.id}"

    @property
    def depth(self) -> int:
        """How deep in the outline: 1 for a part such as `II`."""
        return self.path.count(".") + 1


@dataclass(frozen=True, kw_only=True)
class Column(Frozen):
    """A column of a table. A derived one is computed from the others of its row (`r.<column>`)."""

    id: str
    label: str
    type: Literal["text", "number", "money", "percent", "date", "choice"]
    width: float = 16
    choices: tuple[str, ...] = ()
    required: bool = False
    derived: str = ""
    total: bool = False
    note: str = ""

    @property
    def is_text(self) -> bool:
        """Whether its cells hold words rather than numbers."""
        return self.type in ("text", "choice")


@dataclass(frozen=True, kw_only=True)
class Table(Frozen):
    """A list of variable length: as many rows as a unit has things to say."""

    id: str
    path: str
    title: str
    hint: str
    sheet: str = ""
    dept: str = ""
    key: str
    columns: tuple[Column, ...]
    levels: tuple[Level, ...] = ("CDCS", "CTTT", "TINH")
    rows: int = 20
    fixed: tuple[Mapping[str, Any], ...] = ()
    source: str = ""

    @cached_property
    def derived(self) -> tuple[Column, ...]:
        """Columns that compute themselves, in their order."""
        return tuple(column for column in self.columns if column.derived)

    @cached_property
    def derivations(self) -> dict[str, Node]:
        """The expressions of derived columns, by column."""
        return {column.id: self.over_rows(parse(column.derived)) for column in self.derived}

    def over_rows(self, node: Node) -> Node:
        """An expression over `r.column` with the columns that hold words told apart (`rt.column`)."""
        words = {column.id for column in self.columns if column.is_text}
        return rename(node, lambda ref: f"{ROW_TEXT}.{ref.tail}" if ref.head == ROW and ref.tail in words else ref.name)


@dataclass(frozen=True, kw_only=True)
class Document(Frozen):
    """A cited document. Number, issuer and date together are its key: 56/KH-LĐLĐ is not 56/KH-TLĐ."""

    number: str
    issuer: str
    date: datetime.date | None = None
    aliases: tuple[str, ...] = ()
    title: str = ""
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Term(Frozen):
    """The congress term of a level: its start is the baseline of comparisons."""

    start: datetime.date
    end: datetime.date


@dataclass(frozen=True, kw_only=True)
class Period(Frozen):
    """The time a report covers; both days are included."""

    id: str
    label: str
    start: datetime.date
    end: datetime.date


@dataclass(frozen=True, kw_only=True)
class Rule(Frozen):
    """One check as written by its author (`check` in the rule language)."""

    code: str
    check: str
    severity: Severity
    message: str
    fix: str
    source: str
    measures: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    tolerance: float | None = None
    for_each: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    good: tuple[Mapping[str, Any], ...]
    bad: tuple[Mapping[str, Any], ...]

    @property
    def node(self) -> Node:
        """The parsed check."""
        return parse(self.check)

    @property
    def tolerated(self) -> float:
        """How far apart two numbers may be that this rule takes for equal; 0 stands for exactly equal."""
        return TOLERANCE if self.tolerance is None else self.tolerance


@dataclass(frozen=True, kw_only=True)
class Figure(Frozen):
    """One number a unit reports or a workbook derives: an indicator under a measure."""

    indicator: Indicator
    measure: str
    derived: Node | None = None

    @cached_property
    def ref(self) -> str:
        """`indicator.measure`, the key of the figure and the name of its cell."""
        return f"{self.indicator.code}.{self.measure}"

    @property
    def merges(self) -> str:
        """How children's figures make the parent's: an aggregation, or "derived" (computed again there)."""
        if self.derived is not None:
            return "derived"
        agg = self.indicator.agg
        return "none" if agg in ("ratio", "formula") else "sum" if agg == "count" else agg

    @property
    def unit(self) -> str:
        """Unit of measure of the figure: percentages of a target are in %."""
        return "%" if self.measure in PERCENT_MEASURES else self.indicator.unit


@dataclass(frozen=True, kw_only=True)
class Check(Frozen):
    """A rule bound to what it is about: figures, a narrative, or (`table`) every filled row of a table."""

    rule: Rule
    node: Node
    about: str
    table: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Unique within a form and level, e.g. `SP001:tvpl_luot.actual`."""
        return f"{self.rule.code}:{self.about}"

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """Names the check touches."""
        return tuple(ref.name for ref in refs(self.node))


@dataclass(frozen=True, kw_only=True)
class SheetPlan(Frozen):
    """An appendix sheet: its code and its indicators in order."""

    code: str
    indicators: tuple[str, ...]
