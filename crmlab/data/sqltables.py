"""Rows of a database: a DuckDB or SQLite file, or a PostgreSQL server, by a table's name or a query.

Nothing is written: files are opened for reading only, on a server a transaction for reading only is begun, and a query
cannot open further files. Rows are counted from 1 in the order in which the database gives them.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from crmlab.data.databases import server_name, without_secret
from crmlab.data.limits import LONGEST_CELL, PATIENCE, check_size, gathered
from crmlab.data.messages import joined
from crmlab.data.tables import SAMPLE_ROWS, OpenTable, RawTable, Source, fingerprint, no_rows, unique_headers
from crmlab.errors import DataError, MissingExtraError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from pathlib import Path

    from crmlab.data.cells import Cells

__all__ = ["POSTGRES", "open_duckdb", "open_postgres", "open_sqlite"]

#: what the address of a server begins with; a path on its way may have lost a stroke
POSTGRES = re.compile(r"^postgres(?:ql)?:/+(?=[^/])", re.IGNORECASE)

_WAIT = 15  # seconds for a server to answer
_BLOCK = 50_000  # rows fetched at once
_VECTORS = 100  # vectors of DuckDB, of 2,048 rows, fetched at once
_MOMENTS = frozenset({1082, 1114, 1184})  # date, timestamp, timestamp with time zone


@dataclass(frozen=True)
class _Database:
    """How to ask one database.

    Parameters
    ----------
    name, format
        As in :class:`crmlab.data.tables.Source`.
    tables
        Returns the names of its tables and views, and each name as SQL writes it.
    ask
        Returns names and columns of what a query gives.

    """

    name: str
    format: str
    tables: Callable[[], dict[str, str]]
    ask: Callable[[str], tuple[list[str], list[Cells]]]
    sha256: str = ""


def open_duckdb(path: Path, *, table: str | None = None, query: str | None = None) -> OpenTable:
    """Open a table of a DuckDB file, or what a query gives.

    Raises
    ------
    crmlab.errors.DataError
        When the file cannot be opened, has no such table or no rows, or the query fails.
    crmlab.errors.ParameterError
        When there are several tables and none is named, or both a table and a query are given.

    """
    import duckdb

    # A query must not read other files of the machine, nor write any.
    config: dict[str, Any] = {"enable_external_access": "false", "autoinstall_known_extensions": "false"}

    @contextmanager
    def opened() -> Iterator[Any]:
        try:
            connection = duckdb.connect(str(path), read_only=True, config=config)
        except duckdb.Error as error:
            raise _cannot_open(path, error) from error
        with connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

    def tables() -> dict[str, str]:
        with opened() as connection:
            rows = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1, 2"
            ).fetchall()
        return _names(rows, "main")

    def ask(text: str) -> tuple[list[str], list[Cells]]:
        with opened() as connection:
            stop = Timer(PATIENCE, connection.interrupt)
            stop.start()
            try:
                # SQLite and PostgreSQL take one statement at a time, DuckDB takes many.
                if len(connection.extract_statements(text)) > 1:
                    raise _QueryError(tr("it is more than one statement"))
                frame = _framed(connection.execute(text), path.name)
            except duckdb.Error as error:
                raise _failed(str(error)) from error
            finally:
                stop.cancel()
        return list(frame.columns), [frame.iloc[:, at] for at in range(frame.shape[1])]

    return _open(_Database(path.name, "duckdb", tables, ask, fingerprint(path)), table, query)


def open_sqlite(path: Path, *, table: str | None = None, query: str | None = None) -> OpenTable:
    """Open a table of a SQLite file, or what a query gives; errors as :func:`open_duckdb`."""
    import sqlite3

    reading = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

    def allowed(action: int, *_: object) -> int:
        return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY

    @contextmanager
    def opened() -> Iterator[Any]:
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        try:
            connection = sqlite3.connect(address, uri=True)
            with closing(connection):
                connection.set_authorizer(allowed)
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
                yield connection
        except sqlite3.DatabaseError as error:
            raise _cannot_open(path, error) from error

    def tables() -> dict[str, str]:
        with opened() as connection:
            rows = connection.execute(
                "SELECT '', name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
                "ESCAPE '\\' ORDER BY name"
            ).fetchall()
        return _names(rows, "")

    def ask(text: str) -> tuple[list[str], list[Cells]]:
        with opened() as connection:
            end = [time.monotonic() + PATIENCE]
            connection.set_progress_handler(lambda: time.monotonic() > end[0], 1_000_000)
            rows: list[Sequence[object]] = []
            try:
                cursor = connection.execute(text)
                for block in gathered(cursor.fetchmany, _BLOCK, path.name):
                    rows += block
                    end[0] = time.monotonic() + PATIENCE
            except sqlite3.Error as error:
                raise _failed(str(error)) from error
        return _columns([one[0] for one in cursor.description], rows)

    return _open(_Database(path.name, "sqlite", tables, ask, fingerprint(path)), table, query)


def open_postgres(url: str, *, table: str | None = None, query: str | None = None) -> OpenTable:
    """Open a table on a PostgreSQL server, or what a query gives; errors as :func:`open_duckdb`.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:5432/shop``; the password is never told.
    table, query
        What to read.

    Raises
    ------
    crmlab.errors.MissingExtraError
        Without the driver.

    """
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError("PostgreSQL", "postgres") from error
    url = POSTGRES.sub("postgresql://", url)
    where, password = server_name(url)

    @contextmanager
    def opened() -> Iterator[Any]:
        try:
            connection = psycopg.connect(url, connect_timeout=_WAIT)
        except psycopg.Error as error:
            # The error of the driver is not passed on: it may hold what the address holds.
            reason = without_secret(str(error), password)
            raise DataError(
                tr("No connection to the database {where}.", where=where),
                problems=[line.strip() for line in reason.splitlines() if line.strip()],
                hint=tr("Check host, port, user, password and the name of the database."),
            ) from None
        with connection:
            connection.read_only = True
            connection.execute("SET TIME ZONE 'UTC'")
            yield connection

    def tables() -> dict[str, str]:
        with opened() as connection:
            rows = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema NOT IN ('information_schema', 'pg_catalog') "
                "UNION SELECT schemaname, matviewname FROM pg_matviews ORDER BY 1, 2"
            ).fetchall()
        return _names(rows, "public")

    def ask(text: str) -> tuple[list[str], list[Cells]]:
        with opened() as connection, connection.cursor(name="crmlab") as cursor:
            try:
                cursor.execute(text)
                rows: list[Sequence[object]] = []
                for block in gathered(cursor.fetchmany, _BLOCK, where):
                    rows += block
            except psycopg.Error as error:
                raise _failed(without_secret(str(error), password)) from None
            kinds = [one.type_code for one in cursor.description]
            names, columns = _columns([one.name for one in cursor.description], rows)
        for at, kind in enumerate(kinds):
            if kind in _MOMENTS:
                columns[at] = _moments(columns[at])
        return names, columns

    return _open(_Database(where, "postgresql", tables, ask), table, query)


def _framed(answer: Any, name: str) -> pd.DataFrame:
    """Return what DuckDB answers, as long as it fits."""
    frames: list[pd.DataFrame] = [answer.fetch_df_chunk(_VECTORS)]
    held = 0
    while len(frames[-1]):
        held += int(frames[-1].memory_usage(deep=True).sum())
        check_size(name, held)
        frames.append(answer.fetch_df_chunk(_VECTORS))
    whole: pd.DataFrame = pd.concat(frames[:-1] or frames, ignore_index=True)
    return whole


def _open(database: _Database, table: str | None, query: str | None) -> OpenTable:
    """Open what was named, or the only table there is."""
    if table and query:
        raise ParameterError(
            tr("Name a table or write a query, not both."), hint=tr("Leave out --table or --query.")
        )
    relation = f"(\n{query.strip().rstrip(';')}\n) AS crmlab_query" if query else ""
    if not query:
        tables = database.tables()
        table = _chosen(table, tables, database.name)
        relation = tables[table]
    try:
        names, first = database.ask(f"SELECT * FROM {relation} LIMIT {SAMPLE_ROWS}")  # noqa: S608 - read-only, the user's own
    except _QueryError as error:
        raise _cannot_run(error, database) from None
    headers = unique_headers(names)
    if not len(first) or not len(first[0]):
        raise _nothing(database.name, headers) if query else no_rows(str(table), headers)

    def load(wanted: Sequence[str]) -> RawTable:
        places = [list(headers).index(name) for name in wanted]
        try:
            _, columns = database.ask(f"SELECT * FROM {relation}")  # noqa: S608 - as above
        except _QueryError as error:
            raise _cannot_run(error, database) from None
        count = len(columns[0])
        return RawTable(
            {name: columns[at] for name, at in zip(wanted, places, strict=True)},
            np.arange(1, count + 1, dtype=np.int64),
            np.zeros(count, dtype=bool),
        )

    sample = {
        name: list(pd.Series(column).astype(object)) for name, column in zip(headers, first, strict=True)
    }
    source = Source(database.name, database.sha256, database.format, table=table, query=query)
    return OpenTable(headers, sample, source, load)


def _nothing(where: str, headers: dict[str, str]) -> DataError:
    return DataError(
        tr("{where}: the query gives no rows.", where=where),
        hint=tr("Check its conditions; columns it would give: {columns}.", columns=joined(headers)),
    )


def _chosen(table: str | None, tables: dict[str, str], where: str) -> str:
    """Return the table that was named, or the only one."""
    if not tables:
        raise DataError(tr("{where} holds no tables.", where=where))
    found = tr("Tables found: {tables}.", tables=joined(tables))
    if table is None:
        if len(tables) == 1:
            return next(iter(tables))
        raise ParameterError(
            tr("{where} holds {n} tables: say which.", where=where, n=len(tables)),
            problems=[found],
            hint=tr(
                'Write --table {table}, or a query: --query "SELECT …"', table=shlex.quote(next(iter(tables)))
            ),
        )
    if table in tables:
        return table
    same = [name for name in tables if name.casefold() == table.casefold()]
    if len(same) == 1:
        return same[0]
    near = did_you_mean(table, tables)
    raise DataError(
        tr("{where} holds no table {table}.", where=where, table=table),
        problems=[found],
        hint=tr("Did you mean {near}?", near=near) if near else None,
    )


def _names(rows: Sequence[tuple[str, str]], usual: str) -> dict[str, str]:
    """Return the names of tables and each as SQL writes it; the usual schema is not named."""
    quoted = '"{}"'.format
    names = {}
    for schema, table in rows:
        own = quoted(table.replace('"', '""'))
        if schema == usual:
            names[table] = own
        else:
            names[f"{schema}.{table}"] = quoted(schema.replace('"', '""')) + "." + own
    return names


def _columns(names: list[str], rows: Sequence[Sequence[object]]) -> tuple[list[str], list[Cells]]:
    columns: list[Cells] = []
    for at in range(len(names)):
        column = np.empty(len(rows), dtype=object)
        column[:] = [_shown(row[at]) for row in rows]
        columns.append(column)
    return names, columns


def _shown(cell: object) -> object:
    """Return a cell; TRUE and FALSE as a sheet shows them, for Python counts them as 1 and 0."""
    return str(cell).upper() if isinstance(cell, bool) else cell


def _moments(column: Cells) -> Cells:
    """Return moments as pandas keeps them, with their time zone, so that the reader is told of it."""
    try:
        return pd.Series(pd.to_datetime(pd.Series(column, dtype=object)))
    except (ValueError, TypeError, OverflowError):  # days beyond what pandas counts: cell by cell
        return column


class _QueryError(Exception):
    """What the database said against a query."""


def _failed(reason: str) -> _QueryError:
    return _QueryError(reason.strip().splitlines()[0] if reason.strip() else "")


def _cannot_run(error: _QueryError, database: _Database) -> DataError:
    return DataError(
        tr("{where}: the query cannot be run.", where=database.name),
        problems=[str(error)],
        hint=tr(
            "A query is one statement that begins with SELECT and only reads. Tables found: {tables}.",
            tables=joined(database.tables()),
        ),
    )


def _cannot_open(path: Path, error: Exception) -> DataError:
    return DataError(
        tr("{file} cannot be opened: {reason}", file=path.name, reason=(str(error).splitlines() or [""])[0]),
        hint=tr(
            "Close the program that holds it open; a file of a newer version of the database needs that version."
        ),
    )
