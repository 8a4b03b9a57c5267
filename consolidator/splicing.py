"""Many rows of a sheet as text: spliced in between those that XlsxWriter writes, at a tenth of the cost.

XlsxWriter draws a workbook with all that is few: headings, formats, names, charts. Where many rows belong it leaves a
mark, and they are put there while the workbook is zipped, one after the other, so that they are never all in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from io import BytesIO, StringIO
from itertools import islice, repeat
from math import isfinite
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.url import Url
from xlsxwriter.worksheet import Worksheet

from consolidator.columns import column_letters
from consolidator.paper import MAX_TEXT
from consolidator.verdict import Numbers, serial
from consolidator.visible import visible
from consolidator.zipping import Zip

MAX_LINKS = 65_530
"""Links that Excel takes on a sheet."""
_DOTTED = re.compile(r"[A-Za-z_]\w{0,99}\.[\w.]{1,99}")
_EVERYWHERE = -1
"""The sheet of a name that holds on all."""
_MARK = re.compile("<!--([0-9]+)-->")
_AT_ONCE = 100
"""Rows that go to the zip together."""
_LINES = 20
"""Height of a row in pixels that nothing is said of."""
_USUAL = frozenset({"Blank", "Datetime", "Formula", "Number", "String"})
"""Cells as XlsxWriter calls them that are written here."""
_SHORT = 60
"""Characters of texts that may well be written again."""
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""The start of what Excel would take for an escaped character."""


class Formula(NamedTuple):
    """A formula in a cell, and what it is worth now."""

    text: str
    worth: float | str


Style: TypeAlias = Format
Written: TypeAlias = Formula | float | str | date | None
"""What a cell of such a row may hold."""


class Strip(NamedTuple):
    """A row: its cells from its block's first column on, each with its style (None for no cell), and its height.

    A row that `is_folded` is folded away under the nearest one above that is not, which `folds` it.
    """

    cells: Iterable[tuple[Written, Style] | None]
    height: float = _LINES * 0.75
    is_folded: bool = False
    folds: bool = False


class Figures(NamedTuple):
    """Numbers behind the cells of a block's rows: a style a column, and `values`, some rows at a time (shape: rows ×
    columns); NaN is a blank.
    """

    styles: Sequence[Style]
    values: Iterable[Numbers]

    def lines(self) -> Iterator[tuple[object, ...]]:
        """The numbers of each row as they are written: as XlsxWriter does, but whole ones five times as fast."""
        for some in self.values:
            assert not np.isinf(some).any(), "a number beyond all that a workbook holds"
            told, is_whole = some.astype(object), (some == np.rint(some)) & (np.abs(some) < 1e15)
            is_broken = ~is_whole & ~np.isnan(some)
            told[is_whole] = some[is_whole].astype(np.int64)
            broken = tuple(some[is_broken].tolist())
            told[is_broken] = ("%.16G " * len(broken) % broken).split()
            yield from map(tuple, told.tolist())


@dataclass(frozen=True)
class Block:
    """Rows one under the other: their first (0-based), how many, their first and last column; figures stand last."""

    first: int
    count: int
    col: int
    last: int
    strips: Iterable[Strip]
    figures: Figures | None = None

    def texts(self) -> Iterator[str]:
        """The rows as they stand in a sheet's XML."""
        leads, rows = self._leads(), range(self.first + 1, self.first + 1 + self.count)
        for row, (cells, *looks), numbers in zip(rows, self.strips, self._numbers(), strict=True):
            shown = zip(leads, cells, strict=False)
            written = "".join([f"{lead}{row}{_cell(*cell)}" for lead, cell in shown if cell is not None])
            yield f'<row r="{row}"{_looks(*looks)}>{written}{numbers}</row>'

    def _leads(self) -> list[str]:
        """How the cells of a row begin, up to its number."""
        return [f'<c r="{column_letters(col)}' for col in range(self.col, self.last + 1)]

    def _numbers(self) -> Iterator[str]:
        """The figures of each row."""
        if self.figures is None:
            yield from repeat("", self.count)
            return
        leads, styles = self._leads(), self.figures.styles
        places = zip(leads[len(leads) - len(styles) :], styles, strict=True)
        pattern = "".join(f'{lead}\0" s="{style._get_xf_index()}"><v>%s</v></c>' for lead, style in places)
        for row, given in enumerate(self.figures.lines(), self.first + 1):
            yield (pattern.replace("\0", str(row)) % given).replace("><v>nan</v></c>", "/>")


@lru_cache(2**10)
def _looks(height: float, is_folded: bool, folds: bool) -> str:
    """What a row says of itself: heights are whole pixels, as XlsxWriter makes them."""
    pixels = int(height * 4 / 3 + 0.5)
    tall = f' ht="{pixels * 0.75:.16g}"' if pixels != _LINES else ""
    more = ' hidden="1"' * is_folded + ' customHeight="1"' * bool(tall)
    return tall + more + ' outlineLevel="1"' * is_folded + ' collapsed="1"' * folds


def _cell(value: Written, style: Style) -> str:
    """What follows a cell's address."""
    if isinstance(value, str):
        return _kept(value, style) if len(value) < _SHORT else _text(value, style)
    if value is None:
        return _kept("", style)
    if isinstance(value, Formula):
        return _formula(value, style._get_xf_index())
    number = serial(value) if isinstance(value, date) else value
    assert isfinite(number), value
    return f'" s="{style._get_xf_index()}"><v>{number:.16G}</v></c>'


def _text(text: str, style: Style) -> str:
    xf = style._get_xf_index()
    if not text:
        return f'" s="{xf}"/>'
    assert len(text) <= MAX_TEXT, f"{len(text)} characters: {text[:80]}"
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f'" s="{xf}" t="inlineStr"><is><t{space}>{xml_text(text)}</t></is></c>'


_kept = lru_cache(2**13)(_text)


def _formula(formula: Formula, xf: int) -> str:
    text, worth = formula
    kind = ' t="str"' if isinstance(worth, str) and worth else ""
    shown = xml_text(worth) if isinstance(worth, str) else repr(worth)
    return f'" s="{xf}"{kind}><f>{escape(text.removeprefix("="), quote=False)}</f><v>{shown}</v></c>'


def xml_text(text: str) -> str:
    """A text of people as it stands in a sheet's XML: read back it is the same, and shows what hides in it."""
    shown = escape(visible(text), quote=False)
    return _ESCAPE.sub("_x005F_", shown) if "_x" in shown else shown


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
