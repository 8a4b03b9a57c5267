"""Handing in: a sealed copy of what is open, without our marks; the open workbook and its file stay as they were."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
import xlwings as xw

from consolidator import deskwords as words
from consolidator import submitting
from consolidator.booknames import FIXES, OURS, SEAL, SEALED_ON
from consolidator.consolidation import run
from consolidator.desk import Desk, Obstacle, rgb
from consolidator.examining import check_files
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.marking import COLOURS, examine, show
from consolidator.reading import read_submission
from consolidator.sealing import is_sealed, is_whole
from consolidator.submission import Submission
from consolidator.submitting import submit
from consolidator.tidying import propose
from consolidator.wording import FINAL
from tests import regime_samples
from tests.clerk import cell_of, open_desk, sheet_names
from tests.district import A, order, put_roster
from tests.tampering import part_changed, put, without_name

pytestmark = pytest.mark.usefixtures("profile")

WHEN = datetime(2026, 11, 21, 9, 31, 5)
STAMP = "09:31:05 21/11/2026"
NAME = "D-1_quy3_2023_004_2023-Q3_du-thao_20261121-0931"


@pytest.fixture
def content(form: Form) -> bytes:
    """A report of a union without any error."""
    return regime_samples.poured(regime_samples.fill(form.at("CDCS"), A), A)


@pytest.fixture
def desk(live_excel: xw.App, content: bytes, tmp_path: Path) -> Desk:
    (tmp_path / "nộp").mkdir()
    return open_desk(live_excel, content, tmp_path / "báo cáo.xlsx")


def hand_in(desk: Desk, folder: Path) -> Path:
    """Submits into a folder; the file that was made."""
    before = set(folder.iterdir())
    desk.app.impl.answers.append(str(folder))
    said = submit(desk, WHEN)
    (made,) = set(folder.iterdir()) - before
    assert str(made) in said and STAMP in said
    return made


def read(path: Path) -> tuple[Submission, list[str]]:
    submission, findings = read_submission(read_grid(path.read_bytes()))
    return submission, [finding.code for finding in findings]


def spoil(desk: Desk, form: Form) -> None:
    cell_of(desk, form.at("CDCS"), "tvpl_luot.actual").value = "nhiều"


def test_a_sealed_copy_is_whole_and_the_open_file_untouched(
    desk: Desk, content: bytes, form: Form, tmp_path: Path
) -> None:
    answer = cell_of(desk, form.at("CDCS"), form.at("CDCS").answers[0].ref)
    assert not desk.book.impl.modified
    made = hand_in(desk, tmp_path / "nộp")
    assert made.name == f"{NAME}.xlsx"
    assert not desk.book.impl.modified
    sent, codes = read(made)
    assert is_sealed(sent) and is_whole(sent) and "seal-broken" not in codes
    assert sent.meta[SEALED_ON] == STAMP
    assert sent.unit == A.code
    assert (tmp_path / "báo cáo.xlsx").read_bytes() == content

    answer.value = "Chưa lưu vào tệp."
    second = hand_in(desk, tmp_path / "nộp")
    assert second.name == f"{NAME}-2.xlsx"
    assert read(second)[0].narratives[form.at("CDCS").answers[0].id] == "Chưa lưu vào tệp."
    assert desk.book.impl.modified
    assert (tmp_path / "báo cáo.xlsx").read_bytes() == content
    assert cell_of(desk, form.at("CDCS"), SEAL).value == "-"
    assert read(made)[0].meta[SEAL] != read(second)[0].meta[SEAL]
    assert [book.name for book in desk.app.books] == ["báo cáo.xlsx"]


def test_marks_and_our_sheets_do_not_travel(desk: Desk, form: Form, tmp_path: Path) -> None:
    view = form.at("CDCS")
    cell_of(desk, view, "qth_nguoi.actual").value = 9
    cell_of(desk, view, "qth_tien.actual").value = 0
    kept = cell_of(desk, view, "dv_tong.actual")
    kept.sheet.api.Unprotect()
    kept.add_note("của đơn vị")
    kept.sheet.api.Protect(Contents=True)
    figure = cell_of(desk, view, "cnvcld_tong.target")
    worth = figure.value
    figure.value = f"'{worth:.0f} người"
    propose(desk)
    figure.value = worth
    examined = examine(desk)
    show(desk, examined, WHEN)
    marked = [f.place for f in examined.findings if f.place.cell]
    names, selected = sheet_names(desk), desk.app.selection.address
    assert marked and set(OURS) <= set(names)
    made = hand_in(desk, tmp_path / "nộp")
    assert sheet_names(desk) == names
    assert (desk.app.selection.address, desk.app.books.active.name) == (selected, "báo cáo.xlsx")
    ours = {rgb(colour) for colour in COLOURS.values()}
    here = desk.book.sheets[marked[0].sheet].range(marked[0].cell)
    assert here.color in ours and here.note is not None

    assert not set(OURS) & set(read_grid(made.read_bytes()).rows)
    copy = Desk(desk.app, desk.app.books.open(shutil.copy(made, tmp_path / "xem.xlsx")))
    for place in marked:
        cell = copy.book.sheets[place.sheet].range(place.cell)
        assert cell.color not in ours and cell.note is None, place
    assert cell_of(copy, view, "dv_tong.actual").note.text == "của đơn vị"
    sent, _ = read(made)
    assert is_whole(sent) and sent.value("cnvcld_tong.target") == worth


def test_errors_are_refused_and_nothing_is_asked(desk: Desk, form: Form, tmp_path: Path) -> None:
    spoil(desk, form)
    errors = examine(desk).counts()["errors"]
    with pytest.raises(Obstacle) as found:
        submit(desk, WHEN)
    assert (found.value.key, found.value.facts["count"]) == ("still-errors", str(errors))
    assert "tư vấn pháp luật" in words.OBSTACLES["still-errors"].format(**found.value.facts)
    assert list((tmp_path / "nộp").iterdir()) == [] and desk.app.impl.said == []


def test_cancel_saves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.app.impl.answers.append(None)
    assert submit(desk, WHEN) == ""
    assert list((tmp_path / "nộp").iterdir()) == []
    assert desk.app.impl.said[-1].text == str(tmp_path)


def test_a_final_version_says_so_in_its_name(desk: Desk, form: Form, tmp_path: Path) -> None:
    cell_of(desk, form.at("CDCS"), "meta.version").value = FINAL
    assert "_chinh-thuc_" in hand_in(desk, tmp_path / "nộp").name


def test_other_kinds_of_files_are_refused(live_excel: xw.App, content: bytes, tmp_path: Path) -> None:
    macro = open_desk(live_excel, content, tmp_path / "báo cáo.xlsm")
    with pytest.raises(Obstacle) as found:
        submit(macro, WHEN)
    assert (found.value.key, found.value.facts) == ("not-xlsx", {"name": "báo cáo.xlsm"})
    roster = open_desk(live_excel, put_roster(tmp_path / "units.xlsx").read_bytes(), tmp_path / "khác.xlsx")
    with pytest.raises(Obstacle) as found:
        submit(roster, WHEN)
    assert found.value.key == "unreadable"


def test_a_workbook_without_a_place_for_the_seal(live_excel: xw.App, content: bytes, tmp_path: Path) -> None:
    desk = open_desk(live_excel, without_name(content, SEAL), tmp_path / "báo cáo.xlsx")
    desk.app.impl.answers.append(str(tmp_path))
    with pytest.raises(Obstacle) as found:
        submit(desk, WHEN)
    assert found.value.key == "no-seal"


def test_a_folder_that_cannot_be_written_to(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "tệp").write_text("không phải thư mục")
    desk.app.impl.answers.append(str(tmp_path / "tệp"))
    with pytest.raises(Obstacle) as found:
        submit(desk, WHEN)
    assert found.value.key == "cannot-write"
    assert found.value.facts["reason"] in ("đây là tệp, không phải thư mục", "đã có tệp cùng tên")


def test_a_workbook_that_cannot_be_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(submitting, "COPY", "không có/bản.xlsx")
    with pytest.raises(Obstacle) as found:
        submit(desk, WHEN)
    assert found.value.key == "no-copy"
    assert list((tmp_path / "nộp").iterdir()) == []


def test_a_copy_that_was_altered_is_found_out(desk: Desk, form: Form, tmp_path: Path) -> None:
    """By the check of a file and by the batch above, alone and among whole ones."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    made = hand_in(desk, inbox)
    put_roster(tmp_path / "units.xlsx")
    for broken in (False, True):
        if broken:
            made.write_bytes(put(made.read_bytes(), "xdd_gioi_thieu.actual", "<v>7</v>"))
        (file,) = check_files([made])
        assert ("seal-broken" in [one.code for one in file.findings]) == broken
        (arrived,) = run(order(tmp_path)).counted
        found = [one for one in arrived.findings if one.code == "seal-broken"]
        assert [(one.unit, one.facts["when"]) for one in found] == [(A.code, STAMP)] * broken


