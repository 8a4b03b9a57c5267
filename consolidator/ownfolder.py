"""Where the program keeps its own things in a user's profile: settings, log, cache, what ran last."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "CongDoan"


def own_folder() -> Path:
    """The folder of this user's settings; not made until something is kept in it.

    The add-in's VBA looks for `SETTINGS` in the same place: `%LOCALAPPDATA%\\CongDoan` on Windows.
    """
    if local := os.environ.get("LOCALAPPDATA"):
        return Path(local) / FOLDER
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / FOLDER.lower()


SETTINGS, LOG, MEMORY = "congdoan.conf", "congdoan.log", "memory.json"
"""Names of files in it: the interpreter the add-in starts, the log, what the add-in remembers between clicks."""
