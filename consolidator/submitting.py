"""What the button "Nộp báo cáo" does: a copy of the open workbook, checked as it will be on arrival, and sealed."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path

from consolidator import deskwords as words
from consolidator.booknames import FIXES, RESULTS
from consolidator.desk import Desk, Obstacle
from consolidator.finding import errors_in
from consolidator.grid import Grid, Unreadable, read_grid
from consolidator.marking import clear, understood
from consolidator.opening import snapshot
from consolidator.saving import save
from consolidator.sealing import Unsealable, sealed
from consolidator.submission import Submission
from consolidator.wording import FINAL, message_of, refusal_words

SUFFIX = ".xlsx"
COPY = "ban-sao" + SUFFIX
BROKEN_SEAL = "seal-broken"


def submit(desk: Desk, when: datetime) -> str:
    """Saves a sealed copy in a folder the clerk chooses; the open workbook stays as it is. Raises Obstacle.

    The copy is read back from its bytes, as the level above will read it: what stands in the file counts.
    """
    if Path(desk.book.name).suffix.lower() != SUFFIX:
        raise Obstacle("not-xlsx", name=desk.book.name)
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        copy = Path(folder) / COPY
        content, grid = _clean_copy(desk, copy)
    examined = understood(grid)
    submission = examined.submission
    findings = [finding for finding in examined.findings if finding.code != BROKEN_SEAL]  # it gets a new one here
    if errors := errors_in(findings):
        text = message_of(findings[0], submission.view.form)
        raise Obstacle("still-errors", count=str(errors), results=RESULTS, text=text)
    home = Path(desk.book.api.FullName).parent
    chosen = desk.ask_folder(words.SUBMIT_FOLDER, str(home) if home.is_dir() else "")
    if chosen is None:
        return ""
    stamp = f"{when:%H:%M:%S %d/%m/%Y}"
    try:
        content, digest = sealed(content, submission, stamp)
    except Unsealable as error:
        raise Obstacle("no-seal") from error
    path = _free(Path(chosen), standard_name(submission, when))
    try:
        save(path, content)
    except OSError as error:
        raise Obstacle("cannot-write", file=str(path), reason=refusal_words(error)) from error
    return words.SUBMITTED.format(path=path, when=stamp, digest=digest[:8])


def standard_name(submission: Submission, when: datetime) -> str:
    """Name of a copy handed in: unit, form, period, version and time; letters that every system takes."""
    version = "chinh-thuc" if submission.meta.get("meta.version") == FINAL else "du-thao"
    parts = (submission.unit, submission.view.form.id, submission.period, version, f"{when:%Y%m%d-%H%M}")
    return "_".join(re.sub(r"[^\w-]+", "-", part, flags=re.ASCII).strip("-")[:40] or "x" for part in parts)


def _clean_copy(desk: Desk, copy: Path) -> tuple[bytes, Grid]:
    """Bytes of the open workbook as it stands, without our marks and sheets, and its cells. Raises Obstacle."""
    desk.save_copy(str(copy))
    if desk.sheet(RESULTS) is not None or desk.sheet(FIXES) is not None:
        _without_ours(desk, copy)
    try:
        content = snapshot(copy)
        return content, read_grid(content)
    except Unreadable as error:
        raise Obstacle("no-copy") from error


def _without_ours(desk: Desk, copy: Path) -> None:
    """Opens the copy, not the clerk's workbook, to take marks and our sheets out of it."""
    with desk.still():
        book = desk.app.books.open(str(copy))
        try:
            other = Desk(desk.app, book)
            clear(other)
            other.drop_sheet(FIXES)
            book.save()
        finally:
            book.close()
            desk.book.activate()


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that nothing has yet: an earlier copy is never written over."""
    for number in range(1, 1000):
        path = folder / (f"{name}{SUFFIX}" if number == 1 else f"{name}-{number}{SUFFIX}")
        if not path.exists():
            return path
    raise Obstacle("no-copy")
