"""Tests of the BG/NBD: published numbers, second implementations, invariants, recovery, traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, gammaln
from scipy.stats import beta

from crmlab.clv import customer_summary, fit_bg_nbd
from crmlab.clv._bg_nbd_expectation import expected_if_alive
from crmlab.clv._bg_nbd_likelihood import bg_nbd_log_likelihood
from crmlab.clv._collapse import collapse
from crmlab.clv._guard import histories
from crmlab.clv._simulate import simulate_histories
from crmlab.errors import DataError, FitError, ParameterError

NAMES = ["r", "alpha", "a", "b"]


def plain_log_likelihood(parameters, table) -> float:
    """Sum the logarithm of equation (6) of the paper, written down as it stands, customer by customer."""
    r, alpha, a, b = parameters
    x, t, T = (table[c].to_numpy(dtype=float) for c in ("frequency", "recency", "T"))
    alive = (
        np.exp(betaln(a, b + x) - betaln(a, b) + gammaln(r + x) - gammaln(r))
        * alpha**r
        / (alpha + T) ** (r + x)
    )
    x1 = np.maximum(x, 1)
    gone = np.exp(betaln(a + 1, b + x1 - 1) - betaln(a, b) + gammaln(r + x) - gammaln(r)) * alpha**r
    return float(np.log(alive + np.where(x > 0, gone / (alpha + t) ** (r + x), 0)).sum())


@pytest.fixture(scope="module")
def oracle(summary):
    """Return lifetimes' model of the same data."""
    from lifetimes import BetaGeoFitter

    t = summary.table
    return BetaGeoFitter().fit(t["frequency"], t["recency"], t["T"])


@pytest.mark.checks("clv.fit_bg_nbd", "clv.customer_summary", kind="published", against="fader2005bgnbd")
def test_published_parameters_from_raw_transactions(bg_nbd):
    """The raw transactions of the CDNOW sample give r .243, α 4.414, a .793, b 2.426 as published, to 3 decimals, and the log-likelihood −9582.43."""
    assert [f"{v:.3f}" for v in bg_nbd.parameters] == ["0.243", "4.414", "0.793", "2.426"]
    assert f"{bg_nbd.log_likelihood:.2f}" == "-9582.43"
    assert bg_nbd.n == 2357
    assert bg_nbd.time_unit == "week"


@pytest.mark.checks("clv.fit_bg_nbd", kind="published", against="fader2005bgnbd")
def test_published_parameters_from_published_summary(published):
    """The published summary of the CDNOW sample gives r .2426, α 4.4135, a .7929, b 2.4258 and the log-likelihood −9582.43."""
    model = fit_bg_nbd(published)
    assert [f"{v:.4f}" for v in model.parameters] == ["0.2426", "4.4135", "0.7929", "2.4258"]
    assert f"{model.log_likelihood:.2f}" == "-9582.43"


@pytest.mark.checks("clv.fit_bg_nbd", kind="published", against="fader2005bgnbd")
def test_published_standard_errors(published):
    """The standard errors of r, α, a, b on the CDNOW sample are .0126, .378, .186, .705, as published."""
    se = fit_bg_nbd(published).standard_errors
    assert [f"{v:.{d}f}" for v, d in zip(se, (4, 3, 3, 3), strict=True)] == [
        "0.0126",
        "0.378",
        "0.186",
        "0.705",
    ]


@pytest.mark.checks("clv.fit_bg_nbd", kind="second", against="the paper's formula")
def test_log_likelihood_is_the_papers(bg_nbd, summary):
    """The log-likelihood on collapsed counts is the paper's equation (6), summed customer by customer over the CDNOW sample, to 12 digits."""
    assert bg_nbd.log_likelihood == pytest.approx(
        plain_log_likelihood(bg_nbd.parameters, summary.table), rel=1e-12
    )


