"""What is kept of a summary for the next run says what reading the summary says."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from consolidator.comparing import Change, changes, own_record
from consolidator.consolidation import Order, run
from consolidator.content import cover_of
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.isolation import Processes
from consolidator.lastsummary import keep_sources, summary_as_written, with_others
from consolidator.listing import outcome_json
from consolidator.merging import merge
from consolidator.outcome import FileOutcome
from consolidator.parcel import packed
from consolidator.reading import read_submission
from consolidator.readings import Readings
from consolidator.rulebook import form_ids, load
from consolidator.submission import Source, Submission, TableRow
from consolidator.summarising import summary_workbook
from tests import regime_samples as sample
from tests.district import A, B, C, entry, order, put, put_roster, retype
from tests.extent import some
from tests.regime_samples import DISTRICTS, PROVINCE, UNIONS

REPORTERS = {"CDCS": UNIONS, "CTTT": DISTRICTS, "TINH": (PROVINCE,)}
PARENTS = [(one, level) for one in form_ids() for level in load(one).levels[1:]]
WITH_ROWS = next(pair for pair in PARENTS if pair[1] == "TINH" and load(pair[0]).tables)
ODD = ("  hai\r\nba\x07 =SUM(A1) _x0041_ <b>&amp;", "đ" * 9_000, "\u202eABC", "0123", " ")
"""Texts of a parent that a workbook shows otherwise, cuts in two or takes for none."""


@dataclass
class Twice:
    """A summary with an odd own part and the next one, of other children, all of whose files `readings` know."""

    first: Submission
    later: Submission
    children: list[Submission]
    readings: Readings

    def written(self, level: str) -> bytes:
        cover = cover_of(REPORTERS[level][0], self.first.view.form, self.first.meta)
        return summary_workbook(self.first, cover, digests=own_record(self.first))

    def known(self, content: bytes) -> tuple[Submission, Mapping[str, str]]:
        keep_sources(self.readings, content, self.first)
        found = summary_as_written(self.readings, content)
        assert found is not None
        return found


def twice(form_id: str, level: str, home: Path, later: Callable[[list[Submission]], list[Submission]]) -> Twice:
    form, readings = load(form_id), Readings(home)
    below = form.levels[form.levels.index(level) - 1]  # type: ignore[arg-type]
    children = [sample.fill(form.at(below), unit) for unit in REPORTERS[below]]
    for child in children:
        if child.view.level != form.levels[0]:
            child.tables = {name: [*rows, *_of_others(rows, child.unit)] for name, rows in child.tables.items()}
    own = sample.fill(form.at(level), REPORTERS[level][0], children=children)  # type: ignore[arg-type]
    own.narratives = {key: f"{text}{ODD[at % len(ODD)]}" for at, (key, text) in enumerate(own.narratives.items())}
    own.values = np.where(np.isnan(own.values), np.nan, own.values + 0.1 + 0.2)
    for table, rows in own.tables.items():
        words = {
            key: f"{value}{ODD[0]}" if isinstance(value, str) else value + 1 / 3
            for key, value in rows[0].values.items()
        }
        own.tables = {**own.tables, table: [TableRow(own.unit, own.unit_name, words), *rows[1:]]}
    now = later([replace(child) for child in children])
    for one in (*children, *now):
        what = one.unit, one.values.tobytes(), dict(one.tables), dict(one.narratives), one.attributes
        one.source = Source(f"{one.unit}.xlsx", hashlib.sha256(repr(what).encode()).hexdigest())
        outcome = FileOutcome(one.source.file, "", "accepted", one.unit, form.id, submission=one)
        readings.keep(one.source.sha256, packed(outcome).content)
    return Twice(merge(own, children)[0], merge(own, now)[0], now, readings)


def _of_others(rows: Sequence[TableRow], unit: str) -> list[TableRow]:
    """The same rows as two units below another would have written them."""
    return [replace(row, unit=f"{unit}-{number}", unit_name=f"Cơ sở {number}") for number in (8, 9) for row in rows]


def corrected(children: list[Submission]) -> list[Submission]:
    """One unit says otherwise, another withdrew."""
    return [replace(children[0], values=children[0].values + 1), *children[2:]]


def arrived(children: list[Submission]) -> list[Submission]:
    """A unit that was not there, with rows of one below it."""
    rows = {name: [replace(row, unit="Y", unit_name="Mới") for row in of] for name, of in children[0].tables.items()}
    return [*children, replace(children[0], unit="Z", unit_name="Đơn vị mới", tables=rows)]


def reworded(children: list[Submission]) -> list[Submission]:
    """A narrative, a remark and rows of one are others; rows of another are in another order."""
    words = {key: f"{text} Thêm." for key, text in children[0].narratives.items()}
    notes = {name: "Ghi chú khác." for name in children[0].attributes if name.endswith(".note")}
    fewer, turned = ({name: list(rows) for name, rows in child.tables.items()} for child in children[:2])
    fewer = {name: rows[1:] for name, rows in fewer.items()}
    turned = {name: rows[::-1] for name, rows in turned.items()}
    one = replace(children[0], narratives=words, attributes={**children[0].attributes, **notes}, tables=fewer)
    return [one, replace(children[1], tables=turned), *children[2:]]


@pytest.mark.parametrize("later", [arrived, reworded, lambda children: [], list])
def test_what_changed_is_told_as_by_who_reads_it(
    later: Callable[[list[Submission]], list[Submission]], tmp_path: Path
) -> None:
    two = twice(*WITH_ROWS, tmp_path, later)
    content = two.written(WITH_ROWS[1])
    read = read_submission(read_grid(content))[0]
    found = with_others(two.readings, *two.known(content), two.later, two.children)
    assert found is not None
    assert changes(found[0], two.later, found[1]) == changes(read, two.later)
    assert bool(changes(read, two.later)) == (later is not list)


@pytest.mark.parametrize(("form_id", "level"), some(PARENTS, 3))
def test_what_is_kept_is_what_the_workbook_says(form_id: str, level: str, tmp_path: Path) -> None:
    two = twice(form_id, level, tmp_path, corrected)
    first, later = two.first, two.later
    content = two.written(level)
    (known, sources), read = two.known(content), read_submission(read_grid(content))[0]
    np.testing.assert_array_equal(known.own, read.own)
    for what in ("unit", "unit_name", "parent", "period", "narratives", "attributes", "meta", "previous", "texts"):
        assert getattr(known, what) == getattr(read, what), what
    for table in first.view.tables:
        mine = [[row for row in one.tables.get(table.id, ()) if row.unit == first.unit] for one in (known, read)]
        assert mine[0] == mine[1] and mine[0]
    found = with_others(two.readings, known, sources, later, two.children)
    assert found is not None
    assert changes(found[0], later, found[1]) == changes(read, later) != []
    assert found[1].isdisjoint(line.unit for line in found[0].lines)
    nothing = with_others(two.readings, known, sources, first, [])
    assert nothing is not None and not nothing[0].lines and nothing[1] >= sources.keys()
    assert changes(nothing[0], first, nothing[1]) == []


def test_rows_that_a_unit_below_has_from_several_files_are_not_told_apart(tmp_path: Path) -> None:
    """A union that went from one district to another may have rows in the summaries of both."""

    def moved(children: list[Submission]) -> list[Submission]:
        rows = {name: [replace(row, unit="X") for row in of] for name, of in children[0].tables.items()}
        return [replace(child, tables=rows) for child in children]

    two = twice(*WITH_ROWS, tmp_path, moved)
    known, sources = two.known(summary_workbook(two.first, {}))
    assert with_others(two.readings, known, sources, two.later, two.children) is not None
    one, other, *_ = two.children
    sources = {**sources, other.unit: other.source.sha256}  # the one file only is another
    assert with_others(two.readings, known, sources, two.later, two.children) is None
    without = replace(one, tables={}, source=Source("", "f" * 64))  # and where it has those rows no more
    now, _ = merge(replace(known, lines=[]), [without, *two.children[1:]])
    sources = {child.unit: child.source.sha256 for child in two.children}
    assert with_others(two.readings, known, sources, now, [without, *two.children[1:]]) is None


def test_a_file_whose_reading_is_gone_has_the_summary_read(tmp_path: Path) -> None:
    two = twice("quy3_2023_004", "CTTT", tmp_path, corrected)
    known, sources = two.known(summary_workbook(two.first, {}))
    gone = Readings(tmp_path)._place(two.first.lines[1].source.sha256)
    gone.unlink()
    assert with_others(two.readings, known, sources, two.later, two.children) is None


def test_other_bytes_are_read(tmp_path: Path) -> None:
    two = twice("quy3_2023_004", "CTTT", tmp_path, corrected)
    content = summary_workbook(two.first, {})
    assert two.known(content)
    assert summary_as_written(two.readings, content + b"\0") is None
    assert summary_as_written(Readings(tmp_path / "leer"), content) is None


@pytest.mark.parametrize(("typed", "count"), [("", 0), ("a figure", 1), ("nothing, and the memory is lost", 1)])
def test_the_next_run_says_the_same_whether_it_read_its_summary_or_not(
    typed: str, count: int, form: Form, tmp_path: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5, "tvpl_luot": 0.1}, {"workers_income_base_wage": "Thu nhập"}))
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 7, "tvpl_luot": 0.2}))
    put_roster(tmp_path / "units.xlsx")
    kept = Processes(Readings())
    job = order(tmp_path, engine=kept)
    run(job)
    if typed == "a figure":
        retype(job.summary_path, {"own.dv_tong.actual": 3})
    if "lost" in typed:
        old = hashlib.sha256((tmp_path / "inbox" / "D-2.xlsx").read_bytes()).hexdigest()
        Readings()._place(old).unlink()
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 8, "tvpl_luot": 0.2}))
    put(tmp_path / "inbox", form, entry(C, {"dv_tong": 1}))
    before = tmp_path / "trước"
    shutil.copytree(tmp_path / "out", before)
    read = []
    monkeypatch.setattr("consolidator.ownpart.read_all", _noted(read))
    first = _told(job)
    assert len(read) == count  # whether the summary was
    shutil.rmtree(tmp_path / "out")
    shutil.copytree(before, tmp_path / "out")
    assert _told(replace(job, engine=Processes())) == first
    assert [(one.ref, one.old, one.new) for one in first[2] if one.unit == B.code] == [("dv_tong.actual", 7.0, 8.0)]


def _noted(read: list[object]) -> object:
    from consolidator.isolation import read_all

    def noted(tasks: list[object]) -> object:
        read.append(tasks)
        return read_all(tasks)  # type: ignore[arg-type]

    return noted


def _told(job: Order) -> tuple[object, bytes, list[Change]]:
    outcome = run(job)
    return outcome_json(outcome), job.summary_path.read_bytes(), outcome.changes
