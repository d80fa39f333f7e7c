"""The satisfaction–loyalty curve against scipy, a published trend test, and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from crmlab._shares import newcombe, wilson
from crmlab.errors import DataError, ParameterError
from crmlab.loyalty import satisfaction_loyalty_curve


def logit(x, y):
    """Fit a logistic regression to single rows by statsmodels; return coefficients and covariance."""
    from statsmodels.discrete.discrete_model import Logit

    found = Logit(y, np.column_stack([np.ones(len(x)), x])).fit(disp=0, tol=1e-12)
    return found.params, found.cov_params()


@pytest.fixture
def customers():
    """Simulate customers under weak and strong competition, with a known logistic curve each."""
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, 3000)
    group = np.where(np.arange(3000) % 2, "weak", "strong")
    eta = np.where(group == "weak", -0.5 + 0.6 * x, -6 + 1.6 * x)
    return pd.DataFrame({"x": x, "y": rng.random(3000) < 1 / (1 + np.exp(-eta)), "group": group})


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="second", against="pandas")
def test_points_are_shares_with_wilson_intervals(customers):
    """Each point is a group's mean at its level."""
    found = satisfaction_loyalty_curve(customers["x"], customers["y"], group=customers["group"])
    expected = customers.groupby(["group", "x"])["y"].agg(["size", "sum", "mean"])
    assert np.allclose(found.points["share"], expected["mean"])
    low, high = wilson(expected["sum"], expected["size"], 0.95)
    assert np.allclose(found.points["low"], low)
    assert np.allclose(found.points["high"], high)
    assert found.points["customers"].sum() == 3000


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="published", against="agresti2002")
def test_published_trend_test():
    """On Agresti's table of alcohol and malformation of 32,574 births the test for trend gives z² = 6.57, as printed (Categorical Data Analysis, section 3.4.5)."""
    score = [0, 0.5, 1.5, 4, 7]
    present, absent = [48, 38, 5, 1, 1], [17066, 14464, 788, 126, 37]
    x = np.repeat(score * 2, present + absent)
    y = np.repeat([1, 0], [sum(present), sum(absent)])
    trend = satisfaction_loyalty_curve(x, y).trend.iloc[0]
    assert trend["z_cochran_armitage"] ** 2 == pytest.approx(6.57, abs=0.005)
    assert trend["p_cochran_armitage"] == pytest.approx(0.0104, abs=5e-5)


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="second", against="scipy")
def test_trend_tests_have_second_implementations(customers):
    """The rank correlation of satisfaction and loyalty is scipy's, and the trend statistic is N times the squared Pearson correlation."""
    trend = satisfaction_loyalty_curve(customers["x"], customers["y"]).trend.iloc[0]
    theirs = spearmanr(customers["x"], customers["y"])
    assert (trend["spearman"], trend["p_spearman"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    r = np.corrcoef(customers["x"], customers["y"])[0, 1]
    assert trend["z_cochran_armitage"] == pytest.approx(r * np.sqrt(len(customers)))


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="second", against="statsmodels")
@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="recovery")
def test_fit_is_statsmodels_and_recovers_the_truth(customers):
    """The logistic curve fitted to levels equals that of statsmodels on single customers, and its intervals hold the simulated slopes of weak and strong competition."""
    found = satisfaction_loyalty_curve(customers["x"], customers["y"], group=customers["group"])
    fit = found.fit.set_index("group")
    for group, slope in (("weak", 0.6), ("strong", 1.6)):
        mine = customers[customers["group"] == group]
        b, cov = logit(mine["x"].to_numpy(float), mine["y"].to_numpy(float))
        row = fit.loc[group]
        assert [row["intercept"], row["slope"]] == pytest.approx(b, abs=1e-8)
        assert row["slope_high"] - row["slope"] == pytest.approx(1.959964 * np.sqrt(cov[1, 1]), rel=1e-5)
        assert row["slope_low"] < slope < row["slope_high"]
        assert row["odds_ratio"] == pytest.approx(np.exp(b[1]))
        line = found.curve([3.0]).set_index("group").loc[group]
        half = 1.959964 * np.sqrt(np.array([1, 3]) @ cov @ np.array([1, 3]))
        assert line["low"] == pytest.approx(1 / (1 + np.exp(-(b[0] + 3 * b[1] - half))), rel=1e-5)


