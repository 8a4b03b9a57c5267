"""An office through a season: files arrive, clerks type and decide, and of each run it is kept what became of it all.

Forms are loaded from folders of rules of the season's own, one before and one after an update of the template.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from consolidator import carried, ordering, parcel, reading, readings, recursing, rulebook, summarising
from consolidator.cli import main
from consolidator.comparing import Change, Why
from consolidator.consolidation import Order, run
from consolidator.content import blank_submission, cover_of
from consolidator.element import Period
from consolidator.facts import Batch
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.ledger import Fate
from consolidator.listing import outcome_json
from consolidator.opening import read_file
from consolidator.outcome import Outcome
from consolidator.pouring import workbook
from consolidator.recursing import run_tree
from consolidator.roster import read_roster
from consolidator.submission import Submission
from consolidator.unit import Roster, Unit
from consolidator.verdict import serial
from consolidator.wording import DRAFT, FINAL
from tests.district import put_roster, retype

FORM = "quy3_2023_004"
DECISIONS = "decisions.xlsx"
_LOAD, _SHARED = rulebook.load, rulebook.rules_folder() / rulebook.SHARED
_LOADERS = (carried, ordering, parcel, reading, recursing, rulebook, summarising)
"""Modules that load forms: in a season they find them in its own folders."""


def write_rules(folder: Path, texts: Mapping[str, str], renamed: Mapping[str, str]) -> Path:
    """A folder of rules: the shipped library, in which some indicators have another code, and a form's own files."""
    shutil.copytree(_SHARED, folder / _SHARED.name)
    library = folder / _SHARED.name / "indicators.toml"
    for old, new in renamed.items():
        library.write_text(library.read_text("utf-8").replace(f"\n{old} = ", f"\n{new} = "), "utf-8")
    (folder / FORM).mkdir()
    for name, text in texts.items():
        (folder / FORM / name).write_text(text, "utf-8")
    return folder


@dataclass(frozen=True, eq=False)
class Sent:
    """A file as a unit fills it in, `figures` being actual ones by indicator and `template` the form's version."""

    unit: Unit
    signed: date
    figures: Mapping[str, float]
    words: str = ""
    final: bool = False
    sent_on: date | None = None
    template: str = "1"
    is_last_quarter: bool = False


