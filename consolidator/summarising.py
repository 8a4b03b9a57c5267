"""Draws the summary workbook: the parent's form with totals as live formulas over what each unit sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from consolidator import layout as at
from consolidator.authoring import draw, seal
from consolidator.booknames import (
    CARRIED,
    COVER,
    PART,
    REMARKS_START,
    SOURCES,
    SOURCES_START,
    SUMMARY,
    TEXTS,
    TEXTS_START,
)
from consolidator.comparing import own_record
from consolidator.content import Content, cover_of
from consolidator.element import Narrative
from consolidator.form import Form
from consolidator.layout import Cell, Value, quoted
from consolidator.matrixsheet import draw_matrix, matrices, total_formulas, ways
from consolidator.outcome import Outcome
from consolidator.paper import ANSWER_LINE, MAX_ROW_HEIGHT, height_of, pieces
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Strip, Style
from consolidator.rulebook import load
from consolidator.sealing import lines_digest
from consolidator.submission import Line, Submission
from consolidator.wording import LABELS, PROVISIONAL
from consolidator.workedout import worked_out


def summary_workbook(
    summary: Submission,
    cover: Mapping[str, Value],
    notice: str = "",
    department: str = "",
    digests: str = "",
    proof: str | None = None,
) -> bytes:
    """The bytes of a summary; with a department, of its part: only that department's cells are open for input.

    `digests` travel in a part, so that `join` can tell what was changed in it. `proof` is the digest of the lines at
    consolidation, carried on by who draws a summary again: computed anew, it would cover up what was altered since.
    """
    proof = lines_digest(summary) if proof is None else proof
    document = PART if department else SUMMARY
    content = Content(
        summary, cover, document, notice=notice, department=department, digests=digests, lines_digest=proof
    )
    pen = Pen(PROVISIONAL if PROVISIONAL in notice else "")
    content = draw_summary(pen, content)
    seal(pen, summary.view, content, digest_list(summary))
    return pen.finish()


def summary_of(outcome: Outcome) -> bytes:
    """The bytes of a batch's summary."""
    assert outcome.summary is not None
    summary = outcome.summary
    cover = cover_of(outcome.parent, outcome.form, summary.meta)
    return summary_workbook(summary, cover, notice_of(outcome), digests=own_record(summary))


def draw_summary(pen: Pen, content: Content) -> Content:
    """Draws every sheet of a summary but the hidden one; the content with the formulas of its totals."""
    summary = content.submission
    sheets = list(matrices(summary.view, len(summary.lines)))
    totals = {ref: text for matrix in sheets for ref, text in total_formulas(matrix, summary)}
    behind = {code: way for matrix in sheets for code, way in ways(matrix)}
    content = replace(content, totals=totals, ways=behind)
    draw(pen, summary.view, content)
    for matrix in sheets:
        draw_matrix(pen, matrix, content)
    _texts(pen, summary)
    _sources(pen, summary)
    return content


def digest_list(summary: Submission) -> str:
    """Which files a summary is made of, as one text: unit and the beginning of the file's hash."""
    return ";".join(f"{line.unit}:{line.source.sha256[:16]}" for line in summary.lines)[:32_000]


def notice_of(outcome: Outcome) -> str:
    """The sentence on the cover that says a summary is provisional and why; "" when it is not."""
    if not outcome.provisional:
        return ""
    reasons = []
    errors = sum(file.errors for file in outcome.counted)
    if errors:
        units = sum(bool(file.errors) for file in outcome.counted)
        reasons.append(f"{errors} lỗi chưa sửa ở {units} đơn vị")
    if outcome.silent:
        reasons.append(f"còn thiếu {len(outcome.silent)}/{len(outcome.expected)} đơn vị")
    if outcome.waiting:
        reasons.append(f"{len(outcome.waiting)} đơn vị chờ quyết định lấy tệp nào")
    if outcome.left_out:
        reasons.append(f"{len(outcome.left_out)} đơn vị có lỗi không được đưa vào")
    return f"{PROVISIONAL}: {'; '.join(reasons)}. Xem báo cáo kiểm tra kèm theo."


def _outline(form: Form) -> Iterator[Narrative]:
    """The form's own outline, then those of the regimes whose reports it takes in; no answer twice."""
    answers: set[str] = set()
    for narrative in (one for outline in (form, *map(load, form.accepts)) for one in outline.narratives):
        if narrative.kind == "heading" or narrative.id not in answers:
            yield narrative
        answers |= {narrative.id} if narrative.kind == "answer" else set()