@pytest.mark.checks("clv.fit_bg_nbd", kind="second", against="lifetimes")
def test_lifetimes_fits_the_same(bg_nbd, summary, oracle):
    """On the CDNOW sample lifetimes 0.11.3 finds the same parameters to 4 digits, at no higher likelihood."""
    np.testing.assert_allclose(bg_nbd.parameters, oracle.params_, rtol=1e-4)
    assert bg_nbd.log_likelihood >= plain_log_likelihood(oracle.params_, summary.table) - 1e-9


@pytest.mark.checks("clv.fit_bg_nbd", kind="second", against="lifetimes")
@pytest.mark.parametrize("horizon", [0.5, 13.0, 39.0, 520.0])
def test_lifetimes_predicts_the_same(bg_nbd, summary, oracle, horizon, monkeypatch):
    """Expected purchases over half a week to ten years, P(alive) and the purchases of new customers are those of lifetimes 0.11.3 at the same parameters, to 9 digits."""
    monkeypatch.setattr(oracle, "params_", bg_nbd.parameters)
    t = summary.table
    theirs = oracle.conditional_expected_number_of_purchases_up_to_time(
        horizon, t["frequency"], t["recency"], t["T"]
    )
    np.testing.assert_allclose(bg_nbd.expected_purchases(horizon, summary), theirs, rtol=1e-9)
    alive = oracle.conditional_probability_alive(t["frequency"], t["recency"], t["T"])
    np.testing.assert_allclose(bg_nbd.probability_alive(summary), alive, rtol=1e-9)
    new = oracle.expected_number_of_purchases_up_to_time(horizon)
    assert bg_nbd.expected_purchases_new(horizon) == pytest.approx(new, rel=1e-9)


@pytest.mark.checks("clv.fit_bg_nbd", kind="second", against="numerical derivatives")
@pytest.mark.parametrize("theta", [[0.1, 0.3, -0.2, 0.5], [-1.5, 1.5, 0.9, -0.7], [1.0, 4.0, 3.0, 3.0]])
def test_derivatives(summary, theta, agree_with_differences):
    """Gradient and Hessian of the log-likelihood on the CDNOW sample are those of finite differences, to 6 digits."""
    objective = bg_nbd_log_likelihood(collapse(histories(summary)))
    agree_with_differences(objective, theta)


@pytest.mark.checks("clv.fit_bg_nbd", kind="recovery")
def test_recovery(simulated):
    """Parameters of 20,000 simulated customers are found again within 3 standard errors."""
    model = fit_bg_nbd(simulated)
    z = (model.parameters - [0.5, 4.0, 0.8, 2.5]) / model.standard_errors
    assert (z.abs() < 3).all()
    assert (model.standard_errors / model.parameters < 0.15).all()


def test_many_patterns_take_the_thinned_start():
    """With more patterns than are needed for a start, the maximum is the same as from afar."""
    rng = np.random.default_rng(5)
    table = simulate_histories(rng.uniform(20, 50, 70_000), rng=rng)
    patterns = collapse(histories(table))
    assert len(patterns.w) > 20_000
    model = fit_bg_nbd(table)
    _, gradient, _ = bg_nbd_log_likelihood(patterns)(model.log_parameters)
    assert np.abs(gradient).max() < 1e-3 * len(table) ** 0.5
    assert model.iterations <= 5


@pytest.mark.checks("clv.fit_bg_nbd", kind="invariant")
@pytest.mark.parametrize(("unit", "days"), [("day", 1.0), ("month", 30.4375)])
def test_units_change_nothing_but_units(cdnow, bg_nbd, unit, days):
    """In days or months α is the same time, and everything without a unit is the same number."""
    other = customer_summary(cdnow, observation_end="1997-09-30", time_unit=unit)
    week = customer_summary(cdnow, observation_end="1997-09-30", time_unit="week")
    model = fit_bg_nbd(other)
    assert model.alpha * days == pytest.approx(bg_nbd.alpha * 7, rel=1e-6)
    np.testing.assert_allclose(
        model.parameters[["r", "a", "b"]], bg_nbd.parameters[["r", "a", "b"]], rtol=1e-6
    )
    np.testing.assert_allclose(model.covariance_log, bg_nbd.covariance_log, rtol=1e-5)
    np.testing.assert_allclose(
        model.expected_purchases(70 / days, other), bg_nbd.expected_purchases(10, week), rtol=1e-6
    )


