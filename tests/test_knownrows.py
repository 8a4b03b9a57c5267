"""Rows that stand as in a file read before are not read again, and a file says the same whatever was read before it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consolidator import familiar, knownrows
from consolidator.booknames import CHECKS
from consolidator.grid import CellValue, Day, Grid, Unreadable, read_grid
from consolidator.knownrows import proved_but_known
from consolidator.outcome import FileOutcome
from consolidator.preflight import preflight
from consolidator.rulebook import load
from consolidator.xmlscan import MAX_COL, proved_rows
from tests import regime_samples as sample
from tests.regime_samples import UNIONS
from tests.tampering import part_changed, sheet_part
from tests.test_familiar import once, outcome, told

FORM = load("quy3_2023_004")
VIEW = FORM.at("CDCS")
ONE, OTHER = (sample.poured(sample.fill(VIEW, unit), unit) for unit in UNIONS[:2])
FIGURES, STRINGS, STYLES, BOOK = "PL01", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
PART = sheet_part(ONE, FIGURES)
MARKS = ["", "<", "7", ">", "</v>", "&", " ", "</row>", '<row r="9">', "<v>1</v>", "</c>"]


@pytest.fixture(autouse=True)
def _knows_nothing() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    familiar._known.clear()
    knownrows._known.clear()


def fresh_rows(content: bytes) -> dict[str, list[int] | None]:
    """Rows of each sheet that have to be read, None for all."""
    return {one.name: one.fresh and one.fresh.numbers for one in preflight(content).sheets if one.name != CHECKS}


def cells(grid: Grid) -> dict[tuple[str, int, int], CellValue]:
    """What stands in cells, and of what kind it is: a day is no other number."""
    return {
        (sheet, row, col): f"day {value}" if isinstance(value, Day) else value
        for sheet, lines in grid.rows.items()
        for row, line in enumerate(lines)
        for col, value in enumerate(line)
        if value is not None
    }


def both(content: bytes, before: bytes = ONE) -> tuple[Grid, Grid]:
    """The grid of a file by itself, and that after another one."""
    forget()
    alone = read_grid(content)
    forget()
    read_grid(before)
    return alone, read_grid(content)


def changed(change: Callable[[str], str], part: str = PART) -> bytes:
    return part_changed(OTHER, part, change)


def test_of_the_second_file_of_a_form_only_rows_that_differ_are_read() -> None:
    assert set(fresh_rows(OTHER).values()) == {None}
    alone, after = both(OTHER)
    assert cells(after) == cells(alone) and list(after.rows) == list(alone.rows)
    assert after.remarks == alone.remarks and after.errors == alone.errors
    fresh = fresh_rows(OTHER)
    assert fresh["_meta"] == [] and None not in fresh.values()
    differing = {
        row + 1
        for row, (one, other) in enumerate(zip(read_grid(ONE).rows[FIGURES], alone.rows[FIGURES], strict=True))
        if one != other
    }
    assert differing and set(fresh[FIGURES] or []) == differing
    assert len(differing) < len(alone.rows[FIGURES])


def test_what_is_read_beneath_are_these_rows_alone() -> None:
    read_grid(ONE)
    given = b"".join(preflight(OTHER).packages())
    rows = next(sheet for sheet in preflight(OTHER).sheets if sheet.name == FIGURES)
    assert rows.unread in given and rows.rows not in given and len(rows.unread) < len(rows.rows)


def test_a_file_read_after_many_says_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = outcome(OTHER, monkeypatch)
    for content in (ONE, changed(once(r"<v>\d+</v>", "<v>77</v>")), ONE):
        outcome(content, monkeypatch)
    assert told(outcome(OTHER, monkeypatch)) == told(whole)


DEEDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "a note": (PART, once(r'<row r="3"([^>]*)>', r'<row r="3"\1><c r="Z3" t="inlineStr"><is><t>hỏi</t></is></c>')),
    "far right": (PART, once(r"(<row r=\"3\".*?)</row>", r'\1<c r="ABC3"><v>4</v></c></row>')),
    "below": (PART, once("</sheetData>", '<row r="500"><c r="B500"><v>7</v></c></row></sheetData>')),
    "behind the last row": (PART, once("</sheetData>", '<row r="900"/></sheetData>')),
    "what is no row behind the last": (PART, once("</sheetData>", "<c/></sheetData>")),
    "a row twice": (PART, once(r'(<row r="7".*?</row>)', r"\1\1")),
    "a row less": (PART, once(r'<row r="7".*?</row>', "")),
    "an empty row more": (PART, once(r'<row r="7"', '<row r="6"/><row r="7"')),
    "another number": (PART, once(r'<row r="7"', '<row r="8"')),
    "rows of another number": (PART, lambda text: re.sub(r'r="([A-Z]*)7"', r'r="\g<1>70"', text)),
    "a cell twice": (PART, once(r'(<row r="7"[^>]*>)(<c r="A7".*?(?:/>|</c>))', r"\1\2\2")),
    "a cell of another row": (PART, once(r'<c r="B7"', '<c r="B8"')),
    "an error": (PART, once(r'(<c r="E7"[^>]*)><v>\d+', r'\1 t="e"><v>#REF!')),
    "a formula": (PART, once(r'(<c r="E7"[^>]*)><v>(\d+)', r"\1><f>1+1</f><v>\2")),
    "a formula outside": (PART, once(r'(<c r="E7"[^>]*)><v>(\d+)', r"\1><f>[1]A!B1</f><v>\2")),
    "hidden": (PART, once(r'<row r="7"', '<row hidden="1" r="7"')),
    "hidden, in its place": (PART, once(r'<row r="7"', '<row r="7" hidden="1"')),
    "merged": (PART, once("</mergeCells>", '<mergeCell ref="A3:H9"/></mergeCells>')),
    "not well-formed": (PART, once(r"<v>", "<v><v>")),
    "strings in another order": (STRINGS, lambda text: re.sub(r"(<si>.*?</si>)(<si>.*?</si>)", r"\2\1", text)),
    "one string more": (STRINGS, once(r"(<sst[^>]*>)", r"\1<si><t>thừa</t></si>")),
    "a string said otherwise": (STRINGS, once(r"<si><t>", "<si><t>Không ")),
    "no strings": (STRINGS, lambda text: re.sub("<si>.*</si>", "", text)),
    "days": (STYLES, lambda text: re.sub(r'numFmtId="3"', 'numFmtId="14"', text)),
    "other styles": (STYLES, lambda text: re.sub(r'(<numFmt [^>]*formatCode=)"[^"]*"', r'\1"dd/mm/yyyy"', text)),
    "from 1904": (BOOK, once(r"<workbookPr", '<workbookPr date1904="1"')),
    "names moved": (BOOK, lambda text: re.sub(r"PL01(.{0,9})!\$([A-Z]+)\$7<", r"PL01\1!$\2$8<", text)),
}


@pytest.mark.parametrize(("part", "change"), DEEDS.values(), ids=DEEDS)
@pytest.mark.parametrize("before", [ONE, OTHER, None], ids=["another", "unchanged", "itself"])
def test_whatever_was_read_before_a_file_says_the_same(
    part: str, change: Callable[[str], str], before: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = part_changed(OTHER, part, change)
    assert content != OTHER
    said = []
    for first in ((), (before or content,)):
        forget()
        for one in first:
            outcome(one, monkeypatch)
            grid_of(one)
        said.append((told(outcome(content, monkeypatch)), grid_of(content)))
    assert said[1] == said[0]


def grid_of(content: bytes) -> object:
    """All that a grid says of a file."""
    try:
        grid = read_grid(content)
    except Unreadable as error:
        return error.args
    return cells(grid), list(grid.rows), grid.errors, grid.remarks


def test_strings_that_no_known_row_names_may_be_others() -> None:
    read_grid(ONE)
    usual = fresh_rows(OTHER)
    assert fresh_rows(part_changed(OTHER, STRINGS, once("</sst>", "<si><t>thêm</t></si></sst>"))) == usual
    assert fresh_rows(part_changed(OTHER, STRINGS, DEEDS["one string more"][1])) != usual


def test_rows_with_a_string_that_says_something_else_are_read() -> None:
    read_grid(ONE)
    usual = fresh_rows(OTHER)
    listed = parts_of(OTHER)[STRINGS].decode().split("</si>")
    number, row = next(
        (int(found[2]), int(found[1]))
        for found in re.finditer(
            r'<row r="(\d+)"(?:(?!</row>).)*? t="s"><v>(\d+)<', parts_of(OTHER)[PART].decode(), re.S
        )
        if int(found[1]) not in (usual[FIGURES] or []) and int(found[2])
    )
    listed[number] = "<si><t>Khác</t>"
    content = part_changed(OTHER, STRINGS, lambda _: "</si>".join(listed))
    fresh = fresh_rows(content)
    assert row in (fresh[FIGURES] or []) and row not in (usual[FIGURES] or []) and fresh["_meta"] == []
    alone, after = both(content)
    assert cells(after) == cells(alone) and "Khác" in cells(after).values()


def test_strings_that_are_not_plainly_told_apart_are_no_reason_to_believe_a_row() -> None:
    """With an empty element among them nobody counts them here: rows that name any are read."""
    odd = part_changed(ONE, STRINGS, once("</sst>", "<si/></sst>"))
    alone, after = both(OTHER, before=odd)
    assert cells(after) == cells(alone)
    read_grid(odd)
    assert len(fresh_rows(OTHER)[FIGURES] or []) > 10
    alone, after = both(part_changed(odd, STRINGS, DEEDS["strings in another order"][1]), before=odd)
    assert cells(after) == cells(alone) != cells(read_grid(odd))


def as_excel_saves(content: bytes) -> bytes:
    """The file with its typed texts among the shared strings, behind those that were there."""
    found: list[str] = []

    def shared(text: str, first: int) -> str:
        def put(match: re.Match[str]) -> str:
            found.append(f"<si>{match[1]}</si>")
            return f' t="s"><v>{first + len(found) - 1}</v></c>'

        return re.sub(r' t="inlineStr"><is>(.*?)</is></c>', put, text, flags=re.S)

    count = parts_of(content)[STRINGS].count(b"</si>")
    for part in parts_of(content):
        if part.startswith("xl/worksheets/sheet"):
            content = part_changed(content, part, lambda text: shared(text, count))
    return part_changed(content, STRINGS, lambda text: text.replace("</sst>", "".join(found) + "</sst>"))


def test_rows_are_known_where_typed_texts_are_shared_strings_too() -> None:
    one, other = as_excel_saves(ONE), as_excel_saves(OTHER)
    plain = read_grid(OTHER)
    alone, after = both(other, before=one)
    assert cells(after) == cells(alone) == cells(plain)
    forget()
    read_grid(one)
    fresh = fresh_rows(other)
    assert fresh["_meta"] == [] and 0 < len(fresh[FIGURES] or []) < len(plain.rows[FIGURES])


def test_one_that_hides_figures_under_a_merge_takes_none_from_the_next() -> None:
    merged = part_changed(ONE, PART, once("</mergeCells>", '<mergeCell ref="A7:H7"/></mergeCells>'))
    forget()
    read_grid(ONE)
    hidden = read_grid(merged)
    assert fresh_rows(merged)[FIGURES] == []
    assert [one.code for one in hidden.remarks if one.sheet == FIGURES].count("hidden-by-merge") > 3
    assert cells(read_grid(ONE)) == cells(both(ONE)[0])


def test_a_sheet_whose_formulas_reach_out_is_not_kept_in_mind() -> None:
    reaching = part_changed(ONE, PART, DEEDS["a formula outside"][1])
    codes = [one.code for one in read_grid(reaching).remarks]
    assert "has-links" in codes
    assert FIGURES not in knownrows._known and "_meta" in knownrows._known
    assert [one.code for one in read_grid(reaching).remarks] == codes


def test_what_is_kept_in_mind_has_an_end() -> None:
    setting = knownrows.Setting(b"", b"", False)
    for number in range(40):
        knownrows.keep_in_mind(f"S{number}", b"x" * knownrows.MAX_SHEET, setting, [])
    assert sum(len(one.rows) for one in knownrows._known.values()) <= knownrows.MAX_KEPT
    knownrows.keep_in_mind("large", b"x" * (knownrows.MAX_SHEET + 1), setting, [])
    assert "large" not in knownrows._known


@pytest.mark.parametrize("is_known", [False, True])
def test_values_far_out_are_counted_among_known_rows_too(is_known: bool) -> None:
    """Cells of the box around all values, on which the reader's memory hangs."""
    wide = changed(once(r"(<row r=\"3\".*?)</row>", r'\1<c r="XFD3"><v>4</v></c></row>'))
    first, then = (wide, part_changed(wide, PART, DEEDS["a formula"][1])) if is_known else (ONE, wide)
    read_grid(first)
    (sheet,) = (one for one in preflight(then).sheets if one.name == FIGURES)
    part = parts_of(then)[PART]
    assert sheet.fresh is not None and (3 in sheet.fresh.numbers) is not is_known
    rows, _ = proved_but_known(part, FIGURES, sheet.fresh.known.setting)
    assert rows == proved_rows(part, FIGURES) and rows.area > MAX_COL


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_lines_that_were_read_stand_among_those_that_are_known() -> None:
    known = knownrows.Known(b"", knownrows.Setting(b"", b"", False), [["a", 1.0], ["b", 2.0], ["c", 3.0]])

    def lines(numbers: list[int], read: list[knownrows.Line]) -> list[knownrows.Line]:
        return knownrows.Fresh(known, b"", numbers).among_known(read)

    assert lines([], []) == known.lines
    assert lines([2], [[None], ["x"]]) == [["a", 1.0], ["x", None], ["c", 3.0]]
    assert lines([1, 3], [["x", 5.0, "y"]]) == [["x", 5.0, "y"], ["b", 2.0], [None, None]]
    assert lines([5, 9], [[None]] * 4 + [["x"]]) == [*known.lines, [None, None], ["x", None]]
    assert known.lines == [["a", 1.0], ["b", 2.0], ["c", 3.0]]


