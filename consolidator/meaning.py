"""Which indicator a figure in running text means: by what it counts and by the words around it.

Words beside a figure count in full, those elsewhere in its sentence half, those of the narrative's heading less; a word
of a label weighs the more the fewer labels have it. Figures that speak of a part, a change, a plan or another time mean
no row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from consolidator.countwords import MONEY, PERCENT, unit_at
from consolidator.element import Indicator, Narrative
from consolidator.form import LevelForm
from consolidator.narrativefigures import Said
from consolidator.submission import Submission

SENTENCE, HEADING = 0.5, 0.3
"""What a word of a label counts that stands in the figure's sentence, or only in the heading; beside it counts 1."""
LEAST = 6.0
"""The least weight a label is taken to have, so that one word alone ("giao") makes no label whole."""
CHAINED = 0.8
"""What a word counts that stands beside the figure before, where this one has none ("10 suất với số tiền …")."""
AS_GOOD = 0.2
"""A row that scores at most this much less than the best may be meant as well."""

_SHORT = (
    ("công đoàn cơ sở", "cđcs"),
    ("người lao động", "nlđ"),
    ("hành chính sự nghiệp", "hcsn"),
    ("sản xuất kinh doanh", "sxkd"),
    ("thỏa ước lao động tập thể", "tưlđtt"),
    ("thoả ước lao động tập thể", "tưlđtt"),
    ("ủy ban kiểm tra", "ubkt"),
    ("uỷ ban kiểm tra", "ubkt"),
    ("bảo hiểm xã hội", "bhxh"),
    ("đồng cấp", "cùngcấp"),
    ("cùng cấp", "cùngcấp"),
    ("cấp dưới", "cấpdưới"),
    ("cấp trên", "cấptrên"),
    ("bảo hộ lao động", "bhlđ"),
    ("liên đoàn lao động", "lđlđ"),
    ("việt nam", ""),
    ("công đoàn", ""),
    ("đoàn viên", "đoànviên"),
    ("cnvclđ", "nlđ"),
    ("cnlđ", "nlđ"),
)
_COMMON_WORDS = """số tổng lượt người các của và được đã có trong đó là cho ở theo từ trên tại do về với đến tiền giá
trị mức tỷ lệ này kỳ quý năm tháng nay khi để một những cả bao gồm cùng thực hiện kết quả đạt việc như sau toàn đơn vị
đang cấp đoànviên nlđ cđcs lđlđ hoạt động"""
_STOP = frozenset(_COMMON_WORDS.split())
"""Words that tell no row from another; "cùng cấp" is one word by `_SHORT`."""
_NARROWER = re.compile(
    r"(?<!\w)(?:nữ|nam|mới|riêng|mỗi|từng|bình quân|thêm|tăng|giảm|vượt|còn lại|năm trước|cùng kỳ|so với|phấn đấu"
    r"|dự kiến|thấp nhất|cao nhất|chưa|không|khác|huyện|xã|thành phố)(?!\w)"
)
"""Words that make a figure speak of a part, a change, a mean, a plan or a place, unless the label has them too."""
_ELSEWHERE = re.compile(r"(?<!\w)(?:riêng|trước đó|trước đây|phấn đấu|mục tiêu|cùng kỳ|năm trước|kỳ trước)(?!\w)")
"""Words before a figure, in its part of the sentence, that take it out of the period or to a part."""
_YEARS, _QUARTERS = re.compile(r"(?<!\w)năm (20\d\d)"), re.compile(r"(?<!\w)quý (iv|i{1,3}|[1-4])(?!\w)")
_QUARTER = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
HEAD = 100
"""Characters before a figure within which its time is told, as far as the last stop or semicolon."""
CLOSE, CLAUSE = 30, 80
"""Characters on either side within which such a word is looked for, and which make the clause of a figure; both end
at the next mark of punctuation."""
_TOKEN = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^)]{0,200}\)")
OF_TARGET = "% chỉ tiêu"
"""Stands for the rows whose share of a target is computed: "đạt 159% chỉ tiêu"."""
_STOPS = re.compile(r"[.\n](?!\d)")


