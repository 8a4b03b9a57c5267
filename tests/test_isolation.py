"""Reading in worker processes: a file that kills or holds up its reader costs that file and no other."""

from __future__ import annotations

import faulthandler
import os
import random
import re
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator import isolation, limits
from consolidator.checking import check
from consolidator.finding import Place
from consolidator.isolation import read_all
from consolidator.opening import Opened, open_file, read_file
from consolidator.outcome import FileOutcome
from consolidator.parcel import Parcel
from consolidator.readings import Readings
from consolidator.rulebook import load
from consolidator.unit import Unit
from consolidator.wording import tell
from tests.tampering import entered, part_changed, poured, put

FORM = load("quy3_2023_004")
VIEW = FORM.at("CDCS")
SENT = poured(entered(VIEW, {"tvpl_luot.actual": 3.0}), Unit("U1", "CĐCS Một", "CDCS", "LC-01"))

inherits = pytest.mark.skipif(sys.platform != "linux", reason="workers inherit a patched reader only by fork")


def tasks(folder: Path, contents: dict[str, bytes]) -> list[tuple[Path, str]]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [(folder / name, name) for name in contents]


def fates(outcomes: list[FileOutcome]) -> list[tuple[str, str, list[str]]]:
    return [(one.file, one.status, [f.code for f in one.findings]) for one in outcomes]


class Panic(BaseException):
    """As calamine raises it."""


def dying(
    path: Path, shown: str, readings: Readings | None, begins: Callable[[int], None]
) -> FileOutcome | Opened | Parcel:
    """Reads like the real one, but ends its process at files whose name says so."""
    if shown.startswith("chết"):
        os.kill(os.getpid(), signal.SIGKILL)
    if shown.startswith("treo"):
        while True:
            pass
    if shown.startswith("chờ"):
        time.sleep(600)
    if shown.startswith("abort"):
        os.abort()
    if shown.startswith("đầy"):
        bytearray(limits.MEMORY * 5 // 4)
    return open_file(path, shown, readings, begins)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Workers that abort, as they are meant to, do not print where."""
    faulthandler.disable()
    yield
    faulthandler.enable()


def test_outcomes_come_in_order_with_their_submissions(tmp_path: Path) -> None:
    given = tasks(tmp_path, {"c.xlsx": SENT, "a.xlsx": b"x", "b.xlsx": SENT})
    heard: list[int] = []
    outcomes = read_all(given, heard.append)
    assert outcomes[0].submission is not None
    (ruled,) = check([outcomes[0].submission])  # what looks at one report alone is said where it is read
    codes = [finding.code for finding in ruled]
    assert len(codes) == 17
    assert fates(outcomes) == [
        ("c.xlsx", "accepted", codes),
        ("a.xlsx", "rejected", ["file-kind"]),
        ("b.xlsx", "accepted", codes),
    ]
    assert outcomes[0].submission.view is load(FORM.id).at("CDCS")
    assert outcomes[0].submission.value("tvpl_luot.actual") == 3.0
    assert sum(heard) == 3


def test_nothing_to_read_is_nothing_read() -> None:
    assert read_all([]) == []


def test_the_same_file_asked_for_twice_is_told_twice(tmp_path: Path) -> None:
    (task,) = tasks(tmp_path, {"a.xlsx": SENT})
    assert [one.status for one in read_all([task, task])] == ["accepted", "accepted"]


@inherits
@pytest.mark.parametrize("at", [0, 3, 6])
def test_a_reader_that_dies_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(isolation, "open_file", dying)
    names = [f"{n}.xlsx" for n in range(6)]
    names.insert(at, "chết.xlsx")
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(names, SENT)))
    assert [one.file for one in outcomes] == names
    assert {one.file: one.status for one in outcomes} == {
        name: "rejected" if name == "chết.xlsx" else "accepted" for name in names
    }
    assert outcomes[at].findings == [tell("file-crashed", Place(file="chết.xlsx"))]


@inherits
def test_several_deaths_cost_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "open_file", dying)
    names = ["chết 1.xlsx", "a.xlsx", "chết 2.xlsx"]
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(names, SENT)))
    assert [one.status for one in outcomes] == ["rejected", "accepted", "rejected"]


@inherits
@pytest.mark.skipif(os.name == "nt", reason="no alarm on Windows")
def test_a_reader_that_never_ends_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "open_file", dying)
    monkeypatch.setattr(limits, "SECONDS", 1)
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(["a.xlsx", "treo.xlsx", "b.xlsx"], SENT)))
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]
    assert [f.code for f in outcomes[1].findings] == ["file-crashed"]


@inherits
def test_a_reader_that_only_waits_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It computes nothing, so that no alarm goes: as on a network that has gone away."""
    monkeypatch.setattr(isolation, "open_file", dying)
    monkeypatch.setattr(limits, "WAIT", 5)
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(["a.xlsx", "chờ.xlsx", "b.xlsx"], SENT)))
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]


@inherits
@pytest.mark.parametrize("way", ["abort", "đầy"])
def test_whatever_a_reader_dies_of_costs_one_file(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: None
) -> None:
    monkeypatch.setattr(isolation, "open_file", dying)
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(["a.xlsx", f"{way}.xlsx", "b.xlsx"], SENT)))
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]
    assert [f.code for f in outcomes[1].findings] == ["file-crashed"]


