"""Where a figure comes from: three levels of real files, whole, moved, altered, missing and broken."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator import isolation, opening
from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.formulawords import formula_words
from consolidator.grammar import parse
from consolidator.isolation import Processes
from consolidator.ledger import prove
from consolidator.linking import path_of
from consolidator.listing import as_json
from consolidator.origin import Origin, State, Trace
from consolidator.readings import Readings
from consolidator.tracewords import WIDTH, trace_json, trace_lines
from consolidator.tracing import CannotTrace, trace
from tests.district import DISTRICT, PROVINCE, A, B, C, entry, order, put, retype
from tests.tampering import put_text
from tests.tiny import Inline

LUOT, MEAN, HEADS, RATE = "tvpl_luot.actual", "thu_nhap_bq_hcsn.actual", "cnvcld_hcsn.actual", "pm_dv_ty_le.actual"
AS_OF = 45_164.0  # 26/8/2023


@pytest.fixture
def province(form: Form, tmp_path: Path) -> Path:
    """A and B under D (own 5), D under P (own 26): 30 + 7 + 5 + 26 = 68. C says nothing of it."""
    inbox = tmp_path / "inbox"
    said = {"tvpl_luot.as_of": AS_OF, "tvpl_luot.qualifier": "trên", "tvpl_luot.note": "Cả tư vấn lưu động."}
    put(inbox, form, entry(A, {"tvpl_luot": 30, "cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}, {}, said))
    put(inbox, form, entry(B, {"tvpl_luot": 7, "cnvcld_hcsn": 30, "thu_nhap_bq_hcsn": 8_000_000, "dv_tong": 9}))
    put(inbox, form, entry(C, {"dv_tong": 3, "pm_dv_cap_nhat": 2}))
    put(inbox, form, entry(DISTRICT, {"tvpl_luot": 5}))
    run(order(tmp_path, summary_path=tmp_path / "huyen" / "D.xlsx"))
    put(tmp_path / "huyen", form, entry(PROVINCE, {"tvpl_luot": 26}))
    paths = {"summary_path": tmp_path / "tinh" / "P.xlsx", "report_path": tmp_path / "tinh" / "report.xlsx"}
    run(order(tmp_path, "P", folder=tmp_path / "huyen", **paths))
    return tmp_path / "tinh" / "P.xlsx"


def test_files_that_a_run_has_read_are_known_by_their_bytes(
    province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "ProcessPoolExecutor", Inline)
    engine, plain = Processes(Readings(tmp_path / "nhớ")), trace(province, LUOT)
    read, read_grid = list[int](), opening.read_grid
    monkeypatch.setattr(
        opening, "read_grid", lambda content, *only: read.append(len(content)) or read_grid(content, *only)
    )
    assert trace(province, LUOT, engine) == plain and len(read) > 3
    read.clear()
    assert trace(province, LUOT, engine) == plain and not read
    retype(tmp_path / "inbox" / "D-1.xlsx", {LUOT: 31})
    changed = under(trace(province, LUOT, engine).tree, DISTRICT.code, A.code)
    assert (changed.state, changed.now, len(read)) == (State.CHANGED, 31.0, 1)


def under(tree: Origin, *units: str) -> Origin:
    """The part of a unit, by the way down to it."""
    for unit in units:
        tree = next(child for child in tree.children if child.unit == unit)
    return tree


def every(tree: Origin) -> Iterator[Origin]:
    yield tree
    for child in tree.children:
        yield from every(child)


def cell_of(path: Path, sheet: str, cell: str) -> object:
    return load_workbook(path)[sheet][cell].value


def summary_row(path: Path, unit: str, ref: str) -> tuple[str, str]:
    """Sheet and cell where a summary holds a unit's figure."""
    book = load_workbook(path)
    ((sheet, address),) = book.defined_names[f"own.{ref}"].destinations
    row = next(row[0].row for row in book[sheet].iter_rows() if row[0].value == unit)
    return sheet, address.split("$")[1] + str(row)


