"""Digests that find out a later change: the seal of a report handed in, and that of a summary's lines.

A seal proves that what was entered (figures, texts, rows, cover) and the form it was entered into are those that were
sealed. What computes itself is not in it: that is computed again on arrival. Labels, names and sheets are not in it
either: the reader compares them with the form. It is no signature and says nothing of who sealed: who has the program
can take a seal off or make another.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from itertools import compress
from operator import add, itemgetter
from typing import Any

import numpy as np

from consolidator import __version__
from consolidator.booknames import CARRIED, LINES_DIGEST, SEAL, SEAL_KEYS, SEALED_ON, UNSEALED, cover_keys
from consolidator.grid import read_grid, sheet_parts
from consolidator.layout import address
from consolidator.submission import Line, Submission, TableRow, units_of
from consolidator.verdict import Numbers
from consolidator.visible import visible

_ROUND = 12
"""Digits of a figure that its digest keeps: a spreadsheet may change the last ones when it saves."""
_DIGITS = f"%.{_ROUND}g"
_LAST = chr(0x10FFFF)
Group = tuple[str, Callable[[Any], list[str]], Any]
"""How some entries (key, tab, text) all begin, and what makes the rest of them of what: when their turn comes, not all
at once."""


class Unsealable(Exception):
    """A workbook without the cells that a seal goes into: it was drawn by another program or taken apart."""


def digest_of(submission: Submission) -> str:
    """Hash of everything a unit entered, in a fixed order; derived figures and file names are left out."""
    return _hash(_entries(submission))


def lines_digest(summary: Submission) -> str:
    """Hash of all that a summary says of its children: files, figures, weights, narratives, remarks, table rows.

    What the parent may change freely (its own row, narratives, explanations) is not in it, nor are derived figures.
    """
    digest, begun, sign, waiting = hashlib.sha256(), "", "", list[tuple[str, list[str]]]()
    for head, entries, about in [*sorted(_below(summary), key=itemgetter(0)), (_LAST, list[str], ())]:
        if not (begun and head.startswith(begun)):  # else the two may have to stand among each other
            if text := _in_order(waiting):
                digest.update((sign + text).encode())
                sign = "\n"
            waiting, begun = [], head
        waiting.append((head, entries(about)))
    return digest.hexdigest()


def _in_order(groups: Sequence[tuple[str, list[str]]]) -> str:
    """The entries of groups, line by line."""
    if len(groups) == 1:
        ((head, rests),) = groups
        return f"\n{head}".join(["", *sorted(rests)])[1:]
    return "\n".join(sorted([head + rest for head, rests in groups for rest in rests]))


def lines_are_whole(summary: Submission) -> bool:
    """Whether a summary's lines still are those of its consolidation; one without that digest cannot tell."""
    written = summary.meta.get(LINES_DIGEST, "")
    return written in ("", lines_digest(summary))


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
        parts[part] = _with_text(parts.get(part, b""), address(row, col), text)
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


def _entries(submission: Submission) -> Iterator[str]:
    """Everything entered, and the structure it was entered into, as key, tab, text; the order does not matter."""
    view, meta = submission.view, submission.meta
    yield f"form\t{view.form.id} {view.form.version} {view.level} {submission.period} {view.fingerprint}"
    for key in cover_keys(view.form):
        yield f"{key}\t{_text(meta.get(key, ''))}"
    for figure in view.figures:
        if figure.derived is None:
            worth = submission.own_value(figure.ref)
            yield f"{figure.ref}\t{submission.texts.get(figure.ref) or ('' if worth is None else _text(worth))}"
    yield from _named("a.", submission.attributes)
    yield from _named("n.", submission.narratives)
    for table in view.tables:
        stored = [column.id for column in table.columns if not column.derived]
        for index, row in enumerate(submission.tables.get(table.id, ())):
            cells = "\t".join(_text(row.values.get(column, "")) for column in stored)
            yield f"t.{table.id}#{index}\t{row.unit}\t{cells}"
    keys = [f"{figure.ref}\t" for figure in view.figures]
    for line in submission.lines:
        yield from _line(line, keys)


def _line(line: Line, keys: Sequence[str]) -> Iterator[str]:
    """What a summary says of one child."""
    yield from (f"line.{line.unit}\t{hashed}" for hashed in _source(line))
    yield from (f"line.{line.unit}.{figure}" for figure in _figures(line.values, keys))
    yield from _named(f"line.{line.unit}.n.", line.narratives)


def _figures(values: Numbers, keys: Sequence[str]) -> list[str]:
    """Figures that are given, behind their keys."""
    given = ~np.isnan(values)
    numbers = tuple((values[given] + 0.0).tolist())  # a zero has no sign
    texts = (f"{_DIGITS}\n" * len(numbers) % numbers).split("\n")
    return list(map(add, compress(keys, given.tolist()), texts))


def _below(summary: Submission) -> Iterator[Group]:
    """Everything a summary carries of its children, as far as its sheets keep it."""
    view, indicators = summary.view, summary.view.form.indicators.keys()
    refs = sorted(figure.ref for figure in view.figures if figure.derived is None)
    entered, keys = [view.position[ref] for ref in refs], [f"{ref}\t" for ref in refs]
    weighed = {figure.ref for figure in view.figures if figure.merges == "weighted_mean"}

    def of(line: Line) -> list[str]:
        said = _figures(line.values[entered], keys)
        said += _named("n.", line.narratives)
        said += _named("w.", {ref: weight for ref, weight in line.weights.items() if ref in weighed})
        said += _named("m.", {key: line.meta[key] for key in CARRIED if key in line.meta})
        said += _named("a.", {key: v for key, v in line.attributes.items() if key.partition(".")[0] in indicators})
        return said

    for line in summary.lines:
        yield f"line.{line.unit}\t", _source, line
        yield f"line.{line.unit}.", of, line
    for table in view.tables:
        rows = summary.tables.get(table.id, ())
        below = ((place, unit) for place, unit in enumerate(units_of(rows)) if unit != summary.unit)
        for index, (place, unit) in enumerate(below):
            yield f"below.{table.id}#{index}.{unit}.", partial(_row, rows), place


def _source(line: Line) -> list[str]:
    return [line.source.sha256]


def _row(rows: Sequence[TableRow], place: int) -> list[str]:
    """A row by its place, for all of them at once would fill the memory."""
    return _named("", rows[place].values)


def _hash(entries: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(entries)).encode()).hexdigest()


def _named(head: str, values: Mapping[str, float | str]) -> list[str]:
    return [f"{head}{key}\t{_text(value)}" for key, value in values.items()]


def _text(value: float | str) -> str:
    """A value in one spelling, whichever program saved it, and as we write it: a zero has no sign."""
    if isinstance(value, float):
        return _DIGITS % (value + 0.0)
    text = str(value)
    if text.isprintable() and "  " not in text:  # the same in no time
        return text.strip(" ")
    return " ".join(visible(text).split())
