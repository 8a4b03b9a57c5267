"""A regime taken in by another: its own rules speak in the parent's report."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from consolidator.consolidation import Order, run
from consolidator.content import blank_submission, cover_of
from consolidator.pouring import workbook
from consolidator.rulebook import load
from consolidator.unit import Roster, Unit

DISTRICT = Unit("H", "LĐLĐ huyện", "CTTT")
GRASSROOTS = Unit("C", "CĐCS Một", "CDCS", "H")


def test_findings_of_the_regime_taken_in_keep_their_own_sentences(tmp_path: Path) -> None:
    form = load("gnk_cdcs_001")
    sent = blank_submission(form.at("CDCS"), "C", "CĐCS Một")
    sent.values[sent.view.position["dv_nu.actual"]] = 10
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "C.xlsx").write_bytes(workbook(sent.view, cover_of(GRASSROOTS, form), sent))
    roster = Roster.of([DISTRICT, GRASSROOTS])
    summary, report = tmp_path / "H.xlsx", tmp_path / "report.xlsx"
    outcome = run(Order(inbox, roster, tmp_path / "units.xlsx", "H", summary, report, form="gnk_huyen_001"))
    codes = {finding.code for finding in outcome.files[0].findings}
    own = {rule.code: rule for rule in form.rules}
    assert "NR009" in codes and "NR009" not in {rule.code for rule in outcome.form.rules}
    texts = {str(cell.value) for row in load_workbook(report)["Phát hiện"].iter_rows() for cell in row}
    assert own["NR009"].message in texts
    assert outcome.summary is not None and outcome.summary.value("dv_nu.actual") == 10
