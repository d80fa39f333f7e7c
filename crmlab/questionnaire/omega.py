"""McDonald's omega: reliability of a scale of one factor whose items may load differently."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import FitError, ParameterError
from crmlab.questionnaire.answers import complete_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["OmegaResult", "mcdonald_omega"]

#: least share of an item's variance that is its own; reached, it says that the factor explains an item wholly (Heywood case)
LEAST_UNIQUENESS = 0.005


@dataclass(frozen=True, eq=False)
class OmegaResult:
    """McDonald's omega (total) of a scale of one factor.

    ``raw`` is that of the sum of the answers as they are, ``standardised`` that of the sum of items scaled to variance 1.
    ``low`` and ``high`` belong to ``raw``.
    """

    raw: float
    standardised: float
    low: float
    high: float
    confidence: float
    method: str
    #: respondents used
    n: int
    #: items
    k: int
    #: respondents left out for a missing answer
    n_dropped: int
    #: does one factor suffice? Bartlett's chi square, its degrees of freedom (0 for three items) and p
    chi_square: float
    df: int
    p_value: float
    #: an item's uniqueness ran into its lower bound: do not trust the solution
    heywood: bool
    #: item, loading (standardised), communality, uniqueness
    items: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row of every single value."""
        names = [name for name in self.__dataclass_fields__ if name != "items"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@checked_arguments
def mcdonald_omega(
    items: pd.DataFrame,
    *,
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
    n_resamples: int = 1000,
) -> OmegaResult:
    r"""Return McDonald's omega of a scale: the share of the sum's variance that one common factor explains.

    .. math:: \omega = \frac{(\sum_i \lambda_i)^2}{(\sum_i \lambda_i)^2 + \sum_i \psi_i}

    with loadings :math:`\lambda` and own variances :math:`\psi` of a one-factor model fitted by maximum likelihood.

    Parameters
    ----------
    items
        A row for each respondent, a column for each item of one scale (numbers), three or more. Missing rule: respondents
        with a missing answer are left out and counted (listwise). Items worded the other way round must be recoded first:
        they show as negative loadings.
    confidence
        Level of the interval, between 0 and 1.
    rng, n_resamples
        With a generator the interval is the bootstrap's (percentiles over respondents; resamples in which an item does not
        vary are left out); without, it is the delta method's under normal answers, on the scale of log(1 − ω) so that it
        never passes 1.

    Returns
    -------
    OmegaResult
        With the test of one factor and each item's loading.

    Raises
    ------
    DataError
        Fewer than three items, too few complete respondents, words for numbers, items on which all answer alike.
    FitError
        The items' correlations are singular (an item is the sum or the copy of others), or the fit does not converge.
    ParameterError
        `confidence` outside (0, 1), fewer than 100 resamples.

    Notes
    -----
    Alpha assumes equal loadings and equals omega there; elsewhere it lies below. Omega assumes one factor and
    uncorrelated errors: look at `p_value` and at the eigenvalues first; do not use it for a scale of several dimensions (that is
    what omega hierarchical is for), for formative blocks, nor for fewer than about 100 respondents without the bootstrap.
    On five-point answers the delta interval is a little too narrow where answers are skewed.

    References
    ----------
    McDonald 1999, *Test theory*; Raykov 2002, doi 10.1207/S15327906MBR3701_04 (delta interval); Lawley & Maxwell 1971,
    *Factor analysis as a statistical method*; Dunn, Baguley & Brunsden 2014, doi 10.1111/bjop.12046.

    Checked against: R's factanal on `ability.cov` (loadings, chi square 75.18 on 9), statsmodels' Factor and scikit-learn's
    FactorAnalysis (loadings), the closed form for three items, simulation (coverage).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> trait = rng.normal(size=(200, 1))
    >>> answers = pd.DataFrame(trait * [0.8, 0.7, 0.6, 0.5] + rng.normal(size=(200, 4)) * 0.6, columns=list("abcd"))
    >>> result = mcdonald_omega(answers)
    >>> round(result.raw, 2), round(result.low, 2), round(result.high, 2), result.df
    (0.81, 0.76, 0.85, 2)

    """
    z = normal_quantile(confidence)
    if rng is not None and n_resamples < 100:
        raise ParameterError(f"n_resamples={n_resamples} is too few for percentiles; take 1000 or more.")
    values, n_dropped = complete_answers(items, at_least=3, respondents=items.shape[1] + 2, what="Omega")
    n, k = values.shape
    covariance = np.cov(values, rowvar=False)
    sd = np.sqrt(np.diag(covariance))
    loadings, uniqueness, discrepancy = one_factor(covariance / np.outer(sd, sd))
    raw = _omega(loadings * sd, uniqueness * sd**2)
    if rng is None:
        low, high = _delta_interval(loadings, uniqueness, sd, n, z)
    else:
        low, high = _bootstrap_interval(values, (loadings, uniqueness), confidence, rng=rng, n=n_resamples)
    df = ((k - 1) ** 2 - (k + 1)) // 2
    chi_square, p_value = _one_factor_test(discrepancy, n, k, df)
    return OmegaResult(
        raw=raw,
        standardised=_omega(loadings, uniqueness),
        low=low,
        high=high,
        confidence=confidence,
        method="delta" if rng is None else "bootstrap",
        n=n,
        k=k,
        n_dropped=n_dropped,
        chi_square=chi_square,
        df=df,
        p_value=p_value,
        heywood=bool((uniqueness <= LEAST_UNIQUENESS * 1.001).any()),
        items=pd.DataFrame(
            {
                "item": list(items.columns),
                "loading": loadings,
                "communality": loadings**2,
                "uniqueness": uniqueness,
            }
        ),
    )


def one_factor(correlation: Floats) -> tuple[Floats, Floats, float]:
    """Return loadings, uniquenesses and the discrepancy of the one-factor model, by maximum likelihood.

    >>> loadings, uniqueness, discrepancy = one_factor(np.array([[1, 0.48, 0.4], [0.48, 1, 0.3], [0.4, 0.3, 1]]))
    >>> [round(float(x), 4) for x in loadings]
    [0.8, 0.6, 0.5]
    """
    from scipy.optimize import minimize

    k = len(correlation)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        raise FitError(
            "The correlations of the items are singular, so no factor model can be fitted.",
            hint="Look for an item that is the copy or the sum of others, and for more items than respondents.",
        )

    def parts(uniqueness: Floats) -> tuple[Floats, Floats]:
        root = np.sqrt(uniqueness)
        values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
        loading = root * vectors[:, -1] * math.sqrt(max(values[-1] - 1, 0.0))
        return values, loading

    def discrepancy(uniqueness: Floats) -> tuple[float, Floats]:
        values, loading = parts(uniqueness)
        rest = values[:-1]
        gradient = (loading**2 + uniqueness - 1) / uniqueness**2
        return float((rest - np.log(rest) - 1).sum()), gradient

    start = np.clip((1 - 0.5 / k) / np.diag(np.linalg.inv(correlation)), LEAST_UNIQUENESS, 1)
    fit = minimize(
        discrepancy,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUENESS, 1)] * k,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000},
    )
    if not np.isfinite(fit.fun):
        raise FitError(f"The one-factor model did not converge: {fit.message}.")
    loadings = parts(fit.x)[1]
    return loadings * (-1.0 if loadings.sum() < 0 else 1.0), np.asarray(fit.x, dtype=float), float(fit.fun)


