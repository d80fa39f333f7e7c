"""Covariates in a model of purchases: some parameters are scaled by what is known of each customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from crmlab.clv._model import FittedModel, normal_quantile
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Block", "Effects", "PurchaseParameters", "Scaled"]

#: What is scaled: label of the coefficients, the parameter's place, +1 or -1, the list of columns it takes.
Scaled = tuple[str, int, float, str]


@dataclass(frozen=True, eq=False)
class Block:
    r"""One parameter that covariates scale: :math:`\alpha_i = \alpha\, e^{\pm\gamma' z_i}`.

    Attributes
    ----------
    label
        ``"purchase"``, ``"dropout"``, ``"dropout_a"``, ``"dropout_b"``.
    at
        Place of the parameter among the model's four.
    sign
        +1 or -1.
    columns
        Names of the covariates.
    places
        Places of these columns among all covariates of the model.
    coefficients
        One a column.

    """

    label: str
    at: int
    sign: float
    columns: tuple[str, ...]
    places: Ints
    coefficients: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients."""
        return tuple(f"{self.label}[{column}]" for column in self.columns)


@dataclass(frozen=True, eq=False)
class Effects:
    """All covariates of a model, with their coefficients, and the log-likelihood without them."""

    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    log_likelihood_without: float

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all coefficients."""
        return tuple(name for block in self.blocks for name in block.names)

    @property
    def coefficients(self) -> Floats:
        """All coefficients, block after block."""
        return np.concatenate([block.coefficients for block in self.blocks])

    def at(self, coefficients: Floats) -> Effects:
        """Return the same with other coefficients."""
        blocks, start = [], 0
        for block in self.blocks:
            end = start + len(block.columns)
            blocks.append(replace(block, coefficients=np.asarray(coefficients[start:end], dtype=np.float64)))
            start = end
        return replace(self, blocks=tuple(blocks))


@dataclass(frozen=True, eq=False, kw_only=True)
class PurchaseParameters(FittedModel):
    """Four positive parameters, and the coefficients of covariates if there are any.

    Attributes
    ----------
    time_unit
        Unit of time; None if the model was fitted to a table without one.
    effects
        Covariates with their coefficients; None without.

    """

    scaled: ClassVar[tuple[Scaled, ...]]

    time_unit: TimeUnit | None
    effects: Effects | None = None

    @property
    def parameters(self) -> pd.Series:
        """The estimates by name: the parameters, then the coefficients of covariates."""
        plain = super().parameters
        if self.effects is None:
            return plain
        more = pd.Series(self.effects.coefficients, index=list(self.effects.names), name="estimate")
        both: pd.Series = pd.concat([plain, more])
        return both

    @property
    def log_parameters(self) -> Floats:
        """Logarithms of the parameters in the order of `names`, then the coefficients as they are."""
        plain = super().log_parameters
        return plain if self.effects is None else np.concatenate([plain, self.effects.coefficients])

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates in their own units (delta method from the logarithms)."""
        p = self.parameters
        slopes = np.concatenate([p.to_numpy(dtype=np.float64)[: len(self.names)], np.ones(self._extra)])
        return pd.DataFrame(
            self.covariance_log * np.outer(slopes, slopes), index=list(p.index), columns=list(p.index)
        )

    @property
    def _extra(self) -> int:
        return 0 if self.effects is None else len(self.effects.names)

    def at(self, log_parameters: Floats) -> Self:
        """Return the same model at other values of :attr:`log_parameters`."""
        k = len(self.names)
        same = super().at(log_parameters[:k])
        return same if self.effects is None else replace(same, effects=self.effects.at(log_parameters[k:]))

    def summary(self) -> pd.DataFrame:
        """Return ``parameter``, ``estimate``, ``se``, ``se_log``, ``low``, ``high``.

        Intervals of parameters are Wald's on the log scale, so that they never leave the positive numbers; those of
        coefficients of covariates are symmetric around the estimate (``se_log`` is missing there).
        """
        p, errors = self.parameters, self.standard_errors.to_numpy()
        estimate = p.to_numpy(dtype=np.float64)
        se_log = np.sqrt(np.diag(self.covariance_log))
        z, coefficient = normal_quantile(self.confidence), np.arange(len(p)) >= len(self.names)
        return pd.DataFrame(
            {
                "parameter": list(p.index),
                "estimate": estimate,
                "se": errors,
                "se_log": np.where(coefficient, np.nan, se_log),
                "low": np.where(coefficient, estimate - z * errors, estimate * np.exp(-z * se_log)),
                "high": np.where(coefficient, estimate + z * errors, estimate * np.exp(z * se_log)),
            }
        )

    def covariate_test(self) -> pd.DataFrame:
        r"""Return the likelihood-ratio test of all covariates against the model without them.

        :math:`2(\ln L - \ln L_0)` is chi-squared with as many degrees of freedom as there are coefficients, if none of
        them matters and the customers are many.

        Returns
        -------
        pandas.DataFrame
            One row: ``log_likelihood``, ``log_likelihood_without``, ``statistic``, ``df``, ``p_value``.

        Raises
        ------
        ParameterError
            The model has no covariates, or was fitted with a penalty.

        """
        from scipy.special import chdtrc

        if self.effects is None:
            raise ParameterError("The model has no covariates to test.")
        if self.penalty > 0:
            raise ParameterError(
                "With a penalty, the estimates are not those of maximum likelihood: there is no such test.",
                hint="Fit it with penalty=0.",
            )
        statistic = max(2 * (self.log_likelihood - self.effects.log_likelihood_without), 0.0)
        df = len(self.effects.names)
        return pd.DataFrame(
            {
                "log_likelihood": [self.log_likelihood],
                "log_likelihood_without": [self.effects.log_likelihood_without],
                "statistic": [statistic],
                "df": [df],
                "p_value": [float(chdtrc(df, statistic))],
            }
        )

    def how_fitted(self) -> dict[str, Any]:
        """Return the options with which the model was fitted."""
        blocks = () if self.effects is None else self.effects.blocks
        named = {block.label.partition("_")[0]: list(block.columns) for block in blocks}
        return {
            "penalty": self.penalty,
            "confidence": self.confidence,
            "time_unit": self.time_unit,
            "purchase_covariates": named.get("purchase"),
            "dropout_covariates": named.get("dropout"),
        }

    def each(self, h: Histories) -> tuple[Any, ...]:
        """Return the four parameters; those that covariates scale as an array, one number a customer."""
        return self.each_of(h.kind, h.kinds)

    def each_of(self, kind: Ints | None, kinds: Floats | None) -> tuple[Any, ...]:
        """Return the four parameters of customers with these rows of covariates."""
        values: list[Any] = [getattr(self, name) for name in self.names]
        if self.effects is not None:
            assert kinds is not None
            for block in self.effects.blocks:
                factor = np.exp(block.sign * (kinds[:, block.places] @ block.coefficients))
                values[block.at] = values[block.at] * (factor if kind is None else factor[kind])
        return tuple(values)

    def drawn(self, theta: Floats, h: Histories) -> tuple[Any, ...]:
        """Return the four parameters at each row of `theta`: shape (draws, 1), or (draws, customers) where scaled."""
        values: list[Any] = [np.exp(theta[:, [i]]) for i in range(len(self.names))]
        if self.effects is not None:
            assert h.kinds is not None
            start = len(self.names)
            for block in self.effects.blocks:
                end = start + len(block.columns)
                factor = np.exp(block.sign * (theta[:, start:end] @ h.kinds[:, block.places].T))
                values[block.at] = values[block.at] * factor[:, h.kind]
                start = end
        return tuple(values)
