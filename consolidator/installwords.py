"""What installing, removing and examining the add-in say: a code, a number to read out on the phone, a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """How a line stands; the value is the word a clerk reads out."""

    FINE = "OK"
    NOTE = "LƯU Ý"
    WRONG = "SAI"


@dataclass(frozen=True, slots=True)
class Words:
    """A line's number, how it stands, what is so, and what to do ("" for nothing); facts fill the holes."""

    number: int
    state: State
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done or found: a code of `WORDS` and the facts for its holes."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """How it stands."""
        return WORDS[self.code].state

    @property
    def number(self) -> int:
        """The number staff read out on the phone."""
        return WORDS[self.code].number


def line(code: str, **facts: str) -> Line:
    """A line whose sentence can be said. Raises KeyError for an unknown code or a hole without its fact."""
    made = Line(code, facts)
    line_words(made)
    return made


def line_words(one: Line) -> str:
    """The line as staff see it: `SAI 21 – what is so. What to do.`"""
    words = WORDS[one.code]
    said = f"{words.what} {words.fix}".strip().format(**one.facts)
    return f"{words.state} {words.number} – {said}"


def wrong_in(lines: Iterable[Line]) -> int:
    """How many of the lines say that something is wrong."""
    return sum(one.state is State.WRONG for one in lines)


_OK, _NOTE, _WRONG = State.FINE, State.NOTE, State.WRONG
_AGAIN = "Chạy lại bộ cài đặt."
_PHONE = "Đọc dòng này cho bộ phận hỗ trợ."
_TRUST = "Tệp > Tùy chọn > Trung tâm tin cậy > Thiết đặt Trung tâm tin cậy"

WORDS: Mapping[str, Words] = {
    # 1x: what install and uninstall did
    "addin-written": Words(10, _OK, "Đã đặt phần bổ trợ vào “{path}”.", "Mở lại Excel để thấy thẻ Công đoàn."),
    "addin-same": Words(11, _OK, "Phần bổ trợ ở “{path}” đã đúng bản này, không phải ghi lại."),
    "addin-unblocked": Words(12, _OK, "Đã gỡ dấu “tệp tải từ Internet” khỏi “{path}”."),
    "settings-written": Words(13, _OK, "Đã ghi cài đặt vào “{path}”."),
    "settings-same": Words(14, _OK, "Cài đặt ở “{path}” đã đúng, không phải ghi lại."),
    "removed": Words(15, _OK, "Đã gỡ “{path}”."),
    "nothing-to-remove": Words(16, _OK, "Không còn gì của phần bổ trợ để gỡ."),
    "log-kept": Words(17, _OK, "Giữ lại tệp nhật ký “{path}”.", "Có thể xóa bằng tay."),
    "file-locked": Words(
        18, _WRONG, "Không thay được “{path}”: Excel đang mở hoặc máy không cho ghi.", "Đóng Excel rồi chạy lại."
    ),
    "cannot-write": Words(19, _WRONG, "Không ghi được “{path}”: {reason}.", "Xem lại ổ đĩa rồi chạy lại. " + _PHONE),
    # 2x: settings and Python
    "settings-fine": Words(20, _OK, "Cài đặt đọc được: “{path}”."),
    "settings-missing": Words(21, _WRONG, "Không có tệp cài đặt “{path}”.", _AGAIN),
    "settings-unreadable": Words(22, _WRONG, "Tệp cài đặt “{path}” hỏng, không đọc được.", _AGAIN),
    "interpreter-missing": Words(23, _WRONG, "Không còn Python ở “{path}”.", "Cài Python từ python.org. " + _AGAIN),
    "interpreter-broken": Words(24, _WRONG, "Python ở “{path}” không chạy được: {reason}.", _AGAIN + " " + _PHONE),
    "python-fine": Words(25, _OK, "Python {version}, {bits} bit."),
    "python-old": Words(
        26, _WRONG, "Python {version} quá cũ, cần {wanted} trở lên.", "Cài Python mới từ python.org. " + _AGAIN
    ),
    "python-32bit": Words(
        27, _WRONG, "Python này là bản {bits} bit, cần bản 64 bit.", "Cài Python 64 bit từ python.org. " + _AGAIN
    ),
    "python-store": Words(
        28,
        _WRONG,
        "Python này cài từ Microsoft Store: Excel không thấy những gì nó ghi.",
        "Gỡ bản đó, cài Python từ python.org. " + _AGAIN,
    ),
    # 3x: the package and its libraries
    "package-fine": Words(30, _OK, "Chương trình phiên bản {version} chạy được."),
    "package-missing": Words(31, _WRONG, "Python của Excel không có chương trình: {reason}.", _AGAIN),
    "package-version": Words(
        32, _WRONG, "Excel dùng phiên bản {found}, còn bản đang chạy là {wanted}.", "Đóng Excel. " + _AGAIN
    ),
    "library-missing": Words(33, _WRONG, "Thiếu hoặc hỏng thư viện {name}: {reason}.", _AGAIN),
    "libraries-fine": Words(34, _OK, "Đủ thư viện: {names}."),
    # 4x: the file of the add-in
    "addin-fine": Words(40, _OK, "Phần bổ trợ ở đúng chỗ và đúng bản: “{path}”."),
    "addin-missing": Words(41, _WRONG, "Không có phần bổ trợ ở “{path}”.", _AGAIN),
    "addin-differs": Words(42, _WRONG, "Phần bổ trợ ở “{path}” khác với bản này.", "Đóng Excel. " + _AGAIN),
    "addin-blocked": Words(
        43, _WRONG, "Windows đánh dấu “{path}” là tệp tải từ Internet nên Excel chặn.", "Đóng Excel. " + _AGAIN
    ),
    "addin-twice": Words(
        44, _WRONG, "Còn một bản khác của phần bổ trợ: “{path}”.", "Đóng Excel, xóa tệp đó, mở lại Excel."
    ),
    # 5x: Excel
    "excel-unknown": Words(50, _NOTE, "Không kiểm tra được Excel ở đây: chỉ làm được trên Windows."),
    "excel-fine": Words(51, _OK, "Excel phiên bản {version}."),
    "excel-missing": Words(
        52, _WRONG, "Không thấy Microsoft Excel trên máy.", "Cần Excel cho Windows; WPS Office không dùng được."
    ),
    "excel-old": Words(53, _WRONG, "Excel phiên bản {version} quá cũ.", "Cần Excel 2010 trở lên."),
    "addin-enabled": Words(54, _OK, "Excel không tắt phần bổ trợ."),
    "addin-disabled": Words(
        55,
        _WRONG,
        "Excel đã tắt phần bổ trợ sau một lần gặp sự cố.",
        "Trong Excel: Tệp > Tùy chọn > Phần bổ trợ > Quản lý: Mục bị tắt > Đi, chọn congdoan rồi bấm Bật.",
    ),
    "macros-fine": Words(56, _OK, "Thiết đặt macro không chặn phần bổ trợ."),
    "vba-off": Words(57, _WRONG, "Máy này tắt hẳn VBA (VBAOFF).", "Đề nghị người quản trị máy bật lại VBA."),
    "addins-off": Words(58, _WRONG, "Excel được đặt để tắt mọi phần bổ trợ.", f"{_TRUST} > Phần bổ trợ: bỏ chọn."),
    "addins-signed": Words(
        59, _WRONG, "Excel chỉ nhận phần bổ trợ có chữ ký số.", f"{_TRUST} > Phần bổ trợ: bỏ chọn mục chữ ký."
    ),
    "macros-blocked": Words(
        60,
        _NOTE,
        "Excel được đặt để tắt mọi macro; phần bổ trợ chỉ chạy nhờ XLSTART là vị trí tin cậy.",
        f"Nếu bấm nút không thấy gì: {_TRUST} > Thiết đặt Macro: tắt nhưng có thông báo.",
    ),
    "macros-internet": Words(61, _NOTE, "Máy chặn macro trong tệp tải từ Internet; phần bổ trợ không bị ảnh hưởng."),
    "trust-fine": Words(62, _OK, "XLSTART là vị trí tin cậy."),
    "trust-off": Words(
        63, _WRONG, "Mọi vị trí tin cậy của Excel đang bị tắt.", f"{_TRUST} > Vị trí tin cậy: bỏ chọn mục tắt tất cả."
    ),
    "trust-policy": Words(
        64, _WRONG, "Chính sách của máy không cho dùng vị trí tin cậy của người dùng.", "Hỏi người quản trị máy."
    ),
    "trust-unlisted": Words(
        65,
        _NOTE,
        "Không thấy “{path}” trong danh sách vị trí tin cậy.",
        f"Nếu thẻ Công đoàn không hiện: {_TRUST} > Vị trí tin cậy > Thêm, chọn thư mục đó.",
    ),
    # 7x: rules, log, disk
    "forms-fine": Words(70, _OK, "Đọc được {count} chế độ báo cáo."),
    "forms-broken": Words(71, _WRONG, "Không đọc được chế độ báo cáo: {reason}.", _AGAIN + " " + _PHONE),
    "log-fine": Words(72, _OK, "Nhật ký không có lỗi."),
    "log-error": Words(73, _NOTE, "Lỗi gần nhất trong nhật ký: {text}", _PHONE),
    "disk-fine": Words(74, _OK, "Ghi được vào “{path}”."),
    "disk-unwritable": Words(75, _WRONG, "Không ghi được vào “{path}”: {reason}.", "Xem lại quyền và ổ đĩa."),
    "disk-full": Words(76, _WRONG, "Ổ đĩa chỉ còn {free} MB trống.", "Xóa bớt tệp để còn ít nhất {wanted} MB."),
    "path-long": Words(77, _WRONG, "Đường dẫn quá dài với Excel: “{path}”.", _PHONE),
    "path-onedrive": Words(
        78,
        _NOTE,
        "“{path}” nằm trong OneDrive.",
        "Nếu Excel báo lỗi, chọn “Luôn giữ trên thiết bị này” cho thư mục đó.",
    ),
    "path-network": Words(
        79, _NOTE, "“{path}” nằm trên mạng; Excel có thể không tin cậy.", "Nếu thẻ không hiện, hỏi người quản trị máy."
    ),
}
