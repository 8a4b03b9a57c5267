"""Whatever stands in a workbook outside the cells that are read: told block by block, never dropped without a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from consolidator.bearings import Axis, Bearing, bearings, drawn_places, is_drawn
from consolidator.booknames import COVER, OURS
from consolidator.carried import Rest, summary_rest, table_rest
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import PREVIOUS, TABLE
from consolidator.grid import CellValue, Grid, Range, key_of, nfc
from consolidator.lately import kept_lately
from consolidator.layout import Cell, layout_of
from consolidator.lettering import ANYTHING, COVER_ECHOES, Spot, printed
from consolidator.migrating import shown
from consolidator.paper import shortened
from consolidator.wording import tell
from consolidator.workedout import worked_out

if TYPE_CHECKING:
    from consolidator.knownrows import Line

MAX_BLOCKS, MAX_GROUPED = 12, 20_000
"""Blocks told one by one on a sheet, the rest as one; cells past which a sheet is told as one block."""
SHOWN, SHOWN_TEXT = 4, 40
"""How many cells of a block are shown, and how much of each."""
_UNMOVED = Axis({})
_NONE: Set[Spot] = frozenset()
_FACTS = ("meta.", PREVIOUS)


def strays(grid: Grid, view: LevelForm, is_summary: bool) -> list[Finding]:
    """Blocks of cells that a unit filled outside its input cells, sheets of its own, words over our labels."""
    stand = bearings(grid, view)
    drawn: dict[str, str] = {}
    for name in layout_of(view).sheet_names:
        drawn[stand[name].sheet if name in stand else name] = name
    read = _read_cells(grid, view, is_summary)
    known = {nfc(one.name): one.fresh.known.lines for one in grid.file.sheets if one.fresh} if grid.file else {}
    rest = summary_rest(grid, view) if is_summary else {}
    found: list[Finding] = []
    for sheet in grid.rows:
        if sheet in OURS:
            continue
        there = _drawn_there(view, drawn.get(sheet), stand, is_summary)
        filled = _filled(grid, sheet, read.get(sheet, _NONE), there, rest.get(sheet), known.get(sheet, ()))
        if sheet in rest:
            strange = {spot: value for spot, value in filled.items() if not rest[sheet].is_ours(*spot, value)}
            found += _told("stray", sheet, strange)
        elif sheet not in drawn:
            found += _sheet_told(sheet, filled)
        else:
            found += _on_drawn_sheet(grid, view, drawn[sheet], stand, filled, is_summary)
    return found


def strays_of_older(grid: Grid, view: LevelForm) -> list[Finding]:
    """The same for a workbook of an older template, of which we know no more than its names.

    On the sheets of figures and of narratives: what stands among their cells and below them.
    """
    named: dict[str, set[Spot]] = {}
    for sheet, row, col in grid.names.values():
        named.setdefault(sheet, set()).add((row, col))
    plan, found = layout_of(view), list[Finding]()
    for sheet in (*(one.sheet for one in plan.appendices), *(one.sheet for one in plan.narrative_sheets)):
        if spots := named.get(sheet):
            top, left, last = min(spots)[0], min(col for _, col in spots), max(spots)[0]
            filled = _filled(grid, sheet, spots, {})
            among = {(row, col) for row, col in filled if row > last or (row >= top and col >= left)}
            found += _told("stray", sheet, {spot: filled[spot] for spot in among})
    return found


def _drawn_there(
    view: LevelForm, name: str | None, stand: Mapping[str, Bearing], is_summary: bool
) -> Mapping[Spot, str]:
    """What the form draws on a sheet on which nothing has moved: most cells are known by one look."""
    here = stand.get(name) if name else None
    is_moved = here is not None and (here.rows.is_moved or here.cols.is_moved)
    return {} if name is None or is_moved else printed(view, is_summary)[name]


def _filled(
    grid: Grid,
    sheet: str,
    read: Set[Spot],
    drawn: Mapping[Spot, str],
    rest: Rest | None = None,
    known: Sequence[Line] = (),
) -> dict[Spot, CellValue]:
    """Every cell of a sheet that holds something and is neither read nor drawn; an error is its own text.

    What is anyway ours of the `rest` is left out. `known` are lines of other files too, of which many have the same.
    """
    found: dict[Spot, CellValue] = {}
    lines = grid.rows[sheet]
    asked = [col for col in range(max(map(len, lines), default=0)) if col not in rest.cols] if rest else []
    plain = _plain_lines(known, read, drawn) if known else ()
    for row, line in enumerate(lines):
        if row < len(plain) and line is plain[row]:
            continue
        some = ((col, line[col]) for col in asked if col < len(line)) if rest and row in rest.rows else enumerate(line)
        for col, value in some:
            if value is None or (spot := (row, col)) in read:
                continue
            word = drawn.get(spot)
            if word is not None and (word == value or word is ANYTHING):
                continue
            if not (isinstance(value, str) and not value.strip()):
                found[spot] = value
    if not grid.errors:
        return found
    errors = {(row, col): text for (name, row, col), text in grid.errors.items() if name == sheet}
    return found | {spot: text for spot, text in errors.items() if spot not in read}


@kept_lately
def _plain_lines(lines: Sequence[Line], read: Set[Spot], drawn: Mapping[Spot, str]) -> list[Line | None]:
    """Lines in which all that stands is read or drawn; None in the place of the others."""

    def is_plain(spot: Spot, value: CellValue) -> bool:
        return value is None or spot in read or drawn.get(spot) in (value, ANYTHING)

    return [
        line if all(is_plain((row, col), value) for col, value in enumerate(line)) else None
        for row, line in enumerate(lines)
    ]


def _read_cells(grid: Grid, view: LevelForm, is_summary: bool) -> dict[str, Set[Spot]]:
    """Cells whose contents reach the reader, by sheet; what it would pass over there (TRUE for a date) is none."""
    drawn = is_drawn(grid, view)
    always = _read_whatever(grid.names, grid.ranges, view, drawn)
    names = [*_facts(view)] if drawn else [*layout_of(view).names]
    names += [prefix + ref for ref in view.by_ref for prefix in ("own.", "weight.")] if is_summary else []
    places = [grid.names.get(name) for name in names]
    found: dict[str, set[Spot]] = {}
    for name, place, value in zip(names, places, grid.many(places), strict=True):
        if place is not None and value is not None:
            is_taken = isinstance(value, float) if name.startswith(PREVIOUS) else not isinstance(value, bool)
            if is_taken or not name.startswith(_FACTS):
                found.setdefault(place[0], set()).add(place[1:])
    return {**always, **{sheet: always.get(sheet, frozenset()) | spots for sheet, spots in found.items()}}


@kept_lately
def _read_whatever(
    names: Mapping[str, tuple[str, int, int]], ranges: Mapping[str, Range], view: LevelForm, drawn: bool
) -> dict[str, Set[Spot]]:
    """Cells that are read whatever they hold: those of tables, and all others with names if they stand as `drawn`."""
    found = {sheet: set(spots) for sheet, spots in _always_read(view).items()} if drawn else {}
    for table in view.tables:
        for column in table.columns:
            run = ranges.get(f"{TABLE}{table.id}.{column.id}")
            if run is not None:
                found.setdefault(run.sheet, set()).update((row, run.col) for row in range(run.row, run.last_row + 1))
    return {sheet: frozenset(spots) for sheet, spots in found.items()}


@worked_out
def _facts(view: LevelForm) -> tuple[str, ...]:
    """Names of cells of which the reader passes over what is of the wrong kind."""
    return tuple(name for name in layout_of(view).names if name.startswith(_FACTS))


@worked_out
def _always_read(view: LevelForm) -> Mapping[str, frozenset[Spot]]:
    """Where all other named cells are drawn, by sheet."""
    found: dict[str, set[Spot]] = {}
    for name, (sheet, row, col) in drawn_places(view).items():
        if not name.startswith(_FACTS):
            found.setdefault(sheet, set()).add((row, col))
    return {sheet: frozenset(spots) for sheet, spots in found.items()}


def _on_drawn_sheet(
    grid: Grid,
    view: LevelForm,
    name: str,
    stand: Mapping[str, Bearing],
    filled: Mapping[Spot, CellValue],
    is_summary: bool,
) -> Iterator[Finding]:
    """What stands on a sheet of the form besides input: ours, ours changed by a unit, or the unit's own."""
    here = stand.get(name)
    rows, cols = (here.rows, here.cols) if here else (_UNMOVED, _UNMOVED)
    sheet, texts = here.sheet if here else name, printed(view, is_summary)[name]
    if name == COVER:
        texts = {**texts, **{spot: ANYTHING for spot, fact in COVER_ECHOES.items() if grid.named(fact) is not None}}
    table = next((one for one in layout_of(view).tables if one.sheet == name), None)
    below = table_rest(grid, table, cols) if table else None
    strange: dict[Spot, CellValue] = {}
    changed: dict[Spot, CellValue] = {}
    for (row, col), value in filled.items():
        if below and below(row, col, value):
            continue
        words = [texts[r, c] for r in rows.drawn(row) for c in cols.drawn(col) if (r, c) in texts]
        if any(_is_said(value, word) for word in words):
            continue
        (changed if len(words) == 1 and isinstance(value, str) else strange)[row, col] = value
    yield from _told("stray", sheet, strange)
    yield from _told("label-changed", sheet, changed)


