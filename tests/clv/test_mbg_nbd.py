"""Tests of the MBG/NBD."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import (
    customer_lifetime_value,
    customer_summary,
    expected_vs_actual_frequency,
    fit_gamma_gamma,
    fit_mbg_nbd,
    validate_holdout,
)
from crmlab.clv._guard import histories
from crmlab.clv._mbg_nbd_likelihood import collapse_all, mbg_nbd_log_likelihood
from crmlab.clv._simulate_leaving import simulate_mbg_nbd
from crmlab.errors import DataError, FitError, ParameterError

TRUE = (0.5, 6.0, 0.9, 1.6)


@pytest.fixture(scope="module")
def model(summary):
    """Return the MBG/NBD of the CDNOW sample."""
    return fit_mbg_nbd(summary)


@pytest.fixture(scope="module")
def peer(summary):
    """Return the fit of ``lifetimes``."""
    lifetimes = pytest.importorskip("lifetimes")
    table = summary.table
    return lifetimes.ModifiedBetaGeoFitter().fit(table["frequency"], table["recency"], table["T"])


@pytest.mark.checks("clv.fit_mbg_nbd", kind="second", against="lifetimes")
def test_same_estimates_as_lifetimes(model, peer):
    """On the CDNOW sample lifetimes 0.11.3 finds the same r .525, α 6.183, a .891, b 1.614, to 4 digits."""
    np.testing.assert_allclose(model.parameters, [0.525, 6.183, 0.891, 1.614], atol=6e-4)
    np.testing.assert_allclose(model.parameters, peer.params_[["r", "alpha", "a", "b"]].to_numpy(), rtol=2e-4)


@pytest.mark.checks("clv.fit_mbg_nbd", kind="second", against="lifetimes")
def test_same_likelihood_and_predictions_as_lifetimes(model, peer, summary):
    """At the same parameters the MBG/NBD's likelihood, P(alive), expectations and probabilities are those of lifetimes 0.11.3, to 9 digits."""
    table = summary.table
    x, t, T = table["frequency"], table["recency"], table["T"]
    at = peer.params_[["r", "alpha", "a", "b"]].to_numpy()
    same = model.at(np.log(at))
    value, _, _ = mbg_nbd_log_likelihood(collapse_all(histories(summary)))(np.log(at))
    theirs = -len(table) * peer._negative_log_likelihood(
        np.log(at), x.to_numpy(), t.to_numpy(), T.to_numpy(), np.ones(len(T)), 0.0
    )
    assert value == pytest.approx(theirs, rel=1e-9)
    assert model.log_likelihood == pytest.approx(value, abs=1e-4)
    np.testing.assert_allclose(
        same.probability_alive(summary), np.asarray(peer.conditional_probability_alive(x, t, T)), rtol=1e-9
    )
    np.testing.assert_allclose(
        same.expected_purchases(39, summary),
        np.asarray(peer.conditional_expected_number_of_purchases_up_to_time(39, x, t, T)),
        rtol=1e-6,
    )
    times = np.array([1.0, 10.0, 39.0, 200.0])
    np.testing.assert_allclose(
        same.expected_purchases_new(times),
        [peer.expected_number_of_purchases_up_to_time(float(at)) for at in times],
        rtol=1e-8,
    )
    ours = same.frequency_probabilities(np.array([39.0]), 8)[0]
    np.testing.assert_allclose(
        ours[:8],
        [float(np.squeeze(peer.probability_of_n_purchases_up_to_time(39.0, n))) for n in range(8)],
        rtol=1e-8,
    )


@pytest.mark.checks("clv.fit_mbg_nbd", kind="second", against="numerical derivatives")
def test_derivatives(summary, agree_with_differences):
    """Gradient and Hessian of the MBG/NBD's log-likelihood on the CDNOW sample are those of finite differences, to 6 digits."""
    objective = mbg_nbd_log_likelihood(collapse_all(histories(summary)))
    agree_with_differences(objective, np.log([0.6, 5.0, 1.2, 1.1]))


@pytest.mark.checks("clv.fit_mbg_nbd", kind="recovery")
def test_recovery():
    """Parameters of 30,000 simulated customers, who may leave after the first purchase, are found again within 3 standard errors."""
    rng = np.random.default_rng(3)
    table = simulate_mbg_nbd(rng.uniform(25, 60, 30_000), TRUE, rng=rng)
    model = fit_mbg_nbd(table)
    assert ((model.parameters - list(TRUE)) / model.standard_errors).abs().max() < 3
    counts = expected_vs_actual_frequency(model, table)
    assert counts["expected"].sum() == pytest.approx(30_000)
    assert (np.abs(counts["actual"] - counts["expected"]) < 4 * np.sqrt(counts["expected"])).all()


@pytest.mark.checks("clv.fit_mbg_nbd", kind="second", against="simulation")
def test_expectations_are_those_of_simulated_customers(model):
    """The repeat purchases expected of newcomers are the mean of simulated ones."""
    table = simulate_mbg_nbd(np.full(200_000, 39.0), tuple(model.parameters), rng=np.random.default_rng(6))
    se = table["frequency"].std() / np.sqrt(len(table))
    assert float(model.expected_purchases_new(39.0)) == pytest.approx(table["frequency"].mean(), abs=4 * se)


