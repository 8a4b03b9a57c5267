"""The path of a batch that no computer holds: every file is read and checked where there is room, and written down.

What comes back are heads of files, by which their fates are decided as ever, and partial sums of those that count. The
summary has the totals, the parent's own row and one row for all units; a row a unit is in the Parquet data beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from consolidator import dataset
from consolidator.account import Account, account_of, attributes_of, together
from consolidator.adding import rounded, ways
from consolidator.auditsheet import audit_report
from consolidator.besides import Standing, standing
from consolidator.checking import all_findings, alone
from consolidator.consolidation import CannotRun, left_out, own_of, run
from consolidator.deciding import decisions_at, digest_of, read_decisions
from consolidator.engine import Engine, Task
from consolidator.facts import Batch, Surroundings
from consolidator.finding import Finding
from consolidator.fitting import TooLarge
from consolidator.fragments import FIGURES, FINDINGS, NARRATIVES, ROWS, Adding, Audit, Fragment, Head, write_findings
from consolidator.history import keep, store_beside
from consolidator.holding import held
from consolidator.inbox import missing_units, sort_out
from consolidator.isolation import Processes, read_all
from consolidator.ledger import Fate, FileLine, Flow, Ledger, fate_of, prove, reason_of, unit_count
from consolidator.merging import totals, weights_of
from consolidator.ordering import WRITING, Order, form_and_period, guard_outputs, listed, parent_of
from consolidator.outcome import FileOutcome, Outcome
from consolidator.previous import last_figures
from consolidator.progress import Progress, counter
from consolidator.recalling import recalled
from consolidator.saving import save, sweep
from consolidator.stores import Remote, Where
from consolidator.submission import Line, Source, Submission, empty_values
from consolidator.summarising import summary_of
from consolidator.unit import Unit

LARGE = 3_000
"""Files from which on a batch goes this way unasked: about what a workbook shows with ease, and is read again with ease
(`limits`), by the next run and at the level above."""
AT_ONCE = 200
"""Files that this computer holds at once, without a cluster."""
GROUP = 16
"""Fragments that a node adds up at once."""
FILES = "files" + dataset.SUFFIX
"""Every file found with its fate: written last, so that data without it are of a run that did not end."""
_TRIES = 3
"""How often fragments are given out before nodes that die end the run."""


def run_or_audit(order: Order, progress: Progress = lambda what, done, total: None) -> Outcome:
    """Consolidates a folder: as `consolidation.run` does, or as an audit where that is asked for or nothing else fits.

    Raises what `consolidation.run` raises.
    """
    if order.data is None and len(_names(order.folder)) <= LARGE:
        with suppress(TooLarge):
            return run(order, progress)
    return audit(order, progress)


def audit(order: Order, progress: Progress = lambda what, done, total: None) -> Outcome:
    """Consolidates a batch of any size. Raises what `consolidation.run` does, OSError where data cannot be written."""
    parent = parent_of(order)
    with held(order.summary_path, order.patience, progress):
        for path in (order.summary_path, order.report_path):
            sweep(path)
        guard_outputs(order)
        return _audit(order, parent, standing(order.summary_path), progress)


def _audit(order: Order, parent: Unit, before: Standing, progress: Progress) -> Outcome:
    data = order.data_place
    readings = order.engine.readings
    _, decisions, said = decisions_at(order.decisions_place, lambda path: recalled(read_decisions, path, readings))
    tasks, passed_over = listed(order)
    _clear(data)
    files = _heads(order, tasks, Audit(data, parent.code, order.engine.reader, decisions), progress)
    form, period = form_and_period(order, files)
    if parent.level not in form.levels:
        raise CannotRun(f"Biểu mẫu “{form.name}” không có phần dành cho cấp của {parent.name}.")
    sorting = sort_out(files, form, period, parent, order.roster, decisions)
    outcome = Outcome(form, order.roster, parent, sorted([*files, *passed_over], key=lambda f: f.file), ())
    outcome.expected = order.roster.children(parent.code)
    outcome.missing = missing_units(outcome.files, outcome.expected)
    outcome.left_out = left_out(outcome) if order.strict else ()
    outcome.questions, outcome.data = sorting.questions, str(data)
    part = _added_up(order, outcome, data, progress)
    findings = _summarise(order, outcome, before, part)
    outcome.summary_findings = [*findings, *said]
    outcome.ledger = _ledger_of(outcome, part)
    prove(outcome.ledger)
    progress(WRITING, 0, 2)
    _write(order, outcome, before, data)
    progress(WRITING, 2, 2)
    return outcome


def _added_up(order: Order, outcome: Outcome, data: Where, progress: Progress) -> Account:
    """What the files that count come to: a few fragments at a node, what nodes come to here, in any order."""
    fragments = _fragments(outcome.merged)
    view = outcome.form.at(outcome.parent.level)
    adding = Adding(data, outcome.form.id, view.level)
    left: list[Sequence[Fragment]] = [fragments[start : start + GROUP] for start in range(0, len(fragments), GROUP)]
    total, done = account_of(view), counter("Cộng số liệu", len(fragments), progress)
    for _ in range(_TRIES):
        for group, part in _answers(order.engine, adding, left):
            total = together(view, [total, part])
            done(len(group))
            left = [one for one in left if one is not group]
        if not left:
            return total
    raise CannotRun("Không cộng được số liệu: máy của cụm tính dừng ba lần liền. Xem lại các máy đó rồi chạy lại.")


def _heads(order: Order, tasks: Sequence[Task], audit: Audit, progress: Progress) -> list[FileOutcome]:
    """Every file read, checked and written down. This computer only reads in processes with limits, and does the rest
    itself, some files at a time: what writes Parquet needs more room than what reads a stranger's file may have."""
    done = counter("Đọc và kiểm tra tệp", len(tasks), progress)
    if not isinstance(order.engine, Processes):
        return read_all(tasks, done, order.engine, audit)
    audit = replace(audit, reader=lambda batch: read_all(batch, done, order.engine))
    return [head for start in range(0, len(tasks), AT_ONCE) for head in audit(tasks[start : start + AT_ONCE])]