def _is_said(value: CellValue, word: str) -> bool:
    """Whether a cell says what was drawn there; of a prompt its heading is enough."""
    if word is ANYTHING or value == word:
        return True
    if not isinstance(value, str):
        return False
    lead = value.partition("\n")[0]
    return lead == word or key_of(word) in (key_of(lead), key_of(value))


def _told(code: str, sheet: str, cells: Mapping[Spot, CellValue]) -> Iterator[Finding]:
    """One finding a block; where there are very many, the last one tells the rest."""
    blocks = list(_blocks(set(cells))) if len(cells) <= MAX_GROUPED else [sorted(cells)]
    if len(blocks) > MAX_BLOCKS:
        blocks[MAX_BLOCKS - 1 :] = [[spot for block in blocks[MAX_BLOCKS - 1 :] for spot in block]]
    for block in blocks:
        first = Cell(sheet, *block[0]).a1
        last = "" if len(block) == 1 else f" … {Cell(sheet, *max(block)).a1}"
        facts = {"sheet": sheet, "cells": first + last, "count": str(len(block))}
        facts["shown"] = _first_of(cells[spot] for spot in block)
        yield tell(code, Place(sheet=sheet, cell=first), **facts)


def _sheet_told(sheet: str, filled: Mapping[Spot, CellValue]) -> Iterator[Finding]:
    """A sheet that is not the form's; an empty one is not worth a word."""
    if filled:
        first = Cell(sheet, *min(filled)).a1
        facts = {"sheet": sheet, "count": str(len(filled)), "shown": _first_of(filled[s] for s in sorted(filled))}
        yield tell("stray-sheet", Place(sheet=sheet, cell=first), **facts)


def _blocks(spots: set[Spot]) -> Iterator[list[Spot]]:
    """Cells that touch each other, also by a corner, from top to bottom."""
    for first in sorted(spots):
        if first not in spots:
            continue
        block, edge = [], [first]
        spots.discard(first)
        while edge:
            row, col = edge.pop()
            block.append((row, col))
            near = {(row + down, col + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & spots
            spots -= near
            edge += near
        yield sorted(block)


def _first_of(values: Iterable[CellValue]) -> str:
    """The first of some values in short, as their writer sees them."""
    found = [_in_short(value) for value, _ in zip(values, range(SHOWN + 1), strict=False)]
    return "; ".join(found[:SHOWN]) + "; …" * (len(found) > SHOWN)


def _in_short(value: CellValue) -> str:
    text = shortened(" ".join(shown(value).split()), SHOWN_TEXT)
    return f"“{text}”" if isinstance(value, str) else text
