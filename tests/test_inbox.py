"""The folder: everything in it has a name and a fate, decided by what files say, never by how they are called."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from consolidator.choosing import Sorting
from consolidator.content import blank_submission
from consolidator.deciding import DROP, NO_DECISIONS, TAKE, Answer, Decisions, Kind, Part, digest_of, file_key
from consolidator.inbox import list_folder, list_paths, missing_units, sort_out
from consolidator.merging import line_of, merge
from consolidator.outcome import FileOutcome
from consolidator.rulebook import load
from consolidator.submission import Source, Submission
from consolidator.unit import Roster, Unit
from consolidator.wording import DRAFT, FINAL

FORM = load("quy3_2023_004")
OTHER_FORM = replace(FORM, id="khac", name="Chế độ khác")
OTHER_FORM.__dict__.pop("_views", None)
PERIOD = FORM.period.id
PARENT = Unit("LC-01", "LĐLĐ huyện Tam Đường", "CTTT", "LC")
UNION, SECOND = Unit("U1", "CĐCS Một", "CDCS", "LC-01"), Unit("U2", "CĐCS Hai", "CDCS", "LC-01")
STRANGER = Unit("U9", "CĐCS nơi khác", "CDCS", "LC-02")
ROSTER = Roster.of([PARENT, UNION, SECOND, STRANGER, Unit("LC-02", "LĐLĐ huyện khác", "CTTT", "LC")])


@cache
def blank(level: str) -> Submission:
    """A report of a level with nothing in it, drawn once; tests replace its parts and change none."""
    return blank_submission(FORM.at(level))


def sent(
    name: str,
    unit: Unit = UNION,
    version: str = FINAL,
    signed: float | None = 45190.0,
    content: str = "",
    cover: str | None = None,
) -> FileOutcome:
    """A file that was read; files of the same `content` have the same bytes. `cover` is the name on its cover."""
    meta: dict[str, float | str] = {"meta.version": version}
    if signed is not None:
        meta["meta.report_date"] = signed
    source = Source(name, content or name)
    shown = unit.name if cover is None else cover
    submission = replace(blank(unit.level), unit=unit.code, unit_name=shown, meta=meta, source=source)
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


def test_what_replaced_what_is_told() -> None:
    files = [sent("z", signed=45192.0), sent("a"), sent("b", version=DRAFT), sent("c", content="a"), sent("d", SECOND)]
    found = sort_out(files, FORM, PERIOD, PARENT, ROSTER)
    assert sorted((pair.newer.file, pair.older.file) for pair in found.replaced) == [("z", "a"), ("z", "b")]
    assert found.questions == [] and files[3].findings[0].code == "duplicate-same"


def test_nothing_is_replaced_while_the_newest_wait() -> None:
    found = sort_out([sent("a"), sent("b"), sent("c", version=DRAFT)], FORM, PERIOD, PARENT, ROSTER)
    assert found.replaced == []
    ((unit, kind, names),) = [(q.unit, q.kind, {f.file for f in q.files}) for q in found.questions]
    assert (unit, kind, names) == ("U1", Kind.ORDER, {"a", "b"})


def test_a_later_version_ends_a_question_whatever_was_decided() -> None:
    files = [sent("a"), sent("b"), sent("c", signed=45192.0)]
    sort_out(files, FORM, PERIOD, PARENT, ROSTER, choosing({"a": TAKE}, files[:2]))
    assert [file.status for file in files] == ["ignored", "ignored", "accepted"]
    assert [f.code for file in files for f in file.findings] == ["duplicate-older"] * 2


# ---------- one code, two names


@pytest.mark.parametrize("cover", ["CĐCS Một", " cđcs  MỘT", "", "  ", "CĐCS Mô\u0323t"])
def test_a_name_in_another_spelling_or_none_is_no_other_name(cover: str) -> None:
    assert fates(sent("a", cover=cover)) == {"a": ("accepted", [])}


def test_tone_marks_in_two_spellings_are_one_name() -> None:
    unit = Unit("U1", "CĐCS Hoà Bình", "CDCS", "LC-01")
    file = sent("a", unit, cover="CĐCS Hòa Bình")
    sort_out([file], FORM, PERIOD, PARENT, Roster.of([PARENT, unit]))
    assert file.status == "accepted"


def test_another_name_waits() -> None:
    file = sent("a", cover="CĐCS Hai")
    found = sort_out([file], FORM, PERIOD, PARENT, ROSTER)
    assert (file.status, file.waits, [f.code for f in file.findings]) == ("rejected", True, ["name-differs"])
    assert (file.findings[0].facts["wanted"], file.findings[0].facts["found"]) == ("CĐCS Một", "“CĐCS Hai”")
    assert [question.kind for question in found.questions] == [Kind.NAMES]


def test_a_later_file_of_another_name_never_replaces_a_good_one() -> None:
    """It may be another unit's report with a wrong code: nobody's figures are dropped for it."""
    assert fates(sent("a"), sent("b", signed=45199.0, cover="CĐCS Hai"), sent("c", SECOND)) == {
        "a": ("rejected", ["name-differs"]),
        "b": ("rejected", ["name-differs"]),
        "c": ("accepted", []),
    }


# ---------- counted once


def summary_file(name: str, unit: Unit, *below: FileOutcome) -> FileOutcome:
    """A summary of a unit with a line for each file below."""
    file = sent(name, unit)
    assert file.submission is not None
    lines = [line_of(one.submission, file.submission.view) for one in below if one.submission]
    return with_submission(file, is_summary=True, lines=lines)


PROVINCE = Unit("LC", "LĐLĐ tỉnh", "TINH")
BESIDE = Unit("U5", "CĐCS Năm", "CDCS", "LC")
WHOLE = Roster.of([PROVINCE, *ROSTER.units.values(), BESIDE])


def with_figure(file: FileOutcome, value: float) -> FileOutcome:
    assert file.submission is not None
    view = file.submission.view
    values = file.submission.values.copy()
    values[view.position["tvpl_luot.actual"]] = value
    return with_submission(file, values=values, own=values.copy())


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_a_unit_under_a_district_that_also_sends_to_the_province_counts_once(order: tuple[int, ...]) -> None:
    direct, beside = with_figure(sent("a"), 7.0), with_figure(sent("b", BESIDE), 2.0)
    district = with_figure(summary_file("d", PARENT, direct), 7.0)
    files = [direct, beside, district]
    sort_out([files[n] for n in order], FORM, PERIOD, PROVINCE, WHOLE)
    assert [(file.status, [f.code for f in file.findings]) for file in files] == [
        ("rejected", ["foreign-unit"]),
        ("accepted", []),
        ("accepted", []),
    ]
    assert (direct.findings[0].facts["parent"], direct.findings[0].facts["here"]) == (PARENT.name, PROVINCE.name)
    children = [file.submission for file in files if file.status == "accepted" and file.submission]
    assert merge(blank_submission(FORM.at("TINH")), children)[0].value("tvpl_luot.actual") == 9.0


def test_a_unit_that_a_district_took_in_though_it_reports_to_the_province_counts_once() -> None:
    beside = sent("b", BESIDE)
    district = summary_file("d", PARENT, sent("a"), beside)
    found = sort_out([beside, sent("old", BESIDE, DRAFT), district], FORM, PERIOD, PROVINCE, WHOLE)
    assert (beside.status, [f.code for f in beside.findings]) == ("rejected", ["counted-below"])
    assert (beside.findings[0].facts["holder"], beside.findings[0].facts["other"]) == (PARENT.name, "d")
    assert district.status == "accepted" and not district.findings and not found.replaced


def test_a_unit_in_two_districts_summaries_is_an_error_of_both() -> None:
    other = WHOLE.units["LC-02"]
    files = [summary_file(name, unit, sent("a")) for name, unit in (("d", PARENT), ("e", other))]
    sort_out(files, FORM, PERIOD, PROVINCE, WHOLE)
    assert [(file.status, [f.code for f in file.findings], file.errors) for file in files] == [
        ("accepted", ["counted-twice"], 1)
    ] * 2
    assert [file.findings[0].facts["other"] for file in files] == ["e", "d"]


# ---------- order


def choosing(choices: dict[str, str], files: list[FileOutcome]) -> Decisions:
    """Decisions by content, made while just these files were there."""
    over = " ".join(digest_of(file) for file in files)
    answers = {}
    for file in files:
        if choice := choices.get(digest_of(file)):
            key = file_key(file)
            answers[Part.FILES.value, key] = Answer(Part.FILES, key, over, choice=choice, reason="đã hỏi")
    return Decisions(answers)


Spec = tuple[Unit, str, float | None, str, str]
SPECS = some.tuples(
    some.sampled_from([UNION, SECOND, PARENT, STRANGER]),
    some.sampled_from([DRAFT, FINAL]),
    some.sampled_from([None, 45190.0, 45192.0]),
    some.sampled_from(["đúng", "đúng", "đúng", "khác"]),
    some.sampled_from("xyz"),
)


def made(specs: list[tuple[int, Spec]], names: list[str]) -> list[FileOutcome]:
    """Files by what they say; what says the same under the same letter is the same content."""
    return [
        sent(name, unit, version, signed, f"{unit.code}{version}{signed}{cover}{letter}".replace(" ", ""),
             None if cover == "đúng" else "CĐCS của ai")
        for name, (_, (unit, version, signed, cover, letter)) in zip(names, specs, strict=True)
    ]  # fmt: skip


def told(files: list[FileOutcome], found: Sorting) -> tuple[object, ...]:
    """Everything that sorting decided, by content."""
    each = sorted((file.unit, digest_of(file), file.status, *(f.code for f in file.findings)) for file in files)
    questions = [
        (question.unit, question.kind, [digest_of(file) for file in question.files]) for question in found.questions
    ]
    return each, questions, sorted((digest_of(pair.newer), digest_of(pair.older)) for pair in found.replaced)


@settings(max_examples=200, deadline=None)
@given(some.data())
def test_neither_order_nor_names_of_files_matter(data: some.DataObject) -> None:
    specs = list(enumerate(data.draw(some.lists(SPECS, min_size=1, max_size=8))))
    names = [f"{number}.xlsx" for number, _ in specs]
    first = made(specs, names)
    choices = data.draw(
        some.dictionaries(some.sampled_from([digest_of(f) for f in first]), some.sampled_from([TAKE, DROP]))
    )
    seen = data.draw(some.sampled_from([first, first[: len(first) // 2]]))
    decisions = data.draw(some.sampled_from([NO_DECISIONS, choosing(choices, seen)]))
    other = made(data.draw(some.permutations(specs)), data.draw(some.permutations(names)))
    outcomes = [told(files, sort_out(files, FORM, PERIOD, PARENT, ROSTER, decisions)) for files in (first, other)]
    assert outcomes[0] == outcomes[1]
    counts = [file.unit for file in first if file.status == "accepted"]
    assert len(counts) == len(set(counts)), "a unit counts once"
    waiting = {file.unit for file in first if file.waits}
    assert not waiting & set(counts), "nothing counts of a unit that waits"
    assert waiting <= {question[0] for question in outcomes[0][1]}


def test_missing_are_those_of_whom_nothing_was_accepted() -> None:
    files = [sent("a"), sent("b"), sent("c", SECOND)]
    fates(*files)
    assert missing_units(files, [UNION, SECOND]) == (UNION,)
