"""Writes the blank workbooks that units fill in, one a unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from consolidator.consolidation import cover_of
from consolidator.form import Form
from consolidator.pen import save
from consolidator.pouring import workbook
from consolidator.unit import Roster, Unit


def issue(
    form: Form,
    roster: Roster,
    folder: Path,
    units: Sequence[Unit] = (),
    done: Callable[[int, int], None] = lambda n, of: None,
) -> list[Path]:
    """A blank workbook for each unit (all units of the form's levels if none are named), by parent's folder.

    Returns the files written. An existing file is replaced: blank workbooks hold nobody's work.
    """
    wanted = [unit for unit in (units or roster.units.values()) if unit.level in form.levels]
    written = []
    for number, unit in enumerate(wanted, 1):
        path = folder / file_name(unit, form)
        save(path, workbook(form.at(unit.level), cover_of(unit, form)))
        written.append(path)
        done(number, len(wanted))
    return written


def file_name(unit: Unit, form: Form) -> str:
    """A file name that people recognise; nothing depends on it."""
    return f"{clean(unit.code)} - {clean(unit.name)} - {clean(form.period.id)}.xlsx"


def clean(text: str) -> str:
    """A text as part of a file name that Windows and Linux both accept."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", text).strip(" .")[:60] or "_"
