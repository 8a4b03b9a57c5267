"""The rule language: Excel's formula syntax over Refs, parsed once into a small tree.

The language is closed: a fixed list of words (`WORDS`), typed, with nothing executed. Its two readings are
`verdict` (what the engine computes) and `formula` (what Excel computes); a parity test holds them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["number", "truth", "text"]
Wanted = Kind | Literal["any"]

TOLERANCE = 0.001
"""Two figures closer than this are equal: the one tolerance, unless a rule states its own."""

NOISE = 1e-12
"""What the order of adding may change in a number, as a part of it."""

GAP_DIGITS = 9
"""Decimals kept of a difference before it is held against the tolerance: what lies behind them is binary noise, which
programs treat differently, so that 18000.001 against 18000 would be within the tolerance in one and beyond in another.
"""

META_KINDS: dict[str, Kind] = {
    "meta.as_of": "number",
    "meta.report_date": "number",
    "meta.approved_on": "number",
    "meta.period_start": "number",
    "meta.period_end": "number",
    "meta.submitted_on": "number",
    "meta.deadline": "number",
    "meta.conference_on": "number",
    "meta.baseline_date": "number",
    "meta.estimate_to": "number",
    "meta.term_start": "number",
    "meta.term_end": "number",
    "meta.elapsed": "number",
    "meta.parent_level": "text",
    "meta.level": "text",
    "meta.version": "text",
    "meta.unit_name": "text",
}
"""Facts about a submission that a rule may name; dates are Excel serial numbers."""

TEXT_ATTRIBUTES = ("qualifier", "note")
NARRATIVE, ROW, ROW_TEXT = "n", "r", "rt"
"""Heads of names that are no indicators: a narrative, a number or a text in the row of a table under check."""
_LOOKS_LIKE_A_CELL = re.compile(r"^([A-Za-z]{1,3}[0-9]{1,7}|[Rr][0-9]*[Cc][0-9]*|[Rr]|[Cc])$")


class LanguageError(Exception):
    """A rule's text is not in the language; the message says where and why."""


@dataclass(frozen=True)
class Number:
    """A number written in the rule."""

    value: float


@dataclass(frozen=True)
class Text:
    """A text written in the rule, without its quotes."""

    value: str


@dataclass(frozen=True)
class Truth:
    """TRUE or FALSE written in the rule."""

    value: bool


@dataclass(frozen=True)
class Ref:
    """A name: `indicator.measure`, `meta.fact` or `n.narrative`; before binding also a bare code."""

    name: str

    @property
    def head(self) -> str:
        """The part before the dot: the indicator, `meta` or `n`."""
        return self.name.partition(".")[0]

    @property
    def tail(self) -> str:
        """The part after the dot, "" for a bare code."""
        return self.name.partition(".")[2]


@dataclass(frozen=True)
class Call:
    """A word of the language, or an operator, applied to its arguments."""

    word: str
    args: tuple[Node, ...]


Node = Number | Text | Truth | Ref | Call


@dataclass(frozen=True)
class Word:
    """Signature of a word: kinds of its arguments (the last one repeats if `many`) and of its result.

    `over_refs` words look at cells themselves (COUNT, ISBLANK, PREV), so their arguments must be Refs.
    `live` words have an Excel formula; the others are known only to the engine.
    """

    args: tuple[Wanted, ...]
    result: Kind | Literal["same"]
    many: bool = False
    over_refs: bool = False
    live: bool = True


_TWO_NUMBERS: tuple[Wanted, ...] = ("number", "number")
_TRUTHS: tuple[Wanted, ...] = ("truth",)
OPERATORS = {
    **{sign: Word(_TWO_NUMBERS, "number") for sign in ("+", "-", "*", "/")},
    **{sign: Word(_TWO_NUMBERS, "truth") for sign in ("<", "<=", ">", ">=")},
    **{sign: Word(("any", "any"), "truth") for sign in ("=", "<>")},
    "NEG": Word(("number",), "number"),
}
WORDS = {
    "AND": Word(_TRUTHS, "truth", many=True),
    "OR": Word(_TRUTHS, "truth", many=True),
    "NOT": Word(_TRUTHS, "truth"),
    "IF": Word(("truth", "any", "any"), "same"),
    "SUM": Word(("number",), "number", many=True),
    "MIN": Word(("number",), "number", many=True),
    "MAX": Word(("number",), "number", many=True),
    "ABS": Word(("number",), "number"),
    "ROUND": Word(_TWO_NUMBERS, "number"),
    "INT": Word(("number",), "number"),
    "COUNT": Word(("number",), "number", many=True, over_refs=True),
    "ISNUMBER": Word(("any",), "truth", over_refs=True),
    "ISBLANK": Word(("any",), "truth", over_refs=True),
    "LEN": Word(("text",), "number"),
    "TRIM": Word(("text",), "text"),
    "DATE": Word(("number", "number", "number"), "number"),
    "ASOF": Word(("any",), "number", over_refs=True),
    "HASFIGURE": Word(("text",), "truth", over_refs=True, live=False),
    "MENTIONS": Word(("text", "text"), "truth", live=False),
    "ROWS": Word(("text",), "number", many=True),
    "PREV": Word(("number",), "number", over_refs=True),
    "OWN": Word(("number",), "number", over_refs=True, live=False),
    "CHILDREN": Word(("number",), "number", over_refs=True, live=False),
    "ROSTER": Word(("text",), "number", live=False),
    "REPORTED": Word((), "number", live=False),
    "EXPECTED": Word((), "number", live=False),
    "ONTIME": Word((), "number", live=False),
}
BATCH_WORDS = frozenset({"OWN", "CHILDREN", "ROSTER", "REPORTED", "EXPECTED", "ONTIME"})
"""Words that only a batch can answer: nothing inside one workbook knows them."""


