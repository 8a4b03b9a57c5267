"""What files are called that we write: texts of people as parts of names that Windows and Linux both accept."""

from __future__ import annotations

import re
from pathlib import Path
from unicodedata import category

RETURNS = "returns"
"""The folder of letters and marked copies, beside the summary."""
STORE = "lich-su"
"""The folder of figures over periods, beside the summary."""
_SUMMARY, _REPORT = "Tổng hợp {code}.xlsx", "Báo cáo kiểm tra {code}.xlsx"
_LONGEST = 180
"""Bytes of one part, so that a name with what our own work adds to it stays below the 255 that disks take."""
_REFUSED = re.compile(r'[\\/:*?"<>|]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever follows a dot."""


def is_store(folder: Path) -> bool:
    """Whether a folder is the store of figures that runs keep, with nothing in it that somebody may have sent."""
    if folder.name != STORE or folder.is_symlink() or not folder.is_dir():
        return False
    return all(path.suffix == ".parquet" or path.name.startswith(".~") for path in folder.iterdir())


def clean(text: str) -> str:
    """A text as part of a file name: nothing that leads elsewhere, is a device, is invisible or too long."""
    seen = "".join("_" if category(char)[0] == "C" else char for char in text)
    name = _REFUSED.sub("_", seen).strip(" .").encode()[:_LONGEST].decode(errors="ignore").strip(" .") or "_"
    return _RESERVED.sub(lambda found: f"_{found[0]}", name, count=1) if _RESERVED.match(name) else name


def outputs_in(folder: Path, code: str) -> tuple[Path, Path]:
    """The summary and the report of a unit in a folder, where nobody says otherwise."""
    return folder / _SUMMARY.format(code=clean(code)), folder / _REPORT.format(code=clean(code))
