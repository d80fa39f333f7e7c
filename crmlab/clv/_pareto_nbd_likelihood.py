"""The Pareto/NBD log-likelihood with its first and second derivatives in log-parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._pareto_nbd_integral import Integral

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmlab.clv._collapse import Patterns
    from crmlab.clv._pareto_nbd_integral import Nodes

    Floats = NDArray[np.float64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["buys_if_alive", "log_odds_gone", "pareto_nbd_log_likelihood"]


def log_odds_gone(p: Sequence[Floats | float], x: Floats, t: Floats, T: Floats) -> Floats:
    r"""Return ln of the odds of having left by T: :math:`\ln(s I) + (r+x)\ln(\alpha+T) + s\ln(\beta+T)`."""
    r, alpha, s, beta = p
    odds: Floats = np.log(s) + (r + x) * np.log(alpha + T) + s * np.log(beta + T)
    for part in Integral(alpha, beta, r + x, s + 1, t, T).nodes():
        odds[part.rows] += part.log_integral
    return odds


def buys_if_alive(p: Sequence[Floats | float], x: Floats, T: Floats, horizon: float) -> Floats:
    r"""Return the probability of a purchase in the next `horizon` of who is still there at T.

    The density of the first purchase at :math:`\tau`, times the chance to be there then, integrated:
    :math:`(r+x)(\alpha+T)^{r+x}(\beta+T)^s \int_T^{T+h} (\alpha+\tau)^{-(r+x+1)}(\beta+\tau)^{-s}d\tau`. It is the
    integral of the likelihood with other exponents; nothing is subtracted, so short horizons lose no digits.
    """
    r, alpha, s, beta = p
    log_p: Floats = np.log(r + x) + (r + x) * np.log(alpha + T) + s * np.log(beta + T)
    for part in Integral(alpha, beta, r + x + 1, s, T, T + horizon).nodes():
        log_p[part.rows] += part.log_integral
    return np.minimum(np.exp(log_p), 1.0)


def pareto_nbd_log_likelihood(patterns: Patterns) -> Callable[[Floats], Parts]:
    r"""Return a function of ``log([r, alpha, s, beta])`` that gives value, gradient and Hessian.

    .. math:: L = \frac{\Gamma(r+x)\alpha^r\beta^s}{\Gamma(r)}\left[(\alpha+T)^{-(r+x)}(\beta+T)^{-s} + s I\right],
              \qquad I = \int_{t_x}^T (\alpha+\tau)^{-(r+x)}(\beta+\tau)^{-(s+1)}d\tau.

    Both terms in brackets stay in logs. The derivatives of ln I are means and covariances, over the same nodes as the
    integral, of the derivatives of its integrand: exact up to the quadrature, which is exact to rounding.
    """
    x, t, T = patterns.xs[patterns.at_x], patterns.ts[patterns.at_t], patterns.Ts[patterns.at_end]
    by_x = np.bincount(patterns.at_x, weights=patterns.w, minlength=len(patterns.xs)).astype(
        np.float64, copy=False
    )

    def evaluate(theta: Floats) -> Parts:
        p = np.exp(theta)
        value, g, h = _counts(p, patterns.xs, by_x, patterns.n)
        integral = Integral(float(p[1]), float(p[3]), p[0] + x, float(p[2]) + 1, t, T)
        for part in integral.nodes():
            i = part.rows
            more = _histories(p, x[i], T[i], patterns.w[i], part)
            value, g, h = value + more[0], g + more[1], h + more[2]
        return value, g * p, h * np.outer(p, p) + np.diag(g * p)

    return evaluate


def _counts(p: Floats, x: Floats, by_x: Floats, n: float) -> Parts:
    """Gamma functions of the frequencies, and the powers of alpha and beta."""
    from scipy.special import digamma, gammaln, zeta

    r, alpha, s, beta = p
    value = float(by_x @ (gammaln(r + x) - gammaln(r))) + n * float(r * np.log(alpha) + s * np.log(beta))
    by_r = float(by_x @ (digamma(r + x) - digamma(r)))
    g = np.array([by_r + n * np.log(alpha), n * r / alpha, n * np.log(beta), n * s / beta])
    h = np.zeros((4, 4))
    h[0, 0] = float(by_x @ (zeta(2.0, r + x) - zeta(2.0, r)))
    h[0, 1] = h[1, 0] = n / alpha
    h[1, 1] = -n * r / alpha**2
    h[2, 3] = h[3, 2] = n / beta
    h[3, 3] = -n * s / beta**2
    return value, g, h


def _histories(p: Floats, x: Floats, T: Floats, w: Floats, at: Nodes) -> Parts:
    """Alive at T, or gone between the last purchase and T."""
    from scipy.special import expit

    r, alpha, s, beta = p
    k, end_a, end_b = r + x, alpha + T, beta + T
    log_a, log_b = np.log(end_a), np.log(end_b)
    there = -k * log_a - s * log_b
    odds = np.log(s) + at.log_integral - there
    gone = expit(odds)

    # Functions of time in the derivatives of the integrand, less their values at T.
    functions = np.empty((4, *at.alpha.shape))
    for i, (values, end) in enumerate(((at.alpha, end_a[:, None]), (at.beta, end_b[:, None]))):
        np.log(values / end, out=functions[2 * i])
        np.subtract(1 / values, 1 / end, out=functions[2 * i + 1])
    weighted = functions * at.density
    mean = weighted.sum(axis=2)
    square = np.empty((4, 4, len(x)))
    for i in range(4):
        for j in range(i, 4):
            square[i, j] = square[j, i] = np.einsum("nq,nq->n", weighted[i], functions[j])
    spread = square - mean[:, None] * mean[None, :]

    ones = np.ones_like(x)
    factors = np.stack([-ones, -k, -ones, -(s + 1) * ones])
    d_there = np.stack([-log_a, -k / end_a, -log_b, -s / end_b])
    # d(ln s + ln I) - d(there)
    d = factors * mean
    d[2] += 1 / s
    d[3] -= 1 / end_b
    w_gone = w * gone

    value = float(w @ (there + np.logaddexp(0.0, odds)))
    g = d_there @ w + d @ w_gone
    h = (d * (w_gone * (1 - gone))) @ d.T
    h += np.einsum("in,ijn,jn->ij", factors * w_gone, spread, factors)

    mean_a, mean_b = 1 / end_a + mean[1], 1 / end_b + mean[3]
    both_a = square[1, 1] + 2 * mean[1] / end_a + 1 / end_a**2
    both_b = square[3, 3] + 2 * mean[3] / end_b + 1 / end_b**2
    w_there = w - w_gone
    mixed = -float(w_there @ (1 / end_a) + w_gone @ mean_a)
    h[0, 1] += mixed
    h[1, 0] += mixed
    h[1, 1] += float(w_there @ (k / end_a**2) + w_gone @ (k * both_a))
    mixed = -float(w_there @ (1 / end_b) + w_gone @ mean_b)
    h[2, 3] += mixed
    h[3, 2] += mixed
    h[3, 3] += float(s * (w_there @ (1 / end_b**2)) + (s + 1) * (w_gone @ both_b))
    h[2, 2] -= float(w_gone.sum()) / s**2
    return value, g, h
