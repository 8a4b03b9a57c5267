"""The report of a batch, read back cell by cell as a person (or another program) would see it."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from consolidator import reportdigest, reportledger, reportpages, reporttables
from consolidator.booknames import META
from consolidator.comparing import Change, Why
from consolidator.content import blank_submission
from consolidator.deciding import Kind, Question
from consolidator.finding import Finding, Place, Severity
from consolidator.layout import layout_of
from consolidator.ledger import Fate
from consolidator.outcome import FileOutcome, Outcome, Return, Verdict
from consolidator.reporting import report_workbook
from consolidator.rulebook import load
from consolidator.submission import Source, Submission
from consolidator.unit import Roster, Unit
from consolidator.wording import SEVERITY_WORDS, sentence_of, tell

FORM = load("quy3_2023_004")
PARENT = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
UNITS = tuple(
    Unit(f"LC-01-00{n}", name, "CDCS", "LC-01")
    for n, name in enumerate(
        ("CĐCS Trường Mầm non Bình Lư", "=CĐCS Công ty Chè", "CĐCS Xã Hồ Thầu", "CĐCS Xã Bản Bo"), 1
    )
)
FIRST, SECOND, THIRD, FOURTH = UNITS
LAST = ("Bản in", "Số liệu biểu đồ", META)
HERE = Path("/lo/bao cao/Báo cáo kiểm tra.xlsx")
AWKWARD = "Báo cáo quý III (1) 50%20 [bản cuối].xlsx"
SIGNED = 45189.0


def submission(unit: Unit, file: str, version: str = "Chính thức") -> Submission:
    meta: dict[str, float | str] = {"meta.version": version, "meta.report_date": SIGNED}
    blank = blank_submission(FORM.at(unit.level))
    return replace(blank, unit=unit.code, unit_name=unit.name, meta=meta, source=Source(file, f"{unit.code:0>64}"))


def accepted(unit: Unit, name: str, *findings: Finding) -> FileOutcome:
    placed = [finding.at(name, unit.code) for finding in findings]
    return FileOutcome(name, f"/lo/tệp gửi/{name}", "accepted", unit.code, FORM.id, placed, submission(unit, name))


def not_a_number(cell: str = "F8", sheet: str = "PL03") -> Finding:
    return tell("not-a-number", Place(sheet=sheet, cell=cell, ref="tvpl_luot.actual"), label="Lượt", typed="=1+1")


def broken(code: str = "TH004") -> Finding:
    (rule,) = [rule for rule in FORM.rules if rule.code == code]
    facts = {"label": "x", "unit": "y", "measure": "Thực hiện", "ref": "bac_nguong.target", "values": "bac_nguong = 15"}
    return Finding(code, rule.severity, Place(sheet="PL03", cell="E9", ref="bac_nguong.target"), facts)


def stray(cell: str) -> Finding:
    facts = {"sheet": "PL03", "cells": cell, "count": "1", "shown": "“cộng cả năm”"}
    return tell("stray", Place(sheet="PL03", cell=cell), **facts)


def undecided(name: str) -> Finding:
    return tell("duplicate-undecided", Place(file=name), FOURTH.code, other="c.xlsx")


def batch() -> Outcome:
    """Four units: one fine, one with an error in its file, one refused, one silent; and a lock file."""
    cover = tell("cover-blank", Place(sheet="Bìa", cell="C13"), label="“Ngày ký”")
    files = [
        accepted(FIRST, AWKWARD, cover),
        accepted(SECOND, "=số #2.xlsx", not_a_number(), broken()),
        FileOutcome(
            "hỏng.xlsx",
            "/lo/tệp gửi/hỏng.xlsx",
            "rejected",
            THIRD.code,
            findings=[tell("file-unreadable", Place(file="hỏng.xlsx"), reason="tệp cụt")],
        ),
        FileOutcome("~$x.xlsx", "/lo/tệp gửi/~$x.xlsx", "ignored", findings=[tell("ignored-lock")]),
    ]
    roster = Roster.of([PARENT, *UNITS])
    return Outcome(FORM, roster, PARENT, files, UNITS, missing=(THIRD, FOURTH))


def full() -> Outcome:
    """The same, with two files of the fourth unit that wait, changes, and a note beside the input cells."""
    outcome = batch()
    waits = [
        FileOutcome(
            name, f"/lo/tệp gửi/{name}", "rejected", FOURTH.code, FORM.id, [undecided(name)], submission(FOURTH, name)
        )
        for name in ("a.xlsx", "b.xlsx")
    ]
    outcome.files += waits
    outcome.questions = [Question(FOURTH.code, Kind.ORDER, tuple(waits))]
    outcome.decisions_file = "/lo/bao cao/decisions.xlsx"
    outcome.changes = [Change(FIRST.code, FIRST.name, "tvpl_luot.actual", "Lượt", 5.0, 7.5, Why.CORRECTED)]
    outcome.replaced = [Change(SECOND.code, SECOND.name, "dv_tong.actual", "Đoàn viên", None, 3.0, Why.REPLACED)]
    outcome.files[0].findings.append(stray("K9").at(AWKWARD, FIRST.code))
    return outcome


def written(outcome: Outcome, path: Path = HERE) -> Workbook:
    return load_workbook(BytesIO(report_workbook(outcome, path)))


def rows(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5) if row[0].value is not None]


def texts(sheet: Worksheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def line_of(sheet: Worksheet, label: str) -> list[object]:
    """The numbers under a row of headings that has `label`."""
    (row,) = [row for row in sheet.iter_rows() if label in [cell.value for cell in row]]
    return [cell.value for cell in sheet[row[0].row + 1] if cell.value is not None]


def column(book: Workbook, head: str) -> list[tuple[object, ...]]:
    """What stands behind a chart: the labels under a heading, with the numbers beside them."""
    sheet = book["Số liệu biểu đồ"]
    (top,) = [cell for cell in sheet[5] if cell.value == head]
    last = next(col for col in range(top.column + 1, 30) if sheet.cell(5, col).value is None) - 1
    found = sheet.iter_rows(6, sheet.max_row, top.column, last, values_only=True)
    return [row for row in found if row[0] is not None]


def targets(sheet: Worksheet) -> dict[str, tuple[str | None, str | None]]:
    found = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return {cell.coordinate: (cell.hyperlink.target, cell.hyperlink.location) for cell in found if cell.hyperlink}


def test_sheets_in_order() -> None:
    names = ["Tổng quan", "Đơn vị", "Phát hiện", "Theo quy tắc", "Tệp", "Còn thiếu", "Đối soát", *LAST]
    assert written(batch()).sheetnames == names
    names[1:1], names[-4:-4] = ["Cần quyết định"], ["Thay đổi", "Ngoài ô nhập"]
    assert written(full()).sheetnames == names


def test_sheets_with_nothing_to_say_are_left_out_but_never_the_ledger() -> None:
    assert written(Outcome(FORM, Roster.of([PARENT]), PARENT, [], ())).sheetnames == [
        "Tổng quan",
        "Đối soát",
        "Số liệu biểu đồ",
        META,
    ]


def test_overview_counts_every_file_unit_and_finding() -> None:
    sheet = written(batch())["Tổng quan"]
    assert line_of(sheet, "Tệp tìm thấy") == [4, "=", 2, "+", 0, "+", 1, "+", 1]
    assert line_of(sheet, "Đơn vị phải nộp") == [4, "=", 2, "+", 0, "+", 2, 0]
    assert line_of(sheet, "Phát hiện trong tệp") == [5, "=", 3, "+", 1, "+", 0, "+", 1]


def test_what_waits_is_neither_rejected_nor_missing() -> None:
    book = written(full())
    sheet = book["Tổng quan"]
    assert line_of(sheet, "Tệp tìm thấy") == [6, "=", 2, "+", 2, "+", 1, "+", 1]
    assert line_of(sheet, "Đơn vị phải nộp") == [4, "=", 2, "+", 1, "+", 1, 0]
    assert [row[3] for row in rows(book["Đơn vị"])] == ["Đã nhận", "Đã nhận", "Thiếu", "Chờ quyết định"]
    assert [row[0] for row in rows(book["Còn thiếu"])] == [THIRD.code]
    said = " ".join(map(str, texts(sheet)))
    assert "1 đơn vị chờ quyết định" in said and "Quyết định về 2 tệp đang chờ" in said


def test_what_waits_is_listed_file_by_file_with_the_way_to_the_decisions() -> None:
    sheet = written(full())["Cần quyết định"]
    assert [row[2] for row in rows(sheet)] == ["a.xlsx", "b.xlsx"]
    assert {row[0] for row in rows(sheet)} == {"LC-01-004 – CĐCS Xã Bản Bo"}
    assert {row[5] for row in rows(sheet)} == {"Chờ quyết định"}
    assert targets(sheet)["A3"] == ("decisions.xlsx", None)


def test_changes_say_what_where_from_what_to_what() -> None:
    found = rows(written(full())["Thay đổi"])
    assert found == [
        [
            "So với lần trước",
            "LC-01-001",
            FIRST.name,
            "tvpl_luot.actual",
            "Lượt",
            5,
            7.5,
            reporttables.WHY_WORDS[Why.CORRECTED],
        ],
        [
            "Trong tệp được thay",
            "LC-01-002",
            SECOND.name,
            "dv_tong.actual",
            "Đoàn viên",
            None,
            3,
            reporttables.WHY_WORDS[Why.REPLACED],
        ],
    ]


def test_what_stands_outside_the_input_cells_has_its_sheet_and_stays_among_the_findings() -> None:
    book = written(full())
    assert [row[:4] for row in rows(book["Ngoài ô nhập"])] == [
        ["LC-01-001 – CĐCS Trường Mầm non Bình Lư", AWKWARD, "PL03", "K9"]
    ]
    assert str(targets(book["Ngoài ô nhập"])["D5"][1]).endswith("!K9") and "stray" in [
        row[10] for row in rows(book["Phát hiện"])
    ]


def test_accepted_warnings_are_counted_apart_and_need_no_doing() -> None:
    outcome = batch()
    outcome.files[0].findings += [replace(finding, accepted="đã xác minh") for finding in outcome.files[0].findings]
    book = written(outcome)
    assert line_of(book["Tổng quan"], "Phát hiện trong tệp") == [6, "=", 3, "+", 1, "+", 1, "+", 1]
    assert "Xem lại 1 cảnh báo" in " ".join(map(str, texts(book["Tổng quan"])))
    assert "(2 cảnh báo, 1 đã chấp nhận)" in " ".join(map(str, texts(book["Tổng quan"])))
    assert rows(book["Đơn vị"])[0][8:] == [0, 1, 1, 0]
    assert [row[9] for row in rows(book["Phát hiện"]) if row[10] == "cover-blank"] == [None, "đã xác minh"]
    outcome.files[0].findings = outcome.files[0].findings[1:]
    assert "Xem lại" not in " ".join(map(str, texts(written(outcome)["Tổng quan"])))


def test_an_error_that_shows_again_in_the_summary_is_one_error() -> None:
    outcome = batch()
    outcome.summary, outcome.summary_file = submission(PARENT, "Tổng hợp.xlsx"), "/lo/bao cao/Tổng hợp.xlsx"
    outcome.summary_findings = [broken().at("Tổng hợp.xlsx", PARENT.code)]
    book = written(outcome)
    sheet = book["Tổng quan"]
    assert line_of(sheet, "Phát hiện trong tệp") == [5, "=", 3, "+", 1, "+", 0, "+", 1]
    assert line_of(sheet, "Trong sổ tổng hợp") == [1, "=", 1, "+", 0, "+", 0, "+", 0]
    assert {row[0]: row[3:6] for row in rows(book["Theo quy tắc"])}["TH004"] == [1, 1, 1]
    assert (outcome.file_errors, outcome.summary_errors) == (3, 1)
    said = " ".join(map(str, texts(sheet)))
    assert "để sửa 3 lỗi" in said and "Xem 1 lỗi của sổ tổng hợp" in said
    assert not any(str(text).startswith(f"{PARENT.code} –") for text in texts(sheet))


def test_overview_says_why_the_summary_is_provisional() -> None:
    said = " ".join(map(str, texts(written(batch())["Tổng quan"])))
    assert "TẠM TÍNH vì còn thiếu báo cáo của 2/4 đơn vị; 1 báo cáo đã cộng vào còn lỗi số liệu." in said
    assert "Xem 1 tệp bị loại" in said and "Đôn đốc 2 đơn vị" in said and "để sửa 3 lỗi" in said


def test_overview_of_a_batch_without_a_blemish() -> None:
    files = [accepted(unit, f"{unit.code}.xlsx") for unit in UNITS]
    said = " ".join(map(str, texts(written(replace(batch(), files=files, missing=()))["Tổng quan"])))
    assert "SỐ TỔNG HỢP ĐẦY ĐỦ: đủ 4/4 đơn vị" in said and "Không còn việc phải xử lý" in said
    assert "TẠM TÍNH" not in said


def test_overview_names_drafts_and_units_left_out() -> None:
    outcome = replace(batch(), left_out=(SECOND,))
    outcome.files[0].submission = submission(FIRST, AWKWARD, "Dự thảo")
    book = written(outcome)
    said = " ".join(map(str, texts(book["Tổng quan"])))
    assert "1 đơn vị không đưa vào tổng hợp" in said and "1 báo cáo mới là bản Dự thảo" in said
    assert rows(book["Đơn vị"])[1][3] == "Không đưa vào tổng hợp"


def test_overview_shows_broken_rules_and_worst_units_but_no_file_trouble() -> None:
    said = list(map(str, texts(written(batch())["Tổng quan"])))
    assert any(text.startswith("TH004 (Lỗi): ") for text in said)
    assert any(text.startswith("not-a-number (Lỗi): ") for text in said)
    assert not any(text.startswith("file-unreadable") for text in said)
    assert column(written(batch()), "Đơn vị") == [
        ("LC-01-002 – =CĐCS Công ty Chè", 2, 0),
        ("LC-01-003 – CĐCS Xã Hồ Thầu", 1, 0),
        ("LC-01-001 – CĐCS Trường Mầm non Bình Lư", 0, 1),
    ]


def test_units_are_answered_as_their_letters_are_and_rules_told_once() -> None:
    outcome = batch()
    given = zip(UNITS, (Verdict.READY, Verdict.RETURNED, Verdict.REJECTED), strict=False)
    outcome.returns = [Return(unit, verdict) for unit, verdict in given]
    digest = reportdigest.Digest(outcome, HERE.parent)
    answers = [digest.answer(unit).text for unit in UNITS]
    assert answers == ["Đạt", "Trả lại để sửa", "Đề nghị gửi lại", ""]
    assert digest.rules == list(FORM.rules) and len(digest.forms) > 1


def test_units_one_row_each() -> None:
    found = rows(written(batch())["Đơn vị"])
    assert [row[0] for row in found] == [unit.code for unit in UNITS]
    assert [row[3] for row in found] == ["Đã nhận", "Đã nhận", "Thiếu", "Thiếu"]
    assert [row[8:] for row in found] == [[0, 1, 0, 0], [2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert [row[5] for row in found] == [AWKWARD, "=số #2.xlsx", "hỏng.xlsx (bị loại)", None]
    assert found[0][6] == "Chính thức" and found[0][7].strftime("%d/%m/%Y") == "20/09/2023"  # type: ignore[attr-defined]


def test_findings_errors_first_with_cell_and_sentences() -> None:
    outcome = batch()
    found = rows(written(outcome)["Phát hiện"])
    assert [row[0] for row in found] == ["Lỗi", "Lỗi", "Lỗi", "Cảnh báo", "Lưu ý"]
    assert [row[10] for row in found] == ["TH004", "not-a-number", "file-unreadable", "cover-blank", "ignored-lock"]
    assert found[1][3:6] == ["PL03", "F8", "tvpl_luot.actual"]
    assert tuple(found[0][6:8]) == sentence_of(outcome.files[1].findings[1], FORM)
    assert found[0][1] == "LC-01-002 – =CĐCS Công ty Chè"
    assert found[4][2] == "~$x.xlsx"


def test_by_rule_counts_and_leaves_open_what_differs() -> None:
    outcome = batch()
    other = tell("not-a-number", Place(sheet="PL03", cell="F9"), label="Lượt", typed="nhiều")
    outcome.files[0].findings.append(other.at(AWKWARD, FIRST.code))
    found = {row[0]: row[1:] for row in rows(written(outcome)["Theo quy tắc"])}
    assert found["not-a-number"] == [
        "Lỗi",
        "Ô “Lượt” ghi chữ “…” thay vì số.",
        2,
        2,
        0,
        "Kiểm tra chung của chương trình",
    ]
    assert found["TH004"][2:] == [1, 1, 0, "Văn bản 004, dòng 49"]
    assert "[" not in str(found["TH004"][1])


def test_files_each_with_its_fate_and_reason() -> None:
    found = rows(written(batch())["Tệp"])
    assert [row[1] for row in found] == ["Đã nhận", "Đã nhận", "Bị loại", "Bỏ qua"]
    assert [row[2] for row in found] == ["Đã cộng vào", "Đã cộng vào", "Bị loại", "Không phải báo cáo"]
    assert "tệp cụt" in str(found[2][5]) and "khóa tạm" in str(found[3][5])
    assert found[0][8:] == [0, 0, 0, f"{FIRST.code:0>64}"] and found[2][8:] == [None] * 4


def test_files_with_many_findings_say_how_many_more() -> None:
    outcome = replace(batch(), files=[accepted(FIRST, "a.xlsx", *(not_a_number(f"F{n}") for n in range(8, 28)))])
    reason = str(rows(written(outcome)["Tệp"])[0][5])
    assert reason.count("\n") == 3 and "và 17 điều khác" in reason


def test_missing_units_and_what_they_sent() -> None:
    found = rows(written(batch())["Còn thiếu"])
    assert [row[:3] for row in found] == [
        [THIRD.code, THIRD.name, "Công đoàn cơ sở"],
        [FOURTH.code, FOURTH.name, "Công đoàn cơ sở"],
    ]
    assert "hỏng.xlsx" in str(found[0][3]) and found[1][3] == "Chưa gửi tệp nào."


def test_nothing_typed_becomes_a_formula() -> None:
    book = written(batch())
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert book["Đơn vị"]["B6"].value == "=CĐCS Công ty Chè" and book["Đơn vị"]["B6"].data_type == "s"


def test_links_open_the_file_at_the_cell() -> None:
    sheet = written(batch())["Phát hiện"]
    target, location = targets(sheet)["E8"]
    assert location == "'Bìa'!C13"
    assert unquote(str(target)).replace("\\", "/") == f"../tệp gửi/{AWKWARD}"
    assert " " not in str(target) and "%2520" in str(target)


def test_a_file_with_a_hash_in_its_name_is_named_but_not_linked() -> None:
    book = written(batch())
    assert book["Phát hiện"]["E5"].value == "E9" and "E5" not in targets(book["Phát hiện"])
    assert book["Tệp"]["A6"].value == "=số #2.xlsx" and "A6" not in targets(book["Tệp"])


def test_a_finding_without_a_cell_opens_the_file() -> None:
    sheet = written(batch())["Phát hiện"]
    assert sheet["E7"].value == "Mở tệp"
    assert targets(sheet)["E7"][1] is None and "hỏng.xlsx" in str(targets(sheet)["E7"][0])


def test_findings_of_the_summary_lead_to_its_cell() -> None:
    outcome = batch()
    outcome.summary, outcome.summary_file = submission(PARENT, "Tổng hợp.xlsx"), "/lo/bao cao/Tổng hợp.xlsx"
    outcome.summary_findings = [broken().at("Tổng hợp.xlsx", PARENT.code)]
    outcome.summary_findings[0] = replace(
        outcome.summary_findings[0], place=Place("Tổng hợp.xlsx", ref="tvpl_luot.actual")
    )
    sheet = written(outcome)["Phát hiện"]
    (row,) = [row for row in sheet.iter_rows(min_row=5) if row[2].value == "Tổng hợp.xlsx"]
    cell = layout_of(FORM.at("CTTT")).names["tvpl_luot.actual"]
    assert (row[3].value, row[4].value) == (cell.sheet, cell.a1)
    assert targets(sheet)[row[4].coordinate] == ("Tổng%20hợp.xlsx", f"'{cell.sheet}'!{cell.a1}")


def test_names_no_encoding_can_hold_do_not_break_the_report() -> None:
    outcome = batch()
    outcome.files[3].file = outcome.files[3].path = "a\udcff\n\x01b.xlsx"
    assert rows(written(outcome)["Tệp"])[3][0] == "a?\n␁b.xlsx"


def test_long_texts_are_cut_visibly_and_rows_stay_within_the_limit() -> None:
    outcome = batch()
    long = tell("not-a-number", Place(sheet="PL03", cell="F9"), label="Lượt", typed="dài " * 9_000)
    outcome.files[0].findings.append(long.at(AWKWARD, FIRST.code))
    sheet = written(outcome)["Phát hiện"]
    (row,) = [row for row in sheet.iter_rows(min_row=5) if str(row[6].value).endswith("…")]
    assert len(str(row[6].value)) == reportpages.LONGEST
    assert float(sheet.row_dimensions[row[0].row].height or 0) <= 409


def test_beyond_the_limit_of_links_cells_are_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reportpages, "MAX_LINKS", 2)
    findings = [not_a_number(f"F{n}") for n in range(10, 15)]
    sheet = written(replace(batch(), files=[accepted(FIRST, "a.xlsx", *findings)]))["Phát hiện"]
    assert {ref for ref in targets(sheet) if ref.startswith("E")} == {"E6"}
    assert [row[4] for row in rows(sheet)] == ["5 chỗ", "F10", "F11", "F12", "F13", "F14"]


def test_more_findings_than_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reportpages, "MAX_ROWS", 8)
    with pytest.raises(AssertionError, match="Phát hiện"):
        report_workbook(batch(), HERE)


def test_tables_can_be_filtered_and_printed() -> None:
    book = written(batch())
    for sheet in book.worksheets[1 : -1 - len(LAST)]:
        assert sheet.auto_filter.ref.startswith("A4:") and sheet.freeze_panes == "A5"
        assert sheet.print_title_rows == "$4:$4" and sheet.page_setup.orientation == "landscape"
    assert book["Đối soát"].auto_filter.ref == "A14:J15" and book["Đối soát"].print_title_rows == "$14:$14"
    for sheet in book.worksheets[:-1]:
        assert sheet.page_setup.paperSize == 9 and "&P" in str(sheet.oddFooter.right.text)


def test_empty_batch_has_a_report() -> None:
    sheet = written(Outcome(FORM, Roster.of([PARENT]), PARENT, [], ()))["Đối soát"]
    assert line_of(sheet, "Tệp tìm thấy") == [0] * 8 and line_of(sheet, "Đơn vị phải nộp") == [0] * 4


def test_same_batch_same_bytes() -> None:
    assert report_workbook(batch(), HERE) == report_workbook(batch(), HERE)


def test_severities_all_have_a_word() -> None:
    assert {reportdigest.ERROR, reportdigest.WARNING, reportdigest.REMARK} == set(SEVERITY_WORDS.values())
    assert len(Severity) == 3


def test_every_fate_and_every_way_of_merging_has_a_word() -> None:
    assert set(reportdigest.FATE_WORDS) == set(Fate)
    ways = {figure.merges for level in FORM.levels for figure in FORM.at(level).figures}
    assert ways == set(reportledger.MERGE_WORDS) and set(reporttables.WHY_WORDS) == set(Why)
