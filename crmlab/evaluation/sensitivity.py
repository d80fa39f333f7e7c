"""Where the winner changes when a weight does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError
from crmlab.evaluation.scoring import closeness_of, topsis, vector_normalised, weighted_score
from crmlab.weights.base import GivenWeights, check_choice, check_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Sensitivity", "sensitivity", "winner_changes"]

#: points at which TOPSIS is searched for another winner, between 0 and 1
GRID = 401
#: scores nearer to each other than this are equal
EQUAL = 1e-12


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The winner for every value of every single weight.

    Attributes
    ----------
    segments
        ``criterion``, ``weight_from``, ``weight_to``, ``winner``: from 0 to 1, the other weights keeping their proportions.
    changes
        A row for each criterion: ``criterion``, ``weight``, ``winner`` (now), ``lower`` (the weight below at which the winner
        changes), ``lower_winner``, ``upper``, ``upper_winner``, ``margin`` (the smaller distance to a change); missing where
        no value of this weight makes another winner.
    lines
        ``criterion``, ``alternative``, ``weight`` (0, 0.05 … 1), ``score``: for drawing.
    winner
        The winner with the weights given; the first in order if several are equal.
    tied
        All winners with the weights given.
    method
        ``"weighted_score"`` or ``"topsis"``.

    """

    segments: pd.DataFrame
    changes: pd.DataFrame
    lines: pd.DataFrame
    winner: Hashable
    tied: tuple[Hashable, ...]
    method: str

    @property
    def critical(self) -> Hashable | None:
        """The criterion whose weight has to change least for another winner; None if no single weight can."""
        margin = self.changes["margin"]
        return None if margin.isna().all() else self.changes["criterion"].iloc[int(margin.argmin())]

    def summary(self) -> pd.DataFrame:
        """Return the changes, the criterion with the smallest margin first."""
        return self.changes.sort_values("margin", kind="stable", ignore_index=True)


@checked_arguments
def winner_changes(
    table: pd.DataFrame,
    weights: GivenWeights,
    *,
    cost: Iterable[str] = (),
    method: str = "weighted_score",
    normalise: str = "minmax",
) -> pd.DataFrame:
    """Return for each weight the values at which the winner changes: ``changes`` of `sensitivity`, which says more.

    Parameters
    ----------
    table, weights, cost, method, normalise
        As :func:`sensitivity` takes them.

    Returns
    -------
    pandas.DataFrame
        One row a criterion: ``weight`` and ``winner`` now; ``lower`` and ``upper``, the nearest weights at which another
        alternative wins (missing where none does), with ``lower_winner`` and ``upper_winner``.

    Raises
    ------
    DataError, ParameterError
        As :func:`sensitivity` raises them.

    Notes
    -----
    One weight moves, the others keep their proportions; not for questions about two weights at once.

    References
    ----------
    Triantaphyllou & Sánchez 1997, doi 10.1111/j.1540-5915.1997.tb01306.x.

    Checked against: rankings at both sides of each change.

    Examples
    --------
    >>> offers = pd.DataFrame({"price": [100, 80], "quality": [9, 6]}, index=["A", "B"])
    >>> found = winner_changes(offers, {"price": 2, "quality": 3}, cost=["price"])
    >>> found[["criterion", "weight", "winner", "upper", "upper_winner"]].to_dict("records")[0]
    {'criterion': 'price', 'weight': 0.4, 'winner': 'A', 'upper': 0.5, 'upper_winner': 'B'}

    """
    return sensitivity(table, weights, cost=cost, method=method, normalise=normalise).changes


