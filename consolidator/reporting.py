"""Draws the report of a batch: what was found where, who is missing, what to do next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from consolidator.finding import Finding, Severity, by_weight
from consolidator.layout import Cell, quoted
from consolidator.outcome import FileOutcome, Outcome
from consolidator.pen import Pen, Value, height_of, set_widths
from consolidator.unit import Unit
from consolidator.wording import DRAFT, LABELS, SEVERITY_WORDS, STATUS_WORDS, sentence_of

OVERVIEW, UNITS, FINDINGS = "Tổng quan", "Đơn vị", "Phát hiện"
BY_RULE, FILES, MISSING = "Theo quy tắc", "Tệp", "Còn thiếu"
RECEIVED, LACKING, LEFT_OUT = STATUS_WORDS["accepted"], "Thiếu", "Không đưa vào tổng hợp"
HEADER_ROW, FIRST_ROW = 3, 4
MAX_ROWS, MAX_LINKS, MAX_TARGET = 1_048_576, 60_000, 2_000
LONGEST = 1_000
"""Characters of a text shown in one cell: rows have a greatest height, and the file itself holds the rest."""
TOP, REASONS = 10, 5

_E, _W, _I = (SEVERITY_WORDS[severity] for severity in Severity)
_COLOURS = {_E: "wrong", _W: "doubt", LACKING: "wrong", LEFT_OUT: "doubt", RECEIVED: "fine",
            STATUS_WORDS["rejected"]: "wrong"}
_UNLINKABLE = frozenset('#:\\?*|<>"')
_ESCAPES = str.maketrans({char: f"%{ord(char):02x}" for char in " %[]^`{}"})
_TODO = (
    ("rejected", FILES, "Xem {} tệp bị loại: lý do và cách xử lý ở trang “Tệp”. Báo lại đơn vị đã gửi."),
    ("lacking", MISSING, "Đôn đốc {} đơn vị ở trang “Còn thiếu”."),
    ("errors", FINDINGS, "Trả lại đơn vị để sửa {} lỗi ở trang “Phát hiện”. Không sửa thay số liệu của đơn vị."),
    ("warnings", FINDINGS, "Xem lại {} cảnh báo ở trang “Phát hiện”: số đúng thì giữ nguyên, số sai thì trả lại đơn vị."),
)
_AGAIN = "Chép tệp mới nhận vào thư mục rồi tổng hợp lại; báo cáo này được lập lại mỗi lần tổng hợp."
_DONE = "Không còn việc phải xử lý: xem lại sổ tổng hợp, trình duyệt và gửi lên cấp trên."


@dataclass(frozen=True, slots=True)
class Jump:
    """A text that leads somewhere; plain text where there is no target."""

    text: str
    target: str = ""


Row = Sequence[Value | Jump]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of rows: `columns` are headings with their widths; numbers and dates find their own style."""

    sheet: str
    title: str
    hint: str
    columns: Sequence[tuple[str, float]]
    rows: Callable[[Digest], Iterator[Row]]


class Digest:
    """What all sheets draw from: findings in order, each knowing its file and unit, grouped both ways."""

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self.outcome, self.folder = outcome, folder
        self.findings = sorted(_findings(outcome), key=by_weight)
        self.counts = Counter(SEVERITY_WORDS[finding.severity] for finding in self.findings)
        self.by_code: dict[str, list[Finding]] = {}
        self.by_unit: dict[str, list[Finding]] = {}
        for finding in self.findings:
            self.by_code.setdefault(finding.code, []).append(finding)
            self.by_unit.setdefault(finding.unit, []).append(finding)
        self.paths = {Path(outcome.summary_file).name: outcome.summary_file, "": outcome.summary_file}
        self.paths |= {outcome.summary_file: outcome.summary_file, **{f.file: f.path for f in outcome.files}}
        self.file_of: dict[str, FileOutcome] = {}
        for file in sorted(outcome.files, key=lambda file: list(STATUS_WORDS).index(file.status)):
            self.file_of.setdefault(file.unit, file)
        self.lacking = [unit for unit in outcome.expected if self.status(unit) == LACKING]

    def status(self, unit: Unit) -> str:
        """Where a unit's report stands; a unit whose every file was refused still owes one."""
        file = self.file_of.get(unit.code)
        if unit in self.outcome.missing or file is None or file.status != "accepted":
            return LACKING
        return LEFT_OUT if unit in self.outcome.left_out else RECEIVED

    def unit_words(self, code: str) -> str:
        """Code and name of a unit, as far as they are known."""
        unit, file = self.outcome.roster.units.get(code), self.file_of.get(code)
        name = unit.name if unit else file.submission.unit_name if code and file and file.submission else ""
        return " – ".join(filter(None, (code, name)))

    def level(self, unit: Unit) -> str:
        """Name of a unit's level."""
        known = self.outcome.form.catalogue.levels
        return known[unit.level].name if unit.level in known else unit.level

    def jump(self, text: str, file: str, sheet: str = "", cell: str = "") -> Jump:
        """A text that leads to a file, known by its shown name, and to a cell in it."""
        path = self.paths.get(file, "")
        return Jump(text, link_target(path, self.folder, sheet, cell) if path else "")


