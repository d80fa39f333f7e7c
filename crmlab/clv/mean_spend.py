"""One mean value for every purchase: what is left where the Gamma-Gamma model cannot be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlab.clv._guard import numbers, table_of
from crmlab.clv._model import FittedModel, check_confidence
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["MeanSpend", "fit_mean_spend"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanSpend(FittedModel):
    """The mean value of a purchase, the same for all customers; see :func:`fit_mean_spend`.

    Attributes
    ----------
    mean
        Money a purchase.
    spread
        Standard deviation of single purchases around it, in money.

    """

    names: ClassVar[tuple[str, ...]] = ("mean",)

    mean: float
    spread: float

    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> MeanSpend:
        """Estimate the same mean from other customers."""
        return fit_mean_spend(summary_or_table, confidence=self.confidence)

    def expected_spend(self, table: CustomerSummary | pd.DataFrame) -> pd.Series:
        """Return the mean for each customer of a table."""
        return pd.Series(self.mean, index=table_of(table).index, name="expected_spend")

    def spend(self, x: Floats, z: Floats) -> Floats:  # noqa: ARG002 - as GammaGamma.spend
        """Return the mean for checked arrays; `z` is not looked at."""
        return np.full(len(x), self.mean)


def fit_mean_spend(
    summary_or_table: CustomerSummary | pd.DataFrame, *, confidence: float = 0.95
) -> MeanSpend:
    r"""Estimate the mean value of a purchase over all customers.

    Parameters
    ----------
    summary_or_table
        A customer summary, or a table with ``frequency`` (repeat purchase days) and ``total_value`` (money, all
        purchases, the first included). Missing values are errors.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    MeanSpend
        It stands where :func:`crmlab.clv.customer_lifetime_value` asks for a Gamma-Gamma model.

    Raises
    ------
    DataError
        Missing columns or values; the purchases are worth nothing in sum.

    Notes
    -----
    With :math:`v_i` the total value and :math:`x_i + 1` the purchase days of customer i,

    .. math:: m = \frac{\sum v_i}{\sum (x_i + 1)}, \qquad
              \mathrm{se}(m)^2 = \frac{n}{n-1} \frac{\sum e_i^2}{(\sum (x_i + 1))^2}, \quad e_i = v_i - m (x_i + 1)

    the ratio estimator with customers as clusters. Use it where all amounts are equal, or too few customers bought
    again to tell how they differ; else the Gamma-Gamma model knows more.

    References
    ----------
    Cochran, W. G. (1977). Sampling techniques (3rd ed.), sections 6.3-6.4. Wiley. ISBN 978-0-471-16240-7.

    Checked against: a bootstrap of the customers.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [0, 1, 3], "total_value": [10.0, 20.0, 40.0]})
    >>> model = fit_mean_spend(table)
    >>> model.mean, float(model.standard_errors["mean"])
    (10.0, 0.0)

    """
    check_confidence(confidence)
    table = table_of(summary_or_table)
    check_columns(table, ("frequency", "total_value"), what="customer table")
    days, worth = numbers(table, "frequency") + 1, numbers(table, "total_value")
    bad = ~(np.isfinite(days) & np.isfinite(worth))
    if bad.any():
        raise DataError(f"{int(bad.sum())} row(s) have no frequency or no total value.")
    if not worth.sum() > 0:
        raise DataError(
            f"All purchases together are worth {worth.sum():g}: there is no value to forecast.",
            hint="Look at the signs of the amounts: purchases must be positive, refunds negative.",
        )
    n, count = len(days), float(days.sum())
    mean = float(worth.sum()) / count
    squares = float(((worth - mean * days) ** 2).sum())
    variance = squares / count**2 * n / (n - 1) if n > 1 else 0.0
    return MeanSpend(
        mean=mean,
        spread=float(np.sqrt(squares / count)),
        log_likelihood=float("nan"),
        n=n,
        covariance_log=np.array([[variance / mean**2]]),
        confidence=confidence,
        penalty=0.0,
        iterations=0,
    )
