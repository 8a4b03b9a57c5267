"""Every kind of tampering with a sealed copy is found on arrival: by the seal, or by what the reader says of the cell.

What a seal cannot know is written down here as well: a seal taken off, and one made anew with the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from consolidator.booknames import SEAL, SEALED_ON
from consolidator.finding import Finding, Severity
from consolidator.grid import read_grid
from consolidator.layout import address, layout_of
from consolidator.reading import read_submission
from consolidator.rulebook import load
from consolidator.sealing import is_sealed, is_whole, sealed
from consolidator.submission import TableRow
from tests.district import A
from tests.tampering import entered, part_changed, poured, put, put_text, sheet_part, without_name

VIEW = load("quy3_2023_004").at("CDCS")
WHEN = "09:31:05 21/11/2026"
NARRATIVE = VIEW.answers[0].ref
SHEET = next(one for one in layout_of(VIEW).appendices if any(r.indicator.code == "tvpl_luot" for r in one.rows))
"""The appendix of the figures that are tampered with."""
Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def copy() -> bytes:
    figures = {f"{name}.actual": 100.0 for name in ("tvpl_luot", "cnvcld_tong", "cnvcld_nu")}
    figures |= {"tvpl_truc_tiep.actual": 30.0, "tvpl_gian_tiep.actual": 70.0, "pm_dv_cap_nhat.actual": 9.0}
    figures |= {"dv_tong.actual": 90.0}
    report = entered(VIEW, figures, {"tvpl_luot.note": "theo sổ"}, {VIEW.answers[0].id: "Đã tư vấn 100 lượt."})
    row: dict[str, float | str] = {"code": "SP001", "text": "Đúng số."}
    report.tables = {"explanations": [TableRow(A.code, A.name, row)]}
    content = poured(report, A)
    return sealed(content, read_submission(read_grid(content))[0], WHEN)[0]


def found(content: bytes) -> list[Finding]:
    return read_submission(read_grid(content))[1]


def codes(content: bytes) -> set[str]:
    return {finding.code for finding in found(content)}


def figure(name: str, value: float) -> Change:
    return lambda content: put(content, name, f"<v>{value:g}</v>")


def text(name: str, words: str) -> Change:
    return lambda content: put_text(content, name, words)


def cached(content: bytes) -> bytes:
    """The number that a formula shows, and not the formula."""
    sheet, row, col = read_grid(content).names["pm_dv_ty_le.actual"]
    cell = re.compile(rf'(<c r="{address(row, col)}"[^>]*><f>[^<]*</f><v>)[^<]*(</v>)')
    changed = part_changed(content, sheet_part(content, sheet), lambda xml: cell.sub(r"\g<1>99\2", xml))
    assert changed != content
    return changed


def swapped(content: bytes, *columns: int) -> bytes:
    """Two rows with the texts of some columns changed over: codes (0), labels (2)."""
    one, other = (
        next(r.row for r in SHEET.rows if r.indicator.code == code) for code in ("tvpl_truc_tiep", "tvpl_gian_tiep")
    )
    grid = read_grid(content)
    for col in columns:
        texts = str(grid.at(SHEET.sheet, one, col)), str(grid.at(SHEET.sheet, other, col))
        content = put_text(put_text(content, (SHEET.sheet, one, col), texts[1]), (SHEET.sheet, other, col), texts[0])
    return content


def names_swapped(content: bytes) -> bytes:
    """Two names each at the cell of the other, in the same row and in another."""
    pattern = re.compile(r'(<definedName name="tvpl_(?:truc|gian)_tiep.actual">)([^<]*)')

    def change(xml: str) -> str:
        places = [match[2] for match in pattern.finditer(xml)]
        assert len(places) == 2
        return pattern.sub(lambda match: match[1] + places[match[2] == places[0]], xml)

    return part_changed(content, "xl/workbook.xml", change)


def sheets_turned(content: bytes) -> bytes:
    def change(xml: str) -> str:
        sheets = re.findall(r"<sheet [^>]*/>", xml)
        return xml.replace(sheets[2] + sheets[3], sheets[3] + sheets[2])

    return part_changed(content, "xl/workbook.xml", change)


TAMPERED: dict[str, tuple[Change, str]] = {
    "figure": (figure("tvpl_luot.actual", 101), "seal-broken"),
    "a blank filled": (figure("dv_doi_the.actual", 1), "seal-broken"),
    "a figure emptied": (lambda content: put(content, "cnvcld_nu.actual", ""), "seal-broken"),
    "two figures that balance": (
        lambda content: figure("tvpl_gian_tiep.actual", 69)(figure("tvpl_truc_tiep.actual", 31)(content)),
        "seal-broken",
    ),
    "narrative": (text(NARRATIVE, "Đã tư vấn 101 lượt."), "seal-broken"),
    "note": (text("tvpl_luot.note", "khác"), "seal-broken"),
    "cover": (text("meta.prepared_by", "Người khác"), "seal-broken"),
    "unit": (text("meta.unit", "D-2"), "seal-broken"),
    "time of sealing": (text(SEALED_ON, "09:31:05 20/11/2026"), "seal-broken"),
    "another digest": (text(SEAL, "0" * 64), "seal-broken"),
    "period": (text("meta.period", "2023-Q2"), "seal-broken"),
    "cached total": (cached, "derived-differs"),
    "a number typed over a formula": (figure("pm_dv_ty_le.actual", 99), "derived-differs"),
    "labels swapped": (lambda content: swapped(content, 2), "label-changed"),
    "codes and labels swapped": (lambda content: swapped(content, 0, 2), "anchor-conflict"),
    "names swapped": (names_swapped, "anchor-conflict"),
    "a name taken away": (lambda content: without_name(content, "tvpl_luot.actual"), "re-anchored"),
    "order of sheets": (sheets_turned, "sheets-reordered"),
    "structure": (text("meta.fingerprint", "0" * 16), "structure-changed"),
}  # fmt: skip


def test_an_untouched_copy_is_whole(copy: bytes) -> None:
    one, findings = read_submission(read_grid(copy))
    assert is_sealed(one) and is_whole(one)
    assert not {finding.code for finding in findings} & {code for _, code in TAMPERED.values()}


@pytest.mark.parametrize(("change", "code"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_found(copy: bytes, change: Change, code: str) -> None:
    content = change(copy)
    assert content != copy
    try:
        assert code in codes(content)
    except Exception as error:  # refused as a whole
        assert getattr(error, "code", "") == code


def test_what_breaks_a_seal_is_an_error(copy: bytes) -> None:
    (broken,) = [one for one in found(figure("tvpl_luot.actual", 101)(copy)) if one.code == "seal-broken"]
    assert broken.severity is Severity.ERROR and WHEN in broken.facts["when"]


def test_a_seal_is_no_signature(copy: bytes) -> None:
    """Who has the program takes a seal off, or makes another over other figures: nothing tells that from the first."""
    other = figure("tvpl_luot.actual", 101)(copy)
    assert "seal-broken" not in codes(text(SEAL, "-")(other))
    again, digest = sealed(other, read_submission(read_grid(other))[0], WHEN)
    assert "seal-broken" not in codes(again)
    assert digest not in copy.decode("latin-1")
