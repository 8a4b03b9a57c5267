"""What plain formulas come to, and that nothing else is judged, let alone executed."""

from __future__ import annotations

import pytest

from consolidator.cellarithmetic import is_worth, worth_of
from consolidator.grid import Grid

GRID = Grid(
    {"PL": [[None, 2.0, 3.0], [True, "bốn", None], [0.5, 1e6, 7.0]]},
    {},
    errors={("PL", 1, 2): "#DIV/0!"},
)
"""Row 1: blank, 2, 3; row 2: TRUE, a text, an error; row 3: 0.5, a million, 7."""


@pytest.mark.parametrize(
    ("formula", "worth"),
    [
        ("18+12", 30),
        ("-5+2*(3-1)/4", -4),
        ("2--3", 5),
        ("B1", 2),
        ("B1+$C$1", 5),
        ("A1+B1", 2),
        ("-B1*C1", -6),
        ("SUM(A1:C1)", 5),
        ("SUM(B1,C1,10)", 15),
        ("SUM(A1:A3)", 0.5),
        ("SUM(B1:B3)/2", 500_001),
        ("SUM(A1:B1)-SUM(C1)", -1),
        ("Z99+1", 1),
    ],
)
def test_plain_arithmetic_is_computed(formula: str, worth: float) -> None:
    assert worth_of(formula, GRID, "PL") == worth


@pytest.mark.parametrize(
    "formula",
    [
        "", "B2+1", "A2+1", "C2+1", "SUM(B1:C2)", "1/0", "2^3", "2**3", "7//2", "7%2", "10%", "1,5+2", "B1:C1",
        "IF(1,2,3)", "sum(B1)", "SUM(SUM(B1))", "SUM()", "SUM(A1:XFD1048576)", "PL!B1+1", "'PL 2'!B1+1", "[1]PL!B1+1",
        "tvpl_luot+1", '"ba"&"mươi"', "1=1", "TRUE", "0777+1", "1 2", "1_000+1", "(1", "()", "1e999-1e999", "1e999",
        "e", "1if 1else 2", "__import__('os').getcwd()", "(" * 90 + "1" + ")" * 90 + "+", "1+" * 99 + "1" * 5,
    ],
)  # fmt: skip
def test_anything_else_is_not_judged(formula: str) -> None:
    assert worth_of(formula, GRID, "PL") is None


def test_cached_values_are_compared_within_the_tolerance() -> None:
    assert is_worth("0.30000000000000004", 0.3) and is_worth("3", 3.0)
    assert not is_worth("300", 30.0) and not is_worth("ba mươi", 30.0) and not is_worth("", 0.0)
