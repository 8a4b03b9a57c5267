"""Cells from bytes: what is no workbook is refused with its kind, what is one is read without being made up."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator.columns import column_letters, column_number
from consolidator.grid import Day, Grid, Unreadable, _met, _plain, key_of, plain, read_grid
from consolidator.rulebook import load
from consolidator.unit import Unit
from tests.tampering import entered, part_changed, poured, put

CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def xlsx(cells: Mapping[str, Any], sheet: str = "Sheet1", names: Mapping[str, str] | None = None) -> bytes:
    """A workbook of one sheet: values by address, defined names by name."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet(sheet)
    for address, value in cells.items():
        page.write(address, value)
    for name, target in (names or {}).items():
        book.define_name(name, target)
    book.close()
    return buffer.getvalue()


def zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN_PART = f'<Relationship Id="r" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
ROOT = f'<Relationships xmlns="{PACKAGE}">{MAIN_PART}</Relationships>'
SHELL = {"[Content_Types].xml": CONTENT_TYPES.encode(), "_rels/.rels": ROOT.encode()}


def locked(content: bytes) -> bytes:
    """The zip with the flag of encryption set on every entry."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


PLAIN = xlsx({"A1": 1})


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "file-kind", "rỗng"),
        (b"<html><p>a</p></html>", "file-kind", "trang web"),
        (b"<html><table></table></html>", "file-old", "trang web"),
        (b"%PDF-1.7 ...", "file-kind", "PDF"),
        (b"{\\rtf1 ...", "file-kind", "RTF"),
        (b"Rar!\x1a\x07\x01\x00", "file-archive", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "file-archive", "7-Zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file-kind", "đời cũ"),
        (b"ma,ten\r\n1,2\r\n", "file-kind", "không rõ"),
        (zipped({"word/document.xml": b"<w/>"}), "file-kind", "Word"),
        (zipped({"anh.jpg": b"x"}), "file-archive", "không phải sổ Excel"),
        (locked(PLAIN), "file-password", ""),
        (PLAIN[: len(PLAIN) // 2], "file-unreadable", "tệp nén bên trong bị hỏng"),
        (PLAIN[:-10], "file-unreadable", "tệp nén bên trong bị hỏng"),
        (zipped({"xl/workbook.xml": b"<workbook/>", "bom": bytes(40_000_000)}), "file-unreadable", "bất thường"),
        (zipped({"xl/workbook.xml": b"<x/>", **{f"p{n}": b"" for n in range(1000)}}), "file-unreadable", "bất thường"),
        (zipped({**SHELL, "xl/workbook.xml": b"not xml"}), "file-unreadable", "nội dung bên trong tệp bị hỏng"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",  # in bytes of a zip is the time they were made
)  # fmt: skip
def test_what_is_no_workbook_is_refused_by_its_content(content: bytes, code: str, word: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_grid(content)
    assert caught.value.code == code
    assert word in " ".join(caught.value.facts.values())


def test_values_are_what_they_are() -> None:
    cells = {"A1": 12.5, "B1": "12", "C1": True, "D1": "  ", "E1": date(2023, 11, 11), "F1": datetime(2023, 1, 1, 12)}
    grid = read_grid(xlsx({**cells, "G1": time(8, 10), "A3": 0}))
    first, second, third = grid.rows["Sheet1"]
    assert first == [12.5, "12", True, "  ", 45241.0, 44927.5, pytest.approx(490 / 1440)]
    assert [isinstance(value, Day) for value in first] == [False] * 4 + [True] * 3
    assert all(value is None for value in second)
    assert third[0] == 0.0 and grid.at("Sheet1", 2, 1) is None


def test_outside_the_used_area_there_is_nothing() -> None:
    grid = read_grid(PLAIN)
    assert grid.at("Sheet1", 0, 0) == 1.0
    assert grid.at("Sheet1", 99, 0) is None and grid.at("Sheet1", 0, 99) is None and grid.at("Khác", 0, 0) is None


@pytest.mark.parametrize(("written", "read"), [("1e999", "inf"), ("-1e999", "-inf"), ("NaN", "NaN")])
def test_a_number_that_is_none_is_a_text(written: str, read: str) -> None:
    assert read_grid(put(PLAIN, ("Sheet1", 0, 0), f"<v>{written}</v>")).rows["Sheet1"] == [[read]]


def test_names_and_texts_are_composed() -> None:
    sheet, text = "Bìa số liệu", "Công đoàn cơ sở"
    apart = unicodedata.normalize("NFD", sheet)
    grid = read_grid(xlsx({"A1": unicodedata.normalize("NFD", text)}, apart, {"o.mot": f"='{apart}'!$A$1"}))
    assert grid.rows == {sheet: [[text]]}
    assert grid.named("o.mot") == text


def test_names_of_sheets_with_quotes_and_signs() -> None:
    sheet = "Kế hoạch 'A' & <B>"
    target = "='" + sheet.replace("'", "''") + "'!$B$3"
    grid = read_grid(xlsx({"B3": 7}, sheet, {"kh.so": target}))
    assert grid.names == {"kh.so": (sheet, 2, 1)}
    assert grid.named("kh.so") == 7.0 and grid.named("kh.khac") is None


@pytest.mark.parametrize("target", ["=Sheet1!$A$1:$B$2", "=Sheet1!A1", "=1+1", "=Sheet1!$A$0", "=#REF!"])
def test_names_of_no_single_cell_are_no_names(target: str) -> None:
    content = xlsx({"A1": 1}, names={"mot": "=Sheet1!$A$1"})
    change = f'<definedName name="mot">{target.lstrip("=")}</definedName>'
    old = '<definedName name="mot">Sheet1!$A$1</definedName>'
    assert read_grid(content).names
    assert read_grid(part_changed(content, "xl/workbook.xml", lambda text: text.replace(old, change))).names == {}


def test_names_local_to_a_sheet_are_not_the_workbook_s() -> None:
    assert read_grid(xlsx({"A1": 1}, names={"Sheet1!mot": "=Sheet1!$A$1"})).names == {}


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#NAME?"])
@pytest.mark.parametrize("formula", ["", "<f>1/0</f>", '<f t="shared" si="0"/>'])
def test_error_cells_are_not_blank(error: str, formula: str) -> None:
    grid = read_grid(put(xlsx({"A1": 1, "B2": 5}, "Bìa"), ("Bìa", 1, 1), f"{formula}<v>{error}</v>", "e"))
    assert grid.errors == {("Bìa", 1, 1): error}
    assert grid.at("Bìa", 1, 1) is None


def test_prefixed_namespaces_are_read_like_plain_ones() -> None:
    """What .NET programs write: `<x:c>` instead of `<c>`."""
    content = xlsx({"A1": 1, "B2": 5}, names={"o.mot": "=Sheet1!$B$2"})
    content = put(content, ("Sheet1", 1, 1), "<v>#REF!</v>", "e")

    tags = ("workbook", "sheets", "sheet", "definedNames", "definedName", "worksheet", "sheetData", "row", "c", "v")

    def prefixed(text: str) -> str:
        for tag in tags:
            for end in (" ", ">", "/>"):
                text = text.replace(f"<{tag}{end}", f"<x:{tag}{end}").replace(f"</{tag}{end}", f"</x:{tag}{end}")
        return text.replace('xmlns="', 'xmlns:x="')

    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        content = part_changed(content, part, prefixed)
    grid = read_grid(content)
    assert grid.names == {"o.mot": ("Sheet1", 1, 1)}
    assert grid.at("Sheet1", 0, 0) == 1.0 and grid.errors == {("Sheet1", 1, 1): "#REF!"}


def test_a_panicking_reader_makes_the_file_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As pyo3 raises it: no Exception."""

    class Panicking:
        @staticmethod
        def from_filelike(stream: object) -> None:
            raise PanicException("index out of bounds\nsecond line")

    monkeypatch.setattr("python_calamine.CalamineWorkbook", Panicking)
    with pytest.raises(Unreadable) as caught:
        read_grid(PLAIN)
    assert (caught.value.code, caught.value.facts) == ("file-unreadable", {"reason": "nội dung bên trong tệp bị hỏng"})