@pytest.mark.checks("clv.fit_bg_nbd", kind="invariant")
def test_order_of_rows_does_not_matter(summary, bg_nbd):
    """The order of the customers does not change the fit."""
    shuffled = summary.table.sample(frac=1, random_state=1)
    model = fit_bg_nbd(shuffled)
    pd.testing.assert_series_equal(model.parameters, bg_nbd.parameters)
    pd.testing.assert_series_equal(
        model.probability_alive(shuffled).sort_index(), bg_nbd.probability_alive(summary), check_freq=False
    )


def expectation_by_quadrature(parameters, x, T, t) -> float:
    """Integrate E[1 - exp(-lambda p t)] / p over the posterior of p, by the quantiles of the beta distribution."""
    r, alpha, a, b = parameters

    def integrand(y):
        p = max(beta.ppf(y, a, b + x), 1e-12)
        return -np.expm1(-(r + x) * np.log1p(p * t / (alpha + T))) / p

    return quad(integrand, 0, 1, limit=500, epsabs=1e-12, epsrel=1e-10)[0]


@pytest.mark.checks("clv.fit_bg_nbd", kind="second", against="numerical integration")
@pytest.mark.parametrize(
    ("parameters", "x", "T", "t"),
    [
        ((1.3, 4.4, 1.8, 2.4), 0, 10.0, 20.0),
        ((1.3, 4.4, 1.0, 2.4), 3, 30.0, 39.0),  # the hole of the closed formula at a = 1
        ((2.0, 1.0, 1.2, 1.5), 1, 2.0, 300.0),
    ],
)
def test_expectation_is_the_posterior_integral(parameters, x, T, t):
    """The purchases expected of who is still there are the integral over each customer's own rate and chance to leave, to 8 digits, at a = 1 as well."""
    ours = expected_if_alive(np.array(parameters), np.array([x]), np.array([T]), np.array([t]))[0, 0]
    assert ours == pytest.approx(expectation_by_quadrature(parameters, x, T, t), rel=1e-8)


def rate_later(parameters, x, T, s) -> float:
    """Return the purchase rate expected s after T of who is alive at T, integrating over the chance to leave alone."""
    r, alpha, a, b = parameters

    def integrand(y):
        p = beta.ppf(y, a, b + x)
        return (1 + p * s / (alpha + T)) ** -(r + x + 1)

    return (r + x) / (alpha + T) * quad(integrand, 0, 1, limit=200, epsabs=1e-12)[0]


@pytest.mark.checks("clv.fit_bg_nbd", kind="trap", against="overflow")
@pytest.mark.parametrize("x", [0, 5, 200, 10_000])
@pytest.mark.parametrize("parameters", [(0.24, 4.4, 0.79, 2.43), (0.3, 2.0, 0.2, 0.3), (5.0, 3.0, 1.0, 40.0)])
def test_expectation_at_any_frequency(parameters, x):
    """From 0 to 10,000 purchases the expectation stays finite, and is the integral of the expected rate to 6 digits."""
    ours = expected_if_alive(np.array(parameters), np.array([x]), np.array([39.0]), np.array([20.0]))[0, 0]
    nodes, weights = np.polynomial.legendre.leggauss(12)
    theirs = 10 * sum(
        w * rate_later(parameters, x, 39.0, 10 * (n + 1)) for n, w in zip(nodes, weights, strict=True)
    )
    assert np.isfinite(ours)
    assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.checks("clv.fit_bg_nbd", kind="trap", against="overflow")
