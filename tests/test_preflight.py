"""What the reader beneath is given: a package of our own, with nothing in it that was not proved."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.columns import column_letters
from consolidator.grid import read_grid
from consolidator.kinds import kind_of, refusal, zip_kind
from consolidator.packaging import Unreadable
from consolidator.preflight import preflight
from consolidator.sentences import KINDS, REASONS, SENTENCES
from consolidator.xmlscan import proved_rows
from tests.corpus import base
from tests.mutation import small_parts
from tests.spoiling import MAIN, zipped

FIRST, STRINGS, STYLES, BOOK = (
    f"xl/{name}.xml" for name in ("worksheets/sheet1", "sharedStrings", "styles", "workbook")
)


def spoilt(part: str, change: Callable[[str], str]) -> bytes:
    """The small workbook with one part changed."""
    before = small_parts()[part].decode()
    assert change(before) != before
    return zipped({**small_parts(), part: change(before).encode()})


def swapped(old: str, new: str, part: str = FIRST) -> bytes:
    return spoilt(part, lambda text: text.replace(old, new, 1))


def reason_of(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_grid(content)
    return caught.value.facts.get("reason", caught.value.code)


def test_the_reader_beneath_is_given_nothing_that_was_sent_but_cells_texts_and_styles() -> None:
    extra = {"xl/vbaProject.bin": b"x", "xl/media/a.png": b"x", "docProps/app.xml": b"x", "xl/embeddings/a.bin": b"x"}
    checked = preflight(zipped({**small_parts(), **extra}))
    with zipfile.ZipFile(io.BytesIO(next(checked.packages()))) as package:
        names = package.namelist()
        sheet = package.read("xl/worksheets/sheet1.xml")
    assert sorted(names) == sorted(["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", *small_parts()][2:])
    assert b"dimension" not in sheet and b"sheetViews" not in sheet and checked.sheets[0].rows in sheet
    assert {one.code for one in checked.remarks} == {"has-macros", "has-embedded"}


def test_shared_strings_that_no_cell_shows_are_left_empty() -> None:
    """The checks of a form have most of them, and are mostly not read."""
    content = swapped('<c r="B1" t="s"><v>1</v>', '<c r="B1" t="s"><v xml:space="preserve">2</v>')
    with zipfile.ZipFile(io.BytesIO(next(preflight(content).packages()))) as package:
        strings = package.read(STRINGS).decode()
    assert strings.count("</si>") == 3 and "liệu" not in strings and "Chỉ tiêu" in strings
    assert [read_grid(content).at("Một", *spot) for spot in ((0, 0), (0, 1), (8, 0))] == [
        "Chỉ tiêu", "1.234 & x", "1.234 & x"
    ]  # fmt: skip


def test_a_cell_that_shows_no_shared_string_is_refused() -> None:
    assert reason_of(swapped('<c r="B1" t="s"><v>1</v>', '<c r="B1" t="s"><v>3</v>')) == REASONS["xml"]


def test_sheets_are_told_as_the_file_has_them() -> None:
    first, second = preflight(zipped(small_parts())).sheets
    assert (first.name, first.is_hidden, first.has_errors, first.merges) == ("Một", False, True, ())
    assert (second.name, second.is_hidden, second.has_errors, second.merges) == ("Hai", True, False, ((0, 0, 1, 0),))


def test_a_form_of_ours_says_nothing_beside_its_hidden_sheets() -> None:
    assert preflight(base().content).remarks == ()


def test_what_a_merged_range_hides_is_blank_and_told() -> None:
    grid = read_grid(zipped(small_parts()))
    assert grid.rows["Hai"] == [[1.0, 2.0], [None, 4.0]]
    (told,) = (one for one in grid.remarks if one.code == "hidden-by-merge")
    assert (told.sheet, told.cell, told.facts["typed"]) == ("Hai", "A2", "3")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("<v>&#51;0</v>", 30.0),
        ("<v>0030</v>", 30.0),
        ("<v>30.</v>", 30.0),
        ("<v>.5</v>", 0.5),
        ("<v>3E+1</v>", 30.0),
        ("<v>-0</v>", 0.0),
        ("<v></v>", None),
        ("<v/>", None),
        ("<v> 30</v>", "30"),
        ("<v>1_0</v>", "1_0"),
        ("<v>٣</v>", "٣"),
        ("<v>0x1F</v>", "0x1F"),
        ("<v>1,5</v>", "1,5"),
        ("<v>NaN</v>", "NaN"),
        ("<v>1e400</v>", "inf"),
    ],
)
def test_a_number_is_what_excel_writes_as_one(value: str, read: float | str | None) -> None:
    """What is none becomes the text it is: shown to a person, never a figure that one program reads so, another so."""
    found = read_grid(swapped("<v>30</v>", value)).rows["Một"][1][1]
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<v>30</v>", "<v>3<!-- -->0</v>"),
        ("<v>30</v>", "<v><![CDATA[30]]></v>"),
        ("<v>30</v>", "<v>3<?x y?>0</v>"),
        ("<v>30</v>", "<v>3<rPh><t>x</t></rPh>0</v>"),
        ("<v>30</v>", '<v>3<x xmlns="urn:x"/>0</v>'),
        ("<v>30</v>", "<v>30</v><v>31</v>"),
        ('<c r="B2">', '<c r="B3">'),
        ('<c r="B2">', '<c r="b2">'),
        ('<c r="B2">', '<c r="B2" t="x">'),
        ('<row r="2">', '<row r="2" xmlns="urn:x">'),
        ('<row r="2">', '<x:row xmlns:x="urn:x" r="2">'),
    ],
)
def test_markup_that_programs_read_otherwise_is_refused(old: str, new: str) -> None:
    content = swapped(old, new)
    if new.startswith("<x:row"):
        content = spoilt(FIRST, lambda text: text.replace(old, new).replace('</row><row r="3"', '</x:row><row r="3"'))
    assert reason_of(content) == "file-markup"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (swapped('<row r="4"', '<row r="2"'), "file-markup"),
        (swapped('<c r="C2"', '<c r="B2"'), "order"),
        (swapped('<row r="3">', '<row r="1"/><row r="3">'), "order"),
        (swapped("</sheetData>", '<row r="1048577"/></sheetData>'), "order"),
        (swapped("</sheetData>", '<row r="10"><c r="XFE10"><v>1</v></c></row></sheetData>'), "order"),
        (swapped("</sheetData>", '<row r="1000000"><c r="AA1000000"><v>1</v></c></row></sheetData>'), "bomb"),
        (swapped("</worksheet>", ""), "xml"),
        (swapped("<sheetData>", "<sheetData><f>1</f>"), "file-markup"),
        (swapped("<si><t>", "<si><x/><t>", STRINGS), "strings"),
        (swapped("<sst ", '<!DOCTYPE x><sst ', STRINGS), "xml"),
        (swapped("<sst ", "<sst><sst ", STRINGS), "xml"),
        (swapped("</styleSheet>", "", STYLES), "xml"),
        (swapped('name="Hai"', 'name="mỘT"', BOOK), "part"),
        (swapped("<sheet ", "<s_heet ", BOOK), "part"),
        (swapped("</sheets>", "</sheets><sheets/>", BOOK), "part"),
        (swapped("<sheets>", "<x><sheets>", BOOK).replace(b"</sheets>", b"</sheets></x>"), "zip"),
        (swapped("</workbook>", "<definedName name=\"b\">Hai!$A$1</definedName></workbook>", BOOK), "part"),
        (swapped('xmlns:r="', 'xmlns:r="urn:', BOOK), "part"),
    ],
)  # fmt: skip
def test_a_workbook_that_is_not_of_one_piece_is_refused(content: bytes, reason: str) -> None:
    assert reason_of(content) == REASONS.get(reason, reason)


def test_a_prefix_and_none_may_not_mean_the_same() -> None:
    """`<x:sheet>` beside `<sheet>`: one program sees both, another one of them."""
    twice = swapped("<workbook ", f'<workbook xmlns:x="{MAIN}" ', BOOK).replace(b"<x/>", b"")
    grid = read_grid(twice)
    assert list(grid.rows) == ["Một", "Hai"]  # heard by a real parser, then
    both = spoilt(BOOK, lambda text: text.replace("<workbook ", f'<workbook xmlns:x="{MAIN}" ').replace(
        "<sheets>", '<x:sheets><x:sheet name="Ba" sheetId="3" r:id="rId1"/></x:sheets><sheets>'))  # fmt: skip
    assert reason_of(both) == REASONS["part"]


def test_every_cell_of_a_wide_and_of_a_rewritten_sheet_is_read() -> None:
    wide = swapped('<c r="F9"><v>0</v></c>', '<c r="AZ9"><v>5</v></c>')
    assert read_grid(wide).rows["Một"][8][51] == 5.0
    prefixed = spoilt(FIRST, lambda text: re.sub("<(/?)(?=[a-z])", r"<\1x:", text).replace("xmlns=", "xmlns:x="))
    assert read_grid(prefixed).rows == read_grid(zipped(small_parts())).rows


def test_every_kind_and_reason_has_its_words() -> None:
    for kind in KINDS:
        error = refusal(kind)
        assert error.code in SENTENCES and error.facts.get("kind", KINDS[kind]) == KINDS[kind]
    assert refusal("password").code == "file-password"


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", ""])
def test_kinds_are_told_by_content_alone(name: str) -> None:
    assert kind_of(b"%PDF-1.4 " + name.encode()) == "pdf"
    assert zip_kind(["XL/Workbook.bin", name]) == "xlsb"
    assert zip_kind(["a.txt", name]) == "zip"


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60), st.booleans()), max_size=12))
def test_the_area_is_the_box_around_all_values(cells: list[tuple[int, int, bool]]) -> None:
    """From the first cell on; cells without a value do not count, wherever they stand."""
    filled = {(row, col): is_filled for row, col, is_filled in cells} | {(50, 60): False}
    rows = ""
    for row in sorted({row for row, _ in filled}):
        drawn = "".join(
            f'<c r="{column_letters(col)}{row}"' + ("><v>1</v></c>" if filled[row, col] else ' s="1"/>')
            for col in sorted(col for there, col in filled if there == row)
        )
        rows += f'<row r="{row}">{drawn}</row>'
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    values = [place for place, is_filled in filled.items() if is_filled]
    right = max((col for _, col in values), default=-1) + 1
    assert proved_rows(part.encode(), "A").area == right * max((row for row, _ in values), default=0)
