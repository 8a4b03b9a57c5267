"""Whatever a unit types stays a text in everything we write, and shows what hides in it: through real runs.

`CONSOLIDATOR_INERT=200` plays so many batches of drawn texts instead of a few.
"""

from __future__ import annotations

import csv
import email
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email import policy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from consolidator.cli import main
from consolidator.content import cover_of
from consolidator.csvfile import FORMULAS, csv_content
from consolidator.form import LevelForm
from consolidator.pouring import workbook
from consolidator.rulebook import load
from consolidator.submission import TableRow
from consolidator.unit import Roster
from consolidator.visible import visible
from consolidator.wording import FINAL
from tests.district import DISTRICT, PROVINCE, A, B, entry, put, put_roster
from tests.tampering import AS_OF, SIGNED, entered, part_changed, resaved
from tests.tiny import FORM_ID, small_world

MARK = "qzx"
"""Stands in every text of a unit, so that it is found wherever it goes."""
STARTS = (
    f"={MARK}", f"+cmd|' /C {MARK}'!A0", f"-{MARK}", f"@SUM({MARK})", f"\t={MARK}", f"\r={MARK}", f"\n={MARK}",
    f'=HYPERLINK("http://{MARK}")', f'=WEBSERVICE("http://{MARK}")', f"{{={MARK}}}", f"http://{MARK}", f"mailto:{MARK}",
    f"external:c:\\{MARK}.xlsx", f"internal:{MARK}!A1", f"#N/A {MARK}", f"'={MARK}", f"＝{MARK}", f"<f>{MARK}</f>",
    f"&quot;{MARK}]]>", f"_x0041_{MARK}", f"\u202e{MARK}\u2066", f"\x07\x1b[2J{MARK}\x00", f"\ufeff={MARK}",
    f" ={MARK}",
)  # fmt: skip
TEXT = st.builds(
    str.__add__,
    st.sampled_from(STARTS),
    st.text(st.sampled_from("=+-@|!\"'<>&;\\\t\n\u202e\u2069\u200b\x0b\x1fệ{}"), max_size=9),
)
PLACES = ("name", "n.tinh_hinh", "luot_tong.note", "luot_moi.note", "meta.prepared_by", "code", "about", "text")
_SHIFT = 0xF0000
"""Our own writers let nothing hidden through: it travels as private characters, and is put into the file's XML."""
OURS = ("_meta", "Không còn áp dụng")
"""Hidden sheets of our own."""
BATCHES = int(os.environ.get("CONSOLIDATOR_INERT", "3"))


@pytest.fixture(scope="module", autouse=True)
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_world(tmp_path_factory.mktemp("nhỏ")):
        yield


def smuggled(text: str) -> str:
    return "".join(char if visible(char) == char else chr(_SHIFT + ord(char)) for char in text)


def report_of(view: LevelForm, said: Mapping[str, str]) -> bytes:
    """A unit's workbook with these texts in its cells, hidden characters and all."""
    texts = {place: smuggled(text) for place, text in said.items()}
    submission = entered(view, {"luot_tong.actual": 5, "luot_moi.actual": 9})
    submission.attributes = {name: texts[name] for name in PLACES if name.endswith(".note")}
    submission.narratives = {"tinh_hinh": texts["n.tinh_hinh"]}
    row = {"code": texts["code"], "about": texts["about"], "text": texts["text"]}
    submission.tables = {"explanations": [TableRow(A.code, A.name, row)]}
    unit = replace(A, name=texts["name"])
    signed = {"meta.as_of": AS_OF, "meta.report_date": SIGNED, "meta.version": FINAL}
    content = workbook(
        view, cover_of(unit, view.form) | signed | {"meta.prepared_by": texts["meta.prepared_by"]}, submission
    )

    def put_back(text: str) -> str:
        return re.sub(r"[\U000f0000-\U000fffff]", lambda m: _in_xml(ord(m[0]) - _SHIFT), text)

    for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
        if name.startswith("xl/worksheets/sheet"):
            content = part_changed(content, name, put_back)
    return content


def _in_xml(code: int) -> str:
    return f"_x{code:04X}_" if code < 32 else chr(code)


