"""Whale curve and Gini coefficient against published numbers, pairs of customers and known distributions."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.grading import gini, whale_curve

INEQ = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]
WORTH = st.lists(st.integers(0, 1000), min_size=1, max_size=50).filter(lambda x: max(x) > 0)


@pytest.mark.checks("grading.whale_curve", kind="published", against="kaplan1989")
def test_kanthals_customers():
    """Kanthal's customers: 20 % bring 225 % of the profit, 70 % nothing, and 10 % lose 125 %."""
    curve = whale_curve([11.25] * 20 + [0] * 70 + [-12.5] * 10)
    assert curve.total == pytest.approx(100)
    assert curve.peak_share == pytest.approx(2.25)
    assert curve.peak_at == 0.2
    assert curve.lost_share == pytest.approx(1.25)
    assert curve.lost == pytest.approx(125)
    assert (curve.n_profitable, curve.n_zero, curve.n_unprofitable) == (20, 70, 10)
    assert curve.table["cumulative_share"].max() == pytest.approx(2.25)
    assert curve.summary()["profit_share"].tolist() == pytest.approx([2.25, 0, -1.25])


def test_a_losing_base_has_money_but_no_shares():
    """Without a profit in all there is nothing to take shares of; amounts are told still."""
    curve = whale_curve([10, -30])
    assert (curve.peak, curve.lost, curve.total) == (10, 30, -20)
    assert math.isnan(curve.peak_share)
    assert curve.table["cumulative_share"].isna().all()


@pytest.mark.checks("grading.whale_curve", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-100, 100), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_the_curve_rises_falls_and_ends_at_the_total(profits, random):
    """The highest point of the whale curve is its peak, the last one the total; the order of rows changes nothing."""
    curve = whale_curve(profits)
    path = curve.table["cumulative_profit"]
    assert path.max() == curve.peak
    assert path.iloc[-1] == curve.total == curve.peak - curve.lost
    assert curve.summary()["customer_share"].sum() == pytest.approx(1)
    random.shuffle(profits)
    pd.testing.assert_frame_equal(whale_curve(profits).table, curve.table)


@pytest.mark.checks("grading.gini", kind="second", against="R ineq")
def test_gini_of_the_package_ineq():
    """The Gini coefficient of the ten incomes of R's package ineq is .4620911."""
    assert gini(INEQ).gini == pytest.approx(0.4620911, abs=5e-8)


@pytest.mark.checks("grading.gini", kind="second", against="closed form")
@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_gini_of_whole_numbers(n):
    """The numbers 1, …, n have the Gini coefficient (n - 1)/(3n)."""
    assert gini(range(1, n + 1)).gini == pytest.approx((n - 1) / (3 * n))


def test_extremes():
    """Equal customers have 0; one with everything has 1 - 1/n, and no interval."""
    assert gini([7.0] * 5).gini == pytest.approx(0, abs=1e-15)
    alone = gini([0, 0, 0, 9])
    assert (alone.gini, alone.corrected) == (0.75, 1)
    assert math.isnan(alone.low)
    assert math.isnan(gini([3]).corrected)


@pytest.mark.checks("grading.gini", kind="second", against="all pairs")
@settings(max_examples=80, deadline=None)
@given(WORTH)
def test_gini_is_half_the_mean_difference_of_all_pairs(values):
    """The Gini coefficient by all pairs, by the area under the Lorenz curve and by the sorted formula agree, within [0, 1)."""
    found = gini(values)
    x = np.asarray(values, dtype=float)
    assert found.gini == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()), abs=1e-12)
    area = np.trapezoid(found.lorenz["value_share"], found.lorenz["customer_share"])
    assert found.gini == pytest.approx(1 - 2 * area, abs=1e-12)
    assert 0 <= found.gini < 1


