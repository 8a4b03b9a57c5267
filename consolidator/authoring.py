"""Draws the workbook of a level: cover, help, appendices, narratives, checks, and the names that carry it all."""

from __future__ import annotations

import re
from datetime import date

from consolidator import __version__
from consolidator import layout as at
from consolidator.appendixsheet import draw_appendix, sheet_heading, validate_date
from consolidator.besidesheet import draw_beside
from consolidator.booknames import (
    BESIDE,
    CHECKS,
    COVER,
    HELP,
    KEY,
    LINES_DIGEST,
    META,
    SEAL_KEYS,
    SOURCES,
    TEXTS,
    UNSEALED,
)
from consolidator.checksheet import draw_checksheet
from consolidator.content import Content, cached_values, whose_words
from consolidator.element import Narrative
from consolidator.expression import META_KINDS, is_cell_address
from consolidator.form import LevelForm
from consolidator.formula import PREVIOUS
from consolidator.keysheet import draw_key
from consolidator.layout import Cell, Layout, NarrativeSheet, Value, layout_of
from consolidator.lettering import CONTINUED, NARRATIVE_HEADS
from consolidator.paper import ANSWER_LINE, height_of, shortened, two_cells
from consolidator.pen import Pen, set_widths
from consolidator.rulebook import documents
from consolidator.submission import ELAPSED, ELAPSED_FORMULA, elapsed
from consolidator.tablesheet import draw_table
from consolidator.wording import DRAFT, FINAL, LABELS

CONTENTS_TITLE, PROMPT_WIDTH = 110, 50
"""Characters of a sheet's title in the contents; width of the column of prompts."""
READ_ONLY = " (chỉ để đọc)"


def hidden_facts(view: LevelForm, content: Content, children: str) -> dict[str, Value]:
    """What the hidden sheet of a workbook says about it, and last period's figures."""
    form, previous = view.form, content.submission.previous
    term = form.terms.get(view.level)
    facts: dict[str, Value] = {
        "meta.form": form.id,
        "meta.form_version": form.version,
        "meta.fingerprint": view.fingerprint,
        "meta.document": content.document,
        "meta.department": content.department,
        "meta.program": __version__,
        "meta.level": view.level,
        "meta.parent_level": content.cover.get("meta.parent_level"),
        "meta.period": form.period.id,
        "meta.period_start": form.period.start,
        "meta.period_end": form.period.end,
        "meta.deadline": form.deadlines.get(view.level),
        "meta.term_start": term.start if term else None,
        "meta.term_end": term.end if term else None,
        "meta.children": children,
        "meta.notice": content.notice,
        "meta.digests": content.digests,
        LINES_DIGEST: content.lines_digest,
        **dict.fromkeys(SEAL_KEYS[1:], UNSEALED),
    }
    return facts | {PREVIOUS + ref: previous.get(ref) for ref in view.by_ref}


def draw(pen: Pen, view: LevelForm, content: Content) -> None:
    """Draws every sheet of the form except the hidden one, which closes the workbook (`seal`)."""
    plan = layout_of(view)
    values = cached_values(plan, content.submission)
    _cover(pen, plan, content)
    _help(pen, plan)
    if content.totals and not content.department:
        draw_key(pen, content)
        draw_beside(pen, content)
    for appendix in plan.appendices:
        draw_appendix(pen, plan, appendix, content, values)
    for sheet in plan.narrative_sheets:
        _narratives(pen, sheet, content)
    for table in plan.tables:
        draw_table(pen, plan, table, content)
    draw_checksheet(pen, plan, values, is_spliced=bool(content.totals))


def seal(pen: Pen, view: LevelForm, content: Content, children: str = "") -> None:
    """Writes the hidden sheet and every name; `children` lists the files a summary is made of."""
    plan = layout_of(view)
    pen.sheet(META, hidden=True)
    for key, value in hidden_facts(view, content, children).items():
        cell = plan.names[key]
        pen.write(cell._replace(col=0), key, pen.style("cell"))
        pen.write(cell, value, pen.style("cell", "date" if isinstance(value, date) else ""))
    cell = plan.names[ELAPSED]
    pen.write(cell._replace(col=0), ELAPSED, pen.style("cell"))
    pen.formula(cell, ELAPSED_FORMULA, elapsed(content.submission.meta), pen.style("cell"))
    for name, cell in plan.names.items():
        assert not is_cell_address(name), name
        pen.name(name, cell)


