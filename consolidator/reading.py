"""Reads a workbook into a Submission, finding every figure by its name; what is odd becomes a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consolidator import booknames
from consolidator.anchoring import anchored, anchored_meta
from consolidator.bookreading import BookReader
from consolidator.element import Level
from consolidator.facts import Batch
from consolidator.finding import Finding
from consolidator.form import Form, LevelForm
from consolidator.grid import Grid, Unreadable
from consolidator.migrating import migrated, version_of, with_new_words
from consolidator.migration import Migration
from consolidator.roster import is_list
from consolidator.rulebook import form_ids, load
from consolidator.straying import strays, strays_of_older
from consolidator.submission import NO_SOURCE, Source, Submission


def read_submission(grid: Grid, source: Source = NO_SOURCE) -> tuple[Submission, list[Finding]]:
    """The submission in a grid. Raises Unreadable if the grid is no workbook of a form we know.

    One of an older version is read through the migration that its form declares.
    """
    return finish([begin(grid, source)])[0]


def begin(grid: Grid, source: Source = NO_SOURCE) -> Reading:
    """The first half of `read_submission`: all that stands in the cells."""
    known = anchored_meta(grid)
    form, level = _declared(known)
    if version_of(known) != form.version:
        moved, migration, findings = migrated(known, form, level)
        reading = begin_as(moved, form.at(level), source, migration)
        reading.first[:0], reading.last[len(reading.last) :] = findings, strays_of_older(known, form.at(level))
        return reading
    if known.named("meta.fingerprint") != form.at(level).fingerprint:
        raise Unreadable("structure-changed")
    return begin_as(grid, form.at(level), source)


def read_as(
    grid: Grid, view: LevelForm, source: Source, migration: Migration | None = None
) -> tuple[Submission, list[Finding]]:
    """What stands in a grid under the names of a view, whatever version it declares.

    With a migration the grid has been through it already: what the older template did not ask is no fault of its unit.
    """
    return finish([begin_as(grid, view, source, migration)])[0]


def begin_as(grid: Grid, view: LevelForm, source: Source, migration: Migration | None = None) -> Reading:
    """The first half of `read_as`."""
    if migration:
        reader = BookReader(grid, view, source, migration)
        return Reading(reader, reader.submission(), [], _beneath(grid, view))
    anchoring = anchored(grid, view)
    reader = BookReader(anchoring.grid, view, source, refused=anchoring.refused)
    submission = reader.submission()
    outside = strays(anchoring.whole, view, submission.is_summary)
    return Reading(reader, submission, anchoring.findings, [*_beneath(anchoring.grid, view), *outside])


def finish(readings: Sequence[Reading]) -> list[tuple[Submission, list[Finding]]]:
    """The second half, for many workbooks at once: what computes itself is computed, and compared with the cells."""
    by_view: dict[LevelForm, list[Submission]] = {}
    for reading in readings:
        by_view.setdefault(reading.submission.view, []).append(reading.submission)
    for submissions in by_view.values():
        Batch(submissions).derive()
    return [reading.finished() for reading in readings]


def _beneath(grid: Grid, view: LevelForm) -> list[Finding]:
    """What is told of a file alone; an open workbook has none, and the button in Excel waits for no module of it."""
    if grid.file is None:
        return []
    from consolidator.beneath import told_beneath

    return told_beneath(grid, grid.file, view)


def _declared(grid: Grid) -> tuple[Form, Level]:
    """The form and level a workbook declares."""
    form_id, level = grid.named("meta.form"), grid.named("meta.level")
    if not isinstance(form_id, str) or form_id not in form_ids():
        raise Unreadable(_what_else(grid))
    form = load(form_id)
    found = next((one for one in form.levels if one == level), None)
    if found is None and version_of(grid) != form.version:
        raise Unreadable("other-version", found=version_of(grid), wanted=form.version)
    if found is None:
        raise Unreadable("structure-changed")
    return form, found


def _what_else(grid: Grid) -> str:
    """What a workbook is that belongs to no form: our own report or decisions, a list of units, nothing of ours."""
    if grid.named("meta.document") in (booknames.REPORT, booknames.DECISIONS):
        return "ignored-output"
    return "ignored-list" if is_list(grid) else "not-ours"


@dataclass(frozen=True)
class Reading:
    """A workbook of which all is read that stands in its cells, but nothing that computes itself.

    `first` and `last` are findings to be told before and after those of the cells.
    """

    reader: BookReader
    submission: Submission
    first: list[Finding]
    last: list[Finding]

    @property
    def told(self) -> list[Finding]:
        """All there is to tell so far."""
        return [*self.first, *self.reader.findings, *self.last]

    def finished(self) -> tuple[Submission, list[Finding]]:
        """The submission, whose derived figures are computed by now, and all there is to tell."""
        self.reader.compare(self.submission)
        migration = self.reader.migration
        done = with_new_words(self.submission, migration) if migration else self.submission
        return done, self.told
