"""What the interpreter with LibreOffice's bindings does for `unooffice`: one JSON line in, one JSON line out.

Run by the system's own Python, never imported by tests: pyuno is built for one version of Python and now and then
crashes when its interpreter ends, and neither may matter to the interpreter under test.
Addresses are (row, column, rows, columns), rows and columns counted from 1. Books are named by their RuntimeUID.
"""

import contextlib
import json
import re
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.beans.PropertyState import AMBIGUOUS_VALUE
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import Locale
from com.sun.star.uno import Exception as UnoException

XLSX, ADDIN = "Calc MS Excel 2007 XML", "Calc MS Excel 2007 VBA XML"
ERRORS = {532: "#DIV/0!", 32767: "#N/A", 525: "#NAME?", 521: "#NULL!", 502: "#NUM!", 503: "#NUM!", 524: "#REF!"}
"""LibreOffice's numbers of errors; all others are "#VALUE!"."""
DATE_OR_TIME, TEXT, NUMBER = 6, 256, 16
CONTENTS, EVERYTHING = 1 | 2 | 4 | 16, 1023 & ~128
"""Flags of clearContents; 128 would take drawings away."""
LIKE_A_NUMBER = re.compile(r"\s*[-+($]?\s*[.\d]|(true|false)\s*$", re.IGNORECASE)
"""Text that Excel would at least try to read as a number, a date or a truth."""

INSIDE = Path(__file__).with_suffix(".bas")


