"""A draft drawn as WordprocessingML: the paragraphs and tables of Nghị định 30/2020/NĐ-CP, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from xml.sax.saxutils import escape

from consolidator.draftappendix import Appendix
from consolidator.drafting import LOWEST, Draft, Line
from consolidator.draftwords import Fill
from consolidator.paper import fitted
from consolidator.rulebook import documents
from consolidator.wordcontrols import HIGHLIGHT, control, run

PAGE_WIDTH, PAGE_HEIGHT = 210, 297
MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 20}
"""Of an A4 page, in millimetres, within the decree's 20-25, 20-25, 30-35, 15-20."""
TEXT_SIZE = 14
TABLE_SIZE = 11
LETTERHEAD = (68, 92)
"""Widths of the two columns above the title, in millimetres."""
RULE_UNDER = {"motto": (92 - 56) / 2, "issuer": (68 - 24) / 2, "subject": (160 - 50) / 2}
"""What is left free on either side of a rule, in millimetres: as long as the motto; a third or half of a line."""
_GAP = re.compile(r"(\[[^\[\]]*\])")


def mm(value: float) -> int:
    """Millimetres in the twentieths of a point that Word counts in."""
    return round(value * 1440 / 25.4)


class Paper:
    """Draws one draft; numbers its controls from 1."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._numbers = count(1)

    def portrait(self) -> str:
        """The report itself, from the national header to the signature."""
        head, words = self.draft.head, documents()["draft"]
        title = [_centred(words["title"], _bold(14), before=12), _centred(head.subject, _bold(14)), _rule("subject")]
        lines = [self._line(line) for line in self.draft.body]
        lines[-1] = lines[-1].replace(
            "</w:pPr>", "<w:keepNext/></w:pPr>", 1
        )  # a signature never stands on a page alone
        return "".join([self._letterhead(), *title, *lines, self._signature()])

    def landscape(self) -> str:
        """The appendices, each on a page of its own."""
        return "".join(self._appendix(one, bool(place)) for place, one in enumerate(self.draft.appendices))

    def _letterhead(self) -> str:
        head, words = self.draft.head, documents()["draft"]
        left = _centred(head.superior, _size(12)) + _centred(head.issuer, _bold(12)) + _rule("issuer")
        right = _centred(words["nation"], _bold(12)) + _centred(words["motto"], _bold(13)) + _rule("motto")
        below = (_centred(head.number, _size(13), 3), _centred(head.place_and_date, _size(13, "<w:i/>"), 3))
        return _plain_table(LETTERHEAD, [(left, right), below])

    def _signature(self) -> str:
        head, words = self.draft.head, documents()["draft"]
        left = _paragraph(self._runs((words["recipients_head"],), _size(12, "<w:b/><w:i/>")), _TIGHT)
        for place, one in enumerate(head.recipients, 1):
            mark = "" if place == len(head.recipients) else ";"
            left += _paragraph(self._runs((f"- {one}{mark}",), _size(11)), _TIGHT)
        right = _centred(head.signed, _bold(14)) + _centred(words["position"], _bold(14))
        right += "".join(_centred("", _bold(14)) for _ in range(4)) + _centred(words["name"], _bold(14))
        return _paragraph("", "<w:keepNext/>" + _TIGHT) + _plain_table((80, 80), [(left, right)])

    def _line(self, line: Line) -> str:
        match line.kind:
            case "heading":
                centred = '<w:jc w:val="center"/>' if str(line.pieces[0]).startswith("PHẦN") else ""
                style = f'<w:pStyle w:val="Heading{min(line.level, LOWEST)}"/>'
                return _paragraph(self._runs(line.pieces), style + centred)
            case "units":
                look, style = _size(12, "<w:i/>"), '<w:pStyle w:val="Units"/>'
                return _paragraph(self._runs(line.pieces, look), style)
            case "note":
                return _paragraph(self._runs(line.pieces, _size(12, "<w:i/>")), '<w:jc w:val="center"/>')
        return _paragraph(self._runs(line.pieces), '<w:pStyle w:val="Normal"/>')

    def _runs(self, pieces: Sequence[str | Fill], look: str = "") -> str:
        """Texts and figures' places; in our own words, what is in square brackets is highlighted."""
        return "".join(
            control(one, next(self._numbers), look) if isinstance(one, Fill) else _marked(one, look) for one in pieces
        )

    def _appendix(self, one: Appendix, is_further: bool) -> str:
        """Title and table; the heading row stands again on every page."""
        new_page = "<w:pageBreakBefore/>" if is_further else ""
        title = _centred(one.name, _bold(14), more=new_page, style="Appendix") + _centred(one.title, _bold(13), after=6)
        room = PAGE_HEIGHT - MARGINS["left"] - MARGINS["right"]
        scaled = [width * room / sum(one.widths) for width in fitted(one.widths, room)]
        widths = [mm(width * room / sum(scaled)) for width in scaled]
        rows = [self._row(one, one.heads, widths, is_head=True), *(self._row(one, row, widths) for row in one.rows)]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        return (
            f'{title}<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/>{_sides(57)}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
        )

    def _row(self, one: Appendix, cells: Sequence[str | Fill], widths: Sequence[int], is_head: bool = False) -> str:
        across = len(cells) == 1 < len(widths)
        look = _bold(TABLE_SIZE) if is_head or across else _size(TABLE_SIZE)
        drawn = ""
        for place, cell in enumerate(cells):
            side = "center" if is_head or place == 0 else "right" if place in one.numeric else "left"
            text = _paragraph(self._runs((cell,), look), f'{_TIGHT}<w:jc w:val="{"left" if across else side}"/>')
            span = f'<w:gridSpan w:val="{len(widths)}"/>' if across else ""
            width = sum(widths) if across else widths[place]
            shape = f'<w:tcW w:w="{width}" w:type="dxa"/>{span}<w:vAlign w:val="center"/>'
            drawn += f"<w:tc><w:tcPr>{shape}</w:tcPr>{text}</w:tc>"
        kept = "<w:cantSplit/><w:tblHeader/>" if is_head else "<w:cantSplit/>"
        return f"<w:tr><w:trPr>{kept}</w:trPr>{drawn}</w:tr>"


