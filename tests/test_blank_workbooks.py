"""The committed workbooks are those that the rules make today, and the sample district can be consolidated."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import pytest

from consolidator.cli import main
from consolidator.form import Form
from consolidator.reading import read_file
from tests.make_workbooks import DISTRICT, WORKBOOKS, ZLIB, all_workbooks

COMMITTED = sorted(path.relative_to(WORKBOOKS).as_posix() for path in WORKBOOKS.rglob("*.xlsx"))
SAME_ZLIB = ZLIB.read_text("utf-8").strip() == zlib.ZLIB_RUNTIME_VERSION
SAMPLES = WORKBOOKS / "samples"


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


@pytest.mark.parametrize("level", ["CDCS", "CTTT", "TINH"])
def test_a_blank_workbook_is_blank_and_nobodys(level: str, form: Form) -> None:
    found = read_file(WORKBOOKS / "blank" / f"{form.id}_{level}.xlsx", "blank.xlsx").submission
    assert found is not None
    assert (found.view, found.unit, found.unit_name, found.parent) == (form.at(level), "", "", "")
    assert (found.narratives, found.attributes, found.texts) == ({}, {}, {})
    assert [f.ref for f in found.view.figures if f.derived is None and found.value(f.ref) is not None] == []


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
