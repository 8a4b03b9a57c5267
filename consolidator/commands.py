"""What each command does: reads its options, calls the work, tells the result. Heavy modules load when it runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from consolidator.console import (
    CANNOT,
    CLEAN,
    ERRORS,
    earlier_of,
    missing_of,
    print_outcome,
    progress_bar,
    refuse,
    roster_at,
    show,
    unknown_form,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consolidator.engine import Task
    from consolidator.outcome import FileOutcome
    from consolidator.progress import Progress
    from consolidator.unit import Unit

_AT_ONCE = 500
"""Files whose figures are listed at once."""


def issue_command(options: argparse.Namespace) -> int:
    """Writes the blank workbooks. Returns the exit code."""
    from consolidator.issuing import issue
    from consolidator.rulebook import load

    if unknown := unknown_form(options.form):
        return refuse(unknown)
    form = load(options.form)
    roster = roster_at(options.units)
    if roster is None:
        return CANNOT
    units: tuple[Unit, ...] = ()
    if options.parent:
        if options.parent not in roster.units:
            return refuse(f"Mã đơn vị “{options.parent}” không có trong danh sách đơn vị.")
        units = (roster.units[options.parent], *roster.children(options.parent))
    with progress_bar() as progress:
        previous = earlier_of(options.previous)
        written = issue(form, roster, options.out, units, lambda n, of: progress("Phát biểu mẫu", n, of), previous)
    show(f"Đã phát {len(written)} sổ vào “{options.out}”. Gửi mỗi đơn vị một sổ, không cần đổi tên tệp.")
    return CLEAN


def check_command(options: argparse.Namespace) -> int:
    """Says what is wrong in files. Returns the exit code."""
    from consolidator.examining import check_files
    from consolidator.listing import as_json, files_json

    if missing := missing_of(options.paths):
        return refuse(missing)
    with progress_bar() as progress:
        files = check_files(options.paths, progress)
    if not files:
        return refuse("Không có tệp nào để kiểm tra.")
    if options.json:
        print(as_json({"files": files_json(files)}))
    else:
        for file in files:
            _print_file(file)
    return ERRORS if any(file.errors for file in files) else CLEAN


def values_command(options: argparse.Namespace) -> int:
    """Lists every figure. Returns the exit code."""
    from consolidator.csvfile import write_csv, write_tabs
    from consolidator.inbox import list_paths
    from consolidator.listing import COLUMNS, figures_of

    if missing := missing_of(options.files):
        return refuse(missing)
    tasks = list_paths(options.files)[0]
    if not tasks:
        return refuse("Không có tệp nào để đọc.")
    others: list[FileOutcome] = []
    count = 0

    def rows() -> Iterator[list[object]]:
        nonlocal count
        with progress_bar() as progress:
            for file in _some_at_a_time(tasks, progress):
                if file.submission is None:
                    others.append(file)
                    continue
                for record in figures_of(file.submission):
                    count += 1
                    yield [record[column] for column in COLUMNS]

    if options.csv:
        write_csv(options.csv, COLUMNS, rows())
        show(f"Đã ghi {count} con số vào “{options.csv}”.")
    else:
        write_tabs(sys.stdout, COLUMNS, rows())
    for file in others:
        _print_file(file)
    return ERRORS if any(file.status == "rejected" for file in others) else CLEAN


def _some_at_a_time(tasks: Sequence[Task], progress: Progress) -> Iterator[FileOutcome]:
    """What files say, in their order, of which not all are held at once."""
    from consolidator.isolation import Processes, read_all
    from consolidator.progress import counter
    from consolidator.readings import Readings

    done, engine = counter("Đọc tệp", len(tasks), progress), Processes(Readings())
    for start in range(0, len(tasks), _AT_ONCE):
        yield from read_all(tasks[start : start + _AT_ONCE], done, engine)


def forms_command(options: argparse.Namespace) -> int:
    """Lists the regimes, or documents one. Returns the exit code."""
    from consolidator.listing import as_json, form_json
    from consolidator.rulebook import form_ids, load

    if options.form and (unknown := unknown_form(options.form)):
        return refuse(unknown)
    wanted = [options.form] if options.form else form_ids()
    if options.html:
        from consolidator.documenting import form_page

        if len(wanted) != 1:
            return refuse("Ghi rõ một biểu mẫu: consolidator forms BIỂU_MẪU --html")
        print(form_page(load(wanted[0])), end="")
        return CLEAN
    forms = [form_json(load(form_id)) for form_id in wanted]
    if options.json:
        print(as_json({"forms": forms}))
        return CLEAN
    for form in forms:
        show(f"{form['id']}  {form['name']}")
        show(
            f"    cấp: {', '.join(form['levels'])}; {len(form['indicators'])} chỉ tiêu, "
            f"{len(form['narratives'])} mục thuyết minh, {len(form['rules'])} quy tắc"
        )
    return CLEAN


def split_command(options: argparse.Namespace) -> int:
    """Writes the departments' parts of a summary. Returns the exit code."""
    from consolidator.splitting import split

    for path in split(options.summary, options.out, options.departments):
        show(path)
    return CLEAN


