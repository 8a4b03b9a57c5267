"""A .zip of reports is read as if its files lay beside it; nothing is written, no name in it is a path."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from consolidator import packaging
from consolidator.archives import carrier, content_of, inside, whole
from consolidator.consolidation import run
from consolidator.form import Form
from consolidator.inbox import list_folder, list_paths
from consolidator.origin import State
from consolidator.packaging import Package, Unreadable, packed
from consolidator.tracing import trace
from tests.district import A, B, entry, order, put
from tests.spoiling import lying, zipped


def archive(path: Path, **entries: bytes) -> Path:
    path.write_bytes(zipped({name.replace("__", "/").replace("_", "."): content for name, content in entries.items()}))
    return path


def test_files_in_an_archive_have_places_and_names_of_their_own(tmp_path: Path) -> None:
    path = archive(tmp_path / "hồ sơ.zip", xã__a_xlsx=b"A", b_xlsx=b"B")
    found = inside(path)
    assert [(name, carrier(one), content_of(one)) for one, name in found] == [
        ("xã/a.xlsx", path, b"A"),
        ("b.xlsx", path, b"B"),
    ]
    assert [one for one, _ in found] == [path / "0", path / "1"]
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"x", zipped({"xl/workbook.xml": b"x"}), zipped({"word/document.xml": b"x"})])
def test_what_is_no_archive_of_files_is_a_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert inside(path) == [] and carrier(path) == path
    assert list_folder(tmp_path) == ([(path, "a.zip")], [])


def test_only_a_zip_by_name_is_opened(tmp_path: Path) -> None:
    assert inside(archive(tmp_path / "a.xlsx", b_xlsx=b"B")) == []


def test_names_that_windows_wrote_as_utf_8_without_saying_so_are_read(tmp_path: Path) -> None:
    named = zipped({"bao cao.xlsx": b"B"}).replace(b"bao cao.xlsx", "báo c.xlsx".encode()[:12].ljust(12, b"x"))
    (tmp_path / "a.zip").write_bytes(named)
    assert [name for _, name in inside(tmp_path / "a.zip")] == ["báo c.xlsxx"]


def test_an_archive_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    ((one, _),) = inside(archive(tmp_path / "a.zip", a_xlsx=b"A"))
    assert content_of(one) == b"A"
    archive(tmp_path / "a.zip", a_xlsx=b"new")
    assert content_of(one) == b"new"


def test_a_file_may_be_asked_for_as_often_as_one_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpacked is counted for the archive, not over all readings of it."""
    monkeypatch.setattr(packaging, "MAX_UNPACKED", 1_500)
    ((one, _),) = inside(archive(tmp_path / "a.zip", a_xlsx=b"A" * 1_000))
    assert [len(content_of(one)) for _ in range(3)] == [1_000] * 3


def test_a_file_that_is_gone_from_an_archive_is_unreadable(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", a_xlsx=b"A")
    with pytest.raises(Unreadable):
        content_of(path / "7")


@pytest.mark.parametrize("limit", [2, 100])
def test_only_regular_files_of_a_fair_size_are_read(limit: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    if limit < 3:
        with pytest.raises(Unreadable) as caught:
            whole(tmp_path / "a", limit)
        assert caught.value.code == "file-unreadable"
        return
    assert whole(tmp_path / "a", limit) == b"abc"
    for name in ("link", "pipe"):
        with pytest.raises(Unreadable) as caught:
            whole(tmp_path / name, limit)
        assert caught.value.code == "file-kind"
    with pytest.raises(IsADirectoryError):
        whole(tmp_path)
    with pytest.raises(FileNotFoundError):
        whole(tmp_path / "none")


def test_files_in_archives_are_listed_by_name_wherever_they_are_asked_for(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", b_xlsx=b"B", Thumbs_db=b"x")
    for found, ignored in (list_folder(tmp_path), list_paths([path]), list_paths([tmp_path])):
        assert [one for one, _ in found] == [path / "0"]
        assert [shown.rpartition("/")[2] for _, shown in found] == ["a.zip › b.xlsx"]
        assert [(one.file.rpartition("/")[2], one.findings[0].code) for one in ignored] == [
            ("a.zip", "archive-unpacked"),
            ("a.zip › Thumbs.db", "ignored-system"),
        ]


def test_our_own_package_is_read_by_anybody() -> None:
    content = packed({"a.xml": b"one", "b/c.xml": b""})
    with zipfile.ZipFile(io.BytesIO(content)) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == {"a.xml": b"one", "b/c.xml": b""}
    assert Package(content).read("A.XML") == b"one"


def test_a_lie_about_sizes_is_found_when_an_entry_is_read() -> None:
    content = zipped({"a.xml": b"a" * 9_000}, zipfile.ZIP_DEFLATED)
    with pytest.raises(Unreadable):
        Package(lying(content, "a.xml", size=10)).read("a.xml")


@pytest.fixture(scope="module")
def consolidated(form: Form, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch of which one report came in an archive."""
    tmp = tmp_path_factory.mktemp("gói")
    inner = put(tmp / "đơn vị", form, entry(A, {"tvpl_luot": 30})).read_bytes()
    put(tmp / "inbox", form, entry(B, {"tvpl_luot": 7}))
    archive(tmp / "inbox" / "hồ sơ.zip", bc_xlsx=inner, ghi_txt=b"note")
    outcome = run(order(tmp))
    assert outcome.summary is not None and outcome.summary.value("tvpl_luot.actual") == 37.0
    assert {one.file: one.status for one in outcome.files} == {
        "D-2.xlsx": "accepted",
        "hồ sơ.zip": "ignored",
        "hồ sơ.zip › bc.xlsx": "accepted",
        "hồ sơ.zip › ghi.txt": "rejected",
    }
    return tmp


def test_a_report_in_an_archive_counts(consolidated: Path) -> None:
    assert sorted(path.name for path in (consolidated / "inbox").iterdir()) == ["D-2.xlsx", "hồ sơ.zip"]


def test_a_figure_is_traced_into_the_archive_it_came_in(consolidated: Path) -> None:
    (origin,) = (
        one for one in trace(consolidated / "out" / "summary.xlsx", "tvpl_luot").tree.children if one.unit == A.code
    )
    assert (origin.state, origin.value, origin.now) == (State.SAME, 30.0, 30.0)
    assert origin.place.file == "../inbox/hồ sơ.zip › bc.xlsx" and origin.place.cell
