"""What staff decide: kept by content, never lost, never more than it says; and no broken workbook is written over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator.checking import all_findings
from consolidator.deciding import (
    ACCEPT,
    DROP,
    NO_DECISIONS,
    TAKE,
    Answer,
    Decisions,
    Part,
    accepted,
    decisions_at,
    read_decisions,
    run_name,
    warning_key,
)
from consolidator.decisionsheet import decisions_workbook
from consolidator.finding import Finding, Place, Severity
from consolidator.form import Form
from consolidator.inbox import sort_out
from consolidator.isolation import apart
from consolidator.opening import read_file
from consolidator.outcome import FileOutcome, Outcome
from consolidator.submission import Source
from consolidator.wording import FINAL
from tests.district import DISTRICT, ROSTER, A, B, C, submission

FIGURES: Mapping[str, Mapping[str, float]] = {
    "one": {"dv_tong": 120, "cnvcld_tong": 150},
    "two": {"dv_tong": 125, "cnvcld_tong": 150},
    "three": {"dv_tong": 130, "cnvcld_tong": 150},
}
WARNED = {"thu_nhap_bq_hcsn": 500.0, "qth_nguoi": 5.0, "qth_tien": 0.0}
"""An income too small to be one, help for five that cost nothing: two warnings of the form at least."""


def sent(form: Form, content: str, unit: str = A.code, name: str = "", file: str = "") -> FileOutcome:
    """A file with content of FIGURES as it was read; `name` on its cover, by default that of the roster."""
    whose = ROSTER.units[unit]
    made = submission(form, whose, FIGURES.get(content, {}))
    shown = file or f"{content}.xlsx"
    made = replace(made, unit_name=name or whose.name, source=Source(shown, f"sha-{content}"))
    made.meta = {**made.meta, "meta.version": FINAL, "meta.report_date": 45190.0}
    return FileOutcome(shown, f"/x/{shown}", "accepted", unit, form.id, [], made)


def sorted_out(form: Form, files: Sequence[FileOutcome], decisions: Decisions = NO_DECISIONS) -> Outcome:
    """A batch of the district as far as it is sorted."""
    found = sort_out(files, form, form.period.id, DISTRICT, ROSTER, decisions)
    outcome = Outcome(form, ROSTER, DISTRICT, list(files), ROSTER.children("D"))
    outcome.questions = found.questions
    return outcome


def drawn(path: Path, outcome: Outcome, decisions: Decisions = NO_DECISIONS) -> Path:
    path.write_bytes(decisions_workbook(outcome, decisions, path))
    return path


def typed(path: Path, part: Part, rows: Mapping[int, Mapping[str, object]]) -> Path:
    """Types into rows (0-based) of a table, the way a clerk does in Excel."""
    book = load_workbook(path)
    for row, cells in rows.items():
        for column, value in cells.items():
            ((sheet, run),) = book.defined_names[run_name(part, column)].destinations
            first = run.split(":")[0].replace("$", "")
            book[sheet][first].offset(row + 1, 0).value = value
    book.save(path)
    return path


def column(path: Path, part: Part, name: str) -> list[object]:
    """What stands in a column of a table, under its heading."""
    book = load_workbook(path)
    ((sheet, run),) = book.defined_names[run_name(part, name)].destinations
    return [row[0].value for row in book[sheet][run.replace("$", "")]][1:-1]


def read(path: Path) -> Decisions:
    decisions, findings = read_decisions(path)
    assert findings == []
    return decisions


def fates(outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Status and the code of what was decided, by file."""
    return {file.file: (file.status, file.findings[0].code if file.findings else "") for file in outcome.files}


def asked(form: Form, tmp_path: Path) -> Path:
    """A workbook that asks which of two files of a unit counts."""
    return drawn(tmp_path / "decisions.xlsx", sorted_out(form, [sent(form, "one"), sent(form, "two")]))


