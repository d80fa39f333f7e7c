"""BG/NBD: how often customers buy, and whether they are still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._bg_nbd_expectation import discounted_if_alive, expected_if_alive
from crmlab.clv._bg_nbd_rows import bg_nbd_rows
from crmlab.clv._collapse import collapse
from crmlab.clv._fit import SAME_RATE, fit_to_histories
from crmlab.clv._leaving import LeavingAfterPurchases
from crmlab.clv._predict import alike_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit
    from crmlab.clv.grouped import HistoryCounts
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["BGNBD", "fit_bg_nbd"]

_SAME_CHANCE = "the chance to leave is one and the same for all"
_MEANINGS = {
    ("r", "infinity"): SAME_RATE,
    ("alpha", "infinity"): SAME_RATE,
    ("a", "zero"): "nobody seems to leave",
    ("a", "infinity"): _SAME_CHANCE,
    ("b", "infinity"): _SAME_CHANCE,
    ("b", "zero"): "repeat buyers seem to leave at once, or never",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class BGNBD(LeavingAfterPurchases):
    """A fitted BG/NBD model; see :func:`fit_bg_nbd`.

    Attributes
    ----------
    r, alpha
        Shape and rate of the gamma distribution of purchase rates (alpha in `time_unit`).
    a, b
        Of the beta distribution of the chance to leave after a purchase.
    time_unit
        Unit of alpha and of all horizons; None if the model was fitted to a table without one.
    effects
        Covariates with their coefficients, or None. With them, alpha, a and b are those of a customer whose covariates
        are all 0.

    """

    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> BGNBD:
        """Fit the same model, with the same covariates and penalty, to other customers."""
        return fit_bg_nbd(summary_or_table, **self.how_fitted())

    def alive(self, h: Histories) -> Floats:
        """Return the probability of being still there, for checked histories."""
        from scipy.special import expit

        r, alpha, a, b = self.each(h)
        odds = np.log(a) - np.log(b + np.maximum(h.x, 1) - 1)
        odds += (r + h.x) * (np.log(alpha + h.T) - np.log(alpha + h.t))
        return np.where(h.x == 0, 1.0, expit(-odds))

    def paths(self, h: Histories, times: Floats) -> Floats:
        """Purchases expected in the next `times`, for checked histories; shape (len(h), len(times))."""
        found, place = alike_ahead(h)
        x = found.x.astype(np.float64)
        return expected_if_alive(self.each(found), x, found.T, times)[place] * self.alive(h)[:, None]

    def residual(self, h: Histories, delta: float) -> Floats:
        """Discounted purchases still to come, without end, at the rate `delta` a unit of time."""
        found, place = alike_ahead(h)
        ever = discounted_if_alive(self.each(found), found.x.astype(np.float64), found.T, delta)
        return ever[place] * self.alive(h)

    def new(self, h: Histories, times: Floats) -> Floats:
        """Repeat purchases of new customers with the covariates of `h`; shape (1, len(times)) if all are alike."""
        p = self.each_of(h.kind, h.kinds)
        nobody = np.zeros(1 if h.kind is None else len(h.kind))
        return expected_if_alive(p, nobody, nobody, times)

    def frequency_probabilities(self, T: Floats, largest: int, kinds: Floats | None = None) -> Floats:
        """P(X(T) = 0), ..., P(X(T) = largest - 1), P(X(T) >= largest); shape (len(T), largest + 1).

        `kinds` are the covariates of each T, if the model has any.
        Equation (8) of the paper, with the tail sum as an incomplete beta function.
        """
        from scipy.special import betainc, betaln, gammaln

        r, alpha, a, b = (np.asarray(p).reshape(-1, 1) for p in self.each_of(None, kinds))
        x = np.arange(largest, dtype=np.float64)
        T = np.asarray(T, dtype=np.float64)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            power = np.where(x > 0, x * np.log(T / (alpha + T)), 0.0)
        stayed = betaln(a, b + x) - betaln(a, b) + gammaln(r + x) - gammaln(r) - gammaln(x + 1)
        p = np.exp(stayed + r * np.log(alpha / (alpha + T)) + power)
        left = np.exp(betaln(a + 1, b + x[1:] - 1) - betaln(a, b))
        p[:, 1:] += left * betainc(x[1:], r, T / (alpha + T))
        return np.column_stack([p, np.clip(1 - p.sum(axis=1), 0, 1)])

    def simulate(
        self, h: Histories, horizon: float, theta: Floats, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw each customer's purchases in the next `horizon`, one row a row of log-parameters `theta`."""
        r, alpha, a, b = self.drawn(theta, h)
        odds = np.log(a) - np.log(b + np.maximum(h.x, 1) - 1)
        odds = odds + (r + h.x) * (np.log(alpha + h.T) - np.log(alpha + h.t))
        alive = (h.x == 0) | (rng.logistic(size=odds.shape) > odds)
        rate = rng.gamma(r + h.x, 1 / (alpha + h.T))
        chances = rng.poisson(rate * horizon)
        leave = np.clip(rng.beta(np.broadcast_to(a, odds.shape), b + h.x), 1e-300, 1 - 1e-16)
        until = np.ceil(-rng.standard_exponential(size=odds.shape) / np.log1p(-leave))
        return np.where(alive, np.minimum(chances, np.maximum(until, 1)), 0).astype(np.int64)


