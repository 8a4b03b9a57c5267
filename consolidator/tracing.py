"""Where a figure comes from: from a summary down through every level to the cell a grassroots union typed into."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from consolidator.archives import INSIDE, carrier, inside
from consolidator.checking import label_of
from consolidator.documenting import AGGREGATIONS
from consolidator.element import ATTRIBUTES, Figure
from consolidator.engine import Engine
from consolidator.explaining import EXPLANATIONS
from consolidator.expression import is_same, refs
from consolidator.finding import Finding, Place
from consolidator.form import LevelForm
from consolidator.formulawords import formula_words
from consolidator.grid import key_of
from consolidator.isolation import HERE, read_all
from consolidator.locating import Found, Shelves
from consolidator.merging import weight_ref
from consolidator.origin import Origin, Said, State, Trace
from consolidator.outcome import FileOutcome
from consolidator.submission import Line, Submission
from consolidator.textfigures import TAKEN
from consolidator.verdict import day_of
from consolidator.wording import day_words, number_words, sentence_of

MAX_LEVELS = 6
"""Levels walked down at most; there are four."""
_WHOLE_FILE = frozenset({"lines-altered", "seal-broken", "summary-part-unreadable"})
"""What reading finds in a file that concerns each of its figures."""


class CannotTrace(Exception):
    """A figure that cannot be traced as asked; the message is for the person who asked (Vietnamese)."""


def trace(summary: Path, ref: str, engine: Engine = HERE) -> Trace:
    """Walks a figure of a summary (`indicator.measure`, or a bare indicator) down to where it was typed.

    Files are found by the links in the summaries, by name or by hash; nothing but files is looked at, and what `engine`
    knows of them by their bytes. Raises CannotTrace where the file is no report or has no such figure.
    """
    path = summary.resolve()
    (file,) = read_all([(path, summary.name)], engine=engine)
    if file.submission is None:
        raise CannotTrace(f"Không lần được từ “{summary}”: {sentence_of(file.findings[0])[0]}")
    view = file.submission.view
    figure = _figure(view, ref)
    if figure.derived is None:
        return _Walk(file, path, (figure.ref,), MAX_LEVELS, engine).trace(figure)
    operands = [view.by_ref[one.name] for one in refs(figure.derived) if one.name in view.by_ref]
    walk = _Walk(file, path, [one.ref for one in operands], 1, engine)
    return walk.trace(figure, tuple(walk.trace(one) for one in operands))


class _Walk:
    """The files behind some figures, gathered level by level, then put together as trees."""

    def __init__(self, top: FileOutcome, path: Path, wanted: Sequence[str], levels: int, engine: Engine) -> None:
        self._path, self._shelves, self._engine = path, Shelves(path.parent), engine
        self._files: dict[Path, FileOutcome] = {path: top}
        self._found: dict[tuple[Path, str], Found] = {}
        level = [path]
        for _ in range(levels):
            level = self._gathered(level, wanted)

    def trace(self, figure: Figure, operands: tuple[Trace, ...] = ()) -> Trace:
        """A figure's tree out of what was gathered."""
        top = self._files[self._path].submission
        assert top is not None
        line = Line(top.unit, top.unit_name, top.source, top.values, top.weights, attributes=top.attributes)
        tree = self._origin(figure, line, top, Found(self._path, True), ())
        formula = formula_words(figure.derived, lambda name: label_of(top.view, name)) if figure.derived else ""
        label, period = label_of(top.view, figure.ref), top.view.form.period.label
        is_date = figure.indicator.type == "date"
        return Trace(figure.ref, label, figure.unit, is_date, period, formula, tree, operands)

    def _gathered(self, level: Sequence[Path], wanted: Sequence[str]) -> list[Path]:
        """Reads the files behind the lines of some summaries; those of them that are summaries, none twice.

        A file is not opened where it is the one merged and gave none of the figures.
        """
        tasks: dict[Path, str] = {}
        for path in level:
            for line, view in _lines(self._files[path]):
                found = self._found[path, line.unit] = self._shelves.find(line, path.parent)
                given = any(_present(line, view, ref) is not None for ref in wanted)
                if found.path and found.path not in self._files and (given or not found.is_same):
                    tasks[found.path] = self._shown(found.path)
        self._files |= zip(tasks, read_all(list(tasks.items()), engine=self._engine), strict=True)
        return [path for path in tasks if any(_lines(self._files[path]))]

    def _origin(self, figure: Figure, line: Line, above: Submission, found: Found, trail: tuple[Path, ...]) -> Origin:
        """The part of a line of `above`; `trail` are the files above it, none for the topmost."""
        file = self._files.get(found.path) if found.path else None
        state = _state(found, file, line.unit) if trail else None
        is_known = file is not None and state not in (State.MISSING, State.UNREADABLE)
        known = file.submission if file is not None and is_known else None
        has_it = known is not None and figure.ref in known.view.position
        shown = self._shown(found.path) if found.path and state is not State.MISSING else ""
        origin = Origin(
            unit=line.unit,
            name=line.name,
            value=_present(line, above.view, figure.ref),
            now=known.value(figure.ref) if known is not None and has_it else None,
            own=_own(known, figure.ref) if known is not None and has_it else None,
            weight=line.weights.get(figure.ref),
            own_weight=_own(known, weight_ref(figure)) if known is not None and has_it else None,
            merges="tự tính" if figure.derived is not None else AGGREGATIONS[figure.indicator.agg],
            place=_place(known, shown, figure.ref),
            own_place=_place(known, shown, f"own.{figure.ref}"),
            sent_as=line.source.file,
            sha256=line.source.sha256,
            state=state,
            said=_said(line, above, figure.ref),
        )
        if file is None or known is None or found.path is None:
            return origin
        concerned = [one for one in file.findings if _concerns(one, figure.ref)]
        problems = [sentence_of(one)[0] for one in concerned if one.code != TAKEN]
        origin = replace(origin, typed=_typed(origin, concerned))
        if found.path in trail:
            problems.append("Sổ này dẫn vòng về chính nó: không lần tiếp.")
        elif has_it:
            children = self._children(known.view.by_ref[figure.ref], known, (*trail, found.path))
            origin = replace(origin, children=children)
        return replace(origin, problems=(*_differences(figure, origin), *problems))

    def _children(self, figure: Figure, summary: Submission, trail: tuple[Path, ...]) -> tuple[Origin, ...]:
        """What the units below gave to a figure that is merged of theirs; none where they were not gathered."""
        founds = [self._found.get((trail[-1], line.unit)) for line in summary.lines]
        if figure.merges in ("derived", "none") or None in founds:
            return ()
        lines = zip(summary.lines, founds, strict=True)
        return tuple(self._origin(figure, line, summary, found, trail) for line, found in lines if found is not None)

    def _shown(self, path: Path) -> str:
        """A file as seen from the topmost summary's folder, one in an archive by its name in there."""
        lies = carrier(path)
        name = f"{INSIDE}{dict(inside(lies)).get(path, path.name)}" if lies != path else ""
        try:
            return os.path.relpath(lies, self._path.parent).replace(os.sep, "/") + name
        except ValueError:  # On Windows nothing is relative to another drive.
            return f"{lies}{name}"


