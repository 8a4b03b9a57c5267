"""Figures typed as text: what is taken, what is shown with both readings, what is no figure."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consolidator.amounts import Kind
from consolidator.numerals import LONGEST, Reading, digits_of_words, read_figure

COUNT: dict[str, Any] = {"unit": "người", "whole": True}
MONEY: dict[str, Any] = {"unit": "đồng", "whole": True}
RATE: dict[str, Any] = {"unit": "%", "percent": True}
NONE: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("text", "wanted", "value", "kind"),
    [
        ("12", NONE, 12, Kind.PLAIN),
        (" 12 ", NONE, 12, Kind.PLAIN),
        ("05", NONE, 5, Kind.PLAIN),
        ("\ufeff12\u200b", NONE, 12, Kind.PLAIN),
        ("\u200e12\u202c", NONE, 12, Kind.PLAIN),
        ("'123", NONE, 123, Kind.PLAIN),
        ("+5", NONE, 5, Kind.PLAIN),
        ("-5", NONE, -5, Kind.PLAIN),
        ("−5", NONE, -5, Kind.PLAIN),
        ("１２３", NONE, 123, Kind.FULLWIDTH),
        ("１．２３４", COUNT, 1234, Kind.GROUPED),
        ("1.234", COUNT, 1234, Kind.GROUPED),
        ("1,234", COUNT, 1234, Kind.GROUPED),
        ("1.234", MONEY, 1234, Kind.GROUPED),
        ("1.234", {"like": (980.0, 1500.0, 2210.0)}, 1234, Kind.GROUPED),
        ("1,234", {"like": (1.1, 1.5, 2.25)}, 1.234, Kind.DECIMAL),
        ("1 234", NONE, 1234, Kind.GROUPED),
        ("1\u00a0234", NONE, 1234, Kind.GROUPED),
        ("1\u2009234", NONE, 1234, Kind.GROUPED),
        ("1\u202f234\u202f567", NONE, 1234567, Kind.GROUPED),
        ("1.234.567", NONE, 1234567, Kind.GROUPED),
        ("12.345.678", NONE, 12345678, Kind.GROUPED),
        ("1,234,567.5", NONE, 1234567.5, Kind.DECIMAL),
        ("1.234.567,5", NONE, 1234567.5, Kind.DECIMAL),
        ("1.234.567,00", MONEY, 1234567, Kind.DECIMAL),
        ("1,5", NONE, 1.5, Kind.DECIMAL),
        ("1.23", NONE, 1.23, Kind.DECIMAL),
        ("1.2345", NONE, 1.2345, Kind.DECIMAL),
        ("0,906", NONE, 0.906, Kind.DECIMAL),
        ("12,0", COUNT, 12, Kind.DECIMAL),
        ("650.000.000đ", MONEY, 650_000_000, Kind.UNIT),
        ("650.000.000 đồng", NONE, 650_000_000, Kind.UNIT),
        ("650.000.000 VNĐ", MONEY, 650_000_000, Kind.UNIT),
        ("18.000đ", NONE, 18000, Kind.UNIT),
        ("6.300.000đ/người/tháng", {"unit": "đồng/người/tháng"}, 6_300_000, Kind.UNIT),
        ("12 người", NONE, 12, Kind.UNIT),
        ("12 đồng chí", COUNT, 12, Kind.UNIT),
        ("1.234 người", NONE, 1234, Kind.UNIT),
        ("130 lượt", {"unit": "lượt người", "whole": True}, 130, Kind.UNIT),
        ("130 m²", {"unit": "m2"}, 130, Kind.UNIT),
        ("31 triệu", NONE, 31_000_000, Kind.MAGNITUDE),
        ("31 triệu đồng", MONEY, 31_000_000, Kind.MAGNITUDE),
        ("5tr", MONEY, 5_000_000, Kind.MAGNITUDE),
        ("500k", MONEY, 500_000, Kind.MAGNITUDE),
        ("4,5 tỷ", NONE, 4_500_000_000, Kind.MAGNITUDE),
        ("4.5 tỉ đồng", MONEY, 4_500_000_000, Kind.MAGNITUDE),
        ("3 nghìn tỷ", NONE, 3_000_000_000_000, Kind.MAGNITUDE),
        ("2 tỷ 350 triệu", NONE, 2_350_000_000, Kind.MAGNITUDE),
        ("2 tỷ 350 triệu 500 ngàn đồng", MONEY, 2_350_500_000, Kind.MAGNITUDE),
        ("2 triệu rưỡi", NONE, 2_500_000, Kind.MAGNITUDE),
        ("90,6%", RATE, 90.6, Kind.PERCENT),
        ("90.6 %", RATE, 90.6, Kind.PERCENT),
        ("90,6%", NONE, 90.6, Kind.PERCENT),
        ("90.6", RATE, 90.6, Kind.DECIMAL),
        ("0,5%", RATE, 0.5, Kind.PERCENT),
        ("0,906", {**RATE, "like": (0.5, 0.7, 0.85)}, 0.906, Kind.DECIMAL),
        ("0", RATE, 0, Kind.PLAIN),
        ("không", COUNT, 0, Kind.NONE),
        ("Không có", COUNT, 0, Kind.NONE),
        ("không phát sinh", NONE, 0, Kind.NONE),
        ("không có trường hợp nào", NONE, 0, Kind.NONE),
        ("0 (không)", COUNT, 0, Kind.PLAIN),
        ("12 (mười hai)", COUNT, 12, Kind.PLAIN),
        ("mười hai", COUNT, 12, Kind.WORDS),
        ("Hai mươi lăm người", COUNT, 25, Kind.WORDS),
        ("hai triệu rưỡi", MONEY, 2_500_000, Kind.WORDS),
        ("chín mươi phẩy sáu phần trăm", RATE, 90.6, Kind.WORDS),
    ],
)
def test_a_certain_reading_is_taken(text: str, wanted: dict[str, Any], value: float, kind: Kind) -> None:
    reading = read_figure(text, **wanted)
    assert reading and reading.certain
    assert (reading.value, reading.kind) == (value, kind)


@pytest.mark.parametrize(
    ("text", "wanted", "readings", "kind"),
    [
        ("1.234", NONE, (1234, 1.234), Kind.GROUPED),
        ("1,234", NONE, (1234, 1.234), Kind.GROUPED),
        ("1.234", {"like": (1.0, 1500.0, 2210.0)}, (1234, 1.234), Kind.GROUPED),
        ("1.234", {"like": (1.1, 1.5, 2.25)}, (1234, 1.234), Kind.GROUPED),
        ("1,000", {"like": (1.1, 1.5, 2.25)}, (1000, 1), Kind.GROUPED),
        ("1.234", {"like": (1000.0, math.nan)}, (1234, 1.234), Kind.GROUPED),
        ("1.234%", RATE, (1234, 1.234), Kind.GROUPED),
        ("1.234 tỷ", MONEY, (1_234_000_000_000, 1_234_000_000), Kind.MAGNITUDE),
        ("1.234,567", NONE, (1234.567,), Kind.UNCLEAR),
        ("1.23", COUNT, (1.23,), Kind.DECIMAL),
        ("12,5", COUNT, (12.5,), Kind.DECIMAL),
        ("12,5 người", NONE, (12.5,), Kind.DECIMAL),
        ("0,906", RATE, (0.906, 90.6), Kind.DECIMAL),
        ("0,906", {**RATE, "like": (90.0, 85.5, 100.0)}, (0.906, 90.6), Kind.DECIMAL),
        ("1", RATE, (1, 100), Kind.PLAIN),
        ("90,6", {**RATE, "like": (0.91, 0.88, 0.95)}, (90.6, 0.906), Kind.DECIMAL),
        ("(5)", COUNT, (5, -5), Kind.BRACKETED),
        ("- 5", COUNT, (-5, 5), Kind.UNCLEAR),
        ("1500.000", MONEY, (1_500_000, 1500), Kind.UNCLEAR),
        ("1500.000đ", NONE, (1_500_000, 1500), Kind.UNCLEAR),
        ("12345.678", NONE, (12_345_678, 12345.678), Kind.UNCLEAR),
        ("1.0000", COUNT, (1,), Kind.UNCLEAR),
        ("1,234,567.800", NONE, (1_234_567.8,), Kind.UNCLEAR),
        ("-hai", COUNT, (-2, 2), Kind.UNCLEAR),
        ("+12k", NONE, (12_000,), Kind.MAGNITUDE),
        ("0 nghìn rưỡi", NONE, (), Kind.UNCLEAR),
        ("12.34.567", NONE, (), Kind.UNCLEAR),
        ("2023 100", NONE, (), Kind.UNCLEAR),
        ("1,2,3", NONE, (), Kind.UNCLEAR),
        ("12.", NONE, (12,), Kind.UNCLEAR),
        ("0912345678", NONE, (912345678,), Kind.UNCLEAR),
        ("1e5", NONE, (), Kind.UNCLEAR),
        ("1234567890123456", NONE, (), Kind.UNCLEAR),
        ("12 cuộc", COUNT, (12,), Kind.UNIT),
        ("130m2", COUNT, (130,), Kind.UNIT),
        ("130 người", {"unit": "lượt người"}, (130,), Kind.UNIT),
        ("6.300.000đ/tháng", MONEY, (6_300_000,), Kind.UNIT),
        ("12 con", NONE, (12,), Kind.UNIT),
        ("5%", COUNT, (5,), Kind.UNIT),
        ("12 người", RATE, (12,), Kind.UNIT),
        ("500k", COUNT, (500_000,), Kind.MAGNITUDE),
        ("2 tỷ 350", MONEY, (), Kind.UNCLEAR),
        ("1tr2", MONEY, (), Kind.UNCLEAR),
        ("4,5 tỷ 300 triệu", MONEY, (), Kind.UNCLEAR),
        ("778/778", COUNT, (778, 778), Kind.FRACTION),
        ("8/10 chỉ tiêu", NONE, (8, 10), Kind.FRACTION),
        ("từ 4 đến 5 triệu", MONEY, (4_000_000, 5_000_000), Kind.RANGE),
        ("4-5", COUNT, (4, 5), Kind.RANGE),
        ("trên 3 nghìn", COUNT, (3000,), Kind.APPROXIMATE),
        ("khoảng 12 người", COUNT, (12,), Kind.APPROXIMATE),
        ("50+", COUNT, (50,), Kind.APPROXIMATE),
        ("12 người trở lên", COUNT, (12,), Kind.APPROXIMATE),
        ("12 (mười ba)", COUNT, (12, 13), Kind.UNCLEAR),
        ("muoi hai", COUNT, (12,), Kind.WORDS),
        ("hai muoi lam", COUNT, (25,), Kind.WORDS),
        ("khong co", COUNT, (0,), Kind.NONE),
        ("một trăm hai", COUNT, (), Kind.UNCLEAR),
        ("hai mươi năm", COUNT, (20,), Kind.UNIT),
        ("-", COUNT, (0,), Kind.MARK),
        ("–", COUNT, (0,), Kind.MARK),
        ("x", COUNT, (0,), Kind.MARK),
        ("…", COUNT, (0,), Kind.MARK),
        ('"', COUNT, (), Kind.DITTO),
        ("nt", COUNT, (), Kind.DITTO),
        ("như trên", COUNT, (), Kind.DITTO),
        ("không áp dụng", COUNT, (), Kind.NOT_APPLICABLE),
        ("N/A", COUNT, (), Kind.NOT_APPLICABLE),
        ("chưa có số liệu", COUNT, (), Kind.NO_DATA),
        ("không có báo cáo", COUNT, (), Kind.NO_DATA),
    ],
)
def test_a_doubtful_one_is_shown_and_not_taken(
    text: str, wanted: dict[str, Any], readings: tuple[float, ...], kind: Kind
) -> None:
    reading = read_figure(text, **wanted)
    assert reading and not reading.certain
    assert (reading.readings, reading.kind) == (readings, kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "30/9/2023",
        "30.9.2023",
        "30-9-2023",
        "9/2023",
        "56/KH-LĐLĐ",
        "7c/NQ-TLĐ",
        "145/2020/NĐ-CP",
        "02-NQ/TW",
        "2018-2023",
        "2018 – 2023",
        "tư vấn",
        "tỷ lệ",
        "năm 2023",
        "không tổ chức",
        "12 người (5 nữ)",
        "=5",
        "=1+1",
        "5×3",
        "1_234",
        "1'234",
        "٣",
        "१२",
        "12:30",
        "12h30",
        "12\n345",
        "12\u200b34",
        "Đã tổ chức 5 cuộc",
        "1/2/3/4",
        "5 ± 1",
    ],
)
def test_what_is_no_figure(text: str) -> None:
    assert read_figure(text) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("không", 0),
        ("mười", 10),
        ("mười lăm", 15),
        ("hai mươi mốt", 21),
        ("ba mươi tư", 34),
        ("ba mươi bốn", 34),
        ("hai mươi nhăm", 25),
        ("năm mươi lăm", 55),
        ("hai chục", 20),
        ("một trăm linh năm", 105),
        ("một trăm lẻ tư", 104),
        ("một trăm mười", 110),
        ("hai trăm rưỡi", 250),
        ("một nghìn hai trăm", 1200),
        ("một ngàn không trăm linh năm", 1005),
        ("ba vạn năm nghìn", 35_000),
        ("năm trăm nghìn", 500_000),
        ("hai triệu rưỡi", 2_500_000),
        ("hai tỉ ba trăm năm mươi triệu", 2_350_000_000),
        ("một nghìn tỷ", 10**12),
        ("bẩy mươi bẩy", 77),
        ("MƯỜI HAI", 12),
        ("mừơi hai", 12),
        ("mu\u031bo\u031b\u0300i hai", 12),
        ("chín mươi phẩy không sáu", 90.06),
    ],
)
def test_words(words: str, value: float) -> None:
    assert digits_of_words(words) == value


@pytest.mark.parametrize(
    "words",
    [
        "",
        "mươi",
        "mốt",
        "hai ba",
        "mười mốt",
        "mười năm",
        "một trăm hai",
        "hai nghìn ba",
        "trăm rưỡi",
        "hai mươi mười",
        "nghìn",
        "hai triệu ba tỷ",
        "hai nghìn ba nghìn",
        "linh năm",
        "một mươi",
        "muoi hai",
        "12",
        "hai người",
        "phẩy năm",
    ],
)
def test_words_that_make_no_one_number(words: str) -> None:
    assert digits_of_words(words) is None


FIGURES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def spoken(number: int) -> str:
    """A number below 10**15 in words, as a schoolbook says it."""
    parts: list[str] = []
    for scale, word in ((10**9, "tỷ"), (10**6, "triệu"), (1000, "nghìn"), (1, "")):
        group, number = divmod(number, scale)
        if group >= 1000:
            parts += [spoken(group), word]
        elif group:
            parts += [_hundreds(group, bool(parts)), word]
    return " ".join(filter(None, parts)) or "không"


def _hundreds(group: int, inside: bool) -> str:
    hundred, ten, one = group // 100, group // 10 % 10, group % 10
    said = [FIGURES[hundred], "trăm"] if hundred or inside else []
    if ten > 1:
        last = {1: "mốt", 4: "tư", 5: "lăm"}.get(one, FIGURES[one])
        said += [FIGURES[ten], "mươi", *([last] if one else [])]
    elif ten:
        said += ["mười", *([{5: "lăm"}.get(one, FIGURES[one])] if one else [])]
    elif one:
        said += (["linh"] if said else []) + [FIGURES[one]]
    return " ".join(said)


ANY_COUNT = st.one_of(st.integers(0, 5000), st.integers(0, 10**12))


@given(ANY_COUNT)
@example(10**12)
@example(1_000_005)
@example(20_000_000_014)
def test_spoken_numbers_come_back(number: int) -> None:
    assert digits_of_words(spoken(number)) == number
    reading = read_figure(spoken(number) + " người", **COUNT)
    assert reading == Reading(float(number), None, Kind.WORDS, "người")


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@given(ANY_COUNT, st.sampled_from([".", ",", " ", "\u00a0", "\u2009", "\u202f"]), st.sampled_from(["", "-"]))
def test_grouped_counts_come_back(number: int, sign: str, minus: str) -> None:
    text = minus + f"{number:,}".replace(",", sign)
    for written, wanted in (
        (text, COUNT),
        (text + " người", NONE),
        (text + "đ", MONEY),
        (text.translate(WIDE), COUNT),
        (f"\u200b {text} ", COUNT),
    ):
        reading = read_figure(written, **wanted)
        assert reading and reading.certain and reading.value == float(minus + str(number))
    bare = read_figure(text)
    assert bare and float(minus + str(number)) in bare.readings


@given(
    st.integers(0, 10**9),
    st.integers(0, 5),
    st.sampled_from([".", ","]),
    st.booleans(),
    st.sampled_from([NONE, COUNT, MONEY, RATE, {"like": (1.0, 2.0, 3.0)}, {"like": (1000.0, 2000.0, 3000.0)}]),
    st.sampled_from(["", "%", " người", "đ"]),
)
def test_whatever_is_certain_is_what_was_written(
    digits: int, places: int, sign: str, grouped: bool, wanted: dict[str, Any], behind: str
) -> None:
    """A decimal figure in either notation: taken as it was meant, or not at all (unless it looks like grouping)."""
    value = digits / 10**places
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    text = text if sign == "." else text.translate(str.maketrans(",.", ".,"))
    reading = read_figure(text + behind, **wanted)
    counted = bool(behind not in ("", "%") or wanted.get("whole") or wanted.get("like"))
    one_sign = re.fullmatch(r"[0-9]+[.,][0-9]{3}", text) is not None
    english = one_sign and places == 0 and "," in text and wanted.get("like")  # 1,234 among figures such as 1.5
    if reading and reading.certain and not english and not (one_sign and places == 3 and counted):
        assert reading.value == pytest.approx(value, rel=1e-12)
    if one_sign and not counted and value >= 1:
        assert reading and not reading.certain


SHREDS = ["0", "12", ".", ",", " ", "-", "/", "(", ")", "%", "đ", "đồng", "không", "hai", "mươi", "trăm", "tỷ", "rưỡi"]
SHREDS += ["từ", "đến", "trên", "nghìn", "triệu", "người", "năm", "phẩy", "k", "²", "\u200b", "\n", '"', "+", "~", "١"]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(SHREDS), max_size=12).map("".join)),
    st.sampled_from(["", "người", "đồng", "%", "m2"]),
    st.booleans(),
    st.lists(st.floats(), max_size=5),
)
def test_no_text_breaks_it(text: str, unit: str, flag: bool, like: list[float]) -> None:
    reading = read_figure(text, unit=unit, whole=flag, percent=not flag, like=like)
    assert reading is None or all(math.isfinite(number) for number in reading.readings)
    digits_of_words(text)


@pytest.mark.parametrize("piece", ["1", "1.", "1 ", "(", "không ", "hai ", "nghìn ", "1-", "a", " ", "12 triệu "])
def test_texts_too_long_are_no_figures(piece: str) -> None:
    assert read_figure(piece * (10**6 // len(piece))) is None
    read_figure((piece * LONGEST)[:LONGEST])


REAL = """
6.300.000đ | đồng/người/tháng | 6300000
6.400.000đ | đồng/người/tháng | 6400000
1.800.000 | đồng/tháng | 1800000
778 | CĐCS | 778
100% | % | 100
11 | đơn vị | 11
5 | lần | 5
02 | lần | 2
01 | lần | 1
12 | văn bản | 12
18.000đ | đồng/suất | 18000
130 | lượt người | 130
30 | lượt người | 30
100 | lượt người | 100
02 | phòng | 2
4 | gian | 4
130m2 | m2 | 130
650.000.000đ | đồng | 650000000
20.000.000đ | đồng | 20000000
10 | suất | 10
31 triệu đồng | đồng | 31000000
217 | em | 217
01 | người | 1
67.820.000đ | đồng | 67820000
02 | dự án | 2
2 | hộ | 2
17 | dự án | 17
4 triệu | đồng/tháng | 4000000
5 triệu | đồng/tháng | 5000000
30.000 | lượt người | 30000
50 | tin, bài | 50
3.666 | sáng kiến | 3666
159% | % | 159
338 | người | 338
4.067.150.000^d | đồng | 4067150000
766 | CĐCS | 766
20.841 | người | 20841
90.6% | % | 90.6
95% | % | 95
3 nghìn | lượt người | 3000
626 | cuộc | 626
621 | cuộc | 621
5 | cuộc | 5
624 | cuộc | 624
616 | cuộc | 616
8 | cuộc | 8
34 | cuộc | 34
26 | cuộc | 26
"""
"""Every figure of seed 004 as written there, the unit of its indicator, the value: but for fractions and dates."""


@pytest.mark.parametrize("line", REAL.strip().splitlines())
def test_the_figures_of_a_real_report_are_read(line: str) -> None:
    text, unit, value = line.split(" | ")
    reading = read_figure(text, unit=unit, whole=unit not in ("%", "m2"), percent=unit == "%")
    assert reading and reading.certain and reading.value == float(value)
