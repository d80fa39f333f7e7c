"""Regression discontinuity by local polynomials: bandwidths, the jump, and its robust error.

Notation of Calonico, Cattaneo and Titiunik (2014): estimate of order p = 1 with bandwidth h, bias of order q = 2 with
bandwidth b, triangular kernel, residuals from the three nearest neighbours. Running values are centred at the cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Jump", "Side", "bandwidths", "fit_line", "jump", "sides"]

#: Neighbours whose mean a residual is taken from.
_MATCHES = 3
#: Constant of the rule-of-thumb bandwidth for densities, triangular kernel.
_PILOT = 2.576
#: Quartiles of the normal distribution are so many standard deviations apart.
_IQR = 1.349


@dataclass(frozen=True, eq=False)
class Side:
    """One side of the cutoff, sorted: distances from it, and one or two outcomes as columns."""

    x: Floats
    y: Floats

    def within(self, h: float) -> Side:
        """Return the part with positive kernel weight."""
        keep = np.abs(self.x) < h
        return Side(self.x[keep], self.y[keep])


@dataclass(frozen=True, eq=False)
class Jump:
    """Jumps of all outcomes at the cutoff, and the variance of each and between them.

    ``level`` is the fitted outcome just below the cutoff.
    """

    conventional: Floats
    corrected: Floats
    variance: Floats
    robust_variance: Floats
    level: Floats


def sides(x: Floats, y: Floats) -> tuple[Side, Side]:
    """Split at 0 and sort; outcomes as columns."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    at = int(np.searchsorted(x, 0.0, side="left"))
    return Side(x[:at], y[:at]), Side(x[at:], y[at:])


def kernel(x: Floats, h: float) -> Floats:
    """Return triangular weights."""
    return np.maximum(1.0 - np.abs(x) / h, 0.0)


def _solver(x: Floats, w: Floats, h: float, order: int) -> Floats:
    """Return the weights (order + 1, n) that give the coefficients of (x/h)^k from outcomes."""
    basis = np.vander(x / h, order + 1, increasing=True)
    root = np.sqrt(w)[:, np.newaxis]
    enough = len(np.unique(x[w > 0])) > order
    q, r = np.linalg.qr(basis * root)
    diagonal = np.abs(np.diag(r))
    if not (enough and diagonal.min() > 1e-10 * diagonal.max()):
        raise DataError(
            "There are too few different running values near the cutoff to fit a polynomial.",
            hint="Regression discontinuity needs a running variable with many values, such as spend to the cent; or "
            "choose a wider bandwidth.",
        )
    weights: Floats = np.linalg.solve(r, q.T) * root.T
    return weights


def residuals(side: Side) -> Floats:
    r"""Return :math:`\sqrt{J/(J+1)}\,(y_i - \bar y_{\text{nearest}})` with the J ≥ 3 nearest, ties together."""
    x, n = side.x, len(side.x)
    need = min(_MATCHES, n - 1)
    _, start, count = np.unique(x, return_index=True, return_counts=True)
    group = np.repeat(np.arange(len(start)), count)
    low, high = start[group], (start + count - 1)[group]
    size = count[group]  # points in the window [low, high], itself among them
    while True:
        short = np.flatnonzero(size - 1 < need)
        if not len(short):
            break
        left, right = low[short] - 1, high[short] + 1
        gap_left = np.where(left >= 0, x[short] - x[np.maximum(left, 0)], np.inf)
        gap_right = np.where(right < n, x[np.minimum(right, n - 1)] - x[short], np.inf)
        go_left, go_right = gap_left <= gap_right, gap_right <= gap_left
        low[short[go_left]] = start[group[left[go_left]]]
        to = group[right[go_right]]
        high[short[go_right]] = (start + count - 1)[to]
        size = high - low + 1
    y = side.y - side.y.mean(axis=0)
    running = np.concatenate([np.zeros((1, y.shape[1])), np.cumsum(y, axis=0)])
    others = (size - 1)[:, np.newaxis]
    mean = (running[high + 1] - running[low] - y) / others
    out: Floats = np.sqrt(others / (others + 1)) * (y - mean)
    return out


