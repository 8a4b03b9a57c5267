"""Figures over three periods: every answer equals the workbooks, and the store can be lost, broken and made anew."""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from consolidator import history, rulebook
from consolidator.consolidation import Order, run
from consolidator.datacommands import history_command
from consolidator.history import COLUMNS, ask, keep, known_refs, past, rebuild, store_beside
from consolidator.historyrows import OWN, TOTAL, UNIT
from consolidator.naming import STORE
from consolidator.pasttable import table
from consolidator.rulebook import load
from consolidator.saving import is_ours
from consolidator.submission import Line, Source, Submission
from tests.district import DISTRICT, ROSTER, A, B, C, entry, put, put_roster, retype, submission

SHIPPED = "quy3_2023_004"
PERIODS = {
    "quy1_2023": ("2023-Q1", "2023-01-01", "2023-03-31"),
    "quy2_2023": ("2023-Q2", "2023-04-01", "2023-06-30"),
    SHIPPED: ("2023-Q3", "2023-07-01", "2023-09-30"),
}
REFS = ("tvpl_luot.actual", "qth_tien.actual", "dv_tong.actual", "thu_nhap_bq_hcsn.actual", "pm_dv_ty_le.actual")
SENT = {
    "quy1_2023": {
        A: {"tvpl_luot": 10, "qth_tien": 5_000_000.5, "dv_tong": 40, "cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 5.1},
        B: {"tvpl_luot": 0, "qth_tien": 0.1 + 0.2, "cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6.3},
    },
    "quy2_2023": {A: {"tvpl_luot": 12, "dv_tong": 41, "pm_dv_cap_nhat": 20}, C: {"tvpl_luot": 3}},
    SHIPPED: {A: {"tvpl_luot": 30, "qth_tien": 1}, B: {"tvpl_luot": 7}, C: {"tvpl_luot": 1, "dv_tong": 5}},
}
"""What the units of a district sent in three quarters; what is not there was blank, or nothing was sent at all."""
OWN_PART = {"quy1_2023": 100, "quy2_2023": 0}
"""Legal consultations that the district itself gave; blank in the third quarter."""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two more quarters of the quarterly report, as an office would copy them from the shipped one."""
    folder, shipped = tmp_path_factory.mktemp("rules") / "rules", rulebook.rules_folder()
    shutil.copytree(shipped, folder)
    for form_id, (period, start, end) in PERIODS.items():
        if form_id != SHIPPED:
            shutil.copytree(shipped / SHIPPED, folder / form_id)
            text = (folder / form_id / "form.toml").read_text("utf-8").replace(SHIPPED, form_id)
            for old, new in zip(PERIODS[SHIPPED], (period, start, end), strict=True):
                text = text.replace(old, new)
            (folder / form_id / "form.toml").write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder.parent))
        patch.setattr(rulebook, "rules_folder", lambda: folder)
        yield


@pytest.fixture(scope="module")
def season(rules: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district's folder: `<form>/inbox` and `<form>/summary.xlsx` of three quarters, and the store they share."""
    home = tmp_path_factory.mktemp("season")
    put_roster(home / "units.xlsx")
    for form_id, by_unit in SENT.items():
        folder, form = home / form_id, load(form_id)
        for unit, figures in by_unit.items():
            put(folder / "inbox", form, entry(unit, figures))
        order = Order(
            folder / "inbox", ROSTER, home / "units.xlsx", "D", folder / "summary.xlsx", folder / "report.xlsx"
        )
        outcome = run(order)
        if form_id in OWN_PART:
            retype(order.summary_path, {"own.tvpl_luot.actual": OWN_PART[form_id]})
            outcome = run(order)
        assert outcome.summary is not None
        keep(outcome.summary, home / STORE)
    return home


def summaries(home: Path) -> list[Path]:
    return [home / form_id / "summary.xlsx" for form_id in PERIODS]


def stored(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((home / STORE).iterdir())}


@cache
def opened(path: Path) -> Workbook:
    return load_workbook(path, data_only=True)


def in_workbook(path: Path, name: str) -> float | None:
    """What Excel shows in a named cell."""
    book = opened(path)
    ((sheet, address),) = book.defined_names[name].destinations
    value = book[sheet][address.replace("$", "")].value
    return None if value in (None, "") else float(value)


def test_every_answer_equals_the_workbooks(season: Path) -> None:
    asked = {ref: {(p.form, p.part, p.unit): p.value for p in ask(season / STORE, ref)} for ref in REFS}
    seen = 0
    for form_id, by_unit in SENT.items():
        summary = season / form_id / "summary.xlsx"
        for ref in REFS:
            expected = {(form_id, TOTAL, "D"): in_workbook(summary, ref)}
            if load(form_id).at("CTTT").by_ref[ref].derived is None:
                expected[form_id, OWN, "D"] = in_workbook(summary, f"own.{ref}")
            for unit in by_unit:
                expected[form_id, UNIT, unit.code] = in_workbook(season / form_id / "inbox" / f"{unit.code}.xlsx", ref)
            given = {key: value for key, value in expected.items() if value is not None}
            assert {key: value for key, value in asked[ref].items() if key[0] == form_id} == pytest.approx(given)
            seen += len(given)
    assert seen == sum(map(len, asked.values())) > 20


def test_answers_come_in_the_order_of_periods_with_where_they_come_from(season: Path) -> None:
    points = ask(season / STORE, "tvpl_luot.actual", ["D-1", "D"])
    assert [(p.period, p.part, p.value) for p in points] == [
        ("2023-Q1", TOTAL, 110), ("2023-Q1", OWN, 100), ("2023-Q1", UNIT, 10),
        ("2023-Q2", TOTAL, 15), ("2023-Q2", OWN, 0), ("2023-Q2", UNIT, 12),
        ("2023-Q3", TOTAL, 38), ("2023-Q3", UNIT, 30),
    ]  # fmt: skip
    first = points[2]
    assert (first.period_end, first.file, first.unit_name, first.parent) == (
        date(2023, 3, 31), "D-1.xlsx", "CĐCS Trường Một", "D",
    )  # fmt: skip
    assert first.sha256 and points[0].sha256 == "" and first.measured_in == "lượt người"


def test_a_weighted_mean_has_its_weight_and_no_other_figure_has_one(season: Path) -> None:
    points = ask(season / STORE, "thu_nhap_bq_hcsn.actual")
    found = {(p.part, p.unit): (p.value, p.weight) for p in points if p.form == "quy1_2023"}
    assert found == {(TOTAL, "D"): (5.4, 40), (UNIT, "D-1"): (5.1, 30), (UNIT, "D-2"): (6.3, 10)}
    assert {p.weight for p in ask(season / STORE, "tvpl_luot.actual")} == {None}


def test_past_figures_of_units_oldest_first(season: Path) -> None:
    found = past(season / STORE, "D", date(2023, 9, 30), "quarterly")
    assert {unit: [one["tvpl_luot.actual"] for one in periods] for unit, periods in found.items()} == {
        "D-1": [10, 12],
        "D-2": [0],
        "D-3": [3],
    }
    assert past(season / STORE, "D", date(2023, 9, 30), "annual") == past(season / STORE, "E", date(2024, 1, 1)) == {}
    assert [len(one) for one in past(season / STORE, "D", date(2023, 10, 1)).values()] == [3, 2, 2]


def test_the_store_is_made_anew_from_the_workbooks_byte_for_byte(season: Path, tmp_path: Path) -> None:
    before = stored(season)
    done = rebuild(summaries(season), tmp_path / STORE)
    assert done.told == [] and len(done.kept) == 3
    assert stored(tmp_path) == before
    shutil.rmtree(tmp_path / STORE)
    rebuild(summaries(season)[::-1], tmp_path / STORE)
    assert stored(tmp_path) == before


def test_what_is_no_summary_and_what_is_there_twice_are_told(season: Path, tmp_path: Path) -> None:
    first = summaries(season)[0]
    twin, unit = tmp_path / "bản sao.xlsx", season / SHIPPED / "inbox" / "D-1.xlsx"
    shutil.copy(first, twin)
    torn = tmp_path / "hỏng.xlsx"
    torn.write_bytes(first.read_bytes()[:1000])
    done = rebuild([first, twin, unit, torn, season / SHIPPED / "report.xlsx"], tmp_path / STORE)
    assert len(done.kept) == 1
    assert [path.name for path, _ in done.told] == ["bản sao.xlsx", "D-1.xlsx", "hỏng.xlsx", "report.xlsx"]
    assert "summary.xlsx" in done.told[0][1]


def test_a_broken_file_is_named_the_others_answer_and_it_can_be_made_anew(season: Path, tmp_path: Path) -> None:
    store = tmp_path / STORE
    rebuild(summaries(season), store)
    before = stored(tmp_path)
    torn, middle, foreign, empty = (
        sorted(store.iterdir())[0],
        sorted(store.iterdir())[1],
        store / "a.parquet",
        store / "b.parquet",
    )
    torn.write_bytes(torn.read_bytes()[:-100])
    content = bytearray(middle.read_bytes())
    content[4:-2000] = os.urandom(len(content) - 2004)
    middle.write_bytes(content)
    duckdb.sql("select 1 as ref, 'x' as value").write_parquet(str(foreign))
    empty.write_bytes(b"")
    (store / "ghi chú.txt").write_text("không phải của ta", "utf-8")
    told: dict[str, str] = {}
    points = ask(store, "tvpl_luot.actual", tell=lambda path, why: told.setdefault(path.name, why) and None)
    assert sorted(told) == sorted(path.name for path in (torn, middle, foreign, empty))
    assert {p.form for p in points} == {SHIPPED}
    rebuild(summaries(season), store)
    assert {name: stored(tmp_path)[name] for name in before} == before


def test_pandas_users_ask_all_files_at_once(season: Path) -> None:
    frame = duckdb.sql(f"select * from '{season}/{STORE}/*.parquet'").df()
    assert tuple(frame.columns) == COLUMNS and set(frame["form"]) == set(PERIODS)
    mine = frame[(frame["ref"] == "tvpl_luot.actual") & (frame["part"] == "total")].sort_values("period_end")
    assert list(mine["value"]) == [110.0, 15.0, 38.0]
    assert str(frame["period_end"].dtype).startswith("datetime64")


HOSTILE = "'; DROP TABLE cells; --", '=cmd|"/c calc"!A1', "a/b\\c:*?", "\ud800x", 'nháy " kép', "Đ" * 300


def summary_of(lines: int, unit: str = "D", name: str = "LĐLĐ huyện") -> Submission:
    """A summary in memory; each line has every figure."""
    made = submission(load(SHIPPED), replace(DISTRICT, code=unit, name=name), {"tvpl_luot": 1})
    every = np.arange(len(made.view.figures), dtype=float) / 7
    made.lines = [
        Line(HOSTILE[n] if n < len(HOSTILE) else f"D-{n}", f"CĐCS {n}", Source(f"{n}'\".xlsx", "0" * 64), every + n, {})
        for n in range(lines)
    ]
    made.is_summary = True
    return made


def test_hostile_texts_are_texts(rules: None, tmp_path: Path) -> None:
    store = tmp_path / "[2023] a*b'c?" / STORE
    paths = {keep(summary_of(len(HOSTILE), code, code), store) for code in (*HOSTILE, "a_b_c_", "A/b\\c:*?")}
    assert len(paths) == len(HOSTILE) + 2 and all(path.parent == store for path in paths)
    for code in HOSTILE:
        shown = code.encode("utf-8", "replace").decode()
        assert {p.unit for p in ask(store, "tvpl_luot.actual", [shown]) if p.part == TOTAL} == {shown}
        assert {p.part for p in ask(store, "tvpl_luot.actual", [shown])} == {TOTAL, OWN, UNIT}
    for ref in ("' OR 1=1 --", "", "tvpl_luot.actual'; DROP TABLE x; --", "\0"):
        assert ask(store, ref) == []
    assert past(store, "' OR '1'='1", date(2030, 1, 1)) == {}


def test_the_same_figures_give_the_same_bytes(rules: None, tmp_path: Path) -> None:
    made = summary_of(3)
    first, second = keep(made, tmp_path / "a"), keep(replace(made, lines=list(made.lines)[::-1]), tmp_path / "b")
    assert first.name == second.name and first.read_bytes() == second.read_bytes()
    with pytest.raises(ValueError, match="no summary"):
        keep(replace(made, is_summary=False), tmp_path)


def test_speed_of_a_big_province(rules: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = summary_of(800)
    began = time.perf_counter()
    path = keep(made, tmp_path)
    kept = time.perf_counter()
    points = ask(tmp_path, "tvpl_luot.actual")
    asked = time.perf_counter()
    figures = past(tmp_path, "D", date(2024, 1, 1))
    done = time.perf_counter()
    assert len(points) == 802 and len(figures) == 800
    with capsys.disabled():
        print(
            f"\n800 × {len(made.view.figures)} figures: {path.stat().st_size / 1e6:.2f} MB, keep {kept - began:.2f} s, "
            f"ask {asked - kept:.2f} s, past {done - asked:.2f} s"
        )


def told(capsys: pytest.CaptureFixture[str], folder: Path, ref: str | None, **options: Any) -> tuple[int, str, str]:
    """Exit code and what the command `history` said."""
    given = {"unit": None, "json": False, "csv": None, "rebuild": None} | options
    code = history_command(Namespace(folder=folder, ref=ref, **given))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_table_has_periods_total_and_change(season: Path) -> None:
    assert list(table(ask(season / STORE, "tvpl_luot.actual"))) == [
        "Số lượt người được tư vấn pháp luật (tvpl_luot.actual), lượt người",
        "",
        "LĐLĐ huyện (D)",
        "Đơn vị                2023-Q1  2023-Q2  2023-Q3       Thay đổi",
        "D-1 CĐCS Trường Một        10       12       30    +18 (+150%)",
        "D-2 CĐCS Công ty Hai        0        –        7              –",
        "D-3 CĐCS Trạm Ba            –        3        1    -2 (-66,7%)",
        "Phần của cấp mình         100        0        –              –",
        "Tổng                      110       15       38  +23 (+153,3%)",
    ]


def test_the_command_answers_as_table_json_and_csv(
    season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = told(capsys, season, "tvpl_luot")
    assert code == 0 and "LĐLĐ huyện (D)" in out
    code, out, _ = told(capsys, season / STORE, "tvpl_luot.actual", json=True, unit=["D-3"])
    assert [(p["period"], p["period_end"], p["value"]) for p in json.loads(out)["points"]] == [
        ("2023-Q2", "2023-06-30", 3),
        ("2023-Q3", "2023-09-30", 1),
    ]
    code, out, _ = told(capsys, season, "tvpl_luot", csv=tmp_path / "ra.csv")
    with (tmp_path / "ra.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(ask(season / STORE, "tvpl_luot.actual")) and rows[0]["value"] == "110"


def test_a_cell_of_the_csv_runs_nothing(rules: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(summary_of(2), tmp_path / STORE)
    told(capsys, tmp_path, "tvpl_luot", csv=tmp_path / "ra.csv")
    with (tmp_path / "ra.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert f"'{HOSTILE[1]}" in cells and not [cell for cell in cells if cell.startswith("=")]


def test_the_command_says_what_is_not_there(season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, tmp_path, "tvpl_luot")[0] == 2
    code, _, err = told(capsys, season, "tvpl_luot.ytd")
    assert code == 2 and "tvpl_luot.actual" in err
    assert told(capsys, season, None)[0] == 2
    code, out, err = told(capsys, tmp_path, None, rebuild=[*summaries(season), season / SHIPPED / "report.xlsx"])
    assert code == 1 and "3 sổ tổng hợp" in out and "report.xlsx" in err
    broken = next((tmp_path / STORE).iterdir())
    broken.write_bytes(b"PAR1")
    code, out, err = told(capsys, tmp_path, "tvpl_luot")
    assert code == 1 and broken.name in err and "LĐLĐ huyện" in out


def test_known_refs_and_places(season: Path) -> None:
    assert "tvpl_luot.actual" in known_refs(season / STORE)
    assert store_beside(season / "summary.xlsx") == season / STORE
    assert known_refs(season / "không có") == [] and ask(season / "không có", "x") == []


def test_nothing_but_our_hidden_file_stands_there_while_the_store_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed run would leave anything else for ever; one in a thousand kills found that DuckDB makes its own."""
    folder, seen = tmp_path / "kho 'x'", set[str]()
    plain = history._connection

    class Watched:
        def __init__(self, connection: Any) -> None:
            self.connection = connection

        def register(self, *arguments: object) -> None:
            self.connection.register(*arguments)

        def execute(self, query: str) -> None:
            assert "USE_TMP_FILE false" in query or not query.startswith("COPY")
            self.connection.execute(query)
            seen.update(path.name for path in folder.iterdir())

    @contextmanager
    def watched() -> Iterator[Watched]:
        with plain() as connection:
            yield Watched(connection)

    monkeypatch.setattr(history, "_connection", watched)
    path = keep(summary_of(2), folder)
    assert len(seen) == 1 and all(map(is_ours, seen)) and [one.name for one in folder.iterdir()] == [path.name]
