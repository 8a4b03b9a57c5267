"""Consolidates a tree of folders from the bottom up: each folder a unit's, each summary its parent's input.

A folder belongs to a unit by its name: the unit's code, the code followed by more words, or the unit's name. What
reports to that unit lies in the folder; a unit that has units of its own below it may have a folder there instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from consolidator.auditing import run_or_audit
from consolidator.consolidation import CannotRun, Order
from consolidator.finding import Finding, Place
from consolidator.grid import key_of, nfc
from consolidator.holding import held
from consolidator.naming import clean, is_store, outputs_in
from consolidator.outcome import Outcome
from consolidator.progress import Progress
from consolidator.returning import is_returns
from consolidator.rulebook import load
from consolidator.unit import Roster, Unit
from consolidator.wording import refusal_words, tell

_AFTER_A_CODE = " \t_(,–"
"""What may follow a code in the name of a folder; "-" and "." may not: they go on with the code."""


@dataclass
class Level:
    """A folder of the tree: whose it is, where (relative to the top), what was ordered and what came of it.

    Attributes:
        below: folders in it that belong to units under this one, in the order of their names.
        told: what is said of its other folders, by their name.
        reason: why it could not be run, "" if it was (Vietnamese).
    """

    unit: Unit
    shown: str
    order: Order
    below: list[Level] = field(default_factory=list)
    told: dict[str, Finding] = field(default_factory=dict)
    outcome: Outcome | None = None
    reason: str = ""

    def walk(self) -> Iterator[Level]:
        """The levels from the bottom up, this one last."""
        for level in self.below:
            yield from level.walk()
        yield self


@dataclass
class TreeOutcome:
    """What came of a whole tree."""

    root: Level

    @property
    def levels(self) -> list[Level]:
        """From the bottom up, the top last."""
        return list(self.root.walk())

    @property
    def top(self) -> Outcome:
        """The outcome of the top, which is there or the run has ended with why not."""
        assert self.root.outcome is not None
        return self.root.outcome

    @property
    def strangers(self) -> list[Finding]:
        """What is said of folders that nobody was found for, each with its way from the top."""
        return [
            finding.at(str(Path(level.shown, name)), finding.unit)
            for level in self.levels
            for name, finding in level.told.items()
        ]

    @property
    def errors(self) -> int:
        """Error findings of all levels together, and one for each folder that could not be run."""
        return sum(level.outcome.errors if level.outcome else 1 for level in self.levels)


def run_tree(order: Order, progress: Progress = lambda what, done, total: None) -> TreeOutcome:
    """Consolidates a tree of folders; `order` is that of the top, whose folder holds those of the units below.

    A folder that cannot be run is told, and its parent goes on without it. Raises CannotRun where the top cannot be
    run, Held where somebody else is at work on one of the summaries.
    """
    if order.parent not in order.roster.units:
        raise CannotRun(f"Mã đơn vị tổng hợp “{order.parent}” không có trong danh sách đơn vị.")
    root = _planned(order, order.roster.units[order.parent], "")
    levels = list(root.walk())
    with ExitStack() as holding:
        for level in levels:
            try:
                holding.enter_context(held(level.order.summary_path, order.patience, progress))
            except OSError as error:
                _cannot(level, root, error)
        for done, level in enumerate(levels):
            progress("Tổng hợp từng cấp", done, len(levels))
            _run(level, root, progress)
    progress("Tổng hợp từng cấp", len(levels), len(levels))
    return TreeOutcome(root)


def unit_of(name: str, roster: Roster, above: Unit) -> Unit | None:
    """The unit a folder's name says; of several of one name the one under `above`, never a guess."""
    coded = [unit for unit in roster.units.values() if _begins(name, unit.code)]
    if coded:
        return max(coded, key=lambda unit: len(unit.code))
    named = [unit for unit in roster.units.values() if key_of(unit.name) == key_of(name)]
    here = [unit for unit in named if unit.parent == above.code] or named
    return here[0] if len(here) == 1 else None


