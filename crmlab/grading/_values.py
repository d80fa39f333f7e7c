"""One number a customer, checked once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, floats
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Ranked", "check_rising", "rank_values", "read_values"]

_SHOWN = 5


def read_values(values: ArrayLike | pd.Series, *, what: str = "values") -> pd.Series:
    """Return the values as floats with one entry a customer; the index of a Series is kept.

    Raises
    ------
    DataError
        No values; more than one dimension; missing, infinite or unreadable ones; a customer that stands there twice.

    """
    series = as_column(values, what)
    if series.empty:
        raise DataError(f"There are no {what}.")
    numbers = floats(series)
    problems = []
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        problems.append(f"{len(bad)} without a finite number: {_rows(series, bad)}")
    twice = np.flatnonzero(series.index.duplicated())
    if len(twice):
        problems.append(f"{len(twice)} of a customer that stands there before: {_rows(series, twice)}")
    if problems:
        raise DataError(
            f"Some {what} cannot be used.",
            problems=problems,
            hint="Drop or fill missing ones, and add up by customer first: df.groupby('customer')['amount'].sum().",
        )
    return pd.Series(numbers, index=series.index, name=series.name)


def _rows(series: pd.Series, at: NDArray[np.intp]) -> str:
    shown = series.iloc[at[:_SHOWN]]
    told = "; ".join(f"row {label!r}: {value!r}" for label, value in shown.items())
    return told + ("; …" if len(at) > _SHOWN else "")


@dataclass(frozen=True, eq=False)
class Ranked:
    """Where each customer stands: those above, and the sum of their values above 0. Equals stand at one place."""

    n_above: Ints
    sum_above: Floats
    sum_through: Floats


def rank_values(values: Floats) -> Ranked:
    """Rank by value, the highest first; nothing depends on the order of the rows."""
    unique, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    positive = np.maximum(unique, 0.0) * counts.astype(np.float64)
    sums = np.cumsum(positive[::-1])[::-1]
    number = np.cumsum(counts[::-1])[::-1]
    sums_above, number_above = np.append(sums[1:], 0.0), np.append(number[1:], 0)
    return Ranked(
        n_above=number_above[place].astype(np.int64),
        sum_above=sums_above[place],
        sum_through=sums[place],
    )


def check_rising(name: str, cuts: tuple[float, ...]) -> None:
    """Raise a ParameterError unless the cuts rise strictly within (0, 1)."""
    inside = all(0 < cut < 1 for cut in cuts)
    if not cuts or not inside or any(b <= a for a, b in itertools.pairwise(cuts)):
        raise ParameterError(
            f"{name} is {cuts!r}; it must be shares that rise, each above 0 and below 1.",
            hint="Write (0.8, 0.95) for classes that end at 80 % and 95 %.",
        )
