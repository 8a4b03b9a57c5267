"""The sheet "Kiểm tra": every rule that Excel can compute, live, with a list of what is wrong at the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consolidator import layout as at
from consolidator.booknames import CHECKS, COVER, NEEDED_DATES
from consolidator.columns import column_letters
from consolidator.element import CARRIED_OVER, Check
from consolidator.facts import Batch
from consolidator.finding import Severity
from consolidator.form import LevelForm
from consolidator.formula import state_formula
from consolidator.judging import live_verdicts
from consolidator.layout import Cell, Layout, Value, layout_of
from consolidator.pen import Pen, set_widths
from consolidator.rowtext import Formula, Strip, Style, Written
from consolidator.submission import Submission
from consolidator.tabling import rows_with_problems
from consolidator.verdict import Verdict
from consolidator.wording import BROKEN, HOLDS, SEVERITY_WORDS, UNDECIDED
from consolidator.workedout import worked_out

_WORD = {Verdict.HOLDS: HOLDS, Verdict.BROKEN: BROKEN, Verdict.UNDECIDED: UNDECIDED}
_ERROR, _WARNING = SEVERITY_WORDS[Severity.ERROR], SEVERITY_WORDS[Severity.WARNING]
_READY = "ĐÃ CÓ THỂ NỘP: không còn lỗi."
_EMPTY = "CHƯA NHẬP SỐ LIỆU NÀO, chưa nộp được."
_NOT_READY = "CÒN ", " LỖI, chưa nộp được."
_PICKED = {
    at.SEVERITY_COL: at.SEVERITY_COL,
    at.STATE_COL: at.CODE_COL,
    at.MESSAGE_COL: at.MESSAGE_COL,
    at.FIX_COL: at.FIX_COL,
}
"""Columns of the live list, and the columns of the rule list they show."""
_COUNTS = {
    "errors": "Số lỗi phải sửa",
    "texts": "Số ô số liệu ghi chữ thay vì số",
    "warnings": "Số cảnh báo và lưu ý cần xem",
    "blanks": "Số ô “Thực hiện” còn trống",
    "unwritten": "Số mục thuyết minh bắt buộc còn trống",
}


def checksheet_formulas(plan: Layout) -> dict[Cell, str]:
    """Every formula of the sheet by cell."""
    states, severities = _column(plan, at.STATE_COL), _column(plan, at.SEVERITY_COL)
    counts = {key: _value_cell(row) for key, row in at.COUNT_ROWS.items()}
    required = [n for n in plan.view.answers if n.required]
    broken = f'COUNTIFS({states},"{BROKEN}",{severities}'
    undated = "".join(f"+(1-ISNUMBER({key}))" for key in _needed_dates(plan))
    found = {
        counts["errors"]: f'={broken},"{_ERROR}"){_row_problems(plan, Severity.ERROR)}',
        counts["texts"]: "=" + ("+".join(map(_texts_in, _figure_areas(plan))) or "0"),
        counts["warnings"]: f'={broken},"<>{_ERROR}"){_row_problems(plan, Severity.WARNING)}{undated}',
        counts["blanks"]: "=" + "+".join(f"COUNTBLANK({area})" for area in _actual_areas(plan)),
        counts["unwritten"]: "=" + ("+".join(f"(LEN(TRIM({n.ref}))=0)" for n in required) or "0"),
    }
    wrong = f"{counts['errors'].a1}+{counts['texts'].a1}"
    verdict = f'IF({wrong}=0,"{_READY}","{_NOT_READY[0]}"&({wrong})&"{_NOT_READY[1]}")'
    filled = ",".join(_figure_areas(plan, CARRIED_OVER))
    found[_value_cell(at.VERDICT_ROW)] = f'=IF(COUNT({filled})=0,"{_EMPTY}",{verdict})' if filled else f"={verdict}"
    for index, formula in enumerate(_state_formulas(plan.view)):
        row = plan.state_row(index)
        found[plan.state(index)] = formula
        found[Cell(CHECKS, row, at.RANK_COL)] = _rank_formula(states, severities, row)
    ranks = _column(plan, at.RANK_COL)
    for line in range(at.PROBLEM_LINES):
        row = at.FIRST_PROBLEM_ROW + line
        pick = f"MATCH({line + 1},{ranks},0)"
        for col, source in _PICKED.items():
            found[Cell(CHECKS, row, col)] = f'=IFERROR(INDEX({_column(plan, source)},{pick}),"")'
        target = f"INDEX({_column(plan, at.RANK_COL + 1)},{pick})"
        found[Cell(CHECKS, row, at.LINK_COL)] = f'=IFERROR(HYPERLINK({target},"Đến ô"),"")'
    return found


@worked_out
def _state_formulas(view: LevelForm) -> list[str]:
    """What says of each rule of the sheet whether it is broken."""
    checks = layout_of(view).live_checks
    return [state_formula(check.node, check.rule.tolerated, HOLDS, BROKEN, UNDECIDED) for check in checks]


def checksheet_values(plan: Layout, submission: Submission) -> dict[Cell, Value]:
    """What each of those formulas is worth for a submission: the cached values."""
    batch = Batch([submission])
    found: dict[Cell, Value] = {}
    broken: dict[Severity, list[int]] = {severity: [] for severity in Severity}
    for index, (check, verdict) in enumerate(zip(plan.live_checks, live_verdicts(batch)[:, 0].tolist(), strict=True)):
        found[plan.state(index)] = _WORD[verdict]
        found[Cell(CHECKS, plan.state_row(index), at.RANK_COL)] = ""
        if verdict == Verdict.BROKEN:
            broken[check.rule.severity].append(index)
    errors = broken[Severity.ERROR]
    in_rows = rows_with_problems(plan, submission)
    others = sorted(broken[Severity.WARNING] + broken[Severity.INFO])
    ranked = errors + others
    for rank, index in enumerate(ranked, 1):
        found[Cell(CHECKS, plan.state_row(index), at.RANK_COL)] = float(rank)
    for line in range(at.PROBLEM_LINES):
        row = at.FIRST_PROBLEM_ROW + line
        for col in (*_PICKED, at.LINK_COL):
            found[Cell(CHECKS, row, col)] = ""
        if line < len(ranked):
            check = plan.live_checks[ranked[line]]
            found[Cell(CHECKS, row, at.SEVERITY_COL)] = SEVERITY_WORDS[check.rule.severity]
            found[Cell(CHECKS, row, at.STATE_COL)] = check.rule.code
            found[Cell(CHECKS, row, at.MESSAGE_COL)] = check.rule.message.format(**check.facts)
            found[Cell(CHECKS, row, at.FIX_COL)] = check.rule.fix.format(**check.facts)
            found[Cell(CHECKS, row, at.LINK_COL)] = "Đến ô"
    blanks = sum(bool(batch.blanks(ref)[0]) for ref in _actual_inputs(plan))
    unwritten = sum(not submission.narratives.get(n.id, "").strip() for n in plan.view.answers if n.required)
    wrong, texts = len(errors) + in_rows[Severity.ERROR], _texts(submission)
    undated = sum(not isinstance(submission.meta.get(key), float) for key in _needed_dates(plan))
    for key, number in (
        ("errors", wrong),
        ("texts", texts),
        ("warnings", len(others) + in_rows[Severity.WARNING] + undated),
        ("blanks", blanks),
        ("unwritten", unwritten),
    ):
        found[_value_cell(at.COUNT_ROWS[key])] = float(number)
    sentence = str(wrong + texts).join(_NOT_READY) if wrong + texts else _READY
    found[_value_cell(at.VERDICT_ROW)] = _EMPTY if submission.is_empty else sentence
    return found


def draw_checksheet(pen: Pen, plan: Layout, values: Mapping[Cell, Value], *, is_spliced: bool = False) -> None:
    """Draws the sheet with its formulas and their present values; its many rules as spliced rows, or cell by cell."""
    sheet = pen.sheet(CHECKS, "C55A11")
    set_widths(sheet, (9, 11, 17, 62, 52, 10, 8, 8))
    sheet.set_column(at.RANK_COL, at.RANK_COL + 1, 8, None, {"hidden": True})
    pen.title(Cell(CHECKS, 0, 0), at.LINK_COL, "KIỂM TRA SỐ LIỆU")
    hint = "Trang này tự tính khi nhập số liệu. Sửa hết các lỗi rồi mới nộp; cảnh báo thì xem lại, đúng thì để nguyên."
    pen.write(Cell(CHECKS, 1, 0), hint, pen.style("subtitle"))
    pen.link(Cell(CHECKS, 2, 0), f"#{at.quoted(COVER)}!A1", "← Bìa", pen.style("subtitle"))
    formulas = checksheet_formulas(plan)
    for key, row in at.COUNT_ROWS.items():
        sheet.merge_range(row, 0, row, 2, _COUNTS[key], pen.style("section"))
    sheet.merge_range(at.VERDICT_ROW, 0, at.VERDICT_ROW, 2, "Kết luận", pen.style("section"))
    sheet.set_row(at.VERDICT_ROW, 22)
    _heading(pen, at.PROBLEM_HEADER_ROW, ("TT", "Mức", "Quy tắc", "Điều cần xem", "Cách xử lý", "Ô"))
    sheet.set_row(at.STATE_HEADER_ROW - 1, 22)
    pen.write(Cell(CHECKS, at.STATE_HEADER_ROW - 1, 0), "Toàn bộ quy tắc của biểu mẫu", pen.style("title"))
    _heading(pen, at.STATE_HEADER_ROW, ("Mã", "Mức", "Trạng thái", "Quy tắc", "Cách xử lý", "Ô"))
    for line in range(at.PROBLEM_LINES):
        row = at.FIRST_PROBLEM_ROW + line
        sheet.set_row(row, 32)
        pen.write(Cell(CHECKS, row, 0), float(line + 1), pen.style("centre"))
    if is_spliced:
        _splice_rules(pen, plan, formulas, values)
    else:
        _write_rules(pen, plan)
    for cell, text in formulas.items():
        if is_spliced and cell.row >= plan.state_row(0):
            continue
        style = "link" if cell.col == at.LINK_COL else "big" if cell.row in at.COUNT_ROWS.values() else "cell"
        style = "alarm" if cell.row == at.VERDICT_ROW else style
        value = values[cell]
        pen.formula(cell, text, value if isinstance(value, float | str) else "", pen.style(style))
    _marks(pen, plan)
    sheet.freeze_panes(3, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, at.FIRST_PROBLEM_ROW + at.PROBLEM_LINES - 1, at.LINK_COL)
    sheet.autofilter(at.STATE_HEADER_ROW, 0, plan.state_row(max(len(plan.live_checks) - 1, 0)), at.LINK_COL)
    pen.protect(sheet)


def _words(check: Check) -> dict[int, str]:
    """What the sheet says of a rule, by column."""
    return {
        at.CODE_COL: check.rule.code,
        at.SEVERITY_COL: SEVERITY_WORDS[check.rule.severity],
        at.MESSAGE_COL: check.rule.message.format(**check.facts),
        at.FIX_COL: check.rule.fix.format(**check.facts),
    }


def _write_rules(pen: Pen, plan: Layout) -> None:
    """Every rule: its words, and the way to the cell it is about."""
    for index, check in enumerate(plan.live_checks):
        row, target = plan.state_row(index), _target(plan, check.about)
        for col, text in _words(check).items():
            pen.write(Cell(CHECKS, row, col), text, pen.style("cell"))
        pen.link(Cell(CHECKS, row, at.LINK_COL), target.link, target.a1)
        pen.write(Cell(CHECKS, row, at.RANK_COL + 1), target.link, pen.style("cell"))


def _splice_rules(pen: Pen, plan: Layout, formulas: Mapping[Cell, str], values: Mapping[Cell, Value]) -> None:
    """The same with their formulas, as rows that are put in while the workbook is zipped."""
    plain, link, targets = pen.style("cell"), pen.style("link"), [_target(plan, one.about) for one in plan.live_checks]
    for index, target in enumerate(targets):
        pen.way(Cell(CHECKS, plan.state_row(index), at.LINK_COL), target.link)

    def formula(row: int, col: int) -> Formula:
        worth = values[Cell(CHECKS, row, col)]
        return Formula(formulas[Cell(CHECKS, row, col)], worth if isinstance(worth, float | str) else "")

    def strips() -> Iterator[Strip]:
        for index, (check, target) in enumerate(zip(plan.live_checks, targets, strict=True)):
            row = plan.state_row(index)
            cells: dict[int, tuple[Written, Style]] = {col: (text, plain) for col, text in _words(check).items()}
            cells |= {col: (formula(row, col), plain) for col in (at.STATE_COL, at.RANK_COL)}
            cells |= {at.LINK_COL: (target.a1, link), at.RANK_COL + 1: (target.link, plain)}
            yield Strip([cells[col] for col in sorted(cells)])

    pen.rows(Cell(CHECKS, plan.state_row(0), at.CODE_COL), at.RANK_COL + 1, len(plan.live_checks), strips())


def _marks(pen: Pen, plan: Layout) -> None:
    sheet = pen.book.get_worksheet_by_name(CHECKS)
    last = plan.state_row(len(plan.live_checks))
    for word, style in ((BROKEN, "wrong"), (HOLDS, "fine")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(style)}
        sheet.conditional_format(at.FIRST_STATE_ROW, at.STATE_COL, last, at.STATE_COL, rule)
    for word, style in ((_ERROR, "wrong"), (_WARNING, "doubt")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": pen.mark(style)}
        last_line = at.FIRST_PROBLEM_ROW + at.PROBLEM_LINES - 1
        sheet.conditional_format(at.FIRST_PROBLEM_ROW, at.SEVERITY_COL, last_line, at.SEVERITY_COL, rule)
    top, end = _value_cell(at.COUNT_ROWS["errors"]), _value_cell(at.COUNT_ROWS["texts"])
    for criteria, style in ((">", "wrong"), ("==", "fine")):
        rule = {"type": "cell", "criteria": criteria, "value": 0, "format": pen.mark(style)}
        sheet.conditional_format(top.row, top.col, end.row, end.col, rule)


def _heading(pen: Pen, row: int, words: tuple[str, ...]) -> None:
    for col, word in enumerate(words):
        pen.write(Cell(CHECKS, row, col), word, pen.style("head"))


def _row_problems(plan: Layout, severity: Severity) -> str:
    """Further terms of a count: rows of tables with something to say."""
    return "".join(f"+SUMPRODUCT(--(LEN({table.run(table.problem(0, severity).col)})>0))" for table in plan.tables)


def _needed_dates(plan: Layout) -> list[str]:
    return [key for key in plan.cover_keys if key in NEEDED_DATES]


def _texts(submission: Submission) -> int:
    """How many figures a unit typed as something else; a summary's own cells hold formulas."""
    inputs = {figure.ref for figure in submission.view.figures if figure.derived is None}
    return 0 if submission.is_summary else len(inputs & submission.texts.keys())


