"""Commands around batches: watching a folder, asking over periods. Heavy modules load when one runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
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
    from consolidator.ordering import Order
    from consolidator.watching import Ran


def order_from(options: argparse.Namespace) -> Order | None:
    """What `run` and `watch` are asked to do; None after saying what is wrong with the options."""
    from consolidator.naming import RETURNS, outputs_in
    from consolidator.ordering import Order

    if not (options.recursive or (options.out and options.report)):
        refuse("Ghi rõ --out và --report (chỉ --recursive mới tự đặt tên).")
        return None
    if isinstance(options.folder, Path):
        summary, sheet = outputs_in(options.folder, options.parent)
    elif options.recursive:
        refuse(f"“{options.folder}” không phải thư mục trên máy này: không dùng được với --recursive.")
        return None
    else:
        summary, sheet = options.out, options.report
    out, report = options.out or summary, options.report or sheet
    for name, path in (("--out", out), ("--report", report)):
        if path.suffix.lower() != ".xlsx":
            refuse(f"{name} phải là tên một tệp .xlsx, không phải “{path}”.")
            return None
    if options.form and (unknown := unknown_form(options.form)):
        refuse(unknown)
        return None
    roster = roster_at(options.units)
    if roster is None:
        return None
    return Order(
        options.folder,
        roster,
        options.units,
        options.parent,
        out,
        report,
        options.form,
        options.period,
        options.strict,
        earlier_of(options.previous),
        decisions_path=options.decisions,
        returns_path=None if options.returns is None else options.returns or out.parent / RETURNS,
    )


def watch_command(options: argparse.Namespace) -> int:
    """Consolidates a folder again and again as files arrive, until Ctrl-C. Returns the exit code."""
    from consolidator.isolation import Processes
    from consolidator.readings import Readings
    from consolidator.settling import USUAL
    from consolidator.watching import watch

    if not (isinstance(options.folder, Path) and options.folder.is_dir()):
        return refuse(f"Không có thư mục “{options.folder}” trên máy này.")
    if not 0.5 <= options.settle <= 3600:
        return refuse("--settle phải từ 0,5 đến 3600 giây.")
    order = order_from(options)
    if order is None:
        return CANNOT
    order = replace(order, engine=Processes(Readings()))
    pace = replace(USUAL, settle=options.settle, limit=max(USUAL.limit, 2 * options.settle))
    runs = _tree_told if options.recursive else _folder_told
    watch(order, pace, tell=_say, runs=runs, recursive=options.recursive, polls=options.poll)
    return CLEAN


def history_command(options: argparse.Namespace) -> int:
    """Prints a figure over periods, or makes the store anew. Returns the exit code."""
    from consolidator.csvfile import csv_content
    from consolidator.history import COLUMNS, ask, known_refs
    from consolidator.naming import STORE
    from consolidator.pasttable import record, table
    from consolidator.saving import save_alone

    place = options.folder
    folder = place if place.name == STORE else place / STORE
    if options.rebuild:
        return _rebuild(options.rebuild, folder)
    if not options.ref:
        return refuse("Ghi mã chỉ tiêu, ví dụ tvpl_luot hoặc tvpl_luot.actual; hoặc dùng --rebuild.")
    if not folder.is_dir():
        return refuse(f"Chưa có lịch sử ở “{folder}”; lập từ các sổ tổng hợp bằng lệnh history --rebuild.")
    ref = options.ref if "." in options.ref else f"{options.ref}.actual"
    broken: dict[Path, str] = {}
    points = ask(folder, ref, options.unit or (), broken.__setitem__)
    for path, why in broken.items():
        refuse(f"{path.name}: {why}")
    if not points:
        indicator = ref.partition(".")[0]
        near = [one for one in known_refs(folder) if one.startswith(f"{indicator}.")]
        others = f" Chỉ tiêu này có: {', '.join(near)}." if near and ref not in near else ""
        return refuse(f"Lịch sử không có số nào của “{ref}”{' ở các đơn vị này' * bool(options.unit)}.{others}")
    if options.json:
        from consolidator.listing import as_json

        print(as_json({"ref": ref, "points": [record(point) for point in points]}))
    elif options.csv:
        save_alone(options.csv, csv_content(COLUMNS, [list(record(point).values()) for point in points]))
        show(f"Đã ghi {len(points)} con số vào “{options.csv}”.")
    else:
        for line in table(points):
            show(line)
    return ERRORS if broken else CLEAN


def _rebuild(paths: Sequence[Path], folder: Path) -> int:
    from consolidator.history import rebuild
    from consolidator.inbox import list_paths

    if missing := missing_of(paths):
        return refuse(missing)
    done = rebuild([path for path, _ in list_paths(paths)[0]], folder)
    for path, why in done.told:
        refuse(f"{path}: {why}")
    show(f"Đã ghi lịch sử của {len(done.kept)} sổ tổng hợp vào “{folder}”.")
    return ERRORS if done.told else CLEAN


def _folder_told(order: Order) -> Ran:
    from consolidator.auditing import run_or_audit

    with progress_bar() as progress:
        outcome = run_or_audit(order, progress)
    print_outcome(outcome)
    return [(order, outcome)]


def _tree_told(order: Order) -> Ran:
    from consolidator.recursing import closing, run_tree

    with progress_bar() as progress:
        tree = run_tree(order, progress)
    for line in closing(tree):
        show(line)
    return [(level.order, level.outcome) for level in tree.levels]


def _say(text: str) -> None:
    """With the time of day, for who comes back to the screen after lunch."""
    from datetime import datetime

    show(f"{datetime.now():%H:%M:%S} {text}")
