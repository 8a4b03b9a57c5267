"""What the parent itself contributes: its own file, and what it typed into the summary of an earlier run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from consolidator import layout as at
from consolidator.booknames import COVER_GIVEN, META_KEYS, SEALED_ON, cover_inputs
from consolidator.checking import SHOWN_TEXT
from consolidator.content import blank_submission
from consolidator.element import Table
from consolidator.expression import META_KINDS, NARRATIVE
from consolidator.finding import NOWHERE, Finding, Place
from consolidator.form import Form, LevelForm
from consolidator.formula import MORE, TABLE
from consolidator.grid import Grid, Unreadable, read_grid
from consolidator.isolation import read_all
from consolidator.lastsummary import summary_as_written
from consolidator.migrating import label_for, rows_left_behind, shown, version_of, with_new_names
from consolidator.migration import OWN, Migration
from consolidator.opening import snapshot
from consolidator.outcome import FileOutcome
from consolidator.reading import read_as
from consolidator.readings import Readings
from consolidator.saving import save
from consolidator.straying import strays_of_older
from consolidator.submission import Source, Submission, TableRow, own_rows
from consolidator.tabling import fixed_rows, has_key, row_words
from consolidator.textfigures import NOT_TAKEN, TAKEN
from consolidator.unit import Unit
from consolidator.verdict import day_of
from consolidator.visible import visible
from consolidator.wording import LABELS, day_words, message_of, number_words, tell

_LOST = NOT_TAKEN | {"error-value", "formula-uncalculated", "stray", "stray-sheet", "table-torn"}
"""What a parent typed into its summary that is no figure, or beside its cells: the next summary is without it."""
_ALTERED = frozenset({TAKEN, "text-converted", "formula-in-input", "formula-external", "formula-differs"})
"""What stands in the next summary as it was read, no longer as it was typed."""
_SOMETHING_ELSE = "Đó là tệp khác hoặc sổ của đơn vị khác."
_OF_ANOTHER_FORM = frozenset({"other-version", "structure-changed"})
"""Why the ordinary reader refuses a summary that was made before the form changed."""
_MAX_SHOWN = 30_000
"""Characters of a text that one finding holds: with its sentence it must fit a cell of the report."""


class NoSummary(Exception):
    """What lies in the place of a parent's summary is none of it, or cannot be read; the message says why."""


@dataclass(frozen=True)
class Before:
    """The summary of an earlier run and what was found in it.

    Attributes:
        kept: its bytes, where some of it is lost.
        sources: the hash of each unit's file, where what units sent is known by it; `submission` lacks it then.
    """

    path: Path
    submission: Submission
    findings: list[Finding]
    kept: bytes = field(default=b"", repr=False)
    sources: Mapping[str, str] | None = field(default=None, repr=False)


def own_part(
    parent: Unit, form: Form, files: Iterable[FileOutcome], before: Before | None
) -> tuple[Submission, list[Finding]]:
    """The parent's own submission; over its own file in the folder, what it typed in the summary has the last word."""
    own = blank_submission(form.at(parent.level), parent.code, parent.name)
    own.parent = parent.parent
    own.meta = {**own.meta, "meta.unit_name": parent.name, "meta.unit": parent.code}
    for file in files:
        if file.status == "accepted" and file.unit == parent.code and file.submission is not None:
            own = replace(file.submission, lines=())
    if before is None:
        return own, []
    own, findings = overlaid(own, before.submission)
    return own, findings + before.findings


def summary_before(path: Path, parent: Unit, form: Form, readings: Readings | None = None) -> Before | None:
    """The summary of an earlier run at a path; None if nothing is there. `readings` may know it from that run.

    One made before the form changed is read by the names of its cells. Raises NoSummary if what is there is
    something else or cannot be read: it must not be written over.
    """
    if not path.exists():
        return None
    known = summary_as_written(readings, path.read_bytes()) if readings is not None else None
    if known is not None and _is_same(known[0].view, form.at(parent.level)):
        own, sources = known
        _prove_whose(own, parent)
        return Before(path, own, [], sources=sources)
    (file,) = read_all([(path, path.name)])
    before, view = file.submission, form.at(parent.level)
    is_older = "migrated" in {finding.code for finding in file.findings}
    if before is not None and _is_same(before.view, view) and not is_older:
        _prove_whose(before, parent)
        told = [finding for finding in file.findings if finding.code in _LOST | _ALTERED]
        is_lost = any(finding.code in _LOST for finding in told)
        return Before(path, before, told, path.read_bytes() if is_lost else b"")
    if before is None and not _OF_ANOTHER_FORM & {finding.code for finding in file.findings}:
        raise NoSummary(message_of(file.findings[0]) if file.status == "rejected" else _SOMETHING_ELSE)
    return _of_another_form(path, parent, view)


