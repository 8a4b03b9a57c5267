"""Expressions that differ in their names alone, put side by side: derived figures, and rules.

Most are one and the same rate, or one and the same comparison, of different rows. Side by side they are one expression
over long columns, which `verdict` reads as it reads any other, so that one report costs little more than many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from consolidator.element import Figure
from consolidator.expression import BATCH_WORDS, Node, is_live, kind_of, refs, rename, words
from consolidator.form import LevelForm
from consolidator.verdict import Facts, Numbers, Texts, compute, judge
from consolidator.workedout import worked_out

_ALONE = BATCH_WORDS | {"ROWS", "MENTIONS"}
"""Words that are asked about more than one name, or none, of a report."""
_TEXT = ".note"
"""What the number of a name ends in that means a text, so that its kind is still seen."""
Places = npt.NDArray[np.intp]


LONGEST = 2**18
"""Numbers that a column has at most, unless one expression alone has more: what a processor's cache holds."""


class Reports(Facts, Protocol):
    """Facts of reports side by side, with all their figures (shape: figures of the view × reports)."""

    matrix: Numbers


class Meant(NamedTuple):
    """What a name of an expression means in each of many: names, and where they stand in a view if all are figures."""

    names: tuple[str, ...]
    places: Places | None

    def some(self, part: slice) -> Meant:
        """The same of some of the many."""
        return Meant(self.names[part], None if self.places is None else self.places[part])


@dataclass(frozen=True)
class Alike:
    """Expressions that are one over names "0", "1" … ("0.note" … for texts).

    Attributes:
        places: which of those they were taken from each is.
        meant: what each of the names means.
    """

    node: Node
    places: Places
    meant: tuple[Meant, ...]

    def compute(self, reports: Reports) -> Numbers:
        """Their values (shape: expressions × reports)."""
        return self._read(lambda facts: compute(self.node, facts), reports)

    def judge(self, reports: Reports, tolerance: float) -> Numbers:
        """The same for truths: values of `Verdict`."""
        return self._read(lambda facts: judge(self.node, facts, tolerance), reports)

    def _read(self, reading: Callable[[Facts], npt.NDArray[Any]], reports: Reports) -> Numbers:
        step = max(1, LONGEST // max(1, reports.size))
        parts = [slice(start, start + step) for start in range(0, len(self.places), step)]
        pieces = [_SideBySide(reports, [one.some(part) for one in self.meant]) for part in parts]
        found: Numbers = np.concatenate([reading(piece).reshape(-1, reports.size) for piece in pieces])
        return found


class _SideBySide:
    """Facts in which a name stands for what many names mean, one behind the other."""

    def __init__(self, reports: Reports, meant: Sequence[Meant]) -> None:
        self._reports, self._meant = reports, meant
        self.size = len(meant[0].names) * reports.size

    def numbers(self, name: str) -> Numbers:
        number, _, attribute = name.partition(".")
        names, places = self._meant[int(number)]
        if attribute == "as_of":
            return self._each(self._reports.numbers, [f"{one.partition('.')[0]}.as_of" for one in names])
        return self._each(self._reports.numbers, names) if places is None else self._reports.matrix[places].ravel()

    def texts(self, name: str) -> Texts:
        return self._each(self._reports.texts, self._names(name))

    def blanks(self, name: str) -> npt.NDArray[np.bool_]:
        return self._each(self._reports.blanks, self._names(name))

    def answer(self, word: str, *about: str) -> Numbers:
        name, *more = about
        return self._each(lambda one: self._reports.answer(word, one, *more), self._names(name))

    def _names(self, name: str) -> tuple[str, ...]:
        return self._meant[int(name.removesuffix(_TEXT))].names

    @staticmethod
    def _each(asked: Callable[[str], npt.NDArray[Any]], names: Sequence[str]) -> npt.NDArray[Any]:
        return np.concatenate([asked(one) for one in names])


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
        live = {place: node for place, node in nodes[wave].items() if is_live(node)}
        groups, rest = side_by_side(view, live)
        alone = [*rest, *(place for place in nodes[wave] if place not in live)]
        found += [*groups, *(view.figures[place] for place in alone)]
    return tuple(found)


def side_by_side(view: LevelForm, nodes: Mapping[int, Node]) -> tuple[list[Alike], list[int]]:
    """Numbered expressions put together, and the numbers of those that look at more than names of a report."""
    groups: dict[Node, list[int]] = {}
    rest = []
    for number, node in nodes.items():
        if refs(node) and not words(node) & _ALONE:
            groups.setdefault(_shape(node), []).append(number)
        else:
            rest.append(number)
    return [_alike(view, shape, {number: nodes[number] for number in some}) for shape, some in groups.items()], rest


def _alike(view: LevelForm, shape: Node, nodes: Mapping[int, Node]) -> Alike:
    by_name = zip(*([ref.name for ref in refs(node)] for node in nodes.values()), strict=True)
    return Alike(shape, np.array(list(nodes), dtype=np.intp), tuple(_meant(view, names) for names in by_name))


def _meant(view: LevelForm, names: tuple[str, ...]) -> Meant:
    places = [view.position[name] for name in names if name in view.position]
    return Meant(names, np.array(places, dtype=np.intp) if len(places) == len(names) else None)


def _shape(node: Node) -> Node:
    """An expression with its names numbered in the order of their appearance."""
    numbers = {ref: f"{number}{_TEXT * (kind_of(ref) == 'text')}" for number, ref in enumerate(refs(node))}
    return rename(node, lambda ref: numbers[ref])
