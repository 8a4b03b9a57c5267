"""The door that Excel opens: one function a button of the ribbon. The only importer of xlwings.

Each button runs in a fresh Python process, so nothing heavy is loaded before it is needed. Whatever happens, the
clerk gets a sentence and never a traceback: what we did wrong goes into the log.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from logging.handlers import RotatingFileHandler
from typing import Any

_had_pandas = sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
import xlwings as xw  # noqa: E402 - xlwings loads pandas wherever it is installed, a fifth of a second we do not need

if _had_pandas is None:
    del sys.modules["pandas"]

from consolidator import __version__  # noqa: E402
from consolidator import deskwords as words  # noqa: E402
from consolidator.busyexcel import TRIES, is_busy, tame  # noqa: E402
from consolidator.desk import Desk, Obstacle  # noqa: E402
from consolidator.ownfolder import LOG, own_folder  # noqa: E402
from consolidator.paper import shortened  # noqa: E402

_MAX_STATUS = 255
"""Characters the status bar takes."""
_PATIENCE = 120
"""Seconds to wait for Excel to be free before results are left for the clerk to open."""


def check() -> None:
    """Kiểm tra: validates the open workbook, marks cells, lists findings, goes to the first."""

    def do(desk: Desk) -> str:
        from consolidator.marking import examine, show

        return show(desk, examine(desk), datetime.now())

    _click("check", do)


def previous_error() -> None:
    """Lỗi trước: goes back to the finding before."""
    _click("previous_error", partial(_step, forward=False))


def next_error() -> None:
    """Lỗi sau: goes on to the next finding."""
    _click("next_error", partial(_step, forward=True))


def clear_marks() -> None:
    """Xóa đánh dấu: gives every marked cell its own colour and note back."""

    def do(desk: Desk) -> str:
        from consolidator.marking import clear

        return words.CLEARED if clear(desk) else words.NOTHING_MARKED

    _click("clear_marks", do)


def explain() -> None:
    """Giải trình: asks why a flagged figure is right and stores the answer."""

    def do(desk: Desk) -> str:
        from consolidator.answering import explain

        return explain(desk)

    _click("explain", do)


def normalise() -> None:
    """Chuẩn hóa: lists what should be tidied."""

    def do(desk: Desk) -> str:
        from consolidator.tidying import propose

        return propose(desk)

    _click("normalise", do)


def apply_fixes() -> None:
    """Áp dụng: applies what is ticked."""

    def do(desk: Desk) -> str:
        from consolidator.tidying import apply_ticked

        return apply_ticked(desk)

    _click("apply_fixes", do)


def undo_fixes() -> None:
    """Hoàn tác: takes it back."""

    def do(desk: Desk) -> str:
        from consolidator.tidying import undo_applied

        return undo_applied(desk)

    _click("undo_fixes", do)


def submit() -> None:
    """Nộp báo cáo: saves a sealed copy."""

    def do(desk: Desk) -> str:
        from consolidator.submitting import submit

        text = submit(desk, datetime.now())
        if text:
            desk.tell(text, words.TITLE)
        return text.split("\n\n")[0].replace("\n", " ")

    _click("submit", do)


def consolidate() -> None:
    """Tổng hợp thư mục: asks for a folder and starts the work beside Excel."""

    def do(desk: Desk) -> str:
        from consolidator.folderjob import prepare, start

        job = prepare(desk)
        return start(job, worker_command(job.window)) if job else ""

    _click("consolidate", do, needs_book=False)


def stop() -> None:
    """Dừng tổng hợp: stops that work at its next step."""

    def do(desk: Desk) -> str:
        from consolidator.folderjob import stop

        return stop()

    _click("stop", do, needs_book=False)


def open_report() -> None:
    """Mở báo cáo kiểm tra: opens the report of the last folder."""

    def do(desk: Desk) -> str:
        from consolidator.folderjob import last_report

        report = last_report()
        desk.app.books.open(str(report))
        return report.name

    _click("open_report", do, needs_book=False)


def show_help() -> None:
    """Trợ giúp: version, health, log file."""

    def do(desk: Desk) -> str:
        from consolidator.addinfile import build
        from consolidator.diagnosing import doctor
        from consolidator.installwords import line_words

        health = "\n".join(line_words(line) for line in doctor(build()))
        desk.tell(words.HELP.format(version=__version__, health=health, log=own_folder() / LOG), words.TITLE)
        return ""

    _click("show_help", do, needs_book=False)


def worker_command(window: int) -> list[str]:
    """How the process that consolidates a folder is started."""
    program = "import consolidator.addin; consolidator.addin.work()"
    return [sys.executable, "-P", "-B", "-c", program, f"--hwnd={window}"]


def work() -> None:
    """In the process beside Excel: consolidates, tells how far it is, opens what it wrote."""
    from consolidator.consolidation import CannotRun
    from consolidator.folderjob import work as consolidate_folder

    app = _excel(tries=1)  # what can wait waits in `_patiently`, and the work itself never waits for Excel
    say = _telling(app)
    try:
        job = consolidate_folder(say)
        if job is not None:
            for path in (job.report, job.summary):
                _patiently(lambda path=path: app.books.open(path))  # type: ignore[misc]
    except (CannotRun, Obstacle) as error:
        text = _sentence(error) if isinstance(error, Obstacle) else str(error)
        say(text)
        _patiently(lambda: app.alert(text, words.TITLE))
    except Exception:  # the door: what went wrong is told and logged, and there is nobody above to tell
        _log().exception("work")
        _patiently(lambda: app.alert(_failed("consolidate"), words.TITLE))


def _step(desk: Desk, *, forward: bool) -> str:
    from consolidator.marking import step

    return step(desk, forward=forward)


def _click(button: str, action: Callable[[Desk], str], *, needs_book: bool = True) -> None:
    """Does what a button does and tells the result, whatever it is."""
    began, app = time.perf_counter(), None
    try:
        app = _excel()
        book = _book(app)
        if book is None and needs_book:
            raise Obstacle("no-workbook")
        said = action(Desk(app, book))
        app.status_bar = shortened(said, _MAX_STATUS) or False
        _log().info("%s done in %.2f s", button, time.perf_counter() - began)
    except Obstacle as error:
        _log().info("%s refused: %s", button, error.key)
        _say_aloud(app, _sentence(error))
    except Exception as error:  # the door: see work
        if is_busy(error):
            _log().info("%s: Excel is busy", button)
            _say_aloud(app, words.OBSTACLES["busy"])
            return
        _log().exception(button)
        _say_aloud(app, _failed(button))


def _excel(tries: int = TRIES) -> Any:
    """The Excel that the click came from: by its window, or that of the calling book."""
    tame(getattr(xw, "_xlwindows", None), tries)
    window = next((part.partition("=")[2] for part in sys.argv if part.startswith("--hwnd=")), "")
    if window.lstrip("-").isdigit():
        for app in xw.apps:
            if app.hwnd == int(window):
                return app
    return xw.Book.caller().app


def _book(app: Any) -> Any:
    """The workbook in front, None where there is none: in Protected View Excel hides it from programs."""
    if len(app.books) == 0:
        return None
    try:
        book = app.books.active
        return book if book.name else None
    except Exception:  # each engine has its own error for "nothing there"
        return None


def _sentence(error: Obstacle) -> str:
    return words.OBSTACLES[error.key].format(**error.facts)


def _failed(button: str) -> str:
    return words.OBSTACLES["failed"].format(button=words.BUTTONS[button], log=own_folder() / LOG)


def _say_aloud(app: Any, text: str) -> None:
    """In a box and in the status bar; a program that cannot reach Excel leaves it to the VBA side to say so."""
    if app is None:
        sys.exit(1)
    with suppress(Exception):  # Excel may be busy: the box is none of its own and comes all the same
        app.status_bar = shortened(text.split("\n")[0], _MAX_STATUS)
    with suppress(Exception):  # Excel may be gone, and there is no other way to tell
        app.alert(text, words.TITLE)


def _telling(app: Any) -> Callable[[str], None]:
    """Tells in the status bar, of one stage a few times a second at most; a busy Excel is not waited for."""
    last, told = 0.0, ""

    def say(text: str) -> None:
        nonlocal last, told
        stage = text.partition(":")[0]
        if stage != told or time.monotonic() - last > 0.3:
            last, told = time.monotonic(), stage
            with suppress(Exception):  # Excel refuses while a cell is being typed in
                app.status_bar = text

    return say


def _patiently(action: Callable[[], object]) -> None:
    """Does something in Excel as soon as Excel is free."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            action()
            return
        except Exception:  # Excel refuses while a cell is being typed in
            if time.monotonic() > until:
                _log().exception("Excel does not answer")
                return
            time.sleep(1)


def _log() -> logging.Logger:
    """The log in the user's own folder: which button, how long, what went wrong; no names and no figures."""
    log = logging.getLogger("consolidator.addin")
    if not log.handlers:
        own_folder().mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(own_folder() / LOG, maxBytes=500_000, backupCount=1, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s " + __version__ + " %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return log