def _lines(file: FileOutcome) -> list[tuple[Line, LevelForm]]:
    """The lines of a file that is a summary, each with the view its figures are in the order of."""
    found = file.submission
    return [(line, found.view) for line in found.lines] if found is not None else []


def _present(line: Line, view: LevelForm, ref: str) -> float | None:
    position = view.position.get(ref)
    return None if position is None or line.values[position] != line.values[position] else float(line.values[position])


def _own(known: Submission, ref: str) -> float | None:
    """A unit's own part; what is derived has none."""
    figure = known.view.by_ref.get(ref)
    return None if figure is None or figure.derived is not None else known.own_value(ref)


def _place(known: Submission | None, shown: str, name: str) -> Place:
    sheet, cell = known.place(name) if known is not None else ("", "")
    return Place(shown, sheet, cell, name)


def _state(found: Found, file: FileOutcome | None, unit: str) -> State:
    if found.path is None:
        return State.MISSING
    if file is None:  # the file that was merged, and nothing in it that matters here
        return State.SAME
    if file.submission is None:
        return State.UNREADABLE
    if file.unit != unit:  # another unit's file, whether it bears the name or the hash
        return State.MISSING
    return State.SAME if found.is_same else State.CHANGED


def _differences(figure: Figure, one: Origin) -> Iterator[str]:
    """What does not add up: own part and children against what the level above merged."""

    def words(value: float | None) -> str:
        return figure_words(value, is_date=figure.indicator.type == "date")

    if one.state is State.CHANGED:
        if not is_same(one.value, one.now):
            yield f"Khi tổng hợp là {words(one.value)}, tệp nay là {words(one.now)}."
    elif one.children and figure.merges == "sum":
        parts = [part for part in (one.own, *(child.value for child in one.children)) if part is not None]
        total = sum(parts) if parts else None
        if not is_same(total, one.value):
            yield f"Phần riêng và các đơn vị cộng lại được {words(total)}, không phải {words(one.value)}."
    elif not is_same(one.value, one.now):
        yield f"Tệp ghi {words(one.now)}, sổ của cấp trên ghi {words(one.value)}."


