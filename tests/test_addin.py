"""The door: every button has its function, what goes wrong is a sentence, a click loads nothing it can do without."""

from __future__ import annotations

import ast
import atexit
import inspect
import json
import logging
import string
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

import pytest
import xlwings as xw

from consolidator import __version__, addin, busyexcel, folderjob, marking
from consolidator import deskwords as words
from consolidator.booknames import RESULTS
from consolidator.consolidation import CannotRun
from consolidator.desk import Desk, Obstacle
from consolidator.folderjob import Job, remember
from consolidator.form import Form
from consolidator.ownfolder import LOG
from tests import regime_samples
from tests.clerk import open_desk, sheet_names
from tests.district import A, put_roster
from tests.unoapi import Said

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consolidator"
HEAVY = {"pandas", "xlsxwriter", "openpyxl", "rich", "lark", "pyexpat"}
_READ_FILES = ("beneath", "preflight", "reaching", "sheetmarks", "xmlparts", "xmlscan")
OF_FILES = {f"consolidator.{name}" for name in _READ_FILES}
"""What only who reads a file needs: a click looks at the open workbook."""
NEEDS_A_BOOK = set(words.BUTTONS) - {"consolidate", "stop", "open_report", "show_help"}
CLICK = """
import sys
import consolidator.addin
loaded = set(sys.modules)
from pathlib import Path
from tests.unoengine import excel_over
from tests.unooffice import Office
office = Office(Path(sys.argv[1]), sys.argv[2])
with excel_over(office) as app:
    app.books.active.set_mock_caller()
    before = set(sys.modules)
    consolidator.addin.check()
    told = app.status_bar
office.end()
import json
print(json.dumps({"told": told, "imported": sorted(loaded), "later": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(autouse=True)
def log(profile: Path) -> Iterator[Path]:
    """The log file of the test's own profile; the logger is made anew for each."""
    logger = logging.getLogger("consolidator.addin")

    def closed() -> None:
        for handler in list(logger.handlers):
            handler.close()
            logger.removeHandler(handler)
        logger.propagate = True  # else pytest puts handlers of its own there

    closed()
    yield profile / LOG
    closed()


@pytest.fixture
def excel(live_excel: xw.App, monkeypatch: pytest.MonkeyPatch) -> xw.App:
    """The Excel that clicks come from: known by its window."""
    monkeypatch.setattr(sys, "argv", ["-c", "--from_xl=1", f"--hwnd={live_excel.hwnd}"])
    return live_excel


@pytest.fixture
def report(excel: xw.App, form: Form, tmp_path: Path) -> Desk:
    """A clean report, open."""
    content = regime_samples.poured(regime_samples.fill(form.at("CDCS"), A), A)
    return open_desk(excel, content, tmp_path / "báo cáo.xlsx")


def alerts(excel: xw.App) -> list[str]:
    return [str(said.text) for said in excel.impl.said if said.how == "alert"]


def button(name: str) -> Callable[[], None]:
    found: Callable[[], None] = getattr(addin, name)
    return found


# what there is


def test_every_public_function_is_a_button() -> None:
    public = {
        name
        for name, found in inspect.getmembers(addin, inspect.isfunction)
        if found.__module__ == addin.__name__ and not name.startswith("_") and not inspect.signature(found).parameters
    }
    assert public == {*words.BUTTONS, "work"}


def raised() -> dict[str, list[set[str]]]:
    """Facts given with each key of an obstacle, wherever in the package one is made."""
    found: dict[str, list[set[str]]] = {}
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Obstacle":
                (key,) = node.args
                assert isinstance(key, ast.Constant), f"{path.name}: {ast.unparse(node)}"
                facts = {fact.arg for fact in node.keywords if fact.arg}
                assert len(facts) == len(node.keywords), f"{path.name}: facts by **"
                found.setdefault(key.value, []).append(facts)
    return found


