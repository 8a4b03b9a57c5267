"""The workbook that a clerk has open in Excel: its cells as a Grid, marks on it, questions to the clerk.

Everything the add-in asks of Excel goes through here, by whole ranges, because every call across costs. The
workbook is xlwings' `Book`, or anything that behaves like one; xlwings itself is imported by `addin` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from consolidator import layout as at
from consolidator.bearings import drawn_places
from consolidator.booknames import CHECKS, HELP, META, OURS, SUBMISSION
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.grid import CellValue, Grid, Range, named_place, nfc, plain
from consolidator.palette import FONT, PAPER, TITLE
from consolidator.paper import shortened
from consolidator.rulebook import form_ids, load

_VISIBLE = (True, -1)
"""How Excel says that a sheet is visible; a very hidden one is 2, and nothing can be put behind it."""
FOLDER_PICKER = 4
"""Excel's number for the dialog that asks for a folder."""
MAX_ASKED = 255
"""Characters of a question, and of an answer offered, that Excel's box takes: it shows no box at all for more."""
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_YOUNG_ERROR = "#VALUE!"
"""What files say for #SPILL!, #CALC! and their kin. From an open cell they come as whole numbers, figures never do."""
Place = tuple[str, int, int] | Range
"""What a name stands for: a cell, or a run of cells."""
_PERMITTED = (
    "AllowFormattingCells",
    "AllowFormattingColumns",
    "AllowFormattingRows",
    "AllowInsertingColumns",
    "AllowInsertingRows",
    "AllowInsertingHyperlinks",
    "AllowDeletingColumns",
    "AllowDeletingRows",
    "AllowSorting",
    "AllowFiltering",
    "AllowUsingPivotTables",
)
"""What a protected sheet may still permit, as Excel's `Protect` and `Protection` name it."""


class Obstacle(Exception):
    """Why a button cannot do its work: a key of `deskwords.OBSTACLES`, with what fills its sentence."""

    def __init__(self, key: str, **facts: str) -> None:
        super().__init__(key, facts)
        self.key, self.facts = key, facts


