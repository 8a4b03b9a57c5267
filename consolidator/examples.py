"""A rule's own examples, executed: a good one must hold and a bad one must be broken, or the rule is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np

from consolidator.element import Rule, Table
from consolidator.figures_in_text import ask_text
from consolidator.verdict import Numbers, Texts, Verdict, judge, serial


class ExampleFacts:
    """One example as facts: names as the author wrote them (bare codes, `x`, `x.ytd`, `PREV(x)`)."""

    size = 1

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def numbers(self, name: str) -> Numbers:
        return np.array([self._number(self._value(name))])

    def texts(self, name: str) -> Texts:
        value = self._value(name, "")
        return np.array([value if isinstance(value, str) else ""], dtype=object)

    def blanks(self, name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([self._value(name, "") == ""])

    def _value(self, name: str, default: Any = None) -> Any:
        """Authors write `r.column`; a binding tells words from numbers and calls the former `rt.column`."""
        return self.values.get(name.replace("rt.", "r.", 1) if name.startswith("rt.") else name, default)

    def answer(self, word: str, *about: str) -> Numbers:
        if word in ("HASFIGURE", "MENTIONS"):
            text, *rest = about
            return np.array([ask_text(word, str(self.values.get(text, text)), *rest)])
        quoted = ",".join(f'"{name}"' if word in ("ROSTER", "ROWS") else name for name in about)
        return self.numbers(f"{word}({quoted})")

    @staticmethod
    def _number(value: Any) -> float:
        if isinstance(value, date):
            return serial(value)
        return float(value) if isinstance(value, int | float) else np.nan


def example_mistakes(rule: Rule, table: Table | None = None) -> Iterator[str]:
    """Why a rule's examples do not prove it, one sentence each; nothing if they do."""
    for kind, examples, expected in (("good", rule.good, Verdict.HOLDS), ("bad", rule.bad, Verdict.BROKEN)):
        for example in examples:
            node = table.over_rows(rule.node) if table else rule.node
            found = Verdict(int(judge(node, ExampleFacts(example), rule.tolerated)[0]))
            if found is not expected:
                yield f"its {kind} example {dict(example)} is {found.name.lower()}"
