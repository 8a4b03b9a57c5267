"""Makes the committed workbooks again: `python tests/make_workbooks.py`.

`workbooks/blank` holds the blank workbook of each level of each form, `workbooks/samples` a small filled district:
its list of units, its unions' workbooks and its own part. Same rules, same bytes (with the same zlib).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from consolidator.content import cover_of
from consolidator.demonstration import FORM, filled, roster_workbook
from consolidator.pouring import workbook
from consolidator.rulebook import form_ids, load
from consolidator.sample import sample_entries, sample_roster
from consolidator.saving import save
from consolidator.unit import Roster, Unit

ROOT = Path(__file__).resolve().parent.parent
WORKBOOKS = ROOT / "workbooks"
ZLIB = ROOT / "tests" / "data" / "zlib_version.txt"
"""With which zlib the committed workbooks were packed: another one may pack the same parts into other bytes."""

DISTRICT, UNITS = "LC-01", 33
"""The district of the sample province, and how many unions that province has."""


def blank_workbooks() -> Iterator[tuple[str, bytes]]:
    """(path below `workbooks`, bytes) of the blank workbooks: nobody's, so the cover names no unit."""
    for form_id in form_ids():
        form = load(form_id)
        for level in form.levels:
            yield f"blank/{form_id}_{level}.xlsx", workbook(form.at(level), cover_of(Unit("", "", level), form))


def sample_workbooks() -> Iterator[tuple[str, bytes]]:
    """(path below `workbooks`, bytes) of the sample district."""
    form, roster = load(FORM), sample_roster(UNITS)
    district = roster.units[DISTRICT]
    shown = Roster.of([roster.units[district.parent], district, *roster.children(DISTRICT)])
    yield "samples/units.xlsx", roster_workbook(shown)
    for entry in sample_entries(form, roster):
        if DISTRICT in (entry.unit.code, entry.unit.parent):
            yield f"samples/{entry.unit.code}.xlsx", filled(form, entry)


def all_workbooks() -> dict[str, bytes]:
    """Every committed workbook, by its path below `workbooks`."""
    return {**dict(blank_workbooks()), **dict(sample_workbooks())}


def main() -> None:
    """Writes them all, and removes those that are no longer made."""
    made = all_workbooks()
    for old in (*WORKBOOKS.glob("blank/*.xlsx"), *WORKBOOKS.glob("samples/*.xlsx")):
        if old.relative_to(WORKBOOKS).as_posix() not in made:
            old.unlink()
    for name, content in made.items():
        save(WORKBOOKS / name, content)
    ZLIB.write_text(f"{zlib.ZLIB_RUNTIME_VERSION}\n", "utf-8")


if __name__ == "__main__":
    main()
