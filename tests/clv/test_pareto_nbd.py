"""Tests of the Pareto/NBD."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1, hyperu

from crmlab.clv import (
    customer_lifetime_value,
    customer_summary,
    expected_vs_actual_frequency,
    fit_gamma_gamma,
    fit_pareto_nbd,
    validate_holdout,
)
from crmlab.clv._guard import histories
from crmlab.clv._mbg_nbd_likelihood import collapse_all
from crmlab.clv._pareto_nbd_integral import Integral
from crmlab.clv._pareto_nbd_likelihood import pareto_nbd_log_likelihood
from crmlab.clv._simulate_leaving import simulate_pareto_nbd
from crmlab.errors import DataError, FitError, ParameterError

TRUE = (0.6, 10.0, 0.7, 12.0)
PUBLISHED = (0.5533, 10.578, 0.6062, 11.668)


@pytest.fixture(scope="module")
def model(summary):
    """Return the Pareto/NBD of the CDNOW sample."""
    return fit_pareto_nbd(summary)


@pytest.fixture(scope="module")
def peer():
    """Return ``lifetimes`` at the published parameters (its own fit takes long, and stops early)."""
    lifetimes = pytest.importorskip("lifetimes")
    fitter = lifetimes.ParetoNBDFitter()
    fitter.params_ = pd.Series(PUBLISHED, index=["r", "alpha", "s", "beta"])
    return fitter


@pytest.mark.checks("clv.fit_pareto_nbd", kind="published", against="fader2005note")
def test_published_estimates(published):
    """The CDNOW sample gives r .5533, α 10.578, s .6062, β 11.668 and the log-likelihood −9594.97, as published."""
    model = fit_pareto_nbd(published, time_unit="week")
    assert model.r == pytest.approx(0.5533, abs=5.1e-5)
    assert model.alpha == pytest.approx(10.578, abs=5.1e-4)
    assert model.s == pytest.approx(0.6062, abs=5.1e-5)
    assert model.beta == pytest.approx(11.668, abs=5.1e-4)
    assert model.log_likelihood == pytest.approx(-9594.97, abs=0.01)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="second", against="lifetimes")
def test_same_numbers_as_lifetimes(model, peer, published):
    """At the same parameters the Pareto/NBD's likelihood, P(alive) and expectations on the CDNOW sample are those of lifetimes 0.11.3, to 7 digits."""
    x, t, T = (published[name] for name in ("frequency", "recency", "T"))
    same = model.at(np.log(PUBLISHED))
    value, _, _ = pareto_nbd_log_likelihood(collapse_all(histories(published)))(np.log(PUBLISHED))
    theirs = peer._conditional_log_likelihood(np.array(PUBLISHED), x.to_numpy(), t.to_numpy(), T.to_numpy())
    assert value == pytest.approx(theirs.sum(), rel=1e-9)
    np.testing.assert_allclose(
        same.probability_alive(published), np.asarray(peer.conditional_probability_alive(x, t, T)), rtol=1e-7
    )
    np.testing.assert_allclose(
        same.expected_purchases(39, published),
        np.asarray(peer.conditional_expected_number_of_purchases_up_to_time(39, x, t, T)),
        rtol=1e-7,
    )
    times = np.array([1.0, 10.0, 39.0, 200.0])
    np.testing.assert_allclose(
        same.expected_purchases_new(times), peer.expected_number_of_purchases_up_to_time(times), rtol=1e-9
    )


def test_purchases_on_the_last_day(summary):
    """Who bought on the last day cannot have left since: the integral is 0, and everything stays finite."""
    table = summary.table
    last = (table["recency"] == table["T"]) & (table["frequency"] > 0)
    assert last.any()
    objective = pareto_nbd_log_likelihood(collapse_all(histories(table[last])))
    value, gradient, hessian = objective(np.log(PUBLISHED))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()


