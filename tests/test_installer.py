"""The Windows installer is built here, from stub wheels, byte for byte the same; under Wine it refuses and installs."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from consolidator import __version__, diagnosing, installer, installing, ownfolder
from consolidator.installer import PYTHONS, CannotPack, build_installer, python_of

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = (ROOT / "macros" / "installer" / "congdoan.nsi").read_text("utf-8")
XLAM = b"PK the add-in"
NEEDS_PYWIN32 = "Requires-Dist: pywin32>=224 ; platform_system == 'Windows'\n"

PYTHON_STUB = r"""
Unicode true
Target amd64-unicode
RequestExecutionLevel user
SilentInstall silent
OutFile "${OUT}"
!include FileFunc.nsh
!include LogicLib.nsh
!include StrFunc.nsh
!include WordFunc.nsh
${StrStr}
Section
  ${GetParameters} $0
  FileOpen $1 "$LOCALAPPDATA\calls.txt" a
  FileSeek $1 0 END
  FileWriteUTF16LE $1 "$EXEFILE $0$\r$\n"
  FileClose $1
  ${StrStr} $2 $0 "-m venv"
  ${If} $2 != ""
    CreateDirectory "$LOCALAPPDATA\CongDoan\venv\Scripts"
    CopyFiles /SILENT "$EXEPATH" "$LOCALAPPDATA\CongDoan\venv\Scripts\python.exe"
  ${EndIf}
  ${StrStr} $2 $0 "--find-links"
  ${If} $2 != ""
    ${WordFind} $0 '"' "+2" $3
    CopyFiles /SILENT "$3\*.whl" "$LOCALAPPDATA\CongDoan\venv"
  ${EndIf}
