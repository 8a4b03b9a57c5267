"""Exact sums: the same in any order and grouping, rounded once."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator.adding import Partial, exact_sum, exact_sums, joined, partial, plus, quotient, rounded
from consolidator.merging import totals
from consolidator.rulebook import load
from consolidator.submission import Line, Source, empty_values

VIEW = load("quy3_2023_004").at("TINH")
SUM, OTHER_SUM, MEAN = "tvpl_luot.actual", "dv_tong.actual", "thu_nhap_bq_hcsn.actual"
LEAST, GREATEST, LAST = "bac_gia_tri_min.actual", "vay_tn_tang_max.actual", "dh_vk_lan_du_thao.actual"
NUMBERS = st.one_of(
    st.integers(-(10**17), 10**17).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, 90.6, 2.0**53, -(2.0**53), 1.0, 1e308, -1e308, 5e-324]),
)
FIGURES = st.dictionaries(st.sampled_from([SUM, OTHER_SUM, MEAN, LEAST, GREATEST, LAST]), NUMBERS)
UNITS = st.lists(st.tuples(FIGURES, st.one_of(st.none(), NUMBERS)), max_size=8)


def line(unit: str, figures: Mapping[str, float], weight: float | None) -> Line:
    values = empty_values(VIEW)
    for ref, value in figures.items():
        values[VIEW.position[ref]] = value
    return Line(unit, unit, Source(f"{unit}.xlsx"), values, {} if weight is None else {MEAN: weight})


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, max_size=12))
def test_a_sum_is_exact_until_it_is_rounded(numbers: list[float]) -> None:
    exact = sum(map(Fraction, numbers))
    assert exact_sum(numbers) == exact
    (by_column,) = exact_sums(np.array([[*numbers, math.nan]]).T)
    assert by_column == exact
    if abs(exact) < 2**1000:
        assert rounded(by_column) == float(exact)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([0.1] * 10, 1.0),
        ([1e16, 1.0, -1e16], 1.0),
        ([2.0**53, 1.0, 1.0], 2.0**53 + 2),
        ([1e308, 1e308, -1e308], 1e308),
        ([1e308, 1e308], math.inf),
        ([-1e308, -1e308], -math.inf),
        ([math.inf, 1.0], math.inf),
        ([], 0.0),
    ],
)
def test_what_floats_alone_would_lose(numbers: list[float], said: float) -> None:
    assert rounded(exact_sum(numbers)) == said
    assert rounded(exact_sums(np.array([numbers]).T.reshape(-1, 1))[0]) == said


def test_a_mean_is_rounded_once() -> None:
    assert quotient(Fraction(1, 3) * 3, 1) == 1.0
    assert quotient(10**400, 10**399) == 10.0, "neither is a float"
    assert math.isnan(quotient(0, 0))


@settings(max_examples=60, deadline=None)
@given(UNITS, FIGURES, st.randoms(use_true_random=False))
def test_partials_join_in_any_order_and_grouping(
    units: list[tuple[dict[str, float], float | None]], own: dict[str, float], chance: random.Random
) -> None:
    lines = [line(f"U-{number}", figures, weight) for number, (figures, weight) in enumerate(units)]
    mine = line("", own, 3.0)
    whole = totals(VIEW, mine.values, mine.weights, partial(VIEW, lines))
    chance.shuffle(lines)
    parts = [partial(VIEW, [one]) for one in lines] + [partial(VIEW, [])]
    chance.shuffle(parts)
    while len(parts) > 1:
        at = chance.randrange(len(parts) - 1)
        parts[at : at + 2] = [plus(*parts[at : at + 2])]
    other = totals(VIEW, mine.values, mine.weights, parts[0])
    assert other.values.tobytes() == whole.values.tobytes()
    assert (other.weights, other.reported, other.findings) == (whole.weights, whole.reported, whole.findings)


def test_a_partial_of_nobody_changes_nothing() -> None:
    some = partial(VIEW, [line("U", {SUM: 1.5, LEAST: 2.0, MEAN: 7.0}, None)])
    none: Partial = joined(VIEW, [])
    for one in (plus(some, none), plus(none, some), joined(VIEW, [some])):
        assert (one.sums, one.lacking) == (some.sums, some.lacking)
        assert np.array_equal(one.low, some.low, equal_nan=True) and np.array_equal(one.given, some.given)
    assert [one.unit for one in some.lacking] == ["U"]
