"""Figures of retention: cohorts as a heat map, and the average curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.plots._frame import axes, headline
from crmlab.plots.loyalty import since
from crmlab.plots.style import ACCENT, GREY, MUTED, SEQUENTIAL
from crmlab.text import interval, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.cohorts import CohortResult

__all__ = ["anchor", "cohort_heatmap", "cohort_name", "heat", "heat_title", "retention_curve", "since_label"]

GOOD = ACCENT


def cohort_heatmap(
    result: CohortResult, *, cohorts: int = 24, periods: int = 24, ax: Axes | None = None
) -> Axes:
    """Draw the retention of each cohort as a heat map, from one period after the first purchase on.

    Parameters
    ----------
    result
        Of :func:`~crmlab.cohorts.retention_cohorts`.
    cohorts, periods
        At most so many of the latest cohorts with shares, and of the first periods, are drawn.
    ax
        Axes to draw into; new ones, as high as the cohorts need, if not given.

    """
    import seaborn as sns

    shares = heat(result, cohorts, periods)
    few = shares.shape[1] <= 24 and len(shares) <= 24
    ax = axes(ax, height=1.15 + 0.185 * max(len(shares), 3))
    top = float(np.nanmax(shares.to_numpy())) or 1.0
    sns.heatmap(
        100 * shares,
        ax=ax,
        cmap=SEQUENTIAL,
        vmin=0,
        vmax=100 * top,
        annot=few,
        fmt=".0f",
        annot_kws={"size": 7.5},
        linewidths=0.6 if few else 0,
        linecolor="white",
        cbar=not few,
        cbar_kws=None if few else {"format": lambda value, _: f"{value:.0f}%"},
    )
    sizes = result.sizes.loc[shares.index]
    step = -(-len(shares) // 24)
    ax.set_yticks(
        [place + 0.5 for place in range(0, len(shares), step)],
        [
            tr("{group} (n = {n})", group=cohort_name(day, result.period), n=number(sizes[day]))
            for day in shares.index[::step]
        ],
        rotation=0,
        fontsize=8,
    )
    wide = -(-shares.shape[1] // 24)
    ax.set_xticks(
        [place + 0.5 for place in range(0, shares.shape[1], wide)],
        [str(k) for k in shares.columns[::wide]],
        rotation=0,
        fontsize=8,
    )
    ax.grid(visible=False)
    ax.set_ylabel("")
    ax.set_xlabel(since_label(result.period))
    headline(ax, heat_title(result), indent=1.2)
    return ax


def heat(result: CohortResult, cohorts: int, periods: int) -> pd.DataFrame:
    """Return the shares to draw: cohorts large enough and observed, without the first period."""
    shares = result.shares.loc[result.shares[0].notna()]
    return shares.iloc[-cohorts - 1 :, 1 : periods + 1].dropna(how="all").dropna(how="all", axis=1)


def since_label(period: str) -> str:
    """Return the label of the axis of periods."""
    return {
        "month": tr("Months since the month of the first purchase"),
        "quarter": tr("Quarters since the quarter of the first purchase"),
        "week": tr("Weeks since the week of the first purchase"),
    }[period]


def heat_title(result: CohortResult) -> str:
    """Return the title of the heat map."""
    share = percent(result.curve.loc[result.curve["periods_since"] == 1, "share"].iloc[0], 0)
    return {
        "month": tr("On average, {share} of a month's new customers buy in the next month", share=share),
        "quarter": tr(
            "On average, {share} of a quarter's new customers buy in the next quarter", share=share
        ),
        "week": tr("On average, {share} of a week's new customers buy in the next week", share=share),
    }[result.period]


def anchor(result: CohortResult) -> dict[str, Any] | None:
    """Return the row of the average curve to speak of: the longest round time that half of the cohorts have seen.

    None where nobody was observed after the first period.
    """
    curve = result.curve
    seen = curve[(curve["periods_since"] > 0) & (2 * curve["cohorts"] >= curve["cohorts"].max())]
    if seen.empty:
        return None
    times = {"month": (12, 6, 3), "quarter": (4, 2), "week": (52, 26, 13, 4)}[result.period]
    at = next((time for time in times if (seen["periods_since"] == time).any()), None)
    row = seen.iloc[-1] if at is None else seen[seen["periods_since"] == at].iloc[0]
    return {str(key): value for key, value in row.items()}


def retention_curve(result: CohortResult, *, ax: Axes | None = None) -> Axes:
    """Draw the average retention with its interval.

    Parameters
    ----------
    result
        Of :func:`~crmlab.cohorts.retention_cohorts`.
    ax
        Axes to draw into; new ones if not given.

    """
    from matplotlib.ticker import MaxNLocator

    ax = axes(ax, height=2.4)
    curve = result.curve[result.curve["periods_since"] > 0]
    k = curve["periods_since"]
    ax.fill_between(k, curve["low"], curve["high"], color=GOOD, alpha=0.18, linewidth=0)
    ax.plot(k, curve["share"], color=GOOD, marker="o", markersize=3.5)
    fewest = curve[curve["cohorts"] < max(2, result.curve["cohorts"].max() / 2)]
    if len(fewest) and len(fewest) < len(curve):
        ax.axvspan(fewest["periods_since"].min() - 0.5, k.max() + 0.5, color=MUTED, alpha=0.25, linewidth=0)
        ax.text(
            k.max() + 0.4,
            0.96,
            tr("fewer than half of the cohorts"),
            ha="right",
            va="top",
            transform=ax.get_xaxis_transform(),
            fontsize=8,
            color=GREY,
        )
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(since_label(result.period))
    ax.set_ylabel(tr("Customers who buy"))
    row = anchor(result) or curve.iloc[-1]
    headline(
        ax,
        tr(
            "After {time}, {share} of customers still buy ({level} interval {interval})",
            time=since(int(row["periods_since"]), result.period),
            share=percent(row["share"]),
            level=percent(result.confidence, 0),
            interval=interval(row["low"], row["high"], percent=True),
        ),
        indent=0.7,
    )
    return ax


def cohort_name(day: pd.Timestamp, period: str) -> str:
    """Return the name of a cohort: ``2024-03``, ``2024 Q1``, or the Monday of a week."""
    if period == "month":
        return f"{day:%Y-%m}"
    if period == "quarter":
        return f"{day.year} Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m-%d}"
