"""What the labels of a form say: the words of each row with their weights, and which rows a text has words of.

A word of a label weighs the more the fewer labels have it; words that tell no row from another are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from consolidator.countwords import unit_at
from consolidator.element import Indicator
from consolidator.form import LevelForm
from consolidator.workedout import worked_out

LEAST = 6.0
"""The least weight a label is taken to have, so that one word alone ("giao") makes no label whole."""
SENTENCE, HEADING = 0.5, 0.3
"""What a word of a label counts that stands in the figure's sentence, or only in the heading; beside it counts 1."""
OF_TARGET = "% chỉ tiêu"
"""Stands for the rows whose share of a target is computed: "đạt 159% chỉ tiêu"."""

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
STOP_WORDS = frozenset(_COMMON_WORDS.split())
"""Words that tell no row from another; "cùng cấp" is one word by `_SHORT`."""
JOINED = frozenset(short for _, short in _SHORT)
"""Words of labels that texts write in several words."""
_TOKEN = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^)]{0,200}\)")


@dataclass(frozen=True, eq=False)
class Row:
    """An indicator as prose may speak of it: the words of its label with their weights, and what it counts."""

    indicator: Indicator
    kind: str
    weights: tuple[tuple[str, float], ...]
    total: float
    label: str


class Shelf:
    """Rows that count the same thing, found by the words of their labels.

    Attributes:
        index: by word, the rows that have it (as places in `rows`) with what it weighs there.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.codes = frozenset(row.indicator.code for row in rows)
        self.index: dict[str, list[tuple[int, float]]] = {}
        for at, row in enumerate(rows):
            for word, weight in row.weights:
                self.index.setdefault(word, []).append((at, weight))

    def shares(
        self, places: Sequence[tuple[frozenset[str], float]], listed: Set[str]
    ) -> tuple[list[float], list[float]]:
        """How much of each row's label is there, and beside the figure, by what a word counts in each of the places.

        The first place that has a word settles it; words of the heading alone count for the rows `listed` only.
        """
        worth: dict[str, float] = {}
        for words, value in reversed(places):
            worth.update(dict.fromkeys(self.index.keys() & words, value))
        there, near = [0.0] * len(self.rows), [0.0] * len(self.rows)
        for word in sorted(worth):
            value = worth[word]
            for at, weight in self.index[word]:
                if value > HEADING or self.rows[at].indicator.code in listed:
                    there[at] += weight * value
                if value > SENTENCE:
                    near[at] += weight * value
        totals = [row.total for row in self.rows]
        return [a / b for a, b in zip(there, totals, strict=True)], [a / b for a, b in zip(near, totals, strict=True)]


@worked_out
def shelves(view: LevelForm) -> dict[str, Shelf]:
    """Rows of a level by what they count, those of money and so on; by `OF_TARGET` those whose share is computed."""
    return {kind: Shelf(rows) for kind, rows in rows_by_kind(view).items()}


def rows_by_kind(view: LevelForm) -> dict[str, tuple[Row, ...]]:
    """Rows of a level by what they count; a word weighs the more the fewer labels have it."""
    labels = {one.code: words_of(_BRACKETS.sub(" ", one.label)) - STOP_WORDS for one in view.indicators}
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


@lru_cache(maxsize=1024)
def kind_of(unit: str) -> str:
    """What an indicator's unit counts, in the normal form of units in prose; per month or head is left out."""
    return unit_at(unit.lower(), 0)[0] or unit.lower()


def words_of(text: str) -> frozenset[str]:
    """The words of a text in small letters, with abbreviations for what has one."""
    plain = " ".join(_TOKEN.findall(text.lower()))
    for long, short in _SHORT:
        plain = plain.replace(long, short)
    return frozenset(plain.split())
