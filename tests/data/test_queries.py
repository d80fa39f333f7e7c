"""A query of the user's reads, and does nothing else: on DuckDB, SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import duckdb
import pytest

from crmlab.data import read_table, tell_kind
from crmlab.errors import CrmlabError, DataError
from crmlab.text import speaking

#: a table whose name would drop another, were it not quoted
ODD = 'a"; DROP TABLE sales; --'
QUOTED = '"a""; DROP TABLE sales; --"'
SETUP = (
    "CREATE TABLE sales (customer TEXT, date TEXT, amount INTEGER)",
    "INSERT INTO sales VALUES ('A', '2024-03-05', 5), ('A', '2024-04-05', 6), ('B', '2024-05-05', 7)",
    f"CREATE TABLE {QUOTED} AS SELECT * FROM sales WHERE customer = 'A'",
)


@pytest.fixture(params=["duckdb", "sqlite", "postgresql"])
def shop(request, tmp_path) -> Any:
    """Return a database with the tables sales and one of an odd name, as the place that is read."""
    if request.param == "postgresql":
        import psycopg

        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("CREATE SEQUENCE numbers")
            for statement in SETUP:
                connection.execute(statement)
            connection.execute(
                "CREATE FUNCTION wipe() RETURNS text LANGUAGE plpgsql AS $$ BEGIN DELETE FROM sales; RETURN 'A'; END $$"
            )
        return url
    path = tmp_path / f"shop.{request.param}"
    connect: Any = duckdb.connect if request.param == "duckdb" else sqlite3.connect
    connection = connect(path)
    for statement in SETUP:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def rows(shop: Any) -> object:
    """Return what the database holds: the bytes of a file, the rows of a server's tables."""
    if not isinstance(shop, str):
        return hashlib.sha256(shop.read_bytes()).hexdigest(), sorted(
            one.name for one in shop.parent.iterdir()
        )
    import psycopg

    with psycopg.connect(shop) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        names = sorted(name for (name,) in tables.fetchall())
        return names, connection.execute("SELECT * FROM sales ORDER BY date").fetchall()


def read(shop: Any, **options: str) -> Any:
    """Read transactions."""
    return read_table(shop, as_="transactions", **options)  # type: ignore[arg-type]


WRITING = (
    "DROP TABLE sales",
    "DELETE FROM sales RETURNING *",
    "UPDATE sales SET amount = 1",
    "INSERT INTO sales VALUES ('C', '2024-01-01', 1)",
    "CREATE TABLE other AS SELECT * FROM sales",
    "SELECT * INTO other FROM sales",
    "WITH gone AS (DELETE FROM sales RETURNING *) SELECT * FROM gone",
    "SELECT wipe() AS customer, date, amount FROM sales",
    "SELECT nextval('numbers'), * FROM sales",
    "SELECT set_config('transaction_read_only', 'off', false), wipe(), * FROM sales",
    "SELECT * FROM sales FOR UPDATE",
    "ATTACH 'other.db' AS other",
    "COPY sales TO 'out.csv'",
    "VACUUM",
    "no SQL at all",
)
SEVERAL = (
    "SELECT * FROM sales; SELECT * FROM sales",
    "SELECT * FROM sales; DROP TABLE sales",
    "SELECT 1) AS x; DROP TABLE sales; SELECT * FROM (SELECT 1",
    "SELECT * FROM sales) AS x; COMMIT; DROP TABLE sales; SELECT * FROM (SELECT * FROM sales",
    "SELECT * FROM sales) AS x; CREATE TEMP TABLE other AS SELECT 1; SELECT * FROM (SELECT * FROM sales",
    "SELECT * FROM sales) AS x; ROLLBACK; BEGIN; DROP TABLE sales; COMMIT; SELECT * FROM (SELECT * FROM sales",
)


@pytest.mark.checks("data.read_table", kind="trap")
@pytest.mark.parametrize("query", [*WRITING, *SEVERAL])
def test_a_query_that_would_write_is_refused(shop, query, tmp_path, monkeypatch):
    """A query that would write, or that is more than one statement, is refused on DuckDB, SQLite and PostgreSQL, and the database stays as it was."""
    monkeypatch.chdir(tmp_path)
    before = rows(shop)
    for lang, words in (("en", "one statement that begins with SELECT and only reads"), ("zh", "只用来读取")):
        with speaking(lang), pytest.raises(DataError, match=words):
            read(shop, query=query)
    assert rows(shop) == before


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("SELECT * FROM sales;", 3),
        ("SELECT * FROM sales -- ; a remark", 3),
        ("SELECT ';' || customer AS customer, date, amount FROM sales WHERE amount > 5", 2),
        ("WITH part AS (SELECT * FROM sales LIMIT 2) SELECT * FROM part", 2),
        (f"SELECT * FROM {QUOTED}", 2),
    ],
)
def test_a_query_that_reads_is_run(shop, query, count):
    """A semicolon at the end, in a remark or in quotes makes no second statement."""
    assert len(read(shop, query=query).table) == count


@pytest.mark.checks("data.read_table", kind="trap")
def test_names_of_tables_are_quoted(shop):
    """A table whose name would drop another one is read, by DuckDB, SQLite and PostgreSQL, and nothing is dropped."""
    before = rows(shop)
    assert len(read(shop, table=ODD).table) == 2
    assert tell_kind(shop, table=ODD) == "transactions"
    for name in ("sales; DROP TABLE sales", 'sales"', "sales' OR '1'='1"):
        with pytest.raises(DataError, match="holds no table"):
            read(shop, table=name)
    assert rows(shop) == before


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://shop:s3cr3t@127.0.0.1:1/shop",
        "postgresql://shop:s%33cr3t@127.0.0.1:1/shop",
        "postgres://shop@127.0.0.1:1/shop?password=s3cr3t",
        "postgresql://shop:s3cr3t@127.0.0.1:1/shop?sslmode=nonsense",
        "postgresql://shop:s3cr3t@[::1/shop",
        "postgresql://shop:s3cr3t@127.0.0.1:port/shop",
        "postgrsql://shop:s3cr3t@127.0.0.1/shop",
        "mysql://shop:s3cr3t@127.0.0.1/shop",
        "https://shop:s3cr3t@example.org/sales.csv",
    ],
)
@pytest.mark.checks("data.read_table", kind="trap")
def test_a_password_is_never_told(address):
    """No message about an address holds its password: no connection, a broken address, another scheme; not even in what caused the error."""
    for options in ({}, {"table": "sales"}, {"query": "SELECT 1"}):
        with pytest.raises(CrmlabError) as caught:
            read(address, **options)
        error: BaseException | None = caught.value
        while error is not None:
            assert "s3cr3t" not in str(error)
            assert "s%33cr3t" not in str(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_the_password_of_a_server_that_answers_is_not_told_either(postgres_url):
    """Neither the error of a query, nor the result, nor the account of it holds the password."""
    with pytest.raises(DataError) as caught:
        read(postgres_url, query="SELECT 'secret' AS customer, 1 / 0 AS amount, date '2024-01-01' AS date")
    assert "secret" not in str(caught.value)
    result = read(
        postgres_url,
        query="SELECT customer, date, amount FROM (VALUES ('A', '2024-03-05', 5)) AS t (customer, date, amount)",
    )
    assert ":secret@" not in repr((result.source, result.messages, result.mapping))
