"""C = b/a and disconfirmation: definitions, intervals, levels, and pairs that do not belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import disconfirmation, satisfaction_ratio


def draw(n=200, seed=3):
    """Draw expectations and perceptions that go together; the true ratio is 0.9."""
    rng = np.random.default_rng(seed)
    a = rng.normal(8, 1, n)
    return 0.9 * a + rng.normal(0, 0.8, n), a


@pytest.mark.checks("satisfaction.satisfaction_ratio", kind="second", against="ratios by hand")
def test_c_is_perceived_over_expected():
    """Each respondent's C is perceived over expected, b/a; overall it is the ratio of the means."""
    result = satisfaction_ratio([4, 6, 5], [5, 5, 5])
    assert result.respondents["ratio"].tolist() == [0.8, 1.2, 1.0]
    assert result.ratio == 1
    assert result.levels["n"].tolist() == [1, 1, 1]
    assert satisfaction_ratio([2, 2], [1, 4]).ratio == pytest.approx(4 / 5)
    assert satisfaction_ratio([2, 2], [1, 4]).mean_ratio == pytest.approx(1.25)


@pytest.mark.checks("satisfaction.satisfaction_ratio", kind="second", against="Fieller's equation")
def test_fieller_ends_satisfy_their_equation():
    """At both ends of the interval of C the paired t statistic of b − C·a, by scipy, equals the critical value."""
    b, a = draw(30)
    result = satisfaction_ratio(b, a)
    critical = stats.t.ppf(0.975, 29)
    for end, sign in ((result.low, 1), (result.high, -1)):
        d = b - end * a
        assert d.mean() / stats.sem(d) == pytest.approx(sign * critical)


@pytest.mark.checks("satisfaction.satisfaction_ratio", kind="second", against="delta method")
def test_delta_agrees_with_fieller_in_large_samples():
    """With 5,000 respondents Fieller's interval and that of the delta method are the same to three decimals, and hold the truth."""
    b, a = draw(5000)
    one, two = satisfaction_ratio(b, a), satisfaction_ratio(b, a, method="delta")
    assert [one.low, one.high] == pytest.approx([two.low, two.high], abs=1e-3)
    assert one.low < 0.9 < one.high


@pytest.mark.checks("satisfaction.satisfaction_ratio", kind="recovery")
def test_fieller_covers():
    """Over 400 samples of 15 respondents the 95 % interval of C covers the true ratio in 92 to 98 %."""
    hits = 0
    for seed in range(400):
        b, a = draw(15, seed)
        result = satisfaction_ratio(b, a)
        hits += result.low < 0.9 < result.high
    assert 0.92 <= hits / 400 <= 0.98


def test_an_expectation_that_may_be_zero_has_an_unbounded_interval():
    """When the mean expectation cannot be told from 0 the interval says that nothing is known."""
    result = satisfaction_ratio([1, 2], [0.1, 9])
    assert (result.low, result.high) == (-np.inf, np.inf)


def test_levels_follow_the_stated_tolerance():
    """1.05 is met at a tolerance of .05, above at .04; the shares sum to 1."""
    wide = satisfaction_ratio([1.05, 0.95, 1.0], [1, 1, 1])
    assert wide.levels["n"].tolist() == [0, 3, 0]
    narrow = satisfaction_ratio([1.05, 0.95, 1.0], [1, 1, 1], tolerance=0.04)
    assert narrow.levels["n"].tolist() == [1, 1, 1]
    assert narrow.levels["share"].sum() == pytest.approx(1)


@pytest.mark.checks("satisfaction.satisfaction_ratio", kind="invariant")
def test_units_change_nothing():
    """A common factor of perceived and expected scores leaves C, its interval and the levels as they are."""
    b, a = draw(40)
    one, two = satisfaction_ratio(b, a), satisfaction_ratio(10 * b, 10 * a)
    assert [one.ratio, one.low, one.high] == pytest.approx([two.ratio, two.low, two.high])


@pytest.mark.checks("satisfaction.disconfirmation", kind="second", against="pingouin")
def test_disconfirmation_equals_the_paired_t_test():
    """Mean disconfirmation and its interval equal pingouin's paired t test, to the two decimals that it prints."""
    b, a = draw(50)
    result = disconfirmation(b, a)
    test = pingouin.ttest(b, a, paired=True)
    assert result.mean == pytest.approx((b - a).mean())
    assert [result.low, result.high] == pytest.approx(list(test["CI95"].iloc[0]), abs=6e-3)
    assert result.effect_size == pytest.approx((b - a).mean() / (b - a).std(ddof=1))


def test_pairs_with_a_missing_half_are_dropped_and_counted():
    """A respondent counts only with both answers; row labels are kept."""
    df = pd.DataFrame({"b": [4, None, 5, 3], "a": [4, 4, None, 4]}, index=list("wxyz"))
    result = disconfirmation(df["b"], df["a"], scale=(1, 5))
    assert (result.n, result.n_missing) == (2, 2)
    assert list(result.respondents.index) == ["w", "z"]
    assert satisfaction_ratio(df["b"], df["a"]).n_missing == 2


def test_one_pair_has_no_interval():
    """One respondent gives a difference and a ratio, and no interval."""
    assert np.isnan(disconfirmation([4], [5]).low)
    assert np.isnan(satisfaction_ratio([4], [5]).low)
    assert disconfirmation([4], [5]).summary()["n"][0] == 1


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: satisfaction_ratio([1, 2], [0, 1]), "row 0: 0"),
        (lambda: satisfaction_ratio([-1, 2], [1, 1]), "row 0: -1"),
        (lambda: satisfaction_ratio([1, 2], [1]), "perceived has 2 rows"),
        (lambda: satisfaction_ratio([None, 2], [1, None]), "No respondent has both"),
        (lambda: disconfirmation(pd.Series([1, 2]), pd.Series([1, 2], index=[5, 6])), "row labels"),
        (lambda: disconfirmation([1, 9], [1, 2], scale=(1, 5)), "perceived: 1 answers lie outside"),
    ],
)
def test_unusable_pairs_are_refused(call, word):
    """Zero expectations, negative perceptions and columns of different respondents get errors with the place."""
    with pytest.raises(DataError) as caught:
        call()
    assert word in str(caught.value)


def test_bad_options_are_refused():
    """A negative tolerance and an unknown method are errors."""
    with pytest.raises(ParameterError):
        disconfirmation([1], [1], tolerance=-1)
    with pytest.raises(ParameterError, match="feiller"):
        satisfaction_ratio([1], [1], method="feiller")


@pytest.mark.checks("satisfaction.satisfaction_ratio", "satisfaction.disconfirmation", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=3, max_size=30),
    factor=st.sampled_from([0.1, 2.0, 10.0]),
    random=st.randoms(use_true_random=False),
)
def test_a_common_unit_and_the_order_of_rows_change_nothing(pairs, factor, random):
    """Perceived and expected in another unit leave C as it is and scale the mean gap; the order of rows changes neither."""
    b, a = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    order = list(range(len(pairs)))
    random.shuffle(order)
    ratio, gap = satisfaction_ratio(b, a), disconfirmation(b, a)
    turned = satisfaction_ratio(factor * b[order], factor * a[order])
    assert [turned.ratio, turned.low, turned.high] == pytest.approx([ratio.ratio, ratio.low, ratio.high])
    scaled = disconfirmation(factor * b[order], factor * a[order])
    assert [scaled.mean, scaled.low] == pytest.approx([factor * gap.mean, factor * gap.low], abs=1e-9)
    assert disconfirmation(a, b).mean == pytest.approx(-gap.mean)
