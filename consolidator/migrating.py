"""Reads a workbook of an older template through the declared migration: its cells get the names of today's form."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from consolidator.explaining import EXPLANATIONS
from consolidator.expression import NARRATIVE
from consolidator.finding import Finding, Place
from consolidator.form import Form, LevelForm
from consolidator.formula import PREVIOUS, TABLE
from consolidator.grid import CellValue, Day, Grid, Range, Unreadable
from consolidator.layout import Appendix, NarrativeSheet, address, layout_of
from consolidator.migration import BELOW, OWN, WEIGHT, Migration
from consolidator.submission import Line, Submission, TableRow
from consolidator.verdict import day_of
from consolidator.wording import LABELS, day_words, number_words, tell

VERSION = "meta.form_version"
_NOT_TOLD = ("meta.", "units.", "lines.", BELOW, OWN, WEIGHT, PREVIOUS)
"""Names that hold nothing a unit entered beyond what its plain names say."""
T = TypeVar("T")


def migrated(grid: Grid, form: Form, level: str) -> tuple[Grid, Migration, list[Finding]]:
    """The grid under the names of today, the migration it went through, and what is to be told of it.

    Raises Unreadable where the form declares no migration from the workbook's version.
    """
    version = version_of(grid)
    migration = form.migration_from(version)
    if migration is None:
        raise Unreadable("other-version", found=version, wanted=form.version)
    view, moved = form.at(level), with_new_names(grid, migration)
    findings = [tell("migrated", _place(grid, VERSION), found=version, wanted=form.version)]
    asked = [one.ref for one in view.figures if one.derived is None] + [one.ref for one in view.answers]
    asked = [name for name in asked if name not in moved.names]
    asked += [TABLE + table.id for table in view.tables if TABLE + table.id not in moved.ranges]
    new = sum(map(migration.adds, asked))
    if new:
        findings.append(tell("migrated-added", _place(grid, VERSION), count=str(new), found=version))
    findings += _left_behind(grid, moved, view, migration)
    return moved, migration, findings


def version_of(grid: Grid) -> str:
    """The version of the form that a workbook declares, as it is written in rules."""
    found = grid.named(VERSION)
    return f"{found:.15g}" if isinstance(found, float) else str(found)


def with_new_names(grid: Grid, migration: Migration) -> Grid:
    """The grid under the names of today; what is dropped has none. Cells stay where they are."""
    return replace(grid, names=_moved(grid.names, migration), ranges=_moved(grid.ranges, migration))


def with_new_words(submission: Submission, migration: Migration) -> Submission:
    """A submission whose texts that name a row or narrative do it in the words of today.

    These are what a summary says of its units, and the cells that explanations are about.
    """
    rows = [_renamed_row(row, migration) for row in submission.tables.get(EXPLANATIONS, ())]
    tables = {**submission.tables, EXPLANATIONS: rows} if rows else submission.tables
    lines = [_renamed_line(line, migration) for line in submission.lines]
    return replace(submission, lines=lines, tables=tables)


def shown(value: CellValue) -> str:
    """A cell's value in full, as its user would say it; "" for a blank."""
    if isinstance(value, Day):
        return day_words(day_of(value)) if 1 <= value < 100_000 else number_words(value, 6)
    if isinstance(value, bool):
        return str(value).upper()
    return number_words(value, 6) if isinstance(value, float) else (value or "").strip()


def label_for(name: str, form: Form, grid: Grid) -> str:
    """What people call the cell of an older name: as the form knows it, else as its own row says it."""
    bare = name.removeprefix(OWN)
    head, _, tail = bare.partition(".")
    if head == NARRATIVE:
        known = next((one.heading for one in form.narratives if one.id == tail.partition(".")[0]), "")
        column = NarrativeSheet.PROMPT_COL
    elif bare.startswith(TABLE):
        return next((table.title for table in form.tables if table.id == tail.partition(".")[0]), bare)
    else:
        known = form.indicators[head].label if head in form.indicators else LABELS.get(name, "")
        column = Appendix.LABEL_COL
        if known and tail != "actual" and head in form.indicators:
            known += f" – {form.catalogue.measures[tail].label if tail in form.catalogue.measures else LABELS[tail]}"
    if known or bare not in grid.names:
        return known or bare
    sheet, row, _ = grid.names[bare]
    beside = grid.at(sheet, row, column)
    return f"{beside.strip()} ({bare})" if isinstance(beside, str) and beside.strip() else bare


