"""Purchase occasions: what one customer bought on one day, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from crmlab.clv._refunds import settle_refunds
from crmlab.clv._rows import read_rows, to_day
from crmlab.clv.summary import purchase_days, within
from crmlab.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Occasions", "RefundRule", "need_two", "purchase_occasions"]

RefundRule = Literal["net", "drop", "error"]


@dataclass(frozen=True, eq=False)
class Occasions:
    """One entry a purchase occasion, sorted by customer and day.

    ``code`` numbers the customers of ``ids`` without gaps; ``day`` counts from 1970-01-01; ``amount`` is the day's
    total, net of refunds, or None. ``start`` is the place of each customer's first occasion, ``n`` how many there are.
    """

    code: Ints
    day: Ints
    amount: Floats | None
    ids: pd.Index
    start: Ints
    n: Ints
    end: int
    counts: dict[str, float]

    @property
    def first(self) -> Ints:
        """Day of each customer's first occasion."""
        return self.day[self.start]

    @property
    def last(self) -> Ints:
        """Day of each customer's last occasion."""
        last: Ints = self.day[self.start + self.n - 1]
        return last

    @property
    def total(self) -> Floats:
        """What each customer spent in all."""
        return np.bincount(self.code, weights=self.amount, minlength=len(self.ids)).astype(np.float64)


def purchase_occasions(
    transactions: pd.DataFrame,
    *,
    customer: str,
    date: str,
    amount: str | None,
    observation_end: DateLike | None,
    refunds: RefundRule,
    rows: str | None = None,
) -> Occasions:
    """Read transactions by the same rules as :func:`crmlab.clv.customer_summary`: one day, one occasion."""
    read = read_rows(transactions, customer=customer, date=date, amount=amount, rows=rows)
    end = int(read.day.max()) if observation_end is None else to_day(observation_end, name="observation_end")
    read, counts = within(read, end)
    read = settle_refunds(read, refunds, counts)
    if not len(read.day):
        raise DataError(
            "No purchase is left once refunds are settled.",
            hint="Look at the signs of the amounts: purchases must be positive, refunds negative.",
        )
    pairs, shift, origin = purchase_days(read)
    spent: Floats | None = None
    if read.amount is not None:
        at = np.searchsorted(pairs, (read.code << shift) | (read.day - origin))
        spent = np.bincount(at, weights=read.amount, minlength=len(pairs)).astype(np.float64)
    code = pairs >> shift
    per_customer = np.bincount(code, minlength=len(read.ids))
    there = per_customer > 0
    n = per_customer[there]
    counts["same_day_rows_merged"] = read.count() - len(pairs)
    counts["occasions"] = len(pairs)
    counts["customers"] = len(n)
    return Occasions(
        code=(np.cumsum(there) - 1)[code],
        day=(pairs & ((1 << shift) - 1)) + origin,
        amount=spent,
        ids=read.ids[there],
        start=np.cumsum(n) - n,
        n=n,
        end=end,
        counts=counts,
    )


def need_two(n: int, what: str) -> None:
    """Raise unless there are at least two customers to take a share of."""
    if n < 2:
        raise DataError(
            f"There is one customer only: {what} of one customer says nothing.",
            hint="Check that the customer column holds the customers' ids, not the shop's or the account's.",
        )
