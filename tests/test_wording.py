"""The catalogue of sentences: complete, fillable, and numbers and days as Vietnamese write them."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path
from unicodedata import is_normalized

import pytest

import consolidator
from consolidator.booknames import cover_keys
from consolidator.finding import Finding, Place, Severity
from consolidator.form import Form
from consolidator.rulebook import form_ids, load
from consolidator.sentences import SENTENCES
from consolidator.wording import LABELS, day_words, message_of, number_words, sentence_of, tell

PACKAGE = Path(consolidator.__file__).parent


def codes_told() -> set[str]:
    """First arguments of `tell`, `_say` and `Unreadable`, where they are plain texts."""
    names = {"tell", "_say", "_say_at", "say", "say_at", "Unreadable"}
    found = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func
                name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
                if name in names:
                    found.add(str(node.args[0].value))
    return found


def test_every_code_told_has_a_sentence() -> None:
    assert codes_told() <= SENTENCES.keys()


def test_every_sentence_says_what_is_wrong_and_what_to_do() -> None:
    for one in SENTENCES.values():
        assert one.what and one.fix and is_normalized("NFC", one.what + one.fix)


def test_a_sentence_is_filled_by_its_facts() -> None:
    finding = tell("not-a-number", Place("a.xlsx", "PL03", "F8", "tvpl_luot.actual"), "U1", label="Lượt", typed="ba")
    assert (finding.code, finding.severity, finding.unit) == ("not-a-number", Severity.ERROR, "U1")
    assert "“Lượt”" in sentence_of(finding)[0] and "“ba”" in sentence_of(finding)[0]
    assert message_of(finding) == " ".join(sentence_of(finding))


@pytest.mark.parametrize(("code", "facts"), [("not-a-number", {"label": "x"}), ("no-such-code", {})])
def test_a_hole_without_a_fact_is_our_mistake(code: str, facts: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        tell(code, **facts)


def test_a_rule_brings_its_own_sentence(form: Form) -> None:
    rule = form.rules[0]
    facts = {"ref": "r", "measure": "m", "label": "l", "unit": "u", "values": "a: 1"}
    finding = Finding(rule.code, rule.severity, facts=facts)
    what, fix = sentence_of(finding, form)
    assert what == rule.message.format(**facts) + " [a: 1]" and fix == rule.fix.format(**facts)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (4_067_150_000.0, "4.067.150.000"),
        (90.6, "90,6"),
        (0.0, "0"),
        (100.0, "100"),
        (-1234.5, "-1.234,5"),
        (0.005, "0,01"),
        (None, "trống"),
        (float("nan"), "trống"),
        (9_999_999_999_999_998.0, "9.999.999.999.999.998"),
        (1e16, "1 × 10^16"),
        (-1.75e308, "-1,75 × 10^308"),
        (123_456_789_012_345_000.0, "1,23456789012345 × 10^17"),
        (float("inf"), "quá lớn"),
    ],
)
def test_numbers_are_written_as_vietnamese_write_them(number: float | None, words: str) -> None:
    assert number_words(number) == words


def test_days_are_written_as_vietnamese_write_them() -> None:
    assert day_words(date(2023, 9, 5)) == "05/09/2023"


def test_every_field_of_the_cover_has_a_label() -> None:
    for form_id in form_ids():
        assert set(cover_keys(load(form_id))) <= LABELS.keys()
