"""The MBG/NBD log-likelihood with its first and second derivatives in log-parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv._bg_nbd_likelihood import _bought_again, _counts
from crmlab.clv._collapse import Patterns, levels, tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories

    Floats = NDArray[np.float64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["collapse_all", "mbg_nbd_log_likelihood"]


def collapse_all(h: Histories) -> Patterns:
    """Return the distinct histories with their weights, one-time buyers among them (frequency 0, recency 0)."""
    (at_x, xs), (at_t, ts), (at_end, Ts) = levels(h.x), levels(h.t), levels(h.T)
    (at_x, at_t, at_end), w = tally((at_x, len(xs)), (at_t, len(ts)), (at_end, len(Ts)), w=h.w)
    none = np.zeros(0)
    return Patterns(none, none, xs, ts, Ts, at_x, at_t, at_end, w)


def mbg_nbd_log_likelihood(patterns: Patterns) -> Callable[[Floats], Parts]:
    r"""Return a function of ``log([r, alpha, a, b])`` that gives value, gradient and Hessian.

    Everybody may have left after the first purchase already, so everybody's likelihood is that of a BG/NBD repeat buyer
    with b + 1 for b, times the chance b / (a + b) to stay after the first purchase:

    .. math:: \frac{\Gamma(r+x)\alpha^r}{\Gamma(r)} \frac{b}{a+b}
              \frac{\Gamma(a+b+1)\Gamma(b+1+x)}{\Gamma(b+1)\Gamma(a+b+1+x)}
              \left[(\alpha+T)^{-(r+x)} + \frac{a}{b+x}(\alpha+t_x)^{-(r+x)}\right]
    """
    by_x = np.bincount(patterns.at_x, weights=patterns.w, minlength=len(patterns.xs)).astype(
        np.float64, copy=False
    )
    n = patterns.n

    def evaluate(theta: Floats) -> Parts:
        p = np.exp(theta)
        a, b = p[2:]
        next_b = p + np.array([0.0, 0.0, 0.0, 1.0])
        counts = _counts(next_b, patterns.xs, by_x, n)
        times = _bought_again(next_b, patterns)
        g, h = counts[1] + times[1], counts[2] + times[2]
        both = 1 / (a + b)
        g[2] -= n * both
        g[3] += n * (1 / b - both)
        h[2:, 2:] += n * both**2
        h[3, 3] -= n / b**2
        value = counts[0] + times[0] - n * float(np.log1p(a / b))
        return value, g * p, h * np.outer(p, p) + np.diag(g * p)

    return evaluate
