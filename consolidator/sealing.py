"""The seal of a report handed in: a digest of what the unit entered, so that a later change is found out.

A seal proves that nothing was altered by accident or in passing. It is no signature: who has the program can
make another.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape

from consolidator import __version__
from consolidator.grid import read_grid, sheet_parts
from consolidator.layout import SEAL, SEAL_KEYS, SEALED_ON, UNSEALED, column_letters, cover_keys
from consolidator.submission import Line, Submission

_ROUND = 12
"""Digits of a figure that its digest keeps: a spreadsheet may change the last ones when it saves."""


class Unsealable(Exception):
    """A workbook without the cells that a seal goes into: it was drawn by another program or taken apart."""


def digest_of(submission: Submission) -> str:
    """Hash of everything a unit entered, in a fixed order; derived figures and file names are left out."""
    text = "\n".join(f"{key}\t{value}" for key, value in sorted(_entries(submission)))
    return hashlib.sha256(text.encode()).hexdigest()


def is_sealed(submission: Submission) -> bool:
    """Whether a report bears a seal, whole or broken."""
    return submission.meta.get(SEAL, UNSEALED) != UNSEALED


def is_whole(submission: Submission) -> bool:
    """Whether the seal of a sealed report still fits what stands in it."""
    return submission.meta.get(SEAL) == digest_of(submission)


def sealed(content: bytes, submission: Submission, when: str) -> tuple[bytes, str]:
    """The workbook with its seal, and the digest in it. Time, program and digest go into cells; all else stays.

    `content` are the bytes `submission` was read from. Raises Unsealable.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    names, part_of = read_grid(content).names, sheet_parts(parts)
    digest = digest_of(replace(submission, meta={**submission.meta, SEALED_ON: when}))
    for key, text in zip(SEAL_KEYS, (when, __version__, digest), strict=True):
        if key not in names:
            raise Unsealable(key)
        sheet, row, col = names[key]
        part = part_of.get(sheet, "")
        parts[part] = _with_text(parts.get(part, b""), column_letters(col) + str(row + 1), text)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue(), digest


def _with_text(sheet: bytes, address: str, text: str) -> bytes:
    """A sheet's XML with one cell's content replaced by a text. Raises Unsealable where there is no such cell."""
    cell = re.compile(rf'<c r="{address}"((?:\s[^>]*?)?)(?:/>|>.*?</c>)'.encode(), re.S)

    def put(found: re.Match[bytes]) -> bytes:
        style = re.search(rb'\ss="\d+"', found[1])
        head = b'<c r="' + address.encode() + b'"' + (style[0] if style else b"")
        return head + b' t="inlineStr"><is><t>' + escape(text, quote=False).encode() + b"</t></is></c>"

    changed, count = cell.subn(put, sheet)
    if count != 1:
        raise Unsealable(address)
    return changed


def _entries(submission: Submission) -> Iterator[tuple[str, str]]:
    """Everything entered as (key, text); the order does not matter."""
    view, meta = submission.view, submission.meta
    yield "form", f"{view.form.id} {view.form.version} {view.level} {submission.period}"
    for key in cover_keys(view.form):
        yield key, _text(meta.get(key, ""))
    for figure in view.figures:
        if figure.derived is None:
            worth = submission.own_value(figure.ref)
            yield figure.ref, submission.texts.get(figure.ref) or ("" if worth is None else _text(worth))
    yield from _named("a", submission.attributes)
    yield from _named("n", submission.narratives)
    for table in view.tables:
        stored = [column.id for column in table.columns if not column.derived]
        for index, row in enumerate(submission.tables.get(table.id, ())):
            cells = "\t".join(_text(row.values.get(column, "")) for column in stored)
            yield f"t.{table.id}#{index}", f"{row.unit}\t{cells}"
    for line in submission.lines:
        yield from _line(line, view.by_ref)


def _line(line: Line, refs: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What a summary says of one child."""
    yield f"line.{line.unit}", line.source.sha256
    for ref, worth in zip(refs, line.values.tolist(), strict=True):
        if worth == worth:
            yield f"line.{line.unit}.{ref}", _text(worth)
    yield from _named(f"line.{line.unit}.n", line.narratives)


def _named(head: str, values: Mapping[str, float | str]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        yield f"{head}.{key}", _text(value)


def _text(value: float | str) -> str:
    """A value in one spelling, whichever program saved it."""
    return f"{value:.{_ROUND}g}" if isinstance(value, float) else " ".join(str(value).split())
