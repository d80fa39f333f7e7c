"""The well-matched matrix by hand, on both sides of each limit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.grading import FIELDS_4, FIELDS_9, well_matched_matrix


@pytest.mark.checks("grading.well_matched_matrix", kind="second", against="fields by hand")
def test_four_fields_by_hand():
    """Customers high and low in value and capability stand in the four fields where they should; who stands on a limit is high."""
    found = well_matched_matrix([50, 49, 50, 49], [5, 5, 4, 4], value_cuts=50, capability_cuts=5)
    assert found.table["action"].tolist() == ["pursue", "serve_efficiently", "build_capability", "decline"]
    assert found.table["gap"].tolist() == [0, -1, 1, 0]
    told = found.summary()
    assert told["n"].tolist() == [1, 1, 1, 1]
    assert told["share"].sum() == 1
    assert found.cuts_from_data == ()


@pytest.mark.checks("grading.well_matched_matrix", kind="second", against="fields by hand")
def test_nine_fields_by_hand():
    """Each of the nine pairs of levels has its own action."""
    value, able = np.meshgrid([10, 20, 30], [1, 2, 3])
    found = well_matched_matrix(
        value.ravel(), able.ravel(), fields=9, value_cuts=[15, 25], capability_cuts=[2, 3]
    )
    pairs = zip(found.table["value_level"], found.table["capability_level"], strict=True)
    assert found.table["action"].tolist() == [FIELDS_9[pair] for pair in pairs]
    assert len(set(found.table["action"])) == 9
    assert set(FIELDS_4.items()) <= set(FIELDS_9.items())


def test_customers_are_matched_by_name():
    """Two Series are joined by their index, whatever their order."""
    value = pd.Series({"a": 9, "b": 1})
    able = pd.Series({"b": 0.9, "a": 0.1})
    found = well_matched_matrix(value, able, value_cuts=5, capability_cuts=0.5)
    assert found.table["action"].to_dict() == {"a": "build_capability", "b": "serve_efficiently"}
    with pytest.raises(DataError, match="'c'"):
        well_matched_matrix(value, able.rename({"b": "c"}))


@pytest.mark.checks("grading.well_matched_matrix", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-99, 99), st.integers(0, 9)), min_size=1, max_size=40),
    st.sampled_from([0.01, 1000.0]),
    st.sampled_from([4, 9]),
)
def test_limits_from_the_data_know_no_unit_and_no_order(pairs, unit, fields):
    """Medians and terciles are observed values: units and the order of rows move nobody."""
    frame = pd.DataFrame(pairs, columns=["value", "able"])
    first = well_matched_matrix(frame["value"], frame["able"], fields=fields)
    turned = frame.iloc[::-1]
    second = well_matched_matrix(turned["value"] * unit, turned["able"], fields=fields)
    assert second.table["action"].loc[frame.index].tolist() == first.table["action"].tolist()
    assert first.summary()["n"].sum() == len(pairs)
    assert first.cuts_from_data == ("value", "capability")


def test_what_does_not_fit_is_told():
    """Fields, limits and lengths."""
    with pytest.raises(ParameterError, match="4 or 9"):
        well_matched_matrix([1], [1], fields=6)
    with pytest.raises(ParameterError, match="value_cuts"):
        well_matched_matrix([1], [1], value_cuts=[1, 2])
    with pytest.raises(ParameterError, match="that rise"):
        well_matched_matrix([1], [1], fields=9, capability_cuts=[2, 2])
    with pytest.raises(DataError, match="2 customer values and 1"):
        well_matched_matrix([1, 2], [1])
    with pytest.raises(DataError, match="capabilities"):
        well_matched_matrix([1], [None])
