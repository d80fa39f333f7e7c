"""Tests of the BG/BB."""

from __future__ import annotations

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from crmlab.clv import fit_bg_bb
from crmlab.clv._bg_bb_likelihood import bg_bb_log_likelihood
from crmlab.clv.bg_bb import _opportunities
from crmlab.errors import DataError, FitError, ParameterError


@pytest.fixture(scope="module")
def donations() -> pd.DataFrame:
    """Return the donations of 11,104 people over six years, by kind of history."""
    path = next(file.locate() for file in files("lifetimes") or [] if file.name == "donations.csv")
    return pd.read_csv(str(path)).rename(columns={"periods": "n", "weights": "people"})


@pytest.fixture(scope="module")
def model(donations):
    """Return the BG/BB of the donations."""
    return fit_bg_bb(donations, weights="people")


def drawn(rng, size, parameters, n) -> pd.DataFrame:
    """Draw histories, and the purchases of the three opportunities after them."""
    alpha, beta, gamma, delta = parameters
    buys, leaves = rng.beta(alpha, beta, (size, 1)), rng.beta(gamma, delta, (size, 1))
    there = np.cumprod(rng.random((size, n + 3)) >= leaves, axis=1)
    bought = there * (rng.random((size, n + 3)) < buys)
    seen = bought[:, :n]
    return pd.DataFrame(
        {
            "frequency": seen.sum(axis=1),
            "recency": (seen * np.arange(1, n + 1)).max(axis=1),
            "n": n,
            "future": bought[:, n:].sum(axis=1),
            "alive": there[:, n],
        }
    )


@pytest.mark.checks("clv.fit_bg_bb", kind="published", against="fader2010bgbb")
def test_published_estimates(model):
    """The donations of the paper give α 1.204, β .750, γ .657, δ 2.783 and the log-likelihood −33,225.6, as published."""
    np.testing.assert_allclose(model.parameters, [1.204, 0.750, 0.657, 2.783], atol=6e-4)
    assert model.log_likelihood == pytest.approx(-33_225.6, abs=0.05)
    assert model.n == 11_104


@pytest.mark.checks("clv.fit_bg_bb", kind="second", against="lifetimes")
def test_same_numbers_as_lifetimes(model, donations):
    """P(alive) and expectations of the BG/BB at the same parameters are those of lifetimes 0.11.3."""
    lifetimes = pytest.importorskip("lifetimes")
    peer = lifetimes.BetaGeoBetaBinomFitter()
    peer.params_ = model.parameters
    x, t, n = (donations[name] for name in ("frequency", "recency", "n"))
    np.testing.assert_allclose(
        model.probability_alive(donations), peer.conditional_probability_alive(1, x, t, n), rtol=1e-9
    )
    np.testing.assert_allclose(
        model.expected_purchases(5, donations),
        peer.conditional_expected_number_of_purchases_up_to_time(5, x, t, n),
        rtol=1e-9,
    )


@pytest.mark.checks("clv.fit_bg_bb", kind="second", against="the paper's formula")
def test_discounted_transactions(model, donations):
    """The BG/BB's discounted residual transactions are the paper's closed form, by scipy's hypergeometric function."""
    d = 0.1
    got = model.discounted_residual_transactions(donations, discount_rate=d)
    c, e, n = model.gamma, model.delta, donations["n"]
    now = model.probability_alive(donations)  # at n + 1
    buys = (model.alpha + donations["frequency"]) / (model.alpha + model.beta + n)
    paper = now * buys * hyp2f1(1, e + n + 1, c + e + n + 1, 1 / (1 + d)) / (1 + d)
    np.testing.assert_allclose(got, paper, rtol=1e-9)


@pytest.mark.checks("clv.fit_bg_bb", kind="second", against="numerical derivatives")
def test_derivatives(donations, agree_with_differences):
    """Gradient and Hessian of the BG/BB's log-likelihood are those of finite differences."""
    objective = bg_bb_log_likelihood(_opportunities(donations, "people"))
    agree_with_differences(objective, np.log([0.8, 1.5, 0.9, 2.0]))


