"""Writes the blank workbooks that units fill in, one a unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from consolidator.consolidation import CannotRun
from consolidator.content import blank_submission, cover_of
from consolidator.element import CARRIED_OVER
from consolidator.facts import Batch
from consolidator.form import Form, LevelForm
from consolidator.isolation import read_all
from consolidator.layout import Value
from consolidator.naming import clean, distinct
from consolidator.outcome import FileOutcome
from consolidator.pouring import workbook
from consolidator.previous import Earlier, carried_over, last_figures
from consolidator.saving import save, sweep
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit


def issue(
    form: Form,
    roster: Roster,
    folder: Path,
    units: Sequence[Unit] = (),
    done: Callable[[int, int], None] = lambda n, of: None,
    previous: Mapping[str, Earlier] | None = None,
) -> list[Path]:
    """A blank workbook for each unit (all units of the form's levels if none are named).

    `previous` are earlier reports by unit code; they fill baselines and what the rules compare with.
    Returns the files written. Raises CannotRun, before anything is written, where a file that somebody has filled
    in (or that is no blank workbook of ours) would be replaced.
    """
    wanted = [unit for unit in (units or roster.units.values()) if unit.level in form.levels]
    names, batch = distinct(map(_title, wanted)), folder / "issued"
    paths = {unit.code: folder / _named(names[_title(unit)], form) for unit in wanted}
    sweep(batch)
    there = [path for path in paths.values() if path.exists()]
    for path, file in zip(there, read_all([(path, path.name) for path in there]), strict=True):
        if not _is_blank(file):
            raise CannotRun(f"“{path}” đã có số liệu; chọn thư mục --out khác để không ghi đè.")
    written = []
    for number, unit in enumerate(wanted, 1):
        path = paths[unit.code]
        earlier = (previous or {}).get(unit.code)
        begun = _begun(form.at(unit.level), unit, earlier) if earlier else None
        save(path, workbook(form.at(unit.level), _cover(unit, form, roster), begun), batch)
        written.append(path)
        done(number, len(wanted))
    return written


def _begun(view: LevelForm, unit: Unit, earlier: Earlier) -> Submission:
    """A workbook's content before anybody typed: what an earlier report settles."""
    begun = blank_submission(view, unit.code, unit.name)
    for ref, number in carried_over(view, earlier).items():
        begun.values[view.position[ref]] = number
    begun.previous = last_figures(view, earlier)
    Batch([begun]).derive()
    return begun


def _cover(unit: Unit, form: Form, roster: Roster) -> dict[str, Value]:
    parent = roster.units.get(unit.parent)
    return {**cover_of(unit, form), "meta.parent_level": parent.level if parent else None}


def _is_blank(file: FileOutcome) -> bool:
    """Whether a file is a workbook of ours that nobody has written into."""
    found = file.submission
    if found is None or found.is_summary or found.texts or found.narratives or found.attributes:
        return False
    typed = [f for f in found.view.figures if f.derived is None and f.measure not in CARRIED_OVER]
    return not any(found.value(figure.ref) is not None for figure in typed)


def file_name(unit: Unit, form: Form) -> str:
    """A file name that people recognise; nothing depends on it."""
    return _named(clean(_title(unit)), form)


def _named(name: str, form: Form) -> str:
    return f"{name} - {clean(form.period.id)}.xlsx"


def _title(unit: Unit) -> str:
    return f"{unit.code} - {unit.name}"
