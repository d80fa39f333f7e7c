"""Lifetime value by formula: margin × years, and retention with discount."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import ParameterError
from crmlab.value._checks import finite, rate, whole

__all__ = ["RetentionCLV", "SimpleCLV", "retention_clv", "simple_clv"]

#: An infinite horizon's table stops when this share of the value is told, or after so many periods.
_TOLD, _MOST_PERIODS = 0.999, 1000


@dataclass(frozen=True, eq=False)
class SimpleCLV:
    """Lifetime value as margin × years.

    Attributes
    ----------
    value
        Sum of the yearly margins, discounted, less the acquisition cost.
    table
        One row a year: ``year``, ``margin``, ``discount_factor``, ``present_value``, ``cumulative`` (which starts at
        minus the acquisition cost).
    acquisition_cost
        What it cost to win the customer.

    """

    value: float
    table: pd.DataFrame
    acquisition_cost: float

    def __float__(self) -> float:
        return self.value

    def summary(self) -> pd.DataFrame:
        """Return the table by year."""
        return self.table.copy()


@checked_arguments
def simple_clv(
    margin_per_year: float, *, years: int, discount_rate_annual: float = 0.0, acquisition_cost: float = 0.0
) -> SimpleCLV:
    r"""Return the lifetime value of a customer who stays a known number of years.

    Parameters
    ----------
    margin_per_year
        What the customer brings in a year: margin for a value, spending for a turnover.
    years
        Years the customer stays, a whole number.
    discount_rate_annual
        As a fraction; 0 means money is worth the same in each year. Payments count at the end of their year.
    acquisition_cost
        What it cost to win the customer.

    Returns
    -------
    SimpleCLV

    Raises
    ------
    ParameterError
        `years` below 1 or not whole; a number that is not finite; a discount rate of -1 or less.

    Notes
    -----
    .. math:: \text{value} = \sum_{t=1}^{Y} \frac{m}{(1+d)^t} - A

    It knows nothing of leaving: use :func:`retention_clv` when customers may leave, and :mod:`crmlab.clv` when there
    are histories. Stew Leonard's 50,000 is spending, not margin.

    References
    ----------
    Berger, P. D., & Nasr, N. I. (1998). Customer lifetime value: Marketing models and applications. Journal of
    Interactive Marketing, 12(1), 17-30. https://doi.org/10.1002/(SICI)1520-6653(199824)12:1<17::AID-DIR3>3.0.CO;2-K

    Checked against: Stew Leonard's customer, 100 a week × 50 weeks × 10 years = 50,000; the annuity formula.

    Examples
    --------
    >>> simple_clv(100 * 50, years=10).value
    50000.0

    """
    finite(
        margin_per_year=margin_per_year,
        discount_rate_annual=discount_rate_annual,
        acquisition_cost=acquisition_cost,
    )
    whole("years", years)
    rate(discount_rate_annual, "discount_rate_annual")
    t = np.arange(1, years + 1)
    factor = (1.0 + discount_rate_annual) ** -t.astype(np.float64)
    present = margin_per_year * factor
    table = pd.DataFrame(
        {
            "year": t,
            "margin": float(margin_per_year),
            "discount_factor": factor,
            "present_value": present,
            "cumulative": np.cumsum(present) - acquisition_cost,
        }
    )
    return SimpleCLV(
        value=math.fsum(present) - acquisition_cost, table=table, acquisition_cost=float(acquisition_cost)
    )


@dataclass(frozen=True, eq=False)
class RetentionCLV:
    """Lifetime value with constant margin, retention and discount rate.

    Attributes
    ----------
    value
        Present value of all payments within the horizon, less the acquisition cost.
    margin_multiple
        What one unit of margin a period is worth: the value before acquisition cost, over the margin.
    expected_periods
        Expected number of payments within the horizon, undiscounted.
    table
        One row a payment: ``period`` (0 is the acquisition), ``survival`` (share of customers still there),
        ``discount_factor``, ``expected_margin``, ``present_value``, ``cumulative`` (from minus the acquisition cost).
        With an infinite horizon it stops when 99.9 % of the value is told, or after 1,000 periods.
    first_payment, horizon
        As asked.
    acquisition_cost
        What it cost to win the customer.

    """

    value: float
    margin_multiple: float
    expected_periods: float
    table: pd.DataFrame
    first_payment: str
    horizon: int | None
    acquisition_cost: float

    def __float__(self) -> float:
        return self.value

    def summary(self) -> pd.DataFrame:
        """Return the table by period."""
        return self.table.copy()


@checked_arguments
def retention_clv(
    margin_per_period: float,
    retention: float,
    discount_rate: float,
    acquisition_cost: float = 0.0,
    horizon: int | None = None,
    *,
    first_payment: Literal["after_first_renewal", "at_acquisition"] = "after_first_renewal",
) -> RetentionCLV:
    r"""Return the lifetime value of a customer who stays each period with the same probability.

    Parameters
    ----------
    margin_per_period
        Margin of a customer who is there, in each period.
    retention
        Probability r of staying for the next period, in [0, 1].
    discount_rate
        Discount rate d of one period (the period of `retention`), as a fraction.
    acquisition_cost
        What it cost to win the customer.
    horizon
        Number of payments counted; None: all there will ever be.
    first_payment
        ``"after_first_renewal"``: the first payment comes one period after acquisition, from those who stayed.
        ``"at_acquisition"``: all pay at once, and those who stay pay again after each period.

    Returns
    -------
    RetentionCLV

    Raises
    ------
    ParameterError
        Retention outside [0, 1]; a discount rate of -1 or less; a horizon below 1; no finite value (r ≥ 1 + d without a
        horizon); an unknown `first_payment`.

    Notes
    -----
    With :math:`q = r/(1+d)` and H payments (or H → ∞, for q < 1):

    .. math::

        \text{after_first_renewal:}\quad & m\sum_{t=1}^{H} q^t = m\,\frac{q(1-q^H)}{1-q}
            \;\to\; m\,\frac{r}{1+d-r} \\
        \text{at_acquisition:}\quad & m\sum_{t=0}^{H-1} q^t = m\,\frac{1-q^H}{1-q}
            \;\to\; m\,\frac{1+d}{1+d-r}

    less the acquisition cost. The two differ by one margin for infinite horizons: say which one is meant.

    A constant retention rate is an assumption that data rarely bear out: the rate of a cohort rises with age because
    those likely to leave leave first, and a constant one then undervalues who stays. Do not use it for shops without
    contracts, where leaving is not seen.

    References
    ----------
    Gupta, S., & Lehmann, D. R. (2003). Customers as assets. Journal of Interactive Marketing, 17(1), 9-24.
    https://doi.org/10.1002/dir.10045
    Fader, P. S., & Hardie, B. G. S. (2012). Reconciling and clarifying CLV formulas. http://brucehardie.com/notes/024/

    Checked against: the margin multiples of Gupta and Lehmann (retention .6–.9, discount .10–.16), and sums term by term.

    Examples
    --------
    >>> round(retention_clv(100, 0.8, 0.12).value, 6)
    250.0
    >>> round(retention_clv(100, 0.8, 0.12, first_payment="at_acquisition").value, 6)
    350.0

    """
    finite(
        margin_per_period=margin_per_period,
        retention=retention,
        discount_rate=discount_rate,
        acquisition_cost=acquisition_cost,
    )
    if not 0 <= retention <= 1:
        raise ParameterError(
            f"retention is {retention!r}; it must lie between 0 and 1.", hint="Write 0.8 for 80 %."
        )
    rate(discount_rate, "discount_rate")
    if first_payment not in ("after_first_renewal", "at_acquisition"):
        raise ParameterError(
            f"first_payment is {first_payment!r}; it may be 'after_first_renewal' or 'at_acquisition'."
        )
    q = retention / (1.0 + discount_rate)
    if horizon is not None:
        whole("horizon", horizon)
    elif q >= 1:
        raise ParameterError(
            f"With retention {retention:g} and discount rate {discount_rate:g} the value has no end.",
            hint="Give a horizon, or a discount rate above retention - 1.",
        )
    start = 1 if first_payment == "after_first_renewal" else 0
    multiple = _geometric(q, horizon) * q**start
    expected = (
        math.inf if horizon is None and retention == 1 else _geometric(retention, horizon) * retention**start
    )

    t = np.arange(start, start + _periods_told(q, horizon))
    survival = np.power(retention, t.astype(np.float64))
    factor = (1.0 + discount_rate) ** -t.astype(np.float64)
    present = margin_per_period * survival * factor
    table = pd.DataFrame(
        {
            "period": t,
            "survival": survival,
            "discount_factor": factor,
            "expected_margin": margin_per_period * survival,
            "present_value": present,
            "cumulative": np.cumsum(present) - acquisition_cost,
        }
    )
    return RetentionCLV(
        value=margin_per_period * multiple - acquisition_cost,
        margin_multiple=multiple,
        expected_periods=expected,
        table=table,
        first_payment=first_payment,
        horizon=horizon,
        acquisition_cost=float(acquisition_cost),
    )


def _geometric(q: float, horizon: int | None) -> float:
    """Return 1 + q + … + q^(H-1), or the infinite sum."""
    if horizon is None:
        return 1.0 / (1.0 - q)
    if q == 1:
        return float(horizon)
    if q == 0:
        return 1.0
    # expm1 keeps the digits where q is close to 1.
    return math.expm1(horizon * math.log(q)) / (q - 1.0)


def _periods_told(q: float, horizon: int | None) -> int:
    if horizon is not None:
        return horizon
    if q == 0:
        return 1
    return min(_MOST_PERIODS, max(1, math.ceil(math.log(1 - _TOLD) / math.log(q))))
