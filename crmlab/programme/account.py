"""The points account: what was earned, burned and lapsed, and what is still owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._rows import to_dates, to_timestamp
from crmlab.programme._fifo import NEVER, Expiry, Lots, check_validity, run_fifo
from crmlab.programme._ledger import ADJUSTMENT, BURNED, EXPIRED, KINDS, read_ledger
from crmlab.programme._months import first_days, month_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["PointsAccount", "points_account"]


@dataclass(frozen=True, eq=False)
class PointsAccount:
    """Points of each customer and month, and of each lot.

    Attributes
    ----------
    customers
        Indexed by customer, sorted: ``earned``, ``adjustment`` (net), ``burned``, ``expired``, ``outstanding``,
        ``last_movement``, ``next_lapse`` (last day on which the oldest points left can be used; missing if they do not
        lapse), ``next_lapse_points`` (how many lapse then).
    months
        One row a month without gaps, indexed by its first day: ``earned``, ``adjustment``, ``burned``, ``expired``,
        ``outstanding`` (at the end of the month), ``customers_earning``, ``customers_burning``.
    as_of
        Last day counted; points that can be used up to that day have lapsed at its end.
    valid_months, expiry
        The rule of lapsing, or None.
    expiry_by
        ``"ledger"`` (the ledger has rows of expired points), ``"rule"`` (computed), ``"none"``.
    counts
        Rows read, rows after `as_of`, customers, lots.

    Notes
    -----
    For each customer and in total, earned + adjustment = burned + expired + outstanding.

    """

    customers: pd.DataFrame
    months: pd.DataFrame
    as_of: pd.Timestamp
    valid_months: int | None
    expiry: Expiry
    expiry_by: str
    counts: Mapping[str, int]
    _lots: Lots = field(repr=False)
    _ids: pd.Index = field(repr=False)

    @property
    def lots(self) -> pd.DataFrame:
        """One row a lot, by customer and date.

        ``customer``, ``date``, ``kind`` (``earned`` or ``adjustment``), ``points``, ``burned``, ``expired``,
        ``adjusted`` (taken by adjustments), ``outstanding``, ``last_day`` (on which it can be used).
        """
        lots = self._lots
        return pd.DataFrame(
            {
                "customer": self._ids.take(lots.code),
                "date": to_dates(lots.day),
                "kind": np.where(lots.earned, "earned", "adjustment"),
                "points": lots.points,
                "burned": lots.taken(BURNED),
                "expired": lots.taken(EXPIRED),
                "adjusted": lots.taken(ADJUSTMENT),
                "outstanding": lots.left,
                "last_day": _last_days(lots.lapse),
            }
        )

    @property
    def uses(self) -> pd.DataFrame:
        """One row a part of a lot that left: ``lot`` (row of :attr:`lots`), ``date``, ``kind``, ``points``."""
        lots = self._lots
        return pd.DataFrame(
            {
                "lot": lots.use_lot,
                "date": to_dates(lots.use_day),
                "kind": pd.Categorical.from_codes(lots.use_kind, categories=pd.Index(KINDS)),
                "points": lots.use_points,
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return the totals: ``measure``, ``value``."""
        told: dict[str, float] = {
            name: float(self.customers[name].sum())
            for name in ("earned", "adjustment", "burned", "expired", "outstanding")
        }
        told["customers"] = len(self.customers)
        told["customers_with_points"] = int((self.customers["outstanding"] > 0).sum())
        told["customers_who_burned"] = int((self.customers["burned"] > 0).sum())
        return pd.DataFrame({"measure": list(told), "value": list(told.values())})


@checked_arguments
def points_account(
    ledger: pd.DataFrame,
    *,
    customer: str = "customer",
    date: str = "date",
    points: str = "points",
    kind: str = "kind",
    as_of: DateLike | None = None,
    valid_months: int | None = None,
    expiry: Expiry = "rolling",
) -> PointsAccount:
    r"""Turn a ledger of points into accounts: earned, burned, expired and outstanding, oldest points first.

    Parameters
    ----------
    ledger
        One row a movement, in any order.
    customer, date, points, kind
        Names of the columns. Kinds are recognised in any case: ``earned`` (earn, accrual, award, credit), ``burned``
        (redeemed, redemption, used, spent, debit), ``expired`` (expiry, lapsed), ``adjustment`` (correction, opening).
        Earned points are 0 or more; burned and expired ones may be written above or below 0, but not mixed;
        adjustments keep their sign. Fractions of points are allowed.
    as_of
        Last day counted; later rows are left out and counted. Default: the last date of the ledger.
    valid_months
        Points lapse after so many months, if the ledger has no rows of expired points; None: they do not.
        Where the ledger has such rows they are taken as they are, and this says only when the rest will lapse.
    expiry
        ``"rolling"``: each lot on its own day, the same day of the month so many months later being the last on which
        it can be used. ``"calendar_year"``: all lots of a year together on 31 December, `valid_months` counting from
        1 January of the year in which they were earned (12: the same year's end, 24: the next one's).

    Returns
    -------
    PointsAccount

    Raises
    ------
    DataError
        Missing columns; customers, dates, points or kinds that cannot be read; signs that contradict the kind; an
        account that would fall below 0, with the first five customers and rows.
    ParameterError
        `valid_months` or `expiry` out of range.

    Notes
    -----
    **First in, first out.** Whatever leaves takes the oldest points there are. Within a day, points come before they
    go, burns come before lapses. With :math:`b_k` burned at event k and :math:`F_k` the points of all lots that are
    over by then, :math:`D_k = \max(D_{k-1} + b_k, F_k)` have left the account; what an event adds beyond :math:`b_k` has
    lapsed. Solved by a running maximum, so that the time grows with the rows (a million of them take about a second).

    An adjustment below 0 takes the oldest points, too; one above 0 is a lot of its own that lapses as others do.

    Programmes that burn the points of promotions first, or ask for activity to keep points alive, have other rules: let
    the ledger say what lapsed.

    References
    ----------
    International Accounting Standards Board (2014). IFRS 15 Revenue from Contracts with Customers, B39-B43, says what it
    is needed for; no number is published for this account.

    Checked against: a loop that moves single lots day by day, and the identity in the attributes.

    Examples
    --------
    >>> import pandas as pd
    >>> ledger = pd.DataFrame({"customer": ["Li", "Li", "Li", "Wu"],
    ...     "date": ["2023-01-10", "2023-06-01", "2023-08-15", "2023-02-01"],
    ...     "kind": ["earned", "earned", "burned", "earned"], "points": [100, 50, 120, 80]})
    >>> account = points_account(ledger, as_of="2024-03-31", valid_months=12)
    >>> account.customers[["earned", "burned", "expired", "outstanding"]]
              earned  burned  expired  outstanding
    customer
    Li         150.0   120.0      0.0         30.0
    Wu          80.0     0.0     80.0          0.0

    """
    check_validity(valid_months, expiry)
    movements = read_ledger(ledger, customer=customer, date=date, points=points, kind=kind, as_of=as_of)
    recorded = bool((movements.kind == EXPIRED).any())
    by_rule = valid_months is not None and not recorded
    lots = run_fifo(movements, valid_months=valid_months, expiry=expiry, by_rule=by_rule)
    there = np.bincount(movements.code, minlength=len(movements.ids)) > 0
    ids = movements.ids.rename(customer)
    return PointsAccount(
        customers=_customers(lots, ids, there, last=_last(movements.code, movements.day, len(ids))),
        months=_months(lots, movements.end),
        as_of=to_timestamp(movements.end),
        valid_months=valid_months,
        expiry=expiry,
        expiry_by="ledger" if recorded else "rule" if by_rule else "none",
        counts=MappingProxyType({**movements.counts, "customers": int(there.sum()), "lots": len(lots.code)}),
        _lots=lots,
        _ids=ids,
    )


