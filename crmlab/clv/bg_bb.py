"""BG/BB: customers who buy or not at set opportunities, and may leave unseen between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._bg_bb_likelihood import Opportunities, bg_bb_log_likelihood, log_likelihood_of
from crmlab.clv._guard import numbers, table_of
from crmlab.clv._model import FittedModel, check_confidence, check_penalty
from crmlab.clv._newton import maximise, with_penalty
from crmlab.clv._predict import check_draws, drawn_ends, ends_table
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, FitError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BGBB", "fit_bg_bb"]

_SHOWN = 5
#: opportunities of which each is reckoned
_MOST = 100_000
_MEANINGS = {
    ("alpha", "infinity"): "the chance to buy is one and the same for all",
    ("beta", "infinity"): "the chance to buy is one and the same for all",
    ("gamma", "infinity"): "the chance to leave is one and the same for all",
    ("delta", "infinity"): "nobody seems to leave, or all with one and the same chance",
    ("gamma", "zero"): "nobody seems to leave",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class BGBB(FittedModel):
    """A fitted BG/BB model; see :func:`fit_bg_bb`.

    Attributes
    ----------
    alpha, beta
        Of the beta distribution of the chance to buy at an opportunity.
    gamma, delta
        Of the beta distribution of the chance to leave before an opportunity.

    """

    names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    alpha: float
    beta: float
    gamma: float
    delta: float

    @checked_arguments
    def probability_alive(self, table: pd.DataFrame) -> pd.Series:
        """Return the probability that each customer is still there at the next opportunity, n + 1 (0 to 1)."""
        h = _opportunities(table)
        return pd.Series(self._there(h, np.ones(1))[:, 0], index=table.index, name="probability_alive")

    @checked_arguments
    def expected_purchases(self, opportunities: int, table: pd.DataFrame) -> pd.Series:
        """Return the purchases expected of each customer at the next `opportunities` (whole, 1 or more)."""
        _check_opportunities(opportunities)
        return self._weighted(table, np.ones(int(opportunities))).rename("expected_purchases")

    @checked_arguments
    def predictive_interval(
        self,
        opportunities: int,
        table: pd.DataFrame,
        *,
        rng: np.random.Generator,
        draws: int = 1000,
        confidence: float | None = None,
    ) -> pd.DataFrame:
        """Return where each customer's *actual* purchases at the next `opportunities` will lie, by simulation.

        Each draw takes parameters from their asymptotic normal distribution, then whether the customer is still there,
        his own chances to buy and to leave given the history (who is there has both from beta distributions), then
        opportunities and purchases.

        Returns
        -------
        pandas.DataFrame
            One row a customer: ``low``, ``median``, ``high`` (whole numbers), ``mean`` of the draws. Customers with the same
            history get the same interval.

        """
        _check_opportunities(opportunities)
        level = self.confidence if confidence is None else confidence
        check_draws(draws, level)
        h, theta = _opportunities(table), self.draw(rng, draws)
        found, place = np.unique(np.column_stack([h.x, h.t, h.n]), axis=0, return_inverse=True)

        def draw(part: slice) -> NDArray[np.int64]:
            x, t, n = found[part].T
            of = Opportunities(x, t, n, np.ones(len(x)))
            a, b, c, d = np.exp(theta).T[:, :, None]
            alive = np.array([self.at(one)._there(of, np.zeros(1))[:, 0] for one in theta])  # noqa: SLF001 - same class
            stays = np.clip(1 - rng.beta(c, d + of.n), 1e-16, 1 - 1e-16)
            left_at = np.floor(np.log(rng.random(alive.shape)) / np.log(stays))
            there = np.where(rng.random(alive.shape) < alive, np.minimum(left_at, opportunities), 0)
            return rng.binomial(there.astype(np.int64), rng.beta(a + of.x, b + of.n - of.x))

        return ends_table(drawn_ends(len(found), draws, level, draw)[place.ravel()], table.index, whole=True)

    @checked_arguments
    def discounted_residual_transactions(self, table: pd.DataFrame, *, discount_rate: float) -> pd.Series:
        """Return the discounted purchases still to come from each customer, without end (DERT).

        `discount_rate` is for the time from one opportunity to the next, 0.0001 or more; the next opportunity is
        discounted once.
        """
        if not (np.isfinite(discount_rate) and discount_rate >= 1e-4):
            raise ParameterError(
                f"discount_rate is {discount_rate!r}; it must be 0.0001 or more (0.10 is 10 % a period)."
            )
        k = np.arange(1.0, np.ceil(37 / np.log1p(discount_rate)) + 1)
        return self._weighted(table, np.exp(-k * np.log1p(discount_rate))).rename("discounted_transactions")

    def _weighted(self, table: pd.DataFrame, factors: Floats) -> pd.Series:
        from scipy.special import betaln

        h = _opportunities(table)
        k = np.arange(1, len(factors) + 1)
        ends, place = np.unique(h.n, return_inverse=True)
        stays = np.array(
            [
                np.exp(betaln(self.gamma, self.delta + n + k) - betaln(self.gamma, self.delta + n)) @ factors
                for n in ends
            ]
        )
        buys = (self.alpha + h.x) / (self.alpha + self.beta + h.n)
        return pd.Series(self._there(h, np.zeros(1))[:, 0] * buys * stays[place], index=table.index)

    def _there(self, h: Opportunities, ahead: Floats) -> Floats:
        """Return the probability of being there `ahead` opportunities after the last one observed."""
        from scipy.special import betaln

        p = np.exp(self.log_parameters)
        a, b, c, d = p
        x, n = h.x[:, None], h.n[:, None]
        logs = betaln(a + x, b + n - x) - betaln(a, b) + betaln(c, d + n + ahead) - betaln(c, d)
        there: Floats = np.minimum(np.exp(logs - log_likelihood_of(p, h)[:, None]), 1.0)
        return there


@checked_arguments
def fit_bg_bb(
    table: pd.DataFrame, *, weights: str | None = None, penalty: float = 0.0, confidence: float = 0.95
) -> BGBB:
    r"""Fit the beta-geometric/beta-Bernoulli model by maximum likelihood.

    Parameters
    ----------
    table
        One row a customer or a kind of history: ``frequency`` (opportunities at which he bought, after the first
        purchase), ``recency`` (number of the last of them, 0 if none), ``n`` (opportunities observed); all whole.
        Missing values are errors.
    weights
        Column with the number of customers of each row; default: one each.
    penalty
        Weight of the squared log-parameters, taken off the log-likelihood. 0: none.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    BGBB

    Raises
    ------
    DataError
        The table does not hold such histories.
    FitError
        Nobody bought again, or a parameter that runs off to zero or infinity.

    Notes
    -----
    Opportunities come one after the other (each yearly appeal, each cruise season). Before each, a customer leaves for
    good with chance :math:`\theta`; if still there, he buys with chance :math:`p`. Chances are beta
    :math:`(\gamma, \delta)` and :math:`(\alpha, \beta)`, independent of each other.

    .. math:: L = \frac{B(\alpha+x, \beta+n-x)}{B(\alpha,\beta)}\frac{B(\gamma,\delta+n)}{B(\gamma,\delta)}
              + \sum_{i=0}^{n-t_x-1} \frac{B(\alpha+x, \beta+t_x-x+i)}{B(\alpha,\beta)}
                \frac{B(\gamma+1,\delta+t_x+i)}{B(\gamma,\delta)}

    For purchases that may come at any time see :func:`fit_pareto_nbd`; for contracts, :func:`fit_sbg`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Shang, J. (2010). Customer-base analysis in a discrete-time noncontractual
    setting. Marketing Science, 29(6), 1086-1108. https://doi.org/10.1287/mksc.1100.0580

    Checked against: the paper's estimates and log-likelihood on the donations of 11,104 people; ``lifetimes`` 0.11.3
    (P(alive), expectations).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> buys, leaves = rng.beta(1.2, 0.8, (5000, 1)), rng.beta(0.7, 2.8, (5000, 1))
    >>> there = np.cumprod(rng.random((5000, 6)) >= leaves, axis=1)
    >>> bought = there * (rng.random((5000, 6)) < buys)
    >>> last = (bought * np.arange(1, 7)).max(axis=1)
    >>> model = fit_bg_bb(pd.DataFrame({"frequency": bought.sum(axis=1), "recency": last, "n": 6}))
    >>> who = pd.DataFrame({"frequency": [0, 3, 3], "recency": [0, 3, 6], "n": 6})
    >>> bool(model.expected_purchases(5, who).is_monotonic_increasing)
    True

    """
    check_penalty(penalty)
    check_confidence(confidence)
    h = _opportunities(table, weights).collapsed()
    if not h.x.any():
        raise FitError(
            "Nobody bought at any opportunity: every frequency is 0.",
            hint="Repeat purchases are what the model learns from. Observe more opportunities.",
        )
    objective = bg_bb_log_likelihood(h)
    share = float(np.clip((h.w @ h.x) / (h.w @ h.n), 0.05, 0.95))
    starts = [
        np.log([share * k, (1 - share) * k, c, d])
        for k, c, d in ((2.0, 0.6, 3.0), (1.0, 1.0, 1.0), (5.0, 0.5, 10.0), (0.5, 0.2, 0.5))
    ]
    best = maximise(with_penalty(objective, penalty), starts, names=BGBB.names, meanings=_MEANINGS)
    alpha, beta, gamma, delta = (float(v) for v in np.exp(best.theta))
    return BGBB(
        alpha=alpha,
        beta=beta,
        gamma=gamma,
        delta=delta,
        log_likelihood=objective(best.theta)[0],
        n=int(h.w.sum()),
        covariance_log=best.covariance,
        confidence=confidence,
        penalty=penalty,
        iterations=best.iterations,
    )


def _check_opportunities(opportunities: int) -> None:
    if not 1 <= opportunities <= _MOST:
        raise ParameterError(
            f"opportunities is {opportunities!r}; it must be a whole number from 1 to {_MOST:,}."
        )


def _opportunities(table: pd.DataFrame, weights: str | None = None) -> Opportunities:
    table = table_of(table)
    wanted = ("frequency", "recency", "n")
    check_columns(table, wanted if weights is None else (*wanted, weights), what="table of opportunities")
    if table.empty:
        raise DataError("The table of opportunities has no rows.")
    x, t, n = (numbers(table, name) for name in wanted)
    w = np.ones(len(x)) if weights is None else numbers(table, weights)
    with np.errstate(invalid="ignore"):
        checks = (
            (~np.isfinite(x + t + n + w), "have a missing or infinite number"),
            ((x < 0) | (t < 0) | (n < 1) | (w < 0), "have a negative number, or n below 1"),
            (
                np.isfinite(x + t + n) & (np.floor(x) + np.floor(t) + np.floor(n) != x + t + n),
                "are not whole",
            ),
            (n > _MOST, f"have more than {_MOST:,} opportunities"),
            (t > n, "have recency beyond n"),
            (x > t, "have more purchases than opportunities up to the last one"),
            ((x == 0) & (t > 0), "have no purchase but recency above 0"),
        )
    problems = []
    for bad, why in checks:
        if bad.any():
            shown = [f"{label!r}" for label in table.index[bad][:_SHOWN]]
            problems.append(
                f"{int(bad.sum())} row(s) {why}: {', '.join(shown)}{', …' if bad.sum() > _SHOWN else ''}"
            )
    if problems:
        raise DataError(
            "The table does not hold histories of opportunities.",
            problems=problems,
            hint="One row a customer: frequency, recency (number of the last opportunity with a purchase), n.",
        )
    return Opportunities(x, t, n, w)
