"""The Pareto/NBD log-likelihood customer by customer, for parameters that differ among customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._pareto_nbd_integral import Integral

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._effect_likelihood import Cells, PerRow
    from crmlab.clv._pareto_nbd_integral import Nodes

    Floats = NDArray[np.float64]

__all__ = ["pareto_nbd_rows"]


def pareto_nbd_rows(c: Cells) -> PerRow:
    """Return the function that :func:`scaled_log_likelihood` asks for."""

    def rows(r: Floats, alpha: Floats, s: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
        value, g, h = _counts(c.x, r, alpha, s, beta)
        integral = Integral(alpha, beta, r + c.x, s + 1, c.t, c.T)
        p = np.stack([r, alpha, s, beta])
        for part in integral.nodes():
            i = part.rows
            more = _histories(p[:, i], c.x[i], c.T[i], part)
            value[i] += more[0]
            g[:, i] += more[1]
            h[:, :, i] += more[2]
        return value, g, h

    return rows


def _counts(x: Floats, r: Floats, alpha: Floats, s: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """Gamma functions of the frequencies, and the powers of alpha and beta."""
    from scipy.special import digamma, gammaln, zeta

    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    g = np.stack([digamma(r + x) - digamma(r) + np.log(alpha), r / alpha, np.log(beta), s / beta])
    h = np.zeros((4, 4, len(x)))
    h[0, 0] = zeta(2.0, r + x) - zeta(2.0, r)
    h[0, 1] = h[1, 0] = 1 / alpha
    h[1, 1] = -r / alpha**2
    h[2, 3] = h[3, 2] = 1 / beta
    h[3, 3] = -s / beta**2
    return value, g, h


def _histories(p: Floats, x: Floats, T: Floats, at: Nodes) -> tuple[Floats, Floats, Floats]:
    """Alive at T, or gone between the last purchase and T; formulas as in ``_pareto_nbd_likelihood``."""
    from scipy.special import expit

    r, alpha, s, beta = p
    k, end_a, end_b = r + x, alpha + T, beta + T
    log_a, log_b = np.log(end_a), np.log(end_b)
    there = -k * log_a - s * log_b
    odds = np.log(s) + at.log_integral - there
    gone = expit(odds)

    functions = np.empty((4, *at.alpha.shape))
    for i, (values, end) in enumerate(((at.alpha, end_a[:, None]), (at.beta, end_b[:, None]))):
        np.log(values / end, out=functions[2 * i])
        np.subtract(1 / values, 1 / end, out=functions[2 * i + 1])
    weighted = functions * at.density
    mean = weighted.sum(axis=2)
    square = np.einsum("inq,jnq->ijn", weighted, functions)
    spread = square - mean[:, None] * mean[None, :]

    ones = np.ones_like(x)
    factors = np.stack([-ones, -k, -ones, -(s + 1)])
    d_there = np.stack([-log_a, -k / end_a, -log_b, -s / end_b])
    d = factors * mean  # d(ln s + ln I) - d(there)
    d[2] += 1 / s
    d[3] -= 1 / end_b

    value = there + np.logaddexp(0.0, odds)
    g = d_there + gone * d
    h = (gone * (1 - gone)) * d[:, None] * d[None, :]
    h += gone * spread * factors[:, None] * factors[None, :]
    mean_a, mean_b = 1 / end_a + mean[1], 1 / end_b + mean[3]
    both_a = square[1, 1] + 2 * mean[1] / end_a + 1 / end_a**2
    both_b = square[3, 3] + 2 * mean[3] / end_b + 1 / end_b**2
    stays = 1 - gone
    for i, end, mean_of, both, power, more in (
        (0, end_a, mean_a, both_a, k, k),
        (2, end_b, mean_b, both_b, s, s + 1),
    ):
        mixed = -(stays / end + gone * mean_of)
        h[i, i + 1] += mixed
        h[i + 1, i] += mixed
        h[i + 1, i + 1] += stays * power / end**2 + gone * more * both
    h[2, 2] -= gone / s**2
    return value, g, h
