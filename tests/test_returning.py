"""Answers to units: verdicts, letters, marked copies that carry what the report says and can be sent back."""

from __future__ import annotations

import email
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from consolidator import replies, returning
from consolidator.booknames import RESULTS
from consolidator.consolidation import Order, run
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.isolation import Processes
from consolidator.naming import RETURNS
from consolidator.opening import read_file
from consolidator.outcome import Outcome, Return, Verdict
from consolidator.readings import Readings
from consolidator.returning import LISTED
from consolidator.sample import Entry
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit
from consolidator.wording import SEVERITY_WORDS, sentence_of
from tests.conftest import Convert
from tests.district import DISTRICT, PROVINCE, ROSTER, SIGNED, A, B, C, entry, order, put, retype

WRONG = {"cnvcld_tong": 39, "dv_tong": 55}
"""More members than workers: an error at two cells' expense."""
FINE = {"cnvcld_tong": 60, "dv_tong": 55}
MAIL = Roster.of([PROVINCE, DISTRICT, A.__class__(A.code, A.name, A.level, A.parent, A.sector, "a@union.vn"), B, C])


def report(form: Form, unit: Unit, figures: Mapping[str, float], signed: date = SIGNED) -> Entry:
    """A report that lacks nothing: every text says that there is nothing to tell."""
    texts = {one.id: "Trong kỳ phát sinh 0 trường hợp." for one in form.at(unit.level).answers}
    return entry(unit, figures, texts, signed=signed)


@pytest.fixture
def batch(form: Form, tmp_path: Path) -> Order:
    """A with an error, B fine, C has sent nothing."""
    job = order(tmp_path, roster=MAIL, returns_path=tmp_path / "out" / RETURNS)
    put(job.folder, form, report(form, A, WRONG), "a.xlsx")
    put(job.folder, form, report(form, B, FINE), "b.xlsx")
    return job


def letter(job: Order, one: Return) -> EmailMessage:
    assert job.returns_path is not None
    content = (job.returns_path / one.letter).read_bytes()
    return email.message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


def answers(outcome: Outcome) -> dict[str, Return]:
    return {one.unit.code: one for one in outcome.returns}


def listed(path: Path) -> list[tuple[str, ...]]:
    """The lines of the sheet of results: severity, sheet, cell, what, fix."""
    rows = load_workbook(path)[RESULTS].iter_rows(min_row=6, max_col=5, values_only=True)
    return [tuple(str(value or "") for value in row) for row in rows if any(row)]


def told(findings: tuple[Finding, ...], form: Form) -> list[tuple[str, ...]]:
    return [(SEVERITY_WORDS[one.severity], *sentence_of(one, form)) for one in findings]


def test_each_unit_gets_its_verdict(batch: Order) -> None:
    found = answers(run(batch))
    assert {code: one.verdict for code, one in found.items()} == {
        A.code: Verdict.RETURNED,
        B.code: Verdict.READY,
        C.code: Verdict.MISSING,
    }


def test_who_has_nothing_to_answer_gets_no_letter(batch: Order) -> None:
    outcome = run(batch)
    assert batch.returns_path is not None
    found = {path.name for path in batch.returns_path.iterdir()}
    stem = f"{A.code} - {A.name}"
    assert found == {LISTED, f"{stem}.eml", f"{stem}.xlsx", f"{C.code} - {C.name}.eml"}
    assert answers(outcome)[B.code].letter == ""


def test_a_letter_is_a_draft_to_the_unit_s_address_with_the_copy(batch: Order) -> None:
    found = answers(run(batch))
    mail = letter(batch, found[A.code])
    assert (mail["To"], mail["X-Unsent"], mail["From"], mail["Date"]) == ("a@union.vn", "1", None, None)
    assert "1 lỗi" in mail["Subject"] and A.name in mail["Subject"]
    (attached,) = mail.iter_attachments()
    assert batch.returns_path is not None
    assert attached.get_filename() == found[A.code].copy
    assert attached.get_payload(decode=True) == (batch.returns_path / found[A.code].copy).read_bytes()
    body = mail.get_body()
    assert body is not None and "PL02!F6" in body.get_content()


def test_a_missing_unit_is_reminded_without_an_address_too(batch: Order) -> None:
    mail = letter(batch, answers(run(batch))[C.code])
    assert mail["To"] is None and mail["Subject"].startswith("Nhắc nộp") and not list(mail.iter_attachments())