def test_draws_agree_with_expectations(model, summary):
    """The mean of drawn futures at the estimates is the expectation."""
    h = histories(summary)
    theta = np.tile(model.log_parameters, (200, 1))
    drawn = model.simulate(h, 26.0, theta, np.random.default_rng(1)).sum(axis=1)
    expected = model.expected_purchases(26.0, summary).sum()
    assert drawn.mean() == pytest.approx(expected, abs=4 * drawn.std() / np.sqrt(200))
    got = model.predictive_interval(26, summary, rng=np.random.default_rng(2), draws=50)
    assert (got["low"] <= got["high"]).all()


@pytest.mark.checks("clv.fit_mbg_nbd", kind="trap", against="one-time buyers")
def test_one_time_buyers_fade(model):
    """Unlike in the BG/NBD, who bought once long ago is less likely to be there still."""
    table = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": [0.0, 4.0, 39.0, 400.0]})
    alive = model.probability_alive(table)
    assert alive.is_monotonic_decreasing
    assert alive[0] == pytest.approx(model.b / (model.a + model.b))


def test_works_wherever_a_purchase_model_does(model, summary, cdnow):
    """Lifetime value and hold-out validation take it."""
    value = customer_lifetime_value(model, fit_gamma_gamma(summary), summary)
    assert value.total_low < value.total < value.total_high
    held = validate_holdout(
        cdnow, calibration_end="1997-09-30", observation_end="1998-06-30", fit=fit_mbg_nbd
    )
    errors = held.errors.set_index("rule")
    # Christmas is in the hold-out period; BG/NBD and Pareto/NBD stay below it, too.
    assert -0.2 < errors.loc["model", "total_bias"] < 0
    assert errors.loc["model", "rmse"] < errors.loc["same_rate", "rmse"]


@pytest.mark.checks("clv.fit_mbg_nbd", kind="invariant")
@pytest.mark.parametrize(("unit", "days"), [("day", 1.0), ("month", 30.4375)])
def test_units_change_nothing_but_units(cdnow, model, unit, days):
    """In days or months the MBG/NBD's α is the same time, and everything without a unit is the same number."""
    other = fit_mbg_nbd(customer_summary(cdnow, observation_end="1997-09-30", time_unit=unit))
    assert other.alpha * days == pytest.approx(model.alpha * 7, rel=1e-5)
    np.testing.assert_allclose(
        other.parameters[["r", "a", "b"]], model.parameters[["r", "a", "b"]], rtol=1e-5
    )


def test_many_patterns_take_the_thinned_start():
    """With more patterns than are needed for a start, the maximum is found from there in a few steps."""
    rng = np.random.default_rng(5)
    model = fit_mbg_nbd(simulate_mbg_nbd(rng.uniform(20, 50, 70_000), TRUE, rng=rng))
    assert model.iterations <= 5


@pytest.mark.checks("clv.fit_mbg_nbd", kind="trap", against="overflow")
def test_ten_thousand_purchases(model, summary):
    """At 10,000 purchases the MBG/NBD's predictions are finite, and one such customer does not break the fit."""
    table = pd.DataFrame({"frequency": [2000, 10_000], "recency": [38.9, 38.99], "T": [39.0, 39.0]})
    assert (model.probability_alive(table) > 0.9).all()
    assert model.expected_purchases(39, table).between(1000, 10_100).all()
    again = fit_mbg_nbd(pd.concat([summary.table, table.iloc[[1]]]))
    assert np.isfinite(again.summary().drop(columns="parameter").to_numpy()).all()


@pytest.mark.checks("clv.fit_mbg_nbd", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(0.05, 20.0)] * 4),
    st.tuples(st.integers(0, 3000), st.floats(0.01, 1.0), st.floats(0.1, 500.0)),
    st.floats(0.01, 300.0),
)
def test_predictions_stay_in_bounds(model, parameters, history, horizon):
    """For any parameters and history the MBG/NBD's P(alive) lies between 0 and 1, purchases rise with time, and probabilities of frequencies add up to 1."""
    at = model.at(np.log(parameters))
    x, share, T = history
    table = pd.DataFrame({"frequency": [x], "recency": [share * T if x else 0.0], "T": [T]})
    short, long = (at.expected_purchases(h, table).iloc[0] for h in (horizon, 2 * horizon))
    assert 0 <= at.probability_alive(table).iloc[0] <= 1
    assert 0 <= short <= long * (1 + 1e-9)
    p = at.frequency_probabilities(np.array([T]), 6)[0]
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1.0, abs=1e-9)


def test_what_cannot_be_fitted(summary, model):
    """Data that cannot tell, tables that hold no histories and parameters out of range are refused."""
    nobody = pd.DataFrame({"frequency": [0] * 9, "recency": 0.0, "T": np.arange(1.0, 10.0)})
    with pytest.raises(FitError, match="bought again"):
        fit_mbg_nbd(nobody)
    with pytest.raises(DataError):
        fit_mbg_nbd(nobody.assign(frequency=-1))
    with pytest.raises(ParameterError):
        fit_mbg_nbd(summary, penalty=-1.0)
    with pytest.raises(ParameterError, match="t holds"):
        model.expected_purchases_new([-1.0])
    with pytest.raises(ParameterError, match="units differ"):
        fit_mbg_nbd(summary, time_unit="day")
