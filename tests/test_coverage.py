"""Every form against the inventory of the five seeds: outlines, indicators, measures, rules, deadlines, programmes.

`tests/data/inventory_*.csv` hold the columns of the inventory that are compared; `left_out.csv` names every rule of
the inventory that is not in a form although its codes are, with the reason.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from consolidator.cli import main
from consolidator.form import Form
from consolidator.listing import as_json, form_json
from consolidator.rulebook import form_ids, load

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
Json = dict[str, Any]

ANSWERED = ("prompt", "thematic", "data_duty", "body")
"""Kinds of lines that ask for an answer; the others are headings, or instructions that stand as headings."""
ANSWERED_TOO = {
    ("nam_2020_003", "0.a"): "an instruction in the inventory; the theme of the year is typed once it is known"
}
NOT_DEMANDED = {("quy3_2023_004", "III.2"): "a task ahead: the figures in the seed's text are the days of the congress"}
MILDER = {"HR006": "a roster may lag behind: a warning", "HR007": "a roster may lag behind: a warning"}
ONE_ASK = {
    ("gnk_cdcs_001", "II.8.a"): "two laws in one question, which the inventory cut at the semicolon",
    ("gnk_backan_002", "II.1"): "the second sentence only leads over to the lines below it",
}
FROM_HIGHER = {
    ("gnk_cdcs_001", "vay_da_moi"): "loans of the national fund are reported from the province up (inventory: TINH)",
    ("gnk_cdcs_001", "vay_du_no"): "loans of the national fund are reported from the province up (inventory: TINH)",
}
OTHER_CLAUSE = {
    ("nam_2020_003", "II.1.a"): "003:49 asks for the comparison with figures, two lines below the prompt's first",
    ("nam_2020_003", "II.2.d"): "003:72 names the figures wanted, inside the prompt",
    ("nam_2020_003", "II.3.d"): "003:97 names the figures wanted, inside the prompt",
    ("nam_2020_003", "II.8.b"): "003:172 names the figures wanted, inside the prompt",
}


@cache
def inventory(name: str) -> tuple[Row, ...]:
    text = (DATA / f"inventory_{name}.csv").read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    return tuple(csv.DictReader(text.splitlines()))


@cache
def regime(form_id: str) -> Row:
    return next(row for row in inventory("regimes") if row["regime"] == form_id)


def codes_between(first: str, last: str) -> list[str]:
    """RT001-RT025 is every code from the one to the other."""
    letters, width = first[:2], len(first) - 2
    return [f"{letters}{n:0{width}d}" for n in range(int(first[2:]), int(last[2:] or first[2:]) + 1)]


@cache
def left_out() -> Mapping[tuple[str, str], str]:
    """Reasons by (rule, regime); regime "*" is every one."""
    found = {}
    for row in csv.DictReader((DATA / "left_out.csv").read_text("utf-8").splitlines()):
        first, _, last = row["rule"].partition("-")
        for code in codes_between(first, last or first):
            for where in row["regimes"].split(";"):
                assert (code, where) not in found and len(row["reason"]) > 20
                found[code, where] = row["reason"]
    return found


@dataclass(frozen=True)
class Asked:
    """What the inventory says of one rule in one regime: is it asked for, and can it be put there?"""

    code: str
    severity: str
    possible: bool


def named(expression: str) -> list[tuple[str, str]]:
    """(code, measure or "") of every indicator that a rule of the inventory names."""
    known = {row["code"] for row in inventory("indicators")}
    plain = re.sub(r'"[^"]*"', "", expression)
    return [(code, tail) for code, tail in re.findall(r"\b([a-z]\w*)(?:\.([a-z_]+))?", plain) if code in known]


def asked_of(form: Json) -> Iterator[Asked]:
    """Rules of the inventory for a regime; possible where one level has every figure the rule names."""
    have = {one["code"]: one for one in form["indicators"]}
    for row in inventory("rules"):
        if row["regime"] == "all" or form["id"] in row["regime"].split(";"):
            names = named(row["expression"])
            there = all(code in have and (not m or m in have[code]["measures"]) for code, m in names)
            levels = [set(have[code]["levels"]) for code, _ in names if there]
            yield Asked(row["rule_id"], row["severity"], there and (not levels or bool(set.intersection(*levels))))


def missing_narratives(form: Json) -> list[str]:
    have = {(n["path"], n["id"]): n for n in form["narratives"]}
    found = []
    for row in inventory("narratives"):
        if row["regime"] != form["id"]:
            continue
        place = (row["section_path"], row["id"])
        is_answer = row["kind"] in ANSWERED or (form["id"], row["section_path"]) in ANSWERED_TOO
        if place not in have:
            found.append(f"{place}: missing")
        elif have[place]["kind"] != ("answer" if is_answer else "heading"):
            found.append(f"{place}: is a {have[place]['kind']}")
        elif is_answer and not set(row["reporting_levels"].split("|")) <= set(have[place]["levels"]):
            found.append(f"{place}: not asked of {row['reporting_levels']}")
        elif have[place]["department"] != row["dept"]:
            found.append(f"{place}: department {have[place]['department']}, not {row['dept']}")
    return found


def missing_figures(form: Json) -> list[str]:
    """Lines of which the outline demands figures and the form does not."""
    have = {n["path"]: n for n in form["narratives"]}
    found = []
    for row in inventory("narratives"):
        path = row["section_path"]
        if row["regime"] != form["id"] or row["figures_demanded"] != "yes" or (form["id"], path) in NOT_DEMANDED:
            continue
        wanted = row["figures_basis"] if row["figures_basis"] in ("explicit", "inherited") else "inherited"
        if have[path]["kind"] == "answer" and have[path]["figures"] != wanted:
            found.append(f"{path}: {have[path]['figures'] or 'nothing'}, not {wanted}")
    return found


def missing_indicators(form: Json) -> list[str]:
    have = {one["code"]: one for one in form["indicators"]}
    found = []
    for row in inventory("indicators"):
        named_by = [*row["regimes"].split(";"), *row["regimes_by_topic"].split(";")]
        if row["tier"] in ("1", "2") and form["id"] in named_by:
            shown = row["code"] in have and (have[row["code"]]["levels"] or (form["id"], row["code"]) in FROM_HIGHER)
            if not shown:
                found.append(row["code"])
            elif have[row["code"]]["department"] != row["responsible_dept"]:
                found.append(f"{row['code']}: department {have[row['code']]['department']}")
    return found


def missing_rules(form: Json) -> list[str]:
    have = {rule["code"] for rule in form["rules"]}
    reasons = left_out()
    return [
        one.code
        for one in asked_of(form)
        if one.possible and one.code not in have and not {(one.code, form["id"]), (one.code, "*")} & set(reasons)
    ]


@pytest.fixture(params=form_ids())
def listed(request: pytest.FixtureRequest) -> Json:
    """A form as other programs see it: what `forms FORM --json` prints."""
    found: Json = json.loads(as_json(form_json(load(request.param))))
    return found


@pytest.fixture
def whole(listed: Json) -> Form:
    return load(listed["id"])


def test_the_inventory_has_every_form_and_no_other() -> None:
    assert sorted(row["regime"] for row in inventory("regimes")) == form_ids()
    assert {row["regime"] for row in inventory("narratives")} == set(form_ids())


def test_what_is_compared_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    main(["forms", "--json"])
    printed = json.loads(capsys.readouterr().out)["forms"]
    assert printed == [json.loads(as_json(form_json(load(form_id)))) for form_id in form_ids()]


def test_every_line_of_the_outline_is_there_in_its_order(listed: Json) -> None:
    assert missing_narratives(listed) == []
    lines = [(r["section_path"], r["id"]) for r in inventory("narratives") if r["regime"] == listed["id"]]
    assert [(n["path"], n["id"]) for n in listed["narratives"]] == lines


def test_figures_are_demanded_where_the_outline_demands_them(listed: Json) -> None:
    assert missing_figures(listed) == []


def test_a_demand_for_figures_names_its_clause(whole: Form) -> None:
    clauses = {
        row["section_path"]: row["clause"] or row["source"]
        for row in inventory("narratives")
        if row["regime"] == whole.id
    }
    for one in whole.narratives:
        if one.figures:
            kept = one.clause or one.source
            assert kept == clauses[one.path] or (whole.id, one.path) in OTHER_CLAUSE, one.path
            assert kept.startswith(f"{whole.seed}:")


def test_headings_pass_a_demand_for_figures_down(whole: Form) -> None:
    """A heading with “(có số liệu …)” demands figures of every answer below it."""
    for row in inventory("narratives"):
        if row["regime"] == whole.id and row["figures_demanded"] == "yes" and row["kind"] == "heading":
            below = [n for n in whole.narratives if n.path.startswith(row["section_path"] + ".") and n.kind == "answer"]
            own = {
                r["section_path"]
                for r in inventory("narratives")
                if r["regime"] == whole.id and r["figures_demanded"] == "yes"
            }
            assert all(n.figures for n in below if n.path in own), row["section_path"]


def test_separate_asks_are_shown_apart(whole: Form) -> None:
    asks = {r["section_path"]: int(r["asks"]) for r in inventory("narratives") if r["regime"] == whole.id}
    if whole.id == "quy3_2023_004":
        return  # a report, not an outline: its prompts are ours
    for one in whole.narratives:
        if one.kind == "answer" and asks[one.path] >= 2 and (whole.id, one.path) not in ONE_ASK:
            assert len(one.asks) >= asks[one.path], one.path


def test_every_indicator_of_the_first_two_tiers_is_there(listed: Json) -> None:
    assert missing_indicators(listed) == []


def test_measures_and_reporters_and_deadlines_are_those_of_the_regime(whole: Form) -> None:
    row = regime(whole.id)
    assert list(whole.measures) == row["measures"].split(";")
    assert whole.kind == row["kind"]
    for pair in row["reporters"].split(";"):
        reporter, parent = pair.split(">")
        assert {reporter, parent} <= set(whole.levels)
    deadlines = dict(pair.split("=") for pair in row["deadlines"].split(";") if pair)
    assert {level: day.isoformat() for level, day in whole.deadlines.items()} == deadlines


def test_optional_sections_are_not_required(whole: Form) -> None:
    if whole.id == "quy3_2023_004":
        return  # II.1.1 stands in a congress year, and 2023 is one
    for path in filter(None, regime(whole.id)["optional_sections"].split(";")):
        inside = [n for n in whole.narratives if n.path == path or n.path.startswith(path + ".")]
        assert inside and not any(n.required for n in inside if n.kind == "answer")


def test_every_rule_is_there_or_left_out_for_a_reason(listed: Json) -> None:
    assert missing_rules(listed) == []


def test_severities_are_those_of_the_inventory(listed: Json) -> None:
    asked = {one.code: one.severity for one in asked_of(listed)}
    for rule in listed["rules"]:
        if rule["code"] in asked:
            assert rule["severity"] == asked[rule["code"]] or rule["code"] in MILDER, rule["code"]


def test_nothing_is_left_out_that_is_there_or_was_never_asked() -> None:
    """The table of what is left out has no stale line."""
    forms = {form_id: form_json(load(form_id)) for form_id in form_ids()}
    known = {row["rule_id"] for row in inventory("rules")}
    for code, where in left_out():
        assert code in known, code
        places = form_ids() if where == "*" else [where]
        for place in places:
            assert code not in {rule["code"] for rule in forms[place]["rules"]}, (code, place)
        if where != "*":
            assert any(one.code == code and one.possible for one in asked_of(forms[where])), (code, where)


def test_departments_are_those_of_seed_002(listed: Json) -> None:
    names = {row["dept"]: row["name"] for row in inventory("departments")}
    assert dict(load(listed["id"]).catalogue.departments) == names
    used = {n["department"] for n in listed["narratives"]} | {one["department"] for one in listed["indicators"]}
    assert used <= {*names, ""}


def test_programmes_to_assess_are_rows_of_the_table(whole: Form) -> None:
    programmes = [text for text in regime(whole.id)["programmes"].split(";") if text]
    tables = {table.id: table for table in whole.tables}
    if whole.id == "gnk_tinh_000":
        assert [row["no"] for row in tables["chuong_trinh"].fixed] == [1, 2, 3, 4, 5]
        return
    if not programmes:
        assert "chuong_trinh" not in tables
        return
    rows = [str(row["name"]) for row in tables["chuong_trinh"].fixed]
    assert len(rows) == len(programmes)
    for programme in programmes:
        assert sum(programme in row for row in rows) == 1, programme


@pytest.mark.parametrize(("form_id", "tables"), [
    ("gnk_tinh_000", {"chuong_trinh", "chi_tieu", "han_che", "nhiem_vu", "kien_nghi"}),
    ("gnk_huyen_001", {"chuong_trinh", "chi_tieu", "mo_hinh", "han_che", "nhiem_vu", "kien_nghi"}),
    ("gnk_cdcs_001", {"chuong_trinh", "chi_tieu", "mo_hinh", "han_che", "nhiem_vu", "kien_nghi"}),
    ("gnk_backan_002", {"chuong_trinh", "chi_tieu", "mo_hinh", "han_che", "nhiem_vu", "kien_nghi"}),
    ("nam_2020_003", {"cam_ket", "mo_hinh", "han_che", "kien_nghi", "nhiem_vu"}),
    ("quy3_2023_004", set()),
])  # fmt: skip
def test_tables_are_those_the_regime_asks_for(form_id: str, tables: set[str]) -> None:
    form = load(form_id)
    assert {table.id for table in form.tables} == tables | {"explanations"}
    for table in form.tables[:-1]:  # the last one is every form's, and stands at no line of an outline
        columns = {column.id for column in table.columns}
        if table.id in ("chi_tieu", "cam_ket"):
            assert {"name", "source", "to_whom", "unit", "direction", "target", "actual", "pct", "level"} <= columns
            assert {"outlook", "outlook_computed", "analysis"} <= columns
            assert ("estimate" in columns) == ("estimate" in form.measures)
        assert any(n.path == table.path for n in form.narratives), f"{table.id} stands at no line of the outline"


def test_a_line_taken_out_of_an_outline_is_noticed(listed: Json) -> None:
    answers = [n for n in listed["narratives"] if n["kind"] == "answer"]
    for gone in (answers[0], answers[-1], answers[len(answers) // 2]):
        rest = {**listed, "narratives": [n for n in listed["narratives"] if n is not gone]}
        assert missing_narratives(rest) == [f"{(gone['path'], gone['id'])}: missing"]


def test_a_rule_taken_out_of_a_form_is_noticed(listed: Json) -> None:
    asked = {one.code for one in asked_of(listed) if one.possible}
    for gone in listed["rules"]:
        rest = {**listed, "rules": [rule for rule in listed["rules"] if rule is not gone]}
        assert missing_rules(rest) == [gone["code"]] * (gone["code"] in asked), gone["code"]


def test_an_indicator_taken_out_of_a_form_is_noticed(listed: Json) -> None:
    wanted = {
        row["code"]
        for row in inventory("indicators")
        if row["tier"] in "12" and listed["id"] in f"{row['regimes']};{row['regimes_by_topic']}".split(";")
    }
    for code in wanted:
        rest = {**listed, "indicators": [one for one in listed["indicators"] if one["code"] != code]}
        assert missing_indicators(rest) == [code]
