"""What fits: Excel's limits on texts and rows, how tall a wrapped text is, where a long one is cut."""

from __future__ import annotations

MAX_TEXT, MAX_ROW_HEIGHT = 32_767, 409.0
"""Characters a cell holds; points a row is tall at most."""
LINE_HEIGHT = 16.0
ANSWER_LINE = 104
"""Characters of a narrative that fit one line of its cell, for row heights."""


def height_of(text: str, characters_a_line: int) -> float:
    """Height in points that a wrapped text needs, at most what Excel allows."""
    lines = sum(max(1, -(-len(part) // characters_a_line)) for part in text.split("\n"))
    return min(MAX_ROW_HEIGHT, lines * LINE_HEIGHT + 4)


def pieces(text: str, characters_a_line: int) -> list[str]:
    """A long text cut, at paragraph or word ends, into parts that fit the tallest row Excel has; joined they are the text."""
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
