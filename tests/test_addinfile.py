"""The add-in's file: what was put in comes out, the ribbon and the callbacks fit, other people's validators agree."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import openpyxl  # type: ignore[import-untyped]
import pytest
from pyopenvba.apps.excel import ExcelApplication  # type: ignore[import-untyped]
from pyopenvba.integrity import check_file  # type: ignore[import-untyped]

import consolidator.addinfile
from consolidator.addinfile import build, macros_folder, module_sources, ribbon, sentences
from tests.macro_readers import by_oletools, by_pyopenvba, project_of
from tests.make_believe_excel import RIBBON_CONTROL, Excel, Windows

ROOT = Path(__file__).resolve().parent.parent
UI = "{http://schemas.microsoft.com/office/2009/07/customui}"

BUTTONS = {
    "Kiểm tra": ("CongDoanCheck", "check"),
    "Lỗi trước": ("CongDoanPreviousError", "previous_error"),
    "Lỗi sau": ("CongDoanNextError", "next_error"),
    "Xóa đánh dấu": ("CongDoanClearMarks", "clear_marks"),
    "Giải trình": ("CongDoanExplain", "explain"),
    "Chuẩn hóa": ("CongDoanNormalise", "normalise"),
    "Áp dụng": ("CongDoanApplyFixes", "apply_fixes"),
    "Hoàn tác": ("CongDoanUndoFixes", "undo_fixes"),
    "Nộp báo cáo": ("CongDoanSubmit", "submit"),
    "Tổng hợp thư mục": ("CongDoanConsolidate", "consolidate"),
    "Dừng tổng hợp": ("CongDoanStop", "stop"),
    "Mở báo cáo kiểm tra": ("CongDoanOpenReport", "open_report"),
    "Trợ giúp": ("CongDoanShowHelp", "show_help"),
}

REAL_IMAGES = {
    "Consolidate", "DataValidationClearValidationCircles", "ErrorChecking", "FileCheckIn", "FilePrintPreview", "Help",
    "RefreshCancel", "ReplaceDialog", "ReviewAcceptOrRejectChangeDialog", "ReviewNewComment", "ReviewNextComment",
    "ReviewPreviousComment", "Undo",
}  # fmt: skip
"""Names that stand in all four of Microsoft's own lists of Excel's controls looked into: Office 2013, 2016, 2019 and
Microsoft 365 (version 2402), github.com/OfficeDev/office-fluent-ui-command-identifiers, `excelcontrols.xlsx`; 1,713
names are in all four. Add to this set only what you looked up there; that a picture is drawn, only Excel shows."""


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / "congdoan.xlam"
    path.write_bytes(build())
    return path


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return package.read(name)


def with_part(data: bytes, name: str, old: str, new: str) -> bytes:
    """The package with one part changed: for showing that a validator can say no."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(out, "w") as changed:
        for info in package.infolist():
            text = package.read(info)
            if info.filename == name:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            changed.writestr(info, text)
    return out.getvalue()


# what was put in comes out


def as_stored(source: str) -> bytes:
    return "".join(f"{line}\r\n" for line in source.splitlines()).encode("ascii")


def test_both_readers_find_exactly_the_sources(addin: Path) -> None:
    wanted = {name: as_stored(source) for name, source in module_sources().items()}
    assert set(wanted) == {path.stem for path in macros_folder().iterdir() if path.suffix in (".bas", ".cls")}
    assert by_oletools("congdoan.xlam", addin.read_bytes()) == wanted
    assert by_pyopenvba(addin) == wanted


def test_the_second_reader_finds_nothing_to_repair(addin: Path, tmp_path: Path) -> None:
    report = check_file(addin)
    assert (report.ok, report.complete, report.issues) == (True, True, ())
    project_of(part(addin.read_bytes(), "xl/vbaProject.bin"))
    broken = tmp_path / "broken.xlam"
    broken.write_bytes(with_part(addin.read_bytes(), "_rels/.rels", "xl/workbook.xml", "xl/nothing.xml"))
    assert not check_file(broken).ok


def test_the_sentences_stand_in_the_first_two_columns(addin: Path) -> None:
    """As openpyxl and the second reader see them; openpyxl wants to be told that it is a workbook."""
    kind = ("[Content_Types].xml", "ms-excel.addin.macroEnabled", "ms-excel.sheet.macroEnabled")
    sheet = openpyxl.load_workbook(BytesIO(with_part(addin.read_bytes(), *kind))).worksheets[0]
    assert dict(sheet.iter_rows(values_only=True)) == sentences()
    assert sheet.sheet_state == "visible", "without a visible sheet Excel refuses the workbook; the add-in hides it"
    rows = ExcelApplication.open(addin, with_vba=False).sheet(1).rows()
    assert {str(key): text for key, text in rows} == sentences()


