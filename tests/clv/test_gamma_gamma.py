"""Tests of the Gamma-Gamma model: published numbers, second implementation, recovery, traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln

from crmlab.clv import customer_summary, fit_gamma_gamma
from crmlab.clv.gamma_gamma import gamma_gamma_log_likelihood
from crmlab.errors import DataError, FitError


def plain_log_likelihood(parameters, x, z) -> float:
    """Sum the logarithm of the density of note 025 as it stands."""
    p, q, v = parameters
    terms = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
    return float(
        (terms + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)).sum()
    )


@pytest.fixture(scope="module")
def repeat(summary):
    """Return the repeat buyers of CDNOW."""
    return summary.table[summary.table["frequency"] > 0]


@pytest.mark.checks("clv.fit_gamma_gamma", kind="published", against="fader2013gg")
def test_published_parameters_from_raw_transactions(cdnow):
    """The raw transactions of the CDNOW sample, mean values kept to the cent, give p 6.249, q 3.745, γ 15.448, as published."""
    cents = customer_summary(cdnow, observation_end="1997-09-30", time_unit="week", money_decimals=2)
    model = fit_gamma_gamma(cents)
    assert [f"{v:.3f}" for v in model.parameters] == ["6.249", "3.745", "15.448"]
    assert f"{model.log_likelihood:.2f}" == "-4055.92"
    assert f"{model.population_mean:.2f}" == "35.17"
    assert model.n == 946


def test_all_digits_of_money_move_the_third_decimal(gamma_gamma):
    """Without rounding of means, the same data give 6.250, 3.744, 15.444 and the same mean."""
    assert [f"{v:.3f}" for v in gamma_gamma.parameters] == ["6.250", "3.744", "15.444"]
    assert f"{gamma_gamma.log_likelihood:.2f}" == "-4055.92"
    assert f"{gamma_gamma.population_mean:.2f}" == "35.17"


@pytest.mark.checks("clv.fit_gamma_gamma", kind="published", against="fader2013gg")
def test_published_summary(published):
    """The published summary of the CDNOW sample gives the published estimates of the Gamma–Gamma model."""
    assert [f"{v:.3f}" for v in fit_gamma_gamma(published).parameters] == ["6.249", "3.745", "15.448"]


@pytest.mark.checks("clv.fit_gamma_gamma", kind="second", against="the paper's formula")
def test_log_likelihood_is_the_papers(gamma_gamma, repeat):
    """The log-likelihood is the density of the note, summed over the 946 repeat buyers of the CDNOW sample."""
    x, z = repeat["frequency"].to_numpy(dtype=float), repeat["monetary_value"].to_numpy()
    assert gamma_gamma.log_likelihood == pytest.approx(
        plain_log_likelihood(gamma_gamma.parameters, x, z), rel=1e-12
    )


@pytest.mark.checks("clv.fit_gamma_gamma", kind="second", against="numerical integration")
def test_density_integrates_to_one(gamma_gamma):
    """The density of a customer's mean value integrates to 1 for any number of purchases."""
    for x in (1.0, 4.0, 20.0):
        total = quad(
            lambda z, x=x: np.exp(plain_log_likelihood(gamma_gamma.parameters, np.array([x]), np.array([z]))),
            0,
            5000,
            points=[20, 40, 80],
            limit=500,
        )[0]
        assert total == pytest.approx(1, abs=1e-4)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="second", against="lifetimes")
def test_lifetimes_agrees(gamma_gamma, repeat, summary):
    """On the CDNOW sample lifetimes 0.11.3 finds the same parameters and expects the same spend of each customer."""
    from lifetimes import GammaGammaFitter

    theirs = GammaGammaFitter().fit(repeat["frequency"], repeat["monetary_value"])
    np.testing.assert_allclose(gamma_gamma.parameters, theirs.params_, rtol=1e-3)
    theirs.params_ = gamma_gamma.parameters.set_axis(["p", "q", "v"])
    table = summary.table
    spend = theirs.conditional_expected_average_profit(table["frequency"], table["monetary_value"].fillna(0))
    np.testing.assert_allclose(gamma_gamma.expected_spend(summary), spend, rtol=1e-12)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="second", against="numerical derivatives")
