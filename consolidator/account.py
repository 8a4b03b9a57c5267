"""What some units come to, with all that a parent's summary says of them beside figures; put together in any order.

`adding` has the figures. Here are the attributes of rows, who kept the deadline, and the counts of the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from consolidator.adding import Partial, partial, plus
from consolidator.form import LevelForm
from consolidator.submission import Line, Submission


@dataclass
class Account:
    """What some lines come to; it holds no form, so that it can travel.

    Attributes:
        dates: the oldest date by attribute; `qualifiers` the first unit's word by attribute, with that unit.
        counts: of units, figures, narratives and rows of tables; `on_time` of units that kept the deadline and
            `undated` of those of which nobody knows.
    """

    figures: Partial
    dates: dict[str, float] = field(default_factory=dict)
    qualifiers: dict[str, tuple[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def account_of(view: LevelForm, lines: Sequence[Line] = ()) -> Account:
    """What lines come to, in a parent's view; of none, what nobody comes to."""
    found = Account(partial(view, lines), counts=Counter(units=len(lines)))
    entered = [at for at, figure in enumerate(view.figures) if figure.derived is None]
    found.counts["figures"] = int(found.figures.given[entered].sum())
    for line in lines:
        for name, value in line.attributes.items():
            code, _, key = name.partition(".")
            if view.form.indicators[code].agg == "none":
                continue
            if key == "as_of" and isinstance(value, float):
                found.dates[name] = min(value, found.dates.get(name, value))
            elif key == "qualifier":
                said = (line.unit, str(value))
                found.qualifiers[name] = min(said, found.qualifiers.get(name, said))
    return found


def together(view: LevelForm, parts: Iterable[Account]) -> Account:
    """What several come to, in whatever order they are given."""
    found = account_of(view)
    for part in parts:
        found.figures = plus(found.figures, part.figures)
        found.counts += part.counts
        for name, day in part.dates.items():
            found.dates[name] = min(day, found.dates.get(name, day))
        for name, said in part.qualifiers.items():
            found.qualifiers[name] = min(said, found.qualifiers.get(name, said))
    return found


def attributes_of(own: Submission, part: Account) -> dict[str, float | str]:
    """Attributes of a summary, as `merging.merge` makes them of its children's."""
    found: dict[str, float | str] = {name: word for name, (_, word) in part.qualifiers.items()} | part.dates
    for name, value in own.attributes.items():
        day = part.dates.get(name)
        found[name] = min(value, day) if isinstance(value, float) and day is not None else value
    return found
