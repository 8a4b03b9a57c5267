"""A summary split by department and joined again: each department's own cells, nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.opening import read_file
from consolidator.splitting import CannotSplit, join, split
from consolidator.submission import Submission
from tests.district import A, B, C, entry, order, put, retype


@pytest.fixture
def summary(form: Form, tmp_path: Path) -> Path:
    """The summary of district D over two unions and its own part."""
    inbox = tmp_path / "inbox"
    put(inbox, form, entry(A, {"tvpl_luot": 30, "tvpl_truc_tiep": 10, "tvpl_gian_tiep": 20}))
    put(inbox, form, entry(B, {"tvpl_luot": 100, "tvpl_truc_tiep": 20, "tvpl_gian_tiep": 80}))
    wanted = order(tmp_path)
    run(wanted)
    return wanted.summary_path


def read(path: Path) -> Submission:
    found = read_file(path, path.name).submission
    assert found is not None
    return found


def part_of(folder: Path, dept: str) -> Path:
    return next(path for path in folder.iterdir() if path.stem.endswith(f" - {dept}"))


def unlocked(path: Path) -> set[str]:
    """Names of single cells that a part leaves open."""
    book = load_workbook(path)
    found = set()
    for name, target in book.defined_names.items():
        sheet, _, cell = target.attr_text.rpartition("!")
        if ":" not in cell and not book[sheet.strip("'")][cell.replace("$", "")].protection.locked:
            found.add(name)
    return found


def test_each_department_may_type_only_into_its_own_cells(summary: Path, tmp_path: Path, form: Form) -> None:
    split(summary, tmp_path / "parts")
    view = form.at("CTTT")
    for dept in ("CTCS", "TCKT", "BTC", "VP"):
        open_cells = unlocked(part_of(tmp_path / "parts", dept))
        own = {f"own.{f.ref}" for f in view.figures if f.indicator.dept == dept and f.derived is None}
        notes = {f"{i.code}.note" for i in view.indicators if i.dept == dept}
        texts = {name for n in view.answers if n.dept == dept for name in (n.ref, n.ref + ".more")}
        assert open_cells == own | notes | texts


def test_joined_parts_hold_what_each_department_wrote(summary: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    split(summary, parts)
    retype(part_of(parts, "CTCS"), {"own.gy_vb_so.actual": 12, "n.legal_advice": "Đã tư vấn 130 lượt người."})
    retype(part_of(parts, "TCKT"), {"own.kt_dl_tong.actual": 3, "kt_dl_tong.note": "theo kế hoạch"})
    joined = join(summary, [part_of(parts, "CTCS"), part_of(parts, "TCKT")], tmp_path / "joined.xlsx")
    assert (sorted(joined.taken), sorted(joined.missing)) == (["CTCS", "TCKT"], ["BTC", "VP"])
    assert joined.findings == []
    whole = read(tmp_path / "joined.xlsx")
    assert whole.own_value("gy_vb_so.actual") == 12
    assert whole.own_value("kt_dl_tong.actual") == 3
    assert whole.attributes["kt_dl_tong.note"] == "theo kế hoạch"
    assert whole.narratives["legal_advice"] == "Đã tư vấn 130 lượt người."
    assert whole.value("tvpl_luot.actual") == 130
    assert [line.unit for line in whole.lines] == ["D-1", "D-2"]


def test_a_department_cannot_change_another_ones_figure(summary: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    split(summary, parts)
    retype(part_of(parts, "CTCS"), {"own.gy_vb_so.actual": 12, "own.kt_dl_tong.actual": 99})
    joined = join(summary, [part_of(parts, "CTCS")], tmp_path / "joined.xlsx")
    assert [(f.code, f.facts["other"]) for f in joined.findings] == [("part-foreign-change", "TCKT")]
    whole = read(tmp_path / "joined.xlsx")
    assert (whole.own_value("gy_vb_so.actual"), whole.own_value("kt_dl_tong.actual")) == (12, None)


def test_two_changes_of_one_cell_are_told(summary: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    split(summary, parts)
    retype(part_of(parts, "CTCS"), {"own.gy_vb_so.actual": 12})
    retype(summary, {"own.gy_vb_so.actual": 7})
    joined = join(summary, [part_of(parts, "CTCS")], tmp_path / "joined.xlsx")
    assert [(f.code, f.facts["kept"], f.facts["dropped"]) for f in joined.findings] == [("part-conflict", "12", "7")]
    assert read(tmp_path / "joined.xlsx").own_value("gy_vb_so.actual") == 12


def test_an_untouched_part_and_a_part_split_before_new_reports_are_told(
    summary: Path, tmp_path: Path, form: Form
) -> None:
    parts = tmp_path / "parts"
    split(summary, parts)
    put(tmp_path / "inbox", form, entry(C, {"tvpl_luot": 1, "tvpl_truc_tiep": 1, "tvpl_gian_tiep": 0}))
    run(order(tmp_path))
    joined = join(summary, [part_of(parts, "BTC")], tmp_path / "joined.xlsx")
    assert [f.code for f in joined.findings] == ["part-outdated", "part-untouched"]
    assert read(tmp_path / "joined.xlsx").value("tvpl_luot.actual") == 131


def test_an_office_may_divide_the_form_its_own_way(summary: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "ban.toml"
    mapping.write_text(
        '[departments]\nTG = "Ban Tuyên giáo và Nữ công"\nVP = "Văn phòng"\n'
        '[assign]\n"nc_*" = "TG"\n"tt_luot" = "TG"\n"womens_*" = "TG"\n',
        "utf-8",
    )
    split(summary, tmp_path / "parts", mapping)
    assert sorted(path.stem[-2:] for path in (tmp_path / "parts").iterdir()) == ["TG", "VP"]
    retype(part_of(tmp_path / "parts", "TG"), {"own.nc_tt_luot.actual": 40})
    joined = join(summary, [part_of(tmp_path / "parts", "TG")], tmp_path / "joined.xlsx", mapping)
    assert (joined.taken, joined.missing, joined.findings) == (["TG"], ["VP"], [])
    assert read(tmp_path / "joined.xlsx").own_value("nc_tt_luot.actual") == 40


def test_what_is_no_summary_or_no_part_of_it_is_refused(summary: Path, tmp_path: Path) -> None:
    split(summary, tmp_path / "parts")
    part, report = part_of(tmp_path / "parts", "VP"), next((tmp_path / "inbox").iterdir())
    with pytest.raises(CannotSplit):
        split(report, tmp_path / "other")
    with pytest.raises(CannotSplit):
        join(summary, [report], tmp_path / "joined.xlsx")
    with pytest.raises(CannotSplit):
        join(summary, [part, part], tmp_path / "joined.xlsx")
    assert not (tmp_path / "joined.xlsx").exists()
