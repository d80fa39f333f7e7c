"""Retention cohorts against a hand count and a plain loop over pandas periods."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab._shares import wilson
from crmlab.cohorts import retention_cohorts
from crmlab.errors import DataError, ParameterError

FREQUENCY = {"week": "W-SUN", "month": "M", "quarter": "Q"}


def by_loop(frame, period, end):
    """Return active customers and revenue by (cohort, periods since), and the sizes, one row at a time."""
    unit = FREQUENCY[period]
    last = pd.Timestamp(end).to_period(unit)
    if last.end_time.normalize() != pd.Timestamp(end):
        last -= 1
    first = frame.groupby("customer")["date"].min().dt.to_period(unit)
    active, revenue, sizes = defaultdict(set), defaultdict(float), defaultdict(int)
    for cohort in first:
        sizes[cohort] += cohort <= last
    for row in frame.itertuples():
        now, cohort = row.date.to_period(unit), first[row.customer]
        if now <= last:
            active[cohort, (now - cohort).n].add(row.customer)
            revenue[cohort, (now - cohort).n] += row.amount
    return (
        {key: len(who) for key, who in active.items()},
        revenue,
        {c: n for c, n in sizes.items() if n},
        last,
    )


@st.composite
def sales(draw):
    """Random purchases over some months, of three customers at least."""
    n = draw(st.integers(1, 50))
    days = draw(st.lists(st.integers(0, 220), min_size=n, max_size=n))
    who = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    amount = draw(st.lists(st.integers(1, 50), min_size=n, max_size=n))
    frame = pd.DataFrame({"customer": [*who, 90, 91], "day": [*days, 1, 0], "amount": [*amount, 5.0, 3.0]})
    frame["date"] = pd.Timestamp("2023-11-06") + pd.to_timedelta(frame["day"], unit="D")
    return frame.drop(columns="day")


@pytest.mark.checks("cohorts.retention_cohorts", kind="second", against="a loop")
@settings(max_examples=40, deadline=None)
@given(sales(), st.sampled_from(["week", "month", "quarter"]), st.integers(225, 320))
def test_cells_are_those_of_a_plain_loop(frame, period, after):
    """Every count and every revenue of random cohorts equals a loop's, and what lies after the last complete period is missing."""
    end = pd.Timestamp("2023-11-06") + pd.Timedelta(days=after)
    found = retention_cohorts(frame, period=period, observation_end=end, min_cohort=2)
    active, revenue, sizes, last = by_loop(frame, period, end)
    assert {pd.Timestamp(c).to_period(FREQUENCY[period]): n for c, n in found.sizes.items()} == sizes
    assert found.last_complete_day == last.end_time.normalize()
    assert found.last_period_incomplete == (last.end_time.normalize() != end)
    for start in found.counts.index:
        cohort = pd.Timestamp(start).to_period(FREQUENCY[period])
        assert cohort.start_time == start
        for k in found.counts.columns:
            if cohort + k > last:
                assert np.isnan(found.counts.loc[start, k])
                assert np.isnan(found.revenue.loc[start, k])
            else:
                assert found.counts.loc[start, k] == active.get((cohort, k), 0)
                assert found.revenue.loc[start, k] == pytest.approx(revenue.get((cohort, k), 0.0))


