"""Importance against performance: equal to second implementations, quadrants where they belong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import importance_performance


@pytest.fixture(scope="module")
def survey():
    """Draw answers where speed counts most and is done worst, and parking counts for nothing and is done best."""
    rng = np.random.default_rng(8)
    halo = rng.normal(size=400)
    items = pd.DataFrame(
        {
            "speed": 5 + 0.8 * halo + rng.normal(size=400),
            "staff": 8 + 0.8 * halo + 0.5 * rng.normal(size=400),
            "price": 4.5 + rng.normal(size=400),
            "parking": 8.5 + 0.4 * rng.normal(size=400),
        }
    ).clip(1, 10)
    overall = 0.7 * items["speed"] + 0.5 * items["staff"] + 0.1 * items["price"] + rng.normal(size=400)
    return items, overall


@pytest.mark.checks("satisfaction.importance_performance", kind="second", against="scipy")
def test_correlations_and_intervals_equal_scipy(survey):
    """Derived importance is Pearson's correlation with Fisher's interval, as scipy computes both."""
    items, overall = survey
    table = importance_performance(items, overall).table.set_index("item")
    for name in items:
        r = stats.pearsonr(items[name], overall)
        low, high = r.confidence_interval(0.95)
        got = table.loc[name, ["importance", "importance_low", "importance_high"]].tolist()
        assert got == pytest.approx([r.statistic, low, high])


def test_quadrants_are_where_they_belong(survey):
    """Each quadrant holds the item that was made for it."""
    quadrant = importance_performance(*survey).table.set_index("item")["quadrant"].to_dict()
    assert quadrant == {
        "speed": "concentrate_here",
        "staff": "keep_up",
        "price": "low_priority",
        "parking": "possible_overkill",
    }


def test_performance_runs_from_0_to_100(survey):
    """Performance is the mean on 0–100 with the t interval."""
    items, overall = survey
    row = importance_performance(items, overall).table.set_index("item").loc["speed"]
    low, high = stats.t.interval(0.95, 399, items["speed"].mean(), stats.sem(items["speed"]))
    expected = [(v - 1) / 9 * 100 for v in (items["speed"].mean(), low, high)]
    assert [row["performance"], row["performance_low"], row["performance_high"]] == pytest.approx(expected)
    assert row["n"] == 400


@pytest.mark.checks("satisfaction.importance_performance", kind="second", against="pingouin")
def test_regression_and_relative_weights_equal_pingouin(survey):
    """Standardised coefficients and their intervals equal pingouin's; relative weights sum to R² and lie within .02 of its averages over orders."""
    items, overall = survey
    z = (items - items.mean()) / items.std()
    zy = (overall - overall.mean()) / overall.std()
    other = pingouin.linear_regression(z, zy, relimp=True).iloc[1:]
    beta = importance_performance(items, overall, method="regression")
    assert beta.table["importance"].tolist() == pytest.approx(other["coef"].tolist())
    assert beta.table["importance_low"].tolist() == pytest.approx(other["CI2.5"].tolist(), abs=1e-6)
    assert beta.r_squared == pytest.approx(other["r2"].iloc[0])
    weights = importance_performance(items, overall, method="relative_weight")
    assert weights.table["importance"].sum() == pytest.approx(weights.r_squared)
    # pingouin's are Lindeman–Merenda–Gold shares; Johnson's are known to be close to them
    assert weights.table["importance"].tolist() == pytest.approx(other["relimp"].tolist(), abs=0.02)
    assert weights.table["importance_low"].isna().all()


@pytest.mark.checks("satisfaction.importance_performance", kind="invariant")
def test_relative_weights_of_uncorrelated_items_are_squared_correlations():
    """Where items do not correlate with one another, Johnson's relative weights are their squared correlations with the whole, exactly."""
    items = pd.DataFrame({"a": [1, 1, 2, 2] * 5, "b": [1, 2, 1, 2] * 5})
    overall = items["a"] * 2 + items["b"] + np.tile([0.1, -0.1, 0.1, 0.2, 0.0], 4)
    table = importance_performance(items, overall, method="relative_weight", scale=(1, 5)).table
    assert table["importance"].tolist() == pytest.approx([items[c].corr(overall) ** 2 for c in items])


