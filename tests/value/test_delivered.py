"""Delivered value by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.value import COSTS, VALUES, delivered_value


@pytest.fixture
def offers():
    """Three offers, of which the last two deliver the same."""
    rows = {
        "ours": [80, 20, 10, 10, 60, 5, 5, 2],
        "theirs": [70, 30, 15, 5, 50, 10, 5, 5],
        "third": [60, 0, 0, 0, 10, 0, 0, 0],
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*VALUES, *COSTS])


@pytest.mark.checks("value.delivered_value", kind="second", against="sums by hand")
def test_sums_by_hand(offers):
    """Delivered values 120 − 72, 120 − 70 and 60 − 10 by hand; equal offers share a rank, and the ratio ranks otherwise."""
    found = delivered_value(offers)
    assert found.table["delivered_value"].tolist() == [48, 50, 50]
    assert found.table["rank"].tolist() == [3, 1, 1]
    assert found.best == ["theirs", "third"]
    assert found.table["value_cost_ratio"].tolist() == pytest.approx([120 / 72, 120 / 70, 6])
    assert found.summary()["behind_best"].tolist() == [-2, 0, 0]


@pytest.mark.checks("value.delivered_value", kind="invariant")
def test_weights_scale_components_and_units_scale_everything(offers):
    """A weight counts its component so often; ten times the unit is ten times the difference, the same ratio."""
    weighted = delivered_value(offers, weights={"image": 2, "money": 0})
    assert weighted.table["delivered_value"].tolist() == [118, 105, 60]
    first, second = delivered_value(offers).table, delivered_value(offers * 10).table
    assert (second["delivered_value"] == 10 * first["delivered_value"]).all()
    assert (second["value_cost_ratio"] == first["value_cost_ratio"]).all()
    assert (second["rank"] == first["rank"]).all()


def test_an_offer_without_cost_has_no_ratio(offers):
    """Division by a cost of 0 gives a missing ratio, not infinity."""
    offers.loc["third", "money"] = 0
    assert pd.isna(delivered_value(offers).table.loc["third", "value_cost_ratio"])


def test_errors_teach(offers):
    """Missing components, numbers that are none, and unknown weights are told."""
    with pytest.raises(DataError, match="no column 'service'; did you mean 'services'"):
        delivered_value(offers.rename(columns={"service": "services"}))
    with pytest.raises(DataError, match="no rows"):
        delivered_value(offers.head(0))
    with pytest.raises(DataError, match="time of offer 'theirs'"):
        delivered_value(offers.astype(object).replace(10, "ten"))
    with pytest.raises(ParameterError, match="Did you mean 'image'"):
        delivered_value(offers, weights={"images": 1})
    with pytest.raises(ParameterError, match="0 or more"):
        delivered_value(offers, weights={"image": -1})


@pytest.mark.checks("value.delivered_value", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.lists(st.integers(0, 99), min_size=8, max_size=8), min_size=1, max_size=6),
    unit=st.sampled_from([0.01, 10.0]),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_offers_and_the_unit_change_no_rank(rows, unit, random):
    """Delivered value is total value less total cost whatever the order of offers; another unit scales it and keeps the ranks."""
    offers = pd.DataFrame(
        rows, columns=[*VALUES, *COSTS], index=[f"o{at}" for at in range(len(rows))], dtype=float
    )
    found = delivered_value(offers).table
    expected = offers[list(VALUES)].sum(axis=1) - offers[list(COSTS)].sum(axis=1)
    assert found["delivered_value"].tolist() == pytest.approx(expected.tolist())
    order = list(offers.index)
    random.shuffle(order)
    other = delivered_value(offers.loc[order] * 10).table.loc[offers.index]
    assert other["rank"].tolist() == found["rank"].tolist()
    scaled = delivered_value(offers * unit).table
    assert scaled["delivered_value"].tolist() == pytest.approx((unit * found["delivered_value"]).tolist())
