"""Whether a narrative carries a figure: a number that is no document, date, year, list number or slogan."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


Spellings = Sequence[tuple[str, ...]]
"""Documents that reports cite, each with all the ways its number is written."""


def has_figure(text: str, cited: Spellings = ()) -> bool:
    """Whether any digit is left once cited documents and all that only looks like a figure are taken out."""
    for spelling in sorted((one for ways in cited for one in ways), key=len, reverse=True):
        text = text.replace(spelling, " ")
    return bool(_DIGITS.search(_NOT_FIGURES.sub(" ", text)))


def mentions(text: str, document: str, cited: Spellings = ()) -> bool:
    """Whether a text cites a document, under any of its spellings; a longer number that contains it is another."""
    ways = next((ways for ways in cited if document in ways), (document,))
    return any(re.search(rf"(?<!\w){re.escape(_plain(way))}(?!\w)", _plain(text)) for way in ways)


def ask_text(word: str, text: str, *about: str, cited: Spellings = ()) -> float:
    """What the words that read narratives say of one: 1.0 for yes, 0.0 for no."""
    return float(has_figure(text, cited) if word == "HASFIGURE" else mentions(text, about[0], cited))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
