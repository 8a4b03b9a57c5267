"""A form's own documentation as a web page, for the people who must approve it: rows, prompts, rules, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any

from consolidator.element import Check, Rule, Table
from consolidator.form import Form
from consolidator.wording import SEVERITY_WORDS, day_words

_STYLE = """
body{font-family:"Times New Roman",serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1f3864;line-height:1.45}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #a6a6a6;padding:.3rem .5rem;
vertical-align:top;text-align:left}th{background:#1f4e79;color:#fff}code{background:#f2f2f2;padding:0 .2rem}
.error{background:#f4b184}.warning{background:#ffe699}.info{background:#ddebf7}h2{border-bottom:2px solid #1f4e79}
"""
AGGREGATIONS = {
    "sum": "cộng",
    "count": "đếm (cộng số đơn vị)",
    "ratio": "tính lại từ tử số và mẫu số",
    "formula": "tính từ chỉ tiêu khác",
    "weighted_mean": "bình quân gia quyền",
    "min": "nhỏ nhất",
    "max": "lớn nhất",
    "last": "số mới nhất",
    "none": "không cộng, mỗi cấp một số riêng",
}
KINDS = {
    "flow": "phát sinh trong kỳ",
    "stock": "số tại thời điểm",
    "cum": "lũy kế",
    "derived": "tự tính",
    "ref": "tham số",
}


def form_page(form: Form) -> str:
    """The whole form as one self-contained HTML page."""
    parts = [
        f"<h1>{escape(form.name)}</h1>",
        f"<p>Mã <code>{form.id}</code>, phiên bản {escape(form.version)}, kỳ {escape(form.period.label)}"
        f" ({day_words(form.period.start)}–{day_words(form.period.end)}). <em>{escape(form.disclaimer)}</em></p>",
        _deadlines(form),
        "<h2>Chỉ tiêu</h2>",
        *(_sheet(form, sheet.code, sheet.indicators) for sheet in form.sheets),
        "<h2>Thuyết minh</h2>",
        _table(("Mục", "Nội dung", "Cần nêu", "Cấp", "Yêu cầu"), (_narrative_row(form, n) for n in form.narratives)),
        "<h2>Bảng chi tiết</h2>" if form.tables else "",
        *(_detail(table) for table in form.tables),
        "<h2>Quy tắc kiểm tra</h2>",
        *(_rule(form, rule, checks) for rule, checks in rules_in_use(form)),
    ]
    title = escape(form.name)
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="vi"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def rules_in_use(form: Form) -> list[tuple[Rule, list[Check]]]:
    """Rules that check something at some level of the form, each with what it becomes there."""
    found: dict[str, tuple[Rule, list[Check]]] = {}
    for level in form.levels:
        for check in form.at(level).checks:
            checks = found.setdefault(check.rule.code, (check.rule, []))[1]
            if all(check.id != other.id for other in checks):
                checks.append(check)
    return list(found.values())


def _deadlines(form: Form) -> str:
    levels = form.catalogue.levels
    rows = [(levels[level].name, "trước ngày " + day_words(day)) for level, day in form.deadlines.items()]
    return "<h2>Hạn gửi</h2>" + _table(("Cấp", "Hạn"), rows) if rows else ""


def _sheet(form: Form, code: str, indicators: Iterable[str]) -> str:
    rows = []
    for indicator in (form.indicators[one] for one in indicators):
        merging = AGGREGATIONS[indicator.agg]
        if indicator.derived:
            merging += f": {indicator.derived}"
        if indicator.weight:
            merging += f", quyền số {indicator.weight}"
        level = form.catalogue.levels[indicator.level].short
        dept = form.catalogue.departments.get(indicator.dept, "")
        rows.append(
            (
                indicator.code,
                indicator.label,
                indicator.unit,
                KINDS[indicator.kind],
                merging,
                f"từ {level}",
                dept,
                indicator.source,
            )
        )
    heads = ("Mã", "Chỉ tiêu", "Đơn vị tính", "Loại số", "Cách tổng hợp", "Cấp báo cáo", "Ban phụ trách", "Căn cứ")
    return f"<h3>{code}. {escape(form.catalogue.sheets[code])}</h3>" + _table(heads, rows)


def _narrative_row(form: Form, narrative: Any) -> tuple[str, ...]:
    demands = [] if narrative.kind == "heading" else ["bắt buộc" if narrative.required else "nếu có"]
    demands += [f"phải có số liệu ({narrative.clause or narrative.source})"] * bool(narrative.figures)
    levels = (
        ", ".join(form.catalogue.levels[level].short for level in narrative.levels)
        if narrative.kind == "answer"
        else ""
    )
    asks = narrative.prompt + "".join(f" ({n}) {ask}" for n, ask in enumerate(narrative.asks, 1))
    return narrative.path, narrative.heading, asks, levels, "; ".join(demands)


def _detail(table: Table) -> str:
    rows = [
        (c.label, c.type, "; ".join(c.choices), c.derived, "bắt buộc" if c.required else "", "có" if c.total else "")
        for c in table.columns
    ]
    heads = ("Cột", "Kiểu", "Danh sách chọn", "Tự tính", "Bắt buộc", "Cộng dồn")
    return f"<h3>{escape(table.path)}. {escape(table.title)}</h3><p>{escape(table.hint)}</p>" + _table(heads, rows)


def _rule(form: Form, rule: Rule, checks: list[Check]) -> str:
    severity = SEVERITY_WORDS[rule.severity]
    facts = checks[0].facts if rule.for_each else {}
    message, fix = (_filled(text, facts) for text in (rule.message, rule.fix))
    examples = "".join(
        f"<li>{word}: {escape('; '.join(f'{name} = {_word(value)}' for name, value in example.items()))}</li>"
        for word, group in (("đúng", rule.good), ("sai", rule.bad))
        for example in group
    )
    return (
        f'<h3 id="{rule.code}">{rule.code} <span class="{rule.severity.value}">{severity}</span></h3>'
        f"<p><code>{escape(rule.check)}</code></p><p>{escape(message)} {escape(fix)}</p>"
        f"<p>Căn cứ: {escape(rule.source)}. Áp dụng {len(checks)} lần trong biểu mẫu.</p><ul>{examples}</ul>"
    )


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return text.format(**{key: f"«{key}»" for key in facts}) if facts else text


def _word(value: Any) -> str:
    return day_words(value) if isinstance(value, date) else str(value)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(word)}</th>" for word in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
