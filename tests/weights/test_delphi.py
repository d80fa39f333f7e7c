"""Delphi rounds: concordance equals scipy's Friedman test, and the stop rule does what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab.errors import DataError, ParameterError
from crmlab.weights import delphi, kendalls_w

ratings = st.lists(st.lists(st.integers(1, 5), min_size=4, max_size=4), min_size=3, max_size=8).filter(
    lambda rows: any(len(set(row)) > 1 for row in rows)
)


@pytest.mark.checks("weights.kendalls_w", kind="second", against="scipy")
@settings(max_examples=40, deadline=None)
@given(rows=ratings)
def test_concordance_is_friedmans_test(rows):
    """The χ² = m (n − 1) W of Kendall's W, corrected for ties, is scipy's Friedman test, and p is the same."""
    found = kendalls_w(pd.DataFrame(rows))
    expected = stats.friedmanchisquare(*np.array(rows).T)
    assert found.chi2 == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_chi2 == pytest.approx(expected.pvalue, abs=1e-9)
    assert 0 <= found.w <= 1


@pytest.mark.checks("weights.kendalls_w", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(rows=ratings, shift=st.integers(-3, 3), seed=st.integers(0, 99))
def test_only_each_experts_order_counts(rows, shift, seed):
    """Shifted or stretched ratings of an expert, and experts and items in another order, give the same W."""
    table = pd.DataFrame(rows, dtype=float)
    other = table.copy()
    other.iloc[0] = other.iloc[0] * 2 + shift
    rng = np.random.default_rng(seed)
    other = other.iloc[rng.permutation(len(other)), rng.permutation(4)]
    assert kendalls_w(other).w == pytest.approx(kendalls_w(table).w)


@pytest.mark.checks("weights.kendalls_w", kind="second", against="arithmetic by hand")
def test_concordance_without_ties_by_hand():
    """Three experts rank three items 123, 123, 132: rank sums 3, 7, 8, S = 14, W = 168 / 216."""
    found = kendalls_w(pd.DataFrame([[1, 2, 3], [1, 2, 3], [1, 3, 2]]))
    assert found.w == pytest.approx(12 * 14 / (9 * 24))
    assert found.f == pytest.approx(2 * found.w / (1 - found.w))
    df1 = 2 - 2 / 3
    assert found.p_f == pytest.approx(stats.f.sf(found.f, df1, 2 * df1))
    assert len(found.summary()) == 1


@pytest.mark.checks("weights.kendalls_w", kind="recovery")
def test_under_chance_the_f_test_keeps_its_level():
    """Random orders are called concordant by the F test in about 5 of 100 cases."""
    rng = np.random.default_rng(3)
    hits = [
        kendalls_w(pd.DataFrame(np.array([rng.permutation(6) for _ in range(6)]))).p_f < 0.05
        for _ in range(300)
    ]
    assert 0.02 < np.mean(hits) < 0.09


def test_without_any_difference_concordance_is_missing():
    """Experts who rate all items alike have no order to agree on; two complete experts are the least."""
    assert np.isnan(kendalls_w(pd.DataFrame(np.ones((3, 3)))).w)
    with pytest.raises(DataError, match="two complete experts"):
        kendalls_w(pd.DataFrame([[1, 2], [np.nan, 1]]))
    with pytest.raises(DataError, match="no numbers"):
        kendalls_w(pd.DataFrame([["high", 2], [1, 1]]))


@pytest.fixture
def rounds():
    """Three rounds of eight experts who come together about three items."""
    first = np.array([[5, 1, 2], [2, 5, 3], [4, 4, 1], [5, 2, 5], [1, 3, 4], [5, 5, 2], [3, 1, 3], [4, 2, 1]])
    second = np.array(
        [[5, 2, 2], [4, 4, 3], [4, 3, 1], [5, 2, 3], [3, 3, 3], [5, 4, 2], [4, 2, 2], [4, 2, 1]]
    )
    third = np.array([[5, 3, 2], [4, 3, 2], [5, 3, 1], [5, 3, 2], [4, 3, 2], [5, 3, 2], [4, 2, 2], [5, 3, 1]])
    return np.stack([first, second, third, third]).astype(float)


@pytest.mark.checks("weights.delphi", kind="second", against="numpy")
def test_quartiles_and_movement_equal_numpy(rounds):
    """Medians and quartiles of a Delphi round are numpy's; experts who moved are counted."""
    found = delphi(rounds, scale=(1, 5), items=["speed", "price", "staff"])
    part = found.items[found.items["round"] == 2].set_index("item")
    for j, name in enumerate(("speed", "price", "staff")):
        q = np.quantile(rounds[1, :, j], [0.25, 0.5, 0.75])
        assert part.loc[name, ["q1", "median", "q3"]].tolist() == pytest.approx(q.tolist())
        assert part.loc[name, "moved"] == pytest.approx((rounds[0, :, j] != rounds[1, :, j]).mean())
        assert part.loc[name, "cv"] == pytest.approx(stats.variation(rounds[1, :, j], ddof=1))
    assert found.items["median_change"].isna().sum() == 3


