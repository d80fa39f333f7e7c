"""Pareto/NBD: how often customers buy, and whether they are still there, leaving at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._effects import PurchaseParameters, Scaled
from crmlab.clv._fit import SAME_RATE, fit_to_histories
from crmlab.clv._mbg_nbd_likelihood import collapse_all
from crmlab.clv._pareto_nbd_likelihood import buys_if_alive, log_odds_gone, pareto_nbd_log_likelihood
from crmlab.clv._pareto_nbd_rows import pareto_nbd_rows
from crmlab.clv._predict import PurchasePredictions, alike_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit
    from crmlab.clv.grouped import HistoryCounts
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ParetoNBD", "fit_pareto_nbd"]

_STAYS = "nobody seems to leave"
_MEANINGS = {
    ("r", "infinity"): SAME_RATE,
    ("alpha", "infinity"): SAME_RATE,
    ("s", "zero"): _STAYS,
    ("beta", "infinity"): "nobody seems to leave, or all leave at one and the same rate",
    ("s", "infinity"): "all leave at one and the same rate",
    ("beta", "zero"): "customers seem to leave at once, or never",
}
_NODES = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class ParetoNBD(PurchasePredictions, PurchaseParameters):
    """A fitted Pareto/NBD model; see :func:`fit_pareto_nbd`.

    Attributes
    ----------
    r, alpha
        Shape and rate of the gamma distribution of purchase rates (alpha in `time_unit`).
    s, beta
        Shape and rate of the gamma distribution of the rates of leaving (beta in `time_unit`).
    time_unit
        Unit of alpha, beta and of all horizons; None if the model was fitted to a table without one.
    effects
        Covariates with their coefficients, or None. With them, alpha and beta are those of a customer whose covariates
        are all 0.

    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    scaled: ClassVar[tuple[Scaled, ...]] = (
        ("purchase", 1, -1.0, "purchase"),
        ("dropout", 3, -1.0, "dropout"),
    )

    r: float
    alpha: float
    s: float
    beta: float
    time_unit: TimeUnit | None

    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> ParetoNBD:
        """Fit the same model, with the same covariates and penalty, to other customers."""
        return fit_pareto_nbd(summary_or_table, **self.how_fitted())

    def alive(self, h: Histories) -> Floats:
        """Return the probability of being still there, for checked histories."""
        from scipy.special import expit

        alive: Floats = expit(-log_odds_gone(self.each(h), h.x.astype(np.float64), h.t, h.T))
        return alive

    def buys(self, h: Histories, horizon: float) -> Floats:
        """Return the probability of a purchase in the next `horizon`, for checked histories."""
        x = h.x.astype(np.float64)
        return self.alive(h) * buys_if_alive(self.each(h), x, h.T, horizon)

    def paths(self, h: Histories, times: Floats) -> Floats:
        """Purchases expected in the next `times`, for checked histories; shape (len(h), len(times))."""
        r, alpha, _, _ = self.each(h)
        found, place = alike_ahead(replace(h, x=np.zeros_like(h.x)))
        per_time = self.alive(h) * (r + h.x) / (alpha + h.T)
        there = self._time_there(found.T, np.asarray(times, dtype=np.float64), self.each(found)[3])
        bought: Floats = per_time[:, None] * there[place]
        return bought

    def _time_there(self, T: Floats, times: Floats, beta: Floats | float) -> Floats:
        """Time there, out of the next `times`, of who is alive at T; shape (len(T), len(times)).

        The integral of ((beta + T) / (beta + T + u))**s, with no hole at s = 1.
        """
        from scipy.special import exprel

        start = (beta + T)[:, None]
        v = np.log1p(times / start)
        there: Floats = start * v * exprel((1 - self.s) * v)
        return there

    def new(self, h: Histories, times: Floats) -> Floats:
        """Repeat purchases of new customers with the covariates of `h`; shape (1, len(times)) if all are alike."""
        r, alpha, _, beta = self.each_of(h.kind, h.kinds)
        there = self._time_there(np.zeros(1 if h.kind is None else len(h.kind)), times, beta)
        found: Floats = np.asarray(r / alpha).reshape(-1, 1) * there
        return found

    def residual(self, h: Histories, delta: float) -> Floats:
        """Discounted purchases still to come, without end, at the rate `delta` a unit of time."""
        r, alpha, _, _ = self.each(h)
        found, place = alike_ahead(replace(h, x=np.zeros_like(h.x)))
        per_time = self.alive(h) * (r + h.x) / (alpha + h.T)
        bought: Floats = per_time * self._discounted_time(self.each(found)[3] + found.T, delta)[place]
        return bought

    def _discounted_time(self, start: Floats, delta: float) -> Floats:
        """Discounted time there of who is alive: the integral over w, with u = start (exp(w) - 1), start = beta + T."""
        y, weights = np.polynomial.legendre.leggauss(_NODES)
        z = delta * start
        # By then the discount factor, or the chance to be there, is below exp(-40).
        end = np.minimum(np.log1p(40 / z), 40 / max(self.s - 1, 1e-300))
        w = end[:, None] * (y + 1) / 2
        area = np.exp(-z[:, None] * np.expm1(w) - (self.s - 1) * w) @ weights * end / 2
        return start * area

    def frequency_probabilities(self, T: Floats, largest: int, kinds: Floats | None = None) -> Floats:
        """P(X(T) = 0), ..., P(X(T) = largest - 1), P(X(T) >= largest); shape (len(T), largest + 1).

        The NBD over the time there: all of T, or less, by the density of the time of leaving. `kinds` are the covariates
        of each T, if the model has any.
        """
        T = np.asarray(T, dtype=np.float64)
        r, alpha, s, beta = (np.asarray(p).reshape(-1, 1) for p in self.each_of(None, kinds))
        y, weights = np.polynomial.legendre.leggauss(_NODES)
        least = np.minimum(alpha, beta)
        end = np.log1p(T[:, None] / least)
        v = end * (y + 1) / 2
        tau = least * np.expm1(v)
        # Density of leaving at tau, times d tau.
        leaving = np.log(s / beta) - (s + 1) * np.log1p(tau / beta) + np.log(least) + v
        density = np.exp(leaving) * weights * end / 2
        stays = (1 + T[:, None] / beta) ** -s
        # The nodes' sum is 1 - stays up to rounding; made exact, the probabilities add up to 1.
        total = density.sum(axis=1, keepdims=True)
        density *= np.where(total > 0, (1 - stays) / np.where(total > 0, total, 1.0), 0.0)
        x = np.arange(largest)
        gone = np.einsum("tn,tnx->tx", density, _nbd(r, alpha, tau, x))
        p = gone + stays * _nbd(r, alpha, T[:, None], x)[:, 0]
        return np.column_stack([p, np.clip(1 - p.sum(axis=1), 0, 1)])

    def simulate(
        self, h: Histories, horizon: float, theta: Floats, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw each customer's purchases in the next `horizon`, one row a row of log-parameters `theta`."""
        r, alpha, s, beta = self.drawn(theta, h)
        x = h.x.astype(np.float64)
        found, place = np.unique(theta, axis=0, return_inverse=True)
        odds = np.array([log_odds_gone(self.at(row).each(h), x, h.t, h.T) for row in found])[place.ravel()]
        alive = rng.logistic(size=odds.shape) > odds
        rate = rng.gamma(r + x, 1 / (alpha + h.T))
        leaves = np.maximum(rng.gamma(np.broadcast_to(s, odds.shape), 1 / (beta + h.T)), 1e-300)
        there = np.minimum(rng.standard_exponential(size=odds.shape) / leaves, horizon)
        return np.where(alive, rng.poisson(rate * there), 0).astype(np.int64)


def _nbd(r: Floats, alpha: Floats, time: Floats, x: Ints) -> Floats:
    """Return P(x purchases in `time`) of who stays; one axis more, for x."""
    from scipy.special import gammaln, xlogy

    share, r = (time / (alpha + time))[..., None], r[..., None]
    counts = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
    p: Floats = np.exp(counts + r * np.log1p(-share) + xlogy(x, share))
    return p


@checked_arguments
def fit_pareto_nbd(
    summary_or_table: CustomerSummary | HistoryCounts | pd.DataFrame,
    *,
    penalty: float = 0.0,
    confidence: float = 0.95,
    time_unit: TimeUnit | None = None,
    purchase_covariates: Sequence[str] | None = None,
    dropout_covariates: Sequence[str] | None = None,
) -> ParetoNBD:
    r"""Fit the Pareto/NBD model by maximum likelihood.

    Parameters
    ----------
    summary_or_table, penalty, confidence, time_unit, purchase_covariates, dropout_covariates
        As in :func:`fit_bg_nbd`. The penalty is on the logarithms of r, alpha / T, s, beta / T (T: mean time observed).

    Returns
    -------
    ParetoNBD

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
    While there, a customer buys at random with rate :math:`\lambda`; he leaves for good at any time, whether he buys or
    not, with rate :math:`\mu`. Rates are gamma :math:`(r, \alpha)` and :math:`(s, \beta)`, independent of each other.

    .. math:: L = \frac{\Gamma(r+x)\alpha^r\beta^s}{\Gamma(r)}\left[
              \frac{1}{(\alpha+T)^{r+x}(\beta+T)^s} +
              s \int_{t_x}^T \frac{d\tau}{(\alpha+\tau)^{r+x}(\beta+\tau)^{s+1}}\right]

    The integral is mostly written as a difference of two Gaussian hypergeometric functions. That difference cancels,
    and the functions overflow, for many purchases or for alpha far from beta; the integral itself, in logs and by
    Gauss-Legendre nodes in the logarithm of time, does neither, and gives exact first and second derivatives at the
    same nodes. Newton's method on the logarithms of the parameters, over distinct histories.

    With covariates z (after the first purchase nothing of them may change), :math:`\alpha_i = \alpha e^{-\gamma' z_i}`
    and :math:`\beta_i = \beta e^{-\delta' z_i}`: for one unit more of z, the mean rate of purchases is
    :math:`e^{\gamma}` times as high, that of leaving :math:`e^{\delta}` times. ``summary()`` lists the coefficients as
    ``purchase[z]`` and ``dropout[z]``; ``covariate_test()`` compares with the model without them.

    Not for contracts (the end is seen), not for purchases at regular intervals, seasons or strong promotions. Where
    r, alpha, s or beta is large, the customers are nearly alike in that respect, and the likelihood is flat.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G., & Colombo, R. (1987). Counting your customers: Who are they and what will they
    do next? Management Science, 33(1), 1-24. https://doi.org/10.1287/mnsc.33.1.1

    Fader, P. S., & Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related expressions.
    http://brucehardie.com/notes/009/

    Fader, P. S., & Hardie, B. G. S. (2007). Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
    models (note 019). http://www.brucehardie.com/notes/019/

    Checked against: the estimates and log-likelihood published for the CDNOW sample; ``lifetimes`` 0.11.3
    (``ParetoNBDFitter``: likelihood, predictions, P(alive), frequencies); scipy's hypergeometric functions;
    recovery of simulated parameters; covariates against numerical integration and ``scipy.optimize``.

    Examples
    --------
    >>> from crmlab.clv._simulate_leaving import simulate_pareto_nbd
    >>> table = simulate_pareto_nbd(np.full(2000, 52.0), (0.6, 10.0, 0.7, 12.0), rng=np.random.default_rng(1))
    >>> model = fit_pareto_nbd(table, time_unit="week")
    >>> who = pd.DataFrame({"frequency": [0, 4, 4], "recency": [0, 20, 50], "T": [52, 52, 52]})
    >>> bool(model.probability_alive(who)[2] > 0.8)
    True
    >>> year, ever = model.expected_purchases(52, who), model.discounted_residual_transactions(who)
    >>> bool((ever > year).all())
    True

    """
    return fit_to_histories(
        ParetoNBD,
        summary_or_table,
        names=ParetoNBD.names,
        likelihood=pareto_nbd_log_likelihood,
        collapse=collapse_all,
        starts=((0.5, 0.6, 0.4), (1.0, 1.0, 1.0), (3.0, 0.5, 2.0), (0.1, 0.3, 0.3), (10.0, 5.0, 5.0)),
        share=1.4,
        timed=("alpha", "beta"),
        meanings=_MEANINGS,
        rows=pareto_nbd_rows,
        covariates={"purchase": purchase_covariates, "dropout": dropout_covariates},
        penalty=penalty,
        confidence=confidence,
        time_unit=time_unit,
    )