def row_of(path: Path, content: str) -> int:
    return [str(key).endswith(f"sha-{content}") for key in column(path, Part.FILES, "key")].index(True)


def decided(form: Form, tmp_path: Path, content: str = "one", choice: str = TAKE, reason: str = "đã hỏi") -> Path:
    path = asked(form, tmp_path)
    row = {"choice": choice, "reason": reason, "who": "Lan", "when": "15/09/2023"}
    return typed(path, Part.FILES, {row_of(path, content): row})


# ---------- files


def test_the_chosen_file_counts_and_the_other_says_why_not(form: Form, tmp_path: Path) -> None:
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], read(decided(form, tmp_path, "two")))
    assert fates(outcome) == {
        "one.xlsx": ("ignored", "duplicate-decided"),
        "two.xlsx": ("accepted", "file-chosen"),
    }
    assert {(f.facts["who"], f.facts["reason"]) for file in outcome.files for f in file.findings} == {
        ("Lan, 15/09/2023", "đã hỏi")
    }


def test_dropping_one_of_two_is_enough(form: Form, tmp_path: Path) -> None:
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], read(decided(form, tmp_path, "two", DROP)))
    assert fates(outcome) == {"one.xlsx": ("accepted", ""), "two.xlsx": ("ignored", "duplicate-decided")}


def test_a_unit_whose_every_file_was_dropped_is_told(form: Form, tmp_path: Path) -> None:
    path = asked(form, tmp_path)
    typed(path, Part.FILES, {row: {"choice": DROP, "reason": "nhầm kỳ"} for row in (0, 1)})
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], read(path))
    assert {file.status for file in outcome.files} == {"rejected"}
    assert {tuple(f.code for f in file.findings) for file in outcome.files} == {("duplicate-decided", "decision-none")}


def test_an_answer_follows_the_content_and_not_the_name(form: Form, tmp_path: Path) -> None:
    decisions = read(decided(form, tmp_path, "one"))
    swapped = [sent(form, "one", file="two.xlsx"), sent(form, "two", file="one.xlsx")]
    assert fates(sorted_out(form, swapped, decisions))["two.xlsx"] == ("accepted", "file-chosen")
    other = [sent(form, "one", B.code), sent(form, "two", B.code)]
    assert {status for status, _ in fates(sorted_out(form, other, decisions)).values()} == {"rejected"}


def test_a_file_that_came_after_the_decision_opens_the_question_again(form: Form, tmp_path: Path) -> None:
    """Nobody has looked at the third file: an older "take this one" must not drop it without a word."""
    path, files = decided(form, tmp_path, "one"), ["one", "two", "three"]
    for _ in range(2):  # a run that nobody answers changes nothing
        decisions = read(path)
        outcome = sorted_out(form, [sent(form, name) for name in files], decisions)
        assert set(fates(outcome).values()) == {("rejected", "duplicate-undecided")}
        drawn(path, outcome, decisions)
        assert column(path, Part.FILES, "choice") == [None, None, None]
        assert column(path, Part.GONE, "reason") == ["đã hỏi"]
    typed(path, Part.FILES, {row_of(path, "three"): {"choice": TAKE, "reason": "mới nhất"}})
    outcome = sorted_out(form, [sent(form, name) for name in files], read(path))
    assert fates(outcome)["three.xlsx"] == ("accepted", "file-chosen")


def test_the_old_answer_is_back_when_the_late_file_is_gone(form: Form, tmp_path: Path) -> None:
    path, two = decided(form, tmp_path, "one"), ("one", "two")
    drawn(path, sorted_out(form, [sent(form, n) for n in (*two, "three")], read(path)), read(path))
    decisions = read(path)
    outcome = sorted_out(form, [sent(form, name) for name in two], decisions)
    assert fates(outcome)["one.xlsx"] == ("accepted", "file-chosen")
    drawn(path, outcome, decisions)
    assert column(path, Part.FILES, "choice")[row_of(path, "one")] == TAKE and column(path, Part.GONE, "key") == []


