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
from consolidator.outcome import Outcome
from consolidator.reading import read_file
from consolidator.sample import sample_entries, sample_roster
from consolidator.saving import save
from consolidator.submission import Submission
from consolidator.summarising import summary_workbook
from tests.conftest import Convert
from tests.district import DISTRICT, A, B, C, entry, order, put, put_roster, retype

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
    """Three summaries: of mixed unions, of a district of the sample, of nobody."""
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


def test_links_lead_to_the_units_files_and_back_to_the_form(mixed: Order) -> None:
    run(mixed)
    book = load_workbook(mixed.summary_path)
    sheet = book["SL PL03"]
    links = [link for row in sheet.iter_rows() for cell in row if (link := cell.hyperlink)]
    files = [link.target.replace("\\", "/") for link in links if link.target]
    assert files == ["../inbox/D-1.xlsx", "../inbox/D-2.xlsx"]
    assert all((mixed.summary_path.parent / file).is_file() for file in files)
    assert "'PL03'!A1" in [link.location for link in links]


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
