"""Fuzzy comprehensive evaluation: the textbook's garment, a second implementation, one level against two."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.evaluation import OPERATORS, fuzzy_evaluation, grade_counts

GRADES = ["very good", "good", "fair", "poor"]
GARMENT = pd.DataFrame(
    [[0.2, 0.5, 0.2, 0.1], [0.7, 0.2, 0.1, 0], [0, 0.4, 0.5, 0.1], [0.2, 0.3, 0.5, 0]],
    index=["style", "wear", "price", "comfort"],
    columns=GRADES,
)
counts = st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4).filter(
    lambda rows: all(sum(row) > 0 for row in rows)
)
four_weights = st.lists(st.floats(0.05, 10), min_size=4, max_size=4)


def _by_loops(w, r, operator):
    """Combine cell by cell."""
    found = []
    for j in range(len(r[0])):
        cells = [(w[i], r[i][j]) for i in range(len(w))]
        if operator == "weighted_average":
            found.append(sum(a * b for a, b in cells))
        elif operator == "max_min":
            found.append(max(min(a, b) for a, b in cells))
        elif operator == "max_product":
            found.append(max(a * b for a, b in cells))
        else:
            found.append(min(1, sum(min(a, b) for a, b in cells)))
    return found


@pytest.mark.checks("evaluation.fuzzy_evaluation", kind="second", against="an example of Chinese textbooks")
def test_the_textbooks_garment():
    """A garment with weights .1 .2 .3 .4 and the max–min operator gets .2 .3 .4 .1, hence fair, as Chinese textbooks print it."""
    found = fuzzy_evaluation(GARMENT, [0.1, 0.2, 0.3, 0.4], operator="max_min", scores=[4, 3, 2, 1])
    assert found.raw.tolist() == pytest.approx([0.2, 0.3, 0.4, 0.1])
    assert found.grade == "fair"
    assert found.score == pytest.approx(2.6)
    assert not found.principles_agree
    average = fuzzy_evaluation(GARMENT, [0.1, 0.2, 0.3, 0.4], scores=[4, 3, 2, 1])
    assert average.raw.tolist() == pytest.approx([0.24, 0.33, 0.39, 0.04])
    assert average.median_grade == "good"
    assert average.summary()["cumulated"].iloc[-1] == pytest.approx(1)


@pytest.mark.checks("evaluation.fuzzy_evaluation", kind="second", against="single loops")
@settings(max_examples=30, deadline=None)
@given(rows=counts, weights=four_weights, operator=st.sampled_from(sorted(OPERATORS)))
def test_operators_equal_single_loops(rows, weights, operator):
    """Each operator of fuzzy evaluation equals its definition cell by cell, and the verdict sums to 1."""
    found = fuzzy_evaluation(pd.DataFrame(rows), weights, operator=operator)
    w = np.array(weights) / sum(weights)
    r = [[x / sum(row) for x in row] for row in rows]
    expected = np.array(_by_loops(w, r, operator))
    assert found.raw.to_numpy() == pytest.approx(expected)
    assert found.membership.to_numpy() == pytest.approx(expected / expected.sum())
    assert found.membership.sum() == pytest.approx(1)
    assert 1 - 1e-9 <= found.score <= 4 + 1e-9
    assert found.effectiveness >= 0


@pytest.mark.checks("evaluation.fuzzy_evaluation", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(rows=counts, weights=four_weights, factor=st.integers(2, 9), seed=st.integers(0, 99))
def test_sample_size_unit_of_weights_and_order_do_not_matter(rows, weights, factor, seed):
    """Twice the respondents, twice the weights, items in another order: the same verdict."""
    table = pd.DataFrame(rows, index=list("abcd"))
    w = pd.Series(weights, index=list("abcd"))
    order = list(np.random.default_rng(seed).permutation(list("abcd")))
    for operator in OPERATORS:
        first = fuzzy_evaluation(table, w, operator=operator)
        second = fuzzy_evaluation(table.loc[order] * factor, w * factor, operator=operator)
        assert second.membership.to_numpy() == pytest.approx(first.membership.to_numpy())


@pytest.mark.checks("evaluation.fuzzy_evaluation", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(rows=counts, weights=four_weights, top=st.floats(0.1, 0.9))
def test_two_levels_of_the_average_are_one_level_of_products(rows, weights, top):
    """With the weighted average, groups change nothing but the weights, which multiply."""
    table = pd.DataFrame(rows, index=list("abcd"))
    groups = {"a": "x", "b": "x", "c": "y", "d": "y"}
    two = fuzzy_evaluation(table, weights, groups=groups, group_weights={"x": top, "y": 1 - top})
    a, b, c, d = weights
    product = [top * a / (a + b), top * b / (a + b), (1 - top) * c / (c + d), (1 - top) * d / (c + d)]
    one = fuzzy_evaluation(table, product)
    assert two.membership.to_numpy() == pytest.approx(one.membership.to_numpy())
    first = fuzzy_evaluation(table.loc[["a", "b"]], weights[:2])
    assert two.groups.loc["x", "score"] == pytest.approx(first.score)
    assert two.groups.loc["x", "grade"] == first.grade


@pytest.mark.checks("evaluation.fuzzy_evaluation", kind="second", against="arithmetic by hand")
def test_two_levels_with_max_min_by_hand():
    """Two levels by the max–min operator, by hand: groups are divided by their sum before the second level."""
    table = pd.DataFrame([[0.6, 0.4], [0.2, 0.8], [0.5, 0.5]], index=list("abc"), columns=["good", "poor"])
    found = fuzzy_evaluation(
        table,
        [0.5, 0.5, 1],
        groups={"a": "x", "b": "x", "c": "y"},
        group_weights=[0.7, 0.3],
        operator="max_min",
    )
    assert found.groups.loc["x", ["good", "poor"]].tolist() == pytest.approx([0.5, 0.5])
    assert found.raw.tolist() == pytest.approx([0.5, 0.5])
    assert found.tied == ("good", "poor")
    assert found.effectiveness == pytest.approx(0)


def test_the_mean_of_answers_is_the_score():
    """With the weighted average the score is the weighted mean of the items' mean answers."""
    rng = np.random.default_rng(4)
    answers = pd.DataFrame(rng.integers(1, 6, (80, 3)), columns=["speed", "price", "staff"])
    found = fuzzy_evaluation(grade_counts(answers, [1, 2, 3, 4, 5]), [0.5, 0.3, 0.2])
    assert found.score == pytest.approx(float(answers.mean() @ [0.5, 0.3, 0.2]))


