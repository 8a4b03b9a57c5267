"""Reads a workbook into a Submission, finding every figure by its name; what is odd becomes a finding."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import numpy as np

from consolidator import layout as at
from consolidator.element import ATTRIBUTES, QUALIFIERS, Figure, Table
from consolidator.expression import META_KINDS, TOLERANCE, is_live
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formula import MORE, PREVIOUS, TABLE
from consolidator.grid import MAX_FILE, CellValue, Day, Grid, Range, Unreadable, read_grid
from consolidator.layout import PART, SUMMARY
from consolidator.merging import Parts, add_up, weights_of
from consolidator.outcome import FileOutcome, Status
from consolidator.paper import ANSWER_LINE, MAX_ROW_HEIGHT, height_of
from consolidator.roster import is_list
from consolidator.rulebook import form_ids, load
from consolidator.sealing import is_sealed, is_whole
from consolidator.submission import ELAPSED, NO_SOURCE, Batch, Source, Submission, TableRow, elapsed, empty_values
from consolidator.summaryreading import lines_of, table_rows_below
from consolidator.verdict import day_of
from consolidator.wording import DRAFT, FINAL, LABELS, day_words, number_words, refusal_words, tell

_OWN_DATE_RANGE = (20_000, 80_000)
"""Serial numbers taken for days: 1954 to 2119."""


def read_file(path: Path, shown: str) -> FileOutcome:
    """What a file says. A file that is broken or not ours is rejected with a finding; nothing is raised for it."""
    try:
        content = snapshot(path)
        grid = read_grid(content)
        source = Source(shown, hashlib.sha256(content).hexdigest())
        submission, findings = read_submission(grid, source)
    except Unreadable as error:
        finding = tell(error.code, Place(file=shown), **error.facts)
        status: Status = "ignored" if error.code.startswith("ignored-") else "rejected"
        return FileOutcome(shown, str(path), status, findings=[finding])
    findings = [finding.at(shown, submission.unit) for finding in findings]
    form = submission.view.form.id
    return FileOutcome(shown, str(path), "accepted", submission.unit, form, findings, submission)


def snapshot(path: Path) -> bytes:
    """The bytes of a regular file, read once. Raises Unreadable."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("file-kind", kind="không phải tệp thường")
            if status.st_size > MAX_FILE:
                raise Unreadable("file-unreadable", reason="tệp quá lớn")
            return stream.read()
    except OSError as error:
        raise Unreadable("file-unreadable", reason=refusal_words(error)) from error


def read_submission(grid: Grid, source: Source = NO_SOURCE) -> tuple[Submission, list[Finding]]:
    """The submission in a grid. Raises Unreadable if the grid is no workbook of a form we know."""
    view = _view_of(grid)
    reader = _Reader(grid, view, source)
    submission = reader.submission()
    return submission, reader.findings


def _view_of(grid: Grid) -> LevelForm:
    """The form and level a workbook declares, its version and structure checked."""
    form_id, level = grid.named("meta.form"), grid.named("meta.level")
    if not isinstance(form_id, str) or form_id not in form_ids():
        raise Unreadable(_what_else(grid))
    form = load(form_id)
    version = str(grid.named("meta.form_version"))
    if version != form.version:
        raise Unreadable("other-version", found=version, wanted=form.version)
    if level not in form.levels:
        raise Unreadable("structure-changed")
    view = form.at(str(level))
    if grid.named("meta.fingerprint") != view.fingerprint:
        raise Unreadable("structure-changed")
    return view


def _what_else(grid: Grid) -> str:
    """What a workbook is that belongs to no form: our own report, a list of units, or nothing of ours."""
    if grid.named("meta.document") == at.REPORT:
        return "ignored-output"
    return "ignored-list" if is_list(grid) else "not-ours"


