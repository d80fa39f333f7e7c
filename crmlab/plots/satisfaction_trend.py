"""Figures of scores over time: control charts, one below the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.plots.wrapping import text_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmlab.satisfaction.trend import ScoreTrend

__all__ = ["control_charts"]

SIGNAL = PALETTE[1]
#: labels that fit below a chart
_MOST_TICKS = 8
#: inches that they share
_TICKS_WIDE = 5.8


def control_charts(
    trends: Sequence[ScoreTrend],
    *,
    titles: Sequence[str],
    labels: Sequence[str],
    show: Sequence[Callable[[float], str]],
    periods: Sequence[str],
) -> Figure:
    """Draw scores by period with their control limits, one chart a score; periods that stand out are coloured.

    Parameters
    ----------
    trends
        Of :func:`crmlab.satisfaction.trend.score_trend`, over the same periods.
    titles
        The finding of each.
    labels
        What each axis shows.
    show
        How each score is written.
    periods
        The periods as they are written.

    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(
        len(trends), 1, figsize=(6.6, 0.55 + 1.85 * len(trends)), sharex=True, squeeze=False
    )
    for ax, trend, title, label, written in zip(panels[:, 0], trends, titles, labels, show, strict=True):
        table = trend.table
        at = np.arange(len(table))
        ax.fill_between(at, table["lower"], table["upper"], step="mid", color=ACCENT, alpha=0.10, linewidth=0)
        ax.axhline(trend.centre, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.plot(at, table["value"], color=ACCENT, linewidth=1.4, zorder=2)
        colours = np.where(table["signal"], SIGNAL, ACCENT)
        ax.scatter(at, table["value"], color=list(colours), s=np.where(table["signal"], 46, 22), zorder=3)
        for place in np.flatnonzero(table["beyond"]):
            value = float(table["value"].iloc[place])
            above = value > trend.centre
            ax.annotate(
                written(value),
                (place, value),
                (0, 6 if above else -6),
                textcoords="offset points",
                ha="center",
                va="bottom" if above else "top",
                fontsize=8.5,
                color=INK,
            )
        ax.margins(y=0.22)
        ax.yaxis.set_major_formatter(lambda value, _, written=written: written(value))
        ax.set_ylabel(label, fontsize=8.5)
        ax.set_title(title, loc="left", fontsize=10.5)
        ax.grid(visible=False, axis="x")
    fitting = int(_TICKS_WIDE // (max(text_width(period, 9) for period in periods) + 0.15))
    step = max(1, -(-len(periods) // min(_MOST_TICKS, max(fitting, 1))))
    ticks = list(range(0, len(periods), step))
    panels[-1, 0].set_xticks(ticks, [periods[place] for place in ticks])
    return figure
