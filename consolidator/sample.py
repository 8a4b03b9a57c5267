"""The demo province, shaped like Lai Châu in the third quarter of 2023: a roster and what every unit reports.

The published totals are dealt out once to all 778 grassroots unions, the 11 districts and the province. Unions
that a smaller roster leaves out are added to their district's own part, so every roster sums up to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, cycle, islice, pairwise
from random import Random
from string import Formatter
from typing import Any

from consolidator.form import Form
from consolidator.rulebook import sample_data
from consolidator.unit import Roster, Unit
from consolidator.verdict import serial

Column = Sequence[int | None]
Book = dict[str, Column]
"""Figures by Ref, one place a unit; None is blank."""

AREAS = """\
LĐLĐ thành phố Lai Châu | 84 | Tân Phong, Đoàn Kết, Quyết Thắng, Quyết Tiến, Đông Phong, San Thàng, Sùng Phài
LĐLĐ huyện Tam Đường | 82 | Tam Đường, Bình Lư, Sơn Bình, Bản Bo, Nà Tăm, Hồ Thầu, Giang Ma, Bản Giang, Thèn Sin
LĐLĐ huyện Phong Thổ | 92 | Phong Thổ, Khổng Lào, Mường So, Nậm Xe, Bản Lang, Dào San, Mù Sang, Ma Li Pho, Huổi Luông
LĐLĐ huyện Sìn Hồ | 98 | Sìn Hồ, Căn Co, Chăn Nưa, Hồng Thu, Làng Mô, Lùng Thàng, Ma Quai, Nậm Cha, Noong Hẻo, Pa Tần
LĐLĐ huyện Nậm Nhùn | 58 | Nậm Nhùn, Hua Bum, Lê Lợi, Mường Mô, Nậm Ban, Nậm Hàng, Nậm Manh, Nậm Pì, Trung Chải
LĐLĐ huyện Mường Tè | 74 | Mường Tè, Bum Nưa, Bum Tở, Can Hồ, Ka Lăng, Mù Cả, Nậm Khao, Pa Ủ, Pa Vệ Sử, Thu Lũm
LĐLĐ huyện Tân Uyên | 72 | Tân Uyên, Hố Mít, Mường Khoa, Nậm Cần, Nậm Sỏ, Pắc Ta, Phúc Khoa, Thân Thuộc, Trung Đồng
LĐLĐ huyện Than Uyên | 76 | Than Uyên, Hua Nà, Khoen On, Mường Cang, Mường Kim, Mường Mít, Phúc Than, Ta Gia, Tà Mung
Công đoàn Viên chức tỉnh | 78 | Nội vụ, Tài chính, Tư pháp, Công Thương, Xây dựng, Ngoại vụ, Giao thông, Y tế, Giáo dục
Công đoàn ngành Giáo dục | 36 | Lai Châu, Tam Đường, Phong Thổ, Sìn Hồ, Nậm Nhùn, Mường Tè, Tân Uyên, Than Uyên, Dào San
Công đoàn ngành Y tế | 28 | Lai Châu, Tam Đường, Phong Thổ, Sìn Hồ, Nậm Nhùn, Mường Tè, Tân Uyên, Than Uyên
"""
"""Every district: its name, how many unions it has, places to name them after."""

RURAL = "Trường Mầm non,Trường Tiểu học,Công ty TNHH,Trường THCS,Trường PTDTBT,Hợp tác xã,Trường Liên cấp,Công ty Chè"
KINDS = {
    "Công đoàn Viên chức tỉnh": "Văn phòng Sở,Chi cục Sở,Thanh tra Sở,Trung tâm Sở,Ban Quản lý dự án Sở,Phòng Sở",
    "Công đoàn ngành Giáo dục": "Trường THPT,Trường PTDTNT THPT,Trung tâm GDNN - GDTX,Trường THCS và THPT",
    "Công đoàn ngành Y tế": "Trung tâm Y tế,Bệnh viện Đa khoa,Phòng khám Đa khoa,Công ty Dược - Vật tư y tế",
}
FIRMS = ("Công ty", "Hợp tác xã")
SIZES = [int(line.split(" | ")[1]) for line in AREAS.splitlines()]
FIRST = [0, *accumulate(SIZES)]
TOTAL = FIRST[-1]
LATE = (2, 1, 1, 2, 1, 2, 1, 1, 0, 1, 0)
"""How many unions of each district have not put their data into the software yet."""

MEANS = (
    ("thu_nhap_bq_hcsn", "cnvcld_hcsn", 6_300_000, 400_000),
    ("thu_nhap_bq_sxkd", "cnvcld_sxkd", 6_400_000, 600_000),
    ("bac_gia_tri_bq", "bac_so_nld", 22_000, 900),
)
"""Weighted means: indicator, indicator of its weights, the province's mean, how far units stray from it."""

