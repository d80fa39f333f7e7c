"""CSAT, NPS and CES hit hand-computed numbers, equal second implementations, and keep their level in small samples."""

from __future__ import annotations

from math import lgamma

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import ces, csat, nps
from crmlab.satisfaction.intervals import nps_interval

HUNDRED = [10] * 60 + [8] * 25 + [3] * 15


@pytest.mark.checks("satisfaction.nps", kind="second", against="arithmetic by hand")
def test_nps_of_sixty_twentyfive_fifteen():
    """60 promoters, 25 passives and 15 detractors make 45 points, standard error 7.40, Wald interval 30.5 to 59.5."""
    result = nps(HUNDRED, method="wald")
    assert result.nps == 45
    assert round(result.se, 2) == 7.40
    assert (round(result.low, 1), round(result.high, 1)) == (30.5, 59.5)
    assert result.groups["n"].tolist() == [60, 25, 15]
    assert result.groups["share"].tolist() == [0.6, 0.25, 0.15]


@pytest.mark.checks("satisfaction.nps", kind="second", against="arithmetic by hand")
def test_adjusted_wald_adds_three_answers():
    """The adjusted NPS interval is Wald's after ¾ of a promoter, ¾ of a detractor and 1½ passives more."""
    p, d, n = 60.75 / 103, 15.75 / 103, 103
    half = 1.959964 * np.sqrt((p + d - (p - d) ** 2) / n)
    result = nps(HUNDRED)
    assert result.method == "adjusted_wald"
    assert [result.low, result.high] == pytest.approx([100 * (p - d - half), 100 * (p - d + half)], abs=1e-4)


@pytest.mark.checks("satisfaction.nps", kind="second", against="numerical maximisation")
@pytest.mark.parametrize(
    ("b", "c", "n"), [(60, 15, 100), (9, 0, 10), (0, 0, 8), (5, 5, 10), (0, 7, 9), (3, 2, 50)]
)
def test_score_interval_inverts_its_test(b, c, n):
    """At each end of the NPS score interval the constrained score statistic, maximised numerically, equals ±1.96."""
    low, high = nps_interval(b, c, n, confidence=0.95, method="score")
    assert -1 <= low <= (b - c) / n <= high <= 1
    for end, sign in ((low, 1), (high, -1)):
        if abs(end) < 1:
            q = np.linspace(
                max(0.0, -end) + 1e-9, (1 - end) / 2 - 1e-9, 400_001
            )  # detractors; promoters are q + end
            likelihood = sum(
                k * np.log(p) for k, p in ((b, q + end), (c, q), (n - b - c, 1 - 2 * q - end)) if k
            )
            best = q[np.argmax(likelihood)] if n else 0.0
            z = (b - c - n * end) / np.sqrt(n * (2 * best + end - end**2))
            assert z == pytest.approx(sign * 1.959964, abs=2e-3)


def coverage(n, method):
    """Return the true coverage of the nominal 95 % interval over a grid of shares, by enumeration of all samples."""
    cells = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    b, c = np.array(cells).T
    r = n - b - c
    log_factorial = np.array([lgamma(k + 1) for k in range(n + 1)])
    ways = log_factorial[n] - log_factorial[b] - log_factorial[c] - log_factorial[r]
    ends = np.array([nps_interval(int(i), int(j), n, confidence=0.95, method=method) for i, j in cells])
    covered = []
    for p in np.arange(0.02, 0.98, 0.04):
        for q in np.arange(0.02, 0.98 - p, 0.04):
            mass = np.exp(ways + b * np.log(p) + c * np.log(q) + r * np.log(1 - p - q))
            covered.append(mass[(ends[:, 0] <= p - q + 1e-12) & (ends[:, 1] >= p - q - 1e-12)].sum())
    return np.array(covered)


@pytest.mark.checks("satisfaction.nps", kind="recovery")
def test_the_default_keeps_its_level_at_ten_answers():
    """With ten answers the default NPS interval covers the truth in 95.1 % on average and never below 90 %; Wald's averages 88 % and falls to 46 %."""
    default, score, wald = (coverage(10, m) for m in ("adjusted_wald", "score", "wald"))
    assert default.mean() == pytest.approx(0.951, abs=0.001)
    assert default.min() > 0.90
    assert score.min() > 0.92
    assert wald.mean() == pytest.approx(0.879, abs=0.001)
    assert wald.min() == pytest.approx(0.46, abs=0.005)


