"""What lies ahead: who is still there, who will buy again, and what the months bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.clv._guard import Histories, histories, numbers, table_of, unit_of
from crmlab.clv._model import check_confidence, normal_quantile, shifted
from crmlab.clv._predict import positive_interval, unique_histories
from crmlab.clv._units import months_to
from crmlab.clv.mean_spend import MeanSpend
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv.bg_nbd import BGNBD
    from crmlab.clv.gamma_gamma import GammaGamma
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["Outlook", "customer_outlook"]

#: customers whose chance is simulated; the sum over all is scaled up from them
_SAMPLE = 3000
_CELLS = 400_000
#: draws of a number of customers
_COUNTS = 20_000


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

    def total(self, horizon_months: int, discount_rate_annual: float) -> float:
        """Return the value of all customers over another horizon, at another discount rate."""
        if not 1 <= horizon_months <= len(self.revenue):
            raise ParameterError(
                f"horizon_months is {horizon_months!r}; the outlook reaches from 1 to {len(self.revenue)} months."
            )
        return float(self.revenue[:horizon_months] @ _discount(horizon_months, discount_rate_annual))

    def summary(self) -> pd.DataFrame:
        """Return the totals (``measure``, ``estimate`` and both intervals)."""
        return self.totals.copy()


def customer_outlook(
    purchases: BGNBD,
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
        A fitted BG/NBD that knows its time unit.
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
    Who is still there after T stays at least until the next purchase, so a customer buys within t with probability

    .. math:: P(\text{alive}) \left[1 - \left(\frac{\alpha + T}{\alpha + T + t}\right)^{r + x}\right]

    ``low`` and ``high`` come from the delta method (on the logit scale for counts of customers, on the log scale for
    purchases and money). ``actual_low`` and ``actual_high`` add chance to it, by simulation: a binomial with mean and
    variance of the sum of all customers for the counts (whole numbers), purchases and amounts for the others. Both hold
    as far as the models do.

    One-time buyers count as still there for certain, by construction of the BG/NBD; ``buys_again`` does not share
    that weakness.

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
    unit = unit_of(summary, purchases.time_unit, whose="the model's time_unit")
    if unit is None:
        raise ParameterError("The model does not know its time unit, so a month cannot be placed.")
    longest = max(horizon_months, longest_months or horizon_months)
    work = _Work(
        purchases=purchases,
        spend=spend,
        h=histories(summary),
        z=numbers(table_of(summary), "monetary_value"),
        times=np.array([months_to(unit, month) for month in range(1, longest + 1)]),
        horizon=horizon_months,
        factors=margin * _discount(horizon_months, discount_rate_annual),
        margin=margin,
        level=level,
    )
    return work.outlook(rng, discount_rate_annual)


class _Work:
    """The customers, the models, and what is computed from both."""

    def __init__(
        self,
        *,
        purchases: BGNBD,
        spend: GammaGamma | MeanSpend,
        h: Histories,
        z: Floats,
        times: Floats,
        horizon: int,
        factors: Floats,
        margin: float,
        level: float,
    ) -> None:
        self.purchases, self.spend, self.h, self.z = purchases, spend, h, z
        self.x = h.x.astype(np.float64)
        self.times, self.horizon, self.factors = times, horizon, factors
        self.margin, self.level = margin, level
        self.found, self.place, self.count = unique_histories(h)
        #: weights that turn purchases up to each month into discounted ones
        self.weights = factors - np.append(factors[1:], 0.0)

    def outlook(self, rng: np.random.Generator, rate: float) -> Outlook:
        paths = self.purchases.paths(self.found, self.times)
        money = self._money(self.spend.log_parameters)
        alive, again = self.purchases.alive(self.found), self._again(self.purchases)
        discounted = paths[:, : self.horizon] @ self.weights
        spent = self.spend.spend(self.x, self.z)
        with np.errstate(divide="ignore", invalid="ignore"):
            if_active = np.where(alive > 0, discounted / alive, 0.0)
        chance = self._chance(rng, paths[:, self.horizon - 1], discounted)
        gradient = self._gradients(discounted, spent)
        rows = [
            self._count(rng, "active", alive, lambda model: model.alive(self.found)),
            self._count(rng, "active_repeat", alive, lambda model: model.alive(self.found), of_repeat=True),
            self._count(rng, "buyers", again, self._again),
            self._amount("purchases", float(self.count @ paths[:, self.horizon - 1]), gradient[0], chance[0]),
            self._amount("value", float(money @ discounted), gradient[1], chance[1]),
        ]
        revenue = self.margin * np.diff(money @ paths, prepend=0.0)
        by_month = self._by_month(money, revenue[: self.horizon])
        bought = np.diff(self.count @ paths[:, : self.horizon], prepend=0.0)
        new = self.purchases.expected_purchases_new(self.times[: self.horizon])
        one = self.spend.spend(np.zeros(1), np.zeros(1))[0]
        return Outlook(
            customers=pd.DataFrame(
                {
                    "probability_alive": alive[self.place],
                    "buys_again": again[self.place],
                    "value_if_active": spent * if_active[self.place],
                },
                index=self.h.index,
            ),
            totals=pd.DataFrame(rows),
            months=pd.DataFrame({"month": np.arange(1, self.horizon + 1), "purchases": bought, **by_month}),
            revenue=revenue,
            new_customer=float(one * (new @ self.weights)),
            horizon_months=self.horizon,
            discount_rate_annual=rate,
            confidence=self.level,
        )

    def _money(self, theta: Floats) -> Floats:
        """Return the expected spend of a purchase, summed over the customers of each history."""
        spent = self.spend.at(theta).spend(self.x, self.z)
        summed: Floats = np.bincount(self.place, weights=spent, minlength=len(self.found)).astype(np.float64)
        return summed

    def _again(self, model: BGNBD) -> Floats:
        h, end = self.found, self.times[self.horizon - 1]
        quiet = (model.r + h.x) * (np.log(model.alpha + h.T) - np.log(model.alpha + h.T + end))
        probability: Floats = model.alive(h) * -np.expm1(quiet)
        return probability

    def _count(
        self,
        rng: np.random.Generator,
        name: str,
        each: Floats,
        of: Callable[[BGNBD], Floats],
        *,
        of_repeat: bool = False,
    ) -> dict[str, object]:
        count = np.where(self.found.x > 0, self.count, 0.0) if of_repeat else self.count
        n, estimate = float(count.sum()), float(count @ each)
        gradient = np.array(
            [
                float(count @ (of(self.purchases.at(up)) - of(self.purchases.at(down)))) / width
                for up, down, width in shifted(self.purchases)
            ]
        )
        known = float(gradient @ self.purchases.covariance_log @ gradient)
        chance = float(count @ (each * (1 - each)))
        share = estimate / n if n else 0.0
        if not 0 < share < 1:
            return _row(name, estimate, (estimate, estimate), (estimate, estimate))
        middle = np.log(share) - np.log1p(-share)
        reach = np.sqrt(max(known, 0.0)) / (n * share * (1 - share))
        z = normal_quantile(self.level) * reach
        low, high = (float(n / (1 + np.exp(-(middle + side)))) for side in (-z, z))
        expected = n / (1 + np.exp(-(middle + reach * rng.standard_normal(_COUNTS))))
        drawn = _counts(rng, expected, chance / (n * share * (1 - share)), n)
        tails = np.quantile(drawn, [0.5 - self.level / 2, 0.5 + self.level / 2], method="inverted_cdf")
        return _row(name, estimate, (low, high), (float(tails[0]), float(tails[1])))

    def _amount(self, name: str, estimate: float, known: float, chance: float) -> dict[str, object]:
        within, actual = (
            positive_interval(estimate, variance, self.level) for variance in (known, known + chance)
        )
        return _row(name, estimate, (within["low"], within["high"]), (actual["low"], actual["high"]))

    def _gradients(self, discounted: Floats, spent: Floats) -> tuple[float, float]:
        """Return the variances of all purchases and of the value that come from the parameters."""
        money = np.bincount(self.place, weights=spent, minlength=len(self.found))
        times = self.times[: self.horizon]
        bought, worth = [], []
        for up, down, width in shifted(self.purchases):
            change = (
                self.purchases.at(up).paths(self.found, times)
                - self.purchases.at(down).paths(self.found, times)
            ) / width
            bought.append(float(self.count @ change[:, -1]))
            worth.append(float(money @ (change @ self.weights)))
        by_spend = [
            float((self._money(up) - self._money(down)) @ discounted) / width
            for up, down, width in shifted(self.spend)
        ]
        g, k, s = np.array(bought), np.array(worth), np.array(by_spend)
        cov = self.purchases.covariance_log
        return float(g @ cov @ g), float(k @ cov @ k + s @ self.spend.covariance_log @ s)

    def _by_month(self, money: Floats, revenue: Floats) -> dict[str, Floats]:
        times = self.times[: self.horizon]

        def at(model: BGNBD, weights: Floats) -> Floats:
            months: Floats = self.margin * np.diff(weights @ model.paths(self.found, times), prepend=0.0)
            return months

        by_purchases = np.array(
            [
                (at(self.purchases.at(up), money) - at(self.purchases.at(down), money)) / width
                for up, down, width in shifted(self.purchases)
            ]
        )
        by_spend = np.array(
            [
                at(self.purchases, self._money(up) - self._money(down)) / width
                for up, down, width in shifted(self.spend)
            ]
        )
        variance = np.einsum("ih,ij,jh->h", by_purchases, self.purchases.covariance_log, by_purchases)
        variance += np.einsum("ih,ij,jh->h", by_spend, self.spend.covariance_log, by_spend)
        ends = [
            positive_interval(float(one), float(v), self.level)
            for one, v in zip(revenue, variance, strict=True)
        ]
        return {
            "revenue": revenue,
            "revenue_low": np.array([end["low"] for end in ends]),
            "revenue_high": np.array([end["high"] for end in ends]),
        }

    def _chance(self, rng: np.random.Generator, expected: Floats, discounted: Floats) -> tuple[float, float]:
        """Return the variances of all purchases and of their value that come from what each customer happens to do."""
        n = len(self.h)
        who = np.arange(n) if n <= _SAMPLE else rng.choice(n, _SAMPLE, replace=False)
        draws = int(np.clip(_CELLS // len(who), 100, 4000))
        h = Histories(self.h.x[who], self.h.t[who], self.h.T[who])
        theta = np.tile(self.purchases.log_parameters, (draws, 1))
        bought = self.purchases.simulate(h, float(self.times[self.horizon - 1]), theta, rng)
        place = self.place[who]
        later = np.divide(
            discounted[place], expected[place], out=np.zeros(len(who)), where=expected[place] > 0
        )
        worth = self._amounts(rng, bought, who) * later
        scale = n / len(who)
        return float(bought.var(axis=0).sum()) * scale, float(worth.var(axis=0).sum()) * scale

    def _amounts(self, rng: np.random.Generator, bought: NDArray[np.int64], who: NDArray[np.int64]) -> Floats:
        """Draw what the drawn purchases are worth together."""
        spend = self.spend
        if isinstance(spend, MeanSpend):
            noise = rng.standard_normal(bought.shape) * np.sqrt(bought)
            worth: Floats = spend.mean * bought + spend.spread * noise
            return worth
        x = self.x[who]
        paid = np.where(x > 0, x * np.nan_to_num(self.z[who]), 0.0)
        nu = rng.gamma(spend.p * x + spend.q, size=bought.shape) / (spend.gamma + paid)
        drawn: Floats = rng.gamma(spend.p * bought) / np.maximum(nu, 1e-300)
        return drawn


def _row(
    name: str, estimate: float, known: tuple[float, float], actual: tuple[float, float]
) -> dict[str, object]:
    return {
        "measure": name,
        "estimate": estimate,
        "low": known[0],
        "high": known[1],
        "actual_low": actual[0],
        "actual_high": actual[1],
    }


def _discount(months: int, rate: float) -> Floats:
    factors: Floats = (1 + rate) ** (-np.arange(1, months + 1, dtype=np.float64) / 12)
    return factors


def _counts(rng: np.random.Generator, expected: Floats, spread: float, n: float) -> NDArray[np.int64]:
    """Draw how many of `n` customers do what each does with a probability of his own.

    `expected` are the sums of the probabilities; `spread` (at most 1) is the variance by that of a binomial of `n`. A
    binomial of fewer customers, with the same mean and variance, stands for the sum of unequal ones.
    """
    share = np.clip(expected / n, 1e-12, 1 - 1e-12)
    chance = np.clip(1 - spread * (1 - share), 1e-12, 1.0)
    size = np.maximum(np.rint(expected / chance), 1).astype(np.int64)
    drawn: NDArray[np.int64] = rng.binomial(size, np.minimum(expected / size, 1.0))
    return drawn