@pytest.mark.checks("clv.fit_bg_bb", kind="recovery")
def test_recovery_and_calibration():
    """Parameters of simulated donors are found again, and their futures are the expected ones."""
    true = (1.5, 1.0, 0.8, 4.0)
    table = drawn(np.random.default_rng(2), 30_000, true, 8)
    model = fit_bg_bb(table)
    assert ((model.parameters - list(true)) / model.standard_errors).abs().max() < 3
    alive, expected = model.probability_alive(table), model.expected_purchases(3, table)
    for _, part in table.assign(p=alive, e=expected).groupby(pd.cut(alive, 4)):
        assert part["alive"].mean() == pytest.approx(part["p"].mean(), abs=4 * 0.5 / np.sqrt(len(part)))
        assert part["future"].mean() == pytest.approx(part["e"].mean(), abs=4 * 1.5 / np.sqrt(len(part)))


@pytest.mark.checks("clv.fit_bg_bb", kind="invariant")
def test_rows_and_weights_are_the_same(model, donations):
    """A row a person gives the same BG/BB as grouped counts."""
    rows = donations.loc[donations.index.repeat(donations["people"])]
    np.testing.assert_allclose(fit_bg_bb(rows).parameters, model.parameters, rtol=1e-6)
    mixed = pd.concat([drawn(np.random.default_rng(n), 4000, (1.2, 0.8, 0.7, 2.8), n) for n in (4, 9)])
    assert ((fit_bg_bb(mixed).parameters - [1.2, 0.8, 0.7, 2.8]).abs() < 0.8).all()


@pytest.mark.checks("clv.fit_bg_bb", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.floats(0.05, 20.0)] * 4), st.integers(1, 400), st.floats(0, 1), st.floats(0, 1))
def test_predictions_stay_in_bounds(model, parameters, n, late, often):
    """For any parameters the BG/BB's P(alive) lies between 0 and 1, and purchases rise with the opportunities and stay below their number."""
    t = int(late * n)
    x = max(int(often * t), 1) if t else 0
    at, table = model.at(np.log(parameters)), pd.DataFrame({"frequency": [x], "recency": [t], "n": [n]})
    few, more = (at.expected_purchases(k, table).iloc[0] for k in (2, 10))
    assert 0 <= at.probability_alive(table).iloc[0] <= 1
    assert 0 <= few <= more <= 10


@pytest.mark.parametrize(
    ("x", "t", "n", "match"),
    [
        (3, 2, 6, "more purchases than"),
        (1, 7, 6, "recency beyond n"),
        (0, 2, 6, "no purchase but"),
        (-1, 2, 6, "negative"),
        (0.5, 2, 6, "not whole"),
        (np.nan, 2, 6, "missing"),
    ],
)
def test_tables_that_hold_no_histories(x, t, n, match):
    """What cannot be a history of opportunities is refused in words."""
    with pytest.raises(DataError, match=match):
        fit_bg_bb(pd.DataFrame({"frequency": [x], "recency": [t], "n": [n]}))


def test_what_cannot_be_fitted(model, donations):
    """Nobody buying, missing columns and parameters out of range are refused."""
    with pytest.raises(FitError, match="Nobody bought"):
        fit_bg_bb(pd.DataFrame({"frequency": [0, 0], "recency": 0, "n": 6}))
    with pytest.raises(DataError, match="no column"):
        fit_bg_bb(donations.drop(columns="n"))
    with pytest.raises(ParameterError, match="opportunities"):
        model.expected_purchases(0, donations)
    with pytest.raises(ParameterError, match="discount_rate"):
        model.discounted_residual_transactions(donations, discount_rate=0.0)


@pytest.mark.checks("clv.fit_bg_bb", kind="recovery")
def test_predictive_interval_holds_single_customers():
    """The 80 % predictive interval of one donor holds at least 80 % of what 4,000 simulated donors give, and its mean is the expectation."""
    table = drawn(np.random.default_rng(5), 4000, (1.5, 1.0, 0.8, 4.0), 8)
    model = fit_bg_bb(table)
    ends = model.predictive_interval(3, table, rng=np.random.default_rng(6), draws=3000, confidence=0.8)
    inside = (ends["low"] <= table["future"]) & (table["future"] <= ends["high"])
    assert inside.mean() > 0.8 - 3 * 0.4 / np.sqrt(4000)
    assert (ends["high"] - ends["low"]).mean() < 3
    expected = model.expected_purchases(3, table)
    assert (ends["mean"] - expected).abs().mean() < 0.05
    assert ends["mean"].mean() == pytest.approx(expected.mean(), rel=0.02)
    with pytest.raises(ParameterError, match="opportunities"):
        model.predictive_interval(0, table, rng=np.random.default_rng(6))
