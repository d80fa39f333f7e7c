"""Tables that stay where they are: Parquet, DuckDB, PostgreSQL and Spark, opened without reading a row.

:func:`open_table` returns a table of Ibis. :func:`crmlab.clv.customer_summary` takes it as it takes a DataFrame, and asks
the database for the summary instead of fetching the rows.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from crmlab.errors import DataError, MissingExtraError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["open_table", "server_name", "without_secret"]

_PARQUET = frozenset({".parquet", ".pq"})
_POSTGRES = frozenset({"postgres", "postgresql"})
_SIGN = b"DUCK"  # stands at byte 8 of a DuckDB file


def open_table(source: str | os.PathLike[str] | Any, *, table: str | None = None) -> ir.Table:
    """Open a table without reading its rows.

    Parameters
    ----------
    source
        A Parquet file; several, by a pattern (``sales/*.parquet``) or as a folder; a DuckDB file; the URL of a PostgreSQL
        server (``postgresql://user:password@host/shop``; extra ``postgres``); or a DataFrame of Spark (extra ``spark``).
        Text is compared as it stands: no ``~``, no variables, but ``~/`` at the beginning is the home folder.
    table
        Name of a table or view in a database, ``schema.name`` if need be; not needed where there is only one.

    Returns
    -------
    ibis.expr.types.Table
        To be given to :func:`crmlab.clv.customer_summary`, :func:`crmlab.clv.summary_table`, or used as Ibis says.

    Raises
    ------
    DataError
        No such file, no database, no such table, no connection. A password is never part of the message.
    ParameterError
        A table's name for a source that has no tables, or none where there are several.
    MissingExtraError
        The driver is not installed.

    Notes
    -----
    DuckDB files are opened for reading only. Parquet files share one DuckDB in memory, so that they can be joined. Ibis sets the time zone of a PostgreSQL or Spark session to UTC.

    Checked against: the same transactions as a DataFrame, from each of the sources.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> folder = tempfile.TemporaryDirectory()
    >>> sales = pd.DataFrame({"customer": ["a", "a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"]),
    ...                       "amount": [20.0, 10.0, 5.0]})
    >>> sales.to_parquet(folder.name + "/sales.parquet")
    >>> from crmlab.clv import customer_summary
    >>> customer_summary(open_table(folder.name + "/sales.parquet")).table["frequency"].to_dict()
    {'a': 1, 'b': 0}
    >>> folder.cleanup()

    """
    if type(source).__module__.startswith("pyspark.sql"):
        _no_table(table)
        return _spark(source)
    text = str(source)
    scheme = text.split("://", 1)[0].casefold() if "://" in text else ""
    if scheme in _POSTGRES:
        return _postgres(text, table)
    if scheme:
        near = did_you_mean(scheme, _POSTGRES)
        raise DataError(
            tr("Addresses that begin with {scheme}:// are not opened.", scheme=scheme),
            hint=tr("Did you mean {near}?", near=f"{near}://")
            if near
            else tr("Connect with Ibis yourself, and hand over its table."),
        )
    path = Path(text).expanduser()
    if path.is_dir():
        _no_table(table)
        return _parquet(sorted(file for file in path.iterdir() if file.suffix.casefold() in _PARQUET), path)
    if not path.is_file():
        if not any(sign in path.name for sign in "*?["):
            raise _no_file(path)
        _no_table(table)
        return _parquet(sorted(path.parent.glob(path.name)), path)
    with path.open("rb") as opened:
        head = opened.read(12)
    if head[8:12] == _SIGN:
        return _duckdb(path, table)
    if head.startswith(b"PAR1"):
        _no_table(table)
        return _parquet([path], path)
    raise DataError(
        tr("{file} is neither a Parquet file nor a DuckDB file.", file=path.name),
        hint=tr("CSV and Excel files are read by read_table; DuckDB turns a large CSV file into Parquet."),
    )


def _parquet(files: list[Path], asked: Path) -> ir.Table:
    import duckdb

    from crmlab.clv._parquet import remember

    if not files:
        raise DataError(
            tr("No Parquet file fits {pattern}.", pattern=asked.name),
            hint=tr("Check the name and the folder."),
        )
    connection = _in_memory(os.getpid())
    # A pattern's signs in a file's name are its own: DuckDB is given the names found here.
    names = [_literal(str(file)) for file in files]
    try:
        if len(names) > 1:
            _check_alike(connection, names, asked)
        opened: ir.Table = connection.read_parquet(names if len(names) > 1 else names[0])
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            tr("{file} is no readable Parquet file.", file=asked.name),
            problems=[reason],
            hint=tr("Write it again, or save the table as CSV."),
        ) from error
    remember(opened, files)
    return opened


def _check_alike(connection: Any, names: list[str], asked: Path) -> None:
    """Raise a DataError unless all files have the same columns; DuckDB would tell only when it reads them."""
    query = (
        "SELECT name, count(*) FROM parquet_schema(?) WHERE num_children IS NULL GROUP BY name "
        "HAVING count(*) < ? ORDER BY name"
    )
    apart = connection.con.execute(query, [names, len(names)]).fetchall()
    if apart:
        raise DataError(
            tr("The {n} files of {pattern} do not have the same columns.", n=len(names), pattern=asked.name),
            problems=[tr("“{column}” stands in {k} of them", column=name, k=count) for name, count in apart],
            hint=tr("Give their columns the same names, or open them apart."),
        )


@lru_cache(maxsize=1)
def _in_memory(_process: int) -> Any:
    """Return the DuckDB of this process, in which all Parquet files are opened; a forked child needs its own."""
    import ibis

    return ibis.duckdb.connect(autoinstall_known_extensions=False)


def _literal(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _duckdb(path: Path, table: str | None) -> ir.Table:
    import duckdb
    import ibis

    try:
        # A view of the file must not read other files of the machine.
        connection = ibis.duckdb.connect(
            path, read_only=True, enable_external_access=False, autoinstall_known_extensions=False
        )
    except duckdb.Error as error:
        raise DataError(
            tr("{file} cannot be opened: {reason}", file=path.name, reason=str(error).splitlines()[0]),
            hint=tr("Close the program that holds it open; a file of a newer DuckDB needs that version."),
        ) from error
    return _choose(connection, table, path.name)


def _postgres(url: str, table: str | None) -> ir.Table:
    import ibis

    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError("PostgreSQL", "postgres") from error
    where, password = server_name(url)
    try:
        connection = ibis.connect("postgres" + url[url.index("://") :])
    except psycopg.Error as error:
        # The error of the driver is not passed on: it may hold what the URL holds.
        reason = without_secret(str(error), password)
        raise DataError(
            tr("No connection to the database {where}.", where=where),
            problems=[line.strip() for line in reason.splitlines() if line.strip()],
            hint=tr("Check host, port, user, password and the name of the database."),
        ) from None
    return _choose(connection, table, where)


def server_name(url: str) -> tuple[str, str | None]:
    """Return the part of a server's address that may be told, and the password, which may not.

    >>> server_name("postgresql://shop:secret@db.example.org/sales")
    ('db.example.org:5432/sales', 'secret')

    Raises
    ------
    crmlab.errors.DataError
        When the address cannot be read.

    """
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname or ''}:{parts.port or 5432}{parts.path}"
    except ValueError:
        raise DataError(
            tr("The address of the database cannot be read."),
            hint="postgresql://user:password@host:5432/shop",
        ) from None
    return where, parts.password or parse_qs(parts.query).get("password", [None])[0]


def without_secret(text: str, secret: str | None) -> str:
    """Return a text in which a password, as it stands in an address or as it is meant, is starred out.

    >>> without_secret("no user s3cr3t@home", "s3cr3t%40home")
    'no user ***'
    """
    for form in {secret, unquote(secret)} if secret else ():
        text = text.replace(form, "***")
    return text


def _choose(connection: Any, table: str | None, where: str) -> ir.Table:
    """Return a table of a database by name, or the only one."""
    schema, _, name = (table or "").rpartition(".")
    database = schema or None
    schemas = connection.list_databases()
    if database is not None and database not in schemas:
        known = [f"{other}.{name}" for other in schemas if name in connection.list_tables(database=other)]
        raise _no_such_table(str(table), where, known or sorted(connection.list_tables()))
    known = sorted(connection.list_tables(database=database) if database else connection.list_tables())
    if table is None:
        if len(known) == 1:
            name = known[0]
        elif known:
            raise ParameterError(
                tr("{where} holds {n} tables: say which.", where=where, n=len(known)),
                hint=tr("table= may be: {tables}", tables=", ".join(known)),
            )
        else:
            raise DataError(tr("{where} holds no tables.", where=where))
    if name not in known:
        raise _no_such_table(
            str(table), where, [f"{database}.{other}" if database else other for other in known]
        )
    return connection.table(name, database=database) if database else connection.table(name)


def _no_such_table(table: str, where: str, known: list[str]) -> DataError:
    near = did_you_mean(table, known)
    tables = tr("Tables found: {tables}.", tables=", ".join(known) or "–")
    return DataError(
        tr("{where} holds no table {table}.", where=where, table=table),
        hint=tr("Did you mean {near}?", near=near) + " " + tables if near else tables,
    )


def _spark(frame: Any) -> ir.Table:
    import ibis

    connection = ibis.pyspark.connect(frame.sparkSession)
    name = f"crmlab_{id(frame):x}"
    frame.createOrReplaceTempView(name)
    return connection.table(name)


def _no_table(table: str | None) -> None:
    if table is not None:
        raise ParameterError(
            tr(
                "A file of Parquet, or a DataFrame of Spark, is one table: table={table} means nothing there.",
                table=table,
            )
        )


def _no_file(path: Path) -> DataError:
    near = (
        did_you_mean(path.name, (entry.name for entry in path.parent.iterdir()))
        if path.parent.is_dir()
        else None
    )
    return DataError(
        tr("There is no file {file}.", file=path.name),
        hint=tr("Did you mean {near}?", near=near) if near else tr("Check the name and the folder."),
    )
