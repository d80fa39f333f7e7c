"""Refits of a path model to many samples at once: resamples, halves of a permutation, training sets, blindfolded tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.pls import measures
from crmlab.pls.engine import inner_model, solve_weights, total_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.fit import PLSResult

    Array = NDArray[np.float64]

__all__ = ["moments", "refit", "standard_items"]

#: an item counts as constant in a sample below this share of its variance in the fitted one; the least change of one
#: answer lies far above, the rounding of sums far below
CONSTANT = 1e-10
#: products of items held at once
PRODUCTS = 4_000_000


def moments(result: PLSResult, counts: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return means, covariances and which items are constant, of the standardised items in samples of the rows.

    `counts` says how often each row stands in each sample, ``(B, n)``. One product of the counts with the items' squares
    and products replaces a table for each sample.
    """
    z = standard_items(result)
    B, p = len(counts), z.shape[1]
    size = counts.sum(axis=1)
    i, j = np.triu_indices(p)
    mean = counts @ z / size[:, None]
    products = np.zeros((B, i.size))
    step = max(1, PRODUCTS // i.size)
    for start in range(0, len(z), step):
        rows = slice(start, start + step)
        products += counts[:, rows] @ (z[rows, i] * z[rows, j])
    covariance = np.empty((B, p, p))
    covariance[:, i, j] = products / size[:, None]
    covariance[:, j, i] = covariance[:, i, j]
    covariance -= mean[:, :, None] * mean[:, None, :]
    covariance *= (size / (size - 1))[:, None, None]
    return mean, covariance, np.einsum("bii->bi", covariance) < CONSTANT


def standard_items(result: PLSResult) -> Array:
    """Return the fitted answers with mean 0 and variance 1, ``(n, items)``."""
    values = result.answers.matrix
    return np.asarray((values - values.mean(axis=0)) / result.item_sd)


def refit(
    result: PLSResult, mean: Array, covariance: Array, constant: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """Refit the model to samples given by the moments of the standardised items, ``(B, items)`` and ``(B, items, items)``.

    Scheme, convention and tolerance are the fit's. Where the loadings of a construct point against those of the fit, the
    construct is turned. Samples with a constant item, and those that do not settle, are marked, not left out.
    """
    structure = result.structure
    owner, membership = structure.construct_of_item, structure.membership
    degenerate = np.asarray(constant.any(axis=1))
    sd = np.sqrt(np.maximum(np.einsum("bii->bi", covariance), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = covariance / (sd[:, :, None] * sd[:, None, :])
    standardised = result.convention == "standardised"
    matrix = correlation if standardised else covariance * np.outer(result.item_sd, result.item_sd)
    matrix = np.where(degenerate[:, None, None], np.eye(len(owner)), matrix)
    correlation = np.where(degenerate[:, None, None], np.eye(len(owner)), correlation)
    solution = solve_weights(
        matrix,
        structure,
        scheme=result.scheme,
        tolerance=result.tolerance,
        max_iterations=result.max_iterations,
    )
    weights = solution.weights * (1.0 if standardised else sd * result.item_sd)
    item_score = correlation @ (weights[:, :, None] * membership)
    loadings = item_score[:, np.arange(len(owner)), owner]
    turn = np.where((loadings * result.loading_values) @ membership < 0, -1.0, 1.0)
    weights, loadings = weights * turn[:, owner], loadings * turn[:, owner]
    score = membership.T @ (weights[:, :, None] * (item_score * turn[:, None, :]))
    paths, r_squared = inner_model(score, structure)
    return {
        "constant": constant,
        "converged": solution.converged & np.isfinite(paths).all(axis=(1, 2)),
        "path_draws": paths,
        "total_effect_draws": total_effects(paths),
        "r_squared_draws": r_squared,
        "loading_draws": loadings,
        "weight_draws": weights,
        "htmt_draws": measures.htmt(correlation, structure),
        "mean_draws": result.answers.matrix.mean(axis=0) + mean * result.item_sd,
        "sd_draws": sd * result.item_sd,
    }