def is_same(one: float | None, other: float | None) -> bool:
    """Whether two figures are the same but for the tolerance and what adding in another order changes.

    A missing one (None) is the same as a missing one only; NaN is the same as nothing.
    """
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(TOLERANCE, abs(one) * NOISE)


def is_cell_address(code: str) -> bool:
    """Whether Excel would take a code for a cell (`dv2020`, `r1c1`), so that it cannot be a name."""
    return bool(_LOOKS_LIKE_A_CELL.match(code))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside it, outermost first."""
    yield node
    if isinstance(node, Call):
        for arg in node.args:
            yield from walk(arg)


def refs(node: Node) -> tuple[Ref, ...]:
    """The Refs an expression touches, once each, in order of appearance."""
    return tuple(dict.fromkeys(part for part in walk(node) if isinstance(part, Ref)))


def names_in(call: Call) -> list[str]:
    """The names and texts that a word is asked with."""
    return [arg.name if isinstance(arg, Ref) else arg.value for arg in call.args if isinstance(arg, Ref | Text)]


def words(node: Node) -> frozenset[str]:
    """The words (not the operators) an expression uses."""
    return frozenset(part.word for part in walk(node) if isinstance(part, Call) and part.word in WORDS)


def is_live(node: Node) -> bool:
    """Whether Excel can compute it from the cells of one workbook."""
    return all(WORDS[word].live for word in words(node))


def rename(node: Node, new_name: Callable[[Ref], str]) -> Node:
    """The same expression with every Ref renamed: how a rule is bound to a measure or an indicator.

    Equal parts of a form's thousands of checks become one object: it takes a third of the time to load then.
    """
    if isinstance(node, Ref):
        return _one_ref(new_name(node))
    if isinstance(node, Call):
        return _one_call(node.word, tuple(rename(arg, new_name) for arg in node.args))
    return node


_one_ref, _one_call = cache(Ref), cache(Call)


def to_text(node: Node) -> str:
    """Canonical text of an expression, fully bracketed; `parse(to_text(n)) == n`."""
    match node:
        case Number(value):
            return repr(int(value)) if value == int(value) else repr(value)
        case Text(value):
            return '"' + value.replace('"', '""') + '"'
        case Truth(value):
            return "TRUE" if value else "FALSE"
        case Ref(name):
            return name
        case Call("NEG", (arg,)):
            return f"(-{to_text(arg)})"
        case Call(word, args) if word in OPERATORS:
            return f"({to_text(args[0])}{word}{to_text(args[1])})"
        case Call(word, args):
            return f"{word}({','.join(map(to_text, args))})"


def kind_of_ref(ref: Ref) -> Kind:
    """What kind of value a Ref holds."""
    if ref.head == "meta":
        if ref.name not in META_KINDS:
            raise LanguageError(f"unknown fact {ref.name}")
        return META_KINDS[ref.name]
    if ref.head == ROW:
        return "number"
    return "text" if ref.head in (NARRATIVE, ROW_TEXT) or ref.tail in TEXT_ATTRIBUTES else "number"


def kind_of(node: Node) -> Kind:
    """The kind of an expression's value. Raises LanguageError where kinds do not fit.

    Strict on purpose: Excel would turn TRUE into 1 or compare a text with a number without a word, and the
    two readings of a rule could drift apart there.
    """
    match node:
        case Number():
            return "number"
        case Text():
            return "text"
        case Truth():
            return "truth"
        case Ref():
            return kind_of_ref(node)
        case Call(word, args):
            return _kind_of_call(word, args)


def _kind_of_call(word: str, args: tuple[Node, ...]) -> Kind:
    signature = OPERATORS.get(word) or WORDS[word]
    expected = list(signature.args)
    if signature.many and len(args) > len(expected):
        expected += expected[-1:] * (len(args) - len(expected))
    if len(args) != len(expected):
        raise LanguageError(f"{word} takes {len(signature.args)} values, not {len(args)}")
    if signature.over_refs and not all(isinstance(arg, Ref) for arg in args):
        raise LanguageError(f"{word} takes names only")
    kinds = [kind_of(arg) for arg in args]
    for want, have in zip(expected, kinds, strict=True):
        if want not in ("any", have):
            raise LanguageError(f"{word} takes a {want}, not a {have}")
    if word in ("=", "<>", "IF") and kinds[-1] != kinds[-2]:
        raise LanguageError(f"{word} mixes a {kinds[-2]} with a {kinds[-1]}")
    if word in ("=", "<>") and kinds[0] == "truth":
        raise LanguageError(f"{word} compares figures or texts, not verdicts; use AND, OR, NOT")
    if word == "ROUND" and not isinstance(args[1], Number):
        raise LanguageError("ROUND takes its digits as a plain number")
    if word == "DATE" and not all(isinstance(arg, Number) for arg in args):
        raise LanguageError("DATE takes plain numbers")
    return kinds[1] if signature.result == "same" else signature.result
