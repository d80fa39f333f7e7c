"""Parquet files, read by DuckDB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.tables import SAMPLE_ROWS, OpenTable, RawTable, Source, fingerprint, no_rows, unique_headers
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
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

    cells = {name: list(sample.iloc[:, place].astype(object)) for place, name in enumerate(headers)}
    return OpenTable(headers, cells, Source(path.name, fingerprint(path), "parquet"), load)


def _query(path: Path, query: str, *more: object) -> pd.DataFrame:
    import duckdb

    # DuckDB takes * ? [ in a file's name for a pattern.
    literal = _GLOB.sub(lambda sign: f"[{sign[0]}]", str(path))
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        try:
            frame: pd.DataFrame = connection.execute(query, [literal, *more]).df()
        except duckdb.Error as error:
            raise DataError(
                tr("{file} is no readable Parquet file.", file=path.name),
                hint=tr("Write it again, or save the table as CSV."),
            ) from error
    return frame
