"""An installed wheel, far from the checkout, finds its rules, its workbooks and its macros."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from consolidator.rulebook import load

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("rules", "workbooks", "macros")
"""Folders of the client's top level that travel inside the package."""

PARTS = ("consolidator", *FOLDERS, "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def can_build_here() -> bool:
    """Whether this environment's setuptools can make a wheel; else pip fetches one that can."""
    if importlib.util.find_spec("setuptools") is None:
        return False
    version = int(importlib.metadata.version("setuptools").split(".")[0])
    return version >= 71 or (version >= 68 and importlib.util.find_spec("wheel") is not None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel was installed; built from a copy, so that the checkout stays clean."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is missing")
    tmp = tmp_path_factory.mktemp("wheel")
    (tmp / "source").mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp / "source" / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, tmp / "source" / part)
    isolation = ["--no-build-isolation"] if can_build_here() else []
    pip("wheel", "--no-deps", *isolation, "--wheel-dir", str(tmp), str(tmp / "source"))
    (wheel,) = tmp.glob("consolidator-*.whl")
    pip("install", "--no-deps", "--target", str(tmp / "site"), str(wheel))
    shutil.rmtree(tmp / "source")
    return tmp / "site"


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def python(site: Path, cwd: Path, *arguments: str) -> str:
    """What a fresh Python says that knows the installed wheel only."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, timeout=120, check=True)
    return done.stdout.decode("utf-8")


def test_it_runs_on_the_rules_it_brought(site: Path, tmp_path: Path) -> None:
    code = "import consolidator, consolidator.rulebook as r; print(consolidator.__file__); print(r.rules_folder())"
    package, rules = (Path(line) for line in python(site, tmp_path, "-c", code).splitlines())
    assert package == site / "consolidator" / "__init__.py"
    assert rules == site / "consolidator" / "rules"
    forms = json.loads(python(site, tmp_path, "-m", "consolidator", "forms", "--json"))["forms"]
    form = load("quy3_2023_004")
    (one,) = (one for one in forms if one["id"] == form.id)
    assert len(one["narratives"]) == len(form.narratives)


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_of_a_folder_is_inside(folder: str, site: Path) -> None:
    wanted = {".toml"} if folder == "rules" else {".xlsx"} if folder == "workbooks" else None
    assert files_in(site / "consolidator" / folder, wanted) == files_in(ROOT / folder, wanted)


def files_in(folder: Path, kinds: set[str] | None) -> dict[str, bytes]:
    """Files of a folder with their bytes, hidden ones and caches excepted."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (kinds is None or path.suffix in kinds)
        if not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    }


def test_blank_workbooks_are_inside(site: Path) -> None:
    names = {path.name for path in (site / "consolidator" / "workbooks" / "blank").iterdir()}
    assert {f"quy3_2023_004_{level}.xlsx" for level in ("CDCS", "CTTT", "TINH")} <= names


def test_the_sample_it_brought_can_be_consolidated(site: Path, tmp_path: Path) -> None:
    samples = site / "consolidator" / "workbooks" / "samples"
    outputs = ["--out", "summary.xlsx", "--report", "report.xlsx", "--json"]
    command = ["run", str(samples), "--units", str(samples / "units.xlsx"), "--parent", "LC-01", *outputs]
    found = json.loads(python(site, tmp_path, "-m", "consolidator", *command))
    assert (found["missing"], found["rejected"], found["provisional"]) == ([], 0, False)
    assert (tmp_path / "summary.xlsx").is_file()
