"""What is folded says what it said before; and what many units have in common is there once."""

from __future__ import annotations

import pickle

import pytest

from consolidator import folded
from consolidator.folded import FoldedRows, FoldedTexts
from consolidator.outcome import FileOutcome
from consolidator.parcel import Parcel, packed
from consolidator.rulebook import load
from consolidator.submission import TableRow, own_rows
from consolidator.unit import Unit
from tests.district import DISTRICT, A, B, submission


def rows(count: int) -> list[TableRow]:
    return [TableRow(f"D-{place % 3}", f"Đơn vị {place % 3}", {"stt": float(place)}) for place in range(count)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 50])
def test_folded_rows_are_the_rows(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight together; added in two parts, so that a piece in the middle is short."""
    monkeypatch.setattr(folded, "_TOGETHER", 8)
    plain = rows(count)
    found = FoldedRows(plain[: count // 2])
    found.add(plain[count // 2 :])
    assert len(found) == count and bool(found) == bool(plain)
    assert list(found) == list(found) == plain == [found[place] for place in range(count)]
    assert found == plain and found == FoldedRows(plain) and found != [*plain, *rows(1)]
    assert found[1:4] == plain[1:4] and found[-1:] == plain[-1:]
    assert list(found.units) == [row.unit for row in plain]
    for unit in ("D-0", "D-2", "D-9"):
        assert found.of(unit) == [row for row in plain if row.unit == unit]
    with pytest.raises(IndexError):
        found[count]


def test_own_rows_are_found_among_folded_ones() -> None:
    view = load("quy3_2023_004").at("CTTT")
    table, parent = view.tables[0], submission(load("quy3_2023_004"), DISTRICT, {})
    plain = [*rows(9), TableRow(parent.unit, parent.unit_name, {"stt": 1.0}), *rows(9)]
    for kept in (plain, FoldedRows(plain)):
        parent.tables = {table.id: kept}
        assert own_rows(parent, table) == [plain[9]]


def test_texts_folded_alike_are_equal_and_others_are_compared() -> None:
    texts = {"a": "Đã tổ chức 12 cuộc.", "b": ""}
    one, other = FoldedTexts(texts), FoldedTexts(dict(reversed(texts.items())))
    assert one == other == texts == one and FoldedTexts(one) == one
    assert one != {**texts, "b": "khác"} and one != FoldedTexts({**texts, "b": "khác"}) and one != {"a": texts["a"]}


def sent(unit: Unit) -> Parcel:
    made = submission(load("quy3_2023_004"), unit, {"dv_tong": 5})
    made.own = made.values.copy()
    made.narratives = {one.id: f"{unit.name} đã tổ chức 12 cuộc." for one in made.view.answers}
    made.cells = {"dv_tong.actual": ("PL01", f"{unit.code[:1]}7"), "x": ("PL 02", "A1")}
    return packed(FileOutcome(f"{unit.code}.xlsx", f"/{unit.code}.xlsx", "accepted", unit.code, submission=made))


def test_what_units_have_in_common_is_there_once() -> None:
    one, other = (sent(unit).opened().submission for unit in (A, B))
    assert one is not None and other is not None
    assert one.cells is other.cells and one.cells["x"] == ("PL 02", "A1")
    assert one.own is one.values and one.values is not other.values


def test_an_own_part_that_is_another_stays_so() -> None:
    parcel = sent(A)
    outcome = parcel.opened()
    assert outcome.submission is not None
    outcome.submission.own = outcome.submission.own + 1
    again = packed(outcome).opened().submission
    assert again is not None and again.own is not again.values


def test_short_texts_are_left_as_they_are_and_long_ones_are_folded() -> None:
    short, long = "đ" * 127, "Đã hoàn thành. " * 1_000  # 254 bytes, and many
    texts = FoldedTexts({"ngắn": short, "dài": long, "trống": ""})
    assert dict(texts) == dict(pickle.loads(pickle.dumps(texts))) == {"ngắn": short, "dài": long, "trống": ""}
    assert texts.lengths == {"ngắn": len(short), "dài": len(long), "trống": 0}
    assert short.encode() in pickle.dumps(texts) and len(pickle.dumps(texts)) < 1_000
