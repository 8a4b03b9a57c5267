"""Builds the Windows installer for staff, on any system that has makensis: our wheel, those it needs, the add-in."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from email.parser import BytesParser
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from consolidator import __version__
from consolidator.saving import save

PYTHONS = ("3.14", "3.13", "3.12", "3.11")
"""Versions of Python whose wheels are packed, the first found on a machine being taken; the texts of
`congdoan.nsi` name the first and the last."""

PLATFORM = "win_amd64"
ANY = "any"
BORN = 1_672_531_200
"""2023-01-01 as seconds of Unix: written wherever a build would put the time, so that same inputs give same bytes."""
SOURCE = ("consolidator", "rules", "workbooks", "macros", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
"""What of a checkout the project's own wheel is made of."""

_UNFREE = "xlwings/pro/"
"""Not under xlwings' BSD licence but for non-commercial use or for money; never imported here, so not handed on."""
_BUILD = "1nopro"


class CannotPack(Exception):
    """Why there is no installer, in Vietnamese."""


def build_installer(out: Path, xlam: bytes, wheels: Path | None = None) -> Path:
    """Writes the installer and returns its path.

    Args:
        out: the .exe to write.
        xlam: the add-in as `addin build` makes it.
        wheels: a folder with our wheel and all it needs on Windows; by default ours is made from this
            checkout and the rest fetched from the package registry.

    Raises:
        CannotPack: makensis, the source or a wheel is missing, or a tool refused.
    """
    makensis = shutil.which("makensis")
    if makensis is None:
        raise CannotPack("Không có makensis trên máy này: cài gói nsis (Debian: apt-get install nsis).")
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name)
        gathered = wheels or _gather(stage / "gathered")
        (stage / "wheels").mkdir()
        packed = [_packed(wheel, stage / "wheels") for wheel in sorted(gathered.glob("*.whl"))]
        _prove(packed)
        (stage / "congdoan.xlam").write_bytes(xlam)
        versions = "".join(f'!insertmacro EACH_PYTHON "{version}"\n' for version in PYTHONS)
        (stage / "pythons.nsh").write_text(versions, "utf-8")
        rows = "".join(f'!insertmacro WHEEL "{python_of(wheel)}" "{wheel.name}"\n' for wheel in packed)
        (stage / "wheels.nsh").write_text(rows, "utf-8")
        built = stage / "installer.exe"
        options = ["-V2", "-WX", "-NOCD", "-INPUTCHARSET", "UTF8", f"-DVERSION={__version__}", f"-DOUT={built}"]
        _run([makensis, *options, str(_script())], stage)
        out.parent.mkdir(parents=True, exist_ok=True)
        save(out, built.read_bytes())
    return out


def python_of(wheel: Path) -> str:
    """The version of Python a wheel is for, such as `3.13`; ANY if it fits all of ours."""
    python, abi = wheel.stem.split("-")[-3:-1]
    if match := re.fullmatch(r"cp3(\d+)", abi):
        return f"3.{match[1]}"
    assert "py3" in python.split(".") or abi == "abi3", wheel.name
    return ANY


