"""Commands over batches: a folder, a tree of folders, where a figure comes from. Heavy modules load when one runs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from consolidator.console import (
    CANNOT,
    CLEAN,
    ERRORS,
    earlier_of,
    print_outcome,
    progress_bar,
    refuse,
    roster_at,
    unknown_form,
)

if TYPE_CHECKING:
    from consolidator.ordering import Order


def run_command(options: argparse.Namespace) -> int:
    """Consolidates a folder. Returns the exit code."""
    from consolidator.besides import REPORT_NAME, SUMMARY_NAME
    from consolidator.consolidation import Order, run
    from consolidator.issuing import clean
    from consolidator.listing import as_json, outcome_json

    if options.flat and not options.recursive:
        return refuse("--flat chỉ dùng cùng với --recursive.")
    if not (options.recursive or (options.out and options.report)):
        return refuse("Ghi rõ --out và --report (chỉ --recursive mới tự đặt tên).")
    code = clean(options.parent)
    out = options.out or options.folder / SUMMARY_NAME.format(code=code)
    report = options.report or options.folder / REPORT_NAME.format(code=code)
    for name, path in (("--out", out), ("--report", report)):
        if path.suffix.lower() != ".xlsx":
            return refuse(f"{name} phải là tên một tệp .xlsx, không phải “{path}”.")
    if options.form and (unknown := unknown_form(options.form)):
        return refuse(unknown)
    roster = roster_at(options.units)
    if roster is None:
        return CANNOT
    order = Order(
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
    )
    if options.recursive:
        return _run_tree(order, options.flat, options.json)
    with progress_bar() as progress:
        outcome = run(order, progress)
    if options.json:
        print(as_json(outcome_json(outcome)))
    else:
        print_outcome(outcome)
    return ERRORS if outcome.errors else CLEAN


def _run_tree(order: Order, flat: bool, as_text: bool) -> int:
    """Consolidates a tree of folders. Returns the exit code."""
    from consolidator.flattening import flat_check
    from consolidator.listing import as_json, tree_json
    from consolidator.recursing import closing, run_tree
    from consolidator.wording import SEVERITY_WORDS, message_of, number_words

    with progress_bar() as progress:
        tree = run_tree(order, progress)
        differences = flat_check(tree) if flat else []
    if as_text:
        print(as_json(tree_json(tree, differences if flat else None)))
    else:
        for line in closing(tree):
            print(line)
        for finding in tree.strangers:
            print(f"{SEVERITY_WORDS[finding.severity]} [{finding.place.file}] {message_of(finding)}")
        if flat and not differences:
            print("Cộng thẳng từ cơ sở ra đúng như tổng hợp qua từng cấp.")
    for one in differences:
        values = f"qua từng cấp {number_words(one.by_levels)}, cộng thẳng từ cơ sở {number_words(one.from_base)}"
        print(f"SAI LỆCH {one.ref} “{one.label}”: {values}.", file=sys.stderr)
    if differences:
        return refuse("Đây là lỗi của chương trình: chưa dùng sổ tổng hợp này; gửi các dòng trên cho người phụ trách.")
    return ERRORS if tree.errors else CLEAN


def trace_command(options: argparse.Namespace) -> int:
    """Prints where a figure of a summary comes from. Returns the exit code."""
    from consolidator.listing import as_json
    from consolidator.tracewords import trace_json, trace_lines
    from consolidator.tracing import trace

    if not options.summary.is_file():
        return refuse(f"Không có tệp “{options.summary}”.")
    found = trace(options.summary, options.ref)
    if options.json:
        print(as_json(trace_json(found)))
    else:
        for line in trace_lines(found):
            print(line)
    return CLEAN if found.is_whole else ERRORS
