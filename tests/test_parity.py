"""One rule, two readings: LibreOffice recalculates random workbooks and must agree with the engine, case by case.

A text that is certainly a figure is where the two differ on purpose: the batch takes it and says `read-as` at its
cell, the live sheet counts it as a text and waits for a figure. So the live sheet must say what the engine says of the
cells as they were typed (`as_typed`); `test_reading` proves that the text and its figure are one report to the batch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from consolidator import checksheet, formula, pouring
from consolidator.booknames import CHECKS, META, cover_keys
from consolidator.content import blank_submission, cached_values
from consolidator.element import QUALIFIERS, Column, Table
from consolidator.expression import Call, Ref, walk
from consolidator.facts import Batch
from consolidator.finding import Finding
from consolidator.form import Form, LevelForm
from consolidator.formula import TABLE
from consolidator.grid import read_grid
from consolidator.layout import LINK_COL, Value, address, layout_of
from consolidator.reading import read_submission
from consolidator.rulebook import form_ids, load
from consolidator.submission import Submission, TableRow
from consolidator.textfigures import TAKEN
from consolidator.verdict import Verdict, compute, judge, serial
from consolidator.wording import DRAFT, FINAL
from tests.conftest import Convert
from tests.extent import some

NUMBERS = [0, 0, 1, 1, 2, 3, 5, 8, 10, 100, 100.0004, 100.001, 100.0016, 99.9984, 17_999, 18_000, 1_800_000, 6.5,
           4_067_150_000]  # fmt: skip
NUDGES = [0, 0, 0, 0, 0, 0, 0.0004, -0.0004, 0.001, -0.001, 0.0016, -0.0016, 1]
TEXTS = ["không", "31 triệu", "12a", "="]
"""The first two may be taken for figures: everywhere, and where it is known what is counted."""
WORDS = ["", "   ", "%", "người", "Chương trình 2494/CTr-TLĐ", "x" * 80]
Case = tuple[LevelForm, int]


QUARTERLY = [(load("quy3_2023_004").at(("CDCS", "CTTT", "TINH")[seed % 3]), seed) for seed in (*range(2, 32), 164)]
"""Random workbooks of the quarterly report: enough to see every rule both hold and break."""


def days_of(form: Form) -> list[float]:
    """Days on both sides of every edge of a regime: its period, its terms, its deadlines."""
    edges = [form.period.start, form.period.end, date(2020, 11, 25), date(2020, 12, 31), *form.deadlines.values()]
    edges += [day for term in form.terms.values() for day in (term.start, term.end)]
    return sorted({serial(edge + timedelta(days=away)) for edge in edges for away in (-1, 0, 1, 12)})


def random_submission(view: LevelForm, chance: random.Random) -> tuple[Submission, dict[str, Value]]:
    """A submission with blanks, texts in figures' cells, edges of the tolerance, odd narratives and rows."""
    submission, days = blank_submission(view, "U1", "Đơn vị “thử”"), days_of(view.form)
    texts: dict[str, str] = {}
    full = chance.random() < 0.5
    for figure in view.figures:
        if figure.derived is not None:
            continue
        what = chance.random()
        if figure.indicator.type == "date":
            submission.values[view.position[figure.ref]] = chance.choice(days) if what < 0.7 else float("nan")
        elif what < (0.05 if full else 0.35):
            continue
        elif what > 0.97:
            texts[figure.ref] = chance.choice(TEXTS)
        else:
            submission.values[view.position[figure.ref]] = chance.choice(NUMBERS)
    submission.texts = texts
    meet_edges(submission, chance)
    submission.previous = {ref: float(chance.choice(NUMBERS)) for ref in view.by_ref if chance.random() < 0.3}
    attributes: dict[str, float | str] = {}
    for indicator in view.indicators:
        for key, values in (("as_of", days), ("qualifier", QUALIFIERS), ("note", ["vì bão lũ", "  "])):
            if chance.random() < 0.2:
                attributes[f"{indicator.code}.{key}"] = chance.choice(values)
    submission.attributes = attributes
    written = ["", "", "   ", "Đã tổ chức 12 cuộc.", "Năm 2023 tốt.", "x" * 300, "y" * 4100]
    submission.narratives = {n.id: chance.choice(written) for n in view.answers}
    submission.tables = {table.id: list(random_rows(table, chance)) for table in view.tables}
    cover: dict[str, Value] = {
        "meta.unit": "U1",
        "meta.unit_name": "Đơn vị “thử”",
        "meta.version": chance.choice([DRAFT, FINAL]),
    }
    for key in cover_keys(view.form):
        if key.endswith(("_on", "_date", "_to", "as_of")) and chance.random() < 0.8:
            cover[key] = chance.choice(days)
    return submission, cover


