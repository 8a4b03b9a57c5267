"""Second reading of the rule language: the same expression as a formula that Excel computes.

Refs are defined names in every workbook we write, so the text stays readable to whoever clicks on the cell.
A missing figure becomes #N/A and travels to the outermost IFERROR, as NaN travels in `verdict`.
"""

from __future__ import annotations

from collections.abc import Callable

from consolidator.expression import (
    GAP_DIGITS,
    NARRATIVE,
    OPERATORS,
    ROW_TEXT,
    TEXT_ATTRIBUTES,
    TOLERANCE,
    Call,
    LanguageError,
    Node,
    Number,
    Ref,
    Text,
    kind_of,
    kind_of_ref,
    to_text,
)

PREVIOUS, TABLE = "prev.", "t."
"""Beginnings of names: last period's figure, the filled part of a table's column."""
MORE = ".more"
"""A narrative has a second cell for what does not fit the first; this ending makes its name."""


def narrative_name(ref: str) -> str:
    """The text of a narrative as one Excel expression over its two cells."""
    return f'{ref}&IF({ref}{MORE}="","",CHAR(10)&{ref}{MORE})'


Address = Callable[[str], str]
"""How a name is written in a formula: itself, or a cell of the row a formula stands in."""


def to_formula(node: Node, tolerance: float = TOLERANCE, address: Address = str) -> str:
    """Excel text (without "=") of an expression. Raises LanguageError for words Excel cannot compute."""
    return _Writer(tolerance, address).write(node)


def state_formula(node: Node, tolerance: float, holds: str, broken: str, undecided: str) -> str:
    """A formula ("=" included) that says in words which verdict an expression has."""
    return f'=IFERROR(IF({to_formula(node, tolerance)},"{holds}","{broken}"),"{undecided}")'


def figure_formula(node: Node, address: Address = str) -> str:
    """A formula ("=" included) for a derived figure: its value, or an empty text where it is missing."""
    return f'=IFERROR({to_formula(node, TOLERANCE, address)},"")'


class _Writer:
    def __init__(self, tolerance: float, address: Address) -> None:
        self.address = address
        small = f"{tolerance:.15f}".rstrip("0").rstrip(".")
        self.tolerance = to_text(Number(tolerance)) if tolerance >= 1e-4 else small

    def write(self, node: Node) -> str:
        match node:
            case Ref(name):
                place = self.address(name)
                return self._ref(node) if kind_of_ref(node) == "text" else f"IF(ISNUMBER({place}),{place},NA())"
            case Call("NEG", (inner,)):
                return f"(-{self.write(inner)})"
            case Call(word, args) if word in OPERATORS:
                return self._operate(word, *args)
            case Call(word, args):
                return self._call(word, args)
        return to_text(node)

    def _ref(self, ref: Ref) -> str:
        if ref.head == NARRATIVE:
            return f"({narrative_name(ref.name)})"
        if ref.head == ROW_TEXT:
            return f'({self.address(ref.name)}&"")'
        return f'({ref.name}&"")' if ref.tail in TEXT_ATTRIBUTES or ref.head == "meta" else ref.name

    def _operate(self, sign: str, left: Node, right: Node) -> str:
        a, b = self.write(left), self.write(right)
        if sign in "+-*/":
            return f"({a}{sign}{b})"
        if kind_of(left) == "text":
            return f"EXACT({a},{b})" if sign == "=" else f"NOT(EXACT({a},{b}))"
        gap, near = f"ROUND({a}-{b},{GAP_DIGITS})", self.tolerance
        return {
            "=": f"(ABS({gap})<={near})",
            "<>": f"(ABS({gap})>{near})",
            "<": f"({gap}<-{near})",
            "<=": f"({gap}<={near})",
            ">": f"({gap}>{near})",
            ">=": f"({gap}>=-{near})",
        }[sign]

    def _call(self, word: str, args: tuple[Node, ...]) -> str:
        names = [self.address(arg.name) for arg in args if isinstance(arg, Ref)]
        match word:
            case "SUM" | "MIN" | "MAX":
                return self._aggregate(word, args)
            case "COUNT" | "ISNUMBER":
                return f"{word}({','.join(names)})"
            case "ISBLANK":
                return f"(LEN(TRIM({narrative_name(names[0]) if names[0].startswith('n.') else names[0]}))=0)"
            case "PREV":
                return f"IF(ISNUMBER({PREVIOUS}{names[0]}),{PREVIOUS}{names[0]},NA())"
            case "ROWS":
                return self._count_rows(args)
            case "ASOF":
                own = names[0].partition(".")[0] + ".as_of"
                return f"IF(AND(ISNUMBER({names[0]}),ISNUMBER({own})),{own},NA())"
            case "AND" | "OR" | "NOT" | "IF" | "ABS" | "ROUND" | "INT" | "LEN" | "TRIM" | "DATE":
                return f"{word}({','.join(map(self.write, args))})"
        raise LanguageError(f"Excel cannot compute {word}")

    @staticmethod
    def _count_rows(args: tuple[Node, ...]) -> str:
        place, *wanted = (arg.value for arg in args if isinstance(arg, Text))
        if not wanted:
            return f"SUMPRODUCT(--(LEN(TRIM({TABLE}{place}))>0))"
        return f"SUMPRODUCT(--EXACT({TABLE}{place},{to_text(Text(wanted[0]))}))"

    def _aggregate(self, word: str, args: tuple[Node, ...]) -> str:
        """Excel passes over blank cells here but calls an all-blank SUM 0; for us that is missing."""
        parts = [self.address(arg.name) if isinstance(arg, Ref) else self.write(arg) for arg in args]
        if not all(isinstance(arg, Ref) for arg in args):
            return f"{word}({','.join(parts)})"
        return f"IF(COUNT({','.join(parts)})=0,NA(),{word}({','.join(parts)}))"