@dataclass
class Seen:
    """What a run said, or should say: in the documented JSON, in its changes, and in the summary read from disk.

    Attributes:
        files: fate of each file, and behind it the code of what kept it out.
        ledger: files found by fate; units expected = arrived + waiting + missing; figures and texts in = out.
        told: (file, code) of the findings that are watched; "" is the summary, "✓" follows an accepted warning.
        changes: unit, name, old, new, why: what is no longer as at the last run; without the covers.
        replaced: by unit what its file that counts says otherwise than earlier ones: name, old, new.
        asked: files that stand in `decisions.xlsx` to be chosen from, decided or not.
        totals, own: what the summary says, and what of it its unit typed itself; blanks are left out.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    ledger: str = ""
    missing: str = ""
    waiting: str = ""
    provisional: bool = True
    told: Sequence[tuple[str, str]] = field(default_factory=list)
    changes: Sequence[tuple[object, ...]] = field(default_factory=list)
    replaced: Mapping[str, Sequence[tuple[object, ...]]] = field(default_factory=dict)
    asked: Sequence[str] = field(default_factory=list)
    totals: Mapping[str, float | None] = field(default_factory=dict)
    own: Mapping[str, object] = field(default_factory=dict)


class Office:
    """A province's folder with its districts' folders in it, and the list of units beside them."""

    def __init__(self, home: Path, rules: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.rules, self.template = home, rules, "1"
        self.typed: dict[str, dict[str, object]] = {}
        for module in _LOADERS:
            monkeypatch.setattr(module, "load", self._load)
        monkeypatch.setattr(readings, "program_key", lambda _: str(self.rules[self.template]))

    def moved(self, home: Path) -> Office:
        """Another office, as yet empty, with the same list of units."""
        other = copy(self)
        other.home, other.typed = home, {}
        other.lists(*self._roster().units.values())
        return other

    def _load(self, form_id: str, folder: Path | None = None) -> Form:
        return _LOAD(form_id, folder or self.rules[self.template])

    # ---------- what happens

    def lists(self, *units: Unit) -> None:
        """A new list of units is sent round."""
        self.home.mkdir(exist_ok=True)
        put_roster(self.home / "units.xlsx", Roster.of(units))

    def receives(self, code: str, files: Mapping[str, Sent | Path]) -> None:
        """Files arrive in a unit's folder; a path is that of a file that is copied there."""
        self.folder(code).mkdir(parents=True, exist_ok=True)
        for name, one in files.items():
            (self.folder(code) / name).write_bytes(one.read_bytes() if isinstance(one, Path) else self._filled_in(one))

    def types(self, code: str, cells: Mapping[str, object]) -> None:
        """A clerk types into yellow cells of a unit's summary."""
        retype(self.summary_path(code), cells)
        self.typed[code] = {**self.typed.get(code, {}), **cells}

    def decides(self, code: str, sheet: str, row: Mapping[str, str], typed: Mapping[str, str]) -> None:
        """A clerk types into the one row of `decisions.xlsx` that has these texts under these headings."""
        path = self.folder(code) / DECISIONS
        book = load_workbook(path)
        lines = list(book[sheet].iter_rows())
        head = next(line for line in lines if typed.keys() <= {cell.value for cell in line})
        columns = {str(cell.value): cell.column - 1 for cell in head}
        (found,) = (line for line in lines if all(text in str(line[columns[name]].value) for name, text in row.items()))
        for name, text in typed.items():
            found[columns[name]].value = text
        book.save(path)

    def _filled_in(self, sent: Sent) -> bytes:
        return _filled_in(_LOAD(FORM, self.rules[sent.template]), sent)

    def rows(self, code: str, sheet: str) -> list[dict[str, str]]:
        """What `decisions.xlsx` of a unit asks on a sheet: rows by heading."""
        lines = read_grid((self.folder(code) / DECISIONS).read_bytes()).rows[sheet]
        at = next(number for number, line in enumerate(lines) if "Mã đơn vị" in line)
        heads = [str(head) for head in lines[at]]
        return [dict(zip(heads, map(str, line), strict=False)) for line in lines[at + 1 :] if any(line)]

    # ---------- where things lie

    def folder(self, code: str) -> Path:
        """A unit's folder, called by its code and name; that of the province is around all of them."""
        top, (unit,) = self.home / "tỉnh", (one for one in self._roster().units.values() if one.code == code)
        return top / f"{code} - {unit.name}" if unit.parent else top

    def summary_path(self, code: str) -> Path:
        """Where a unit's summary lies."""
        return self.folder(code) / f"Tổng hợp {code}.xlsx"

    def outputs(self, code: str) -> tuple[Path, Path]:
        """What a run writes that another one must leave as it is, if nothing has happened in between."""
        return self.summary_path(code), self.folder(code) / DECISIONS

    def report_path(self, code: str) -> Path:
        """Where the report of a unit's last run lies."""
        return self.folder(code) / f"Báo cáo kiểm tra {code}.xlsx"

    def _roster(self) -> Roster:
        roster, findings = read_roster(self.home / "units.xlsx")
        assert findings == []
        return roster

    # ---------- runs

    def order(self, code: str) -> Order:
        """What a clerk asks for; form and period are those of the files."""
        units, paths = self.home / "units.xlsx", (self.summary_path(code), self.report_path(code))
        return Order(self.folder(code), self._roster(), units, code, *paths)

    def runs(self, code: str, tree: bool = False) -> dict[str, Outcome]:
        """Consolidates a folder, or all that is below it too; what came of each level."""
        if not tree:
            return {code: run(self.order(code))}
        return {level.unit.code: level.outcome for level in run_tree(self.order(code)).levels if level.outcome}

    def runs_by_command(self, code: str, tree: bool, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        """The same from the command line; each level's JSON. A tree is added up straight from its base as well."""
        words = ["run", self.folder(code), "--units", self.home / "units.xlsx", "--parent", code, "--json"]
        outputs = ["--out", self.summary_path(code), "--report", self.report_path(code)]
        capsys.readouterr()
        code_of_exit = main([str(word) for word in (*words, *(["--recursive", "--flat"] if tree else outputs))])
        said = json.loads(capsys.readouterr().out)
        assert code_of_exit in (0, 1) and not (tree and said["flat"])
        return {level["unit"]: level["outcome"] for level in said["levels"]} if tree else {code: said}

    def summary(self, code: str) -> Submission:
        """A unit's summary, read back from the disk."""
        found = read_file(self.summary_path(code), "")
        assert found.submission is not None, found.findings
        return found.submission

    def seen(self, code: str, outcome: Outcome, watched: Sequence[str]) -> Seen:
        """What a run said and left behind; `watched` are the codes of findings that are asked about."""
        said, summary = outcome_json(outcome), self.summary(code)
        findings = {(file["file"], one["code"] + " ✓" * bool(one["accepted"]))
                    for file in (*said["files"], {"file": "", "findings": said["summary_findings"]})
                    for one in file["findings"] if one["code"] in watched}  # fmt: skip
        changes = [one for one in outcome.changes if not one.ref.startswith("meta.")]
        replaced: dict[str, list[tuple[object, ...]]] = {}
        for one in outcome.replaced:
            if not one.ref.startswith("meta."):
                replaced.setdefault(one.unit, []).append(_change(one)[1:4])
        return Seen(
            {_plain(line["file"]): f"{line['fate']} {line['reason']}".strip() for line in said["ledger"]["files"]},
            ledger_line(said["ledger"]),
            " ".join(said["missing"]),
            " ".join(said["waiting"]),
            said["provisional"],
            sorted((_plain(file), one) for file, one in findings),
            [_change(one) for one in changes],
            {unit: sorted(rows, key=str) for unit, rows in replaced.items()},
            sorted(row["Tệp"] for row in self.rows(code, "Quyết định")),
            _figures(summary, summary.values.tolist()),
            {**_figures(summary, summary.own.tolist()), **_typed(summary)},
        )


def ledger_line(ledger: Mapping[str, Any]) -> str:
    """A ledger in a line, as one would read it out. Each of its equations must hold."""
    fates = {fate.value: ledger[fate.value] for fate in Fate if ledger[fate.value]}
    units, figures, texts = ledger["units"], ledger["figures"], ledger["narratives"]
    assert ledger["found"] == sum(fates.values()) == len(ledger["files"])
    assert units["expected"] == units["arrived"] + units["waiting"] + units["missing"]
    assert figures["in"] == figures["out"] and texts["in"] == texts["out"]
    assert all(one["due"] == one["summary"] for one in ledger["totals"])
    files = " + ".join(f"{count} {fate}" for fate, count in fates.items())
    counted = f"{units['expected']} units = {units['arrived']} + {units['waiting']} + {units['missing']}"
    return f"{ledger['found']} files = {files}; {counted}; {figures['in']} figures, {texts['in']} texts"


def _filled_in(form: Form, sent: Sent) -> bytes:
    if sent.is_last_quarter:
        last = Period(id="2023-Q2", label="Quý II năm 2023", start=date(2023, 4, 1), end=date(2023, 6, 30))
        form = form.varied(period=last)
    view = form.at(sent.unit.level)
    made = blank_submission(view)
    for code, value in sent.figures.items():
        made.values[view.position[f"{code}.actual"]] = value
    typed: dict[str, float | str] = {
        "meta.as_of": serial(date(2023, 8, 31)),
        "meta.report_date": serial(sent.signed),
        "meta.submitted_on": serial(sent.sent_on or sent.signed),
        "meta.version": FINAL if sent.final else DRAFT,
    }
    made.narratives = {view.answers[0].id: sent.words} if sent.words else {}
    made.meta = {**made.meta, **typed}
    Batch([made]).derive()
    return workbook(view, cover_of(sent.unit, form, typed), made)


def _figures(summary: Submission, values: Sequence[float]) -> dict[str, float | None]:
    pairs = zip(summary.view.figures, values, strict=True)
    return {figure.indicator.code: float(value) for figure, value in pairs if value == value}


def _typed(summary: Submission) -> dict[str, object]:
    """What stands in a summary's yellow cells besides figures."""
    notes: dict[str, object] = {name: text for name, text in summary.attributes.items() if name.endswith(".note")}
    texts = {f"n.{id_}": text for id_, text in summary.narratives.items()}
    return notes | texts


def _change(one: Change) -> tuple[object, ...]:
    arrives = one.why in (Why.ARRIVED, Why.WITHDRAWN) and not one.ref
    name = "" if arrives else one.ref.removesuffix(".actual")
    return one.unit, name, one.old, one.new, one.why.value


def _plain(name: str) -> str:
    """A file's name; that of a kept old summary without what depends on its bytes, which hold the hour of saving."""
    return re.sub(r"\(bản cũ \w{8}\)", "(bản cũ)", name)
