"""What follows from a form alone is worked out once: it stays with the form, also where forms are kept for later."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class HasWorkedOut(Protocol):
    """A form, or what one level sees of it."""

    @property
    def worked_out(self) -> dict[Any, Any]:
        """Answers, by the function that gave them and what else it was asked with."""


V = TypeVar("V", bound=HasWorkedOut)


def worked_out(function: Callable[Concatenate[V, P], T]) -> Callable[Concatenate[V, P], T]:
    """Keeps a function's answers with the form, or view of a form, that is its first argument.

    The answers are pickled along with the form and never change. It takes no keywords.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def kept(of: V, /, *args: P.args, **more: P.kwargs) -> T:
        assert not more, f"{name} takes no keywords"
        known, key = of.worked_out, (name, *args) if args else name
        try:
            found: T = known[key]
        except KeyError:
            found = known[key] = function(of, *args, **more)
        return found

    return kept
