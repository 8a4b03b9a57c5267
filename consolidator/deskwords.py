"""Every Vietnamese sentence that the add-in itself says; findings speak with the words of `wording`."""

from __future__ import annotations

from collections.abc import Mapping

TITLE = "Công đoàn"

OBSTACLES: Mapping[str, str] = {
    "no-workbook": "Không thấy sổ nào đang mở để làm việc. Nếu phía trên sổ có dải vàng “Protected View”, bấm "
    "“Enable Editing” (Cho phép sửa) rồi bấm lại nút này.",
    "unreadable": "{text}",
    "password": "Trang “{sheet}” đang được bảo vệ bằng mật khẩu nên không đánh dấu được. Vào Review, chọn "
    "Unprotect Sheet và gõ mật khẩu, rồi bấm lại nút này.",
    "structure": "Cấu trúc sổ đang bị khóa (Protect Workbook) nên không thêm được trang kết quả. Vào Review, bấm "
    "Protect Workbook để mở khóa, rồi bấm lại nút này.",
    "busy": "Excel đang bận: có ô đang gõ dở hoặc có hộp thoại đang mở. Bấm Enter hoặc đóng hộp thoại rồi bấm lại.",
    "not-checked": "Chưa có kết quả kiểm tra trong sổ này. Bấm “Kiểm tra” trước.",
    "no-finding-here": "Ô {cell} không có cảnh báo nào cần giải trình. Chọn ô có cảnh báo (màu vàng), hoặc chọn một "
    "dòng ở trang “{results}”, rồi bấm lại “Giải trình”.",
    "error-not-explained": "Ô {cell} có lỗi phải sửa số liệu, không giải trình được: {text}",
    "table-full": "Trang “Giải trình” đã hết dòng trống. Xóa dòng không cần nữa rồi bấm lại.",
    "no-table": "Sổ này không có trang “Giải trình”. Đề nghị dùng đúng biểu mẫu đã phát.",
    "no-fixes": "Chưa có trang “{sheet}”. Bấm “Chuẩn hóa” để chương trình tìm chỗ cần sửa.",
    "nothing-ticked": "Chưa có dòng nào được đánh dấu x ở cột “Chọn” của trang “{sheet}”.",
    "nothing-to-undo": "Không có sửa đổi nào để hoàn tác.",
    "still-errors": "Chưa nộp được: báo cáo còn {count} lỗi. Sửa hết lỗi (xem trang “{results}”) rồi bấm lại "
    "“Nộp báo cáo”.\n\nLỗi đầu tiên: {text}",
    "no-copy": "Không lưu được bản sao của sổ. Lưu sổ vào một thư mục trên máy (Save As) rồi bấm lại.",
    "cannot-write": "Không ghi được “{file}”: {reason}. Nếu tệp đó đang mở thì đóng lại, hoặc chọn thư mục khác, rồi "
    "bấm lại nút này.",
    "not-xlsx": "Sổ “{name}” không phải tệp .xlsx. Bấm Save As, chọn “Excel Workbook (*.xlsx)” rồi nộp từ sổ đó.",
    "no-seal": "Sổ này không có chỗ để đóng dấu nộp. Đề nghị dùng đúng biểu mẫu đã phát.",
    "no-roster": "Không thấy danh sách đơn vị (units.xlsx) trong thư mục “{folder}” hay thư mục chứa nó. Chép danh "
    "sách đơn vị vào đó rồi bấm lại.",
    "bad-roster": "Danh sách đơn vị “{file}” có lỗi: {text}",
    "no-parents": "Danh sách đơn vị “{file}” không có đơn vị nào có cấp dưới để tổng hợp.",
    "unknown-parent": "Mã “{code}” không có trong danh sách đơn vị. Các mã tổng hợp được: {codes}.",
    "running": "Đang tổng hợp thư mục “{folder}”. Chờ xong, hoặc bấm “Dừng tổng hợp”.",
    "not-running": "Hiện không có lần tổng hợp nào đang chạy.",
    "no-report": "Chưa có báo cáo kiểm tra nào. Bấm “Tổng hợp thư mục” trước.",
    "report-gone": "Không còn thấy báo cáo kiểm tra “{file}”. Bấm “Tổng hợp thư mục” để lập lại.",
    "failed": "Chương trình gặp lỗi của chính nó khi làm “{button}”; sổ của anh chị không bị thay đổi gì thêm. Gửi "
    "tệp nhật ký này cho người phụ trách CNTT:\n{log}",
}
"""Why a button cannot do its work, and what to do."""

BUTTONS: Mapping[str, str] = {
    "check": "Kiểm tra",
    "previous_error": "Lỗi trước",
    "next_error": "Lỗi sau",
    "clear_marks": "Xóa đánh dấu",
    "explain": "Giải trình",
    "normalise": "Chuẩn hóa",
    "apply_fixes": "Áp dụng",
    "undo_fixes": "Hoàn tác",
    "submit": "Nộp báo cáo",
    "consolidate": "Tổng hợp thư mục",
    "stop": "Dừng tổng hợp",
    "open_report": "Mở báo cáo kiểm tra",
    "show_help": "Trợ giúp",
}