def _is_same(one: LevelForm, other: LevelForm) -> bool:
    """Whether two views are of one version of a form, loaded once or twice."""
    return (one.form.id, one.form.version, one.fingerprint) == (other.form.id, other.form.version, other.fingerprint)


def keep_old(path: Path, before: Before) -> Path | None:
    """Puts a copy of the earlier summary beside it if some of what was typed there finds no home in the new one.

    The copy is named after its content, so a run that is begun again makes no second one.
    """
    if not before.kept:
        return None
    copy = path.with_name(f"{path.stem} (bản cũ {sha256(before.kept).hexdigest()[:8]}){path.suffix}")
    save(copy, before.kept, path)
    return copy


def overlaid(own: Submission, before: Submission) -> tuple[Submission, list[Finding]]:
    """What the parent typed into the summary stays; where its own file says otherwise both are told."""
    findings: list[Finding] = []

    def say(ref: str, label: str, kept: str, typed: str) -> None:
        findings.append(tell("own-conflict", Place(ref=ref), own.unit, label=label, kept=kept, typed=typed))

    values = own.values.copy()
    for position, figure in enumerate(own.view.figures):
        kept, given = before.own[position], values[position]
        if figure.derived is not None or np.isnan(kept):
            continue
        if not np.isnan(given) and given != kept:
            say(figure.ref, figure.indicator.label, number_words(kept), number_words(given))
        values[position] = kept
    for narrative in own.view.answers:
        text, other = before.narratives.get(narrative.id), own.narratives.get(narrative.id)
        if text and other and visible(text).split() != visible(other).split():
            say(narrative.ref, narrative.heading, f"{text[:SHOWN_TEXT]}…", f"{other[:SHOWN_TEXT]}…")
    tables = {**own.tables}
    for table in own.view.tables:
        if rows := own_rows(before, table):
            for row in _dropped_rows(own, table, rows):
                say(TABLE + table.id, table.title, f"{len(rows)} dòng", row_words(table, row)[:SHOWN_TEXT])
            tables[table.id] = rows
    notes = {name: text for name, text in before.attributes.items() if name.endswith(".note")}
    for name in sorted(notes.keys() & own.attributes.keys()):
        kept_note, other_note = str(notes[name]), str(own.attributes[name])
        if visible(kept_note).split() != visible(other_note).split():
            label = f"{LABELS['note']}: {own.view.form.indicators[name.partition('.')[0]].label}"
            say(name, label, kept_note[:SHOWN_TEXT], other_note[:SHOWN_TEXT])
    cover = {key: before.meta[key] for key in cover_inputs(own.view.form) if key in before.meta}
    for key in sorted(cover.keys() - {"meta.version"}):  # a summary is a draft or final by itself
        if key in own.meta and own.meta[key] != cover[key]:
            say(key, LABELS[key], _fact_words(key, cover[key]), _fact_words(key, own.meta[key]))
    return replace(
        own,
        values=values,
        narratives={**own.narratives, **before.narratives},
        tables=tables,
        previous={**before.previous, **own.previous},
        attributes={**own.attributes, **notes},
        meta={**own.meta, **cover},
    ), findings


def _prove_whose(before: Submission, parent: Unit) -> None:
    if not before.is_summary or before.unit != parent.code:
        raise NoSummary(_SOMETHING_ELSE)


def _of_another_form(path: Path, parent: Unit, view: LevelForm) -> Before:
    """A summary of the same regime, but of another version or structure: what was typed goes where its name leads."""
    form = view.form
    try:
        content = snapshot(path)
        grid = read_grid(content)
    except Unreadable as error:
        raise NoSummary(message_of(tell(error.code, NOWHERE, **error.facts))) from error
    if grid.named("meta.form") != form.id:
        raise NoSummary(_SOMETHING_ELSE)
    version = version_of(grid)
    migration = form.migration_from(version) or Migration(from_version=version)
    moved = with_new_names(grid, migration)
    before, findings = read_as(moved, view, Source(path.name, sha256(content).hexdigest()), migration)
    _prove_whose(before, parent)
    before, homeless = _fitted(before)
    homeless = [
        *_homeless_cells(grid, moved, view, migration),
        *_homeless_rows(grid, moved, view, migration),
        *homeless,
    ]
    lost = [finding for finding in findings if finding.code in _LOST] + homeless
    lost += [finding for finding in strays_of_older(grid, view) if finding.code in _LOST]
    altered = [finding for finding in findings if finding.code in _ALTERED]
    told = [tell("own-outdated", found=version, wanted=form.version), *lost, *altered]
    return Before(path, before, [finding.at(path.name, parent.code) for finding in told], content if lost else b"")


