"""The report of a large audit: what it comes to, files that do not count, errors, who is missing, where the data is.

A sheet ends where Excel does; the data has the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from consolidator.finding import Severity
from consolidator.form import Form
from consolidator.layout import Cell
from consolidator.ledger import Fate, FileLine
from consolidator.outcome import FileOutcome, Outcome
from consolidator.pen import Pen, set_widths
from consolidator.reportdigest import of_summary
from consolidator.reporting import seal_report
from consolidator.reportpages import FILES, FINDINGS, MISSING, OVERVIEW, QUESTIONS, Page, Row, columns, draw_page, put
from consolidator.wording import SEVERITY_WORDS, message_of

MOST = 100_000
"""Rows of a sheet: what a person may still leaf through; the data has all."""
_FATES = {
    Fate.MERGED: "vào tổng hợp",
    Fate.OWN: "của chính đơn vị tổng hợp",
    Fate.REPLACED: "có bản khác thay",
    Fate.WAITING: "chờ quyết định",
    Fate.REJECTED: "loại",
    Fate.LEFT_OUT: "còn lỗi, không đưa vào (chế độ nghiêm ngặt)",
    Fate.PASSED_OVER: "bỏ qua",
}


def audit_report(outcome: Outcome) -> bytes:
    """The workbook."""
    pen = Pen()
    _overview(pen, outcome)
    for page in _pages(outcome):
        if page.rows:
            draw_page(pen, page)
    seal_report(pen)
    return pen.finish()


def _overview(pen: Pen, outcome: Outcome) -> None:
    sheet = pen.sheet(OVERVIEW, "1F4E79")
    set_widths(sheet, (46, 90))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    put(pen, Cell(OVERVIEW, 0, 0), f"BÁO CÁO KIỂM TRA: {outcome.parent.name}", "title")
    for row, (head, value) in enumerate(_facts(outcome), 2):
        put(pen, Cell(OVERVIEW, row, 0), head, "cell")
        put(pen, Cell(OVERVIEW, row, 1), value, "cell")


def _facts(outcome: Outcome) -> Iterator[tuple[str, float | str]]:
    ledger = outcome.ledger
    assert ledger is not None
    yield "Số tệp tìm thấy", float(ledger.found)
    yield from ((f"– {words}", float(ledger.count(fate))) for fate, words in _FATES.items())
    yield "Đơn vị phải báo cáo", float(ledger.units.expected)
    yield "– đã có", float(ledger.units.arrived)
    yield "– chờ quyết định", float(ledger.units.waiting)
    yield "– còn thiếu", float(ledger.units.missing)
    for words, flow in (("Số liệu", ledger.figures), ("Thuyết minh", ledger.narratives), ("Dòng bảng", ledger.rows)):
        yield f"{words}: trong các tệp / đã cộng", f"{flow.incoming} / {flow.outgoing}"
    yield "Lỗi trong các tệp", float(outcome.file_errors)
    yield "Lỗi của sổ tổng hợp", float(outcome.summary_errors)
    yield "Dữ liệu từng đơn vị (Parquet)", outcome.data
    yield "Không làm ở cỡ này", "so các đơn vị với nhau, so với bản trước của tệp, thư trả lời, sổ quyết định"


def _pages(outcome: Outcome) -> Iterator[Page]:
    form, said = outcome.form, of_summary(outcome)
    rows = (
        (one.code, SEVERITY_WORDS[one.severity], one.place.sheet, one.place.cell, message_of(one, form)) for one in said
    )
    yield _page("Sổ tổng hợp", "Phát hiện ở sổ tổng hợp.", "Mã 12|Mức 12|Trang 18|Ô 10|Nội dung 100", rows)
    asked = ((one.unit, str(one.kind), file.file) for one in outcome.questions for file in one.files)
    yield _page(QUESTIONS, "Đơn vị có nhiều tệp.", "Mã đơn vị 18|Vì sao 40|Tệp 80", asked)
    errors = (
        (file.file, file.unit, one.code, one.place.sheet, one.place.cell, message_of(one, outcome.form))
        for file in outcome.files
        for one in file.findings
        if one.severity is Severity.ERROR
    )
    heads = "Tệp 50|Mã đơn vị 18|Mã 14|Trang 14|Ô 10|Nội dung 100"
    yield _page(FINDINGS, "Lỗi trong các tệp; cảnh báo nằm ở dữ liệu Parquet.", heads, errors)
    assert outcome.ledger is not None
    others = (
        (line.file, line.unit, _FATES[line.fate], _why(file, line, form))
        for file, line in zip(outcome.files, outcome.ledger.files, strict=True)
        if line.fate is not Fate.MERGED
    )
    yield _page(FILES, "Tệp không vào tổng hợp.", "Tệp 60|Mã đơn vị 18|Tình trạng 40|Vì sao 100", others)
    missing = ((unit.code, unit.name) for unit in outcome.silent)
    yield _page(MISSING, "Đơn vị chưa gửi báo cáo.", "Mã đơn vị 18|Đơn vị 80", missing)


def _why(file: FileOutcome, line: FileLine, form: Form) -> str:
    """The sentence that kept a file out; "" for what is in the summary."""
    return next((message_of(one, form) for one in file.findings if one.code == line.reason), "")


def _page(name: str, hint: str, heads: str, rows: Iterable[Row]) -> Page:
    found = list(islice(rows, MOST + 1))
    more = f" Chỉ ghi {MOST} dòng đầu; đủ ở dữ liệu Parquet." if len(found) > MOST else ""
    return Page(name, hint + more, columns(heads), found[:MOST], {})
