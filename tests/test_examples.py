"""A rule's examples are put to the rule as it will be applied, its own tolerance included."""

from __future__ import annotations

import pytest

from consolidator.element import Rule
from consolidator.examples import example_mistakes
from consolidator.finding import Severity


@pytest.mark.parametrize(("tolerance", "mistakes"), [(None, 1), (0.0, 0), (1.0, 1)])
def test_a_tolerance_of_zero_is_a_tolerance(tolerance: float | None, mistakes: int) -> None:
    """100 and 100.0001 differ only where nothing is tolerated."""
    rule = Rule(
        code="T1", check="a = b", severity=Severity.ERROR, message="m", fix="f", source="1", tolerance=tolerance,
        good=({"a": 100, "b": 100},), bad=({"a": 100, "b": 100.0001},),
    )  # fmt: skip
    assert len(list(example_mistakes(rule))) == mistakes
