"""The pages say what is so: commands, JSON keys, dependencies, links and floors are compared with the code."""

from __future__ import annotations

import argparse
import configparser
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from consolidator import cli, console, reportpages
from consolidator.booknames import CHECKS, COVER, HELP
from consolidator.finding import Finding, Severity
from consolidator.form import Form
from consolidator.listing import COLUMNS, files_json, form_json, outcome_json
from consolidator.outcome import FileOutcome, Outcome
from consolidator.pouring import workbook
from consolidator.rulebook import form_ids, load, rules_folder
from consolidator.unit import Roster, Unit
from consolidator.wording import LABELS
from tests.test_floors import FLOORS

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("", "consolidator", "macros", "rules", "tests", "workbooks")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
README = (ROOT / "README.md").read_text("utf-8")
STAFF = (ROOT / "workbooks" / "HUONG-DAN.md").read_text("utf-8")
MAINTAINERS = (ROOT / "consolidator" / "README.md").read_text("utf-8")
CI = (ROOT / ".ci" / "run").read_text("utf-8")
TWO_COMMANDS = [
    "python -m pip install . && python -m consolidator demo --out demo",
    'python -m pip install ".[test]" && python -m pytest',
]


def subcommands() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands by name."""
    for action in cli._parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("no commands")


@pytest.mark.parametrize("command", subcommands())
def test_every_command_and_option_is_described(command: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `consolidator {command} "))
    options = [name for action in subcommands()[command]._actions for name in action.option_strings]
    assert [name for name in options if name not in ("-h", "--help") and name not in row] == []


def test_no_command_is_described_that_does_not_exist() -> None:
    named = set(re.findall(r"`consolidator ([a-z]+)", README))
    assert named == set(subcommands())


def test_exit_codes_are_described() -> None:
    codes = re.findall(r"^\| (\d) \|", README, re.M)
    assert codes == [str(code) for code in (console.CLEAN, console.ERRORS, console.CANNOT)]


def test_the_two_commands_stand_alone_in_their_blocks() -> None:
    blocks = re.findall(r"^```\n(.*?)^```$", README, re.M | re.S)
    assert blocks[:2] == [command + "\n" for command in TWO_COMMANDS]


def test_ci_runs_the_two_commands_of_the_readme_and_no_others() -> None:
    """`.ci/run` takes its commands out of the README by their beginning, so there must be just these two."""
    pattern = re.search(r"grep '(\^[^']+)' README\.md", CI)
    assert pattern is not None
    assert [line for line in README.splitlines() if re.match(pattern[1], line)] == TWO_COMMANDS
    assert re.findall(r"^readme (\d)$", CI, re.M) == ["1", "2"]
    assert "pytest" not in CI


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if not target.startswith(("http://", "https://", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_picture_is_shown_and_small() -> None:
    pictures = sorted((ROOT / "workbooks" / "pictures").glob("*.png"))
    assert pictures
    shown = README + STAFF
    assert [path.name for path in pictures if f"pictures/{path.name}" not in shown] == []
    assert [path.name for path in pictures if path.stat().st_size >= 200_000] == []


def documented(name: str) -> set[str]:
    """Keys in the first column of the README's table marked `<!-- keys: name -->`."""
    table = re.search(rf"<!-- keys: {name} -->\n((?:\|.*\n)+)", README)
    assert table is not None, name
    rows = table[1].splitlines()[2:]
    return {key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_keys_of_check_and_run_are_documented(form: Form) -> None:
    finding = Finding("ignored-list", Severity.INFO)
    file = FileOutcome("a.xlsx", "/in/a.xlsx", "ignored", findings=[finding])
    batch = outcome_json(Outcome(form, Roster(), Unit("P", "LĐLĐ tỉnh", "TINH"), [file], ()))
    assert documented("file") == set(files_json([file])[0])
    assert documented("finding") == set(files_json([file])[0]["findings"][0])
    assert documented("outcome") == set(batch)


def test_keys_of_tables_are_documented() -> None:
    tables = form_json(load("nam_2020_003"))["tables"]
    assert {key for one in tables for key in one} == documented("table")
    assert {key for one in tables for column in one["columns"] for key in column} == documented("column")


def test_columns_of_values_are_documented() -> None:
    assert documented("values") == set(COLUMNS)


@pytest.mark.parametrize("part", ["indicator", "narrative", "rule"])
def test_keys_of_forms_are_documented(part: str, form: Form) -> None:
    listed = form_json(form)
    assert documented("form") == set(listed)
    assert {key for one in listed[part + "s"] for key in one} == documented(part)


def test_the_regime_of_a_dozen_lines_works_as_it_stands(tmp_path: Path) -> None:
    """README's block, put into a folder beside the shared data, loads, can be filled in and is checked."""
    block = re.search(r"<!-- a regime -->\n```toml\n(.*?)```", README, re.S)
    assert block is not None and len(block[1].splitlines()) <= 12
    shutil.copytree(ROOT / "rules" / "shared", tmp_path / "shared")
    (tmp_path / "thang_cong_nhan").mkdir()
    (tmp_path / "thang_cong_nhan" / "form.toml").write_text(block[1], "utf-8")
    form = load("thang_cong_nhan", tmp_path)
    assert [figure.ref for figure in form.at("CDCS").figures][:3] == [
        "tvpl_luot.target",
        "tvpl_luot.actual",
        "tvpl_luot.pct_target",
    ]
    assert "SP001" in {check.rule.code for check in form.at("CTTT").checks}
    assert workbook(form.at("CDCS"), {"meta.unit": "A", "meta.unit_name": "CĐCS A"})[:2] == b"PK"


def test_every_shipped_regime_is_listed() -> None:
    assert all(f"| `{form_id}` |" in README for form_id in form_ids())


def test_every_dependency_has_its_reason() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    lines = setup["options"]["install_requires"] + "".join(setup["options.extras_require"].values())
    needed = {line.split()[0] for line in lines.splitlines() if line}
    section = README.partition("## Dependencies")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`([\w-]+)`", row)}
    assert named == needed


def test_the_rule_shown_is_the_rule_in_force() -> None:
    block = re.search(r"^```toml\n(.*?)^```$", README, re.M | re.S)
    assert block is not None
    shown = tomllib.loads(block[1])["rule"][0]
    rules = tomllib.loads((rules_folder() / "shared" / "rules.toml").read_text("utf-8"))["rule"]
    assert shown in rules


def test_the_house_is_drawn_as_it_stands() -> None:
    drawing = MAINTAINERS.partition("```\n")[2].partition("```")[0]
    known = {name for floor in FLOORS for name in floor}
    drawn = [tuple(word for word in line.partition("  ")[0].split() if word in known) for line in drawing.splitlines()]
    assert [set(floor) for floor in drawn] == [set(floor) for floor in reversed(FLOORS)]


def test_sheets_and_columns_named_for_staff_exist() -> None:
    report = (reportpages.UNITS, reportpages.FINDINGS, reportpages.BY_RULE, reportpages.FILES, reportpages.MISSING)
    assert [name for name in (COVER, HELP, CHECKS, *report) if f"`{name}`" not in STAFF] == []
    for key in ("as_of", "qualifier", "note", "meta.report_date"):
        assert f"**{LABELS[key]}**" in STAFF
