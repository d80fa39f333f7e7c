"""SERVQUAL gaps: pingouin's paired t by item and dimension, weights, gaps in the sheet, and tables that do not fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import servqual_gaps

DIMENSIONS = {"tangibles": ["t1", "t2"], "reliability": ["r1", "r2", "r3"], "empathy": ["e1"]}
ITEMS = [item for items in DIMENSIONS.values() for item in items]


def draw(n=60, seed=1):
    """Draw expectations near the top and perceptions below."""
    rng = np.random.default_rng(seed)
    expected = pd.DataFrame(rng.integers(5, 8, (n, 6)), columns=ITEMS)
    return expected, pd.DataFrame(rng.integers(2, 8, (n, 6)), columns=ITEMS)


@pytest.mark.checks("satisfaction.servqual_gaps", kind="second", against="pingouin")
def test_gaps_equal_pingouin():
    """Each item's and each dimension's gap has the interval of pingouin's paired t test."""
    expected, perceived = draw()
    result = servqual_gaps(expected, perceived, dimensions=DIMENSIONS)
    for row in result.items.itertuples():
        theirs = pingouin.ttest(perceived[row.item], expected[row.item], paired=True)["CI95"].iloc[0]
        assert [row.low, row.high] == pytest.approx(list(theirs), abs=6e-3)
        assert row.gap == pytest.approx((perceived[row.item] - expected[row.item]).mean())
    for row in result.dimensions.itertuples():
        names = DIMENSIONS[row.dimension]
        theirs = pingouin.ttest(perceived[names].mean(axis=1), expected[names].mean(axis=1), paired=True)
        assert [row.low, row.high] == pytest.approx(list(theirs["CI95"].iloc[0]), abs=6e-3)


@pytest.mark.checks("satisfaction.servqual_gaps", kind="second", against="sums by hand")
def test_the_overall_gap_is_the_weighted_sum():
    """The overall SERVQUAL gap is the weighted sum of the dimensions' gaps, whatever the unit of the weights."""
    expected, perceived = draw()
    points = {"tangibles": 20, "reliability": 50, "empathy": 30}
    result = servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights=points)
    gaps = result.dimensions.set_index("dimension")["gap"]
    assert result.overall == pytest.approx(
        0.2 * gaps["tangibles"] + 0.5 * gaps["reliability"] + 0.3 * gaps["empathy"]
    )
    assert result.dimensions["weight"].tolist() == pytest.approx([0.2, 0.5, 0.3])
    equal = servqual_gaps(expected, perceived, dimensions=DIMENSIONS)
    assert equal.overall == pytest.approx(gaps.mean())
    assert (equal.weighting, result.weighting) == ("equal", "given")
    assert result.summary()["dimension"].tolist() == [*DIMENSIONS, "overall"]


def test_respondents_own_points_weigh_their_own_gaps():
    """Where respondents share out points, each one's gap has those weights."""
    expected, perceived = draw(4)
    points = pd.DataFrame(
        {"tangibles": [100, 0, 50, 20], "reliability": [0, 100, 50, 30], "empathy": [0, 0, 0, 50]}
    )
    result = servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights=points)
    each = result.respondents
    assert each["overall"].iloc[0] == each["tangibles"].iloc[0]
    assert each["overall"].iloc[1] == each["reliability"].iloc[1]
    assert result.overall == pytest.approx(each["overall"].mean())


def test_missing_answers_follow_the_stated_rule():
    """A missing half drops the item, a missing dimension the respondent's overall gap, unless it carries no weight."""
    expected, perceived = (x.astype(float) for x in draw(20))
    perceived.loc[0, "e1"] = np.nan
    expected.loc[1, "t1"] = np.nan
    result = servqual_gaps(expected, perceived, dimensions=DIMENSIONS)
    assert result.items.set_index("item")["n"].to_dict() == {**dict.fromkeys(ITEMS, 20), "e1": 19, "t1": 19}
    assert (result.n, result.n_dropped) == (19, 1)
    assert result.respondents.loc[1, "tangibles"] == perceived.loc[1, "t2"] - expected.loc[1, "t2"]
    without = {"tangibles": 1, "reliability": 1, "empathy": 0}
    assert servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights=without).n == 20


@pytest.mark.checks("satisfaction.servqual_gaps", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 20))
def test_order_and_the_weights_unit_change_nothing(seed, factor):
    """Gaps lie within the width of the scale; the order of rows and the unit of weights change nothing."""
    expected, perceived = draw(12, seed)
    weights = {"tangibles": 1.0, "reliability": 2.0, "empathy": 3.0}
    one = servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights=weights)
    order = np.random.default_rng(seed).permutation(12)
    two = servqual_gaps(
        expected.iloc[order],
        perceived.iloc[order],
        dimensions=DIMENSIONS,
        weights={name: factor * weight for name, weight in weights.items()},
    )
    assert [two.overall, two.overall_low] == pytest.approx([one.overall, one.overall_low])
    assert one.items["gap"].between(-6, 6).all()


def test_tables_that_do_not_fit_are_refused():
    """Unknown items (with a suggestion), items in two dimensions, other rows, and bad weights are told at once."""
    expected, perceived = draw(5)
    with pytest.raises(DataError) as caught:
        servqual_gaps(
            expected, perceived.rename(columns={"t1": "t_1"}), dimensions={**DIMENSIONS, "more": ["r1"]}
        )
    assert "r1 stands in more than one dimension" in str(caught.value)
    assert "perceived lacks t1: did you mean t_1?" in str(caught.value)
    with pytest.raises(DataError, match="row labels"):
        servqual_gaps(expected, perceived.set_axis(range(5, 10)), dimensions=DIMENSIONS)
    with pytest.raises(DataError, match="no weight for empathy"):
        servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights={"tangibles": 1, "reliability": 1})
    with pytest.raises(DataError, match="more than 0"):
        servqual_gaps(expected, perceived, dimensions=DIMENSIONS, weights=dict.fromkeys(DIMENSIONS, 0))
    with pytest.raises(DataError, match="outside the scale"):
        servqual_gaps(expected, perceived, dimensions=DIMENSIONS, scale=(1, 5))
    with pytest.raises(ParameterError, match="list of items"):
        servqual_gaps(expected, perceived, dimensions={"tangibles": "t1"})
    with pytest.raises(DataError, match="DataFrame"):
        servqual_gaps(expected.to_numpy(), perceived, dimensions=DIMENSIONS)
