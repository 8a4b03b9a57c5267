"""What a stored .xlsx says and LibreOffice forgets: very hidden sheets, what protection allows, built-in names."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ALLOWANCES = {
    "AllowFormattingCells": "formatCells",
    "AllowFormattingColumns": "formatColumns",
    "AllowFormattingRows": "formatRows",
    "AllowInsertingColumns": "insertColumns",
    "AllowInsertingRows": "insertRows",
    "AllowInsertingHyperlinks": "insertHyperlinks",
    "AllowDeletingColumns": "deleteColumns",
    "AllowDeletingRows": "deleteRows",
    "AllowSorting": "sort",
    "AllowFiltering": "autoFilter",
    "AllowUsingPivotTables": "pivotTables",
}
"""Excel's keyword: the attribute that forbids it."""

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PROTECTION = re.compile(rb"<sheetProtection\b[^>]*/>")


@dataclass
class SheetFacts:
    """Of one sheet: very hidden or not; what its protection covers and allows."""

    part: str = ""
    very_hidden: bool = False
    drawings: bool = False
    scenarios: bool = False
    allowed: set[str] = field(default_factory=set)


@dataclass
class BookFacts:
    """Of one workbook: is its structure protected, its sheets by name, its built-in names with what they refer to."""

    structure: bool = False
    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    built_in: list[tuple[str, str]] = field(default_factory=list)


def facts_of(path: Path) -> BookFacts:
    """What the file says; nothing if it is no .xlsx."""
    if not zipfile.is_zipfile(path):
        return BookFacts()
    facts = BookFacts()
    with zipfile.ZipFile(path) as parts:
        book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
        targets = {
            link.get("Id", ""): link.get("Target", "")
            for link in ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        }
        for sheet in book.iter(MAIN + "sheet"):
            target = targets[sheet.get(LINK, "")]
            part = target.lstrip("/") if target.startswith("/") else "xl/" + target
            found = SheetFacts(part, sheet.get("state") == "veryHidden")
            facts.sheets[sheet.get("name", "")] = found
            if said := _PROTECTION.search(parts.read(part)):
                element = ElementTree.fromstring(said[0])
                found.drawings = element.get("objects", "0") in ("1", "true")
                found.scenarios = element.get("scenarios", "0") in ("1", "true")
                found.allowed = {ours for ours, theirs in ALLOWANCES.items() if element.get(theirs) in ("0", "false")}
        locks = book.find(MAIN + "workbookProtection")
        facts.structure = locks is not None and locks.get("lockStructure") in ("1", "true")
        names = list(facts.sheets)
        for name in book.iter(MAIN + "definedName"):
            if name.get("name", "").startswith("_xlnm.") and name.get("localSheetId"):
                sheet_name = names[int(name.get("localSheetId", "0"))]
                full = f"{quoted(sheet_name)}!{name.get('name', '').removeprefix('_xlnm.')}"
                facts.built_in.append((full, "=" + (name.text or "")))
    return facts


def remind(path: Path, facts: dict[str, SheetFacts]) -> None:
    """Writes into a copy that LibreOffice stored what it forgot."""
    stored, beside = facts_of(path), path.with_name(path.name + ".~")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
        sheets = {found.part: facts[name] for name, found in stored.sheets.items() if name in facts}
        for part in old.namelist():
            content = old.read(part)
            if part in sheets:
                content = _PROTECTION.sub(lambda said, fact=sheets[part]: _protection(said[0], fact), content)
            elif part == "xl/workbook.xml":
                content = _hide(content, [name for name, fact in facts.items() if fact.very_hidden])
            new.writestr(old.getinfo(part), content)
    shutil.move(beside, path)


def _protection(said: bytes, facts: SheetFacts) -> bytes:
    element = ElementTree.fromstring(said)
    for ours, theirs in ALLOWANCES.items():
        element.set(theirs, "0" if ours in facts.allowed else "1")
    element.set("objects", str(int(facts.drawings)))
    element.set("scenarios", str(int(facts.scenarios)))
    return ElementTree.tostring(element)


def _hide(book: bytes, names: list[str]) -> bytes:
    text = book.decode("utf-8")
    for tag in re.findall(r"<sheet\b[^>]*/>", text):
        name = re.search(r'\bname="([^"]*)"', tag)
        if name and name[1] in names:
            text = text.replace(tag, tag.replace('state="hidden"', 'state="veryHidden"'))
    return text.encode("utf-8")


def quoted(sheet: str) -> str:
    """A sheet's name as Excel writes it in a reference: in quotes unless it is a plain word and no cell address."""
    plain = re.fullmatch(r"[^\W\d][\w.]*", sheet)
    address = re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]?\d*|[Cc]\d*", sheet)
    return sheet if plain and not address else "'" + sheet.replace("'", "''") + "'"
