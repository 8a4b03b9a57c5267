"""The path of a batch, on one page: gather, read, check, merge, check again, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from consolidator.checking import all_findings, surroundings
from consolidator.content import cover_of
from consolidator.finding import Finding, Place, by_weight
from consolidator.form import Form
from consolidator.inbox import list_folder, list_paths, missing_units, sort_out
from consolidator.isolation import read_all
from consolidator.linking import link_target
from consolidator.merging import merge
from consolidator.outcome import FileOutcome, Outcome
from consolidator.ownpart import own_part, summary_before
from consolidator.previous import Earlier, last_figures
from consolidator.reporting import report_workbook
from consolidator.rulebook import load
from consolidator.saving import save
from consolidator.submission import Batch, Submission
from consolidator.summarising import notice_of, summary_workbook
from consolidator.unit import Roster, Unit
from consolidator.wording import tell

Progress = Callable[[str, int, int], None]
"""Told what is going on, how much is done and how much there is."""


class CannotRun(Exception):
    """A batch that cannot be run as asked; the message is for the person who asked (Vietnamese)."""


@dataclass(frozen=True)
class Order:
    """What a batch is asked to do. `form` and `period` may be left open: then the files decide."""

    folder: Path
    roster: Roster
    roster_path: Path
    parent: str
    summary_path: Path
    report_path: Path
    form: str = ""
    period: str = ""
    strict: bool = False
    previous: Mapping[str, Earlier] = field(default_factory=dict)


def run(order: Order, progress: Progress = lambda what, done, total: None) -> Outcome:
    """Consolidates a folder into the parent's summary and report workbooks.

    Raises CannotRun where there is nothing to consolidate, RulebookError where the rules are broken.
    """
    parent = _parent(order)
    _guard_report(order)
    files, passed_over = _gathered(order, progress)
    form, period = _form_and_period(order, files)
    if parent.level not in form.levels:
        raise CannotRun(f"Biểu mẫu “{form.name}” không có phần dành cho cấp của {parent.name}.")
    sort_out(files, form, period, parent, order.roster)
    _check_files(files, progress)
    expected = order.roster.children(parent.code)
    outcome = Outcome(form, order.roster, parent, sorted([*files, *passed_over], key=lambda f: f.file), expected)
    outcome.missing = missing_units(outcome.files, expected)
    outcome.left_out = _left_out(outcome) if order.strict else ()
    outcome.summary, outcome.summary_findings = _merged(order, outcome)
    _prove(outcome)
    progress("Ghi sổ tổng hợp và báo cáo kiểm tra", 0, 2)
    _write(order, outcome)
    progress("Ghi sổ tổng hợp và báo cáo kiểm tra", 2, 2)
    return outcome


def check_files(paths: Sequence[Path], progress: Progress = lambda what, done, total: None) -> list[FileOutcome]:
    """Reads and checks files, and those in folders, on their own, without a batch around them."""
    tasks, passed_over = list_paths(paths)
    files = read_all(tasks, _counter("Đọc tệp", len(tasks), progress))
    _check_files(files, progress)
    return [*files, *passed_over]


def _parent(order: Order) -> Unit:
    if order.parent not in order.roster.units:
        raise CannotRun(f"Mã đơn vị tổng hợp “{order.parent}” không có trong danh sách đơn vị.")
    return order.roster.units[order.parent]


def _guard_report(order: Order) -> None:
    """Only a report of an earlier run may be written over, never the list of units or somebody's workbook."""
    path = order.report_path
    if path.resolve() == order.summary_path.resolve():
        raise CannotRun("--out và --report phải là hai tệp khác nhau.")
    if path.exists():
        (file,) = read_all([(path, path.name)])
        if "ignored-output" not in [finding.code for finding in file.findings]:
            raise CannotRun(
                f"“{path}” đã có nhưng không phải báo cáo kiểm tra do chương trình lập ra; "
                "đổi tên tệp đó hoặc chọn --report khác."
            )


def _gathered(order: Order, progress: Progress) -> tuple[list[FileOutcome], list[FileOutcome]]:
    if not order.folder.is_dir():
        raise CannotRun(f"Không có thư mục “{order.folder}”.")
    tasks, passed_over = list_folder(order.folder, (order.summary_path, order.report_path), order.roster_path)
    return read_all(tasks, _counter("Đọc tệp", len(tasks), progress)), passed_over


