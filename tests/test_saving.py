"""Files are whole or not there; an open workbook is never written over, and nothing typed beside it is lost."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from pathlib import Path

import pytest

from consolidator import besides, saving
from consolidator.besides import (
    Standing,
    is_touched,
    open_in_excel,
    save_beside,
    standing,
    written_beside,
)
from consolidator.naming import outputs_in
from consolidator.saving import HOLDER, LOCK, hidden, is_ours, made_whole, save, save_new, staged, sweep

OLD, NEW = b"old", b"new"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = outputs_in(tmp_path, "LC-01")[0]
    found.write_bytes(OLD)
    return found


def excel_lock(path: Path, name: str = "Nguyễn Thị Tư") -> Path:
    """The lock file as Excel writes it: 165 bytes, the name once in ANSI and once in UTF-16."""
    plain = name.encode("ascii", "replace")
    content = bytes([len(plain)]) + plain.ljust(54) + len(name).to_bytes(2, "little") + name.encode("utf-16-le")
    lock = path.with_name("~$" + path.name)
    lock.write_bytes(content.ljust(165, b" "))
    return lock


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def type_into(path: Path, content: bytes, later: float = 100) -> None:
    """Saves a workbook as a person does, some time after it was written."""
    path.write_bytes(content)
    os.utime(path, (time.time() + later, time.time() + later))


def at(path: Path, minute: str, content: bytes = NEW) -> Path:
    """A workbook that a run wrote beside an output on some minute, untouched since."""
    beside = path.with_name(f"{path.stem} (mới {minute}){path.suffix}")
    beside.write_bytes(content)
    when = datetime.strptime(minute[:16], "%Hh%M %d-%m-%Y").timestamp()
    os.utime(beside, (when, when))
    return beside


def put(before: Standing, content: bytes) -> Path:
    with before.staged(content) as place:
        return place()


def written(path: Path, content: bytes) -> Path:
    return put(standing(path), content)


def test_a_file_is_written_whole_and_nothing_else_is_left(path: Path) -> None:
    save(path, NEW)
    assert (path.read_bytes(), names(path)) == (NEW, [path.name])


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(path, NEW)
    assert (path.read_bytes(), names(path)) == (OLD, [path.name])


def test_a_new_file_never_goes_over_something(path: Path) -> None:
    assert not save_new(path, NEW, path)
    assert (path.read_bytes(), names(path)) == (OLD, [path.name])
    assert save_new(path.with_name("b.xlsx"), NEW, path)
    assert path.with_name("b.xlsx").read_bytes() == NEW


def test_a_new_file_without_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert not save_new(path, NEW, path)
    assert save_new(path.with_name("b.xlsx"), NEW, path)
    assert (path.read_bytes(), names(path)) == (OLD, sorted([path.name, "b.xlsx"]))


def test_only_what_killed_runs_left_of_this_output_is_swept(path: Path) -> None:
    """Of another output in the same folder, of Excel, of LibreOffice and of people nothing goes."""
    other = outputs_in(path.parent, "LC-010")[0]
    left = [hidden(path, f"abcd123{n}.tmp") for n in range(2)]
    kept = [hidden(other, "abcd1234.tmp"), excel_lock(path), path.with_name(f".~lock.{path.name}#")]
    kept += [path.with_name(".~của tôi.tmp"), hidden(path, LOCK), hidden(path, HOLDER)]
    for one in (*left, *kept):
        one.write_bytes(b"half")
    sweep(path)
    assert names(path) == sorted([path.name, *(one.name for one in kept)])


def test_what_a_write_is_killed_in_is_swept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that `save` gives are the names that `sweep` and the folder's listing know."""
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.extend(names(path)))
    save(path, NEW)
    (temporary,) = {name for name in seen if name != path.name}
    assert is_ours(temporary)
    path.with_name(temporary).write_bytes(b"half")
    sweep(path)
    assert names(path) == [path.name]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".~lock.a.xlsx#", ".~a.tmp", "a.0123abcd.lock", "Tổng hợp LC-01.xlsx"])
def test_what_others_hide_is_not_ours(name: str) -> None:
    assert not is_ours(name)


def test_our_locks_are_ours_in_both_spellings(path: Path) -> None:
    assert is_ours(hidden(path, LOCK).name) and is_ours(hidden(path, HOLDER).name)
    apart = path.with_name("Tổng hợp LC-01.xlsx")
    assert hidden(apart, LOCK).name.rpartition(".")[0][-8:] == hidden(path, LOCK).name.rpartition(".")[0][-8:]


