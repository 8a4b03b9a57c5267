"""A form as sheets for people: which sheet and column holds which key of which file, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consolidator.documenting import AGGREGATIONS, KINDS
from consolidator.finding import Severity
from consolidator.unit import LEVELS
from consolidator.wording import SEVERITY_WORDS

YES, NO = "có", "không"
COMMENT = "comment"
"""The key of the column that holds what stands as a comment above a block."""
FILES = ("form.toml", "narratives.toml", "rules.toml", "tables.toml")
"""The files of a form that go through a spreadsheet; migrations and samples do not."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key and its column.

    Attributes:
        kind: `text`, `code` (a key, never a number), `codes` (several, with commas), `lines` (several texts, one a
            line), `flag`, `whole`, `number`, `day`, `choice`, `pairs` (`key = value`, one a line), `examples` (one a
            line, each `key = value, key = value`), `shown` (for information only).
        choices: name of the list it is chosen from, "" for none.
    """

    key: str
    label: str
    kind: str = "text"
    width: float = 16
    choices: str = ""
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sheet with a row for each block of a file; `block` is its name there, `key` what tells rows apart."""

    sheet: str
    file: str
    block: str
    key: str
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field:
        """A column by its key."""
        return next(one for one in self.fields if one.key == key)


_NOTE = Field(COMMENT, "Ghi chú của người soạn", width=40, hint="Vì sao như vậy; thành chú thích trong tệp nguồn.")
_SOURCE = Field("source", "Nguồn", width=12, hint="Văn bản và dòng, ví dụ 004:51.")
_LEVELS = Field("levels", "Cấp", "codes", 20, "levels", hint="Cách nhau bằng dấu phẩy, ví dụ CDCS, CTTT.")
_DEPT = Field("dept", "Ban phụ trách", "choice", 11, "departments")

FORM = Plan(
    "Biểu mẫu",
    "form.toml",
    "",
    "id",
    (
        Field("id", "Mã biểu mẫu", "code", required=True, hint="Chữ thường không dấu, số, dấu _; cũng là tên thư mục."),
        Field("name", "Tên báo cáo", required=True),
        Field("kind", "Loại", "choice", choices="form kinds"),
        Field("version", "Phiên bản", "code", hint="Tăng lên mỗi khi thêm chỉ tiêu hoặc mục thuyết minh."),
        Field("seed", "Văn bản gốc", "code"),
        Field("disclaimer", "Lưu ý ở bìa"),
        Field("issuer", "Đơn vị ban hành"),
        Field("levels", "Các cấp báo cáo", "codes", choices="levels", required=True, hint="Từ cấp thấp nhất."),
        Field("measures", "Các cột số liệu", "codes", choices="measures", required=True),
        Field("accepts", "Nhận tổng hợp từ biểu mẫu", "codes"),
        Field("flags", "Điều kiện đang có hiệu lực", "codes", hint="Ví dụ congress: năm đại hội."),
        Field("cover", "Ngày hỏi thêm ở bìa", "codes"),
        Field("period.id", "Kỳ báo cáo: mã", "code", required=True),
        Field("period.label", "Kỳ báo cáo: tên", required=True),
        Field("period.start", "Kỳ báo cáo: từ ngày", "day", required=True),
        Field("period.end", "Kỳ báo cáo: đến ngày", "day", required=True),
        *(
            Field(f"terms.{level}.{end}", f"Nhiệm kỳ {level}: {words}", "day")
            for level in LEVELS
            for end, words in (("start", "từ ngày"), ("end", "đến ngày"))
        ),
        *(
            Field(f"deadlines.{level}", f"Hạn nộp {level} (trước ngày)", "day", hint="Ngày đầu tiên bị coi là muộn.")
            for level in LEVELS
        ),
        Field("derived_override", "Công thức riêng của biểu mẫu", "pairs", hint='Mỗi dòng: mã_chỉ_tiêu = "công thức".'),
    ),
)
SECTIONS = ("period", "terms", "deadlines", "derived_override")
"""Keys of `form.toml` that stand as `[sections]`."""

