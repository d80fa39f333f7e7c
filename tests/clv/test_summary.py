"""Tests of the customer summary: conventions, traps, and the published table."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab.clv import customer_summary
from crmlab.errors import DataError, ParameterError
from crmlab.loyalty import repeat_purchase_rate

COLUMNS = ["frequency", "recency", "T", "monetary_value"]


def sales(*rows) -> pd.DataFrame:
    """Return transactions from (customer, date, amount) triples."""
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def by_hand(frame: pd.DataFrame, end, days_a_unit: float = 1.0) -> pd.DataFrame:
    """Summarise by two plain group-bys: the second implementation."""
    frame = frame.assign(date=pd.to_datetime(frame["date"]).dt.normalize())
    frame = frame[frame["date"] <= end]
    days = frame.groupby(["customer", "date"], as_index=False)["amount"].sum()
    days["first"] = days.groupby("customer")["date"].transform("min")
    days["repeat"] = days["amount"].where(days["date"] > days["first"])
    grouped = days.groupby("customer")
    first, last = grouped["date"].min(), grouped["date"].max()
    return pd.DataFrame(
        {
            "frequency": grouped.size() - 1,
            "recency": (last - first).dt.days / days_a_unit,
            "T": (pd.Timestamp(end) - first).dt.days / days_a_unit,
            "monetary_value": grouped["repeat"].mean(),
            "total_value": grouped["amount"].sum(),
        }
    )


@pytest.mark.checks("clv.customer_summary", kind="published", against="fader2005bgnbd")
def test_published_summary(cdnow, published):
    """The CDNOW sample, summarised in weeks, gives the published table of 2,357 customers, to its two decimals."""
    ours = customer_summary(cdnow, observation_end="1997-09-30", time_unit="week", money_decimals=2).table
    assert len(ours) == 2357
    np.testing.assert_array_equal(ours["frequency"], published["frequency"])
    np.testing.assert_allclose(ours["recency"], published["recency"], atol=0.005001)
    np.testing.assert_allclose(ours["T"], published["T"], atol=0.005001)
    np.testing.assert_array_equal(ours["monetary_value"].fillna(0), published["monetary_value"])


@pytest.mark.checks("clv.customer_summary", kind="second", against="pandas")
def test_pandas_agrees(cdnow):
    """A plain pandas group-by of the CDNOW sample gives the same five columns."""
    ours = customer_summary(cdnow, observation_end="1997-12-31", time_unit="week").table
    theirs = by_hand(cdnow, "1997-12-31", 7)
    assert_frame_equal(ours[theirs.columns], theirs, check_dtype=False, check_freq=False)


@pytest.mark.checks("clv.customer_summary", kind="second", against="lifetimes")
def test_lifetimes_agrees(cdnow):
    """Lifetimes 0.11.3 gives the same frequency, recency, T and mean value of the CDNOW sample in days."""
    from lifetimes.utils import summary_data_from_transaction_data

    theirs = summary_data_from_transaction_data(
        cdnow, "customer", "date", "amount", observation_period_end="1997-09-30"
    )
    ours = customer_summary(cdnow, observation_end="1997-09-30").table
    for column in ("frequency", "recency", "T"):
        np.testing.assert_array_equal(ours[column], theirs[column])
    np.testing.assert_allclose(ours["monetary_value"].fillna(0), theirs["monetary_value"])


def test_first_purchase_is_not_a_repeat():
    """The first purchase is counted neither in the frequency nor in the monetary value."""
    got = customer_summary(
        sales(("a", "2024-01-01", 100.0), ("a", "2024-01-11", 7.0)), observation_end="2024-01-31"
    )
    assert got.table.loc["a", COLUMNS].tolist() == [1, 10.0, 30.0, 7.0]
    assert got.table.loc["a", "total_value"] == 107.0


@pytest.mark.checks("clv.customer_summary", kind="trap", against="one-time buyers")
def test_one_time_buyer():
    """Who bought once has frequency 0, recency 0 and no monetary value."""
    got = customer_summary(sales(("a", "2024-01-01", 5.0), ("b", "2024-01-03", 5.0))).table.loc["a"]
    assert (got["frequency"], got["recency"], got["T"]) == (0, 0.0, 2.0)
    assert np.isnan(got["monetary_value"])


@pytest.mark.checks("clv.customer_summary", kind="trap", against="same-day purchases")
def test_same_day_purchases_are_one():
    """Purchases of one day are one purchase occasion with the day's total."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-01-05 09:00", 2.0), ("a", "2024-01-05 21:30", 3.0))
    got = customer_summary(frame, observation_end="2024-01-08")
    assert got.table.loc["a", COLUMNS].tolist() == [1, 4.0, 7.0, 5.0]
    assert got.counts["same_day_rows_merged"] == 1
    assert got.counts["purchase_days"] == 2


