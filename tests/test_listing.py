"""What other programs get: JSON shapes as documented, every figure flat, every form with its parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consolidator.cli import main
from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.listing import COLUMNS, as_json, figures_of, form_json, frame
from consolidator.opening import read_file
from tests.district import DISTRICT, A, B, entry, order, put, put_roster

FINDING = {"code", "severity", "sheet", "cell", "ref", "message", "explanation", "accepted"}
FILE = {"file", "unit", "form", "status", "findings"}
BAD = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 99}


def test_check_json_has_the_documented_shape(form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, form, entry(A, BAD))
    (tmp_path / "note.txt").write_text("không phải Excel", "utf-8")
    assert main(["check", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"files"}
    files = {Path(file["file"]).name: file for file in found["files"]}
    assert files.keys() == {"D-1.xlsx", "note.txt"}
    assert all(file.keys() == FILE for file in files.values())
    assert all(finding.keys() == FINDING for file in files.values() for finding in file["findings"])
    assert {name: (f["unit"], f["form"], f["status"]) for name, f in files.items()} == {
        "D-1.xlsx": ("D-1", form.id, "accepted"),
        "note.txt": ("", "", "rejected"),
    }
    (one,) = [f for f in files["D-1.xlsx"]["findings"] if f["code"] == "SP001"]
    assert (one["severity"], one["sheet"], one["ref"]) == ("error", "PL03", "tvpl_luot.actual")
    submission = read_file(path, "D-1.xlsx").submission
    assert submission is not None
    assert one["cell"] == submission.place("tvpl_luot.actual")[1] != ""
    assert one["message"]


def test_run_json_has_the_documented_shape(form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "inbox", form, entry(A, BAD))
    (tmp_path / "inbox" / "note.txt").write_text("không phải Excel", "utf-8")
    (tmp_path / "inbox" / "~$a.xlsx").write_bytes(b"x")
    units, out, report = put_roster(tmp_path / "units.xlsx"), tmp_path / "out.xlsx", tmp_path / "report.xlsx"
    options = ["--units", str(units), "--parent", "D", "--out", str(out), "--report", str(report), "--json"]
    assert main(["run", str(tmp_path / "inbox"), *options]) == 1
    found = json.loads(capsys.readouterr().out)
    documented = {"files", "parent", "expected", "accepted", "rejected", "ignored", "missing", "summary", "report"}
    documented |= {"summary_findings", "left_out", "provisional", "waiting", "decisions", "ledger", "returns", "data"}
    assert found.keys() == documented
    assert [file["status"] for file in found["files"]] == ["accepted", "rejected", "ignored"]
    assert all(file.keys() == FILE for file in found["files"])
    assert all(one.keys() == FINDING for one in found["summary_findings"])
    counts = {key: found[key] for key in ("parent", "expected", "accepted", "rejected", "ignored", "missing")}
    assert counts == {
        "parent": "D", "expected": 3, "accepted": 1, "rejected": 1, "ignored": 1, "missing": ["D-2", "D-3"]
    }  # fmt: skip
    assert (found["summary"], found["report"]) == (str(out), str(report))
    assert (found["left_out"], found["provisional"]) == ([], True)


def test_findings_of_a_summary_name_their_sentence(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"thu_nhap_bq_hcsn": 6_000_000}))
    outcome = run(order(tmp_path))
    assert {"weight-missing", "HR005"} <= {finding.code for finding in outcome.summary_findings}


def test_forms_json_lists_every_part_of_a_form(form: Form) -> None:
    found = form_json(form)
    assert json.loads(as_json(found)) == found
    codes = {code for sheet in form.sheets for code in sheet.indicators}
    assert {one["code"] for one in found["indicators"]} == codes
    for one in found["indicators"]:
        assert {"code", "label", "unit", "type", "aggregation", "levels", "department"} <= one.keys()
        assert all(one[key] for key in ("label", "unit", "type", "aggregation", "levels", "department"))
        assert set(one["levels"]) <= set(form.levels)
    assert [(n["path"], n["id"], n["heading"]) for n in found["narratives"]] == [
        (n.path, n.id, n.heading) for n in form.narratives
    ]
    assert {one["code"] for one in found["rules"]} == {c.rule.code for lv in form.levels for c in form.at(lv).checks}
    assert all(one[key] for one in found["rules"] for key in ("code", "severity", "check", "message", "instances"))
    assert (found["id"], found["levels"]) == ("quy3_2023_004", ["CDCS", "CTTT", "TINH"])
    assert found["measures"] == ["target", "actual", "ytd", "pct_target"]


@pytest.mark.parametrize(
    ("code", "aggregation", "levels"),
    [
        ("tvpl_luot", "sum", ["CDCS", "CTTT", "TINH"]),
        ("qth_cdcs", "count", ["CDCS", "CTTT", "TINH"]),
        ("pm_cdcs_ty_le", "ratio", ["CTTT", "TINH"]),
        ("luong_co_so", "none", ["TINH"]),
        ("thu_nhap_bq_hcsn", "weighted_mean", ["CDCS", "CTTT", "TINH"]),
    ],
)
def test_an_indicator_says_how_it_merges_and_who_reports_it(
    code: str, aggregation: str, levels: list[str], form: Form
) -> None:
    (one,) = [one for one in form_json(form)["indicators"] if one["code"] == code]
    assert (one["aggregation"], one["levels"]) == (aggregation, levels)


def test_a_unit_s_figures_stand_flat_with_their_cells(form: Form, tmp_path: Path) -> None:
    """Two figures typed and one derived from them; blanks are not listed."""
    path = put(tmp_path, form, entry(A, {"pm_dv_cap_nhat": 9, "dv_tong": 10}))
    submission = read_file(path, "D-1.xlsx").submission
    assert submission is not None
    records = {record["ref"]: record for record in figures_of(submission)}
    assert all(tuple(record) == COLUMNS for record in records.values())
    facts = {ref: (r["value"], r["own"], r["children"]) for ref, r in records.items()}
    assert facts == {
        "dv_tong.actual": (10, 10, None),
        "pm_dv_cap_nhat.actual": (9, 9, None),
        "pm_dv_ty_le.actual": (90, None, None),
    }
    one = records["dv_tong.actual"]
    place = submission.place("dv_tong.actual")
    assert [one[k] for k in ("file", "unit", "form", "period")] == ["D-1.xlsx", "D-1", form.id, "2023-Q3"]
    assert [one[k] for k in ("indicator", "measure", "sheet", "cell")] == ["dv_tong", "actual", *place]


def test_a_summary_s_figures_stand_with_own_and_children(form: Form, tmp_path: Path) -> None:
    put(tmp_path / "inbox", form, entry(A, {"kt_dl_tong": 2, "cnvcld_hcsn": 10, "thu_nhap_bq_hcsn": 6_000_000}))
    put(tmp_path / "inbox", form, entry(B, {"kt_dl_tong": 4, "bac_gia_tri_min": 19_000}))
    put(tmp_path / "inbox", form, entry(DISTRICT, {"kt_dl_tong": 5, "ct_tong": 10, "bac_gia_tri_min": 18_000}))
    job = order(tmp_path)
    run(job)
    submission = read_file(job.summary_path, "summary.xlsx").submission
    assert submission is not None
    facts = {r["ref"]: (r["value"], r["own"], r["children"]) for r in figures_of(submission)}
    assert facts["kt_dl_tong.actual"] == (11, 5, 6)
    assert facts["ct_tong.actual"] == (10, 10, None)
    assert facts["bac_gia_tri_min.actual"] == (18_000, 18_000, 19_000)
    assert facts["thu_nhap_bq_hcsn.actual"] == (6_000_000, None, 6_000_000)
    table = frame([submission])
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(facts)


def test_json_keeps_vietnamese_and_refuses_nan() -> None:
    assert as_json({"tên": "Đơn vị"}) == '{\n  "tên": "Đơn vị"\n}'
    with pytest.raises(ValueError, match="JSON"):
        as_json(float("nan"))
