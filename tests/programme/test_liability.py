"""The liability of points against sums by hand and the future of simulated programmes; IFRS 15's example."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.programme import breakage, deferred_revenue, points_account, points_liability

COLUMNS = ["customer", "date", "kind", "points"]
FIRST = pd.Period("2021-01", "M")


def world(rng, customers, months=30, valid=12):
    """Return a ledger that goes on for a year beyond `months`, and the last day of these."""
    start = rng.integers(0, months, customers)
    age = np.where(rng.random(customers) < 0.55, rng.integers(0, valid, customers), 99)
    rows = [(f"c{i}", (FIRST + int(m)).to_timestamp(), "earned", 100) for i, m in enumerate(start)]
    rows += [
        (f"c{i}", (FIRST + int(start[i] + age[i])).to_timestamp() + pd.Timedelta(days=20), "burned", 100)
        for i in np.flatnonzero(age < 99)
    ]
    return pd.DataFrame(rows, columns=COLUMNS), (FIRST + months - 1).to_timestamp(how="end").normalize()


@pytest.mark.checks("programme.points_liability", kind="recovery")
@pytest.mark.parametrize("method", ["survival", "chain_ladder"])
def test_what_is_put_aside_is_what_is_burned_later(method):
    """In four simulated programmes of 10,000 customers, the points that the liability expects to be burned are within 3 % of those that were burned in the year after; all outstanding points less the breakage of the earned would miss by 20 %."""
    rng = np.random.default_rng(23)
    expected, burned, flat, inside = 0.0, 0.0, 0.0, 0
    for _ in range(4):
        ledger, end = world(rng, 10_000)
        account = points_account(ledger, as_of=end, valid_months=12)
        found = points_liability(account, value_per_point=1, method=method, draws=100, rng=rng)
        later = ledger[(ledger["kind"] == "burned") & (ledger["date"] > end)]["points"].sum()
        expected += found.liability
        burned += later
        flat += found.outstanding * (1 - breakage(account, method=method).rate)
        inside += found.low <= found.liability <= found.high
    assert expected == pytest.approx(burned, rel=0.03)
    assert abs(flat / burned - 1) > 0.2
    assert inside == 4


@pytest.mark.checks("programme.points_liability", kind="second", against="sums by hand")
def test_a_liability_by_hand():
    """Of points of the month 50 % are burned at once and half of the rest a month later, and what is left lapses: the 40 points of February left at the end of it cost 20, those of March that have just been earned 75 of 100."""
    ledger = pd.DataFrame(
        [
            ("a", "2024-01-01", "earned", 100),
            ("a", "2024-01-15", "burned", 40),
            ("a", "2024-02-10", "burned", 30),
            ("b", "2024-02-01", "earned", 100),
            ("b", "2024-02-20", "burned", 60),
            ("b", "2024-03-01", "earned", 100),
        ],
        columns=COLUMNS,
    )
    account = points_account(ledger, as_of="2024-03-01")
    found = points_liability(account, value_per_point=0.5, tail="unburned")
    assert found.cohorts["outstanding"].tolist() == [30, 40, 100]
    assert found.cohorts["liability"].tolist() == pytest.approx([0, 10, 37.5])
    assert found.liability == pytest.approx(47.5)
    assert found.face_value == 85
    assert found.breakage == pytest.approx(1 - 95 / 170)
    prudent = points_liability(account, value_per_point=0.5)
    assert prudent.liability == pytest.approx(85)
    opening = pd.concat([ledger, pd.DataFrame([("z", "2019-01-01", "opening", 50)], columns=COLUMNS)])
    held = points_liability(points_account(opening, as_of="2024-03-01"), value_per_point=0.5)
    assert held.liability == pytest.approx(85 + 25)


@pytest.mark.checks("programme.points_liability", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 50), st.sampled_from(["survival", "chain_ladder"]))
def test_the_liability_scales_with_the_value(seed, value, method):
    """The liability lies between 0 and the face value, is proportional to the value of a point, adds up over cohorts, and does not depend on the order of rows."""
    rng = np.random.default_rng(seed)
    ledger, end = world(rng, 60, months=18, valid=6)
    ledger = ledger[(ledger["date"] <= end) | (ledger["kind"] == "earned")]
    one = points_liability(
        points_account(ledger, as_of=end),
        value_per_point=1,
        method=method,
        draws=100,
        rng=np.random.default_rng(4),
    )
    other = points_liability(
        points_account(ledger.sample(frac=1, random_state=seed), as_of=end),
        value_per_point=value,
        method=method,
        draws=100,
        rng=np.random.default_rng(4),
    )
    assert 0 <= one.liability <= one.face_value + 1e-9
    assert other.liability == pytest.approx(one.liability * value)
    assert (other.low, other.high) == pytest.approx((one.low * value, one.high * value))
    assert one.cohorts["liability"].sum() == pytest.approx(one.liability)
    assert one.breakage_low <= one.breakage_high
    assert one.summary().loc[0, "outstanding"] == one.outstanding


@pytest.mark.checks("programme.deferred_revenue", kind="published", against="ifrs15")
def test_example_52_of_ifrs_15():
    """In Example 52 of IFRS 15, products of 100,000 with 10,000 points, of which 9,500 will be burned, share the price as 91,324 and 8,676; 4,500 points burned recognise 4,110, and 4,000 more, when 9,700 are expected, another 3,493, which leaves 1,073."""
    found = deferred_revenue(100_000, points=10_000, value_per_point=1, breakage=0.05)
    assert (round(found.goods), round(found.points)) == (91_324, 8_676)
    first = found.recognised(4_500)
    second = found.recognised(8_500, expected_burned=9_700) - first
    assert (round(first), round(second), round(found.points - first - second)) == (4_110, 3_493, 1_073)


@pytest.mark.checks("programme.deferred_revenue", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.floats(1, 1e6),
    st.floats(0, 1e6),
    st.floats(0.001, 10),
    st.floats(0, 0.99),
    st.one_of(st.none(), st.floats(1, 1e6)),
)
def test_the_price_is_shared_out_wholly(price, points, value, rate, alone):
    """Goods and points sum to the price, in the ratio of their stand-alone prices; once all expected points are burned, all is recognised."""
    found = deferred_revenue(
        price, points=points, value_per_point=value, breakage=rate, standalone_price=alone
    )
    assert found.goods + found.points == pytest.approx(price)
    assert found.goods * found.standalone_points == pytest.approx(found.points * found.standalone_goods)
    if found.expected_burned > 0:
        assert found.recognised(found.expected_burned) == pytest.approx(found.points)
    assert found.summary()["allocated"].sum() == pytest.approx(price)


def test_numbers_out_of_range_are_told():
    """Prices of 0, breakage of 1 and more points burned than expected are errors."""
    with pytest.raises(ParameterError) as caught:
        deferred_revenue(0, points=-1, value_per_point=0, breakage=1)
    assert len(caught.value.problems) == 5
    with pytest.raises(ParameterError, match="must rise"):
        deferred_revenue(10, points=5, value_per_point=1, breakage=0.5).recognised(4)
