"""Months of a calendar, for arrays of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["add_months", "first_days", "month_of"]


def month_of(day: Ints) -> Ints:
    """Return months since January 1970 for days since 1970-01-01.

    >>> month_of(np.array([0, 30, 31]))
    array([0, 0, 1])
    """
    return np.asarray(day).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_days(month: Ints) -> NDArray[np.datetime64]:
    """Return the first day of months since January 1970, as datetime64[s]."""
    return np.asarray(month).astype("datetime64[M]").astype("datetime64[s]")


def add_months(day: Ints, months: int) -> Ints:
    """Return the day so many calendar months later; the last day of the month where there is no such day.

    >>> np.array(add_months(np.array(["2024-01-31"], dtype="M8[D]").astype(np.int64), 1)).astype("M8[D]")
    array(['2024-02-29'], dtype='datetime64[D]')
    """
    month = month_of(day)
    start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    to = (month + months).astype("datetime64[M]")
    begins = to.astype("datetime64[D]").astype(np.int64)
    length = (to + 1).astype("datetime64[D]").astype(np.int64) - begins
    out: Ints = begins + np.minimum(np.asarray(day) - start, length - 1)
    return out
