"""The summary workbook: what Excel computes in it is what stands in it, and it can be sent further up."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from consolidator.consolidation import Order, run
from consolidator.form import Form
from consolidator.opening import read_file
from consolidator.outcome import Outcome
from consolidator.sample import sample_entries, sample_roster
from consolidator.saving import save
from consolidator.splitting import join, split
from consolidator.submission import Submission
from consolidator.summarising import notice_of, summary_workbook
from tests.conftest import Convert
from tests.district import DISTRICT, A, B, C, entry, order, put, put_roster, retype
from tests.test_keypages import summed, written

NARRATIVE = "workers_income_base_wage"
HEAD = {"cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}


@pytest.fixture
def mixed(form: Form, tmp_path: Path) -> Order:
    """Unions with blanks, a mean without its heads, errors, and an own part without heads; one is missing."""
    figures = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99, "bac_gia_tri_min": 18_500}
    put(tmp_path / "inbox", form, entry(A, {**HEAD, **figures}, {NARRATIVE: "Một."}, {"dv_tong.as_of": 45_100.0}))
    put(tmp_path / "inbox", form, entry(B, {"thu_nhap_bq_hcsn": 8_000_000, "dv_tong": 7, "pm_dv_cap_nhat": 5}))
    put(tmp_path / "inbox", form, entry(DISTRICT, {"kt_dl_tong": 5, "ct_tong": 10, "ct_dat_vuot": 8}))
    return order(tmp_path)


def cells_of(path: Path) -> dict[tuple[str, int, int], object]:
    """Every cell that is not blank, by sheet, row and column."""
    book, found = CalamineWorkbook.from_path(str(path)), {}
    for name in book.sheet_names:
        for row, values in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
            found |= {(name, row, col): value for col, value in enumerate(values) if value != ""}
    return found


def differences(path: Path, again: Path) -> list[str]:
    cached, computed = cells_of(path), cells_of(again)
    return [
        f"{place}: cached {cached.get(place)!r}, recalculated {computed.get(place)!r}"
        for place in sorted(cached.keys() | computed.keys())
        if not same(cached.get(place), computed.get(place))
    ]


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


def test_every_cell_is_what_excel_computes(mixed: Order, form: Form, libreoffice: Convert, tmp_path: Path) -> None:
    """Summaries of mixed unions, of a district of the sample, of nobody; one that looks ahead, one that looks back."""
    run(mixed)
    roster = sample_roster(22)
    for one in sample_entries(form, roster):
        if one.unit.code.startswith("LC-01"):
            put(tmp_path / "sample", form, one)
    sample = order(tmp_path, "LC-01", roster, folder=tmp_path / "sample", summary_path=tmp_path / "out" / "sample.xlsx")
    run(sample)
    (tmp_path / "nobody").mkdir()
    empty = order(tmp_path, folder=tmp_path / "nobody", summary_path=tmp_path / "out" / "nobody.xlsx")
    run(empty)
    paths = [job.summary_path for job in (mixed, sample, empty)]
    for name, made in (("ahead", summed("gnk_huyen_001")), ("back", summed("quy3_2023_004", previous=True))):
        paths.append(tmp_path / "out" / f"{name}.xlsx")
        paths[-1].write_bytes(written(made))
    libreoffice(paths, "xlsx", tmp_path / "recalculated")
    for path in paths:
        assert len(cells_of(path)) > 2_000
        assert differences(path, tmp_path / "recalculated" / path.name)[:5] == []


def test_a_wrong_cached_value_would_be_noticed(mixed: Order, libreoffice: Convert, tmp_path: Path) -> None:
    outcome = run(mixed)
    assert outcome.summary is not None
    outcome.summary.values[outcome.summary.view.position["tvpl_luot.actual"]] += 1
    save(mixed.summary_path, summary_workbook(outcome.summary, {}))
    libreoffice([mixed.summary_path], "xlsx", tmp_path / "recalculated")
    assert differences(mixed.summary_path, tmp_path / "recalculated" / "summary.xlsx")


def named(book: Workbook, name: str) -> tuple[str, str]:
    ((sheet, address),) = book.defined_names[name].destinations
    return sheet, address.replace("$", "")


def test_a_total_is_a_sum_over_own_row_and_unit_rows(mixed: Order) -> None:
    run(mixed)
    book = load_workbook(mixed.summary_path)
    sheet, address = named(book, "tvpl_luot.actual")
    own_sheet, own = named(book, "own.tvpl_luot.actual")
    column, row = own.rstrip("0123456789"), int(own.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    area = f"'{own_sheet}'!${column}${row}:${column}${row + 2}"
    assert book[sheet][address].value == f'=IF(COUNT({area})=0,"",SUM({area}))'
    units = named(book, f"units.{sheet}")
    assert units[1] == f"A{row + 1}"
    assert [book[own_sheet][f"A{row + n}"].value for n in (1, 2, 3)] == ["D-1", "D-2", None]
    assert [book[own_sheet][f"{column}{row + n}"].value for n in (0, 1, 2)] == [None, 130, None]


def test_own_cells_are_open_and_totals_and_unit_rows_are_not(mixed: Order) -> None:
    run(mixed)
    book = load_workbook(mixed.summary_path)
    locked = {}
    for name in ("own.tvpl_luot.actual", "tvpl_luot.actual", "units.PL03", "pm_dv_ty_le.actual"):
        sheet, address = named(book, name)
        assert book[sheet].protection.sheet
        locked[name] = book[sheet][address].protection.locked
    assert locked == {
        "own.tvpl_luot.actual": False, "tvpl_luot.actual": True, "units.PL03": True, "pm_dv_ty_le.actual": True
    }  # fmt: skip


def test_links_lead_to_the_units_appendices_and_back_to_the_form(mixed: Order) -> None:
    """D-2 gave nothing for PL03, nobody anything for PL05: such a sheet is not named, only the file."""
    run(mixed)
    book = load_workbook(mixed.summary_path)
    found: dict[str, list[tuple[str, str | None]]] = {}
    for name in ("SL PL03", "SL PL05"):
        links = [link for row in book[name].iter_rows() for cell in row if (link := cell.hyperlink)]
        found[name] = [(link.target.replace("\\", "/"), link.location) for link in links if link.target]
        assert f"'{name[3:]}'!A1" in [link.location for link in links if not link.target]
    assert found["SL PL03"] == [("../inbox/D-1.xlsx", "'PL03'!A1"), ("../inbox/D-2.xlsx", None)]
    assert [location for _, location in found["SL PL05"]] == [None, None]
    for file, location in found["SL PL03"]:
        sheets = load_workbook(mixed.summary_path.parent / file, read_only=True).sheetnames
        assert location is None or location.split("'")[1] in sheets


def test_a_row_of_a_summary_leads_to_its_columns(mixed: Order, form: Form) -> None:
    """The number of the row is the link: a link on the total itself would not let anybody look at its formula."""
    run(mixed)
    book = load_workbook(mixed.summary_path)
    for ref in ("tvpl_luot.actual", "pm_dv_ty_le.actual", "thu_nhap_bq_hcsn.actual"):
        sheet, address = named(book, ref)
        row = book[sheet][address].row
        behind, cell = book[sheet].cell(row, 2).hyperlink.location.replace("'", "").split("!")
        assert (behind, book[behind][cell].row) == (f"SL {sheet}", 7)
        shown = [book[behind].cell(6, column).value for column in range(book[behind][cell].column, 200)]
        code, refs = ref.partition(".")[0], [text for text in shown if text]
        assert refs[0].partition(".")[0] == code and ref in [one for one in refs if one.startswith(f"{code}.")]
        assert book[sheet][address].hyperlink is None
    unit = load_workbook(mixed.folder / "D-1.xlsx")
    assert unit["PL03"].cell(row, 2).hyperlink is None


def marked(path: Path) -> dict[str, tuple[bool, bool]]:
    """Of every sheet that is seen: whether "TẠM TÍNH" stands in its cells, and in the header of its print."""
    book, found = load_workbook(path), {}
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            texts = [str(cell.value) for row in sheet.iter_rows(max_row=5) for cell in row]
            in_print = "TẠM TÍNH" in str(sheet.oddHeader.center.text)
            found[sheet.title] = (any(text.startswith("TẠM TÍNH") for text in texts), in_print)
    return found


def test_every_sheet_and_print_of_a_provisional_summary_is_marked(mixed: Order) -> None:
    assert run(mixed).provisional
    found = marked(mixed.summary_path)
    assert {"Bìa", "Hướng dẫn", "PL01", "SL PL01", "TM I", "Giải trình", "Kiểm tra", "Thuyết minh ĐV", "Nguồn"} <= set(
        found
    )
    assert found == dict.fromkeys(found, (True, True))


def test_no_sheet_of_a_whole_summary_is_marked(mixed: Order) -> None:
    outcome = run(mixed)
    assert outcome.summary is not None
    save(mixed.summary_path, summary_workbook(outcome.summary, {}))
    found = marked(mixed.summary_path)
    assert found == dict.fromkeys(found, (False, False))
    book = load_workbook(mixed.summary_path)
    assert not any("TẠM TÍNH" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


def test_departments_parts_of_a_provisional_summary_are_marked_and_so_is_what_is_joined(
    mixed: Order, tmp_path: Path
) -> None:
    run(mixed)
    parts = split(mixed.summary_path, tmp_path / "parts")
    for part in parts:
        found = {name: stands for name, stands in marked(part).items() if name != "Bìa"}
        assert found == dict.fromkeys(found, (True, True))
    join(mixed.summary_path, parts, tmp_path / "joined.xlsx")
    assert marked(tmp_path / "joined.xlsx") == marked(mixed.summary_path)


def test_the_mark_costs_no_finding_when_the_summary_goes_up(mixed: Order) -> None:
    run(mixed)
    found = read_file(mixed.summary_path, "summary.xlsx").findings
    assert {finding.code for finding in found} <= {"cover-blank"}


def test_a_unit_that_waits_is_not_called_missing(form: Form, tmp_path: Path) -> None:
    for name, value in (("a.xlsx", 1), ("b.xlsx", 2)):
        put(tmp_path / "inbox", form, entry(A, {"dv_tong": value}), name)
    put(tmp_path / "inbox", form, entry(B, {"dv_tong": 7}))
    outcome = run(order(tmp_path))
    assert [unit.code for unit in outcome.waiting] == ["D-1"] and [unit.code for unit in outcome.silent] == ["D-3"]
    assert outcome.provisional and "1/3 đơn vị" in notice_of(outcome) and "1 đơn vị chờ" in notice_of(outcome)


def narrative_rows(path: Path) -> list[tuple[str, str, str]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Thuyết minh ĐV").to_python(skip_empty_area=False)
    return [tuple(str(value) for value in row[:3]) for row in rows]  # type: ignore[misc]


def test_narratives_stand_under_their_headings_with_the_units_name(form: Form, tmp_path: Path) -> None:
    for unit, text in ((A, "Lời của Một."), (C, "Lời của Ba.")):
        put(tmp_path / "inbox", form, entry(unit, {"dv_tong": 5}, {NARRATIVE: text}))
    job = order(tmp_path)
    run(job)
    rows = narrative_rows(job.summary_path)
    one = next(n for n in form.narratives if n.id == NARRATIVE)
    at = rows.index((one.path, one.heading, ""))
    assert rows[at + 1 : at + 3] == [("", A.name, "Lời của Một."), ("", C.name, "Lời của Ba.")]


def test_a_long_narrative_is_split_over_rows_and_nothing_is_lost(form: Form, tmp_path: Path) -> None:
    """40,000 characters: two cells full of numbered words."""
    words = [f"từ{n:05d}" for n in range(40_000 // 8)]
    path = put(tmp_path / "inbox", form, entry(A, {"dv_tong": 5}, {NARRATIVE: "x"}))
    retype(path, {f"n.{NARRATIVE}": " ".join(words[:2_500]), f"n.{NARRATIVE}.more": " ".join(words[2_500:])})
    job = order(tmp_path)
    run(job)
    texts = [row for row in narrative_rows(job.summary_path) if "từ0" in row[2]]
    assert len(texts) > 10
    assert max(len(row[2]) for row in texts) < 3_000
    assert " ".join(row[2] for row in texts).split() == words
    assert [row[1] for row in texts] == [A.name] + ["D-1 (tiếp)"] * (len(texts) - 1)


def upward(form: Form, tmp: Path, name: str) -> tuple[Outcome, Submission]:
    """The district's summary, sent to the province and consolidated there."""
    job = order(tmp, "P", folder=tmp / name, summary_path=tmp / "top.xlsx", report_path=tmp / "top-report.xlsx")
    outcome = run(job)
    found = read_file(job.summary_path, "top.xlsx").submission
    assert found is not None
    return outcome, found


