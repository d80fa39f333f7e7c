"""Tests of covariates in the models of purchases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import dblquad
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import chi2

from crmlab.clv import (
    customer_lifetime_value,
    customer_outlook,
    expected_vs_actual_frequency,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    validate_holdout,
)
from crmlab.clv._bg_nbd_likelihood import bg_nbd_log_likelihood
from crmlab.clv._bg_nbd_rows import bg_nbd_rows, mbg_nbd_rows
from crmlab.clv._collapse import collapse
from crmlab.clv._covariates import with_kinds
from crmlab.clv._effect_likelihood import cells, scaled_log_likelihood
from crmlab.clv._guard import histories
from crmlab.clv._mbg_nbd_likelihood import collapse_all, mbg_nbd_log_likelihood
from crmlab.clv._pareto_nbd_likelihood import pareto_nbd_log_likelihood
from crmlab.clv._pareto_nbd_rows import pareto_nbd_rows
from crmlab.clv._simulate import simulate_histories
from crmlab.clv._simulate_leaving import simulate_mbg_nbd, simulate_pareto_nbd
from crmlab.errors import DataError, FitError, ParameterError

FITS = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}
ROWS = {"bg_nbd": bg_nbd_rows, "mbg_nbd": mbg_nbd_rows, "pareto_nbd": pareto_nbd_rows}
PLAIN = {
    "bg_nbd": (bg_nbd_log_likelihood, collapse),
    "mbg_nbd": (mbg_nbd_log_likelihood, collapse_all),
    "pareto_nbd": (pareto_nbd_log_likelihood, collapse_all),
}
TRUTH = {
    "bg_nbd": (0.8, 6.0, 0.8, 2.5),
    "mbg_nbd": (0.8, 6.0, 0.8, 2.5),
    "pareto_nbd": (0.8, 8.0, 0.7, 12.0),
}
#: Coefficients of `club` (0, 1) and `age` (years) that the simulated customers have.
CLUB, AGE, LEAVE = 0.6, -0.02, 0.8


def draw(name: str, size: int, *, seed: int = 1, T: float = 60.0) -> pd.DataFrame:
    """Return customers whose rates depend on `club` and `age`, and whose leaving depends on `club`."""
    rng = np.random.default_rng(seed)
    club, age = rng.integers(0, 2, size), rng.integers(20, 70, size)
    parts, at = [], np.arange(size)
    for one in (0, 1):
        for years in np.unique(age):
            who = at[(club == one) & (age == years)]
            r, alpha, third, fourth = TRUTH[name]
            alpha *= np.exp(-CLUB * one - AGE * years)
            end = np.full(len(who), T)
            if name == "pareto_nbd":
                found = simulate_pareto_nbd(end, (r, alpha, third, fourth * np.exp(-LEAVE * one)), rng=rng)
            elif name == "mbg_nbd":
                found = simulate_mbg_nbd(end, (r, alpha, third * np.exp(LEAVE * one), fourth), rng=rng)
            else:
                p = (r, alpha, third * np.exp(LEAVE * one), fourth)
                found = simulate_histories(end, rng=rng, bg_nbd=p).drop(columns="monetary_value")
            parts.append(found.assign(club=one, age=years).set_index(who))
    return pd.concat(parts).sort_index()


@pytest.fixture(scope="module", params=list(FITS))
def case(request):
    """Return a model's name, 4,000 customers, and the model fitted with their covariates."""
    table = draw(request.param, 4000)
    model = FITS[request.param](
        table, time_unit="week", purchase_covariates=["club", "age"], dropout_covariates=["club"]
    )
    return request.param, table, model


@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="recovery")
@pytest.mark.parametrize("name", list(FITS))
def test_recovery(name):
    """Coefficients of two covariates and the parameters of 20,000 simulated customers are found again within 3.5 standard errors."""
    table = draw(name, 20_000, seed=4)
    model = FITS[name](table, purchase_covariates=["club", "age"], dropout_covariates=["club"])
    true = list(TRUTH[name]) + [CLUB, AGE, LEAVE] + ([0.0] if name != "pareto_nbd" else [])
    z = (model.parameters - true) / model.standard_errors
    assert z.abs().max() < 3.5
    assert model.covariate_test()["p_value"][0] < 1e-10