def _script() -> Path:
    """The installer's script: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "macros", package.parent / "macros"):
        if (script := folder / "installer" / "congdoan.nsi").is_file():
            return script
    raise CannotPack("Bản cài này thiếu macros/installer/congdoan.nsi.")


def _gather(folder: Path) -> Path:
    """Our own wheel and, for each Python, all wheels it needs on Windows."""
    root = Path(__file__).resolve().parent.parent
    if missing := [part for part in SOURCE if not (root / part).exists()]:
        raise CannotPack(f"Chỉ dựng được bộ cài từ mã nguồn đầy đủ; “{root}” thiếu: {', '.join(missing)}.")
    with tempfile.TemporaryDirectory() as name:  # built from a copy, so that the checkout stays clean
        for part in SOURCE:
            if (root / part).is_dir():
                shutil.copytree(root / part, Path(name) / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(root / part, Path(name) / part)
        _pip("wheel", "--no-deps", "--wheel-dir", str(folder), name)
    for version in PYTHONS:
        wanted = sorted(map(str, folder.glob("consolidator-*.whl")))
        while wanted:
            target = ["--only-binary=:all:", "--platform", PLATFORM, "--python-version", version]
            _pip("download", *target, "--dest", str(folder), *wanted)
            wanted = _lacking([wheel for wheel in folder.glob("*.whl") if python_of(wheel) in (ANY, version)])
    return folder


def _lacking(wheels: list[Path]) -> list[str]:
    """Requirements for Windows only that no wheel meets: pip judges them by the system it runs on itself."""
    present = {_key(wheel.name.split("-")[0]) for wheel in wheels}
    wanted: set[str] = set()
    for wheel in wheels:
        with ZipFile(wheel) as archive:
            (name,) = (one for one in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one))
            metadata = BytesParser().parsebytes(archive.read(name), headersonly=True)
        for requirement in metadata.get_all("Requires-Dist", []):
            what, _, marker = requirement.partition(";")
            if re.search(r"""==\s*['"](win32|Windows|nt)['"]""", marker) and "extra" not in marker:
                wanted.add(what.strip())
    return sorted(one for one in wanted if _key(re.split(r"[^\w.-]", one)[0]) not in present)


def _key(name: str) -> str:
    """A project's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _prove(wheels: list[Path]) -> None:
    """Refuses a set of wheels that would fail on the machines of staff."""
    if not any(wheel.name.startswith(f"consolidator-{__version__}-") for wheel in wheels):
        raise CannotPack(f"Không có gói cài (wheel) của consolidator {__version__}.")
    for version in PYTHONS:
        if lacking := _lacking([wheel for wheel in wheels if python_of(wheel) in (ANY, version)]):
            raise CannotPack(f"Thiếu gói cài (wheel) cho Python {version} trên Windows: {', '.join(lacking)}.")


def _packed(wheel: Path, folder: Path) -> Path:
    """The wheel as it goes into the installer: xlwings without its unfree part, marked as changed; others as is."""
    name, version, *tags = wheel.name.split("-")
    if name != "xlwings":
        return Path(shutil.copyfile(wheel, folder / wheel.name))
    freed = folder / "-".join([name, version, _BUILD, *tags[-3:]])
    info = f"{name}-{version}.dist-info"
    with ZipFile(wheel) as old:
        parts = {one: old.read(one) for one in old.namelist() if not one.startswith(_UNFREE) and not one.endswith("/")}
    tagged = f"Build: {_BUILD}\n".encode()
    parts[f"{info}/WHEEL"] = parts[f"{info}/WHEEL"].rstrip() + b"\n" + tagged
    record = parts.pop(f"{info}/RECORD").decode("utf-8")
    parts[f"{info}/RECORD"] = _recorded(record, parts).encode("utf-8")
    with ZipFile(freed, "w", ZIP_DEFLATED) as new:
        for one, content in sorted(parts.items()):
            new.writestr(ZipInfo(one, (2023, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)
    return freed


def _recorded(record: str, parts: dict[str, bytes]) -> str:
    """A wheel's list of its files, with hashes, for the parts that are left; the list itself has none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in csv.reader(record.splitlines()):
        if row[0] in parts:
            digest = urlsafe_b64encode(hashlib.sha256(parts[row[0]]).digest()).rstrip(b"=").decode()
            writer.writerow([row[0], f"sha256={digest}", len(parts[row[0]])])
        elif not row[0].startswith(_UNFREE):
            writer.writerow(row)
    return text.getvalue()


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], Path.cwd())


def _run(command: list[str], folder: Path) -> None:
    """Runs a tool with a fixed clock. Raises CannotPack with its last words."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(BORN)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        last = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-12:]
        raise CannotPack("\n".join([f"{Path(command[0]).name} báo lỗi {done.returncode}:", *last]))
