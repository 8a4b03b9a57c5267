"""The words by which the rows and columns of a sheet are told apart: codes, labels, keys, headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consolidator.bearings import Bearing, Place, named_cells
from consolidator.booknames import COVER, META
from consolidator.form import LevelForm
from consolidator.grid import Grid, key_of
from consolidator.layout import Appendix, Cell, layout_of
from consolidator.lettering import CONTINUED, column_heads, row_label
from consolidator.wording import LABELS
from consolidator.workedout import worked_out


@dataclass(frozen=True)
class Marks:
    """What tells the rows and the columns of a sheet apart: words that stand in them.

    `rows` maps a drawn row to the word left in it that is its alone, `labels` to what it says to people; `cols` maps
    a drawn column to its heading. Rows without a word of their own (`follows`) stand right below one that has.
    """

    rows: Mapping[int, str]
    left: int
    labels: Mapping[int, str] = field(default_factory=dict)
    cols: Mapping[int, str] = field(default_factory=dict)
    follows: frozenset[int] = frozenset()


@worked_out
def marks_of(view: LevelForm) -> Mapping[str, Marks]:
    """Marks of every sheet with names, but for tables."""
    plan = layout_of(view)
    cover = {plan.names[key].row: LABELS[key] for key in plan.cover_keys}
    found = {COVER: Marks(cover, 1)}
    found[META] = Marks({cell.row: name for name, cell in named_cells(view)[META].items()}, 0)
    for appendix in plan.appendices:
        codes = {row.row: row.indicator.code for row in appendix.rows}
        labels = {row.row: row_label(row) for row in appendix.rows}
        heads = dict(enumerate(column_heads(view, appendix).values(), appendix.FIRST_COL))
        found[appendix.sheet] = Marks(codes, appendix.CODE_COL, labels, heads)
    for sheet in plan.narrative_sheets:
        paths = {row: one.path for one, row in sheet.rows}
        follows = frozenset(row + 1 for one, row in sheet.rows if one.kind == "answer")
        if follows:
            found[sheet.sheet] = Marks(paths, sheet.PATH_COL, follows=follows)
    return found


def are_as_drawn(grid: Grid, view: LevelForm) -> bool:
    """Whether rows and columns say where the form draws them what they said."""
    for sheet, words in _words_of(view).items():
        rows = grid.rows.get(sheet, [])
        try:
            if any(rows[row][col] != word for row, col, word in words):
                return False
        except IndexError:
            return False
    return True


@worked_out
def _words_of(view: LevelForm) -> Mapping[str, list[tuple[int, int, str]]]:
    """Row, column and word of all marks, by sheet."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for sheet, marks in marks_of(view).items():
        words = [(row, marks.left, word) for row, word in marks.rows.items()]
        words += [(row, int(Appendix.LABEL_COL), word) for row, word in marks.labels.items()]
        found[sheet] = words + [(int(Appendix.HEADER_ROW), col, word) for col, word in marks.cols.items()]
    return found


class Words:
    """Where the words stand that tell rows and columns of one sheet apart."""

    def __init__(self, grid: Grid, stands: Bearing, marks: Marks, first: int) -> None:
        self.grid, self.stands, self.marks = grid, stands, marks
        self.lines = grid.rows.get(stands.sheet, [])
        self._offset = first - marks.left
        end = min(stands.cols.stands.values(), default=None)
        words = set(marks.rows.values())
        self.rows: dict[str, list[tuple[int, int]]] = {}
        for row, line in enumerate(self.lines):
            for col, value in enumerate(line[:end]):
                if isinstance(value, str) and value in words:
                    self.rows.setdefault(value, []).append((row, col))
        self._own_labels = {key_of(label) for label in marks.labels.values()}
        heads = set(marks.cols.values())
        counted = [sum(isinstance(value, str) and value in heads for value in line) for line in self.lines]
        self.head_row = counted.index(max(counted)) if any(counted) else None
        self.heads: dict[str, list[int]] = {}
        for col, value in enumerate(self.lines[self.head_row] if self.head_row is not None else ()):
            if isinstance(value, str) and value in heads:
                self.heads.setdefault(value, []).append(col)

    def contradiction(self, cell: Cell, place: Place) -> str:
        """The word by which a named cell's row or column is another one; "" if nothing speaks against the name."""
        sheet, row, col = place
        line = self.grid.rows.get(sheet, [])[row : row + 1]
        said = [value for value in (line[0][:col] if line else ()) if isinstance(value, str)]
        word = self.marks.rows.get(cell.row)
        if word is None:
            return next((value for value in said if value in self.rows), "") if cell.row in self.marks.follows else ""
        if word not in said:
            if other := next((value for value in said if value in self.rows), ""):
                return other
            if word in self.rows:
                return word
        return self._other_label(cell, said) or self._other_heading(cell, place)

    def _other_label(self, cell: Cell, said: list[str]) -> str:
        """The label of another row that stands beside a code: what people read there is not what we would read."""
        own = self.marks.labels.get(cell.row)
        if own is None or own in said:
            return ""
        labels = [value for value in said if key_of(value) in self._own_labels]
        return "" if key_of(own) in map(key_of, labels) or not labels else labels[0]

    def _other_heading(self, cell: Cell, place: Place) -> str:
        own = self.marks.cols.get(cell.col)
        if own is None or self.head_row is None or place[0] != self.stands.sheet:
            return ""
        above = self.grid.at(place[0], self.head_row, place[2])
        if above == own:
            return ""
        return str(above) if above in self.heads else own if own in self.heads else ""

    def place_of(self, cell: Cell) -> Place | None:
        """The one cell that the word of a row and the heading of a column leave; None if there is none or more."""
        drawn = cell.row - (cell.row in self.marks.follows)
        spots = self.rows.get(self.marks.rows.get(drawn, ""), [])
        if len(spots) != 1:
            return None
        (row, left) = spots[0]
        said = [value for value in self.lines[row] if isinstance(value, str)]
        if self._other_label(cell, said) or self.stands.rows.stands.get(drawn, row) != row:
            return None
        if cell.row != drawn:
            row += 1
            below = self.lines[row] if row < len(self.lines) else []
            if CONTINUED not in below or self.stands.rows.stands.get(cell.row, row) != row:
                return None
        if self.marks.cols:
            cols = self.heads.get(self.marks.cols[cell.col], [])
            col = cols[0] if len(cols) == 1 else None
        else:
            col = self.stands.cols.stands.get(cell.col, left + self._offset)
        if col is None or self.stands.cols.stands.get(cell.col, col) != col:
            return None
        return self.stands.sheet, row, col
