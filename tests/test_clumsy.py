"""Clumsy files: what is certain is taken and told, what is not is told and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from consolidator import layout as at
from consolidator.finding import Severity
from consolidator.grid import read_grid
from consolidator.opening import read_file
from consolidator.outcome import FileOutcome
from consolidator.reading import read_submission
from consolidator.rulebook import load
from consolidator.sentences import SENTENCES
from consolidator.submission import Submission, TableRow
from consolidator.textfigures import Wanted, figure_meant
from consolidator.wording import message_of
from tests.clumsy_cells import MEANT, OTHER_ANSWER, REFUSED, WARNED
from tests.clumsy_files import CASES
from tests.corpus import Case, base
from tests.district import STRANGER
from tests.tampering import entered, poured

Read = Callable[[str], tuple[Submission, FileOutcome]]

ALL = {case.name: case for case in CASES}
GOOD = Case("tốt.xlsx", lambda base: base.content, "accepted")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """What the batch makes of the file of a case, by its name; each is built and read once."""
    folder = tmp_path_factory.mktemp("vụng")

    @cache
    def read(name: str) -> tuple[Submission, FileOutcome]:
        content = {**ALL, GOOD.name: GOOD}[name].build(base())
        assert isinstance(content, bytes)
        path = folder / name
        path.write_bytes(content)
        outcome = read_file(path, name)
        path.unlink()
        assert outcome.status == "accepted" and outcome.submission is not None
        return outcome.submission, outcome

    return read


@pytest.mark.parametrize("name", ALL)
def test_a_clumsy_file_is_read_as_its_table_says(name: str, read: Read) -> None:
    case = ALL[name]
    submission, outcome = read(name)
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


@pytest.mark.parametrize("what, ref, typed, code", [one[:4] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_is_not_taken_is_kept_as_it_was_typed(what: str, ref: str, typed: str, code: str, read: Read) -> None:
    submission, _ = read(f"vụng - {what}.xlsx")
    assert submission.texts == {ref: typed}
    assert SENTENCES[code].severity is (Severity.WARNING if code in WARNED else Severity.ERROR)


@pytest.mark.parametrize("name", [case.name for case in CASES if case.codes == {"read-as"}])
def test_what_is_taken_is_no_text_any_more(name: str, read: Read) -> None:
    submission, outcome = read(name)
    assert submission.texts == {} and outcome.errors == 0


@pytest.mark.parametrize("name", ["vụng - TCVN3.xlsx", "vụng - VNI.xlsx"])
def test_old_letters_are_converted(name: str, read: Read) -> None:
    submission, _ = read(name)
    assert submission.narratives[OTHER_ANSWER.removeprefix("n.")] == MEANT


def test_the_good_workbook_says_nothing(read: Read) -> None:
    assert read(GOOD.name)[1].findings == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1.234", "1.234 (viết liền: 1234)"),
        ("1.234,0", "1.234 (viết liền: 1234)"),
        ("1,234", "1.234"),
        ("1 234", "1.234"),
        ("mười hai", "12"),
        ("1.234.567", "1.234.567"),
    ],
)
def test_a_reading_that_looks_like_what_was_typed_is_told_without_its_dot(typed: str, shown: str) -> None:
    assert figure_meant(typed, Wanted("lượt người")).facts == {"reading": shown}


def test_there_are_enough_of_them() -> None:
    assert len(CASES) == len(ALL) >= 120


def test_days_of_1904_are_the_days_that_excel_shows(read: Read) -> None:
    before, after = (read(name)[0].meta["meta.as_of"] for name in (GOOD.name, "vụng - đếm ngày từ 1904.xlsx"))
    assert isinstance(before, float) and after == before + 1462


IN_ROWS: tuple[tuple[str, str, str, float | None], ...] = (
    ("người", "1.234", "read-as", 1234),
    ("đồng", "31 triệu", "read-as", 31_000_000),
    ("%", "90,6%", "read-as", 90.6),
    ("người", "mười hai", "read-as", 12),
    ("", "1.234", "figure-two-readings", None),
    ("", "31 triệu", "figure-doubtful", None),
    ("triệu đồng", "31 triệu", "figure-doubtful", None),
    ("%", "0,906", "figure-two-readings", None),
    ("người", "như trên", "figure-ditto", None),
    ("người", "8/10", "figure-two-numbers", None),
    ("", "đang chờ", "not-a-number", None),
)
"""Targets typed as text into rows of a table: the row's unit, the text, what is told, the figure."""


def test_rows_of_tables_are_read_by_their_units() -> None:
    """What is not dared stays in its row as it was typed."""
    view = load("gnk_cdcs_001").at("CDCS")
    submission = entered(view)
    submission.tables["chi_tieu"] = [
        TableRow("", "", {"name": f"Chỉ tiêu {number}", "unit": unit, "target": text})
        for number, (unit, text, _, _) in enumerate(IN_ROWS)
    ]
    again, findings = read_submission(read_grid(poured(submission, STRANGER)))
    first = at.layout_of(view).tables[[table.id for table in view.tables].index("chi_tieu")]
    cells = [at.address(first.FIRST_ROW + number, first.col("target")) for number in range(len(IN_ROWS))]
    told = [(one.code, one.place.sheet, one.place.cell, one.facts["typed"]) for one in findings if "typed" in one.facts]
    assert told == [(code, first.sheet, cell, text) for (_, text, code, _), cell in zip(IN_ROWS, cells, strict=True)]
    assert [row.values["target"] for row in again.tables["chi_tieu"]] == [
        text if value is None else value for _, text, _, value in IN_ROWS
    ]
