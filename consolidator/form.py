"""A reporting regime as data, and what one level sees of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from consolidator.binding import bind
from consolidator.element import (
    ATTRIBUTES,
    PERCENT_MEASURES,
    Catalogue,
    Check,
    Document,
    Figure,
    Frozen,
    Indicator,
    Level,
    Narrative,
    Period,
    Rule,
    SheetPlan,
    Table,
    Term,
)
from consolidator.expression import Node, is_live, refs, rename
from consolidator.grammar import parse
from consolidator.migration import Migration
from consolidator.unit import LEVELS


@dataclass(frozen=True, kw_only=True, eq=False)
class Form(Frozen):
    """A whole regime, loaded once: the same object is the same regime. What one level sees of it comes from `at`.

    Attributes:
        accepts: other regimes whose reports a parent may merge into this one.
        flags: conditions that hold this time (`congress`); see `only_if` of narratives and indicators.
        cover: further dates on the cover, as `meta.<name>`.
        deadlines: by level, the first day that is too late.
        migrations: how workbooks of older versions are read.
    """

    id: str
    name: str
    kind: str = "thematic"
    version: str = "1"
    seed: str = ""
    disclaimer: str = "Biểu mẫu do đơn vị tự lập, không phải biểu mẫu chính thức của cấp trên."
    issuer: str = "LĐLĐ tỉnh"
    levels: tuple[Level, ...]
    measures: tuple[str, ...]
    period: Period
    sheets: tuple[SheetPlan, ...]
    tables: tuple[Table, ...] = ()
    citations: tuple[Document, ...] = ()
    accepts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    cover: tuple[str, ...] = ()
    terms: Mapping[Level, Term] = field(default_factory=dict)
    deadlines: Mapping[Level, date] = field(default_factory=dict)
    indicators: Mapping[str, Indicator]
    narratives: tuple[Narrative, ...]
    rules: tuple[Rule, ...]
    catalogue: Catalogue
    migrations: tuple[Migration, ...] = ()

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """What others work out of the form alone (`workedout`)."""
        return {}

    @cached_property
    def spellings(self) -> tuple[tuple[str, ...], ...]:
        """Every way the number of each cited document is written."""
        return tuple((document.number, *document.aliases) for document in self.citations)

    @cached_property
    def _views(self) -> dict[str, LevelForm]:
        return {level: LevelForm(form=self, level=level) for level in self.levels}

    def varied(self, **changed: object) -> Form:
        """The same regime with some fields replaced; nothing computed from the old ones is kept."""
        return replace(self, **changed)  # type: ignore[arg-type]

    def migration_from(self, version: str) -> Migration | None:
        """How a workbook of an older version is read; None where nothing is declared."""
        return next((one for one in self.migrations if one.from_version == version), None)

    def at(self, level: str) -> LevelForm:
        """The part of the form that a level fills in. Raises KeyError for a level that does not report."""
        return self._views[level]


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelForm:
    """A form as one level sees it; of a form there is one for each level."""

    form: Form
    level: Level

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """What others work out of the view alone (`workedout`)."""
        return {}

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
    def live(self) -> list[int]:
        """Columns of the derived figures that a workbook by itself can compute."""
        return [self.position[one.ref] for one in self.derived if one.derived is not None and is_live(one.derived)]

    @cached_property
    def narratives(self) -> tuple[Narrative, ...]:
        """The outline of the level: answers it gives and the headings above them."""
        asked = [n for n in self.form.narratives if n.only_if in ("", *self.form.flags)]
        answers = [n for n in asked if n.kind == "answer" and self.level in n.levels]
        return tuple(
            n for n in asked if n in answers or (n.kind == "heading" and (n.standing or _stands_over(n, answers)))
        )

    @cached_property
    def answers(self) -> tuple[Narrative, ...]:
        """Narratives the level writes."""
        return tuple(n for n in self.narratives if n.kind == "answer")

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Tables the level fills in."""
        return tuple(table for table in self.form.tables if self.level in table.levels)

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
    def row_checks(self) -> dict[str, tuple[Check, ...]]:
        """The checks of rows of each table, by its id; under "" those of the report itself."""
        by_table = {"": [one for one in self.checks if not one.table]}
        for table in self.tables:
            by_table[table.id] = [one for one in self.checks if one.table == table.id]
        return {table: tuple(checks) for table, checks in by_table.items()}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the structure: two workbooks with the same one hold the same names for the same things."""
        parts = [self.form.id, self.form.version, self.level, *self.by_ref, *(n.ref for n in self.answers)]
        parts += [f"{table.id}.{column.id}" for table in self.tables for column in table.columns]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def label_of(self, figure: Figure) -> str:
        """What findings call a figure: its indicator, with the measure unless it is the actual figure."""
        if figure.measure == "actual":
            return figure.indicator.label
        return f"{figure.indicator.label} – {self.form.catalogue.measures[figure.measure].label}"

    def _measures(self, indicator: Indicator) -> tuple[str, ...]:
        """Measures that mean something for an indicator at this level."""
        if LEVELS.index(self.level) < LEVELS.index(indicator.level):
            return ()
        if indicator.only_if not in ("", *self.form.flags):
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


def _stands_over(heading: Narrative, answers: list[Narrative]) -> bool:
    return any(answer.path.startswith(heading.path + ".") for answer in answers)
