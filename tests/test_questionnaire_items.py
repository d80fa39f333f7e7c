"""Item analysis and sample size: scipy's and statsmodels' numbers, Krejcie & Morgan's table, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import samplesize_confint_proportion

from crmlab.errors import DataError, ParameterError
from crmlab.questionnaire import item_analysis, sample_size


def draw(n=100, seed=5):
    """Draw five-point answers to four items, of which the last is noise."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1))
    raw = trait * [1.0, 0.8, 0.6, 0.0] + rng.normal(size=(n, 4))
    return pd.DataFrame(np.clip(np.round(raw + 3), 1, 5), columns=list("abcd"))


@pytest.mark.checks("questionnaire.item_analysis", kind="second", against="scipy")
def test_critical_ratio_equals_scipy_and_total_equals_pandas():
    """The critical ratio of an item is scipy's Welch t of the high and the low group; the item–total correlation, by pandas, leaves the item out."""
    data = draw()
    result = item_analysis(data)
    total = data.sum(axis=1)
    k = round(0.27 * 100)
    upper, lower = data[total >= total.nlargest(k).min()], data[total <= total.nsmallest(k).max()]
    assert (result.n_upper, result.n_lower) == (len(upper), len(lower))
    for row in result.table.itertuples():
        test = stats.ttest_ind(upper[row.item], lower[row.item], equal_var=False)
        assert [row.critical_ratio, row.critical_df, row.critical_p] == pytest.approx(
            [test.statistic, test.df, test.pvalue]
        )
        assert row.discrimination == pytest.approx((upper[row.item].mean() - lower[row.item].mean()) / 4)
        assert row.item_total == pytest.approx(data[row.item].corr(total - data[row.item]))
        assert row.difficulty == pytest.approx((data[row.item].mean() - 1) / 4)
        assert row.ceiling == pytest.approx((data[row.item] == 5).mean())


@pytest.mark.checks("questionnaire.item_analysis", kind="recovery")
def test_noise_discriminates_least():
    """The item that has nothing to do with the scale has the lowest discrimination, and alpha rises without it."""
    table = item_analysis(draw(400)).table.set_index("item")
    assert table["discrimination"].idxmin() == "d"
    assert table["alpha_if_dropped"].idxmax() == "d"


@pytest.mark.checks("questionnaire.item_analysis", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60))
def test_ties_and_row_order_change_nothing(seed, n):
    """The order of rows changes nothing, ties or not; indices lie in their ranges."""
    data = draw(n, seed)
    one = item_analysis(data).table
    two = item_analysis(data.sample(frac=1, random_state=seed)).table
    pd.testing.assert_frame_equal(one, two)
    assert one["difficulty"].between(0, 1).all()
    assert one["discrimination"].between(-1, 1).all()


def test_sheets_without_an_item_analysis_are_refused():
    """Answers off the scale, equal totals, overlapping groups and odd groups get errors that teach."""
    data = draw(30)
    with pytest.raises(DataError, match="outside the scale 1 to 3"):
        item_analysis(data, scale=(1, 3))
    with pytest.raises(DataError, match="same total"):
        item_analysis(pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}))
    with pytest.raises(DataError, match="overlap"):
        item_analysis(pd.DataFrame({"a": [1, 2, 2, 2, 3], "b": [1, 2, 2, 2, 3]}), group=0.5)
    for options in ({"scale": (5, 1)}, {"group": 0.6}):
        with pytest.raises(ParameterError):
            item_analysis(data, **options)


@pytest.mark.checks("questionnaire.sample_size", kind="published", against="krejcie1970")
@pytest.mark.parametrize(
    ("population", "n"),
    [
        (10, 10),
        (50, 44),
        (100, 80),
        (200, 132),
        (500, 217),
        (1000, 278),
        (5000, 357),
        (10_000, 370),
        (1_000_000, 384),
    ],
)
def test_krejcie_and_morgans_table(population, n):
    """Answers needed for ±5 points at 95 % equal the published table for populations from 10 to 75,000, which rounds to the nearest."""
    result = sample_size(0.05, population=population)
    assert round(result.exact) == n
    assert result.n == math.ceil(result.exact)


@pytest.mark.checks("questionnaire.sample_size", kind="second", against="statsmodels")
def test_shares_equal_statsmodels():
    """Without a population the numbers of answers are those of statsmodels."""
    for share, margin in ((0.5, 0.05), (0.8, 0.03), (0.1, 0.02)):
        expected = samplesize_confint_proportion(share, margin)
        assert sample_size(margin, share=share).exact == pytest.approx(expected)


def test_nps_and_means_use_their_own_spread():
    """The worst case of the NPS needs four times as many answers as a share of the same margin in points."""
    assert sample_size(5, measure="nps").infinite == pytest.approx(4 * sample_size(0.05).infinite)
    assert sample_size(5, measure="nps", promoters=0.4, detractors=0.2).sd == pytest.approx(
        100 * math.sqrt(0.56)
    )
    assert sample_size(0.2, measure="mean", sd=1.2).n == math.ceil((1.959964 * 1.2 / 0.2) ** 2)


@pytest.mark.checks("questionnaire.sample_size", kind="recovery")
def test_the_size_keeps_the_margin_in_simulation():
    """With the answers planned, nine samples in ten and more lie within the margin of the population's share."""
    rng = np.random.default_rng(1)
    plan = sample_size(0.05, population=2000)
    hits = rng.hypergeometric(1000, 1000, plan.n, size=2000) / plan.n
    assert np.mean(np.abs(hits - 0.5) <= 0.05) >= 0.93


@pytest.mark.checks("questionnaire.sample_size", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(st.floats(0.005, 0.3), st.integers(1, 10**7), st.floats(0.01, 1), st.floats(1, 3))
def test_sizes_are_bounded_and_keep_the_margin(margin, population, rate, effect):
    """Never more answers than there are customers; the margin told is not above that asked for; lower response rates need more invitations."""
    result = sample_size(margin, population=population, response_rate=rate, design_effect=effect)
    assert 1 <= result.n <= result.invite <= population
    if result.n > 1:
        assert result.margin <= margin * (1 + 1e-9)
    assert sample_size(margin / 2, population=population).n >= sample_size(margin, population=population).n


@pytest.mark.parametrize(
    "options",
    [
        {"margin": 0},
        {"margin": 0.05, "share": 1},
        {"margin": 0.05, "measure": "shares"},
        {"margin": 0.1, "measure": "mean"},
        {"margin": 5, "measure": "nps", "promoters": 0.8, "detractors": 0.4},
        {"margin": 5, "measure": "nps", "promoters": 1.0, "detractors": 0.0},
        {"margin": 0.05, "population": 0},
        {"margin": 0.05, "response_rate": 20},
        {"margin": 0.05, "confidence": 95},
    ],
)
def test_odd_plans_are_refused(options):
    """Margins of 0, shares of 1, rates in per cent, means without spread are errors."""
    with pytest.raises(ParameterError):
        sample_size(**options)
