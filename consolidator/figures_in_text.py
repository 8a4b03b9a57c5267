"""Whether a narrative carries a figure: a number that is no document, date, year, list number or slogan."""

from __future__ import annotations

import re

_NOT_FIGURES = re.compile(
    r"""
    \d+[a-z]?(?:/\d{4})?[/-][A-ZĐ][\w-]*(?:[/-][A-ZĐ]\w*)*     # 7c/NQ-TLĐ, 145/2020/NĐ-CP, 02-NQ/TW
    | \b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b | \b\d{1,2}/\d{4}\b      # 12/9/2023, 12/2020
    | \b(?:ngày|đến)\s+\d{1,2}/\d{1,2}(?:/\d{4})?\b                         # ngày 27/7
    | \b(?:năm|năm\ học|nhiệm\ kỳ|giai\ đoạn|khóa)\s+\d+(?:\s*[-–]\s*\d{4})?  # năm 2023, giai đoạn 2
    | \b(?:quý|tháng|ngày|lần\ thứ|số|mục|điều|khoản|kỳ)\s+\d+\b # quý 3, tháng 11
    | \bcovid\s*[-–]\s*19\b
    | \b(?:19|20)\d{2}\s*[-–]\s*(?:19|20)\d{2}\b                 # 2018-2023
    | “[^”]{0,200}” | "[^"]{0,200}"                              # names of programmes
    | (?m:^\s*\d+(?:\.\d+)*[.)]\s)                               # list numbers
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGITS = re.compile(r"\d")


def has_figure(text: str) -> bool:
    """Whether any digit is left once everything that only looks like a figure is taken out."""
    return bool(_DIGITS.search(_NOT_FIGURES.sub(" ", text)))


def ask_text(word: str, text: str, *about: str) -> float:
    """What the words that read narratives say of one: 1.0 for yes, 0.0 for no."""
    if word == "HASFIGURE":
        return float(has_figure(text))
    return float(" ".join(about[0].split()).casefold() in " ".join(text.split()).casefold())