def _form_and_period(order: Order, files: Sequence[FileOutcome]) -> tuple[Form, str]:
    """The regime and period of the batch: as ordered, else what most files declare."""
    declared = Counter(
        (file.submission.view.form.id, file.submission.period) for file in files if file.submission is not None
    )
    if order.form and order.period:
        return load(order.form), order.period
    wanted = [(pair, n) for pair, n in declared.most_common() if order.form in ("", pair[0])]
    if not wanted:
        if order.form:
            form = load(order.form)
            return form, order.period or form.period.id
        raise CannotRun("Trong thư mục không có báo cáo nào đúng biểu mẫu; ghi rõ --form để vẫn lập sổ tổng hợp.")
    if len(wanted) > 1 and wanted[0][1] == wanted[1][1]:
        raise CannotRun("Thư mục lẫn nhiều biểu mẫu hoặc nhiều kỳ ngang nhau; ghi rõ --form và --period.")
    (form_id, period), _ = wanted[0]
    return load(form_id), order.period or period


def _check_files(files: Sequence[FileOutcome], progress: Progress) -> None:
    accepted = [file for file in files if file.status == "accepted" and file.submission is not None]
    progress("Kiểm tra số liệu", 0, len(accepted))
    submissions = [file.submission for file in accepted if file.submission is not None]
    for file, findings in zip(accepted, all_findings(submissions, [f.findings for f in accepted]), strict=True):
        file.findings = findings
    progress("Kiểm tra số liệu", len(accepted), len(accepted))


def _left_out(outcome: Outcome) -> tuple[Unit, ...]:
    """In a strict run: units whose file has errors, each told so."""
    found = []
    for file in outcome.merged:
        if file.errors:
            file.findings.append(tell("left-out", Place(file=file.file), file.unit, count=str(file.errors)))
            found.append(outcome.roster.units[file.unit])
    return tuple(found)


def _merged(order: Order, outcome: Outcome) -> tuple[Submission, list[Finding]]:
    try:
        before = summary_before(order.summary_path, outcome.parent, outcome.form)
    except ValueError as error:
        raise CannotRun(
            f"“{order.summary_path}” đã có nhưng không phải sổ tổng hợp của {outcome.parent.name}; "
            "đổi tên tệp đó hoặc chọn --out khác."
        ) from error
    own, findings = own_part(outcome.parent, outcome.form, outcome.files, before)
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
    (findings,) = all_findings([summary], [findings + more], [around])
    return summary, sorted(
        (f.at(f.place.file or summary.source.file, f.unit or summary.unit) for f in findings), key=by_weight
    )


def _prove(outcome: Outcome) -> None:
    """Nothing disappears: every file has one fate, and every figure read is in the summary's lines."""
    fates = sum(outcome.count(status) for status in ("accepted", "rejected", "ignored"))
    assert fates == len(outcome.files), "a file without a fate"
    assert outcome.summary is not None
    lines = {line.unit: line for line in outcome.summary.lines}
    for file in outcome.merged:
        submission = file.submission
        assert submission is not None
        for ref, position in submission.view.position.items():
            value = submission.values[position]
            at = outcome.summary.view.position.get(ref)
            kept = np.isnan(value) or (at is not None and lines[file.unit].values[at] == value)
            assert kept, f"{file.file}: {ref} is lost"


def _write(order: Order, outcome: Outcome) -> None:
    assert outcome.summary is not None
    summary = outcome.summary
    cover = cover_of(outcome.parent, outcome.form, summary.meta)
    save(order.summary_path, summary_workbook(summary, cover, notice_of(outcome)))
    outcome.summary_file, outcome.report_file = str(order.summary_path), str(order.report_path)
    save(order.report_path, report_workbook(outcome, order.report_path.resolve()))


def _counter(what: str, total: int, progress: Progress) -> Callable[[int], None]:
    finished = 0

    def done(count: int) -> None:
        nonlocal finished
        finished += count
        progress(what, finished, total)

    progress(what, 0, total)
    return done