_TIGHT = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/><w:ind w:firstLine="0"/>'


def _marked(text: str, look: str) -> str:
    """Runs of a text; what is in square brackets is for people to write, and highlighted."""
    parts = (part for part in _GAP.split(text) if part)
    mark = f'{look}<w:highlight w:val="{HIGHLIGHT}"/>'
    return "".join(run(part, mark if _GAP.fullmatch(part) else look) for part in parts)


def _size(points: float, more: str = "") -> str:
    return f'{more}<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _bold(points: float) -> str:
    return _size(points, "<w:b/>")


def _paragraph(runs: str, properties: str) -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _centred(text: str, look: str, before: float = 0, after: float = 0, more: str = "", style: str = "") -> str:
    """A line in the middle, without indent; distances in points."""
    of_style = f'<w:pStyle w:val="{escape(style)}"/>' if style else ""
    space = f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" w:line="240" w:lineRule="auto"/>'
    return _paragraph(_marked(text, look), f'{of_style}{more}{space}<w:ind w:firstLine="0"/><w:jc w:val="center"/>')


def _rule(under: str) -> str:
    """A thin rule in the middle, as an empty line with a border; a drawn line would float away when the text moves."""
    side = mm(RULE_UNDER[under])
    border = '<w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>'
    space = '<w:spacing w:before="20" w:after="80" w:line="120" w:lineRule="exact"/>'
    return _paragraph("", f'{border}{space}<w:ind w:left="{side}" w:right="{side}" w:firstLine="0"/>')


def _plain_table(widths: Sequence[float], rows: Sequence[tuple[str, str]]) -> str:
    """Columns side by side without borders; widths in millimetres, cells as paragraphs."""
    grid = "".join(f'<w:gridCol w:w="{mm(width)}"/>' for width in widths)
    drawn = "".join(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(_cells(widths, row))}</w:tr>" for row in rows)
    whole = f'<w:tblW w:w="{sum(map(mm, widths))}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{_sides(0)}'
    return f"<w:tbl><w:tblPr>{whole}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{drawn}</w:tbl>"


def _sides(width: int) -> str:
    """What is left free in a cell on either side."""
    return f'<w:tblCellMar><w:left w:w="{width}" w:type="dxa"/><w:right w:w="{width}" w:type="dxa"/></w:tblCellMar>'


def _cells(widths: Sequence[float], row: Sequence[str]) -> Iterator[str]:
    for width, content in zip(widths, row, strict=True):
        yield f'<w:tc><w:tcPr><w:tcW w:w="{mm(width)}" w:type="dxa"/></w:tcPr>{content}</w:tc>'
