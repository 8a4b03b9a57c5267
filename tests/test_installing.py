"""Installing for staff, twice and back again; the doctor finds each fault planted, and that one only."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import pytest

import consolidator
from consolidator import __version__, diagnosing, installing
from consolidator.diagnosing import doctor
from consolidator.installing import install, mark_of, read_interpreter, uninstall
from consolidator.installwords import WORDS, Line, State, line, line_words, wrong_in

XLAM = b"PK the add-in of this version"
PACKAGE = Path(consolidator.__file__).parent
OFFICE = "HKCU\\Software\\Microsoft\\Office\\16.0"
POLICY = "HKCU\\Software\\Policies\\Microsoft\\Office\\16.0"
LIBRARIES = ("xlwings", "win32com.client", "pythoncom")


@dataclass
class Home:
    """A user's profile, the Python the add-in starts in it, and the registry of the machine."""

    folder: Path
    python: Path
    registry: dict[str, Mapping[str, Any]]

    @property
    def own(self) -> Path:
        return self.folder / "Local" / "CongDoan"

    @property
    def addin(self) -> Path:
        return self.folder / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "congdoan.xlam"

    @property
    def settings(self) -> Path:
        return self.own / "congdoan.conf"

    def answers(self, who: Mapping[str, Any] | None = None, what: Mapping[str, Any] | None = None) -> None:
        """Makes the interpreter a script that says what it is and what it can import."""
        first = {"version": [3, 12, 4], "bits": 64, "store": False, **(who or {})}
        second = {name: ["1", ""] for name in ("consolidator.addin", *LIBRARIES)}
        told = {**second, "consolidator": [__version__, ""], **(what or {})}
        self.python.parent.mkdir(parents=True, exist_ok=True)
        self.python.write_text(
            f"#!/bin/sh\ncase $1 in -I) echo '{json.dumps(first)}';; *) echo '{json.dumps(told)}';; esac\n"
        )
        self.python.chmod(0o755)

    def lines(self) -> list[Line]:
        return doctor(XLAM, registry=lambda key: self.registry.get(key, {}))

    def complaints(self) -> list[str]:
        """Codes of all that is not fine."""
        return [one.code for one in self.lines() if one.state is not State.FINE]

    def everything(self) -> dict[str, bytes]:
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    folder = tmp_path / "Nguyễn Văn Ấn"
    (folder / "Roaming").mkdir(parents=True)
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "Local"))
    monkeypatch.setenv("APPDATA", str(folder / "Roaming"))
    made = Home(folder, tmp_path / "python" / "python", {})
    trusted = {"location1": {"path": f"{made.addin.parent}/", "allowsubfolders": 0}}
    made.registry |= {
        "HKLM\\Software\\Classes\\Excel.Application\\CurVer": {"": "Excel.Application.16"},
        "HKLM\\Software\\Microsoft\\Office\\ClickToRun\\Configuration": {"versiontoreport": "16.0.17928.20114"},
        f"{OFFICE}\\Excel\\Security\\Trusted Locations": trusted,
    }
    made.answers()
    return made


@pytest.fixture
def installed(home: Home) -> Home:
    assert wrong_in(install(XLAM, interpreter=home.python)) == 0
    return home


def codes(lines: list[Line]) -> list[str]:
    return [one.code for one in lines]


# Installing


def test_installing_writes_the_add_in_and_where_its_python_is(home: Home) -> None:
    assert codes(install(XLAM, interpreter=home.python)) == ["addin-written", "settings-written"]
    assert home.addin.read_bytes() == XLAM
    assert home.settings.read_bytes() == b"\xff\xfe" + f"INTERPRETER={home.python}\r\n".encode("utf-16-le")
    assert read_interpreter(home.settings) == home.python
    assert set(home.everything()) == {
        "Local/CongDoan/congdoan.conf",
        "Roaming/Microsoft/Excel/XLSTART/congdoan.xlam",
    }


