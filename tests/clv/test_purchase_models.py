"""Tests of what BG/NBD, MBG/NBD and Pareto/NBD offer alike: the next purchase, the outlook, hold-out, intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from crmlab.clv import (
    customer_lifetime_value,
    expected_vs_actual_frequency,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    validate_holdout,
)
from crmlab.clv._guard import histories
from crmlab.clv._simulate import simulate_histories
from crmlab.clv._simulate_leaving import simulate_mbg_nbd, simulate_pareto_nbd
from crmlab.clv.outlook import customer_outlook
from crmlab.errors import FitError, ParameterError

FITS = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}
TRUTH = {
    "bg_nbd": (0.5, 4.0, 0.8, 2.5),
    "mbg_nbd": (0.8, 6.0, 0.8, 2.5),
    "pareto_nbd": (0.7, 8.0, 0.6, 12.0),
}


def draw(name: str, size: int, *, seed: int, months_ahead: float = 0.0) -> pd.DataFrame:
    """Return histories of 52 weeks drawn from a model's own process, with amounts."""
    rng = np.random.default_rng(seed)
    T = np.full(size, 52.0 + months_ahead)
    if name == "bg_nbd":
        return simulate_histories(T, rng=rng, bg_nbd=TRUTH[name])
    simulate = simulate_mbg_nbd if name == "mbg_nbd" else simulate_pareto_nbd
    table = simulate(T, TRUTH[name], rng=rng)
    x = np.maximum(table["frequency"], 1)
    nu = rng.gamma(4.0, 1 / 15.0, size)
    money = rng.gamma(6.0 * x) / (nu * x)
    return table.assign(monetary_value=np.where(table["frequency"] > 0, money, np.nan))


@pytest.fixture(scope="module", params=list(FITS))
def case(request):
    """Return a model's name, 3,000 customers drawn from it, and the model fitted to them."""
    table = draw(request.param, 3000, seed=21)
    return request.param, table, FITS[request.param](table, time_unit="week")


