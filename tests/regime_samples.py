"""Plausible filled reports for any form and level, made from the form itself, the same every time.

Figures start from a random guess and are raised until every rule about them holds: a total to the sum of its parts,
a whole to its part. A parent's own figures are raised until the sum with its units' figures fits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from consolidator import merging
from consolidator.binding import tables_of
from consolidator.content import blank_submission, cover_of
from consolidator.element import PERCENT_MEASURES, Check, Table
from consolidator.expression import TOLERANCE, Call, Node, Number, Ref, Text, refs, walk
from consolidator.facts import Batch, with_derived
from consolidator.form import LevelForm
from consolidator.pouring import workbook
from consolidator.submission import Submission, TableRow, elapsed
from consolidator.tabling import fixed_rows
from consolidator.unit import Roster, Unit
from consolidator.verdict import Verdict, compute, judge, serial
from consolidator.wording import DRAFT

PROVINCE = Unit("P", "LĐLĐ tỉnh Thử", "TINH")
DISTRICTS = tuple(Unit(f"P-{n}", f"LĐLĐ huyện {name}", "CTTT", "P") for n, name in enumerate(("Một", "Hai", "Ba"), 1))
UNIONS = tuple(
    Unit(f"P-1-{n}", f"CĐCS {name}", "CDCS", "P-1") for n, name in enumerate(("Trường", "Trạm", "Nhà máy"), 1)
)
ROSTER = Roster.of([PROVINCE, *DISTRICTS, *UNIONS])

FIRST = {"actual": 1.0, "baseline": 1.1, "prev_term": 0.9, "target": 1.2, "estimate": 1.1, "ytd": 2.0}
"""Where the guess for a measure starts, as a part of the guess for `actual`."""
AGREED = {
    "bac_nguong": 18_000,
    "luong_co_so": 1_800_000,
    "ctr_hd_tong": 5,
    "ctr_hd_danh_gia": 5,
}
"""Figures that are what the regulation says, whoever reports them."""
MEANS = {
    "thu_nhap_bq_hcsn": 6_000_000,
    "thu_nhap_bq_chung": 6_400_000,
    "thu_nhap_bq_sxkd": 6_800_000,
    "bac_gia_tri_min": 18_000,
    "bac_gia_tri_bq": 21_000,
    "vay_tn_tang_min": 1_000_000,
    "vay_tn_tang_max": 2_000_000,
}
"""Where averages and extremes start; units differ by less than the steps between them."""
ZERO_AT_THE_BASE = ("kt_dl_cap_duoi", "kt_tc_cap_duoi")


def fill(view: LevelForm, unit: Unit, seed: int = 0, children: Sequence[Submission] = ()) -> Submission:
    """A report with every narrative, table and figure, without a broken rule of severity error.

    With `children` it is the own part of their parent: what the sum of both comes to breaks no rule.
    """
    chance = random.Random(f"{view.form.id} {view.level} {unit.code} {seed}")
    made = blank_submission(view, unit.code, unit.name)
    made.parent = unit.parent
    made.meta = {**made.meta, **_cover(view, unit)}
    share = elapsed(made.meta)
    if isinstance(share, float):
        made.meta["meta.elapsed"] = share
    made.narratives = _narratives(view, unit)
    made.tables = {table.id: list(_rows(table, made, unit)) for table in view.tables}
    made.values = _guess(made, chance, children)
    _fit(made, children)
    if not children:
        _leave_some_blank(made, chance)
    made.own = made.values.copy()
    Batch([made]).derive()
    made.weights = merging.weights_of(made, made.own)
    return made


def poured(made: Submission, unit: Unit, typed: Mapping[str, float | str] | None = None) -> bytes:
    """Its workbook; `typed` are other facts of the cover."""
    meta = {**made.meta, **(typed or {})}
    return workbook(made.view, cover_of(unit, made.view.form, meta), replace(made, meta=meta))


def put(folder: Path, made: Submission, unit: Unit, name: str = "", **typed: float | str) -> Path:
    """Writes its workbook into a folder; `typed` are facts of the cover without `meta.`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{unit.code}.xlsx")
    path.write_bytes(poured(made, unit, {f"meta.{key}": value for key, value in typed.items()}))
    return path