def report_workbook(outcome: Outcome, report_path: Path) -> bytes:
    """The report of a batch as a workbook; its links hold for a report that lies at `report_path`."""
    assert len(outcome.files) == sum(outcome.count(status) for status in ("accepted", "rejected", "ignored"))
    digest, pen = Digest(outcome, report_path.parent), Pen()
    # File names are long, and the palette's links and centred texts stand on one line.
    pen.style("link").set_text_wrap()
    pen.style("centre").set_text_wrap()
    _overview(pen, digest)
    for table in _TABLES:
        _table(pen, table, list(table.rows(digest)))
    return pen.finish()


def link_target(path: str, folder: Path, sheet: str = "", cell: str = "") -> str:
    """Where a link to a file (and a cell in it) leads, seen from a folder; "" where Excel could not follow it."""
    try:
        way = os.path.relpath(path, folder)
    except ValueError:  # On Windows nothing is relative to another drive.
        way = os.path.abspath(path)
    way = way.replace(os.sep, "/")
    drive, name = (way[:2], way[2:]) if way[1:3] == ":/" else ("", way)
    # Excel takes "#" for an anchor even when escaped; the other characters no file has on Windows.
    if _UNLINKABLE & set(name) or not name.isprintable():
        return ""
    # XlsxWriter escapes nothing in a name that looks escaped already ("50%20.xlsx"), so all of it is done here.
    start = drive if drive or name.startswith(("/", "../")) else "./"
    anchor = f"#{quoted(sheet)}!{cell or 'A1'}" if sheet else ""
    target = f"external:{start}{name.translate(_ESCAPES)}{anchor}"
    return target if len(target) < MAX_TARGET else ""


def _findings(outcome: Outcome) -> Iterator[Finding]:
    for file in outcome.files:
        for finding in file.findings:
            place = finding.place if finding.place.file else replace(finding.place, file=file.file)
            yield replace(finding, place=place, unit=finding.unit or file.unit)
    yield from outcome.summary_findings


def _tally(findings: Sequence[Finding]) -> list[float]:
    """How many errors, warnings and remarks."""
    return [float(sum(finding.severity is severity for finding in findings)) for severity in Severity]


def _unit_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.outcome.expected:
        file = digest.file_of.get(unit.code)
        meta = file.submission.meta if file and file.submission else {}
        signed = meta.get("meta.report_date")
        remark = "" if file is None or file.status == "accepted" else f" ({STATUS_WORDS[file.status].lower()})"
        yield (unit.code, unit.name, digest.level(unit), digest.status(unit),
               digest.jump(file.file + remark, file.file) if file else "", meta.get("meta.version"),
               signed, *_tally(digest.by_unit.get(unit.code, [])))


def _finding_rows(digest: Digest) -> Iterator[Row]:
    for finding in digest.findings:
        place = finding.place
        cell = digest.jump(place.cell or "Mở tệp", place.file, place.sheet, place.cell)
        yield (SEVERITY_WORDS[finding.severity], digest.unit_words(finding.unit), place.file or "(sổ tổng hợp)",
               place.sheet, cell if cell.target else place.cell, place.ref,
               *sentence_of(finding, digest.outcome.form), finding.code)


def _rule_rows(digest: Digest) -> Iterator[Row]:
    sources = {rule.code: rule.source for rule in digest.outcome.form.rules}
    for code, findings in _ranked(digest.by_code):
        document, _, line = sources.get(code, "").partition(":")
        source = f"Văn bản {document}, dòng {line}" if line else document or "Kiểm tra chung của chương trình"
        yield (code, SEVERITY_WORDS[findings[0].severity], _common_sentence(digest, findings),
               float(len(findings)), float(len({finding.unit for finding in findings} - {""})), source)


def _file_rows(digest: Digest) -> Iterator[Row]:
    for file in digest.outcome.files:
        found = sorted(file.findings, key=by_weight)
        lines = [" ".join(sentence_of(finding, digest.outcome.form)) for finding in found[:REASONS]]
        if len(found) > REASONS:
            lines.append(f"… và {len(found) - REASONS} điều khác ở trang “{FINDINGS}”.")
        yield (digest.jump(file.file, file.file), STATUS_WORDS[file.status], digest.unit_words(file.unit), file.form,
               "\n".join(lines), *_tally(found)[:2], file.submission.source.sha256 if file.submission else "")


def _missing_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.lacking:
        file = digest.file_of.get(unit.code)
        remark = f"Đã gửi {file.file} nhưng tệp không được nhận: xem trang “{FILES}”." if file else "Chưa gửi tệp nào."
        yield unit.code, unit.name, digest.level(unit), remark


def _ranked(groups: dict[str, list[Finding]]) -> list[tuple[str, list[Finding]]]:
    """Errors first, then the most frequent; each group is sorted, so its first finding is its gravest."""
    return sorted(groups.items(), key=lambda item: (item[1][0].severity.rank, -len(item[1]), item[0]))


