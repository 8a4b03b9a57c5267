"""What is kept of a summary for the next run says what reading the summary says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from consolidator import lastsummary
from consolidator.comparing import Change, changes, own_record
from consolidator.consolidation import Order, run
from consolidator.content import cover_of
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.isolation import Processes
from consolidator.lastsummary import digests_of, keep_units, packed_units, summary_as_written, with_others
from consolidator.listing import outcome_json
from consolidator.merging import merge
from consolidator.reading import read_submission
from consolidator.readings import Readings
from consolidator.rulebook import form_ids, load
from consolidator.submission import Submission, TableRow
from consolidator.summarising import summary_workbook
from tests import regime_samples as sample
from tests.district import A, B, C, entry, order, put, put_roster, retype
from tests.extent import some
from tests.regime_samples import DISTRICTS, PROVINCE, UNIONS

REPORTERS = {"CDCS": UNIONS, "CTTT": DISTRICTS, "TINH": (PROVINCE,)}
PARENTS = [(one, level) for one in form_ids() for level in load(one).levels[1:]]
ODD = ("  hai\r\nba\x07 =SUM(A1) _x0041_ <b>&amp;", "đ" * 9_000, "\u202eABC", "0123", " ")
"""Texts of a parent that a workbook shows otherwise, cuts in two or takes for none."""


def summaries(form_id: str, level: str) -> tuple[Submission, Submission]:
    """A summary with an odd own part, and the next one: two units corrected, one withdrawn."""
    form = load(form_id)
    below = form.levels[form.levels.index(level) - 1]  # type: ignore[arg-type]
    children = [sample.fill(form.at(below), unit) for unit in REPORTERS[below]]
    own = sample.fill(form.at(level), REPORTERS[level][0], children=children)  # type: ignore[arg-type]
    own.narratives = {key: f"{text}{ODD[at % len(ODD)]}" for at, (key, text) in enumerate(own.narratives.items())}
    own.values = np.where(np.isnan(own.values), np.nan, own.values + 0.1 + 0.2)
    for table, rows in own.tables.items():
        words = {
            key: f"{value}{ODD[0]}" if isinstance(value, str) else value + 1 / 3
            for key, value in rows[0].values.items()
        }
        own.tables = {**own.tables, table: [TableRow(own.unit, own.unit_name, words), *rows[1:]]}
    first, _ = merge(own, children)
    later = [replace(children[0], values=children[0].values + 1), *children[2:]]
    return first, merge(own, later)[0]


@pytest.mark.parametrize(("form_id", "level"), some(PARENTS, 3))
def test_what_is_kept_is_what_the_workbook_says(form_id: str, level: str, tmp_path: Path) -> None:
    first, later = summaries(form_id, level)
    cover = cover_of(REPORTERS[level][0], first.view.form, first.meta)
    content, kept = summary_workbook(first, cover, digests=own_record(first)), Readings(tmp_path)
    keep_units(kept, content, first)
    written, read = summary_as_written(kept, content), read_submission(read_grid(content))[0]
    assert written is not None
    known, units = written
    np.testing.assert_array_equal(known.own, read.own)
    for what in ("unit", "unit_name", "parent", "period", "narratives", "attributes", "meta", "previous", "texts"):
        assert getattr(known, what) == getattr(read, what), what
    for table in first.view.tables:
        mine = [[row for row in one.tables.get(table.id, ()) if row.unit == first.unit] for one in (known, read)]
        assert mine[0] == mine[1] and mine[0]
    for after in (first, later):
        before, same = with_others(known, units, digests_of(packed_units(after)))
        assert changes(before, after, same) == changes(read, after)
        assert changes(with_others(known, units, {})[0], after) == changes(read, after)  # without a look at the bytes
        assert {line.unit for line in before.lines}.isdisjoint(same)
    before, same = with_others(known, units, digests_of(packed_units(first)))
    assert same == units.keys() and not before.lines and changes(read, later) and not changes(read, first)


def test_other_bytes_are_read(tmp_path: Path) -> None:
    first, _ = summaries("quy3_2023_004", "CTTT")
    content, kept = summary_workbook(first, {}), Readings(tmp_path)
    keep_units(kept, content, first)
    assert summary_as_written(kept, content + b"\0") is None
    assert summary_as_written(Readings(tmp_path / "leer"), content) is None


def test_pieces_make_a_whole_unless_one_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = summaries("quy3_2023_004", "CTTT")
    content, kept, units = summary_workbook(first, {}), Readings(tmp_path), dict(packed_units(first))
    monkeypatch.setattr(lastsummary, "PIECE", 1)
    keep_units(kept, content, first)
    known = summary_as_written(kept, content)
    assert known is not None and known[1] == units and list(known[1]) == list(units) and len(units) > 1
    pieces = sorted((path for path in tmp_path.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    assert len(pieces) == len(units) + 1
    pieces[-1].unlink()
    assert summary_as_written(kept, content) is None


@pytest.mark.parametrize("typed", [False, True])
def test_the_next_run_says_the_same_whether_it_read_its_summary_or_not(
    typed: bool, form: Form, tmp_path: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5, "tvpl_luot": 0.1}, {"workers_income_base_wage": "Thu nhập"}))
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 7, "tvpl_luot": 0.2}))
    put_roster(tmp_path / "units.xlsx")
    kept = Processes(Readings())
    job = order(tmp_path, engine=kept)
    run(job)
    if typed:
        retype(job.summary_path, {"own.dv_tong.actual": 3})
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 8, "tvpl_luot": 0.2}))
    put(tmp_path / "inbox", form, entry(C, {"dv_tong": 1}))
    before = tmp_path / "trước"
    shutil.copytree(tmp_path / "out", before)
    read = []
    monkeypatch.setattr("consolidator.ownpart.read_all", _noted(read))
    first = _told(job)
    assert len(read) == typed  # a summary into which somebody typed is read
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