def test_dropping_the_late_file_keeps_the_old_choice(form: Form, tmp_path: Path) -> None:
    path, files = decided(form, tmp_path, "one"), ("one", "two", "three")
    drawn(path, sorted_out(form, [sent(form, name) for name in files], read(path)), read(path))
    typed(path, Part.FILES, {row_of(path, "three"): {"choice": DROP, "reason": "bản nháp"}})
    outcome = sorted_out(form, [sent(form, name) for name in files], read(path))
    assert fates(outcome)["one.xlsx"] == ("accepted", "file-chosen")
    assert {fates(outcome)[f"{name}.xlsx"] for name in ("two", "three")} == {("ignored", "duplicate-decided")}


def test_a_late_file_that_is_no_longer_dropped_opens_the_question(form: Form, tmp_path: Path) -> None:
    path, files = decided(form, tmp_path, "one"), ("one", "two", "three")
    for row in ({}, {"choice": DROP, "reason": "bản nháp"}, {"choice": None, "reason": None}):
        drawn(path, sorted_out(form, [sent(form, name) for name in files], read(path)), read(path))
        typed(path, Part.FILES, {row_of(path, "three"): row})
    outcome = sorted_out(form, [sent(form, name) for name in files], read(path))
    assert set(fates(outcome).values()) == {("rejected", "duplicate-undecided")}


def test_a_dropped_file_stays_dropped_and_asked_about_alone(form: Form, tmp_path: Path) -> None:
    path = decided(form, tmp_path, "one", DROP)
    outcome = sorted_out(form, [sent(form, "one")], read(path))
    assert fates(outcome)["one.xlsx"] == ("rejected", "duplicate-decided")
    drawn(path, outcome, read(path))
    assert (column(path, Part.FILES, "choice"), column(path, Part.GONE, "key")) == ([DROP], [])


def test_an_answered_question_stays_in_its_place(form: Form, tmp_path: Path) -> None:
    path = decided(form, tmp_path, "one")
    before, content = column(path, Part.FILES, "choice"), path.read_bytes()
    for _ in range(2):
        decisions = read(path)
        drawn(path, sorted_out(form, [sent(form, "two"), sent(form, "one")], decisions), decisions)
        assert column(path, Part.FILES, "choice") == before and column(path, Part.FILES, "when")[before.index(TAKE)]
    assert path.read_bytes() != content  # openpyxl's bytes against ours; the third drawing is as the second
    second = path.read_bytes()
    drawn(path, sorted_out(form, [sent(form, "one"), sent(form, "two")], read(path)), read(path))
    assert path.read_bytes() == second


def test_answers_to_what_is_asked_no_longer_are_kept_and_come_back(form: Form, tmp_path: Path) -> None:
    path = decided(form, tmp_path, "two")
    for _ in range(2):
        decisions = read(path)
        drawn(path, sorted_out(form, [sent(form, "one", B.code)], decisions), decisions)
        assert column(path, Part.FILES, "key") == []
        assert [column(path, Part.GONE, name) for name in ("unit", "about", "reason", "who")] == [
            ["D-1"],
            ["two.xlsx"],
            ["đã hỏi"],
            ["Lan"],
        ]
    decisions = read(path)
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], decisions)
    assert fates(outcome)["two.xlsx"] == ("accepted", "file-chosen")
    drawn(path, outcome, decisions)
    assert column(path, Part.FILES, "reason")[row_of(path, "two")] == "đã hỏi" and not column(path, Part.GONE, "key")