def test_a_sealed_copy_opened_and_handed_in_again_is_sealed_anew(desk: Desk, form: Form, tmp_path: Path) -> None:
    first = hand_in(desk, tmp_path / "nộp")
    (tmp_path / "lại").mkdir()
    again = open_desk(desk.app, first.read_bytes(), tmp_path / "mở lại.xlsx")
    second = hand_in(again, tmp_path / "lại")
    assert second.name == first.name
    assert is_whole(read(second)[0])


def test_a_changed_sealed_copy_can_be_sealed_again(live_excel: xw.App, desk: Desk, form: Form, tmp_path: Path) -> None:
    """A broken seal says that this is what to do; until then it is an error like others."""
    first = hand_in(desk, tmp_path / "nộp")
    changed = put(first.read_bytes(), "xdd_gioi_thieu.actual", "<v>7</v>")
    again = open_desk(live_excel, changed, tmp_path / "sửa.xlsx")
    (tmp_path / "lại").mkdir()
    second = hand_in(again, tmp_path / "lại")
    sent, codes = read(second)
    assert is_whole(sent) and "seal-broken" not in codes


def test_a_locked_structure_does_not_keep_a_clean_workbook_from_being_sent(
    live_excel: xw.App, content: bytes, tmp_path: Path
) -> None:
    lock = '<workbookProtection lockStructure="1"/><sheets>'
    locked = part_changed(content, "xl/workbook.xml", lambda text: text.replace("<sheets>", lock))
    desk = open_desk(live_excel, locked, tmp_path / "khóa.xlsx")
    (tmp_path / "nộp").mkdir()
    assert is_whole(read(hand_in(desk, tmp_path / "nộp"))[0])
    assert FIXES not in sheet_names(desk)