def _texts_in(area: str) -> str:
    """Counts what is neither a number nor blank: texts, TRUE, error values. Formulas and spaces may look blank."""
    blank = f"IFERROR(SUMPRODUCT(--(LEN(TRIM({area}))=0)),COUNTBLANK({area}))"
    return f"ROWS({area})*COLUMNS({area})-COUNT({area})-{blank}"


def _figure_areas(plan: Layout, without: tuple[str, ...] = ()) -> list[str]:
    """Addresses of the figures of all appendices; columns of the measures `without` are left out."""
    found = []
    for appendix in plan.appendices:
        runs: list[list[str]] = [[]]
        for measure in appendix.measures:
            if measure not in without:
                runs[-1].append(measure)
            elif runs[-1]:
                runs.append([])
        for run in filter(None, runs):
            first, last = appendix.cell(appendix.rows[0], run[0]), appendix.cell(appendix.rows[-1], run[-1])
            found.append(f"{first.absolute}:${column_letters(last.col)}${last.row + 1}")
    return found


def _value_cell(row: int) -> Cell:
    return Cell(CHECKS, row, at.MESSAGE_COL)


def _column(plan: Layout, col: int) -> str:
    """Absolute range of a column of the rule list."""
    letters, first = column_letters(col), at.FIRST_STATE_ROW + 1
    return f"${letters}${first}:${letters}${at.FIRST_STATE_ROW + max(len(plan.live_checks), 1)}"


