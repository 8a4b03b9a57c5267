"""The cache of forms: equal to loading, rebuilt when damaged or old, never trusted where others may write."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from consolidator import formcache
from consolidator.checking import check
from consolidator.form import LevelForm
from consolidator.formcache import keep_form, keep_what_was_worked_out, kept_form
from consolidator.layout import layout_of
from consolidator.rulebook import form_ids, load, rules_folder
from consolidator.sidebyside import steps
from consolidator.workedout import worked_out
from tests.test_checking import random_submission


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    return tmp_path / "own" / "congdoan"


fresh = load.__wrapped__
"""Loads as a new process would, and leaves the forms alone that other tests have in hand."""


@pytest.fixture
def loaded() -> list[str]:
    return form_ids()


@pytest.mark.parametrize("form_id", form_ids())
def test_a_kept_form_judges_as_a_loaded_one(form_id: str) -> None:
    form, rules = load(form_id, rules_folder()), rules_folder()
    keep_form(form, rules)
    kept = kept_form(form_id, rules)
    assert kept is not None and kept is not form
    assert asdict(kept) == asdict(form)
    for level in form.levels:
        assert kept.at(level).fingerprint == form.at(level).fingerprint
        one, other = (random_submission(each, level, seed=5) for each in (form, kept))
        assert check([one]) == check([other])


def test_the_second_load_comes_from_the_cache(own_folder: Path, loaded: list[str]) -> None:
    fresh(loaded[0])
    (path,) = (own_folder / "cache").glob(f"{loaded[0]}-*")
    marked = pickle.loads(path.read_bytes()).varied(issuer="từ bộ nhớ đệm")
    keep_form(marked, rules_folder())
    assert fresh(loaded[0]).issuer == "từ bộ nhớ đệm"


def test_what_was_worked_out_of_a_form_is_kept_for_the_next_process(loaded: list[str]) -> None:
    form, rules = fresh(loaded[0]), rules_folder()
    view = form.at(form.levels[0])
    names, plan = layout_of(view).names, steps(view)
    keep_what_was_worked_out()
    kept = kept_form(loaded[0], rules)
    assert kept is not None
    again = kept.at(form.levels[0])
    assert again.worked_out.keys() == view.worked_out.keys()
    assert layout_of(again) is again.worked_out["consolidator.layout.layout_of"]
    assert layout_of(again).names == names and layout_of(again).view is again
    assert len(steps(again)) == len(plan)


def test_of_processes_that_work_something_out_at_once_the_first_is_believed(
    own_folder: Path, loaded: list[str]
) -> None:
    """So that none takes away what another has kept; the next process adds what is missing."""
    slow, level = fresh(loaded[0]), load(loaded[0]).levels[0]
    before = dict(formcache._known)
    quick = kept_form(loaded[0], rules_folder())
    assert quick is not None
    layout_of(quick.at(level))
    keep_what_was_worked_out()
    (path,) = (own_folder / "cache").glob(f"{loaded[0]}-*")
    kept = path.read_bytes()
    formcache._known.update(before)
    steps(slow.at(level))
    keep_what_was_worked_out()
    assert path.read_bytes() == kept
    last = kept_form(loaded[0], rules_folder())
    assert last is not None and steps(last.at(level))
    keep_what_was_worked_out()
    assert {"consolidator.layout.layout_of", "consolidator.sidebyside.steps"} <= _kept_of(loaded[0], level)


def _kept_of(form_id: str, level: str) -> set[object]:
    kept = kept_form(form_id, rules_folder())
    assert kept is not None
    return set(kept.at(level).worked_out)


@pytest.mark.parametrize("content", [b"", b"\x80\x05garbage", pickle.dumps({"no": "form"}), b"cos\nnothing\n."])
def test_a_damaged_cache_is_made_again(own_folder: Path, loaded: list[str], content: bytes) -> None:
    fresh(loaded[0])
    (path,) = (own_folder / "cache").glob(f"{loaded[0]}-*")
    path.write_bytes(content)
    assert fresh(loaded[0]).id == loaded[0]
    assert len(path.read_bytes()) > 100_000


def test_changed_rules_or_program_change_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    before = formcache.program_key(rules)
    file = rules / "shared" / "rules.toml"
    file.write_text(file.read_text("utf-8") + "\n# một dòng\n", "utf-8")
    after = formcache.program_key(rules)
    assert before != after
    program = tmp_path / "program"
    program.mkdir()
    (program / "formcache.py").write_text("x = 1\n")
    monkeypatch.setattr(formcache, "__file__", str(program / "formcache.py"))
    other = formcache.program_key(rules)
    (program / "formcache.py").write_text("x = 2  # longer\n")
    assert len({after, other, formcache.program_key(rules)}) == 3


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes are those of POSIX")
def test_a_cache_that_others_can_write_to_is_not_believed(own_folder: Path, loaded: list[str]) -> None:
    """What is unpickled is run: only this user may have written it."""
    fresh(loaded[0])
    (path,) = (own_folder / "cache").glob(f"{loaded[0]}-*")
    assert kept_form(loaded[0], rules_folder()) is not None
    path.parent.chmod(0o777)
    assert kept_form(loaded[0], rules_folder()) is None
    path.parent.chmod(0o700)
    path.chmod(0o666)
    assert kept_form(loaded[0], rules_folder()) is None


def test_no_folder_to_write_to_is_no_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, loaded: list[str]) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert fresh(loaded[0]).id == loaded[0]


@pytest.mark.parametrize("is_first", [True, False], ids=["the form first", "history first"])
def test_a_process_with_a_kept_form_ends_without_a_word(is_first: bool, loaded: list[str]) -> None:
    """What is set apart from the search for garbage must not be what DuckDB waits for at the end."""
    keep_form(fresh(loaded[0]), rules_folder())
    form = f"from consolidator.rulebook import load; load({loaded[0]!r})"
    asked = "import duckdb; store = duckdb.connect(':memory:'); store.sql('select 1').fetchall()"
    begun = "import gc; begun = gc.get_freeze_count()"  # Python 3.12 itself begins with some
    said = f"assert (gc.get_freeze_count() > begun) == {is_first}"
    steps = [form, asked] if is_first else [asked, form]
    command = [sys.executable, "-c", "; ".join([begun, *steps, said])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_what_is_worked_out_takes_no_keywords() -> None:
    """They would be passed over where the answer is looked up."""
    with pytest.raises(AssertionError, match="no keywords"):
        drawn(load(form_ids()[0]).at("CDCS"), sheet="Bìa")


@worked_out
def drawn(view: LevelForm, sheet: str) -> str:
    return sheet
