"""What the buttons "Chuẩn hóa", "Áp dụng", "Hoàn tác" do: propose, apply what is ticked, take back.

Nothing changes before the clerk has seen it: proposals stand on a sheet with before and after, and only ticked
lines are applied, only to cells that still hold what was proposed to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consolidator import deskwords as words
from consolidator.amounts import Kind
from consolidator.booknames import FIXES
from consolidator.cellreading import wanted, wanted_in_row
from consolidator.desk import Desk, Obstacle, as_text, dress, link_formula, rgb, write_block
from consolidator.form import LevelForm
from consolidator.formula import MORE, TABLE
from consolidator.grid import CellValue, Day, Grid, nfc, plain
from consolidator.layout import address
from consolidator.marking import understood
from consolidator.oldfonts import Suspicion, suspect, to_unicode
from consolidator.palette import FONT, INPUT, NUMBER_FORMATS
from consolidator.textfigures import Wanted, is_dared, reading_of
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words

FIRST_ROW = 5
SHOWN = 200
"""Characters shown of a long text as it is now; what it should become stands there whole, to be corrected."""
_TICK, _SHEET, _CELL, _ABOUT, _NOW, _NEW, _WHY, _STATE, _DONE, _AT, _OLD, _OLD_FORMAT, _OLD_FONT, _FORMAT, _FONT = (
    range(15)
)
"""Columns of the sheet of proposals; those from `_DONE` on are hidden: they are for applying and taking back."""
_WIDTHS = (7, 12, 8, 34, 30, 24, 44, 22)
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Proposal:
    """A cell that should say the same thing in another way.

    `new` is None where the clerk must say which of two readings is meant; `certain` ones come ticked.
    `number_format` is what the cell needs to show a number; "" where the new value is a text. `font` is what it needs
    to show a text that an old font drew; "" where it keeps its own.
    """

    place: Place
    about: str
    now: CellValue
    new: float | str | None
    why: str
    certain: bool
    number_format: str = ""
    font: str = ""


def propose(desk: Desk) -> str:
    """Lists what should be tidied below, and what was already; what it says. Raises Obstacle."""
    grid = desk.grid()
    view = understood(grid).submission.view
    found = [*_of_figures(grid, view), *_of_texts(desk, grid, view)]
    found = [one for one in found if not _is_formula(desk, one)]
    applied = [line for line in _lines(desk.sheet(FIXES)).values() if line[_STATE] == words.FIX_DONE]
    desk.prove_sheets_can_be_added()
    with desk.still():
        if found:
            _list(desk, found, applied)
        elif not applied:
            desk.drop_sheet(FIXES)
    if not found:
        return words.FIXES_NONE
    return words.FIXES_FOUND.format(count=len(found), ticked=sum(one.certain for one in found))


def apply_ticked(desk: Desk) -> str:
    """Writes what is ticked into its cells; what it says. Raises Obstacle."""
    sheet, lines = _proposals(desk)
    ticked = {
        row: line for row, line in lines.items() if str(line[_TICK] or "").strip() and line[_STATE] != words.FIX_DONE
    }
    if not ticked:
        raise Obstacle("nothing-ticked", sheet=FIXES)
    done = _change(desk, sheet, ticked, forward=True)
    return words.FIXES_APPLIED.format(count=done, skipped=len(ticked) - done)


def undo_applied(desk: Desk) -> str:
    """Gives the cells back what they held before; what it says. Raises Obstacle."""
    sheet, lines = _proposals(desk)
    applied = {row: line for row, line in lines.items() if line[_STATE] == words.FIX_DONE}
    if not applied:
        raise Obstacle("nothing-to-undo")
    done = _change(desk, sheet, applied, forward=False)
    return words.FIXES_UNDONE.format(count=done, skipped=len(applied) - done)


def _of_figures(grid: Grid, view: LevelForm) -> Iterator[Proposal]:
    """Texts and dates in cells that want numbers."""
    for figure in view.figures:
        place, value = grid.names.get(figure.ref), grid.named(figure.ref)
        is_number = figure.derived is None and figure.indicator.type != "date"
        if is_number and place is not None and isinstance(value, str | Day):
            yield from _number_meant(value, place, figure.indicator.label, wanted(figure, grid, view))
    for table in view.tables:
        for column in table.columns:
            run = grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and not column.derived and column.type in ("number", "money", "percent"):
                for row in range(run.row, run.last_row + 1):
                    place = (run.sheet, row, run.col)
                    if isinstance(value := grid.at(*place), str | Day):
                        meant = wanted_in_row(table, column, grid, place)
                        yield from _number_meant(value, place, f"{table.title}, {column.label}", meant)


def _number_meant(value: str | Day, place: Place, about: str, meant: Wanted) -> Iterator[Proposal]:
    """A number for a text or a date where a number is wanted, if there is anything to propose.

    Ticked is what the batch takes as well: both ask `textfigures`.
    """
    shape = NUMBER_FORMATS[meant.kind]
    if isinstance(value, Day):
        day = day_of(value) if 1 <= value < 100_000 else None
        if day is not None:
            why = words.FIX_REASONS["date"].format(now=day_words(day), value=day.day)
            yield Proposal(place, about, value, float(day.day), why, False, shape)
        return
    reading = reading_of(value, meant)
    if reading is None or not reading.readings:
        return
    first, second = number_words(reading.readings[0], 6), number_words(reading.readings[-1], 6)
    if len(reading.readings) > 1:
        why = words.FIX_REASONS["two-readings"].format(value=first, other=second)
        yield Proposal(place, about, value, None, why, False, shape)
        return
    is_sure = is_dared(reading, meant)
    reason = "unsure" if not is_sure else "nothing" if reading.kind is Kind.NONE else "number"
    why = words.FIX_REASONS[reason].format(value=first, now=value.strip())
    yield Proposal(place, about, value, reading.readings[0], why, is_sure, shape)


def _of_texts(desk: Desk, grid: Grid, view: LevelForm) -> Iterator[Proposal]:
    """Texts in old fonts, broken by a change of code, or decomposed."""
    sheets = {nfc(sheet.name): sheet for sheet in desk.book.sheets}
    for place, about in _text_cells(grid, view):
        value = grid.at(*place)
        if isinstance(value, str) and not value.isascii():
            proposal = _text_meant(sheets[place[0]], place, about)
            if proposal is not None:
                yield proposal


def _text_cells(grid: Grid, view: LevelForm) -> Iterator[tuple[Place, str]]:
    """Cells that hold words, with what they are about."""
    for narrative in view.answers:
        for name in (narrative.ref, narrative.ref + MORE):
            if name in grid.names:
                yield grid.names[name], narrative.heading
    for indicator in view.indicators:
        name = f"{indicator.code}.note"
        if name in grid.names:
            yield grid.names[name], indicator.label
    for table in view.tables:
        for column in table.columns:
            run = grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and column.is_text:
                for row in range(run.row, run.last_row + 1):
                    yield (run.sheet, row, run.col), f"{table.title}, {column.label}"


def _text_meant(sheet: Any, place: Place, about: str) -> Proposal | None:
    """The text of a cell as composed Unicode; None where it is that already."""
    cell = sheet.range((place[1] + 1, place[2] + 1))
    raw, font = cell.value, str(cell.font.name or "")  # the grid has composed the text already
    kind = suspect(raw, font) if isinstance(raw, str) else None
    if kind is None:
        return None
    new = to_unicode(raw, kind, font)
    shape = FONT if kind in (Suspicion.TCVN3, Suspicion.VNI) else ""  # an old font would draw new text wrong
    why = words.FIX_REASONS[kind.value]
    return Proposal(place, about, raw, new, why, kind is Suspicion.DECOMPOSED, font=shape) if new != raw else None


def _cell(desk: Desk, place: Place) -> Any:
    sheet = desk.sheet(place[0])
    assert sheet is not None
    return sheet.range((place[1] + 1, place[2] + 1))


def _is_formula(desk: Desk, one: Proposal) -> bool:
    """Whether a cell computes what it shows: a value in its place could not be taken back."""
    formula = str(_cell(desk, one.place).formula)
    return formula.startswith("=") and formula != one.now


def _list(desk: Desk, found: Sequence[Proposal], applied: Sequence[Sequence[Any]]) -> None:
    sheet = desk.fresh_sheet(FIXES)
    lines: list[Sequence[object]] = []
    for one in found:
        name, row, col = one.place
        cell, at = _cell(desk, one.place), address(row, col)
        old = float(one.now) if isinstance(one.now, float) else one.now
        shown = ["x" if one.certain else "", name, at, one.about, _shown(one.now), one.new, one.why, "", ""]
        before = [str(cell.number_format or ""), str(cell.font.name or "")]
        lines.append([*shown, at, old, *before, one.number_format, one.font])
    lines += applied
    links = [[link_formula(str(line[_SHEET]), str(line[_AT]))] for line in lines]
    write_block(sheet, 1, [[words.FIXES_TITLE], [words.FIXES_HINT]])
    write_block(sheet, FIRST_ROW - 1, [[*words.FIX_HEADS, *[""] * (_FONT - _STATE)]])
    write_block(sheet, FIRST_ROW, lines)
    last = FIRST_ROW + len(lines) - 1
    sheet.range((FIRST_ROW, _CELL + 1), (last, _CELL + 1)).value = links
    dress(sheet, _WIDTHS, _FONT + 1, FIRST_ROW - 1, last)
    for first, final in ((_ABOUT, _NOW), (_WHY, _STATE)):  # not the new text: a long one would be a page tall
        sheet.range((FIRST_ROW, first + 1), (last, final + 1)).wrap_text = True
    for col in (_TICK, _NEW):
        sheet.range((FIRST_ROW, col + 1), (last, col + 1)).color = rgb(INPUT)
    sheet.activate()


def _proposals(desk: Desk) -> tuple[Any, dict[int, list[Any]]]:
    """The sheet of proposals and its lines by row. Raises Obstacle where there is none."""
    sheet = desk.sheet(FIXES)
    if sheet is None:
        raise Obstacle("no-fixes", sheet=FIXES)
    return sheet, _lines(sheet)


def _lines(sheet: Any | None) -> dict[int, list[Any]]:
    """Lines of the sheet of proposals by row, as they stand there: texts not composed, dates not turned."""
    if sheet is None:
        return {}
    last = sheet.used_range.last_cell.row
    area = sheet.range((FIRST_ROW, 1), (max(last, FIRST_ROW), _FONT + 1))
    return {row: line for row, line in enumerate(area.options(ndim=2).value, FIRST_ROW) if line[_AT]}


def _new(line: Sequence[Any]) -> float | str | None:
    """What a line wants its cell to hold; None where it does not say, or says a text where a number is wanted."""
    new = line[_NEW]
    if new in (None, "") or (line[_FORMAT] and not isinstance(new, int | float)):
        return None
    return new if isinstance(new, str) else float(new)


def _change(desk: Desk, sheet: Any, lines: Mapping[int, Sequence[Any]], *, forward: bool) -> int:
    """Puts the new values, or the old ones back, into cells that still hold the others; how many it changed."""
    done = 0
    by_sheet: dict[str, dict[int, Sequence[Any]]] = {}
    for row, line in lines.items():
        by_sheet.setdefault(str(line[_SHEET]), {})[row] = line
    with desk.still():
        for name, rows in by_sheet.items():
            target = desk.sheet(name)
            if target is None:
                continue
            with desk.opened(target):
                for row, line in rows.items():
                    cell, old, new = target.range(str(line[_AT])), line[_OLD], _new(line) if forward else line[_DONE]
                    before, after = (old, new) if forward else (new, old)
                    if after is None:
                        state = words.FIX_UNCLEAR
                    elif not _holds(cell, before):
                        state = words.FIX_CHANGED
                    else:
                        _put(cell, after, line, forward=forward)
                        state, done = words.FIX_DONE if forward else words.FIX_UNDONE, done + 1
                    sheet.range((row, _STATE + 1), (row, _DONE + 1)).value = [as_text(state), as_text(new)]
    return done


def _put(cell: Any, value: object, line: Sequence[Any], *, forward: bool) -> None:
    """Writes a value into a cell, in the number format and the font that it needs or needed before."""
    shape, font = (line[_FORMAT], line[_FONT]) if forward else (line[_OLD_FORMAT], line[_OLD_FONT])
    if line[_FORMAT] and shape:
        cell.number_format = shape
    if line[_FONT] and font:
        cell.font.name = font
    cell.value = as_text(value)


def _holds(cell: Any, expected: object) -> bool:
    """Whether a cell still holds a value; a day is compared by its number."""
    value = cell.value
    if isinstance(expected, int | float):
        found = plain(value)
        return isinstance(found, float) and float(found) == float(expected)
    return bool(value == expected)


def _shown(value: CellValue) -> object:
    """A value as the clerk sees it in the list: long texts cut, days as days."""
    if isinstance(value, Day):
        return day_words(day_of(value))
    if isinstance(value, str) and len(value) > SHOWN:
        return value[: SHOWN - 1] + "…"
    return value
