"""What the figures of a draft say: every key of a control comes to words by one function, drawn or refreshed.

A key is a Ref, or a Ref and after `~` another way of saying it; `code.as_of` and `meta.as_of` are keys as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consolidator.element import CARRIED_OVER, Figure, Indicator
from consolidator.submission import Submission
from consolidator.verdict import day_of
from consolidator.wording import PROVISIONAL, day_words, lowered, number_words

CELL, PLAIN, BEFORE, SINCE, THAN = "~cell", "~plain", "~prev", "~change", "~than."
"""A figure in a table; without its qualifier; last period's; the change since then; the change since a measure."""
NOTICE = "meta.notice"
"""Why a summary is provisional, as its cover says it."""
NO_FIGURE, NO_FIGURE_CELL = "[chưa có số liệu]", "[…]"
MEASURES = ("actual", "estimate", "ytd", "target", "baseline", "prev_term")
"""Which measure a sentence is about: the first that is given."""
_BESIDE = {
    "target": "chỉ tiêu giao {}",
    "pct_target": "đạt {}% chỉ tiêu",
    "estimate": "ước thực hiện {}",
    "pct_estimate": "ước đạt {}% chỉ tiêu",
    "ytd": "lũy kế từ đầu năm {}",
    "prev_term": "kết quả nhiệm kỳ trước {}",
    "baseline": "đầu nhiệm kỳ {}",
    "pct_baseline": "bằng {}% đầu nhiệm kỳ",
}
"""What else a sentence says of an indicator, in this order."""
_BEFORE_IT = {"từ … trở lên": "ít nhất"}
"""Qualifiers that do not simply stand before their figure, in words that do."""
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Fill:
    """A place of the draft that follows a figure: its key, what it says now, what people call it.

    `missing` says that it holds a placeholder.
    """

    key: str
    text: str
    label: str
    missing: bool = False


def fill(summary: Submission, key: str) -> Fill:
    """What a key says now. Raises KeyError for a key that the form does not know."""
    name, _, way = key.partition("~")
    head, _, tail = name.partition(".")
    if name == NOTICE:
        notice = str(summary.meta.get(name, ""))
        return Fill(key, f"[{notice}]" if notice else "", PROVISIONAL, bool(notice))
    if head == "meta":
        return Fill(key, _day(summary.meta.get(name)) or "[ngày]", "Số liệu tính đến ngày", name not in summary.meta)
    if tail == "as_of":
        day = _day(summary.attributes.get(name))
        label = summary.view.form.indicators[head].label
        return Fill(key, f" (tính đến ngày {day})" if day else "", f"{label}: ngày chốt")
    figure = summary.view.by_ref[name]
    label = summary.view.label_of(figure)
    if way == BEFORE[1:]:
        return Fill(key, _worth(figure, summary.previous.get(name)), f"{label}: kỳ trước", name not in summary.previous)
    if way == SINCE[1:]:
        return Fill(key, _change(figure, summary.previous.get(name), summary.value(name)), f"{label}: so kỳ trước")
    if way.startswith(THAN[1:]):
        other = summary.value(f"{head}.{way.removeprefix(THAN[1:])}")
        return Fill(key, _change(figure, other, summary.value(name)), f"{label}: so sánh")
    value = summary.value(name)
    if value is None:
        return Fill(key, NO_FIGURE_CELL if way == CELL[1:] else NO_FIGURE, label, True)
    said = _worth(figure, value)
    if not way and figure.measure == _typed_measure(summary, figure.indicator):
        said = _qualified(said, str(summary.attributes.get(f"{head}.qualifier", "")))
    return Fill(key, said, label)


def main_measure(summary: Submission, indicator: Indicator) -> str:
    """The measure a sentence about an indicator is about: the first that is given, else the first there is."""
    refs = {measure: f"{indicator.code}.{measure}" for measure in MEASURES}
    known = [measure for measure, ref in refs.items() if ref in summary.view.by_ref]
    return next((measure for measure in known if summary.value(refs[measure]) is not None), known[0])


