"""Four-level index systems: weights roll up to 1, scores equal the weighted mean, gaps and contradictions are told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab.errors import DataError
from crmlab.questionnaire import IndexSystem

TREE = {
    "quality": (0.6, {"staff": (0.7, {"friendly": 0.5, "competent": 0.5}), "goods": (0.3, {"fresh": 1.0})}),
    "value": (0.4, {"price": (1.0, {"fair": 0.8, "clear": 0.2})}),
}
ITEMS = ["friendly", "competent", "fresh", "fair", "clear"]
WEIGHTS = [0.21, 0.21, 0.18, 0.32, 0.08]


@pytest.fixture
def system():
    """Return a system of two constructs, three indicators, five items."""
    return IndexSystem.from_mapping(TREE, target="satisfaction")


def answers(n=40, seed=1):
    """Draw answers on 1–10."""
    return pd.DataFrame(np.random.default_rng(seed).integers(1, 11, (n, 5)), columns=ITEMS)


@pytest.mark.checks("questionnaire.IndexSystem", kind="second", against="products by hand")
def test_weights_are_products_along_the_way_up(system):
    """Global weights of a four-level index system are products along the way up; at each level they sum to 1."""
    assert system.item_weights.to_numpy() == pytest.approx(WEIGHTS)
    table = system.weights()
    assert table.groupby("level", sort=False).size().to_dict() == {
        "target": 1,
        "construct": 2,
        "indicator": 3,
        "item": 5,
    }
    assert table.groupby("level")["global_weight"].sum().to_numpy() == pytest.approx(1)


@pytest.mark.checks("questionnaire.IndexSystem", kind="second", against="weighted means by hand")
def test_the_target_is_the_weighted_mean_of_items(system):
    """Without gaps the target equals the items' means by global weights, and its interval is Student's t of respondents."""
    data = answers()
    result = system.score(data)
    points = (data - 1) / 9 * 100
    each = points.to_numpy() @ WEIGHTS
    assert result.target == pytest.approx(each.mean())
    low, high = stats.t.interval(0.95, 39, each.mean(), stats.sem(each))
    assert result.table.loc[0, ["low", "high"]].tolist() == pytest.approx([low, high])
    rows = result.table.set_index("name")
    assert rows.loc["staff", "score"] == pytest.approx(points[["friendly", "competent"]].mean(axis=1).mean())
    assert rows.loc["quality", "score"] == pytest.approx(
        0.7 * rows.loc["staff", "score"] + 0.3 * rows.loc["goods", "score"]
    )
    assert result.respondents.shape == (40, 6)


def test_missing_items_scale_the_weights_up(system):
    """Within an indicator the answered items take all the weight; an empty construct leaves the other one; nobody is zero."""
    data = pd.DataFrame([[10, None, 1, None, None], [None] * 5, [1, 1, 1, 1, 1]], columns=ITEMS, dtype=float)
    result = system.score(data)
    first = result.respondents.iloc[0]
    assert first["staff"] == 100
    assert first["quality"] == pytest.approx(70)
    assert np.isnan(first["value"])
    assert first["satisfaction"] == pytest.approx(70)
    assert result.table.loc[0, "n"] == 2


@pytest.mark.checks("questionnaire.IndexSystem", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 30), st.integers(2, 11))
def test_scores_lie_on_0_to_100_and_forget_units_and_order(seed, factor, top):
    """Any weights' unit and row order give the same scores on 0–100; the best answer is 100, the worst 0."""
    one = IndexSystem.from_mapping(TREE, target="t")
    scaled = {
        c: (
            w * factor,
            {i: (v * factor, {q: u * factor for q, u in qs.items()}) for i, (v, qs) in inds.items()},
        )
        for c, (w, inds) in TREE.items()
    }
    two = IndexSystem.from_mapping(scaled, target="t", normalise=True)
    data = pd.DataFrame(np.random.default_rng(seed).integers(1, top + 1, (12, 5)), columns=ITEMS)
    a, b = one.score(data, scale=(1, top)), two.score(data.sample(frac=1, random_state=seed), scale=(1, top))
    assert a.table["score"].to_numpy() == pytest.approx(b.table["score"].to_numpy())
    assert a.table["score"].between(-1e-9, 100 + 1e-9).all()
    assert one.score(data * 0 + top, scale=(1, top)).target == pytest.approx(100)
    assert one.score(data * 0 + 1, scale=(1, top)).target == pytest.approx(0)


def test_a_table_is_as_good_as_a_mapping(system):
    """The table of a system builds it again, and is not changed by what the user does to it later."""
    table = system.table.copy()
    again = IndexSystem(table, "satisfaction")
    table.loc[0, "item_weight"] = 7
    pd.testing.assert_frame_equal(again.weights(), system.weights())


def test_systems_that_do_not_hold_together_tell_all_at_once(system):
    """Sums other than 1, negative and contradictory weights, doubled and shared names stand in one error."""
    t = system.table
    broken = t.copy()
    broken.loc[broken["item"] == "fair", "item_weight"] = 0.5
    broken.loc[broken["item"] == "clear", "item"] = "fresh"
    broken.loc[broken["indicator"] == "goods", "indicator_weight"] = -0.3
    broken.loc[0, "construct_weight"] = 0.5
    with pytest.raises(DataError) as caught:
        IndexSystem(broken, "value")
    text = str(caught.value)
    for words in (
        "item fresh occurs twice",
        "the name value stands on two levels",
        "construct quality has 2 weights",
        "indicator goods: weight -0.3",
    ):
        assert words in text
    with pytest.raises(DataError, match=r"items of price sum to 1\.3, not to 1"):
        IndexSystem(t.assign(item_weight=t["item_weight"].where(t["item"] != "clear", 0.5)))
    with pytest.raises(DataError, match="stands under 2 constructs"):
        IndexSystem(t.assign(indicator=t["indicator"].replace("price", "staff")))
    with pytest.raises(DataError, match="lacks columns"):
        IndexSystem(t.drop(columns="item"))
    with pytest.raises(DataError, match="no items"):
        IndexSystem(t.iloc[:0])


def test_sheets_that_do_not_fit_the_system_are_refused(system):
    """Lacking items get a suggestion; answers off the scale, words and empty sheets their own errors."""
    data = answers()
    with pytest.raises(DataError, match="fair: did you mean fairr"):
        system.score(data.rename(columns={"fair": "fairr"}))
    with pytest.raises(DataError, match="outside the scale 1 to 5"):
        system.score(data, scale=(1, 5))
    with pytest.raises(DataError, match="no answer"):
        system.score(data * np.nan)
    with pytest.raises(DataError, match="DataFrame"):
        system.score(data.to_numpy())
