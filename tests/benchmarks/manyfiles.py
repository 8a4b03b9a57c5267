"""Folders of many filled workbooks of a real form, with their list of units: `python -m tests.benchmarks.manyfiles`.

Every sheet, table and narrative is filled as `tests.regime_samples` fills them, without a broken rule; figures, texts
and covers differ from unit to unit. A folder is made once and kept: the same arguments mean the same bytes.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from openpyxl import Workbook

from consolidator.rulebook import load
from consolidator.submission import Submission
from consolidator.unit import LEVELS, Unit
from tests.regime_samples import fill, poured

HOME = Path(tempfile.gettempdir()) / "consolidator-benchmarks"
FORMS = ("nam_2020_003", "gnk_cdcs_001")
"""The annual report and the mid-term one: the two largest that many units of one parent send."""
KINDS = 25
"""Reports that are made anew; other units send them with words and figures of their own."""


@dataclass(frozen=True)
class Many:
    """A folder of reports, the list of units beside it, and whose they are."""

    folder: Path
    units: Path
    parent: Unit
    form: str

    @property
    def files(self) -> list[Path]:
        """The workbooks, by name."""
        return sorted(self.folder.glob("*.xlsx"))


def many(form_id: str, count: int, home: Path = HOME) -> Many:
    """A folder of `count` reports of a form's lowest level; made if it is not there yet."""
    level = load(form_id).levels[0]
    above = LEVELS[LEVELS.index(level) + 1]
    parent = Unit("B", f"Đơn vị nhận {count} báo cáo", above)
    units = [Unit(f"B-{number:06}", f"Công đoàn thứ {number}", level, parent.code) for number in range(count)]
    place = home / f"{form_id}-{count}"
    found = Many(place / "reports", place / "units.xlsx", parent, form_id)
    if not found.units.exists():
        found.folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            for _ in pool.map(partial(_put, found.folder, form_id), units, chunksize=50):
                pass
        _list([parent, *units], found.units)  # last: it says that the folder is complete
    return found


def corrected(form_id: str, code: str) -> bytes:
    """The workbook of a unit that found a word to add since."""
    level = load(form_id).levels[0]
    made = _report(form_id, Unit(code, f"Công đoàn thứ {int(code.partition('-')[2])}", level, "B"))
    return poured(
        replace(made, narratives={key: f"{text} Đã sửa." for key, text in made.narratives.items()}), _unit(made)
    )


def _unit(made: Submission) -> Unit:
    return Unit(made.unit, made.unit_name, made.view.level, "B")


def _put(folder: Path, form_id: str, unit: Unit) -> None:
    (folder / f"{unit.code}.xlsx").write_bytes(poured(_report(form_id, unit), unit))


def _report(form_id: str, unit: Unit) -> Submission:
    chance = random.Random(unit.code)
    made = _kinds(form_id)[chance.randrange(KINDS)]
    words = {
        key: f"{unit.name}: {text} Đã làm {chance.randrange(9_999)} việc." for key, text in made.narratives.items()
    }
    meta = {**made.meta, "meta.unit": unit.code, "meta.unit_name": unit.name}
    tables = {
        name: [replace(row, unit=unit.code, unit_name=unit.name) for row in rows] for name, rows in made.tables.items()
    }
    return replace(made, unit=unit.code, unit_name=unit.name, narratives=words, meta=meta, tables=tables)


@cache
def _kinds(form_id: str) -> Sequence[Submission]:
    view = load(form_id).at(load(form_id).levels[0])
    return [fill(view, Unit("B-1", "Đơn vị", view.level, "B"), seed) for seed in range(KINDS)]


def _list(units: Sequence[Unit], path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Đơn vị")
    for row in _rows(units):
        sheet.append(row)
    book.save(path)


def _rows(units: Sequence[Unit]) -> Iterator[list[str]]:
    yield ["Mã đơn vị", "Tên đơn vị", "Cấp", "Mã đơn vị cấp trên"]
    for unit in units:
        yield [unit.code, unit.name, load("quy3_2023_004").catalogue.levels[unit.level].name, unit.parent]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("count", type=int)
    parser.add_argument("--home", type=Path, default=HOME)
    options = parser.parse_args()
    print(many(options.form, options.count, options.home).folder)


if __name__ == "__main__":
    main()