def _typed_measure(summary: Submission, indicator: Indicator) -> str:
    """The measure that a row's qualifier speaks of: the first that somebody typed."""
    found = (summary.view.by_ref.get(f"{indicator.code}.{measure}") for measure in MEASURES)
    typed = (one.measure for one in found if one and one.derived is None and summary.value(one.ref) is not None)
    return next(typed, "")


def is_given(summary: Submission, indicator: Indicator) -> bool:
    """Whether an indicator has any figure at all."""
    return summary.value(f"{indicator.code}.{main_measure(summary, indicator)}") is not None


def clause(summary: Submission, indicator: Indicator) -> list[str | Fill]:
    """An indicator in words: its figure with unit and date, and in brackets target, attainment and comparisons."""
    measure = main_measure(summary, indicator)
    figure = summary.view.by_ref[f"{indicator.code}.{measure}"]
    said: list[str | Fill] = [f"{_subject(summary, figure)} là ", fill(summary, figure.ref), _unit(figure)]
    if f"{indicator.code}.as_of" in summary.attributes:
        said.append(fill(summary, f"{indicator.code}.as_of"))
    beside = list(_beside(summary, indicator, measure))
    for number, part in enumerate(beside):
        said += [" (" if not number else "; ", *part]
    return [*said, ")"] if beside else said


def has_beside(summary: Submission, indicator: Indicator) -> bool:
    """Whether there is more to say of an indicator than its one figure."""
    return any(True for _ in _beside(summary, indicator, main_measure(summary, indicator)))


def _beside(summary: Submission, indicator: Indicator, main: str) -> Iterator[list[str | Fill]]:
    for measure, words in _BESIDE.items():
        ref = f"{indicator.code}.{measure}"
        if measure == main or ref not in summary.view.by_ref or summary.value(ref) is None:
            continue
        before, _, after = words.partition("{}")
        said: list[str | Fill] = [before, fill(summary, ref), after]
        if measure in CARRIED_OVER and main in ("actual", "estimate"):
            said += [", ", fill(summary, f"{indicator.code}.{main}{THAN}{measure}")]
        yield said
    ref = f"{indicator.code}.{main}"
    if ref in summary.previous:
        yield ["kỳ trước ", fill(summary, ref + BEFORE), ", ", fill(summary, ref + SINCE)]


def _subject(summary: Submission, figure: Figure) -> str:
    if figure.measure == "actual":
        return figure.indicator.label
    return f"{figure.indicator.label} ({lowered(summary.view.form.catalogue.measures[figure.measure].label)})"


def _unit(figure: Figure) -> str:
    if figure.indicator.type == "date":
        return ""
    return "%" if figure.unit == "%" else f" {figure.unit}"


def _worth(figure: Figure, value: float | None) -> str:
    """A figure as it stands in a report; a day as a day."""
    if value is None:
        return NO_FIGURE
    return _day(value) or number_words(value) if figure.indicator.type == "date" else number_words(value, _DIGITS)


def _day(value: float | str | None) -> str:
    """A serial number as a day; "" for what is none."""
    try:
        return day_words(day_of(value)) if isinstance(value, float) else ""
    except (OverflowError, ValueError):
        return ""


def _qualified(said: str, qualifier: str) -> str:
    return f"{_BEFORE_IT.get(qualifier, qualifier)} {said}" if qualifier else said


def _change(figure: Figure, before: float | None, now: float | None) -> str:
    """How a figure moved, e.g. `tăng 30 (23,1%)`; shares in points."""
    if before is None or now is None:
        return "[chưa so sánh được]"
    if figure.indicator.type == "date":
        return "đổi ngày" if before != now else "không đổi"
    change = round(now - before, _DIGITS)
    if not change:
        return "không đổi"
    verb, much = ("tăng" if change > 0 else "giảm"), number_words(abs(change), _DIGITS)
    if figure.unit == "%":
        return f"{verb} {much} điểm %"
    return f"{verb} {much} ({number_words(abs(change / before) * 100, 1)}%)" if before else f"{verb} {much}"
