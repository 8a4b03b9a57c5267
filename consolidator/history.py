"""Figures of many periods, kept beside the summaries: one Parquet file a form, period and parent.

A file is made of a summary and of nothing else, so that deleting the folder loses nothing: `rebuild` makes the same
bytes from the summary workbooks. DuckDB writes and reads it, and so can anybody else:
`duckdb.sql("select * from 'lich-su/*.parquet'").df()`.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consolidator.historyrows import OWN, TOTAL, UNIT, tables_of
from consolidator.interrupting import ctrl_c_waits
from consolidator.isolation import read_all
from consolidator.naming import STORE, clean
from consolidator.saving import made_whole, sweep
from consolidator.submission import Submission
from consolidator.wording import message_of, refusal_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIX = ".parquet"
_TOLD_OF_A_SUMMARY = frozenset({"lines-altered", "summary-part-unreadable"})
"""What is odd about a summary and makes its history doubtful; it is kept all the same."""
Tell = Callable[[Path, str], None]
"""Told which file cannot be used, and why (Vietnamese)."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of one part in one period: a row of the store, whose columns these fields are, in their order.

    Attributes:
        kind: of the form ("quarterly" …): a quarter and a year are not to be compared.
        period_end: the period's last day.
        part: `UNIT`, `OWN` or `TOTAL`; for the last two `unit` is the parent itself.
        label: what findings call the figure.
        measured_in: its unit of measure; dates are serial numbers of Excel (`is_date`).
        value: rounded to the 15 digits that Excel keeps. Blank figures have no row.
        weight: what stands behind a weighted mean, None for every other figure.
        file, sha256: of the unit's report; "" for `OWN` and `TOTAL`, which come from the summary itself.
    """

    form: str
    version: str
    kind: str
    period: str
    period_end: date
    parent: str
    parent_name: str
    unit: str
    unit_name: str
    part: str
    ref: str
    indicator: str
    measure: str
    label: str
    measured_in: str
    is_date: bool
    value: float
    weight: float | None
    file: str
    sha256: str


COLUMNS = tuple(one.name for one in fields(Point))
_TYPES: Mapping[str, str] = {"period_end": "DATE", "is_date": "BOOLEAN", "value": "DOUBLE", "weight": "DOUBLE"}
_SCHEMA = [(name, _TYPES.get(name, "VARCHAR")) for name in COLUMNS]
_MADE = {"period_end": "CAST(period_end AS DATE)", "weight": "CASE WHEN isnan(weight) THEN NULL ELSE weight END"}
_ROWS = f"""
    SELECT {", ".join(f"{_MADE.get(name, name)} AS {name}" for name in COLUMNS)}
    FROM cells JOIN parts USING (part_no) JOIN figures USING (figure_no) CROSS JOIN heads
"""
"""In the order of cells: each is looked up in the others, as long as DuckDB does not turn that round."""

_FORMAT = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, ROW_GROUP_SIZE 61440"
"""Under the very name we give: DuckDB's own temporary file, beside it, would be left by a killed run. Rows are gathered
in memory, in a third less of it than by default."""


@dataclass
class Rebuilt:
    """What came of a rebuild: the files written, and what is to be said of workbooks (path, Vietnamese sentence)."""

    kept: list[Path] = field(default_factory=list)
    told: list[tuple[Path, str]] = field(default_factory=list)


def store_beside(summary: Path) -> Path:
    """The folder of the store of a summary workbook."""
    return summary.parent / STORE


def keep(summary: Submission, folder: Path) -> Path:
    """Writes the figures of a summary into the store, over those of an earlier run; returns the file.

    Raises ValueError for a submission that is no summary, OSError where the folder takes no file.
    """
    if not summary.is_summary:
        raise ValueError(f"{summary.unit}: no summary")
    path = folder / _name(summary)
    sweep(path)
    _write(summary, path)
    return path


def rebuild(summary_paths: Sequence[Path], folder: Path) -> Rebuilt:
    """Makes the store anew from summary workbooks. Files of other periods and parents stay as they are.

    What is no summary is told. Of two summaries of one parent and period the first counts and the other is told.
    """
    found = Rebuilt()
    whose: dict[str, Path] = {}
    for outcome in read_all([(path, path.name) for path in dict.fromkeys(summary_paths)]):
        path, summary = Path(outcome.path), outcome.submission
        if summary is None:
            found.told.append((path, message_of(outcome.findings[0])))
            continue
        if not summary.is_summary:
            found.told.append((path, "Đây không phải sổ tổng hợp."))
            continue
        if (first := whose.setdefault(_name(summary), path)) != path:
            found.told.append((path, f"Cùng kỳ và cùng đơn vị với “{first.name}”; chỉ lấy sổ ghi trước."))
            continue
        found.kept.append(keep(summary, folder))
        found.told += [(path, message_of(one)) for one in outcome.findings if one.code in _TOLD_OF_A_SUMMARY]
    return found


def ask(folder: Path, ref: str, units: Collection[str] = (), tell: Tell = lambda path, why: None) -> list[Point]:
    """Every figure of a Ref in the store, of some units or of all, in the order of periods.

    Within a period: by parent, its total, its own part, then its units by code.
    """
    query = f"SELECT {', '.join(COLUMNS)} FROM read_parquet($file) WHERE ref = $ref"
    points = [Point(*row) for row in _asked(folder, query, tell, ref=ref)]
    points = [point for point in points if not units or point.unit in units]
    rank = (TOTAL, OWN, UNIT).index
    return sorted(points, key=lambda p: (p.period_end, p.period, p.form, p.parent, rank(p.part), p.unit))


def past(
    folder: Path, parent: str, before: date, kind: str = "", tell: Tell = lambda path, why: None
) -> dict[str, list[dict[str, float]]]:
    """Figures by Ref that the units of a parent reported for earlier periods, oldest first, by unit.

    `before` is the first day that is too late for the end of a period; `kind` keeps to forms of one kind.
    A unit has one entry a period for which its parent merged a report of it.
    """
    wanted = "WHERE parent = $parent AND period_end < $before AND part = $part AND $kind IN ('', kind)"
    query = f"SELECT period_end, period, form, unit, ref, value FROM read_parquet($file) {wanted}"
    rows = _asked(folder, query, tell, parent=parent, before=before, part=UNIT, kind=kind)
    by_period: dict[tuple[date, str, str], dict[str, dict[str, float]]] = {}
    for end, period, form, unit, ref, value in rows:
        by_period.setdefault((end, period, form), {}).setdefault(unit, {})[ref] = value
    found: dict[str, list[dict[str, float]]] = {}
    for key in sorted(by_period):
        for unit, figures in by_period[key].items():
            found.setdefault(unit, []).append(figures)
    return found


def known_refs(folder: Path, tell: Tell = lambda path, why: None) -> list[str]:
    """Every Ref that the store has figures of, in alphabetical order."""
    return sorted({ref for (ref,) in _asked(folder, "SELECT DISTINCT ref FROM read_parquet($file)", tell)})


def _name(summary: Submission) -> str:
    """Name of a summary's file; the digest keeps apart what differs only in letters that no file name takes."""
    key = (summary.view.form.id, summary.period, summary.unit)
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{clean(' '.join(key))} {digest}{SUFFIX}"


