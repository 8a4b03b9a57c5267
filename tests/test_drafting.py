"""The written report: every published figure in its section, nothing invented, no unit's text run as code."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Length

from consolidator.drafting import Draft, draft
from consolidator.draftwords import fill
from consolidator.form import Form
from consolidator.merging import merge
from consolidator.printing import CannotPrint, as_pdf
from consolidator.rulebook import form_ids, load
from consolidator.sample import sample_entries, sample_roster
from consolidator.submission import Submission
from consolidator.verdict import serial
from consolidator.wordfile import word_file
from tests.district import DISTRICT, A, B, submission
from tests.regime_samples import DISTRICTS, PROVINCE, UNIONS
from tests.regime_samples import fill as filled
from tests.test_golden import DERIVED, VALUES, ref_of, rows
from tests.wordreading import controls, sections, text_of

SECTIONS = {(row["indicator_code"], row["measure"]): row["section"] for row in rows("laichau_sections.csv")}
"""Where the published report has each figure, by the paths of its outline."""


@pytest.fixture(scope="module")
def province(form: Form) -> Submission:
    """The sample province, merged in memory through three levels."""
    roster = sample_roster(11)
    made: dict[str, Submission] = {}
    for entry in sample_entries(form, roster):
        own = submission(form, entry.unit, entry.figures)
        own.attributes, own.narratives = entry.attributes, entry.narratives
        own.meta = {**own.meta, "meta.as_of": serial(entry.as_of), "meta.report_date": serial(entry.report_date)}
        children = [made[child.code] for child in roster.children(entry.unit.code)]
        made[entry.unit.code] = merge(own, children)[0] if children else own
    return made["LC"]


@pytest.fixture(scope="module")
def report(province: Submission) -> bytes:
    return word_file(draft(province))


@pytest.fixture(scope="module")
def by_path(form: Form, report: bytes) -> dict[str, str]:
    """What the report says under each answer of the outline."""
    read = sections(report)
    answers = {one.path: one.heading for one in form.at("TINH").answers}
    found = {path: [text for heading, text in read.items() if heading.endswith(name)] for path, name in answers.items()}
    assert [path for path, texts in found.items() if len(texts) != 1] == []
    return {path: texts[0] for path, texts in found.items()}


def vietnamese(row: dict[str, str]) -> str:
    """A figure of the inventory as it must stand in the report, worked out without our own code."""
    if row["value"].count("-") == 2:
        return "/".join(reversed(row["value"].split("-")))
    whole, _, rest = row["value"].partition(".")
    grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole)
    return f"{grouped},{rest}" if rest else grouped


def test_numbers_are_written_as_vietnamese_write_them() -> None:
    written = [vietnamese({"value": value}) for value in ("4067150000", "90.6", "2023-10-12", "18000", "5")]
    assert written == ["4.067.150.000", "90,6", "12/10/2023", "18.000", "5"]


@pytest.mark.parametrize("row", VALUES, ids=ref_of)
def test_a_published_figure_stands_in_its_section(row: dict[str, str], by_path: dict[str, str]) -> None:
    section = SECTIONS[row["indicator_code"], row["measure"]]
    assert re.search(rf"(?<![\d.,]){re.escape(vietnamese(row))}(?!\d|[.,]\d)", by_path[section])


def test_every_figure_of_the_summary_has_its_place_in_the_appendix(province: Submission, report: bytes) -> None:
    found = {key.removesuffix("~cell"): text for key, text, _ in controls(report) if key.endswith("~cell")}
    shown = {one.ref: fill(province, one.ref + "~cell").text for one in province.view.figures}
    assert found == shown
    assert found["qth_tien.actual"] == "4.067.150.000" and found["dh_tinh_ngay_bd.target"] == "12/10/2023"
    assert {ref_of(row) for row in (*VALUES, *DERIVED)} <= found.keys()


def test_a_number_in_the_provinces_own_words_follows_its_figure(by_path: dict[str, str], report: bytes) -> None:
    plain = {key: text for key, text, _ in controls(report) if key.endswith("~plain")}
    assert plain["sk_cap_nhat.actual~plain"] == "3.666" and plain["pm_dv_cap_nhat.actual~plain"] == "20.841"
    assert "LĐLĐ tỉnh Lai Châu đã có 3.666 sáng kiến cập nhật trên cổng trực tuyến" in by_path["II.1.5.b"]


def test_the_parents_words_come_first_and_the_units_are_named(by_path: dict[str, str]) -> None:
    told = by_path["I.a"]
    assert told.index("Trong quý đại đa số") < told.index("Số CNVCLĐ khối") < told.index("+ LĐLĐ thành phố Lai Châu: ")
    assert "+ Cả 11 đơn vị: Đã tổ chức thành công Đại hội" in by_path["II.1.1.b.1"]
    assert "Cùng mục này còn có báo cáo của: LĐLĐ huyện Nậm Nhùn" in told


def test_comparison_attainment_date_and_doubt_stand_in_the_sentence(by_path: dict[str, str]) -> None:
    assert (
        "là 3.666 sáng kiến (tính đến ngày 01/09/2023) (chỉ tiêu giao 2.306; đạt 159% chỉ tiêu" in by_path["II.1.5.b"]
    )
    assert "trên 30.000 lượt" in by_path["II.1.4.a"]
    assert "dự kiến 100" in by_path["III.10"] and "dự kiến 65,2" not in by_path["III.10"]


def test_layout_of_the_decree(report: bytes) -> None:
    word = Document(BytesIO(report))
    portrait, landscape = word.sections
    assert (round(Length(portrait.page_width).mm), round(Length(portrait.page_height).mm)) == (210, 297)
    margins = (portrait.top_margin, portrait.bottom_margin, portrait.left_margin, portrait.right_margin)
    assert [round(one.mm) for one in margins if one is not None] == [20, 20, 30, 20]
    assert portrait.different_first_page_header_footer and not landscape.different_first_page_header_footer
    assert landscape.orientation == WD_ORIENT.LANDSCAPE
    (number,) = portrait.header.paragraphs
    assert "PAGE" in "".join(one.text or "" for one in number._p.iter(qn("w:instrText")))
    normal = word.styles["Normal"]
    assert (normal.font.name, normal.font.size.pt) == ("Times New Roman", 14)
    head, signature = word.tables[0], word.tables[1]
    assert head.cell(0, 0).text.split("\n")[:2] == [
        "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM",
        "LIÊN ĐOÀN LAO ĐỘNG TỈNH LAI CHÂU",
    ]
    assert head.cell(0, 1).text.split("\n")[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert [head.cell(1, 0).text, head.cell(1, 1).text] == [
        "Số:         /BC-LĐLĐ",
        "Lai Châu, ngày 12 tháng 9 năm 2023",
    ]
    assert signature.cell(0, 0).text.startswith("Nơi nhận:") and "TM. BAN THƯỜNG VỤ" in signature.cell(0, 1).text
    assert [p.text for p in word.paragraphs[:2]] == [
        "BÁO CÁO",
        "Hoạt động công tác Công đoàn quý III, nhiệm vụ trọng tâm quý IV năm 2023",
    ]


def test_what_is_missing_is_a_highlighted_placeholder(form: Form) -> None:
    made = merge(submission(form, DISTRICT, {"tvpl_luot": 5}), [])[0]
    content = word_file(draft(made))
    texts = {key: (text, one) for key, text, one in controls(content)}
    assert texts["tvpl_truc_tiep.actual"][0] == "[chưa có số liệu]" and texts["tvpl_luot.actual"][0] == "5"
    marked = [
        bool(list(texts[key][1].iter(qn("w:highlight")))) for key in ("tvpl_truc_tiep.actual", "tvpl_luot.actual")
    ]
    assert marked == [True, False]
    read = sections(content)
    assert "[chưa có nội dung: Nguyên nhân]" in read["b) Nguyên nhân"]
    body = "\n".join(read.values())
    for place in ("[tên công đoàn cấp trên]", "[ngày]"):
        assert place.lower() in (body + text_of(Document(BytesIO(content)).tables[0]._tbl)).lower()


def test_hostile_words_become_neither_fields_nor_turned_text(form: Form, tmp_path: Path) -> None:
    evil = 'Bình thường \u202e130\x00 {=1+1} <w:fldSimple w:instr="DDEAUTO c:\\\\x"/> &amp; ]]> \ud800 hết'
    unit = replace(A, name="CĐCS <b>\u2066Một")
    child = submission(form, unit, {"tvpl_luot": 3})
    child.narratives = {"legal_advice": evil}
    own = submission(form, DISTRICT, {})
    own.narratives = {"legal_advice": evil}
    content = word_file(draft(merge(own, [child, submission(form, B, {})])[0]))
    told = sections(content)["c) Tư vấn pháp luật"]
    assert told.count('{=1+1} <w:fldSimple w:instr="DDEAUTO c:\\\\x"/> &amp; ]]> \ufffd hết') == 2
    assert "Bình thường \ufffd130␀" in told and "+ CĐCS <b>\ufffdMột:" in told
    body = Document(BytesIO(content)).element.body
    assert not list(body.iter(qn("w:fldSimple"))) and not list(body.iter(qn("w:instrText")))


def test_the_same_summary_makes_the_same_bytes_without_a_clock(province: Submission, report: bytes) -> None:
    assert word_file(draft(province)) == report
    known = Document(BytesIO(report)).core_properties
    assert (known.author, known.last_modified_by, known.created.date()) == ("", "", date(2023, 9, 30))
    with ZipFile(BytesIO(report)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def made(form: Form, level: str) -> Draft:
    """The draft of a filled summary of a level."""
    unit = {"TINH": PROVINCE, "CTTT": DISTRICTS[0], "CDCS": UNIONS[0]}[level]
    return draft(merge(filled(form.at(level), unit), [])[0])


EVERY = [(form_id, level) for form_id in form_ids() for level in load(form_id).levels]


@pytest.mark.parametrize(("form_id", "level"), EVERY)
def test_every_form_and_level_has_a_draft(form_id: str, level: str) -> None:
    """Each answer under its own heading, each figure in the appendix, each row of a list, no key too long for Word."""
    one = made(load(form_id), level)
    view, summary = one.summary.view, one.summary
    headings = [str(line.pieces[0]) for line in one.body if line.kind == "heading"]
    assert [a.path for a in view.answers if not any(h.endswith(" ".join(a.heading.split())) for h in headings)] == []
    texts = {str(piece) for line in one.body for piece in line.pieces if isinstance(piece, str)}
    assert [n for n in summary.narratives if not any(f"mục {n}, " in text for text in texts)] == []
    keys = {fill.key for fill in one.fills()}
    assert [figure.ref for figure in view.figures if f"{figure.ref}~cell" not in keys] == []
    in_words = {key.partition(".")[0] for key in keys if not key.endswith("~cell")}
    assert len(in_words) > len(view.indicators) / 2
    listed = {appendix.title for appendix in one.appendices}
    assert [table.id for table in view.tables if table.title.upper() not in listed and table.id != "explanations"] == []
    assert len(word_file(one)) > 20_000


def test_a_regime_without_an_outline_is_told_by_its_sheets(form: Form) -> None:
    bare = form.varied(narratives=())
    one = draft(merge(submission(bare, DISTRICT, {"tvpl_luot": 5}), [])[0])
    headings = [str(line.pieces[0]) for line in one.body if line.kind == "heading"]
    assert headings[0].startswith("I. ") and any(h.startswith("III. ĐẠI DIỆN, BẢO VỆ") for h in headings)


def test_the_last_period_and_the_start_of_the_term_stand_beside_a_figure(form: Form) -> None:
    own = submission(form, DISTRICT, {"tvpl_luot": 130})
    own.previous, own.meta = {"tvpl_luot.actual": 100.0}, {**own.meta, "meta.notice": "TẠM TÍNH: còn thiếu 1/3 đơn vị"}
    one = draft(merge(own, [])[0])
    told = "\n".join("".join(p if isinstance(p, str) else p.text for p in line.pieces) for line in one.body)
    assert "là 130 lượt người (kỳ trước 100, tăng 30 (30%))." in told
    assert "[TẠM TÍNH: còn thiếu 1/3 đơn vị]" in told
    (compared,) = (table for table in one.appendices if table.title.startswith("SO SÁNH"))
    assert [cell if isinstance(cell, str) else cell.text for cell in compared.rows[0]][2:] == [
        *("lượt người", "100", "130", "tăng 30 (30%)")
    ]
    review = submission(load("gnk_tinh_000"), PROVINCE, {"dv_tong": 110, "dv_tong.baseline": 100})
    told = str([piece for line in draft(merge(review, [])[0]).body for piece in line.pieces])
    assert "tăng 10 (10%)" in told and "đầu nhiệm kỳ " in told


def test_the_open_xml_sdk_finds_nothing_wrong(report: bytes, validator: list[str], tmp_path: Path) -> None:
    path = tmp_path / "báo cáo.docx"
    path.write_bytes(report)
    checked = subprocess.run([*validator, str(path)], capture_output=True, timeout=120)
    assert checked.returncode == 0, checked.stdout


def test_the_pages_hold_the_same_figures(report: bytes, tmp_path: Path) -> None:
    """Through LibreOffice, as `--pdf` makes them; one without its Writer is as good as none (CI forbids that)."""
    try:
        (tmp_path / "a.pdf").write_bytes(as_pdf(report))
    except CannotPrint as missing:
        assert not os.environ.get("CI"), missing
        pytest.skip(str(missing))
    shown = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, check=True)
    text = shown.stdout.decode()
    assert [ref_of(row) for row in VALUES if vietnamese(row) not in text] == []
    assert "Độc lập - Tự do - Hạnh phúc" in text