def _common_sentence(digest: Digest, findings: Sequence[Finding]) -> str:
    """What is wrong in all findings of a code: facts that differ between them become "…"."""
    shared = dict(findings[0].facts)
    shared.pop("values", None)
    for key in shared:
        if len({finding.facts.get(key) for finding in findings}) > 1:
            shared[key] = "…"
    return sentence_of(replace(findings[0], facts=shared), digest.outcome.form)[0]


_TABLES = (
    Table(UNITS, "TÌNH HÌNH NỘP BÁO CÁO", "Mỗi đơn vị phải nộp một dòng. Bấm tên tệp để mở báo cáo.", (
        ("Mã", 13), ("Tên đơn vị", 34), ("Cấp", 22), ("Tình trạng", 16), ("Tệp", 36), ("Phiên bản", 12),
        (LABELS["meta.report_date"], 12), ("Số lỗi", 8), ("Số cảnh báo", 9), ("Số lưu ý", 8)), _unit_rows),
    Table(FINDINGS, "CÁC PHÁT HIỆN", "Lỗi đứng trước. Bấm vào cột Ô để mở tệp ngay tại ô cần xem.", (
        ("Mức", 10), ("Đơn vị", 24), ("Tệp", 26), ("Trang", 8), ("Ô", 9), ("Tên ô (Ref)", 20), ("Điều sai", 50),
        ("Cách xử lý", 42), ("Mã", 13)), _finding_rows),
    Table(BY_RULE, "PHÁT HIỆN THEO QUY TẮC", "Chỗ “…” khác nhau ở từng phát hiện; xem đủ ở trang “Phát hiện”.", (
        ("Mã", 22), ("Mức", 11), ("Điều sai", 72), ("Số phát hiện", 10), ("Số đơn vị", 10), ("Căn cứ", 26)),
        _rule_rows),
    Table(FILES, "CÁC TỆP TÌM THẤY", "Mọi thứ trong thư mục đều có ở đây: tìm thấy = đã nhận + bị loại + bỏ qua.", (
        ("Tệp", 36), ("Tình trạng", 12), ("Đơn vị", 26), ("Biểu mẫu", 16), ("Lý do, điều cần xem", 64), ("Số lỗi", 8),
        ("Số cảnh báo", 9), ("SHA-256 của tệp", 34)), _file_rows),
    Table(MISSING, "ĐƠN VỊ CÒN THIẾU BÁO CÁO", "Đơn vị phải nộp mà chưa có báo cáo nào được nhận.", (
        ("Mã", 16), ("Tên đơn vị", 52), ("Cấp", 34), ("Ghi chú", 52)), _missing_rows),
)


def _table(pen: Pen, table: Table, rows: Sequence[Row]) -> None:
    assert FIRST_ROW + len(rows) <= MAX_ROWS, f"{table.sheet}: {len(rows)} rows"
    sheet, widths = pen.sheet(table.sheet, "1F4E79"), [width for _, width in table.columns]
    set_widths(sheet, widths)
    _put(pen, Cell(table.sheet, 0, 0), table.title, "title")
    pen.link(Cell(table.sheet, 1, 0), Cell(OVERVIEW, 0, 0).link, f"← {OVERVIEW}", pen.style("subtitle"))
    _put(pen, Cell(table.sheet, 2, 0), table.hint if rows else "Không có dòng nào.", "subtitle")
    for col, (head, _) in enumerate(table.columns):
        _put(pen, Cell(table.sheet, HEADER_ROW, col), head, "head")
    sheet.set_row(HEADER_ROW, 34)
    for row, values in enumerate(rows, FIRST_ROW):
        for col, value in enumerate(values):
            linked = row < FIRST_ROW + MAX_LINKS or not isinstance(value, Jump)
            _put(pen, Cell(table.sheet, row, col), value if linked else _text(value), "cell")
        lines = (height_of(_text(value), int(width) - 1) for value, width in zip(values, widths, strict=True))
        sheet.set_row(row, max(20.0, *lines))
    last = (FIRST_ROW + max(len(rows), 1) - 1, len(widths) - 1)
    sheet.autofilter(HEADER_ROW, 0, *last)
    for word, mark in _COLOURS.items():
        criteria = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(mark)}
        sheet.conditional_format(FIRST_ROW, 0, *last, criteria)
    pen.landscape(sheet, FIRST_ROW, HEADER_ROW)


def _text(value: Value | Jump) -> str:
    """A value as shown, for row heights: dates and numbers are short."""
    text = value.text if isinstance(value, Jump) else value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _put(pen: Pen, cell: Cell, value: Value | Jump, style: str) -> None:
    """Writes a value; dates are serials under a heading of dates, everything else is what it is."""
    if isinstance(value, Jump) and value.target:
        pen.link(cell, value.target, _text(value))
    elif isinstance(value, str | Jump):
        pen.write(cell, _text(value), pen.style(style))
    else:
        pen.write(cell, value, pen.style("cell" if value is None else style))