@pytest.mark.checks("clv.customer_summary", kind="trap", against="same-day purchases")
def test_customer_of_one_busy_day_has_no_repeat():
    """Three purchases on the first day make a one-time buyer."""
    frame = sales(*[("a", "2024-01-01", 1.0)] * 3, ("b", "2024-01-02", 1.0))
    assert customer_summary(frame).table.loc["a", "frequency"] == 0


@pytest.mark.checks("clv.customer_summary", kind="trap", against="purchases of amount 0")
def test_zero_amount_is_a_purchase():
    """A purchase of amount 0 counts as a purchase, and is told."""
    got = customer_summary(sales(("a", "2024-01-01", 1.0), ("a", "2024-01-02", 0.0)))
    assert got.table.loc["a", "frequency"] == 1
    assert got.counts["zero_amount_rows"] == 1


def test_rows_after_the_end_are_counted():
    """Rows after the observation end are left out and counted, and so are customers who come later."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-02-01", 1.0), ("b", "2024-03-01", 1.0))
    got = customer_summary(frame, observation_end="2024-01-31")
    assert (got.counts["rows"], got.counts["rows_after_end"], got.counts["customers_after_end"]) == (3, 2, 1)
    assert got.counts["customers_without_purchase"] == 0
    assert got.table.index.tolist() == ["a"]
    assert got.observation_end == pd.Timestamp("2024-01-31")


def test_end_defaults_to_the_last_date():
    """Without an observation end, the last date in the data is it."""
    got = customer_summary(sales(("a", "2024-01-01", 1.0), ("b", "2024-01-15", 1.0)))
    assert got.observation_end == pd.Timestamp("2024-01-15")
    assert got.observation_start == pd.Timestamp("2024-01-01")


@pytest.mark.checks("clv.customer_summary", kind="invariant")
@pytest.mark.parametrize(("unit", "days"), [("day", 1.0), ("week", 7.0), ("month", 30.4375)])
def test_units_change_nothing_but_units(cdnow, unit, days):
    """Recency and T in another unit are the same times divided, and nothing else changes."""
    base, got = customer_summary(cdnow).table, customer_summary(cdnow, time_unit=unit).table
    np.testing.assert_allclose(got["recency"] * days, base["recency"])
    np.testing.assert_allclose(got["T"] * days, base["T"])
    assert_frame_equal(got.drop(columns=["recency", "T"]), base.drop(columns=["recency", "T"]))


rows = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 60), st.integers(0, 10_000)), min_size=1, max_size=40
)


@pytest.mark.checks("clv.customer_summary", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(some, random):
    """Shuffled transactions give the same customer summary."""
    shuffled = list(some)
    random.shuffle(shuffled)

    def summarise(them):
        frame = sales(
            *[
                (who, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), cents / 4)
                for who, day, cents in them
            ]
        )
        return customer_summary(frame, observation_end="2024-03-31").table

    assert_frame_equal(summarise(some), summarise(shuffled))


@pytest.mark.checks("clv.customer_summary", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(rows)
def test_invariants(some):
    """Recency lies between 0 and T, total value is kept, and purchase days and merged rows add up to the transactions."""
    frame = sales(
        *[(who, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), cents / 4) for who, day, cents in some]
    )
    got = customer_summary(frame, observation_end="2024-03-31")
    t = got.table
    assert ((t["recency"] >= 0) & (t["recency"] <= t["T"])).all()
    assert ((t["frequency"] == 0) == (t["recency"] == 0)).all()
    assert t["total_value"].sum() == pytest.approx(frame["amount"].sum())
    assert got.counts["purchase_days"] + got.counts["same_day_rows_merged"] == len(frame)
    theirs = by_hand(frame, "2024-03-31")
    assert_frame_equal(t[theirs.columns], theirs, check_dtype=False, check_freq=False)


@pytest.mark.parametrize("ids", [[30_000_000_000, 5, 5], ["b", "a", "a"], [2.5, 1.5, 1.5], [-3, -7, -7]])
def test_any_kind_of_id(ids):
    """Ids may be text, large, negative or fractional numbers; the table is sorted by them."""
    frame = pd.DataFrame(
        {"customer": ids, "date": ["2024-01-01", "2024-01-02", "2024-01-04"], "amount": [1.0, 2, 3]}
    )
    got = customer_summary(frame).table
    assert got.index.tolist() == sorted(set(ids))
    assert got["frequency"].tolist() == [1, 0]


def test_categorical_ids_keep_only_those_seen():
    """Categories without a row make no customer."""
    who = pd.Categorical(["b", "b"], categories=["a", "b"])
    frame = pd.DataFrame({"customer": who, "date": ["2024-01-01", "2024-01-02"], "amount": [1.0, 1.0]})
    assert customer_summary(frame).table.index.tolist() == ["b"]


@pytest.mark.parametrize(
    "dates",
    [
        [20240101, 20240111],
        [20240101.0, 20240111.0],
        pd.array([20240101, 20240111], dtype="Int64"),
        ["2024-01-01", "2024-01-11T10:00:00"],
        ["01/01/2024", "01/11/2024"],
        [
            pd.Timestamp("2024-01-01 23:30", tz="Asia/Shanghai"),
            pd.Timestamp("2024-01-11 00:30", tz="Asia/Shanghai"),
        ],
        [np.datetime64("2024-01-01"), np.datetime64("2024-01-11")],
    ],
)
def test_kinds_of_dates(dates):
    """Whole numbers, ISO text, other text, dates with a zone and plain ones are the same days."""
    frame = pd.DataFrame({"customer": [1, 1], "date": dates, "amount": [1.0, 1.0]})
    assert customer_summary(frame).table.loc[1, "recency"] == 10


def test_numbers_that_are_no_dates():
    """Missing numbers, and numbers that are no calendar days, are told."""
    frame = pd.DataFrame({"customer": 1, "date": [20240101, np.nan, 20241301, 45000.5], "amount": 1.0})
    with pytest.raises(DataError, match="3 row"):
        customer_summary(frame)


def test_dates_before_1970():
    """Days before 1970 count like others."""
    got = customer_summary(sales(("a", "1969-12-30 12:00", 1.0), ("a", "1970-01-02", 1.0))).table
    assert got.loc["a", "recency"] == 3
    assert got.loc["a", "first_purchase"] == pd.Timestamp("1969-12-30")


def test_days_are_no_amounts():
    """A column of days where amounts belong is refused: nobody spends nanoseconds since 1970."""
    sales = pd.DataFrame({"customer": ["a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    with pytest.raises(DataError, match=r"2 row.* has no amount that can be read"):
        customer_summary(sales.assign(amount=sales["date"]))


def test_without_amounts():
    """amount=None leaves money out."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-01-03", 1.0)).drop(columns="amount")
    assert list(customer_summary(frame, amount=None).table) == [
        "frequency",
        "recency",
        "T",
        "first_purchase",
        "last_purchase",
    ]


