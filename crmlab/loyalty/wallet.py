"""Share of wallet: how much of what a customer spends in the category is spent here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["ShareOfWallet", "first_of", "joined", "mean_interval", "share_of_wallet"]

_SHOWN = 5
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class ShareOfWallet:
    """Share of wallet of each customer, and of all.

    Attributes
    ----------
    table
        Index and order as given: ``own``, ``category``, ``share`` (missing if the category is 0), ``potential``
        (category − own, what is spent elsewhere).
    share, low, high
        Of all: sum of own over sum of category, so that large wallets count more; with its interval.
    mean_share, mean_low, mean_high
        Mean of the customers' shares, each counting alike.
    own, category, potential
        Sums, in money.
    n
        Customers.
    n_empty
        Customers whose category spend is 0: they have no share.
    n_capped
        Customers whose category spend was raised to their own spend.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    share: float
    low: float
    high: float
    mean_share: float
    mean_low: float
    mean_high: float
    own: float
    category: float
    potential: float
    n: int
    n_empty: int
    n_capped: int
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return one row: shares with intervals, sums, customers."""
        names = (
            "n", "share", "low", "high", "mean_share", "mean_low", "mean_high", "own", "category", "potential",
        )  # fmt: skip
        return pd.DataFrame({name: [getattr(self, name)] for name in names})

    def by(self, groups: pd.Series) -> pd.DataFrame:
        """Return the share of each group of customers, with interval, potential and potential per customer.

        Parameters
        ----------
        groups
            Group of each customer, by the same index; who is in no group (missing) is left out.

        """
        mine = groups.reindex(self.table.index)
        rows = []
        for name, part in self.table.groupby(mine, observed=True, sort=True):
            own, category = part["own"].to_numpy(), part["category"].to_numpy()
            share, low, high = _ratio(own, category, self.confidence)
            rows.append(
                {
                    "group": name,
                    "n": len(part),
                    "share": share,
                    "low": low,
                    "high": high,
                    "own": own.sum(),
                    "category": category.sum(),
                    "potential": (category - own).sum(),
                    "potential_each": (category - own).mean(),
                }
            )
        columns = ["group", "n", "share", "low", "high", "own", "category", "potential", "potential_each"]
        return pd.DataFrame(rows, columns=columns).set_index("group")


@checked_arguments
def share_of_wallet(
    own_spend: ArrayLike | pd.Series,
    category_spend: ArrayLike | pd.Series,
    *,
    above: Literal["error", "cap"] = "error",
    confidence: float = 0.95,
) -> ShareOfWallet:
    r"""Return the share of customers' category spend that is spent here: each one's, and of all.

    Parameters
    ----------
    own_spend
        What each customer spent here in the time asked about, 0 or more; the index of a Series names the customers.
    category_spend
        What each spent in the category in the same time, everywhere, in the same currency. Two Series are matched by
        their index; customers of one who are not in the other are an error.
    above
        What is done where somebody says to have spent less in all than was spent here, which happens when people are
        asked: ``"error"``, or ``"cap"``: the category is raised to the own spend, and the result counts it.
    confidence
        Level of the intervals.

    Returns
    -------
    ShareOfWallet

    Raises
    ------
    DataError
        Missing, infinite or negative numbers; a customer twice or in one Series only; own spend above category spend;
        a category spend of 0 in all.
    ParameterError
        An unknown value of `above`; confidence outside (0, 1).

    Notes
    -----
    With own spend :math:`o_i` and category spend :math:`c_i`,

    .. math:: \text{share}_i = o_i / c_i, \qquad R = \frac{\sum o_i}{\sum c_i}, \qquad
              \text{s.e.}(R) = \frac{1}{\sum c_i}\sqrt{\frac{n}{n-1} \sum (o_i - R c_i)^2}

    R, the ratio estimator, is what the company has of these wallets; its interval is Wald's on the logit, so that it
    stays within 0 and 1. The mean share gives the student's wallet the weight of the millionaire's.

    The interval takes the customers as a random sample. What people say they spend is rough, and more so for those who
    spend little here. A small share is an opening only if the rest of the wallet can be won: it may be tied by distance,
    contract or taste.

    References
    ----------
    Cochran, W. G. (1977). Sampling techniques (3rd ed.), chapter 6. Wiley.
    Keiningham, T. L., Aksoy, L., Buoye, A., & Cooil, B. (2011). Customer loyalty isn't enough. Grow your share of wallet.
    Harvard Business Review, 89(10), 29-31.

    Checked against: sums by hand, weighted least squares with robust errors (statsmodels) for the error of R, and
    simulated samples in which the interval holds its level.

    Examples
    --------
    >>> import pandas as pd
    >>> own = pd.Series({"Li": 300.0, "Wu": 50.0, "He": 90.0})
    >>> found = share_of_wallet(own, pd.Series({"Li": 400.0, "Wu": 500.0, "He": 100.0}))
    >>> found.share, found.potential
    (0.44, 560.0)
    >>> found.table["share"].tolist()
    [0.75, 0.1, 0.9]

    """
    normal_quantile(confidence)
    if above not in ("error", "cap"):
        raise ParameterError(f"above is {above!r}; it may be 'error' or 'cap'.")
    own, category = _pair(own_spend, category_spend)
    o, c = own.to_numpy(), category.to_numpy()
    over = o > c * (1 + _TINY)
    if over.any() and above == "error":
        told = [f"{label!r}: {o[i]:g} of {c[i]:g}" for i in first_of(over) for label in [own.index[i]]]
        raise DataError(
            f"{int(over.sum())} customer(s) spent more here than in the category as a whole: {joined(told, over)}",
            hint="Check that both cover the same time, currency and category. If people were asked, above='cap' raises "
            "their category spend to what they spent here.",
        )
    c = np.maximum(c, o)
    if not c.sum() > 0:
        raise DataError("Nobody spends anything in the category: there are no shares.")
    share = np.divide(o, c, out=np.full(len(o), np.nan), where=c > 0)
    known = share[np.isfinite(share)]
    total, low, high = _ratio(o, c, confidence)
    mean_low, mean_high = mean_interval(known, confidence)
    return ShareOfWallet(
        table=pd.DataFrame({"own": o, "category": c, "share": share, "potential": c - o}, index=own.index),
        share=total,
        low=low,
        high=high,
        mean_share=float(known.mean()),
        mean_low=mean_low,
        mean_high=mean_high,
        own=math.fsum(o),
        category=math.fsum(c),
        potential=math.fsum(c - o),
        n=len(o),
        n_empty=int((c == 0).sum()),
        n_capped=int(over.sum()),
        confidence=confidence,
    )


def _pair(
    own_spend: ArrayLike | pd.Series, category_spend: ArrayLike | pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return both as floats in the order of the first."""
    own = read_values(own_spend, what="own spends")
    category = read_values(category_spend, what="category spends")
    problems = []
    if isinstance(own_spend, pd.Series) and isinstance(category_spend, pd.Series):
        for name, one, other in (("category", own, category), ("own", category, own)):
            alone = ~one.index.isin(other.index)
            if alone.any():
                found = ", ".join(repr(one.index[i]) for i in first_of(alone))
                problems.append(f"{int(alone.sum())} customer(s) have no {name} spend: {found}")
        if not problems:
            category = category.reindex(own.index)
    elif len(own) != len(category):
        problems.append(f"there are {len(own)} own spends and {len(category)} category spends")
    for name, values in (("own", own), ("category", category)):
        below = values.to_numpy() < 0
        if below.any():
            told = [f"{values.index[i]!r}: {values.iloc[i]:g}" for i in first_of(below)]
            problems.append(f"{int(below.sum())} {name} spend(s) lie below 0: {joined(told, below)}")
    if problems:
        raise DataError(
            "The spends cannot be compared.",
            problems=problems,
            hint="Keep the customers for whom both are known, and net refunds first.",
        )
    return own, category