def by_integration(name, p, history, horizon) -> float:
    """Return the probability of a purchase by integrating the likelihood of each customer's own rates."""
    (r, alpha, third, fourth), (x, t, T) = p, history

    def rate(u):
        """Return lambda and the density of its gamma distribution, up to a constant."""
        lam = u / (1 - u)
        return lam, lam ** (r - 1) * np.exp(-alpha * lam) / (1 - u) ** 2

    def bg(u, leave, *, future):
        lam, density = rate(u)
        tosses = x if name == "bg_nbd" else x + 1
        there = lam**x * (1 - leave) ** tosses * np.exp(-lam * T)
        if future:
            there *= -np.expm1(-lam * horizon)
        gone = 0.0
        if not future and (x > 0 or name == "mbg_nbd"):
            gone = lam**x * leave * (1 - leave) ** (tosses - 1) * np.exp(-lam * t)
        return density * leave ** (third - 1) * (1 - leave) ** (fourth - 1) * (there + gone)

    def pareto(u, v, *, future):
        lam, density = rate(u)
        mu = v / (1 - v)
        density *= mu ** (third - 1) * np.exp(-fourth * mu) / (1 - v) ** 2
        both = lam + mu
        if future:
            first = -np.expm1(-both * horizon) * lam / both
            return density * lam**x * np.exp(-both * T) * first
        gone = mu / both * (np.exp(-both * t) - np.exp(-both * T))
        return density * lam**x * (np.exp(-both * T) + gone)

    of = pareto if name == "pareto_nbd" else bg
    top, bottom = (
        dblquad(lambda u, v, f=future: of(u, v, future=f), 0, 1, 0, 1, epsabs=1e-13, epsrel=1e-7)[0]
        for future in (True, False)
    )
    return top / bottom


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second", against="numerical integration"
)
@pytest.mark.parametrize("history", [(0, 0.0, 9.0), (2, 3.0, 9.0), (5, 8.5, 9.0)])
def test_next_purchase_by_integration(case, history):
    """The probability of a purchase within a horizon is the double integral over each customer's own rates, to 6 digits."""
    p = {"bg_nbd": (1.5, 4.0, 1.4, 2.5), "mbg_nbd": (1.5, 4.0, 1.4, 2.5), "pareto_nbd": (1.7, 8.0, 1.6, 12.0)}
    name, (x, t, T) = case[0], history
    table = pd.DataFrame({"frequency": [x], "recency": [t], "T": [T]})
    got = case[2].at(np.log(p[name])).probability_of_purchase(6.0, table)[0]
    assert got == pytest.approx(by_integration(name, p[name], history, 6.0), rel=1e-6)


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second", against="simulation"
)
def test_next_purchase_by_simulation(case):
    """The probability of a purchase within half a year is the share of simulated customers who buy, history by history."""
    _, table, model = case
    some = table.drop_duplicates(["frequency", "recency"]).head(80)
    theta = np.tile(model.log_parameters, (6000, 1))
    bought = model.simulate(histories(some), 26.0, theta, np.random.default_rng(6)) > 0
    expected = model.probability_of_purchase(26.0, some).to_numpy()
    error = np.sqrt(expected * (1 - expected) / 6000)
    assert (np.abs(bought.mean(axis=0) - expected) < 4.5 * error + 1e-9).all()


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="trap", against="overflow"
)
def test_next_purchase_at_ten_thousand(case):
    """At 10,000 purchases the probability of the next one is finite, and near certain for who is there, near 0 for who is gone."""
    table = pd.DataFrame({"frequency": [10_000, 10_000], "recency": [38.999, 1.0], "T": [39.0, 39.0]})
    got = case[2].probability_of_purchase(1.0, table)
    assert got[0] > 0.9
    assert got[1] < 1e-6
    tiny = case[2].probability_of_purchase(1e-12, table)[0]
    rate = (case[2].r + 10_000) / (case[2].alpha + 39.0)
    alive = case[2].probability_alive(table)[0]
    assert tiny == pytest.approx(alive * rate * 1e-12, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(0.05, 20.0)] * 4),
    st.tuples(st.integers(0, 3000), st.floats(0.01, 1.0), st.floats(0.1, 500.0)),
    st.floats(0.01, 300.0),
)
@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="invariant")
def test_next_purchase_stays_in_bounds(case, parameters, history, horizon):
    """The probability of a purchase rises with the horizon, and stays below that of being there and below the expected number."""
    model = case[2].at(np.log(parameters))
    x, share, T = history
    table = pd.DataFrame({"frequency": [x], "recency": [share * T if x else 0.0], "T": [T]})
    short, long = (model.probability_of_purchase(h, table)[0] for h in (horizon, 2 * horizon))
    assert 0 <= short <= long * (1 + 1e-9)
    assert long <= model.probability_alive(table)[0] * (1 + 1e-9)
    assert short <= model.expected_purchases(horizon, table)[0] * (1 + 1e-7)


@pytest.mark.checks("clv.customer_outlook", kind="second", against="crmlab.clv.customer_lifetime_value")
def test_outlook_of_every_model(case):
    """For each of the three models the outlook's total, interval and purchases are those of the value and of the model."""
    _, table, model = case
    spend = fit_gamma_gamma(table)
    ahead = customer_outlook(model, spend, table, rng=np.random.default_rng(5))
    value = customer_lifetime_value(model, spend, table)
    totals = ahead.totals.set_index("measure")
    assert totals.loc["value", ["estimate", "low", "high"]].tolist() == pytest.approx(
        [value.total, value.total_low, value.total_high], rel=1e-6
    )
    weeks = 12 * 30.4375 / 7
    known = model.expected_purchases_interval(weeks, table).set_index("measure").loc["total"]
    assert totals.loc["purchases", ["estimate", "low", "high"]].tolist() == pytest.approx(
        known[["estimate", "low", "high"]].tolist(), rel=1e-6
    )
    assert totals.loc["active", "estimate"] == pytest.approx(model.probability_alive(table).sum())
    assert totals.loc["buyers", "estimate"] == pytest.approx(
        model.probability_of_purchase(weeks, table).sum()
    )
    assert (totals["actual_low"] <= totals["estimate"]).all()
    assert (totals["estimate"] <= totals["actual_high"]).all()
    assert ahead.months["revenue"].to_numpy() == pytest.approx(ahead.revenue)


