"""The BG/BB log-likelihood with its first and second derivatives in log-parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["Opportunities", "bg_bb_log_likelihood", "log_likelihood_of"]


@dataclass(frozen=True, eq=False)
class Opportunities:
    """Distinct histories: purchases x, the opportunity of the last one t, opportunities n, and customers w."""

    x: Floats
    t: Floats
    n: Floats
    w: Floats

    def collapsed(self) -> Opportunities:
        """Return each history once, with all its customers."""
        base = int(self.n.max()) + 1
        key = (self.n.astype(np.int64) * base + self.t.astype(np.int64)) * base + self.x.astype(np.int64)
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        count = np.bincount(place, weights=self.w).astype(np.float64, copy=False)
        return Opportunities(self.x[first], self.t[first], self.n[first], count)

    @property
    def last_seen(self) -> Floats:
        """Opportunities after which a customer may have left, t to n; beyond n: missing."""
        k = self.t[:, None] + np.arange(int((self.n - self.t).max()) + 1)
        return np.where(k <= self.n[:, None], k, np.nan)


def _terms(p: Floats, h: Opportunities) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the logarithms of the ways a history may have come about: left after k, or (k = n) still there."""
    from scipy.special import betaln

    a, b, c, d = p
    k = h.last_seen
    there = np.isfinite(k)
    k = np.where(there, k, h.n[:, None])
    left = (k < h.n[:, None]).astype(np.float64)
    x = h.x[:, None]
    terms = betaln(a + x, b + k - x) - betaln(a, b) + betaln(c + left, d + k) - betaln(c, d)
    return np.where(there, terms, -np.inf), k, left, x


def log_likelihood_of(p: Floats, h: Opportunities) -> Floats:
    """Return the log-likelihood of each history."""
    from scipy.special import logsumexp

    value: Floats = logsumexp(_terms(p, h)[0], axis=1)
    return value


def bg_bb_log_likelihood(h: Opportunities) -> Callable[[Floats], Parts]:
    r"""Return a function of ``log([alpha, beta, gamma, delta])`` that gives value, gradient and Hessian.

    A sum over the opportunities after which the customer may have left; its derivatives are means and covariances
    of those of the terms' logarithms.
    """
    from scipy.special import digamma, logsumexp, zeta

    def evaluate(theta: Floats) -> Parts:
        p = np.exp(theta)
        a, b, c, d = p
        terms, k, left, x = _terms(p, h)
        value = logsumexp(terms, axis=1)
        share = np.exp(terms - value[:, None])
        both = digamma(c + d + left + k)
        g = np.stack(
            [
                digamma(a + x) - digamma(a + b + k),
                digamma(b + k - x) - digamma(a + b + k),
                digamma(c + left) - both,
                digamma(d + k) - both,
            ]
        )
        g -= np.array([digamma(a) - digamma(a + b), digamma(b) - digamma(a + b), 0, 0])[:, None, None]
        g -= np.array([0, 0, digamma(c) - digamma(c + d), digamma(d) - digamma(c + d)])[:, None, None]
        mean = np.einsum("pk,ipk->ip", share, g)
        weighted = share * h.w[:, None]
        hessian = np.einsum("pk,ipk,jpk->ij", weighted, g, g) - (mean * h.w) @ mean.T

        total = h.w.sum()
        two = np.array([zeta(2.0, v) for v in (a, b, a + b, c, d, c + d)])
        first = float((weighted * zeta(2.0, a + b + k)).sum()) - total * two[2]
        second = float((weighted * zeta(2.0, c + d + left + k)).sum()) - total * two[5]
        hessian[:2, :2] -= first
        hessian[2:, 2:] -= second
        hessian[0, 0] += float((weighted * zeta(2.0, a + x)).sum()) - total * two[0]
        hessian[1, 1] += float((weighted * zeta(2.0, b + k - x)).sum()) - total * two[1]
        hessian[2, 2] += float((weighted * zeta(2.0, c + left)).sum()) - total * two[3]
        hessian[3, 3] += float((weighted * zeta(2.0, d + k)).sum()) - total * two[4]
        gradient = mean @ h.w
        return (
            float(h.w @ value),
            gradient * p,
            hessian * np.outer(p, p) + np.diag(gradient * p),
        )

    return evaluate