def _cover(view: LevelForm, unit: Unit) -> dict[str, float | str]:
    """Facts of the cover that the rules on the cover alone have nothing against."""
    form = view.form
    deadline = form.deadlines.get(view.level) or form.period.end + timedelta(days=8)
    about = [check for check in view.checks if check.refs and all(ref.startswith("meta.") for ref in check.refs)]
    named = [day for check in about for day in _days(check.node)]
    days = [min(form.period.end, deadline - timedelta(days=1)), deadline, form.period.end, *named]
    term = form.terms.get(view.level)
    held = [form.period.end, *named]
    for as_of in days:
        for conference in held:
            cover: dict[str, float | str] = {
                "meta.unit": unit.code,
                "meta.unit_name": unit.name,
                "meta.version": DRAFT,
                "meta.as_of": serial(as_of),
                "meta.report_date": serial(as_of + timedelta(days=2)),
                "meta.prepared_by": "Văn phòng",
            }
            more = {"conference_on": conference, "estimate_to": form.period.end}
            if form.deadlines:
                cover["meta.submitted_on"] = serial(deadline - timedelta(days=1))
            more |= {"baseline_date": term.start} if term else {}
            cover |= {f"meta.{key}": serial(more[key]) for key in form.cover if key in more}
            trial = blank_submission(view, unit.code)
            trial.meta = {**trial.meta, **cover}
            if not any(judge(check.node, Batch([trial]))[0] == Verdict.BROKEN for check in about):
                return cover
    raise AssertionError(f"{form.id} {view.level}: no cover suits its rules")


def _days(node: Node) -> Iterator[date]:
    """Days that an expression names."""
    for part in walk(node):
        match part:
            case Call("DATE", (Number(year), Number(month), Number(day))):
                yield date(int(year), int(month), int(day))


def _narratives(view: LevelForm, unit: Unit) -> dict[str, str]:
    cited: dict[str, list[str]] = {}
    for check in view.checks:
        for node in walk(check.node):
            match node:
                case Call("MENTIONS", (Ref(name), Text(number))):
                    cited.setdefault(name, []).append(number)
    return {
        n.id: " ".join([f"{unit.name}: mục {n.id}, 12 cuộc, 345 lượt người.", *dict.fromkeys(cited.get(n.ref, ()))])
        for n in view.answers
    }


def _rows(table: Table, made: Submission, unit: Unit) -> Iterator[TableRow]:
    """The rows the form writes, completed, and (if it leaves room) three of the unit's own."""
    given = fixed_rows(made.view, unit.code, unit.name).get(table.id, [])
    count = min(table.rows, len(given) + 3)
    rows = [*given, *(TableRow(unit.code, unit.name, {}) for _ in range(count - len(given)))]
    for number, row in enumerate(rows):
        values: dict[str, float | str] = {}
        for column in table.columns:
            if column.id in row.values:
                kept = row.values[column.id]
                values[column.id] = kept if isinstance(kept, str) else float(kept)
            elif column.choices:
                values[column.id] = column.choices[number % len(column.choices)]
            elif column.is_text and not column.derived:
                values[column.id] = f"{column.label} {number + 1} của {unit.name}"
            elif not column.derived:
                values[column.id] = float(10 * (number + 1) + len(column.id) + len(unit.code))
        yield TableRow(unit.code, unit.name, values)


def _guess(made: Submission, chance: random.Random, children: Sequence[Submission]) -> np.ndarray:
    view, values = made.view, made.values.copy()
    guesses: dict[str, float] = {}
    for figure in view.figures:
        one, at = figure.indicator, view.position[figure.ref]
        if figure.derived is not None:
            continue
        if one.type == "date":
            step = 10 if one.code.endswith("_bd") else 12
            values[at] = serial(view.form.period.end) + step
            continue
        if one.code in AGREED or one.code in MEANS:
            if children and one.agg in ("weighted_mean", "min", "max"):
                continue  # a parent employs nobody: its means are those of its units
            values[at] = AGREED.get(one.code) or MEANS[one.code] + 100 * chance.randint(0, 20)
            continue
        if one.code not in guesses:
            scale = 1_000_000 if one.type == "money" else 1
            guesses[one.code] = 2.0 * chance.randint(4, 30) * scale if one.agg != "count" else 1.0
        guess = np.ceil(guesses[one.code] * FIRST[figure.measure])
        values[at] = (1.0 if figure.measure in ("actual", "baseline") else guess) if one.agg == "count" else guess
        if one.agg == "count" and view.level == "CDCS":
            values[at] = 1.0
        if one.code in ZERO_AT_THE_BASE and view.level == "CDCS":
            values[at] = 0.0
        if one.unit == "%":
            values[at] = min(100.0, guess)
    made.values = values
    _count_rows(made)
    return made.values


