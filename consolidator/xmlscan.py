"""Proves that a sheet's XML means one thing only, to Excel and to the reader beneath: a grammar over bytes.

Encoding and entities in texts are left to the reader, which refuses what is wrong with them.

What programs commonly write is proved by one regular expression, at a quarter of the cost of reading it. What is legal
but odd (prefixes, CDATA, cells without references) goes through `rewriting` first and must fit the grammar after that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from consolidator.columns import column_number
from consolidator.packaging import Unreadable, broken
from consolidator.rewriting import rewritten
from consolidator.xmlparts import HEAD, MAIN, MAX_KEPT, RICH, TAG, TEXT, inside, is_of

MAX_ROW, MAX_COL, MAX_AREA = 1_048_576, 16_384, 6_000_000
"""Excel's grid; cells of the smallest area around all values of a workbook, for the reader keeps each of them."""
MAX_MERGES, MAX_CELLS = 100_000, 1_500_000
"""Of a sheet: a province's summary of a thousand units has a tenth of them."""
MAX_CLOSED = 1_000
"""Elements before the cells that hold others; there are a dozen."""
NUMBER = rb"-?(?:[0-9]{1,310}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?"
_FORMULA = rb"(?:<f(?: [^<>]*)?(?:(?<=/)>|>[^<]*</f>))?"
_V = rb'<v(?: xml:space="preserve")?>'
_KINDS = (
    rb'(?: t="n")?>' + _FORMULA + rb"(?:" + _V + rb"(?:" + NUMBER + rb")?</v>|<v ?/>)?</c>",
    rb' t="s">' + _V + rb"[0-9]{1,9}</v></c>",
    rb' t="str">' + _FORMULA + rb"(?:" + _V + TEXT + rb"</v>|<v ?/>)?</c>",
    rb' t="b">' + _FORMULA + _V + rb"(?:[01]|true|false)</v></c>",
    rb' t="e">' + _FORMULA + _V + rb"[^<&]{1,40}</v></c>",
    rb' t="inlineStr">' + _FORMULA + rb"<is>" + RICH + rb"</is></c>",
    rb' t="d">' + _FORMULA + _V + rb"[0-9][0-9T:.Z-]{0,39}</v></c>",
    rb'(?: t="(?:s|str|b|inlineStr|n|d)")? ?(?:/>|></c>)',
)
_CELL = rb'<c r="[A-Z]{1,%d}\1"(?: s="[0-9]{1,6}")?(?:' + rb"|".join(_KINDS) + rb")"
_ROW_SAYS = rb'(?: (?!xmlns|r=)[A-Za-z][A-Za-z0-9:]*="[^"<]*")*+ ?'
_ROW = rb'<row r="([1-9][0-9]{0,6})"' + _ROW_SAYS + rb"(?:/>|>(?:" + _CELL + rb")*+</row>)"
_SLIM, _WIDE = (re.compile(rb"(?:" + _ROW.replace(b"%d", b"%d" % letters) + rb")*+") for letters in (1, 3))
SLIM_COLS, SMALL = 26, 10_000
"""Columns and rows up to which a sheet is taken for as wide as that: its cells need not be looked through."""
_ROW_NUMBER = re.compile(rb'<row r="([0-9]+)"')
_REFERENCE = re.compile(rb'<c r="([A-Z]+[0-9]+)"')
_FILLED = re.compile(rb'<c r="([A-Z]+)[0-9]+"[^<>]*(?<!/)>(?!</c>)')
_MERGE = re.compile(rb'<mergeCell ref="\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}):\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})" ?/>')
_TAGS = re.compile(rb"(?:" + TAG + rb"\s*+)*+")
_END = 40
"""Bytes at a part's end within which its root is closed."""

Box = tuple[int, int, int, int]
"""First row and column, last row and column, 0-based, all included."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The proved cells of a sheet: `<row>` elements, and nothing else, in one dialect.

    `area` is that of the box around all values, from the first cell on; `merges` are merged ranges; `head` and `tail`
    are what the sheet says before and behind its cells.
    """

    content: bytes
    area: int
    merges: tuple[Box, ...]
    head: bytes
    tail: bytes

    @property
    def has_errors(self) -> bool:
        """Whether a cell holds an error."""
        return b' t="e">' in self.content


def proved_rows(part: bytes, sheet: str) -> Rows:
    """The cells of a sheet's part. Raises Unreadable where programs could differ on what it says."""
    plain = plain_sheet(part)
    if plain is not None:
        head, rows, tail, merges = plain
        is_slim = _SLIM.fullmatch(rows) is not None
        if is_slim or _WIDE.fullmatch(rows):
            return _checked(head, rows, tail, merges, is_slim)
    part = rewritten(part, "worksheet", sheet)
    found = _sheet_data(part)
    if found is None:
        raise broken("xml")
    head, rows, tail = found
    if _WIDE.fullmatch(rows) is None:
        begun = _WIDE.match(rows)
        raise _ambiguous(sheet, rows, begun.end() if begun else 0)
    return _checked(head, rows, tail, _boxes(tail), False)


def plain_sheet(part: bytes) -> tuple[bytes, bytes, bytes, tuple[Box, ...]] | None:
    """A sheet's part in the common dialect: what stands before its cells, these, what stands behind, merged ranges.

    None where more is to be asked. Of the cells nothing is proved yet.
    """
    found = _sheet_data(part)
    merges = _merges_told(found[2]) if found is not None else None
    return None if found is None or merges is None else (*found, merges)