def _write(summary: Submission, path: Path) -> None:
    """Writes a summary's rows as a Parquet file: the same bytes for the same figures (and the same DuckDB)."""
    import duckdb

    tables = tables_of(summary)
    with made_whole(path) as made, _connection() as connection:
        for name, columns in tables.items():
            _put(connection, name, columns)
        try:
            connection.execute(f"COPY ({_ROWS}) TO {_quoted(made)} ({_FORMAT})")
        except duckdb.IOException as error:
            raise OSError(errno.EIO, str(error), str(path)) from error


def _put(connection: DuckDBPyConnection, name: str, columns: Mapping[str, Any]) -> None:
    """Makes a table of columns. Texts become numbers of a list, so that each is packed once and not for every row."""
    listed = [key for key, column in columns.items() if column.dtype == object and key not in _TYPES]
    connection.register(f"given_{name}" if listed else name, columns)
    if not listed:
        return
    for key in listed:
        connection.execute(f"CREATE TYPE {key}_text AS ENUM (SELECT DISTINCT {key} FROM given_{name} ORDER BY {key})")
    chosen = ", ".join(f"{key}::{key}_text AS {key}" if key in listed else key for key in columns)
    connection.execute(f"CREATE TABLE {name} AS SELECT {chosen} FROM given_{name}")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def get_ready() -> None:
    """Loads what reads and writes the store: it takes a moment, which somebody who waits anyway can spare."""
    import duckdb  # noqa: F401


def _asked(folder: Path, query: str, tell: Tell, **facts: object) -> Iterator[tuple[Any, ...]]:
    """Rows of a query put to every file of the store in the order of names; a file that is none of ours is told."""
    import duckdb

    if not folder.is_dir():
        return
    try:
        paths = sorted(one for one in folder.iterdir() if one.suffix == SUFFIX)
    except OSError as error:
        tell(folder, f"Không xem được thư mục lịch sử ({refusal_words(error)}).")
        return
    with _connection() as connection:
        for path in paths:
            try:
                asked = {"file": [str(path)]}
                described = connection.execute("DESCRIBE SELECT * FROM read_parquet($file)", asked).fetchall()
                if [(name, kind) for name, kind, *_ in described] != _SCHEMA:
                    tell(path, "Tệp Parquet này không phải lịch sử do chương trình ghi; đã bỏ qua.")
                    continue
                rows = connection.execute(query, {**facts, **asked}).fetchall()
            except duckdb.Error:
                tell(path, "Tệp lịch sử hỏng, đã bỏ qua; lập lại từ sổ tổng hợp bằng lệnh history --rebuild.")
                continue
            yield from rows


@contextmanager
def _connection() -> Iterator[DuckDBPyConnection]:
    """A database in memory, for one thread (the order of rows is then the order of writing) and without a network."""
    import duckdb

    as_asked = "join_order,build_side_probe_side"
    config = {
        "threads": 1,
        "disabled_optimizers": as_asked,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with ctrl_c_waits(), duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        yield connection
