"""What clerks, old machines and Excel itself leave in cells instead of figures, days and words: the daily case."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from consolidator.layout import address
from tests.corpus import Base, Case
from tests.tampering import part_changed, put, put_text, sheet_part, where

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


def typed(name: str, text: str) -> Callable[[Base], bytes]:
    return lambda base: put_text(base.content, name, html.escape(text, quote=False))


def in_cell(name: str, inside: str, kind: str = "") -> Callable[[Base], bytes]:
    return lambda base: put(base.content, name, inside, kind)


def _figures() -> Iterator[Clumsy]:
    for what, ref, text, value in TAKEN:
        yield Clumsy(
            f"vụng - {what}.xlsx",
            typed(ref, text),
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
            f"vụng - {what}.xlsx", typed(ref, text), "accepted", frozenset({code}), {ref: None}, why, ref, facts
        )
    for what, name, text, code, day in DAYS:
        facts = {"reading": day} if day else {}
        yield Clumsy(
            f"vụng - {what}.xlsx",
            typed(name, text),
            "accepted",
            frozenset({code}),
            {},
            text,
            name,
            facts,
        )


def shaped(name: str, number: str, like: str) -> Callable[[Base], bytes]:
    """A number in a cell that was given the look of another one of its sheet, as Excel does when it takes 8/10 for a
    day; without one it has no look at all."""

    def build(base: Base) -> bytes:
        names = where(base.content)[0]
        sheet, row, col = names[name]

        def change(text: str) -> str:
            style = re.search(rf'<c r="{address(*names[like][1:])}" s="(\d+)"', text) if like else ("", "0")
            assert style
            cell = re.compile(rf'<c r="{address(row, col)}"[^>]*?(?:/>|>.*?</c>)', re.S)
            return cell.sub(f'<c r="{address(row, col)}" s="{style[1]}"><v>{number}</v></c>', text, count=1)

        return part_changed(base.content, sheet_part(base.content, sheet), change)

    return build


ODD_CELLS = (
    Clumsy(
        "vụng - 8-10 thành ngày.xlsx",
        shaped(COUNTED, "45207", "tvpl_luot.as_of"),
        "accepted",
        frozenset({"figure-became-date"}),
        {COUNTED: None},
        "Excel hiểu 8/10 là ngày",
        COUNTED,
        {"typed": "08/10/2023", "pair": "8/10"},
    ),
    Clumsy(
        "vụng - số trong ô ngày.xlsx",
        shaped(COUNTED, "150", "tvpl_luot.as_of"),
        "accepted",
        frozenset({"figure-became-date"}),
        {COUNTED: None},
        "ô còn định dạng ngày của lần gõ trước",
        COUNTED,
        {"typed": "29/05/1900", "pair": "150"},
    ),
    Clumsy(
        "vụng - tỷ lệ là số 0.906.xlsx",
        in_cell(PERCENT, "<v>0.906</v>"),
        "accepted",
        frozenset({"percent-or-share"}),
        {PERCENT: 0.906},
        "Excel đổi 90,6% thành 0,906",
        PERCENT,
        {"first": "0,906", "second": "90,6"},
    ),
    Clumsy(
        "vụng - ngày là số tám chữ số.xlsx",
        in_cell("meta.as_of", "<v>20230831</v>"),
        "accepted",
        frozenset({"date-unclear"}),
        {},
        "gõ liền năm tháng ngày",
        "meta.as_of",
        {"reading": "31/08/2023"},
    ),
    Clumsy(
        "vụng - TRUE.xlsx",
        in_cell(COUNTED, "<v>1</v>", "b"),
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
            in_cell(name, f"<f>A1/0</f><v>{error}</v>", "e"),
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
        typed(OTHER_ANSWER, VNI),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "phông VNI-Times",
        OTHER_ANSWER,
        {"encoding": "VNI", "count": "1", "example": MEANT},
    ),
    Clumsy(
        "vụng - ghi chú TCVN3.xlsx",
        typed("tvpl_luot.note", TCVN3),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "ghi chú bằng phông cũ",
        "tvpl_luot.note",
        {"example": MEANT},
    ),
    Clumsy(
        "vụng - người ký TCVN3.xlsx",
        typed("meta.approved_by", "NguyÔn V¨n Phóc"),
        "accepted",
        frozenset({"text-converted"}),
        {},
        "họ tên bằng phông cũ",
        "meta.approved_by",
        {"example": "Nguyễn Văn Phúc"},
    ),
    Clumsy(
        "vụng - vỡ mã.xlsx",
        typed(OTHER_ANSWER, MOJIBAKE),
        "accepted",
        frozenset({"text-mojibake"}),
        {},
        "UTF-8 đọc nhầm thành Windows-1252",
        OTHER_ANSWER,
        {"example": MOJIBAKE},
    ),
)


TYPED: tuple[Clumsy, ...] = (*_figures(), *ODD_CELLS, *WORDS)