@dataclass(frozen=True, slots=True)
class Row:
    """An indicator as prose may speak of it: the words of its label with their weights, and what it counts."""

    indicator: Indicator
    kind: str
    weights: tuple[tuple[str, float], ...]
    total: float
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A figure of a text and the rows it may mean: the best one first, then those as good.

    `share` and `near` say how much of the best label stands around the figure and beside it; `only` that the
    narrative has no other row of that unit; `listed` that the best row is one of those the narrative asks for.
    """

    said: Said
    rows: tuple[Row, ...]
    share: float
    near: float
    only: bool
    listed: bool

    @property
    def key(self) -> tuple[str, bool]:
        """The best row, and whether it is its percentage that is meant."""
        return self.rows[0].indicator.code, self.said.unit == PERCENT

    def reaches(self, share: float, near: float) -> bool:
        """Whether that much of the label is there."""
        return self.share >= share and self.near >= near


Places = Sequence[tuple[frozenset[str], float]]
"""Words, with what one found among them counts; the first that has a word settles it."""


@dataclass(frozen=True, slots=True)
class _Score:
    """How well a row fits: the share of its label that is there and beside the figure, its words in the clause."""

    share: float
    near: float
    given: bool
    listed: bool
    clause: frozenset[str]
    row: Row

    def order(self) -> tuple[float, float, bool, bool]:
        """Best last; a row without any figure gives way to one as good that has some."""
        return round(self.share, 6), round(self.near, 6), self.given, self.listed


def links_of(submission: Submission, narrative: Narrative, text: str, said: Sequence[Said]) -> Iterator[Link]:
    """The row that each figure means, with those as good; nothing where the best is none of the narrative's."""
    view, blank = submission.view, _blank_rows(submission)
    heading, before, last, behind = _words(narrative.heading), frozenset[str](), "", -1
    sentence = frozenset[str]()
    for one in said:
        if one.start >= behind:
            start, behind = _sentence(text, one, max(0, behind))
            before, last, sentence = frozenset[str](), "", _words(text[start:behind])
        near = _words(" ".join(one.words))
        money = one.unit == MONEY and last not in ("", MONEY)  # "khen thưởng 5 em …, số tiền 2.000.000 đồng"
        chained = before if money or not near - _STOP else frozenset[str]()
        before, last = (near if near - _STOP and not money else before), one.unit
        clause = near & _words(_close(text, one, CLAUSE))
        places = ((clause, 1.0), (near, 1.0), (chained, CHAINED), (sentence, SENTENCE), (heading, HEADING))
        link = _link(narrative, one, _candidates(view, narrative, one, near), places, blank)
        if link and _is_whole(view, text, link):
            yield link


def _link(narrative: Narrative, said: Said, rows: Sequence[Row], places: Places, blank: Set[str]) -> Link | None:
    """The row for a figure by the words around it: of those as good the narrative's own, then what explains more of
    its clause."""
    scored = [_score(narrative, row, places, blank) for row in rows]
    if math.isnan(said.value) or not scored:
        return None
    scored.sort(key=_Score.order, reverse=True)
    good = [one for one in scored if one.share >= scored[0].share - AS_GOOD]
    best = next((one for one in good if one.listed), good[0])
    for other in good:
        if other.clause > best.clause and (other.listed or not best.listed):
            best = other
    if not (best.listed or not narrative.indicators):
        return None
    only = said.known and sum(one.listed for one in scored) == 1
    others = (one.row for one in good if one is not best)
    return Link(said, (best.row, *others), best.share, best.near, only, best.listed)


def _score(narrative: Narrative, row: Row, places: Places, blank: Set[str]) -> _Score:
    """How well one row fits; the first of the places is the clause of the figure."""
    code, share, near = row.indicator.code, 0.0, 0.0
    listed = code in narrative.indicators
    for word, weight in row.weights:
        worth = next((worth for words, worth in places if word in words), 0.0)
        share += weight * (worth if worth > HEADING or listed else 0.0)
        near += weight * worth if worth > SENTENCE else 0.0
    clause = places[0][0] & {word for word, _ in row.weights}
    return _Score(share / row.total, near / row.total, code not in blank, listed, clause, row)


