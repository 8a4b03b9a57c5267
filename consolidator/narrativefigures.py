"""Figures in running text: value, qualifier, unit, and the words around each, by which it is told what it counts.

Only figures in digits: number words ("hai dự án") are left alone, since "một số" and "ba cùng" count nothing. Each
digit that `figures_in_text` leaves belongs to one `Said`; nothing is dropped because it cannot be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from consolidator.amounts import GOES_ON, read_amount, read_numeral
from consolidator.countwords import PERCENT, unit_at
from consolidator.figures_in_text import Spellings, figures_only

Qualifier = Literal["exact", "over", "under", "about", "range"]


class Said(NamedTuple):
    """One figure of a text; `start` and `end` are offsets of it with its unit.

    Attributes:
        value: the number, of a range the lower end; NaN where the digits make no number that can be read.
        other: a second reading of the digits ("1.234" may be 1,234), None if there is one only.
        high: of a range the upper end.
        of: the denominator of "778/778".
        unit: what is counted, in the normal form of `countwords`; the bare word behind it where that list lacks it.
        known: whether `unit` is of that list.
        step: the worth of the last digit that was written: 1e6 for "31 triệu", 0.1 for "90,6".
        quote: the text around it, about 40 characters either side, whole words.
        words: words around it up to the next figure or stop, in small letters: those before and those behind it.
    """

    value: float
    other: float | None
    high: float | None
    qualifier: Qualifier
    of: float | None
    unit: str
    known: bool
    step: float
    start: int
    end: int
    quote: str
    words: tuple[str, ...]


AROUND = 40
"""Characters of context on either side of a quoted figure."""
REACH = 160
"""Characters on either side within which words belong to a figure."""

_SPACES = "\t\r\v\f\xa0\u2007\u202f"
_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)*(?: [0-9]{3}(?![0-9])(?:[.,][0-9]+)*)*")
_OF = re.compile(r" ?/ ?([0-9]+(?:[.,][0-9]+)*)")
_TO = re.compile(r" {0,3}(?:-|–|đến|tới) {0,3}")
_BEFORE: tuple[tuple[Qualifier, re.Pattern[str]], ...] = (
    ("about", re.compile(r"(?<!\w)(?:trên dưới|gần|khoảng|xấp xỉ|chừng|ước chừng|~|≈) ?$")),
    ("under", re.compile(r"(?<!\w)(?:dưới|không quá|chưa đến|chưa tới|tối đa|<|≤) ?$")),
    ("over", re.compile(r"(?<!\w)(?:trên|hơn|ít nhất|tối thiểu|không dưới|vượt|>|≥) ?$")),
)
_BEHIND: tuple[tuple[Qualifier, re.Pattern[str]], ...] = (
    ("over", re.compile(r"[^.;\n0-9]{0,25}?trở lên(?!\w)")),
    ("under", re.compile(r"[^.;\n0-9]{0,25}?trở xuống(?!\w)")),
)
_BEFORE_REACH, _BEHIND_REACH = 16, 32
_BEFORE_ENDS = tuple("~ ≈ < ≤ > ≥ dưới gần khoảng xỉ chừng quá đến tới đa trên hơn nhất thiểu vượt".split())  # noqa: SIM905
"""What the words before a figure end in: for a quick look."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_UNIT_WORD = re.compile(r" {1,3}([^\W\d_]+)(?!\w)")
_STOP = re.compile(r"[.;:!?\n](?!\d)|\.\.\.")
_TAIL_STOP = re.compile(r"[.;:,!?\n)]|trong đó|bao gồm")


def figures_of(text: str, cited: Spellings = ()) -> list[Said]:
    """Every figure of a text (NFC), in its order; documents in `cited` are none, whatever their spelling."""
    return in_words(text, bare_figures(text, cited), cited)


def bare_figures(text: str, cited: Spellings = ()) -> list[Said]:
    """The same without the quote and the words around, which take as long again."""
    plain = _small(figures_only(text, cited))
    found: list[Said] = []
    start = 0
    while digits := _DIGITS.search(plain, start):
        said = _read(plain, digits)
        start = said.end
        if found and (joined := _joined(plain, found[-1], said)):
            found[-1] = joined
        else:
            found.append(said)
    return found


def in_words(text: str, found: Sequence[Said], cited: Spellings = ()) -> list[Said]:
    """The bare figures of a text with their quotes and the words around them."""
    plain = _small(figures_only(text, cited))
    return [_with_words(text, plain, one, before, after) for before, one, after in _neighbours(found, len(text))]


def _small(text: str) -> str:
    """Small letters and plain blanks, every character in its place."""
    for sign in _SPACES:
        text = text.replace(sign, " ")
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(s if len(s := c.lower()) == 1 else c for c in text)


def _read(plain: str, digits: re.Match[str]) -> Said:
    """The figure that begins with a run of digits: amount, denominator, unit, qualifier."""
    start, value, other, scale, end, of = digits.start(), *_amount(plain, digits), None
    if scale == 1 and (below := _OF.match(plain, end)):
        of, end = _number(below[1])[0], below.end()
    unit, behind = unit_at(plain, end)
    known = bool(unit)
    if not unit and (word := _UNIT_WORD.match(plain, end)):
        unit = word[1]
    if unit == PERCENT and other is not None:
        value, other = other, value  # 12.345 % is no twelve thousand
    qualifier = _qualifier(plain, start, behind)
    step = scale * 10.0 ** -_decimals(digits[0], value, scale)
    return Said(value, other, None, qualifier, of, unit, known, step, start, behind, "", ())


