"""The repeat-purchase rate: how many customers come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._occasions import RefundRule, need_two, purchase_occasions
from crmlab._shares import wilson
from crmlab.clv._rows import to_timestamp
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from crmlab.clv._rows import DateLike

__all__ = ["RepeatPurchaseRate", "repeat_purchase_rate"]


@dataclass(frozen=True, eq=False)
class RepeatPurchaseRate:
    """Share of customers who bought at least a second time.

    Attributes
    ----------
    rate, low, high
        The share and its Wilson interval, as fractions.
    customers, repeat_customers
        Denominator and numerator.
    customers_not_observed
        Customers left out because they were observed for less than `window_days`.
    window_days
        Days after the first purchase that count, or None for all that was observed.
    observation_end
        Last day observed.
    confidence
        Level of the interval.
    counts
        What happened to the rows: read, after the end, merged, refunded.

    """

    rate: float
    low: float
    high: float
    customers: int
    repeat_customers: int
    customers_not_observed: int
    window_days: int | None
    observation_end: pd.Timestamp
    confidence: float
    counts: Mapping[str, float]

    def summary(self) -> pd.DataFrame:
        """Return one row: window, customers, repeat customers, rate, interval, customers left out."""
        return pd.DataFrame(
            {
                "window_days": pd.array([self.window_days], dtype="Int64"),
                "customers": [self.customers],
                "repeat_customers": [self.repeat_customers],
                "rate": [self.rate],
                "low": [self.low],
                "high": [self.high],
                "customers_not_observed": [self.customers_not_observed],
            }
        )


@checked_arguments
def repeat_purchase_rate(
    transactions: pd.DataFrame,
    *,
    window_days: int | None = None,
    confidence: float = 0.95,
    observation_end: DateLike | None = None,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    refunds: RefundRule = "net",
    rows: str | None = None,
) -> RepeatPurchaseRate:
    r"""Return the share of customers with a second purchase occasion.

    Parameters
    ----------
    transactions
        One row a transaction, in any order.
    window_days
        Count a customer as coming back only if the second occasion is at most this many days after the first, and
        count only customers who were observed that long. None: any second occasion until the end of observation.
    confidence
        Level of the interval, between 0 and 1.
    observation_end
        Last day observed; default: the last date in the data.
    customer, date, amount
        Names of the columns; ``amount=None`` leaves money (and so refunds) out.
    refunds
        What negative amounts are, as in :func:`crmlab.clv.customer_summary`. A purchase refunded in full is none.
    rows
        Column that says how many rows each row stands for, as in :func:`crmlab.clv.customer_summary`.

    Returns
    -------
    RepeatPurchaseRate

    Raises
    ------
    DataError
        Missing columns; unreadable dates or amounts; no rows; one customer only; nobody observed for `window_days`.
    ParameterError
        `window_days` below 1, or `confidence` outside (0, 1).

    Notes
    -----
    All purchases of one customer on one day are one occasion. With :math:`n` customers of whom :math:`k` came back the
    rate is :math:`k/n`, its interval Wilson's.

    **Censoring.** Without `window_days` the rate mixes customers of last year with those of last week, who had no time
    to come back yet: it falls when many new customers arrive, though nobody behaves otherwise. To compare months,
    shops or companies, set `window_days`. The interval takes the customers as a sample of those that might have come;
    it is not the uncertainty of the customers at hand, who were counted.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association, 22(158), 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Checked against: the CDNOW sample (946 of 2,357 customers bought again by 1997-09-30), a plain-Python loop, and
    ``scipy.stats.binomtest`` for the interval.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": ["a", "a", "b", "b", "c"],
    ...                       "date": ["2024-01-01", "2024-03-01", "2024-01-05", "2024-01-05", "2024-03-20"],
    ...                       "amount": [10.0, 12.0, 8.0, 3.0, 5.0]})
    >>> repeat_purchase_rate(sales).summary()[["customers", "repeat_customers", "rate"]]
       customers  repeat_customers      rate
    0          3                 1  0.333333
    >>> r = repeat_purchase_rate(sales, window_days=60)
    >>> r.rate, r.customers_not_observed
    (0.5, 1)

    """
    if window_days is not None and window_days < 1:
        raise ParameterError(f"window_days is {window_days!r}; it must be 1 or more, or None.")
    o = purchase_occasions(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=observation_end,
        refunds=refunds,
        rows=rows,
    )
    need_two(len(o.n), "a repeat-purchase rate")
    again = o.n >= 2
    observed = np.ones(len(o.n), dtype=bool)
    if window_days is not None:
        observed = o.end - o.first >= window_days
        if not observed.any():
            raise DataError(
                f"Nobody was observed for {window_days} days after the first purchase: the longest is "
                f"{int((o.end - o.first).max())} days.",
                hint="Choose a shorter window_days, or wait.",
            )
        second = o.day[np.where(again, o.start + 1, o.start)]
        again &= second - o.first <= window_days
    n, k = int(observed.sum()), int((again & observed).sum())
    low, high = wilson(k, n, confidence)
    return RepeatPurchaseRate(
        rate=k / n,
        low=float(low),
        high=float(high),
        customers=n,
        repeat_customers=k,
        customers_not_observed=len(o.n) - n,
        window_days=window_days,
        observation_end=to_timestamp(o.end),
        confidence=confidence,
        counts=MappingProxyType(o.counts),
    )