@pytest.mark.parametrize("x", [97, 98, 150, 1000])
def test_whole_numbers_where_scipy_overflows(x):
    """Where scipy's hypergeometric function overflows, from 98 purchases on at whole-number parameters, the expectation does not."""
    parameters = np.array([1.0, 1.0, 1.0, 0.5])
    at, near = (
        expected_if_alive(p, np.array([x]), np.ones(1), np.array([20.0]))[0, 0]
        for p in (parameters, parameters + np.array([1e-7, 0, 0, 0]))
    )
    assert at == pytest.approx(near, rel=1e-6)


def test_no_overflow_at_large_frequencies(bg_nbd):
    """All predictions are finite, and sensible, at 10,000 purchases."""
    table = pd.DataFrame({"frequency": [2000, 10_000], "recency": [38.9, 38.99], "T": [39.0, 39.0]})
    expected, alive = bg_nbd.expected_purchases(39, table), bg_nbd.probability_alive(table)
    assert np.isfinite(expected).all()
    assert (alive > 0.9).all()
    assert 1000 < expected[0] < 2100
    assert 5000 < expected[1] < 10_100
    long_gone = pd.DataFrame({"frequency": [10_000], "recency": [1.0], "T": [39.0]})
    assert bg_nbd.expected_purchases(39, long_gone)[0] == 0


def test_fit_survives_a_customer_with_ten_thousand_purchases(summary):
    """One customer with 10,000 purchases moves the estimates and breaks nothing."""
    extra = pd.DataFrame({"frequency": [10_000], "recency": [38.5], "T": [39.0]})
    model = fit_bg_nbd(pd.concat([summary.table, extra]))
    assert np.isfinite(model.summary().drop(columns="parameter").to_numpy()).all()


histories_drawn = st.tuples(st.integers(0, 3000), st.floats(0.01, 1.0), st.floats(0.1, 500.0))
parameters_drawn = st.tuples(*[st.floats(0.05, 20.0)] * 4)