class Desk:
    """An open workbook (None where a button works without) and the Excel around it."""

    def __init__(self, app: Any, book: Any) -> None:
        self.app, self.book = app, book

    def grid(self) -> Grid:
        """All cells as they stand now, whether saved or not, and where every name is."""
        rows: dict[str, list[list[CellValue]]] = {}
        errors: dict[tuple[str, int, int], str] = {}
        for sheet in self.book.sheets:
            if (name := nfc(sheet.name)) not in (HELP, CHECKS, *OURS):
                rows[name] = _cells(sheet, name, errors)
        meta = {str(row[0]): row[1] for row in rows.get(META, []) if len(row) > 1 and row[0]}
        view = _view_declared(meta)
        standing = Grid(rows, {}, errors)
        if view is not None and meta.get("meta.document") == SUBMISSION and self._is_as_drawn(standing, view):
            return _as_drawn(standing, view)
        return self._as_named(standing)

    def _as_named(self, grid: Grid) -> Grid:
        """The grid with every name as the workbook has it: right always, but a call or three for each name."""
        names: dict[str, tuple[str, int, int]] = {}
        ranges: dict[str, Range] = {}
        for name in self.book.names:
            place = named_place(_target(name))
            if isinstance(place, Range):
                ranges[name.name] = place
            elif place is not None:
                names[name.name] = place
        return Grid(grid.rows, names, grid.errors, ranges)

    def _is_as_drawn(self, grid: Grid, view: LevelForm) -> bool:
        """Whether everything still stands where the form draws it, seen from its codes and a few of its names."""
        plan = at.layout_of(view)
        for appendix in plan.appendices:
            codes = [grid.at(appendix.sheet, row.row, appendix.CODE_COL) for row in appendix.rows]
            if codes != [row.indicator.code for row in appendix.rows]:
                return False
        for sheet in plan.narrative_sheets:
            if any(_text(grid.at(sheet.sheet, row, sheet.PATH_COL)) != one.path for one, row in sheet.rows):
                return False
        names = self.book.names
        try:
            return all(named_place(_target(names[name])) == place for name, place in _landmarks(view))
        except Exception:  # a foreign boundary: each engine has its own error for a missing name
            return False

    @contextmanager
    def opened(self, sheet: Any) -> Iterator[None]:
        """A sheet without its protection for a while; afterwards it is protected as before. Raises Obstacle."""
        api = sheet.api
        if not api.ProtectContents:
            yield
            return
        permitted = {name: bool(getattr(api.Protection, name)) for name in _PERMITTED}
        guarded = {"DrawingObjects": bool(api.ProtectDrawingObjects), "Scenarios": bool(api.ProtectScenarios)}
        try:
            api.Unprotect("")
        except Exception as error:  # COM has an error class of its own
            raise Obstacle("password", sheet=sheet.name) from error
        if api.ProtectContents:
            raise Obstacle("password", sheet=sheet.name)
        try:
            yield
        finally:
            api.Protect(Contents=True, **guarded, **permitted)

    def save_copy(self, path: str) -> None:
        """Saves what is open, unsaved changes included, to another file; the open workbook stays. Raises Obstacle."""
        try:
            self.book.api.SaveCopyAs(path)
        except Exception as error:  # COM has an error class of its own
            raise Obstacle("no-copy") from error

    def sheet(self, name: str) -> Any | None:
        """A sheet by its name, None where there is none."""
        return next((sheet for sheet in self.book.sheets if nfc(sheet.name) == name), None)

    def fresh_sheet(self, name: str) -> Any:
        """An empty sheet of that name at the end of the workbook; one that was there is replaced. Raises Obstacle."""
        self.prove_sheets_can_be_added()
        self.drop_sheet(name)
        return self.book.sheets.add(name, after=self._last_visible())

    def prove_sheets_can_be_added(self) -> None:
        """Raises Obstacle for a workbook whose structure is locked."""
        if self.book.api.ProtectStructure:
            raise Obstacle("structure")

    def drop_sheet(self, name: str) -> None:
        """Removes one of our sheets, if it is there."""
        sheet = self.sheet(name)
        if sheet is not None:
            sheet.delete()

    def _last_visible(self) -> Any:
        return self._visible()[-1]

    def _visible(self) -> list[Any]:
        return [sheet for sheet in self.book.sheets if sheet.visible in _VISIBLE]

    def shown_sheets(self) -> set[str]:
        """Names of the sheets that a clerk can see and go to."""
        return {nfc(sheet.name) for sheet in self._visible()}

    @contextmanager
    def still(self) -> Iterator[None]:
        """Without redrawing the screen for every cell."""
        self.app.screen_updating = False
        try:
            yield
        finally:
            self.app.screen_updating = True

    def place(self) -> tuple[str, int, int]:
        """(sheet, row, column) of the cell a clerk stands on, 0-based; with a picture selected, of the first cell."""
        selected = self.app.selection or self.book.sheets.active.range((1, 1))
        return nfc(selected.sheet.name), selected.row - 1, selected.column - 1

    def go(self, sheet: str, cell: str) -> None:
        """Selects a cell of a sheet that can be seen."""
        target = self.sheet(sheet)
        if target is not None and target.visible in _VISIBLE:
            target.activate()
            target.range(cell).select()

    def tell(self, text: str, title: str) -> None:
        """Tells in a box that must be closed."""
        self.app.alert(text, title)

    def ask(self, text: str, title: str, default: str = "") -> str | None:
        """Asks for a line of text; None if the clerk cancels."""
        answer = self.app.api.InputBox(shortened(text, MAX_ASKED), title, default[:MAX_ASKED])
        return None if answer is False or answer is None else str(answer)

    def ask_folder(self, title: str, start: str = "") -> str | None:
        """Asks for a folder; None if the clerk cancels."""
        dialog = self.app.api.FileDialog(FOLDER_PICKER)
        dialog.Title = title
        if start:
            dialog.InitialFileName = start
        return str(dialog.SelectedItems(1)) if dialog.Show() == -1 else None


def as_text(value: object) -> object:
    """What to write so that a text stays a text: Excel would run one that begins with "=" and turn 1.234 around."""
    return f"'{value}" if isinstance(value, str) and value else value


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour of the palette as Excel's three numbers."""
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


def write_block(sheet: Any, row: int, rows: Sequence[Sequence[object]], col: int = 1) -> None:
    """Writes rows of cells in one call; `row` and `col` of the first cell are 1-based."""
    if rows:
        area = sheet.range((row, col), (row + len(rows) - 1, col + len(rows[0]) - 1))
        area.value = [[as_text(value) for value in line] for line in rows]


