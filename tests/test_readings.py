"""Readings kept for the next run: only a memory, which changes nothing but the time a run takes."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consolidator import folded, isolation, readings
from consolidator.cli import main
from consolidator.consolidation import Order, run
from consolidator.folded import Folded, FoldedTexts, lengths
from consolidator.form import Form
from consolidator.isolation import Processes, read_all
from consolidator.lately import kept_lately
from consolidator.listing import outcome_json
from consolidator.opening import open_file
from consolidator.outcome import FileOutcome
from consolidator.readings import Readings
from tests.district import A, B, C, entry, order, put, put_roster


@pytest.fixture
def job(form: Form, tmp_path: Path, profile: Path) -> Order:
    """Three reports, one of them in a folder of its own that nobody reads."""
    inbox = tmp_path / "inbox"
    put(inbox, form, entry(A, {"dv_tong": 5, "tvpl_luot": 3}, {"workers_income_base_wage": "Thu nhập tăng"}))
    put(inbox, form, entry(B, {"dv_tong": 7}))
    put(inbox, form, entry(C, {"dv_tong": 11, "tvpl_luot": 4}))
    put_roster(tmp_path / "units.xlsx")
    return order(tmp_path, engine=Processes(Readings()))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder with a file for every report that was read cell by cell, in whatever process."""
    marks = tmp_path / "đã đọc"
    marks.mkdir()
    finished = isolation.finished

    def noted(files: list[object]) -> list[FileOutcome]:
        for file in files:
            (marks / file.file).touch()  # type: ignore[attr-defined]
        return finished(files)  # type: ignore[arg-type]

    monkeypatch.setattr(isolation, "finished", noted)
    yield marks


def told(job: Order, read: Path) -> tuple[object, bytes, list[str]]:
    """All a run says, its summary's bytes, and which files it read."""
    shutil.rmtree(job.summary_path.parent, ignore_errors=True)
    for old in read.iterdir():
        old.unlink()
    found = outcome_json(run(job))
    return found, job.summary_path.read_bytes(), sorted(one.name for one in read.iterdir())


def test_a_second_run_reads_nothing_and_says_the_same(job: Order, read: Path) -> None:
    first = told(job, read)
    assert first[2] == ["D-1.xlsx", "D-2.xlsx", "D-3.xlsx"]
    assert told(job, read) == (*first[:2], [])
    assert told(replace(job, engine=Processes()), read) == first


def test_only_a_changed_file_is_read_again(job: Order, form: Form, read: Path) -> None:
    told(job, read)
    put(job.folder, form, entry(B, {"dv_tong": 8}))
    again = told(job, read)
    assert again[2] == ["D-2.xlsx"]
    assert again[:2] == told(replace(job, engine=Processes()), read)[:2]


def test_a_file_is_known_by_its_bytes_whatever_its_name(job: Order, read: Path) -> None:
    told(job, read)
    (job.folder / "D-3.xlsx").rename(job.folder / "báo cáo.xlsx")
    again = told(job, read)
    assert again[2] == [] and again[:2] == told(replace(job, engine=Processes()), read)[:2]


@pytest.mark.parametrize("spoil", ["cut", "flipped", "swapped", "deleted", "a folder", "empty"])
def test_what_is_damaged_is_read_anew_and_kept_again(job: Order, read: Path, profile: Path, spoil: str) -> None:
    first = told(job, read)
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in job.folder.iterdir()}
    one, other, _ = sorted(path for path in (profile / "cache" / "readings").glob("*/*/*") if path.name in sent)
    content = one.read_bytes()
    match spoil:
        case "cut":
            one.write_bytes(content[:-1])
        case "flipped":
            one.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        case "swapped":
            one.write_bytes(other.read_bytes())
        case "empty":
            one.write_bytes(b"")
        case "deleted":
            one.unlink()
        case "a folder":
            one.unlink()
            one.mkdir()
    again = told(job, read)
    assert again[:2] == first[:2] and len(again[2]) == 1
    assert len(told(job, read)[2]) == (spoil == "a folder")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows keeps a user's folder by its place")
def test_what_others_could_have_written_is_not_believed(job: Order, read: Path, profile: Path) -> None:
    first = told(job, read)
    for path in (profile / "cache" / "readings").glob("*/*/*"):
        path.chmod(0o666)
    assert told(job, read) == first