def join_command(options: argparse.Namespace) -> int:
    """Puts the parts back. Returns the exit code."""
    from consolidator.splitting import join
    from consolidator.wording import SEVERITY_WORDS, message_of

    parts = [path for given in options.parts for path in (sorted(given.glob("*.xlsx")) if given.is_dir() else [given])]
    out = options.out or options.summary
    joined = join(options.summary, parts, out, options.departments)
    for finding in joined.findings:
        show(f"{SEVERITY_WORDS[finding.severity]} [{finding.place.file}] {message_of(finding)}")
    show(f"Đã ghép {len(joined.taken)} phần ({', '.join(joined.taken)}) vào “{out}”.")
    if joined.missing:
        show(f"Còn thiếu phần của: {', '.join(joined.missing)}.")
    return ERRORS if joined.missing else CLEAN


def addin_command(options: argparse.Namespace) -> int:
    """Builds, installs, removes or examines the add-in. Returns the exit code."""
    from consolidator.addinfile import build
    from consolidator.installwords import line_words, wrong_in

    match options.what:
        case "build" | "installer":
            from consolidator.installer import build_installer
            from consolidator.saving import save, sweep

            path = options.out or Path("CongDoan-Setup.exe" if options.what == "installer" else "congdoan.xlam")
            sweep(path)
            if options.what == "build":
                save(path, build())
            else:
                build_installer(path, build())
            show(f"Đã ghi “{path}”.")
            return CLEAN
        case "install":
            from consolidator.installing import install

            lines = install(build())
        case "uninstall":
            from consolidator.installing import uninstall

            lines = uninstall()
        case _:
            from consolidator.diagnosing import doctor

            lines = doctor(build())
    for line in lines:
        show(line_words(line))
    return ERRORS if wrong_in(lines) else CLEAN


def demo_command(options: argparse.Namespace) -> int:
    """Makes and runs the sample province. Returns the exit code."""
    from consolidator.demonstration import demonstrate

    if not 11 <= options.units <= 778:
        return refuse("--units phải từ 11 đến 778.")
    with progress_bar() as progress:
        outcome = demonstrate(options.out, options.units, progress)
    print_outcome(outcome)
    show(f"Xem thư mục “{options.out}”: biểu mẫu trống, báo cáo ba cấp, sổ tổng hợp và báo cáo kiểm tra.")
    return ERRORS if outcome.errors else CLEAN


def _print_file(file: FileOutcome) -> None:
    from consolidator.wording import SEVERITY_WORDS, STATUS_WORDS, message_of

    show(f"{file.file}: {STATUS_WORDS[file.status]}, {len(file.findings)} điều cần xem")
    form = file.submission.view.form if file.submission else None
    for finding in file.findings:
        place = f"{finding.place.sheet}!{finding.place.cell}" if finding.place.cell else "-"
        show(f"  {SEVERITY_WORDS[finding.severity]} {finding.code} [{place}] {message_of(finding, form)}")
