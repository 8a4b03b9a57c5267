"""A sheet that only shows is left out where it is known word for word, and whatever differs in it is told as ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consolidator import familiar
from consolidator.booknames import CHECKS, HELP, ONLY_SHOW
from consolidator.finding import Finding
from consolidator.grid import Unreadable, read_grid
from consolidator.opening import finished, open_file
from consolidator.outcome import FileOutcome
from consolidator.preflight import preflight
from consolidator.rulebook import load
from tests import regime_samples as sample
from tests.regime_samples import DISTRICTS, UNIONS
from tests.tampering import part_changed, sheet_part

FORM = load("quy3_2023_004")
VIEW = FORM.at("CDCS")
ONE, OTHER = (sample.poured(sample.fill(VIEW, unit), unit) for unit in UNIONS[:2])
PART = sheet_part(ONE, CHECKS)


@pytest.fixture(autouse=True)
def _knows_nothing() -> None:
    familiar._known.clear()


def outcome(content: bytes, monkeypatch: pytest.MonkeyPatch) -> FileOutcome:
    """What a file says, whatever file that is."""

    monkeypatch.setattr("consolidator.opening.snapshot", lambda path: content)
    return finished([open_file(Path("a.xlsx"), "a.xlsx")])[0]  # type: ignore[list-item]


def left_out(content: bytes) -> list[str]:
    """Sheets that are not read, for they are familiar."""
    return [sheet.name for sheet in preflight(content, ONLY_SHOW).sheets if sheet.known_as is not None]


def changed(change: Callable[[str], str]) -> bytes:
    return part_changed(OTHER, PART, change)


def once(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        found = re.sub(old, new, text, count=1)
        assert found != text, old
        return found

    return change


def test_the_second_file_of_a_form_is_read_without_its_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = outcome(OTHER, monkeypatch)
    familiar._known.clear()
    assert left_out(OTHER) == []
    outcome(ONE, monkeypatch)
    assert sorted(left_out(OTHER)) == sorted([CHECKS, HELP])
    assert CHECKS not in read_grid(OTHER, ONLY_SHOW).rows and CHECKS in read_grid(OTHER).rows
    assert told(outcome(OTHER, monkeypatch)) == told(whole)


def told(one: FileOutcome) -> tuple[str, list[Finding], dict[str, float]]:
    found = one.submission
    figures = {} if found is None else {ref: found.value(ref) or 0.0 for ref in found.view.by_ref}
    return one.status, one.findings, figures


@pytest.mark.parametrize(
    "change",
    [
        once(r'<row r="3"([^>]*)>', r'<row r="3"\1><c r="Z3" t="inlineStr"><is><t>nhớ hỏi lại</t></is></c>'),
        once(r"(<c r=\"A\d+\"[^>]* t=\"s\"><v>)\d+", r"\g<1>0"),
        once("</sheetData>", '<row r="5000"><c r="B5000"><v>7</v></c></row></sheetData>'),
        once(r"</f><v>[^<]*</v>", "</f>"),
        once(r' t="str"><f>([^<]*)</f><v>[^<]*', r' t="e"><f>\1</f><v>#REF!'),
        once(r"<f>[^<]*</f>", "<f>1+1</f>"),
        once(r"(</f><v>)\d+(</v>)", r"\1mười\2"),
        once(r"<sheetProtection[^>]*/>", ""),
        once(r"(<cfRule(?!.*<cfRule)[^>]*)><formula>", r'\1 t="str"><formula>'),
    ],
    ids=["note", "label", "below", "no value", "error", "formula", "no number", "unprotected", "a kind after the end"],
)
def test_a_sheet_that_differs_is_read(change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = changed(change)
    whole = outcome(content, monkeypatch)
    familiar._known.clear()
    outcome(ONE, monkeypatch)
    assert CHECKS not in left_out_or_refused(content)
    assert told(outcome(content, monkeypatch)) == told(whole)


def test_labels_that_are_not_plainly_told_apart_are_not_taken_for_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty element among the shared strings nobody counts them: others may be the labels of the sheet."""
    strings = "xl/sharedStrings.xml"
    odd = part_changed(ONE, strings, once("</sst>", "<si/></sst>"))
    outcome(odd, monkeypatch)
    assert CHECKS not in left_out(part_changed(odd, strings, once("(<si>.*?</si>)(<si>.*?</si>)", r"\2\1")))


def left_out_or_refused(content: bytes) -> list[str]:
    try:
        return left_out(content)
    except Unreadable:
        return []


def test_a_note_on_it_is_told_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    note = '<c r="Z3" t="inlineStr"><is><t>nhớ hỏi lại</t></is></c>'
    content = changed(once(r'(<row r="3"[^>]*>(?:.*?))</row>', rf"\1{note}</row>"))
    for _ in range(2):  # a sheet of which there is something to tell is not kept in mind
        (stray,) = [one for one in outcome(content, monkeypatch).findings if one.code == "stray"]
        assert (stray.place.sheet, stray.place.cell) == (CHECKS, "Z3")


def test_the_sheet_of_another_level_is_not_taken_for_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook into which somebody copied the checks of another form, which is familiar: they are read."""
    district = sample.poured(sample.fill(FORM.at("CTTT"), DISTRICTS[0]), DISTRICTS[0])
    texts: dict[str, str] = {}
    part_changed(district, sheet_part(district, CHECKS), lambda text: texts.setdefault("checks", text))
    part_changed(district, "xl/sharedStrings.xml", lambda text: texts.setdefault("strings", text))
    mixed = part_changed(part_changed(OTHER, PART, lambda _: texts["checks"]), "xl/sharedStrings.xml",
                         lambda _: texts["strings"])  # fmt: skip
    whole = outcome(mixed, monkeypatch)
    familiar._known.clear()
    outcome(district, monkeypatch)
    assert CHECKS in left_out(mixed)
    assert told(outcome(mixed, monkeypatch)) == told(whole)


@given(st.integers(0, 10**6), st.integers(0, 60), st.sampled_from(["", "<", "7", ">", "</v>", "&", " ", "<v>1</v>"]))
@example(0, 5, "")
@example(657, 0, "7")
def test_whatever_is_done_to_it_the_file_says_the_same(at: int, cut: int, put: str) -> None:
    """The law: what a file says does not depend on the files before it."""

    def change(text: str) -> str:
        begin = at * 7919 % len(text)
        return text[:begin] + put + text[begin + cut :]

    content = changed(change)
    with pytest.MonkeyPatch.context() as patch:
        familiar._known.clear()
        whole = outcome(content, patch)
        familiar._known.clear()
        outcome(ONE, patch)
        assert told(outcome(content, patch)) == told(whole)
