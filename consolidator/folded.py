"""Texts and rows that are kept small in memory, and unfolded when somebody looks into them."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from zlib_ng import zlib_ng

T = TypeVar("T")
_FAST, _LENGTH = 1, 4
"""How texts are folded, and bytes in which stands how long one is."""


class Folded(Mapping[str, T]):
    """A mapping that travels in a tenth of its room, and is unfolded for good by who looks into it first."""

    __slots__ = ("_content", "_folded")

    def __init__(self, content: Mapping[str, T]) -> None:
        self._folded: bytes = zlib_ng.compress(pickle.dumps(dict(content), protocol=5), _FAST)
        self._content: dict[str, T] | None = None

    def __getitem__(self, key: str) -> T:
        return self._unfolded()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._unfolded())

    def __len__(self) -> int:
        return len(self._unfolded())

    def get(self, key: str, default: Any = None) -> Any:
        """As of any mapping, without an exception on the way: most tables of most units are empty."""
        return self._unfolded().get(key, default)

    def _unfolded(self) -> dict[str, T]:
        if self._content is None:
            self._content = pickle.loads(zlib_ng.decompress(self._folded))
        return self._content

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self._folded,)


class FoldedTexts(Mapping[str, str]):
    """Texts, each folded by itself: they are asked for one by one, of many units in turn."""

    __slots__ = ("_folded",)
    _folded: dict[str, bytes]

    def __init__(self, texts: Mapping[str, str]) -> None:
        if isinstance(texts, FoldedTexts):
            self._folded = texts._folded
            return
        self._folded = {sys.intern(key): _folded(text) for key, text in texts.items()}

    def __getitem__(self, key: str) -> str:
        return zlib_ng.decompress(self._folded[key][_LENGTH:]).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._folded)

    def __len__(self) -> int:
        return len(self._folded)

    def __contains__(self, key: object) -> bool:
        return key in self._folded

    @property
    def lengths(self) -> dict[str, int]:
        """Characters of each."""
        return {key: int.from_bytes(folded[:_LENGTH], "little") for key, folded in self._folded.items()}

    def __eq__(self, other: object) -> bool:
        """The same bytes are the same texts, which then need no unfolding."""
        return (isinstance(other, FoldedTexts) and self._folded == other._folded) or super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _texts_again, (tuple(self._folded), tuple(self._folded.values()))


def lengths(texts: Mapping[str, str]) -> dict[str, int]:
    """Characters of texts by their keys, without unfolding any."""
    return texts.lengths if isinstance(texts, FoldedTexts) else {key: len(text) for key, text in texts.items()}


def _folded(text: str) -> bytes:
    return len(text).to_bytes(_LENGTH, "little") + zlib_ng.compress(text.encode(), _FAST)


def _texts_again(keys: tuple[str, ...], folded: tuple[bytes, ...]) -> FoldedTexts:
    found = FoldedTexts({})
    found._folded = dict(zip(map(sys.intern, keys), folded, strict=True))
    return found


def _again(folded: bytes) -> Folded[object]:
    found: Folded[object] = Folded.__new__(Folded)
    found._folded, found._content = folded, None
    return found
