"""Files that clerks, old machines and other programs spoil without meaning to: the daily case.

`CASES` are those of `clumsy_cells` and those in which sheets, rows, columns, names or what lies beneath cells changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from openpyxl import Workbook

from consolidator.columns import column_letters, column_number
from consolidator.layout import address
from tests.clumsy_cells import COUNTED, OTHER_ANSWER, SHEET, TYPED, Clumsy, in_cell, shaped
from tests.corpus import Base, base
from tests.tampering import part_changed, put, put_text, resaved, sheet_part, where, with_rows_inserted, without_name

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


def _columns_shifted(first: int, by: int) -> Callable[[Base], bytes]:
    """A column inserted before (by 1), or deleted at (by -1), a 0-based column of the appendix, as Excel does it."""

    def build(base: Base) -> bytes:
        place = re.compile(rf"('?{SHEET}'?!\$)([A-Z]+)(\$\d+)(?=</definedName>)")

        def moved(letters: str) -> str:
            col = column_number(letters)
            return column_letters(col + by if col >= first + (by < 0) else col)

        def sheet(text: str) -> str:
            if by < 0:
                text = re.sub(rf'<c r="{column_letters(first)}\d+"[^>]*?(?:/>|>.*?</c>)', "", text)
            text = re.sub(r'(<c r=")([A-Z]+)', lambda found: found[1] + moved(found[2]), text)
            return re.sub(r"<mergeCells.*?</mergeCells>", "", text)

        def names(text: str) -> str:
            if by < 0:
                gone = rf"'?{SHEET}'?!\${column_letters(first)}\$\d+(?=</definedName>)"
                text = re.sub(gone, "#REF!", text)
            return place.sub(lambda found: found[1] + moved(found[2]) + found[3], text)

        changed = part_changed(base.content, sheet_part(base.content, SHEET), sheet)
        return part_changed(changed, "xl/workbook.xml", names)

    return build


def _without_sheet(book: Workbook) -> None:
    del book["PL09"]


def _headed_anew(book: Workbook) -> None:
    book[SHEET].cell(5, 6).value = "Số liệu mới"


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
    Clumsy(
        "vụng - chèn cột.xlsx",
        _columns_shifted(6, 1),
        "accepted",
        frozenset({"columns-inserted"}),
        why="cột của riêng đơn vị",
    ),
    Clumsy(
        "vụng - xóa cột.xlsx",
        _columns_shifted(4, -1),
        "accepted",
        frozenset({"columns-deleted", "cell-missing"}),
        why="bỏ cột chỉ tiêu",
    ),
    Clumsy("vụng - xóa trang.xlsx", _edited(_without_sheet), "accepted", frozenset({"cell-missing"})),
    Clumsy("vụng - đầu cột bị sửa.xlsx", _edited(_headed_anew), "accepted", frozenset({"label-changed"})),
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


def _with(base: Base, content: bytes) -> Base:
    return replace(base, content=content)


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
        in_cell(COUNTED, "<f>18+12</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "cộng ngay trong ô",
        COUNTED,
        {"count": "1", "cells": "F7"},
    ),
    Clumsy(
        "vụng - công thức cộng ô.xlsx",
        in_cell(COUNTED, "<f>F8+F9</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "cộng từ ô khác",
        COUNTED,
    ),
    Clumsy(
        "vụng - công thức ra chữ.xlsx",
        in_cell(COUNTED, '<f>"ba"&amp;" mươi"</f><v>ba mươi</v>', "str"),
        "accepted",
        frozenset({"read-as", "formula-in-input"}),
        {},
        "công thức ghép chữ",
    ),
    Clumsy(
        "vụng - công thức chưa tính.xlsx",
        in_cell(COUNTED, "<f>F8+F9</f>"),
        "accepted",
        frozenset({"formula-uncalculated"}),
        {COUNTED: None},
        "lưu bằng chương trình không biết tính",
        COUNTED,
        {"formula": "=F8+F9"},
    ),
    Clumsy(
        "vụng - công thức chưa tính, giá trị rỗng.xlsx",
        in_cell(COUNTED, "<f>SUM(F8:F9)</f><v></v>"),
        "accepted",
        frozenset({"formula-uncalculated"}),
        {COUNTED: None},
        "openpyxl ghi công thức không kèm giá trị",
        COUNTED,
    ),
    Clumsy(
        "vụng - công thức sang tệp khác.xlsx",
        in_cell(COUNTED, "<f>[1]Sheet1!$B$2</f><v>30</v>"),
        "accepted",
        frozenset({"formula-external"}),
        {},
        "lấy số từ tệp khác",
        COUNTED,
        {"value": "30"},
    ),
    Clumsy(
        "vụng - giá trị lưu khác công thức.xlsx",
        in_cell(COUNTED, "<f>18+12</f><v>300</v>"),
        "accepted",
        frozenset({"formula-differs"}),
        {COUNTED: 300.0},
        "giá trị lưu không phải kết quả của công thức",
        COUNTED,
        {"worth": "30", "cached": "300"},
    ),
    Clumsy(
        "vụng - giá trị lưu khác tổng.xlsx",
        in_cell(COUNTED, "<f>F8+$F$9</f><v>300</v>"),
        "accepted",
        frozenset({"formula-differs"}),
        {COUNTED: 300.0},
        "giá trị lưu không phải tổng hai ô",
        COUNTED,
        {"formula": "=F8+$F$9", "worth": "30", "cached": "300"},
    ),
    Clumsy(
        "vụng - giá trị lưu khác SUM.xlsx",
        in_cell(COUNTED, "<f>SUM(F8:F9)*10-1</f><v>30</v>"),
        "accepted",
        frozenset({"formula-differs"}),
        {},
        "giá trị lưu không phải kết quả của SUM",
        COUNTED,
        {"worth": "299", "cached": "30"},
    ),
    Clumsy(
        "vụng - SUM đúng.xlsx",
        in_cell(COUNTED, "<f>SUM(F8:F9,E7)</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "ô trống không cộng gì",
        COUNTED,
    ),
    Clumsy(
        "vụng - công thức gọi trang khác.xlsx",
        in_cell(COUNTED, "<f>'PL02'!F6*2</f><v>30</v>"),
        "accepted",
        frozenset({"formula-in-input"}),
        {},
        "không tính lại được, không phán",
        COUNTED,
    ),
    Clumsy(
        "vụng - trang bị giấu kỹ.xlsx",
        _book_changed(r'(<sheet name="TM I")', r'\1 state="veryHidden"'),
        "accepted",
        frozenset({"sheets-hidden"}),
        {},
        "trang thuyết minh bị giấu, menu của Excel không cho hiện lại",
        "",
        {"sheets": "TM I"},
    ),
    Clumsy(
        "vụng - 1904 và ngày là số trơn.xlsx",
        lambda base: _book_changed("<workbookPr", '<workbookPr date1904="1"')(
            _with(base, shaped("meta.as_of", "45169", "")(base))
        ),
        "accepted",
        frozenset({"days-from-1904", "day-of-1904"}),
        {},
        "không rõ số đếm từ 1900 hay 1904",
        "meta.as_of",
        {"first": "31/08/2023", "second": "01/09/2027"},
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
        frozenset({"text-converted"}),
        {},
        "chỉ tên phông mới nói lên bảng mã",
        "tvpl_luot.note",
        {"encoding": "TCVN3 (ABC)", "example": "có"},
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


CASES: tuple[Clumsy, ...] = (*TYPED, *ARRANGED, *UNSEEN)
