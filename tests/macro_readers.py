"""Two readers of VBA that had no hand in writing it: oletools and pyOpenVBA; both name modules and give their text."""

from __future__ import annotations

import warnings
from pathlib import Path

from pyopenvba.cfb import CFB  # type: ignore[import-untyped]
from pyopenvba.excel import ExcelFile  # type: ignore[import-untyped]
from pyopenvba.vba import VBAProject, decompress, parse_vba_project  # type: ignore[import-untyped]

with warnings.catch_warnings():  # of pyparsing about the names oletools calls it by
    warnings.simplefilter("ignore", DeprecationWarning)
    from oletools.olevba import VBA_Parser, decompress_stream  # type: ignore[import-untyped]


def by_oletools(name: str, data: bytes) -> dict[str, bytes]:
    """Source of each module of a file, which may be an add-in or a bare `vbaProject.bin`."""
    found = [(path, code) for _, path, _, code in VBA_Parser(name, data=data).extract_macros() if path]
    return {path.split("/")[-1]: code.encode("ascii") for path, code in found}


def by_pyopenvba(path: Path) -> dict[str, bytes]:
    """Source of each module of an add-in."""
    with ExcelFile(path) as file:
        return {name: text.encode("ascii") for name, text in file.vba_modules().items()}


def project_of(data: bytes) -> VBAProject:
    """A bare `vbaProject.bin` as pyOpenVBA sees it, after its own check of it."""
    container = CFB.from_bytes(data)
    project = parse_vba_project(container)
    assert project.validate(container) == []
    return project


def both_decompress(container: bytes) -> bytes:
    """What both decompressors make of a container; they must agree."""
    first, second = bytes(decompress_stream(bytearray(container))), decompress(container)
    assert first == second
    return first
