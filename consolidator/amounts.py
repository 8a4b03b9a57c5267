"""Amounts at the head of a text: digits with their signs, magnitudes, Vietnamese number words.

What may be dared with an amount is `numerals`' business; its docstring has the laws. Texts come here in small letters,
composed, with one blank between words.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """How a text was read, or why nothing was taken; the strongest reason where several hold."""

    PLAIN = "plain"
    FULLWIDTH = "fullwidth"
    GROUPED = "grouped"
    DECIMAL = "decimal"
    MAGNITUDE = "magnitude"
    WORDS = "words"
    UNIT = "unit"
    PERCENT = "percent"
    NONE = "none"
    NOT_APPLICABLE = "not-applicable"
    NO_DATA = "no-data"
    MARK = "mark"
    DITTO = "ditto"
    RANGE = "range"
    APPROXIMATE = "approximate"
    FRACTION = "fraction"
    BRACKETED = "bracketed"
    UNCLEAR = "unclear"


Number = tuple[Decimal | None, Decimal | None, Kind]
"""A value, a second reading, and how they came about: a `Reading` before its unit and its column are weighed."""
UNREADABLE: Number = (None, None, Kind.UNCLEAR)

_DIGITS = re.compile(r"[0-9][0-9.,]*(?: [0-9]{3}(?![0-9])[0-9.,]*)*")
_MAGNITUDES = "trăm|chục|k|nghìn|ngàn|vạn|triệu|tr|tỷ|tỉ"
_SCALE = re.compile(rf" ?({_MAGNITUDES})(?![^\W\d_])")
GOES_ON = re.compile(rf" *(?:{_MAGNITUDES})| +[0-9]")
"""What digits may be followed by where the amount does not end with them."""
_HALF = re.compile(r" ?rưỡi(?![^\W\d_])")

_SCALES = {"trăm": 100, "chục": 10, "k": 1000, "nghìn": 1000, "ngàn": 1000, "vạn": 10**4}
_SCALES |= {"triệu": 10**6, "tr": 10**6, "tỷ": 10**9, "tỉ": 10**9}


def digits_at(text: str) -> str:
    """The run of digits and their signs that a text begins with."""
    found = _DIGITS.match(text)
    return found[0] if found else ""


def read_amount(text: str) -> tuple[Number | None, str]:
    """The amount a text begins with, in figures or words, and what is behind it."""
    figures = digits_at(text)
    if not figures:
        return _worded(text)
    number, rest = read_numeral(figures), text[len(figures) :]
    scale, rest = _scale(rest)
    if scale == 1:
        return number, rest
    value, other, kind = number
    if kind is Kind.UNCLEAR or value is None:
        return UNREADABLE, rest
    if other is not None:
        return (value * scale, other * scale, Kind.MAGNITUDE), rest
    total, exact = value * scale, 0 < value == value.to_integral_value()
    if half := _HALF.match(rest):
        return ((total + Decimal(scale) / 2, None, Kind.MAGNITUDE) if exact else UNREADABLE), rest[half.end() :]
    while more := re.match(r" ?([0-9]+)", rest):
        step, rest = _scale(rest[more.end() :])
        if step == 1 or step >= scale or int(more[1]) * step >= scale or not exact:
            return UNREADABLE, rest
        total, scale = total + int(more[1]) * step, step
    return (total, None, Kind.MAGNITUDE), rest


def _scale(text: str) -> tuple[int, str]:
    """The product of the magnitude words a text begins with ("nghìn tỷ"), 1 if none, and what is behind them."""
    scale = last = 1
    while (found := _SCALE.match(text)) and _SCALES[found[1]] > last:
        last = _SCALES[found[1]]
        scale, text = scale * last, text[found.end() :]
    return scale, text


def read_numeral(figures: str) -> Number:
    """Laws 1 and 2 for a run of digits, dots, commas and blanks."""
    if sum(map(str.isdigit, figures)) > 15:
        return UNREADABLE
    if figures.isdigit():
        plain = Decimal(figures)
        return (None, plain, Kind.UNCLEAR) if figures[0] == "0" and len(figures) > 3 else (plain, None, Kind.PLAIN)
    signs = re.sub("[0-9]", "", figures)
    parts = re.split("[., ]", figures)
    groups = all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3 and parts[0][0] != "0"
    joined = Decimal("".join(parts))
    if len(set(signs)) == 1 and groups:
        as_decimal = Decimal(".".join(parts)) if len(signs) == 1 and signs != " " else None
        return joined, as_decimal, Kind.GROUPED
    if parts[-1] == "" and len(signs) == 1:
        return None, joined, Kind.UNCLEAR
    head, sign, tail = "".join(parts[:-1]), signs[-1], parts[-1]
    if sign == " " or sign in signs[:-1] or len(set(signs)) > 2 or not tail or "" in parts:
        return UNREADABLE
    value = Decimal(f"{head}.{tail}")
    if len(signs) == 1:
        if len(tail) == 3 and len(head) > 3:
            return joined, value, Kind.UNCLEAR  # 1500.000: one sign forgotten, or none
        doubtful = (head[0] == "0" and head != "0") or (len(tail) > 2 and not tail.strip("0"))
        return (None, value, Kind.UNCLEAR) if doubtful else (value, None, Kind.DECIMAL)
    grouped = all(len(part) == 3 for part in parts[1:-1]) and len(parts[0]) <= 3 and parts[0][0] != "0"
    if not grouped or len(tail) == 3:
        return (None, value, Kind.UNCLEAR) if grouped else UNREADABLE
    return value, None, Kind.DECIMAL


def spell(text: str) -> Decimal | None:
    """The number that a whole text spells out in words, with all its diacritics; None if it does not."""
    return _spelled([_canonical(word) for word in text.split(" ")])


def _worded(text: str) -> tuple[Number | None, str]:
    """The number words a text begins with; not dared where they lack their diacritics."""
    words = text.split(" ")
    spelled, bare = [_canonical(word) for word in words], _accented(words)
    sure = _run(spelled) >= _run(bare)
    known = spelled if sure else bare
    count = _run(known)
    for end in (count, count - 1) if known[count - 1 : count] == ["năm"] else (count,):
        value = _spelled(known[:end])  # "hai mươi năm": the last word may be the year
        if value is not None:
            return ((value, None, Kind.WORDS) if sure else (None, value, Kind.WORDS)), " ".join(words[end:])
    return (UNREADABLE, " ".join(words[count:])) if count > 1 else (None, text)


def _run(words: list[str]) -> int:
    """How many number words stand at the head."""
    return next((at for at, word in enumerate(words) if word not in _CANONICAL), len(words))


def _canonical(word: str) -> str:
    """A number word in its usual spelling, wherever the typist set the tone mark; other words as they are."""
    return _SPELLED.get(_tone_last(word), word)


def _accented(words: list[str]) -> list[str]:
    """Words typed without diacritics, as number words: "muoi" is "mươi" behind another number, else "mười"."""
    if not all(map(str.isascii, words)):
        return [""]
    known = [_BARE.get(word, "") for word in words]
    return [
        ("mươi" if at and known[at - 1] in _ONES else word) if word == "mười" else word for at, word in enumerate(known)
    ]


def _tone_last(word: str) -> str:
    signs = unicodedata.normalize("NFD", word)
    tones = [sign for sign in signs if sign in "\u0300\u0301\u0303\u0309\u0323"]
    return "".join([sign for sign in signs if sign not in tones] + tones)


def _unmarked(word: str) -> str:
    signs = unicodedata.normalize("NFD", word)
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


_FIGURES = "không một hai ba bốn năm sáu bảy tám chín"
_ONES = {
    word: value for value, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])
}
_LAST = {word: value for word, value in _ONES.items() if word not in ("không", "năm")} | {"mốt": 1, "tư": 4, "lăm": 5}
"""The last figure behind "mươi" or "mười"; "mười năm" are ten years."""
_LARGE = {"tỷ": 10**9, "triệu": 10**6, "vạn": 10**4, "nghìn": 1000}
_OTHER = {"bẩy": "bảy", "nhăm": "lăm", "lẻ": "linh", "ngàn": "nghìn", "tỉ": "tỷ"}
_CANONICAL = frozenset((*_LAST, *_ONES, *_LARGE, "mười", "mươi", "trăm", "chục", "linh", "rưỡi", "phẩy"))
_SPELLED = {_tone_last(word): word for word in _CANONICAL} | {_tone_last(old): new for old, new in _OTHER.items()}
_BARE = {_unmarked(old): new for old, new in (_OTHER | {word: word for word in sorted(_CANONICAL)}).items()}
_BARE |= {"mot": "một", "muoi": "mười", "nam": "năm"}


def _spelled(words: list[str]) -> Decimal | None:
    """Number words in their usual spelling as a number; None if they do not make exactly one."""
    if "phẩy" in words:
        at = words.index("phẩy")
        whole, tail = _scaled(words[:at], True), words[at + 1 :]
        if whole is None or not tail or len(tail) > 6 or not all(word in _ONES for word in tail):
            return None
        return Decimal(f"{whole}.{''.join(str(_ONES[word]) for word in tail)}")
    number = _scaled(words, True)
    return None if number is None else Decimal(number)


def _scaled(words: list[str], first: bool) -> int | None:
    """Number words with magnitudes; behind a magnitude (not `first`) a lone figure is never told: "hai nghìn ba"."""
    for word, scale in _LARGE.items():
        if word in words:
            at = words.index(word)
            top, tail = _scaled(words[:at], True), words[at + 1 :]
            low = (scale // 2 if tail == ["rưỡi"] else _scaled(tail, False)) if tail else 0
            if top is None or low is None or low >= scale or top >= (10**6 if word == "tỷ" else 1000):
                return None
            return top * scale + low if top or not first else None
    hundreds, tens = 0, words
    if len(words) > 1 and words[1] == "trăm" and words[0] in _ONES:
        hundreds, tens, first = _ONES[words[0]] * 100, words[2:], False
        if tens in ([], ["rưỡi"]):
            return hundreds + 50 * len(tens)
    low = _below_hundred(tens, first)
    return None if low is None else hundreds + low


def _below_hundred(words: list[str], first: bool) -> int | None:
    match words:
        case [one] if first:
            return 10 if one == "mười" else _ONES.get(one)
        case ["mười"]:
            return 10
        case ["mười", one] if one in _LAST and one != "mốt":
            return 10 + _LAST[one]
        case ["linh", one] if not first and one in {**_ONES, "tư": 4} and one != "không":
            return _ONES.get(one, 4)
        case [ten, "mươi" | "chục", *last] if _ONES.get(ten, 0) > (1 if words[1] == "mươi" else 0):
            if not last or (words[1] == "mươi" and len(last) == 1 and last[0] in _LAST):
                return _ONES[ten] * 10 + sum(_LAST[one] for one in last)
    return None