@pytest.mark.checks("satisfaction.nps", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10), min_size=1, max_size=60),
    st.sampled_from(["adjusted_wald", "score", "wald"]),
    st.randoms(),
)
def test_nps_stays_within_a_hundred_and_forgets_order(scores, method, random):
    """NPS and its interval lie in [−100, 100], contain each other, and do not depend on the order of rows."""
    result = nps(scores, method=method)
    assert -100 <= result.low <= result.nps + 1e-9
    assert result.nps - 1e-9 <= result.high <= 100
    assert result.promoters + result.passives + result.detractors == result.n
    shuffled = list(scores)
    random.shuffle(shuffled)
    assert nps(shuffled, method=method).summary().equals(result.summary())


@pytest.mark.checks("satisfaction.nps", kind="invariant")
def test_nps_turned_round_changes_sign():
    """Swapping promoters and detractors mirrors the NPS and its interval, for each method."""
    for method in ("adjusted_wald", "score", "wald"):
        one, two = (
            nps([10] * 12 + [7] * 5 + [1] * 3, method=method),
            nps([1] * 12 + [7] * 5 + [10] * 3, method=method),
        )
        assert [one.nps, one.low, one.high] == pytest.approx([-two.nps, -two.high, -two.low])


@pytest.mark.checks("satisfaction.csat", kind="second", against="statsmodels")
@pytest.mark.parametrize("method", ["wilson", "jeffreys", "agresti_coull", "wald"])
@pytest.mark.parametrize("hits", [0, 1, 7, 19, 20])
def test_csat_intervals_equal_statsmodels(method, hits):
    """All four intervals of a satisfied share equal statsmodels', whose Jeffreys differs at 0 and n only."""
    result = csat([5] * hits + [2] * (20 - hits), method=method)
    name = {"wald": "normal"}.get(method, method)
    low, high = proportion_confint(hits, 20, method=name)
    if method == "jeffreys":  # Brown, Cai & DasGupta set the ends to 0 and 1 there
        low, high = (0.0 if hits == 0 else low), (1.0 if hits == 20 else high)
    assert [result.low, result.high] == pytest.approx([max(0, low), min(1, high)])
    assert result.share == hits / 20


@pytest.mark.checks("satisfaction.csat", kind="second", against="scipy")
def test_csat_mean_equals_scipy():
    """The interval of the mean satisfaction score is Student's t, as scipy computes it."""
    x = [1, 3, 4, 4, 5, 2, 3]
    result = csat(x)
    low, high = stats.t.interval(0.95, 6, np.mean(x), stats.sem(x))
    assert [result.mean, result.mean_low, result.mean_high] == pytest.approx([np.mean(x), low, high])
    assert result.threshold == 4
    assert result.distribution["n"].tolist() == [1, 1, 2, 2, 1]


@pytest.mark.checks("satisfaction.csat", kind="invariant")
def test_equal_weights_change_nothing_and_zero_leaves_out():
    """Equal weights of respondents give the unweighted share; a weight of 0 is as good as absence."""
    x = [5, 4, 2, 1, 5, 3]
    plain, weighted = csat(x), csat(x, weights=[2.5] * 6)
    assert weighted.share == pytest.approx(plain.share)
    assert [weighted.low, weighted.mean_se] == pytest.approx([plain.low, plain.mean_se])
    assert weighted.n_effective == pytest.approx(6)
    without = csat([*x, 1], weights=[1] * 6 + [0])
    assert [without.share, without.mean, without.mean_se] == pytest.approx(
        [plain.share, plain.mean, plain.mean_se]
    )


def test_unequal_weights_move_the_share_and_widen_the_interval():
    """A stratum that counts threefold moves the share, and the effective n falls below n."""
    x, w = [5] * 10 + [1] * 10, [3] * 10 + [1] * 10
    result = csat(x, weights=w)
    assert result.share == 0.75
    assert result.n_effective == pytest.approx(40**2 / 100)
    assert result.distribution["share"].tolist() == [0.25, 0, 0, 0, 0.75]


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        ([1, 2], "scores has 3 rows, weights has 2"),
        ([1, -1, 1], "outside"),
        ([0, 0, 0], "positive"),
        ([1, None, 1], "no weight"),
    ],
)
def test_unusable_weights_are_refused(weights, word):
    """Weights must match the answers, not be negative or missing, and sum to something."""
    with pytest.raises(DataError, match=word):
        csat([5, 4, 3], weights=weights)