def test_a_copy_carries_exactly_the_findings_of_the_report(batch: Order, form: Form) -> None:
    outcome = run(batch)
    one = answers(outcome)[A.code]
    (file,) = (file for file in outcome.files if file.unit == A.code)
    assert batch.returns_path is not None
    lines = listed(batch.returns_path / one.copy)
    assert [(line[0], *line[3:]) for line in lines] == told(tuple(file.findings), form)
    assert ("PL02", "F6") in {line[1:3] for line in lines}


def test_the_cells_of_findings_are_coloured_and_noted(batch: Order) -> None:
    one = answers(run(batch))[A.code]
    assert batch.returns_path is not None
    book = load_workbook(batch.returns_path / one.copy)
    cell = book["PL02"]["F6"]
    assert cell.value == 55 and cell.fill.fgColor.rgb == "FFF4B183"
    assert cell.comment is not None and "Số đoàn viên" in cell.comment.text
    assert book["PL02"]["F7"].comment is None
    assert book.active is not None and book.active.title == RESULTS
    assert sum(bool(sheet.sheet_view.tabSelected) for sheet in book) == 1  # else typing goes into several sheets


def test_a_copy_corrected_and_sent_back_is_a_report(batch: Order) -> None:
    one = answers(run(batch))[A.code]
    assert batch.returns_path is not None
    back = batch.folder / "gửi lại.xlsx"
    shutil.copy(batch.returns_path / one.copy, back)
    retype(back, {"dv_tong.actual": 30, "meta.report_date": datetime(2023, 9, 30)})
    outcome = run(batch)
    assert {file.file: file.status for file in outcome.files}["gửi lại.xlsx"] == "accepted"
    assert answers(outcome)[A.code].verdict is Verdict.READY
    assert not [f.code for file in outcome.files if file.file == back.name for f in file.findings if "stray" in f.code]
    assert outcome.summary is not None and outcome.summary.value("dv_tong.actual") == 85
    assert not list(batch.returns_path.glob(f"{A.code}*"))  # what was answered needs no letter any more


def test_what_a_person_put_or_changed_there_stays(batch: Order, form: Form) -> None:
    one = answers(run(batch))[A.code]
    assert batch.returns_path is not None
    mine, changed = batch.returns_path / "ghi chú.txt", batch.returns_path / one.letter
    mine.write_text("đã gọi điện", "utf-8")
    changed.write_bytes(changed.read_bytes() + b"\r\n")
    put(batch.folder, form, report(form, A, FINE, date(2023, 9, 30)), "a2.xlsx")
    run(batch)
    assert mine.exists() and changed.exists() and not (batch.returns_path / one.copy).exists()


@pytest.mark.parametrize("listed", ["{", "[]", json.dumps({"../units.xlsx": sha256(b"x").hexdigest()}), '{"a": 1}'])
def test_a_list_that_is_no_list_of_ours_takes_nothing_away(batch: Order, listed: str) -> None:
    assert batch.returns_path is not None
    batch.returns_path.mkdir(parents=True)
    (batch.returns_path / LISTED).write_text(listed, "utf-8")
    other = batch.returns_path.parent / "units.xlsx"
    other.write_bytes(b"x")
    run(batch)
    assert other.read_bytes() == b"x"
    assert json.loads((batch.returns_path / LISTED).read_text("utf-8")).keys() >= {f"{A.code} - {A.name}.eml"}


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Contents and times of change."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.fixture
def kept(batch: Order, profile: Path) -> Order:
    """The same by an engine that remembers what earlier runs read."""
    return replace(batch, engine=Processes(Readings()))


