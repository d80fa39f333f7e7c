"""What two halves of the respondents are compared by, for one split or a thousand, and how rare the differences are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.pls.measures import index_values
from crmlab.pls.refit import moments, refit, standard_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.fit import PLSResult

    Array = NDArray[np.float64]

__all__ = ["composition", "differences", "plain", "split"]


def split(pooled: PLSResult, first: Array, scale: tuple[float, float] | None) -> dict[str, NDArray[Any]]:
    """Fit both halves of each split, ``(B, n)`` with 1 for the first half, and return what is compared."""
    structure = pooled.structure
    owner, membership = structure.construct_of_item, structure.membership
    halves = []
    for counts in (first, 1 - first):
        mean, covariance, constant = moments(pooled, counts)
        halves.append((mean, covariance, refit(pooled, mean, covariance, constant)))
    one, two = (half[2] for half in halves)
    out = {
        "constant": (one["constant"] | two["constant"]).any(axis=1),
        "settled": one["converged"] & two["converged"],
    }
    for name, key in (("path", "path_draws"), ("effect", "total_effect_draws")):
        out[f"{name}_first"], out[f"{name}_second"] = one[key], two[key]
    if scale is not None:
        for name, half in (("first", one), ("second", two)):
            out[f"index_{name}"] = index_values(
                half["weight_draws"], half["mean_draws"], half["sd_draws"], structure, scale
            )
    weights = [half["weight_draws"] for half in (one, two)]
    if pooled.convention == "raw":  # the composite is made of the items in their own units
        weights = [
            w / (half["sd_draws"] / pooled.item_sd) for w, half in zip(weights, (one, two), strict=True)
        ]
    z = standard_items(pooled)
    within = (z.T @ z / (pooled.n - 1)) * (membership @ membership.T)
    u, v = weights
    with np.errstate(invalid="ignore", divide="ignore"):
        out["composition"] = ((u @ within * v) @ membership) / np.sqrt(
            ((u @ within * u) @ membership) * ((v @ within * v) @ membership)
        )
        same = pooled.weight_values
        blocks = membership @ membership.T
        spread = [(same @ (half[1] * blocks) * same) @ membership for half in halves]
        out["log_variance"] = np.log(spread[0]) - np.log(spread[1])
    out["composition"][:, np.bincount(owner) == 1] = 1.0
    out["mean"] = ((halves[0][0] - halves[1][0]) * same) @ membership
    return out


def differences(
    ends: pd.DataFrame,
    seen: Mapping[str, Array],
    null: Mapping[str, Array],
    *,
    name: str,
    at: Any,
    adjust: str,
) -> pd.DataFrame:
    """Return ends, first, second, difference, low, high, p and p_adjusted."""
    first, second = seen[f"{name}_first"][at], seen[f"{name}_second"][at]
    where = (slice(None), *at) if isinstance(at, tuple) else (slice(None), at)
    table = plain(ends, first - second, (null[f"{name}_first"] - null[f"{name}_second"])[where])
    table.insert(ends.shape[1], "first", first)
    table.insert(ends.shape[1] + 1, "second", second)
    p = table["p"].to_numpy(dtype=float)
    table["p_adjusted"] = _holm(p) if adjust == "holm" else p
    return table


def plain(ends: pd.DataFrame, difference: Array, null: Array) -> pd.DataFrame:
    """Return ends, difference, where 95 % of the permuted differences lie, and the two-sided p."""
    low, high = np.quantile(null, [0.025, 0.975], axis=0)
    reached = (np.abs(null) >= np.abs(difference) * (1 - 1e-9)).sum(axis=0)
    return ends.assign(difference=difference, low=low, high=high, p=(1 + reached) / (1 + len(null)))


def composition(ends: pd.DataFrame, correlation: Array, null: Array) -> pd.DataFrame:
    """Return ends, correlation, the 5 % quantile of the permuted ones, and the share of them as small."""
    reached = (null <= correlation + 1e-12).sum(axis=0)
    return ends.assign(
        correlation=correlation,
        threshold=np.quantile(null, 0.05, axis=0),
        p=(1 + reached) / (1 + len(null)),
    )


def _holm(p: Array) -> Array:
    """Return Holm's step-down adjusted p-values."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
