"""Tiers: who is in which, who is near the next one, and how customers move between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import wilson
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values
from crmlab.programme.rules import ProgrammeRules, Tier, tier_problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ABSENT", "BELOW", "TierMovements", "TierStanding", "tier_movements", "tier_of"]

#: Customers below the first tier's threshold.
BELOW = "none"
#: Customers who are not there in the next period.
ABSENT = "absent"

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class TierStanding:
    """Tier of each customer, and how far the next one is.

    Attributes
    ----------
    table
        Index and order as given: ``qualifying``, ``tier`` (ordered; ``"none"`` below the first), ``next_tier`` and
        ``missing`` (qualifying spend to it; both missing at the top), ``near`` (within `near` of the next threshold).
    sizes
        One row a tier from the lowest: ``customers``, ``share``, ``low``, ``high`` (Wilson), ``qualifying`` (sum),
        ``qualifying_share``, ``near`` (customers near the next tier), ``near_share`` with ``near_low``, ``near_high``.
    tiers
        The tiers used.
    near
        Share of a threshold that counts as near.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    sizes: pd.DataFrame
    tiers: tuple[Tier, ...]
    near: float
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the sizes."""
        return self.sizes


@checked_arguments
def tier_of(
    qualifying: ArrayLike | pd.Series,
    tiers: ProgrammeRules | Sequence[Tier],
    *,
    near: float = 0.1,
    confidence: float = 0.95,
) -> TierStanding:
    r"""Put customers into tiers by their qualifying spend, and tell who is near the next one.

    Parameters
    ----------
    qualifying
        Spend (or nights, or points) that counts, one number a customer; the index of a Series names the customers.
        Missing ones are an error; ones below 0 (refunds) stay below every threshold.
    tiers
        The programme's rules or its tiers, from the lowest.
    near
        Who lacks at most this share of the next threshold is near it; from 0 to 1.
    confidence
        Level of the intervals.

    Returns
    -------
    TierStanding

    Raises
    ------
    DataError
        No values, missing or infinite ones, a customer twice.
    ParameterError
        No tiers, or thresholds that do not rise; `near` or `confidence` out of range.

    Notes
    -----
    A customer is in the highest tier with threshold :math:`c \le x`, and near tier c if :math:`c(1 - \text{near}) \le x < c`.
    Being near says nothing about what a push over the threshold would be worth: :func:`tier_effect`.

    Checked against: a loop over customers and tiers.

    Examples
    --------
    >>> import pandas as pd
    >>> spent = pd.Series({"Li": 4800.0, "Wu": 5000.0, "He": 100.0})
    >>> standing = tier_of(spent, [Tier("silver", 1000), Tier("gold", 5000)])
    >>> standing.table[["tier", "missing", "near"]]
          tier  missing   near
    Li  silver    200.0   True
    Wu    gold      NaN  False
    He    none    900.0  False

    """
    kept = tuple(tiers.tiers if isinstance(tiers, ProgrammeRules) else tiers)
    problems = tier_problems(kept) if kept else ["there are no tiers"]
    if not 0 <= near <= 1:
        problems.append(f"near is {near!r}; it must lie between 0 and 1")
    if BELOW in {tier.name for tier in kept}:
        problems.append(f"no tier may be called {BELOW!r}, which means below the first one")
    if problems:
        raise ParameterError("The tiers make no sense.", problems=problems)
    series = read_values(qualifying, what="qualifying values")
    x = series.to_numpy()
    cuts = np.array([tier.threshold for tier in kept], dtype=np.float64)
    place = np.searchsorted(cuts * (1 - _TINY), x, side="right")
    top = place == len(kept)
    goal = np.append(cuts, math.nan)[place]
    is_near = ~top & (x >= goal * (1 - near) * (1 - _TINY))
    names = [BELOW, *(tier.name for tier in kept)]
    table = pd.DataFrame(
        {
            "qualifying": x,
            "tier": pd.Categorical.from_codes(place, categories=pd.Index(names), ordered=True),
            "next_tier": pd.Categorical.from_codes(
                np.where(top, -1, place + 1), categories=pd.Index(names), ordered=True
            ),
            "missing": np.where(top, np.nan, goal - x),
            "near": is_near,
        },
        index=series.index,
    )
    n = np.bincount(place, minlength=len(names))
    close = np.bincount(place, weights=is_near, minlength=len(names)).astype(np.int64)
    low, high = wilson(n, len(x), confidence)
    near_low, near_high = wilson(close, n, confidence)
    total = np.bincount(place, weights=x, minlength=len(names))
    sizes = pd.DataFrame(
        {
            "customers": n,
            "share": n / len(x),
            "low": low,
            "high": high,
            "qualifying": total,
            "qualifying_share": total / total.sum() if total.sum() > 0 else np.nan,
            "near": close,
            "near_share": np.divide(close, n, out=np.full(len(n), np.nan), where=n > 0),
            "near_low": near_low,
            "near_high": near_high,
        },
        index=pd.Index(names, name="tier"),
    )
    if kept[0].threshold == 0 and n[0] == 0:
        sizes = sizes.iloc[1:]
    return TierStanding(table=table, sizes=sizes, tiers=kept, near=near, confidence=confidence)


@dataclass(frozen=True, eq=False)
class TierMovements:
    """Where customers of each tier are a period later.

    Attributes
    ----------
    table
        One row a pair of tiers: ``from_tier``, ``to_tier`` (with ``"absent"``), ``customers``, ``share`` (of those in
        `from_tier`), ``low``, ``high`` (Wilson).
    matrix
        The shares as a matrix: tiers from, tiers to.
    directions
        One row a tier: ``customers``, and the shares ``up``, ``stay``, ``down``, ``absent``.
    by_period
        The same counts for each pair of periods: ``period``, ``next_period``, ``from_tier``, ``to_tier``, ``customers``.
    entered
        Customers who are there in a period after the first and were not in the one before.
    order
        The tiers, from the lowest.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    matrix: pd.DataFrame
    directions: pd.DataFrame
    by_period: pd.DataFrame
    entered: int
    order: tuple[str, ...]
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the table of pairs."""
        return self.table


@checked_arguments
def tier_movements(
    history: pd.DataFrame,
    *,
    customer: str = "customer",
    period: str = "period",
    tier: str = "tier",
    order: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> TierMovements:
    r"""Count how customers move between tiers from one period to the next.

    Parameters
    ----------
    history
        One row a customer and period, in any order, with the tier of that period.
    customer, period, tier
        Names of the columns. Periods are anything that sorts (years, dates); missing values are errors.
    order
        The tiers from the lowest; default: the order of an ordered categorical column.
    confidence
        Level of the intervals.

    Returns
    -------
    TierMovements

    Raises
    ------
    DataError
        Missing columns or values; one period only; a customer twice in a period; a tier that `order` does not name.
    ParameterError
        No order and none in the column; names twice.

    Notes
    -----
    With :math:`n_{jk}` customers in tier j in one period and in tier k in the next *period that the data have*, pooled
    over all pairs of periods, the share is :math:`n_{jk}/\sum_k n_{jk}`, :math:`k` including ``absent``. A
    customer with several pairs counts several times, so the intervals are somewhat too narrow.

    Movements are not effects: who fell may have fallen by chance after a good year (regression to the mean).

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association, 22(158), 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Checked against: a loop over customers, and pandas.crosstab.

    Examples
    --------
    >>> import pandas as pd
    >>> history = pd.DataFrame({"customer": ["Li", "Wu", "He", "Li", "Wu"], "period": [2023, 2023, 2023, 2024, 2024],
    ...                         "tier": ["gold", "silver", "silver", "gold", "gold"]})
    >>> tier_movements(history, order=["silver", "gold"]).matrix
    to_tier    silver  gold  absent
    from_tier
    silver        0.0   0.5     0.5
    gold          0.0   1.0     0.0

    """
    place, when, who, names, periods = _read_history(
        history, customer=customer, period=period, tier=tier, order=order
    )
    size = len(names)
    # One cell a customer and period; -1 where the customer is not there.
    sort = np.lexsort((when, who))
    place, when, who = place[sort], when[sort], who[sort]
    follows = np.zeros(len(who), dtype=bool)
    follows[:-1] = (who[1:] == who[:-1]) & (when[1:] == when[:-1] + 1)
    to = np.full(len(who), size)
    to[:-1][follows[:-1]] = place[1:][follows[:-1]]
    counted = when < len(periods) - 1
    cell = (when[counted] * size + place[counted]) * (size + 1) + to[counted]
    counts = np.bincount(cell, minlength=(len(periods) - 1) * size * (size + 1)).reshape(-1, size, size + 1)
    pooled = counts.sum(axis=0)
    n = pooled.sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = pooled / n[:, np.newaxis]
    low, high = wilson(pooled, n[:, np.newaxis], confidence)
    targets = [*names, ABSENT]
    pairs = pd.MultiIndex.from_product([names, targets], names=["from_tier", "to_tier"])
    table = pd.DataFrame(
        {"customers": pooled.ravel(), "share": share.ravel(), "low": low.ravel(), "high": high.ravel()},
        index=pairs,
    ).reset_index()
    upper, lower = np.triu(np.ones((size, size)), 1), np.tril(np.ones((size, size)), -1)
    inside = share[:, :size]
    directions = pd.DataFrame(
        {
            "customers": n,
            "up": (inside * upper).sum(axis=1),
            "stay": np.diag(inside),
            "down": (inside * lower).sum(axis=1),
            "absent": share[:, size],
        },
        index=pd.Index(names, name="tier"),
    )
    step = np.repeat(np.arange(len(periods) - 1), size * (size + 1))
    steps = pd.MultiIndex.from_product([range(len(periods) - 1), names, targets])
    by_period = pd.DataFrame(
        {
            "period": periods.take(step),
            "next_period": periods.take(step + 1),
            "from_tier": steps.get_level_values(1),
            "to_tier": steps.get_level_values(2),
            "customers": counts.ravel(),
        }
    )
    arrived = np.ones(len(who), dtype=bool)
    arrived[1:] = ~follows[:-1]
    return TierMovements(
        table=table,
        matrix=pd.DataFrame(
            share, index=pd.Index(names, name="from_tier"), columns=pd.Index(targets, name="to_tier")
        ),
        directions=directions,
        by_period=by_period,
        entered=int((arrived & (when > 0)).sum()),
        order=tuple(names),
        confidence=confidence,
    )


def _read_history(
    history: pd.DataFrame, *, customer: str, period: str, tier: str, order: Sequence[str] | None
) -> tuple[Ints, Ints, Ints, list[str], pd.Index]:
    """Return places of tiers, periods and customers as numbers, the tiers' names, and the periods."""
    check_columns(history, (customer, period, tier), what="history", roles=("customer", "period", "tier"))
    column = history[tier]
    if order is None:
        if not (isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered):
            raise ParameterError(
                "The order of the tiers is not known.",
                hint="Give order=[...] from the lowest to the highest, or an ordered categorical column.",
            )
        order = list(column.dtype.categories)
    names = [str(name) for name in order]
    if len(set(names)) < len(names) or ABSENT in names:
        raise ParameterError(f"order is {names!r}; each tier is named once, and none is called {ABSENT!r}.")
    problems = [
        f"{int(missing.sum())} row(s) without a {role}: {_some(history.index[missing])}"
        for role, missing in ((name, history[name].isna().to_numpy()) for name in (customer, period, tier))
        if missing.any()
    ]
    labels = column.astype(object).map(lambda name: name if pd.isna(name) else str(name))
    place = pd.Index(names).get_indexer(pd.Index(labels))
    unknown = (place < 0) & column.notna().to_numpy()
    if unknown.any():
        found = ", ".join(repr(name) for name in pd.unique(labels[unknown])[:5])
        problems.append(f"{int(unknown.sum())} row(s) of tiers that the order does not name: {found}")
    who, _ = pd.factorize(history[customer])
    when, periods = pd.factorize(history[period], sort=True)
    twice = history.duplicated([customer, period]).to_numpy()
    if twice.any():
        problems.append(
            f"{int(twice.sum())} row(s) of a customer and period that stand there before: {_some(history.index[twice])}"
        )
    if not problems and len(periods) < 2:
        problems.append(f"there are {len(periods)} periods; movements need two")
    if problems:
        raise DataError("The history of tiers cannot be used.", problems=problems)
    return place.astype(np.int64), when.astype(np.int64), who.astype(np.int64), names, pd.Index(periods)


def _some(labels: pd.Index) -> str:
    return ", ".join(f"row {label}" for label in labels[:5]) + (", …" if len(labels) > 5 else "")
