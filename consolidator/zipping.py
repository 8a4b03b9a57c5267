"""Zips what is made piece by piece: the same pieces give the same bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

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


class Packed(NamedTuple):
    """A part as it lies in a zip: packed, with its size and checksum before that."""

    content: bytes
    size: int
    check: int


class Zip:
    """A zip being written. What `is_quick` takes a tenth more room than the smallest there is."""

    def __init__(self, is_quick: bool) -> None:
        self._is_quick = is_quick
        self._target = BytesIO()
        self._directory: list[bytes] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """A part, from its pieces one by one."""
        packer = zlib_ng.compressobj(QUICK, zlib_ng.DEFLATED, _RAW) if self._is_quick else _thorough()
        target, size, check = self._target, 0, 0
        begin, start = self._begun(name)
        for piece in pieces:
            size, check = size + len(piece), zlib_ng.crc32(piece, check)
            target.write(packer.compress(piece))
        target.write(packer.flush())
        self._ended(name, begin, start, size, check)

    def put(self, name: str, part: Packed) -> None:
        """A part that is packed already."""
        begin, start = self._begun(name)
        self._target.write(part.content)
        self._ended(name, begin, start, part.size, part.check)

    def _begun(self, name: str) -> tuple[int, int]:
        """Where a part begins, and where its content will."""
        begin = self._target.tell()
        self._target.write(bytes(len(ENTRY) + 26) + name.encode("ascii"))
        return begin, self._target.tell()

    def _ended(self, name: str, begin: int, start: int, size: int, check: int) -> None:
        target, key, end = self._target, name.encode("ascii"), self._target.tell()
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


def packed_part(content: bytes) -> Packed:
    """A part packed as by who is in no hurry, to be `put` into many zips."""
    packer = _thorough()
    return Packed(packer.compress(content) + packer.flush(), len(content), zlib_ng.crc32(content))


def _thorough() -> zlib._Compress:
    return zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, _RAW)
