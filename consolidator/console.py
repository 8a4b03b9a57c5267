"""What every command shares: exit codes, refusals, progress, the list of units, the closing lines of a batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consolidator.visible import visible

if TYPE_CHECKING:
    from consolidator.finding import Finding
    from consolidator.outcome import Outcome
    from consolidator.previous import Earlier
    from consolidator.progress import Progress
    from consolidator.unit import Roster

NAMED = 3
"""Units named in the closing lines; the report names all."""
CLEAN, ERRORS, CANNOT = 0, 1, 2
"""Exit codes: nothing wrong, errors in the input, could not run."""


def earlier_of(path: Path | None) -> dict[str, Earlier]:
    """Earlier reports by unit code; none if no path was given."""
    from consolidator.previous import earlier_reports

    if path is None:
        return {}
    if not path.exists():
        raise FileNotFoundError(2, "không có tệp hoặc thư mục này", str(path))
    return earlier_reports(path)


def roster_and_findings(path: Path) -> tuple[Roster, list[Finding]]:
    """The roster and what is wrong with it, read where a file that kills its reader kills nothing else."""
    from consolidator.isolation import apart
    from consolidator.roster import read_roster
    from consolidator.unit import Roster
    from consolidator.wording import tell

    return apart(read_roster, path) or (Roster(), [tell("file-crashed")])


def roster_at(path: Path) -> Roster | None:
    """The roster, or None after saying what is wrong with it."""
    from consolidator.finding import errors_in
    from consolidator.wording import message_of

    if not path.is_file():
        raise FileNotFoundError(2, "không có tệp này", str(path))
    roster, findings = roster_and_findings(path)
    for finding in findings:
        refuse(f"{path} {finding.place.cell}: {message_of(finding)}")
    return None if errors_in(findings) else roster


def unknown_form(form_id: str) -> str:
    """What to say of a form that does not exist; "" for one that does."""
    from consolidator.rulebook import form_ids

    known = form_ids()
    return "" if form_id in known else f"Không có biểu mẫu “{form_id}”. Các biểu mẫu hiện có: {', '.join(known)}."


def missing_of(paths: Sequence[Path]) -> str:
    """What to say of the first path that does not exist; "" where all do."""
    gone = [path for path in paths if not path.exists()]
    return f"Không có tệp hoặc thư mục “{gone[0]}”." if gone else ""


def print_outcome(outcome: Outcome) -> None:
    own = f" ở báo cáo, {outcome.summary_errors} lỗi ở sổ tổng hợp" if outcome.summary_errors else ""
    show(
        f"{outcome.parent.name}: {len(outcome.files)} tệp = {outcome.count('accepted')} nhận"
        f" + {outcome.count('rejected')} loại + {outcome.count('ignored')} bỏ qua;"
        f" thiếu {len(outcome.missing)}/{len(outcome.expected)} đơn vị; {outcome.file_errors} lỗi{own}."
    )
    show(f"  Sổ tổng hợp: {outcome.summary_file}{' (TẠM TÍNH)' if outcome.provisional else ''}")
    show(f"  Báo cáo kiểm tra: {outcome.report_file}")
    if letters := sum(bool(one.letter) for one in outcome.returns):
        show(f"  Thư trả lời {letters} đơn vị: {outcome.returns_folder}")
    if outcome.data:
        show(f"  Số liệu từng đơn vị (Parquet): {outcome.data}")
    if steps := list(_next_steps(outcome)):
        show(f"  Việc tiếp theo: {'; '.join(steps)}. Mở báo cáo kiểm tra, trang “Tổng quan”.")


def _next_steps(outcome: Outcome) -> Iterator[str]:
    """What a person has to do before the summary is whole; few words, whatever the size of the batch."""
    if outcome.waiting:
        yield f"quyết định {len(outcome.waiting)} đơn vị có nhiều tệp"
    if silent := outcome.silent:
        named = ", ".join(unit.name for unit in silent[:NAMED]) + ", …" * (len(silent) > NAMED)
        yield f"đôn đốc {len(silent)} đơn vị còn thiếu ({named})"
    if wrong := sum(file.errors > 0 for file in outcome.counted):
        yield f"trả lại {wrong} báo cáo còn lỗi để đơn vị sửa"


def show(text: object) -> None:
    """Prints a line; names of files and texts of people cannot do anything to the terminal."""
    print(visible(str(text)), flush=True)


def refuse(message: str) -> int:
    """Says why something cannot be run; the exit code for that."""
    print(visible(message), file=sys.stderr)
    return CANNOT


@contextmanager
def progress_bar(is_quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on a terminal, with what is going on and the time left; silence elsewhere."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
