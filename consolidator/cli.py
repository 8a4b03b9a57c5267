"""The command `consolidator`: what the IT person of a province types. Heavy modules load when a command runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from consolidator import __version__, batchcommands, commands, console, datacommands, writtencommands
from consolidator.memory import seldom_look_for_garbage
from consolidator.naming import RETURNS
from consolidator.options import Options
from consolidator.stores import where

_REFUSALS = (
    "CannotDraft",
    "CannotPack",
    "CannotReach",
    "CannotRun",
    "CannotSplit",
    "CannotTrace",
    "Held",
    "NoCluster",
    "RulebookError",
)
"""Exceptions whose message is for the person at the screen; named, not imported, so that nothing heavy loads."""
ADDIN = {
    "build": "dựng congdoan.xlam từ mã nguồn",
    "install": "cài cho người dùng này",
    "uninstall": "gỡ khỏi máy của người dùng này",
    "doctor": "tự kiểm tra, nói rõ điều gì sai",
    "installer": "dựng bộ cài cho Windows (cần makensis, mã nguồn và mạng)",
}
"""What `addin` can be asked to do."""
FORM_WORK = {"export": "ghi biểu mẫu ra sổ Excel để sửa", "import": "kiểm tra sổ đã sửa, ghi lại thành văn bản nguồn"}
"""What `form` can be asked to do."""
ENGINES = ("local", "dask")
"""Where `run` can read files."""
Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
"""Adds a command: its name, what it does, what it is for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    seldom_look_for_garbage()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Windows consoles default to a code page without Vietnamese
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except KeyboardInterrupt:
        return console.refuse("Đã dừng theo yêu cầu; chưa ghi tệp nào dở dang.")
    except BrokenPipeError:
        return console.CANNOT
    except PermissionError as error:
        why = f"Không ghi được “{error.filename}”: tệp đang mở trong Excel hoặc thư mục không cho ghi."
        return console.refuse(" ".join([why, *getattr(error, "__notes__", ())]))
    except OSError as error:
        from consolidator.wording import refusal_words

        why = f"Không làm việc được với “{error.filename or ''}”: {refusal_words(error)}."
        return console.refuse(" ".join([why, *getattr(error, "__notes__", ())]))
    except Exception as error:
        if type(error).__name__ in _REFUSALS:
            return console.refuse(str(error))
        raise


def _parser() -> argparse.ArgumentParser:
    parser = Options(
        prog="consolidator",
        description="Phát biểu mẫu, kiểm tra và tổng hợp báo cáo công đoàn bằng Excel.",
        epilog="Mã thoát: 0 không có lỗi; 1 số liệu đầu vào có lỗi; 2 không chạy được.",
    )
    parser.add_argument("--version", action="version", version=__version__, help="in số phiên bản rồi thoát")
    entries = parser.add_subparsers(title="lệnh", required=True, metavar="LỆNH")

    def command(name: str, does: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        one = entries.add_parser(name, help=text, description=text)
        one.set_defaults(command=does)
        return one

    _first_commands(command)
    _batch_commands(command)
    _looking_back(command)
    _written_commands(command)
    _other_commands(command)
    return parser


def _first_commands(command: Command) -> None:
    """What comes before a batch: blank workbooks, a look at files."""
    one = command("issue", commands.issue_command, "Phát biểu mẫu trống cho từng đơn vị trong danh sách.")
    one.add_argument("form", metavar="BIỂU_MẪU", help="mã chế độ báo cáo, xem lệnh forms")
    one.add_argument("--units", type=Path, required=True, metavar="DANH_SÁCH", help="danh sách đơn vị (units.xlsx)")
    one.add_argument("--out", type=Path, required=True, metavar="THƯ_MỤC", help="thư mục để ghi các sổ")
    one.add_argument("--parent", metavar="MÃ", help="chỉ phát cho đơn vị này và các đơn vị trực thuộc nó")
    one.add_argument("--previous", type=Path, metavar="KỲ_TRƯỚC", help="sổ tổng hợp hoặc thư mục báo cáo kỳ trước")

    one = command("check", commands.check_command, "Kiểm tra một hay nhiều sổ báo cáo.")
    one.add_argument("paths", nargs="+", type=Path, metavar="TỆP", help="tệp hoặc thư mục")
    one.add_argument("--json", action="store_true", help="in kết quả dạng JSON")


def _batch_commands(command: Command) -> None:
    """Consolidating, once or whenever something comes."""
    one = command(
        "run", batchcommands.run_command, "Tổng hợp một thư mục báo cáo thành sổ tổng hợp và báo cáo kiểm tra."
    )
    _order_options(one)
    one.add_argument("--fresh", action="store_true", help="đọc lại mọi tệp, kể cả tệp không đổi từ lần chạy trước")
    one.add_argument("--flat", action="store_true", help="cùng --recursive: cộng lại thẳng từ cơ sở để đối chiếu")
    one.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        metavar="NƠI_TÍNH",
        help="local: máy này (mặc định); dask: một cụm máy, cần cài consolidator[dask]",
    )
    one.add_argument(
        "--scheduler",
        default="",
        metavar="ĐỊA_CHỈ",
        help="máy điều phối Dask, ví dụ tcp://10.0.0.1:8786 (mặc định: cụm trên máy này)",
    )
    one.add_argument(
        "--data",
        type=where,
        metavar="THƯ_MỤC",
        help="ghi số liệu từng đơn vị thành Parquet ở đây (thư mục chung hoặc s3://…), sổ tổng hợp chỉ có số tổng",
    )
    how = one.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
    how.add_argument("--quiet", action="store_true", help="không in gì khi chạy được; xem mã thoát và báo cáo kiểm tra")

    one = command("watch", datacommands.watch_command, "Theo dõi thư mục và tổng hợp lại mỗi khi có báo cáo mới.")
    _order_options(one)
    one.add_argument(
        "--settle", type=float, default=2.0, metavar="GIÂY", help="đợi bấy nhiêu giây yên lặng (mặc định: 2)"
    )
    one.add_argument("--poll", action="store_true", help="tự dò thay đổi, dùng cho thư mục chia sẻ qua mạng")


