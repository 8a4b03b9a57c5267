"""The one reader of Vietnamese figures typed as text: generous in what it understands, strict in what it dares.

A `Reading` is **certain** if `value` stands alone; only then may a figure be taken. Two readings, or one in `other`
alone, are for a finding that shows them. Laws:

1. One sign between figures, groups of three behind it: "1.234.567" is grouping, whatever the sign (`.`, `,`, blank).
   With a single group it may be a decimal sign as well: "1.234" and "1,234" are 1234 or 1.234. It is 1234 for
   things counted (`whole`, a counting word, money). Other figures of the column (`like`) settle it where they bear out
   Vietnamese habit, the dot grouping and the comma parting: that reading is of their size, the other a tenth or ten
   times off. "0,906" is no grouping: a zero does not lead a group.
2. A sign that cannot group is the decimal sign, comma or dot: "1,5", "1.23", "1.2345", "1.234,5", "1,234.5". The dot
   is dared too because reports mix both ("20.841 … 90.6%"). Things counted have no fraction: "12,5" is not dared
   for them, "12,0" is 12. "1500.000" may lack a sign: both readings, whatever is counted.
3. A percentage below or at 1 that came without its sign may be a share: "0,906" is 0.906 or 90.6. A column only ever
   confirms what is written; it never rescales a figure, and it can make one doubtful ("90,6" among 0.91, 0.88).
4. Magnitudes multiply (nghìn, vạn, triệu, tỷ) and may follow each other downward ("2 tỷ 350 triệu"). What leaves one
   out ("2 tỷ 350", "một trăm hai", "1tr2") is not dared; nor is "1.234 tỷ".
5. A unit inside the cell must be the indicator's, or one of its kind ("đồng chí" for "người"); else not dared. Words
   nobody knows are taken for a foreign unit, words with figures among them for prose (None).
6. "không", "không có", "không phát sinh" are a declared none: 0. A dash or an x may be blank or zero; "không áp dụng"
   and "chưa có số liệu" are neither.
7. Never taken: ditto marks, ranges, approximations ("trên 3 nghìn"), fractions ("778/778": both numbers are given),
   brackets (accountants' minus), "1e5", words without diacritics, numbers of more than 15 digits.
8. No figure at all (None): dates, document numbers, years from–to, prose, and anything longer than `LONGEST`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from consolidator.amounts import Kind, Number, digits_at, read_amount, read_numeral, spell

LONGEST = 120
"""Characters of the longest text that can be a figure."""
TOO_LARGE = 10**15
"""A figure of this size is no report's, and no longer exact."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text may mean: `value` alone is certain; with `other` beside or instead of it nothing may be taken.

    Percentages are in percent (90.6), money in đồng. `unit` is the unit's word as typed, in
    small letters, "%" for per cent.
    """

    value: float | None
    other: float | None
    kind: Kind
    unit: str = ""

    @property
    def certain(self) -> bool:
        """Whether `value` may be taken."""
        return self.value is not None and self.other is None

    @property
    def readings(self) -> tuple[float, ...]:
        """Every number the text may stand for: one if certain."""
        return tuple(number for number in (self.value, self.other) if number is not None)


_INVISIBLE = "\\xad\u061c\u180e\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u206f"
_BREAK = re.compile(rf"[\n\r\t\v\f\x85\u2028\u2029]+|(?<=[0-9])[{_INVISIBLE}]+(?=[0-9])")
"""What parts two texts: between digits also what cannot be seen, for nobody can tell what it meant."""
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_SAME = str.maketrans("．，％－＋／（）−‐‑–—’‘ʼ", ".,%-+/()-----'''")
_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)}

_DITTO = frozenset(('"', "''", "”", "“", "″", "〃", "//", "-//-", '-"-', "nt", "n.t", "-nt-", "như trên", "(như trên)"))
_MARKS = frozenset(("-", "--", "---", "x", "/", ".", "..", "...", "…", "*"))
_NONE = re.compile(r"không(?: có| phát sinh| có phát sinh)?|chưa phát sinh|không(?: có)? [^0-9]{2,30} nào")
_BARE_NONE = frozenset(("khong", "khong co", "khong phat sinh"))
_NOT_APPLICABLE = frozenset(("không áp dụng", "n/a", "na", "không thuộc đối tượng", "không thuộc diện"))
_NO_DATA = re.compile(r"(?:không|chưa) (?:có |thu thập được )?(?:số liệu|thông tin|báo cáo|thống kê)")

_PROSE = re.compile(
    r"""[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4}) | [0-9]{1,2}/(?:19|20)[0-9]{2}                 # dates
    | (?:19|20)[0-9]{2}\s?-\s?(?:19|20)[0-9]{2}                                               # terms
    | [0-9]+[a-zđ]?(?:/[0-9]{4})?[/-][a-zđ].*                                                  # documents""",
    re.VERBOSE,
)
_ABOUT = re.compile(
    r"(?:(?:từ|đến|trên|dưới|khoảng|chừng|gần|hơn|ước đạt|ước tính|ước|xấp xỉ|ít nhất|tối thiểu|tối đa|không quá) "
    r"|~|≈|[<>]=?|≥|≤) ?(.+)|(.+?) ?(?:trở lên|trở xuống|\+)"
)
_RANGE = re.compile(r"(?:từ )?([^-~]{1,40}?) ?(?:-|~|đến|tới) ?([^-~]{1,40})")
_FRACTION = re.compile(r"([0-9]{1,9}) ?/ ?([0-9]{1,9})(?: ([^0-9]{1,30}))?")
_EXPONENT = re.compile(r"[0-9.,]+e[+-]?[0-9]+")
_ECHO = re.compile(r"([^()]+?) ?\(([^()]+)\)")
_UNIT = re.compile(r"(?:[^\W\d]|[ ./%,^₫-]){1,40}|k?m[23]")

