"""Intervals for shares, means and the net promoter score, as plain functions of counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from crmlab._shares import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NPS_METHODS", "SHARE_METHODS", "bootstrap_mean", "nps_interval", "share_interval", "t_interval"]

SHARE_METHODS = ("wilson", "jeffreys", "agresti_coull", "wald")
NPS_METHODS = ("adjusted_wald", "score", "wald")


def share_interval(
    share: float, n: float, *, confidence: float, method: str = "wilson"
) -> tuple[float, float]:
    """Return the interval of a share observed among n (an effective n may be fractional).

    >>> [round(x, 4) for x in share_interval(0.0, 10, confidence=0.95)]
    [0.0, 0.2775]
    """
    if method == "wilson":
        low, high = (float(end) for end in wilson(share * n, n, confidence))
        return low, high
    if method == "jeffreys":
        from scipy.special import betaincinv

        hits, tail = share * n, (1 - confidence) / 2
        low = float(betaincinv(hits + 0.5, n - hits + 0.5, tail)) if share > 0 else 0.0
        high = float(betaincinv(hits + 0.5, n - hits + 0.5, 1 - tail)) if share < 1 else 1.0
        return low, high
    z = _z(confidence)
    if method == "agresti_coull":
        share, n = (share * n + z * z / 2) / (n + z * z), n + z * z
    half = z * math.sqrt(share * (1 - share) / n)
    return max(0.0, share - half), min(1.0, share + half)


def t_interval(mean: float, se: float, df: float, confidence: float) -> tuple[float, float]:
    """Return mean ± t · s.e.; NaN without degrees of freedom."""
    if df <= 0 or math.isnan(se):
        return math.nan, math.nan
    from scipy.special import stdtrit

    half = float(stdtrit(df, (1 + confidence) / 2)) * se
    return mean - half, mean + half


def bootstrap_mean(
    values: NDArray[np.float64], *, confidence: float, rng: np.random.Generator, n: int
) -> tuple[float, float]:
    """Return the percentile interval of the mean; resamples counts of distinct answers, so that n costs nothing."""
    points, counts = np.unique(values, return_counts=True)
    means = rng.multinomial(len(values), counts / len(values), size=n) @ points / len(values)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def nps_interval(
    promoters: int, detractors: int, n: int, *, confidence: float, method: str
) -> tuple[float, float]:
    """Return the interval of the difference of two shares of one sample, as a fraction in [−1, 1].

    >>> [round(100 * x, 1) for x in nps_interval(60, 15, 100, confidence=0.95, method="wald")]
    [30.5, 59.5]
    """
    z = _z(confidence)
    if method == "score":
        return _score_interval(promoters, detractors, n, z)
    b, c, m = (promoters, detractors, n) if method == "wald" else (promoters + 0.75, detractors + 0.75, n + 3)
    difference = (b - c) / m
    half = z * math.sqrt(max(0.0, (b + c) / m - difference**2) / m)
    # with one answer, or at low levels, the adjusted interval can miss the score itself: it is extended to it
    observed = (promoters - detractors) / n
    return max(-1.0, min(difference - half, observed)), min(1.0, max(difference + half, observed))


def _score_interval(b: int, c: int, n: int, z: float) -> tuple[float, float]:
    """Invert Tango's score test of the difference between paired proportions: promoters b, detractors c."""
    from scipy.optimize import brentq

    observed = (b - c) / n

    def statistic(delta: float) -> float:
        second = -b - c + (2 * n - b + c) * delta
        root = math.sqrt(max(0.0, second**2 + 8 * n * c * delta * (1 - delta)))
        variance = n * ((root - second) / (2 * n) + delta * (1 - delta))
        away = b - c - n * delta
        # bounded, so that the ends of the range (variance 0) are no trouble to the root finder
        return away / math.sqrt(max(variance, 1e-12))

    low = -1.0 if statistic(-1.0) <= z else float(brentq(lambda d: statistic(d) - z, -1.0, observed))
    high = 1.0 if statistic(1.0) >= -z else float(brentq(lambda d: statistic(d) + z, observed, 1.0))
    return low, high


def _z(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))
