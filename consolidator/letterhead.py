"""What stands above and below a written report: who issues it, number, place and date, title, recipients, signature."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from consolidator.rulebook import documents
from consolidator.submission import Submission
from consolidator.verdict import day_of

_PLACE = re.compile(r"(?:tỉnh|thành phố|TP\.?|huyện|thị xã|quận)\s+(\S.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The formal parts of a document by Nghị định 30/2020/NĐ-CP. What is in square brackets is for people to write."""

    superior: str
    issuer: str
    number: str
    place_and_date: str
    subject: str
    recipients: tuple[str, ...]
    signed: str


def letterhead(summary: Submission) -> Letterhead:
    """The formal parts that follow from a summary's form, level, unit and date."""
    words, form, level = documents()["draft"], summary.view.form, summary.view.level
    name, place = full_name(summary.unit_name), _PLACE.search(summary.unit_name)
    day = summary.meta.get("meta.report_date")
    when = _long_day(day_of(day)) if isinstance(day, float) else words["unknown_date"]
    subject = re.sub(r"^báo cáo\s+", "", form.name, flags=re.IGNORECASE)
    symbol = next((short for short, long in words["names"].items() if name.startswith(long)), "CĐ")
    return Letterhead(
        superior=words["superiors"].get(level, words["unknown_superior"]).upper(),
        issuer=name.upper(),
        number=words["number"].format(symbol=symbol),
        place_and_date=f"{place[1] if place else words['unknown_place']}, {when}",
        subject=subject[:1].upper() + subject[1:],
        recipients=tuple(words["recipients"][level]),
        signed=words["signed"][level],
    )


def full_name(name: str) -> str:
    """A unit's name with its abbreviations written out: `LĐLĐ tỉnh` becomes `Liên đoàn Lao động tỉnh`."""
    for short, long in documents()["draft"]["names"].items():
        name = re.sub(rf"(?<!\w){short}(?!\w)", long, name)
    return name


def _long_day(day: date) -> str:
    """A day as documents are dated: days under 10 and the first two months with a zero."""
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"