def test_an_emptied_answer_is_gone(form: Form, tmp_path: Path) -> None:
    path = decided(form, tmp_path, "two")
    typed(path, Part.FILES, {row_of(path, "two"): dict.fromkeys(("choice", "reason", "who", "when"))})
    assert read(path).answers == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"choice": TAKE}, {}], [("decision-no-reason", "reason", 0)]),
        ([{"choice": TAKE, "reason": " "}, {}], [("decision-no-reason", "reason", 0)]),
        ([{"choice": TAKE, "reason": "a"}, {"choice": TAKE, "reason": "b"}], [("decision-both", "choice", 0)]),
        ([{}, {"choice": "cả hai", "reason": "a"}], [("decision-unknown", "choice", 1)]),
        ([{}, {"choice": "x", "reason": "a"}], [("decision-unknown", "choice", 1)]),
        ([{"reason": "chưa rõ"}, {"who": "Lan"}], []),
    ],
)
def test_what_decides_nothing_is_said_at_its_cell_and_kept(
    rows: list[dict[str, object]], said: list[tuple[str, str, int]], form: Form, tmp_path: Path
) -> None:
    path = typed(asked(form, tmp_path), Part.FILES, dict(enumerate(rows)))
    decisions, findings = read_decisions(path)
    book = load_workbook(path)
    expected = []
    for code, name, row in said:
        ((sheet, run),) = book.defined_names[run_name(Part.FILES, name)].destinations
        cell = book[sheet][run.split(":")[0].replace("$", "")].offset(row + 1, 0)
        expected.append((code, "decisions.xlsx", sheet, cell.coordinate, "D-1"))
    assert [(f.code, f.place.file, f.place.sheet, f.place.cell, f.unit) for f in findings] == expected
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], decisions)
    assert {file.status for file in outcome.files} == {"rejected"} and all(file.waits for file in outcome.files)
    drawn(path, outcome, decisions)
    for name in ("choice", "reason", "who"):
        kept = [str(row.get(name, "")).strip() or None for row in rows]
        assert column(path, Part.FILES, name) == kept


@pytest.mark.parametrize("choice", ["lấy tệp này", "  LẤY  TỆP NÀY ", "Lâ\u0301y tệp này"])
def test_a_choice_typed_by_hand_is_understood(choice: str, form: Form, tmp_path: Path) -> None:
    decisions = read(decided(form, tmp_path, "one", choice))
    assert [answer.choice for answer in decisions.answers.values()] == [TAKE]


def test_a_day_or_a_number_that_was_pasted_is_kept_as_it_looked(form: Form, tmp_path: Path) -> None:
    path = asked(form, tmp_path)
    typed(path, Part.FILES, {0: {"choice": TAKE, "reason": 5, "when": date(2023, 9, 15)}})
    (answer,) = read(path).answers.values()
    assert (answer.reason, answer.when) == ("5", "15/09/2023")


# ---------- names


def test_a_name_that_is_not_the_roster_s_waits_until_it_is_decided(form: Form, tmp_path: Path) -> None:
    def file() -> FileOutcome:
        return sent(form, "one", name="CĐCS Trường Khác")

    outcome = sorted_out(form, [file()])
    assert fates(outcome) == {"one.xlsx": ("rejected", "name-differs")} and outcome.files[0].waits
    path = typed(drawn(tmp_path / "d.xlsx", outcome), Part.FILES, {0: {"choice": TAKE, "reason": "mới đổi tên"}})
    assert fates(sorted_out(form, [file()], read(path))) == {"one.xlsx": ("accepted", "file-chosen")}
    typed(path, Part.FILES, {0: {"choice": DROP}})
    assert fates(sorted_out(form, [file()], read(path))) == {"one.xlsx": ("rejected", "duplicate-decided")}


# ---------- warnings


def warning(**changes: object) -> Finding:
    place, facts = Place("a.xlsx", "PL01", "E7", "dv_tong.actual"), {"values": "Đoàn viên: 9", "ref": "dv_tong.actual"}
    return replace(Finding("W1", Severity.WARNING, place, facts, A.code), **changes)  # type: ignore[arg-type]


