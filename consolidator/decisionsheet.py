"""Draws the workbook in which staff decide: files that wait, warnings to accept, answers to what is asked no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from consolidator.booknames import DECISIONS, META
from consolidator.columns import column_letters
from consolidator.deciding import (
    CHOICES,
    DROP,
    KEPT,
    TYPED,
    Answer,
    Decisions,
    Kind,
    Part,
    Question,
    digest_of,
    file_key,
    run_name,
    warning_key,
)
from consolidator.finding import Finding, Severity
from consolidator.layout import Cell, Value
from consolidator.outcome import FileOutcome, Outcome
from consolidator.palette import LINE
from consolidator.paper import MAX_TEXT, height_of
from consolidator.pen import Pen, set_widths
from consolidator.recounting import entered_in
from consolidator.reportdigest import Digest
from consolidator.reportpages import MAX_LINKS, Jump, Styles
from consolidator.rowtext import Strip, Style
from consolidator.verdict import day_of
from consolidator.wording import number_words

HEADER_ROW, FIRST_ROW = 4, 5
SHOWN_DIGEST, SHOWN_DIFFERENCES = 12, 3
"""Characters of a digest, and figures that differ, that a row shows."""
_ABOUT_DECISIONS = ("decision", "acceptance-")
"""How codes of findings in this workbook itself begin: nothing to accept."""

Row = Mapping[str, Value | Jump]
"""A row by column id."""
Placed = dict[tuple[str, str], Answer]
"""Answers that stand in their place, by part and key."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table; one without a width is hidden."""

    id: str
    head: str = ""
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table's sheet. `hints` stand in the two lines under its title;"""

    name: str
    hints: tuple[str, str]
    columns: tuple[_Column, ...]


_HIDDEN = (_Column("key"), _Column("part"), _Column("over"))
_WHOSE = (_Column("unit", "Mã đơn vị", 11), _Column("unit_name", "Tên đơn vị", 22))
_BY = (_Column("who", "Người quyết định", 14), _Column("when", "Ngày quyết định", 11))

_SHEETS: Mapping[Part, _Sheet] = {
    Part.FILES: _Sheet(
        "Quyết định",
        (
            "Mỗi dòng là một tệp chờ quyết định. Chọn “Lấy tệp này” cho một tệp của đơn vị và ghi lý do, "
            "lưu sổ này rồi tổng hợp lại; các tệp kia được bỏ qua.",
            "Quyết định đi theo nội dung tệp, không theo tên tệp; đơn vị gửi thêm tệp khác thì câu hỏi được đặt lại.",
        ),
        (
            _Column("kind", "Vì sao phải quyết định", 17),
            *_WHOSE,
            _Column("about", "Tệp", 24),
            _Column("version", "Phiên bản", 10),
            _Column("signed", "Ngày ký", 11),
            _Column("figures", "Số ô đã điền", 7),
            _Column("differs", "Khác tệp kia ở đâu", 36),
            _Column("digest", "SHA-256 (đầu)", 13),
            _Column("choice", "Lựa chọn", 12),
            _Column("reason", "Lý do (bắt buộc)", 26),
            *_BY,
            *_HIDDEN,
        ),
    ),
    Part.WARNINGS: _Sheet(
        "Cảnh báo",
        (
            "Cảnh báo của các báo cáo đã nhận và của sổ tổng hợp. Xem rồi thấy số liệu đúng thì gõ x ở cột “Chấp nhận” "
            "và ghi lý do.",
            "Số liệu thay đổi thì cảnh báo phải xem lại từ đầu. Lỗi không chấp nhận được bằng lý do: trả lại đơn vị "
            "để sửa.",
        ),
        (
            *_WHOSE,
            _Column("rule", "Quy tắc", 10),
            _Column("place", "Ô", 12),
            _Column("about", "Điều cần xem", 44),
            _Column("values", "Số liệu", 30),
            _Column("explanation", "Đơn vị giải trình", 22),
            _Column("choice", "Chấp nhận (x)", 10),
            _Column("reason", "Lý do (bắt buộc)", 26),
            *_BY,
            *_HIDDEN,
        ),
    ),
    Part.GONE: _Sheet(
        "Không còn áp dụng",
        (
            "Những gì đã ghi cho tệp hoặc cảnh báo nay không còn được hỏi; nếu được hỏi lại, nội dung trở về chỗ cũ.",
            "Không cần giữ nữa thì xóa nội dung các ô vàng của dòng đó.",
        ),
        (
            *_WHOSE,
            _Column("about", "Tệp hoặc điều cần xem", 60),
            _Column("choice", "Lựa chọn", 12),
            _Column("reason", "Lý do", 40),
            *_BY,
            *_HIDDEN,
        ),
    ),
}


