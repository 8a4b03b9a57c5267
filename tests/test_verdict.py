"""What expressions are worth: three values, blank is not zero, one tolerance, Excel's rounding."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from consolidator.examples import ExampleFacts
from consolidator.grammar import parse
from consolidator.verdict import Verdict, compute, day_of, judge, round_half_up, serial

H, B, U = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("check", "values", "verdict"),
    [
        ("a = b + c", {"a": 130, "b": 30, "c": 100}, H),
        ("a = b + c", {"a": 131, "b": 30, "c": 100}, B),
        ("a = b + c", {"a": 30, "b": 30}, U),
        ("a = SUM(b, c)", {"a": 30, "b": 30}, H),
        ("a = SUM(b, c)", {"a": 0}, U),
        ("a <= b", {"a": 5.0005, "b": 5}, H),
        ("a <= b", {"a": 5.0015, "b": 5}, B),
        ("a < b", {"a": 4.9995, "b": 5}, B),
        ("a <> b", {"a": 5.0005, "b": 5}, B),
        ("a / b > 0", {"a": 1, "b": 0}, U),
        ("IF(a = 0, ISBLANK(b), b > 0)", {"a": 0}, H),
        ("IF(a = 0, ISBLANK(b), b > 0)", {"a": 1}, U),
        ("IF(a = 0, ISBLANK(b), b > 0)", {"a": 1, "b": 2}, H),
        ("OR(a > 0, b > 0)", {"a": 1}, U),
        ("ISBLANK(a)", {"a": "chữ"}, B),
        ("ISNUMBER(a)", {"a": "chữ"}, B),
        ("COUNT(a, b) = 1", {"a": 0}, H),
        ("MIN(a, b) >= 18000", {"a": 18000}, H),
        ("LEN(TRIM(n.x)) > 0", {"n.x": "   "}, B),
        ('meta.version = "Dự thảo"', {"meta.version": "Dự thảo"}, H),
        ("x.as_of >= meta.period_start", {"x.as_of": date(2023, 5, 30), "meta.period_start": date(2023, 7, 1)}, B),
        ("ASOF(x) >= DATE(2023,7,1)", {"x": 1, "x.as_of": date(2023, 7, 1)}, H),
        ("ASOF(x) >= DATE(2023,7,1)", {"x.as_of": date(2023, 5, 1)}, U),
        ('cdcs_tong = ROSTER("cdcs")', {"cdcs_tong": 778, 'ROSTER("cdcs")': 778}, H),
        ('cdcs_tong = ROSTER("cdcs")', {"cdcs_tong": 778}, U),
    ],
)
def test_verdicts(check: str, values: dict[str, object], verdict: Verdict) -> None:
    assert Verdict(int(judge(parse(check), ExampleFacts(values))[0])) is verdict


def test_a_rule_may_state_its_own_tolerance() -> None:
    facts = ExampleFacts({"a": 98.46, "b": 98.5})
    assert judge(parse("a = b"), facts)[0] == B
    assert judge(parse("a = b"), facts, tolerance=0.05)[0] == H


@pytest.mark.parametrize(
    ("number", "digits", "rounded"),
    [
        (1.005, 2, 1.01),
        (2.5, 0, 3),
        (-2.5, 0, -3),
        (0.5, 0, 1),
        (98.457, 1, 98.5),
        (90.60123, 1, 90.6),
        (95.75, 1, 95.8),
    ],
)
def test_rounds_halves_away_from_zero_as_excel(number: float, digits: int, rounded: float) -> None:
    assert round_half_up(np.array([number]), digits)[0] == pytest.approx(rounded, abs=1e-12)


def test_a_division_by_zero_is_missing_not_infinite() -> None:
    assert np.isnan(compute(parse("a / b * 100"), ExampleFacts({"a": 3, "b": 0}))[0])


def test_days_and_serials() -> None:
    assert serial(date(2023, 9, 30)) == 45199
    assert day_of(45199.7) == date(2023, 9, 30)
