"""Draws the workbook of a level: cover, help, appendices, narratives, checks, and the names that carry it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from consolidator import __version__
from consolidator import layout as at
from consolidator.appendixsheet import draw_appendix, sheet_heading, validate_date
from consolidator.checksheet import draw_checksheet
from consolidator.content import Content, cached_values, whose_words
from consolidator.element import Narrative
from consolidator.expression import META_KINDS, is_cell_address
from consolidator.form import LevelForm
from consolidator.formula import PREVIOUS
from consolidator.layout import CHECKS, COVER, HELP, META, Cell, Layout, NarrativeSheet, Value, layout_of
from consolidator.paper import ANSWER_LINE, height_of, two_cells
from consolidator.pen import Pen, set_widths
from consolidator.rulebook import documents
from consolidator.submission import ELAPSED, ELAPSED_FORMULA, elapsed
from consolidator.tablesheet import draw_table
from consolidator.wording import DRAFT, FINAL, LABELS


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
    }
    return facts | {PREVIOUS + ref: previous.get(ref) for ref in view.by_ref}


def draw(pen: Pen, view: LevelForm, content: Content) -> None:
    """Draws every sheet of the form except the hidden one, which closes the workbook (`seal`)."""
    plan = layout_of(view)
    values = cached_values(plan, content.submission)
    _cover(pen, plan, content)
    _help(pen, plan)
    for appendix in plan.appendices:
        draw_appendix(pen, plan, appendix, content, values)
    for sheet in plan.narrative_sheets:
        _narratives(pen, sheet, content)
    for table in plan.tables:
        draw_table(pen, plan, table, content)
    draw_checksheet(pen, plan, values)


def seal(pen: Pen, view: LevelForm, content: Content, children: str = "") -> None:
    """Writes the hidden sheet and every name; `children` lists the files a summary is made of."""
    plan = layout_of(view)
    pen.sheet(META, hidden=True)
    for key, value in hidden_facts(view, content, children).items():
        cell = plan.names[key]
        pen.write(replace(cell, col=0), key, pen.style("cell"))
        pen.write(cell, value, pen.style("cell", "date" if isinstance(value, date) else ""))
    cell = plan.names[ELAPSED]
    pen.write(replace(cell, col=0), ELAPSED, pen.style("cell"))
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
    sheet.merge_range(3, 1, 3, 2, content.cover.get("meta.unit_name") or "", pen.style("banner"))
    sheet.set_row(3, 40)
    sheet.merge_range(4, 1, 4, 2, content.notice, pen.style("alarm" if content.notice else "plain"))
    sheet.set_row(4, 40 if content.notice else 6)
    for key in plan.cover_keys:
        cell = plan.names[key]
        sheet.set_row(cell.row, 22)
        pen.write(replace(cell, col=1), LABELS[key], pen.style("section"))
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
    row = 7 + len(plan.cover_keys) + 1
    pen.write(Cell(COVER, row, 1), "Nội dung", pen.style("head"))
    pen.write(Cell(COVER, row, 2), "Bấm để mở trang", pen.style("head"))
    titles = {s.sheet: s.title for s in plan.appendices} | {s.sheet: s.title for s in plan.narrative_sheets}
    titles |= {one.sheet: one.table.title for one in plan.tables}
    titles |= {HELP: "Cách điền biểu mẫu", CHECKS: "Kiểm tra số liệu trước khi nộp"}
    for offset, name in enumerate(plan.sheet_names[1:-1], row + 1):
        pen.link(Cell(COVER, offset, 1), f"#{at.quoted(name)}!A1", name)
        pen.write(Cell(COVER, offset, 2), titles[name], pen.style("cell"))
        sheet.set_row(offset, height_of(titles[name], 56))
    last = row + len(plan.sheet_names)
    sheet.merge_range(last + 1, 1, last + 1, 2, form.disclaimer, pen.style("hint"))
    sheet.set_row(last + 1, 48)
    sheet.fit_to_pages(1, 1)
    sheet.set_first_sheet()
    sheet.activate()
    pen.protect(sheet)


def _help(pen: Pen, plan: Layout) -> None:
    sheet = pen.sheet(HELP, "548235")
    set_widths(sheet, (4, 106))
    pen.write(Cell(HELP, 0, 0), "HƯỚNG DẪN ĐIỀN BIỂU MẪU", pen.style("title"))
    row = 2
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


def prompt_of(narrative: Narrative) -> str:
    """What the cell beside an answer says: heading, the outline's words, their separate asks, what is demanded."""
    lines = [narrative.heading, narrative.prompt]
    lines += [f"({number}) {ask}" for number, ask in enumerate(narrative.asks, 1)]
    lines += ["(có số liệu cụ thể)"] * (narrative.figures == "explicit") + ["(nếu có)"] * (not narrative.required)
    return "\n".join(lines)


def _narratives(pen: Pen, plan: NarrativeSheet, content: Content) -> None:
    sheet = pen.sheet(plan.sheet, "7F6000")
    set_widths(sheet, (11, 40, 100))
    sheet_heading(
        pen,
        plan.sheet,
        plan.title,
        NarrativeSheet.PATH_COL,
        "Viết vào ô màu vàng; ô tự cao lên theo nội dung. Quá dài thì viết tiếp ở ô ngay bên dưới.",
        whose_words(content.cover),
    )
    for narrative, row in plan.rows:
        if narrative.kind == "heading":
            pen.write(Cell(plan.sheet, row, 0), narrative.path, pen.style("section"))
            sheet.merge_range(row, 1, row, 2, narrative.heading, pen.style("section"))
            sheet.set_row(row, max(22.0, height_of(narrative.heading, 130)))
            continue
        first, rest = two_cells(content.submission.narratives.get(narrative.id, ""))
        prompt = prompt_of(narrative)
        pen.write(Cell(plan.sheet, row, 0), narrative.path, pen.style("top"))
        pen.write(Cell(plan.sheet, row, 1), prompt, pen.style("top"))
        style = pen.style("answer" if content.is_open(narrative.dept) else "closed")
        pen.write(Cell(plan.sheet, row, 2), first, style)
        sheet.set_row(row, max(height_of(prompt, 38), height_of(first, ANSWER_LINE), 80.0))
        pen.write(Cell(plan.sheet, row + 1, 0), "", pen.style("top"))
        pen.write(Cell(plan.sheet, row + 1, 1), "(viết tiếp nếu dài)", pen.style("hint"))
        pen.write(Cell(plan.sheet, row + 1, 2), rest, style)
        sheet.set_row(row + 1, max(18.0, height_of(rest, ANSWER_LINE)))
    pen.landscape(sheet, NarrativeSheet.FIRST_ROW, NarrativeSheet.TITLE_ROW)
    pen.protect(sheet)
