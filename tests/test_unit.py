"""The tree of units: children, everything below, counts."""

from __future__ import annotations

import pytest

from consolidator.unit import Roster, Unit

PROVINCE = Unit("LC", "LĐLĐ tỉnh Lai Châu", "TINH")
TAM_DUONG = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
SIN_HO = Unit("LC-02", "LĐLĐ huyện Sìn Hồ", "CTTT", "LC")
SCHOOL = Unit("LC-01-001", "CĐCS Trường Bình Lư", "CDCS", "LC-01")
DIRECT = Unit("LC-900", "CĐCS Công ty Điện lực", "CDCS", "LC")
ROSTER = Roster.of([PROVINCE, TAM_DUONG, SIN_HO, SCHOOL, DIRECT])


def test_children_are_those_that_report_straight_to_a_unit() -> None:
    assert ROSTER.children("LC") == (TAM_DUONG, SIN_HO, DIRECT)
    assert ROSTER.children("LC-02") == () and ROSTER.children("XX") == ()


def test_below_goes_to_any_depth() -> None:
    assert ROSTER.below("LC") == (TAM_DUONG, SIN_HO, DIRECT, SCHOOL)


@pytest.mark.parametrize(("what", "count"), [("children", 3), ("cdcs", 2), ("cttt", 2), ("tinh", 0)])
def test_counts(what: str, count: int) -> None:
    assert ROSTER.count("LC", what) == count


def test_a_loop_is_walked_once() -> None:
    one, two = Unit("A", "A", "CTTT", "B"), Unit("B", "B", "CTTT", "A")
    assert Roster.of([one, two]).below("A") == (two, one)


def test_the_name_of_a_parent_is_its_code_where_nobody_knows_it() -> None:
    assert ROSTER.parent_name(SCHOOL) == TAM_DUONG.name
    assert ROSTER.parent_name(Unit("X", "X", "CDCS", "LC-77")) == "LC-77"
