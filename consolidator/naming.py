"""What files are called that we write: texts of people as parts of names that Windows and Linux both accept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from unicodedata import category, normalize

RETURNS = "returns"
"""The folder of letters and marked copies, beside the summary."""
STORE = "lich-su"
"""The folder of figures over periods, beside the summary."""
_DATA = " dữ liệu"
"""Behind the name of a summary: the folder of what did not fit into it."""
_SUMMARY, _REPORT = "Tổng hợp {code}.xlsx", "Báo cáo kiểm tra {code}.xlsx"
_LONGEST = 180
"""Bytes of one part, so that a name with what our own work adds to it stays below the 255 that disks take."""
_REFUSED = re.compile(r'[\\/:*?"<>|]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?= *(?:\.|$))", re.IGNORECASE)
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
    if name.startswith("~"):  # so do Excel's locks and our own hidden files begin, which nobody takes for a report
        name = f"_{name[1:]}"
    return f"_{name}" if _RESERVED.match(name) else name


def distinct(texts: Iterable[str]) -> dict[str, str]:
    """Each text's name; where two would meet on a disk that ignores case and spelling, both bear a digest of theirs."""
    names = {text: clean(text) for text in texts}
    met = Counter(map(_met, names.values()))
    return {text: name if met[_met(name)] == 1 else f"{name} {_digest(text)}" for text, name in names.items()}


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _met(name: str) -> str:
    return normalize("NFC", name).casefold()


def outputs_in(folder: Path, code: str) -> tuple[Path, Path]:
    """The summary and the report of a unit in a folder, where nobody says otherwise."""
    return folder / _SUMMARY.format(code=clean(code)), folder / _REPORT.format(code=clean(code))


def data_beside(summary: Path) -> Path:
    """The folder for the data of units that do not fit into a summary, where nobody says otherwise."""
    return summary.with_name(summary.stem + _DATA)