def _candidates(view: LevelForm, narrative: Narrative, said: Said, near: frozenset[str]) -> Sequence[Row]:
    """Rows that count what the figure counts; a bare number may be any of the narrative's own rows."""
    rows = _rows(view)
    if said.unit == PERCENT and "tiêu" in near:
        return (*rows.get(PERCENT, ()), *rows.get(OF_TARGET, ()))
    if said.known:
        return rows.get(said.unit, ())
    if said.step >= 1000:
        return rows.get(MONEY, ())
    own = [row for kind, some in rows.items() if kind not in (MONEY, PERCENT, OF_TARGET) for row in some]
    return [row for row in own if row.indicator.code in narrative.indicators]


def _is_whole(view: LevelForm, text: str, link: Link) -> bool:
    """Whether a figure speaks of the whole row in this period, and not of a part, a change, a plan, another time."""
    said, label, period = link.said, link.rows[0].label, view.form.period
    head = re.split(r"[.;\n](?!\d)", text[max(0, said.start - HEAD) : said.start])[-1].lower()
    years = {int(year) for year in _YEARS.findall(head)}
    quarters = {_QUARTER.get(one) or int(one) for one in _QUARTERS.findall(head)}
    if years - {period.start.year, period.end.year} or quarters - {(period.end.month + 2) // 3}:
        return False
    telling = _NARROWER.findall(_close(text, said, CLOSE)) + _ELSEWHERE.findall(head)
    return all(word in label for word in telling)


def _blank_rows(submission: Submission) -> Set[str]:
    """Codes of rows without any figure."""
    view = submission.view
    given = {view.figures[at].indicator.code for at in np.flatnonzero(~np.isnan(submission.values))}
    return {one.code for one in view.indicators} - given


def _close(text: str, said: Said, reach: int) -> str:
    """What stands beside a figure in its own clause, so many characters either side."""
    head = re.split(r"[,;:.()\n]", text[max(0, said.start - reach) : said.start])[-1]
    tail = re.split(r"[,;:.()\n]", text[said.end : said.end + reach])[0]
    return f"{head} {tail}".lower().replace("việt nam", "")


def _sentence(text: str, said: Said, after: int) -> tuple[int, int]:
    """Where the sentence of a figure begins, not before the one that ended at `after`, and where it ends."""
    start = max((stop.end() for stop in _STOPS.finditer(text, after, said.start)), default=after)
    end = _STOPS.search(text, said.end)
    return start, end.start() if end else len(text)


@lru_cache(maxsize=32)
def _rows(view: LevelForm) -> dict[str, tuple[Row, ...]]:
    """Rows of a level by what they count; a word weighs the more the fewer labels have it."""
    labels = {one.code: _words(_BRACKETS.sub(" ", one.label)) - _STOP for one in view.indicators}
    often: dict[str, int] = {}
    for words in labels.values():
        for word in words:
            often[word] = often.get(word, 0) + 1
    found: dict[str, list[Row]] = {}
    for one in view.indicators:
        if one.type == "date":
            continue
        kind = kind_of(one.unit)
        words = labels[one.code] - {kind, *one.unit.lower().split()}
        weights = tuple((word, math.log(1 + len(labels) / often[word])) for word in sorted(words))
        row = Row(one, kind, weights, max(LEAST, sum(weight for _, weight in weights)), one.label.lower())
        if weights:
            found.setdefault(kind, []).append(row)
            if f"{one.code}.pct_target" in view.by_ref:
                found.setdefault(OF_TARGET, []).append(row)
    return {kind: tuple(rows) for kind, rows in found.items()}


def kind_of(unit: str) -> str:
    """What an indicator's unit counts, in the normal form of units in prose; per month or head is left out."""
    return unit_at(unit.lower(), 0)[0] or unit.lower()


def _words(text: str) -> frozenset[str]:
    """The words of a text in small letters, with abbreviations for what has one."""
    plain = " ".join(_TOKEN.findall(text.lower()))
    for long, short in _SHORT:
        plain = plain.replace(long, short)
    return frozenset(plain.split())
