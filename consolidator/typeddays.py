"""Days typed as text, as Vietnamese write them. Laws:

1. The day comes first: "9/12/2023" is 9 December, whatever the sign (`/`, `.`, `-`, blank) and with or without
   "ngày … tháng … năm …". "2023-12-09", year first, is certain too.
2. Not dared, one reading being told: a year of two figures ("30/9/23"), a month that can only be American
   ("9/30/2023"), a run of eight figures ("20230930", "30092023"), a serial number typed as text ("45199").
3. No day at all: what lacks its day or its year ("tháng 9/2023", "30/9"), or does not exist ("31/9/2023").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from consolidator.verdict import day_of, serial

FIRST, LAST = 20_000, 80_000
"""Serial numbers taken for days: 1954 to 2119."""
LONGEST = 60
"""Characters of the longest text that can be a day."""

_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | dict(zip(map(ord, "／．－"), "/.-", strict=True))
_CLOCK = re.compile(r"[ t]+(?:0?0[:h]00?(?::00(?:[.,]0+)?)?z?)$")
_WORDS = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{2,4})")
_SIGNS = re.compile(r"(?:ngày )?([0-9]{1,4}) ?([/.-]| ) ?([0-9]{1,2}) ?\2 ?([0-9]{2,4})")


@dataclass(frozen=True, slots=True)
class DayMeant:
    """What a text says: a day that may be taken, or one that is not certain enough."""

    day: date
    certain: bool


def read_day(text: str) -> DayMeant | None:
    """The day that a text means; None if it means none. Never raises."""
    if len(text) > LONGEST:
        return None
    plain = _CLOCK.sub("", " ".join(text.translate(_WIDE).casefold().split()).lstrip("'").rstrip(" .,;"))
    if plain.isdigit() and plain.isascii():
        return _of_digits(plain)
    words, signs = _WORDS.fullmatch(plain), _SIGNS.fullmatch(plain)
    if words:
        return _of_parts(words[1], words[2], words[3])
    if signs and len(signs[1]) == 4:
        return _certain(signs[1], signs[3], signs[4]) if len(signs[4]) <= 2 else None
    return _of_parts(signs[1], signs[3], signs[4]) if signs and len(signs[1]) <= 2 else None


def _of_parts(day: str, month: str, year: str) -> DayMeant | None:
    if len(year) == 2:
        found = _certain(f"20{year}", month, day)
        return DayMeant(found.day, False) if found else None
    found = _certain(year, month, day)
    if found is None and (american := _certain(year, day, month)):
        return DayMeant(american.day, False)
    return found


def _of_digits(digits: str) -> DayMeant | None:
    """Figures without any sign: a serial number, or a day written in one go."""
    found = None
    if len(digits) == 5 and FIRST < int(digits) < LAST:
        found = DayMeant(day_of(float(digits)), False)
    if len(digits) == 8:
        found = _certain(digits[:4], digits[4:6], digits[6:]) or _certain(digits[4:], digits[2:4], digits[:2])
    return DayMeant(found.day, False) if found else None


def _certain(year: str, month: str, day: str) -> DayMeant | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return DayMeant(found, True) if FIRST < serial(found) < LAST else None
