"""Puts the add-in into a user's Excel and takes it out again: per user, no administrator, any number of times."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from consolidator.installwords import Line, line
from consolidator.ownfolder import LOG, MEMORY, SETTINGS, own_folder
from consolidator.saving import save, sweep
from consolidator.wording import refusal_words

ADDIN = "congdoan.xlam"
INTERPRETER = "INTERPRETER"
_BOM = b"\xff\xfe"


def startup_folder() -> Path:
    """XLSTART, whence Excel opens all files when it starts; beside the settings where there is no Windows."""
    if roaming := os.environ.get("APPDATA"):
        return Path(roaming) / "Microsoft" / "Excel" / "XLSTART"
    return own_folder() / "XLSTART"


def addin_path() -> Path:
    """Where the add-in stands once installed."""
    return startup_folder() / ADDIN


def settings_path() -> Path:
    """Where the add-in's VBA finds the interpreter to start."""
    return own_folder() / SETTINGS


def mark_of(path: Path) -> Path:
    """The stream by which Windows remembers that a file came from the internet."""
    return path.with_name(path.name + ":Zone.Identifier")


def read_interpreter(path: Path) -> Path | None:
    """The interpreter named in a settings file; None if the file is not one. Raises OSError."""
    content = path.read_bytes()
    if not content.startswith(_BOM):
        return None
    try:
        rows = [row.partition("=") for row in content.decode("utf-16").splitlines()]
    except UnicodeDecodeError:
        return None
    named = {key.strip(): value.strip() for key, _, value in rows}.get(INTERPRETER)
    return Path(named) if named else None


def install(xlam: bytes, *, interpreter: Path | None = None) -> list[Line]:
    """Installs the add-in for this user.

    Args:
        xlam: the add-in as `consolidator addin build` makes it.
        interpreter: what the add-in starts; by default this Python, without its console window where it can.

    Returns:
        What was done, in order; it stops at the first thing that is wrong, and may then simply be run again.
    """
    python = interpreter or _this_python()
    if _from_store(python):
        return [line("python-store")]
    if not python.is_file():
        return [line("interpreter-missing", path=str(python))]
    settings = _BOM + f"{INTERPRETER}={python.absolute()}\r\n".encode("utf-16-le")
    done: list[Line] = []
    for what, path, content in (("addin", addin_path(), xlam), ("settings", settings_path(), settings)):
        try:
            done.append(_put(what, path, content))
            if what == "addin" and _unmark(path):
                done.append(line("addin-unblocked", path=str(path)))
        except OSError as error:
            return [*done, _refused(path, error)]
    return done


def uninstall() -> list[Line]:
    """Removes what `install` made and what the add-in remembered; only the log stays. Returns what was done."""
    done: list[Line] = []
    for path in (addin_path(), settings_path(), own_folder() / MEMORY):
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            return [*done, _refused(path, error)]
        done.append(line("removed", path=str(path)))
    for folder in (own_folder() / "XLSTART", own_folder()):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    done = done or [line("nothing-to-remove")]
    log = own_folder() / LOG
    return [*done, line("log-kept", path=str(log))] if log.exists() else done


def _put(what: str, path: Path, content: bytes) -> Line:
    """Writes a file unless it is there already: an add-in that Excel has open can stay if it is the same."""
    if path.is_file() and path.read_bytes() == content:
        return line(f"{what}-same", path=str(path))
    sweep(path)
    save(path, content)
    return line(f"{what}-written", path=str(path))


def _unmark(path: Path) -> bool:
    """Removes the mark of the internet; whether there was one."""
    try:
        mark_of(path).unlink()
    except OSError:  # no mark, or a file system that knows none
        return False
    return True


def _refused(path: Path, error: OSError) -> Line:
    if isinstance(error, PermissionError):
        return line("file-locked", path=str(path))
    return line("cannot-write", path=str(path), reason=refusal_words(error))


def _this_python() -> Path:
    """This interpreter, not resolved: a virtual environment's is a link or a copy that must be started as itself."""
    python = Path(sys.executable)
    silent = python.with_name("pythonw.exe")
    return silent if silent.is_file() else python


def _from_store(python: Path) -> bool:
    """Windows keeps what Python of the Microsoft Store writes into the profile to itself: Excel would not see it."""
    return any("windowsapps" in text.lower() for text in (str(python), sys.base_prefix))
