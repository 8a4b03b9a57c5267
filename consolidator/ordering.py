"""What a batch is asked to do, and what it finds in the folder: the order, its outputs guarded, the files read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from consolidator.booknames import REPORT
from consolidator.engine import Engine, Task
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.holding import PATIENCE
from consolidator.inbox import list_folder
from consolidator.isolation import HERE, read_all
from consolidator.naming import data_beside
from consolidator.opening import document_of
from consolidator.outcome import FileOutcome
from consolidator.previous import Earlier
from consolidator.progress import Progress, counter
from consolidator.recalling import recalled
from consolidator.rulebook import load
from consolidator.stores import Remote, Where
from consolidator.unit import Roster, Unit


class CannotRun(Exception):
    """A batch that cannot be run as asked; the message is for the person who asked (Vietnamese)."""


WRITING = "Ghi sổ tổng hợp và báo cáo kiểm tra"
"""The step from which on files are written: nobody may stop a run there."""


@dataclass(frozen=True)
class Order:
    """What a batch is asked to do. `form` and `period` may be left open: then the files decide.

    Attributes:
        extra: further files to read, which lie below the folder: summaries of units that have folders there.
        folders: what is to be said of folders in the folder, by name, instead of that they are not read.
        patience: seconds to wait for another run on the same summary.
        decisions_path: the workbook in which staff decide; None for the one beside the report.
        returns_path: the folder for letters and marked copies; None where none are wanted.
        engine: who reads the files.
        data: the folder for the Parquet data of a large audit; None where one is made only if it must be.
    """

    folder: Where
    roster: Roster
    roster_path: Path
    parent: str
    summary_path: Path
    report_path: Path
    form: str = ""
    period: str = ""
    strict: bool = False
    previous: Mapping[str, Earlier] = field(default_factory=dict)
    extra: Sequence[Path] = ()
    folders: Mapping[str, Finding] = field(default_factory=dict)
    patience: float = PATIENCE
    decisions_path: Path | None = None
    returns_path: Path | None = None
    engine: Engine = HERE
    data: Where | None = None

    @property
    def local_folder(self) -> Path:
        """The folder, where it must be one of this computer. Raises CannotRun."""
        if isinstance(self.folder, Remote):
            raise CannotRun(
                f"“{self.folder}” không phải thư mục trên máy này: chỉ lệnh run, không --recursive, đọc được."
            )
        return self.folder

    @property
    def decisions_place(self) -> Path:
        """Where staff decide: beside the report unless asked otherwise."""
        return self.decisions_path or self.report_path.with_name("decisions.xlsx")

    @property
    def data_place(self) -> Where:
        """Where the data of an audit go: beside the summary unless asked otherwise."""
        return self.data or data_beside(self.summary_path)


def parent_of(order: Order) -> Unit:
    """The unit that consolidates. Raises CannotRun for a code that the roster does not have."""
    if order.parent not in order.roster.units:
        raise CannotRun(f"Mã đơn vị tổng hợp “{order.parent}” không có trong danh sách đơn vị.")
    return order.roster.units[order.parent]


def guard_outputs(order: Order) -> None:
    """Only a report of an earlier run may be written over, never the list of units or somebody's workbook.

    Raises CannotRun.
    """
    path = order.report_path
    if order.decisions_place.resolve() in (path.resolve(), order.summary_path.resolve()):
        raise CannotRun("Sổ quyết định phải là một tệp khác với --out và --report.")
    if path.resolve() == order.summary_path.resolve():
        raise CannotRun("--out và --report phải là hai tệp khác nhau.")
    if path.exists() and recalled(document_of, path, order.engine.readings) != REPORT:
        raise CannotRun(
            f"“{path}” đã có nhưng không phải báo cáo kiểm tra do chương trình lập ra; "
            "đổi tên tệp đó hoặc chọn --report khác."
        )


def gathered(order: Order, progress: Progress) -> tuple[list[FileOutcome], list[FileOutcome]]:
    """(files read, things passed over by name). Raises CannotRun where there is no such folder."""
    tasks, passed_over = listed(order)
    return read_all(tasks, counter("Đọc tệp", len(tasks), progress), order.engine), passed_over


def listed(order: Order) -> tuple[list[Task], list[FileOutcome]]:
    """(files to read, things passed over by name). Raises CannotRun where there is no such folder."""
    if isinstance(order.folder, Path) and not order.folder.is_dir():
        raise CannotRun(f"Không có thư mục “{order.folder}”.")
    outputs = [order.summary_path, order.report_path, order.decisions_place]
    outputs += [path for path in (order.returns_path, order.data_place) if isinstance(path, Path)]
    try:
        tasks, passed_over = list_folder(order.folder, outputs, order.roster_path)
    except FileNotFoundError as error:
        raise CannotRun(f"Không có thư mục “{order.folder}”.") from error
    tasks += [(path, path.relative_to(order.local_folder).as_posix()) for path in order.extra]
    for entry in passed_over:
        name = Path(entry.path).name
        if name in order.folders:
            entry.findings = [order.folders[name]]
    return tasks, passed_over


def form_and_period(order: Order, files: Sequence[FileOutcome]) -> tuple[Form, str]:
    """The regime and period of the batch: as ordered, else what most files declare. Raises CannotRun."""
    form, period = _chosen(order, files)
    if order.period and period != form.period.id:
        raise CannotRun(
            f"Biểu mẫu “{form.name}” là của kỳ {form.period.id}, không phải {period}: sửa hoặc bỏ --period."
        )
    return form, period


def _chosen(order: Order, files: Sequence[FileOutcome]) -> tuple[Form, str]:
    """The same, whether the form is of that period or not."""
    declared = Counter(
        (file.submission.view.form.id, file.submission.period) for file in files if file.submission is not None
    )
    if order.form and order.period:
        return load(order.form), order.period
    wanted = [(pair, n) for pair, n in declared.most_common() if order.form in ("", pair[0])]
    if not wanted:
        if order.form:
            form = load(order.form)
            return form, order.period or form.period.id
        raise CannotRun("Trong thư mục không có báo cáo nào đúng biểu mẫu; ghi rõ --form để vẫn lập sổ tổng hợp.")
    if len(wanted) > 1 and wanted[0][1] == wanted[1][1]:
        raise CannotRun("Thư mục lẫn nhiều biểu mẫu hoặc nhiều kỳ ngang nhau; ghi rõ --form và --period.")
    (form_id, period), _ = wanted[0]
    return load(form_id), order.period or period
