"""Everything a rule book can get wrong, refused with file, block and reason before anybody relies on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from string import Formatter

from consolidator.element import ATTRIBUTES, Catalogue, Indicator, Narrative, Rule, Table
from consolidator.examples import example_mistakes
from consolidator.expression import (
    BATCH_WORDS,
    NARRATIVE,
    ROW,
    Call,
    LanguageError,
    Ref,
    Text,
    is_cell_address,
    is_live,
    kind_of,
    refs,
    walk,
    words,
)
from consolidator.form import Form
from consolidator.formula import TABLE
from consolidator.grammar import parse
from consolidator.migration import EACH

_FACTS_ALWAYS = frozenset({"ref", "measure"})
_FACTS_OF_INDICATOR = _FACTS_ALWAYS | {"label", "unit"}
_FACTS_OF_WORDS = _FACTS_ALWAYS | {"label"}


class RulebookError(Exception):
    """A rule book that must not be used: file, block and reason."""

    def __init__(self, file: str, block: str, reason: str) -> None:
        super().__init__(f"{file}: {block}: {reason}")
        self.file, self.block, self.reason = file, block, reason


@contextmanager
def refusing(file: str, block: str) -> Iterator[None]:
    """Turns what the blocks' classes or the language say into a RulebookError that names the block."""
    try:
        yield
    except (LanguageError, KeyError, TypeError, ValueError) as error:
        raise RulebookError(file, block, str(error)) from error


def prove_unique(file: str, names: list[str]) -> None:
    """No name stands twice."""
    for name in names:
        if names.count(name) > 1:
            raise RulebookError(file, name, "stands twice")


def prove_code(file: str, code: str) -> None:
    """A code can be the name of a cell."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", code) or is_cell_address(code):
        raise RulebookError(file, code, "a code is small ASCII letters, digits and _, unlike a cell address")


def prove_indicators(file: str, library: Mapping[str, Indicator], catalogue: Catalogue) -> None:
    """Every indicator names things that exist, and none is derived from itself."""
    for code, one in library.items():
        for key, known in (("dept", catalogue.departments), ("sheet", catalogue.sheets), ("level", catalogue.levels)):
            if getattr(one, key) not in known:
                raise RulebookError(file, code, f"unknown {key} {getattr(one, key)}")
        for key in ("part_of", "weight"):
            if getattr(one, key) and getattr(one, key) not in library:
                raise RulebookError(file, code, f"{key} names an unknown indicator {getattr(one, key)}")
        if (one.agg in ("ratio", "formula")) != bool(one.derived):
            raise RulebookError(file, code, f"an indicator with agg {one.agg} and derived {one.derived!r}")
        if one.agg == "weighted_mean" and not one.weight:
            raise RulebookError(file, code, "a weighted mean needs the indicator of its weights")
        if one.derived:
            with refusing(file, code):
                _prove_derived(one.derived, library, catalogue)
    for code in library:
        _prove_no_circle(file, code, library, ())


def prove_narratives(file: str, narratives: Iterable[Narrative]) -> None:
    """Ids and paths are unique, and every answer has a prompt."""
    found = list(narratives)
    prove_unique(file, [one.id for one in found])
    prove_unique(file, [one.path for one in found])
    for one in found:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", one.id):
            raise RulebookError(file, one.id, "an id is small ASCII letters, digits and _")
        if one.kind == "answer" and not one.prompt:
            raise RulebookError(file, one.id, "an answer needs a prompt")


def prove_table(file: str, table: Table) -> None:
    """A table's key, fixed rows and derived columns name columns it has."""
    columns = [column.id for column in table.columns]
    prove_unique(file, columns)
    for name in (table.key, *(name for row in table.fixed for name in row)):
        if name not in columns:
            raise RulebookError(file, table.id, f"no such column {name}")
    for column in table.derived:
        with refusing(file, f"{table.id}.{column.id}"):
            node = table.over_rows(parse(column.derived))
            if kind_of(node) != ("text" if column.is_text else "number"):
                raise LanguageError(f"derived is a {kind_of(node)}")
            for ref in refs(parse(column.derived)):
                if ref.head == ROW and ref.tail not in columns:
                    raise LanguageError(f"unknown column {ref.tail}")