def test_zones_lie_where_the_curve_crosses_the_cuts(customers):
    """Put back into the curve, the zone boundaries give the cuts, and the zones hold all customers."""
    found = satisfaction_loyalty_curve(customers["x"], customers["y"], group=customers["group"])
    strong = found.zones.set_index("group").loc["strong"]
    line = found.curve([strong["defection_below"], strong["affection_from"]])
    assert line[line["group"] == "strong"]["share"].tolist() == pytest.approx([0.4, 0.8])
    shares = found.zones[["defection_share", "indifference_share", "affection_share"]].sum(axis=1)
    assert shares.tolist() == pytest.approx([1, 1])
    weak = found.zones.set_index("group").loc["weak"]
    assert np.isnan(weak["defection_below"])  # already at the lowest level loyalty exceeds 40 %
    assert weak["defection_share"] == 0


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="second", against="arithmetic by hand")
def test_lift_from_satisfied_to_completely_satisfied():
    """60/80 at level 4 against 72/80 at level 5 by hand: 15 points, ratio 1.2, Newcombe's interval."""
    x = [4] * 80 + [5] * 80 + [1] * 10
    y = [1] * 60 + [0] * 20 + [1] * 72 + [0] * 8 + [0] * 9 + [1]
    lift = satisfaction_loyalty_curve(x, y).lift.iloc[0]
    assert (lift["satisfied"], lift["completely_satisfied"]) == (4, 5)
    assert lift["difference"] == pytest.approx(0.15)
    assert lift["ratio"] == pytest.approx(1.2)
    assert (lift["difference_low"], lift["difference_high"]) == pytest.approx(newcombe(72, 80, 60, 80, 0.95))
    se = np.sqrt(1 / 72 - 1 / 80 + 1 / 60 - 1 / 80)
    assert lift["ratio_low"] == pytest.approx(1.2 * np.exp(-1.959964 * se), rel=1e-6)
    other = satisfaction_loyalty_curve(x, y, satisfied=1, completely_satisfied=4).lift.iloc[0]
    assert other["difference"] == pytest.approx(0.65)


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="trap", against="non-convergence")
@pytest.mark.parametrize(
    ("x", "y", "status"),
    [
        ([1, 1, 2, 2], [0, 0, 1, 1], "separated"),
        ([1, 1, 2, 2], [0, 1, 1, 1], "separated"),
        ([1, 2, 2, 3], [1, 1, 1, 1], "all_loyal"),
        ([1, 2, 2, 3], [0, 0, 0, 0], "none_loyal"),
    ],
)
def test_a_curve_without_maximum_is_told_not_fitted(x, y, status):
    """Where the likelihood has no maximum the status says why, and the curve is empty."""
    found = satisfaction_loyalty_curve(x, y)
    assert found.fit["status"].tolist() == [status]
    assert np.isnan(found.fit["slope"].iloc[0])
    assert np.isnan(found.zones["defection_below"].iloc[0])
    assert found.curve().empty


def test_nearly_separated_levels_are_fitted():
    """One crossing pair is enough for a maximum, and no warning is given."""
    x = [1] * 200 + [2] * 200
    y = [0] * 199 + [1] + [1] * 199 + [0]
    found = satisfaction_loyalty_curve(x, y)
    assert found.fit["slope"].iloc[0] == pytest.approx(2 * np.log(199))
    assert found.lift["fitted_difference"].iloc[0] == pytest.approx(198 / 200)


def test_a_group_at_one_level_has_no_trend():
    """A group whose customers are all equally satisfied gets its point, and no trend or fit."""
    found = satisfaction_loyalty_curve(
        [1, 2, 3, 4, 3, 3], [0, 1, 0, 1, 1, 0], group=list("aaaabb"), min_group=2
    )
    b = found.trend.set_index("group").loc["b"]
    assert np.isnan(b["z_cochran_armitage"])
    assert np.isnan(b["spearman"])
    assert found.fit.set_index("group").loc["b", "status"] == "one_level"
    assert found.points["enough"].tolist() == [False] * 4 + [True]


