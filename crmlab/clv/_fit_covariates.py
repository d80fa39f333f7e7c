"""Fitting the coefficients of covariates, from the model without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._covariates import check_names, check_tell_apart, covariate_rows, with_kinds
from crmlab.clv._effect_likelihood import cells, scaled_log_likelihood
from crmlab.clv._effects import Block, Effects
from crmlab.clv._newton import Maximum, maximise, with_penalty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.clv._effect_likelihood import Cells, PerRow
    from crmlab.clv._effects import Scaled
    from crmlab.clv._guard import Histories

    Floats = NDArray[np.float64]

__all__ = ["Covariates", "fit_effects", "read_covariates"]


@dataclass(frozen=True, eq=False)
class Covariates:
    """Histories with their covariates, and which parameters these scale."""

    h: Histories
    columns: tuple[str, ...]
    blocks: tuple[Block, ...]


def read_covariates(
    h: Histories,
    table: pd.DataFrame,
    asked: Mapping[str, Sequence[str] | None],
    scaled: Sequence[Scaled],
) -> Covariates | None:
    """Check the covariates asked for (``purchase``, ``dropout``); None if there are none."""
    lists = {kind: check_names(names, whose=f"{kind}_covariates") for kind, names in asked.items()}
    columns = tuple(dict.fromkeys(name for names in lists.values() for name in names))
    if not columns:
        return None
    h = with_kinds(h, covariate_rows(table, columns))
    assert h.kinds is not None
    places = {
        kind: np.array([columns.index(name) for name in names], dtype=np.int64)
        for kind, names in lists.items()
    }
    for kind, names in lists.items():
        if names:
            check_tell_apart(replace(h, kinds=h.kinds[:, places[kind]]), names, what=kind)
    blocks = tuple(
        Block(label, at, sign, lists[kind], places[kind], np.zeros(len(lists[kind])))
        for label, at, sign, kind in scaled
        if lists[kind]
    )
    return Covariates(h, columns, blocks)


def fit_effects(
    given: Covariates,
    rows: Callable[[Cells], PerRow],
    without: Maximum,
    *,
    names: tuple[str, ...],
    meanings: Mapping[tuple[str, str], str],
    penalty: float,
    scale: float,
) -> tuple[Maximum, Effects, float]:
    """Return the maximum in parameters and coefficients, the coefficients, and the log-likelihood.

    Columns are centred and divided by their standard deviation for the fit, and the result is turned back, so that
    units change nothing but units.
    """
    h = given.h
    assert h.kind is not None
    assert h.kinds is not None
    count = np.bincount(h.kind, minlength=len(h.kinds)) / len(h.kind)
    mean = count @ h.kinds
    spread = np.sqrt(count @ (h.kinds - mean) ** 2)
    even = replace(h, t=h.t / scale, T=h.T / scale, kinds=(h.kinds - mean) / spread)
    c = cells(even)
    effects = Effects(given.columns, given.blocks, float("nan"))
    objective = scaled_log_likelihood(
        rows(c), c.z, c.w, [(block.at, block.sign, block.places) for block in given.blocks]
    )
    best = maximise(
        with_penalty(objective, penalty),
        [np.concatenate([without.theta, np.zeros(len(effects.names))])],
        names=(*names, *effects.names),
        meanings=meanings,
        positive=len(names),
    )
    back = np.eye(len(best.theta))
    start = len(names)
    for block in given.blocks:
        end = start + len(block.columns)
        back[range(start, end), range(start, end)] = 1 / spread[block.places]
        back[block.at, start:end] = -block.sign * mean[block.places] / spread[block.places]
        start = end
    theta = back @ best.theta
    covariance = back @ best.covariance @ back.T
    turned = replace(best, theta=theta, covariance=(covariance + covariance.T) / 2)
    return turned, effects.at(theta[len(names) :]), objective(best.theta)[0]
