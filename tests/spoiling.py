"""What `broken_files` and `hostile_files` spoil a workbook with: its parts, the cell of a figure, the bytes of its zip.

Everything is made from the parts of the good workbook, packed again without compression, so that a case costs a
millisecond.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from consolidator.grid import read_grid
from consolidator.layout import address
from consolidator.outcome import Status
from tests.corpus import Base, Case, Special, base
from tests.tampering import sheet_part

COUNTED, PARTNER, ANSWER = "tvpl_luot.actual", "tvpl_truc_tiep.actual", "n.targets_8_of_10"
WORKBOOK, RELATIONS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
STRINGS, STYLES, ROOT = "xl/sharedStrings.xml", "xl/styles.xml", "_rels/.rels"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Build = Callable[[Base], bytes | Special]


@dataclass(frozen=True)
class Spoiled(Case):
    """A case that is told why: `reason` is a key of `REASONS` or `KINDS`, `inside` fates of what an archive holds."""

    reason: str = ""
    inside: Mapping[str, Status] = field(default_factory=dict)


def refused(name: str, build: Build, reason: str, code: str = "file-unreadable", why: str = "") -> Spoiled:
    """A file that is rejected, for a reason."""
    return Spoiled(name, build, "rejected", frozenset({code}), {}, why, reason)


def taken(
    name: str, build: Build, *codes: str, figures: Mapping[str, float | None] | None = None, why: str = ""
) -> Spoiled:
    """A file that is accepted, with what is told of it."""
    return Spoiled(name, build, "accepted", frozenset(codes), figures or {}, why)


def passed_over(name: str, build: Build, code: str, why: str = "") -> Spoiled:
    """A file that is named and not read."""
    return Spoiled(name, build, "ignored", frozenset({code}), {}, why)


# ---------- parts


@cache
def parts() -> Mapping[str, bytes]:
    """The parts of the good workbook."""
    with zipfile.ZipFile(io.BytesIO(base().content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(entries: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these entries in their order, even where two have one name."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    found = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(found, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return found.getvalue()


def with_parts(**changed: bytes | str | Callable[[str], str] | None) -> Build:
    """The workbook with parts (named as in `PARTS`) put in, changed or taken out."""
    return with_named({PARTS[key]: value for key, value in changed.items()})


def with_named(changed: Mapping[str, bytes | str | Callable[[str], str] | None]) -> Build:
    """The same with parts by their names in the zip."""

    def build(base: Base) -> bytes:
        found = dict(parts())
        for name, value in changed.items():
            if value is None:
                del found[name]
            elif callable(value):
                before = found[name].decode()
                found[name] = value(before).encode()
                assert found[name] != before.encode(), f"{name} is as it was"
            else:
                found[name] = value.encode() if isinstance(value, str) else value
        return zipped(found)

    return build


@cache
def figure() -> tuple[str, str]:
    """(part, address) of the cell of COUNTED."""
    sheet, row, col = read_grid(base().content).names[COUNTED]
    return sheet_part(base().content, sheet), address(row, col)


SHEET = "xl/worksheets/sheet5.xml"
"""The part of the sheet that COUNTED stands on."""
PARTS = {"workbook": WORKBOOK, "relations": RELATIONS, "strings": STRINGS, "styles": STYLES, "sheet": SHEET}
CELL = '<c r="F7" s="15"><v>30</v></c>'
"""The cell of COUNTED; `figure` says whether it still is."""


def with_cell(xml: str) -> Build:
    """The workbook with other XML in place of the cell of COUNTED."""
    return with_parts(sheet=lambda text: text.replace(CELL, xml))


def with_value(inside: str) -> Build:
    """The workbook with other XML in place of the number 30."""
    return with_cell(CELL.replace("<v>30</v>", inside))


def swapped(old: str, new: str, part: str = SHEET) -> Build:
    """The workbook with something in a part replaced by something else, once."""
    return with_named({part: lambda text: text.replace(old, new, 1)})


def with_relation(kind: str, target: str, more: str = "", part: bytes = b"", of: str = RELATIONS) -> Build:
    """The workbook with one more relation, and with the part it leads to unless that lies outside."""
    tag = f'<Relationship Id="rIdX" Type="{OFFICE}/{kind}" Target="{target}"{more}/>'
    changed: dict[str, bytes | str | Callable[[str], str] | None] = {
        of: lambda text: text.replace("</Relationships>", tag + "</Relationships>")
    }
    if part:
        changed[f"xl/{target}"] = part
    return with_named(changed)


def of_sheet(kind: str, target: str, more: str = "", part: bytes = b"") -> Build:
    """The workbook with a sheet that has relations of its own."""
    name = "xl/worksheets/_rels/sheet5.xml.rels"
    tag = f'<Relationship Id="rIdX" Type="{OFFICE}/{kind}" Target="{target}"{more}/>'
    relations = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{tag}</Relationships>'
    )
    more_parts = {f"xl/{target.removeprefix('../')}": part} if part else {}
    return with_named({name: relations, **more_parts})


# ---------- the bytes of a zip

_CENTRAL = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<L"), "packed": (20, "<L"), "size": (24, "<L")}
_LOCAL = {"flags": (6, "<H"), "method": (8, "<H"), "crc": (14, "<L"), "packed": (18, "<L"), "size": (22, "<L")}


def lying(content: bytes, name: str, in_header: bool = True, **said: int) -> bytes:
    """The zip saying other things of an entry: in its directory, and in the header before the entry."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        local = archive.getinfo(name).header_offset
    changed = bytearray(content)
    central = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    for field_, value in said.items():
        places = [(central, _CENTRAL)] + [(local, _LOCAL)] * in_header
        for begin, places_of in places:
            at, shape = places_of[field_]
            struct.pack_into(shape, changed, begin + at, value)
    return bytes(changed)


def renamed(content: bytes, old: str, new: str, in_header: bool = True) -> bytes:
    """The zip with an entry under another name of the same length; nothing asks whether that is a fair name."""
    assert len(old.encode()) == len(new.encode())
    first, last = content.index(old.encode()), content.rindex(old.encode())
    changed = bytearray(content)
    for at in (first, last) if in_header else (last,):
        changed[at : at + len(old.encode())] = new.encode()
    return bytes(changed)


def with_entry(name: str, content: bytes = b"x", attributes: int = 0) -> Build:
    """The workbook with one more entry, of a name that `zipfile` would clean, perhaps a symbolic link."""

    def build(base: Base) -> bytes:
        found = io.BytesIO(base.content)
        with zipfile.ZipFile(found, "a") as archive:
            info = zipfile.ZipInfo("#" * len(name.encode()))
            info.external_attr, info.create_system = attributes << 16, 3
            archive.writestr(info, content)
        return found.getvalue().replace(b"#" * len(name.encode()), name.encode())

    return build
