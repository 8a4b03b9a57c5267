"""Files that people and machines spoil on their way, each with what must become of it: the table of the issue.

`broken_files`, `hostile_files` and `clumsy_files` each hold a tuple `CASES`; `all_cases` puts them together. A case is
made from one good workbook (`base`), so that a failing one shows by its name what was done to it.

To add cases write `Case("tên.xlsx", build, fate, codes, figures, "why")` into one of the three modules: `build` gets
the `Base` and returns the bytes of the file. Names are unique over all three and are the names in the test's folder.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from consolidator.form import Form
from consolidator.outcome import Status
from consolidator.unit import Unit
from tests.district import STRANGER, entry

FIGURES: Mapping[str, float] = {
    "tvpl_luot.actual": 30.0,
    "tvpl_truc_tiep.actual": 18.0,
    "tvpl_gian_tiep.actual": 12.0,
}
"""What the good workbook says; every other figure is blank."""


@dataclass(frozen=True)
class Base:
    """The good workbook that cases spoil: its bytes, its form, its unit and its figures by Ref.

    The unit is none of those that the batch of `test_corpus` consolidates, so that not even a case that is rightly
    accepted adds to its totals.
    """

    form: Form
    unit: Unit
    content: bytes
    figures: Mapping[str, float]


Special = Callable[[Path], None]
"""Puts something at a path that is no regular file: a link, a pipe, a folder."""


@dataclass(frozen=True)
class Case:
    """A file and what must become of it.

    Attributes:
        name: the file's name in the folder, unique.
        fate: what `read_all` (for a Special: `list_folder`) makes of it.
        codes: codes of findings that must be there; there may be more, but no error besides them and those of rules.
        figures: where an accepted file is read otherwise than the base: Ref to number, None for a blank.
        why: what happened to the file, for people.
    """

    name: str
    build: Callable[[Base], bytes | Special]
    fate: Status
    codes: frozenset[str] = frozenset()
    figures: Mapping[str, float | None] = field(default_factory=dict)
    why: str = ""


@cache
def base() -> Base:
    """The good workbook, made once in a session."""
    from consolidator.demonstration import filled
    from consolidator.rulebook import load

    form = load("quy3_2023_004")
    return Base(form, STRANGER, filled(form, entry(STRANGER, FIGURES)), FIGURES)


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case of every module that is there."""
    names = ("broken_files", "hostile_files", "clumsy_files")
    there = [f"tests.{name}" for name in names if importlib.util.find_spec(f"tests.{name}")]
    return tuple(case for name in there for case in importlib.import_module(name).CASES)
