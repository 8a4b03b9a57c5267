"""A .zip of workbooks: its files, read out of it as if they lay beside it. Nothing is ever written to the disk.

A file inside has a path of its own, `hồ sơ.zip/3`: the archive's, then its number in it, so that no name somebody chose
is ever taken for a path.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar, cast

from consolidator.kinds import zip_kind
from consolidator.packaging import MAX_FILE, Package, Unreadable, broken
from consolidator.sentences import KINDS, REASONS
from consolidator.stores import Remote, Where

SUFFIX = ".zip"
MAX_ARCHIVE = 100 * 2**20
W = TypeVar("W", bound=Where)
INSIDE = " › "
"""Between the name of an archive and that of a file in it, as people see them."""


def whole(path: Where, limit: int = MAX_FILE) -> bytes:
    """The bytes of a regular file, read once; links are not followed, pipes not waited for.

    Raises Unreadable for what is no regular file or too large, OSError where the system refuses.
    """
    if isinstance(path, Remote):
        return _within(path.read(limit + 1), limit)
    if stat.S_ISLNK(path.lstat().st_mode):
        raise Unreadable("file-kind", kind=KINDS["irregular"])
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"):
        flags |= getattr(os, name, 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("file-kind", kind=KINDS["irregular"])
        content = stream.read(limit + 1) if status.st_size <= limit else b""
        if status.st_size > limit:
            raise Unreadable("file-unreadable", reason=REASONS["large"])
        return _within(content, limit)


def inside(path: W) -> list[tuple[W, str]]:
    """(path, name) of each file in an archive; none where the path is no archive that we unpack. Raises nothing."""
    if path.suffix.casefold() != SUFFIX:
        return []
    try:
        package = _package(path)
    except (Unreadable, OSError):  # whoever reads the file itself tells what is wrong with it
        return []
    if zip_kind(package.names) != "zip" or package.find("xl/workbook.xml"):
        return []
    return [(cast(W, path / str(number)), _shown(name)) for number, name in enumerate(package.names)]


def carrier(path: W) -> W:
    """The file that really lies in a folder: the archive for a path inside one."""
    return cast(W, path.parent) if _is_inside(path) else path


def content_of(path: Where, limit: int = MAX_FILE) -> bytes:
    """The bytes of a file, also of one inside an archive. Raises Unreadable, OSError."""
    if not _is_inside(path):
        return whole(path, limit)
    package = _package(path.parent)
    names = package.names
    if int(path.name) >= len(names):
        raise broken("zip")
    return _within(package.read(names[int(path.name)]), limit)


def _within(content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise Unreadable("file-unreadable", reason=REASONS["large"])
    return content


def _is_inside(path: Where) -> bool:
    return path.name.isdecimal() and path.parent.suffix.casefold() == SUFFIX and path.parent.is_file()


def _package(path: Where) -> Package:
    if isinstance(path, Remote):
        return _kept(path, path.stamp())
    status = path.lstat()
    return _kept(path, f"{status.st_mtime_ns} {status.st_size}")


@lru_cache(1)
def _kept(path: Where, _stamp: str) -> Package:
    """The archive last asked for: its files are asked for one after the other."""
    return Package(whole(path, MAX_ARCHIVE))


def _shown(name: str) -> str:
    """A name as people can read it: archives from Windows often hold UTF-8 without saying so."""
    with suppress(UnicodeError):
        name = name.encode("cp437").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in name)
