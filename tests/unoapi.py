"""What is used of Excel's own objects behind `app.api`, `book.api` and `sheet.api`; nothing else is there.

Names and keywords are Excel's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.unofile import ALLOWANCES, SheetFacts, remind
from tests.unooffice import ComError

if TYPE_CHECKING:
    from tests.unobook import Book, Sheet
    from tests.unoengine import App

MAX_PROMPT, ERROR_2015 = 255, -2146826273


class Said(NamedTuple):
    """Something shown to the person: how ("status", "alert", "input", "dialog") and what."""

    how: str
    text: str | bool
    title: str = ""
    buttons: str = ""
    mode: str = ""


class Unscripted(BaseException):
    """The program asks and the test gave no answer. Not an Exception, lest the program catch it."""


class AppApi:
    """Of Excel's Application: two questions."""

    def __init__(self, app: App) -> None:
        self._app = app

    def InputBox(self, Prompt: str, Title: str = "", Default: str = "", Type: int = 2) -> str | bool | int:
        """Text, or False where the person cancels (scripted as None or False).

        A longer prompt is not shown at all: Excel answers with its error 2015, which reaches Python as a number.
        """
        if len(Prompt) > MAX_PROMPT:
            return ERROR_2015
        self._app.said.append(Said("input", Prompt, Title))
        given = self._app.answer(Prompt)
        return False if given in (None, False) else str(given)

    def FileDialog(self, kind: int) -> FileDialog:
        if kind not in (1, 2, 3, 4):
            raise ComError(f"FileDialog: no such kind, {kind}")
        return FileDialog(self._app)


class FileDialog:
    """Scripted as a path, a list of paths, or None for Cancel."""

    def __init__(self, app: App) -> None:
        self._app, self._chosen = app, list[str]()
        self.Title, self.InitialFileName, self.AllowMultiSelect = "", "", False

    def Show(self) -> int:
        self._app.said.append(Said("dialog", self.InitialFileName, self.Title))
        given = self._app.answer(self.Title)
        self._chosen = [] if given is None else [str(path) for path in (given if isinstance(given, list) else [given])]
        return -1 if self._chosen else 0

    def SelectedItems(self, index: int) -> str:
        if not 1 <= index <= len(self._chosen):
            raise ComError("SelectedItems: no such item")
        return self._chosen[index - 1]


class BookApi:
    """Of Excel's Workbook: where it lies, what is forbidden, and copies."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @property
    def FullName(self) -> str:
        return self._book.fullname

    @property
    def ReadOnly(self) -> bool:
        return self._book.read_only

    @property
    def ProtectStructure(self) -> bool:
        return self._book.facts.structure  # LibreOffice heeds it only where it has a password

    def SaveCopyAs(self, Filename: str) -> None:
        path = Path(Filename)
        if not path.parent.is_dir() or path.is_dir() or path.resolve() == self._book.path.resolve():
            raise ComError(f"SaveCopyAs: cannot save as {Filename}")
        self._book.call("store", url=path.resolve().as_uri())
        remind(path, self._book.facts.sheets)


class SheetApi:
    """Of Excel's Worksheet: protection."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def ProtectContents(self) -> bool:
        return bool(self._sheet.call("protected"))

    @property
    def ProtectDrawingObjects(self) -> bool:
        return self.ProtectContents and self._sheet.facts.drawings

    @property
    def ProtectScenarios(self) -> bool:
        return self.ProtectContents and self._sheet.facts.scenarios

    @property
    def Protection(self) -> Protection:
        return Protection(self._sheet.facts)

    def Unprotect(self, Password: str = "") -> None:
        """Without the right password Excel refuses; with none at all it may ask the person first."""
        if self.ProtectContents:
            self._sheet.call("unprotect", password=Password)
        if self.ProtectContents:
            raise ComError("The password you supplied is not correct.")

    def Protect(
        self,
        Password: str = "",
        DrawingObjects: bool = True,
        Contents: bool = True,
        Scenarios: bool = True,
        **allowed: bool,
    ) -> None:
        if unknown := set(allowed) - set(ALLOWANCES):
            raise TypeError(f"Protect: {sorted(unknown)}")
        self._sheet.facts.drawings, self._sheet.facts.scenarios = DrawingObjects, Scenarios
        self._sheet.facts.allowed = {name for name, given in allowed.items() if given}
        if Contents:
            self._sheet.call("protect", password=Password)


class Protection:
    """What may be done on a protected sheet all the same: `AllowFormattingColumns` and its like."""

    def __init__(self, facts: SheetFacts) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> bool:
        if name not in ALLOWANCES:
            raise AttributeError(name)
        return name in self._facts.allowed
