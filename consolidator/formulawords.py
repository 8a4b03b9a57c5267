"""A formula of the rule language in words, for people who ask how a figure is made."""

from __future__ import annotations

from collections.abc import Callable

from consolidator.expression import Call, Node, Number, Ref, Text, Truth
from consolidator.wording import number_words

_SIGNS = {"-": "−", "*": "×", "/": "÷", "<=": "≤", ">=": "≥", "<>": "≠"}
_STRENGTH = {"*": 3, "/": 3, "+": 2, "-": 2}
_MANY = {"SUM": "tổng", "MIN": "số nhỏ nhất", "MAX": "số lớn nhất", "COUNT": "số ô có số", "ABS": "độ lớn"}
_OF = {
    "PREV": "kỳ trước",
    "OWN": "phần riêng",
    "CHILDREN": "cộng các đơn vị",
    "INT": "phần nguyên",
    "ASOF": "ngày chốt",
}
_BATCH = {
    "REPORTED": "số đơn vị đã nộp báo cáo",
    "EXPECTED": "số đơn vị phải nộp báo cáo",
    "ONTIME": "số đơn vị nộp đúng hạn",
    "ROSTER": "số đơn vị trong danh sách",
}


def formula_words(node: Node, name: Callable[[str], str]) -> str:
    """An expression in Vietnamese; `name` says what people call a Ref."""
    match node:
        case Number(value):
            return number_words(value, 6)
        case Text(value):
            return f"“{value}”"
        case Truth(value):
            return "đúng" if value else "sai"
        case Ref(ref):
            return f"“{name(ref)}”"
        case Call(word, args):
            return _call(word, args, name)


def _call(word: str, args: tuple[Node, ...], name: Callable[[str], str]) -> str:
    words = [formula_words(arg, name) for arg in args]
    match word:
        case "ROUND":
            return f"{words[0]} (làm tròn {words[1]} chữ số lẻ)"
        case "IF":
            return f"nếu {words[0]} thì {words[1]}, không thì {words[2]}"
        case "AND" | "OR":
            return (" và " if word == "AND" else " hoặc ").join(words)
        case "NEG":
            return f"−{_bracketed(args[0], words[0], 4)}"
    if word in _BATCH:
        return _BATCH[word]
    if word in _MANY:
        return f"{_MANY[word]} của ({'; '.join(words)})"
    if word in _OF:
        return f"{_OF[word]} của {words[0]}"
    if len(args) == 2 and not word.isalpha():
        left, right = args
        strength = _STRENGTH.get(word, 1)
        after = _bracketed(right, words[1], strength + (word in "-/"))
        return f"{_bracketed(left, words[0], strength)} {_SIGNS.get(word, word)} {after}"
    return f"{word}({'; '.join(words)})"


def _bracketed(node: Node, words: str, needed: int) -> str:
    """A part in brackets where it would otherwise be read together with what stands beside it."""
    is_loose = isinstance(node, Call) and _STRENGTH.get(node.word, 4 if node.word.isalpha() else 1) < needed
    return f"({words})" if is_loose or (isinstance(node, Call) and node.word in ("IF", "ROUND")) else words
