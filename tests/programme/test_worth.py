"""What a tier is worth: against rdrobust, weighted least squares, and simulated programmes with known effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.programme import tier_effect
from crmlab.programme._discontinuity import Side, residuals


def customers(seed=20260101, n=2000):
    """Return customers near a threshold of 5,000: their spend, what came after, and a tier that not all got."""
    rng = np.random.default_rng(seed)
    spend = rng.normal(4900, 800, n)
    later = (
        50 + 0.02 * (spend - 5000) + 8e-6 * (spend - 5000) ** 2 + 12 * (spend >= 5000) + rng.normal(0, 20, n)
    )
    tier = rng.random(n) < np.where(spend >= 5000, 0.8, 0.1)
    fuzzy = 50 + 0.02 * (spend - 5000) + 12 * tier + rng.normal(0, 20, n)
    return pd.DataFrame({"spend": spend, "later": later, "tier": tier.astype(float), "fuzzy": fuzzy})


#: rdrobust 2.1.1 (Python) on `customers()`, masspoints="off": bandwidths h and b, estimate, bias-corrected estimate,
#: robust standard error, ends of the robust interval, p, customers used on each side.
RDROBUST = {
    "sharp": (464.378275, 731.753702, 8.03534495, 7.41135265, 3.60590218, 0.343914244, 14.4787911, 0.039846239, 461, 436),
    "fuzzy": (614.223089, 1044.30409, 5.56681213, 4.42375902, 4.58468416, -4.56205682, 13.4095749, 0.3345952, 577, 527),
    "ties": (461.535369, 731.905926, 7.97547038, 7.33114297, 3.51687165, 0.438201194, 14.2240848, 0.0371089228, 461, 436),
    "fixed": (600.0, 600.0, 7.63133193, 7.78548935, 3.91846143, 0.105446076, 15.4655326, 0.0469363553, 564, 519),
}  # fmt: skip


@pytest.mark.checks("programme.tier_effect", kind="second", against="rdrobust")
@pytest.mark.parametrize("design", RDROBUST)
def test_numbers_are_those_of_rdrobust(design):
    """For 2,000 simulated customers, bandwidths, estimate, bias correction, robust error, interval and p equal those of the program rdrobust 2.1.1 to six digits: sharp, fuzzy, with ties, and with a bandwidth of one's own."""
    data = customers()
    if design == "ties":
        data["spend"] = (data["spend"] / 10).round() * 10
    found = tier_effect(
        data,
        "spend",
        "fuzzy" if design == "fuzzy" else "later",
        5000,
        treatment="tier" if design == "fuzzy" else None,
        bandwidth=600 if design == "fixed" else None,
    )
    ours = (
        found.bandwidth, found.bandwidth_bias, found.estimate, found.corrected, found.standard_error, found.low,
        found.high, found.p_value,
    )  # fmt: skip
    np.testing.assert_allclose(ours, RDROBUST[design][:8], rtol=2e-6)
    assert (found.used_left, found.used_right) == RDROBUST[design][8:]


@pytest.mark.checks("programme.tier_effect", kind="second", against="statsmodels")
def test_the_estimate_is_weighted_least_squares():
    """With a bandwidth of 600 the jump equals that of statsmodels' weighted least squares with a line on each side, to nine digits."""
    import statsmodels.api as sm

    data = customers()
    x = data["spend"].to_numpy() - 5000
    above = (x >= 0).astype(float)
    design = np.column_stack([np.ones(len(x)), above, x, x * above])
    weights = np.maximum(1 - np.abs(x) / 600, 0)
    fit = sm.WLS(data["later"].to_numpy(), design, weights=weights).fit()
    found = tier_effect(data, "spend", "later", 5000, bandwidth=600)
    assert found.estimate == pytest.approx(fit.params[1], rel=1e-9)
    assert found.level_below == pytest.approx(fit.params[0], rel=1e-9)
    line = found.line
    at = line[(line["side"] == "below") & (line["running"] == 5000)]["outcome"].iloc[0]
    assert at == pytest.approx(fit.params[0], rel=1e-9)


@pytest.mark.checks("programme.tier_effect", kind="second", against="a loop")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=5, max_size=25), st.integers(0, 999))
def test_residuals_are_those_of_a_loop(values, seed):
    """Each residual, from the mean of the three nearest customers or more with ties, equals a loop's over all customers."""
    x = np.sort(np.array(values, dtype=float))
    y = np.random.default_rng(seed).normal(size=(len(x), 1))
    ours = residuals(Side(x, y))[:, 0]
    for i in range(len(x)):
        near, reach = [], 0.0
        while len(near) < 3:
            reach = min(abs(x[j] - x[i]) for j in range(len(x)) if j != i and j not in near)
            near += [j for j in range(len(x)) if j != i and j not in near and abs(x[j] - x[i]) == reach]
        n = len(near)
        assert ours[i] == pytest.approx(np.sqrt(n / (n + 1)) * (y[i, 0] - y[near, 0].mean()), abs=1e-9)