def _answers(
    engine: Engine, adding: Adding, groups: Sequence[Sequence[Fragment]]
) -> Iterator[tuple[Sequence[Fragment], Account]]:
    if isinstance(engine, Processes):
        yield from ((group, adding(group)) for group in groups)
    else:
        yield from engine.answers(adding, groups)


def _fragments(merged: Sequence[FileOutcome]) -> list[Fragment]:
    """Where the content of files lies, with the names of those that count."""
    whose: dict[tuple[str, str], list[Head]] = {}
    for file in merged:
        assert isinstance(file, Head)
        whose.setdefault((file.fragment, file.figures_in), []).append(file)
    return [
        Fragment(
            *key, frozenset(one.file for one in heads), any(h.narratives for h in heads), any(h.rows for h in heads)
        )
        for key, heads in sorted(whose.items())
    ]


def _summarise(order: Order, outcome: Outcome, before: Standing, part: Account) -> list[Finding]:
    """Puts the summary into the outcome; what there is to say of it."""
    own, findings, _ = own_of(outcome, before, order.engine.readings)
    if order.previous and outcome.parent.code in order.previous:
        own.previous = last_figures(own.view, order.previous[outcome.parent.code])
    whole = totals(own.view, own.values, weights_of(own, own.values), part.figures)
    summary = replace(
        own,
        values=whole.values,
        own=own.values.copy(),
        texts={},
        weights=whole.weights,
        reported=whole.reported,
        attributes=attributes_of(own, part),
        lines=[_line_of_all(outcome, own, part)],
        is_summary=True,
    )
    summary.source = replace(summary.source, file=order.summary_path.name)
    around = _around(outcome, part)
    Batch([summary], [around]).derive()
    (findings,) = all_findings([summary], [[*findings, *whole.findings, *alone(summary)]], [around])
    outcome.summary = summary
    return [one.at(one.place.file or summary.source.file, one.unit or summary.unit) for one in findings]


