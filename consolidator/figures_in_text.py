"""Which digits of a narrative are figures: all but documents, dates, years, list numbers, names of programmes.

The one home of what is no figure: `has_figure` (the rules' HASFIGURE) and `narrativefigures` both look at what
`figures_only` leaves. Every pattern is anchored at its first digit and every repetition is bounded, so that a text of
digits, quotes or blanks takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from consolidator.countwords import unit_at

BLANK = "\x01"
"""Stands for every character of what is no figure: it is neither letter, digit nor blank, so nothing reads across."""

_TIMES = ("năm", "năm học", "nhiệm kỳ", "giai đoạn", "khóa", "khoá", "niên khóa", "sinh năm")
"""Behind these a year is a year."""
_DATES = {"quý": "0?[1-4]", "tháng": "(?:0?[1-9]|1[0-3])", "ngày": r"(?:3[01]|[12]\d|0?[1-9])"}
"""Behind these such a number is a part of a date."""
_AGES = ("nghiệp", "mạng", "đại")
"""Ends of what is said to be 4.0."""
_NAMED = """lần thứ, thứ, số, mục, điều, khoản, điểm, chương, phần, phụ lục, biểu, mẫu, kỳ, giai đoạn, khóa, khoá,
đợt, vòng, tuần, nhóm, khu, hạng, loại, cấp, vùng, thôn, bản, xóm, phường, quận, phong trào, cuộc vận động, chiến
dịch, đề án, nghị quyết, nghị định, thông tư, chỉ thị, quyết định, kết luận, công văn"""
"""Behind these a number is a name, if it counts nothing."""
_ORDINALS = re.split(r",\s+", _NAMED)
_UNLESS = {"số": ("tổng", "trong", "với", "con"), "biểu": ("đại", "tiêu"), "kỳ": ("trong", "cùng", "đầu", "cuối")}
"""Words before an ordinal that make it something else: "tổng số 5", "đại biểu 12"."""
_LAW, _COVID = "luật", "covid"
_LEADS = {
    words[-1]: len(words) for words in sorted(map(str.split, (*_TIMES, *_DATES, *_AGES, *_ORDINALS, _COVID)), key=len)
}
"""Last words of what is no figure with the digits behind it, with how many words it has at most."""
_REACH = 48
"""Characters before digits within which that begins; a law has the longest name."""


def _any_of(phrases: Sequence[str]) -> str:
    """A pattern of phrases, each unless certain words stand before it."""
    unless = ("".join(rf"(?<!{one}\s)" for one in _UNLESS.get(phrase, ())) for phrase in phrases)
    return "|".join(before + phrase.replace(" ", r"\s") for before, phrase in zip(unless, phrases, strict=True))


_DATE = "|".join(rf"{word}\s{{1,3}}{number}" for word, number in _DATES.items())
_YEAR = r"(?:19|20)\d{2}(?![\d.,]*\d)"
_NOT_FIGURES = re.compile(
    rf"""
    “[^”]{{0,200}}” | "[^"\n]{{0,200}}"                                             # names of programmes
    | (?<!\d)(?=\d)(?:
        (?<![\d.,])0\d{{2,3}}[ .-]?\d{{3,4}}[ .-]?\d{{3,4}}(?!\d)                     # telephones
        | (?<!\d)(?:\d{{1,5}}[a-z]?(?:,|[ ]và)[ ]){{0,3}}\d{{1,5}}[a-z]?(?:/\d{{4}})?[ ]?[-/]
          (?-i:[A-ZĐ][A-ZĐ]\w{{0,10}}|[A-ZĐ]\w{{0,10}}[-/])(?:[-/][ ]?[A-ZĐ]\w{{0,10}}){{0,4}}  # 7c/NQ-TLĐ
        | (?<!\d)(?:\d{{1,2}}(?:/\d{{1,2}})?\s?[-–]\s?)?\d{{1,2}}\s?[/.-]\s?\d{{1,2}}\s?[/.-]\s?\d{{4}}(?!\d)
        | (?<!\d)\d{{1,2}}\s?(?:đến|-|–)\s?\d{{1,2}}/\d{{1,2}}/\d{{4}}                # 10 đến 15/10/2023
        | (?<![\d/])(?:0?[1-9]|1[0-2])\s?[/.-]\s?{_YEAR}                             # 12/2020
        | (?<!\d){_YEAR}\s?(?:[-–]|đến)\s?{_YEAR}                                   # 2018 - 2023
        | (?<!\d)\d{{1,2}}\s(?=tháng) | (?<![\d.,])\d{{1,3}}\s(?=năm(?!\w))          # 9 tháng đầu năm, 115 năm ngày
        | (?<!\d)\d{{1,2}}\s?(?:h|giờ)(?![^\W\d_])\s?\d{{0,2}}[’']?                    # 7h30, 8 giờ
        | (?<=[^\W\d_]m)[23](?!\d) | (?-i:(?<=[A-ZĐ])\d{{1,4}})                       # km2, QH14, F0
        | \d{{1,3}}\skhông,?\s\d{{1,3}}\ssạch | \b0?1\striệu\ssáng\skiến              # the best known, unquoted
        | (?<![\d.,/])\d{{1,2}}/\d{{1,2}}\s?[-–]\s?\d{{1,2}}/\d{{1,2}}(?![\d.,/]*\d)        # 1/4 - 30/6
        | (?<![\d.,/])(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?![\d.,/]*\d))          # 27/7 or 8/10 targets
    | \b(?=[^\W\d_])(?:
        (?:{_any_of(_TIMES)})\s{{1,3}}{_YEAR}
          (?:\s?(?:,|và|đến|[-–/])\s?{_YEAR}){{0,5}}                                 # năm 2021, 2022 và 2023
        | (?:{_DATE})
          (?![\d.,]*\d)(?!/)(?:\s?(?:,|và|đến|[-–])\s?(?:0?[1-9]|[12]\d|3[01])(?![\d.,]*\d)(?!\s?[/%])(?=\s(?:tháng|năm|/)))?
        | {_COVID}\s?[-–]?\s?19\b | bộ\s{_LAW}(?:\s[^\W\d_]{{1,7}}){{1,4}}\s{_YEAR}             # Bộ luật Lao động 2019
        | (?:{_any_of(_AGES)})\s\d\.0(?!\d)                                            # công nghiệp 4.0
        | (?P<ordinal>(?:{_any_of(_ORDINALS)})\s{{1,3}})(?P<number>\d{{1,4}}[a-z]?(?:\.0)?)(?![\d.,/]*\d)
        | [\w.+-]{{1,64}}@[\w.-]{{1,64}})                                            # mail
    | (?:https?://|www\.)\S{{1,200}} | \+84[\d .-]{{9,12}}
    | \[\d{{1,3}}\] | \([1-9]\)\s(?=[^\W\d])                                        # notes and lists within a line
    | (?<=[ivx])(?:(?:\.\d{{1,2}}){{1,5}}(?!\d)|\s?[-/]\s?{_YEAR})                     # II.1.2, quý III/2023
    | (?m:^)[ \t]{{0,20}}(?:[-+*•][ \t])?
      (?:\d{{1,2}}(?:\.\d{{1,2}}){{0,5}}[.)](?=\s) | \d{{1,2}}(?:\.\d{{1,2}}){{1,5}}(?-i:(?=\s[A-ZĐ])))  # list numbers
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIXED = re.compile(r"(?:thứ|số|mục|điều|khoản|phong trào|vận động|chiến dịch|đề án)\s*$", re.IGNORECASE)
"""Behind these a number is a name whatever follows: "khoản 2 điều 14", "đề án 5 triệu bà mẹ"."""
_MAGNITUDE = re.compile(r"\s{1,3}(?:trăm|nghìn|ngàn|triệu|tỷ|tỉ)(?!\w)", re.IGNORECASE)
_DAY_BEFORE = re.compile(r"(?:ngày|dịp|lễ|tết|sáng|chiều|tối|đến|từ|trước|sau|hết|mừng)\s{1,3}$", re.IGNORECASE)
_FEASTS = frozenset(((1, 5), (1, 6), (2, 9), (3, 2), (8, 3), (9, 10), (10, 10), (1, 1)))
"""Days of the year that reports name without saying that they are days, where day and month could be a share."""
_DIGITS = re.compile(r"\d")
_RUNS, _WORDS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_QUOTES_OR_RUNS = re.compile(r'[“"]|\d+')
_SIGNS = frozenset("([+./-–*•")
"""What may lead to digits without any word."""
_ADDRESSES = ("@", "://", "www.")
"""What begins as any word may, with or without digits."""


Spellings = tuple[tuple[str, ...], ...]
"""Documents that reports cite, each with all the ways its number is written."""


def has_figure(text: str, cited: Spellings = ()) -> bool:
    """Whether any digit is left once cited documents and all that only looks like a figure are taken out."""
    return bool(_DIGITS.search(text)) and any(map(_DIGITS.search, _pieces(_uncited(text, cited))))


@lru_cache(maxsize=2048)
def figures_only(text: str, cited: Spellings = ()) -> str:
    """The text with every character of what is no figure replaced by `BLANK`: as long as before.

    Who reads a narrative asks for it twice.
    """
    return "".join(_pieces(_uncited(text, cited)))


def _uncited(text: str, cited: Spellings) -> str:
    """A text without the documents it cites."""
    runs = set(_RUNS.findall(text))
    for spelling, run, blank in _longest_first(cited):
        if run in runs:
            text = text.replace(spelling, blank)
    return text


@lru_cache(maxsize=64)
def _longest_first(cited: Spellings) -> list[tuple[str, str, str]]:
    """Every spelling with the digits a text must have that has it, and with what stands in for it."""
    spellings = sorted((one for ways in cited for one in ways), key=len, reverse=True)
    return [(one, _RUNS.findall(one)[0], BLANK * len(one)) for one in spellings]


def _pieces(text: str) -> Iterator[str]:
    """What `_NOT_FIGURES.sub(_blanked, text)` says, piece by piece, so that who looks for one figure may stop there.

    A match is tried only where it may begin: of prose that takes a third of the time.
    """
    end = 0
    for start in _starts(text):
        if start >= end:
            yield text[end:start]
            found = _NOT_FIGURES.match(text, start)
            yield _blanked(found) if found else text[start]
            end = found.end() if found else start + 1
    yield text[end:]


def _starts(text: str) -> Iterator[int]:
    """Places where a match of `_NOT_FIGURES` may begin, in their order: quotes, digits, and what leads to digits."""
    small = text.casefold()
    if any(sign in small for sign in _ADDRESSES):
        yield from range(len(text))
        return
    end = 0
    for run in _QUOTES_OR_RUNS.finditer(text):
        start = run.start()
        yield from _leading(text, max(end, start - _REACH), start)
        yield start
        end = run.end()


def _leading(text: str, low: int, high: int) -> Sequence[int]:
    """The same of what stands before digits: words, or signs and the beginning of a line."""
    before = text[low:high]
    last = before.rsplit(None, 1)[-1:]
    if not last or last[0][-1] in _SIGNS or _LAW in before.casefold():
        return range(low, high)
    line, words = before.rpartition("\n")[2], _WORDS.findall(last[0])
    count = _LEADS.get(words[-1].casefold(), 0) if words else 0
    found = [word.start() for word in _WORDS.finditer(text, low, high)][-count:] if count else []
    return found if line.strip() else [*found, *range(high - len(line), high)]


def _blanked(found: re.Match[str]) -> str:
    """What stands in for a match: blanks, or itself where it turns out to be a figure."""
    text = found.string
    if found["number"]:
        return found[0] if _counts(text, found) else BLANK * len(found[0])
    if found["day"] and not _is_day(text, found):
        return found[0]
    return BLANK * len(found[0])


def _counts(text: str, found: re.Match[str]) -> bool:
    """Whether a number behind a word such as "cấp" or "phần" counts what stands behind it: "cấp 500 thẻ"."""
    if _FIXED.search(found["ordinal"]):
        return False
    return bool(_MAGNITUDE.match(text, found.end()) or unit_at(text[found.end() : found.end() + 40].lower(), 0)[0])


def _is_day(text: str, found: re.Match[str]) -> bool:
    """Whether d/m is a day of the year: not one of twelve months, a counted thing behind it, or a share else."""
    day, month = int(found["day"]), int(found["month"])
    counted = unit_at(text[found.end() : found.end() + 40].lower(), 0)[0]
    if not (1 <= day <= 31 and 1 <= month <= 12) or counted not in ("", "ngày"):  # "27/7 ngày Thương binh" is a day
        return False
    return (
        day > month
        or (day, month) in _FEASTS
        or bool(_DAY_BEFORE.search(text, max(0, found.start() - 12), found.start()))
    )


def mentions(text: str, document: str, cited: Spellings = ()) -> bool:
    """Whether a text cites a document, under any of its spellings; a longer number that contains it is another."""
    ways = next((ways for ways in cited if document in ways), (document,))
    return any(re.search(rf"(?<!\w){re.escape(_plain(way))}(?!\w)", _plain(text)) for way in ways)


def ask_text(word: str, text: str, *about: str, cited: Spellings = ()) -> float:
    """What the words that read narratives say of one: 1.0 for yes, 0.0 for no."""
    return float(has_figure(text, cited) if word == "HASFIGURE" else mentions(text, about[0], cited))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