_THOUSANDS = re.compile(r"[+-]? ?[0-9., ]+k(?![^\W\d_])")

_MONEY = frozenset(("đ", "đồng", "vnđ", "vnd", "₫", "^d", "đồng việt nam"))
_PERCENT = frozenset(("%", "phần trăm"))
_KINDRED = (
    "người, đồng chí, đ/c, đoàn viên, đv, cán bộ, cnvclđ, nlđ, lao động, công nhân, giáo viên, em, cháu, học sinh",
    "lượt người, lượt, lượt đoàn viên, lượt nlđ",
    "cđcs, công đoàn cơ sở",
    "doanh nghiệp, dn",
    "hộ, hộ gia đình, gia đình",
    "nhà, căn nhà, căn, ngôi nhà",
    "suất, suất quà, phần quà, quà",
    "vụ, vụ việc",
    "đơn, đơn thư",
    "bản, văn bản",
    "tin bài, tin/bài",
    "ubkt, ủy ban kiểm tra",
)
_ALONE = """cuộc, lần, buổi, đợt, hội nghị, lớp, đơn vị, cơ sở, ban, tổ, nghiệp đoàn, cơ quan, tập thể, câu lạc bộ, clb,
đội, kiến nghị, ý kiến, chỉ tiêu, mô hình, dự án, hoạt động, sáng kiến, đề tài, công trình, chương trình, chức danh,
phòng, gian, ngày, trang, thẻ, giải, bằng khen, cái, chiếc, quyển, cuốn, tờ, bộ, xã, huyện, trường hợp,
hợp đồng, bài, tin"""
_FAMILY = {word: words.split(",")[0] for words in _KINDRED for word in words.split(", ")}
_FAMILY |= {word: word for word in _ALONE.replace("\n", " ").split(", ")} | {"tin, bài": "tin bài"}
"""Words for things counted, with the word they may stand in for."""


