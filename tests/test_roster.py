"""The list of units as staff keep it: what is understood, what is said, at which cell."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from consolidator.grid import read_grid
from consolidator.roster import is_list, read_roster
from consolidator.unit import Unit

HEAD = ("Mã đơn vị", "Tên đơn vị", "Cấp", "Mã đơn vị cấp trên", "Khối")
PROVINCE = ("LC", "LĐLĐ tỉnh", "TINH", None, None)
DISTRICT = ("LC-01", "LĐLĐ huyện", "CTTT", "LC", None)
UNION = ("LC-01-001", "CĐCS Trường", "CDCS", "LC-01", "HCSN")
Rows = Sequence[Sequence[object]]


def sheet(tmp_path: Path, rows: Rows) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    path = tmp_path / "units.xlsx"
    book.save(path)
    return path


def units(tmp_path: Path, rows: Rows) -> list[Unit]:
    roster, findings = read_roster(sheet(tmp_path, rows))
    assert findings == []
    return list(roster.units.values())


def said(tmp_path: Path, rows: Rows) -> list[tuple[str, str, str]]:
    """(code, cell, unit) of every finding."""
    return [(f.code, f.place.cell, f.unit) for f in read_roster(sheet(tmp_path, rows))[1]]


def test_a_good_list(tmp_path: Path) -> None:
    assert units(tmp_path, [HEAD, PROVINCE, DISTRICT, UNION]) == [
        Unit("LC", "LĐLĐ tỉnh", "TINH"),
        Unit("LC-01", "LĐLĐ huyện", "CTTT", "LC"),
        Unit("LC-01-001", "CĐCS Trường", "CDCS", "LC-01", "HCSN"),
    ]


def test_titles_blank_rows_other_columns_and_other_words(tmp_path: Path) -> None:
    rows = [
        ("DANH SÁCH ĐƠN VỊ",),
        (),
        ("TT", "Tên", "MÃ  ĐV", "cấp trên", "Cấp báo cáo", "Ghi chú"),
        (1, "LĐLĐ tỉnh", "LC", None, "Tỉnh", "x"),
        (),
        (2, "LĐLĐ huyện", "LC-01", "LC", "Cấp trên trực tiếp", None),
        (3, "CĐCS Trường", "LC-01-001", " LC-01 ", "công đoàn  cơ sở", None),
    ]
    assert [(u.code, u.level, u.parent) for u in units(tmp_path, rows)] == [
        ("LC", "TINH", ""),
        ("LC-01", "CTTT", "LC"),
        ("LC-01-001", "CDCS", "LC-01"),
    ]


def test_the_list_may_stand_on_a_later_sheet(tmp_path: Path) -> None:
    path = sheet(tmp_path, [("Ghi chú",)])
    from openpyxl import load_workbook

    book = load_workbook(path)
    for row in (HEAD, PROVINCE):
        book.create_sheet("Danh sách") if "Danh sách" not in book.sheetnames else None
        book["Danh sách"].append(list(row))
    book.save(path)
    assert list(read_roster(path)[0].units) == ["LC"]


def test_a_code_that_excel_took_for_a_number(tmp_path: Path) -> None:
    rows = [HEAD, (12, "LĐLĐ tỉnh", "TINH", None, None), (1201, "LĐLĐ huyện", "CTTT", 12, None)]
    assert [(u.code, u.parent) for u in units(tmp_path, rows)] == [("12", ""), ("1201", "12")]


def test_leading_zeros_of_a_code_typed_as_text_stay(tmp_path: Path) -> None:
    assert units(tmp_path, [HEAD, ("012", "LĐLĐ tỉnh", "TINH", None, None)])[0].code == "012"


def test_decomposed_names_are_composed(tmp_path: Path) -> None:
    rows = [[unicodedata.normalize("NFD", word) for word in HEAD], ("LC", unicodedata.normalize("NFD", "Tỉnh"), "TINH")]
    assert units(tmp_path, rows)[0].name == "Tỉnh"


@pytest.mark.parametrize(
    ("rows", "findings"),
    [
        ([(None, "CĐCS A", "CDCS", "LC", None)], [("roster-blank", "A3", "")]),
        ([("U1", None, "CDCS", "LC", None)], [("roster-blank", "A3", "")]),
        ([("U1", "CĐCS A", " ", "LC", None)], [("roster-blank", "A3", "")]),
        ([("U1", "CĐCS A", "xã", "LC", None)], [("roster-level", "C3", "")]),
        ([("LC", "CĐCS A", "CDCS", "LC", None)], [("roster-duplicate", "A3", "LC")]),
        ([("U1", "CĐCS A", "CDCS", "LX", None)], [("roster-orphan", "D3", "U1")]),
        ([("U1", "CĐCS A", "CDCS", "U1", None)], [("roster-loop", "D3", "U1")]),
        ([("U1", "LĐLĐ B", "TINH", "LC", None)], [("roster-upside-down", "D3", "U1")]),
        ([("U1", "LĐLĐ B", "TLD", "LC", None)], [("roster-upside-down", "D3", "U1")]),
        (
            [("U1", "A", "CTTT", "U2", None), ("U2", "B", "CTTT", "U1", None), ("U3", "C", "CDCS", "U1", None)],
            [("roster-loop", "D3", "U1"), ("roster-loop", "D4", "U2")],
        ),
        (
            [("U1", "CĐCS Hoà Bình", "CDCS", "LC", None), ("U2", "cđcs  Hòa Bình", "CDCS", "LC", None)],
            [("roster-name-twice", "B4", "")],
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(tmp_path: Path, rows: Rows, findings: list[tuple[str, str, str]]) -> None:
    assert said(tmp_path, [HEAD, PROVINCE, *rows]) == findings


def test_a_row_that_is_not_understood_is_left_out_and_the_first_of_two_stays(tmp_path: Path) -> None:
    rows = [HEAD, PROVINCE, ("LC", "Tên khác", "TINH"), ("U1", "CĐCS A", "xã", "LC"), (None, "CĐCS B", "CDCS", "LC")]
    roster, findings = read_roster(sheet(tmp_path, rows))
    assert [unit.name for unit in roster.units.values()] == ["LĐLĐ tỉnh"]
    assert len(findings) == 3


def test_two_unions_of_one_name_under_other_parents_are_two(tmp_path: Path) -> None:
    rows = [HEAD, PROVINCE, DISTRICT, ("LC-02", "LĐLĐ huyện hai", "CTTT", "LC")]
    rows += [("U1", "CĐCS Xã", "CDCS", "LC-01"), ("U2", "CĐCS Xã", "CDCS", "LC-02")]
    assert len(units(tmp_path, rows)) == 5


@pytest.mark.parametrize(
    ("head", "missing"),
    [(("Mã đơn vị", "Tên đơn vị", "Cấp"), ["Mã đơn vị cấp trên"]), (("Cột 1", "Cột 2"), ["Mã đơn vị"])],
)
def test_missing_columns_are_named(tmp_path: Path, head: Sequence[str], missing: list[str]) -> None:
    roster, findings = read_roster(sheet(tmp_path, [head, ("LC", "LĐLĐ tỉnh", "TINH")]))
    assert [(f.code, f.facts["column"]) for f in findings] == [("roster-header", column) for column in missing]
    assert len(roster.units) == ("Tên đơn vị" in head)


@pytest.mark.parametrize(("content", "code"), [(b"LC;LD\n", "file-kind"), (b"PK\x03\x04nonsense", "file-unreadable")])
def test_a_list_that_is_no_workbook_is_said(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "units.xlsx"
    path.write_bytes(content)
    roster, findings = read_roster(path)
    assert not roster.units and [f.code for f in findings] == [code]


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([("DANH SÁCH",), HEAD], True),
        ([HEAD[:4]], True),
        ([HEAD[:2], PROVINCE], False),
        ([("TT", "Nội dung", "Đơn vị tính", "Số lượng")], False),
        ([*[("x",)] * 30, HEAD], False),
    ],
)
def test_a_list_is_known_by_its_headings(tmp_path: Path, rows: Rows, answer: bool) -> None:
    """A report that somebody made himself, with a code and a name in it, is no list."""
    assert is_list(read_grid(sheet(tmp_path, rows).read_bytes())) == answer
