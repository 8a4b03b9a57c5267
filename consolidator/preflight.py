"""Looks a file over before any parser sees it, and hands on only what means one thing, in one dialect.

The reader beneath is given a package of our own making: the sheets' cells, the shared strings and the styles that were
proved here, nothing else. Whatever else a file carries is named by a remark, never opened.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from consolidator.familiar import Look, known_as, look_at
from consolidator.kinds import kind_of, refusal, zip_kind
from consolidator.knownrows import Fresh, Setting, proved_but_known
from consolidator.packaging import ENTRY, MAX_JUNK, Package, Unreadable, broken, packed
from consolidator.reaching import Remark, carried, outside
from consolidator.sharedstrings import named_in, only_those
from consolidator.xmlparts import proved_plain, proved_strings
from consolidator.xmlscan import MAX_AREA, Box

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ATTRIBUTES = re.compile(r'([\w:]+)="([^"<]*)"')
_TAG = r"<{}((?:\s+[\w:.-]+=\"[^\"<]*\")*)\s*/?>"
_SHEET, _RELATION, _NAME, _DATES = (
    re.compile(_TAG.format(tag)) for tag in ("sheet", "Relationship", "definedName", "workbookPr")
)
_TEXTS = {"sharedStrings": "sst", "styles": "styleSheet"}
"""Parts that cells refer to, by the kind of their relation, with their roots."""
_CELLLESS = frozenset({"chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"})
"""Sheets of which no cell is a figure."""
_TOGETHER = 32 * 2**20
"""Bytes of cells that the reader beneath is given at once: it keeps a copy, and all that stands in them."""
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name as the file writes it, its `<row>` elements, whether it is hidden, what is merged on it.

    `head` and `tail` are what stands before and behind the rows. Of a sheet that only shows, `look` is how it is told
    again in another file; one that was is `known_as` what was kept in mind with it, and has no rows. Of a sheet met
    before, `fresh` are the rows that stand otherwise.
    """

    name: str
    rows: bytes
    is_hidden: bool
    has_errors: bool
    merges: tuple[Box, ...]
    head: bytes
    tail: bytes
    look: Look | None = None
    known_as: Hashable = None
    fresh: Fresh | None = None

    @property
    def unread(self) -> bytes:
        """Rows that the reader beneath has to read."""
        return self.rows if self.fresh is None else self.fresh.content


@dataclass(frozen=True, slots=True)
class Checked:
    """What a workbook was found to be.

    Attributes:
        workbook: the proved `workbook.xml`; `names` what it lists as names of cells.
        texts: the proved parts that cells refer to, by the kind of their relation; `setting` what rows hang on besides.
    """

    workbook: str
    sheets: tuple[Sheet, ...]
    remarks: tuple[Remark, ...]
    texts: Mapping[str, bytes]
    names: str
    setting: Setting

    @property
    def strings(self) -> bytes:
        """The proved shared strings, empty where a file has none."""
        return self.setting.strings

    @property
    def styles(self) -> bytes:
        """The proved styles, empty where a file has none."""
        return self.setting.styles

    def packages(self) -> Iterator[bytes]:
        """Small .xlsx of our own making that hold nothing but what was proved: as many sheets each as fit together."""
        some, size = list[Sheet](), 0
        for sheet in self.sheets:
            if sheet.unread:
                if some and size + len(sheet.unread) > _TOGETHER:
                    yield packed(_own_parts(self.setting, some, self.texts))
                    some, size = [], 0
                some.append(sheet)
                size += len(sheet.unread)
        if some:
            yield packed(_own_parts(self.setting, some, self.texts))


