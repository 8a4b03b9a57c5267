"""Seals: whole after a save without changes, broken by any change of what was entered, in files of any program."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from consolidator.booknames import LINES_DIGEST, SEAL, SEALED_ON, UNSEALED
from consolidator.consolidation import run
from consolidator.content import cover_of
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.merging import merge
from consolidator.packaging import Package
from consolidator.reading import read_submission
from consolidator.sealing import Unsealable, digest_of, is_sealed, is_whole, sealed
from consolidator.splitting import join, split
from consolidator.submission import Submission
from consolidator.summarising import summary_workbook
from tests.district import DISTRICT, A, B, entry, order, put, retype, submission
from tests.extent import some
from tests.tampering import part_changed, resaved, sheet_part, without_name

WHEN = "09:31:05 21/11/2026"
FIGURES = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 100}


@pytest.fixture
def blank(form: Form, tmp_path: Path) -> bytes:
    narratives = {form.at("CDCS").answers[0].id: "Đã tổ chức 12 cuộc <hội nghị> & 3 lớp."}
    return put(tmp_path, form, entry(A, FIGURES, narratives)).read_bytes()


def read(content: bytes) -> tuple[Submission, list[str]]:
    submission, findings = read_submission(read_grid(content))
    return submission, [finding.code for finding in findings]


def test_a_blank_workbook_bears_no_seal(blank: bytes) -> None:
    one, codes = read(blank)
    assert (is_sealed(one), one.meta[SEAL], one.meta[SEALED_ON], "seal-broken" in codes) == (False, "-", "-", False)
    assert UNSEALED == "-"


def test_a_sealed_copy_is_whole_and_says_when(blank: bytes) -> None:
    content, digest = sealed(blank, read(blank)[0], WHEN)
    one, codes = read(content)
    assert is_sealed(one) and is_whole(one) and "seal-broken" not in codes
    assert (one.meta[SEALED_ON], one.meta[SEAL]) == (WHEN, digest)
    assert len(digest) == 64


def test_only_the_seal_changes_in_the_file(blank: bytes) -> None:
    """Everything else is the same part for part: nothing a unit's workbook holds is lost on the way."""
    import io
    import zipfile

    content, _ = sealed(blank, read(blank)[0], WHEN)
    with zipfile.ZipFile(io.BytesIO(blank)) as old, zipfile.ZipFile(io.BytesIO(content)) as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert sorted(changed) == sorted({sheet_part(blank, "Bìa"), sheet_part(blank, "_meta")})


def test_saving_without_a_change_keeps_the_seal(blank: bytes) -> None:
    content, _ = sealed(blank, read(blank)[0], WHEN)
    one, codes = read(resaved(content, lambda book: None))
    assert is_whole(one) and "seal-broken" not in codes


def figure(book: Workbook) -> None:
    _type(book, "tvpl_luot.actual", 131)


def narrative(book: Workbook) -> None:
    name = next(name for name in book.defined_names if name.startswith("n."))
    _type(book, name, "Một câu khác.")


def cover(book: Workbook) -> None:
    _type(book, "meta.prepared_by", "Người khác")


def time(book: Workbook) -> None:
    _type(book, SEALED_ON, "08:00:00 01/11/2026")


def explanation(book: Workbook) -> None:
    sheet = book["Giải trình"]
    sheet.cell(6, 3).value, sheet.cell(6, 7).value = "BD006", "Thêm sau khi nộp."


def _type(book: Workbook, name: str, value: object) -> None:
    sheet, cell = next(iter(book.defined_names[name].destinations))
    book[sheet][cell] = value


@pytest.mark.parametrize("change", [figure, narrative, cover, time, explanation])
def test_every_change_of_what_was_entered_breaks_it(blank: bytes, change: Callable[[Workbook], None]) -> None:
    content, _ = sealed(blank, read(blank)[0], WHEN)
    one, codes = read(resaved(content, change))
    assert is_sealed(one) and not is_whole(one)
    assert codes.count("seal-broken") == 1


