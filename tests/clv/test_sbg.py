"""Tests of the models of contracts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1

from crmlab.clv import fit_bdw, fit_sbg
from crmlab.clv._contracts import contract_log_likelihood, read_contracts
from crmlab.errors import DataError, FitError, ParameterError

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


@pytest.fixture(scope="module")
def regular():
    """Return the sBG of the segment 'Regular'."""
    return fit_sbg(REGULAR)


def drawn(rng, n, parameters, periods) -> pd.DataFrame:
    """Draw customers who leave by the model, followed for `periods` renewals."""
    alpha, beta, c = parameters
    theta = rng.beta(alpha, beta, n)
    lifetime = np.floor((rng.standard_exponential(n) / -np.log1p(-theta)) ** (1 / c)) + 1
    return pd.DataFrame({"tenure": np.minimum(lifetime, periods), "lost": lifetime <= periods})


@pytest.mark.checks("clv.fit_sbg", kind="published", against="fader2007")
def test_published_regular(regular):
    """The segment 'Regular' of the paper gives α .704 and β 1.182, as published."""
    assert regular.alpha == pytest.approx(0.704, abs=5e-4)
    assert regular.beta == pytest.approx(1.182, abs=5e-4)


@pytest.mark.checks("clv.fit_sbg", kind="published", against="fader2007")
def test_published_high_end():
    """The segment 'High End' of the paper gives α .668 and β 3.806, as published."""
    model = fit_sbg(HIGH_END)
    assert model.alpha == pytest.approx(0.668, abs=5e-4)
    assert model.beta == pytest.approx(3.806, abs=5e-4)


@pytest.mark.checks("clv.fit_sbg", "clv.fit_bdw", kind="second", against="scipy.optimize")
@pytest.mark.parametrize(("fit", "size"), [(fit_sbg, 2), (fit_bdw, 3)])
def test_second_maximisation(fit, size):
    """The paper's probabilities, maximised by Nelder–Mead without derivatives, give the same estimates of sBG and beta-discrete-Weibull to 4 digits."""
    S = np.array(HIGH_END)

    def minus(theta):
        alpha, beta, c = [*np.exp(theta), 1.0][:3]
        survival = np.exp(betaln(alpha, beta + np.arange(8.0) ** c) - betaln(alpha, beta))
        return -(-np.diff(S) @ np.log(-np.diff(survival)) + S[-1] * np.log(survival[-1]))

    best = minimize(
        minus, np.zeros(size), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 9000}
    )
    model = fit(HIGH_END)
    assert model.log_likelihood == pytest.approx(-best.fun, abs=1e-7)
    np.testing.assert_allclose(model.log_parameters, best.x, atol=1e-4)


@pytest.mark.checks("clv.fit_sbg", "clv.fit_bdw", kind="second", against="numerical derivatives")
@pytest.mark.parametrize("weibull", [False, True])
def test_derivatives(weibull, agree_with_differences):
    """Gradient and Hessian of the contract models' log-likelihood are those of finite differences, to 6 digits."""
    objective = contract_log_likelihood(read_contracts(REGULAR), weibull=weibull)
    agree_with_differences(objective, np.log([0.8, 2.0, 1.3])[: 2 + weibull])


@pytest.mark.checks("clv.fit_sbg", "clv.fit_bdw", kind="recovery")
def test_recovery():
    """Parameters of 20,000 simulated contracts, and of 50,000 whose chance to leave changes with time, are found again within 3 standard errors."""
    table = drawn(np.random.default_rng(4), 20_000, (1.5, 4.0, 1.0), 12)
    model = fit_sbg(table)
    assert ((model.parameters - [1.5, 4.0]) / model.standard_errors).abs().max() < 3
    table = drawn(np.random.default_rng(5), 50_000, (1.2, 6.0, 1.5), 15)
    model = fit_bdw(table)
    assert ((model.parameters - [1.2, 6.0, 1.5]) / model.standard_errors).abs().max() < 3
    low, _ = model.summary().set_index("parameter").loc["c", ["low", "high"]]
    assert low > 1


@pytest.mark.checks("clv.fit_sbg", kind="invariant")
def test_three_ways_to_say_the_same():
    """One cohort as survivors, as shuffled rows of customers and as a table of cohorts gives one and the same sBG."""
    single = fit_sbg(REGULAR)
    lost = -np.diff(REGULAR)
    rows = pd.DataFrame(
        {
            "tenure": np.concatenate([np.repeat(np.arange(1, 8), lost), np.full(241, 7)]),
            "lost": np.concatenate([np.ones(lost.sum(), bool), np.zeros(241, bool)]),
        }
    )
    half = pd.DataFrame([REGULAR, REGULAR], index=["2019", "2020"], columns=range(8))
    pd.testing.assert_series_equal(fit_sbg(rows.sample(frac=1, random_state=1)).parameters, single.parameters)
    twice = fit_sbg(half)
    np.testing.assert_allclose(twice.parameters, single.parameters, rtol=1e-6)
    np.testing.assert_allclose(twice.covariance_log, single.covariance_log / 2, rtol=1e-5)
    assert (single.n, twice.n) == (1000, 2000)


