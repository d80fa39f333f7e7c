"""Weighted scores and TOPSIS: the published example, a second implementation, what must not matter."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.evaluation import topsis, weighted_score

#: Hwang & Yoon 1981, chapter III: which fighter aircraft
AIRCRAFT = pd.DataFrame(
    [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ],
    index=["A1", "A2", "A3", "A4"],
    columns=["speed", "range", "payload", "price", "reliability", "manoeuvrability"],
)
WEIGHTS = [0.2, 0.1, 0.1, 0.1, 0.2, 0.3]

cells = st.lists(st.lists(st.floats(0.5, 50), min_size=3, max_size=3), min_size=3, max_size=6).filter(
    lambda rows: all(np.ptp(column) > 0.1 for column in np.array(rows).T)
)
three_weights = st.lists(st.floats(0.05, 1), min_size=3, max_size=3)


def _topsis_by_loops(rows, weights, cost):
    """Compute closeness cell by cell."""
    n, k = len(rows), len(rows[0])
    total = sum(weights)
    v = [
        [
            weights[j] / total * rows[i][j] / math.sqrt(sum(rows[h][j] ** 2 for h in range(n)))
            for j in range(k)
        ]
        for i in range(n)
    ]
    best = [(min if j in cost else max)(v[i][j] for i in range(n)) for j in range(k)]
    worst = [(max if j in cost else min)(v[i][j] for i in range(n)) for j in range(k)]
    return [math.dist(row, worst) / (math.dist(row, worst) + math.dist(row, best)) for row in v]


@pytest.mark.checks("evaluation.topsis", kind="published", against="hwang1981")
def test_fighter_aircraft():
    """Fighter aircraft: closeness .643 .268 .613 .312, order A1, A3, A4, A2, as printed (.6135 was cut to .613)."""
    found = topsis(AIRCRAFT, WEIGHTS, cost=["price"])
    assert found.table["score"].tolist() == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=6e-4)
    assert found.summary().index.tolist() == ["A1", "A3", "A4", "A2"]
    assert found.winners == ("A1",)


@pytest.mark.checks("evaluation.topsis", kind="second", against="single loops")
@settings(max_examples=30, deadline=None)
@given(rows=cells, weights=three_weights)
def test_topsis_equals_single_loops(rows, weights):
    """TOPSIS closeness equals that of a second implementation by single loops, between 0 and 1."""
    found = topsis(pd.DataFrame(rows, columns=list("abc")), weights, cost=["b"])
    assert found.table["score"].tolist() == pytest.approx(_topsis_by_loops(rows, weights, {1}))
    assert found.table["score"].between(0, 1).all()


@pytest.mark.checks("evaluation.topsis", "evaluation.weighted_score", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(rows=cells, weights=three_weights, unit=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_units_and_order_do_not_matter(rows, weights, unit, seed):
    """A criterion in another unit, alternatives and criteria in another order: the same scores."""
    table = pd.DataFrame(rows, columns=list("abc"))
    rng = np.random.default_rng(seed)
    other = table.assign(b=table["b"] * unit).iloc[rng.permutation(len(table))][list("cab")]
    w = dict(zip("abc", weights, strict=True))
    for rank in (
        lambda t: topsis(t, w, cost=["b"]),
        lambda t: weighted_score(t, w, cost=["b"]),
        lambda t: weighted_score(t, w, cost=["b"], normalise="max"),
    ):
        first, second = rank(table).table["score"], rank(other).table["score"]
        assert second.reindex(first.index).to_numpy() == pytest.approx(first.to_numpy(), abs=1e-9)


@pytest.mark.checks("evaluation.topsis", "evaluation.weighted_score", kind="invariant")
@settings(max_examples=20, deadline=None)
@given(rows=cells, weights=three_weights)
def test_better_on_everything_is_never_behind(rows, weights):
    """An alternative that is at least as good on every criterion scores at least as much."""
    table = pd.DataFrame(rows, columns=list("abc"))
    table.loc["ideal"] = [table["a"].max(), table["b"].min(), table["c"].max()]
    for found in (topsis(table, weights, cost=["b"]), weighted_score(table, weights, cost=["b"])):
        assert found.table.loc["ideal", "rank"] == 1
        assert found.table.loc["ideal", "score"] == pytest.approx(1)


@pytest.mark.checks("evaluation.weighted_score", kind="second", against="sums by hand")
def test_weighted_score_by_hand():
    """Weighted scores by hand for each way of normalising; contributions sum to the score, and equal scores share a rank."""
    table = pd.DataFrame({"price": [100, 80, 90], "quality": [9, 6, 8]}, index=list("ABC"))
    found = weighted_score(table, {"quality": 3, "price": 1}, cost=["price"])
    assert found.table["score"].tolist() == pytest.approx([0.75, 0.25, 0.25 * 0.5 + 0.75 * 2 / 3])
    assert found.contributions.sum(axis=1).tolist() == pytest.approx(found.table["score"].tolist())
    shares = weighted_score(table, [1, 1], cost="price", normalise="max").table["score"]
    assert shares.tolist() == pytest.approx([(0.8 + 1) / 2, (1 + 6 / 9) / 2, (80 / 90 + 8 / 9) / 2])
    plain = weighted_score(pd.DataFrame({"x": [70, 60], "y": [60, 70]}), [1, 1], normalise="none")
    assert plain.table["score"].tolist() == [65, 65]
    assert plain.table["rank"].tolist() == [1, 1]
    assert plain.winners == (0, 1)


def test_a_constant_criterion_decides_nothing():
    """A criterion on which all are equal leaves the order as it is."""
    table = AIRCRAFT.assign(wings=2)
    for rank in (topsis, weighted_score):
        without = rank(AIRCRAFT, WEIGHTS, cost=["price"]).table["rank"]
        assert rank(table, [*WEIGHTS, 0.5], cost=["price"]).table["rank"].tolist() == without.tolist()
        assert (
            rank(table, [*WEIGHTS, 0.5], cost=["price", "wings"]).table["rank"].tolist() == without.tolist()
        )


def test_errors_teach():
    """Costs, weights and numbers that cannot be used are told."""
    with pytest.raises(ParameterError, match="Did you mean 'price'"):
        topsis(AIRCRAFT, WEIGHTS, cost=["prise"])
    with pytest.raises(DataError, match="0 for all"):
        topsis(AIRCRAFT.assign(speed=0), WEIGHTS)
    with pytest.raises(DataError, match="two are the least"):
        topsis(AIRCRAFT.head(1), WEIGHTS)
    with pytest.raises(DataError, match="there is no order"):
        topsis(AIRCRAFT.iloc[[0, 0]].set_axis(["a", "b"]), WEIGHTS)
    with pytest.raises(DataError, match="twice"):
        topsis(AIRCRAFT.set_axis(["a"] * 4), WEIGHTS)
    with pytest.raises(DataError, match="above 0"):
        weighted_score(AIRCRAFT - 5, WEIGHTS, normalise="max")
    with pytest.raises(ParameterError, match="costs would count as benefits"):
        weighted_score(AIRCRAFT, WEIGHTS, cost=["price"], normalise="none")
    with pytest.raises(ParameterError, match="Allowed"):
        weighted_score(AIRCRAFT, WEIGHTS, normalise="z")
    with pytest.raises(DataError, match="row 'A1', column 'speed'"):
        topsis(AIRCRAFT.astype(object).replace(2.0, "fast"), WEIGHTS)
    with pytest.raises(ParameterError, match="all 0"):
        topsis(AIRCRAFT, [0] * 6)
    with pytest.raises(DataError, match="must be a pandas DataFrame"):
        topsis([[1, 2]], [1, 1])