def prove_form(form: Form) -> None:
    """The form names only what the catalogue and the library have, and has all that its figures need."""
    file = f"{form.id}/form.toml"
    codes = [code for sheet in form.sheets for code in sheet.indicators]
    prove_unique(file, codes)
    prove_unique(file, [sheet.code for sheet in form.sheets])
    prove_unique(f"{form.id}/tables.toml", [table.id for table in form.tables])
    for name in form.measures:
        if name not in form.catalogue.measures:
            raise RulebookError(file, name, "is no measure of the catalogue")
    for sheet in form.sheets:
        if sheet.code not in form.catalogue.sheets:
            raise RulebookError(file, sheet.code, "is no sheet of the catalogue")
    for code in codes:
        if code not in form.indicators:
            raise RulebookError(file, code, "no such indicator in the library")
        for need in _needs(form.indicators[code]):
            if need not in codes:
                raise RulebookError(file, code, f"needs {need}, which is not in the form")
    departments = form.catalogue.departments
    for narrative in form.narratives:
        if narrative.dept and narrative.dept not in departments:
            raise RulebookError(f"{form.id}/narratives.toml", narrative.id, f"unknown dept {narrative.dept}")
        for code in narrative.indicators:
            if code not in form.indicators:
                raise RulebookError(f"{form.id}/narratives.toml", narrative.id, f"unknown indicator {code}")
    for table in form.tables:
        if table.dept and table.dept not in departments:
            raise RulebookError(f"{form.id}/tables.toml", table.id, f"unknown dept {table.dept}")


def prove_migrations(form: Form) -> None:
    """Every migration leads from another version to names that the form has."""
    file = f"{form.id}/migrations.toml"
    prove_unique(file, [one.from_version for one in form.migrations])
    known = {code for sheet in form.sheets for code in sheet.indicators}
    known |= {f"{EACH}.{measure}" for measure in form.measures}
    known |= {ref for level in form.levels for ref in form.at(level).by_ref}
    known |= {one.ref for one in form.narratives if one.kind == "answer"}
    known |= {TABLE + table.id for table in form.tables}
    known |= {f"{TABLE}{table.id}.{column.id}" for table in form.tables for column in table.columns}
    for one in form.migrations:
        for name, reason in one.mistakes(form.version, known):
            raise RulebookError(file, name, reason)


def prove_accepts(form: Form, other: Form) -> None:
    """A regime taken in by another reports nothing that the other could not show: no figure, no table."""
    codes = {code for sheet in form.sheets for code in sheet.indicators}
    tables = {table.id: [column.id for column in table.columns] for table in form.tables}
    for code in (code for sheet in other.sheets for code in sheet.indicators):
        if code not in codes:
            raise RulebookError(f"{form.id}/form.toml", other.id, f"accepts a regime with {code}, which it lacks")
    for table in other.tables:
        if not {column.id for column in table.columns} <= set(tables.get(table.id, ())):
            raise RulebookError(f"{form.id}/form.toml", other.id, f"accepts a regime whose table {table.id} it lacks")


def prove_rules(form: Form, own: frozenset[str], shared: str) -> None:
    """Every rule is in the language, tells only what it knows, and its examples prove it.

    `own` are the codes of the form's own rules, which must check something in it; shared ones need not.
    """
    prove_unique(f"{form.id}/rules.toml", [rule.code for rule in form.rules])
    files = [(f"{form.id if rule.code in own else shared}/rules.toml", rule) for rule in form.rules]
    for file, rule in files:  # all of them first: binding one rule to a level binds every rule
        with refusing(file, rule.code):
            _prove_language(rule, form, rule.code in own)
    for file, rule in files:
        _prove_placeholders(file, rule)
        if not rule.good or not rule.bad:
            raise RulebookError(file, rule.code, "needs a good and a bad example")
        binds = any(check.rule is rule for level in form.levels for check in form.at(level).checks)
        if rule.code in own and not binds and not _is_off(rule, form):
            raise RulebookError(file, rule.code, "checks nothing at any level of this form")
        for reason in example_mistakes(rule, _table_of(rule, form)):
            raise RulebookError(file, rule.code, reason)


