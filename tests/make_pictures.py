"""Makes the pictures of the pages of documentation from real workbooks: `python -m tests.make_pictures`.

The demo province is made and consolidated, a district's inbox gets the mistakes that people make, LibreOffice
prints the workbooks and poppler cuts the pages. Not a test, and run by hand: LibreOffice's pixels differ by version.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook

from consolidator.cli import main as main_of_program
from consolidator.console import CLEAN
from consolidator.consolidation import Order, run
from consolidator.demonstration import demonstrate
from consolidator.roster import read_roster

PICTURES = Path(__file__).resolve().parent.parent / "workbooks" / "pictures"
MAX_BYTES = 200_000
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>vi-VN</value></prop></item></oor:items>
"""
"""Numbers with Vietnam's separators, as staff see them."""

MISTAKES: dict[str, float | str] = {
    "tvpl_luot.actual": 12,
    "tvpl_truc_tiep.actual": 3,
    "tvpl_gian_tiep.actual": 8,
    "tvpl_luot.ytd": 10,
    "tvpl_truc_tiep.ytd": 5,
    "tvpl_gian_tiep.ytd": 5,
    "gs_tong.actual": 3,
}
"""What a clerk typed: parts that miss the total, a year to date below its quarter."""


@dataclass(frozen=True)
class Picture:
    """A part of the printed page that holds `text`: left, top, width, height in pixels at `dpi`."""

    name: str
    workbook: str
    text: str
    box: tuple[int, int, int, int]
    dpi: int = 100


SHOWN = (
    Picture("phu-luc", "co-so", "PL02.", (30, 50, 1110, 385)),
    Picture("thuyet-minh", "tinh", "II. KẾT QUẢ", (30, 50, 1110, 500)),
    Picture("o-sai", "co-so-sai", "PL03.", (30, 50, 1110, 402)),
    Picture("kiem-tra", "co-so-sai", "KIỂM TRA SỐ LIỆU", (30, 45, 1110, 430)),
    Picture("tong-hop", "tong-hop", "SL PL08.", (60, 75, 1450, 520), 140),
    Picture("so-sanh", "tong-hop", "SO SÁNH CÁC ĐƠN VỊ", (30, 45, 1110, 520)),
    Picture("du-thao", "du-thao", "TỔNG LIÊN ĐOÀN", (90, 60, 680, 640)),
    Picture("bao-cao", "bao-cao", "BÁO CÁO KIỂM TRA", (50, 50, 735, 1070)),
)


def main() -> None:
    """Makes every picture anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        books = make_workbooks(folder)
        pages = print_out(list(books.values()), folder)
        PICTURES.mkdir(parents=True, exist_ok=True)
        for picture in SHOWN:
            path = cut(picture, pages / f"{picture.workbook}.pdf")
            assert path.stat().st_size < MAX_BYTES, path
            print(path)


def make_workbooks(folder: Path) -> dict[str, Path]:
    """The workbooks that are shown, by short name."""
    demo = folder / "demo"
    demonstrate(demo, 66)
    inbox = folder / "inbox"
    shutil.copytree(demo / "2-co-so" / "LC-01", inbox)
    clerk = next(inbox.glob("LC-01-003*"))
    mistype(clerk, MISTAKES)
    next(inbox.glob("LC-01-006*")).unlink()
    shutil.copy(next((demo / "2-co-so" / "LC-02").glob("LC-02-003*")), inbox / "BC (1) (copy).xlsx")
    (inbox / "Báo cáo quý III.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    roster, _ = read_roster(demo / "units.xlsx")
    report = folder / "bao-cao.xlsx"
    shown = folder / "shown"
    shown.mkdir()
    run(Order(inbox, roster, demo / "units.xlsx", "LC-01", folder / "huyen.xlsx", report))
    found = {
        "co-so": next((demo / "2-co-so" / "LC-01").glob("LC-01-002*")),
        "co-so-sai": clerk,
        "tinh": next((demo / "3-huyen").glob("LC - *")),
        "tong-hop": demo / "4-tinh" / "tong-hop.xlsx",
        "bao-cao": report,
    }
    books = {name: Path(shutil.copy(path, shown / f"{name}.xlsx")) for name, path in found.items()}
    written = shown / "du-thao.docx"
    assert main_of_program(["draft", str(books["tong-hop"]), "--out", str(written)]) == CLEAN
    return {**books, "du-thao": written}


def mistype(path: Path, typed: dict[str, float | str]) -> None:
    """Types values into the cells of a workbook by their names, as a person would."""
    book = load_workbook(path)
    for name, value in typed.items():
        sheet, _, address = book.defined_names[name].attr_text.rpartition("!")
        book[sheet.strip("'")][address.replace("$", "")] = value
    book.save(path)


def print_out(books: list[Path], folder: Path) -> Path:
    """Prints workbooks as PDF; the folder they are in."""
    profile, out = folder / "profile", folder / "pdf"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, "utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(out), *map(str, books)], check=True, capture_output=True)
    return out


def cut(picture: Picture, pdf: Path) -> Path:
    """Cuts a picture out of the first page that holds its text."""
    pages = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout.split("\f")
    page = next(str(n) for n, text in enumerate(pages, 1) if text.lstrip().startswith(picture.text))
    left, top, width, height = map(str, picture.box)
    command = ["pdftoppm", "-png", "-singlefile", "-r", str(picture.dpi), "-f", page, "-l", page]
    command += ["-x", left, "-y", top, "-W", width, "-H", height, str(pdf), str(PICTURES / picture.name)]
    subprocess.run(command, check=True)
    return PICTURES / f"{picture.name}.png"


if __name__ == "__main__":
    main()
