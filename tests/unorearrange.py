"""Rearranges a workbook in LibreOffice as clerks do: a script for the Python that can import uno.

Arguments: the pipe of a running office, the workbook, the workbook to write, a JSON list of steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.sheet.CellDeleteMode import LEFT, UP  # type: ignore[import-not-found]
from com.sun.star.sheet.CellInsertMode import DOWN, RIGHT  # type: ignore[import-not-found]
from com.sun.star.table import TableSortField  # type: ignore[import-not-found]


def _property(name: str, value: Any) -> Any:
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def _take(book: Any, step: list[Any]) -> None:
    """One step: what, sheet and then 0-based places."""
    what, sheet, *place = step
    drawn = book.Sheets.getByName(sheet)
    drawn.unprotect("")
    if what in ("rows", "cols"):
        first, count = place
        lines = drawn.Rows if what == "rows" else drawn.Columns
        (lines.insertByIndex if count > 0 else lines.removeByIndex)(first, abs(count))
    elif what == "rename":
        drawn.setName(place[0])
    elif what == "move":
        book.Sheets.moveByName(sheet, place[0])
    elif what == "copy":
        top, left, bottom, right, to_row, to_col = place
        source = drawn.getCellRangeByPosition(left, top, right, bottom).RangeAddress
        drawn.copyRange(drawn.getCellByPosition(to_col, to_row).CellAddress, source)
    else:
        top, left, bottom, right = place[:4]
        area = drawn.getCellRangeByPosition(left, top, right, bottom)
        if what == "sort":
            by = TableSortField()
            by.Field, by.IsAscending = place[4], False
            fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
            area.sort((_property("SortFields", fields), _property("ContainsHeader", False)))
        elif what == "put":
            drawn.insertCells(area.RangeAddress, {"down": DOWN, "right": RIGHT}[place[4]])
        elif what == "cut":
            drawn.removeRange(area.RangeAddress, {"up": UP, "left": LEFT}[place[4]])


def main(pipe: str, source: str, target: str, steps: str) -> None:
    """Opens, takes the steps, stores. A step that LibreOffice refuses (over merged cells) changes nothing."""
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
    desktop = there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
    book = desktop.loadComponentFromURL(Path(source).as_uri(), "_blank", 0, (_property("Hidden", True),))
    try:
        for step in json.loads(steps):
            _take(book, step)
        book.storeToURL(Path(target).as_uri(), (_property("FilterName", "Calc MS Excel 2007 XML"),))
    finally:
        book.close(True)


if __name__ == "__main__":
    main(*sys.argv[1:])
