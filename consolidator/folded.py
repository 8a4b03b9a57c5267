"""Texts and rows that are kept small in memory, and unfolded when somebody looks into them."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Mapping
from typing import TypeVar

from zlib_ng import zlib_ng

from consolidator.lately import kept_lately

T = TypeVar("T")
_FAST = 1


class Folded(Mapping[str, T]):
    """A mapping that takes a tenth of its room; looking into it costs some microseconds, once for a whole visit."""

    __slots__ = ("_folded",)

    def __init__(self, content: Mapping[str, T]) -> None:
        self._folded: bytes = zlib_ng.compress(pickle.dumps(dict(content), protocol=5), _FAST)

    def __getitem__(self, key: str) -> T:
        return _unfolded(self)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_unfolded(self))

    def __len__(self) -> int:
        return len(_unfolded(self))

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self._folded,)


class FoldedTexts(Mapping[str, str]):
    """Texts, each folded by itself: they are asked for one by one, of many units in turn."""

    __slots__ = ("_folded",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        if isinstance(texts, FoldedTexts):
            self._folded: dict[str, bytes] = texts._folded
        else:
            self._folded = {sys.intern(key): zlib_ng.compress(text.encode(), _FAST) for key, text in texts.items()}

    def __getitem__(self, key: str) -> str:
        return zlib_ng.decompress(self._folded[key]).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._folded)

    def __len__(self) -> int:
        return len(self._folded)

    def __contains__(self, key: object) -> bool:
        return key in self._folded

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FoldedTexts) and other._folded == self._folded:  # folded alike: no need to unfold them
            return True
        return Mapping.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _texts_again, (tuple(self._folded), tuple(self._folded.values()))


def _texts_again(keys: tuple[str, ...], folded: tuple[bytes, ...]) -> FoldedTexts:
    found = FoldedTexts({})
    found._folded = dict(zip(map(sys.intern, keys), folded, strict=True))
    return found


def _again(folded: bytes) -> Folded[object]:
    found: Folded[object] = Folded.__new__(Folded)
    found._folded = folded
    return found


@kept_lately
def _unfolded(mapping: Folded[T]) -> dict[str, T]:
    found: dict[str, T] = pickle.loads(zlib_ng.decompress(mapping._folded))
    return found
