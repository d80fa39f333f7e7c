"""McDonald's omega: R's and two other programs' loadings, the closed form, its limits, and its interval's coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import FactorAnalysis
from statsmodels.multivariate.factor import Factor

from crmlab.errors import DataError, FitError, ParameterError
from crmlab.questionnaire import cronbach_alpha, mcdonald_omega
from crmlab.questionnaire.omega import one_factor

#: R's `ability.cov` (Smith & Stanley 1983), 112 people: general, picture, blocks, maze, reading, vocab
ABILITY = np.array(
    [
        [24.641, 5.991, 33.520, 6.023, 20.755, 29.701],
        [5.991, 6.700, 18.137, 1.782, 4.936, 7.204],
        [33.520, 18.137, 149.831, 19.424, 31.430, 50.753],
        [6.023, 1.782, 19.424, 12.711, 4.757, 9.075],
        [20.755, 4.936, 31.430, 4.757, 52.604, 66.762],
        [29.701, 7.204, 50.753, 9.075, 66.762, 135.292],
    ]
)


def draw(n=300, seed=4, loadings=(0.9, 0.8, 0.6, 0.5, 0.4)):
    """Draw answers of one factor with variance 1; the true omega follows from the loadings."""
    rng = np.random.default_rng(seed)
    a = np.array(loadings)
    x = rng.normal(size=(n, 1)) * a + rng.normal(size=(n, len(a))) * np.sqrt(1 - a**2)
    return pd.DataFrame(x, columns=[f"i{k}" for k in range(len(a))])


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="second", against="R factanal")
def test_ability_hits_factanal():
    """Loadings of R's ability.cov data, and chi square 75.18 on 9 degrees of freedom, are those that R's factanal prints."""
    sd = np.sqrt(np.diag(ABILITY))
    loadings, uniqueness, discrepancy = one_factor(ABILITY / np.outer(sd, sd))
    assert loadings.round(3).tolist() == [0.682, 0.384, 0.502, 0.300, 0.877, 0.849]
    assert uniqueness.round(3).tolist() == [0.535, 0.853, 0.748, 0.910, 0.232, 0.280]
    assert discrepancy * (112 - 1 - 17 / 6 - 2 / 3) == pytest.approx(75.18, abs=0.005)
    # and the whole function, on answers that have exactly this covariance
    rng = np.random.default_rng(1)
    z = np.linalg.qr(np.column_stack([np.ones(112), rng.normal(size=(112, 6))]))[0][:, 1:] * np.sqrt(111)
    result = mcdonald_omega(pd.DataFrame(z @ np.linalg.cholesky(ABILITY).T))
    assert (result.n, result.df) == (112, 9)
    assert result.chi_square == pytest.approx(75.18, abs=0.005)
    assert result.p_value == pytest.approx(1.46e-12, rel=0.01)


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="second", against="statsmodels and scikit-learn")
def test_loadings_equal_two_other_programs():
    """Loadings equal those of maximum likelihood in statsmodels and in scikit-learn."""
    data = draw()
    loadings = mcdonald_omega(data).items["loading"].to_numpy()
    theirs = Factor(corr=data.corr().to_numpy(), n_factor=1, method="ml").fit().loadings[:, 0]
    assert loadings == pytest.approx(theirs * np.sign(theirs.sum()), abs=2e-4)
    scaled = (data - data.mean()) / data.std(ddof=0)
    third = FactorAnalysis(1, tol=1e-9, max_iter=5000).fit(scaled).components_[0]
    assert loadings == pytest.approx(third * np.sign(third.sum()), abs=2e-4)


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="second", against="closed form")
def test_three_items_have_a_closed_form():
    """With three items a squared loading is the product of the item's two correlations over the third one, and nothing is left to test."""
    data = draw(loadings=(0.8, 0.7, 0.6))
    r = data.corr().to_numpy()
    result = mcdonald_omega(data)
    expected = [r[0, 1] * r[0, 2] / r[1, 2], r[0, 1] * r[1, 2] / r[0, 2], r[0, 2] * r[1, 2] / r[0, 1]]
    assert result.items["communality"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert result.df == 0
    assert np.isnan(result.p_value)


def test_omega_exceeds_alpha_where_loadings_differ_and_equals_it_where_they_do_not():
    """Alpha equals omega for equal loadings and covariances, and lies below otherwise."""
    data = draw(n=4000)
    assert mcdonald_omega(data).raw > cronbach_alpha(data).raw + 0.01
    same = draw(n=20_000, loadings=(0.7, 0.7, 0.7, 0.7))
    assert mcdonald_omega(same).raw == pytest.approx(cronbach_alpha(same).raw, abs=0.002)


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="recovery")
def test_truth_is_recovered_and_covered():
    """Over 100 samples of 150 the 95 % delta interval covers the true omega in 89 to 100 %."""
    a = np.array([0.9, 0.8, 0.6, 0.5, 0.4])
    truth = a.sum() ** 2 / (a.sum() ** 2 + (1 - a**2).sum())
    assert mcdonald_omega(draw(50_000)).raw == pytest.approx(truth, abs=0.005)
    results = [mcdonald_omega(draw(150, seed)) for seed in range(100)]
    assert np.mean([r.low < truth < r.high for r in results]) >= 0.89


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="second", against="refits one by one")
def test_bootstrap_agrees_with_delta_and_with_refits():
    """In a large normal sample bootstrap and delta intervals agree; batched resamples equal one refit after the other."""
    data = draw(800)
    delta, boot = mcdonald_omega(data), mcdonald_omega(data, rng=np.random.default_rng(2))
    assert [boot.low, boot.high] == pytest.approx([delta.low, delta.high], abs=0.006)
    rng = np.random.default_rng(2)
    draws = rng.integers(0, 800, (100, 800))
    refits = [mcdonald_omega(data.iloc[rows]).raw for rows in draws]
    batched = mcdonald_omega(data, rng=np.random.default_rng(2), n_resamples=100)
    assert [batched.low, batched.high] == pytest.approx(list(np.quantile(refits, [0.025, 0.975])), abs=1e-4)


