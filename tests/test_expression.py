"""The rule language: what it accepts, what it refuses and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.expression import (
    Call,
    LanguageError,
    Node,
    Number,
    Ref,
    is_cell_address,
    is_live,
    kind_of,
    refs,
    rename,
    to_text,
    words,
)
from consolidator.grammar import parse


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a = b + c", "(a=(b+c))"),
        ("a - b - c", "((a-b)-c)"),
        ("a / b * 100", "((a/b)*100)"),
        ("-a + 2", "((-a)+2)"),
        ("a+b*c <= d", "((a+(b*c))<=d)"),
        ("IF(a>0, AND(b>0, TRUE), NOT(FALSE))", "IF((a>0),AND((b>0),TRUE),NOT(FALSE))"),
        ('meta.version <> "Chính thức"', '(meta.version<>"Chính thức")'),
        ("LEN(TRIM(n.x)) > 0", "(LEN(TRIM(n.x))>0)"),
        ("DATE(2023,9,30) >= meta.as_of", "(DATE(2023,9,30)>=meta.as_of)"),
        ("REPORTED() = EXPECTED()", "(REPORTED()=EXPECTED())"),
        ("x.ytd >= PREV(x.ytd) + x.actual", "(x.ytd>=(PREV(x.ytd)+x.actual))"),
    ],
)
def test_parses_as_excel_would(text: str, canonical: str) -> None:
    assert to_text(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a =",
        "= a",
        "a = b = c",
        "A1 + 2",
        "a + 'x'",
        "FOO(a)",
        "a; b",
        "a & b",
        "__import__(a)",
        "a^2",
        "50%",
        "a.b.c",
    ],
)
def test_refuses_what_is_not_in_the_language(text: str) -> None:
    with pytest.raises(LanguageError):
        kind_of(parse(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a + (b > c)", "takes a number"),
        ("AND(a, b > c)", "takes a truth"),
        ('a = "x"', "mixes"),
        ("IF(a > 0, 1, TRUE)", "mixes"),
        ("ROUND(a, b)", "plain number"),
        ("ABS(a, b)", "takes 1 values"),
        ("ISBLANK(a + b)", "names only"),
        ("(a > b) = (c > d)", "compares figures"),
        ("meta.nothing > 1", "unknown fact"),
        ("LEN(a) > 1", "takes a text"),
    ],
)
def test_refuses_what_excel_would_silently_coerce(text: str, reason: str) -> None:
    with pytest.raises(LanguageError, match=reason):
        kind_of(parse(text))


def test_can_be_asked_what_it_touches() -> None:
    node = parse("IF(a.actual > 0, SUM(b, c.ytd) >= b, ISBLANK(n.text))")
    assert [ref.name for ref in refs(node)] == ["a.actual", "b", "c.ytd", "n.text"]
    assert words(node) == {"IF", "SUM", "ISBLANK"}
    assert is_live(node) and not is_live(parse("a >= OWN(a)"))


def test_renaming_binds_bare_codes_only() -> None:
    node = rename(parse("a = b.target"), lambda ref: ref.name if ref.tail else ref.name + ".actual")
    assert to_text(node) == "(a.actual=b.target)"


@pytest.mark.parametrize("code", ["dv2020", "DV2020", "a1", "r1c1", "R", "c", "xfd1048576", "rc"])
def test_knows_what_excel_takes_for_a_cell(code: str) -> None:
    assert is_cell_address(code)


@pytest.mark.parametrize("code", ["tvpl_luot", "dv_2020", "abcd1", "n", "cdcs_tong"])
def test_lets_honest_codes_pass(code: str) -> None:
    assert not is_cell_address(code)


_names = st.from_regex(r"[a-z]{2,6}_[a-z]{1,4}(\.(actual|ytd))?", fullmatch=True).map(Ref)
_numbers = st.integers(0, 10**12).map(lambda n: Number(float(n)))
_figures: st.SearchStrategy[Node] = st.recursive(
    _names | _numbers,
    lambda inner: (
        st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from("+-*/"), inner, inner)
        | st.builds(lambda a: Call("NEG", (a,)), inner)
        | st.builds(lambda args: Call("SUM", tuple(args)), st.lists(inner, min_size=1, max_size=4))
    ),
    max_leaves=12,
)


@given(_figures)
def test_text_and_tree_are_the_same_thing(node: Node) -> None:
    assert parse(to_text(node)) == node
    assert kind_of(node) == "number"
