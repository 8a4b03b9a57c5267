"""A regime as a level sees it: which figures exist, in which order they are derived, what each rule checks."""

from __future__ import annotations

from typing import Any

import pytest

from consolidator.element import Indicator, Narrative, Rule, SheetPlan
from consolidator.expression import refs, to_text
from consolidator.finding import Severity
from consolidator.form import Form
from consolidator.rulebook import load

SHIPPED = load("quy3_2023_004")


def indicator(code: str, **more: Any) -> Indicator:
    plain = {"label": code, "unit": "người", "type": "int", "agg": "sum", "kind": "flow", "level": "CDCS"}
    return Indicator(**{**plain, "code": code, "dept": "VP", "sheet": "PL01", "source": "1", **more})


def narrative(path: str, code: str, kind: str = "answer", **more: Any) -> Narrative:
    return Narrative(path=path, id=code, kind=kind, heading=code, prompt="p", **more)


def rule(check: str, **more: Any) -> Rule:
    plain = {"code": "T1", "check": check, "severity": Severity.ERROR, "message": "m", "fix": "f", "source": "1"}
    return Rule(**{**plain, "good": ({},), "bad": ({},), **more})


def form_of(
    *indicators: Indicator,
    measures: tuple[str, ...] = ("target", "actual", "ytd", "pct_target"),
    rules: tuple[Rule, ...] = (),
    narratives: tuple[Narrative, ...] = (),
) -> Form:
    codes = tuple(one.code for one in indicators)
    return SHIPPED.varied(
        measures=measures,
        sheets=(SheetPlan(code="PL01", indicators=codes),),
        indicators={one.code: one for one in indicators},
        rules=rules,
        narratives=narratives,
    )


RATIO = indicator("ty_le", agg="ratio", kind="derived", unit="%", type="percent", derived="phan/tong*100")


def figures(form: Form, level: str = "CDCS") -> dict[str, str]:
    """Every figure by Ref with the text that derives it, "" where it is typed."""
    return {f.ref: to_text(f.derived) if f.derived is not None else "" for f in form.at(level).figures}


@pytest.mark.parametrize(
    ("one", "measures"),
    [
        (indicator("so_cd"), ["target", "actual", "ytd", "pct_target"]),
        (indicator("so_cd", agg="count"), ["target", "actual", "ytd", "pct_target"]),
        (indicator("so_cd", kind="stock"), ["target", "actual", "pct_target"]),
        (indicator("so_cd", kind="cum"), ["target", "actual", "pct_target"]),
        (indicator("so_cd", agg="min"), ["target", "actual"]),
        (indicator("so_cd", agg="last", kind="stock"), ["target", "actual"]),
        (indicator("so_cd", agg="weighted_mean", weight="so_cd"), ["target", "actual"]),
        (indicator("so_cd", type="date", agg="none", kind="stock"), ["target", "actual"]),
        (indicator("so_cd", agg="none", kind="ref", measures=("target",)), ["target"]),
        (indicator("so_cd", level="CTTT"), []),
    ],
)
def test_an_indicator_has_the_measures_that_mean_something(one: Indicator, measures: list[str]) -> None:
    assert [ref.partition(".")[2] for ref in figures(form_of(one))] == measures


def test_a_level_sees_what_it_and_lower_levels_report() -> None:
    form = form_of(indicator("co_so"), indicator("huyen", level="CTTT"), measures=("actual",))
    assert list(figures(form, "CDCS")) == ["co_so.actual"]
    assert list(figures(form, "TINH")) == ["co_so.actual", "huyen.actual"]
    with pytest.raises(KeyError):
        form.at("TLD")


def test_a_ratio_is_computed_but_its_target_is_typed() -> None:
    found = figures(form_of(indicator("phan"), indicator("tong"), RATIO, measures=("target", "actual")))
    assert found["ty_le.actual"] == "((phan.actual/tong.actual)*100)"
    assert found["ty_le.target"] == ""


def test_a_formula_has_no_target() -> None:
    total = indicator("cong", agg="formula", kind="derived", derived="phan+tong")
    found = figures(form_of(indicator("phan"), indicator("tong"), total, measures=("target", "actual")))
    assert found["cong.actual"] == "(phan.actual+tong.actual)" and "cong.target" not in found


def test_a_derived_figure_exists_where_all_its_parts_do() -> None:
    form = form_of(indicator("phan"), indicator("tong", level="CTTT"), RATIO, measures=("actual",))
    assert "ty_le.actual" not in figures(form, "CDCS")
    assert "ty_le.actual" in figures(form, "CTTT")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("flow", "ROUND(((so_cd.ytd/so_cd.target)*100),1)"),
        ("stock", "ROUND(((so_cd.actual/so_cd.target)*100),1)"),
        ("cum", "ROUND(((so_cd.actual/so_cd.target)*100),1)"),
    ],
)
def test_a_yearly_target_is_compared_with_the_year_so_far(kind: str, text: str) -> None:
    assert figures(form_of(indicator("so_cd", kind=kind)))["so_cd.pct_target"] == text


def test_without_ytd_in_the_form_the_quarter_is_compared() -> None:
    found = figures(form_of(indicator("so_cd"), measures=("target", "actual", "pct_target")))
    assert found["so_cd.pct_target"] == "ROUND(((so_cd.actual/so_cd.target)*100),1)"