@pytest.mark.parametrize("theta", [[0.5, 1.2, 0.3], [2.0, 0.1, -0.5], [-1.0, 3.0, 2.0]])
def test_derivatives(repeat, theta, agree_with_differences):
    """Gradient and Hessian of the Gamma–Gamma log-likelihood are those of finite differences."""
    objective = gamma_gamma_log_likelihood(
        repeat["frequency"].to_numpy(dtype=float), repeat["monetary_value"].to_numpy() / 35
    )
    agree_with_differences(objective, theta)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="recovery")
def test_recovery(simulated):
    """Spend parameters of 20,000 simulated customers are found again within 3 standard errors."""
    model = fit_gamma_gamma(simulated)
    assert ((model.parameters - [6.0, 4.0, 15.0]) / model.standard_errors).abs().max() < 3
    assert model.left_out["no_repeat_purchase"] == (simulated["frequency"] == 0).sum()
    mean = model.population_mean_interval()
    assert abs(mean["estimate"] - 30) < 3 * mean["se"]
    # value was drawn without regard to frequency
    assert model.correlation_size == "negligible"


@pytest.mark.checks("clv.fit_gamma_gamma", kind="published", against="fader2005rfm")
def test_correlation_of_cdnow(gamma_gamma, repeat):
    """Frequency and mean value of the CDNOW sample correlate by .11, as published: small, not nothing."""
    assert f"{gamma_gamma.correlation:.2f}" == "0.11"
    assert gamma_gamma.correlation == pytest.approx(repeat["frequency"].corr(repeat["monetary_value"]))
    assert gamma_gamma.correlation_low < gamma_gamma.correlation < gamma_gamma.correlation_high
    assert gamma_gamma.correlation_size == "small"


def test_left_out_is_told():
    """One-time buyers and values that are missing or not positive are left out, each with its reason."""
    rng = np.random.default_rng(2)
    good = pd.DataFrame(
        {"frequency": rng.integers(1, 9, 400), "monetary_value": rng.gamma(3, 1 / rng.gamma(4, 0.1, 400))}
    )
    bad = pd.DataFrame({"frequency": [0, 0, 2, 3, 4], "monetary_value": [np.nan, 0.0, 0.0, -1.0, np.nan]})
    model = fit_gamma_gamma(pd.concat([good, bad], ignore_index=True))
    assert dict(model.left_out) == {"no_repeat_purchase": 2, "value_missing": 1, "value_not_positive": 2}
    assert model.n == 400
    pd.testing.assert_series_equal(model.parameters, fit_gamma_gamma(good).parameters)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="trap", against="one-time buyers")
def test_one_time_buyers_are_expected_to_spend_the_mean(gamma_gamma):
    """Who has no repeat purchase is expected to spend the population mean, whatever stands in his value."""
    table = pd.DataFrame({"frequency": [0, 0, 0], "monetary_value": [np.nan, 0.0, 999.0]})
    np.testing.assert_allclose(gamma_gamma.expected_spend(table), gamma_gamma.population_mean)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="invariant")
@settings(max_examples=50, deadline=None)
@given(st.integers(1, 10_000), st.floats(0.01, 1e6))
def test_expected_spend_lies_between(gamma_gamma, x, z):
    """The expected spend lies between the customer's own mean and the population's, and nears his own with his purchases."""
    got = gamma_gamma.expected_spend(pd.DataFrame({"frequency": [x, 100 * x], "monetary_value": [z, z]}))
    low, high = sorted([z, gamma_gamma.population_mean])
    assert low * (1 - 1e-12) <= got[0] <= high * (1 + 1e-12)
    assert abs(got[1] - z) <= abs(got[0] - z) + 1e-9 * z