INDICATORS = Plan(
    "Chỉ tiêu",
    "form.toml",
    "sheet",
    "code",
    (
        Field("sheet", "Phụ lục", "choice", 9, "sheets", True),
        Field("code", "Mã chỉ tiêu", "code", 22, "", True, "Mã trong thư viện chung, hoặc mã mới."),
        Field("label", "Tên chỉ tiêu", width=44, hint="Chỉ điền cho mã mới; mã đã có thì lấy từ thư viện chung."),
        Field("unit", "Đơn vị tính", width=14),
        Field("type", "Kiểu số", "choice", 10, "types"),
        Field("agg", "Cách tổng hợp", "choice", 18, "aggregations"),
        Field("kind", "Tính chất", "choice", 16, "kinds"),
        Field("level", "Cấp thấp nhất", "choice", 10, "levels"),
        _DEPT,
        _SOURCE,
        Field("part_of", "Là bộ phận của", "code", 18, "indicators"),
        Field("weight", "Quyền số", "code", 16, "indicators", hint="Cho bình quân gia quyền."),
        Field("derived", "Công thức", width=34, hint="Cho chỉ tiêu tự tính."),
        Field("direction", "Chiều tốt", "choice", 9, "directions"),
        Field("only_if", "Chỉ hỏi khi", "code", 10),
        Field("note", "Ghi chú trên biểu", width=30),
        _NOTE,
    ),
)
NARRATIVES = Plan(
    "Đề cương",
    "narratives.toml",
    "narrative",
    "id",
    (
        Field("path", "Vị trí", "code", 12, "", True, "Ví dụ II.1.2.a; là chữ, kể cả khi giống số."),
        Field("id", "Mã mục", "code", 26, "", True),
        Field("kind", "Loại mục", "choice", 12, "narrative kinds", True),
        Field("heading", "Tiêu đề", width=46, required=True),
        Field("prompt", "Gợi ý viết", width=56, hint="Bắt buộc với mục phải viết."),
        _DEPT,
        _LEVELS,
        Field("asks", "Các câu hỏi", "lines", 34, hint="Mỗi câu một dòng (Alt+Enter)."),
        Field("figures", "Đòi số liệu", "choice", 13, "figures"),
        Field("clause", "Theo câu nào", width=22),
        Field("required", "Bắt buộc", "flag", 9, hint="Để trống là có."),
        Field("standing", "Luôn hiện", "flag", 9),
        Field("only_if", "Chỉ hỏi khi", "code", 10),
        Field("note", "Ghi chú trên biểu", width=26),
        Field("indicators", "Chỉ tiêu liên quan", "codes", 34, "indicators"),
        _SOURCE,
        _NOTE,
    ),
)
RULES = Plan(
    "Quy tắc",
    "rules.toml",
    "rule",
    "code",
    (
        Field("code", "Mã quy tắc", "code", 10, "", True),
        Field("check", "Điều phải đúng", width=46, required=True, hint="Công thức kiểu Excel trên mã chỉ tiêu."),
        Field("severity", "Mức độ", "choice", 10, "severities", True),
        Field("message", "Câu báo khi sai", width=46, required=True),
        Field("fix", "Cách sửa", width=46, required=True),
        _SOURCE,
        Field("measures", "Chỉ ở cột", "codes", 14, "measures"),
        _LEVELS,
        Field("tolerance", "Sai lệch cho phép", "number", 9),
        Field("for_each", "Áp dụng cho mỗi", "pairs", 24, hint='Ví dụ kind = "flow" hoặc table = "chi_tieu".'),
        Field("good", "Ví dụ đúng", "examples", 40, "", True, "Mỗi dòng một ví dụ: ma_a = 3, ma_b = 1"),
        Field("bad", "Ví dụ sai", "examples", 40, "", True, "Mỗi dòng một ví dụ mà quy tắc phải bắt được."),
        _NOTE,
    ),
)
TABLES = Plan(
    "Bảng",
    "tables.toml",
    "table",
    "id",
    (
        Field("id", "Mã bảng", "code", 16, "", True),
        Field("path", "Vị trí trong đề cương", "code", 14, "", True),
        Field("title", "Tên bảng", width=44, required=True),
        Field("hint", "Hướng dẫn điền", width=56, required=True),
        Field("sheet", "Tên trang", width=12),
        _DEPT,
        _LEVELS,
        Field("rows", "Số dòng", "whole", 8),
        Field("key", "Cột chính", "code", 12, "", True, "Mã của cột mà dòng nào cũng phải có."),
        _SOURCE,
        _NOTE,
    ),
)
_TABLE = Field("table", "Mã bảng", "code", 16, "", True)
COLUMNS = Plan(
    "Cột của bảng",
    "tables.toml",
    "column",
    "id",
    (
        _TABLE,
        Field("id", "Mã cột", "code", 14, "", True),
        Field("label", "Tên cột", width=34, required=True),
        Field("type", "Kiểu", "choice", 14, "column types", True),
        Field("width", "Độ rộng", "number", 8),
        Field("choices", "Các giá trị được chọn", "lines", 34, hint="Mỗi giá trị một dòng."),
        Field("required", "Bắt buộc", "flag", 9),
        Field("derived", "Công thức", width=46, hint="Trên các cột cùng dòng: r.mã_cột."),
        Field("total", "Cộng dòng cuối", "flag", 9),
        Field("note", "Ghi chú trên biểu", width=34),
        _NOTE,
    ),
)
ROWS = Plan(
    "Dòng có sẵn",
    "tables.toml",
    "row",
    "table",
    (_TABLE, Field("values", "Nội dung", "pairs", 90, "", True, 'Mỗi dòng: mã_cột = "nội dung".'), _NOTE),
)
NOTES = (
    *((f"[{name}]", f"Ghi chú cho phần [{name}] của form.toml") for name in SECTIONS),
    *((f"{file} {end}", f"Ghi chú {words} {file}") for file in FILES for end, words in (("^", "đầu"), ("$", "cuối"))),
)
"""Rows of the sheet of the form that hold only comments: of its sections, of files above (^) and below ($)."""
TITLE_ROW, HEAD_ROW = 0, 2
KEY_COL, LABEL_COL, VALUE_COL, HINT_COL, COMMENT_COL = range(5)
"""Columns of the sheet of the form."""
FORM_HEADS = ("Khóa", "Nội dung", "Giá trị", "Cách điền", "Ghi chú của người soạn")
LISTS = "Danh mục"
"""The sheet of what may be chosen."""
PLANS = (INDICATORS, NARRATIVES, RULES, TABLES, COLUMNS, ROWS)
"""Sheets with a row for each thing, in the order of the workbook; `FORM` has a row for each key instead."""

CHOICES: Mapping[str, Mapping[str, str]] = {
    "form kinds": {
        "quarterly": "báo cáo quý",
        "annual": "báo cáo năm",
        "mid_term_review": "sơ kết giữa nhiệm kỳ",
        "thematic": "chuyên đề",
    },
    "narrative kinds": {"heading": "đề mục", "answer": "phải viết"},
    "figures": {"explicit": "mục này đòi", "inherited": "mục trên đòi"},
    "severities": {str(one.value): SEVERITY_WORDS[one] for one in Severity},
    "types": {"int": "số nguyên", "decimal": "số lẻ", "money": "tiền (đồng)", "percent": "tỷ lệ %", "date": "ngày"},
    "column types": {
        "text": "chữ",
        "number": "số",
        "money": "tiền (đồng)",
        "percent": "tỷ lệ %",
        "date": "ngày",
        "choice": "chọn trong danh sách",
    },
    "aggregations": AGGREGATIONS,
    "kinds": KINDS,
    "directions": {"up": "tăng", "down": "giảm", "none": "không xét"},
}
"""What is chosen by a word: words by what stands in the file. Other lists come from the catalogue, by their codes."""