PARTITIONS = {
    "tvpl_luot": ("tvpl_truc_tiep", "tvpl_gian_tiep"),
    "kt_dl_tong": ("kt_dl_cung_cap", "kt_dl_cap_duoi"),
    "kt_tc_tong": ("kt_tc_cung_cap", "kt_tc_cap_duoi"),
    "gs_tong": ("gs_to_chuc", "gs_ca_nhan"),
    "dthu_tong": ("dthu_khieu_nai", "dthu_to_cao"),
}
AS_OF = date(2023, 8, 31)


@dataclass(frozen=True)
class Entry:
    """What one unit fills into its workbook: a union's report, or the own part of a district or the province.

    Attributes:
        figures: inputs by Ref, dates as Excel serials; derived figures are computed by whoever reads them.
        attributes: `code.as_of` (serial), `code.qualifier`, `code.note`.
        narratives: texts by narrative id.
    """

    unit: Unit
    figures: dict[str, float]
    attributes: dict[str, float | str]
    narratives: dict[str, str]
    as_of: date
    report_date: date


def sample_roster(units: int = TOTAL) -> Roster:
    """The province, its districts and `units` grassroots unions. Raises ValueError outside 11..778."""
    if not len(SIZES) <= units <= TOTAL:
        raise ValueError(f"the demo province has {len(SIZES)} to {TOTAL} grassroots unions, not {units}")
    top = Unit("LC", "LĐLĐ tỉnh Lai Châu", "TINH")
    listed = _spread(units - len(SIZES), [size - 1 for size in SIZES])
    districts, unions = [], []
    for number, line in enumerate(AREAS.splitlines()):
        name, _, places = line.split(" | ")
        district = Unit(f"{top.code}-{number + 1:02d}", name, "CTTT", top.code)
        districts.append(district)
        for index in range(listed[number] + 1):
            union, sector = _union(name, places.split(", "), index)
            unions.append(Unit(f"{district.code}-{index + 1:03d}", union, "CDCS", district.code, sector))
    return Roster.of([top, *districts, *unions])


def sample_entries(form: Form, roster: Roster) -> Iterator[Entry]:
    """Every unit's entry, children before their parent. `roster` is one made by `sample_roster`."""
    (top,) = roster.children("")
    data = sample_data(form.id)
    grassroots, districts = _grassroots(data["figures"]), _districts(data["figures"])
    for number, district in enumerate(roster.children(top.code)):
        unions = roster.children(district.code)
        first, left_out = FIRST[number], FIRST[number] + len(unions)
        rows = [_row(grassroots, index) for index in range(first, left_out)]
        own = _row(districts, number)
        for ref, column in grassroots.items():
            rest = [value for value in column[left_out : FIRST[number + 1]] if value is not None]
            if rest:
                own[ref] = own.get(ref, 0) + sum(rest)
        _add_means([*rows, own], grassroots, number)
        for index, (union, row) in enumerate(zip(unions, rows, strict=True)):
            yield _entry(union, row, data["grassroots"], first + index, date(2023, 9, 1 + index % 5))
        yield _entry(district, own, data["district"], number, date(2023, 9, 8))
    own = _row(_add_totals(_table(data["figures"]["province"], 1)), 0)
    attributes = {
        f"{code}.{name}": serial(value) if isinstance(value, date) else str(value)
        for code, said in data["attributes"].items()
        for name, value in said.items()
    }
    figures = {ref: float(value) for ref, value in own.items()}
    yield Entry(top, figures, attributes, dict(data["province"]), AS_OF, date(2023, 9, 12))


