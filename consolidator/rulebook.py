"""The only reader of `rules/`: turns the text of a regime into a frozen Form, or refuses it with a reason.

A mistake in a rule book is ours, not a user's: it is an exception (`RulebookError`) that names file and block.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from consolidator.element import Catalogue, Document, Indicator, Narrative, Rule, SheetPlan, Table
from consolidator.form import Form
from consolidator.formcache import keep_form, kept_form
from consolidator.migration import Migration
from consolidator.proofing import (
    RulebookError,
    prove_accepts,
    prove_code,
    prove_form,
    prove_indicators,
    prove_migrations,
    prove_narratives,
    prove_rules,
    prove_table,
    prove_unique,
    refusing,
)

__all__ = [
    "RulebookError",
    "documents",
    "form_ids",
    "load",
    "rules_folder",
    "sample_data",
    "shelf",
    "source_texts",
    "thresholds",
]

SHARED = "shared"
_T = TypeVar("_T")


def rules_folder() -> Path:
    """Where the rules lie: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "rules", package.parent / "rules"):
        if (folder / SHARED).is_dir():
            return folder
    raise RulebookError(str(package), "rules", "the folder of rules is missing from this installation")


def form_ids(folder: Path | None = None) -> list[str]:
    """Ids of the regimes that can be loaded: every folder with a `form.toml`."""
    return sorted(path.parent.name for path in (folder or rules_folder()).glob("*/form.toml"))


@cache
def load(form_id: str, folder: Path | None = None) -> Form:
    """Loads one regime, checked through and through. Raises RulebookError."""
    home = folder or rules_folder()
    if not (home / form_id / "form.toml").is_file():
        raise RulebookError(form_id, "form", f"no such form; there are: {', '.join(form_ids(home))}")
    if folder is not None:
        return _Loader(home, form_id).form()
    form = kept_form(form_id, home)
    if form is None:
        form = _Loader(home, form_id).form()
        keep_form(form, home)
    return form


def source_texts(form_id: str, files: Sequence[str]) -> dict[str, str]:
    """The text of a form's files, by name; those it does without are left out. The form is known to load."""
    home = rules_folder() / form_id
    return {name: (home / name).read_text("utf-8") for name in files if (home / name).is_file()}


@cache
def shelf() -> tuple[Catalogue, Mapping[str, Indicator]]:
    """What all forms share: the catalogue of names and the library of indicators. Raises RulebookError."""
    loader, file = _Loader(rules_folder(), SHARED), f"{SHARED}/catalogue.toml"
    catalogue = loader.made(Catalogue, file, loader.read(file), "catalogue")
    return catalogue, loader.indicators(catalogue, {})


@cache
def documents() -> dict[str, Any]:
    """Wording of the documents we write (`rules/shared/documents.toml`): help sheet, letters."""
    return _toml(rules_folder() / SHARED / "documents.toml")


@cache
def sample_data(form_id: str) -> dict[str, Any]:
    """Texts and own figures of a regime's sample province (`sample.toml` in its folder)."""
    return _toml(rules_folder() / form_id / "sample.toml")


@cache
def thresholds(kind: type[_T]) -> _T:
    """Thresholds of notices (`rules/shared/notices.toml`) as the model of those who use them. Raises RulebookError."""
    file = f"{SHARED}/notices.toml"
    loader = _Loader(rules_folder(), SHARED)
    return loader.made(kind, file, loader.read(file), "thresholds")


class _Loader:
    """Reads the files of one regime; every block is proved before the form is handed out."""

    def __init__(self, folder: Path, form_id: str) -> None:
        self.folder = folder
        self.form_id = form_id

    def form(self) -> Form:
        file = f"{self.form_id}/form.toml"
        catalogue = self.made(Catalogue, f"{SHARED}/catalogue.toml", self.read(f"{SHARED}/catalogue.toml"), "catalogue")
        head = {"id": self.form_id, **self.read(file)}
        library = self.indicators(catalogue, head.pop("derived_override", {}))
        sheets = tuple(self.made(SheetPlan, file, block) for block in head.pop("sheet", []))
        narratives, tables = self.narratives(), (*self.tables(self.form_id), *self.tables(SHARED))
        shared, own = self.rules(SHARED), self.rules(self.form_id)
        parts = {
            "sheets": sheets,
            "indicators": library,
            "narratives": narratives,
            "tables": tables,
            "rules": (*shared, *own),
            "catalogue": catalogue,
            "citations": self.citations(),
            "migrations": self.migrations(),
        }
        form = self.made(Form, file, {**head, **parts}, "form")
        if form.id != self.form_id:
            raise RulebookError(file, form.id, "the id differs from the folder's name")
        prove_form(form)
        prove_migrations(form)
        for other in form.accepts:
            prove_accepts(form, load(other, self.folder))
        prove_rules(form, frozenset(rule.code for rule in own), SHARED)
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

    def read_any(self, name: str) -> dict[str, Any]:
        """A file that a small regime does without."""
        return self.read(name) if (self.folder / name).is_file() else {}

    def made(self, kind: type[_T], file: str, block: Mapping[str, Any], name: str = "") -> _T:
        name = name or str(block.get("code") or block.get("id") or dict(block))
        from consolidator.validating import fitted

        with refusing(file, name):
            return fitted(kind, block)
        raise AssertionError

    def indicators(self, catalogue: Catalogue, override: Mapping[str, str]) -> dict[str, Indicator]:
        file = f"{SHARED}/indicators.toml"
        found: dict[str, Indicator] = {}
        lines = self.read(file).get("indicators", {})
        for code in (*lines, *override):
            if not isinstance(lines.get(code), dict):
                raise RulebookError(file, code, "is not an indicator of the library")
        for code, line in lines.items():
            prove_code(file, code)
            line = {**line, "code": code, "derived": override.get(code, line.get("derived", ""))}
            found[code] = self.made(Indicator, file, line)
        prove_indicators(file, found, catalogue)
        return found

    def narratives(self) -> tuple[Narrative, ...]:
        file = f"{self.form_id}/narratives.toml"
        found = tuple(self.made(Narrative, file, block) for block in self.read_any(file).get("narrative", []))
        prove_narratives(file, found)
        return found

    def tables(self, folder: str) -> tuple[Table, ...]:
        file = f"{folder}/tables.toml"
        found = []
        for block in self.read_any(file).get("table", []):
            columns, fixed = block.pop("column", ()), block.pop("row", ())
            table = self.made(Table, file, {**block, "columns": columns, "fixed": fixed})
            prove_table(file, table)
            found.append(table)
        return tuple(found)

    def citations(self) -> tuple[Document, ...]:
        file = f"{SHARED}/citations.toml"
        blocks = self.read_any(file).get("document", [])
        found = tuple(self.made(Document, file, block, str(block.get("number"))) for block in blocks)
        prove_unique(file, [f"{one.number} | {one.issuer} | {one.date}" for one in found])
        return found

    def migrations(self) -> tuple[Migration, ...]:
        file = f"{self.form_id}/migrations.toml"
        blocks = self.read_any(file).get("migration", [])
        return tuple(self.made(Migration, file, block, str(block.get("from_version"))) for block in blocks)

    def rules(self, folder: str) -> tuple[Rule, ...]:
        file = f"{folder}/rules.toml"
        blocks = self.read(file) if folder == SHARED else self.read_any(file)
        return tuple(self.made(Rule, file, block) for block in blocks.get("rule", []))


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
