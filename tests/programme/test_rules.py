"""Rules of a programme, and the points they give, against a loop."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.programme import ProgrammeRules, Tier, award_points, points_account

RULES = ProgrammeRules(
    points_per_unit=1.5,
    value_per_point=0.01,
    valid_months=24,
    tiers=(Tier("member", 0), Tier("silver", 100, 1.2), Tier("gold", 400, 2)),
    qualifying_months=6,
)


@st.composite
def sales(draw):
    """Random purchases and refunds in whole units."""
    n = draw(st.integers(1, 30))
    return pd.DataFrame(
        {
            "customer": draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n)),
            "date": [
                pd.Timestamp("2023-01-31") + pd.Timedelta(days=d)
                for d in draw(st.lists(st.integers(0, 500), min_size=n, max_size=n))
            ],
            "amount": draw(st.lists(st.integers(-30, 300).map(float), min_size=n, max_size=n)),
        }
    )


@pytest.mark.checks("programme.award_points", kind="second", against="a loop")
@settings(max_examples=60, deadline=None)
@given(sales())
def test_points_are_those_of_a_loop(frame):
    """Points of random purchases, at the multiplier of the tier that the spend of the six months before the day has reached, equal those of a loop over purchases, to the point."""
    found = award_points(frame, RULES)
    for (_, row), (_, mine) in zip(frame.iterrows(), found.iterrows(), strict=True):
        since = row["date"] - pd.DateOffset(months=6)
        own = frame[
            (frame["customer"] == row["customer"]) & (frame["date"] < row["date"]) & (frame["date"] >= since)
        ]
        spent = own["amount"].sum()
        tier = max((t for t in RULES.tiers if t.threshold <= spent), key=lambda t: t.threshold, default=None)
        assert mine["tier"] == tier.name if tier else pd.isna(mine["tier"])
        points = row["amount"] * 1.5 * (tier.multiplier if tier else 1)
        assert mine["points"] == math.trunc(round(points, 9))
        assert mine["kind"] == ("adjustment" if row["amount"] < 0 else "earned")


@pytest.mark.checks("programme.award_points", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(sales(), st.integers(0, 99))
def test_row_order_does_not_matter(frame, seed):
    """Purchases in another order get the same points, and twice the points a unit give twice the points where fractions are kept."""
    found = award_points(frame, RULES, fractions="keep")
    other = award_points(frame.sample(frac=1, random_state=seed), RULES, fractions="keep").sort_index()
    pd.testing.assert_frame_equal(found, other)
    twice = ProgrammeRules(
        points_per_unit=3, value_per_point=0.01, tiers=RULES.tiers, qualifying_months=RULES.qualifying_months
    )
    np.testing.assert_allclose(award_points(frame, twice, fractions="keep")["points"], 2 * found["points"])


def test_the_ledger_can_be_read():
    """What purchases give is a ledger that an account can be made of; 19.99 at 100 points are 1,999 points."""
    sale = pd.DataFrame({"customer": ["a"], "date": ["2024-01-01"], "amount": [19.99]})
    rules = ProgrammeRules(points_per_unit=100, value_per_point=0.01)
    account = points_account(award_points(sale, rules))
    assert account.customers.loc["a", "outstanding"] == 1999
    with pytest.raises(ParameterError, match="'drop' or 'keep'"):
        award_points(sale, rules, fractions="up")


def test_rules_that_make_no_sense_are_told_at_once():
    """Rates of 0, tiers that fall or share a name, and impossible lapsing stand in one error."""
    with pytest.raises(ParameterError) as caught:
        ProgrammeRules(
            points_per_unit=0,
            value_per_point=math.inf,
            valid_months=18,
            expiry="calendar_year",
            tiers=(Tier("gold", 100, 0), Tier("gold", 100), Tier("top", -1)),
            qualifying_months=0,
        )
    assert len(caught.value.problems) == 9
    assert ProgrammeRules(points_per_unit=1, value_per_point=1, tiers=[Tier("a", 1)]).tiers == (Tier("a", 1),)
