"""Commands that write for people who do not consolidate: the report in Word, a form in Excel."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from consolidator.console import CANNOT, CLEAN, ERRORS, missing_of, refuse, show, unknown_form

if TYPE_CHECKING:
    from consolidator.formfound import Read
    from consolidator.grid import Grid
    from consolidator.refreshing import Refreshed
    from consolidator.submission import Submission

NEEDS_WORD = (
    'Lệnh này cần thư viện python-docx, máy này chưa cài. Cài bằng lệnh: python -m pip install "consolidator[word]"'
)

_SHOWN = 30
"""Changed figures told at most; a screen holds no more."""
NEW_INDICATORS = "chi-tieu-moi.toml"
"""The file that new indicators are written to, beside the folder of the form."""


def draft_command(options: argparse.Namespace) -> int:
    """Writes the draft of the written report, or renews its figures. Returns the exit code."""
    if not (find_spec("docx") and find_spec("lxml")):  # optional: said kindly, before anything is read
        return refuse(NEEDS_WORD)
    from consolidator.saving import save_alone

    out: Path = options.out
    if out.suffix.lower() != ".docx":
        return refuse(f"Tên tệp “{out}” phải có đuôi .docx.")
    if options.refresh and not out.is_file():
        return refuse(f"Không có bản dự thảo “{out}” để cập nhật. Bỏ --refresh để lập bản mới.")
    if not options.refresh and out.exists():
        return refuse(f"Đã có tệp “{out}”. Thêm --refresh để chỉ cập nhật số liệu trong đó, hoặc chọn tên khác.")
    summary = _summary(options.summary)
    if summary is None:
        return CANNOT
    if options.refresh:
        from consolidator.refreshing import refreshed

        done = refreshed(out.read_bytes(), summary)
        content, code = done.content, ERRORS if done.kept or done.unknown else CLEAN
        save_alone(out, content)
        _tell_refreshed(out, done)
    else:
        from consolidator.drafting import draft
        from consolidator.wordfile import word_file

        made = draft(summary)
        content, code = word_file(made), CLEAN
        save_alone(out, content)
        missing = sum(one.missing for one in made.fills())
        show(f"Đã ghi bản dự thảo “{out}”. Còn {missing} chỗ chưa có số liệu, tô vàng trong bản thảo.")
    return _print(out, content) or code if options.pdf else code


def form_command(options: argparse.Namespace) -> int:
    """Writes a form as a workbook, or a workbook as a form. Returns the exit code."""
    return _export(options) if options.what == "export" else _import(options)


def _export(options: argparse.Namespace) -> int:
    from consolidator.formexport import export
    from consolidator.saving import save_alone

    if unknown := unknown_form(options.source):
        return refuse(unknown)
    if options.file is None or options.file.suffix.lower() != ".xlsx":
        return refuse("Ghi rõ sổ sẽ ghi, đuôi .xlsx: consolidator form export BIỂU_MẪU SỔ.xlsx")
    if options.file.exists():
        return refuse(f"Đã có tệp “{options.file}”. Chọn tên khác để không mất phần đã sửa trong đó.")
    save_alone(options.file, export(options.source))
    show(f"Đã ghi biểu mẫu {options.source} vào “{options.file}”. Sửa xong thì chạy: consolidator form import.")
    return CLEAN


def _import(options: argparse.Namespace) -> int:
    from consolidator.formproof import import_form
    from consolidator.isolation import apart

    path = Path(options.source)
    if missing := missing_of([path]):
        return refuse(missing)
    grid = apart(_grid_of, path)
    if grid is None or isinstance(grid, str):
        return refuse(f"{path}: {grid or 'tệp làm hỏng chương trình đọc, không dùng được.'}")
    done = import_form(grid)
    for one in done.mistakes:
        show(f"  Lỗi [{one.sheet}{'!' if one.cell else ''}{one.cell}] {one.text}")
    if done.mistakes:
        show(f"{len(done.mistakes)} chỗ phải sửa; chưa ghi gì. Sửa trong “{path.name}”, lưu rồi chạy lại.")
        return ERRORS
    if options.out is None:
        show(f"Biểu mẫu {done.form_id} không có lỗi. Thêm --out THƯ_MỤC để ghi ra văn bản nguồn (thư mục rules).")
        return CLEAN
    _write_form(options.out, done)
    return CLEAN


def _grid_of(path: Path) -> Grid | str:
    """The cells of a workbook, or why it cannot be read: somebody may have mailed it."""
    from consolidator.finding import Place
    from consolidator.grid import Unreadable, read_grid
    from consolidator.opening import snapshot
    from consolidator.wording import message_of, tell

    try:
        return read_grid(snapshot(path))
    except Unreadable as error:
        return message_of(tell(error.code, Place(file=str(path)), **error.facts))


def _write_form(out: Path, done: Read) -> None:
    """The files of a form; new indicators in a file of their own, for the library that all forms share."""
    from consolidator.formproof import added_text
    from consolidator.formschema import FILES
    from consolidator.saving import save_alone

    folder, texts = out / done.form_id, done.texts()
    for name, text in texts.items():
        save_alone(folder / name, text.encode())
        show(f"Đã ghi “{folder / name}”.")
    for name in FILES:
        if name not in texts and (folder / name).exists():
            refuse(f"“{folder / name}” không còn nội dung trong sổ: xóa tệp này nếu đúng là bỏ.")
    if done.added:
        path = out / NEW_INDICATORS
        save_alone(path, added_text(done.added).encode())
        show(f"Đã ghi {len(done.added)} chỉ tiêu mới vào “{path}”: chép các dòng này vào rules/shared/indicators.toml.")


def _summary(path: Path) -> Submission | None:
    """The report in a workbook; None, and why said, for a file that is none."""
    from consolidator.isolation import read_all
    from consolidator.wording import message_of

    (file,) = read_all([(path.resolve(), path.name)])
    if file.submission is None:
        refuse(f"Không lập được báo cáo từ “{path}”: {message_of(file.findings[0])}")
    return file.submission


def _print(out: Path, content: bytes) -> int:
    from consolidator.printing import CannotPrint, as_pdf
    from consolidator.saving import save_alone

    pdf = out.with_suffix(".pdf")
    try:
        save_alone(pdf, as_pdf(content))
    except CannotPrint as error:
        return refuse(str(error))
    show(f"Đã ghi “{pdf}”.")
    return CLEAN


def _tell_refreshed(out: Path, done: Refreshed) -> None:
    show(f"Đã cập nhật {len(done.changed)} số liệu trong “{out}”; lời văn giữ nguyên.")
    lines = [f"  {label}: {old.strip()} -> {new.strip()}" for label, old, new in done.changed.values()]
    lines = list(dict.fromkeys(lines))  # a figure stands in a sentence and in an appendix
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"  … và {len(lines) - _SHOWN} số liệu nữa."]
    for line in lines:
        show(line)
    for one in done.kept:
        refuse(
            f"  Giữ nguyên chỗ đã sửa tay: {one.label}: bản thảo ghi “{one.stands.strip()}”, lần trước máy ghi "
            f"“{one.written.strip()}”, sổ tổng hợp nay là “{one.now.strip()}”. Xem lại và sửa nếu cần."
        )
    for key in done.unknown:
        refuse(f"  Không còn trong biểu mẫu, giữ nguyên: {key}.")
    for label in done.unplaced:
        refuse(f"  Số liệu mới chỉ có ở phụ lục, chưa có trong lời văn: {label}.")
