"""All spoilt files at once: each ends as its table says, and none moves a figure of the good ones beside it.

They are read as a batch reads them, in workers that may compute 10 s and take 512 MB for a file: what needs more is
told as `file-crashed`, which no table expects. So no clock is asked here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from consolidator import limits
from consolidator.consolidation import run
from consolidator.finding import Finding, Severity
from consolidator.form import Form
from consolidator.inbox import list_folder
from consolidator.isolation import read_all
from consolidator.outcome import FileOutcome, Outcome
from consolidator.rulebook import load
from consolidator.sentences import KINDS, REASONS
from tests import broken_files, hostile_files
from tests.corpus import Case, all_cases, base
from tests.district import A, B, C, entry, order, put
from tests.spoiling import Spoiled

GOOD = ((A, 30.0, 18.0), (B, 7.0, 3.0), (C, 1200.0, 1.0))


def placed(case: Case, folder: Path) -> Path:
    """Puts a case's file, or whatever it is, into a folder."""
    made, path = case.build(base()), folder / case.name
    if isinstance(made, bytes):
        path.write_bytes(made)
    else:
        made(path)
    return path


def outcomes_of(cases: Sequence[Case], folder: Path) -> dict[str, list[FileOutcome]]:
    """What becomes of the files of each case, read all together, each from a folder of its own."""
    found: dict[str, list[FileOutcome]] = {}
    tasks: dict[str, list[tuple[Path, str]]] = {}
    for number, case in enumerate(cases):
        (own := folder / str(number)).mkdir()
        placed(case, own)
        tasks[case.name], found[case.name] = list_folder(own)
    outcomes = iter(read_all([task for of_case in tasks.values() for task in of_case]))
    return {name: found[name] + [next(outcomes) for _ in of_case] for name, of_case in tasks.items()}


def wrong_with(case: Case, outcomes: Sequence[FileOutcome]) -> list[str]:
    """How a case ended otherwise than its table says; nothing if it did not."""
    inside = case.inside if isinstance(case, Spoiled) else {}
    fates = [one.status for one in outcomes]
    expected = [case.fate, *inside.values()]
    found: list[Finding] = [finding for one in outcomes for finding in one.findings]
    codes = {finding.code for finding in found}
    wrong = [f"ended as {fates}, not {expected}: {sorted(codes)}"] if fates != expected else []
    wrong += [f"{code} was not told, but {sorted(codes)}" for code in case.codes - codes]
    rules = {rule.code for rule in load("quy3_2023_004").rules}
    more = {finding.code for finding in found if finding.severity is Severity.ERROR} - case.codes - rules
    wrong += [f"{code} was told" for code in more if not inside]
    if isinstance(case, Spoiled) and case.reason:
        reason = (REASONS if "file-unreadable" in case.codes else KINDS)[case.reason]
        said = [fact for one in found for fact in one.facts.values()]
        wrong += [f"“{reason}” was not said, but {said}"] if reason not in said else []
    submission = outcomes[-1].submission if outcomes else None
    if submission is not None:
        figures = {**base().figures, **case.figures}
        read = {ref: submission.value(ref) for ref in figures}
        wrong += [f"read {read}, not {figures}"] if read != figures else []
    return wrong


@pytest.mark.parametrize("cases", [broken_files.CASES, hostile_files.CASES], ids=["hỏng", "độc"])
def test_every_file_ends_as_its_table_says(cases: Sequence[Case], tmp_path: Path) -> None:
    outcomes = outcomes_of(cases, tmp_path)
    wrong = {case.name: wrong_with(case, outcomes[case.name]) for case in cases}
    assert {name: how for name, how in wrong.items() if how} == {}


def test_there_are_enough_of_them_and_no_two_bear_one_name() -> None:
    names = [case.name for case in all_cases()]
    assert len(broken_files.CASES) >= 40 and len(hostile_files.CASES) >= 40
    assert len(names) >= 150 and len(set(names)) == len(names)


@pytest.fixture
def good(form: Form, tmp_path: Path) -> Outcome:
    """The batch without anything spoilt."""
    for unit, total, direct in GOOD:
        figures = {"tvpl_luot": total, "tvpl_truc_tiep": direct, "tvpl_gian_tiep": total - direct}
        put(tmp_path / "inbox", form, entry(unit, figures))
    return run(order(tmp_path))


def test_a_batch_salted_with_all_of_them_merges_exactly_the_good_ones(good: Outcome, tmp_path: Path) -> None:
    for case in all_cases():
        placed(case, tmp_path / "inbox")
    salted = run(order(tmp_path))
    assert good.summary is not None and salted.summary is not None
    assert [file.unit for file in salted.merged] == [file.unit for file in good.merged] == [A.code, B.code, C.code]
    assert salted.summary.values.tobytes() == good.summary.values.tobytes()
    assert salted.summary.value("tvpl_luot.actual") == sum(total for _, total, _ in GOOD)
    assert {line.unit for line in salted.summary.lines} == {A.code, B.code, C.code}
    named = {file.file for file in salted.files}
    assert {case.name.encode("utf-8", "replace").decode() for case in all_cases()} <= named
    assert all(file.findings for file in salted.files if file.status != "accepted")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a worker are those of Linux")
def test_the_limits_are_those_of_the_table() -> None:
    assert (limits.SECONDS, limits.MEMORY) == (10, 512 * 2**20)
