"""Spoils texts, XML and zips at random, always the same way for the same seed."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from tests.spoiling import MAIN, OFFICE, zipped

# ---------- texts

SIGNS = "0123456789.,-+/%()'\"đĐ ₫xkKtTrRnNeE=*~^&|<>\n\t\u00a0\u2009\u200b\u202e\u0301\u0309\uff11\u0663\x00\ufeff"


def text_mutant(chance: random.Random, seeds: Sequence[str], signs: str = SIGNS) -> str:
    """A text made of one or two others, with a few characters put in, taken out, swapped or doubled."""
    text = chance.choice(seeds)
    if chance.random() < 0.2:
        other = chance.choice(seeds)
        text = text[: chance.randint(0, len(text))] + other[chance.randint(0, len(other)) :]
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        match chance.randint(0, 4):
            case 0:
                text = text[:at] + chance.choice(signs) + text[at:]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at] + chance.choice(signs) + text[at + 1 :]
            case 3:
                text = text[:at] + text[max(0, at - 3) : at] * chance.randint(1, 3) + text[at:]
            case _:
                text = text[at:] + text[:at]
    return text


# ---------- a small workbook

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ROWS = (
    '<row r="1" spans="1:5" ht="20" customHeight="1"><c r="A1" s="1" t="s"><v>0</v></c>'
    '<c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> chữ </t></is></c><c r="B2"><v>30</v></c>'
    '<c r="C2" s="1"><v>1234.5</v></c><c r="D2" s="2"><v>45199</v></c><c r="E2" t="b"><v>1</v></c></row>'
    '<row r="3"><c r="B3"><f>SUM(B2:C2)</f><v>1264.5</v></c><c r="C3" t="str"><f>"a"</f><v>a</v></c>'
    '<c r="D3" t="e"><v>#REF!</v></c><c r="E3"/></row><row r="4" hidden="1"><c r="B4"><v>-1.5E-3</v></c>'
    '<c r="C4" t="n"><v>7</v></c></row><row r="9"><c r="A9" t="s"><v>2</v></c><c r="F9"><v>0</v></c></row>'
)
_SECOND = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><v>4</v></c></row>'
)


def _sheet(rows: str, tail: str = "") -> bytes:
    head = f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><dimension ref="A1:F9"/>'
    views = '<sheetViews><sheetView workbookViewId="0"/></sheetViews>'
    return f"{_HEAD}{head}{views}<sheetData>{rows}</sheetData>{tail}</worksheet>".encode()


def _relations(*pairs: tuple[str, str]) -> bytes:
    tags = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(pairs, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{tags}</Relationships>'.encode()


_TYPES = {
    "/xl/workbook.xml": "spreadsheetml.sheet.main",
    "/xl/worksheets/sheet1.xml": "spreadsheetml.worksheet",
    "/xl/worksheets/sheet2.xml": "spreadsheetml.worksheet",
    "/xl/sharedStrings.xml": "spreadsheetml.sharedStrings",
    "/xl/styles.xml": "spreadsheetml.styles",
}


@cache
def small_parts() -> Mapping[str, bytes]:
    """The parts of a small workbook with cells of every kind, as Excel writes them."""
    types = "".join(
        f'<Override PartName="{name}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
        for name, kind in _TYPES.items()
    )
    types += '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    styles = (
        '<fonts count="1"><font><sz val="11"/><name val="Arial"/></font></fonts><fills count="1">'
        '<fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3">'
        '<xf numFmtId="0"/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    )
    strings = '<si><t>Chỉ tiêu</t></si><si><r><rPr><b/></rPr><t>Số</t></r><r><t xml:space="preserve"> liệu</t></r></si>'
    strings += "<si><t>1.234 &amp; x</t></si>"
    book = (
        '<workbookPr defaultThemeVersion="124226"/><sheets><sheet name="Một" sheetId="1" r:id="rId1"/>'
        '<sheet name="Hai" sheetId="2" state="hidden" r:id="rId2"/></sheets><definedNames>'
        "<definedName name=\"a.actual\">'Một'!$B$2</definedName></definedNames>"
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">{types}</Types>'.encode(),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}</workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": _relations(
            ("worksheet", "worksheets/sheet1.xml"),
            ("worksheet", "worksheets/sheet2.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": _sheet(_ROWS),
        "xl/worksheets/sheet2.xml": _sheet(_SECOND, '<mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>'),
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{MAIN}" count="3" uniqueCount="3">{strings}</sst>'.encode(),
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'.encode(),
    }


# ---------- XML and zips

_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")
_NUMBER = re.compile(r"[0-9]+")
_WORDS = (
    "<!-- -->",
    "<!--",
    "<![CDATA[0]]>",
    "<?x?>",
    "&#50;",
    "&#x31;",
    "&lt;",
    "&x;",
    "<v>9</v>",
    "<f>1</f>",
    "<v/>",
    "<is/>",
    "</row>",
    "<row>",
    '<row r="2">',
    "<c>",
    "</c>",
    '<c r="B2"><v>9</v></c>',
    "<sheetData>",
    "</sheetData>",
    "<x/>",
    "<x:v/>",
    "_",
    "1_0",
    "e5",
    "E+2",
    "1e999",
    "-",
    "+",
    " ",
    "\n",
    "０",
    "٣",
    "inf",
    "NaN",
    "0x1F",
    ".",
    ",",
    "\u200b",
    "'",
    '"',
    "'B'",
    ' xmlns="urn:x"',
    f' xmlns:x="{MAIN}"',
    ' t="s"',
    ' t="str"',
    ' t="e"',
    ' t="b"',
    ' t="d"',
    ' t="n"',
    ' t="inlineStr"',
    ' t="x"',
    ' r="C2"',
    ' s="2"',
    ' s="9"',
    ' r="XFD1048576"',
    ' r="ZZZ1"',
    ' hidden="1"',
    ' xml:space="preserve"',
    ' date1904="1"',
    '<mergeCells><mergeCell ref="A2:C2"/></mergeCells>',
    "<!DOCTYPE x>",
    "]]>",
    "<extLst><ext><sheetData/></ext></extLst>",
    "<rPh><t>x</t></rPh>",
    "_x0030_",
    "_x0007_",
    "2023-09-30",
    "true",
    "4294967296",
    "0000030",
    "30.",
    ".5",
)


def _part_mutant(chance: random.Random, content: bytes) -> bytes:
    """A part with a few of its tags, texts and numbers changed, moved, doubled or lost."""
    tokens = _TOKEN.findall(content.decode())
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(1, len(tokens)) if len(tokens) > 1 else 0
        match chance.randint(0, 7):
            case 0:
                tokens.insert(at, chance.choice(_WORDS))
            case 1:
                del tokens[at]
            case 2:
                other = chance.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens.insert(at, tokens[at])
            case 4:
                token = tokens[at]
                place = chance.randint(0, len(token))
                tokens[at] = token[:place] + chance.choice(_WORDS) + token[place:]
            case 5:
                token = tokens[at]
                tokens[at] = (
                    token.replace(">", chance.choice(_WORDS) + ">", 1) if ">" in token else chance.choice(_WORDS)
                )
            case 6:
                numbers = [n for n, token in enumerate(tokens) if _NUMBER.search(token)]
                at = chance.choice(numbers) if numbers else 0
                found = list(_NUMBER.finditer(tokens[at]))
                if found:
                    one, word = (
                        chance.choice(found),
                        chance.choice(("", "0", "1", "2", "3", "99", "1048577", "4294967296")),
                    )
                    tokens[at] = tokens[at][: one.start()] + word + tokens[at][one.end() :]
            case _:
                end = min(len(tokens), at + chance.randint(1, 6))
                tokens[at:end] = tokens[at:end] * 2
        if not tokens:
            return b""
    return "".join(tokens).encode("utf-8", "replace")


def workbook_mutant(chance: random.Random) -> bytes:
    """The small workbook with one or two parts spoilt, or lost, or there twice; now and then its bytes as well."""
    parts = dict(small_parts())
    pairs: list[tuple[str, bytes]]
    for _ in range(chance.randint(1, 2)):
        name = chance.choice(["xl/worksheets/sheet1.xml"] * 4 + list(parts))
        parts[name] = _part_mutant(chance, parts[name])
    pairs = list(parts.items())
    if chance.random() < 0.05:
        pairs.append(chance.choice(pairs))
    if chance.random() < 0.03:
        del pairs[chance.randrange(len(pairs))]
    content = zipped(pairs)
    return bytes_mutant(chance, content) if chance.random() < 0.05 else content


def bytes_mutant(chance: random.Random, content: bytes) -> bytes:
    """Bytes with some of them turned, cut off, doubled or swapped."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(changed)), chance.randint(1, 64)
        match chance.randint(0, 4):
            case 0:
                changed[at] ^= 1 << chance.randint(0, 7)
            case 1:
                changed[at] = chance.choice((0, 1, 127, 128, 255))
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length]
            case _:
                changed[at : at + length] = chance.randbytes(length)
        if not changed:
            return b""
    return bytes(changed)


def numbered(seed: int, count: int, what: str) -> Iterator[random.Random]:
    """As many chances as are wanted, each of its own seed, so that a case that fails can be made again alone."""
    for number in range(count):
        yield random.Random(zlib.crc32(f"{what} {seed} {number}".encode()))
