"""The repeat-purchase rate against CDNOW, a plain loop, and scipy's interval."""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from crmlab._shares import newcombe, wilson
from crmlab.errors import DataError, ParameterError
from crmlab.loyalty import repeat_purchase_rate


def by_loop(frame, window_days=None, end=None):
    """Count customers and repeat customers one by one."""
    days = defaultdict(set)
    for row in frame.itertuples():
        days[row.customer].add(pd.Timestamp(row.date).normalize())
    end = end or max(max(d) for d in days.values())
    n = k = 0
    for when in days.values():
        ordered = sorted(when)
        if window_days is not None and (end - ordered[0]).days < window_days:
            continue
        n += 1
        k += len(ordered) > 1 and (window_days is None or (ordered[1] - ordered[0]).days <= window_days)
    return n, k


@st.composite
def sales(draw):
    """Random purchases of two customers at least."""
    n = draw(st.integers(1, 40))
    days = draw(st.lists(st.integers(0, 200), min_size=n, max_size=n))
    who = draw(st.lists(st.sampled_from("abcdefgh"), min_size=n, max_size=n))
    rows = [*zip(who, days, strict=True), ("y", 0), ("z", 3)]
    return pd.DataFrame(
        {
            "customer": [w for w, _ in rows],
            "date": [pd.Timestamp("2024-01-01") + pd.Timedelta(days=d) for _, d in rows],
            "amount": 10.0,
        }
    )


@pytest.fixture(scope="module")
def cdnow():
    """Purchases of the CDNOW sample."""
    path = next(f.locate() for f in files("lifetimes") if f.name == "CDNOW_sample.txt")
    return pd.read_csv(
        Path(str(path)), sep=r"\s+", header=None, names=["master", "customer", "date", "cds", "amount"]
    )


@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="published", against="fader2005bgnbd")
def test_cdnow_has_946_repeat_buyers(cdnow):
    """946 of 2,357 customers bought again by 1997-09-30 (Fader, Hardie and Lee 2005)."""
    found = repeat_purchase_rate(cdnow, observation_end="1997-09-30")
    assert (found.repeat_customers, found.customers) == (946, 2357)
    assert found.rate == 946 / 2357
    assert found.low < found.rate < found.high


def test_window_counts_only_customers_observed_that_long(cdnow):
    """All CDNOW customers came in the first quarter of 1997, so that a window of 500 days leaves some out."""
    found = repeat_purchase_rate(cdnow, window_days=500)
    assert found.customers + found.customers_not_observed == 2357
    assert 0 < found.customers_not_observed < 2357
    short = repeat_purchase_rate(cdnow, window_days=90)
    assert short.customers == 2357
    assert short.rate < found.rate


@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="second", against="a loop")
@settings(max_examples=40, deadline=None)
@given(sales(), st.one_of(st.none(), st.integers(1, 150)))
def test_rate_is_that_of_a_plain_loop(frame, window):
    """The repeat-purchase rate of random purchases equals that of a loop over customers, with and without a window."""
    n, k = by_loop(frame, window)
    if n == 0:
        with pytest.raises(DataError, match="Nobody was observed"):
            repeat_purchase_rate(frame, window_days=window)
        return
    found = repeat_purchase_rate(frame, window_days=window)
    assert (found.customers, found.repeat_customers) == (n, k)


@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(sales(), st.integers(0, 1000))
def test_row_order_and_unit_of_money_do_not_matter(frame, seed):
    """Shuffled rows with amounts in cents give the same repeat-purchase rate and interval."""
    other = frame.sample(frac=1, random_state=seed).assign(amount=frame["amount"] * 100)
    pd.testing.assert_frame_equal(
        repeat_purchase_rate(frame).summary(), repeat_purchase_rate(other).summary()
    )


@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="trap", against="same-day purchases")
@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="trap", against="refunds")
def test_same_day_is_one_occasion_and_a_refunded_purchase_is_none():
    """Two purchases of one day, and a second purchase sent back, are no repeat purchase."""
    frame = pd.DataFrame(
        {
            "customer": ["a", "a", "b", "b", "b", "c", "c"],
            "date": [
                "2024-01-01",
                "2024-01-01",
                "2024-01-01",
                "2024-02-01",
                "2024-02-03",
                "2024-01-01",
                "2024-02-01",
            ],
            "amount": [1, 2, 10, 5, -5, 1, 1],
        }
    )
    found = repeat_purchase_rate(frame)
    assert (found.customers, found.repeat_customers) == (3, 1)
    assert found.counts["refunds_netted"] == 1


@pytest.mark.checks("loyalty.repeat_purchase_rate", kind="second", against="scipy")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_interval_is_scipys(n, share, confidence):
    """Wilson's interval of a share equals scipy's, and lies in [0, 1] around the share."""
    k = round(n * share)
    low, high = wilson(k, n, confidence)
    theirs = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert np.allclose([low, high], [theirs.low, theirs.high], atol=1e-12)
    assert 0 <= low <= k / n <= high <= 1


def test_newcombes_published_difference():
    """56/70 against 48/80 gives .0524 to .3339 (Newcombe 1998, table II, method 10)."""
    assert newcombe(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_errors_teach():
    """A mistyped column, no rows, one customer and a bad window are told."""
    one = pd.DataFrame({"customer": ["a", "a"], "date": ["2024-01-01", "2024-02-01"], "amount": [1, 2]})
    with pytest.raises(DataError, match="did you mean 'customer'"):
        repeat_purchase_rate(one, customer="custmer")
    with pytest.raises(DataError, match="one customer only"):
        repeat_purchase_rate(one)
    with pytest.raises(DataError, match="no rows"):
        repeat_purchase_rate(one.head(0))
    with pytest.raises(DataError, match="date"):
        repeat_purchase_rate(one.assign(date=["2024-01-01", "yesterday-ish"]))
    with pytest.raises(ParameterError, match="window_days"):
        repeat_purchase_rate(one, window_days=0)
    two = one.assign(customer=["a", "b"])
    with pytest.raises(ParameterError, match="confidence"):
        repeat_purchase_rate(two, confidence=95)
