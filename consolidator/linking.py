"""Links to files and to cells in them, written so that Excel can follow them."""

from __future__ import annotations

import os
from pathlib import Path

from consolidator.layout import Cell, quoted

MAX_TARGET = 2_000
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
    anchor = f"#{quoted(sheet)}!{cell or Cell(sheet, 0, 0).a1}" if sheet else ""
    target = f"external:{start}{name.translate(_ESCAPES)}{anchor}"
    return target if len(target) < MAX_TARGET else ""
