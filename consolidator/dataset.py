"""Columns of a large audit as Parquet files, in a folder of this computer, of a share, or of a store.

DuckDB writes and reads them; a file of a store goes through a temporary one.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from consolidator.interrupting import ctrl_c_waits
from consolidator.saving import save
from consolidator.stores import Remote, Where
from consolidator.verdict import Numbers

SUFFIX = ".parquet"
Texts = Sequence[str]
Columns = Mapping[str, "Texts | Numbers"]
"""By name, all of one length: texts, or numbers of which NaN is a blank."""


def write(place: Where, columns: Columns) -> None:
    """Writes a Parquet file, whole or not at all; the same bytes for the same columns. Raises OSError."""
    with TemporaryDirectory() as folder:
        made = Path(folder, "made" + SUFFIX)
        _copy(columns, made)
        content = made.read_bytes()
    if isinstance(place, Remote):
        place.put(content)
    else:
        save(place, content)


def _copy(columns: Columns, made: Path) -> None:
    import duckdb

    given, select = dict[str, Any](), list[str]()
    for number, (name, values) in enumerate(columns.items()):
        column = f"c{number}"
        if isinstance(values, np.ndarray):
            given[column], shown = values, f"nullif({column}, 'NaN'::DOUBLE)"
        else:
            given[column], shown = _texts(values), column
        select.append(f"{shown} AS {_quoted(name)}")
    with _connection() as connection:
        connection.register("given", given)
        try:
            where = str(made).replace("'", "''")
            query = f"SELECT {', '.join(select)} FROM given"
            connection.execute(f"COPY ({query}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.IOException as error:
            raise OSError(errno.EIO, str(error), str(made)) from error


def read(place: Where, names: Sequence[str] = ("*",)) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of a Parquet file of ours by name; a blank number is NaN. Raises OSError."""
    import duckdb

    wanted = ", ".join(name if name == "*" else _quoted(name) for name in names)
    with _here(place) as path, _connection() as connection:
        try:
            found = connection.execute(f"SELECT {wanted} FROM read_parquet($file)", {"file": str(path)}).fetchnumpy()
        except duckdb.Error as error:
            raise OSError(errno.EIO, str(error), str(place)) from error
    return {name: _filled(values) for name, values in found.items()}


def _filled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.dtype.kind == "f":
        return np.asarray(np.ma.filled(values, np.nan))
    return np.asarray(values)


@contextmanager
def _here(place: Where) -> Iterator[Path]:
    """A file of this computer with the bytes of a place."""
    if isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder, place.name)
        copy.write_bytes(place.read(2**62))
        yield copy


def _texts(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.object_]]:
    found = np.empty(len(texts), dtype=object)
    found[:] = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _connection() -> Iterator[Any]:
    import duckdb

    config: dict[str, Any] = {"threads": 1, "autoinstall_known_extensions": False}
    with ctrl_c_waits(), duckdb.connect(":memory:", config=config) as connection:
        yield connection
