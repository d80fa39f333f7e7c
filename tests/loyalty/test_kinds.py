"""Kinds of loyalty against every combination written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.loyalty import KINDS, QUADRANTS, loyalty_kinds


def kind_of(attached, repeats, price, locked, reward):  # noqa: PLR0911 - one return a rule, as the table reads
    """Return the kind by the rules as the docstring writes them."""
    if attached and repeats:
        return "trust"
    if repeats:
        if locked is True:
            return "monopoly"
        if reward is True:
            return "incentive"
        if locked is False and reward is False:
            return "inertia"
        return "spurious"
    if attached:
        return "latent"
    return "price" if price is True else "none"


@pytest.mark.checks("loyalty.loyalty_kinds", kind="second", against="a loop")
def test_every_combination_of_behaviour_and_reasons():
    """All 108 combinations of attachment, repeat purchase and reasons, missing reasons included, get the kind that the rules written as a loop give."""
    rows = list(product([False, True], [False, True], *[[None, False, True]] * 3))
    found = loyalty_kinds(
        [8 if a else 2 for a, *_ in rows],
        [3 if r else 0 for _, r, *_ in rows],
        attachment_cut=7,
        repeat_cut=1,
        price_sensitive=[p for _, _, p, _, _ in rows],
        locked_in=[x for _, _, _, x, _ in rows],
        reward_driven=[x for *_, x in rows],
    )
    assert found.table["kind"].tolist() == [kind_of(*row) for row in rows]
    cells = {(True, True): "true", (False, True): "spurious", (True, False): "latent", (False, False): "none"}
    assert found.table["quadrant"].tolist() == [cells[row[:2]] for row in rows]


@pytest.mark.checks("loyalty.loyalty_kinds", kind="published", against="dick1994")
def test_without_reasons_dick_and_basus_cells_result():
    """With no reasons known there are the four kinds of Dick and Basu (1994), one for each cell of attitude and repeat purchase."""
    found = loyalty_kinds([9, 2, 8, 3], [5, 6, 0, 0], attachment_cut=7, repeat_cut=1)
    assert found.table["kind"].tolist() == ["trust", "spurious", "latent", "none"]
    assert found.table["quadrant"].tolist() == list(QUADRANTS)
    assert found.summary()["kind"].tolist() == list(KINDS)


@pytest.mark.checks("loyalty.loyalty_kinds", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 10), st.integers(0, 5), st.sampled_from([None, True, False])), min_size=2
    ),
    st.integers(0, 99),
)
def test_shares_sum_to_one_and_order_does_not_matter(rows, seed):
    """Shares of all kinds of loyalty sum to 1, and shuffled customers keep their kinds."""
    frame = pd.DataFrame(rows, columns=["a", "r", "locked"])
    frame["locked"] = frame["locked"].astype("boolean")
    first = loyalty_kinds(frame["a"], frame["r"], attachment_cut=6, repeat_cut=1, locked_in=frame["locked"])
    mixed = frame.sample(frac=1, random_state=seed)
    second = loyalty_kinds(mixed["a"], frame["r"], attachment_cut=6, repeat_cut=1, locked_in=mixed["locked"])
    assert first.shares["share"].sum() == pytest.approx(1)
    pd.testing.assert_frame_equal(first.summary(), second.summary())
    assert first.table["kind"].to_dict() == second.table["kind"].to_dict()
    assert (first.shares["low"] <= first.shares["share"]).all()
    assert (first.shares["share"] <= first.shares["high"]).all()


def test_median_cut_is_exceeded_by_the_high():
    """With most customers at 0 repeat purchases the median parts those who came back, and the result says how."""
    found = loyalty_kinds([1, 2, 3, 4, 5], [0, 0, 0, 1, 4])
    assert found.table["repeat_high"].tolist() == [False, False, False, True, True]
    row = found.cuts.set_index("dimension").loc["repeat"]
    assert (row["rule"], row["comparison"], row["cut"], row["customers_high"]) == ("median", ">", 0, 2)


def test_survey_and_transactions_are_matched_by_customer():
    """Customers in one of the two only, or with a missing answer, are left out and counted."""
    found = loyalty_kinds(
        pd.Series({"a": 9, "b": 2, "c": np.nan, "x": 5}),
        pd.Series({"c": 1, "b": 0, "a": 3, "z": 9}),
        attachment_cut=7,
        repeat_cut=1,
    )
    assert found.table["kind"].to_dict() == {"a": "trust", "b": "none"}
    assert found.left_out == {
        "attachment_only": 1,
        "repeat_only": 1,
        "attachment_missing": 1,
        "repeat_missing": 0,
    }


def test_errors_teach():
    """Unequal lengths, text, unknown rules, duplicates and medians at the top are told."""
    with pytest.raises(DataError, match="lengths differ"):
        loyalty_kinds([1, 2], [1, 2, 3])
    with pytest.raises(DataError, match="no number: 1: 'much'"):
        loyalty_kinds([1, "much"], [1, 2])
    with pytest.raises(DataError, match="not true or false"):
        loyalty_kinds([1, 2], [1, 2], locked_in=[0, 7])
    with pytest.raises(ParameterError, match="'modus'"):
        loyalty_kinds([1, 2], [1, 2], attachment_cut="modus")
    with pytest.raises(ParameterError, match="finite"):
        loyalty_kinds([1, 2], [1, 2], attachment_cut=float("nan"))
    with pytest.raises(DataError, match="attachment_cut=5"):
        loyalty_kinds([5, 5, 5], [1, 2, 3])
    with pytest.raises(DataError, match="more than once"):
        loyalty_kinds(pd.Series([1, 2], index=["a", "a"]), pd.Series([1, 2], index=["a", "b"]))
    with pytest.raises(DataError, match="No customer has both"):
        loyalty_kinds(pd.Series({"a": 1}), pd.Series({"b": 1}))
    with pytest.raises(DataError, match="Every customer lacks"):
        loyalty_kinds([np.nan, 1], [1, np.nan])
    with pytest.raises(DataError, match="some are not: repeat"):
        loyalty_kinds(pd.Series([1, 2]), [1, 2])
    with pytest.raises(DataError, match="one customer only"):
        loyalty_kinds([1], [1], attachment_cut=1, repeat_cut=1)
