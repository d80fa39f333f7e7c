"""Retention cohorts: customers grouped by when they came, followed over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._occasions import Occasions, RefundRule, need_two, purchase_occasions
from crmlab._shares import normal_quantile, wilson
from crmlab.clv._rows import to_dates, to_timestamp
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["CohortResult", "retention_cohorts"]

Period = Literal["week", "month", "quarter"]
_PERIODS = ("week", "month", "quarter")


@dataclass(frozen=True, eq=False)
class CohortResult:
    """How many of each cohort buy again, period by period.

    Attributes
    ----------
    counts, shares
        Customers active k periods after their first one, and their share of the cohort: rows are cohorts (first day of
        the period), columns k = 0, 1, …; NaN where k lies after the end of observation. Shares are 1 at k = 0, and NaN
        for cohorts that are too small.
    revenue, revenue_shares
        Amounts of the same cells, and relative to the cohort's own revenue at k = 0 (which may exceed 1). None without
        amounts.
    sizes
        Customers of each cohort.
    curve
        Average over the cohorts that are large enough and observed at k, weighted by size: ``periods_since``,
        ``cohorts``, ``customers``, ``active``, ``share``, ``low``, ``high`` (Wilson; both 1 at k = 0, by definition).
    period
        ``"week"`` (from Monday), ``"month"``, ``"quarter"``.
    observation_end, last_complete_day
        Last day observed, and last day of the last complete period; later rows are left out of all tables.
    min_cohort
        Smallest cohort with shares.
    counts_of_rows
        What happened to the rows; ``occasions_in_incomplete_period`` and ``customers_in_incomplete_period`` (first seen
        in it) are what was left out at the end, ``small_cohorts`` how many cohorts have no shares.
    confidence
        Level of the intervals.

    """

    counts: pd.DataFrame
    shares: pd.DataFrame
    revenue: pd.DataFrame | None
    revenue_shares: pd.DataFrame | None
    sizes: pd.Series
    curve: pd.DataFrame
    period: str
    observation_end: pd.Timestamp
    last_complete_day: pd.Timestamp
    min_cohort: int
    counts_of_rows: Mapping[str, float]
    confidence: float

    @property
    def last_period_incomplete(self) -> bool:
        """Whether the last period was left out because it is not over."""
        return self.last_complete_day < self.observation_end

    def summary(self) -> pd.DataFrame:
        """Return one row a cohort and observed period: counts, shares with intervals, revenue."""
        k = np.tile(self.counts.columns.to_numpy(), len(self.counts))
        size = np.repeat(self.sizes.to_numpy(), self.counts.shape[1])
        active = self.counts.to_numpy().ravel()
        share = self.shares.to_numpy().ravel()
        low, high = wilson(active, size, self.confidence)
        low = np.where(k == 0, 1.0, low)  # by definition
        out = pd.DataFrame(
            {
                "cohort": np.repeat(self.counts.index.to_numpy(), self.counts.shape[1]),
                "periods_since": k,
                "customers": size,
                "active": active,
                "share": share,
                "low": np.where(np.isnan(share), np.nan, low),
                "high": np.where(np.isnan(share), np.nan, high),
            }
        )
        if self.revenue is not None and self.revenue_shares is not None:
            out["revenue"] = self.revenue.to_numpy().ravel()
            out["revenue_share"] = self.revenue_shares.to_numpy().ravel()
        out = out[out["active"].notna()].reset_index(drop=True)
        return out.astype({"active": "int64"})


@checked_arguments
def retention_cohorts(
    transactions: pd.DataFrame,
    *,
    period: Period = "month",
    min_cohort: int = 5,
    confidence: float = 0.95,
    observation_end: DateLike | None = None,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    refunds: RefundRule = "net",
) -> CohortResult:
    r"""Follow cohorts of customers acquired in the same period.

    Parameters
    ----------
    transactions
        One row a transaction, in any order.
    period
        ``"week"`` (Monday to Sunday), ``"month"`` or ``"quarter"`` of the calendar.
    min_cohort
        Cohorts with fewer customers keep their counts but get no shares, and stay out of the average curve.
    confidence
        Level of the intervals.
    observation_end
        Last day observed; default: the last date in the data. If it is not the last day of its period, that period is
        left out everywhere: half a month would look like a fall in retention.
    customer, date, amount
        Names of the columns; ``amount=None`` leaves money (and so refunds) out.
    refunds
        What negative amounts are, as in :func:`crmlab.clv.customer_summary`.

    Returns
    -------
    CohortResult

    Raises
    ------
    DataError
        Missing columns; unreadable dates or amounts; no rows; one customer only; no complete period.
    ParameterError
        An unknown `period`; `min_cohort` below 1.

    Notes
    -----
    A customer belongs to the period of the first purchase, and is active in a period with at least one purchase. For
    cohort c of size :math:`n_c` the share at k is :math:`a_{ck}/n_c`, the average curve
    :math:`\sum_c a_{ck} / \sum_c n_c` over the cohorts observed at k. Different k average different cohorts, so the
    curve may rise at its end where only old (good or bad) cohorts are left: ``cohorts`` tells how many.

    The interval of the curve takes customers as independent; it does not hold shocks that hit a whole period.

    If the data begin in the middle of customers' histories, the first cohorts are old customers seen for the first
    time: drop them. Do not read inactivity as loss: without a contract a customer may come back, as the rows show.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2009). Probability models for customer-base analysis. Journal of Interactive
    Marketing, 23(1), 61-69. https://doi.org/10.1016/j.intmar.2008.11.003

    Checked against: a plain-Python loop over all customers, ``pandas`` periods, and an example counted by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": list("aaabbc"),
    ...                       "date": ["2024-01-05", "2024-02-03", "2024-03-09", "2024-01-20", "2024-03-31", "2024-02-11"],
    ...                       "amount": [10.0, 10.0, 10.0, 20.0, 5.0, 7.0]})
    >>> retention_cohorts(sales, min_cohort=1).shares
    periods_since    0    1    2
    cohort
    2024-01-01     1.0  0.5  1.0
    2024-02-01     1.0  0.0  NaN

    """
    if period not in _PERIODS:
        raise ParameterError(f"period is {period!r}; it may be {', '.join(repr(p) for p in _PERIODS)}.")
    if min_cohort < 1:
        raise ParameterError(f"min_cohort is {min_cohort!r}; it must be 1 or more.")
    normal_quantile(confidence)
    o = purchase_occasions(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=observation_end,
        refunds=refunds,
    )
    need_two(len(o.n), "the retention")
    number = _number(o.day, period)
    complete = _last_complete(o.end, period)
    if number.min() > complete:
        raise DataError(
            f"There is no complete {period}: the data run from {to_timestamp(int(o.first.min())).date()} to "
            f"{to_timestamp(o.end).date()}.",
            hint="Choose a shorter period, or set observation_end to the last day that the data cover.",
        )
    return _cross(o, number, complete=complete, period=period, min_cohort=min_cohort, confidence=confidence)


def _cross(
    o: Occasions, number: Ints, *, complete: int, period: Period, min_cohort: int, confidence: float
) -> CohortResult:
    first = number[o.start]
    kept = number <= complete
    cohorts, cohort_of = np.unique(first[first <= complete], return_inverse=True)
    place = np.full(len(first), -1, dtype=np.int64)
    place[first <= complete] = cohort_of
    width = int(complete - cohorts[0]) + 1

    since = (number - first[o.code])[kept]
    row = place[o.code][kept]
    cell = row * width + since
    # Occasions are sorted by customer and day, so a customer's second visit to a period follows the first at once.
    fresh = np.ones(len(cell), dtype=bool)
    who = o.code[kept]
    fresh[1:] = (cell[1:] != cell[:-1]) | (who[1:] != who[:-1])
    shape = (len(cohorts), width)
    observed = np.arange(width)[None, :] <= (complete - cohorts)[:, None]
    sizes = np.bincount(cohort_of, minlength=len(cohorts))
    active = np.where(observed, np.bincount(cell[fresh], minlength=shape[0] * width).reshape(shape), np.nan)
    large = sizes >= min_cohort

    index = pd.Index(to_dates(_start(cohorts, period)), name="cohort")
    columns = pd.RangeIndex(width, name="periods_since")

    def frame(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=columns)

    shares = np.where(large[:, None], active / sizes[:, None], np.nan)
    revenue = revenue_shares = None
    if o.amount is not None:
        totals = np.bincount(cell, weights=o.amount[kept], minlength=shape[0] * width).reshape(shape)
        spent: Floats = np.where(observed, totals, np.nan)
        base = np.where(large & (spent[:, 0] > 0), spent[:, 0], np.nan)
        revenue, revenue_shares = frame(spent), frame(spent / base[:, None])

    used = observed & large[:, None]
    n = (used * sizes[:, None]).sum(axis=0)
    k = np.where(used, active, 0.0).sum(axis=0)
    there = n > 0
    low, high = wilson(k[there], n[there], confidence)
    low[:1] = 1.0  # everybody is there at 0 by definition: no sampling, no interval
    curve = pd.DataFrame(
        {
            "periods_since": np.arange(width)[there],
            "cohorts": used.sum(axis=0)[there],
            "customers": n[there],
            "active": k[there].astype(np.int64),
            "share": k[there] / n[there],
            "low": low,
            "high": high,
        }
    )
    counts = o.counts | {
        "occasions_in_incomplete_period": int((~kept).sum()),
        "customers_in_incomplete_period": int((first > complete).sum()),
        "small_cohorts": int((~large).sum()),
    }
    return CohortResult(
        counts=frame(active),
        shares=frame(shares),
        revenue=revenue,
        revenue_shares=revenue_shares,
        sizes=pd.Series(sizes, index=index, name="customers"),
        curve=curve,
        period=period,
        observation_end=to_timestamp(o.end),
        last_complete_day=to_timestamp(int(_start(np.array([complete + 1]), period)[0]) - 1),
        min_cohort=min_cohort,
        counts_of_rows=MappingProxyType(counts),
        confidence=confidence,
    )


def _number(day: Ints, period: Period) -> Ints:
    """Return numbers of the calendar periods since 1970; weeks begin on Monday."""
    if period == "week":
        return (day + 3) // 7  # 1970-01-01 was a Thursday
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months if period == "month" else months // 3


def _start(number: Ints, period: Period) -> Ints:
    """Return the first day of numbered periods."""
    if period == "week":
        return number * 7 - 3
    months = number if period == "month" else number * 3
    return cast("Ints", months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64))


def _last_complete(end: int, period: Period) -> int:
    """Return the number of the last period that is over on the day `end`."""
    return int(_number(np.array([end + 1]), period)[0]) - 1