def holes(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_every_obstacle_has_its_sentence_and_the_facts_for_it() -> None:
    found = raised()
    assert set(found) | {"busy", "failed"} == set(words.OBSTACLES)
    for key, given in found.items():
        for facts in given:
            assert facts == holes(words.OBSTACLES[key]), key
    assert holes(words.OBSTACLES["failed"]) == {"button", "log"} and not holes(words.OBSTACLES["busy"])
    source = (PACKAGE / "addin.py").read_text("utf-8")
    assert all(f'words.OBSTACLES["{key}"]' in source for key in ("busy", "failed"))


def test_the_worker_is_this_interpreter_and_sees_no_current_folder() -> None:
    command = addin.worker_command(77)
    assert command[:3] == [sys.executable, "-P", "-B"] and command[-1] == "--hwnd=77"
    assert command[-2].endswith("consolidator.addin.work()")


# what a click costs


def test_a_whole_check_loads_nothing_heavy(
    live_excel: xw.App, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the form is cached; and xlwings, which would load pandas, does not."""
    made = regime_samples.fill(form.at("CDCS"), A)
    desk = open_desk(live_excel, regime_samples.poured(made, A), tmp_path / "báo cáo.xlsx")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-B", "-c", CLICK, str(tmp_path / "office"), live_excel.impl.office.pipe]
    found: dict[str, Any] = {}
    for _ in range(2):  # the first click caches the form
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
    assert found["told"].startswith("0 lỗi, ")
    assert RESULTS in sheet_names(desk)
    imported, later = set(found["imported"]), set(found["later"])
    assert not {name.partition(".")[0] for name in imported | later} & HEAVY
    assert not (imported | later) & OF_FILES
    assert "xlwings" in imported and not imported & {"consolidator.marking", "consolidator.folderjob"}
    assert {"consolidator.marking", "consolidator.checking"} <= later
    assert not later & {"consolidator.reporting", "consolidator.pen", "consolidator.consolidation"}


# what goes wrong


@pytest.mark.parametrize("name", sorted(NEEDS_A_BOOK))
def test_without_a_workbook(excel: xw.App, log: Path, name: str) -> None:
    button(name)()
    assert alerts(excel) == [words.OBSTACLES["no-workbook"]]
    assert f"{name} refused: no-workbook" in log.read_text("utf-8")
    assert len(str(excel.status_bar)) <= 255


@pytest.mark.parametrize(("name", "key"), [("stop", "not-running"), ("open_report", "no-report")])
def test_buttons_that_need_no_workbook(excel: xw.App, name: str, key: str) -> None:
    button(name)()
    assert alerts(excel) == [words.OBSTACLES[key]]


def test_protected_view_hides_the_workbook_in_front(
    excel: xw.App, report: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unobook import Books, NoBook

    monkeypatch.setattr(Books, "active", NoBook())
    addin.check()
    addin.stop()
    assert alerts(excel) == [words.OBSTACLES["no-workbook"], words.OBSTACLES["not-running"]]


@pytest.mark.parametrize("name", ["check", "normalise", "submit", "explain"])
def test_a_workbook_that_is_not_ours(excel: xw.App, tmp_path: Path, name: str) -> None:
    excel.books.open(put_roster(tmp_path / "units.xlsx"))
    names = [sheet.name for sheet in excel.books.active.sheets]
    button(name)()
    (said,) = alerts(excel)
    assert "danh sách đơn vị" in said
    assert [sheet.name for sheet in excel.books.active.sheets] == names


class Refusal(Exception):
    """What comes from COM while Excel is busy, in one of its two shapes."""


def busy_by_number() -> Exception:
    return Refusal(-2147418111, "Call was rejected by callee.", None, None)


def busy_by_attribute() -> Exception:
    error = Refusal("rejected")
    error.hresult = -2147418111  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("made", [busy_by_number, busy_by_attribute])
def test_a_busy_excel(
    excel: xw.App, report: Desk, log: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Exception]
) -> None:
    def refuse(desk: Desk) -> None:
        raise made()

    monkeypatch.setattr(marking, "examine", refuse)
    addin.check()
    assert alerts(excel) == [words.OBSTACLES["busy"]]
    assert "check: Excel is busy" in log.read_text("utf-8") and "Traceback" not in log.read_text("utf-8")


class ComError(Exception):
    """What pywin32 raises: number, text, what Excel says of it, argument."""

    @property
    def hresult(self) -> object:
        return self.args[0]


REJECTED = ComError(-2147418111, "Call was rejected by callee.", None, None)
TYPING = ComError(-2147352567, "Exception occurred.", (0, None, None, None, 0, -2146777998), None)
WRONG = ComError(-2147352567, "Exception occurred.", (0, "Excel", "Name is taken", None, 0, -2146827284), None)


@pytest.fixture
def com(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What of xlwings on Windows asks a busy Excel again, as it is installed, in place of that on this machine."""
    names = ("N_COM_ATTEMPTS", "COMRetryMethodWrapper", "COMRetryObjectWrapper", "ExcelBusyError", "cleanup")
    tree = ast.parse(Path(xw.__file__).with_name("_xlwindows.py").read_text("utf-8"))
    tree.body = [
        one
        for one in tree.body
        if (isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name in names)
        or (isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) in names)
    ]
    assert len(tree.body) == len(names)
    module: Any = ModuleType("_xlwindows")
    vars(module).update(ended=[], atexit=atexit, Apps=SimpleNamespace(cleanup=lambda: module.ended.append("Excel")))
    vars(module).update(types=types, CDispatch=Office, CoClassBaseClass=Office, DispatchBaseClass=Office)
    vars(module).update({name: SimpleNamespace(com_error=ComError) for name in ("pywintypes", "pythoncom")})
    module.pythoncom.ole_error = ComError
    exec(compile(tree, "_xlwindows.py", "exec"), vars(module))
    monkeypatch.setattr(xw, "_xlwindows", module, raising=False)
    return module


def test_no_excel_is_ended_when_a_click_is_over(live_excel: xw.App, com: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    monkeypatch.setattr(atexit, "unregister", registered.append)
    monkeypatch.setattr(sys, "argv", ["-c", f"--hwnd={live_excel.hwnd}"])
    com.cleanup()
    assert com.ended == ["Excel"]  # what xlwings would do at the end: force an end on those it does not know
    addin._excel()
    assert registered == [com.cleanup]


class Office:
    """An Excel that refuses with an error, and counts how often."""

    def __init__(self, error: Exception) -> None:
        vars(self).update(error=error, asked=0, _oleobj_=SimpleNamespace(GetIDsOfNames=lambda *given: 0))

    asked: int
    error: Exception

    def refuse(self, *given: object) -> NoReturn:
        vars(self)["asked"] += 1
        raise self.error

    def __getattr__(self, name: str) -> object:
        return self.refuse()

    def __setattr__(self, name: str, value: object) -> None:
        self.refuse()

    def __call__(self) -> None:
        self.refuse()


ASKED: dict[str, Callable[[Any], object]] = {
    "called": lambda excel: excel.refuse(),
    "read": lambda excel: excel.Workbooks,
    "written": lambda excel: setattr(excel, "StatusBar", "x"),
    "indexed": lambda excel: excel(),
}


@pytest.mark.parametrize("how", ASKED)
@pytest.mark.parametrize("tries", [busyexcel.TRIES, 1])
def test_a_busy_excel_is_asked_for_some_seconds_and_not_for_ever(
    live_excel: xw.App, com: Any, monkeypatch: pytest.MonkeyPatch, how: str, tries: int
) -> None:
    assert com.N_COM_ATTEMPTS == 0, "xlwings asks for ever"
    rests: list[float] = []
    monkeypatch.setattr(addin.time, "sleep", rests.append)
    monkeypatch.setattr(sys, "argv", ["-c", f"--hwnd={live_excel.hwnd}"])
    addin._excel(tries)
    refusals = [REJECTED, AttributeError(how), *([TYPING] if how == "written" else [])]
    for error in refusals:
        office = Office(error)
        rests.clear()
        with pytest.raises((ComError, AttributeError, com.ExcelBusyError)) as found:
            ASKED[how](com.COMRetryObjectWrapper(office))
        assert office.asked == tries and sum(rests) == pytest.approx(max(0, tries - 2) * busyexcel.REST)
        assert busyexcel.is_busy(found.value) is (not isinstance(found.value, AttributeError))
    assert 2 < busyexcel.TRIES * busyexcel.REST < 10


@pytest.mark.parametrize("how", ASKED)
def test_what_excel_will_never_do_is_not_asked_again(
    live_excel: xw.App, com: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(addin.time, "sleep", lambda seconds: pytest.fail("waits for nothing"))
    monkeypatch.setattr(sys, "argv", ["-c", f"--hwnd={live_excel.hwnd}"])
    addin._excel()
    office = Office(WRONG)
    with pytest.raises(ComError) as found:
        ASKED[how](com.COMRetryObjectWrapper(office))
    assert office.asked == 1 and not busyexcel.is_busy(found.value)


def test_a_click_and_the_worker_have_patience_of_their_own(
    excel: xw.App, com: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    addin.stop()
    assert com.N_COM_ATTEMPTS == busyexcel.TRIES
    monkeypatch.setattr(folderjob, "work", lambda say: None)
    addin.work()
    assert com.N_COM_ATTEMPTS == 1


@pytest.mark.parametrize("shape", [(), ("x",), ([1], "x", "y"), (1, "x", ()), (1, "x", (None,))])
def test_errors_of_any_shape_are_looked_at(shape: tuple[object, ...]) -> None:
    assert not busyexcel.is_busy(Refusal(*shape))


def test_a_status_bar_that_is_refused_does_not_keep_the_box_away(
    excel: xw.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, value: object) -> None:
        raise REJECTED

    monkeypatch.setattr(type(excel.impl), "status_bar", property(lambda self: False, refuse))
    addin.stop()
    assert alerts(excel) == [words.OBSTACLES["not-running"]]


def test_a_mistake_of_our_own(excel: xw.App, report: Desk, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(desk: Desk) -> None:
        raise ZeroDivisionError("một lỗi lập trình")

    monkeypatch.setattr(marking, "examine", fail)
    addin.check()
    (said,) = alerts(excel)
    assert said == words.OBSTACLES["failed"].format(button="Kiểm tra", log=log)
    assert "lập trình" not in said and "Traceback" not in said
    written = log.read_text("utf-8")
    assert "Traceback" in written and "ZeroDivisionError: một lỗi lập trình" in written and __version__ in written


def test_an_excel_that_is_gone_is_left_to_vba(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c", "--hwnd=12345"])
    with pytest.raises(SystemExit) as found:
        addin.check()
    assert found.value.code == 1
    assert "Traceback" in log.read_text("utf-8")


def test_a_box_that_cannot_be_shown_is_no_second_error(
    excel: xw.App, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, *asked: object, **more: object) -> str:
        raise Refusal(-2147418111)

    monkeypatch.setattr(type(excel.impl), "alert", refuse)
    addin.stop()
    assert "stop refused: not-running" in log.read_text("utf-8")


def test_the_book_that_called_is_the_way_without_a_window(
    live_excel: xw.App, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    content = regime_samples.poured(regime_samples.fill(form.at("CDCS"), A), A)
    desk = open_desk(live_excel, content, tmp_path / "báo cáo.xlsx")
    desk.book.set_mock_caller()
    addin.next_error()
    assert alerts(live_excel) == [words.OBSTACLES["not-checked"]]


# what is told


def test_what_a_button_says_stands_in_the_status_bar(excel: xw.App, report: Desk, log: Path) -> None:
    addin.clear_marks()
    assert excel.status_bar == words.NOTHING_MARKED
    addin.check()
    assert str(excel.status_bar).startswith("0 lỗi, ")
    addin.clear_marks()
    assert excel.status_bar == words.CLEARED and alerts(excel) == []
    assert "check done in" in log.read_text("utf-8")
    assert "báo cáo" not in log.read_text("utf-8") and A.name not in log.read_text("utf-8")


def test_nothing_said_gives_the_status_bar_back(excel: xw.App, report: Desk) -> None:
    excel.status_bar = "cũ"
    excel.impl.answers.append(None)
    addin.submit()
    assert excel.status_bar is False and alerts(excel) == []


def test_a_long_sentence_fits_the_status_bar(excel: xw.App, report: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "step", lambda desk, forward: "dài quá " * 100)
    addin.previous_error()
    assert 200 < len(str(excel.status_bar)) <= 255
    assert alerts(excel) == []


def test_submitting_is_told_in_a_box(excel: xw.App, report: Desk, tmp_path: Path) -> None:
    (tmp_path / "nộp").mkdir()
    excel.impl.answers.append(str(tmp_path / "nộp"))
    addin.submit()
    (made,) = (tmp_path / "nộp").iterdir()
    (said,) = alerts(excel)
    assert str(made) in said
    assert str(made) in str(excel.status_bar) or len(str(made)) > 220


def test_help_tells_version_health_and_log(excel: xw.App, log: Path) -> None:
    addin.show_help()
    (said,) = alerts(excel)
    assert __version__ in said and str(log) in said
    assert excel.status_bar is False


def test_the_last_report_is_opened(excel: xw.App, tmp_path: Path) -> None:
    path = put_roster(tmp_path / "Báo cáo kiểm tra D.xlsx")
    remember(report=str(path))
    addin.open_report()
    assert [book.name for book in excel.books] == [path.name] and excel.status_bar == path.name
    remember(report=str(tmp_path / "mất.xlsx"))
    addin.open_report()
    assert alerts(excel) == [words.OBSTACLES["report-gone"].format(file=tmp_path / "mất.xlsx")]


def test_consolidating_starts_a_worker(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(folderjob.subprocess, "Popen", lambda command, **how: started.append(command))
    put_roster(tmp_path / "units.xlsx")
    excel.impl.answers += [str(tmp_path), "D"]
    addin.consolidate()
    assert started == [addin.worker_command(excel.hwnd)]
    assert excel.status_bar == words.STARTED.format(folder=tmp_path)
    excel.impl.answers.append(None)
    addin.consolidate()
    assert len(started) == 1 and excel.status_bar is False


# the worker


def test_the_worker_opens_what_it_wrote(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary, checked = (put_roster(tmp_path / name) for name in ("Tổng hợp D.xlsx", "Báo cáo kiểm tra D.xlsx"))

    def consolidated(say: Callable[[str], None]) -> Job:
        say("Đọc tệp: 0/2")
        say("Tổng hợp xong")
        return Job("", "", "D", str(summary), str(checked), 0)

    monkeypatch.setattr(folderjob, "work", consolidated)
    addin.work()
    assert {book.name for book in excel.books} == {summary.name, checked.name}
    assert excel.status_bar == "Tổng hợp xong" and alerts(excel) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (CannotRun("Thư mục lẫn nhiều kỳ."), "Thư mục lẫn nhiều kỳ."),
        (Obstacle("no-report"), words.OBSTACLES["no-report"]),
        (ValueError("bí mật"), "Chương trình gặp lỗi của chính nó khi làm “Tổng hợp thư mục”"),
    ],
)
def test_what_stops_the_worker_is_told(
    excel: xw.App, log: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def fail(say: Callable[[str], None]) -> None:
        raise error

    monkeypatch.setattr(folderjob, "work", fail)
    addin.work()
    (said,) = alerts(excel)
    assert said.startswith(sentence) and "bí mật" not in said
    assert log.exists() == isinstance(error, ValueError)


def test_the_worker_waits_for_a_busy_excel(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, tries = put_roster(tmp_path / "Tổng hợp D.xlsx"), []
    open_book = type(excel.books.impl).open

    def open_later(self: Any, *given: Any) -> Any:
        tries.append(datetime.now())
        if len(tries) < 3:
            raise busy_by_number()
        return open_book(self, *given)

    monkeypatch.setattr(type(excel.books.impl), "open", open_later)
    monkeypatch.setattr(addin.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(folderjob, "work", lambda say: Job("", "", "D", str(path), str(path), 0))
    addin.work()
    assert len(tries) >= 3 and [book.name for book in excel.books] == [path.name]


def test_progress_is_told_now_and_then_and_never_in_the_way(excel: xw.App, monkeypatch: pytest.MonkeyPatch) -> None:
    say, clock = addin._telling(excel), [100.0]
    monkeypatch.setattr(addin.time, "monotonic", lambda: clock[0])
    for stage in ("Đọc tệp", "Ghi từng tệp", "Kiểm tra số liệu"):
        for number in range(50):
            say(f"{stage}: {number}/50")
            clock[0] += 0.011
    say("Tổng hợp xong")
    told = [said.text for said in excel.impl.said]
    assert [text for text in told if "tệp" in text] == [
        *(f"Đọc tệp: {number}/50" for number in (0, 28)),
        *(f"Ghi từng tệp: {number}/50" for number in (0, 28)),
    ]
    assert told[-3:] == ["Kiểm tra số liệu: 0/50", "Kiểm tra số liệu: 28/50", "Tổng hợp xong"]

    def refuse(self: object, value: object) -> None:
        raise busy_by_number()

    monkeypatch.setattr(type(excel.impl), "status_bar", property(lambda self: False, refuse))
    say("Ghi sổ tổng hợp và báo cáo kiểm tra: 0/2")
    assert excel.impl.said[-1] == Said("status", "Tổng hợp xong")
