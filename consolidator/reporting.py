"""Draws the report of a batch: what was found where, who is missing, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from consolidator.element import Rule
from consolidator.finding import Finding, Severity, by_weight
from consolidator.form import Form
from consolidator.layout import META, REPORT, Cell, Value, layout_of
from consolidator.linking import link_target
from consolidator.outcome import FileOutcome, Outcome
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.unit import Unit
from consolidator.verdict import day_of
from consolidator.wording import DRAFT, LABELS, SEVERITY_WORDS, STATUS_WORDS, sentence_of

OVERVIEW, UNITS, FINDINGS = "Tổng quan", "Đơn vị", "Phát hiện"
BY_RULE, FILES, MISSING = "Theo quy tắc", "Tệp", "Còn thiếu"
RECEIVED, LACKING, LEFT_OUT = STATUS_WORDS["accepted"], "Thiếu", "Không đưa vào tổng hợp"
HEADER_ROW, FIRST_ROW = 3, 4
MAX_ROWS, MAX_LINKS = 1_048_576, 60_000
LONGEST, TOP, REASONS = 1_000, 10, 3
"""Characters shown in one cell, lines of a list of the worst, sentences a file; the rest stands elsewhere."""
_WIDTHS, _TILES = (1, 21, 3, 21, 3, 21, 3, 21), (1, 3, 5, 7)
_SIZES = {"title": 15, "alarm": 13, "big": 13}
_E, _W, _I = (SEVERITY_WORDS[severity] for severity in Severity)
_REJECTED, _IGNORED = STATUS_WORDS["rejected"], STATUS_WORDS["ignored"]
_COLOURS = {_E: "wrong", LACKING: "wrong", MISSING: "wrong", _REJECTED: "wrong", _W: "doubt", LEFT_OUT: "doubt"}
_TODO = (
    (_REJECTED, FILES, "Xem {} tệp bị loại: lý do và cách xử lý ở trang “Tệp”. Báo lại đơn vị đã gửi."),
    (MISSING, MISSING, "Đôn đốc {} đơn vị ở trang “Còn thiếu”."),
    (_E, FINDINGS, "Trả lại đơn vị để sửa {} lỗi ở trang “Phát hiện”. Không sửa thay số liệu của đơn vị."),
    (_W, FINDINGS, "Xem lại {} cảnh báo ở trang “Phát hiện”: đúng thì giữ nguyên, sai thì trả lại đơn vị."),
)
_AGAIN = "Chép tệp mới nhận vào thư mục rồi tổng hợp lại; báo cáo này được lập lại mỗi lần tổng hợp."
_DONE = "Không còn việc phải xử lý: xem lại sổ tổng hợp, trình duyệt và gửi lên cấp trên."


@dataclass(frozen=True, slots=True)
class Jump:
    """A text that leads somewhere; plain text where there is no target."""

    text: str
    target: str = ""


Row = Sequence[Value | Jump]
Part = tuple[int, int, Value | Jump, str]
"""A piece of a line of the overview: first and last column, value, style (`style:mark` marks what is above 0)."""


class Digest:
    """What all sheets draw from: findings in order, each knowing its file and unit, grouped both ways."""

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self.outcome, self.folder = outcome, folder.resolve()
        self.findings = sorted(_findings(outcome), key=by_weight)
        self.counts = Counter(SEVERITY_WORDS[finding.severity] for finding in self.findings)
        self.levels = outcome.form.catalogue.levels
        self.forms = {file.file: file.submission.view.form for file in outcome.files if file.submission}
        self.by_code = _grouped(self.findings, lambda finding: finding.code)
        self.by_unit = _grouped(self.findings, lambda finding: finding.unit)
        own = outcome.summary_file
        paths = {Path(own).name: own, own: own, "": own} if own else {}
        paths |= {file.file: file.path for file in outcome.files}
        self.paths = {shown: str(Path(path).resolve()) for shown, path in paths.items()}
        self.file_of: dict[str, FileOutcome] = {}
        for file in sorted(outcome.files, key=lambda file: list(STATUS_WORDS).index(file.status)):
            self.file_of.setdefault(file.unit, file)
        self.lacking = [unit for unit in outcome.expected if self.status(unit) == LACKING]

    def form_of(self, finding: Finding) -> Form:
        """The form whose rules a finding speaks of: that of its file, which may be another regime taken in."""
        return self.forms.get(finding.place.file, self.outcome.form)

    @property
    def rules(self) -> list[Rule]:
        """Rules of the batch's form and of the regimes it takes in."""
        return [rule for form in (*self.forms.values(), self.outcome.form) for rule in form.rules]

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

    def jump(self, text: str, file: str, sheet: str = "", cell: str = "") -> Jump:
        """A text that leads to a file, known by its shown name, and to a cell in it."""
        path = self.paths.get(file, "")
        return Jump(text, link_target(path, self.folder, sheet, cell))


