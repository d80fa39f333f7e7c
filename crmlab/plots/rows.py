"""How the rows of a file lie over time, so that a hole in an export is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.plots._frame import axes, headline
from crmlab.plots.style import ACCENT, PALETTE
from crmlab.text import number, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator

__all__ = ["rows_over_time", "rows_per_period", "rows_title"]

_DAYS, _WEEKS = 62, 1_100  # so long a period is drawn by days, by weeks, else by months
_TICKS = 6


def rows_per_period(dates: pd.Series[Any], rows: pd.Series[Any] | None = None) -> pd.Series[Any]:
    """Count rows by day, week or month, empty ones as 0; the index holds the first day of each, its freq the unit.

    `rows` tells how many rows each date stands for; default 1.
    """
    days = dates.dt.normalize()
    by_day = days.value_counts() if rows is None else rows.groupby(days).sum()
    span = int((by_day.index.max() - by_day.index.min()).days) + 1
    unit = "D" if span <= _DAYS else "W" if span <= _WEEKS else "M"
    counts = by_day.groupby(pd.DatetimeIndex(by_day.index).to_period(unit)).sum()
    whole = pd.period_range(counts.index[0], counts.index[-1], freq=unit)
    filled: pd.Series[Any] = counts.reindex(whole, fill_value=0)
    return filled


def rows_title(counts: pd.Series[Any]) -> str:
    """Say whether rows are missing anywhere."""
    unit, empty = pd.PeriodIndex(counts.index).freqstr[0], int((counts == 0).sum())
    if not empty:
        return {
            "D": tr("No day of the period is without rows"),
            "W": tr("No week of the period is without rows"),
            "M": tr("No month of the period is without rows"),
        }[unit]
    return {
        "D": tr("{n} of {all} days are without any row", n=number(empty), all=number(len(counts))),
        "W": tr("{n} of {all} weeks are without any row", n=number(empty), all=number(len(counts))),
        "M": tr("{n} of {all} months are without any row", n=number(empty), all=number(len(counts))),
    }[unit]


def rows_over_time(
    dates: pd.Series[Any], rows: pd.Series[Any] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the number of rows by day, week or month; periods without any are marked below the axis.

    Parameters
    ----------
    dates
        The day of each row.
    rows
        How many rows each stands for; default 1.
    ax
        Axes to draw into; new ones if not given.

    """
    counts = rows_per_period(dates, rows)
    ax = axes(ax, height=2.3)
    unit = pd.PeriodIndex(counts.index).freqstr[0]
    places = np.arange(len(counts))
    ax.bar(places, counts.to_numpy(), width=0.85, color=ACCENT)
    empty = np.flatnonzero(counts.to_numpy() == 0)
    ax.plot(empty, np.zeros(len(empty)), marker="v", linestyle="", color=PALETTE[1], clip_on=False)
    shown = np.unique(np.linspace(0, len(counts) - 1, min(len(counts), _TICKS)).astype(int))
    form = "%Y-%m" if unit == "M" else "%Y-%m-%d"
    ax.set_xticks(shown.tolist(), [counts.index[at].start_time.strftime(form) for at in shown])
    ax.set_ylabel({"D": tr("Rows a day"), "W": tr("Rows a week"), "M": tr("Rows a month")}[unit])
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(_whole())
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.grid(visible=False, axis="x")
    headline(ax, rows_title(counts))
    return ax


def _whole() -> Locator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=4, integer=True)
