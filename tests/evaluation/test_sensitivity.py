"""Where the winner changes: true at both sides of each change, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.evaluation import sensitivity, topsis, weighted_score, winner_changes

tables = st.integers(0, 10_000).map(
    lambda seed: pd.DataFrame(np.random.default_rng(seed).uniform(1, 9, (4, 3)), columns=list("abc"))
)
three_weights = st.lists(st.floats(0.1, 1), min_size=3, max_size=3)
RANK = {"weighted_score": weighted_score, "topsis": topsis}


def _with(weights, j, t):
    """Return weights with the j-th at t and the others in proportion."""
    w = np.array(weights) / sum(weights)
    rest = np.delete(w, j) / np.delete(w, j).sum() * (1 - t)
    return np.insert(rest, j, t)


@pytest.mark.checks(
    "evaluation.sensitivity",
    "evaluation.winner_changes",
    kind="second",
    against="rankings at weights in between",
)
@pytest.mark.parametrize("method", ["weighted_score", "topsis"])
@settings(max_examples=8, deadline=None)
@given(table=tables, weights=three_weights)
def test_winners_hold_within_their_stretch(method, table, weights):
    """Within each stretch of a weight the named winner wins when alternatives are ranked anew; stretches fill 0 to 1."""
    found = sensitivity(table, weights, cost=["b"], method=method)
    for j, name in enumerate("abc"):
        part = found.segments[found.segments["criterion"] == name]
        assert part["weight_from"].iloc[0] == 0
        assert part["weight_to"].iloc[-1] == 1
        assert part["weight_from"].tolist()[1:] == part["weight_to"].tolist()[:-1]
        assert (part["winner"].to_numpy()[1:] != part["winner"].to_numpy()[:-1]).all()
        for row in part.itertuples():
            if row.weight_to - row.weight_from < 1e-6:
                continue
            for share in (0.01, 0.5, 0.99):
                t = row.weight_from + share * (row.weight_to - row.weight_from)
                assert row.winner in RANK[method](table, _with(weights, j, t), cost=["b"]).winners


@pytest.mark.checks("evaluation.sensitivity", "evaluation.winner_changes", kind="invariant")
@pytest.mark.parametrize("method", ["weighted_score", "topsis"])
@settings(max_examples=8, deadline=None)
@given(table=tables, weights=three_weights)
def test_at_a_change_two_alternatives_are_equal(method, table, weights):
    """At the weight at which the winner changes, the present and the next winner have the same score."""
    found = sensitivity(table, weights, cost=["b"], method=method)
    for j, row in enumerate(found.changes.itertuples()):
        for value, other in ((row.lower, row.lower_winner), (row.upper, row.upper_winner)):
            if not np.isnan(value) and value < 1 - 1e-9:
                scores = RANK[method](table, _with(weights, j, value), cost=["b"]).table["score"]
                assert scores[row.winner] == pytest.approx(scores[other], abs=1e-9)
                assert scores[row.winner] == pytest.approx(scores.max(), abs=1e-9)


@pytest.mark.checks(
    "evaluation.sensitivity", "evaluation.winner_changes", kind="second", against="arithmetic by hand"
)
def test_two_offers_by_hand():
    """A is better by 1 on quality, B by 1 on price: the winner changes at one half."""
    offers = pd.DataFrame({"price": [100, 80], "quality": [9, 6]}, index=["A", "B"])
    found = sensitivity(offers, [0.4, 0.6], cost=["price"])
    assert found.winner == "A"
    changes = found.changes.set_index("criterion")
    assert changes.loc["price", "upper"] == pytest.approx(0.5)
    assert changes.loc["price", "upper_winner"] == "B"
    assert np.isnan(changes.loc["price", "lower"])
    assert changes.loc["quality", "lower"] == pytest.approx(0.5)
    assert changes["margin"].tolist() == pytest.approx([0.1, 0.1])
    assert winner_changes(offers, [0.4, 0.6], cost=["price"]).equals(found.changes)


def test_who_is_best_on_everything_always_wins():
    """Nothing changes, no criterion is critical, and the lines end at the normalised criteria."""
    offers = pd.DataFrame({"x": [9, 5, 1], "y": [8, 2, 4]}, index=["A", "B", "C"])
    for method in RANK:
        found = sensitivity(offers, [0.5, 0.5], method=method)
        assert found.critical is None
        assert set(found.segments["winner"]) == {"A"}
        assert found.changes["margin"].isna().all()
    found = sensitivity(offers, [0.5, 0.5])
    ends = found.lines.query("criterion == 'x' and weight == 1").set_index("alternative")["score"]
    assert ends.to_dict() == {"A": 1, "B": 0.5, "C": 0}


def test_a_tie_is_told():
    """Equal alternatives are both named; the first in order counts as the winner."""
    offers = pd.DataFrame({"x": [9, 1], "y": [1, 9]}, index=["A", "B"])
    found = sensitivity(offers, [0.5, 0.5])
    assert found.tied == ("A", "B")
    assert found.summary()["margin"].tolist() == pytest.approx([0, 0])


def test_edges():
    """A criterion that has all the weight, a constant criterion, and one criterion alone."""
    offers = pd.DataFrame({"x": [9, 1, 2], "y": [1, 9, 5], "z": [1, 1, 1]}, index=["A", "B", "C"])
    for method in RANK:
        found = sensitivity(offers, [1, 0, 0], method=method)
        assert found.winner == "A"
        assert found.segments.groupby("criterion")["weight_to"].max().tolist() == [1, 1, 1]
    with pytest.raises(DataError, match="one criterion"):
        sensitivity(offers[["x"]], [1])