def _looking_back(command: Command) -> None:
    """Earlier periods, and where figures come from."""
    one = command("history", datacommands.history_command, "Hỏi một chỉ tiêu qua các kỳ đã tổng hợp.")
    one.add_argument("ref", nargs="?", metavar="CHỈ_TIÊU", help="mã chỉ tiêu, ví dụ tvpl_luot hoặc tvpl_luot.ytd")
    one.add_argument(
        "--in", dest="folder", type=Path, default=Path(), metavar="THƯ_MỤC", help="thư mục có sổ tổng hợp (mặc định: .)"
    )
    one.add_argument("--unit", nargs="+", metavar="MÃ", help="chỉ các đơn vị này")
    how = one.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
    how.add_argument("--csv", type=Path, metavar="TỆP", help="ghi ra tệp CSV thay vì in")
    how.add_argument("--rebuild", nargs="+", type=Path, metavar="SỔ", help="lập lại lịch sử từ các sổ tổng hợp")

    one = command("trace", batchcommands.trace_command, "Cho biết một con số của sổ tổng hợp từ đâu mà có.")
    one.add_argument("summary", type=Path, metavar="SỔ", help="sổ tổng hợp (hoặc báo cáo của một đơn vị)")
    one.add_argument("ref", metavar="CHỈ_TIÊU", help="mã chỉ tiêu, ví dụ tvpl_luot hoặc tvpl_luot.actual")
    one.add_argument("--json", action="store_true", help="in kết quả dạng JSON")


def _order_options(one: argparse.ArgumentParser) -> None:
    """What a batch is asked to do, once or again and again."""
    one.add_argument("folder", type=where, metavar="THƯ_MỤC", help="thư mục chứa báo cáo của các đơn vị")
    one.add_argument("--units", type=Path, required=True, metavar="DANH_SÁCH", help="danh sách đơn vị (units.xlsx)")
    one.add_argument("--parent", required=True, metavar="MÃ", help="mã đơn vị tổng hợp")
    one.add_argument("--out", type=Path, metavar="SỔ", help="sổ tổng hợp sẽ ghi (.xlsx)")
    one.add_argument("--report", type=Path, metavar="BÁO_CÁO", help="báo cáo kiểm tra sẽ ghi (.xlsx)")
    one.add_argument("--recursive", action="store_true", help="tổng hợp cả cây thư mục, từ cấp dưới lên")
    one.add_argument("--form", default="", metavar="BIỂU_MẪU", help="mã chế độ báo cáo (mặc định: theo các tệp)")
    one.add_argument("--period", default="", metavar="KỲ", help="kỳ báo cáo, ví dụ 2023-Q3 (mặc định: theo các tệp)")
    one.add_argument("--strict", action="store_true", help="không đưa đơn vị còn lỗi vào tổng hợp")
    one.add_argument("--previous", type=Path, metavar="KỲ_TRƯỚC", help="sổ tổng hợp kỳ trước, để so sánh")
    one.add_argument(
        "--decisions", type=Path, metavar="SỔ", help="sổ quyết định (mặc định: decisions.xlsx cạnh báo cáo)"
    )
    one.add_argument(
        "--returns",
        nargs="?",
        type=Path,
        const=False,  # wanted, and nothing said of where
        metavar="THƯ_MỤC",
        help=f"lập thư trả lời và bản đánh dấu cho từng đơn vị (mặc định: {RETURNS} cạnh sổ tổng hợp)",
    )