def test_a_summary_is_sealed_with_what_its_units_sent(form: Form) -> None:
    children = [submission(form, unit, {"tvpl_luot": number}) for unit, number in ((A, 5), (B, 7))]
    summary, _ = merge(submission(form, DISTRICT, {"tvpl_luot": 1}, "CTTT"), children)
    content = summary_workbook(summary, cover_of(DISTRICT, form))
    signed, _ = sealed(content, read(content)[0], WHEN)
    assert is_whole(read(signed)[0])
    sheet = sheet_part_of(signed, "SL")
    assert not is_whole(read(part_changed(signed, sheet, lambda text: text.replace("<v>7</v>", "<v>8</v>", 1)))[0])


def sheet_part_of(content: bytes, start: str) -> str:
    """Part of the first sheet with a figure 7 whose name starts so."""
    import io
    import zipfile

    from consolidator.grid import sheet_parts

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return next(
        part for name, part in sheet_parts(parts).items() if name.startswith(start) and b"<v>7</v>" in parts[part]
    )


@pytest.mark.parametrize("name", [SEAL, "meta.sealed_by", SEALED_ON])
def test_a_workbook_without_the_cells_cannot_be_sealed(blank: bytes, name: str) -> None:
    one, _ = read(blank)
    with pytest.raises(Unsealable, match=re.escape(name)):
        sealed(without_name(blank, name), one, WHEN)


def test_a_digest_does_not_depend_on_the_order_of_notes_nor_on_file_names(form: Form) -> None:
    one = submission(form, A, FIGURES)
    one.attributes = {"tvpl_luot.note": "a", "dv_tong.note": "b"}
    other = submission(form, A, FIGURES)
    other.attributes = {"dv_tong.note": "b", "tvpl_luot.note": "a"}
    assert digest_of(one) == digest_of(other)
    other.attributes = {"dv_tong.note": "a", "tvpl_luot.note": "b"}
    assert digest_of(one) != digest_of(other)


