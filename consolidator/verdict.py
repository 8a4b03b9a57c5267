"""First reading of the rule language: what an expression is worth, for one submission or for thousands.

Values are columns, one entry a submission: figures and truths are float arrays in which NaN means *missing*
(truths are 1.0 and 0.0), texts are object arrays of str. Missing travels through arithmetic and comparison the
way #N/A travels through Excel's, which is what keeps this reading and `formula` equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from functools import reduce
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from consolidator.expression import (
    GAP_DIGITS,
    TOLERANCE,
    Call,
    Node,
    Number,
    Ref,
    Text,
    Truth,
    kind_of,
    names_in,
    to_text,
)

Numbers = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Column = Numbers | Texts

EXCEL_EPOCH = date(1899, 12, 30)


class Verdict(IntEnum):
    """What became of a rule."""

    BROKEN = 0
    HOLDS = 1
    UNDECIDED = 2


class Facts(Protocol):
    """Where an expression finds its values: one submission, or a batch of them side by side."""

    size: int

    def numbers(self, name: str) -> Numbers:
        """Figures (or dates as serials) under a name; NaN where there is no number."""

    def texts(self, name: str) -> Texts:
        """Texts under a name; "" where there is none."""

    def blanks(self, name: str) -> npt.NDArray[np.bool_]:
        """Where nothing at all was entered (a text in a figure's cell is not nothing)."""

    def answer(self, word: str, *about: str) -> Numbers:
        """What a word says about names and texts beyond this row of values; NaN where it cannot know."""


def serial(day: date) -> float:
    """Excel's number of a day (1900 system)."""
    return float((day - EXCEL_EPOCH).days)


def day_of(number: float) -> date:
    """The day of an Excel serial number. Raises OverflowError or ValueError where there is none."""
    return date.fromordinal(EXCEL_EPOCH.toordinal() + int(number))


def judge(node: Node, facts: Facts, tolerance: float = TOLERANCE) -> npt.NDArray[np.int8]:
    """The verdict (values of `Verdict`) of a truth expression for every submission of `facts`."""
    worth = _Reader(facts, tolerance).numbers(node)
    return np.where(np.isnan(worth), Verdict.UNDECIDED, worth).astype(np.int8)


def compute(node: Node, facts: Facts) -> Numbers:
    """The value of a number expression for every submission of `facts`; NaN where it is missing."""
    return _Reader(facts, TOLERANCE).numbers(node)


def compute_text(node: Node, facts: Facts) -> Texts:
    """The value of a text expression for every row of `facts`; "" where it is missing."""
    return _Reader(facts, TOLERANCE).texts(node)


class _Reader:
    def __init__(self, facts: Facts, tolerance: float) -> None:
        self.facts = facts
        self.tolerance = tolerance

    def numbers(self, node: Node) -> Numbers:
        match node:
            case Number(value) | Truth(value):
                return np.full(self.facts.size, float(value))
            case Ref(name):
                return self.facts.numbers(name)
            case Call(word, args):
                with np.errstate(all="ignore"):
                    worth = self._call(word, args)
                return np.where(np.isfinite(worth), worth, np.nan)
        raise TypeError(f"{to_text(node)} is not a number")

    def texts(self, node: Node) -> Texts:
        match node:
            case Text(value):
                return np.full(self.facts.size, value, dtype=object)
            case Ref(name):
                return self.facts.texts(name)
            case Call("TRIM", (inner,)):
                return _each(_trim, self.texts(inner))
            case Call("IF", (condition, yes, no)):
                chosen = self.numbers(condition)
                known = np.where(chosen == 1, self.texts(yes), self.texts(no))
                return np.where(np.isnan(chosen), "", known).astype(object)
        raise TypeError(f"{to_text(node)} is not a text")

    def _call(self, word: str, args: tuple[Node, ...]) -> Numbers:
        if word in _ARITHMETIC:
            return _ARITHMETIC[word](*map(self.numbers, args))
        if word in _COMPARISON:
            return self._compare(word, *args)
        if word in _AGGREGATE:
            return self._aggregate(word, args)
        match word:
            case "AND" | "OR":
                values = [self.numbers(arg) for arg in args]
                return reduce(np.minimum if word == "AND" else np.maximum, values)
            case "IF":
                condition, yes, no = (self.numbers(arg) for arg in args)
                return np.where(np.isnan(condition), np.nan, np.where(condition != 0, yes, no))
            case "ROUND":
                return round_half_up(self.numbers(args[0]), int(_plain(args[1])))
            case "DATE":
                year, month, day = (int(_plain(arg)) for arg in args)
                return np.full(self.facts.size, serial(date(year, month, day)))
            case "LEN":
                return np.array([len(text) for text in self.texts(args[0])], dtype=float)
        return self._ask(word, args)

    def _ask(self, word: str, args: tuple[Node, ...]) -> Numbers:
        """Words that look at cells or at the batch instead of at values."""
        names = names_in(Call(word, args))
        match word:
            case "COUNT":
                return reduce(operator.add, [(~np.isnan(self.facts.numbers(name))).astype(float) for name in names])
            case "ISNUMBER":
                return (~np.isnan(self.facts.numbers(names[0]))).astype(float)
            case "ISBLANK":
                return self.facts.blanks(names[0]).astype(float)
            case "ASOF":
                as_of = self.facts.numbers(names[0].partition(".")[0] + ".as_of")
                return np.where(np.isnan(self.facts.numbers(names[0])), np.nan, as_of)
        return self.facts.answer(word, *names)

    def _compare(self, sign: str, left: Node, right: Node) -> Numbers:
        if kind_of(left) == "text":
            same = self.texts(left) == self.texts(right)
            return np.asarray(same if sign == "=" else ~same, dtype=float)
        gap = round_half_up(self.numbers(left) - self.numbers(right), GAP_DIGITS)
        return np.where(np.isnan(gap), np.nan, _COMPARISON[sign](gap, self.tolerance))

    def _aggregate(self, word: str, args: tuple[Node, ...]) -> Numbers:
        """SUM, MIN, MAX: blank Refs are passed over, all blank is missing, a missing expression is missing."""
        rows = np.array([self.numbers(arg) for arg in args])
        computed = np.array([not isinstance(arg, Ref) for arg in args])
        spoilt = np.isnan(rows[computed]).any(axis=0) if computed.any() else False
        empty = np.isnan(rows).all(axis=0)
        filled = np.where(np.isnan(rows), _AGGREGATE[word][1], rows)
        return np.where(empty | spoilt, np.nan, _AGGREGATE[word][0](filled, axis=0))


def round_half_up(values: Numbers, digits: int) -> Numbers:
    """Excel's ROUND: halves away from zero, as written in decimals (1.005 rounds to 1.01)."""
    scaled = np.abs(values) * 10.0**digits
    whole = np.floor(scaled + 0.5 + scaled * 2.0**-50)
    return np.sign(values) * whole / 10.0**digits


def _trim(text: str) -> str:
    """Excel's TRIM: no blanks at either end, one between words."""
    text = text.strip(" ")
    return text if "  " not in text else " ".join(filter(None, text.split(" ")))


def _each(function: Callable[[str], str], texts: Texts) -> Texts:
    found = np.empty(len(texts), dtype=object)
    found[:] = list(map(function, texts))
    return found


def _plain(node: Node) -> float:
    if not isinstance(node, Number):
        raise TypeError(f"{to_text(node)} is not a plain number")
    return node.value


def _divide(left: Numbers, right: Numbers) -> Numbers:
    return np.where(right == 0, np.nan, left / np.where(right == 0, 1.0, right))


_ARITHMETIC: dict[str, Callable[..., Numbers]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "NEG": operator.neg,
    "NOT": lambda truth: 1.0 - truth,
    "ABS": np.abs,
    "INT": lambda number: np.floor(number + np.abs(number) * 2.0**-50),
}
_COMPARISON: dict[str, Callable[[Numbers, float], Any]] = {
    "=": lambda gap, tolerance: np.abs(gap) <= tolerance,
    "<>": lambda gap, tolerance: np.abs(gap) > tolerance,
    "<": lambda gap, tolerance: gap < -tolerance,
    "<=": lambda gap, tolerance: gap <= tolerance,
    ">": lambda gap, tolerance: gap > tolerance,
    ">=": lambda gap, tolerance: gap >= -tolerance,
}
_AGGREGATE: dict[str, tuple[Callable[..., Numbers], float]] = {
    "SUM": (np.sum, 0.0),
    "MIN": (np.min, np.inf),
    "MAX": (np.max, -np.inf),
}