def _cover(pen: Pen, plan: Layout, content: Content) -> None:
    form, sheet = plan.view.form, pen.sheet(COVER, "1F4E79")
    set_widths(sheet, (3, 34, 62, 3))
    sheet.merge_range(1, 1, 1, 2, form.issuer.upper(), pen.style("subtitle"))
    sheet.merge_range(2, 1, 2, 2, form.name, pen.style("banner"))
    sheet.set_row(2, 44)
    pen.merge(Cell(COVER, 3, 1), 2, str(content.cover.get("meta.unit_name") or ""), pen.style("banner"))
    sheet.set_row(3, 40)
    pen.merge(Cell(COVER, 4, 1), 2, content.notice, pen.style("alarm" if content.notice else "plain"))
    sheet.set_row(4, 40 if content.notice else 6)
    guide = "Điền các ô màu vàng dưới đây, rồi bấm tên từng trang ở phần Nội dung để mở và điền."
    sheet.merge_range(5, 1, 5, 2, guide, pen.style("hint"))
    if content.totals and not content.department:
        for col, name in enumerate((KEY, BESIDE), 1):
            pen.link(Cell(COVER, at.WAYS_ROW, col), f"#{at.quoted(name)}!A1", f"→ {name}")
        sheet.set_row(at.WAYS_ROW, 22)
    for key in plan.cover_keys:
        cell = plan.names[key]
        sheet.set_row(cell.row, 22)
        pen.write(cell._replace(col=1), LABELS[key], pen.style("section"))
        is_date = META_KINDS.get(key) == "number"
        is_open = key in plan.cover_inputs and content.is_open("")
        style = "input" if is_open else "derived"
        pen.write(cell, content.cover.get(key), pen.style(style, "date" if is_date else "text"))
        if is_date:
            validate_date(sheet, cell, LABELS[key])
    version = plan.names["meta.version"]
    sheet.data_validation(
        version.row,
        version.col,
        version.row,
        version.col,
        {
            "validate": "list",
            "source": [DRAFT, FINAL],
            "input_title": LABELS["meta.version"],
            "input_message": f"{DRAFT}: số còn có thể đổi. {FINAL}: sau khi Ban Chấp hành thông qua.",
        },
    )
    last = _contents(pen, plan, content, 7 + len(plan.cover_keys) + 1)
    sheet.merge_range(last + 2, 1, last + 2, 2, form.disclaimer, pen.style("hint"))
    sheet.set_row(last + 2, 48)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.set_first_sheet()
    pen.open_at(COVER)
    pen.protect(sheet)


def _contents(pen: Pen, plan: Layout, content: Content, row: int) -> int:
    """The contents with a link to every sheet, in a summary also to the sheets behind it; their last row."""
    sheet = pen.book.get_worksheet_by_name(COVER)
    heads = ["Nội dung (bấm để mở)", "Gồm có", *(["Từng đơn vị"] if content.totals else [])]
    for col, word in enumerate(heads, 1):
        pen.write(Cell(COVER, row, col), word, pen.style("head"))
    titles = {HELP: "Cách điền biểu mẫu"} | {s.sheet: s.title for s in plan.appendices}
    titles |= {s.sheet: s.title + (READ_ONLY if not _has_answers(s) else "") for s in plan.narrative_sheets}
    titles |= {one.sheet: one.table.title for one in plan.tables}
    titles[CHECKS] = "Kiểm tra số liệu trước khi nộp"
    if content.totals:
        sheet.set_column(3, 3, 14)
        titles |= {TEXTS: "Thuyết minh của từng đơn vị", SOURCES: "Nguồn số liệu: tệp của từng đơn vị"}
        for offset, appendix in enumerate(plan.appendices, row + 2):
            behind = f"SL {appendix.sheet}"
            pen.link(Cell(COVER, offset, 3), f"#{at.quoted(behind)}!A1", behind)
    for name, title in titles.items():
        row, shown = row + 1, shortened(title, CONTENTS_TITLE)
        pen.link(Cell(COVER, row, 1), f"#{at.quoted(name)}!A1", name)
        pen.write(Cell(COVER, row, 2), shown, pen.style("cell"))
        sheet.set_row(row, max(20.0, height_of(shown, 62)))
    return row


