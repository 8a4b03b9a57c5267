"""Addresses: every name once, every cell once, every name one that Excel accepts."""

from __future__ import annotations

import re

import pytest

from consolidator.columns import column_letters
from consolidator.expression import is_cell_address
from consolidator.layout import Cell, Layout, layout_of, quoted
from consolidator.rulebook import form_ids, load

LEGAL = re.compile(r"[^\W\d][\w.]*")
PLANS = [layout_of(load(form_id).at(level)) for form_id in form_ids() for level in load(form_id).levels]


def _id(plan: Layout) -> str:
    view = plan.view
    return f"{view.form.id}-{view.level}"


@pytest.mark.parametrize("plan", PLANS, ids=_id)
def test_no_two_names_share_a_cell(plan: Layout) -> None:
    cells = list(plan.names.values())
    assert len(set(cells)) == len(cells)
    assert plan.names.keys() == dict(plan._names()).keys()
    assert len(list(plan._names())) == len(plan.names)


@pytest.mark.parametrize("plan", PLANS, ids=_id)
def test_names_are_legal_in_excel(plan: Layout) -> None:
    folded = [name.casefold() for name in plan.names]
    assert len(set(folded)) == len(folded)
    for name in plan.names:
        assert LEGAL.fullmatch(name) and len(name) <= 255
        assert not is_cell_address(name)


@pytest.mark.parametrize("plan", PLANS, ids=_id)
def test_every_figure_and_answer_has_a_name(plan: Layout) -> None:
    assert plan.view.names <= plan.names.keys()
    assert {n.ref + ".more" for n in plan.view.answers} <= plan.names.keys()


@pytest.mark.parametrize("plan", PLANS, ids=_id)
def test_sheets_are_listed_once_with_names_excel_takes(plan: Layout) -> None:
    assert len(set(plan.sheet_names)) == len(plan.sheet_names)
    assert {cell.sheet for cell in plan.names.values()} <= set(plan.sheet_names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in plan.sheet_names)


def test_rows_are_numbered_like_an_outline() -> None:
    rows = {row.indicator.code: (row.number, row.depth) for row in PLANS[0].appendices[0].rows}
    assert rows["cnvcld_tong"] == ("1", 0)
    assert rows["cnvcld_nu"] == ("1.1", 1)
    assert rows["cnvcld_hcsn"] == ("1.2", 1)


@pytest.mark.parametrize(
    ("col", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")],
)
def test_column_letters(col: int, letters: str) -> None:
    assert column_letters(col) == letters


def test_addresses_of_a_cell() -> None:
    cell = Cell("TM I", 4, 27)
    assert (cell.a1, cell.absolute, cell.link) == ("AB5", "'TM I'!$AB$5", "#'TM I'!AB5")
    assert quoted("Sổ 'A'") == "'Sổ ''A'''"
