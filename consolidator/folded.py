"""Texts and rows that are kept small in memory, and unfolded when somebody looks into them."""

from __future__ import annotations

import pickle
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar, overload

from zlib_ng import zlib_ng

from consolidator.lately import keeping

T = TypeVar("T")
_FAST, _LENGTH, _IS_FOLDED = 1, 4, 1 << 31
"""How texts are folded; bytes in which stands how long one is, with a bit that says whether it is folded."""
_SHORT = 256
"""Bytes of texts that are left as they are: folding would save a fifth of them and cost ten times as much to read."""
_TOGETHER = 128
"""Rows folded at once."""
UNFOLDED = 1_000
"""Of so many units what they said is kept unfolded, some 25 KB each, and as many rows: it is asked for repeatedly."""


class Row(Protocol):
    """A row of a table, which is a unit's."""

    @property
    def unit(self) -> str: ...


R = TypeVar("R", bound=Row)


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

    def get(self, key: str, default: Any = None) -> Any:
        """As of any mapping, without an exception on the way: most tables of most units are empty."""
        return _unfolded(self).get(key, default)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self._folded,)


@keeping(UNFOLDED)
def _unfolded(mapping: Folded[T]) -> dict[str, T]:
    found: dict[str, T] = pickle.loads(zlib_ng.decompress(mapping._folded))
    return found


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
        folded = self._folded[key]
        is_folded, plain = int.from_bytes(folded[:_LENGTH], "little") & _IS_FOLDED, folded[_LENGTH:]
        return (zlib_ng.decompress(plain) if is_folded else plain).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._folded)

    def __len__(self) -> int:
        return len(self._folded)

    def __contains__(self, key: object) -> bool:
        return key in self._folded

    @property
    def lengths(self) -> dict[str, int]:
        """Characters of each."""
        return {key: int.from_bytes(folded[:_LENGTH], "little") & ~_IS_FOLDED for key, folded in self._folded.items()}

    def __eq__(self, other: object) -> bool:
        """The same bytes are the same texts, which then need no unfolding."""
        return (isinstance(other, FoldedTexts) and self._folded == other._folded) or super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _texts_again, (tuple(self._folded), tuple(self._folded.values()))


class FoldedRows(Sequence[R]):
    """Rows in a tenth of their room: some hundred are unfolded at a time, so walk over them instead of asking for one.

    `units` says of each row whose it is, so that few have to be unfolded for that.
    """

    __slots__ = ("_ends", "_folded", "units")

    def __init__(self, rows: Iterable[R]) -> None:
        self.units = list[str]()
        self._ends, self._folded = list[int](), list[bytes]()
        self.add(rows)

    def add(self, rows: Iterable[R]) -> None:
        """Folds more rows to those there are."""
        rest = iter(rows)
        while some := list(islice(rest, _TOGETHER)):
            self._folded.append(zlib_ng.compress(pickle.dumps(some, protocol=5), _FAST))
            self.units += [sys.intern(row.unit) for row in some]
            self._ends.append(len(self.units))

    def of(self, unit: str) -> list[R]:
        """Rows of one unit."""
        return [self[place] for place, one in enumerate(self.units) if one == unit]

    def __len__(self) -> int:
        return len(self.units)

    def __iter__(self) -> Iterator[R]:
        for packed in self._folded:
            yield from _rows(packed)

    @overload
    def __getitem__(self, index: int) -> R: ...

    @overload
    def __getitem__(self, index: slice) -> list[R]: ...

    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice) or not 0 <= index < len(self):
            return list(self)[index]
        number = bisect(self._ends, index)
        rows: Sequence[R] = _rows(self._folded[number])
        return rows[index - self._ends[number]]

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


@keeping(UNFOLDED // 8)
def _rows(packed: bytes) -> Sequence[R]:
    found: Sequence[R] = pickle.loads(zlib_ng.decompress(packed))
    return found


def lengths(texts: Mapping[str, str]) -> dict[str, int]:
    """Characters of texts by their keys, without unfolding any."""
    return texts.lengths if isinstance(texts, FoldedTexts) else {key: len(text) for key, text in texts.items()}


def _folded(text: str) -> bytes:
    plain = text.encode()
    if len(plain) < _SHORT:
        return len(text).to_bytes(_LENGTH, "little") + plain
    return (len(text) | _IS_FOLDED).to_bytes(_LENGTH, "little") + zlib_ng.compress(plain, _FAST)


def _texts_again(keys: tuple[str, ...], folded: tuple[bytes, ...]) -> FoldedTexts:
    found = FoldedTexts({})
    found._folded = dict(zip(map(sys.intern, keys), folded, strict=True))
    return found


def _again(folded: bytes) -> Folded[object]:
    found: Folded[object] = Folded.__new__(Folded)
    found._folded = folded
    return found