def preflight(content: bytes, only_show: Collection[str] = (), wanted: Collection[str] | None = None) -> Checked:
    """What may be read of a file's bytes. Raises Unreadable for what is no workbook or means no one thing.

    Sheets of the names `only_show` are left out where they are familiar; but for those `wanted`, all are.
    """
    package = _package(content)
    workbook = proved_plain(package.read(WORKBOOK), "workbook").decode()
    relations = _relations(package, RELATIONS)
    places = {kind: _only(package, relations, kind) for kind in _TEXTS}
    texts = {kind: _text(package, place, kind) for kind, place in places.items() if place is not None}
    setting = Setting(texts.get("sharedStrings", b""), texts.get("styles", b""), _counts_from_1904(workbook))
    sheets, remarks = [], list(carried(package, relations))
    area = 0
    for fields in _listed_sheets(workbook):
        kind, target = relations.get(fields.get("r:id", ""), ("", ""))
        if kind in _CELLLESS:
            continue
        found = package.find(target)
        if found is None or kind != "worksheet":
            raise broken("part")
        name, is_hidden = fields.get("name", ""), fields.get("state", "visible") != "visible"
        if wanted is not None and name not in wanted:
            continue
        part = package.read(found)
        look = look_at(part, setting.strings) if name in only_show else None
        if look is not None and (known := known_as(look)) is not None:
            sheets.append(Sheet(name, b"", is_hidden, False, (), b"", b"", look, known))
            continue
        rows, fresh = proved_but_known(part, name, setting)
        area += rows.area
        if area > MAX_AREA:
            raise broken("bomb")
        told = rows.content, is_hidden, rows.has_errors, rows.merges, rows.head, rows.tail
        sheets.append(Sheet(name, *told, look, fresh=fresh))
        remarks += outside(name, rows.content if fresh is None else fresh.content)
    if not sheets or len({sheet.name.casefold() for sheet in sheets}) != len(sheets):
        raise broken("part")
    return Checked(workbook, tuple(sheets), tuple(remarks), texts, _child(workbook, "definedNames"), setting)


@lru_cache(8)
def _listed_sheets(workbook: str) -> tuple[dict[str, str], ...]:
    """The attributes of the sheets that a workbook lists, in their order; its names are in a list of their own."""
    names = _elements(_child(workbook, "definedNames"), "definedName", _NAME)
    if workbook.count("<definedName ") != len(names):
        raise broken("part")
    return tuple(map(_fields, _elements(_child(workbook, "sheets"), "sheet", _SHEET)))


def _child(workbook: str, tag: str) -> str:
    """What is inside the one element of a name, which is a child of the root; "" where there is none.

    Raises Unreadable for a second one, and for one that hides in another element: programs differ on those.
    """
    found = list(re.finditer(rf"<{tag}(?:\s[^<>]*)?/?>", workbook))
    if not found:
        return ""
    before = workbook[workbook.index("<workbook") : found[0].start()]
    left_open = before.count("<") - 2 * before.count("</") - before.count("/>")
    end = workbook.find(f"</{tag}", found[0].end())
    if len(found) > 1 or left_open != 1 or (end < 0 and not found[0][0].endswith("/>")):
        raise broken("part")
    return workbook[found[0].end() : end] if end >= 0 else ""


def _elements(inside: str, tag: str, pattern: re.Pattern[str]) -> list[str]:
    """The attributes of the elements of a list. Raises Unreadable for a list that holds anything else."""
    found = pattern.findall(inside)
    if inside.count("<") != len(found) + inside.count(f"</{tag}>"):
        raise broken("part")
    return found


def _package(content: bytes) -> Package:
    """The zip of a workbook; mail gateways put a little before it."""
    at = content.find(ENTRY, 0, MAX_JUNK + len(ENTRY))
    if at < 0 or (at and kind_of(content) not in ("unknown", "text", "zeros", "mhtml")):
        raise refusal(kind_of(content))
    package = Package(content)
    if package.find(WORKBOOK) is None:
        mimetype = package.read("mimetype")[:200] if package.find("mimetype") else b""
        raise refusal(zip_kind(package.names, mimetype))
    main = [target for kind, target in _relations(package, "_rels/.rels").values() if kind == "officeDocument"]
    if len(main) != 1 or package.find("[Content_Types].xml") is None:
        raise broken("part")
    if main[0].casefold() != WORKBOOK:  # the parts that Excel would show are others than those we would read
        raise refusal("odd-xlsx")
    return package


