"""Lifetime values by formula against published multiples and sums term by term."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.value import retention_clv, simple_clv


@pytest.mark.checks("value.simple_clv", kind="published", against="dagang")
def test_stew_leonards_customer():
    """A customer who spends 100 a week in 50 weeks of 10 years is worth 50,000."""
    assert simple_clv(100 * 50, years=10).value == 50_000
    assert float(simple_clv(100 * 50, years=10)) == 50_000


@pytest.mark.checks("value.simple_clv", kind="second", against="annuity formula")
def test_simple_value_is_the_annuity():
    """Discounted at 10 % the yearly margins are an annuity; acquisition is paid first."""
    found = simple_clv(100, years=5, discount_rate_annual=0.1, acquisition_cost=50)
    assert found.value == pytest.approx(100 * (1 - 1.1**-5) / 0.1 - 50)
    assert found.summary()["cumulative"].iloc[-1] == pytest.approx(found.value)
    assert found.summary()["year"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.checks("value.retention_clv", kind="published", against="gupta2003")
@pytest.mark.parametrize(
    ("retention", "multiples"),
    [
        (0.6, (1.20, 1.15, 1.11, 1.07)),
        (0.7, (1.75, 1.67, 1.59, 1.52)),
        (0.8, (2.67, 2.50, 2.35, 2.22)),
        (0.9, (4.50, 4.09, 3.75, 3.46)),
    ],
)
def test_published_margin_multiples(retention, multiples):
    """Margin multiples r/(1 + d − r) for retention of 60 to 90 % and discount rates of 10, 12, 14 and 16 % are those of the printed table."""
    found = [retention_clv(1, retention, d).margin_multiple for d in (0.10, 0.12, 0.14, 0.16)]
    assert [round(m, 2) for m in found] == list(multiples)


@pytest.mark.checks("value.retention_clv", kind="second", against="sums term by term")
@settings(max_examples=80, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.integers(1, 60),
    st.sampled_from(["after_first_renewal", "at_acquisition"]),
)
def test_finite_horizon_is_the_sum_of_its_terms(r, d, horizon, first_payment):
    """The closed form of retention value equals the sum written out term by term, and the table ends at the value."""
    found = retention_clv(20, r, d, 7, horizon, first_payment=first_payment)
    start = 1 if first_payment == "after_first_renewal" else 0
    terms = [20 * r**t / (1 + d) ** t for t in range(start, start + horizon)]
    assert found.value == pytest.approx(math.fsum(terms) - 7, rel=1e-9, abs=1e-9)
    assert found.table["cumulative"].iloc[-1] == pytest.approx(found.value, rel=1e-9, abs=1e-9)
    assert found.expected_periods == pytest.approx(
        math.fsum(r**t for t in range(start, start + horizon)), rel=1e-9
    )
    assert len(found.table) == horizon


@pytest.mark.checks("value.retention_clv", kind="invariant")
@settings(max_examples=50, deadline=None)
@given(st.floats(0, 0.99), st.floats(0.01, 0.5))
def test_infinite_horizon(r, d):
    """The infinite value is the finite one of a long horizon; the two conventions of the first payment differ by one margin."""
    after, at = retention_clv(1, r, d), retention_clv(1, r, d, first_payment="at_acquisition")
    assert after.value == pytest.approx(retention_clv(1, r, d, horizon=5000).value, abs=1e-9)
    assert after.value == pytest.approx(r / (1 + d - r))
    assert at.value - after.value == pytest.approx(1)
    assert at.table["cumulative"].iloc[-1] >= 0.998 * at.value


@pytest.mark.checks("value.retention_clv", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.95), st.floats(0.01, 0.3), st.floats(1, 100))
def test_value_rises_with_margin_and_retention(r, d, m):
    """More margin or more retention is worth more; a discount is worth less; units scale."""
    base = retention_clv(m, r, d, first_payment="at_acquisition").value
    assert retention_clv(2 * m, r, d, first_payment="at_acquisition").value == pytest.approx(2 * base)
    assert retention_clv(m, r + 0.04, d, first_payment="at_acquisition").value > base
    assert retention_clv(m, r, d + 0.1, first_payment="at_acquisition").value <= base


def test_corner_cases():
    """Nobody stays, everybody stays, and everybody stays without discount."""
    assert retention_clv(10, 0, 0.1).value == 0
    assert retention_clv(10, 0, 0.1, first_payment="at_acquisition").value == 10
    assert retention_clv(10, 1, 0.1).value == pytest.approx(100)
    assert retention_clv(10, 1, 0, horizon=7).value == 70
    assert retention_clv(10, 1, 0.1).expected_periods == math.inf
    assert retention_clv(10, 0.8, 0.1).summary()["survival"].iloc[:2].tolist() == pytest.approx([0.8, 0.64])


def test_errors_teach():
    """Percentages for fractions, endless values and empty horizons are told."""
    with pytest.raises(ParameterError, match=r"0\.8 for 80"):
        retention_clv(10, 80, 0.1)
    with pytest.raises(ParameterError, match="no end"):
        retention_clv(10, 1, 0)
    with pytest.raises(ParameterError, match="whole number"):
        retention_clv(10, 0.8, 0.1, horizon=0)
    with pytest.raises(ParameterError, match="above -1"):
        retention_clv(10, 0.8, -1)
    with pytest.raises(ParameterError, match="at_acquisition"):
        retention_clv(10, 0.8, 0.1, first_payment="now")
    with pytest.raises(ParameterError, match="margin_per_period is nan; it must be a number"):
        retention_clv(math.nan, 0.8, 0.1)
    with pytest.raises(ParameterError, match="finite"):
        retention_clv(math.inf, 0.8, 0.1)
    with pytest.raises(ParameterError, match="years"):
        simple_clv(10, years=2.5)


@pytest.mark.checks("value.simple_clv", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(m=st.floats(1, 1000), years=st.integers(1, 30), d=st.floats(0, 0.5), unit=st.floats(0.01, 100))
def test_simple_value_scales_and_rises(m, years, d, unit):
    """Simple value scales with the margin's unit, rises with years, and falls with the discount rate."""
    base = simple_clv(m, years=years, discount_rate_annual=d).value
    assert simple_clv(unit * m, years=years, discount_rate_annual=d).value == pytest.approx(unit * base)
    assert simple_clv(m, years=years + 1, discount_rate_annual=d).value > base
    assert simple_clv(m, years=years, discount_rate_annual=d + 0.1).value < base
