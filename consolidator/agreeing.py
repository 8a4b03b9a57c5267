"""Whether a figure of a text can be a value of a sheet, rounded as texts round, and whether it may be a slip of it."""

from __future__ import annotations

import math
from functools import lru_cache

from consolidator.countwords import PERCENT
from consolidator.narrativefigures import Said


def agrees(said: Said, value: float) -> bool:
    """Whether a figure of a text can be this value, rounded as the text itself rounds it."""
    if math.isnan(value):
        return False
    return _agrees(said, said.value, value) or (said.other is not None and _agrees(said, said.other, value))


def _agrees(said: Said, reading: float, value: float) -> bool:
    rounding = _rounding(said, reading, value) + 1e-9 * abs(reading)
    match said.qualifier:
        case "range":
            return reading - rounding <= value <= (said.high or reading) + rounding
        case "over":
            return reading - rounding <= value <= reading + _leading(reading)
        case "under":
            return reading - _leading(reading) <= value <= reading + rounding
        case "about":
            return abs(value - reading) <= max(0.1 * abs(reading), _leading(reading) / 2)
    return abs(value - reading) <= rounding


def _rounding(said: Said, reading: float, value: float) -> float:
    """How far a value may be away from what is written: half of the last place, a mean's from the last digit that is
    no zero, and up to 2 % where two zeros at least say that the number is round."""
    if said.step != 1 or said.unit == PERCENT:
        return said.step / 2
    zeros = _zeros(reading)
    half = 10.0**zeros / 2
    if value != round(value):
        return half
    return min(half, abs(reading) / 50) if zeros > 1 else 0.0


@lru_cache(maxsize=2**12)
def _zeros(number: float) -> int:
    """Zeros at the end of a number without its decimals: every figure of a text is held against many values."""
    digits = f"{abs(number):.0f}"
    return len(digits) - len(digits.rstrip("0"))


def _leading(number: float) -> float:
    """The worth of a number's first digit: 1000 for 3000."""
    return 10.0 ** math.floor(math.log10(abs(number))) if number else 1.0


def significant(number: float) -> str:
    """The digits of a number without zeros at its end."""
    return f"{abs(number):.10g}".replace(".", "").rstrip("0")


@lru_cache(maxsize=2**12)
def _written(number: float) -> tuple[str, list[str]]:
    """A number as it is written, and its digits in their order."""
    return f"{abs(number):.10g}", sorted(significant(number))


def is_slip(said: float, value: float) -> bool:
    """Whether one number may be a typist's slip of the other.

    The same digits in another order, one digit wrong, missing or too many (of three at least), or zeros left out.
    """
    (one, digits), (two, others) = _written(said), _written(value)
    if "0" in (one, two):
        return False
    if digits == others:
        return True
    short, long = sorted((one, two), key=len)
    if len(short) == len(long):
        return len(long) > 2 and sum(a != b for a, b in zip(one, two, strict=True)) == 1
    return len(long) == len(short) + 1 > 2 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
