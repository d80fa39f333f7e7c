"""The BG/NBD log-likelihood with its first and second derivatives in log-parameters."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._dot import dot, rows_dot, rows_product

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv._collapse import Patterns

    Floats = NDArray[np.float64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["bg_nbd_log_likelihood"]


def bg_nbd_log_likelihood(patterns: Patterns) -> Callable[[Floats], Parts]:
    r"""Return a function of ``log([r, alpha, a, b])`` that gives value, gradient and Hessian.

    With :math:`A_3 = -(r+x)\ln(\alpha+T)` (alive at T) and
    :math:`A_4 = \ln a - \ln(b+x-1) - (r+x)\ln(\alpha+t_x)` (gone at :math:`t_x`), a repeat buyer's log-likelihood is

    .. math:: \ln\frac{\Gamma(r+x)\alpha^r}{\Gamma(r)}
              + \ln\frac{\Gamma(a+b)\Gamma(b+x)}{\Gamma(b)\Gamma(a+b+x)} + A_3 + \ln(1 + e^{A_4-A_3}),

    and a one-time buyer's is :math:`r\ln\alpha - r\ln(\alpha+T)`. The first two terms depend on x alone; the
    difference :math:`A_4 - A_3` enters through the logistic function, so nothing overflows.
    """
    by_x = np.bincount(patterns.at_x, weights=patterns.w, minlength=len(patterns.xs)).astype(
        np.float64, copy=False
    )

    def evaluate(theta: Floats) -> Parts:
        p = np.exp(theta)
        parts = (
            _counts(p, patterns.xs, by_x, patterns.n),
            _bought_once(p, patterns),
            _bought_again(p, patterns),
        )
        value = sum(part[0] for part in parts)
        g = parts[0][1] + parts[1][1] + parts[2][1]
        h = parts[0][2] + parts[1][2] + parts[2][2]
        return value, g * p, h * np.outer(p, p) + np.diag(g * p)

    return evaluate


def _counts(p: Floats, x: Floats, by_x: Floats, n: float) -> Parts:
    """Gamma functions of the frequencies, and alpha ** r."""
    from scipy.special import digamma, gammaln, zeta

    r, alpha, a, b = (float(one) for one in p)
    start = np.array([[r], [b], [a + b]])
    later = start + x

    def summed(f: Callable[[Floats], Floats]) -> tuple[float, float, float]:
        """Sum over customers of f(r + x) - f(r), f(b + x) - f(b), f(a + b + x) - f(a + b)."""
        of_r, of_b, of_ab = ((f(later) - f(start)) @ by_x).tolist()
        return of_r, of_b, of_ab

    of_r, of_b, of_ab = summed(gammaln)
    value = n * r * log(alpha) + of_r + of_b - of_ab
    of_r, of_b, of_ab = summed(digamma)
    g = np.array([n * log(alpha) + of_r, n * r / alpha, -of_ab, of_b - of_ab])
    of_r, of_b, of_ab = summed(lambda v: np.asarray(zeta(2.0, v)))  # trigamma, without polygamma's detours
    h = np.zeros((4, 4))
    h[0, 0] = of_r
    h[0, 1] = h[1, 0] = n / alpha
    h[1, 1] = -n * r / alpha**2
    h[2, 2] = h[2, 3] = h[3, 2] = -of_ab
    h[3, 3] = of_b - of_ab
    return value, g, h


def _bought_once(p: Floats, m: Patterns) -> Parts:
    """One-time buyers: alive for certain."""
    r, alpha = p[:2]
    inverse = 1 / (alpha + m.T0)
    logs, once, twice = dot(m.w0, np.log(alpha + m.T0)), dot(m.w0, inverse), dot(m.w0, inverse**2)
    h = np.zeros((4, 4))
    h[0, 1] = h[1, 0] = -once
    h[1, 1] = r * twice
    return float(-r * logs), np.array([-logs, -r * once, 0.0, 0.0]), h


def _bought_again(p: Floats, m: Patterns) -> Parts:
    """Repeat buyers: alive at T, or gone after the last purchase. Logarithms are taken once a level."""
    r, alpha, a, b = (float(one) for one in p)
    end, last, before = alpha + m.Ts, alpha + m.ts, b + m.xs - 1
    log_T, log_t = np.log(end)[m.at_end], np.log(last)[m.at_t]
    inv_T, inv_t = (1 / end)[m.at_end], (1 / last)[m.at_t]
    rx = (r + m.xs)[m.at_x]
    d = np.empty((3, len(rx)))  # derivatives of A4 - A3 by r, alpha and b; that by a is 1 / a for all
    np.subtract(log_T, log_t, out=d[0])
    np.multiply(rx, inv_T - inv_t, out=d[1])
    d[2] = (-1 / before)[m.at_x]
    delta = (log(a) - np.log(before))[m.at_x] + rx * d[0]
    # Of e**-|delta| come both the logistic function and ln(1 + e**delta), and neither overflows.
    small = np.exp(-np.abs(delta))
    gone = np.where(delta > 0, 1.0, small) / (1 + small)
    w_gone = m.w * gone
    some, w_spread = float(w_gone.sum()), w_gone * (1 - gone)

    value = dot(m.w, np.maximum(delta, 0.0) + np.log1p(small) - rx * log_T)
    by_r, by_alpha, by_b = rows_dot(d, w_gone).tolist()
    g = np.array([by_r - dot(m.w, log_T), by_alpha - dot(m.w, rx * inv_T), some / a, by_b])

    mixed = dot(w_gone, inv_T - inv_t) - dot(m.w, inv_T)
    twice = dot(m.w, rx * inv_T**2) + dot(w_gone, rx * (inv_t**2 - inv_T**2))
    (rr, ra, rb), (_, aa, ab), (_, _, bb) = rows_product(d * w_spread, d).tolist()
    with_r, with_alpha, with_b = (rows_dot(d, w_spread) / a).tolist()
    alone = (float(w_spread.sum()) - some) / a**2
    h = np.array(
        [
            [rr, ra + mixed, with_r, rb],
            [ra + mixed, aa + twice, with_alpha, ab],
            [with_r, with_alpha, alone, with_b],
            [rb, ab, with_b, bb + dot(w_gone, d[2] ** 2)],
        ]
    )
    return value, g, h
