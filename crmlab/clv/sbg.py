"""Contracts that customers renew or not: shifted-beta-geometric and beta-discrete-Weibull."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab._arguments import checked_arguments
from crmlab.clv._contract_model import ContractModel
from crmlab.clv._contracts import contract_log_likelihood, read_contracts
from crmlab.clv._model import check_confidence, check_penalty
from crmlab.clv._newton import maximise, with_penalty
from crmlab.errors import FitError

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from crmlab.clv._contracts import Contracts

    Floats = NDArray[np.float64]

__all__ = ["BDW", "SBG", "fit_bdw", "fit_sbg"]

_ALIKE = "the customers seem to leave with one and the same chance, or their chance rises with time"
_MEANINGS = {
    ("alpha", "infinity"): _ALIKE,
    ("beta", "infinity"): _ALIKE,
    ("alpha", "zero"): "hardly anybody leaves after the first renewals",
    ("beta", "zero"): "customers leave at the first renewal, or never",
    ("c", "zero"): "nobody leaves after the first renewal",
    ("c", "infinity"): "everybody leaves after the first renewals",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class SBG(ContractModel):
    """A fitted shifted-beta-geometric model; see :func:`fit_sbg`.

    Attributes
    ----------
    alpha, beta
        Of the beta distribution of the chance to leave at a renewal: mean alpha / (alpha + beta).

    """

    names: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    alpha: float
    beta: float

    def log_survival(self, t: Floats) -> Floats:
        """Return the logarithm of S(t), for checked times."""
        return _log_survival(self.alpha, self.beta, t)

    def _tail(self) -> float:
        return self.alpha

    def _endless(self) -> float:
        return (self.alpha + self.beta - 1) / (self.alpha - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class BDW(ContractModel):
    """A fitted beta-discrete-Weibull model; see :func:`fit_bdw`.

    Attributes
    ----------
    alpha, beta
        Of the beta distribution of the chance to leave at the first renewal.
    c
        How one customer's chance to leave changes: rises with time above 1, falls below 1, stays at 1 (the sBG).

    """

    names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "c")

    alpha: float
    beta: float
    c: float

    def log_survival(self, t: Floats) -> Floats:
        """Return the logarithm of S(t), for checked times."""
        return _log_survival(self.alpha, self.beta, t**self.c)

    def _tail(self) -> float:
        return self.alpha * self.c


def _log_survival(alpha: float, beta: float, u: Floats) -> Floats:
    """Return ln B(alpha, beta + u) - ln B(alpha, beta)."""
    from scipy.special import betaln

    value: Floats = np.asarray(betaln(alpha, beta + u) - betaln(alpha, beta), dtype=np.float64)
    return value


@checked_arguments
def fit_sbg(
    survivors_or_lost: ArrayLike | pd.DataFrame, *, penalty: float = 0.0, confidence: float = 0.95
) -> SBG:
    r"""Fit the shifted-beta-geometric model of contracts by maximum likelihood.

    Parameters
    ----------
    survivors_or_lost
        One of:

        - survivors of one cohort, from its start: ``[1000, 631, 468]`` (customers, not percentages: shares do not tell
          how many they stand for, so the standard errors would be wrong);
        - several cohorts: a table or 2-D array with a row a cohort and a column a period, periods not seen yet missing
          at the end of the row;
        - single customers: a table with ``tenure`` (renewals faced, whole, 0 or more) and ``lost`` (true: left at the
          last of them; false: renewed, and is still a customer).

    penalty
        Weight of :math:`\sum\theta^2` taken off the log-likelihood, with :math:`\theta` the logarithms of the
        parameters. 0: none.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    SBG
        ``survival``, ``retention``, ``curves`` (with intervals), ``expected_lifetime``,
        ``discounted_residual_lifetime``.

    Raises
    ------
    DataError
        Survivors that rise, have gaps or are not whole; customers lost without a renewal.
    FitError
        Nobody left, everybody left at once, fewer than two renewals seen, or a retention rate that does not rise: then
        the chances to leave need not differ, and the data do not tell how they do.

    Notes
    -----
    Each customer leaves at each renewal with a chance of his own, which never changes; chances are beta
    :math:`(\alpha, \beta)` among customers.

    .. math:: S(t) = \frac{B(\alpha, \beta + t)}{B(\alpha, \beta)}, \qquad
              r_t = \frac{\beta + t - 1}{\alpha + \beta + t - 1}

    Retention rises with time though nobody becomes more loyal: those likely to leave have left. Cohorts are assumed to
    be alike, and summed by renewal; Newton's method with exact derivatives.

    Not where customers leave unseen (see :func:`fit_bg_nbd`), not where the chance to leave changes with experience
    (see :func:`fit_bdw`), with price rises or with the calendar.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive Marketing,
    21(1), 76-90. https://doi.org/10.1002/dir.20074

    Fader, P. S., & Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting: The perils of ignoring
    heterogeneity. Marketing Science, 29(1), 85-93. https://doi.org/10.1287/mksc.1080.0482 (residual lifetime)

    Checked against: the estimates published for the segments 'Regular' and 'High End'; scipy's hypergeometric function
    (residual lifetime); recovery of simulated parameters.

    Examples
    --------
    >>> model = fit_sbg([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> round(model.alpha, 3), round(model.beta, 3)
    (0.704, 1.182)
    >>> model.survival([8, 12]).round(3).tolist()
    [0.22, 0.17]
    >>> round(model.expected_lifetime(horizon=5), 2)  # periods, out of the first 5
    2.82

    """
    fitted: dict[str, Any] = _fit(survivors_or_lost, SBG.names, penalty, confidence)
    return SBG(**fitted)


@checked_arguments
def fit_bdw(
    survivors_or_lost: ArrayLike | pd.DataFrame, *, penalty: float = 0.0, confidence: float = 0.95
) -> BDW:
    r"""Fit the beta-discrete-Weibull model of contracts by maximum likelihood.

    Parameters
    ----------
    survivors_or_lost, penalty, confidence
        As in :func:`fit_sbg`. At least three renewals are needed.

    Returns
    -------
    BDW

    Raises
    ------
    DataError, FitError
        As in :func:`fit_sbg`.

    Notes
    -----
    The shifted-beta-geometric, but one customer's chance to leave changes with time: he is still there after t periods
    with probability :math:`(1 - \theta)^{t^c}`.

    .. math:: S(t) = \frac{B(\alpha, \beta + t^c)}{B(\alpha, \beta)}

    With c = 1 it is the sBG. Two explanations of rising retention compete here, so it takes many customers over many
    renewals to tell them apart: look at the interval of c, and compare ``aic`` with the sBG's.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Liu, Y., Davin, J., & Steenburgh, T. (2018). "How to project customer retention"
    revisited: The role of duration dependence. Journal of Interactive Marketing, 43, 1-16.
    https://doi.org/10.1016/j.intmar.2018.01.002

    Checked against: the sBG (c = 1); a direct maximisation by scipy; recovery of simulated parameters.

    Examples
    --------
    >>> regular = [1000, 631, 468, 382, 326, 289, 262, 241]
    >>> model = fit_bdw(regular)
    >>> bool(model.log_likelihood >= fit_sbg(regular).log_likelihood)
    True
    >>> low, high = model.summary().set_index("parameter").loc["c", ["low", "high"]]
    >>> bool(low < 1 < high)  # nothing speaks against the sBG here
    True

    """
    fitted: dict[str, Any] = _fit(survivors_or_lost, BDW.names, penalty, confidence)
    return BDW(**fitted)


def _fit(
    survivors_or_lost: ArrayLike | pd.DataFrame, names: tuple[str, ...], penalty: float, confidence: float
) -> dict[str, Any]:
    check_penalty(penalty)
    check_confidence(confidence)
    contracts = read_contracts(survivors_or_lost)
    _check_can_tell(contracts, len(names), penalty)
    objective = contract_log_likelihood(contracts, weibull=len(names) == 3)
    share = float(contracts.lost.sum() / (contracts.lost + contracts.renewed).sum())
    share = min(max(share, 0.01), 0.99)
    starts = [
        np.log([share * k, (1 - share) * k, c][: len(names)])
        for k, c in ((2.0, 1.0), (20.0, 1.0), (0.5, 1.3))
    ]
    best = maximise(with_penalty(objective, penalty), starts, names=names, meanings=_MEANINGS)
    return {
        **dict(zip(names, map(float, np.exp(best.theta)), strict=True)),
        "log_likelihood": objective(best.theta)[0],
        "n": contracts.customers,
        "covariance_log": best.covariance,
        "confidence": confidence,
        "penalty": penalty,
        "iterations": best.iterations,
    }


def _check_can_tell(contracts: Contracts, parameters: int, penalty: float) -> None:
    if not contracts.lost.any():
        raise FitError(
            f"None of the {contracts.customers:,} customers has left: retention is 100 % throughout.",
            hint="Observe longer, or look whether losses are missing in the data.",
        )
    if not contracts.renewed.any():
        raise FitError(
            "Nobody has renewed: all customers left at their first renewal.",
            hint="Is the first number the size of the cohort at its start?",
        )
    if contracts.informative < parameters and penalty == 0:
        raise FitError(
            f"{contracts.informative} renewal(s) seen, for {parameters} parameters.",
            hint=f"Give at least {parameters} renewals, or a small penalty (penalty=0.1).",
        )
