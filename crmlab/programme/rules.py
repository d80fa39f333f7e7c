"""The rules of a programme, and the points they give for purchases."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._rows import read_rows, to_dates
from crmlab.errors import ParameterError
from crmlab.programme._fifo import Expiry, check_validity
from crmlab.programme._months import add_months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["ProgrammeRules", "Tier", "award_points"]


@checked_arguments
@dataclass(frozen=True)
class Tier:
    """A tier of a programme.

    Attributes
    ----------
    name
        What it is called.
    threshold
        Qualifying spend from which on (inclusive) a customer is in it; 0 or more.
    multiplier
        Points are multiplied by this; above 0.

    """

    name: str
    threshold: float
    multiplier: float = 1.0


@checked_arguments
@dataclass(frozen=True, kw_only=True)
class ProgrammeRules:
    """Rules of a loyalty programme.

    Attributes
    ----------
    points_per_unit
        Points for each unit of money spent.
    value_per_point
        What a point is worth to the customer when burned, in money.
    valid_months
        Months after which points lapse, or None.
    expiry
        ``"rolling"`` or ``"calendar_year"``, as in :func:`points_account`.
    tiers
        From the lowest; the first one's threshold is usually 0. Customers below it are in none and earn simple points.
    qualifying_months
        Spend of so many months up to the day counts towards the tier.

    Raises
    ------
    ParameterError
        All rules that make no sense, at once.

    Examples
    --------
    >>> rules = ProgrammeRules(points_per_unit=1, value_per_point=0.01, valid_months=24,
    ...                        tiers=(Tier("member", 0), Tier("gold", 5000, 1.5)))
    >>> rules.tiers[1].multiplier
    1.5

    """

    points_per_unit: float
    value_per_point: float
    valid_months: int | None = None
    expiry: Expiry = "rolling"
    tiers: tuple[Tier, ...] = ()
    qualifying_months: int = 12

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value!r}; it must be finite and above 0"
            for name, value in (
                ("points_per_unit", self.points_per_unit),
                ("value_per_point", self.value_per_point),
            )
            if not (math.isfinite(value) and value > 0)
        ]
        if not (self.qualifying_months >= 1 and self.qualifying_months == int(self.qualifying_months)):
            problems.append(
                f"qualifying_months is {self.qualifying_months!r}; it must be a whole number from 1 on"
            )
        try:
            check_validity(self.valid_months, self.expiry)
        except ParameterError as error:
            problems += error.problems
        problems += tier_problems(self.tiers)
        if problems:
            raise ParameterError("The rules of the programme make no sense.", problems=problems)
        object.__setattr__(self, "tiers", tuple(self.tiers))


def tier_problems(tiers: Sequence[Tier]) -> list[str]:
    """Return what is wrong with tiers: thresholds that do not rise, names twice, multipliers of 0 or less."""
    problems = []
    for tier in tiers:
        if not (math.isfinite(tier.threshold) and tier.threshold >= 0):
            problems.append(
                f"the threshold of tier {tier.name!r} is {tier.threshold!r}; it must be 0 or more"
            )
        if not (math.isfinite(tier.multiplier) and tier.multiplier > 0):
            problems.append(
                f"the multiplier of tier {tier.name!r} is {tier.multiplier!r}; it must be above 0"
            )
    for low, high in itertools.pairwise(tiers):
        if high.threshold <= low.threshold:
            problems.append(
                f"the threshold of tier {high.name!r} ({high.threshold:g}) must lie above that of {low.name!r} "
                f"({low.threshold:g}): tiers go from the lowest to the highest"
            )
    if len({tier.name for tier in tiers}) < len(tiers):
        problems.append("two tiers have the same name")
    return problems


@checked_arguments
def award_points(
    transactions: pd.DataFrame,
    rules: ProgrammeRules,
    *,
    customer: str = "customer",
    date: str = "date",
    amount: str = "amount",
    fractions: Literal["drop", "keep"] = "drop",
) -> pd.DataFrame:
    r"""Return the ledger that the rules make of purchases: a row of points for each.

    Parameters
    ----------
    transactions
        One row a transaction, in any order; amounts below 0 are refunds.
    rules
        The programme's rules.
    customer, date, amount
        Names of the columns.
    fractions
        ``"drop"``: each purchase gives whole points, as most programmes do. ``"keep"``: all digits.

    Returns
    -------
    pandas.DataFrame
        In the order of the rows given, for :func:`points_account`: ``customer``, ``date``, ``kind`` (``earned``, or
        ``adjustment`` for refunds), ``points`` (below 0 for refunds), ``tier`` (on that day; missing for none).

    Raises
    ------
    DataError
        Missing columns; customers, dates or amounts that cannot be read.
    ParameterError
        An unknown value of `fractions`.

    Notes
    -----
    A purchase of amount :math:`m` on day d gives :math:`\lfloor m\,p\,\mu \rfloor` points, with p points a unit of money and
    μ the multiplier of the tier that the customer's spend in the `qualifying_months` *before* d has reached. The
    purchases of the day itself do not count yet, so that the order within a day is without meaning; refunds do, from
    their day on. A refund takes back points at the multiplier of its own day, rounded towards 0, which may be more than
    the purchase gave if the customer rose in between.

    Programmes that qualify by calendar year, keep a tier for some time once it is reached, or exclude articles, do
    other things: give :func:`points_account` their own ledger.

    Checked against: a loop over customers and days.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": ["Li", "Li", "Li"], "date": ["2024-01-05", "2024-03-01", "2024-03-02"],
    ...                       "amount": [600.0, 99.9, -99.9]})
    >>> rules = ProgrammeRules(points_per_unit=1, value_per_point=0.01, tiers=(Tier("gold", 500, 2),))
    >>> award_points(sales, rules)[["kind", "points", "tier"]]
             kind  points  tier
    0      earned   600.0   NaN
    1      earned   199.0  gold
    2  adjustment  -199.0  gold

    """
    if fractions not in ("drop", "keep"):
        raise ParameterError(f"fractions is {fractions!r}; it may be 'drop' or 'keep'.")
    rows = read_rows(transactions, customer=customer, date=date, amount=amount)
    amounts = np.zeros(0) if rows.amount is None else rows.amount
    place = np.full(len(rows.day), -1)
    if rules.tiers:
        spent = _spent_before(rows.code, rows.day, amounts, rules.qualifying_months)
        thresholds = [tier.threshold for tier in rules.tiers]
        place = np.searchsorted(np.array(thresholds) * (1 - 1e-12), spent, side="right") - 1
    multiplier = np.array([*(tier.multiplier for tier in rules.tiers), 1.0])[place]
    points = amounts * rules.points_per_unit * multiplier
    if fractions == "drop":
        # 19.99 × 100 is 1998.9999…: what lies within rounding of a whole point is that point
        points = np.trunc(points + np.sign(points) * 1e-9 * np.maximum(1.0, np.abs(points)))
    names = pd.Index([tier.name for tier in rules.tiers], dtype=object)
    return pd.DataFrame(
        {
            customer: rows.ids.take(rows.code),
            date: to_dates(rows.day),
            "kind": np.where(amounts < 0, "adjustment", "earned"),
            "points": points + 0.0,
            "tier": pd.Categorical.from_codes(place, categories=names, ordered=True),
        },
        index=transactions.index,
    )


def _spent_before(code: Ints, day: Ints, amount: Floats, months: int) -> Floats:
    """Return what each customer spent in so many months before the day of each row, that day left out."""
    first = int(add_months(np.array([day.min()]), -months)[0])
    shift = max(int(day.max()) - first, 1).bit_length()
    key = (code << shift) | (day - first)
    order = np.argsort(key, kind="stable")
    running = pd.Series(amount[order]).groupby(code[order], sort=False).cumsum().to_numpy()
    n = np.bincount(code)
    begins = (np.cumsum(n) - n)[code]
    ordered = key[order]

    def upto(at: Ints) -> Floats:
        place = np.searchsorted(ordered, at, side="left")
        return np.where(place > begins, running[np.maximum(place - 1, 0)], 0.0)

    since = add_months(day, -months)
    spent: Floats = upto(key) - upto((code << shift) | (since - first))
    return spent