def test_a_second_time_changes_nothing_and_writes_nothing(installed: Home) -> None:
    before = {path: path.stat().st_ino for path in (installed.addin, installed.settings)}
    assert codes(install(XLAM, interpreter=installed.python)) == ["addin-same", "settings-same"]
    assert before == {path: path.stat().st_ino for path in before}


def test_an_older_add_in_is_replaced(installed: Home) -> None:
    assert codes(install(b"PK newer", interpreter=installed.python)) == ["addin-written", "settings-same"]
    assert installed.addin.read_bytes() == b"PK newer"


def test_the_mark_of_the_internet_is_removed(installed: Home) -> None:
    mark_of(installed.addin).write_text("[ZoneTransfer]\nZoneId=3\n")
    assert "addin-unblocked" in codes(install(XLAM, interpreter=installed.python))
    assert not mark_of(installed.addin).exists()


def test_by_default_it_is_this_python_without_a_window(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    install(XLAM)
    assert read_interpreter(home.settings) == Path(sys.executable)
    scripts = home.folder / "venv"
    scripts.mkdir()
    for name in ("python.exe", "pythonw.exe"):
        (scripts / name).touch()
    monkeypatch.setattr(sys, "executable", str(scripts / "python.exe"))
    install(XLAM)
    assert read_interpreter(home.settings) == scripts / "pythonw.exe"


def test_a_file_that_excel_holds_open_stops_it_and_leaves_the_rest(
    installed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = installed.everything()

    def locked(path: Path, content: bytes) -> None:
        raise PermissionError(13, "in use", str(path))

    monkeypatch.setattr(installing, "save", locked)
    done = install(b"PK newer", interpreter=installed.python)
    assert codes(done) == ["file-locked"] and "Đóng Excel" in line_words(done[0])
    assert installed.everything() == before


def test_a_place_that_is_no_folder_is_told(home: Home) -> None:
    (home.folder / "Roaming" / "Microsoft").write_text("a file")
    assert codes(install(XLAM, interpreter=home.python)) == ["cannot-write"]
    assert not home.settings.exists()


@pytest.mark.parametrize(
    ("python", "code"), [("gone/python", "interpreter-missing"), ("WindowsApps/python", "python-store")]
)
def test_a_python_that_will_not_do_is_refused_at_once(python: str, code: str, home: Home) -> None:
    assert codes(install(XLAM, interpreter=home.folder / python)) == [code]
    assert home.everything() == {}


def test_uninstalling_leaves_the_log_only(home: Home) -> None:
    other = home.addin.with_name("khác.xlsb")
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another's")
    install(XLAM, interpreter=home.python)
    (home.own / "memory.json").write_text("{}")
    (home.own / "congdoan.log").write_text("x")
    assert codes(uninstall()) == ["removed", "removed", "removed", "log-kept"]
    assert set(home.everything()) == {"Local/CongDoan/congdoan.log", "Roaming/Microsoft/Excel/XLSTART/khác.xlsb"}
    assert codes(uninstall()) == ["nothing-to-remove", "log-kept"]


def test_uninstalling_without_a_log_leaves_no_folder_of_ours(installed: Home) -> None:
    assert codes(uninstall()) == ["removed", "removed"]
    assert installed.everything() == {} and not installed.own.exists()


def test_uninstalling_stops_at_an_add_in_that_excel_holds_open(
    installed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "in use", str(path))

    before = installed.everything()
    monkeypatch.setattr(Path, "unlink", locked)
    assert codes(uninstall()) == ["file-locked"]
    assert installed.everything() == before


def test_without_windows_everything_lies_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    install(XLAM)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"congdoan/congdoan.conf", "congdoan/XLSTART/congdoan.xlam"}
    uninstall()
    assert list(tmp_path.iterdir()) == []


# The doctor


def test_a_good_installation_has_no_complaint(installed: Home) -> None:
    lines = installed.lines()
    assert installed.complaints() == [] and wrong_in(lines) == 0
    subjects = {one.number // 10 for one in lines}
    assert subjects == {2, 3, 4, 5, 6, 7}


def test_with_this_very_python(home: Home) -> None:
    install(XLAM)
    lines = doctor(XLAM)
    assert wrong_in(lines) == 0, [line_words(one) for one in lines]
    assert {"python-fine", "package-fine", "libraries-fine", "forms-fine"} <= set(codes(lines))
    assert sys.platform == "win32" or "excel-unknown" in codes(lines)


def test_the_doctor_leaves_no_trace(installed: Home) -> None:
    before = installed.everything()
    installed.lines()
    assert installed.everything() == before


Plant = Callable[[Home], object]

FAULTS: dict[str, Plant] = {
    "settings-missing": lambda home: home.settings.unlink(),
    "settings-unreadable": lambda home: home.settings.write_text("INTERPRETER=C:\\python.exe"),
    "interpreter-missing": lambda home: home.python.unlink(),
    "interpreter-broken": lambda home: home.python.write_text("#!/bin/sh\necho 'no DLL' >&2; exit 3\n"),
    "python-old": lambda home: home.answers({"version": [3, 10, 9]}),
    "python-32bit": lambda home: home.answers({"bits": 32}),
    "python-store": lambda home: home.answers({"store": True}),
    "package-version": lambda home: home.answers(what={"consolidator": ["0.0.1", ""]}),
    "package-missing": lambda home: home.answers(what={"consolidator": ["", "ModuleNotFoundError"]}),
    "library-missing": lambda home: home.answers(what={"xlwings": ["", "ImportError: DLL load failed"]}),
    "addin-missing": lambda home: home.addin.unlink(),
    "addin-differs": lambda home: home.addin.write_bytes(XLAM + b"!"),
    "addin-blocked": lambda home: mark_of(home.addin).touch(),
    "addin-twice": lambda home: home.addin.with_name("congdoan (1).xlam").touch(),
    "log-error": lambda home: (home.own / "congdoan.log").write_text("9:00 INFO a\n9:01 ERROR check: b\n9:02 INFO c\n"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_planted_fault_is_found_and_no_other(code: str, installed: Home) -> None:
    FAULTS[code](installed)
    assert installed.complaints() == [code]


def test_rules_that_do_not_load(installed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosing, "form_ids", list)
    assert installed.complaints() == ["forms-broken"]


REGISTRY_FAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "excel-missing": {"HKLM\\Software\\Classes\\Excel.Application\\CurVer": {}},
    "excel-old": {
        "HKLM\\Software\\Classes\\Excel.Application\\CurVer": {"": "Excel.Application.12"},
        "HKLM\\Software\\Microsoft\\Office\\ClickToRun\\Configuration": {},
    },
    "addin-disabled": {
        f"{OFFICE}\\Excel\\Resiliency\\DisabledItems": {
            "a1b2": b"\x01\0\0\0\x40\0\0\0\x10\0\0\0" + "c:\\x\\XLSTART\\CongDoan.xlam\0".encode("utf-16-le")
        }
    },
    "vba-off": {"HKLM\\Software\\Policies\\Microsoft\\Office\\16.0\\Common": {"vbaoff": 1}},
    "addins-off": {f"{OFFICE}\\Excel\\Security": {"disablealladdins": 1}},
    "addins-signed": {f"{POLICY}\\Excel\\Security": {"requireaddinsig": 1}},
    "macros-blocked": {f"{OFFICE}\\Excel\\Security": {"vbawarnings": 4}},
    "macros-internet": {f"{POLICY}\\Excel\\Security": {"blockcontentexecutionfrominternet": 1}},
    "trust-off": {f"{POLICY}\\Excel\\Security\\Trusted Locations": {"alllocationsdisabled": 1}},
    "trust-policy": {f"{POLICY}\\Common\\Security\\Trusted Locations": {"allow user locations": 0}},
    "trust-unlisted": {f"{OFFICE}\\Excel\\Security\\Trusted Locations": {"location0": {"path": "C:\\Templates\\"}}},
}


@pytest.mark.parametrize("code", REGISTRY_FAULTS)
def test_a_setting_of_excel_that_stands_in_the_way_is_found(code: str, installed: Home) -> None:
    installed.registry |= REGISTRY_FAULTS[code]
    assert installed.complaints() == [code]


def test_what_the_administrator_decreed_wins(installed: Home) -> None:
    installed.registry |= {
        f"{OFFICE}\\Excel\\Security": {"vbawarnings": 4},
        f"{POLICY}\\Excel\\Security": {"vbawarnings": 2},
    }
    assert installed.complaints() == []


@pytest.mark.parametrize(("path", "below", "trusted"), [("", 0, True), ("..", 0, False), ("..", 1, True)])
def test_a_trusted_location_above_counts_only_with_its_sub_folders(
    path: str, below: int, trusted: bool, installed: Home
) -> None:
    place = (installed.addin.parent / path).resolve()
    key = f"{OFFICE}\\Excel\\Security\\Trusted Locations"
    installed.registry[key] = {"location7": {"path": str(place).upper(), "allowsubfolders": below}}
    assert installed.complaints() == ([] if trusted else ["trust-unlisted"])


def test_variables_in_trusted_locations_are_filled_in(installed: Home) -> None:
    key = f"{OFFICE}\\Excel\\Security\\Trusted Locations"
    installed.registry[key] = {"location1": {"path": "%APPDATA%\\Microsoft\\Excel\\XLSTART\\"}}
    assert installed.complaints() == []


@pytest.mark.parametrize(("free", "code"), [(150, "disk-full"), (250, "disk-fine")])
def test_a_full_disk_is_found(free: int, code: str, installed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free * 1_000_000

    monkeypatch.setattr("consolidator.diagnosing.shutil.disk_usage", lambda folder: Usage())
    assert code in codes(installed.lines())


def test_a_folder_that_cannot_be_written_is_found(installed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(dir: Path) -> None:
        raise PermissionError(13, "no", str(dir))

    monkeypatch.setattr("consolidator.diagnosing.tempfile.TemporaryFile", refused)
    assert installed.complaints() == ["disk-unwritable"]


@pytest.mark.parametrize(("name", "code"), [("OneDrive - LĐLĐ", "path-onedrive"), ("p" * 240, "path-long")])
def test_places_where_excel_stumbles_are_told(name: str, code: str, home: Home) -> None:
    home.python = home.folder / name / "python"
    home.answers()
    install(XLAM, interpreter=home.python)
    assert home.complaints() == [code]


def test_a_python_that_never_answers_is_given_up(installed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.python.write_text("#!/bin/sh\nexec sleep 30\n")
    monkeypatch.setattr(diagnosing, "PATIENCE", 0.2)
    assert installed.complaints() == ["interpreter-broken"]


# The words


def test_every_code_has_its_words_and_every_word_its_use() -> None:
    names = ("installing", "diagnosing", "excelsettings")
    sources = "".join((PACKAGE / f"{name}.py").read_text("utf-8") for name in names)
    sources += " ".join(f'"{what}-{how}"' for what in ("addin", "settings") for how in ("same", "written"))
    assert {code for code in WORDS if f'"{code}"' not in sources} == set()
    assert set(re.findall(r'line\(\s*"([a-z0-9-]+)"', sources)) <= WORDS.keys()


def test_every_fault_that_can_be_told_is_planted_here() -> None:
    elsewhere = {"file-locked", "cannot-write", "disk-unwritable", "disk-full", "excel-unknown", "forms-broken"}
    elsewhere |= {"path-long", "path-onedrive", "path-network"}
    told = {code for code, words in WORDS.items() if words.state is not State.FINE}
    assert told == FAULTS.keys() | REGISTRY_FAULTS.keys() | elsewhere


def test_each_line_has_a_number_of_its_own_and_says_what_to_do() -> None:
    assert len({words.number for words in WORDS.values()}) == len(WORDS)
    for words in WORDS.values():
        assert is_normalized("NFC", words.what + words.fix)
        assert words.fix or words.state is not State.WRONG


def test_a_line_reads_as_it_is_said() -> None:
    said = line("python-old", version="3.9.1", wanted="3.11")
    assert line_words(said).startswith("SAI 26 – Python 3.9.1")
    with pytest.raises(KeyError):
        line("python-old", version="3.9.1")