def test_another_program_does_not_believe_them(job: Order, read: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = told(job, read)
    monkeypatch.setattr(readings, "program_key", lambda rules: "another")
    assert told(replace(job, engine=Processes(Readings())), read) == first


def test_a_folder_that_cannot_be_written_is_no_matter(job: Order, read: Path, profile: Path) -> None:
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_bytes(b"")
    assert told(job, read)[2] == ["D-1.xlsx", "D-2.xlsx", "D-3.xlsx"]


def test_what_nobody_asks_for_goes(job: Order, read: Path, profile: Path) -> None:
    told(job, read)
    kept = sorted((profile / "cache" / "readings").glob("*/*/*"))
    long_ago = time.time() - 200 * 24 * 3600
    os.utime(kept[0], (long_ago, long_ago))
    foreign = profile / "cache" / "readings" / "0"
    foreign.mkdir()
    os.utime(foreign, (long_ago, long_ago))
    Readings().tidy()
    assert sorted((profile / "cache" / "readings").glob("*/*/*")) == kept[1:] and not foreign.exists()


def test_the_command_keeps_them_unless_told_to_read_afresh(job: Order, read: Path, tmp_path: Path) -> None:
    command = ["run", str(job.folder), "--units", str(tmp_path / "units.xlsx"), "--parent", "D", "--quiet"]
    command += ["--out", str(tmp_path / "s.xlsx"), "--report", str(tmp_path / "r.xlsx")]
    for more, count in (([], 3), ([], 0), (["--fresh"], 3)):
        main([*command, *more])
        reports = [one for one in read.iterdir() if one.name.startswith("D-")]
        assert len([one.unlink() for one in reports]) == count


def test_a_reading_under_another_name_tells_of_that_name(form: Form, tmp_path: Path) -> None:
    first = put(tmp_path, form, entry(A, {"dv_tong": 5}), "một.xlsx")
    second = tmp_path / "hai.xlsx"
    second.write_bytes(first.read_bytes())
    kept = Processes(Readings(tmp_path / "nhớ"))
    for path in (first, second):
        (found,) = read_all([(path, path.name)], engine=kept)
        (fresh,) = read_all([(path, path.name)])
        assert found.findings == fresh.findings and (found.file, found.path) == (path.name, str(path))
        assert found.submission is not None and found.submission.source.file == path.name


def test_files_that_say_nothing_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    kept = Readings(tmp_path / "nhớ")
    read_all([(tmp_path / "a.xlsx", "a.xlsx")], engine=Processes(kept))
    assert not list((tmp_path / "nhớ").glob("*/*/*"))
    assert isinstance(open_file(tmp_path / "a.xlsx", "a.xlsx", kept), FileOutcome)


def test_folded_texts_are_those_that_were_folded() -> None:
    texts = {"a": "đoàn viên", "b": ""}
    for one in (Folded(texts), FoldedTexts(texts), pickle.loads(pickle.dumps(FoldedTexts(texts)))):
        assert one == texts and dict(one) == texts and one.get("c") is None and "a" in one
        assert list(one) == ["a", "b"] and repr(one) == repr(texts) and len(one) == 2
        assert lengths(one) == {"a": 9, "b": 0} and one.get("a") == texts["a"]


def test_texts_folded_twice_are_the_same_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    said, other_words = "đoàn viên " * 99, "đoàn phí " * 99
    one, other = FoldedTexts({"a": said, "b": ""}), FoldedTexts({"b": "", "a": said})
    assert one == other == FoldedTexts(one)
    assert one != FoldedTexts({"a": other_words, "b": ""}) and one != {"a": said} and one != "a"
    monkeypatch.setattr(folded, "_FAST", 0)  # as another compressor would fold them
    assert FoldedTexts(dict(one)) == one and FoldedTexts({"a": other_words, "b": ""}) != one


def test_rows_are_unfolded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Folded({"bang": [1, 2]})
    first = rows["bang"]
    monkeypatch.delattr(folded.pickle, "loads")
    assert rows["bang"] is first and list(rows) == ["bang"]


def test_an_answer_is_kept_for_the_very_same_objects() -> None:
    asked: list[object] = []

    @kept_lately
    def length(values: list[int]) -> int:
        asked.append(values)
        return len(values)

    one, other = [1, 2], [1, 2]
    assert [length(one), length(one), length(other), length(one)] == [2, 2, 2, 2] and len(asked) == 2
    for _ in range(100):
        length([0])
    assert length(one) == 2 and len(asked) == 103
