"""What all fitted models share: parameters with uncertainty, held in logs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from crmlab.clv._effects import Effects
    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["FittedModel", "PurchaseModel", "check_confidence", "normal_quantile"]

#: Step of the central differences in log-parameters: error about 1e-9 of the value.
_STEP = 1e-4


class PurchaseModel(Protocol):
    """What a model of purchases offers to CLV, hold-out validation and frequency tables."""

    @property
    def time_unit(self) -> TimeUnit | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def covariance_log(self) -> Floats: ...
    @property
    def effects(self) -> Effects | None: ...
    @property
    def log_parameters(self) -> Floats: ...
    def at(self, log_parameters: Floats) -> Self: ...
    def histories(self, table: CustomerSummary | pd.DataFrame) -> Histories: ...
    def alive(self, h: Histories) -> Floats: ...
    def buys(self, h: Histories, horizon: float) -> Floats: ...
    def paths(self, h: Histories, times: Floats) -> Floats: ...
    def residual(self, h: Histories, delta: float) -> Floats: ...
    def new(self, h: Histories, times: Floats) -> Floats: ...
    def expected_purchases_new(self, t: ArrayLike, who: pd.DataFrame | None = None) -> Floats: ...
    def frequency_probabilities(self, T: Floats, largest: int, kinds: Floats | None = None) -> Floats: ...
    def draw(self, rng: np.random.Generator, size: int) -> Floats: ...
    def simulate(
        self, h: Histories, horizon: float, theta: Floats, rng: np.random.Generator
    ) -> NDArray[np.int64]: ...
    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> Self: ...
    def summary(self) -> pd.DataFrame: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedModel:
    """Maximum-likelihood estimates of positive parameters.

    Attributes
    ----------
    log_likelihood
        At the estimates, without the penalty.
    n
        Customers used.
    covariance_log
        Of the logarithms of the parameters (inverse of the observed information).
    confidence
        Level of all intervals.
    penalty
        Weight of the penalty on squared log-parameters; 0 is maximum likelihood.
    iterations
        Newton steps needed.

    """

    names: ClassVar[tuple[str, ...]]

    log_likelihood: float
    n: int
    covariance_log: Floats
    confidence: float
    penalty: float
    iterations: int

    @property
    def parameters(self) -> pd.Series:
        """The estimates by name."""
        return pd.Series(
            [getattr(self, name) for name in self.names], index=list(self.names), name="estimate"
        )

    @property
    def log_parameters(self) -> Floats:
        """Logarithms of the estimates, in the order of `names`."""
        return np.array([np.log(getattr(self, name)) for name in self.names])

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates in their own units (delta method from the logarithms)."""
        p = self.parameters.to_numpy(dtype=np.float64)
        return pd.DataFrame(
            self.covariance_log * np.outer(p, p), index=list(self.names), columns=list(self.names)
        )

    @property
    def standard_errors(self) -> pd.Series:
        """Standard errors of the estimates in their own units."""
        covariance = self.covariance
        return pd.Series(np.sqrt(np.diag(covariance)), index=list(covariance.index), name="se")

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * len(self.log_parameters) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's (Bayesian) information criterion."""
        return float(len(self.log_parameters) * np.log(self.n) - 2 * self.log_likelihood)

    def at(self, log_parameters: Floats) -> Self:
        """Return the same model at other parameter values (for intervals and simulation)."""
        changes: dict[str, Any] = dict(zip(self.names, map(float, np.exp(log_parameters)), strict=True))
        return replace(self, **changes)

    def summary(self) -> pd.DataFrame:
        """Return ``parameter``, ``estimate``, ``se``, ``se_log``, ``low``, ``high``.

        The interval is Wald's on the log scale, so that it never leaves the positive numbers.
        """
        se_log = np.sqrt(np.diag(self.covariance_log))
        z = normal_quantile(self.confidence)
        estimate = self.parameters.to_numpy(dtype=np.float64)
        return pd.DataFrame(
            {
                "parameter": list(self.names),
                "estimate": estimate,
                "se": self.standard_errors.to_numpy(),
                "se_log": se_log,
                "low": estimate * np.exp(-z * se_log),
                "high": estimate * np.exp(z * se_log),
            }
        )

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw log-parameters from their asymptotic normal distribution; shape (size, parameters)."""
        return rng.multivariate_normal(self.log_parameters, self.covariance_log, size=size, method="cholesky")


def shifted(model: FittedModel | PurchaseModel) -> list[tuple[Floats, Floats, float]]:
    """Return, for each parameter, log-parameters a step up and a step down, and the distance between them."""
    theta = model.log_parameters
    steps = np.eye(len(theta)) * _STEP
    return [(theta + step, theta - step, 2 * _STEP) for step in steps]


def check_confidence(confidence: float) -> None:
    """Raise a ParameterError unless 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise ParameterError(
            f"confidence is {confidence!r}; it must lie between 0 and 1.", hint="95 % is confidence=0.95."
        )


def check_penalty(penalty: float) -> None:
    """Raise a ParameterError unless the penalty is a finite number of at least 0."""
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ParameterError(
            f"penalty is {penalty!r}; it must be 0 or more.", hint="0 is maximum likelihood."
        )


def normal_quantile(confidence: float) -> float:
    """Return z with probability `confidence` between -z and z (1.96 for 95 %)."""
    from scipy.special import ndtri

    check_confidence(confidence)
    return float(ndtri(0.5 + confidence / 2))