def test_relative_weights_have_bootstrap_intervals(survey):
    """With a generator the weights get percentile intervals around them."""
    table = importance_performance(
        *survey, method="relative_weight", rng=np.random.default_rng(1), n_resamples=200
    ).table
    assert (table["importance_low"] < table["importance"]).all()
    assert (table["importance"] < table["importance_high"]).all()


def test_stated_importance_comes_from_numbers_or_answers(survey):
    """Stated importance is taken as given, or as the mean of answers with its interval."""
    items, _ = survey
    numbers = {"speed": 9, "staff": 8, "price": 3, "parking": 2}
    result = importance_performance(items, importance="stated", stated=numbers)
    assert result.importance == "stated"
    assert result.table["importance"].tolist() == [9, 8, 3, 2]
    answers = pd.DataFrame({name: [value - 1, value + 1] for name, value in numbers.items()})
    table = importance_performance(items, importance="stated", stated=answers).table
    assert table["importance"].tolist() == [9, 8, 3, 2]
    assert (table["importance_low"] < table["importance"]).all()


def test_cuts_can_be_set(survey):
    """Cuts given by hand move the quadrants."""
    result = importance_performance(*survey, cut=(-1.0, 0.0))
    assert set(result.table["quadrant"]) == {"keep_up"}
    assert result.summary()["importance"].is_monotonic_decreasing


def test_missing_answers_are_left_out_item_by_item(survey):
    """An item with gaps rests on those who answered; the others keep all."""
    items, overall = survey
    gaps = items.copy()
    gaps.loc[:9, "price"] = np.nan
    table = importance_performance(gaps, overall).table.set_index("item")
    assert table["n"].to_dict() == {"speed": 400, "staff": 400, "price": 390, "parking": 400}
    assert table.loc["price", "importance"] == pytest.approx(gaps["price"].corr(overall))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda i, o: (i.assign(price=11.0), o), "item price: 400 answers lie outside"),
        (lambda i, o: (i.assign(price=5.0), o), "All answers to item price are equal"),
        (lambda i, o: (i, o.head(10).tolist()), "items has 400 rows, overall has 10"),
        (lambda i, o: (i[["price"]], o), "two columns or more"),
        (lambda i, o: (i, o.set_axis(range(1, 401))), "different row labels"),
    ],
)
def test_unusable_answers_are_refused(survey, change, word):
    """Answers off the scale, constant items and rows that do not belong together get errors with the item."""
    with pytest.raises(DataError, match=word):
        importance_performance(*change(*survey))


def test_items_that_are_sums_of_others_are_refused_in_regressions(survey):
    """Collinear items cannot be told apart by regression."""
    items, overall = survey
    double = items.assign(copy=items["speed"])
    with pytest.raises(DataError, match="sums of others"):
        importance_performance(double, overall, method="regression")


def test_missing_parts_are_asked_for(survey):
    """Derived importance needs the overall score, stated importance a number for each item."""
    items, overall = survey
    with pytest.raises(ParameterError, match="overall"):
        importance_performance(items)
    with pytest.raises(ParameterError, match="Stated"):
        importance_performance(items, importance="stated")
    with pytest.raises(ParameterError) as caught:
        importance_performance(items, importance="stated", stated={"speed": 1})
    assert caught.value.problems == ("staff", "price", "parking")
    with pytest.raises(ParameterError, match="Allowed"):
        importance_performance(items, overall, method="shapley")


@pytest.mark.checks("satisfaction.importance_performance", kind="invariant")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9999))
def test_importance_lies_in_range_and_forgets_order(seed):
    """Correlations lie in [−1, 1], relative weights are not negative, performance lies in 0–100; the order of rows changes nothing."""
    rng = np.random.default_rng(seed)
    whole = rng.integers(1, 8, 40)
    items = pd.DataFrame({name: np.clip(whole + rng.integers(-3, 4, 40), 1, 10) for name in "abc"})
    overall = pd.Series(whole)
    order = rng.permutation(40)
    for method in ("correlation", "relative_weight"):
        found = importance_performance(items, overall, method=method, scale=(1, 10)).table
        again = importance_performance(
            items.loc[order], overall.loc[order], method=method, scale=(1, 10)
        ).table
        assert again["importance"].tolist() == pytest.approx(found["importance"].tolist())
        assert found["performance"].between(0, 100).all()
        assert found["importance"].between(0 if method == "relative_weight" else -1, 1).all()
