"""The engine of many computers: what it comes to is what one computer comes to, whoever dies on the way.

One cluster of two nodes and one store serve all tests here: to begin them costs more than to use them.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from consolidator import __version__, cluster, dataset
from consolidator.auditing import run_or_audit
from consolidator.batchcommands import run_command
from consolidator.cli import _parser, main
from consolidator.cluster import Dask, NoCluster, dask_engine
from consolidator.consolidation import run
from consolidator.engine import Reader, Task
from consolidator.form import Form
from consolidator.isolation import HERE, read_all, read_batch
from consolidator.listing import outcome_json
from consolidator.ordering import CannotRun, Order
from consolidator.outcome import FileOutcome, Outcome
from consolidator.stores import CannotReach, Remote, where
from tests.district import A, B, C, entry, order, put, put_roster
from tests.tampering import entered, poured

NAMES = ("1.xlsx", "2.xlsx", "3.xlsx", "4.xlsx", "5.xlsx")


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """An empty bucket of an object store, by its URL. The nodes find it as people do: in the environment."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
        patch.setenv("AWS_ACCESS_KEY_ID", "ai đó"[:2])
        patch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        Remote("s3://kho/gốc.txt").put(b"x")
        yield "s3://kho"
    server.stop()


@pytest.fixture(scope="module")
def nodes(store: str, here: Outcome) -> Iterator[Dask]:
    """Two nodes; what this computer makes by itself is made before, for a cluster's threads do not survive a fork."""
    with dask_engine(workers=2) as engine:
        yield engine


@pytest.fixture(scope="module")
def sent(form: Form, tmp_path_factory: pytest.TempPathFactory) -> Order:
    """A folder with reports, one of them in an archive, a broken file, an empty one and what is passed over."""
    home = tmp_path_factory.mktemp("đợt")
    inbox = home / "inbox"
    put_roster(home / "units.xlsx")
    put(inbox, form, entry(A, {"tvpl_luot": 0.1}, {"workers_income_base_wage": "Lương ổn định."}))
    broken = put(inbox, form, entry(B, {"tvpl_luot": 7}), "hỏng.xlsx").read_bytes()
    (inbox / "hỏng.xlsx").write_bytes(broken[:3_000])
    put(inbox, form, entry(B, {"tvpl_luot": 0.2}))
    inner = put(home, form, entry(C, {"tvpl_luot": 1e15, "tvpl_luot.target": 3}))
    with zipfile.ZipFile(inbox / "gói.zip", "w") as archive:
        archive.write(inner, "thư mục/C.xlsx")
    (inbox / "rỗng.xlsx").write_bytes(b"")
    (inbox / "Thumbs.db").write_bytes(b"x")
    (inbox / "cũ").mkdir()
    (inbox / "cũ" / "a.xlsx").write_bytes(b"x")
    return order(home)


@pytest.fixture(scope="module")
def here(sent: Order) -> Outcome:
    """What one computer makes of it."""
    return run(sent)


def elsewhere(job: Order, name: str, **more: object) -> Order:
    """The same order with outputs in a folder of their own."""
    out = job.summary_path.parent.parent / name
    paths = {"summary_path": out / "summary.xlsx", "report_path": out / "report.xlsx"}
    return replace(job, **paths, **more)  # type: ignore[arg-type]


def told(outcome: Outcome) -> str:
    """A batch as JSON, but for where its outputs lie."""
    text = json.dumps(outcome_json(outcome), ensure_ascii=False)
    return text.replace(str(Path(outcome.summary_file).parent), "out")


def lying_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in (".xlsx", ".parquet")}


def tasks(folder: Path, names: Sequence[str], form: Form) -> list[Task]:
    content = poured(entered(form.at("CDCS"), {"tvpl_luot.actual": 3.0}), A)
    for name in names:
        (folder / name).write_bytes(content)
    return [(folder / name, name) for name in names]


