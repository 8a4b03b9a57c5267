"""The same inputs give the same bytes: whatever the machine, the hour, the language and the order of files.

Two runs in processes of their own, as far apart as they can be in all of that at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from consolidator.rulebook import load
from tests.district import DISTRICT, A, B, C, entry, put, put_roster
from tests.tiny import FORM_ID, Batch, small_world

RUN = """
import os, sys
from pathlib import Path
from consolidator import cli, helping, isolation
from tests.tiny import small_world
way, workers = sys.argv[1:]
if way == "backwards":
    listed, scanned = os.listdir, os.scandir
    class Backwards:
        def __init__(self, path): self.entries = scanned(path)
        def __enter__(self): return self
        def __exit__(self, *_): self.entries.close()
        def __iter__(self): return iter(list(self.entries)[::-1])
    os.listdir = lambda *path: sorted(listed(*path))[::-1]
    os.scandir = Backwards
helping.cores = isolation.cores = lambda: int(workers)
arguments = "run hop --units units.xlsx --parent D --out ra/t.xlsx --report ra/b.xlsx --returns --json".split()
with small_world(Path("the-gioi"), inline=False):
    sys.exit(cli.main(arguments))
"""
FAR_APART = (
    ("forwards", "4", {"LC_ALL": "C", "TZ": "Etc/GMT+12", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}),
    ("backwards", "1", {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4294967295"}),
)
"""The order in which a folder is listed, the number of processors, the environment: 26 hours lie between the two."""


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What units sent, one of them twice; the names sort otherwise than the units."""
    home = tmp_path_factory.mktemp("gửi")
    with small_world(home / "the-gioi"):
        form = load(FORM_ID)
        put(home / "hop", form, entry(A, {"luot_tong": 5, "luot_moi": 9}, {"tinh_hinh": "ıİiI đĐ ỷ"}), "z.xlsx")
        put(home / "hop", form, entry(B, {"luot_tong": 0.1}), "I.xlsx")
        put(home / "hop", form, entry(C, {"luot_tong": 0.2}), "i2.xlsx")
        put(home / "hop", form, entry(C, {"luot_tong": 0.3}), "İ1.xlsx")
        put(home / "hop", form, entry(DISTRICT, {"luot_tong": 0.7}), "đ.xlsx")
        (home / "hop" / "hỏng.xlsx").write_bytes(b"PK")
        put_roster(home / "units.xlsx")
        yield home


def outputs(home: Path, workbooks: Path, way: str, workers: str, environment: dict[str, str]) -> dict[str, bytes]:
    """What a run makes of copies of the workbooks, and what it prints."""
    (home / "hop").mkdir()
    names = [path.relative_to(workbooks) for path in sorted(workbooks.rglob("*.xlsx"))]
    for number, name in enumerate(names if way == "forwards" else names[::-1]):
        (home / name).write_bytes((workbooks / name).read_bytes())
        os.utime(home / name, (10**9 + number, 10**9 + number))
    path = {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-c", RUN, way, workers]
    played = subprocess.run(command, cwd=home, env={**os.environ, **environment, **path}, stdout=subprocess.PIPE)
    assert played.returncode == 1
    return Batch.read(home / "ra") | {"stdout": played.stdout}


def test_runs_far_apart_give_the_same_bytes(workbooks: Path, tmp_path: Path) -> None:
    found = []
    for number, (way, workers, environment) in enumerate(FAR_APART):
        home = tmp_path / f"lần {number}"
        home.mkdir()
        found.append(outputs(home, workbooks, way, workers, environment))
    one, other = found
    assert {"t.xlsx", "b.xlsx", "decisions.xlsx", "stdout", "returns/.returns.json"} <= one.keys()
    assert any(name.startswith("lich-su/") for name in one) and any(name.endswith(".eml") for name in one)
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == set()
