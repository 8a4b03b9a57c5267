"""Files that clerks, old machines and other programs spoil without meaning to: the daily case.

`CASES` are read by the ordinary reader; `UNSEEN` need what `beneath` finds in the workbook's XML.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from openpyxl import Workbook

from consolidator.layout import address
from tests.corpus import Base, Case
from tests.tampering import part_changed, put, put_text, resaved, sheet_part, where, with_rows_inserted, without_name

COUNTED, MONEY, PERCENT = "tvpl_luot.actual", "qth_tien.actual", "pm_dv_ty_le.target"
ANSWER, OTHER_ANSWER = "n.workers_income_base_wage", "n.targets_8_of_10"
SHEET = "PL03"


@dataclass(frozen=True)
class Clumsy(Case):
    """A clumsy case, whose finding is at a cell.

    Attributes:
        ref: the name whose cell the first of `codes` is told at; "" where no single cell is meant.
        facts: what the finding says besides.
    """

    ref: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


# ---------- figures and days typed as text

TAKEN: tuple[tuple[str, str, str, float], ...] = (
    ("chấm nghìn", COUNTED, "1.234", 1234),
    ("phẩy nghìn", COUNTED, "1,234", 1234),
    ("cách nghìn", COUNTED, "1 234", 1234),
    ("cách không ngắt", COUNTED, "1\u00a0234", 1234),
    ("cách hẹp", COUNTED, "1\u2009234", 1234),
    ("cách hẹp không ngắt", COUNTED, "1\u202f234", 1234),
    ("hai chấm", COUNTED, "1.234.567", 1_234_567),
    ("chữ số rộng", COUNTED, "１２３４", 1234),
    ("chữ số rộng có chấm", COUNTED, "１．２３４", 1234),
    ("thừa dấu cách", COUNTED, "130 ", 130),
    ("thừa dấu cách không ngắt", COUNTED, "\u00a0130\u00a0", 130),
    ("thừa dấu tách không thấy", COUNTED, "130\u200b", 130),
    ("dấu nháy", COUNTED, "'130", 130),
    ("dấu cộng", COUNTED, "+130", 130),
    ("phẩy không", COUNTED, "12,0", 12),
    ("không", COUNTED, "không", 0),
    ("Không có", COUNTED, "Không có", 0),
    ("không phát sinh", COUNTED, "không phát sinh", 0),
    ("mười hai", COUNTED, "mười hai", 12),
    ("mười hai tổ hợp", COUNTED, unicodedata.normalize("NFD", "mười hai"), 12),
    ("một nghìn hai trăm", COUNTED, "Một nghìn hai trăm", 1200),
    ("số kèm chữ", COUNTED, "100 (một trăm)", 100),
    ("kèm đơn vị tính", COUNTED, "30 lượt người", 30),
    ("kèm đơn vị rút gọn", COUNTED, "30 lượt", 30),
    ("tiền kèm đ", MONEY, "650.000.000đ", 650_000_000),
    ("tiền kèm đồng", MONEY, "650 000 000 đồng", 650_000_000),
    ("tiền kèm VNĐ", MONEY, "650,000,000 VNĐ", 650_000_000),
    ("triệu", MONEY, "31 triệu", 31_000_000),
    ("tỷ lẻ", MONEY, "1,5 tỷ", 1_500_000_000),
    ("tỷ và triệu", MONEY, "2 tỷ 350 triệu", 2_350_000_000),
    ("nghìn viết tắt", MONEY, "500k", 500_000),
    ("phần trăm", PERCENT, "90,6%", 90.6),
    ("phần trăm dấu chấm", PERCENT, "90.6 %", 90.6),
    ("phần trăm bằng chữ", PERCENT, "90,6 phần trăm", 90.6),
)
"""Certain readings: (what, Ref, what was typed, the figure)."""

REFUSED: tuple[tuple[str, str, str, str, Mapping[str, str]], ...] = (
    ("tỷ có chấm", MONEY, "1.234 tỷ", "figure-two-readings", {"first": "1.234.000.000.000", "second": "1.234.000.000"}),
    ("thiếu dấu chấm", COUNTED, "1500.000", "figure-two-readings", {"first": "1.500.000", "second": "1.500"}),
    ("trong ngoặc", COUNTED, "(5)", "figure-two-readings", {"first": "5", "second": "-5"}),
    ("số và chữ khác nhau", COUNTED, "100 (hai trăm)", "figure-two-readings", {"first": "100", "second": "200"}),
    ("tỷ lệ thập phân", PERCENT, "0,906", "figure-two-readings", {"first": "0,906", "second": "90,6"}),
    ("tỷ lệ 1", PERCENT, "1", "figure-two-readings", {"first": "1", "second": "100"}),
    ("phân số", COUNTED, "778/778", "figure-two-numbers", {"first": "778", "second": "778"}),
    ("phân số có cách", COUNTED, "8 / 10", "figure-two-numbers", {"first": "8", "second": "10"}),
    ("khoảng từ đến", COUNTED, "từ 30 đến 35", "figure-two-numbers", {"first": "30", "second": "35"}),
    ("khoảng gạch", COUNTED, "30-35", "figure-two-numbers", {"first": "30", "second": "35"}),
    ("đơn vị khác", COUNTED, "30 người", "figure-doubtful", {"reading": "30"}),
    ("chữ O thay số 0", COUNTED, "3O", "figure-doubtful", {"reading": "3"}),
    ("số lẻ cho số đếm", COUNTED, "12,5", "figure-doubtful", {"reading": "12,5"}),
    ("số 0 đứng đầu", COUNTED, "0123", "figure-doubtful", {"reading": "123"}),
    ("phần trăm cho số đếm", COUNTED, "50%", "figure-doubtful", {"reading": "50"}),
    ("khoảng chừng", COUNTED, "khoảng 30", "figure-approximate", {"reading": "30"}),
    ("trên", MONEY, "trên 3 triệu đồng", "figure-approximate", {"reading": "3.000.000"}),
    ("gạch ngang", COUNTED, "-", "figure-mark", {}),
    ("dấu x", COUNTED, "x", "figure-mark", {}),
    ("khong không dấu", COUNTED, "khong co", "figure-mark", {}),
    ("dấu nháy kép", COUNTED, '"', "figure-ditto", {}),
    ("nt", COUNTED, "nt", "figure-ditto", {}),
    ("như trên", COUNTED, "Như trên", "figure-ditto", {}),
    ("không áp dụng", COUNTED, "Không áp dụng", "figure-none-stated", {}),
    ("chưa có số liệu", COUNTED, "chưa có số liệu", "figure-none-stated", {}),
    ("câu chữ", COUNTED, "đang thống kê", "not-a-number", {}),
    ("số văn bản", COUNTED, "56/KH-LĐLĐ", "not-a-number", {}),
    ("ngày trong ô số", COUNTED, "30/9/2023", "not-a-number", {}),
    ("số mũ", COUNTED, "1e3", "not-a-number", {}),
    ("quá nhiều chữ số", COUNTED, "1234567890123456", "not-a-number", {}),
    ("hai số hai dòng", COUNTED, "12\n13", "not-a-number", {}),
    ("bỏ lửng", MONEY, "2 tỷ 350", "not-a-number", {}),
    ("tên trong ô số", COUNTED, "Nguyễn Văn Năm", "not-a-number", {}),
)
"""What is never guessed: (what, Ref, what was typed, code, what is said)."""
WARNED = ("figure-mark", "figure-none-stated")

DAYS: tuple[tuple[str, str, str, str, str], ...] = (
    ("ngày gạch chéo", "meta.as_of", "31/8/2023", "read-as", "31/08/2023"),
    ("ngày dấu chấm", "meta.as_of", "31.08.2023", "read-as", "31/08/2023"),
    ("ngày gạch nối", "meta.as_of", "31-8-2023", "read-as", "31/08/2023"),
    ("ngày bằng chữ", "meta.as_of", "Ngày 31 tháng 8 năm 2023", "read-as", "31/08/2023"),
    ("ngày kiểu máy", "meta.as_of", "2023-08-31", "read-as", "31/08/2023"),
    ("ngày đọc ngày trước", "tvpl_luot.as_of", "9/12/2023", "read-as", "09/12/2023"),
    ("ngày năm hai số", "meta.as_of", "31/8/23", "date-unclear", "31/08/2023"),
    ("ngày kiểu Mỹ", "meta.as_of", "8/31/2023", "date-unclear", "31/08/2023"),
    ("ngày số sê-ri bằng chữ", "meta.as_of", "45169", "date-unclear", "31/08/2023"),
    ("ngày liền tám số", "tvpl_luot.as_of", "31082023", "date-unclear", "31/08/2023"),
    ("ngày không có thật", "meta.as_of", "31/9/2023", "not-a-date", ""),
    ("ngày chỉ có tháng", "tvpl_luot.as_of", "tháng 8/2023", "not-a-date", ""),
)


def _typed(name: str, text: str) -> Callable[[Base], bytes]:
    return lambda base: put_text(base.content, name, html.escape(text, quote=False))


def _in_cell(name: str, inside: str, kind: str = "") -> Callable[[Base], bytes]:
    return lambda base: put(base.content, name, inside, kind)


def _figures() -> Iterator[Clumsy]:
    for what, ref, text, value in TAKEN:
        yield Clumsy(
            f"vụng - {what}.xlsx",
            _typed(ref, text),
            "accepted",
            frozenset({"read-as"}),
            {ref: float(value)},
            f"“{text}” gõ thay cho số",
            ref,
            {"typed": unicodedata.normalize("NFC", text).strip()},
        )
    for what, ref, text, code, facts in REFUSED:
        why = f"“{text}” gõ thay cho số"
        yield Clumsy(
            f"vụng - {what}.xlsx", _typed(ref, text), "accepted", frozenset({code}), {ref: None}, why, ref, facts
        )
    for what, name, text, code, day in DAYS:
        facts = {"reading": day} if day else {}
        yield Clumsy(
            f"vụng - {what}.xlsx",
            _typed(name, text),
            "accepted",
            frozenset({code}),
            {},
            text,
            name,
            facts,
        )


def _shaped(name: str, number: str, like: str) -> Callable[[Base], bytes]:
    """A number in a cell that was given the look of another one, as Excel does when it takes 8/10 for a day."""

    def build(base: Base) -> bytes:
        names = where(base.content)[0]
        sheet, row, col = names[name]

        def change(text: str) -> str:
            style = re.search(rf'<c r="{address(*names[like][1:])}" s="(\d+)"', text)
            assert style
            cell = re.compile(rf'<c r="{address(row, col)}"[^>]*?(?:/>|>.*?</c>)', re.S)
            return cell.sub(f'<c r="{address(row, col)}" s="{style[1]}"><v>{number}</v></c>', text, count=1)

        return part_changed(base.content, sheet_part(base.content, sheet), change)

    return build


ODD_CELLS = (
    Clumsy(
        "vụng - 8-10 thành ngày.xlsx",
        _shaped(COUNTED, "45207", "tvpl_luot.as_of"),
        "accepted",
        frozenset({"figure-became-date"}),
        {COUNTED: None},
        "Excel hiểu 8/10 là ngày",
        COUNTED,
        {"typed": "08/10/2023", "pair": "8/10"},
    ),
    Clumsy(
        "vụng - số trong ô ngày.xlsx",
        _shaped(COUNTED, "150", "tvpl_luot.as_of"),
        "accepted",
        frozenset({"figure-became-date"}),
        {COUNTED: None},
        "ô còn định dạng ngày của lần gõ trước",
        COUNTED,
    ),
    Clumsy(
        "vụng - tỷ lệ là số 0.906.xlsx",
        _in_cell(PERCENT, "<v>0.906</v>"),
        "accepted",
        frozenset({"percent-or-share"}),
        {PERCENT: 0.906},
        "Excel đổi 90,6% thành 0,906",
        PERCENT,
        {"first": "0,906", "second": "90,6"},
    ),
    Clumsy(
        "vụng - ngày là số tám chữ số.xlsx",
        _in_cell("meta.as_of", "<v>20230831</v>"),
        "accepted",
        frozenset({"date-unclear"}),
        {},
        "gõ liền năm tháng ngày",
        "meta.as_of",
        {"reading": "31/08/2023"},
    ),
    Clumsy(
        "vụng - TRUE.xlsx",
        _in_cell(COUNTED, "<v>1</v>", "b"),
        "accepted",
        frozenset({"not-a-number"}),
        {COUNTED: None},
        "ô đúng/sai",
        COUNTED,
        {"typed": "TRUE"},
    ),
    *(
        Clumsy(
            f"vụng - lỗi {what}.xlsx",
            _in_cell(name, f"<f>A1/0</f><v>{error}</v>", "e"),
            "accepted",
            frozenset({"error-value"}),
            {name: None} if name == COUNTED else {},
            "công thức hỏng",
            name,
            {"typed": error},
        )
        for what, name, error in (
            ("REF", COUNTED, "#REF!"),
            ("DIV0", COUNTED, "#DIV/0!"),
            ("NA ở ghi chú", "tvpl_luot.note", "#N/A"),
            ("NAME ở thuyết minh", ANSWER, "#NAME?"),
        )
    ),
)


# ---------- words in old encodings

TCVN3, VNI = "C«ng ®oµn c¬ së ®· tæ chøc héi nghÞ", "Coâng ñoaøn cô sôû ñaõ toå chöùc hoäi nghò"
MEANT = "Công đoàn cơ sở đã tổ chức hội nghị"
MOJIBAKE = "CÃ´ng Ä‘oÃ n cÆ¡ sá»Ÿ"


def _both_answers(text: str) -> Callable[[Base], bytes]:
    return lambda base: put_text(put_text(base.content, OTHER_ANSWER, text), "n.grassroots_congress_778", text)


WORDS = (
    Clumsy(
        "vụng - TCVN3.xlsx",
        _both_answers(TCVN3),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "phông .VnTime",
        OTHER_ANSWER,
        {"encoding": "TCVN3 (ABC)", "count": "2", "example": MEANT},
    ),
    Clumsy(
        "vụng - VNI.xlsx",
        _typed(OTHER_ANSWER, VNI),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "phông VNI-Times",
        OTHER_ANSWER,
        {"encoding": "VNI", "count": "1", "example": MEANT},
    ),
    Clumsy(
        "vụng - ghi chú TCVN3.xlsx",
        _typed("tvpl_luot.note", TCVN3),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "ghi chú bằng phông cũ",
        "tvpl_luot.note",
        {"example": MEANT},
    ),
    Clumsy(
        "vụng - người ký TCVN3.xlsx",
        _typed("meta.approved_by", "NguyÔn V¨n Phóc"),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "họ tên bằng phông cũ",
        "meta.approved_by",
        {"example": "Nguyễn Văn Phúc"},
    ),
    Clumsy(
        "vụng - vỡ mã.xlsx",
        _typed(OTHER_ANSWER, MOJIBAKE),
        "accepted",
        frozenset({"text-mojibake"}),
        {},
        "UTF-8 đọc nhầm thành Windows-1252",
        OTHER_ANSWER,
        {"example": MOJIBAKE},
    ),
)


# ---------- sheets, rows and labels


def _edited(change: Callable[[Workbook], None]) -> Callable[[Base], bytes]:
    return lambda base: resaved(base.content, change)


def _rename(book: Workbook) -> None:
    book[SHEET].title = "Phụ lục 3"
    for defined in book.defined_names.values():
        defined.attr_text = re.sub(rf"^'?{SHEET}'?!", "'Phụ lục 3'!", defined.attr_text)


def _move(book: Workbook) -> None:
    book.move_sheet(SHEET, 3)


def _copy(book: Workbook) -> None:
    book.copy_worksheet(book[SHEET]).title = f"{SHEET} (2)"


def _second_table(book: Workbook) -> None:
    for row in range(7, 11):
        for col in range(14, 17):
            book[SHEET].cell(row, col).value = row * col


def _relabel(book: Workbook) -> None:
    book[SHEET].cell(7, 3).value = "Tư vấn pháp luật (lượt)"


def _recode(book: Workbook) -> None:
    book[SHEET].cell(7, 1).value = "tvpl_truc_tiep"


def _type_over(book: Workbook) -> None:
    book["PL02"].cell(row_of("pm_dv_ty_le.actual"), 6).value = 95


def row_of(name: str) -> int:
    """The (1-based) row of a name in the good workbook."""
    from tests.corpus import base

    return where(base().content)[0][name][1] + 1


def _lost_names(base: Base) -> bytes:
    content = base.content
    for name in (COUNTED, "tvpl_truc_tiep.actual"):
        content = without_name(content, name)
    return content


def _deleted_row(base: Base) -> bytes:
    """Excel leaves the names of a deleted row pointing nowhere; here the row is emptied as well."""
    content = base.content
    for name in (COUNTED, "tvpl_luot.target", "tvpl_luot.ytd", "tvpl_luot.as_of", "tvpl_luot.qualifier"):
        content = without_name(put(content, name, ""), name)
    content = without_name(put(content, "tvpl_luot.note", ""), "tvpl_luot.note")
    for col in (0, 1, 2, 3):
        content = put(content, (SHEET, 6, col), "")
    return content


ARRANGED = (
    Clumsy("vụng - trang đổi tên.xlsx", _edited(_rename), "accepted", frozenset({"sheet-renamed"})),
    Clumsy("vụng - trang đổi chỗ.xlsx", _edited(_move), "accepted", frozenset({"sheets-reordered"})),
    Clumsy("vụng - trang nhân bản.xlsx", _edited(_copy), "accepted", frozenset({"stray-sheet"})),
    Clumsy("vụng - bảng thứ hai bên cạnh.xlsx", _edited(_second_table), "accepted", frozenset({"stray"})),
    Clumsy("vụng - nhãn bị sửa.xlsx", _edited(_relabel), "accepted", frozenset({"label-changed"})),
    Clumsy(
        "vụng - mã bị sửa.xlsx",
        _edited(_recode),
        "accepted",
        frozenset({"anchor-conflict"}),
        {COUNTED: None},
    ),
    Clumsy("vụng - gõ đè ô tự tính.xlsx", _edited(_type_over), "accepted", frozenset({"derived-differs"})),
    Clumsy("vụng - mất tên ô.xlsx", _lost_names, "accepted", frozenset({"re-anchored"})),
    Clumsy(
        "vụng - chèn hàng.xlsx",
        lambda base: with_rows_inserted(base.content, SHEET, 7, 2),
        "accepted",
        frozenset({"rows-inserted"}),
    ),
    Clumsy("vụng - xóa hàng.xlsx", _deleted_row, "accepted", frozenset({"cell-missing"}), {COUNTED: None}),
)


# ---------- what the values of cells do not show


def _sheet_changed(sheet: str, change: Callable[[str], str]) -> Callable[[Base], bytes]:
    def build(base: Base) -> bytes:
        changed = part_changed(base.content, sheet_part(base.content, sheet), change)
        assert changed != base.content
        return changed

    return build


def _book_changed(pattern: str, new: str) -> Callable[[Base], bytes]:
    def change(text: str) -> str:
        changed, count = re.subn(pattern, new, text)
        assert count, pattern
        return changed

    return lambda base: part_changed(base.content, "xl/workbook.xml", change)


def _row_hidden(text: str) -> str:
    return re.sub(r'<row r="7"', '<row r="7" hidden="1"', text)


def _column_hidden(text: str) -> str:
    return text.replace('<col min="5" max="6"', '<col min="5" max="6" hidden="1"')


def _row_filtered(text: str) -> str:
    filtered = '</sheetData><autoFilter ref="B5:K40"><filterColumn colId="1"/></autoFilter>'
    text = re.sub(r"(<sheetProtection[^>]*/>)", "", text).replace("</sheetData>", filtered)
    return re.sub(r'<row r="8"', '<row r="8" hidden="1"', text)


def _merged(text: str) -> str:
    return re.sub(r'<mergeCells count="\d+">', '<mergeCells count="2"><mergeCell ref="E7:F7"/>', text)


def _merged_down(text: str) -> str:
    return re.sub(r'<mergeCells count="\d+">', '<mergeCells count="2"><mergeCell ref="F7:F8"/>', text)


def _unprotected(text: str) -> str:
    return re.sub(r"<sheetProtection[^>]*/>", "", text)


def _old_font(base: Base) -> bytes:
    """A note that could be read either way, in a font that says which: its letters alone prove nothing."""
    content = put_text(base.content, "tvpl_luot.note", "cã")
    sheet, row, col = where(content)[0]["tvpl_luot.note"]
    sizes: list[int] = []

    def styles(text: str) -> str:
        fonts, xfs = re.search(r'<fonts count="(\d+)"', text), re.search(r'<cellXfs count="(\d+)">', text)
        assert fonts and xfs
        sizes.append(int(xfs[1]))
        text = text.replace("</fonts>", '<font><sz val="12"/><name val=".VnTime"/></font></fonts>')
        text = text.replace(fonts[0], f'<fonts count="{int(fonts[1]) + 1}"')
        text = text.replace(xfs[0], f'<cellXfs count="{int(xfs[1]) + 1}">')
        return text.replace(
            "</cellXfs>", f'<xf numFmtId="0" fontId="{fonts[1]}" fillId="0" borderId="0" xfId="0"/></cellXfs>'
        )

    content = part_changed(content, "xl/styles.xml", styles)
    cell = re.compile(rf'(<c r="{address(row, col)}") s="\d+"')
    return part_changed(content, sheet_part(content, sheet), lambda text: cell.sub(rf'\1 s="{sizes[0]}"', text))


def _decomposed(base: Base) -> bytes:
    text = unicodedata.normalize("NFD", "Đã tổ chức hội nghị")
    content = put_text(base.content, OTHER_ANSWER, "")
    sheet, row, col = where(base.content)[0][OTHER_ANSWER]
    total: list[int] = []

    def strings(xml: str) -> str:
        total.append(xml.count("<si>") + xml.count("<si/>"))
        return xml.replace("</sst>", f"<si><t>{text}</t></si></sst>")

    content = part_changed(content, "xl/sharedStrings.xml", strings)
    return put(content, (sheet, row, col), f"<v>{total[0]}</v>", "s")


UNSEEN = (
    Clumsy(
        "vụng - công thức trong ô nhập.xlsx",
        _in_cell(COUNTED, "<f>18+12</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "cộng ngay trong ô",
        COUNTED,
        {"count": "1", "cells": "F7"},
    ),
    Clumsy(
        "vụng - công thức cộng ô.xlsx",
        _in_cell(COUNTED, "<f>F8+F9</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "cộng từ ô khác",
        COUNTED,
    ),
    Clumsy(
        "vụng - công thức ra chữ.xlsx",
        _in_cell(COUNTED, '<f>"ba"&amp;" mươi"</f><v>ba mươi</v>', "str"),
        "accepted",
        frozenset({"read-as", "formula-in-input"}),
        {},
        "công thức ghép chữ",
    ),
    Clumsy(
        "vụng - công thức chưa tính.xlsx",
        _in_cell(COUNTED, "<f>F8+F9</f>"),
        "accepted",
        frozenset({"formula-uncalculated"}),
        {COUNTED: None},
        "lưu bằng chương trình không biết tính",
        COUNTED,
        {"formula": "=F8+F9"},
    ),
    Clumsy(
        "vụng - công thức chưa tính, giá trị rỗng.xlsx",
        _in_cell(COUNTED, "<f>SUM(F8:F9)</f><v></v>"),
        "accepted",
        frozenset({"formula-uncalculated"}),
        {COUNTED: None},
        "openpyxl ghi công thức không kèm giá trị",
        COUNTED,
    ),
    Clumsy(
        "vụng - công thức sang tệp khác.xlsx",
        _in_cell(COUNTED, "<f>[1]Sheet1!$B$2</f><v>30</v>"),
        "accepted",
        frozenset({"formula-external"}),
        {},
        "lấy số từ tệp khác",
        COUNTED,
        {"value": "30"},
    ),
    Clumsy(
        "vụng - giá trị lưu khác công thức.xlsx",
        _in_cell(COUNTED, "<f>18+12</f><v>300</v>"),
        "accepted",
        frozenset({"formula-differs"}),
        {COUNTED: 300.0},
        "giá trị lưu không phải kết quả của công thức",
        COUNTED,
        {"worth": "30", "cached": "300"},
    ),
    Clumsy(
        "vụng - trang bị ẩn.xlsx",
        _book_changed(r'(<sheet name="PL03")', r'\1 state="hidden"'),
        "accepted",
        frozenset({"sheets-hidden"}),
        {},
        "trang phụ lục bị ẩn",
    ),
    Clumsy(
        "vụng - hàng bị ẩn.xlsx",
        _sheet_changed(SHEET, _row_hidden),
        "accepted",
        frozenset({"cells-hidden"}),
        {},
        "hàng có số bị ẩn",
        COUNTED,
        {"cells": "F7"},
    ),
    Clumsy(
        "vụng - cột bị ẩn.xlsx",
        _sheet_changed(SHEET, _column_hidden),
        "accepted",
        frozenset({"cells-hidden"}),
        {},
        "cột số liệu bị ẩn",
        COUNTED,
        {"count": "3"},
    ),
    Clumsy(
        "vụng - hàng bị lọc.xlsx",
        _sheet_changed(SHEET, _row_filtered),
        "accepted",
        frozenset({"cells-hidden", "protection-removed"}),
        {},
        "bộ lọc che một hàng",
    ),
    Clumsy(
        "vụng - ô gộp.xlsx",
        _sheet_changed("PL04", _merged),
        "accepted",
        frozenset({"cells-merged"}),
        {},
        "ô trống bị gộp",
        "",
        {"cells": "E7:F7"},
    ),
    Clumsy(
        "vụng - ô gộp che số.xlsx",
        _sheet_changed(SHEET, _merged_down),
        "accepted",
        frozenset({"cells-merged", "hidden-by-merge"}),
        {"tvpl_truc_tiep.actual": None},
        "số nằm dưới ô gộp",
    ),
    Clumsy(
        "vụng - bỏ khóa.xlsx",
        _sheet_changed(SHEET, _unprotected),
        "accepted",
        frozenset({"protection-removed"}),
        {},
        "trang bị bỏ khóa",
        "",
        {"sheets": SHEET},
    ),
    Clumsy(
        "vụng - đếm ngày từ 1904.xlsx",
        _book_changed("<workbookPr", '<workbookPr date1904="1"'),
        "accepted",
        frozenset({"days-from-1904"}),
        {},
        "Excel cho Macintosh",
    ),
    Clumsy(
        "vụng - phông cũ.xlsx",
        _old_font,
        "accepted",
        frozenset({"text-old-font"}),
        {},
        "chỉ tên phông mới nói lên bảng mã",
        "tvpl_luot.note",
        {"font": ".VnTime"},
    ),
    Clumsy(
        "vụng - Unicode tổ hợp.xlsx",
        _decomposed,
        "accepted",
        frozenset({"text-decomposed"}),
        {},
        "bộ gõ dựng chữ từ nhiều dấu",
    ),
)


CASES: tuple[Case, ...] = (*_figures(), *ODD_CELLS, *WORDS, *ARRANGED)
