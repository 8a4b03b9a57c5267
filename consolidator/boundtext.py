"""A parent's own words with its figures in them: a number that stands as the summary has it follows the summary."""

from __future__ import annotations

from consolidator.draftwords import PLAIN, Fill, fill
from consolidator.element import Narrative
from consolidator.meaning import links_of
from consolidator.narrating import ALIKE
from consolidator.narrativefigures import figures_of
from consolidator.submission import Submission

_MEASURES = ("actual", "ytd", "estimate")
"""What a text speaks of; for percentages, those of a target too."""
_SHARES = ("actual", "pct_target", "pct_estimate")
_SHORTEST = 2
"""Digits a number has at least: a single one stands for too many things."""


def bound(summary: Submission, narrative: Narrative, text: str) -> list[str | Fill]:
    """The text in pieces, in their order: words, and numbers that surely are a figure of the narrative's rows."""
    said = figures_of(text, summary.view.form.spellings)
    found: dict[int, Fill] = {}
    for link in links_of(summary, narrative, text, said):
        if link.listed and len(link.rows) == 1 and link.reaches(*ALIKE):
            measures = _SHARES if link.said.unit == "%" else _MEASURES
            refs = [f"{link.rows[0].indicator.code}.{measure}" for measure in measures]
            for one in (fill(summary, ref + PLAIN) for ref in refs if ref in summary.view.by_ref):
                if _stands_at(text, link.said.start, one):
                    found.setdefault(link.said.start, one)
    pieces: list[str | Fill] = []
    done = 0
    for start, one in sorted(found.items()):
        pieces += [text[done:start], one]
        done = start + len(one.text)
    return [piece for piece in (*pieces, text[done:]) if piece != ""]


def _stands_at(text: str, start: int, one: Fill) -> bool:
    behind = text[start + len(one.text) : start + len(one.text) + 2]
    whole = not behind[:1].isdigit() and not (behind[:1] in (".", ",") and behind[1:].isdigit())
    return not one.missing and len(one.text) >= _SHORTEST and text.startswith(one.text, start) and whole
