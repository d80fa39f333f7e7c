"""What models of contracts tell: survival, retention, and the lifetime still to come."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array
from crmlab.clv._model import FittedModel, check_confidence, normal_quantile, shifted
from crmlab.clv._predict import positive_interval
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ContractModel"]

_LOWEST_RATE = 1e-4
#: Discount factors below exp(-37) = 1e-16 add nothing.
_NOTHING = 37.0
_SUMMED = 2000
#: periods of which each is reckoned
_MOST = 1_000_000
#: Logarithm of the time, over that of `_SUMMED`, where the power law alone goes on.
_FARTHEST = 100.0


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractModel(FittedModel):
    """A fitted model of contracts that are renewed, or not, at the end of each period."""

    @abstractmethod
    def log_survival(self, t: Floats) -> Floats:
        """Return the logarithm of S(t), for checked times."""

    @abstractmethod
    def _tail(self) -> float:
        """Return k of S(t) ~ t**-k."""

    def survival(self, periods: ArrayLike) -> Floats:
        """Return the share of a cohort that has renewed at least `periods` times (whole, 0 or more)."""
        return np.exp(self.log_survival(_whole(periods, "periods", 0)))

    def retention(self, renewal: ArrayLike) -> Floats:
        """Return the share of those facing renewal number 1, 2, ... who renew: S(t) / S(t - 1)."""
        t = _whole(renewal, "renewal", 1)
        return np.exp(self.log_survival(t) - self.log_survival(t - 1))

    @checked_arguments
    def curves(self, periods: int, *, confidence: float | None = None) -> pd.DataFrame:
        """Return survival and retention up to `periods`, with intervals.

        Returns
        -------
        pandas.DataFrame
            ``period`` (0 to `periods`), ``survival``, ``survival_low``, ``survival_high``, ``retention``,
            ``retention_low``, ``retention_high`` (shares; retention is missing in period 0). The intervals (delta
            method, on the logit scale) say how well the curve is known, not where a small cohort will end up.

        """
        level = self._level(confidence)
        t = np.arange(int(_whole(periods, "periods", 1, _MOST)) + 1)
        survival = _share_interval(self, lambda model: model.survival(t[1:]), level)
        retention = _share_interval(self, lambda model: model.retention(t[1:]), level)
        table = pd.DataFrame({"period": t})
        for name, curve, first in (("survival", survival, 1.0), ("retention", retention, np.nan)):
            for suffix, values in zip(("", "_low", "_high"), curve, strict=True):
                table[name + suffix] = np.concatenate([[first], values])
        return table

    @checked_arguments
    def expected_lifetime(self, horizon: int | None = None) -> float:
        r"""Return the periods a new customer stays, the first one included: :math:`\sum_{t=0}^{H-1} S(t)`.

        Parameters
        ----------
        horizon
            Count no more periods than this; without it, all to come, which may well be infinite: survival has a tail
            like :math:`t^{-\alpha c}`, and those who never leave weigh without end. A horizon is the honest choice.

        """
        if horizon is None:
            return self._endless() if self._tail() > 1 else float("inf")
        return float(self.survival(np.arange(int(_whole(horizon, "horizon", 1, _MOST)))).sum())

    @checked_arguments
    def discounted_residual_lifetime(self, tenure: ArrayLike, *, discount_rate: float) -> Floats:
        r"""Return the discounted payments still to come from customers who have renewed `tenure` times.

        .. math:: \sum_{k=1}^{\infty} \frac{S(n+k)}{S(n)} \frac{1}{(1+d)^{k-1}}

        Just before renewal :math:`n + 1`, whose payment is therefore not discounted; divide by 1 + d for the value
        just after the last payment. Times the margin of a period it is the customer's residual value.

        Parameters
        ----------
        tenure
            Renewals passed, whole, 0 or more.
        discount_rate
            For one period of the contract, at least 0.0001: 0.10 is 10 % a period.

        """
        n = _whole(tenure, "tenure", 0)
        if not (np.isfinite(discount_rate) and discount_rate >= _LOWEST_RATE):
            raise ParameterError(
                f"discount_rate is {discount_rate!r}; it must be {_LOWEST_RATE} or more (0.10 is 10 % a period).",
                hint="Without discounting the sum may be infinite; expected_lifetime(horizon) counts periods.",
            )
        k = np.arange(1.0, np.ceil(_NOTHING / np.log1p(discount_rate)) + 1)
        factors = -(k - 1) * np.log1p(discount_rate)
        found, place = np.unique(n, return_inverse=True)
        sums = [
            np.exp(self.log_survival(m + k) - self.log_survival(np.array(m)) + factors).sum() for m in found
        ]
        return np.array(sums)[place].reshape(n.shape)

    @checked_arguments
    def residual_lifetime_interval(
        self, tenure: ArrayLike, *, discount_rate: float, confidence: float | None = None
    ) -> pd.DataFrame:
        """Return ``tenure``, ``estimate``, ``se``, ``low``, ``high`` of :meth:`discounted_residual_lifetime`."""
        level = self._level(confidence)
        n = np.atleast_1d(_whole(tenure, "tenure", 0))

        def of(model: ContractModel) -> Floats:
            return model.discounted_residual_lifetime(n, discount_rate=discount_rate)

        rows = [
            {"tenure": int(m), **positive_interval(float(e), float(v), level)}
            for m, e, v in zip(n, of(self), _variance(self, of), strict=True)
        ]
        return pd.DataFrame(rows)

    def _level(self, confidence: float | None) -> float:
        level = self.confidence if confidence is None else confidence
        check_confidence(level)
        return level

    def _endless(self) -> float:
        """Sum S(t) over all t: the first terms one by one, the rest by the Euler-Maclaurin formula."""
        from scipy.integrate import quad

        def at(t: float) -> float:
            return float(np.exp(self.log_survival(np.array(t))))

        def area(y: float) -> float:
            return at(start * float(np.exp(y))) * start * float(np.exp(y))

        start, over = float(_SUMMED), self._tail() - 1
        far = min(_NOTHING / over, _FARTHEST)
        rest = quad(area, 0, far, epsabs=0, epsrel=1e-9, limit=200)[0] + area(far) / over
        slope = (at(start + 1) - at(start - 1)) / 2
        return float(np.exp(self.log_survival(np.arange(start))).sum() + rest + at(start) / 2 - slope / 12)


def _whole(values: ArrayLike, name: str, least: int, most: float = math.inf) -> Floats:
    t = float_array(values)
    if not np.all(np.isfinite(t) & (t >= least) & (t <= most) & (t == np.floor(t))):
        raise ParameterError(
            f"{name} is {values!r}; whole numbers of at least {least}"
            + (f" and at most {most:,}" if most < math.inf else "")
            + " are needed."
        )
    return t


def _variance(model: ContractModel, of: Callable[[ContractModel], Floats]) -> Floats:
    gradient = np.array(
        [(of(model.at(up)) - of(model.at(down))) / width for up, down, width in shifted(model)]
    )
    variance: Floats = np.einsum("it,ij,jt->t", gradient, model.covariance_log, gradient)
    return variance


def _share_interval(
    model: ContractModel, of: Callable[[ContractModel], Floats], confidence: float
) -> tuple[Floats, Floats, Floats]:
    from scipy.special import expit, logit

    share = of(model)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = normal_quantile(confidence) * np.sqrt(_variance(model, of)) / (share * (1 - share))
    inside = (share > 0) & (share < 1) & np.isfinite(reach)
    middle, reach = logit(np.where(inside, share, 0.5)), np.where(inside, reach, 0.0)
    low, high = (np.where(inside, expit(middle + sign * reach), share) for sign in (-1, 1))
    return share, low, high