def test_it_is_an_add_in_and_no_workbook(addin: Path) -> None:
    types = ElementTree.fromstring(part(addin.read_bytes(), "[Content_Types].xml"))
    kinds = {node.get("PartName"): node.get("ContentType") for node in types}
    assert kinds["/xl/workbook.xml"] == "application/vnd.ms-excel.addin.macroEnabled.main+xml"


def test_vba_is_ascii_and_what_staff_read_is_composed_vietnamese() -> None:
    for path in macros_folder().glob("*.*"):
        text = path.read_bytes().decode("utf-8")
        assert unicodedata.is_normalized("NFC", text)
        assert path.suffix not in (".bas", ".cls") or text.isascii(), path.name


def test_one_module_can_be_replaced() -> None:
    double = 'Attribute VB_Name = "Runner"\nSub RunPython(ByVal PythonCommand As String)\nEnd Sub\n'
    found = by_oletools("double.xlam", build({"Runner": double}))
    assert found["Runner"] == as_stored(double)
    assert found["Callbacks"] == as_stored(module_sources()["Callbacks"])


@pytest.mark.parametrize(
    "sources",
    [{"Nobody": 'Attribute VB_Name = "Nobody"\n'}, {"Runner": "Sub A()\nEnd Sub\n"}, {"Runner": "' tiếng Việt\n"}],
)
def test_sources_excel_would_not_take_are_refused(sources: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no such module|VBA of"):
        build(sources)


# the same bytes


def test_two_builds_are_equal() -> None:
    assert build() == build()


def test_the_bytes_depend_on_nothing_but_the_texts(tmp_path: Path, addin: Path) -> None:
    """Another process, hash seed, locale, time zone, folder, and sources as a Windows checkout has them."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(macros_folder(), copy / "macros")
    shutil.copytree(ROOT / "consolidator", copy / "consolidator", ignore=shutil.ignore_patterns("__pycache__"))
    changed = 0
    for path in [*(copy / "macros").glob("*.*"), *(copy / "consolidator").glob("*.py")]:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        path.write_bytes(text.replace(b"\n", b"\r\n"))
        changed += text.count(b"\n")
        os.utime(path, (0, 86_400 * 9_999))
    assert changed > 500
    code = "import sys, consolidator.addinfile as a; sys.stdout.buffer.write(a.build())"
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONHASHSEED": "12345",
        "TZ": "Asia/Ho_Chi_Minh",
        "LC_ALL": "C",
    }
    command = [sys.executable, "-X", "utf8=0", "-c", code]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=True, timeout=120)
    assert done.stdout == addin.read_bytes()


def test_nothing_in_the_package_is_compressed_or_dated(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        assert package.testzip() is None
        for info in package.infolist():
            assert (info.compress_type, info.create_system) == (zipfile.ZIP_STORED, 0)
            assert info.date_time == (2023, 1, 1, 0, 0, 0)


def test_the_builder_needs_the_standard_library_only() -> None:
    own = {"consolidator.addinfile", "consolidator.vbaproject", "consolidator.compoundfile"}
    for name in own:
        tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8"))
        used = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert {module for module in used if module.split(".")[0] not in sys.stdlib_module_names} <= own


def test_macros_are_found_in_an_installed_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "consolidator"
    monkeypatch.setattr(consolidator.addinfile, "__file__", str(package / "addinfile.py"))
    with pytest.raises(FileNotFoundError, match="macros"):
        macros_folder()
    shutil.copytree(ROOT / "macros", package / "macros")
    assert macros_folder() == package / "macros"


# ribbon, callbacks, Python


def ribbon_buttons() -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(ribbon().encode("utf-8")).iter(f"{UI}button"))


def callbacks() -> dict[str, str]:
    """Function of `consolidator.addin` by callback; any line that is not part of such a callback is refused."""
    code = [line for line in module_sources()["Callbacks"].splitlines()[2:] if line and not line.startswith("'")]
    assert len(code) % 3 == 0
    found: dict[str, str] = {}
    for head, body, end in zip(code[::3], code[1::3], code[2::3], strict=True):
        name = re.fullmatch(r"Public Sub (\w+)\(control As IRibbonControl\)", head)
        call = re.fullmatch(r'    RunPython "import consolidator\.addin; consolidator\.addin\.(\w+)\(\)"', body)
        assert name and call and end == "End Sub", (head, body, end)
        found[name[1]] = call[1]
    return found


def test_the_buttons_are_those_agreed_upon() -> None:
    calls = callbacks()
    found = {button.get("label"): button.get("onAction", "") for button in ribbon_buttons()}
    assert {label: (action, calls.get(action)) for label, action in found.items()} == BUTTONS


def test_buttons_and_callbacks_are_one_to_one() -> None:
    actions = [button.get("onAction") for button in ribbon_buttons()]
    assert sorted(map(str, actions)) == sorted(callbacks())
    attributes = {key for node in ElementTree.fromstring(ribbon().encode("utf-8")).iter() for key in node.attrib}
    assert not {key for key in attributes if key.startswith(("get", "on"))} - {"onAction"}, "a callback not looked at"


def test_every_callback_calls_a_function_of_addin_and_each_is_called() -> None:
    """Read from its source: to import it would want xlwings."""
    source = (ROOT / "consolidator" / "addin.py").read_text("utf-8")
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    callable_at_once = {
        node.name
        for node in functions
        if len(node.args.args) + len(node.args.posonlyargs) == len(node.args.defaults)
        and None not in node.args.kw_defaults
    }
    of_its_own = {name for name in callable_at_once if f"consolidator.addin.{name}()" in source}
    assert callable_at_once - of_its_own == set(callbacks().values()), "`of_its_own`: what addin.py itself starts"


@pytest.mark.parametrize("label", BUTTONS)
def test_a_click_reaches_python(label: str, addin: Path, tmp_path: Path) -> None:
    """The built add-in, run by an interpreter of VBA that is not Excel's: from the callback to the command line."""
    openpyxl.Workbook().save(tmp_path / "open.xlsx")
    conf = "C:\\L\\CongDoan\\congdoan.conf"
    files = {conf: "INTERPRETER=C:\\P\\python.exe\r\n".encode("utf-16"), "C:\\P\\python.exe": b""}
    machine = Windows(files, {"LOCALAPPDATA": "C:\\L"})
    callback, function = BUTTONS[label]
    Excel.with_files(machine, addin, tmp_path / "open.xlsx").run(callback, RIBBON_CONTROL)
    ((line, _, _),) = machine.started
    assert f'-c "import consolidator.addin; consolidator.addin.{function}()" --from_xl=1' in line


def test_the_ribbons_ids_and_key_tips_are_unique() -> None:
    nodes = list(ElementTree.fromstring(ribbon().encode("utf-8")).iter())
    ids = [node.get("id") for node in nodes if node.get("id")]
    assert len(ids) == len({str(name).upper() for name in ids}) == 1 + 5 + len(BUTTONS)
    tips = [str(button.get("keytip")) for button in ribbon_buttons()]
    assert len(set(tips)) == len(BUTTONS)
    assert all(re.fullmatch("[A-Z]", tip) for tip in tips), "one letter each, so that none begins another"
    (tab,) = (node for node in nodes if node.tag == f"{UI}tab")
    assert (tab.get("label"), tab.get("keytip")) == ("Công đoàn", "CD")


def test_every_button_is_explained_and_has_a_real_picture() -> None:
    for button in ribbon_buttons():
        label, tip, more = (str(button.get(key)) for key in ("label", "screentip", "supertip"))
        assert tip != label and 10 < len(tip) <= 80 and len(label) <= 20
        assert 40 < len(more) <= 250 and more.endswith(".")
        assert re.search("[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", tip)
        assert button.get("imageMso") in REAL_IMAGES
    assert {button.get("imageMso") for button in ribbon_buttons()} == REAL_IMAGES
    large = {button.get("label") for button in ribbon_buttons() if button.get("size") == "large"}
    assert {"Kiểm tra", "Nộp báo cáo", "Tổng hợp thư mục"} <= large < set(BUTTONS)


# the Open XML SDK


def complaints(validator: list[str], path: Path) -> list[str]:
    """Parts complained about, for the oldest Office that knows this kind of ribbon and for the newest."""
    found: list[str] = []
    for version in ("Office2010", "Microsoft365"):
        done = subprocess.run([*validator, str(path), "--officeVersion", version], capture_output=True, timeout=120)
        answer = json.loads(done.stdout)
        assert answer["ok"] == (done.returncode == 0) == (not answer["errors"])
        found += [f"{error['path']}: {error['description']}" for error in answer["errors"]]
    return found


def test_the_open_xml_sdk_finds_nothing(validator: list[str], addin: Path) -> None:
    assert complaints(validator, addin) == []


BREAKS = {
    "ribbon: a word the schema does not know": ("customUI/customUI14.xml", 'size="large"', 'size="huge"'),
    "ribbon: an attribute that is none": ("customUI/customUI14.xml", "screentip=", "screen-tip="),
    "workbook: no id of a sheet": ("xl/workbook.xml", ' sheetId="1"', ""),
    "sheet: a cell that is none": ("xl/worksheets/sheet1.xml", "<is>", "<iz/><is>"),
    "relation to a part that is not there": ("xl/_rels/workbook.xml.rels", "styles.xml", "nothing.xml"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_the_open_xml_sdk_can_find_something(fault: str, validator: list[str], addin: Path, tmp_path: Path) -> None:
    name, old, new = BREAKS[fault]
    broken = tmp_path / "broken.xlam"
    broken.write_bytes(with_part(addin.read_bytes(), name, old, new))
    assert complaints(validator, broken)
