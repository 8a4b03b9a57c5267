"""The tables of a report: who stands where, what was found, what changed, what waits, what stands outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from consolidator.comparing import Why
from consolidator.finding import Finding, by_weight
from consolidator.ledger import FileLine
from consolidator.outcome import FileOutcome
from consolidator.reportdigest import (
    ACCEPTED,
    ERROR,
    FATE_WORDS,
    LACKING,
    LEFT_OUT,
    RECEIVED,
    REJECTED,
    STRAYS,
    UNIT_KEY,
    WAITS,
    WARNING,
    Digest,
    common_sentence,
    common_sentences,
    state_of,
    tally,
)
from consolidator.reportpages import (
    BY_RULE,
    CHANGES,
    FILES,
    FINDINGS,
    MISSING,
    QUESTIONS,
    STRAY,
    UNITS,
    Page,
    Row,
    columns,
)
from consolidator.verdict import day_of
from consolidator.wording import SEVERITY_WORDS

REASONS = 3
"""Sentences shown of a file; the rest stands among the findings."""
WHY_WORDS = {
    Why.ARRIVED: "Báo cáo mới nhận",
    Why.WITHDRAWN: "Báo cáo không còn trong thư mục",
    Why.REPLACED: "Bản sau thay bản trước",
    Why.CORRECTED: "Đơn vị sửa số liệu",
    Why.OWN: "Cấp mình sửa",
}
SINCE_LAST, IN_FILES = "So với lần trước", "Trong tệp được thay"
COLOURS = {
    ERROR: "wrong",
    LACKING: "wrong",
    REJECTED: "wrong",
    WARNING: "doubt",
    LEFT_OUT: "doubt",
    WAITS: "doubt",
    RECEIVED: "fine",
}
"""Words that are marked wherever they stand alone in a cell."""


def pages(digest: Digest) -> Iterator[Page]:
    """Every sheet that has something to say, in the order of the workbook."""
    for name, (rows, hint, heads) in _TABLES.items():
        found = list(rows(digest))
        if found:
            folded = _folded(digest) if name == FINDINGS else frozenset[int]()
            lead = digest.decisions(hint) if name == QUESTIONS else hint
            yield Page(name, lead, columns(heads), found, COLOURS, folded)


def _question_rows(digest: Digest) -> Iterator[Row]:
    for question in digest.outcome.questions:
        for file in question.files:
            meta = file.submission.meta if file.submission else {}
            signed = meta.get("meta.report_date")
            sent = (meta.get("meta.version"), day_of(signed) if isinstance(signed, float) else signed)
            found = sorted(file.findings, key=by_weight)
            why = " ".join(digest.sentences(found[0])) if found else ""
            what = (digest.unit_words(question.unit), str(question.kind), digest.jump(file.file, file.file))
            yield *what, *sent, WAITS if file.waits else "Đã quyết định", why


def _unit_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.outcome.expected:
        file = digest.file_of.get(unit.code)
        meta = file.submission.meta if file and file.submission else {}
        signed = meta.get("meta.report_date")
        remark = "" if file is None or file.status == "accepted" else f" ({state_of(file).lower()})"
        link = digest.jump(file.file + remark, file.file) if file else ""
        sent = (link, meta.get("meta.version"), day_of(signed) if isinstance(signed, float) else signed)
        counts = map(float, tally(digest.by_unit.get(unit.code, [])).values())
        answer = digest.answer(unit)
        code = digest.way_to_findings(unit.code, UNIT_KEY + unit.code)
        yield code, unit.name, digest.levels[unit.level].name, digest.status(unit), answer, *sent, *counts


def _finding_rows(digest: Digest) -> Iterator[Row]:
    """A row a finding; those of one kind in one file under a row that tells what they have in common."""
    for group in digest.folds:
        if len(group) > 1:
            first, code = group[0], group[0].code
            what = (SEVERITY_WORDS[first.severity], digest.unit_ways[first.unit])
            where = (_file_words(first), _one(f.place.sheet for f in group), f"{len(group)} chỗ")
            said = common_sentences(digest, group)
            answers = (_one(f.explanation for f in group), _one(f.accepted for f in group))
            ref = _one(f.place.ref for f in group)
            yield *what, *where, ref, *said, *answers, digest.rule_ways[code], float(len(group))
        for finding in group:
            yield _finding_row(digest, finding, None if len(group) > 1 else 1.0)


def _finding_row(digest: Digest, finding: Finding, counts: float | None) -> Row:
    place = finding.place
    link = digest.jump(place.cell or "Mở tệp", place.file, place.sheet, place.cell)
    what = (SEVERITY_WORDS[finding.severity], digest.unit_ways[finding.unit])
    where = (_file_words(finding), place.sheet, link if link.target else place.cell, place.ref)
    answers = (finding.explanation, finding.accepted)
    return *what, *where, *digest.sentences(finding), *answers, digest.rule_ways[finding.code], counts


def _folded(digest: Digest) -> frozenset[int]:
    """Rows of the table of findings that are folded away under the one that tells of all of them."""
    found: set[int] = set()
    row = 0
    for group in digest.folds:
        if len(group) > 1:
            found |= set(range(row + 1, row + 1 + len(group)))
            row += 1
        row += len(group)
    return frozenset(found)


def _file_words(finding: Finding) -> str:
    return finding.place.file or "(sổ tổng hợp)"


def _one(texts: Iterable[str]) -> str:
    """What all say alike; "" where they differ."""
    found = set(texts)
    return found.pop() if len(found) == 1 else ""


def _rule_rows(digest: Digest) -> Iterator[Row]:
    sources = {rule.code: rule.source for rule in digest.rules}
    echoes, in_files = Counter(finding.code for finding in digest.in_summary), digest.in_files_by_code
    for code, found in digest.by_code.items():
        document, _, line = sources.get(code, "").partition(":")
        source = f"Văn bản {document}, dòng {line}" if line else document or "Kiểm tra chung của chương trình"
        units = {finding.unit for finding in in_files.get(code, [])} - {""}
        counts = map(float, (len(in_files.get(code, [])), len(units), echoes[code]))
        way = digest.way_to_findings(code, code)
        yield way, SEVERITY_WORDS[found[0].severity], common_sentence(digest, found), *counts, source


def _file_rows(digest: Digest) -> Iterator[Row]:
    for file, line in zip(digest.outcome.files, digest.ledger.files, strict=True):
        found = sorted(file.findings, key=by_weight)
        reasons = [" ".join(digest.sentences(finding)) for finding in found[:REASONS]]
        if len(found) > REASONS:
            reasons.append(f"… và {len(found) - REASONS} điều khác ở trang “{FINDINGS}”.")
        counts = tally(found)
        wrong = (float(counts[ERROR]), float(counts[WARNING] + counts[ACCEPTED]))
        stands = (digest.jump(file.file, file.file), state_of(file), FATE_WORDS[line.fate])
        yield *stands, digest.unit_words(file.unit), file.form, "\n".join(reasons), *wrong, *_held(file, line)


def _held(file: FileOutcome, line: FileLine) -> Row:
    """What a file holds, whatever became of it, and its hash."""
    if file.submission is None:
        return None, None, None, None
    return float(line.figures), float(line.narratives), float(line.rows), file.submission.source.sha256


def _missing_rows(digest: Digest) -> Iterator[Row]:
    for unit in digest.lacking:
        file = digest.file_of.get(unit.code)
        remark = f"Đã gửi {file.file} nhưng tệp không được nhận: xem trang “{FILES}”." if file else "Chưa gửi tệp nào."
        code = digest.way_to_findings(unit.code, UNIT_KEY + unit.code)
        yield code, unit.name, digest.levels[unit.level].name, remark


def _change_rows(digest: Digest) -> Iterator[Row]:
    for what, changes in ((SINCE_LAST, digest.outcome.changes), (IN_FILES, digest.outcome.replaced)):
        for one in changes:
            yield what, one.unit, one.unit_name, one.ref, one.label, one.old, one.new, WHY_WORDS[one.why]


def _stray_rows(digest: Digest) -> Iterator[Row]:
    strays = [finding for finding in digest.in_files if finding.code in STRAYS]
    for finding in sorted(strays, key=lambda one: (one.unit, by_weight(one)[1:])):
        place = finding.place
        link = digest.jump(place.cell or "Mở tệp", place.file, place.sheet, place.cell)
        yield digest.unit_words(finding.unit), place.file, place.sheet, link, *digest.sentences(finding)


_TABLES: dict[str, tuple[Callable[[Digest], Iterator[Row]], str, str]] = {
    QUESTIONS: (
        _question_rows,
        "Mở sổ quyết định (decisions.xlsx, cạnh báo cáo này), chọn và ghi lý do, rồi tổng hợp lại.",
        "Đơn vị 32|Việc cần quyết định 28|Tệp 36|Phiên bản 12|Ngày ký 12|Tình trạng 16|Điều cần biết 70",
    ),
    UNITS: (
        _unit_rows,
        "Mỗi đơn vị phải nộp một dòng. Bấm mã để xem phát hiện, tên tệp để mở báo cáo;"
        " cột “Trả lời đơn vị” mở thư đã soạn (nếu có).",
        "Mã 13|Tên đơn vị 34|Cấp 22|Tình trạng 16|Trả lời đơn vị 15|Tệp 36|Phiên bản 12|Ngày ký 12|Số lỗi 8"
        "|Số cảnh báo 9|Cảnh báo đã chấp nhận 10|Số lưu ý 8",
    ),
    FINDINGS: (
        _finding_rows,
        "Lỗi đứng trước; lỗi gặp ở nhiều ô của một tệp gộp một dòng, bấm dấu + bên trái để xem từng ô."
        " Bấm cột Ô để mở tệp tại ô đó, cột Đơn vị và cột Mã để sang trang của đơn vị, của quy tắc.",
        "Mức 10|Đơn vị 22|Tệp 22|Trang 8|Ô 9|Tên ô (Ref) 18|Điều sai 42|Cách xử lý 32|Đơn vị giải trình 26"
        "|Cấp trên chấp nhận 24|Mã 13|Số chỗ 8",
    ),
    BY_RULE: (
        _rule_rows,
        "Chỗ “…” khác nhau ở từng phát hiện; xem đủ ở trang “Phát hiện”. Sổ tổng hợp đếm riêng, không cộng vào.",
        "Mã 22|Mức 11|Điều sai 66|Số phát hiện 10|Số đơn vị 10|Trong sổ tổng hợp 10|Căn cứ 26",
    ),
    FILES: (
        _file_rows,
        "Mọi thứ trong thư mục đều có ở đây: tìm thấy = đã nhận + chờ quyết định + bị loại + bỏ qua.",
        "Tệp 34|Tình trạng 12|Kết cục 16|Đơn vị 26|Biểu mẫu 16|Lý do, điều cần xem 56|Số lỗi 8|Số cảnh báo 9"
        "|Số ô có số 9|Số bài viết 8|Số dòng bảng 8|SHA-256 24",
    ),
    MISSING: (
        _missing_rows,
        "Đơn vị phải nộp mà chưa có báo cáo nào được nhận.",
        "Mã 16|Tên đơn vị 52|Cấp 34|Ghi chú 52",
    ),
    CHANGES: (
        _change_rows,
        f"“{SINCE_LAST}”: số trong sổ tổng hợp đã đổi. “{IN_FILES}”: bản mới của đơn vị khác bản cũ ở đâu.",
        "Việc 20|Mã 13|Đơn vị 32|Tên ô (Ref) 26|Nội dung 44|Trước 22|Nay 22|Vì sao 24",
    ),
    STRAY: (
        _stray_rows,
        "Những gì đơn vị ghi ngoài ô nhập: không được cộng, cũng không bị bỏ qua lặng lẽ. Bấm vào cột Ô để xem.",
        "Đơn vị 32|Tệp 32|Trang 16|Ô 10|Điều thấy 64|Cách xử lý 46",
    ),
}
"""By sheet: its rows, its hint, its headings with the widths of their columns."""