def settings(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


class Desk:
    """The open documents of one running office."""

    def __init__(self, pipe):
        here = uno.getComponentContext()
        resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
        for left in range(300, -1, -1):
            try:
                self.there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except NoConnectException:
                if not left:
                    raise
                time.sleep(0.2)
        self.desktop = self.service("com.sun.star.frame.Desktop")
        self.scripts = None
        self.known = {}

    def service(self, name):
        return self.there.ServiceManager.createInstanceWithContext(name, self.there)

    # books

    def books(self):
        self.known = {doc.RuntimeUID: doc for doc in self.desktop.Components if self._is_calc(doc)}
        return [[uid, doc.URL] for uid, doc in self.known.items()]

    @staticmethod
    def _is_calc(doc):
        if not hasattr(doc, "supportsService") or not doc.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            return False
        return not doc.URL.endswith(".xlam")  # nor does Excel count add-ins among its workbooks

    def _book(self, uid):
        if uid not in self.known:
            self.books()
        return self.known[uid]

    def active(self):
        """The book in front; empty if there is none."""
        self.books()
        front = self.desktop.CurrentComponent
        return front.RuntimeUID if front is not None and self._is_calc(front) else next(iter(self.known), "")

    def activate(self, book):
        self._book(book).CurrentController.Frame.activate()

    def open(self, url):
        doc = self.desktop.loadComponentFromURL(url, "_blank", 0, settings(MacroExecutionMode=0))
        if doc is None or not self._is_calc(doc):
            raise LookupError(f"not a workbook: {url}")
        return doc.RuntimeUID

    def open_addin(self, url):
        """Loads an add-in; the names of its modules."""
        how = settings(Hidden=True, MacroExecutionMode=4, FilterName=ADDIN)
        self.addin = self.desktop.loadComponentFromURL(url, "_blank", 0, how)
        libraries = self.addin.BasicLibraries
        return {name: list(libraries.getByName(name).ElementNames) for name in libraries.ElementNames}

    def run_macro(self, macro):
        """Runs a callback of the add-in; any object will do for the control of the ribbon, but nothing will not."""
        where = f"vnd.sun.star.script:{macro}?language=Basic&location=document"
        self.addin.ScriptProvider.getScript(where).invoke((self.addin,), (), ())

    def close_addin(self):
        self.addin.close(True)

    def close(self, book):
        doc = self._book(book)
        doc.setModified(False)
        del self.known[book]
        doc.close(True)

    def store(self, book, url):
        self._book(book).storeToURL(url, settings(FilterName=XLSX))

    def save(self, book, url):
        doc = self._book(book)
        doc.storeAsURL(url or doc.URL, settings(FilterName=XLSX))

    def modified(self, book):
        return self._book(book).isModified()

    def names(self, book):
        return self._inside("AllNames", self._book(book))

    def _inside(self, function, *given):
        if self.scripts is None:
            library = self.service("com.sun.star.script.ApplicationScriptLibraryContainer")
            if not library.hasByName("Engine"):
                library.createLibrary("Engine")
                library.getByName("Engine").insertByName("Inside", INSIDE.read_text("ascii"))
            factory = self.service("com.sun.star.script.provider.MasterScriptProviderFactory")
            self.scripts = factory.createScriptProvider("")
        where = f"vnd.sun.star.script:Engine.Inside.{function}?language=Basic&location=application"
        return self.scripts.getScript(where).invoke(given, (), ())[0] or ()

    # sheets

    def sheets(self, book):
        return self._book(book).Sheets.ElementNames

    def _sheet(self, book, sheet):
        return self._book(book).Sheets.getByName(sheet)

    def add_sheet(self, book, sheet, index):
        self._book(book).Sheets.insertNewByName(sheet, index)

    def remove_sheet(self, book, sheet):
        self._book(book).Sheets.removeByName(sheet)

    def rename(self, book, sheet, name):
        self._sheet(book, sheet).Name = name

    def visible(self, book, sheet):
        return self._sheet(book, sheet).IsVisible

    def show(self, book, sheet, visible):
        self._sheet(book, sheet).IsVisible = visible

    def active_sheet(self, book):
        return self._book(book).CurrentController.ActiveSheet.Name

    def activate_sheet(self, book, sheet):
        self._book(book).CurrentController.setActiveSheet(self._sheet(book, sheet))

    def protected(self, book, sheet):
        return self._sheet(book, sheet).isProtected()

    def protect(self, book, sheet, password):
        self._sheet(book, sheet).protect(password)

    def unprotect(self, book, sheet, password):
        self._sheet(book, sheet).unprotect(password)

    def used(self, book, sheet):
        cursor = self._sheet(book, sheet).createCursor()
        cursor.gotoStartOfUsedArea(False)
        first = cursor.RangeAddress
        cursor.gotoEndOfUsedArea(False)
        last = cursor.RangeAddress
        rows, columns = last.EndRow - first.StartRow + 1, last.EndColumn - first.StartColumn + 1
        return [first.StartRow + 1, first.StartColumn + 1, rows, columns]

    def find(self, book, sheet, address):
        return self._rect(self._sheet(book, sheet).getCellRangeByName(address).RangeAddress)

    @staticmethod
    def _rect(found):
        rows, columns = found.EndRow - found.StartRow + 1, found.EndColumn - found.StartColumn + 1
        return [found.StartRow + 1, found.StartColumn + 1, rows, columns]

    def select(self, book, sheet, rect):
        self._book(book).CurrentController.select(self._cells(book, sheet, rect))

    def selection(self, book):
        chosen = self._book(book).CurrentController.Selection
        if not hasattr(chosen, "RangeAddress"):
            return None
        return [chosen.Spreadsheet.Name, self._rect(chosen.RangeAddress)]

    # cells

    def _cells(self, book, sheet, rect):
        row, column, rows, columns = rect
        cells = self._sheet(book, sheet)
        return cells.getCellRangeByPosition(column - 1, row - 1, column + columns - 2, row + rows - 2)

    def _one(self, book, sheet, rect):
        return self._sheet(book, sheet).getCellByPosition(rect[1] - 1, rect[0] - 1)

    def _kind(self, doc, key):
        return doc.NumberFormats.getByKey(key).Type

    def read(self, book, sheet, rect):
        """Values; a date is {"d": serial}, an error {"e": text}."""
        cells = self._cells(book, sheet, rect)
        rows = [list(row) for row in cells.getDataArray()]
        for kind, first, last, left, right in self._inside("NoPlainNumbers", self._book(book), cells):
            for row in rows[first - rect[0] + 1 : last - rect[0] + 2]:
                for column in range(left - rect[1] + 1, right - rect[1] + 2):
                    if isinstance(row[column], float):
                        row[column] = {"d": row[column]} if kind & DATE_OR_TIME else bool(row[column])
        # LibreOffice has no truths of its own: a truth is a formula, and a number if the cell's format is one.
        for row, formulas in zip(rows, cells.getFormulaArray(), strict=True):
            for column, formula in enumerate(formulas):
                if formula in ("=TRUE()", "=FALSE()"):
                    row[column] = formula == "=TRUE()"
        for area in cells.queryFormulaCells(4).RangeAddresses:
            for row in range(area.StartRow - rect[0] + 1, area.EndRow - rect[0] + 2):
                for column in range(area.StartColumn - rect[1] + 1, area.EndColumn - rect[1] + 2):
                    code = cells.getCellByPosition(column, row).getError()
                    rows[row][column] = {"e": ERRORS.get(code, "#VALUE!")}
        return rows

    def formulas(self, book, sheet, rect):
        return self._cells(book, sheet, rect).getFormulaArray()

    def write(self, book, sheet, rect, rows):
        """Values as Excel takes them: text is read as if typed, unless an apostrophe stands before it."""
        cells, doc = self._cells(book, sheet, rect), self._book(book)
        plain = [[self._plain(value) for value in row] for row in rows]
        # Text that could be more than text makes LibreOffice change the cell's format, which Excel leaves alone.
        doubtful = [
            (cells.getCellByPosition(x, y), rows[y][x])
            for y, row in enumerate(plain)
            for x, value in enumerate(row)
            if isinstance(rows[y][x], (dict, bool)) or (isinstance(value, str) and self._speaks(value))
        ]
        formats = [cell.NumberFormat for cell, _ in doubtful]
        cells.setDataArray(tuple(map(tuple, plain)))
        for (cell, value), key in zip(doubtful, formats, strict=True):
            cell.NumberFormat = key
            if not (isinstance(value, str) and value.startswith("'")):
                self._type_in(doc, cell, value)

    @staticmethod
    def _plain(value):
        if isinstance(value, dict):
            return value["d"]
        if isinstance(value, str) and value.startswith("'"):
            return value[1:]
        return "" if value is None else value if isinstance(value, str) else float(value)

    @staticmethod
    def _speaks(text):
        return (text.startswith("=") and len(text) > 1) or LIKE_A_NUMBER.match(text) is not None

    def _type_in(self, doc, cell, value):
        general = cell.NumberFormat % 5000 == 0
        if isinstance(value, bool):
            cell.setFormula("=TRUE()" if value else "=FALSE()")
            if general:
                cell.NumberFormat = self._key(doc, "BOOLEAN")
        elif isinstance(value, dict):
            if general:
                cell.NumberFormat = self._key(doc, "M/D/YYYY" if value["d"] == int(value["d"]) else "M/D/YYYY H:MM")
        elif self._kind(doc, cell.NumberFormat) & TEXT:
            return
        elif value.startswith("="):
            cell.setFormula(value)
        elif value.strip().lower() in ("true", "false"):
            self._type_in(doc, cell, value.strip().lower() == "true")
        else:
            self._number(doc, cell, value, general)

    def _number(self, doc, cell, text, general):
        reader = self.service("com.sun.star.util.NumberFormatter")
        reader.attachNumberFormatsSupplier(doc)
        try:
            found = reader.convertStringToNumber(0, text)
        except UnoException:  # no number after all
            return
        cell.setValue(found)
        key = reader.detectNumberFormat(0, text)
        if general and not self._kind(doc, key) & NUMBER:
            cell.NumberFormat = key

    def _key(self, doc, code):
        locale = Locale("en", "US", "")
        key = doc.NumberFormats.queryKey(code, locale, False)
        return doc.NumberFormats.addNew(code, locale) if key == -1 else key

    def clear(self, book, sheet, rect, contents_only):
        self._cells(book, sheet, rect).clearContents(CONTENTS if contents_only else EVERYTHING)

    # looks

    def look(self, book, sheet, rect, name):
        """[a property of cells, whether they disagree]"""
        cells = self._cells(book, sheet, rect)
        value, mixed = getattr(cells, name), cells.getPropertyState(name) == AMBIGUOUS_VALUE
        if name == "NumberFormat":
            value = self._excel_format(self._book(book).NumberFormats.getByKey(value))
        return [getattr(value, "value", value), mixed]

    @staticmethod
    def _excel_format(found):
        """Excel writes the letters of dates small."""
        if not found.Type & DATE_OR_TIME:
            return "General" if found.FormatString == "BOOLEAN" else found.FormatString
        small = re.split(r"(\"[^\"]*\"|\[\$[^\]]*\]|AM/PM|A/P)", found.FormatString)
        return "".join(piece if i % 2 else piece.lower() for i, piece in enumerate(small))

    def set_look(self, book, sheet, rect, name, value):
        if name == "NumberFormat":
            value = self._key(self._book(book), value)
        elif name == "CharPosture":
            value = uno.Enum("com.sun.star.awt.FontSlant", value)
        setattr(self._cells(book, sheet, rect), name, value)

    def locked(self, book, sheet, rect):
        """Whether any of the cells is locked."""
        cells = self._cells(book, sheet, rect)
        if cells.getPropertyState("CellProtection") != AMBIGUOUS_VALUE:
            return cells.CellProtection.IsLocked
        return any(alike.CellProtection.IsLocked for alike in cells.getUniqueCellFormatRanges())

    def sizes(self, book, sheet, rect, which):
        """Widths of the columns or heights of the rows, in hundredths of a millimetre, each once."""
        lines, size = getattr(self._cells(book, sheet, rect), which), "Width" if which == "Columns" else "Height"
        found = (lines.getByIndex(i) for i in range(lines.Count))
        return sorted({getattr(line, size) if line.IsVisible else 0 for line in found})

    def set_size(self, book, sheet, rect, which, size):
        lines = getattr(self._cells(book, sheet, rect), which)
        if size:
            setattr(lines, "Width" if which == "Columns" else "Height", size)
        lines.IsVisible = size > 0

    # notes and links

    def note(self, book, sheet, rect):
        return self._noted(self._one(book, sheet, rect)) or None

    def set_note(self, book, sheet, rect, text):
        """Puts a note on a cell instead of what was there; None only takes away."""
        cells, cell = self._sheet(book, sheet), self._one(book, sheet, rect)
        if text is not None and self._noted(cell):
            cell.Annotation.setString(text)
        elif text is not None:
            cells.Annotations.insertNew(cell.CellAddress, text)
        elif self._noted(cell):
            cell.clearContents(8)

    def _noted(self, cell):
        """The text of a cell's note; from 26.8 on LibreOffice has it nowhere else until its shape was asked for."""
        shape = cell.Annotation.AnnotationShape
        return shape.String if shape else ""

    def link(self, book, sheet, rect):
        fields = self._one(book, sheet, rect).TextFields
        return fields.getByIndex(0).URL if fields.Count else None

    def set_link(self, book, sheet, rect, address, text):
        cell = self._one(book, sheet, rect)
        cell.setString("")
        field = self._book(book).createInstance("com.sun.star.text.TextField.URL")
        field.URL, field.Representation = address, text
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def quit(self):
        with contextlib.suppress(UnoException):  # the office goes away while it answers
            self.desktop.terminate()


def main(pipe):
    desk = Desk(pipe)
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"value": getattr(desk, asked.pop("do"))(**asked)}
        except (UnoException, LookupError) as failure:
            answer = {"refused": f"{type(failure).__name__}: {failure}"}
        except Exception as failure:  # a mistake of ours: told to the test, which fails with it
            answer = {"broken": f"{type(failure).__name__}: {failure}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
