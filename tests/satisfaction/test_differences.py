"""Differences of two scores: published intervals, exact tests, coverage, and what chance alone does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import nps, rise_by_chance, score_difference


def shares(hits, n):
    """Return n answers of which so many are satisfied."""
    return [5] * hits + [2] * (n - hits)


@pytest.mark.checks("satisfaction.score_difference", kind="published", against="newcombe1998")
@pytest.mark.parametrize(
    ("one", "two", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_csat_hits_newcombes_table(one, two, low, high):
    """The 95 % interval of the difference of 56 satisfied of 70 and 48 of 80 is .0524 to .3339, as printed (table II, method 10)."""
    result = score_difference(shares(*two), shares(*one))
    assert [result.low, result.high] == pytest.approx([low, high], abs=6e-5)
    assert result.difference == pytest.approx(one[0] / one[1] - two[0] / two[1])


@pytest.mark.checks("satisfaction.score_difference", kind="second", against="half-widths by hand")
def test_nps_equals_the_hybrid_by_hand():
    """The interval of a difference of two NPS is the root of the summed squares of the two scores' own half-widths."""
    before, after = [10] * 20 + [8] * 20 + [3] * 10, [10] * 30 + [8] * 15 + [3] * 5
    one, two, result = nps(before), nps(after), score_difference(before, after, measure="nps")
    assert result.difference == pytest.approx(30)
    assert result.low == pytest.approx(30 - math.hypot(two.nps - two.low, one.high - one.nps))
    assert result.high == pytest.approx(30 + math.hypot(two.high - two.nps, one.nps - one.low))


@pytest.mark.checks("satisfaction.score_difference", kind="second", against="scipy")
def test_paired_means_equal_scipy():
    """The interval of paired effort scores is scipy's t interval of their differences."""
    rng = np.random.default_rng(2)
    x = rng.integers(1, 7, 40).astype(float)
    y = np.clip(x + rng.integers(-1, 3, 40), 1, 7)
    result = score_difference(x, y, measure="ces", paired=True)
    interval = stats.ttest_rel(y, x).confidence_interval()
    assert [result.low, result.high] == pytest.approx(list(interval))
    assert result.method == "t"
    assert result.correlation == pytest.approx(np.corrcoef(x, y)[0, 1])


@pytest.mark.checks("satisfaction.score_difference", kind="second", against="scipy")
def test_unpaired_means_are_close_to_welch():
    """The interval of two independent mean effort scores is nearly Welch's, and exactly as wide where both samples are alike."""
    rng = np.random.default_rng(2)
    x, y = rng.integers(2, 7, 60).astype(float), rng.integers(1, 7, 80).astype(float)
    result = score_difference(x, y, measure="ces")
    welch = stats.ttest_ind(y, x, equal_var=False).confidence_interval()
    assert [result.low, result.high] == pytest.approx(list(welch), abs=0.01)


@pytest.mark.checks(
    "satisfaction.score_difference", "satisfaction.rise_by_chance", kind="second", against="statsmodels"
)
def test_chance_in_pairs_is_mcnemars_exact_test():
    """For paired CSAT the two-sided chance of the observed change is the p of statsmodels' exact McNemar test."""
    before = np.array([5] * 30 + [2] * 14 + [5] * 5 + [2] * 21)
    after = np.array([5] * 30 + [5] * 14 + [2] * 5 + [2] * 21)
    result = score_difference(before, after, paired=True)
    assert result.chance_of_change == pytest.approx(mcnemar([[30, 5], [14, 21]], exact=True).pvalue)
    assert result.chance_of_rise == pytest.approx(stats.binom.sf(13, 19, 0.5))


@pytest.mark.checks("satisfaction.rise_by_chance", kind="second", against="simulation")
@pytest.mark.parametrize(("measure", "rise"), [("nps", 10), ("csat", 0.1), ("ces", 0.4)])
def test_chance_equals_simulation(measure, rise):
    """The exact probability that a score rises by chance lies within simulation error of 40,000 pairs of samples."""
    rng = np.random.default_rng(8)
    answers = {"nps": [10] * 40 + [8] * 35 + [2] * 25, "csat": shares(70, 100), "ces": [7, 6, 6, 5, 3, 2]}[
        measure
    ]
    counts = {
        "nps": np.where(np.array(answers) >= 9, 100, np.where(np.array(answers) <= 6, -100, 0)),
        "csat": np.array(answers) > 3,
        "ces": np.array(answers),
    }[measure]
    a = rng.choice(counts, (40_000, 20)).mean(axis=1)
    b = rng.choice(counts, (40_000, 35)).mean(axis=1)
    exact = rise_by_chance(answers, rise, n_before=20, n_after=35, measure=measure)
    assert exact == pytest.approx(np.mean(b - a >= rise - 1e-9), abs=0.01)


