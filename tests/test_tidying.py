"""Tidying: what is proposed, that only what is ticked is applied, and that taking back gives every cell its own."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlwings as xw

from consolidator import deskwords as words
from consolidator.booknames import FIXES, RESULTS
from consolidator.content import blank_submission, cover_of
from consolidator.desk import Desk, Obstacle
from consolidator.form import Form, LevelForm
from consolidator.layout import layout_of
from consolidator.marking import read_block
from consolidator.palette import FONT
from consolidator.pouring import workbook
from consolidator.rulebook import load
from consolidator.tidying import FIRST_ROW, apply_ticked, propose, undo_applied
from tests.clerk import at, cell_of, open_desk, sheet_names
from tests.district import A, entry, put, put_roster

pytestmark = pytest.mark.usefixtures("profile")

PEOPLE = ("cnvcld_tong", "cnvcld_nu", "cnvcld_hcsn", "cnvcld_sxkd", "ld_co_viec_lam", "dv_tong", "dv_dnnnn")
PEOPLE += ("dv_doi_the",)
"""Rows of the form that count people."""
TICK, NEW, STATE = 1, 6, 8
COMPOSED = "Công đoàn cơ sở"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


class Line(NamedTuple):
    """What a clerk sees of a proposal."""

    tick: Any
    sheet: Any
    cell: Any
    about: Any
    now: Any
    new: Any
    why: Any
    state: Any


@pytest.fixture
def view(form: Form) -> LevelForm:
    return form.at("CDCS")


@pytest.fixture
def desk(live_excel: xw.App, form: Form, tmp_path: Path) -> Desk:
    content = put(tmp_path / "gốc", form, entry(A, {"tvpl_luot": 5})).read_bytes()
    return open_desk(live_excel, content, tmp_path / "báo cáo.xlsx")


def lines(desk: Desk) -> dict[str, Line]:
    """Proposals by cell."""
    rows = [Line(*row) for row in read_block(desk.book.sheets[FIXES], FIRST_ROW, 8)]
    return {f"{line.sheet}!{line.cell}": line for line in rows}


def row_of(desk: Desk, cell: xw.Range) -> int:
    return FIRST_ROW + list(lines(desk)).index(place(cell))


def place(cell: xw.Range) -> str:
    return f"{cell.sheet.name}!{cell.address.replace('$', '')}"


def people(desk: Desk, view: LevelForm) -> list[xw.Range]:
    return [cell_of(desk, view, f"{code}.actual") for code in PEOPLE]


def write(cell: xw.Range, value: object, font: str = "", number_format: str = "") -> None:
    """What a clerk types, or an old file brought with it."""
    cell.sheet.api.Unprotect()
    if font:
        cell.font.name = font
    if number_format:
        cell.number_format = number_format
    cell.value = value
    cell.sheet.api.Protect(Contents=True)


def state(cell: xw.Range) -> tuple[Any, ...]:
    return cell.value, cell.formula, cell.number_format, cell.font.name


def set_line(desk: Desk, cell: xw.Range, column: int, value: object) -> None:
    desk.book.sheets[FIXES].range((row_of(desk, cell), column)).value = value


def test_numbers_written_as_texts(desk: Desk, view: LevelForm) -> None:
    cells = people(desk, view)
    typed = ("1.234", "12 người", "không", "1500.000", "khoảng 30", "nhiều", "007", "5")
    for cell, text in zip(cells, typed, strict=True):
        cell.value = f"'{text}"
    before = [state(cell) for cell in cells]
    assert propose(desk) == words.FIXES_FOUND.format(count=7, ticked=5)
    assert [state(cell) for cell in cells] == before
    found = lines(desk)
    assert list(found) == [place(cell) for cell in cells if cell.value != "nhiều"]
    shown = {line.now: (line.tick, line.new) for line in found.values()}
    assert shown == {
        "1.234": ("x", 1234),
        "12 người": ("x", 12),
        "không": ("x", 0),
        "1500.000": (None, None),
        "khoảng 30": (None, 30),
        "007": ("x", 7),
        "5": ("x", 5),
    }
    reasons = {line.now: line.why for line in found.values()}
    assert "1.500.000" in reasons["1500.000"] and " 1.500:" in reasons["1500.000"]
    assert "không phát sinh" in reasons["không"] and "30" in reasons["khoảng 30"]
    sheet = desk.book.sheets[FIXES]
    assert sheet.range((FIRST_ROW, 3)).formula.startswith("=HYPERLINK(")
    assert {sheet.range((1, col)).column_width for col in range(9, 16)} == {0}
    assert desk.place()[0] == FIXES

    assert apply_ticked(desk) == words.FIXES_APPLIED.format(count=5, skipped=0)
    assert [cell.value for cell in cells] == [1234, 12, 0, "1500.000", "khoảng 30", "nhiều", 7, 5]
    assert {cell.number_format for cell in cells if isinstance(cell.value, float)} == {"#,##0"}
    assert [line.state for line in lines(desk).values()].count(words.FIX_DONE) == 5
    assert desk.book.sheets[cells[0].sheet.name].api.ProtectContents

    assert undo_applied(desk) == words.FIXES_UNDONE.format(count=5, skipped=0)
    assert [state(cell) for cell in cells] == before
    with pytest.raises(Obstacle, match="nothing-to-undo"):
        undo_applied(desk)
    apply_ticked(desk)
    assert cells[0].value == 1234


def test_what_the_clerk_corrects_is_taken(desk: Desk, view: LevelForm) -> None:
    one, two, three, four, *_ = people(desk, view)
    for cell, text in ((one, "1500.000"), (two, "12 người"), (three, "13 người"), (four, "14 người")):
        cell.value = f"'{text}"
    propose(desk)
    set_line(desk, one, TICK, "X")
    set_line(desk, one, NEW, 1500)
    set_line(desk, two, NEW, "'mười hai")
    set_line(desk, three, NEW, None)
    set_line(desk, four, TICK, " ")
    assert apply_ticked(desk) == words.FIXES_APPLIED.format(count=1, skipped=2)
    assert [cell.value for cell in (one, two, three, four)] == [1500, "12 người", "13 người", "14 người"]
    found = lines(desk)
    assert [found[place(cell)].state for cell in (one, two, three, four)] == [
        words.FIX_DONE,
        words.FIX_UNCLEAR,
        words.FIX_UNCLEAR,
        None,
    ]
    set_line(desk, one, NEW, 7)  # after it was applied: what was written counts for taking back
    assert undo_applied(desk) == words.FIXES_UNDONE.format(count=1, skipped=0)
    assert one.value == "1500.000"


def test_what_changed_meanwhile_stays(desk: Desk, view: LevelForm) -> None:
    one, two, *_ = people(desk, view)
    one.value, two.value = "'12 người", "'13 người"
    propose(desk)
    one.value = 99
    assert apply_ticked(desk) == words.FIXES_APPLIED.format(count=1, skipped=1)
    assert (one.value, lines(desk)[place(one)].state) == (99, words.FIX_CHANGED)
    two.value = 77
    assert undo_applied(desk) == words.FIXES_UNDONE.format(count=0, skipped=1)
    assert (two.value, lines(desk)[place(two)].state) == (77, words.FIX_CHANGED)


def test_a_fraction_that_became_a_day(desk: Desk, view: LevelForm) -> None:
    one, two, *_ = people(desk, view)
    write(one, 45241, number_format="d/m/yyyy")
    write(two, 8 / 24, number_format="h:mm")
    before = state(one)
    propose(desk)
    (line,) = lines(desk).values()
    assert (line.tick, line.now, line.new) == (None, "11/11/2023", 11)
    with pytest.raises(Obstacle, match="nothing-ticked"):
        apply_ticked(desk)
    set_line(desk, one, TICK, "x")
    apply_ticked(desk)
    assert (one.value, one.number_format) == (11, "#,##0")
    undo_applied(desk)
    assert state(one) == before


@pytest.mark.parametrize(
    ("typed", "font", "ticked"),
    [
        ("C«ng ®oµn c¬ së", ".VnTime", None),
        ("C«ng ®oµn c¬ së", FONT, None),
        ("Coâng ñoaøn cô sôû", "VNI-Times", None),
        (DECOMPOSED, FONT, "x"),
        (COMPOSED.encode().decode("latin-1"), FONT, None),
    ],
    ids=["tcvn3", "tcvn3-by-letters", "vni", "decomposed", "mojibake"],
)
def test_broken_vietnamese(desk: Desk, view: LevelForm, typed: str, font: str, ticked: str | None) -> None:
    cell = cell_of(desk, view, view.answers[0].ref)
    write(cell, f"'{typed}", font)
    before = state(cell)
    propose(desk)
    (line,) = lines(desk).values()
    assert (line.tick, line.new) == (ticked, COMPOSED)
    set_line(desk, cell, TICK, "x")
    apply_ticked(desk)
    assert (cell.value, cell.font.name, cell.number_format) == (COMPOSED, FONT, before[2])
    undo_applied(desk)
    assert state(cell) == before == (typed, typed, before[2], font)


def test_composed_text_and_numbers_are_left_alone(desk: Desk, view: LevelForm) -> None:
    write(cell_of(desk, view, view.answers[0].ref), COMPOSED, ".VnTime")
    write(cell_of(desk, view, view.answers[1].ref), "Hanoi 2023")
    people(desk, view)[0].value = 1234
    assert propose(desk) == words.FIXES_NONE
    assert FIXES not in sheet_names(desk)
    for button, key in ((apply_ticked, "no-fixes"), (undo_applied, "no-fixes")):
        with pytest.raises(Obstacle) as found:
            button(desk)
        assert found.value.key == key


def test_a_long_narrative_is_tidied_whole(desk: Desk, view: LevelForm) -> None:
    cell, text = cell_of(desk, view, view.answers[0].ref), f"{DECOMPOSED}\n" * 60
    write(cell, text)
    propose(desk)
    (line,) = lines(desk).values()
    composed = unicodedata.normalize("NFC", text)
    assert len(line.now) <= 200 and line.new == composed
    set_line(desk, cell, NEW, composed + "Hết.")
    apply_ticked(desk)
    assert cell.value == composed + "Hết."
    undo_applied(desk)
    assert cell.value == text


def test_texts_come_back_as_texts(desk: Desk, view: LevelForm) -> None:
    """Whatever they look like: a formula, a code, a number."""
    answers = [cell_of(desk, view, answer.ref) for answer in view.answers[:4]]
    texts = [f"={DECOMPOSED}", f"-{DECOMPOSED}", f"'{DECOMPOSED}", f"@{DECOMPOSED}"]
    for cell, text in zip(answers, texts, strict=True):
        write(cell, "'" + text)
    figure = people(desk, view)[0]
    figure.value = "'=1+1 người"
    note = cell_of(desk, view, f"{PEOPLE[0]}.note")
    write(note, f"'{DECOMPOSED}")
    before = [state(cell) for cell in (*answers, figure, note)]
    propose(desk)
    apply_ticked(desk)
    assert [cell.value for cell in answers] == [unicodedata.normalize("NFC", text) for text in texts]
    assert note.value == COMPOSED
    undo_applied(desk)
    assert [state(cell) for cell in (*answers, figure, note)] == before


def test_formulas_are_not_replaced(desk: Desk, view: LevelForm) -> None:
    one, two, *_ = people(desk, view)
    one.value, two.value = '="12 người"', "'13 người"
    propose(desk)
    assert list(lines(desk)) == [place(two)]


def test_asking_again_keeps_what_can_be_taken_back(desk: Desk, view: LevelForm) -> None:
    one, two, *_ = people(desk, view)
    one.value = "'12 người"
    propose(desk)
    apply_ticked(desk)
    assert propose(desk) == words.FIXES_NONE
    two.value = "'13 người"
    assert propose(desk) == words.FIXES_FOUND.format(count=1, ticked=1)
    assert apply_ticked(desk) == words.FIXES_APPLIED.format(count=1, skipped=0)
    assert (one.value, two.value) == (12, 13)
    assert undo_applied(desk) == words.FIXES_UNDONE.format(count=2, skipped=0)
    assert (one.value, two.value) == ("12 người", "13 người")


def test_cells_of_tables(live_excel: xw.App, tmp_path: Path) -> None:
    view = load("gnk_backan_002").at("CDCS")
    content = workbook(view, cover_of(A, view.form), blank_submission(view, A.code, A.name))
    desk = open_desk(live_excel, content, tmp_path / "bảng.xlsx")
    plans = {c.type: (plan, c) for plan in layout_of(view).tables for c in plan.table.columns if not c.derived}
    typed = {"number": "1.234,5", "text": DECOMPOSED}
    cells = {}
    for kind, text in typed.items():
        plan, column = plans[kind]
        cells[kind] = at(desk, plan.cell(plan.rows - 1, column.id))
        write(cells[kind], f"'{text}")
    propose(desk)
    found = lines(desk)
    proposed = {kind: (found[place(cell)].tick, found[place(cell)].new) for kind, cell in cells.items()}
    assert proposed == {"number": ("x", 1234.5), "text": ("x", COMPOSED)}
    plan, column = plans["number"]
    assert found[place(cells["number"])].about == f"{plan.table.title}, {column.label}"
    apply_ticked(desk)
    assert [cell.value for cell in cells.values()] == [1234.5, COMPOSED]
    undo_applied(desk)
    assert [cell.value for cell in cells.values()] == list(typed.values())


def test_a_password_is_said_and_other_sheets_are_done(desk: Desk, view: LevelForm) -> None:
    figure, answer = people(desk, view)[0], cell_of(desk, view, view.answers[0].ref)
    figure.value = "'12 người"
    write(answer, f"'{DECOMPOSED}")
    answer.sheet.api.Unprotect()
    answer.sheet.api.Protect(Password="bimat", Contents=True)
    propose(desk)
    with pytest.raises(Obstacle) as found:
        apply_ticked(desk)
    assert (found.value.key, found.value.facts) == ("password", {"sheet": answer.sheet.name})
    assert (figure.value, lines(desk)[place(figure)].state) == (12, words.FIX_DONE)
    assert (answer.value, lines(desk)[place(answer)].state) == (DECOMPOSED, None)
    assert desk.app.screen_updating


def test_a_workbook_that_is_not_ours(live_excel: xw.App, tmp_path: Path) -> None:
    desk = open_desk(live_excel, put_roster(tmp_path / "units.xlsx").read_bytes(), tmp_path / "khác.xlsx")
    with pytest.raises(Obstacle) as found:
        propose(desk)
    assert found.value.key == "unreadable"
    assert not {FIXES, RESULTS} & set(sheet_names(desk))
