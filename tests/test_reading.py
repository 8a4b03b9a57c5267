"""A workbook read back: the same figures where nothing is odd, a finding at the cell where something is."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator.content import cover_of
from consolidator.finding import Finding
from consolidator.grid import Unreadable, read_grid
from consolidator.layout import Cell, layout_of
from consolidator.merging import merge
from consolidator.opening import read_file, snapshot
from consolidator.reading import read_submission
from consolidator.rulebook import load
from consolidator.sealing import digest_of
from consolidator.submission import Submission
from consolidator.summarising import summary_workbook
from consolidator.unit import Unit
from consolidator.verdict import serial
from consolidator.wording import DRAFT, FINAL
from tests.tampering import (
    AS_OF,
    SIGNED,
    entered,
    part_changed,
    poured,
    put,
    put_text,
    resaved,
    with_rows_inserted,
    without_name,
)

FORM = load("quy3_2023_004")
VIEW = FORM.at("CTTT")
PLAN = layout_of(VIEW)
UNIT = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
FIGURES = {
    "tvpl_luot.actual": 130.0,
    "tvpl_truc_tiep.actual": 30.0,
    "tvpl_gian_tiep.actual": 0.0,
    "qth_tien.actual": 4_067_150_000.0,
    "dv_tong.actual": 23_003.0,
    "pm_dv_cap_nhat.actual": 20_841.0,
}
ATTRIBUTES: dict[str, float | str] = {
    "tvpl_luot.as_of": serial(AS_OF),
    "tvpl_luot.qualifier": "trên",
    "tvpl_luot.note": "=1+1",
}
ANSWER = VIEW.answers[0]
NARRATIVES = {ANSWER.id: "- Đời sống ổn định.\n- Việc làm đủ.", VIEW.answers[1].id: "Đã xong."}
SENT = poured(entered(VIEW, FIGURES, ATTRIBUTES, NARRATIVES), UNIT)


def read(content: bytes) -> tuple[Submission, list[Finding]]:
    return read_submission(read_grid(content))


def said(content: bytes) -> list[tuple[str, str, str]]:
    """(code, ref, what was typed) of every finding."""
    return [(f.code, f.place.ref, f.facts.get("typed", "")) for f in read(content)[1]]


def same(one: Submission, other: Submission) -> bool:
    figures = np.array_equal(one.values, other.values, equal_nan=True)
    return figures and one.attributes == other.attributes and one.narratives == other.narratives


def test_what_was_filled_in_is_read_back() -> None:
    submission, findings = read(SENT)
    assert findings == []
    assert {ref: submission.value(ref) for ref in FIGURES} == FIGURES
    assert submission.value("pm_dv_ty_le.actual") == 90.6
    assert submission.attributes == ATTRIBUTES and submission.narratives == NARRATIVES
    assert (submission.unit, submission.unit_name, submission.parent) == ("LC-01", UNIT.name, "LC")
    assert submission.period == FORM.period.id and not submission.is_summary
    assert submission.meta["meta.as_of"] == serial(AS_OF) and submission.meta["meta.report_date"] == serial(SIGNED)
    assert submission.meta["meta.version"] == FINAL
    assert submission.place("tvpl_luot.actual") == ("PL03", PLAN.names["tvpl_luot.actual"].a1)


def test_blank_and_zero_are_two_things() -> None:
    submission, _ = read(SENT)
    assert submission.value("tvpl_gian_tiep.actual") == 0.0
    assert submission.value("tvpl_gian_tiep.target") is None


def test_an_empty_form_is_read_as_blanks() -> None:
    submission, findings = read(poured(entered(VIEW), UNIT))
    assert np.isnan(submission.values).all() and findings == []
    assert not submission.narratives and not submission.attributes


@pytest.mark.parametrize(
    ("inside", "kind", "code", "typed"),
    [
        ("<is><t>nhiều người</t></is>", "inlineStr", "not-a-number", "nhiều người"),
        ("<is><t>20.841 người</t></is>", "inlineStr", "figure-doubtful", "20.841 người"),
        ("<is><t>1.234.5</t></is>", "inlineStr", "not-a-number", "1.234.5"),
        ("<v>1</v>", "b", "not-a-number", "TRUE"),
        ("<v>1e999</v>", "", "not-a-number", "inf"),
        ("<v>#REF!</v>", "e", "error-value", "#REF!"),
        ("<f>1/0</f><v>#DIV/0!</v>", "e", "error-value", "#DIV/0!"),
    ],
)
def test_what_is_no_number_is_said_and_blank(inside: str, kind: str, code: str, typed: str) -> None:
    content = put(SENT, "tvpl_luot.actual", inside, kind)
    submission, findings = read(content)
    (finding,) = findings
    assert (finding.code, finding.place.ref, finding.facts["typed"]) == (code, "tvpl_luot.actual", typed)
    assert (finding.place.sheet, finding.place.cell) == ("PL03", PLAN.names["tvpl_luot.actual"].a1)
    assert submission.value("tvpl_luot.actual") is None
    assert submission.texts == {"tvpl_luot.actual": typed}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("130", 130.0), ("1.234", 1234.0), ("một trăm ba mươi", 130.0), ("5 lượt", 5.0), ("không", 0.0)],
)
def test_a_text_that_is_certain_is_taken_and_said(typed: str, value: float) -> None:
    """It is a figure from then on: nobody writes the text again, and it is no text of a figure's cell."""
    submission, (finding,) = read(put_text(SENT, "tvpl_luot.actual", typed))
    assert (finding.code, finding.severity, finding.facts["typed"]) == ("read-as", "info", typed)
    assert (finding.place.sheet, finding.place.cell) == ("PL03", PLAN.names["tvpl_luot.actual"].a1)
    assert submission.value("tvpl_luot.actual") == submission.own_value("tvpl_luot.actual") == value
    assert submission.texts == {}


