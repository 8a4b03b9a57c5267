"""A form through a spreadsheet: out and in again to the byte; what an expert types wrong is told by cell."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries

from consolidator.cli import main
from consolidator.console import CANNOT, CLEAN, ERRORS
from consolidator.documenting import form_page
from consolidator.formexport import export
from consolidator.formfound import Read
from consolidator.formimport import read_form
from consolidator.formnormal import normalised
from consolidator.formproof import _words, import_form
from consolidator.formschema import (
    COLUMNS,
    FILES,
    FORM,
    HEAD_ROW,
    INDICATORS,
    NARRATIVES,
    PLANS,
    RULES,
    TABLES,
    Plan,
)
from consolidator.grid import read_grid
from consolidator.rulebook import form_ids, load, rules_folder, source_texts
from consolidator.writtencommands import NEW_INDICATORS

QUARTER, REVIEW = "quy3_2023_004", "gnk_backan_002"


@pytest.fixture(scope="module")
def books() -> dict[str, bytes]:
    """The workbook of every form."""
    return {form_id: export(form_id) for form_id in form_ids()}


def edited(content: bytes, change: Callable[[Workbook], None]) -> bytes:
    """The workbook after an expert worked in it."""
    book, saved = load_workbook(BytesIO(content)), BytesIO()
    change(book)
    book.save(saved)
    return saved.getvalue()


def place(book: Workbook, plan: Plan, key: str, column: str) -> str:
    """The address of a column of the row with a key (of the first row of all, for "")."""
    sheet = book[plan.sheet]
    letters = {one.key: sheet.cell(1, at).column_letter for at, one in enumerate(plan.fields, 1)}
    where = next(n for n in range(HEAD_ROW + 2, sheet.max_row + 1) if sheet[f"{letters[plan.key]}{n}"].value == key)
    return f"{letters[column]}{where}"


def form_place(book: Workbook, key: str) -> str:
    """The address of a value on the sheet of the form."""
    sheet = book[FORM.sheet]
    return next(f"C{row}" for row in range(1, sheet.max_row + 1) if sheet[f"A{row}"].value == key)


def add(book: Workbook, plan: Plan, **values: object) -> int:
    """Types a row into the first free line; its number."""
    sheet = book[plan.sheet]
    row = next(n for n in range(HEAD_ROW + 2, 2_000) if all(c.value is None for c in sheet[n]))
    for at, one in enumerate(plan.fields, 1):
        sheet.cell(row, at).value = values.get(one.key)  # type: ignore[assignment]
    return row


def told(done: Read) -> dict[tuple[str, str], str]:
    return {(one.sheet, one.cell): one.text for one in done.mistakes}


@pytest.mark.parametrize("form_id", form_ids())
def test_out_and_in_again_is_the_normal_form_to_the_byte(form_id: str, books: dict[str, bytes]) -> None:
    done = read_form(read_grid(books[form_id]))
    wanted = {file: normalised(file, text) for file, text in source_texts(form_id, FILES).items()}
    assert (done.mistakes, done.added, done.form_id) == ([], {}, form_id)
    assert done.texts() == wanted


def test_the_normal_form_says_all_that_the_source_says(tmp_path: Path) -> None:
    """Out and in again would agree too if both left the same thing out."""
    home = tmp_path / "rules"
    shutil.copytree(rules_folder(), home)
    for form_id in form_ids():
        for file, text in source_texts(form_id, FILES).items():
            (home / form_id / file).write_text(normalised(file, text), "utf-8")
        assert form_page(load(form_id, home)) == form_page(load(form_id))
        assert asdict(load(form_id, home)) == asdict(load(form_id))


def test_the_same_form_makes_the_same_bytes(books: dict[str, bytes]) -> None:
    assert export(QUARTER) == books[QUARTER]


def test_drop_downs_offer_what_may_be_typed(books: dict[str, bytes]) -> None:
    book = load_workbook(BytesIO(books[REVIEW]))
    offered = {}
    for plan in PLANS:
        for one in book[plan.sheet].data_validations.dataValidation:
            if one.type == "list":
                name, _, area = one.formula1.partition("!")
                left, top, _, bottom = range_boundaries(area.replace("$", ""))
                cells = [book[name.strip("'")].cell(row, left).value for row in range(top, bottom + 1)]
                column = range_boundaries(str(one.sqref).split(" ")[0])[0]
                offered[plan.sheet, plan.fields[column - 1].key] = cells
    assert offered[RULES.sheet, "severity"] == ["Lỗi", "Cảnh báo", "Lưu ý"]
    assert offered[NARRATIVES.sheet, "dept"] == ["VP", "CTCS", "TCKT", "BTC"]
    assert offered[NARRATIVES.sheet, "required"] == ["có", "không"]
    choices = {(p.sheet, f.key) for p in PLANS for f in p.fields if f.kind in ("choice", "flag")}
    assert choices <= offered.keys() and all(all(cells) for cells in offered.values())


def test_an_expert_adds_an_indicator_a_question_a_rule_and_a_column(books: dict[str, bytes], tmp_path: Path) -> None:
    def work(book: Workbook) -> None:
        new = {"label": "Số tổ tự quản", "unit": "tổ", "type": "số nguyên", "agg": "cộng", "kind": "số tại thời điểm"}
        add(book, INDICATORS, sheet="PL02", code="to_tu_quan", level="CDCS", dept="TCKT", source="002:1", **new)
        add(book, NARRATIVES, path="II.1.i", id="self_managed", kind="Phải viết", heading="Tổ tự quản", prompt="Nêu.")
        example = {"good": "to_tu_quan.actual = 0", "bad": "to_tu_quan.actual = -1\nto_tu_quan.actual = -20"}
        words = {"message": "Số tổ không thể âm.", "fix": "Sửa lại.", "source": "002:1", "severity": "lỗi"}
        add(book, RULES, code="ZZ001", check="to_tu_quan.actual >= 0", comment="Vì sao\n\nnhư vậy", **words, **example)
        choice = {"type": "chọn trong danh sách", "choices": "a\nb, c"}
        add(book, COLUMNS, table="chi_tieu", id="more", label="Nói thêm", **choice)
        book[FORM.sheet][form_place(book, "version")].value = 2
        book[FORM.sheet][form_place(book, "period.end")].value = "31/12/2021"

    done = import_form(read_grid(edited(books[REVIEW], work)))
    assert done.mistakes == [] and list(done.added) == ["to_tu_quan"]
    texts = done.texts()
    assert '# Vì sao\n\n# như vậy\n[[rule]]\ncode = "ZZ001"' in texts["rules.toml"]
    assert 'bad = [{ "to_tu_quan.actual" = -1 }, { "to_tu_quan.actual" = -20 }]' in texts["rules.toml"]
    assert 'choices = ["a", "b, c"]' in texts["tables.toml"]
    assert 'version = "2"' in texts["form.toml"] and "end = 2021-12-31" in texts["form.toml"]


def test_moved_columns_inserted_rows_and_straight_quotes_are_no_mistakes(books: dict[str, bytes]) -> None:
    def work(book: Workbook) -> None:
        sheet = book[RULES.sheet]
        sheet.insert_cols(1)
        sheet["A1"].value = "của tôi"
        sheet.insert_rows(2)
        book[TABLES.sheet].move_range("A3:B20", cols=30)

    done = read_form(read_grid(edited(books[REVIEW], work)))
    assert done.mistakes == []
    assert done.texts() == {file: normalised(file, text) for file, text in source_texts(REVIEW, FILES).items()}


def test_every_slip_in_a_cell_is_told_with_its_cell(books: dict[str, bytes]) -> None:
    wanted: dict[tuple[str, str], str] = {}

    def work(book: Workbook) -> None:
        def slip(plan: Plan, key: str, column: str, value: object, words: str) -> None:
            cell = place(book, plan, key, column)
            book[plan.sheet][cell].value = value  # type: ignore[union-attr]
            wanted[plan.sheet, cell] = words

        def slip_in_form(key: str, value: object, words: str) -> None:
            book[FORM.sheet][form_place(book, key)].value = value
            wanted[FORM.sheet, form_place(book, key)] = words

        slip_in_form("levels", "CDCS, HUYEN", "không có “HUYEN” trong danh sách")
        slip_in_form("period.start", "31/02/2018", "không phải là ngày")
        slip_in_form("name", None, "bắt buộc")
        cell = form_place(book, "version").replace("C", "E")
        book[FORM.sheet][cell].value = "gõ\x7fnhầm"
        wanted[FORM.sheet, cell] = "ký tự điều khiển"
        slip(INDICATORS, "dv_tong", "sheet", "PL99", "không có “PL99”")
        slip(INDICATORS, "dv_nu", "label", "Tên khác", "chỉ tiêu chung của mọi biểu mẫu")
        slip(NARRATIVES, "difficulties_limitations_causes", "kind", "có lẽ", "không có trong danh sách")
        slip(NARRATIVES, "recommendations", "path", 2.5, "Định dạng ô là Văn bản")
        slip(NARRATIVES, "contents", "levels", "CDCS; CDCS", "đứng hai lần")
        slip(NARRATIVES, "propaganda_education", "required", "chắc", "Chọn “có” hoặc “không”")
        slip(NARRATIVES, "finance_assets", "indicators", "dp_thu, khong_co", "không có “khong_co”")
        slip(RULES, "CP001", "good", '"x.actual" = = 3', "dòng 1 trong ô không đọc được")
        slip(RULES, "DL002", "severity", "nặng", "Lỗi, Cảnh báo, Lưu ý")
        slip(RULES, "DL009", "code", "TL007", "đứng hai lần")
        slip(TABLES, "chi_tieu", "rows", "nhiều", "không phải là số")
        slip(TABLES, "kien_nghi", "key", "tua_de", "không có cột “tua_de”")
        row = add(book, NARRATIVES, path="II.5", id="New One", kind="phải viết", heading="Mới")
        wanted.update({(NARRATIVES.sheet, f"{column}{row}"): "" for column in "AE"})
        wanted[NARRATIVES.sheet, f"B{row}"] = "chỉ chữ thường không dấu"
        row = add(book, COLUMNS, table="khong_co", id="a", label="b", type="chữ")
        wanted[COLUMNS.sheet, f"A{row}"] = "Không có bảng “khong_co”"
        row = add(book, INDICATORS, sheet="PL02", code="moi_toanh")
        wanted[INDICATORS.sheet, f"C{row}"] = "phải điền “Tên chỉ tiêu”"

    found = told(import_form(read_grid(edited(books[REVIEW], work))))
    assert [(cell, found.get(cell, "")) for cell, words in wanted.items() if words not in found.get(cell, "")] == []
    further = {cell: text for cell, text in found.items() if cell not in wanted}
    assert all("phải điền" in text for text in further.values()), further  # the rest of the new indicator's row


def test_what_the_proof_refuses_is_told_by_cell_all_at_once(books: dict[str, bytes]) -> None:
    wanted: dict[tuple[str, str], str] = {}

    def work(book: Workbook) -> None:
        def slip(plan: Plan, key: str, column: str, value: str, words: str, at: str = "") -> None:
            book[plan.sheet][place(book, plan, key, column)].value = value  # type: ignore[union-attr]
            wanted[plan.sheet, place(book, plan, key, at or column)] = words

        slip(RULES, "TL007", "check", "meta.period_end >= ", "không đọc được")
        slip(RULES, "DL002", "check", "meta.hom_qua < meta.deadline", "không có dữ kiện “meta.hom_qua”")
        slip(
            RULES,
            "DL009",
            "bad",
            '"meta.conference_on" = 2021-01-15',
            "ví dụ 'meta.conference_on': 15/1/2021 cho kết quả “Đạt”, trái",
        )
        slip(RULES, "CP010", "check", "x.actual + x.baseline", "phải là một điều đúng hoặc sai")
        slip(RULES, "CP005", "message", "Sai {ai}", "không có gì để điền vào {ai}")
        slip(RULES, "CP006", "check", "r.la_gi > 0", "không có cột “la_gi”")

    found = told(import_form(read_grid(edited(books[REVIEW], work))))
    assert [(cell, found.get(cell, "")) for cell, words in wanted.items() if words not in found.get(cell, "")] == []
    assert found.keys() == wanted.keys()


REASONS = (
    ("rules.toml", "= dh_vk_tu_khai_quat +", "= dh_vk_tu_khai_qua +"),
    ("rules.toml", '"bac_nguong.target = 18000"', '"FOO(bac_nguong.target) = 18000"'),
    ("rules.toml", '"bac_nguong.target = 18000"', '"bac_nguong.muc_tieu = 18000"'),
    ("rules.toml", '"bac_nguong.target = 18000"', '"bac_nguong.target & 18000"'),
    ("rules.toml", '"bac_nguong.target = 18000"', '"ABS(1,2) = 18000"'),
    ("rules.toml", '"bac_nguong.target = 18000"', "\"bac_nguong.target = 'a'\""),
    ("rules.toml", "for_each = { ", 'for_each = { foo = "1", '),
    ("rules.toml", "bad = [{ dh_vk_tu_y_kien = 3", "bad = []\n#"),
    ("narratives.toml", 'id = "workers_situation"', 'id = "Wo"'),
    ("narratives.toml", 'dept = "CTCS"', 'dept = "X"'),
    ("form.toml", '  "cnvcld_hcsn",\n', ""),
    ("form.toml", '"TINH"]', '"TNH"]'),
    ("form.toml", "end = 2023-09-30", ""),
)


@pytest.mark.parametrize(("file", "old", "new"), REASONS)
def test_reasons_of_the_proof_have_vietnamese_words(file: str, old: str, new: str, tmp_path: Path) -> None:
    import shutil

    from consolidator.rulebook import RulebookError

    shutil.copytree(rules_folder(), tmp_path / "rules")
    path = tmp_path / "rules" / QUARTER / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RulebookError) as refused:
        load(QUARTER, tmp_path / "rules")
    assert "bảo trì" not in _words(refused.value.reason)[1], refused.value.reason


def test_a_workbook_that_lost_sheets_or_headings_says_which(books: dict[str, bytes]) -> None:
    def work(book: Workbook) -> None:
        del book[INDICATORS.sheet]
        book[RULES.sheet].cell(HEAD_ROW + 1, 2).value = "Cái gì"

    found = told(import_form(read_grid(edited(books[QUARTER], work))))
    assert "Thiếu trang “Chỉ tiêu”" in found[INDICATORS.sheet, ""] or "chưa có chỉ tiêu" in found[INDICATORS.sheet, ""]
    assert "thiếu cột “Điều phải đúng”" in found[RULES.sheet, f"A{HEAD_ROW + 1}"]


def test_the_command_exports_checks_and_writes(
    books: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "biểu mẫu.xlsx", tmp_path / "ra"
    assert main(["form", "export", QUARTER, str(path)]) == CLEAN
    assert path.read_bytes() == books[QUARTER]
    assert main(["form", "export", QUARTER, str(path)]) == CANNOT and "Đã có tệp" in capsys.readouterr().err
    assert main(["form", "export", "khong_co", str(tmp_path / "x.xlsx")]) == CANNOT
    assert main(["form", "import", str(tmp_path / "none.xlsx")]) == CANNOT
    (tmp_path / "x\x1b[2J.xlsx").write_bytes(b"%PDF-1.7")
    capsys.readouterr()
    assert main(["form", "import", str(tmp_path / "x\x1b[2J.xlsx")]) == CANNOT
    told = capsys.readouterr().err
    assert "PDF" in told and "\x1b" not in told
    assert main(["form", "import", str(path)]) == CLEAN and not out.exists()

    def work(book: Workbook) -> None:
        new = {"label": "Mới", "unit": "cái", "type": "int", "agg": "sum", "kind": "stock", "level": "CDCS"}
        add(book, INDICATORS, sheet="PL02", code="moi_toanh", dept="TCKT", source="ta", **new)

    path.write_bytes(edited(books[QUARTER], work))
    assert main(["form", "import", str(path), "--out", str(out)]) == CLEAN
    written = {one.name: one.read_text("utf-8") for one in (out / QUARTER).iterdir()}
    assert written["narratives.toml"] == normalised("narratives.toml", source_texts(QUARTER, FILES)["narratives.toml"])
    line = (out / NEW_INDICATORS).read_text("utf-8")
    assert re.match(r'moi_toanh = \{ label = "Mới", unit = "cái", type = "int", .*sheet = "PL02" \}\n$', line)

    def spoil(book: Workbook) -> None:
        book[FORM.sheet][form_place(book, "id")].value = None

    path.write_bytes(edited(books[QUARTER], spoil))
    assert main(["form", "import", str(path), "--out", str(out)]) == ERRORS
    assert "Lỗi [Biểu mẫu!C4] “Mã biểu mẫu” còn trống" in capsys.readouterr().out