def read_figure(
    text: str, *, unit: str = "", whole: bool = False, percent: bool = False, like: Sequence[float] = ()
) -> Reading | None:
    """What a cell's text means where a figure belongs; None if it is no figure at all.

    `unit` is the indicator's ("" if unknown), `whole` says that it counts things, `percent` that a percentage in
    percent is wanted, `like` are other figures of the same column. Never raises.
    """
    if len(text) > LONGEST:
        return None
    wide = text.translate(_WIDE)
    plain = _plain(wide)
    wanted = _Wanted(_plain(unit), whole, percent or _plain(unit) in _PERCENT, tuple(filter(math.isfinite, like)))
    reading = _read_mark(plain) or _read(plain, wanted)
    if reading and wide != text and reading.kind is Kind.PLAIN:
        return replace(reading, kind=Kind.FULLWIDTH)
    return reading


def digits_of_words(text: str) -> float | None:
    """The number that Vietnamese words spell out ("hai mươi mốt"); None if they do not, or not completely."""
    value = spell(_plain(text)) if len(text) <= 2 * LONGEST else None
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What belongs in the cell."""

    unit: str
    whole: bool
    percent: bool
    like: tuple[float, ...]


def _plain(text: str) -> str:
    """Small letters, one spelling of signs, one blank for any, nothing invisible; a line break stays a break."""
    text = _UNSEEN.sub("", _BREAK.sub(" ; ", unicodedata.normalize("NFC", text).strip()))
    text = text.translate(_SAME).casefold().replace("m²", "m2").replace("m³", "m3")
    return " ".join(text.split()).lstrip("'")


def _read_mark(text: str) -> Reading | None:
    """Texts that stand for something without being a number."""
    if text in _DITTO or text == "":
        return Reading(None, None, Kind.DITTO) if text else None
    if text in _NOT_APPLICABLE:
        return Reading(None, None, Kind.NOT_APPLICABLE)
    if _NO_DATA.fullmatch(text):
        return Reading(None, None, Kind.NO_DATA)
    if _NONE.fullmatch(text):
        return Reading(0.0, None, Kind.NONE)
    if text in _MARKS or text in _BARE_NONE:
        return Reading(None, 0.0, Kind.MARK if text in _MARKS else Kind.NONE)
    return Reading(None, None, Kind.UNCLEAR) if _EXPONENT.fullmatch(text) else None


def _read(text: str, wanted: _Wanted) -> Reading | None:
    """A text that is no mark: figures in some dress, or a plain amount with its unit."""
    if _PROSE.fullmatch(text):
        return None
    if text.startswith("(") and text.endswith(")"):
        inner = _weighed(text[1:-1].strip(), wanted)
        if not inner or not inner.certain or inner.value is None:
            return inner and replace(inner, value=None, kind=Kind.BRACKETED)
        return replace(inner, other=-inner.value, kind=Kind.BRACKETED)
    if fraction := _FRACTION.fullmatch(text):
        return Reading(float(fraction[1]), float(fraction[2]), Kind.FRACTION, fraction[3] or "")
    if (ends := _RANGE.fullmatch(text)) and (reading := _read_range(ends[1], ends[2], wanted)):
        return reading
    if about := _ABOUT.fullmatch(text):
        near = _weighed(about[1] or about[2], wanted)
        return near and Reading(None, (*near.readings, None)[0], Kind.APPROXIMATE, near.unit)
    if echo := _ECHO.fullmatch(text):
        first, second = _weighed(echo[1], wanted), _weighed(echo[2], wanted)
        if first and second and first.certain and second.certain:
            return first if first.value == second.value else replace(first, other=second.value, kind=Kind.UNCLEAR)
    return _weighed(text, wanted)


def _read_range(low: str, high: str, wanted: _Wanted) -> Reading | None:
    """Two amounts, the magnitude and the unit behind the second holding for both: "từ 4 đến 5 triệu"."""
    upper, lower = _weighed(high, wanted), _weighed(low, wanted)
    if not upper or not lower or upper.readings[1:] or lower.readings[1:] or not (upper.readings and lower.readings):
        return None
    first, last = lower.readings[0], upper.readings[0]
    if upper.kind is Kind.MAGNITUDE and lower.kind is not Kind.MAGNITUDE and (bare := digits_at(high)):
        coefficient = read_numeral(bare)[0]
        first *= last / float(coefficient) if coefficient else 1
    return Reading(first, last, Kind.RANGE, upper.unit)


def _weighed(text: str, wanted: _Wanted) -> Reading | None:
    """An amount and its unit against what is wanted in the cell."""
    signed = re.match(r"[+-] ?", text)
    number, rest = read_amount(text[signed.end() :] if signed else text)
    typed = rest.strip(" .;:,")
    if number is None or (typed and not _UNIT.fullmatch(typed)):
        return None
    value, other, kind = number
    if signed and signed[0][0] == "-":
        value, other = (None if value is None else -value), (None if other is None else -other)
    if value is not None and (text.startswith("- ") or (text[0] == "-" and kind is Kind.WORDS)):  # a list's dash
        value, other, kind = value, -value, Kind.UNCLEAR
    money, known = _is_money(typed or wanted.unit), typed in _PERCENT or _is_money(typed) or typed in _FAMILY
    if value == 0 and kind is Kind.WORDS and typed and not known:
        return None  # "không tổ chức" is a sentence
    if value is not None and other is None and (abs(value) >= TOO_LARGE or (_THOUSANDS.match(text) and not money)):
        value, other = None, value
    value, other, kind = _settled((value, other, kind), typed, "," in text, wanted)
    if kind in (Kind.PLAIN, Kind.GROUPED, Kind.DECIMAL) and typed and other is None:
        kind = Kind.PERCENT if typed in _PERCENT else Kind.UNIT
    if value is not None and other is None and not _fits(typed, wanted):
        value, other, kind = None, value, Kind.UNIT
    return Reading(_float(value), _float(other), kind, typed)


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _settled(number: Number, typed: str, comma: bool, wanted: _Wanted) -> Number:
    """Laws 1 to 3: what kind of thing is counted, and what the rest of the column says."""
    value, other, kind = number
    counted = wanted.whole or any(_is_money(one) or one in _FAMILY for one in (typed, wanted.unit) if one)
    if value is not None and other is not None and kind is not Kind.UNCLEAR:
        if counted and kind is Kind.GROUPED:
            other = None
        else:
            column = _by_column(value, other, wanted.like)
            usual = other if comma and other != other.to_integral_value() else value  # nobody writes 1,000 for 1
            return column if column and column[0] == usual else number
    if value is None or other is not None:
        return value, other, kind
    if counted and value != value.to_integral_value():
        return None, value, kind
    if wanted.percent and not typed:
        others = [abs(one) for one in wanted.like]
        if 0 < abs(value) <= 1 and kind is not Kind.WORDS:
            certain = _by_column(value, value * 100, wanted.like)
            return (value, None, kind) if certain and certain[0] == value else (value, value * 100, kind)
        if abs(value) > 1 and len(others) > 2 and 0 < max(others) <= 1:
            return value, value / 100, kind
    return value, other, kind


def _by_column(one: Decimal, two: Decimal, like: tuple[float, ...]) -> Number | None:
    """The one reading of two that is of the column's size, if the other is ten times off."""
    sizes = [abs(size) for size in like if size]
    if len(sizes) < 3:
        return None
    low, high = min(sizes), max(sizes)
    for near, far in ((one, two), (two, one)):
        if low / 2 <= abs(near) <= high * 2 and not low / 10 <= abs(far) <= high * 10:
            return near, None, Kind.GROUPED if abs(near) > abs(far) else Kind.DECIMAL
    return None


def _is_money(unit: str) -> bool:
    return unit.split("/")[0].strip() in _MONEY


def _fits(typed: str, wanted: _Wanted) -> bool:
    """Whether the unit typed behind a figure is the one that belongs there (law 5)."""
    if not typed:
        return True
    if typed in _PERCENT:
        return wanted.percent or (not wanted.unit and not wanted.whole)
    if wanted.percent:
        return False
    if not wanted.unit:
        return _is_money(typed) or typed in _FAMILY
    if _is_money(typed) and _is_money(wanted.unit):
        per = typed.partition("/")[2]
        return not per or per == wanted.unit.partition("/")[2]
    return typed == wanted.unit or (typed in _FAMILY and _FAMILY[typed] == _FAMILY.get(wanted.unit))
