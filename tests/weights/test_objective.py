"""Weights from the data: second implementations, constant items, zeros, units."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.decomposition import PCA

from crmlab.errors import DataError, ParameterError
from crmlab.weights import critic_weights, entropy_weights, pca_weights

tables = st.tuples(st.integers(0, 10_000), st.integers(4, 12)).map(
    lambda drawn: pd.DataFrame(
        np.random.default_rng(drawn[0]).uniform(1, 9, (drawn[1], 4)), columns=list("abcd")
    )
)


def _critic_by_loops(table, cost):
    """Compute CRITIC cell by cell, from the standard library."""
    columns = {}
    for name in table:
        x = table[name].tolist()
        scaled = [(v - min(x)) / (max(x) - min(x)) for v in x]
        columns[name] = [1 - v for v in scaled] if name in cost else scaled
    raw = {}
    for name, x in columns.items():
        conflict = sum(1 - statistics.correlation(x, y) for other, y in columns.items() if other != name)
        raw[name] = statistics.stdev(x) * conflict
    return {name: v / sum(raw.values()) for name, v in raw.items()}


@pytest.mark.checks("weights.entropy_weights", kind="second", against="scipy")
@settings(max_examples=30, deadline=None)
@given(table=tables)
def test_entropy_equals_scipy(table):
    """The entropy of each item's shares is scipy's, to the base of the number of rows, and weights are the normalised divergences."""
    found = entropy_weights(table)
    entropy = stats.entropy(table.to_numpy(), base=len(table))
    assert found.table["entropy"].to_numpy() == pytest.approx(entropy)
    assert found.weights.to_numpy() == pytest.approx((1 - entropy) / (1 - entropy).sum())


@pytest.mark.checks("weights.critic_weights", kind="second", against="single loops")
@settings(max_examples=30, deadline=None)
@given(table=tables)
def test_critic_equals_single_loops(table):
    """CRITIC weights equal those of a second implementation by single loops of the standard library."""
    expected = _critic_by_loops(table, {"b"})
    assert critic_weights(table, cost=["b"]).weights.to_dict() == pytest.approx(expected)


@pytest.mark.checks("weights.pca_weights", kind="second", against="scikit-learn")
@settings(max_examples=20, deadline=None)
@given(table=tables)
def test_components_equal_sklearn(table):
    """Communalities and coefficients of principal components are those of scikit-learn on standardised items."""
    z = (table - table.mean()) / table.std(ddof=1)
    fitted = PCA().fit(z)
    kept = max(int((fitted.explained_variance_ > 1).sum()), 1)
    communality = (fitted.components_[:kept] ** 2 * fitted.explained_variance_[:kept, None]).sum(axis=0)
    found = pca_weights(table)
    assert found.weights.to_numpy() == pytest.approx(communality / communality.sum())
    assert found.table["communality"].to_numpy() == pytest.approx(communality)


@pytest.mark.checks(
    "weights.entropy_weights", "weights.critic_weights", "weights.pca_weights", kind="invariant"
)
@settings(max_examples=25, deadline=None)
@given(table=tables, unit=st.floats(1e-3, 1e3), shift=st.floats(-50, 50), seed=st.integers(0, 99))
def test_units_and_order_do_not_matter(table, unit, shift, seed):
    """Weights sum to 1; units, order of rows and of columns change nothing, nor does the origin where so stated."""
    rng = np.random.default_rng(seed)
    mixed = table.iloc[rng.permutation(len(table))][list("cadb")]
    ratio, interval = mixed.assign(a=mixed["a"] * unit), mixed.assign(a=mixed["a"] * unit + shift)
    ways = [
        (entropy_weights, ratio),
        (lambda t: entropy_weights(t, normalise="minmax", cost=["a"]), interval),
        (lambda t: critic_weights(t, cost=["a"]), interval),
        (pca_weights, interval),
    ]
    for weigh, other in ways:
        first, second = weigh(table).weights, weigh(other).weights
        assert first.sum() == pytest.approx(1)
        assert (first >= 0).all()
        assert second[first.index].to_numpy() == pytest.approx(first.to_numpy(), abs=1e-7)


@pytest.mark.checks("weights.entropy_weights", kind="second", against="arithmetic by hand")
def test_entropy_by_hand_and_zeros():
    """A zero adds nothing: shares 0, ½, ½ among three rows have entropy ln 2 / ln 3."""
    found = entropy_weights(pd.DataFrame({"x": [0, 5, 5], "y": [1, 1, 2]}))
    assert found.table.loc["x", "entropy"] == pytest.approx(math.log(2) / math.log(3))
    by_hand = -(0.5 * math.log(0.25) + 0.5 * math.log(0.5)) / math.log(3)
    assert found.table.loc["y", "entropy"] == pytest.approx(by_hand)
    concentrated = entropy_weights(pd.DataFrame({"x": [0, 0, 7], "y": [1, 1, 2]}))
    assert concentrated.table.loc["x", "divergence"] == pytest.approx(1)


def test_constant_items_weigh_nothing():
    """An item that is the same everywhere gets 0 and is named, and does not change the others."""
    table = pd.DataFrame({"a": [1, 2, 3, 5], "b": [4, 2, 5, 3], "c": [1, 3, 2, 2]})
    more = table.assign(same=0.1 + 0.2)
    for weigh in (
        entropy_weights,
        lambda t: entropy_weights(t, normalise="minmax"),
        critic_weights,
        pca_weights,
    ):
        found = weigh(more)
        assert found.constant == ("same",)
        assert found.weights["same"] == 0
        assert found.weights[["a", "b", "c"]].to_numpy() == pytest.approx(weigh(table).weights.to_numpy())
        assert found.summary()["item"].iloc[-1] == "same"
        with pytest.raises(DataError):
            weigh(table * 0 + 3)


def test_a_repeated_item_shares_its_weight_with_critic():
    """CRITIC does not double what is asked twice; entropy does."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.uniform(1, 9, (200, 3)), columns=list("abc"))
    twice = table.assign(again=table["a"])
    doubled = twice.pipe(entropy_weights).weights
    assert doubled["a"] == pytest.approx(doubled["again"])
    ratio = doubled["a"] / doubled["b"]
    plain = entropy_weights(table).weights
    assert ratio == pytest.approx(plain["a"] / plain["b"])
    critic, before = critic_weights(twice).weights, critic_weights(table).weights
    assert critic["a"] / critic["b"] < 0.8 * before["a"] / before["b"]


