"""Runs in which the nth call of the operating system fails: nothing half, nothing lost, the next run comes to the same.

In CI some calls of every kind, the last ones of those that write; `CONSOLIDATOR_FAULTS=all` fails every one of them
with every error.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

import pytest

from consolidator.cli import main
from consolidator.console import CANNOT, ERRORS
from consolidator.writing import UNEVEN
from tests.faults import ERRORS as TROUBLES
from tests.faults import Faults
from tests.tiny import Batch, small_world

SAMPLE = {"write": 3, "replace": 2, "fsync": 2}
"""How many calls of a kind CI fails, from the last; of the other kinds the one in the middle."""
ALL = os.environ.get("CONSOLIDATOR_FAULTS") == "all"


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    with small_world(tmp_path_factory.mktemp("nhỏ")):
        yield Batch(tmp_path_factory.mktemp("đợt"))


@pytest.fixture(scope="module")
def again(batch: Batch) -> dict[str, bytes]:
    """What one more undisturbed run makes of the outputs: the same, but nothing has changed since the last run."""
    batch.set_back()
    main(batch.arguments)
    main(batch.arguments)
    found = batch.read(batch.out)
    assert {name for name, content in found.items() if batch.new[name] != content} == {batch.report.name}
    return found


def beside(name: str) -> bool:
    """Whether a file is what a run wrote beside an output that refused, or has put aside since."""
    return " (mới " in name


def play(batch: Batch, again: dict[str, bytes], nth: int, turn: int, said: pytest.CaptureFixture[str]) -> None:
    batch.set_back()
    faults = Faults(batch.home, nth, turn)
    said.readouterr()
    with faults.at_work():
        code = main(batch.arguments)
    told = said.readouterr()
    kind = f"{faults.calls[-1 if len(faults.calls) < nth else nth - 1]} {nth} {turn}"
    assert code in (ERRORS, CANNOT), kind
    assert batch.inputs_are_whole(), kind
    found = batch.read(batch.out)
    for name, content in found.items():
        if name.endswith(".xlsx"):
            assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None, (kind, name)
    summary, report = found[batch.summary.name], found[batch.report.name]
    if code == CANNOT:
        assert told.err.strip() and "Traceback" not in told.err, kind
        assert summary in (batch.old[batch.summary.name], batch.new[batch.summary.name]), kind
        if summary == batch.old[batch.summary.name]:
            is_old = report == batch.old[batch.report.name] and not any(map(beside, found))
            assert is_old or UNEVEN in told.err, (kind, told.err)
    else:
        assert report != batch.old[batch.report.name] or any(map(beside, found)), kind
        assert summary != batch.old[batch.summary.name] or any(map(beside, found)), kind
    came_before = {batch.old[batch.summary.name]: batch.new, batch.new[batch.summary.name]: again}
    expected = came_before.get(summary) if not any(map(beside, found)) else None
    main(batch.arguments)
    now = {name: content for name, content in batch.read(batch.out).items() if not beside(name)}
    assert now.keys() == batch.new.keys(), kind
    differing = {name for name in now if now[name] != (expected or batch.new)[name]}
    assert differing <= (set() if expected else {batch.report.name}), (kind, differing)


def test_whichever_call_fails(batch: Batch, again: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    batch.set_back()
    whole = Faults(batch.home)
    with whole.at_work():
        main(batch.arguments)
    assert {"make", "open", "read", "write", "fsync", "replace"} <= set(whole.calls)
    cases = [(n, turn) for n, kind in enumerate(whole.calls, 1) for turn in range(len(TROUBLES[kind]))]
    wrong = []
    for nth, turn in cases if ALL else _some(whole.calls):
        try:
            play(batch, again, nth, turn, capsys)
        except Exception as error:
            wrong.append(f"{whole.calls[nth - 1]} {nth} {turn}: {str(error)[:300]}")
    with capsys.disabled():
        if ALL:
            print(f"\n{len(whole.calls)} calls, {len(cases)} faults, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)


def _some(calls: list[str]) -> list[tuple[int, int]]:
    """(call, turn) of those that CI plays, in the order of the run."""
    found = []
    for kind in dict.fromkeys(calls):
        of_kind = [n for n, one in enumerate(calls, 1) if one == kind]
        found += of_kind[-SAMPLE[kind] :] if kind in SAMPLE else [of_kind[len(of_kind) // 2]]
    return [(nth, nth) for nth in sorted(found)]
