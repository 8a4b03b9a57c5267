"""The committed workbooks are those that the rules make today, and the sample district can be consolidated."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import pytest

from consolidator.cli import main
from consolidator.element import Level
from consolidator.opening import read_file
from consolidator.rulebook import form_ids, load
from consolidator.tabling import fixed_rows
from tests.make_workbooks import DISTRICT, WORKBOOKS, ZLIB, all_workbooks

COMMITTED = sorted(path.relative_to(WORKBOOKS).as_posix() for path in WORKBOOKS.rglob("*.xlsx"))
SAME_ZLIB = ZLIB.read_text("utf-8").strip() == zlib.ZLIB_RUNTIME_VERSION
SAMPLES = WORKBOOKS / "samples"
LEVELS = [(form_id, level) for form_id in form_ids() for level in load(form_id).levels]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return all_workbooks()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_workbook_is_missing_and_none_is_left_over(made: dict[str, bytes]) -> None:
    assert sorted(made) == COMMITTED
    assert 5 <= len(list(SAMPLES.iterdir())) <= 6


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_workbook_is_the_one_made_today(name: str, made: dict[str, bytes]) -> None:
    """On a difference: `python tests/make_workbooks.py`, look at the workbooks, commit them."""
    committed = (WORKBOOKS / name).read_bytes()
    assert list(unzipped(committed).items()) == list(unzipped(made[name]).items())
    if SAME_ZLIB:
        assert committed == made[name]


def test_every_form_has_a_blank_workbook_a_level_and_all_are_small() -> None:
    blanks = {f"blank/{form_id}_{level}.xlsx" for form_id in form_ids() for level in load(form_id).levels}
    assert blanks == {name for name in COMMITTED if name.startswith("blank/")}
    sizes = [(WORKBOOKS / name).stat().st_size for name in COMMITTED]
    assert max(sizes) < 300_000 and sum(sizes) < 4_500_000


@pytest.mark.parametrize(("form_id", "level"), LEVELS)
def test_a_blank_workbook_is_blank_and_nobodys(form_id: str, level: Level) -> None:
    found = read_file(WORKBOOKS / "blank" / f"{form_id}_{level}.xlsx", "blank.xlsx").submission
    assert found is not None
    assert (found.view, found.unit, found.unit_name, found.parent) == (load(form_id).at(level), "", "", "")
    assert (found.narratives, found.attributes, found.texts) == ({}, {}, {})
    assert [f.ref for f in found.view.figures if f.derived is None and found.value(f.ref) is not None] == []
    printed = fixed_rows(found.view, "", "")
    assert {key: [row.values for row in rows] for key, rows in found.tables.items() if rows} == {
        key: [row.values for row in rows] for key, rows in printed.items()
    }


def test_the_sample_district_can_be_consolidated(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in SAMPLES.iterdir()}
    outputs = ["--out", str(tmp_path / "summary.xlsx"), "--report", str(tmp_path / "report.xlsx")]
    assert main(["run", str(SAMPLES), "--units", str(SAMPLES / "units.xlsx"), "--parent", DISTRICT, *outputs]) == 0
    summary = read_file(tmp_path / "summary.xlsx", "summary.xlsx").submission
    assert summary is not None
    unions = sorted(path.stem for path in SAMPLES.glob(f"{DISTRICT}-*.xlsx"))
    assert [line.unit for line in summary.lines] == unions
    assert summary.value("cdcs_tong.actual") == 84
    assert {path: path.read_bytes() for path in SAMPLES.iterdir()} == before
