"""What points are worth in the books: the liability of those outstanding, and the revenue put off for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import ParameterError
from crmlab.programme._months import first_days, month_of
from crmlab.programme._triangles import Cells, Future, Triangles, future_of, resampled, triangles
from crmlab.programme.ultimate import (
    Method,
    Tail,
    account_of,
    cells_or_raise,
    check_choices,
    interval_of,
    need_customers,
    ultimate_burned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.programme.account import PointsAccount

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["DeferredRevenue", "PointsLiability", "deferred_revenue", "points_liability"]


@dataclass(frozen=True, eq=False)
class PointsLiability:
    """The liability of outstanding points.

    Attributes
    ----------
    liability, low, high
        Outstanding points × value × (1 − breakage of the outstanding), in money; interval missing without a generator.
    outstanding
        Points outstanding on the account's last day.
    face_value
        Their value if all were burned.
    breakage, breakage_low, breakage_high
        Share of the outstanding points that will not be burned, and its interval.
    value_per_point
        In money.
    cohorts
        By month of earning: ``outstanding``, ``breakage`` (of these), ``liability``.
    method, tail, confidence, draws
        As asked for.

    """

    liability: float
    low: float
    high: float
    outstanding: float
    face_value: float
    breakage: float
    breakage_low: float
    breakage_high: float
    value_per_point: float
    cohorts: pd.DataFrame
    method: str
    tail: str
    confidence: float
    draws: int

    def summary(self) -> pd.DataFrame:
        """Return one row: points, face value, breakage and liability with intervals."""
        names = (
            "outstanding",
            "face_value",
            "breakage",
            "breakage_low",
            "breakage_high",
            "liability",
            "low",
            "high",
        )
        return pd.DataFrame({name: [getattr(self, name)] for name in names})


@checked_arguments
def points_liability(
    ledger: pd.DataFrame | PointsAccount,
    *,
    value_per_point: float,
    method: Method = "survival",
    tail: Tail = "burned",
    confidence: float = 0.95,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> PointsLiability:
    r"""Return what outstanding points will cost: their value, less those that will never be burned.

    Parameters
    ----------
    ledger
        An account from :func:`points_account`, or a ledger with its default columns and kinds.
    value_per_point
        What a burned point costs or is sold for, in money, above 0.
    method, tail, confidence, draws, rng
        As in :func:`breakage`; breakage of a lot depends on its age.

    Returns
    -------
    PointsLiability

    Raises
    ------
    DataError, ParameterError
        As in :func:`breakage`; a value of 0 or less.

    Notes
    -----
    With :math:`P_a` outstanding at age a, value v and :math:`\pi_a = (I_\infty - I_a)/S_a` the probability that a point
    of that age will still be burned,

    .. math:: L = v \sum_a P_a \pi_a

    Points that have survived long without being burned are less likely to be burned than fresh ones, so the breakage of
    the *outstanding* is not that of the *earned*: multiplying all by one rate misstates the liability. The points
    themselves are known and are not resampled; the interval is that of the probabilities.

    Not discounted, and not what IFRS 15 puts off, which is a share of the price paid: :func:`deferred_revenue`. A
    change of habits is outside the interval. Ask the auditor before it enters the books.

    References
    ----------
    International Accounting Standards Board (2014). IFRS 15 Revenue from Contracts with Customers, B39-B47.

    Checked against: sums by hand, and the burns that followed in simulated programmes.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.programme import points_account
    >>> rows = [(who, f"2023-{m:02d}-01", "earned", 100) for who in ("Li", "Wu") for m in range(1, 13)]
    >>> rows += [("Li", f"2023-{m:02d}-15", "burned", 100) for m in range(1, 13)]
    >>> ledger = pd.DataFrame(rows, columns=["customer", "date", "kind", "points"])
    >>> account = points_account(ledger, as_of="2023-12-31", valid_months=6)
    >>> found = points_liability(account, value_per_point=0.01)
    >>> found.outstanding, found.breakage, found.liability
    (600.0, 1.0, 0.0)

    """
    normal_quantile(confidence)
    check_choices(method, tail, "month", draws, rng)
    if not (math.isfinite(value_per_point) and value_per_point > 0):
        raise ParameterError(f"value_per_point is {value_per_point!r}; it must be finite and above 0.")
    account = account_of(ledger)
    cells = cells_or_raise(account)
    lots = account._lots  # noqa: SLF001 - the same package
    month = month_of(lots.day)
    start = int(month.min())
    held = np.bincount(month - start, weights=lots.left).astype(np.float64)
    months = start + np.arange(len(held))

    def burned_later(t: Triangles) -> Floats:
        future = future_of(t, tail_burned=tail == "burned")
        return _chance(t, future, cells, months, method=method, tail=tail)

    chance = burned_later(triangles(cells))[0]
    points = float(held.sum())
    burned = float(held @ chance)
    ends = (math.nan, math.nan)
    if rng is not None:
        need_customers(cells)
        found = np.concatenate([burned_later(t) @ held for t in resampled(cells, draws, rng)])
        ends = interval_of(found, confidence)
    cohorts = pd.DataFrame(
        {"outstanding": held, "breakage": 1.0 - chance, "liability": held * chance * value_per_point},
        index=pd.DatetimeIndex(first_days(months), name="cohort"),
    )
    return PointsLiability(
        liability=burned * value_per_point,
        low=ends[0] * value_per_point,
        high=ends[1] * value_per_point,
        outstanding=points,
        face_value=points * value_per_point,
        breakage=_not_burned(burned, points),
        breakage_low=_not_burned(ends[1], points),
        breakage_high=_not_burned(ends[0], points),
        value_per_point=value_per_point,
        cohorts=cohorts[cohorts["outstanding"] > 0],
        method=method,
        tail=tail,
        confidence=confidence,
        draws=draws if rng is not None else 0,
    )


def _not_burned(burned: float, points: float) -> float:
    return 1.0 - burned / points if points > 0 else math.nan


def _chance(t: Triangles, future: Future, cells: Cells, months: Ints, *, method: str, tail: str) -> Floats:
    """Return the probability that points of each month of earning will still be burned: (draws, months)."""
    # Months after the last one that is over have no age yet; those before the first cohort (opening balances) are older
    # than any.
    column = np.clip(cells.first + cells.n - months, 0, cells.n)
    chance = future.burned[:, column]
    if method == "chain_ladder":
        more = ultimate_burned(t, future, cells, method=method, tail=tail) - t.burned.sum(axis=2)
        of_cohort = np.divide(more, t.left, out=np.zeros_like(more), where=t.left > 0)
        own = np.isin(months, cells.first + np.arange(cells.n))
        chance = chance.copy()
        chance[:, own] = np.clip(of_cohort, 0.0, 1.0)[:, months[own] - cells.first]
    return chance


@dataclass(frozen=True)
class DeferredRevenue:
    """A price shared out between goods and points.

    Attributes
    ----------
    goods, points
        The shares of the price, in money; `points` is put off until they are burned.
    standalone_goods, standalone_points
        What each would sell for by itself.
    expected_burned
        Points expected to be burned when the price was shared out.

    """

    goods: float
    points: float
    standalone_goods: float
    standalone_points: float
    expected_burned: float

    @checked_arguments
    def recognised(self, burned: float, *, expected_burned: float | None = None) -> float:
        """Return the revenue for points recognised so far: `points` × burned so far ÷ expected in all.

        Parameters
        ----------
        burned
            Points burned so far, 0 or more.
        expected_burned
            Points now expected to be burned in all, if the expectation has changed; the share of the price does not.

        """
        expected = self.expected_burned if expected_burned is None else expected_burned
        if not (burned >= 0 and expected > 0 and burned <= expected):
            raise ParameterError(
                f"{burned!r} points are burned of {expected!r} expected; what is burned must lie between 0 and that.",
                hint="If more were burned than expected, the expectation must rise.",
            )
        return self.points * burned / expected

    def summary(self) -> pd.DataFrame:
        """Return two rows, goods and points: stand-alone price, share of it, allocated price."""
        alone = np.array([self.standalone_goods, self.standalone_points])
        return pd.DataFrame(
            {"standalone": alone, "share": alone / alone.sum(), "allocated": [self.goods, self.points]},
            index=pd.Index(["goods", "points"], name="obligation"),
        )


@checked_arguments
def deferred_revenue(
    price: float,
    *,
    points: float,
    value_per_point: float,
    breakage: float,
    standalone_price: float | None = None,
) -> DeferredRevenue:
    r"""Share the price of a sale out between goods and points, by relative stand-alone prices as IFRS 15 asks.

    Parameters
    ----------
    price
        What was paid, in money, above 0.
    points
        Points given for it, 0 or more.
    value_per_point
        What a burned point saves the customer, in money.
    breakage
        Expected share of these points never burned, from 0 to 1 (1 excluded).
    standalone_price
        What the goods would sell for without points; default: the price.

    Returns
    -------
    DeferredRevenue

    Raises
    ------
    ParameterError
        Numbers out of range, all at once.

    Notes
    -----
    With the goods' stand-alone price g and :math:`s = n\,v\,(1 - \text{breakage})` that of the points,

    .. math:: \text{goods} = p\,\frac{g}{g+s}, \qquad \text{points} = p\,\frac{s}{g+s}

    The standard counts points as an obligation only if they are a material right; it leaves estimating breakage to the
    company, and wants it to be looked at again each period. It is no advice on what an auditor will accept.

    References
    ----------
    International Accounting Standards Board (2014). IFRS 15 Revenue from Contracts with Customers, Illustrative
    Examples, Example 52 (IE267-IE270).

    Checked against: Example 52: 91,324 and 8,676, then 4,110 and 3,493 recognised.

    Examples
    --------
    >>> found = deferred_revenue(100_000, points=10_000, value_per_point=1, breakage=0.05)
    >>> round(found.goods), round(found.points)
    (91324, 8676)
    >>> first = found.recognised(4500)
    >>> round(first), round(found.recognised(8500, expected_burned=9700) - first)
    (4110, 3493)

    """
    goods = price if standalone_price is None else standalone_price
    problems = [
        f"{name} is {value!r}; it must {what}"
        for name, value, fine, what in (
            ("price", price, price > 0, "be above 0"),
            ("points", points, points >= 0, "be 0 or more"),
            ("value_per_point", value_per_point, value_per_point > 0, "be above 0"),
            ("breakage", breakage, 0 <= breakage < 1, "lie between 0 and 1"),
            ("standalone_price", goods, goods > 0, "be above 0"),
        )
        if not (fine and math.isfinite(value))
    ]
    if problems:
        raise ParameterError("The price cannot be shared out.", problems=problems)
    expected = points * (1.0 - breakage)
    alone = expected * value_per_point
    return DeferredRevenue(
        goods=price * goods / (goods + alone),
        points=price * alone / (goods + alone),
        standalone_goods=goods,
        standalone_points=alone,
        expected_burned=expected,
    )
