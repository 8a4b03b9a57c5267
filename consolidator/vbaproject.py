"""Writes `vbaProject.bin`: VBA source text as Office keeps it ([MS-OVBA]), without compiled code.

Office compiles the source itself when it finds none of its own version: `_VBA_PROJECT` says so.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from consolidator.compoundfile import compound_file

__all__ = ["CHUNK", "Module", "compressed", "vba_project"]

CHUNK = 4096
"""Bytes of source that are compressed together; nothing refers back beyond them."""
_LITERALS = 8
_SHORTEST = 3
CODE_PAGE = 1252
"""In name only: all text is ASCII, so it reads the same on a Vietnamese Windows and on any other."""
LANGUAGE = 0x0409
PROJECT_ID = "{6C1E6C0A-2B64-4E0B-9C6E-0A0D1E5B7C31}"
"""Any fixed id: one made anew at each build would change the bytes."""
PROJECT_VERSION = (1, 1)
NO_COMPILED_CODE = bytes.fromhex("CC61FFFF000000")

REFERENCES = (
    ("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    (
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0"
        r"#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)
"""Type libraries, found by their ids wherever they lie; `Office` has IRibbonControl.

VBA and Excel add their own to every project and write neither down, nor do we.
"""


@dataclass(frozen=True)
class Module:
    """A module of the project; its source begins with the line `Attribute VB_Name = "<name>"`."""

    name: str
    kind: Literal["standard", "document"]
    source: str

    def __post_init__(self) -> None:
        if not self.source.isascii() or not self.name.isidentifier() or not self.name.isascii():
            raise ValueError(f"VBA of {self.name!r} is not pure ASCII")
        if self.source.splitlines()[:1] != [f'Attribute VB_Name = "{self.name}"']:
            raise ValueError(f"VBA of {self.name!r} does not begin with the attribute of its name")

    def content(self) -> bytes:
        """The source with the line endings VBA wants, whatever the checkout made of them."""
        return "".join(f"{line}\r\n" for line in self.source.splitlines()).encode("ascii")


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """The compound file of one project; modules stand in the order given, documents (workbook, sheets) first."""
    streams = {f"VBA/{module.name}": compressed(module.content()) for module in modules}
    streams["VBA/_VBA_PROJECT"] = NO_COMPILED_CODE
    streams["VBA/dir"] = compressed(_directory(name, modules))
    streams["PROJECT"] = _project(name, modules).encode("ascii")
    streams["PROJECTwm"] = b"".join(_both(module.name) for module in modules) + bytes(2)
    return compound_file(streams)


def _both(name: str) -> bytes:
    return name.encode("ascii") + b"\0" + name.encode("utf-16-le") + b"\0\0"


def _record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HI", number, len(data)) + data


def _text(number: int, unicode_number: int, text: str = "") -> bytes:
    """A text stands twice: in the code page and in UTF-16."""
    return _record(number, text.encode("ascii")) + _record(unicode_number, text.encode("utf-16-le"))


def _directory(name: str, modules: Sequence[Module]) -> bytes:
    """The `dir` stream: the project's properties, its references, its modules."""
    parts = [
        _record(0x01, struct.pack("<I", 1)),  # Windows
        _record(0x02, struct.pack("<I", LANGUAGE)),
        _record(0x14, struct.pack("<I", LANGUAGE)),
        _record(0x03, struct.pack("<H", CODE_PAGE)),
        _record(0x04, name.encode("ascii")),
        _text(0x05, 0x40),  # description
        _record(0x06) + _record(0x3D),  # help file
        _record(0x07, bytes(4)),
        _record(0x08, bytes(4)),
        struct.pack("<HIIH", 0x09, 4, *PROJECT_VERSION),  # its size leaves out the minor number
        _text(0x0C, 0x3C),  # constants
    ]
    for reference, library in REFERENCES:
        text = library.encode("ascii")
        parts += [_text(0x16, 0x3E, reference), _record(0x0D, struct.pack("<I", len(text)) + text + bytes(6))]
    parts += [_record(0x0F, struct.pack("<H", len(modules))), _record(0x13, b"\xff\xff")]
    for module in modules:
        parts += [
            _text(0x19, 0x47, module.name),
            _text(0x1A, 0x32, module.name),  # its stream
            _text(0x1C, 0x48),  # description
            _record(0x31, bytes(4)),  # source begins at once: no compiled code before it
            _record(0x1E, bytes(4)),
            _record(0x2C, b"\xff\xff"),
            _record(0x21 if module.kind == "standard" else 0x22),
            _record(0x2B),
        ]
    return b"".join([*parts, _record(0x10)])