def test_derived_figures_follow_what_they_are_made_of() -> None:
    half = indicator("nua", agg="formula", kind="derived", derived="ty_le/2")
    form = form_of(half, RATIO, indicator("phan"), indicator("tong"), measures=("actual",))
    assert [figure.ref for figure in form.at("CDCS").derived] == ["ty_le.actual", "nua.actual"]


@pytest.mark.parametrize("level", SHIPPED.levels)
def test_shipped_derived_figures_follow_what_they_are_made_of(level: str) -> None:
    view = SHIPPED.at(level)
    done = {figure.ref for figure in view.figures if figure.derived is None}
    for figure in view.derived:
        assert figure.derived is not None
        assert {ref.name for ref in refs(figure.derived)} <= done
        done.add(figure.ref)
    assert done == set(view.by_ref)


def test_fingerprints_differ_between_levels_and_with_the_indicators() -> None:
    small, large = form_of(indicator("phan")), form_of(indicator("phan"), indicator("tong"))
    prints = [form.at(level).fingerprint for form in (small, large) for level in form.levels]
    assert len(set(prints)) == 6
    assert form_of(indicator("phan")).at("CDCS").fingerprint == small.at("CDCS").fingerprint
    written = form_of(indicator("phan"), narratives=(narrative("I", "dau", "heading"), narrative("I.1", "mot")))
    assert written.at("CDCS").fingerprint != small.at("CDCS").fingerprint


def test_headings_stand_only_above_answers_of_the_level() -> None:
    outline = (
        narrative("I", "dau", "heading"),
        narrative("I.1", "mot"),
        narrative("II", "hai", "heading"),
        narrative("II.1", "tinh", levels=("TINH",)),
    )
    form = form_of(indicator("phan"), narratives=outline)
    assert [n.id for n in form.at("CDCS").narratives] == ["dau", "mot"]
    assert [n.id for n in form.at("TINH").answers] == ["mot", "tinh"]


PAIR = (indicator("phan"), indicator("tong"), indicator("kho", kind="stock", unit="CĐCS"))
OUTLINE = (
    narrative("I.1", "mot"),
    narrative("I.2", "hai", required=False, figures="inherited"),
    narrative("I.3", "ba", figures="explicit"),
)


def checks(one: Rule, level: str = "CDCS") -> dict[str, str]:
    """What a rule becomes at a level: bound texts by what they are about."""
    form = form_of(*PAIR, rules=(one,), narratives=OUTLINE)
    return {check.about: to_text(check.node) for check in form.at(level).checks}


def test_a_bare_code_means_each_measure_that_all_codes_have() -> None:
    assert checks(rule("phan <= tong")) == {
        "phan.target": "(phan.target<=tong.target)",
        "phan.actual": "(phan.actual<=tong.actual)",
        "phan.ytd": "(phan.ytd<=tong.ytd)",
    }
    assert list(checks(rule("phan <= kho"))) == ["phan.target", "phan.actual"]


def test_stated_measures_limit_and_full_names_stay() -> None:
    assert list(checks(rule("phan <= tong", measures=("actual",)))) == ["phan.actual"]
    assert checks(rule("phan.actual <= phan.ytd")) == {"phan.actual": "(phan.actual<=phan.ytd)"}


def test_stated_levels_limit() -> None:
    assert checks(rule("phan.actual >= 0", levels=("TINH",))) == {}
    assert len(checks(rule("phan.actual >= 0", levels=("TINH",)), "TINH")) == 1


def test_for_each_indicator_of_a_kind() -> None:
    one = rule("x.actual <= x.ytd", for_each={"kind": "flow"})
    assert list(checks(one)) == ["phan.actual", "tong.actual"]
    assert list(checks(rule("x >= 0", for_each={"unit": ("CĐCS",), "measure": "actual"}))) == ["kho.actual"]


@pytest.mark.parametrize(
    ("which", "about"),
    [
        ("all", ["n.mot", "n.hai", "n.ba"]),
        ("required", ["n.mot", "n.ba"]),
        ("figures", ["n.hai", "n.ba"]),
        ("inherited", ["n.hai"]),
        ("explicit", ["n.ba"]),
    ],
)
def test_for_each_narrative(which: str, about: list[str]) -> None:
    assert list(checks(rule("LEN(n) > 0", for_each={"narrative": which}))) == about


def test_the_facts_of_a_check_name_what_it_is_about() -> None:
    form = form_of(*PAIR, rules=(rule("x >= 0", for_each={"kind": "stock"}, measures=("actual",)),))
    (check,) = form.at("CDCS").checks
    assert check.id == "T1:kho.actual" and check.refs == ("kho.actual",)
    assert check.facts["label"] == "kho" and check.facts["unit"] == "CĐCS" and check.facts["ref"] == "kho.actual"


def test_a_rule_is_silent_where_the_level_lacks_a_name() -> None:
    form = form_of(indicator("phan"), indicator("tren", level="CTTT"), rules=(rule("phan.actual <= tren.actual"),))
    assert form.at("CDCS").checks == () and len(form.at("CTTT").checks) == 1