def _prove_derived(text: str, library: Mapping[str, Indicator], catalogue: Catalogue) -> None:
    node = parse(text)
    if kind_of(node) != "number":
        raise LanguageError("derived is not a number")
    if not is_live(node) and words(node) - BATCH_WORDS:
        raise LanguageError("derived is nothing that Excel or a batch can compute")
    for ref in refs(node):
        if ref.head not in library:
            raise LanguageError(f"derived names an unknown indicator {ref.head}")
        if ref.tail and ref.tail not in catalogue.measures:
            raise LanguageError(f"derived names an unknown measure {ref.tail}")


def _prove_no_circle(file: str, code: str, library: Mapping[str, Indicator], trail: tuple[str, ...]) -> None:
    if code in trail:
        raise RulebookError(file, code, f"derived in a circle: {' -> '.join((*trail, code))}")
    if library[code].derived:
        for ref in refs(parse(library[code].derived)):
            _prove_no_circle(file, ref.head, library, (*trail, code))


def _needs(one: Indicator) -> list[str]:
    return [ref.head for ref in refs(parse(one.derived))] if one.derived else [one.weight] * bool(one.weight)


def _is_off(rule: Rule, form: Form) -> bool:
    """Whether a rule is about what is only asked under a condition that does not hold this time."""
    conditions = {one.only_if for one in form.narratives if one.ref in {ref.name for ref in refs(rule.node)}}
    conditions |= {form.indicators[ref.head].only_if for ref in refs(rule.node) if ref.head in form.indicators}
    return bool(conditions - {"", *form.flags})


def _table_of(rule: Rule, form: Form) -> Table | None:
    wanted = rule.for_each.get("table", ())
    names = (wanted,) if isinstance(wanted, str) else wanted
    return next((table for table in form.tables if table.id in names), None)


def _prove_language(rule: Rule, form: Form, is_own: bool) -> None:
    table = _table_of(rule, form)
    if "table" in rule.for_each and table is None:
        if is_own:
            raise LanguageError(f"unknown table {rule.for_each['table']}")
        return
    if kind_of(table.over_rows(rule.node) if table else rule.node) != "truth":
        raise LanguageError("a check must be true or false")
    for ref in refs(rule.node):
        _prove_name(ref, form, table)
    for key in rule.for_each:
        if key not in (*(one.name for one in fields(Indicator)), "measure", "narrative", "table"):
            raise LanguageError(f"for_each selects by an unknown key {key}")
    for node in walk(rule.node):
        if is_own and isinstance(node, Call) and node.word == "ROWS" and isinstance(node.args[0], Text):
            _prove_place(node.args[0].value, form)


def _prove_name(ref: Ref, form: Form, table: Table | None) -> None:
    if ref.head == ROW:
        if table is None or ref.tail not in [column.id for column in table.columns]:
            raise LanguageError(f"unknown column {ref.tail}")
    elif ref.head == NARRATIVE:
        if ref.tail and ref.name not in [one.ref for one in form.narratives]:
            raise LanguageError(f"unknown narrative {ref.tail}")
    elif ref.head != "meta":
        if ref.head not in form.indicators and ref.head != "x":
            raise LanguageError(f"unknown indicator {ref.head}")
        if ref.tail not in ("", *form.catalogue.measures, *ATTRIBUTES):
            raise LanguageError(f"unknown measure {ref.tail}")


def _prove_place(place: str, form: Form) -> None:
    name, _, column = place.partition(".")
    table = next((one for one in form.tables if one.id == name), None)
    if table is None or (column and column not in [one.id for one in table.columns]):
        raise LanguageError(f"unknown table or column {place}")


def _prove_placeholders(file: str, rule: Rule) -> None:
    facts = _FACTS_ALWAYS
    if rule.for_each:
        facts = _FACTS_OF_WORDS if {"narrative", "table"} & set(rule.for_each) else _FACTS_OF_INDICATOR
    with refusing(file, rule.code):
        holes = [part[1:] for part in Formatter().parse(rule.message + rule.fix) if part[1] is not None]
    for hole, shape, turn in holes:
        if hole not in facts or shape or turn:
            raise RulebookError(file, rule.code, f"no fact fills {{{hole}}}; there are: {', '.join(sorted(facts))}")