def _project(name: str, modules: Sequence[Module]) -> str:
    """The `PROJECT` stream: open to all, no password."""
    lines = [f'ID="{PROJECT_ID}"']
    lines += [
        f"Module={module.name}" if module.kind == "standard" else f"Document={module.name}/&H00000000"
        for module in modules
    ]
    lines += [f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"']
    lines += [f'CMG="{_veiled(bytes(4))}"', f'DPB="{_veiled(bytes(1))}"', f'GC="{_veiled(bytes([255]))}"', ""]
    lines += ["[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000", ""]
    lines += ["[Workspace]", *(f"{module.name}=0, 0, 0, 0, C" for module in modules)]
    return "".join(f"{line}\r\n" for line in lines)


def _veiled(data: bytes) -> str:
    """Protection state, password or visibility in the format's own encoding ([MS-OVBA] 2.4.3); no secret here."""
    seed, version = 0, 2
    key = sum(PROJECT_ID.encode("ascii")) & 0xFF
    out = [seed, seed ^ version, seed ^ key]
    plain = key
    for byte in struct.pack("<I", len(data)) + data:
        out.append(byte ^ ((out[-2] + plain) & 0xFF))
        plain = byte
    return bytes(out).hex().upper()


def compressed(data: bytes) -> bytes:
    """A compressed container ([MS-OVBA] 2.4.1).

    Raises ValueError for a tail that does not become shorter: the format would hand it back with zeros after
    it. Source text never is like that.
    """
    out = bytearray(b"\x01")
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        tokens = _tokens(chunk)
        if len(tokens) <= CHUNK:
            out += struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens
        elif len(chunk) == CHUNK:
            out += struct.pack("<H", 0x3000 | (CHUNK - 1)) + chunk
        else:
            raise ValueError("text that cannot be compressed")
    return bytes(out)


def _tokens(chunk: bytes) -> bytes:
    """Literal bytes and copies of what came before, in groups of eight behind a byte that tells which is which."""
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    here = known = 0
    while here < len(chunk):
        flags_at = len(out)
        out.append(0)
        for bit in range(_LITERALS):
            if here == len(chunk):
                break
            while known < here:  # every place passed may be copied from
                places.setdefault(chunk[known : known + _SHORTEST], []).append(known)
                known += 1
            bits = max((here - 1).bit_length(), 4)
            length, place = _longest(chunk, here, places, (0xFFFF >> bits) + _SHORTEST)
            if length:
                out[flags_at] |= 1 << bit
                out += struct.pack("<H", (here - place - 1) << (16 - bits) | (length - _SHORTEST))
                here += length
            else:
                out.append(chunk[here])
                here += 1
    return bytes(out)


def _longest(chunk: bytes, here: int, places: dict[bytes, list[int]], limit: int) -> tuple[int, int]:
    """Length and place of the best copy, the nearest of equals; (0, 0) if there is none worth a token."""
    best, found = 0, 0
    limit = min(limit, len(chunk) - here)
    for place in reversed(places.get(chunk[here : here + _SHORTEST], ())):
        length = 0
        while length < limit and chunk[place + length] == chunk[here + length]:
            length += 1
        if length > best:
            best, found = length, place
            if best == limit:
                break
    return (best, found) if best >= _SHORTEST else (0, 0)