def test_first_purchase_from():
    """Customers who came before the cohort are left out and counted."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-02-02", 1.0), ("b", "2024-02-01", 1.0))
    got = customer_summary(frame, first_purchase_from="2024-02-01")
    assert got.table.index.tolist() == ["b"]
    assert got.counts["customers_before_start"] == 1
    assert got.observation_start == pd.Timestamp("2024-02-01")


def test_money_to_the_cent_rounds_halves_up():
    """money_decimals=2 keeps cents, halves up, though 2.345 is stored a little below itself."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-01-02", 2.34), ("a", "2024-01-03", 2.35))
    assert customer_summary(frame).table.loc["a", "monetary_value"] == pytest.approx(2.345, abs=1e-12)
    assert customer_summary(frame, money_decimals=2).table.loc["a", "monetary_value"] == 2.35


def test_input_is_left_alone(cdnow):
    """The caller's table is not changed."""
    copy = cdnow.copy()
    customer_summary(cdnow, observation_end="1997-09-30", first_purchase_from="1997-02-01", money_decimals=2)
    assert_frame_equal(cdnow, copy)


def test_summary_of_the_summary(summary):
    """The tidy summary holds the main figures and all counts, once each."""
    figures = summary.summary().set_index("measure")["value"]
    assert figures["customers"] == 2357
    assert figures["repeat_customers"] == 946
    assert figures["rows"] == 6919
    assert figures.index.is_unique
    assert set(summary.counts) <= set(figures.index)
    assert len(summary) == 2357


def test_missing_columns_are_told_at_once():
    """All missing columns are told together, with the nearest names."""
    frame = pd.DataFrame({"Customer": [1], "dat": ["2024-01-01"]})
    with pytest.raises(DataError) as caught:
        customer_summary(frame)
    assert len(caught.value.problems) == 3
    assert "did you mean 'dat'" in str(caught.value)