@pytest.mark.checks("clv.customer_outlook", kind="recovery")
def test_outlook_covers_what_comes(case):
    """Of customers simulated from each model, the buyers and purchases of the next half year lie where the outlook says."""
    name, _, model = case
    rng, covered, rounds = np.random.default_rng(7), 0, 8
    for i in range(rounds):
        table = draw(name, 800, seed=100 + i)
        fitted = FITS[name](table, time_unit="week", penalty=0.01)
        ahead = customer_outlook(fitted, fit_gamma_gamma(table), table, rng=rng, horizon_months=6)
        truth = np.log(TRUTH[name])[None, :]
        came = model.simulate(histories(table), 6 * 30.4375 / 7, truth, rng)[0]
        totals = ahead.totals.set_index("measure")
        for measure, actual in (("buyers", (came > 0).sum()), ("purchases", came.sum())):
            covered += totals.loc[measure, "actual_low"] <= actual <= totals.loc[measure, "actual_high"]
    assert covered >= 2 * rounds - 4


@pytest.mark.checks("clv.validate_holdout", "clv.expected_vs_actual_frequency", kind="invariant")
def test_holdout_and_frequencies_of_every_model(case, cdnow, summary):
    """Hold-out validation and frequency tables take each of the three models, and all customers are in them."""
    name = case[0]
    held = validate_holdout(cdnow, calibration_end="1997-09-30", observation_end="1998-06-30", fit=FITS[name])
    errors = held.errors.set_index("rule")
    assert errors.loc["model", "rmse"] < errors.loc["same_rate", "rmse"]
    counted = expected_vs_actual_frequency(held.model, summary)
    assert counted["actual"].sum() == 2357
    assert counted["expected"].sum() == pytest.approx(2357)


@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="recovery")
def test_predictive_intervals_of_every_model(case):
    """The 90 % predictive interval of one customer holds at least 90 % of simulated customers' purchases, in each of the three models."""
    _, table, model = case
    rng = np.random.default_rng(3)
    came = model.simulate(histories(table), 20.0, model.log_parameters[None, :], rng)[0]
    got = model.predictive_interval(20.0, table, rng=rng, draws=300, confidence=0.9)
    inside = (got["low"] <= came) & (came <= got["high"])
    assert inside.mean() > 0.9
    assert got["mean"].sum() == pytest.approx(model.expected_purchases(20.0, table).sum(), rel=0.05)


def alike(frequency, recency, T) -> pd.DataFrame:
    """Return a customer table."""
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="trap", against="non-convergence"
)
@pytest.mark.parametrize(
    ("table", "match"),
    [
        (alike([3], [2.0], [4.0]), "One customer only"),
        (alike([0] * 50, [0.0] * 50, np.arange(1.0, 51.0)), "None of the 50 customers bought again"),
        (alike([5] * 100, [9.9] * 100, [10.0] * 100), "no maximum"),
        (alike([1] * 200, np.linspace(1, 9, 200), [10.0] * 200), "no maximum"),
    ],
)
@pytest.mark.parametrize("name", list(FITS))
def test_data_that_cannot_tell(name, table, match):
    """One customer, customers of whom nobody bought again and customers who are all alike end in an error that says so, never in estimates."""
    with pytest.raises(FitError, match=match) as caught:
        FITS[name](table)
    assert caught.value.hint


