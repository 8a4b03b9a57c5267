"""How findings, figures and days are put into Vietnamese words. Rules carry their own sentences."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import date
from math import isinf

from consolidator.element import Rule
from consolidator.finding import NOWHERE, Finding, Place, Severity
from consolidator.form import Form
from consolidator.sentences import SENTENCES
from consolidator.workedout import worked_out

HOLDS, BROKEN, UNDECIDED = "Đạt", "Sai", "Chưa đủ số liệu"
SEVERITY_WORDS = {Severity.ERROR: "Lỗi", Severity.WARNING: "Cảnh báo", Severity.INFO: "Lưu ý"}
DRAFT, FINAL = "Dự thảo", "Chính thức"
STATUS_WORDS = {"accepted": "Đã nhận", "rejected": "Bị loại", "ignored": "Bỏ qua"}
TOO_LARGE = "quá lớn"
"""Stands for a number beyond all that a workbook can hold."""
_LONG = 1e16
"""Numbers from here on end in zeros that say nothing: a workbook keeps fifteen digits."""
PROVISIONAL = "TẠM TÍNH"
"""What stands on every sheet of a summary that is not whole yet."""
OF_WHICH = "Trong đó: "


def tell(code: str, place: Place = NOWHERE, unit: str = "", **facts: str) -> Finding:
    """A finding of the catalogue; `unit` fills a hole of that name too.

    Raises KeyError for a code the catalogue does not know or a hole that no fact fills.
    """
    sentence, facts = SENTENCES[code], {"unit": unit, **facts}
    (sentence.what + sentence.fix).format(**facts)
    return Finding(code, sentence.severity, place, facts, unit)


def sentence_of(finding: Finding, form: Form | None = None) -> tuple[str, str]:
    """(what is wrong, what to do) of a finding, from the form's rules or from the catalogue."""
    if finding.code in SENTENCES:
        found = SENTENCES[finding.code]
        return found.what.format(**finding.facts), found.fix.format(**finding.facts)
    if form is None:
        raise KeyError(finding.code)
    rule = _rules(form)[finding.code]
    what = rule.message.format(**finding.facts)
    values = finding.facts.get("values", "")
    return f"{what} [{values}]" if values else what, rule.fix.format(**finding.facts)


@worked_out
def _rules(form: Form) -> Mapping[str, Rule]:
    return {rule.code: rule for rule in form.rules}


def message_of(finding: Finding, form: Form | None = None) -> str:
    """Both sentences in one line."""
    return " ".join(sentence_of(finding, form))


def number_words(value: float | None, digits: int = 2) -> str:
    """A figure as Vietnamese write it: `4.067.150.000`, `90,6`; "trống" for a blank.

    One of more digits than a workbook keeps is told by those that it keeps, and by its size: `1,7 × 10^308`.
    """
    if value is None or value != value:
        return "trống"
    if isinf(value):
        return TOO_LARGE
    text, _, power = (f"{value:.14e}" if abs(value) >= _LONG else f"{value:,.{digits}f}").partition("e+")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.translate(str.maketrans(",.", ".,")) + (f" × 10^{power}" if power else "")


def lowered(text: str) -> str:
    """A label inside a sentence: its first letter small, unless it begins an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def refusal_words(error: OSError) -> str:
    """Why the system refused a file, in Vietnamese; systems themselves say it in English."""
    trouble = _TROUBLES.get(error.errno) if error.errno else None
    return trouble or _REFUSALS.get(type(error), "hệ điều hành không cho mở")


_REFUSALS: Mapping[type[OSError], str] = {
    FileExistsError: "đã có tệp cùng tên",
    FileNotFoundError: "không có tệp hoặc thư mục này",
    PermissionError: "không có quyền đọc hoặc ghi",
    IsADirectoryError: "đây là thư mục, không phải tệp",
    NotADirectoryError: "đây là tệp, không phải thư mục",
}
_FULL = "ổ đĩa đã đầy"
_TROUBLES: Mapping[int, str] = {
    errno.ENOSPC: _FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): _FULL,
    errno.EFBIG: "tệp lớn hơn mức ổ đĩa cho phép",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.EIO: "ổ đĩa báo lỗi khi đọc hoặc ghi",
    errno.ENAMETOOLONG: "tên tệp hoặc đường dẫn quá dài",
}
"""By number of the system's error: what the kind alone does not tell."""


def day_words(day: date) -> str:
    """A day as Vietnamese write it: `30/09/2023`."""
    return day.strftime("%d/%m/%Y")


LABELS: Mapping[str, str] = {
    "meta.unit": "Mã đơn vị",
    "meta.unit_name": "Tên đơn vị",
    "meta.level_name": "Cấp báo cáo",
    "meta.parent": "Mã đơn vị cấp trên",
    "meta.period_label": "Kỳ báo cáo",
    "meta.as_of": "Số liệu tính đến ngày",
    "meta.report_date": "Ngày ký báo cáo",
    "meta.submitted_on": "Ngày gửi báo cáo",
    "meta.conference_on": "Ngày hội nghị Ban Chấp hành",
    "meta.baseline_date": "Mốc đầu nhiệm kỳ",
    "meta.estimate_to": "Ước thực hiện đến ngày",
    "meta.deadline": "Hạn gửi (trước ngày)",
    "meta.term_start": "Bắt đầu nhiệm kỳ",
    "meta.term_end": "Kết thúc nhiệm kỳ",
    "meta.elapsed": "Phần nhiệm kỳ đã qua",
    "meta.parent_level": "Cấp của cấp trên",
    "meta.version": "Phiên bản",
    "meta.approved_on": "Ngày Ban Chấp hành thông qua",
    "meta.sealed_on": "Đóng dấu nộp lúc",
    "meta.prepared_by": "Người lập biểu",
    "meta.approved_by": "Người ký duyệt",
    "meta.period_start": "Ngày đầu kỳ",
    "meta.period_end": "Ngày cuối kỳ",
    "meta.level": "Cấp",
    "as_of": "Ngày chốt số liệu",
    "qualifier": "Mức chính xác",
    "note": "Ghi chú",
}
"""Names of cover fields and row attributes, as they stand in workbooks and in findings."""
