"""Expressions side by side are worth what each is worth alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from consolidator import sidebyside
from consolidator.content import blank_submission
from consolidator.expression import META_KINDS, is_live
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.rulebook import load
from consolidator.sidebyside import Alike, side_by_side, steps
from consolidator.verdict import compute, judge

VIEWS = [load(form).at(level) for form, level in (("nam_2020_003", "CTTT"), ("gnk_tinh_000", "TINH"))]


def batch(view: LevelForm, size: int) -> Batch:
    """Random reports: figures with blanks, zeros and differences at the edge of the tolerance, days, notes, texts."""
    chance = np.random.default_rng(size)
    refs, codes = [figure.ref for figure in view.figures], [indicator.code for indicator in view.indicators]
    dates = [key for key, kind in META_KINDS.items() if kind == "number"]

    def some(names: Sequence[str], *values: float | str) -> dict[str, float | str]:
        return {name: values[chance.integers(len(values))] for name in names if chance.random() < 0.6}

    made = []
    for _ in range(size):
        one = blank_submission(view)
        one.values = chance.choice([np.nan, 0.0, 1.0, 1.001, 7.0, 250.5, -3.0, 1e9], len(refs))
        one.texts = {ref: "31 triệu" for ref in refs if chance.random() < 0.1}
        one.previous = {ref: float(chance.integers(9)) for ref in refs if chance.random() < 0.6}
        one.attributes = {
            **some([f"{code}.as_of" for code in codes], 44_000.0, 44_160.0, 44_196.0),
            **some([f"{code}.qualifier" for code in codes], "trên", "khoảng", "chính xác"),
            **some([f"{code}.note" for code in codes], "  ", "Đã đối chiếu."),
        }
        one.narratives = {
            narrative.id: ("  ", "Năm 2020 làm tốt.", "Có 12 cuộc.")[chance.integers(3)]
            for narrative in view.answers
            if chance.random() < 0.6
        }
        one.meta = {**some(dates, 44_000.0, 44_196.0), **some(["meta.version"], "Dự thảo", "Chính thức")}
        made.append(one)
    return Batch(made)


@pytest.mark.parametrize("longest", [1, 2**18])
@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.form.id)
def test_derived_figures_are_what_each_is_alone(
    view: LevelForm, size: int, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebyside, "LONGEST", longest)
    one, other = batch(view, size), batch(view, size)
    one.derive()
    for figure in view.derived:
        assert figure.derived is not None
        at, worth = view.position[figure.ref], compute(figure.derived, other)
        other.matrix[at] = worth if is_live(figure.derived) else np.where(np.isnan(worth), other.matrix[at], worth)
    assert np.array_equal(one.matrix, other.matrix, equal_nan=True)
    assert [s.values.tobytes() for s in one.submissions] == [column.tobytes() for column in other.matrix.T]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.form.id)
def test_rules_are_judged_as_each_is_alone(view: LevelForm) -> None:
    facts, checks = batch(view, 5), view.row_checks[""]
    groups, rest = side_by_side(view, {number: one.node for number, one in enumerate(checks)})
    seen = set(rest)
    for group in groups:
        verdicts = group.judge(facts, 0.001)
        for number, verdict in zip(group.places.tolist(), verdicts, strict=True):
            assert verdict.tolist() == judge(checks[number].node, facts, 0.001).tolist()
            seen.add(number)
    assert seen == set(range(len(checks))) and len(groups) < len(seen - set(rest)) / 10
    assert len(rest) < 20, "rules of texts, days and notes go side by side too"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.form.id)
def test_a_figure_comes_after_those_it_builds_on(view: LevelForm) -> None:
    done: set[str] = set()
    derived = {figure.ref for figure in view.derived}
    for step in steps(view):
        wave = [view.figures[at] for at in step.places.tolist()] if isinstance(step, Alike) else [step]
        for figure in wave:
            assert figure.derived is not None
            assert {ref.name for ref in sidebyside.refs(figure.derived)} & derived <= done
        done |= {figure.ref for figure in wave}
    assert done == derived
