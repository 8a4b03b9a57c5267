"""Places of a Word document that follow figures: content controls, and the document's memory of what they said last.

A control is a `w:sdt` whose tag is the key of a figure; people see its label when they click it. The memory is a part
of its own inside the document, which Word keeps: by it a number that a person changed is told from one that is old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from consolidator.draftwords import Fill
from consolidator.visible import visible

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = "word/document.xml"
"""The part of a .docx that holds the text."""
MEMORY = "urn:consolidator:draft:1"
MEMORY_PART = "/customXml/item2.xml"
MAX_TAG, MAX_ALIAS = 64, 64
"""Characters that Word allows in a tag and in a title."""
HIGHLIGHT = "yellow"
"""Word's name for the colour of what is missing."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Whose draft a document is, and what each key said when it was last written."""

    form: str
    unit: str
    period: str
    said: Mapping[str, str]


def run(text: str, look: str = "") -> str:
    """A run of text as WordprocessingML; `look` are its properties. Nothing in the text becomes a field or markup."""
    return f'<w:r>{_look(look)}<w:t xml:space="preserve">{escape(visible(text))}</w:t></w:r>'


def control(one: Fill, number: int, look: str = "") -> str:
    """A figure's place as WordprocessingML; `number` is unique in the document.

    Raises ValueError for a key that is too long for a tag.
    """
    if len(one.key) > MAX_TAG:
        raise ValueError(f"too long for a tag: {one.key}")
    mark = f'{look}<w:highlight w:val="{HIGHLIGHT}"/>' if one.missing else look
    alias = quoteattr(visible(one.label)[:MAX_ALIAS])
    return (
        f"<w:sdt><w:sdtPr>{_look(look)}<w:alias w:val={alias}/><w:tag w:val={quoteattr(one.key)}/>"
        f'<w:id w:val="{number}"/></w:sdtPr><w:sdtContent>{run(one.text, mark)}</w:sdtContent></w:sdt>'
    )


def _look(look: str) -> str:
    return f"<w:rPr>{look}</w:rPr>" if look else ""


def memory_text(memory: Memory) -> bytes:
    """The memory as XML."""
    ET.register_namespace("", MEMORY)
    facts = {"form": memory.form, "unit": visible(memory.unit), "period": memory.period}
    root = ET.Element(f"{{{MEMORY}}}draft", facts)
    for key, text in sorted(memory.said.items()):
        ET.SubElement(root, f"{{{MEMORY}}}said", {"key": key}).text = visible(text)
    made: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return made


def memory_of(content: bytes) -> Memory | None:
    """The memory in an XML part; None for a part that is something else."""
    if MEMORY.encode() not in content or b"<!DOCTYPE" in content:
        return None
    try:
        root = ET.fromstring(content)
    except ET.ParseError:
        return None
    if root.tag != f"{{{MEMORY}}}draft":
        return None
    said = {one.get("key", ""): one.text or "" for one in root.iter(f"{{{MEMORY}}}said")}
    return Memory(root.get("form", ""), root.get("unit", ""), root.get("period", ""), said)
