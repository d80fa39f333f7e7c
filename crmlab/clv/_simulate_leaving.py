"""Histories drawn from the MBG/NBD and the Pareto/NBD: for examples, for recovery tests, for benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["simulate_mbg_nbd", "simulate_pareto_nbd"]


def simulate_mbg_nbd(
    T: ArrayLike, parameters: tuple[float, float, float, float], *, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw a customer table (frequency, recency, T) from r, alpha, a, b, one row for each element of `T`."""
    end = np.asarray(T, dtype=np.float64)
    n = len(end)
    r, alpha, a, b = parameters
    rate, leave = np.maximum(rng.gamma(r, 1 / alpha, n), 1e-12), rng.beta(a, b, n)
    frequency, recency, now = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
    there = np.flatnonzero(rng.random(n) >= leave)  # the toss after the first purchase
    while len(there):
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] < end[there]]
        frequency[there] += 1
        recency[there] = now[there]
        there = there[rng.random(len(there)) >= leave[there]]
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": end})


def simulate_pareto_nbd(
    T: ArrayLike,
    parameters: tuple[float, float, float, float],
    *,
    rng: np.random.Generator,
    step: float | None = None,
    future: float | None = None,
) -> pd.DataFrame:
    """Draw a customer table (frequency, recency, T) from r, alpha, s, beta, one row for each element of `T`.

    `step` rounds recency up to a multiple of it, as days do (1/7 for weeks). With `future`, the column ``future`` holds
    the purchases in as much time after T, and ``alive`` who is still there at T.
    """
    end = np.asarray(T, dtype=np.float64)
    n = len(end)
    r, alpha, s, beta = parameters
    rate = rng.gamma(r, 1 / alpha, n)
    until = rng.standard_exponential(n) / np.maximum(rng.gamma(s, 1 / beta, n), 1e-300)
    seen = np.minimum(until, end)
    frequency = rng.poisson(rate * seen)
    # Given their number, purchases are uniform; the last of x is the largest of x uniform numbers.
    last = seen * rng.random(n) ** (1 / np.maximum(frequency, 1))
    if step is not None:
        last = np.minimum(np.ceil(last / step) * step, end)
    table = pd.DataFrame({"frequency": frequency, "recency": np.where(frequency > 0, last, 0.0), "T": end})
    if future is None:
        return table
    later = np.clip(until - end, 0.0, future)
    return table.assign(future=rng.poisson(rate * later), alive=until > end)