def _written_commands(command: Command) -> None:
    """What is read rather than worked in: the written report."""
    one = command("draft", writtencommands.draft_command, "Lập bản dự thảo báo cáo bằng Word từ sổ tổng hợp.")
    one.add_argument("summary", type=Path, metavar="SỔ", help="sổ tổng hợp (hoặc báo cáo của một đơn vị)")
    one.add_argument("--out", type=Path, required=True, metavar="BÁO_CÁO", help="tệp Word sẽ ghi (.docx)")
    one.add_argument("--refresh", action="store_true", help="chỉ cập nhật số liệu trong bản dự thảo đã có")
    one.add_argument("--pdf", action="store_true", help="lập thêm bản PDF (cần LibreOffice)")

    one = command("form", writtencommands.form_command, "Soạn biểu mẫu trong Excel: xuất ra sổ, nhập lại từ sổ.")
    told = "; ".join(f"{what}: {meaning}" for what, meaning in FORM_WORK.items())
    one.add_argument("what", choices=list(FORM_WORK), metavar="VIỆC", help=told)
    one.add_argument("source", metavar="NGUỒN", help="export: mã biểu mẫu; import: sổ đã sửa")
    one.add_argument("file", nargs="?", type=Path, metavar="SỔ", help="export: sổ sẽ ghi (.xlsx)")
    one.add_argument(
        "--out", type=Path, metavar="THƯ_MỤC", help="import: nơi ghi văn bản nguồn (mặc định: chỉ kiểm tra)"
    )


def _other_commands(command: Command) -> None:
    """Lists, departments, the add-in, the sample."""
    one = command("values", commands.values_command, "Liệt kê mọi con số trong các sổ, mỗi số một dòng.")
    one.add_argument("files", nargs="+", type=Path, metavar="TỆP", help="sổ báo cáo, sổ tổng hợp hoặc thư mục")
    one.add_argument("--csv", type=Path, metavar="TỆP", help="ghi ra tệp CSV thay vì in")

    one = command("forms", commands.forms_command, "Liệt kê các chế độ báo cáo, chỉ tiêu, mục thuyết minh và quy tắc.")
    one.add_argument("form", nargs="?", metavar="BIỂU_MẪU", help="chỉ một chế độ báo cáo")
    one.add_argument("--json", action="store_true", help="in đầy đủ dạng JSON")
    one.add_argument("--html", action="store_true", help="in tài liệu của biểu mẫu dạng trang web, để trình duyệt")

    one = command("split", commands.split_command, "Tách sổ tổng hợp thành phần của từng ban chuyên đề.")
    one.add_argument("summary", type=Path, metavar="SỔ", help="sổ tổng hợp")
    one.add_argument(
        "--by", choices=["department"], default="department", metavar="CÁCH", help="tách theo ban (department)"
    )
    one.add_argument("--out", type=Path, required=True, metavar="THƯ_MỤC", help="thư mục để ghi các phần")
    one.add_argument("--departments", type=Path, metavar="TỆP", help="bảng phân ban riêng của cơ quan (.toml)")

    one = command("join", commands.join_command, "Ghép phần của các ban vào sổ tổng hợp.")
    one.add_argument("summary", type=Path, metavar="SỔ", help="sổ tổng hợp đã tách")
    one.add_argument("parts", nargs="+", type=Path, metavar="PHẦN", help="các tệp phần, hoặc thư mục chứa chúng")
    one.add_argument("--out", type=Path, metavar="SỔ_MỚI", help="sổ sẽ ghi (mặc định: ghi lại sổ tổng hợp)")
    one.add_argument("--departments", type=Path, metavar="TỆP", help="bảng phân ban đã dùng khi tách (.toml)")

    addin = command("addin", commands.addin_command, "Phần bổ trợ trong Excel (thẻ “Công đoàn”).")
    told = "; ".join(f"{what}: {meaning}" for what, meaning in ADDIN.items())
    addin.add_argument("what", choices=list(ADDIN), metavar="VIỆC", help=told)
    addin.add_argument("--out", type=Path, metavar="TỆP", help="tệp sẽ ghi, cho build và installer")

    one = command("demo", commands.demo_command, "Lập tỉnh mẫu (số liệu quý III/2023) và chạy toàn bộ ba cấp.")
    one.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="THƯ_MỤC", help="thư mục kết quả (mặc định: demo)"
    )
    one.add_argument("--units", type=int, default=66, metavar="N", help="số công đoàn cơ sở, 11 đến 778 (mặc định: 66)")
