"""Parquet files, read by DuckDB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.tables import SAMPLE_ROWS, OpenTable, RawTable, Source, fingerprint, no_rows, unique_headers
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["open_parquet"]

_GLOB = re.compile(r"[*?\[]")


def open_parquet(path: Path) -> OpenTable:
    """Open a Parquet file; its rows are counted from 1.

    Raises
    ------
    crmlab.errors.DataError
        When the file is no Parquet file, or holds no rows.

    """
    sample = _query(path, "SELECT * FROM read_parquet(?) LIMIT ?", SAMPLE_ROWS)
    headers = unique_headers(list(sample.columns))
    if sample.empty:
        raise no_rows(path.name, headers)

    def load(names: Sequence[str]) -> RawTable:
        wanted = ", ".join('"' + headers[name].replace('"', '""') + '"' for name in names)
        frame = _query(path, f"SELECT {wanted} FROM read_parquet(?)")  # noqa: S608 - quoted names of its own columns
        columns: dict[str, Any] = {name: frame.iloc[:, place] for place, name in enumerate(names)}
        rows = np.arange(1, len(frame) + 1, dtype=np.int64)
        return RawTable(columns, rows, np.zeros(len(frame), dtype=bool))

    def pieces(names: Sequence[str], size: int) -> Iterator[RawTable]:
        wanted = ", ".join('"' + headers[name].replace('"', '""') + '"' for name in names)
        first = 1
        for frame in _chunks(path, f"SELECT {wanted} FROM read_parquet(?)", size):  # noqa: S608 - as above
            columns: dict[str, Any] = {name: frame.iloc[:, place] for place, name in enumerate(names)}
            rows = np.arange(first, first + len(frame), dtype=np.int64)
            first += len(frame)
            yield RawTable(columns, rows, np.zeros(len(frame), dtype=bool))

    cells = {name: list(sample.iloc[:, place].astype(object)) for place, name in enumerate(headers)}
    return OpenTable(headers, cells, Source(path.name, fingerprint(path), "parquet"), load, pieces=pieces)


def _chunks(path: Path, query: str, size: int) -> Iterator[pd.DataFrame]:
    """Give the answer in frames of about `size` rows: whole vectors of DuckDB, which are 2,048 rows."""
    import duckdb

    literal = _literal(path)
    config: dict[str, Any] = {"autoinstall_known_extensions": "false", "memory_limit": "1GB"}
    with duckdb.connect(config=config) as connection:
        try:
            answer = connection.execute(query, [literal])
            while len(frame := answer.fetch_df_chunk(max(1, size // 2_048))):
                yield frame
        except duckdb.Error as error:
            raise _unreadable(path) from error


def _literal(path: Path) -> str:
    """Return a path as DuckDB takes it for that one file: * ? [ in a name are a pattern, in which a backslash escapes."""
    if not _GLOB.search(str(path)):
        return str(path)
    folder, name = (_GLOB.sub(lambda sign: f"[{sign[0]}]", part) for part in (str(path.parent), path.name))
    return f"{folder}/{name.replace(chr(92), '?')}"


def _unreadable(path: Path) -> DataError:
    return DataError(
        tr("{file} is no readable Parquet file.", file=path.name),
        hint=tr("Write it again, or save the table as CSV."),
    )


def _query(path: Path, query: str, *more: object) -> pd.DataFrame:
    import duckdb

    literal = _literal(path)
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        try:
            frame: pd.DataFrame = connection.execute(query, [literal, *more]).df()
        except duckdb.Error as error:
            raise _unreadable(path) from error
    return frame
