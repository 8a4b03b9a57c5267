"""The engine itself: what xlwings gives over LibreOffice is what stands in the file, and Excel's refusals are kept."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill, Protection

from consolidator.grid import read_grid
from consolidator.reading import read_submission
from tests.unoapi import ERROR_2015, Said, Unscripted
from tests.unobook import VERY_HIDDEN, VISIBLE
from tests.unoengine import excel_over
from tests.unofile import facts_of, quoted
from tests.unooffice import ComError, Office
from tests.unorange import excel_formula, office_formula

SAMPLES = Path(__file__).parent.parent / "workbooks" / "samples"
FREE, LOCKED = "A1", "B1"


@pytest.fixture
def sample(live_excel: xw.App, tmp_path: Path) -> xw.Book:
    """The province's own workbook of the sample, opened from a copy."""
    return live_excel.books.open(shutil.copy(SAMPLES / "LC-01.xlsx", tmp_path))


@pytest.fixture
def book(live_excel: xw.App, tmp_path: Path) -> xw.Book:
    """A small workbook: a free sheet, one protected with A1 unlocked, one with a password, one very hidden."""
    made = openpyxl.Workbook()
    free = made.active
    free.title = "Tự do"
    values = [1.5, dt.datetime(2023, 9, 30), True, "=1/0", "=NA()", "12", "chữ", None, "=A1*2"]
    for row, value in enumerate(values, start=1):
        free.cell(row, 1, value)
    free["A6"].number_format = "@"
    free["B1"].fill, free["B1"].font = PatternFill("solid", fgColor="FFEE00"), Font(bold=True, name="Arial", size=13)
    free["C1"].comment = Comment("ghi chú\nhai dòng", "ai")
    free["D1"], free["D1"].hyperlink = "đi", "#'PL01'!B2"
    for name, password in (("PL01", ""), ("Khóa", "bimat")):
        sheet = made.create_sheet(name)
        sheet[FREE].protection = Protection(locked=False)
        sheet.protection.sheet, sheet.protection.formatColumns, sheet.protection.objects = True, False, True
        if password:
            sheet.protection.password = password
    made.create_sheet("_meta").sheet_state = "veryHidden"
    made.save(tmp_path / "nhỏ.xlsx")
    return live_excel.books.open(tmp_path / "nhỏ.xlsx")


def test_values_are_those_of_the_file(sample: xw.Book) -> None:
    stored = openpyxl.load_workbook(SAMPLES / "LC-01.xlsx", data_only=True)
    assert [sheet.name for sheet in sample.sheets] == stored.sheetnames
    compared = 0
    for sheet in sample.sheets:
        used = sheet.used_range
        assert used.address.replace("$", "") == stored[sheet.name].dimensions
        rows = used.options(ndim=2, err_to_str=True).value
        for row, cells in zip(rows, stored[sheet.name][stored[sheet.name].dimensions], strict=True):
            for value, cell in zip(row, cells, strict=True):
                expected = None if cell.value == "" else cell.value
                if isinstance(expected, float):
                    assert value == pytest.approx(expected), (sheet.name, cell.coordinate)
                else:
                    assert value == expected, (sheet.name, cell.coordinate)
                compared += value is not None
    assert compared > 3000


def test_formulas_are_in_excels_writing(sample: xw.Book) -> None:
    stored = openpyxl.load_workbook(SAMPLES / "LC-01.xlsx")
    formulas = 0
    for sheet in sample.sheets:
        used = sheet.used_range
        for row, cells in zip(used.formula, stored[sheet.name][stored[sheet.name].dimensions], strict=True):
            for formula, cell in zip(row, cells, strict=True):
                assert formula.startswith("=") == (cell.data_type == "f"), (sheet.name, cell.coordinate)
                if cell.data_type == "f":
                    assert formula.replace(" ", "") == cell.value.replace(" ", ""), (sheet.name, cell.coordinate)
                    formulas += 1
    assert formulas > 1500