def _omega(loadings: Floats, uniqueness: Floats) -> float:
    common = loadings.sum() ** 2
    return float(common / (common + uniqueness.sum()))


def _one_factor_test(discrepancy: float, n: int, k: int, df: int) -> tuple[float, float]:
    if df == 0:
        return math.nan, math.nan
    from scipy.special import chdtrc

    statistic = (n - 1 - (2 * k + 5) / 6 - 2 / 3) * discrepancy
    return statistic, float(chdtrc(df, statistic))


def _delta_interval(
    loadings: Floats, uniqueness: Floats, sd: Floats, n: int, z: float
) -> tuple[float, float]:
    """Return the interval of omega raw; the information is that of standardised items, so that no unit enters it."""
    k = len(loadings)
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(uniqueness))
    # information of (loadings, uniquenesses): (n-1)/2 tr(S⁻¹ dS_a S⁻¹ dS_b)
    direction = inverse @ loadings
    information = np.empty((2 * k, 2 * k))
    information[:k, :k] = 2 * (np.outer(direction, direction) + inverse * (loadings @ direction))
    information[:k, k:] = 2 * inverse * direction
    information[k:, :k] = information[:k, k:].T
    information[k:, k:] = inverse**2
    covariance = np.linalg.pinv(information * (n - 1) / 2)
    unit = sd / np.sqrt((sd**2).mean())
    common, own = float(loadings @ unit), float(uniqueness @ unit**2)
    total = common**2 + own
    gradient = np.r_[unit * 2 * common * own, unit**2 * -(common**2)] / total**2
    se = math.sqrt(max(0.0, float(gradient @ covariance @ gradient)))
    rest = own / total
    return 1 - rest * math.exp(z * se / rest), 1 - rest * math.exp(-z * se / rest)


def _bootstrap_interval(
    values: Floats, start: tuple[Floats, Floats], confidence: float, *, rng: np.random.Generator, n: int
) -> tuple[float, float]:
    """Resample respondents; refit all resamples at once by EM from the sample's own solution."""
    draws = values[rng.integers(0, len(values), (n, len(values)))]
    centred = draws - draws.mean(axis=1, keepdims=True)
    covariance = np.einsum("bni,bnj->bij", centred, centred) / (len(values) - 1)
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    good = (sd > 1e-12 * np.abs(values).max(axis=0)).all(axis=1)
    covariance, sd = covariance[good], sd[good]
    s = covariance / (sd[:, :, None] * sd[:, None, :])
    a, psi = (np.tile(part, (len(s), 1)) for part in start)
    for _ in range(2000):
        weight = a / psi
        weight /= 1 + (a * weight).sum(axis=1, keepdims=True)
        cross = np.einsum("bij,bj->bi", s, weight)
        second = 1 - (a * weight).sum(axis=1, keepdims=True) + (cross * weight).sum(axis=1, keepdims=True)
        new = cross / second
        psi = np.clip(1 - new * cross, LEAST_UNIQUENESS, 1)
        change, a = np.abs(new - a).max(), new
        if change < 1e-6:
            break
    common = (a * sd).sum(axis=1) ** 2
    omegas = common / (common + (psi * sd**2).sum(axis=1))
    low, high = np.quantile(omegas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
