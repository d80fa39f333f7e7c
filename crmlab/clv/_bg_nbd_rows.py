"""The BG/NBD and MBG/NBD log-likelihoods customer by customer, for parameters that differ among customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._effect_likelihood import Cells, PerRow

    Floats = NDArray[np.float64]

__all__ = ["bg_nbd_rows", "mbg_nbd_rows"]


def bg_nbd_rows(c: Cells) -> PerRow:
    """Return the function that :func:`scaled_log_likelihood` asks for."""

    def rows(r: Floats, alpha: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
        return _rows(c, (r, alpha, a, b), c.x > 0)

    return rows


def mbg_nbd_rows(c: Cells) -> PerRow:
    """Return the same for the MBG/NBD: b + 1 for b, and the chance to stay after the first purchase."""
    everybody = np.ones(len(c.x), dtype=bool)

    def rows(r: Floats, alpha: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
        value, g, h = _rows(c, (r, alpha, a, b + 1), everybody)
        both = 1 / (a + b)
        g[2] -= both
        g[3] += 1 / b - both
        h[2:, 2:] += both**2
        h[3, 3] -= 1 / b**2
        return value - np.log1p(a / b), g, h

    return rows


def _rows(
    c: Cells, p: tuple[Floats, Floats, Floats, Floats], may_be_gone: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return value, gradient and Hessian of each row; formulas as in ``_bg_nbd_likelihood``."""
    from scipy.special import digamma, expit, gammaln, zeta

    r, alpha, a, b = p
    x, end, last = c.x, alpha + c.T, alpha + c.t
    rx, before = r + x, np.where(may_be_gone, b + x - 1, 1.0)
    log_end = np.log(end)
    d = np.zeros((4, len(x)))
    d[0] = log_end - np.log(last)
    d[1] = rx * (1 / end - 1 / last)
    d[2] = 1 / a
    d[3] = -1 / before
    delta = np.where(may_be_gone, np.log(a) - np.log(before) + rx * d[0], -np.inf)
    gone = expit(delta)

    value = gammaln(rx) - gammaln(r) + r * np.log(alpha) - rx * log_end + np.logaddexp(0.0, delta)
    value += gammaln(b + x) - gammaln(b) + gammaln(a + b) - gammaln(a + b + x)

    g = gone * d
    of_ab = digamma(a + b) - digamma(a + b + x)
    g[0] += digamma(rx) - digamma(r) + np.log(alpha) - log_end
    g[1] += r / alpha - rx / end
    g[2] += of_ab
    g[3] += digamma(b + x) - digamma(b) + of_ab

    h = (gone * (1 - gone)) * d[:, None] * d[None, :]
    of_ab = zeta(2.0, a + b) - zeta(2.0, a + b + x)
    mixed = 1 / alpha - 1 / end + gone * (1 / end - 1 / last)
    h[0, 0] += zeta(2.0, rx) - zeta(2.0, r)
    h[0, 1] += mixed
    h[1, 0] += mixed
    h[1, 1] += -r / alpha**2 + rx / end**2 + gone * rx * (1 / last**2 - 1 / end**2)
    h[2:, 2:] += of_ab
    h[2, 2] -= gone / a**2
    h[3, 3] += zeta(2.0, b + x) - zeta(2.0, b) + gone / before**2
    return value, g, h