def test_maximum_membership_and_its_weakness():
    """A bare and a clear majority name the same grade; the effectiveness tells them apart."""
    bare = fuzzy_evaluation(pd.DataFrame([[31, 30, 30, 9]], columns=GRADES), [1])
    clear = fuzzy_evaluation(pd.DataFrame([[91, 3, 3, 3]], columns=GRADES), [1])
    assert bare.grade == clear.grade == "very good"
    assert bare.effectiveness == pytest.approx((4 * 0.31 - 1) / (2 * 0.30 * 3))
    assert bare.effectiveness < 0.5
    assert clear.effectiveness > 1
    assert fuzzy_evaluation(pd.DataFrame([[5, 0]]), [1]).effectiveness == np.inf
    assert fuzzy_evaluation(pd.DataFrame([[5, 0, 5]]), [1]).grade_by_score == 1


def test_errors_teach():
    """Empty items, unknown operators, and weights, groups or scores that do not match are told."""
    with pytest.raises(DataError, match="no answers"):
        fuzzy_evaluation(GARMENT * 0, [1, 1, 1, 1])
    with pytest.raises(DataError, match="0 or more"):
        fuzzy_evaluation(-GARMENT, [1, 1, 1, 1])
    with pytest.raises(DataError, match="Two grades"):
        fuzzy_evaluation(GARMENT[["good"]], [1, 1, 1, 1])
    with pytest.raises(ParameterError, match="Did you mean 'max_min'"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], operator="maxmin")
    with pytest.raises(ParameterError, match="4 items"):
        fuzzy_evaluation(GARMENT, [1, 1])
    with pytest.raises(ParameterError, match="did you mean 'style'"):
        fuzzy_evaluation(GARMENT, {"styl": 1, "wear": 1, "price": 1, "comfort": 1})
    with pytest.raises(ParameterError, match="scores for 4 grades"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], scores=[1, 2])
    with pytest.raises(ParameterError, match="finite"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], scores=[1, 2, 3, np.inf])
    with pytest.raises(ParameterError, match="need groups"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], group_weights=[1])
    groups = dict.fromkeys(GARMENT.index, "all")
    with pytest.raises(ParameterError, match="need group_weights"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], groups=groups)
    with pytest.raises(ParameterError, match="no group for 'wear'"):
        fuzzy_evaluation(GARMENT, [1, 1, 1, 1], groups={"style": "a"}, group_weights=[1])
    with pytest.raises(ParameterError, match="weight 0"):
        fuzzy_evaluation(GARMENT, [0, 1, 1, 1], groups={**groups, "style": "b"}, group_weights=[1, 1])
    with pytest.raises(DataError, match="no grade"):
        grade_counts(pd.DataFrame({"speed": [1, 9]}), [1, 2, 3])


@pytest.mark.checks("evaluation.grade_counts", kind="second", against="collections.Counter")
@pytest.mark.checks("evaluation.grade_counts", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from([1, 2, 3, None])] * 2), min_size=1, max_size=30))
def test_grades_are_counted(rows):
    """Each item's answers by grade are those that the standard library counts; with the missing ones they add up to all rows."""
    answers = pd.DataFrame(rows, columns=["speed", "staff"], dtype=object)
    found = grade_counts(answers, [1, 2, 3])
    for at, item in enumerate(["speed", "staff"]):
        counted = Counter(row[at] for row in rows)
        assert found.loc[item].tolist() == [counted[grade] for grade in (1, 2, 3)]
        assert found.loc[item].sum() + counted[None] == len(rows)