def _rank_formula(states: str, severities: str, row: int) -> str:
    """Numbers what is broken: errors first in the order of the list, then the rest."""
    state, severity = f"$C${row + 1}", f"$B${row + 1}"
    first = at.FIRST_STATE_ROW + 1
    so_far = f'$C${first}:{state},"{BROKEN}",$B${first}:{severity}'
    error = f'COUNTIFS({so_far},"{_ERROR}")'
    other = f'COUNTIFS({states},"{BROKEN}",{severities},"{_ERROR}")+COUNTIFS({so_far},"<>{_ERROR}")'
    return f'=IF({state}="{BROKEN}",IF({severity}="{_ERROR}",{error},{other}),"")'


def _actual_inputs(plan: Layout) -> list[str]:
    return [f.ref for f in plan.view.figures if f.measure == "actual" and f.derived is None]


def _actual_areas(plan: Layout) -> list[str]:
    """Addresses of the input cells of the measure `actual`, joined into runs, sheet by sheet."""
    runs: list[tuple[Cell, int]] = []
    for ref in _actual_inputs(plan):
        cell = plan.names[ref]
        if runs and (runs[-1][0].sheet, runs[-1][0].col, runs[-1][1] + 1) == (cell.sheet, cell.col, cell.row):
            runs[-1] = (runs[-1][0], cell.row)
        else:
            runs.append((cell, cell.row))
    return [f"{first.absolute}:${column_letters(first.col)}${last + 1}" for first, last in runs]


def _target(plan: Layout, about: str) -> Cell:
    """Where a click on a check leads: the cell it is about, else the cover's date."""
    return plan.names.get(about, plan.names["meta.report_date"])