def accepting(one: Finding, **changes: str) -> Decisions:
    key = warning_key(one)
    answer = Answer(Part.WARNINGS, key, choice=ACCEPT, reason="đã đối chiếu", who="Lan")
    return Decisions({(Part.WARNINGS, key): replace(answer, **changes)})


def test_a_warning_is_accepted_with_its_reason() -> None:
    (found,) = accepted([warning()], accepting(warning()))
    assert found == replace(warning(), accepted="đã đối chiếu (Lan)")
    info = warning(severity=Severity.INFO)
    assert accepted([info], accepting(info))[0].accepted


def test_where_it_stands_and_what_the_unit_explains_do_not_matter() -> None:
    moved = warning(place=Place("b.xlsx", "PL02", "F9", "dv_tong.actual"), explanation="đúng")
    assert accepted([moved], accepting(warning()))[0].accepted


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"values": "Đoàn viên: 10", "ref": "dv_tong.actual"}},
        {"facts": {"values": "Đoàn viên: 9", "ref": "dv_tong.actual", "row": "x"}},
        {"unit": B.code},
        {"code": "W2"},
        {"place": Place("a.xlsx", "PL01", "E7", "cnvcld_tong.actual")},
    ],
)
def test_another_warning_or_other_figures_are_not_accepted(changes: dict[str, object]) -> None:
    assert accepted([warning(**changes)], accepting(warning()))[0].accepted == ""


@pytest.mark.parametrize("changes", [{"reason": ""}, {"choice": ""}, {"choice": "có"}])
def test_an_acceptance_needs_its_sign_and_its_reason(changes: dict[str, str]) -> None:
    assert accepted([warning()], accepting(warning(), **changes)) == [warning()]


def test_an_error_is_never_accepted() -> None:
    error = warning(severity=Severity.ERROR)
    found = accepted([error], accepting(error))
    assert found[0] == error and [(f.code, f.unit, f.facts["rule"]) for f in found[1:]] == [
        ("acceptance-of-error", A.code, "W1")
    ]


def warned(form: Form, figures: Mapping[str, float]) -> Outcome:
    """A batch in which one report is checked; its warnings are those of the form's rules."""
    made = replace(submission(form, C, figures), source=Source("c.xlsx", "sha-c"))
    made.meta = {**made.meta, "meta.version": FINAL, "meta.as_of": 45169.0, "meta.report_date": 45190.0}
    outcome = sorted_out(form, [FileOutcome("c.xlsx", "/x/c.xlsx", "accepted", C.code, form.id, [], made)])
    (outcome.files[0].findings,) = all_findings([made], [[]])
    return outcome


def test_warnings_are_listed_once_errors_and_remarks_never(form: Form, tmp_path: Path) -> None:
    outcome = warned(form, WARNED)
    findings = outcome.files[0].findings
    warnings = [finding for finding in findings if finding.severity is Severity.WARNING]
    assert warnings and any(finding.severity is Severity.ERROR for finding in [*findings, *_error(outcome)])
    outcome.files[0].findings += warnings
    path = drawn(tmp_path / "d.xlsx", outcome)
    assert sorted(map(str, column(path, Part.WARNINGS, "key"))) == sorted({warning_key(one) for one in warnings})


def _error(outcome: Outcome) -> list[Finding]:
    outcome.files[0].findings.append(warning(code="not-a-number", severity=Severity.ERROR, facts=_FACTS))
    return outcome.files[0].findings


_FACTS = {"label": "Đoàn viên", "typed": "ba"}


def test_warnings_of_files_that_do_not_count_are_not_asked(form: Form, tmp_path: Path) -> None:
    outcome = warned(form, WARNED)
    outcome.files[0].status = "ignored"
    assert column(drawn(tmp_path / "d.xlsx", outcome), Part.WARNINGS, "key") == []


