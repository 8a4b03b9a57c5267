"""An xlwings engine over a live LibreOffice: the add-in's own Python runs against a real, open workbook.

Only what consolidator uses of xlwings is offered; anything else fails loudly, so that it is added here knowingly.
Where Excel refuses (protected cells, hidden sheets, wrong passwords) so does this, with a `ComError`.
What a person would answer stands in `app.impl.answers`; what was shown is found in `app.impl.said`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import xlwings as xw
from xlwings import base_classes

from tests.unoapi import AppApi, Said, Unscripted
from tests.unobook import Book, Books, Sheet
from tests.unooffice import Office
from tests.unorange import Range, clean, prepare


class Engine:
    """What `xw.Engine` wants; one application."""

    name, type = "uno", "desktop"

    def __init__(self, app: App) -> None:
        self.apps, app.engine = Apps(app), self

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        return prepare(value)

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, numbers: Any, err_to_str: bool) -> list[list[Any]]:
        return [[clean(value, dates, empty, numbers, err_to_str) for value in row] for row in data]


class Apps(base_classes.Apps):
    def __init__(self, app: App) -> None:
        self.app = app

    def keys(self) -> list[int]:
        return [self.app.pid]

    def __iter__(self) -> Iterator[App]:
        yield self.app

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> App:
        if pid != self.app.pid:
            raise KeyError(pid)
        return self.app


class App(base_classes.App):
    """The application and the person before it."""

    version, visible, screen_updating, display_alerts, enable_events = "16.0", True, True, True, True

    def __init__(self, office: Office) -> None:
        self.office = office
        self.engine: Engine | None = None
        self.answers: list[Any] = []
        self.said: list[Said] = []
        self._status: str | bool = False
        self._books: dict[str, Book] = {}

    @property
    def api(self) -> AppApi:
        return AppApi(self)

    @property
    def pid(self) -> int:
        return self.office.pid

    hwnd = pid

    @property
    def books(self) -> Books:
        return Books(self)

    def open_books(self) -> list[Book]:
        """All open workbooks, those that another process opened among them; the active one first, as in Excel."""
        found = {uid: self._books.get(uid) or Book(self, uid, url) for uid, url in self.office.call("books")}
        self._books = found
        active = self.office.call("active")
        return sorted(found.values(), key=lambda book: book.uid != active)

    def activate(self, steal_focus: bool = False) -> None:
        """Nothing to do without a window."""

    @property
    def selection(self) -> Range | None:
        books = self.open_books()
        found = books[0].call("selection") if books else None
        return Range(Sheet(books[0], found[0]), tuple(found[1])) if found else None

    @property
    def status_bar(self) -> str | bool:
        return self._status

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None:
        self._status = value
        self.said.append(Said("status", value))

    def answer(self, question: str) -> Any:
        """The next answer of the script."""
        if not self.answers:
            raise Unscripted(question)
        return self.answers.pop(0)

    def alert(self, prompt: str, title: str | None, buttons: str | None, mode: str | None, callback: None) -> str:
        choices = {"ok": ["ok"], "ok_cancel": ["ok", "cancel"], "yes_no": ["yes", "no"]}
        choices["yes_no_cancel"] = ["yes", "no", "cancel"]
        possible = choices[buttons or "ok"]
        assert mode in (None, "info", "critical"), mode
        self.said.append(Said("alert", prompt, title or "", buttons or "ok", mode or ""))
        given = "ok" if possible == ["ok"] else self.answer(prompt)
        if given not in possible:
            raise Unscripted(f"{given!r} is no answer to: {prompt}")
        return str(given)


@contextlib.contextmanager
def excel_over(office: Office) -> Iterator[xw.App]:
    """xlwings' active application for a while; books opened in it are closed at the end, the mock caller forgotten."""
    app, before = App(office), (list(xw.engines.engines), dict(xw.engines.engines_by_name), xw.engines.active)
    engine = xw.Engine(impl=Engine(app))
    xw.engines.add(engine)
    engine.activate()
    try:
        yield xw.App(impl=app)
    finally:
        xw.engines.engines, xw.engines.engines_by_name, xw.engines.active = before
        with contextlib.suppress(AttributeError):
            del xw.Book._mock_caller
        if office.process:  # not of an office that another started
            for book in app.open_books():
                book.close()
