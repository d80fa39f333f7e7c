"""Tests of intervals by delta method, Laplace and bootstrap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import (
    customer_lifetime_value,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    model_intervals,
)
from crmlab.clv._simulate import simulate_histories
from crmlab.clv.mean_spend import fit_mean_spend
from crmlab.errors import FitError, ParameterError

FITS = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}


@pytest.mark.checks("clv.model_intervals", kind="published", against="fader2005bgnbd")
def test_published_standard_errors(published):
    """Delta method and Laplace give the paper's standard errors on the CDNOW sample: .0126, .378, .186, .705."""
    model = fit_bg_nbd(published)
    delta = model_intervals(model)
    assert [f"{v:.{d}f}" for v, d in zip(delta["se"], (4, 3, 3, 3), strict=True)] == [
        "0.0126",
        "0.378",
        "0.186",
        "0.705",
    ]
    pd.testing.assert_series_equal(delta["low"], model.summary()["low"], rtol=1e-6)
    drawn = model_intervals(model, rng=np.random.default_rng(1), draws=8000)
    np.testing.assert_allclose(drawn["se"], delta["se"], rtol=0.1)
    np.testing.assert_allclose(drawn[["low", "high"]], delta[["low", "high"]], rtol=0.05)


@pytest.mark.checks("clv.model_intervals", kind="second", against="bootstrap")
@pytest.mark.parametrize("name", list(FITS))
def test_bootstrap_of_each_model(name, summary):
    """On the CDNOW sample, the standard error of expected purchases by delta method is that of 120 refits, within 25 %, in each model."""
    model = FITS[name](summary)

    def bought(one) -> float:
        return one.expected_purchases(26, summary).sum()

    delta = model_intervals(model, bought).iloc[0]
    again = model_intervals(
        model, bought, method="bootstrap", summary=summary, rng=np.random.default_rng(2), draws=120
    ).iloc[0]
    known = model.expected_purchases_interval(26, summary).set_index("measure").loc["total"]
    assert delta[["estimate", "se", "low", "high"]].tolist() == pytest.approx(
        known[["estimate", "se", "low", "high"]].tolist()
    )
    assert again["se"] == pytest.approx(delta["se"], rel=0.25)
    assert again["low"] < delta["estimate"] < again["high"]


@pytest.mark.checks("clv.customer_lifetime_value", kind="second", against="bootstrap")
def test_three_intervals_of_a_total():
    """The interval of the total value of 1,500 simulated customers is much the same by delta method, Laplace and bootstrap."""
    table = simulate_histories(np.full(1500, 52.0), rng=np.random.default_rng(4))
    models = fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table)
    rng = np.random.default_rng(7)
    delta = customer_lifetime_value(*models, table)
    laplace = customer_lifetime_value(*models, table, method="laplace", rng=rng, draws=400)
    again = customer_lifetime_value(*models, table, method="bootstrap", rng=rng, draws=150)
    assert [one.method for one in (delta, laplace, again)] == ["delta", "laplace", "bootstrap"]
    for one in (laplace, again):
        assert one.total == delta.total
        assert one.total_se == pytest.approx(delta.total_se, rel=0.25)
        assert one.total_low == pytest.approx(delta.total_low, rel=0.04)
        assert one.total_high == pytest.approx(delta.total_high, rel=0.04)


def test_bootstrap_with_a_mean_for_all(summary):
    """The bootstrap refits one mean for all purchases, too."""
    table = summary.table
    models = fit_bg_nbd(table, time_unit="week"), fit_mean_spend(table)
    got = customer_lifetime_value(*models, table, method="bootstrap", rng=np.random.default_rng(1), draws=30)
    assert got.total_low < got.total < got.total_high


def test_covariates_are_refitted():
    """Refits keep covariates and penalty; coefficients have intervals by all three methods."""
    table = simulate_histories(np.full(1200, 52.0), rng=np.random.default_rng(4))
    table["z"] = np.random.default_rng(5).normal(size=1200)
    model = fit_bg_nbd(table, purchase_covariates=["z"], dropout_covariates=["z"], penalty=0.01)
    rng = np.random.default_rng(6)
    for options in ({}, {"rng": rng}, {"method": "bootstrap", "summary": table, "rng": rng, "draws": 20}):
        got = model_intervals(model, **options)
        assert got["name"].tolist() == list(model.parameters.index)
        assert (got["low"] < got["high"]).all()
        assert (got["se"] > 0).all()
    again = model.refit(table)
    assert again.penalty == 0.01
    pd.testing.assert_series_equal(again.parameters, model.parameters)