def _relations(package: Package, name: str) -> dict[str, tuple[str, str]]:
    """(last word of the type, name of the part) of each relation of a part by its id; none that leads outside."""
    found: dict[str, tuple[str, str]] = {}
    if package.find(name) is None:
        raise broken("part")
    folder = name.rpartition("_rels/")[0]
    listed = proved_plain(package.read(name), "Relationships").decode()
    inside = listed[listed.index("<Relationships") :].partition(">")[2].rpartition("</")[0]
    for tag in _elements(inside, "Relationship", _RELATION):
        fields = _fields(tag)
        if fields.get("Id") in found:
            raise broken("part")
        target = fields.get("Target", "")
        if fields.get("TargetMode", "Internal") == "Internal":
            place = target[1:] if target.startswith("/") else _joined(folder, target)
            found[fields.get("Id", "")] = (fields.get("Type", "").rpartition("/")[2], place)
    return found


def _joined(folder: str, target: str) -> str:
    """Where a target leads from a folder of the package: `../xl/./a.xml` is a way to write `xl/a.xml`."""
    steps: list[str] = []
    for step in (folder + target).split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def _fields(tag: str) -> dict[str, str]:
    return {key: html.unescape(value) for key, value in _ATTRIBUTES.findall(tag)}


def _text(package: Package, place: str, kind: str) -> bytes:
    """The proved shared strings, or styles, of a workbook."""
    part = package.read(place)
    return proved_strings(part) if kind == "sharedStrings" else proved_plain(part, _TEXTS[kind])


def _counts_from_1904(workbook: str) -> bool:
    """Whether a workbook counts its days from 1904."""
    return next((_fields(tag).get("date1904", "") for tag in _DATES.findall(workbook)), "") in ("1", "true")


def _own_parts(setting: Setting, sheets: list[Sheet], texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """What the reader beneath is given: parts under names of our own, with nothing in them that was not proved."""
    links, listed, parts = [], [], {}
    for number, sheet in enumerate(sheets, 1):
        links.append(_link(number, "worksheet", f"worksheets/sheet{number}.xml"))
        listed.append(f'<sheet name="{html.escape(sheet.name)}" sheetId="{number}" r:id="rId{number}"/>')
        body = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (_MAIN.encode(), sheet.unread)
        parts[f"xl/worksheets/sheet{number}.xml"] = _HEAD.encode() + body
    for kind, inside in texts.items():
        if kind == "sharedStrings":
            named = set[int]().union(*(named_in(sheet.unread) for sheet in sheets))
            inside = _HEAD.encode() + b'<sst xmlns="%s">%s</sst>' % (_MAIN.encode(), only_those(inside, named))
        parts[f"xl/{kind}.xml"] = inside
        links.append(_link(len(links) + 1, kind, f"{kind}.xml"))
    flag = ' date1904="1"' * setting.is_1904
    book = f"<workbookPr{flag}/><sheets>{''.join(listed)}</sheets>"
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": _links([_link(1, "officeDocument", WORKBOOK)]),
        WORKBOOK: f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">{book}</workbook>'.encode(),
        RELATIONS: _links(links),
        **parts,
    }


def _only(package: Package, relations: Mapping[str, tuple[str, str]], kind: str) -> str | None:
    """The one part of a kind, None where a workbook has none. Raises Unreadable for two."""
    found = [target for one, target in relations.values() if one == kind]
    if len(found) > 1:
        raise broken("part")
    if not found:
        return None
    name = package.find(found[0])
    if name is None:
        raise broken("part")
    return name


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{target}"/>'


def _links(links: list[str]) -> bytes:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(links)}</Relationships>'.encode()


__all__ = ["Checked", "Remark", "Sheet", "Unreadable", "preflight"]
