"""Folders of many filled workbooks of a real form, with their list of units: `python -m tests.benchmarks.manyfiles`.

Every sheet, table and narrative is filled as `tests.regime_samples` fills them, without a broken rule, unless some
figures are to be wrong; figures, texts and covers differ from unit to unit. A folder is made once and kept: the same
arguments mean the same bytes.
"""

from __future__ import annotations

import argparse
import io
import random
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from openpyxl import Workbook
from zlib_ng import zlib_ng

from consolidator.rulebook import load
from consolidator.submission import Submission
from consolidator.unit import LEVELS, Unit
from tests.regime_samples import fill, poured

HOME = Path(tempfile.gettempdir()) / "consolidator-benchmarks"
FORMS = ("nam_2020_003", "gnk_cdcs_001")
"""The annual report and the mid-term one: the two largest that many units of one parent send."""
KINDS = 25
"""Reports that are made anew; other units send them under their own names, with other numbers in their words."""
NUMBER, DONE = "987654", "9753"
"""What stands in those for the number of a unit, and for the number of things it did."""
Packed = tuple[bytes, int, int]
"""Deflated bytes, how many they were, their checksum."""


@dataclass(frozen=True)
class Many:
    """A folder of reports, the list of units beside it, and whose they are; how many figures of each are wrong."""

    folder: Path
    units: Path
    parent: Unit
    form: str
    wrong: int = 0

    @property
    def files(self) -> list[Path]:
        """The workbooks, by name."""
        return sorted(self.folder.glob("*.xlsx"))


def many(form_id: str, count: int, wrong: int = 0, home: Path = HOME) -> Many:
    """A folder of `count` reports of a form's lowest level, each with so many wrong figures; made if not there yet."""
    level = load(form_id).levels[0]
    above = LEVELS[LEVELS.index(level) + 1]
    parent = Unit("B", f"Đơn vị nhận {count} báo cáo", above)
    units = [Unit(f"B-{number:06}", f"Công đoàn thứ {number:06}", level, parent.code) for number in range(count)]
    place = home / (f"{form_id}-{count}" + f"-{wrong}-wrong" * bool(wrong))
    found = Many(place / "reports", place / "units.xlsx", parent, form_id, wrong)
    if not found.units.exists():
        found.folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            for _ in pool.map(partial(_put, found), units, chunksize=50):
                pass
        _list([parent, *units], found.units)  # last: it says that the folder is complete
    return found


def corrected(batch: Many, code: str) -> bytes:
    """The workbook of a unit that did other things than it said at first."""
    return _workbook(batch, code, random.Random(f"{code} again"))


def _put(batch: Many, unit: Unit) -> None:
    (batch.folder / f"{unit.code}.xlsx").write_bytes(_workbook(batch, unit.code, random.Random(unit.code)))


def _workbook(batch: Many, code: str, chance: random.Random) -> bytes:
    """One of the kinds, with the unit's own code, name and number of things done; what lacks these is zipped once."""
    number, done = code.partition("-")[2], f"{chance.randrange(10_000):04}"
    parts = _kind(batch.form, random.Random(code).randrange(KINDS), batch.wrong)
    found: dict[str, Packed] = {}
    for name, (content, packed) in parts.items():
        if content:
            own = content.replace(NUMBER.encode(), number.encode()).replace(DONE.encode(), done.encode())
            packed = _packed(own)
        found[name] = packed
    return _zip(found)


@cache
def _kind(form_id: str, kind: int, wrong: int) -> Mapping[str, tuple[bytes, Packed]]:
    """Parts of a filled workbook: those that say whose it is with their content, all packed."""
    view = load(form_id).at(load(form_id).levels[0])
    unit = Unit(f"B-{NUMBER}", f"Công đoàn thứ {NUMBER}", view.level, "B")
    made = fill(view, unit, kind)
    _spoil(made, wrong, random.Random(kind))
    words = {key: f"{unit.name}: {text} Làm {DONE} việc." for key, text in made.narratives.items()}
    with zipfile.ZipFile(io.BytesIO(poured(replace(made, narratives=words), unit))) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    return {name: (one if NUMBER.encode() in one else b"", _packed(one)) for name, one in contents.items()}


def _spoil(made: Submission, wrong: int, chance: random.Random) -> None:
    """Makes so many of a report's own figures seven times as large."""
    figures = enumerate(made.view.figures)
    typed = [at for at, one in figures if one.derived is None and one.indicator.type != "date" and made.own[at] > 0]
    for at in chance.sample(typed, wrong):
        made.own[at] = made.values[at] = round(made.own[at] * 7) + 3


def _packed(content: bytes) -> Packed:
    packer = zlib_ng.compressobj(6, zlib_ng.DEFLATED, -15)
    return packer.compress(content) + packer.flush(), len(content), zlib_ng.crc32(content)


def _zip(parts: Mapping[str, Packed]) -> bytes:
    pieces, directory, offset = list[bytes](), list[bytes](), 0
    for name, (content, size, crc) in parts.items():
        key = name.encode("ascii")
        common = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 33, crc, len(content), size, len(key), 0)
        directory += (b"PK\x01\x02\x14\x00", common, struct.pack("<HHHLL", 0, 0, 0, 0, offset), key)
        pieces += (b"PK\x03\x04", common, key, content)
        offset += 4 + len(common) + len(key) + len(content)
    index = b"".join(directory)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(parts), len(parts), len(index), offset, 0)
    return b"".join([*pieces, index, end])


def _list(units: Sequence[Unit], path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Đơn vị")
    for row in _rows(units):
        sheet.append(row)
    book.save(path)


def _rows(units: Sequence[Unit]) -> Iterator[list[str]]:
    yield ["Mã đơn vị", "Tên đơn vị", "Cấp", "Mã đơn vị cấp trên"]
    for unit in units:
        yield [unit.code, unit.name, load("quy3_2023_004").catalogue.levels[unit.level].name, unit.parent]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("count", type=int)
    parser.add_argument("--wrong", type=int, default=0, help="figures of each report that are wrong")
    parser.add_argument("--home", type=Path, default=HOME)
    options = parser.parse_args()
    print(many(options.form, options.count, options.wrong, options.home).folder)


if __name__ == "__main__":
    main()
