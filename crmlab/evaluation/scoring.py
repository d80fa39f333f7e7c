"""Ranking alternatives on several criteria: weighted scores and TOPSIS."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.weights.base import (
    GivenWeights,
    check_choice,
    check_cost,
    check_names,
    check_table,
    check_weights,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["NORMALISATIONS", "Ranking", "topsis", "weighted_score"]

NORMALISATIONS = ("none", "minmax", "max")


@dataclass(frozen=True, eq=False)
class Ranking:
    """Alternatives by score.

    Attributes
    ----------
    table
        Index: alternative, as given; ``score``, ``rank`` (1 is best; equal scores share a rank), ``behind_best``; with
        TOPSIS also ``to_ideal`` and ``to_anti_ideal`` (distances).
    normalised
        The criteria after normalisation, before weights.
    contributions
        Weight × normalised criterion; sums to the score in a weighted score.
    weights
        Weights used, sum 1.
    method
        ``"weighted_score"`` or ``"topsis"``.

    """

    table: pd.DataFrame
    normalised: pd.DataFrame
    contributions: pd.DataFrame
    weights: pd.Series
    method: str

    @property
    def winners(self) -> tuple[Hashable, ...]:
        """The alternatives with rank 1; several if they are equal."""
        return tuple(self.table.index[self.table["rank"] == 1])

    def summary(self) -> pd.DataFrame:
        """Return the table, best first."""
        return self.table.sort_values("rank", kind="stable")


@checked_arguments
def weighted_score(
    table: pd.DataFrame, weights: GivenWeights, *, cost: Iterable[str] = (), normalise: str = "minmax"
) -> Ranking:
    r"""Rank alternatives by the weighted mean of their criteria.

    Parameters
    ----------
    table
        A row for each alternative, a column for each criterion.
    weights
        Weights of criteria: labelled, or in the order of columns.
    cost
        Criteria of which less is better.
    normalise
        ``"minmax"``: to 0–1 between the worst and the best alternative. ``"max"``: share of the best (benefit: x / max, cost:
        min / x; needs numbers above 0). ``"none"``: as they are, for criteria on one scale; costs are not allowed then.

    Returns
    -------
    Ranking

    Raises
    ------
    DataError
        Missing cells; numbers that `normalise` cannot take; alternatives named twice.
    ParameterError
        Weights or costs that name no criterion; an unknown `normalise`.

    Notes
    -----
    .. math:: s_i = \sum_j w_j v_{ij}

    Criteria make up for each other: a fatal flaw can be bought off; check knock-out criteria first. With ``"minmax"`` a
    weight means the whole distance from worst to best *in this table*, so that adding an alternative can reverse the order
    of others. A criterion on which all are equal gives everyone 1 (``"max"``) or 0 (``"minmax"``).

    References
    ----------
    Hwang & Yoon 1981, doi 10.1007/978-3-642-48318-9, chapter III.

    Checked against: sums by hand.

    Examples
    --------
    >>> offers = pd.DataFrame({"price": [100, 80], "quality": [9, 6]}, index=["A", "B"])
    >>> weighted_score(offers, {"price": 2, "quality": 3}, cost=["price"]).table["score"].to_dict()
    {'A': 0.6, 'B': 0.4}

    """
    check_choice("normalise", normalise, NORMALISATIONS)
    numbers, w, less = _checked(table, weights, cost)
    values = pd.DataFrame(
        _normalise(numbers.to_numpy(), less, normalise), index=numbers.index, columns=numbers.columns
    )
    contributions = values * w
    return Ranking(_ranked(contributions.sum(axis=1)), values, contributions, w, "weighted_score")


@checked_arguments
def topsis(table: pd.DataFrame, weights: GivenWeights, *, cost: Iterable[str] = ()) -> Ranking:
    r"""Rank alternatives by closeness to the best of all criteria and distance from the worst.

    Parameters
    ----------
    table
        A row for each alternative, a column for each criterion: ratio-scale numbers (vector normalisation).
    weights
        Weights of criteria: labelled, or in the order of columns.
    cost
        Criteria of which less is better.

    Returns
    -------
    Ranking
        ``score`` is the closeness C, 0 to 1.

    Raises
    ------
    DataError
        Missing cells, fewer than two alternatives, columns of zeros, alternatives that are equal on every weighted criterion.
    ParameterError
        Weights or costs that name no criterion.

    Notes
    -----
    .. math:: v_{ij} = w_j \frac{x_{ij}}{\sqrt{\sum_i x_{ij}^2}}, \quad
              d_i^\pm = \sqrt{\sum_j (v_{ij} - v_j^\pm)^2}, \quad C_i = \frac{d_i^-}{d_i^+ + d_i^-}

    Units do not matter; the origin does: do not use it for interval scales (degrees, years). Adding an alternative can
    reverse the order of others. Weights enter squared: a small weight counts for even less than in a weighted score.

    References
    ----------
    Hwang & Yoon 1981, doi 10.1007/978-3-642-48318-9, chapter III (fighter aircraft: .643, .268, .613, .312).

    Checked against: the published example; a second implementation by single loops.

    Examples
    --------
    >>> offers = pd.DataFrame({"price": [100, 80, 120], "quality": [9, 6, 9]}, index=["A", "B", "C"])
    >>> topsis(offers, [.4, .6], cost=["price"]).table["score"].round(3).to_dict()
    {'A': 0.749, 'B': 0.416, 'C': 0.584}

    """
    numbers, w, less = _checked(table, weights, cost)
    if len(numbers) < 2:
        raise DataError("TOPSIS compares alternatives: two are the least.")
    x = vector_normalised(numbers)
    closeness, best, worst = closeness_of(x, w.to_numpy(), less)
    if np.isnan(closeness).any():
        raise DataError(
            "All alternatives are equal on every criterion that has weight, so there is no order."
        )
    values = pd.DataFrame(x, index=numbers.index, columns=numbers.columns)
    ranked = _ranked(pd.Series(closeness, index=numbers.index))
    ranked["to_ideal"], ranked["to_anti_ideal"] = best, worst
    return Ranking(ranked, values, values * w, w, "topsis")


def vector_normalised(numbers: pd.DataFrame) -> Array:
    """Return the columns, each divided by its length."""
    # the greatest number first, so that squares stay finite
    x = numbers.to_numpy() / np.abs(numbers.to_numpy()).max(axis=0).clip(min=np.finfo(float).tiny)
    length = np.sqrt((x**2).sum(axis=0))
    zeros = numbers.columns[length <= 0].tolist()
    if zeros:
        raise DataError(
            "Some criteria are 0 for all.",
            problems=[repr(z) for z in zeros[:5]],
            hint="Leave them out: they tell nothing apart.",
        )
    return np.asarray(x / length)


def closeness_of(x: Array, w: Array, less: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Return closeness and the distances to the best and the worst; missing where both distances are 0."""
    v = x * w
    low, high = v.min(axis=0), v.max(axis=0)
    to_best = np.sqrt(((v - np.where(less, low, high)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((v - np.where(less, high, low)) ** 2).sum(axis=1))
    total = to_best + to_worst
    closeness = np.divide(to_worst, total, out=np.full_like(total, np.nan), where=total > 0)
    return closeness, to_best, to_worst


def _checked(
    table: pd.DataFrame, weights: GivenWeights, cost: Iterable[str]
) -> tuple[pd.DataFrame, pd.Series, NDArray[np.bool_]]:
    numbers = check_table(table, "table", least_rows=1)
    check_names(numbers.index, "alternatives")
    return numbers, check_weights(weights, numbers.columns), check_cost(cost, numbers.columns)


def _normalise(x: Array, less: NDArray[np.bool_], how: str) -> Array:
    if how == "none":
        if less.any():
            raise ParameterError(
                "normalise='none' adds criteria up as they are, so that costs would count as benefits.",
                hint="Use 'minmax' or 'max', or turn the costs round.",
            )
        return x
    if how == "max":
        if (x <= 0).any():
            raise DataError("normalise='max' needs numbers above 0.", hint="Use normalise='minmax'.")
        return np.asarray(np.where(less, x.min(axis=0) / x, x / x.max(axis=0)))
    low, width = x.min(axis=0), np.ptp(x, axis=0)
    scaled = np.divide(x - low, width, out=np.zeros_like(x), where=width > 0)
    return np.asarray(np.where(less & (width > 0), 1 - scaled, scaled))


def _ranked(score: pd.Series) -> pd.DataFrame:
    # scores equal but for rounding error share a rank
    rank = score.round(12).rank(ascending=False, method="min").astype("int64")
    return pd.DataFrame({"score": score, "rank": rank, "behind_best": score - score.max()})
