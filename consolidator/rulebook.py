"""The only reader of `rules/`: turns the text of a regime into a frozen Form, or refuses it with a reason.

A mistake in a rule book is ours, not a user's: it is an exception (`RulebookError`) that names file and block.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from pydantic import ValidationError

from consolidator.examples import example_mistakes
from consolidator.expression import LanguageError, is_cell_address, is_live, kind_of, parse, refs
from consolidator.form import ATTRIBUTES, Catalogue, Form, Indicator, Narrative, Period, Rule, SheetPlan

SHARED = "shared"
_T = TypeVar("_T")
_FACTS_ALWAYS = frozenset({"ref", "measure"})
_FACTS_OF_INDICATOR = _FACTS_ALWAYS | {"label", "unit"}
_FACTS_OF_NARRATIVE = _FACTS_ALWAYS | {"label"}


class RulebookError(Exception):
    """A rule book that must not be used: file, block and reason."""

    def __init__(self, file: str, block: str, reason: str) -> None:
        super().__init__(f"{file}: {block}: {reason}")
        self.file, self.block, self.reason = file, block, reason


def rules_folder() -> Path:
    """Where the rules lie: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent
    for folder in (package.parent / "rules", package / "rules"):
        if (folder / SHARED).is_dir():
            return folder
    raise RulebookError(str(package), "rules", "the folder of rules is missing from this installation")


def form_ids(folder: Path | None = None) -> list[str]:
    """Ids of the regimes that can be loaded: every folder with a `form.toml`."""
    return sorted(path.parent.name for path in (folder or rules_folder()).glob("*/form.toml"))


@cache
def load(form_id: str, folder: Path | None = None) -> Form:
    """Loads one regime, checked through and through. Raises RulebookError."""
    folder = folder or rules_folder()
    if not (folder / form_id / "form.toml").is_file():
        raise RulebookError(form_id, "form", f"no such form; there are: {', '.join(form_ids(folder))}")
    return _Loader(folder, form_id).form()


