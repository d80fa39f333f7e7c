"""What tells a good measurement from a bad one: reliability, convergent and discriminant validity, effect sizes.

All functions take correlations (items with items, items with scores, scores with scores), never the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.pls.engine import regress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.structure import Structure

    Array = NDArray[np.float64]

__all__ = [
    "alpha_from_matrix",
    "effect_sizes",
    "fornell_larcker",
    "htmt",
    "index_values",
    "normalised_weights",
    "reliability",
]


def alpha_from_matrix(matrix: Array) -> float:
    """Return Cronbach's alpha from a covariance matrix (raw) or a correlation matrix (standardised).

    ``k / (k − 1) · (1 − trace / sum)``; NaN for a single item.

    >>> round(alpha_from_matrix(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    k = len(matrix)
    return float(k / (k - 1) * (1 - np.trace(matrix) / matrix.sum())) if k > 1 else float("nan")


def reliability(structure: Structure, covariance: Array, loadings: Array, weights: Array) -> pd.DataFrame:
    """Return alpha (raw, standardised), rho_A, rho_C and AVE of each block.

    `loadings` and `weights` (those of the standardised items, scores with variance 1) have shape ``(items,)``.
    A single item has no reliability that could be estimated: NaN (AVE is 1). Mode B blocks need not hang together: NaN.
    """
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    rows = []
    for j, (construct, items) in enumerate(structure.blocks.items()):
        block = np.flatnonzero(structure.construct_of_item == j)
        inside = np.ix_(block, block)
        single, mode = len(items) == 1, structure.modes[construct]
        known = not single and mode == "A"
        row = {
            "construct": construct,
            "items": len(items),
            "mode": mode,
            "alpha_raw": alpha_from_matrix(covariance[inside]) if known else np.nan,
            "alpha_standardised": alpha_from_matrix(correlation[inside]) if known else np.nan,
            "rho_a": _rho_a(weights[block], correlation[inside]) if known else np.nan,
            "rho_c": _rho_c(loadings[block]) if known else np.nan,
            "ave": float(np.mean(loadings[block] ** 2)) if mode == "A" else np.nan,
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _rho_c(loadings: Array) -> float:
    common = loadings.sum() ** 2
    return float(common / (common + (1 - loadings**2).sum()))


def _rho_a(weights: Array, correlation: Array) -> float:
    """Dijkstra & Henseler 2015, equation 3; weights give a score with variance 1."""
    outer = np.outer(weights, weights)
    off = ~np.eye(len(weights), dtype=bool)
    numerator = weights @ np.where(off, correlation, 0) @ weights
    denominator = weights @ np.where(off, outer, 0) @ weights
    return float((weights @ weights) ** 2 * numerator / denominator) if denominator else float("nan")


def htmt(correlation: Array, structure: Structure) -> Array:
    """Return the heterotrait–monotrait ratios of a stack of item correlations, ``(B, J, J)``, diagonal NaN.

    Mean absolute correlation between the items of two blocks over the geometric mean of the two blocks' mean absolute
    correlations; a single item counts as perfectly correlated with itself (1).
    """
    membership = structure.membership
    size = membership.sum(axis=0)
    total = membership.T @ np.abs(correlation) @ membership
    between = total / np.outer(size, size)
    pairs = np.where(size > 1, size * (size - 1), 1)
    inside = np.where(size > 1, (np.einsum("bjj->bj", total) - size) / pairs, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = between / np.sqrt(inside[:, :, None] * inside[:, None, :])
    ratio[:, np.arange(len(size)), np.arange(len(size))] = np.nan
    return np.asarray(ratio)


def fornell_larcker(score_correlation: Array, ave: Array, constructs: tuple[str, ...]) -> pd.DataFrame:
    """Return the constructs' correlations with the square root of AVE in the diagonal; it should top its row and column."""
    table = score_correlation.copy()
    np.fill_diagonal(table, np.sqrt(ave))
    return pd.DataFrame(table, index=list(constructs), columns=list(constructs))


def effect_sizes(score_correlation: Array, r_squared: Array, structure: Structure) -> Array:
    """Return Cohen's f² of each path at ``[from, to]``, from the final scores: what R² loses without the path, over 1 − R²."""
    J = len(structure.constructs)
    f_squared = np.full((J, J), np.nan)
    stack = score_correlation[None]
    for j in range(J):
        sources = np.flatnonzero(structure.adjacency[:, j])
        for i in sources:
            others = sources[sources != i]
            without = float((regress(stack, others, j) * stack[:, others, j]).sum()) if others.size else 0.0
            left = 1 - r_squared[j]
            f_squared[i, j] = (r_squared[j] - without) / left if left > 0 else np.inf
    return f_squared


def normalised_weights(weights: Array, item_sd: Array, structure: Structure) -> Array:
    """Return weights of raw items whose absolute values sum to 1 in each block; shapes ``(…, items)``."""
    raw = weights / item_sd
    return np.asarray(raw / (np.abs(raw) @ structure.membership)[..., structure.construct_of_item])


def index_values(
    weights: Array, item_mean: Array, item_sd: Array, structure: Structure, scale: tuple[float, float]
) -> Array:
    """Return the constructs' mean indices on 0–100, ``(…, constructs)``, from moments of the items ``(…, items)``.

    Weights of raw items, normalised in each block, times the item means in points of the scale; an item with a negative
    weight is reflected.
    """
    low, high = scale
    raw = normalised_weights(weights, item_sd, structure)
    points = (item_mean - low) * (100 / (high - low))
    points = np.where(raw < 0, 100 - points, points)
    return np.asarray((np.abs(raw) * points) @ structure.membership)
