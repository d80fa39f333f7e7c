"""The integral in the Pareto/NBD likelihood, over the time when a customer may have left unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Integral", "Nodes"]

#: What has fallen below exp(-40) of its start is left out.
_NOTHING = 40.0
#: How far the integrand may fall (in e-folds) and v run, and the nodes that then give it to rounding.
_CLASSES = ((3.0, 1.5, 8), (10.0, 2.5, 12), (45.0, 4.0, 20), (np.inf, np.inf, 40))
#: Small enough for the processor's cache.
_CELLS_AT_ONCE = 20_000


@dataclass(frozen=True, eq=False)
class Nodes:
    r"""Gauss-Legendre nodes on [t, T] for some of the rows.

    `log_integral` is :math:`\ln\int_t^T (\alpha+\tau)^{-k}(\beta+\tau)^{-l}d\tau`, `density` the integrand at the
    nodes, normed to sum 1 in each row; `alpha` and `beta` are :math:`\alpha+\tau` and :math:`\beta+\tau` there.
    """

    rows: Ints
    log_integral: Floats
    density: Floats
    alpha: Floats
    beta: Floats


@lru_cache(maxsize=8)
def _legendre(count: int) -> tuple[Floats, Floats]:
    y, w = np.polynomial.legendre.leggauss(count)
    return (y + 1) / 2, w / 2


@dataclass(frozen=True, eq=False)
class Integral:
    r""":math:`\int_t^T (\alpha+\tau)^{-k} (\beta+\tau)^{-l} d\tau`, one a row.

    With m the smaller of alpha and beta, and :math:`v = \ln((m+\tau)/(m+t))`, the integrand has no singularity within
    :math:`|\mathrm{Im}\,v| < \pi`, and its logarithm is concave in v. What it falls by decides how many nodes are
    needed; where it falls steeply (thousands of purchases), a few steps of Newton's method cut off what is nothing.
    The papers write the same integral as a difference of two hypergeometric functions, which cancel or overflow.

    Attributes
    ----------
    alpha, beta
        Above 0; one number, or one a row.
    k
        Exponent of alpha + tau, one a row (r + x).
    power
        Exponent of beta + tau (s + 1); one number, or one a row.
    t, T
        Ends of the integral, 0 <= t <= T.

    """

    alpha: Floats | float
    beta: Floats | float
    k: Floats
    power: Floats | float
    t: Floats
    T: Floats

    def take(self, rows: Ints) -> Integral:
        """Return some of the rows."""
        alpha, beta, power = (
            v[rows] if isinstance(v, np.ndarray) else v for v in (self.alpha, self.beta, self.power)
        )
        return Integral(alpha, beta, self.k[rows], power, self.t[rows], self.T[rows])

    @property
    def start(self) -> Floats:
        """The smaller of alpha and beta, plus t."""
        start: Floats = np.minimum(self.alpha, self.beta) + self.t
        return start

    def nodes(self) -> Iterator[Nodes]:
        """Yield the nodes, in parts that make up all rows."""
        reach, fall = self._reach()
        left = np.ones(len(self.t), dtype=bool)
        for most, longest, count in _CLASSES:
            mine = left & (fall <= most) & (reach <= longest)
            left &= ~mine
            rows = np.flatnonzero(mine)
            size = _CELLS_AT_ONCE // count
            for first in range(0, len(rows), size):
                part = rows[first : first + size]
                yield self.take(part).at_nodes(part, reach[part], count)

    def _reach(self) -> tuple[Floats, Floats]:
        """Return how far v runs, and by how much the logarithm of the integrand falls until there."""
        reach = np.log1p((self.T - self.t) / self.start)
        fall = self.fall(reach)[0]
        steep = np.flatnonzero(fall > _NOTHING)
        if len(steep):
            there = self.take(steep)
            slope = there.fall(np.zeros(len(steep)))[1]
            # Convex and rising: from the right, Newton's steps never go too far.
            v = np.minimum(reach[steep], _NOTHING / np.maximum(slope, 1e-3))
            for _ in range(4):
                value, slope = there.fall(v)
                v = np.where(value > _NOTHING, v - (value - _NOTHING) / np.maximum(slope, 1e-3), v)
            reach[steep], fall[steep] = v, there.fall(v)[0]
        return reach, fall

    def fall(self, v: Floats) -> tuple[Floats, Floats]:
        """Return by how much the logarithm of the integrand (in v) has fallen from its start, and its slope."""
        grown = self.start * np.expm1(v)  # tau - t
        later = self.start + grown
        a, b = self.alpha + self.t, self.beta + self.t
        value = self.k * np.log1p(grown / a) + self.power * np.log1p(grown / b) - v
        return value, self.k * later / (a + grown) + self.power * later / (b + grown) - 1

    def at_nodes(self, rows: Ints, reach: Floats, count: int) -> Nodes:
        """Return `count` nodes for all of these rows, which are `rows` of a larger table."""
        y, w = _legendre(count)
        v = reach[:, None] * y
        grown = self.start[:, None] * np.expm1(v)
        a, b = self.alpha + self.t, self.beta + self.t
        falls = self.k[:, None] * np.log1p(grown / a[:, None])
        power = self.power[:, None] if isinstance(self.power, np.ndarray) else self.power
        falls += power * np.log1p(grown / b[:, None]) - v
        density = np.exp(-falls) * w
        total = density.sum(axis=1)
        density /= total[:, None]
        with np.errstate(divide="ignore"):  # an integral from T to T is 0
            log_integral = np.log(reach * self.start * total) - self.k * np.log(a) - self.power * np.log(b)
        return Nodes(rows, log_integral, density, a[:, None] + grown, b[:, None] + grown)
