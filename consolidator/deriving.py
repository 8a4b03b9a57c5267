"""In which steps the derived figures of a level are computed: those whose expressions differ in names alone, at once.

Most are one and the same rate of different rows. Put side by side they are one expression over long columns, which
`verdict` reads as it reads any other, so that deriving for one report costs little more than for many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from consolidator.element import Figure
from consolidator.expression import Node, refs, rename, words
from consolidator.form import LevelForm
from consolidator.verdict import Numbers, Texts, compute

_PLAIN = frozenset({"AND", "OR", "NOT", "IF", "SUM", "MIN", "MAX", "ABS", "ROUND", "INT", "COUNT", "ISNUMBER"})
"""Words that look at nothing but numbers."""
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Alike:
    """Derived figures with one expression over names "0", "1" …

    Attributes:
        places: where each figure stands among those of the view.
        sources: where what each name means stands (shape: names × figures).
    """

    node: Node
    places: Places
    sources: Places

    def compute(self, matrix: Numbers) -> Numbers:
        """Their values (shape: figures × submissions) from those of all figures of the view, in the same shape."""
        worth: Numbers = compute(self.node, _SideBySide(matrix, self.sources)).reshape(len(self.places), -1)
        return worth


class _SideBySide:
    """Facts in which a name stands for the figures of many rows, one behind the other."""

    def __init__(self, matrix: Numbers, sources: Places) -> None:
        self._columns = {str(number): matrix[places].ravel() for number, places in enumerate(sources)}
        self.size = sources.shape[1] * matrix.shape[1]

    def numbers(self, name: str) -> Numbers:
        return self._columns[name]

    def texts(self, name: str) -> Texts:
        raise NotImplementedError(name)

    def blanks(self, name: str) -> npt.NDArray[np.bool_]:
        raise NotImplementedError(name)

    def answer(self, word: str, *about: str) -> Numbers:
        raise NotImplementedError(word)


@lru_cache(maxsize=64)
def steps(view: LevelForm) -> tuple[Alike | Figure, ...]:
    """The derived figures of a view, each step after those it builds on; a figure alone has to be asked alone."""
    waves: dict[str, int] = {}
    groups: dict[tuple[int, Node], list[Figure]] = {}
    alone: list[tuple[int, Figure]] = []
    for figure in view.derived:
        assert figure.derived is not None
        names = [ref.name for ref in refs(figure.derived)]
        wave = waves[figure.ref] = 1 + max((waves.get(name, 0) for name in names), default=0)
        if names and words(figure.derived) <= _PLAIN and all(name in view.position for name in names):
            groups.setdefault((wave, _shape(figure.derived)), []).append(figure)
        else:
            alone.append((wave, figure))
    ordered: list[tuple[int, Alike | Figure]] = [(wave, _alike(view, some)) for (wave, _), some in groups.items()]
    return tuple(step for _, step in sorted([*ordered, *alone], key=lambda one: one[0]))


def _alike(view: LevelForm, figures: list[Figure]) -> Alike:
    nodes = [figure.derived for figure in figures if figure.derived is not None]
    sources = [[view.position[ref.name] for ref in refs(node)] for node in nodes]
    places = [view.position[figure.ref] for figure in figures]
    return Alike(_shape(nodes[0]), np.array(places, dtype=np.intp), np.array(sources, dtype=np.intp).T)


def _shape(node: Node) -> Node:
    """An expression with its names numbered in the order of their appearance."""
    numbers = {ref: str(number) for number, ref in enumerate(refs(node))}
    return rename(node, lambda ref: numbers[ref])
