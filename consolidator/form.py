"""A reporting regime as data: indicators, measures, narratives and rules, frozen once loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from consolidator.expression import Node, Ref, parse, refs, rename
from consolidator.finding import Severity
from consolidator.unit import LEVELS

Level = Literal["CDCS", "CTTT", "TINH", "TLD"]
DerivedMeasure = Literal["pct_target", "pct_estimate", "pct_baseline"]

PERCENT_MEASURES = {
    "pct_target": ("actual", "target"),
    "pct_estimate": ("estimate", "target"),
    "pct_baseline": ("actual", "baseline"),
}
"""Measures that are always computed: (what, per what), times 100."""

ATTRIBUTES = ("as_of", "qualifier", "note")
"""What else a row says about its indicator: the date of the figure, how exact it is, a remark."""

QUALIFIERS = ("trên", "từ … trở lên", "khoảng", "dự kiến", "mức thấp", "mức cao")
"""Words for a figure that is not exact, as they stand in the cell; blank means exact."""


class Frozen(BaseModel):
    """Base of everything read from `rules/`: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class LevelName(Frozen):
    """How a level is called."""

    name: str
    short: str
    rank: int


class MeasureName(Frozen):
    """Heading of a measure's column."""

    label: str


class Catalogue(Frozen):
    """Names shared by all forms (`rules/shared/catalogue.toml`)."""

    levels: Mapping[str, LevelName]
    departments: Mapping[str, str]
    sheets: Mapping[str, str]
    measures: Mapping[str, MeasureName]


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
    note: str = ""

    @property
    def is_amount(self) -> bool:
        """Whether it counts something, so that shares of a target make sense."""
        return self.type in ("int", "decimal", "money") and self.kind != "ref"


class Narrative(Frozen):
    """A place of the outline: a heading, or a prompt that the unit answers in words."""

    path: str
    id: str
    kind: Literal["heading", "answer"]
    heading: str
    prompt: str = ""
    dept: str = ""
    levels: tuple[Level, ...] = ("CDCS", "CTTT", "TINH")
    figures: bool = False
    required: bool = True
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


class Period(Frozen):
    """The time a report covers; both days are included."""

    id: str
    label: str
    start: date
    end: date


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
    for_each: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)
    good: tuple[Mapping[str, Any], ...]
    bad: tuple[Mapping[str, Any], ...]

    @property
    def node(self) -> Node:
        """The parsed check."""
        return parse(self.check)


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


class Check(Frozen):
    """A rule bound to the figures or the narrative it is about: what is judged, shown and reported."""

    rule: Rule
    node: Node
    about: str
    facts: Mapping[str, str] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """Unique within a form and level, e.g. `SP001:tvpl_luot.actual`."""
        return f"{self.rule.code}:{self.about}"

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """Names the check touches."""
        return tuple(ref.name for ref in refs(self.node))


class SheetPlan(Frozen):
    """An appendix sheet: its code and its indicators in order."""

    code: str
    indicators: tuple[str, ...]


class Loaded(Frozen):
    """Loaded once and shared: the same object is the same thing, so it can key a cache.

    Pydantic writes a field-wise `__hash__` into every frozen class that has none of its own, hence `__hash__`
    in each class below.
    """

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Form(Loaded):
    """A whole regime. What one level sees of it comes from `at`."""

    __hash__ = object.__hash__

    id: str
    name: str
    kind: str
    version: str
    seed: str
    year: int
    disclaimer: str
    issuer: str
    levels: tuple[Level, ...]
    measures: tuple[str, ...]
    period: Period
    sheets: tuple[SheetPlan, ...]
    indicators: Mapping[str, Indicator]
    narratives: tuple[Narrative, ...]
    rules: tuple[Rule, ...]
    catalogue: Catalogue

    @cached_property
    def _views(self) -> dict[str, LevelForm]:
        return {level: LevelForm(form=self, level=level) for level in self.levels}

    def at(self, level: str) -> LevelForm:
        """The part of the form that a level fills in. Raises KeyError for a level that does not report."""
        return self._views[level]