@pytest.mark.checks("clv.fit_bg_nbd", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(parameters_drawn, histories_drawn, st.floats(0.01, 300.0))
def test_predictions_stay_in_bounds(bg_nbd, parameters, history, horizon):
    """For any parameters and history P(alive) lies between 0 and 1, and expected purchases rise with time and stay below those of a customer who never leaves."""
    model = bg_nbd.at(np.log(parameters))
    x, share, T = history
    table = pd.DataFrame({"frequency": [x], "recency": [share * T if x else 0.0], "T": [T]})
    alive = model.probability_alive(table).iloc[0]
    short, long = (model.expected_purchases(h, table).iloc[0] for h in (horizon, 2 * horizon))
    assert 0 <= alive <= 1
    assert 0 <= short <= long * (1 + 1e-9)
    never_leaves = alive * (model.r + x) / (model.alpha + T) * horizon
    assert short <= never_leaves * (1 + 1e-7)


def test_new_customer_is_one_without_history(bg_nbd):
    """A new customer is one observed for no time; times may come in any shape, 0 gives 0."""
    nobody = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    curve = bg_nbd.expected_purchases_new([[0.0, 5.0], [10.0, 39.0]])
    assert curve.shape == (2, 2)
    assert curve[0, 0] == 0
    assert curve[1, 1] == pytest.approx(bg_nbd.expected_purchases(39.0, nobody)[0], rel=1e-10)
    assert bg_nbd.expected_purchases_new(39.0) == pytest.approx(curve[1, 1], rel=1e-10)


def test_discounting_at_one_is_plain(bg_nbd, summary):
    """With all factors 1, discounted purchases are the expected ones; smaller factors give fewer."""
    times = np.array([4.0, 8.0, 12.0])
    plain = bg_nbd.discounted_expected_purchases(times, np.ones(3), summary)
    np.testing.assert_allclose(plain, bg_nbd.expected_purchases(12.0, summary), rtol=1e-9)
    assert (bg_nbd.discounted_expected_purchases(times, np.array([0.9, 0.8, 0.7]), summary) < plain).all()


def test_interval_of_the_mean(bg_nbd, summary):
    """Mean and total differ by the number of customers, and a bootstrap of the parameters agrees."""
    got = bg_nbd.expected_purchases_interval(39, summary).set_index("measure")
    assert got.loc["total", "estimate"] == pytest.approx(bg_nbd.expected_purchases(39, summary).sum())
    np.testing.assert_allclose(got.loc["total"] / got.loc["mean"], 2357)
    draws = bg_nbd.draw(np.random.default_rng(2), 400)
    totals = [bg_nbd.at(theta).expected_purchases(39, summary).sum() for theta in draws]
    assert np.std(totals) == pytest.approx(got.loc["total", "se"], rel=0.15)
    narrow = bg_nbd.expected_purchases_interval(39, summary, confidence=0.5).set_index("measure")
    assert narrow.loc["mean", "low"] > got.loc["mean", "low"]


@pytest.mark.checks("clv.fit_bg_nbd", kind="recovery")
def test_predictive_intervals_cover(bg_nbd):
    """The 95 % predictive intervals of single customers hold at least 95 % of what 4,000 simulated customers then do."""
    rng = np.random.default_rng(11)
    n, T, horizon = 4000, 39.0, 26.0
    r, alpha, a, b = bg_nbd.parameters
    rate, leave = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    frequency, recency, future = np.zeros(n, dtype=int), np.zeros(n), np.zeros(n, dtype=int)
    for i in range(n):
        now = 0.0
        while True:
            now += rng.exponential(1 / max(rate[i], 1e-12))
            if now > T + horizon:
                break
            if now <= T:
                frequency[i], recency[i] = frequency[i] + 1, now
            else:
                future[i] += 1
            if rng.random() < leave[i]:
                break
    table = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})
    got = bg_nbd.predictive_interval(horizon, table, rng=rng, draws=300)
    inside = (got["low"] <= future) & (future <= got["high"])
    assert inside.mean() > 0.95
    assert got["mean"].mean() == pytest.approx(future.mean(), rel=0.15)
    assert got["mean"].mean() == pytest.approx(bg_nbd.expected_purchases(horizon, table).mean(), rel=0.05)


def test_predictive_interval_is_reproducible(bg_nbd, summary):
    """The same generator gives the same intervals, and equal histories get equal ones."""
    first, second = (
        bg_nbd.predictive_interval(9, summary, rng=np.random.default_rng(1), draws=50) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
    alike = summary.table.groupby(["frequency", "recency", "T"]).ngroup()
    spread = first.groupby(alike.to_numpy()).agg(np.ptp)
    assert (spread == 0).all(axis=None)


def test_summary_has_intervals(bg_nbd):
    """The summary has estimate, both standard errors and positive intervals."""
    table = bg_nbd.summary()
    assert table["parameter"].tolist() == NAMES
    assert (table["low"] > 0).all()
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()
    np.testing.assert_allclose(table["se"], table["se_log"] * table["estimate"])
    assert bg_nbd.aic == pytest.approx(8 - 2 * bg_nbd.log_likelihood)
    assert bg_nbd.bic > bg_nbd.aic


def test_results_are_frozen(bg_nbd):
    """A fitted model cannot be changed."""
    with pytest.raises(AttributeError):
        bg_nbd.r = 1.0


def table_of(frequency, recency, T) -> pd.DataFrame:
    """Return a customer table."""
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (table_of([3], [2.0], [4.0]), "One customer only"),
        (table_of([0] * 50, [0.0] * 50, np.arange(1.0, 51.0)), "None of the 50 customers bought again"),
        (table_of([5] * 100, [9.9] * 100, [10.0] * 100), "no maximum"),
        (table_of([1] * 200, np.linspace(1, 9, 200), [10.0] * 200), "no maximum"),
    ],
)
def test_data_that_cannot_tell(table, match):
    """One customer, nobody repeating and all alike are told as such."""
    with pytest.raises(FitError, match=match):
        fit_bg_nbd(table)


