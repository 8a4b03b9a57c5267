"""The compound file, read back by olefile and checked number by number against [MS-CFB].

olefile forgives: a directory padded wrongly went unnoticed by it once. So `Strict` below believes nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO

import olefile  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.compoundfile import CUTOFF, MINI, SECTOR, compound_file

FREE, END, FAT, NOBODY = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
SIZES = (0, 1, MINI - 1, MINI, MINI + 1, SECTOR, CUTOFF - 1, CUTOFF, CUTOFF + 1, 3 * CUTOFF + 7)


@dataclass
class Line:
    """One line of the directory as it stands in the file."""

    name: str
    kind: int
    colour: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Strict:
    """A reader that asserts everything [MS-CFB] says of a version 3 file while it reads."""

    def __init__(self, data: bytes) -> None:
        assert len(data) % SECTOR == 0, "the file ends within a sector"
        self.data, self.sectors = data, len(data) // SECTOR - 1
        self.owner: dict[int, str] = {}
        self.read_header()
        self.read_directory()
        self.read_mini_stream()
        self.streams: dict[str, bytes] = {}
        self.seen = {0}
        self.walk(self.lines[0].child, "")
        used = {number for number, line in enumerate(self.lines) if line.kind}
        assert self.seen == used, "a line of the directory that no storage holds, or one held twice"
        assert set(self.owner) == set(range(self.sectors)), "a sector that belongs to nothing"
        assert self.mini_owner == set(range(len(self.mini_table_used))), "a mini sector that belongs to nothing"

    def read_header(self) -> None:
        (sign, clsid, minor, major, order, shift, mini_shift, reserved, directories, fats, self.directory_start,
         transaction, cutoff, self.mini_table_start, self.mini_tables, difat, difats) = struct.unpack_from(
            "<8s16sHHHHH6s9I", self.data
        )  # fmt: skip
        assert (sign.hex(), clsid) == ("d0cf11e0a1b11ae1", bytes(16))
        assert (minor, major, order, 1 << shift, 1 << mini_shift, reserved) == (0x3E, 3, 0xFFFE, 512, 64, bytes(6))
        assert (directories, transaction, cutoff, difat, difats) == (0, 0, 4096, END, 0)
        numbers = struct.unpack_from("<109I", self.data, 76)
        assert all(number < self.sectors for number in numbers[:fats])
        assert set(numbers[fats:]) <= {FREE}
        raw = b"".join(self.sector(number) for number in numbers[:fats])
        table = struct.unpack(f"<{len(raw) // 4}I", raw)
        assert len(table) >= self.sectors > len(table) - SECTOR // 4 - 1, "more allocation table than needed"
        assert set(table[self.sectors :]) <= {FREE}, "the table goes on beyond the end of the file"
        assert FREE not in table[: self.sectors], "a free sector: we never leave any"
        self.table = table[: self.sectors]
        assert [n for n, entry in enumerate(self.table) if entry == FAT] == sorted(numbers[:fats])
        for number in numbers[:fats]:
            self.own(number, "allocation table")

    def sector(self, number: int) -> bytes:
        return self.data[(number + 1) * SECTOR : (number + 2) * SECTOR]

    def own(self, number: int, owner: str) -> None:
        assert number not in self.owner, f"sector {number} belongs to {self.owner[number]} and to {owner}"
        self.owner[number] = owner

    def chain(self, start: int, owner: str) -> bytes:
        parts = []
        while start != END:
            assert start < self.sectors
            self.own(start, owner)
            parts.append(self.sector(start))
            start = self.table[start]
        return b"".join(parts)

    def read_directory(self) -> None:
        raw = self.chain(self.directory_start, "directory")
        assert raw and len(raw) % SECTOR == 0
        self.lines = []
        for offset in range(0, len(raw), 128):
            name, length, kind, colour, left, right, child, clsid, state, made, changed, start, size = (
                struct.unpack_from("<64sHBBIII16sIQQIQ", raw, offset)
            )
            assert (clsid, state, made, changed) == (bytes(16), 0, 0, 0)
            if kind == 0:
                assert (name, length, colour, start, size) == (bytes(64), 0, 0, 0, 0)
                assert (left, right, child) == (NOBODY, NOBODY, NOBODY), "a free line is not all zero"
            else:
                assert name[length - 2 :] == bytes(66 - length) and 4 <= length <= 64 and length % 2 == 0
            text = name[: max(length - 2, 0)].decode("utf-16-le")
            self.lines.append(Line(text, kind, colour, left, right, child, start, size))
        kinds = [line.kind for line in self.lines]
        assert kinds[0] == ROOT and ROOT not in kinds[1:] and self.lines[0].name == "Root Entry"
        assert (self.lines[0].left, self.lines[0].right, self.lines[0].colour) == (NOBODY, NOBODY, 1)
        used = len([kind for kind in kinds if kind])
        assert not any(kinds[used:]) and len(kinds) - used < 4, "more free lines than fill the last sector"

    def read_mini_stream(self) -> None:
        root = self.lines[0]
        self.mini = self.chain(root.start, "mini stream")
        assert len(self.mini) == -(-root.size // SECTOR) * SECTOR and root.size % MINI == 0
        assert not any(self.mini[root.size :])
        raw = self.chain(self.mini_table_start, "mini table")
        assert len(raw) == self.mini_tables * SECTOR
        numbers = struct.unpack(f"<{len(raw) // 4}I", raw)
        count = root.size // MINI
        assert set(numbers[count:]) <= {FREE} and FREE not in numbers[:count] and len(numbers) - count < 128
        self.mini_table_used = numbers[:count]
        self.mini_owner: set[int] = set()

    def content(self, line: Line) -> bytes:
        if line.size == 0:
            assert line.start == END
            return b""
        if line.size >= CUTOFF:
            raw = self.chain(line.start, line.name)
            assert len(raw) == -(-line.size // SECTOR) * SECTOR
        else:
            raw, number = b"", line.start
            while number != END:
                assert number not in self.mini_owner
                self.mini_owner.add(number)
                raw += self.mini[number * MINI : (number + 1) * MINI]
                number = self.mini_table_used[number]
            assert len(raw) == -(-line.size // MINI) * MINI
        assert not any(raw[line.size :]), "what fills the last sector is not zero"
        return raw[: line.size]

    def walk(self, top: int, path: str) -> None:
        """One storage: its tree is in order and red-black, each of its lines is right."""
        assert top == NOBODY or self.lines[top].colour == 1, "the top of a tree is red"
        numbers: list[int] = []
        self.blacks(top, False, numbers)
        keys = [(len(self.lines[n].name), self.lines[n].name.upper()) for n in numbers]
        assert keys == sorted(set(keys)), "names out of order: a reader that searches the tree would not find them"
        for number in numbers:
            assert number not in self.seen
            self.seen.add(number)
            line = self.lines[number]
            if line.kind == STORAGE:
                assert (line.start, line.size) == (0, 0)
                self.walk(line.child, f"{path}{line.name}/")
            else:
                assert (line.kind, line.child) == (STREAM, NOBODY)
                self.streams[path + line.name] = self.content(line)

    def blacks(self, number: int, red_above: bool, found: list[int]) -> int:
        """Black lines on every way down, which must be the same for all."""
        if number == NOBODY:
            return 1
        line = self.lines[number]
        red = line.colour == 0
        assert not (red and red_above), "red under red"
        left = self.blacks(line.left, red, found)
        found.append(number)
        assert left == self.blacks(line.right, red, found), "ways down that are not equally black"
        return left + (not red)


def content(number: int, size: int) -> bytes:
    return bytes((number * 37 + place * 11) % 251 + 1 for place in range(size))


NAMES = st.text(st.sampled_from("abcXYZ019_ .\x01"), min_size=1, max_size=31)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@st.composite
def stream_sets(draw: st.DrawFn) -> dict[str, bytes]:
    """Streams in storages at up to three levels, none of whose names stand in each other's way."""
    paths: dict[str, str] = {}
    for path in draw(st.lists(PATHS, max_size=24)):
        parts = path.upper().split("/")
        ahead = {"/".join(parts[:n]) for n in range(1, len(parts))}
        if (
            path.upper() not in paths
            and not ahead & set(paths)
            and not any(old.startswith(path.upper() + "/") for old in paths)
        ):
            # storages are named the way they were named first
            spelt = path.upper() if len(parts) > 1 else path
            paths[path.upper()] = spelt
    sizes = st.one_of(st.sampled_from(SIZES), st.integers(0, 2 * CUTOFF))
    return {path: content(number, draw(sizes)) for number, path in enumerate(paths.values())}