RESULT = "{errors} lỗi, {warnings} cảnh báo, {infos} lưu ý"
RESULT_HINTS = {
    "errors": "Sửa các ô màu cam trước (nút “Lỗi sau” đưa đến từng ô), rồi bấm Kiểm tra lại.",
    "warnings": "Không còn lỗi. Xem các ô màu vàng: số đúng thì bấm “Giải trình”, số sai thì sửa.",
    "clean": "Báo cáo không có lỗi và cảnh báo nào. Có thể bấm “Nộp báo cáo”.",
}
RESULT_HEADS = ("Mức", "Trang", "Ô", "Điều sai", "Cách xử lý", "Giải trình", "Mã")
RESULTS_TITLE, RESULTS_BACK = "KẾT QUẢ KIỂM TRA", "Bấm cột Ô để đến chỗ cần xem. Trang này do chương trình lập."
NOT_MARKED = "Chỉ đánh dấu {marked} ô đầu; các ô còn lại xem ở trang “{results}”."
LOCKED = "Trang {sheets} có mật khẩu nên không đánh dấu được ô; lỗi của trang này vẫn ở trang “{results}”."
READ_ONLY = "Sổ đang mở ở chế độ chỉ đọc: kiểm tra được, nhưng muốn giữ sửa đổi phải lưu thành tệp khác."
CLEARED = "Đã xóa đánh dấu; màu và ghi chú của các ô trở lại như cũ."
NOTHING_MARKED = "Sổ này không có đánh dấu nào của chương trình."
EXPLAIN_ASK = "{message}\n\nNếu số liệu đúng, viết vì sao (lời giải trình đi theo báo cáo lên cấp trên):"
EXPLAINED = "Đã ghi lời giải trình cho ô {cell}; xem ở trang “Giải trình”."
EXPLAIN_KEPT = "Không ghi lời giải trình nào."
EXPLAIN_LONG = "Lời giải trình cho ô {cell} đã có và dài, nên sửa thẳng vào ô đang chọn ở trang “Giải trình”."

FIX_HEADS = ("Chọn", "Trang", "Ô", "Nội dung", "Đang ghi", "Sửa thành", "Vì sao", "Tình trạng")
FIXES_TITLE = "ĐỀ NGHỊ CHUẨN HÓA"
FIXES_HINT = (
    "Đánh dấu x ở cột “Chọn” những dòng đồng ý (có thể sửa cột “Sửa thành”), rồi bấm “Áp dụng”. "
    "Chưa bấm thì chưa ô nào thay đổi; “Hoàn tác” trả lại như cũ."
)
FIXES_FOUND = "Tìm thấy {count} chỗ nên chuẩn hóa, {ticked} chỗ chắc chắn đã đánh dấu x. Xem rồi bấm “Áp dụng”."
FIXES_NONE = "Không có chỗ nào cần chuẩn hóa."
FIX_DONE, FIX_UNDONE, FIX_CHANGED = "đã sửa", "đã hoàn tác", "bỏ qua: ô đã thay đổi sau khi lập danh sách"
FIX_UNCLEAR = "bỏ qua: cột “Sửa thành” chưa ghi nội dung dùng được"
FIXES_APPLIED = "Đã sửa {count} ô, bỏ qua {skipped} ô (xem cột “Tình trạng”). Bấm “Hoàn tác” nếu muốn trả lại như cũ."
FIXES_UNDONE = "Đã trả lại {count} ô như cũ, bỏ qua {skipped} ô đã thay đổi sau khi sửa."
FIX_REASONS: Mapping[str, str] = {
    "number": "Đọc được chắc chắn là số {value}",
    "two-readings": "Có thể là {value} hoặc {other}: chọn một số, ghi vào cột “Sửa thành”",
    "nothing": "Ghi “{now}”: nếu là không phát sinh thì số 0",
    "unsure": "Có thể là {value}, cần xem lại",
    "date": "Excel đã đổi thành ngày {now}; nếu ý là {value} thì đánh dấu x",
    "decomposed": "Chữ Việt tổ hợp (dấu rời): đổi sang dựng sẵn, chữ không đổi",
    "tcvn3": "Chữ gõ bằng phông cũ TCVN3 (.VnTime): đổi sang Unicode",
    "vni": "Chữ gõ bằng phông cũ VNI: đổi sang Unicode",
    "mojibake": "Chữ bị hỏng khi chuyển mã: khôi phục",
}

SUBMIT_FOLDER = "Chọn thư mục để lưu bản nộp"
SUBMITTED = (
    "Đã lưu bản nộp:\n{path}\n\nĐóng dấu lúc {when}, mã số liệu {digest}. Gửi đúng tệp này lên cấp trên; sửa tệp "
    "sau khi đóng dấu sẽ bị phát hiện. Sổ đang mở không thay đổi."
)

CONSOLIDATE_FOLDER = "Chọn thư mục chứa báo cáo của các đơn vị"
CONSOLIDATE_ASK = "Mã đơn vị tổng hợp (các mã có trong danh sách: {codes}):"
STARTED = "Đang tổng hợp “{folder}”… Có thể làm việc tiếp; bấm “Dừng tổng hợp” nếu muốn dừng."
PROGRESS = "{what}: {done}/{total}. Bấm “Dừng tổng hợp” nếu muốn dừng."
STOPPING, STOPPED = "Đang dừng…", "Đã dừng tổng hợp theo yêu cầu; chưa ghi sổ tổng hợp, báo cáo nào."
FINISHED = "Tổng hợp xong: {accepted} báo cáo đã nhận, {rejected} bị loại, thiếu {missing} đơn vị, {errors} lỗi."
APART = " Quá nhiều đơn vị cho một sổ: sổ tổng hợp chỉ có số tổng, số liệu từng đơn vị ở “{data}”."

HELP = (
    "Consolidator {version}\n\n{health}\n\nHướng dẫn điền: trang “Hướng dẫn” trong mỗi sổ.\nTệp nhật ký: {log}\n"
    "Tự kiểm tra đầy đủ: consolidator addin doctor"
)
