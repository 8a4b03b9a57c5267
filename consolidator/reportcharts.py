"""Charts of a report's first sheet, and the sheet with the figures behind them: who reported, what is wrong where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consolidator.charting import LONGEST_LABEL, Box, Run, Series, draw_bars
from consolidator.finding import Finding
from consolidator.layout import Cell
from consolidator.paper import shortened
from consolidator.pen import Pen, set_widths
from consolidator.reportdigest import ERROR, LACKING, RECEIVED, WARNING, Digest, grouped, tally
from consolidator.reportpages import BEHIND, OVERVIEW, put, put_heading
from consolidator.wording import FINAL

MOST_UNITS, MOST_FIGURES = 15, 10
"""Bars of a chart; the sheet behind it has all."""
HALF, GAP = 452, 8
"""Width of a chart, and between two, in pixels."""
LOW, HIGH = 200, 310
"""Heights of the two lines of charts in pixels."""
NOTHING = "Không có lỗi, cảnh báo"
_HINT = "Số liệu của các biểu đồ ở trang “Tổng quan”. Lỗi và cảnh báo trong tệp của đơn vị, chưa kể điều đã chấp nhận."
_HEADER, _FIRST = 4, 5
Numbers = Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class _Block:
    """A small table of labels and numbers, and how the chart over it looks."""

    title: str
    heads: tuple[str, ...]
    looks: tuple[str, ...]
    rows: Numbers
    most: int
    col: int

    def series(self) -> list[Series]:
        last = _FIRST + min(self.most, len(self.rows)) - 1
        cols = range(self.col + 1, self.col + len(self.heads))
        return [
            Series(Cell(BEHIND, _HEADER, col), Run(BEHIND, _FIRST, last, col), look)
            for col, look in zip(cols, self.looks, strict=True)
        ]

    def labels(self) -> Run:
        return Run(BEHIND, _FIRST, _FIRST + min(self.most, len(self.rows)) - 1, self.col)


def draw_charts(pen: Pen, digest: Digest, row: int) -> int:
    """Draws the charts on the first sheet from a row on, four in two lines; the first row below them."""
    sheet = pen.book.get_worksheet_by_name(OVERVIEW)
    blocks = _blocks(digest)
    for line, height in enumerate((LOW, HIGH)):
        sheet.set_row_pixels(row + line, height + GAP)
        for place, block in enumerate(blocks[2 * line : 2 * line + 2]):
            box = Box(Cell(OVERVIEW, row + line, 1), HALF - GAP, height, place * HALF, GAP // 2)
            draw_bars(pen, box, block.title, block.labels(), block.series())
    return row + 2


def draw_behind(pen: Pen, digest: Digest) -> None:
    """Draws the sheet with the figures behind the charts."""
    sheet = pen.sheet(BEHIND, "A6A6A6")
    blocks, widths = _blocks(digest), list[float]()
    for block in blocks:
        widths += [44, *(11 for _ in block.heads[1:]), 3]
    set_widths(sheet, widths)
    put_heading(pen, BEHIND, _HINT)
    for block in blocks:
        put(pen, Cell(BEHIND, _HEADER - 1, block.col), block.title, "strong")
        for col, head in enumerate(block.heads, block.col):
            put(pen, Cell(BEHIND, _HEADER, col), head, "head")
        for row, (label, numbers) in enumerate(block.rows, _FIRST):
            put(pen, Cell(BEHIND, row, block.col), shortened(label, LONGEST_LABEL), "cell")
            for col, number in enumerate(numbers, block.col + 1):
                put(pen, Cell(BEHIND, row, col), float(number), "centre")
    sheet.set_row(_HEADER, 34)
    pen.landscape(sheet, _FIRST, _HEADER)


def _blocks(digest: Digest) -> list[_Block]:
    """What is charted, in the order of the charts."""
    wrong, nothing = ("Lỗi", "Cảnh báo"), [(NOTHING, (0, 0))]
    found: list[_Block] = []
    for title, heads, looks, rows, most in (
        (
            "Tiến độ nộp báo cáo",
            ("Cấp", "Đúng hạn", "Trễ hạn", "Chưa rõ hạn", "Chưa có số liệu"),
            ("done", "doubt", "unknown", "lacking"),
            list(_arrivals(digest)),
            4,
        ),
        ("Từ phải nộp đến hoàn tất (số đơn vị)", ("Bước", "Số đơn vị"), ("done",), _progress(digest), 4),
        ("Lỗi và cảnh báo theo đơn vị", ("Đơn vị", *wrong), ("wrong", "doubt"), _units(digest) or nothing, MOST_UNITS),
        ("Chỉ tiêu cần xem nhất", ("Chỉ tiêu", *wrong), ("wrong", "doubt"), _figures(digest) or nothing, MOST_FIGURES),
    ):
        col = found[-1].col + len(found[-1].heads) + 1 if found else 0
        found.append(_Block(title, heads, looks, rows, most, col))
    return found


def _arrivals(digest: Digest) -> Iterator[tuple[str, Sequence[int]]]:
    """Of each level: reports on time, late, of unknown date, and units without any figures."""
    for one in digest.rates:
        late, unknown = one.judged - one.on_time, one.arrived - one.judged
        yield digest.levels[one.level].short, (one.on_time, late, unknown, one.expected - one.arrived)
    if not digest.rates:
        yield "Không có đơn vị", (0, 0, 0, 0)


def _progress(digest: Digest) -> Numbers:
    """Of the units that report straight to the parent how many came how far; each step is part of the one before."""
    due = digest.outcome.expected
    sent = [unit for unit in due if digest.status(unit) != LACKING]
    clean = [unit for unit in sent if digest.status(unit) == RECEIVED and not _wrong(digest, unit.code)[0]]
    done = [unit for unit in clean if _version(digest, unit.code) == FINAL]
    steps = (("Phải nộp", due), ("Đã nộp", sent), ("Đã nhận, không có lỗi", clean), ("Là bản chính thức", done))
    return [(label, (len(units),)) for label, units in steps]


def _version(digest: Digest, unit: str) -> object:
    file = digest.file_of.get(unit)
    return file.submission.meta.get("meta.version") if file and file.submission else None


def _wrong(digest: Digest, unit: str) -> tuple[int, int]:
    return _open(digest.by_unit.get(unit, []))


def _open(findings: Sequence[Finding]) -> tuple[int, int]:
    counts = tally(findings)
    return counts[ERROR], counts[WARNING]


def _units(digest: Digest) -> Numbers:
    """Units with errors or open warnings, the worst first."""
    return _worst([(digest.unit_words(code), _wrong(digest, code)) for code in digest.by_unit if code])


def _figures(digest: Digest) -> Numbers:
    """Figures with errors or open warnings in most places, the worst first."""
    form, groups = digest.outcome.form, dict[str, list[Finding]]()
    for ref, found in grouped(digest.in_files, lambda finding: finding.place.ref).items():
        code, _, measure = ref.partition(".")
        if code in form.indicators and measure in form.catalogue.measures:
            more = "" if measure == "actual" else f" ({form.catalogue.measures[measure].label.lower()})"
            room = LONGEST_LABEL - len(more)
            groups.setdefault(shortened(form.indicators[code].label, room) + more, []).extend(found)
    return _worst([(label, _open(found)) for label, found in groups.items()])


def _worst(counted: Sequence[tuple[str, tuple[int, int]]]) -> Numbers:
    return sorted((one for one in counted if any(one[1])), key=lambda one: (-one[1][0], -one[1][1], one[0]))