def test_excel_and_libreoffice_say_who_has_a_workbook_open(path: Path) -> None:
    assert open_in_excel(path) is None
    lock = excel_lock(path)
    assert open_in_excel(path) == "Nguyễn Thị Tư"
    lock.write_bytes(b"\x05Admin".ljust(55) + b"\x00\x00")
    assert open_in_excel(path) == "Admin"
    lock.write_bytes(b"")
    assert open_in_excel(path) == ""
    lock.unlink()
    office = path.with_name(f".~lock.{path.name}#")
    office.write_text(",tu,MAY-1,12.09.2023 09:31,file:///home/tu/.config/libreoffice/4;", "utf-8")
    assert open_in_excel(path) == "tu"
    office.write_text("Trần Văn Năm,nam,MAY-2,12.09.2023 09:31,file:///x;", "utf-8")
    assert open_in_excel(path) == "Trần Văn Năm"


def test_on_windows_a_lock_that_a_crash_left_is_not_believed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    excel_lock(path)
    monkeypatch.setattr(besides, "_is_left_over", lambda path: True)
    assert open_in_excel(path) is None


def test_a_closed_workbook_is_written_itself(path: Path) -> None:
    assert save_beside(path, NEW) == path
    assert (path.read_bytes(), names(path)) == (NEW, [path.name])


def test_an_open_workbook_is_written_beside(path: Path) -> None:
    excel_lock(path)
    first, second = save_beside(path, NEW), save_beside(path, b"newer")
    assert (path.read_bytes(), first.read_bytes(), second.read_bytes()) == (OLD, NEW, b"newer")
    assert written_beside(path) == [first, second]
    assert not is_touched(first) and not is_touched(second)


