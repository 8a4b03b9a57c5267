"""A Word file as a person reads it, by python-docx: headings, the text under each, the figures' places."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.oxml.ns import qn


def text_of(element: Any) -> str:
    """All text of a paragraph or control, that in controls too (python-docx leaves it out)."""
    return "".join(one.text or "" for one in element.iter(qn("w:t")))


def sections(content: bytes) -> dict[str, str]:
    """What stands under each heading of the report itself, up to the next one."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for paragraph in Document(BytesIO(content)).paragraphs:
        if paragraph.style is not None and str(paragraph.style.name).startswith("Heading"):
            heading = text_of(paragraph._p)
        elif paragraph.style is not None and paragraph.style.name == "Appendix":
            break
        else:
            found.setdefault(heading, []).append(text_of(paragraph._p))
    return {heading: "\n".join(lines) for heading, lines in found.items()}


def controls(content: bytes) -> Iterator[tuple[str, str, Any]]:
    """(key, text, element) of every figure's place, in their order."""
    for one in Document(BytesIO(content)).element.body.iter(qn("w:sdt")):
        tag = one.find(qn("w:sdtPr")).find(qn("w:tag"))
        yield tag.get(qn("w:val")), text_of(one), one