@pytest.mark.checks("clv.fit_gamma_gamma", kind="invariant")
def test_currency_changes_nothing_but_gamma(summary, gamma_gamma):
    """In cents instead of dollars, γ is a hundred times as large and the shapes are the same."""
    table = summary.table.assign(monetary_value=summary.table["monetary_value"] * 100)
    model = fit_gamma_gamma(table)
    np.testing.assert_allclose(model.parameters, gamma_gamma.parameters * [1, 1, 100], rtol=1e-7)
    np.testing.assert_allclose(
        model.expected_spend(table), 100 * gamma_gamma.expected_spend(summary), rtol=1e-7
    )


def test_order_of_rows_does_not_matter(summary, gamma_gamma):
    """Shuffled customers give the same fit."""
    model = fit_gamma_gamma(summary.table.sample(frac=1, random_state=3))
    np.testing.assert_allclose(model.parameters, gamma_gamma.parameters, rtol=1e-9)


@pytest.mark.checks("clv.fit_gamma_gamma", kind="trap", against="non-convergence")
@pytest.mark.parametrize(
    ("frequency", "value", "match"),
    [
        ([0, 0, 0, 0], [np.nan] * 4, r"0 customer\(s\) bought again"),
        ([1, 2, 0, 0], [5.0, 6.0, np.nan, np.nan], r"2 customer\(s\) bought again"),
        ([1, 2, 3, 4], [9.99] * 4, "same monetary value"),
    ],
)
def test_data_that_cannot_tell(frequency, value, match):
    """Too few repeat buyers, or one value for all, end in an error that says so."""
    with pytest.raises(FitError, match=match):
        fit_gamma_gamma(pd.DataFrame({"frequency": frequency, "monetary_value": value}))


@pytest.mark.checks("clv.fit_gamma_gamma", kind="trap", against="non-convergence")
def test_customers_who_differ_by_chance_alone():
    """Where the customers' means differ no more than by chance, the Gamma–Gamma model ends in an error that says so."""
    rng = np.random.default_rng(4)
    x = rng.integers(1, 10, 500)
    table = pd.DataFrame({"frequency": x, "monetary_value": rng.gamma(5.0 * x**2, 2.0) / x**2})
    with pytest.raises(FitError, match=r"differ no more than by chance|is not determined"):
        fit_gamma_gamma(table)


def test_infinite_mean_is_an_error(gamma_gamma):
    """With q below 1, the mean of one-time buyers is infinite; it is refused, not returned."""
    model = gamma_gamma.at(np.log([2.0, 0.8, 10.0]))
    assert model.population_mean == float("inf")
    assert model.population_mean_interval()["high"] == float("inf")
    with pytest.raises(FitError, match="infinite"):
        model.expected_spend(pd.DataFrame({"frequency": [0], "monetary_value": [np.nan]}))
    assert np.isfinite(model.expected_spend(pd.DataFrame({"frequency": [3], "monetary_value": [9.0]}))[0])


def test_equal_frequencies_have_no_correlation():
    """Where all bought equally often, the correlation is missing and counts as negligible."""
    rng = np.random.default_rng(6)
    nu = rng.gamma(4, 1 / 15, 800)
    model = fit_gamma_gamma(pd.DataFrame({"frequency": 2, "monetary_value": rng.gamma(12, 1 / nu) / 2}))
    assert np.isnan(model.correlation)
    assert model.correlation_size == "negligible"


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (pd.DataFrame({"frequency": [1, 2], "monetary": [1.0, 2.0]}), "did you mean 'monetary'"),
        (pd.DataFrame({"frequency": [1, 2.5], "monetary_value": [1.0, 2.0]}), "no whole frequency"),
        (pd.DataFrame({"frequency": [1, 2], "monetary_value": [1.0, np.inf]}), "infinite value"),
    ],
)
def test_tables_that_hold_no_values(table, match):
    """Missing columns, broken frequencies and infinite values are refused."""
    with pytest.raises(DataError, match=match):
        fit_gamma_gamma(table)


def test_repeat_buyer_without_value(gamma_gamma):
    """A repeat buyer without a value cannot be given an expectation."""
    with pytest.raises(DataError, match="'x'"):
        gamma_gamma.expected_spend(pd.DataFrame({"frequency": [2], "monetary_value": [np.nan]}, index=["x"]))
