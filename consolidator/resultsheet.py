"""The sheet "Kết quả kiểm tra": its columns and lines, as the add-in writes them and as a returned copy carries them.

What a marked cell looked like before stands in the hidden columns, so that "Xóa đánh dấu" gives it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from consolidator.finding import Finding, Severity
from consolidator.form import Form
from consolidator.palette import DOUBT, FINE, WRONG
from consolidator.wording import SEVERITY_WORDS, message_of, sentence_of

FIRST_ROW = 6
"""1-based row of the first finding; the headings stand above it."""
WIDTHS = (10, 12, 8, 56, 48, 30, 12)
LEVEL, SHEET, CELL, WHAT, FIX, SAID, CODE, REF, SEEN, AT, COLOUR, NOTE, MARKED = range(13)
"""Columns; those from `REF` on are hidden: they are for coming back."""
COLOURS = {Severity.ERROR: WRONG, Severity.WARNING: DOUBT, Severity.INFO: FINE}
NOTE_LENGTH = 900
At = tuple[str, str]
"""Sheet and cell."""


def lines_of(findings: Sequence[Finding], form: Form) -> Iterator[list[str]]:
    """A line a finding, all columns up to `AT`."""
    for finding in findings:
        place, (what, fix) = finding.place, sentence_of(finding, form)
        shown = [SEVERITY_WORDS[finding.severity], place.sheet, place.cell, what, fix, finding.explanation]
        yield [*shown, finding.code, place.ref, finding.facts.get("values", ""), place.cell]


def by_cell(findings: Sequence[Finding]) -> dict[At, list[Finding]]:
    """The findings of each cell, in the order given; those without a cell are left out."""
    found: dict[At, list[Finding]] = {}
    for finding in findings:
        if finding.place.cell:
            found.setdefault((finding.place.sheet, finding.place.cell), []).append(finding)
    return found


def note_of(findings: Sequence[Finding], form: Form, before: str = "") -> str:
    """The note at a cell: what is found there, over what a note said before."""
    told = "\n".join(f"{SEVERITY_WORDS[one.severity]} {one.code}: {message_of(one, form)}" for one in findings)
    return (f"{told}\n——\n{before}" if before else told)[:NOTE_LENGTH]


def looks_beside(findings: Sequence[Finding], looks: Mapping[At, tuple[str, str]]) -> list[tuple[str, str, str]]:
    """The columns `COLOUR`, `NOTE` and `MARKED`: what cells looked like, beside the first finding of each."""
    left = dict(looks)
    found = [left.pop((finding.place.sheet, finding.place.cell), None) for finding in findings]
    return [(*look, "x") if look else ("", "", "") for look in found]


def rgb_words(colour: str) -> str:
    """A colour of the palette as the hidden column keeps it: "FFF6C8" is "255,246,200", "" stays ""."""
    return ",".join(str(int(colour[at : at + 2], 16)) for at in range(0, len(colour), 2))