def test_a_cluster_comes_to_the_same_bytes_as_one_computer(sent: Order, here: Outcome, nodes: Dask) -> None:
    there = elsewhere(sent, "cụm", engine=nodes)
    assert told(run(there)) == told(here)
    assert here.count("accepted") == 3 and here.count("rejected") == 2
    assert lying_in(there.summary_path.parent) == lying_in(sent.summary_path.parent)
    assert len(lying_in(sent.summary_path.parent)) == 4


def test_a_store_is_read_as_a_folder_is(sent: Order, here: Outcome, store: str, nodes: Dask) -> None:
    assert isinstance(sent.folder, Path)
    for path in sent.folder.rglob("*"):
        if path.is_file():
            (Remote(f"{store}/kỳ 1") / path.relative_to(sent.folder).as_posix()).put(path.read_bytes())
    there = run(elsewhere(sent, "kho", folder=where(f"{store}/kỳ 1/"), engine=nodes))
    assert told(there) == told(here)
    assert here.summary is not None and there.summary is not None
    assert here.summary.values.tobytes() == there.summary.values.tobytes()
    assert [line.link for line in there.summary.lines] == ["", "", ""]
    names = ("D-1.xlsx", "D-2.xlsx", "gói.zip")
    assert {file.path for file in there.merged} == {f"{store}/kỳ 1/{name}" for name in names}


def test_an_audit_over_a_cluster_writes_into_a_store(sent: Order, here: Outcome, store: str, nodes: Dask) -> None:
    two, data = Dask(nodes.client, batch=2), where(f"{store}/số liệu")
    there = run_or_audit(elsewhere(sent, "kiểm", engine=two, data=data))
    assert here.summary is not None and there.summary is not None
    assert there.summary.values.tobytes() == here.summary.values.tobytes()
    assert there.summary.reported == here.summary.reported
    folder = Remote(f"{store}/số liệu/figures/quy3_2023_004-CDCS")
    (first, second) = (dataset.read(path) for path in folder.listed())
    assert sorted([*first["unit"], *second["unit"]]) == ["D-1", "D-2", "D-3"]
    assert there.ledger is not None and here.ledger is not None
    assert there.ledger.files == here.ledger.files


def test_a_folder_that_a_store_lacks_is_said(sent: Order, store: str) -> None:
    with pytest.raises(CannotRun, match="Không có thư mục “s3://kho/không”"):
        run(replace(sent, folder=where(f"{store}/không")))
    with pytest.raises(CannotReach, match=r"pip install consolidator\[dask\]"):
        run(replace(sent, folder=where("lạ://kho/a")))


def test_a_file_too_large_for_a_report_is_not_fetched_whole(store: str) -> None:
    from consolidator.archives import whole
    from consolidator.packaging import Unreadable

    Remote(f"{store}/to").put(b"0123456789")
    assert whole(Remote(f"{store}/to"), 10) == b"0123456789"
    assert Remote(f"{store}/to").read(3) == b"012"
    with pytest.raises(Unreadable, match="file-unreadable"):
        whole(Remote(f"{store}/to"), 9)


# ---------- who dies


