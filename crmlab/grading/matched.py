"""The well-matched matrix: what a customer is worth against what the company can do for it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["FIELDS_4", "FIELDS_9", "WellMatched", "well_matched_matrix"]

#: (customer value, capability) -> recommended action
FIELDS_4: dict[tuple[str, str], str] = {
    ("high", "high"): "pursue",
    ("high", "low"): "build_capability",
    ("low", "high"): "serve_efficiently",
    ("low", "low"): "decline",
}
FIELDS_9: dict[tuple[str, str], str] = {
    ("high", "high"): "pursue",
    ("high", "medium"): "invest",
    ("high", "low"): "build_capability",
    ("medium", "high"): "develop_customer",
    ("medium", "medium"): "select",
    ("medium", "low"): "hold_back",
    ("low", "high"): "serve_efficiently",
    ("low", "medium"): "standardise",
    ("low", "low"): "decline",
}


@dataclass(frozen=True, eq=False)
class WellMatched:
    """Field of each customer.

    Attributes
    ----------
    table
        Index and order as given: ``value``, ``capability``, ``value_level``, ``capability_level``, ``action``,
        ``gap`` (level of the value less level of the capability: above 0 the customer is more than the company can
        serve, below 0 the company can do more than the customer is worth, 0 well matched).
    value_cuts, capability_cuts
        Limits between the levels, in the units of the data; who stands on one belongs to the upper level.
    cuts_from_data
        Axes (``value``, ``capability``) whose limits are quantiles of these customers, for want of given ones.
    actions
        Action of each field.

    """

    table: pd.DataFrame
    value_cuts: tuple[float, ...]
    capability_cuts: tuple[float, ...]
    cuts_from_data: tuple[str, ...]
    actions: dict[tuple[str, str], str]

    def summary(self) -> pd.DataFrame:
        """Return one row a field: levels, action, number, share, value, mean value and capability."""
        rows = []
        for (value_level, capability_level), action in self.actions.items():
            part = self.table[self.table["action"] == action]
            rows.append(
                {
                    "value_level": value_level,
                    "capability_level": capability_level,
                    "action": action,
                    "n": len(part),
                    "share": len(part) / len(self.table),
                    "value": part["value"].sum(),
                    "mean_value": part["value"].mean(),
                    "mean_capability": part["capability"].mean(),
                }
            )
        return pd.DataFrame(rows)


@checked_arguments
def well_matched_matrix(
    customer_value: ArrayLike | pd.Series,
    capability: ArrayLike | pd.Series,
    *,
    fields: Literal[4, 9] = 4,
    value_cuts: float | Sequence[float] | None = None,
    capability_cuts: float | Sequence[float] | None = None,
) -> WellMatched:
    """Compare what customers are worth with what the company can do for them (门当户对), and name an action.

    Parameters
    ----------
    customer_value
        One number a customer: its overall worth, with growth, cost to serve and risk in it. Any unit.
    capability
        One number a customer: how well the company can meet its needs (technology, people, money, goods, management).
        If both are Series they must have the same customers, in any order. Missing ones are an error.
    fields
        4 (low, high) or 9 (low, medium, high).
    value_cuts, capability_cuts
        One limit for 4 fields, two rising ones for 9, in the units of the data; default: the median, or the terciles,
        of these customers.

    Returns
    -------
    WellMatched

    Raises
    ------
    DataError
        No customers, missing or infinite numbers, a customer twice, different customers in the two.
    ParameterError
        Fields other than 4 and 9; too few or too many limits, or limits that do not rise.

    Notes
    -----
    ==================  ===================  ===================  ==================
    customer value      capability high      capability medium    capability low
    ==================  ===================  ===================  ==================
    high                pursue               invest               build_capability
    medium              develop_customer     select               hold_back
    low                 serve_efficiently    standardise          decline
    ==================  ===================  ===================  ==================

    With 4 fields only the corners are left. The source text gives three steps (is the customer attractive enough, is
    the company able enough, where do the two meet) and no fields, limits or actions: these are ours, in the manner of
    portfolio matrices. Limits from the data say *better than most here*, so half of the customers are always low; give
    limits that mean something wherever there are any, above all for capability. A score made of many things hides
    which of them is missing. Do not decline a small customer who is going to grow: put the growth into the value.

    References
    ----------
    The course's source texts on choosing customers (选择“门当户对”的客户).
    Fiocca, R. (1982). Account portfolio analysis for strategy development. Industrial Marketing Management, 11(1),
    53-62. https://doi.org/10.1016/0019-8501(82)90034-7

    Checked against: fields by hand on both sides of each limit.

    Examples
    --------
    >>> found = well_matched_matrix([90, 80, 20, 10], [0.9, 0.2, 0.8, 0.1], value_cuts=50, capability_cuts=0.5)
    >>> found.table["action"].tolist()
    ['pursue', 'build_capability', 'serve_efficiently', 'decline']

    """
    if fields not in (4, 9):
        raise ParameterError(f"fields is {fields!r}; it may be 4 or 9.")
    worth = read_values(customer_value, what="customer values")
    able = read_values(capability, what="capabilities")
    if len(worth) != len(able):
        raise DataError(
            f"There are {len(worth)} customer values and {len(able)} capabilities; one each is needed."
        )
    if isinstance(customer_value, pd.Series) and isinstance(capability, pd.Series):
        strangers = worth.index.symmetric_difference(able.index)
        if len(strangers):
            raise DataError(
                f"{len(strangers)} customers have only one of value and capability: "
                f"{', '.join(repr(name) for name in strangers[:5])}{', …' if len(strangers) > 5 else ''}",
                hint="Give both for the same customers.",
            )
        able = able.reindex(worth.index)
    index = able.index if not isinstance(customer_value, pd.Series) else worth.index
    v, c = worth.to_numpy(), able.to_numpy()
    number = 1 if fields == 4 else 2
    names = ["low", "high"] if fields == 4 else ["low", "medium", "high"]
    limits = {
        "value": _limits("value_cuts", value_cuts, v, number),
        "capability": _limits("capability_cuts", capability_cuts, c, number),
    }
    at_v = np.searchsorted(limits["value"], v, side="right")
    at_c = np.searchsorted(limits["capability"], c, side="right")
    actions = dict(FIELDS_4 if fields == 4 else FIELDS_9)
    table = pd.DataFrame(
        {
            "value": v,
            "capability": c,
            "value_level": pd.Categorical.from_codes(at_v, categories=pd.Index(names), ordered=True),
            "capability_level": pd.Categorical.from_codes(at_c, categories=pd.Index(names), ordered=True),
            "action": pd.Categorical(
                [actions[names[i], names[j]] for i, j in zip(at_v.tolist(), at_c.tolist(), strict=True)],
                categories=list(actions.values()),
            ),
            "gap": at_v - at_c,
        },
        index=index,
    )
    given = {"value": value_cuts, "capability": capability_cuts}
    return WellMatched(
        table=table,
        value_cuts=limits["value"],
        capability_cuts=limits["capability"],
        cuts_from_data=tuple(axis for axis, cuts in given.items() if cuts is None),
        actions=actions,
    )


def _limits(name: str, given: float | Sequence[float] | None, data: Floats, number: int) -> tuple[float, ...]:
    """Return the limits asked for, or observed values at the quantiles, so that no unit moves anybody."""
    if given is None:
        shares = np.arange(1, number + 1) / (number + 1)
        return tuple(float(q) for q in np.quantile(data, shares, method="inverted_cdf"))
    cuts = tuple(float(cut) for cut in np.atleast_1d(float_array(given)).ravel())
    rising = all(b > a for a, b in itertools.pairwise(cuts))
    if len(cuts) != number or not rising or not np.isfinite(cuts).all():
        raise ParameterError(
            f"{name} is {given!r}; {number} finite limit{'s that rise are' if number > 1 else ' is'} needed."
        )
    return cuts
