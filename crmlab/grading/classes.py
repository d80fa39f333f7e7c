"""Classes by value: ABC by cumulative share of the value, the customer pyramid by share of the customers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, real
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import check_rising, rank_values, read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["TIERS", "ABCClasses", "CustomerPyramid", "abc_classes", "customer_pyramid"]

#: Share of the customers in each tier, from the top (Curry and Curry's 1 : 4 : 15 : 80).
TIERS: Mapping[str, float] = MappingProxyType({"platinum": 0.01, "gold": 0.04, "iron": 0.15, "lead": 0.80})

#: Sums of floats miss a cut by far less than a billionth of the total.
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class ABCClasses:
    """Customers in classes by cumulative share of the value.

    Attributes
    ----------
    table
        Index and order as given: ``value``, ``rank`` (1 is the highest; equal values share one), ``share`` (of the
        sum of the positive values), ``cumulative_share`` (through this customer and its equals), ``abc_class``.
    cuts
        Cumulative shares at which the classes end.
    total
        Sum of the positive values, the whole that shares refer to.
    n_negative, negative_total
        How many values lie below 0, and their sum: they are in the last class, outside the shares.
    n_zero
        How many values are 0: in the last class too.
    n_tied_at_cut
        Customers who are in a class only because others of the same value are.

    """

    table: pd.DataFrame
    cuts: tuple[float, ...]
    total: float
    n_negative: int
    negative_total: float
    n_zero: int
    n_tied_at_cut: int

    def summary(self) -> pd.DataFrame:
        """Return one row a class: number, share of the customers, value, share of the value, mean value."""
        return _by_class(self.table, "abc_class", self.total)


@checked_arguments
def abc_classes(
    values: ArrayLike | pd.Series, *, cuts: Sequence[float] = (0.8, 0.95), names: Sequence[str] | None = None
) -> ABCClasses:
    r"""Put customers into classes A, B, C by cumulative share of the value.

    Parameters
    ----------
    values
        One number a customer: revenue, margin or lifetime value; the index of a Series names the customers.
        Missing ones are an error.
    cuts
        Cumulative shares at which the classes end, rising, each in (0, 1); k cuts make k + 1 classes.
    names
        Names of the classes from the top; default A, B, C, …

    Returns
    -------
    ABCClasses

    Raises
    ------
    DataError
        No values, missing or infinite ones, a customer twice; no value above 0.
    ParameterError
        Cuts that do not rise within (0, 1); names that are too few, too many, or equal.

    Notes
    -----
    With :math:`T` the sum of the positive values, the class of customer i is set by the share that the customers
    strictly above bring:

    .. math:: b_i = \frac{1}{T}\sum_{x_j > x_i} x_j, \qquad
              i \in A \iff b_i < c_1, \quad i \in B \iff c_1 \le b_i < c_2, \dots

    So the customer who crosses a cut still belongs to the upper class (one customer with everything is an A, not a C),
    and equal customers are in one class, which row order cannot change. Values of 0 and below are in the last class.

    80 and 95 % are habit, not law. A class says nothing about the future, the cost to serve or growth: do not decide by
    it whom to drop. With many values below 0 look at :func:`whale_curve` first.

    References
    ----------
    Dickie, H. F. (1951). ABC inventory analysis shoots for dollars, not pennies. Factory Management and Maintenance,
    109(7), 92-94.

    Checked against: sums by hand, and a loop over the sorted customers in the tests.

    Examples
    --------
    >>> import pandas as pd
    >>> spent = pd.Series({"Li": 700, "Wang": 200, "Zhang": 60, "Liu": 30, "Chen": 10})
    >>> abc_classes(spent).table["abc_class"].to_dict()
    {'Li': 'A', 'Wang': 'A', 'Zhang': 'B', 'Liu': 'C', 'Chen': 'C'}

    """
    cuts = tuple(float(cut) for cut in cuts)
    check_rising("cuts", cuts)
    labels = list(names) if names is not None else [chr(ord("A") + k) for k in range(len(cuts) + 1)]
    if len(labels) != len(cuts) + 1 or len(set(labels)) != len(labels):
        raise ParameterError(
            f"names is {labels!r}; {len(cuts)} cuts make {len(cuts) + 1} classes, each with a name of its own."
        )
    series = read_values(values)
    x = series.to_numpy()
    total = math.fsum(x[x > 0])
    if not total > 0:
        raise DataError(
            f"The positive values add up to {total:g}: there are no shares of it.",
            hint="ABC needs values above 0; for losses use whale_curve().",
        )
    ranked = rank_values(x)
    before = ranked.sum_above / total
    code = np.searchsorted(np.asarray(cuts) - _TINY, before, side="right")
    code[x <= 0] = len(cuts)
    share = np.maximum(x, 0.0) / total
    table = pd.DataFrame(
        {
            "value": x,
            "rank": ranked.n_above + 1,
            "share": share,
            "cumulative_share": np.minimum(ranked.sum_through / total, 1.0),
            "abc_class": pd.Categorical.from_codes(code, categories=pd.Index(labels), ordered=True),
        },
        index=series.index,
    )
    return ABCClasses(
        table=table,
        cuts=cuts,
        total=total,
        n_negative=int((x < 0).sum()),
        negative_total=math.fsum(x[x < 0]),
        n_zero=int((x == 0).sum()),
        n_tied_at_cut=_tied(x, share, before, cuts),
    )


def _tied(x: Floats, share: Floats, before: Floats, cuts: tuple[float, ...]) -> int:
    """Count customers whom a cut would have put lower, had their equals not stood with them."""
    held, previous = 0, -1.0
    for cut in cuts:
        inside = (x > 0) & (before < cut - _TINY) & (before >= previous - _TINY)
        previous = cut
        if not inside.any():
            continue
        same = x == x[inside].min()
        start, each, n = float(before[same][0]), float(share[same][0]), int(same.sum())
        held += n - min(n, max(1, math.ceil((cut - start) / each - _TINY)))
    return held


@dataclass(frozen=True, eq=False)
class CustomerPyramid:
    """Customers in tiers by rank of their value.

    Attributes
    ----------
    table
        Index and order as given: ``value``, ``rank``, ``tier``.
    tiers
        Share of the customers asked for each tier, from the top.
    total
        Sum of all values, those below 0 with their sign.
    n_negative
        How many values lie below 0.
    n_tied_at_cut
        Customers lifted into a tier because others of the same value are in it.

    """

    table: pd.DataFrame
    tiers: Mapping[str, float]
    total: float
    n_negative: int
    n_tied_at_cut: int

    def summary(self) -> pd.DataFrame:
        """Return one row a tier: number, share of the customers, value, share of the value, mean value.

        Shares of the value are missing if the total is not above 0.
        """
        return _by_class(self.table, "tier", self.total)


@checked_arguments
def customer_pyramid(values: ArrayLike | pd.Series, *, tiers: Mapping[str, float] = TIERS) -> CustomerPyramid:
    """Put customers into the tiers of the customer pyramid, by rank of their value.

    Parameters
    ----------
    values
        One number a customer, values below 0 allowed; missing ones are an error.
    tiers
        Name and share of the customers of each tier, from the top; the shares add up to 1.

    Returns
    -------
    CustomerPyramid

    Raises
    ------
    DataError
        No values, missing or infinite ones, a customer twice.
    ParameterError
        Shares that are not above 0 or do not add up to 1.

    Notes
    -----
    Tier k ends at customer round(n × cumulative share), halves to the even number, counted from the best; equal customers all go to the upper tier
    that one of them reaches. With few customers an upper tier may be empty: 1 % of 30 is nobody.

    Zeithaml, Rust and Lemon define platinum, gold, iron and lead by profitability and by what customers want, not by
    shares; the shares 1, 4, 15 and 80 % are Curry and Curry's. Tiers cut by rank always have their lead, whether or not
    those customers lose money: look at the values before treating them so.

    References
    ----------
    Zeithaml, V. A., Rust, R. T., & Lemon, K. N. (2001). The customer pyramid: Creating and serving profitable
    customers. California Management Review, 43(4), 118-142. https://doi.org/10.2307/41166104
    Curry, J., & Curry, A. (2000). The Customer Marketing Method. Free Press.

    Checked against: counts by hand, and a loop over the sorted customers in the tests.

    Examples
    --------
    >>> pyramid = customer_pyramid(range(1, 101))
    >>> pyramid.summary()["n"].to_dict()
    {'platinum': 1, 'gold': 4, 'iron': 15, 'lead': 80}

    """
    shares = [real(share) for share in tiers.values()]
    if not shares or not all(share > 0 for share in shares) or not abs(math.fsum(shares) - 1) <= _TINY:
        raise ParameterError(
            f"The tiers are {dict(tiers)!r}; each needs a share above 0, and together they make 1.",
            hint="Write {'platinum': 0.01, 'gold': 0.04, 'iron': 0.15, 'lead': 0.80}.",
        )
    series = read_values(values)
    x = series.to_numpy()
    n = len(x)
    ends = np.rint(np.round(np.cumsum(shares) * n, 9)).astype(np.int64)  # 0.3 * 5 is meant to be 1.5
    ends[-1] = n
    ranked = rank_values(x)
    code = np.searchsorted(ends, ranked.n_above, side="right")
    sizes = np.bincount(code, minlength=len(ends))
    table = pd.DataFrame(
        {
            "value": x,
            "rank": ranked.n_above + 1,
            "tier": pd.Categorical.from_codes(code, categories=pd.Index(list(tiers)), ordered=True),
        },
        index=series.index,
    )
    return CustomerPyramid(
        table=table,
        tiers=MappingProxyType(dict(tiers)),
        total=math.fsum(x),
        n_negative=int((x < 0).sum()),
        n_tied_at_cut=int(np.maximum(np.cumsum(sizes) - ends, 0).sum()),
    )


def _by_class(table: pd.DataFrame, column: str, total: float) -> pd.DataFrame:
    """Sum up by class; classes without customers stay, with 0 customers."""
    groups = table.groupby(column, observed=False)["value"]
    part = table if "share" in table.columns else None
    found = pd.DataFrame({"n": groups.size(), "customer_share": groups.size() / len(table)})
    found["value"] = groups.sum()
    if part is not None:
        found["value_share"] = part.groupby(column, observed=False)["share"].sum()
    else:
        found["value_share"] = found["value"] / total if total > 0 else np.nan
    found["mean_value"] = groups.mean()
    found["lowest"] = groups.min()
    found["highest"] = groups.max()
    found.index = pd.Index([str(name) for name in found.index], name=column)
    return found