@pytest.mark.parametrize(
    ("office", "excel"),
    [
        ('=IF(A1;"x;y";$PL01.$B$2)', "=IF(A1,\"x;y\",'PL01'!$B$2)"),
        ("=SUM($'Kiểm tra'.A1:B2;a.b;TRUE())", "=SUM('Kiểm tra'!A1:B2,a.b,TRUE)"),
        ("{=$Bìa.A1*2}", "=Bìa!A1*2"),
    ],
)
def test_formulas_change_their_writing(office: str, excel: str) -> None:
    assert excel_formula(office, frozenset(["PL01", "Kiểm tra", "Bìa"])) == excel


def test_written_formulas_find_their_sheets() -> None:
    asked = office_formula("=IF(A1,\"a,b!\",SUM('PL01'!A1,Bìa!B2,x))", frozenset(["PL01", "Bìa"]))
    assert asked == "=IF(A1;\"a,b!\";SUM($'PL01'.A1;$'Bìa'.B2;x))"


def test_names_are_those_of_the_file(sample: xw.Book) -> None:
    stored = openpyxl.load_workbook(SAMPLES / "LC-01.xlsx")
    names = {name.name: name.refers_to for name in sample.names}
    assert len(sample.names) == len(names) > 900
    for name, defined in stored.defined_names.items():
        sheet, cell = defined.attr_text.replace("'", "").rsplit("!", 1)
        assert names[name] == f"={quoted(sheet)}!{cell}"
    assert names["'PL01'!Print_Titles"].endswith("!$5:$5")
    assert "không_có" not in sample.names


def test_cells_come_as_excel_gives_them(book: xw.Book) -> None:
    cells = book.sheets["Tự do"].range("A1:A9")
    assert cells.value == [1.5, dt.datetime(2023, 9, 30), True, None, None, "12", "chữ", None, 3.0]
    assert cells.options(err_to_str=True).value[3:5] == ["#DIV/0!", "#N/A"]
    assert [row[0] for row in cells.formula] == ["1.5", "45199", "TRUE", "=1/0", "=NA()", "12", "chữ", "", "=A1*2"]
    assert book.sheets[0].range("A1").formula == "1.5"
    assert book.sheets[0].range("A1").options(ndim=2).value == [[1.5]]
    assert (cells.row, cells.column, cells.shape, cells.last_cell.address) == (1, 1, (9, 1), "$A$9")
    assert book.sheets[0].range((1, 1), (9, 1)) == cells


@pytest.mark.parametrize(
    ("typed", "formula", "value"),
    [
        ("=1+1", "=1+1", 2.0),
        ("'=1+1", "=1+1", "=1+1"),
        ("'0012", "0012", "0012"),
        ("0012", "12", 12.0),
        ("50%", "0.5", 0.5),
        ("31 triệu", "31 triệu", "31 triệu"),
        ("hai\ndòng", "hai\ndòng", "hai\ndòng"),
        ("11/30/2023", "45260", dt.datetime(2023, 11, 30)),
        (dt.datetime(2023, 9, 30), "45199", dt.datetime(2023, 9, 30)),
        (dt.date(2023, 9, 30), "45199", dt.datetime(2023, 9, 30)),
        (True, "TRUE", True),
        ("", "", None),
        (None, "", None),
        (float("nan"), "", None),
        (7, "7", 7.0),
        ("=SUM('PL01'!A1,2)", "=SUM('PL01'!A1,2)", 2.0),
    ],
)
def test_written_values_are_taken_as_typed(book: xw.Book, typed: object, formula: str, value: object) -> None:
    cell = book.sheets["Tự do"].range("F1")
    cell.value = typed
    assert (cell.formula, cell.value) == (formula, value)


def test_text_format_keeps_text(book: xw.Book) -> None:
    cell = book.sheets["Tự do"].range("A6")
    for typed in ("=1+1", "007", "11/11"):
        cell.value = typed
        assert (cell.value, cell.number_format) == (typed, "@")


def test_tables_are_written_in_one_go(book: xw.Book) -> None:
    sheet = book.sheets["Tự do"]
    sheet.range("F1").value = [["a", 1], [None, dt.datetime(2023, 1, 2, 3, 4)], ["=F1", "'x"]]
    assert sheet.range("F1:G3").value == [["a", 1.0], [None, dt.datetime(2023, 1, 2, 3, 4)], ["a", "x"]]
    sheet.range("H1:I3").value = 0
    assert sheet.range("H1:I3").value == [[0.0, 0.0]] * 3
    with pytest.raises(ComError):
        sheet.range("F1").value = "x" * 32_768


