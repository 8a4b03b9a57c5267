"""What becomes of a cell that wants a number or a day and holds something else: taken, or told with its readings.

The readings are `numerals`' and `typeddays`'; here is decided what is done with them. Only a certain one is taken, and
even that is told (`read-as`). Nothing else is: a person settles it in the unit's own file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consolidator.amounts import Kind
from consolidator.grid import CellValue, Day
from consolidator.numerals import Reading, read_figure
from consolidator.typeddays import FIRST, LAST, read_day
from consolidator.verdict import day_of, serial
from consolidator.wording import day_words, number_words

TAKEN = "read-as"
NOT_TAKEN = frozenset(
    {
        "not-a-number",
        "figure-two-readings",
        "figure-two-numbers",
        "figure-doubtful",
        "figure-approximate",
        "figure-mark",
        "figure-ditto",
        "figure-none-stated",
        "figure-became-date",
        "figure-not-a-date",
        "figure-date-unclear",
        "not-a-date",
        "date-unclear",
    }
)
"""Codes of findings that say: what was typed here is not among the figures."""

_BY_KIND: Mapping[Kind, str] = {
    Kind.DITTO: "figure-ditto",
    Kind.NOT_APPLICABLE: "figure-none-stated",
    Kind.NO_DATA: "figure-none-stated",
    Kind.MARK: "figure-mark",
    Kind.NONE: "figure-mark",
    Kind.FRACTION: "figure-two-numbers",
    Kind.RANGE: "figure-two-numbers",
    Kind.APPROXIMATE: "figure-approximate",
}
_SCALED_UNITS = ("nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ")
_LARGEST_DAY = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What belongs in a cell: its unit, its kind ("int", "decimal", "money", "percent"), others of its column."""

    unit: str = ""
    kind: str = "int"
    like: tuple[float, ...] = ()
    scale_unknown: bool = False

    @property
    def is_scaled(self) -> bool:
        """Whether figures may be counted in thousands or millions already: "31 triệu" is then 31, or is it?"""
        return self.scale_unknown or any(word in self.unit.casefold() for word in _SCALED_UNITS)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is done with a cell: `value` is taken (None: nothing is), `code` and `facts` are told."""

    value: float | None
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


def figure_meant(value: CellValue, wanted: Wanted) -> Meaning:
    """What a filled cell means that wants a number and holds none."""
    if isinstance(value, Day):
        return Meaning(None, "figure-became-date", {"pair": _as_typed(value)})
    reading = reading_of(value, wanted) if isinstance(value, str) else None
    if reading is None:
        return Meaning(None, "not-a-number")
    if is_dared(reading, wanted):
        return Meaning(reading.value, TAKEN, {"reading": _unmistakable(reading.value, str(value))})
    return _untaken(reading)


def reading_of(text: str, wanted: Wanted) -> Reading | None:
    """What a text means where this is wanted; None if it is no figure at all."""
    whole, percent = wanted.kind in ("int", "money"), wanted.kind == "percent"
    return read_figure(text, unit=wanted.unit, whole=whole, percent=percent, like=wanted.like)


def is_dared(reading: Reading, wanted: Wanted) -> bool:
    """Whether a reading may be taken: it is certain, and "31 triệu" does not stand among figures in millions."""
    return reading.certain and not (reading.kind is Kind.MAGNITUDE and wanted.is_scaled)


def _unmistakable(value: float | None, typed: str) -> str:
    """A figure as people write it, and once more without its dot where "1.234" was read as 1.234."""
    shown = number_words(value, 6)
    return (
        shown + f" (viết liền: {value:.15g})".replace(".", ",") if shown.count(".") == 1 and shown in typed else shown
    )


def _untaken(reading: Reading) -> Meaning:
    """A reading that is not dared, told as what it is."""
    shown = [number_words(one, 6) for one in reading.readings]
    code = _BY_KIND.get(reading.kind, "figure-two-readings" if len(shown) > 1 else "figure-doubtful")
    if code in ("figure-two-readings", "figure-two-numbers") and len(shown) > 1:
        return Meaning(None, code, {"first": shown[0], "second": shown[1]})
    if code in ("figure-doubtful", "figure-approximate") and shown:
        return Meaning(None, code, {"reading": shown[0]})
    return Meaning(None, code if code in ("figure-ditto", "figure-none-stated", "figure-mark") else "not-a-number")


def _as_typed(value: Day) -> str:
    """What somebody may have typed that a spreadsheet took for a day or for a time."""
    if 1 <= value < FIRST:  # no day that anybody means: a plain figure in a cell that still looks like a day
        return number_words(value, 6)
    if 1 <= value < _LARGEST_DAY:
        day = day_of(value)
        return f"{day.day}/{day.month}"
    hours, minutes = divmod(round(value * 24 * 60), 60)
    return f"{hours}:{minutes:02d}"


def is_day(value: float) -> bool:
    """Whether a number is the serial of a day that a report may name."""
    return FIRST < value < LAST


def day_meant(value: CellValue, untaken: tuple[str, str]) -> Meaning:
    """What a filled cell means that wants a day; `untaken` are the codes for one that is unclear, and for none."""
    unclear, none = untaken
    text = f"{value:.15g}" if isinstance(value, float) and not isinstance(value, Day) else value
    meant = read_day(text) if isinstance(text, str) else None
    if meant is None:
        return Meaning(None, none)
    facts = {"reading": day_words(meant.day)}
    return Meaning(serial(meant.day), TAKEN, facts) if meant.certain else Meaning(None, unclear, facts)


def may_be_share(value: float) -> bool:
    """Whether a number where per cent are wanted may be a share: a spreadsheet makes 0.906 of a typed "90,6%"."""
    return 0 < value <= 1