@pytest.mark.checks("satisfaction.score_difference", kind="recovery")
@pytest.mark.parametrize(
    ("paired", "measure"), [(False, "csat"), (False, "nps"), (True, "csat"), (True, "nps")]
)
def test_intervals_cover(paired, measure):
    """Over 300 pairs of samples of 30 the 95 % interval of a difference covers the true difference in 92 to 98.5 %."""
    rng = np.random.default_rng(11)
    points = np.array([10, 8, 3])
    hits = 0
    for _ in range(300):
        x = rng.choice(points, 30, p=[0.3, 0.4, 0.3])
        y = rng.choice(points, 30, p=[0.5, 0.3, 0.2])
        if paired:  # keep half of the first answers: shares mix, and pairs go together
            y = np.where(rng.random(30) < 0.5, x, y)
        mixed = np.array([0.4, 0.35, 0.25]) if paired else np.array([0.5, 0.3, 0.2])
        options = {"scale": (1, 10), "top": 2} if measure == "csat" else {}
        truth = (mixed[0] - 0.3) if measure == "csat" else 100 * (mixed[0] - mixed[2])
        result = score_difference(x, y, measure=measure, paired=paired, **options)
        hits += result.low <= truth <= result.high
    assert 0.92 <= hits / 300 <= 0.985


@pytest.mark.checks("satisfaction.score_difference", "satisfaction.rise_by_chance", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 10), min_size=2, max_size=40),
    st.lists(st.integers(0, 10), min_size=2, max_size=40),
    st.randoms(),
)
def test_turning_time_round_changes_the_sign(a, b, random):
    """Swapping the two samples mirrors difference and interval; the order of rows changes nothing, and chances stay within 0 and 1."""
    one, two = score_difference(a, b, measure="nps"), score_difference(b, a, measure="nps")
    assert [one.difference, one.low, one.high] == pytest.approx([-two.difference, -two.high, -two.low])
    assert -200 <= one.low <= one.difference + 1e-9
    assert one.difference - 1e-9 <= one.high <= 200
    assert 0 <= one.chance_of_change <= 1 + 1e-9
    random.shuffle(a)
    assert score_difference(a, b, measure="nps").low == pytest.approx(one.low)


@pytest.mark.checks("satisfaction.rise_by_chance", kind="invariant")
def test_larger_samples_rise_less_by_chance():
    """A rise of ten points by chance becomes rarer as samples grow, and large samples stay exact and quick."""
    answers = [10] * 40 + [8] * 40 + [3] * 20
    chances = [
        rise_by_chance(answers, 10, n_before=n, n_after=n, measure="nps") for n in (20, 100, 400, 20_000)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.3
    assert chances[2] < 0.04
    assert 0 <= chances[3] < 1e-10


def test_missing_halves_leave_the_pair_out():
    """In pairs a missing half leaves the respondent out; unpaired samples lose their own gaps only."""
    before, after = [5, None, 2, 2], [5, 5, None, 5]
    paired, free = score_difference(before, after, paired=True), score_difference(before, after)
    assert (paired.n_before, paired.n_missing) == (2, 2)
    assert (free.n_before, free.n_after, free.n_missing) == (3, 3, 2)


def test_no_change_is_nothing_to_explain():
    """Equal scores have no size to ask chance about; a size that is given is answered."""
    same = score_difference([5, 2], [5, 2])
    assert math.isnan(same.chance_of_rise)
    assert same.chance_of_change == 1
    assert 0 < score_difference([5, 2], [5, 2], rise=0.5).chance_of_rise < 1


def test_answers_between_whole_numbers_take_the_normal():
    """Halves have no lattice: the chance is the normal's, close to that of the whole numbers nearby."""
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 7, 60)
    normal = rise_by_chance(x, 0.5, n_before=40, n_after=40, measure="ces")
    whole = rise_by_chance(np.round(x), 0.5, n_before=40, n_after=40, measure="ces")
    assert normal == pytest.approx(whole, abs=0.02)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: score_difference([5], [4], measure="csst"), ParameterError),
        (lambda: score_difference([5], [4], weights=[1]), ParameterError),
        (lambda: score_difference([5], [4], confidence=95), ParameterError),
        (lambda: score_difference([5], [4], rise=-1), ParameterError),
        (lambda: score_difference([5, 4], [4], paired=True), DataError),
        (lambda: score_difference([11], [4], measure="nps"), DataError),
        (lambda: rise_by_chance([5], 0, n_before=3, n_after=3), ParameterError),
        (lambda: rise_by_chance([5], 0.1, n_before=0, n_after=3), ParameterError),
    ],
)
def test_what_cannot_be_compared_is_refused(call, error):
    """Unknown measures, weights, levels of 95, sizes of 0 and unequal pairs are errors."""
    with pytest.raises(error):
        call()