def _homeless_cells(grid: Grid, moved: Grid, view: LevelForm, migration: Migration) -> Iterator[Finding]:
    """Own figures, narratives, notes and cover facts whose cells lead nowhere in the form of today."""
    homes = {OWN + figure.ref for figure in view.figures if figure.derived is None}
    homes |= {name for one in view.answers for name in (one.ref, one.ref + MORE)}
    homes |= {f"{indicator.code}.note" for indicator in view.indicators} | {*cover_inputs(view.form)}
    for name, place in sorted(grid.names.items(), key=lambda one: one[1]):
        new, text = migration.new_name(name), shown(grid.at(*place))
        if text and _is_typed(name) and not (new in homes and moved.names.get(new) == place):
            yield from _homeless(name.removeprefix(OWN), label_for(name, view.form, grid), text, place)


def _homeless_rows(grid: Grid, moved: Grid, view: LevelForm, migration: Migration) -> Iterator[Finding]:
    """Rows of own tables, or cells in them, that lead nowhere; rows of the units below come from their files."""
    for name, place, text, is_own in rows_left_behind(grid, moved, view, migration):
        if is_own:
            yield from _homeless(name, label_for(name, view.form, grid), text, place)


def _fitted(before: Submission) -> tuple[Submission, list[Finding]]:
    """The parent's rows as today's tables hold them: with rows the form now writes itself, and no more than fit."""
    tables, findings = dict(before.tables), []
    written = fixed_rows(before.view, before.unit, before.unit_name)
    for table in before.view.tables:
        typed = own_rows(before, table)
        keys = {row.values.get(table.key) for row in typed}
        rows = [*(row for row in written.get(table.id, ()) if row.values.get(table.key) not in keys), *typed]
        for row in rows[table.rows :]:
            place = before.place(f"{TABLE}{table.id}#{typed.index(row)}")
            findings.append(_told(TABLE + table.id, table.title, row_words(table, row), place))
        below = [row for row in tables.get(table.id, ()) if row.unit != before.unit]
        tables[table.id] = [*rows[: table.rows], *below]
    return replace(before, tables=tables), findings


def _is_typed(name: str) -> bool:
    """Whether a parent may type into a cell of that name in its summary."""
    if name.startswith("meta."):
        return name not in (*META_KEYS, *COVER_GIVEN, SEALED_ON)
    return name.startswith((OWN, f"{NARRATIVE}.")) or name.endswith(".note")


def _homeless(name: str, label: str, text: str, place: tuple[str, int, int]) -> Iterator[Finding]:
    """What is told of one cell: all of it, in as many findings as that takes, since the next summary is without it."""
    sheet, row, col = place
    for start in range(0, len(text), _MAX_SHOWN):
        part = text[start : start + _MAX_SHOWN]
        yield _told(name, label, part, (sheet, at.Cell(sheet, row, col).a1))


def _told(name: str, label: str, text: str, place: tuple[str, str]) -> Finding:
    return tell("own-homeless", Place(sheet=place[0], cell=place[1], ref=name), label=label, typed=text)


def _dropped_rows(own: Submission, table: Table, kept: Iterable[TableRow]) -> Iterator[TableRow]:
    """Rows of the parent's own file that its summary, which has the last word, says nothing of or otherwise."""
    written = fixed_rows(own.view, own.unit, own.unit_name).get(table.id, [])
    known = [row_words(table, row) for row in (*kept, *written)]
    for row in own_rows(own, table):
        if has_key(table, row.values) and row_words(table, row) not in known:
            yield row


def _fact_words(key: str, fact: float | str) -> str:
    if isinstance(fact, float):
        return day_words(day_of(fact)) if META_KINDS.get(key) == "number" else number_words(fact)
    return fact