def _concerns(finding: Finding, ref: str) -> bool:
    return finding.place.ref == ref or finding.code in _WHOLE_FILE


def _typed(one: Origin, concerned: Sequence[Finding]) -> str:
    """The text that was read as the figure, of the unit or of its own part; those of the lines below it are theirs."""
    cells = (one.place.cell, one.own_place.cell)
    return next((had.facts["typed"] for had in concerned if had.code == TAKEN and had.place.cell in cells), "")


def _said(line: Line, above: Submission, ref: str) -> Said:
    code = ref.partition(".")[0]
    given = {key: line.attributes.get(f"{code}.{key}") for key in ATTRIBUTES}
    as_of = given["as_of"]
    rows = [row.values for row in above.tables.get(EXPLANATIONS, ()) if row.unit == line.unit]
    texts = [str(row.get("text", "")).strip() for row in rows if row.get("ref") == ref]
    return Said(
        day_of(as_of) if isinstance(as_of, float) else None,
        str(given["qualifier"] or ""),
        str(given["note"] or ""),
        "; ".join(text for text in texts if text),
    )


def figure_words(value: float | None, *, is_date: bool = False) -> str:
    """A figure as people write it; a date as a day."""
    return day_words(day_of(value)) if is_date and value is not None else number_words(value, 4)


def _figure(view: LevelForm, ref: str) -> Figure:
    """The figure a person means. Raises CannotTrace, with those that look alike."""
    wanted = key_of(ref)
    found = [one for one in view.figures if wanted in (one.ref.casefold(), one.indicator.code.casefold())]
    exact = [one for one in found if one.measure == "actual" or one.ref.casefold() == wanted]
    if found:
        return (exact or found)[0]
    codes = {one.indicator.code.casefold(): one for one in view.figures}
    alike = get_close_matches(wanted.partition(".")[0], codes, 5, 0.6)
    alike += [code for code, one in codes.items() if wanted and wanted in key_of(one.indicator.label)]
    shown = "; ".join(
        f"{codes[code].indicator.code} ({codes[code].indicator.label})" for code in dict.fromkeys(alike[:8])
    )
    near = f" Gần giống: {shown}." if shown else " Xem mã chỉ tiêu bằng lệnh forms."
    raise CannotTrace(f"Biểu mẫu “{view.form.name}” không có chỉ tiêu “{ref}”.{near}")
