"""Expressions that differ in their names alone, put side by side: derived figures, and rules of figures.

Most are one and the same rate, or one and the same comparison, of different rows. Side by side they are one expression
over long columns, which `verdict` reads as it reads any other, so that one report costs little more than many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from consolidator.element import Figure
from consolidator.expression import Node, refs, rename, words
from consolidator.form import LevelForm
from consolidator.verdict import Facts, Numbers, Texts, compute, judge
from consolidator.workedout import worked_out

_PLAIN = frozenset({"AND", "OR", "NOT", "IF", "SUM", "MIN", "MAX", "ABS", "ROUND", "INT", "COUNT", "ISNUMBER"})
"""Words that look at nothing but numbers."""
Places = npt.NDArray[np.intp]


LONGEST = 2**18
"""Numbers that a column has at most, unless one expression alone has more: what a processor's cache holds."""


@dataclass(frozen=True)
class Alike:
    """Expressions that are one over names "0", "1" …

    Attributes:
        places: which of those they were taken from each is.
        sources: where in a view the figure stands that each name means (shape: names × expressions).
    """

    node: Node
    places: Places
    sources: Places

    def compute(self, matrix: Numbers) -> Numbers:
        """Their values (shape: expressions × submissions) from all figures of the view (figures × submissions)."""
        return self._read(lambda facts: compute(self.node, facts), matrix)

    def judge(self, matrix: Numbers, tolerance: float) -> Numbers:
        """The same for truths: values of `Verdict`."""
        return self._read(lambda facts: judge(self.node, facts, tolerance), matrix)

    def _read(self, reading: Callable[[Facts], npt.NDArray[Any]], matrix: Numbers) -> Numbers:
        size = matrix.shape[1]
        step = max(1, LONGEST // max(1, size))
        pieces = [self.sources[:, start : start + step] for start in range(0, len(self.places), step)]
        found: Numbers = np.concatenate([reading(_SideBySide(matrix, some)).reshape(-1, size) for some in pieces])
        return found


class _SideBySide:
    """Facts in which a name stands for the figures of many rows, one behind the other."""

    def __init__(self, matrix: Numbers, sources: Places) -> None:
        self._columns: dict[str, Numbers] = {
            str(number): matrix[places].ravel() for number, places in enumerate(sources)
        }
        self.size = sources.shape[1] * matrix.shape[1]

    def numbers(self, name: str) -> Numbers:
        return self._columns[name]

    def texts(self, name: str) -> Texts:
        raise NotImplementedError(name)

    def blanks(self, name: str) -> npt.NDArray[np.bool_]:
        raise NotImplementedError(name)

    def answer(self, word: str, *about: str) -> Numbers:
        raise NotImplementedError(word)


@worked_out
def steps(view: LevelForm) -> tuple[Alike | Figure, ...]:
    """The derived figures of a view, each step after those it builds on; a figure alone has to be asked alone."""
    waves: dict[str, int] = {}
    nodes: dict[int, dict[int, Node]] = {}
    for figure in view.derived:
        assert figure.derived is not None
        wave = waves[figure.ref] = 1 + max((waves.get(ref.name, 0) for ref in refs(figure.derived)), default=0)
        nodes.setdefault(wave, {})[view.position[figure.ref]] = figure.derived
    found: list[Alike | Figure] = []
    for wave in sorted(nodes):
        groups, rest = side_by_side(view, nodes[wave])
        found += [*groups, *(view.figures[place] for place in rest)]
    return tuple(found)


def side_by_side(view: LevelForm, nodes: Mapping[int, Node]) -> tuple[list[Alike], list[int]]:
    """Numbered expressions put together, and the numbers of those that look at more than figures of the view."""
    groups: dict[Node, list[int]] = {}
    rest = []
    for number, node in nodes.items():
        names = refs(node)
        if names and words(node) <= _PLAIN and all(ref.name in view.position for ref in names):
            groups.setdefault(_shape(node), []).append(number)
        else:
            rest.append(number)
    return [_alike(view, shape, {number: nodes[number] for number in some}) for shape, some in groups.items()], rest


def _alike(view: LevelForm, shape: Node, nodes: Mapping[int, Node]) -> Alike:
    sources = [[view.position[ref.name] for ref in refs(node)] for node in nodes.values()]
    return Alike(shape, np.array(list(nodes), dtype=np.intp), np.array(sources, dtype=np.intp).T)


def _shape(node: Node) -> Node:
    """An expression with its names numbered in the order of their appearance."""
    numbers = {ref: str(number) for number, ref in enumerate(refs(node))}
    return rename(node, lambda ref: numbers[ref])