def test_a_text_is_the_same_report_as_its_number() -> None:
    """Seals are made and proved over readings: who types the number instead changes nothing."""
    typed, number = (read(put_text(SENT, "tvpl_luot.actual", "130"))[0], read(SENT)[0])
    assert digest_of(typed) == digest_of(number) and same(typed, number)


@pytest.mark.parametrize("typed", ["", " ", "\n\t "])
def test_white_space_is_a_blank(typed: str) -> None:
    content = SENT
    for name in ("tvpl_luot.actual", "tvpl_luot.as_of", "tvpl_luot.qualifier", "tvpl_luot.note", ANSWER.ref):
        content = put_text(content, name, typed)
    submission, findings = read(content)
    assert findings == [] and submission.texts == {} and submission.attributes == {}
    assert submission.value("tvpl_luot.actual") is None
    assert ANSWER.id not in submission.narratives


@pytest.mark.parametrize(
    ("number", "style", "typed"), [("45241", "dd/mm", "11/11/2023"), ("0.3402777777777778", "h:mm", "8:10")]
)
def test_a_figure_that_excel_made_a_date_or_a_time_is_said(number: str, style: str, typed: str) -> None:
    """Typing 11/11 into a cell changes its format: the cell keeps its number and gets a date's style."""

    def change(book) -> None:  # type: ignore[no-untyped-def]
        place = PLAN.names["tvpl_luot.actual"]
        book[place.sheet][place.a1] = float(number)
        book[place.sheet][place.a1].number_format = style

    submission, findings = read(resaved(SENT, change))
    (finding,) = findings
    assert (finding.code, finding.place.ref) == ("figure-became-date", "tvpl_luot.actual")
    assert finding.facts["typed"] == typed
    assert finding.facts["pair"] == {"11/11/2023": "11/11"}.get(typed, typed)
    assert submission.value("tvpl_luot.actual") is None


PROVINCE = FORM.at("TINH")
OPENING = "dh_tinh_ngay_bd.target"


