"""The density test against its formulas step by step, and spend with and without a push over the threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.programme import density_test


@pytest.mark.checks("programme.density_test", kind="second", against="statsmodels")
def test_the_jump_is_that_of_weighted_least_squares():
    """For 3,000 simulated customers the log ratio of the densities at the threshold and its standard error equal those from numpy's histogram and statsmodels' weighted least squares, to nine digits."""
    import statsmodels.api as sm

    x = np.random.default_rng(3).gamma(4, 1200, 3000)
    found = density_test(x, 5000, bandwidth=1500, bin_width=100)
    edges = np.arange(-60, 300) * 100.0 + 5000
    counts, _ = np.histogram(x, edges)
    height, middle = counts / (len(x) * 100), (edges[:-1] + edges[1:]) / 2 - 5000
    ends = []
    for side in (middle < 0, middle > 0):
        design = sm.add_constant(middle[side])
        weights = np.maximum(1 - np.abs(middle[side]) / 1500, 0)
        ends.append(sm.WLS(height[side], design, weights=weights).fit().params[0])
    assert found.log_ratio == pytest.approx(np.log(ends[1] / ends[0]), rel=1e-9)
    error = np.sqrt(24 / 5 / (len(x) * 1500) * (1 / ends[0] + 1 / ends[1]))
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    assert (found.histogram["density"].sum() * 100) == pytest.approx(1)


@pytest.mark.checks("programme.density_test", kind="second", against="numpy")
def test_the_rule_of_thumb_is_that_of_polynomials():
    """The bandwidth for 3,000 simulated customers equals the mean of the fifth root of σ² L over Σ f″², times 3.348, of polynomials of order 4 on each side, fitted by numpy, to six digits."""
    x = np.random.default_rng(4).gamma(4, 1200, 3000)
    found = density_test(x, 5000)
    width = 2 * np.std(x, ddof=1) / np.sqrt(len(x))
    assert found.bin_width == pytest.approx(width)
    middle, height = found.histogram["middle"].to_numpy(), found.histogram["density"].to_numpy()
    both = []
    for side in (middle < 5000, middle > 5000):
        z, f = middle[side], height[side]
        fit = np.polynomial.Polynomial.fit(z, f, 4)
        sigma2 = ((f - fit(z)) ** 2).sum() / (len(z) - 5)
        length = np.abs(z - 5000).max()
        both.append(3.348 * (sigma2 * length / (fit.deriv(2)(z) ** 2).sum()) ** 0.2)
    assert found.bandwidth == pytest.approx(np.mean(both), rel=1e-6)


@pytest.mark.checks("programme.density_test", kind="recovery")
def test_a_push_over_the_threshold_is_seen():
    """Of 200 simulated programmes without a push the test calls at most 9 % at a level of 5 %; of 50 in which a third of those up to 400 short of 5,000 buy just enough to reach it, it calls all."""
    rng = np.random.default_rng(9)
    calm = [density_test(rng.gamma(4, 1250, 3000), 5000).p_value < 0.05 for _ in range(200)]
    assert np.mean(calm) <= 0.09
    seen = []
    for _ in range(50):
        x = rng.gamma(4, 1250, 3000)
        pushed = (x >= 4600) & (x < 5000) & (rng.random(len(x)) < 0.33)
        x[pushed] = 5000 + rng.uniform(0, 150, pushed.sum())
        found = density_test(x, 5000)
        seen.append(found.p_value < 0.05 and found.ratio > 1)
    assert all(seen)


@pytest.mark.checks("programme.density_test", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.floats(0.01, 100))
def test_units_and_order_change_nothing(seed, unit):
    """Another unit of spend and another order give the same ratio, interval and p; mirrored values give the inverse ratio."""
    x = np.random.default_rng(seed).normal(0.1, 1, 400)
    one = density_test(x, 0)
    two = density_test(np.sort(x) * unit, 0)
    assert (two.log_ratio, two.low, two.high, two.p_value) == pytest.approx(
        (one.log_ratio, one.low, one.high, one.p_value), rel=1e-6, abs=1e-9
    )
    assert one.summary().loc[0, "ratio"] == pytest.approx(np.exp(one.log_ratio))
    assert density_test(-x, 0).log_ratio == pytest.approx(-one.log_ratio, rel=1e-6, abs=1e-9)


def test_errors_teach():
    """One-sided values, cutoffs in the void and widths of 0 are told."""
    x = np.random.default_rng(1).normal(0, 1, 300)
    with pytest.raises(DataError, match="20 are needed"):
        density_test(x, 9)
    with pytest.raises(ParameterError, match="bin_width"):
        density_test(x, 0, bin_width=0)
    with pytest.raises(DataError, match="fewer than two bins"):
        density_test(x, 0, bandwidth=0.1, bin_width=0.1)
    with pytest.raises(DataError, match="No density"):
        density_test(np.concatenate([x - 50, x + 50]), 0, bandwidth=5, bin_width=0.5)
    with pytest.raises(DataError, match="bins on one side"):
        density_test(np.concatenate([np.linspace(-0.1, -0.01, 30), np.linspace(0, 9, 30)]), 0)
    with pytest.raises(DataError, match="finite"):
        density_test([*x, np.nan], 0)
