"""Charts of a workbook as they stand in its parts: on which sheet, what they are called, what they point at."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from posixpath import basename

from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries


@dataclass(frozen=True)
class Chart:
    """A chart: its title, its kinds of plot, and of each series the cells of name, labels and values, as formulas."""

    title: str
    kinds: tuple[str, ...]
    series: tuple[tuple[str, ...], ...]


def charts_of(data: bytes) -> dict[str, list[Chart]]:
    """Charts by the sheet they stand on, in their order."""
    found: dict[str, list[Chart]] = {}
    with zipfile.ZipFile(BytesIO(data)) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        for number, name in enumerate(names, 1):
            for drawing in _related(book, f"xl/worksheets/_rels/sheet{number}.xml.rels", "drawings/drawing"):
                paths = _related(book, f"xl/drawings/_rels/{drawing}.rels", "charts/")
                found[name] = [_chart(book.read(f"xl/charts/{path}").decode()) for path in paths]
    return found


def cells_at(data: bytes, formula: str) -> list[object]:
    """What stands in the cells that a formula of a chart names (`'Sheet'!$A$1:$A$9`)."""
    sheet, _, place = formula.rpartition("!")
    left, top, right, bottom = range_boundaries(place.replace("$", ""))
    drawn = values_of(data)[sheet.strip("'")]
    return [drawn.cell(row, col).value for row in range(top, bottom + 1) for col in range(left, right + 1)]


@lru_cache(maxsize=4)
def values_of(data: bytes) -> Workbook:
    """The workbook as it shows itself, opened once."""
    return load_workbook(BytesIO(data), data_only=True)


@lru_cache(maxsize=4)
def formulas_of(data: bytes) -> Workbook:
    """The workbook with its formulas, opened once."""
    return load_workbook(BytesIO(data))


def _related(book: zipfile.ZipFile, rels: str, kind: str) -> list[str]:
    if rels not in book.namelist():
        return []
    return [basename(one) for one in re.findall(r'Target="([^"]+)"', book.read(rels).decode()) if kind in one]


def _chart(text: str) -> Chart:
    title = "".join(re.findall(r"<a:t>([^<]*)</a:t>", text.partition("<c:plotArea>")[0]))
    series = tuple(tuple(re.findall(r"<c:f>([^<]*)</c:f>", one)) for one in re.findall(r"<c:ser>.*?</c:ser>", text))
    return Chart(title, tuple(re.findall(r"<c:(bar|line)Chart>", text)), series)
