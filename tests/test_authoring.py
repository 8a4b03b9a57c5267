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
from consolidator.booknames import COVER, META
from consolidator.columns import column_letters
from consolidator.content import cover_of
from consolidator.element import ATTRIBUTES
from consolidator.finding import Severity
from consolidator.layout import layout_of, quoted
from consolidator.pouring import workbook
from consolidator.rulebook import form_ids, load
from consolidator.submission import ELAPSED, ELAPSED_FORMULA, TableRow
from consolidator.unit import Unit
from consolidator.visible import visible as shown
from tests.tampering import entered, poured

FORM = load("quy3_2023_004")
LEVELS = FORM.levels
PAGE_POINTS = 777.0
"""Width of an A4 page across, without its margins."""
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
    runs = {f"t.{one.table.id}": one.run(one.col(one.table.key)) for one in layout_of(FORM.at(level)).tables}
    for one in layout_of(FORM.at(level)).tables:
        runs |= {f"t.{one.table.id}.{column.id}": one.run(one.col(column.id)) for column in one.table.columns}
    assert found.keys() == names.keys() | runs.keys()
    assert {name: found[name] for name in runs} == runs
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
    rows = {
        (one.sheet, one.cell(row, column.id).a1)
        for one in layout_of(FORM.at(level)).tables
        for row in range(one.rows)
        for column in one.table.columns
    }
    assert unlocked == {(names[name].sheet, names[name].a1) for name in input_names(level)} | rows
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
    """Formulas stand in derived cells, on the check sheet, beside rows of tables and in the line that says whose a
    page is, nowhere else."""
    plan, book = layout_of(FORM.at(level)), opened(level)
    derived = {(plan.names[name].sheet, plan.names[name].a1) for name in (ELAPSED, *(f.ref for f in plan.view.derived))}
    for one in plan.tables:
        for severity in (Severity.ERROR, Severity.WARNING):
            derived |= {(one.sheet, one.problem(row, severity).a1) for row in range(one.rows)}
    assert cell_of(book, level, ELAPSED).value == ELAPSED_FORMULA
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
        assert (cell.data_type, unescape(cell.value)) == ("s", shown(text))
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


OTHERS = [(form_id, load(form_id).levels[0]) for form_id in form_ids() if form_id != FORM.id]
"""The other regimes, each at its lowest level: they have tables."""


@cache
def other(form_id: str, level: str) -> Workbook:
    form = load(form_id)
    return load_workbook(io.BytesIO(workbook(form.at(level), cover_of(Unit("LC", "Đơn vị", level, "X"), form))))


@pytest.mark.parametrize(("form_id", "level"), OTHERS)
def test_in_every_regime_only_input_cells_are_unlocked(form_id: str, level: str) -> None:
    book, plan = other(form_id, level), layout_of(load(form_id).at(level))
    figures = {figure.ref for figure in plan.view.figures if figure.derived is None}
    attributes = {f"{one.code}.{key}" for one in plan.view.indicators for key in ATTRIBUTES}
    answers = {name for one in plan.view.answers for name in (one.ref, one.ref + ".more")}
    cells = [plan.names[name] for name in figures | attributes | answers | plan.cover_inputs]
    cells += [
        one.cell(row, column.id)
        for one in plan.tables
        for row in range(one.rows)
        for column in one.table.columns
        if not column.derived
    ]
    unlocked = {
        (sheet.title, cell.coordinate)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    assert unlocked == {(cell.sheet, cell.a1) for cell in cells}
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in visible(book))


@pytest.mark.parametrize(("form_id", "level"), OTHERS)
def test_columns_of_tables_take_what_they_are_for_and_print_without_their_faults(form_id: str, level: str) -> None:
    book, plan = other(form_id, level), layout_of(load(form_id).at(level))
    kinds = {"choice": "list", "date": "date", "number": "decimal", "money": "decimal", "percent": "decimal"}
    for one in plan.tables:
        sheet = book[one.sheet]
        rules = {str(area): rule for rule in sheet.data_validations.dataValidation for area in rule.sqref.ranges}
        for column in one.table.columns:
            run = f"{one.cell(0, column.id).a1}:{one.cell(one.rows - 1, column.id).a1}"
            if not column.derived and column.type != "text":
                assert rules[run].type == kinds[column.type]
            if column.type == "choice" and not column.derived:
                assert rules[run].formula1 == '"' + ",".join(column.choices) + '"'
        end = one.cell(0, one.table.columns[-1].id)
        assert sheet.print_area.rpartition(":")[2].strip("$").partition("$")[0] == column_letters(end.col)
        assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows and sheet.freeze_panes


@pytest.mark.parametrize(("form_id", "level"), [*OTHERS, (FORM.id, "CDCS")])
def test_the_contents_lead_to_every_sheet_and_every_sheet_leads_back(form_id: str, level: str) -> None:
    book = other(form_id, level)
    links = [cell.hyperlink for row in book[COVER].iter_rows() for cell in row if cell.hyperlink]
    rest = [sheet.title for sheet in visible(book) if sheet.title != COVER]
    assert [link.location for link in links] == [f"{quoted(title)}!A1" for title in rest]
    for title in rest:
        first = [cell.hyperlink for row in book[title].iter_rows(max_row=4) for cell in row if cell.hyperlink]
        assert [link.location for link in first] == [f"{quoted(COVER)}!A1"]


@pytest.mark.parametrize(("form_id", "level"), OTHERS)
def test_a_printed_line_stays_legible(form_id: str, level: str) -> None:
    """Eleven points, scaled so that all printed columns fit the width of an A4 page, are at least seven."""
    book, plan = other(form_id, level), layout_of(load(form_id).at(level))
    for one in (*plan.appendices, *plan.narrative_sheets, *plan.tables):
        sheet = book[one.sheet]
        widths = [dim.width * (dim.max - dim.min + 1) for dim in sheet.column_dimensions.values() if not dim.hidden]
        if sheet.title.startswith("BẢNG"):
            widths = widths[:-1]
        assert 11 * min(1.0, PAGE_POINTS / (sum(widths) * 5.25)) >= 7, sheet.title


def test_a_long_text_in_a_table_makes_its_row_taller() -> None:
    view = load("gnk_huyen_001").at("CTTT")
    submission = entered(view)
    table = next(one for one in layout_of(view).tables if not one.table.fixed)
    key = table.table.key
    submission.tables = {table.table.id: [TableRow("", "", {key: "Việc đã làm trong nửa nhiệm kỳ. " * 20})]}
    book = load_workbook(io.BytesIO(workbook(view, cover_of(Unit("", "", "CTTT"), view.form), submission)))
    heights = [book[table.sheet].row_dimensions[table.FIRST_ROW + 1 + row].height for row in (0, 1)]
    assert heights[0] > 100 > heights[1]
