"""The path of a batch, on one page: gather, read, check, merge, check again, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from consolidator.besides import Standing, open_in_excel, standing
from consolidator.checking import all_findings, alone, surroundings
from consolidator.choosing import Replaced
from consolidator.comparing import Change, changes, differences
from consolidator.deciding import accepted, decisions_at, read_decisions
from consolidator.examining import Noticing, check_together
from consolidator.facts import Batch
from consolidator.finding import Finding, Place
from consolidator.fitting import prove_fits
from consolidator.form import Form
from consolidator.formcache import keep_what_was_worked_out
from consolidator.helping import Helper
from consolidator.history import get_ready, past, store_beside
from consolidator.holding import held
from consolidator.inbox import missing_units, sort_out
from consolidator.lastsummary import with_others
from consolidator.ledger import ledger_of, prove
from consolidator.linking import link_target
from consolidator.merging import merge
from consolidator.naming import STORE
from consolidator.noticing import notice
from consolidator.ordering import CannotRun, Order, form_and_period, gathered, guard_outputs, parent_of
from consolidator.outcome import Outcome
from consolidator.ownpart import Before, NoSummary, keep_old, overlaid, own_part, summary_before
from consolidator.previous import last_figures
from consolidator.progress import Progress, silent
from consolidator.readings import Readings
from consolidator.recalling import recalled
from consolidator.saving import sweep
from consolidator.submission import Submission
from consolidator.summarising import summary_of
from consolidator.unit import Unit
from consolidator.wording import tell
from consolidator.writing import write_outputs

__all__ = ["CannotRun", "Order", "run"]


def run(order: Order, progress: Progress = silent) -> Outcome:
    """Consolidates a folder into the parent's summary and report workbooks.

    Raises CannotRun where there is nothing to consolidate, Held where another run is at work on the same summary,
    RulebookError where the rules are broken.
    """
    parent = parent_of(order)
    with held(order.summary_path, order.patience, progress):
        for path in (order.summary_path, order.report_path, order.decisions_place):
            sweep(path)
        return _run(order, parent, standing(order.summary_path), progress)


def _run(order: Order, parent: Unit, before: Standing, progress: Progress) -> Outcome:
    """The same, while nobody else is at work on the summary; `before` is how it stood."""
    guard_outputs(order)
    readings = order.engine.readings
    place, decisions, said = decisions_at(order.decisions_place, lambda path: recalled(read_decisions, path, readings))
    stamp = _stamp(place)
    files, passed_over = gathered(order, _using_the_wait(progress))
    form, period = form_and_period(order, files)
    if parent.level not in form.levels:
        raise CannotRun(f"Biểu mẫu “{form.name}” không có phần dành cho cấp của {parent.name}.")
    sorting = sort_out(files, form, period, parent, order.roster, decisions)
    damaged: list[Finding] = []
    check_together(files, progress, _noticing(order, form, damaged))
    for file in files:
        if file.status == "accepted":
            file.findings = accepted(file.findings, decisions)
    expected = order.roster.children(parent.code)
    outcome = Outcome(form, order.roster, parent, sorted([*files, *passed_over], key=lambda f: f.file), expected)
    outcome.missing = missing_units(outcome.files, expected)
    outcome.left_out = left_out(outcome) if order.strict else ()
    outcome.summary, findings, last = _merged(order, outcome, before)
    outcome.summary_findings = [*accepted(findings, decisions), *said, *damaged]
    outcome.questions, outcome.replaced = sorting.questions, _differences(sorting.replaced)
    prove_fits(outcome)
    drawn = Helper(lambda: _drawn(outcome))
    outcome.changes = _changes(last, outcome, readings)
    outcome.ledger = ledger_of(outcome)
    prove(outcome.ledger)
    if not decisions.is_ours or _stamp(place) != stamp or open_in_excel(place) is not None:
        outcome.summary_findings.append(tell("decisions-kept", Place(file=place.name), parent.code))
    else:
        outcome.decisions_file = str(place)
    write_outputs(order, outcome, before, decisions, drawn, progress)
    keep_what_was_worked_out()
    return outcome


def _drawn(outcome: Outcome) -> bytes:
    """The summary, drawn while all else is: what was worked out of its form on the way is known here alone."""
    content = summary_of(outcome)
    keep_what_was_worked_out()
    return content


def _using_the_wait(progress: Progress) -> Progress:
    """While other processes read files, this one loads what it needs after them."""

    def told(what: str, done: int, total: int) -> None:
        progress(what, done, total)
        if 0 < done < total:
            get_ready()

    return told


def _noticing(order: Order, form: Form, damaged: list[Finding]) -> Noticing:
    """What looks odd in a batch: reports beside each other, and beside what the store knows of earlier periods.

    What of the store cannot be used is added to `damaged`.
    """

    def unusable(path: Path, why: str) -> None:
        place = Place(file=f"{STORE}/{path.name}")
        damaged.append(tell("history-unusable", place, order.parent, name=path.name, why=why))

    def look(submissions: Sequence[Submission]) -> list[list[Finding]]:
        earlier = past(store_beside(order.summary_path), order.parent, form.period.start, form.kind, unusable)
        return notice(submissions, order.roster, earlier)

    return look


def left_out(outcome: Outcome) -> tuple[Unit, ...]:
    """In a strict run: units whose file has errors, each told so."""
    found = []
    for file in outcome.merged:
        if file.errors:
            file.findings.append(tell("left-out", Place(file=file.file), file.unit, count=str(file.errors)))
            found.append(outcome.roster.units[file.unit])
    return tuple(found)


def _merged(order: Order, outcome: Outcome, before: Standing) -> tuple[Submission, list[Finding], Before | None]:
    """The summary, what there is to say of it, and the summary of the last run, None for the first."""
    own, findings, last = own_of(outcome, before, order.engine.readings)
    if order.previous and outcome.parent.code in order.previous:
        own.previous = last_figures(own.view, order.previous[outcome.parent.code])
    children = [file.submission for file in outcome.merged if file.submission is not None]
    summary, more = merge(own, children)
    folder = order.summary_path.resolve().parent
    links = {file.unit: link_target(str(Path(file.path).resolve()), folder) for file in outcome.merged}
    summary.lines = [replace(line, link=links.get(line.unit, "")) for line in summary.lines]
    summary.source = replace(summary.source, file=order.summary_path.name)
    around = surroundings(summary, outcome.roster, children, len(outcome.expected))
    Batch([summary], [around]).derive()
    (findings,) = all_findings([summary], [[*findings, *more, *alone(summary)]], [around])
    return summary, [f.at(f.place.file or summary.source.file, f.unit or summary.unit) for f in findings], last


def own_of(
    outcome: Outcome, standing: Standing, readings: Readings | None
) -> tuple[Submission, list[Finding], Before | None]:
    """The parent's own part: its file, and over it what was typed into its summary and into those written beside it.

    Also what is to be said of it, and the last summary there was.

    What was saved last has the last word; where the summary itself loses a word that way, a copy of it is kept.
    """
    befores = {path: one for path in standing.typed if (one := _before(outcome, path, readings)) is not None}
    own, findings = own_part(outcome.parent, outcome.form, outcome.files, None)
    for number, (path, before) in enumerate(befores.items()):
        own, conflicts = overlaid(own, before.submission)
        findings += conflicts + before.findings
        main = befores.get(standing.path)
        if number and conflicts and main is not None and path != standing.path:
            keep_old(standing.path, replace(main, kept=standing.path.read_bytes()))
    if standing.path in befores:
        keep_old(standing.path, befores[standing.path])
    last = list(befores.values())[-1] if befores else None
    return own, findings, last


def _before(outcome: Outcome, path: Path, readings: Readings | None) -> Before | None:
    try:
        return summary_before(path, outcome.parent, outcome.form, readings)
    except NoSummary as error:
        raise CannotRun(
            f"“{path}” đã có nhưng không dùng được làm sổ tổng hợp của {outcome.parent.name}. {error} "
            "Đổi tên tệp đó hoặc chọn --out khác."
        ) from error


def _changes(last: Before | None, outcome: Outcome, readings: Readings | None) -> list[Change]:
    """What changed since the last run, of which only the files that changed need be looked at."""
    assert outcome.summary is not None
    if last is not None and last.sources is not None and readings is not None:
        children = [file.submission for file in outcome.merged if file.submission is not None]
        known = with_others(readings, last.submission, last.sources, outcome.summary, children)
        if known is not None:
            before, same = known
            return changes(before, outcome.summary, same)
        last = _before(outcome, last.path, None)  # read whole
    return changes(last.submission if last else None, outcome.summary)


def _differences(replaced: Sequence[Replaced]) -> list[Change]:
    """What the files that count changed in those they replaced."""
    return [
        change
        for newer, older in replaced
        if newer.submission is not None and older.submission is not None
        for change in differences(older.submission, newer.submission)
    ]


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file, zeros where there is none: to see whether somebody saved it during the run."""
    if not path.exists():
        return 0, 0
    status = path.stat()
    return status.st_size, status.st_mtime_ns