@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="invariant")
@pytest.mark.parametrize("name", list(FITS))
def test_no_effect_is_the_plain_model(name, summary):
    """With all coefficients 0 the likelihood, its gradient and Hessian are those of the model without covariates, to 10 digits."""
    h = histories(summary)
    plain, collapsed = PLAIN[name][0], PLAIN[name][1](h)
    z = np.random.default_rng(2).normal(size=(len(h), 2))
    c = cells(with_kinds(h, z))
    blocks = [(1, -1.0, np.array([0, 1])), (3, 1.0, np.array([1]))]
    theta = np.array([-0.7, 1.9, -0.3, 0.8])
    value, gradient, hessian = scaled_log_likelihood(ROWS[name](c), c.z, c.w, blocks)(
        np.concatenate([theta, np.zeros(3)])
    )
    expected = plain(collapsed)(theta)
    assert value == pytest.approx(expected[0], rel=1e-11)
    np.testing.assert_allclose(gradient[:4], expected[1], rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(hessian[:4, :4], expected[2], rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("name", list(FITS))
def test_derivatives(name, agree_with_differences):
    """Gradient and Hessian in parameters and coefficients are those of finite differences."""
    table = pd.concat(
        [draw(name, 300), pd.DataFrame({"frequency": [10_000], "recency": [59.0], "T": [60.0]})]
    )
    h = histories(table)
    c = cells(with_kinds(h, np.random.default_rng(3).normal(size=(len(h), 2))))
    blocks = [(1, -1.0, np.array([0, 1])), (2, 1.0, np.array([0])), (3, 1.0, np.array([1, 0]))]
    objective = scaled_log_likelihood(ROWS[name](c), c.z, c.w, blocks)
    phi = np.array([-0.3, 1.6, -0.2, 1.1, 0.3, -0.2, 0.15, 0.1, -0.3])
    agree_with_differences(objective, phi, rtol=1e-5, slack=1e-6)


def by_integration(name, p, history) -> float:
    """Return the likelihood of a history by integrating over the customer's own rates."""
    (r, alpha, third, fourth), (x, t, T) = p, history
    gamma_lam = r * np.log(alpha) - gammaln(r)
    of_gamma = third * np.log(fourth) - gammaln(third)
    other = of_gamma if name == "pareto_nbd" else -betaln(third, fourth)

    def of(u, v):
        lam = u / (1 - u)
        density = np.exp(gamma_lam + other - alpha * lam) * lam ** (r - 1 + x) / (1 - u) ** 2
        if name == "pareto_nbd":
            mu = v / (1 - v)
            density *= mu ** (third - 1) * np.exp(-fourth * mu) / (1 - v) ** 2
            gone = mu / (lam + mu) * (np.exp(-(lam + mu) * t) - np.exp(-(lam + mu) * T))
            return density * (np.exp(-(lam + mu) * T) + gone)
        tosses = x if name == "bg_nbd" else x + 1
        density *= v ** (third - 1) * (1 - v) ** (fourth - 1)
        gone = v * (1 - v) ** (tosses - 1) * np.exp(-lam * t) if tosses else 0.0
        return density * ((1 - v) ** tosses * np.exp(-lam * T) + gone)

    return dblquad(of, 0, 1, 0, 1, epsabs=1e-13, epsrel=1e-8)[0]


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second", against="numerical integration"
)
@pytest.mark.parametrize("name", list(FITS))
def test_likelihood_by_integration(name):
    """With one binary covariate, the likelihood of four histories is the double integral over each customer's rates, to 6 digits."""
    table = pd.DataFrame(
        {
            "frequency": [0, 2, 0, 3],
            "recency": [0.0, 4.0, 0.0, 8.0],
            "T": [9.0, 9.0, 5.0, 9.0],
            "club": [0, 1, 1, 0],
        }
    )
    c = cells(with_kinds(histories(table), table[["club"]].to_numpy(float)))
    base, coefficients = (1.6, 5.0, 1.4, 2.5), (0.5, -0.4, 0.3)
    blocks = [(1, -1.0, np.array([0])), (2, 1.0, np.array([0])), (3, 1.0, np.array([0]))]
    got = scaled_log_likelihood(ROWS[name](c), c.z, c.w, blocks)(
        np.concatenate([np.log(base), coefficients])
    )[0]
    expected = 0.0
    for row in table.itertuples():
        p = np.array(base) * np.exp(np.array([0, -0.5, -0.4, 0.3]) * row.club)
        expected += np.log(by_integration(name, p, (row.frequency, row.recency, row.T)))
    assert got == pytest.approx(expected, rel=1e-6)


@pytest.mark.checks(
    "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second", against="scipy.optimize"
)
def test_second_optimiser(case):
    """From the start without covariates, BFGS of scipy finds the same coefficients to 3 digits and no higher likelihood."""
    name, table, model = case
    z = table[["club", "age"]].to_numpy(float)
    z[:, 1] = (z[:, 1] - 45) / 15
    c = cells(with_kinds(histories(table), z))
    blocks = [(1, -1.0, np.array([0, 1]))]
    blocks += (
        [(3, -1.0, np.array([0]))]
        if name == "pareto_nbd"
        else [
            (2, 1.0, np.array([0])),
            (3, 1.0, np.array([0])),
        ]
    )
    objective = scaled_log_likelihood(ROWS[name](c), c.z, c.w, blocks)
    start = np.concatenate([FITS[name](table).log_parameters, np.zeros(sum(len(b[2]) for b in blocks))])
    found = minimize(lambda v: -objective(v)[0] / 1000, start, method="BFGS", options={"gtol": 1e-8})
    theirs = found.x[4:].copy()
    theirs[1] /= 15
    np.testing.assert_allclose(model.effects.coefficients, theirs, rtol=1e-3, atol=1e-4)
    assert model.log_likelihood >= -found.fun * 1000 - 1e-6
    assert model.log_likelihood == pytest.approx(-found.fun * 1000, abs=1e-2)


@pytest.mark.checks("clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="invariant")
def test_units_change_nothing_but_units(case):
    """Other units of time and of a covariate, another zero and other order of rows change nothing but units."""
    name, table, model = case
    other = table.sample(frac=1, random_state=1)
    other = other.assign(
        recency=other["recency"] * 7, T=other["T"] * 7, age=(other["age"] - 45) / 10, club=other["club"] == 1
    )
    got = FITS[name](other, time_unit="day", purchase_covariates=["club", "age"], dropout_covariates=["club"])
    scale = np.ones(len(model.parameters))
    scale[5] = 10  # age in decades
    np.testing.assert_allclose(got.effects.coefficients, (model.parameters * scale)[4:], rtol=1e-5)
    np.testing.assert_allclose(got.standard_errors[4:], (model.standard_errors * scale)[4:], rtol=1e-4)
    assert got.r == pytest.approx(model.r, rel=1e-6)
    assert got.alpha == pytest.approx(
        7 * model.alpha * np.exp(-45 * model.parameters["purchase[age]"]), rel=1e-5
    )
    np.testing.assert_allclose(
        got.expected_purchases(182, other).sort_index(), model.expected_purchases(26, table), rtol=1e-5
    )
    test, same = got.covariate_test(), model.covariate_test()
    assert test["statistic"][0] == pytest.approx(same["statistic"][0], abs=1e-4)


def test_summary_and_test(case):
    """The summary lists coefficients with symmetric intervals; the likelihood-ratio test is chi-squared against the plain fit."""
    name, table, model = case
    rows = model.summary().set_index("parameter")
    assert rows.index[4:].tolist() == [
        "purchase[club]",
        "purchase[age]",
        *(["dropout[club]"] if name == "pareto_nbd" else ["dropout_a[club]", "dropout_b[club]"]),
    ]
    own = rows.iloc[4:]
    np.testing.assert_allclose((own["low"] + own["high"]) / 2, own["estimate"])
    assert (rows["low"] < rows["estimate"]).all()
    assert (rows["se_log"].isna() == [False] * 4 + [True] * len(own)).all()
    test = model.covariate_test()
    plain = FITS[name](table)
    statistic = 2 * (model.log_likelihood - plain.log_likelihood)
    assert test["statistic"][0] == pytest.approx(statistic)
    assert test["df"][0] == len(own)
    assert test["p_value"][0] == pytest.approx(chi2.sf(statistic, len(own)))
    assert model.aic == pytest.approx(2 * len(rows) - 2 * model.log_likelihood)
    with pytest.raises(ParameterError, match="no covariates"):
        plain.covariate_test()


def test_what_does_not_matter_is_not_found():
    """The likelihood-ratio test of a column of noise has p-values that are not small too often."""
    small = 0
    for seed in range(12):
        table = simulate_histories(np.full(600, 52.0), rng=np.random.default_rng(seed))
        table["noise"] = np.random.default_rng(100 + seed).normal(size=600)
        model = fit_bg_nbd(table, purchase_covariates=["noise"])
        small += model.covariate_test()["p_value"][0] < 0.05
    assert small <= 3


def test_predictions_take_each_customers_own(case):
    """Predictions of a customer are those of a plain model at the parameters that his covariates give."""
    name, table, model = case
    for club, age in ((0, 30), (1, 60)):
        some = table[(table["club"] == club) & (table["age"] == age)].head(8)
        plain = FITS[name](draw(name, 2000), time_unit="week")
        p = model.parameters
        values = {one: p[one] for one in model.names}
        values["alpha"] *= np.exp(-p["purchase[club]"] * club - p["purchase[age]"] * age)
        if name == "pareto_nbd":
            values["beta"] *= np.exp(-p["dropout[club]"] * club)
        else:
            values["a"] *= np.exp(p["dropout_a[club]"] * club)
            values["b"] *= np.exp(p["dropout_b[club]"] * club)
        same = plain.at(np.log([values[one] for one in model.names]))
        for of in ("probability_alive", "expected_purchases", "probability_of_purchase"):
            args = (some,) if of == "probability_alive" else (26.0, some)
            np.testing.assert_allclose(getattr(model, of)(*args), getattr(same, of)(*args), rtol=1e-10)
        new = model.expected_purchases_new([0.0, 10.0, 52.0], some.head(1))
        np.testing.assert_allclose(new[0], same.expected_purchases_new([0.0, 10.0, 52.0]), rtol=1e-10)
        kinds = some[list(model.effects.columns)].to_numpy(float)[:2]
        np.testing.assert_allclose(
            model.frequency_probabilities(np.array([20.0, 30.0]), 4, kinds),
            same.frequency_probabilities(np.array([20.0, 30.0]), 4),
            rtol=1e-9,
        )
        if name == "pareto_nbd":
            np.testing.assert_allclose(
                model.discounted_residual_transactions(some),
                same.discounted_residual_transactions(some),
                rtol=1e-10,
            )


def test_value_outlook_and_intervals(case):
    """Value, outlook, frequencies, predictive intervals and simulation take the covariates."""
    _, table, model = case
    rng = np.random.default_rng(5)
    money = np.where(table["frequency"] > 0, rng.gamma(6, 10, len(table)), np.nan)
    table = table.assign(monetary_value=money)
    spend = fit_gamma_gamma(table)
    value = customer_lifetime_value(model, spend, table)
    ahead = customer_outlook(model, spend, table, rng=rng)
    totals = ahead.totals.set_index("measure")
    assert totals.loc["value", ["estimate", "low", "high"]].tolist() == pytest.approx(
        [value.total, value.total_low, value.total_high], rel=1e-6
    )
    assert ahead.new_customer > 0
    counted = expected_vs_actual_frequency(model, table)
    assert (np.abs(counted["actual"] - counted["expected"]) < 5 * np.sqrt(counted["expected"])).all()
    some = table.head(400)
    came = model.simulate(model.histories(some), 20.0, np.tile(model.log_parameters, (400, 1)), rng)
    expected = model.expected_purchases(20.0, some)
    error = came.std(axis=0) / np.sqrt(400)
    assert (np.abs(came.mean(axis=0) - expected) < 5 * error + 0.02).all()
    got = model.predictive_interval(20.0, some, rng=rng, draws=200)
    assert ((got["low"] <= came[0]) & (came[0] <= got["high"])).mean() > 0.94


def test_holdout_with_covariates(cdnow):
    """Hold-out validation joins the customers' covariates, and tracks what new customers with them buy."""
    spent = cdnow.sort_values("date").groupby("customer")["amount"].first()
    traits = np.log1p(spent).rename("first_order").to_frame()
    held = validate_holdout(
        cdnow,
        calibration_end="1997-09-30",
        fit=lambda s: fit_bg_nbd(s, purchase_covariates=["first_order"]),
        covariates=traits,
    )
    plain = validate_holdout(cdnow, calibration_end="1997-09-30")
    assert held.model.parameters["purchase[first_order]"] > 0
    last, other = held.tracking.iloc[-1], plain.tracking.iloc[-1]
    assert last["actual_cumulative"] == other["actual_cumulative"]
    assert last["expected_cumulative"] == pytest.approx(other["expected_cumulative"], rel=0.02)
    with pytest.raises(DataError, match="missing"):
        validate_holdout(
            cdnow,
            calibration_end="1997-09-30",
            fit=lambda s: fit_bg_nbd(s, purchase_covariates=["first_order"]),
            covariates=traits.iloc[5:],
        )


def test_new_customers_differ(case):
    """A model with covariates does not say what a new customer buys without his covariates."""
    with pytest.raises(ParameterError, match="new customers differ"):
        case[2].expected_purchases_new(10.0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"age": "middle"}, "holds no numbers"),
        ({"age": 30.0}, "is 30 for all customers"),
        ({"age": np.nan}, "missing or infinite"),
        ({"age": np.inf}, "missing or infinite"),
    ],
)
def test_columns_that_cannot_be_used(case, change, match):
    """Text, constants and missing numbers are refused with what to do about them."""
    name, table, _ = case
    with pytest.raises(DataError, match=match):
        FITS[name](table.assign(**change), purchase_covariates=["club", "age"])


