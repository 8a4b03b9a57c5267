"""Answers that hold for the very same objects: the names of cells are one object for all workbooks of a form."""

from __future__ import annotations

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
    return keeping(_MOST)(function)


def keeping(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """The same for so many answers."""

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        answers: dict[tuple[int, ...], tuple[object, T]] = {}

        @wraps(function)
        def kept(*args: P.args, **more: P.kwargs) -> T:
            key = tuple(map(id, args))
            if key not in answers:
                if len(answers) >= most:
                    del answers[next(iter(answers))]
                answers[key] = args, function(*args, **more)  # with the objects, so that no other has their numbers
            return answers[key][1]

        return kept

    return decorated