def test_what_would_be_the_same_is_not_drawn_again(kept: Order, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.returns_path is not None
    first = run(kept)
    before = files(kept.returns_path)
    monkeypatch.setattr(replies, "marked_copy", lambda *_: 1 / 0)
    again = run(kept)
    assert again.returns == first.returns and answers(again)[A.code].copy
    after = files(kept.returns_path)
    assert {name: one for name, one in after.items() if name != LISTED} == {
        name: one for name, one in before.items() if name != LISTED
    }
    for engine in (Processes(), Processes(_Newer())):  # which believe nothing that was made before
        with pytest.raises(ZeroDivisionError):
            run(replace(kept, engine=engine))


@pytest.mark.parametrize("why", ["report", "finding", "address", "deleted", "typed into"])
def test_what_would_be_another_is_drawn_again(
    why: str, kept: Order, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.returns_path is not None
    run(kept)
    copy = kept.returns_path / f"{A.code} - {A.name}.xlsx"
    job = kept
    match why:
        case "report":
            put(kept.local_folder, form, report(form, A, {**WRONG, "tvpl_luot": 7}), "a.xlsx")
        case "finding":
            put(kept.local_folder, form, report(form, B, {**FINE, "tvpl_luot": 9}, date(2023, 9, 1)), "b cũ.xlsx")
            put(kept.local_folder, form, report(form, A, WRONG, date(2023, 9, 1)), "a cũ.xlsx")
        case "address":
            job = replace(kept, roster=ROSTER)
        case "deleted":
            copy.unlink()
        case "typed into":
            copy.write_bytes(copy.read_bytes() + b" ")
    outcome = run(job)
    assert answers(outcome)[A.code].verdict is Verdict.RETURNED
    mine = files(kept.returns_path)
    run(replace(job, engine=Processes()))
    assert {name: content for name, (content, _) in mine.items() if name != LISTED} == {
        name: content for name, (content, _) in files(kept.returns_path).items() if name != LISTED
    }


class _Newer(Readings):
    """What a newer program remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.version = "f" * 16


def test_a_copy_that_one_process_has_no_memory_for_is_left_to_another(
    batch: Order, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters drawn beside it are not lost with it."""
    put(batch.folder, form, report(form, B, WRONG), "b.xlsx")
    outcome, drawing = run(batch), replies.marked_copy

    def tight(submission: Submission, *more: Any) -> bytes:
        if submission.unit == A.code:
            raise MemoryError
        return drawing(submission, *more)

    monkeypatch.setattr(replies, "marked_copy", tight)
    asked = [reply for reply in returning._replies(outcome, outcome.returns) if reply.submission is not None]
    for_a, for_b = replies.draw(asked)
    assert for_a is None and for_b is not None and for_b.keys() == set(asked[1].names)


def test_what_is_written_is_listed_before(batch: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends between the two leaves nothing that the next one takes for somebody's own."""
    folder, saving, seen = batch.returns_path, returning.save, []
    assert folder is not None

    def save(path: Path, content: bytes, *more: Path) -> None:
        if path.name != LISTED:
            tokens = json.loads((folder / LISTED).read_text("utf-8"))[path.name]
            seen.append(sha256(content).hexdigest() in {one.partition("=")[0] for one in tokens.split()})
        saving(path, content, *more)

    monkeypatch.setattr(returning, "save", save)
    run(batch)
    assert seen == [True] * 3


def test_whatever_is_in_a_letter_or_its_copy_changes_the_key(batch: Order) -> None:
    outcome = run(batch)
    (reply,) = (one for one in returning._replies(outcome, outcome.returns) if one.submission is not None)
    sent = reply.submission
    assert sent is not None
    others = [
        replace(reply, one=replace(reply.one, points=())),
        replace(reply, stem="khác"),
        replace(reply, form="khác"),
        replace(reply, facts={**reply.facts, "parent": "khác"}),
        replace(reply, submission=None),
        replace(reply, submission=replace(sent, source=replace(sent.source, sha256="0" * 64))),
        replace(reply, submission=replace(sent, values=sent.values + 1)),
    ]
    keys = {one.key("a") for one in (reply, *others)} | {reply.key("b")}
    assert len(keys) == len(others) + 2
    assert replace(reply, facts=dict(reversed(reply.facts.items()))).key("a") == reply.key("a")


def test_the_list_is_the_same_whoever_is_ready_first(batch: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch.returns_path is not None
    run(batch)
    before = (batch.returns_path / LISTED).read_bytes()
    making = returning.made
    monkeypatch.setattr(returning, "made", lambda *all_: reversed(list(making(*all_))))
    shutil.rmtree(batch.returns_path)
    run(batch)
    assert (batch.returns_path / LISTED).read_bytes() == before


@pytest.mark.parametrize("dies", [False, True])
def test_copies_drawn_elsewhere_are_those_drawn_here(dies: bool, batch: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies at it, for want of memory or any other reason, costs no letter."""
    assert batch.returns_path is not None
    run(batch)
    whole = files(batch.returns_path)
    shutil.rmtree(batch.returns_path)
    monkeypatch.setattr(replies, "FEW", 0)
    monkeypatch.setattr(replies, "BATCH", 1)
    if dies:
        main = os.getpid()
        drawing = replies.marked_copy
        monkeypatch.setattr(
            replies, "marked_copy", lambda *all_: os._exit(1) if os.getpid() != main else drawing(*all_)
        )
    told: list[tuple[str, int, int]] = []
    run(batch, lambda *what: told.append(what))
    assert {name: content for name, (content, _) in files(batch.returns_path).items()} == {
        name: content for name, (content, _) in whole.items()
    }
    assert ("Lập thư trả lời đơn vị", 2, 2) in told


def test_a_letter_that_another_program_holds_stays_and_is_told(
    batch: Order, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert batch.returns_path is not None
    run(batch)
    letter = batch.returns_path / f"{A.code} - {A.name}.eml"
    before, plain = letter.read_bytes(), os.replace

    def refusing(source: object, target: object) -> None:
        if str(target).endswith(".eml"):
            raise PermissionError(13, "Access is denied", str(source), None, str(target))
        plain(source, target)  # type: ignore[arg-type]

    put(batch.local_folder, form, report(form, A, {**WRONG, "tvpl_luot": 7}), "a.xlsx")
    monkeypatch.setattr(os, "replace", refusing)
    outcome = run(batch)
    assert "returns-not-written" in {one.code for one in outcome.summary_findings}
    assert letter.read_bytes() == before


def test_the_same_batch_gives_the_same_bytes(batch: Order) -> None:
    assert batch.returns_path is not None
    run(batch)
    before = {path.name: path.read_bytes() for path in batch.returns_path.iterdir()}
    run(batch)
    assert {path.name: path.read_bytes() for path in batch.returns_path.iterdir()} == before


def test_what_is_not_a_number_goes_back_as_it_was_typed(form: Form, tmp_path: Path) -> None:
    job = order(tmp_path, roster=MAIL, returns_path=tmp_path / "out" / RETURNS)
    retype(put(job.folder, form, report(form, A, FINE), "a.xlsx"), {"dv_tong.actual": "vài chục"})
    one = answers(run(job))[A.code]
    assert job.returns_path is not None
    cell = load_workbook(job.returns_path / one.copy)["PL02"]["F6"]
    assert cell.value == "vài chục" and cell.comment is not None and "vài chục" in cell.comment.text


def test_a_summary_s_copy_keeps_its_units_and_its_proof(batch: Order, form: Form, tmp_path: Path) -> None:
    outcome = run(batch)
    up = order(tmp_path / "up", "P", MAIL, returns_path=tmp_path / "up" / RETURNS)
    up.folder.mkdir(parents=True)
    shutil.copy(outcome.summary_file, up.folder / "D.xlsx")
    above = run(up)
    one = answers(above)[DISTRICT.code]
    assert up.returns_path is not None and one.copy
    copy, sent = read_file(up.returns_path / one.copy, "copy"), read_file(up.folder / "D.xlsx", "sent")
    assert copy.submission is not None and sent.submission is not None
    assert [line.unit for line in copy.submission.lines] == [line.unit for line in sent.submission.lines]
    assert (copy.submission.values == sent.submission.values).tolist() == (
        sent.submission.values == sent.submission.values
    ).tolist()
    assert not {"lines-altered", "stray", "stray-sheet"} & {finding.code for finding in copy.findings}


def test_text_that_looks_like_a_header_or_a_formula_is_text(form: Form, tmp_path: Path) -> None:
    evil = A.__class__(A.code, "Tên\r\nBcc: x@y.vn\u202e", A.level, A.parent)
    job = order(tmp_path, roster=Roster.of([PROVINCE, DISTRICT, evil]), returns_path=tmp_path / RETURNS)
    put(job.folder, form, report(form, evil, WRONG), "=cmd.xlsx")
    (one,) = run(job).returns
    mail = letter(job, one)
    assert mail["Bcc"] is None and "\u202e" not in mail["Subject"]
    body = mail.get_body()
    assert body is not None and "\u202e" not in body.get_content()


def test_copies_open_cleanly(batch: Order, libreoffice: Convert, tmp_path: Path) -> None:
    one = answers(run(batch))[A.code]
    assert batch.returns_path is not None
    libreoffice([batch.returns_path / one.copy], "xlsx", tmp_path / "again")
    book = load_workbook(tmp_path / "again" / one.copy, data_only=True)
    assert book["PL02"]["F6"].value == 55
    assert [row[0].value for row in book[RESULTS].iter_rows(min_row=6, max_row=6)] == ["Lỗi"]
