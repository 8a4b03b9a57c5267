"""Outputs when the disk is full, the folder refuses, a file is open: old or new, said in words, swept afterwards."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator import writing
from consolidator.cli import main
from consolidator.console import CANNOT, ERRORS
from consolidator.isolation import begin
from consolidator.issuing import issue
from consolidator.naming import RETURNS, STORE
from consolidator.opening import read_file
from consolidator.outcome import Outcome
from consolidator.reporting import report_workbook
from consolidator.returning import LISTED
from consolidator.rulebook import load
from consolidator.saving import TEMPORARY, hidden
from consolidator.unit import Roster, Unit
from consolidator.wording import refusal_words
from tests.district import DISTRICT, PROVINCE
from tests.tiny import FORM_ID, Batch, small_world

resource = pytest.importorskip("resource")


REFUSED = {"summary-open", "decisions-not-written", "history-not-written", "returns-not-written"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    with small_world(tmp_path_factory.mktemp("nhỏ")):
        yield Batch(tmp_path_factory.mktemp("đợt"))


@pytest.fixture
def batch(whole: Batch) -> Batch:
    whole.set_back()
    return whole


def told(batch: Batch, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Codes of what a run says of its summary."""
    capsys.readouterr()
    assert main([*batch.arguments, "--json"]) == ERRORS
    return {one["code"] for one in json.loads(capsys.readouterr().out)["summary_findings"]}


def store_file(batch: Batch) -> Path:
    (path,) = (batch.out / STORE).glob("*.parquet")
    return path


