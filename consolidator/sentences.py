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
    "file-old": Sentence(
        _E,
        "Tệp này là {kind}: không đọc được chắc chắn, có ô lỗi trông như ô trống.",
        "Mở tệp bằng Excel, chọn Tệp > Lưu thành (Save As) > Excel Workbook (*.xlsx), rồi gửi lại tệp mới.",
    ),
    "file-password": Sentence(
        _E,
        "Tệp có mật khẩu nên không đọc được.",
        "Mở tệp bằng Excel, chọn Tệp > Thông tin (Info) > Bảo vệ sổ làm việc (Protect Workbook) > Mã hóa bằng mật khẩu "
        "(Encrypt with Password), xóa mật khẩu, lưu rồi gửi lại; tệp nén thì nén lại không đặt mật khẩu.",
    ),
    "file-archive": Sentence(
        _E,
        "Tệp này là {kind}, không phải sổ làm việc Excel .xlsx.",
        "Giải nén rồi chép từng tệp .xlsx bên trong vào thư mục, hoặc nén lại thành .zip (tệp .zip được tự mở).",
    ),
    "file-placeholder": Sentence(
        _E,
        "Tệp này chỉ là {kind}, bên trong không có số liệu.",
        "Mở tệp ở nơi lưu gốc (Zalo, OneDrive, Google Drive…), tải hẳn về máy rồi chép vào thư mục.",
    ),
    "file-markup": Sentence(
        _E,
        "Trang “{sheet}”, dòng {row}: ô được ghi sai quy cách, mỗi chương trình có thể đọc ra một số khác nhau.",
        "Mở tệp bằng Excel, kiểm tra lại số ở dòng này, Lưu thành (Save As) dạng .xlsx rồi gửi lại.",
    ),
    "archive-unpacked": Sentence(
        _I,
        "Tệp nén: đã mở và đọc riêng từng tệp trong {count} tệp bên trong.",
        "Không cần làm gì.",
    ),
    "has-macros": Sentence(_I, "Tệp có macro (VBA hoặc macro Excel 4): không chạy, không lấy.", "Không cần làm gì."),
    "has-links": Sentence(
        _I,
        "Tệp có liên kết tới sổ khác hoặc chương trình khác: không mở, chỉ lấy số đang có trong ô.",
        "Nếu số lấy qua liên kết, đề nghị đơn vị nhập thẳng số vào ô.",
    ),
    "has-embedded": Sentence(
        _I, "Tệp có đối tượng nhúng (OLE, ActiveX hoặc tệp kèm): không mở, không lấy.", "Không cần làm gì."
    ),
    "has-connections": Sentence(
        _I, "Tệp có kết nối dữ liệu hoặc truy vấn ra ngoài: không kết nối, không lấy.", "Không cần làm gì."
    ),
    "has-other-parts": Sentence(_I, "Tệp có phần lạ ({names}): không đọc, không lấy.", "Không cần làm gì."),
    "hidden-sheet": Sentence(
        _I, "Tệp có trang tính ẩn “{sheet}” không thuộc biểu mẫu: không lấy vào sổ tổng hợp.", "Không cần làm gì."
    ),
    "web-formula": Sentence(
        _W,
        "Trang “{sheet}” có công thức gọi ra ngoài ({typed}): không tính lại, không kết nối.",
        "Kiểm tra vì sao có công thức này; đề nghị đơn vị nhập thẳng số vào ô.",
    ),
    "hidden-by-merge": Sentence(
        _E,
        "Ô này bị ô gộp che mất, bên dưới còn giá trị “{typed}” mà Excel không hiện: không lấy.",
        "Bỏ gộp ô (Unmerge Cells), kiểm tra lại số rồi gửi lại.",
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
        "Gửi đơn vị biểu mẫu phiên bản {wanted} và nhắn: “Biểu mẫu đã được thay; đề nghị đơn vị chép số liệu sang biểu "
        "mẫu phiên bản {wanted} gửi kèm rồi gửi lại, không dùng bản {found}.”",
    ),
    "migrated": Sentence(
        _I,
        "Biểu mẫu phiên bản {found}: đã đọc theo bảng chuyển đổi sang phiên bản {wanted}.",
        "Không cần làm gì; kỳ sau phát cho đơn vị biểu mẫu mới.",
    ),
    "migrated-added": Sentence(
        _I,
        "Biểu mẫu phiên bản {found} chưa hỏi {count} nội dung mới; để trống ở đó không phải lỗi của đơn vị.",
        "Nếu cần đủ số liệu, gửi đơn vị biểu mẫu mới để bổ sung.",
    ),
    "migrated-dropped": Sentence(
        _W,
        "“{label}” ghi {typed}: mục này không còn trong biểu mẫu mới nên không được tổng hợp.",
        "{words}",
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
        "Hỏi lại đơn vị, ghi lựa chọn vào sổ quyết định bên cạnh báo cáo kiểm tra rồi tổng hợp lại.",
    ),
    "name-differs": Sentence(
        _E,
        "Mã “{unit}” trong danh sách đơn vị là “{wanted}”, tệp gửi về ghi tên {found}: không rõ của đơn vị nào.",
        "Hỏi lại đơn vị; nếu đúng, ghi lựa chọn vào sổ quyết định hoặc sửa tên trong danh sách rồi tổng hợp lại.",
    ),
    "duplicate-decided": Sentence(
        _I,
        "Không lấy tệp này theo quyết định của {who}. Lý do: {reason}.",
        "Không cần làm gì; muốn đổi thì sửa lựa chọn trong sổ quyết định.",
    ),
    "file-chosen": Sentence(
        _I,
        "Lấy tệp này theo quyết định của {who}. Lý do: {reason}.",
        "Không cần làm gì; muốn đổi thì sửa lựa chọn trong sổ quyết định.",
    ),
    "counted-below": Sentence(
        _E,
        "Số liệu của đơn vị “{unit}” đã nằm trong sổ tổng hợp của {holder} ({other}): không cộng thêm tệp này.",
        "Thống nhất đơn vị báo cáo về đâu; nếu về đây, {holder} phải tổng hợp lại không có đơn vị này.",
    ),
    "counted-twice": Sentence(
        _E,
        "Đơn vị “{twice}” có trong sổ tổng hợp này và cả trong sổ của {holder} ({other}): đang bị cộng hai lần.",
        "Hỏi xem đơn vị thuộc nơi nào; nơi kia phải tổng hợp lại không có đơn vị này.",
    ),
    "ignored-lock": Sentence(_I, "Tệp khóa tạm của Excel.", "Không cần làm gì."),
    "ignored-system": Sentence(_I, "Tệp của hệ điều hành, không phải báo cáo.", "Không cần làm gì."),
    "ignored-folder": Sentence(
        _I, "Đây là thư mục con, không đọc vào bên trong.", "Nếu trong đó có báo cáo, chuyển tệp ra thư mục chính."
    ),
    "ignored-output": Sentence(_I, "Đây là sổ, báo cáo hoặc thư mục do chương trình lập ra.", "Không cần làm gì."),
    "ignored-list": Sentence(_I, "Đây là danh sách đơn vị.", "Không cần làm gì."),
    "ignored-special": Sentence(
        _W, "Đây không phải tệp thường (liên kết hoặc thiết bị), không đọc.", "Chép chính tệp báo cáo vào thư mục."
    ),
    "folder-consolidated": Sentence(
        _I,
        "Thư mục của {name}: đã tổng hợp riêng, lấy số từ sổ “{summary}” trong thư mục đó.",
        "Không cần làm gì. Nếu đơn vị còn gửi sổ tổng hợp vào thư mục này, sổ nào được tính xét theo phiên bản và ngày "
        "ký ở trang bìa.",
    ),
    "folder-cannot-run": Sentence(
        _E,
        "Thư mục của {name} không tổng hợp được: {why} Số của đơn vị này chưa có trong sổ tổng hợp.",
        "Sửa theo lý do trên rồi chạy lại.",
    ),
    "folder-of-nobody": Sentence(
        _W,
        "Không rõ thư mục này của đơn vị nào nên không đọc vào bên trong.",
        "Nếu trong đó có báo cáo, đặt tên thư mục bắt đầu bằng mã đơn vị, ví dụ “LC-01 - Tên đơn vị”.",
    ),
    "folder-elsewhere": Sentence(
        _E,
        "Thư mục này là của {name}, thuộc {parent}, không trực thuộc {here}; không đọc vào bên trong.",
        "Chuyển thư mục vào thư mục của {parent}.",
    ),
    "folder-of-a-leaf": Sentence(
        _W,
        "Thư mục này là của {name}, đơn vị không có cấp dưới để tổng hợp; không đọc vào bên trong.",
        "Nếu trong đó có báo cáo của đơn vị, chuyển tệp ra thư mục của cấp trên.",
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
    "read-as": Sentence(
        _I,
        "Ô “{label}” ghi chữ “{typed}”: đã đọc là {reading} và lấy giá trị này.",
        "Kiểm tra cách đọc. Lần sau gõ số liền nhau, không dấu chấm, không kèm chữ hay đơn vị tính; ngày gõ dạng "
        "30/09/2023.",
    ),
    "figure-two-readings": Sentence(
        _E,
        "Ô “{label}” ghi “{typed}”: có thể là {first}, có thể là {second}; không rõ nên chưa lấy số nào.",
        "Gõ lại con số đúng; từ một nghìn trở lên gõ liền các chữ số, không dấu chấm, không dấu phẩy.",
    ),
    "figure-two-numbers": Sentence(
        _E,
        "Ô “{label}” ghi “{typed}”, gồm hai con số ({first} và {second}); chưa lấy số nào.",
        "Chỉ gõ con số của chỉ tiêu này; số còn lại gõ vào ô của nó hoặc cột “Ghi chú”.",
    ),
    "figure-doubtful": Sentence(
        _E,
        "Ô “{label}” ghi “{typed}”: có lẽ là {reading}, nhưng đơn vị tính hoặc cách viết chưa rõ nên chưa lấy.",
        "Gõ lại chỉ con số, theo đúng đơn vị tính của chỉ tiêu.",
    ),
    "figure-approximate": Sentence(
        _E,
        "Ô “{label}” ghi “{typed}”, là số ước chừng; chưa lấy số {reading}.",
        "Gõ riêng con số vào ô; nếu không có số chính xác thì chọn “trên”, “khoảng” … ở cột “Mức chính xác”.",
    ),
    "figure-mark": Sentence(
        _W,
        "Ô “{label}” ghi “{typed}”: không rõ là số 0 hay chưa có số liệu; coi như để trống.",
        "Không phát sinh thì gõ 0; chưa có số liệu thì để trống.",
    ),
    "figure-ditto": Sentence(
        _E, "Ô “{label}” ghi “{typed}” (như trên): không lấy số của ô khác thay vào.", "Gõ lại đủ con số vào ô này."
    ),
    "figure-none-stated": Sentence(
        _W,
        "Ô “{label}” ghi “{typed}”: coi như để trống, không tính là 0.",
        "Nếu chưa có số liệu hoặc không áp dụng thì để trống ô và nói rõ ở cột “Ghi chú”.",
    ),
    "figure-became-date": Sentence(
        _E,
        "Ô “{label}” hiện “{typed}”: Excel đã đổi số gõ vào (có thể là “{pair}”) thành ngày hoặc giờ; chưa lấy.",
        "Định dạng lại ô là số (Number) rồi gõ lại một con số.",
    ),
    "percent-or-share": Sentence(
        _W,
        "Ô “{label}” ghi {first}, trong khi ô này tính theo phần trăm: có thể là {first}%, có thể là {second}%; đang "
        "tính là {first}%.",
        "Nếu là {second}% thì gõ lại {second} (không kèm dấu %).",
    ),
    "date-unclear": Sentence(
        _W, "Ô “{label}” ghi “{typed}”: có lẽ là ngày {reading} nhưng chưa rõ nên chưa lấy.", "Gõ ngày dạng 30/09/2023."
    ),
    "figure-date-unclear": Sentence(
        _E, "Ô “{label}” ghi “{typed}”: có lẽ là ngày {reading} nhưng chưa rõ nên chưa lấy.", "Gõ ngày dạng 30/09/2023."
    ),
    "text-converted": Sentence(
        _W,
        "Trang “{sheet}”: {count} ô gõ bằng phông chữ cũ {encoding} đã được chuyển sang Unicode ({labels}), ví dụ "
        "“{example}”.",
        "Đọc lại các ô này; lần sau gõ bằng Unicode (phông Times New Roman, Arial …).",
    ),
    "text-mojibake": Sentence(
        _W,
        "Trang “{sheet}”: {count} ô có chữ bị vỡ mã, không đọc được ({labels}), ví dụ “{example}”.",
        "Gõ lại nội dung các ô này bằng Unicode.",
    ),
    # Điều giá trị của ô không cho thấy
    "formula-in-input": Sentence(
        _I,
        "Trang “{sheet}”: {count} ô nhập liệu chứa công thức ({cells}); đã lấy giá trị đang hiện.",
        "Không cần làm gì nếu giá trị đúng; tốt nhất gõ thẳng con số.",
    ),
    "formula-external": Sentence(
        _W,
        "Ô “{label}” lấy số từ tệp khác ({formula}); đã lấy giá trị {value} lưu lần cuối, có thể đã cũ.",
        "Gõ thẳng con số vào ô.",
    ),
    "formula-uncalculated": Sentence(
        _E,
        "Ô “{label}” chứa công thức {formula} chưa được tính nên không có số để lấy.",
        "Mở tệp bằng Excel, bấm F9 để tính, lưu lại rồi gửi; hoặc gõ thẳng con số.",
    ),
    "formula-differs": Sentence(
        _E,
        "Ô “{label}” có công thức {formula} tính ra {worth} nhưng tệp lưu và hiện {cached}; đang lấy {cached}.",
        "Mở tệp bằng Excel, bấm F9 để tính lại, kiểm tra rồi lưu; hoặc gõ thẳng con số.",
    ),
    "sheets-hidden": Sentence(
        _I, "Trang {sheets} đang bị ẩn; số liệu trong đó vẫn được tính.", "Cho hiện lại (Unhide) để xem đủ."
    ),
    "cells-hidden": Sentence(
        _I,
        "Trang “{sheet}”: {count} ô có nội dung nằm ở hàng, cột bị ẩn hoặc bị lọc ({cells}); vẫn được tính.",
        "Bỏ lọc, cho hiện lại hàng, cột và xem các ô đó có đúng không.",
    ),
    "cells-merged": Sentence(
        _W,
        "Trang “{sheet}”: {count} vùng ô số liệu bị gộp ({cells}); chỉ ô đầu của vùng có thể mang số.",
        "Bỏ gộp ô (Unmerge) và gõ số vào đúng từng ô.",
    ),
    "protection-removed": Sentence(
        _I, "Trang {sheets} đã bị bỏ khóa bảo vệ; vẫn đọc đủ.", "Nên nhập vào đúng tệp đã phát, không bỏ khóa."
    ),
    "text-decomposed": Sentence(
        _I,
        "Trong tệp có chữ gõ bằng Unicode tổ hợp; đã chuyển sang Unicode dựng sẵn, nội dung không đổi.",
        "Nên chọn bảng mã “Unicode” (dựng sẵn) trong bộ gõ.",
    ),
    "days-from-1904": Sentence(
        _W,
        "Sổ này đếm ngày từ năm 1904 (kiểu Excel cho Macintosh); các ngày đã được đọc như Excel hiện.",
        "Kiểm tra các ngày ở trang bìa; nên chép số liệu sang tệp đã phát.",
    ),
    "day-of-1904": Sentence(
        _W,
        "Ô “{label}” ghi ngày bằng số trơn trong sổ đếm ngày từ 1904: có thể là {first}, có thể là {second}; đang lấy "
        "{first}.",
        "Gõ lại ngày dạng 30/09/2023.",
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
    "narrative-differs": Sentence(
        _W,
        "Mục “{label}” viết {said} (“{quote}”), nhưng “{figure}” ở ô {where} ghi {value}.",
        "Đối chiếu hai nơi và sửa chỗ sai; nếu câu viết về một phần hoặc một kỳ khác thì nói rõ trong câu.",
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
    "seal-not-compared": Sentence(
        _I,
        "Báo cáo đóng dấu nộp lúc {when} trên biểu mẫu phiên bản cũ nên không đối chiếu được dấu.",
        "Không cần làm gì; nếu cần chắc chắn, đề nghị đơn vị nộp lại trên biểu mẫu mới.",
    ),
    "lines-altered": Sentence(
        _E,
        "Số liệu, thuyết minh hoặc nguồn của đơn vị cấp dưới trong sổ tổng hợp đã bị sửa sau khi tổng hợp.",
        "Tổng hợp lại sổ này từ các báo cáo gốc; số của đơn vị sai thì trả lại đơn vị sửa, không sửa trong sổ.",
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
    "own-outdated": Sentence(
        _I,
        "Sổ tổng hợp lần trước lập theo biểu mẫu phiên bản {found}; nội dung đã nhập được chuyển sang biểu mẫu hiện "
        "nay (phiên bản {wanted}) theo tên từng ô.",
        "Xem lại số của chính mình và phần thuyết minh trong sổ tổng hợp mới.",
    ),
    "own-homeless": Sentence(
        _W,
        "“{label}” trong sổ tổng hợp lần trước ghi: {typed} – biểu mẫu hiện nay không còn chỗ cho nội dung này.",
        "Chép sang mục phù hợp nếu còn cần; sổ tổng hợp cũ được giữ lại bên cạnh sổ mới.",
    ),
    "summary-open": Sentence(
        _W,
        "Sổ tổng hợp đang mở (người mở: {who}) hoặc vừa được lưu trong lúc chạy, nên lần này ghi ra tệp “{beside}” "
        "ở cạnh.",
        "Đóng sổ tổng hợp rồi chạy lại: nội dung đã nhập ở cả hai tệp đều được giữ. Nếu không ai mở, xóa tệp khóa "
        "bắt đầu bằng “~$” hoặc “.~lock.” rồi chạy lại.",
    ),
    "decisions-kept": Sentence(
        _W,
        "Sổ quyết định đang mở, vừa được lưu trong lúc chạy, hoặc không dùng được, nên lần này không ghi lại sổ đó.",
        "Đóng sổ quyết định rồi chạy lại để thấy các câu hỏi mới; các quyết định đã ghi vẫn còn nguyên.",
    ),
    "left-out": Sentence(
        _W,
        "Báo cáo có {count} lỗi nên không đưa vào tổng hợp (chế độ nghiêm ngặt).",
        "Trả lại đơn vị để sửa, rồi tổng hợp lại.",
    ),
    # Sổ quyết định
    "decisions-unread": Sentence(
        _E,
        "Không dùng được sổ quyết định “{name}” ({why}): chưa áp dụng quyết định nào trong đó, tệp được giữ nguyên.",
        "Đổi tên hoặc chuyển tệp đó đi nơi khác, rồi tổng hợp lại.",
    ),
    "decisions-beside": Sentence(
        _W,
        "Sổ quyết định của lần chạy này là “{name}”, nằm bên cạnh.",
        "Ghi lựa chọn vào sổ này; lần chạy sau sẽ đọc.",
    ),
    "decision-unknown": Sentence(
        _W, "Ô lựa chọn ghi “{typed}”, không hiểu được nên không áp dụng.", "Chọn một giá trị trong danh sách của ô."
    ),
    "decision-no-reason": Sentence(
        _W, "Đã chọn “{choice}” nhưng chưa ghi lý do nên không áp dụng.", "Ghi lý do vào ô bên cạnh rồi tổng hợp lại."
    ),
    "decision-both": Sentence(
        _W,
        "Đã chọn lấy {count} tệp của đơn vị “{unit}”: chỉ một tệp được tính nên chưa lấy tệp nào.",
        "Chỉ để một tệp “Lấy tệp này”.",
    ),
    "decision-none": Sentence(
        _W,
        "Đã bỏ cả {count} tệp đang hỏi của đơn vị “{unit}”: không tệp nào trong đó được tính.",
        "Không cần làm gì nếu đúng vậy; nếu không, chọn “Lấy tệp này” cho tệp đúng.",
    ),
    "acceptance-of-error": Sentence(
        _W,
        "{rule} là lỗi nên không thể chấp nhận bằng lý do; lỗi vẫn còn nguyên.",
        "Trả lại đơn vị để sửa số liệu.",
    ),
    # Sổ bị sắp xếp lại, nội dung ngoài ô nhập
    "re-anchored": Sentence(
        _W,
        "Trang “{sheet}”: {count} ô mất tên đã được nhận lại theo mã dòng và tiêu đề cột ({labels}).",
        "Xem lại số liệu của trang này; lần sau nhập vào đúng tệp đã phát, không chép trang sang sổ khác.",
    ),
    "anchor-conflict": Sentence(
        _E,
        "Tên ô nói “{label}” nhưng dòng hoặc cột lại ghi “{found}”: không rõ là số nào nên không lấy ({count} ô).",
        "Dòng, cột đã bị sắp xếp lại hoặc chép đè; chép số liệu sang biểu mẫu gốc, không đổi chỗ dòng, cột.",
    ),
    "table-torn": Sentence(
        _E,
        "Bảng “{label}”: các cột không còn ngang hàng với nhau nên không đọc được.",
        "Chép nội dung sang biểu mẫu gốc; không chèn hay xóa ô lẻ trong bảng, chỉ chèn, xóa cả dòng.",
    ),
    "sheet-renamed": Sentence(_I, "Trang “{old}” đã bị đổi tên thành “{new}”; vẫn đọc đủ.", "Không cần làm gì."),
    "sheets-reordered": Sentence(_I, "Các trang đã bị đổi thứ tự; vẫn đọc đủ.", "Không cần làm gì."),
    "rows-inserted": Sentence(
        _I,
        "Trang “{sheet}” bị chèn thêm {count} hàng.",
        "Nội dung gõ ở hàng chèn thêm không được tính; xem các cảnh báo khác.",
    ),
    "rows-deleted": Sentence(
        _I, "Trang “{sheet}” bị xóa {count} hàng.", "Số liệu của hàng bị xóa không còn trong tệp; xem các lỗi khác."
    ),
    "rows-moved": Sentence(
        _I,
        "Trang “{sheet}” có {count} hàng đã đổi chỗ.",
        "Không cần làm gì nếu không có lỗi khác.",
    ),
    "columns-inserted": Sentence(
        _I,
        "Trang “{sheet}” bị chèn thêm {count} cột.",
        "Nội dung gõ ở cột chèn thêm không được tính; xem các cảnh báo khác.",
    ),
    "columns-deleted": Sentence(
        _I, "Trang “{sheet}” bị xóa {count} cột.", "Số liệu của cột bị xóa không còn trong tệp; xem các lỗi khác."
    ),
    "columns-moved": Sentence(
        _I,
        "Trang “{sheet}” có {count} cột đã đổi chỗ.",
        "Không cần làm gì nếu không có lỗi khác.",
    ),
    "stray": Sentence(
        _W,
        "Trang “{sheet}”, {cells}: {count} ô ghi ngoài chỗ nhập, không được tính ({shown}).",
        "Chuyển nội dung vào đúng ô nhập, vào cột “Ghi chú” hoặc phần thuyết minh; không cần nữa thì xóa đi.",
    ),
    "stray-sheet": Sentence(
        _W,
        "Trang “{sheet}” không thuộc biểu mẫu, có {count} ô không được tính ({shown}).",
        "Nếu là số liệu phải báo cáo, chuyển vào các trang của biểu mẫu; nếu không, xóa trang này.",
    ),
    "label-changed": Sentence(
        _I,
        "Trang “{sheet}”, {cells}: {count} ô nhãn của biểu mẫu bị ghi thành {shown}.",
        "Số liệu vẫn tính cho chỉ tiêu ban đầu; nếu đơn vị muốn nói điều khác, ghi ở cột “Ghi chú”.",
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
    # Bất thường giữa các đơn vị và giữa các kỳ
    "peer-outlier": Sentence(
        _W,
        "“{label}” ghi {value}, {way} khoảng {times} lần mức thường gặp ở các đơn vị cùng loại, cùng quy mô "
        "(khoảng {usual}).",
        "Kiểm tra lại số đã nhập và đơn vị tính; nếu đúng thì ghi lý do vào cột “Ghi chú”.",
    ),
    "past-outlier": Sentence(
        _W,
        "“{label}” ghi {value}, {way} khoảng {times} lần mức thường gặp của chính đơn vị ở các kỳ trước "
        "(khoảng {usual}){hint}.",
        "Kiểm tra lại số đã nhập và đơn vị tính; nếu đúng thì ghi lý do vào cột “Ghi chú”.",
    ),
    "jump": Sentence(
        _W,
        "“{label}” ghi {value}, {way} khoảng {times} lần số kỳ trước ({usual}){hint}.",
        "Kiểm tra lại số của hai kỳ và đơn vị tính; nếu đúng thì ghi lý do vào cột “Ghi chú”.",
    ),
    "same-figures": Sentence(
        _W,
        "Toàn bộ {count} số liệu khác 0 trùng với báo cáo của {others}.",
        "Kiểm tra lại xem tệp có được chép từ đơn vị khác hoặc gửi nhầm không; nếu trùng ngẫu nhiên thì không cần sửa.",
    ),
    "same-as-last": Sentence(
        _W,
        "Toàn bộ {count} số liệu khác 0 trùng với báo cáo kỳ trước, trong đó {flows} số là kết quả phát sinh trong kỳ.",
        "Kiểm tra lại xem đơn vị có gửi nhầm báo cáo kỳ trước không; nếu số liệu đúng là của kỳ này thì không cần sửa.",
    ),
    "same-narrative": Sentence(
        _I,
        "Mục “{label}”: {share}% nội dung trùng với bài của {others} (không kể tên đơn vị và số liệu).",
        "Kiểm tra lại và bổ sung nét riêng của đơn vị, nếu có; nếu hai nơi cùng làm một việc thì không cần sửa.",
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
    "roster-email": Sentence(
        _W,
        "Dòng {row}: “{typed}” không phải một địa chỉ thư điện tử.",
        "Ghi đúng một địa chỉ; để trống nếu đơn vị không có.",
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

REASONS: Mapping[str, str] = {
    "zip": "tệp nén bên trong bị hỏng hoặc chưa tải về hết",
    "cut": "tệp nén bên trong bị hỏng hoặc chưa tải về hết",
    "bomb": "tệp nén bất thường, mở ra quá lớn",
    "twice": "tệp nén bất thường, một phần có hai bản",
    "overlap": "tệp nén bất thường, các phần chồng lên nhau",
    "junk": "tệp nén bất thường, có dữ liệu lạ ở đầu",
    "method": "tệp nén bằng cách lạ",
    "path": "tệp nén bất thường, có đường dẫn nguy hiểm",
    "xml": "nội dung bên trong tệp bị hỏng",
    "strings": "nội dung bên trong tệp bị hỏng ở phần chữ dùng chung",
    "order": "các ô bị trùng, lộn xộn hoặc nằm ngoài trang tính",
    "part": "thiếu hoặc thừa một phần bên trong tệp",
    "names": "một tên ô được đặt hai lần",
    "large": "tệp quá lớn",
    "long": "một ô chứa nhiều chữ hơn Excel cho phép",
    "memory": "tệp đòi quá nhiều bộ nhớ",
}
"""Why a file is unreadable: what fills `file-unreadable`."""

KINDS: Mapping[str, str] = {
    "7z": "tệp nén 7-Zip",
    "bz2": "tệp nén bzip2",
    "cloud": "tệp giữ chỗ của kho lưu trữ trên mạng, chưa tải về",
    "doc": "văn bản Word đời cũ (.doc)",
    "docx": "văn bản Word (.docx)",
    "empty": "tệp rỗng",
    "gz": "tệp nén gzip",
    "html-sheet": "trang web lưu dưới tên sổ Excel (HTML)",
    "image": "tệp ảnh",
    "irregular": "một liên kết, thiết bị hoặc thứ khác không phải tệp thường",
    "mail": "thư Outlook (.msg)",
    "mhtml": "trang web lưu thành một tệp (MHTML)",
    "odd-xlsx": "sổ ghi theo cách Excel không dùng",
    "ods": "bảng tính LibreOffice (.ods)",
    "odt": "văn bản LibreOffice (.odt)",
    "ole": "tệp Office đời cũ (.doc, .xls)",
    "pdf": "tệp PDF",
    "ppt": "bản trình chiếu PowerPoint đời cũ (.ppt)",
    "pptx": "bản trình chiếu PowerPoint (.pptx)",
    "program": "chương trình chạy máy",
    "rar": "tệp nén RAR",
    "rtf": "tệp RTF",
    "shortcut": "lối tắt (shortcut)",
    "system": "tệp của hệ điều hành",
    "tar": "tệp nén tar",
    "text": "tệp văn bản hoặc CSV, không rõ loại",
    "unknown": "tệp không rõ loại",
    "web": "trang web hoặc XML",
    "xls": "sổ Excel đời cũ (.xls)",
    "xls-2": "sổ Excel đời rất cũ (trước năm 1997)",
    "xlsb": "sổ Excel nhị phân (.xlsb)",
    "xml-2003": "bảng tính XML 2003",
    "xz": "tệp nén xz",
    "zeros": "tệp giữ chỗ toàn số 0 (chép hoặc tải về chưa xong)",
    "zip": "tệp nén, không phải sổ Excel",
}
"""What a file is: what fills `file-kind` and its like."""