def test_frequencies(model, summary):
    """Probabilities of frequencies start at certainty, add up to all customers, and have the expected mean."""
    same = model.at(np.log(PUBLISHED))
    newcomer = same.frequency_probabilities(np.array([0.0, 39.0]), 7)
    assert newcomer[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    counted = expected_vs_actual_frequency(same, summary)
    assert counted["expected"].sum() == pytest.approx(2357)
    mean = newcomer[1, :7] @ np.arange(7) + 7 * newcomer[1, 7]
    assert mean < float(same.expected_purchases_new(39.0))
    many = same.frequency_probabilities(np.array([39.0]), 400)[0]
    assert many @ np.arange(401) == pytest.approx(float(same.expected_purchases_new(39.0)), rel=1e-8)


def by_hypergeometric(p, x, t, T) -> float:
    """Return the integral as the difference of two hypergeometric functions, as in the papers."""
    r, alpha, s, beta = p
    k = r + s + x
    large, other = (alpha, s + 1) if alpha >= beta else (beta, r + x)

    def at(time):
        z = abs(alpha - beta) / (large + time)
        return hyp2f1(k, other, k + 1, z) / (large + time) ** k

    return (at(t) - at(T)) / k


@pytest.mark.checks("clv.fit_pareto_nbd", kind="second", against="the paper's formula")
@pytest.mark.parametrize("x", [0, 1, 7])
@pytest.mark.parametrize("p", [PUBLISHED, (2.0, 1.0, 0.4, 3.0), (0.3, 8.0, 1.5, 2.0)])
def test_integral_is_the_papers(p, x):
    """Where the papers' difference of hypergeometric functions is tame, the integral in the likelihood is the same to 9 digits."""
    r, alpha, s, beta = p
    t, T = (20.0 if x else 0.0), 39.0
    got = next(Integral(alpha, beta, np.array([r + x]), s + 1, np.array([t]), np.array([T])).nodes())
    assert np.exp(got.log_integral[0]) == pytest.approx(by_hypergeometric(p, x, t, T), rel=1e-9)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="trap", against="overflow")
@settings(max_examples=80, deadline=None)
@given(
    st.tuples(*[st.floats(-6.0, 6.0)] * 2),
    st.tuples(*[st.floats(-3.0, 3.5)] * 2),
    st.tuples(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(0.05, 200.0)),
)
def test_integral_anywhere(scales, shapes, history):
    """Over many powers of ten of the parameters and up to 10,000 purchases, the integral in the likelihood agrees with plain panels to 8 digits and never overflows."""
    alpha, beta = np.exp(scales)
    r, s = np.exp(shapes)
    x, share, T = history
    t = share * T if x else 0.0
    got = next(
        Integral(alpha, beta, np.array([r + x]), s + 1, np.array([t]), np.array([T])).nodes()
    ).log_integral[0]
    if T - t < 1e-9:
        return
    edges = np.concatenate([[0.0], (T - t) * 2.0 ** np.arange(-45, 1)])
    y, w = np.polynomial.legendre.leggauss(30)
    half = np.diff(edges)[:, None] / 2
    tau = edges[:-1, None] + half * (y + 1)
    falls = (r + x) * np.log1p(tau / (alpha + t)) + (s + 1) * np.log1p(tau / (beta + t))
    plain = np.log((np.exp(-falls) * w * half).sum())
    plain -= (r + x) * np.log(alpha + t) + (s + 1) * np.log(beta + t)
    assert got == pytest.approx(plain, rel=1e-10, abs=1e-8)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="second", against="numerical derivatives")
@pytest.mark.parametrize("p", [(0.5, 10.0, 0.6, 12.0), (1.2, 2.0, 3.0, 40.0), (0.3, 50.0, 0.4, 0.5)])
def test_derivatives(summary, p, agree_with_differences):
    """Gradient and Hessian of the Pareto/NBD's log-likelihood are those of finite differences, to 6 digits, a customer of 10,000 purchases among them."""
    extra = pd.DataFrame({"frequency": [10_000, 3], "recency": [30.0, 39.0], "T": [39.0, 39.0]})
    objective = pareto_nbd_log_likelihood(collapse_all(histories(pd.concat([summary.table, extra]))))
    agree_with_differences(objective, np.log(p))


@pytest.mark.checks("clv.fit_pareto_nbd", kind="recovery")
@pytest.mark.parametrize("true", [TRUE, (2.0, 15.0, 1.5, 60.0)])
def test_recovery(true):
    """Parameters of 30,000 simulated customers, who leave at any time, are found again within 3 standard errors."""
    rng = np.random.default_rng(4)
    table = simulate_pareto_nbd(rng.uniform(30, 90, 30_000), true, rng=rng)
    model = fit_pareto_nbd(table)
    assert ((model.parameters - list(true)) / model.standard_errors).abs().max() < 3
    counts = expected_vs_actual_frequency(model, table)
    assert (np.abs(counts["actual"] - counts["expected"]) < 4 * np.sqrt(counts["expected"])).all()