def test_cohorts_of_different_age():
    """Younger cohorts, whose last periods are missing, add to the renewals that they have seen."""
    got = read_contracts(pd.DataFrame([[100, 80, 70], [50, 45, np.nan], [10, np.nan, np.nan]]))
    assert got.renewed.tolist() == [125, 70]
    assert got.lost.tolist() == [25, 10]
    assert got.customers == 160
    same = read_contracts(np.array([[100, 80, 70], [50, 45, np.nan], [10, np.nan, np.nan]]))
    np.testing.assert_array_equal(got.lost, same.lost)


def test_survival_and_retention(regular):
    """Survival is the product of the retention rates, which rise, and are (beta + t - 1) / (alpha + beta + t - 1)."""
    t = np.arange(1, 30)
    retention = regular.retention(t)
    np.testing.assert_allclose(regular.survival(t), np.cumprod(retention), rtol=1e-12)
    np.testing.assert_allclose(retention, (regular.beta + t - 1) / (regular.alpha + regular.beta + t - 1))
    assert regular.survival(0) == 1
    assert (np.diff(retention) > 0).all()
    far = regular.survival([1e6])
    assert 0 < far < 1e-3


@pytest.mark.checks("clv.fit_sbg", kind="published", against="fader2007")
def test_projection_of_the_paper(regular):
    """Projected from seven years, survival stays within a point of what the five years after brought, as in the paper."""
    actual = np.array([0.223, 0.207, 0.194, 0.183, 0.173])
    assert np.abs(regular.survival(np.arange(8, 13)) - actual).max() < 0.01


@pytest.mark.checks("clv.fit_sbg", kind="published", against="fader2010")
@pytest.mark.parametrize("tenure", [0, 1, 5, 40])
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_residual_lifetime_is_the_papers(tenure, rate):
    """Discounted residual lifetime is the paper's equation (6) by scipy's hypergeometric function, to 9 digits."""
    model = fit_sbg(HIGH_END)
    a, b, n = model.alpha, model.beta, tenure + 1
    paper = (b + n - 1) / (a + b + n - 1) * hyp2f1(1, b + n, a + b + n, 1 / (1 + rate))
    assert model.discounted_residual_lifetime(tenure, discount_rate=rate) == pytest.approx(paper, rel=1e-9)


def test_residual_lifetime_rises_with_tenure(regular):
    """Who has stayed long is worth more; the shape of the input is kept; the interval holds the estimate."""
    got = regular.discounted_residual_lifetime([[0, 1], [5, 1]], discount_rate=0.1)
    assert got.shape == (2, 2)
    assert got[0, 1] == got[1, 1]
    assert got[0, 0] < got[0, 1] < got[1, 0] < 11
    table = regular.residual_lifetime_interval([0, 5], discount_rate=0.1)
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()
    draws = regular.draw(np.random.default_rng(1), 300)
    found = [regular.at(p).discounted_residual_lifetime(5, discount_rate=0.1) for p in draws]
    assert np.std(found) == pytest.approx(table["se"][1], rel=0.15)


def test_expected_lifetime(regular):
    """Within a horizon it is a sum; without one it is infinite for alpha <= 1, else (alpha + beta - 1) / (alpha - 1)."""
    assert regular.expected_lifetime(1) == 1
    assert regular.expected_lifetime(5) == pytest.approx(1 + regular.survival([1, 2, 3, 4]).sum())
    assert regular.expected_lifetime() == np.inf
    loyal = regular.at(np.log([2.5, 6.0]))
    assert loyal.expected_lifetime() == pytest.approx(5.0)
    assert loyal.expected_lifetime(1_000_000) == pytest.approx(5.0, rel=1e-6)


@pytest.mark.checks("clv.fit_bdw", kind="second", against="sums term by term")
@pytest.mark.parametrize("c", [0.8, 1.0, 1.7])
def test_endless_lifetime_of_the_bdw(c):
    """The expected lifetime without end is a sum over 400,000 periods, to 6 digits."""
    model = fit_bdw(HIGH_END).at(np.log([3.0, 6.0, c]))
    long = model.survival(np.arange(400_000)).sum()
    assert model.expected_lifetime() == pytest.approx(long, rel=1e-6)
    if c == 1.0:
        assert model.expected_lifetime() == pytest.approx(4.0, rel=1e-9)
    assert model.at(np.log([0.5, 6.0, c])).expected_lifetime() == np.inf


