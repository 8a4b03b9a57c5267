"""Looks for what keeps the add-in from working, and says it in lines that a clerk can read out on the phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from consolidator import __version__
from consolidator.excelsettings import excel_lines
from consolidator.installing import addin_path, mark_of, read_interpreter, settings_path
from consolidator.installwords import Line, line
from consolidator.ownfolder import LOG, own_folder
from consolidator.registry import Registry, read_key
from consolidator.rulebook import RulebookError, form_ids, load
from consolidator.wording import refusal_words

OLDEST = (3, 11)
PATIENCE = 60
"""Seconds a Python may take to start and import everything; the first time, a virus scanner reads along."""
ROOM = 200
"""Megabytes that must be free: workbooks are written beside the old ones before they take their place."""
LONGEST = 218
"""Characters of a path that Excel opens."""

_WHO = (
    "import json, struct, sys; print(json.dumps({'version': list(sys.version_info[:3]),"
    " 'bits': 8 * struct.calcsize('P'), 'store': 'windowsapps' in sys.base_prefix.lower()}))"
)
_WHAT = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = [getattr(importlib.import_module(name), "__version__", ""), ""]
    except Exception as error:
        found[name] = ["", f"{type(error).__name__}: {error}"]
print(json.dumps(found))
"""


def doctor(xlam: bytes, *, registry: Registry | None = None) -> list[Line]:
    """Everything examined, fine or not, in the order in which to mend it.

    Args:
        xlam: the add-in as this version builds it.
        registry: where Excel's settings are read; by default this machine's, if it is a Windows.
    """
    registry = registry or (read_key if sys.platform == "win32" else None)
    python, settings = _settings_lines()
    lines = [*settings]
    if python is not None:
        lines += _python_lines(python)
    lines += _addin_lines(xlam)
    lines += [line("excel-unknown")] if registry is None else excel_lines(registry, addin_path())
    places = [addin_path(), own_folder(), *([python] if python else [])]
    return [*lines, _forms_line(), _log_line(), *_disk_lines(), *_path_lines(places)]


def _settings_lines() -> tuple[Path | None, list[Line]]:
    """The interpreter of the settings, if it can be started, and what there is to say of both."""
    path = settings_path()
    try:
        python = read_interpreter(path)
    except FileNotFoundError:
        return None, [line("settings-missing", path=str(path))]
    except OSError:
        python = None
    if python is None:
        return None, [line("settings-unreadable", path=str(path))]
    if not python.is_file():
        return None, [line("settings-fine", path=str(path)), line("interpreter-missing", path=str(python))]
    return python, [line("settings-fine", path=str(path))]


def _python_lines(python: Path) -> list[Line]:
    """Asks the interpreter itself, started as the add-in starts it: another one's answers would not help."""
    who = _answer([str(python), "-I", "-c", _WHO])
    if isinstance(who, str):
        return [line("interpreter-broken", path=str(python), reason=who)]
    version = ".".join(map(str, who["version"]))
    wanted = ".".join(map(str, OLDEST))
    if tuple(who["version"]) < OLDEST:
        return [line("python-old", version=version, wanted=wanted)]
    if who["bits"] != 64:
        return [line("python-32bit", bits=str(who["bits"]))]
    if who["store"]:
        return [line("python-store")]
    return [line("python-fine", version=version, bits=str(who["bits"])), *_package_lines(python)]


def _package_lines(python: Path) -> list[Line]:
    """Whether what a click needs can be imported, and is of this version."""
    libraries = ["xlwings", *(["win32com.client", "pythoncom"] if sys.platform == "win32" else [])]
    what = _answer([str(python), "-P", "-B", "-c", _WHAT, "consolidator", *libraries, "consolidator.addin"])
    if isinstance(what, str):
        return [line("interpreter-broken", path=str(python), reason=what)]
    version, trouble = what["consolidator"]
    if trouble:
        return [line("package-missing", reason=trouble)]
    if version != __version__:
        return [line("package-version", found=version, wanted=__version__)]
    missing = [line("library-missing", name=name, reason=what[name][1]) for name in libraries if what[name][1]]
    if missing:
        return missing
    if trouble := what["consolidator.addin"][1]:
        return [line("package-missing", reason=trouble)]
    return [line("package-fine", version=version), line("libraries-fine", names=", ".join(libraries))]


def _answer(command: list[str]) -> Any:
    """What a Python printed as JSON; a text that says why not, if it printed none."""
    try:
        # From a neutral folder: without -P an old Python would look there first.
        done = subprocess.run(
            command, cwd=Path(command[0]).parent, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return f"quá {PATIENCE} giây"
    except OSError as error:
        return refusal_words(error)
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return last[0] if last else f"mã thoát {done.returncode}"


def _addin_lines(xlam: bytes) -> list[Line]:
    """Whether the add-in is the one of this version, free of the internet's mark, and the only one."""
    path = addin_path()
    found: list[Line] = []
    if not path.is_file():
        found.append(line("addin-missing", path=str(path)))
    elif path.read_bytes() != xlam:
        found.append(line("addin-differs", path=str(path)))
    if mark_of(path).exists():
        found.append(line("addin-blocked", path=str(path)))
    for folder in (path.parent, path.parent.parent.parent / "AddIns"):  # where staff put add-ins by hand
        others = [other for other in sorted(folder.glob(f"{path.stem}*")) if other.suffix == path.suffix]
        found += [line("addin-twice", path=str(other)) for other in others if other != path]
    return found or [line("addin-fine", path=str(path))]


def _forms_line() -> Line:
    """Whether the rules are there and can be loaded."""
    try:
        ids = form_ids()
        load(ids[-1])
    except (RulebookError, IndexError) as error:
        return line("forms-broken", reason=str(error))
    return line("forms-fine", count=str(len(ids)))


def _log_line() -> Line:
    """The last error the add-in wrote down."""
    try:
        rows = (own_folder() / LOG).read_text("utf-8", "replace").splitlines()
    except OSError:  # none was written yet
        rows = []
    errors = [row for row in rows if re.search(r"\b(ERROR|CRITICAL)\b", row)]
    return line("log-error", text=errors[-1][:300]) if errors else line("log-fine")


def _disk_lines() -> list[Line]:
    """Whether the program can write where it keeps its things."""
    folder = own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"x")
    except OSError as error:
        return [line("disk-unwritable", path=str(folder), reason=refusal_words(error))]
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < ROOM:
        return [line("disk-full", free=str(free), wanted=str(ROOM))]
    return [line("disk-fine", path=str(folder))]


def _path_lines(places: list[Path]) -> list[Line]:
    """Places where Windows or Excel is known to stumble."""
    found: list[Line] = []
    for place in map(str, places):
        if len(place) > LONGEST:
            found.append(line("path-long", path=place))
        if "onedrive" in place.lower():
            found.append(line("path-onedrive", path=place))
        if place.startswith("\\\\"):
            found.append(line("path-network", path=place))
    return found