@pytest.mark.checks("weights.pca_weights", kind="recovery")
def test_components_of_a_known_structure():
    """Items of one strong factor outweigh noise; first and composite coefficients agree when one component is kept."""
    rng = np.random.default_rng(2)
    factor = rng.normal(size=500)
    table = pd.DataFrame({name: factor + 0.5 * rng.normal(size=500) for name in "abc"}).assign(
        noise=rng.normal(size=500)
    )
    weights = pca_weights(table, n_components=1).weights
    assert weights["noise"] < 0.02
    first, composite = (
        pca_weights(table[list("abc")], method=how, n_components=1).weights for how in ("first", "composite")
    )
    assert first.to_numpy() == pytest.approx(composite.to_numpy())
    two = pca_weights(table[list("abc")] @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0.1, 1]]), n_components=2)
    assert two.table.filter(like="loading").shape[1] == 2


def test_errors_teach():
    """What cannot be weighed is told, and what to do instead."""
    table = pd.DataFrame({"a": [1, 2, 3, 5], "b": [-4, 2, 5, 3]})
    with pytest.raises(DataError, match="row 0, column 'b': -4"):
        entropy_weights(table)
    with pytest.raises(DataError, match="nothing but zeros"):
        entropy_weights(table.assign(b=0))
    with pytest.raises(ParameterError, match="knows no direction"):
        entropy_weights(table.abs(), cost=["a"])
    with pytest.raises(ParameterError, match="Allowed"):
        entropy_weights(table, normalise="z")
    with pytest.raises(DataError, match="rise and fall together"):
        critic_weights(pd.DataFrame({"a": [1, 2, 3], "b": [2, 4, 6]}))
    with pytest.raises(DataError, match="3 rows are the least"):
        critic_weights(table.head(2))
    with pytest.raises(DataError, match="negative"):
        pca_weights(table.assign(a=-table["a"]), method="first")
    with pytest.raises(ParameterError, match="between 1 and 2"):
        pca_weights(table, n_components=3)
    with pytest.raises(ParameterError, match="same communality"):
        pca_weights(table, n_components=2)
    with pytest.raises(DataError, match="no finite numbers"):
        pca_weights(table.assign(a=np.inf))