def decisions_workbook(outcome: Outcome, decisions: Decisions, path: Path) -> bytes:
    """The workbook of decisions for a batch, with everything that was typed before; its links hold for `path`.

    An answer stands where it is asked for; what is asked no longer goes to the last sheet. None is lost.
    """
    digest, placed = Digest(outcome, path.resolve().parent), Placed()
    files = [row for question in outcome.questions for row in _file_rows(digest, question, decisions, placed)]
    warnings = list(_warning_rows(digest, decisions, placed))
    rest = [decisions.answers[one] for one in sorted(decisions.answers.keys() - placed.keys())]
    gone = [_typed(answer) for answer in rest if answer.is_typed]
    pen = Pen()
    pen.style("link").set_text_wrap()  # File names are long, and the palette's link stands on one line.
    pen.style("answer").set_align("vcenter")
    for part, rows in ((Part.FILES, files), (Part.WARNINGS, warnings), (Part.GONE, gone)):
        _draw(pen, part, rows, f"{outcome.parent.name} – {outcome.form.name}, {outcome.form.period.label}")
    cell = Cell(META, 0, 0)
    pen.sheet(META, hidden=True)
    pen.write(cell, DECISIONS, pen.style("cell"))
    pen.name("meta.document", cell)
    return pen.finish()


def _file_rows(digest: Digest, question: Question, decisions: Decisions, placed: Placed) -> Iterator[Row]:
    """Rows of a question. An answer given before another file came is not put here: the question is a new one."""
    unit = digest.outcome.roster.units.get(question.unit)
    all_digests = sorted(map(digest_of, question.files))
    dropped = {digest_of(file) for file in question.files if (one := decisions.on_file(file)) and one.choice == DROP}
    for file in question.files:
        key, over = file_key(file), " ".join(all_digests)[:MAX_TEXT]
        answer = decisions.answers.get((Part.FILES, key))
        if answer is not None and answer.settles and not answer.holds_against({*all_digests} - dropped):
            answer = None
        elif answer is not None:
            placed[Part.FILES, key] = answer
            over = answer.over if answer.settles else over
        meta = file.submission.meta if file.submission else {}
        signed = meta.get("meta.report_date")
        yield {
            **_typed(answer),
            "key": key,
            "over": over,
            "kind": str(question.kind),
            "unit": question.unit,
            "unit_name": unit.name if unit else "",
            "about": digest.jump(file.file, file.file),
            "version": meta.get("meta.version"),
            "signed": day_of(signed) if isinstance(signed, float) else signed,
            "figures": float(len(entered_in(file.submission))) if file.submission else None,
            "differs": _difference(file, question),
            "digest": digest_of(file)[:SHOWN_DIGEST],
        }


def _difference(file: FileOutcome, question: Question) -> str:
    """What sets a file apart, in a few words: the name on its cover, and figures of the file next to it."""
    mine = file.submission
    other = next((one.submission for one in question.files if one is not file and one.submission), None)
    parts = [f"Bìa ghi tên “{mine.unit_name}”."] if mine and question.kind is Kind.NAMES else []
    if mine and other:
        here, there = entered_in(mine), entered_in(other)
        known = {**other.view.by_ref, **mine.view.by_ref}
        told = [
            f"{known[ref].indicator.label}: {number_words(here.get(ref))} (tệp kia {number_words(there.get(ref))})"
            for ref in {**here, **there}
            if here.get(ref) != there.get(ref)
        ]
        few = "; ".join(told[:SHOWN_DIFFERENCES]) + "; …" * (len(told) > SHOWN_DIFFERENCES)
        parts.append(f"{len(told)} số khác: {few}" if told else "Số liệu như nhau; khác ở thuyết minh, bảng hoặc bìa.")
    return " ".join(parts)


def _warning_rows(digest: Digest, decisions: Decisions, placed: Placed) -> Iterator[Row]:
    """Each warning of accepted files and of the summary, unit by unit; once, where all it says is the same."""
    refused = {file.file for file in digest.outcome.files if file.status != "accepted"}
    warnings: dict[str, Finding] = {}
    found = [*digest.in_summary, *(one for one in digest.in_files if one.place.file not in refused)]
    for finding in sorted(found, key=lambda one: (one.unit, one.code)):
        is_ours = finding.code.startswith(_ABOUT_DECISIONS)
        if finding.severity is Severity.WARNING and not is_ours:
            warnings.setdefault(warning_key(finding), finding)
    for key, finding in warnings.items():
        answer = decisions.answers.get((Part.WARNINGS, key))
        if answer is not None:
            placed[Part.WARNINGS, key] = answer
        unit, place = digest.outcome.roster.units.get(finding.unit), finding.place
        where = f"{place.sheet}!{place.cell}" if place.cell else "Mở tệp"
        yield {
            **_typed(answer),
            "key": key,
            "unit": finding.unit,
            "unit_name": unit.name if unit else "",
            "rule": finding.code,
            "place": digest.jump(where, place.file, place.sheet, place.cell),
            "about": digest.sentences(replace(finding, facts={**finding.facts, "values": ""}))[0],
            "values": finding.facts.get("values", ""),
            "explanation": finding.explanation,
        }


