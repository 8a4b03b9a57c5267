"""A batch that no computer holds comes to the same figures as one that is held, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from consolidator import auditing, dataset, fitting, isolation
from consolidator.account import account_of, attributes_of, together
from consolidator.auditing import FILES, audit, run_or_audit
from consolidator.consolidation import CannotRun, run
from consolidator.content import blank_submission
from consolidator.form import Form
from consolidator.ledger import Fate
from consolidator.opening import read_file
from consolidator.ordering import Order
from consolidator.outcome import Outcome
from consolidator.packaging import Package
from consolidator.reportpages import FILES as FILE_PAGE
from consolidator.submission import NO_SOURCE, Line, empty_values
from consolidator.xmlscan import proved_rows
from tests.district import DISTRICT, STRANGER, A, B, C, entry, order, put, put_roster
from tests.tiny import Inline

NARRATIVE = "workers_income_base_wage"


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """Files are read in this process, and even a small batch is written down and added up in several parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "ProcessPoolExecutor", Inline)
        patch.setattr(auditing, "AT_ONCE", 2)
        patch.setattr(auditing, "GROUP", 1)
        yield patch


@pytest.fixture(scope="module")
def sent(form: Form, tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> Order:
    """A folder with reports of three units and the district's own, an older version, a stranger's, a broken file."""
    home = tmp_path_factory.mktemp("đợt")
    inbox = home / "inbox"
    put_roster(home / "units.xlsx")
    notes = {"tvpl_luot.as_of": 45169.0, "tvpl_luot.qualifier": "ước tính", "tvpl_luot.note": "Theo sổ."}
    put(inbox, form, entry(A, {"tvpl_luot": 0.1, "dv_tong": 5}, {NARRATIVE: "Lương ổn định."}, notes))
    put(inbox, form, entry(B, {"tvpl_luot": 0.2, "dv_tong": 9}, {NARRATIVE: "Có 12 cuộc."}))
    put(inbox, form, entry(C, {"tvpl_luot": 0.3, "dv_tong": 1e15}))
    put(inbox, form, entry(C, {"tvpl_luot": 7}, signed=date(2023, 9, 1)), "C cũ.xlsx")
    put(inbox, form, entry(DISTRICT, {"tvpl_luot": 0.4}))
    put(inbox, form, entry(STRANGER, {"tvpl_luot": 1}))
    (inbox / "hỏng.xlsx").write_bytes((inbox / "D-1.xlsx").read_bytes()[:4_000])
    (inbox / "Thumbs.db").write_bytes(b"x")
    return order(home)


@pytest.fixture(scope="module")
def here(sent: Order) -> Outcome:
    """What a run comes to."""
    return run(sent)


@pytest.fixture(scope="module")
def job(sent: Order) -> Order:
    """The order of an audit, beside that of the run."""
    there = sent.summary_path.parent.parent / "there"
    return replace(
        sent,
        summary_path=there / "summary.xlsx",
        report_path=there / "report.xlsx",
        data=there / "số",
        engine=isolation.Processes(),
    )


@pytest.fixture(scope="module")
def there(job: Order) -> Outcome:
    """What the audit comes to."""
    return audit(job)


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Texts of every Parquet file below a folder, row by row."""
    for path in sorted(folder.rglob("*.parquet")):
        found = dataset.read(path)
        for values in zip(*found.values(), strict=True):
            yield dict(zip(found, values, strict=True))


def same_summary(one: Outcome, other: Outcome) -> None:
    here, there = one.summary, other.summary
    assert here is not None and there is not None
    assert here.values.tobytes() == there.values.tobytes()
    assert (here.own.tobytes(), here.weights, here.reported) == (there.own.tobytes(), there.weights, there.reported)
    assert here.attributes == there.attributes


def test_an_audit_comes_to_what_a_run_comes_to(here: Outcome, there: Outcome) -> None:
    same_summary(here, there)
    assert [(f.file, f.status, f.unit, f.errors) for f in there.files] == [
        (f.file, f.status, f.unit, f.errors) for f in here.files
    ]
    assert (there.missing, there.provisional, there.expected) == (here.missing, here.provisional, here.expected)
    mine, theirs = here.ledger, there.ledger
    assert mine is not None and theirs is not None
    assert theirs.files == mine.files
    for what in ("units", "figures", "narratives", "rows"):
        assert getattr(theirs, what) == getattr(mine, what)
    assert mine.figures.incoming == 6 and mine.narratives.incoming == 2
    told, ours = ([(f.code, f.place.ref) for f in one.summary_findings] for one in (there, here))
    assert told == ours


def test_what_a_workbook_lacks_is_in_the_data(here: Outcome, there: Outcome) -> None:
    data = Path(there.data)
    fates = {row["file"]: (row["fate"], row["reason"]) for row in rows(data) if "fate" in row}
    assert fates["C cũ.xlsx"] == (Fate.REPLACED, "duplicate-older") and fates["D-1.xlsx"] == (Fate.MERGED, "")
    figures = {row["file"]: row for row in rows(data / "figures")}
    assert figures["D-1.xlsx"]["tvpl_luot.actual"] == 0.1 and figures["D-3.xlsx"]["dv_tong.actual"] == 1e15
    assert len(figures["D-1.xlsx"]["sha256"]) == 64 and np.isnan(figures["D-2.xlsx"]["tvpl_luot.target"])
    assert sorted(row["text"] for row in rows(data / "narratives")) == ["Có 12 cuộc.", "Lương ổn định."]
    counts = {file for file, (fate, _) in fates.items() if fate in (Fate.MERGED, Fate.OWN)}
    told = [(row["file"], row["code"]) for row in rows(data / "findings") if row["file"] in counts]
    last = dataset.read(data / "findings" / "fates.parquet")
    told += [one for one in zip(last["file"], last["code"], strict=True) if one[0] not in counts]
    assert sorted(told) == sorted((f.file, one.code) for f in here.files for one in f.findings)


def test_nodes_that_die_end_an_audit_and_leave_what_was_there(
    job: Order, there: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was added up by some counts once only, however often the others are asked."""
    asked, answers = [], auditing._answers

    def dying(engine: Any, adding: Any, groups: Any) -> Iterator[Any]:
        asked.append(len(groups))
        return answers(engine, adding, groups[:1])

    monkeypatch.setattr(auditing, "_answers", dying)
    mine = replace(job, summary_path=tmp_path / "s.xlsx", report_path=tmp_path / "r.xlsx", data=tmp_path / "số")
    same_summary(there, audit(mine))
    assert asked == [2, 1]
    before = mine.summary_path.read_bytes()
    monkeypatch.setattr(auditing, "_answers", lambda *_: iter(()))
    with pytest.raises(CannotRun, match="ba lần liền"):
        audit(mine)
    assert mine.summary_path.read_bytes() == before


def test_the_summary_of_an_audit_is_read_as_any_other(job: Order, there: Outcome) -> None:
    found = read_file(job.summary_path, "summary.xlsx")
    assert found.submission is not None and there.summary is not None
    assert np.allclose(found.submission.values, there.summary.values, rtol=1e-14, equal_nan=True)
    (line,) = found.submission.lines
    assert (line.unit, line.source.file) == ("D/*", str(job.data))
    book = load_workbook(job.report_path, read_only=True)
    facts = {row[0].value: row[1].value for row in book["Tổng quan"].iter_rows(min_row=3, max_col=2)}
    assert facts["– vào tổng hợp"] == 3 and facts["Dữ liệu từng đơn vị (Parquet)"] == str(job.data)
    told = [[cell.value for cell in row[:4]] for row in book["Sổ tổng hợp"].iter_rows(min_row=5)]
    assert {row[1] for row in told} == {"Lỗi", "Lưu ý"}
    placed = [there.summary.place(f.place.ref) for f in there.summary_findings if f.place.ref]
    assert sorted(tuple(row[2:]) for row in told if row[3]) == sorted(place for place in placed if place[1]) != []
    why = {row[0].value: (row[2].value, row[3].value) for row in book[FILE_PAGE].iter_rows(min_row=5, max_col=4)}
    assert why["hỏng.xlsx"][0] == "loại" and why["hỏng.xlsx"][1].startswith("Không đọc được tệp này (")
    assert all(reason for fate, reason in why.values() if fate != "của chính đơn vị tổng hợp")
    assert [f.code for f in read_file(job.report_path, "report.xlsx").findings] == ["ignored-output"]


def test_an_audit_again_leaves_nothing_of_the_one_before_and_nothing_else_goes(job: Order, there: Outcome) -> None:
    data = Path(there.data)
    for path in (data / "findings" / "cũ.parquet", data / "của ai đó.parquet", data / "khác" / "a.parquet"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    auditing._clear(data)
    assert sorted(path.relative_to(data).as_posix() for path in data.rglob("*.parquet")) == [
        "của ai đó.parquet",
        "khác/a.parquet",
    ]


def test_what_fits_no_workbook_goes_to_parquet(here: Outcome, sent: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    fitting.prove_fits(here)
    monkeypatch.setattr(fitting, "MAX_ROWS", fitting._HEADINGS + 3)
    with pytest.raises(fitting.TooLarge, match="rows on one sheet"):
        fitting.prove_fits(here)
    outcome = run_or_audit(sent)
    assert outcome.data == str(sent.summary_path.with_name("summary dữ liệu"))
    assert (Path(outcome.data) / FILES).exists()


def test_the_area_of_a_summary_is_what_its_reader_counts(
    here: Outcome, sent: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "_CELL", 0)
    package = Package(sent.summary_path.read_bytes())
    sheets = (package.read(name) for name in package.names if name.startswith("xl/worksheets/sheet"))
    assert fitting._area(package) == sum(proved_rows(sheet, "").area for sheet in sheets) > 10_000


@pytest.mark.parametrize(("name", "most"), [("MAX_FILE", 40_000), ("MAX_AREA", 9_999)])
def test_no_summary_is_written_that_would_not_be_read_again(
    name: str, most: int, sent: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what is typed into it would keep the next run from beginning."""
    job = replace(sent, summary_path=sent.folder.parent / name / "sổ.xlsx", report_path=sent.report_path)
    monkeypatch.setattr(fitting, name, most)
    with pytest.raises(fitting.TooLarge, match="not read again"):
        run(job)
    assert not job.summary_path.exists()
    outcome = run_or_audit(job)
    assert outcome.data == str(job.summary_path.with_name("sổ dữ liệu"))
    assert read_file(job.summary_path, "sổ.xlsx").status == "accepted"


def test_a_large_batch_is_an_audit_unasked(sent: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(auditing, "run", lambda *_: asked.append("run"))
    monkeypatch.setattr(auditing, "audit", lambda *_: asked.append("audit"))
    run_or_audit(sent)
    monkeypatch.setattr(auditing, "LARGE", 3)
    run_or_audit(sent)
    assert asked == ["run", "audit"]


def test_attributes_come_out_the_same_in_any_order(form: Form) -> None:
    view = form.at("CTTT")
    said = [
        {"tvpl_luot.as_of": 45169.0 - n, "tvpl_luot.qualifier": f"lời {n}", "tvpl_luot.note": "x"} for n in range(4)
    ]
    lines = [Line(f"U{n}", "", NO_SOURCE, empty_values(view), {}, attributes=said[n]) for n in range(4)]
    parts = [account_of(view, lines[2:]), account_of(view), account_of(view, lines[:2])]
    own = blank_submission(view)
    for turned in (parts, parts[::-1]):
        found = attributes_of(own, together(view, turned))
        assert found == {"tvpl_luot.as_of": 45166.0, "tvpl_luot.qualifier": "lời 0"}
    own.attributes = {"tvpl_luot.as_of": 45000.0, "tvpl_luot.qualifier": "của mình"}
    assert attributes_of(own, together(view, parts)) == own.attributes
