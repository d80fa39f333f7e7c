"""The ledger of points as numbers: who, when, which kind of movement, how many points; checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.clv._rows import _amounts, _codes, _complain, _days, check_columns, to_day
from crmlab.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["KINDS", "KIND_WORDS", "Ledger", "read_ledger"]

#: Kinds of movements, in the order of the codes.
KINDS = ("earned", "burned", "expired", "adjustment")
EARNED, BURNED, EXPIRED, ADJUSTMENT = range(4)

#: Words that are recognised for each kind, in lower case.
KIND_WORDS: dict[str, int] = {
    **dict.fromkeys(("earned", "earn", "accrual", "accrued", "award", "awarded", "credit"), EARNED),
    **dict.fromkeys(
        ("burned", "burn", "burnt", "redeemed", "redeem", "redemption", "used", "spent", "debit"), BURNED
    ),
    **dict.fromkeys(("expired", "expire", "expiry", "expiration", "lapsed", "lapse"), EXPIRED),
    **dict.fromkeys(("adjustment", "adjusted", "adjust", "correction", "opening"), ADJUSTMENT),
}

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Ledger:
    """One entry a movement, sorted by customer and day, credits before debits within a day.

    ``points`` is 0 or more but for adjustments, which keep their sign. ``label`` is the row of the table it came from.
    """

    code: Ints
    day: Ints
    kind: NDArray[np.int8]
    points: Floats
    label: pd.Index
    ids: pd.Index
    end: int
    counts: dict[str, int]


def read_ledger(
    ledger: pd.DataFrame, *, customer: str, date: str, points: str, kind: str, as_of: DateLike | None
) -> Ledger:
    """Check the columns of a ledger and return its movements up to `as_of` as numbers.

    Raises
    ------
    DataError
        Listing all problems of all columns at once, each with its first five rows.

    """
    wanted = {"customer": customer, "date": date, "points": points, "kind": kind}
    check_columns(ledger, wanted.values(), what="ledger", roles=tuple(wanted))
    if ledger.empty:
        raise DataError("There are no movements of points: the ledger has no rows.")
    problems: list[str] = []
    code, ids = _codes(ledger[customer])
    _complain(problems, ledger, code < 0, customer, "has no customer")
    day, bad = _days(ledger[date])
    _complain(problems, ledger, bad, date, "has no date that can be read")
    value, bad = _amounts(ledger[points])
    _complain(problems, ledger, bad, points, "has no number that can be read")
    kinds, unknown = _kinds(ledger[kind])
    _complain(problems, ledger, kinds < 0, kind, f"is no kind of movement{unknown}")
    if not problems:
        value = _signs(problems, ledger, points, kinds, value)
    if problems:
        raise DataError(
            "Some movements of points cannot be read.",
            problems=problems,
            hint=f"Kinds are {', '.join(KINDS)}; points of earned rows are 0 or more, a reversal is an adjustment "
            "below 0; burned and expired points have one sign throughout.",
        )
    end = int(day.max()) if as_of is None else to_day(as_of, name="as_of")
    order = np.argsort(_sort_key(code, day, kinds, value), kind="stable")
    order = order[day[order] <= end]
    if not len(order):
        raise DataError(
            f"No movement of points up to as_of {np.datetime64(end, 'D')}: the first is of "
            f"{np.datetime64(int(day.min()), 'D')}.",
            hint="Set as_of to the last day that the ledger covers.",
        )
    return Ledger(
        code=code[order],
        day=day[order],
        kind=kinds[order],
        points=value[order],
        label=ledger.index[order],
        ids=ids,
        end=end,
        counts={"rows": len(ledger), "rows_after_end": len(ledger) - len(order)},
    )


def _sort_key(code: Ints, day: Ints, kinds: NDArray[np.int8], value: Floats) -> Ints:
    """Return numbers that sort by customer, day, credits first, then burns, adjustments down, and lapses last."""
    first = int(day.min())
    shift = max(int(day.max()) - first, 1).bit_length()
    late = np.array([0, 1, 3, 2], dtype=np.int64)[kinds]
    late[(kinds == ADJUSTMENT) & (value >= 0)] = 0
    return (((code << shift) | (day - first)) << 2) | late


def _kinds(column: pd.Series) -> tuple[NDArray[np.int8], str]:
    """Return the code of each kind, -1 where it is unknown, and what may have been meant."""
    place, words = pd.factorize(column)
    found = [KIND_WORDS.get(str(word).strip().lower(), -1) for word in words]
    meant = [
        f"'{near}'"
        for word, kind in zip(words, found, strict=True)
        if kind < 0 and (near := did_you_mean(str(word).strip().lower(), KIND_WORDS))
    ]
    codes = np.array([*found, -1], dtype=np.int8)[place]
    return codes, f" (did you mean {', '.join(meant[:_SHOWN])}?)" if meant else ""


def _signs(
    problems: list[str], frame: pd.DataFrame, column: str, kinds: NDArray[np.int8], value: Floats
) -> Floats:
    """Return points with the sign of their kind: burned and expired ones may be written below or above 0."""
    _complain(problems, frame, (kinds == EARNED) & (value < 0), column, "is below 0 though earned")
    out = value
    for kind in (BURNED, EXPIRED):
        own = kinds == kind
        below = own & (value < 0)
        if not below.any():
            continue
        above = own & (value > 0)
        if above.any():
            fewer = below if below.sum() <= above.sum() else above
            _complain(problems, frame, fewer, column, f"has another sign than other {KINDS[kind]} rows")
        out = np.where(own, np.abs(value), out)
    return out
