"""One rule, two readings: LibreOffice recalculates random workbooks and must agree with the engine, case by case."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from consolidator import formula, pouring
from consolidator.content import blank_submission, cached_values
from consolidator.element import QUALIFIERS
from consolidator.form import Form, LevelForm
from consolidator.layout import CHECKS, LINK_COL, layout_of
from consolidator.reading import read_submission
from consolidator.grid import read_grid
from consolidator.submission import Submission
from consolidator.verdict import serial
from consolidator.wording import DRAFT, FINAL
from tests.conftest import Convert

from datetime import date

NUMBERS = [0, 0, 1, 1, 2, 5, 8, 10, 100, 100.0004, 100.001, 100.0016, 99.9984, 17_999, 18_000, 1_800_000, 6.5, 4_067_150_000]
TEXTS = ["không", "31 triệu", "12a", "="]
DAYS = [serial(date(2023, 5, 31)), serial(date(2023, 6, 30)), serial(date(2023, 7, 1)), serial(date(2023, 9, 30)), serial(date(2023, 10, 12))]


def random_submission(view: LevelForm, chance: random.Random) -> tuple[Submission, dict[str, object]]:
    """A submission with blanks, texts in figures' cells, edges of the tolerance and odd narratives."""
    submission = blank_submission(view)
    texts: dict[str, str] = {}
    full = chance.random() < 0.5
    for figure in view.figures:
        if figure.derived is not None:
            continue
        what = chance.random()
        if figure.indicator.type == "date":
            submission.values[view.position[figure.ref]] = chance.choice(DAYS) if what < 0.7 else float("nan")
        elif what < (0.05 if full else 0.35):
            continue
        elif what > 0.97:
            texts[figure.ref] = chance.choice(TEXTS)
        else:
            submission.values[view.position[figure.ref]] = chance.choice(NUMBERS)
    submission.texts = texts
    attributes: dict[str, float | str] = {}
    for indicator in view.indicators:
        for key, values in (("as_of", DAYS), ("qualifier", QUALIFIERS), ("note", ["vì bão lũ", "  "])):
            if chance.random() < 0.2:
                attributes[f"{indicator.code}.{key}"] = chance.choice(values)
    submission.attributes = attributes
    written = ["", "", "   ", "Đã tổ chức 12 cuộc.", "Năm 2023 tốt.", "x" * 300]
    submission.narratives = {n.id: chance.choice(written) for n in view.answers}
    cover: dict[str, object] = {"meta.unit": "U1", "meta.unit_name": "Đơn vị “thử”", "meta.version": chance.choice([DRAFT, FINAL])}
    for key in ("meta.as_of", "meta.report_date", "meta.approved_on"):
        if chance.random() < 0.8:
            cover[key] = chance.choice(DAYS)
    return submission, cover


def disagreements(form: Form, seeds: range, convert: Convert, folder: Path) -> tuple[int, list[str]]:
    """(cases compared, where engine and LibreOffice differ) over one random workbook a seed, all levels in turn."""
    files = {}
    for seed in seeds:
        chance = random.Random(seed)
        view = form.at(form.levels[seed % len(form.levels)])
        submission, cover = random_submission(view, chance)
        path = folder / f"case{seed}.xlsx"
        path.write_bytes(pouring.workbook(view, cover, submission))  # type: ignore[arg-type]
        files[path] = view
    out = folder / "recalculated"
    convert(list(files), "xlsx", out)
    cases, found = 0, []
    for path, view in files.items():
        submission, _ = read_submission(read_grid(path.read_bytes()))
        expected = cached_values(layout_of(view), submission)
        book = CalamineWorkbook.from_path(str(out / path.name))
        sheets: dict[str, list[list[object]]] = {}
        for cell, value in expected.items():
            if cell.sheet == CHECKS and cell.col == LINK_COL:
                continue
            if cell.sheet not in sheets:
                sheets[cell.sheet] = book.get_sheet_by_name(cell.sheet).to_python(skip_empty_area=False)
            rows = sheets[cell.sheet]
            have = rows[cell.row][cell.col] if cell.row < len(rows) and cell.col < len(rows[cell.row]) else ""
            cases += 1
            same = abs(have - value) <= 1e-6 * max(1, abs(value)) if isinstance(have, float) and isinstance(value, float) else have == value
            if not same:
                found.append(f"{path.name} {cell.sheet}!{cell.a1}: engine {value!r}, LibreOffice {have!r}")
    return cases, found


def test_engine_and_excel_formulas_agree(form: Form, libreoffice: Convert, tmp_path: Path) -> None:
    cases, found = disagreements(form, range(12), libreoffice, tmp_path)
    assert cases > 10_000
    assert found == []


@pytest.mark.parametrize("mistake", ["<=", "SUM", "IF"])
def test_a_broken_compiler_is_caught(
    mistake: str, form: Form, libreoffice: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks the compiler on purpose: without this, agreement could mean that nothing was compared."""
    right_operate, right_call = formula._Writer._operate, formula._Writer._call
    if mistake == "<=":
        monkeypatch.setattr(formula._Writer, "_operate", lambda w, sign, a, b: right_operate(w, "<" if sign == "<=" else sign, a, b))
    elif mistake == "SUM":
        monkeypatch.setattr(formula._Writer, "_aggregate", lambda w, word, args: f"{word}({','.join(w.write(a) for a in args)})")
    else:
        monkeypatch.setattr(
            formula._Writer, "_call",
            lambda w, word, args: right_call(w, word, (args[0], args[2], args[1]) if word == "IF" else args),
        )
    pouring._template.cache_clear()
    try:
        _, found = disagreements(form, range(100, 103), libreoffice, tmp_path)
    finally:
        pouring._template.cache_clear()
    assert found