def proved_some(rows: bytes) -> tuple[list[int], bool] | None:
    """Numbers of rows, and whether none is wide; None where one does not fit the grammar or tells a cell twice."""
    is_slim = _SLIM.fullmatch(rows) is not None
    if not is_slim and not _WIDE.fullmatch(rows):
        return None
    references = _REFERENCE.findall(rows)
    if len(set(references)) != len(references):
        return None
    return row_numbers(rows), is_slim


def row_numbers(rows: bytes) -> list[int]:
    """The numbers of rows that fit the grammar."""
    return list(map(int, _ROW_NUMBER.findall(rows)))


def _ambiguous(sheet: str, rows: bytes, at: int) -> Unreadable:
    """What is raised for a row written so that programs could differ on it."""
    number = _ROW_NUMBER.match(rows, at)
    return Unreadable("file-markup", sheet=sheet, row=number[1].decode() if number else "?")


def _sheet_data(part: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(what comes before the cells, what is inside <sheetData>, what comes after it).

    None where it is not plainly a child of the root.
    """
    begin, end = inside(part, b"<sheetData")
    match = HEAD.match(part)
    if begin < 0 or match is None or match[1] != b"worksheet":
        return None
    head = part[match.start(1) - 1 : begin]
    left_open = _left_open_once(head) if len(head) <= MAX_KEPT else _left_open(head)
    if left_open != (1 if begin == end and part[begin - 2] == b"/"[0] else 2):  # the root, and <sheetData>
        return None
    return head, part[begin:end], part[end:]


@lru_cache(64)
def _left_open_once(head: bytes) -> int:
    return _left_open(head)


def _left_open(head: bytes) -> int:
    """How many elements a sheet's beginning opens and does not close; -1 where it is not plainly one."""
    if not is_of(head, MAIN) or not _TAGS.fullmatch(head):
        return -1
    closed = head.count(b"</")
    if closed > MAX_CLOSED or b"mergeCell" in head:  # merged ranges are told behind the cells, or by nobody
        return -1
    return head.count(b"<") - 2 * closed - head.count(b"/>")


def _merges_told(tail: bytes) -> tuple[Box, ...] | None:
    """The merged cells that are told behind a sheet's cells; None where something else may be said of cells there.

    Our own files have the same there for each sheet of a form.
    """
    return _merges_once(tail) if len(tail) <= MAX_KEPT else _merges(tail)


@lru_cache(64)
def _merges_once(tail: bytes) -> tuple[Box, ...] | None:
    return _merges(tail)


def _is_plain_tail(tail: bytes) -> bool:
    """Whether what follows the cells says nothing of cells but which are merged."""
    if tail.find(b"sheetData", len(b"</sheetData>")) >= 0:  # a second one; what follows never speaks of the word
        return False
    if not tail[-_END:].rstrip().endswith(b"</worksheet>"):
        return False
    at = tail.find(b"mergeCell")
    if at < 0:
        return True
    end = tail.find(b"</mergeCells>", at)
    if end < 0 or tail.find(b"mergeCell", end + len(b"</mergeCells>")) >= 0 or b"<!" in tail or b"<?" in tail:
        return False
    merges = tail[at:end]
    return merges.count(b"<mergeCell ") == len(_MERGE.findall(merges))


def _checked(head: bytes, rows: bytes, tail: bytes, merges: tuple[Box, ...], is_slim: bool) -> Rows:
    """Rows in order and each cell once, inside the grid; the grammar has seen that cells lie in their rows."""
    if len(rows) > MAX_CELLS and rows.count(b"<c ") > MAX_CELLS:
        raise broken("bomb")
    numbers = row_numbers(rows)
    references = _REFERENCE.findall(rows)
    last = numbers[-1] if numbers else 0
    if len(set(references)) != len(references) or sorted(set(numbers)) != numbers or last > MAX_ROW:
        raise broken("order")
    return Rows(rows, area_of(rows, last, is_slim), merges, head, tail)


def area_of(rows: bytes, last: int, is_slim: bool) -> int:
    """Cells of the box from the first cell on that holds all values of proved rows, or a few more.

    `last` is the number of the last row; LibreOffice leaves an empty one at the grid's end where rows were moved.
    """
    return last * SLIM_COLS if is_slim and last < SMALL else _area(rows)


def _area(rows: bytes) -> int:
    """Cells of the smallest box from the first cell on that holds all values."""
    widest = max((column_number(letters.decode()) for letters in set(_FILLED.findall(rows))), default=-1) + 1
    if widest > MAX_COL:
        raise broken("order")
    last, end = 0, len(rows)
    while not last and (at := rows.rfind(b"<row ", 0, end)) >= 0:
        if _FILLED.search(rows, at, end):
            last = int(_ROW_NUMBER.match(rows, at)[1])  # type: ignore[index]  # found by the grammar
        end = at
    return widest * last


def _merges(tail: bytes) -> tuple[Box, ...] | None:
    if not _is_plain_tail(tail):
        return None
    return _boxes(tail)


def _boxes(tail: bytes) -> tuple[Box, ...]:
    found = _MERGE.findall(tail)
    if len(found) > MAX_MERGES:
        raise broken("bomb")
    return tuple(
        (int(top) - 1, column_number(left.decode()), int(low) - 1, column_number(right.decode()))
        for left, top, right, low in found
    )