@given(stream_sets())
def test_any_streams_come_back_to_the_strict_reader_and_to_olefile(streams: dict[str, bytes]) -> None:
    data = compound_file(streams)
    assert Strict(data).streams == streams
    with olefile.OleFileIO(BytesIO(data), raise_defects=olefile.DEFECT_UNSURE) as file:
        assert {"/".join(path): file.openstream(path).read() for path in file.listdir()} == streams
        assert file.parsing_issues == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9])
def test_sizes_around_every_limit(size: int, count: int) -> None:
    streams = {f"s{number}": content(number, size) for number in range(count)}
    assert Strict(compound_file(streams)).streams == streams


@pytest.mark.parametrize("sectors", [125, 126, 127, 128, 252, 253, 254, 255, 13_000])
def test_the_allocation_table_lists_itself(sectors: int) -> None:
    """One sector of the table lists 128 sectors, its own among them."""
    streams = {"large": content(1, SECTOR) * sectors}
    assert Strict(compound_file(streams)).streams == streams


@pytest.mark.parametrize("name", ["", "a" * 32, "a:b", "a!b", "a\\b", "đ", "a\0", "x/", "/x"])
def test_names_the_format_does_not_know_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        compound_file({name: b""})


@pytest.mark.parametrize("pair", [("dir", "DIR"), ("VBA/a", "vba/b"), ("x", "x/y"), ("x/y", "x")])
def test_names_in_each_others_way_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        compound_file(dict.fromkeys(pair, b"1"))


def test_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="too much"):
        compound_file({"large": bytes(109 * 128 * SECTOR)})


SAMPLE = {"PROJECT": content(0, 500), "VBA/dir": content(1, 700), "VBA/Runner": content(2, 6000)}


def damages() -> dict[str, bytes]:
    """A right file made wrong at one place each."""
    right = compound_file(SAMPLE)
    (directory,) = struct.unpack_from("<I", right, 48)
    lines = (directory + 1) * SECTOR

    def put(offset: int, new: bytes) -> bytes:
        return right[:offset] + new + right[offset + len(new) :]

    return {
        "free line all zero": put(lines + 6 * 128 + 68, bytes(12)),
        "cut within a sector": right[:-1],
        "cut by a sector": right[:-SECTOR],
        "a sector more": right + bytes(SECTOR),
        "two chains cross": put(SECTOR + 4 * (directory + 1), struct.pack("<I", len(right) // SECTOR - 3)),
        "size of a stream": put(lines + 3 * 128 + 120, struct.pack("<Q", 9999)),
        "colour of the top": put(lines + 128 + 67, b"\0\0"),
        "order of names": put(lines + 128, "ZZZZZZZ".encode("utf-16-le")),
    }


@pytest.mark.parametrize("damage", damages())
def test_the_strict_reader_can_fail(damage: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        assert Strict(damages()[damage]).streams == SAMPLE
