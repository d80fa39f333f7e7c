"""Triangles of points by cohort and age, for all customers and for resamples of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.programme._ledger import BURNED, EXPIRED
from crmlab.programme._months import month_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlab.programme.account import PointsAccount

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Cells", "Future", "Triangles", "ages_left", "cells_of", "future_of", "resampled", "triangles"]

#: Numbers that a batch of resamples holds at a time.
_BATCH = 4_000_000


@dataclass(frozen=True, eq=False)
class Cells:
    """Earned points, what left them, and by whom: cohort and age in months, cells flattened.

    A month of age counts only once it is over: ``seen[i, a]`` says whether cohort i has wholly been a months old.
    """

    first: int
    n: int
    customers: int
    seen: Bools
    lots: tuple[Ints, Ints, Floats]
    uses: tuple[tuple[Ints, Ints, Floats], ...]

    def weighed(self, weight: Floats | None) -> Floats:
        """Return earned points (in column 0) and burned, expired, removed ones: (4, cohorts × ages)."""
        out = np.zeros((4, self.n * self.n))
        for row, (who, cell, points) in enumerate((self.lots, *self.uses)):
            weights = points if weight is None else points * weight[who]
            out[row] = np.bincount(cell, weights=weights, minlength=self.n * self.n)
        return out


@dataclass(frozen=True, eq=False)
class Triangles:
    """Stacked triangles: ``earned`` (draws, cohorts); ``burned``, ``expired``, ``removed`` (draws, cohorts, ages)."""

    earned: Floats
    burned: Floats
    expired: Floats
    removed: Floats
    seen: Bools

    @property
    def left(self) -> Floats:
        """Points of each cohort not burned, expired or removed within the ages seen."""
        gone = (self.burned + self.expired + self.removed).sum(axis=2)
        left: Floats = np.maximum(self.earned - gone, 0.0)
        return left


@dataclass(frozen=True, eq=False)
class Future:
    """What will become of points: by age, for points that have just passed it; (draws, ages + 1).

    Column 0 stands for points just earned, column a + 1 for points left at the end of age a: ``burned`` is the
    probability of being burned later, ``unresolved`` that of outliving the oldest cohort.
    """

    at_risk: Floats
    burn_rate: Floats
    lapse_rate: Floats
    survival: Floats
    incidence: Floats
    burned: Floats
    unresolved: Floats


def cells_of(account: PointsAccount) -> Cells:
    """Return the cells of an account's earned lots."""
    lots = account._lots  # noqa: SLF001 - the same package
    end = int(np.datetime64(account.as_of, "D").astype(np.int64))
    # The month of the last day counts as over only if that is its last day.
    last = int(month_of(np.array([end + 1]))[0]) - 1
    came = month_of(lots.day)
    own = np.flatnonzero(lots.earned & (came <= last))
    first = int(came[own].min()) if len(own) else last
    n = max(last - first + 1, 0)
    place = np.full(len(lots.code), -1)
    place[own] = np.arange(len(own))
    inside = (place[lots.use_lot] >= 0) & (month_of(lots.use_day) <= last)
    lot = lots.use_lot[inside]
    kind, points = lots.use_kind[inside], lots.use_points[inside]
    cell = (came[lot] - first) * n + month_of(lots.use_day[inside]) - came[lot]
    who, of_lot = np.unique(lots.code[own], return_inverse=True)
    of_use = of_lot[place[lot]]
    rank = np.arange(n)
    parts = (
        _merged(of_use[mine], cell[mine], points[mine], n * n)
        for mine in (kind == BURNED, kind == EXPIRED, (kind != BURNED) & (kind != EXPIRED))
    )
    return Cells(
        first=first,
        n=n,
        customers=len(who),
        seen=rank[:, np.newaxis] + rank[np.newaxis] < n,
        lots=_merged(of_lot, (came[own] - first) * n, lots.points[own], n * n),
        uses=tuple(parts),
    )


def _merged(who: Ints, cell: Ints, points: Floats, size: int) -> tuple[Ints, Ints, Floats]:
    """Add up the points of each customer and cell."""
    key, place = np.unique(who.astype(np.int64) * max(size, 1) + cell, return_inverse=True)
    total = np.bincount(place, weights=points, minlength=len(key)).astype(np.float64)
    return key // max(size, 1), key % max(size, 1), total


def triangles(cells: Cells, weights: Floats | None = None) -> Triangles:
    """Return the triangles of all customers, or of resamples given as weights (draws, customers)."""
    stack = (
        cells.weighed(None)[np.newaxis]
        if weights is None
        else np.stack([cells.weighed(weight) for weight in weights])
    )
    shape = (len(stack), cells.n, cells.n)
    return Triangles(
        earned=stack[:, 0].reshape(shape)[:, :, 0],
        burned=stack[:, 1].reshape(shape),
        expired=stack[:, 2].reshape(shape),
        removed=stack[:, 3].reshape(shape),
        seen=cells.seen,
    )


def resampled(cells: Cells, draws: int, rng: np.random.Generator) -> Iterator[Triangles]:
    """Yield the triangles of resamples of customers, a batch at a time."""
    size = max(1, min(draws, _BATCH // max(4 * cells.n * cells.n, cells.customers, 1)))
    for start in range(0, draws, size):
        n = min(size, draws - start)
        picks = rng.integers(0, cells.customers, (n, cells.customers))
        weights = np.stack([np.bincount(pick, minlength=cells.customers) for pick in picks])
        yield triangles(cells, weights.astype(np.float64))


def future_of(t: Triangles, *, tail_burned: bool) -> Future:
    r"""Return the Aalen–Johansen estimate of burning, with lapsing as the competing end.

    At age a, of the points still there at its beginning in cohorts seen through it, the share :math:`q_a` is burned
    and :math:`l_a` lapses: :math:`S_a = S_{a-1}(1 - q_a - l_a)`, :math:`I_a = I_{a-1} + S_{a-1} q_a`. Points removed by
    adjustments leave without having told anything.
    """
    gone = t.burned + t.expired + t.removed
    before = np.cumsum(gone, axis=2) - gone
    at_risk = ((t.earned[:, :, np.newaxis] - before) * t.seen).sum(axis=1)
    rates = []
    for part in (t.burned, t.expired):
        total = (part * t.seen).sum(axis=1)
        rates.append(np.divide(total, at_risk, out=np.zeros_like(total), where=at_risk > 1e-9))
    q, lapse = rates
    stay = np.clip(1.0 - q - lapse, 0.0, 1.0)
    survival = np.concatenate([np.ones((len(q), 1)), np.cumprod(stay, axis=1)], axis=1)
    survival[survival < 1e-12] = 0.0
    incidence = np.concatenate([np.zeros((len(q), 1)), np.cumsum(survival[:, :-1] * q, axis=1)], axis=1)
    end = survival[:, -1:]
    later = incidence[:, -1:] - incidence
    burned = np.divide(later, survival, out=np.zeros_like(later), where=survival > 0)
    unresolved = np.divide(
        np.broadcast_to(end, survival.shape), survival, out=np.zeros_like(later), where=survival > 0
    )
    if tail_burned:
        burned = burned + unresolved
    return Future(at_risk, q, lapse, survival, incidence, np.clip(burned, 0.0, 1.0), unresolved)


def ages_left(cells: Cells) -> Ints:
    """Return the column of :class:`Future` that stands for each cohort: 1 + its last age wholly seen."""
    return cells.n - np.arange(cells.n)
