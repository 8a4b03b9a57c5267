"""Folders and files that are on no disk of this computer: an object store (`s3://…`), or what else fsspec knows.

A path in a store is a `Remote`. It knows what the ways of a batch ask of a path, and nothing is ever written to it but
by `put`. fsspec is loaded when the first store is asked; a folder of this computer never asks for it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

_MARK = "://"


class CannotReach(Exception):
    """A store that this installation cannot ask; the message is for the person who asked (Vietnamese)."""


@dataclass(frozen=True)
class Remote:
    """A file or folder of a store, by its URL without a slash at the end."""

    url: str
    is_folder: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> Remote:
        return Remote(f"{self.url}/{name}")

    @property
    def name(self) -> str:
        """What follows the last slash."""
        return self.url.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """As of a path: with its dot, "" for a name without one."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> Remote:
        """What comes before the last slash."""
        return Remote(self.url.rpartition("/")[0])

    def is_file(self) -> bool:
        """Whether there is such a file. Raises OSError, CannotReach."""
        with _asking(self) as (system, path):
            return bool(system.isfile(path))

    def stamp(self) -> str:
        """What changes when the file does. Raises OSError, CannotReach."""
        with _asking(self) as (system, path):
            about = system.info(path, refresh=True)
        return repr([about.get(key) for key in ("size", "ETag", "mtime", "LastModified", "created")])

    def read(self, most: int) -> bytes:
        """The first `most` bytes of the file. Raises OSError, CannotReach."""
        with _asking(self) as (system, path):
            try:
                return bytes(system.cat_file(path, start=0, end=most))
            except Exception:
                if system.size(path) == 0:  # of an empty object S3 has no first bytes to give
                    return b""
                raise

    def unlink(self) -> None:
        """Takes away a file of ours. Raises OSError, CannotReach."""
        with _asking(self) as (system, path):
            system.rm_file(path)

    def put(self, content: bytes) -> None:
        """Writes a file of ours, whole or not at all as far as the store can. Raises OSError, CannotReach."""
        with _asking(self) as (system, path):
            system.makedirs(path.rpartition("/")[0], exist_ok=True)
            system.pipe_file(path, content)

    def listed(self) -> list[Remote]:
        """What lies in this folder, in the order of names. Raises OSError (also where there is none), CannotReach."""
        with _asking(self) as (system, path):
            own = system._strip_protocol(self.url)
            entries = {one["name"].rstrip("/"): one["type"] for one in system.ls(path, detail=True, refresh=True)}
        inner = {name.rpartition("/")[2]: kind for name, kind in entries.items() if name != own}
        return [Remote(f"{self.url}/{name}", inner[name] == "directory") for name in sorted(inner)]


Where = Path | Remote
"""A file or folder, here or in a store."""


def where(text: str) -> Where:
    """The path that a person wrote: of a store if it is a URL."""
    return Remote(text.rstrip("/")) if _MARK in text else Path(text)


@contextmanager
def _asking(remote: Remote) -> Iterator[tuple[Any, str]]:
    """The file system of a URL and the path in it; every failure is an OSError, as of a folder of this computer."""
    try:
        from fsspec.core import url_to_fs

        yield url_to_fs(remote.url)
    except (OSError, MemoryError):
        raise
    except (ImportError, ValueError) as error:
        raise CannotReach(
            f"Không đọc được “{remote}”: máy này chưa cài phần hỗ trợ kho dữ liệu; chạy pip install consolidator[dask]."
        ) from error
    except Exception as error:  # each library beneath fsspec has exceptions of its own
        raise OSError(errno.EIO, str(error), str(remote)) from error