def test_an_acceptance_survives_runs_and_ends_with_its_figures(form: Form, tmp_path: Path) -> None:
    path = drawn(tmp_path / "d.xlsx", warned(form, WARNED))
    count = len(column(path, Part.WARNINGS, "key"))
    typed(path, Part.WARNINGS, {row: {"choice": "X", "reason": "đã đối chiếu"} for row in range(count)})
    for _ in range(2):
        decisions, outcome = read(path), warned(form, WARNED)
        assert sum(bool(f.accepted) for f in accepted(outcome.files[0].findings, decisions)) == count >= 2
        drawn(path, outcome, decisions)
        assert column(path, Part.WARNINGS, "choice") == [ACCEPT] * count
    decisions, changed = read(path), warned(form, {**WARNED, "thu_nhap_bq_hcsn": 600.0})
    open_ones = [f for f in accepted(changed.files[0].findings, decisions) if f.severity is Severity.WARNING]
    about_income = {f.code for f in open_ones if "600" in f.facts["values"]}
    assert about_income == {f.code for f in open_ones if not f.accepted} and 0 < len(about_income) < count
    drawn(path, changed, decisions)
    assert column(path, Part.WARNINGS, "choice").count(None) == len(about_income)
    assert column(path, Part.GONE, "reason") == ["đã đối chiếu"] * len(about_income)
    again = read(path)
    assert all(f.accepted for f in accepted(warned(form, WARNED).files[0].findings, again) if f.severity == "warning")


@pytest.mark.parametrize(
    ("row", "code"),
    [({"choice": "x"}, "decision-no-reason"), ({"choice": "ok", "reason": "a"}, "decision-unknown")],
)
def test_an_acceptance_that_accepts_nothing_is_said(
    row: dict[str, object], code: str, form: Form, tmp_path: Path
) -> None:
    path = typed(drawn(tmp_path / "d.xlsx", warned(form, WARNED)), Part.WARNINGS, {0: row})
    decisions, findings = read_decisions(path)
    assert [(f.code, f.unit) for f in findings] == [(code, C.code)]
    assert not any(f.accepted for f in accepted(warned(form, WARNED).files[0].findings, decisions))


# ---------- the workbook


def test_only_the_deciding_cells_are_open(form: Form, tmp_path: Path) -> None:
    book = load_workbook(decided(form, tmp_path))
    for name in ("Quyết định", "Cảnh báo", "Không còn áp dụng"):
        assert book[name].protection.sheet and book[name].protection.password is None
        assert book[name].print_title_rows and book[name].freeze_panes and book[name].auto_filter.ref
    opened = {
        cell.column_letter for row in book["Quyết định"].iter_rows() for cell in row if not cell.protection.locked
    }
    names = [book.defined_names[run_name(Part.FILES, c)].attr_text for c in ("choice", "reason", "who", "when")]
    assert opened == {name.split("$")[1] for name in names}
    assert [rule.type for rule in book["Quyết định"].data_validations.dataValidation] == ["list"]


def test_among_reports_it_is_passed_over(form: Form, tmp_path: Path) -> None:
    found = read_file(asked(form, tmp_path), "d.xlsx")
    assert (found.status, [f.code for f in found.findings]) == ("ignored", ["ignored-output"])


def test_rows_that_excel_moved_are_found_by_name(form: Form, tmp_path: Path) -> None:
    """Sorting moves whole rows, hidden keys with them."""
    path = asked(form, tmp_path)
    book = load_workbook(path)
    sheet = book["Quyết định"]
    one, two = ([cell.value for cell in sheet[row]] for row in (6, 7))
    for row, values in ((6, two), (7, one)):
        for cell, value in zip(sheet[row], values, strict=True):
            cell.value = value
    book.save(path)
    typed(path, Part.FILES, {row_of(path, "one"): {"choice": TAKE, "reason": "a"}})
    outcome = sorted_out(form, [sent(form, "one"), sent(form, "two")], read(path))
    assert fates(outcome)["one.xlsx"] == ("accepted", "file-chosen")