def test_one_that_refuses_is_written_beside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: a program that holds it open leaves no lock file, or nobody may see it."""

    def refusing(target: Path, content: bytes) -> None:
        raise PermissionError(13, "Access is denied", str(target))

    monkeypatch.setattr(besides, "save", refusing)
    beside = save_beside(path, NEW)
    assert (path.read_bytes(), beside.read_bytes()) == (OLD, NEW)


def test_besides_come_in_the_order_of_their_times_and_only_of_this_output(path: Path) -> None:
    """Days before minutes, 10 after 9; what was put aside, names alike and impossible times are others."""
    stamps = ("17h02 30-09-2023", "09h31 01-10-2023", "09h31 01-10-2023, 2", "09h31 01-10-2023, 10", "00h00 01-01-2024")
    made = [at(path, stamp) for stamp in reversed(stamps)][::-1]
    for name in (
        "Tổng hợp LC-01 (mới 09h31 01-10-2023) (đã gộp).xlsx",
        "Tổng hợp LC-010 (mới 09h31 01-10-2023).xlsx",
        "Tổng hợp LC-01 (mới 99h31 01-10-2023).xlsx",
        "Tổng hợp LC-01 (mới 09h31 01-10-2023).docx",
        "Tổng hợp LC-01 (mới).xlsx",
    ):
        path.with_name(name).write_bytes(b"")
    assert written_beside(path) == made


def test_a_beside_in_decomposed_spelling_is_known(path: Path) -> None:
    """macOS gives names back taken apart."""
    from unicodedata import normalize

    beside = at(path, "09h31 01-10-2023")
    apart = beside.rename(beside.with_name(normalize("NFD", beside.name)))
    assert written_beside(path) == [apart] and not is_touched(apart)


def test_what_was_typed_anywhere_is_read_in_the_order_of_saving(path: Path) -> None:
    untouched, touched, last = at(path, "09h31 01-10-2023"), at(path, "09h32 01-10-2023"), at(path, "09h33 01-10-2023")
    type_into(last, b"typed", 100)
    type_into(path, b"typed", 200)
    type_into(touched, b"typed", 300)
    now = standing(path)
    assert (now.besides, now.typed) == ((untouched, touched, last), (last, path, touched))


def test_besides_are_put_aside_once_the_output_itself_is_written(path: Path) -> None:
    first, second = at(path, "09h31 01-10-2023", b"1"), at(path, "09h32 01-10-2023", b"2")
    aside = path.with_name(f"{second.stem} (đã gộp).xlsx")
    aside.write_bytes(b"before")
    assert written(path, NEW) == path
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == {
        path.name: NEW,
        f"{first.stem} (đã gộp).xlsx": b"1",
        aside.name: b"before",
        f"{second.stem} (đã gộp, 2).xlsx": b"2",
    }
    assert (standing(path).besides, standing(path).typed) == ((), (path,))


def test_while_the_output_is_open_besides_stay(path: Path) -> None:
    first = at(path, "09h31 01-10-2023")
    excel_lock(path)
    made = written(path, NEW)
    assert written_beside(path) == [first, made] and path.read_bytes() == OLD


def test_what_is_saved_while_a_run_is_at_work_is_not_written_over(path: Path) -> None:
    """In the output: the new one stands beside it. In a workbook beside it: that is read by the next run."""
    first = at(path, "09h31 01-10-2023")
    before = standing(path)
    type_into(first, b"typed meanwhile")
    assert put(before, NEW) == path
    assert standing(path).typed == (path, first)
    before = standing(path)
    type_into(path, b"typed meanwhile", 200)
    written = put(before, b"newer")
    assert written != path
    assert (path.read_bytes(), written.read_bytes()) == (b"typed meanwhile", b"newer")


def test_an_output_that_was_not_there_and_is_there_now_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    before = standing(path)
    assert (before.besides, before.typed) == ((), ())
    path.write_bytes(OLD)
    assert put(before, NEW) != path
    assert path.read_bytes() == OLD


def test_the_summary_s_temporary_name_fits_a_long_one(tmp_path: Path) -> None:
    path = tmp_path / ("Tổng hợp " + "ở" * 75 + ".xlsx")
    save(path, NEW)
    assert names(path) == [path.name]
    assert saving.hidden(path, LOCK).name != saving.hidden(path.with_name("ơ" + path.name[1:]), LOCK).name


WRITES = re.compile(
    r"""open\([^)\n]*["'][wxa]b?\+?["']|write_text\(|write_bytes\(|os\.(replace|rename|link)\("""
    r"|\.(rename|replace)\(path\)|\.rename\(|shutil\.(copy|move)"
)
ELSEWHERE = {
    "saving": 99, "besides": 1, "csvfile": 1, "dataset": 1, "installer": 9, "formproof": 3, "isolation": 1,
    "printing": 1,
}  # fmt: skip
"""Lines that write otherwise: the one place of writing; workbooks put aside; under a hidden name; in folders of their
own, gone at the end; nowhere."""


def test_nothing_is_written_in_another_way() -> None:
    """Every file of ours is written whole or not at all; libraries write into memory, or under a hidden name."""
    package = Path(saving.__file__).parent
    for path in sorted(package.glob("*.py")):
        lines = [line for line in path.read_text("utf-8").splitlines() if WRITES.search(line)]
        assert len(lines) <= ELSEWHERE.get(path.stem, 0), (path.name, lines)


@pytest.mark.parametrize("fails", ["fsync", "chmod", "replace"])
def test_an_error_names_the_file_and_leaves_nothing(fails: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, refuse)
    with pytest.raises(OSError, match="No space") as refused:
        save(path, NEW)
    assert (refused.value.filename, path.read_bytes(), names(path)) == (str(path), OLD, [path.name])


def test_what_is_staged_and_not_placed_leaves_nothing(path: Path) -> None:
    with staged(path, NEW):
        assert len(names(path)) == 2 and path.read_bytes() == OLD
    assert (path.read_bytes(), names(path)) == (OLD, [path.name])


def test_what_a_library_writes_is_whole_or_not_there(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), made_whole(path) as made:
        made.write_bytes(b"half")
        raise ZeroDivisionError
    assert (path.read_bytes(), names(path)) == (OLD, [path.name])
    with made_whole(path) as made:
        made.write_bytes(NEW)
    assert (path.read_bytes(), names(path)) == (NEW, [path.name])


def test_a_folder_that_cannot_be_looked_into_takes_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.open

    def blind(name: object, flags: int, *more: int, **kinds: int) -> int:
        if flags & os.O_DIRECTORY:
            raise PermissionError(13, "Permission denied")
        return plain(name, flags, *more, **kinds)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", blind)
    save(path, NEW)
    assert path.read_bytes() == NEW
