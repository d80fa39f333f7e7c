"""What the choice of weights changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.weights.base import GivenWeights, Weighting, check_names, check_table, check_weights

__all__ = ["WeightComparison", "compare_weights"]


@dataclass(frozen=True, eq=False)
class WeightComparison:
    """Several ways of weighting side by side.

    Attributes
    ----------
    weights
        Index: item; a column for each way.
    rank_correlation
        Spearman's, of each two ways' weights; missing where a way weighs all items alike.
    distance
        Half the sum of absolute differences of each two ways' weights: the weight that would have to move, 0 to 1.
    scores
        Index: row of the table; a column for each way; None without a table.
    ranks
        Ranks of the scores (1 is best; equal scores share a rank); None without a table.
    score_correlation
        Spearman's, of each two ways' scores; None without a table.
    winners
        For each way, the rows with rank 1.

    """

    weights: pd.DataFrame
    rank_correlation: pd.DataFrame
    distance: pd.DataFrame
    scores: pd.DataFrame | None
    ranks: pd.DataFrame | None
    score_correlation: pd.DataFrame | None
    winners: Mapping[str, tuple[object, ...]]

    @property
    def winner_changes(self) -> bool:
        """Whether the ways name different winners."""
        return len(set(self.winners.values())) > 1

    def summary(self) -> pd.DataFrame:
        """Return for each row of the table its least and greatest score and rank; without a table, the same of weights."""
        if self.scores is None or self.ranks is None:
            ranks = _ranks(self.weights)
            values, name = self.weights, "weight"
        else:
            values, ranks, name = self.scores, self.ranks, "score"
        return pd.DataFrame(
            {
                f"{name}_low": values.min(axis=1),
                f"{name}_high": values.max(axis=1),
                "spread": values.max(axis=1) - values.min(axis=1),
                "rank_best": ranks.min(axis=1),
                "rank_worst": ranks.max(axis=1),
            }
        )


@checked_arguments
def compare_weights(ways: Mapping[str, GivenWeights], table: pd.DataFrame | None = None) -> WeightComparison:
    r"""Compare ways of weighting, and the scores that they give.

    Parameters
    ----------
    ways
        Weights of the same items by name of the way; labelled (a result of this package, a mapping, a column).
    table
        A row for each alternative, a column for each item, all on one scale where more is better (such as 0–100).

    Returns
    -------
    WeightComparison

    Raises
    ------
    DataError
        Missing cells; columns that are not the items.
    ParameterError
        Fewer than two ways; ways of different items.

    Notes
    -----
    .. math:: s_i = \sum_j w_j x_{ij}, \qquad d(w, v) = \tfrac12 \sum_j |w_j - v_j|

    Weights may differ much and scores little: items that go together stand in for each other. Compare scores before
    quarrelling about weights.

    References
    ----------
    Wilks 1938, doi 10.1007/BF02287917 (weights matter less, the more the items correlate).

    Checked against: scipy.stats.spearmanr; products by hand.

    Examples
    --------
    >>> found = compare_weights({"equal": {"fit": 1, "price": 1}, "experts": {"fit": 4, "price": 1}},
    ...                         pd.DataFrame({"fit": [80, 60], "price": [50, 75]}, index=["ours", "theirs"]))
    >>> found.scores.round(1).to_dict("index")
    {'ours': {'equal': 65.0, 'experts': 74.0}, 'theirs': {'equal': 67.5, 'experts': 63.0}}
    >>> found.winner_changes
    True

    """
    if len(ways) < 2:
        raise ParameterError(f"Two ways of weighting are the least; got {len(ways)}.")
    first = next(iter(ways.values()))
    labelled = first.weights if isinstance(first, Weighting) else pd.Series(first)
    items = check_names(labelled.index, "items") if table is None else check_names(table.columns, "columns")
    weights = pd.DataFrame(
        {name: check_weights(given, items, what=f"weights {name!r}") for name, given in ways.items()}
    )
    names = list(ways)
    w = weights.to_numpy()
    distance = pd.DataFrame(np.abs(w[:, :, None] - w[:, None, :]).sum(axis=0) / 2, index=names, columns=names)
    scores = ranks = correlation = None
    winners: dict[str, tuple[object, ...]] = {}
    if table is not None:
        numbers = check_table(table, "table", least_rows=1)
        if numbers.index.has_duplicates:
            raise DataError(
                "Some rows of the table have the same name.", hint="Give each alternative its own."
            )
        scores = numbers @ weights
        ranks = _ranks(scores)
        correlation = _spearman(scores)
        winners = {name: tuple(ranks.index[ranks[name] == 1]) for name in names}
    return WeightComparison(weights, _spearman(weights), distance, scores, ranks, correlation, winners)


def _ranks(values: pd.DataFrame) -> pd.DataFrame:
    # scores equal but for rounding error share a rank
    return values.round(12).rank(ascending=False, method="min").astype("int64")


def _spearman(values: pd.DataFrame) -> pd.DataFrame:
    return values.round(12).rank().corr()