@pytest.mark.checks("programme.tier_effect", kind="recovery")
def test_a_known_effect_is_found():
    """In 200 simulated programmes with a tier worth 500 a year and spend that curves, the 95 % interval holds 500 in 90 to 98 % of the runs, and the estimates average to 500 within 2 %."""
    rng = np.random.default_rng(41)
    inside, estimates = 0, []
    for _ in range(200):
        spend = rng.gamma(4, 1250, 1500)
        later = 800 + 0.8 * spend - 2e-5 * spend**2 + 500 * (spend >= 5000) + rng.normal(0, 300, len(spend))
        found = tier_effect(pd.DataFrame({"x": spend, "y": later}), "x", "y", 5000, placebo=())
        inside += found.low <= 500 <= found.high
        estimates.append(found.corrected)
    assert 180 <= inside <= 196
    assert np.mean(estimates) == pytest.approx(500, rel=0.02)


@pytest.mark.checks("programme.tier_effect", kind="recovery")
def test_a_fuzzy_effect_is_found():
    """Where 80 % of those above the threshold and 10 % of those below have the tier, its effect of 12 lies in the 95 % interval in 90 % of 60 runs or more, and the jump in the tier is found as .7."""
    runs = [
        tier_effect(customers(seed, 4000), "spend", "fuzzy", 5000, treatment="tier", placebo=())
        for seed in range(60)
    ]
    assert sum(run.low <= 12 <= run.high for run in runs) >= 54
    assert np.mean([run.first_stage for run in runs]) == pytest.approx(0.7, abs=0.02)


@pytest.mark.checks("programme.tier_effect", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.floats(0.01, 100), st.floats(0.01, 100))
def test_units_and_order_change_nothing_but_units(seed, unit_x, unit_y):
    """Another unit of spend scales the bandwidth, another unit of the outcome the effect and its interval; the order of customers changes nothing."""
    data = customers(seed, 400)
    one = tier_effect(data, "spend", "later", 5000)
    other = data.sample(frac=1, random_state=seed)
    other["spend"] = (other["spend"] - 5000) * unit_x
    other["later"] *= unit_y
    two = tier_effect(other, "spend", "later", 0)
    assert two.bandwidth == pytest.approx(one.bandwidth * unit_x, rel=1e-6)
    np.testing.assert_allclose(
        (two.estimate, two.low, two.high),
        np.array((one.estimate, one.low, one.high)) * unit_y,
        rtol=1e-5,
        atol=1e-9,
    )
    assert two.p_value == pytest.approx(one.p_value, rel=1e-4, abs=1e-12)


@pytest.mark.checks("programme.tier_effect", kind="invariant")
def test_placebos_and_covariates_do_not_jump():
    """Where nothing happens the false alarms at a level of 5 % stay below 10 % of 240: cutoffs within each side, and a covariate that goes smoothly through the threshold."""
    alarms = []
    for seed in range(80):
        data = customers(seed)
        data["age"] = 30 + data["spend"] / 500 + np.random.default_rng(seed + 1000).normal(0, 9, len(data))
        found = tier_effect(data, "spend", "later", 5000, covariates=["age"])
        alarms += [*found.placebo["p_value"], *found.balance["p_value"]]
    assert len(alarms) == 240
    assert np.mean(np.array(alarms) < 0.05) < 0.1
    assert found.placebo["side"].tolist() == ["below", "above"]
    assert found.balance["covariate"].tolist() == ["age"]


def test_what_a_figure_needs_is_there():
    """Means and lines lie on their own side, within twice the bandwidth; sensitivity repeats the estimate at its own bandwidth."""
    found = tier_effect(customers(), "spend", "later", 5000)
    assert (found.bins["running"] >= 5000).eq(found.bins["side"] == "above").all()
    assert (found.bins["running"] - 5000).abs().max() < 2 * found.bandwidth
    assert (found.bins["low"] < found.bins["outcome"]).all()
    own = found.sensitivity.set_index("times").loc[1.0]
    assert (own["estimate"], own["low"], own["high"]) == pytest.approx(
        (found.estimate, found.low, found.high)
    )
    assert found.summary().loc[0, "relative"] == pytest.approx(found.estimate / found.level_below)
    assert found.density is not None
    assert found.density.p_value > 0.05


def test_errors_teach():
    """Unreadable rows, one-sided data, few values, a tier that does not rise and bad parameters are told."""
    data = customers(n=200)
    with pytest.raises(DataError, match="row 3") as caught:
        tier_effect(data.assign(later=data["later"].where(data.index != 3)), "spend", "later", 5000)
    assert "Leave these rows out" in str(caught.value)
    with pytest.raises(DataError, match="20 are needed"):
        tier_effect(data, "spend", "later", 50)
    with pytest.raises(DataError, match="did you mean 'spend'"):
        tier_effect(data, "spends", "later", 5000)
    with pytest.raises(DataError, match=r"different running values|one and the same"):
        tier_effect(data.assign(spend=data["spend"].round(-4)), "spend", "later", 5000)
    with pytest.raises(DataError, match="must rise"):
        tier_effect(data.assign(tier=1 - data["tier"]), "spend", "later", 5000, treatment="tier")
    with pytest.raises(DataError, match="wider bandwidth"):
        tier_effect(data, "spend", "later", 5000, bandwidth=1e-6)
    with pytest.raises(ParameterError, match="bandwidth"):
        tier_effect(data, "spend", "later", 5000, bandwidth=-1)
    with pytest.raises(ParameterError, match="placebo"):
        tier_effect(data, "spend", "later", 5000, placebo=[5000])