@checked_arguments
def sensitivity(
    table: pd.DataFrame,
    weights: GivenWeights,
    *,
    cost: Iterable[str] = (),
    method: str = "weighted_score",
    normalise: str = "minmax",
) -> Sensitivity:
    r"""Say for each weight at which value another alternative wins.

    Parameters
    ----------
    table, weights, cost
        As in `weighted_score` and `topsis`.
    method
        ``"weighted_score"`` (exact: scores are straight lines in the weight) or ``"topsis"`` (searched at 401 values and then by
        bisection; a winner of a shorter stretch can be missed).
    normalise
        For the weighted score, as there.

    Returns
    -------
    Sensitivity

    Raises
    ------
    DataError, ParameterError
        As in `weighted_score` and `topsis`; fewer than two criteria.

    Notes
    -----
    The weight of criterion j runs from 0 to 1, and the others keep their proportions (if j has all the weight, the others share
    alike):

    .. math:: s_i(t) = t\, v_{ij} + (1 - t) \frac{\sum_{k \ne j} w_k v_{ik}}{\sum_{k \ne j} w_k}

    One weight at a time: that no single weight turns the verdict does not say that two together cannot. Nor does this speak
    of errors in the table itself. Where alternatives are exactly equal, the first in order counts as the winner.

    References
    ----------
    Triantaphyllou & Sánchez 1997, doi 10.1111/j.1540-5915.1997.tb01306.x.

    Checked against: rankings at both sides of each change; a search over a fine grid.

    Examples
    --------
    >>> offers = pd.DataFrame({"price": [100, 80, 90], "quality": [9, 6, 8], "speed": [3, 5, 4]}, index=["A", "B", "C"])
    >>> found = sensitivity(offers, [.1, .7, .2], cost=["price"])
    >>> found.winner, found.critical
    ('A', 'quality')
    >>> price = found.segments.query("criterion == 'price'")
    >>> price["winner"].tolist(), price["weight_to"].round(3).tolist()
    (['A', 'C', 'B'], [0.229, 0.449, 1.0])

    """
    check_choice("method", method, ("weighted_score", "topsis"))
    costs = [cost] if isinstance(cost, str) else list(cost)
    if method == "topsis":
        ranking = topsis(table, weights, cost=costs)
    else:
        ranking = weighted_score(table, weights, cost=costs, normalise=normalise)
    values, w = ranking.normalised, ranking.weights.to_numpy()
    if len(w) < 2:
        raise DataError("With one criterion its weight is always 1: nothing can change.")
    names = values.index
    less = check_cost(costs, values.columns)
    x = vector_normalised(values) if method == "topsis" else values.to_numpy()
    winner = ranking.winners[0]
    grid = np.linspace(0, 1, 21)
    segment_rows: list[dict[str, object]] = []
    change_rows: list[dict[str, object]] = []
    line_parts: list[pd.DataFrame] = []
    for j, criterion in enumerate(values.columns):
        others = np.delete(w, j)
        rest = others / others.sum() if others.sum() > 0 else np.full(len(others), 1 / len(others))
        path = _path(x, j, rest, less if method == "topsis" else None)
        found = _search(path) if method == "topsis" else _envelope(path(0.0), path(1.0))
        parts = [(a, b, names[i]) for a, b, i in found]
        segment_rows += [
            {"criterion": criterion, "weight_from": a, "weight_to": b, "winner": who} for a, b, who in parts
        ]
        change_rows.append(_change(criterion, float(w[j]), winner, parts))
        scores = np.array([path(t) for t in grid])
        line_parts.append(
            pd.DataFrame(
                {
                    "criterion": criterion,
                    "alternative": np.tile(names.to_numpy(), len(grid)),
                    "weight": np.repeat(grid, len(names)),
                    "score": scores.ravel(),
                }
            )
        )
    return Sensitivity(
        segments=pd.DataFrame(segment_rows),
        changes=pd.DataFrame(change_rows),
        lines=pd.concat(line_parts, ignore_index=True),
        winner=winner,
        tied=ranking.winners,
        method=method,
    )


def _path(x: Array, j: int, rest: Array, less: NDArray[np.bool_] | None) -> Callable[[float], Array]:
    """Return the scores of all alternatives as a function of one weight."""

    def scores(t: float) -> Array:
        w = np.insert((1 - t) * rest, j, t)
        if less is None:
            return np.asarray(x @ w)
        # all equal on what has weight: nobody is ahead
        return np.nan_to_num(closeness_of(x, w, less)[0], nan=0.5)

    return scores


def _envelope(start: Array, end: Array) -> list[tuple[float, float, int]]:
    """Return (from, to, winner) of straight lines from weight 0 to weight 1."""
    slope = end - start
    ahead = np.flatnonzero(start >= start.max() - EQUAL)
    now = int(ahead[slope[ahead].argmax()])
    at, found = 0.0, []
    while True:
        steeper = np.flatnonzero(slope > slope[now] + EQUAL)
        meet = (start[now] - start[steeper]) / (slope[steeper] - slope[now])
        if not len(steeper) or meet.min() >= 1 - EQUAL:
            found.append((at, 1.0, now))
            return found
        next_at = float(meet.min())
        first = steeper[meet <= next_at + EQUAL]
        found.append((at, next_at, now))
        at, now = next_at, int(first[slope[first].argmax()])


def _search(path: Callable[[float], Array]) -> list[tuple[float, float, int]]:
    """Return (from, to, winner) of any curves, by a grid and bisection."""
    grid = np.linspace(0, 1, GRID)
    now, at, found = int(path(1e-9).argmax()), 0.0, []

    def still(t: float) -> bool:
        scores = path(t)
        return bool(scores[now] >= scores.max() - EQUAL)

    for left, right in pairwise(grid):
        low = float(left)
        # more than one change may lie within a cell
        while not still(float(right)):
            high = float(right)
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if still(middle) else (low, middle)
            if high > at:
                found.append((at, high, now))
            at, now, low = high, int(path(high).argmax()), high
    found.append((at, 1.0, now))
    return found


def _change(
    criterion: Hashable, weight: float, winner: Hashable, parts: list[tuple[float, float, Hashable]]
) -> dict[str, object]:
    """Return the ends of the stretch that the weight lies in; at a border, of the winner's own stretch."""
    inside = [k for k, (a, b, _) in enumerate(parts) if a - 1e-9 <= weight <= b + 1e-9]
    k = next((k for k in inside if parts[k][2] == winner), inside[0])
    before = parts[k - 1] if k > 0 else None
    after = parts[k + 1] if k + 1 < len(parts) else None
    lower, upper = parts[k][0] if before else np.nan, parts[k][1] if after else np.nan
    margins = [abs(weight - v) for v in (lower, upper) if not np.isnan(v)]
    return {
        "criterion": criterion,
        "weight": weight,
        "winner": winner,
        "lower": lower,
        "lower_winner": before[2] if before else None,
        "upper": upper,
        "upper_winner": after[2] if after else None,
        "margin": min(margins) if margins else np.nan,
    }
