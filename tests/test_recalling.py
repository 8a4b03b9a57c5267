"""What a file said once is known again by its bytes, and by nothing less."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator import recalling
from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.isolation import Processes, apart
from consolidator.listing import outcome_json
from consolidator.readings import Readings
from consolidator.recalling import recalled, remember
from tests.district import A, B, entry, order, put, put_roster


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def size_of(path: Path) -> int:
    return path.stat().st_size


def killing(path: Path) -> str:
    os._exit(1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files and of what was asked of them in a process of its own; it is asked here, for it is quicker."""
    found: list[str] = []

    def noted(function: Callable[[Path], object], path: Path) -> object:
        found.append(f"{path.name}: {function.__name__}")
        return function(path)

    monkeypatch.setattr(recalling, "apart", noted)
    return found


def test_the_same_is_asked_once_of_the_same_bytes(tmp_path: Path, asked: list[str]) -> None:
    path, other, kept = tmp_path / "một.txt", tmp_path / "hai.txt", Readings(tmp_path / "nhớ")
    for one in (path, other):
        one.write_text("đoàn", "utf-8")
    assert [recalled(text_of, path, kept) for _ in range(3)] == ["đoàn"] * 3
    assert asked == ["một.txt: text_of"]
    assert recalled(size_of, path, kept) == 6 and recalled(text_of, other, kept) == "đoàn"
    path.write_text("viên", "utf-8")
    assert recalled(text_of, path, kept) == "viên"
    assert asked[1:] == ["một.txt: size_of", "hai.txt: text_of", "một.txt: text_of"]
    for _ in range(2):
        assert recalled(text_of, path, None) == "viên"
    assert len(asked) == 6


def test_what_we_write_need_not_be_asked(tmp_path: Path, asked: list[str]) -> None:
    path, kept = tmp_path / "một.txt", Readings(tmp_path / "nhớ")
    remember(text_of, path, b"abc", "như đã ghi", kept)
    remember(text_of, path, b"abc", "không nhớ", None)
    path.write_bytes(b"abc")
    assert recalled(text_of, path, kept) == "như đã ghi" and not asked
    path.write_bytes(b"abd")
    assert recalled(text_of, path, kept) == "abd" and len(asked) == 1


def test_what_changes_while_it_is_read_is_not_kept(tmp_path: Path, asked: list[str]) -> None:
    path, kept = tmp_path / "một.txt", Readings(tmp_path / "nhớ")
    path.write_bytes(b"a")

    def saved_meanwhile(one: Path) -> str:
        one.write_bytes(b"b")
        return one.read_text()

    assert recalled(saved_meanwhile, path, kept) == "b"
    path.write_bytes(b"a")
    assert recalled(saved_meanwhile, path, kept) == "b" and len(asked) == 2


def test_a_deadly_file_and_what_is_no_file_are_asked_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, kept, count = tmp_path / "một.txt", Readings(tmp_path / "nhớ"), list[Path]()
    path.write_bytes(b"a")
    monkeypatch.setattr(recalling, "apart", lambda function, one: count.append(one) or apart(function, one))
    for one in (path, path, tmp_path, tmp_path):
        assert recalled(killing if one == path else size_of, one, kept) == (None if one == path else size_of(one))
    assert count == [path, path, tmp_path, tmp_path]


def test_a_second_run_asks_only_for_decisions_that_were_typed(
    form: Form, tmp_path: Path, profile: Path, asked: list[str]
) -> None:
    put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5, "tvpl_luot": 0.1}))
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 7}))
    put_roster(tmp_path / "units.xlsx")
    job = order(tmp_path, engine=Processes(Readings()))
    run(job)
    run(job)
    assert not asked
    decisions = job.decisions_place
    book = load_workbook(decisions)
    for column, text in (("choice", "x"), ("reason", "đã xem")):
        ((sheet, cells),) = book.defined_names[f"decisions.warnings.{column}"].destinations
        letters, row = cells.split(":")[0].split("$")[1:]
        book[sheet][f"{letters}{int(row) + 1}"] = text
    book.save(decisions)
    typed = tmp_path / "đã gõ"
    shutil.copytree(tmp_path / "out", typed)
    told = []
    for engine in (job.engine, Processes()):
        shutil.rmtree(tmp_path / "out")
        shutil.copytree(typed, tmp_path / "out")
        outcome = run(replace(job, engine=engine))
        told.append((outcome_json(outcome), decisions.read_bytes(), job.summary_path.read_bytes()))
    assert told[0] == told[1] and b"" not in told[0]
    findings = [*outcome.summary_findings, *(one for file in outcome.files for one in file.findings)]
    assert "đã xem" in {one.accepted for one in findings}
    assert asked == ["decisions.xlsx: read_decisions", "report.xlsx: document_of", "decisions.xlsx: read_decisions"]
    del asked[:]
    run(job)
    assert asked == ["decisions.xlsx: read_decisions"]  # the report has the bytes that the first of the two wrote
