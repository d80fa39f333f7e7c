"""Parquet files of this machine, read without a database where a summary asks for nothing but three of their columns."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.clv._ids import codes_of_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    #: a code for each row, and the distinct texts in the order of their codes
    Codes = tuple[NDArray[np.int64], Any]

__all__ = ["read_purchases", "remember"]

#: Files of the tables that were opened from Parquet, by the operation that stands for all their rows.
_OPENED: dict[Any, tuple[Path, ...]] = {}
_LAST_DAY = 2_932_896  # 9999-12-31; DuckDB takes some later moments for infinity


def remember(table: ir.Table, files: Sequence[Path]) -> None:
    """Remember which Parquet files a table of Ibis stands for."""
    # DuckDB makes columns of folders' names such as shop=3; only it knows which.
    if not any("=" in part for file in files for part in file.parts):
        _OPENED[table.op()] = tuple(files)


def read_purchases(
    table: ir.Table, *, customer: str, date: str, amount: str | None, most: int
) -> tuple[Any, Codes | None] | None:
    """Return ``customer``, ``day`` and, if asked, ``amount`` (float64) of each row, as the database would.

    With them come the codes of the customers, where they were found while the file was read. None if the table is not one
    of Parquet files as they are, if there are more than `most` rows, or if a column is of a kind, or holds a value, that is
    the database's to judge.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = _OPENED.get(table.op())
    if files is None:
        return None
    names = list(dict.fromkeys([customer, date, *([] if amount is None else [amount])]))
    try:
        heads = [pq.ParquetFile(file) for file in files]
        kinds = [[head.schema_arrow.field(name).type for name in names] for head in heads]
        if kinds.count(kinds[0]) < len(kinds) or sum(head.metadata.num_rows for head in heads) > most:
            return None
        kind = dict(zip(names, kinds[0], strict=True))
        nano = pa.timestamp("ns") == kind[date] and table.schema()[date].scale != 9  # INT96
        if nano or not _plain(kind[customer], kind[date], None if amount is None else kind[amount]):
            return None
        if len(heads) == heads[0].num_row_groups == 1 and _is_text(kind[customer]):
            return _read_piece(heads[0], files[0], customer, date, amount)
        found = pq.read_table(
            [str(file) for file in files], columns=names, partitioning=None, pre_buffer=False
        )
        who = found[customer]
        if pa.types.is_dictionary(who.type):
            who = who.cast(who.type.value_type)
        for part in who.chunks if _is_text(who.type) else ():
            _check_text(part)
        columns = _columns(found, who, date, amount)
    except (OSError, KeyError, pa.ArrowException):
        return None
    return None if columns is None else (columns, None)


def _plain(who: Any, when: Any, much: Any | None) -> bool:
    """Return whether columns of these types mean the same to everybody."""
    from pyarrow import types

    text = who.value_type if types.is_dictionary(who) else who
    return (
        (types.is_string(text) or types.is_large_string(text) or types.is_integer(who))
        and (types.is_date32(when) or (types.is_timestamp(when) and when.tz is None))
        and (much is None or types.is_integer(much) or types.is_float32(much) or types.is_float64(much))
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _read_piece(
    head: Any, file: Path, customer: str, date: str, amount: str | None
) -> tuple[Any, Codes | None] | None:
    """Read a file whose rows lie in one group; texts take longest, so a thread reads them, and they are told apart here."""
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow as pa
    import pyarrow.parquet as pq

    coming: SimpleQueue[Any] = SimpleQueue()
    texts = []

    def read() -> None:
        try:
            for batch in head.iter_batches(columns=[customer], use_threads=False):
                coming.put(batch.column(customer))
        finally:
            coming.put(None)

    def come() -> Iterator[Any]:
        for part in iter(coming.get, None):
            _check_text(part)
            texts.append(part)
            yield part

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        rest = pq.ParquetFile(file, metadata=head.metadata)
        found = rest.read(columns=[date, *([] if amount is None else [amount])])
        pieces = come()
        codes = codes_of_pieces(pieces)
        for _ in pieces:  # those left where the codes could not be found
            pass
        reading.result()
    columns = _columns(found, pa.chunked_array(texts), date, amount)
    return None if columns is None else (columns, codes)


def _check_text(part: Any) -> None:
    if np.frombuffer(part.buffers()[2] or b"", dtype=np.uint8).max(initial=0) > 127:
        part.validate(full=True)  # what is no UTF-8 is the database's to refuse


def _columns(found: Any, who: Any, date: str, amount: str | None) -> Any | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    day = found[date].cast(pa.date32())
    span = pc.min_max(day.cast(pa.int32())).as_py()
    if max(abs(limit or 0) for limit in span.values()) > _LAST_DAY:
        return None
    columns = {"customer": who, "day": day}
    if amount is not None:
        columns["amount"] = found[amount].cast(pa.float64(), safe=False)
    return pa.table(columns)
