"""Customers with the same history are one pattern with a weight: the likelihood needs no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Patterns", "collapse", "distinct", "levels", "tally"]


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct histories and how many customers have each.

    One-time buyers differ in T alone (`T0`, `w0`); repeat buyers in the frequency ``xs[at_x]``, the recency ``ts[at_t]``
    and the observed time ``Ts[at_end]`` (weight `w`).
    """

    T0: Floats
    w0: Floats
    xs: Floats
    ts: Floats
    Ts: Floats
    at_x: Ints
    at_t: Ints
    at_end: Ints
    w: Floats

    @property
    def n(self) -> float:
        """Number of customers."""
        return float(self.w0.sum() + self.w.sum())

    @property
    def once(self) -> float:
        """Number of customers who bought once."""
        among = self.w[self.xs[self.at_x] == 0] if len(self.xs) and self.xs[0] == 0 else np.zeros(0)
        return float(self.w0.sum() + among.sum())

    def thinned(self, every: int) -> Patterns:
        """Return each `every`-th pattern: enough for a good start."""
        return Patterns(
            self.T0[::every],
            self.w0[::every],
            self.xs,
            self.ts,
            self.Ts,
            self.at_x[::every],
            self.at_t[::every],
            self.at_end[::every],
            self.w[::every],
        )


def levels(values: Floats | Ints) -> tuple[Ints, Floats]:
    """Return the code of each value and the distinct values, in the order of their size."""
    import pandas as pd

    if values.dtype.kind == "i" and len(values) and values.min() >= 0 and values.max() < 4 * len(values):
        seen = np.flatnonzero(np.bincount(values))  # small whole numbers need no hash table
        place = np.zeros(int(seen[-1]) + 1, dtype=np.int64)
        place[seen] = np.arange(len(seen))
        return place[values], seen.astype(np.float64)
    code, found = pd.factorize(values, sort=True)
    return code.astype(np.int64, copy=False), np.asarray(found, dtype=np.float64)


def distinct(*codes: tuple[Ints, int], inverse: bool = False) -> tuple[list[Ints], Ints, Ints | None]:
    """Return the distinct combinations of codes, their counts and, if asked, the place of each row among them.

    Each code comes with its number of levels.
    """
    key = np.zeros(len(codes[0][0]), dtype=np.int64)
    shifts = [max(size - 1, 1).bit_length() for _, size in codes]
    for (code, _), shift in zip(codes, shifts, strict=True):
        key = (key << shift) | code
    place: Ints | None = None
    if inverse:
        key, place, count = np.unique(key, return_inverse=True, return_counts=True)
    else:
        key.sort()
        start = (
            np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
            if len(key)
            else np.zeros(0, np.int64)
        )
        count = np.diff(np.append(start, len(key)))
        key = key[start]
    found: list[Ints] = []
    for shift in reversed(shifts):
        found.append(key & ((1 << shift) - 1))
        key = key >> shift
    return found[::-1], count.astype(np.int64, copy=False), place


def tally(*codes: tuple[Ints, int], w: Floats | None) -> tuple[list[Ints], Floats]:
    """Return the distinct combinations of codes, and the sum of the weights of each; without weights, their counts."""
    if w is None:
        found, count, _ = distinct(*codes)
        return found, count.astype(np.float64)
    found, count, place = distinct(*codes, inverse=True)
    assert place is not None
    return found, np.bincount(place, weights=w, minlength=len(count)).astype(np.float64, copy=False)


def collapse(h: Histories) -> Patterns:
    """Return the distinct histories with their weights."""
    at_end, Ts = levels(h.T)
    once = h.x == 0
    again = ~once
    w0 = np.bincount(at_end[once], weights=None if h.w is None else h.w[once], minlength=len(Ts)).astype(
        np.float64
    )
    at_x, xs = levels(h.x[again])
    at_t, ts = levels(h.t[again])
    (at_x, at_t, at_end), w = tally(
        (at_x, len(xs)), (at_t, len(ts)), (at_end[again], len(Ts)), w=None if h.w is None else h.w[again]
    )
    seen = w0 > 0
    return Patterns(Ts[seen], w0[seen], xs, ts, Ts, at_x, at_t, at_end, w)