@pytest.mark.checks("grading.gini", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(WORTH, st.sampled_from([0.01, 7.0, 1e9]), st.randoms(use_true_random=False))
def test_gini_knows_no_unit_and_no_order(values, unit, random):
    """A unit and the order of rows change nothing, nor does doubling each customer."""
    first = gini(values)
    shuffled = list(values)
    random.shuffle(shuffled)
    second = gini(np.asarray(shuffled) * unit)
    assert second.gini == pytest.approx(first.gini, abs=1e-12)
    assert [second.low, second.high] == pytest.approx([first.low, first.high], abs=1e-9, nan_ok=True)
    assert gini([*values, *values]).gini == pytest.approx(first.gini, abs=1e-12)


@pytest.mark.checks("grading.gini", kind="second", against="one customer left out at a time")
def test_jackknife_in_closed_form_is_leaving_each_customer_out():
    """One pass over running sums gives what n coefficients without one customer give."""
    x = np.array(INEQ, dtype=float)
    n = len(x)
    left = np.array([gini(np.delete(x, k)).corrected for k in range(n)])
    expected = math.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    assert gini(x).standard_error == pytest.approx(expected)


def test_resamples_with_ranks_by_weight_are_plain_resamples():
    """The batched bootstrap agrees with drawing rows and sorting them, in mean and spread."""
    x = np.sort(np.random.default_rng(3).gamma(0.7, size=60))
    fast = gini(x, method="bootstrap", draws=4000, rng=np.random.default_rng(1))
    rng = np.random.default_rng(2)
    plain = np.array([gini(rng.choice(x, size=60)).corrected for _ in range(600)])
    assert fast.standard_error == pytest.approx(plain.std(ddof=1), rel=0.1)
    assert fast.low < plain.mean() < fast.high
    assert fast.n_dropped == 0


@pytest.mark.checks("grading.gini", kind="trap", against="degenerate resamples")
def test_empty_resamples_are_dropped_and_told():
    """With two of twelve customers buying, some bootstrap resamples hold neither of them: they are dropped and counted."""
    found = gini([1, 2] + [0] * 10, method="bootstrap", draws=500, rng=np.random.default_rng(1))
    assert 0 < found.n_dropped < 200
    assert 0 <= found.low <= found.high <= 1


@pytest.mark.checks("grading.gini", kind="recovery")
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng, n: rng.exponential(size=n), 0.5),
        (lambda rng, n: rng.lognormal(0, 0.8, size=n), 2 * NormalDist().cdf(0.8 / math.sqrt(2)) - 1),
        (lambda rng, n: rng.uniform(size=n), 1 / 3),
    ],
)
def test_intervals_hold_the_truth(draw, truth):
    """Of 400 samples of 150 customers at least 91 % of the 95 % intervals hold the distribution's Gini coefficient."""
    rng = np.random.default_rng(8)
    results = [gini(draw(rng, 150)) for _ in range(400)]
    assert np.mean([r.low <= truth <= r.high for r in results]) > 0.91
    assert np.mean([r.corrected for r in results]) == pytest.approx(truth, abs=0.01)


def test_top_share_reads_the_lorenz_curve():
    """The best fifth of 1, …, 10 hold 19 of 55."""
    found = gini(range(1, 11))
    assert found.top_share(0.2) == pytest.approx(19 / 55)
    assert (found.top_share(0), found.top_share(1)) == (0, 1)
    with pytest.raises(ParameterError, match="share"):
        found.top_share(20)


def test_what_has_no_coefficient_is_told():
    """Losses, nothing at all, and a bootstrap without random numbers."""
    with pytest.raises(DataError, match="whale_curve"):
        gini([1, -1])
    with pytest.raises(DataError, match="nothing to share"):
        gini([0, 0])
    with pytest.raises(ParameterError, match="rng="):
        gini([1, 2, 3], method="bootstrap")
    with pytest.raises(ParameterError, match="draws"):
        gini([1, 2, 3], method="bootstrap", draws=10, rng=np.random.default_rng(1))
    with pytest.raises(ParameterError, match="method"):
        gini([1, 2, 3], method="delta")
    with pytest.raises(ParameterError, match="confidence"):
        gini([1, 2, 3], confidence=95)
