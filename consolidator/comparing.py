"""What changed: in a summary since it was last made, and in a unit's file that took the place of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import numpy as np

from consolidator.booknames import CARRIED, cover_inputs
from consolidator.element import ATTRIBUTES, Table
from consolidator.expression import META_KINDS, NARRATIVE, is_same
from consolidator.form import LevelForm
from consolidator.formula import TABLE
from consolidator.paper import MAX_TEXT
from consolidator.submission import Line, Submission, TableRow, units_of
from consolidator.tabling import row_words
from consolidator.verdict import Numbers, day_of
from consolidator.visible import visible
from consolidator.wording import LABELS, day_words
from consolidator.workedout import worked_out

SHOWN = 60
"""Characters shown of a text that changed."""
ARRIVED_LABEL, WITHDRAWN_LABEL = "Đơn vị mới có báo cáo trong sổ", "Đơn vị không còn báo cáo trong sổ"
_RECORD = "own:"
"""How the record of own figures begins: that of a parent without any is no missing record."""
Value = float | str | None


class Why(StrEnum):
    """Why something is no longer as it was."""

    ARRIVED = "arrived"
    """The unit's report was not there at the last run."""
    WITHDRAWN = "withdrawn"
    """The unit's report was there at the last run and is no more."""
    REPLACED = "replaced"
    """A later file of the unit says otherwise than an earlier one, both in the folder."""
    CORRECTED = "corrected"
    """The unit's report says otherwise than at the last run."""
    OWN = "own"
    """The parent itself changed it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is no longer as it was; days are in words. `ref` is "" for a unit that came or went."""

    unit: str
    unit_name: str
    ref: str
    label: str
    old: Value
    new: Value
    why: Why


@dataclass(frozen=True)
class _Said:
    """What somebody said, by the names of cells; `rows` are the words of a table's rows by table and key."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What a summary holds of one unit; units below the children are there for the rows they wrote."""

    line: Line | None
    rows: Mapping[str, Sequence[TableRow]]

    @property
    def name(self) -> str:
        return self.line.name if self.line else next(iter(self.rows.values()))[0].unit_name

    def said(self, view: LevelForm) -> _Said:
        """The same by the names of cells."""
        rows = _by_key((table, row) for table in view.tables for row in self.rows.get(table.id, ()))
        if self.line is None:
            return _Said(self.name, {}, rows)
        figures = _given(view.by_ref, _entered(view, self.line.values))
        values = {**_facts(self.line.meta, CARRIED), **figures, **self.line.attributes, **_texts(self.line.narratives)}
        return _Said(self.name, values, rows)

    def is_as(self, other: Part) -> bool:
        """Whether both are the same to the last bit, as what nobody touched is: then nothing need be put in words."""
        one, two = self.line, other.line
        if one is None or two is None:
            return one is two and self.rows == other.rows
        return (
            np.array_equal(one.values, two.values, equal_nan=True)
            and (one.meta, one.attributes) == (two.meta, two.attributes)
            and one.narratives == two.narratives
            and self.rows == other.rows
        )


def changes(before: Submission | None, after: Submission, same: Set[str] = frozenset()) -> list[Change]:
    """What changed in a summary since the one before it, by unit and in the order of the form; [] for the first.

    Of units known to be the `same`, nothing is looked at, and `before` need not have them.

    `before` is the earlier summary as it stands now, so the parent's own figures of the last run are taken from the
    record that it carries (`own_record`); where it has none, only what the parent's own file brings in is a change.
    """
    if before is None:
        return []
    view, found = after.view, list[Change]()
    olds, news = (dict(parts_of(one, same)) for one in (before, after))
    is_of_one_form = before.view.fingerprint == view.fingerprint
    for unit in sorted(olds.keys() | news.keys()):
        old, new = olds.get(unit), news.get(unit)
        if old is None and new is not None:
            if new.line is not None:
                found.append(Change(unit, new.name, "", ARRIVED_LABEL, None, None, Why.ARRIVED))
            found += _between(unit, _Said(new.name), new.said(view), view, Why.ARRIVED)
        elif old is not None and new is None:
            if old.line is not None:
                found.append(Change(unit, old.name, "", WITHDRAWN_LABEL, None, None, Why.WITHDRAWN))
            found += _between(unit, old.said(before.view), _Said(old.name), view, Why.WITHDRAWN)
        elif old is not None and new is not None and not (is_of_one_form and old.is_as(new)):
            found += _between(unit, old.said(before.view), new.said(view), view, Why.CORRECTED)
    found += _between(after.unit, _own_before(before), _own(after), view, Why.OWN)
    return sorted(found, key=lambda change: change.unit)


