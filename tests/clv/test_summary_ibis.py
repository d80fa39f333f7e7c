"""Tests of the customer summary of a table that DuckDB holds: the same as that of a DataFrame."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab.clv import _warehouse, customer_summary, summary_table
from crmlab.data import open_table
from crmlab.errors import DataError, ParameterError

NAMES = {"customer": "buyer", "date": "bought at", "amount": "paid"}


@pytest.fixture(params=["expression", "rows"])
def path(request, monkeypatch) -> str:
    """Let DuckDB group the rows, or hand them over to be grouped here."""
    if request.param == "expression":
        monkeypatch.setattr(_warehouse, "ROWS_HERE", 0)
    return request.param


def held(frame: pd.DataFrame):
    """Return the frame as a table in DuckDB's memory."""
    return ibis.duckdb.connect().create_table("sales", ibis.memtable(frame))


@pytest.mark.checks("clv.customer_summary", "clv.summary_table", kind="second", against="DuckDB")
def test_a_table_in_memory(messy, alike, way, path):
    """DuckDB, asked by one expression, summarises 3,000 messy transactions to the same table and counts, to 9 digits."""
    alike(messy, held(messy), **way)


def test_a_parquet_file(messy, alike, way, path, tmp_path):
    """A Parquet file, also of whole-number ids, is summarised as a DataFrame is."""
    frame = messy.assign(buyer=messy["buyer"].str[1:].astype(int))
    frame.to_parquet(tmp_path / "sales.parquet")
    alike(frame, open_table(tmp_path / "sales.parquet"), **way)


def test_a_duckdb_file(messy, alike, way, path, tmp_path):
    """A DuckDB file, opened for reading, is summarised as a DataFrame is."""
    with_rows = ibis.duckdb.connect(tmp_path / "shop.duckdb")
    with_rows.create_table("sales", ibis.memtable(messy))
    with_rows.disconnect()
    alike(messy, open_table(tmp_path / "shop.duckdb"), **way)


@pytest.mark.checks("clv.customer_summary", "clv.summary_table", kind="published", against="fader2005bgnbd")
def test_published_summary(cdnow, published, path):
    """DuckDB gives the published summary of the CDNOW sample: 2,357 customers, to its two decimals."""
    options = {"observation_end": "1997-09-30", "time_unit": "week", "money_decimals": 2}
    table = held(cdnow[["customer", "date", "amount"]])
    for ours in (
        customer_summary(table, **options).table,
        summary_table(table, **options).order_by("customer").execute(),
    ):
        assert len(ours) == 2357
        np.testing.assert_array_equal(ours["frequency"], published["frequency"])
        np.testing.assert_allclose(ours["recency"], published["recency"], atol=0.005001)
        np.testing.assert_allclose(ours["T"], published["T"], atol=0.005001)
        np.testing.assert_array_equal(ours["monetary_value"].fillna(0), published["monetary_value"])


AMOUNTS = st.integers(-3000, 9000).map(lambda cents: cents / 100)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), AMOUNTS), min_size=1, max_size=12)


@pytest.mark.checks("clv.customer_summary", "clv.summary_table", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, end=st.one_of(st.none(), st.integers(0, 6)), refunds=st.sampled_from(["net", "drop"]))
def test_any_few_transactions(rows, end, refunds):
    """Whatever the transactions, DuckDB's expression ends in the same summary, or in the same error, as a DataFrame."""
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    frame["date"] = pd.Timestamp("2024-02-26") + pd.to_timedelta(frame["date"], unit="D")
    stop = None if end is None else pd.Timestamp("2024-02-26") + pd.Timedelta(days=end)
    results = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_warehouse, "ROWS_HERE", 0)
        for given_rows in (frame, held(frame)):
            try:
                results.append(customer_summary(given_rows, observation_end=stop, refunds=refunds))
            except DataError as error:
                results.append(error)
    ours, there = results
    if isinstance(ours, DataError):
        assert str(there) == str(ours)
        return
    assert_frame_equal(there.table, ours.table, rtol=1e-9, atol=1e-9)
    assert there.counts == pytest.approx(dict(ours.counts), abs=1e-9)
    kept = summary_table(held(frame), observation_end=stop, refunds=refunds).order_by("customer").execute()
    kept[["first_purchase", "last_purchase"]] = kept[["first_purchase", "last_purchase"]].astype(
        "datetime64[s]"
    )
    assert_frame_equal(kept.set_index("customer"), ours.table, rtol=1e-9, atol=1e-9, check_dtype=False)


