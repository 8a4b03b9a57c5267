"""Calls of the operating system that fail: the nth a run makes on the files of a folder, whichever it is."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ERRORS = {
    "make": (errno.ENOSPC, errno.EACCES),
    "open": (errno.EACCES, errno.EIO),
    "read": (errno.EIO,),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.EIO, errno.ENOSPC),
    "replace": (errno.EACCES, errno.EIO),
    "unlink": (errno.EACCES, errno.EIO),
    "list": (errno.EACCES, errno.EIO),
    "chmod": (errno.EACCES,),
}
"""What each kind of call is refused with."""


_CALLS = dict.fromkeys(("replace", "rename", "link"), "replace") | {"listdir": "list", "scandir": "list"}
_CALLS |= {name: name for name in ("unlink", "fsync", "chmod")}


class Faults:
    """Counts calls on files below a folder; the nth fails, with the error of that turn.

    `calls` are the kinds of all calls made, in order.
    """

    def __init__(self, folder: Path, nth: int = 0, turn: int = 0) -> None:
        self.folder, self.nth, self.turn = str(folder), nth, turn
        self.calls: list[str] = []
        self._handles: dict[int, str] = {}

    def count(self, kind: str, path: object) -> None:
        """Raises OSError where it is the turn of this call."""
        named = self._handles.get(path) if isinstance(path, int) else str(path)
        if named is None or not named.startswith(self.folder):
            return
        self.calls.append(kind)
        if len(self.calls) == self.nth:
            number = ERRORS[kind][self.turn % len(ERRORS[kind])]
            raise OSError(number, os.strerror(number), None if kind in ("read", "write", "fsync") else named)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While it lasts calls are counted, and the nth fails."""
        with pytest.MonkeyPatch.context() as patch:
            for name, kind in _CALLS.items():
                patch.setattr(os, name, self._counted(getattr(os, name), kind))
            patch.setattr(os, "open", self._opened(os.open))
            stream = self._streamed(io.open)
            patch.setattr(io, "open", stream)
            patch.setattr(builtins, "open", stream)
            yield

    def _counted(self, plain: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def call(path: Any, *arguments: Any, **more: Any) -> Any:
            self.count(kind, path)
            return plain(path, *arguments, **more)

        return call

    def _opened(self, plain: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *arguments: Any, **more: Any) -> int:
            self.count("make" if flags & os.O_CREAT else "open", path)
            handle = plain(path, flags, *arguments, **more)
            self._handles[handle] = str(path)
            return handle

        return call

    def _streamed(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
            if not isinstance(path, int):
                self.count("open" if mode[:1] == "r" else "make", path)
            return _Stream(self, plain(path, mode, *arguments, **more), path)

        return call


class _Stream:
    """A stream whose reading and writing is counted."""

    def __init__(self, faults: Faults, stream: Any, path: object) -> None:
        self._faults, self._stream, self._path = faults, stream, path

    def read(self, *arguments: Any) -> Any:
        self._faults.count("read", self._path)
        return self._stream.read(*arguments)

    def write(self, content: Any) -> Any:
        """Half of it is on the disk before the disk is full."""
        try:
            self._faults.count("write", self._path)
        except OSError:
            self._stream.write(content[: len(content) // 2])
            raise
        return self._stream.write(content)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __iter__(self) -> Any:
        return iter(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