def dying(batch: Sequence[Task]) -> list[FileOutcome]:
    """Ends the process that reads where a file's name says so."""
    if any(shown.startswith("chết") for _, shown in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return HERE.reader(batch)


class Dying(cluster._Kept):
    @property
    def reader(self) -> Reader:
        return dying


READERS: list[Dying] = []


def dying_at_node(batch: Sequence[Task]) -> list[FileOutcome]:
    READERS[1:] = [READERS[0] if READERS else Dying()]
    return read_batch(batch, READERS[-1])


def killing_the_node(batch: Sequence[Task]) -> list[FileOutcome]:
    """The node itself dies: once for a file whose name says so, or always."""
    for path, shown in batch:
        if shown.startswith("luôn"):
            os.kill(os.getpid(), signal.SIGKILL)
        if shown.startswith("một lần") and isinstance(path, Path):
            try:
                path.with_suffix(".chết").touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
    return HERE.reader(batch)


class Doomed(Dask):
    """A cluster whose nodes read as a test wants."""

    def __init__(self, nodes: Dask, reader: Reader, failures: int, batch: int = 2) -> None:
        super().__init__(nodes.client, batch)
        self._reader = reader
        nodes.client.cluster.scheduler.allowed_failures = failures

    @property
    def reader(self) -> Reader:
        return self._reader


def fates(outcomes: Sequence[FileOutcome]) -> list[tuple[str, str, list[str]]]:
    """Name, status and why a file was not taken."""
    return [(o.file, o.status, [f.code for f in o.findings if o.status != "accepted"]) for o in outcomes]


def test_a_deadly_file_costs_one_file_and_no_node(tmp_path: Path, form: Form, nodes: Dask) -> None:
    names = ["1.xlsx", "chết.xlsx", "2.xlsx"]
    living = set(nodes.client.run(os.getpid).values())
    outcomes = read_all(tasks(tmp_path, names, form), engine=Doomed(nodes, dying_at_node, 0, batch=3))
    assert fates(outcomes) == [
        (name, "rejected", ["file-crashed"]) if name == "chết.xlsx" else (name, "accepted", []) for name in names
    ]
    assert outcomes[0].submission is not None and outcomes[0].submission.value("tvpl_luot.actual") == 3.0
    assert set(nodes.client.run(os.getpid).values()) == living


def test_a_node_that_dies_in_the_middle_changes_nothing(tmp_path: Path, form: Form, nodes: Dask) -> None:
    names = [*NAMES, "một lần.xlsx"]
    heard: list[int] = []
    outcomes = read_all(tasks(tmp_path, names, form), heard.append, Doomed(nodes, killing_the_node, 3))
    assert (tmp_path / "một lần.chết").exists()
    assert fates(outcomes) == [(name, "accepted", []) for name in names]
    assert sum(heard) == len(names)


def test_a_file_that_kills_every_node_costs_one_file(tmp_path: Path, form: Form, nodes: Dask) -> None:
    names = [*NAMES, "luôn.xlsx"]
    outcomes = read_all(tasks(tmp_path, names, form), engine=Doomed(nodes, killing_the_node, 0))
    assert [one for one in fates(outcomes) if one[1] != "accepted"] == [("luôn.xlsx", "rejected", ["file-crashed"])]


# ---------- what cannot be run


def test_a_node_of_another_version_is_refused(nodes: Dask) -> None:
    assert cluster._at_node([], len, __version__) == 0
    with pytest.raises(NoCluster, match="cùng phiên bản"):
        cluster._at_node([], len, "khác")


def asked(*more: str) -> list[str]:
    return ["run", "/không/có", "--units", "/không/có", "--parent", "D", "--out", "a.xlsx", "--report", "b.xlsx", *more]


def test_a_scheduler_belongs_to_dask(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(_parser().parse_args(asked("--scheduler", "tcp://a:1"))) == 2
    assert "--engine dask" in capsys.readouterr().err


def test_without_dask_it_is_said_how_to_get_it(
    sent: Order, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = asked("--engine", "dask")
    words[1], words[3] = str(sent.folder), str(sent.roster_path)
    assert main(words) == 2
    assert "pip install consolidator[dask]" in capsys.readouterr().err


def test_a_scheduler_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(NoCluster, match="Không có máy điều phối"), dask_engine("tcp://127.0.0.1:9"):
        raise AssertionError


def test_an_address_is_one_way_to_a_cluster(nodes: Dask, tmp_path: Path, form: Form) -> None:
    nodes.client.wait_for_workers(1, timeout=60)  # others may have died just before, and Dask may have given one up
    with dask_engine(nodes.client.scheduler_info()["address"]) as engine:
        assert engine.hands in (1, 2)
        assert fates(read_all(tasks(tmp_path, NAMES, form), engine=engine)) == [(n, "accepted", []) for n in NAMES]


def test_a_tree_needs_folders_of_this_computer(capsys: pytest.CaptureFixture[str], store: str) -> None:
    words = asked("--recursive")
    words[1] = store
    assert main(words) == 2
    assert "không dùng được với --recursive" in capsys.readouterr().err