def test_the_next_level_reads_a_summary_as_a_submission(mixed: Order, form: Form, tmp_path: Path) -> None:
    below = run(mixed).summary
    assert below is not None
    read = read_file(mixed.summary_path, "summary.xlsx")
    sent = read.submission
    assert sent is not None
    assert [f.code for f in read.findings if f.code != "cover-blank"] == []
    for figure in below.view.figures:
        assert (figure.ref, sent.value(figure.ref)) == (figure.ref, below.value(figure.ref))
        if figure.derived is None:
            assert (figure.ref, sent.own_value(figure.ref)) == (figure.ref, below.own_value(figure.ref))
            assert (figure.ref, sent.reported[figure.ref]) == (figure.ref, below.reported[figure.ref])
    assert (sent.unit, sent.is_summary, sent.weights) == ("D", True, below.weights)
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "D.xlsx").write_bytes(mixed.summary_path.read_bytes())
    outcome, top = upward(form, tmp_path, "up")
    assert [(file.unit, file.status) for file in outcome.files] == [("D", "accepted")]
    for figure in below.view.figures:
        if figure.merges in ("sum", "min", "weighted_mean"):
            assert (figure.ref, top.value(figure.ref)) == (figure.ref, below.value(figure.ref))
    assert top.value("tvpl_luot.actual") == 130
    assert top.value("thu_nhap_bq_hcsn.actual") == 6_000_000
    assert top.weights["thu_nhap_bq_hcsn.actual"] == 10


def test_same_inputs_same_bytes(mixed: Order, tmp_path: Path) -> None:
    run(mixed)
    first = mixed.summary_path.read_bytes()
    mixed.summary_path.unlink()
    run(mixed)
    assert mixed.summary_path.read_bytes() == first
    with zipfile.ZipFile(mixed.summary_path) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_the_roster_is_not_needed_to_read_a_summary(mixed: Order, tmp_path: Path) -> None:
    put_roster(tmp_path / "units.xlsx")
    run(mixed)
    found = read_file(mixed.summary_path, "summary.xlsx").submission
    assert found is not None
    assert [(line.unit, line.name) for line in found.lines] == [("D-1", A.name), ("D-2", B.name)]
