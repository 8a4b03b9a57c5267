"""Opens a zip that somebody sent: every limit holds for the real bytes, whatever its directory says of them."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from zlib_ng import zlib_ng as zlib

from consolidator.sentences import REASONS

MAX_FILE = 30 * 2**20
MAX_PARTS, MAX_PART, MAX_UNPACKED, MAX_RATIO = 1_000, 120 * 2**20, 250 * 2**20, 250
"""Entries, bytes of one and of all unpacked, times as large as packed: beyond this it is no report (HOSTILE.md)."""
MAX_DIRECTORY = 2**20
MAX_JUNK = 1_024
"""Bytes that a mail gateway may have put before a zip."""
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
ENTRY, _END = b"PK\x03\x04", b"PK\x05\x06"
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Unreadable(Exception):
    """A file that is no readable workbook. `code` is a finding's code, `facts` fill its sentence."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts


def broken(reason: str) -> Unreadable:
    """What is raised for a file that cannot be read, for one of the known reasons."""
    return Unreadable("file-unreadable", reason=REASONS[reason])


class Package:
    """A zip whose directory was found harmless; entries are inflated one by one, as they are asked for."""

    def __init__(self, content: bytes) -> None:
        """Raises Unreadable for a zip that is broken, locked, lying or too large."""
        self._content = content
        self.infos = _directory(content)
        self._by_key = {_key(info.filename): info for info in self.infos}
        self._starts = _checked_spans(content, self.infos, self._by_key)

    @property
    def names(self) -> list[str]:
        """Names of the entries, folders left out, in the order of the directory."""
        return [info.filename for info in self.infos if not info.is_dir()]

    def find(self, name: str) -> str | None:
        """An entry's own spelling of a name: parts are found whatever their capitals."""
        info = self._by_key.get(_key(name))
        return info.filename if info else None

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Raises KeyError where there is none, Unreadable where it is not as declared."""
        info = self._by_key[_key(name)]
        packed = self._content[(at := self._starts[info.filename]) : at + info.compress_size]
        content = packed if info.compress_type == zipfile.ZIP_STORED else _inflated(packed, info.file_size)
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise broken("zip")
        return content

    def start_of(self, name: str, size: int) -> bytes:
        """The first bytes of an entry that is packed, of a zip of our own: nothing is proved of them."""
        info = self._by_key[_key(name)]
        at = self._starts[info.filename]
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self._content[at : at + info.compress_size], size)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these parts, nothing compressed: what the reader beneath is given instead of what was sent.

    Written by hand, for `zipfile` costs as much as a tenth of the reading.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in parts.items():
        key, size = name.encode("ascii"), len(content)
        common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, zlib.crc32(content), size, size, len(key), 0)
        directory += (b"PK\x01\x02\x14\x00", common, struct.pack("<HHHLL", 0, 0, 0, 0, offset), key)
        pieces += (ENTRY, common, key, content)
        offset += 4 + len(common) + len(key) + size
    index = b"".join(directory)
    end = struct.pack("<4sHHHHLLH", _END, 0, 0, len(parts), len(parts), len(index), offset, 0)
    return b"".join([*pieces, index, end])


def _inflated(content: bytes, limit: int) -> bytes:
    """At most `limit` bytes, as many as the directory declares, counted while they come. Raises Unreadable."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = engine.decompress(content, limit + 1)
    except zlib.error as error:  # type: ignore[misc]  # its stub says less than it is
        raise broken("zip") from error
    if len(found) > limit:
        raise broken("bomb")
    if not engine.eof or engine.unused_data:
        raise broken("zip")
    return found


def _directory(content: bytes) -> Sequence[zipfile.ZipInfo]:
    if content.rfind(_END) < 0:
        raise broken("cut")
    if _declared(content) > MAX_DIRECTORY:
        raise broken("bomb")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise broken("zip") from error
    _check_sizes(content, infos)
    return infos


def _declared(content: bytes) -> int:
    """Bytes of the directory as the end of a zip declares them: asked before one of a million entries is read."""
    at = content.rfind(_END)
    return int.from_bytes(content[at + 12 : at + 16], "little")


def _check_sizes(content: bytes, infos: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_PARTS or total > MAX_UNPACKED or total > MAX_RATIO * len(content):
        raise broken("bomb")
    if any(info.file_size > MAX_PART for info in infos):
        raise broken("bomb")
    if any(info.flag_bits & 1 for info in infos):
        raise Unreadable("file-password")


def _checked_spans(
    content: bytes, infos: Iterable[zipfile.ZipInfo], by_key: Mapping[str, zipfile.ZipInfo]
) -> dict[str, int]:
    """Where the bytes of each entry begin; every entry has a place, a name and a way of packing of its own."""
    infos = list(infos)
    if len(by_key) != len(infos):
        raise broken("twice")
    starts: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for info in infos:
        _check_entry(info)
        starts[info.filename] = start = _data_start(content, info)
        spans.append((info.header_offset, start + info.compress_size))
    if not spans:
        return starts
    spans.sort()
    ends = [*(begin for begin, _ in spans[1:]), content.rfind(_END)]
    if any(end > following for (_, end), following in zip(spans, ends, strict=True)):
        raise broken("overlap")
    if spans[0][0] > MAX_JUNK:
        raise broken("junk")
    return starts


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename  # what `zipfile` makes of it ends at a NUL and knows no backslash on Windows
    if info.compress_type not in _PLAIN:
        raise broken("method")
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/") or "\0" in name:
        raise broken("path")
    if info.create_system == 3 and stat.S_ISLNK(info.external_attr >> 16):
        raise broken("path")


def _data_start(content: bytes, info: zipfile.ZipInfo) -> int:
    """Where an entry's bytes begin, after a header that says the same of it as the directory. Raises Unreadable."""
    header = content[info.header_offset : info.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size:
        raise broken("zip")
    mark, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(header)
    at = info.header_offset + _LOCAL.size
    name = content[at : at + name_length]
    known = {info.orig_filename.encode(code, "replace") for code in ("utf-8", "cp437")}
    if mark != ENTRY or method != info.compress_type or name not in known:
        raise broken("zip")
    if flags & 1:
        raise Unreadable("file-password")
    return int(at + name_length + extra_length)


def _key(name: str) -> str:
    return name.casefold()
