"""A structural model between latent constructs, and the Likert items that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.draws import likert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmlab.simulate.truth import Item

__all__ = ["answer_items", "construct_correlations", "disturbance_variances", "draw_constructs"]


def construct_correlations(paths: Sequence[tuple[str, str, float]]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the constructs in causal order, and the correlations that the paths imply.

    Parameters
    ----------
    paths
        (source, target, coefficient) between standardised constructs; every source comes before its targets.

    Returns
    -------
    order, correlations
        Names, and a square matrix in their order.

    """
    order: list[str] = []
    for source, target, _ in paths:
        order.extend(name for name in (source, target) if name not in order)
    R = np.eye(len(order))
    for k, name in enumerate(order):
        into = {order.index(s): value for s, t, value in paths if t == name}
        for j in range(k):
            R[k, j] = R[j, k] = sum(value * R[s, j] for s, value in into.items())
    return order, R


def disturbance_variances(paths: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """Return each construct's variance that its paths leave unexplained, so that its whole variance is 1."""
    order, R = construct_correlations(paths)
    explained = dict.fromkeys(order, 0.0)
    for source, target, value in paths:
        explained[target] += value * float(R[order.index(source), order.index(target)])
    return {name: 1.0 - share for name, share in explained.items()}


def draw_constructs(
    paths: Sequence[tuple[str, str, float]],
    n: int,
    rng: np.random.Generator,
    *,
    shifts: Mapping[str, NDArray[np.float64]] | None = None,
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Draw standardised latent constructs.

    Parameters
    ----------
    paths
        The structural model.
    n
        Number of persons.
    rng
        Random stream.
    shifts
        For a construct, a part of its disturbance that is known for each person (a store's quality).
        Its mean is taken out and its variance is counted into the disturbance, so that the paths stay true.

    Returns
    -------
    constructs, disturbances
        Each a dictionary of arrays of length ``n``.

    """
    unexplained = disturbance_variances(paths)
    constructs: dict[str, NDArray[np.float64]] = {}
    disturbances: dict[str, NDArray[np.float64]] = {}
    for name, variance in unexplained.items():
        known = np.zeros(n)
        if shifts is not None and name in shifts:
            known = shifts[name] - shifts[name].mean()
        rest = max(variance - float(known.var()), 0.0)
        disturbance = known + np.sqrt(rest) * rng.standard_normal(n)
        disturbances[name] = disturbance
        constructs[name] = disturbance + sum(
            (value * constructs[source] for source, target, value in paths if target == name), np.zeros(n)
        )
    return constructs, disturbances


def answer_items(
    items: Sequence[Item],
    constructs: Mapping[str, NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    shifts: Mapping[str, NDArray[np.float64]] | None = None,
) -> dict[str, NDArray[np.int64]]:
    """Answer the items on 1-10: loading x construct + noise, put on the item's mean and spread, and rounded.

    ``shifts`` adds scale points to single items before rounding.
    """
    shifts = shifts or {}
    answers: dict[str, NDArray[np.int64]] = {}
    for item in items:
        latent = constructs[item.construct]
        noise = np.sqrt(1.0 - item.loading**2) * rng.standard_normal(latent.size)
        moved = item.loading * latent + noise + shifts.get(item.name, 0.0) / item.sd
        answers[item.name] = likert(moved, item.mean, item.sd, 1, 10)
    return answers
