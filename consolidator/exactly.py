"""Sums without a rounding on the way: parts of a sum that are added up in any order come to the same last digit."""

from __future__ import annotations

import math

import numpy as np

from consolidator.verdict import Numbers

_PLACES = 1074
"""Binary places of the smallest float: every float is a whole number of these."""
_BEYOND = 2 * _PLACES + 64
"""Of an infinite number: more places than any sum of floats has."""
_WHOLE = 2.0**53
"""Up to here floats count every whole number, so that adding them rounds nothing."""


def exact(numbers: Numbers) -> int:
    """The sum of numbers, in units of 2**-1074: such sums add up exactly. What no float can hold stays beyond them."""
    finite = numbers[np.isfinite(numbers)]
    total = int(np.sign(numbers[np.isinf(numbers)]).sum()) << _BEYOND
    if not len(finite) or (not (finite % 1).any() and abs(finite).max() < _WHOLE / len(finite)):
        return total + (int(finite.sum()) << _PLACES)
    for number in finite.tolist():
        top, bottom = number.as_integer_ratio()
        total += top << (_PLACES + 1 - bottom.bit_length())
    return total


def rounded(total: int) -> float:
    """The float next to such a sum; infinite beyond all floats."""
    try:
        return total / (1 << _PLACES)
    except OverflowError:
        return math.inf if total > 0 else -math.inf