def test_duplicate_columns_are_refused():
    """A name that two columns bear is no name."""
    frame = sales(("a", "2024-01-01", 1.0)).set_axis(["customer", "date", "date"], axis=1).assign(amount=1.0)
    with pytest.raises(DataError, match="2 times"):
        customer_summary(frame)


def test_bad_cells_are_told_with_their_rows():
    """Dates, amounts and customers that cannot be read are told together, with the first five rows each."""
    frame = pd.DataFrame(
        {
            "customer": ["a", None, *["c"] * 8],
            "date": ["2024-01-01", "2024-01-02", "no date", *["2024-13-45"] * 6, "2024-01-10"],
            "amount": ["1", "2", "3", "4", "5", "6", "7", "8", "nine", "inf"],
        }
    )
    with pytest.raises(DataError) as caught:
        customer_summary(frame)
    customer, date, amount = caught.value.problems
    assert customer.startswith("1 row(s)")
    assert date.startswith("7 row(s)")
    assert date.count("row ") == 5
    assert date.endswith("…")
    assert "'no date'" in date
    assert "'nine'" in amount
    assert "'inf'" in amount


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        ({"time_unit": "weeks"}, ParameterError, "Did you mean 'week'"),
        ({"refunds": "ignore"}, ParameterError, "'net', 'drop', 'error'"),
        ({"observation_end": "2020-01-01"}, DataError, "the first is of 2024-01-01"),
        ({"observation_end": "soon"}, DataError, "observation_end is no date"),
        ({"observation_end": pd.NaT}, DataError, "observation_end is no date"),
        ({"first_purchase_from": "2025-01-01"}, DataError, "No customer's first purchase"),
        ({"money_decimals": -1}, ParameterError, "money_decimals"),
    ],
)
def test_bad_parameters(call, error, match):
    """Parameters that cannot be meant are refused with what is allowed."""
    with pytest.raises(error, match=match):
        customer_summary(sales(("a", "2024-01-01", 1.0)), **call)


def test_empty_table():
    """A table without rows is refused."""
    with pytest.raises(DataError, match="no rows"):
        customer_summary(sales())


def test_not_a_table():
    """Something else than a DataFrame is refused."""
    with pytest.raises(DataError, match="must be a pandas DataFrame"):
        customer_summary([("a", "2024-01-01", 1.0)])


signed = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.sampled_from([-3.0, -0.5, 0.0, 1.0, 2.5])),
    min_size=1,
    max_size=40,
)


@pytest.mark.checks("clv.customer_summary", "loyalty.repeat_purchase_rate", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(signed, st.sampled_from(["net", "drop"]), st.integers(3, 9))
def test_merged_rows_count_as_the_rows_they_were(some, refunds, last):
    """Rows of a customer's day, purchases, refunds and zeros each merged into one, give the same table and, with their numbers of rows, the same counts."""
    frame = sales(
        *[(who, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), much) for who, day, much in some]
    )
    days = frame.assign(sign=np.sign(frame["amount"])).groupby(["customer", "date", "sign"], as_index=False)
    merged = days.agg(amount=("amount", "sum"), lines=("amount", "size"))
    options = {"observation_end": f"2024-01-{last:02d}", "refunds": refunds}
    for one in (customer_summary, repeat_purchase_rate):
        try:
            plain = one(frame, **options)
        except DataError as error:
            with pytest.raises(DataError) as caught:
                one(merged, rows="lines", **options)
            assert str(caught.value) == str(error)  # noqa: PT017 - both ways fail alike
            continue
        got = one(merged, rows="lines", **options)
        assert dict(got.counts) == pytest.approx(dict(plain.counts))
        if one is customer_summary:
            assert_frame_equal(got.table, plain.table)
        else:
            assert_frame_equal(got.summary(), plain.summary())


def test_numbers_of_rows_are_checked():
    """A number of rows that is none is told with its row, and a table of Ibis takes none."""
    frame = sales(("a", "2024-01-01", 1.0), ("a", "2024-01-02", 2.0)).assign(lines=[1.0, 0.5])
    with pytest.raises(DataError, match="cannot be read") as caught:
        customer_summary(frame, rows="lines")
    assert "row 1: 0.5" in caught.value.problems[0]
    with pytest.raises(ParameterError, match="Ibis counts its own rows"):
        customer_summary(ibis.memtable(frame), rows="lines")