def differences(older: Submission, newer: Submission) -> list[Change]:
    """What a later file of a unit says otherwise than an earlier one, in the order of the later one's form."""
    return list(_between(newer.unit, _whole(older), _whole(newer), newer.view, Why.REPLACED))


def own_record(summary: Submission) -> str:
    """The parent's own figures as one text, to travel in the summary (`meta.digests`) for the next run's `changes`."""
    figures = _own_figures(summary)
    text = _RECORD + ";".join(f"{ref}={value!r}" for ref, value in figures.items())
    return text if len(text) < MAX_TEXT else ""


def parts_of(summary: Submission, but: Set[str] = frozenset()) -> Iterator[tuple[str, Part]]:
    """What a summary holds of each unit, some units excepted: one by one, for all rows unfolded fill the memory."""
    places = defaultdict[str, defaultdict[str, list[int]]](partial(defaultdict, list))
    for table in summary.view.tables:
        for place, unit in enumerate(units_of(summary.tables.get(table.id, ()))):
            if unit != summary.unit and unit not in but:
                places[unit][table.id].append(place)
    lines = {line.unit: line for line in summary.lines if line.unit not in but}
    for unit in {**lines, **places}:
        rows = {table: [summary.tables[table][place] for place in of] for table, of in places.get(unit, {}).items()}
        yield unit, Part(lines.get(unit), rows)


def _whole(submission: Submission) -> _Said:
    """All a unit says in its file; of a summary its totals and all rows."""
    view = submission.view
    figures = _given(view.by_ref, _entered(view, submission.values))
    values = {**_facts(submission.meta, cover_inputs(view.form)), **figures, **submission.texts}
    values |= {**submission.attributes, **_texts(submission.narratives)}
    rows = ((table, row) for table in view.tables for row in submission.tables.get(table.id, ()))
    return _Said(submission.unit_name, values, _by_key(rows, submission.unit))


def _own(summary: Submission) -> _Said:
    """What the parent itself says in its summary."""
    view = summary.view
    notes = {name: text for name, text in summary.attributes.items() if name.endswith(".note")}
    values = {**_facts(summary.meta, cover_inputs(view.form)), **_own_figures(summary), **notes}
    rows = [(table, row) for table in view.tables for row in summary.tables.get(table.id, ())]
    own = ((table, row) for table, row in rows if row.unit == summary.unit)
    return _Said(summary.unit_name, {**values, **_texts(summary.narratives)}, _by_key(own))


def _own_before(before: Submission) -> _Said:
    """The same at the last run: figures as they were recorded then."""
    said, record = _own(before), str(before.meta.get("meta.digests", ""))
    if not record.startswith(_RECORD) or before.meta.get("meta.fingerprint") != before.view.fingerprint:
        return said
    recorded = dict(pair.split("=", 1) for pair in record.removeprefix(_RECORD).split(";") if pair)
    kept = {name: value for name, value in said.values.items() if name not in before.view.by_ref}
    return _Said(said.name, {**kept, **{ref: float(value) for ref, value in recorded.items()}}, said.rows)


def _own_figures(summary: Submission) -> dict[str, Value]:
    return _given(summary.view.by_ref, _entered(summary.view, summary.own))


