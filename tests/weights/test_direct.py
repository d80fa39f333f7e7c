"""Stated weights and weights of several levels, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.weights import direct_weights, global_weights

points = st.lists(st.lists(st.floats(0.1, 100), min_size=3, max_size=3), min_size=1, max_size=6)


@pytest.mark.checks("weights.direct_weights", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(rows=points, factor=st.floats(0.1, 9), seed=st.integers(0, 99))
def test_who_gives_more_points_counts_no_more(rows, factor, seed):
    """Weights sum to 1; a judge's unit and the order of judges and items do not matter."""
    table = pd.DataFrame(rows, columns=list("abc"))
    other = table.copy()
    other.iloc[0] *= factor
    rng = np.random.default_rng(seed)
    other = other.iloc[rng.permutation(len(other))][list("cab")]
    first, second = direct_weights(table).weights, direct_weights(other).weights
    assert first.sum() == pytest.approx(1)
    assert second[first.index].to_numpy() == pytest.approx(first.to_numpy())


@pytest.mark.checks("weights.direct_weights", kind="second", against="means by hand")
def test_spread_between_judges():
    """Weights are means of the judges' own shares; standard deviation, least and greatest are theirs as well."""
    found = direct_weights(pd.DataFrame({"a": [50, 9], "b": [50, 1]}))
    assert found.table.loc["a", ["weight", "low", "high"]].tolist() == pytest.approx([0.7, 0.5, 0.9])
    assert found.table.loc["a", "sd"] == pytest.approx(np.std([0.5, 0.9], ddof=1))
    assert found.n_judges == 2
    assert found.summary()["rank"].tolist() == [1, 2]


def test_one_judge():
    """A mapping or a column of one judge; spread is missing."""
    for given_points in ({"a": 3, "b": 1}, pd.Series({"a": 3, "b": 1}), direct_weights({"a": 3, "b": 1})):
        found = direct_weights(given_points)
        assert found.weights.to_dict() == {"a": 0.75, "b": 0.25}
        assert found.table[["sd", "low", "high"]].isna().all().all()


@pytest.mark.checks("weights.global_weights", kind="second", against="products by hand")
def test_levels_multiply():
    """A group's weight of 3/4, shared out 3 : 1 within it, makes 9/16 and 3/16."""
    found = global_weights(
        {"price": 1, "quality": 3}, {"quality": {"fit": 3, "finish": 1}, "price": {"level": 7}}
    )
    assert found.weights.to_dict() == pytest.approx(
        {("quality", "fit"): 9 / 16, ("quality", "finish"): 3 / 16, ("price", "level"): 1 / 4}
    )
    assert found.weights.groupby(level="group").sum().to_dict() == pytest.approx(
        {"price": 0.25, "quality": 0.75}
    )


def test_errors_teach():
    """Empty judges, negative points, missing cells, groups that do not match."""
    with pytest.raises(ParameterError, match="0 to every item"):
        direct_weights(pd.DataFrame({"a": [0, 1], "b": [0, 1]}))
    with pytest.raises(ParameterError, match="0 or more"):
        direct_weights({"a": -1, "b": 2})
    with pytest.raises(DataError, match="row 0, column 'a'"):
        direct_weights(pd.DataFrame({"a": [None, 1.0], "b": [0, 1]}))
    with pytest.raises(ParameterError, match="did you mean 'price'"):
        global_weights({"prise": 1}, {"price": {"level": 1}})


@pytest.mark.checks("weights.global_weights", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.floats(0.1, 100), min_size=6, max_size=6), unit=st.floats(0.1, 50))
def test_global_weights_sum_to_one_in_any_unit(rows, unit):
    """Global weights sum to 1, within a group to the group's weight; the unit of the points of a level changes nothing."""
    groups = {"g": rows[0], "h": rows[1]}
    within = {"g": {"a": rows[2], "b": rows[3]}, "h": {"c": rows[4], "d": rows[5]}}
    found = global_weights(groups, within).weights
    assert found.sum() == pytest.approx(1)
    assert found.groupby(level="group").sum()["g"] == pytest.approx(rows[0] / (rows[0] + rows[1]))
    other = {name: {item: unit * v for item, v in part.items()} for name, part in within.items()}
    again = global_weights({name: unit * v for name, v in groups.items()}, other).weights
    assert again.to_numpy() == pytest.approx(found.to_numpy())