def alter(path: Path, unit: str, ref: str, value: object) -> None:
    """Types over a unit's figure in a summary, as nobody should."""
    book = load_workbook(path)
    sheet, cell = summary_row(path, unit, ref)
    book[sheet][cell] = value
    book.save(path)


def test_a_figure_is_walked_down_to_the_cells_it_was_typed_into(province: Path, tmp_path: Path) -> None:
    found = trace(province, LUOT)
    top, district, base = found.tree, under(found.tree, "D"), under(found.tree, "D", "D-1")
    assert [(one.unit, one.value, one.now, one.own, one.state) for one in every(top)] == [
        ("P", 68, 68, 26, None),
        ("D", 42, 42, 5, State.SAME),
        ("D-1", 30, 30, 30, State.SAME),
        ("D-2", 7, 7, 7, State.SAME),
        ("D-3", None, None, None, State.SAME),
    ]
    assert [one.problems for one in every(top)] == [()] * 5
    assert found.is_whole
    assert (district.place.file, base.place.file) == ("../huyen/D.xlsx", "../inbox/D-1.xlsx")
    for one in (district, base):
        content = (province.parent / one.place.file).read_bytes()
        assert one.sha256 == hashlib.sha256(content).hexdigest()
    assert cell_of(tmp_path / "inbox" / "D-1.xlsx", base.place.sheet, base.place.cell) == 30
    own = top.own_place
    assert cell_of(province, own.sheet, own.cell) == 26
    assert (base.said.as_of, base.said.qualifier, base.said.note) == (date(2023, 8, 26), "trên", "Cả tư vấn lưu động.")
    assert (found.period, top.merges, found.formula) == ("Quý III năm 2023", "cộng", "")


def test_what_a_unit_explained_stands_beside_its_figure(form: Form, tmp_path: Path) -> None:
    path = put(tmp_path / "inbox", form, entry(A, {"tvpl_luot": 30}))
    book = load_workbook(path)
    columns = [column.id for column in next(t for t in form.tables if t.id == "explanations").columns]
    ((sheet, run_of),) = book.defined_names["t.explanations.code"].destinations
    row, first = book[sheet][run_of.replace("$", "").partition(":")[0]].row, book[sheet][run_of.split(":")[0]].column
    for name, text in (("code", "BD006"), ("ref", LUOT), ("text", "Tư vấn theo chuyên đề.")):
        book[sheet].cell(row, first + columns.index(name) - columns.index("code")).value = text
    book.save(path)
    run(order(tmp_path))
    found = trace(tmp_path / "out" / "summary.xlsx", LUOT)
    assert under(found.tree, "D-1").said.explanation == "Tư vấn theo chuyên đề."


def test_a_figure_typed_as_a_text_goes_up_as_a_figure_and_its_text_is_kept_in_the_trace(
    form: Form, tmp_path: Path
) -> None:
    """The summary holds figures only; what was typed is seen where it was typed."""
    for unit, typed in ((A, "1.234"), (B, "mười hai"), (C, "khoảng 30")):
        path = put(tmp_path / "inbox", form, entry(unit, {"tvpl_luot": 1}))
        path.write_bytes(put_text(path.read_bytes(), LUOT, typed))
    outcome = run(order(tmp_path))
    prove(outcome.ledger)
    assert outcome.summary is not None and outcome.summary.value(LUOT) == 1246
    told = {file.unit: [one.code for one in file.findings if one.place.ref == LUOT] for file in outcome.files}
    assert told == {"D-1": ["read-as"], "D-2": ["read-as"], "D-3": ["figure-approximate"]}
    found = trace(tmp_path / "out" / "summary.xlsx", LUOT)
    (first, second, third) = found.tree.children
    assert [(one.value, one.typed, one.problems) for one in (first, second)] == [
        (1234, "1.234", ()),
        (12, "mười hai", ()),
    ]
    assert (third.value, third.typed) == (None, "") and found.tree.typed == ""
    sheet, cell = summary_row(tmp_path / "out" / "summary.xlsx", "D-1", LUOT)
    assert cell_of(tmp_path / "out" / "summary.xlsx", sheet, cell) == 1234
    assert "Ghi trong ô: “1.234”" in "\n".join(trace_lines(found))
    assert trace_json(found)["tree"]["children"][0]["typed"] == "1.234"


