"""Reads a rule's text into a tree of the rule language. The only room that knows the parser library."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from consolidator.expression import WORDS, Call, LanguageError, Node, Number, Ref, Text, Truth

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_DEPTH = 200
"""Steps from the top of a tree: a chain of sums is one a term. What walks trees walks them by calling itself."""
_GRAMMAR = r"""
?start: comparison
?comparison: sum | sum COMPARE sum -> operate
?sum: product | sum ADD product -> operate
?product: signed | product MULTIPLY signed -> operate
?signed: atom | "-" signed -> negate | "+" signed
?atom: NUMBER -> number | STRING -> text | WORD "(" [comparison ("," comparison)*] ")" -> call
     | TRUTH -> truth | NAME -> ref | "(" comparison ")"
COMPARE: "<=" | ">=" | "<>" | "=" | "<" | ">"
ADD: "+" | "-"
MULTIPLY: "*" | "/"
NUMBER: /[0-9]+(\.[0-9]+)?/
STRING: /"([^"]|"")*"/
TRUTH.3: /(TRUE|FALSE)(?![A-Za-z0-9_.(])/
WORD.2: /[A-Z]+(?=\()/
NAME: /[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?/
%ignore /[ \t\r\n]+/
"""


@cache
def parse(text: str) -> Node:
    """The tree of a rule's text. Raises LanguageError with the place of the first mistake."""
    from lark.exceptions import LarkError

    try:
        return _node(_parser().parse(text))
    except LarkError as error:
        raise LanguageError(str(error).splitlines()[0]) from error


@cache
def _parser() -> Lark:
    from lark import Lark  # a click in Excel parses nothing: its form comes from the cache

    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)


def _node(tree: Tree[Token], depth: int = 0) -> Node:
    """One of our nodes for one of the parser's."""
    if depth > MAX_DEPTH:
        raise LanguageError("too deep")
    first = tree.children[0]
    match tree.data:
        case "number":
            return Number(float(str(first)))
        case "text":
            return Text(str(first)[1:-1].replace('""', '"'))
        case "truth":
            return Truth(str(first) == "TRUE")
        case "ref":
            return Ref(str(first))
        case "negate":
            return Call("NEG", (_below(first, depth),))
        case "operate":
            left, sign, right = tree.children
            return Call(str(sign), (_below(left, depth), _below(right, depth)))
    if str(first) not in WORDS:
        raise LanguageError(f"unknown word {first}")
    return Call(str(first), tuple(_below(arg, depth) for arg in tree.children[1:] if arg is not None))


def _below(child: Tree[Token] | Token, depth: int) -> Node:
    assert not isinstance(child, str), child
    return _node(child, depth + 1)