PARTS = [PART, sheet_part(ONE, "Bìa"), sheet_part(ONE, "_meta"), STRINGS, STYLES]


@given(st.sampled_from(PARTS), st.integers(0, 10**6), st.integers(0, 60), st.sampled_from(MARKS))
@example(PART, 657, 0, "7")
def test_the_law(part: str, at: int, cut: int, put: str) -> None:
    """Whatever is done to a file, it says the same after another one and by itself."""

    def change(text: str) -> str:
        begin = at * 7919 % len(text)
        return text[:begin] + put + text[begin + cut :]

    content = part_changed(OTHER, part, change)
    said: list[FileOutcome] = []
    with pytest.MonkeyPatch.context() as patch:
        for before in (None, ONE):
            forget()
            if before is not None:
                outcome(before, patch)
            said.append(outcome(content, patch))
    assert told(said[1]) == told(said[0])


@pytest.mark.parametrize(("said", "is_1904"), [("1", True), ("true", True), ("0", False), ("false", False)])
def test_the_year_that_days_are_counted_from(said: str, is_1904: bool) -> None:
    """In both spellings: for the reader beneath, for known rows and for what is told of it."""
    content = part_changed(ONE, BOOK, once("<workbookPr", f'<workbookPr date1904="{said}"'))
    assert preflight(content).setting.is_1904 is is_1904
    assert any((b' date1904="1"' in package) is is_1904 for package in preflight(content).packages())
    with pytest.MonkeyPatch.context() as patch:
        assert ("days-from-1904" in {one.code for one in outcome(content, patch).findings}) is is_1904
