"""Small tools of the simulators: random streams, coupled draws, days of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "block_stream",
    "hand_out",
    "likert",
    "logistic",
    "named",
    "pick",
    "stream",
    "week_day",
    "week_position",
]

#: Each part of a simulation draws from a stream of its own, so that a change in one leaves the others as they were.
PARTS = (
    "people",
    "structure",
    "complaining",
    "buying",
    "spending",
    "orders",
    "amounts",
    "survey",
    "complaints",
    "programme",
    "wallet",
    "mailing",
)


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random stream of one part of a simulation.

    Philox counts in integers and gives the same numbers on every machine.

    >>> int(stream(7, "buying").integers(1000)) == int(stream(7, "buying").integers(1000))
    True
    """
    key = np.random.SeedSequence(seed, spawn_key=(PARTS.index(part),))
    return np.random.Generator(np.random.Philox(key))


def block_stream(seed: int, block: int, part: str) -> np.random.Generator:
    """Return a random stream of its own for a named part of a block of customers.

    >>> int(block_stream(7, 0, "hotel/people").integers(1000)) == int(block_stream(7, 0, "hotel/people").integers(1000))
    True
    """
    key = np.random.SeedSequence(seed, spawn_key=(crc32(part.encode()), block))
    return np.random.Generator(np.random.Philox(key))


def pick(rng: np.random.Generator, shares: Sequence[float], n: int) -> NDArray[np.int64]:
    """Draw positions with the given shares (they are made to sum to 1)."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64) / np.sum(shares))[:-1]
    return np.searchsorted(edges, rng.random(n), side="right").astype(np.int64)


def named(words: Sequence[str], place: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the word at each place."""
    return np.array(words, dtype=object)[place]


def hand_out(draws: NDArray[np.float64], score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the smallest draw to the smallest score, and so on.

    The draws keep their distribution to the last one, whatever the score is made of: the way to let a covariate
    move a parameter and still know the parameter's distribution.

    >>> hand_out(np.array([0.3, 0.1, 0.2]), np.array([5.0, 9.0, 7.0]))
    array([0.1, 0.3, 0.2])
    """
    given = np.empty_like(draws)
    given[np.argsort(score, kind="stable")] = np.sort(draws)
    return given


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic curve, from 0 to 1."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)


def likert(x: NDArray[np.float64], mean: float, sd: float, lowest: int, highest: int) -> NDArray[np.int64]:
    """Turn a standardised answer into a whole number on a scale."""
    return np.clip(np.rint(mean + sd * x), lowest, highest).astype(np.int64)


def week_day(weeks: NDArray[np.float64], shares: Sequence[float]) -> NDArray[np.int64]:
    """Return the day (0 = the first Monday) on which a moment of even time falls.

    A purchase process that runs evenly in ``weeks`` gets its weekend peak here: the moments of one week stay in that
    week, in their order, and fall on its days in the given shares.

    >>> week_day(np.array([0.0, 0.5, 1.99]), [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2])
    array([ 0,  4, 13])
    """
    week = np.floor(weeks)
    within = np.searchsorted(np.cumsum(shares)[:-1], weeks - week, side="right")
    return (7 * week).astype(np.int64) + within


def week_position(day: int, shares: Sequence[float]) -> float:
    """Return the moment of even time, in weeks, at which a day begins."""
    return day // 7 + float(sum(shares[: day % 7]))