def _last(code: Ints, day: Ints, n: int) -> Ints:
    """Return the last day of each customer; rows are sorted by customer and day."""
    out = np.zeros(n, dtype=np.int64)
    out[code] = day  # the last one written is the last one of the customer
    return out


def _customers(lots: Lots, ids: pd.Index, there: NDArray[np.bool_], *, last: Ints) -> pd.DataFrame:
    n = len(ids)
    of_use = lots.code[lots.use_lot]

    def total(weights: Floats, code: Ints) -> Floats:
        return np.bincount(code, weights=weights, minlength=n).astype(np.float64)

    taken = [np.where(lots.use_kind == kind, lots.use_points, 0.0) for kind in (BURNED, EXPIRED, ADJUSTMENT)]
    burned, expired, adjusted = (total(part, of_use) for part in taken)
    open_lot = (lots.left > 0) & (lots.lapse != NEVER)
    next_lapse = np.full(n, NEVER)
    np.minimum.at(next_lapse, lots.code[open_lot], lots.lapse[open_lot])
    due = open_lot & (lots.lapse == next_lapse[lots.code])
    table = pd.DataFrame(
        {
            "earned": total(np.where(lots.earned, lots.points, 0.0), lots.code),
            "adjustment": total(np.where(lots.earned, 0.0, lots.points), lots.code) - adjusted,
            "burned": burned,
            "expired": expired,
            "outstanding": total(lots.left, lots.code),
            "last_movement": to_dates(last),
            "next_lapse": _last_days(next_lapse),
            "next_lapse_points": total(np.where(due, lots.left, 0.0), lots.code),
        },
        index=ids,
    )
    return table if there.all() else table[there]


def _months(lots: Lots, end: int) -> pd.DataFrame:
    came, went = month_of(lots.day), month_of(lots.use_day)
    first, last = int(came.min(initial=int(month_of(np.array(end))))), int(month_of(np.array(end)))
    n = last - first + 1

    def total(weights: Floats, month: Ints) -> Floats:
        return np.bincount(month - first, weights=weights, minlength=n).astype(np.float64)

    def who(code: Ints, month: Ints) -> Ints:
        fresh = np.ones(len(code), dtype=bool)  # rows are sorted by customer and day
        fresh[1:] = (code[1:] != code[:-1]) | (month[1:] != month[:-1])
        return np.bincount(month[fresh] - first, minlength=n)

    taken = {kind: np.where(lots.use_kind == kind, lots.use_points, 0.0) for kind in (1, 2, 3)}
    earned = total(np.where(lots.earned, lots.points, 0.0), came)
    adjustment = total(np.where(lots.earned, 0.0, lots.points), came) - total(taken[ADJUSTMENT], went)
    burned, expired = total(taken[BURNED], went), total(taken[EXPIRED], went)
    burning = lots.use_kind == BURNED
    months = first_days(np.arange(first, last + 1))
    return pd.DataFrame(
        {
            "earned": earned,
            "adjustment": adjustment,
            "burned": burned,
            "expired": expired,
            "outstanding": np.maximum(np.cumsum(earned + adjustment - burned - expired), 0.0),
            "customers_earning": who(lots.code[lots.earned], came[lots.earned]),
            "customers_burning": who(lots.code[lots.use_lot[burning]], went[burning]),
        },
        index=pd.DatetimeIndex(months, name="month"),
    )


def _last_days(lapse: Ints) -> NDArray[np.datetime64]:
    """Return days as dates, missing where points do not lapse."""
    dates = to_dates(np.where(lapse == NEVER, 0, lapse))
    dates[lapse == NEVER] = np.datetime64("NaT")
    return dates