def _union(district: str, places: Sequence[str], index: int) -> tuple[str, str]:
    """Name and sector of a district's union: all kinds at one place, then the next; then over again as no. 2."""
    kinds = KINDS.get(district, RURAL).split(",")
    kind, place = kinds[index % len(kinds)], places[index // len(kinds) % len(places)]
    again = index // len(kinds) // len(places)
    number = f" số {again + 1}" if again else ""
    return f"CĐCS {kind}{number} {place}", "SXKD" if kind.startswith(FIRMS) else "HCSN"


def _entry(unit: Unit, row: Mapping[str, int], texts: Mapping[str, list[str]], turn: int, signed: date) -> Entry:
    shown = {ref.replace(".actual", "").replace(".", "_"): f"{v:,}".replace(",", ".") for ref, v in row.items()}
    told = {name: _tell(variants, turn + place, shown) for place, (name, variants) in enumerate(texts.items())}
    narratives = {name: text for name, text in told.items() if text}
    return Entry(unit, {ref: float(value) for ref, value in row.items()}, {}, narratives, AS_OF, signed)


def _tell(variants: Sequence[str], turn: int, shown: Mapping[str, str]) -> str:
    """The first variant, counted from `turn`, of which the unit has every figure; "" if there is none."""
    for index in range(len(variants)):
        template = variants[(turn + index) % len(variants)]
        if all(code in shown for _, code, _, _ in Formatter().parse(template) if code):
            return template.format_map(shown)
    return ""


def _firms() -> list[bool]:
    return [unit.sector == "SXKD" for unit in sample_roster().units.values() if unit.level == "CDCS"]


def _row(book: Book, index: int) -> dict[str, int]:
    return {ref: value for ref, column in book.items() if (value := column[index]) is not None}


def _total(values: Iterable[int | None]) -> int:
    """Sum of what was given; a unit without a figure adds nothing."""
    return sum(value for value in values if value is not None)


def _spread(total: int, weights: Sequence[int]) -> list[int]:
    """Deals out a total in whole parts, each within 1 of its exact share."""
    reached = [total * weight // sum(weights) for weight in accumulate(weights)]
    return [now - before for now, before in zip(reached, [0, *reached], strict=False)]


def _some(random: Random, total: int, units: int) -> list[int]:
    """A total that only some of the unions have, each at least 1; the others have 0."""
    chosen = random.sample(range(TOTAL), units)
    found = [0] * TOTAL
    for index in chosen + random.choices(chosen, k=total - units):
        found[index] += 1
    return found


def _deviations(weights: Sequence[int], size: int) -> list[int]:
    """Whole deviations from a mean that cancel out exactly: units of like weight stray in opposite directions."""
    found = [0] * len(weights)
    order = sorted((index for index, weight in enumerate(weights) if weight), key=lambda index: weights[index])
    for turn, (low, high) in enumerate(zip(order[::2], order[1::2], strict=False)):
        step = max(1, size * (turn % 4 + 1) // 4 // weights[high]) * (-1) ** turn
        found[low], found[high] = step * weights[high], -step * weights[low]
    return found


def _add_means(parts: Sequence[dict[str, int]], grassroots: Book, number: int) -> None:
    """Gives every part of a district its means, so that they come out exactly over its parts and over districts."""
    for code, weight, mean, size in MEANS:
        column = grassroots[f"{weight}.actual"]
        totals = [_total(column[a:b]) for a, b in pairwise(FIRST)]
        here = mean + _deviations(totals, size // 3)[number]
        weights = [part.get(f"{weight}.actual", 0) for part in parts]
        for part, heads, away in zip(parts, weights, _deviations(weights, size), strict=True):
            if heads:
                part[f"{code}.actual"] = here + away
            if heads and code == "bac_gia_tri_bq":
                part["bac_gia_tri_min.actual"] = (here + away) // 1000 * 1000 - 1000


def _table(rows: Mapping[str, Mapping[str, Any]], units: int) -> Book:
    """Reads figures as they stand in the data file, each for so many units; several values take turns."""
    book: Book = {}
    for code, cells in rows.items():
        for measure, given in cells.items():
            values = given if isinstance(given, list) else [int(serial(given)) if isinstance(given, date) else given]
            book[f"{code}.{measure}"] = list(islice(cycle(values), units))
        if "before" in cells:
            _flow(book, code, book[f"{code}.actual"], book.pop(f"{code}.before"))
    return book


def _flow(book: Book, code: str, now: Column, before: Column) -> None:
    """A figure of the quarter, and its year to date: what was before added to it."""
    book[f"{code}.actual"] = now
    book[f"{code}.ytd"] = [None if n is None else _total((n, b)) for n, b in zip(now, before, strict=True)]


def _add_totals(book: Book) -> Book:
    """Adds the totals of the partitions that a level has."""
    for total, parts in PARTITIONS.items():
        for measure in ("actual", "ytd"):
            columns = [book[f"{part}.{measure}"] for part in parts if f"{part}.{measure}" in book]
            if columns:
                book[f"{total}.{measure}"] = [_total(values) for values in zip(*columns, strict=True)]
    return book


def _grassroots(figures: Mapping[str, Any]) -> Book:
    """What the 778 grassroots unions report."""
    random, firm = Random(757), _firms()
    late = {FIRST[number + 1] - back for number, count in enumerate(LATE) for back in range(1, count + 1)}
    members = _spread(23_003, [random.randint(20, 39) for _ in firm])
    heads = [count + random.randint(0, 4) for count in members]
    entered = _spread(20_841, [0 if i in late else count - random.randint(1, 4) for i, count in enumerate(members)])
    meals = [f and random.random() < 0.7 for f in firm]
    helped = _some(random, 338, 120)
    lent = _spread(4_067_150_000 // 50_000, [count * random.randint(8, 16) for count in helped])
    wanted = [2 + extra for extra in _spread(2262 - 2 * TOTAL, members)]
    extras = _spread(3600 - 2262, [count * random.randint(1, 5) for count in wanted])
    book = _table(figures["grassroots"], TOTAL) | {
        "cnvcld_tong.actual": heads,
        "cnvcld_nu.actual": [count * random.randint(45, 70) // 100 for count in heads],
        "cnvcld_hcsn.actual": [0 if f else count for f, count in zip(firm, heads, strict=True)],
        "cnvcld_sxkd.actual": [count if f else 0 for f, count in zip(firm, heads, strict=True)],
        "ld_co_viec_lam.actual": [count - f * (count % 3) for f, count in zip(firm, heads, strict=True)],
        "dv_tong.actual": members,
        "dv_dnnnn.actual": [count if f else None for f, count in zip(firm, members, strict=True)],
        "pm_dv_cap_nhat.actual": entered,
        "dv_doi_the.actual": [count * random.randint(60, 95) // 100 for count in entered],
        "ubkt_so.actual": [1 if count >= 30 else None for count in members],
        "bac_dn_co.actual": [int(m) if f else None for f, m in zip(firm, meals, strict=True)],
        "bac_dn_dat.actual": [int(m) if f else None for f, m in zip(firm, meals, strict=True)],
        "bac_so_nld.actual": [count if m else None for m, count in zip(meals, heads, strict=True)],
        "qth_nguoi.actual": [count or None for count in helped],
        "qth_tien.actual": [count * 50_000 or None for count in lent],
        "qth_cdcs.actual": [int(count > 0) for count in helped],
        "sk_cap_nhat.target": wanted,
        "sk_cap_nhat.actual": [count + extra for count, extra in zip(wanted, extras, strict=True)],
    }
    for code, counts in figures["scattered"].items():
        quarter, earlier = _some(random, *counts[:2]), _some(random, *counts[2:])
        _flow(book, code, quarter, earlier)
        if code == "tham_hoi_suat":
            money = [count * 2_000_000 for count in earlier]
            _flow(book, "tham_hoi_tien", [count * 3_100_000 for count in quarter], money)
    pupils, active = _some(random, 217, 150), _some(random, 739, 739)
    _flow(book, "kt_hoc_sinh", pupils, [0] * TOTAL)
    _flow(book, "kt_hoc_sinh_tien", [count * 310_000 for count in pupils], [0] * TOTAL)
    turns = _spread(26_000, [count * random.randint(6, 14) for count in heads])
    _flow(book, "tt_luot", turns, [count * 2 + 5 for count in turns])
    women = _spread(2700, [count * random.randint(5, 15) for count in active])
    _flow(book, "nc_tt_cdcs", active, [1 - count for count in active])
    _flow(book, "nc_tt_luot", women, [count * 2 + 3 for count in women])
    _flow(book, "dp_thu", [count * 165_000 for count in members], [count * 330_000 for count in members])
    return _add_totals(book)


def _districts(figures: Mapping[str, Any]) -> Book:
    """What the 11 districts have of their own."""
    firms = _firms()
    book = _table(figures["district"], len(SIZES))
    book["cdcs_tong.actual"] = SIZES
    book["cdcs_dnnnn.actual"] = [sum(firms[a:b]) for a, b in pairwise(FIRST)]
    book["pm_cdcs_cap_nhat.actual"] = [size - late for size, late in zip(SIZES, LATE, strict=True)]
    _flow(book, "tc_du_toan_dv", [0] * len(SIZES), SIZES)
    return _add_totals(book)
