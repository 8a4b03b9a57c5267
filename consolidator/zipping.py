"""Zips what is made piece by piece: the same pieces give the same bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from io import BytesIO

from zlib_ng import zlib_ng

from consolidator.packaging import ENTRY

QUICK = 2
"""How hard `zlib_ng` tries on what is long: as small as `zlib` makes it at that level, in half the time."""
_RAW = -zlib.MAX_WBITS
_DEFLATED = 8
_BORN = 33
"""The first day of 1980: every part is as old."""
_OWNER = 0o600 << 16
"""Who may read and write a part that is unpacked, as Python says it of what it zips."""


class Zip:
    """A zip being written. What `is_quick` takes a tenth more room than the smallest there is."""

    def __init__(self, is_quick: bool) -> None:
        self._is_quick = is_quick
        self._target = BytesIO()
        self._directory: list[bytes] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """A part, from its pieces one by one."""
        packer = zlib_ng.compressobj(QUICK, zlib_ng.DEFLATED, _RAW) if self._is_quick else _thorough()
        target, key, size, check = self._target, name.encode("ascii"), 0, 0
        begin = target.tell()
        target.write(bytes(len(ENTRY) + 26) + key)
        start = target.tell()
        for piece in pieces:
            size, check = size + len(piece), zlib_ng.crc32(piece, check)
            target.write(packer.compress(piece))
        target.write(packer.flush())
        end = target.tell()
        common = struct.pack("<HHHHHLLLHH", 20, 0, _DEFLATED, 0, _BORN, check, end - start, size, len(key), 0)
        target.seek(begin)
        target.write(ENTRY + common)
        target.seek(end)
        self._directory += (b"PK\x01\x02\x14\x03", common, struct.pack("<HHHLL", 0, 0, 0, _OWNER, begin), key)

    def closed(self) -> bytes:
        """The bytes of the whole; nothing can be added any more."""
        index, count, at = b"".join(self._directory), len(self._directory) // 4, self._target.tell()
        self._target.write(index + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, len(index), at, 0))
        with self._target:
            return self._target.getvalue()


def _thorough() -> zlib._Compress:
    return zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, _RAW)
