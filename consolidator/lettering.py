"""What stands printed on the sheets of a form: headings, labels and where each of them is drawn.

The drawing modules write these words; readers know by them what a clerk has typed over or beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from consolidator import layout as at
from consolidator.booknames import CHECKS, COVER, HELP, META, SOURCES, TEXTS
from consolidator.element import ATTRIBUTES, Table
from consolidator.finding import Severity
from consolidator.form import LevelForm
from consolidator.layout import Appendix, NarrativeSheet, Row, TablePlan, layout_of
from consolidator.rulebook import documents
from consolidator.wording import LABELS, OF_WHICH, SEVERITY_WORDS
from consolidator.workedout import worked_out

ANYTHING = ""
"""In `printed`: a cell that we fill, with words that a later program may change or with a formula."""
CONTINUED = "(viết tiếp nếu dài)"
"""Beside the second cell of an answer."""
APPENDIX_HEADS = ("Mã", "TT", "Nội dung", "Đơn vị tính")
NARRATIVE_HEADS = ("Mục", "Nội dung cần nêu", "Bài viết của đơn vị")
OPEN_FILE = "Mở tệp"
"""The link of a unit's row in a summary to its file."""
UNITS_BELOW, TOTAL_LINE = "Của các đơn vị trực thuộc", "Cộng"
"""In a table: above the rows of the units below, before the sums."""
COVER_ECHOES = {(3, 1): "meta.unit_name", (4, 1): "meta.notice"}
"""Cells of the cover that repeat a fact; blank where that is blank."""
Spot = tuple[int, int]
"""0-based row and column of a sheet."""


_SPANS = re.compile(r"\d+-\d+(?: \d+-\d+)*")


def span_words(cols: Iterable[int], mark: int) -> str:
    """Columns of a row that we draw on a page that only shows, as spans of distances to the column `mark`."""
    spans: list[list[int]] = []
    for col in sorted(cols):
        if spans and spans[-1][1] == col - 1:
            spans[-1][1] = col
        else:
            spans.append([col, col])
    return " ".join(f"{mark - first}-{mark - last}" for first, last in spans)


def in_spans(text: object, distance: int) -> bool:
    """Whether such a text names the column at a distance; no other text names any, this one also its own."""
    if not isinstance(text, str) or not _SPANS.fullmatch(text):
        return False
    spans = (span.split("-") for span in text.split())
    return distance == 0 or any(int(last) <= distance <= int(first) for first, last in spans)


def row_label(row: Row) -> str:
    """What a row of an appendix says it is about."""
    label = row.indicator.label
    return OF_WHICH + label[0].lower() + label[1:] if row.depth else label


def column_heads(view: LevelForm, appendix: Appendix) -> dict[str, str]:
    """Heading of each measure and attribute of an appendix."""
    measures = view.form.catalogue.measures
    return {m: measures[m].label for m in appendix.measures} | {key: LABELS[key] for key in ATTRIBUTES}


def table_heads(table: Table) -> dict[str, str]:
    """Heading of each column of a table; a star marks what must be filled in."""
    return {column.id: column.label + " *" * column.required for column in table.columns}


def problem_head(severity: Severity) -> str:
    """Heading of the column in which the errors, or the warnings, of a table's rows are told."""
    return f"{SEVERITY_WORDS[severity]} (không in)"


@worked_out
def printed(view: LevelForm, is_summary: bool) -> Mapping[str, Mapping[Spot, str]]:
    """By sheet: every cell that the form draws and no unit fills in, with its text or ANYTHING.

    Of a table only what stands above its rows; the rows and what follows them depend on the workbook.
    """
    plan = layout_of(view)
    found = {COVER: dict(_cover(plan, is_summary)), HELP: dict(_help()), CHECKS: dict(_checks(plan))}
    found[META] = {(cell.row, 0): name for name, cell in plan.names.items() if cell.sheet == META}
    for appendix in plan.appendices:
        found[appendix.sheet] = dict(_appendix(view, appendix, is_summary))
    for sheet in plan.narrative_sheets:
        found[sheet.sheet] = dict(_narratives(sheet))
    for one in plan.tables:
        found[one.sheet] = dict(_table(one))
    return found


def _heading(first: int) -> Iterator[tuple[Spot, str]]:
    """Title, way back to the cover, whose page it is, hint."""
    yield from (((0, first), ANYTHING), ((at.LINK_ROW, first), ANYTHING), ((at.LINK_ROW, first + 1), ANYTHING))
    yield (Appendix.HINT_ROW, first), ANYTHING


