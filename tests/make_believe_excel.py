"""Excel on a Windows that is not there: runs VBA by pyOpenVBA's interpreter and writes down what it wants started.

The interpreter has workbooks, sheets and the language; files, environment and `WScript.Shell` are doubles here.
It is not Excel, and nothing here says that Excel compiles the modules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyopenvba.apps.excel import Application, ExcelApplication  # type: ignore[import-untyped]
from pyopenvba.apps.excel._bridge import ExcelBridge  # type: ignore[import-untyped]
from pyopenvba.interpreter import (  # type: ignore[import-untyped]
    EMPTY,
    Interpreter,
    VBAInt,
    VBAObject,
    member,
    method,
    setter,
)
from pyopenvba.interpreter._values import error  # type: ignore[import-untyped]

HWND = 4711
EXCELS_FOLDER = "D:\\Tải về"
"""Current folder of Excel: where somebody else's file was saved and opened."""


@dataclass
class Windows:
    """The machine: what it has, and what VBA did with it."""

    files: dict[str, bytes]
    environment: dict[str, str]
    exit_code: int = 0
    forbidden: frozenset[str] = frozenset()
    """Classes that may not be created, as where scripting is switched off."""
    folder: str = EXCELS_FOLDER
    started: list[tuple[str, int, bool]] = field(default_factory=list)
    """Command line, window style, waited for."""
    started_in: list[str] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def expanded(self, text: str) -> str:
        return re.sub(r"%(\w+)%", lambda found: self.environment.get(found[1].upper(), found[0]), text)

    def has(self, path: str) -> bool:
        self.looked_for.append(path)
        return path in self.files


class Shell(VBAObject):  # type: ignore[misc]
    """WScript.Shell."""

    vba_type_name = "WshShell"

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    @method  # type: ignore[untyped-decorator]
    def ExpandEnvironmentStrings(self, Text: object) -> object:
        # VBA takes the text "False" for a Boolean where one is wanted, the interpreter does not; xlwings needs it
        return {"False": False, "True": True}.get(str(Text), self.windows.expanded(str(Text)))

    @method  # type: ignore[untyped-decorator]
    def Run(self, Command: str, Style: object = 1, Wait: object = False) -> object:
        self.windows.started.append((self.windows.expanded(Command), int(Style), bool(Wait)))  # type: ignore[call-overload]
        self.windows.started_in.append(self.windows.folder)
        return VBAInt(self.windows.exit_code, "Long")

    @method  # type: ignore[untyped-decorator]
    def Popup(self, Text: str, Seconds: object = 0, Title: str = "", Kind: object = 0) -> object:
        self.windows.said.append(f"{Title}: {Text}")
        return VBAInt(1, "Long")

    @member  # type: ignore[untyped-decorator]
    def CurrentDirectory(self) -> object:
        return self.windows.folder

    @setter("CurrentDirectory")  # type: ignore[untyped-decorator]
    def _set_folder(self, value: str) -> None:
        self.windows.folder = value


class Stream(VBAObject):  # type: ignore[misc]
    """A TextStream open for reading."""

    vba_type_name = "TextStream"

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()

    @member  # type: ignore[untyped-decorator]
    def AtEndOfStream(self) -> object:
        return not self.lines

    @method  # type: ignore[untyped-decorator]
    def ReadLine(self) -> object:
        return self.lines.pop(0)

    @method  # type: ignore[untyped-decorator]
    def Close(self) -> object:
        return EMPTY


class Files(VBAObject):  # type: ignore[misc]
    """Scripting.FileSystemObject."""

    vba_type_name = "FileSystemObject"

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    @method  # type: ignore[untyped-decorator]
    def FileExists(self, Path: str) -> object:
        return self.windows.has(Path)

    @method  # type: ignore[untyped-decorator]
    def GetParentFolderName(self, Path: str) -> object:
        return Path.rpartition("\\")[0]

    @method  # type: ignore[untyped-decorator]
    def OpenTextFile(self, Path: str, Mode: object = 1, Create: object = False, Format: object = 0) -> object:
        if Path not in self.windows.files:
            raise error(53)
        assert (int(Mode), bool(Create), int(Format)) == (1, False, -1)  # type: ignore[call-overload]
        try:
            return Stream(self.windows.files[Path].decode("utf-16-le"))
        except UnicodeDecodeError:
            raise error(57) from None


class RibbonControl(VBAObject):  # type: ignore[misc]
    """What the ribbon hands to a callback."""

    vba_type_name = "IRibbonControl"


RIBBON_CONTROL = RibbonControl()


class Desk(Application):  # type: ignore[misc]
    """Excel's Application with what the interpreter's own leaves out."""

    @member  # type: ignore[untyped-decorator]
    def Hwnd(self) -> object:
        return VBAInt(HWND, "Long")

    @member  # type: ignore[untyped-decorator]
    def Path(self) -> object:
        return "C:\\Office"


class Bridge(ExcelBridge):  # type: ignore[misc]
    """Creates the doubles instead of refusing to."""

    def __init__(self, application: Desk, windows: Windows) -> None:
        super().__init__(application)
        self.windows = windows

    def create(self, type_name_: str) -> object:
        if type_name_ in self.windows.forbidden:
            raise error(429)
        made = {"WScript.Shell": Shell, "Scripting.FileSystemObject": Files}.get(type_name_)
        return made(self.windows) if made else super().create(type_name_)


class Machine(Interpreter):  # type: ignore[misc]
    """VBA's own functions, of which two look at the machine."""

    def __init__(self, application: Desk, windows: Windows) -> None:
        super().__init__(Bridge(application, windows))
        self.windows = windows

    def call_intrinsic(self, name: str, args: list[Any], named: dict[str, object]) -> object:
        if name.lower() == "environ":
            return self.windows.environment.get(args[0].upper(), "")
        if name.lower() == "getattr":
            if self.windows.has(args[0]):
                return VBAInt(32, "Long")
            raise error(53)
        return super().call_intrinsic(name, args, named)


class Excel(ExcelApplication):  # type: ignore[misc]
    """A running Excel with an add-in loaded and another workbook in front."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.application = Desk()
        self.interpreter = Machine(self.application, windows)
        self.application.interpreter = self.interpreter

    @classmethod
    def with_files(cls, windows: Windows, addin: Path, opened: Path, *, module: str = "") -> Excel:
        """Loads the add-in's modules as they stand in its file, or one other module in their place."""
        from pyopenvba.apps.excel._io import load_workbook  # type: ignore[import-untyped]

        excel = cls(windows)
        book = load_workbook(excel.application, addin)
        excel.application.workbooks_.books.append(book)
        excel.application.activate_book(book)
        if module:
            # the interpreter's preprocessor takes no remarks behind a directive, and it cannot delete files
            text = re.sub(r"(?m)^(\s*#.*?)\s*'.*$", r"\1", module)
            excel.add_module(re.sub(r"(?m)^\s*Kill LOG_FILE$", "", text), name="stock")
        else:
            assert excel.load_vba(addin), "the second reader found no module in the add-in"
        excel.activate_workbook(excel.open_workbook(opened))
        return excel
