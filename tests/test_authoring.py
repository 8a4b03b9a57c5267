"""The workbooks that go out, opened by another program: names, locks, lists, print set-up, texts that stay texts."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from functools import cache

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as XlCell
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from consolidator import pouring
from consolidator.consolidation import cover_of
from consolidator.element import ATTRIBUTES
from consolidator.layout import COVER, META, layout_of, quoted
from consolidator.pouring import workbook
from consolidator.rulebook import load
from consolidator.unit import Unit
from tests.tampering import entered, poured

FORM = load("quy3_2023_004")
LEVELS = FORM.levels
UNITS = {level: Unit(f"LC-{level}", f"Đơn vị {level}", level, "LC") for level in LEVELS}


@cache
def blank(level: str) -> bytes:
    return workbook(FORM.at(level), cover_of(UNITS[level], FORM))


@cache
def opened(level: str) -> Workbook:
    return load_workbook(io.BytesIO(blank(level)))


def cell_of(book: Workbook, level: str, name: str) -> XlCell:
    place = layout_of(FORM.at(level)).names[name]
    return book[place.sheet][place.a1]


def input_names(level: str) -> set[str]:
    """Names a clerk types into: figures that are not derived, attributes, narratives, cover."""
    view = FORM.at(level)
    figures = {figure.ref for figure in view.figures if figure.derived is None}
    attributes = {f"{one.code}.{key}" for one in view.indicators for key in ATTRIBUTES}
    answers = {name for one in view.answers for name in (one.ref, one.ref + ".more")}
    return figures | attributes | answers | layout_of(view).cover_inputs


def visible(book: Workbook) -> list[Worksheet]:
    return [sheet for sheet in book.worksheets if sheet.title != META]


@pytest.mark.parametrize("level", LEVELS)
def test_every_name_points_at_its_cell(level: str) -> None:
    names = layout_of(FORM.at(level)).names
    found = {name: one.attr_text for name, one in opened(level).defined_names.items()}
    unquoted = {name: cell.absolute.replace(quoted(cell.sheet), cell.sheet) for name, cell in names.items()}
    assert found.keys() == names.keys()
    assert all(found[name] in (cell.absolute, unquoted[name]) for name, cell in names.items())


@pytest.mark.parametrize("level", LEVELS)
def test_only_input_cells_are_unlocked(level: str) -> None:
    names = layout_of(FORM.at(level)).names
    unlocked = {
        (sheet.title, cell.coordinate)
        for sheet in opened(level)
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    assert unlocked == {(names[name].sheet, names[name].a1) for name in input_names(level)}
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in visible(opened(level)))


@pytest.mark.parametrize("level", LEVELS)
def test_cells_that_want_a_number_a_day_or_a_choice_say_so(level: str) -> None:
    book, view = opened(level), FORM.at(level)
    guarded = {
        (sheet.title, str(area)): rule.type
        for sheet in book
        for rule in sheet.data_validations.dataValidation
        for area in rule.sqref.ranges
    }

    def kind(name: str) -> str | None:
        place = layout_of(view).names[name]
        return guarded.get((place.sheet, place.a1))

    for figure in view.figures:
        if figure.derived is not None:
            assert kind(figure.ref) is None
        elif figure.indicator.type == "date":
            assert kind(figure.ref) == "date"
        elif figure.indicator.agg == "count" and level == "CDCS":
            assert kind(figure.ref) == "list"
        else:
            assert kind(figure.ref) in ("whole", "decimal")
    assert {kind(f"{one.code}.as_of") for one in view.indicators} == {"date"}
    assert {kind(f"{one.code}.qualifier") for one in view.indicators} == {"list"}
    assert [kind(name) for name in ("meta.version", "meta.as_of", "meta.report_date")] == ["list", "date", "date"]


@pytest.mark.parametrize("level", LEVELS)
def test_sheets_print_on_a4_with_their_headings(level: str) -> None:
    plan = layout_of(FORM.at(level))
    tables = {one.sheet for one in (*plan.appendices, *plan.narrative_sheets)}
    for sheet in visible(opened(level)):
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToWidth in (None, 1)
        if sheet.title in tables:
            assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows and sheet.freeze_panes


@pytest.mark.parametrize("level", LEVELS)
def test_the_hidden_sheet_says_what_it_is(level: str) -> None:
    book, view = opened(level), FORM.at(level)
    assert book[META].sheet_state == "veryHidden"
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == [META]
    said = {name: cell_of(book, level, name).value for name in ("meta.form", "meta.form_version", "meta.fingerprint")}
    assert said == {"meta.form": FORM.id, "meta.form_version": FORM.version, "meta.fingerprint": view.fingerprint}
    assert cell_of(book, level, "meta.period_start").value.date() == FORM.period.start
    assert cell_of(book, level, "meta.level").value == level
    assert book.active.title == COVER


def test_derived_cells_are_formulas_with_their_values() -> None:
    submission = entered(FORM.at("CTTT"), {"dv_tong.actual": 23_003, "pm_dv_cap_nhat.actual": 20_841})
    content = poured(submission, UNITS["CTTT"])
    live, cached = load_workbook(io.BytesIO(content)), load_workbook(io.BytesIO(content), data_only=True)
    for figure in submission.view.derived:
        assert cell_of(live, "CTTT", figure.ref).data_type == "f"
        assert cell_of(cached, "CTTT", figure.ref).value == submission.value(figure.ref)
    assert cell_of(cached, "CTTT", "pm_dv_ty_le.actual").value == 90.6


@pytest.mark.parametrize("level", LEVELS)
def test_no_text_became_a_formula(level: str) -> None:
    """Formulas stand in derived cells, on the check sheet and in the line that says whose a page is, nowhere else."""
    plan, book = layout_of(FORM.at(level)), opened(level)
    derived = {(plan.names[f.ref].sheet, plan.names[f.ref].a1) for f in plan.view.derived}
    for sheet in book:
        formulas = {(sheet.title, c.coordinate) for row in sheet.iter_rows() for c in row if c.data_type == "f"}
        if sheet.title == "Kiểm tra":
            continue
        rest = formulas - derived
        assert {book[title][address].value for title, address in rest} <= {'=meta.unit_name&" – "&meta.period_label'}
        assert len(rest) <= 1


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        'A <b> & "c" \' ]]>',
        "+84 912",
        "-5 đơn vị",
        "@SUM(A1)",
        "#N/A",
        "http://x.vn",
        "007",
        "a\x07\x0bb\r",
        "_x0041_",
        "\ufffe",
    ],
)
def test_awkward_texts_survive_as_texts(text: str) -> None:
    unit = Unit("LC-01", text, "CDCS", "LC")
    attributes, narratives = {"tvpl_luot.note": text}, {FORM.at("CDCS").answers[0].id: text}
    content = poured(entered(FORM.at("CDCS"), {}, attributes, narratives), unit)
    book = load_workbook(io.BytesIO(content))
    for name in ("meta.unit_name", "tvpl_luot.note", FORM.at("CDCS").answers[0].ref):
        cell = cell_of(book, "CDCS", name)
        assert (cell.data_type, unescape(cell.value)) == ("s", text)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"http://x" in archive.read(name) for name in archive.namelist() if name.endswith(".rels"))


@pytest.mark.parametrize("level", LEVELS)
def test_same_inputs_give_the_same_bytes(level: str) -> None:
    drawn = pouring._template.__wrapped__(FORM.at(level))
    assert dict(drawn) == dict(pouring._template(FORM.at(level)))
    assert workbook(FORM.at(level), cover_of(UNITS[level], FORM)) == blank(level)


def test_another_process_day_and_place_give_the_same_bytes() -> None:
    code = "import hashlib; from tests.test_authoring import blank; print(hashlib.sha256(blank('CDCS')).hexdigest())"
    seen = set()
    for seed, zone in (("1", "Asia/Ho_Chi_Minh"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        seen.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)
    assert len(seen) == 1


def test_long_narratives_go_on_in_the_second_cell() -> None:
    view = FORM.at("CDCS")
    long = "\n".join(f"- Việc thứ {n} đã làm xong trong quý." for n in range(60))
    book = load_workbook(io.BytesIO(poured(entered(view, {}, {}, {view.answers[0].id: long}), UNITS["CDCS"])))
    first, more = (cell_of(book, "CDCS", view.answers[0].ref + end) for end in ("", ".more"))
    assert f"{first.value}\n{more.value}" == long
    assert 300 < book[first.parent.title].row_dimensions[first.row].height <= 409
