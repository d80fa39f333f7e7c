"""Breakage: the share of earned points that nobody will ever burn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import DataError, ParameterError
from crmlab.programme._months import first_days
from crmlab.programme._triangles import (
    Cells,
    Future,
    Triangles,
    ages_left,
    cells_of,
    future_of,
    resampled,
    triangles,
)
from crmlab.programme.account import PointsAccount, points_account
from crmlab.programme.development import development_factors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Breakage", "breakage"]

Method = Literal["survival", "chain_ladder"]
Tail = Literal["burned", "unburned"]
#: Calendar units that cohorts are shown by, in months.
_COHORTS = {"month": 1, "quarter": 3, "year": 12}
_MIN_DRAWS = 100


@dataclass(frozen=True, eq=False)
class Breakage:
    """The share of points never burned: so far, and in the end.

    Attributes
    ----------
    rate, low, high
        Ultimate breakage of all points earned, as a fraction, and its interval (missing without a generator).
    lapsed_share
        Points lapsed so far over points earned: what is certain already.
    unresolved
        Share of the points earned that outlives the oldest cohort: the data do not say what becomes of them; `rate`
        counts them as `tail` says.
    cohorts
        By time of earning, indexed by its first day: ``earned``, ``burned``, ``expired``, ``removed`` (by adjustments),
        ``outstanding``, ``burned_share``, ``ultimate_burned`` (points), ``breakage`` (ultimate).
    curve
        By age in months: ``points_at_start`` (still there when the month begins), ``burn_rate``, ``lapse_rate`` (of
        those), ``burned_share``, ``lapsed_share``, ``open_share`` (of what was earned, by the end of that month).
    method, tail, confidence, draws
        As asked for.
    customers
        Customers who earned points in the months counted.
    through
        End of the last month that was over by the account's last day; later movements are left out.

    """

    rate: float
    low: float
    high: float
    lapsed_share: float
    unresolved: float
    cohorts: pd.DataFrame
    curve: pd.DataFrame
    method: str
    tail: str
    confidence: float
    draws: int
    customers: int
    through: pd.Timestamp

    def summary(self) -> pd.DataFrame:
        """Return one row: the rate with its interval, what has lapsed, what is unresolved, and the method."""
        return pd.DataFrame(
            {
                "breakage": [self.rate],
                "low": [self.low],
                "high": [self.high],
                "lapsed_share": [self.lapsed_share],
                "unresolved": [self.unresolved],
                "method": [self.method],
                "customers": [self.customers],
            }
        )


@checked_arguments
def breakage(
    ledger: pd.DataFrame | PointsAccount,
    *,
    method: Method = "survival",
    tail: Tail = "burned",
    cohort: Literal["month", "quarter", "year"] = "quarter",
    confidence: float = 0.95,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> Breakage:
    r"""Estimate the share of earned points that will never be burned.

    Parameters
    ----------
    ledger
        An account from :func:`points_account`, or a ledger with its default columns and kinds.
    method
        ``"survival"``: at each age, the share burned of the points still there, over all cohorts that reached it (Aalen–
        Johansen, lapsing as the competing end). ``"chain_ladder"``: each cohort's burned points run to their end by the
        development factors of those before it.
    tail
        What is supposed of points that outlive the oldest cohort, as those do that never lapse: ``"burned"`` (the
        prudent choice: no breakage that was never seen) or ``"unburned"``.
    cohort
        How earning months are put together in ``cohorts``; the estimate itself is by month.
    confidence
        Level of the intervals.
    draws, rng
        Resamples of customers and the generator; without one there is no interval.

    Returns
    -------
    Breakage

    Raises
    ------
    DataError
        No points were earned in a month that was over; fewer than two customers and an interval.
    ParameterError
        Unknown choices; confidence outside (0, 1); fewer than 100 draws.

    Notes
    -----
    Points just earned look like breakage, as nobody had time to burn them: dividing unburned by earned overstates it,
    and lapsed by earned understates it in a young programme. Both methods correct this censoring. With :math:`q_a` the
    share burned and :math:`l_a` the share lapsed at age a of the points there at its beginning,

    .. math:: S_a = \prod_{u \le a}(1 - q_u - l_u), \qquad I_a = \sum_{u \le a} S_{u-1} q_u,
              \qquad \text{breakage} = 1 - I_\infty

    Points left at age a will be burned with probability :math:`(I_\infty - I_a)/S_a`. `rate` puts what has happened and
    what is expected together. Ages are calendar months since the month of earning, and only months that are over count.

    The chain ladder multiplies what a cohort has burned so far; a young cohort of few customers may have burned nothing
    yet, and its breakage is then overstated (with 11 customers a month by about 2 points in simulations). Survival starts
    from what was earned and is the better choice there.

    The points of a customer are no independent draws, so the interval resamples *customers*. It is the uncertainty of
    the estimate under the assumption that habits stay as they were: a new reward, a reminder before points lapse, or
    the end of the programme changes them. With ``expiry="calendar_year"`` points of one age lapse at different times, which
    the pooled rates blur; look at cohorts of a year then. Lots from adjustments are left out.

    References
    ----------
    Aalen, O. O., & Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics, 5(3), 141-150.
    Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder reserve estimates. ASTIN
    Bulletin, 23(2), 213-225. https://doi.org/10.2143/AST.23.2.2005092

    Checked against: statsmodels' ``CumIncidenceRight``, two cohorts by hand, and simulated programmes with known
    breakage, where the interval holds its level.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(who, f"2023-{m:02d}-01", "earned", 100) for who in ("Li", "Wu") for m in range(1, 13)]
    >>> rows += [("Li", f"2023-{m:02d}-15", "burned", 50) for m in range(1, 13)]
    >>> ledger = pd.DataFrame(rows, columns=["customer", "date", "kind", "points"])
    >>> account = points_account(ledger, as_of="2024-06-30", valid_months=6)
    >>> found = breakage(account)
    >>> round(found.rate, 3), found.unresolved
    (0.75, 0.0)

    """
    z = normal_quantile(confidence)
    check_choices(method, tail, cohort, draws, rng)
    account = account_of(ledger)
    cells = cells_or_raise(account)
    everything = triangles(cells)
    future = future_of(everything, tail_burned=tail == "burned")
    ultimate = ultimate_burned(everything, future, cells, method=method, tail=tail)
    rate = _rate(everything, ultimate)
    low = high = math.nan
    if rng is not None and z > 0:
        need_customers(cells)
        found = [
            _rate(
                t,
                ultimate_burned(
                    t, future_of(t, tail_burned=tail == "burned"), cells, method=method, tail=tail
                ),
            )
            for t in resampled(cells, draws, rng)
        ]
        low, high = interval_of(np.concatenate(found), confidence)
    t = everything
    earned = float(t.earned.sum())
    waiting = (t.left[0] * future.unresolved[0, ages_left(cells)]).sum()
    return Breakage(
        rate=float(rate[0]),
        low=low,
        high=high,
        lapsed_share=float(t.expired.sum()) / earned,
        unresolved=float(waiting) / earned,
        cohorts=_cohorts(t, ultimate, cells, _COHORTS[cohort]),
        curve=_curve(future),
        method=method,
        tail=tail,
        confidence=confidence,
        draws=draws if rng is not None else 0,
        customers=cells.customers,
        through=pd.DatetimeIndex(first_days(np.array([cells.first + cells.n])))[0] - pd.Timedelta(days=1),
    )


def account_of(ledger: pd.DataFrame | PointsAccount) -> PointsAccount:
    """Return the account, or the one of a ledger with default columns."""
    return ledger if isinstance(ledger, PointsAccount) else points_account(ledger)


def cells_or_raise(account: PointsAccount) -> Cells:
    """Return the cells; raise if nothing was earned in a month that is over."""
    cells = cells_of(account)
    if not (cells.n and cells.customers and cells.lots[2].sum() > 0):
        raise DataError(
            f"No points were earned in a month that was over by {account.as_of.date()}.",
            hint="Breakage needs points that had time to be burned: wait, or set as_of later.",
        )
    return cells


def need_customers(cells: Cells) -> None:
    """Raise unless there are customers to resample."""
    if cells.customers < 2:
        raise DataError("An interval by resampling needs two customers or more.", hint="Leave rng out.")


def interval_of(values: Floats, confidence: float) -> tuple[float, float]:
    """Return the percentiles of resamples that hold `confidence` between them."""
    low, high = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def ultimate_burned(t: Triangles, future: Future, cells: Cells, *, method: str, tail: str) -> Floats:
    """Return the points of each cohort that will have been burned in the end: (draws, cohorts)."""
    so_far = t.burned.sum(axis=2)
    at = ages_left(cells)
    if method == "survival":
        out: Floats = np.minimum(so_far + t.left * future.burned[:, at], t.earned)
        return out
    cumulative = np.cumsum(t.burned, axis=2)
    factors = development_factors(cumulative, t.seen)
    to_end = np.concatenate(
        [np.cumprod(factors[:, ::-1], axis=1)[:, ::-1], np.ones((len(factors), 1))], axis=1
    )
    out = so_far * to_end[:, at - 1]
    if tail == "burned":
        out = out + t.left * future.unresolved[:, at]
    return cast("Floats", np.minimum(out, so_far + t.left))


def _rate(t: Triangles, ultimate: Floats) -> Floats:
    earned = (t.earned - t.removed.sum(axis=2)).sum(axis=1)
    share = np.divide(ultimate.sum(axis=1), earned, out=np.full(len(earned), np.nan), where=earned > 0)
    out: Floats = np.clip(1.0 - share, 0.0, 1.0)
    return out


def _cohorts(t: Triangles, ultimate: Floats, cells: Cells, months: int) -> pd.DataFrame:
    start = (cells.first + np.arange(cells.n)) // months * months
    table = pd.DataFrame(
        {
            "earned": t.earned[0],
            "burned": t.burned[0].sum(axis=1),
            "expired": t.expired[0].sum(axis=1),
            "removed": t.removed[0].sum(axis=1),
            "outstanding": t.left[0],
            "ultimate_burned": ultimate[0],
        }
    )
    out = table.groupby(start).sum()
    out.index = pd.DatetimeIndex(first_days(out.index.to_numpy()), name="cohort")
    out = out[out["earned"] > 0].copy()
    out.insert(5, "burned_share", out["burned"] / out["earned"])
    kept = out["earned"] - out["removed"]
    out["breakage"] = (1.0 - out["ultimate_burned"] / kept.where(kept > 0)).clip(0.0, 1.0)
    return out


def _curve(future: Future) -> pd.DataFrame:
    survival, incidence = future.survival[0, 1:], future.incidence[0, 1:]
    return pd.DataFrame(
        {
            "points_at_start": future.at_risk[0],
            "burn_rate": future.burn_rate[0],
            "lapse_rate": future.lapse_rate[0],
            "burned_share": incidence,
            "lapsed_share": np.clip(1.0 - incidence - survival, 0.0, 1.0),
            "open_share": survival,
        },
        index=pd.RangeIndex(len(survival), name="age_months"),
    )


def check_choices(method: str, tail: str, cohort: str, draws: int, rng: np.random.Generator | None) -> None:
    """Raise a ParameterError that names all unknown choices."""
    problems = [
        f"{name} is {value!r}; it may be {', '.join(map(repr, known))}"
        for name, value, known in (
            ("method", method, ("survival", "chain_ladder")),
            ("tail", tail, ("burned", "unburned")),
            ("cohort", cohort, tuple(_COHORTS)),
        )
        if value not in known
    ]
    if rng is not None and draws < _MIN_DRAWS:
        problems.append(f"draws is {draws!r}; {_MIN_DRAWS} or more are needed for percentiles")
    if problems:
        raise ParameterError("Breakage cannot be estimated so.", problems=problems)
