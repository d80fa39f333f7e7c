"""Even time and the calendar: busy days, busy months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Clock", "business_clock"]


@dataclass(frozen=True, eq=False)
class Clock:
    """Even time, in weeks, and the days on which its moments fall.

    A purchase process runs evenly in even time; on the calendar it gets its weekends and seasons.

    Attributes
    ----------
    opens
        Moment of even time at which each day begins, and after the last day one more; increasing, from 0.

    """

    opens: Floats

    @property
    def days(self) -> int:
        """Number of days observed."""
        return len(self.opens) - 1

    @property
    def end(self) -> float:
        """Moment at which observation ends."""
        return float(self.opens[-1])

    def day(self, weeks: Floats) -> Ints:
        """Return the day (0 is the first) of each moment; moments after the end fall on later days."""
        found = np.searchsorted(self.opens, weeks, side="right") - 1
        late = np.maximum(np.floor((weeks - self.end) * 7), 0)
        return np.where(weeks >= self.end, self.days + late, found).astype(np.int64)

    def weeks(self, day: Ints) -> Floats:
        """Return the moment of even time at which a day begins: what undoes the seasons."""
        return np.asarray(self.opens[day], dtype=np.float64)


def business_clock(
    start: str, end: str, *, weekdays: Sequence[float], months: Sequence[float] | None = None
) -> Clock:
    """Return the clock of a business.

    Parameters
    ----------
    start, end
        First and last day observed.
    weekdays
        Shares of Monday to Sunday.
    months
        How busy January to December are, as ratios; their mean over the days observed is made 1.

    Examples
    --------
    >>> clock = business_clock("2024-01-01", "2024-12-30", weekdays=[1 / 7] * 7)
    >>> round(clock.end, 6), clock.day(np.array([0.0, 0.5, 1.01]))
    (52.142857, array([0, 3, 7]))

    """
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    # 1970-01-01 was a Thursday.
    busy = np.asarray(weekdays, dtype=np.float64)[(days.astype(np.int64) + 3) % 7]
    busy = busy / np.sum(weekdays) * 7
    if months is not None:
        season = np.asarray(months, dtype=np.float64)[days.astype("datetime64[M]").astype(np.int64) % 12]
        busy = busy * season / season.mean()
    return Clock(np.concatenate([[0.0], np.cumsum(busy) / 7]))
