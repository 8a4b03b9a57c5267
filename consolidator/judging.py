"""Puts every rule to reports side by side: those that differ in names alone are one expression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from consolidator.expression import Node, is_live
from consolidator.form import LevelForm
from consolidator.sidebyside import Alike, side_by_side
from consolidator.submission import Batch
from consolidator.verdict import Verdict, judge
from consolidator.workedout import worked_out


def verdicts(batch: Batch, only_live: bool = False) -> npt.NDArray[np.int8]:
    """The verdict on each rule of the reports themselves (shape: `row_checks[""]` × submissions).

    With `only_live`, rules that a workbook by itself cannot compute stay undecided.
    """
    checks = batch.view.row_checks[""]
    together, others = _plan(batch.view, only_live)
    found = np.full((len(checks), batch.size), Verdict.UNDECIDED, np.int8)
    for tolerance, group in together:
        found[group.places] = group.judge(batch.matrix, tolerance)
    for number in others:
        found[number] = judge(checks[number].node, batch, checks[number].rule.tolerated)
    return found


@worked_out
def _plan(view: LevelForm, only_live: bool) -> tuple[list[tuple[float, Alike]], list[int]]:
    """The rules, by number: those that are one expression with one tolerance together, and the others."""
    by_tolerance: dict[float, dict[int, Node]] = {}
    for number, one in enumerate(view.row_checks[""]):
        if is_live(one.node) or not only_live:
            by_tolerance.setdefault(one.rule.tolerated, {})[number] = one.node
    together, others = list[tuple[float, Alike]](), list[int]()
    for tolerance, nodes in by_tolerance.items():
        groups, rest = side_by_side(view, nodes)
        together += [(tolerance, group) for group in groups]
        others += rest
    return together, others