@pytest.mark.checks("clv.fit_pareto_nbd", kind="recovery")
def test_predictions_are_those_of_simulated_customers(model):
    """Of 40,000 simulated customers, those said to be there with a probability are there with it, and expectations and intervals hold for what they then do."""
    rng = np.random.default_rng(9)
    table = simulate_pareto_nbd(np.full(40_000, 39.0), tuple(model.parameters), rng=rng, future=26.0)
    alive, expected = model.probability_alive(table), model.expected_purchases(26, table)
    for _, part in table.assign(p=alive, e=expected).groupby(pd.cut(alive, 5)):
        assert part["alive"].mean() == pytest.approx(part["p"].mean(), abs=4 * 0.5 / np.sqrt(len(part)))
        assert part["future"].mean() == pytest.approx(
            part["e"].mean(), abs=4 * part["future"].std() / np.sqrt(len(part)) + 1e-9
        )
    few = table.head(2000)
    got = model.predictive_interval(26, few, rng=rng, draws=200)
    assert ((got["low"] <= few["future"]) & (few["future"] <= got["high"])).mean() > 0.95
    assert got["mean"].mean() == pytest.approx(model.expected_purchases(26, few).mean(), rel=0.05)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="second", against="the paper's formula")
def test_discounted_transactions(model, summary):
    """Discounted residual transactions are the paper's closed form by scipy's Ψ, to 6 digits, and the limit of discounted purchases step by step."""
    dert = model.discounted_residual_transactions(summary, discount_rate_annual=0.15)
    r, alpha, s, beta = model.parameters
    delta = np.log(1.15) / (365.25 / 7)
    table = summary.table.head(20)
    z = delta * (beta + table["T"])
    # e^z Gamma(1 - s, z) z^(s - 1) = U(1, 2 - s, z) = z^(s - 1) U(s, s, z)
    integral = (beta + table["T"]) * z ** (s - 1) * hyperu(s, s, z)
    paper = model.probability_alive(table) * (r + table["frequency"]) / (alpha + table["T"]) * integral
    np.testing.assert_allclose(dert.head(20), paper, rtol=1e-6)
    times = np.arange(0.05, 4000, 0.05)
    plain = model.discounted_expected_purchases(times, np.exp(-delta * (times - 0.025)), table.head(3))
    np.testing.assert_allclose(dert.head(3), plain, rtol=1e-4)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="second", against="numerical integration")
@pytest.mark.parametrize("s", [0.05, 1.0, 3.0, 400.0])
@pytest.mark.parametrize("rate", [1e-6, 0.1, 5.0])
def test_discounted_time(model, s, rate):
    """The discounted time still to come is the integral to 8 digits, for rates from a millionth to 500 % a year."""
    at = model.at(np.log([0.5, 10.0, s, 12.0]))
    delta, start = np.log1p(rate) / 52, 12.0 + 39.0

    def integrand(w):
        return start * np.exp(-delta * start * np.expm1(w) - (s - 1) * w)

    end = min(np.log1p(60 / (delta * start)), 60 / max(s - 1, 1e-9))
    theirs = quad(integrand, 0, end, limit=400, epsrel=1e-11, epsabs=0)[0]
    assert at._discounted_time(np.array([start]), delta)[0] == pytest.approx(theirs, rel=1e-8)


def test_works_wherever_a_purchase_model_does(model, summary, cdnow):
    """Lifetime value and hold-out validation take it; the interval holds the total."""
    value = customer_lifetime_value(model, fit_gamma_gamma(summary), summary)
    assert value.total_low < value.total < value.total_high
    held = validate_holdout(
        cdnow, calibration_end="1997-09-30", observation_end="1998-06-30", fit=fit_pareto_nbd
    )
    errors = held.errors.set_index("rule")
    assert -0.2 < errors.loc["model", "total_bias"] < 0.05  # Christmas is in the hold-out period
    assert errors.loc["model", "rmse"] < errors.loc["same_rate", "rmse"]


@pytest.mark.checks("clv.fit_pareto_nbd", kind="invariant")
@pytest.mark.parametrize(("unit", "days"), [("day", 1.0), ("month", 30.4375)])
def test_units_change_nothing_but_units(cdnow, model, unit, days):
    """In days or months α and β are the same times, and everything without a unit is the same number."""
    other = customer_summary(cdnow, observation_end="1997-09-30", time_unit=unit)
    week = customer_summary(cdnow, observation_end="1997-09-30", time_unit="week")
    same = fit_pareto_nbd(other)
    np.testing.assert_allclose(
        same.parameters * [1, days, 1, days], model.parameters * [1, 7, 1, 7], rtol=1e-6
    )
    np.testing.assert_allclose(
        same.discounted_residual_transactions(other), model.discounted_residual_transactions(week), rtol=1e-6
    )


@pytest.mark.checks("clv.fit_pareto_nbd", kind="invariant")
def test_order_of_rows_does_not_matter(summary, model):
    """The order of the customers does not change the Pareto/NBD's fit."""
    shuffled = fit_pareto_nbd(summary.table.sample(frac=1, random_state=1))
    pd.testing.assert_series_equal(shuffled.parameters, model.parameters)