@checked_arguments
def fit_bg_nbd(
    summary_or_table: CustomerSummary | HistoryCounts | pd.DataFrame,
    *,
    penalty: float = 0.0,
    confidence: float = 0.95,
    time_unit: TimeUnit | None = None,
    purchase_covariates: Sequence[str] | None = None,
    dropout_covariates: Sequence[str] | None = None,
) -> BGNBD:
    r"""Fit the beta-geometric/NBD model by maximum likelihood.

    Parameters
    ----------
    summary_or_table
        A customer summary, or a table with ``frequency`` (whole, 0 or more), ``recency`` and ``T`` (same unit,
        0 <= recency <= T; recency is 0 exactly for those who bought once), or grouped counts
        (:func:`crmlab.clv.history_counts`). Missing values are errors.
    penalty
        Weight of :math:`\sum\theta^2` taken off the log-likelihood, :math:`\theta = \ln(r, \alpha/\bar T, a, b)`:
        a normal prior on each with variance 1/(2 penalty). 0: none.
    confidence
        Level of the intervals, between 0 and 1.
    time_unit
        Unit of the times in a bare table; a summary knows its own.
    purchase_covariates, dropout_covariates
        Columns of the table that tell customers apart: numbers, known at the first purchase and the same ever after.
        They scale the rates of purchase, and what makes customers leave. Default: none.

    Returns
    -------
    BGNBD

    Raises
    ------
    DataError
        The table does not hold purchase histories; covariates that are text, missing, constant or collinear.
    ParameterError
        A penalty below 0, a confidence outside (0, 1), an unknown unit.
    FitError
        The data cannot tell the parameters: one customer, nobody bought again, all alike, a parameter that runs off
        to zero or infinity.

    Notes
    -----
    While there, a customer buys at random with rate :math:`\lambda`; after each purchase he leaves for good with
    chance :math:`p`. Rates are gamma :math:`(r, \alpha)`, chances beta :math:`(a, b)`, independent of each other.

    .. math:: L = \frac{B(a, b+x)}{B(a,b)}\frac{\Gamma(r+x)\alpha^r}{\Gamma(r)(\alpha+T)^{r+x}}
              + 1_{x>0}\frac{B(a+1, b+x-1)}{B(a,b)}\frac{\Gamma(r+x)\alpha^r}{\Gamma(r)(\alpha+t_x)^{r+x}}

    Newton's method on the logarithms of the parameters, with exact first and second derivatives, over distinct
    histories. Standard errors come from the observed information.

    With covariates z (after the first purchase nothing of them may change),

    .. math:: \alpha_i = \alpha\, e^{-\gamma' z_i}, \qquad a_i = a\, e^{\gamma_a' z_i}, \qquad b_i = b\, e^{\gamma_b' z_i}

    so that :math:`e^{\gamma}` is the factor of the mean purchase rate for one unit more of z; the mean chance to leave is
    :math:`a_i / (a_i + b_i)`. ``summary()`` lists the coefficients as ``purchase[z]``, ``dropout_a[z]`` and
    ``dropout_b[z]``; ``covariate_test()`` compares with the model without them. A penalty counts them by standard
    deviation of their column.

    Not for contracts (the end is seen), not for purchases at regular intervals, seasons or strong promotions; one-time
    buyers count as still there for certain, by construction.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way: An alternative to the
    Pareto/NBD model. Marketing Science, 24(2), 275-284. https://doi.org/10.1287/mksc.1040.0098

    Fader, P. S., & Hardie, B. G. S. (2007). Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
    models (note 019). http://www.brucehardie.com/notes/019/

    Checked against: the paper's estimates, log-likelihood and standard errors on the CDNOW sample; ``lifetimes``
    0.11.3 (likelihood, predictions, P(alive)); numerical integration; recovery of simulated parameters; covariates
    against numerical integration and ``scipy.optimize``.

    Examples
    --------
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1), bg_nbd=(0.5, 4.0, 0.8, 2.5))
    >>> model = fit_bg_nbd(table, time_unit="week")
    >>> model.names, model.n
    (('r', 'alpha', 'a', 'b'), 2000)
    >>> who = pd.DataFrame({"frequency": [0, 4, 4], "recency": [0, 20, 50], "T": [52, 52, 52]})
    >>> bool(model.expected_purchases(26, who).is_monotonic_increasing)
    True
    >>> table["club"] = (np.arange(2000) % 3 == 0).astype(float)  # has nothing to do with how they buy
    >>> both = fit_bg_nbd(table, purchase_covariates=["club"])
    >>> list(both.parameters.index), bool(both.covariate_test()["p_value"][0] > 0.05)
    (['r', 'alpha', 'a', 'b', 'purchase[club]'], True)

    """
    from crmlab.clv._bg_nbd_likelihood import bg_nbd_log_likelihood

    return fit_to_histories(
        BGNBD,
        summary_or_table,
        names=BGNBD.names,
        likelihood=bg_nbd_log_likelihood,
        collapse=collapse,
        starts=((0.5, 0.8, 2.5), (1.0, 1.0, 1.0), (3.0, 0.5, 10.0), (0.1, 0.3, 0.5), (10.0, 5.0, 20.0)),
        share=0.6,
        timed=("alpha",),
        meanings=_MEANINGS,
        rows=bg_nbd_rows,
        covariates={"purchase": purchase_covariates, "dropout": dropout_covariates},
        penalty=penalty,
        confidence=confidence,
        time_unit=time_unit,
    )