def test_what_users_type_never_raises(form: Form, tmp_path: Path) -> None:
    long, evil = "á" * 32_767, '=HYPERLINK("http://x","y")'
    rows: dict[int, dict[str, object]] = {
        0: {"choice": evil, "reason": long, "who": "\u200b", "when": -1},
        1: {"choice": True, "reason": 1e300},
    }
    path = typed(asked(form, tmp_path), Part.FILES, rows)
    decisions, _ = read_decisions(path)
    drawn(path, sorted_out(form, [sent(form, "one"), sent(form, "two")], decisions), decisions)
    assert column(path, Part.FILES, "reason")[0] == long


def test_a_crowd_of_files_of_one_unit_fits(form: Form, tmp_path: Path) -> None:
    one = sent(form, "one").submission
    assert one is not None
    made = [replace(one, source=Source(f"{number}.xlsx", f"{number:064x}")) for number in range(700)]
    files = [FileOutcome(s.source.file, "/x", "accepted", A.code, form.id, [], s) for s in made]
    path = drawn(tmp_path / "d.xlsx", sorted_out(form, files))
    assert len(column(path, Part.FILES, "key")) == 700


# ---------- workbooks that are not ours


def foreign(path: Path, kind: str, form: Form) -> bytes:
    match kind:
        case "broken":
            path.write_bytes(b"PK\x03\x04nonsense")
        case "text":
            path.write_text("quyết định", "utf-8")
        case "folder":
            path.mkdir()
            return b""
        case "report":
            from openpyxl import Workbook

            Workbook().save(path)
        case "column":
            book = load_workbook(asked(form, path.parent))
            del book.defined_names[run_name(Part.FILES, "choice")]
            book.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["broken", "text", "folder", "report", "column"])
def test_a_workbook_that_is_not_ours_decides_nothing_and_is_left_alone(kind: str, form: Form, tmp_path: Path) -> None:
    path = tmp_path / "decisions.xlsx"
    content = foreign(path, kind, form)
    place, decisions, findings = decisions_at(path, lambda one: apart(read_decisions, one))
    assert [f.code for f in findings] == ["decisions-unread", "decisions-beside"]
    assert place == tmp_path / "decisions-2.xlsx" and decisions == NO_DECISIONS
    assert kind == "folder" or path.read_bytes() == content


def test_what_is_decided_beside_a_broken_workbook_counts_next_time(form: Form, tmp_path: Path) -> None:
    decided(form, tmp_path).rename(tmp_path / "decisions-2.xlsx")
    (tmp_path / "decisions.xlsx").write_bytes(b"")
    place, decisions, findings = decisions_at(tmp_path / "decisions.xlsx", read_decisions)
    assert place.name == "decisions-2.xlsx" and len(decisions.answers) == 1
    assert [f.code for f in findings] == ["decisions-unread", "decisions-beside"]
    (tmp_path / "decisions.xlsx").unlink()
    place, decisions, findings = decisions_at(tmp_path / "decisions.xlsx", read_decisions)
    assert place.name == "decisions-2.xlsx" and len(decisions.answers) == 1


def test_where_nothing_lies_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "decisions.xlsx"
    assert decisions_at(path, read_decisions) == (path, NO_DECISIONS, [])


def test_a_reader_that_was_killed_is_a_workbook_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "decisions.xlsx").write_bytes(b"x")
    place, _, findings = decisions_at(tmp_path / "decisions.xlsx", lambda path: None)
    assert place.name == "decisions-2.xlsx" and findings[0].code == "decisions-unread"


def test_where_no_place_is_left_nothing_may_be_written(tmp_path: Path) -> None:
    path = tmp_path / "decisions.xlsx"
    for number in range(1, 21):
        (path if number == 1 else path.with_stem(f"decisions-{number}")).write_bytes(b"x")
    assert not decisions_at(path, read_decisions)[1].is_ours
