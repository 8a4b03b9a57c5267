"""Gives each department of an office its part of the summary to write, and puts the parts back together."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from consolidator.booknames import LINES_DIGEST, PART, SUMMARY
from consolidator.content import cover_of
from consolidator.facts import Batch
from consolidator.finding import Finding, Place
from consolidator.form import Form, LevelForm
from consolidator.isolation import read_all
from consolidator.merging import Parts, add_up, weights_of
from consolidator.naming import clean
from consolidator.saving import save, sweep
from consolidator.submission import Submission, TableRow, own_rows
from consolidator.summarising import digest_list, summary_workbook
from consolidator.unit import Unit
from consolidator.wording import number_words, tell


class CannotSplit(Exception):
    """A summary or part that cannot be used as asked; the message is for the person who asked (Vietnamese)."""


@dataclass
class Joined:
    """What came of putting parts back: departments taken, those without a part, and what is to be told."""

    taken: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def split(path: Path, folder: Path, mapping: Path | None = None) -> list[Path]:
    """Writes one workbook a department beside each other in `folder`; returns the files. Raises CannotSplit."""
    summary = _summary(path, mapping)
    digests = ";".join(f"{dept}:{_digest(summary, dept)}" for dept in departments(summary.view))
    written, batch = [], folder / path.name
    sweep(batch)
    for dept, name in departments(summary.view).items():
        target = folder / f"{path.stem} - {clean(dept)}.xlsx"
        notice = f"PHẦN CỦA {name.upper()}: chỉ nhập vào ô màu vàng; các ô khác do ban khác phụ trách."
        notice = " ".join(filter(None, (notice, str(summary.meta.get("meta.notice", "")))))
        save(target, summary_workbook(summary, _cover(summary), notice, dept, digests, _proof(summary)), batch)
        written.append(target)
    return written


def join(path: Path, parts: Sequence[Path], out: Path, mapping: Path | None = None) -> Joined:
    """Puts the departments' parts back into the summary and writes it to `out`.

    From each part only what belongs to its department is taken; a change anywhere else in it is told and left
    out. Raises CannotSplit.
    """
    summary, joined = _summary(path, mapping), Joined()
    own = replace(summary, values=summary.own.copy(), narratives=dict(summary.narratives), tables=dict(summary.tables))
    own.attributes = dict(summary.attributes)
    for file in parts:
        part, dept = _part(file, summary)
        if dept in joined.taken:
            raise CannotSplit(f"Có hai tệp của cùng một ban ({dept}); giữ lại một tệp rồi ghép lại.")
        joined.findings += _take(own, part, dept, summary)
        joined.taken.append(dept)
    joined.missing = [dept for dept in departments(summary.view) if dept not in joined.taken]
    whole = _added_up(summary, own)
    notice = str(summary.meta.get("meta.notice", ""))
    sweep(out)
    save(out, summary_workbook(whole, _cover(whole), notice, proof=_proof(summary)))
    return joined


def departments(view: LevelForm) -> dict[str, str]:
    """Departments that have something to write at a level: code and name, in the order of the catalogue."""
    used = {i.dept for i in view.indicators} | {n.dept for n in view.answers} | {t.dept for t in view.tables}
    return {code: name for code, name in view.form.catalogue.departments.items() if code in used}


def with_mapping(form: Form, path: Path) -> Form:
    """The form as another office divides it: `[departments]` code = name, `[assign]` pattern of ids = code."""
    text = tomllib.loads(path.read_text("utf-8"))
    names, assign = dict(text.get("departments", {})), dict(text.get("assign", {}))
    if unknown := set(assign.values()) - set(names):
        raise CannotSplit(f"{path}: ban chưa khai báo ở [departments]: {', '.join(sorted(unknown))}.")

    def dept(code: str, given: str) -> str:
        found = next((to for pattern, to in assign.items() if fnmatch(code, pattern)), given)
        return found if found in names else ""

    indicators = {c: replace(i, dept=dept(c, i.dept)) for c, i in form.indicators.items()}
    narratives = tuple(replace(n, dept=dept(n.id, n.dept)) for n in form.narratives)
    tables = tuple(replace(t, dept=dept(t.id, t.dept)) for t in form.tables)
    catalogue = replace(form.catalogue, departments=names)
    return form.varied(indicators=indicators, narratives=narratives, tables=tables, catalogue=catalogue)


def _summary(path: Path, mapping: Path | None) -> Submission:
    """A summary read back, seen with the office's own departments."""
    summary = _read(path)
    if summary.meta.get("meta.document") != SUMMARY:
        raise CannotSplit(f"“{path}” không phải sổ tổng hợp.")
    if mapping is not None:
        summary.view = with_mapping(summary.view.form, mapping).at(summary.view.level)
    if not departments(summary.view):
        raise CannotSplit("Biểu mẫu này không chia theo ban.")
    return summary


