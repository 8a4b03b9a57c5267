"""The folder: everything in it has a name and a fate, decided by what files say, never by how they are called."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from consolidator.content import blank_submission
from consolidator.inbox import list_folder, list_paths, missing_units, sort_out
from consolidator.outcome import FileOutcome
from consolidator.rulebook import load
from consolidator.submission import Source
from consolidator.unit import Roster, Unit
from consolidator.wording import DRAFT, FINAL

FORM = load("quy3_2023_004")
OTHER_FORM = FORM.model_copy(update={"id": "khac", "name": "Chế độ khác"})
OTHER_FORM.__dict__.pop("_views", None)
PERIOD = FORM.period.id
PARENT = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
UNION, SECOND = Unit("U1", "CĐCS Một", "CDCS", "LC-01"), Unit("U2", "CĐCS Hai", "CDCS", "LC-01")
STRANGER = Unit("U9", "CĐCS nơi khác", "CDCS", "LC-02")
ROSTER = Roster.of([PARENT, UNION, SECOND, STRANGER, Unit("LC-02", "LĐLĐ huyện khác", "CTTT", "LC")])


def sent(
    name: str, unit: Unit = UNION, version: str = FINAL, signed: float | None = 45190.0, content: str = ""
) -> FileOutcome:
    """A file that was read; files of the same `content` have the same bytes."""
    meta: dict[str, float | str] = {"meta.version": version}
    if signed is not None:
        meta["meta.report_date"] = signed
    blank = blank_submission(FORM.at(unit.level))
    source = Source(name, content or name)
    submission = replace(blank, unit=unit.code, unit_name=unit.name, meta=meta, source=source)
    return FileOutcome(name, f"/x/{name}", "accepted", unit.code, FORM.id, [], submission)


def fates(*files: FileOutcome) -> dict[str, tuple[str, list[str]]]:
    """Status and codes of every file by name, after sorting."""
    sort_out(list(files), FORM, PERIOD, PARENT, ROSTER)
    return {file.file: (file.status, [f.code for f in file.findings]) for file in files}


def with_submission(file: FileOutcome, **changes: object) -> FileOutcome:
    assert file.submission is not None
    file.submission = replace(file.submission, **changes)
    return file


# ---------- the folder


def test_everything_in_a_folder_is_named(tmp_path: Path) -> None:
    reports = ("BC (1) (copy).xlsx", "ảnh.JPG", "không đuôi")
    systems = ("Thumbs.db", ".DS_Store", "~$BC.xlsx", ".~lock.BC.xlsx#")
    for name in (*reports, *systems, "units.xlsx", "tong-hop.xlsx", "bao-cao.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "thư mục con").mkdir()
    (tmp_path / "liên kết.xlsx").symlink_to(tmp_path / "units.xlsx")
    os.mkfifo(tmp_path / "ống.xlsx")
    outputs = [tmp_path / "tong-hop.xlsx", tmp_path / "x" / ".." / "bao-cao.xlsx"]
    to_read, ignored = list_folder(tmp_path, outputs, tmp_path / "units.xlsx")
    assert [name for _, name in to_read] == ["BC (1) (copy).xlsx", "không đuôi", "ảnh.JPG"]
    assert {file.file: file.findings[0].code for file in ignored} == {
        "Thumbs.db": "ignored-system",
        ".DS_Store": "ignored-system",
        "~$BC.xlsx": "ignored-lock",
        ".~lock.BC.xlsx#": "ignored-lock",
        "thư mục con": "ignored-folder",
        "liên kết.xlsx": "ignored-special",
        "ống.xlsx": "ignored-special",
        "units.xlsx": "ignored-list",
        "tong-hop.xlsx": "ignored-output",
        "bao-cao.xlsx": "ignored-output",
    }
    assert {file.status for file in ignored} == {"ignored"}
    assert len(to_read) + len(ignored) == len(list(tmp_path.iterdir()))


def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"BC\xff.xlsx")).write_bytes(b"x")
    ((path, shown),) = list_folder(tmp_path)[0]
    assert shown == "BC?.xlsx" and path.read_bytes() == b"x"


def test_outputs_of_another_folder_are_no_reason_to_ignore_a_namesake(tmp_path: Path) -> None:
    (tmp_path / "units.xlsx").write_bytes(b"x")
    to_read, ignored = list_folder(tmp_path, [tmp_path.parent / "units.xlsx"], tmp_path.parent / "units.xlsx")
    assert len(to_read) == 1 and not ignored


def test_files_and_folders_named_one_by_one_are_listed_once(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx", "~$a.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    to_read, ignored = list_paths([tmp_path / "b.xlsx", tmp_path])
    assert [shown for _, shown in to_read] == [str(tmp_path / "b.xlsx"), str(tmp_path / "a.xlsx")]
    assert [file.file for file in ignored] == [str(tmp_path / "~$a.xlsx")]


# ---------- whose is it


def test_files_of_children_and_of_the_parent_itself_belong() -> None:
    assert fates(sent("a"), sent("b", SECOND), sent("c", PARENT)) == {name: ("accepted", []) for name in "abc"}


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (with_submission(sent("a"), view=OTHER_FORM.at("CDCS")), "rejected", "other-form"),
        (with_submission(sent("a"), period="2023-Q2"), "rejected", "other-period"),
        (with_submission(sent("a"), unit="U7"), "rejected", "unknown-unit"),
        (with_submission(sent("a"), unit=""), "rejected", "unknown-unit"),
        (with_submission(sent("a"), view=FORM.at("CTTT")), "rejected", "wrong-level"),
        (sent("a", STRANGER), "rejected", "foreign-unit"),
        (with_submission(sent("a", PARENT), is_summary=True), "ignored", "ignored-output"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_belong_is_turned_away(file: FileOutcome, status: str, code: str) -> None:
    assert fates(file) == {"a": (status, [code])}


def test_a_child_s_summary_belongs() -> None:
    province = Unit("LC", "LĐLĐ tỉnh", "TINH")
    file = with_submission(sent("a", PARENT), is_summary=True)
    sort_out([file], FORM, PERIOD, province, Roster.of([province, PARENT]))
    assert (file.status, file.findings) == ("accepted", [])


def test_a_rejected_file_stays_rejected() -> None:
    broken = FileOutcome("a", "/x/a", "rejected")
    assert fates(broken, sent("b")) == {"a": ("rejected", []), "b": ("accepted", [])}


# ---------- sent twice


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    ("kept", "passed_over", "code"),
    [
        (sent("a", version=FINAL), sent("z", version=DRAFT), "duplicate-older"),
        (sent("a", signed=45192.0), sent("z", signed=45190.0), "duplicate-older"),
        (sent("a", version=FINAL, signed=45180.0), sent("z", version=DRAFT, signed=45195.0), "duplicate-older"),
        (sent("a", version=DRAFT, signed=45192.0), sent("z", version=DRAFT), "duplicate-older"),
        (sent("a", signed=45192.0), sent("z", signed=None), "duplicate-older"),
    ],
)
def test_the_later_version_counts(order: int, kept: FileOutcome, passed_over: FileOutcome, code: str) -> None:
    kept, passed_over = replace(kept, findings=[]), replace(passed_over, status="accepted", findings=[])
    pair = [kept, passed_over][:: -1 if order else 1]
    assert fates(*pair) == {"a": ("accepted", []), "z": ("ignored", [code])}
    assert passed_over.findings[0].facts["other"] == "a"


def test_the_same_file_twice_counts_once() -> None:
    found = fates(sent("a (copy)", content="x"), sent("a", content="x"))
    assert sorted(found.values()) == [("accepted", []), ("ignored", ["duplicate-same"])]


@pytest.mark.parametrize("names", [("BC-moi.xlsx", "BC.xlsx"), ("BC.xlsx", "BC (2).xlsx"), ("a", "b")])
def test_two_files_of_one_version_and_day_are_a_question(names: tuple[str, str]) -> None:
    undecided = ("rejected", ["duplicate-undecided"])
    assert fates(*map(sent, names)) == dict.fromkeys(names, undecided)


def test_of_many_the_order_does_not_matter() -> None:
    seen = set()
    for order in permutations(range(4)):
        files = [
            sent("one", content="x"),
            sent("two", content="x"),
            sent("old", version=DRAFT),
            sent("else", SECOND),
        ]
        found = fates(*(files[n] for n in order))
        seen.add(tuple(sorted((name, status, *codes) for name, (status, codes) in found.items())))
    assert len(seen) == 1
    (found,) = seen
    assert [fate[1] for fate in found].count("accepted") == 2


def test_an_older_version_does_not_settle_a_question_between_newer_ones() -> None:
    found = fates(sent("a"), sent("b"), sent("c", version=DRAFT))
    assert [found[name][0] for name in "abc"] == ["rejected", "rejected", "ignored"]


def test_missing_are_those_of_whom_nothing_was_accepted() -> None:
    files = [sent("a"), sent("b"), sent("c", SECOND)]
    fates(*files)
    assert missing_units(files, [UNION, SECOND]) == (UNION,)
