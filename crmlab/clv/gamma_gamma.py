"""Gamma-Gamma: what a purchase of each customer is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._guard import counts_of, numbers, table_of
from crmlab.clv._model import FittedModel, check_confidence, check_penalty, normal_quantile
from crmlab.clv._newton import maximise, with_penalty
from crmlab.clv._rows import check_columns
from crmlab.clv.grouped import SpendCounts
from crmlab.errors import DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["GammaGamma", "fit_gamma_gamma"]

#: money: squares of more leave the range of numbers
_LARGEST = 1e100
_ALIKE = "the customers' mean values differ no more than by chance"
_MEANINGS = {
    ("q", "infinity"): _ALIKE,
    ("gamma", "infinity"): _ALIKE,
    ("p", "infinity"): "each customer spends the same every time",
}
Size = Literal["negligible", "small", "medium", "large"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GammaGamma(FittedModel):
    """A fitted Gamma-Gamma model; see :func:`fit_gamma_gamma`.

    Attributes
    ----------
    p, q, gamma
        Shape of a customer's purchases; shape and (in money) scale of the customers' differences.
    left_out
        Customers not used, by reason: ``no_repeat_purchase``, ``value_missing``, ``value_not_positive``.
    correlation
        Pearson's between frequency and monetary value of the customers used: the model assumes 0.
    correlation_low, correlation_high
        Its interval (Fisher's z).
    correlation_size
        ``"negligible"`` below .1, ``"small"`` below .3, ``"medium"`` below .5, else ``"large"`` (Cohen 1988).

    """

    names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    p: float
    q: float
    gamma: float
    left_out: Mapping[str, int]
    correlation: float
    correlation_low: float
    correlation_high: float

    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> GammaGamma:
        """Fit the same model, with the same penalty, to other customers."""
        return fit_gamma_gamma(summary_or_table, penalty=self.penalty, confidence=self.confidence)

    @property
    def correlation_size(self) -> Size:
        """How large the correlation between frequency and value is."""
        size = abs(self.correlation)
        if size < 0.1 or np.isnan(size):
            return "negligible"
        return "small" if size < 0.3 else "medium" if size < 0.5 else "large"

    @property
    def population_mean(self) -> float:
        r"""Mean purchase of the population, :math:`p\gamma/(q-1)`; infinite for :math:`q \le 1`."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")

    @checked_arguments
    def population_mean_interval(self, confidence: float | None = None) -> dict[str, float]:
        """Estimate, standard error and interval of the population mean (delta method, symmetric in the logarithm)."""
        level = self.confidence if confidence is None else confidence
        mean = self.population_mean
        if not np.isfinite(mean):
            normal_quantile(level)
            return {"estimate": mean, "se": mean, "low": float("nan"), "high": mean}
        by_log = np.array([1.0, -self.q / (self.q - 1), 1.0])
        se_log = float(np.sqrt(by_log @ self.covariance_log @ by_log))
        factor = float(np.exp(normal_quantile(level) * se_log))
        return {"estimate": mean, "se": mean * se_log, "low": mean / factor, "high": mean * factor}

    def expected_spend(self, table: CustomerSummary | pd.DataFrame) -> pd.Series:
        r"""Return the expected value of a purchase of each customer, given what he has spent so far.

        .. math:: E(Z \mid x, \bar z) = \frac{p\,(\gamma + x\bar z)}{px + q - 1}

        A weighted mean of the customer's own average and the population's; one-time buyers get the population mean.

        Parameters
        ----------
        table
            A customer summary or its table, with ``frequency`` and ``monetary_value`` (which may be missing where
            the frequency is 0).

        Raises
        ------
        DataError
            A repeat buyer without monetary value.
        FitError
            The mean is infinite (q of 1 or less) and somebody bought too rarely to mend that.

        """
        frame = table_of(table)
        x, z = frequency_and_value(frame)
        missing = (x > 0) & ~np.isfinite(z)
        if missing.any():
            rows = ", ".join(repr(label) for label in frame.index[missing][:5])
            raise DataError(
                f"{int(missing.sum())} repeat buyer(s) have no monetary value: {rows}.",
                hint="customer_summary(transactions, amount=...) gives one to each.",
            )
        return pd.Series(self.spend(x, z), index=frame.index, name="expected_spend")

    def spend(self, x: Floats, z: Floats) -> Floats:
        """Return the conditional expectation for checked arrays; `z` is not looked at where x is 0."""
        weight = self.p * x + self.q - 1
        if (weight <= 0).any():
            raise FitError(
                f"The expected purchase is infinite: q is {self.q:.3g}, and a mean needs p x + q above 1.",
                hint="A few very large purchases do this. Look at the largest monetary values; "
                "leave out errors of input, or give fit_gamma_gamma a penalty.",
            )
        return self.p * (self.gamma + np.where(x > 0, x * z, 0.0)) / weight


