"""Tests of the predictive interval of one customer's value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import (
    customer_lifetime_value,
    customer_value_interval,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
)
from crmlab.errors import DataError, ParameterError

TRUE = {"r": 0.8, "alpha": 6.0, "a": 0.6, "b": 2.5}
SPEND = {"p": 6.0, "q": 4.0, "gamma": 15.0}
YEAR = 52 * 365.25 / 364


def _lives(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Let customers buy for 52 weeks and a year more, purchase by purchase; return histories, and each later value.

    The later year is discounted at 10 %, each purchase by its own day.
    """
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], n), rng.beta(TRUE["a"], TRUE["b"], n)
    scale = rng.gamma(SPEND["q"], 1 / SPEND["gamma"], n)
    x, t, money, value = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    now, there = np.zeros(n), np.ones(n, dtype=bool)
    while there.any():
        now = now + rng.exponential(1 / rate)
        there &= now <= 52 + YEAR
        amount = rng.gamma(SPEND["p"], 1 / scale)
        early, late = there & (now <= 52), there & (now > 52)
        x, money = x + early, money + early * amount
        t = np.where(early, now, t)
        value += np.where(late, amount * 1.1 ** (-(now - 52) / YEAR), 0.0)
        there &= rng.random(n) >= leaves
    table = pd.DataFrame({"frequency": x.astype(int), "recency": t, "T": 52.0})
    return table.assign(monetary_value=np.where(x > 0, money / np.maximum(x, 1), np.nan)), value


@pytest.fixture(scope="module")
def lives():
    """Return 6,000 simulated customers and what each spent in the year after."""
    return _lives(6000, 3)


@pytest.fixture(scope="module")
def models(lives):
    """Return the models fitted to the first year."""
    return fit_bg_nbd(lives[0], time_unit="week"), fit_gamma_gamma(lives[0])


@pytest.mark.checks("clv.customer_value_interval", kind="recovery")
def test_it_holds_what_single_customers_spend(lives, models):
    """The 90 % interval of one customer's value holds at least 90 % of what 2,000 simulated customers spend, also of those with four purchases or more."""
    table, value = lives[0].head(2000), lives[1][:2000]
    ends = customer_value_interval(*models, table, rng=np.random.default_rng(1), confidence=0.9, draws=600)
    inside = (ends["low"] <= value) & (value <= ends["high"] + 1e-9)
    often = table["frequency"] >= 4
    assert 0.9 - 3 * np.sqrt(0.09 / 2000) < inside.mean() < 0.98
    assert 0.9 - 3 * np.sqrt(0.09 / often.sum()) < inside[often].mean() < 0.96


@pytest.mark.checks("clv.customer_value_interval", kind="second", against="simulation")
def test_ends_are_those_of_customers_with_the_same_history():
    """Of 200,000 customers simulated purchase by purchase, those with the same history spend up to the upper end in nine cases of ten, to 5 %, and the mean."""
    table, value = _lives(200_000, 8)
    like = (
        (table["frequency"] == 3) & table["recency"].between(43, 47) & table["monetary_value"].between(27, 33)
    )
    bg_nbd = fit_bg_nbd(table, time_unit="week")
    one = pd.DataFrame({"frequency": [3], "recency": [45.0], "T": [52.0], "monetary_value": [30.0]})
    ends = customer_value_interval(
        bg_nbd, fit_gamma_gamma(table), one, rng=np.random.default_rng(1), draws=20_000, confidence=0.8
    )
    assert like.sum() > 150
    found = value[like]
    assert ends["high"].iloc[0] == pytest.approx(np.quantile(found, 0.9), rel=0.05)
    assert ends["mean"].iloc[0] == pytest.approx(found.mean(), abs=3 * found.std() / np.sqrt(like.sum()))


@pytest.mark.checks(
    "clv.customer_value_interval", kind="second", against="crmlab.clv.customer_lifetime_value"
)
@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_mbg_nbd, fit_pareto_nbd])
def test_the_mean_is_the_expected_value(lives, fit):
    """With each of the three models of purchases, the mean of the draws is the expected value of twenty customers, within 4 % of their sum."""
    table = lives[0]
    purchases, spend = fit(table, time_unit="week"), fit_gamma_gamma(table)
    who = table[table["frequency"] > 1].head(20)
    expected = customer_lifetime_value(purchases, spend, who, margin=0.3, horizon_months=24).table["clv"]
    ends = customer_value_interval(
        purchases, spend, who, margin=0.3, horizon_months=24, rng=np.random.default_rng(2), draws=4000
    )
    assert ends["mean"].sum() == pytest.approx(expected.sum(), rel=0.04)


@pytest.mark.checks("clv.customer_value_interval", kind="invariant")
@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1.0), st.floats(1e-4, 1e8), st.integers(0, 50))
def test_units_and_margin_scale_the_ends(models, margin, unit, seed):
    """Margin and unit of money scale the ends and nothing else; ends are in order, and customers of another order get their own."""
    purchases, spend = models
    who = pd.DataFrame(
        {"frequency": [0, 3, 10_000], "recency": [0.0, 40, 52], "T": 52.0, "monetary_value": [np.nan, 30, 9]},
        index=["a", "b", "c"],
    )
    base = customer_value_interval(purchases, spend, who, rng=np.random.default_rng(seed), draws=50)
    table = who.assign(monetary_value=who["monetary_value"] * unit)
    scaled_spend = spend.at(spend.log_parameters + np.array([0, 0, np.log(unit)]))
    scaled = customer_value_interval(
        purchases, scaled_spend, table, rng=np.random.default_rng(seed), draws=50, margin=margin
    )
    np.testing.assert_allclose(scaled, base * unit * margin, rtol=1e-9)
    assert (base["low"] <= base["median"]).all()
    assert (base["median"] <= base["high"]).all()
    assert np.isfinite(base).all(axis=None)
    assert base.index.tolist() == ["a", "b", "c"]


def test_what_is_refused(models, lives):
    """No draws, a margin of 30, a model without unit and repeat buyers without value are told."""
    table = lives[0].head(3)
    rng = np.random.default_rng(1)
    with pytest.raises(ParameterError, match="draws"):
        customer_value_interval(*models, table, rng=rng, draws=0)
    with pytest.raises(ParameterError, match="margin"):
        customer_value_interval(*models, table, rng=rng, margin=30)
    with pytest.raises(ParameterError, match="time unit"):
        customer_value_interval(fit_bg_nbd(lives[0]), models[1], table, rng=rng)
    with pytest.raises(DataError, match="no monetary value"):
        customer_value_interval(*models, lives[0].assign(monetary_value=np.nan), rng=rng)