def test_stop_rule(rounds):
    """Not after the first round; not while medians move; then by consensus."""
    found = delphi(rounds, scale=(1, 5))
    assert found.rounds["decision"].tolist()[0] == "continue"
    assert found.decision == "stop_consensus"
    assert found.rounds["w"].is_monotonic_increasing
    last = found.rounds.iloc[-1]
    assert last["w"] == pytest.approx(stats.friedmanchisquare(*rounds[-1].T).statistic / (8 * 2))
    medians = np.median(rounds[-1], axis=0)
    assert found.weights.to_numpy() == pytest.approx(medians / medians.sum())
    assert delphi(rounds[:1]).decision == "continue"


def test_two_camps_stop_without_consensus():
    """Experts who stay where they are, apart, are told as such."""
    table = pd.DataFrame([[1, 5], [1, 5], [5, 1], [5, 1]])
    assert delphi([table, table], scale=(1, 5)).decision == "stop_without_consensus"


def test_agreement_on_levels_is_consensus_without_an_order():
    """All find all items important: W is missing, and the interquartile ranges say consensus."""
    table = pd.DataFrame(np.full((4, 3), 5))
    found = delphi([table, table], scale=(1, 5))
    assert found.decision == "stop_consensus"
    assert np.isnan(found.rounds["w"].iloc[-1])


def test_experts_may_drop_out_and_rows_may_change_order(rounds):
    """Experts are matched by label; who left is not counted as having moved."""
    first = pd.DataFrame(rounds[0], index=list("abcdefgh"))
    second = pd.DataFrame(rounds[0], index=list("abcdefgh")).drop(index="c").iloc[::-1]
    found = delphi([first, second], scale=(1, 5))
    assert (found.items.query("round == 2")["moved"] == 0).all()
    assert found.rounds["n_experts"].tolist() == [8, 7]


@pytest.mark.checks("weights.delphi", kind="invariant")
def test_unit_changes_nothing_but_units(rounds):
    """Ten times the points give the same weights, W and decisions, and ten times the quartiles."""
    one, ten = delphi(rounds), delphi(rounds * 10)
    assert ten.weights.to_numpy() == pytest.approx(one.weights.to_numpy())
    assert ten.rounds["decision"].tolist() == one.rounds["decision"].tolist()
    assert ten.items["iqr"].to_numpy() == pytest.approx(10 * one.items["iqr"].to_numpy())


def test_errors_teach(rounds):
    """Rounds that do not fit together, and numbers off the scale, are told."""
    table = pd.DataFrame(rounds[0])
    with pytest.raises(DataError, match="other items"):
        delphi([table, table.rename(columns={0: "x"})])
    with pytest.raises(DataError, match="scale is 1 to 4"):
        delphi([table], scale=(1, 4))
    with pytest.raises(ParameterError, match="must rise"):
        delphi([table], scale=(5, 1))
    with pytest.raises(ParameterError, match="iqr_limit"):
        delphi([table], iqr_limit=25)
    with pytest.raises(DataError, match="list of rounds"):
        delphi([])
    with pytest.raises(DataError, match="Nobody rated"):
        delphi([table.assign(x=np.nan)])
    with pytest.raises(DataError, match="rounds × experts × items"):
        delphi(rounds[0])
    with pytest.raises(DataError, match="names for"):
        delphi(rounds, items=["a"])
    with pytest.raises(DataError, match="medians of the last round are 0"):
        delphi([table * 0])
    with pytest.raises(DataError, match="twice"):
        delphi([table.set_axis([0] * 8)])
