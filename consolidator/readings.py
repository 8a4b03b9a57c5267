"""Readings kept for the next run: a file whose bytes were read before need not be read again.

Only a memory: what is missing, old or damaged is read anew, and all of it may be deleted at any time. A reading is
known by the file's bytes and by everything that reads: the program, its rules, the libraries beneath. It lies in the
user's own folder and is believed only where nobody else can write.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from consolidator import rulebook
from consolidator.formcache import FOLDER, is_ours, program_key
from consolidator.grid import reader_version
from consolidator.ownfolder import own_folder
from consolidator.saving import save_what_may_be_lost

READINGS = "readings"
_DAYS = 120
"""For which a reading that nobody asks for is kept: the reports of a season are asked for again within it."""
_DIGEST = 16


class Readings:
    """The folder of what was read by this very program."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home or own_folder() / FOLDER / READINGS
        key = hashlib.sha256(f"{program_key(rulebook.rules_folder())} {reader_version()}".encode())
        self.version = key.hexdigest()[:16]
        """Changes with the program, its rules, the libraries beneath."""
        self._folder = self._home / self.version

    def reading_of(self, sha256: str) -> bytes | None:
        """What was kept of a file, by the hash of its bytes; None where there is nothing that can be believed."""
        path = self._place(sha256)
        try:
            if not is_ours(path):
                return None
            kept = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        content = kept[_DIGEST:]
        return content if kept[:_DIGEST] == _digest(sha256, content) else None

    def keep(self, sha256: str, content: bytes) -> None:
        """Keeps what a file says; where that cannot be written, the next run reads the file again."""
        with suppress(OSError):
            save_what_may_be_lost(self._place(sha256), _digest(sha256, content) + content)

    def tidy(self) -> None:
        """Takes away what other versions of the program kept, and what nobody has asked for in a long time."""
        oldest = time.time() - _DAYS * 24 * 3600
        with suppress(OSError):
            for folder in self._home.iterdir():
                if folder != self._folder and folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)
            for path in self._folder.glob("*/*"):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _digest(sha256: str, content: bytes) -> bytes:
    """By which a damaged reading is known, and one that lies under another file's name."""
    return hashlib.blake2b(content, digest_size=_DIGEST, key=sha256.encode()).digest()
