"""Tests of refunds: netted against what they undo, dropped, or refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import customer_summary
from crmlab.errors import DataError


def sales(*rows) -> pd.DataFrame:
    """Return transactions of January 2024 from (customer, day, amount) triples."""
    who, day, amount = zip(*rows, strict=True)
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.array(day) - 1, unit="D")
    return pd.DataFrame({"customer": who, "date": dates, "amount": np.array(amount, dtype=float)})


def test_refund_of_the_same_day():
    """A refund of the day of purchase is taken off that day."""
    got = customer_summary(sales(("a", 1, 10), ("a", 5, 30), ("a", 5, -10)))
    assert got.table.loc["a", "monetary_value"] == 20
    assert got.counts["refunds_netted"] == 1
    assert got.counts["refund_value_netted"] == 10


def test_refund_of_the_latest_earlier_day():
    """A later refund is taken off the latest purchase before it, and makes no purchase of its own."""
    got = customer_summary(
        sales(("a", 1, 10), ("a", 5, 30), ("a", 9, 40), ("a", 7, -5)), observation_end="2024-01-31"
    )
    assert got.table.loc["a", ["frequency", "recency", "monetary_value"]].tolist() == [2, 8, 32.5]


@pytest.mark.checks("clv.customer_summary", kind="trap", against="refunds")
def test_full_refund_undoes_the_purchase():
    """A day refunded in full is no purchase any more, the first day included."""
    got = customer_summary(
        sales(("a", 1, 0.1), ("a", 1, 0.2), ("a", 2, -0.3), ("a", 6, 7), ("a", 8, 9)),
        observation_end="2024-01-11",
    )
    assert got.table.loc["a", ["frequency", "recency", "T", "monetary_value"]].tolist() == [1, 2, 5, 9]
    assert got.counts["purchase_days_refunded_in_full"] == 1


@pytest.mark.checks("clv.customer_summary", kind="trap", against="refunds")
def test_excess_goes_to_the_day_before():
    """What exceeds a day's value is taken off the purchase day before, across free gifts."""
    got = customer_summary(sales(("a", 1, 50), ("a", 4, 20), ("a", 5, 0), ("a", 6, 10), ("a", 6, -25)))
    # 10 off the 6th, 15 off the 4th; the gift on the 5th stays.
    assert got.table.loc["a", ["frequency", "recency", "total_value"]].tolist() == [2, 4, 55]
    assert got.counts["refund_value_netted"] == 25
    assert got.counts["refund_value_unmatched"] == 0


@pytest.mark.checks("clv.customer_summary", kind="trap", against="refunds")
def test_refund_without_purchase():
    """A refund before any purchase is left out and counted; who has refunds alone is no customer."""
    got = customer_summary(sales(("a", 1, -5), ("a", 2, 10), ("b", 3, -4), ("c", 3, 8)))
    assert got.table.index.tolist() == ["a", "c"]
    assert got.table.loc["a", "total_value"] == 10
    assert got.counts["refunds_unmatched"] == 2
    assert got.counts["refund_value_unmatched"] == 9
    assert got.counts["customers_without_purchase"] == 1


def test_refund_never_crosses_customers():
    """A refund is never taken off another customer's purchase."""
    got = customer_summary(sales(("a", 1, 10), ("b", 2, -10), ("b", 3, 5)))
    assert got.table["total_value"].to_dict() == {"a": 10, "b": 5}


def test_drop():
    """refunds='drop' leaves negative rows out and nothing else."""
    got = customer_summary(sales(("a", 1, 10), ("a", 5, 30), ("a", 5, -30)), refunds="drop")
    assert got.table.loc["a", "monetary_value"] == 30
    assert got.counts["refunds_dropped"] == 1


def test_error():
    """refunds='error' refuses negative amounts and shows them."""
    with pytest.raises(DataError, match=r"1 amount\(s\) are negative: 'a': -30"):
        customer_summary(sales(("a", 1, 10), ("a", 5, -30)), refunds="error")


@pytest.mark.parametrize("refunds", ["net", "drop"])
def test_all_negative(refunds):
    """Data of refunds alone hold no purchase."""
    with pytest.raises(DataError, match="No purchase is left"):
        customer_summary(sales(("a", 1, -10), ("b", 5, -30)), refunds=refunds)


@pytest.mark.checks("clv.customer_summary", kind="trap", against="refunds")
def test_refunds_after_the_end_are_not_known_yet():
    """A refund after the end of observation does not change what was seen up to it."""
    got = customer_summary(sales(("a", 1, 10), ("a", 5, 30), ("a", 9, -30)), observation_end="2024-01-06")
    assert got.table.loc["a", "monetary_value"] == 30
    assert got.counts["refund_rows"] == 0


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(-60, 60)), min_size=1, max_size=30
).filter(lambda them: any(cents >= 0 for *_, cents in them))


def slowly(them) -> dict[str, float]:
    """Net refunds customer by customer with a stack, latest refund first: the second implementation."""
    left = {}
    for who in {w for w, *_ in them}:
        days: dict[int, float] = {}
        for w, day, cents in them:
            if w == who and cents > 0:
                days[day] = days.get(day, 0) + cents
        for _, day, cents in sorted((r for r in them if r[0] == who and r[2] < 0), key=lambda r: -r[1]):
            back = -cents
            for d in sorted((d for d in days if d <= day), reverse=True):
                taken = min(back, days[d])
                days[d] -= taken
                back -= taken
        left[who] = sum(days.values())
    return left


@pytest.mark.checks("clv.customer_summary", kind="second", against="refunds settled one by one")
@settings(max_examples=60, deadline=None)
@given(rows)
def test_money_adds_up(some):
    """Purchases less netted refunds is what is left, and refunds settled one by one leave each customer the same."""
    left = slowly(some)
    if not any(left.values()) and not any(cents == 0 for *_, cents in some):
        with pytest.raises(DataError):
            customer_summary(sales(*some))
        return
    got = customer_summary(sales(*some), observation_end="2024-01-31")
    paid = sum(cents for *_, cents in some if cents > 0)
    assert got.table["total_value"].sum() == pytest.approx(paid - got.counts["refund_value_netted"])
    assert (got.table["total_value"] >= 0).all()
    for who, value in got.table["total_value"].items():
        assert value == pytest.approx(left[who])
    refunded = -sum(cents for *_, cents in some if cents < 0)
    assert got.counts["refund_value_netted"] + got.counts["refund_value_unmatched"] == pytest.approx(refunded)