def test_an_interrupt_stays_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        @staticmethod
        def from_filelike(stream: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("python_calamine.CalamineWorkbook", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_grid(PLAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoá đơn", "hóa đơn"),
        ("Thuỷ  lợi ", "thủy lợi"),
        ("KHOẺ", "khỏe"),
        (unicodedata.normalize("NFD", "Công đoàn Hoà Bình"), "công đoàn hòa bình"),
        ("a\u00a0b\tc", "A b C"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(("one", "other"), [("quý", "qúy"), ("hoàn", "hòan"), ("má", "mà"), ("Bản Bo", "Bản Bó")])
def test_other_names_keep_other_keys(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@given(st.integers(0, 16_383))
def test_columns_and_letters_are_inverse(col: int) -> None:
    assert column_number(column_letters(col)) == col


REAL = poured(entered(load("quy3_2023_004").at("CDCS"), {"tvpl_luot.actual": 3}), Unit("U1", "Đơn vị", "CDCS", "LC"))


def refused_or_read(content: bytes) -> None:
    try:
        read_grid(content)
    except Unreadable as error:
        assert error.code.startswith("file-")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", REAL[:2000]]))
def test_random_bytes_never_raise_anything_else(tail: bytes, head: bytes) -> None:
    refused_or_read(head + tail)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, len(REAL) - 1))
def test_a_truncated_workbook_never_raises_anything_else(length: int) -> None:
    refused_or_read(REAL[:length])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_workbook_never_raises_anything_else(changes: list[tuple[int, int]]) -> None:
    content = bytearray(REAL)
    for at, value in changes:
        content[at] = value
    refused_or_read(bytes(content))


def test_many_cells_are_those_asked_for_one_by_one() -> None:
    """Places beyond what is used, on no sheet, and none at all are blank."""
    grid = Grid({"A": [[1.0, None], ["x"]]}, {"a": ("A", 0, 0)})
    places = [("A", 0, 0), ("A", 0, 1), ("A", 1, 0), ("A", 1, 1), ("A", 7, 0), ("B", 0, 0), None]
    assert list(grid.many(places)) == [grid.at(*place) if place else None for place in places]
    assert list(grid.many(places)) == [1.0, None, "x", None, None, None, None]


def test_texts_met_before_are_the_same_and_numbers_are_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consolidator.grid._MOST_MET", 3)
    for value in ["a", "e\u0301", 1.0, True, "1", "", "b", "a", "", 0.0, False, "e\u0301"]:
        met = _met[value] if value in _met else _plain(value)
        assert (met, type(met)) == (plain(value), type(plain(value)))