class LevelForm(Loaded):
    """A form as one level sees it."""

    __hash__ = object.__hash__

    form: Form
    level: Level

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Rows in the order of the sheets."""
        known = self.form.indicators
        codes = [code for sheet in self.form.sheets for code in sheet.indicators]
        return tuple(known[code] for code in codes if any(self._measures(known[code])))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the level, in the order of sheets and measures; derived ones included."""
        return tuple(
            Figure(indicator=indicator, measure=measure, derived=self._derivation(indicator, measure))
            for indicator in self.indicators
            for measure in self._measures(indicator)
        )

    @cached_property
    def by_ref(self) -> dict[str, Figure]:
        """Figures by Ref."""
        return {figure.ref: figure for figure in self.figures}

    @cached_property
    def position(self) -> dict[str, int]:
        """Column of each figure in a matrix of figures."""
        return {figure.ref: index for index, figure in enumerate(self.figures)}

    @cached_property
    def derived(self) -> tuple[Figure, ...]:
        """Derived figures, each after those it is computed from."""
        ordered: dict[str, Figure] = {}

        def place(figure: Figure) -> None:
            for ref in refs(figure.derived) if figure.derived is not None else ():
                if ref.name in self.by_ref and ref.name not in ordered:
                    place(self.by_ref[ref.name])
            if figure.derived is not None:
                ordered[figure.ref] = figure

        for figure in self.figures:
            place(figure)
        return tuple(ordered.values())

    @cached_property
    def narratives(self) -> tuple[Narrative, ...]:
        """The outline of the level: answers it gives and the headings above them."""
        answers = [n for n in self.form.narratives if n.kind == "answer" and self.level in n.levels]
        return tuple(
            n
            for n in self.form.narratives
            if (n.kind == "heading" and any(a.path.startswith(n.path + ".") for a in answers)) or n in answers
        )

    @cached_property
    def answers(self) -> tuple[Narrative, ...]:
        """Narratives the level writes."""
        return tuple(n for n in self.narratives if n.kind == "answer")

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name an expression may use at this level."""
        attributes = {f"{i.code}.{name}" for i in self.indicators for name in ATTRIBUTES}
        return frozenset(self.by_ref) | attributes | {n.ref for n in self.answers}

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Every rule of the form bound to what this level has, in the order of the rule files."""
        return tuple(check for rule in self.form.rules for check in bind(rule, self))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the structure: two workbooks with the same one hold the same names for the same things."""
        parts = [self.form.id, self.form.version, self.level, *self.by_ref, *(n.ref for n in self.answers)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _measures(self, indicator: Indicator) -> tuple[str, ...]:
        """Measures that mean something for an indicator at this level."""
        if LEVELS.index(self.level) < LEVELS.index(indicator.level):
            return ()
        if indicator.kind == "ref":
            return indicator.measures
        return tuple(m for m in self.form.measures if self._means(indicator, m))

    def _means(self, indicator: Indicator, measure: str) -> bool:
        if measure in PERCENT_MEASURES:
            _, per = PERCENT_MEASURES[measure]
            return indicator.is_amount and indicator.agg in ("sum", "count", "none") and per in self.form.measures
        if measure == "ytd":
            return indicator.kind == "flow" and indicator.agg in ("sum", "count")
        if measure == "target" and indicator.agg == "formula":
            return False
        if indicator.derived and not (measure == "target" and indicator.agg == "ratio"):
            return self._can_derive(indicator)
        return True

    def _can_derive(self, indicator: Indicator) -> bool:
        """A derived figure exists from the level on at which everything it is made of exists."""
        parts = {ref.head for ref in refs(parse(indicator.derived))}
        rank = LEVELS.index(self.level)
        return all(LEVELS.index(self.form.indicators[code].level) <= rank for code in parts)

    def _derivation(self, indicator: Indicator, measure: str) -> Node | None:
        if measure in PERCENT_MEASURES:
            what, per = PERCENT_MEASURES[measure]
            # A yearly target is compared with the year so far, not with the quarter alone.
            if what == "actual" and "ytd" in self.form.measures and self._means(indicator, "ytd"):
                what = "ytd"
            return parse(f"ROUND({indicator.code}.{what}/{indicator.code}.{per}*100,1)")
        if not indicator.derived or (measure == "target" and indicator.agg == "ratio"):
            return None
        return rename(parse(indicator.derived), lambda ref: ref.name if ref.tail else f"{ref.name}.{measure}")


def bind(rule: Rule, view: LevelForm) -> Iterable[Check]:
    """The checks a rule makes at a level: one a measure, one an indicator, or one a narrative.

    A rule whose names the level does not have makes none; that it makes some at some level of some form is
    the rule book's business.
    """
    if rule.levels and view.level not in rule.levels:
        return
    fixed = {ref.name for ref in refs(rule.node)}
    for subject, facts in _subjects(rule, view):
        for measure in _measures_of(rule, view, subject):
            node = rename(rule.node, lambda ref, m=measure, s=subject: _full_name(ref, s, m))  # type: ignore[misc]
            names = [ref.name for ref in refs(node)]
            figures = [name for name in names if not name.startswith("meta.")]
            if all(name in view.names for name in figures):
                varying = [name for name in figures if name not in fixed]
                about = (varying or figures or names or ["meta.unit"])[0]
                label = view.form.catalogue.measures[measure].label if measure else ""
                yield Check(rule=rule, node=node, about=about, facts={**facts, "measure": label, "ref": about})


def _full_name(ref: Ref, subject: str, measure: str) -> str:
    if ref.head == "n" and not ref.tail:
        return subject
    head = subject if ref.head == "x" else ref.head
    return f"{head}.{ref.tail or measure}"


def _subjects(rule: Rule, view: LevelForm) -> Iterable[tuple[str, dict[str, str]]]:
    """What a rule is about: itself once, or each indicator or narrative that its `for_each` selects."""
    wanted = dict(rule.for_each)
    if not wanted:
        yield "", {}
    elif which := wanted.pop("narrative", None):
        for n in view.answers:
            if which == "all" or (which == "required" and n.required) or (which == "figures" and n.figures):
                yield n.ref, {"label": n.heading}
    else:
        wanted.pop("measure", None)
        for i in view.indicators:
            if all(getattr(i, key) in _as_tuple(value) for key, value in wanted.items()):
                yield i.code, {"label": i.label, "unit": i.unit}


def _measures_of(rule: Rule, view: LevelForm, subject: str) -> tuple[str, ...]:
    """Measures to put for bare codes: stated ones, or all input measures that every bare code has."""
    bare = [ref for ref in refs(rule.node) if not ref.tail and ref.head != "n"]
    if not bare:
        return ("",)
    codes = [subject if ref.head == "x" else ref.head for ref in bare]
    stated = rule.measures or tuple(_as_tuple(rule.for_each.get("measure", ())))
    possible = stated or tuple(m for m in view.form.measures if m not in PERCENT_MEASURES)
    known = view.form.indicators
    extra = () if stated else tuple(m for code in codes if code in known for m in known[code].measures)
    return tuple(m for m in dict.fromkeys(possible + extra) if all(f"{code}.{m}" in view.by_ref for code in codes))


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
