"""Which digits of a narrative are figures, and which documents it cites."""

from __future__ import annotations

import random

import pytest

from consolidator import figures_in_text
from consolidator.figures_in_text import BLANK, figures_only, has_figure, mentions
from consolidator.rulebook import load


@pytest.mark.parametrize(
    "text",
    [
        "có 130 lượt người được tư vấn",
        "đạt 90,6%",
        "với trên 3 nghìn lượt",
        "11/11 đơn vị kiểm tra",
        "số tiền 4.067.150.000đ",
        "Năm 2023 kết nạp 12 đoàn viên",
    ],
)
def test_a_figure_is_seen(text: str) -> None:
    assert has_figure(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thực hiện Nghị quyết 7c/NQ-TLĐ, Kế hoạch số 45a/KH-LĐLĐ",
        "theo Nghị định số 145/2020/NĐ-CP ngày 14/12/2020",
        "Chỉ thị 05-CT/TW; Quyết định số 217-QĐ/TW",
        "trong quý 3 năm 2023, nhiệm kỳ 2018 - 2023",
        "ngày 27/7, từ ngày 10/5/2019",
        "Chương trình “01 triệu sáng kiến”, “5 không 3 sạch”",
        "phòng chống Covid - 19",
        "1. Tiếp tục tuyên truyền",
        "không có số liệu",
    ],
)
def test_what_only_looks_like_a_figure_is_not_one(text: str) -> None:
    assert not has_figure(text)


def test_the_catalogue_of_documents_takes_out_spellings_that_no_pattern_knows() -> None:
    cited = load("quy3_2023_004").spellings
    assert has_figure("Thực hiện Luật Công đoàn 2012")
    assert not has_figure("Thực hiện Luật Công đoàn 2012", cited)


def test_a_document_is_recognised_under_all_its_spellings_but_not_inside_another_number() -> None:
    cited = load("quy3_2023_004").spellings
    assert mentions("theo Nghị định 191/2013/NĐCP", "191/2013/NĐ-CP", cited)
    assert mentions("Kế hoạch  số 37/KH-LĐLĐ của huyện", "37/KH-LĐLĐ", cited)
    assert not mentions("Kế hoạch số 137/KH-LĐLĐ", "37/KH-LĐLĐ", cited)
    assert not mentions("Kế hoạch số 56/KH-TLĐ", "56/KH-LĐLĐ", cited)


def test_number_issuer_and_date_are_the_key() -> None:
    keys = [(one.number, one.issuer) for one in load("quy3_2023_004").citations]
    assert ("56/KH-LĐLĐ", "LĐLĐ tỉnh Bắc Kạn") in keys and ("56/KH-TLĐ", "Tổng LĐLĐ") in keys
    assert len(set(keys)) == len(keys)


PIECES = (
    *figures_in_text._TIMES, *figures_in_text._DATES, *figures_in_text._AGES, *figures_in_text._ORDINALS,
    "covid", "bộ luật", "Lao động", "dân sự", "tổng", "đại", "con", "sạch", "sáng kiến", "không", "người", "triệu",
    "1", "3", "5", "12", "19", "2019", "2023", "000000", "1.2", "4.0", "20/10", "84 912 345 678", "0213.3876.123", "٣",
    "7c/NQ-TLĐ", "ii", "III", "x", "QH", "km", "h", "đến", "và", ",", ";", ":", ".", "-", "–", "/", "(", ")", "[", "]",
    "+", "•", "*", "%", "“", "”", '"', " ", "  ", "\n", "\t", "\xa0", "@", "www.", "https://", "a",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_figure_that_is_none_begins_where_nobody_looks(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1_000):
        text = "".join(chance.choice(PIECES) + chance.choice(("", " ", " ")) for _ in range(chance.randint(1, 14)))
        text = text.upper() if chance.random() < 0.3 else text
        everywhere = figures_in_text._NOT_FIGURES.sub(figures_in_text._blanked, text)
        assert figures_only(text) == everywhere, text
        assert has_figure(text) == any(sign.isdigit() for sign in everywhere), text


def test_a_document_is_not_taken_out_of_a_longer_number() -> None:
    cited = (("7 điểm 5",),)
    assert not has_figure("có 7 điểm 5", cited)
    assert figures_only("có 17 điểm 5", cited) == "có 17 " + BLANK * 6


def test_digits_in_the_middle_of_a_number_begin_nothing() -> None:
    for more in ("", " a@b.vn"):  # beside an address a beginning is looked for everywhere
        assert has_figure("1.234 không, 3 sạch" + more) and not has_figure("5 không, 3 sạch" + more)
        assert figures_only("1234 không, 3 sạch" + more).startswith("1234 không, 3 ")