def _part(path: Path, summary: Submission) -> tuple[Submission, str]:
    part = _read(path)
    same = (part.unit, part.period, part.view.form.id) == (summary.unit, summary.period, summary.view.form.id)
    if part.meta.get("meta.document") != PART or not same:
        raise CannotSplit(f"“{path}” không phải phần của sổ tổng hợp này.")
    part.view = summary.view
    return part, str(part.meta.get("meta.department", ""))


def _read(path: Path) -> Submission:
    (file,) = read_all([(path, path.name)])
    if file.submission is None:
        raise CannotSplit(f"Không đọc được “{path}”.")
    return file.submission


def _take(own: Submission, part: Submission, dept: str, summary: Submission) -> Iterator[Finding]:
    """Moves what a department wrote from its part into `own`; says what cannot be moved."""
    place = Place(file=part.source.file)
    if part.meta.get("meta.children") != digest_list(summary):
        yield tell("part-outdated", place, part.unit, dept=dept)
    issued = dict(pair.split(":", 1) for pair in str(part.meta.get("meta.digests", "")).split(";") if ":" in pair)
    for other in departments(part.view):
        if other != dept and issued.get(other) != _digest(part, other):
            yield tell("part-foreign-change", place, part.unit, dept=dept, other=other)
    if issued.get(dept) == _digest(part, dept):
        yield tell("part-untouched", place, part.unit, dept=dept)
        return
    changed_meanwhile = issued.get(dept) != _digest(summary, dept)
    for position, figure in enumerate(own.view.figures):
        if figure.indicator.dept == dept and figure.derived is None:
            before, after = own.values[position], part.own[position]
            if changed_meanwhile and not _same(before, after):
                facts = {"label": figure.indicator.label, "kept": number_words(after), "dropped": number_words(before)}
                yield tell("part-conflict", Place(part.source.file, ref=figure.ref), part.unit, **facts)
            own.values[position] = after
    _take_words(own, part, dept)


def _take_words(own: Submission, part: Submission, dept: str) -> None:
    """Narratives, notes and table rows of a department."""
    narratives, attributes, tables = dict(own.narratives), dict(own.attributes), dict(own.tables)
    for narrative in own.view.answers:
        if narrative.dept == dept:
            narratives.pop(narrative.id, None)
            narratives |= {narrative.id: part.narratives[narrative.id]} if narrative.id in part.narratives else {}
    for indicator in own.view.indicators:
        name = f"{indicator.code}.note"
        if indicator.dept == dept and name in part.attributes:
            attributes[name] = part.attributes[name]
    for table in own.view.tables:
        if table.dept == dept:
            below = [row for row in own.tables.get(table.id, ()) if row.unit != own.unit]
            tables[table.id] = [*own_rows(part, table), *below]
    own.narratives, own.attributes, own.tables = narratives, attributes, tables


def _added_up(summary: Submission, own: Submission) -> Submission:
    """The summary with its totals over the new own figures; what only a batch can compute stays as it was."""
    totals = add_up(Parts(own.view, own.values, weights_of(own, own.values), summary.lines))
    values = np.where([f.derived is not None for f in own.view.figures], summary.values, totals.values)
    whole = replace(own, values=values, own=own.values, weights=totals.weights, reported=totals.reported)
    Batch([whole]).derive()
    return whole


def _digest(submission: Submission, dept: str) -> str:
    """What a department has in a summary, as a short hash: own figures, narratives, notes, table rows."""
    view, found = submission.view, []
    found += [repr(submission.own_value(f.ref)) for f in view.figures if f.indicator.dept == dept and f.derived is None]
    found += [submission.narratives.get(n.id, "") for n in view.answers if n.dept == dept]
    found += [str(submission.attributes.get(f"{i.code}.note", "")) for i in view.indicators if i.dept == dept]
    found += [_row_text(row) for table in view.tables if table.dept == dept for row in own_rows(submission, table)]
    return hashlib.sha256("\x1f".join(found).encode()).hexdigest()[:16]


def _row_text(row: TableRow) -> str:
    return repr(sorted(row.values.items()))


def _same(left: float, right: float) -> bool:
    return left == right or (left != left and right != right)


def _proof(summary: Submission) -> str:
    """The digest its lines had at consolidation; "" in a summary of an earlier version."""
    return str(summary.meta.get(LINES_DIGEST, ""))


def _cover(summary: Submission) -> Mapping[str, float | str | None]:
    unit = Unit(summary.unit, summary.unit_name, summary.view.level, summary.parent)
    return cover_of(unit, summary.view.form, summary.meta)  # type: ignore[return-value]