@pytest.mark.parametrize(
    ("inside", "kind", "value", "codes"),
    [
        ("<v>45211</v>", "", 45211.0, []),
        ("<v>20231012</v>", "", None, ["figure-date-unclear"]),
        ("<v>-5</v>", "", None, ["figure-not-a-date"]),
        ("<v>12</v>", "", None, ["figure-not-a-date"]),
        ("<is><t>12/10/2023</t></is>", "inlineStr", 45211.0, ["read-as"]),
        ("<is><t>ngày 12 tháng 10 năm 2023</t></is>", "inlineStr", 45211.0, ["read-as"]),
        ("<is><t>10/23/2023</t></is>", "inlineStr", None, ["figure-date-unclear"]),
        ("<is><t>12/10/23</t></is>", "inlineStr", None, ["figure-date-unclear"]),
        ("<is><t>giữa tháng 10</t></is>", "inlineStr", None, ["figure-not-a-date"]),
    ],
)
def test_a_day_must_be_a_day(inside: str, kind: str, value: float | None, codes: list[str]) -> None:
    sent = poured(entered(PROVINCE), Unit("LC", "LĐLĐ tỉnh", "TINH", ""))
    submission, findings = read(put(sent, OPENING, inside, kind))
    assert [f.code for f in findings] == codes
    assert submission.value(OPENING) == value


@pytest.mark.parametrize(
    ("name", "inside", "kind", "found"),
    [
        ("tvpl_luot.as_of", "<is><t>cuối tháng</t></is>", "inlineStr", ("not-a-date", "cuối tháng")),
        ("tvpl_luot.as_of", "<v>20230930</v>", "", ("date-unclear", "20230930")),
        ("tvpl_luot.as_of", "<is><t>30/9/23</t></is>", "inlineStr", ("date-unclear", "30/9/23")),
        ("tvpl_luot.as_of", "<v>#N/A</v>", "e", ("error-value", "#N/A")),
        ("tvpl_luot.qualifier", "<is><t>hơn</t></is>", "inlineStr", ("unknown-choice", "hơn")),
        ("meta.as_of", "<is><t>30/9</t></is>", "inlineStr", ("not-a-date", "30/9")),
        ("meta.as_of", "", "", ("cover-blank", "")),
        ("meta.version", "<is><t>Bản cuối</t></is>", "inlineStr", ("unknown-choice", "Bản cuối")),
        (ANSWER.ref, "<f>x</f><v>#NAME?</v>", "e", ("error-value", "#NAME?")),
    ],
)
def test_odd_facts_are_said_at_their_cell(name: str, inside: str, kind: str, found: tuple[str, str]) -> None:
    content = put(SENT, name, inside, kind)
    assert said(content) == [(found[0], name, found[1])]
    assert read(content)[1][0].place.cell == PLAN.names[name].a1


def test_an_unknown_version_counts_as_a_draft() -> None:
    assert read(put_text(SENT, "meta.version", "Bản cuối"))[0].meta["meta.version"] == DRAFT
    assert read(put(SENT, "meta.version", ""))[0].meta["meta.version"] == DRAFT


def test_a_code_typed_as_a_number_keeps_its_digits() -> None:
    assert read(put(SENT, "meta.unit", "<v>12</v>"))[0].unit == "12"


def test_decomposed_texts_are_composed() -> None:
    content = put_text(SENT, "tvpl_luot.qualifier", normalize("NFD", "từ … trở lên"))
    submission, findings = read(content)
    assert [f.code for f in findings] == ["text-decomposed"]
    assert submission.attributes["tvpl_luot.qualifier"] == "từ … trở lên"


def without_row(content: bytes, name: str, emptied: tuple[int, ...]) -> bytes:
    """The workbook without a name and without what its row could be known by."""
    sheet, row, _ = read_grid(content).names[name]
    for col in emptied:
        content = put(content, (sheet, row, col), "")
    return without_name(put(content, name, ""), name)


def test_a_deleted_figure_is_said_and_blank() -> None:
    submission, findings = read(without_row(SENT, "tvpl_luot.actual", (0, 2)))
    assert [(f.code, f.place.ref) for f in findings] == [("cell-missing", "tvpl_luot.actual")]
    assert submission.value("tvpl_luot.actual") is None


@pytest.mark.parametrize("name", [ANSWER.ref, ANSWER.ref + ".more"])
def test_a_deleted_narrative_is_said(name: str) -> None:
    told = [one for one in said(without_row(SENT, name, (0, 1))) if one[0] != "rows-deleted"]
    assert told == [("cell-missing", ANSWER.ref, "")]


