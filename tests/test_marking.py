"""Marks on an open workbook: what is put, what is told, and that every cell looks as before when they are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from consolidator import deskwords as words
from consolidator import marking, resultsheet
from consolidator.booknames import META, RESULTS, SEAL
from consolidator.desk import Desk, Obstacle, rgb
from consolidator.finding import Finding, Place, Severity
from consolidator.form import Form
from consolidator.marking import COLOURS, FIRST_ROW, MAX_MARKED, chosen_cell, clear, examine, show, step
from consolidator.palette import DOUBT, WRONG
from consolidator.sealing import sealed
from tests.clerk import cell_of, open_desk, sheet_names
from tests.extent import some
from tests.tampering import part_changed
from tests.tampering import put as put_cell
from tests.unofile import ALLOWANCES, facts_of

pytestmark = pytest.mark.usefixtures("profile")

WHEN = datetime(2026, 11, 21, 9, 31)
FIGURES = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99, "qth_nguoi": 9, "qth_tien": 0}
"""130 is not 30 + 99: SP001, an error; nine people visited without any money: BD063, a warning."""
PURPLE = (112, 48, 160)
Look = tuple[Any, ...]


@pytest.fixture
def figures() -> Mapping[str, float]:
    return FIGURES


def check(desk: Desk) -> str:
    return show(desk, examine(desk), WHEN)


@contextmanager
def unlocked(desk: Desk, sheet: str) -> Iterator[xw.Sheet]:
    found = desk.book.sheets[sheet]
    with desk.opened(found):
        yield found


def looks(desk: Desk) -> dict[str, Look]:
    """Colour and note of all cells that are ever marked here and of some around them, contents of their sheets."""
    found: dict[str, Look] = {}
    for name, rows, col in (("Bìa", range(13, 18), "C"), ("PL03", range(6, 11), "F"), ("PL04", range(10, 14), "F")):
        sheet = desk.book.sheets[name]
        cells = {f"{name} {col}{row}": sheet.range(f"{col}{row}") for row in rows}
        found |= {place: (cell.color, cell.note.text if cell.note else None) for place, cell in cells.items()}
        found[name] = (sheet.range("A1:H40").formula,)
    return found


def lines(desk: Desk) -> list[list[Any]]:
    return marking.read_block(desk.book.sheets[RESULTS], FIRST_ROW, 13)


def standing(desk: Desk) -> tuple[str, str]:
    chosen = desk.app.selection
    return chosen.sheet.name, chosen.address.replace("$", "")


def test_findings_are_marked_listed_and_gone_to(desk: Desk, form: Form) -> None:
    view = form.at("CDCS")
    said = check(desk)
    wrong, doubtful = cell_of(desk, view, "tvpl_luot.actual"), cell_of(desk, view, "qth_nguoi.actual")
    assert (wrong.color, doubtful.color) == (rgb(WRONG), rgb(DOUBT))
    assert wrong.note.text.startswith("Lỗi SP001: ")
    assert "BD063" in doubtful.note.text
    assert standing(desk) == ("PL03", wrong.address.replace("$", ""))
    found = examine(desk).findings
    listed = lines(desk)
    assert [(row[6], row[1] or "", row[2] or "") for row in listed] == [
        (f.code, f.place.sheet, f.place.cell) for f in found
    ]
    assert [row[0] for row in listed] == sorted((row[0] for row in listed), key=["Lỗi", "Cảnh báo", "Lưu ý"].index)
    errors, warnings = (sum(row[0] == word for row in listed) for word in ("Lỗi", "Cảnh báo"))
    assert min(errors, warnings) > 1
    for told in (said, desk.book.sheets[RESULTS].range("A3").value):
        assert told.startswith(f"{errors} lỗi, {warnings} cảnh báo")
    assert "09:31 21/11/2026" in desk.book.sheets[RESULTS].range("A3").value


def test_links_lead_to_the_cells(desk: Desk) -> None:
    check(desk)
    first = desk.book.sheets[RESULTS].range((FIRST_ROW, 3))
    assert first.formula == f"""=HYPERLINK("#'PL03'!{first.value}","{first.value}")"""
    widths = [desk.book.sheets[RESULTS].range((1, col)).column_width for col in range(1, 14)]
    assert min(widths[:7]) > 0 and set(widths[7:]) == {0}


def test_clearing_gives_the_old_look_back(desk: Desk, form: Form) -> None:
    view = form.at("CDCS")
    wrong, doubtful = cell_of(desk, view, "tvpl_luot.actual"), cell_of(desk, view, "qth_nguoi.actual")
    with unlocked(desk, "PL03"):
        wrong.color = PURPLE
        wrong.add_note("12\nghi chú của chị Lan")
    with unlocked(desk, doubtful.sheet.name):
        doubtful.color = None
    before, names = looks(desk), sheet_names(desk)
    check(desk)
    assert wrong.color == rgb(WRONG) and "chị Lan" in wrong.note.text and "SP001" in wrong.note.text
    check(desk)
    assert wrong.note.text.count("chị Lan") == wrong.note.text.count("SP001") == 1
    assert clear(desk)
    assert (looks(desk), sheet_names(desk)) == (before, names)
    assert not clear(desk)


def test_marks_are_taken_off_after_saving_and_reopening(desk: Desk, form: Form, tmp_path: Path) -> None:
    wrong = cell_of(desk, form.at("CDCS"), "tvpl_luot.actual")
    with unlocked(desk, "PL03"):
        wrong.add_note("ghi chú cũ")
    before = looks(desk)
    check(desk)
    desk.book.save()
    desk.book.close()
    again = Desk(desk.app, desk.app.books.open(tmp_path / "báo cáo.xlsx"))
    assert looks(again) != before
    assert clear(again)
    assert looks(again) == before


@pytest.mark.parametrize("nth", some([1, 2, 4], 2))
@pytest.mark.parametrize("call", ["add_note", "color"])
def test_whatever_fails_half_way_every_mark_can_be_taken_off(
    desk: Desk, form: Form, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    """Excel refuses at the n-th cell: what was marked until then gets its own look back, the rest keeps it."""
    for name in ("tvpl_luot.actual", "qth_nguoi.actual"):
        own = cell_of(desk, form.at("CDCS"), name)
        with unlocked(desk, own.sheet.name):
            own.color = PURPLE
            own.add_note("12\nghi chú của chị Lan")
    before, names = looks(desk), sheet_names(desk)
    with monkeypatch.context() as excel:
        stock: Any = vars(xw.Range)[call]
        give, left = getattr(stock, "fset", stock), iter(range(nth, 0, -1))

        def refuse(cell: xw.Range, given: object) -> None:
            if cell.sheet.name != RESULTS and next(left) == 1:
                raise ConnectionError("Excel is gone")
            give(cell, given)

        excel.setattr(xw.Range, call, stock.setter(refuse) if isinstance(stock, property) else refuse)
        with pytest.raises(ConnectionError):
            check(desk)
    assert (looks(desk) != before) is (nth > 1 or call == "add_note")
    assert desk.book.sheets["PL03"].api.ProtectContents and desk.app.screen_updating
    assert clear(desk)
    assert (looks(desk), sheet_names(desk)) == (before, names)


def test_where_looks_cannot_be_kept_nothing_is_marked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise ConnectionError("Excel is gone")

    before, names = looks(desk), sheet_names(desk)
    with monkeypatch.context() as excel:
        excel.setattr(marking, "looks_beside", refuse)
        with pytest.raises(ConnectionError):
            check(desk)
    assert looks(desk) == before
    assert clear(desk)
    assert (looks(desk), sheet_names(desk)) == (before, names)


def test_a_colour_chosen_since_then_stays(desk: Desk, form: Form) -> None:
    wrong = cell_of(desk, form.at("CDCS"), "tvpl_luot.actual")
    check(desk)
    with unlocked(desk, "PL03"):
        wrong.color = PURPLE
    clear(desk)
    assert (wrong.color, wrong.note) == (PURPLE, None)


def test_a_corrected_cell_loses_its_mark(desk: Desk, form: Form) -> None:
    wrong = cell_of(desk, form.at("CDCS"), "tvpl_luot.actual")
    before = wrong.color
    errors = int(check(desk).split()[0])
    wrong.value = 129
    assert int(check(desk).split()[0]) == errors - 1
    assert (wrong.color, wrong.note) == (before, None)
    assert "SP001" not in [row[6] for row in lines(desk)]


@pytest.mark.parametrize(
    ("allowed", "guarded"),
    [(set(), True), (set(ALLOWANCES), False), (set(list(ALLOWANCES)[::2]), True), (set(list(ALLOWANCES)[1::2]), False)],
)
def test_protection_afterwards_is_protection_before(
    desk: Desk, allowed: set[str], guarded: bool, tmp_path: Path
) -> None:
    api = desk.book.sheets["PL03"].api
    api.Unprotect()
    permitted = {name: name in allowed for name in ALLOWANCES}
    api.Protect(DrawingObjects=guarded, Contents=True, Scenarios=guarded, **permitted)
    check(desk)
    clear(desk)
    assert api.ProtectContents
    assert (api.ProtectDrawingObjects, api.ProtectScenarios) == (guarded, guarded)
    assert {name: getattr(api.Protection, name) for name in ALLOWANCES} == permitted
    desk.save_copy(str(tmp_path / "bản.xlsx"))
    facts = facts_of(tmp_path / "bản.xlsx").sheets["PL03"]
    assert (facts.allowed, facts.drawings, facts.scenarios) == (allowed, guarded, guarded)


def test_an_unprotected_sheet_stays_unprotected(desk: Desk) -> None:
    desk.book.sheets["PL03"].api.Unprotect()
    check(desk)
    assert not desk.book.sheets["PL03"].api.ProtectContents
    assert desk.book.sheets["PL01"].api.ProtectContents


def test_a_sheet_with_a_password_is_listed_but_not_marked(desk: Desk, form: Form) -> None:
    api, wrong = desk.book.sheets["PL03"].api, cell_of(desk, form.at("CDCS"), "tvpl_luot.actual")
    api.Unprotect()
    api.Protect(Password="bimat", Contents=True)
    before = looks(desk)
    said = check(desk)
    assert words.LOCKED.format(sheets="PL03", results=RESULTS) in said
    assert (wrong.color, wrong.note) == (before["PL03 F7"][0], None)
    assert "SP001" in [row[6] for row in lines(desk)]
    assert standing(desk)[0] == "PL03"
    assert api.ProtectContents
    check(desk)
    clear(desk)
    assert looks(desk) == before


def test_a_password_set_after_marking_is_said(desk: Desk) -> None:
    check(desk)
    api = desk.book.sheets["PL03"].api
    api.Unprotect()
    api.Protect(Password="bimat", Contents=True)
    with pytest.raises(Obstacle) as found:
        clear(desk)
    assert (found.value.key, found.value.facts) == ("password", {"sheet": "PL03"})
    assert RESULTS in sheet_names(desk)
    api.Unprotect("bimat")
    assert clear(desk)
    assert desk.book.sheets["PL03"].range("E6").note is None


def test_a_locked_structure_is_said_before_anything_changes(live_excel: xw.App, content: bytes, tmp_path: Path) -> None:
    lock = '<workbookProtection lockStructure="1"/><sheets>'
    locked = part_changed(content, "xl/workbook.xml", lambda text: text.replace("<sheets>", lock))
    desk = open_desk(live_excel, locked, tmp_path / "khóa.xlsx")
    before = looks(desk)
    with pytest.raises(Obstacle) as found:
        check(desk)
    assert found.value.key == "structure"
    assert (looks(desk), live_excel.screen_updating) == (before, True)


def test_a_read_only_workbook_is_marked_and_it_is_said(
    live_excel: xw.App, desk: Desk, tmp_path: Path, form: Form
) -> None:
    assert words.READ_ONLY not in check(desk)
    desk.book.close()
    read_only = Desk(live_excel, live_excel.books.open(tmp_path / "báo cáo.xlsx", read_only=True))
    assert check(read_only).endswith(words.READ_ONLY)
    assert cell_of(read_only, form.at("CDCS"), "tvpl_luot.actual").color == rgb(WRONG)


def test_steps_go_round_and_round(desk: Desk) -> None:
    check(desk)
    stops = list(dict.fromkeys((row[1], row[9]) for row in lines(desk) if row[9]))
    assert len(stops) > 2 and standing(desk) == stops[0]
    seen = []
    for number in range(len(stops)):
        said = step(desk, forward=True)
        seen.append(standing(desk))
        assert said.startswith(f"{(number + 1) % len(stops) + 1}/{len(stops)} – ")
    assert seen == [*stops[1:], stops[0]]
    step(desk, forward=False)
    assert standing(desk) == stops[-1]
    desk.go("Bìa", "A1")
    step(desk, forward=True)
    assert standing(desk) == stops[0]
    desk.go("Bìa", "A1")
    step(desk, forward=False)
    assert standing(desk) == stops[-1]


def test_steps_without_results_or_without_findings(desk: Desk) -> None:
    with pytest.raises(Obstacle) as found:
        step(desk, forward=True)
    assert found.value.key == "not-checked"
    show(desk, replace(examine(desk), findings=[]), WHEN)
    assert lines(desk) == [] and standing(desk)[0] == RESULTS
    assert step(desk, forward=True) == words.RESULT_HINTS["clean"]
    assert clear(desk)


def test_a_line_of_results_means_its_cell(desk: Desk) -> None:
    check(desk)
    listed = lines(desk)
    desk.go(RESULTS, f"D{FIRST_ROW + 1}")
    assert chosen_cell(desk) == (listed[1][1], listed[1][9])
    desk.go(RESULTS, "A1")
    assert chosen_cell(desk) == (RESULTS, "A1")
    desk.go(RESULTS, f"A{FIRST_ROW + len(listed) + 5}")
    assert chosen_cell(desk)[0] == RESULTS
    desk.go("PL01", "E7")
    assert chosen_cell(desk) == ("PL01", "E7")


def test_a_finding_on_a_hidden_sheet_is_passed_by(live_excel: xw.App, content: bytes, tmp_path: Path) -> None:
    """A broken seal stands on a sheet that nobody can go to."""
    first = open_desk(live_excel, content, tmp_path / "báo cáo.xlsx")
    stamped, _ = sealed(content, examine(first).submission, "09:31:05 21/11/2026")
    desk = open_desk(live_excel, put_cell(stamped, "qth_nguoi.actual", "<v>8</v>"), tmp_path / "sửa sau.xlsx")
    check(desk)
    assert ("seal-broken", META, SEAL) in [(row[6], row[1], row[7]) for row in lines(desk)]
    stops = {(row[1], row[9]) for row in lines(desk) if row[9] and row[1] != META}
    seen = {standing(desk)}
    for _ in stops:
        step(desk, forward=True)
        seen.add(standing(desk))
    assert seen == stops
    assert clear(desk)


def made_up(*said: str) -> list[Finding]:
    """Remarks whose sentences begin with what Excel would take for a formula."""
    places = (Place(sheet="PL03", cell=f"E{row}", ref=text) for row, text in enumerate(said, 6))
    return [
        Finding("roster-blank", Severity.ERROR, place, {"row": text, "column": text, "values": text}, "", text)
        for place, text in zip(places, said, strict=True)
    ]


def test_what_looks_like_a_formula_stays_text(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ("=1+1", "-5", "+84", "@x", "007", "1/2", "'nháy")
    monkeypatch.setattr(resultsheet, "sentence_of", lambda finding, form: (finding.explanation, finding.explanation))
    monkeypatch.setattr(resultsheet, "message_of", lambda finding, form: finding.explanation)
    before = looks(desk)
    show(desk, replace(examine(desk), findings=made_up(*said)), WHEN)
    for offset, text in enumerate(said):
        row = lines(desk)[offset]
        assert [row[col] for col in (3, 4, 5, 7, 8)] == [text] * 5
        assert desk.book.sheets["PL03"].range(f"E{6 + offset}").note.text == f"Lỗi roster-blank: {text}"
    clear(desk)
    assert looks(desk) == before


def test_only_so_many_cells_are_marked_and_it_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_MARKED >= 100
    monkeypatch.setattr(marking, "MAX_MARKED", 3)
    findings = examine(desk).findings
    cells = list(dict.fromkeys((f.place.sheet, f.place.cell) for f in findings if f.place.cell))
    assert len(cells) > 4
    said = check(desk)
    assert words.NOT_MARKED.format(marked=3, results=RESULTS) in said
    ours = {rgb(colour) for colour in COLOURS.values()}
    marked = [place for place in cells if desk.book.sheets[place[0]].range(place[1]).color in ours]
    assert marked == cells[:3]
    assert len(lines(desk)) == len(findings)


def test_no_more_than_that_is_nothing_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = examine(desk).findings
    cells = {(f.place.sheet, f.place.cell) for f in findings if f.place.cell}
    monkeypatch.setattr(marking, "MAX_MARKED", len(cells))
    assert "Chỉ đánh dấu" not in check(desk)


def test_a_long_message_is_cut_in_its_note_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x" * 2000
    monkeypatch.setattr(resultsheet, "sentence_of", lambda finding, form: (text, ""))
    monkeypatch.setattr(resultsheet, "message_of", lambda finding, form: text)
    show(desk, replace(examine(desk), findings=made_up("a")), WHEN)
    assert len(desk.book.sheets["PL03"].range("E6").note.text) == resultsheet.NOTE_LENGTH
    assert lines(desk)[0][3] == text


def test_several_findings_of_a_cell_share_a_mark(desk: Desk) -> None:
    finding = examine(desk).findings[0]
    weaker = replace(finding, severity=Severity.WARNING)
    show(desk, replace(examine(desk), findings=[finding, weaker]), WHEN)
    cell = desk.book.sheets["PL03"].range(finding.place.cell)
    assert cell.color == rgb(WRONG)
    assert [line.split()[0] for line in cell.note.text.splitlines()] == ["Lỗi", "Cảnh"]
    assert [row[12] for row in lines(desk)] == ["x", None]


def test_the_file_is_not_touched(desk: Desk, tmp_path: Path, content: bytes) -> None:
    check(desk)
    clear(desk)
    assert (tmp_path / "báo cáo.xlsx").read_bytes() == content
