"""Tests of customer lifetime value: second implementation, units, invariants, intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import customer_lifetime_value, customer_summary, fit_bg_nbd, fit_gamma_gamma
from crmlab.clv._simulate import simulate_histories
from crmlab.errors import DataError, FitError, ParameterError


@pytest.fixture(scope="module")
def value(bg_nbd, gamma_gamma, summary):
    """Return the value of CDNOW's customers over a year."""
    return customer_lifetime_value(bg_nbd, gamma_gamma, summary)


@pytest.mark.checks("clv.customer_lifetime_value", kind="second", against="lifetimes")
def test_lifetimes_agrees(bg_nbd, gamma_gamma, summary, value):
    """Month by month, expected purchases of lifetimes 0.11.3 times its spend, discounted by hand, give the same value of each CDNOW customer."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    purchases, spend = BetaGeoFitter(), GammaGammaFitter()
    purchases.params_ = bg_nbd.parameters
    spend.params_ = gamma_gamma.parameters.set_axis(["p", "q", "v"])
    t = summary.table
    history = (t["frequency"], t["recency"], t["T"])
    money = spend.conditional_expected_average_profit(t["frequency"], t["monetary_value"].fillna(0))
    total, before = 0.0, 0.0
    for month in range(1, 13):
        upto = purchases.conditional_expected_number_of_purchases_up_to_time(month * 30.4375 / 7, *history)
        total = total + (upto - before) * money / 1.10 ** (month / 12)
        before = upto
    np.testing.assert_allclose(value.table["clv"], total, rtol=1e-8)


def test_table_holds_the_parts(bg_nbd, gamma_gamma, summary, value):
    """The columns are what the models predict one by one, in the order of the customers."""
    assert list(value.table) == ["clv", "expected_purchases", "probability_alive", "expected_spend"]
    assert value.table.index.equals(summary.table.index)
    year = 12 * 30.4375 / 7
    np.testing.assert_allclose(value.table["expected_purchases"], bg_nbd.expected_purchases(year, summary))
    np.testing.assert_allclose(value.table["probability_alive"], bg_nbd.probability_alive(summary))
    np.testing.assert_allclose(value.table["expected_spend"], gamma_gamma.expected_spend(summary))
    assert value.total == pytest.approx(value.table["clv"].sum())


@pytest.mark.checks("clv.customer_lifetime_value", kind="invariant")
@pytest.mark.parametrize("unit", ["day", "month"])
def test_horizon_is_in_months_whatever_the_unit(cdnow, gamma_gamma, value, unit):
    """A model in days or months gives the same value for the same months."""
    other = customer_summary(cdnow, observation_end="1997-09-30", time_unit=unit)
    got = customer_lifetime_value(fit_bg_nbd(other), gamma_gamma, other)
    assert got.total == pytest.approx(value.total, rel=1e-5)
    assert got.total_se == pytest.approx(value.total_se, rel=1e-3)


@pytest.fixture(scope="module")
def worth(bg_nbd, gamma_gamma, summary):
    """Return the values of some customers as a function of the options."""

    def values(**options):
        return customer_lifetime_value(bg_nbd, gamma_gamma, summary.table.iloc[:200], **options).table["clv"]

    return values


@pytest.mark.checks("clv.customer_lifetime_value", kind="invariant")
@settings(max_examples=12, deadline=None)
@given(st.floats(0.01, 1.0), st.floats(0, 3.0), st.integers(1, 36))
def test_invariants(worth, margin, rate, months):
    """Value is proportional to margin, falls with the discount rate, rises with the horizon, and is never negative."""
    base = worth(margin=margin, discount_rate_annual=rate, horizon_months=months)
    assert (base >= 0).all()
    np.testing.assert_allclose(base / margin, worth(discount_rate_annual=rate, horizon_months=months))
    assert (worth(margin=margin, discount_rate_annual=rate + 0.1, horizon_months=months) <= base).all()
    assert (worth(margin=margin, discount_rate_annual=rate, horizon_months=months + 1) >= base).all()


@pytest.mark.checks("clv.customer_lifetime_value", kind="invariant")
def test_order_of_rows_does_not_matter(bg_nbd, gamma_gamma, summary, value):
    """The order of the customers does not change their values."""
    shuffled = customer_lifetime_value(bg_nbd, gamma_gamma, summary.table.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.table.sort_index(), value.table)


def test_delta_and_bootstrap_agree(bg_nbd, gamma_gamma, summary, value):
    """The interval of the total is much the same by delta method and by draws of all parameters."""
    drawn = customer_lifetime_value(bg_nbd, gamma_gamma, summary, rng=np.random.default_rng(5), draws=400)
    assert (value.method, drawn.method) == ("delta", "laplace")
    assert drawn.total == value.total
    assert drawn.total_se == pytest.approx(value.total_se, rel=0.15)
    assert drawn.total_low == pytest.approx(value.total_low, rel=0.03)
    assert drawn.total_high == pytest.approx(value.total_high, rel=0.03)


@pytest.mark.checks("clv.customer_lifetime_value", kind="recovery")
def test_interval_covers_the_truth():
    """In 40 simulated samples, the 90 % interval of the total holds the value at the true parameters about as often as it says."""
    hits = 0
    for seed in range(40):
        table = simulate_histories(np.full(1500, 39.0), rng=np.random.default_rng(seed), step=1 / 7)
        purchases, spend = fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table)
        got = customer_lifetime_value(purchases, spend, table, confidence=0.9)
        true = customer_lifetime_value(
            purchases.at(np.log([0.5, 4.0, 0.8, 2.5])), spend.at(np.log([6.0, 4.0, 15.0])), table
        )
        hits += got.total_low < true.total < got.total_high
    assert 30 <= hits <= 40


def test_summary(value):
    """The summary is tidy: total and mean with intervals, and what the customers do."""
    table = value.summary().set_index("measure")
    assert table.loc["total", "estimate"] == value.total
    np.testing.assert_allclose(table.loc["total"] / table.loc["mean"], 2357)
    assert 0.1 < table.loc["top_tenth_share", "estimate"] < 1
    assert table.loc["expected_active", "estimate"] == pytest.approx(value.table["probability_alive"].sum())


def test_all_problems_at_once(bg_nbd, gamma_gamma, summary):
    """Parameters out of range are told together."""
    with pytest.raises(ParameterError) as caught:
        customer_lifetime_value(
            bg_nbd, gamma_gamma, summary, horizon_months=0, discount_rate_annual=-0.1, margin=30, draws=1
        )
    assert len(caught.value.problems) == 4
    with pytest.raises(ParameterError, match=r"horizon_months is 2\.5; it must be a whole number"):
        customer_lifetime_value(bg_nbd, gamma_gamma, summary, horizon_months=2.5)


def test_model_must_know_its_unit(summary, gamma_gamma):
    """A model of a bare table cannot place a month, unless the summary it is used on says the unit."""
    model = fit_bg_nbd(summary.table)
    with pytest.raises(ParameterError, match="does not know its time unit"):
        customer_lifetime_value(model, gamma_gamma, summary.table)
    assert customer_lifetime_value(model, gamma_gamma, summary).total > 0
    with pytest.raises(ParameterError, match="The units differ"):
        customer_lifetime_value(fit_bg_nbd(summary.table, time_unit="day"), gamma_gamma, summary)


def test_value_needs_money(bg_nbd, gamma_gamma, summary):
    """A table without monetary values is refused."""
    with pytest.raises(DataError, match="no column 'monetary_value'"):
        customer_lifetime_value(bg_nbd, gamma_gamma, summary.table.drop(columns="monetary_value"))


def test_infinite_spend_is_refused(bg_nbd, gamma_gamma, summary):
    """A spend model without a mean gives no value."""
    with pytest.raises(FitError, match="infinite"):
        customer_lifetime_value(bg_nbd, gamma_gamma.at(np.log([2.0, 0.9, 15.0])), summary)


@pytest.mark.checks("clv.customer_lifetime_value", kind="trap", against="overflow")
def test_values_stay_finite_at_large_frequencies(bg_nbd, gamma_gamma):
    """A customer with 10,000 purchases has a finite value."""
    table = pd.DataFrame({"frequency": [10_000], "recency": [38.99], "T": [39.0], "monetary_value": [20.0]})
    got = customer_lifetime_value(bg_nbd, gamma_gamma, table)
    assert np.isfinite(got.table.to_numpy()).all()
    assert got.total > 100_000
