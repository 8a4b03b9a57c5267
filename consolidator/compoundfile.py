"""Writes OLE compound files ([MS-CFB], version 3): a small file system within a file, as Office keeps its macros.

Only writing, all at once, and always the same bytes for the same streams: no time stamps, no class ids.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["CUTOFF", "MINI", "SECTOR", "compound_file"]

SECTOR, MINI = 512, 64
"""Bytes of a sector, and of a sector of the mini stream."""
CUTOFF = 4096
"""Streams shorter than this many bytes are kept in the mini stream."""
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NOBODY = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_NUMBERS = SECTOR // 4
_FATS_IN_HEADER = 109
_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
_LONGEST_NAME = 31


@dataclass
class _Entry:
    """A line of the directory; the links are numbers of other lines."""

    name: str
    kind: int
    data: bytes = b""
    start: int = 0
    size: int = 0
    colour: int = _BLACK
    left: int = _NOBODY
    right: int = _NOBODY
    child: int = _NOBODY
    inside: dict[str, _Entry] = field(default_factory=dict)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file that holds these streams.

    Keys are paths, `storage/stream`; storages come into being by being named. Raises ValueError for a name
    the format does not know, for two names that differ in case only, and beyond some 7 MB (a second level of
    allocation tables, which macros never need).
    """
    entries = _directory(_tree(streams))
    mini, mini_table = _mini_stream(entries)
    root = entries[0]
    root.size = len(mini)
    large = [entry for entry in entries if entry.kind == _STREAM and entry.size >= CUTOFF]

    # order in the file: allocation table, directory, table of the mini stream, mini stream, large streams
    lengths = [_sectors(len(entries) * _ENTRY.size), _sectors(len(mini_table)), _sectors(len(mini))]
    lengths += [_sectors(entry.size) for entry in large]
    fats = _fats(sum(lengths))
    starts = [fats + sum(lengths[:number]) for number in range(len(lengths))]
    root.start = starts[2] if mini else _END
    for entry, start in zip(large, starts[3:], strict=True):
        entry.start = start

    table = [_FAT] * fats
    for start, count in zip(starts, lengths, strict=True):
        table += _chain(start, count)
    parts = [_header(fats, starts[0], starts[1] if mini_table else _END, lengths[1])]
    parts += [_padded(_packed(table), b"\xff"), _directory_bytes(entries), _padded(mini_table, b"\xff"), _padded(mini)]
    return b"".join([*parts, *(_padded(entry.data) for entry in large)])


def _tree(streams: Mapping[str, bytes]) -> _Entry:
    root = _Entry("Root Entry", _ROOT)
    for path, data in streams.items():
        *storages, name = path.split("/")
        here = root
        for storage in storages:
            here = here.inside.setdefault(storage, _Entry(_proved(storage), _STORAGE))
            if here.kind != _STORAGE:
                raise ValueError(f"{path!r}: {storage!r} is a stream")
        if name in here.inside:
            raise ValueError(f"{path!r} is a storage")
        here.inside[_proved(name)] = _Entry(name, _STREAM, bytes(data), _END, len(data))
    return root


def _proved(name: str) -> str:
    """ASCII only: how other letters are put in order depends on tables we would have to carry along."""
    if not name or len(name) > _LONGEST_NAME or not name.isascii() or set(name) & set("\0\\:!"):
        raise ValueError(f"not a name for a stream: {name!r}")
    return name


def _directory(root: _Entry) -> list[_Entry]:
    """All lines of the directory, the root's first, linked to each other."""
    entries = [root]
    waiting = [root]
    while waiting:
        storage = waiting.pop(0)
        children = sorted(storage.inside.values(), key=lambda entry: (len(entry.name), entry.name.upper()))
        if len({entry.name.upper() for entry in children}) < len(children):
            raise ValueError(f"names that differ in case only in {storage.name!r}")
        first = len(entries)
        entries += children
        storage.child = _balanced(entries, first, len(entries), len(children).bit_length() - 1)
        if children:
            entries[storage.child].colour = _BLACK
        waiting += (entry for entry in children if entry.kind == _STORAGE)
    return entries


def _balanced(entries: Sequence[_Entry], first: int, end: int, height: int) -> int:
    """Links a sorted run of siblings into a red-black tree; returns the number of its top.

    Halving fills every level but the last one, `height` levels further down. Red on that level and black above
    makes all paths equally black, whether it is full or not.
    """
    if first == end:
        return _NOBODY
    middle = (first + end) // 2
    entry = entries[middle]
    entry.left = _balanced(entries, first, middle, height - 1)
    entry.right = _balanced(entries, middle + 1, end, height - 1)
    entry.colour = _RED if height == 0 else _BLACK
    return middle


def _mini_stream(entries: Sequence[_Entry]) -> tuple[bytes, bytes]:
    """The short streams one after the other, and the table of their chains."""
    mini, table = bytearray(), list[int]()
    for entry in entries:
        if entry.kind == _STREAM and 0 < entry.size < CUTOFF:
            entry.start = len(table)
            table += _chain(len(table), -(-entry.size // MINI))
            mini += _padded(entry.data, size=MINI)
    return bytes(mini), _packed(table)


def _fats(others: int) -> int:
    """How many sectors the allocation table takes that has to list itself as well."""
    count = 1
    while count * _NUMBERS < count + others:
        count += 1
    if count > _FATS_IN_HEADER:
        raise ValueError("too much for one compound file of this kind")
    return count


def _chain(start: int, count: int) -> list[int]:
    """The table's numbers for one run of sectors: each names the next."""
    return [*range(start + 1, start + count), _END] if count else []


def _header(fats: int, directory: int, mini_table: int, mini_tables: int) -> bytes:
    head = struct.pack(
        "<8s16sHHHHH6s9I",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        SECTOR.bit_length() - 1,
        MINI.bit_length() - 1,
        bytes(6),
        0,  # directory sectors: not counted in version 3
        fats,
        directory,
        0,  # transactions
        CUTOFF,
        mini_table,
        mini_tables,
        _END,  # no second level of allocation tables
        0,
    )
    return head + _packed([*range(fats), *[_FREE] * (_FATS_IN_HEADER - fats)])


def _directory_bytes(entries: Sequence[_Entry]) -> bytes:
    """Whole sectors of lines; the lines left over are free ones, which are not all zero."""
    lines = [
        _ENTRY.pack(
            entry.name.encode("utf-16-le"),
            2 * len(entry.name) + 2,
            entry.kind,
            entry.colour,
            entry.left,
            entry.right,
            entry.child,
            bytes(16),
            0,
            0,
            0,
            entry.start,
            entry.size,
        )
        for entry in entries
    ]
    free = _ENTRY.pack(b"", 0, 0, 0, _NOBODY, _NOBODY, _NOBODY, bytes(16), 0, 0, 0, 0, 0)
    return b"".join(lines + [free] * (-len(lines) % (SECTOR // _ENTRY.size)))


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _padded(data: bytes, filler: bytes = b"\0", size: int = SECTOR) -> bytes:
    return data + filler * (-len(data) % size)


def _sectors(size: int) -> int:
    return -(-size // SECTOR)