def test_many_patterns_take_the_thinned_start():
    """With more patterns than are needed for a start, the maximum is found from there in a few steps."""
    rng = np.random.default_rng(5)
    model = fit_pareto_nbd(simulate_pareto_nbd(rng.uniform(20, 50, 70_000), TRUE, rng=rng))
    assert model.iterations <= 5


@pytest.mark.checks("clv.fit_pareto_nbd", kind="trap", against="overflow")
def test_ten_thousand_purchases(model, summary):
    """At 10,000 purchases the Pareto/NBD's predictions are finite, and one such customer does not break the fit."""
    table = pd.DataFrame({"frequency": [2000, 10_000], "recency": [38.9, 38.99], "T": [39.0, 39.0]})
    assert (model.probability_alive(table) > 0.9).all()
    assert model.expected_purchases(39, table).between(1000, 10_100).all()
    assert np.isfinite(model.discounted_residual_transactions(table)).all()
    long_gone = pd.DataFrame({"frequency": [10_000], "recency": [1.0], "T": [39.0]})
    assert model.expected_purchases(39, long_gone)[0] == 0
    again = fit_pareto_nbd(pd.concat([summary.table, table.iloc[[1]]]))
    assert np.isfinite(again.summary().drop(columns="parameter").to_numpy()).all()


@pytest.mark.checks("clv.fit_pareto_nbd", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(0.05, 20.0)] * 4),
    st.tuples(st.integers(0, 3000), st.floats(0.01, 1.0), st.floats(0.1, 500.0)),
    st.floats(0.01, 300.0),
)
def test_predictions_stay_in_bounds(model, parameters, history, horizon):
    """For any parameters and history the Pareto/NBD's P(alive) lies between 0 and 1, purchases rise with time, and probabilities of frequencies add up to 1."""
    at = model.at(np.log(parameters))
    x, share, T = history
    table = pd.DataFrame({"frequency": [x], "recency": [share * T if x else 0.0], "T": [T]})
    alive = at.probability_alive(table).iloc[0]
    short, long = (at.expected_purchases(h, table).iloc[0] for h in (horizon, 2 * horizon))
    assert 0 <= alive <= 1
    assert 0 <= short <= long * (1 + 1e-9)
    assert short <= alive * (at.r + x) / (at.alpha + T) * horizon * (1 + 1e-9)
    p = at.frequency_probabilities(np.array([T]), 6)[0]
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1.0, abs=1e-9)


def test_no_hole_at_one(model):
    """Expectations pass smoothly through s = 1, where the papers' formula divides by zero."""
    at, near = (
        float(model.at(np.log([0.5, 10.0, s, 12.0])).expected_purchases_new(39.0)) for s in (1.0, 1 + 1e-7)
    )
    assert at == pytest.approx(0.05 * 12 * np.log1p(39 / 12), rel=1e-12)
    assert at == pytest.approx(near, rel=1e-6)


@pytest.mark.checks("clv.fit_pareto_nbd", kind="trap", against="non-convergence")
def test_nobody_leaves():
    """Where nobody leaves, the Pareto/NBD ends in an error that says so, and a penalty helps."""
    rng = np.random.default_rng(3)
    x = rng.poisson(rng.gamma(4.0, 0.5, 500) * 10)
    last = np.where(x > 0, 10 * rng.random(500) ** (1 / np.maximum(x, 1)), 0.0)
    table = pd.DataFrame({"frequency": x, "recency": last, "T": 10.0})
    with pytest.raises(FitError, match=r"runs off to|not determined") as caught:
        fit_pareto_nbd(table)
    assert "leave" in str(caught.value)
    assert fit_pareto_nbd(table, penalty=0.1).probability_alive(table).mean() > 0.9


def test_what_cannot_be_fitted(summary, model):
    """Data that cannot tell, tables that hold no histories and parameters out of range are refused."""
    nobody = pd.DataFrame({"frequency": [0] * 9, "recency": 0.0, "T": np.arange(1.0, 10.0)})
    with pytest.raises(FitError, match="bought again"):
        fit_pareto_nbd(nobody)
    with pytest.raises(DataError):
        fit_pareto_nbd(nobody.assign(frequency=-1))
    with pytest.raises(ParameterError):
        fit_pareto_nbd(summary, penalty=-1.0)
    with pytest.raises(ParameterError, match="t holds"):
        model.expected_purchases_new([-1.0])
    with pytest.raises(ParameterError, match="above 0"):
        model.discounted_residual_transactions(summary, discount_rate_annual=0.0)
    with pytest.raises(ParameterError, match="time unit"):
        fit_pareto_nbd(summary.table).discounted_residual_transactions(summary.table)