def test_looks_come_back(book: xw.Book) -> None:
    sheet = book.sheets["Tự do"]
    cell = sheet.range("B1")
    assert (cell.color, cell.font.bold, cell.font.name, cell.font.size) == ((255, 238, 0), True, "Arial", 13)
    assert (sheet.range("F1").color, sheet.range("F1").number_format) == (None, "General")
    assert (sheet.range("A2").number_format, sheet.range("B1:B2").color) == ("yyyy-mm-dd h:mm:ss", (0, 0, 0))
    assert sheet.range("B1:B2").font.bold is None
    cell.color = (1, 2, 3)
    cell.font.color, cell.font.italic, cell.wrap_text, cell.number_format = (9, 8, 7), True, True, "#,##0.0"
    assert (cell.color, cell.font.color, cell.font.italic) == ((1, 2, 3), (9, 8, 7), True)
    assert (cell.wrap_text, cell.number_format) == (True, "#,##0.0")
    cell.color = None
    assert cell.color is None
    cell.column_width, cell.row_height = 30, 45
    assert (cell.column_width, cell.row_height) == (pytest.approx(30, abs=0.1), pytest.approx(45, abs=0.1))
    assert sheet.range("A1:B1").column_width is None
    sheet.range("F1:G1").column_width = 0
    assert (sheet.range("F1").column_width, sheet.range("E1").column_width) == (0, sheet.range("H1").column_width)
    with pytest.raises(ComError):
        cell.row_height = 410
    cell.value = 5
    cell.clear()
    assert (cell.value, cell.font.bold, cell.number_format) == (None, False, "General")


def test_notes_come_and_go(book: xw.Book) -> None:
    sheet = book.sheets["Tự do"]
    assert sheet.range("C1").note.text == "ghi chú\nhai dòng"
    assert sheet.range("F1").note is None
    sheet.range("F1").add_note("một")
    sheet.range("F1").note.text = "hai"
    assert sheet.range("F1").note.text == "hai"
    sheet.range("F1").note.delete()
    assert sheet.range("F1").note is None
    with pytest.raises(ValueError, match="already has a note"):
        sheet.range("C1").add_note("thêm")


def test_links_lead_to_a_cell(book: xw.Book, tmp_path: Path) -> None:
    sheet = book.sheets["Tự do"]
    assert sheet.range("D1").hyperlink == "#'PL01'!B2"
    sheet.range("F2").add_hyperlink("#'PL01'!A1", "tới")
    assert (sheet.range("F2").value, sheet.range("F2").hyperlink) == ("tới", "#'PL01'!A1")
    book.api.SaveCopyAs(str(tmp_path / "bản.xlsx"))
    stored = openpyxl.load_workbook(tmp_path / "bản.xlsx")["Tự do"]
    links = {cell.coordinate: cell.hyperlink.location for row in stored for cell in row if cell.hyperlink}
    assert links == {"D1": "'PL01'!B2", "F2": "'PL01'!A1"}


def test_protection_refuses_what_excel_refuses(book: xw.Book) -> None:
    sheet = book.sheets["PL01"]
    free, locked = sheet.range(FREE), sheet.range(LOCKED)
    assert sheet.api.ProtectContents
    free.value = 5
    assert free.value == 5.0
    for refused in (
        lambda: setattr(locked, "value", 5),
        lambda: setattr(sheet.range("A1:B1"), "value", 5),
        lambda: setattr(free, "color", (1, 2, 3)),
        lambda: setattr(free, "number_format", "@"),
        lambda: setattr(free.font, "bold", True),
        lambda: setattr(free, "wrap_text", True),
        lambda: setattr(free, "row_height", 30),
        lambda: free.add_note("ghi chú"),
        lambda: free.add_hyperlink("#A1", "x"),
        lambda: free.clear(),
        lambda: locked.clear_contents(),
    ):
        with pytest.raises(ComError):
            refused()
    assert (sheet.range("A1:B1").value, free.color, free.note) == ([5.0, None], None, None)
    free.column_width = 40  # allowed by this sheet's protection
    assert free.column_width == pytest.approx(40, abs=0.1)