def live_parts(content: bytes) -> list[str]:
    """What in a workbook of ours is more than text: marks outside of texts, hidden characters, foreign parts."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8").replace("\r\n", "\n")
            if name.endswith(".rels"):  # ways to files beside: names in which a unit's name may stand
                text = re.sub(r'Target="(?!\w+:)[^"]*"', "", text)
            text = re.sub(r'(<hyperlink ref="\w+" location="[^"]*") display="[^"]*"', r"\1", text)  # as in the cell
            bare = re.sub(r"<t(?: [^>]*)?>[^<]*</t>", "", text)
            bare = re.sub(r"<c:v>[^<]*</c:v>", "", bare)  # what a chart shows of its cells
            bare = re.sub(r'(<hyperlink ref="\w+" r:id="\w+") location="[^"]*"', r"\1", bare)  # into a file beside
            bare = re.sub(r'(<c [^>]*t="str"[^>]*><f>[^<]*</f>)<v>[^<]*</v>', r"\1", bare)
            found += [f"{name}: mark"] * (MARK in bare)
            escaped = not name.startswith("xl/drawings") and re.search("(?<!_x005F)_x(00(?!5F)|20)", text)
            found += [f"{name}: hidden"] * (visible(text) != text or bool(escaped))
            foreign = (
                "external",
                "vba",
                "embed",
                "activex",
                "connection",
                "ole",
                "query",
                "custom",
            )
            found += [name] * any(one in name.casefold() for one in foreign)
            if "drawings/drawing" in name and name.endswith(".xml"):  # our charts, and nothing else that is drawn
                drawn = re.findall(r"<xdr:(\w+)[ >/]", text)
                found += [name] * ("graphicFrame" not in drawn or bool({"pic", "sp", "cxnSp"} & set(drawn)))
        sheets = re.findall(r"<sheet [^>]*>", archive.read("xl/workbook.xml").decode())
    return found + [
        sheet for sheet in sheets if "idden" in sheet and not re.search(f'name="({"|".join(OURS)})"', sheet)
    ]


def parts_of(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]


def hidden_in(text: str) -> bool:
    return visible(text) != text.replace("\r\n", "\n")


def play(home: Path, said: Mapping[str, str], capsys: pytest.CaptureFixture[str]) -> tuple[Path, str, str]:
    """Runs a batch of a district in which one unit says all that; its outputs, and what the program printed."""
    form, out = load(FORM_ID), home / "kết quả"
    inbox = home / "hộp"
    inbox.mkdir(parents=True)
    (inbox / "=1+1 \u202etệp\x1b[2J.xlsx").write_bytes(report_of(form.at("CDCS"), said))
    put(inbox, form, entry(B, {"luot_tong": 3}))
    roster = put_roster(home / "units.xlsx", Roster.of([PROVINCE, DISTRICT, replace(A, name=visible(said["name"])), B]))
    arguments = ["run", str(inbox), "--units", str(roster), "--parent", "D", "--returns"]
    arguments += ["--out", str(out / "t.xlsx"), "--report", str(out / "b.xlsx")]
    capsys.readouterr()
    main(arguments)
    printed = "".join(capsys.readouterr())
    main([*arguments, "--json"])
    return out, printed, capsys.readouterr().out


def prove(out: Path, printed: str, told: str, inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    books = sorted(out.rglob("*.xlsx"))
    assert len(books) >= 3  # and a marked copy, unless the name is so odd that staff are asked whose the file is
    assert {path.name: live_parts(path.read_bytes()) for path in books} == {path.name: [] for path in books}
    for path in books:
        cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value]
        assert not [cell.value for cell in cells if cell.data_type == "f" and MARK in str(cell.value)]
        assert (
            len(books) == 3
            or path.name == "decisions.xlsx"
            or any(cell.data_type == "s" and MARK in str(cell.value) for cell in cells)
        )
    assert not hidden_in(printed) and not hidden_in(told)
    assert MARK in json.dumps(json.loads(told))
    for path in out.rglob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body()  # type: ignore[attr-defined]
        assert not hidden_in(mail["Subject"]) and not hidden_in(body.get_content())
        assert mail["Bcc"] is None and path.name == visible(path.name)
    main(["values", str(inbox), "--csv", str(out / "v.csv")])
    capsys.readouterr()
    rows = list(csv.reader((out / "v.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) > 3 and not [cell for row in rows for cell in row if cell.startswith(FORMULAS) or hidden_in(cell)]


@pytest.mark.parametrize("first", range(len(STARTS)))
def test_every_awkward_text_in_every_place(first: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apart = len(STARTS) // len(PLACES)
    said = {place: STARTS[(first + apart * at) % len(STARTS)] for at, place in enumerate(PLACES)}
    out, printed, told = play(tmp_path, said, capsys)
    prove(out, printed, told, tmp_path / "hộp", capsys)


@settings(
    max_examples=BATCHES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(said=st.fixed_dictionaries(dict.fromkeys(PLACES, TEXT)))
def test_drawn_texts_through_a_run(
    said: dict[str, str], tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path_factory.mktemp("rút")
    out, printed, told = play(home, said, capsys)
    prove(out, printed, told, home / "hộp", capsys)


def test_sheets_and_links_of_a_unit_go_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hidden sheet and a link to another workbook in what a unit sent: whatever becomes of the file."""
    form, inbox = load(FORM_ID), tmp_path / "hộp"

    def add(book: object) -> None:
        sheet = book.create_sheet(f"Ẩn {MARK}")  # type: ignore[attr-defined]
        sheet.sheet_state = "hidden"
        sheet["A1"], sheet["A2"] = f"='[{MARK}.xlsx]S'!A1", f'=HYPERLINK("http://{MARK}")'

    path = put(inbox, form, entry(A, {"luot_tong": 5}))
    path.write_bytes(resaved(path.read_bytes(), add))
    roster, out = put_roster(tmp_path / "units.xlsx"), tmp_path / "ra"
    options = ["--units", str(roster), "--parent", "D", "--returns", "--form", FORM_ID, "--period", "2023-Q3"]
    main(["run", str(inbox), *options, "--out", str(out / "t.xlsx"), "--report", str(out / "b.xlsx")])
    books = {path.name: live_parts(path.read_bytes()) for path in out.rglob("*.xlsx")}
    assert {"t.xlsx", "b.xlsx"} <= books.keys() and not any(books.values())
    assert not any(MARK.encode() in part for part in parts_of(out / "t.xlsx"))
    capsys.readouterr()


@given(st.text(max_size=9) | st.sampled_from(STARTS))
def test_no_text_is_a_formula_in_csv(text: str) -> None:
    ((_, cell),) = list(
        csv.reader(io.StringIO(csv_content(["a", "b"], [["x", text]]).decode("utf-8-sig"), newline=""))
    )[1:]
    assert not cell.startswith(FORMULAS) and cell.removeprefix("'") == visible(text).removeprefix("'")