@pytest.mark.checks("clv.fit_bg_nbd", kind="trap", against="non-convergence")
def test_runaway_parameter_is_explained():
    """Where nobody leaves, the fit ends in an error that names the parameter and what it means, and a penalty helps."""
    rng = np.random.default_rng(3)
    x = rng.poisson(rng.gamma(4.0, 0.5, 500) * 10)
    table = table_of(x, np.where(x > 0, 10 * (1 - rng.random(500) / (x + 1)), 0), [10.0] * 500)
    with pytest.raises(FitError, match=r"runs off to|not determined") as caught:
        fit_bg_nbd(table)
    assert "penalty" in str(caught.value)
    model = fit_bg_nbd(table, penalty=0.1)
    assert model.probability_alive(table).mean() > 0.9
    assert model.penalty == 0.1


def test_one_cohort_is_no_obstacle():
    """A cohort observed equally long can be fitted."""
    table = simulate_histories(np.full(5000, 40.0), rng=np.random.default_rng(8))
    model = fit_bg_nbd(table)
    assert ((model.parameters - [0.5, 4.0, 0.8, 2.5]) / model.standard_errors).abs().max() < 4


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (table_of([1, 2], [5.0, 3.0], [4.0, 9.0]), "recency beyond T"),
        (table_of([1, -2], [1.0, 3.0], [4.0, 9.0]), "negative"),
        (table_of([1, 2.5], [1.0, 3.0], [4.0, 9.0]), "not whole"),
        (table_of([1, np.nan], [1.0, 3.0], [4.0, 9.0]), "missing or infinite"),
        (table_of([1, 2], [0.0, 3.0], [4.0, 9.0]), "purchases of one day are one purchase"),
        (table_of([0, 2], [2.0, 3.0], [4.0, 9.0]), "no repeat purchase but recency above 0"),
        (table_of([], [], []), "no rows"),
        (pd.DataFrame({"frequency": [1], "Recency": [1.0], "T": [2.0]}), "did you mean"),
        ([1, 2, 3], "customer summary or its table is needed"),
    ],
)
def test_tables_that_hold_no_histories(table, match):
    """What cannot be a purchase history is refused with the rows."""
    with pytest.raises(DataError, match=match):
        fit_bg_nbd(table)


def test_bad_parameters(bg_nbd, summary):
    """Parameters out of range are refused."""
    for call in ({"penalty": -1.0}, {"confidence": 95}, {"penalty": np.nan}, {"time_unit": "day"}):
        with pytest.raises(ParameterError):
            fit_bg_nbd(summary, **call)
    for horizon in (-1.0, np.inf, np.nan):
        with pytest.raises(ParameterError, match="horizon"):
            bg_nbd.expected_purchases(horizon, summary)
    with pytest.raises(ParameterError, match="t holds"):
        bg_nbd.expected_purchases_new([-1.0])
    with pytest.raises(ParameterError, match="rising"):
        bg_nbd.discounted_expected_purchases(np.array([2.0, 1.0]), np.ones(2), summary)
    with pytest.raises(ParameterError, match="draws"):
        bg_nbd.predictive_interval(1.0, summary, rng=np.random.default_rng(1), draws=0)


def test_units_must_agree(cdnow, bg_nbd):
    """A summary in days is refused by a model in weeks."""
    days = customer_summary(cdnow, observation_end="1997-09-30", time_unit="day")
    with pytest.raises(ParameterError, match="The units differ"):
        bg_nbd.expected_purchases(10, days)