@pytest.mark.parametrize("ref", ["tvpl_luot", "TVPL_LUOT", "tvpl_luot.actual"])
def test_a_bare_code_means_the_actual_figure(province: Path, ref: str) -> None:
    assert trace(province, ref).ref == LUOT


@pytest.mark.parametrize(("typed", "near"), [("tvpl_lot", "tvpl_luot"), ("được tư vấn pháp luật", "tvpl_luot")])
def test_an_unknown_figure_is_answered_with_those_alike(province: Path, typed: str, near: str) -> None:
    with pytest.raises(CannotTrace, match=near):
        trace(province, typed)


def test_what_is_no_report_cannot_be_traced(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"%PDF")
    for name in ("x.xlsx", "none.xlsx"):
        with pytest.raises(CannotTrace, match=name):
            trace(tmp_path / name, LUOT)


def test_a_file_moved_and_renamed_is_known_by_its_hash(province: Path, tmp_path: Path) -> None:
    (tmp_path / "tinh" / "lưu" / "cũ").mkdir(parents=True)
    shutil.move(tmp_path / "huyen" / "D.xlsx", tmp_path / "tinh" / "lưu" / "cũ" / "BC (1) (copy).xlsx")
    shutil.move(tmp_path / "inbox" / "D-1.xlsx", tmp_path / "tinh" / "lưu" / "khác.xlsx")
    found = trace(province, LUOT)
    assert [(under(found.tree, *way).state, under(found.tree, *way).place.file) for way in (("D",), ("D", "D-1"))] == [
        (State.SAME, "lưu/cũ/BC (1) (copy).xlsx"),
        (State.SAME, "lưu/khác.xlsx"),
    ]
    assert under(found.tree, "D", "D-2").state is State.MISSING
    assert found.is_whole


def test_the_merged_file_goes_before_a_newer_one_in_its_place(province: Path, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "inbox" / "D-1.xlsx", tmp_path / "tinh" / "bản cũ.xlsx")
    retype(tmp_path / "inbox" / "D-1.xlsx", {LUOT: 31})
    one = under(trace(province, LUOT).tree, "D", "D-1")
    assert (one.state, one.now, one.place.file) == (State.SAME, 30, "bản cũ.xlsx")


def test_a_file_changed_since_says_both_numbers(province: Path, tmp_path: Path) -> None:
    retype(tmp_path / "inbox" / "D-1.xlsx", {LUOT: 1031})
    one = under(trace(province, LUOT).tree, "D", "D-1")
    assert (one.state, one.value, one.now) == (State.CHANGED, 30, 1031)
    assert one.problems == ("Khi tổng hợp là 30, tệp nay là 1.031.",)
    assert not trace(province, LUOT).is_whole
    assert under(trace(province, LUOT).tree, "D").problems == ()


def test_a_figure_filled_in_since_is_seen_too(province: Path, tmp_path: Path) -> None:
    retype(tmp_path / "inbox" / "D-3.xlsx", {LUOT: 4})
    one = under(trace(province, LUOT).tree, "D", "D-3")
    assert (one.state, one.value, one.now) == (State.CHANGED, None, 4)


def test_another_units_file_under_the_same_name_is_not_the_file(province: Path, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "inbox" / "D-2.xlsx", tmp_path / "inbox" / "D-1.xlsx")
    one = under(trace(province, LUOT).tree, "D", "D-1")
    assert (one.state, one.value, one.now, one.place.file, one.sent_as) == (State.MISSING, 30, None, "", "D-1.xlsx")


