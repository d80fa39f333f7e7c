"""Sums of customer lifetime value as functions of all parameters: for the total, for groups of customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._discount import per_period
from crmlab.clv._model import shifted
from crmlab.clv._predict import weighted
from crmlab.clv._resample import resampled_fits
from crmlab.errors import DataError, FitError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.gamma_gamma import GammaGamma
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ValueSums"]


@dataclass(frozen=True, eq=False)
class ValueSums:
    """The customers and both models.

    `found` are the distinct histories, `place` says where each customer's stands among them; `x` and `z` are the
    customers' frequency and monetary value; `times` the ends of the months in the model's unit, `factors` their discount
    factors times margin.
    """

    purchases: PurchaseModel
    spend: GammaGamma
    found: Histories
    place: Ints
    x: Floats
    z: Floats
    times: Floats
    factors: Floats

    def variance(self) -> float:
        """Delta method for the total."""
        slopes = self.slopes(np.zeros(len(self.place), dtype=np.int64), 1)
        return float(slopes[0] @ self.covariance @ slopes[0])

    @property
    def covariance(self) -> Floats:
        """Covariance of all parameters; the two models are fitted apart, so their estimates are independent."""
        first, second = self.purchases.covariance_log, self.spend.covariance_log
        both = np.zeros((len(first) + len(second),) * 2)
        both[: len(first), : len(first)] = first
        both[len(first) :, len(first) :] = second
        return both

    def slopes(self, group: Ints, groups: int) -> Floats:
        """Return the derivatives of each group's sum by all parameters; shape (groups, parameters)."""
        spent = self.spent(self.spend.log_parameters)
        bought = self.discounted(self.purchases.log_parameters)[self.place]
        columns = []
        for up, down, width in shifted(self.purchases):
            change = (self.discounted(up) - self.discounted(down)) / width
            columns.append(np.bincount(group, weights=spent * change[self.place], minlength=groups))
        for up, down, width in shifted(self.spend):
            change = (self.spent(up) - self.spent(down)) / width
            columns.append(np.bincount(group, weights=bought * change, minlength=groups))
        return np.column_stack(columns)

    def total_at(self, purchases: PurchaseModel, spend: GammaGamma) -> float:
        """Return the value of the same customers if these were the models."""
        return float(
            spend.spend(self.x, self.z)
            @ weighted(purchases, self.found, self.times, self.factors)[self.place]
        )

    def drawn(self, rng: np.random.Generator, draws: int) -> Floats:
        """Totals at parameters drawn from their asymptotic normal distributions (Laplace)."""
        purchases, spend = self.purchases.draw(rng, draws), self.spend.draw(rng, draws)
        # A drawn q may leave one-time buyers no finite mean; such draws say nothing about the total.
        usable = np.array([self._finite(self.spend.at(theta)) for theta in spend])
        if not usable.any():
            raise DataError("The spend model is too uncertain for such an interval: no drawn mean is finite.")
        return np.array(
            [
                self.total_at(self.purchases.at(g), self.spend.at(k))
                for g, k in zip(purchases[usable], spend[usable], strict=True)
            ]
        )

    def resampled(
        self, table: CustomerSummary | pd.DataFrame, rng: np.random.Generator, draws: int
    ) -> Floats:
        """Totals of the same customers by models fitted to customers drawn with replacement."""
        return np.array(
            [
                self.total_at(purchases, spend)
                for purchases, spend in resampled_fits((self.purchases, self.spend), table, rng, draws)
                if self._finite(spend)
            ]
        )

    def _finite(self, spend: GammaGamma) -> bool:
        try:
            spend.spend(np.array([self.x.min()]), np.zeros(1))
        except FitError:
            return False
        return True

    def new_customer(self) -> float:
        """Return the discounted repeat purchases of a new customer like today's, times margin and mean spend."""
        repeat = self.purchases.new(self.found, self.times) @ per_period(self.factors)
        count = np.bincount(self.place, minlength=len(self.found))
        again = float(repeat[0] if len(repeat) == 1 else count @ repeat / count.sum())
        return self.first_purchase() * again

    def first_purchase(self) -> float:
        """Return the expected revenue of a new customer's first purchase."""
        return float(self.spend.spend(np.zeros(1), np.zeros(1))[0])

    def discounted(self, theta: Floats) -> Floats:
        """Return the discounted purchases of each history, times margin, at other log-parameters."""
        return weighted(self.purchases.at(theta), self.found, self.times, self.factors)

    def spent(self, theta: Floats) -> Floats:
        """Return the expected spend of each customer at other log-parameters."""
        return self.spend.at(theta).spend(self.x, self.z)
