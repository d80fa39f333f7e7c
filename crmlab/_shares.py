"""Shares with intervals: Wilson's for one share, Newcombe's for the difference of two."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["newcombe", "normal_quantile", "wilson"]


def normal_quantile(confidence: float) -> float:
    """Return the two-sided quantile of the normal distribution, 1.96 for 0.95.

    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise ParameterError(
            f"confidence is {confidence!r}; it must lie between 0 and 1.",
            hint="Write 0.95 for intervals of 95 %.",
        )
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float) -> tuple[Floats, Floats]:
    r"""Return lower and upper ends of Wilson's score interval of a share; NaN where there are no trials.

    With :math:`\hat p = k/n` and :math:`z` the normal quantile,

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    It holds its level for small n and never leaves [0, 1], which Wald's interval does.

    Wilson, E. B. (1927). Journal of the American Statistical Association, 22, 209-212.
    https://doi.org/10.1080/01621459.1927.10502953

    Checked against: ``scipy.stats.binomtest(...).proportion_ci(method="wilson")``, and Newcombe (1998), table I.

    >>> low, high = wilson(81, 263, 0.95)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    z = normal_quantile(confidence)
    k = np.asarray(successes, dtype=np.float64)
    n = np.asarray(trials, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / n
        centre = p + z**2 / (2 * n)
        half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low = (centre - half) / (1 + z**2 / n)
        high = (centre + half) / (1 + z**2 / n)
    # The ends are 0 and 1 exactly where nobody, or everybody, is counted; floating point misses that by 1e-17.
    low = np.where(k == 0, np.where(n > 0, 0.0, np.nan), low)
    high = np.where((k == n) & (n > 0), 1.0, high)
    return low, high


def newcombe(k1: float, n1: float, k2: float, n2: float, confidence: float) -> tuple[float, float]:
    r"""Return the interval of the difference :math:`k_1/n_1 - k_2/n_2` of two independent shares.

    Newcombe's hybrid of two Wilson intervals (his method 10).

    Newcombe, R. G. (1998). Statistics in Medicine, 17, 873-890.
    https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Checked against: table II of the paper, 56/70 against 48/80.

    >>> low, high = newcombe(56, 70, 48, 80, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (l1, l2), (u1, u2) = wilson([k1, k2], [n1, n2], confidence)
    p1, p2 = k1 / n1, k2 / n2
    low = p1 - p2 - np.hypot(p1 - l1, u2 - p2)
    high = p1 - p2 + np.hypot(u1 - p1, p2 - l2)
    return float(low), float(high)