def _parts(
    side: Side, *, order: int, nu: int, h_v: float, h_b: float, scale: float
) -> tuple[float, float, float]:
    """Return variance, bias and its regularisation of a polynomial of `order` for derivative `nu`, one side."""
    near = side.within(h_v)
    w = kernel(near.x, h_v)
    lines = _solver(near.x, w, h_v, order)
    variance = float((lines[nu] ** 2) @ (residuals(near)[:, 0] ** 2)) / h_v ** (2 * nu)
    shape = float(lines[nu] @ (near.x / h_v) ** (order + 1))
    wide = side.within(h_b)
    up = _solver(wide.x, kernel(wide.x, h_b), h_b, order + 1)
    slope = float(up[order + 1] @ wide.y[:, 0]) / h_b ** (order + 1)
    penalty = 0.0
    if scale:
        spread = float((up[order + 1] ** 2) @ (residuals(wide)[:, 0] ** 2)) / h_b ** (2 * (order + 1))
        penalty = scale * 2 * (order + 1 - nu) * 3 * shape**2 * spread
    return (
        (2 * nu + 1) * h_v ** (2 * nu + 1) * variance,
        float(np.sqrt(2 * (order + 1 - nu))) * shape * slope,
        penalty,
    )


def bandwidths(left: Side, right: Side) -> tuple[float, float]:
    """Return the bandwidths h and b that minimise the mean squared error of the jump and of its bias, both sides alike."""
    x = np.concatenate([left.x, right.x])
    quartiles = np.quantile(x, [0.25, 0.75], method="averaged_inverted_cdf")
    spread = min(float(np.std(x, ddof=1)), float(quartiles[1] - quartiles[0]) / _IQR)
    reach = (float(-left.x[0]), float(right.x[-1]))
    most = max(reach)
    if not spread > 0:
        raise DataError(
            "At least half of the running values are one and the same: no bandwidth can be chosen."
        )
    pilot = min(_PILOT * spread * len(x) ** -0.2, most)

    def step(order: int, nu: int, h_b: tuple[float, float], scale: float) -> float:
        lv, lb, lr = _parts(left, order=order, nu=nu, h_v=pilot, h_b=h_b[0], scale=scale)
        rv, rb, rr = _parts(right, order=order, nu=nu, h_v=pilot, h_b=h_b[1], scale=scale)
        off = (rb - lb) ** 2 + lr + rr
        wide = ((lv + rv) / off) ** (1 / (2 * order + 3)) if off > 0 else most
        return min(float(wide), most)

    d = step(3, 3, reach, 0.0)
    b = step(2, 2, (d, d), 1.0)
    h = step(1, 0, (b, b), 1.0)
    return h, b


def jump(left: Side, right: Side, h: float, b: float) -> Jump:
    """Return the jumps at the cutoff with bandwidths h and b."""
    found = []
    for side in (left, right):
        near = side.within(max(h, b))
        first = _solver(near.x, kernel(near.x, h), h, 1)
        second = _solver(near.x, kernel(near.x, b), b, 2)
        bias = float(first[0] @ (near.x / h) ** 2) * (h / b) ** 2 * second[2]
        lines = np.stack([first[0], first[0] - bias])
        spread = residuals(near)
        estimate = lines @ near.y
        variance = np.einsum("ki,ij,il->kjl", lines**2, spread, spread)
        found.append((estimate, variance))
    (low, low_variance), (high, high_variance) = found
    gap, variance = high - low, high_variance + low_variance
    return Jump(gap[0], gap[1], variance[0], variance[1], low[0])


def fit_line(side: Side, h: float, at: Floats) -> Floats:
    """Return the local line of the first outcome at distances from the cutoff."""
    near = side.within(h)
    lines = _solver(near.x, kernel(near.x, h), h, 1)
    a, slope = lines @ near.y[:, 0]
    out: Floats = a + slope * at / h
    return out
