"""The house's floors: imports only go down, nothing goes round in circles, smells stay outside."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "consolidator"

FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "amounts",
        "busyexcel",
        "columns",
        "compoundfile",
        "countwords",
        "deskwords",
        "expression",
        "finding",
        "helping",
        "installwords",
        "interrupting",
        "lately",
        "limits",
        "memory",
        "naming",
        "oldfonts",
        "options",
        "ownfolder",
        "palette",
        "paper",
        "printing",
        "progress",
        "registry",
        "saving",
        "settling",
        "sharedstrings",
        "stores",
        "tomltext",
        "unit",
        "validating",
        "visible",
        "workedout",
    ),
    (
        "besides",
        "csvfile",
        "engine",
        "excelsettings",
        "figures_in_text",
        "folded",
        "formula",
        "grammar",
        "holding",
        "installer",
        "numerals",
        "origin",
        "sentences",
        "styles",
        "vbaproject",
        "verdict",
    ),
    ("addinfile", "dataset", "element", "narrativefigures", "packaging", "rowtext", "typeddays"),
    ("agreeing", "binding", "examples", "kinds", "migration", "reaching", "rewriting", "usual", "zipping"),
    ("archives", "form", "likeness", "splicing", "xmlparts"),
    ("booknames", "formcache", "labelwords", "proofing", "sidebyside", "wording", "xmlscan"),
    ("documenting", "familiar", "formulawords", "installing", "knownrows", "layout", "resultsheet", "rulebook"),
    (
        "diagnosing",
        "formschema",
        "lettering",
        "letters",
        "linking",
        "pen",
        "preflight",
        "sample",
        "submission",
        "typedtexts",
    ),
    (
        "adding",
        "charting",
        "draftwords",
        "explaining",
        "facts",
        "formnormal",
        "grid",
        "keyfigures",
        "letterhead",
        "meaning",
        "outcome",
        "reportpages",
    ),
    (
        "account",
        "bearings",
        "cellarithmetic",
        "deciding",
        "formcells",
        "formexport",
        "formfound",
        "judging",
        "merging",
        "migrating",
        "narrating",
        "outliers",
        "parcel",
        "readings",
        "recounting",
        "roster",
        "sealing",
        "sheetmarks",
        "summaryreading",
        "tabling",
        "textfigures",
        "wordcontrols",
    ),
    (
        "boundtext",
        "carried",
        "cellreading",
        "checking",
        "checksheet",
        "choosing",
        "comparing",
        "desk",
        "draftappendix",
        "formimport",
        "historyrows",
        "ledger",
        "noticing",
        "refreshing",
        "shifting",
        "signposts",
    ),
    ("anchoring", "bookreading", "content", "drafting", "formproof", "inbox", "listing", "reportdigest", "straying"),
    (
        "appendixsheet",
        "beneath",
        "decisionsheet",
        "matrixsheet",
        "reportcharts",
        "reportledger",
        "reporttables",
        "wordpaper",
    ),
    ("besidesheet", "keysheet", "reading", "reportoverview", "tablesheet", "wordfile"),
    ("authoring", "lastsummary", "marking", "opening", "reportprint"),
    ("answering", "isolation", "locating", "pouring", "reporting", "submitting", "summarising", "tidying"),
    (
        "auditsheet",
        "cluster",
        "examining",
        "fragments",
        "history",
        "markedcopy",
        "ownpart",
        "previous",
        "recalling",
        "splitting",
        "tracing",
    ),
    ("console", "ordering", "pasttable", "replies", "tracewords"),
    ("fitting", "returning", "watchscope", "writtencommands"),
    ("writing",),
    ("consolidation",),
    ("auditing", "issuing"),
    ("demonstration", "folderjob", "recursing"),
    ("addin", "commands", "flattening", "watching"),
    ("datacommands",),
    ("batchcommands",),
    ("cli",),
    ("__main__",),
)
"""Modules from the ground up; one may import only from floors below its own."""

ALONE = {
    "xlwings": {"addin"},
    "python_calamine": {"grid"},
    "docx": {"wordfile"},
    "lark": {"grammar"},
    "lxml": {"refreshing"},
    "xlsxwriter": {"pen", "splicing", "appendixsheet"},
}
"""Libraries that belong to one room (worksheet types of XlsxWriter may be named where sheets are drawn)."""


def imports_of(path: Path) -> set[str]:
    """Names of modules a file imports, anywhere in it, but for those that only type checkers see."""
    found: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    guards = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    unseen = {inner for guard in guards for inner in ast.walk(guard)}
    for node in (node for node in ast.walk(tree) if node not in unseen):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "consolidator":
                found |= {f"consolidator.{alias.name}" for alias in node.names}
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def test_every_module_has_a_floor() -> None:
    assert sorted(name for floor in FLOORS for name in floor) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    level = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    own = {name.split(".")[1] for name in imports_of(PACKAGE / f"{module}.py") if name.startswith("consolidator.")}
    own &= set(MODULES)
    assert [name for name in own if level[name] >= level[module]] == []


@pytest.mark.parametrize("module", MODULES)
def test_libraries_stay_in_their_rooms(module: str) -> None:
    used = {name.split(".")[0] for name in imports_of(PACKAGE / f"{module}.py")}
    assert [library for library, rooms in ALONE.items() if library in used and module not in rooms] == []


@pytest.mark.parametrize("module", [m for m in MODULES if m != "layout"])
def test_no_cell_address_outside_layout(module: str) -> None:
    """A quoted `B12` in code is a fact about a sheet that only `layout` may know."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if re.fullmatch(r"\$?[A-Z]{1,2}\$?[1-9][0-9]{0,4}", text)] == []


@pytest.mark.parametrize("module", MODULES)
def test_blank_is_never_turned_into_zero(module: str) -> None:
    text = (PACKAGE / f"{module}.py").read_text("utf-8")
    assert not re.search(r"fillna\(0|\bor 0\b|nan_to_num", text)
