"""The computing behind an outlook: expectations of all customers, and how well they are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.clv._discount import per_period
from crmlab.clv._model import normal_quantile, shifted
from crmlab.clv._outlook_chance import COUNTS, counts, variances
from crmlab.clv._predict import positive_interval, unique_histories

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.gamma_gamma import GammaGamma
    from crmlab.clv.mean_spend import MeanSpend

    Floats = NDArray[np.float64]

__all__ = ["Ahead"]


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Derivatives of sums over all customers by each log-parameter of the model of purchases."""

    purchases: Floats  # in the horizon; shape (parameters,)
    value: Floats  # discounted, times margin; shape (parameters,)
    revenue: Floats  # up to the end of each month; shape (parameters, months)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ahead:
    """The customers, both models, and what follows from them.

    `times` are the ends of the months, in the model's unit, as far as totals shall reach; `factors` the discount factors
    times margin of the months of the horizon.
    """

    purchases: PurchaseModel
    spend: GammaGamma | MeanSpend
    h: Histories
    z: Floats
    times: Floats
    factors: Floats
    margin: float
    level: float

    @cached_property
    def _unique(self) -> tuple[Histories, NDArray[np.int64], Floats]:
        return unique_histories(self.h)

    @property
    def found(self) -> Histories:
        """The distinct histories."""
        return self._unique[0]

    @property
    def place(self) -> NDArray[np.int64]:
        """Where each customer's history stands among them."""
        return self._unique[1]

    @property
    def count(self) -> Floats:
        """How many customers have each."""
        return self._unique[2]

    @property
    def horizon(self) -> int:
        """Months of the horizon."""
        return len(self.factors)

    @property
    def end(self) -> float:
        """The end of the horizon, in the model's unit."""
        return float(self.times[self.horizon - 1])

    @cached_property
    def _x(self) -> Floats:
        return self.h.x.astype(np.float64)

    @cached_property
    def _paths(self) -> Floats:
        return self.purchases.paths(self.found, self.times)

    @cached_property
    def _discounted(self) -> Floats:
        discounted: Floats = self._paths[:, : self.horizon] @ per_period(self.factors)
        return discounted

    @cached_property
    def _spent(self) -> Floats:
        return self.spend.spend(self._x, self.z)

    @cached_property
    def _money(self) -> Floats:
        return self._money_at(self.spend.log_parameters)

    @cached_property
    def revenue(self) -> Floats:
        """Expected revenue times margin of each month, not discounted."""
        return self.margin * np.diff(self._money @ self._paths, prepend=0.0)

    def customers(self) -> pd.DataFrame:
        """Return each customer's probabilities, and what he is worth if he is still there."""
        alive, again = self.purchases.alive(self.found), self.purchases.buys(self.found, self.end)
        with np.errstate(divide="ignore", invalid="ignore"):
            if_active = np.where(alive > 0, self._discounted / alive, 0.0)
        return pd.DataFrame(
            {
                "probability_alive": alive[self.place],
                "buys_again": again[self.place],
                "value_if_active": self._spent * if_active[self.place],
            },
            index=self.h.index,
        )

    def new_customer(self) -> float:
        """Return the value of the repeat purchases of a customer who buys for the first time today."""
        new = self.purchases.new(self.found, self.times[: self.horizon])
        one = self.spend.spend(np.zeros(1), np.zeros(1))[0]
        weights = self.count / self.count.sum() if len(new) > 1 else np.ones(1)
        return float(one * (weights @ new @ per_period(self.factors)))

    def totals(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return the sums over all customers, how well they are known, and where what comes will lie."""
        last = self._paths[:, self.horizon - 1]
        later = np.divide(self._discounted, last, out=np.zeros(len(last)), where=last > 0)
        chance = variances(
            rng, self.purchases, self.spend, self.h, self.z, horizon=self.end, later=later[self.place]
        )
        slopes, cov = self._slopes, self.purchases.covariance_log
        by_spend = self._by_spend @ self._discounted
        bought = float(slopes.purchases @ cov @ slopes.purchases)
        value = float(slopes.value @ cov @ slopes.value + by_spend @ self.spend.covariance_log @ by_spend)
        rows = [
            self._count(rng, "active", lambda model: model.alive(self.found)),
            self._count(rng, "active_repeat", lambda model: model.alive(self.found), of_repeat=True),
            self._count(rng, "buyers", lambda model: model.buys(self.found, self.end)),
            self._amount("purchases", float(self.count @ last), bought, chance[0]),
            self._amount("value", float(self._money @ self._discounted), value, chance[1]),
        ]
        return pd.DataFrame(rows)

    def months(self) -> pd.DataFrame:
        """Return purchases and revenue of each month of the horizon, with what is known of revenue."""
        paths, revenue = self._paths[:, : self.horizon], self.revenue[: self.horizon]
        by_purchases = np.diff(self._slopes.revenue, axis=1, prepend=0.0)
        by_spend = self.margin * np.diff(self._by_spend @ paths, axis=1, prepend=0.0)
        variance = np.einsum("ih,ij,jh->h", by_purchases, self.purchases.covariance_log, by_purchases)
        variance += np.einsum("ih,ij,jh->h", by_spend, self.spend.covariance_log, by_spend)
        ends = [
            positive_interval(float(one), float(v), self.level)
            for one, v in zip(revenue, variance, strict=True)
        ]
        return pd.DataFrame(
            {
                "month": np.arange(1, self.horizon + 1),
                "purchases": np.diff(self.count @ paths, prepend=0.0),
                "revenue": revenue,
                "revenue_low": [end["low"] for end in ends],
                "revenue_high": [end["high"] for end in ends],
            }
        )

    def _money_at(self, theta: Floats) -> Floats:
        """Return the expected spend of a purchase, summed over the customers of each history."""
        spent = self.spend.at(theta).spend(self._x, self.z)
        summed: Floats = np.bincount(self.place, weights=spent, minlength=len(self.found)).astype(np.float64)
        return summed

    @cached_property
    def _by_spend(self) -> Floats:
        """Derivatives of the summed spend by the log-parameters of spend; shape (parameters, histories)."""
        return np.array(
            [(self._money_at(up) - self._money_at(down)) / width for up, down, width in shifted(self.spend)]
        )

    @cached_property
    def _slopes(self) -> _Slopes:
        times, weights = self.times[: self.horizon], per_period(self.factors)
        bought, worth, revenue = [], [], []
        for up, down, width in shifted(self.purchases):
            change = self.purchases.at(up).paths(self.found, times)
            change -= self.purchases.at(down).paths(self.found, times)
            change /= width
            bought.append(float(self.count @ change[:, -1]))
            by_month = self._money @ change
            worth.append(float(by_month @ weights))
            revenue.append(self.margin * by_month)
        return _Slopes(np.array(bought), np.array(worth), np.array(revenue))

    def _count(
        self,
        rng: np.random.Generator,
        name: str,
        of: Callable[[PurchaseModel], Floats],
        *,
        of_repeat: bool = False,
    ) -> dict[str, object]:
        count = np.where(self.found.x > 0, self.count, 0.0) if of_repeat else self.count
        each = of(self.purchases)
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
        expected = n / (1 + np.exp(-(middle + reach * rng.standard_normal(COUNTS))))
        drawn = counts(rng, expected, chance / (n * share * (1 - share)), n)
        tails = np.quantile(drawn, [0.5 - self.level / 2, 0.5 + self.level / 2], method="inverted_cdf")
        return _row(name, estimate, (low, high), (float(tails[0]), float(tails[1])))

    def _amount(self, name: str, estimate: float, known: float, chance: float) -> dict[str, object]:
        within, actual = (
            positive_interval(estimate, variance, self.level) for variance in (known, known + chance)
        )
        return _row(name, estimate, (within["low"], within["high"]), (actual["low"], actual["high"]))


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