@pytest.mark.checks("clv.model_intervals", kind="recovery")
def test_intervals_cover():
    """90 % intervals of expected purchases by delta method hold the truth in at least 19 of 25 simulated customer bases."""
    rng, inside = np.random.default_rng(8), 0
    for _ in range(25):
        table = simulate_histories(np.full(700, 52.0), rng=rng)
        model = fit_bg_nbd(table, penalty=0.001)
        truth = model.at(np.log([0.5, 4.0, 0.8, 2.5])).expected_purchases_new(104.0)
        got = model_intervals(model, lambda m: float(m.expected_purchases_new(104.0)), confidence=0.9)
        inside += got["low"][0] <= truth <= got["high"][0]
    assert inside >= 19


@pytest.mark.checks("clv.model_intervals", kind="invariant")
@pytest.mark.parametrize("rng", [None, 3])
def test_intervals_and_units(summary, bg_nbd, rng):
    """Intervals hold their estimate, widen with the confidence, and in days instead of weeks change nothing but units."""

    def known(model, confidence):
        draws = None if rng is None else np.random.default_rng(rng)
        return model_intervals(model, rng=draws, draws=300, confidence=confidence).set_index("name")

    narrow, wide = known(bg_nbd, 0.5), known(bg_nbd, 0.99)
    for one in (narrow, wide):
        assert ((one["low"] < one["estimate"]) & (one["estimate"] < one["high"])).all()
    assert ((wide["low"] < narrow["low"]) & (narrow["high"] < wide["high"])).all()
    table = summary.table
    days = fit_bg_nbd(table.assign(recency=table["recency"] * 7, T=table["T"] * 7))
    np.testing.assert_allclose(
        known(days, 0.5)[["low", "high"]].T * [1, 1 / 7, 1, 1], narrow[["low", "high"]].T, rtol=1e-4
    )


def test_gamma_gamma(gamma_gamma, summary):
    """The population mean's interval by delta method is the model's own, and the bootstrap agrees."""
    own = gamma_gamma.population_mean_interval()
    delta = model_intervals(gamma_gamma, lambda m: m.population_mean).iloc[0]
    assert delta[["estimate", "se", "low", "high"]].tolist() == pytest.approx(list(own.values()), rel=1e-6)
    again = model_intervals(
        gamma_gamma,
        lambda m: m.population_mean,
        method="bootstrap",
        summary=summary,
        rng=np.random.default_rng(3),
        draws=120,
    ).iloc[0]
    assert again["se"] == pytest.approx(own["se"], rel=0.3)


@pytest.mark.checks("clv.model_intervals", kind="trap")
def test_too_few_for_a_bootstrap():
    """Where most resamples cannot be fitted, the bootstrap stops and says so."""
    table = simulate_histories(np.full(60, 52.0), rng=np.random.default_rng(1))
    model = fit_bg_nbd(table, penalty=0.2)
    object.__setattr__(model, "penalty", 0.0)
    with pytest.raises(FitError, match="resamples cannot be fitted"):
        model_intervals(model, method="bootstrap", summary=table, rng=np.random.default_rng(1), draws=60)


def test_what_is_refused(bg_nbd, gamma_gamma, summary):
    """Unknown methods, draws without a generator and a bootstrap without customers are refused."""
    rng = np.random.default_rng(1)
    for options, match in (
        ({"method": "botstrap"}, "did you mean|Did you mean 'bootstrap'"),
        ({"method": "laplace"}, "give it rng"),
        ({"method": "delta", "rng": rng}, "draws nothing"),
        ({"method": "bootstrap", "rng": rng}, "give summary"),
        ({"rng": rng, "draws": 1}, "2 or more"),
        ({"confidence": 2}, "confidence"),
    ):
        with pytest.raises(ParameterError, match=match):
            model_intervals(bg_nbd, **options)
    with pytest.raises(ParameterError, match="give it rng"):
        customer_lifetime_value(bg_nbd, gamma_gamma, summary, method="bootstrap")
