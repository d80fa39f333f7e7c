"""The PLS algorithm on stacks of covariance matrices: one sample or a thousand resamples, the same code.

Everything that partial least squares needs from the data is the covariance matrix of the items. A stack of them has
shape ``(B, p, p)``: B samples, p items; J constructs. All samples iterate together; those that have converged leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.structure import Structure

    Array = NDArray[np.float64]

__all__ = ["SCHEMES", "Solution", "inner_model", "solve_weights", "total_effects"]

SCHEMES = ("path", "centroid", "factorial")


@dataclass(frozen=True)
class Solution:
    """Outer weights of each sample, and how the search for them ended."""

    #: ``(B, p)``, such that each construct's score has variance 1; NaN where the sample failed
    weights: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.intp]


def solve_weights(
    covariance: Array, structure: Structure, *, scheme: str, tolerance: float, max_iterations: int
) -> Solution:
    """Return the outer weights of each covariance matrix of the stack.

    Wold's algorithm: scores from weights; each construct's proxy from the scores of its neighbours (inner scheme); new
    weights from the items' covariances with the proxy (mode A) or their regression (mode B); until no weight moves by
    `tolerance`, counted as weights of items of variance 1, so that their units do not end the search.
    """
    B, p, _ = covariance.shape
    membership, owner = structure.membership, structure.construct_of_item
    within = membership @ membership.T
    weights = np.ones((B, p))
    weights /= _score_sd(weights, covariance * within, membership)[:, owner]
    final = np.full((B, p), np.nan)
    converged = np.zeros(B, dtype=bool)
    iterations = np.full(B, max_iterations, dtype=np.intp)
    active = np.arange(B)
    S, S_within, sd = covariance, covariance * within, np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    for step in range(1, max_iterations + 1):
        item_score = S @ (weights[:, :, None] * membership)
        score = membership.T @ (weights[:, :, None] * item_score)
        inner = _inner_weights(score, structure, scheme)
        proxy = np.einsum("bpj,bpj->bp", item_score, inner.transpose(0, 2, 1)[:, owner, :])
        new = _outer_weights(proxy, S, structure)
        new /= _score_sd(new, S_within, membership)[:, owner]
        with np.errstate(invalid="ignore"):
            moved = (np.abs(new - weights) * sd).max(axis=1)
        weights = new
        done = moved < tolerance
        failed = ~np.isfinite(moved)
        leave = done | failed
        if leave.any():
            final[active[done]] = weights[done]
            converged[active[done]] = True
            iterations[active[leave]] = step
            stay = ~leave
            active, weights, S, S_within, sd = (part[stay] for part in (active, weights, S, S_within, sd))
            if not active.size:
                break
    final[active] = weights
    return Solution(final, converged, iterations)


def inner_model(correlation: Array, structure: Structure) -> tuple[Array, Array]:
    """Return path coefficients ``(B, J, J)`` at ``[from, to]`` and R² ``(B, J)`` (NaN for exogenous constructs)."""
    B, J, _ = correlation.shape
    paths = np.zeros((B, J, J))
    r_squared = np.full((B, J), np.nan)
    for j in range(J):
        sources = np.flatnonzero(structure.adjacency[:, j])
        if sources.size:
            beta = regress(correlation, sources, j)
            paths[:, sources, j] = beta
            r_squared[:, j] = (beta * correlation[:, sources, j]).sum(axis=1)
    return paths, r_squared


def total_effects(paths: Array) -> Array:
    """Return direct plus indirect effects: the sum of the powers of the path matrix, finite as there is no cycle."""
    total = paths.copy()
    power = paths
    for _ in range(paths.shape[-1] - 1):
        power = power @ paths
        if not power.any():
            break
        total += power
    return total


def regress(correlation: Array, sources: NDArray[np.intp], target: int) -> Array:
    """Return the standardised regression of one score on others, ``(B, len(sources))``; NaN where it is singular."""
    c = correlation[:, sources, target]
    if sources.size == 1:
        return c
    return _solve(correlation[:, sources[:, None], sources[None, :]], c)


def _solve(matrix: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        if len(matrix) == 1:
            return np.full(right.shape, np.nan)
        half = len(matrix) // 2
        return np.concatenate([_solve(matrix[:half], right[:half]), _solve(matrix[half:], right[half:])])


def _inner_weights(score: Array, structure: Structure, scheme: str) -> Array:
    """Return how much each score (row) counts in each construct's proxy (column)."""
    adjacency = structure.adjacency
    if scheme == "path":
        inner = score * adjacency.T
        for j in range(adjacency.shape[0]):
            sources = np.flatnonzero(adjacency[:, j])
            if sources.size:
                inner[:, sources, j] = regress(score, sources, j)
        return inner
    neighbours = adjacency + adjacency.T
    return np.sign(score) * neighbours if scheme == "centroid" else score * neighbours


def _outer_weights(proxy: Array, covariance: Array, structure: Structure) -> Array:
    if "B" not in structure.modes.values():
        return proxy
    weights = proxy.copy()
    for j, construct in enumerate(structure.constructs):
        if structure.modes[construct] == "B":
            block = np.flatnonzero(structure.construct_of_item == j)
            weights[:, block] = _solve(covariance[:, block[:, None], block[None, :]], proxy[:, block])
    return weights


def _score_sd(weights: Array, within: Array, membership: Array) -> Array:
    """Return the standard deviation of each construct's score, ``(B, J)``."""
    variance = (weights * (within @ weights[:, :, None])[:, :, 0]) @ membership
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 0, np.sqrt(variance), np.nan)
