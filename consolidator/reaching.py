"""What a workbook carries besides its cells, and what its formulas reach for: named, never opened, never followed.

By a list of what is known to be harmless: a list of what is not would never be complete.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from consolidator.packaging import Package

_FORMULA = re.compile(rb"<f(?: [^<>]*)?>([^<]*)<")
_QUOTED = re.compile(r'"[^"]*"')
_OUTSIDE = re.compile(
    r"(?i)\b(WEBSERVICE|FILTERXML|RTD|IMAGE|CALL|REGISTER(?:\.ID)?|EXEC|DDE|SQL\.REQUEST|CUBE\w+)\s*\(|^[\w.' -]+\|"
)
_SIGNS = tuple(b"[ | WEBSERVICE FILTERXML RTD IMAGE CALL REGISTER EXEC DDE SQL. CUBE".split())
_ELSEWHERE = re.compile(r"\[\d+\]|\[[^\[\]]*\.xl\w+\]")
_HARMLESS = re.compile(
    r"(?i)(?:xl/(?:worksheets|chartsheets|theme|drawings|media|charts|comments|tables|printerSettings|threadedComments"
    r"|persons|pivotTables|pivotCache|slicers|slicerCaches|richData|ctrlProps|featurePropertyBag)/[^/]*"
    r"|xl/(?:\w+/)?_rels/[^/]*|xl/(?:workbook|sharedStrings|styles|calcChain|metadata|comments\d*)|xl/drawings/[^/]*"
    r"|docProps/[^/]*|docMetadata/[^/]*|_rels/[^/]*|customXml/.*|\[Content_Types\]|\[trash\]/[^/]*|package/services/.*)"
    r"(?:\.xml|\.rels|\.vml|\.psmdcp|\.png|\.jpe?g|\.gif|\.bmp|\.tiff?|\.[ew]mf|\.svg)"
    r"|xl/printerSettings/printerSettings\d*\.bin|docProps/thumbnail\.\w+|mimetype"
)
_CARRIED = (
    ("has-macros", re.compile(r"(?i)vbaProject|vbaData|macro|dialogsheet|customUI|\.bas$|\.vbs$")),
    ("has-links", re.compile(r"(?i)externalLink|ddeLink")),
    ("has-embedded", re.compile(r"(?i)/embeddings/|/activeX/|oleObject|/webextensions/|^control$|^package$")),
    ("has-connections", re.compile(r"(?i)connections|queryTable|/model/|mashup|volatileDependencies|customData")),
)
"""What a workbook may carry, by the name of a part or the type of a relation."""
_REACHING = re.compile(rb'Type="([^"]*)"[^<>]*TargetMode="External"|TargetMode="External"[^<>]*Type="([^"]*)"')
_OF_BOOK = "xl/_rels/workbook.xml.rels"
_MAX_NAMED, _MAX_KEPT = 200, 2**19


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a file that no figure hangs on: a finding's code, its place and its facts."""

    code: str
    sheet: str = ""
    cell: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def carried(package: Package, relations: Mapping[str, tuple[str, str]]) -> Iterator[Remark]:
    """What else a package carries, by the names of its parts and by its relations; what is not known is named."""
    told, others = set(), []
    for name in (*package.names, *(kind for kind, _ in relations.values())):
        code = next((code for code, pattern in _CARRIED if pattern.search(name)), "")
        if code:
            told.add(code)
        elif "/" in name and not _HARMLESS.fullmatch(name):
            others.append(name)
    if "has-links" not in told and any(map(_reaches_out, _of_sheets(package))):
        told.add("has-links")
    yield from (Remark(code) for code, _ in _CARRIED if code in told)
    if others:
        yield Remark("has-other-parts", facts={"names": ", ".join(sorted(others))[:_MAX_NAMED]})


def _of_sheets(package: Package) -> Iterator[bytes]:
    """The relations of parts other than the workbook's own: those of sheets and of what is drawn on them."""
    yield from (package.read(name) for name in package.names if "/_rels/" in name and name.casefold() != _OF_BOOK)


def _reaches_out(relations: bytes) -> bool:
    """Whether a part leads out of the file, to a picture or a workbook; a link that a person may click does not."""
    kinds = (first or second for first, second in _REACHING.findall(relations))
    return any(not kind.endswith(b"/hyperlink") for kind in kinds)


def outside(sheet: str, rows: bytes) -> Iterator[Remark]:
    """Formulas that reach out of the workbook."""
    formulas = b"\n".join(_FORMULA.findall(rows))
    is_known = len(formulas) <= _MAX_KEPT
    code, typed = _reaching(formulas) if is_known else _reaching.__wrapped__(formulas)
    if code:
        yield Remark(code, sheet, facts={"sheet": sheet, "typed": typed} if typed else {})


@lru_cache(64)
def _reaching(formulas: bytes) -> tuple[str, str]:
    """(code, formula) of the worst among the formulas of a sheet, "" for none; those of a form are all the same."""
    shouted = formulas.upper()
    if not any(sign in shouted for sign in _SIGNS):
        return "", ""
    code = ""
    for formula in formulas.decode("utf-8", "replace").split("\n"):
        text = _QUOTED.sub('""', html.unescape(formula))
        if _OUTSIDE.search(text):
            return "web-formula", text[:80]
        code = "has-links" if code or _ELSEWHERE.search(text) else ""
    return code, ""