SectionEnd
"""
"""A program that Windows takes for Python: writes down how it was called, makes an environment of itself and
keeps the wheels it was to install."""


@pytest.fixture(scope="module")
def makensis() -> str:
    return found_program("makensis")


@pytest.fixture(scope="module")
def wine() -> str:
    return found_program("wine64", "/usr/lib/wine/wine64")


def found_program(*names: str) -> str:
    """The first of the programs that is there; skips without, but not in CI."""
    for name in names:
        if program := shutil.which(name):
            return program
    if os.environ.get("CI"):
        pytest.fail(f"{names[0]} is missing in CI")
    pytest.skip(f"{names[0]} is missing")


def write_wheel(folder: Path, name: str, tag: str, needs: str = "", **parts: str) -> Path:
    """A small wheel; `parts` by path with `__` for a slash."""
    project, version = name.split("-")
    info = f"{name}.dist-info"
    inside = {
        f"{project}/__init__.py": "",
        **{path.replace("__", "/"): text for path, text in parts.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }
    record = "".join(f"{path},{hash_of(text.encode())},{len(text.encode())}\n" for path, text in inside.items())
    path = folder / f"{name}-{tag}.whl"
    with ZipFile(path, "w") as archive:
        for one, text in {**inside, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(one, text)
    return path


def hash_of(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Ours, one that fits all, and for each Python xlwings with the system library it needs on Windows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, f"consolidator-{__version__}", "py3-none-any")
    write_wheel(folder, "lark-1.3", "py3-none-any")
    for version in PYTHONS:
        tag = f"cp{version.replace('.', '')}-cp{version.replace('.', '')}-win_amd64"
        write_wheel(folder, "xlwings-0.37", tag, NEEDS_PYWIN32, xlwings__pro__engine="unfree", xlwings__main="free")
        write_wheel(folder, "pywin32-312", tag)
    return folder


def test_the_same_wheels_make_the_same_installer(makensis: str, wheels: Path, tmp_path: Path) -> None:
    built = [build_installer(tmp_path / "out" / f"{n}.exe", XLAM, wheels).read_bytes() for n in (1, 2)]
    assert built[0] == built[1] and built[0].startswith(b"MZ")
    for wheel in wheels.glob("*.whl"):  # stored as they are; but xlwings has lost its unfree part
        assert (wheel.read_bytes() in built[0]) == (not wheel.name.startswith("xlwings"))
    assert b"xlwings/main" in built[0] and b"xlwings/pro" not in built[0]


def test_another_add_in_makes_another_installer(makensis: str, wheels: Path, tmp_path: Path) -> None:
    one, other = (build_installer(tmp_path / "one.exe", xlam, wheels).read_bytes() for xlam in (XLAM, XLAM + b"2"))
    assert one != other


def test_xlwings_without_its_unfree_part_is_a_whole_wheel(wheels: Path, tmp_path: Path) -> None:
    wheel = installer._packed(next(wheels.glob("xlwings-*-cp312-*.whl")), tmp_path)
    assert wheel.name == "xlwings-0.37-1nopro-cp312-cp312-win_amd64.whl"
    with ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    listed = {row[0]: row[1:] for row in csv.reader(inside["xlwings-0.37.dist-info/RECORD"].decode().splitlines())}
    assert listed.keys() == inside.keys() and not any("/pro/" in name for name in listed)
    for name, (digest, size) in listed.items():
        assert name.endswith("/RECORD") or (digest, int(size)) == (hash_of(inside[name]), len(inside[name]))
    assert b"Build: 1nopro\n" in inside["xlwings-0.37.dist-info/WHEEL"]


def test_the_real_xlwings_can_be_imported_without_it(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.find_spec("xlwings")
    assert spec is not None and spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / "xlwings", ignore=shutil.ignore_patterns("pro", "__pycache__"))
    code = "import sys; sys.path.insert(0, sys.argv[1]); import xlwings as x; print(x.__file__); x.Book; x.Engine"
    command = [sys.executable, "-I", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("lark-1.3.1-py3-none-any.whl", "any"),
        ("tzdata-2026.6-py2.py3-none-any.whl", "any"),
        ("x-1-cp39-abi3-win_amd64.whl", "any"),
        ("pywin32-312-cp314-cp314-win_amd64.whl", "3.14"),
        ("xlwings-0.37-1nopro-cp311-cp311-win_amd64.whl", "3.11"),
    ],
)
def test_a_wheel_says_which_python_it_is_for(name: str, python: str) -> None:
    assert python_of(Path(name)) == python


@pytest.mark.parametrize("gone", [f"consolidator-{__version__}-py3-none-any.whl", "pywin32-312-cp312-*.whl"])
def test_a_set_that_lacks_a_wheel_is_refused(gone: str, makensis: str, wheels: Path, tmp_path: Path) -> None:
    next(wheels.glob(gone)).unlink()
    with pytest.raises(CannotPack, match=gone.split("-")[0]):
        build_installer(tmp_path / "setup.exe", XLAM, wheels)
    assert not (tmp_path / "setup.exe").exists()


def test_what_cannot_be_built_says_why(makensis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "SOURCE", ("consolidator", "no-such-part"))
    with pytest.raises(CannotPack, match="no-such-part"):
        build_installer(tmp_path / "setup.exe", XLAM)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotPack, match="apt-get install nsis"):
        build_installer(tmp_path / "setup.exe", XLAM)


def test_the_script_and_the_program_mean_the_same() -> None:
    for name in (ownfolder.FOLDER, ownfolder.SETTINGS, ownfolder.LOG, ownfolder.MEMORY, installing.ADDIN):
        assert f"\\{name}" in SCRIPT
    assert SCRIPT.count(f"{PYTHONS[-1]} đến {PYTHONS[0]}") == SCRIPT.count(" đến ") == 2
    assert tuple(map(int, PYTHONS[-1].split("."))) == diagnosing.OLDEST
    assert set(re.findall(r"-m consolidator addin (\w+)", SCRIPT)) == {"install", "uninstall", "doctor"}
    assert list(PYTHONS) == sorted(PYTHONS, reverse=True)


# Under Wine: real Windows code, but no real Python there


class Machine:
    """A fresh Windows under Wine."""

    def __init__(self, wine: str, folder: Path) -> None:
        self.wine = wine
        self.folder = folder
        self.environment = {**os.environ, "WINEPREFIX": str(folder), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mshtml="}
        self.environment.pop("DISPLAY", None)

    def run(self, *command: str) -> int:
        """Runs a program to its end; its exit code."""
        done = subprocess.run([self.wine, *command], env=self.environment, capture_output=True, timeout=300)
        return done.returncode

    @property
    def local(self) -> Path:
        (found,) = self.folder.glob("drive_c/users/*/AppData/Local")
        return found

    def calls(self) -> list[str]:
        """How the stub of Python was called, since last asked."""
        path = self.local / "calls.txt"
        lines = path.read_bytes().decode("utf-16-le").splitlines()
        path.unlink()
        return lines


@pytest.fixture
def machine(wine: str, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(wine, tmp_path / "wine")
    assert made.run("wineboot", "--init") == 0
    yield made
    made.run("wineboot", "--kill")


def test_under_wine(machine: Machine, makensis: str, wheels: Path, tmp_path: Path) -> None:
    setup = build_installer(tmp_path / "setup.exe", XLAM, wheels)
    assert machine.run(str(setup), "/S") == 2  # no Python
    own = machine.local / "CongDoan"
    assert not own.exists()

    stub = tmp_path / "stub.nsi"
    stub.write_text(PYTHON_STUB, "utf-8")
    python = tmp_path / "python.exe"
    subprocess.run([makensis, "-V1", f"-DOUT={python}", str(stub)], check=True, timeout=60)
    key = "HKCU\\Software\\Python\\PythonCore\\3.12\\InstallPath"
    machine.run("reg", "add", key, "/v", "ExecutablePath", "/d", "Z:" + str(python).replace("/", "\\"), "/f")

    assert machine.run(str(setup), "/S") == 0
    proof, venv, pip, addin = machine.calls()
    assert "'3.12'" in proof and "-I -m venv --clear" in venv and addin.endswith("-I -m consolidator addin install")
    assert "--no-index" in pip and pip.endswith(f"consolidator=={__version__}")
    assert (own / "congdoan.xlam").read_bytes() == XLAM and (own / "uninstall.exe").exists()
    given = {path.name for path in (own / "venv").glob("*.whl")}
    assert given == {
        f"consolidator-{__version__}-py3-none-any.whl",
        "lark-1.3-py3-none-any.whl",
        "pywin32-312-cp312-cp312-win_amd64.whl",
        "xlwings-0.37-1nopro-cp312-cp312-win_amd64.whl",
    }
    links = {path.name for path in machine.folder.rglob("Start Menu/Programs/Công đoàn/*")}
    assert links == {"Tự kiểm tra.lnk", "Gỡ cài đặt.lnk"}

    (own / "congdoan.log").write_text("kept")
    uninstaller = tmp_path / "uninstall.exe"  # run from elsewhere: in its own folder it would go on in the background
    shutil.copyfile(own / "uninstall.exe", uninstaller)
    assert machine.run(str(uninstaller), "/S", "_?=" + "C:" + str(own).partition("drive_c")[2].replace("/", "\\")) == 0
    assert machine.calls() == ["python.exe -I -m consolidator addin uninstall"]
    assert [path.name for path in own.iterdir()] == ["congdoan.log"]
    assert not list(machine.folder.rglob("Start Menu/Programs/Công đoàn"))
