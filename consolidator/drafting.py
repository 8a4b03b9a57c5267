"""What goes where in the written report: the outline of the regime filled from a summary, as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consolidator.boundtext import bound
from consolidator.draftappendix import Appendix, appendices
from consolidator.draftwords import NOTICE, Fill, clause, fill, has_beside, is_given
from consolidator.element import Indicator, Narrative
from consolidator.explaining import EXPLANATIONS
from consolidator.grid import key_of
from consolidator.letterhead import Letterhead, full_name, letterhead
from consolidator.paper import shortened
from consolidator.rulebook import documents
from consolidator.submission import Submission
from consolidator.wording import lowered

Piece = str | Fill
"""A text, or a place that follows a figure. What a text has in square brackets is for people to write."""
SHOWN_UNITS, SHOWN_TEXT = 4, 220
"""Contributions written out under an answer; characters of each."""
_NUMBER = re.compile(
    r"(?P<part>PHẦN\b|[IVXL]+ ?[.)-])|(?P<two>\d+\.\d)|(?P<one>\d+[.)])|(?P<letter>[a-zđ]\))", re.UNICODE
)
_LEVELS = {"part": 1, "one": 2, "two": 3, "letter": 4}
LOWEST = 5
"""The level of headings without a number."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph: `heading` (of a level), `body`, `figure` (one thing counted), `units` (what units say), `note`."""

    kind: str
    pieces: tuple[Piece, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A written report: what stands above, the report itself, its appendices; whose it is."""

    summary: Submission
    head: Letterhead
    body: tuple[Line, ...]
    appendices: tuple[Appendix, ...]

    def fills(self) -> Iterator[Fill]:
        """Every place that follows a figure."""
        for line in self.body:
            yield from (piece for piece in line.pieces if isinstance(piece, Fill))
        for appendix in self.appendices:
            for row in appendix.rows:
                yield from (cell for cell in row if isinstance(cell, Fill))


def draft(summary: Submission) -> Draft:
    """The draft of a summary; a unit's own report makes one as well, without contributions."""
    added = appendices(summary)
    body = [*_opening(summary), *_outline(summary, added), *_closing(summary)]
    return Draft(summary, letterhead(summary), tuple(body), tuple(added))


def _opening(summary: Submission) -> Iterator[Line]:
    words = documents()["draft"]
    yield Line("note", (words["note"],))
    if summary.meta.get(NOTICE):
        yield Line("note", (fill(summary, NOTICE),))
    gathered = words["gathered"] if summary.lines else words["dated"]
    name = full_name(summary.unit_name)
    intro = words["intro"].format(unit=name[:1].upper() + name[1:])
    yield Line("body", (intro + gathered.format(count=len(summary.lines)), fill(summary, "meta.as_of"), "):"))


def _closing(summary: Submission) -> Iterator[Line]:
    yield Line("body", (documents()["draft"]["closing"].format(unit=full_name(summary.unit_name)) + "/.",))


def _outline(summary: Submission, added: Sequence[Appendix]) -> Iterator[Line]:
    view = summary.view
    tables = [table.path for table in view.tables if table.id != EXPLANATIONS]
    by_path: dict[str, list[str]] = {}
    for one in added:
        by_path.setdefault(one.path, []).append(one.name)
    answered = [one.path for one in view.answers] + tables
    if not view.answers:
        yield from _by_sheets(summary, view.indicators, 1)
        return
    for narrative in view.narratives:
        if narrative.kind != "answer" and not _stands_over(narrative, answered) and narrative.path not in tables:
            continue  # an instruction of the outline, or the title
        if narrative.path == "0":
            yield Line("body", (narrative.heading,))
            continue
        lines = list(_answer(summary, narrative)) if narrative.kind == "answer" else []
        see = [documents()["draft"]["see"].format(appendix=name) for name in by_path.get(narrative.path, ())]
        if narrative.kind == "answer" and not lines and not see and not _stands_over(narrative, answered):
            continue  # what may be left out was left out
        yield _heading(narrative)
        yield from lines
        yield from (Line("body", (text,)) for text in see)
    yield from _unplaced(summary)


def _unplaced(summary: Submission) -> Iterator[Line]:
    """A part of its own for indicators that no answer asks for, where these are most of the regime's.

    Elsewhere the few of them stand in the appendix only.
    """
    view = summary.view
    placed = {code for one in view.answers for code in one.indicators}
    left = [row for row in view.indicators if row.code not in placed]
    if 2 * len(left) > len(view.indicators):
        yield Line("heading", (documents()["draft"]["unplaced"],), 1)
        yield from _by_sheets(summary, left, 2)


def _stands_over(narrative: Narrative, answered: Sequence[str]) -> bool:
    return any(path.startswith(narrative.path + ".") for path in answered)


def _heading(narrative: Narrative) -> Line:
    """A heading with the number of the regime's outline; where it has none, with the letter of its path or a dash."""
    text = narrative.heading
    number = _NUMBER.match(text)
    if number is None:
        last = narrative.path.rpartition(".")[2]
        text = f"{last}) {text}" if re.fullmatch("[a-zđ]", last) else f"- {text}"
        number = _NUMBER.match(text)
    level = _LEVELS[str(number.lastgroup)] if number else LOWEST
    return Line("heading", (" ".join(text.split()),), level)


def _answer(summary: Submission, narrative: Narrative) -> Iterator[Line]:
    """What the parent wrote, what the figures say, what the units wrote."""
    words = documents()["draft"]
    own = summary.narratives.get(narrative.id, "").strip()
    said = [bound(summary, narrative, part) for part in own.splitlines() if part.strip()]
    in_text = {piece.key.partition(".")[0] for part in said for piece in part if isinstance(piece, Fill)}
    known = {one.code: one for one in summary.view.indicators}
    rows = [known[code] for code in dict.fromkeys(narrative.indicators) if code in known]
    rows = [row for row in rows if row.code not in in_text or has_beside(summary, row)]
    units = list(_contributions(summary, narrative))
    given = any(is_given(summary, row) for row in rows)
    if not own and narrative.required:
        yield Line("body", (words["missing_text"].format(heading=narrative.heading),))
    elif not own and not units and not given:
        return
    yield from (Line("body", tuple(part)) for part in said)
    yield from figure_lines(summary, rows)
    yield from units


def figure_lines(summary: Submission, rows: Sequence[Indicator]) -> Iterator[Line]:
    """Indicators as sentences, a whole with its parts in one; in the end those without a figure, in one line."""
    given = {row.code: row for row in rows if is_given(summary, row)}
    for row in given.values():
        if row.part_of in given:
            continue
        pieces: list[Piece] = ["- ", *clause(summary, row)]
        parts = _below(row.code, given)
        for number, part in enumerate(parts):
            pieces += ["; trong đó: " if not number else "; ", *_small(clause(summary, part))]
        yield Line("figure", (*pieces, "."))
    missing = [row for row in rows if row.code not in given]
    pieces = []
    for number, row in enumerate(missing):
        pieces += ["; " if number else documents()["draft"]["still_missing"], *_small(clause(summary, row))]
    if pieces:
        yield Line("figure", ("- ", *pieces, "."))


def _below(code: str, given: dict[str, Indicator]) -> list[Indicator]:
    """The parts of a whole, each followed by its own parts."""
    return [one for part in given.values() if part.part_of == code for one in (part, *_below(part.code, given))]


def _small(pieces: Sequence[Piece]) -> list[Piece]:
    first = pieces[0]
    return [lowered(first) if isinstance(first, str) else first, *pieces[1:]]


def _contributions(summary: Submission, narrative: Narrative) -> Iterator[Line]:
    """What the units wrote, shortened, each with who wrote it; the same words once."""
    words = documents()["draft"]
    groups: dict[str, tuple[str, list[str]]] = {}
    for line in summary.lines:
        text = " ".join(line.narratives.get(narrative.id, "").split())
        if text:
            groups.setdefault(key_of(text), (text, []))[1].append(line.name)
    if not groups:
        return
    yield Line("units", (words["units_say"],))
    shown = sorted(groups.values(), key=lambda one: -len(one[1]))[:SHOWN_UNITS]
    for text, names in shown:
        who = words["all_units"].format(count=len(names)) if len(names) == len(summary.lines) > 1 else ", ".join(names)
        yield Line("units", (f"+ {who}: {shortened(text, SHOWN_TEXT)}",))
    rest = [name for group in groups.values() if group not in shown for name in group[1]]
    if rest:
        yield Line("units", (words["units_more"].format(names=", ".join(rest)),))


def _by_sheets(summary: Submission, rows: Sequence[Indicator], level: int) -> Iterator[Line]:
    """Indicators under a heading for each sheet that has any of them."""
    form, number = summary.view.form, 0
    for sheet in form.sheets:
        on_it = [row for row in rows if row.code in sheet.indicators]
        if on_it:
            number += 1
            title = form.catalogue.sheets[sheet.code]
            numbered = f"{roman(number)}. {title.upper()}" if level == 1 else f"{number}. {title}"
            yield Line("heading", (numbered,), level)
            yield from figure_lines(summary, on_it)


def roman(number: int) -> str:
    """A number below 40 in Roman digits."""
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