@checked_arguments
def fit_gamma_gamma(
    summary_or_table: CustomerSummary | SpendCounts | pd.DataFrame,
    *,
    penalty: float = 0.0,
    confidence: float = 0.95,
) -> GammaGamma:
    r"""Fit the Gamma-Gamma model of spend by maximum likelihood.

    Parameters
    ----------
    summary_or_table
        A customer summary, or a table with ``frequency`` (x, whole) and ``monetary_value`` (:math:`\bar z`, mean of
        the x repeat purchases, in money), or grouped counts (:func:`crmlab.clv.spend_counts`). Used are repeat buyers
        with a positive value; the rest is counted in ``left_out``.
    penalty
        Weight of :math:`\sum\theta^2` taken off the log-likelihood, :math:`\theta = \ln(p, q, \gamma/\bar m)` with
        :math:`\bar m` the mean of the values; 0: none.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    GammaGamma

    Raises
    ------
    DataError
        No such columns, or an infinite value.
    FitError
        Fewer than 3 customers to use, all values equal, or parameters that the data do not tell.

    Notes
    -----
    A customer's purchases are gamma :math:`(p, \nu)`, and :math:`\nu` is gamma :math:`(q, \gamma)` among customers:

    .. math:: \ln f(\bar z \mid x) = \ln\frac{\Gamma(px+q)}{\Gamma(px)\Gamma(q)} + q\ln\gamma + (px-1)\ln\bar z
              + px\ln x - (px+q)\ln(\gamma + x\bar z)

    Assumes that value does not depend on frequency (look at ``correlation``), that a customer's purchases scatter
    around one mean of his own with a common coefficient of variation, and that amounts are positive. Not for
    amounts with a few fixed prices, nor for margins that may be negative.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value (note 025).
    http://www.brucehardie.com/notes/025/

    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value curves for customer base
    analysis. Journal of Marketing Research, 42(4), 415-430. https://doi.org/10.1509/jmkr.2005.42.4.415

    Checked against: the note's estimates and mean on the CDNOW sample (946 repeat buyers); ``lifetimes`` 0.11.3;
    recovery of simulated parameters.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.integers(0, 12, 3000)
    >>> nu = rng.gamma(4.0, 1 / 15.0, 3000)
    >>> table = pd.DataFrame({"frequency": x, "monetary_value": rng.gamma(6.0 * np.maximum(x, 1), 1 / nu)
    ...                                                         / np.maximum(x, 1)})
    >>> model = fit_gamma_gamma(table)
    >>> bool(abs(model.population_mean - 6 * 15 / 3) < 3 * model.population_mean_interval()["se"])
    True

    """
    check_penalty(penalty)
    check_confidence(confidence)
    if isinstance(summary_or_table, SpendCounts):
        x, z = frequency_and_value(summary_or_table.table)
        w = counts_of(summary_or_table.table)
    else:
        x, z = frequency_and_value(table_of(summary_or_table))
        w = np.ones(len(x))
    used, left_out = _usable(x, z, w)
    x, z, w = x[used], z[used], w[used]
    n = int(w.sum())
    _check_can_tell(n, z, left_out)
    scale = float(np.average(z, weights=w))
    objective = gamma_gamma_log_likelihood(x, z / scale, w)
    best = maximise(with_penalty(objective, penalty), _starts(), names=GammaGamma.names, meanings=_MEANINGS)
    p, q, gamma = (float(v) for v in np.exp(best.theta))
    r, low, high = _correlation(x, z, w, normal_quantile(confidence))
    return GammaGamma(
        p=p,
        q=q,
        gamma=gamma * scale,
        # Values were divided by `scale`; the density is that of the values as they came.
        log_likelihood=objective(best.theta)[0] - n * float(np.log(scale)),
        n=n,
        covariance_log=best.covariance,
        confidence=confidence,
        penalty=penalty,
        iterations=best.iterations,
        left_out=MappingProxyType(left_out),
        correlation=r,
        correlation_low=low,
        correlation_high=high,
    )