class _Reader:
    def __init__(self, grid: Grid, view: LevelForm, source: Source) -> None:
        self.grid, self.view, self.source = grid, view, source
        self.findings: list[Finding] = []
        self.texts: dict[str, str] = {}
        self.cells = {name: (sheet, _address(row, col)) for name, (sheet, row, col) in grid.names.items()}

    def submission(self) -> Submission:
        typed = self._figures("")
        meta = self._meta()
        is_summary = self.grid.named("meta.document") in (SUMMARY, PART)
        unit, unit_name = _shown(self.grid.named("meta.unit")), _shown(self.grid.named("meta.unit_name"))
        own = self._figures("own.") if is_summary else typed
        values = typed.copy()
        for figure in self.view.derived:
            if figure.derived is not None and is_live(figure.derived):
                values[self.view.position[figure.ref]] = np.nan
        submission = Submission(
            self.view,
            unit,
            unit_name,
            _shown(self.grid.named("meta.parent")),
            _shown(self.grid.named("meta.period")),
            values,
            own,
            texts=self.texts,
            attributes=self._attributes(),
            narratives=self._narratives(),
            tables=self._tables(unit, unit_name),
            previous=self._previous(),
            meta=meta,
            cells=self.cells,
            is_summary=is_summary,
            source=self.source,
        )
        submission.weights = weights_of(submission, own)
        if is_summary:
            self._add_up(submission)
        Batch([submission]).derive()
        self._compare(submission, typed)
        if is_sealed(submission) and not is_whole(submission):
            self._say("seal-broken", at.SEAL, when=str(meta.get(at.SEALED_ON, "")))
        return submission

    def _figures(self, prefix: str) -> np.ndarray:
        """Numbers of all figures (of the own row, with prefix "own."), NaN where there is none."""
        values = empty_values(self.view)
        for position, figure in enumerate(self.view.figures):
            name = prefix + figure.ref
            place = self.grid.names.get(name)
            if place is None:
                if not prefix or figure.derived is None:
                    self._say("cell-missing", figure.ref, label=self._label(figure))
                continue
            values[position] = self._number(figure, place)
        return values

    def _number(self, figure: Figure, place: tuple[str, int, int]) -> float:
        """The number in a figure's cell; what is no number (or, where one is wanted, no day) is said."""
        value, is_date = self.grid.at(*place), figure.indicator.type == "date"
        if isinstance(value, float) and (_is_day(value) if is_date else not isinstance(value, Day)):
            return float(value)
        shown, code = _shown(value), "figure-not-a-date" if is_date else "not-a-number"
        if place in self.grid.errors:
            shown, code = self.grid.errors[place], "error-value"
        if shown:
            if place == self.grid.names.get(figure.ref):
                self.texts[figure.ref] = shown
            self._say_at(code, place, figure.ref, label=self._label(figure), typed=shown[:80])
        return np.nan

    def _loose(self, name: str, label: str) -> CellValue:
        """The value of a named cell that holds no figure; an error in it is said, white space is a blank."""
        place, value = self.grid.names.get(name), self.grid.named(name)
        if place is not None and place in self.grid.errors:
            self._say("error-value", name, label=label, typed=self.grid.errors[place])
        return None if isinstance(value, str) and not value.strip() else value

    def _meta(self) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for key in (*at.cover_keys(self.view.form), *at.META_KEYS):
            value = self._loose(key, LABELS.get(key, key))
            if META_KINDS.get(key) == "number" and key != ELAPSED:
                day = self._day(key, value)
                if day is not None:
                    found[key] = day
                elif value is None and key in at.NEEDED_DATES:
                    self._say("cover-blank", key, label=f"“{LABELS[key]}”")
            elif value is not None and not isinstance(value, bool):
                found[key] = value if isinstance(value, str) else float(value)
        found.pop(ELAPSED, None)
        share = elapsed(found)
        if isinstance(share, float):
            found[ELAPSED] = share
        if found.get("meta.version") not in (DRAFT, FINAL):
            if "meta.version" in found:
                self._choice("meta.version", str(found["meta.version"]), LABELS["meta.version"])
            found["meta.version"] = DRAFT
        return found

    def _day(self, name: str, value: CellValue) -> float | None:
        """A date's serial; a text or an impossible number is said and passed over."""
        if value is None:
            return None
        if isinstance(value, float) and _is_day(value):
            return float(int(value))
        self._say("not-a-date", name, label=LABELS.get(name) or LABELS["as_of"], typed=_shown(value)[:80])
        return None

    def _attributes(self) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for indicator in self.view.indicators:
            for key in ATTRIBUTES:
                name = f"{indicator.code}.{key}"
                value = self._loose(name, f"{LABELS[key]}: {indicator.label}")
                if value is None:
                    continue
                if key == "as_of":
                    day = self._day(name, value)
                    if day is not None:
                        found[name] = day
                    continue
                text = number_words(value) if isinstance(value, float) else str(value).strip()
                if key == "qualifier" and text not in QUALIFIERS:
                    self._choice(name, text, f"{LABELS[key]}: {indicator.label}")
                found[name] = text
        return found

    def _choice(self, name: str, typed: str, label: str) -> None:
        self._say("unknown-choice", name, label=label, typed=typed[:80])

    def _narratives(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for narrative in self.view.answers:
            names = (narrative.ref, narrative.ref + MORE)
            if not all(name in self.grid.names for name in names):
                self._say("cell-missing", narrative.ref, label=narrative.heading)
            parts = [self._loose(name, narrative.heading) for name in names]
            texts = [number_words(p) if isinstance(p, float) else str(p) for p in parts if p is not None]
            text = "\n".join(texts)
            if text:
                found[narrative.id] = text
            if any(height_of(text, ANSWER_LINE) >= MAX_ROW_HEIGHT for text in texts):
                self._say("narrative-long", narrative.ref, label=narrative.heading, length=str(len(text)))
        return found

    def _tables(self, unit: str, unit_name: str) -> dict[str, list[TableRow]]:
        """Filled rows of each table: the unit's own, then in a summary those of the units below."""
        found: dict[str, list[TableRow]] = {}
        for table in self.view.tables:
            columns = [column.id for column in table.columns]
            run = self.grid.ranges.get(TABLE + table.id)
            if run is None:
                self._say("cell-missing", "", label=table.title)
                continue
            filled: list[TableRow] = []
            for row in range(run.row, run.last_row + 1):
                values = self._table_row(table, run, row)
                if values:
                    self.cells[f"{TABLE}{table.id}#{len(filled)}"] = (run.sheet, _address(row, run.col))
                    filled.append(TableRow(unit, unit_name, values))
            filled += table_rows_below(self.grid, table.id, columns)
            if filled:
                found[table.id] = filled
        return found

    def _table_row(self, table: Table, run: Range, row: int) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for column in table.columns:
            place = self.grid.ranges.get(f"{TABLE}{table.id}.{column.id}")
            if place is None or column.derived:
                continue
            at_cell = (run.sheet, row, place.col)
            value = self.grid.at(*at_cell)
            label = f"{table.title}, {column.label}"
            if isinstance(value, float) and not column.is_text:
                found[column.id] = float(value)
            elif shown := _shown(value):
                if not column.is_text:
                    code = "not-a-date" if column.type == "date" else "not-a-number"
                    self._say_at(code, at_cell, f"{TABLE}{table.id}", label=label, typed=shown[:80])
                elif column.choices and shown not in column.choices:
                    self._say_at("unknown-choice", at_cell, f"{TABLE}{table.id}", label=label, typed=shown[:80])
                found[column.id] = shown
        return found

    def _previous(self) -> dict[str, float]:
        found = {ref: self.grid.named(PREVIOUS + ref) for ref in self.view.by_ref}
        return {ref: float(value) for ref, value in found.items() if isinstance(value, float)}

    def _add_up(self, summary: Submission) -> None:
        """A summary's totals are added again from the rows it carries; its cached totals are not believed."""
        lines, missing = lines_of(self.grid, self.view, self._number)
        for sheet in missing:
            self._say("summary-part-unreadable", "", sheet=sheet)
        totals = add_up(Parts(self.view, summary.own, weights_of(summary, summary.own), lines))
        for figure in self.view.derived:
            if figure.derived is not None and not is_live(figure.derived):  # nothing in the workbook can compute it
                totals.values[self.view.position[figure.ref]] = summary.values[self.view.position[figure.ref]]
        summary.values, summary.weights = totals.values, totals.weights
        summary.reported, summary.lines = totals.reported, lines

    def _compare(self, submission: Submission, typed: np.ndarray) -> None:
        """Says where a cell that computes itself holds another number than it should."""
        for position, figure in enumerate(self.view.figures):
            stands, computed = typed[position], submission.values[position]
            if not np.isnan(stands) and not abs(stands - computed) <= max(TOLERANCE, abs(stands) * 1e-12):
                code = "derived-differs" if figure.derived is not None else "total-differs"
                facts = {"typed": number_words(stands), "computed": number_words(computed)}
                self._say(code, figure.ref, label=self._label(figure), **facts)

    def _say(self, code: str, name: str, **facts: str) -> None:
        sheet, cell = self.cells.get(name, ("", ""))
        self.findings.append(tell(code, Place(sheet=sheet, cell=cell, ref=name), **facts))

    def _say_at(self, code: str, place: tuple[str, int, int], ref: str, **facts: str) -> None:
        sheet, row, col = place
        self.findings.append(tell(code, Place(sheet=sheet, cell=_address(row, col), ref=ref), **facts))

    def _label(self, figure: Figure) -> str:
        if figure.measure == "actual":
            return figure.indicator.label
        return f"{figure.indicator.label} – {self.view.form.catalogue.measures[figure.measure].label}"


def _address(row: int, col: int) -> str:
    return at.column_letters(col) + str(row + 1)


def _is_day(value: float) -> bool:
    low, high = _OWN_DATE_RANGE
    return low < value < high


def _shown(value: CellValue) -> str:
    """A cell's value as its user sees it, whole numbers (codes among them) without ".0"; "" for a blank."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case Day() if 1 <= value < 100_000:
            return day_words(day_of(value))
        case Day():
            hours, minutes = divmod(round(value * 24 * 60), 60)
            return f"{hours}:{minutes:02d}"
        case float():
            return f"{value:.15g}"
    return value.strip()
