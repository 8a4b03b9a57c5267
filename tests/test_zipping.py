"""What is zipped piece by piece is read back as it was, and is, byte for byte, what Python's own library writes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import pytest

from consolidator.packaging import Package
from consolidator.zipping import Zip, packed_part

PARTS: Mapping[str, Sequence[bytes]] = {
    "[Content_Types].xml": [b"<Types/>"],
    "xl/worksheets/sheet1.xml": [*(b'<row r="%d"/>' % row for row in range(9_000)), b"", "đơn vị".encode() * 99],
    "xl/trong.xml": [],
}


def zipped(is_quick: bool) -> bytes:
    archive = Zip(is_quick)
    for name, pieces in PARTS.items():
        archive.add(name, iter(pieces))
    return archive.closed()


@pytest.mark.parametrize("is_quick", [False, True])
def test_parts_are_read_back_by_python_and_by_us(is_quick: bool) -> None:
    content, wanted = zipped(is_quick), {name: b"".join(pieces) for name, pieces in PARTS.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == wanted
    package = Package(content)
    assert {name: package.read(name) for name in package.names} == wanted
    assert list(wanted) == package.names and content == zipped(is_quick)
    assert len(content) < 60_000 < len(b"".join(wanted.values()))


def test_what_is_not_in_a_hurry_is_what_python_writes() -> None:
    """Blank workbooks were made that way before, and are compared with those in the repository."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in PARTS.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            with archive.open(entry, "w") as part:
                for piece in pieces:
                    part.write(piece)
    assert zipped(is_quick=False) == target.getvalue()
    archive = Zip(is_quick=False)
    for number, (name, pieces) in enumerate(PARTS.items()):
        if number % 2:
            archive.put(name, packed_part(b"".join(pieces)))  # as it was packed for another workbook
        else:
            archive.add(name, pieces)
    assert archive.closed() == target.getvalue()
