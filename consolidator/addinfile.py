"""Assembles the Excel add-in from the texts in `macros/`: the same bytes at any time, on any system.

The package is stored, not compressed: what a compressor puts out differs from one build of zlib to the next.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from consolidator.vbaproject import Module, vba_project

__all__ = ["build", "macros_folder", "module_sources", "ribbon", "sentences"]

PROJECT = "CongDoan"
DOCUMENTS, STANDARD = ("ThisWorkbook", "Sheet1"), ("Callbacks", "Runner")
"""Modules by name: code of the workbook and of its sheet, and modules of their own."""
RIBBON, WORDS = "customUI14.xml", "words.toml"
BORN = (2023, 1, 1, 0, 0, 0)
"""Time stamp of every part, so that the same texts give the same bytes."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MICROSOFT = "http://schemas.microsoft.com/office"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml"

CONTENT_TYPES = f"""<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.addin.macroEnabled.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_EXCEL}.worksheet+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{_EXCEL}.styles+xml"/>\
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
</Types>"""
WORKBOOK = f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr codeName="ThisWorkbook"/>\
<bookViews><workbookView/></bookViews><sheets><sheet name="words" sheetId="1" r:id="rId1"/></sheets></workbook>"""
"""One sheet, hidden with its workbook as all of an add-in is: a workbook without any visible sheet is refused."""
STYLES = f"""<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
RELATIONS = {
    f"{_OFFICE}/officeDocument": "xl/workbook.xml",
    f"{_PACKAGE}/relationships/metadata/core-properties": "docProps/core.xml",
    f"{_MICROSOFT}/2007/relationships/ui/extensibility": f"customUI/{RIBBON}",
}
WORKBOOK_RELATIONS = {
    f"{_OFFICE}/worksheet": "worksheets/sheet1.xml",
    f"{_OFFICE}/styles": "styles.xml",
    f"{_MICROSOFT}/2006/relationships/vbaProject": "vbaProject.bin",
}


def build(sources: Mapping[str, str] | None = None) -> bytes:
    """The add-in's file (`.xlam`).

    `sources` replaces the text of modules by their names, for tests that put a double in a module's place.
    Raises ValueError for a source, a sentence or a ribbon that Excel would not take, OSError for a missing file.
    """
    texts = module_sources() | dict(sources or {})
    if unknown := sorted(texts.keys() - {*DOCUMENTS, *STANDARD}):
        raise ValueError(f"no such module in the add-in: {', '.join(unknown)}")
    modules = [Module(name, "document", texts[name]) for name in DOCUMENTS]
    modules += [Module(name, "standard", texts[name]) for name in STANDARD]
    words = sentences()
    parts = {
        "[Content_Types].xml": _HEAD + CONTENT_TYPES,
        "_rels/.rels": _HEAD + _relations(RELATIONS),
        "docProps/core.xml": _HEAD + _properties(words["title"]),
        f"customUI/{RIBBON}": ribbon(),
        "xl/workbook.xml": _HEAD + WORKBOOK,
        "xl/_rels/workbook.xml.rels": _HEAD + _relations(WORKBOOK_RELATIONS),
        "xl/worksheets/sheet1.xml": _HEAD + _sheet(words),
        "xl/styles.xml": _HEAD + STYLES,
    }
    return _package(
        {name: text.encode("utf-8") for name, text in parts.items()}
        | {"xl/vbaProject.bin": vba_project(PROJECT, modules)}
    )


def macros_folder() -> Path:
    """Where the sources lie: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "macros", package.parent / "macros"):
        if (folder / RIBBON).is_file():
            return folder
    raise FileNotFoundError(f"{package}: the folder of macros is missing from this installation")


def module_sources() -> dict[str, str]:
    """VBA text of every module by its name, as the folder has it, with `\\n` at the ends of lines."""
    folder = macros_folder()
    documents = {name: (folder / f"{name}.cls").read_text("ascii") for name in DOCUMENTS}
    return documents | {name: (folder / f"{name}.bas").read_text("ascii") for name in STANDARD}


def ribbon() -> str:
    """The ribbon's XML."""
    text = _composed(macros_folder() / RIBBON)
    try:
        ElementTree.fromstring(text.encode("utf-8"))
    except ElementTree.ParseError as error:
        raise ValueError(f"{RIBBON}: {error}") from error
    return text


def sentences() -> dict[str, str]:
    """What the VBA says itself: sentences by key, among them `title`."""
    words = tomllib.loads(_composed(macros_folder() / WORDS))
    if "title" not in words or not all(isinstance(text, str) and text for text in words.values()):
        raise ValueError(f"{WORDS}: a title and nothing but sentences are wanted")
    return words


def _composed(path: Path) -> str:
    text = path.read_text("utf-8")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError(f"{path.name}: the text is not in composed Unicode (NFC)")
    return text


def _relations(targets: Mapping[str, str]) -> str:
    lines = (
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'


def _properties(title: str) -> str:
    """What Excel's list of add-ins shows."""
    names = f'xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f"<cp:coreProperties {names}><dc:title>{escape(title)}</dc:title></cp:coreProperties>"


def _sheet(words: Mapping[str, str]) -> str:
    """Keys in the first column, sentences in the second."""
    rows = (
        f'<row r="{row}">{_cell(f"A{row}", key)}{_cell(f"B{row}", text)}</row>'
        for row, (key, text) in enumerate(words.items(), 1)
    )
    code_name = '<sheetPr codeName="Sheet1"/>'
    return f'<worksheet xmlns="{_MAIN}">{code_name}<sheetData>{"".join(rows)}</sheetData></worksheet>'


def _cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _package(parts: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as package:
        for name, data in parts.items():
            info = ZipInfo(name, BORN)
            info.create_system = 0  # else it tells on which system it was built
            package.writestr(info, data)
    return file.getvalue()
