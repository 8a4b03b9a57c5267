"""Commands over batches: a folder, a tree of folders, where a figure comes from. Heavy modules load when one runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from consolidator.console import (
    CANNOT,
    CLEAN,
    ERRORS,
    print_outcome,
    progress_bar,
    refuse,
    show,
)

if TYPE_CHECKING:
    from consolidator.engine import Engine
    from consolidator.ordering import Order


def run_command(options: argparse.Namespace) -> int:
    """Consolidates a folder. Returns the exit code."""
    from consolidator.auditing import run_or_audit
    from consolidator.datacommands import order_from
    from consolidator.listing import as_json, outcome_json

    if options.flat and not options.recursive:
        return refuse("--flat chỉ dùng cùng với --recursive.")
    if options.scheduler and options.engine != "dask":
        return refuse("--scheduler chỉ dùng cùng với --engine dask.")
    order = order_from(options)
    if order is None:
        return CANNOT
    with _engine(options) as engine:
        order = replace(order, engine=engine, data=options.data)
        if options.recursive:
            return _run_tree(order, options.flat, options.json, options.quiet)
        with progress_bar(options.quiet) as progress:
            outcome = run_or_audit(order, progress)
    if options.json:
        print(as_json(outcome_json(outcome)))
    elif not options.quiet:
        print_outcome(outcome)
    return ERRORS if outcome.errors else CLEAN


@contextmanager
def _engine(options: argparse.Namespace) -> Iterator[Engine]:
    """Who reads the files of a run."""
    if options.engine == "dask":
        from consolidator.cluster import dask_engine

        with dask_engine(options.scheduler) as engine:
            yield engine
    else:
        from consolidator.isolation import Processes
        from consolidator.readings import Readings

        readings = Readings()
        yield Processes(None if options.fresh else readings)
        readings.tidy()


def _run_tree(order: Order, flat: bool, as_text: bool, is_quiet: bool) -> int:
    """Consolidates a tree of folders. Returns the exit code."""
    from consolidator.flattening import flat_check
    from consolidator.listing import as_json, tree_json
    from consolidator.recursing import closing, run_tree
    from consolidator.wording import SEVERITY_WORDS, message_of, number_words

    with progress_bar(is_quiet) as progress:
        tree = run_tree(order, progress)
        if flat and tree.top.data:
            refuse("Không so được với cộng thẳng từ cơ sở (--flat): sổ tổng hợp trên cùng chỉ có số tổng.")
            flat = False
        differences = flat_check(tree) if flat else []
    if as_text:
        print(as_json(tree_json(tree, differences if flat else None)))
    elif not is_quiet:
        for line in closing(tree):
            show(line)
        for finding in tree.strangers:
            show(f"{SEVERITY_WORDS[finding.severity]} [{finding.place.file}] {message_of(finding)}")
        if flat and not differences:
            show("Cộng thẳng từ cơ sở ra đúng như tổng hợp qua từng cấp.")
    for one in differences:
        values = f"qua từng cấp {number_words(one.by_levels)}, cộng thẳng từ cơ sở {number_words(one.from_base)}"
        refuse(f"SAI LỆCH {one.ref} “{one.label}”: {values}.")
    if differences:
        return refuse("Đây là lỗi của chương trình: chưa dùng sổ tổng hợp này; gửi các dòng trên cho người phụ trách.")
    return ERRORS if tree.errors else CLEAN


def trace_command(options: argparse.Namespace) -> int:
    """Prints where a figure of a summary comes from. Returns the exit code."""
    from consolidator.isolation import Processes
    from consolidator.listing import as_json
    from consolidator.readings import Readings
    from consolidator.tracewords import trace_json, trace_lines
    from consolidator.tracing import trace

    if not options.summary.is_file():
        return refuse(f"Không có tệp “{options.summary}”.")
    found = trace(options.summary, options.ref, Processes(Readings()))
    if options.json:
        print(as_json(trace_json(found)))
    else:
        for line in trace_lines(found):
            show(line)
    return CLEAN if found.is_whole else ERRORS
