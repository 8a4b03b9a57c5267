"""Writes files whole or not at all; needs nothing but the standard library, so that light paths can use it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unicodedata import normalize

TEMPORARY, LOCK, HOLDER = "tmp", "lock", "holder"
"""What our hidden files beside an output are for: being written, kept by one run, by whom."""
_OURS = re.compile(rf"\.~.*\.[0-9a-f]{{8}}\.(?:{LOCK}|{HOLDER}|\w{{8}}\.{TEMPORARY})", re.S)


def save(path: Path, content: bytes, main: Path | None = None) -> None:
    """Writes a file so that at any moment there is the old one or the new one, never half.

    `main` is the output whose run writes it, by default the file itself: what a killed run left half-written is
    swept with that. Raises OSError, which names the file.
    """
    with staged(path, content, main) as place:
        place()


def save_alone(path: Path, content: bytes) -> None:
    """Writes what a person asked for by name and no run holds; what killed writers left of it goes first.

    Raises OSError, which names the file.
    """
    sweep(path)
    save(path, content)


@contextmanager
def staged(path: Path, content: bytes, main: Path | None = None) -> Iterator[Callable[[], None]]:
    """A file whole on the disk under a hidden name; what is yielded moves it into its place.

    So whatever can fail for want of room has failed before anything else is written. Not placed, nothing is left.
    Raises OSError, which names the file.
    """
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path, main or path, content) as temporary:

        def place() -> None:
            with _naming(path):
                temporary.replace(path)
                _settle(path.parent)

        yield place


def save_new(path: Path, content: bytes, main: Path) -> bool:
    """Writes a file whole where nothing is yet; False, and nothing written, where something is. Raises OSError.

    `main` is the output it stands beside: what a killed run left of it goes with what is left of that.
    """
    with _temporary(path, main, content) as temporary:
        try:
            with _naming(path):
                _to_a_free_name(temporary, path)
        except FileExistsError:
            return False
    with _naming(path):
        _settle(path.parent)
    return True


def save_what_may_be_lost(path: Path, content: bytes) -> None:
    """Writes a file of our own whole or not at all, but without waiting for the disk: what can be made again.

    Nobody else may read or write it. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=f".{TEMPORARY}", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
    except OSError:
        _drop(Path(name))
        raise


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """A hidden name for a library to write a file under, which then moves into its place. Raises OSError."""
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=hidden(path, "").name, suffix=f".{TEMPORARY}", dir=path.parent)
        os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with _naming(path):
            with temporary.open("r+b") as stream:
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
            _settle(path.parent)
    except OSError as error:
        if error.filename in (None, name):
            error.filename = str(path)
        raise
    finally:
        _drop(temporary)


def sweep(path: Path) -> None:
    """Removes what killed runs left of an output half-written. Only for who holds the output: nobody writes it now."""
    pattern = f".~*.{_digest(path)}.*.{TEMPORARY}"
    for left in path.parent.glob(pattern) if path.parent.is_dir() else ():
        with suppress(OSError):  # on Windows a scanner may look into it just now; the next run sweeps again
            left.unlink()


def hidden(path: Path, kind: str) -> Path:
    """Our hidden file beside an output, of a kind."""
    return path.with_name(f".~{path.stem[:40]}.{_digest(path)}.{kind}")


def is_ours(name: str) -> bool:
    """Whether a file's name is one of our hidden ones: nobody's report, there today and gone tomorrow."""
    return _OURS.fullmatch(name) is not None


def _digest(path: Path) -> str:
    """Tells outputs apart whose names begin alike, in the two spellings a name may have."""
    return hashlib.sha256(normalize("NFC", path.name).casefold().encode("utf-8", "surrogatepass")).hexdigest()[:8]


@contextmanager
def _temporary(path: Path, main: Path, content: bytes) -> Iterator[Path]:
    """A whole file under a hidden name beside its place; gone afterwards, unless it was moved there."""
    with _naming(path):
        handle, name = tempfile.mkstemp(prefix=hidden(main, "").name, suffix=f".{TEMPORARY}", dir=path.parent)
    temporary = Path(name)
    try:
        with _naming(path):
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
        yield temporary
    finally:
        _drop(temporary)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors name the file that was to be written: not our hidden one, and not none, as when the disk is full."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _drop(temporary: Path) -> None:
    """Takes a hidden file away, if it still is one. What refuses to go is swept by the next run."""
    with suppress(OSError):
        temporary.unlink()


def _to_a_free_name(temporary: Path, path: Path) -> None:
    """Moves a file where nothing is. Raises FileExistsError."""
    if os.name == "nt":
        temporary.rename(path)  # Windows itself refuses where something is
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:  # a stick's file system without links
        if path.exists():
            raise FileExistsError(path) from error
        temporary.rename(path)


def _settle(folder: Path) -> None:
    """Has the folder's new list of names on the disk before anybody is told that a file is written."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_DIRECTORY)
    except PermissionError:  # a folder that takes files and shows none
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # network shares that know no such thing
            raise
    finally:
        os.close(handle)
