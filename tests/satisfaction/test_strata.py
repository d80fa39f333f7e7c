"""Strata: weights by customers, Cochran's variance, coverage, and strata that do not fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import csat, strata_weights, stratified_score

SIZES = {"gold": 100, "silver": 300, "basic": 600}


def draw(n=(50, 50, 50), seed=1, shares=(0.9, 0.7, 0.4)):
    """Draw answers by stratum; gold customers are satisfied, basic ones less so."""
    rng = np.random.default_rng(seed)
    strata = np.repeat(list(SIZES), n)
    p = np.repeat(shares, n)
    return np.where(rng.random(len(p)) < p, 5, 2), strata


@pytest.mark.checks(
    "satisfaction.strata_weights", "satisfaction.stratified_score", kind="second", against="sums by hand"
)
def test_weights_give_strata_their_customers():
    """Weights have mean 1, and the weighted share is that of the strata weighted by their customers."""
    scores, strata = draw((80, 40, 30))
    weights = strata_weights(pd.Series(strata), SIZES)
    assert weights.mean() == pytest.approx(1)
    by_hand = sum(SIZES[name] / 1000 * np.mean(scores[strata == name] > 3) for name in SIZES)
    assert csat(scores, weights=weights).share == pytest.approx(by_hand)
    assert stratified_score(scores, strata, SIZES).value == pytest.approx(by_hand)


@pytest.mark.checks("satisfaction.stratified_score", kind="second", against="Cochran's formula")
def test_large_samples_have_cochrans_variance():
    """With 4,000 answers a stratum the interval is that of Cochran's variance of a stratified mean, also with its finite correction."""
    scores, strata = draw((4000, 4000, 4000))
    big = {name: 100 * size for name, size in SIZES.items()}
    for finite in (False, True):
        result = stratified_score(scores, strata, big, finite=finite)
        variance = 0.0
        for name, size in big.items():
            p = np.mean(scores[strata == name] > 3)
            correction = 1 - 4000 / size if finite else 1
            variance += (size / 100_000) ** 2 * p * (1 - p) / 4000 * correction
        assert result.high - result.low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.01)


@pytest.mark.checks("satisfaction.stratified_score", kind="invariant")
def test_a_single_stratum_is_the_measure_itself():
    """With one stratum value and interval are those of the plain measure."""
    scores = [5, 4, 2, 5, 1, 5]
    plain, result = csat(scores), stratified_score(scores, ["a"] * 6, {"a": 10})
    assert [result.value, result.low, result.high] == pytest.approx([plain.share, plain.low, plain.high])


@pytest.mark.checks("satisfaction.stratified_score", kind="recovery")
def test_small_strata_are_covered():
    """Over 300 samples of 15 answers a stratum the 95 % interval covers the truth in 92 to 98.5 %."""
    truth = 0.1 * 0.95 + 0.3 * 0.8 + 0.6 * 0.5
    results = [stratified_score(*draw((15, 15, 15), seed, (0.95, 0.8, 0.5)), SIZES) for seed in range(300)]
    assert 0.92 <= np.mean([r.low <= truth <= r.high for r in results]) <= 0.985


def test_nps_and_means_have_strata_too():
    """The stratified NPS and mean are the strata's scores weighted by customers."""
    rng = np.random.default_rng(2)
    strata = np.repeat(list(SIZES), 20)
    x = rng.integers(0, 11, 60)
    result = stratified_score(x, strata, SIZES, measure="nps")
    assert result.value == pytest.approx(np.average(result.strata["value"], weights=result.strata["share"]))
    y = rng.integers(1, 8, 60)
    effort = stratified_score(y, strata, SIZES, measure="ces")
    assert effort.value == pytest.approx(sum(SIZES[s] / 1000 * y[strata == s].mean() for s in SIZES))


def test_missing_answers_and_strata_are_counted():
    """Rows without an answer or a stratum are left out and counted; their weights are missing."""
    result = stratified_score([5, None, 4, 2], ["a", "a", None, "b"], {"a": 1, "b": 1})
    assert (result.n, result.n_missing) == (2, 2)
    assert strata_weights(["a", None, "b"], {"a": 1, "b": 1}).isna().tolist() == [False, True, False]


def test_strata_that_do_not_fit_are_told_at_once():
    """Unknown strata, strata without answers, and negative sizes stand in one error."""
    with pytest.raises(DataError) as caught:
        stratified_score([5, 4], ["gold", "silvr"], {"gold": 5, "silver": 5, "lead": -1})
    assert caught.value.problems == (
        "silvr has answers and no population: did you mean silver?",
        "lead has a population of -1",
        "silver has customers and no answer",
    )
    with pytest.raises(DataError, match="too few"):
        stratified_score([5, 4, 3], ["a", "b", "b"], {"a": 1, "b": 1}, measure="ces")
    with pytest.raises(DataError, match="only 1 customers"):
        stratified_score([5, 4, 3], ["a", "b", "b"], {"a": 1, "b": 1}, finite=True)
    with pytest.raises(DataError, match="of the same rows"):
        stratified_score([5, 4], ["a"], {"a": 1})
    with pytest.raises(ParameterError, match="weights here"):
        stratified_score([5], ["a"], {"a": 1}, weights=[1])


@pytest.mark.checks("satisfaction.strata_weights", "satisfaction.stratified_score", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(
    n=st.tuples(*[st.integers(2, 20)] * 3),
    seed=st.integers(0, 99),
    unit=st.sampled_from([1, 10, 1000]),
)
def test_weights_average_one_and_only_proportions_of_strata_count(n, seed, unit):
    """Weights have mean 1 and each stratum its share of the customers; sizes in another unit and other row orders change nothing."""
    scores, strata = draw(n, seed)
    weights = strata_weights(pd.Series(strata), SIZES)
    assert weights.mean() == pytest.approx(1)
    shares = weights.groupby(strata).sum() / weights.sum()
    assert {name: shares[name] for name in SIZES} == pytest.approx({k: v / 1000 for k, v in SIZES.items()})
    order = np.random.default_rng(seed).permutation(len(scores))
    first = stratified_score(scores, strata, SIZES)
    second = stratified_score(scores[order], strata[order], {k: v * unit for k, v in SIZES.items()})
    assert [second.value, second.low, second.high] == pytest.approx([first.value, first.low, first.high])
    assert 0 <= first.low <= first.value <= first.high <= 1