@pytest.mark.parametrize(("stands", "codes"), [("95", ["derived-differs"]), ("90.6", []), ("90.6005", [])])
def test_a_derived_cell_is_computed_again(stands: str, codes: list[str]) -> None:
    submission, findings = read(put(SENT, "pm_dv_ty_le.actual", f"<v>{stands}</v>"))
    assert [f.code for f in findings] == codes
    assert submission.value("pm_dv_ty_le.actual") == 90.6


def test_a_derived_cell_with_a_number_but_nothing_to_compute_it_from_is_said() -> None:
    (finding,) = read(put(SENT, "dh_cdcs_ty_le.actual", "<v>100</v>"))[1]
    assert (finding.code, finding.facts["typed"], finding.facts["computed"]) == ("derived-differs", "100", "trống")


def rejected(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(content)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("meta.fingerprint", "0123456789abcdef", "structure-changed"),
        ("meta.level", "CDCS", "structure-changed"),
        ("meta.level", "XA", "structure-changed"),
        ("meta.form_version", "0", "other-version"),
        ("meta.form", "bao_cao_khac", "not-ours"),
        ("meta.form", "", "not-ours"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_rejected(name: str, typed: str, code: str) -> None:
    assert rejected(put_text(SENT, name, typed)) == code


def test_a_strange_workbook_is_rejected() -> None:
    assert rejected(resaved(SENT, lambda book: book.remove(book["_meta"]))) == "not-ours"


def test_inserted_rows_change_nothing_but_places() -> None:
    above = PLAN.names["tvpl_luot.actual"].row + 1
    content = with_rows_inserted(SENT, "PL03", above, 3)
    submission, findings = read(content)
    assert [(f.code, f.facts["count"]) for f in findings] == [("rows-inserted", "3")] and same(
        submission, read(SENT)[0]
    )
    moved = PLAN.names["tvpl_luot.actual"]
    assert submission.place("tvpl_luot.actual") == ("PL03", Cell("PL03", moved.row + 3, moved.col).a1)


def test_renamed_and_reordered_sheets_change_nothing_but_places() -> None:
    old, new = "PL03", "Phụ lục 3 (bản 'sửa')"

    def change(book) -> None:  # type: ignore[no-untyped-def]
        book[old].title = new
        for defined in book.defined_names.values():
            defined.attr_text = re.sub(rf"^'?{old}'?!", "'Phụ lục 3 (bản ''sửa'')'!", defined.attr_text)
        book.move_sheet(new, -2)
        book.move_sheet("_meta", -5)

    submission, findings = read(resaved(SENT, change))
    assert [f.code for f in findings] == ["sheets-reordered", "sheet-renamed"] and same(submission, read(SENT)[0])
    assert submission.place("tvpl_luot.actual")[0] == new


def test_two_cells_of_a_narrative_are_one_text() -> None:
    content = put_text(put_text(SENT, ANSWER.ref, "Một."), ANSWER.ref + ".more", "Hai.")
    assert read(content)[0].narratives[ANSWER.id] == "Một.\nHai."
    only_more = put_text(put(SENT, ANSWER.ref, ""), ANSWER.ref + ".more", "Hai.")
    assert read(only_more)[0].narratives[ANSWER.id] == "Hai."


def test_a_narrative_too_long_for_its_cell_is_said_and_kept() -> None:
    long = "Rất dài. " * 600
    submission, findings = read(put_text(SENT, ANSWER.ref, long))
    assert [(f.code, f.place.ref) for f in findings] == [("narrative-long", ANSWER.ref)]
    assert submission.narratives[ANSWER.id] == long


# ---------- a summary, read back by the next level up

CHILDREN = {
    "LC-01-001": {
        "tvpl_luot.actual": 3.0,
        "tvpl_truc_tiep.actual": 1.0,
        "thu_nhap_bq_hcsn.actual": 6e6,
        "cnvcld_hcsn.actual": 10.0,
    },
    "LC-01-002": {"tvpl_luot.actual": 4.0, "thu_nhap_bq_hcsn.actual": 9e6, "cnvcld_hcsn.actual": 20.0},
}


def summary() -> tuple[bytes, Submission]:
    """The summary of a district over two unions, with a figure of its own."""
    children = []
    for code, figures in CHILDREN.items():
        unit = Unit(code, f"CĐCS {code}", "CDCS", UNIT.code)
        children.append(read(poured(entered(FORM.at("CDCS"), figures), unit))[0])
    own = read(poured(entered(VIEW, {"tvpl_luot.actual": 100.0}), UNIT))[0]
    merged, _ = merge(own, children)
    return summary_workbook(merged, cover_of(UNIT, FORM, own.meta)), merged


SUMMARY, MERGED = summary()
FIRST_UNIT = read_grid(SUMMARY).names["units.PL03"]
TOTAL_COL = read_grid(SUMMARY).names["own.tvpl_luot.actual"][2]


def test_a_summary_adds_its_rows_again() -> None:
    found, findings = read(SUMMARY)
    assert findings == [] and found.is_summary
    assert np.array_equal(found.values, MERGED.values, equal_nan=True)
    assert (found.value("tvpl_luot.actual"), found.own_value("tvpl_luot.actual")) == (107.0, 100.0)
    assert found.value("thu_nhap_bq_hcsn.actual") == 8e6 and found.weights["thu_nhap_bq_hcsn.actual"] == 30.0
    position = VIEW.position["tvpl_luot.actual"]
    assert {line.unit: line.values[position] for line in found.lines} == {"LC-01-001": 3.0, "LC-01-002": 4.0}
    assert (found.reported["tvpl_luot.actual"], found.reported["tvpl_truc_tiep.actual"]) == (2, 1)


def test_a_total_typed_over_is_said_and_not_believed() -> None:
    submission, findings = read(put(SUMMARY, "tvpl_luot.actual", "<v>999</v>"))
    (finding,) = findings
    assert (finding.code, finding.facts["typed"], finding.facts["computed"]) == ("total-differs", "999", "107")
    assert submission.value("tvpl_luot.actual") == 107.0


def test_an_own_figure_typed_later_counts_and_the_old_total_is_said() -> None:
    submission, findings = read(put(SUMMARY, "own.tvpl_luot.actual", "<v>200</v>"))
    assert [f.code for f in findings] == ["total-differs"]
    assert (submission.value("tvpl_luot.actual"), submission.own_value("tvpl_luot.actual")) == (207.0, 200.0)


@pytest.mark.parametrize(
    ("inside", "kind", "code", "typed"),
    [("<is><t>vài</t></is>", "inlineStr", "not-a-number", "vài"), ("<v>#REF!</v>", "e", "error-value", "#REF!")],
)
def test_what_is_no_number_in_a_unit_s_row_is_said(inside: str, kind: str, code: str, typed: str) -> None:
    sheet, row, _ = FIRST_UNIT
    _, findings = read(put(SUMMARY, (sheet, row, TOTAL_COL), inside, kind))
    first, second, third = findings
    assert (first.code, first.facts["typed"], first.place.sheet) == (code, typed, sheet)
    assert first.place.cell == Cell(sheet, row, TOTAL_COL).a1
    assert (second.code, second.facts["computed"]) == ("total-differs", "104")
    assert third.code == "lines-altered"


def test_a_text_in_the_own_row_is_said_but_is_no_text_in_the_total_s_cell() -> None:
    submission, findings = read(put_text(SUMMARY, "own.tvpl_luot.actual", "vài"))
    assert findings[0].code == "not-a-number" and submission.texts == {}


@pytest.mark.parametrize(
    ("stands", "codes"), [(5.0, ["read-as"]), (36.0, ["read-as"]), (9.0, ["read-as", "derived-differs"])]
)
def test_what_a_taken_text_does_to_a_sum_of_excel_is_told_once(stands: float, codes: list[str]) -> None:
    """Excel adds no texts: its sum is right without the text, and once the number is typed with it."""
    view = load("nam_2020_003").at("CTTT")
    content = poured(entered(view, {"tsv_tien.actual": 5.0}), UNIT)
    content = put_text(put(content, "cham_lo_tong_tien.actual", f"<v>{stands}</v>"), "ma_tien.actual", "31")
    submission, findings = read(content)
    assert [f.code for f in findings if f.code != "cover-blank"] == codes
    assert (submission.value("ma_tien.actual"), submission.value("cham_lo_tong_tien.actual")) == (31.0, 36.0)


def test_an_own_figure_typed_as_a_certain_text_counts() -> None:
    submission, findings = read(put_text(SUMMARY, "own.tvpl_luot.actual", "hai trăm"))
    assert [f.code for f in findings] == ["read-as", "total-differs"]
    assert (submission.value("tvpl_luot.actual"), submission.own_value("tvpl_luot.actual")) == (207.0, 200.0)
    assert findings[0].place.cell == Cell(*read_grid(SUMMARY).names["own.tvpl_luot.actual"]).a1


def test_a_summary_without_its_rows_is_said() -> None:
    codes = [code for code, _, _ in said(without_name(SUMMARY, "units.PL03"))]
    assert codes[0] == "summary-part-unreadable"
    assert set(codes[1:]) == {"total-differs", "lines-altered", "stray-sheet"}


# ---------- files


def test_a_file_is_read_with_its_hash_and_name(tmp_path: Path) -> None:
    path = tmp_path / "BC (1) (copy).xlsx"
    path.write_bytes(SENT)
    outcome = read_file(path, "đã gửi/BC.xlsx")
    assert (outcome.status, outcome.unit, outcome.form, outcome.findings) == ("accepted", "LC-01", FORM.id, [])
    assert outcome.submission is not None
    assert outcome.submission.source.sha256 == hashlib.sha256(SENT).hexdigest()
    assert outcome.submission.source.file == "đã gửi/BC.xlsx"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file-kind"), (b"%PDF", "file-kind"), (SENT[:5000], "file-unreadable")]
)
def test_a_broken_file_is_rejected_with_its_name(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    outcome = read_file(path, "a.xlsx")
    assert outcome.status == "rejected" and outcome.submission is None
    assert [(f.code, f.place.file) for f in outcome.findings] == [(code, "a.xlsx")]


def _folder(path: Path) -> None:
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(40 * 2**20)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "file-unreadable"),
        (_folder, "file-unreadable"),
        (_huge, "file-unreadable"),
        (lambda path: os.mkfifo(path), "file-kind"),
    ],
    ids=["missing", "folder", "huge", "fifo"],
)
def test_what_is_no_regular_file_is_rejected(tmp_path: Path, make: Callable[[Path], None], code: str) -> None:
    make(tmp_path / "x.xlsx")
    with pytest.raises(Unreadable) as caught:
        snapshot(tmp_path / "x.xlsx")
    assert caught.value.code == code


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.integers(0, len(SENT)))
def test_no_bytes_raise_out_of_read_file(tmp_path_factory: pytest.TempPathFactory, junk: bytes, length: int) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.xlsx"
    for content in (junk, SENT[:length], SENT[:length] + junk):
        path.write_bytes(content)
        assert read_file(path, "x").status in ("accepted", "rejected")


NUMBERS = re.compile(r'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?>(?:<f>[^<]*</f>)?<v>)[^<]*(?=</v>)')
ODD = ["", "-1", "1e308", "-1e308", "1e999", "NaN", "0x10", "1,5", "9" * 400, "٣", "TRUE", " 7 ", "&#50;3", "45211.5"]


@pytest.mark.parametrize("seed", range(8))
def test_odd_values_in_any_cell_never_raise(seed: int) -> None:
    """Every number of every sheet replaced by something odd: read or rejected, figures finite."""
    chance = random.Random(seed)
    content = SENT
    with zipfile.ZipFile(io.BytesIO(SENT)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    for part in chance.sample(parts, 3):
        content = part_changed(
            content,
            part,
            lambda text: NUMBERS.sub(lambda m: m[1] + chance.choice(ODD) if chance.random() < 0.5 else m[0], text),
        )
    try:
        submission, _ = read(content)
    except Unreadable as error:
        assert error.code in ("file-unreadable", "file-markup", "structure-changed", "not-ours", "other-version")
    else:
        assert not np.isinf(submission.values).any()