def test_another_units_hash_does_not_lead_to_its_file(province: Path, tmp_path: Path) -> None:
    book = load_workbook(tmp_path / "huyen" / "D.xlsx")
    other = hashlib.sha256((tmp_path / "inbox" / "D-2.xlsx").read_bytes()).hexdigest()
    shutil.copy(tmp_path / "inbox" / "D-2.xlsx", tmp_path / "huyen" / "bản sao.xlsx")  # where the search looks
    for sheet in (sheet for sheet in book if sheet.title.startswith("SL ")):
        next(row[3] for row in sheet.iter_rows() if row[0].value == "D-1").value = other
    book.save(tmp_path / "huyen" / "D.xlsx")
    one = under(trace(tmp_path / "huyen" / "D.xlsx", LUOT).tree, "D-1")
    assert (one.sha256, one.state, one.value, one.now) == (other, State.MISSING, 30, None)


def test_missing_and_unreadable_files_keep_what_was_merged(province: Path, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "D-1.xlsx").unlink()
    (tmp_path / "inbox" / "D-2.xlsx").write_bytes(b"PK\x03\x04" + bytes(5_000))
    district = under(trace(province, LUOT).tree, "D")
    assert [(one.unit, one.state, one.value, one.now, one.place.cell) for one in district.children[:2]] == [
        ("D-1", State.MISSING, 30, None, ""),
        ("D-2", State.UNREADABLE, 7, None, ""),
    ]


def test_a_summary_that_does_not_add_up_says_so(province: Path) -> None:
    """A unit's row typed over: own 26 + 43 is not what the total's cell has, and the child's file says 42."""
    alter(province, "D", LUOT, 43)
    retype(province, {LUOT: 68})
    tree = trace(province, LUOT).tree
    assert [text for text in tree.problems if "68" in text and "69" in text]
    assert any("đã bị sửa sau khi tổng hợp" in text for text in tree.problems)
    assert under(tree, "D").problems == ("Phần riêng và các đơn vị cộng lại được 42, không phải 43.",)


def test_an_altered_row_of_a_grassroots_union_is_held_against_its_file(province: Path, tmp_path: Path) -> None:
    district = tmp_path / "huyen" / "D.xlsx"
    alter(district, "D-2", LUOT, 70)
    tree = trace(province, LUOT).tree
    assert (under(tree, "D").state, under(tree, "D").value, under(tree, "D").now) == (State.CHANGED, 42, 105)
    assert under(tree, "D", "D-2").problems == ("Tệp ghi 7, sổ của cấp trên ghi 70.",)


def test_a_mean_shows_the_weights(province: Path) -> None:
    district = under(trace(province, MEAN).tree, "D")
    assert (district.value, district.weight) == (7_500_000, 40)
    given = [(one.unit, one.value, one.weight) for one in district.children]
    assert given == [("D-1", 6_000_000, 10), ("D-2", 8_000_000, 30), ("D-3", None, None)]
    assert [one.problems for one in every(district)] == [()] * 4


def test_a_derived_figure_shows_its_formula_and_its_operands_one_level(province: Path) -> None:
    found = trace(province, RATE)
    assert found.tree.children == () and found.tree.merges == "tự tính"
    assert "÷" in found.formula and "pm_dv" not in found.formula
    operands: Mapping[str, Trace] = {one.ref: one for one in found.operands}
    assert operands.keys() == {"pm_dv_cap_nhat.actual", "dv_tong.actual"}
    total = operands["dv_tong.actual"].tree
    assert (total.value, [(one.unit, one.value, one.children) for one in total.children]) == (12, [("D", 12, ())])
    assert found.tree.value == pytest.approx(16.7)


def test_summaries_that_link_to_each_other_end(province: Path, tmp_path: Path) -> None:
    """D's own file is replaced by a summary of D which names itself as the file of D-1, with another hash."""
    loop = tmp_path / "inbox" / "D-1.xlsx"
    book = load_workbook(tmp_path / "huyen" / "D.xlsx")
    ((sheet, address),) = book.defined_names["meta.unit"].destinations
    book[sheet][address.replace("$", "")] = "D-1"
    book.save(loop)
    tree = trace(province, LUOT).tree
    inner = under(tree, "D", "D-1", "D-1")
    assert (inner.children, "dẫn vòng" in " ".join(inner.problems)) == ((), True)


