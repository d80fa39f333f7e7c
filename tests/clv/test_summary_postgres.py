"""Tests of the customer summary inside a real PostgreSQL server, which the tests start and stop."""

from __future__ import annotations

import re

import ibis
import pandas as pd
import pytest

from crmlab.clv import customer_summary, fit_bg_nbd, history_counts, summary_table
from crmlab.data import open_table
from crmlab.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def server(postgres_url, messy, cdnow) -> str:
    """Return the URL of a database with transactions in several tables."""
    connection = ibis.connect(postgres_url.replace("postgresql:", "postgres:"))
    connection.create_table("sales", ibis.memtable(messy))
    connection.create_table("cdnow", ibis.memtable(cdnow[["customer", "date", "amount"]]))
    with connection.begin() as cursor:
        cursor.execute("CREATE SCHEMA till")
        cursor.execute("CREATE TABLE till.orders (customer varchar(9), date date, amount numeric(10, 2))")
        cursor.execute("INSERT INTO till.orders VALUES ('a', '2024-01-01', 5.10), ('a', '2024-01-15', 2.05)")
        cursor.execute("CREATE TABLE dirty (customer text, date text, amount text)")
        cursor.execute(
            "INSERT INTO dirty VALUES ('a', '2024-01-01', '5'), ('b', 'soon', '2'), (NULL, '2024-01-02', '-')"
        )
    connection.disconnect()
    return postgres_url


@pytest.mark.checks("clv.customer_summary", "clv.summary_table", kind="second", against="PostgreSQL")
def test_a_table_in_postgresql(server, messy, alike, way):
    """A PostgreSQL server summarises 3,000 messy transactions to the same table and counts, to 9 digits."""
    alike(messy, open_table(server, table="sales"), **way)


def test_estimates_from_counts_in_postgresql(server, summary):
    """Histories counted in PostgreSQL give the estimates of the CDNOW sample, to 9 digits."""
    kept = summary_table(open_table(server, table="cdnow"), observation_end="1997-09-30", time_unit="week")
    model, ours = fit_bg_nbd(history_counts(kept, time_unit="week")), fit_bg_nbd(summary)
    assert model.parameters.to_numpy() == pytest.approx(ours.parameters.to_numpy(), rel=1e-9)


def test_a_table_of_a_schema(server):
    """A table is named with its schema; exact decimals and short text are read."""
    table = customer_summary(open_table(server, table="till.orders"), observation_end="2024-01-29").table
    assert table.loc["a", ["frequency", "recency", "T", "monetary_value"]].tolist() == [1, 14, 28, 2.05]
    assert table.index.dtype == pd.Series(["a"]).dtype


def test_text_that_cannot_be_read(server):
    """Text that is no date or no amount is told, as from a DataFrame."""
    with pytest.raises(DataError) as caught:
        customer_summary(open_table(server, table="dirty"))
    assert "1 row(s) where 'customer' has no customer" in str(caught.value)
    assert "1 row(s) where 'date' has no date that can be read: customer b, amount 2" in str(caught.value)
    assert "1 row(s) where 'amount' has no amount that can be read" in str(caught.value)


def test_tables_that_are_not_there(server):
    """A mistyped table, a mistyped schema and no table at all are told, with those that are there."""
    with pytest.raises(DataError, match="Did you mean sales"):
        open_table(server, table="sale")
    with pytest.raises(DataError, match=r"Did you mean till\.orders"):
        open_table(server, table="tll.orders")
    with pytest.raises(DataError, match=r"till\.orders"):
        open_table(server, table="till.returns")
    with pytest.raises(ParameterError, match="3 tables: say which"):
        open_table(server)


def test_a_password_is_never_told(server):
    """No error names the password, right or wrong, plain or encoded."""
    for url in (
        re.sub(r"/\w+\?", "/nowhere?", server),
        "postgresql://shop:s3cr3t%40home@127.0.0.1:1/shop",
        "postgresql://shop:s3cr3t%40home@127.0.0.1:1/shop?s3cr3t@home=1",
    ):
        with pytest.raises(DataError) as caught:
            open_table(url, table="sales")
        told = f"{caught.value} {caught.value.__cause__}"
        assert not any(word in told for word in ("secret", "s3cr3t"))
        assert caught.value.__suppress_context__
