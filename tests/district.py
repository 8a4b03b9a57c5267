"""A small hand-made district for tests: three unions, one district above them, a neighbour, the province."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from openpyxl import load_workbook

from consolidator.consolidation import Order
from consolidator.content import blank_submission
from consolidator.demonstration import filled, roster_workbook
from consolidator.facts import Batch
from consolidator.form import Form
from consolidator.merging import weights_of
from consolidator.sample import Entry
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit

PROVINCE = Unit("P", "LĐLĐ tỉnh", "TINH")
DISTRICT = Unit("D", "LĐLĐ huyện", "CTTT", "P")
A = Unit("D-1", "CĐCS Trường Một", "CDCS", "D", "HCSN")
B = Unit("D-2", "CĐCS Công ty Hai", "CDCS", "D", "SXKD")
C = Unit("D-3", "CĐCS Trạm Ba", "CDCS", "D", "HCSN")
NEIGHBOUR = Unit("E", "LĐLĐ huyện bên", "CTTT", "P")
STRANGER = Unit("E-1", "CĐCS Huyện bên", "CDCS", "E")
ROSTER = Roster.of([PROVINCE, DISTRICT, A, B, C, NEIGHBOUR, STRANGER])

SIGNED = date(2023, 9, 12)


def entry(
    unit: Unit,
    figures: Mapping[str, float],
    narratives: Mapping[str, str] | None = None,
    attributes: Mapping[str, float | str] | None = None,
    signed: date = SIGNED,
) -> Entry:
    """What a unit fills in; a name without measure is the actual figure."""
    by_ref = {name if "." in name else f"{name}.actual": float(value) for name, value in figures.items()}
    return Entry(unit, by_ref, dict(attributes or {}), dict(narratives or {}), date(2023, 8, 31), signed)


def put(folder: Path, form: Form, one: Entry, name: str = "") -> Path:
    """Writes a unit's filled workbook into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{one.unit.code}.xlsx")
    path.write_bytes(filled(form, one))
    return path


def put_roster(path: Path, roster: Roster = ROSTER) -> Path:
    """Writes `units.xlsx`."""
    path.write_bytes(roster_workbook(roster))
    return path


def order(tmp: Path, parent: str = "D", roster: Roster = ROSTER, **more: object) -> Order:
    """An order over `tmp/inbox` with outputs in `tmp/out`."""
    paths = {"summary_path": tmp / "out" / "summary.xlsx", "report_path": tmp / "out" / "report.xlsx"}
    return Order(**{"folder": tmp / "inbox", "roster": roster, "roster_path": tmp / "units.xlsx", "parent": parent,
                    "form": "quy3_2023_004", "period": "2023-Q3"} | paths | more)  # type: ignore[arg-type]  # fmt: skip


def submission(form: Form, unit: Unit, figures: Mapping[str, float], level: str = "") -> Submission:
    """What reading a workbook with these figures gives, without a workbook."""
    view = form.at(level or unit.level)
    made = blank_submission(view)
    for name, value in figures.items():
        made.values[view.position[name if "." in name else f"{name}.actual"]] = value
    made.unit, made.unit_name, made.parent = unit.code, unit.name, unit.parent
    made.own = made.values.copy()
    Batch([made]).derive()
    made.weights = weights_of(made, made.own)
    return made


def retype(path: Path, cells: Mapping[str, object]) -> None:
    """Types values into named cells of a workbook, the way a clerk does in Excel."""
    book = load_workbook(path)
    for name, value in cells.items():
        ((sheet, address),) = book.defined_names[name].destinations
        book[sheet][address.replace("$", "")] = value
    book.save(path)