def test_a_link_to_another_computer_is_never_followed(tmp_path: Path) -> None:
    for target in ("external://server/share/a.xlsx", "external:\\\\server\\a.xlsx", "external:%5C%5Cserver\\a.xlsx"):
        assert path_of(target, tmp_path) is None
    assert path_of("https://example.org/a.xlsx", tmp_path) is None
    assert path_of("external:../inbox/B%C3%A1o%20c%C3%A1o%2050%25.xlsx#'PL01'!A1", tmp_path / "out") == (
        tmp_path / "inbox" / "Báo cáo 50%.xlsx"
    )


def test_lines_are_a_tree_that_fits(province: Path, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "D-2.xlsx").unlink()
    lines = list(trace_lines(trace(province, LUOT)))
    assert max(map(len, lines)) <= WIDTH
    assert [line.partition(" ›")[0] for line in lines[2:8]] == [
        "LĐLĐ tỉnh (P): 68",
        "│ P.xlsx",
        "│ Ngày chốt số liệu: 26/08/2023",
        "│ Mức chính xác: trên",
        "├─ của chính LĐLĐ tỉnh: 26",
        "└─ LĐLĐ huyện (D): 42 [khớp]",
    ]
    assert "   ├─ CĐCS Trường Một (D-1): 30 [khớp]" in lines
    assert "   ├─ CĐCS Công ty Hai (D-2): 7 [không thấy tệp]" in lines
    assert lines[-1] == "   └─ 1 đơn vị để trống: D-3"


def test_the_tree_as_json(province: Path) -> None:
    found = trace_json(trace(province, LUOT))
    district = found["tree"]["children"][0]
    assert (found["ref"], district["unit"], district["value"], district["state"]) == (LUOT, "D", 42, "same")
    assert district["children"][0]["as_of"] == "2023-08-26"
    assert '"as_of": "2023-08-26"' in as_json(found)


def test_a_units_own_report_is_a_tree_of_one(province: Path, tmp_path: Path) -> None:
    tree = trace(tmp_path / "inbox" / "D-1.xlsx", LUOT).tree
    assert (tree.value, tree.own, tree.state, tree.children) == (30, 30, None, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(a.actual+b.actual)/c.actual*100", "(“a” + “b”) ÷ “c” × 100"),
        ("a.actual-(b.actual-c.actual)", "“a” − (“b” − “c”)"),
        ("ROUND(a.actual/b.actual,1)*2", "(“a” ÷ “b” (làm tròn 1 chữ số lẻ)) × 2"),
        ("SUM(a.actual,b.actual)", "tổng của (“a”; “b”)"),
        ("REPORTED()", "số đơn vị đã nộp báo cáo"),
        ("IF(a.actual>=1.5,1,-b.actual)", "nếu “a” ≥ 1,5 thì 1, không thì −“b”"),
    ],
)
def test_formulas_in_words(text: str, words: str) -> None:
    assert formula_words(parse(text), lambda ref: ref.partition(".")[0]) == words


@pytest.mark.parametrize("bound", ["MAX_HASHED", "MAX_ENTRIES"])
def test_the_search_for_a_moved_file_has_an_end(
    province: Path, tmp_path: Path, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tinh" / "a" / "b").mkdir(parents=True)
    shutil.move(tmp_path / "huyen" / "D.xlsx", tmp_path / "tinh" / "a" / "b" / "khác.xlsx")
    assert under(trace(province, LUOT).tree, "D").state is State.SAME
    monkeypatch.setattr(f"consolidator.locating.{bound}", 0)
    assert under(trace(province, LUOT).tree, "D").state is State.MISSING


def test_the_walk_down_has_an_end(province: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consolidator.tracing.MAX_LEVELS", 1)
    district = under(trace(province, LUOT).tree, "D")
    assert (district.now, district.children) == (42, ())
