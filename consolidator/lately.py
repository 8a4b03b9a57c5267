"""Answers that hold for the very same objects: the names of cells are one object for all workbooks of a form."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_MOST = 32
"""Answers: a few for each sheet of a form or two."""


def kept_lately(function: Callable[P, T]) -> Callable[P, T]:
    """Keeps the last few answers of a function about objects that nobody changes, told apart by identity.

    For what cannot be hashed, or not cheaply. Only the order of arguments tells them apart: call it without keywords.
    """
    answers: deque[tuple[tuple[object, ...], T]] = deque(maxlen=_MOST)

    @wraps(function)
    def kept(*args: P.args, **more: P.kwargs) -> T:
        for asked, answer in answers:
            if all(one is other for one, other in zip(asked, args, strict=True)):
                return answer
        found = function(*args, **more)
        answers.append((args, found))
        return found

    return kept
