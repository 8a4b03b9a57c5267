"""Words in cells that are not composed Unicode: what old fonts left behind is converted, what is broken is told.

By the letters, or by the font where the file tells it, and only where `oldfonts` is sure. One finding a sheet and kind:
a unit that types in an old font does so everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consolidator.finding import Finding, Place
from consolidator.layout import address
from consolidator.oldfonts import Suspicion, suspect, to_unicode
from consolidator.paper import shortened
from consolidator.wording import tell

NAMED = 3
"""How many of the cells that were converted, or are broken, are called by their labels."""
_ENCODINGS = {Suspicion.TCVN3: "TCVN3 (ABC)", Suspicion.VNI: "VNI"}
Spot = tuple[str, int, int]
NO_FONTS: Mapping[Spot, str] = {}


class OldTexts:
    """The texts of a workbook that were converted or are broken, by sheet and what is wrong with them."""

    def __init__(self, fonts: Mapping[Spot, str] = NO_FONTS) -> None:
        """`fonts` are those of before Unicode, by the cells that use them."""
        self._fonts = fonts
        self._found: dict[tuple[str, Suspicion], dict[Spot, tuple[str, str]]] = {}

    def composed(self, text: str, place: Spot, label: str) -> str:
        """A text as composed Unicode; mojibake stays as it is, for nobody can be sure what it was."""
        font = self._fonts.get(place, "")
        kind = None if text.isascii() else suspect(text, font)
        if kind is None:
            return text
        new = to_unicode(text, kind, font) if kind in _ENCODINGS else text
        self._found.setdefault((place[0], kind), {})[place] = label, new
        return new

    def findings(self) -> Iterator[Finding]:
        """What is to be told, at the first cell of each sheet."""
        for (sheet, kind), cells in self._found.items():
            first = min(cells)
            facts = {"sheet": sheet, "count": str(len(cells)), "example": shortened(cells[first][1], 60)}
            labels = [shortened(label, 40) for label, _ in cells.values()]
            facts["labels"] = "; ".join(labels[:NAMED]) + "; …" * (len(labels) > NAMED)
            place = Place(sheet=sheet, cell=address(*first[1:]))
            if kind in _ENCODINGS:
                yield tell("text-converted", place, encoding=_ENCODINGS[kind], **facts)
            else:
                yield tell("text-mojibake", place, **facts)