def rows_left_behind(
    grid: Grid, moved: Grid, view: LevelForm, migration: Migration
) -> Iterator[tuple[str, tuple[str, int, int], str, bool]]:
    """(old name, place, words, whether the row is the unit's own) of table rows with cells that lead nowhere today."""
    homes = {f"{TABLE}{table.id}.{column.id}" for table in view.tables for column in table.columns}
    for name, run in grid.ranges.items():
        if not name.startswith(TABLE) or name.count(".") > 1:
            continue
        columns = {one: place for one, place in grid.ranges.items() if one.startswith(f"{name}.")}
        gone = {one: place.col for one, place in columns.items() if not _arrives(one, place, moved, homes, migration)}
        told = name if len(gone) == len(columns) else next(iter(gone), "")
        for row in (*range(run.row, run.last_row + 1), *_rows_below(grid, name.removeprefix(TABLE))):
            words = "; ".join(filter(None, (shown(grid.at(run.sheet, row, col)) for col in sorted(gone.values()))))
            if words:
                yield told, (run.sheet, row, min(gone.values())), words, row <= run.last_row


def _arrives(name: str, place: Range, moved: Grid, homes: Collection[str], migration: Migration) -> bool:
    new = migration.new_name(name)
    return new in homes and moved.ranges.get(str(new)) == place


def _rows_below(grid: Grid, table: str) -> Iterator[int]:
    """Rows of a table's sheet that hold rows of the units below: until the first without a unit's code."""
    if BELOW + table in grid.names:
        sheet, row, col = grid.names[BELOW + table]
        while shown(grid.at(sheet, row, col)):
            yield row
            row += 1


def _moved(names: Mapping[str, T], migration: Migration) -> dict[str, T]:
    """Places by new name; where several lead to one, what is most exactly renamed onto it counts."""
    found: dict[str, T] = {}
    for name in sorted(names, key=migration.exactness):
        new = migration.new_name(name)
        if new is not None:
            found[new] = names[name]
    return found


def _left_behind(grid: Grid, moved: Grid, view: LevelForm, migration: Migration) -> Iterator[Finding]:
    """What the workbook holds under names that lead nowhere today; each told with its value."""
    known = layout_of(view).names
    for name, place in grid.names.items():
        if name.startswith(_NOT_TOLD) or "." not in name:  # a name without a dot is none of ours
            continue
        new, text = migration.new_name(name), shown(grid.at(*place))
        if text and not (new in known and moved.names.get(new) == place):
            yield _dropped(name, text, place, view.form, grid, migration)
    for name, place, text, _ in rows_left_behind(grid, moved, view, migration):
        yield _dropped(name, text, place, view.form, grid, migration)


def _dropped(
    name: str, text: str, place: tuple[str, int, int], form: Form, grid: Grid, migration: Migration
) -> Finding:
    words = migration.words_for(name) or "Nội dung này không còn chỗ trong biểu mẫu mới."
    sheet, row, col = place
    at_cell = Place(sheet=sheet, cell=address(row, col), ref=name)
    return tell("migrated-dropped", at_cell, label=label_for(name, form, grid), typed=text, words=words)


def _place(grid: Grid, name: str) -> Place:
    sheet, row, col = grid.names[name]
    return Place(sheet=sheet, cell=address(row, col), ref=name)


def _renamed_row(row: TableRow, migration: Migration) -> TableRow:
    new = migration.new_name(str(row.values.get("ref", "")))
    return replace(row, values={**row.values, "ref": new}) if new else row


def _renamed_line(line: Line, migration: Migration) -> Line:
    """A child's narratives and remarks under the ids and codes of today; what is dropped goes with its row."""
    narratives = {migration.new_name(f"{NARRATIVE}.{id_}"): text for id_, text in line.narratives.items()}
    attributes = {migration.new_name(name): value for name, value in line.attributes.items()}
    return replace(
        line,
        narratives={name.partition(".")[2]: text for name, text in narratives.items() if name},
        attributes={name: value for name, value in attributes.items() if name},
    )