def report_workbook(outcome: Outcome, report_path: Path) -> bytes:
    """The report of a batch as a workbook; its links hold for a report that lies at `report_path`."""
    assert len(outcome.files) == sum(outcome.count(status) for status in ("accepted", "rejected", "ignored"))
    digest, pen = Digest(outcome, report_path.parent), Pen()
    pen.style("link").set_text_wrap()  # File names are long, and the palette's link stands on one line.
    _overview(pen, list(_overview_lines(digest)))
    for name, (rows, hint) in _TABLES.items():
        _table(pen, name, hint, list(rows(digest)))
    _seal(pen)
    return pen.finish()


def _seal(pen: Pen) -> None:
    """Says in a hidden cell what the workbook is, so that nobody takes it for a report of a unit."""
    cell = Cell(META, 0, 0)
    pen.sheet(META, hidden=True)
    pen.write(cell, REPORT, pen.style("cell"))
    pen.name("meta.document", cell)


def _findings(outcome: Outcome) -> Iterator[Finding]:
    for file in outcome.files:
        for finding in file.findings:
            place = finding.place if finding.place.file else replace(finding.place, file=file.file)
            yield replace(finding, place=place, unit=finding.unit or file.unit)
    names = layout_of(outcome.summary.view).names if outcome.summary else {}
    for finding in outcome.summary_findings:
        cell = names.get(finding.place.ref)
        if cell and not finding.place.cell and finding.place.file == Path(outcome.summary_file).name:
            finding = replace(finding, place=replace(finding.place, sheet=cell.sheet, cell=cell.a1))
        yield finding