def test_protection_is_taken_off_and_put_back(book: xw.Book, tmp_path: Path) -> None:
    sheet = book.sheets["PL01"]
    assert (sheet.api.Protection.AllowFormattingColumns, sheet.api.Protection.AllowFormattingRows) == (True, False)
    sheet.api.Unprotect()
    assert not sheet.api.ProtectContents
    sheet.range(LOCKED).add_note("ghi chú")
    sheet.range(LOCKED).color = (1, 2, 3)
    sheet.api.Protect(DrawingObjects=True, Contents=True, Scenarios=True, AllowFiltering=True)
    allowed = sheet.api.Protection
    assert (sheet.api.ProtectContents, allowed.AllowFiltering, allowed.AllowFormattingColumns) == (True, True, False)
    with pytest.raises(ComError):
        sheet.range(LOCKED).note.delete()
    with pytest.raises(TypeError):
        sheet.api.Protect(AllowEverything=True)
    book.api.SaveCopyAs(str(tmp_path / "bản.xlsx"))
    assert facts_of(tmp_path / "bản.xlsx").sheets["PL01"].allowed == {"AllowFiltering"}


def test_a_password_is_asked_for(book: xw.Book) -> None:
    sheet = book.sheets["Khóa"]
    with pytest.raises(ComError):
        sheet.api.Unprotect()
    assert sheet.api.ProtectContents
    sheet.api.Unprotect("bimat")
    assert not sheet.api.ProtectContents