@pytest.mark.checks("cohorts.retention_cohorts", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(sales(), st.integers(0, 99))
def test_invariants(frame, seed):
    """Retention at age 0 is 1, shares lie in [0, 1], and order of rows and unit of money change nothing."""
    found = retention_cohorts(frame, min_cohort=1, observation_end="2024-07-31")
    assert (found.shares[0] == 1).all()
    assert (found.revenue_shares[0] == 1).all()
    share = found.summary()["share"]
    assert share.between(0, 1).all()
    assert found.curve["share"].iloc[0] == 1
    other = frame.sample(frac=1, random_state=seed).assign(amount=frame["amount"] * 100)
    again = retention_cohorts(other, min_cohort=1, observation_end="2024-07-31")
    pd.testing.assert_frame_equal(found.shares, again.shares)
    pd.testing.assert_frame_equal(found.revenue_shares, again.revenue_shares)
    pd.testing.assert_frame_equal(100 * found.revenue, again.revenue)


@pytest.fixture
def counted():
    """Three cohorts of which January has three customers, February two, March one, and half of April."""
    rows = [
        ("a", "2024-01-03", 10), ("a", "2024-01-30", 10), ("a", "2024-02-01", 5), ("a", "2024-03-09", 5),
        ("b", "2024-01-31", 30), ("b", "2024-03-01", 40),
        ("c", "2024-01-15", 10),
        ("d", "2024-02-29", 8), ("d", "2024-03-31", 2), ("e", "2024-02-10", 2),
        ("f", "2024-03-05", 9),
        ("g", "2024-04-02", 9), ("a", "2024-04-10", 7),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


@pytest.mark.checks("cohorts.retention_cohorts", kind="second", against="counts by hand")
def test_cohorts_counted_by_hand(counted):
    """Counts, shares, revenue and the average curve equal those counted by hand in a small table."""
    found = retention_cohorts(counted, min_cohort=2, observation_end="2024-04-15")
    nan = np.nan
    assert np.array_equal(found.counts, [[3, 1, 2], [2, 1, nan], [1, nan, nan]], equal_nan=True)
    assert np.allclose(found.shares, [[1, 1 / 3, 2 / 3], [1, 0.5, nan], [nan, nan, nan]], equal_nan=True)
    assert np.array_equal(found.revenue, [[60, 5, 45], [10, 2, nan], [9, nan, nan]], equal_nan=True)
    assert np.allclose(found.revenue_shares.iloc[0], [1, 5 / 60, 45 / 60])
    assert found.curve[["cohorts", "customers", "active"]].to_numpy().tolist() == [
        [2, 5, 5],
        [2, 5, 2],
        [1, 3, 2],
    ]
    low, high = wilson([5, 2, 2], [5, 5, 3], 0.95)
    low[0] = 1  # by definition, not by sampling
    assert np.allclose(found.curve[["low", "high"]], np.column_stack([low, high]))
    assert found.counts_of_rows["occasions_in_incomplete_period"] == 2
    assert found.counts_of_rows["customers_in_incomplete_period"] == 1
    assert found.counts_of_rows["small_cohorts"] == 1
    assert str(found.last_complete_day.date()) == "2024-03-31"


def test_a_period_that_is_over_is_kept(counted):
    """With the observation ending on the last of April, April counts."""
    found = retention_cohorts(counted, min_cohort=1, observation_end="2024-04-30")
    assert not found.last_period_incomplete
    assert found.counts.shape == (4, 4)
    assert found.counts.iloc[0].tolist() == [3, 1, 2, 1]


def test_summary_is_tidy(counted):
    """One row an observed cell, with intervals only where there are shares."""
    found = retention_cohorts(counted, min_cohort=2, observation_end="2024-04-15").summary()
    assert len(found) == 6
    assert found["active"].dtype == "int64"
    march = found[found["cohort"] == pd.Timestamp("2024-03-01")]
    assert march[["share", "low", "high"]].isna().all(axis=None)
    no_money = retention_cohorts(counted, amount=None).summary()
    assert "revenue" not in no_money


def test_weeks_begin_on_monday():
    """A Sunday and the Monday after it lie in two weeks."""
    frame = pd.DataFrame(
        {"customer": ["a", "a", "b"], "date": ["2024-03-03", "2024-03-04", "2024-02-26"], "amount": 1}
    )
    found = retention_cohorts(frame, period="week", min_cohort=1, observation_end="2024-03-10")
    assert found.counts.to_numpy().tolist() == [[2, 1]]
    assert found.counts.index[0] == pd.Timestamp("2024-02-26")


def test_errors_teach(counted):
    """An unknown period, no complete period, one customer, and wrong columns are told."""
    with pytest.raises(ParameterError, match="'week', 'month', 'quarter'"):
        retention_cohorts(counted, period="year")
    with pytest.raises(ParameterError, match="min_cohort"):
        retention_cohorts(counted, min_cohort=0)
    with pytest.raises(DataError, match="no complete quarter"):
        retention_cohorts(counted[counted["date"] < "2024-03-01"], period="quarter")
    with pytest.raises(DataError, match="one customer only"):
        retention_cohorts(counted[counted["customer"] == "a"])
    with pytest.raises(DataError, match="did you mean 'date'"):
        retention_cohorts(counted, date="dates")
