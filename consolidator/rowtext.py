"""Many rows of a sheet as text, as they stand in its XML: made one by one, at a tenth of what XlsxWriter takes.

Where such rows belong in a workbook that XlsxWriter draws is `splicing`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from itertools import repeat
from math import isfinite
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from consolidator.columns import column_letters
from consolidator.paper import MAX_TEXT
from consolidator.verdict import Numbers, serial
from consolidator.visible import visible

_LINES = 20
"""Height of a row in pixels that nothing is said of."""
_SHORT = 60
"""Characters of texts that may well be written again."""
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""The start of what Excel would take for an escaped character."""


class Style(Protocol):
    """How a cell looks: a format of XlsxWriter, known in the sheet's XML by its number."""

    def __hash__(self) -> int: ...

    def _get_xf_index(self) -> int: ...


class Formula(NamedTuple):
    """A formula in a cell, and what it is worth now."""

    text: str
    worth: float | str


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
    return escape(literal_text(text), quote=False)


def literal_text(text: str) -> str:
    """The same before its marks of XML are written otherwise: nothing in it is left that Excel takes for an escape."""
    shown = visible(text)
    return _ESCAPE.sub("_x005F_", shown) if "_x" in shown else shown
