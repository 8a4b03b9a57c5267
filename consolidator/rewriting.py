"""Writes an odd part of a workbook again in the one dialect that is proved and read: the slow, careful way.

Legal and kept: prefixes, UTF-16, CDATA in texts, references to characters, single quotes, white space between
elements, cells and rows without references. Dropped: what belongs to other vocabularies, comments between elements.
Refused: a DTD, and anything but text inside a value, for readers differ on what `12<!-- -->34` is.
"""

from __future__ import annotations

import re
from html import escape
from pyexpat import XMLParserType
from xml.parsers import expat

from consolidator.columns import column_letters, column_number
from consolidator.packaging import Unreadable, broken

SPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
        "http://schemas.openxmlformats.org/package/2006/content-types",
    }
)
LINKS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = f'xmlns="{MAIN}" xmlns:r="{LINKS[0]}"'
_XML = "http://www.w3.org/XML/1998/namespace"
_IN_QUOTES = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})
_VALUES = frozenset({"v", "f", "t", "definedName"})
_UNREAD = frozenset({"rPh", "phoneticPr", "extLst"})
_CELLS = frozenset({"sheetData", "row", "c", "sheet", "si"})
"""Elements that may not hide within what is passed over: another program may look there."""
_BARE = _CELLS | {"worksheet", "is", "r", "sst", "workbook", "sheets", "definedNames", "mergeCells", "Relationships"}
"""Elements in which there is no text; that of others which are not values, such as footers, is passed over."""
_CLOSED = (_BARE | {"row"}) - {"worksheet", "workbook"}
"""Elements in which no other vocabulary has a word: to drop one could be to drop a figure."""
_KEPT = {
    "c": ("r", "s", "t"),
    "row": ("r", "hidden"),
    "v": ("xml:space",),
    "t": ("xml:space",),
    "is": (),
    "si": (),
    "r": (),
}
"""Attributes kept, in their order, of elements of which not all are: those that say nothing to a reader go."""
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
MAX_DEPTH = 60


def rewritten(part: bytes, root: str, sheet: str = "") -> bytes:
    """The part in the one dialect, as UTF-8. Raises Unreadable for what is no XML, not of this root, or ambiguous."""
    writer = _Writer(root, sheet)
    parser = expat.ParserCreate(namespace_separator=" ")
    writer.listen(parser)
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError) as error:
        raise broken("xml") from error
    return "".join(writer.out).encode("utf-8", "replace")


class _Writer:
    """Hears one part's XML and writes it again. `skipped` counts the open elements of other vocabularies."""

    def __init__(self, root: str, sheet: str) -> None:
        self.out: list[str] = []
        self._root, self._sheet = root, sheet
        self._open: list[str] = []
        self._said: list[str] = []
        self._skipped = 0
        self._row = self._col = 0
        self._cell: dict[str, str] = {}
        self._cell_at = 0

    def listen(self, parser: XMLParserType) -> None:
        """Hears what the parser finds."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse()
        parser.CommentHandler = lambda _: self._aside(_VALUES)
        parser.ProcessingInstructionHandler = lambda *_: self._aside(_VALUES)
        parser.StartCdataSectionHandler = lambda: self._aside(_VALUES - {"t"})
        parser.ordered_attributes = True

    def _refuse(self) -> None:
        if self._root != "worksheet":
            raise broken("xml")
        raise Unreadable("file-markup", sheet=self._sheet, row=str(self._row or "?"))

    def _aside(self, where: frozenset[str]) -> None:
        """A comment, an instruction, a CDATA section: inside a value readers differ on what it does to the value."""
        if not self._skipped and self._open and self._open[-1] in where:
            self._refuse()

    def _start(self, name: str, pairs: list[str]) -> None:
        space, _, tag = name.rpartition(" ")
        if not self._open and (space not in SPACES or tag != self._root):
            raise broken("xml")
        if not self._skipped and self._open and self._open[-1] in _VALUES:
            self._refuse()
        if self._skipped or space not in SPACES or tag in _UNREAD:
            is_amid = not self._skipped and space not in SPACES and self._open[-1] in _CLOSED
            if is_amid or (space in SPACES and tag in _CELLS):
                self._refuse()
            self._skipped += 1
            return
        if len(self._open) > MAX_DEPTH:
            raise broken("xml")
        attributes = _attributes(pairs)
        if self._root == "worksheet":
            attributes = self._placed(tag, attributes)
        if tag in _KEPT:
            attributes = {key: attributes[key] for key in _KEPT[tag] if key in attributes}
        self._open.append(tag)
        if tag == "c":
            self._cell, self._cell_at = attributes, len(self.out)
        self.out.append(_tag(tag, attributes, _OFFICE if len(self._open) == 1 else ""))

    def _placed(self, tag: str, attributes: dict[str, str]) -> dict[str, str]:
        """Rows and cells with their references, counted where they are left out."""
        if tag == "row":
            told = attributes.get("r", str(self._row + 1))
            self._row, self._col = int(told) if _WHOLE.fullmatch(told) else 0, 0
            return {**attributes, "r": told}
        if tag == "c":
            told = attributes.get("r", f"{column_letters(self._col)}{self._row}")
            place = _CELL.fullmatch(told)
            self._col = column_number(place[1]) + 1 if place else 0
            return {**attributes, "r": told}
        return attributes

    def _text(self, text: str) -> None:
        if self._skipped:
            return
        if self._open[-1] in _VALUES:
            self._said.append(text)
        elif self._open[-1] in _BARE and text.strip():
            raise broken("xml")

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        tag = self._open.pop()
        if tag in _VALUES:
            self._end_of_value(tag, "".join(self._said))
        elif self.out[-1].startswith((f"<{tag} ", f"<{tag}>")):
            self.out[-1] = self.out[-1][:-1] + "/>"
        else:
            self.out.append(f"</{tag}>")
        self._said.clear()

    def _end_of_value(self, tag: str, text: str) -> None:
        """A "number" that is none becomes the text it is, and is told as one by whoever wants a number there."""
        is_number = tag == "v" and self._root == "worksheet" and self._cell.get("t", "n") == "n"
        if is_number and text and not _NUMBER.fullmatch(text):
            self.out[self._cell_at] = _tag("c", {**self._cell, "t": "inlineStr"})
            self.out[-1] = f"<is><t>{escape(text, quote=False)}</t></is>"
            return
        self.out.append(f"{escape(text, quote=False)}</{tag}>")


def _tag(tag: str, attributes: dict[str, str], more: str = "") -> str:
    said = "".join(f' {key}="{escape(value, quote=False).translate(_IN_QUOTES)}"' for key, value in attributes.items())
    return f"<{tag}{' ' if more else ''}{more}{said}>"


def _attributes(pairs: list[str]) -> dict[str, str]:
    """Attributes by name; of those of other vocabularies only the ones that lead to other parts or keep blanks."""
    found: dict[str, str] = {}
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        space, _, own = name.rpartition(" ")
        if not space:
            found[own] = value
        elif space in LINKS:
            found[f"r:{own}"] = value
        elif space == _XML:
            found[f"xml:{own}"] = value
    return found
