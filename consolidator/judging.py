"""Puts every rule to reports side by side: those that differ in names alone are one expression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from consolidator.element import Check
from consolidator.expression import Node
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.layout import layout_of
from consolidator.sidebyside import Alike, side_by_side
from consolidator.verdict import Verdict, judge
from consolidator.workedout import worked_out


def verdicts(batch: Batch) -> npt.NDArray[np.int8]:
    """The verdict on each rule of the reports themselves (shape: `row_checks[""]` × submissions)."""
    return _judged(batch, batch.view.row_checks[""], _all_of(batch.view))


def live_verdicts(batch: Batch) -> npt.NDArray[np.int8]:
    """The same for the rules that a workbook by itself can compute (shape: `live_checks` × submissions)."""
    return _judged(batch, layout_of(batch.view).live_checks, _live_of(batch.view))


Plan = tuple[list[tuple[float, Alike]], list[int]]
"""Rules by number: those that are one expression with one tolerance together, and the others."""


@worked_out
def _all_of(view: LevelForm) -> Plan:
    return _plan(view, view.row_checks[""])


@worked_out
def _live_of(view: LevelForm) -> Plan:
    return _plan(view, layout_of(view).live_checks)


def _plan(view: LevelForm, checks: Sequence[Check]) -> Plan:
    by_tolerance: dict[float, dict[int, Node]] = {}
    for number, one in enumerate(checks):
        by_tolerance.setdefault(one.rule.tolerated, {})[number] = one.node
    together, others = list[tuple[float, Alike]](), list[int]()
    for tolerance, nodes in by_tolerance.items():
        groups, rest = side_by_side(view, nodes)
        together += [(tolerance, group) for group in groups]
        others += rest
    return together, others


def _judged(batch: Batch, checks: Sequence[Check], plan: Plan) -> npt.NDArray[np.int8]:
    together, others = plan
    found = np.full((len(checks), batch.size), Verdict.UNDECIDED, np.int8)
    for tolerance, group in together:
        found[group.places] = group.judge(batch, tolerance)
    for number in others:
        found[number] = judge(checks[number].node, batch, checks[number].rule.tolerated)
    return found
