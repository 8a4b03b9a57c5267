"""What is asked only in a congress year: sections, figures and rules come and go together."""

from __future__ import annotations

import shutil
from pathlib import Path

from consolidator.rulebook import load, rules_folder


def test_without_a_congress_its_section_figures_and_rules_are_not_asked(tmp_path: Path) -> None:
    shutil.copytree(rules_folder(), tmp_path / "rules")
    path = tmp_path / "rules" / "quy3_2023_004" / "form.toml"
    path.write_text(path.read_text("utf-8").replace('flags = ["congress"]', "flags = []"), "utf-8")
    usual, congress = load("quy3_2023_004", tmp_path / "rules"), load("quy3_2023_004")
    for level in usual.levels:
        view = usual.at(level)
        assert not [i.code for i in view.indicators if i.code.startswith("dh_")]
        assert not [n.path for n in view.narratives if n.path.startswith("II.1.1")]
        assert not [c.id for c in view.checks if ".dh_" in c.id or ":dh_" in c.id]
        assert view.fingerprint != congress.at(level).fingerprint
    top = congress.at("TINH")
    assert "dh_cdcs_da_tc.actual" in top.by_ref and "II.1.1.a.1" in [n.path for n in top.answers]
