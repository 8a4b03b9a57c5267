"""Clumsy files: what is certain is taken and told, what is not is told and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidator.finding import Severity
from consolidator.outcome import FileOutcome
from consolidator.reading import read_file
from consolidator.sentences import SENTENCES
from consolidator.submission import Submission
from consolidator.wording import message_of
from tests.clumsy_cells import MEANT, OTHER_ANSWER, REFUSED, WARNED
from tests.clumsy_files import CASES
from tests.corpus import Case, base


def outcome_of(case: Case, folder: Path) -> FileOutcome:
    """What the batch makes of a case's file."""
    content = case.build(base())
    assert isinstance(content, bytes)
    path = folder / case.name
    path.write_bytes(content)
    return read_file(path, case.name)


def read(case: Case, folder: Path) -> tuple[Submission, FileOutcome]:
    outcome = outcome_of(case, folder)
    assert (outcome.status, outcome.submission is not None) == ("accepted", True)
    assert outcome.submission is not None
    return outcome.submission, outcome


ALL = {case.name: case for case in CASES}


@pytest.mark.parametrize("name", ALL)
def test_a_clumsy_file_is_read_as_its_table_says(name: str, tmp_path: Path) -> None:
    case = ALL[name]
    submission, outcome = read(case, tmp_path)
    codes = {finding.code for finding in outcome.findings}
    assert case.codes <= codes
    assert {one.code for one in outcome.findings if one.severity is Severity.ERROR} <= case.codes
    expected = {**base().figures, **case.figures}
    assert {ref: submission.value(ref) for ref in expected} == expected
    told = [finding for finding in outcome.findings if finding.code in case.codes]
    assert all(message_of(finding) for finding in told)
    if case.ref:
        assert submission.place(case.ref) in [(one.place.sheet, one.place.cell) for one in told]
    for key, fact in case.facts.items():
        assert fact in [finding.facts.get(key) for finding in told]


@pytest.mark.parametrize(
    ("what", "ref", "typed", "code"), [one[:4] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_what_is_not_taken_is_kept_as_it_was_typed(what: str, ref: str, typed: str, code: str, tmp_path: Path) -> None:
    submission, _ = read(ALL[f"vụng - {what}.xlsx"], tmp_path)
    assert submission.texts == {ref: typed}
    assert SENTENCES[code].severity is (Severity.WARNING if code in WARNED else Severity.ERROR)


@pytest.mark.parametrize("name", [case.name for case in CASES if case.codes == {"read-as"}])
def test_what_is_taken_is_no_text_any_more(name: str, tmp_path: Path) -> None:
    submission, outcome = read(ALL[name], tmp_path)
    assert submission.texts == {} and outcome.errors == 0


@pytest.mark.parametrize("name", ["vụng - TCVN3.xlsx", "vụng - VNI.xlsx"])
def test_old_letters_are_converted(name: str, tmp_path: Path) -> None:
    submission, _ = read(ALL[name], tmp_path)
    assert submission.narratives[OTHER_ANSWER.removeprefix("n.")] == MEANT


def test_the_good_workbook_says_nothing(tmp_path: Path) -> None:
    good = Case("tốt.xlsx", lambda base: base.content, "accepted")
    assert outcome_of(good, tmp_path).findings == []


def test_there_are_enough_of_them() -> None:
    assert len(CASES) == len(ALL) >= 120


def test_days_of_1904_are_the_days_that_excel_shows(tmp_path: Path) -> None:
    case = ALL["vụng - đếm ngày từ 1904.xlsx"]
    before, _ = read(Case("tốt.xlsx", lambda base: base.content, "accepted"), tmp_path)
    after, _ = read(case, tmp_path)
    shown = before.meta["meta.as_of"]
    assert isinstance(shown, float) and after.meta["meta.as_of"] == shown + 1462
