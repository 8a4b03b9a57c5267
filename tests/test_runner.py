"""Runner.bas under attack, beside the module of xlwings it was made from.

Both are run, not merely read: ours as it stands in the built add-in, the stock one as it stands in the xlwings that
is installed, each with a hostile workbook in front. Every attack must succeed on the stock module, else it would
prove nothing that it fails on ours. LibreOffice cannot be the judge: with the stock module it silently does nothing.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from consolidator.addinfile import build, module_sources, sentences
from consolidator.ownfolder import FOLDER, SETTINGS
from tests.make_believe_excel import EXCELS_FOLDER, HWND, Excel, Windows

LOCAL = "C:\\Users\\Nguyễn Thị Hà\\AppData\\Local"
CONF = f"{LOCAL}\\{FOLDER}\\{SETTINGS}"
OURS = f"{LOCAL}\\{FOLDER}\\python\\pythonw.exe"
EVIL = "D:\\Tải về\\python.exe"
COMMAND = "import consolidator.addin; consolidator.addin.check()"


def stock() -> str:
    spec = importlib.util.find_spec("xlwings")
    assert spec and spec.origin
    return (Path(spec.origin).parent / "xlwings_custom_addin.bas").read_text("utf-8")


def windows(setting: str = f"INTERPRETER={OURS}", **changes: object) -> Windows:
    """A machine with our settings, our interpreter, and the attacker's interpreter."""
    files = {CONF: f"{setting}\r\n".encode("utf-16"), OURS: b"", EVIL: b"", "python": b""}
    environment = {"LOCALAPPDATA": LOCAL, "USERPROFILE": "C:\\Users\\Nguyễn Thị Hà", "TEMP": "C:\\Temp"}
    return Windows(**({"files": files, "environment": environment} | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / "congdoan.xlam"
    path.write_bytes(build())
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Somebody else's workbook, as yet without malice."""
    Workbook().save(tmp_path / "hostile.xlsx")
    return tmp_path / "hostile.xlsx"


@pytest.fixture
def hostile(plain: Path) -> Path:
    """Names its own interpreter, in every word that any of the two modules may look for, and more."""
    book = Workbook()
    for title in ("myaddin.conf", "_myaddin.conf", "xlwings.conf", "congdoan.conf", "CongDoan.conf", "words"):
        sheet = book.create_sheet(title)
        for key in ("INTERPRETER_WIN", "INTERPRETER"):
            sheet.append([key, EVIL])
        sheet.append(["no-python", "evil words"])
    book.save(plain)
    return plain


def click(machine: Windows, addin: Path, opened: Path, module: str = "") -> Windows:
    Excel.with_files(machine, addin, opened, module=module).run("RunPython", COMMAND)
    return machine


# attacks: each says whether it got through

Attack = Callable[[Windows], bool]


def the_workbooks_interpreter_runs(machine: Windows) -> bool:
    return EVIL in machine.started[0][0]


def the_workbook_is_on_the_command_line(machine: Windows) -> bool:
    """Its name can hold what a command line means something by, and its folder comes first on `sys.path`."""
    return "hostile" in machine.started[0][0]


def a_shell_reads_the_command_line(machine: Windows) -> bool:
    return "cmd" in machine.started[0][0].lower()


def it_starts_where_the_workbook_lies(machine: Windows) -> bool:
    """Windows looks for libraries in the current folder."""
    return machine.started_in[0] == EXCELS_FOLDER


def files_of_the_workbooks_folder_are_heeded(machine: Windows) -> bool:
    return any(path not in (CONF, OURS) for path in machine.looked_for)


ATTACKS: tuple[Attack, ...] = (
    the_workbooks_interpreter_runs,
    the_workbook_is_on_the_command_line,
    a_shell_reads_the_command_line,
    it_starts_where_the_workbook_lies,
    files_of_the_workbooks_folder_are_heeded,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_succeed_on_the_stock_module_and_fail_on_ours(attack: Attack, addin: Path, hostile: Path) -> None:
    assert attack(click(windows(), addin, hostile, stock()))
    assert not attack(click(windows(), addin, hostile))


def test_the_stock_module_falls_back_on_a_bare_python_and_ours_does_not(addin: Path, plain: Path) -> None:
    """Without settings: `cmd` looks for a bare name in the current folder first."""
    machine = windows(files={"python": b"", EVIL: b""})
    assert re.search(r"cmd\.exe /C python ", click(machine, addin, plain, stock()).started[0][0])
    assert click(windows(files={"python": b"", EVIL: b""}), addin, plain).started == []


FORBIDDEN = r"Active\w+|\bWorkbooks\b|\bSheets\b|\bDeclare\b|\bMsgBox\b|\bcmd\b|\"pythonw?\"|\bEnviron\b|\bShell\("
"""Words that have no business in the module: any way to the open workbook, to a shell, to a bare name, to ANSI."""


def code_of(module: str) -> str:
    return "\n".join(line for line in module.splitlines() if not line.lstrip().startswith("'"))


def test_the_words_of_the_holes_are_in_the_stock_module_and_not_in_ours() -> None:
    assert len(set(re.findall(FORBIDDEN, code_of(stock())))) >= 7
    for name, source in module_sources().items():
        assert re.findall(FORBIDDEN, code_of(source)) == [], name


def test_the_licence_went_along() -> None:
    lines = stock().splitlines()
    first = next(n for n, line in enumerate(lines) if "BSD 3-clause" in line)
    last = next(n for n, line in enumerate(lines) if "POSSIBILITY OF SUCH DAMAGE" in line)
    assert "\n".join(lines[first : last + 1]) in module_sources()["Runner"]


def test_a_click_starts_the_interpreter_of_the_settings(addin: Path, hostile: Path) -> None:
    """The whole command line, hidden, waited for; and Excel's current folder is as before."""
    machine = click(windows(), addin, hostile)
    line = f'"{OURS}" -P -B -c "{COMMAND}" --from_xl=1 --hwnd={HWND}'
    assert (machine.started, machine.said) == ([(line, 0, True)], [])
    assert (machine.started_in, machine.folder) == ([OURS.rpartition("\\")[0]], EXCELS_FOLDER)


@pytest.mark.parametrize(
    "text",
    [
        f"INTERPRETER={OURS}\r\n",
        f"\ufeffINTERPRETER={OURS}\r\n",
        f"\ufeffVERSION=1\r\n\r\nINTERPRETER= {OURS} \r\nOTHER=x\r\n",
        f"MY_INTERPRETER={EVIL}\nINTERPRETER={OURS}",
    ],
)
def test_the_settings_are_read_line_by_line(text: str, addin: Path, plain: Path) -> None:
    machine = windows()
    machine.files[CONF] = text.encode("utf-16-le")
    assert click(machine, addin, plain).started[0][0].startswith(f'"{OURS}" ')


def troubles() -> dict[str, tuple[str, Windows]]:
    """What can go wrong, and the sentence that answers it."""
    elsewhere = windows(environment={})
    elsewhere.files["%LOCALAPPDATA%\\CongDoan\\congdoan.conf"] = elsewhere.files[CONF]
    unreadable = windows()
    unreadable.files[CONF] = b"\x00\xd8\n"
    return {
        "no settings": ("no-settings", windows(files={OURS: b"", EVIL: b""})),
        "no profile, but a folder of that name where Excel stands": ("no-settings", elsewhere),
        "settings that cannot be read": ("no-settings", unreadable),
        "empty settings": ("no-python", windows("")),
        "interpreter gone": ("no-python", windows("INTERPRETER=C:\\gone\\python.exe")),
        "bare name": ("no-python", windows("INTERPRETER=python")),
        "name in the current folder": ("no-python", windows("INTERPRETER=.\\python.exe")),
        "on the current drive": ("no-python", windows("INTERPRETER=\\python.exe")),
        "on another machine": ("no-python", windows("INTERPRETER=\\\\server\\python.exe")),
        "python fails": ("python-failed", windows(exit_code=1)),
        "python crashes": ("python-failed", windows(exit_code=-1073741819)),
        "no scripting": ("not-started", windows(forbidden=frozenset({"WScript.Shell"}))),
        "no files": ("not-started", windows(forbidden=frozenset({"Scripting.FileSystemObject"}))),
    }


@pytest.mark.parametrize("trouble", troubles())
def test_trouble_is_one_sentence_and_never_a_box_of_vba(trouble: str, addin: Path, hostile: Path) -> None:
    key, machine = troubles()[trouble]
    for path in ("python", ".\\python.exe", "\\python.exe", "\\\\server\\python.exe"):
        machine.files[path] = b""
    excel = Excel.with_files(machine, addin, hostile)
    excel.run("RunPython", COMMAND)
    words = sentences()
    assert excel.application.status_bar == words[key]
    assert machine.said == ([] if "WScript.Shell" in machine.forbidden else [f"{words['title']}: {words[key]}"])
    assert excel.dialogs == []
    assert bool(machine.started) == (key == "python-failed")
    assert machine.folder == EXCELS_FOLDER


def test_an_old_sentence_is_taken_away_by_the_next_click(addin: Path, plain: Path) -> None:
    excel = Excel.with_files(windows(), addin, plain)
    excel.application.status_bar = "old"
    excel.run("RunPython", COMMAND)
    assert excel.application.status_bar is False


def test_every_sentence_is_said_and_none_is_missing() -> None:
    said = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', code_of(module_sources()["Runner"])))
    assert said == set(sentences())
    assert all(text.endswith(("doctor", "install", ".")) for key, text in sentences().items() if key != "title")