def _grouped(findings: Sequence[Finding], key: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    """Groups by a key: those with errors first, then the most frequent. Findings come sorted, the gravest first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return dict(sorted(groups.items(), key=lambda item: (item[1][0].severity.rank, -len(item[1]), item[0])))


def _tally(findings: Sequence[Finding]) -> list[float]:
    """How many errors, warnings and remarks."""
    return [float(sum(finding.severity is severity for finding in findings)) for severity in Severity]


def _unit_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.outcome.expected:
        file = digest.file_of.get(unit.code)
        meta = file.submission.meta if file and file.submission else {}
        signed = meta.get("meta.report_date")
        remark = "" if file is None or file.status == "accepted" else f" ({STATUS_WORDS[file.status].lower()})"
        link = digest.jump(file.file + remark, file.file) if file else ""
        sent = (link, meta.get("meta.version"), day_of(signed) if isinstance(signed, float) else signed)
        tally = _tally(digest.by_unit.get(unit.code, []))
        yield unit.code, unit.name, digest.levels[unit.level].name, digest.status(unit), *sent, *tally


def _finding_rows(digest: Digest) -> Iterator[Row]:
    for finding in digest.findings:
        place = finding.place
        link = digest.jump(place.cell or "Mở tệp", place.file, place.sheet, place.cell)
        what = (SEVERITY_WORDS[finding.severity], digest.unit_words(finding.unit))
        where = (place.file or "(sổ tổng hợp)", place.sheet, link if link.target else place.cell, place.ref)
        yield *what, *where, *sentence_of(finding, digest.form_of(finding)), finding.explanation, finding.code


def _rule_rows(digest: Digest) -> Iterator[Row]:
    sources = {rule.code: rule.source for rule in digest.rules}
    for code, found in digest.by_code.items():
        document, _, line = sources.get(code, "").partition(":")
        source = f"Văn bản {document}, dòng {line}" if line else document or "Kiểm tra chung của chương trình"
        counts = (float(len(found)), float(len({finding.unit for finding in found} - {""})))
        yield code, SEVERITY_WORDS[found[0].severity], _common_sentence(digest, found), *counts, source


def _file_rows(digest: Digest) -> Iterator[Row]:
    for file in digest.outcome.files:
        found = sorted(file.findings, key=by_weight)
        lines = [" ".join(sentence_of(finding, digest.form_of(finding))) for finding in found[:REASONS]]
        if len(found) > REASONS:
            lines.append(f"… và {len(found) - REASONS} điều khác ở trang “{FINDINGS}”.")
        fate = (STATUS_WORDS[file.status], digest.unit_words(file.unit), file.form, "\n".join(lines))
        sha256 = file.submission.source.sha256 if file.submission else ""
        yield digest.jump(file.file, file.file), *fate, *_tally(found)[:2], sha256


def _missing_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.lacking:
        file = digest.file_of.get(unit.code)
        remark = f"Đã gửi {file.file} nhưng tệp không được nhận: xem trang “{FILES}”." if file else "Chưa gửi tệp nào."
        yield unit.code, unit.name, digest.levels[unit.level].name, remark


def _common_sentence(digest: Digest, findings: Sequence[Finding]) -> str:
    """What is wrong in all findings of a code: facts that differ between them become "…"."""
    shared = dict(findings[0].facts)
    shared.pop("values", None)
    for key in shared:
        if len({finding.facts.get(key) for finding in findings}) > 1:
            shared[key] = "…"
    return sentence_of(replace(findings[0], facts=shared), digest.form_of(findings[0]))[0]


_TABLES = {
    UNITS: (_unit_rows, "Mỗi đơn vị phải nộp một dòng. Bấm tên tệp để mở báo cáo."),
    FINDINGS: (_finding_rows, "Lỗi đứng trước. Bấm vào cột Ô để mở tệp ngay tại ô cần xem."),
    BY_RULE: (_rule_rows, "Chỗ “…” khác nhau ở từng phát hiện; xem đủ ở trang “Phát hiện”."),
    FILES: (_file_rows, "Mọi thứ trong thư mục đều có ở đây: tìm thấy = đã nhận + bị loại + bỏ qua."),
    MISSING: (_missing_rows, "Đơn vị phải nộp mà chưa có báo cáo nào được nhận."),
}
_COLUMNS = {
    UNITS: "Mã 13|Tên đơn vị 34|Cấp 22|Tình trạng 16|Tệp 36|Phiên bản 12|Ngày ký 12|Số lỗi 8|Số cảnh báo 9|Số lưu ý 8",
    FINDINGS: "Mức 10|Đơn vị 24|Tệp 26|Trang 8|Ô 9|Tên ô (Ref) 20|Điều sai 46|Cách xử lý 36|Đơn vị giải trình 30|Mã 13",
    BY_RULE: "Mã 22|Mức 11|Điều sai 72|Số phát hiện 10|Số đơn vị 10|Căn cứ 26",
    FILES: "Tệp 36|Tình trạng 12|Đơn vị 26|Biểu mẫu 16|Lý do, điều cần xem 64|Số lỗi 8|Số cảnh báo 9|SHA-256 34",
    MISSING: "Mã 16|Tên đơn vị 52|Cấp 34|Ghi chú 52",
}
"""Headings with the widths of their columns."""


def _overview(pen: Pen, lines: Sequence[Sequence[Part]]) -> None:
    sheet = pen.sheet(OVERVIEW, "C55A11")
    set_widths(sheet, _WIDTHS)
    for row, parts in enumerate(lines):
        height = 20.0 if parts else 8.0
        for first, last, value, look in parts:
            style, _, mark = look.partition(":")
            if first < last:
                sheet.merge_range(row, first, row, last, "", pen.style(style))
            _put(pen, Cell(OVERVIEW, row, first), value, style)
            if mark:
                criteria = {"type": "cell", "criteria": ">", "value": 0, "format": pen.mark(mark)}
                sheet.conditional_format(row, first, row, first, criteria)
            scale = _SIZES.get(style, 11) / 11
            height = max(height, scale * height_of(_text(value), int(sum(_WIDTHS[first : last + 1]) * 1.1 / scale)))
        sheet.set_row(row, height)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.set_footer("&L&8&A&R&8Trang &P/&N")
    sheet.activate()


def _overview_lines(digest: Digest) -> Iterator[Sequence[Part]]:
    outcome, counts = digest.outcome, digest.counts
    due, rejected, lacking = len(outcome.expected), outcome.count("rejected"), len(digest.lacking)
    yield [(1, 7, "BÁO CÁO KIỂM TRA SỐ LIỆU", "title")]
    yield [(1, 7, outcome.parent.name, "title")]
    yield [(1, 7, outcome.form.name, "plain")]
    yield [(1, 7, f"{LABELS['meta.period_label']}: {outcome.form.period.label}", "plain")]
    yield []
    yield [(1, 7, _verdict(digest), "alarm" if outcome.provisional or counts[_E] else "section")]
    fates = {RECEIVED: outcome.count("accepted"), _REJECTED: rejected, _IGNORED: outcome.count("ignored")}
    yield from _tiles({"Tệp tìm thấy": len(outcome.files), **fates}, "=++")
    units = {"Đơn vị phải nộp": due, "Đã nộp": due - lacking, MISSING: lacking, LEFT_OUT: len(outcome.left_out)}
    yield from _tiles(units, "=+")
    yield from _tiles({FINDINGS: len(digest.findings), _E: counts[_E], _W: counts[_W], _I: counts[_I]}, "=++")
    yield []
    yield [(1, 7, "Việc cần làm tiếp", "section")]
    numbers = {_REJECTED: rejected, MISSING: lacking, **counts}
    steps = [Jump(text.format(numbers[key]), Cell(sheet, 0, 0).link) for key, sheet, text in _TODO if numbers.get(key)]
    yield from ([(1, 7, step, "cell")] for step in [*steps, Jump(_AGAIN if steps else _DONE)])
    yield from _top(f"Điều sai gặp nhiều nhất (lỗi trước, tối đa {TOP})", _worst_rules(digest))
    yield from _top(f"Đơn vị có nhiều lỗi nhất (tối đa {TOP})", _worst_units(digest))


def _tiles(numbers: Mapping[str, int], signs: str) -> Iterator[Sequence[Part]]:
    """Big numbers under their names, with signs between them: files found = accepted + rejected + ignored."""
    tiles = list(zip(_TILES, numbers.items(), strict=True))
    yield []
    yield [(col, col, label, "head") for col, (label, _) in tiles]
    yield [
        *((col, col, float(number), f"big:{_COLOURS.get(label, '')}") for col, (label, number) in tiles),
        *((col + 1, col + 1, sign, "title") for col, sign in zip(_TILES, signs, strict=False)),
    ]


def _top(title: str, lines: Iterator[tuple[str, str]]) -> Iterator[Sequence[Part]]:
    yield []
    yield [(1, 7, title, "section")]
    for what, count in list(islice(lines, TOP)) or [("Không có.", "")]:
        yield [(1, 5, what, "cell"), (6, 7, count, "centre")]


def _worst_rules(digest: Digest) -> Iterator[tuple[str, str]]:
    """Broken rules and bad cells; what is wrong with whole files stands in the counts above."""
    rules = {rule.code for rule in digest.rules}
    for code, found in digest.by_code.items():
        word, units = SEVERITY_WORDS[found[0].severity], {finding.unit for finding in found}
        if word != _I and (code in rules or any(finding.place.cell for finding in found)):
            yield f"{code} ({word}): {_common_sentence(digest, found)}", f"{len(found)} lần, {len(units)} đơn vị"


def _worst_units(digest: Digest) -> Iterator[tuple[str, str]]:
    tallies = {code: _tally(findings) for code, findings in digest.by_unit.items() if code}
    for code, (wrong, doubt, _) in sorted(tallies.items(), key=lambda item: (-item[1][0], -item[1][1], item[0])):
        if wrong:
            yield digest.unit_words(code), f"{wrong:.0f} lỗi, {doubt:.0f} cảnh báo"


def _verdict(digest: Digest) -> str:
    """Whether the summary can be relied on, and if not, why."""
    outcome, due = digest.outcome, len(digest.outcome.expected)
    wrong = sum(file.errors > 0 for file in outcome.counted)
    drafts = sum(f.submission is not None and f.submission.meta.get("meta.version") == DRAFT for f in outcome.merged)
    reasons = (
        (len(digest.lacking), f"còn thiếu báo cáo của {len(digest.lacking)}/{due} đơn vị"),
        (len(outcome.left_out), f"{len(outcome.left_out)} đơn vị không đưa vào tổng hợp vì báo cáo còn lỗi"),
        (wrong, f"{wrong} báo cáo đã cộng vào còn lỗi số liệu"),
    )
    if outcome.provisional:
        text = f"SỐ TỔNG HỢP LÀ SỐ TẠM TÍNH vì {'; '.join(text for count, text in reasons if count)}."
    else:
        text = f"SỐ TỔNG HỢP ĐẦY ĐỦ: đủ {due}/{due} đơn vị, các báo cáo đã cộng vào không còn lỗi."
    own = sum(finding.severity is Severity.ERROR for finding in outcome.summary_findings)
    text += f" Sổ tổng hợp có {own} lỗi cần xem." if own else ""
    return text + (f" {drafts} báo cáo mới là bản {DRAFT}." if drafts else "")


def _table(pen: Pen, name: str, hint: str, rows: Sequence[Row]) -> None:
    assert FIRST_ROW + len(rows) <= MAX_ROWS, f"{name}: {len(rows)} rows"
    heads, sizes = zip(*(column.rsplit(" ", 1) for column in _COLUMNS[name].split("|")), strict=True)
    sheet, widths = pen.sheet(name, "1F4E79"), [float(size) for size in sizes]
    set_widths(sheet, widths)
    _put(pen, Cell(name, 0, 0), name.upper(), "title")
    pen.link(Cell(name, 1, 0), Cell(OVERVIEW, 0, 0).link, f"← {OVERVIEW}", pen.style("subtitle"))
    _put(pen, Cell(name, 2, 0), hint if rows else "Không có dòng nào.", "subtitle")
    for col, head in enumerate(heads):
        _put(pen, Cell(name, HEADER_ROW, col), head, "head")
    sheet.set_row(HEADER_ROW, 34)
    for row, values in enumerate(rows, FIRST_ROW):
        for col, value in enumerate(values):
            plain = isinstance(value, Jump) and row >= FIRST_ROW + MAX_LINKS
            style = "centre" if isinstance(value, float | date) else "cell"
            _put(pen, Cell(name, row, col), _text(value) if plain else value, style)
        heights = (height_of(_text(value), int(width * 1.1)) for value, width in zip(values, widths, strict=True))
        sheet.set_row(row, max(20.0, *heights))
    last = (FIRST_ROW + max(len(rows), 1) - 1, len(widths) - 1)
    sheet.autofilter(HEADER_ROW, 0, *last)
    for word, mark in {**_COLOURS, RECEIVED: "fine"}.items():
        criteria = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(mark)}
        sheet.conditional_format(FIRST_ROW, 0, *last, criteria)
    pen.landscape(sheet, FIRST_ROW, HEADER_ROW)


def _text(value: Value | Jump) -> str:
    """A value as shown, for row heights: dates and numbers are short."""
    text = value.text if isinstance(value, Jump) else value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _put(pen: Pen, cell: Cell, value: Value | Jump, style: str) -> None:
    if isinstance(value, Jump) and value.target:
        pen.link(cell, value.target, _text(value))
    elif isinstance(value, str | Jump):
        pen.write(cell, _text(value), pen.style(style))
    else:
        pen.write(cell, value, pen.style(style, "date" if isinstance(value, date) else ""))