def _qualifier(plain: str, start: int, end: int) -> Qualifier:
    """What the words around a figure make of it."""
    first = max(0, start - _BEFORE_REACH)
    if plain[first:start].rstrip(" \n").endswith(_BEFORE_ENDS):
        for kind, words in _BEFORE:
            if words.search(plain, first, start):
                return kind
    if plain.find("trở ", end, end + _BEHIND_REACH) >= 0:
        for kind, words in _BEHIND:
            if words.match(plain, end):
                return kind
    return "exact"


def _amount(plain: str, digits: re.Match[str]) -> tuple[float, float | None, float, int]:
    """(value, second reading, worth of the magnitude words, end) of digits and the magnitudes behind them."""
    if plain[digits.end() : digits.end() + 1] in (".", ",") or not GOES_ON.match(plain, digits.end()):
        return *_number(digits[0]), 1.0, digits.end()
    window = plain[digits.start() : digits.end() + 32]
    kept = [at for at, sign in enumerate(window) if sign != " " or window[at - 1 : at] != " "]
    squeezed = "".join(window[at] for at in kept)
    number, rest = read_amount(squeezed)
    end = digits.start() + kept[len(squeezed) - len(rest) - 1] + 1
    bare = _number(digits[0])
    if end <= digits.end():
        return *bare, 1.0, digits.end()
    value = _first(number[:2]) if number else math.nan
    if math.isnan(value):  # "2 tỷ 350": the magnitudes do not make a number; the digits are one all the same
        return math.nan, None, 1.0, digits.end()
    last = [one for one in re.split(r"[0-9.,]+", squeezed[: len(squeezed) - len(rest)]) if one.strip()]
    worth = read_amount(f"1 {last[-1].replace('rưỡi', '').strip()}")[0] if last else None
    scale = float(worth[0] or 1) if worth else 1.0
    return value, None, scale, end


def _number(digits: str) -> tuple[float, float | None]:
    """(value, second reading) of digits with their signs; NaN if they make no number."""
    if digits.isdigit() and len(digits) <= 3:
        return float(digits), None
    value, other, _ = read_numeral(digits)
    if value is None:
        return (math.nan if other is None else float(other)), None
    return float(value), None if other is None else float(other)


def _first(readings: tuple[object, ...]) -> float:
    return next((float(str(one)) for one in readings if one is not None), math.nan)


def _decimals(digits: str, value: float, scale: float) -> int:
    """How many digits stand behind the decimal sign."""
    if math.isnan(value):
        return 0
    if digits.isdigit():
        return 0
    tail = re.split("[.,]", digits)[-1]
    whole = value / scale
    return len(tail) if len(tail) < len(digits) and (len(tail) != 3 or whole != int(whole)) else 0


def _joined(plain: str, low: Said, high: Said) -> Said | None:
    """Two neighbours as one range ("từ 4 đến 5 triệu"); None if they are two figures.

    The magnitude and the unit behind the second hold for both, but units that both have must agree.
    """
    between = _TO.match(plain, low.end)
    if not between or between.end() != high.start or low.of is not None or high.of is not None or low.high is not None:
        return None
    if low.known and high.known and low.unit != high.unit:
        return None
    first = low.value
    bare = _DIGITS.match(plain, high.start)
    if bare and high.value and high.step > 1 >= low.step and not low.known:
        scaled = first * high.value / _number(bare[0])[0]  # "4 đến 5 triệu", but not "500.000 đến 1 triệu"
        first = scaled if scaled < high.value else first
    if not first < high.value:
        return None
    return high._replace(value=first, other=None, high=high.value, qualifier="range", start=low.start)


def _neighbours(found: Sequence[Said], length: int) -> Iterator[tuple[int, Said, int]]:
    """Each figure with where the one before it ends and the one behind it begins."""
    ends, starts = [0, *(one.end for one in found)], [*(one.start for one in found[1:]), length]
    yield from zip(ends, found, starts, strict=False)


def _with_words(text: str, plain: str, one: Said, before: int, after: int) -> Said:
    """A figure with its quote and the words around it."""
    head = plain[max(before, one.start - REACH) : one.start]
    stops = [stop.end() for stop in _STOP.finditer(head) if stop[0] != ":"]
    head = head[stops[-1] :] if stops else head
    tail = plain[one.end : min(after, one.end + REACH)]
    stop = _TAIL_STOP.search(tail)
    tail = tail[: stop.start()] if stop else tail
    words = tuple(_WORD.findall(head)) + tuple(_WORD.findall(tail))
    return one._replace(quote=quoted(text, one.start, one.end), words=words)


def quoted(text: str, start: int, end: int) -> str:
    """A place of a text with some 40 characters either side, cut between words and within its line."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    head, tail = text[left:start], text[end:right]
    head = head.rpartition("\n")[2] if "\n" in head else ("…" + head.partition(" ")[2] if left else head)
    tail = tail.partition("\n")[0] if "\n" in tail else (tail.rpartition(" ")[0] + "…" if right < len(text) else tail)
    return (head + text[start:end] + tail).strip()
