"""What a plain formula in a cell comes to: sums, differences, products and quotients of figures and of cells beside.

Only to tell a cached value that its formula cannot have: whatever else a formula does is not judged. Nothing is
executed; Python's parser only makes the tree.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from consolidator.columns import column_number
from consolidator.expression import is_same
from consolidator.grid import Grid

LONGEST, MOST_CELLS = 200, 2_000
"""Characters of a formula, and cells it sums, that are looked at."""
_REFERENCE = r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})"
_CELL = re.compile(rf"(?<![\w.!]){_REFERENCE}(?![\w.!(:])")
_RANGE = re.compile(rf"{_REFERENCE}(?::{_REFERENCE})?")
_SUM = re.compile(r"SUM\(([^()]*)\)")
_FIGURES = re.compile(r"[0-9.+*/() e-]+")


class _Unclear(Exception):
    """This is no plain arithmetic, or Excel would show an error."""


def worth_of(formula: str, grid: Grid, sheet: str) -> float | None:
    """What the formula of a cell of a sheet comes to; None for one that is not plain arithmetic on that sheet."""
    if len(formula) > LONGEST:
        return None
    try:
        text = _SUM.sub(lambda found: _shown(sum(_summed(found[1], grid, sheet))), formula)
        text = _CELL.sub(lambda found: _shown(_figure(grid, sheet, found[1], found[2])), text).strip()
        if not _FIGURES.fullmatch(text):
            return None
        worth = _value(ast.parse(text, mode="eval").body)
    except (_Unclear, SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None
    return worth if math.isfinite(worth) else None


def is_worth(cached: str, worth: float) -> bool:
    """Whether a cached value is what its formula comes to, within the one tolerance."""
    try:
        return is_same(float(cached), worth)
    except ValueError:
        return False


def _shown(number: float) -> str:
    return f"({number!r})"


def _figure(grid: Grid, sheet: str, letters: str, row: str) -> float:
    """A cell's figure; a blank counts as nothing, as in Excel: only here, and no figure of a report comes of it."""
    value = grid.at(sheet, place := int(row) - 1, col := column_number(letters))
    if (sheet, place, col) in grid.errors or not (value is None or isinstance(value, float)):
        raise _Unclear
    return 0.0 if value is None else float(value)


def _summed(arguments: str, grid: Grid, sheet: str) -> Iterator[float]:
    """Figures that SUM adds: texts and blanks are passed over, errors are not."""
    left = MOST_CELLS
    for argument in arguments.split(","):
        place = _RANGE.fullmatch(argument.strip())
        if place is None:
            yield float(argument)
            continue
        top, left_col = int(place[2]) - 1, column_number(place[1])
        low, right_col = (int(place[4]) - 1, column_number(place[3])) if place[3] else (top, left_col)
        left -= max(0, low - top + 1) * max(0, right_col - left_col + 1)
        if left < 0:
            raise _Unclear
        for row in range(top, low + 1):
            for col in range(left_col, right_col + 1):
                if (sheet, row, col) in grid.errors:
                    raise _Unclear
                if isinstance(value := grid.at(sheet, row, col), float):
                    yield float(value)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner)
        case ast.BinOp(left=left, op=sign, right=right):
            one, two = _value(left), _value(right)
            match sign:
                case ast.Add():
                    return one + two
                case ast.Sub():
                    return one - two
                case ast.Mult():
                    return one * two
                case ast.Div():
                    return one / two
    raise _Unclear
