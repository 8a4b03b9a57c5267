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
from consolidator.desk import Desk, Obstacle, as_text, dress, link_formula, rgb, write_block
from consolidator.element import Figure
from consolidator.form import LevelForm
from consolidator.formula import MORE, TABLE
from consolidator.grid import CellValue, Day, Grid, plain
from consolidator.layout import FIXES
from consolidator.marking import address, understood
from consolidator.numerals import read_figure
from consolidator.oldfonts import Suspicion, suspect, to_unicode
from consolidator.palette import INPUT, NUMBER_FORMATS
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words

FIRST_ROW = 5
SHOWN = 200
"""Characters of a long text shown before and after."""
_TICK, _SHEET, _CELL, _ABOUT, _NOW, _NEW, _WHY, _STATE, _AT, _OLD, _OLD_FORMAT, _FULL, _FORMAT = range(13)
"""Columns of the sheet of proposals; those from `_AT` on are hidden: they are for applying and taking back."""
_WIDTHS = (7, 12, 8, 34, 30, 24, 44, 22)
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Proposal:
    """A cell that should say the same thing in another way.

    `new` is None where the clerk must say which of two readings is meant; `certain` ones come ticked.
    `number_format` is what the cell needs to show a number; "" where the new value is a text.
    """

    place: Place
    about: str
    now: CellValue
    new: float | str | None
    why: str
    certain: bool
    number_format: str = ""


def propose(desk: Desk) -> str:
    """Lists what should be tidied; what it says. Raises Obstacle for a workbook that is not ours."""
    grid = desk.grid()
    view = understood(grid).submission.view
    found = [*_of_figures(grid, view), *_of_texts(desk, grid, view)]
    desk.prove_sheets_can_be_added()
    with desk.still():
        desk.drop_sheet(FIXES)
        if not found:
            return words.FIXES_NONE
        _list(desk, found)
    return words.FIXES_FOUND.format(count=len(found), ticked=sum(one.certain for one in found))