def closing(tree: TreeOutcome) -> Iterator[str]:
    """The lines of a table for the end of a run: one a level, the top last, then where the data of large ones are."""
    rows: list[tuple[str, ...]] = [("Đơn vị", "Tệp", "Nhận", "Thiếu", "Lỗi ở tệp", "Lỗi ở sổ", "Sổ tổng hợp")]
    for level in tree.levels:
        rows.append((level.unit.name, *_counts(level)))
    widths = [max(len(row[col]) for row in rows) for col in range(6)]
    for name, *counts, summary in rows:
        numbers = "  ".join(count.rjust(width) for count, width in zip(counts, widths[1:], strict=True))
        yield f"{name.ljust(widths[0])}  {numbers}  {summary}"
    for level in tree.levels:
        if level.outcome is not None and level.outcome.data:
            yield f"{level.unit.name}: sổ tổng hợp chỉ có số tổng; số liệu từng đơn vị (Parquet): {level.outcome.data}"


def _counts(level: Level) -> tuple[str, ...]:
    outcome = level.outcome
    if outcome is None:
        return *"-----", f"không tổng hợp được: {level.reason}"
    summary = str(Path(level.shown, Path(outcome.summary_file).name)) + " (TẠM TÍNH)" * outcome.provisional
    missing = f"{len(outcome.missing)}/{len(outcome.expected)}"
    counts = (len(outcome.files), outcome.count("accepted"), missing, outcome.file_errors, outcome.summary_errors)
    return *map(str, counts), summary


def _planned(order: Order, unit: Unit, shown: str) -> Level:
    """The level of a folder and of all those in it that belong to units below."""
    level = Level(unit, shown, order)
    if not order.local_folder.is_dir():
        return level
    for folder in sorted(order.local_folder.iterdir(), key=lambda path: path.name):
        is_plain = folder.is_dir() and not folder.is_symlink() and not folder.name.startswith(".")
        is_ours = is_store(folder) or is_returns(folder) or folder == order.data_place
        if is_plain and not is_ours:
            whose = unit_of(folder.name, order.roster, unit)
            finding = _why_not(folder.name, whose, unit, order.roster)
            if finding is not None:
                level.told[folder.name] = finding
            elif whose is not None:
                level.below.append(_planned(_order_of(whose, folder, order), whose, str(Path(shown, folder.name))))
    return level


def _order_of(unit: Unit, folder: Path, above: Order) -> Order:
    """The order for a unit's folder: as its parent's, but for a level that the ordered form does not know."""
    summary, report = outputs_in(folder, unit.code)
    form = above.form if above.form and unit.level in load(above.form).levels else ""
    return replace(
        above,
        folder=folder,
        parent=unit.code,
        summary_path=summary,
        report_path=report,
        form=form,
        extra=(),
        decisions_path=None,
        data=None,
        returns_path=folder / above.returns_path.name if above.returns_path else None,
    )


def _why_not(name: str, whose: Unit | None, above: Unit, roster: Roster) -> Finding | None:
    """Why a folder is not run; None if it is."""
    place = Place(file=name)
    if whose is None:
        return tell("folder-of-nobody", place, above.code)
    if whose.parent != above.code:
        facts = {"name": whose.name, "parent": roster.parent_name(whose), "here": above.name}
        return tell("folder-elsewhere", place, whose.code, **facts)
    if not roster.children(whose.code):
        return tell("folder-of-a-leaf", place, whose.code, name=whose.name)
    return None


def _run(level: Level, root: Level, progress: Progress) -> None:
    """Runs a level over its files and the summaries of those below it."""
    if level.reason:
        return
    told, extra = dict(level.told), []
    for below in level.below:
        place = Place(file=below.order.local_folder.name)
        if below.outcome is None:
            told[place.file] = tell("folder-cannot-run", place, below.unit.code, name=below.unit.name, why=below.reason)
        else:
            extra.append(Path(below.outcome.summary_file))
            facts = {"name": below.unit.name, "summary": extra[-1].name}
            told[place.file] = tell("folder-consolidated", place, below.unit.code, **facts)
    level.order = replace(level.order, extra=tuple(extra), folders=told)
    try:
        level.outcome = run_or_audit(level.order, progress if level is root else lambda what, done, total: None)
    except (CannotRun, OSError) as error:
        _cannot(level, root, error)


def _cannot(level: Level, root: Level, error: CannotRun | OSError) -> None:
    """Keeps why a level cannot be run; at the top that ends the run."""
    if level is root:
        raise error
    level.reason = refusal_words(error) if isinstance(error, OSError) else str(error)


def _begins(name: str, code: str) -> bool:
    found = nfc(name).casefold()
    for spelling in {nfc(code).casefold(), nfc(clean(code)).casefold()}:
        if found == spelling or (found.startswith(spelling) and found[len(spelling)] in _AFTER_A_CODE):
            return True
    return False
