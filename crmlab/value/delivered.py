"""Delivered value: what an offer gives the customer, less what it costs the customer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError, did_you_mean

__all__ = ["COSTS", "VALUES", "DeliveredValue", "delivered_value"]

#: Components of the total customer value.
VALUES = ("product", "service", "personnel", "image")
#: Components of the total customer cost.
COSTS = ("money", "time", "energy", "psychic")


@dataclass(frozen=True, eq=False)
class DeliveredValue:
    """Delivered value of each offer.

    Attributes
    ----------
    table
        Index and order as given: the eight components (weighted), ``total_value``, ``total_cost``,
        ``delivered_value`` (difference), ``value_cost_ratio``, ``rank`` (1 delivers most; equal offers share a rank),
        ``behind_best`` (delivered value less that of the best offer).
    weights
        Weight of each component.

    """

    table: pd.DataFrame
    weights: Mapping[str, float]

    @property
    def best(self) -> list[object]:
        """Offers that deliver most; several if they are equal."""
        return self.table.index[self.table["rank"] == 1].tolist()

    def summary(self) -> pd.DataFrame:
        """Return the totals of each offer, without the components."""
        return self.table[
            ["total_value", "total_cost", "delivered_value", "value_cost_ratio", "rank", "behind_best"]
        ]


@checked_arguments
def delivered_value(offers: pd.DataFrame, *, weights: Mapping[str, float] | None = None) -> DeliveredValue:
    r"""Compare offers by the value they deliver to the customer.

    Parameters
    ----------
    offers
        One row an offer; columns ``product``, ``service``, ``personnel``, ``image`` (values) and ``money``, ``time``,
        ``energy``, ``psychic`` (costs), all in one unit, as the customer sees them, 0 or more. Other columns stay out.
    weights
        Weights of components that are scored on a scale; default 1 each.

    Returns
    -------
    DeliveredValue

    Raises
    ------
    DataError
        Missing columns; no offers; missing, infinite or negative numbers.
    ParameterError
        A weight of no component, or a negative one.

    Notes
    -----
    .. math:: \text{delivered value} = \underbrace{\textstyle\sum_i w_i v_i}_{\text{total value}}
              - \underbrace{\textstyle\sum_j w_j c_j}_{\text{total cost}}

    The difference needs one unit for all eight (money is best); the ratio asks for less but ignores size, and may rank
    the offers otherwise. Points from a questionnaire are no money: with them the difference is a score, and moves with
    the weights.

    References
    ----------
    Kotler, P. (2000). Marketing Management (Millennium ed.), chapter 2. Prentice Hall.

    Checked against: sums by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> offers = pd.DataFrame({"product": [80, 70], "service": [20, 30], "personnel": [10, 15], "image": [10, 5],
    ...                        "money": [60, 50], "time": [5, 10], "energy": [5, 5], "psychic": [2, 5]},
    ...                       index=["ours", "theirs"])
    >>> delivered_value(offers).table[["total_value", "total_cost", "delivered_value", "rank"]]
            total_value  total_cost  delivered_value  rank
    ours          120.0        72.0             48.0     2
    theirs        120.0        70.0             50.0     1

    """
    check_columns(offers, (*VALUES, *COSTS), what="offers")
    if offers.empty:
        raise DataError("There are no offers: the table has no rows.")
    weight = dict.fromkeys((*VALUES, *COSTS), 1.0)
    for name, w in (weights or {}).items():
        if name not in weight:
            near = did_you_mean(name, weight)
            raise ParameterError(
                f"weights name {name!r}, which is no component."
                + (f" Did you mean {near!r}?" if near else ""),
                hint=f"Components: {', '.join(weight)}.",
            )
        if not (math.isfinite(w) and w >= 0):
            raise ParameterError(f"The weight of {name} is {w!r}; it must be 0 or more.")
        weight[name] = float(w)
    table = float_table(offers[[*VALUES, *COSTS]])
    cells = table.to_numpy()
    bad = np.argwhere(~(np.isfinite(cells) & (cells >= 0)).T)
    if len(bad):
        problems = [
            f"{table.columns[c]} of offer {offers.index[i]!r}: {offers[table.columns[c]].iloc[i]!r}"
            for c, i in bad[:5]
        ]
        raise DataError("Values and costs must be numbers, 0 or more.", problems=problems)
    table *= pd.Series(weight)
    table["total_value"] = table[list(VALUES)].sum(axis=1)
    table["total_cost"] = table[list(COSTS)].sum(axis=1)
    table["delivered_value"] = table["total_value"] - table["total_cost"]
    table["value_cost_ratio"] = table["total_value"] / table["total_cost"].where(table["total_cost"] > 0)
    table["rank"] = table["delivered_value"].rank(ascending=False, method="min").astype("int64")
    table["behind_best"] = table["delivered_value"] - table["delivered_value"].max()
    return DeliveredValue(table=table, weights=MappingProxyType(weight))
