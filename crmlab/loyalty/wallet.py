"""Share of wallet: how much of what a customer spends in the category is spent here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._shares import normal_quantile, wilson
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["ShareOfWallet", "WalletAllocation", "share_of_wallet", "wallet_allocation", "wallet_ranks"]

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
        told = [f"{label!r}: {o[i]:g} of {c[i]:g}" for i in _first(over) for label in [own.index[i]]]
        raise DataError(
            f"{int(over.sum())} customer(s) spent more here than in the category as a whole: {_join(told, over)}",
            hint="Check that both cover the same time, currency and category. If people were asked, above='cap' raises "
            "their category spend to what they spent here.",
        )
    c = np.maximum(c, o)
    if not c.sum() > 0:
        raise DataError("Nobody spends anything in the category: there are no shares.")
    share = np.divide(o, c, out=np.full(len(o), np.nan), where=c > 0)
    known = share[np.isfinite(share)]
    total, low, high = _ratio(o, c, confidence)
    mean_low, mean_high = _mean_interval(known, confidence)
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
                found = ", ".join(repr(one.index[i]) for i in _first(alone))
                problems.append(f"{int(alone.sum())} customer(s) have no {name} spend: {found}")
        if not problems:
            category = category.reindex(own.index)
    elif len(own) != len(category):
        problems.append(f"there are {len(own)} own spends and {len(category)} category spends")
    for name, values in (("own", own), ("category", category)):
        below = values.to_numpy() < 0
        if below.any():
            told = [f"{values.index[i]!r}: {values.iloc[i]:g}" for i in _first(below)]
            problems.append(f"{int(below.sum())} {name} spend(s) lie below 0: {_join(told, below)}")
    if problems:
        raise DataError(
            "The spends cannot be compared.",
            problems=problems,
            hint="Keep the customers for whom both are known, and net refunds first.",
        )
    return own, category


def _first(bad: Bools) -> NDArray[np.intp]:
    return np.flatnonzero(bad)[:_SHOWN]


def _join(told: list[str], bad: Bools) -> str:
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


def _mean_interval(values: Floats, confidence: float) -> tuple[float, float]:
    """Return Student's interval of a mean of shares, cut to [0, 1]."""
    if len(values) < 2:
        return math.nan, math.nan
    from scipy.special import stdtrit

    mean = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
    return max(0.0, mean - half), min(1.0, mean + half)


@dataclass(frozen=True, eq=False)
class WalletAllocation:
    """Share of wallet by the Wallet Allocation Rule.

    Attributes
    ----------
    table
        Index and order as given: ``rank``, ``brands``, ``share``.
    share, low, high
        Mean of the customers' shares, with Student's interval.
    first_choice, first_low, first_high
        Share of customers who rank the brand first (alone or with others), with Wilson's interval.
    by_brands
        One row a number of brands used: ``n``, ``mean_rank``, ``share``.
    n
        Customers.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    share: float
    low: float
    high: float
    first_choice: float
    first_low: float
    first_high: float
    by_brands: pd.DataFrame
    n: int
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return one row: mean share and share of first choices, with intervals."""
        names = ("n", "share", "low", "high", "first_choice", "first_low", "first_high")
        return pd.DataFrame({name: [getattr(self, name)] for name in names})


