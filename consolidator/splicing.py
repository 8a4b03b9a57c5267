"""Rows that are text already (`rowtext`), spliced in between those that XlsxWriter writes.

XlsxWriter draws a workbook with all that is few: headings, formats, names, charts. Where many rows belong it leaves a
mark, and they are put there while the workbook is zipped, one after the other, so that they are never all in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.url import Url
from xlsxwriter.worksheet import Worksheet

from consolidator.columns import column_letters
from consolidator.rowtext import Block
from consolidator.zipping import Zip

MAX_LINKS = 65_530
"""Links that Excel takes on a sheet."""
_DOTTED = re.compile(r"[A-Za-z_]\w{0,99}\.[\w.]{1,99}")
_EVERYWHERE = -1
"""The sheet of a name that holds on all."""
_MARK = re.compile("<!--([0-9]+)-->")
_AT_ONCE = 100
"""Rows that go to the zip together."""
_USUAL = frozenset({"Blank", "Datetime", "Formula", "Number", "String"})
"""Cells as XlsxWriter calls them that are written here."""


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet of XlsxWriter with blocks of rows in it, and with many links in them."""

    def __init__(self) -> None:
        super().__init__()
        self.dim_rowmin: int
        self.dim_rowmax: int
        self.fh: StringIO
        self.blocks: dict[int, Block] = {}
        self._ways: list[tuple[str, str, str]] = []

    def add_block(self, mark: int, block: Block) -> None:
        """Keeps room for a block of rows, which stands behind a mark."""
        if block.count:
            self.blocks[mark] = block
            self._check_dimensions(block.first, block.col)
            self._check_dimensions(block.first + block.count - 1, block.last)

    def add_way(self, address: str, file: str, place: str) -> None:
        """A cell of a block leads to a file or, where that is "", to a place in this workbook."""
        if self.hlink_count < MAX_LINKS:
            self.hlink_count += 1
            self._ways.append((address, file, place))

    def forget(self) -> None:
        """Lets go of all that stands in the sheet, once it is written."""
        for held in (self.blocks, self._ways, self.table, self.external_hyper_links):
            held.clear()

    def _write_rows(self) -> None:
        top, bottom = self.dim_rowmin, self.dim_rowmax
        for mark, block in sorted(self.blocks.items(), key=lambda one: one[1].first):
            self.dim_rowmax = block.first - 1
            super()._write_rows()
            self.fh.write(f"<!--{mark}-->")
            self.dim_rowmin = block.first + block.count
        self.dim_rowmax = bottom
        super()._write_rows()
        self.dim_rowmin = top

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        """As XlsxWriter writes it, in a third of the time: nothing in most cells' attributes needs to be escaped."""
        kind, style = cell.__class__.__name__, cell.format
        worth = cell.value if kind == "Formula" else ""
        if style is None or kind not in _USUAL or isinstance(worth, bool) or str(worth).startswith("#"):
            super()._write_cell(row, col, cell)
            return
        begin = f'<c r="{column_letters(col)}{row + 1}" s="{style._get_xf_index()}"'
        if kind == "Blank":
            self.fh.write(f"{begin}/>")
        elif kind == "String":
            self.fh.write(f'{begin} t="s"><v>{cell.string}</v></c>')
        elif kind == "Formula":
            text, shown = escape(cell.formula, quote=False), escape(str(worth), quote=False)
            is_text = ' t="str"' if isinstance(worth, str) and worth else ""
            self.fh.write(f"{begin}{is_text}><f>{text}</f><v>{shown}</v></c>")
        else:
            self.fh.write(f"{begin}><v>{cell.number:.16G}</v></c>")

    def _write_hyperlinks(self) -> None:
        written, self.fh = self.fh, StringIO()
        super()._write_hyperlinks()
        few, self.fh = self.fh.getvalue(), written
        links = few.removeprefix("<hyperlinks>").removesuffix("</hyperlinks>") + "".join(self._many_links())
        if links:
            self.fh.write(f"<hyperlinks>{links}</hyperlinks>")

    def _many_links(self) -> Iterator[str]:
        for address, file, place in self._ways:
            way = ""
            if file:
                self.rel_count += 1
                self.external_hyper_links.append(["/hyperlink", file, "External"])
                way = f' r:id="rId{self.rel_count}"'
            location = f' location="{escape(place)}"' if place else ""
            yield f'<hyperlink ref="{address}"{way}{location}/>'

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Formulas are taken as they are: XlsxWriter looks each over for 29 functions of newer Excels."""
        return formula.removeprefix("=")


class Book(Workbook):  # type: ignore[misc]
    """A workbook of XlsxWriter whose sheets may have blocks; `content` are its bytes once it is closed."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self.content = b""
        self._blocks: list[Block] = []
        self._is_drawn = False
        super().__init__(BytesIO(), {**options, "in_memory": True})  # XlsxWriter's own zip stays empty

    def add_format(self, properties: Mapping[str, object] | None = None) -> Format:
        """A format, as long as the list of them is not written."""
        assert not self._is_drawn, f"a style made while rows are written: {properties}"
        return super().add_format(properties)

    def define_name(self, name: str, formula: str) -> Literal[0, -1]:
        """A name for a cell: XlsxWriter looks each over with patterns made anew, and one with a dot is no cell's."""
        if _DOTTED.fullmatch(name):
            self.defined_names.append([name, _EVERYWHERE, formula.removeprefix("="), False])
            return 0
        done: Literal[0, -1] = super().define_name(name, formula)
        return done

    def put(self, sheet: Sheet, block: Block) -> None:
        """Rows of a sheet that come when the workbook is zipped; nothing else may stand in them.

        Their styles are made before they come: by then the list of styles is written.
        """
        for style in self.formats:
            style._get_xf_index()
        sheet.add_block(len(self._blocks), block)
        self._blocks.append(block)

    def zipped(self, parts: list[tuple[StringIO | BytesIO, str, bool]]) -> None:
        """Zips the parts of the workbook; the same parts give the same bytes. Nothing of them is left in memory.

        (A workbook and its sheets hold each other, and would lie about until somebody tidies up.)
        """
        self._is_drawn = True
        archive = Zip(is_quick=bool(self._blocks))
        while parts:
            stream, name, _ = parts.pop(0)
            with stream:
                archive.add(name, self._chunks(stream.getvalue()))
        self.content = archive.closed()
        self._blocks.clear()
        for sheet in self.worksheets():
            sheet.forget()

    def _chunks(self, part: str | bytes) -> Iterator[bytes]:
        """A part's bytes, with the rows that belong where a mark stands."""
        if isinstance(part, bytes):
            yield part
            return
        for number, piece in enumerate(_MARK.split(part)):
            if number % 2 == 0:
                yield piece.encode()
                continue
            texts = self._blocks[int(piece)].texts()
            while some := "".join(islice(texts, _AT_ONCE)):
                yield some.encode()

    def _get_packager(self) -> Packager:
        return _Zipper(self)


class _Zipper(Packager):  # type: ignore[misc]
    """Has the parts of a workbook zipped by us as soon as XlsxWriter has made them, and leaves it none."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book = book

    def _create_package(self) -> list[tuple[StringIO | BytesIO, str, bool]]:
        self._book.zipped(super()._create_package())
        return []


@lru_cache(2**10)
def way_to(target: str) -> str:
    """How a workbook names a file that a link (`external:...`) leads to."""
    return str(Url(target)._target())
