"""MBG/NBD: the BG/NBD in which customers may leave after their first purchase, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._bg_nbd_expectation import discounted_if_alive, expected_if_alive
from crmlab.clv._bg_nbd_rows import mbg_nbd_rows
from crmlab.clv._fit import fit_to_histories
from crmlab.clv._leaving import LeavingAfterPurchases
from crmlab.clv._mbg_nbd_likelihood import collapse_all, mbg_nbd_log_likelihood
from crmlab.clv._predict import alike_ahead
from crmlab.clv.bg_nbd import _MEANINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit
    from crmlab.clv.grouped import HistoryCounts
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["MBGNBD", "fit_mbg_nbd"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MBGNBD(LeavingAfterPurchases):
    """A fitted MBG/NBD model; see :func:`fit_mbg_nbd`.

    Attributes
    ----------
    r, alpha
        Shape and rate of the gamma distribution of purchase rates (alpha in `time_unit`).
    a, b
        Of the beta distribution of the chance to leave after a purchase, the first one included.
    time_unit
        Unit of alpha and of all horizons; None if the model was fitted to a table without one.
    effects
        Covariates with their coefficients, or None. With them, alpha, a and b are those of a customer whose covariates
        are all 0.

    """

    def refit(self, summary_or_table: CustomerSummary | pd.DataFrame) -> MBGNBD:
        """Fit the same model, with the same covariates and penalty, to other customers."""
        return fit_mbg_nbd(summary_or_table, **self.how_fitted())

    def alive(self, h: Histories) -> Floats:
        """Return the probability of being still there, for checked histories."""
        from scipy.special import expit

        r, alpha, a, b = self.each(h)
        odds = np.log(a) - np.log(b + h.x)
        odds += (r + h.x) * (np.log(alpha + h.T) - np.log(alpha + h.t))
        alive: Floats = expit(-odds)
        return alive

    def paths(self, h: Histories, times: Floats) -> Floats:
        """Purchases expected in the next `times`, for checked histories; shape (len(h), len(times))."""
        found, place = alike_ahead(h)
        x = found.x.astype(np.float64)
        # Who stayed after the first purchase is as in a BG/NBD with one toss more behind him.
        r, alpha, a, b = self.each(found)
        return expected_if_alive((r, alpha, a, b + 1), x, found.T, times)[place] * self.alive(h)[:, None]

    def residual(self, h: Histories, delta: float) -> Floats:
        """Discounted purchases still to come, without end, at the rate `delta` a unit of time."""
        found, place = alike_ahead(h)
        r, alpha, a, b = self.each(found)
        ever = discounted_if_alive((r, alpha, a, b + 1), found.x.astype(np.float64), found.T, delta)
        return ever[place] * self.alive(h)

    def new(self, h: Histories, times: Floats) -> Floats:
        """Repeat purchases of new customers with the covariates of `h`; shape (1, len(times)) if all are alike."""
        r, alpha, a, b = self.each_of(h.kind, h.kinds)
        nobody = np.zeros(1 if h.kind is None else len(h.kind))
        stays = np.asarray(b / (a + b)).reshape(-1, 1)
        found: Floats = stays * expected_if_alive((r, alpha, a, b + 1), nobody, nobody, times)
        return found

    def frequency_probabilities(self, T: Floats, largest: int, kinds: Floats | None = None) -> Floats:
        """P(X(T) = 0), ..., P(X(T) = largest - 1), P(X(T) >= largest); shape (len(T), largest + 1).

        `kinds` are the covariates of each T, if the model has any.
        Stayed x + 1 times and bought x times, or left after purchase x; the tail sum as an incomplete beta function.
        """
        from scipy.special import betainc, betaln, gammaln

        r, alpha, a, b = (np.asarray(p).reshape(-1, 1) for p in self.each_of(None, kinds))
        x = np.arange(largest, dtype=np.float64)
        T = np.asarray(T, dtype=np.float64)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            power = np.where(x > 0, x * np.log(T / (alpha + T)), 0.0)
        stayed = betaln(a, b + x + 1) - betaln(a, b) + gammaln(r + x) - gammaln(r) - gammaln(x + 1)
        p = np.exp(stayed + r * np.log(alpha / (alpha + T)) + power)
        left = np.exp(betaln(a + 1, b + x) - betaln(a, b))
        reached = np.where(x > 0, betainc(np.maximum(x, 1), r, T / (alpha + T)), 1.0)
        p += left * reached
        return np.column_stack([p, np.clip(1 - p.sum(axis=1), 0, 1)])

    def simulate(
        self, h: Histories, horizon: float, theta: Floats, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw each customer's purchases in the next `horizon`, one row a row of log-parameters `theta`."""
        r, alpha, a, b = self.drawn(theta, h)
        odds = np.log(a) - np.log(b + h.x) + (r + h.x) * (np.log(alpha + h.T) - np.log(alpha + h.t))
        alive = rng.logistic(size=odds.shape) > odds
        chances = rng.poisson(rng.gamma(r + h.x, 1 / (alpha + h.T)) * horizon)
        leave = np.clip(rng.beta(np.broadcast_to(a, odds.shape), b + h.x + 1), 1e-300, 1 - 1e-16)
        until = np.ceil(-rng.standard_exponential(size=odds.shape) / np.log1p(-leave))
        return np.where(alive, np.minimum(chances, np.maximum(until, 1)), 0).astype(np.int64)