@pytest.mark.checks(
    "clv.fit_bg_nbd",
    "clv.fit_mbg_nbd",
    "clv.fit_pareto_nbd",
    "clv.customer_lifetime_value",
    "clv.customer_outlook",
    kind="trap",
    against="overflow",
)
def test_everything_is_finite_at_ten_thousand(case):
    """With a customer of 10,000 purchases among them, estimates, predictions, value, outlook and predictive intervals are finite in each of the three models."""
    name, table, _ = case
    rng = np.random.default_rng(4)
    many = pd.DataFrame(
        {
            "frequency": [10_000, 10_000],
            "recency": [51.99, 20.0],
            "T": 52.0,
            "monetary_value": [30.0, 40.0],
        }
    )
    table = pd.concat([table, many], ignore_index=True)
    model, spend = FITS[name](table, time_unit="week"), fit_gamma_gamma(table)
    assert np.isfinite(model.summary().drop(columns="parameter").to_numpy(float)).all()
    ahead = customer_outlook(model, spend, table, rng=rng)
    value = customer_lifetime_value(model, spend, table)
    interval = model.predictive_interval(26.0, table.tail(3), rng=rng, draws=100)
    for found in (ahead.customers, ahead.totals.drop(columns="measure"), ahead.months, value.table, interval):
        assert np.isfinite(found.to_numpy(float)).all()
    assert np.isfinite([value.total, value.total_se, value.total_low, value.total_high]).all()
    assert interval.iloc[1]["median"] > 100
    assert interval.iloc[2]["high"] == 0


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="trap", against="one-time buyers"
)
def test_one_time_buyers(case):
    """Of two one-time buyers the one of long ago is less likely to buy again in each model, and less likely to be there in MBG/NBD and Pareto/NBD; BG/NBD takes both for active."""
    name, _, model = case
    two = alike([0, 0], [0.0, 0.0], [2.0, 52.0])
    alive, again = model.probability_alive(two), model.probability_of_purchase(26.0, two)
    assert again[1] < again[0]
    assert alive[1] == 1 if name == "bg_nbd" else alive[1] < alive[0] < 1


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second", against="numerical integration"
)
@pytest.mark.parametrize("shapes", [None, (1.0, 1.0), (0.3, 0.6), (2.5, 1.0)])
def test_discounted_purchases_without_end(case, shapes):
    """Discounted purchases without end are the limit of purchases discounted step by step over 400 years, to 3 digits, in each of the three models."""
    _, table, model = case
    if shapes is not None:
        theta = model.log_parameters
        theta[2:] = np.log(shapes)
        model = model.at(theta)
    some = table.drop_duplicates(["frequency"]).head(6)
    ever = model.discounted_residual_transactions(some, discount_rate_annual=0.15)
    delta = np.log(1.15) / (365.25 / 7)
    times = np.concatenate([np.arange(0.25, 520.1, 0.25), np.geomspace(522, 20_800, 500)])
    middle = (times + np.append(0.0, times[:-1])) / 2
    plain = model.discounted_expected_purchases(times, np.exp(-delta * middle), some)
    np.testing.assert_allclose(ever, plain, rtol=1e-3)


@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="invariant")
def test_discounted_purchases_fall_with_the_rate(case):
    """Discounted purchases without end fall with the discount rate, are finite at 10,000 purchases, and at a tiny rate exceed those of a century."""
    _, table, model = case
    some = pd.concat([table.head(40), alike([10_000], [51.9], [52.0])], ignore_index=True)
    found = [
        model.discounted_residual_transactions(some, discount_rate_annual=rate)
        for rate in (0.01, 0.1, 0.5, 5.0)
    ]
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=0) <= 0).all()
    century = model.expected_purchases(5200.0, some)
    assert (model.discounted_residual_transactions(some, discount_rate_annual=1e-6) > century * 0.999).all()
    with pytest.raises(ParameterError, match="above 0"):
        model.discounted_residual_transactions(some, discount_rate_annual=0.0)
