"""Who wrote the same: rows of figures that are equal, texts that are copied. Knows no form and no unit."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consolidator.usual import Truths
from consolidator.verdict import Numbers

_BODIES = ("cđcs", "công đoàn cơ sở", "công đoàn", "lđlđ", "liên đoàn lao động")
"""Words before a unit's own name that one text writes and another leaves out."""
_SENTENCE_END = re.compile(r"[.;!?:\n]+")
_FIGURES = re.compile(r"\d[\d.,/%-]*")
_WORDS = re.compile(r"[^\W_]+")

Sentences = tuple[str, ...]
"""A text as what it says: sentences without names, figures and punctuation."""


@dataclass(frozen=True)
class Copy:
    """A text found elsewhere too: in which texts (by position, itself may be among them), how much of it (0 to 1)."""

    where: tuple[int, ...]
    share: float


def other_than_zero(figures: Numbers) -> Truths:
    """Where there is a figure, and not 0."""
    found: Truths = ~np.isnan(figures) & (figures != 0)
    return found


def equal_rows(rows: Numbers, least: int) -> list[list[int]]:
    """Groups of two or more equal rows (shape: units × figures) of which at least `least` figures are not 0.

    Blank equals blank, and is no 0.
    """
    plain = np.where(np.isnan(rows), np.nan, rows + 0.0)  # one NaN and one zero: bytes tell two of each apart
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index in np.flatnonzero(other_than_zero(rows).sum(axis=1) >= least):
        groups[plain[index].tobytes()].append(int(index))
    return [group for group in groups.values() if len(group) > 1]


class Names:
    """Names of units as they are found in texts, with or without what kind of body it is."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for name in names:
            plain = " ".join(_words(name))
            for body in ("", *_BODIES):
                words = tuple(plain.removeprefix(body).split())
                if len(words) > 1 and plain.startswith(body):
                    self._by_first[words[0]].add(words)
        self._lengths = {
            first: sorted({len(one) for one in found}, reverse=True) for first, found in self._by_first.items()
        }

    def without(self, words: Sequence[str]) -> list[str]:
        """The words with every name left out, the longest first."""
        if self._by_first.keys().isdisjoint(words):
            return list(words)
        kept, at = [], 0
        while at < len(words):
            lengths = self._lengths.get(words[at], ())
            known = self._by_first.get(words[at], ())
            length = next((n for n in lengths if tuple(words[at : at + n]) in known), 0)
            if not length:
                kept.append(words[at])
            at += length or 1
        return kept


def _words(text: str) -> list[str]:
    return _WORDS.findall(unicodedata.normalize("NFC", text).casefold())


def sentences_of(text: str, names: Names, memo: dict[str, str]) -> Sentences:
    """A text as its sentences; `memo` keeps what each raw sentence came to, as many units write the same."""
    found = []
    for raw in _SENTENCE_END.split(_FIGURES.sub(" ", text)):
        if raw not in memo:
            memo[raw] = " ".join(names.without(_words(raw)))
        found.append(memo[raw])
    return tuple(one for one in found if one)


def handed_down(texts: Sequence[Sentences], share: float, least: int) -> set[str]:
    """Sentences that more than `share` of the texts have, and at least `least`: a model text, or the form's own."""
    given = sum(bool(text) for text in texts)
    used = Counter(sentence for text in texts for sentence in set(text))
    return {sentence for sentence, count in used.items() if count >= least and count > share * given}


def copies(texts: Sequence[Sentences], least: int, sentence: int, share: float, compared: int) -> dict[int, Copy]:
    """Texts of at least `least` characters that are found elsewhere, whole or by `share` of their long sentences.

    `sentence` is how long a long one is. Each is compared with at most `compared` others that have a sentence of it,
    so the work grows with the number of texts and not with its square.
    """
    whole: dict[Sentences, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        if sum(map(len, text)) >= least:
            whole[text].append(index)
    found: dict[int, Copy] = {}
    for group in whole.values():
        if len(group) > 1:
            found |= dict.fromkeys(group, Copy(tuple(group), 1.0))
    near = _nearest([frozenset(s for s in text if len(s) >= sentence) for text in whole], least, compared)
    groups = list(whole.values())
    for number, (other, part) in near.items():
        if part >= share and len(groups[number]) == 1:
            found[groups[number][0]] = Copy(tuple(groups[other]), part)
    return found


def _nearest(texts: Sequence[frozenset[str]], least: int, compared: int) -> dict[int, tuple[int, float]]:
    """For each text the one that has most of its characters, and which share of them; the first of equals."""
    having: Mapping[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        for one in text:
            if len(having[one]) < compared:
                having[one].append(index)
    found = {}
    for index, text in enumerate(texts):
        size = sum(map(len, text))
        shared: Counter[int] = Counter()
        for one in text:
            shared.update({other: len(one) for other in having[one] if other != index})
        if shared and size >= least:
            other = min(shared, key=lambda one: (-shared[one], one))
            found[index] = other, shared[other] / size
    return found
