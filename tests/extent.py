"""How much is run: a sample that fits the build machine, or everything with `CONSOLIDATOR_LONG=1`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
LONG = bool(os.environ.get("CONSOLIDATOR_LONG"))


def some(cases: Sequence[T], count: int) -> list[T]:
    """`count` of the cases, spread evenly and always the same ones; all of them in the long mode."""
    assert count > 0
    if LONG or len(cases) <= count:
        return list(cases)
    return [cases[(2 * number + 1) * len(cases) // (2 * count)] for number in range(count)]
