"""The first sheet of a report, one page: can the summary be relied on, how much came, how good it is, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from consolidator.layout import Cell, Value
from consolidator.outcome import Outcome
from consolidator.paper import height_of
from consolidator.pen import Pen, set_widths
from consolidator.reportcharts import draw_charts
from consolidator.reportdigest import (
    ACCEPTED,
    ERROR,
    IGNORED,
    LEFT_OUT,
    RECEIVED,
    REJECTED,
    REMARK,
    STRAYS,
    WAITS,
    WARNING,
    Digest,
    common_sentence,
    tally,
)
from consolidator.reportpages import FILES, FINDINGS, MISSING, OVERVIEW, QUESTIONS, STRAY, Jump, put, shown
from consolidator.reporttables import COLOURS
from consolidator.wording import DRAFT, LABELS, PROVISIONAL, SEVERITY_WORDS, number_words

TOP = 5
"""Lines of a list of the worst."""
_WIDTHS, _TILES, _LAST = (1, 22, 3, 22, 3, 22, 3, 22, 3, 22), (1, 3, 5, 7, 9), 9
_SIZES = {"title": 15, "alarm": 13, "big": 13}
_MARKS = {**COLOURS, MISSING: "wrong", RECEIVED: ""}
_AGAIN = "Chép tệp mới nhận vào thư mục rồi tổng hợp lại; báo cáo này được lập lại mỗi lần tổng hợp."
_DONE = "Không còn việc phải xử lý: xem lại sổ tổng hợp, trình duyệt và gửi lên cấp trên."

Part = tuple[int, int, Value | Jump, str]
"""A piece of a line of the overview: first and last column, value, style (`style:mark` marks what is above 0)."""


def draw_overview(pen: Pen, digest: Digest) -> None:
    """Draws the sheet; it prints on one page."""
    sheet = pen.sheet(OVERVIEW, "C55A11")
    set_widths(sheet, _WIDTHS)
    row = _draw(pen, 0, _numbers(digest))
    row = draw_charts(pen, digest, row + 1)
    row = _draw(pen, row, _words(digest))
    sheet.print_area(0, 0, row - 1, _LAST)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.activate()


def _draw(pen: Pen, row: int, lines: Iterator[Sequence[Part]]) -> int:
    """Draws lines from a row on; the row below them."""
    sheet = pen.book.get_worksheet_by_name(OVERVIEW)
    for parts in lines:
        height = 20.0 if parts else 8.0
        for first, last, value, look in parts:
            style, _, mark = look.partition(":")
            if first < last:
                sheet.merge_range(row, first, row, last, "", pen.style(style))
            put(pen, Cell(OVERVIEW, row, first), value, style)
            if mark:
                criteria = {"type": "cell", "criteria": ">", "value": 0, "format": pen.mark(mark)}
                sheet.conditional_format(row, first, row, first, criteria)
            scale = _SIZES.get(style, 11) / 11
            height = max(height, scale * height_of(shown(value), int(sum(_WIDTHS[first : last + 1]) * 1.1 / scale)))
        sheet.set_row(row, height)
        row += 1
    return row


def _numbers(digest: Digest) -> Iterator[Sequence[Part]]:
    """What stands above the charts."""
    outcome = digest.outcome
    yield [(1, _LAST, "BÁO CÁO KIỂM TRA SỐ LIỆU", "title")]
    yield [(1, _LAST, outcome.parent.name, "title")]
    yield [(1, _LAST, outcome.form.name, "plain")]
    yield [(1, _LAST, f"{LABELS['meta.period_label']}: {outcome.form.period.label}", "plain")]
    yield []
    is_alarming = outcome.provisional or outcome.errors
    yield [(1, _LAST, verdict_words(digest), "alarm" if is_alarming else "section")]
    yield from _tiles(_file_counts(outcome), "=+++")
    yield from _tiles(_unit_counts(digest), "=++")
    yield from _tiles({"Phát hiện trong tệp": len(digest.in_files), **tally(digest.in_files)}, "=+++")
    if digest.in_summary:
        yield from _tiles({"Trong sổ tổng hợp": len(digest.in_summary), **tally(digest.in_summary)}, "=+++")


def _words(digest: Digest) -> Iterator[Sequence[Part]]:
    """What stands below them."""
    yield from _rates(digest)
    yield []
    yield [(1, _LAST, "Việc cần làm tiếp", "section")]
    steps = list(_steps(digest))
    yield from ([(1, _LAST, step, "cell")] for step in [*steps, Jump(_AGAIN if steps else _DONE)])
    yield from _top(f"Điều sai gặp nhiều nhất (lỗi trước, tối đa {TOP})", _worst_rules(digest))


def _file_counts(outcome: Outcome) -> dict[str, int]:
    """Every file found, by where it stands; a file that waits is not yet rejected."""
    waits = {status: sum(file.waits for file in outcome.files if file.status == status) for status in _OUT}
    return {
        "Tệp tìm thấy": len(outcome.files),
        RECEIVED: outcome.count("accepted"),
        WAITS: sum(waits.values()),
        REJECTED: outcome.count("rejected") - waits["rejected"],
        IGNORED: outcome.count("ignored") - waits["ignored"],
    }


_OUT = ("rejected", "ignored")


def _unit_counts(digest: Digest) -> dict[str, int]:
    """Units that should report = those that did, wait, owe; the last are among those that did."""
    units = digest.ledger.units
    due = {"Đơn vị phải nộp": units.expected, "Đã nộp": units.arrived, WAITS: units.waiting, MISSING: units.missing}
    return {**due, LEFT_OUT: len(digest.outcome.left_out)}


def _rates(digest: Digest) -> Iterator[Sequence[Part]]:
    """How complete and how punctual each level is, a line a level."""
    yield []
    yield [(1, _LAST, "Đầy đủ và đúng hạn", "section")]
    for one in digest.rates:
        came = f"{one.arrived}/{one.expected} đã có số liệu{_share(one.complete)}"
        kept = f"{one.on_time}/{one.judged} đúng hạn{_share(one.punctual)}" if one.judged else "chưa rõ đúng hạn"
        yield [(1, 5, digest.levels[one.level].name, "cell"), (6, _LAST, f"{came}; {kept}", "cell")]


def _share(part: float | None) -> str:
    return "" if part is None else f" ({number_words(100 * part, 1)} %)"


def _steps(digest: Digest) -> Iterator[Jump]:
    """What to do next, each with the sheet where it is done."""
    counts, files = tally(digest.in_files), _file_counts(digest.outcome)
    strays = sum(finding.code in STRAYS for finding in digest.in_files)
    warnings = counts[WARNING] + counts[ACCEPTED]
    done = f" ({warnings} cảnh báo, {counts[ACCEPTED]} đã chấp nhận)" if counts[ACCEPTED] else ""
    asks = QUESTIONS if digest.outcome.questions else FILES
    todo = (
        (files[WAITS], asks, f"Quyết định về {{}} tệp đang chờ ở trang “{asks}”: hỏi đơn vị, chọn tệp được tính."),
        (files[REJECTED], FILES, "Xem {} tệp bị loại: lý do và cách xử lý ở trang “Tệp”. Báo lại đơn vị đã gửi."),
        (len(digest.lacking), MISSING, "Đôn đốc {} đơn vị ở trang “Còn thiếu”."),
        (counts[ERROR], FINDINGS, "Trả lại đơn vị để sửa {} lỗi ở trang “Phát hiện”. Không sửa thay đơn vị."),
        (
            digest.outcome.summary_errors,
            FINDINGS,
            "Xem {} lỗi của sổ tổng hợp ở trang “Phát hiện”: phần lớn hết khi đơn vị đã sửa lỗi của mình.",
        ),
        (
            counts[WARNING],
            FINDINGS,
            f"Xem lại {{}} cảnh báo ở trang “Phát hiện”{done}: đúng thì chấp nhận kèm lý do, sai thì trả lại đơn vị.",
        ),
        (strays, STRAY, "Xem {} chỗ đơn vị ghi ngoài ô nhập ở trang “Ngoài ô nhập”: chưa được cộng."),
    )
    for number, sheet, text in todo:
        if number:
            yield Jump(text.format(number), Cell(sheet, 0, 0).link)


def _tiles(numbers: Mapping[str, int], signs: str) -> Iterator[Sequence[Part]]:
    """Big numbers under their names, with signs between them: files found = accepted + rejected + ..."""
    tiles = list(zip(_TILES, numbers.items(), strict=True))
    yield []
    yield [(col, col, label, "head") for col, (label, _) in tiles]
    yield [
        *((col, col, float(number), f"big:{_MARKS.get(label, '')}") for col, (label, number) in tiles),
        *((col + 1, col + 1, sign, "title") for col, sign in zip(_TILES, signs, strict=False)),
    ]


def _top(title: str, lines: Iterator[tuple[str, str]]) -> Iterator[Sequence[Part]]:
    yield []
    yield [(1, _LAST, title, "section")]
    for what, count in list(islice(lines, TOP)) or [("Không có.", "")]:
        yield [(1, _LAST - 2, what, "cell"), (_LAST - 1, _LAST, count, "centre")]


def _worst_rules(digest: Digest) -> Iterator[tuple[str, str]]:
    """Broken rules and bad cells; what is wrong with whole files stands in the counts above."""
    rules = {rule.code for rule in digest.rules}
    for code, found in digest.by_code.items():
        word, inside = SEVERITY_WORDS[found[0].severity], digest.in_files_by_code.get(code, [])
        if word != REMARK and (code in rules or any(finding.place.cell for finding in found)):
            units = {finding.unit for finding in inside}
            often = f"{len(inside)} lần, {len(units)} đơn vị" if inside else "trong sổ tổng hợp"
            yield f"{code} ({word}): {common_sentence(digest, found)}", often


def verdict_words(digest: Digest) -> str:
    """Whether the summary can be relied on, and if not, why."""
    outcome, due = digest.outcome, len(digest.outcome.expected)
    wrong = sum(file.errors > 0 for file in outcome.counted)
    drafts = sum(f.submission is not None and f.submission.meta.get("meta.version") == DRAFT for f in outcome.merged)
    reasons = (
        (len(digest.lacking), f"còn thiếu báo cáo của {len(digest.lacking)}/{due} đơn vị"),
        (len(outcome.waiting), f"{len(outcome.waiting)} đơn vị chờ quyết định lấy tệp nào"),
        (len(outcome.left_out), f"{len(outcome.left_out)} đơn vị không đưa vào tổng hợp vì báo cáo còn lỗi"),
        (wrong, f"{wrong} báo cáo đã cộng vào còn lỗi số liệu"),
    )
    if outcome.provisional:
        text = f"SỐ TỔNG HỢP LÀ SỐ {PROVISIONAL} vì {'; '.join(text for count, text in reasons if count)}."
    else:
        text = f"SỐ TỔNG HỢP ĐẦY ĐỦ: đủ {due}/{due} đơn vị, các báo cáo đã cộng vào không còn lỗi."
    text += f" Sổ tổng hợp có {outcome.summary_errors} lỗi cần xem." if outcome.summary_errors else ""
    return text + (f" {drafts} báo cáo mới là bản {DRAFT}." if drafts else "")