def test_protected_structure_keeps_its_sheets(live_excel: xw.App, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.create_sheet("hai")
    made.security.lockStructure = True
    made.save(tmp_path / "khung.xlsx")
    book = live_excel.books.open(tmp_path / "khung.xlsx")
    assert book.api.ProtectStructure
    for refused in (
        lambda: book.sheets.add("mới"),
        lambda: book.sheets["hai"].delete(),
        lambda: setattr(book.sheets["hai"], "name", "ba"),
        lambda: setattr(book.sheets["hai"], "visible", False),
    ):
        with pytest.raises(ComError):
            refused()
    assert [sheet.name for sheet in book.sheets] == ["Sheet", "hai"]


def test_sheets_are_added_hidden_and_deleted(book: xw.Book) -> None:
    made = book.sheets.add("Kết quả", after=book.sheets["Tự do"])
    assert (made.index, book.sheets.active.name, made.api.ProtectContents) == (2, "Kết quả", False)
    assert [sheet.visible for sheet in book.sheets] == [VISIBLE] * 4 + [VERY_HIDDEN]
    made.visible = False
    assert not made.visible
    for refused in (
        made.activate,
        lambda: book.sheets.add("a/b"),
        lambda: book.sheets["không có"],
        lambda: book.sheets.add("cuối", after=book.sheets["_meta"]),
    ):
        with pytest.raises(ComError):
            refused()
    made.delete()
    assert "Kết quả" not in [sheet.name for sheet in book.sheets]


def test_selecting_needs_the_active_sheet(live_excel: xw.App, book: xw.Book) -> None:
    with pytest.raises(ComError):
        book.sheets["PL01"].range("B2").select()
    book.sheets["PL01"].activate()
    book.sheets["PL01"].range("B2:C3").select()
    assert (live_excel.selection.address, live_excel.selection.sheet.name) == ("$B$2:$C$3", "PL01")
    assert book.selection == live_excel.selection


def test_a_copy_leaves_the_open_workbook_alone(sample: xw.Book, tmp_path: Path) -> None:
    before, was = Path(sample.fullname).read_bytes(), sample.fullname
    copy = tmp_path / "bản sao.xlsx"
    sample.api.SaveCopyAs(str(copy))
    assert (sample.fullname, sample.impl.modified, Path(was).read_bytes()) == (was, False, before)
    unprotected = sample.sheets["PL01"]
    unprotected.api.Unprotect()
    unprotected.range("A1").value = "khác"
    sample.api.SaveCopyAs(str(copy))
    assert (sample.impl.modified, sample.api.FullName, Path(was).read_bytes()) == (True, was, before)
    assert read_grid(copy.read_bytes()).rows["PL01"][0][0] == "khác"
    assert facts_of(copy).sheets["_meta"].very_hidden
    for place in (was, str(tmp_path / "không có" / "x.xlsx")):
        with pytest.raises(ComError):
            sample.api.SaveCopyAs(place)


def test_our_reader_takes_a_copy_for_the_original(live_excel: xw.App, tmp_path: Path) -> None:
    for name in ("LC-01-001.xlsx", "LC-01.xlsx"):
        book = live_excel.books.open(shutil.copy(SAMPLES / name, tmp_path))
        book.api.SaveCopyAs(str(tmp_path / "bản.xlsx"))
        (original, found), (copy, found_in_copy) = (
            read_submission(read_grid(path.read_bytes())) for path in (SAMPLES / name, tmp_path / "bản.xlsx")
        )
        assert copy.values == pytest.approx(original.values, nan_ok=True)
        assert (copy.meta, copy.narratives) == (original.meta, original.narratives)
        assert [finding.code for finding in found_in_copy] == [finding.code for finding in found]


def test_books_are_opened_and_found(live_excel: xw.App, book: xw.Book, tmp_path: Path) -> None:
    path = shutil.copy(SAMPLES / "units.xlsx", tmp_path)
    other = live_excel.books.open(path, read_only=True)
    assert (other.api.ReadOnly, book.api.ReadOnly) == (True, False)
    assert {found.name for found in live_excel.books} == {"nhỏ.xlsx", "units.xlsx"}
    assert live_excel.books.active.name == "units.xlsx"
    book.activate()
    assert (live_excel.books.active, live_excel.books["units.xlsx"].fullname) == (book, str(path))
    with pytest.raises(ComError):
        other.save()
    with pytest.raises(FileNotFoundError):
        live_excel.books.open(tmp_path / "không có.xlsx")
    other.set_mock_caller()
    assert xw.Book.caller() == other
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["nhỏ.xlsx", "units.xlsx"]


def test_an_empty_application_has_no_active_book(live_excel: xw.App) -> None:
    assert (len(live_excel.books), live_excel.selection, xw.apps.active) == (0, None, live_excel)
    with pytest.raises(AttributeError):
        _ = live_excel.books.active.name


def test_the_person_answers_from_a_script(live_excel: xw.App) -> None:
    person = live_excel.impl
    person.answers += ["yes", "vì sao", None, "/tmp/nơi nộp", None]
    live_excel.status_bar = "Đang kiểm tra"
    assert live_excel.alert("Xong") == "ok"
    assert live_excel.alert("Nộp?", title="Nộp", buttons="yes_no", mode="info") == "yes"
    assert live_excel.api.InputBox("Giải trình", "Ô B5", "", Type=2) == "vì sao"
    assert live_excel.api.InputBox("Giải trình") is False
    assert live_excel.api.InputBox("x" * 256) == ERROR_2015
    dialog = live_excel.api.FileDialog(4)
    dialog.Title = "Thư mục"
    assert (dialog.Show(), dialog.SelectedItems(1)) == (-1, "/tmp/nơi nộp")
    assert live_excel.api.FileDialog(4).Show() == 0
    assert [said.how for said in person.said] == ["status", *["alert"] * 2, *["input"] * 2, *["dialog"] * 2]
    assert person.said[0] == Said("status", "Đang kiểm tra")
    assert (live_excel.status_bar, live_excel.version.major, live_excel.pid) == ("Đang kiểm tra", 16, live_excel.hwnd)
    with pytest.raises(Unscripted):
        live_excel.alert("Nộp?", buttons="yes_no")


def test_another_process_sees_the_same_workbooks(live_office: Office, book: xw.Book, tmp_path: Path) -> None:
    second = Office(tmp_path / "unused", live_office.pipe)
    with excel_over(second) as other:
        assert [found.fullname for found in other.books] == [book.fullname]
        other.books.active.sheets["Tự do"].range("A1").value = "từ bên kia"
    second.end()
    assert book.sheets["Tự do"].range("A1").value == "từ bên kia"
    assert xw.apps.active == book.app