def _cover(plan: at.Layout, is_summary: bool) -> Iterator[tuple[Spot, str]]:
    last = max(plan.names[key].row for key in plan.cover_keys)
    yield from (((row, 1), ANYTHING) for row in (1, 2, 5))
    yield from (((at.WAYS_ROW, col), ANYTHING) for col in (1, 2) if is_summary)
    yield from (((plan.names[key].row, 1), LABELS[key]) for key in plan.cover_keys)
    contents = last + 2
    yield from (((contents, col), ANYTHING) for col in range(1, 3 + is_summary))
    names = [name for name in plan.sheet_names if name not in (COVER, META)]
    names += [TEXTS, SOURCES] if is_summary else []
    for row, name in enumerate(names, contents + 1):
        yield from (((row, 1), name), ((row, 2), ANYTHING))
    if is_summary:
        appendices = range(contents + 2, contents + 2 + len(plan.appendices))
        yield from (((row, 3), ANYTHING) for row in appendices)
    yield (contents + len(names) + 2, 1), ANYTHING


def _help() -> Iterator[tuple[Spot, str]]:
    yield from (((0, 0), ANYTHING), ((at.LINK_ROW, 0), ANYTHING))
    row = 3
    for block in documents()["help"]["section"]:
        yield (row, 0), ANYTHING
        lines = range(row + 1, row + 1 + len(block["lines"]))
        yield from (((line, col), ANYTHING) for line in lines for col in (0, 1))
        row = lines.stop + 1


def _checks(plan: at.Layout) -> Iterator[tuple[Spot, str]]:
    yield from (((row, 0), ANYTHING) for row in (0, 1, 2, at.STATE_HEADER_ROW - 1))
    for row in (*at.COUNT_ROWS.values(), at.VERDICT_ROW):
        yield from (((row, 0), ANYTHING), ((row, at.MESSAGE_COL), ANYTHING))
    lines = range(at.PROBLEM_HEADER_ROW, at.FIRST_PROBLEM_ROW + at.PROBLEM_LINES)
    yield from (((row, col), ANYTHING) for row in lines for col in range(at.LINK_COL + 1))
    yield from (((at.STATE_HEADER_ROW, col), ANYTHING) for col in range(at.LINK_COL + 1))
    states = (plan.state_row(index) for index in range(len(plan.live_checks)))
    yield from (((row, col), ANYTHING) for row in states for col in range(at.RANK_COL + 2))


def _appendix(view: LevelForm, appendix: Appendix, is_summary: bool) -> Iterator[tuple[Spot, str]]:
    yield from _heading(Appendix.NUMBER_COL)
    if is_summary:
        yield (at.LINK_ROW, Appendix.FIRST_COL), ANYTHING
    heads = (*APPENDIX_HEADS, *column_heads(view, appendix).values())
    yield from (((Appendix.HEADER_ROW, col), word) for col, word in enumerate(heads))
    for row in appendix.rows:
        words = (row.indicator.code, row.number, row_label(row), row.indicator.unit)
        yield from (((row.row, col), word) for col, word in enumerate(words))


def _narratives(sheet: NarrativeSheet) -> Iterator[tuple[Spot, str]]:
    yield from _heading(NarrativeSheet.PATH_COL)
    if any(narrative.kind == "answer" for narrative, _ in sheet.rows):
        heads = enumerate(NARRATIVE_HEADS)
        yield from (((NarrativeSheet.FIRST_ROW - 1, col), word) for col, word in heads)
    for narrative, row in sheet.rows:
        yield (row, NarrativeSheet.PATH_COL), narrative.path
        yield (row, NarrativeSheet.PROMPT_COL), narrative.heading
        if narrative.kind == "answer":
            yield (row + 1, NarrativeSheet.PROMPT_COL), CONTINUED


def _table(one: TablePlan) -> Iterator[tuple[Spot, str]]:
    yield from _heading(TablePlan.NAME_COL)
    yield (TablePlan.HEADER_ROW, TablePlan.NAME_COL), ANYTHING
    for column, head in table_heads(one.table).items():
        yield (TablePlan.HEADER_ROW, one.col(column)), head
    for severity in (Severity.ERROR, Severity.WARNING):
        yield (TablePlan.HEADER_ROW, one.problem(0, severity).col), problem_head(severity)