def test_without_amounts(messy, path):
    """Without amounts there are no money columns, here as there."""
    ours, there = (
        customer_summary(rows, customer="buyer", date="bought at", amount=None)
        for rows in (messy, held(messy))
    )
    assert_frame_equal(there.table, ours.table)
    assert there.counts == ours.counts


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-05", "2024-03-01", "2024-02-29"],
        ["2024-01-05 23:59:59", "2024-03-01T00:00", "2024-02-29 12:00"],
        [20240105, 20240301, 20240229],
        [
            pd.Timestamp("2024-01-05").date(),
            pd.Timestamp("2024-03-01").date(),
            pd.Timestamp("2024-02-29").date(),
        ],
    ],
    ids=["text", "moments as text", "whole numbers", "dates"],
)
def test_kinds_of_dates(dates, path):
    """Dates may be dates, ISO text or whole numbers, as in a DataFrame."""
    frame = pd.DataFrame({"customer": ["a", "a", "b"], "date": dates, "amount": ["1.5", "2", "3e1"]})
    got = customer_summary(held(frame), observation_end="2024-03-31").table
    assert got["recency"].tolist() == [56.0, 0.0]
    assert got["total_value"].tolist() == [3.5, 30.0]


def test_bad_cells_are_told(path):
    """Rows that cannot be read are counted by column, with the other cells of the first of them."""
    frame = pd.DataFrame(
        {
            "customer": ["a", None, "c", "d"],
            "date": ["2024-01-01", "2024-01-02", "2024-02-31", "2024-01-04"],
            "amount": [1.0, 2.0, 3.0, np.inf],
        }
    )
    with pytest.raises(DataError) as caught:
        customer_summary(held(frame))
    text = str(caught.value)
    assert "1 row(s) where 'customer' has no customer" in text
    assert "1 row(s) where 'date' has no date that can be read: customer c" in text
    assert "1 row(s) where 'amount' has no amount that can be read: customer d, date 2024-01-04" in text


def test_missing_columns_are_told_with_the_nearest_name(messy):
    """A column that is not there is told, with the one that was probably meant."""
    with pytest.raises(DataError, match="did you mean 'buyer'"):
        customer_summary(held(messy), customer="buyers", date="bought at", amount="paid")


def test_moments_with_a_zone_are_refused(messy):
    """Moments with a time zone have no day of their own; the error shows how to say which is meant."""
    zoned = messy.assign(**{"bought at": messy["bought at"].dt.tz_localize("UTC")})
    with pytest.raises(DataError, match="time zone"):
        customer_summary(held(zoned), **NAMES)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"refunds": "error"}, DataError, "are negative: 'K"),
        ({"refunds": "sometimes"}, ParameterError, "may be 'net', 'drop', 'error'"),
        ({"observation_end": "2020-01-01"}, DataError, "No transaction up to"),
        ({"first_purchase_from": "2030-01-01"}, DataError, "No customer's first purchase"),
        ({"time_unit": "weeks"}, ParameterError, "Did you mean 'week'"),
        ({"money_decimals": 12}, ParameterError, "money_decimals"),
    ],
)
def test_errors_are_those_of_a_dataframe(messy, path, options, error, match):
    """What is refused of a DataFrame is refused of a table, in the same words."""
    for rows in (messy, held(messy)):
        with pytest.raises(error, match=match):
            customer_summary(rows, **NAMES, **options)


@pytest.mark.parametrize("rows", [[], [("a", "2024-01-01", -5.0)]], ids=["empty", "refunds alone"])
@pytest.mark.parametrize("refunds", ["net", "drop"])
def test_nothing_left(path, rows, refunds):
    """No rows, or refunds alone, are an error."""
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"]).astype({"amount": float})
    with pytest.raises(DataError, match=r"no rows|No purchase is left"):
        customer_summary(held(frame.astype({"customer": "str", "date": "datetime64[s]"})), refunds=refunds)


@pytest.mark.checks("clv.customer_summary", kind="trap")
def test_repeat_purchases_of_nothing_stay_exactly_nothing(path):
    """Repeat purchases of amount 0 have the mean 0 exactly, though it is computed as a difference of sums."""
    frame = pd.DataFrame(
        {"customer": "a", "date": ["2024-01-01", "2024-01-02", "2024-01-03"], "amount": [0.1 + 0.2, 0, 0]}
    )
    assert customer_summary(held(frame)).table.loc["a", "monetary_value"] == 0.0


def test_the_summary_table_takes_tables_alone(messy):
    """A DataFrame is for customer_summary; the error says so."""
    with pytest.raises(DataError, match="customer_summary"):
        summary_table(messy)


def test_importing_the_summary_loads_no_database():
    """`crmlab.clv.customer_summary` of a DataFrame needs neither Ibis nor DuckDB."""
    import subprocess
    import sys

    code = "import sys; from crmlab.clv import customer_summary; print({'ibis', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