def first_of(bad: Bools) -> NDArray[np.intp]:
    """Return the places of the first five that are bad."""
    return np.flatnonzero(bad)[:_SHOWN]


def joined(told: list[str], bad: Bools) -> str:
    """Return what is told of them as one text that says whether there are more."""
    return "; ".join(told) + ("; …" if bad.sum() > _SHOWN else "")


def _ratio(o: Floats, c: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the ratio of sums, and its interval on the logit; missing for one customer."""
    n, total = len(o), float(c.sum())
    if not total > 0:
        return math.nan, math.nan, math.nan
    ratio = min(float(o.sum()) / total, 1.0)
    if n < 2:
        return ratio, math.nan, math.nan
    error = math.sqrt(n / (n - 1) * float(((o - ratio * c) ** 2).sum())) / total
    if not 0 < ratio < 1:
        return ratio, ratio, ratio
    half = normal_quantile(confidence) * error / (ratio * (1 - ratio))
    logit = math.log(ratio / (1 - ratio))
    low, high = (0.5 * (1 + math.tanh((logit + side) / 2)) for side in (-half, half))
    return ratio, low, high


def mean_interval(values: Floats, confidence: float) -> tuple[float, float]:
    """Return Student's interval of a mean of shares, cut to [0, 1]."""
    if len(values) < 2:
        return math.nan, math.nan
    from scipy.special import stdtrit

    mean = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
    return max(0.0, mean - half), min(1.0, mean + half)
