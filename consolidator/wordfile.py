"""A draft as a Word file: page, styles and parts by python-docx; the same bytes for the same summary."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from consolidator.drafting import LOWEST, Draft
from consolidator.palette import FONT
from consolidator.visible import visible
from consolidator.wordcontrols import BODY, MEMORY_PART, WORD, Memory, memory_text
from consolidator.wordpaper import MARGINS, PAGE_HEIGHT, PAGE_WIDTH, TEXT_SIZE, Paper

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.section import Section

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every part: a file made twice is the same file."""
_MARK = "<w:p><w:r><w:t>{name}</w:t></w:r></w:p>"
_HEADINGS = {1: "b", 2: "b", 3: "b", 4: "bi", 5: "i"}
"""Bold and italic by level."""


def word_file(draft: Draft) -> bytes:
    """The bytes of the .docx."""
    word, paper = Document(), Paper(draft)
    _styles(word)
    _properties(word, draft)
    _mark(word, "portrait")
    _page(word.sections[0])
    _page_number(word.sections[0])
    if draft.appendices:
        section = word.add_section(WD_SECTION.NEW_PAGE)
        _turned(section)
        _mark(word, "landscape")
    summary = draft.summary
    said = {one.key: one.text for one in draft.fills()}
    memory = Memory(summary.view.form.id, summary.unit, summary.period, said)
    part = Part(PackURI(MEMORY_PART), "application/xml", memory_text(memory), word.part.package)
    word.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)
    for name, one in list(word.part.package.rels.items()):
        if one.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # a picture of python-docx's own empty page
            del word.part.package.rels[name]
    made = io.BytesIO()
    word.save(made)
    return _poured(made.getvalue(), {"portrait": paper.portrait(), "landscape": paper.landscape()})


def _mark(word: Word, name: str) -> None:
    """A paragraph that what is drawn will take the place of: moving thousands of elements costs lxml seconds."""
    last: Any = word.element.body.sectPr
    last.addprevious(parse_xml(_MARK.format(name=name).replace("<w:p>", f'<w:p xmlns:w="{WORD}">')))


def _poured(content: bytes, drawn: Mapping[str, str]) -> bytes:
    """The archive with what is drawn in the place of its marks, and with a fixed time on every part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == BODY:
                for mark, body in drawn.items():
                    part = part.replace(_MARK.format(name=mark).encode(), body.encode())
            new.writestr(zipfile.ZipInfo(name, _LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _styles(word: Word) -> None:
    normal = word.styles["Normal"]
    _font(normal, TEXT_SIZE)
    lang = OxmlElement("w:lang")
    lang.set(qn("w:val"), "vi-VN")
    normal.element.rPr.append(lang)
    layout = normal.paragraph_format
    layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    layout.space_before, layout.space_after = Pt(0), Pt(6)
    layout.line_spacing, layout.first_line_indent = 1.15, Mm(10)
    for level, look in _HEADINGS.items():
        style = word.styles[f"Heading {level}"]
        _font(style, TEXT_SIZE)
        style.font.bold, style.font.italic = "b" in look, "i" in look
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(6), Pt(6)
        style.paragraph_format.keep_with_next = True
    units = word.styles.add_style("Units", WD_STYLE_TYPE.PARAGRAPH)
    units.base_style = normal
    units.paragraph_format.space_after, units.paragraph_format.line_spacing = Pt(3), 1.0
    appendix = word.styles.add_style("Appendix", WD_STYLE_TYPE.PARAGRAPH)
    appendix.base_style = normal
    appendix.paragraph_format.keep_with_next = True


def _font(style: Any, points: float) -> None:
    """The one font in every script, black."""
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(points), RGBColor(0, 0, 0)
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def _properties(word: Word, draft: Draft) -> None:
    """Nothing of who ran this and when; the dates are the period's end."""
    known, day = word.core_properties, draft.summary.view.form.period.end
    known.author, known.last_modified_by, known.comments = "", "", ""
    known.title, known.language, known.revision = visible(draft.summary.view.form.name), "vi-VN", 1
    known.created = known.modified = datetime(day.year, day.month, day.day)


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(PAGE_WIDTH), Mm(PAGE_HEIGHT)
    section.top_margin, section.bottom_margin = Mm(MARGINS["top"]), Mm(MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["right"])
    section.header_distance = section.footer_distance = Mm(10)


def _turned(section: Section) -> None:
    """A page on its side, with the same margins."""
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(PAGE_HEIGHT), Mm(PAGE_WIDTH)
    section.top_margin, section.bottom_margin = Mm(MARGINS["top"]), Mm(MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["right"])
    section.different_first_page_header_footer = False


def _page_number(section: Section) -> None:
    """In the middle above, from the second page on."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.first_line_indent = Mm(0)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(13)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


assert set(_HEADINGS) == set(range(1, LOWEST + 1))
