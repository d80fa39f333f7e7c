"""Customer lifetime value: purchases to come, times their value, discounted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._discount import check_money, discount, per_period
from crmlab.clv._guard import known_unit, numbers, table_of
from crmlab.clv._model import check_confidence
from crmlab.clv._predict import positive_interval, unique_histories
from crmlab.clv._units import months_to
from crmlab.clv._value_sums import ValueSums
from crmlab.clv.intervals import Method, check_method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.gamma_gamma import GammaGamma
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["CLVResult", "customer_lifetime_value"]


@dataclass(frozen=True, eq=False, kw_only=True)
class CLVResult:
    """What the customers are worth over the horizon.

    Attributes
    ----------
    table
        One row a customer: ``clv`` (money, discounted, times margin), ``expected_purchases`` (in the horizon, not
        discounted), ``probability_alive``, ``expected_spend`` (money a purchase).
    total, total_se, total_low, total_high
        Sum of ``clv`` and its uncertainty from the parameters of both models. What customers really do scatters
        around it as well, the less (relative to the total) the more customers there are.
    method
        ``"delta"``, ``"laplace"`` or ``"bootstrap"``.
    horizon_months, discount_rate_annual, margin, confidence
        As asked.
    sums
        What :func:`crmlab.clv.customer_equity` needs for the intervals of groups of customers.

    """

    table: pd.DataFrame
    total: float
    total_se: float
    total_low: float
    total_high: float
    method: Method
    horizon_months: int
    discount_rate_annual: float
    margin: float
    confidence: float
    sums: ValueSums | None = field(default=None, repr=False)

    def summary(self) -> pd.DataFrame:
        """Return ``measure``, ``estimate``, ``se``, ``low``, ``high``.

        Measures: ``total``, ``mean``, ``median`` (money), ``expected_purchases``, ``expected_active`` (customers
        still there), ``top_tenth_share`` (share of the total that the best tenth of the customers brings).
        Intervals where they are computed.
        """
        n, clv = len(self.table), self.table["clv"].to_numpy()
        best = np.sort(clv)[::-1][: max(1, round(n / 10))]
        interval = np.array([self.total, self.total_se, self.total_low, self.total_high])
        rows: dict[str, list[float]] = {"total": interval.tolist(), "mean": (interval / n).tolist()}
        for name, estimate in (
            ("median", float(np.median(clv))),
            ("expected_purchases", float(self.table["expected_purchases"].sum())),
            ("expected_active", float(self.table["probability_alive"].sum())),
            ("top_tenth_share", float(best.sum() / clv.sum()) if clv.sum() > 0 else float("nan")),
        ):
            rows[name] = [estimate, float("nan"), float("nan"), float("nan")]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "se", "low", "high"])
        return frame.rename_axis("measure").reset_index()


@checked_arguments
def customer_lifetime_value(
    bg_nbd: PurchaseModel,
    gamma_gamma: GammaGamma,
    summary: CustomerSummary | pd.DataFrame,
    *,
    horizon_months: int = 12,
    discount_rate_annual: float = 0.10,
    margin: float = 1.0,
    confidence: float | None = None,
    method: Method | None = None,
    rng: np.random.Generator | None = None,
    draws: int = 500,
) -> CLVResult:
    r"""Value of each customer's purchases in the months after the end of observation.

    Parameters
    ----------
    bg_nbd
        A fitted model of purchases; it must know its time unit.
    gamma_gamma
        A fitted model of spend.
    summary
        A customer summary, or its table: ``frequency``, ``recency``, ``T``, ``monetary_value`` (money; may be missing
        for one-time buyers).
    horizon_months
        Months looked ahead, a whole number of at least 1, whatever the model's time unit; a month has 30.4375 days.
    discount_rate_annual
        Rate for a year, 0 or more: 0.10 is 10 %. The rate for a month is :math:`(1+d)^{1/12}-1`.
    margin
        Share of revenue that is profit, above 0 and at most 1; 1 gives revenue.
    confidence
        Level of the interval; default: that of the model.
    method
        Where the interval of the total comes from. ``"delta"`` (default without `rng`): first derivatives by all
        parameters. ``"laplace"`` (default with it): draws of all parameters from the normal distribution around their
        maximum. ``"bootstrap"``: both models fitted again to customers drawn with replacement, which assumes least and
        takes longest.
    rng, draws
        Generator, and how many draws, for the last two.

    Returns
    -------
    CLVResult

    Raises
    ------
    ParameterError
        Listing all parameters out of their range; units that differ.
    DataError
        The table does not hold purchase histories, or a repeat buyer has no monetary value.
    FitError
        The expected spend is infinite.

    Notes
    -----
    .. math:: \mathrm{CLV}_i = \text{margin}\; E(Z_i) \sum_{k=1}^{H}
              \frac{E_i(k) - E_i(k-1)}{(1+d)^{k/12}}

    with :math:`E_i(k)` the purchases expected in the first k months, given the history. A month's purchases are
    discounted from its end. The value is that of the *future*: what has been spent is not in it, nor is the cost of
    acquiring or of keeping the customer. The interval of the total is symmetric in the logarithm.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value curves for customer base
    analysis. Journal of Marketing Research, 42(4), 415-430. https://doi.org/10.1509/jmkr.2005.42.4.415

    Checked against: ``lifetimes`` 0.11.3 month by month; delta method, Laplace draws and bootstrap against each other.

    Examples
    --------
    >>> from crmlab.clv import fit_bg_nbd, fit_gamma_gamma
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1))
    >>> value = customer_lifetime_value(fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table), table)
    >>> value.total_low < value.total < value.total_high
    True

    """
    level = bg_nbd.confidence if confidence is None else confidence
    check_money(horizon_months, discount_rate_annual, margin, draws=draws)
    how = check_method(method, rng)
    check_confidence(level)
    unit = known_unit(bg_nbd.time_unit, summary)
    h = bg_nbd.histories(summary)
    table = table_of(summary)
    spend = gamma_gamma.expected_spend(table).to_numpy()
    z = numbers(table, "monetary_value")

    times = np.array([months_to(unit, month) for month in range(1, horizon_months + 1)])
    factors = margin * discount(horizon_months, discount_rate_annual)

    found, place, _ = unique_histories(h)
    paths = bg_nbd.paths(found, times)
    discounted = paths @ per_period(factors)
    clv = spend * discounted[place]
    total = float(clv.sum())
    sums = ValueSums(bg_nbd, gamma_gamma, found, place, h.x.astype(np.float64), z, times, factors)
    if rng is None:
        interval = positive_interval(total, sums.variance(), level)
        low, high, se = interval["low"], interval["high"], interval["se"]
    else:
        drawn = sums.resampled(summary, rng, draws) if how == "bootstrap" else sums.drawn(rng, draws)
        low, high = (float(q) for q in np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]))
        se = float(drawn.std(ddof=1))
    return CLVResult(
        table=pd.DataFrame(
            {
                "clv": clv,
                "expected_purchases": paths[place, -1],
                "probability_alive": bg_nbd.alive(found)[place],
                "expected_spend": spend,
            },
            index=h.index,
        ),
        total=total,
        total_se=se,
        total_low=low,
        total_high=high,
        method=how,
        horizon_months=int(horizon_months),
        discount_rate_annual=float(discount_rate_annual),
        margin=float(margin),
        confidence=level,
        sums=sums,
    )
