"""Parquet files, read by DuckDB."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.limits import CELL, LONGEST_CELL, check_size, too_large
from crmlab.data.tables import SAMPLE_ROWS, OpenTable, RawTable, Source, fingerprint, no_rows, unique_headers
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["open_parquet"]

_BOMB = 1 << 26  # bytes of a file, unpacked, from which on it is asked how it got so large
_PACKED = 100  # times that the columns of a real table never shrink to
_TEXTS = ("VARCHAR", "BLOB", "STRUCT", "MAP", "UNION", "JSON", "ENUM")  # what becomes objects
_GLOB = re.compile(r"[*?\[]")


def open_parquet(path: Path) -> OpenTable:
    """Open a Parquet file; its rows are counted from 1.

    Raises
    ------
    crmlab.errors.DataError
        When the file is no Parquet file, or holds no rows.

    """
    with _reading(path) as ask:
        weights = _weights(path.name, ask)
        sample = ask("SELECT * FROM read_parquet(?) LIMIT ?", SAMPLE_ROWS)
    headers = unique_headers(list(sample.columns))
    if sample.empty:
        raise no_rows(path.name, headers)

    def load(names: Sequence[str]) -> RawTable:
        wanted = ", ".join('"' + headers[name].replace('"', '""') + '"' for name in names)
        check_size(path.name, sum(weights.get(headers[name], 0) for name in names))
        with _reading(path) as ask:
            frame = ask(f"SELECT {wanted} FROM read_parquet(?)")  # noqa: S608 - quoted names of its own columns
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


def _weights(file: str, ask: Callable[..., pd.DataFrame]) -> dict[str, int]:
    """Return column to the bytes that it takes in memory, once the file is no trap.

    No table of customers unpacks a hundredfold; but one text that is packed once may stand in every row.

    Raises
    ------
    crmlab.errors.DataError
        When the file is one.

    """
    sizes = "sum(total_uncompressed_size), sum(total_compressed_size)"
    large, small = ask(f"SELECT {sizes} FROM parquet_metadata(?)").iloc[0].fillna(0)  # noqa: S608 - constant
    if large > max(_BOMB, _PACKED * small):
        raise too_large(file)
    rows = int(ask("SELECT sum(num_rows) AS n FROM parquet_file_metadata(?)")["n"].fillna(0).iloc[0])
    described = ask("DESCRIBE SELECT * FROM read_parquet(?)")
    kinds: dict[str, str] = dict(zip(described["column_name"], described["column_type"], strict=True))
    weights = dict.fromkeys(kinds, 8 * rows)
    texts = [name for name, kind in kinds.items() if kind.startswith(_TEXTS) or kind.endswith("]")]
    if texts and rows:
        lengths = [f'strlen("{name.replace(chr(34), chr(34) * 2)}"::VARCHAR)' for name in texts]
        asked = ", ".join(f"max({length}), sum({length})" for length in lengths)
        found = ask(f"SELECT {asked} FROM read_parquet(?)").fillna(0).iloc[0].tolist()  # noqa: S608 - quoted names
        if max(found[::2]) > LONGEST_CELL:
            raise too_large(file)
        weights |= {name: CELL * rows + int(n) for name, n in zip(texts, found[1::2], strict=True)}
    return weights


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


@contextmanager
def _reading(path: Path) -> Iterator[Callable[..., pd.DataFrame]]:
    """Give what asks DuckDB of a file."""
    import duckdb

    literal = _literal(path)
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET preserve_insertion_order = true")

        def ask(query: str, *more: object) -> pd.DataFrame:
            frame: pd.DataFrame = connection.execute(query, [literal, *more]).df()
            return frame

        try:
            yield ask
        except duckdb.Error as error:
            raise _unreadable(path) from error
