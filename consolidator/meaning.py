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

import numpy as np

from consolidator.countwords import MONEY, PERCENT
from consolidator.element import Narrative
from consolidator.form import LevelForm
from consolidator.labelwords import HEADING, OF_TARGET, SENTENCE, STOP_WORDS, Row, Shelf, shelves, words_of
from consolidator.narrativefigures import Said
from consolidator.submission import Submission
from consolidator.workedout import worked_out

CHAINED = 0.8
"""What a word counts that stands beside the figure before, where this one has none ("10 suất với số tiền …")."""
AS_GOOD = 0.2
"""A row that scores at most this much less than the best may be meant as well."""
_DUST = 1e-5
"""More than what rounding of scores can do."""

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
_SEMI, _CLAUSES = re.compile(r"[.;\n](?!\d)"), re.compile(r"[,;:.()\n]")
_STOPS = re.compile(r"[.\n](?!\d)")


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


def links_of(
    submission: Submission, narrative: Narrative, text: str, said: Sequence[Said], asked: Set[str] | None = None
) -> Iterator[Link]:
    """The row that each figure means, with those as good; nothing where the best is none of the narrative's, or so
    little of its label is there that it would be no better than any.

    Of figures that none of the rows `asked` counts nothing is said.
    """
    view, given = submission.view, _given_rows(submission)
    heading, before, last, behind = words_of(narrative.heading), frozenset[str](), "", -1
    sentence = frozenset[str]()
    for one in said:
        if one.start >= behind:
            start, behind = _sentence(text, one, max(0, behind))
            before, last, sentence = frozenset[str](), "", words_of(text[start:behind])
        near = words_of(" ".join(one.words))
        money = one.unit == MONEY and last not in ("", MONEY)  # "khen thưởng 5 em …, số tiền 2.000.000 đồng"
        chained = before if money or not near - STOP_WORDS else frozenset[str]()
        before, last = (near if near - STOP_WORDS and not money else before), one.unit
        shelf = _shelf(view, narrative, one, "tiêu" in near)
        if asked is not None and asked.isdisjoint(shelf.codes):
            continue
        clause = near & words_of(_close(text, one, CLAUSE))
        places = ((clause, 1.0), (near, 1.0), (chained, CHAINED), (sentence, SENTENCE), (heading, HEADING))
        link = _link(narrative, one, shelf, places, given)
        if link and _is_whole(view, text, link):
            yield link


def _link(narrative: Narrative, said: Said, shelf: Shelf, places: Places, given: Set[str]) -> Link | None:
    """The row for a figure by the words around it: of those as good the narrative's own, then what explains more of
    its clause."""
    listed = frozenset(narrative.indicators)
    if math.isnan(said.value) or not shelf.rows or (listed and listed.isdisjoint(shelf.codes)):
        return None
    scored = _scored(shelf, places, listed, given)
    if not scored:
        return None
    good = [one for one in scored if one.share >= scored[0].share - AS_GOOD]
    best = next((one for one in good if one.listed), good[0])
    for other in good:
        if other.clause > best.clause and (other.listed or not best.listed):
            best = other
    if not (best.listed or not listed):
        return None
    only = said.known and sum(row.indicator.code in listed for row in shelf.rows) == 1
    others = (one.row for one in good if one is not best)
    return Link(said, (best.row, *others), best.share, best.near, only, best.listed)


def _scored(shelf: Shelf, places: Places, listed: Set[str], given: Set[str]) -> list[_Score]:
    """Rows that fit best, and all that may be as good, best first; the first of the places is the figure's clause.

    None where even the best has less of its label there than makes it as good as any.
    """
    shares, nears = shelf.shares(places, listed)
    best = max(shares)
    if best < AS_GOOD - _DUST:
        return []
    scored = []
    for row, share, near in zip(shelf.rows, shares, nears, strict=True):
        if share >= best - AS_GOOD - _DUST:
            code, clause = row.indicator.code, places[0][0].intersection([word for word, _ in row.weights])
            scored.append(_Score(share, near, code in given, code in listed, clause, row))
    return sorted(scored, key=_Score.order, reverse=True)


def _shelf(view: LevelForm, narrative: Narrative, said: Said, of_target: bool) -> Shelf:
    """Rows that count what the figure counts; a bare number may be any of the narrative's own rows."""
    known = shelves(view)
    if said.unit == PERCENT and of_target:
        return _both(view)
    if said.known:
        return known.get(said.unit, _NOTHING)
    if said.step >= 1000:
        return known.get(MONEY, _NOTHING)
    return _bare(view, narrative.indicators)


_NOTHING = Shelf(())


@worked_out
def _both(view: LevelForm) -> Shelf:
    known = shelves(view)
    return Shelf((*known.get(PERCENT, _NOTHING).rows, *known.get(OF_TARGET, _NOTHING).rows))


@worked_out
def _bare(view: LevelForm, codes: tuple[str, ...]) -> Shelf:
    rows = [row for kind, some in shelves(view).items() if kind not in (MONEY, PERCENT, OF_TARGET) for row in some.rows]
    return Shelf([row for row in rows if row.indicator.code in codes])


def _is_whole(view: LevelForm, text: str, link: Link) -> bool:
    """Whether a figure speaks of the whole row in this period, and not of a part, a change, a plan, another time."""
    said, label, period = link.said, link.rows[0].label, view.form.period
    head = _SEMI.split(text[max(0, said.start - HEAD) : said.start])[-1].lower()
    years = {int(year) for year in _YEARS.findall(head)}
    quarters = {_QUARTER.get(one) or int(one) for one in _QUARTERS.findall(head)}
    if years - {period.start.year, period.end.year} or quarters - {(period.end.month + 2) // 3}:
        return False
    telling = _NARROWER.findall(_close(text, said, CLOSE)) + _ELSEWHERE.findall(head)
    return all(word in label for word in telling)


def _given_rows(submission: Submission) -> Set[str]:
    """Codes of rows with any figure."""
    codes = _codes(submission.view)
    return {codes[at] for at in np.flatnonzero(~np.isnan(submission.values)).tolist()}


@worked_out
def _codes(view: LevelForm) -> list[str]:
    return [figure.indicator.code for figure in view.figures]


def _close(text: str, said: Said, reach: int) -> str:
    """What stands beside a figure in its own clause, so many characters either side."""
    head = _CLAUSES.split(text[max(0, said.start - reach) : said.start])[-1]
    tail = _CLAUSES.split(text[said.end : said.end + reach])[0]
    return f"{head} {tail}".lower().replace("việt nam", "")


def _sentence(text: str, said: Said, after: int) -> tuple[int, int]:
    """Where the sentence of a figure begins, not before the one that ended at `after`, and where it ends."""
    start = max((stop.end() for stop in _STOPS.finditer(text, after, said.start)), default=after)
    end = _STOPS.search(text, said.end)
    return start, end.start() if end else len(text)
