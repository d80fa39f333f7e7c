"""Trend tests, the logistic fit and the lift behind the satisfaction–loyalty curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from crmlab._shares import newcombe, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["cochran_armitage", "fit_logistic", "lift_row", "spearman"]


def spearman(x: Floats, y: Floats) -> tuple[float, float]:
    """Return Spearman's rank correlation and its two-sided p; NaN where either does not vary."""
    from scipy.stats import spearmanr

    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return math.nan, math.nan
    found = spearmanr(x, y)
    return float(found.statistic), float(found.pvalue)


def cochran_armitage(levels: Floats, n: Floats, k: Floats) -> tuple[float, float]:
    """Return z and two-sided p of the Cochran–Armitage trend test; NaN where nothing varies."""
    total = n.sum()
    p = k.sum() / total
    spread = (n * levels**2).sum() - (n * levels).sum() ** 2 / total
    variance = p * (1 - p) * spread
    if (n > 0).sum() < 2 or p in (0.0, 1.0) or variance <= 0:
        return math.nan, math.nan
    z = float((levels * (k - n * p)).sum() / math.sqrt(variance))
    return z, math.erfc(abs(z) / math.sqrt(2))


def fit_logistic(levels: Floats, n: Floats, k: Floats) -> tuple[str, Floats, Floats | None]:
    """Fit loyal ~ level on grouped counts; return status, coefficients and their covariance.

    Where no finite maximum exists the status says why, and the coefficients are NaN.
    """
    nothing = np.array([math.nan, math.nan])
    status = _no_maximum(levels, n, k)
    if status:
        return status, nothing, None
    # Centred and scaled, so that the iteration does not know the unit of satisfaction.
    middle = float((n * levels).sum() / n.sum())
    spread = float(np.sqrt((n * (levels - middle) ** 2).sum() / n.sum()))
    design = np.column_stack([np.ones(len(levels)), (levels - middle) / spread])
    beta, cov = _newton(design, n, k)
    back = np.array([[1.0, -middle / spread], [0.0, 1.0 / spread]])
    return "fitted", back @ beta, back @ cov @ back.T


def _newton(design: Floats, n: Floats, k: Floats) -> tuple[Floats, Floats]:
    """Maximise the binomial likelihood; return coefficients and the inverse information."""

    def value(b: Floats) -> float:
        eta = design @ b
        return float(k @ eta - n @ np.logaddexp(0.0, eta))

    beta = np.zeros(2)
    information = np.eye(2)
    for _ in range(100):
        p = np.exp(-np.logaddexp(0.0, -(design @ beta)))
        information = design.T @ (design * (n * p * (1 - p))[:, None])
        step = np.linalg.solve(information, design.T @ (k - n * p))
        # The likelihood is concave: a step that overshoots only wants halving.
        while value(beta + step) < value(beta) - 1e-12 * n.sum():
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < 1e-12 * (1 + np.abs(beta).max()):
            break
    return beta, np.asarray(np.linalg.inv(information), dtype=np.float64)


def _no_maximum(levels: Floats, n: Floats, k: Floats) -> str:
    if len(levels) < 2:
        return "one_level"
    if k.sum() == n.sum():
        return "all_loyal"
    if k.sum() == 0:
        return "none_loyal"
    loyal, other = levels[k > 0], levels[k < n]
    overlap = loyal.min() < other.max() and other.min() < loyal.max()
    return "" if overlap else "separated"


def lift_row(
    levels: Floats, n: Floats, k: Floats, beta: Floats, *, pair: tuple[int, int], confidence: float
) -> dict[str, float]:
    """Compare loyalty at the satisfied and at the completely satisfied level."""
    lower, upper = pair
    n0, n1, k0, k1 = (float(v) for v in (n[lower], n[upper], k[lower], k[upper]))
    p0, p1 = (k0 / n0 if n0 else math.nan), (k1 / n1 if n1 else math.nan)
    low, high = newcombe(k1, n1, k0, n0, confidence) if n0 and n1 else (math.nan, math.nan)
    ratio = ratio_low = ratio_high = math.nan
    if n0 and n1 and k0:
        ratio = p1 / p0
        if k1:
            half = normal_quantile(confidence) * math.sqrt((1 - p1) / k1 + (1 - p0) / k0)
            ratio_low, ratio_high = ratio * math.exp(-half), ratio * math.exp(half)
    fitted_difference = math.nan
    if np.isfinite(beta).all():
        at = np.exp(-np.logaddexp(0.0, -(beta[0] + beta[1] * levels[[lower, upper]])))
        fitted_difference = float(at[1] - at[0])
    return {
        "satisfied": float(levels[lower]),
        "completely_satisfied": float(levels[upper]),
        "share_satisfied": p0,
        "share_completely_satisfied": p1,
        "difference": p1 - p0,
        "difference_low": low,
        "difference_high": high,
        "ratio": ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "fitted_difference": fitted_difference,
    }
