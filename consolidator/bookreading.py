"""All that stands in the cells of a workbook, as a Submission; and what they say otherwise than they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from consolidator import booknames
from consolidator import layout as at
from consolidator.cellreading import Cells, are_plain, as_seen
from consolidator.element import ATTRIBUTES, QUALIFIERS
from consolidator.expression import META_KINDS, is_same
from consolidator.facts import Batch
from consolidator.form import LevelForm
from consolidator.formula import MORE, TABLE
from consolidator.grid import Grid
from consolidator.layout import address
from consolidator.merging import Parts, add_up, weights_of
from consolidator.migration import Migration
from consolidator.paper import ANSWER_LINE, MAX_ROW_HEIGHT, height_of
from consolidator.sealing import is_sealed, is_whole, lines_are_whole
from consolidator.submission import ELAPSED, Source, Submission, TableRow, elapsed, empty_values
from consolidator.summaryreading import lines_of, table_rows_below
from consolidator.wording import DRAFT, FINAL, LABELS, number_words


class BookReader(Cells):
    """Reads a workbook in the view of its form and level; what is odd is told in `findings`."""

    def __init__(
        self,
        grid: Grid,
        view: LevelForm,
        source: Source,
        migration: Migration | None = None,
        refused: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(grid, view, migration, refused)
        self.source = source
        self.typed = self._figures("")

    def submission(self) -> Submission:
        """What the unit sent, but for what computes itself."""
        typed = self.typed
        meta = self._meta()
        is_summary = self.grid.named("meta.document") in (booknames.SUMMARY, booknames.PART)
        unit, unit_name = as_seen(self.grid.named("meta.unit")), as_seen(self.grid.named("meta.unit_name"))
        own = self._figures("own.") if is_summary else typed
        values = typed.copy()
        values[self.view.live] = np.nan
        submission = Submission(
            self.view,
            unit,
            unit_name,
            as_seen(self.grid.named("meta.parent")),
            as_seen(self.grid.named("meta.period")),
            values,
            own,
            texts=self.texts,
            attributes=self._attributes(),
            narratives=self._narratives(),
            tables=self._tables(unit, unit_name),
            previous=self._previous(),
            meta=meta,
            cells=self.cells,
            drawn=self.drawn,
            is_summary=is_summary,
            source=self.source,
        )
        submission.weights = weights_of(submission, own)
        if is_summary:
            self._add_up(submission)
        return submission

    def compare(self, submission: Submission) -> None:
        """Says what cells say otherwise than they should, once the submission's derived figures are computed."""
        self._compare(submission, self.typed)
        self._compare_digests(submission)
        self.findings += self.old_texts.findings()

    def _figures(self, prefix: str) -> np.ndarray:
        """Numbers of all figures (of the own row, with prefix "own."), NaN where there is none."""
        values, has_errors = empty_values(self.view).tolist(), bool(self.grid.errors)
        places = [self.grid.names.get(prefix + ref) for ref in self.view.by_ref]
        cells = zip(self.view.by_ref.items(), places, self.grid.many(places), strict=True)
        is_plain = are_plain(self.view)
        for position, ((ref, figure), place, value) in enumerate(cells):
            if place is not None:
                if value.__class__ is float and is_plain[position]:  # most cells of most reports, or else blank
                    values[position] = value
                elif value is not None or has_errors:
                    values[position] = self.number(figure, place)
            elif self.lacks(prefix + ref) and (not prefix or figure.derived is None):
                self.say("cell-missing", ref, label=self.view.label_of(figure))
        return np.array(values, dtype=float)

    def _meta(self) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for key in (*booknames.cover_keys(self.view.form), *booknames.META_KEYS):
            value = self.loose(key, LABELS.get(key, key))
            if META_KINDS.get(key) == "number" and key != ELAPSED:
                day = self.day(key, value)
                if day is not None:
                    found[key] = day
                elif value is None and key in booknames.NEEDED_DATES and self.is_asked(key):
                    self.say("cover-blank", key, label=f"“{LABELS[key]}”")
            elif value is not None and not isinstance(value, bool):
                found[key] = value if isinstance(value, str) else float(value)
        found.pop(ELAPSED, None)
        share = elapsed(found)
        if isinstance(share, float):
            found[ELAPSED] = share
        if found.get("meta.version") not in (DRAFT, FINAL):
            if "meta.version" in found:
                self.choice("meta.version", str(found["meta.version"]), LABELS["meta.version"])
            found["meta.version"] = DRAFT
        return found

    def _attributes(self) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for indicator in self.view.indicators:
            for key in ATTRIBUTES:
                name = f"{indicator.code}.{key}"
                value = self.loose(name, f"{LABELS[key]}: {indicator.label}")
                if value is None:
                    continue
                if key == "as_of":
                    day = self.day(name, value)
                    if day is not None:
                        found[name] = day
                    continue
                text = number_words(value) if isinstance(value, float) else str(value).strip()
                if key == "qualifier" and text not in QUALIFIERS:
                    self.choice(name, text, f"{LABELS[key]}: {indicator.label}")
                found[name] = text
        return found

    def _narratives(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for narrative in self.view.answers:
            names = (narrative.ref, narrative.ref + MORE)
            if any(map(self.lacks, names)):
                self.say("cell-missing", narrative.ref, label=narrative.heading)
            parts = [self.loose(name, narrative.heading) for name in names]
            texts = [number_words(p) if isinstance(p, float) else str(p) for p in parts if p is not None]
            text = "\n".join(texts)
            if text:
                found[narrative.id] = text
            if any(height_of(text, ANSWER_LINE) >= MAX_ROW_HEIGHT for text in texts):
                self.say("narrative-long", narrative.ref, label=narrative.heading, length=str(len(text)))
        return found

    def _tables(self, unit: str, unit_name: str) -> dict[str, list[TableRow]]:
        """Filled rows of each table: the unit's own, then in a summary those of the units below."""
        found: dict[str, list[TableRow]] = {}
        for table in self.view.tables:
            columns = [column.id for column in table.columns]
            run = self.grid.ranges.get(TABLE + table.id)
            if run is None:
                if self.lacks(TABLE + table.id):
                    self.say("cell-missing", "", label=table.title)
                continue
            filled: list[TableRow] = []
            for row, values in self.table_rows(table, run):
                self.cells[f"{TABLE}{table.id}#{len(filled)}"] = (run.sheet, address(row, run.col))
                filled.append(TableRow(unit, unit_name, values))
            filled += table_rows_below(self.grid, table.id, columns)
            if filled:
                found[table.id] = filled
        return found

    def _previous(self) -> dict[str, float]:
        values = self.grid.many(map(self.grid.names.get, at.previous_names(self.view)))
        found = zip(self.view.by_ref, values, strict=True)
        return {ref: float(value) for ref, value in found if isinstance(value, float)}

    def _add_up(self, summary: Submission) -> None:
        """A summary's totals are added again from the rows it carries; its cached totals are not believed."""
        lines, missing = lines_of(self.grid, self.view, self.number)
        for sheet in missing:
            self.say("summary-part-unreadable", "", sheet=sheet)
        totals = add_up(Parts(self.view, summary.own, weights_of(summary, summary.own), lines))
        live = set(self.view.live)
        for figure in self.view.derived:
            position = self.view.position[figure.ref]
            if position not in live:  # nothing in the workbook can compute it
                totals.values[position] = summary.values[position]
        summary.values, summary.weights = totals.values, totals.weights
        summary.reported, summary.lines = totals.reported, lines

    def _compare(self, submission: Submission, typed: np.ndarray) -> None:
        """Says where a cell that computes itself holds another number than it should, texts taken or not.

        What a text does to cells that Excel computes from it is told with the text.
        """
        in_excel = self._as_excel_adds(submission, typed)
        for position in np.flatnonzero(~np.isnan(typed) & (typed != submission.values)):
            figure = self.view.figures[position]
            stands, computed = float(typed[position]), float(submission.values[position])
            if not (is_same(stands, computed) or is_same(stands, float(in_excel[position]))):
                code = "derived-differs" if figure.derived is not None else "total-differs"
                facts = {"typed": number_words(stands), "computed": number_words(computed)}
                self.say(code, figure.ref, label=self.view.label_of(figure), **facts)

    def _as_excel_adds(self, submission: Submission, typed: np.ndarray) -> np.ndarray:
        """Figures of a unit's report as Excel computes them: a text counts for nothing there, though it was taken here.

        A summary's are those that were computed anyhow.
        """
        if not self.taken or submission.is_summary:
            return submission.values
        values = typed.copy()
        values[[*self.view.live, *(self.view.position[ref] for ref in self.taken)]] = np.nan
        without = replace(submission, values=values)
        Batch([without]).derive()
        return without.values

    def _compare_digests(self, submission: Submission) -> None:
        """Says where a digest no longer fits. One made over other names cannot be compared: that is said of a seal."""
        when = str(submission.meta.get(booknames.SEALED_ON, ""))
        if submission.meta.get("meta.fingerprint") != self.view.fingerprint:
            if is_sealed(submission):
                self.say("seal-not-compared", booknames.SEAL, when=when)
            return
        if is_sealed(submission) and not is_whole(submission):
            self.say("seal-broken", booknames.SEAL, when=when)
        if submission.is_summary and not lines_are_whole(submission):
            self.say("lines-altered", booknames.SOURCES_START)
