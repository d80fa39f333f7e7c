"""ABC classes and the customer pyramid by hand, and against loops over the sorted customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.grading import TIERS, abc_classes, customer_pyramid

WORTH = st.lists(st.integers(-50, 1000), min_size=1, max_size=60).filter(lambda x: max(x) > 0)


def abc_by_loop(values, cuts):
    """Walk down the sorted customers in whole numbers; equals share the class of the first of them."""
    total = sum(v for v in values if v > 0)
    found, before, group = {}, 0, 0
    for value in sorted(values, reverse=True):
        if value not in found:
            before += group
            group = 0
            found[value] = sum(before * 100 >= cut * total for cut in cuts) if value > 0 else len(cuts)
        group += max(value, 0)
    return ["ABC"[found[v]] for v in values]


@pytest.mark.checks("grading.abc_classes", kind="second", against="sums by hand")
def test_classes_by_hand():
    """ABC classes by hand: customers of 700 and 200 of 1,000 begin below 80 %, one of 60 below 95 %, the rest above."""
    found = abc_classes(pd.Series({"a": 10, "b": 700, "c": 60, "d": 200, "e": 30}))
    assert found.table["abc_class"].astype(str).to_dict() == {
        "a": "C",
        "b": "A",
        "c": "B",
        "d": "A",
        "e": "C",
    }
    assert found.table["cumulative_share"].tolist() == pytest.approx([1, 0.7, 0.96, 0.9, 0.99])
    assert found.table["rank"].tolist() == [5, 1, 3, 2, 4]
    told = found.summary()
    assert told["n"].tolist() == [2, 1, 2]
    assert told["value"].tolist() == [900, 60, 40]
    assert told["value_share"].tolist() == pytest.approx([0.9, 0.06, 0.04])


def test_the_customer_on_a_cut_ends_the_class():
    """80 of 100 end class A exactly: the next customer is a B."""
    assert abc_classes([80, 15, 5]).table["abc_class"].tolist() == ["A", "B", "C"]
    assert abc_classes([0.8, 0.15, 0.05]).table["abc_class"].tolist() == ["A", "B", "C"]


def test_one_customer_with_everything_is_an_a():
    """Whoever crosses a cut belongs to the upper class."""
    assert abc_classes([100.0]).table["abc_class"].tolist() == ["A"]


def test_negatives_and_zeros_are_last_and_told():
    """Losses stand outside the shares, in the last class, and are counted."""
    found = abc_classes([100, 0, -30, -20])
    assert found.table["abc_class"].tolist() == ["A", "C", "C", "C"]
    assert (found.n_negative, found.negative_total, found.n_zero, found.total) == (2, -50, 1, 100)
    assert found.summary()["value_share"].sum() == pytest.approx(1)


def test_equal_customers_are_in_one_class_and_those_held_up_are_told():
    """Ten equal customers are all A; two of them only because the others are."""
    found = abc_classes([5.0] * 10)
    assert set(found.table["abc_class"]) == {"A"}
    assert found.n_tied_at_cut == 2


def test_other_cuts_and_names():
    """One cut makes two classes with names of the user's."""
    found = abc_classes([70, 20, 10], cuts=[0.7], names=["key", "other"])
    assert found.table["abc_class"].tolist() == ["key", "other", "other"]


@pytest.mark.checks("grading.abc_classes", kind="second", against="single loops")
@settings(max_examples=80, deadline=None)
@given(WORTH, st.sampled_from([(80, 95), (50, 90), (70, 85)]))
def test_abc_is_the_loop(values, cuts):
    """A loop in whole numbers over the sorted customers gives the same ABC classes."""
    found = abc_classes(values, cuts=[cut / 100 for cut in cuts])
    assert found.table["abc_class"].tolist() == abc_by_loop(values, cuts)