def summary_of(form: Form, tmp: Path) -> bytes:
    """The district's summary over two unions with every kind of thing that a line carries."""
    narratives = {form.at("CDCS").answers[0].id: " Hai  dòng\r\nvà\tmột <b> " + "dài " * 7_000}
    remarks = {"dv_tong.as_of": 45_164.0, "dv_tong.qualifier": "trên", "dv_tong.note": "=1+1 'x' 01"}
    mean = {"cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 19_999_999 / 3}
    put(tmp / "inbox", form, entry(A, {**FIGURES, "dv_tong": 0.1 + 0.2}, narratives, remarks))
    put(tmp / "inbox", form, entry(B, {"tvpl_luot": 7, **mean}))
    put(tmp / "inbox", form, entry(DISTRICT, {"tvpl_luot": 1}))
    run(order(tmp))
    return (tmp / "out" / "summary.xlsx").read_bytes()


def row_below(book: Workbook, sheet: str, unit: str) -> int:
    return next(row[0].row for row in book[sheet].iter_rows(max_col=1) if row[0].value == unit)


def in_matrix(ref: str, value: object) -> Callable[[Workbook], None]:
    """Types over what D-2 gave to a figure; a weight stands to the right of its mean."""

    def change(book: Workbook) -> None:
        ((sheet, address),) = book.defined_names[ref].destinations
        column = address.split("$")[1]
        book[sheet][f"{column}{row_below(book, sheet, 'D-2')}"] = value

    return change


def its_file(book: Workbook) -> None:
    for name in (name for name in book.sheetnames if name.startswith("SL ")):
        book[name].cell(row_below(book, name, "D-2"), 4).value = "0" * 64


def its_narrative(book: Workbook) -> None:
    cell = next(row[2] for row in book["Thuyết minh ĐV"].iter_rows() if row[4].value == "D-1")
    cell.value = f"{cell.value} thêm"


def its_remark(book: Workbook) -> None:
    cell = next(row[6] for row in book["Nguồn"].iter_rows() if row[3].value == "dv_tong")
    cell.value = "khác"


def its_version(book: Workbook) -> None:
    book["Nguồn"].cell(row_below(book, "Nguồn", "D-2"), 4).value = "Chính thức"


def without_a_unit(book: Workbook) -> None:
    for name in (name for name in book.sheetnames if name.startswith("SL ")):
        book[name].delete_rows(row_below(book, name, "D-2"))


BELOW = {
    "figure": in_matrix("own.tvpl_luot.actual", 8),
    "blank": in_matrix("own.tvpl_luot.actual", None),
    "from blank": in_matrix("own.dv_tong.actual", 0),
    "weight": in_matrix("weight.thu_nhap_bq_hcsn.actual", 31),
    "file": its_file,
    "narrative": its_narrative,
    "remark": its_remark,
    "version": its_version,
    "unit": without_a_unit,
}


@pytest.mark.parametrize("change", BELOW.values(), ids=BELOW.keys())
def test_a_change_of_what_units_sent_is_found_out(
    form: Form, tmp_path: Path, change: Callable[[Workbook], None]
) -> None:
    content = summary_of(form, tmp_path)
    assert "lines-altered" not in read(content)[1]
    assert read(resaved(content, change))[1].count("lines-altered") == 1


def own_things(book: Workbook) -> None:
    for name in ("own.tvpl_luot.actual", "own.dv_tong.actual", "tvpl_luot.note", "meta.prepared_by"):
        _type(book, name, 12)
    narrative(book)
    explanation(book)


def test_the_parents_own_part_may_change_freely(form: Form, tmp_path: Path) -> None:
    content = resaved(summary_of(form, tmp_path), own_things)
    one, codes = read(content)
    assert "lines-altered" not in codes
    assert one.own_value("tvpl_luot.actual") == 12


def test_a_summary_of_an_earlier_version_has_no_digest_of_its_lines(form: Form, tmp_path: Path) -> None:
    content = resaved(summary_of(form, tmp_path), lambda book: _type(book, LINES_DIGEST, None))
    assert "lines-altered" not in read(resaved(content, BELOW["figure"]))[1]


def test_no_character_breaks_the_digest_of_the_lines(form: Form, tmp_path: Path) -> None:
    """Control characters, Excel's own escapes, decomposed letters: what the sheet keeps is what was counted."""
    text = unicodedata.normalize("NFD", "Tổ chức") + " \x07 _x0041_ \u00a0 \u2028 ' = \U0001f600"
    narratives = {one.id: text for one in form.at("CDCS").answers[:3]}
    put(tmp_path / "inbox", form, entry(A, FIGURES, narratives, {"dv_tong.note": text}))
    run(order(tmp_path))
    one, codes = read((tmp_path / "out" / "summary.xlsx").read_bytes())
    assert "lines-altered" not in codes and len(one.lines[0].narratives) == 3


def test_a_zero_with_a_sign_is_a_zero(form: Form, tmp_path: Path) -> None:
    """As scripts write one; the summary's sheets have it without."""
    path = put(tmp_path / "inbox", form, entry(A, {**FIGURES, "thu_nhap_bq_hcsn": 7_000_000}))
    retype(path, {"dv_tong.actual": -0.0, "cnvcld_hcsn.actual": -0.0})  # the second is a mean's weight
    assert b"<v>-0" in Package(path.read_bytes()).read(sheet_part(path.read_bytes(), "PL02"))
    run(order(tmp_path))
    assert "lines-altered" not in read((tmp_path / "out" / "summary.xlsx").read_bytes())[1]


def test_a_run_writes_the_altered_lines_anew(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "out" / "summary.xlsx"
    path.write_bytes(resaved(summary_of(form, tmp_path), BELOW["figure"]))
    run(order(tmp_path))
    one, codes = read(path.read_bytes())
    assert "lines-altered" not in codes and one.value("tvpl_luot.actual") == 138


def test_splitting_and_joining_neither_breaks_nor_covers_up(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "out" / "summary.xlsx"
    whole = summary_of(form, tmp_path)
    for content, expected in ((whole, 0), (resaved(whole, BELOW["figure"]), 1)):
        path.write_bytes(content)
        parts = split(path, tmp_path / f"parts{expected}")
        join(path, parts, tmp_path / "joined.xlsx")
        for file in (*some(parts, 2), tmp_path / "joined.xlsx"):
            assert read(file.read_bytes())[1].count("lines-altered") == expected