def meet_edges(submission: Submission, chance: random.Random) -> None:
    """Moves figures to the edge of a comparison, or past it by about the tolerance: chance alone never would."""
    view = submission.view
    for check in chance.sample(view.checks, len(view.checks)):
        compared = [
            part
            for part in walk(check.node)
            if isinstance(part, Call) and part.word in ("=", "<=", ">=") and isinstance(part.args[0], Ref)
        ]
        if not compared or check.table or chance.random() < 0.5:
            continue
        left, right = chance.choice(compared).args
        assert isinstance(left, Ref)
        figure = view.by_ref.get(left.name)
        if figure is not None and figure.derived is None and left.name not in submission.texts:
            (worth,) = compute(right, Batch([submission]))
            submission.values[view.position[left.name]] = worth + chance.choice(NUDGES)


def random_rows(table: Table, chance: random.Random) -> Iterator[TableRow]:
    """Rows with gaps, without their key, empty in between; sometimes none, sometimes as many as the sheet offers."""
    for _ in range(chance.choice([0, 1, 3, table.rows // 2, table.rows])):
        given = {c.id: random_cell(c, chance) for c in table.columns if not c.derived and chance.random() < 0.75}
        if any(str(value).strip() for value in given.values()):  # an empty line in a table is no row of it
            yield TableRow("U1", "Đơn vị “thử”", {name: value for name, value in given.items() if value != ""})


def random_cell(column: Column, chance: random.Random) -> float | str:
    if column.choices:
        return chance.choice(column.choices)
    if column.is_text:
        return chance.choice(WORDS)
    return chance.choice(TEXTS) if chance.random() < 0.05 else float(chance.choice(NUMBERS))


def disagreements(cases: Sequence[Case], convert: Convert, folder: Path) -> tuple[dict[LevelForm, int], list[str]]:
    """(cells compared by form and level, where engine and LibreOffice differ), one random workbook a case."""
    files = {}
    for view, seed in cases:
        submission, cover = random_submission(view, random.Random(f"{view.form.id} {view.level} {seed}"))
        path = folder / f"{view.form.id}-{view.level}-{seed}.xlsx"
        path.write_bytes(pouring.workbook(view, cover, submission))
        files[path] = view
    out = folder / "recalculated"
    convert(list(files), "xlsx", out)
    counted: dict[LevelForm, int] = {}
    found = []
    for path, view in files.items():
        submission = as_typed(*read_submission(read_grid(path.read_bytes())))
        book = CalamineWorkbook.from_path(str(out / path.name))
        sheets: dict[str, list[list[object]]] = {}
        for cell, value in cached_values(layout_of(view), submission).items():
            if cell.sheet == CHECKS and cell.col == LINK_COL:
                continue
            if cell.sheet not in sheets:
                sheets[cell.sheet] = book.get_sheet_by_name(cell.sheet).to_python(skip_empty_area=False)
            rows = sheets[cell.sheet]
            have = rows[cell.row][cell.col] if cell.row < len(rows) and cell.col < len(rows[cell.row]) else ""
            counted[view] = counted.get(view, 0) + 1
            if not same(have, value):
                found.append(f"{path.name} {cell.sheet}!{cell.a1}: engine {value!r}, LibreOffice {have!r}")
    return counted, found


def as_typed(submission: Submission, findings: Sequence[Finding]) -> Submission:
    """A report as Excel sees it: texts that were taken for figures are texts again."""
    view, tables = submission.view, {TABLE + table.id: table for table in submission.view.tables}
    plans = {TABLE + plan.table.id: plan for plan in layout_of(view).tables}
    for place, typed in ((one.place, one.facts["typed"]) for one in findings if one.code == TAKEN):
        if place.ref in view.by_ref:
            submission.values[view.position[place.ref]] = float("nan")
            submission.texts[place.ref] = typed
            continue
        rows, plan = submission.tables[tables[place.ref].id], plans[place.ref]
        for number in range(len(rows)):
            for column in plan.table.columns:
                if place.cell == address(plan.FIRST_ROW + number, plan.col(column.id)):
                    rows[number].values[column.id] = typed
    Batch([submission]).derive()
    return submission


def same(have: object, value: object) -> bool:
    if isinstance(have, float) and isinstance(value, float):
        return abs(have - value) <= 1e-6 * max(1, abs(value))
    return have == value


def test_engine_and_excel_formulas_agree(libreoffice: Convert, tmp_path: Path) -> None:
    """One workbook for each regime (in the long mode for each level of it), and more of the quarterly report."""
    levels = [load(form_id).at(level) for form_id in form_ids() for level in some(load(form_id).levels, 1)]
    cases = [(view, 1) for view in levels] + some(QUARTERLY, 12)
    counted, found = disagreements(cases, libreoffice, tmp_path)
    assert found == []
    assert {view.form.id for view in counted} == set(form_ids()) and min(counted.values()) > 700
    assert sum(counted.values()) > 15_000


def test_every_live_rule_of_the_quarterly_report_is_seen_to_hold_and_to_break() -> None:
    """So that agreement is agreement about both verdicts of every rule."""
    seen: dict[str, set[int]] = {}
    for view, seed in QUARTERLY:
        submission, cover = random_submission(view, random.Random(f"{view.form.id} {view.level} {seed}"))
        submission.meta = {**submission.meta, **{key: day for key, day in cover.items() if isinstance(day, float)}}
        batch = Batch([submission])
        batch.derive()
        for check in layout_of(view).live_checks:
            seen.setdefault(check.rule.code, set()).add(int(judge(check.node, batch, check.rule.tolerated)[0]))
    never = {code: Verdict(one).name for code, found in seen.items() for one in (0, 1) if one not in found}
    assert never == {}
    assert len(seen) > 40


def test_what_is_compared_has_texts_that_are_taken() -> None:
    taken, rows = 0, 0
    for view, seed in (*QUARTERLY[:6], *((load("gnk_cdcs_001").at("CDCS"), seed) for seed in range(6))):
        submission, cover = random_submission(view, random.Random(f"{view.form.id} {view.level} {seed}"))
        again, findings = read_submission(read_grid(pouring.workbook(view, cover, submission)))
        refs = [one.place.ref for one in findings if one.code == TAKEN]
        assert as_typed(again, findings).texts == submission.texts
        taken, rows = taken + len(refs), rows + sum(ref.startswith(TABLE) for ref in refs)
    assert taken > 10 and rows > 0


def test_what_is_compared_has_rows_of_tables_and_the_elapsed_term() -> None:
    """So that agreement over tables and terms is agreement about something."""
    view = load("gnk_backan_002").at("CTTT")
    verdicts, elapsed = set(), set()
    for seed in range(8):
        submission, cover = random_submission(view, random.Random(f"{view.form.id} {view.level} {seed}"))
        again, _ = read_submission(read_grid(pouring.workbook(view, cover, submission)))
        values = cached_values(layout_of(view), again)
        verdicts |= {value for cell, value in values.items() if cell.sheet.startswith("BẢNG")}
        elapsed |= {value for cell, value in values.items() if cell.sheet == META}
    assert {"đạt", "không đạt", "vượt", "chưa đạt", ""} <= verdicts
    assert any(isinstance(value, float) for value in elapsed)


@pytest.mark.parametrize("mistake", ["<=", "SUM", "IF", "ROWS", "PREV", "row"])
def test_a_broken_compiler_is_caught(
    mistake: str, libreoffice: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks the compiler on purpose: without this, agreement could mean that nothing was compared."""
    worked_out = checksheet._state_formulas.__wrapped__  # type: ignore[attr-defined]
    monkeypatch.setattr(checksheet, "_state_formulas", worked_out)  # what was compiled before is not broken
    writer = formula._Writer
    operate, call, ref = writer._operate, writer._call, writer._ref
    quarterly, annual = load("quy3_2023_004"), load("nam_2020_003")
    cases = [(quarterly.at("CTTT"), seed) for seed in (100, 101)]
    match mistake:
        case "<=":
            monkeypatch.setattr(
                writer, "_operate", lambda w, sign, a, b: operate(w, "<" if sign == "<=" else sign, a, b)
            )
        case "SUM":
            monkeypatch.setattr(
                writer, "_aggregate", lambda w, word, args: f"{word}({','.join(w.write(a) for a in args)})"
            )
        case "IF":
            monkeypatch.setattr(
                writer,
                "_call",
                lambda w, word, args: call(w, word, (args[0], args[2], args[1]) if word == "IF" else args),
            )
        case "ROWS":
            cases = [(annual.at("CTTT"), seed) for seed in (1, 2)]
            monkeypatch.setattr(writer, "_count_rows", staticmethod(lambda args: "0"))
        case "PREV":
            monkeypatch.setattr(writer, "_call", lambda w, word, args: "0" if word == "PREV" else call(w, word, args))
        case _:
            cases = [(annual.at("CTTT"), seed) for seed in (1, 2)]
            monkeypatch.setattr(writer, "_ref", lambda w, one: '""' if one.head == "rt" else ref(w, one))
    pouring._template.cache_clear()
    try:
        _, found = disagreements(cases, libreoffice, tmp_path)
    finally:
        pouring._template.cache_clear()
    assert found