def test_collinear_columns_are_named(case):
    """A column that follows from others is named, with the others; text tells how to make columns of 0 and 1."""
    name, table, model = case
    more = table.assign(sum=2 * table["club"] - table["age"] / 3, out=1 - table["club"], town="Ulm")
    with pytest.raises(DataError) as caught:
        FITS[name](more, dropout_covariates=["club", "age", "sum", "out"])
    assert caught.value.problems == (
        "column 'sum' follows from 'club', 'age'",
        "column 'out' follows from 'club'",
    )
    with pytest.raises(DataError, match="get_dummies"):
        FITS[name](more, purchase_covariates=["town"])
    with pytest.raises(DataError, match="did you mean 'age'") as caught:
        FITS[name](more, purchase_covariates=["agee"])
    assert "join" in str(caught.value)
    with pytest.raises(DataError, match="no column 'age'"):
        model.expected_purchases(3.0, more.drop(columns="age"))
    with pytest.raises(ParameterError, match="twice"):
        FITS[name](more, purchase_covariates=["age", "age"])
    with pytest.raises(ParameterError, match=r"\['age'\]"):
        FITS[name](more, purchase_covariates="age")


def test_a_coefficient_that_runs_off():
    """Where one group never buys again, the message names the coefficient, and a penalty helps."""
    table = simulate_histories(np.full(600, 52.0), rng=np.random.default_rng(6))
    table["dead"] = (np.arange(600) < 150).astype(float)
    table.loc[table["dead"] == 1, ["frequency", "recency"]] = 0
    with pytest.raises(FitError, match=r"purchase\[dead\]") as caught:
        fit_bg_nbd(table, purchase_covariates=["dead"])
    assert "zero" not in str(caught.value)
    model = fit_bg_nbd(table, purchase_covariates=["dead"], penalty=0.5)
    assert model.parameters["purchase[dead]"] < -1
    with pytest.raises(ParameterError, match="penalty"):
        model.covariate_test()
