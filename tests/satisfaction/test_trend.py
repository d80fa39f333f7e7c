"""Trends: Montgomery's p-chart, Laney's factor, runs, and how often chance signals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import csat, score_trend

#: Montgomery, *Introduction to statistical quality control*, table 7.1: nonconforming orange-juice cans in 30 samples of 50
CANS = [
    12,
    15,
    8,
    10,
    4,
    7,
    16,
    9,
    14,
    10,
    5,
    6,
    17,
    12,
    22,
    8,
    10,
    5,
    13,
    11,
    20,
    18,
    24,
    15,
    9,
    12,
    7,
    13,
    9,
    6,
]


def answers(counts, sizes):
    """Return answers and periods with so many satisfied of so many a period."""
    scores = [score for k, n in zip(counts, sizes, strict=True) for score in [5] * k + [2] * (n - k)]
    return scores, [t for t, n in enumerate(sizes, 1) for _ in range(n)]


@pytest.mark.checks("satisfaction.score_trend", kind="published", against="montgomery2013")
def test_montgomerys_cans():
    """Montgomery's orange-juice cans: centre .2313, limits .0524 and .4102, samples 15 and 23 outside (example 7.1)."""
    trend = score_trend(*answers(CANS, [50] * 30))
    assert round(trend.centre, 4) == 0.2313
    assert trend.table["lower"].round(4).unique().tolist() == [0.0524]
    assert trend.table["upper"].round(4).unique().tolist() == [0.4102]
    assert trend.table.loc[trend.table["beyond"], "period"].tolist() == [15, 23]
    assert not trend.in_control


@pytest.mark.checks("satisfaction.score_trend", kind="second", against="the measure of each period alone")
def test_limits_vary_with_n_and_intervals_are_the_measures_own():
    """Fewer answers make wider limits; each period's interval is that of CSAT on its answers alone."""
    scores, periods = answers([30, 60, 9], [40, 100, 12])
    table = score_trend(scores, periods).table
    p = 99 / 152
    assert table["upper"].to_numpy() == pytest.approx(
        np.minimum(1, p + 3 * np.sqrt(p * (1 - p) / np.array([40, 100, 12])))
    )
    alone = csat([5] * 9 + [2] * 3)
    assert [table["low"].iloc[2], table["high"].iloc[2]] == pytest.approx([alone.low, alone.high])


def test_laneys_factor_by_hand_and_on_spread_out_periods():
    """Laney's factor is the mean moving range of z over 1.128: near 1 for chance alone, and larger where periods wander."""
    rng = np.random.default_rng(4)
    trend = score_trend(*answers(CANS, [50] * 30), limits="laney")
    p = np.array(CANS) / 50
    z = (p - p.mean()) / np.sqrt(p.mean() * (1 - p.mean()) / 50)
    assert trend.sigma_z == pytest.approx(np.abs(np.diff(z)).mean() / 1.128, rel=1e-3)
    still = score_trend(*answers(rng.binomial(800, 0.7, 60), [800] * 60), limits="laney")
    assert still.sigma_z == pytest.approx(1, abs=0.25)
    wander = rng.binomial(800, rng.normal(0.7, 0.05, 60).clip(0.5, 0.9))
    wide, narrow = (score_trend(*answers(wander, [800] * 60), limits=name) for name in ("laney", "within"))
    assert wide.sigma_z > 2
    assert wide.table["beyond"].sum() < narrow.table["beyond"].sum()


@pytest.mark.checks("satisfaction.score_trend", kind="recovery")
def test_chance_signals_rarely():
    """Without a change about one period in 370 leaves three-sigma limits: at most 1 % of 600 here."""
    rng = np.random.default_rng(6)
    beyond = sum(
        score_trend(*answers(rng.binomial(100, 0.6, 30), [100] * 30)).table["beyond"].sum() for _ in range(20)
    )
    assert beyond / 600 <= 0.01