def _typed(answer: Answer | None) -> Row:
    """What an answer brings to its row."""
    return {column: getattr(answer, column) for column in KEPT} if answer is not None else {}


def _draw(pen: Pen, part: Part, rows: Sequence[Row], whose: str) -> None:
    plan = _SHEETS[part]
    name, seen = plan.name, [column for column in plan.columns if column.width]
    sheet, end = pen.sheet(name, LINE if part is Part.GONE else "C55A11"), FIRST_ROW + len(rows)
    set_widths(sheet, [column.width for column in seen])
    pen.title(Cell(name, 0, 0), len(seen) - 1, name.upper())
    pen.write(Cell(name, 1, 0), whose, pen.style("strong"))
    for row, hint in enumerate(plan.hints if rows else ("Không có dòng nào.", ""), 2):
        pen.write(Cell(name, row, 0), hint, pen.style("subtitle"))
    for col, column in enumerate(plan.columns):
        head = Cell(name, HEADER_ROW, col)
        pen.write(head, column.head or column.id, pen.style("head"))
        if column.id in KEPT:  # one row more than there are: Excel makes a single cell of a run of one
            pen.book.define_name(run_name(part, column.id), f"={head.absolute}:${column_letters(col)}${end + 1}")
        if not column.width:
            sheet.set_column(col, col, None, None, {"hidden": True})
    sheet.set_row(HEADER_ROW, 34)
    brush = _Brush(pen, plan)
    for row, values in enumerate(rows[:MAX_LINKS], FIRST_ROW):
        for col, column in enumerate(plan.columns):
            value = values.get(column.id)
            if isinstance(value, Jump) and value.target:
                pen.way(Cell(name, row, col), value.target)
    strips = (brush.strip(values, row < MAX_LINKS) for row, values in enumerate(rows))
    pen.rows(Cell(name, FIRST_ROW, 0), len(plan.columns) - 1, len(rows), strips)
    if rows:
        _guard(pen, part, end - 1)
    elif part is Part.GONE:
        sheet.hide()
    sheet.autofilter(HEADER_ROW, 0, max(end - 1, FIRST_ROW), len(seen) - 1)
    pen.landscape(sheet, FIRST_ROW, HEADER_ROW)
    sheet.freeze_panes(FIRST_ROW, 1 + [column.id for column in seen].index("unit_name"))
    sheet.print_area(0, 0, max(end - 1, FIRST_ROW), len(seen) - 1)
    pen.protect(sheet)


class _Brush:
    """Draws rows of a table as tall as their longest text.

    What was typed is written whole, what is only shown may be cut.
    """

    def __init__(self, pen: Pen, plan: _Sheet) -> None:
        self._plan, self._styles, self._hidden = plan, Styles(pen), pen.style("cell")
        self._answer, self._option = pen.style("answer"), pen.style("option", "text")

    def strip(self, values: Row, is_linked: bool) -> Strip:
        """A row."""
        height, cells = 32.0, list[tuple[Value, Style]]()
        for column in self._plan.columns:
            value = values.get(column.id)
            if column.id in TYPED:
                cells.append((str(value or ""), self._answer if column.id in ("choice", "reason") else self._option))
            elif column.width:
                cells.append(self._styles.cell(value, is_linked))
            else:
                cells.append((str(value or ""), self._hidden))
            text, width = cells[-1][0], int(column.width * 1.1)
            if width and isinstance(text, str) and (len(text) > width or "\n" in text):
                height = max(height, height_of(text, width))
        return Strip(cells, height)


def _guard(pen: Pen, part: Part, last: int) -> None:
    """The choice is one of a list; a choice without its reason is marked."""
    plan = _SHEETS[part]
    sheet, ids = pen.book.get_worksheet_by_name(plan.name), [column.id for column in plan.columns]
    choice, reason = (Cell(plan.name, FIRST_ROW, ids.index(one)) for one in ("choice", "reason"))
    known = CHOICES.get(part, (*CHOICES[Part.FILES], *CHOICES[Part.WARNINGS]))
    rule = {
        "validate": "list",
        "source": list(known),
        "error_title": plan.name,
        "error_message": f"Chọn trong danh sách: {', '.join(known)}; hoặc để trống.",
    }
    sheet.data_validation(choice.row, choice.col, last, choice.col, rule)
    lacking = f"=AND(LEN(TRIM(${choice.a1}))>0,LEN(TRIM(${reason.a1}))=0)"
    mark = {"type": "formula", "criteria": lacking, "format": pen.mark("wrong")}
    sheet.conditional_format(reason.row, reason.col, last, reason.col, mark)