@checked_arguments
def fit_mbg_nbd(
    summary_or_table: CustomerSummary | HistoryCounts | pd.DataFrame,
    *,
    penalty: float = 0.0,
    confidence: float = 0.95,
    time_unit: TimeUnit | None = None,
    purchase_covariates: Sequence[str] | None = None,
    dropout_covariates: Sequence[str] | None = None,
) -> MBGNBD:
    r"""Fit the modified beta-geometric/NBD model by maximum likelihood.

    Parameters
    ----------
    summary_or_table, penalty, confidence, time_unit, purchase_covariates, dropout_covariates
        As in :func:`fit_bg_nbd`.

    Returns
    -------
    MBGNBD

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
    As the BG/NBD, but customers may leave after the *first* purchase, too, with the same chance as after any other. The
    BG/NBD takes each one-time buyer for a customer still there, for certain, however long ago he bought; here his
    probability falls with time.

    .. math:: L = \frac{\Gamma(r+x)\alpha^r}{\Gamma(r)} \left[
              \frac{B(a, b+x+1)}{B(a,b)}(\alpha+T)^{-(r+x)} + \frac{B(a+1, b+x)}{B(a,b)}(\alpha+t_x)^{-(r+x)}\right]

    .. math:: P(\text{alive}) = \left[1 + \frac{a}{b+x}\left(\frac{\alpha+T}{\alpha+t_x}\right)^{r+x}\right]^{-1}

    Newton's method on the logarithms of the parameters, with exact first and second derivatives, over distinct
    histories. The same history may be explained by a low rate or by having left, so r and the chance to leave are less
    certain than in the BG/NBD: look at the intervals.

    Not for contracts (the end is seen), not for purchases at regular intervals, seasons or strong promotions.

    References
    ----------
    Batislam, E. P., Denizel, M., & Filiztekin, A. (2007). Empirical validation and comparison of models for customer
    base analysis. International Journal of Research in Marketing, 24(3), 201-209.
    https://doi.org/10.1016/j.ijresmar.2006.12.005

    Wagner, U., & Hoppe, D. (2008). Erratum on the MBG/NBD model. International Journal of Research in Marketing, 25(3),
    225-226. https://doi.org/10.1016/j.ijresmar.2008.03.003

    Fader, P. S., & Hardie, B. G. S. (2007). Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
    models (note 019). http://www.brucehardie.com/notes/019/

    Checked against: ``lifetimes`` 0.11.3 (``ModifiedBetaGeoFitter``: estimates and likelihood on the CDNOW sample,
    predictions, P(alive)); simulation; recovery of simulated parameters; covariates against numerical integration and
    ``scipy.optimize``.

    Examples
    --------
    >>> from crmlab.clv._simulate_leaving import simulate_mbg_nbd
    >>> table = simulate_mbg_nbd(np.full(2000, 52.0), (0.5, 6.0, 0.9, 1.6), rng=np.random.default_rng(1))
    >>> model = fit_mbg_nbd(table, time_unit="week")
    >>> who = pd.DataFrame({"frequency": [0, 0, 4], "recency": [0, 0, 50], "T": [4, 52, 52]})
    >>> alive = model.probability_alive(who)
    >>> bool(alive[1] < alive[0] < alive[2])
    True

    """
    return fit_to_histories(
        MBGNBD,
        summary_or_table,
        names=MBGNBD.names,
        likelihood=mbg_nbd_log_likelihood,
        collapse=collapse_all,
        starts=((0.5, 0.8, 1.5), (1.0, 1.0, 1.0), (3.0, 0.5, 5.0), (0.1, 0.3, 0.5), (10.0, 5.0, 20.0)),
        share=1,
        timed=("alpha",),
        meanings=_MEANINGS,
        rows=mbg_nbd_rows,
        covariates={"purchase": purchase_covariates, "dropout": dropout_covariates},
        penalty=penalty,
        confidence=confidence,
        time_unit=time_unit,
    )
