"""Retention economics: profit against retention, and acquisition against retention."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array
from crmlab.errors import ParameterError
from crmlab.value._checks import at_least_0, finite, share

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "AcquisitionAgainstRetention",
    "RetentionProfit",
    "acquisition_against_retention",
    "retention_profit",
]


@dataclass(frozen=True, eq=False)
class RetentionProfit:
    """Profit at each retention rate.

    Attributes
    ----------
    table
        One row a rate: ``retention``, ``expected_periods`` (payments, undiscounted), ``value`` (of a customer, after
        cost of acquisition and retention), ``profit`` (of all), ``change`` (from the base, in money),
        ``relative_change`` (over the base's profit; missing if that is not above 0), ``elasticity`` (percent by which the
        margins' present value grows when retention grows by 1 %).
    base
        Retention rate compared with.
    break_even
        Retention at which a customer just pays for acquisition; 0 if each does at once, missing if none does below 1.

    """

    table: pd.DataFrame
    base: float
    break_even: float

    def summary(self) -> pd.DataFrame:
        """Return the table by retention rate."""
        return self.table.copy()


@checked_arguments
def retention_profit(
    retention: ArrayLike,
    *,
    margin_per_period: float,
    discount_rate: float,
    acquisition_cost: float = 0.0,
    retention_cost_per_period: float = 0.0,
    customers: float = 1.0,
    base: float | None = None,
) -> RetentionProfit:
    r"""Return the profit that a cohort of new customers brings, at each of several retention rates.

    Parameters
    ----------
    retention
        Rates to compare, each in [0, 1].
    margin_per_period
        Margin of a customer who is there, in each period.
    discount_rate
        Of one period (the period of `retention`), as a fraction, 0 or more.
    acquisition_cost
        What it costs to win one customer.
    retention_cost_per_period
        What is spent in each period on each customer who is there.
    customers
        Size of the cohort.
    base
        Rate that `change` and `relative_change` compare with; default: the first one given.

    Returns
    -------
    RetentionProfit

    Raises
    ------
    ParameterError
        Rates outside [0, 1]; a discount rate below 0; retention 1 without discount, which has no end.

    Notes
    -----
    All pay at acquisition, and those who stay pay again after each period (``first_payment="at_acquisition"`` of
    :func:`retention_clv`). With the net margin :math:`m' = m - \text{retention cost}`,

    .. math:: V(r) = m' \frac{1+d}{1+d-r} - A, \qquad
              \frac{\partial \ln (V + A)}{\partial \ln r} = \frac{r}{1+d-r}

    The higher retention is, the more another point brings: at 10 % discount from 80 to 85 % the margins' value grows by
    20 %, from 90 to 95 % by 33 %. Reichheld and Sasser's 25 to 85 % for five points are of this kind: they are what
    follows if the five points cost nothing. Put what they cost into `retention_cost_per_period`. The rates are taken as
    the cause; customers who stay because they are satisfied differ from those who stay for a discount.

    References
    ----------
    Reichheld, F. F., & Sasser, W. E. (1990). Zero defections: Quality comes to services. Harvard Business Review, 68(5),
    105-111.
    Gupta, S., Lehmann, D. R., & Stuart, J. A. (2004). Valuing customers. Journal of Marketing Research, 41(1), 7-18.
    https://doi.org/10.1509/jmkr.41.1.7.25084

    Checked against: retention_clv, sums period by period, and numerical derivatives.

    Examples
    --------
    >>> found = retention_profit([0.8, 0.85], margin_per_period=100, discount_rate=0.1, acquisition_cost=100)
    >>> found.table["value"].round(2).tolist()
    [266.67, 340.0]
    >>> found.table["relative_change"].round(3).tolist()
    [0.0, 0.275]

    """
    rates = np.atleast_1d(float_array(retention))
    if rates.ndim != 1 or not len(rates) or not ((rates >= 0) & (rates <= 1)).all():
        raise ParameterError(
            f"retention is {retention!r}; each rate must lie between 0 and 1.", hint="Write 0.8 for 80 %."
        )
    base = float(rates[0]) if base is None else float(base)
    share(base, "base")
    finite(margin_per_period=margin_per_period)
    at_least_0(
        discount_rate=discount_rate,
        acquisition_cost=acquisition_cost,
        retention_cost_per_period=retention_cost_per_period,
        customers=customers,
    )
    if discount_rate == 0 and max(base, float(rates.max())) == 1:
        raise ParameterError(
            "With retention 1 and no discount the value has no end.", hint="Give a discount rate above 0."
        )
    margin = margin_per_period - retention_cost_per_period
    grown = 1.0 + discount_rate

    def value_at(r: Floats) -> Floats:
        return margin * grown / (grown - r) - acquisition_cost

    value, value_base = value_at(rates), float(value_at(np.asarray(base)))
    with np.errstate(divide="ignore"):
        expected = 1.0 / (1.0 - rates)
    if margin >= acquisition_cost:
        break_even = 0.0
    else:
        needed = grown * (1.0 - margin / acquisition_cost) if acquisition_cost > 0 else math.inf
        break_even = needed if margin > 0 and needed <= 1 else math.nan
    table = pd.DataFrame(
        {
            "retention": rates,
            "expected_periods": expected,
            "value": value,
            "profit": customers * value,
            "change": customers * (value - value_base),
            "relative_change": (value - value_base) / value_base
            if value_base > 0
            else np.full(len(rates), np.nan),
            "elasticity": rates / (grown - rates),
        }
    )
    return RetentionProfit(table=table, base=base, break_even=break_even)


@dataclass(frozen=True, eq=False)
class AcquisitionAgainstRetention:
    """What the same money does when it is spent on new customers, and on present ones.

    Attributes
    ----------
    table
        Rows ``acquisition`` and ``retention``: ``cost_per_customer`` (won, or kept who would have left), ``spent`` (all
        of the budget, or what there is to spend it on), ``customers``, ``value_each``, ``value``, ``net`` (value less
        spent), ``return_on_spend`` (net over spent; missing if nothing is spent).
    better
        ``"acquisition"``, ``"retention"``, ``"neither"`` (both lose money) or ``"equal"``, by the return on spend.
    cost_ratio
        Cost of a customer won over that of a customer kept.
    break_even_lift
        Lift of retention from which retention returns as much as acquisition; may be more than can be reached.

    """

    table: pd.DataFrame
    better: str
    cost_ratio: float
    break_even_lift: float

    def summary(self) -> pd.DataFrame:
        """Return the two rows."""
        return self.table.copy()


@checked_arguments
def acquisition_against_retention(
    budget: float,
    *,
    customers: float,
    retention: float,
    margin_per_period: float,
    discount_rate: float,
    acquisition_cost: float,
    retention_cost: float,
    retention_lift: float,
    retention_of_new: float | None = None,
) -> AcquisitionAgainstRetention:
    r"""Compare spending a budget on winning customers with spending it on keeping those there are.

    Parameters
    ----------
    budget
        Money to spend now, above 0.
    customers
        Customers there are, who can be treated once each.
    retention
        Their probability of staying for the next period, in [0, 1].
    margin_per_period, discount_rate
        As for :func:`retention_profit`; the discount rate must be above retention - 1.
    acquisition_cost
        What it costs to win one customer, above 0.
    retention_cost
        What it costs to treat one present customer, whether or not the treatment was needed, above 0.
    retention_lift
        By how much the treatment raises the probability of staying for the next period; retention and lift are at most 1.
    retention_of_new
        Probability of staying of customers newly won; default: the same.

    Returns
    -------
    AcquisitionAgainstRetention

    Raises
    ------
    ParameterError
        Numbers out of the ranges above.

    Notes
    -----
    A treatment keeps :math:`\Delta` customers of one, so a customer kept costs :math:`c/\Delta`: most of the money goes
    to those who would have stayed anyway or leave in any case. Each kept customer is worth what a customer at a payment
    is worth, a new one the same at its own retention rate:

    .. math:: V(r) = m\,\frac{1+d}{1+d-r}, \qquad
              \text{return} = \frac{V(r)\,\Delta}{c} - 1 \quad\text{against}\quad \frac{V(r_{new})}{A} - 1

    The renewal is taken to be due now, and the treatment to last for it alone. Both costs are taken as constant, which
    they are for small steps only: the next customer costs more than the last. *Five times as dear to win as to keep* is
    folklore; compute it from your own numbers, and measure the lift by a randomised test.

    References
    ----------
    Blattberg, R. C., & Deighton, J. (1996). Manage marketing by the customer equity test. Harvard Business Review,
    74(4), 136-144.
    Pfeifer, P. E. (2005). The optimal ratio of acquisition and retention costs. Journal of Targeting, Measurement and
    Analysis for Marketing, 13(2), 179-188. https://doi.org/10.1057/palgrave.jt.5740142

    Checked against: sums by hand, and a simulation of single customers.

    Examples
    --------
    >>> found = acquisition_against_retention(1000, customers=5000, retention=0.8, margin_per_period=30,
    ...     discount_rate=0.1, acquisition_cost=50, retention_cost=2, retention_lift=0.05)
    >>> found.table[["cost_per_customer", "customers", "net"]].round(6)
                 cost_per_customer  customers     net
    option
    acquisition               50.0       20.0  1200.0
    retention                 40.0       25.0  1750.0
    >>> found.better
    'retention'

    """
    share(retention, "retention")
    new = retention if retention_of_new is None else retention_of_new
    share(new, "retention_of_new")
    finite(margin_per_period=margin_per_period, discount_rate=discount_rate)
    at_least_0(customers=customers)
    above = {
        "budget": budget,
        "acquisition_cost": acquisition_cost,
        "retention_cost": retention_cost,
        "retention_lift": retention_lift,
    }
    problems = [f"{name} is {value!r}" for name, value in above.items() if not 0 < value < math.inf]
    if problems:
        raise ParameterError("These must be above 0 and finite.", problems=problems)
    if retention + retention_lift > 1 + 1e-12:
        raise ParameterError(
            f"Retention {retention:g} and lift {retention_lift:g} make more than 1.",
            hint="The lift is a difference: 0.05 for five points.",
        )
    grown = 1.0 + discount_rate
    if max(retention, new) >= grown:
        raise ParameterError(
            f"With retention {max(retention, new):g} and discount rate {discount_rate:g} the value has no end."
        )
    each = np.array(
        [margin_per_period * grown / (grown - new), margin_per_period * grown / (grown - retention)]
    )
    cost = np.array([acquisition_cost, retention_cost / retention_lift])
    spent = np.array([budget, min(budget, customers * retention_cost)])
    gained = spent / cost
    net = gained * each - spent
    per_unit = each / cost - 1.0
    found = np.divide(net, spent, out=np.full(2, np.nan), where=spent > 0)
    if math.isclose(per_unit[0], per_unit[1], rel_tol=1e-9, abs_tol=1e-12):
        better = "equal"
    else:
        better = "acquisition" if per_unit[0] > per_unit[1] else "retention"
    if per_unit.max() < 0:
        better = "neither"
    table = pd.DataFrame(
        {
            "cost_per_customer": cost,
            "spent": spent,
            "customers": gained,
            "value_each": each,
            "value": gained * each,
            "net": net,
            "return_on_spend": found,
        },
        index=pd.Index(["acquisition", "retention"], name="option"),
    )
    return AcquisitionAgainstRetention(
        table=table,
        better=better,
        cost_ratio=float(cost[0] / cost[1]),
        break_even_lift=float(retention_cost * each[0] / (acquisition_cost * each[1]))
        if each[1] != 0
        else math.nan,
    )
