"""Tests of what lies ahead of the customers: counts, purchases, months and their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import customer_lifetime_value, fit_bg_nbd, fit_gamma_gamma
from crmlab.clv._guard import histories
from crmlab.clv._simulate import simulate_histories
from crmlab.clv.mean_spend import fit_mean_spend
from crmlab.clv.outlook import customer_outlook
from crmlab.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def models():
    """Return a table of 1,500 simulated customers, and both models fitted to it."""
    table = simulate_histories(np.full(1500, 52.0), rng=np.random.default_rng(4), step=1 / 7)
    return table, fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table)


@pytest.fixture(scope="module")
def ahead(models):
    """Return the outlook of these customers over 12 months, reaching to 24."""
    table, purchases, spend = models
    return customer_outlook(purchases, spend, table, rng=np.random.default_rng(5), longest_months=24)


def test_total_and_interval_are_those_of_the_value(models, ahead):
    """The total, its interval, and totals of other horizons and rates agree with customer_lifetime_value."""
    table, purchases, spend = models
    value = customer_lifetime_value(purchases, spend, table)
    row = ahead.totals.set_index("measure").loc["value"]
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx(
        [value.total, value.total_low, value.total_high], rel=1e-6
    )
    other = customer_lifetime_value(purchases, spend, table, horizon_months=24, discount_rate_annual=0.2)
    assert ahead.total(24, 0.2) == pytest.approx(other.total)


def test_purchases_and_their_interval(models, ahead):
    """Expected purchases and their interval are those of the model; the months add up to them."""
    table, purchases, _ = models
    weeks = 12 * 30.4375 / 7
    known = purchases.expected_purchases_interval(weeks, table).set_index("measure").loc["total"]
    row = ahead.totals.set_index("measure").loc["purchases"]
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx(
        known[["estimate", "low", "high"]].tolist()
    )
    assert ahead.months["purchases"].sum() == pytest.approx(row["estimate"])


@pytest.mark.checks("clv.customer_outlook", kind="second", against="simulation")
def test_who_buys_again_agrees_with_simulation(models, ahead):
    """The probability of a purchase within a year is the share of simulated customers who buy."""
    table, purchases, _ = models
    some = table.head(60)
    theta = np.tile(purchases.log_parameters, (4000, 1))
    weeks = 12 * 30.4375 / 7
    bought = purchases.simulate(histories(some), weeks, theta, np.random.default_rng(6)) > 0
    expected = ahead.customers["buys_again"].to_numpy()[:60]
    assert bought.mean(axis=0) == pytest.approx(expected, abs=0.04)


@pytest.mark.checks("clv.customer_outlook", kind="invariant")
def test_counts_hold_chance(models, ahead):
    """Outcomes of counts are whole numbers within the customers, as wide as a sum of unequal coins says."""
    totals = ahead.totals.set_index("measure")
    alive = ahead.customers["probability_alive"].to_numpy()
    row = totals.loc["active"]
    assert row["estimate"] == pytest.approx(alive.sum())
    assert row["actual_low"] == int(row["actual_low"])
    assert row["actual_low"] <= row["low"]
    assert row["high"] <= row["actual_high"] <= len(alive)
    once = int((models[0]["frequency"] == 0).sum())
    assert totals.loc["active_repeat", "estimate"] == pytest.approx(alive.sum() - once)
    spread = (totals.loc["buyers", "actual_high"] - totals.loc["buyers", "actual_low"]) / (2 * 1.96)
    again = ahead.customers["buys_again"].to_numpy()
    known = (totals.loc["buyers", "high"] - totals.loc["buyers", "low"]) / (2 * 1.96)
    assert spread == pytest.approx(np.hypot(known, np.sqrt((again * (1 - again)).sum())), rel=0.1)


@pytest.mark.checks("clv.customer_outlook", kind="recovery")
def test_outcomes_cover_what_comes():
    """The interval of actual purchases covers what simulated customers really buy in at least 13 of 16 customer bases."""
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(16):
        whole = simulate_histories(np.full(400, 78.0), rng=rng)
        # What a customer does after T is simulated from the truth, so the fit is not told about it.
        model = fit_bg_nbd(whole, time_unit="week")
        ahead = customer_outlook(model, fit_gamma_gamma(whole), whole, rng=rng, horizon_months=6)
        truth = np.tile(np.log([0.5, 4.0, 0.8, 2.5]), (1, 1))
        came = int(model.simulate(histories(whole), 6 * 30.4375 / 7, truth, rng).sum())
        row = ahead.totals.set_index("measure").loc["purchases"]
        covered += row["actual_low"] <= came <= row["actual_high"]
    assert covered >= 13


def test_nobody_leaves():
    """Where all are there for certain, the interval of the count does not leave the number of customers."""
    table = pd.DataFrame({"frequency": [0, 0, 0, 0], "recency": 0.0, "T": 20.0, "monetary_value": np.nan})
    fitted = simulate_histories(np.full(800, 52.0), rng=np.random.default_rng(8))
    model, spend = fit_bg_nbd(fitted, time_unit="week"), fit_gamma_gamma(fitted)
    totals = customer_outlook(model, spend, table, rng=np.random.default_rng(9)).totals.set_index("measure")
    assert totals.loc["active"].tolist() == [4.0] * 5
    assert totals.loc["active_repeat"].tolist() == [0.0] * 5


def test_a_month_needs_a_unit(models):
    """A model without a time unit cannot place a month; a horizon beyond the outlook is refused."""
    table, _, spend = models
    with pytest.raises(ParameterError, match="time unit"):
        customer_outlook(fit_bg_nbd(table), spend, table, rng=np.random.default_rng(1))


def test_outlook_has_an_end(ahead):
    """A total beyond the longest horizon is refused."""
    with pytest.raises(ParameterError, match="24 months"):
        ahead.total(25, 0.1)


def test_mean_spend_against_a_bootstrap():
    """The standard error of the mean spend is that of a bootstrap of the customers."""
    rng = np.random.default_rng(10)
    x = rng.integers(0, 6, 400)
    table = pd.DataFrame({"frequency": x, "total_value": (x + 1) * rng.gamma(4, 5, 400)})
    model = fit_mean_spend(table)
    draws = rng.integers(0, 400, (2000, 400))
    means = table["total_value"].to_numpy()[draws].sum(1) / (x + 1)[draws].sum(1)
    assert model.mean == pytest.approx(table["total_value"].sum() / (x + 1).sum())
    assert model.standard_errors["mean"] == pytest.approx(means.std(), rel=0.08)


def test_mean_spend_in_the_place_of_gamma_gamma(models):
    """With the mean for everybody, value is the mean times discounted purchases, with an interval."""
    table, purchases, _ = models
    table = table.assign(total_value=30.0 * (table["frequency"] + 1))
    mean = fit_mean_spend(table)
    value = customer_lifetime_value(purchases, mean, table)
    ahead = customer_outlook(purchases, mean, table, rng=np.random.default_rng(2))
    assert (value.table["expected_spend"] == 30.0).all()
    row = ahead.totals.set_index("measure").loc["value"]
    assert row["estimate"] == pytest.approx(value.total)
    assert row["actual_low"] < row["low"] < value.total < row["high"] < row["actual_high"]


def test_worthless_purchases_have_no_mean():
    """Purchases that are worth nothing in sum are an error that says so."""
    with pytest.raises(DataError, match="worth"):
        fit_mean_spend(pd.DataFrame({"frequency": [1, 2], "total_value": [5.0, -6.0]}))