def read_block(sheet: Any, row: int, columns: int) -> list[list[CellValue]]:
    """Rows from a row (1-based) to the end of what is used, as wide as asked."""
    last = sheet.used_range.last_cell.row
    if last < row:
        return []
    values = sheet.range((row, 1), (last, columns)).options(ndim=2).value
    return [[plain(value) for value in line] for line in values]


def link_formula(sheet: str, cell: str) -> str | None:
    """A formula that leads to a cell: one write for a whole column, where hyperlinks would be a call each."""
    if not cell:
        return None
    target = f"#{at.quoted(sheet)}!{cell}".replace('"', '""')
    return f'=HYPERLINK("{target}","{cell}")'


def dress(sheet: Any, widths: Sequence[float], columns: int, head_row: int, last_row: int) -> None:
    """Makes one of our lists easy to read, in few calls; columns without a width are hidden. Rows are 1-based."""
    for col in range(1, columns + 1):
        sheet.range((1, col)).column_width = widths[col - 1] if col <= len(widths) else 0
    whole = sheet.range((1, 1), (last_row, len(widths)))
    whole.font.name, whole.vertical_alignment = FONT, "top"
    title, head = sheet.range((1, 1)), sheet.range((head_row, 1), (head_row, len(widths)))
    title.font.bold, title.font.size, title.font.color = True, 15, rgb(TITLE)
    head.color, head.font.color, head.font.bold = rgb(TITLE), rgb(PAPER), True


def _cells(sheet: Any, name: str, errors: dict[tuple[str, int, int], str]) -> list[list[CellValue]]:
    """A sheet's cells from A1 on; error cells are told apart, as in a file they are blanks with a reason."""
    used = sheet.used_range
    values = used.options(ndim=2, err_to_str=True).value
    top, left = used.row - 1, used.column - 1
    rows: list[list[CellValue]] = [[] for _ in range(top)]
    for offset, line in enumerate(values):
        cells: list[CellValue] = [None] * left
        for col, value in enumerate(line, left):
            if isinstance(value, int) and not isinstance(value, bool):
                value = _YOUNG_ERROR
            if isinstance(value, str) and value in _ERRORS:
                errors[name, top + offset, col] = value
                cells.append(None)
            else:
                cells.append(plain(value))
        rows.append(cells)
    return rows


def _view_declared(meta: dict[str, CellValue]) -> LevelForm | None:
    """The form and level that the hidden sheet declares, where we have them and draw them in the version declared."""
    form_id, level = meta.get("meta.form"), meta.get("meta.level")
    if not isinstance(form_id, str) or form_id not in form_ids():
        return None
    form = load(form_id)
    known = level in form.levels and _text(meta.get("meta.form_version")) == form.version
    return form.at(str(level)) if known else None


def _as_drawn(grid: Grid, view: LevelForm) -> Grid:
    """The grid with every name where the form draws it."""
    ranges: dict[str, Range] = {}
    for one in at.layout_of(view).tables:
        ranges[TABLE + one.table.id] = _run(one, one.table.key)
        for column in one.table.columns:
            ranges[f"{TABLE}{one.table.id}.{column.id}"] = _run(one, column.id)
    return Grid(grid.rows, dict(drawn_places(view)), grid.errors, ranges)


def _run(plan: at.TablePlan, column: str) -> Range:
    """All rows of a table's column, where the form draws them."""
    return Range(plan.sheet, plan.FIRST_ROW, plan.col(column), plan.FIRST_ROW + plan.rows - 1)


def _landmarks(view: LevelForm) -> Iterator[tuple[str, Place]]:
    """The first and the last name of every sheet: where they stand, what lies between has not moved either."""
    by_sheet: dict[str, list[tuple[str, Place]]] = {}
    for name, place in sorted(drawn_places(view).items(), key=itemgetter(1)):
        by_sheet.setdefault(place[0], []).append((name, place))
    for named in by_sheet.values():
        yield from (named[0], named[-1])
    for one in at.layout_of(view).tables:
        columns = one.table.columns
        for column in (columns[0], columns[-1]):
            yield f"{TABLE}{one.table.id}.{column.id}", _run(one, column.id)


def _target(name: Any) -> str:
    return str(name.refers_to).removeprefix("=")


def _text(value: CellValue) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