class _Loader:
    def __init__(self, folder: Path, form_id: str) -> None:
        self.folder = folder
        self.form_id = form_id

    def form(self) -> Form:
        file = f"{self.form_id}/form.toml"
        catalogue = self.made(Catalogue, f"{SHARED}/catalogue.toml", self.read(f"{SHARED}/catalogue.toml"), "catalogue")
        head = self.read(file)
        override = head.pop("derived_override", {})
        library = self.indicators(catalogue, override)
        sheets = tuple(self.made(SheetPlan, file, block) for block in head.pop("sheet", []))
        narratives = self.narratives()
        with self.refusing(file, "form"):
            form = Form(
                **{**head, "period": Period(**head["period"])},
                sheets=sheets,
                indicators=library,
                narratives=narratives,
                rules=(*self.rules(SHARED), *self.rules(self.form_id)),
                catalogue=catalogue,
            )
        self.check_form(form)
        self.check_rules(form)
        return form

    def read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            text = path.read_text("utf-8")
            if not unicodedata.is_normalized("NFC", text):
                raise RulebookError(name, "text", "the text is not in composed Unicode (NFC)")
            return tomllib.loads(text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RulebookError(name, "text", str(error)) from error

    @contextmanager
    def refusing(self, file: str, block: str) -> Iterator[None]:
        """Turns what pydantic or the language says into a RulebookError that names the block."""
        try:
            yield
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RulebookError(file, block, f"{where}: {first['msg']}") from error
        except (LanguageError, KeyError, TypeError, ValueError) as error:
            raise RulebookError(file, block, str(error)) from error

    def made(self, kind: type[_T], file: str, block: Mapping[str, Any], name: str = "") -> _T:
        name = name or str(block.get("code") or block.get("id") or dict(block))
        with self.refusing(file, name):
            return kind(**block)
        raise AssertionError

    def indicators(self, catalogue: Catalogue, override: Mapping[str, str]) -> dict[str, Indicator]:
        file = f"{SHARED}/indicators.toml"
        found: dict[str, Indicator] = {}
        lines = self.read(file).get("indicators", {})
        for code in (*lines, *override):
            if not isinstance(lines.get(code), dict):
                raise RulebookError(file, code, "is not an indicator of the library")
        for code, line in lines.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", code) or is_cell_address(code):
                raise RulebookError(file, code, "a code is small ASCII letters, digits and _, unlike a cell address")
            line = {**line, "code": code, "derived": override.get(code, line.get("derived", ""))}
            found[code] = self.made(Indicator, file, line)
        for code, one in found.items():
            self.check_indicator(file, one, found, catalogue)
            self.check_cycle(file, code, found)
        return found

    def check_indicator(
        self, file: str, one: Indicator, library: Mapping[str, Indicator], catalogue: Catalogue
    ) -> None:
        for key, known in (("dept", catalogue.departments), ("sheet", catalogue.sheets), ("level", catalogue.levels)):
            if getattr(one, key) not in known:
                raise RulebookError(file, one.code, f"unknown {key} {getattr(one, key)}")
        for key in ("part_of", "weight"):
            if getattr(one, key) and getattr(one, key) not in library:
                raise RulebookError(file, one.code, f"{key} names an unknown indicator {getattr(one, key)}")
        if (one.agg in ("ratio", "formula")) != bool(one.derived):
            raise RulebookError(file, one.code, f"an indicator with agg {one.agg} and derived {one.derived!r}")
        if one.agg == "weighted_mean" and not one.weight:
            raise RulebookError(file, one.code, "a weighted mean needs the indicator of its weights")
        if one.derived:
            with self.refusing(file, one.code):
                node = parse(one.derived)
                if kind_of(node) != "number":
                    raise LanguageError("derived is not a number")
                for ref in refs(node):
                    if ref.head not in library:
                        raise LanguageError(f"derived names an unknown indicator {ref.head}")
                    if ref.tail and ref.tail not in catalogue.measures:
                        raise LanguageError(f"derived names an unknown measure {ref.tail}")

    def check_cycle(self, file: str, code: str, library: Mapping[str, Indicator], trail: tuple[str, ...] = ()) -> None:
        if code in trail:
            raise RulebookError(file, code, f"derived in a circle: {' -> '.join((*trail, code))}")
        if library[code].derived:
            for ref in refs(parse(library[code].derived)):
                self.check_cycle(file, ref.head, library, (*trail, code))

    def narratives(self) -> tuple[Narrative, ...]:
        file = f"{self.form_id}/narratives.toml"
        found = tuple(self.made(Narrative, file, block) for block in self.read(file).get("narrative", []))
        for key in ("id", "path"):
            self.unique(file, [getattr(n, key) for n in found])
        for one in found:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", one.id):
                raise RulebookError(file, one.id, "an id is small ASCII letters, digits and _")
            if one.kind == "answer" and not one.prompt:
                raise RulebookError(file, one.id, "an answer needs a prompt")
        return found

    def rules(self, folder: str) -> tuple[Rule, ...]:
        file = f"{folder}/rules.toml"
        return tuple(self.made(Rule, file, block) for block in self.read(file).get("rule", []))

    def unique(self, file: str, names: list[str]) -> None:
        for name in names:
            if names.count(name) > 1:
                raise RulebookError(file, name, "stands twice")

    def check_form(self, form: Form) -> None:
        file = f"{self.form_id}/form.toml"
        if form.id != self.form_id:
            raise RulebookError(file, form.id, "the id differs from the folder's name")
        codes = [code for sheet in form.sheets for code in sheet.indicators]
        self.unique(file, codes)
        self.unique(file, [sheet.code for sheet in form.sheets])
        for name in form.measures:
            if name not in form.catalogue.measures:
                raise RulebookError(file, name, "is no measure of the catalogue")
        for sheet in form.sheets:
            if sheet.code not in form.catalogue.sheets:
                raise RulebookError(file, sheet.code, "is no sheet of the catalogue")
        for code in codes:
            if code not in form.indicators:
                raise RulebookError(file, code, "no such indicator in the library")
            one = form.indicators[code]
            if one.derived and not is_live(parse(one.derived)):
                raise RulebookError(file, code, "derived is nothing that Excel can compute")
            needs = [ref.head for ref in refs(parse(one.derived))] if one.derived else [one.weight] * bool(one.weight)
            for need in needs:
                if need not in codes:
                    raise RulebookError(file, code, f"needs {need}, which is not in the form")
        for narrative in form.narratives:
            if narrative.dept and narrative.dept not in form.catalogue.departments:
                raise RulebookError(f"{self.form_id}/narratives.toml", narrative.id, f"unknown dept {narrative.dept}")
            for code in narrative.indicators:
                if code not in form.indicators:
                    raise RulebookError(f"{self.form_id}/narratives.toml", narrative.id, f"unknown indicator {code}")

    def check_rules(self, form: Form) -> None:
        self.unique(f"{self.form_id}/rules.toml", [rule.code for rule in form.rules])
        own = {block["code"] for block in self.read(f"{self.form_id}/rules.toml").get("rule", [])}
        files = [(f"{self.form_id if rule.code in own else SHARED}/rules.toml", rule) for rule in form.rules]
        for file, rule in files:  # all of them first: binding one rule to a level binds every rule
            with self.refusing(file, rule.code):
                self.check_language(rule, form)
        for file, rule in files:
            self.check_placeholders(file, rule)
            if not rule.good or not rule.bad:
                raise RulebookError(file, rule.code, "needs a good and a bad example")
            if rule.code in own and not any(c.rule is rule for level in form.levels for c in form.at(level).checks):
                raise RulebookError(file, rule.code, "checks nothing at any level of this form")
            for reason in example_mistakes(rule):
                raise RulebookError(file, rule.code, reason)

    def check_language(self, rule: Rule, form: Form) -> None:
        narratives = {n.ref for n in form.narratives}
        if kind_of(rule.node) != "truth":
            raise LanguageError("a check must be true or false")
        for ref in refs(rule.node):
            if ref.head == "n" and ref.tail and ref.name not in narratives:
                raise LanguageError(f"unknown narrative {ref.tail}")
            if ref.head in ("meta", "n"):
                continue
            if ref.head not in form.indicators and ref.head != "x":
                raise LanguageError(f"unknown indicator {ref.head}")
            if ref.tail not in ("", *form.catalogue.measures, *ATTRIBUTES):
                raise LanguageError(f"unknown measure {ref.tail}")
        for key in rule.for_each:
            if key not in (*Indicator.model_fields, "measure", "narrative"):
                raise LanguageError(f"for_each selects by an unknown key {key}")

    def check_placeholders(self, file: str, rule: Rule) -> None:
        facts = _FACTS_ALWAYS
        if rule.for_each:
            facts = _FACTS_OF_NARRATIVE if "narrative" in rule.for_each else _FACTS_OF_INDICATOR
        with self.refusing(file, rule.code):
            holes = [part[1:] for part in Formatter().parse(rule.message + rule.fix) if part[1] is not None]
        for hole, shape, turn in holes:
            if hole not in facts or shape or turn:
                raise RulebookError(file, rule.code, f"no fact fills {{{hole}}}; there are: {', '.join(sorted(facts))}")


@cache
def documents() -> dict[str, Any]:
    """Wording of the documents we write (`rules/shared/documents.toml`): help sheet, letters."""
    return _toml(rules_folder() / SHARED / "documents.toml")


@cache
def sample_data(form_id: str) -> dict[str, Any]:
    """Texts and own figures of a regime's sample province (`sample.toml` in its folder)."""
    return _toml(rules_folder() / form_id / "sample.toml")


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