def _texts(pen: Pen, summary: Submission) -> None:
    """Narratives of the units under their headings, in the order of the outline, each with the unit's name.

    The last two columns (hidden) say which narrative and which unit a row belongs to, for the level above.
    """
    name = TEXTS
    sheet = pen.sheet(name, "7F6000")
    set_widths(sheet, (11, 34, 104, 2, 2))
    sheet.set_column(3, 4, 2, None, {"hidden": True})
    pen.title(Cell(name, 0, 0), 2, "THUYẾT MINH CỦA CÁC ĐƠN VỊ")
    pen.link(Cell(name, at.LINK_ROW, 0), f"#{quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    hint = "Bài của từng đơn vị, xếp theo đề cương; chỉ để đọc. Bài của cấp mình viết ở các trang “TM …”."
    pen.write(Cell(name, at.LINK_ROW, 1), hint, pen.style("subtitle"))
    row, given, top = at.TEXTS_FIRST_ROW, _by_narrative(summary.lines), pen.style("top")
    for narrative in _outline(summary.view.form):
        is_heading = narrative.kind == "heading"  # one outline's heading may bear the name of another's answer
        answers = [] if is_heading else given.get(narrative.id, [])
        if is_heading or answers:
            pen.write(Cell(name, row, 0), narrative.path, pen.style("section"))
            sheet.merge_range(row, 1, row, 2, narrative.heading, pen.style("section"))
            sheet.set_row(row, max(22.0, height_of(narrative.heading, 130)))
            row += 1
        heights = [height_of(line.narratives[narrative.id], ANSWER_LINE) for line in answers]
        tall = [line for line, height in zip(answers, heights, strict=True) if height >= MAX_ROW_HEIGHT]
        count = len(answers) + sum(len(pieces(line.narratives[narrative.id], ANSWER_LINE)) - 1 for line in tall)
        pen.rows(Cell(name, row, 0), 4, count, _contributions(narrative, answers, heights, top))
        row += count
    pen.name(TEXTS_START, Cell(name, at.TEXTS_FIRST_ROW, 0))
    pen.landscape(sheet, at.TEXTS_FIRST_ROW, 0)
    sheet.print_area(0, 0, row - 1, 2)
    pen.protect(sheet)


def _by_narrative(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Who gave each narrative; what, is asked of each when its row is written, for all texts together are long."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        for key in line.narratives:
            found.setdefault(key, []).append(line)
    return found


def _contributions(
    narrative: Narrative, answers: Sequence[Line], heights: Sequence[float], style: Style
) -> Iterator[Strip]:
    """The rows of a narrative: a row a unit, more where a text is longer than a row is tall."""
    for line, height in zip(answers, heights, strict=True):
        shown, text = line.name, line.narratives[narrative.id]
        for part in pieces(text, ANSWER_LINE) if height >= MAX_ROW_HEIGHT else (text,):
            cells = [(value, style) for value in ("", shown, part, narrative.id, line.unit)]
            tall = height if part is text else height_of(part, ANSWER_LINE)
            yield Strip(cells, max(20.0, tall))
            shown = f"{line.unit} (tiếp)"


def _sources(pen: Pen, summary: Submission) -> None:
    """Where everything came from: one line a unit, then what units said about single rows."""
    name = SOURCES
    sheet = pen.sheet(name, "548235")
    set_widths(sheet, (13, 40, 40, 16, 13, 13, 70, 2))
    sheet.set_column(7, 7, 2, None, {"hidden": True})
    pen.title(Cell(name, 0, 0), 6, "NGUỒN SỐ LIỆU")
    pen.link(Cell(name, at.LINK_ROW, 0), f"#{quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    sheet.set_row(2, 34)
    heads = ("Mã đơn vị", "Đơn vị", "Tệp", "Phiên bản", LABELS["meta.as_of"], LABELS["meta.report_date"])
    row = _head(pen, 2, (*heads, "SHA-256 của tệp", ""))
    pen.name(SOURCES_START, Cell(name, row, 0))
    pen.rows(Cell(name, row, 0), 7, len(summary.lines), [_source(pen, line) for line in summary.lines])
    for offset, line in enumerate(summary.lines):
        if line.link:
            pen.way(Cell(name, row + offset, 2), line.link)
    row += len(summary.lines)
    title = "Ngày chốt, mức chính xác và ghi chú của đơn vị theo từng dòng"
    pen.write(Cell(name, row + 1, 0), title, pen.style("title"))
    heads = ("Mã đơn vị", "Đơn vị", "Nội dung", "Mã dòng", LABELS["as_of"], LABELS["qualifier"])
    sheet.set_row(row + 2, 34)
    row = _head(pen, row + 2, (*heads, LABELS["note"]))
    pen.name(REMARKS_START, Cell(name, row, 0))
    remarks = [Strip(_cells(pen, values)) for line in summary.lines for values in _remarks(line, summary)]
    pen.rows(Cell(name, row, 0), 6, len(remarks), remarks)
    row += len(remarks)
    pen.landscape(sheet, 3, 2)
    sheet.print_area(0, 0, row - 1, 6)
    pen.protect(sheet)


def _source(pen: Pen, line: Line) -> Strip:
    file = (line.source.file, pen.style("link" if line.link else "cell"))
    meta = [line.meta.get(key) for key in CARRIED]
    rest = _cells(pen, (*meta, line.source.sha256, line.link))
    return Strip([*_cells(pen, (line.unit, line.name)), file, *rest])


def _remarks(line: Line, summary: Submission) -> Iterator[tuple[Value, ...]]:
    """What a unit said about single rows, in the order of the form."""
    told = {name.partition(".")[0] for name in line.attributes}
    for code in sorted(told & summary.view.form.indicators.keys(), key=_order(summary.view.form).__getitem__):
        given = [line.attributes.get(f"{code}.{key}") for key in ("as_of", "qualifier", "note")]
        if any(value is not None for value in given):
            yield line.unit, line.name, summary.view.form.indicators[code].label, code, *given


@worked_out
def _order(form: Form) -> dict[str, int]:
    """Where each indicator stands in its form."""
    return {code: place for place, code in enumerate(form.indicators)}


def _cells(pen: Pen, values: Iterable[Value]) -> list[tuple[Value, Style]]:
    """Cells of the sheet of sources; numbers are days."""
    text, day = pen.style("cell"), pen.style("cell", "date")
    return [(value, day if isinstance(value, float) else text) for value in values]


def _head(pen: Pen, row: int, words: Sequence[str]) -> int:
    for col, word in enumerate(words):
        pen.write(Cell(SOURCES, row, col), word, pen.style("head"))
    return row + 1
