"""A figure's tree as lines for a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from consolidator.finding import Place
from consolidator.origin import Origin, State, Trace
from consolidator.tracing import figure_words
from consolidator.wording import LABELS, day_words

WIDTH, SHOWN_HASH, SHOWN_UNITS = 120, 12, 12
"""Characters across a terminal; of a hash; units named where they gave nothing."""
STATE_WORDS = {
    State.SAME: "khớp",
    State.CHANGED: "đã đổi sau khi tổng hợp",
    State.MISSING: "không thấy tệp",
    State.UNREADABLE: "không đọc được",
}


def trace_lines(trace: Trace) -> Iterator[str]:
    """The tree with box characters, none wider than `WIDTH`."""
    yield from _wrapped("", f"{trace.label} [{trace.ref}], {trace.measured_in}, {trace.period}")
    yield from _wrapped("", f"Cách tổng hợp: {trace.tree.merges}")
    if trace.formula:
        yield from _wrapped("", f"Công thức: {trace.formula}")
    yield from _branch(trace.tree, trace, "", "")
    for operand in trace.operands:
        yield ""
        yield from trace_lines(operand)


def _branch(one: Origin, trace: Trace, lead: str, below: str) -> Iterator[str]:
    """A unit and what is under it; `lead` stands before its first line, `below` before all others."""
    given = [child for child in one.children if child.value is not None or child.now is not None]
    blank = [child for child in one.children if child not in given]
    has_own = bool(one.children) and one.own is not None
    rail = below + ("│ " if given or blank or has_own else "  ")
    state = f" [{STATE_WORDS[one.state]}]" if one.state else ""
    value = _words(one.value, trace) + _weight(one.weight)
    yield from _wrapped(lead, f"{one.name} ({one.unit}): {value}{state}", rail)
    yield from _wrapped(rail, _source(one), rail)
    for text in (*_remarks(one), *(f"! {problem}" for problem in one.problems)):
        yield from _wrapped(rail, text, rail)
    rest = len(given) + bool(blank)
    if has_own:
        text = f"của chính {one.name}: {_words(one.own, trace)}{_weight(one.own_weight)}{_cell(one.own_place)}"
        yield from _wrapped(below + ("├─ " if rest else "└─ "), text, below + ("│  " if rest else "   "))
    for child in given:
        rest -= 1
        yield from _branch(child, trace, below + ("├─ " if rest else "└─ "), below + ("│  " if rest else "   "))
    if blank:
        names = ", ".join(child.unit for child in blank[:SHOWN_UNITS]) + ", …" * (len(blank) > SHOWN_UNITS)
        yield from _wrapped(below + "└─ ", f"{len(blank)} đơn vị để trống: {names}", below + "   ")


def _wrapped(lead: str, text: str, below: str = "") -> Iterator[str]:
    lines = textwrap.wrap(text, WIDTH - max(len(lead), len(below) + 2), break_on_hyphens=False) or [""]
    yield (lead + lines[0]).rstrip()
    yield from (f"{below}  {line}" for line in lines[1:])


def _words(value: float | None, trace: Trace) -> str:
    return figure_words(value, is_date=trace.is_date)


def _weight(weight: float | None) -> str:
    """The weight of a mean, in brackets; nothing for a figure that is no mean."""
    return "" if weight is None else f" (quyền số {figure_words(weight)})"


def _cell(place: Place) -> str:
    return f" › {place.sheet}!{place.cell}" if place.cell else ""


def _source(one: Origin) -> str:
    digest = f" · SHA-256 {one.sha256[:SHOWN_HASH]}" if one.sha256 else ""
    return f"{one.place.file or one.sent_as}{_cell(one.place)}{digest}"


def _remarks(one: Origin) -> Iterator[str]:
    """What the unit typed, if no number, and says to the figure, each with its name."""
    if one.typed:
        yield f"Ghi trong ô: “{one.typed}”"
    said = one.said
    as_of = day_words(said.as_of) if said.as_of else ""
    for key, text in ((LABELS["as_of"], as_of), (LABELS["qualifier"], said.qualifier), (LABELS["note"], said.note)):
        if text:
            yield f"{key}: {text}"
    if said.explanation:
        yield f"Giải trình: {said.explanation}"


def trace_json(trace: Trace) -> dict[str, Any]:
    """A trace as in the documented JSON of `trace`."""
    return {
        "ref": trace.ref,
        "label": trace.label,
        "measured_in": trace.measured_in,
        "period": trace.period,
        "formula": trace.formula,
        "tree": _origin_json(trace.tree),
        "operands": [trace_json(operand) for operand in trace.operands],
    }


def _origin_json(one: Origin) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "name": one.name,
        "value": one.value,
        "now": one.now,
        "own": one.own,
        "weight": one.weight,
        "own_weight": one.own_weight,
        "merges": one.merges,
        "file": one.place.file,
        "sheet": one.place.sheet,
        "cell": one.place.cell,
        "own_sheet": one.own_place.sheet,
        "own_cell": one.own_place.cell,
        "sent_as": one.sent_as,
        "sha256": one.sha256,
        "state": one.state.value if one.state else "",
        "as_of": one.said.as_of.isoformat() if one.said.as_of else None,
        "qualifier": one.said.qualifier,
        "note": one.said.note,
        "explanation": one.said.explanation,
        "typed": one.typed,
        "problems": list(one.problems),
        "children": [_origin_json(child) for child in one.children],
    }
