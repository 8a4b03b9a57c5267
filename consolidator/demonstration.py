"""The sample province, made and consolidated: blank workbooks, filled ones, eleven districts, one province."""

from __future__ import annotations

from pathlib import Path

from consolidator.consolidation import Order, run
from consolidator.content import blank_submission, cover_of
from consolidator.facts import Batch
from consolidator.form import Form
from consolidator.issuing import file_name, issue
from consolidator.layout import Cell
from consolidator.naming import clean
from consolidator.outcome import Outcome
from consolidator.pen import Pen, set_widths
from consolidator.pouring import workbook
from consolidator.progress import Progress
from consolidator.roster import COLUMNS
from consolidator.rulebook import load
from consolidator.sample import Entry, sample_entries, sample_roster
from consolidator.saving import save
from consolidator.unit import Roster, Unit
from consolidator.verdict import serial

FORM = "quy3_2023_004"


def demonstrate(folder: Path, units: int, progress: Progress = lambda what, done, total: None) -> Outcome:
    """Makes the sample under `folder` and consolidates it through three levels; the province's outcome.

    `1-bieu-mau` holds blank workbooks of one district, `2-co-so/<district>` the filled ones of the base,
    `3-huyen` the districts' summaries, `4-tinh` the province's summary and report.
    """
    form, roster = load(FORM), sample_roster(units)
    roster_path = folder / "units.xlsx"
    save(roster_path, roster_workbook(roster))
    province = next(unit for unit in roster.units.values() if not unit.parent)
    districts = roster.children(province.code)
    issue(form, roster, folder / "1-bieu-mau", (districts[0], *roster.children(districts[0].code)))
    for number, entry in enumerate(sample_entries(form, roster), 1):
        save(_place(folder, entry.unit, roster) / file_name(entry.unit, form), filled(form, entry))
        progress("Lập báo cáo mẫu", number, len(roster.units))
    for number, district in enumerate(districts, 1):
        inbox = _district_folder(folder, district)
        summary = folder / "3-huyen" / f"{clean(district.code)} - {clean(district.name)}.xlsx"
        report = folder / "3-huyen" / "bao-cao-kiem-tra" / summary.name
        run(Order(inbox, roster, roster_path, district.code, summary, report, form=FORM, period=form.period.id))
        progress("Tổng hợp cấp trên trực tiếp", number, len(districts))
    return run(
        Order(
            folder / "3-huyen",
            roster,
            roster_path,
            province.code,
            folder / "4-tinh" / "tong-hop.xlsx",
            folder / "4-tinh" / "bao-cao-kiem-tra.xlsx",
        ),
        progress,
    )


def filled(form: Form, entry: Entry) -> bytes:
    """The workbook a unit of the sample would send."""
    view = form.at(entry.unit.level)
    submission = blank_submission(view)
    for ref, number in entry.figures.items():
        submission.values[view.position[ref]] = number
    submission.attributes = entry.attributes
    submission.narratives = entry.narratives
    typed: dict[str, float | str] = {
        "meta.as_of": serial(entry.as_of),
        "meta.report_date": serial(entry.report_date),
        "meta.prepared_by": "Văn phòng",
        "meta.approved_by": "TM. Ban Chấp hành",
    }
    submission.meta = {**submission.meta, **typed}
    Batch([submission]).derive()
    return workbook(view, cover_of(entry.unit, form, typed), submission)


def roster_workbook(roster: Roster) -> bytes:
    """`units.xlsx` for a roster: the sheet that staff keep."""
    pen = Pen()
    sheet = pen.sheet("Danh sách đơn vị")
    set_widths(sheet, (14, 60, 10, 20, 12, 30))
    fields = tuple(words[0] for words in COLUMNS.values())
    rows = [fields, *((u.code, u.name, u.level, u.parent, u.sector, u.email) for u in roster.units.values())]
    for row, values in enumerate(rows):
        for col, value in enumerate(values):
            pen.write(Cell("Danh sách đơn vị", row, col), value, pen.style("cell" if row else "head"))
    pen.landscape(sheet, 1, 0)
    sheet.autofilter(0, 0, len(rows) - 1, len(fields) - 1)
    return pen.finish()


def _place(folder: Path, unit: Unit, roster: Roster) -> Path:
    """Where a unit's workbook goes: to its parent; the own part of a parent to its own inbox."""
    if unit.level == "CDCS":
        return _district_folder(folder, roster.units[unit.parent])
    return _district_folder(folder, unit) if unit.parent else folder / "3-huyen"


def _district_folder(folder: Path, district: Unit) -> Path:
    return folder / "2-co-so" / clean(district.code)