def _help(pen: Pen, plan: Layout) -> None:
    sheet = pen.sheet(HELP, "548235")
    set_widths(sheet, (4, 106))
    pen.title(Cell(HELP, 0, 0), 1, "HƯỚNG DẪN ĐIỀN BIỂU MẪU")
    pen.link(Cell(HELP, at.LINK_ROW, 0), f"#{at.quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    row = 3
    for block in documents()["help"]["section"]:
        pen.write(Cell(HELP, row, 0), block["title"], pen.style("title"))
        for number, line in enumerate(block["lines"], 1):
            row += 1
            pen.write(Cell(HELP, row, 0), f"{number}.", pen.style("plain"))
            pen.write(Cell(HELP, row, 1), line, pen.style("plain"))
            sheet.set_row(row, height_of(line, 105))
        row += 2
    sheet.fit_to_pages(1, 0)
    pen.protect(sheet)


def _words(*texts: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", " ".join(texts).lower()))


def prompt_of(narrative: Narrative) -> tuple[str, str, str]:
    """What the cell beside an answer says: heading, what is asked, what is demanded.

    The outline's words stay, unless the heading and its separate asks say every one of them.
    """
    is_said = _words(narrative.prompt) <= _words(narrative.heading, *narrative.asks)
    lines = [] if is_said else [narrative.prompt]
    lines += [f"({number}) {ask}" for number, ask in enumerate(narrative.asks, 1)]
    demands = ["(có số liệu cụ thể)"] * (narrative.figures == "explicit") + ["(nếu có)"] * (not narrative.required)
    return narrative.heading, "\n".join(lines), " ".join(demands)


def _has_answers(plan: NarrativeSheet) -> bool:
    return any(narrative.kind == "answer" for narrative, _ in plan.rows)


def _narrative_hint(plan: NarrativeSheet, content: Content) -> str:
    if not _has_answers(plan):
        return "Trang này chỉ để đọc: đề cương của cấp trên, không phải điền."
    hint = "Viết vào ô màu vàng bên phải (Alt+Enter để xuống dòng). Quá dài thì viết tiếp ở ô ngay bên dưới."
    return hint + f" Bài của từng đơn vị ở trang “{TEXTS}”." * bool(content.totals)


def _narratives(pen: Pen, plan: NarrativeSheet, content: Content) -> None:
    sheet = pen.sheet(plan.sheet, "7F6000")
    widths = (11, PROMPT_WIDTH, 100)
    set_widths(sheet, widths)
    places, hint = (NarrativeSheet.PATH_COL, NarrativeSheet.ANSWER_COL), _narrative_hint(plan, content)
    sheet_heading(pen, plan.sheet, plan.title, places, widths, hint, whose_words(content.cover))
    heading_row = NarrativeSheet.FIRST_ROW - 1
    for col, word in enumerate(NARRATIVE_HEADS if _has_answers(plan) else ()):
        pen.write(Cell(plan.sheet, heading_row, col), word, pen.style("head"))
    for narrative, row in plan.rows:
        if narrative.kind == "heading":
            pen.write(Cell(plan.sheet, row, 0), narrative.path, pen.style("section"))
            sheet.merge_range(row, 1, row, 2, narrative.heading, pen.style("section"))
            sheet.set_row(row, max(22.0, height_of(narrative.heading, 130)))
            continue
        first, rest = two_cells(content.submission.narratives.get(narrative.id, ""))
        lead, asked, demands = prompt_of(narrative)
        pen.write(Cell(plan.sheet, row, 0), narrative.path, pen.style("top"))
        pen.prompt(Cell(plan.sheet, row, 1), lead, asked, demands, pen.style("top"))
        style = pen.style("answer" if content.is_open(narrative.dept) else "closed")
        pen.write(Cell(plan.sheet, row, 2), first, style)
        prompt = "\n".join(part for part in (lead, asked, demands) if part)
        sheet.set_row(row, max(height_of(prompt, PROMPT_WIDTH - 2), height_of(first, ANSWER_LINE), 80.0))
        pen.write(Cell(plan.sheet, row + 1, 0), "", pen.style("top"))
        pen.write(Cell(plan.sheet, row + 1, 1), CONTINUED, pen.style("hint"))
        pen.write(Cell(plan.sheet, row + 1, 2), rest, style)
        sheet.set_row(row + 1, max(18.0, height_of(rest, ANSWER_LINE)))
    pen.landscape(sheet, NarrativeSheet.FIRST_ROW, heading_row if _has_answers(plan) else NarrativeSheet.TITLE_ROW)
    pen.protect(sheet)