def apply_ticked(desk: Desk) -> str:
    """Writes what is ticked into its cells; what it says. Raises Obstacle."""
    sheet, lines = _proposals(desk)
    ticked = {
        row: line
        for row, line in lines.items()
        if str(line[_TICK] or "").strip() and line[_STATE] != words.FIX_DONE and _new(line) is not None
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
        place = grid.names.get(figure.ref)
        if figure.derived is None and place is not None and figure.indicator.type != "date":
            kind = "percent" if figure.unit == "%" else figure.indicator.type
            like = [v for m in view.form.measures if isinstance(v := grid.named(f"{figure.indicator.code}.{m}"), float)]
            proposal = _number_meant(grid.at(*place), place, figure.indicator.label, figure, like, kind)
            if proposal is not None:
                yield proposal
    for table in view.tables:
        for column in table.columns:
            run = grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and not column.derived and column.type in ("number", "money", "percent"):
                kind = "decimal" if column.type == "number" else column.type
                for row in range(run.row, run.last_row + 1):
                    place = (run.sheet, row, run.col)
                    proposal = _number_meant(grid.at(*place), place, f"{table.title}, {column.label}", None, (), kind)
                    if proposal is not None:
                        yield proposal


def _number_meant(
    value: CellValue, place: Place, about: str, figure: Figure | None, like: Sequence[float], kind: str
) -> Proposal | None:
    """A number for a text or a date where a number of a kind is wanted; None where there is nothing to propose."""
    shape = NUMBER_FORMATS[kind]
    if isinstance(value, Day):
        day = day_of(value) if 1 <= value < 100_000 else None
        if day is None:
            return None
        why = words.FIX_REASONS["date"].format(now=day_words(day), value=day.day)
        return Proposal(place, about, value, float(day.day), why, False, shape)
    if not isinstance(value, str) or not value.strip():
        return None
    unit = figure.unit if figure else ""
    whole = figure is not None and figure.indicator.type in ("int", "money") and unit != "%"
    reading = read_figure(value, unit=unit, whole=whole, percent=unit == "%", like=like)
    if reading is None or not reading.readings:
        return None
    first, second = number_words(reading.readings[0], 6), number_words(reading.readings[-1], 6)
    if len(reading.readings) > 1:
        why = words.FIX_REASONS["two-readings"].format(value=first, other=second)
        return Proposal(place, about, value, None, why, False, shape)
    reason = "unsure" if not reading.certain else "nothing" if reading.kind is Kind.NONE else "number"
    why = words.FIX_REASONS[reason].format(value=first, now=value.strip())
    return Proposal(place, about, value, reading.readings[0], why, reading.certain, shape)


def _of_texts(desk: Desk, grid: Grid, view: LevelForm) -> Iterator[Proposal]:
    """Texts in old fonts, broken by a change of code, or decomposed."""
    for narrative in view.answers:
        for name in (narrative.ref, narrative.ref + MORE):
            if name in grid.names:
                yield from _text_meant(desk, grid, grid.names[name], narrative.heading)
    for indicator in view.indicators:
        name = f"{indicator.code}.note"
        if name in grid.names:
            yield from _text_meant(desk, grid, grid.names[name], indicator.label)
    for table in view.tables:
        for column in table.columns:
            run = grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None and column.is_text:
                for row in range(run.row, run.last_row + 1):
                    yield from _text_meant(desk, grid, (run.sheet, row, run.col), f"{table.title}, {column.label}")


def _text_meant(desk: Desk, grid: Grid, place: Place, about: str) -> Iterator[Proposal]:
    value = grid.at(*place)
    if not isinstance(value, str) or value.isascii():
        return
    sheet, row, col = place
    cell = desk.sheet(sheet).range((row + 1, col + 1))  # type: ignore[union-attr]
    raw, font = cell.value, str(cell.font.name or "")  # the grid has composed the text already
    if not isinstance(raw, str):
        return
    kind = suspect(raw, font)
    if kind is not None:
        new = to_unicode(raw, kind, font)
        if new != raw:
            yield Proposal(place, about, raw, new, words.FIX_REASONS[kind.value], certain=kind is Suspicion.DECOMPOSED)


def _list(desk: Desk, found: Sequence[Proposal]) -> None:
    sheet = desk.fresh_sheet(FIXES)
    lines: list[list[object]] = []
    links: list[list[object]] = []
    for one in found:
        name, row, col = one.place
        cell, target = address(row, col), desk.sheet(name)
        assert target is not None
        before = str(target.range(cell).number_format or "")
        old = float(one.now) if isinstance(one.now, float) else one.now
        shown = ["x" if one.certain else "", name, cell, one.about, _shown(one.now), _shown(one.new), one.why, ""]
        full = one.new if isinstance(one.new, str) and len(one.new) > SHOWN else ""
        lines.append([*shown, cell, old, before, full, one.number_format])
        links.append([link_formula(name, cell)])
    write_block(sheet, 1, [[words.FIXES_TITLE], [words.FIXES_HINT]])
    write_block(sheet, FIRST_ROW - 1, [[*words.FIX_HEADS, *[""] * (_FORMAT - _STATE)]])
    write_block(sheet, FIRST_ROW, lines)
    last = FIRST_ROW + len(lines) - 1
    sheet.range((FIRST_ROW, _CELL + 1), (last, _CELL + 1)).value = links
    dress(sheet, _WIDTHS, _FORMAT + 1, FIRST_ROW - 1, last)
    sheet.range((FIRST_ROW, _ABOUT + 1), (last, _WHY + 1)).wrap_text = True
    for col in (_TICK, _NEW):
        sheet.range((FIRST_ROW, col + 1), (last, col + 1)).color = rgb(INPUT)
    sheet.activate()


def _proposals(desk: Desk) -> tuple[Any, dict[int, list[Any]]]:
    """The sheet of proposals and its lines by row, as they stand there: texts not composed, dates not turned."""
    sheet = desk.sheet(FIXES)
    if sheet is None:
        raise Obstacle("no-fixes", sheet=FIXES)
    last = sheet.used_range.last_cell.row
    area = sheet.range((FIRST_ROW, 1), (max(last, FIRST_ROW), _FORMAT + 1))
    return sheet, {row: line for row, line in enumerate(area.options(ndim=2).value, FIRST_ROW) if line[_AT]}


def _new(line: Sequence[Any]) -> float | str | None:
    """What a line wants its cell to hold; None where it does not say, or says a text where a number is wanted."""
    new = line[_FULL] or line[_NEW]
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
                    cell, old, new = target.range(str(line[_AT])), line[_OLD], _new(line)
                    if not _holds(cell, old if forward else new):
                        state = words.FIX_CHANGED
                    else:
                        shape = line[_FORMAT] if forward else line[_OLD_FORMAT]
                        if shape and line[_FORMAT]:
                            cell.number_format = shape
                        cell.value = as_text(new if forward else old)
                        state, done = words.FIX_DONE if forward else words.FIX_UNDONE, done + 1
                    sheet.range((row, _STATE + 1)).value = as_text(state)
    return done


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
