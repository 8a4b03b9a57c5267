"""Links to files and to cells in them, written so that Excel can follow them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from consolidator.layout import Cell, quoted

MAX_TARGET = 2_000
_FILE = "external:"
_UNLINKABLE = frozenset('#:\\?*|<>"')
_ESCAPES = str.maketrans({char: f"%{ord(char):02x}" for char in " %[]^`{}"})


def link_target(path: str, folder: Path, sheet: str = "", cell: str = "") -> str:
    """Where a link to a file (and a cell in it) leads, seen from a folder; "" where Excel could not follow it."""
    if not path:
        return ""
    try:
        way = os.path.relpath(path, folder)
    except ValueError:  # On Windows nothing is relative to another drive.
        way = str(Path(path).absolute())
    way = way.replace(os.sep, "/")
    drive, name = (way[:2], way[2:]) if way[1:3] == ":/" else ("", way)
    # Excel takes "#" for an anchor even when escaped; the other characters no file has on Windows.
    if _UNLINKABLE & set(name) or not name.isprintable():
        return ""
    # XlsxWriter escapes nothing in a name that looks escaped already ("50%20.xlsx"), so all of it is done here.
    start = drive if drive or name.startswith(("/", "../")) else "./"
    target = f"{_FILE}{start}{name.translate(_ESCAPES)}"
    if sheet:
        return with_place(target, sheet, cell)
    return target if len(target) < MAX_TARGET else ""


def with_place(target: str, sheet: str, cell: str = "") -> str:
    """A link to a file made one to a cell in it (by default the first); "" where Excel could not follow it."""
    placed = f"{target}#{quoted(sheet)}!{cell or Cell(sheet, 0, 0).a1}"
    return placed if target and len(placed) < MAX_TARGET else ""


def path_of(target: str, folder: Path) -> Path | None:
    """The file a link in a workbook of that folder leads to; None for what is no link to a file of this computer.

    A summary comes from others: a link of theirs to another computer ("//server/...") is never followed.
    """
    way = unquote(target.removeprefix(_FILE).partition("#")[0])
    if not target.startswith(_FILE) or way.startswith(("//", "\\\\")):
        return None
    return Path(os.path.normpath(folder / way))