def test_runs_are_marked_whole():
    """Eight in a row on one side are a signal, seven are not; a period on the centre ends a run."""
    scores, periods = answers([55] * 8 + [45] * 8, [100] * 16)
    table = score_trend(scores, periods).table
    assert table["run"].all()
    assert not table["beyond"].any()
    assert not score_trend(scores, periods, run_length=9).table["run"].any()
    scores, periods = answers([52] * 5 + [50] + [52] * 4 + [45, 45, 45, 47], [100] * 14)
    assert not score_trend(scores, periods).table["run"].any()


def test_a_baseline_judges_what_comes_after():
    """Centre and spread from the first periods: a lasting fall is seen against them."""
    scores, periods = answers([70, 72, 68, 71, 55, 54], [100] * 6)
    trend = score_trend(scores, periods, baseline=4)
    assert trend.centre == pytest.approx(0.7025)
    assert trend.n_baseline == 4
    assert trend.table["beyond"].tolist() == [False] * 4 + [True, True]


def test_nps_and_ces_have_their_own_spread():
    """The NPS limits rest on the shares of all answers, those of the mean on the spread within periods."""
    rng = np.random.default_rng(3)
    x, t = rng.integers(0, 11, 300), np.repeat([1, 2, 3], 100)
    p, d = (x >= 9).mean(), (x <= 6).mean()
    trend = score_trend(x, t, measure="nps")
    assert trend.sigma == pytest.approx(100 * np.sqrt(p + d - (p - d) ** 2))
    y = rng.integers(1, 8, 300).astype(float)
    effort = score_trend(y, t, measure="ces")
    within = np.mean([y[t == k].var(ddof=1) for k in (1, 2, 3)])
    assert effort.sigma == pytest.approx(np.sqrt(within))


def test_periods_are_sorted_and_gaps_counted():
    """Quarters come in order; rows without a quarter and quarters without an answer are left out."""
    dates = pd.Series(pd.to_datetime(["2025-07-01", "2025-01-05", None, "2025-02-01", "2025-10-10"]))
    trend = score_trend([5, 2, 5, None, None], dates.dt.to_period("Q"))
    assert [str(q) for q in trend.table["period"]] == ["2025Q1", "2025Q3"]
    assert trend.table["n_missing"].tolist() == [1, 0]
    assert trend.n_without_period == 1


@pytest.mark.checks("satisfaction.score_trend", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10), min_size=6, max_size=60), st.integers(0, 10**6))
def test_limits_hold_the_centre_and_row_order_changes_nothing(scores, seed):
    """Control limits lie within the measure's range and around the centre; the order of rows changes nothing."""
    periods = np.arange(len(scores)) % 3
    table = score_trend(scores, periods, measure="nps").table
    assert ((table["lower"] <= table["centre"]) & (table["centre"] <= table["upper"])).all()
    assert table[["lower", "upper", "low", "high"]].abs().to_numpy().max() <= 100
    order = np.random.default_rng(seed).permutation(len(scores))
    again = score_trend(np.array(scores)[order], periods[order], measure="nps").table
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: score_trend([5, 4], [1, 1]), DataError, "two periods"),
        (lambda: score_trend([5, 4], [1]), DataError, "of the same rows"),
        (lambda: score_trend([5, 4], [None, None]), DataError, "No answer has a period"),
        (lambda: score_trend([5, 4], [1, 2], measure="ces"), DataError, "two answers"),
        (lambda: score_trend([5, 9], [1, 2]), DataError, "outside the scale"),
        (lambda: score_trend([5, 4], [1, 2], limits="laneys"), ParameterError, "unknown"),
        (lambda: score_trend([5, 4], [1, 2], sigmas=0), ParameterError, "sigmas"),
        (lambda: score_trend([5, 4], [1, 2], weights=[1, 1]), ParameterError, "weights"),
    ],
)
def test_what_has_no_trend_is_refused(call, error, word):
    """A single period, lengths that differ, single answers of a mean, and odd options get errors that teach."""
    with pytest.raises(error, match=word):
        call()
