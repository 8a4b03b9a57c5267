"""What a workbook of a form says: the content of its files, where each thing stands, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from consolidator.formnormal import canonical
from consolidator.formschema import FILES
from consolidator.tomltext import Book, write


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong and what to do (Vietnamese), and where; `cell` is "" for a whole sheet."""

    sheet: str
    cell: str
    text: str


@dataclass
class Read:
    """What a workbook says.

    Attributes:
        form_id: the form, "" where even that is missing.
        books: content by file.
        added: indicators that the library lacks, by code.
        places: (sheet, cell) of what stands in a file, by file, name of the block and key ("" for the row).
        mistakes: what is wrong, in the order of the sheets.
    """

    form_id: str = ""
    books: dict[str, Book] = field(default_factory=lambda: {file: Book() for file in FILES})
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def texts(self) -> dict[str, str]:
        """The text of every file that has anything in it."""
        written = {file: write(canonical(file, book)) for file, book in self.books.items()}
        return {file: text for file, text in written.items() if text}
