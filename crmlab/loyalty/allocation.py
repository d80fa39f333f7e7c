"""Share of wallet from ranks: the Wallet Allocation Rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab._shares import normal_quantile, wilson
from crmlab.errors import DataError
from crmlab.grading._values import read_values
from crmlab.loyalty.wallet import first_of, joined, mean_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["WalletAllocation", "wallet_allocation", "wallet_ranks"]


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


@checked_arguments
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
        f"{int(bad.sum())} {what}: {joined([f'{ranks.index[i]!r}: rank {r[i]:g} of {n[i]:g}' for i in first_of(bad)], bad)}"
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
    low, high = mean_interval(share, confidence)
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


@checked_arguments
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
    if ratings.empty or "brands" in ratings.columns:
        raise DataError(
            "Ratings must be a DataFrame with one row a customer and one column a brand, none called 'brands'."
        )
    numbers = float_table(ratings)
    lost = (numbers.isna() & ratings.notna()).any(axis=1).to_numpy()
    idle = numbers.isna().all(axis=1).to_numpy() & ~lost
    problems = [
        f"{int(bad.sum())} customer(s) {what}: {', '.join(repr(ratings.index[i]) for i in first_of(bad))}"
        for bad, what in ((lost, "have ratings that are no numbers"), (idle, "use no brand"))
        if bad.any()
    ]
    if problems:
        raise DataError("Some ratings cannot be ranked.", problems=problems)
    out: pd.DataFrame = numbers.rank(axis=1, ascending=False, method="average")
    out["brands"] = numbers.notna().sum(axis=1)
    return out