def gamma_gamma_log_likelihood(
    x: Floats, z: Floats, w: Floats | None = None
) -> Callable[[Floats], tuple[float, Floats, Floats]]:
    """Return a function of ``log([p, q, gamma])`` that gives the log-likelihood, its gradient and Hessian.

    Each entry stands for `w` customers, or for one.
    """
    from scipy.special import digamma, gammaln, zeta

    w = np.ones(len(x)) if w is None else w
    xs, place = np.unique(x, return_inverse=True)
    count = np.bincount(place, weights=w, minlength=len(xs))
    n, spent = float(w.sum()), x * z
    constant = -float(w @ np.log(z))
    by_p = float((w * x) @ (np.log(z) + np.log(x)))

    def trigamma(v: Floats | float) -> Floats:
        return np.asarray(zeta(2.0, v), dtype=np.float64)

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        p, q, gamma = (float(v) for v in np.exp(theta))
        px, pxq = p * xs, p * xs + q
        total = gamma + spent
        log_total, inverse = np.log(total), 1 / total
        sums = [
            np.bincount(place, weights=w * v, minlength=len(xs)) for v in (log_total, inverse, inverse**2)
        ]
        log_by_x, inverse_by_x, square_by_x = sums

        value = float(count @ (gammaln(pxq) - gammaln(px))) - n * float(gammaln(q)) + n * q * np.log(gamma)
        value += constant + p * by_p - float(pxq @ log_by_x)
        g = np.array(
            [
                float(count @ (xs * (digamma(pxq) - digamma(px)))) + by_p - float(xs @ log_by_x),
                float(count @ digamma(pxq))
                - n * float(digamma(q))
                + n * np.log(gamma)
                - float(log_by_x.sum()),
                n * q / gamma - float(pxq @ inverse_by_x),
            ]
        )
        h = np.empty((3, 3))
        h[0, 0] = float(count @ (xs**2 * (trigamma(pxq) - trigamma(px))))
        h[0, 1] = h[1, 0] = float(count @ (xs * trigamma(pxq)))
        h[0, 2] = h[2, 0] = -float(xs @ inverse_by_x)
        h[1, 1] = float(count @ trigamma(pxq)) - n * float(trigamma(q))
        h[1, 2] = h[2, 1] = n / gamma - float(inverse_by_x.sum())
        h[2, 2] = -n * q / gamma**2 + float(pxq @ square_by_x)
        at = np.array([p, q, gamma])
        return float(value), g * at, h * np.outer(at, at) + np.diag(g * at)

    return evaluate


def frequency_and_value(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Check ``frequency`` and ``monetary_value``, and return them as arrays."""
    check_columns(table, ("frequency", "monetary_value"), what="customer table")
    x, z = numbers(table, "frequency"), numbers(table, "monetary_value")
    bad = ~np.isfinite(x) | (x < 0) | (x != np.floor(x)) | (np.abs(z) > _LARGEST)
    if bad.any():
        shown = "; ".join(f"{table.index[i]!r} ({x[i]:g}, {z[i]:g})" for i in np.flatnonzero(bad)[:5])
        raise DataError(
            f"{int(bad.sum())} row(s) have no whole frequency of 0 or more, or an infinite value (above 1e100): {shown}.",
            hint="customer_summary(transactions) makes such a table.",
        )
    return x, z


def _usable(x: Floats, z: Floats, w: Floats) -> tuple[NDArray[np.bool_], dict[str, int]]:
    again = x > 0
    missing = again & np.isnan(z)
    not_positive = again & (z <= 0)
    return again & (z > 0), {
        "no_repeat_purchase": int(w[~again].sum()),
        "value_missing": int(w[missing].sum()),
        "value_not_positive": int(w[not_positive].sum()),
    }


def _check_can_tell(n: int, z: Floats, left_out: Mapping[str, int]) -> None:
    why = [
        f"{count:,} customer(s) left out: {reason.replace('_', ' ')}"
        for reason, count in left_out.items()
        if count
    ]
    if n < 3:
        raise FitError(
            f"{n} customer(s) bought again for a positive value; the Gamma-Gamma model needs at least 3.",
            problems=why,
            hint="Observe longer, or use one mean value for all.",
        )
    if z.max() - z.min() <= 1e-9 * z.max():
        raise FitError(
            f"All {n:,} customers have the same monetary value, {z[0]:g}: there is nothing to model.",
            problems=why,
            hint="Use this value for every purchase.",
        )


def _correlation(x: Floats, z: Floats, w: Floats, quantile: float) -> tuple[float, float, float]:
    if x.min() == x.max():
        return float("nan"), float("nan"), float("nan")  # all bought equally often
    covariance = np.cov(x, z, aweights=w, ddof=0)
    r = float(np.clip(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]), -1, 1))
    n = float(w.sum())
    if n <= 3 or abs(r) >= 1:
        return r, float("nan"), float("nan")
    width = quantile / np.sqrt(n - 3)
    return r, float(np.tanh(np.arctanh(r) - width)), float(np.tanh(np.arctanh(r) + width))


def _starts() -> Iterator[Floats]:
    for p, q in ((3.0, 4.0), (1.0, 2.0), (10.0, 10.0), (0.5, 1.5), (30.0, 5.0)):
        yield np.log([p, q, (q - 1) / p if q > 1 else 1.0])
