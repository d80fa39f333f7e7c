"""What the choice of weights changes: correlations, distances, scores, winners."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab.errors import DataError, ParameterError
from crmlab.weights import compare_weights, direct_weights, entropy_weights

TABLE = pd.DataFrame(
    {"fit": [80, 60, 70, 50], "price": [50, 75, 60, 90], "staff": [70, 60, 90, 65]}, index=list("ABCD")
)


@pytest.mark.checks("weights.compare_weights", kind="second", against="scipy")
@pytest.mark.checks("weights.compare_weights", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(
    one=st.lists(st.floats(0.1, 9), min_size=3, max_size=3),
    two=st.lists(st.floats(0.1, 9), min_size=3, max_size=3),
)
def test_correlations_and_scores_equal_scipy_and_numpy(one, two):
    """Spearman's correlations between ways of weighting are scipy's, scores are the matrix product, and distances lie within 0 and 1."""
    found = compare_weights({"one": one, "two": two}, TABLE)
    a, b = np.array(one) / sum(one), np.array(two) / sum(two)
    if len({*np.round(a, 12)}) > 1 and len({*np.round(b, 12)}) > 1:
        expected = stats.spearmanr(np.round(a, 12), np.round(b, 12)).statistic
        assert found.rank_correlation.loc["one", "two"] == pytest.approx(expected)
    assert found.scores["one"].to_numpy() == pytest.approx(TABLE.to_numpy() @ a)
    assert found.distance.loc["one", "two"] == pytest.approx(np.abs(a - b).sum() / 2)
    assert 0 <= found.distance.loc["one", "two"] <= 1
    assert found.distance.loc["one", "one"] == 0


def test_a_change_of_winner_is_told():
    """Ways with different winners are named; results and mappings go together; equal weights have no order."""
    found = compare_weights(
        {
            "equal": dict.fromkeys(TABLE, 1),
            "experts": direct_weights({"price": 8, "fit": 1, "staff": 1}),
            "entropy": entropy_weights(TABLE),
        },
        TABLE,
    )
    assert found.winners["equal"] == ("C",)
    assert found.winners["experts"] == ("D",)
    assert found.winner_changes
    assert np.isnan(found.rank_correlation.loc["equal", "experts"])
    assert found.summary().loc["C", "rank_best"] == 1
    assert found.score_correlation.loc["equal", "equal"] == pytest.approx(1)


def test_without_a_table_only_weights_are_compared():
    """Scores are missing, and the summary is one of weights."""
    found = compare_weights({"one": {"a": 1, "b": 3}, "two": {"b": 1, "a": 3}})
    assert found.scores is None
    assert found.score_correlation is None
    assert not found.winner_changes
    assert found.rank_correlation.loc["one", "two"] == pytest.approx(-1)
    assert found.summary()["spread"].tolist() == pytest.approx([0.5, 0.5])
    assert found.distance.loc["one", "two"] == pytest.approx(0.5)


def test_errors_teach():
    """Ways of different items, one way, rows named twice."""
    with pytest.raises(ParameterError, match="weights 'two'"):
        compare_weights({"one": {"a": 1, "b": 3}, "two": {"a": 1, "c": 3}})
    with pytest.raises(ParameterError, match="Two ways"):
        compare_weights({"one": {"a": 1}})
    with pytest.raises(DataError, match="same name"):
        compare_weights({"one": [1, 1, 1], "two": [1, 2, 3]}, TABLE.set_axis(["A"] * 4))