def test_a_disk_that_takes_no_more(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    """A real limit of the system: the summary does not fit, and nothing else has been written before that is known."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        assert main(batch.arguments) == CANNOT
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = capsys.readouterr().err
    assert batch.summary.name in said and "tệp lớn hơn mức ổ đĩa cho phép" in said and ".~" not in said
    assert batch.read(batch.out) == batch.old


@pytest.mark.parametrize("room", [8, 64])
def test_a_disk_that_is_full(room: int, batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    """A real small disk with so many KB left: at whichever output it is full, the next run with room comes through."""
    size = sum(-(-len(content) // 4096) * 4096 for content in batch.old.values()) + room * 1024
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(batch.out)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("mounting is for administrators")
    try:
        batch.set_back()
        code = main(batch.arguments)
        said, found = capsys.readouterr(), batch.read(batch.out)
        if code == CANNOT:
            assert "ổ đĩa đã đầy" in said.err
            assert found[batch.summary.name] == batch.old[batch.summary.name]
            assert found[batch.report.name] == batch.old[batch.report.name]
        else:
            assert found[batch.summary.name] == batch.new[batch.summary.name]
            assert found[batch.report.name] != batch.old[batch.report.name]
        assert not [name for name in found if name.endswith(TEMPORARY)]
        subprocess.run(["mount", "-o", "remount,size=4m", str(batch.out)], check=True)
        main(batch.arguments)
        now = batch.read(batch.out)
        assert now.keys() == batch.new.keys() and now[batch.summary.name] == batch.new[batch.summary.name]
        if code == CANNOT:
            assert now == batch.new
    finally:
        subprocess.run(["umount", str(batch.out)], check=True)


def test_a_folder_that_takes_no_files(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = os.open

    def refusing(path: object, flags: int, *more: int) -> int:
        if flags & os.O_CREAT and str(path).startswith(str(batch.out)):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return plain(path, flags, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refusing)
    assert main(batch.arguments) == CANNOT
    assert "ổ đĩa chỉ cho đọc" in capsys.readouterr().err
    assert batch.read(batch.out) == batch.old


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Tổng hợp.xlsx", "summary-open"),
        ("Báo cáo.xlsx", ""),
        ("decisions.xlsx", "decisions-not-written"),
        (".parquet", "history-not-written"),
        (LISTED, "returns-not-written"),
    ],
)
def test_a_file_that_another_program_holds(
    name: str, code: str, batch: Batch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Windows lets nobody replace what Excel has open, whether or not there is a lock to be seen."""
    plain = os.replace

    def refusing(source: object, target: object) -> None:
        if str(target).endswith(name):
            raise PermissionError(errno.EACCES, "Access is denied", str(source), None, str(target))
        plain(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", refusing)
    codes = told(batch, capsys)
    monkeypatch.undo()
    found, beside = batch.read(batch.out), [path for path in batch.out.iterdir() if " (mới " in path.name]
    assert codes & REFUSED == ({code} if code else set())
    assert [path.name.partition(" (mới ")[0] for path in beside] == [name[:-5]] * name.startswith(("T", "B"))
    assert not [one for one in found if one.endswith(TEMPORARY)]
    held = [one for one in batch.old if one.endswith(name)]
    assert held and all(found[one] == batch.old[one] for one in held)
    summary = beside[0] if code == "summary-open" else batch.summary
    assert summary.read_bytes() == batch.new[batch.summary.name]
    assert not told(batch, capsys) & REFUSED
    assert batch.summary.read_bytes() == batch.new[batch.summary.name]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Tổng hợp.xlsx", "summary-open"),
        ("decisions.xlsx", "decisions-not-written"),
        (".parquet", "history-not-written"),
        ("nothing", ""),
    ],
)
def test_a_report_drawn_ahead_tells_what_could_not_be_written(
    name: str, code: str, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without letters all is drawn before anything is written, and what happens then is told all the same."""
    plain, drawn = os.replace, list[str]()

    def refusing(source: object, target: object) -> None:
        if str(target).endswith(name):
            raise PermissionError(errno.EACCES, "Access is denied", str(source), None, str(target))
        plain(source, target)  # type: ignore[arg-type]

    def counted(outcome: Outcome, path: Path) -> bytes:
        drawn.append(path.name)
        return report_workbook(outcome, path)

    monkeypatch.setattr(os, "replace", refusing)
    monkeypatch.setattr(writing, "report_workbook", counted)
    main([one for one in batch.arguments if one != "--returns"])
    sheet = load_workbook(batch.report)["Phát hiện"]
    assert {cell.value for row in sheet.iter_rows() for cell in row} & REFUSED == ({code} if code else set())
    assert len(drawn) == (2 if code else 1)


def test_what_killed_runs_left_is_swept_everywhere(batch: Batch) -> None:
    mains = (batch.summary, batch.report, batch.decisions, store_file(batch), batch.out / RETURNS / LISTED)
    left = [hidden(main_, f"abcd1234.{TEMPORARY}") for main_ in mains]
    for path in left:
        path.write_bytes(b"half")
    main(batch.arguments)
    assert [path for path in left if path.exists()] == []
    assert batch.read(batch.out) == batch.new


def test_a_letter_that_a_killed_run_had_written_is_taken_away_when_it_is_no_longer_right(batch: Batch) -> None:
    """Killed half-way, after which the unit corrected its report: nobody shall send the letter of the killed run."""
    main(batch.arguments)
    letter = next((batch.out / RETURNS).glob("D-1*.eml"))
    listed = json.loads((batch.out / RETURNS / LISTED).read_text("utf-8"))
    half = {name: f"{'0' * 64} {digest}" for name, digest in listed.items()}
    (batch.out / RETURNS / LISTED).write_text(json.dumps(half), "utf-8")
    (batch.inbox / "D-1.xlsx").rename(batch.home / "D-1.xlsx")
    try:
        main(batch.arguments)
        assert letter.exists() and "D-1" in letter.name  # now a reminder, of the same name
        assert not list((batch.out / RETURNS).glob("D-1*.xlsx"))
    finally:
        (batch.home / "D-1.xlsx").rename(batch.inbox / "D-1.xlsx")


def test_a_history_that_cannot_be_read_is_named(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    broken = batch.out / STORE / "cũ.parquet"
    broken.write_bytes(b"PAR1")
    capsys.readouterr()
    main([*batch.arguments, "--json"])
    findings = json.loads(capsys.readouterr().out)["summary_findings"]
    assert [broken.name in one["message"] for one in findings if one["code"] == "history-unusable"] == [True]
    assert broken.read_bytes() == b"PAR1"


def test_units_whose_names_meet_get_workbooks_of_their_own(whole: Batch, tmp_path: Path) -> None:
    """On a disk that takes no slash, no colon, and no capitals apart."""
    codes = ("D/1", "D:1", "d_1", "D 2")
    units = [Unit(code, "CĐCS Một", "CDCS", "D") for code in codes]
    written = issue(load(FORM_ID), Roster.of([PROVINCE, DISTRICT, *units]), tmp_path, units)
    assert len({path.name.casefold() for path in written}) == 4 == len(list(tmp_path.iterdir()))
    found = [read_file(path, path.name).submission for path in written]
    assert [one.unit for one in found if one] == list(codes)


def test_ctrl_c_is_answered_by_one(whole: Batch) -> None:
    with ProcessPoolExecutor(1, initializer=begin) as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "ổ đĩa đã đầy"),
        (errno.EIO, "ổ đĩa báo lỗi khi đọc hoặc ghi"),
        (errno.ENAMETOOLONG, "tên tệp hoặc đường dẫn quá dài"),
        (errno.EACCES, "không có quyền đọc hoặc ghi"),
        (errno.ENOENT, "không có tệp hoặc thư mục này"),
        (errno.ELOOP, "hệ điều hành không cho mở"),
    ],
)
def test_why_in_words(number: int, words: str) -> None:
    assert refusal_words(OSError(number, "x")) == words