@pytest.mark.checks("grading.abc_classes", "grading.customer_pyramid", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(WORTH, st.sampled_from([0.01, 3.0, 1e6, 1 / 7]), st.randoms(use_true_random=False))
def test_neither_unit_nor_order_moves_anybody(values, unit, random):
    """Cents for yuan and shuffled rows leave each customer where it was; shares add up to 1."""
    first = pd.Series(values, dtype=float)
    order = list(first.index)
    random.shuffle(order)
    second = (first * unit).loc[order]
    one, two = abc_classes(first), abc_classes(second)
    assert two.table["abc_class"].loc[first.index].tolist() == one.table["abc_class"].tolist()
    assert one.summary()["value_share"].sum() == pytest.approx(1)
    assert one.summary()["customer_share"].sum() == pytest.approx(1)
    assert one.n_tied_at_cut == two.n_tied_at_cut
    tiers = customer_pyramid(first).table["tier"], customer_pyramid(second).table["tier"].loc[first.index]
    assert tiers[0].tolist() == tiers[1].tolist()


@pytest.mark.checks("grading.customer_pyramid", kind="second", against="counts by hand")
def test_pyramid_by_hand():
    """Of 200 customers 2, 8, 30 and 160 are platinum, gold, iron and lead."""
    found = customer_pyramid(np.arange(200.0))
    told = found.summary()
    assert told["n"].tolist() == [2, 8, 30, 160]
    assert told["value"].tolist() == [199 + 198, sum(range(190, 198)), sum(range(160, 190)), sum(range(160))]
    assert told["value_share"].sum() == pytest.approx(1)
    assert list(told.index) == list(TIERS)
    assert found.n_tied_at_cut == 0


def test_pyramid_ties_go_up_and_are_told():
    """Of three equal customers at the cut all are in the upper tier: two more than it was to hold."""
    found = customer_pyramid([9, 5, 5, 5, 1, 1, 1, 1, 1, 1], tiers={"top": 0.2, "rest": 0.8})
    assert found.summary()["n"].tolist() == [4, 6]
    assert found.n_tied_at_cut == 2


def test_small_pyramids_leave_upper_tiers_empty():
    """One percent of ten customers is nobody; the tier stays in the summary."""
    told = customer_pyramid(range(10)).summary()
    assert told["n"].tolist() == [0, 0, 2, 8]
    assert customer_pyramid([-1, -2]).summary()["value_share"].isna().all()


@pytest.mark.checks("grading.customer_pyramid", kind="second", against="single loops")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60))
def test_pyramid_is_the_loop(values):
    """Walking down the sorted customers, a tier of the pyramid ends at its rank unless equals follow."""
    tiers = {"a": 0.25, "b": 0.25, "c": 0.5}
    n = len(values)
    ends = [int(np.rint(0.25 * n)), int(np.rint(0.5 * n)), n]
    ranked = sorted(values, reverse=True)
    expected = ["abc"[next(k for k, end in enumerate(ends) if ranked.index(v) < end)] for v in values]
    assert customer_pyramid(values, tiers=tiers).table["tier"].tolist() == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "no values"),
        ([1.0, float("nan")], "row 1"),
        ([1.0, float("inf")], "finite"),
        (pd.Series([1, 2], index=["a", "a"]), "stands there before"),
        ([[1, 2]], "dimensions"),
        ([1e308, 1e308], "without a finite number"),
        (["many", 1], "'many'"),
    ],
)
def test_what_cannot_be_graded_is_told(values, message):
    """Each problem is named with its rows."""
    with pytest.raises(DataError, match=message):
        abc_classes(values)
    with pytest.raises(DataError, match=message):
        customer_pyramid(values)


def test_wrong_parameters_are_told():
    """Cuts rise, names fit, tiers make 1, and something must be above 0."""
    for cuts in [(0.9, 0.8), (0, 0.5), (0.5, 1), (), (0.5, 0.5)]:
        with pytest.raises(ParameterError, match="cuts"):
            abc_classes([1, 2], cuts=cuts)
    with pytest.raises(ParameterError, match="names"):
        abc_classes([1, 2], names=["A", "A", "B"])
    with pytest.raises(DataError, match="add up to"):
        abc_classes([0, -1])
    with pytest.raises(ParameterError, match="together"):
        customer_pyramid([1, 2], tiers={"top": 0.2, "rest": 0.7})
