"""The command line: exit codes, refusals, and what it writes for other programs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consolidator import __version__, commands, isolation
from consolidator.cli import main
from consolidator.commands import CANNOT, CLEAN, ERRORS
from consolidator.console import print_outcome
from consolidator.engine import Task
from consolidator.form import Form
from consolidator.listing import COLUMNS
from consolidator.opening import read_file
from consolidator.outcome import FileOutcome, Outcome
from consolidator.rulebook import form_ids, load
from consolidator.sample import sample_entries, sample_roster
from consolidator.unit import Roster, Unit
from tests.district import DISTRICT, ROSTER, A, B, C, entry, put, put_roster, retype

COMMANDS = ("issue", "check", "run", "values", "forms", "demo")
BAD = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99}


@pytest.fixture
def clean(form: Form, tmp_path: Path) -> Path:
    """A workbook in which no rule is broken."""
    for one in sample_entries(form, sample_roster(11)):
        if one.unit.code == "LC-01-001":
            return put(tmp_path / "inbox", form, one)
    raise AssertionError


def outputs(tmp: Path) -> list[str]:
    return ["--out", str(tmp / "out.xlsx"), "--report", str(tmp / "report.xlsx")]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_is_in_vietnamese(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    text = capsys.readouterr().out
    assert left.value.code == 0
    assert len(re.findall(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text)) > 10
    assert not re.search(r"show this help|options:|positional arguments|show program", text)


def test_every_command_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if not re.search(rf"^\s+{name}\s", text, re.M)] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert (left.value.code, capsys.readouterr().out.strip()) == (0, __version__)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check"], ["run", "x"], ["demo", "--units", "many"]])
def test_a_command_that_is_not_understood_cannot_run(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == CANNOT


def test_check_of_a_clean_file(clean: Path) -> None:
    assert main(["check", str(clean)]) == CLEAN


def test_check_of_a_file_with_errors_names_the_cell(
    form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, form, entry(A, BAD))
    submission = read_file(path, "x").submission
    assert submission is not None
    assert main(["check", str(path)]) == ERRORS
    assert f"SP001 [PL03!{submission.place('tvpl_luot.actual')[1]}]" in capsys.readouterr().out


def test_check_of_what_is_not_there_or_no_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("x", "utf-8")
    assert main(["check", str(tmp_path / "a.txt")]) == ERRORS
    for command in ("check", "values"):
        assert main([command, str(tmp_path / "a.txt"), str(tmp_path / "none.xlsx")]) == CANNOT
        assert capsys.readouterr().err == f"Không có tệp hoặc thư mục “{tmp_path / 'none.xlsx'}”.\n"


@pytest.mark.parametrize("command", ["check", "values"])
def test_an_empty_folder_is_nothing_to_read(command: str, tmp_path: Path) -> None:
    assert main([command, str(tmp_path)]) == CANNOT


def test_check_of_a_form_that_nobody_filled_in(form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(put(tmp_path, form, entry(A, {})))]) == ERRORS
    assert "Lỗi no-figures [-]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["issue", "khong_co"], ["run", ".", "--form", "khong_co"], ["forms", "khong_co"]]
)
def test_a_form_that_does_not_exist_is_answered_with_those_that_do(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    units = ["--units", str(put_roster(tmp_path / "units.xlsx"))]
    more = {"issue": [*units, "--out", str(tmp_path / "out")], "run": [*units, "--parent", "D", *outputs(tmp_path)]}
    assert main([*arguments, *more.get(arguments[0], [])]) == CANNOT
    told = capsys.readouterr().err
    assert told.startswith("Không có biểu mẫu “khong_co”") and all(one in told for one in form_ids())


@pytest.mark.parametrize(("out", "report"), [("out", "r.xlsx"), ("out.xls", "r.xlsx"), ("out.xlsx", "r.pdf")])
def test_outputs_are_xlsx(out: str, report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units = put_roster(tmp_path / "units.xlsx")
    paths = ["--out", str(tmp_path / out), "--report", str(tmp_path / report)]
    assert main(["run", str(tmp_path), "--units", str(units), "--parent", "D", *paths]) == CANNOT
    assert "phải là tên một tệp .xlsx" in capsys.readouterr().err


def test_run_is_clean_only_without_errors(clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And told to be quiet it says nothing, but its exit code does."""
    roster = sample_roster(11)
    units = put_roster(tmp_path / "units.xlsx", roster)
    for one in sample_entries(read_form(clean), roster):
        if one.unit.code == "LC-01":
            put(clean.parent, read_form(clean), one)
    command = ["run", str(clean.parent), "--units", str(units), "--parent", "LC-01", *outputs(tmp_path)]
    assert main(command) == CLEAN
    said = capsys.readouterr().out
    assert "0 lỗi." in said and "Việc tiếp theo" not in said
    retype(clean, {"tvpl_luot.actual": 999})
    assert main([*command, "--quiet"]) == ERRORS
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("asked", "where"), [(["--returns"], "ra/returns"), (["--returns", "thư/gửi"], "thư/gửi")])
def test_letters_are_beside_the_summary_or_where_they_are_asked_for(
    asked: list[str],
    where: str,
    form: Form,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(tmp_path / "inbox", form, entry(A, BAD))
    put_roster(tmp_path / "units.xlsx")
    monkeypatch.chdir(tmp_path)
    command = ["run", "inbox", "--units", "units.xlsx", "--parent", "D", "--out", "ra/t.xlsx", "--report", "ra/b.xlsx"]
    assert main([*command, *asked]) == ERRORS
    letters = sorted(path.name for path in (tmp_path / where).glob("*.eml"))
    assert f"Thư trả lời {len(letters)} đơn vị: {Path(where)}\n" in capsys.readouterr().out
    assert len(letters) == 3 and f"{A.code} - {A.name}.eml" in letters


def test_the_closing_lines_fit_a_screen_and_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred units are missing: three are named."""
    missing = tuple(replace(DISTRICT, code=f"D-{n}", name=f"CĐCS số {n}") for n in range(4, 104))
    outcome = Outcome(load("quy3_2023_004"), ROSTER, DISTRICT, [], missing, missing=missing)
    print_outcome(outcome)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and max(map(len, lines)) < 200
    assert "đôn đốc 100 đơn vị còn thiếu (CĐCS số 4, CĐCS số 5, CĐCS số 6, …)" in lines[-1]


def read_form(path: Path) -> Form:
    submission = read_file(path, path.name).submission
    assert submission is not None
    return submission.view.form


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"folder": "nowhere"}, CANNOT),
        ({"--parent": "X"}, CANNOT),
        ({"--units": "nowhere.xlsx"}, CANNOT),
        ({"--form": "nonsense"}, CANNOT),
        ({"--form": "quy3_2023_004"}, ERRORS),
    ],
)
def test_run_says_whether_it_could(change: dict[str, str], code: int, form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, BAD))
    put_roster(tmp_path / "units.xlsx")
    given = {"folder": "inbox", "--parent": "D", "--units": "units.xlsx"} | change
    folder, parent, units = tmp_path / given["folder"], given["--parent"], tmp_path / given["--units"]
    more = ["--form", given["--form"]] if "--form" in given else []
    command = ["run", str(folder), "--units", str(units), "--parent", parent, *outputs(tmp_path), *more]
    assert main(command) == code
    assert (tmp_path / "out.xlsx").exists() == (code != CANNOT)


def test_run_over_a_folder_without_reports_cannot_run(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    units = put_roster(tmp_path / "units.xlsx")
    command = ["run", str(tmp_path / "inbox"), "--units", str(units), "--parent", "D", *outputs(tmp_path)]
    assert main(command) == CANNOT
    assert not (tmp_path / "out.xlsx").exists()


def test_a_roster_with_errors_is_told_and_nothing_is_written(
    tmp_path: Path, form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "inbox", form, entry(A, BAD))
    units = put_roster(tmp_path / "units.xlsx", Roster.of([Unit("D", "Huyện", "CTTT", "P")]))
    command = ["run", str(tmp_path / "inbox"), "--units", str(units), "--parent", "D", *outputs(tmp_path)]
    assert main(command) == CANNOT
    assert "D2" in capsys.readouterr().err
    assert main(["issue", form.id, "--units", str(units), "--out", str(tmp_path / "blank")]) == CANNOT
    assert not (tmp_path / "out.xlsx").exists()


def test_issue_writes_one_workbook_a_unit(form: Form, tmp_path: Path) -> None:
    units, out = put_roster(tmp_path / "units.xlsx"), tmp_path / "blank"
    command = ["issue", form.id, "--units", str(units), "--out", str(out)]
    assert main(command) == CLEAN
    written = {path.name: read_file(path, path.name) for path in out.iterdir()}
    found = {f.unit: f.submission.view.level for f in written.values() if f.submission}
    assert found == {unit.code: unit.level for unit in ROSTER.units.values()}
    assert len(written) == len(found)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert main(command) == CLEAN
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_issue_for_one_parent(form: Form, tmp_path: Path) -> None:
    units, out = put_roster(tmp_path / "units.xlsx"), tmp_path / "blank"
    assert main(["issue", form.id, "--units", str(units), "--out", str(out), "--parent", "D"]) == CLEAN
    assert sorted(path.name.split(" - ")[0] for path in out.iterdir()) == ["D", "D-1", "D-2", "D-3"]
    assert main(["issue", form.id, "--units", str(units), "--out", str(out), "--parent", "X"]) == CANNOT
    assert main(["issue", "nonsense", "--units", str(units), "--out", str(out)]) == CANNOT


def test_issue_never_replaces_a_workbook_that_was_filled_in(form: Form, tmp_path: Path) -> None:
    units, out = put_roster(tmp_path / "units.xlsx"), tmp_path / "blank"
    command = ["issue", form.id, "--units", str(units), "--out", str(out)]
    main(command)
    path = next(path for path in out.iterdir() if path.name.startswith("E-1"))
    retype(path, {"dv_tong.actual": 5})
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert main(command) == CANNOT
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_values_in_a_file_for_excel(form: Form, tmp_path: Path) -> None:
    path, out = put(tmp_path, form, entry(A, {"pm_dv_cap_nhat": 9, "dv_tong": 70})), tmp_path / "values.csv"
    assert main(["values", str(path), "--csv", str(out)]) == CLEAN
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    assert tuple(header) == COLUMNS
    facts = [(row[4], row[7], row[8], row[9]) for row in rows]
    assert facts == [
        ("dv_tong.actual", "70", "70", ""),
        ("pm_dv_cap_nhat.actual", "9", "9", ""),
        ("pm_dv_ty_le.actual", "12.9", "", ""),
    ]


def test_values_on_the_terminal_and_files_without_any(
    form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, form, entry(A, {"dv_tong": 70}))
    (tmp_path / "a.txt").write_text("x", "utf-8")
    assert main(["values", str(path), str(tmp_path / "a.txt")]) == ERRORS
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert list(COLUMNS) in lines
    assert "dv_tong.actual" in [line[4] for line in lines if len(line) == len(COLUMNS)]


def test_values_of_a_folder(form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "inbox", form, entry(A, {"dv_tong": 70}))
    assert main(["values", str(path.parent)]) == CLEAN
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert (str(path), "dv_tong.actual") in [(line[0], line[4]) for line in lines]


def test_values_of_many_files_some_at_a_time(
    form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, unit in enumerate((B, A, C)):
        put(tmp_path / "inbox", form, entry(unit, {"dv_tong": 70 + number}))
    (tmp_path / "inbox" / "hỏng.xlsx").write_bytes(b"x")
    out = tmp_path / "values.csv"
    found = []
    for at_once in (1, 2, 500):
        monkeypatch.setattr(commands, "_AT_ONCE", at_once)
        assert main(["values", str(tmp_path / "inbox"), "--csv", str(out)]) == ERRORS
        found.append(out.read_text("utf-8-sig"))
    assert found[0] == found[1] == found[2]
    assert [row.split(",")[1:8:6] for row in found[0].splitlines()[1:]] == [["D-1", "71"], ["D-2", "70"], ["D-3", "72"]]
    reading = isolation.read_all

    def until_the_disk_is_full(tasks: Sequence[Task], *more: Any) -> list[FileOutcome]:
        if "D-3" in tasks[0][1]:
            raise OSError(28, "No space left on device")
        return reading(tasks, *more)

    monkeypatch.setattr(commands, "_AT_ONCE", 1)
    monkeypatch.setattr(isolation, "read_all", until_the_disk_is_full)
    capsys.readouterr()
    assert main(["values", str(tmp_path / "inbox"), "--csv", str(out)]) == CANNOT
    assert f"“{out}”" in capsys.readouterr().err
    assert out.read_text("utf-8-sig") == found[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox", "values.csv"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_code_that_looks_like_a_formula_is_no_formula_in_csv(sign: str, form: Form, tmp_path: Path) -> None:
    code = f"{sign}1+cmd|' /C calc'!A0"
    path = put(tmp_path, form, entry(Unit(code, "Đơn vị", "CDCS", "D"), {"dv_tong": 70, "cnvcld_tong": -5}), "a.xlsx")
    out = tmp_path / "values.csv"
    main(["values", str(path), "--csv", str(out)])
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert {row[1] for row in rows} == {"'" + code}
    assert sorted(row[7] for row in rows) == ["-5", "70"]  # a negative figure stays a figure


def test_forms_as_json(capsys: pytest.CaptureFixture[str], form: Form) -> None:
    assert main(["forms", "--json"]) == CLEAN
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"forms"}
    assert form.id in [one["id"] for one in found["forms"]]


def test_forms_on_the_terminal(capsys: pytest.CaptureFixture[str], form: Form) -> None:
    assert main(["forms"]) == CLEAN
    assert form.id in capsys.readouterr().out


@pytest.mark.parametrize("units", ["10", "779"])
def test_a_demo_of_impossible_size_cannot_run(units: str, tmp_path: Path) -> None:
    assert main(["demo", "--out", str(tmp_path / "demo"), "--units", units]) == CANNOT
    assert not (tmp_path / "demo").exists()
