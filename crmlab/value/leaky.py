"""The leaky bucket: customers won and lost, period by period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array
from crmlab.errors import ParameterError
from crmlab.value._checks import at_least_0, share, whole

__all__ = ["LeakyBucket", "leaky_bucket"]


@dataclass(frozen=True, eq=False)
class LeakyBucket:
    """Customers over time, with some won and some lost in each period.

    Attributes
    ----------
    table
        One row a period, 0 being the start: ``period``, ``lost``, ``acquired``, ``customers`` (at its end).
    steady_state
        Number at which losses equal acquisition; infinite without churn, missing if acquisition changes.
    needed_to_hold
        Customers to win in each period to keep the number of the start.
    half_way
        Periods until half of the distance to the steady state is gone; infinite without churn, 0 if all leave at once.
    expected_periods
        Mean number of periods from joining to leaving, 1/churn.

    """

    table: pd.DataFrame
    steady_state: float
    needed_to_hold: float
    half_way: float
    expected_periods: float

    def summary(self) -> pd.DataFrame:
        """Return the table by period."""
        return self.table.copy()


@checked_arguments
def leaky_bucket(
    customers: float, *, acquired: float | Sequence[float], churn: float, periods: int | None = None
) -> LeakyBucket:
    r"""Follow the number of customers while new ones are won and others leave.

    Parameters
    ----------
    customers
        Number at the start, 0 or more.
    acquired
        Number won in each period, or one number a period.
    churn
        Share of those there at the start of a period who leave in it, in [0, 1].
    periods
        Periods to follow; may be left out if `acquired` has one number a period.

    Returns
    -------
    LeakyBucket

    Raises
    ------
    ParameterError
        Numbers below 0 or not finite; churn outside [0, 1]; periods missing, or unequal to the numbers of `acquired`.

    Notes
    -----
    .. math:: N_t = (1-c)\,N_{t-1} + a, \qquad N_t = \frac{a}{c} + \Big(N_0 - \frac{a}{c}\Big)(1-c)^t
              \;\to\; \frac{a}{c}

    Who is won in a period can leave from the next one on. Half of the distance is gone after
    :math:`\ln\frac12 / \ln(1-c)` periods, wherever one starts.

    All customers leave at the same rate here, young and old. Real cohorts leave fast at first and slowly later, so the
    bucket then leaks more the more new customers it holds; use :mod:`crmlab.cohorts` to see by how much.

    References
    ----------
    Reichheld, F. F. (1996). The Loyalty Effect, chapter 2. Harvard Business School Press.

    Checked against: the recursion run period by period, and a simulation of single customers.

    Examples
    --------
    >>> bucket = leaky_bucket(1000, acquired=100, churn=0.2, periods=3)
    >>> bucket.table["customers"].round(6).tolist()
    [1000.0, 900.0, 820.0, 756.0]
    >>> bucket.steady_state, bucket.needed_to_hold
    (500.0, 200.0)

    """
    won = np.atleast_1d(float_array(acquired))
    constant = np.ndim(acquired) == 0
    share(churn, "churn")
    if won.ndim != 1 or not np.isfinite(won).all() or (won < 0).any():
        raise ParameterError(
            f"acquired is {acquired!r}; it must be finite, 0 or more, one number or one a period."
        )
    at_least_0(customers=customers)
    if periods is None:
        if constant:
            raise ParameterError("periods is missing; say how many to follow.", hint="Write periods=24.")
        periods = len(won)
    whole("periods", periods)
    periods = int(periods)
    if not constant and len(won) != periods:
        raise ParameterError(f"acquired has {len(won)} numbers for {periods} periods; give one a period.")
    stay = 1.0 - churn
    steady = math.nan if not constant else _over(float(won[0]), churn)
    if constant and churn == 0 and won[0] == 0:
        steady = float(customers)
    number = np.empty(periods + 1)
    number[0] = customers
    if constant and 0 < churn < 1:
        # expm1 keeps the digits where hardly anybody leaves.
        power = np.arange(1, periods + 1) * math.log1p(-churn)
        number[1:] = customers * np.exp(power) - won[0] * (np.expm1(power) / churn)
    else:
        for t in range(periods):
            number[t + 1] = stay * number[t] + (won[0] if constant else won[t])
    new = np.full(periods, won[0]) if constant else won
    table = pd.DataFrame(
        {
            "period": np.arange(periods + 1),
            "lost": np.append(0.0, churn * number[:-1]),
            "acquired": np.append(0.0, new),
            "customers": number,
        }
    )
    half_way = math.inf if churn == 0 else 0.0 if churn == 1 else math.log(0.5) / math.log1p(-churn)
    return LeakyBucket(
        table=table,
        steady_state=steady,
        needed_to_hold=churn * customers,
        half_way=half_way,
        expected_periods=_over(1.0, churn),
    )


def _over(number: float, rate: float) -> float:
    if rate > 0:
        return number / rate
    return math.inf if number > 0 else math.nan