def _count_rows(made: Submission) -> None:
    """Figures that say how many rows a table has say so."""
    view = made.view
    full = {table.id: with_derived(table, made, made.tables[table.id]) for table in view.tables}
    for code, table, levels in (
        ("ct_tong", "chi_tieu", ()),
        ("ct_dat_vuot", "chi_tieu", ("đạt", "vượt")),
        ("ck_tong", "cam_ket", ()),
        ("ck_dat", "cam_ket", ("đạt", "vượt")),
        ("mo_hinh_hay", "mo_hinh", ()),
        ("kien_nghi_so", "kien_nghi", ()),
    ):
        if table in full:
            rows = [row for row in full[table] if not levels or row.values.get("level") in levels]
            for measure in ("baseline", "prev_term", "target", "actual", "estimate"):
                if (ref := f"{code}.{measure}") in view.by_ref:
                    made.values[view.position[ref]] = float(len(rows))


def _fit(made: Submission, children: Sequence[Submission]) -> None:
    """Raises figures until every equality and order holds, for the part itself and for its sum with the children."""
    view = made.view
    checks = [check for check in view.checks if _compares(check)]
    for _ in range(60):
        made.own = made.values.copy()
        alone, total = merging.merge(made, [])[0], merging.merge(made, children)[0]
        batch, raised = Batch([alone, total]), False
        for check in checks:
            tolerance = TOLERANCE if check.rule.tolerance is None else check.rule.tolerance
            for column in np.flatnonzero(judge(check.node, batch, tolerance) == Verdict.BROKEN):
                raised |= _mend(check, batch, int(column), made)
        if not raised:
            return
    raise AssertionError(f"{view.form.id} {view.level}: figures never fit")


def _compares(check: Check) -> bool:
    word = check.node.word if isinstance(check.node, Call) else ""
    plain = word in ("=", "<=", ">=") or check.rule.code == "BD056"
    return (
        plain and not check.table and not tables_of(check.node) and not any(r.startswith("meta.") for r in check.refs)
    )


def _mend(check: Check, batch: Batch, column: int, made: Submission) -> bool:
    """Raises one figure so that a check holds; False if none can be raised."""
    view = made.view
    if check.rule.code == "BD056":
        share = view.by_ref[check.about].derived
        assert share is not None
        quotient = next(n for n in walk(share) if isinstance(n, Call) and n.word == "/")
        left, right = quotient.args
    else:
        assert isinstance(check.node, Call)
        left, right = check.node.args
        if check.node.word == ">=":
            left, right = right, left
    gap = float((compute(left, batch) - compute(right, batch))[column])
    if abs(gap) <= TOLERANCE:
        return False
    return _raise(right, gap, made, batch) if gap > 0 else _raise(left, -gap, made, batch)


def _raise(side: Node, by: float, made: Submission, batch: Batch) -> bool:
    view = made.view
    for ref in _added(side):
        figure = view.by_ref.get(ref.name)
        if figure is None:
            continue
        if figure.derived is not None:
            if figure.measure not in PERCENT_MEASURES and _raise(figure.derived, by, made, batch):
                return True
        elif figure.merges in ("sum", "none") and figure.indicator.kind != "ref":
            at = view.position[figure.ref]
            step = np.ceil(by - TOLERANCE)
            made.values[at] = np.nansum([made.values[at], step])
            batch.matrix[at] = np.nansum([batch.matrix[at], [step] * batch.size], axis=0)
            return True
    return False


def _added(side: Node) -> list[Ref]:
    """Refs whose growth makes a sum grow."""
    match side:
        case Ref():
            return [side]
        case Call("+", (a, b)):
            return _added(a) + _added(b)
        case Call("-", (a, _)):
            return _added(a)
        case Call("*", (Number(), a) | (a, Number())):
            return _added(a)
    return []


def _leave_some_blank(made: Submission, chance: random.Random) -> None:
    """Blanks a few rows that no rule ties to another row."""
    view = made.view
    tied = {one.code for one in view.indicators if one.agg not in ("sum",) or one.derived or one.weight}
    for one in view.indicators:
        tied |= {
            one.weight,
            *(
                ref.head
                for f in view.figures
                if f.indicator is one and f.derived
                for ref in refs(f.derived)
                if ref.head != one.code
            ),
        }
    for check in view.checks:
        heads = {ref.partition(".")[0] for ref in check.refs} - {"meta", "n"}
        if len(heads) > 1 or tables_of(check.node):
            tied |= heads
    for one in view.indicators:
        if one.code not in tied and chance.random() < 0.15:
            for figure in view.figures:
                if figure.indicator is one:
                    made.values[view.position[figure.ref]] = np.nan
