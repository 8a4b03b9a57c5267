"""Every Vietnamese sentence of the engine's own findings, by code. Rules carry theirs, in `rules/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consolidator.finding import Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong and what to do; holes are filled by the facts of a finding."""

    severity: Severity
    what: str
    fix: str


SENTENCES: Mapping[str, Sentence] = {
    # Tệp
    "file-unreadable": Sentence(
        _E,
        "Không đọc được tệp này ({reason}).",
        "Mở tệp bằng Excel, chọn Lưu thành (Save As) dạng .xlsx rồi gửi lại.",
    ),
    "file-kind": Sentence(
        _E,
        "Tệp này là {kind}, không phải sổ làm việc Excel .xlsx.",
        "Nhập số liệu vào biểu mẫu Excel đã phát và gửi lại tệp .xlsx.",
    ),
    "file-crashed": Sentence(
        _E,
        "Tệp hỏng nặng: chương trình đọc đã phải dừng khi mở tệp này.",
        "Mở tệp bằng Excel và lưu lại; nếu Excel báo sửa chữa, kiểm tra lại số liệu rồi gửi lại.",
    ),
    "not-ours": Sentence(
        _E,
        "Tệp Excel này không phải biểu mẫu đã phát (không có dấu nhận dạng của biểu mẫu).",
        "Đề nghị đơn vị nhập vào đúng biểu mẫu đã phát, không chép sang sổ khác.",
    ),
    "other-form": Sentence(
        _E,
        "Tệp thuộc chế độ báo cáo “{found}”, đợt này tổng hợp “{wanted}”.",
        "Đề nghị đơn vị gửi đúng biểu mẫu của đợt báo cáo.",
    ),
    "other-version": Sentence(
        _E,
        "Biểu mẫu phiên bản {found}, đợt này dùng phiên bản {wanted}.",
        "Phát lại biểu mẫu mới và đề nghị đơn vị nhập lại vào biểu mẫu đó.",
    ),
    "structure-changed": Sentence(
        _E,
        "Cấu trúc biểu mẫu đã bị thay đổi so với bản phát ra.",
        "Đề nghị đơn vị chép số liệu sang biểu mẫu gốc, không sửa dòng, cột, tên ô.",
    ),
    "other-period": Sentence(
        _E,
        "Tệp báo cáo kỳ {found}, đợt này tổng hợp kỳ {wanted}.",
        "Kiểm tra xem đơn vị có gửi nhầm báo cáo kỳ trước không; đề nghị gửi lại.",
    ),
    "unknown-unit": Sentence(
        _E,
        "Mã đơn vị “{unit}” không có trong danh sách đơn vị.",
        "Kiểm tra mã ở trang bìa; nếu là đơn vị mới, bổ sung vào danh sách đơn vị.",
    ),
    "foreign-unit": Sentence(
        _E,
        "Đơn vị “{unit}” ({name}) thuộc {parent}, không trực thuộc {here}.",
        "Chuyển tệp này về đúng cấp trên trực tiếp để không bị tính hai lần.",
    ),
    "wrong-level": Sentence(
        _E,
        "Biểu mẫu dành cho cấp {found}, đơn vị này ở cấp {wanted}.",
        "Phát lại đúng biểu mẫu cho đơn vị.",
    ),
    "duplicate-same": Sentence(_I, "Tệp này giống hệt tệp {other}.", "Không cần làm gì: chỉ tính một lần."),
    "duplicate-older": Sentence(
        _I,
        "Đơn vị đã gửi bản mới hơn ({other}); tệp này được thay thế.",
        "Không cần làm gì nếu đúng là bản cũ; bản nào mới hơn xét theo phiên bản và ngày ký ở trang bìa.",
    ),
    "duplicate-undecided": Sentence(
        _E,
        "Đơn vị gửi hai tệp khác nhau cùng phiên bản và cùng ngày ký ({other}): không rõ tệp nào đúng.",
        "Hỏi lại đơn vị, xóa tệp sai khỏi thư mục rồi tổng hợp lại.",
    ),
    "ignored-lock": Sentence(_I, "Tệp khóa tạm của Excel.", "Không cần làm gì."),
    "ignored-system": Sentence(_I, "Tệp của hệ điều hành, không phải báo cáo.", "Không cần làm gì."),
    "ignored-folder": Sentence(
        _I, "Đây là thư mục con, không đọc vào bên trong.", "Nếu trong đó có báo cáo, chuyển tệp ra thư mục chính."
    ),
    "ignored-output": Sentence(_I, "Đây là sổ tổng hợp hoặc báo cáo do chương trình lập ra.", "Không cần làm gì."),
    "ignored-list": Sentence(_I, "Đây là danh sách đơn vị.", "Không cần làm gì."),
    "ignored-special": Sentence(
        _W, "Đây không phải tệp thường (liên kết hoặc thiết bị), không đọc.", "Chép chính tệp báo cáo vào thư mục."
    ),
    # Ô
    "cell-missing": Sentence(
        _E,
        "Không tìm thấy ô của “{label}” trong tệp.",
        "Ô đã bị xóa hoặc mất tên; chép số liệu sang biểu mẫu gốc.",
    ),
    "not-a-number": Sentence(
        _E, "Ô “{label}” ghi chữ “{typed}” thay vì số.", "Chỉ gõ số, không kèm chữ hay đơn vị tính."
    ),
    "error-value": Sentence(_E, "Ô “{label}” chứa giá trị lỗi {typed}.", "Xóa công thức lỗi và gõ lại con số."),
    "not-a-date": Sentence(_W, "Ô “{label}” ghi “{typed}”, không phải ngày.", "Gõ ngày dạng 30/09/2023."),
    "figure-not-a-date": Sentence(
        _E, "Ô “{label}” ghi “{typed}”, không phải ngày.", "Gõ ngày dạng 30/09/2023, không gõ chữ."
    ),
    "unknown-choice": Sentence(
        _W, "Ô “{label}” ghi “{typed}”, không có trong danh sách chọn.", "Chọn một giá trị trong danh sách của ô."
    ),
    "derived-differs": Sentence(
        _E,
        "Ô tự tính “{label}” ghi {typed} nhưng tính lại được {computed}.",
        "Không gõ đè lên ô tự tính; mở tệp bằng Excel để ô tự tính lại.",
    ),
    "total-differs": Sentence(
        _E,
        "Số tổng hợp “{label}” ghi {typed} nhưng cộng từ các đơn vị được {computed}.",
        "Tổng hợp lại sổ này từ các báo cáo gốc.",
    ),
    "narrative-long": Sentence(
        _W,
        "Mục “{label}” dài {length} ký tự: khi in sẽ không hiện hết trong ô.",
        "Rút gọn, hoặc chép phần sau sang ô “viết tiếp” ngay bên dưới.",
    ),
    "cover-blank": Sentence(_W, "Trang bìa chưa ghi {label}.", "Điền ô này ở trang bìa."),
    "no-figures": Sentence(
        _E,
        "Báo cáo chưa nhập số liệu nào: mọi ô số liệu đều trống.",
        "Nhập số liệu vào các ô màu vàng; việc không phát sinh thì ghi 0.",
    ),
    "explanation-outdated": Sentence(
        _W,
        "Lời giải trình cho {rule} viết khi số liệu là [{seen}]; nay là [{values}] nên không còn khớp.",
        "Viết lại lời giải trình cho số liệu mới, hoặc xóa dòng đó ở trang “Giải trình”.",
    ),
    "seal-broken": Sentence(
        _E,
        "Báo cáo đã bị sửa sau khi đóng dấu nộp lúc {when}: nội dung không còn khớp với dấu.",
        "Hỏi lại đơn vị; nếu sửa là đúng, đơn vị bấm “Nộp báo cáo” để đóng dấu lại rồi gửi.",
    ),
    "summary-part-unreadable": Sentence(
        _E,
        "Sổ tổng hợp thiếu dòng số liệu của các đơn vị ở trang “{sheet}”.",
        "Tổng hợp lại sổ này từ các báo cáo gốc.",
    ),
    # Tổng hợp
    "weight-missing": Sentence(
        _W,
        "“{label}” có giá trị {typed} nhưng thiếu số để làm quyền số (“{weight}”): chưa tính vào bình quân chung.",
        "Bổ sung “{weight}” cho đơn vị này.",
    ),
    "last-undecided": Sentence(
        _W,
        "“{label}”: các đơn vị ghi số khác nhau, không chọn được số nào.",
        "Cấp tổng hợp nhập số đúng vào dòng số liệu của mình.",
    ),
    "own-conflict": Sentence(
        _W,
        "“{label}” của chính đơn vị tổng hợp: sổ tổng hợp đang ghi {kept}, tệp ghi {typed}; giữ nội dung trong sổ.",
        "Nếu tệp mới đúng, xóa nội dung mình đã nhập ở mục này trong sổ tổng hợp rồi chạy lại.",
    ),
    "left-out": Sentence(
        _W,
        "Báo cáo có {count} lỗi nên không đưa vào tổng hợp (chế độ nghiêm ngặt).",
        "Trả lại đơn vị để sửa, rồi tổng hợp lại.",
    ),
    # Tách, ghép theo ban
    "part-outdated": Sentence(
        _W,
        "Phần của ban {dept} được tách từ một sổ tổng hợp khác (các báo cáo đơn vị đã thay đổi sau khi tách).",
        "Số riêng và thuyết minh của ban vẫn được ghép; ban nên xem lại số tổng hợp mới.",
    ),
    "part-foreign-change": Sentence(
        _W,
        "Trong phần của ban {dept} có chỗ thuộc ban {other} đã bị sửa; các sửa đổi đó không được ghép.",
        "Nếu sửa đổi là đúng, nhờ ban {other} sửa trong phần của mình.",
    ),
    "part-untouched": Sentence(_I, "Phần của ban {dept} chưa có gì thay đổi so với khi tách.", "Đôn đốc ban nếu cần."),
    "part-conflict": Sentence(
        _W,
        "“{label}”: sổ tổng hợp đã đổi thành {dropped} sau khi tách, ban ghi {kept}; lấy số của ban.",
        "Kiểm tra lại với ban phụ trách.",
    ),
    # Danh sách đơn vị
    "roster-header": Sentence(
        _E,
        "Danh sách đơn vị thiếu cột “{column}”.",
        "Dòng tiêu đề phải có: Mã đơn vị, Tên đơn vị, Cấp, Mã đơn vị cấp trên, Khối.",
    ),
    "roster-blank": Sentence(_E, "Dòng {row}: thiếu {column}.", "Điền đủ mã, tên và cấp của đơn vị."),
    "roster-level": Sentence(
        _E, "Dòng {row}: không hiểu cấp “{typed}”.", "Ghi CDCS, CTTT, TINH hoặc tên cấp tương ứng."
    ),
    "roster-duplicate": Sentence(
        _E, "Dòng {row}: mã “{unit}” đã có ở dòng {other}.", "Mỗi đơn vị một mã; sửa một trong hai dòng."
    ),
    "roster-name-twice": Sentence(
        _W, "Dòng {row}: tên “{name}” trùng với mã {other}.", "Kiểm tra xem có ghi một đơn vị hai lần không."
    ),
    "roster-orphan": Sentence(
        _E, "Dòng {row}: mã cấp trên “{parent}” không có trong danh sách.", "Bổ sung đơn vị cấp trên hoặc sửa mã."
    ),
    "roster-loop": Sentence(
        _E, "Dòng {row}: đơn vị “{unit}” nằm trong một vòng lặp cấp trên ({loop}).", "Sửa cột Mã đơn vị cấp trên."
    ),
    "roster-upside-down": Sentence(
        _E,
        "Dòng {row}: đơn vị “{unit}” không thể trực thuộc “{parent}” vì cấp trên phải ở cấp cao hơn.",
        "Sửa cột Cấp hoặc cột Mã đơn vị cấp trên.",
    ),
}