@pytest.mark.parametrize("end", [MemoryError(), Panic("index out of bounds")])
def test_what_the_reader_beneath_dies_of_is_said_of_the_file(
    end: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panic of calamine is no `Exception`; neither ends anything but the one file."""

    def dies(stream: object) -> None:
        raise end

    monkeypatch.setattr("python_calamine.CalamineWorkbook", type("Dead", (), {"from_filelike": staticmethod(dies)}))
    ((path, shown),) = tasks(tmp_path, {"a.xlsx": SENT})
    assert [f.code for f in read_file(path, shown).findings] == ["file-unreadable"]


def test_a_cell_at_the_end_of_the_world_costs_one_file(tmp_path: Path, quiet: None) -> None:
    """Measured on calamine: such a cell asks for more memory than there is and ends the process."""
    part = "xl/worksheets/sheet3.xml"
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = part_changed(SENT, part, lambda text: text.replace("</sheetData>", far))
    outcomes = read_all(tasks(tmp_path, {"a.xlsx": SENT, "xa.xlsx": content, "b.xlsx": SENT}))
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]
    assert outcomes[1].findings[0].code in ("file-crashed", "file-unreadable")


@inherits
def test_after_a_death_only_what_was_at_work_is_read_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 files in batches of two on two workers; the batch that kills is halved, all others are read whole."""
    monkeypatch.setattr(isolation, "open_file", dying)
    monkeypatch.setattr(isolation, "BATCH", 2)
    monkeypatch.setattr(isolation, "cores", lambda: 2)
    read_apart, apart = isolation._read_apart, []
    monkeypatch.setattr(
        isolation, "_read_apart", lambda batch, *how: apart.append(len(batch)) or read_apart(batch, *how)
    )
    names = [f"{n:02}.xlsx" for n in range(39)]
    names.insert(11, "chết.xlsx")
    outcomes = read_all(tasks(tmp_path, dict.fromkeys(names, SENT)))
    assert [one.file for one in outcomes if one.status != "accepted"] == ["chết.xlsx"]
    assert apart.count(1) == 2 and len(apart) <= 2 + 2 * 2


@inherits
def test_a_list_that_kills_its_reader_is_said(tmp_path: Path) -> None:
    (path,) = [path for path, _ in tasks(tmp_path, {"units.xlsx": b"x"})]
    assert isolation.apart(killed, path) is None
    assert isolation.apart(Path.read_bytes, path) == b"x"


def killed(path: Path) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return path.read_bytes()


def test_a_pipe_does_not_hold_anything_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ống.xlsx")
    started = time.monotonic()
    outcomes = read_all([(tmp_path / "ống.xlsx", "ống.xlsx"), *tasks(tmp_path, {"a.xlsx": SENT})])
    assert [one.status for one in outcomes] == ["rejected", "accepted"]
    assert time.monotonic() - started < 20


MARKUP = re.compile(r'(?<=r=")[A-Z]+\d+(?=")|(?<=s=")\d+(?=")|(?<=<v>)[^<]+(?=</v>)|(?<=t=")\w+(?=")')


def mutant(seed: int) -> bytes:
    """The workbook with a few addresses, styles, types and values of one part put where they do not belong."""
    chance = random.Random(seed)
    with zipfile.ZipFile(BytesIO(SENT)) as archive:
        part = chance.choice([name for name in archive.namelist() if name.endswith(".xml")])
    words = [
        "XFD9999999",
        "A0",
        "a1",
        "1A",
        "-1",
        "4000000000",
        "s",
        "e",
        "str",
        "inlineStr",
        "b",
        "",
        "&#x0;",
        "1e999",
    ]

    def change(text: str) -> str:
        marks = list(MARKUP.finditer(text))
        for mark in sorted(chance.sample(marks, min(3, len(marks))), key=lambda m: -m.start()):
            text = text[: mark.start()] + chance.choice(words) + text[mark.end() :]
        return text.replace(chance.choice(["</row>", "<c ", "<v>", ">"]), "", 1) if chance.random() < 0.2 else text

    return part_changed(SENT, part, change)


def test_mutants_of_a_workbook_end_nothing(tmp_path: Path, quiet: None) -> None:
    given = tasks(tmp_path, {f"{seed:03}.xlsx": mutant(seed) for seed in range(60)})
    outcomes = read_all(given)
    assert [one.file for one in outcomes] == [name for _, name in given]
    for one in outcomes:
        assert (one.submission is not None) == (one.status == "accepted")
        assert one.status == "accepted" or one.findings


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bomb = put(SENT, "tvpl_luot.note", "<is><t>" + "a" * 60_000_000 + "</t></is>", "inlineStr")
    (outcome,) = read_all(tasks(tmp_path, {"bom.xlsx": bomb}))
    assert [f.code for f in outcome.findings] == ["file-unreadable"]


@given(st.integers(0, 3000), st.integers(1, 16))
def test_batches_become_smaller_so_that_all_end_together(count: int, hands: int) -> None:
    files = [(Path(str(number)), str(number)) for number in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "cores", lambda: hands)
        batches = isolation.in_batches(files, isolation.HERE)
    sizes = [len(batch) for batch in batches]
    assert [file for batch in batches for file in batch] == files
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes, default=0) <= min(isolation.BATCH, -(-count // hands))
    assert sizes[-1:] <= [isolation.FEW]
