"""Histories drawn from the models themselves: for examples, for recovery tests, for benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["simulate_histories"]


def simulate_histories(
    T: ArrayLike,
    *,
    rng: np.random.Generator,
    bg_nbd: tuple[float, float, float, float] = (0.5, 4.0, 0.8, 2.5),
    gamma_gamma: tuple[float, float, float] = (6.0, 4.0, 15.0),
    step: float | None = None,
) -> pd.DataFrame:
    """Draw a customer table (frequency, recency, T, monetary_value), one row for each element of `T`.

    Parameters
    ----------
    T
        Time observed of each customer.
    rng
        Random generator.
    bg_nbd
        r, alpha, a, b.
    gamma_gamma
        p, q, gamma.
    step
        Round recency up to a multiple of this, as days do (1/7 for weeks); default: exact.

    Examples
    --------
    >>> simulate_histories(np.full(3, 39.0), rng=np.random.default_rng(1))["T"].tolist()
    [39.0, 39.0, 39.0]

    """
    end = np.asarray(T, dtype=np.float64)
    n = len(end)
    r, alpha, a, b = bg_nbd
    rate = np.maximum(rng.gamma(r, 1 / alpha, n), 1e-12)
    leave = rng.beta(a, b, n)
    frequency, recency, now = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
    there = np.arange(n)
    while len(there):
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] < end[there]]
        frequency[there] += 1
        recency[there] = now[there]
        there = there[rng.random(len(there)) >= leave[there]]
    if step is not None:
        recency = np.minimum(np.ceil(recency / step) * step, end)

    p, q, gamma = gamma_gamma
    nu = rng.gamma(q, 1 / gamma, n)
    mean = rng.gamma(p * np.maximum(frequency, 1)) / (nu * np.maximum(frequency, 1))
    return pd.DataFrame(
        {
            "frequency": frequency,
            "recency": recency,
            "T": end,
            "monetary_value": np.where(frequency > 0, mean, np.nan),
        }
    )