def _line_of_all(outcome: Outcome, own: Submission, part: Account) -> Line:
    """One row for all units: what they come to, and where the rows of each are."""
    theirs = totals(own.view, empty_values(own.view), {}, part.figures)
    sources = "\n".join(sorted(f"{file.unit}:{digest_of(file)}" for file in outcome.merged))
    source = Source(outcome.data, hashlib.sha256(sources.encode("utf-8", "replace")).hexdigest())
    name = f"{part.counts['units']} đơn vị (số liệu từng đơn vị ở dữ liệu Parquet)"
    return Line(f"{outcome.parent.code}/*", name, source, theirs.values, theirs.weights)


def _around(outcome: Outcome, part: Account) -> Surroundings:
    """What the batch knows about the summary; as `checking.surroundings`, from partial sums."""
    answers: dict[str, float] = {"REPORTED()": part.counts["units"], "EXPECTED()": len(outcome.expected)}
    if part.counts["units"] and not part.counts["undated"]:
        answers["ONTIME()"] = part.counts["on_time"]
    for what in ("children", "cdcs", "cttt"):
        answers[f'ROSTER("{what}")'] = outcome.roster.count(outcome.parent.code, what)
    view = outcome.form.at(outcome.parent.level)
    for at, total in zip(ways(view).sums, part.figures.sums, strict=True):
        if part.figures.given[at]:
            answers[f"CHILDREN({view.figures[at].ref})"] = rounded(total)
    return Surroundings(answers)


def _ledger_of(outcome: Outcome, part: Account) -> Ledger:
    """What files hold as they were read, against what was added up from the data written down."""
    lines = tuple(_file_line(outcome, file) for file in outcome.files)
    counted = [line for line in lines if line.fate is Fate.MERGED]
    flows = {
        what: Flow(sum(getattr(line, what) for line in counted), part.counts[what])
        for what in ("figures", "narratives", "rows")
    }
    losses = [] if part.counts["units"] == len(counted) else [f"{len(counted)} units, {part.counts['units']} added up"]
    return Ledger(len(outcome.files), lines, unit_count(outcome), **flows, totals=(), losses=tuple(losses))


def _file_line(outcome: Outcome, file: FileOutcome) -> FileLine:
    fate = fate_of(outcome, file)
    counts = (file.figures, file.narratives, file.rows) if isinstance(file, Head) else (0, 0, 0)
    return FileLine(file.file, file.unit, fate, *counts, reason_of(file, fate))


def _write(order: Order, outcome: Outcome, before: Standing, data: Where) -> None:
    """Data first, the summary last. Raises OSError."""
    summary = outcome.summary
    assert summary is not None and outcome.ledger is not None
    new = [(file, file.findings[_told(file) :]) for file in outcome.files]
    write_findings(data, "fates", new)
    dataset.write(data / FILES, _file_columns(outcome, outcome.ledger.files))
    content = summary_of(outcome)
    outcome.summary_file, outcome.report_file = str(order.summary_path), str(order.report_path)
    with before.staged(content) as place:
        keep(replace(summary, lines=[]), store_beside(order.summary_path))
        save(order.report_path, audit_report(outcome))
        outcome.summary_file = str(place())


def _told(file: FileOutcome) -> int:
    """How many of a file's findings its node has written down: of a file that counts, those that it came with."""
    return file.told if isinstance(file, Head) and file.status == "accepted" else 0


def _file_columns(outcome: Outcome, lines: Sequence[FileLine]) -> dict[str, list[str]]:
    return {
        "file": [file.file for file in outcome.files],
        "path": [file.path for file in outcome.files],
        "sha256": [digest_of(file) for file in outcome.files],
        "unit": [file.unit for file in outcome.files],
        "form": [file.form for file in outcome.files],
        "fate": [line.fate.value for line in lines],
        "reason": [line.reason for line in lines],
        "errors": [str(file.errors) for file in outcome.files],
    }


def _clear(data: Where) -> None:
    """Takes away the data of an earlier run: files of ours, in folders of ours, and nothing else."""
    folders = [data, *(data / name for name in (NARRATIVES, ROWS, FINDINGS)), *_names(data / FIGURES)]
    for path in [one for folder in folders for one in _names(folder)]:
        if path.name == FILES or (path.suffix == dataset.SUFFIX and path.parent != data):
            path.unlink()


def _names(folder: Where) -> list[Where]:
    """What lies in a folder; nothing where there is none."""
    try:
        return list(folder.listed()) if isinstance(folder, Remote) else list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
