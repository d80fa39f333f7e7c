"""The analytic hierarchy process: Saaty's own numbers, a second implementation, what must not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.weights import RANDOM_INDEX, ahp, ahp_group

DRINKS = ["coffee", "wine", "tea", "beer", "sodas", "milk", "water"]
#: 'Which drink is consumed more in the US?', Saaty 2008, upper triangle
UPPER = [
    [9, 5, 2, 1, 1, 1 / 2],
    [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 1, 1 / 3],
    [2, 1 / 2],
    [1 / 3],
]
SCALE = [1 / k for k in range(9, 1, -1)] + list(range(1, 10))


def _pairs(names=DRINKS, upper=UPPER):
    return {(names[i], names[i + 1 + j]): v for i, row in enumerate(upper) for j, v in enumerate(row)}


def _power_iteration(a):
    """Weigh and find λ without an eigenvalue routine."""
    w = np.ones(len(a)) / len(a)
    for _ in range(2000):
        product = a @ w
        w = product / product.sum()
    return w, float((a @ w / w).mean())


@st.composite
def reciprocal(draw, least=2, most=6):
    """Draw a reciprocal matrix of Saaty's scale."""
    n = draw(st.integers(least, most))
    a = np.ones((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            a[i, j] = draw(st.sampled_from(SCALE))
            a[j, i] = 1 / a[i, j]
    return a


@pytest.mark.checks("weights.ahp", kind="published", against="saaty2008")
def test_saatys_drinks():
    """Saaty's drinks in the US: weights .177 .019 .042 .116 .190 .129 .327, λ 7.177, consistency ratio .022, to the digits printed."""
    found = ahp(_pairs())
    assert found.weights.index.tolist() == DRINKS
    assert found.weights.to_numpy() == pytest.approx(
        [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=6e-4
    )
    assert found.lambda_max == pytest.approx(7.177, abs=5e-4)
    assert found.consistency_ratio == pytest.approx(0.022, abs=5e-4)
    assert found.consistent
    assert ahp(_pairs(), random_index="alonso_lamata").consistency_ratio == pytest.approx(0.022, abs=5e-4)
    assert found.summary()["item"].tolist()[:2] == ["water", "sodas"]


@pytest.mark.checks("weights.ahp", kind="second", against="power iteration")
@pytest.mark.checks("weights.ahp", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(a=reciprocal())
def test_weights_equal_power_iteration(a):
    """Weights of random judgements sum to 1 and equal those of a power iteration, and λ is at least the number of items."""
    found = ahp(a)
    w, lam = _power_iteration(a)
    assert found.weights.to_numpy() == pytest.approx(w, abs=1e-7)
    assert found.weights.sum() == pytest.approx(1)
    assert found.lambda_max == pytest.approx(lam, abs=1e-6)
    assert found.lambda_max >= len(a)
    assert found.consistency_ratio >= 0


@pytest.mark.checks("weights.ahp", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(a=reciprocal(least=3), seed=st.integers(0, 99))
def test_order_of_items_does_not_matter(a, seed):
    """Items in another order get the same weights, and the same judgement deviates most."""
    names = [f"i{k}" for k in range(len(a))]
    table = pd.DataFrame(a, index=names, columns=names)
    order = list(np.random.default_rng(seed).permutation(names))
    for method in ("eigenvector", "geometric_mean"):
        first, second = ahp(table, method=method), ahp(table.loc[order, order], method=method)
        assert second.weights[names].to_numpy() == pytest.approx(first.weights.to_numpy())
        size = [float(np.abs(np.log(f.judgements["deviation"])).max()) for f in (first, second)]
        assert size[0] == pytest.approx(size[1], abs=1e-9)


@pytest.mark.checks("weights.ahp", kind="recovery")
@settings(max_examples=20, deadline=None)
@given(w=st.lists(st.floats(1, 3), min_size=2, max_size=7))
def test_consistent_judgements_return_their_weights(w):
    """Judgements that are ratios of known weights give back those weights, consistency ratio 0, and nothing to look at again, by both methods."""
    w = np.array(w)
    for method in ("eigenvector", "geometric_mean"):
        found = ahp(w[:, None] / w, method=method)
        assert found.weights.to_numpy() == pytest.approx(w / w.sum())
        assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
        assert found.look_again is None


@pytest.mark.checks("weights.ahp", kind="second", against="arithmetic by hand")
def test_methods_agree_up_to_three_items():
    """With three items the geometric mean of rows, by hand, is the eigenvector; with seven it is not."""
    a = [[1, 3, 5], [1 / 3, 1, 4], [1 / 5, 1 / 4, 1]]
    by_hand = np.array([15 ** (1 / 3), (4 / 3) ** (1 / 3), (1 / 20) ** (1 / 3)])
    for method in ("eigenvector", "geometric_mean"):
        assert ahp(a, method=method).weights.to_numpy() == pytest.approx(by_hand / by_hand.sum())
    assert ahp(_pairs(), method="geometric_mean").weights["water"] != pytest.approx(
        ahp(_pairs()).weights["water"], abs=1e-6
    )


def test_the_slip_is_the_judgement_to_look_at_again():
    """One judgement turned round is found, with the value that would fit, and CR after it."""
    w = np.array([0.4, 0.3, 0.2, 0.1])
    a = w[:, None] / w
    a[0, 3], a[3, 0] = 1 / 4, 4
    found = ahp(a, names=["a", "b", "c", "d"])
    assert not found.consistent
    assert found.look_again == ("a", "d")
    worst = found.judgements.iloc[0]
    assert worst["consistent"] == pytest.approx(found.weights["a"] / found.weights["d"])
    assert worst["deviation"] == pytest.approx(worst["given"] / worst["consistent"])
    mended = a.copy()
    mended[0, 3], mended[3, 0] = worst["consistent"], 1 / worst["consistent"]
    assert worst["ratio_after"] == pytest.approx(ahp(mended).consistency_ratio)
    assert found.judgements["ratio_after"].idxmin() == 0


@pytest.mark.checks("weights.ahp", kind="second", against="single loops")
def test_geometric_consistency_index_by_hand():
    """The geometric consistency index is the mean squared logarithm of the deviations, by single loops; it is missing for two items."""
    found = ahp(_pairs(), method="geometric_mean")
    a, n = found.matrix.to_numpy(), 7
    g = np.prod(a, axis=1) ** (1 / n)
    total = sum(np.log(a[i, j] * g[j] / g[i]) ** 2 for i in range(n) for j in range(i + 1, n))
    assert found.geometric_consistency_index == pytest.approx(2 * total / ((n - 1) * (n - 2)))
    assert np.isnan(ahp({("a", "b"): 3}).geometric_consistency_index)


@pytest.mark.checks("weights.ahp", kind="published", against="alonso2006")
def test_random_indices_are_those_of_random_matrices():
    """The mean consistency index of up to 20,000 random matrices is the random index that Alonso and Lamata print, within four standard errors."""
    rng = np.random.default_rng(5)
    for n, count in ((3, 20_000), (5, 8_000), (8, 3_000)):
        a = np.ones((count, n, n))
        for i in range(n):
            for j in range(i + 1, n):
                a[:, i, j] = rng.choice(SCALE, count)
                a[:, j, i] = 1 / a[:, i, j]
        ci = (np.linalg.eigvals(a).real.max(axis=1) - n) / (n - 1)
        assert RANDOM_INDEX["alonso_lamata"][n - 1] == pytest.approx(ci.mean(), abs=4 * ci.std() / count**0.5)


def test_one_cell_of_a_pair_is_enough_and_rounded_fractions_pass():
    """Upper triangle, full table with .33 for 1/3, and mapping give the same."""
    names = ["a", "b", "c"]
    upper = pd.DataFrame([[1, 3, 5], [None, 1, 2], [None, None, None]], index=names, columns=names)
    rounded = [[1, 3, 5], [0.33, 1, 2], [0.2, 0.5, 1]]
    pairs = {("a", "b"): 3, ("c", "a"): 1 / 5, ("b", "c"): 2}
    results = [ahp(upper), ahp(rounded, names=names), ahp(pairs, names=names)]
    for found in results:
        assert found.weights.to_numpy() == pytest.approx(results[0].weights.to_numpy())


def test_small_matrices():
    """One item weighs 1; two are always consistent."""
    assert ahp([[1]]).weights.tolist() == [1.0]
    assert ahp([[1]]).look_again is None
    two = ahp({("a", "b"): 4})
    assert two.weights.tolist() == pytest.approx([0.8, 0.2])
    assert two.consistency_ratio == 0


def test_errors_name_all_pairs_at_once():
    """Missing, contradicting, negative and exaggerated judgements are told together."""
    names = list("abcd")
    table = pd.DataFrame(
        [[2, 3, np.nan, 40], [3, 1, -2, 1], [np.nan, np.nan, 1, 1], [np.nan, 1, 1, 1]],
        index=names,
        columns=names,
    )
    with pytest.raises(DataError) as caught:
        ahp(table)
    text = str(caught.value)
    for part in (
        "('a', 'a'): 2",
        "not reciprocal",
        "('a', 'c'): no judgement",
        "must be above 0",
        "off the scale",
    ):
        assert part in text
    with pytest.raises(DataError, match="square matrix"):
        ahp([[1, 2, 3], [1, 1, 1]])
    with pytest.raises(DataError, match="same names"):
        ahp(pd.DataFrame(np.ones((2, 2)), index=["a", "b"], columns=["a", "c"]))
    with pytest.raises(DataError, match="no numbers"):
        ahp({("a", "b"): "1/3"})
    with pytest.raises(DataError, match="too many"):
        ahp(np.ones((16, 16)))
    with pytest.raises(DataError, match="names no item"):
        ahp({("a", "b"): 3, ("a", "c"): 3}, names=["a", "b"])
    with pytest.raises(DataError, match="names for"):
        ahp(np.ones((2, 2)), names=["a"])
    with pytest.raises(DataError, match="twice"):
        ahp(np.ones((2, 2)), names=["a", "a"])
    with pytest.raises(ParameterError, match="Did you mean 'eigenvector'"):
        ahp(np.ones((2, 2)), method="eigenvektor")
    assert ahp({("a", "b"): 99}, largest=None).weights["a"] == pytest.approx(0.99)


@pytest.mark.checks("weights.ahp_group", kind="invariant")
@settings(max_examples=15, deadline=None)
@given(a=reciprocal(3, 3), b=reciprocal(3, 3), v=st.floats(0.1, 0.9))
def test_both_ways_of_joining_agree_under_the_geometric_mean(a, b, v):
    """Joined judgements and joined priorities give the same weights by the geometric mean, whatever judges count."""
    first, second = (
        ahp_group([a, b], aggregate=how, judge_weights=[v, 1 - v], method="geometric_mean", largest=None)
        for how in ("judgements", "priorities")
    )
    assert first.weights.to_numpy() == pytest.approx(second.weights.to_numpy())


@pytest.mark.checks("weights.ahp_group", kind="second", against="geometric means by hand")
def test_group_by_hand():
    """Cells are joined by the geometric mean; equal judges change nothing; the order of judges does not matter."""
    one, two = _pairs(list("abc"), [[2, 4], [3]]), _pairs(list("abc"), [[8, 1], [3]])
    group = ahp_group({"Ann": one, "Bo": two})
    assert group.joint.matrix.loc["a", "b"] == pytest.approx(4)
    assert group.joint.matrix.loc["a", "c"] == pytest.approx(2)
    assert group.table.loc["Ann", "consistency_ratio"] == pytest.approx(ahp(one).consistency_ratio)
    turned = ahp_group({"Bo": two, "Ann": one})
    assert turned.weights.to_numpy() == pytest.approx(group.weights.to_numpy())
    same = ahp_group([one, one])
    assert same.weights.to_numpy() == pytest.approx(ahp(one).weights.to_numpy())
    assert same.table["distance"].max() == pytest.approx(0, abs=1e-12)
    counted = ahp_group({"Ann": one, "Bo": two}, judge_weights={"Ann": 1, "Bo": 0}, aggregate="priorities")
    assert counted.joint is None
    assert counted.weights.to_numpy() == pytest.approx(ahp(one).weights.to_numpy())


def test_group_items_may_come_in_another_order():
    """Items are matched by name, not by place."""
    one = _pairs(list("abc"), [[2, 4], [3]])
    names = list("cab")
    table = ahp(one).matrix.loc[names, names]
    found = ahp_group([one, table])
    assert found.weights.to_numpy() == pytest.approx(ahp(one).weights.to_numpy())
    assert found.table["distance"].max() == pytest.approx(0, abs=1e-12)


def test_group_errors_name_the_judge():
    """A bad matrix is told with its judge; judges must compare the same items."""
    with pytest.raises(DataError, match="Judge 'Bo'"):
        ahp_group({"Ann": {("a", "b"): 2}, "Bo": {("a", "b"): -2}})
    with pytest.raises(DataError, match="other items"):
        ahp_group([{("a", "b"): 2}, {("a", "c"): 2}])
    with pytest.raises(DataError, match="no judge"):
        ahp_group([])
    with pytest.raises(ParameterError, match="aggregate"):
        ahp_group([{("a", "b"): 2}], aggregate="mean")
