"""Expected purchases under the BG/NBD, without overflow, cancellation or a hole at a = 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["buys_if_alive", "discounted_if_alive", "expected_if_alive"]

_ROWS_AT_ONCE = 32_768
_MOST_TERMS = 10_000
_NODES = 64


def expected_if_alive(parameters: Sequence[Floats | float], x: Floats, T: Floats, times: Floats) -> Floats:
    r"""Return the purchases expected in the next `times`, given that the customer is still there at T.

    Shape (len(x), len(times)); each parameter one number, or one a row. The paper's formula

    .. math:: \frac{a+b+x-1}{a-1}\left[1 - \left(\frac{\alpha+T}{\alpha+T+t}\right)^{r+x}
              {}_2F_1\!\left(r+x, b+x; a+b+x-1; \tfrac{t}{\alpha+T+t}\right)\right]

    overflows for large x, has a hole at a = 1 and cancels for small t. The same number is the integral of the
    purchase rate over the time to come. With :math:`v = \ln(1 + s/(\alpha+T))` and Pfaff's transformation,

    .. math:: (r+x) \int_0^{\ln(1 + t/(\alpha+T))} e^{v(1-a)}\,
              {}_2F_1(a+b-r-1, a; a+b+x; 1-e^{-v})\,dv,

    whose integrand is positive, smooth, and tame at x = 10,000. One Legendre expansion of it a history
    serves all times at once.
    """
    x, T = np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64)
    times = np.asarray(times, dtype=np.float64)
    result = np.empty((len(x), len(times)))
    p = [np.broadcast_to(np.asarray(one, dtype=np.float64), x.shape) for one in parameters]
    for start in range(0, len(x), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        result[part] = _integrate([one[part] for one in p], x[part], T[part], times)
    return result


def discounted_if_alive(parameters: Sequence[Floats | float], x: Floats, T: Floats, delta: float) -> Floats:
    """Return the purchases expected ever after T, discounted, given that the customer is still there at T.

    The integral of :func:`expected_if_alive`, times the discount factor; by then that has fallen below exp(-40), it ends.
    """
    p = [np.broadcast_to(np.asarray(one, dtype=np.float64), x.shape) for one in parameters]
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    result = np.empty(len(x))
    for first in range(0, len(x), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        r, alpha, a, b = (one[part] for one in p)
        z = delta * (alpha + T[part])
        upper = np.log1p(40 / z)
        v = upper[:, None] * (nodes + 1) / 2
        rate = _rate((r, alpha, a, b), x[part], v) * np.exp(-z[:, None] * np.expm1(v))
        result[part] = (r + x[part]) * upper / 2 * (rate @ weights)
    return result


def _rate(p: Sequence[Floats], x: Floats, v: Floats) -> Floats:
    """Return the integrand of :func:`expected_if_alive` at `v`, a row a history."""
    r, _, a, b = (one[:, None] for one in p)
    rate: Floats = np.exp(v * (1 - a)) * _hyp2f1(a + b - r - 1, a, a + b + x[:, None], -np.expm1(-v))
    return rate


def buys_if_alive(r: float, alpha: Floats | float, x: Floats | Ints, T: Floats, horizon: float) -> Floats:
    """Return the probability of a purchase in the next `horizon` of who is still there at T, for known r and alpha.

    Nobody leaves but after a purchase, so it is that of a gamma mixture of Poisson processes.
    """
    probability: Floats = -np.expm1(-(r + x) * np.log1p(horizon / (alpha + T)))
    return probability


def _integrate(parameters: Sequence[Floats], x: Floats, T: Floats, times: Floats) -> Floats:
    from scipy.special import eval_legendre

    r, alpha = parameters[:2]
    longest = float(times.max(initial=0.0))
    if longest == 0:
        return np.zeros((len(x), len(times)))
    upper = np.log1p(longest / (alpha + T))  # > 0
    count = int(np.clip(16 + 8 * upper.max(), 16, 96))
    nodes, weights = np.polynomial.legendre.leggauss(count)
    orders = np.arange(count)
    projection = (orders + 0.5) * eval_legendre(orders, nodes[:, None]) * weights[:, None]

    v = upper[:, None] * (nodes + 1) / 2
    coefficients = _rate(parameters, x, v) @ projection

    # Integrals of the Legendre polynomials from -1 to y: (P[n+1] - P[n-1]) / (2 n + 1).
    y = 2 * np.log1p(times / (alpha + T)[:, None]) / upper[:, None] - 1
    before, now = np.ones_like(y), y
    total = coefficients[:, :1] * (y + 1)
    for n in range(1, count):
        after = ((2 * n + 1) * y * now - n * before) / (n + 1)
        total += coefficients[:, n, None] * ((after - before) / (2 * n + 1))
        before, now = now, after
    result: Floats = (r + x)[:, None] * upper[:, None] / 2 * total
    return result


def _hyp2f1(first: Floats, second: Floats, third: Floats, z: Floats) -> Floats:
    """Gauss' hypergeometric function for 0 <= z < 1, finite where scipy's is not."""
    from scipy.special import hyp2f1

    value: Floats = np.asarray(hyp2f1(first, second, third, z), dtype=np.float64)
    lost = ~np.isfinite(value)
    if lost.any():
        # scipy 1.17 overflows for z > 0.9 where third - first - second is a whole number of 98 or more;
        # there the power series converges within a few dozen terms.
        first, second, c, z = (np.broadcast_to(v, value.shape)[lost] for v in (first, second, third, z))
        term = total = np.ones_like(z)
        for k in range(_MOST_TERMS):
            term = term * ((first + k) * (second + k) / ((c + k) * (k + 1)) * z)
            total = total + term
            if np.abs(term).max() <= 1e-17 * np.abs(total).min():
                break
        value[lost] = total
    return value
