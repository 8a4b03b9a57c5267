"""What a proved sheet's XML says of cells besides their values: formulas, what is hidden, in which font words stand.

By searching the bytes of `preflight`, which are in one dialect already; values never come from here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consolidator.columns import column_number
from consolidator.grid import nfc
from consolidator.lately import kept_lately
from consolidator.oldfonts import is_old
from consolidator.preflight import Checked, Sheet

_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^<>]*><f[ >]')
_WHOLE = re.compile(
    rb'<c r="[A-Z]+[0-9]+"([^<>]*)><f(?: [^<>]*)?(?:(?<=/)>|>([^<]*)</f>)(?:<v(?: [^<>]*)?(?:/>|>([^<]*)</v>)|(<is>))?'
)
_ROW = re.compile(rb'<row r="([0-9]{1,7})"([^<>]*)>')
_HIDDEN_COL = re.compile(rb'<col\b(?=[^<>]*\bhidden="(?:1|true)")([^<>]*)>')
_MIN, _MAX = (re.compile(rb'\b%b="([0-9]{1,5})"' % end) for end in (b"min", b"max"))
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_STYLED = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})" s="([0-9]{1,6})"')
_FONTS, _CELL_XFS = (re.compile(rb"<%b\b[^>]*>(.*?)</%b>" % (name, name), re.DOTALL) for name in (b"fonts", b"cellXfs"))
_FONT = re.compile(rb"<font(?:/>|\b[^>]*>(.*?)</font>)", re.DOTALL)
_FONT_NAME = re.compile(rb'<name\b[^>]*\bval="([^"]*)"')
_FONT_OF_STYLE = re.compile(rb'<xf\b[^>]*?\bfontId="([0-9]{1,6})"')
_OLD_FONT = re.compile(rb'(?i)"(?:\.vn|vni[- ])')
Spot = tuple[int, int]
"""0-based row and column."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a cell: its text ("" where it shares that of another), what it came to when last computed.

    `cached` is "" for an empty text and None where no program has computed it yet.
    """

    text: str
    cached: str | None
    is_error: bool


def formulas(sheet: Sheet, wanted: Mapping[bytes, Spot]) -> Iterator[tuple[str, int]]:
    """Addresses of the wanted cells that have formulas, and where in the rows' bytes they begin, for `formula_at`."""
    fresh, searched = sheet.fresh, sheet.rows
    if fresh is not None and not _has_formulas(fresh.known.rows, wanted):
        searched = fresh.content
    if not wanted.keys().isdisjoint(_FORMULA.findall(searched)):
        yield from ((one[1].decode(), one.start()) for one in _FORMULA.finditer(sheet.rows) if one[1] in wanted)


@kept_lately
def _has_formulas(rows: bytes, wanted: Mapping[bytes, Spot]) -> bool:
    """The same of rows that are known, of which many files have most."""
    return not wanted.keys().isdisjoint(_FORMULA.findall(rows))


def formula_at(rows: bytes, begin: int) -> Formula | None:
    """The formula of the cell that begins there."""
    found = _WHOLE.match(rows, begin)
    if found is None:
        return None
    attributes, text, value, inline = found.groups(b"")
    cached: str | None = _text(value)
    if not cached and not inline and b't="str"' not in attributes:
        cached = None
    return Formula(_text(text), cached, b't="e"' in attributes)


def hidden_rows(rows: bytes) -> set[int]:
    """Rows (0-based) that are hidden, by hand or by a filter."""
    if b"hidden=" not in rows:
        return set()
    return {int(number) - 1 for number, attributes in _ROW.findall(rows) if _HIDDEN.search(attributes)}


def hidden_columns(head: bytes) -> list[tuple[int, int]]:
    """Runs of columns (0-based, both ends included) that are hidden; `head` is what stands before the cells."""
    if b"hidden=" not in head:
        return []
    ends = ((_MIN.search(attributes), _MAX.search(attributes)) for attributes in _HIDDEN_COL.findall(head))
    return [(int(first[1]) - 1, int(last[1]) - 1) for first, last in ends if first and last]


def in_old_fonts(file: Checked) -> dict[tuple[str, int, int], str]:
    """Cells (sheet, row, column) that are shown in a font of before Unicode, with its name; most files have none."""
    if not _OLD_FONT.search(file.styles):
        return {}
    names = [_FONT_NAME.search(font) for font in _FONT.findall(_inside(file.styles, _FONTS))]
    fonts = [_text(name[1]) if name else "" for name in names]
    numbers = [int(number) for number in _FONT_OF_STYLE.findall(_inside(file.styles, _CELL_XFS))]
    used = {str(style).encode(): fonts[number] for style, number in enumerate(numbers) if number < len(fonts)}
    old = {style: font for style, font in used.items() if is_old(font)}
    return {
        (nfc(sheet.name), int(row) - 1, column_number(letters.decode())): old[style]
        for sheet in file.sheets
        for letters, row, style in _STYLED.findall(sheet.rows)
        if style in old
    }


def _inside(styles: bytes, section: re.Pattern[bytes]) -> bytes:
    found = section.search(styles)
    return found[1] if found else b""


def _text(part: bytes) -> str:
    return html.unescape(part.decode("utf-8", "replace"))
