"""Workbooks and sheets for `unoengine`: names, protection, copies, what Excel refuses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from xlwings import base_classes

from tests.unoapi import BookApi, SheetApi
from tests.unofile import BookFacts, SheetFacts, facts_of, quoted, remind
from tests.unooffice import ComError
from tests.unorange import Range, Rect, excel_formula

if TYPE_CHECKING:
    from tests.unoengine import App

VISIBLE, HIDDEN, VERY_HIDDEN = -1, 0, 2
"""What Excel answers for Sheet.Visible. Mind: a very hidden sheet is true to Python."""

MAX_SHEET_NAME = 31


class Books(base_classes.Books):
    api = object()

    def __init__(self, app: App) -> None:
        self.app = app

    @property
    def active(self) -> Book | NoBook:
        return next(iter(self), NoBook())

    def __iter__(self) -> Iterator[Book]:
        return iter(self.app.open_books())

    def __len__(self) -> int:
        return len(self.app.open_books())

    def __call__(self, name_or_index: str | int) -> Book:
        for index, book in enumerate(self, start=1):
            if name_or_index in (index, book.name):
                return book
        raise KeyError(name_or_index)

    def open(self, fullname: str, update_links: Any = None, read_only: bool | None = None, *rest: Any) -> Book:
        path = Path(fullname)
        if not path.is_file():
            raise ComError(f"Sorry, we couldn't find {fullname}.")
        uid = self.app.office.call("open", url=path.resolve().as_uri())
        found = next(book for book in self.app.open_books() if book.uid == uid)
        found.read_only = bool(read_only)
        return found


class NoBook:
    """What xlwings gives for the active workbook where Excel has none, in Protected View too: it fails on first use."""

    api = None


class Book(base_classes.Book):
    """An open workbook."""

    def __init__(self, app: App, uid: str, url: str) -> None:
        self._app, self.uid, self.read_only = app, uid, False
        self.path = Path(unquote(urlparse(url).path))
        self._facts: BookFacts | None = None

    @property
    def api(self) -> BookApi:
        return BookApi(self)

    def call(self, do: str, **what: Any) -> Any:
        return self._app.office.call(do, book=self.uid, **what)

    @property
    def app(self) -> App:
        return self._app

    @property
    def is_active(self) -> bool:
        return bool(self._app.office.call("active") == self.uid)

    @property
    def facts(self) -> BookFacts:
        """What LibreOffice does not keep, read from the file when first asked for."""
        if self._facts is None:
            self._facts = facts_of(self.path) if self.path.is_file() else BookFacts()
        return self._facts

    @property
    def modified(self) -> bool:
        """For tests: whether there is something to save."""
        return bool(self.call("modified"))

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fullname(self) -> str:
        return str(self.path)

    @property
    def sheet_names(self) -> list[str]:
        return list(self.call("sheets"))

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self)

    def activate(self) -> None:
        self.call("activate")

    def guard_structure(self) -> None:
        if self.api.ProtectStructure:
            raise ComError("Workbook is protected and cannot be changed.")

    def save(self, path: str | None = None, password: None = None) -> None:
        if self.read_only and path is None:
            raise ComError(f"'{self.name}' is read-only.")
        self.path = Path(path) if path else self.path
        self.call("save", url=self.path.resolve().as_uri())
        remind(self.path, self.facts.sheets)

    def close(self) -> None:
        self.call("close")


class Sheets(base_classes.Sheets):
    api = object()

    def __init__(self, book: Book) -> None:
        self.book = book

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self.book, name) for name in self.book.sheet_names)

    def __len__(self) -> int:
        return len(self.book.sheet_names)

    def __call__(self, name_or_index: str | int) -> Sheet:
        for index, name in enumerate(self.book.sheet_names, start=1):
            if name_or_index == index or str(name_or_index).casefold() == name.casefold():
                return Sheet(self.book, name)
        raise ComError("Invalid index.")

    @property
    def active(self) -> Sheet:
        return Sheet(self.book, self.book.call("active_sheet"))

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        self.book.guard_structure()
        taken = self.book.sheet_names
        name = name or next(f"Sheet{i}" for i in range(1, 1000) if f"Sheet{i}" not in taken)
        check_sheet_name(name, taken)
        if after and after.index == len(taken) and after.visible == VERY_HIDDEN:
            # xlwings adds before the last sheet and then moves that one; Excel moves no very hidden sheet.
            raise ComError("Move method of Worksheet class failed")
        place = after.index if after else (before or self.active).index - 1
        self.book.call("add_sheet", sheet=name, index=place)
        self.book.facts.sheets[name] = SheetFacts()
        made = Sheet(self.book, name)
        made.activate()
        return made


def check_sheet_name(name: str, taken: list[str]) -> None:
    """Refuses what Excel refuses."""
    wrong = not name or len(name) > MAX_SHEET_NAME or set(name) & set("\\/?*[]:") or name[0] == "'" or name[-1] == "'"
    if wrong or name.casefold() in (other.casefold() for other in taken):
        raise ComError(f"a sheet cannot be named {name!r}")


class Sheet(base_classes.Sheet):
    """A worksheet, known by its name."""

    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @property
    def api(self) -> SheetApi:
        return SheetApi(self)

    def call(self, do: str, **what: Any) -> Any:
        return self._book.call(do, sheet=self._name, **what)

    @property
    def book(self) -> Book:
        return self._book

    @property
    def facts(self) -> SheetFacts:
        return self._book.facts.sheets.setdefault(self._name, SheetFacts())

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._book.guard_structure()
        check_sheet_name(value, [name for name in self._book.sheet_names if name != self._name])
        self.call("rename", name=value)
        self._book.facts.sheets[value] = self._book.facts.sheets.pop(self._name, SheetFacts())
        self._name = value

    @property
    def index(self) -> int:
        return self._book.sheet_names.index(self._name) + 1

    @property
    def visible(self) -> int:
        if self.call("visible"):
            return VISIBLE
        return VERY_HIDDEN if self.facts.very_hidden else HIDDEN

    @visible.setter
    def visible(self, value: int | bool) -> None:
        self._book.guard_structure()
        show = bool(value) and value != VERY_HIDDEN
        if not show:
            self._guard_last()
        self.call("show", visible=show)
        self.facts.very_hidden = value == VERY_HIDDEN and value is not True

    def _guard_last(self) -> None:
        if [sheet.name for sheet in self._book.sheets if sheet.visible == VISIBLE] == [self._name]:
            raise ComError("A workbook must contain at least one visible worksheet.")

    def activate(self) -> None:
        if self.visible != VISIBLE:
            raise ComError("Activate method of Worksheet class failed")
        self.call("activate_sheet")

    def delete(self) -> None:
        self._book.guard_structure()
        self._guard_last()
        self.call("remove_sheet")
        self._book.facts.sheets.pop(self._name, None)

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        first = self._rect(arg1)
        if arg2 is None:
            return Range(self, first)
        last = self._rect(arg2)
        row, column = min(first[0], last[0]), min(first[1], last[1])
        end_row = max(first[0] + first[2], last[0] + last[2])
        end_column = max(first[1] + first[3], last[1] + last[3])
        return Range(self, (row, column, end_row - row, end_column - column))

    def _rect(self, place: Any) -> Rect:
        if isinstance(place, Range):
            return place.rect
        if isinstance(place, str):
            row, column, rows, columns = self.call("find", address=place)
            return row, column, rows, columns
        if 0 in place:
            raise IndexError("Attempted to access 0-based Range. xlwings/Excel Ranges are 1-based.")
        return tuple(place) if len(place) == 4 else (place[0], place[1], 1, 1)  # type: ignore[return-value]

    @property
    def used_range(self) -> Range:
        return Range(self, tuple(self.call("used")))

    # what protection forbids

    def guard(self, rect: Rect, allowance: str = "") -> None:
        """Refuses to change locked cells of a protected sheet; with an allowance, all cells unless it was given."""
        if self.call("protected") and (
            self.call("locked", rect=rect) or (allowance and allowance not in self.facts.allowed)
        ):
            raise ComError("The cell or chart you're trying to change is on a protected sheet.")

    def guard_format(self, allowance: str) -> None:
        if self.call("protected") and allowance not in self.facts.allowed:
            raise ComError("Unable to change formats of a protected sheet")

    def guard_drawings(self) -> None:
        if self.call("protected") and self.facts.drawings:
            raise ComError("Application-defined or object-defined error: notes of a protected sheet")


class Names(base_classes.Names):
    """Defined names in alphabetical order; those of one sheet as "Sheet!name", print titles among them."""

    api = object()

    def __init__(self, book: Book) -> None:
        self._book = book
        sheets = book.sheet_names
        known = frozenset(sheets)
        self._all = list(book.facts.built_in)
        for name, content, place in book.call("names"):
            full = name if place < 0 else f"{quoted(sheets[place])}!{name}"
            self._all.append((full, "=" + excel_formula(content, known)))
        self._all.sort(key=lambda entry: entry[0].casefold())

    def __len__(self) -> int:
        return len(self._all)

    def __call__(self, name_or_index: str | int) -> Name:
        if isinstance(name_or_index, int):
            return Name(*self._all[name_or_index - 1])
        for name, refers_to in self._all:
            if name.casefold() == name_or_index.casefold():
                return Name(name, refers_to)
        raise ComError(f"no name {name_or_index}")

    def contains(self, name_or_index: str | int) -> bool:
        with contextlib.suppress(ComError, IndexError):
            return bool(self(name_or_index))
        return False


class Name(base_classes.Name):
    """A defined name, as it was when asked for."""

    api, name, refers_to = object(), "", ""

    def __init__(self, name: str, refers_to: str) -> None:
        self.name, self.refers_to = name, refers_to
