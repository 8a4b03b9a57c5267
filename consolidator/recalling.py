"""Small things that a file says, known again by its bytes: what a process of its own said of it, or what we wrote."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from consolidator.isolation import apart
from consolidator.readings import Readings

T = TypeVar("T")


def recalled(function: Callable[[Path], T], path: Path, readings: Readings | None) -> T | None:
    """What a function says of a file: as `apart`, unless `readings` know what it said of that path and these bytes."""
    key = _key_of(function, path) if readings is not None else ""
    kept = readings.reading_of(key) if readings is not None and key else None
    if kept is not None:
        known: T = pickle.loads(kept)
        return known
    answer = apart(function, path)
    if readings is not None and key and answer is not None and _key_of(function, path) == key:  # nobody saved meanwhile
        readings.keep(key, pickle.dumps(answer, protocol=5))
    return answer


def remember(function: Callable[[Path], T], path: Path, content: bytes, answer: T, readings: Readings | None) -> None:
    """Keeps what a function will say of a file that we write with this content: for the next run."""
    if readings is not None:
        readings.keep(_key(function, path, hashlib.sha256(content)), pickle.dumps(answer, protocol=5))


def _key_of(function: Callable[[Path], object], path: Path) -> str:
    """ "" for what is no file or does not let itself be read: the function says what is to be said of it."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return _key(function, path, hashlib.file_digest(file, hashlib.sha256))
    except OSError:
        pass
    return ""


def _key(function: Callable[[Path], object], path: Path, digest: hashlib._Hash) -> str:
    """With the path, for it stands in findings."""
    asked = f"{function.__module__}.{function.__qualname__} of {path} {digest.hexdigest()}"
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
