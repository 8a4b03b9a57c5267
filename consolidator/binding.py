"""Binds rules to what a level has: one check a measure, an indicator, a narrative or a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from consolidator.element import PERCENT_MEASURES, Check, Narrative, Rule
from consolidator.expression import NARRATIVE, ROW, ROW_TEXT, Call, Node, Ref, Text, refs, rename, walk

if TYPE_CHECKING:
    from consolidator.form import LevelForm

NOBODY = "meta.unit"
"""What a check is about that names nothing but the batch: the unit itself, on its cover."""


def bind(rule: Rule, view: LevelForm) -> Iterable[Check]:
    """The checks a rule makes at a level.

    A rule whose names the level does not have makes none; that it makes some at some level of some form is
    the rule book's business.
    """
    if rule.levels and view.level not in rule.levels:
        return
    if "table" in rule.for_each:
        yield from _table_checks(rule, view)
        return
    fixed = {ref.name for ref in refs(rule.node)}
    for subject, facts in _subjects(rule, view):
        for measure in _measures_of(rule, view, subject):
            node = rename(rule.node, lambda ref, m=measure, s=subject: _full_name(ref, s, m))  # type: ignore[misc]
            names = [ref.name for ref in refs(node)]
            figures = [name for name in names if not name.startswith("meta.")]
            if all(name in view.names for name in figures) and tables_of(node) <= {t.id for t in view.tables}:
                varying = [name for name in figures if name not in fixed]
                about = (varying or figures or names or [NOBODY])[0]
                label = view.form.catalogue.measures[measure].label if measure else ""
                yield Check(rule=rule, node=node, about=about, facts={**facts, "measure": label, "ref": about})


def tables_of(node: Node) -> set[str]:
    """Tables whose rows an expression counts."""
    return {
        part.args[0].value.partition(".")[0]
        for part in walk(node)
        if isinstance(part, Call) and part.word == "ROWS" and isinstance(part.args[0], Text)
    }


def _table_checks(rule: Rule, view: LevelForm) -> Iterable[Check]:
    for table in view.tables:
        if table.id in _as_tuple(rule.for_each["table"]):
            node = table.over_rows(rule.node)
            columns = {column.id for column in table.columns}
            if all(ref.tail in columns for ref in refs(node) if ref.head in (ROW, ROW_TEXT)):
                facts = {"label": table.title, "ref": f"t.{table.id}", "measure": ""}
                yield Check(rule=rule, node=node, about=facts["ref"], table=table.id, facts=facts)


def _full_name(ref: Ref, subject: str, measure: str) -> str:
    if ref.head == NARRATIVE and not ref.tail:
        return subject
    head = subject if ref.head == "x" else ref.head
    return f"{head}.{ref.tail or measure}"


def _subjects(rule: Rule, view: LevelForm) -> Iterable[tuple[str, dict[str, str]]]:
    """What a rule is about: itself once, or each indicator or narrative that its `for_each` selects."""
    wanted = dict(rule.for_each)
    if not wanted:
        yield "", {}
    elif which := wanted.pop("narrative", None):
        for narrative in view.answers:
            if _is_wanted(narrative, str(which)):
                yield narrative.ref, {"label": narrative.heading}
    else:
        wanted.pop("measure", None)
        for indicator in view.indicators:
            if all(getattr(indicator, key) in _as_tuple(value) for key, value in wanted.items()):
                yield indicator.code, {"label": indicator.label, "unit": indicator.unit}


def _is_wanted(narrative: Narrative, which: str) -> bool:
    match which:
        case "all":
            return True
        case "required":
            return narrative.required
        case "figures":
            return bool(narrative.figures)
    return narrative.figures == which


def _measures_of(rule: Rule, view: LevelForm, subject: str) -> tuple[str, ...]:
    """Measures to put for bare codes: stated ones, or all input measures that every bare code has."""
    bare = [ref for ref in refs(rule.node) if not ref.tail and ref.head != NARRATIVE]
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