@pytest.mark.checks("satisfaction.ces", kind="second", against="scipy")
def test_ces_equals_scipy_and_counts_easy_answers():
    """The mean effort score has scipy's t interval, the share of easy answers (5 to 7) Wilson's interval from statsmodels."""
    x = [7, 6, 5, 4, 2, 6, 7, 3, 5, 6]
    result = ces(x)
    low, high = stats.t.interval(0.95, 9, np.mean(x), stats.sem(x))
    assert [result.low, result.high] == pytest.approx([low, high])
    assert result.easy_from == 5
    assert result.easy_share == 0.7
    assert [result.easy_low, result.easy_high] == pytest.approx(
        list(proportion_confint(7, 10, method="wilson"))
    )


@pytest.mark.checks("satisfaction.ces", kind="second", against="scipy")
def test_ces_bootstrap_is_close_to_scipys():
    """The percentile bootstrap of the mean effort score agrees with scipy's."""
    x = np.random.default_rng(3).integers(1, 8, 80).astype(float)
    mine = ces(x, method="bootstrap", rng=np.random.default_rng(1), n_resamples=20_000)
    theirs = stats.bootstrap(
        (x,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert [mine.low, mine.high] == pytest.approx([theirs.low, theirs.high], abs=0.03)
    with pytest.raises(ParameterError, match="rng"):
        ces(x, method="bootstrap")


def test_missing_answers_are_dropped_and_counted():
    """NaN, None and pandas' NA count as missing, in lists, arrays and nullable columns."""
    assert nps([10, None, 9, np.nan]).n_missing == 2
    nullable = pd.Series([5, pd.NA, 4], dtype="Int64")
    assert (csat(nullable).n, csat(nullable).n_missing) == (2, 1)
    assert ces(np.array([7.0, np.nan])).n == 1


def test_one_answer_gives_a_score_and_no_interval_of_the_mean():
    """A single answer has a share with a wide interval, and no standard error."""
    result = csat([5])
    assert result.share == 1
    assert result.low < 0.3
    assert np.isnan([result.mean_se, result.mean_low]).all()


def test_answers_off_the_scale_name_scale_and_rows():
    """The error names the scale, and the first five bad rows by their labels."""
    scores = pd.Series([5, 11, 12, 3, -1, 99, 50, 60], index=list("abcdefgh"))
    with pytest.raises(DataError, match="6 answers lie outside the scale 0 to 10") as caught:
        nps(scores)
    assert caught.value.problems == ("row b: 11", "row c: 12", "row e: -1", "row f: 99", "row g: 50")


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: nps([9.5, 8]), "whole numbers"),
        (lambda: nps(["9", "ten"]), "not finite numbers"),
        (lambda: csat([None, None]), "no answer among 2"),
        (lambda: csat([]), "no answer among 0"),
        (lambda: ces("777"), "must be a column"),
    ],
)
def test_bad_answers_are_refused(call, word):
    """Halves on the NPS scale, words, and empty columns get errors that say so."""
    with pytest.raises(DataError, match=word):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: csat([1], top=5),
        lambda: csat([1], scale=(5, 1)),
        lambda: csat([1], method="wilsn"),
        lambda: csat([1], confidence=95),
        lambda: nps([1], method="tango"),
        lambda: ces([1], easy_from=9),
    ],
)
def test_bad_parameters_are_refused(call):
    """Options out of their range are errors, not guesses."""
    with pytest.raises(ParameterError):
        call()


def test_summaries_are_one_tidy_row():
    """Each summary is one row of single values."""
    for result in (csat([5, 4, 1]), nps([10, 7, 2]), ces([7, 5, 1])):
        assert len(result.summary()) == 1
        assert {"n", "n_missing", "low", "high", "confidence"} <= set(result.summary())


def test_nobody_and_everybody_are_exact_ends():
    """Where nobody, or everybody, is satisfied, the end of the interval is 0, or 1, at every size of the sample."""
    for n in range(1, 60):
        assert csat([1] * n).low == 0
        assert csat([5] * n).high == 1


@pytest.mark.checks("satisfaction.csat", "satisfaction.ces", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(answers=st.lists(st.integers(1, 5), min_size=2, max_size=40), random=st.randoms(use_true_random=False))
def test_shares_and_means_stay_in_range_and_forget_order(answers, random):
    """Satisfied and easy shares lie in [0, 1], means on the scale, each within its interval; the order of rows changes nothing."""
    satisfied, effort = csat(answers), ces(answers, scale=(1, 5))
    assert 0 <= satisfied.low <= satisfied.share <= satisfied.high <= 1
    assert 1 <= satisfied.mean <= 5
    assert effort.low - 1e-9 <= effort.mean <= effort.high + 1e-9
    assert 0 <= effort.easy_share <= 1
    random.shuffle(answers)
    assert csat(answers).low == satisfied.low
    assert ces(answers, scale=(1, 5)).low == pytest.approx(effort.low)