def _entered(view: LevelForm, values: Numbers) -> Iterator[float | None]:
    """Figures of a view, None for what computes itself."""
    return (v if f.derived is None else None for v, f in zip(values.tolist(), view.figures, strict=True))


def _given(refs: Iterable[str], numbers: Iterable[float | None]) -> dict[str, Value]:
    """Figures by Ref, without blanks."""
    return {ref: v for ref, v in zip(refs, numbers, strict=True) if v is not None and v == v}


def _facts(meta: Mapping[str, float | str], keys: Iterable[str]) -> dict[str, Value]:
    return {key: meta[key] for key in keys if key in meta}


def _texts(narratives: Mapping[str, str]) -> dict[str, Value]:
    return {f"{NARRATIVE}.{id_}": text for id_, text in narratives.items()}


def _by_key(rows: Iterable[tuple[Table, TableRow]], unit: str = "") -> dict[tuple[str, str], list[str]]:
    """Words of rows by table and the text of their key; with a unit, rows of those below it bear their names too."""
    found: dict[tuple[str, str], list[str]] = {}
    for table, row in rows:
        whose = f"{row.unit_name} – " if unit and row.unit != unit else ""
        key = visible(whose + str(row.values.get(table.key, "")).strip())
        found.setdefault((table.id, key), []).append(row_words(table, row))
    return found


def _between(unit: str, old: _Said, new: _Said, view: LevelForm, why: Why) -> Iterator[Change]:
    """What one says otherwise than the other, in the order of the form."""
    labels = _labels(view)
    names = old.values.keys() | new.values.keys() if old.values != new.values else set()
    for name in (*(name for name in labels if name in names), *sorted(names - labels.keys())):
        before, after = old.values.get(name), new.values.get(name)
        if not _is_same(before, after):
            yield Change(unit, new.name, name, labels.get(name, name), *_shown(name, before, after), why)
    for table in view.tables:
        for key in dict.fromkeys(key for id_, key in (*old.rows, *new.rows) if id_ == table.id):
            gone, come = _apart(old.rows.get((table.id, key), []), new.rows.get((table.id, key), []))
            for number in range(max(len(gone), len(come))):
                before, after = ("".join(rows[number : number + 1]) or None for rows in (gone, come))
                label = f"{table.title}: {key[:SHOWN]}"
                yield Change(unit, new.name, TABLE + table.id, label, *_shown("", before, after), why)


def _apart(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Rows that only the one and only the other has, each as often as it has it more often."""
    gone, come = list(old), []
    for words in new:
        if words in gone:
            gone.remove(words)
        else:
            come.append(words)
    return gone, come


@worked_out
def _labels(view: LevelForm) -> dict[str, str]:
    """What people call each name, in the order of the form; units of other levels may be asked other questions."""
    found = {key: LABELS[key] for key in cover_inputs(view.form)}
    found |= {figure.ref: view.label_of(figure) for figure in view.figures}
    rows = view.form.indicators.values()
    found |= {f"{one.code}.{key}": f"{LABELS[key]}: {one.label}" for one in rows for key in ATTRIBUTES}
    return found | {one.ref: one.heading for one in view.form.narratives if one.kind == "answer"}


def _is_same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return is_same(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return visible(one).split() == visible(other).split()
    return one is None and other is None


def _shown(name: str, old: Value, new: Value) -> tuple[Value, Value]:
    """Both as people are shown them; of long texts the beginning, or what comes first that is not the same."""
    if isinstance(old, str) and isinstance(new, str) and old[:SHOWN] == new[:SHOWN]:
        at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        start = max(0, at - SHOWN // 3)
        return "…" * bool(start) + old[start : start + SHOWN], "…" * bool(start) + new[start : start + SHOWN]
    return _one_shown(name, old), _one_shown(name, new)


def _one_shown(name: str, value: Value) -> Value:
    if isinstance(value, float) and (META_KINDS.get(name) == "number" or name.endswith(".as_of")):
        return day_words(day_of(value))
    return value[:SHOWN] if isinstance(value, str) else value
