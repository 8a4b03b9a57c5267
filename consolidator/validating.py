"""Makes what stands in `rules/` into objects, if it fits: the one place that needs Pydantic, and only then loads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

_T = TypeVar("_T")


class Unfit(ValueError):
    """A block that does not fit its class: where in it, and why."""


def fitted(kind: type[_T], block: Mapping[str, Any]) -> _T:
    """A data class made of a block of a rule book. Raises Unfit."""
    try:
        made: _T = _adapter(kind).validate_python(dict(block))  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unfit(f"{where}: {first['msg']}") from error
    return made


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
