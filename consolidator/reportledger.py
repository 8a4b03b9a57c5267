"""The sheet "Đối soát" of a report: what came in and where it went, to be added up by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from consolidator.layout import Cell
from consolidator.ledger import Fate, Flow, Ledger
from consolidator.pen import Pen, set_widths
from consolidator.recounting import FigureLine
from consolidator.reportdigest import FATE_WORDS, WAITS, Digest
from consolidator.reportpages import LEDGER, Page, Row, columns, draw_table, put, put_heading

_HINT = "Số đưa vào = số đưa ra, tính lại độc lập từ các tệp. Sổ tổng hợp chỉ được ghi khi bảng này cân."
_HEADS = (
    "Tên ô (Ref) 26|Nội dung 44|Cột 19|Cách gộp 17|Số đơn vị có số 11|Từ các đơn vị 19|Của chính cấp mình 19"
    "|Phải bằng 19|Trong sổ tổng hợp 19|Lệch 10"
)
MERGE_WORDS = {
    "sum": "Cộng",
    "min": "Lấy nhỏ nhất",
    "max": "Lấy lớn nhất",
    "weighted_mean": "Bình quân gia quyền",
    "last": "Lấy số thống nhất",
    "none": "Chỉ của cấp mình",
    "derived": "Tính lại từ số gộp",
}
_FIRST_EQUATION, _ROWS_EACH = 4, 3
Term = tuple[str, int]


def draw_ledger(pen: Pen, digest: Digest) -> None:
    """Draws the sheet: equations of files, units and contents at the top, then every figure with a filter."""
    sheet, ledger = pen.sheet(LEDGER, "1F4E79"), digest.ledger
    heads = columns(_HEADS)
    set_widths(sheet, [column.width for column in heads])
    put_heading(pen, LEDGER, _HINT)
    row = _FIRST_EQUATION
    for terms in _equations(ledger):
        sheet.set_row(row, 34)
        sheet.set_row(row + 1, 20)
        for col, (label, number) in enumerate(terms):
            put(pen, Cell(LEDGER, row, col), label, "head")
            put(pen, Cell(LEDGER, row + 1, col), float(number), "big")
        row += _ROWS_EACH
    page = Page(LEDGER, _HINT, heads, list(_rows(digest)), {})
    draw_table(pen, page, row)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(row)  # not frozen: the equations above would leave a small screen no room for the table


def _equations(ledger: Ledger) -> Iterator[Sequence[Term]]:
    fates = [(f"{'=' if not number else '+'} {FATE_WORDS[fate]}", fate) for number, fate in enumerate(Fate)]
    yield [("Tệp tìm thấy", ledger.found), *((label, ledger.count(fate)) for label, fate in fates)]
    units = ledger.units
    arrived = [("Đơn vị phải nộp", units.expected), ("= Đã nộp", units.arrived)]
    yield [*arrived, (f"+ {WAITS}", units.waiting), ("+ Còn thiếu", units.missing)]
    yield [
        *_flow("Số trong tệp đã cộng", ledger.figures),
        *_flow("Bài thuyết minh trong tệp", ledger.narratives),
        *_flow("Dòng bảng trong tệp", ledger.rows),
    ]


def _flow(label: str, flow: Flow) -> Sequence[Term]:
    return (label, flow.incoming), ("= trong sổ tổng hợp", flow.outgoing)


def _rows(digest: Digest) -> Iterator[Row]:
    """One line a figure that somebody gave; the blank ones have nothing to reconcile."""
    form = digest.outcome.form
    for line in digest.ledger.totals:
        if not line.is_blank:
            code, _, measure = line.ref.partition(".")
            what = (form.indicators[code].label, form.catalogue.measures[measure].label, MERGE_WORDS[line.merges])
            yield line.ref, *what, float(line.given), *_amounts(line)


def _amounts(line: FigureLine) -> Sequence[float | None]:
    return line.units, line.own, line.due, line.outgoing, 0.0 if line.balances else line.difference