@pytest.mark.checks("questionnaire.mcdonald_omega", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(-8, 8), st.integers(3, 6))
def test_units_and_order_change_nothing(seed, power, k):
    """Omega lies in [0, 1] and within its interval; units and the order of rows and items change nothing."""
    data = draw(80, seed, tuple(np.linspace(0.5, 0.9, k)))
    result = mcdonald_omega(data)
    assert 0 <= result.raw <= 1
    assert result.low <= result.raw <= result.high <= 1
    changed = ((data + 3) * 10.0**power).sample(frac=1, random_state=seed)[data.columns[::-1]]
    again = mcdonald_omega(changed)
    assert (again.raw, again.low, again.high) == pytest.approx(
        (result.raw, result.low, result.high), abs=1e-5
    )


def test_reversed_items_show_as_negative_loadings():
    """An item worded the other way round loads negatively and pulls omega down."""
    data = draw()
    turned = mcdonald_omega(data.assign(i2=-data["i2"]))
    assert turned.items.set_index("item").loc["i2", "loading"] < 0
    assert turned.raw < mcdonald_omega(data).raw


def test_what_has_no_omega_is_refused():
    """Two items, copies of items, and levels of 95 get errors that teach."""
    data = draw(50)
    with pytest.raises(DataError, match="3 items or more"):
        mcdonald_omega(data[["i0", "i1"]])
    with pytest.raises(FitError, match="copy"):
        mcdonald_omega(data.assign(i1=data["i0"]))
    with pytest.raises(ParameterError):
        mcdonald_omega(data, confidence=95)
    with pytest.raises(ParameterError, match="too few"):
        mcdonald_omega(data, rng=np.random.default_rng(1), n_resamples=10)


def test_a_heywood_case_is_told():
    """An item that the factor explains wholly is marked."""
    x = draw(60)
    data = x.assign(i0=x["i0"] * 0.01 + x["i1"])
    assert mcdonald_omega(data.iloc[:, :4]).heywood
    assert not mcdonald_omega(x).heywood