def test_curves(regular):
    """Curves start at 1, hold their intervals within 0 and 1, and agree with the methods."""
    table = regular.curves(12)
    assert table["period"].tolist() == list(range(13))
    assert table.loc[0, ["survival", "survival_low", "survival_high"]].tolist() == [1, 1, 1]
    assert table.loc[0, ["retention", "retention_low"]].isna().all()
    later = table.iloc[1:]
    np.testing.assert_allclose(later["survival"], regular.survival(later["period"]))
    np.testing.assert_allclose(later["retention"], regular.retention(later["period"]))
    for name in ("survival", "retention"):
        assert ((later[f"{name}_low"] > 0) & (later[f"{name}_low"] < later[name])).all()
        assert ((later[name] < later[f"{name}_high"]) & (later[f"{name}_high"] < 1)).all()
    wide, narrow = regular.curves(3, confidence=0.99), regular.curves(3, confidence=0.5)
    assert (wide["survival_high"][1:] > narrow["survival_high"][1:]).all()


def test_interval_of_the_first_renewal_is_about_binomial():
    """Where one renewal tells its retention alone, the interval is nearly that of a proportion."""
    table = fit_bdw(REGULAR).curves(1)
    half = (table["survival_high"][1] - table["survival_low"][1]) / 2
    assert half == pytest.approx(1.96 * np.sqrt(0.631 * 0.369 / 1000), rel=0.1)


@pytest.mark.checks("clv.fit_bdw", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.05, 30.0),
    st.floats(0.05, 200.0),
    st.floats(0.3, 2.0),
    st.integers(0, 300),
    st.floats(0.001, 1.0),
)
def test_invariants(alpha, beta, c, tenure, rate):
    """For any parameters survival falls from 1 towards 0, and discounted residual lifetime lies between 0 and (1 + d) / d."""
    model = BDW_ANY.at(np.log([alpha, beta, c]))
    survival = model.survival(np.arange(20))
    assert ((survival >= 0) & (survival <= 1 + 1e-12)).all()
    assert (np.diff(survival) <= 1e-12).all()
    left = model.discounted_residual_lifetime(tenure, discount_rate=rate)
    assert 0 <= left <= (1 + rate) / rate * (1 + 1e-9)


BDW_ANY = fit_bdw(REGULAR)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ([1000], "at least two"),
        ([1000, 900, 950], "rise"),
        ([100.0, 63.1, 46.8], "percentages"),
        ([100, np.nan, 40], "gap"),
        ([0, 0, 0], "above 0"),
        ([100, 50, -1], "negative"),
        (["a", "b"], "no numbers"),
        (np.ones((2, 2, 2)), "dimensions"),
        (pd.DataFrame([[3, 2]], columns=["a", "a"]), "same name"),
        (pd.DataFrame({"tenure": [], "lost": []}), "no rows"),
        (pd.DataFrame({"tenure": [0, 0], "lost": [False, False]}), "faced a renewal"),
        (pd.DataFrame({"tenure": [0, 2], "lost": [True, False]}), "before their first renewal"),
        (pd.DataFrame({"tenure": [1.5, np.nan], "lost": [True, None]}), "2 row|1 row"),
    ],
)
def test_data_that_are_no_contracts(data, match):
    """What cannot be contracts is refused in words."""
    with pytest.raises(DataError, match=match):
        fit_sbg(data)


@pytest.mark.checks("clv.fit_sbg", "clv.fit_bdw", kind="trap", against="non-convergence")
@pytest.mark.parametrize(
    ("data", "match"),
    [
        ([100, 100, 100], "None of the 100"),
        ([100, 0], "Nobody has renewed"),
        ([100, 60], "for 2 parameters"),
        ([1000, 800, 560, 310, 100], "no maximum"),  # the chance to leave rises
    ],
)
def test_data_that_cannot_tell(data, match):
    """Nobody lost, nobody kept, one renewal and falling retention end in an error that says so."""
    with pytest.raises(FitError, match=match):
        fit_sbg(data)


def test_falling_retention_is_for_the_bdw():
    """Where the chance to leave rises, the sBG says so and the beta-discrete-Weibull fits, with c above 1."""
    falling = [1000, 950, 850, 690, 500, 330, 200]
    with pytest.raises(FitError, match="rises with time"):
        fit_sbg(falling)
    model = fit_bdw(falling, penalty=0.01)
    assert model.c > 1
    assert np.abs(model.survival(np.arange(7)) * 1000 - falling).max() < 25


def test_bad_parameters(regular):
    """Parameters out of range are refused."""
    with pytest.raises(ParameterError):
        fit_sbg(REGULAR, penalty=-1)
    with pytest.raises(ParameterError):
        fit_sbg(REGULAR, confidence=95)
    with pytest.raises(ParameterError, match="discount_rate"):
        regular.discounted_residual_lifetime(1, discount_rate=0.0)
    with pytest.raises(ParameterError, match="whole numbers"):
        regular.survival([0.5])
    with pytest.raises(ParameterError, match="at least 1"):
        regular.retention(0)
    with pytest.raises(ParameterError, match="horizon"):
        regular.expected_lifetime(0)