@pytest.mark.checks("loyalty.satisfaction_loyalty_curve", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=8, max_size=60).filter(
        lambda rows: len({x for x, _ in rows}) > 1
    ),
    st.integers(0, 99),
)
def test_order_and_scale_change_nothing(rows, seed):
    """Shuffled rows, and satisfaction on a scale ten times as long, give the same shares, tests and lift."""
    frame = pd.DataFrame(rows, columns=["x", "y"])
    mixed = frame.sample(frac=1, random_state=seed)
    first = satisfaction_loyalty_curve(frame["x"], frame["y"])
    second = satisfaction_loyalty_curve(10 * mixed["x"], mixed["y"])
    assert np.array_equal(first.points["share"], second.points["share"])
    for name in ("spearman", "z_cochran_armitage"):
        assert np.allclose(first.trend[name], second.trend[name], equal_nan=True)
    assert np.allclose(first.fit["slope"], 10 * second.fit["slope"], rtol=1e-5, atol=1e-8, equal_nan=True)
    assert first.summary()["customers"].sum() == len(rows)


def test_bins_make_levels_of_a_continuous_scale():
    """Values fall into bins that hold their lower edge; the last holds both; empty bins are no levels."""
    x = [0, 9.9, 10, 55, 99, 100]
    found = satisfaction_loyalty_curve(x, [0, 1, 0, 1, 0, 1], bins=[0, 10, 20, 50, 60, 100])
    assert found.points[["level", "customers"]].to_numpy().tolist() == [[5, 2], [15, 1], [55, 1], [80, 2]]
    even = satisfaction_loyalty_curve(x, [0, 1, 0, 1, 0, 1], bins=2)
    assert even.points["level"].tolist() == [25, 75]


def test_missing_answers_are_left_out_and_counted():
    """A missing satisfaction, loyalty or group leaves the customer out."""
    found = satisfaction_loyalty_curve(
        [1, 2, np.nan, 3, 1], [0, 1, 1, None, 1], group=pd.Series(["a", "a", "a", "a", None])
    )
    assert found.left_out == 3
    assert found.points["customers"].sum() == 2


def test_errors_teach():
    """What cannot be a curve is told, with what to do."""
    with pytest.raises(DataError, match="of the same rows"):
        satisfaction_loyalty_curve([1, 2], [1])
    with pytest.raises(DataError, match="intention >= 9"):
        satisfaction_loyalty_curve([1, 2], [7, 9])
    with pytest.raises(DataError, match="'high'"):
        satisfaction_loyalty_curve([1, "high"], [0, 1])
    with pytest.raises(DataError, match="bins=5"):
        satisfaction_loyalty_curve(np.arange(30), np.arange(30) % 2)
    with pytest.raises(DataError, match="equally satisfied"):
        satisfaction_loyalty_curve([3, 3], [0, 1])
    with pytest.raises(DataError, match="No customer"):
        satisfaction_loyalty_curve([np.nan], [1])
    with pytest.raises(DataError, match="beyond the edges"):
        satisfaction_loyalty_curve([1, 11], [0, 1], bins=[0, 5, 10])
    with pytest.raises(ParameterError, match="levels are 1, 2"):
        satisfaction_loyalty_curve([1, 2], [0, 1], satisfied=4)
    with pytest.raises(ParameterError, match="must lie below"):
        satisfaction_loyalty_curve([1, 2], [0, 1], satisfied=2)
    with pytest.raises(ParameterError, match="zone_cuts"):
        satisfaction_loyalty_curve([1, 2], [0, 1], zone_cuts=(0.8, 0.4))
    with pytest.raises(ParameterError, match="min_group"):
        satisfaction_loyalty_curve([1, 2], [0, 1], min_group=0)
    with pytest.raises(ParameterError, match="at least 2"):
        satisfaction_loyalty_curve([1, 2], [0, 1], bins=1)
    with pytest.raises(ParameterError, match="must rise"):
        satisfaction_loyalty_curve([1, 2], [0, 1], bins=[0, 5, 5])
