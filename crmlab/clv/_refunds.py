"""Refunds: negative amounts, netted against the purchases they undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._rows import Rows
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from crmlab.clv._rows import Bools, Floats, Ints

__all__ = ["check_rule", "no_refunds", "refused", "settle_refunds"]

#: A purchase day counts as refunded in full when less than this share of it is left: cents, not rounding.
_LEFT = 1e-9
_RULES = ("net", "drop", "error")


def settle_refunds(rows: Rows, rule: str, counts: dict[str, float]) -> Rows:
    """Return rows without negative amounts, and write into `counts` what was done.

    ``net`` takes each refund off the customer's purchases of the same day or, failing that, of the latest earlier
    day; what exceeds that day goes on to the purchase day before. A day refunded in full is no purchase any more.
    """
    check_rule(rule)
    counts |= no_refunds()
    if rows.amount is None:
        return rows
    negative = rows.amount < 0
    n_negative = rows.count(negative)
    counts["refund_rows"] = n_negative
    if not n_negative:
        return rows
    if rule == "error":
        at = np.flatnonzero(negative)[:5]
        raise refused(n_negative, [f"{rows.ids[rows.code[i]]!r}: {rows.amount[i]:g}" for i in at])
    if rule == "drop":
        counts["refunds_dropped"] = n_negative
        return rows.take(~negative)
    return _net(rows, negative, counts)


def check_rule(rule: str) -> None:
    """Raise a ParameterError for an unknown rule."""
    if rule not in _RULES:
        raise ParameterError(f"refunds is {rule!r}; it may be {', '.join(repr(r) for r in _RULES)}.")


def no_refunds() -> dict[str, float]:
    """Return the counts of transactions without refunds."""
    return dict.fromkeys(
        (
            "refund_rows",
            "refunds_netted",
            "refunds_unmatched",
            "refunds_dropped",
            "refund_value_netted",
            "refund_value_unmatched",
            "purchase_days_refunded_in_full",
        ),
        0,
    )


def refused(count: int, shown: list[str]) -> DataError:
    """Return the error of refunds where none may be."""
    return DataError(
        f"{count} amount(s) are negative: {'; '.join(shown)}{'; …' if count > len(shown) else ''}",
        hint="Say what they are: refunds='net' takes them off the purchases they undo, refunds='drop' leaves them out.",
    )


def _net(rows: Rows, negative: Bools, counts: dict[str, float]) -> Rows:
    amount = rows.amount
    assert amount is not None
    first, last = int(rows.day.min()), int(rows.day.max())
    shift = max(last - first, 1).bit_length()
    affected = np.zeros(len(rows.ids), dtype=bool)
    affected[rows.code[negative]] = True
    paid = affected[rows.code] & (amount > 0)

    def keys(mask: Bools) -> Ints:
        return (rows.code[mask] << shift) | (rows.day[mask] - first)

    days, inverse = np.unique(keys(paid), return_inverse=True)
    value = np.bincount(inverse, weights=amount[paid], minlength=len(days)).astype(np.float64, copy=False)
    owner = days >> shift

    # The same day's purchase, or else the latest earlier one of the same customer.
    at = np.searchsorted(days, keys(negative), side="right") - 1
    matched = at >= 0
    matched[matched] = owner[at[matched]] == rows.code[negative][matched]
    back = -amount[negative]
    taken = np.bincount(at[matched], weights=back[matched], minlength=len(days)).astype(
        np.float64, copy=False
    )
    lost = _carry_back(taken, value, owner)

    undone = (taken > 0) & (value - taken <= _LEFT * value)
    back_rows = rows.take(negative)
    counts["refunds_netted"] = back_rows.count(matched)
    counts["refunds_unmatched"] = back_rows.count(~matched)
    counts["refund_value_netted"] = float(back[matched].sum() - lost)
    counts["refund_value_unmatched"] = float(back[~matched].sum() + lost)
    counts["purchase_days_refunded_in_full"] = int(undone.sum())

    keep = ~(paid | negative)
    left = days[~undone]
    return Rows(
        np.concatenate([rows.code[keep], left >> shift]),
        np.concatenate([rows.day[keep], (left & ((1 << shift) - 1)) + first]),
        np.concatenate([amount[keep], (value - taken)[~undone]]),
        rows.ids,
        None if rows.lines is None else np.concatenate([rows.lines[keep], np.ones(len(left), np.int64)]),
    )


def _carry_back(taken: Floats, value: Floats, owner: Ints) -> float:
    """Move what exceeds a day's value to the purchase day before, in place; return what found no purchase."""
    lost = 0.0
    over = np.flatnonzero(taken > value * (1 + _LEFT))
    while len(over):
        excess = taken[over] - value[over]
        taken[over] = value[over]
        has_earlier = over > 0
        has_earlier[has_earlier] = owner[over[has_earlier] - 1] == owner[over[has_earlier]]
        lost += float(excess[~has_earlier].sum())
        earlier = over[has_earlier] - 1
        np.add.at(taken, earlier, excess[has_earlier])
        over = np.unique(earlier[taken[earlier] > value[earlier] * (1 + _LEFT)])
    return lost
