"""Weights that are stated: points shared out by people, and weights of several levels multiplied."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments
from crmlab.errors import ParameterError
from crmlab.weights.base import GivenWeights, Weighting, check_names, check_table, check_weights, normalised

__all__ = ["DirectWeights", "direct_weights", "global_weights"]


@dataclass(frozen=True, eq=False)
class DirectWeights(Weighting):
    """Weights shared out directly by one judge or by several.

    Attributes
    ----------
    table
        Index: item. ``weight`` (mean over judges), ``sd``, ``low``, ``high`` (least and greatest judge), of each
        judge's weights after they were divided by their sum; the last three are missing with one judge.
    n_judges
        How many judges.

    """

    table: pd.DataFrame
    n_judges: int


def direct_weights(points: pd.DataFrame | GivenWeights) -> DirectWeights:
    r"""Turn points that people share out into weights.

    Parameters
    ----------
    points
        One judge: a number for each item (mapping or column; 0 or more, any sum). Several judges: a table with a row for
        each judge and a column for each item. Missing cells are refused: who does not judge an item gives it 0.

    Returns
    -------
    DirectWeights
        Each judge's points are divided by their sum first, so that nobody counts more by giving more.

    Raises
    ------
    DataError, ParameterError
        Cells that are no numbers or below 0; a judge who gives 0 to everything.

    Notes
    -----
    .. math:: w_j = \frac1m \sum_{i=1}^m \frac{x_{ij}}{\sum_k x_{ik}}

    Assumes that points are on a ratio scale: twice the points mean twice the importance. Do not use answers on a
    1–5 scale so without thought: they weigh everything nearly alike, because nobody answers 0. People also spread
    points too evenly over many items; with more than seven, weigh groups first and multiply (`global_weights`).

    References
    ----------
    Bottomley, Doyle & Green 2000, *Journal of Marketing Research* 37(4), 508–513 (point allocation compared with direct rating).

    Checked against: means by hand.

    Examples
    --------
    >>> points = pd.DataFrame({"speed": [50, 4], "price": [30, 4], "staff": [20, 2]}, index=["Ann", "Bo"])
    >>> direct_weights(points).weights.round(3).to_dict()
    {'speed': 0.45, 'price': 0.35, 'staff': 0.2}

    """
    if isinstance(points, pd.DataFrame):
        rows = check_table(points, "points", least_rows=1, positive=True)
    else:
        given = points.weights if isinstance(points, Weighting) else points
        index = pd.Index(
            list(given.keys() if isinstance(given, Mapping) else as_column(given, "points").index)
        )
        rows = (
            check_weights(given, check_names(index, "items"), what="points")
            .to_frame()
            .T.set_axis([0], axis=0)
        )
    empty = rows.index[rows.sum(axis=1) <= 0].tolist()
    if empty:
        raise ParameterError(
            "Some judges give 0 to every item.",
            problems=[repr(j) for j in empty[:5]],
            hint="Leave them out.",
        )
    shares = rows.div(rows.sum(axis=1), axis=0)
    several = len(shares) > 1
    weights = normalised(shares.mean().to_numpy(), rows.columns)
    table = pd.DataFrame(
        {
            "weight": weights,
            "sd": shares.std(ddof=1),
            "low": shares.min() if several else np.nan,
            "high": shares.max() if several else np.nan,
        }
    )
    return DirectWeights(weights, "direct", table, len(shares))


@checked_arguments
def global_weights(groups: GivenWeights, within: Mapping[str, GivenWeights]) -> Weighting:
    r"""Multiply weights of groups by the weights within each group.

    Parameters
    ----------
    groups
        A weight for each group (labelled, or in the order of `within`).
    within
        For each group the labelled weights of its items; each is divided by its sum first.

    Returns
    -------
    Weighting
        Index ``(group, item)``; nest the call for a third level.

    Raises
    ------
    ParameterError
        Groups of the two arguments do not match.

    Notes
    -----
    .. math:: w_{gj} = W_g\, w_{j \mid g}

    An item's weight depends on how many others share its group: a group with many items gives each little.

    References
    ----------
    Saaty 2008, doi 10.1504/IJSSCI.2008.017590.

    Checked against: products by hand.

    Examples
    --------
    >>> found = global_weights({"quality": .6, "price": .4}, {"quality": {"fit": 3, "finish": 1}, "price": {"level": 1}})
    >>> {item: round(w, 2) for (group, item), w in found.weights.items()}
    {'fit': 0.45, 'finish': 0.15, 'level': 0.4}

    """
    top = check_weights(groups, check_names(within, "groups"), what="weights of groups")
    parts: dict[tuple[Hashable, ...], float] = {}
    for group, given in within.items():
        labelled = given.weights if isinstance(given, Weighting) else pd.Series(given)
        inner = check_weights(labelled, check_names(labelled.index, f"items of {group}"))
        parts |= {(group, item): top[group] * w for item, w in inner.items()}
    index = pd.MultiIndex.from_tuples(list(parts), names=["group", "item"])
    return Weighting(pd.Series(list(parts.values()), index=index, name="weight"), "global")
