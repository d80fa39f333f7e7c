"""First in, first out: which points of which lot were burned, lapsed, or are still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError
from crmlab.programme._ledger import ADJUSTMENT, EARNED, EXPIRED, KINDS, Ledger
from crmlab.programme._months import add_months, month_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["NEVER", "Expiry", "Lots", "check_validity", "lapse_days", "run_fifo"]

Expiry = Literal["rolling", "calendar_year"]

#: Day on which points without a time limit lapse.
NEVER = np.iinfo(np.int64).max

#: Differences below this share of a customer's points are rounding.
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Lots:
    """Lots of points and what became of them.

    ``code``, ``day``, ``points``, ``earned`` (False: an adjustment), ``lapse`` describe the lots; ``use_lot``,
    ``use_day``, ``use_kind`` (code of :data:`KINDS`), ``use_points`` each part of a lot that was taken away.
    """

    code: Ints
    day: Ints
    points: Floats
    earned: Bools
    lapse: Ints
    use_lot: Ints
    use_day: Ints
    use_kind: NDArray[np.int8]
    use_points: Floats
    left: Floats

    def taken(self, kind: int) -> Floats:
        """Return the points taken from each lot by movements of a kind."""
        own = self.use_kind == kind
        return np.bincount(self.use_lot[own], weights=self.use_points[own], minlength=len(self.code)).astype(
            np.float64
        )


#: months after which points lapse, at the most: 100 years
_MOST_MONTHS = 1_200


def check_validity(valid_months: int | None, expiry: str) -> None:
    """Raise a ParameterError unless points can lapse by this rule."""
    problems = []
    if expiry not in ("rolling", "calendar_year"):
        problems.append(f"expiry is {expiry!r}; it may be 'rolling' or 'calendar_year'")
    if valid_months is not None and not (
        1 <= valid_months <= _MOST_MONTHS and valid_months == int(valid_months)
    ):
        problems.append(
            f"valid_months is {valid_months!r}; it must be a whole number from 1 to {_MOST_MONTHS:,}, or None"
        )
    elif valid_months is not None and expiry == "calendar_year" and valid_months % 12:
        problems.append(
            f"valid_months is {valid_months}; with expiry='calendar_year' it must be 12, 24, 36, …"
        )
    if problems:
        raise ParameterError("Points cannot lapse by this rule.", problems=problems)


def lapse_days(day: Ints, valid_months: int | None, expiry: Expiry) -> Ints:
    """Return the last day on which points earned on `day` can be used."""
    if valid_months is None:
        return np.full(len(day), NEVER)
    if expiry == "rolling":
        return add_months(day, valid_months)
    year = month_of(day) // 12
    ends: Ints = ((year + valid_months // 12) * 12).astype("datetime64[M]").astype("datetime64[D]").astype(
        np.int64
    ) - 1
    return ends


def run_fifo(ledger: Ledger, *, valid_months: int | None, expiry: Expiry, by_rule: bool) -> Lots:
    r"""Let each debit take the oldest points first and, if they lapse by the rule, let points lapse after their day.

    With :math:`B_k` the points debited up to event k and :math:`F_k` the points of all lots whose day is over, what has
    left the account is :math:`D_k = \max(D_{k-1} + b_k, F_k) = B_k + \max_{j \le k}(F_j - B_j)^+`: a running
    maximum, so that no loop over customers is needed.

    Raises
    ------
    DataError
        An account would fall below 0, with the first five.

    """
    credit = (ledger.kind == EARNED) | ((ledger.kind == ADJUSTMENT) & (ledger.points >= 0))
    code, day, points = ledger.code[credit], ledger.day[credit], ledger.points[credit]
    n = len(ledger.ids)
    through = _running_sum(points, code)
    total = np.bincount(code, weights=points, minlength=n).astype(np.float64)
    lapse = lapse_days(day, valid_months, expiry)
    debit = np.flatnonzero(~credit)
    lapsing = np.flatnonzero(lapse <= ledger.end) if by_rule else np.zeros(0, dtype=np.int64)
    # Events: debits of the ledger, and lots that lapse. On one day, lapses come last: the day itself still counts.
    event_code = np.concatenate([ledger.code[debit], code[lapsing]])
    event_day = np.concatenate([ledger.day[debit], lapse[lapsing]])
    event_points = np.concatenate([np.abs(ledger.points[debit]), np.zeros(len(lapsing))])
    event_floor = np.concatenate([np.full(len(debit), -np.inf), through[lapsing]])
    event_kind = np.concatenate([ledger.kind[debit], np.full(len(lapsing), EXPIRED, dtype=np.int8)])
    row = np.concatenate([debit, np.full(len(lapsing), -1)])
    if len(lapsing):
        order = np.lexsort((row < 0, event_day, event_code))
        event_code, event_day, event_points = event_code[order], event_day[order], event_points[order]
        event_floor, event_kind, row = event_floor[order], event_kind[order], row[order]
    gone = _gone(event_code, event_points, event_floor)
    _check_balance(ledger, (event_code, event_day, gone, row), (code, day, through), valid_months)
    return _overlay(
        (code, day, points, ledger.kind[credit] == EARNED, lapse),
        (event_code, event_day, event_kind, gone),
        through,
        total,
    )


def _running_sum(points: Floats, code: Ints) -> Floats:
    """Return the running sum within each customer, by compensated summation."""
    running: Floats = (
        pd.Series(points).groupby(code, sort=False).cumsum().to_numpy().astype(np.float64, copy=False)
    )
    return running


def _gone(code: Ints, points: Floats, floor: Floats) -> Floats:
    """Return the points that have left each account after each event."""
    if not len(code):
        return np.zeros(0)
    debited = _running_sum(points, code)
    if np.isneginf(floor).all():
        return debited
    ahead = pd.Series(floor - debited).groupby(code, sort=False).cummax().to_numpy()
    out: Floats = debited + np.maximum(ahead, 0.0)
    return out


def _check_balance(
    ledger: Ledger,
    events: tuple[Ints, Ints, Floats, Ints],
    lots: tuple[Ints, Ints, Floats],
    valid_months: int | None,
) -> None:
    """Raise if an event takes more than there is: what was credited up to its day, less what had left before."""
    code, day, gone, row = events
    if not len(code):
        return
    lot_code, lot_day, through = lots
    first = int(min(day.min(), ledger.day.min()))
    shift = max(int(max(day.max(), ledger.end)) - first, 1).bit_length()
    at = np.searchsorted(
        (lot_code << shift) | (lot_day - first), (code << shift) | (day - first), side="right"
    )
    mine = (at > 0) & (lot_code[np.maximum(at - 1, 0)] == code) if len(lot_code) else np.zeros(len(at), bool)
    there = np.where(mine, through[np.maximum(at - 1, 0)] if len(through) else 0.0, 0.0)
    short = gone - there
    bad = np.flatnonzero((short > _TINY * np.maximum(1.0, gone)) & (row >= 0))
    if not len(bad):
        return
    who, place = np.unique(code[bad], return_index=True)
    told = [
        f"customer '{ledger.ids[code[i]]}', row {ledger.label[row[i]]} ({np.datetime64(int(day[i]), 'D')}): "
        f"{abs(ledger.points[row[i]]):g} {KINDS[ledger.kind[row[i]]]}, {short[i]:g} more than there were"
        for i in bad[place[:5]]
    ]
    if len(who) > len(told):
        told.append(f"and {len(who) - len(told)} more")
    raise DataError(
        f"{len(who)} account(s) fall below 0: more points leave than were there.",
        problems=told,
        hint="If the ledger begins in the middle, put each customer's opening balance in as an 'adjustment' on the day "
        "before."
        + ("" if valid_months is None else f" Or points are valid for longer than {valid_months} months."),
    )


def _overlay(
    lots: tuple[Ints, Ints, Floats, Bools, Ints],
    events: tuple[Ints, Ints, NDArray[np.int8], Floats],
    through: Floats,
    total: Floats,
) -> Lots:
    """Lay the points that left along the points that came, and cut both where either has an end."""
    code, day, points, earned, lapse = lots
    event_code, event_day, event_kind, gone = events
    before = np.zeros(len(gone))
    same = event_code[1:] == event_code[:-1]
    before[1:][same] = gone[:-1][same]
    moved = gone - before
    keep = moved > 0
    event_code, event_day, event_kind = event_code[keep], event_day[keep], event_kind[keep]
    start, end = before[keep], gone[keep]
    if not len(start):
        none = np.zeros(0, dtype=np.int64)
        return Lots(
            code, day, points, earned, lapse, none, none, none.astype(np.int8), np.zeros(0), points.copy()
        )
    # Each event reaches over the lots from the one that its start lies in to the one that its end lies in.
    # Places are looked up by customer and share of the customer's points: no large account blurs a small one.
    half = 0.5 / np.where(total > 0, total, 1.0)
    place = code + through * half[code]
    low = np.searchsorted(place, event_code + start * half[event_code], side="right")
    high = np.maximum(np.searchsorted(place, event_code + end * half[event_code], side="left"), low)
    low, high = np.minimum(low, len(place) - 1), np.minimum(high, len(place) - 1)
    pieces = high - low + 1
    which = np.repeat(np.arange(len(start)), pieces)
    lot = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    part = np.minimum(end[which], through[lot]) - np.maximum(start[which], (through - points)[lot])
    real = (part > 0) & (code[lot] == event_code[which])
    lot, which, part = lot[real], which[real], part[real]
    left = points - np.bincount(lot, weights=part, minlength=len(points))
    left[np.abs(left) <= _TINY * np.maximum(1.0, total[code])] = 0.0
    return Lots(
        code=code,
        day=day,
        points=points,
        earned=earned,
        lapse=lapse,
        use_lot=lot,
        use_day=event_day[which],
        use_kind=event_kind[which],
        use_points=part,
        left=np.maximum(left, 0.0),
    )
