"""The likelihood where covariates scale parameters: the chain rule over what each customer contributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._collapse import distinct, levels
from crmlab.clv._dot import dot, rows_dot, rows_product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["Cells", "PerRow", "cells", "scaled_log_likelihood"]

#: Log-likelihood of each row with its derivatives by the four parameters, of which each is an array:
#: shapes (rows,), (4, rows), (4, 4, rows).
PerRow = Callable[["Floats", "Floats", "Floats", "Floats"], tuple["Floats", "Floats", "Floats"]]


@dataclass(frozen=True, eq=False)
class Cells:
    """Distinct rows of history and covariates, and how many customers have each."""

    x: Floats
    t: Floats
    T: Floats
    z: Floats
    w: Floats


def cells(h: Histories) -> Cells:
    """Collapse histories with covariates to distinct (x, t, T, z)."""
    assert h.kind is not None
    assert h.kinds is not None
    (ix, xs), (it, ts), (iT, Ts) = levels(h.x), levels(h.t), levels(h.T)
    (jx, jt), _, place = distinct((ix, len(xs)), (it, len(ts)), inverse=True)
    assert place is not None
    (jb, jT, jk), count, _ = distinct((place, len(jx)), (iT, len(Ts)), (h.kind, len(h.kinds)))
    return Cells(xs[jx[jb]], ts[jt[jb]], Ts[jT], h.kinds[jk], count.astype(np.float64))


def scaled_log_likelihood(
    rows: PerRow, z: Floats, w: Floats, blocks: list[tuple[int, float, Ints]]
) -> Callable[[Floats], Parts]:
    r"""Return a function of the log-parameters and coefficients that gives value, gradient and Hessian.

    With :math:`\theta_i = D_i \varphi` the log-parameters of customer i, the gradient is
    :math:`\sum_i w_i D_i' g_i`, the Hessian :math:`\sum_i w_i D_i' H_i D_i`.

    Parameters
    ----------
    rows
        Log-likelihood of each row in natural parameters.
    z, w
        Covariates and weights of the rows.
    blocks
        For each parameter that is scaled: its place, the sign, and the columns of `z`.

    """
    ones = np.ones((1, len(w)))
    designs = [ones] * 4
    places = [np.array([i]) for i in range(4)]
    size = 4
    for at, sign, columns in blocks:
        designs[at] = np.vstack([designs[at], sign * z[:, columns].T])
        places[at] = np.concatenate([places[at], np.arange(size, size + len(columns))])
        size += len(columns)

    def evaluate(phi: Floats) -> Parts:
        eta = [rows_dot(designs[k].T, phi[places[k]]) for k in range(4)]
        if max(float(np.abs(one).max()) for one in eta) > 300:
            return -np.inf, np.zeros(size), np.zeros((size, size))
        p = np.exp(eta)
        value, g, h = rows(*p)
        g = g * p
        h = h * p[:, None] * p[None, :]
        for k in range(4):
            h[k, k] += g[k]
        gradient, hessian = np.zeros(size), np.zeros((size, size))
        for k in range(4):
            gradient[places[k]] += rows_dot(designs[k], w * g[k])
            for m in range(4):
                hessian[np.ix_(places[k], places[m])] += rows_product(designs[k], designs[m] * (w * h[k, m]))
        return dot(w, value), gradient, hessian

    return evaluate
