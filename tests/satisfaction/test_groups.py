"""Scores by group equal the measures group by group, and small groups are kept back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction import ces, csat, group_scores, nps


@pytest.fixture
def shops():
    """Return answers of three shops, one of them small, and one respondent without a shop."""
    rng = np.random.default_rng(5)
    df = pd.DataFrame(
        {"shop": ["A"] * 20 + ["B"] * 10 + ["C"] * 3 + [None], "score": rng.integers(1, 6, 34).astype(float)}
    )
    df.loc[2, "score"] = np.nan
    return df


@pytest.mark.checks("satisfaction.group_scores", kind="second", against="the measure of each group alone")
@pytest.mark.parametrize(
    ("measure", "function", "value"), [("csat", csat, "share"), ("nps", nps, "nps"), ("ces", ces, "mean")]
)
def test_each_group_equals_its_own_score(shops, measure, function, value):
    """The row of a group is what CSAT, NPS or CES says of that group alone."""
    table = group_scores(shops, "shop", "score", measure=measure).table.set_index("group")
    alone = function(shops.loc[shops["shop"] == "A", "score"])
    assert table.loc["A", ["value", "low", "high"]].tolist() == [getattr(alone, value), alone.low, alone.high]
    assert table.loc["A", ["n", "n_missing"]].tolist() == [19, 1]


def test_small_groups_are_marked_and_empty_of_values(shops):
    """A group under the minimum has its n and nothing else."""
    result = group_scores(shops, "shop", "score")
    row = result.table.set_index("group").loc["C"]
    assert row["suppressed"]
    assert np.isnan([row["value"], row["low"], row["high"]]).all()
    assert result.n_without_group == 1
    assert result.overall["n"][0] == 32
    assert not group_scores(shops, "shop", "score", min_group=3).table["suppressed"].any()


def test_options_reach_the_measure(shops):
    """Scale, top box and level are passed on."""
    result = group_scores(shops, "shop", "score", scale=(1, 5), top=1, confidence=0.9)
    alone = csat(shops.loc[shops["shop"] == "B", "score"], top=1, confidence=0.9)
    assert result.summary().set_index("group").loc["B", "low"] == alone.low


def test_a_group_without_answers_is_suppressed(shops):
    """A group in which nobody answered is a row, not an error."""
    shops.loc[shops["shop"] == "B", "score"] = np.nan
    row = group_scores(shops, "shop", "score", min_group=1).table.set_index("group").loc["B"]
    assert row["suppressed"]
    assert row["n_missing"] == 10


def test_unknown_columns_and_measures_are_named(shops):
    """A mistyped column gets a suggestion, an unknown measure the list."""
    with pytest.raises(DataError, match="did you mean 'score'"):
        group_scores(shops, "shop", "scor")
    with pytest.raises(ParameterError, match="csat, nps, ces"):
        group_scores(shops, "shop", "score", measure="mean")
    with pytest.raises(ParameterError, match="min_group"):
        group_scores(shops, "shop", "score", min_group=0)
    with pytest.raises(DataError, match="no groups"):
        group_scores(shops.assign(shop=None), "shop", "score")


def test_bad_answers_are_named_before_groups_are_cut(shops):
    """An answer off the scale is an error of the whole column, with its row."""
    shops.loc[25, "score"] = 9
    with pytest.raises(DataError, match="outside the scale 1 to 5") as caught:
        group_scores(shops, "shop", "score")
    assert caught.value.problems == ("row 25: 9.0",)


@pytest.mark.checks("satisfaction.group_scores", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 5)), min_size=1, max_size=60),
    random=st.randoms(use_true_random=False),
)
def test_groups_add_up_and_forget_order(rows, random):
    """Respondents of the groups add up to all, each share lies within its interval, and the order of rows changes nothing."""
    frame = pd.DataFrame(rows, columns=["shop", "score"])
    found = group_scores(frame, "shop", "score", min_group=1).table
    assert found["n"].sum() == len(rows)
    assert ((found["low"] <= found["value"] + 1e-9) & (found["value"] <= found["high"] + 1e-9)).all()
    order = list(frame.index)
    random.shuffle(order)
    again = group_scores(frame.loc[order], "shop", "score", min_group=1).table
    pd.testing.assert_frame_equal(
        again.sort_values("group", ignore_index=True), found.sort_values("group", ignore_index=True)
    )
