"""What lies ahead: who is still there, who will buy again, and what the months bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._discount import check_money, discount
from crmlab.clv._guard import known_unit, numbers, table_of
from crmlab.clv._model import check_confidence
from crmlab.clv._outlook import Ahead
from crmlab.clv._units import months_to
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.gamma_gamma import GammaGamma
    from crmlab.clv.mean_spend import MeanSpend
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["Outlook", "customer_outlook"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlook:
    """What is to be expected of today's customers.

    Attributes
    ----------
    customers
        One row a customer: ``probability_alive``; ``buys_again`` (probability of a purchase within the horizon);
        ``value_if_active`` (money over the horizon, discounted, times margin, if the customer is still there).
    totals
        ``measure`` ("active": customers still there; "active_repeat": those of them who bought again already; "buyers":
        customers with a purchase in the horizon; "purchases"; "value"), ``estimate``; ``low``, ``high``, how well the
        expectation is known; ``actual_low``, ``actual_high``, where what really comes will lie.
    months
        ``month`` (1 to the horizon), ``purchases``, ``revenue`` (times margin, not
        discounted), ``revenue_low``, ``revenue_high`` (how well the expectation is known).
    revenue
        Expected revenue times margin of each month up to the longest horizon asked for, not discounted.
    new_customer
        Value of the repeat purchases of a customer who buys for the first time today: money over the horizon,
        discounted, times margin.
    horizon_months, discount_rate_annual, confidence
        As asked.

    """

    customers: pd.DataFrame
    totals: pd.DataFrame
    months: pd.DataFrame
    revenue: Floats
    new_customer: float
    horizon_months: int
    discount_rate_annual: float
    confidence: float

    @checked_arguments
    def total(self, horizon_months: int, discount_rate_annual: float) -> float:
        """Return the value of all customers over another horizon, at another discount rate."""
        if not 1 <= horizon_months <= len(self.revenue):
            raise ParameterError(
                f"horizon_months is {horizon_months!r}; the outlook reaches from 1 to {len(self.revenue)} months."
            )
        return float(self.revenue[:horizon_months] @ discount(horizon_months, discount_rate_annual))

    def summary(self) -> pd.DataFrame:
        """Return the totals (``measure``, ``estimate`` and both intervals)."""
        return self.totals.copy()


@checked_arguments
def customer_outlook(
    purchases: PurchaseModel,
    spend: GammaGamma | MeanSpend,
    summary: CustomerSummary | pd.DataFrame,
    *,
    rng: np.random.Generator,
    horizon_months: int = 12,
    discount_rate_annual: float = 0.10,
    margin: float = 1.0,
    longest_months: int | None = None,
    confidence: float | None = None,
) -> Outlook:
    r"""Look ahead: customers still there, customers who will buy, purchases and value, month by month.

    Parameters
    ----------
    purchases
        A fitted BG/NBD, MBG/NBD or Pareto/NBD that knows its time unit.
    spend
        A fitted model of spend.
    summary
        The customer summary, or its table (``frequency``, ``recency``, ``T``, ``monetary_value``).
    rng
        Draws what chance adds to the intervals.
    horizon_months, discount_rate_annual, margin
        As in :func:`crmlab.clv.customer_lifetime_value`.
    longest_months
        How far :meth:`Outlook.total` shall reach; default: the horizon.
    confidence
        Level of the intervals; default: that of the model.

    Returns
    -------
    Outlook

    Raises
    ------
    ParameterError
        Units that differ or are unknown.
    DataError
        The table does not hold purchase histories.

    Notes
    -----
    ``buys_again`` is the model's own (:meth:`BGNBD.probability_of_purchase`, and the same of the other models).

    ``low`` and ``high`` come from the delta method (on the logit scale for counts of customers, on the log scale for
    purchases and money). ``actual_low`` and ``actual_high`` add chance to it, by simulation: a binomial with mean and
    variance of the sum of all customers for the counts (whole numbers), purchases and amounts for the others. Both hold
    as far as the models do.

    With a BG/NBD, one-time buyers count as still there for certain, by construction; ``buys_again`` does not share
    that weakness, nor do MBG/NBD and Pareto/NBD.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science,
    24(2), 275-284. https://doi.org/10.1287/mksc.1040.0098

    Checked against: :func:`crmlab.clv.customer_lifetime_value` (total, interval), simulation of the model.

    Examples
    --------
    >>> from crmlab.clv import fit_bg_nbd, fit_gamma_gamma
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1))
    >>> model = fit_bg_nbd(table, time_unit="week")
    >>> ahead = customer_outlook(model, fit_gamma_gamma(table), table, rng=np.random.default_rng(2))
    >>> ahead.totals["measure"].tolist()
    ['active', 'active_repeat', 'buyers', 'purchases', 'value']
    >>> bool((ahead.totals["actual_high"] > ahead.totals["estimate"]).all())
    True

    """
    level = purchases.confidence if confidence is None else confidence
    check_confidence(level)
    check_money(horizon_months, discount_rate_annual, margin)
    unit = known_unit(purchases.time_unit, summary)
    longest = max(horizon_months, longest_months or horizon_months)
    ahead = Ahead(
        purchases=purchases,
        spend=spend,
        h=purchases.histories(summary),
        z=numbers(table_of(summary), "monetary_value"),
        times=np.array([months_to(unit, month) for month in range(1, longest + 1)]),
        factors=margin * discount(horizon_months, discount_rate_annual),
        margin=margin,
        level=level,
    )
    return Outlook(
        customers=ahead.customers(),
        totals=ahead.totals(rng),
        months=ahead.months(),
        revenue=ahead.revenue,
        new_customer=ahead.new_customer(),
        horizon_months=horizon_months,
        discount_rate_annual=discount_rate_annual,
        confidence=level,
    )