def wallet_allocation(
    rank: ArrayLike | pd.Series, brands: ArrayLike | pd.Series, *, confidence: float = 0.95
) -> WalletAllocation:
    r"""Return the share of wallet that the Wallet Allocation Rule expects from a brand's rank.

    Parameters
    ----------
    rank
        Rank of the brand among those that each customer uses, 1 the best; tied brands share the mean of their ranks
        (two at the top: 1.5 each), as :func:`wallet_ranks` gives them.
    brands
        How many brands each customer uses, this one among them.
    confidence
        Level of the intervals.

    Returns
    -------
    WalletAllocation

    Raises
    ------
    DataError
        Missing numbers; numbers of brands that are not whole or below 1; ranks below 1 or beyond the number of brands.
    ParameterError
        Confidence outside (0, 1).

    Notes
    -----
    With rank r among n brands,

    .. math:: \text{share} = \left(1 - \frac{r}{n + 1}\right) \frac{2}{n}

    so that the shares of all brands of a customer sum to 1. The rule takes the wallet to be shared out by rank alone: it
    needs no amounts, and says nothing of how large the wallet is. It is an empirical rule for categories in which
    customers use several brands; with true spend at hand use :func:`share_of_wallet`.

    References
    ----------
    Keiningham, T. L., Aksoy, L., Buoye, A., & Cooil, B. (2011). Customer loyalty isn't enough. Grow your share of wallet.
    Harvard Business Review, 89(10), 29-31.

    Checked against: the shares of two to five brands that the rule's authors print, and sums of 1.

    Examples
    --------
    >>> found = wallet_allocation([1, 2, 1.5], [2, 3, 2])
    >>> found.table["share"].round(3).tolist()
    [0.667, 0.333, 0.5]

    """
    normal_quantile(confidence)
    ranks, numbers = read_values(rank, what="ranks"), read_values(brands, what="numbers of brands")
    if isinstance(rank, pd.Series) and isinstance(brands, pd.Series):
        if not ranks.index.sort_values().equals(numbers.index.sort_values()):
            raise DataError("Ranks and numbers of brands are not of the same customers.")
        numbers = numbers.reindex(ranks.index)
    elif len(ranks) != len(numbers):
        raise DataError(f"There are {len(ranks)} ranks and {len(numbers)} numbers of brands.")
    r, n = ranks.to_numpy(), numbers.to_numpy()
    problems = [
        f"{int(bad.sum())} {what}: {_join([f'{ranks.index[i]!r}: rank {r[i]:g} of {n[i]:g}' for i in _first(bad)], bad)}"
        for bad, what in (
            ((n < 1) | (n != np.floor(n)), "number(s) of brands are not whole numbers from 1 on"),
            ((r < 1) | (r > n), "rank(s) lie outside 1 and the number of brands"),
        )
        if bad.any()
    ]
    if problems:
        raise DataError(
            "Some ranks cannot be used.",
            problems=problems,
            hint="Rank 1 is the brand liked best; ties share a mean.",
        )
    share = (1 - r / (n + 1)) * 2 / n
    low, high = _mean_interval(share, confidence)
    # Tied at the top are those with rank (1 + k)/2, k brands sharing it; only k = 1 and 2 can be told from lower ranks.
    first = r < 2
    first_low, first_high = wilson(int(first.sum()), len(r), confidence)
    table = pd.DataFrame({"rank": r, "brands": n.astype(np.int64), "share": share}, index=ranks.index)
    grouped = table.groupby("brands")
    return WalletAllocation(
        table=table,
        share=float(share.mean()),
        low=low,
        high=high,
        first_choice=float(first.mean()),
        first_low=float(first_low),
        first_high=float(first_high),
        by_brands=pd.DataFrame(
            {"n": grouped.size(), "mean_rank": grouped["rank"].mean(), "share": grouped["share"].mean()}
        ),
        n=len(r),
        confidence=confidence,
    )


def wallet_ranks(ratings: pd.DataFrame) -> pd.DataFrame:
    """Turn customers' ratings of the brands they use into ranks, ties sharing the mean of their ranks.

    Parameters
    ----------
    ratings
        One row a customer, one column a brand; higher is better, missing where a brand is not used.

    Returns
    -------
    pandas.DataFrame
        The ranks, 1 the best, in the same shape, and ``brands``: how many each customer uses.

    Raises
    ------
    DataError
        No ratings; ratings that are no numbers; a customer who uses no brand; a brand called ``brands``.

    Notes
    -----
    Three brands rated 9, 7 and 7 have ranks 1, 2.5 and 2.5. Checked against: ``scipy.stats.rankdata``.

    Examples
    --------
    >>> import pandas as pd
    >>> wallet_ranks(pd.DataFrame({"ours": [9, 7], "theirs": [7, 7], "third": [7, None]}))
       ours  theirs  third  brands
    0   1.0     2.5    2.5       3
    1   1.5     1.5    NaN       2

    """
    if not isinstance(ratings, pd.DataFrame) or ratings.empty or "brands" in ratings.columns:
        raise DataError(
            "Ratings must be a DataFrame with one row a customer and one column a brand, none called 'brands'."
        )
    numbers = ratings.apply(pd.to_numeric, errors="coerce")
    lost = (numbers.isna() & ratings.notna()).any(axis=1).to_numpy()
    idle = numbers.isna().all(axis=1).to_numpy() & ~lost
    problems = [
        f"{int(bad.sum())} customer(s) {what}: {', '.join(repr(ratings.index[i]) for i in _first(bad))}"
        for bad, what in ((lost, "have ratings that are no numbers"), (idle, "use no brand"))
        if bad.any()
    ]
    if problems:
        raise DataError("Some ratings cannot be ranked.", problems=problems)
    out: pd.DataFrame = numbers.rank(axis=1, ascending=False, method="average")
    out["brands"] = numbers.notna().sum(axis=1)
    return out
