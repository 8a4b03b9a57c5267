"""What fits: Excel's limits on texts and rows, how tall a wrapped text is, where a long one is cut."""

from __future__ import annotations

from collections.abc import Sequence

MAX_TEXT, MAX_ROW_HEIGHT = 32_767, 409.0
"""Characters a cell holds; points a row is tall at most."""
LINE_HEIGHT = 15.0
ANSWER_LINE = 104
"""Characters of a narrative that fit one line of its cell, for row heights."""
NARROW, PAGE = 14.0, 184.0
"""Columns up to this width keep it; characters across a landscape page, so that 11 points print as 8 or more."""


def height_of(text: str, characters_a_line: int) -> float:
    """Height in points that a wrapped text needs, at most what Excel allows."""
    if "\n" in text:
        lines = sum(max(1, -(-len(part) // characters_a_line)) for part in text.split("\n"))
    else:
        lines = max(1, -(-len(text) // characters_a_line))
    return min(MAX_ROW_HEIGHT, lines * LINE_HEIGHT + 4)


def shortened(text: str, characters: int) -> str:
    """A text that may be too long for a line, cut at a word's end."""
    return text if len(text) <= characters else text[: characters - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def fitted(widths: Sequence[float], page: float) -> tuple[float, ...]:
    """Column widths that together fit a page: the wide ones give way to what the narrow ones need."""
    narrow = sum(width for width in widths if width <= NARROW)
    wide = sum(widths) - narrow
    share = min(1.0, (page - narrow) / wide) if wide else 1.0
    return tuple(width if width <= NARROW else max(NARROW, round(width * share, 1)) for width in widths)


def pieces(text: str, characters_a_line: int) -> list[str]:
    """A long text cut, at paragraph or word ends, into parts that fit the tallest row; joined they are the text."""
    if height_of(text, characters_a_line) < MAX_ROW_HEIGHT:
        return [text]
    room = int((MAX_ROW_HEIGHT - 4) / LINE_HEIGHT) - 1
    found: list[str] = []
    rest = text
    while height_of(rest, characters_a_line) >= MAX_ROW_HEIGHT:
        cut, lines = 0, 0
        for part in rest.split("\n"):
            needed = max(1, -(-len(part) // characters_a_line))
            if lines + needed > room:
                break
            lines += needed
            cut += len(part) + 1
        if cut == 0:
            limit = room * characters_a_line
            cut = rest.rfind(" ", 0, limit) + 1 or limit
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest]


def two_cells(text: str) -> tuple[str, str]:
    """A narrative for its cell and the one below: what fits the tallest row, then the rest, within Excel's limit.

    What came from two cells always fits into two; read back, the two are joined by a line break.
    """
    first = pieces(text, ANSWER_LINE)[0]
    if len(text) - len(first) > MAX_TEXT:
        first = text[: text.rindex("\n", 0, MAX_TEXT + 1) + 1] if "\n" in text[: MAX_TEXT + 1] else text[:MAX_TEXT]
    rest = text[len(first) :]
    return (first.rstrip("\n ") if rest else first), rest
