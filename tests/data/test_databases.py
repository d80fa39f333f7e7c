"""Tests of tables that stay where they are: what is opened, and what is told when it cannot be."""

from __future__ import annotations

import builtins

import duckdb
import pandas as pd
import pytest

from crmlab.clv import customer_summary
from crmlab.data import open_table
from crmlab.errors import DataError, MissingExtraError, ParameterError


@pytest.fixture
def sales() -> pd.DataFrame:
    """Return three transactions."""
    days = pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"])
    return pd.DataFrame({"customer": ["a", "a", "b"], "date": days, "amount": [20.0, 10.0, 5.0]})


@pytest.fixture
def shop(tmp_path, sales):
    """Return the path of a DuckDB file with two tables."""
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.register("given", sales.astype({"customer": object}))
        connection.execute("CREATE TABLE sales AS SELECT * FROM given")
        connection.execute("CREATE SCHEMA old")
        connection.execute("CREATE TABLE old.sales AS SELECT * FROM given LIMIT 1")
        connection.execute("CREATE VIEW refunds AS SELECT * FROM sales WHERE amount < 0")
    return tmp_path / "shop.duckdb"


@pytest.mark.checks("data.open_table", kind="second", against="pandas")
def test_parquet_files(tmp_path, sales):
    """A Parquet file, a pattern and a folder give the summary of the DataFrame that was written to them."""
    folder = tmp_path / "销售 [2024]"
    folder.mkdir()
    sales[:2].to_parquet(folder / "1.parquet")
    sales[2:].to_parquet(folder / "2.PQ")
    assert open_table(folder / "1.parquet").count().execute() == 2
    assert open_table(str(folder / "*.parquet")).count().execute() == 2
    both = customer_summary(open_table(folder)).table
    pd.testing.assert_frame_equal(both, customer_summary(sales).table)


def test_a_file_whose_name_looks_like_a_pattern(tmp_path, sales):
    """Brackets in a file's name are part of the name."""
    sales.to_parquet(tmp_path / "a[1].parquet")
    sales[:1].to_parquet(tmp_path / "a1.parquet")
    assert open_table(tmp_path / "a*.parquet").count().execute() == 4
    assert open_table(str(tmp_path / "a[1].parquet")).count().execute() == 3
    assert open_table(str(tmp_path / "a[2-9].parquet").replace("2-9", "0-9")).count().execute() == 1


@pytest.mark.checks("data.open_table", kind="invariant")
def test_a_duckdb_file(shop):
    """A table of a DuckDB file is opened by name, also of a schema, and cannot be written to."""
    assert open_table(shop, table="sales").count().execute() == 3
    assert open_table(shop, table="old.sales").count().execute() == 1
    assert open_table(shop, table="refunds").count().execute() == 0
    with pytest.raises(duckdb.Error, match="read-only"):
        open_table(shop, table="sales").get_backend().raw_sql("DROP TABLE sales")


def test_the_only_table_needs_no_name(tmp_path, sales):
    """Where there is one table, it is the one that is meant."""
    with duckdb.connect(tmp_path / "one.db") as connection:
        connection.register("given", sales.astype({"customer": object}))
        connection.execute("CREATE TABLE sales AS SELECT * FROM given")
    assert open_table(tmp_path / "one.db").count().execute() == 3


def test_tables_that_are_not_there(shop, tmp_path):
    """A mistyped table, several tables, and none at all are told."""
    with pytest.raises(DataError, match="Did you mean sales"):
        open_table(shop, table="sale")
    with pytest.raises(DataError, match=r"Did you mean old\.sales"):
        open_table(shop, table="odl.sales")
    with pytest.raises(ParameterError, match="holds 2 tables") as caught:
        open_table(shop)
    assert "refunds, sales" in str(caught.value)
    duckdb.connect(tmp_path / "none.duckdb").close()
    with pytest.raises(DataError, match="holds no tables"):
        open_table(tmp_path / "none.duckdb")


def test_sources_that_cannot_be_opened(tmp_path, sales):
    """A missing file, an empty pattern, a CSV file, a broken file, a foreign address, and a table of a file are told."""
    sales.to_parquet(tmp_path / "sales.parquet")
    (tmp_path / "sales.csv").write_text("customer,date\n")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "broken.duckdb").write_bytes(b"12345678DUCK and nothing else")
    for source, match in (
        ("sale.parquet", r"Did you mean sales\.parquet"),
        ("2024*.parquet", "No Parquet file fits"),
        ("sales.csv", "read by read_table"),
        ("broken.parquet", "no readable Parquet file"),
        ("broken.duckdb", "cannot be opened"),
    ):
        with pytest.raises(DataError, match=match):
            open_table(tmp_path / source)
    with pytest.raises(DataError, match="Did you mean postgres"):
        open_table("postgre://shop/sales")
    with pytest.raises(DataError, match="Connect with Ibis yourself"):
        open_table("mysql://shop/sales")
    with pytest.raises(ParameterError, match="means nothing there"):
        open_table(tmp_path / "sales.parquet", table="sales")


def test_files_of_different_columns_are_told(tmp_path, sales):
    """Monthly files that do not have the same columns are an error that says so."""
    sales.to_parquet(tmp_path / "1.parquet")
    sales.rename(columns={"amount": "paid"}).to_parquet(tmp_path / "2.parquet")
    with pytest.raises(DataError, match="same columns") as caught:
        open_table(tmp_path)
    assert "“paid” stands in 1 of them" in str(caught.value)


def test_a_missing_driver_names_its_extra(monkeypatch):
    """Without psycopg, the error carries the line that installs it."""
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "psycopg":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"crmlab\[postgres\]"):
        open_table("postgresql://shop:secret@localhost/shop", table="sales")


def test_a_password_is_never_told():
    """A server that does not answer is told by its place, without the password."""
    with pytest.raises(DataError) as caught:
        open_table("postgresql://shop:s3cr3t%40home@127.0.0.1:1/shop", table="sales")
    assert "127.0.0.1:1/shop" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__
